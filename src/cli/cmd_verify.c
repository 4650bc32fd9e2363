/* SPDX-License-Identifier: ISC */
/* verify: the disk against the signatures, while no node runs. */
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"
#include "node/verify.h"

/* One line that is written over, on a terminal only: nobody waits in silence. */
static void progress(void *ctx, uint64_t done, uint64_t records)
{
    const struct cli *c = ctx;
    if (!c->json && isatty(STDERR_FILENO)) {
        fprintf(stderr, "\r%llu / %llu %s", (unsigned long long)done,
                (unsigned long long)records, done == records ? "\n" : "");
    }
}

static json_t *as_json(const struct dt_verify_report *r)
{
    json_t *o = json_object();
    const struct {
        const char *key;
        uint64_t value;
    } counts[] = {{"lines", r->lines},           {"logs", r->logs},
                  {"records", r->records},       {"ahead", r->ahead},
                  {"later", r->later},           {"invalid", r->invalid},
                  {"absent", r->absent},         {"checkpoints", r->checkpoints},
                  {"cosignatures", r->cosignatures}, {"promises", r->promises},
                  {"forks", r->forks},           {"officers", r->officers},
                  {"statements", r->statements}, {"faults", r->faults},
                  {"seen", r->seen},             {"seen_otherwise", r->otherwise}};
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        json_object_set_new(o, counts[i].key, json_integer((json_int_t)counts[i].value));
    }
    json_object_set_new(o, "fault", json_string(dt_err_name(r->fault)));
    json_object_set_new(o, "what", r->what != NULL ? json_string(r->what) : json_null());
    return o;
}

int cmd_verify(struct cli *c)
{
    struct dt_verify_report r;
    if (!cli_words_end(c, 0) || !cli_open_home(c)) {
        return c->exit;
    }
    const enum dt_err err = dt_verify_home(c->home.path, &r, progress, c);
    if (err == DT_ERR_STORE_BUSY) {
        return cli_fail(c, err, _("verify reads the disk alone: stop the node first"));
    }
    if (err != DT_OK && r.faults == 0) {
        return cli_fail(c, err, NULL);
    }
    if (err != DT_OK) {
        char where[64] = "";
        if (r.has_seq) {
            snprintf(where, sizeof where, ", %s-%llu", r.log, (unsigned long long)r.seq);
        }
        return cli_fail(c, err, _("%llu faults; the first: %s%s%s%s"),
                        (unsigned long long)r.faults, r.what != NULL ? r.what : "?",
                        r.line[0] != '\0' ? ", " : "", r.line, where);
    }
    const unsigned long long signatures =
        r.checkpoints + r.cosignatures + r.promises + r.officers + r.statements;
    if (r.otherwise > 0 && !c->json) {
        printf(ngettext("%llu record says that its author saw another history than is held here; "
                        "the first: %s-%llu, of the log of %s up to %llu. It is no proof.\n",
                        "%llu records say that their author saw another history than is held "
                        "here; the first: %s-%llu, of the log of %s up to %llu. It is no proof.\n",
                        (unsigned long)r.otherwise),
               (unsigned long long)r.otherwise, r.otherwise_by,
               (unsigned long long)r.otherwise_seq, r.otherwise_of,
               (unsigned long long)r.otherwise_size);
    }
    return cli_done(c, as_json(&r),
                    _("Verified from the bytes on disk: %llu records in %llu logs, %llu signatures.\n"),
                    (unsigned long long)r.records, (unsigned long long)r.logs, signatures);
}

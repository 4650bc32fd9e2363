/* SPDX-License-Identifier: ISC */
/* verify-proof of a case: what each record of it proves, and what it does not (cli.h). */
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "view/case.h"
#include "view/stage.h"

/* What a record of a kind is evidence of, for somebody who was not there. */
static const char *worth_of(const struct dt_case_entry *e)
{
    switch (e->fact->kind) {
    case DT_KIND_SHOWN:
        return N_("a machine says it was put before a person; not that anybody read it");
    case DT_KIND_ACK:
        return e->officer.valid
                   ? N_("that officer signed that this exact version was read; not that anything was done")
                   : N_("the party says so; no officer's signature is proved");
    case DT_KIND_PASSED_ON:
        return N_("the party says so; whether the force was told, nobody outside can check");
    case DT_KIND_POSITION:
    case DT_KIND_FIRE_ANSWER:
        return e->officer.valid
                   ? N_("that officer signed this answer; not that it is true")
                   : N_("the party answered so; no officer's signature is proved");
    case DT_KIND_LIFT:
        return e->officer.valid && e->second.valid
                   ? N_("two officers of the party lifted it")
                   : N_("the party says so; two officers' signatures are not proved");
    default:
        return N_("the party wrote exactly this; the time is its own claim");
    }
}

static const char *says(const struct dt_fact *f)
{
    switch (f->kind) {
    case DT_KIND_PASSED_ON:
        return dt_passed_state_name(f->code);
    case DT_KIND_POSITION:
        return dt_position_name(f->code);
    case DT_KIND_FIRE_ANSWER:
        return dt_fire_answer_name(f->code);
    case DT_KIND_NOTICE_STATE:
        return dt_notice_state_name(f->code);
    default:
        return NULL;
    }
}

struct listing {
    struct cli *c;
    const struct dt_charter *charter;
    json_t *records;
    size_t identified;
};

static json_t *officer_json(const struct dt_case_officer *o)
{
    return o->there ? json_pack("{s:i, s:b, s:s}", "number", (int)o->number, "valid", o->valid,
                                "role", o->role)
                    : json_null();
}

static void list_entry(void *ctx, const struct dt_case_entry *e)
{
    struct listing *l = ctx;
    const struct dt_proof_result *p = e->proof;
    char id[DT_RECORD_ID_SIZE], about[DT_RECORD_ID_SIZE];
    json_t *signer = cli_signer(l->c, &p->writer), *stored = json_array();
    l->identified += cli_has(signer, "code");
    dt_record_id(id, e->code, p->writer.number, p->index, p->leaf);
    for (size_t i = 0; i < p->cosigner_count; i++) {
        json_t *by = cli_signer(l->c, &p->cosigners[i]);
        const int member = dt_charter_find_root(l->charter, p->cosigners[i].root);
        json_object_set_new(by, "member", member < 0 ? json_null()
                                                     : json_string(l->charter->members[member].code));
        json_array_append_new(stored, by);
    }
    json_t *value = json_pack("{s:s, s:s, s:s, s:I, s:o, s:o, s:o, s:o, s:s}", "id", id, "from",
                              e->code, "kind", dt_kind_name(e->fact->kind), "time",
                              (json_int_t)e->fact->time_ms, "signer", signer, "officer",
                              officer_json(&e->officer), "second", officer_json(&e->second),
                              "stored_by", stored, "proves", worth_of(e));
    if (e->has_target && dt_wid_member(e->target.wid) < l->charter->member_count) {
        dt_record_id(about, l->charter->members[dt_wid_member(e->target.wid)].code,
                     dt_wid_number(e->target.wid), e->target.seq, e->target.leaf);
        json_object_set_new(value, "about", json_string(about));
    }
    if (says(e->fact) != NULL) {
        json_object_set_new(value, "says", json_string(says(e->fact)));
    }
    if (e->fact->kind == DT_KIND_PASSED_ON) {
        json_object_set_new(value, "force", json_string(e->fact->force));
    }
    cli_add_words(value, p);
    json_array_append_new(l->records, value);
}

static void show_officer(const json_t *o)
{
    if (cli_true(o, "valid")) {
        printf(_("    signed by officer %lld, %s, whose key the party's root certified\n"),
               (long long)cli_int(o, "number"), cli_safe(cli_str(o, "role")));
    } else if (json_is_object(o)) {
        printf(_("    claims the signature of officer %lld, NOT proved by this file\n"),
               (long long)cli_int(o, "number"));
    }
}

static void show_entry(const json_t *v)
{
    size_t i;
    json_t *by;
    printf("%s  %s  %s", cli_safe(cli_str(v, "id")), cli_when(cli_int(v, "time")),
           cli_safe(cli_str(v, "kind")));
    if (cli_has(v, "force")) {
        printf("  %s:", cli_safe(cli_str(v, "force")));
    }
    printf("%s%s\n", cli_has(v, "says") ? "  " : "", cli_name(cli_str(v, "says")));
    if (cli_has(v, "about")) {
        printf(_("    about %s\n"), cli_safe(cli_str(v, "about")));
    }
    if (cli_has(v, "text")) {
        cli_print_text(cli_str(v, "text"), "    ");
    }
    show_officer(json_object_get(v, "officer"));
    show_officer(json_object_get(v, "second"));
    json_array_foreach (json_object_get(v, "stored_by"), i, by) {
        printf(_("    stored at the node of %s as of %s; not that anybody there read it\n"),
               cli_has(by, "member") ? cli_safe(cli_str(by, "member")) : _("a party not identified"),
               cli_when(cli_int(by, "time")));
    }
    printf(_("    proves: %s\n"), _(cli_str(v, "proves")));
    printf(cli_has(json_object_get(v, "signer"), "code")
               ? _("    by %s, as the card of --trust says\n")
               : _("    by %s as the charter names it; signer NOT identified by a card of --trust\n"),
           cli_safe(cli_str(v, "from")));
}

static int show_case(struct cli *c, struct listing *l)
{
    const size_t count = json_array_size(l->records);
    const bool all = l->identified == count;
    size_t i;
    json_t *v;
    if (l->identified == 0 && cli_flag(c, "trust")) {
        json_decref(l->records);
        return cli_fail(c, DT_ERR_UNKNOWN_WRITER, _("signed by none of the parties of --trust"));
    }
    if (c->json) {
        cli_print_json(json_pack("{s:b, s:o, s:o}", "identified", all, "line",
                                 cli_json_bytes(l->charter->id, DT_HASH_SIZE), "records",
                                 l->records));
        return all ? CLI_DONE : CLI_UNIDENTIFIED;
    }
    json_array_foreach (l->records, i, v) {
        show_entry(v);
    }
    printf(ngettext("%zu record, each proved by itself.", "%zu records, each proved by itself.", count),
           count);
    puts(_(" Records may have been left out: what is not here is not disproved.\n"
           "Whether an officer's key was revoked is not in this file."));
    json_decref(l->records);
    return all ? CLI_DONE : CLI_UNIDENTIFIED;
}

int cli_verify_case(struct cli *c, const char *path, struct dt_span text)
{
    static struct dt_case file;
    static struct dt_case_memory judge;
    static uint8_t memory[DT_CASE_MEMORY];
    struct listing l = {c, &judge.charter, json_array(), 0};
    c->exit = CLI_DONE;
    enum dt_err err = dt_case_parse(&file, memory, text);
    err = err == DT_OK ? dt_case_verify(&judge, &file, list_entry, &l) : err;
    if (err == DT_OK && c->exit == CLI_DONE) { /* else: a card that could not be read */
        return show_case(c, &l);
    }
    json_decref(l.records);
    return err != DT_OK ? cli_fail(c, err, "%s", path) : c->exit;
}

/* SPDX-License-Identifier: ISC */
/* ack --by-voice, --paper: what the other side said by other means, on our word (cli.h). */
#include <string.h>

#include "cli/cli.h"
#include "view/watch_body.h"

/* The member spoken for: --for, or the only one addressed. -1 after an error was said. */
static int spoken_for(struct cli *c, const struct cli_line *line, const json_t *item)
{
    const char *code = cli_option(c, "for");
    const json_t *to = json_object_get(item, "to");
    const size_t members = json_array_size(json_object_get(line->info, "members"));
    const json_int_t me = cli_int(line->info, "me");
    int member = -1;
    if (code != NULL) {
        member = cli_member(line, code);
        if (member < 0) {
            cli_no_member(c, line, code);
            return -1;
        }
    } else if (json_array_size(to) == 1) {
        member = cli_member(line, json_string_value(json_array_get(to, 0)));
    } else if (json_array_size(to) == 0 && members == 2) {
        member = me == 0 ? 1 : 0;
    } else {
        cli_usage(c, _("it went to several: say for whom you report, --for CODE"));
        return -1;
    }
    if (member == me) {
        cli_fail(c, DT_ERR_NOT_ALLOWED, _("our own officers acknowledge by ack ID, on what others wrote"));
        return -1;
    }
    return member;
}

static bool take_said(struct cli *c, struct dt_body_reported *b)
{
    const char *said = cli_option(c, "said");
    for (int i = 0; i < DT_REPORTED_KINDS; i++) {
        if (said == NULL || strcmp(said, dt_reported_name(i)) == 0) {
            b->what = (enum dt_reported)i;
            return true;
        }
    }
    cli_usage(c, _("--said is acknowledged, passed-on or refused"));
    return false;
}

static bool take_words(struct cli *c, struct dt_body_reported *b)
{
    const char *voice = cli_option(c, "by-voice"), *paper = cli_option(c, "paper");
    const char *who = voice != NULL ? voice : paper, *text = cli_option(c, "text");
    const char *at = cli_option(c, "at");
    if ((voice != NULL && paper != NULL) || strlen(who) == 0 || strlen(who) > DT_TEXT_MAX) {
        cli_usage(c, _("--by-voice WHO or --paper WHO: who spoke or signed, at most %d bytes"),
                  DT_TEXT_MAX);
        return false;
    }
    if (voice != NULL && cli_option(c, "heard-by") == NULL) {
        cli_usage(c, _("--heard-by N must be given: which of our officers heard it"));
        return false;
    }
    snprintf(b->who, sizeof b->who, "%s", who);
    b->means = voice != NULL ? DT_MEANS_VOICE : DT_MEANS_PAPER;
    b->text = dt_span(text, text != NULL ? strlen(text) : 0);
    b->when_ms = dt_now_ms();
    return take_said(c, b) && (at == NULL || cli_time(c, at, &b->when_ms));
}

int cli_ack_reported(struct cli *c)
{
    static uint8_t body[DT_BODY_MAX];
    size_t size = 0;
    struct cli_line line;
    struct cli_record record;
    struct dt_body_reported b;
    json_t *reply = NULL;
    const char *id = cli_word(c, 0, _("ID"));
    memset(&b, 0, sizeof b);
    if (id == NULL || !cli_words_end(c, 1) || !take_words(c, &b) || !cli_line_for(c, &id, &line) ||
        !cli_record(c, &line, id, &record)) {
        return c->exit;
    }
    const bool ours = cli_member(&line, cli_str(record.item, "from")) == cli_int(line.info, "me");
    const int member = ours ? spoken_for(c, &line, record.item) : -1;
    b.ref = record.ref;
    json_decref(record.item);
    if (!ours) {
        return cli_fail(c, DT_ERR_NOT_ALLOWED,
                        _("%s: only its author reports what the others said of it"), cli_safe(id));
    }
    if (member < 0) {
        return c->exit;
    }
    b.member = (unsigned)member;
    const enum dt_err err = dt_body_reported_encode(body, sizeof body, &size, &b);
    if (err != DT_OK) {
        return cli_fail(c, err, NULL);
    }
    const struct cli_append a = {.line = &line, .kind = DT_KIND_REPORTED,
                                 .precedence = DT_PRIORITY, .body = dt_span(body, size)};
    if (!cli_append(c, &a, CLI_SIGNED, &reply)) {
        return c->exit;
    }
    return cli_done(c, reply, _("%s  reported by us, not signed by them: it is no acknowledgement\n"),
                    cli_str(reply, "id"));
}

/* SPDX-License-Identifier: ISC */
/* unanswered, test, roster: who has not answered, whether anybody is there, whom to call. */
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/watch.h"
#include "view/watch_body.h"

/* --- unanswered ----------------------------------------------------------------------------- */

static void show_names(const json_t *array)
{
    size_t i;
    json_t *one;
    json_array_foreach (array, i, one) {
        printf("%s%s", i > 0 ? ", " : " ", cli_name(json_string_value(one)));
    }
}

static void show_silent(const json_t *item)
{
    size_t i;
    json_t *s;
    printf(_("%s  %s %s  %s ago, to be acknowledged by %s\n"), cli_safe(cli_str(item, "id")),
           cli_safe(cli_str(item, "precedence")), cli_safe(cli_str(item, "kind")),
           cli_age(cli_int(item, "age")), cli_when(cli_int(item, "due")));
    json_array_foreach (json_object_get(item, "silent"), i, s) {
        printf(_("    NOT ACKNOWLEDGED by %s"), cli_safe(cli_str(s, "code")));
        /* Their node has it, or nobody there can have seen it: that is not the same call. */
        printf(cli_has(s, "stored") ? _(", stored by %s at the latest") : _(", NOT STORED%.0s"),
               cli_when(cli_int(s, "stored")));
        printf("%s%s\n",
               cli_has(s, "shown") ? _(", shown to somebody there") : _(", shown to nobody that is known"),
               cli_true(s, "reported") ? _("; reported by us, not signed by them") : "");
    }
    if (json_array_size(json_object_get(item, "tried")) > 0) {
        printf("%s", _("    tried:"));
        show_names(json_object_get(item, "tried"));
        putchar('\n');
    }
}

static void show_force(const json_t *f)
{
    printf(_("%s  %s  %s ago: %s of %s NOT TOLD"), cli_safe(cli_str(f, "id")),
           cli_safe(cli_str(f, "kind")), cli_age(cli_int(f, "age")), cli_safe(cli_str(f, "force")),
           cli_safe(cli_str(f, "code")));
    if (cli_has(f, "n") && cli_has(f, "m")) {
        printf(_(": %lld of %lld units, they say"), (long long)cli_int(f, "n"),
               (long long)cli_int(f, "m"));
    } else if (cli_has(f, "state")) {
        printf(_(": %s, they say"), cli_name(cli_str(f, "state")));
    }
    puts(cli_true(f, "guaranteed") ? _("; it is not on the line") : "");
}

bool cli_show_unanswered(struct cli *c, bool quiet)
{
    struct dt_object o;
    json_t *reply = NULL, *item;
    size_t i;
    cli_begin(c, &o, "awaiting");
    if ((cli_flag(c, "line") && !cli_put_line(c, &o)) || !cli_ask(c, &o, &reply)) {
        return false;
    }
    const json_t *silent = json_object_get(reply, "unanswered");
    const json_t *forces = json_object_get(reply, "not_told");
    if (c->json) {
        cli_print_json(reply);
        return true;
    }
    json_array_foreach (silent, i, item) {
        if (json_array_size(json_object_get(item, "silent")) > 0) {
            show_silent(item);
        }
    }
    json_array_foreach (forces, i, item) {
        show_force(item);
    }
    if (cli_true(reply, "more")) {
        puts(_("THERE ARE MORE than these: the least urgent, and the oldest notices, are not listed."));
    }
    if (!quiet && json_array_size(silent) + json_array_size(forces) == 0) {
        puts(_("Nothing of ours waits for an acknowledgement, and no force is known not to be told."));
    }
    json_decref(reply);
    return true;
}

int cmd_unanswered(struct cli *c)
{
    return cli_words_end(c, 0) && cli_connect(c) && cli_show_unanswered(c, false) ? CLI_DONE
                                                                                  : c->exit;
}

/* --- test ------------------------------------------------------------------------------------ */

enum dt_err cli_test_body(uint8_t *body, size_t capacity, size_t *size, const struct dt_ref *asked)
{
    struct dt_body_test b = {.echo = asked != NULL};
    dt_random(&b.nonce, sizeof b.nonce);
    b.nonce >>= 1; /* below 2^63 */
    if (asked != NULL) {
        b.ref = *asked;
    }
    return dt_body_test_encode(body, capacity, size, &b);
}

static int test_append(struct cli *c, const struct cli_line *line, const struct dt_ref *asked,
                       const char *words)
{
    uint8_t body[256];
    size_t size = 0;
    json_t *reply = NULL;
    const enum dt_err err = cli_test_body(body, sizeof body, &size, asked);
    if (err != DT_OK) {
        return cli_fail(c, err, NULL);
    }
    const struct cli_append a = {.line = line, .kind = DT_KIND_TEST, .precedence = DT_IMMEDIATE,
                                 .to = asked == NULL ? cli_option(c, "to") : NULL,
                                 .body = dt_span(body, size)};
    if (!cli_append(c, &a, asked != NULL ? CLI_SIGNED : CLI_SIGNED_IF_UNLOCKED, &reply)) {
        return c->exit;
    }
    return cli_done(c, reply, "%s  %s\n", cli_str(reply, "id"), words);
}

static int test_send(struct cli *c)
{
    struct cli_line line;
    if (!cli_words_end(c, 0) || !cli_line(c, &line)) {
        return c->exit;
    }
    return test_append(c, &line, NULL, _("asked: is somebody there? `status` says who answered"));
}

static bool test_asked(struct cli *c, struct cli_line *line, struct dt_ref *ref)
{
    struct cli_record record;
    const char *id = cli_word(c, 0, _("ID"));
    if (id == NULL || !cli_words_end(c, 1) || !cli_line_for(c, &id, line) ||
        !cli_record_of(c, line, id, "TEST", false, &record)) {
        return false;
    }
    *ref = record.ref;
    json_decref(record.item);
    return true;
}

static int test_answer(struct cli *c)
{
    struct cli_line line;
    struct dt_ref ref;
    return test_asked(c, &line, &ref) ? test_append(c, &line, &ref, _("answered: an officer is here"))
                                      : c->exit;
}

static int test_decline(struct cli *c)
{
    uint8_t body[DT_BODY_MAX];
    size_t size = 0;
    struct cli_line line;
    const char *text = cli_option(c, "text");
    struct dt_body_position b = {.position = DT_POSITION_DECLINED,
                                 .text = dt_span(text, text != NULL ? strlen(text) : 0)};
    if (!test_asked(c, &line, &b.ref)) {
        return c->exit;
    }
    const enum dt_err err = dt_body_position_encode(body, sizeof body, &size, &b);
    return err == DT_OK ? cli_append_say(c, &line, DT_KIND_POSITION, DT_PRIORITY,
                                         dt_span(body, size), _("declined: we are here, and do not answer tests"))
                        : cli_fail(c, err, NULL);
}

int cmd_test(struct cli *c)
{
    static const struct cli_sub subs[] = {
        {"send", test_send}, {"answer", test_answer}, {"decline", test_decline}};
    return cli_dispatch(c, subs, sizeof subs / sizeof subs[0]);
}

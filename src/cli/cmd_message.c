/* SPDX-License-Identifier: ISC */
/* send, inbox, show, ack, passed-on, position: the message and what became of it. */
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/watch.h"
#include "view/body.h"
#include "view/stage.h"
#include "view/watch_body.h"

/* --- send --------------------------------------------------------------------------------- */

const char *cli_language(void)
{
    static char language[3];
    const char *env = getenv("LANG");
    if (env != NULL && strlen(env) >= 2 && env[0] >= 'a' && env[0] <= 'z' && env[1] >= 'a' &&
        env[1] <= 'z') {
        memcpy(language, env, 2);
        return language;
    }
    return "en";
}

/* The text: the last word, or standard input for "-", without a newline at its end. */
static bool take_text(struct cli *c, uint8_t **text, size_t *size)
{
    const char *word = cli_word(c, 0, _("TEXT"));
    if (word == NULL || !cli_words_end(c, 1)) {
        return false;
    }
    if (strcmp(word, "-") == 0) {
        if (!cli_read_file(c, "-", DT_BODY_TEXT_MAX + 1, text, size)) {
            return false;
        }
        *size -= *size > 0 && (*text)[*size - 1] == '\n';
        return true;
    }
    *size = strlen(word);
    *text = malloc(*size + 1);
    if (*text == NULL) {
        cli_fail(c, DT_ERR_NO_MEMORY, NULL);
        return false;
    }
    memcpy(*text, word, *size + 1);
    return true;
}

static bool encode_message(struct cli *c, const struct cli_line *line, struct dt_span text,
                           uint8_t plain[static DT_BODY_MAX], size_t *plain_size)
{
    struct dt_body_message m;
    struct cli_record answered;
    const char *language = cli_option(c, "lang"), *ref = cli_option(c, "re");
    memset(&m, 0, sizeof m);
    language = language != NULL ? language : cli_language();
    if (strlen(language) > DT_LANGUAGE_MAX || !dt_language_valid(language)) {
        cli_usage(c, _("--lang is a tag like en, fr or sr-Latn"));
        return false;
    }
    snprintf(m.language, sizeof m.language, "%s", language);
    m.text = text;
    if (ref != NULL) {
        if (!cli_record(c, line, ref, &answered)) {
            return false;
        }
        json_decref(answered.item);
        m.has_answered = true;
        m.answered = answered.ref;
    }
    const enum dt_err err = dt_body_message_encode(plain, DT_BODY_MAX, plain_size, &m);
    if (err != DT_OK) {
        cli_fail(c, err, _("the text"));
    }
    return err == DT_OK;
}

/* What warns or helps needs one officer only, whatever the charter asks. */
static bool take_subject(struct cli *c, enum dt_subject *subject)
{
    const char *name = cli_option(c, "subject");
    *subject = DT_SUBJECT_NONE;
    for (int i = DT_SUBJECT_DISTRESS; name != NULL && i < DT_SUBJECTS; i++) {
        if (strcmp(name, dt_subject_name(i)) == 0) {
            *subject = (enum dt_subject)i;
            return true;
        }
    }
    if (name != NULL) {
        cli_usage(c, _("--subject is distress, warning or accident, not %s"), cli_safe(name));
    }
    return name == NULL;
}

int cmd_send(struct cli *c)
{
    uint8_t body[64], plain[DT_BODY_MAX], *text = NULL;
    size_t size, body_size, plain_size;
    struct cli_line line;
    json_t *reply = NULL;
    enum dt_precedence precedence;
    enum dt_subject subject;
    const char *to = cli_option(c, "to"), *ref = cli_option(c, "re");
    if (!take_subject(c, &subject) || !cli_precedence(c, cli_option(c, "precedence"), DT_ROUTINE, &precedence) ||
        !cli_wait_valid(c) || !take_text(c, &text, &size)) {
        return c->exit;
    }
    const bool good =
        (ref != NULL ? cli_line_for(c, &ref, &line) : cli_line(c, &line)) && encode_message(c, &line, dt_span(text, size), plain, &plain_size);
    free(text);
    if (!good) {
        return c->exit;
    }
    const enum dt_err err = dt_body_subject_encode(body, sizeof body, &body_size, subject);
    if (err != DT_OK) {
        return cli_fail(c, err, NULL);
    }
    const struct cli_append a = {.line = &line,
                                 .kind = DT_KIND_MESSAGE,
                                 .two = precedence == DT_FLASH && subject == DT_SUBJECT_NONE &&
                                        cli_asks_two(&line, "flash"),
                                 .precedence = precedence,
                                 .to = to,
                                 .body = dt_span(body, body_size),
                                 .plain = dt_span(plain, plain_size)};
    if (!cli_may_release(c, &a)) {
        return c->exit;
    }
    if (a.two && cli_option(c, "second") == NULL) {
        return cli_hold_alone(c, &a);
    }
    if (!cli_append(c, &a, CLI_UNSIGNED, &reply)) {
        return c->exit;
    }
    const bool acks = cli_flag(c, "wait-ack"), wait = acks || cli_flag(c, "wait");
    if (acks && !c->json) {
        printf(_("%s  written to our log; waiting for their officers\n"), cli_str(reply, "id"));
        fflush(stdout);
    }
    if (wait && !(acks ? cli_wait_acked : cli_wait_stored)(c, &line, reply)) {
        json_decref(reply);
        return c->exit;
    }
    json_t *desks = cli_empty_desks(c, &line, to);
    if (desks != NULL) {
        json_object_set(reply, "desks", desks);
    }
    const bool all = wait && json_array_size(json_object_get(reply, "missing")) == 0;
    cli_done(c, json_incref(reply), all && acks ? _("%s  acknowledged by every addressee\n")
                                    : all ? _("%s  stored by every addressee's node\n")
                                        : _("%s  written to our log\n"),
             cli_str(reply, "id"));
    if (!c->json) {
        cli_say_desks(desks);
    }
    json_decref(desks);
    const int exit = cli_not_stored(c, reply);
    json_decref(reply);
    return exit;
}

/* --- inbox, show ---------------------------------------------------------------------------- */

/* With --line, events of that line only. */
static bool wanted(const struct cli *c, const json_t *event)
{
    const char *tag = cli_option(c, "line"), *name = cli_str(event, "event");
    const json_t *inner = json_object_get(event, strcmp(name, "record") == 0 ? "item" : name);
    const char *line = cli_str(inner != NULL ? inner : event, "line");
    return tag == NULL || line[0] == '\0' || strncmp(line, tag, strlen(line)) == 0 ||
           strncmp(tag, line, strlen(tag)) == 0;
}

/* An id is one of its line only: where there are several, the tag stands before it, as it may
 * be typed. */
static void show_tag(struct cli *c, const json_t *item)
{
    if (!cli_flag(c, "line") && cli_has(item, "line") && cli_several_lines(c)) {
        printf("%s/", cli_safe(cli_str(item, "line")));
    }
}

static void show_event(struct cli *c, json_t *event)
{
    const char *name = cli_str(event, "event");
    if (!wanted(c, event)) {
        return;
    }
    if (c->json) {
        cli_print_json(json_incref(event));
        return;
    }
    if (strcmp(name, "record") == 0) {
        const json_t *item = json_object_get(event, "item");
        show_tag(c, item != NULL ? item : event);
        cli_show_item(item != NULL ? item : event, false);
    } else if (strcmp(name, "conflict") == 0) {
        const json_t *conflict = json_object_get(event, "conflict");
        cli_show_conflict(conflict != NULL ? conflict : event);
    } else if (strcmp(name, "overdue") == 0 && cli_has(event, "overdue")) {
        cli_show_overdue(json_object_get(event, "overdue"));
    } else if (strcmp(name, "plan") == 0) {
        cli_show_plan(json_object_get(event, "plan"));
    }
    fflush(stdout);
}

/* `ids`, if not NULL, takes those that are shown. */
static int list_inbox(struct cli *c, json_t *ids)
{
    struct dt_object o;
    json_t *reply = NULL, *item;
    size_t i;
    uint64_t limit = 100;
    const char *text = cli_option(c, "limit");
    if ((text != NULL && !cli_number(c, text, 10000, &limit)) || !cli_connect(c)) {
        return c->exit;
    }
    cli_begin(c, &o, "inbox");
    dt_obj_key(&o, "limit");
    dt_obj_uint(&o, limit);
    dt_obj_key(&o, "all");
    dt_obj_bool(&o, cli_flag(c, "all"));
    if ((cli_flag(c, "line") && !cli_put_line(c, &o)) || !cli_ask(c, &o, &reply)) {
        return c->exit;
    }
    const json_t *items = json_object_get(reply, "items");
    json_array_foreach (items, i, item) {
        if (ids != NULL) {
            json_object_set_new(ids, cli_str(item, "id"), json_true());
        }
    }
    if (c->json) {
        cli_print_json(json_incref(reply));
    } else {
        (void)cli_several_lines(c); /* asked here: no request may come among events */
        json_array_foreach (items, i, item) {
            show_tag(c, item);
            cli_show_item(item, false);
        }
        if (json_array_size(items) == 0) {
            puts(_("Nothing waits for an officer here."));
        }
    }
    json_decref(reply);
    fflush(stdout);
    return CLI_DONE;
}

int cmd_inbox(struct cli *c)
{
    if (!cli_words_end(c, 0)) {
        return c->exit;
    }
    return cli_flag(c, "follow") ? cli_follow(c, list_inbox, show_event) : list_inbox(c, NULL);
}

/* A record about the one that is shown: what it says, in one line, and its words. */
static void show_target(const json_t *t)
{
    const char *valid = cli_str(t, "valid");
    printf("  %s  %s  %s", cli_safe(cli_str(t, "id")), cli_safe(cli_str(t, "kind")),
           cli_when(cli_int(t, "time")));
    if (cli_has(t, "answer")) {
        printf("  %s", cli_name(cli_str(t, "answer")));
    }
    if (cli_has(t, "stopped")) {
        printf(_(", at %s"), cli_when(cli_int(t, "stopped")));
    }
    if (cli_has(t, "position")) {
        printf("  %s", cli_name(cli_str(t, "position")));
    }
    if (cli_has(t, "notice_state")) {
        printf("  %s", cli_name(cli_str(t, "notice_state")));
    }
    if (cli_has(t, "reported")) {
        printf(_("  reported, not signed by %s: %s, by %s, heard from %s %s"),
               cli_safe(cli_str(t, "member")), cli_name(cli_str(t, "reported")),
               cli_name(cli_str(t, "means")), cli_safe(cli_str(t, "who")),
               cli_when(cli_int(t, "when")));
    }
    if (cli_has(t, "officer")) {
        printf(cli_true(t, "officer_valid") ? _("  by %s")
                                            : _("  claims the signature of %s, NOT verified"),
               cli_safe(cli_str(t, "officer")));
    }
    if (valid[0] != '\0' && strcmp(valid, "OK") != 0) {
        printf(_("  invalid (%s): without effect"), cli_safe(valid));
    }
    if (cli_has(t, "doubt")) {
        printf(_("  IN DOUBT: %s"), cli_safe(cli_str(t, "doubt")));
    }
    putchar('\n');
    if (cli_has(t, "text")) {
        cli_print_text(cli_str(t, "text"), "      ");
    }
}

int cmd_show(struct cli *c)
{
    struct cli_line line;
    struct cli_record record;
    const char *id = cli_word(c, 0, _("ID"));
    size_t i;
    json_t *target;
    if (id == NULL || !cli_words_end(c, 1) || !cli_line_for(c, &id, &line) ||
        !cli_record(c, &line, id, &record)) {
        return c->exit;
    }
    if (c->json) {
        cli_print_json(record.item);
        return CLI_DONE;
    }
    cli_show_item(record.item, true);
    json_array_foreach (json_object_get(record.item, "targets"), i, target) {
        show_target(target);
    }
    json_decref(record.item);
    return CLI_DONE;
}

/* --- receipts by officers ---------------------------------------------------------------------- */

/* The line and the record of another party that the first word names. */
static bool target(struct cli *c, size_t words, struct cli_line *line, struct dt_ref *ref)
{
    struct cli_record record;
    const char *id = cli_word(c, 0, _("ID"));
    if (id == NULL || !cli_words_end(c, words) || !cli_line_for(c, &id, line) ||
        !cli_record(c, line, id, &record)) {
        return false;
    }
    const char *from = cli_str(record.item, "from");
    const bool theirs = cli_member(line, from) != cli_int(line->info, "me");
    if (!theirs) {
        cli_fail(c, DT_ERR_NOT_ALLOWED, _("%s is our own record; the others answer it"),
                 cli_safe(cli_str(record.item, "id")));
    }
    *ref = record.ref;
    json_decref(record.item);
    return theirs;
}

int cmd_ack(struct cli *c)
{
    uint8_t body[256];
    size_t size;
    struct cli_line line;
    struct dt_ref ref;
    if (cli_option(c, "by-voice") != NULL || cli_option(c, "paper") != NULL) {
        return cli_ack_reported(c);
    }
    if (!target(c, 1, &line, &ref)) {
        return c->exit;
    }
    const enum dt_err err = dt_body_ack_encode(body, sizeof body, &size, &ref);
    return err == DT_OK ? cli_append_say(c, &line, DT_KIND_ACK, DT_PRIORITY,
                                         dt_span(body, size), _("acknowledged: this exact version"))
                        : cli_fail(c, err, NULL);
}

/* "3/4", or the name of a state. */
static bool take_units(struct cli *c, struct dt_body_passed_on *b)
{
    const char *units = cli_option(c, "units"), *slash = units != NULL ? strchr(units, '/') : NULL;
    const char *state = c->word_count > 1 ? c->words[1] : NULL;
    uint64_t told, all;
    b->told = b->units = -1;
    for (int s = DT_PASSED_REFUSED; state != NULL && s < DT_PASSED_STATES; s++) {
        if (strcmp(state, dt_passed_state_name(s)) == 0) {
            b->state = (enum dt_passed_state)s;
            return true;
        }
    }
    if (state != NULL || slash == NULL) {
        cli_usage(c, _("say --units n/m, or refused, unreachable, will-not-say"));
        return false;
    }
    char first[24];
    snprintf(first, sizeof first, "%.*s",
             (int)(slash - units < (long)sizeof first ? slash - units : (long)sizeof first - 1),
             units);
    if (!cli_number(c, first, 1000000, &told) || !cli_number(c, slash + 1, 1000000, &all)) {
        return false;
    }
    if (told > all) {
        cli_usage(c, _("%s: more units told than there are"), units);
        return false;
    }
    b->state = DT_PASSED_TOLD;
    b->told = (int64_t)told;
    b->units = (int64_t)all;
    return true;
}

/* Is it a force of ours in the charter? Else says which are. */
static bool ours(struct cli *c, const struct cli_line *line, const char *force)
{
    char names[512] = "";
    size_t i, n = 0;
    json_t *f;
    const json_t *me = json_array_get(json_object_get(line->info, "members"),
                                      (size_t)cli_int(line->info, "me"));
    json_array_foreach (json_object_get(me, "forces"), i, f) {
        if (strcmp(cli_str(f, "name"), force) == 0) {
            return true;
        }
        if (n < sizeof names) {
            n += (size_t)snprintf(names + n, sizeof names - n, "%s%s", i > 0 ? ", " : "",
                                  cli_str(f, "name"));
        }
    }
    cli_fail(c, DT_ERR_BAD_VALUE, i > 0 ? _("%s: our forces in the charter are: %s")
                                        : _("%s: the charter names no force of ours"),
             force, names);
    return false;
}

int cmd_passed_on(struct cli *c)
{
    uint8_t body[512];
    size_t size;
    struct cli_line line;
    struct dt_body_passed_on b;
    const char *force = cli_option(c, "force");
    memset(&b, 0, sizeof b);
    if (force == NULL || strlen(force) == 0 || strlen(force) > DT_TEXT_MAX) {
        return cli_usage(c, _("--force NAME must be given: to whom was it passed on?"));
    }
    snprintf(b.force, sizeof b.force, "%s", force);
    if (!take_units(c, &b) || !target(c, 2, &line, &b.ref) || !ours(c, &line, b.force)) {
        return c->exit;
    }
    const enum dt_err err = dt_body_passed_on_encode(body, sizeof body, &size, &b);
    return err == DT_OK ? cli_append_say(c, &line, DT_KIND_PASSED_ON, DT_PRIORITY,
                                         dt_span(body, size), _("said: passed on, as our claim"))
                        : cli_fail(c, err, NULL);
}

int cmd_position(struct cli *c)
{
    uint8_t body[DT_BODY_MAX];
    size_t size;
    struct cli_line line;
    struct dt_body_position b;
    const char *name = cli_word(c, 1, _("the position")), *text = cli_option(c, "text");
    memset(&b, 0, sizeof b);
    if (name == NULL) {
        return c->exit;
    }
    int position = 0;
    while (position < DT_POSITIONS && strcmp(name, dt_position_name(position)) != 0) {
        position++;
    }
    if (position == DT_POSITIONS) {
        return cli_usage(c, _("a position is no-objection, objection, change-requested or declined"));
    }
    b.position = (enum dt_position)position;
    b.text = dt_span(text, text != NULL ? strlen(text) : 0);
    if (!target(c, 2, &line, &b.ref)) {
        return c->exit;
    }
    const enum dt_err err = dt_body_position_encode(body, sizeof body, &size, &b);
    return err == DT_OK ? cli_append_say(c, &line, DT_KIND_POSITION, DT_PRIORITY,
                                         dt_span(body, size), _("position recorded; it is not a permission"))
                        : cli_fail(c, err, NULL);
}

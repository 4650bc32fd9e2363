/* SPDX-License-Identifier: ISC */
/* Whom to telephone about a FLASH or CHECK_FIRE of ours, and what to read out (desk.h). */
#include <stdlib.h>
#include <string.h>

#include "cli/desk.h"
#include "log/header.h"

enum { CALLS_MAX = 64, CALLS_SHOWN = 4, SENTENCE_ROWS = 4 };

struct call {
    const json_t *item;
    const char *code;
    char class_[24];    /* "" OPERATION */
    bool telephoned;    /* we have reported what was heard there */
};

struct calls {
    struct call one[CALLS_MAX];
    size_t count;
};

/* "tel +99 5;  radio 4711" of that party's card. */
static const char *contacts(const struct desk *d, const char *code)
{
    char text[256] = "";
    size_t i, n = 0;
    json_t *c;
    json_array_foreach (json_object_get(desk_peer(d, code), "contacts"), i, c) {
        if (n < sizeof text) {
            n += (size_t)snprintf(text + n, sizeof text - n, "%s%s %s", i > 0 ? ";  " : "",
                                  cli_safe(cli_str(c, "kind")), cli_safe(cli_str(c, "text")));
        }
    }
    return n > 0 ? cli_safe(text) : _("no number on its card");
}

void desk_contacts(const struct desk *d, struct desk_screen *s, const char *code)
{
    desk_row(s, DESK_BOLD, _(" CALL %s: %s"), code, contacts(d, code));
}

/* --- who is silent -------------------------------------------------------------------------- */

static void add(const struct desk *d, struct calls *calls, const json_t *item, const char *code,
                bool telephoned)
{
    const char *class_ = cli_class(item);
    const json_t *line = desk_line_info(d, cli_str(item, "line"));
    if (class_[0] == '\0' && strcmp(cli_str(line, "class"), "EXERCISE") == 0) {
        class_ = "NO DUFF"; /* an operation's word on an exercise line */
    }
    if (calls->count < CALLS_MAX) {
        struct call *call = &calls->one[calls->count++];
        *call = (struct call){.item = item, .code = code, .telephoned = telephoned};
        snprintf(call->class_, sizeof call->class_, "%s", class_);
    }
}

static bool has_answered(const json_t *item, const char *code)
{
    size_t i;
    json_t *a;
    json_array_foreach (json_object_get(json_object_get(item, "fire"), "answers"), i, a) {
        if (strcmp(cli_str(a, "code"), code) == 0 &&
            (cli_has(a, "answer") || cli_true(a, "claimed"))) {
            return true;
        }
    }
    return false;
}

static void add_silent(const struct desk *d, struct calls *calls, const json_t *item)
{
    size_t i;
    json_t *stage;
    json_array_foreach (json_object_get(item, "stages"), i, stage) {
        const char *code = cli_str(stage, "code");
        if (!cli_has(stage, "acknowledged") && strcmp(code, d->code) != 0 &&
            !has_answered(item, code)) {
            add(d, calls, item, code, json_array_size(json_object_get(stage, "reported")) > 0);
        }
    }
}

/* Who has been telephoned last, NO DUFF first, then what is no exercise, then the newest. */
static int order(const void *a, const void *b)
{
    const struct call *x = a, *y = b;
    const bool duff_x = strcmp(x->class_, "NO DUFF") == 0, duff_y = strcmp(y->class_, "NO DUFF") == 0;
    const bool drill_x = !duff_x && x->class_[0] != '\0', drill_y = !duff_y && y->class_[0] != '\0';
    const json_int_t at_x = cli_int(x->item, "time"), at_y = cli_int(y->item, "time");
    if (x->telephoned != y->telephoned) {
        return x->telephoned ? 1 : -1;
    }
    if (duff_x != duff_y) {
        return duff_x ? -1 : 1;
    }
    if (drill_x != drill_y) {
        return drill_x ? 1 : -1;
    }
    return at_x != at_y ? (at_x > at_y ? -1 : 1) : strcmp(x->code, y->code);
}

static void find(const struct desk *d, struct calls *calls, int64_t before_ms)
{
    size_t i, k;
    json_t *item, *silent;
    calls->count = 0;
    json_array_foreach (json_object_get(d->fed[DESK_RECENT], "items"), i, item) {
        const bool ours = strcmp(cli_str(item, "from"), d->code) == 0 &&
                          strncmp(cli_str(item, "kind"), "FIRE_A", 6) != 0;
        const bool lifted = strcmp(cli_str(json_object_get(item, "fire"), "state"), "lifted") == 0;
        if (desk_rank(item) == 0 && ours && !lifted && cli_int(item, "time") < before_ms) {
            add_silent(d, calls, item);
        }
    }
    json_array_foreach (json_object_get(d->fed[DESK_OWED], "unanswered"), i, item) {
        if (desk_rank(item) != 0 || cli_int(item, "time") >= before_ms ||
            desk_recent(d, cli_str(item, "id")) != NULL) {
            continue;
        }
        json_array_foreach (json_object_get(item, "silent"), k, silent) {
            add(d, calls, item, cli_str(silent, "code"), cli_true(silent, "reported"));
        }
    }
    qsort(calls->one, calls->count, sizeof calls->one[0], order);
}

/* --- the block ------------------------------------------------------------------------------ */

static const char *kind(const json_t *item)
{
    return desk_is_fire(item) ? "CHECK FIRE" : "FLASH";
}

/* The number to call and the sentence to read. */
static void say_first(const struct desk *d, struct desk_screen *s, const struct call *call,
                      int64_t now_ms)
{
    char spoken[DT_SPOKEN_SIZE], sentence[DT_SPOKEN_SIZE + 320];
    dt_record_id_spoken(spoken, cli_str(call->item, "id"));
    desk_row(s, DESK_BAD, _(" %s %s NOT ACKNOWLEDGED by %s for %s"), kind(call->item),
             cli_safe(cli_str(call->item, "id")), cli_safe(call->code),
             cli_age(now_ms - cli_int(call->item, "time")));
    desk_contacts(d, s, cli_safe(call->code));
    snprintf(sentence, sizeof sentence,
             desk_is_fire(call->item)
                 ? _("SAY: %sThis is %s. Check fire. Stop firing. Record %s. Look at your desk and answer it.")
                 : _("SAY: %sThis is %s. Flash message for you. Record %s. Look at your desk and acknowledge it."),
             cli_thrice(call->class_), d->code, spoken);
    desk_wrap(s, DESK_BOLD, sentence, SENTENCE_ROWS, 0);
}

void desk_fallback(const struct desk *d, struct desk_screen *s, int64_t now_ms)
{
    struct calls calls;
    find(d, &calls, now_ms - DESK_FALLBACK_MS);
    for (size_t i = 0; i < calls.count && i < CALLS_SHOWN; i++) {
        const struct call *call = &calls.one[i];
        if (i == 0 && !call->telephoned) {
            say_first(d, s, call, now_ms);
            continue;
        }
        desk_row(s, call->telephoned ? DESK_WARN : DESK_BAD,
                 call->telephoned ? _(" TELEPHONED, NOT ACKNOWLEDGED: %s about %s%s%s %s: %s")
                                  : _(" THEN CALL %s about %s%s%s %s: %s"),
                 cli_safe(call->code), call->class_, call->class_[0] != '\0' ? " " : "",
                 kind(call->item), cli_safe(cli_str(call->item, "id")), contacts(d, call->code));
    }
    if (calls.count > CALLS_SHOWN) {
        desk_row(s, DESK_BAD, _(" and %zu more to call: detente unanswered"),
                 calls.count - CALLS_SHOWN);
    }
}

/* SPDX-License-Identifier: ISC */
/*
 * What of ours nobody has acknowledged, and which forces have not been told (desk.h).
 *
 * Two sources, one list: the newest records, with their stages, ROUTINE too; and the node's
 * own account of what is owed (`awaiting`), which no newer traffic pushes out.
 */
#include <string.h>

#include "cli/desk.h"
#include "cli/watch.h"

static bool answered(const json_t *item, const char *code)
{
    size_t i;
    json_t *a;
    json_array_foreach(json_object_get(json_object_get(item, "fire"), "answers"), i, a)
    {
        if (strcmp(cli_str(a, "code"), code) == 0) {
            return cli_has(a, "answer") || cli_true(a, "claimed");
        }
    }
    return false;
}

/* Nobody there since when: what a sender must be told first. */
static bool nobody_there(const json_t *peer)
{
    return strcmp(cli_str(peer, "desk"), "unattended") == 0;
}

/* How far it has come, in the words of `show`. */
static const char *stage_words(const struct desk *d, const json_t *stage, int64_t now_ms)
{
    static char text[160];
    const json_t *peer = desk_peer(d, cli_str(stage, "code"));
    if (!cli_has(stage, "stored")) {
        return _("not stored yet");
    }
    if (cli_has(stage, "acknowledged")) {
        snprintf(text, sizeof text, _("acknowledged %s"),
                 desk_clock(cli_int(stage, "acknowledged"), now_ms));
        return text;
    }
    if (cli_true(stage, "claimed")) {
        return _("claims to have acknowledged");
    }
    if (cli_has(stage, "shown")) {
        snprintf(text, sizeof text, _("shown %s"), desk_clock(cli_int(stage, "shown"), now_ms));
    } else if (nobody_there(peer)) {
        snprintf(text, sizeof text, _("stored, NOBODY AT DESK since %s"),
                 desk_clock(cli_int(peer, "desk_since"), now_ms));
    } else {
        snprintf(text, sizeof text, "%s", _("stored, not shown yet"));
    }
    return text;
}

static void row_silent(const struct desk *d, struct desk_screen *s, const json_t *item,
                       const char *code, const char *words, int64_t now_ms)
{
    char text[400];
    const bool late = desk_due(d, item) != 0 && now_ms > desk_due(d, item);
    const char *due = desk_due_text(d, item, now_ms);
    snprintf(text, sizeof text, _("%s %s %s%s%s: %s, %s"), cli_safe(cli_str(item, "id")),
             cli_age(now_ms - cli_int(item, "time")), due, due[0] != '\0' ? " " : "", cli_safe(code),
             desk_is_fire(item) ? _("NOT ANSWERED") : _("NOT ACKNOWLEDGED"), words);
    desk_wrap(s, late ? DESK_BAD : DESK_PLAIN, text, 2, 0); /* nothing of it is cut */
}

/* A row for each member that has not acknowledged one of the newest records. */
static size_t recent_rows(const struct desk *d, struct desk_screen *s, const json_t *item,
                          bool draw, int64_t now_ms)
{
    size_t i, count = 0;
    json_t *stage;
    const bool fire = desk_is_fire(item);
    const bool lifted = strcmp(cli_str(json_object_get(item, "fire"), "state"), "lifted") == 0;
    json_array_foreach(json_object_get(item, "stages"), i, stage)
    {
        const char *code = cli_str(stage, "code");
        /* Who has acknowledged a CHECK FIRE has not said that his side stopped. */
        const bool done = fire ? answered(item, code) : cli_has(stage, "acknowledged");
        if (done || lifted || strcmp(code, d->code) == 0) {
            continue;
        }
        count++;
        if (draw) {
            row_silent(d, s, item, code, stage_words(d, stage, now_ms), now_ms);
        }
    }
    return count;
}

/* The same for a record that is no longer among the newest. */
static size_t older_rows(const struct desk *d, struct desk_screen *s, const json_t *item, bool draw,
                         int64_t now_ms)
{
    size_t i;
    json_t *silent;
    const json_t *all = json_object_get(item, "silent");
    json_array_foreach(all, i, silent)
    {
        char words[160];
        const json_t *peer = desk_peer(d, cli_str(silent, "code"));
        if (cli_has(silent, "shown")) {
            snprintf(words, sizeof words, _("shown %s"),
                     desk_clock(cli_int(silent, "shown"), now_ms));
        } else if (nobody_there(peer)) {
            snprintf(words, sizeof words, _("NOBODY AT DESK since %s"),
                     desk_clock(cli_int(peer, "desk_since"), now_ms));
        } else {
            snprintf(words, sizeof words, "%s", _("not shown yet"));
        }
        if (draw) {
            row_silent(d, s, item, cli_str(silent, "code"), words, now_ms);
        }
    }
    return json_array_size(all);
}

/* A force that has not been told, by all that its member says. */
static void row_force(struct desk_screen *s, const json_t *f)
{
    char words[96] = "";
    if (cli_has(f, "n") && cli_has(f, "m")) {
        snprintf(words, sizeof words, _(": %lld of %lld units, they say"), (long long)cli_int(f, "n"),
                 (long long)cli_int(f, "m"));
    } else if (cli_has(f, "state")) {
        snprintf(words, sizeof words, _(": %s, they say"), cli_name(cli_str(f, "state")));
    }
    desk_row(s, DESK_WARN, _(" %s %s %s: NOT PASSED ON to %s%s%s"), cli_safe(cli_str(f, "id")),
             cli_age(cli_int(f, "age")), cli_safe(cli_str(f, "code")),
             cli_safe(cli_str(f, "force")), words,
             cli_true(f, "guaranteed") ? _(", not on the line") : "");
}

/* Something of ours that asks for an acknowledgement. */
static bool asks(const struct desk *d, const json_t *item)
{
    const char *kind = cli_str(item, "kind");
    return strcmp(cli_str(item, "from"), d->code) == 0 && strcmp(kind, "FIRE_ANSWER") != 0 &&
           strcmp(kind, "POSITION") != 0;
}

static bool is_recent(const struct desk *d, const char *id)
{
    size_t i;
    json_t *item;
    json_array_foreach(json_object_get(d->fed[DESK_RECENT], "items"), i, item)
    {
        if (strcmp(cli_str(item, "id"), id) == 0) {
            return true;
        }
    }
    return false;
}

/* All of one urgency; how many rows that is, drawn or not. */
static size_t rows_of(const struct desk *d, struct desk_screen *s, bool flash, bool draw,
                      int64_t now_ms)
{
    size_t i, count = 0;
    json_t *item;
    json_array_foreach(json_object_get(d->fed[DESK_OWED], "unanswered"), i, item)
    {
        if ((desk_rank(item) == 0) == flash && !is_recent(d, cli_str(item, "id"))) {
            count += older_rows(d, s, item, draw, now_ms);
        }
    }
    json_array_foreach(json_object_get(d->fed[DESK_RECENT], "items"), i, item)
    {
        if ((desk_rank(item) == 0) == flash && asks(d, item)) {
            count += recent_rows(d, s, item, draw, now_ms);
        }
    }
    json_array_foreach(json_object_get(d->fed[DESK_OWED], "not_told"), i, item)
    {
        if ((desk_rank(item) == 0) == flash) {
            count++;
            if (draw) {
                row_force(s, item);
            }
        }
    }
    return count;
}

void desk_owed(const struct desk *d, struct desk_screen *s, int room, int64_t now_ms)
{
    char words[96];
    const int limit = s->limit;
    const size_t count = rows_of(d, s, true, false, now_ms) + rows_of(d, s, false, false, now_ms);
    snprintf(words, sizeof words, _("OURS, NOT ACKNOWLEDGED OR NOT PASSED ON: %zu"), count);
    desk_rule(s, DESK_BOLD, words);
    const int end = s->used + room - 1 < limit ? s->used + room - 1 : limit;
    s->limit = s->used; /* counted first */
    s->lost = 0;
    rows_of(d, s, true, true, now_ms);
    rows_of(d, s, false, true, now_ms);
    const int rows = s->lost, more = rows - (end - s->used);
    s->limit = more > 0 ? end - 1 : end;
    rows_of(d, s, true, true, now_ms);
    rows_of(d, s, false, true, now_ms);
    s->limit = end;
    if (more > 0) {
        desk_row(s, DESK_WARN, _(" and %d rows more that there is no room for: detente unanswered"),
                 more + 1);
    }
    if (count == 0) {
        desk_row(s, DESK_PLAIN, "%s", _(" Nothing."));
    }
    s->limit = limit;
}

/* --- what a hand-over names --------------------------------------------------------------- */

json_t *desk_open(const struct desk *d)
{
    json_t *waiting = json_array();
    for (size_t i = 0; i < d->waiting_count; i++) { /* the most urgent first */
        if (!cli_true(d->waiting[i], "unanswered")) { /* it stands: named as that */
            json_array_append(waiting, d->waiting[i]);
        }
    }
    json_t *open = cli_open_items(waiting, d->fed[DESK_OWED], d->fed[DESK_STATUS]);
    json_decref(waiting);
    return open;
}

json_t *desk_next_open(const struct desk *d, const json_t *open, size_t *left)
{
    size_t i;
    json_t *item, *next = NULL;
    *left = 0;
    json_array_foreach (open, i, item) {
        const char *why = cli_str(d->accepted, cli_str(item, "id"));
        if (strcmp(why, cli_str(item, "why")) != 0) { /* it is open for another reason now */
            next = next == NULL ? item : next;
            ++*left;
        }
    }
    return next;
}

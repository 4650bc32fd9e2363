/* SPDX-License-Identifier: ISC */
/* What the desk knows, and when it sounds (desk.h). */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "cli/desk.h"

enum {
    FLASH_BELL_MS = 5000,
    IMMEDIATE_BELL_MS = 15000,
    ESCALATE_MS = 60000, /* nobody has acted for so long: three strokes */
    OVERDUE_BELL_MS = 2000,
    PLAY_MS = 700,
};

void desk_init(struct desk *d, const char *code, bool tty)
{
    memset(d, 0, sizeof *d);
    snprintf(d->code, sizeof d->code, "%s", code);
    d->tty = tty;
    d->aside = json_object();
    d->accepted = json_object();
    d->known = json_object();
    d->drafts_known = json_object();
    d->down = true;
}

void desk_free(struct desk *d)
{
    for (int i = 0; i < DESK_FEEDS; i++) {
        json_decref(d->fed[i]);
    }
    json_decref(d->unanswered);
    json_decref(d->aside);
    json_decref(d->accepted);
    json_decref(d->known);
    json_decref(d->drafts_known);
    free(d->detail);
    desk_text_clear(d);
    cli_secret_wipe(&d->secret);
    memset(d, 0, sizeof *d);
}

/* --- what is what ----------------------------------------------------------------------- */

bool desk_is_fire(const json_t *item)
{
    return strcmp(cli_str(item, "kind"), "CHECK_FIRE") == 0;
}

bool desk_is_test(const json_t *item)
{
    return strcmp(cli_str(item, "kind"), "TEST") == 0;
}

static const json_t *own_answer(const struct desk *d, const json_t *item)
{
    size_t i;
    json_t *a;
    json_array_foreach (json_object_get(json_object_get(item, "fire"), "answers"), i, a) {
        if (strcmp(cli_str(a, "code"), d->code) == 0) {
            return a;
        }
    }
    return NULL;
}

bool desk_unnamed(const struct desk *d, const json_t *item)
{
    return cli_true(own_answer(d, item), "claimed");
}

unsigned desk_rank(const json_t *item)
{
    for (int p = DT_FLASH; p >= DT_ROUTINE; p--) {
        if (!desk_is_fire(item) &&
            strcmp(cli_str(item, "precedence"), dt_precedence_name((unsigned)p)) == 0) {
            return p == DT_FLASH && cli_true(item, "demoted") ? 1 : (unsigned)(DT_FLASH - p);
        }
    }
    return desk_is_fire(item) ? 0 : 3;
}

unsigned desk_urgency(const struct desk *d, const json_t *item)
{
    if (!cli_true(item, "waiting") || desk_unnamed(d, item)) {
        return 0;
    }
    return desk_rank(item) == 0 ? 2 : desk_rank(item) == 1 ? 1 : 0;
}

const json_t *desk_line_info(const struct desk *d, const char *tag)
{
    size_t i;
    json_t *line;
    json_array_foreach (json_object_get(d->fed[DESK_HELLO], "lines"), i, line) {
        if (strcmp(cli_str(line, "tag"), tag) == 0) {
            return line;
        }
    }
    return NULL;
}

int64_t desk_due(const struct desk *d, const json_t *item)
{
    const json_t *deadlines =
        json_object_get(desk_line_info(d, cli_str(item, "line")), "deadlines");
    const json_t *ms = json_array_get(deadlines, desk_rank(item));
    return ms != NULL && desk_rank(item) < 3 ? cli_int(item, "time") + json_integer_value(ms) : 0;
}

const json_t *desk_recent(const struct desk *d, const char *id)
{
    size_t i;
    json_t *item;
    json_array_foreach (json_object_get(d->fed[DESK_RECENT], "items"), i, item) {
        if (strcmp(cli_str(item, "id"), id) == 0) {
            return item;
        }
    }
    return NULL;
}

const json_t *desk_item(const struct desk *d, const char *id)
{
    for (size_t i = 0; i < d->waiting_count; i++) {
        if (strcmp(cli_str(d->waiting[i], "id"), id) == 0) {
            return d->waiting[i];
        }
    }
    return desk_recent(d, id);
}

const json_t *desk_peer(const struct desk *d, const char *code)
{
    size_t i;
    json_t *peer;
    json_array_foreach (json_object_get(d->fed[DESK_STATUS], "peers"), i, peer) {
        if (strcmp(cli_str(peer, "code"), code) == 0) {
            return peer;
        }
    }
    return NULL;
}

const struct desk_officer *desk_officer_of(const struct desk *d, unsigned number)
{
    for (size_t i = 0; i < d->officer_count; i++) {
        if (d->officers[i].number == number) {
            return &d->officers[i];
        }
    }
    return NULL;
}

unsigned desk_signer(const struct desk *d)
{
    const unsigned watch = (unsigned)cli_int(d->fed[DESK_STATUS], "desk_officer");
    const struct desk_officer *o = desk_officer_of(d, watch);
    if (o != NULL && o->until_ms != 0) {
        return watch;
    }
    for (size_t i = 0; i < d->officer_count; i++) {
        if (d->officers[i].until_ms != 0) {
            return d->officers[i].number;
        }
    }
    return 0;
}

bool desk_on_watch(const struct desk *d)
{
    return strcmp(cli_str(d->fed[DESK_STATUS], "desk"), "attended") == 0;
}

/* --- what comes in ------------------------------------------------------------------------ */

/* The real thing before exercises, CHECK_FIRE before FLASH, then by precedence, the oldest
 * first. */
static int compare(const void *a, const void *b)
{
    const json_t *x = *(json_t *const *)a, *y = *(json_t *const *)b;
    const bool drill_x = strcmp(cli_str(x, "class"), "OPERATION") != 0;
    const bool drill_y = strcmp(cli_str(y, "class"), "OPERATION") != 0;
    const unsigned rank_x = desk_rank(x), rank_y = desk_rank(y);
    if (rank_x != rank_y) {
        return rank_x < rank_y ? -1 : 1;
    }
    if (drill_x != drill_y) {
        return drill_x ? 1 : -1;
    }
    if (desk_is_fire(x) != desk_is_fire(y)) {
        return desk_is_fire(x) ? -1 : 1;
    }
    const json_int_t at_x = cli_int(x, "time"), at_y = cli_int(y, "time");
    return at_x != at_y ? (at_x < at_y ? -1 : 1) : strcmp(cli_str(x, "id"), cli_str(y, "id"));
}

static bool among(const json_t *items, const char *id)
{
    size_t i;
    json_t *item;
    json_array_foreach (items, i, item) {
        if (strcmp(cli_str(item, "id"), id) == 0) {
            return true;
        }
    }
    return false;
}

/* An acknowledgement ends the alarm of a CHECK_FIRE; what is asked is still whether our side
 * has stopped. One that is no longer among the newest has its words behind F4. */
static void keep_unanswered(struct desk *d)
{
    size_t i;
    json_t *fire;
    json_decref(d->unanswered);
    d->unanswered = json_array();
    json_array_foreach (json_object_get(d->fed[DESK_STATUS], "check_fires"), i, fire) {
        const char *id = cli_str(fire, "id");
        if (!cli_true(fire, "asks_us") || d->fed[DESK_WAITING] == NULL ||
            among(json_object_get(d->fed[DESK_WAITING], "items"), id)) {
            continue;
        }
        const json_t *whole = desk_recent(d, id);
        json_t *copy = json_copy(whole != NULL ? (json_t *)whole : fire);
        json_object_set_new(copy, "kind", json_string("CHECK_FIRE"));
        json_object_set_new(copy, "waiting", json_false());
        json_object_set_new(copy, "unanswered", json_true());
        json_object_set_new(copy, "partial", json_boolean(whole == NULL));
        json_array_append_new(d->unanswered, copy);
    }
}

/* What F2 and F5 are about: the most urgent once the chosen one is done, or as soon as it comes.
 * A question that is open is about what was chosen when it was asked. */
static void choose(struct desk *d)
{
    const size_t at = desk_selected(d);
    const json_t *first = d->waiting_count > 0 ? d->waiting[0] : NULL;
    const bool done = at == d->waiting_count;
    if (!done && d->dialog != DESK_ASK_NOTHING) {
        return; /* what is new stays new until it is answered */
    }
    if (done || (desk_rank(first) < desk_rank(d->waiting[at]) &&
                 json_object_get(d->known, cli_str(first, "id")) == NULL)) {
        snprintf(d->selected, sizeof d->selected, "%s", cli_str(first, "id"));
    }
    json_object_clear(d->known);
    for (size_t i = 0; i < d->waiting_count; i++) {
        json_object_set_new(d->known, cli_str(d->waiting[i], "id"), json_true());
    }
}

static void take_waiting(struct desk *d)
{
    size_t i;
    json_t *item;
    keep_unanswered(d);
    d->waiting_count = 0;
    json_array_foreach (d->unanswered, i, item) {
        if (d->waiting_count < DESK_WAITING_MAX) {
            d->waiting[d->waiting_count++] = item;
        }
    }
    json_array_foreach (json_object_get(d->fed[DESK_WAITING], "items"), i, item) {
        if (d->waiting_count < DESK_WAITING_MAX) {
            d->waiting[d->waiting_count++] = item;
        }
    }
    qsort(d->waiting, d->waiting_count, sizeof d->waiting[0], compare);
    choose(d);
}

size_t desk_selected(const struct desk *d)
{
    size_t i = 0;
    while (i < d->waiting_count && strcmp(cli_str(d->waiting[i], "id"), d->selected) != 0) {
        i++;
    }
    return i;
}

/* Which record has the screen: the most urgent that nobody has put aside. */
static void take_screen(struct desk *d, int64_t now_ms)
{
    const char *id = "";
    for (size_t i = 0; i < d->waiting_count && id[0] == '\0'; i++) {
        const char *one = cli_str(d->waiting[i], "id");
        const bool aside = cli_int(d->aside, one) > now_ms;
        id = desk_urgency(d, d->waiting[i]) == 2 && !aside ? one : "";
    }
    if (strcmp(id, d->taken) == 0) {
        return;
    }
    const bool calls = d->dialog >= DESK_ASK_FIRE && d->dialog <= DESK_ASK_WHAT;
    if (id[0] != '\0' && !calls && strcmp(d->target, id) != 0) {
        d->dialog = DESK_ASK_NOTHING; /* what it asked was about something else */
        cli_secret_wipe(&d->secret);
    }
    if (id[0] != '\0') {
        d->bell_ms = d->mute_ms = 0; /* another alarm sounds at once */
        d->said_ms = 0;              /* what was said was about something else */
    }
    snprintf(d->taken, sizeof d->taken, "%s", id);
    d->taken_ms = now_ms;
    d->taken_top = 0;
}

/* A watch that ends by its time is handed over, or somebody slept through it. */
static void take_watch(struct desk *d, int64_t now_ms)
{
    if (desk_on_watch(d)) {
        d->watch_end_ms = cli_int(d->fed[DESK_STATUS], "desk_until");
    } else if (now_ms < d->watch_end_ms) {
        d->watch_end_ms = 0; /* left */
    }
}

const char *desk_watch_end(const struct desk *d, int64_t now_ms)
{
    char text[128];
    const int64_t left = d->watch_end_ms - now_ms;
    if (d->watch_end_ms == 0 || left > DESK_ENDS_MS) {
        return NULL;
    }
    if (left > 0) {
        snprintf(text, sizeof text, _("THE WATCH ENDS in %s: hand it over, F7 and 2"),
                 cli_age(left));
    } else {
        snprintf(text, sizeof text, _("THE WATCH ENDED %s ago and nobody has taken it: F7 and 1"),
                 cli_age(-left));
    }
    return cli_safe(text);
}

void desk_feed(struct desk *d, enum desk_feed what, json_t *reply, int64_t now_ms)
{
    if (reply == NULL) {
        return;
    }
    json_decref(d->fed[what]);
    d->fed[what] = reply;
    if (d->down && d->down_ms != 0) {
        desk_say(d, false, now_ms, "%s", _("The node is back."));
    }
    d->down = false;
    d->down_ms = 0;
    if (what == DESK_WAITING || what == DESK_STATUS || what == DESK_RECENT) {
        take_waiting(d);
        take_screen(d, now_ms);
    }
    if (what == DESK_HELLO) {
        desk_text_place(d, now_ms);
    } else if (what == DESK_STATUS) {
        take_watch(d, now_ms);
    }
}

void desk_down(struct desk *d, int64_t now_ms)
{
    if (!d->down || d->down_ms == 0) {
        d->down_ms = now_ms;
        d->bell_ms = 0;
    }
    d->down = true;
}

void desk_set_officers(struct desk *d, const struct desk_officer *list, size_t count)
{
    d->officer_count = count < DESK_OFFICERS_MAX ? count : DESK_OFFICERS_MAX;
    memcpy(d->officers, list, d->officer_count * sizeof list[0]);
}

void desk_say(struct desk *d, bool bad, int64_t now_ms, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(d->said, sizeof d->said, format, args);
    va_end(args);
    d->said_bad = bad;
    d->said_ms = now_ms;
}

/* --- actions --------------------------------------------------------------------------------- */

struct desk_action *desk_queue(struct desk *d, enum desk_do what)
{
    static struct desk_action none; /* a full queue: the person presses again */
    const bool room = d->queue_count < sizeof d->queue / sizeof d->queue[0];
    struct desk_action *a = room ? &d->queue[d->queue_count++] : &none;
    *a = (struct desk_action){.what = what};
    return a;
}

bool desk_next(struct desk *d, struct desk_action *out)
{
    if (d->queue_count == 0) {
        return false;
    }
    *out = d->queue[0];
    memmove(d->queue, d->queue + 1, --d->queue_count * sizeof d->queue[0]);
    return true;
}

/* --- sound ---------------------------------------------------------------------------------- */

/* The loudest of what waits: how many strokes, and how often. */
static unsigned strokes_of(const struct desk *d, int64_t now_ms, int64_t *every_ms)
{
    unsigned best = 0;
    *every_ms = 0;
    for (size_t i = 0; i < d->waiting_count; i++) {
        const unsigned urgency = desk_urgency(d, d->waiting[i]);
        const int64_t due = desk_due(d, d->waiting[i]);
        const int64_t age = now_ms - cli_int(d->waiting[i], "time");
        const bool overdue = due != 0 && now_ms > due;
        if (urgency == 0) {
            continue;
        }
        int64_t every = urgency == 2 ? FLASH_BELL_MS : IMMEDIATE_BELL_MS;
        every = overdue ? (urgency == 2 ? OVERDUE_BELL_MS : FLASH_BELL_MS) : every;
        if (*every_ms == 0 || every < *every_ms) {
            *every_ms = every;
        }
        const unsigned strokes = overdue || (urgency == 2 && age > ESCALATE_MS) ? 3 : 1;
        best = strokes > best ? strokes : best;
    }
    return best;
}

/* A movement has not arrived, and nobody of ours has acted on it since. */
static bool overdue(const struct desk *d)
{
    size_t i;
    json_t *one;
    json_array_foreach (json_object_get(d->fed[DESK_STATUS], "overdue"), i, one) {
        if (!cli_true(one, "acted")) {
            return true;
        }
    }
    return false;
}

/* Conflicts as the node says they sound: again and again until an officer has seen them, or once
 * each, when it is found. */
static unsigned conflict_strokes(struct desk *d, unsigned strokes, int64_t *every_ms)
{
    size_t i;
    json_t *c;
    int64_t newest = d->conflict_ms;
    json_array_foreach (json_object_get(d->fed[DESK_CONFLICT], "items"), i, c) {
        const bool once = strcmp(cli_str(c, "sound"), "once") == 0;
        if (once && cli_int(c, "found") > d->conflict_ms) {
            newest = cli_int(c, "found") > newest ? cli_int(c, "found") : newest;
            d->bell_ms = 0;
        } else if (strcmp(cli_str(c, "sound"), "repeated") != 0) {
            continue;
        }
        const unsigned wanted = cli_true(c, "overdue") ? 3 : 1;
        strokes = wanted > strokes ? wanted : strokes;
        *every_ms = *every_ms == 0 || *every_ms > IMMEDIATE_BELL_MS ? IMMEDIATE_BELL_MS : *every_ms;
    }
    d->conflict_ms = newest;
    return strokes;
}

/* Something that one officer has signed waits for another, and nobody has looked at it: 0 none,
 * 1 now and then, 2 it is a FLASH. */
static unsigned drafts_wait(const struct desk *d)
{
    size_t i;
    json_t *one;
    unsigned found = 0;
    json_array_foreach (json_object_get(d->fed[DESK_DRAFTS], "items"), i, one) {
        const unsigned now = strcmp(cli_str(one, "precedence"), "FLASH") == 0 ? 2 : 1;
        const bool known = json_object_get(d->drafts_known, cli_str(one, "draft")) != NULL;
        found = !known && now > found ? now : found;
    }
    return found;
}

unsigned desk_tick(struct desk *d, int64_t now_ms)
{
    int64_t every;
    take_screen(d, now_ms);
    if (d->dialog != DESK_ASK_NOTHING && d->dialog != DESK_ASK_HEARD &&
        d->dialog < DESK_ASK_SEND && now_ms - d->asked_ms > DESK_ARMED_MS) {
        d->dialog = DESK_ASK_NOTHING;
    }
    if (d->play > 0 && now_ms - d->play_ms >= PLAY_MS) {
        d->play--;
        d->play_ms = now_ms;
        return 1;
    }
    unsigned strokes = strokes_of(d, now_ms, &every);
    strokes = conflict_strokes(d, strokes, &every);
    if (strokes == 0 && drafts_wait(d) > 0) {
        strokes = 1;
        every = drafts_wait(d) == 2 ? IMMEDIATE_BELL_MS : ESCALATE_MS;
    }
    if (strokes == 0 && desk_watch_end(d, now_ms) != NULL && d->key_ms < d->watch_end_ms) {
        strokes = 1; /* after its end until somebody presses a key */
        every = now_ms < d->watch_end_ms ? ESCALATE_MS : IMMEDIATE_BELL_MS;
    }
    const bool deaf = d->down && d->down_ms != 0; /* nothing can come in: say so */
    const bool plans = json_array_size(json_object_get(d->fed[DESK_STATUS], "plans")) > 0;
    if (strokes == 0 && (deaf || plans || overdue(d))) {
        strokes = 1;
        every = IMMEDIATE_BELL_MS;
    }
    if (strokes == 0 || now_ms < d->mute_ms || (d->bell_ms != 0 && now_ms - d->bell_ms < every)) {
        return 0;
    }
    d->bell_ms = now_ms;
    return strokes;
}

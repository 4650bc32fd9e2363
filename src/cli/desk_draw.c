/* SPDX-License-Identifier: ISC */
/* The main view: who is there, what waits, what of ours is not answered (desk.h). */
#include <stdlib.h>
#include <string.h>

#include "cli/desk.h"

enum { PEERS_MAX = 6, OURS_MAX = 4, CONFLICTS_MAX = 2 };

/* --- the first rows ------------------------------------------------------------------------ */

static void draw_title(const struct desk *d, struct desk_screen *s, int64_t now_ms)
{
    char who[160];
    const unsigned signer = desk_signer(d);
    const struct desk_officer *o = desk_officer_of(d, signer);
    const json_t *status = d->fed[DESK_STATUS];
    if (o == NULL) {
        snprintf(who, sizeof who, "%s", _("DESK LOCKED: F7 unlocks an officer"));
    } else if (desk_on_watch(d)) {
        snprintf(who, sizeof who, _("officer %u %s ON WATCH until %s"), signer, cli_safe(o->role),
                 desk_clock(cli_int(status, "desk_until"), now_ms));
    } else {
        snprintf(who, sizeof who, _("officer %u %s, NOT ON WATCH: F7 takes it"), signer,
                 cli_safe(o->role));
    }
    const int second = (int)(now_ms / 1000 % 86400); /* a clock that stands still is a dead desk */
    desk_row(s, DESK_TITLE, " %s  %.10s %02d:%02d:%02dZ  %s%*s", d->code, cli_when(now_ms),
             second / 3600, second / 60 % 60, second % 60, who, s->cols, "");
}

static void draw_ours(const struct desk *d, struct desk_screen *s, int64_t now_ms)
{
    const json_t *status = d->fed[DESK_STATUS], *alarm = json_object_get(status, "alarm");
    if (d->down) {
        desk_row(s, DESK_BAD,
                 _(" OUR NODE DOES NOT ANSWER since %s: nothing comes or goes."),
                 desk_clock(d->down_ms != 0 ? d->down_ms : now_ms, now_ms));
        return;
    }
    if (strcmp(cli_str(alarm, "state"), "failed") == 0) {
        desk_row(s, DESK_BAD, _(" our node UP %s   ALARM PROGRAM FAILS since %s: only this screen sounds"),
                 cli_age(cli_int(status, "uptime")), desk_clock(cli_int(alarm, "failed"), now_ms));
        return;
    }
    const bool empty = strcmp(cli_str(status, "desk"), "unattended") == 0;
    const char *ends = desk_watch_end(d, now_ms);
    if (ends != NULL) {
        desk_row(s, DESK_BAD, " %s", ends);
    }
    desk_row(s, empty ? DESK_WARN : DESK_GOOD, _(" our node UP %s   our desk, as the others see it: %s"),
             cli_age(cli_int(status, "uptime")),
             desk_on_watch(d) ? _("ATTENDED") : empty ? _("UNATTENDED") : _("UNKNOWN"));
}

static enum desk_style draw_link(char *out, size_t size, const json_t *peer)
{
    const long long missed = (long long)cli_int(peer, "tests_missed");
    const char *link = cli_str(peer, "link");
    if (strcmp(link, "green") == 0) {
        snprintf(out, size, "%s", _("link GREEN"));
        return DESK_GOOD;
    }
    if (strcmp(link, "amber") == 0 || strcmp(link, "red") == 0) {
        const bool red = link[0] == 'r';
        snprintf(out, size, red ? _("link RED, %lld missed") : _("link AMBER, %lld missed"), missed);
        return red ? DESK_BAD : DESK_WARN;
    }
    snprintf(out, size, "%s", _("link UNKNOWN"));
    return DESK_WARN;
}

static enum desk_style draw_desk(char *out, size_t size, const json_t *peer, int64_t now_ms)
{
    const char *desk = cli_str(peer, "desk");
    const char *since = desk_clock(cli_int(peer, "desk_since"), now_ms);
    if (strcmp(desk, "attended") == 0) {
        snprintf(out, size, _("desk ATTENDED since %s"), since);
        return DESK_GOOD;
    }
    if (strcmp(desk, "unattended") == 0) {
        snprintf(out, size, _("NOBODY AT DESK since %s"), since);
        return DESK_BAD;
    }
    snprintf(out, size, _("desk UNKNOWN, last act %s"), since);
    return DESK_WARN;
}

/* Their people, as officers answer tests: a row while that says something bad. */
static void draw_people(struct desk_screen *s, const json_t *peer)
{
    const char *light = cli_str(peer, "human");
    if (cli_int(peer, "human_missed") > 0) {
        desk_row(s, strcmp(light, "red") == 0 ? DESK_BAD : DESK_WARN,
                 _("          THEIR PEOPLE MISSED %lld tests in a row: ask by voice"),
                 (long long)cli_int(peer, "human_missed"));
    } else if (strcmp(light, "declined") == 0) {
        desk_row(s, DESK_WARN, "%s", _("          THEIR PEOPLE DECLINED to answer the test"));
    }
}

static void draw_peer(struct desk_screen *s, const json_t *peer, int64_t now_ms)
{
    char link[64], desk[96], node[64];
    const char *state = cli_str(peer, "node");
    const bool up = strcmp(state, "up") == 0;
    const bool red = strcmp(cli_str(peer, "link"), "red") == 0;
    if (red && up) { /* a red link says nothing of the node behind it */
        snprintf(node, sizeof node, _("node heard %s"), cli_age(cli_int(peer, "heard")));
    } else if (cli_has(peer, "heard")) {
        snprintf(node, sizeof node, up ? _("node UP (%s)") : _("node DOWN %s"),
                 cli_age(cli_int(peer, "heard")));
    } else {
        snprintf(node, sizeof node, "%s", up ? _("node UP") : _("node UNKNOWN"));
    }
    enum desk_style style = up ? DESK_GOOD : DESK_BAD;
    const enum desk_style of_link = draw_link(link, sizeof link, peer);
    const enum desk_style of_desk = draw_desk(desk, sizeof desk, peer, now_ms);
    style = of_link > style ? of_link : style; /* the worst of the three */
    style = of_desk > style ? of_desk : style;
    desk_row(s, style, " %-8s %-16s %-20s %s", cli_safe(cli_str(peer, "code")), node, link, desk);
    draw_people(s, peer);
    if (llabs(cli_int(peer, "skew")) > DESK_SKEW_MS) {
        desk_row(s, DESK_WARN, _("          CLOCKS DIFFER by %s: ask by voice whose is wrong"),
                 cli_age(llabs(cli_int(peer, "skew"))));
    }
}

static void and_more(struct desk_screen *s, size_t count, size_t drawn)
{
    if (count > drawn) {
        desk_row(s, DESK_PLAIN, _(" and %zu more: detente status"), count - drawn);
    }
}

static void draw_peers(const struct desk *d, struct desk_screen *s, int64_t now_ms)
{
    const json_t *peers = json_object_get(d->fed[DESK_STATUS], "peers");
    size_t i, count = json_array_size(peers);
    json_t *peer;
    json_array_foreach (peers, i, peer) {
        if (i < PEERS_MAX) {
            draw_peer(s, peer, now_ms);
        }
    }
    and_more(s, count, PEERS_MAX);
}

/* --- what waits -------------------------------------------------------------------------------- */

enum { LIST_ROWS = 3, WORDS_ROWS = 3, OWED_ROWS = 3, ABOVE_ROWS = 2 };

/* Rows that the list cannot do without: its rule, the most urgent, the chosen one's words. */
static int waiting_need(const struct desk *d)
{
    const int rows = d->waiting_count < LIST_ROWS ? (int)d->waiting_count : LIST_ROWS;
    return rows == 0 ? 2 : 1 + rows + WORDS_ROWS + (d->waiting_count > (size_t)rows);
}

static void draw_waiting_one(const struct desk *d, struct desk_screen *s, size_t i, bool chosen,
                             int64_t now_ms)
{
    char mark[8];
    const json_t *item = d->waiting[i];
    snprintf(mark, sizeof mark, i < 9 ? "%c%zu " : "%c  ", chosen ? '>' : ' ', i + 1);
    bool whole = desk_row_item(d, s, item, mark, now_ms);
    if (chosen && !whole && cli_has(item, "text")) { /* all of the chosen one */
        const int before = s->used;
        const int wrapped = desk_wrap(s, DESK_PLAIN, cli_str(item, "text"), WORDS_ROWS, 0);
        whole = s->used - before == wrapped && !cli_has(item, "category");
    }
    if (whole) {
        desk_note_shown(s, item);
    }
}

/* The most urgent is always there, and the chosen one: what lies between gives way. */
static void draw_waiting(const struct desk *d, struct desk_screen *s, int room, int64_t now_ms)
{
    char words[80];
    const size_t at = desk_selected(d), count = d->waiting_count;
    const size_t fit = room > 2 + WORDS_ROWS ? (size_t)room - 1 - WORDS_ROWS : 2;
    const size_t rows = count <= fit ? count : fit > 2 ? fit - 1 : fit; /* one says how many more */
    const size_t from = at < count && at >= rows ? at - rows + 1 : 0;
    snprintf(words, sizeof words, _("WAITS FOR US: %zu"), count);
    desk_rule(s, DESK_BOLD, words);
    if (count == 0) {
        desk_row(s, DESK_PLAIN, "%s", _(" Nothing waits for an officer here."));
    }
    for (size_t i = 0; i < rows; i++) {
        draw_waiting_one(d, s, i == 0 ? 0 : from + i, i == 0 ? at == 0 : from + i == at, now_ms);
    }
    if (rows < count) {
        desk_row(s, DESK_PLAIN, _(" and %zu more: Down"), count - rows);
    }
}

/* --- conflicts, check-fires that stand ------------------------------------------------------------- */

/* Who has acknowledged it has not said that his side stopped. */
const char *desk_silent_words(const json_t *fire)
{
    char text[128];
    const json_int_t silent = cli_int(fire, "silent"), acked = cli_int(fire, "acknowledged");
    if (silent == 0) {
        return _("all have answered");
    }
    if (acked == silent) {
        snprintf(text, sizeof text, _("%lld acknowledged, not answered"), (long long)acked);
    } else if (acked == 0) {
        snprintf(text, sizeof text, _("%lld not answered"), (long long)silent);
    } else {
        snprintf(text, sizeof text, _("%lld not answered, %lld acknowledged"), (long long)silent,
                 (long long)acked);
    }
    return cli_safe(text);
}

/* What has been paused, by whom: only CHECK FIRE and what answers it goes to them. */
static void draw_suspended(const struct desk *d, struct desk_screen *s, int64_t now_ms)
{
    size_t i, k;
    json_t *line, *member;
    json_array_foreach (json_object_get(d->fed[DESK_HELLO], "lines"), i, line) {
        json_array_foreach (json_object_get(line, "members"), k, member) {
            if (strcmp(cli_str(member, "state"), "suspended") == 0) {
                desk_row(s, DESK_WARN, _(" LINE SUSPENDED by %s since %s: %s"),
                         cli_safe(cli_str(member, "code")),
                         desk_clock(cli_int(member, "since"), now_ms),
                         cli_safe(cli_str(line, "title")));
            }
        }
    }
}

static void draw_standing(const struct desk *d, struct desk_screen *s, int64_t now_ms)
{
    size_t i;
    json_t *f;
    json_array_foreach (json_object_get(d->fed[DESK_STATUS], "check_fires"), i, f) {
        const char *class_ = cli_class(f);
        if (i < CONFLICTS_MAX) {
            desk_row(s, DESK_BAD, _(" CHECK FIRE STANDS: %s by %s, %s%s%s; %s"),
                     cli_safe(cli_str(f, "id")), cli_safe(cli_str(f, "from")),
                     cli_age(now_ms - cli_int(f, "time")), class_[0] != '\0' ? " " : "",
                     class_, desk_silent_words(f));
        }
    }
    and_more(s, i, CONFLICTS_MAX);
}

/* Movements that have not arrived, those first that nobody of ours has acted on. */
static void draw_overdue(const struct desk *d, struct desk_screen *s, int64_t now_ms)
{
    size_t i, rows = 0;
    json_t *one;
    for (int acted = 0; acted < 2; acted++) {
        json_array_foreach (json_object_get(d->fed[DESK_STATUS], "overdue"), i, one) {
            if (cli_true(one, "acted") != (acted == 1)) {
                continue;
            }
            if (rows++ < CONFLICTS_MAX) {
                desk_row(s, acted == 0 ? DESK_BAD : DESK_WARN,
                         _(" MOVEMENT OVERDUE: %s %s of %s, to have arrived by %s, %s ago"),
                         cli_safe(cli_str(one, "class")), cli_safe(cli_str(one, "id")),
                         cli_safe(cli_str(one, "from")), desk_clock(cli_int(one, "end"), now_ms),
                         cli_age(now_ms - cli_int(one, "end")));
            }
        }
    }
    and_more(s, rows, CONFLICTS_MAX);
}

/* Own plans that nobody was told of, and what came too close since somebody looked. */
static void draw_plans(const struct desk *d, struct desk_screen *s)
{
    size_t i;
    json_t *one;
    json_array_foreach (json_object_get(d->fed[DESK_STATUS], "plans"), i, one) {
        if (i < CONFLICTS_MAX) {
            desk_row(s, DESK_BAD, _(" OUR PLAN %s comes too close to %lld, new: %lld. detente plan check %s"),
                     cli_safe(cli_str(one, "name")), (long long)cli_int(one, "conflicts"),
                     (long long)cli_int(one, "unseen"), cli_safe(cli_str(one, "name")));
        }
    }
    and_more(s, i, CONFLICTS_MAX);
}

/* Protected sites that nobody has confirmed for 90 days: one row, the oldest by name. */
static void draw_stale(const struct desk *d, struct desk_screen *s, int64_t now_ms)
{
    size_t i, ours = 0;
    json_t *one;
    const json_t *all = json_object_get(d->fed[DESK_STATUS], "stale"), *oldest = NULL;
    json_array_foreach (all, i, one) {
        ours += cli_true(one, "ours");
        if (oldest == NULL || cli_int(one, "confirmed") < cli_int(oldest, "confirmed")) {
            oldest = one;
        }
    }
    if (oldest != NULL) {
        desk_row(s, DESK_WARN, _(" STALE SITES: %zu, ours: %zu. Oldest: %s, confirmed %s ago"),
                 json_array_size(all), ours, cli_safe(cli_str(oldest, "id")),
                 cli_age(now_ms - cli_int(oldest, "confirmed")));
    }
}

static void draw_conflicts(const struct desk *d, struct desk_screen *s)
{
    size_t i, raised = 0, severe = 0, overdue = 0;
    json_t *c;
    json_array_foreach (json_object_get(d->fed[DESK_CONFLICT], "items"), i, c) {
        const bool open = cli_conflict_open(c);
        raised += open;
        severe += open && cli_int(c, "severity") == 3;
        overdue += cli_true(c, "overdue");
    }
    if (raised > 0) {
        desk_row(s, severe + overdue > 0 ? DESK_BAD : DESK_WARN,
                 _(" CONFLICTS: %zu, of them severe: %zu, OVERDUE: %zu. F8 lists them."), raised,
                 severe, overdue);
    }
}

/* --- all of it ----------------------------------------------------------------------------------------- */

/* What stands whatever else comes. */
static void draw_above(const struct desk *d, struct desk_screen *s, int64_t now_ms)
{
    desk_fallback(d, s, now_ms);
    draw_standing(d, s, now_ms);
    draw_suspended(d, s, now_ms);
    draw_overdue(d, s, now_ms);
    draw_plans(d, s);
    const size_t drafts = json_array_size(json_object_get(d->fed[DESK_DRAFTS], "items"));
    if (drafts > 0) {
        desk_row(s, DESK_WARN, _(" NOT SENT: drafts that wait for a second officer: %zu. F8 lists them."),
                 drafts);
    }
    draw_conflicts(d, s);
    draw_stale(d, s, now_ms);
}

/* The same in at most `room` rows; the last of them says how many there are no room for. */
static void draw_above_in(const struct desk *d, struct desk_screen *s, int room, int64_t now_ms)
{
    const int limit = s->limit;
    s->limit = s->used; /* counted first */
    s->lost = 0;
    draw_above(d, s, now_ms);
    const int rows = s->lost;
    s->limit = s->used + (rows <= room ? rows : room - 1);
    draw_above(d, s, now_ms);
    s->limit = limit;
    if (rows > room) {
        desk_row(s, DESK_WARN, _(" and %d rows more that there is no room for: detente status"),
                 rows - room + 1);
    }
}

static void draw_main(const struct desk *d, struct desk_screen *s, int64_t now_ms)
{
    const int need = waiting_need(d), room = s->limit - s->used - need - OWED_ROWS;
    draw_above_in(d, s, room > ABOVE_ROWS ? room : ABOVE_ROWS, now_ms);
    const int left = s->limit - s->used, third = left / 3 - 1;
    const int ours = left - need < third ? left - need : third; /* the list goes before it */
    draw_waiting(d, s, left - (ours > OWED_ROWS ? ours : OWED_ROWS), now_ms);
    desk_owed(d, s, s->limit - s->used, now_ms);
}

static void draw_last(const struct desk *d, struct desk_screen *s, int64_t now_ms)
{
    const char *keys = d->view == DESK_WRITE && d->taken[0] == '\0'
                           ? _("F2 Send F4 Wipe F5 To F6 Precedence F7 Subject F8 Line Esc Back F9 CHECK FIRE")
                           : _("F1 Help F2 Ack F3 Write F4 Read F5 Answer F6 Pass F7 Watch F8 Open F9 CHECK FIRE");
    if (d->said_ms != 0 && now_ms - d->said_ms < DESK_SAID_MS) {
        desk_row_at(s, s->rows - 2, d->said_bad ? DESK_BAD : DESK_BOLD, " %s%s",
                    d->said_bad ? _("NOT DONE: ") : "", d->said);
    } else if (d->text_size > 0 && (d->view != DESK_WRITE || d->taken[0] != '\0')) {
        desk_row_at(s, s->rows - 2, DESK_BOLD, "%s", _(" A half-typed text is kept: F3."));
    }
    desk_row_at(s, s->rows - 1, DESK_TITLE, "%s%*s", keys, s->cols, "");
}

void desk_draw(const struct desk *d, struct desk_screen *s, int rows, int cols, int64_t now_ms)
{
    memset(s, 0, sizeof *s);
    s->rows = rows < DESK_ROWS_MAX ? rows : DESK_ROWS_MAX;
    s->cols = cols < DESK_COLS_MAX ? cols : DESK_COLS_MAX;
    s->limit = s->rows - 2;
    s->cursor_row = s->cursor_col = -1;
    if (rows < DESK_ROWS_MIN || cols < DESK_COLS_MIN) {
        desk_row(s, DESK_BAD, _("Window too small: %d x %d needed, this is %d x %d."), DESK_COLS_MIN,
                 DESK_ROWS_MIN, cols, rows);
    }
    const json_t *taken = d->taken[0] != '\0' ? desk_item(d, d->taken) : NULL;
    draw_title(d, s, now_ms);
    draw_ours(d, s, now_ms);
    s->alarm = taken != NULL && now_ms / 1000 % 2 == 0;
    if (d->dialog != DESK_ASK_NOTHING) {
        s->limit -= 4;
    }
    if (taken != NULL) {
        desk_take_over(d, s, taken, now_ms);
    } else {
        draw_peers(d, s, now_ms);
        if (d->view == DESK_MAIN) {
            draw_main(d, s, now_ms);
        } else {
            desk_page(d, s, now_ms);
        }
    }
    desk_draw_dialog(d, s, now_ms);
    draw_last(d, s, now_ms);
}

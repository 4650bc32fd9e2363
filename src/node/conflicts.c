/* SPDX-License-Identifier: ISC */
#include "node/conflicts.h"

#include <stdlib.h>
#include <string.h>

#include "log/fields.h"
#include "node/alarm.h"
#include "node/tiers.h"
#include "node/watch.h"

#define HOUR_MS INT64_C(3600000)
#define LOOK_AGAIN_MS INT64_C(600000) /* at what stands open and is not due */

void dt_conflicts_free(struct dt_watched_conflicts *w)
{
    dt_alarms_free(&w->alarms);
    free(w->all);
    free(w->slots);
    *w = (struct dt_watched_conflicts){0};
}

/* --- what is watched ---------------------------------------------------------------------- */

/* The first version of the notice: what it amends, and what that amends. */
static void activity_of(struct dt_line *line, const struct dt_ref *ref, uint16_t *wid, uint64_t *seq)
{
    struct dt_store_fact row;
    struct dt_ref at = *ref;
    const struct dt_line_writer *writer = dt_line_writer(line, at.wid, false);
    *wid = at.wid;
    *seq = at.seq;
    while (writer != NULL && at.seq <= DT_STORE_SEQ_MAX &&
           dt_store_fact_get(line->node->store, dt_store_key_of(writer->log.id, at.seq), &row) ==
               DT_OK &&
           row.fact.err == DT_OK && memcmp(row.fact.leaf, at.leaf, DT_HASH_SIZE) == 0) {
        *wid = at.wid;
        *seq = at.seq;
        if (!row.fact.has_target) {
            break;
        }
        at = row.fact.target;
        writer = dt_line_writer(line, at.wid, false);
    }
}

static bool is_ours(const struct dt_line *line, const struct dt_conflict_row *row)
{
    return dt_wid_member(row->a.wid) == line->me || dt_wid_member(row->b.wid) == line->me;
}

static size_t slot_of(const struct dt_watched_conflicts *w, const uint8_t id[static DT_HASH_SIZE])
{
    uint64_t h;
    memcpy(&h, id, sizeof h);
    h = (h ^ w->seed) * 0x9e3779b97f4a7c15u;
    return (size_t)(h ^ h >> 32) & (w->slot_count - 1);
}

static void put_slot(struct dt_watched_conflicts *w, size_t at)
{
    size_t i = slot_of(w, w->all[at].row.id);
    while (w->slots[i] != 0) {
        i = (i + 1) & (w->slot_count - 1);
    }
    w->slots[i] = (uint32_t)at + 1;
}

/* Room for one more; anew after one was taken out. False: no memory. */
static bool make_slots(struct dt_watched_conflicts *w)
{
    size_t count = w->slot_count > 0 ? w->slot_count : 64;
    while (count < 2 * (w->count + 1)) {
        count *= 2;
    }
    if (count == w->slot_count && !w->moved) {
        return true;
    }
    uint32_t *slots = calloc(count, sizeof *slots);
    if (slots == NULL) {
        return false;
    }
    free(w->slots);
    w->slots = slots;
    w->slot_count = count;
    w->moved = false;
    dt_random(&w->seed, sizeof w->seed);
    for (size_t i = 0; i < w->count; i++) {
        put_slot(w, i);
    }
    return true;
}

static struct dt_watched_conflict *watched(struct dt_watched_conflicts *w,
                                           const uint8_t id[static DT_HASH_SIZE])
{
    if (w->count == 0 || !make_slots(w)) {
        return NULL;
    }
    for (size_t i = slot_of(w, id); w->slots[i] != 0; i = (i + 1) & (w->slot_count - 1)) {
        struct dt_watched_conflict *c = &w->all[w->slots[i] - 1];
        if (memcmp(c->row.id, id, DT_HASH_SIZE) == 0) {
            return c;
        }
    }
    return NULL;
}

/* More is known of what is watched: it sounds as if it were new. */
static void renew(struct dt_line *line, struct dt_watched_conflict *there,
                  const struct dt_watched_conflict *c)
{
    const int64_t before_ms = there->row.better_ms;
    const bool better = c->row.better_ms > before_ms;
    there->row = c->row;
    there->row.better_ms = better ? c->row.better_ms : before_ms;
    if (better) {
        there->sound = dt_severity_sound(c->row.severity);
        there->next_ms = line->conflicts.next_ms = 0;
        dt_alarm_wake(line->node);
    }
}

/* Views that are made again find all of them again. */
static enum dt_err watch(struct dt_line *line, const struct dt_conflict_row *row, bool fresh)
{
    struct dt_watched_conflicts *w = &line->conflicts;
    struct dt_watched_conflict c = {.row = *row};
    if (!is_ours(line, row)) {
        return DT_OK; /* listed, and theirs to settle */
    }
    activity_of(line, &row->a, &c.of.wid_a, &c.of.seq_a);
    activity_of(line, &row->b, &c.of.wid_b, &c.of.seq_b);
    DT_TRY(dt_alarms_found(&w->alarms, &c.of, row->severity, row->exact, &c.sound));
    if (row->severity < DT_SEVERITY_HIGH) {
        return DT_OK;
    }
    struct dt_watched_conflict *there = watched(w, row->id);
    if (there != NULL) {
        renew(line, there, &c);
        return DT_OK;
    }
    if (!fresh && c.sound != DT_SOUND_REPEATED) {
        c.sound = DT_SOUND_NONE; /* it was heard before we ended */
    }
    if (!dt_node_grow(&w->all, w->count, &w->capacity, sizeof *w->all) || !make_slots(w)) {
        return DT_ERR_NO_MEMORY;
    }
    w->all[w->count] = c;
    put_slot(w, w->count++);
    w->next_ms = 0;
    if (c.sound != DT_SOUND_NONE) {
        dt_alarm_wake(line->node);
    }
    return DT_OK;
}

struct loading {
    struct dt_line *line;
    struct dt_conflict_row *rows;
    size_t count, capacity;
    enum dt_err err;
};

static bool take_row(void *ctx, const struct dt_store_conflict *c)
{
    struct loading *l = ctx;
    if (!dt_node_grow(&l->rows, l->count, &l->capacity, sizeof *l->rows)) {
        l->err = DT_ERR_NO_MEMORY;
        return false;
    }
    l->rows[l->count++] = dt_conflict_row_of(l->line, c);
    return true;
}

enum dt_err dt_conflicts_load(struct dt_line *line)
{
    struct loading l = {.line = line};
    if (line->conflicts.loaded) {
        return DT_OK;
    }
    line->conflicts.loaded = true;
    enum dt_err err = dt_store_conflict_list(line->node->store, line->id, take_row, &l);
    err = err == DT_OK ? l.err : err;
    for (size_t i = 0; i < l.count && err == DT_OK; i++) {
        err = watch(line, &l.rows[i], false);
    }
    free(l.rows);
    return err;
}

enum dt_err dt_conflicts_found(struct dt_line *line, const struct dt_conflict_row *row)
{
    return watch(line, row, true);
}

/* --- what is due ---------------------------------------------------------------------------- */

static void tell(struct dt_line *line, const struct dt_watched_conflict *w, const char *what)
{
    char word[DT_CHECK_WORD_SIZE];
    dt_check_word(word, w->row.id);
    dt_node_log(line->node, "alarm", "conflict %s %s", word, what);
}

/* An hour's worth, so that who notifies thousands of activities does not fill our log. */
static bool may_raise(struct dt_watched_conflicts *all, int64_t now_ms)
{
    if (now_ms - all->hour_ms >= HOUR_MS) {
        all->hour_ms = now_ms;
        all->raised = 0;
    }
    return all->raised < DT_RAISED_AN_HOUR;
}

/* By anybody but the one who has not seen it. */
static bool is_raised(const struct dt_conflict_now *now, unsigned other)
{
    for (size_t i = 0; i < now->step_count; i++) {
        if (now->facts[i].code == DT_STEP_RAISED && dt_wid_member(now->facts[i].wid) != other) {
            return true;
        }
    }
    return false;
}

/* It sounds once more, at least. */
static void sound_again(struct dt_line *line, struct dt_watched_conflict *w, const char *why)
{
    w->sound = w->sound == DT_SOUND_NONE ? dt_severity_sound(w->row.severity) : w->sound;
    tell(line, w, why);
    dt_alarm_wake(line->node);
}

/* A CONFLICT is clear to the line: to whoever was shown less of either notice it would say that
 * something lies where it knows of nothing. */
static bool line_may_know(struct dt_line *line, const struct dt_conflict_now *now)
{
    for (unsigned m = 0; m < line->charter->member_count; m++) {
        if (!(m == dt_wid_member(now->asked.a.wid) || m == dt_wid_member(now->asked.b.wid)) &&
            !(dt_shown_whole(line, &now->asked.a, m) && dt_shown_whole(line, &now->asked.b, m))) {
            return false;
        }
    }
    return true;
}

static enum dt_err raise_it(struct dt_line *line, struct dt_watched_conflict *w,
                            const struct dt_conflict_now *now, unsigned other, int64_t now_ms)
{
    struct dt_body_conflict b = {
        .first = now->asked.a, .second = now->asked.b, .step = DT_STEP_RAISED};
    bool to[DT_MEMBERS_MAX] = {false};
    uint8_t body[256];
    size_t size = 0;
    const bool first = dt_wid_member(now->asked.a.wid) == line->me;
    if (w->raised || is_raised(now, other) || line->state == DT_LINE_LEFT ||
        dt_line_is_copy(line) || !may_raise(&line->conflicts, now_ms) ||
        !dt_told_exactly(line, first ? &now->asked.a : &now->asked.b, other)) { /* reads keys: last */
        return DT_OK;
    }
    w->raised = true;
    line->conflicts.raised++;
    if (!line_may_know(line, now)) { /* sealed it needs an officer's word: `conflict tell` */
        sound_again(line, w, "is not raised by itself: others of the line may not know of it; "
                             "an officer may tell them, sealed");
        return DT_OK;
    }
    to[other] = true;
    DT_TRY(dt_body_conflict_encode(body, sizeof body, &size, &b));
    tell(line, w, "is raised: no officer of theirs has seen it in time");
    return dt_watch_append(line, DT_KIND_CONFLICT, dt_span(body, size), to,
                           dt_severity_precedence(w->row.severity), NULL); /* a notice is never NO DUFF */
}

static int64_t sooner(int64_t next_ms, int64_t at_ms, int64_t now_ms)
{
    return at_ms > now_ms && at_ms < next_ms ? at_ms : next_ms;
}

/* Did an officer of ours see it as it is known now? */
static bool is_seen(const struct dt_watched_conflict *w, const struct dt_conflict_now *now, unsigned us)
{
    const struct dt_conflict_party *p = &now->life.party[us];
    bool seen = p->seen.there && w->row.better_ms == 0;
    for (size_t i = 0; i < now->count && p->seen.there && !seen; i++) {
        const struct dt_fact *f = &now->facts[i];
        seen = f->officer_valid && dt_wid_member(f->wid) == p->member &&
               f->time_ms >= w->row.better_ms;
    }
    return seen;
}

static enum dt_err look_closer(struct dt_line *line, struct dt_watched_conflict *w,
                               const struct dt_conflict_now *now, int64_t now_ms)
{
    const struct dt_conflict_life *l = &now->life;
    const unsigned us = l->party[0].member == line->me ? 0 : 1;
    const int64_t patience = l->seen_due_ms - l->since_ms;
    w->next_ms = sooner(now_ms + LOOK_AGAIN_MS, l->seen_due_ms, now_ms);
    w->next_ms = sooner(w->next_ms, w->row.first_ms - patience, now_ms);
    if (is_seen(w, now, us)) {
        w->sound = DT_SOUND_NONE;
        dt_alarms_seen(&line->conflicts.alarms, &w->of);
    }
    if (l->party[us].late && !w->late_told) {
        w->late_told = true;
        sound_again(line, w, "is OVERDUE: no officer of ours has seen it");
    }
    if (l->undecided && !w->undecided_told) {
        w->undecided_told = true;
        sound_again(line, w, "is UNDECIDED: it begins, and nobody has settled it");
    }
    return l->party[1 - us].late ? raise_it(line, w, now, l->party[1 - us].member, now_ms) : DT_OK;
}

/* False: it is over, and not watched any more. */
static enum dt_err look_at(struct dt_line *line, struct dt_watched_conflict *w, int64_t now_ms,
                           bool *stays)
{
    struct dt_conflict_now now;
    enum dt_err err = dt_conflict_now(&now, line, &w->row, NULL, 0);
    *stays = true;
    if (err == DT_OK && now.life.state == DT_CONFLICT_ACCEPTED) {
        w->sound = DT_SOUND_NONE; /* it may be withdrawn */
        w->next_ms = now_ms + LOOK_AGAIN_MS;
    } else if (err == DT_OK && !dt_conflict_open(now.life.state)) {
        dt_alarms_seen(&line->conflicts.alarms, &w->of);
        *stays = false;
    } else if (err == DT_OK) {
        err = look_closer(line, w, &now, now_ms);
    }
    dt_conflict_now_free(&now);
    return err;
}

static enum dt_err look_at_due(struct dt_line *line, int64_t now_ms)
{
    struct dt_watched_conflicts *all = &line->conflicts;
    size_t looked = 0;
    int64_t next_ms = INT64_MAX;
    DT_TRY(dt_conflicts_load(line));
    for (size_t i = 0; i < all->count && all->next_ms <= now_ms;) {
        struct dt_watched_conflict *w = &all->all[i];
        bool stays = true;
        if (w->next_ms <= now_ms && looked < DT_WATCHED_A_PASS) {
            looked++;
            DT_TRY(look_at(line, w, now_ms, &stays));
        }
        if (stays) {
            next_ms = w->next_ms < next_ms ? w->next_ms : next_ms;
            i++;
        } else {
            *w = all->all[--all->count];
            all->moved = true;
        }
    }
    all->next_ms = all->next_ms <= now_ms ? next_ms : all->next_ms;
    return DT_OK;
}

void dt_conflicts_tick(struct dt_node *n, int64_t now_ms)
{
    for (size_t i = 0; i < n->line_count && n->write_err == DT_OK; i++) {
        const enum dt_err err = look_at_due(n->lines[i], now_ms);
        if (err != DT_OK) {
            dt_node_log(n, "error", "conflicts cannot be followed up: %s", dt_err_name(err));
            n->lines[i]->conflicts.next_ms = now_ms + 1000;
            n->write_err = n->wrote ? err : n->write_err;
        }
    }
}

int64_t dt_conflicts_due_ms(const struct dt_node *n)
{
    int64_t due_ms = INT64_MAX;
    for (size_t i = 0; i < n->line_count; i++) {
        const struct dt_watched_conflicts *w = &n->lines[i]->conflicts;
        due_ms = w->count > 0 && w->next_ms < due_ms ? w->next_ms : due_ms;
    }
    return due_ms;
}

/* --- what sounds ------------------------------------------------------------------------------ */

enum dt_sound dt_conflict_sound(struct dt_line *line, const uint8_t id[static DT_HASH_SIZE])
{
    const struct dt_watched_conflict *c = watched(&line->conflicts, id);
    return c != NULL ? c->sound : DT_SOUND_NONE;
}

static struct dt_watched_conflict *gravest(struct dt_node *n, struct dt_line **line)
{
    struct dt_watched_conflict *found = NULL;
    for (size_t i = 0; i < n->line_count; i++) {
        struct dt_watched_conflicts *w = &n->lines[i]->conflicts;
        for (size_t k = 0; k < w->count; k++) {
            if (w->all[k].sound != DT_SOUND_NONE &&
                (found == NULL || w->all[k].row.severity > found->row.severity)) {
                found = &w->all[k];
                *line = n->lines[i];
            }
        }
    }
    return found;
}

struct dt_watched_conflict *dt_conflicts_ringing(struct dt_node *n, struct dt_line **line,
                                                 unsigned *other)
{
    for (int tries = 0; tries < DT_WATCHED_A_PASS; tries++) {
        struct dt_conflict_now now;
        struct dt_watched_conflict *w = gravest(n, line);
        if (w == NULL) {
            return NULL;
        }
        const unsigned a = dt_wid_member(w->row.a.wid), b = dt_wid_member(w->row.b.wid);
        *other = a == (*line)->me ? b : a;
        const enum dt_err err = dt_conflict_now(&now, *line, &w->row, NULL, 0);
        const struct dt_conflict_life *l = &now.life;
        const unsigned us = l->party[0].member == (*line)->me ? 0 : 1;
        const bool heard = err == DT_OK &&
                           (!dt_conflict_open(l->state) || (is_seen(w, &now, us) && !l->undecided));
        dt_conflict_now_free(&now);
        if (!heard) {
            return w;
        }
        w->sound = DT_SOUND_NONE;
        w->next_ms = (*line)->conflicts.next_ms = 0; /* look why */
    }
    return NULL;
}

void dt_conflicts_rang(struct dt_watched_conflict *w)
{
    w->sound = w->sound == DT_SOUND_ONCE ? DT_SOUND_NONE : w->sound;
}

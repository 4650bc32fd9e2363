/* SPDX-License-Identifier: ISC */
#include "view/matcher.h"

#include <stdlib.h>
#include <string.h>

#include "log/fields.h"
#include "view/prepare.h"

struct dt_matcher_entry {
    struct dt_prepared notice;
    void *block; /* volumes, legs, rings, points: one allocation */
    /* What every volume lies in, for the first look. */
    int64_t from_ms, until_ms;
    int64_t due_ms; /* when the clock next changes it */
    bool stale;     /* was due: to be compared again */
};

void dt_matcher_init(struct dt_matcher *m, const struct dt_charter *charter)
{
    *m = (struct dt_matcher){.charter = charter, .due_ms = INT64_MAX};
    dt_rule_widest(&m->widest, charter);
}

void dt_matcher_free(struct dt_matcher *m)
{
    for (size_t i = 0; i < m->count; i++) {
        free(m->entries[i].block);
    }
    free(m->entries);
    *m = (struct dt_matcher){.charter = m->charter, .due_ms = INT64_MAX};
}

size_t dt_matcher_count(const struct dt_matcher *m)
{
    return m->count;
}

static int compare_refs(const struct dt_ref *a, const struct dt_ref *b)
{
    if (a->wid != b->wid) {
        return a->wid < b->wid ? -1 : 1;
    }
    if (a->seq != b->seq) {
        return a->seq < b->seq ? -1 : 1;
    }
    return memcmp(a->leaf, b->leaf, DT_HASH_SIZE);
}

/* Where `ref` is, or belongs: entries are ascending by reference. */
static size_t place_of(const struct dt_matcher *m, const struct dt_ref *ref, bool *there)
{
    size_t low = 0, high = m->count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (compare_refs(&m->entries[middle].notice.ref, ref) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    *there = low < m->count && compare_refs(&m->entries[low].notice.ref, ref) == 0;
    return low;
}

/* --- an own copy ------------------------------------------------------------------------ */

struct sizes {
    size_t volumes, legs, rings, points;
};

static struct sizes sizes_of(const struct dt_prepared *p)
{
    struct sizes s = {.volumes = p->count};
    for (size_t i = 0; i < p->count; i++) {
        const struct dt_volume *v = &p->volumes[i].volume;
        s.rings += v->ring_count;
        s.legs += v->legs != NULL ? v->rings[0].count - 1 : 0;
        for (size_t r = 0; r < v->ring_count; r++) {
            s.points += v->rings[r].count;
        }
    }
    return s;
}

/* The arrays follow one another by falling alignment. */
static void *copy_arrays(struct dt_prepared *p)
{
    const struct sizes s = sizes_of(p);
    uint8_t *block =
        malloc(s.volumes * sizeof(struct dt_prepared_volume) + s.legs * sizeof(struct dt_window) +
               s.rings * sizeof(struct dt_ring) + s.points * sizeof(struct dt_point) + 1);
    if (block == NULL) {
        return NULL;
    }
    struct dt_prepared_volume *volumes = (void *)block;
    struct dt_window *legs = (void *)&volumes[s.volumes];
    struct dt_ring *rings = (void *)&legs[s.legs];
    struct dt_point *points = (void *)&rings[s.rings];
    for (size_t i = 0; i < p->count; i++) {
        volumes[i] = p->volumes[i];
        struct dt_volume *v = &volumes[i].volume;
        const size_t leg_count = v->legs != NULL ? v->rings[0].count - 1 : 0;
        if (leg_count > 0) {
            memcpy(legs, v->legs, leg_count * sizeof *legs);
            v->legs = legs;
            legs += leg_count;
        }
        const struct dt_ring *from = v->rings;
        v->rings = rings;
        for (size_t r = 0; r < v->ring_count; r++) {
            memcpy(points, from[r].points, from[r].count * sizeof *points);
            *rings++ = (struct dt_ring){points, from[r].count};
            points += from[r].count;
        }
    }
    p->volumes = volumes;
    return block;
}

static void span_time(struct dt_matcher_entry *e)
{
    e->from_ms = e->notice.window.from_ms;
    e->until_ms = e->notice.window.until_ms;
    for (size_t i = 0; i < e->notice.count; i++) {
        const struct dt_window *w = &e->notice.volumes[i].volume.time;
        e->from_ms = w->from_ms < e->from_ms ? w->from_ms : e->from_ms;
        e->until_ms = w->until_ms > e->until_ms ? w->until_ms : e->until_ms;
    }
}

static bool room_for_one(struct dt_matcher *m)
{
    if (m->count < m->capacity) {
        return true;
    }
    const size_t capacity = m->capacity == 0 ? 64 : 2 * m->capacity;
    struct dt_matcher_entry *entries = realloc(m->entries, capacity * sizeof *entries);
    if (entries == NULL) {
        return false;
    }
    m->entries = entries;
    m->capacity = capacity;
    return true;
}

/* The clock changes a notice at its end, and of what may still be moving each window. */
static int64_t next_change(const struct dt_prepared *p, int64_t now_ms)
{
    int64_t due = p->end_ms > now_ms ? p->end_ms : INT64_MAX;
    for (size_t i = 0; p->moving && i < p->count; i++) {
        const struct dt_volume *v = &p->volumes[i].volume;
        const size_t legs = v->legs != NULL ? v->rings[0].count - 1 : 0;
        for (size_t k = 0; k <= legs; k++) {
            const int64_t until = k < legs ? v->legs[k].until_ms : v->time.until_ms;
            const int64_t at = until + p->extension_ms;
            due = at > now_ms && at < due ? at : due;
        }
    }
    return due;
}

enum dt_err dt_matcher_add(struct dt_matcher *m, const struct dt_conflict_side *side,
                           int64_t now_ms)
{
    struct dt_prepare_room room;
    struct dt_matcher_entry entry = {.stale = false};
    bool there = false;
    dt_prepare(&entry.notice, &room, side);
    if (!room_for_one(m)) {
        return DT_ERR_NO_MEMORY;
    }
    entry.block = copy_arrays(&entry.notice);
    if (entry.block == NULL) {
        return DT_ERR_NO_MEMORY;
    }
    span_time(&entry);
    entry.due_ms = next_change(&entry.notice, now_ms);
    m->due_ms = entry.due_ms < m->due_ms ? entry.due_ms : m->due_ms;
    const size_t at = place_of(m, &side->ref, &there);
    if (there) {
        free(m->entries[at].block);
    } else {
        memmove(&m->entries[at + 1], &m->entries[at], (m->count - at) * sizeof *m->entries);
        m->count++;
    }
    m->entries[at] = entry;
    return DT_OK;
}

static void remove_at(struct dt_matcher *m, size_t at)
{
    free(m->entries[at].block);
    m->count--;
    memmove(&m->entries[at], &m->entries[at + 1], (m->count - at) * sizeof *m->entries);
}

enum dt_err dt_matcher_remove(struct dt_matcher *m, const struct dt_ref *ref)
{
    bool there = false;
    const size_t at = place_of(m, ref, &there);
    if (!there) {
        return DT_ERR_UNKNOWN_RECORD;
    }
    remove_at(m, at);
    return DT_OK;
}

void dt_matcher_remove_place(struct dt_matcher *m, uint16_t wid, uint64_t seq)
{
    const struct dt_ref lowest = {wid, seq, {0}};
    bool there = false;
    const size_t at = place_of(m, &lowest, &there);
    while (at < m->count && m->entries[at].notice.ref.wid == wid &&
           m->entries[at].notice.ref.seq == seq) {
        remove_at(m, at);
    }
}

bool dt_matcher_holds(const struct dt_matcher *m, const struct dt_conflict_side *side)
{
    bool there = false;
    const size_t at = place_of(m, &side->ref, &there);
    if (!there || m->entries[at].stale) {
        return false;
    }
    const struct dt_prepared *p = &m->entries[at].notice;
    const bool exact = side->plain != NULL;
    return p->moving == (side->clear->movement && !side->arrived) &&
           p->end_ms == dt_side_end_ms(side) && p->extension_ms == side->extension_ms &&
           (p->known == DT_KNOWN_EXACT) == exact;
}

/* --- the clock ---------------------------------------------------------------------------- */

int64_t dt_matcher_due(const struct dt_matcher *m)
{
    return m->due_ms;
}

void dt_matcher_closed_due(struct dt_matcher *m)
{
    for (size_t i = 0; i < m->count; i++) {
        if (m->entries[i].notice.known != DT_KNOWN_EXACT) {
            m->entries[i].due_ms = m->due_ms = INT64_MIN;
        }
    }
}

enum dt_err dt_matcher_take_due(struct dt_matcher *m, int64_t now_ms,
                                enum dt_err (*fn)(void *ctx, const struct dt_ref *ref), void *ctx)
{
    if (m->due_ms > now_ms) {
        return DT_OK;
    }
    int64_t next = INT64_MAX;
    for (size_t i = 0; i < m->count; i++) {
        struct dt_matcher_entry *e = &m->entries[i];
        if (e->due_ms <= now_ms) {
            DT_TRY(fn(ctx, &e->notice.ref));
            e->stale = true;
            e->due_ms = INT64_MAX; /* until it is added again */
        }
        next = e->due_ms < next ? e->due_ms : next;
    }
    m->due_ms = next;
    return DT_OK;
}

/* --- asking ----------------------------------------------------------------------------- */

static struct dt_window span_at(const struct dt_matcher_entry *e, int64_t now_ms)
{
    const struct dt_window w = {e->from_ms, e->until_ms};
    return dt_life_window(w, e->notice.moving, e->notice.end_ms, e->notice.extension_ms, now_ms);
}

void dt_matcher_each(const struct dt_matcher *m, const struct dt_conflict_side *side,
                     int64_t now_ms, bool (*fn)(void *ctx, const struct dt_match *match),
                     void *ctx, struct dt_match_sum *sum)
{
    struct dt_prepare_room room;
    struct dt_matcher_entry asked = {.block = NULL};
    bool more = true;
    dt_prepare(&asked.notice, &room, side);
    span_time(&asked);
    const struct dt_window when = span_at(&asked, now_ms);
    *sum = (struct dt_match_sum){0};
    /* All that is held: the one place where candidates are chosen. */
    for (size_t i = 0; i < m->count && more; i++) {
        const struct dt_matcher_entry *e = &m->entries[i];
        struct dt_match match = {.other = e->notice.ref, .member = e->notice.member};
        if (e->notice.member == asked.notice.member) {
            continue;
        }
        sum->compared++;
        sum->cell_level += e->notice.known == DT_KNOWN_CELLS;
        if (!dt_windows_meet(when, span_at(e, now_ms), m->widest.temporal_ms)) {
            continue;
        }
        dt_prepared_compare(&match.conflict, m->charter, &asked.notice, &e->notice, now_ms);
        sum->not_comparable += match.conflict.outcome == DT_PAIR_NOT_COMPARABLE;
        if (match.conflict.outcome == DT_PAIR_CONFLICT ||
            match.conflict.outcome == DT_PAIR_POSSIBLE) {
            sum->found++;
            more = fn(ctx, &match);
        }
    }
}

struct gravest {
    struct dt_match *matches;
    size_t count, capacity;
};

static bool graver(const struct dt_match *a, const struct dt_match *b)
{
    const struct dt_notice_conflict *x = &a->conflict, *y = &b->conflict;
    if (x->rule.severity != y->rule.severity) {
        return x->rule.severity > y->rule.severity;
    }
    if (x->outcome != y->outcome) {
        return x->outcome == DT_PAIR_CONFLICT;
    }
    return x->distance_mm != y->distance_mm ? x->distance_mm < y->distance_mm
                                            : compare_refs(&a->other, &b->other) < 0;
}

static bool keep_gravest(void *ctx, const struct dt_match *match)
{
    struct gravest *g = ctx;
    size_t at = g->count;
    while (at > 0 && graver(match, &g->matches[at - 1])) {
        at--;
    }
    if (at == g->capacity) {
        return true;
    }
    g->count += g->count < g->capacity;
    memmove(&g->matches[at + 1], &g->matches[at], (g->count - 1 - at) * sizeof *g->matches);
    g->matches[at] = *match;
    return true;
}

size_t dt_matcher_query(const struct dt_matcher *m, const struct dt_conflict_side *side,
                        int64_t now_ms, struct dt_match *matches, size_t capacity,
                        struct dt_match_sum *sum)
{
    struct gravest g = {matches, 0, capacity};
    dt_matcher_each(m, side, now_ms, keep_gravest, &g, sum);
    return g.count;
}

/* SPDX-License-Identifier: ISC */
#include "view/matcher.h"

#include <stdlib.h>
#include <string.h>

#include "base/try.h"
#include "view/candidates.h"
#include "view/prepare.h"

struct dt_matcher_entry {
    struct dt_prepared notice;
    void *block; /* volumes, legs, rings, points: one allocation */
    /* What every volume lies in, for the first look. */
    int64_t from_ms, until_ms;
    int64_t due_ms;     /* when the clock next changes it */
    bool stale;         /* was due: to be compared again */
    uint32_t number;    /* among the candidates, */
    int64_t changes_ms; /* whose windows the clock changes then */
};

void dt_matcher_init(struct dt_matcher *m, const struct dt_charter *charter)
{
    *m = (struct dt_matcher){.charter = charter, .due_ms = INT64_MAX, .changes_ms = INT64_MAX};
    dt_rule_widest(&m->widest, charter);
}

void dt_matcher_free(struct dt_matcher *m)
{
    for (size_t i = 0; i < m->count; i++) {
        free(m->entries[i].block);
    }
    free(m->entries);
    if (m->candidates != NULL) {
        dt_candidates_free(m->candidates);
    }
    free(m->candidates);
    *m = (struct dt_matcher){
        .charter = m->charter, .widest = m->widest, .due_ms = INT64_MAX, .changes_ms = INT64_MAX};
}

size_t dt_matcher_count(const struct dt_matcher *m)
{
    return m->count;
}

enum { AREA_E7 = 5000000, AREA_ROWS = 360, AREA_COLUMNS = 720 };

size_t dt_matcher_places(const struct dt_matcher *m, struct dt_point *places, size_t capacity)
{
    uint8_t seen[AREA_ROWS * AREA_COLUMNS / 8 + 1] = {0};
    size_t count = 0;
    for (size_t i = 0; i < m->count && count < capacity; i++) {
        const struct dt_prepared *p = &m->entries[i].notice;
        if (p->count == 0) {
            continue;
        }
        const struct dt_point at = p->volumes[0].volume.rings[0].points[0];
        const size_t row = (size_t)((at.lat_e7 + 900000000) / AREA_E7) % AREA_ROWS,
                     column = (size_t)((at.lon_e7 + (int64_t)1800000000) / AREA_E7) % AREA_COLUMNS,
                     bit = row * AREA_COLUMNS + column;
        if ((seen[bit / 8] >> bit % 8 & 1u) == 0) {
            seen[bit / 8] = (uint8_t)(seen[bit / 8] | 1u << bit % 8);
            places[count++] = at;
        }
    }
    return count;
}

/* Where `ref` is, or belongs: entries are ascending by reference. */
static size_t place_of(const struct dt_matcher *m, const struct dt_ref *ref, bool *there)
{
    size_t low = 0, high = m->count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (dt_ref_compare(&m->entries[middle].notice.ref, ref) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    *there = low < m->count && dt_ref_compare(&m->entries[low].notice.ref, ref) == 0;
    return low;
}

/* --- an own copy ------------------------------------------------------------------------ */

struct sizes {
    size_t volumes, legs, rings, points;
};

/* Another window of the volume before it: it has the same rings, and no legs. */
static bool same_shape(const struct dt_prepared *p, size_t i)
{
    return i > 0 && p->known == DT_KNOWN_EXACT && p->volumes[i].of == p->volumes[i - 1].of;
}

static struct sizes sizes_of(const struct dt_prepared *p)
{
    struct sizes s = {.volumes = p->count};
    for (size_t i = 0; i < p->count; i++) {
        const struct dt_volume *v = &p->volumes[i].volume;
        if (same_shape(p, i)) {
            continue;
        }
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
        if (same_shape(p, i)) {
            v->rings = volumes[i - 1].volume.rings;
            continue;
        }
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

static void count_in(struct dt_matcher *m, const struct dt_prepared *p, bool in)
{
    struct dt_matcher_sum *sum = &m->sums[p->member];
    const size_t one = in ? 1 : SIZE_MAX; /* adding the greatest takes one away */
    sum->held += one;
    sum->by_cells += p->known == DT_KNOWN_CELLS || p->known == DT_KNOWN_SHAPE ? one : 0;
    sum->by_nothing += p->known == DT_KNOWN_NOTHING ? one : 0;
}

/* What an entry has beside its place in the row. */
static void let_go(struct dt_matcher *m, struct dt_matcher_entry *e)
{
    dt_candidates_drop(m->candidates, &e->notice, e->number);
    count_in(m, &e->notice, false);
    free(e->block);
}

static enum dt_err make_entry(struct dt_matcher *m, struct dt_matcher_entry *entry, int64_t now_ms)
{
    if (m->candidates == NULL) {
        m->candidates = calloc(1, sizeof *m->candidates);
    }
    entry->block = copy_arrays(&entry->notice);
    if (m->candidates == NULL || entry->block == NULL) {
        free(entry->block);
        return DT_ERR_NO_MEMORY;
    }
    const enum dt_err err =
        dt_candidates_put(m->candidates, &entry->notice, now_ms, &entry->number);
    if (err != DT_OK) {
        free(entry->block);
    }
    return err;
}

enum dt_err dt_matcher_add(struct dt_matcher *m, const struct dt_conflict_side *side,
                           int64_t now_ms)
{
    struct dt_prepare_room room;
    struct dt_matcher_entry entry = {.stale = false};
    bool there = false;
    if (side->member >= DT_MEMBERS_MAX) {
        return DT_ERR_BAD_VALUE;
    }
    dt_prepare(&entry.notice, &room, side);
    if (!room_for_one(m)) {
        return DT_ERR_NO_MEMORY;
    }
    DT_TRY(make_entry(m, &entry, now_ms));
    span_time(&entry);
    entry.due_ms = entry.changes_ms = next_change(&entry.notice, now_ms);
    m->due_ms = entry.due_ms < m->due_ms ? entry.due_ms : m->due_ms;
    m->changes_ms = entry.changes_ms < m->changes_ms ? entry.changes_ms : m->changes_ms;
    const size_t at = place_of(m, &side->ref, &there);
    if (there) {
        let_go(m, &m->entries[at]);
    } else {
        memmove(&m->entries[at + 1], &m->entries[at], (m->count - at) * sizeof *m->entries);
        m->count++;
    }
    m->entries[at] = entry;
    count_in(m, &entry.notice, true);
    return DT_OK;
}

static void remove_at(struct dt_matcher *m, size_t at)
{
    let_go(m, &m->entries[at]);
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
    return p->moving == (side->clear->movement && !side->arrived) &&
           p->end_ms == dt_side_end_ms(side) && p->extension_ms == side->extension_ms &&
           p->known == dt_side_known(side);
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

/* The windows as they are now for the index, where the clock has changed them. */
static enum dt_err refresh(struct dt_matcher *m, struct dt_matcher_entry *e, int64_t now_ms)
{
    if (e->changes_ms > now_ms) {
        return DT_OK;
    }
    DT_TRY(dt_candidates_refresh(m->candidates, &e->notice, now_ms, e->number));
    e->changes_ms = next_change(&e->notice, now_ms);
    return DT_OK;
}

enum dt_err dt_matcher_take_due(struct dt_matcher *m, int64_t now_ms,
                                enum dt_err (*fn)(void *ctx, const struct dt_ref *ref), void *ctx)
{
    if (m->due_ms > now_ms && m->changes_ms > now_ms) {
        return DT_OK;
    }
    int64_t next = INT64_MAX, changes = INT64_MAX;
    for (size_t i = 0; i < m->count; i++) {
        struct dt_matcher_entry *e = &m->entries[i];
        DT_TRY(refresh(m, e, now_ms));
        if (e->due_ms <= now_ms) {
            DT_TRY(fn(ctx, &e->notice.ref));
            e->stale = true;
            e->due_ms = INT64_MAX; /* until it is added again */
        }
        next = e->due_ms < next ? e->due_ms : next;
        changes = e->changes_ms < changes ? e->changes_ms : changes;
    }
    m->due_ms = next;
    m->changes_ms = changes;
    return DT_OK;
}

/* --- asking ----------------------------------------------------------------------------- */

static struct dt_window span_at(const struct dt_matcher_entry *e, int64_t now_ms)
{
    const struct dt_window w = {e->from_ms, e->until_ms};
    return dt_life_window(w, e->notice.moving, e->notice.end_ms, e->notice.extension_ms, now_ms);
}

/* One question: what is asked, by whom it is told, and what has been seen. */
struct asking {
    const struct dt_matcher *m;
    struct dt_matcher_entry asked;
    struct dt_window when;
    int64_t now_ms;
    bool (*fn)(void *ctx, const struct dt_match *match);
    void *ctx;
    struct dt_match_sum *sum;
};

/* The answer's numbers that need no comparing. */
static void sum_up(struct asking *a)
{
    *a->sum = (struct dt_match_sum){0};
    for (size_t i = 0; i < DT_MEMBERS_MAX; i++) {
        if (i != a->asked.notice.member) {
            a->sum->compared += a->m->sums[i].held;
            a->sum->cell_level += a->m->sums[i].by_cells;
        }
    }
}

/* False if no more is wanted. */
static bool look_at(struct asking *a, const struct dt_matcher_entry *e)
{
    struct dt_match match = {.other = e->notice.ref, .member = e->notice.member};
    if (e->notice.member == a->asked.notice.member ||
        !dt_windows_meet(a->when, span_at(e, a->now_ms), a->m->widest.temporal_ms)) {
        return true;
    }
    dt_prepared_compare(&match.conflict, a->m->charter, &a->asked.notice, &e->notice, a->now_ms);
    a->sum->not_comparable += match.conflict.outcome == DT_PAIR_NOT_COMPARABLE;
    if (match.conflict.outcome != DT_PAIR_CONFLICT && match.conflict.outcome != DT_PAIR_POSSIBLE) {
        return true;
    }
    a->sum->found++;
    return a->fn(a->ctx, &match);
}

static void look_at_all(struct asking *a)
{
    bool more = true;
    for (size_t i = 0; i < a->m->count && more; i++) {
        more = look_at(a, &a->m->entries[i]);
    }
}

static int by_place(const void *a, const void *b)
{
    const size_t x = *(const size_t *)a, y = *(const size_t *)b;
    return (x > y) - (x < y);
}

/* Places of the candidates, and of those of which nothing is known; ascending. NULL if there
 * is no memory, or the index cannot tell. */
static size_t *choose(const struct asking *a, size_t *count)
{
    const struct dt_matcher *m = a->m;
    struct dt_ref *refs = NULL;
    size_t unknown = 0, *places = NULL;
    if (m->candidates == NULL || m->changes_ms <= a->now_ms ||
        a->asked.notice.known == DT_KNOWN_NOTHING ||
        dt_candidates_find(m->candidates, m->charter, &a->asked.notice, a->now_ms, &refs, count) !=
            DT_OK) {
        return NULL;
    }
    for (size_t i = 0; i < DT_MEMBERS_MAX; i++) {
        unknown += m->sums[i].by_nothing;
    }
    places = malloc((*count + unknown + 1) * sizeof *places);
    for (size_t i = 0; places != NULL && i < *count; i++) {
        bool there;
        places[i] = place_of(m, &refs[i], &there);
    }
    for (size_t i = 0; places != NULL && unknown > 0 && i < m->count; i++) {
        if (m->entries[i].notice.known == DT_KNOWN_NOTHING) {
            places[(*count)++] = i;
            unknown--;
        }
    }
    free(refs);
    if (places != NULL) {
        qsort(places, *count, sizeof *places, by_place);
    }
    return places;
}

static void begin(struct asking *a, struct dt_prepare_room *room,
                  const struct dt_conflict_side *side)
{
    dt_prepare(&a->asked.notice, room, side);
    span_time(&a->asked);
    a->when = span_at(&a->asked, a->now_ms);
    sum_up(a);
}

void dt_matcher_each(const struct dt_matcher *m, const struct dt_conflict_side *side,
                     int64_t now_ms, bool (*fn)(void *ctx, const struct dt_match *match), void *ctx,
                     struct dt_match_sum *sum)
{
    struct dt_prepare_room room;
    struct asking a = {.m = m, .now_ms = now_ms, .fn = fn, .ctx = ctx, .sum = sum};
    size_t count = 0;
    begin(&a, &room, side);
    size_t *places = choose(&a, &count);
    if (places == NULL) {
        look_at_all(&a);
        return;
    }
    bool more = true;
    for (size_t i = 0; i < count && more; i++) {
        more = look_at(&a, &m->entries[places[i]]);
    }
    free(places);
}

void dt_matcher_each_by_one(const struct dt_matcher *m, const struct dt_conflict_side *side,
                            int64_t now_ms, bool (*fn)(void *ctx, const struct dt_match *match),
                            void *ctx, struct dt_match_sum *sum)
{
    struct dt_prepare_room room;
    struct asking a = {.m = m, .now_ms = now_ms, .fn = fn, .ctx = ctx, .sum = sum};
    begin(&a, &room, side);
    look_at_all(&a);
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
                                            : dt_ref_compare(&a->other, &b->other) < 0;
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

/* SPDX-License-Identifier: ISC */
#include "view/matcher.h"

#include <stdlib.h>
#include <string.h>

#include "view/prepare.h"

struct dt_matcher_entry {
    struct dt_prepared notice;
    void *block; /* volumes, legs, rings, points: one allocation */
    /* What every volume lies in, for the first look. */
    int64_t from_ms, until_ms;
};

void dt_matcher_init(struct dt_matcher *m, const struct dt_charter *charter)
{
    *m = (struct dt_matcher){.charter = charter};
    dt_rule_widest(&m->widest, charter);
}

void dt_matcher_free(struct dt_matcher *m)
{
    for (size_t i = 0; i < m->count; i++) {
        free(m->entries[i].block);
    }
    free(m->entries);
    *m = (struct dt_matcher){.charter = m->charter};
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

enum dt_err dt_matcher_add(struct dt_matcher *m, const struct dt_conflict_side *side)
{
    struct dt_prepare_room room;
    struct dt_matcher_entry entry;
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

enum dt_err dt_matcher_remove(struct dt_matcher *m, const struct dt_ref *ref)
{
    bool there = false;
    const size_t at = place_of(m, ref, &there);
    if (!there) {
        return DT_ERR_UNKNOWN_RECORD;
    }
    free(m->entries[at].block);
    m->count--;
    memmove(&m->entries[at], &m->entries[at + 1], (m->count - at) * sizeof *m->entries);
    return DT_OK;
}

/* --- asking ----------------------------------------------------------------------------- */

static struct dt_window span_at(const struct dt_matcher_entry *e, int64_t now_ms)
{
    const struct dt_window w = {e->from_ms, e->until_ms};
    return dt_life_window(w, e->notice.moving, e->notice.end_ms, e->notice.extension_ms, now_ms);
}

size_t dt_matcher_query(const struct dt_matcher *m, const struct dt_conflict_side *side,
                        int64_t now_ms, struct dt_match *matches, size_t capacity,
                        struct dt_match_sum *sum)
{
    struct dt_prepare_room room;
    struct dt_matcher_entry asked = {.block = NULL};
    size_t written = 0;
    dt_prepare(&asked.notice, &room, side);
    span_time(&asked);
    const struct dt_window when = span_at(&asked, now_ms);
    *sum = (struct dt_match_sum){0};
    for (size_t i = 0; i < m->count; i++) {
        const struct dt_matcher_entry *e = &m->entries[i];
        struct dt_notice_conflict found;
        if (e->notice.member == asked.notice.member) {
            continue;
        }
        sum->compared++;
        sum->cell_level += e->notice.known == DT_KNOWN_CELLS;
        if (!dt_windows_meet(when, span_at(e, now_ms), m->widest.temporal_ms)) {
            continue;
        }
        dt_prepared_compare(&found, m->charter, &asked.notice, &e->notice, now_ms);
        sum->not_comparable += found.outcome == DT_PAIR_NOT_COMPARABLE;
        if (found.outcome != DT_PAIR_CONFLICT && found.outcome != DT_PAIR_POSSIBLE) {
            continue;
        }
        sum->found++;
        if (written < capacity) {
            matches[written++] = (struct dt_match){e->notice.ref, e->notice.member, found};
        }
    }
    return written;
}

/* SPDX-License-Identifier: ISC */
#include "geo/index.h"

#include <stdlib.h>
#include <string.h>

#include "base/try.h"
#include "geo/boxtree.h"
#include "geo/item.h"
#include "geo/near.h"
#include "geo/pool.h"

/*
 * Boxes of like size share a tree: a site that stands for a year would stretch the time of
 * every node it lies in, a danger area of a thousand kilometres its place.
 */
enum { SPANS = 3, TREES = 2 * SPANS };
#define WIDE 6250000 /* 2.5 degrees */

enum { SEGMENT = 4096 }; /* chains allocated at a time */

struct dt_index {
    uint64_t seed;
    struct dt_pool pool; /* of struct dt_item */
    struct dt_tree trees[TREES];
    /* Keys: linear hashing, so that the table grows by one chain at a time. Items are
     * linked by their `next`. */
    uint32_t **segments;
    size_t segment_count, segment_capacity;
    uint64_t chains; /* 1.. once there is a segment */
    uint64_t whole;  /* the power of two not below that */
    size_t count;
};

static struct dt_item *item_at(const struct dt_index *index, uint32_t number)
{
    return dt_pool_at(&index->pool, number);
}

/* --- keys ------------------------------------------------------------------------ */

static uint64_t scatter(const struct dt_index *index, uint64_t key)
{
    uint64_t h = key ^ index->seed; /* the mixer of splitmix64 */
    h = (h ^ h >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    h = (h ^ h >> 27) * UINT64_C(0x94d049bb133111eb);
    return (h ^ h >> 31) + index->seed;
}

static uint32_t *chain(const struct dt_index *index, uint64_t at)
{
    return &index->segments[at / SEGMENT][at % SEGMENT];
}

static uint32_t *chain_of(const struct dt_index *index, uint64_t key)
{
    const uint64_t h = scatter(index, key);
    uint64_t at = h & (index->whole - 1);
    at = at < index->chains ? at : h & (index->whole / 2 - 1);
    return chain(index, at);
}

/* The link that names the item, or the end of its chain. NULL if nothing is held. */
static uint32_t *link_of(const struct dt_index *index, uint64_t key)
{
    uint32_t *link = index->chains > 0 ? chain_of(index, key) : NULL;
    while (link != NULL && *link != 0 && item_at(index, *link)->key != key) {
        link = &item_at(index, *link)->next;
    }
    return link;
}

static uint32_t number_of(const struct dt_index *index, uint64_t key)
{
    const uint32_t *link = link_of(index, key);
    return link != NULL ? *link : 0;
}

static bool add_segment(struct dt_index *index)
{
    if (index->segment_count == index->segment_capacity) {
        const size_t capacity = index->segment_capacity > 0 ? 2 * index->segment_capacity : 16;
        void *segments = realloc(index->segments, capacity * sizeof *index->segments);
        if (segments == NULL) {
            return false;
        }
        index->segments = segments;
        index->segment_capacity = capacity;
    }
    uint32_t *segment = calloc(SEGMENT, sizeof *segment);
    if (segment == NULL) {
        return false;
    }
    index->segments[index->segment_count++] = segment;
    return true;
}

/* One more chain, filled from the one it was part of. Without memory the chains get longer. */
static bool add_chain(struct dt_index *index)
{
    if (index->chains == index->segment_count * (uint64_t)SEGMENT && !add_segment(index)) {
        return false;
    }
    if (index->chains == 0) {
        index->chains = index->whole = 1;
        return true;
    }
    index->whole = index->chains == index->whole ? 2 * index->whole : index->whole;
    const uint64_t old = index->chains - index->whole / 2;
    index->chains++;
    uint32_t rest = *chain(index, old);
    *chain(index, old) = 0;
    while (rest != 0) {
        const uint32_t number = rest;
        struct dt_item *item = item_at(index, number);
        uint32_t *to = chain_of(index, item->key);
        rest = item->next;
        item->next = *to;
        *to = number;
    }
    return true;
}

/* --- life ------------------------------------------------------------------------- */

struct dt_index *dt_index_new(uint64_t seed)
{
    struct dt_index *index = calloc(1, sizeof *index);
    if (index != NULL) {
        index->seed = seed;
        for (int i = 0; i < TREES; i++) {
            dt_tree_init(&index->trees[i]);
        }
    }
    return index;
}

void dt_index_free(struct dt_index *index)
{
    if (index == NULL) {
        return;
    }
    for (int i = 0; i < TREES; i++) {
        dt_tree_free(&index->trees[i]);
    }
    for (size_t i = 0; i < index->segment_count; i++) {
        free(index->segments[i]);
    }
    free(index->segments);
    dt_pool_free(&index->pool);
    free(index);
}

size_t dt_index_count(const struct dt_index *index)
{
    return index->count;
}

size_t dt_index_bytes(const struct dt_index *index)
{
    size_t bytes = sizeof *index + dt_pool_bytes(&index->pool) +
                   index->segment_count * SEGMENT * sizeof **index->segments +
                   index->segment_capacity * sizeof *index->segments;
    for (int i = 0; i < TREES; i++) {
        bytes += dt_tree_bytes(&index->trees[i]);
    }
    return bytes;
}

/* --- putting and removing ------------------------------------------------------------ */

static int64_t length(const struct dt_box *box, int axis)
{
    return (int64_t)box->hi[axis] - box->lo[axis];
}

static struct dt_tree *tree_for(struct dt_index *index, const struct dt_box *box)
{
    const int64_t day = 86400 / 4;
    const int64_t lasts = length(box, DT_BOX_TIME);
    const int span = lasts <= day ? 0 : lasts <= 32 * day ? 1 : 2;
    const bool wide = length(box, DT_BOX_LAT) > WIDE || length(box, DT_BOX_LON) > WIDE;
    return &index->trees[2 * span + wide];
}

static void box_of(struct dt_box *box, const struct dt_item *item)
{
    struct dt_ring rings[DT_RINGS_MAX];
    struct dt_volume volume;
    dt_item_volume(item, &volume, rings);
    dt_box_of(box, &volume, item->datum);
}

/* Out of the tree and the pool; the chain is the caller's. */
static void forget(struct dt_index *index, uint32_t number)
{
    struct dt_item *item = item_at(index, number);
    struct dt_box box;
    box_of(&box, item);
    dt_tree_remove(tree_for(index, &box), &box, number);
    dt_pool_give(&index->pool, number, dt_item_size(item));
}

enum dt_err dt_index_put(struct dt_index *index, const struct dt_index_entry *entry)
{
    if (entry->category >= DT_INDEX_CATEGORIES || entry->datum >= DT_INDEX_DATUMS) {
        return DT_ERR_BAD_VALUE;
    }
    if (index->count >= index->chains && !add_chain(index) && index->chains == 0) {
        return DT_ERR_NO_MEMORY;
    }
    const size_t size = dt_item_size_for(entry);
    const uint32_t number = dt_pool_take(&index->pool, size);
    if (number == 0) {
        return DT_ERR_NO_MEMORY;
    }
    struct dt_box box;
    dt_box_of(&box, entry->volume, entry->datum);
    if (dt_tree_add(tree_for(index, &box), &box, number) != DT_OK) {
        dt_pool_give(&index->pool, number, size);
        return DT_ERR_NO_MEMORY;
    }
    struct dt_item *item = item_at(index, number);
    dt_item_pack(item, entry);
    uint32_t *link = link_of(index, entry->key);
    const uint32_t old = *link;
    item->next = old != 0 ? item_at(index, old)->next : 0;
    *link = number;
    if (old != 0) {
        forget(index, old);
    } else {
        index->count++;
    }
    return DT_OK;
}

enum dt_err dt_index_remove(struct dt_index *index, uint64_t key)
{
    uint32_t *link = link_of(index, key);
    if (link == NULL || *link == 0) {
        return DT_ERR_UNKNOWN_RECORD;
    }
    const uint32_t number = *link;
    *link = item_at(index, number)->next;
    forget(index, number);
    index->count--;
    return DT_OK;
}

enum dt_err dt_index_end(struct dt_index *index, uint64_t key, int64_t at_ms)
{
    const uint32_t number = number_of(index, key);
    if (number == 0) {
        return DT_ERR_UNKNOWN_RECORD;
    }
    struct dt_item *item = item_at(index, number);
    if (at_ms <= item->from_ms) {
        return dt_index_remove(index, key);
    }
    if (at_ms >= item->until_ms) {
        return DT_OK;
    }
    struct dt_box before, after;
    box_of(&before, item);
    after = before;
    after.hi[DT_BOX_TIME] = dt_box_time(at_ms - 1);
    if (after.hi[DT_BOX_TIME] != before.hi[DT_BOX_TIME]) {
        DT_TRY(dt_tree_add(tree_for(index, &after), &after, number));
        dt_tree_remove(tree_for(index, &before), &before, number);
    }
    dt_item_end(item, at_ms);
    return DT_OK;
}

enum dt_err dt_index_get(const struct dt_index *index, uint64_t key, struct dt_index_entry *entry,
                         struct dt_volume *volume, struct dt_ring rings[static DT_RINGS_MAX])
{
    const uint32_t number = number_of(index, key);
    if (number == 0) {
        return DT_ERR_UNKNOWN_RECORD;
    }
    const struct dt_item *item = item_at(index, number);
    dt_item_volume(item, volume, rings);
    *entry = (struct dt_index_entry){key, item->group, item->category, item->datum, volume};
    return DT_OK;
}

size_t dt_index_expire(struct dt_index *index, int64_t now_ms, size_t most)
{
    uint32_t numbers[64];
    size_t removed = 0;
    for (int i = 0; i < TREES; i++) {
        while (removed < most) {
            const size_t room = most - removed < 64 ? most - removed : 64;
            const size_t count =
                dt_tree_ended(&index->trees[i], dt_box_time(now_ms - 1), numbers, room);
            for (size_t k = 0; k < count; k++) {
                (void)!dt_index_remove(index, item_at(index, numbers[k])->key);
            }
            removed += count;
            if (count < room) {
                break;
            }
        }
    }
    return removed;
}

/* --- asking ---------------------------------------------------------------------------- */

struct room {
    struct dt_tree_found found;
    struct dt_near near;
    struct dt_flat flat;
};

static void widest(struct dt_separation *out, const struct dt_index_question *q)
{
    *out = q->separations[0];
    for (size_t i = 1; i < q->separation_count; i++) {
        const struct dt_separation *s = &q->separations[i];
        out->lateral_mm = s->lateral_mm > out->lateral_mm ? s->lateral_mm : out->lateral_mm;
        out->vertical_mm = s->vertical_mm > out->vertical_mm ? s->vertical_mm : out->vertical_mm;
        out->temporal_ms = s->temporal_ms > out->temporal_ms ? s->temporal_ms : out->temporal_ms;
    }
}

static const struct dt_separation *separation_for(const struct dt_index_question *q,
                                                  const struct dt_item *item)
{
    const size_t last = q->separation_count - 1;
    return &q->separations[item->category < last ? item->category : last];
}

/* Everything but the place, by conflict.h. */
static bool may_meet(const struct dt_index_question *q, const struct dt_item *item,
                     const struct dt_separation *s)
{
    const struct dt_window window = {item->from_ms, item->until_ms};
    const struct dt_volume *v = q->volume;
    if ((item->group == q->group && q->group != DT_INDEX_NOBODY) ||
        !dt_windows_meet(v->time, window, s->temporal_ms)) {
        return false;
    }
    const int64_t vertical = s->vertical_mm;
    return item->datum != q->datum || ((int64_t)item->alt_lo_mm - v->alt_hi_mm <= vertical &&
                                       (int64_t)v->alt_lo_mm - item->alt_hi_mm <= vertical);
}

static bool in_conflict(const struct dt_index_question *q, const struct dt_item *item,
                        struct room *room, struct dt_index_hits *hits)
{
    const struct dt_separation *s = separation_for(q, item);
    if (!may_meet(q, item, s)) {
        return false;
    }
    struct dt_ring rings[DT_RINGS_MAX];
    struct dt_volume volume;
    struct dt_distance distance;
    dt_item_volume(item, &volume, rings);
    const enum dt_nearness opinion =
        dt_near_opinion(&room->near, &volume, s->lateral_mm, s->temporal_ms, &room->flat);
    if (opinion != DT_NEAR_OPEN) {
        return opinion == DT_NEAR_YES;
    }
    hits->exact++;
    const struct dt_bound a = dt_volume_bound(q->volume), b = dt_volume_bound(&volume);
    return !dt_bound_apart(&a, &b, s->lateral_mm) &&
           dt_distance_within(q->volume, &volume, s->lateral_mm, &s->temporal_ms, &distance);
}

/* Shell's sort with Ciura's steps: answers are short, and no order of keys makes it slow. */
static void sort_keys(uint64_t *keys, size_t count)
{
    static const size_t steps[] = {1636405, 727292, 323241, 143663, 63850, 28378, 12612, 5605, 2491,
                                   1107,    492,    218,    97,     43,    19,    8,     4,    1};
    for (size_t s = 0; s < sizeof steps / sizeof steps[0]; s++) {
        const size_t step = steps[s];
        for (size_t i = step; i < count; i++) {
            const uint64_t key = keys[i];
            size_t at = i;
            while (at >= step && keys[at - step] > key) {
                keys[at] = keys[at - step];
                at -= step;
            }
            keys[at] = key;
        }
    }
}

static enum dt_err ready(struct dt_index_hits *hits)
{
    if (hits->room == NULL) {
        hits->room = calloc(1, sizeof(struct room));
    }
    if (hits->room == NULL) {
        return DT_ERR_NO_MEMORY;
    }
    ((struct room *)hits->room)->found.count = 0;
    hits->count = hits->candidates = hits->exact = 0;
    return DT_OK;
}

static enum dt_err room_for_keys(struct dt_index_hits *hits, size_t count)
{
    if (hits->capacity >= count) {
        return DT_OK;
    }
    size_t capacity = hits->capacity > 0 ? hits->capacity : 256;
    while (capacity < count) {
        capacity *= 2;
    }
    uint64_t *keys = realloc(hits->keys, capacity * sizeof *keys);
    if (keys == NULL) {
        return DT_ERR_NO_MEMORY;
    }
    hits->keys = keys;
    hits->capacity = capacity;
    return DT_OK;
}

static enum dt_err find_candidates(const struct dt_index *index, const struct dt_index_question *q,
                                   struct dt_tree_found *found)
{
    struct dt_separation around;
    struct dt_tree_question asked;
    widest(&around, q);
    dt_box_around(&asked.box, q->volume, q->datum, &around);
    dt_box_heights(q->datum, &asked.own_lo, &asked.own_hi);
    for (int i = 0; i < TREES; i++) {
        DT_TRY(dt_tree_find(&index->trees[i], &asked, found));
    }
    return DT_OK;
}

static void prefetch(const struct dt_index *index, uint32_t number)
{
    const char *item = (const char *)item_at(index, number);
    __builtin_prefetch(item);
    __builtin_prefetch(item + 64);
    __builtin_prefetch(item + 128);
}

enum dt_err dt_index_query(const struct dt_index *index, const struct dt_index_question *question,
                           struct dt_index_hits *hits)
{
    enum { AHEAD = 8 };
    if (question->separation_count == 0 || question->datum >= DT_INDEX_DATUMS) {
        return DT_ERR_BAD_VALUE;
    }
    DT_TRY(ready(hits));
    struct room *room = hits->room;
    DT_TRY(find_candidates(index, question, &room->found));
    const size_t count = room->found.count;
    DT_TRY(room_for_keys(hits, count));
    hits->candidates = count;
    if (count == 0) {
        return DT_OK;
    }
    const uint32_t *numbers = room->found.numbers;
    for (size_t i = 0; i < AHEAD && i < count; i++) {
        prefetch(index, numbers[i]);
    }
    dt_near_init(&room->near, question->volume);
    for (size_t i = 0; i < count; i++) {
        if (i + AHEAD < count) {
            prefetch(index, numbers[i + AHEAD]);
        }
        const struct dt_item *item = item_at(index, numbers[i]);
        if (in_conflict(question, item, room, hits)) {
            hits->keys[hits->count++] = item->key;
        }
    }
    sort_keys(hits->keys, hits->count);
    return DT_OK;
}

void dt_index_hits_free(struct dt_index_hits *hits)
{
    struct room *room = hits->room;
    if (room != NULL) {
        dt_tree_found_free(&room->found);
    }
    free(room);
    free(hits->keys);
    *hits = (struct dt_index_hits){0};
}

enum dt_err dt_index_explain(const struct dt_index *index, const struct dt_index_question *question,
                             uint64_t key, struct dt_conflict *conflict)
{
    const uint32_t number = number_of(index, key);
    if (number == 0) {
        return DT_ERR_UNKNOWN_RECORD;
    }
    const struct dt_item *item = item_at(index, number);
    struct dt_separation separation = *separation_for(question, item);
    struct dt_ring rings[DT_RINGS_MAX];
    struct dt_volume volume;
    dt_item_volume(item, &volume, rings);
    if (item->datum != question->datum) {
        separation.vertical_mm = UINT32_MAX; /* more than any two heights are apart */
    }
    dt_conflict_check(question->volume, &volume, &separation, conflict);
    return DT_OK;
}

bool dt_index_check(const struct dt_index *index)
{
    size_t chained = 0, in_trees = 0;
    for (uint64_t at = 0; at < index->chains; at++) {
        for (uint32_t n = *chain(index, at); n != 0; n = item_at(index, n)->next) {
            const uint64_t key = item_at(index, n)->key;
            if (chain_of(index, key) != chain(index, at) || number_of(index, key) != n) {
                return false;
            }
            chained++;
        }
    }
    for (int i = 0; i < TREES; i++) {
        in_trees += index->trees[i].count;
        if (!dt_tree_check(&index->trees[i])) {
            return false;
        }
    }
    return chained == index->count && in_trees == index->count;
}

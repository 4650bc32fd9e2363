/* SPDX-License-Identifier: ISC */
#include "geo/item.h"

#include <assert.h>
#include <string.h>

static_assert(sizeof(struct dt_item) == 48, "memory a volume is a promise");
static_assert(DT_RINGS_MAX * DT_RING_MAX <= UINT16_MAX && DT_RINGS_MAX <= UINT8_MAX, "fits");

/* A window that meets no other: both ends beyond any time and any separation. */
#define NEVER_MS (8 * DT_TIME_MAX_MS)

struct layout {
    size_t legs, points, counts, size; /* offsets */
};

static struct layout layout(bool legs, size_t positions, size_t rings)
{
    struct layout l = {.legs = sizeof(struct dt_item)};
    l.points = l.legs + (legs ? (positions - 1) * sizeof(struct dt_window) : 0);
    l.counts = l.points + positions * sizeof(struct dt_point);
    l.size = l.counts + (rings > 1 ? rings * sizeof(uint16_t) : 0);
    return l;
}

static struct layout layout_of(const struct dt_item *item)
{
    return layout(item->legs != 0, item->positions, item->rings);
}

static size_t positions_of(const struct dt_volume *volume)
{
    size_t count = 0;
    for (size_t r = 0; r < volume->ring_count; r++) {
        count += volume->rings[r].count;
    }
    return count;
}

size_t dt_item_size_for(const struct dt_index_entry *entry)
{
    const struct dt_volume *v = entry->volume;
    return layout(v->legs != NULL, positions_of(v), v->ring_count).size;
}

size_t dt_item_size(const struct dt_item *item)
{
    return layout_of(item).size;
}

void dt_item_pack(struct dt_item *item, const struct dt_index_entry *entry)
{
    const struct dt_volume *v = entry->volume;
    item->key = entry->key;
    item->from_ms = v->time.from_ms;
    item->until_ms = v->time.until_ms;
    item->alt_lo_mm = v->alt_lo_mm;
    item->alt_hi_mm = v->alt_hi_mm;
    item->radius_mm = v->radius_mm;
    item->group = entry->group;
    item->positions = (uint16_t)positions_of(v);
    item->category = entry->category;
    item->rings = (uint8_t)v->ring_count;
    item->shape = (unsigned)v->shape & 3U;
    item->datum = entry->datum & 3U;
    item->legs = v->legs != NULL;
    const struct layout l = layout_of(item);
    uint8_t *bytes = (uint8_t *)item;
    if (v->legs != NULL) {
        memcpy(bytes + l.legs, v->legs, l.points - l.legs);
    }
    uint8_t *point = bytes + l.points;
    for (size_t r = 0; r < v->ring_count; r++) {
        const uint16_t count = (uint16_t)v->rings[r].count;
        memcpy(point, v->rings[r].points, count * sizeof(struct dt_point));
        point += count * sizeof(struct dt_point);
        if (v->ring_count > 1) {
            memcpy(bytes + l.counts + r * sizeof count, &count, sizeof count);
        }
    }
}

void dt_item_volume(const struct dt_item *item, struct dt_volume *volume, struct dt_ring *rings)
{
    const struct layout l = layout_of(item);
    const uint8_t *bytes = (const uint8_t *)item;
    const struct dt_point *points = (const void *)(bytes + l.points);
    const uint16_t *counts = (const void *)(bytes + l.counts);
    for (size_t r = 0; r < item->rings; r++) {
        rings[r] = (struct dt_ring){points, item->rings > 1 ? counts[r] : item->positions};
        points += rings[r].count;
    }
    *volume = (struct dt_volume){
        .shape = (enum dt_shape)item->shape,
        .radius_mm = item->radius_mm,
        .rings = rings,
        .ring_count = item->rings,
        .legs = item->legs ? (const void *)(bytes + l.legs) : NULL,
        .time = {item->from_ms, item->until_ms},
        .alt_lo_mm = item->alt_lo_mm,
        .alt_hi_mm = item->alt_hi_mm,
    };
}

void dt_item_end(struct dt_item *item, int64_t at_ms)
{
    struct dt_window *legs = (void *)((uint8_t *)item + layout_of(item).legs);
    item->until_ms = at_ms < item->until_ms ? at_ms : item->until_ms;
    for (size_t i = 0; item->legs && i + 1 < item->positions; i++) {
        if (legs[i].from_ms >= at_ms) {
            legs[i] = (struct dt_window){NEVER_MS, NEVER_MS};
        } else if (legs[i].until_ms > at_ms) {
            legs[i].until_ms = at_ms;
        }
    }
}

/* SPDX-License-Identifier: ISC */
/*
 * item - a volume packed for keeping: 48 bytes and 8 a position. Internal to geo.
 *
 * Behind the fixed part come the windows of the legs, if there are any, then all
 * positions, then the counts of the rings if there is more than one. Positions stay as they
 * were given, closing ones included: what is computed from the copy has the same bits.
 */
#ifndef DT_GEO_ITEM_H
#define DT_GEO_ITEM_H

#include <stddef.h>
#include <stdint.h>

#include "geo/index.h"

struct dt_item {
    uint64_t key;
    int64_t from_ms, until_ms;
    int32_t alt_lo_mm, alt_hi_mm;
    uint32_t radius_mm;
    uint32_t next; /* in its chain */
    uint16_t group;
    uint16_t positions;
    uint8_t category;
    uint8_t rings;
    uint8_t shape : 2, datum : 2, legs : 1;
};

size_t dt_item_size_for(const struct dt_index_entry *entry);
size_t dt_item_size(const struct dt_item *item);

/* `item` has dt_item_size_for() bytes, aligned to 8; `next` is left alone. */
void dt_item_pack(struct dt_item *item, const struct dt_index_entry *entry);

/* A volume that points into the item; `rings` holds item->rings. */
void dt_item_volume(const struct dt_item *item, struct dt_volume *volume, struct dt_ring *rings);

/* Windows end at `at_ms`; legs that had not begun are never in use. */
void dt_item_end(struct dt_item *item, int64_t at_ms);

#endif

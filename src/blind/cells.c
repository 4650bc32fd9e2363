/* SPDX-License-Identifier: ISC */
#include "blind/cells.h"

#include <stdlib.h>

#include "base/try.h"
#include "geo/cells.h"

enum { SLOT_BITS = 40, SLACK_MM = 100 /* more than the geometry is ever wrong by */ };

#define SLOT_ZERO (INT64_C(1) << (SLOT_BITS - 1))

uint32_t dt_blind_cell_place(uint64_t cell)
{
    return (uint32_t)(cell >> SLOT_BITS);
}

struct dt_window dt_blind_cell_window(uint64_t cell, uint32_t slot_ms)
{
    const int64_t slot = (int64_t)(cell & ((UINT64_C(1) << SLOT_BITS) - 1)) - SLOT_ZERO;
    return (struct dt_window){slot * (int64_t)slot_ms, (slot + 1) * (int64_t)slot_ms};
}

static int64_t slot_of(int64_t ms, int64_t slot_ms)
{
    return ms / slot_ms - (ms % slot_ms < 0);
}

static int ascending(const void *a, const void *b)
{
    const uint64_t x = *(const uint64_t *)a;
    const uint64_t y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

void dt_blind_cells_sort(struct dt_blind_cells *set)
{
    size_t kept = 0;
    qsort(set->cells, set->count, sizeof set->cells[0], ascending);
    for (size_t i = 0; i < set->count; i++) {
        if (kept == 0 || set->cells[kept - 1] != set->cells[i]) {
            set->cells[kept++] = set->cells[i];
        }
    }
    set->count = kept;
}

/* A volume whose radius is already enlarged, during `window`. */
static enum dt_err add(struct dt_blind_cells *set, const struct dt_volume *volume,
                       struct dt_window window, int64_t margin_ms, int64_t slot_ms)
{
    uint32_t places[DT_BLIND_PLACES_MAX];
    size_t count;
    DT_TRY(dt_volume_cells(places, DT_BLIND_PLACES_MAX, &count, volume));
    const int64_t first = slot_of(window.from_ms - margin_ms, slot_ms);
    const int64_t last = slot_of(window.until_ms + margin_ms - 1, slot_ms);
    const uint64_t slots = (uint64_t)(last - first) + 1;
    if (count > 0 && slots > (set->capacity - set->count) / count) {
        return DT_ERR_CAPACITY;
    }
    for (size_t i = 0; i < count; i++) {
        for (int64_t slot = first; slot <= last; slot++) {
            set->cells[set->count++] = (uint64_t)places[i] << SLOT_BITS | (uint64_t)(slot + SLOT_ZERO);
        }
    }
    dt_blind_cells_sort(set);
    return DT_OK;
}

static enum dt_err add_all(struct dt_blind_cells *set, const struct dt_volume *volume,
                           const struct dt_separation *separation, uint32_t slot_ms)
{
    const uint32_t margin_mm = separation->lateral_mm / 2 + 1 + SLACK_MM;
    const int64_t margin_ms = separation->temporal_ms / 2 + (separation->temporal_ms & 1);
    struct dt_volume wide = *volume;
    if (slot_ms < DT_BLIND_SLOT_MIN_MS || slot_ms > DT_BLIND_SLOT_MAX_MS) {
        return DT_ERR_BAD_VALUE;
    }
    if (volume->radius_mm > UINT32_MAX - margin_mm) {
        return DT_ERR_TOO_LARGE;
    }
    wide.radius_mm += margin_mm;
    if (volume->legs == NULL) {
        return add(set, &wide, volume->time, margin_ms, slot_ms);
    }
    for (size_t i = 0; i + 1 < volume->rings[0].count; i++) {
        const struct dt_ring leg = {volume->rings[0].points + i, 2};
        wide.rings = &leg;
        wide.legs = NULL;
        DT_TRY(add(set, &wide, volume->legs[i], margin_ms, slot_ms));
    }
    return DT_OK;
}

enum dt_err dt_blind_cells_add(struct dt_blind_cells *set, const struct dt_volume *volume,
                               const struct dt_separation *separation, uint32_t slot_ms)
{
    const enum dt_err err = add_all(set, volume, separation, slot_ms);
    if (err != DT_OK) {
        set->count = 0;
    }
    return err;
}

/* SPDX-License-Identifier: ISC */
/*
 * cells - plans as sets of space-time cells, made so that no conflict can be missed.
 *
 *     geo/volume -> [cells] -> blind
 *
 * A cell is a coarse cell of geo/cells.h (0.1 degree) during one slot of time, as one
 * number: place * 2^40 + slot + 2^39, slot = floor(milliseconds / slot_ms). Height is left
 * out: activities one above the other share cells.
 *
 * Conservative: each footprint is enlarged by half the lateral separation and each window by
 * half the temporal one, rounded up. Two volumes in conflict (geo/conflict.h) under at most
 * that separation have places p and q within it of each other; the middle between them lies
 * in both enlarged footprints, so its cell is in both covers, and so is a slot. What shares a
 * cell need not be in conflict. Both parties must use the same separation and slot; where
 * rules differ by category, the largest.
 *
 * The caller owns the array; it holds what the party keeps secret and is wiped by it.
 * Pure; about 70 KiB of stack.
 */
#ifndef DT_BLIND_CELLS_H
#define DT_BLIND_CELLS_H

#include "geo/conflict.h"
#include "geo/volume.h"

enum {
    DT_BLIND_SLOT_MIN_MS = 60000,
    DT_BLIND_SLOT_MAX_MS = 86400000,
    DT_BLIND_PLACES_MAX = 4096, /* the area cap of one volume or leg */
};

/* Ascending, each once. */
struct dt_blind_cells {
    uint64_t *cells;
    size_t capacity;
    size_t count;
};

/* Adds the cells of a volume that passed dt_volume_check; of a corridor with windows for its
 * legs those of each leg in its window. CAPACITY above an area cap or the set's capacity,
 * TOO_LARGE if the radius does not bear the separation, BAD_VALUE for a slot out of range.
 * After any failure the set is empty: one that covers only part of the plans must not be used. */
DT_MUST_USE enum dt_err dt_blind_cells_add(struct dt_blind_cells *set, const struct dt_volume *volume,
                                           const struct dt_separation *separation, uint32_t slot_ms);

/* Puts cells in order, each once. */
void dt_blind_cells_sort(struct dt_blind_cells *set);

/* What a cell stands for. */
uint32_t dt_blind_cell_place(uint64_t cell);
struct dt_window dt_blind_cell_window(uint64_t cell, uint32_t slot_ms);

#endif

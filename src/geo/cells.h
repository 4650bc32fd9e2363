/* SPDX-License-Identifier: ISC */
/*
 * cells - the coarse cells a footprint touches, for what is disclosed before a
 * shape is: "something, about there".
 *
 * A fixed grid of 0.1 degree in latitude and longitude: 1800 rows from the South
 * Pole, 3600 columns from 180 W; a cell's number is row * 3600 + column. The list
 * is a cover: every cell the footprint reaches is in it, and now and then one that
 * it only nearly reaches (its circumscribed circle counts). Deterministic, pure;
 * about 40 KiB of stack.
 */
#ifndef DT_GEO_CELLS_H
#define DT_GEO_CELLS_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "geo/volume.h"

enum {
    DT_CELL_ROWS = 1800,
    DT_CELL_COLUMNS = 3600,
    DT_CELL_E7 = 1000000, /* its side in 1e-7 degree */
};

/* The cell of a point; a point on a border belongs to the cell north or east. */
uint32_t dt_cell_of(struct dt_point point);

/* South-west corner of a cell; `cell` below DT_CELL_ROWS * DT_CELL_COLUMNS. */
struct dt_point dt_cell_corner(uint32_t cell);

/* Fills `cells` in ascending order of blocks (not of numbers). CAPACITY if there
 * are more than `capacity`: the caller takes a coarser statement then. Holes are
 * not left out. Cost: about corners x cells x 0.1 microseconds, bounded by
 * capacity. The volume passed dt_volume_check. */
DT_MUST_USE enum dt_err dt_volume_cells(uint32_t *cells, size_t capacity, size_t *count,
                                        const struct dt_volume *volume);

#endif

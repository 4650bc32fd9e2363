/* SPDX-License-Identifier: ISC */
/*
 * tier - a notice told in steps: what each step says, made from the exact one, and whether
 * steps that can be read fit together. protocol.md section 9, "Tiers"; the keys are in
 * log/tier.h.
 *
 *     exact volumes -> [tier] -> shape, cells -> seal -> log -> open -> [tier] -> matcher
 *
 * Every step lies inside the one below it: exact within shape within cells within the clear
 * window. So whoever knows less compares more, and misses nothing. That holds for what
 * dt_tier_shape() makes; of what others write dt_tier_fits() finds what is provably not so.
 *
 * Pure; nothing allocates. The plains are large: see notice.h.
 */
#ifndef DT_VIEW_TIER_H
#define DT_VIEW_TIER_H

#include "log/tier.h"
#include "view/notice.h"

enum {
    DT_TIER_GRID_E7 = 100000,           /* 0.01 degree: where positions of a shape lie */
    DT_TIER_CIRCLE_MARGIN_MM = 800000,  /* more than a position moves to that grid */
    DT_TIER_EDGE_MARGIN_MM = 1200000,   /* more than an edge between two such moves */
    DT_TIER_BAND_MM = 100000,
    DT_TIER_SHAPE_MS = 900000,
    DT_TIER_CELL_MS = 3600000,
    DT_TIER_CLEAR_MS = 86400000,
};

/* The window that everybody sees: from the beginning of its first UTC day. The end is as it is:
 * by that every member says OVERDUE, and by it a delay is measured. */
struct dt_window dt_tier_clear_window(struct dt_window exact);

/*
 * The shape: positions on a grid of 0.01 degree and a radius that makes up for it, bands of
 * whole 100 m, windows of whole quarters of an hour (within `clear`'s), no legs, no holes, no
 * words. A polygon that cannot be drawn so becomes a circle around it. `out` holds its own
 * arrays. TOO_LARGE where a radius passes the limit.
 */
DT_MUST_USE enum dt_err dt_tier_shape(struct dt_notice_plain *out,
                                      const struct dt_notice_plain *exact,
                                      const struct dt_body_notice *clear);

/* Cells and hours of a shape, its tolerance counted, in place of those of `clear`, which keeps the rest. No cells
 * if they are too many: it is told by its window alone then. */
void dt_tier_cells(struct dt_body_notice *cells, const struct dt_notice_plain *shape);

/* The text of tier cell: {6: cells, 7: start, 8: end}. */
DT_MUST_USE enum dt_err dt_tier_cells_encode(uint8_t *out, size_t capacity, size_t *size,
                                             const struct dt_body_notice *cells);
/* Into `cells`, which is the clear part before: BAD_TIME where it is further from its window
 * than a tolerance may be. */
DT_MUST_USE enum dt_err dt_tier_cells_decode(struct dt_body_notice *cells, struct dt_span plain);

/*
 * DT_OK, or PARTS_DIFFER where two parts contradict one another: a position of the upper one
 * that lies outside the lower one, a band or a window that does. NULL: not readable here.
 * Cost: a distance a position.
 */
DT_MUST_USE enum dt_err dt_tier_fits(const struct dt_notice_plain *exact,
                                     const struct dt_notice_plain *shape,
                                     const struct dt_body_notice *cells);

#endif

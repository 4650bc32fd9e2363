/* SPDX-License-Identifier: ISC */
/*
 * prepare - a notice's volumes as they are compared: enlarged, bounded, or circles
 * around its cells. Internal to view, shared by conflict and matcher. Pure.
 */
#ifndef DT_VIEW_PREPARE_H
#define DT_VIEW_PREPARE_H

#include "view/conflict.h"

/* How much, as enum dt_tier. */
enum dt_known { DT_KNOWN_NOTHING, DT_KNOWN_CELLS, DT_KNOWN_SHAPE, DT_KNOWN_EXACT };

struct dt_prepared_volume {
    struct dt_volume volume;
    struct dt_bound bound;
    enum dt_datum datum;
    bool any_height; /* of a cell: nothing is known */
    uint16_t of;     /* the volume, or cell, of which it is one window */
};

struct dt_prepared {
    unsigned member;
    struct dt_ref ref;
    enum dt_category category;
    enum dt_known known;
    bool moving; /* a movement that has not arrived */
    int64_t end_ms, extension_ms;
    struct dt_window window; /* of the whole notice, as notified */
    struct dt_prepared_volume *volumes;
    size_t count;
};

/* Room for the arrays of one prepared notice; rings and points of exact volumes stay
 * where the notice has them. */
struct dt_prepare_room {
    struct dt_prepared_volume volumes[DT_NOTICE_CELLS_MAX]; /* or windows, which are no more */
    struct dt_ring rings[DT_NOTICE_CELLS_MAX];
    struct dt_point points[DT_NOTICE_CELLS_MAX];
    struct dt_window legs[DT_NOTICE_POSITIONS_MAX];
};

enum dt_known dt_side_known(const struct dt_conflict_side *side);

/* The end as its life says, or as notified. */
int64_t dt_side_end_ms(const struct dt_conflict_side *side);

void dt_prepare(struct dt_prepared *out, struct dt_prepare_room *room,
                const struct dt_conflict_side *side);

/* The i-th volume with its windows as the clock has made them; `legs` has room for
 * DT_RING_MAX and is used if there are any. */
struct dt_volume dt_prepared_at(const struct dt_prepared *notice, size_t i, struct dt_window *legs,
                                int64_t now_ms);

void dt_prepared_compare(struct dt_notice_conflict *out, const struct dt_charter *charter,
                         const struct dt_prepared *a, const struct dt_prepared *b, int64_t now_ms);

#endif

/* SPDX-License-Identifier: ISC */
/*
 * budget - how much one member may ask here in any stretch of time, and when it stands out.
 *
 * A member that asks about the whole theatre, piece by piece, learns as many cells as it can
 * ask for: this bounds them. Cells are charged by the size of a list, padding included, since
 * nobody sees what is padding; whatever a member puts into its lists, it learns of at most
 * `cells_max` cells in any `window_ms`. It is flagged, until an officer takes the flag away,
 * when it asks beyond that, or when more than `hits_max` cells of ours were found with it.
 *
 * Plain data, one for each member and line; the caller keeps it across restarts, or a
 * restart would give the member a new budget. Pure.
 */
#ifndef DT_BLIND_BUDGET_H
#define DT_BLIND_BUDGET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

enum {
    DT_BLIND_SESSIONS_MAX = 32, /* in one window, whatever else is agreed */
    /* The caps of docs/blind.md section 5, for one member on one line. */
    DT_BLIND_DAY_MS = 86400000,
    DT_BLIND_DAY_RUNS = 8,
    DT_BLIND_DAY_CELLS = 20480,
    DT_BLIND_DAY_HITS = 2048,
};

struct dt_blind_budget {
    int64_t window_ms;
    uint32_t cells_max;
    uint32_t hits_max;
    bool flagged;
    size_t count;
    struct {
        int64_t at_ms;
        uint32_t cells, hits;
    } past[DT_BLIND_SESSIONS_MAX];
};

void dt_blind_budget_init(struct dt_blind_budget *budget, int64_t window_ms, uint32_t cells_max,
                          uint32_t hits_max);

/* Charges a session, whether it comes to its end or not. QUOTA, and the flag, if it is one
 * too many. A clock that was set back frees nothing. */
DT_MUST_USE enum dt_err dt_blind_budget_take(struct dt_blind_budget *budget, int64_t now_ms,
                                             uint32_t cells);

/* Counts what a session charged before has found. */
void dt_blind_budget_found(struct dt_blind_budget *budget, size_t hits);

#endif

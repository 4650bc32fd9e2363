/* SPDX-License-Identifier: ISC */
#include "blind/budget.h"

void dt_blind_budget_init(struct dt_blind_budget *budget, int64_t window_ms, uint32_t cells_max,
                          uint32_t hits_max)
{
    *budget = (struct dt_blind_budget){
        .window_ms = window_ms, .cells_max = cells_max, .hits_max = hits_max};
}

/* Sessions stand in the order of their times. */
static void forget(struct dt_blind_budget *budget, int64_t now_ms)
{
    size_t gone = 0;
    while (gone < budget->count && now_ms - budget->past[gone].at_ms >= budget->window_ms) {
        gone++;
    }
    budget->count -= gone;
    for (size_t i = 0; i < budget->count; i++) {
        budget->past[i] = budget->past[i + gone];
    }
}

enum dt_err dt_blind_budget_take(struct dt_blind_budget *budget, int64_t now_ms, uint32_t cells)
{
    if (budget->count > 0 && now_ms < budget->past[budget->count - 1].at_ms) {
        now_ms = budget->past[budget->count - 1].at_ms;
    }
    forget(budget, now_ms);
    uint64_t used = cells;
    for (size_t i = 0; i < budget->count; i++) {
        used += budget->past[i].cells;
    }
    if (used > budget->cells_max || budget->count == DT_BLIND_SESSIONS_MAX) {
        budget->flagged = true;
        return DT_ERR_QUOTA;
    }
    budget->past[budget->count].at_ms = now_ms;
    budget->past[budget->count].cells = cells;
    budget->past[budget->count].hits = 0;
    budget->count++;
    return DT_OK;
}

void dt_blind_budget_found(struct dt_blind_budget *budget, size_t hits)
{
    uint64_t sum = hits;
    for (size_t i = 0; i < budget->count; i++) {
        sum += budget->past[i].hits;
    }
    if (budget->count > 0) { /* no more than a list of DT_BLIND_SIZE_MAX at a time: it fits */
        budget->past[budget->count - 1].hits += (uint32_t)hits;
    }
    budget->flagged = budget->flagged || sum > budget->hits_max;
}

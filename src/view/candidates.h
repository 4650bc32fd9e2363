/* SPDX-License-Identifier: ISC */
/*
 * candidates - which of many prepared notices may come too close to one: the index of geo,
 * asked for notices. Internal to view; the matcher is what others use.
 *
 *     prepare, geo/index -> [candidates] -> matcher
 *
 * Every volume of a notice is an entry of the index with the windows that the clock had made
 * of it when it was put; the matcher puts it again when the clock changes them. A notice
 * has a number while it is held, and a key of the index is that number and a volume's.
 */
#ifndef DT_VIEW_CANDIDATES_H
#define DT_VIEW_CANDIDATES_H

#include "geo/index.h"
#include "view/prepare.h"

struct dt_candidates {
    struct dt_index *index; /* NULL until something is put */
    struct dt_ref *refs;    /* by number; of a free one, `seq` is the next free */
    uint32_t count, capacity;
    uint32_t free; /* number + 1; 0: none */
};

#define DT_CANDIDATE_NONE UINT32_MAX

void dt_candidates_free(struct dt_candidates *c); /* zeros are an empty one */

/* Gives *number, or DT_CANDIDATE_NONE to a notice without volumes. NO_MEMORY, and nothing
 * changed. */
DT_MUST_USE enum dt_err dt_candidates_put(struct dt_candidates *c, const struct dt_prepared *notice,
                                          int64_t now_ms, uint32_t *number);
/* The same notice, with its windows as they are now. NO_MEMORY: drop it. */
DT_MUST_USE enum dt_err dt_candidates_refresh(struct dt_candidates *c,
                                              const struct dt_prepared *notice, int64_t now_ms,
                                              uint32_t number);
void dt_candidates_drop(struct dt_candidates *c, const struct dt_prepared *notice, uint32_t number);

/*
 * References of all that have a volume in conflict with one of `asked`, of other members,
 * each once, in no order; and maybe of more. The caller frees *refs. NO_MEMORY: ask all.
 */
DT_MUST_USE enum dt_err dt_candidates_find(const struct dt_candidates *c,
                                           const struct dt_charter *charter,
                                           const struct dt_prepared *asked, int64_t now_ms,
                                           struct dt_ref **refs, size_t *count);

#endif

/* SPDX-License-Identifier: ISC */
/*
 * histories - a log whose writer signed two of them: what of it counts, and the second one.
 * Only node/ includes this.
 *
 * Of a forked log the records that both histories share count. Where they part is known
 * from the proof as an upper bound, and exactly once the second history is held; both
 * sides of the fork then come to the same common view.
 */
#ifndef DT_NODE_HISTORIES_H
#define DT_NODE_HISTORIES_H

#include "node/state.h"

/* True if a record at that place of that log is beyond what its histories share. */
bool dt_history_doubts(const struct dt_store_log *log, uint64_t seq);
/* Makes a fact that is beyond it void, with DT_ERR_FORK. */
void dt_history_judge(const struct dt_store_log *log, struct dt_fact *fact);

/* Facts of forked logs again, where fewer records count than did. */
DT_MUST_USE enum dt_err dt_histories_judge(struct dt_line *line);
/* Facts of second histories, when all views are made again. */
DT_MUST_USE enum dt_err dt_histories_replay(struct dt_line *line);
/* After the logs' rows were read. */
void dt_histories_load(struct dt_line *line);

/* What sync asks of its host (sync.h); ctx is the line. */
enum dt_err dt_history_put_proof(void *ctx, uint16_t wid, struct dt_span proof);
size_t dt_history_get_proof(void *ctx, uint16_t wid, uint8_t *out, size_t capacity);
bool dt_history_get_other(void *ctx, uint16_t wid, uint64_t seq, struct dt_stored *out);
bool dt_history_get_other_head(void *ctx, uint16_t wid, struct dt_checkpoint *out);
enum dt_err dt_history_put_other(void *ctx, uint16_t wid, uint64_t common,
                                 const struct dt_checkpoint *c, const struct dt_stored *records);

#endif

/* SPDX-License-Identifier: ISC */
/*
 * seen - what members say in their records that they held of other logs, against what is
 * held here. Only node/ includes this.
 *
 * A header names (log, size, root). A root that is another than ours means that its author
 * was shown another history of that log, or says what is not so: the record is evidence of
 * the one or the other, and his node is asked for its checkpoint, so that a proof can come
 * of it. What roots at hand cannot decide waits, a little for each author, and is looked at
 * now and then; `verify` looks at all of it.
 */
#ifndef DT_NODE_SEEN_H
#define DT_NODE_SEEN_H

#include "node/state.h"

/* A record came that counts. */
DT_MUST_USE enum dt_err dt_seen_note(struct dt_line *line, uint16_t by, uint64_t seq,
                                     const struct dt_header *h);
/* At the end of a pass: what can be decided now. Cost: nothing where nothing waits, and else
 * at most one root made from the tree. */
DT_MUST_USE enum dt_err dt_seen_settle(struct dt_line *line, int64_t now_us);
/* After the logs were read: what was found, and what the newest records say. */
DT_MUST_USE enum dt_err dt_seen_load(struct dt_line *line);
void dt_seen_free(struct dt_line *line);
/* An array "seen_otherwise" of all lines, or of `only`. */
void dt_seen_status(struct dt_object *o, const struct dt_node *n, const struct dt_line *only);

#endif

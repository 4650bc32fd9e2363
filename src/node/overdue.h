/* SPDX-License-Identifier: ISC */
/*
 * overdue - movements that have not arrived at their end: an alarm on every side. Only node/
 * includes this.
 *
 * Each node finds them by its own clock when notices are settled, says so in its log and to
 * followers, and lists them in `status`. The alarm program sounds, and at the other members the
 * notice waits for an officer again, until somebody of ours has acted on it since: acknowledged
 * it, taken a position, passed it on. The author ends it for all: arrived, delayed, cancelled.
 * Nothing is written: after a start it is found, and said, again.
 */
#ifndef DT_NODE_OVERDUE_H
#define DT_NODE_OVERDUE_H

#include "node/state.h"

enum { DT_OVERDUE_SHARE = 256 }; /* of one author on a line; beyond that what was acted on is left out */

/* While settling: that version counts, and its life is this. */
void dt_overdue_note(struct dt_line *line, const struct dt_life_entry *entry);
/* After it: drops what has arrived, was delayed or cancelled. */
DT_MUST_USE enum dt_err dt_overdue_settle(struct dt_line *line, int64_t now_ms);
/* Does that notice of another member wait for one of our officers because it is overdue? */
bool dt_overdue_waits(struct dt_line *line, uint16_t wid, uint64_t seq);
/* Those of all lines, or of `only`, that wait for that reason alone. */
void dt_overdue_list(struct dt_node *n, const struct dt_line *only, dt_store_fact_fn fn, void *ctx);
/* The first that nobody of ours has acted on since; false if there is none. */
bool dt_overdue_first(struct dt_node *n, struct dt_store_fact *out);
/* An array "overdue" of all lines, or of `only`; one of them as a map. */
void dt_overdue_status(struct dt_object *o, struct dt_node *n, const struct dt_line *only);
void dt_overdue_put(struct dt_object *o, struct dt_line *line, const struct dt_overdue *one);

#endif

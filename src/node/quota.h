/* SPDX-License-Identifier: ISC */
/*
 * quota - what a member may take of the others' disks and nights (charter: quota in
 * bytes, FLASH budget an hour).
 *
 * Of a member over its quota only headers are kept: the log stays whole and provable, the
 * body is absent. Not so CHECK_FIRE, FLASH, OPEN and KEY. Our own entry refuses before
 * others would have to. CHECK_FIRE and its answers are never refused.
 */
#ifndef DT_NODE_QUOTA_H
#define DT_NODE_QUOTA_H

#include "node/state.h"

/* True if this record of another's log is kept without its body. */
bool dt_quota_drops(const struct dt_line *line, uint16_t wid, const struct dt_stored *record);

/* QUOTA, with *why for people: our logs are full, or this hour's FLASH budget is used. */
DT_MUST_USE enum dt_err dt_quota_entry(struct dt_line *line, const struct dt_draft *draft,
                                       const char **why);

/* Why a record is in doubt: "QUOTA" for a FLASH beyond the hour's budget, a body left out over
 * quota, or an alarm that waits here from a party over it; "EXPIRED" for a text sealed under
 * a key whose time was over. Else NULL. `body` as held. */
const char *dt_quota_doubt(struct dt_line *line, const struct dt_store_fact *row,
                           struct dt_span body);

#endif

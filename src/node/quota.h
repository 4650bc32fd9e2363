/* SPDX-License-Identifier: ISC */
/*
 * quota - what a member may take of the others' disks and nights (charter: quota in
 * bytes, FLASH budget an hour).
 *
 * Of a member over its quota only headers are kept: the log stays whole and provable, the
 * body is absent. Not so CHECK_FIRE, FLASH, OPEN and KEY, up to twice the quota; of what comes
 * then nothing is kept but what stops fire, so that no member fills the others' disks. Our own
 * entry refuses before others would have to. A FLASH beyond the budget is sent, and counts as
 * IMMEDIATE with everybody, its author too. CHECK_FIRE and its answers are never refused.
 */
#ifndef DT_NODE_QUOTA_H
#define DT_NODE_QUOTA_H

#include "node/state.h"

/* True if this record of another's log is kept without its body. */
bool dt_quota_drops(const struct dt_line *line, uint16_t wid, const struct dt_stored *record);

/* True if its member has taken twice its quota: of its logs nothing more is kept but what
 * stops fire. ctx is the line. */
bool dt_quota_full(void *ctx, uint16_t wid);
/* --- the FLASH budget: protocol.md section 4 -------------------------------------------- */

/* A record's fact: what counts is noted, by its author's time, so that no restart forgets it. */
DT_MUST_USE enum dt_err dt_quota_note(struct dt_line *line, const struct dt_fact *fact);
/* Is it a FLASH beyond its member's budget? Ours or theirs: everybody judges alike. */
bool dt_quota_demoted(struct dt_line *line, const struct dt_fact *fact);
/* Then its precedence is IMMEDIATE from here on: for alarms, deadlines, steps, figures. */
void dt_quota_demote(struct dt_line *line, struct dt_fact *fact);

/* QUOTA, with *why for people: our logs are full. The FLASH budget refuses nothing. */
DT_MUST_USE enum dt_err dt_quota_entry(struct dt_line *line, const struct dt_draft *draft,
                                       const char **why);

/* Why a record is in doubt: "QUOTA" for a FLASH beyond the hour's budget, a blind run beyond the caps, a body left out over
 * quota, or an alarm that waits here from a party over it; "EXPIRED" for a text sealed under
 * a key whose time was over. Else NULL. `body` as held. */
const char *dt_quota_doubt(struct dt_line *line, const struct dt_store_fact *row,
                           struct dt_span body);

#endif

/* SPDX-License-Identifier: ISC */
/*
 * clock - whether this machine's clock can be right, by what the home has seen of it.
 *
 * The home keeps in its file `clock` when a node last ran there. A clock before that, or
 * half a year after it, is more often an empty battery than the truth; a record signed by
 * it would be false evidence for ever. It is never compared with the other side's, who
 * could then keep us from starting. Thread rules: none.
 */
#ifndef DT_NODE_CLOCK_H
#define DT_NODE_CLOCK_H

#include "node/home.h"

#define DT_CLOCK_EARLIEST INT64_C(1767225600000) /* 2026-01-01: before it, no node existed */
#define DT_CLOCK_DAY INT64_C(86400000)           /* ms; the clock file is at most so old */

enum { DT_CLOCK_BACK_DAYS = 1, DT_CLOCK_AHEAD_DAYS = 180, DT_CLOCK_UNSEEN = -1 };

/*
 * BAD_CLOCK if the clock cannot be right. *seen_ms is the time of the clock file, before a
 * first run that of the card, and DT_CLOCK_UNSEEN where there is neither.
 */
DT_MUST_USE enum dt_err dt_clock_check(const struct dt_home *home, int64_t now_ms,
                                       int64_t *seen_ms);

/* Keeps it as seen. Once a day is enough. */
DT_MUST_USE enum dt_err dt_clock_keep(const struct dt_home *home, int64_t now_ms);

#endif

/* SPDX-License-Identifier: ISC */
/*
 * recur - windows that come again: "daily 06:00Z to 09:00Z until the 31st" as plain windows.
 *
 * What comes out covers every time that the words mean, and more only where there is no
 * room for all: then the last window runs from its own beginning to the end of all. Windows
 * that touch or overlap are one. UTC days have 86,400 seconds here as everywhere in records; there
 * is no local time, so there is no clock change. Pure.
 *
 * In an index (index.h) each window is an entry of its own; a volume that stood in one for the
 * whole span would meet all that is there at night as well.
 */
#ifndef DT_GEO_RECUR_H
#define DT_GEO_RECUR_H

#include <stddef.h>
#include <stdint.h>

#include "geo/volume.h"

#define DT_RECUR_DAILY_MS INT64_C(86400000)

struct dt_recurrence {
    struct dt_window first;
    int64_t every_ms; /* from one beginning to the next */
    int64_t until_ms; /* none begins at or after this; one that has begun ends as usual */
};

/*
 * Fills up to `capacity` windows (at least one), ascending, apart. END_BEFORE_START for a window
 * that is empty or an end before the first; BAD_VALUE for a step that is not positive or longer
 * than all time; BAD_TIME beyond +-DT_TIME_MAX_MS.
 */
DT_MUST_USE enum dt_err dt_recur(struct dt_window *windows, size_t capacity, size_t *count,
                                 const struct dt_recurrence *recurrence);

#endif

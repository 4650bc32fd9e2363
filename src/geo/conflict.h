/* SPDX-License-Identifier: ISC */
/*
 * conflict - whether two volumes come closer than the line's rules allow, and
 * the numbers that explain it to an officer.
 *
 *     distance -> [conflict] -> view
 *
 * Two volumes are in conflict when all three hold:
 *   place   the footprints are at most `lateral_mm` apart (touching counts)
 *   height  the closed bands are at most `vertical_mm` apart (touching counts)
 *   time    the half-open windows come closer than `temporal_ms`: meeting windows
 *           (one ends as the other begins) conflict only if it is above 0
 * With windows for each leg of a corridor, place and time must hold for the same
 * pair of legs. Parties and categories are not looked at here.
 *
 * The verdict and each number are functions of the two volumes and the
 * separations alone: same bits for both parties, and with a and b exchanged the
 * same but exchanged. Both volumes passed dt_volume_check. Pure.
 */
#ifndef DT_GEO_CONFLICT_H
#define DT_GEO_CONFLICT_H

#include <stdint.h>

#include "geo/distance.h"
#include "geo/volume.h"

struct dt_separation {
    uint32_t lateral_mm;
    uint32_t vertical_mm;
    int64_t temporal_ms; /* 0..DT_TIME_MAX_MS */
};

enum dt_verdict {
    DT_APART_IN_TIME,
    DT_APART_IN_HEIGHT,
    DT_APART_IN_PLACE,
    DT_CONFLICT,
};

struct dt_conflict {
    enum dt_verdict verdict;
    int64_t vertical_gap_mm; /* negative: the bands overlap by this much */
    int64_t time_gap_ms;     /* negative: the windows overlap by this much */
    /* Only with DT_CONFLICT: */
    struct dt_distance distance;
    struct dt_window when; /* the overlap; where there is none, the gap (of the nearest legs) */
};

/* The cheapest test first; the geometry only if the others leave it open. */
enum dt_verdict dt_conflict_check(const struct dt_volume *a, const struct dt_volume *b,
                                  const struct dt_separation *separation, struct dt_conflict *out);

#endif

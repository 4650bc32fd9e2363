/* SPDX-License-Identifier: ISC */
/*
 * distance - how far apart two footprints are, to the millimetre.
 *
 *     volume -> [distance] -> conflict
 *
 * The distance of two footprints is the shortest geodesic between their cores
 * less both radii, and 0 when they touch, overlap or one holds the other. The
 * core distance is computed to better than 1 micrometre (edge.h), rounded to a
 * whole millimetre, halves up, and only then compared or diminished: what is
 * compared is an integer, and the same integer on every machine, whichever of the
 * two volumes is named first.
 *
 * Both volumes passed dt_volume_check. Pure; uses about 120 KiB of stack.
 * Cost: 1 to 15 microseconds for a dozen corners each; 0.3 ms for two full rings
 * side by side. The worst a hostile pair of 255-corner volumes was found to cost is
 * 0.1 s, with thousands of kilometres between the cores; more than 15,000 km apart
 * (no separation reaches that far) dt_distance may take seconds.
 */
#ifndef DT_GEO_DISTANCE_H
#define DT_GEO_DISTANCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "geo/volume.h"

struct dt_distance {
    int64_t mm;              /* between the footprints, >= 0 */
    int64_t core_mm;         /* between the cores, >= 0 */
    struct dt_point a;       /* the place of a's core nearest to b's, */
    struct dt_point b;       /* and of b's; if cores overlap, a place in both */
    struct dt_point between; /* in the middle of the gap or of the overlap */
    size_t leg_a;            /* the edge of a's ring or route nearest to b */
    size_t leg_b;
};

void dt_distance(const struct dt_volume *a, const struct dt_volume *b, struct dt_distance *out);

/*
 * True and `out` filled if the distance is at most `lateral_mm`; else false and
 * `out` untouched, most often without the exact distance having been computed.
 * With `temporal_ms` not NULL only those legs count whose windows come closer
 * than that (dt_windows_meet).
 */
bool dt_distance_within(const struct dt_volume *a, const struct dt_volume *b, uint32_t lateral_mm,
                        const int64_t *temporal_ms, struct dt_distance *out);

/* Whether two windows overlap once each is made longer by half of `temporal_ms`
 * at both ends: windows that only meet (one ends as the other begins) do not
 * overlap for 0 and do for 1. 0 <= temporal_ms <= DT_TIME_MAX_MS. */
bool dt_windows_meet(struct dt_window a, struct dt_window b, int64_t temporal_ms);

#endif

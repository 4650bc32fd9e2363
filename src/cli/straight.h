/* SPDX-License-Identifier: ISC */
/*
 * straight - how far a line that is straight in longitude and latitude strays from the
 * geodesic between its ends. GeoJSON means the first (RFC 7946, 3.1.1), volumes the second.
 */
#ifndef DT_CLI_STRAIGHT_H
#define DT_CLI_STRAIGHT_H

#include <stddef.h>
#include <stdint.h>

#include "geo/point.h"

#define DT_STRAY_M 0.5 /* what is left of it after splitting, at most */

/* From a to b the short way, in 1e-7 degree: -180 <= turn < 180 degrees. */
int64_t dt_turn_e7(struct dt_point a, struct dt_point b);

/*
 * An upper bound in metres. The line's geodesic curvature is sin(lat) (1 + cos^2 a) dlon/ds,
 * a its azimuth; with the largest value K on a piece of length s, the two are at most
 * K s^2 / 8 apart. A line cut into n equal parts of longitude and latitude strays by a
 * part in n^2 of it.
 */
double dt_stray_m(struct dt_point a, struct dt_point b);

#endif

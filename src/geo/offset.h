/* SPDX-License-Identifier: ISC */
/*
 * offset - a position so many metres further north and east: what a person means who says
 * "move it 1 km to the north-east". Pure.
 */
#ifndef DT_GEO_OFFSET_H
#define DT_GEO_OFFSET_H

#include "base/err.h"
#include "geo/point.h"

enum { DT_OFFSET_LAT_MAX_E7 = 850000000 }; /* nearer to a pole "further north" is no help */

/*
 * Along the meridian and the parallel by the radii of curvature at `at`, across the
 * antimeridian if need be: within 1e-3 of |north_m| + |east_m| up to 100 km. BAD_VALUE beyond
 * 85 degrees, before or after.
 */
DT_MUST_USE enum dt_err dt_offset(struct dt_point *at, double north_m, double east_m);

#endif

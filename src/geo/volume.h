/* SPDX-License-Identifier: ISC */
/*
 * volume - where and when somebody will be: footprint x altitude band x time.
 *
 *     records -> [volume] -> distance -> conflict
 *
 * A footprint is a core and a radius: every place within `radius_mm` of the core
 * belongs to it. The core is a point (circle), a polyline (corridor, its radius
 * the half-width; ends and bends are round) or a region (polygon with holes).
 * Edges are geodesics of WGS84, not rhumb lines and not straight in latitude and
 * longitude. A polygon's inside is the small side of its outer ring less the
 * insides of its holes; the direction in which a ring is drawn does not matter;
 * the boundary belongs to the region.
 *
 * All input is integer: 1e-7 degree, millimetres, milliseconds. Longitudes -180
 * and 180 are one meridian, all longitudes at a pole one point; an edge takes the
 * short way round, across the antimeridian or a pole if that is shorter.
 *
 * Life: the caller owns every array and keeps it while the volume is used.
 * dt_volume_check() is the gate: the other functions of this layer demand a
 * volume that passed it, and then cannot fail. Pure.
 */
#ifndef DT_GEO_VOLUME_H
#define DT_GEO_VOLUME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "geo/point.h"

enum {
    DT_RING_MAX = 256, /* positions in a ring or route, the closing one included */
    DT_RINGS_MAX = 64, /* rings of a polygon: one outer, the others holes */
    DT_ALT_MISSING = INT32_MIN,
    DT_ALT_MAX_MM = 2000000000, /* "unlimited" is -DT_ALT_MAX_MM..DT_ALT_MAX_MM */
};

#define DT_TIME_MAX_MS (INT64_C(1) << 53)

enum dt_shape {
    DT_SHAPE_CIRCLE,   /* one ring of one position; radius > 0 */
    DT_SHAPE_CORRIDOR, /* one ring of 2.. positions, not closed; radius > 0 */
    DT_SHAPE_POLYGON,  /* closed rings of 4.. positions, outer first; radius >= 0 */
};

struct dt_ring {
    const struct dt_point *points;
    size_t count;
};

/* Half-open: from <= t < until, milliseconds since 1970-01-01T00:00Z. */
struct dt_window {
    int64_t from_ms;
    int64_t until_ms;
};

struct dt_volume {
    enum dt_shape shape;
    uint32_t radius_mm;
    const struct dt_ring *rings;
    size_t ring_count;
    /* NULL, or for a corridor one window a leg (positions - 1 of them), inside
     * `time`: when that leg is in use. */
    const struct dt_window *legs;
    struct dt_window time;
    int32_t alt_lo_mm; /* closed band over the line's datum */
    int32_t alt_hi_mm;
};

/*
 * Checks everything the geometry relies on. DT_OK, or the first fault found:
 *
 *   BAD_COORDINATE    latitude or longitude out of range
 *   OPEN_RING         a polygon ring does not end where it began
 *   CROSSING_RING     a ring crosses or revisits itself, or crosses another ring
 *   DEGENERATE        too few positions, no radius, or a ring narrower than 1 mm
 *   TOO_LARGE         more than DT_RING_MAX or DT_RINGS_MAX; an edge over a
 *                     quarter of the globe; a polygon that reaches more than 60
 *                     degrees of arc from the middle of its corners
 *   BAD_VALUE         unknown shape, legs where none may be, a hole outside the
 *                     outer ring or inside another hole, a band upside down
 *   MISSING_ALTITUDE  a bound is DT_ALT_MISSING
 *   BAD_TIME          beyond +-DT_TIME_MAX_MS, or a leg outside `time`
 *   END_BEFORE_START  a window that is empty or backwards
 *
 * Cost: pairs of edges of one ring, and of rings whose bounds meet; measured 0.5
 * microseconds for a dozen corners, 0.1 ms for one full ring, 40 ms for 64 of them.
 * Uses about 80 KiB of stack.
 */
DT_MUST_USE enum dt_err dt_volume_check(const struct dt_volume *volume);

/* A cap that holds the whole footprint: cheap to keep, cheap to compare. */
struct dt_bound {
    double x, y, z; /* unit vector to its middle, axes scaled to a unit sphere */
    double reach;   /* metres along the surface, an upper bound, radius included */
};

struct dt_bound dt_volume_bound(const struct dt_volume *volume);

/* True only if the footprints are certainly more than `lateral_mm` apart; false
 * says nothing. About 10 ns. */
bool dt_bound_apart(const struct dt_bound *a, const struct dt_bound *b, uint32_t lateral_mm);

#endif

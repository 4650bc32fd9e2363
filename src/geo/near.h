/* SPDX-License-Identifier: ISC */
/*
 * near - a quick opinion on whether two footprints come within a distance: certainly,
 * certainly not, or ask distance.h. Internal to geo; index.h is what others use.
 *
 *     volume -> [near] -> index        distance.h decides what is left
 *
 * Both footprints are drawn on one plane that touches the asker's middle. Dividing the
 * axes of the ellipsoid by (a, a, b) makes it a unit sphere (edge.h); the gnomonic view
 * of that sphere shows great circles as straight lines, and stretching the plane by a
 * eastward and by the local radius of the meridian ellipse northward gives metres. What
 * the plane is wrong by is bounded, not estimated:
 *
 *   scale   At a place an angle r from the middle the gnomonic view stretches by 1 to
 *           1 + r^2. The stretch of the ellipsoid against the sphere has directions
 *           and sizes that differ from those at the middle: squares by at most
 *           e^2 (r + 1.57 r), so lengths by 0.0087 r (e^2 = 0.00669; the turn of north
 *           is at most 1.57 r / cos(beta), its effect carries cos^2(beta)). Lengths on
 *           the plane are taken as right to 1.1 r^2 + 0.01 r.
 *   edges   A geodesic strays from the straight line by 1.5 BEND L^2 / 8 (edge.h).
 *   places  The series for a place near the middle is within 1 cm; half a millimetre
 *           is the rounding of distances. 5 cm cover two places and both.
 *
 * A verdict inside these bounds is left open. In a theatre of 300 km one pair in some
 * thousands is. The opinion never decides what the bounds do not, so it takes no part in
 * "the same bits everywhere": with or without it the answers are those of distance.h.
 */
#ifndef DT_GEO_NEAR_H
#define DT_GEO_NEAR_H

#include <stddef.h>
#include <stdint.h>

#include "geo/volume.h"

enum { DT_NEAR_POINTS = 1280 }; /* of one volume; more is left to distance.h */

/* A footprint on the plane. */
struct dt_flat {
    const struct dt_volume *volume;
    size_t points;
    double reach2;                 /* square of the farthest point from the middle, metres */
    double edge2;                  /* square of the longest edge */
    double x_lo, x_hi, y_lo, y_hi; /* of the points */
    double x[DT_NEAR_POINTS], y[DT_NEAR_POINTS];
};

/* The plane of one asker, with its own footprint on it; 21 KiB. */
struct dt_near {
    struct dt_point middle;
    double sin_b, cos_b;   /* reduced latitude of the middle */
    double x, y, z;        /* the middle on the unit sphere */
    double east_x, east_y; /* the direction east there */
    double slope[3];       /* reduced by geographic latitude: derivatives at the middle */
    double scale;          /* metres a radian northward */
    bool usable;           /* false: every opinion is DT_NEAR_OPEN */
    struct dt_flat own;
};

enum dt_nearness { DT_NEAR_NO, DT_NEAR_YES, DT_NEAR_OPEN };

/* `volume` passed dt_volume_check and outlives `near`. */
void dt_near_init(struct dt_near *near, const struct dt_volume *volume);

/* Whether the asker and `other` are within `lateral_mm`, legs' windows within
 * `temporal_ms`, as dt_distance_within() would say. `room` is overwritten. 0.1 to 0.3
 * microseconds for a dozen corners; two full volumes are 1.6 million pairs of edges, 10 ms. */
enum dt_nearness dt_near_opinion(const struct dt_near *near, const struct dt_volume *other,
                                 uint32_t lateral_mm, int64_t temporal_ms, struct dt_flat *room);

#endif

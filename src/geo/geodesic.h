/* SPDX-License-Identifier: ISC */
/*
 * geodesic - shortest lines on the WGS84 ellipsoid: the inverse problem (how
 * far, which way), the direct problem (where do I get to), and positions along
 * a line.
 *
 *     math -> [geodesic] -> edge -> distance -> conflict
 *
 * After C. F. F. Karney, "Algorithms for geodesics", Journal of Geodesy 87
 * (2013) 43-55, with the series in the third flattening to sixth order: the
 * truncation error is below 1e-12 m on this ellipsoid, the rest is rounding.
 * Deviation: near-antipodal pairs start Newton's method without the astroid
 * approximation and fall back on bisection, which is slower and equally exact.
 *
 * Measured against an independent implementation (tests/geo): distance within
 * 20 nm for all pairs, positions within 20 nm. Deterministic (see math.h), pure,
 * no state. Units: metres, radians, or 1e-7 degree where the name says e7.
 */
#ifndef DT_GEO_GEODESIC_H
#define DT_GEO_GEODESIC_H

#include <stdint.h>

#include "geo/point.h"

/* WGS84 (NGA.STND.0036). */
#define DT_EARTH_A 6378137.0
#define DT_EARTH_F (1.0 / 298.257223563)
#define DT_EARTH_B (DT_EARTH_A * (1.0 - DT_EARTH_F))

/* A position as it is computed with: reduced latitude beta (tan beta =
 * (1-f) tan phi) by sine and cosine, longitude in 1e-7 degree, not rounded. */
struct dt_place {
    double sin_b;
    double cos_b; /* never 0; tiny at a pole */
    double lon_e7;
};

/* A direction: sine and cosine of the azimuth, clockwise from north. */
struct dt_azimuth {
    double sine;
    double cosine;
};

struct dt_geodesic {
    double metres;
    struct dt_azimuth start; /* at the first point, toward the second */
    struct dt_azimuth end;   /* at the second point, going on */
};

/* A geodesic ready for many positions. Opaque: filled by dt_line_init. */
struct dt_line {
    double sin_a0, cos_a0; /* azimuth where the line crosses the equator */
    double sin_o1, cos_o1; /* spherical longitude at the start, scaled */
    double sin_t1, cos_t1; /* rectifying angle at the start */
    double sin_s1, cos_s1; /* arc length on the auxiliary sphere at the start */
    double scale;          /* metres a radian of rectifying angle */
    double b11, b31, a3c;
    double c1[6], c1p[6], c3[5];
    double lon_e7;
};

struct dt_place dt_place(struct dt_point point);
/* Nearest representable point; longitude in -180 < lon <= 180 degrees. */
struct dt_point dt_place_point(const struct dt_place *place);

/* Never fails. Coincident places give 0 and azimuths of no meaning. Cost: about
 * 1 microsecond, ten times that for pairs within half a degree of antipodal. */
void dt_inverse(const struct dt_place *a, const struct dt_place *b, struct dt_geodesic *out);

void dt_line_init(struct dt_line *line, const struct dt_place *from, struct dt_azimuth azimuth);
/* `metres` may be negative. `azimuth` may be NULL. */
void dt_line_at(const struct dt_line *line, double metres, struct dt_place *place,
                struct dt_azimuth *azimuth);

/* The same for records' points. Azimuths in radians clockwise from north. */
double dt_geodesic_inverse(struct dt_point a, struct dt_point b, double *azimuth_a,
                           double *azimuth_b);
struct dt_point dt_geodesic_direct(struct dt_point from, double azimuth, double metres);

#endif

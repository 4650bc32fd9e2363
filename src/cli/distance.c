/* SPDX-License-Identifier: ISC */
#include "cli/distance.h"

#include "geo/geodesic.h"

double dt_metres_apart(struct dt_point a, struct dt_point b)
{
    double from, to;
    return dt_geodesic_inverse(a, b, &from, &to);
}

struct dt_point cli_point_at(struct dt_point from, double azimuth, double metres)
{
    return dt_geodesic_direct(from, azimuth, metres);
}

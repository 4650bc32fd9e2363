/* SPDX-License-Identifier: ISC */
/* distance - how far two places are apart, for a doubt and not for a decision. */
#ifndef DT_CLI_DISTANCE_H
#define DT_CLI_DISTANCE_H

#include "geo/point.h"

double dt_metres_apart(struct dt_point a, struct dt_point b);

/* The point that far away, `azimuth` in radians clockwise from north. */
struct dt_point cli_point_at(struct dt_point from, double azimuth, double metres);

#endif

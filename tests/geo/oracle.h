/* SPDX-License-Identifier: ISC */
/*
 * oracle - core distances by another road: PROJ's geodesics and azimuthal
 * equidistant charts, no theorem about where the minimum is, no bounds.
 *
 * Every pair of edges is cut into eight pieces each, the pieces are laid on a
 * chart round the middle of the closest approach found so far, and the closest
 * pair of pieces is cut again, until they are a metre long: there the chart is
 * exact. Whether a region holds a point is the winding number of its densified
 * rings on the chart round that point. Good to a few micrometres for edges up to
 * about 200 km and cores that are not much farther apart than that.
 */
#ifndef DT_TESTS_GEO_ORACLE_H
#define DT_TESTS_GEO_ORACLE_H

#include "geo/volume.h"

/* Metres between the cores; legs count at any time. */
double oracle_core_distance(const struct dt_volume *a, const struct dt_volume *b);

/* Metres from a point to an edge of any length, by golden section along it. */
double oracle_point_edge(struct dt_point p, struct dt_point a, struct dt_point b);

double oracle_distance(struct dt_point a, struct dt_point b, double *azimuth_degrees);
void oracle_direct(struct dt_point from, double azimuth_degrees, double metres,
                   struct dt_point *to);

#endif

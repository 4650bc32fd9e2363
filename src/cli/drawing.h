/* SPDX-License-Identifier: ISC */
/*
 * drawing - a volume's core as a GeoJSON geometry by RFC 7946: edges straight in longitude
 * and latitude within half a metre of the geodesic (straight.h), outer rings anticlockwise,
 * cut at the antimeridian (3.1.9), poles as edges along 90 degrees of latitude.
 *
 * A circle is a polygon that holds it. What was drawn cannot be read back exactly: exports
 * say the volume's own positions beside it (features.h).
 */
#ifndef DT_CLI_DRAWING_H
#define DT_CLI_DRAWING_H

#include <jansson.h>

#include "geo/volume.h"

/* Polygon, MultiPolygon, LineString or MultiLineString; NULL without memory. `v` passed
 * dt_volume_check(). */
json_t *cli_drawing(const struct dt_volume *v);

/* [longitude, latitude] in degrees. */
json_t *cli_position(struct dt_point point);

#endif

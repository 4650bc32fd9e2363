/* SPDX-License-Identifier: ISC */
/*
 * point - a position as it stands in records: integers, exact. Apart from
 * geodesic.h so that layers which only hand positions on need not see what geo
 * computes with. Plain data.
 */
#ifndef DT_GEO_POINT_H
#define DT_GEO_POINT_H

#include <stdint.h>

enum {
    DT_LAT_MAX_E7 = 900000000,  /* 90 degrees in 1e-7 degree */
    DT_LON_MAX_E7 = 1800000000, /* 180 degrees; -180 and 180 are the same meridian */
};

struct dt_point {
    int32_t lat_e7;
    int32_t lon_e7;
};

#endif

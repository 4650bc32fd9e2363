/* SPDX-License-Identifier: ISC */
#include "geo/offset.h"

#include "geo/geodesic.h"
#include "geo/math.h"

static bool too_far(int64_t lat_e7)
{
    return lat_e7 > DT_OFFSET_LAT_MAX_E7 || lat_e7 < -DT_OFFSET_LAT_MAX_E7;
}

enum dt_err dt_offset(struct dt_point *at, double north_m, double east_m)
{
    const double e2 = DT_EARTH_F * (2.0 - DT_EARTH_F);
    double sine = 0.0, cosine = 0.0;
    dt_sincos_e7((double)at->lat_e7, &sine, &cosine);
    const double w = dt_sqrt(1.0 - e2 * sine * sine), across = DT_EARTH_A / w;
    const double along = across * (1.0 - e2) / (w * w);
    const int64_t lat = at->lat_e7 + dt_round(north_m / along / DT_RADIAN_PER_E7);
    if (too_far(at->lat_e7) || too_far(lat)) {
        return DT_ERR_BAD_VALUE;
    }
    const int64_t turn = 2 * (int64_t)DT_LON_MAX_E7;
    int64_t lon = at->lon_e7 + dt_round(east_m / (across * cosine) / DT_RADIAN_PER_E7);
    lon -= lon > DT_LON_MAX_E7 ? turn : 0;
    lon += lon < -(int64_t)DT_LON_MAX_E7 ? turn : 0;
    *at = (struct dt_point){(int32_t)lat, (int32_t)lon};
    return DT_OK;
}

/* SPDX-License-Identifier: ISC */
#include "geo/box.h"

#include "geo/geodesic.h"
#include "geo/math.h"

#define TURN_E7 INT64_C(3600000000)
#define MERIDIAN_MIN (DT_EARTH_B * DT_EARTH_B / DT_EARTH_A) /* least radius of curvature */
#define POLAR_E7 880000000                                  /* beyond: all longitudes */

/* Latitudes and longitudes of a footprint in 1e-7 degree; longitude not wrapped. */
struct span {
    int64_t lat_lo, lat_hi, lon_lo, lon_hi;
};

static int64_t min_i64(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static int64_t max_i64(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

static int64_t clamp(int64_t value, int64_t lo, int64_t hi)
{
    return value < lo ? lo : value > hi ? hi : value;
}

static int64_t floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

/* Radians to 1e-7 degree, upward; more than all the way round is all the way. */
static int64_t e7_above(double radians)
{
    const double e7 = radians / DT_RADIAN_PER_E7;
    return e7 < (double)TURN_E7 ? (int64_t)e7 + 1 : TURN_E7;
}

/* The corners. False if the ring goes round a pole, or an edge comes so near one that
 * the bound of its bulge does not hold. `wide` gets the widest edge. */
static bool span_corners(struct span *s, const struct dt_volume *volume, int64_t *wide)
{
    const struct dt_ring *ring = &volume->rings[0];
    int64_t lon = ring->points[0].lon_e7;
    *s = (struct span){ring->points[0].lat_e7, ring->points[0].lat_e7, lon, lon};
    *wide = 0;
    for (size_t i = 1; i < ring->count; i++) {
        int64_t d = (int64_t)ring->points[i].lon_e7 - ring->points[i - 1].lon_e7;
        d += d < -TURN_E7 / 2 ? TURN_E7 : d > TURN_E7 / 2 ? -TURN_E7 : 0;
        lon += d;
        *wide = max_i64(*wide, d < 0 ? -d : d);
        s->lat_lo = min_i64(s->lat_lo, ring->points[i].lat_e7);
        s->lat_hi = max_i64(s->lat_hi, ring->points[i].lat_e7);
        s->lon_lo = min_i64(s->lon_lo, lon);
        s->lon_hi = max_i64(s->lon_hi, lon);
    }
    const bool round = volume->shape == DT_SHAPE_POLYGON && lon != ring->points[0].lon_e7;
    return !round && *wide < TURN_E7 / 4;
}

/*
 * How far beyond its ends' latitudes an edge may bulge. On the auxiliary sphere of the
 * geodesic the highest place is at most half the edge's longitude, h, from its higher end,
 * so tan(top) <= tan(end) / cos(h) and top - end <= (1 / cos(h) - 1) / 2; longitudes on
 * that sphere are greater by less than 0.4 %, geographic latitudes grow by less too.
 */
static int64_t bulge(int64_t wide)
{
    const double h = 0.502 * (double)wide * DT_RADIAN_PER_E7;
    return e7_above(0.26 * h * h * (1.0 + h * h));
}

/* By the cap that holds all of it: for what is near a pole or very large. */
static void span_cap(struct span *s, const struct dt_volume *volume, double metres)
{
    const struct dt_bound cap = dt_volume_bound(volume);
    const double middle = dt_atan2(cap.z, (1.0 - DT_EARTH_F) * dt_hypot(cap.x, cap.y));
    const int64_t lat = (int64_t)(middle / DT_RADIAN_PER_E7);
    const int64_t reach = e7_above((cap.reach + metres) / MERIDIAN_MIN) + 1;
    *s = (struct span){lat - reach, lat + reach, -TURN_E7 / 2, TURN_E7 / 2};
}

/* No way of so many metres leads farther north, south, east or west: the radii of
 * curvature are at least MERIDIAN_MIN and a. */
static void span_of(struct span *s, const struct dt_volume *volume, double metres)
{
    int64_t wide = 0;
    const double all = metres + (double)volume->radius_mm * 1e-3;
    if (!span_corners(s, volume, &wide)) {
        span_cap(s, volume, metres);
        return;
    }
    const int64_t reach = e7_above(all / MERIDIAN_MIN) + (wide > 0 ? bulge(wide) : 0);
    s->lat_lo -= reach;
    s->lat_hi += reach;
    const int64_t top = max_i64(s->lat_hi, -s->lat_lo);
    if (top > POLAR_E7) {
        s->lon_lo = -TURN_E7 / 2;
        s->lon_hi = TURN_E7 / 2;
        return;
    }
    double sine, cosine;
    dt_sincos_e7((double)top, &sine, &cosine);
    const int64_t aside = e7_above(all / (DT_EARTH_A * cosine));
    s->lon_lo -= aside;
    s->lon_hi += aside;
}

int32_t dt_box_time(int64_t ms)
{
    return (int32_t)clamp(floor_div(ms, 4000), -DT_BOX_TIME_MAX, DT_BOX_TIME_MAX);
}

enum { HEIGHTS = 536870912 }; /* of the axis to each datum */

void dt_box_heights(unsigned datum, int32_t *lo, int32_t *hi)
{
    *lo = (int32_t)(((int64_t)datum - DT_BOX_DATUMS / 2) * HEIGHTS);
    *hi = *lo + HEIGHTS - 1;
}

static int32_t height(int64_t mm, unsigned datum)
{
    int32_t lo, hi;
    dt_box_heights(datum, &lo, &hi);
    return (int32_t)clamp(lo + HEIGHTS / 2 + floor_div(mm, 8), lo, hi);
}

void dt_box_around(struct dt_box *box, const struct dt_volume *volume, unsigned datum,
                   const struct dt_separation *separation)
{
    struct span s;
    const int64_t t = separation->temporal_ms;
    span_of(&s, volume, (double)separation->lateral_mm * 1e-3);
    int64_t lon = floor_div(s.lon_lo, 4);
    int64_t width = floor_div(s.lon_hi, 4) - lon;
    if (width >= DT_BOX_TURN) {
        lon = -DT_BOX_TURN / 2;
        width = DT_BOX_TURN;
    }
    lon += lon < -DT_BOX_TURN / 2 ? DT_BOX_TURN : lon > DT_BOX_TURN / 2 ? -DT_BOX_TURN : 0;
    box->lo[DT_BOX_LAT] = (int32_t)floor_div(max_i64(s.lat_lo, -DT_LAT_MAX_E7), 4);
    box->hi[DT_BOX_LAT] = (int32_t)floor_div(min_i64(s.lat_hi, DT_LAT_MAX_E7), 4);
    box->lo[DT_BOX_LON] = (int32_t)lon;
    box->hi[DT_BOX_LON] = (int32_t)(lon + width);
    box->lo[DT_BOX_TIME] = dt_box_time(volume->time.from_ms - t);
    box->hi[DT_BOX_TIME] = dt_box_time(volume->time.until_ms - 1 + t);
    box->lo[DT_BOX_HEIGHT] = height((int64_t)volume->alt_lo_mm - separation->vertical_mm, datum);
    box->hi[DT_BOX_HEIGHT] = height((int64_t)volume->alt_hi_mm + separation->vertical_mm, datum);
}

void dt_box_of(struct dt_box *box, const struct dt_volume *volume, unsigned datum)
{
    static const struct dt_separation none = {0};
    dt_box_around(box, volume, datum, &none);
}

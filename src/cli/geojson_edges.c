/* SPDX-License-Identifier: ISC */
/*
 * Edges as RFC 7946 means them: straight in longitude and latitude, and cut at the
 * antimeridian. Volumes have geodesic edges that know no antimeridian, so what was cut is
 * joined again (geojson_join.c), long edges get positions between, and what is left of the difference makes
 * the volume wider. Never narrower than what was drawn.
 */
#include <libintl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli/geojson_edges.h"
#include "cli/straight.h"

#define _(text) gettext(text)

static bool at_pole(struct dt_point p)
{
    return abs(p.lat_e7) == DT_LAT_MAX_E7;
}

/* --- what has no one meaning -------------------------------------------------------------------- */

static enum dt_err check_ring(const struct dt_ring *ring, struct dt_geojson_fault *fault)
{
    for (size_t i = 0; i + 1 < ring->count; i++) {
        const struct dt_point a = ring->points[i], b = ring->points[i + 1];
        const bool pole = at_pole(a) && a.lat_e7 == b.lat_e7;
        if (!pole && llabs((int64_t)a.lon_e7 - b.lon_e7) >= DT_LON_MAX_E7) {
            return dt_geojson_say(fault, DT_ERR_BAD_VALUE,
                                  _("an edge over 180 degrees of longitude or more: cut the shape at "
                                    "the antimeridian (RFC 7946, 3.1.9); round a pole give corners "
                                    "between"));
        }
    }
    return DT_OK;
}

enum dt_err dt_geojson_check_edges(const struct dt_notice_plain *plain, struct dt_geojson_fault *fault)
{
    for (size_t i = 0; i < plain->ring_count; i++) {
        DT_TRY(check_ring(&plain->rings[i], fault));
    }
    return DT_OK;
}

/* --- the volumes of a notice with other rings -------------------------------------------------- */

struct dt_reshape *dt_reshape_begin(void)
{
    static struct dt_reshape made; /* one at a time: 50 KiB that nobody keeps */
    made.volumes = made.rings = made.points = made.legs = 0;
    return &made;
}

enum dt_err dt_reshape_volume(struct dt_reshape *made, const struct dt_notice_volume *v)
{
    if (made->volumes == DT_NOTICE_VOLUMES_MAX) {
        return DT_ERR_TOO_LARGE;
    }
    made->volume[made->volumes] = *v;
    made->volume[made->volumes].shape.ring_count = 0;
    made->volume[made->volumes].shape.legs = NULL;
    made->first_ring[made->volumes++] = made->rings;
    return DT_OK;
}

static enum dt_err open_ring(struct dt_reshape *made)
{
    if (made->rings == DT_NOTICE_RINGS_MAX) {
        return DT_ERR_TOO_LARGE;
    }
    made->first_point[made->rings] = made->points;
    made->ring_size[made->rings++] = 0;
    made->volume[made->volumes - 1].shape.ring_count++;
    return DT_OK;
}

static enum dt_err put(struct dt_reshape *made, struct dt_point p)
{
    if (made->points == sizeof made->point / sizeof made->point[0] ||
        made->ring_size[made->rings - 1] == DT_RING_MAX) {
        return DT_ERR_TOO_LARGE;
    }
    made->point[made->points++] = p;
    made->ring_size[made->rings - 1]++;
    return DT_OK;
}

enum dt_err dt_reshape_ring(struct dt_reshape *made, const struct dt_ring *ring)
{
    DT_TRY(open_ring(made));
    for (size_t i = 0; i < ring->count; i++) {
        DT_TRY(put(made, ring->points[i]));
    }
    return DT_OK;
}

void dt_reshape_end(const struct dt_reshape *made, struct dt_notice_plain *plain)
{
    memcpy(plain->points, made->point, made->points * sizeof made->point[0]);
    memcpy(plain->legs, made->leg, made->legs * sizeof made->leg[0]);
    for (size_t i = 0; i < made->rings; i++) {
        plain->rings[i] = (struct dt_ring){plain->points + made->first_point[i], made->ring_size[i]};
    }
    for (size_t i = 0; i < made->volumes; i++) {
        plain->volumes[i] = made->volume[i];
        plain->volumes[i].shape.rings = plain->rings + made->first_ring[i];
    }
    if (made->legs > 0) { /* only of a notice of one corridor */
        plain->volumes[0].shape.legs = plain->legs;
    }
    plain->volume_count = made->volumes;
    plain->ring_count = made->rings;
    plain->point_count = made->points;
    plain->leg_count = made->legs;
}

/* --- splitting ---------------------------------------------------------------------------------- */

/* Into how many parts, so that each strays by no more than DT_STRAY_M. */
static size_t parts_of(struct dt_point a, struct dt_point b, double *left_m)
{
    const double whole = at_pole(a) && a.lat_e7 == b.lat_e7 ? 0 : dt_stray_m(a, b);
    const double parts = fmax(1, ceil(sqrt(whole / DT_STRAY_M)));
    const double rounding = parts > 1 ? 0.01 : 0; /* positions are whole units of 1e-7 degree */
    *left_m = fmax(*left_m, whole / (parts * parts) + rounding);
    return parts > DT_RING_MAX ? DT_RING_MAX + 1 : (size_t)parts;
}

static struct dt_point between(struct dt_point a, struct dt_point b, size_t part, size_t parts)
{
    const double t = (double)part / (double)parts;
    int64_t lon = a.lon_e7 + llround(t * (double)dt_turn_e7(a, b));
    lon -= lon > DT_LON_MAX_E7 ? 2 * (int64_t)DT_LON_MAX_E7 : 0;
    lon += lon < -(int64_t)DT_LON_MAX_E7 ? 2 * (int64_t)DT_LON_MAX_E7 : 0;
    return (struct dt_point){(int32_t)(a.lat_e7 + llround(t * ((double)b.lat_e7 - a.lat_e7))), (int32_t)lon};
}

/* One ring or line with positions between; `legs` of it, one an edge, or NULL. */
static enum dt_err split_ring(struct dt_reshape *made, const struct dt_ring *ring,
                              const struct dt_window *legs, double *left_m)
{
    DT_TRY(open_ring(made));
    DT_TRY(put(made, ring->points[0]));
    for (size_t i = 0; i + 1 < ring->count; i++) {
        const struct dt_point a = ring->points[i], b = ring->points[i + 1];
        const size_t parts = parts_of(a, b, left_m);
        for (size_t k = 1; k <= parts; k++) {
            DT_TRY(put(made, k < parts ? between(a, b, k, parts) : b));
            if (legs != NULL) {
                made->leg[made->legs++] = legs[i];
            }
        }
    }
    return DT_OK;
}

static enum dt_err split_volume(struct dt_reshape *made, const struct dt_notice_volume *v)
{
    double left_m = 0;
    DT_TRY(dt_reshape_volume(made, v));
    for (size_t r = 0; r < v->shape.ring_count; r++) {
        DT_TRY(split_ring(made, &v->shape.rings[r], v->shape.legs, &left_m));
    }
    made->volume[made->volumes - 1].shape.radius_mm += (uint32_t)ceil(1000 * left_m);
    return DT_OK;
}

enum dt_err dt_geojson_straight(struct dt_notice_plain *plain, struct dt_geojson_fault *fault)
{
    struct dt_reshape *made = dt_reshape_begin();
    if (plain->volumes[0].shape.shape == DT_SHAPE_CIRCLE) {
        return DT_OK;
    }
    for (size_t i = 0; i < plain->volume_count; i++) {
        if (split_volume(made, &plain->volumes[i]) != DT_OK) {
            return dt_geojson_say(fault, DT_ERR_TOO_LARGE,
                                  _("edges are straight in longitude and latitude here: to follow them "
                                    "within 0.5 m takes more positions than a notice holds; cut the "
                                    "shape in two, or give shorter edges"));
        }
    }
    dt_reshape_end(made, plain);
    return DT_OK;
}

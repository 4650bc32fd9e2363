/* SPDX-License-Identifier: ISC */
/* shapes - random volumes everywhere on earth, and what an export says of them. */
#ifndef DT_TESTS_CLI_SHAPES_H
#define DT_TESTS_CLI_SHAPES_H

#include <math.h>

#include "base/text.h"
#include "cli/distance.h"
#include "cli/features.h"
#include "geo/distance.h"

#include "test.h"

#define SHAPES_T0 INT64_C(1772092800000) /* 2026-02-26T08:00Z, a Thursday */

static const double pi = 3.14159265358979323846;

/* --- shapes ------------------------------------------------------------------------------------- */

struct sample {
    struct dt_volume v;
    struct dt_ring rings[2];
    struct dt_point points[2][32];
    struct dt_point centre;
    double reach_m;
};

static double uniform(struct dt_rng *rng, double from, double to)
{
    return from + (to - from) * ((double)dt_rng_below(rng, 1000001) / 1e6);
}

/* Corners at rising azimuths, between two shares of the reach. */
static void star(struct dt_ring *ring, struct dt_point *points, struct dt_rng *rng, struct dt_point centre,
                 double near_m, double far_m)
{
    const unsigned corners = 3 + (unsigned)dt_rng_below(rng, 20);
    for (unsigned i = 0; i < corners; i++) {
        points[i] = cli_point_at(centre, 2 * pi * i / corners, uniform(rng, near_m, far_m));
    }
    points[corners] = points[0];
    *ring = (struct dt_ring){points, corners + 1};
}

static struct dt_point somewhere(struct dt_rng *rng)
{
    const unsigned where = (unsigned)dt_rng_below(rng, 4);
    const double lat = where == 1 ? uniform(rng, 84, 90) * (dt_rng_below(rng, 2) ? 1 : -1) : uniform(rng, -80, 80);
    const double lon = where == 2 ? 180 - uniform(rng, -2, 2) : uniform(rng, -180, 180);
    return (struct dt_point){(int32_t)lround(lat * 1e7),
                             (int32_t)llround((lon > 180 ? lon - 360 : lon) * 1e7)};
}

/* A random volume that passes; its bounds for sampling. */
static void make(struct sample *s, struct dt_rng *rng, enum dt_shape shape)
{
    do {
        memset(s, 0, sizeof *s);
        s->centre = somewhere(rng);
        s->reach_m = exp(uniform(rng, log(500), log(1500000)));
        s->v.shape = shape;
        s->v.rings = s->rings;
        s->v.ring_count = 1;
        s->v.time = (struct dt_window){1000, 2000};
        star(&s->rings[0], s->points[0], rng, s->centre, s->reach_m / 2, s->reach_m);
        if (shape == DT_SHAPE_CIRCLE) {
            s->points[0][0] = s->centre;
            s->rings[0].count = 1;
        } else if (shape == DT_SHAPE_CORRIDOR) {
            s->rings[0].count -= 2;
        } else if (dt_rng_below(rng, 2)) {
            star(&s->rings[1], s->points[1], rng, s->centre, s->reach_m / 20, s->reach_m / 8);
            s->v.ring_count = 2;
        }
        s->v.radius_mm = shape == DT_SHAPE_CIRCLE ? (uint32_t)(s->reach_m * 300) : shape == DT_SHAPE_CORRIDOR;
    } while (dt_volume_check(&s->v) != DT_OK);
}

static int64_t core_mm(const struct dt_volume *v, struct dt_point p)
{
    const struct dt_ring ring = {&p, 1};
    const struct dt_volume at = {.shape = DT_SHAPE_CIRCLE, .radius_mm = 1, .rings = &ring, .ring_count = 1};
    struct dt_distance d;
    dt_distance(&at, v, &d);
    return d.core_mm;
}

static inline int64_t boundary_mm(const struct sample *s, struct dt_point p)
{
    int64_t least = INT64_MAX;
    for (size_t r = 0; r < s->v.ring_count; r++) {
        struct dt_volume line = {.shape = DT_SHAPE_CORRIDOR, .radius_mm = 1, .rings = &s->rings[r], .ring_count = 1};
        const int64_t mm = core_mm(&line, p);
        least = mm < least ? mm : least;
    }
    return least;
}

/* --- notices ----------------------------------------------------------------------------------- */

static const struct dt_body_notice clear = {.category = DT_CATEGORY_FIRES, .request = DT_REQUEST_AVOID_WINDOW,
                                            .start_ms = SHAPES_T0, .end_ms = SHAPES_T0 + 9000000000};

/* What a node would say of this notice, as features. */
static json_t *exported(const struct dt_notice_plain *plain)
{
    static uint8_t bytes[DT_BODY_MAX], sealed[DT_SEALED_MAX];
    static char hex[2 * DT_BODY_MAX + 1], sealed_hex[2 * DT_SEALED_MAX + 1];
    size_t size = 0, sealed_size = 0;
    assert_err(dt_body_notice_encode(bytes, sizeof bytes, &size, &clear), DT_OK);
    assert_err(dt_notice_plain_encode(sealed, sizeof sealed, &sealed_size, plain, &clear), DT_OK);
    dt_hex(hex, bytes, size);
    dt_hex(sealed_hex, sealed, sealed_size);
    json_t *item = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s}", "id", "NORD.1-4-abcd", "category", "FIRES", "request",
                             "AVOID_WINDOW", "title", "x", "clear", hex, "plain", sealed_hex);
    json_t *features = json_array();
    assert_int_equal(cli_notice_features(features, item), plain->volume_count);
    json_decref(item);
    return json_pack("{s:s, s:o}", "type", "FeatureCollection", "features", features);
}

static void one_volume(struct dt_notice_plain *plain, const struct sample *s, struct dt_rng *rng)
{
    struct dt_notice_volume *v = &plain->volumes[0];
    memset(plain, 0, sizeof *plain);
    memcpy(plain->title, "x", 2);
    memcpy(plain->language, "en", 3);
    plain->volume_count = 1;
    v->shape = s->v;
    v->shape.time = (struct dt_window){SHAPES_T0 + (int64_t)dt_rng_below(rng, 100000), SHAPES_T0 + 8000000000};
    v->shape.alt_lo_mm = dt_rng_below(rng, 2) ? -DT_ALT_MAX_MM : 123456;
    v->shape.alt_hi_mm = dt_rng_below(rng, 2) ? DT_ALT_MAX_MM : 7000001;
    v->datum = (enum dt_datum)dt_rng_below(rng, 4);
    v->accuracy_mm = (uint32_t)dt_rng_below(rng, 10000);
    v->alt_accuracy_mm = (uint32_t)dt_rng_below(rng, 10000);
    v->tolerance_ms = (int64_t)dt_rng_below(rng, 7200000);
    if (dt_rng_below(rng, 3) == 0) {
        v->every_ms = 86400000;
        v->length_ms = 3600000 + (int64_t)dt_rng_below(rng, 60000);
    } else if (s->v.shape == DT_SHAPE_CORRIDOR) {
        for (size_t i = 0; i + 1 < s->rings[0].count; i++) {
            plain->legs[i] = (struct dt_window){v->shape.time.from_ms + (int64_t)i, SHAPES_T0 + 7000000000};
        }
        v->shape.legs = plain->legs;
    }
}

#endif

/* SPDX-License-Identifier: ISC */
/*
 * Goal: footprint distances are right to the millimetre, and the verdict at the
 * threshold is right on both sides of it, down to 1 mm.
 * Method: random pairs against oracle.h; then circles set beside edges of every
 * length, anywhere, with a radius that leaves a gap of so many millimetres.
 */
#include "test.h"

#include <math.h>

#include "geo/edge.h"
#include "oracle.h"
#include "world.h"

/* PROJ's seven-decimal degrees are not the integers' exact value times 1e-7; that,
 * and the chart, cost some nanometres; half a millimetre is the rounding itself. */
#define ROUNDING 0.000502

static void random_pairs_agree_with_the_oracle(void **state)
{
    (void)state;
    struct world world = {dt_rng("oracle").state};
    int compared = 0;
    int zero = 0;
    while (compared < 250) {
        struct world_volume a;
        struct world_volume b;
        world_pair(&world, &a, &b);
        struct dt_distance d;
        if (dt_volume_check(&a.volume) != DT_OK || dt_volume_check(&b.volume) != DT_OK) {
            continue;
        }
        dt_distance(&a.volume, &b.volume, &d);
        zero += d.core_mm == 0;
        if (d.core_mm > 100000000 || (d.core_mm == 0 && zero > 80)) {
            continue;
        }
        const double want = oracle_core_distance(&a.volume, &b.volume);
        if (fabs((double)d.core_mm * 1e-3 - want) > ROUNDING) {
            fail_msg("pair %d shapes %d %d: %lld mm, expected %.6f m, near %d,%d", compared,
                     (int)a.volume.shape, (int)b.volume.shape, (long long)d.core_mm, want,
                     a.point[0][0].lat_e7, a.point[0][0].lon_e7);
        }
        compared++;
    }
}

/* The reported places are on the cores and as far apart as reported. */
static void places_are_where_they_are_said_to_be(void **state)
{
    (void)state;
    struct world world = {dt_rng("places").state};
    for (int i = 0; i < 3000; i++) {
        struct world_volume a;
        struct world_volume b;
        world_pair(&world, &a, &b);
        if (dt_volume_check(&a.volume) != DT_OK || dt_volume_check(&b.volume) != DT_OK) {
            continue;
        }
        struct dt_distance d;
        double azimuth;
        dt_distance(&a.volume, &b.volume, &d);
        if (d.core_mm > 0) {
            assert_true(fabs(oracle_distance(d.a, d.b, &azimuth) - (double)d.core_mm * 1e-3) <
                        0.02);
            const double split = oracle_distance(d.a, d.between, &azimuth) +
                                 oracle_distance(d.between, d.b, &azimuth);
            assert_true(split - (double)d.core_mm * 1e-3 < 0.05);
        }
    }
}

struct threshold {
    struct dt_point edge[2];
    struct dt_point centre;
    double core; /* metres from centre to edge */
};

/* A point beside a random edge of the given length, `off` metres away. */
static bool beside_edge(struct dt_rng *rng, double length, double off, struct threshold *t)
{
    double azimuth;
    struct dt_point foot;
    t->edge[0].lat_e7 = (int32_t)((int64_t)dt_rng_below(rng, 1800000001) - 900000000);
    t->edge[0].lon_e7 = (int32_t)((int64_t)dt_rng_below(rng, 3600000001u) - 1800000000);
    oracle_direct(t->edge[0], (double)dt_rng_below(rng, 360), length, &t->edge[1]);
    const double whole = oracle_distance(t->edge[0], t->edge[1], &azimuth);
    const double at = whole * (double)dt_rng_below(rng, 1001) / 1000;
    oracle_direct(t->edge[0], azimuth, at, &foot);
    double onward;
    oracle_distance(foot, t->edge[1], &onward);
    oracle_direct(foot, at < whole ? onward + 90 : azimuth + 90, off, &t->centre);
    t->core = oracle_point_edge(t->centre, t->edge[0], t->edge[1]);
    const double mm = t->core * 1000;
    return fabs(mm - floor(mm) - 0.5) > 0.002; /* too close to the rounding edge to judge */
}

static void count_verdicts(const struct threshold *t, int64_t width_mm, int64_t lateral_mm,
                           int wrong[2])
{
    static const int64_t gaps[] = {-50, -10, -1, 0, 1, 10, 50};
    const int64_t core_mm = llround(t->core * 1000);
    for (size_t k = 0; k < sizeof gaps / sizeof gaps[0]; k++) {
        const int64_t radius = core_mm - width_mm - lateral_mm - gaps[k];
        if (radius < 1) {
            continue;
        }
        const struct dt_ring route = {t->edge, 2};
        const struct dt_ring centre = {&t->centre, 1};
        const struct dt_volume corridor = {.shape = DT_SHAPE_CORRIDOR,
                                           .radius_mm = (uint32_t)width_mm,
                                           .rings = &route,
                                           .ring_count = 1,
                                           .time = {0, 1}};
        const struct dt_volume circle = {.shape = DT_SHAPE_CIRCLE,
                                         .radius_mm = (uint32_t)radius,
                                         .rings = &centre,
                                         .ring_count = 1,
                                         .time = {0, 1}};
        assert_err(dt_volume_check(&corridor), DT_OK);
        assert_err(dt_volume_check(&circle), DT_OK);
        const struct dt_separation separation = {.lateral_mm = (uint32_t)lateral_mm};
        struct dt_conflict out;
        const bool got = dt_conflict_check(&corridor, &circle, &separation, &out) == DT_CONFLICT;
        wrong[0] += !got && gaps[k] <= 0;
        wrong[1] += got && gaps[k] > 0;
        if (got) {
            const int64_t mm = lateral_mm + gaps[k];
            assert_int_equal(out.distance.mm, mm > 0 ? mm : 0);
        }
    }
}

static void thresholds_are_exact_to_the_millimetre(void **state)
{
    (void)state;
    struct dt_rng rng = dt_rng("threshold");
    static const double lengths[] = {3, 100, 2000, 30000, 100000, 500000, 3000000};
    int wrong[2] = {0, 0}; /* missed, and raised for nothing */
    for (int i = 0; i < 2100; i++) {
        struct threshold t;
        const double off = 5.0 + (double)dt_rng_below(&rng, i % 10 == 0 ? 800000 : 20000);
        if (beside_edge(&rng, lengths[i % 7], off, &t)) {
            count_verdicts(&t, 1000, i % 2 == 0 ? 0 : 2000, wrong);
        }
    }
    assert_int_equal(wrong[0], 0);
    assert_int_equal(wrong[1], 0);
}

/* What is thrown out before it is measured is thrown out rightly, and what is
 * measured is right for edges and distances of any size. */
static void bounds_hold_and_feet_are_exact_at_any_size(void **state)
{
    (void)state;
    struct dt_rng rng = dt_rng("bounds");
    static const double lengths[] = {1, 10, 1e3, 1e4, 1e5, 5e5, 2e6, 8e6};
    static const double offs[] = {1, 1e3, 1e5, 1e6, 4e6, 9e6};
    static struct dt_path path;
    for (int i = 0; i < 4800; i++) {
        struct threshold t;
        double along;
        double azimuth;
        struct dt_foot foot;
        beside_edge(&rng, lengths[i % 8], offs[i / 8 % 6], &t);
        if (i % 3 == 0) { /* off the perpendicular, so beyond an end at times */
            struct dt_point moved;
            oracle_direct(t.centre, (double)dt_rng_below(&rng, 360), 0.3 * offs[i / 8 % 6], &moved);
            t.centre = moved;
            t.core = oracle_point_edge(t.centre, t.edge[0], t.edge[1]);
        }
        if (oracle_distance(t.edge[0], t.edge[1], &azimuth) > 9.9e6) {
            continue;
        }
        const struct dt_ring route = {t.edge, 2};
        const struct dt_node node = dt_node(t.centre);
        dt_path_load(&path, &route);
        const double chord = dt_edge_chord(&path, 0, node.at, &along);
        const double stray = path.edge[0].stray + 1e-7;
        assert_true(DT_EARTH_B * chord - stray <= t.core);
        assert_true(DT_EARTH_A * dt_angle_above(chord) + stray >= t.core);
        assert_true(dt_edge_low(&path, 0, &node, along) <= t.core);
        dt_edge_foot(&path, 0, &node.place, along, &foot);
        assert_true(fabs(foot.metres - t.core) < 1e-7);
    }
}

/* Against the edges of polygons, where the circle stands outside. */
static void polygon_thresholds_are_exact_to_the_millimetre(void **state)
{
    (void)state;
    struct dt_rng rng = dt_rng("polygon threshold");
    int judged = 0;
    for (int i = 0; i < 400; i++) {
        struct dt_point ring[5];
        struct dt_point centre;
        ring[0].lat_e7 = (int32_t)((int64_t)dt_rng_below(&rng, 1700000001) - 850000000);
        ring[0].lon_e7 = (int32_t)((int64_t)dt_rng_below(&rng, 3600000001u) - 1800000000);
        const double side = 50.0 * (double)(1 << dt_rng_below(&rng, 14));
        const double heading = (double)dt_rng_below(&rng, 360);
        for (int k = 1; k < 4; k++) {
            oracle_direct(ring[0], heading + 45.0 * (k - 1), k == 2 ? 1.4 * side : side, &ring[k]);
        }
        ring[4] = ring[0];
        oracle_direct(ring[0], heading - 170 + (double)dt_rng_below(&rng, 250),
                      10.0 + (double)dt_rng_below(&rng, 3000), &centre);
        const struct dt_ring rings = {ring, 5};
        const struct dt_ring point = {&centre, 1};
        struct dt_volume polygon = {
            .shape = DT_SHAPE_POLYGON, .rings = &rings, .ring_count = 1, .time = {0, 1}};
        struct dt_volume circle = {.shape = DT_SHAPE_CIRCLE,
                                   .radius_mm = 1,
                                   .rings = &point,
                                   .ring_count = 1,
                                   .time = {0, 1}};
        assert_err(dt_volume_check(&polygon), DT_OK);
        const double core = oracle_core_distance(&polygon, &circle);
        const double fraction = core * 1000 - floor(core * 1000);
        if (core < 1.0 || fabs(fraction - 0.5) < 0.01) {
            continue;
        }
        judged++;
        for (int gap = -1; gap <= 1; gap++) {
            circle.radius_mm = (uint32_t)(llround(core * 1000) - gap);
            const struct dt_separation separation = {0};
            struct dt_conflict out;
            const enum dt_verdict verdict = dt_conflict_check(&polygon, &circle, &separation, &out);
            assert_int_equal(verdict, gap <= 0 ? DT_CONFLICT : DT_APART_IN_PLACE);
        }
    }
    assert_true(judged > 200);
}

/* A great ellipse and a geodesic of 1,000 km part by tens of metres: places between
 * the two, on either side of a long edge, must be told apart all the same. */
static void places_beside_long_edges_are_on_the_right_side(void **state)
{
    (void)state;
    struct dt_rng rng = dt_rng("slivers");
    for (int i = 0; i < 2000; i++) {
        struct dt_point ring[4];
        struct dt_point foot;
        struct dt_point place;
        ring[0].lat_e7 = (int32_t)((int64_t)dt_rng_below(&rng, 1700000001) - 850000000);
        ring[0].lon_e7 = (int32_t)((int64_t)dt_rng_below(&rng, 3600000001u) - 1800000000);
        const double side = 1000.0 * (double)(1 << dt_rng_below(&rng, 12));
        const double heading = (double)dt_rng_below(&rng, 360);
        oracle_direct(ring[0], heading, side, &ring[1]);
        oracle_direct(ring[0], heading + 60, side, &ring[2]); /* the inside is on the right */
        ring[3] = ring[0];
        double azimuth;
        double onward;
        const double whole = oracle_distance(ring[0], ring[1], &azimuth);
        oracle_direct(ring[0], azimuth, whole * (double)(100 + dt_rng_below(&rng, 801)) / 1000,
                      &foot);
        oracle_distance(foot, ring[1], &onward);
        const double off = 0.03 * (double)(1 << dt_rng_below(&rng, 11)); /* up to 31 m */
        const bool inside = i % 2 == 0;
        oracle_direct(foot, onward + (inside ? 90 : -90), off, &place);
        const struct dt_ring rings[2] = {{ring, 4}, {&place, 1}};
        const struct dt_volume polygon = {
            .shape = DT_SHAPE_POLYGON, .rings = &rings[0], .ring_count = 1, .time = {0, 1}};
        const struct dt_volume circle = {.shape = DT_SHAPE_CIRCLE,
                                         .radius_mm = 1,
                                         .rings = &rings[1],
                                         .ring_count = 1,
                                         .time = {0, 1}};
        assert_err(dt_volume_check(&polygon), DT_OK);
        struct dt_distance d;
        dt_distance(&polygon, &circle, &d);
        if (inside) {
            assert_int_equal(d.core_mm, 0);
        } else {
            const double want = oracle_point_edge(place, ring[0], ring[1]);
            assert_true(fabs((double)d.core_mm * 1e-3 - want) < ROUNDING);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_pairs_agree_with_the_oracle),
        cmocka_unit_test(places_are_where_they_are_said_to_be),
        cmocka_unit_test(thresholds_are_exact_to_the_millimetre),
        cmocka_unit_test(bounds_hold_and_feet_are_exact_at_any_size),
        cmocka_unit_test(polygon_thresholds_are_exact_to_the_millimetre),
        cmocka_unit_test(places_beside_long_edges_are_on_the_right_side),
    };
    return cmocka_run_group_tests_name("geo_oracle", tests, NULL, NULL);
}

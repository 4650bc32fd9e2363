/* SPDX-License-Identifier: ISC */
/*
 * Goal: our sin, cos and atan2 are as good as libm's, our geodesics as good as
 * PROJ's, everywhere on the ellipsoid.
 * Method: random arguments and pairs against both, the hard places on purpose:
 * short lines, poles, equator, antimeridian, nearly antipodal pairs.
 */
#include "test.h"

#include <math.h>

#include <geodesic.h>

#include "geo/geodesic.h"
#include "geo/math.h"

static double unit(struct dt_rng *rng)
{
    return (double)(dt_rng_next(rng) >> 11) * 0x1p-53;
}

static void sine_and_cosine_agree_with_libm(void **state)
{
    (void)state;
    struct dt_rng rng = dt_rng("sincos");
    for (int i = 0; i < 400000; i++) {
        const double x = (unit(&rng) - 0.5) * (i % 2 == 0 ? 7.0 : 2000.0);
        double s;
        double c;
        dt_sincos(x, &s, &c);
        assert_true(fabs(s - sin(x)) <= 2 * 0x1p-53 * fmax(fabs(sin(x)), 0x1p-40));
        assert_true(fabs(c - cos(x)) <= 2 * 0x1p-53 * fmax(fabs(cos(x)), 0x1p-40));
    }
}

static void sine_of_whole_quadrants_is_exact(void **state)
{
    (void)state;
    static const double want[5] = {0.0, 1.0, 0.0, -1.0, 0.0};
    for (int k = -8; k <= 8; k++) {
        double s;
        double c;
        dt_sincos_e7(9e8 * k, &s, &c);
        assert_true(s == want[(k % 4 + 4) % 4]);
        assert_true(c == want[(k % 4 + 4) % 4 + 1]);
    }
    double s;
    double c;
    dt_sincos_e7(3e8, &s, &c);
    assert_true(fabs(s - 0.5) <= 0x1p-53);
    struct dt_rng rng = dt_rng("degrees");
    for (int i = 0; i < 100000; i++) {
        const double x = (double)((int64_t)dt_rng_below(&rng, 3600000001u) - 1800000000);
        dt_sincos_e7(x, &s, &c);
        const long double radians = (long double)x * 1e-7L * 3.141592653589793238462643L / 180;
        assert_true(fabs(s - (double)sinl(radians)) <= 0x1p-52);
        assert_true(fabs(c - (double)cosl(radians)) <= 0x1p-52);
    }
}

static void arctangent_agrees_with_libm(void **state)
{
    (void)state;
    struct dt_rng rng = dt_rng("atan2");
    for (int i = 0; i < 400000; i++) {
        const double x = (unit(&rng) - 0.5) * (i % 3 == 0 ? 1e-9 : 1.0);
        const double y = (unit(&rng) - 0.5) * (i % 3 == 1 ? 1e-7 : 1.0);
        const double want = atan2(y, x);
        assert_true(fabs(dt_atan2(y, x) - want) <= 2.5 * 0x1p-52 * fabs(want));
    }
    assert_true(dt_atan2(0.0, 0.0) == 0.0);
    assert_true(dt_atan2(0.0, -1.0) == DT_PI);
    assert_true(dt_atan2(-1.0, 0.0) == -DT_PI / 2);
}

static void hyperbolic_functions_agree_with_libm(void **state)
{
    (void)state;
    for (double x = -2.0; x <= 2.0; x += 0x1p-9) {
        double s;
        double c;
        dt_sinhcosh_small(x, &s, &c);
        assert_true(fabs(s - sinh(x)) <= 4e-16 * fmax(fabs(sinh(x)), 1e-300));
        assert_true(fabs(c - cosh(x)) <= 4e-16 * cosh(x));
        assert_true(fabs(dt_atanh_small(x / 4) - atanh(x / 4)) <= 4e-16 * fabs(x));
    }
}

static void rounding_takes_halves_away_from_zero(void **state)
{
    (void)state;
    assert_int_equal(dt_round(0.5), 1);
    assert_int_equal(dt_round(-0.5), -1);
    assert_int_equal(dt_round(2.4999), 2);
    assert_int_equal(dt_round(-7.0), -7);
}

/* --- geodesics ------------------------------------------------------------ */

static struct dt_point anywhere(struct dt_rng *rng)
{
    return (struct dt_point){(int32_t)((int64_t)dt_rng_below(rng, 1800000001) - 900000000),
                             (int32_t)((int64_t)dt_rng_below(rng, 3600000001u) - 1800000000)};
}

static struct dt_point beside(struct dt_rng *rng, int64_t lat, int64_t lon, int64_t spread)
{
    lat += (int64_t)dt_rng_below(rng, (uint64_t)(2 * spread + 1)) - spread;
    lon += (int64_t)dt_rng_below(rng, (uint64_t)(2 * spread + 1)) - spread;
    lat = lat > 900000000 ? 900000000 : lat < -900000000 ? -900000000 : lat;
    lon = lon > 1800000000 ? lon - 3600000000 : lon < -1800000000 ? lon + 3600000000 : lon;
    return (struct dt_point){(int32_t)lat, (int32_t)lon};
}

static void check_inverse(const struct geod_geodesic *g, struct dt_point a, struct dt_point b)
{
    double s;
    double az1;
    double az2;
    double ours1;
    double ours2;
    geod_inverse(g, a.lat_e7 * 1e-7, a.lon_e7 * 1e-7, b.lat_e7 * 1e-7, b.lon_e7 * 1e-7, &s, &az1,
                 &az2);
    const double d = dt_geodesic_inverse(a, b, &ours1, &ours2);
    if (!(fabs(d - s) <= 3e-8)) {
        fail_msg("%d,%d to %d,%d: %.9f, expected %.9f", a.lat_e7, a.lon_e7, b.lat_e7, b.lon_e7, d,
                 s);
    }
    if (s > 1.0 && s < 1.9e7) {
        assert_true(fabs(remainder(ours1 * 180 / M_PI - az1, 360)) * M_PI / 180 * fmin(s, 1e6) <
                    1e-6);
        assert_true(fabs(remainder(ours2 * 180 / M_PI - az2, 360)) * M_PI / 180 * fmin(s, 1e6) <
                    1e-6);
    }
}

static void inverse_agrees_with_proj_everywhere(void **state)
{
    (void)state;
    struct geod_geodesic g;
    geod_init(&g, DT_EARTH_A, DT_EARTH_F);
    struct dt_rng rng = dt_rng("inverse");
    for (int i = 0; i < 40000; i++) {
        const struct dt_point a = anywhere(&rng);
        check_inverse(&g, a, anywhere(&rng));
        check_inverse(&g, a, beside(&rng, a.lat_e7, a.lon_e7, 20));
        check_inverse(&g, a, beside(&rng, a.lat_e7, a.lon_e7, 1000000));
        check_inverse(&g, a, beside(&rng, -a.lat_e7, (int64_t)a.lon_e7 + 1800000000, 9000000));
        const struct dt_point pole = {i % 2 == 0 ? 900000000 : -900000000, a.lon_e7};
        check_inverse(&g, pole, a);
        check_inverse(&g, beside(&rng, pole.lat_e7, 0, 2000000),
                      beside(&rng, pole.lat_e7, a.lon_e7, 2000000));
        const struct dt_point equator = {0, a.lon_e7};
        check_inverse(&g, equator, (struct dt_point){0, -a.lon_e7 / 3});
        check_inverse(&g, equator, beside(&rng, 0, a.lon_e7, 300));
        check_inverse(&g, (struct dt_point){a.lat_e7, 1799999999},
                      beside(&rng, a.lat_e7, -1800000000, 3000));
    }
}

static void inverse_handles_coincidence_and_antipodes(void **state)
{
    (void)state;
    struct geod_geodesic g;
    geod_init(&g, DT_EARTH_A, DT_EARTH_F);
    static const struct dt_point special[] = {
        {0, 0},
        {0, 1800000000},
        {0, -1800000000},
        {900000000, 0},
        {-900000000, 5},
        {1, 0},
        {-1, 1799999999},
        {0, 1794000000},
        {0, 1793967000},
        {450000000, 0},
        {-450000000, 1800000000},
        {300000000, 1},
        {-300000000, 1799000000},
        {899999999, 123},
        {-899999999, -1799999877},
    };
    const size_t n = sizeof special / sizeof special[0];
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < n; j++) {
            double s;
            double d1;
            double d2;
            geod_inverse(&g, special[i].lat_e7 * 1e-7, special[i].lon_e7 * 1e-7,
                         special[j].lat_e7 * 1e-7, special[j].lon_e7 * 1e-7, &s, &d1, &d2);
            const double d = dt_geodesic_inverse(special[i], special[j], &d1, &d2);
            if (!(fabs(d - s) <= 3e-8)) {
                fail_msg("%zu, %zu: %.9f, expected %.9f", i, j, d, s);
            }
        }
    }
}

static void direct_agrees_with_proj_everywhere(void **state)
{
    (void)state;
    struct geod_geodesic g;
    geod_init(&g, DT_EARTH_A, DT_EARTH_F);
    struct dt_rng rng = dt_rng("direct");
    for (int i = 0; i < 60000; i++) {
        struct dt_point a = anywhere(&rng);
        a.lat_e7 = i % 16 == 0 ? 0 : i % 16 == 1 ? 900000000 : a.lat_e7;
        const double azimuth = i % 8 == 0 ? M_PI / 2 : unit(&rng) * 2 * M_PI;
        const double metres = unit(&rng) * (i % 2 == 0 ? 1e5 : 2e7);
        double lat;
        double lon;
        double end;
        geod_direct(&g, a.lat_e7 * 1e-7, a.lon_e7 * 1e-7, azimuth * 180 / M_PI, metres, &lat, &lon,
                    &end);
        struct dt_azimuth way;
        struct dt_line line;
        struct dt_place place;
        const struct dt_place from = dt_place(a);
        dt_sincos(azimuth, &way.sine, &way.cosine);
        dt_line_init(&line, &from, way);
        dt_line_at(&line, metres, &place, &way);
        const double our_lat = atan2(place.sin_b, (1 - DT_EARTH_F) * place.cos_b) * 180 / M_PI;
        double off;
        double d1;
        double d2;
        geod_inverse(&g, lat, lon, our_lat, place.lon_e7 * 1e-7, &off, &d1, &d2);
        assert_true(off < 4e-8);
        const struct dt_point rounded = dt_geodesic_direct(a, azimuth, metres);
        geod_inverse(&g, lat, lon, rounded.lat_e7 * 1e-7, rounded.lon_e7 * 1e-7, &off, &d1, &d2);
        assert_true(off < 0.009);
    }
}

static void a_pair_exchanged_is_equally_far(void **state)
{
    (void)state;
    struct dt_rng rng = dt_rng("exchange");
    for (int i = 0; i < 20000; i++) {
        const struct dt_point a = anywhere(&rng);
        const struct dt_point b = beside(&rng, a.lat_e7, a.lon_e7, 50000000);
        double x;
        double y;
        assert_true(fabs(dt_geodesic_inverse(a, b, &x, &y) - dt_geodesic_inverse(b, a, &x, &y)) <
                    3e-8);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sine_and_cosine_agree_with_libm),
        cmocka_unit_test(sine_of_whole_quadrants_is_exact),
        cmocka_unit_test(arctangent_agrees_with_libm),
        cmocka_unit_test(hyperbolic_functions_agree_with_libm),
        cmocka_unit_test(rounding_takes_halves_away_from_zero),
        cmocka_unit_test(inverse_agrees_with_proj_everywhere),
        cmocka_unit_test(inverse_handles_coincidence_and_antipodes),
        cmocka_unit_test(direct_agrees_with_proj_everywhere),
        cmocka_unit_test(a_pair_exchanged_is_equally_far),
    };
    return cmocka_run_group_tests_name("geodesic", tests, NULL, NULL);
}

/* SPDX-License-Identifier: ISC */
/*
 * Goal: a position written and read again is the same position; grids agree with
 * PROJ's; what has two readings is refused.
 * Method: round trips of random positions, PROJ's transverse Mercator, and lists
 * of texts.
 */
#include "test.h"

#include <math.h>

#include <proj.h>

#include "geo/coord.h"
#include "geo/geodesic.h"
#include "geo/utm.h"

static struct dt_point anywhere(struct dt_rng *rng, int64_t lat_limit)
{
    return (struct dt_point){
        (int32_t)((int64_t)dt_rng_below(rng, (uint64_t)(2 * lat_limit + 1)) - lat_limit),
        (int32_t)((int64_t)dt_rng_below(rng, 3600000001u) - 1800000000)};
}

static void assert_parses(const char *text, struct dt_point want)
{
    struct dt_point got;
    uint32_t square;
    const enum dt_err err = dt_coord_parse(&got, &square, text);
    if (err != DT_OK || got.lat_e7 != want.lat_e7 || got.lon_e7 != want.lon_e7) {
        fail_msg("%s: %s, %d %d", text, dt_err_name(err), got.lat_e7, got.lon_e7);
    }
}

static void degrees_come_back_exactly(void **state)
{
    (void)state;
    struct dt_rng rng = dt_rng("degrees");
    static const struct dt_point special[] = {
        {0, 0},   {900000000, 1800000000}, {-900000000, -1800000000},
        {-1, -1}, {599999999, 599999999},  {1, -1799999999}};
    char text[DT_COORD_SIZE];
    for (size_t i = 0; i < 100000; i++) {
        const struct dt_point p = i < 6 ? special[i] : anywhere(&rng, 900000000);
        dt_coord_decimal(text, p);
        assert_parses(text, p);
        dt_coord_dms(text, p);
        assert_parses(text, p);
    }
}

static void known_positions_are_written_as_known(void **state)
{
    (void)state;
    char text[DT_COORD_SIZE];
    const struct dt_point p = {361234567, 370000000};
    dt_coord_decimal(text, p);
    assert_string_equal(text, "36.1234567N 037.0000000E");
    dt_coord_dms(text, p);
    assert_string_equal(text, "36\u00b007'24.4441\"N 037\u00b000'00.0000\"E");
    assert_err(dt_coord_mgrs(text, p, 5), DT_OK);
    assert_string_equal(text, "37SCV2001499494");
    assert_err(dt_coord_mgrs(text, p, 2), DT_OK);
    assert_string_equal(text, "37SCV2099");
    assert_err(dt_coord_mgrs(text, p, 0), DT_OK);
    assert_string_equal(text, "37SCV");
    assert_err(dt_coord_utm(text, p), DT_OK);
    assert_string_equal(text, "37S 320014.88 3999494.09");
    assert_err(dt_coord_mgrs(text, p, 6), DT_ERR_BAD_VALUE);
    assert_err(dt_coord_mgrs(text, (struct dt_point){840000001, 0}, 5), DT_ERR_BAD_COORDINATE);
    assert_string_equal(text, "");
    assert_err(dt_coord_utm(text, (struct dt_point){-800000001, 0}), DT_ERR_BAD_COORDINATE);
    /* Landmarks: the Eiffel Tower, the Opera House in Sydney. */
    assert_err(dt_coord_mgrs(text, (struct dt_point){488582600, 22945000}, 3), DT_OK);
    assert_string_equal(text, "31UDQ482119");
    assert_err(dt_coord_mgrs(text, (struct dt_point){-338568000, 1512153000}, 3), DT_OK);
    assert_string_equal(text, "56HLH349522");
}

static void grid_agrees_with_proj(void **state)
{
    (void)state;
    PJ_CONTEXT *context = proj_context_create();
    struct dt_rng rng = dt_rng("utm");
    for (int zone = 1; zone <= 60; zone++) {
        char definition[80];
        snprintf(definition, sizeof definition, "+proj=utm +zone=%d +ellps=WGS84", zone);
        PJ *pj = proj_create(context, definition);
        assert_non_null(pj);
        for (int i = 0; i < 400; i++) {
            struct dt_point p = anywhere(&rng, 800000000);
            p.lon_e7 = (int32_t)((6 * zone - 186) * INT64_C(10000000) +
                                 (int64_t)dt_rng_below(&rng, 60000000));
            struct dt_utm utm;
            assert_err(dt_utm_from_point(&utm, p), DT_OK);
            if (utm.zone != zone) {
                continue; /* Norway, Svalbard */
            }
            const PJ_COORD c = proj_trans(
                pj, PJ_FWD,
                proj_coord(proj_torad(p.lon_e7 * 1e-7), proj_torad(p.lat_e7 * 1e-7), 0, 0));
            const double north = utm.northing - (p.lat_e7 < 0 ? 1e7 : 0);
            assert_true(fabs(c.xy.x - utm.easting) < 1e-6);
            assert_true(fabs(c.xy.y - north) < 1e-6);
            struct dt_point back;
            assert_err(dt_utm_to_point(&back, &utm, 1.0), DT_OK);
            assert_int_equal(back.lat_e7, p.lat_e7);
            assert_int_equal(back.lon_e7, p.lon_e7);
        }
        proj_destroy(pj);
    }
    proj_context_destroy(context);
}

static void norway_and_svalbard_have_their_zones(void **state)
{
    (void)state;
    static const struct {
        struct dt_point point;
        int zone;
        char band;
    } cases[] = {{{600000000, 50000000}, 32, 'V'},   {{600000000, 20000000}, 31, 'V'},
                 {{559999999, 50000000}, 31, 'U'},   {{640000000, 50000000}, 31, 'W'},
                 {{780000000, 80000000}, 31, 'X'},   {{780000000, 150000000}, 33, 'X'},
                 {{780000000, 220000000}, 35, 'X'},  {{780000000, 400000000}, 37, 'X'},
                 {{780000000, 420000000}, 38, 'X'},  {{840000000, 0}, 31, 'X'},
                 {{0, 1800000000}, 1, 'N'},          {{-1, -1800000000}, 1, 'M'},
                 {{-800000000, 1799999999}, 60, 'C'}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct dt_utm utm;
        assert_err(dt_utm_from_point(&utm, cases[i].point), DT_OK);
        assert_int_equal(utm.zone, cases[i].zone);
        assert_int_equal(utm.band, cases[i].band);
    }
}

static void mgrs_names_the_square_it_came_from(void **state)
{
    (void)state;
    struct dt_rng rng = dt_rng("mgrs");
    for (int i = 0; i < 100000; i++) {
        struct dt_point p = anywhere(&rng, 800000000);
        p.lat_e7 += i % 4 == 0 ? 40000000 : 0;
        p.lat_e7 = i % 16 == 1 ? -(int32_t)dt_rng_below(&rng, 100) : p.lat_e7;
        p.lat_e7 = i % 16 == 2 ? (int32_t)dt_rng_below(&rng, 20) * 80000000 - 800000000 : p.lat_e7;
        const unsigned digits = (unsigned)i % 6;
        char text[DT_COORD_SIZE];
        char again[DT_COORD_SIZE];
        struct dt_point middle;
        struct dt_point fine;
        uint32_t square;
        assert_err(dt_coord_mgrs(text, p, digits), DT_OK);
        const enum dt_err err = dt_coord_parse(&middle, &square, text);
        if (err != DT_OK) {
            fail_msg("%s: %s", text, dt_err_name(err));
        }
        static const uint32_t sides[] = {100000000, 10000000, 1000000, 100000, 10000, 1000};
        assert_int_equal(square, sides[digits]);
        double d1;
        double d2;
        const double off = dt_geodesic_inverse(p, middle, &d1, &d2);
        assert_true(off <= square * 1e-3 * 0.7072 * 1.002 + 0.02);
        if (digits ==
            5) { /* the middle of a metre lies in the same metre, if in the same zone and band */
            assert_err(dt_coord_mgrs(again, middle, 5), DT_OK);
            assert_err(dt_coord_parse(&fine, &square, again), DT_OK);
            assert_true(dt_geodesic_inverse(fine, middle, &d1, &d2) < 0.75);
        }
    }
}

static void people_may_write_as_they_do(void **state)
{
    (void)state;
    const struct dt_point p = {361166667, 371000000};
    assert_parses("36 07 00 N 037 06 00 E", p);
    assert_parses("36\u00b007'N 37\u00b06'E", p);
    assert_parses("N36\u00b007' E037\u00b006'", p);
    assert_parses("36:07N, 37:06E", p);
    assert_parses("36\u00b007\u203200\u2033n 37\u00b006\u203200\u2033e", p);
    assert_parses("37 06 E 36 07 N", p);
    assert_parses("36 7 37 6", p);
    assert_parses("36.11666667 37.1", p);
    assert_parses("+36.11666667, +37.1", p);
    assert_parses("36\u00b007.0'N;37\u00b006.0'E", p);
    assert_parses("36\u00b07'0''N 37\u00b06'0''E", p);
    assert_parses("-0.5 -0.25", (struct dt_point){-5000000, -2500000});
    assert_parses("0.5S 0.25W", (struct dt_point){-5000000, -2500000});
    assert_parses("36N 37E", (struct dt_point){360000000, 370000000});
    struct dt_point a;
    struct dt_point b;
    uint32_t square;
    assert_err(dt_coord_parse(&a, &square, "37SCV2001499494"), DT_OK);
    assert_int_equal(square, 1000);
    assert_err(dt_coord_parse(&b, &square, " 37s cv 20014 99494 "), DT_OK);
    assert_memory_equal(&a, &b, sizeof a);
    assert_err(dt_coord_parse(&b, &square, "37S 320014.5 3999494.5"), DT_OK);
    assert_memory_equal(&a, &b, sizeof a);
    assert_int_equal(square, 0);
}

static void two_readings_are_none(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        " ",
        "36",
        "36N",
        "36N 37N",
        "36E 37E",
        "36 37 38",
        "36.5.5 37",
        "36,5 37,5",
        "36..5 37",
        "36. 37",
        ".5 37",
        "36N 37",
        "36 37E",
        "N36N 37E",
        "-36N 37E",
        "36 -7 37 6",
        "36.5 30 37 0",
        "36' 37'",
        "36\u00b030\" 37\u00b0",
        "36\u00b0\u00b0 37",
        "36N 37E x",
        "x36 37",
        "3600 37",
        "36000000000000000000000000 37",
        "1 2 3 4 5 6 7",
        "36:07 : 37:06",
        "36 37;;",
        "37S",
        "37SC",
        "37SCV1",
        "37SCV123",
        "37SCV12 345",
        "37SCV 1 2 3",
        "37SCV123456123456",
        "37SIV11",
        "37SCV1O",
        "37SCW11",
        "37S 320014",
        "37S 320014 ",
        "37S 3200x14 3999494",
        "37S 320014 3999494 5",
        "36\n37",
        "36\t37",
    };
    struct dt_point p;
    uint32_t square;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        const enum dt_err err = dt_coord_parse(&p, &square, bad[i]);
        if (err != DT_ERR_BAD_TEXT) {
            fail_msg("\"%s\": %s", bad[i], dt_err_name(err));
        }
    }
    static const char *const off_earth[] = {
        "90.0000001 0",
        "-91 0",
        "0 180.0000001",
        "0 181",
        "36 60 37 00",
        "36 00 60 37 00 00",
        "999 0",
        "61SCV11",
        "0SCV11",
        "37SAV11",
        "37SCN11",
        "37ICV11",
        "37YCV11",
        "37S 1320014 3999494",
        "37S 320014 399949",
        "37C 320014 3999494",
    };
    for (size_t i = 0; i < sizeof off_earth / sizeof off_earth[0]; i++) {
        const enum dt_err err = dt_coord_parse(&p, &square, off_earth[i]);
        if (err != DT_ERR_BAD_COORDINATE) {
            fail_msg("\"%s\": %s", off_earth[i], dt_err_name(err));
        }
    }
    char text[DT_COORD_TEXT_MAX + 2];
    memset(text, ' ', sizeof text - 1);
    memcpy(text, "36 37", 5);
    text[sizeof text - 1] = '\0';
    assert_err(dt_coord_parse(&p, &square, text), DT_ERR_BAD_TEXT);
    text[sizeof text - 2] = '\0';
    assert_err(dt_coord_parse(&p, &square, text), DT_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(degrees_come_back_exactly),
        cmocka_unit_test(known_positions_are_written_as_known),
        cmocka_unit_test(grid_agrees_with_proj),
        cmocka_unit_test(norway_and_svalbard_have_their_zones),
        cmocka_unit_test(mgrs_names_the_square_it_came_from),
        cmocka_unit_test(people_may_write_as_they_do),
        cmocka_unit_test(two_readings_are_none),
    };
    return cmocka_run_group_tests_name("coord", tests, NULL, NULL);
}

/* SPDX-License-Identifier: ISC */
/*
 * Goal: rules, ids and conflicts are the same for both sides, cells never hide a
 * conflict, and a line full of notices is searched in time.
 * Method: pairs placed by hand; pairs at random, asked both ways; a clock.
 */
#include "world.h"

#include <inttypes.h>

#include <time.h>

#include "geo/cells.h"
#include "view/matcher.h"
#include "view/prepare.h"

enum { HOUR = 3600000 };

static void test_rules(void **state)
{
    (void)state;
    static struct dt_charter c;
    struct dt_rule_found r;
    dt_rule_for(&r, NULL, DT_CATEGORY_EVAC, DT_CATEGORY_FIRES);
    assert_true(r.separation.lateral_mm == 2000000 && r.separation.vertical_mm == 300000 &&
                r.separation.temporal_ms == HOUR / 2);
    assert_true(r.severity == DT_SEVERITY_SEVERE && !r.agreed);
    dt_rule_for(&r, NULL, DT_CATEGORY_FLIGHT, DT_CATEGORY_FIRES);
    assert_true(r.separation.temporal_ms == HOUR / 4 && r.severity == DT_SEVERITY_HIGH);
    dt_rule_for(&r, NULL, DT_CATEGORY_FLIGHT, DT_CATEGORY_FLIGHT);
    assert_true(r.separation.lateral_mm == 1000000 && r.severity == DT_SEVERITY_HIGH);
    dt_rule_for(&r, NULL, DT_CATEGORY_STATIC, DT_CATEGORY_HAZARD);
    assert_true(r.separation.lateral_mm == 500000);
    dt_rule_for(&r, NULL, DT_CATEGORY_STATIC, DT_CATEGORY_STATIC);
    assert_true(r.separation.lateral_mm == 200000 && r.severity == DT_SEVERITY_LOW);
    c = world()->charter;
    c.rules[0] =
        (struct dt_rule){DT_CATEGORY_FIRES, DT_CATEGORY_EVAC, 9000000, 1, 2, DT_SEVERITY_LOW};
    c.rule_count = 1;
    for (int swapped = 0; swapped < 2; swapped++) {
        dt_rule_for(&r, &c, swapped ? DT_CATEGORY_EVAC : DT_CATEGORY_FIRES,
                    swapped ? DT_CATEGORY_FIRES : DT_CATEGORY_EVAC);
        assert_true(r.agreed && r.separation.lateral_mm == 9000000 &&
                    r.severity == DT_SEVERITY_LOW);
    }
    struct dt_separation widest;
    dt_rule_widest(&widest, &c);
    assert_true(widest.lateral_mm == 9000000 && widest.vertical_mm == 300000 &&
                widest.temporal_ms == HOUR / 2);
}

struct notice {
    struct dt_body_notice clear;
    struct dt_notice_plain plain;
    struct dt_conflict_side side;
};

/* A circle of 100 m, an hour long. */
static void make(struct notice *n, unsigned member, uint64_t seq, enum dt_category category,
                 int32_t lat, int32_t lon, int64_t start)
{
    memset(n, 0, sizeof *n);
    n->clear = (struct dt_body_notice){.category = category,
                                       .request = DT_REQUEST_AVOID_WINDOW,
                                       .start_ms = start,
                                       .end_ms = start + HOUR};
    n->plain.points[0] = (struct dt_point){lat, lon};
    n->plain.rings[0] = (struct dt_ring){n->plain.points, 1};
    n->plain.volume_count = 1;
    n->plain.volumes[0] = (struct dt_notice_volume){.shape = {.shape = DT_SHAPE_CIRCLE,
                                                              .radius_mm = 100000,
                                                              .rings = n->plain.rings,
                                                              .ring_count = 1,
                                                              .time = {start, start + HOUR},
                                                              .alt_lo_mm = 0,
                                                              .alt_hi_mm = 30000},
                                                    .datum = DT_DATUM_SURFACE};
    assert_err(dt_notice_cells(&n->clear, &n->plain), DT_OK);
    n->side = (struct dt_conflict_side){.member = member,
                                        .ref = some_ref(dt_wid(member, 1), seq),
                                        .clear = &n->clear,
                                        .plain = &n->plain};
}

static struct notice a, b;
static struct dt_notice_conflict found;

static enum dt_conflict_outcome compare(int64_t now)
{
    dt_notice_conflict(&found, &world()->charter, &a.side, &b.side, now);
    return found.outcome;
}

static void test_a_conflict_is_found_and_said(void **state)
{
    (void)state;
    char sentence[512];
    make(&a, 0, 1, DT_CATEGORY_FIRES, 330000000, 440000000, T0);
    make(&b, 1, 1, DT_CATEGORY_MOVEMENT, 330100000, 440000000, T0 + HOUR + HOUR / 4);
    assert_int_equal(compare(0), DT_PAIR_CONFLICT);
    /* 0.01 degree of latitude at 33 N is 1109 m; two radii of 100 m less */
    assert_in_range(found.distance_mm, 908000, 910000);
    assert_true(found.same_datum && found.vertical_gap_mm == -30000 &&
                found.rule.severity == DT_SEVERITY_SEVERE && found.pairs == 1);
    assert_true(found.first_ms == T0 + HOUR && found.when.until_ms == T0 + HOUR + HOUR / 4);
    const size_t length =
        dt_conflict_sentence(sentence, sizeof sentence, &found, "NORD.1-1", "SUED.1-1", NULL);
    assert_true(length == strlen(sentence) && strchr(sentence, '{') == NULL);
    assert_non_null(strstr(sentence, "default, not agreed"));
    assert_non_null(strstr(sentence, "2.000 km"));
    assert_non_null(strstr(sentence, found.word));
    assert_int_equal(dt_conflict_sentence(sentence, 9, &found, "a", "b", NULL), 8);
    b.side.member = 0;
    assert_int_equal(compare(0), DT_PAIR_NONE_KNOWN); /* one party's own business */
    b.side.member = 1;
    b.plain.volumes[0].shape.alt_lo_mm = b.plain.volumes[0].shape.alt_hi_mm = 1000000;
    assert_int_equal(compare(0), DT_PAIR_NONE_KNOWN);
    b.plain.volumes[0].datum = DT_DATUM_AMSL; /* the ground may be that high */
    assert_int_equal(compare(0), DT_PAIR_CONFLICT);
    assert_false(found.same_datum);
}

static void set_band(struct notice *n, enum dt_datum datum, int32_t lower_m, int32_t upper_m)
{
    n->plain.volumes[0].datum = datum;
    n->plain.volumes[0].shape.alt_lo_mm = lower_m * 1000;
    n->plain.volumes[0].shape.alt_hi_mm = upper_m * 1000;
}

static void test_datums_differ_by_what_they_can(void **state)
{
    (void)state;
    make(&a, 0, 1, DT_CATEGORY_FIRES, 330000000, 440000000, T0);
    make(&b, 1, 1, DT_CATEGORY_FLIGHT, 330000000, 440000000, T0); /* 300 m vertically */
    const struct {
        enum dt_datum datum;
        int32_t lower_m, upper_m;
        enum dt_datum other;
        int32_t other_lower_m, other_upper_m;
        bool meet;
    } cases[] = {
        {DT_DATUM_LEVEL, 1000, 1000, DT_DATUM_LEVEL, 1300, 1400, true}, /* one datum: exact */
        {DT_DATUM_LEVEL, 1000, 1000, DT_DATUM_LEVEL, 1301, 1400, false},
        {DT_DATUM_LEVEL, 3048, 3048, DT_DATUM_AMSL, 0, 486, true}, /* from 786 m */
        {DT_DATUM_LEVEL, 3048, 3048, DT_DATUM_AMSL, 0, 485, false},
        {DT_DATUM_LEVEL, 3000, 3000, DT_DATUM_AMSL, 4500, 5000, true}, /* to 4,200 m */
        {DT_DATUM_LEVEL, 3000, 3000, DT_DATUM_AMSL, 4501, 5000, false},
        {DT_DATUM_SURFACE, 0, 30, DT_DATUM_AMSL, 9230, 10000, true}, /* on the highest ground */
        {DT_DATUM_SURFACE, 0, 30, DT_DATUM_AMSL, 9231, 10000, false},
        {DT_DATUM_WGS84, 0, 100, DT_DATUM_AMSL, 510, 600, true},
        {DT_DATUM_WGS84, 0, 100, DT_DATUM_AMSL, 511, 600, false},
        {DT_DATUM_SURFACE, 0, 30, DT_DATUM_LEVEL, 14306, 15000, true},
        {DT_DATUM_SURFACE, 0, 30, DT_DATUM_LEVEL, 14307, 15000, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        set_band(&a, cases[i].datum, cases[i].lower_m, cases[i].upper_m);
        set_band(&b, cases[i].other, cases[i].other_lower_m, cases[i].other_upper_m);
        const bool meet = compare(0) == DT_PAIR_CONFLICT;
        if (meet != cases[i].meet) {
            fail_msg("case %zu", i);
        }
    }
    set_band(&a, DT_DATUM_LEVEL, 1000, 1000);
    set_band(&b, DT_DATUM_LEVEL, 1800, 1800);
    assert_int_equal(compare(0), DT_PAIR_NONE_KNOWN);
    b.plain.volumes[0].alt_accuracy_mm = 499999;
    assert_int_equal(compare(0), DT_PAIR_NONE_KNOWN);
    b.plain.volumes[0].alt_accuracy_mm = 500000; /* accuracy brings it to 300 m */
    assert_int_equal(compare(0), DT_PAIR_CONFLICT);
}

static void test_the_night_between_windows_is_free(void **state)
{
    (void)state;
    make(&a, 0, 1, DT_CATEGORY_FIRES, 330000000, 440000000, T0);
    make(&b, 1, 1, DT_CATEGORY_STATIC, 330000000, 440000000, T0);
    b.clear.end_ms = b.plain.volumes[0].shape.time.until_ms = T0 + 48 * HOUR + HOUR;
    b.plain.volumes[0].length_ms = HOUR;
    b.plain.volumes[0].every_ms = 24 * HOUR;
    const struct {
        int64_t start;
        bool meet;
    } cases[] = {{0, true},  {6, false}, {22, false}, {23, true},  /* 30 min between are needed */
                 {24, true}, {25, true}, {26, false}, {48, true}, {50, false}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const int64_t start = T0 + cases[i].start * HOUR;
        a.clear.start_ms = a.plain.volumes[0].shape.time.from_ms = start;
        a.clear.end_ms = a.plain.volumes[0].shape.time.until_ms = start + HOUR;
        const bool meet = compare(0) == DT_PAIR_CONFLICT;
        if (meet != cases[i].meet) {
            fail_msg("hour %" PRId64, cases[i].start);
        }
        assert_true(!meet || (found.volume_a == 0 && found.volume_b == 0));
    }
}

static void test_margins_count(void **state)
{
    (void)state;
    make(&a, 0, 1, DT_CATEGORY_FIRES, 330000000, 440000000, T0);
    make(&b, 1, 1, DT_CATEGORY_STATIC, 330300000, 440000000, T0 + 2 * HOUR);
    assert_int_equal(compare(0), DT_PAIR_NONE_KNOWN);
    b.plain.volumes[0].accuracy_mm = 2000000;
    assert_int_equal(compare(0), DT_PAIR_NONE_KNOWN);
    b.plain.volumes[0].tolerance_ms = HOUR / 2; /* gap then 30 min: not closer than that */
    assert_int_equal(compare(0), DT_PAIR_NONE_KNOWN);
    b.plain.volumes[0].tolerance_ms++;
    assert_int_equal(compare(0), DT_PAIR_CONFLICT);
}

static void test_an_overdue_movement_stays(void **state)
{
    (void)state;
    make(&a, 0, 1, DT_CATEGORY_FIRES, 330000000, 440000000, T0 + 100 * (int64_t)HOUR);
    make(&b, 1, 1, DT_CATEGORY_MOVEMENT, 330000000, 440000000, T0);
    b.clear.movement = true;
    assert_int_equal(compare(T0), DT_PAIR_NONE_KNOWN);
    assert_int_equal(compare(T0 + HOUR), DT_PAIR_CONFLICT);
    b.side.arrived = true;
    assert_int_equal(compare(T0 + HOUR), DT_PAIR_NONE_KNOWN);
    b.side.arrived = false;
    b.side.end_ms = b.clear.end_ms + 1; /* a delay it has not used up */
    b.side.extension_ms = 1;
    assert_int_equal(compare(T0 + HOUR), DT_PAIR_NONE_KNOWN);
}

static void test_cells_hide_nothing(void **state)
{
    (void)state;
    char sentence[512];
    struct dt_rng rng = dt_rng("cells_hide_nothing");
    size_t conflicts = 0;
    for (int i = 0; i < 2000; i++) {
        const int32_t lat = (int32_t)dt_rng_below(&rng, 1700000000) - 850000000,
                      lon = (int32_t)((int64_t)dt_rng_below(&rng, 3500000000u) - 1750000000);
        make(&a, 0, 1, DT_CATEGORY_FIRES, lat, lon, T0);
        make(&b, 1, 2, DT_CATEGORY_EVAC, lat + (int32_t)dt_rng_below(&rng, 400000) - 200000,
             lon + (int32_t)dt_rng_below(&rng, 400000) - 200000, T0);
        conflicts += compare(T0) == DT_PAIR_CONFLICT;
        const int64_t exact = found.outcome == DT_PAIR_CONFLICT ? found.distance_mm : -1;
        b.side.plain = NULL;
        assert_true(compare(T0) != DT_PAIR_CONFLICT);
        assert_true(exact < 0 || (found.outcome == DT_PAIR_POSSIBLE && found.distance_mm <= exact));
        a.side.plain = NULL;
        compare(T0);
        assert_true(exact < 0 || found.outcome == DT_PAIR_POSSIBLE);
    }
    assert_true(conflicts > 100);
    dt_conflict_sentence(sentence, sizeof sentence, &found, "a", "b", NULL);
    b.clear.cell_count = 0;
    assert_int_equal(compare(T0), DT_PAIR_NOT_COMPARABLE);
    b.clear.start_ms += 24 * HOUR;
    b.clear.end_ms += 24 * HOUR;
    assert_int_equal(compare(T0), DT_PAIR_NONE_KNOWN);
    static const char *const never[] = {"clear", "safe", "permitted", "allowed"};
    for (int outcome = DT_PAIR_NONE_KNOWN; outcome <= DT_PAIR_NOT_COMPARABLE; outcome++) {
        found.outcome = (enum dt_conflict_outcome)outcome;
        for (size_t i = 0; i < 4; i++) {
            assert_null(strstr(dt_conflict_text(&found), never[i]));
        }
    }
}

static void test_a_cells_circle_holds_its_corners(void **state)
{
    (void)state;
    static struct dt_prepare_room room;
    struct dt_prepared prepared;
    make(&b, 1, 1, DT_CATEGORY_EVAC, 0, 0, T0);
    b.side.plain = NULL;
    b.clear.cell_count = 1;
    for (uint32_t row = 0; row < DT_CELL_ROWS; row++) {
        b.clear.cells[0] = row * DT_CELL_COLUMNS + row % DT_CELL_COLUMNS;
        const struct dt_point corner = dt_cell_corner(b.clear.cells[0]);
        dt_prepare(&prepared, &room, &b.side);
        for (int i = 0; i < 4; i++) {
            const struct dt_point at = {corner.lat_e7 + (i & 1) * DT_CELL_E7,
                                        corner.lon_e7 + (i >> 1) * DT_CELL_E7};
            const struct dt_ring ring = {&at, 1};
            const struct dt_volume point = {.radius_mm = 1, .rings = &ring, .ring_count = 1};
            struct dt_distance distance;
            dt_distance(&prepared.volumes[0].volume, &point, &distance);
            assert_int_equal(distance.mm, 0);
        }
    }
}

static void test_it_does_not_matter_who_asks(void **state)
{
    (void)state;
    struct dt_rng rng = dt_rng("it_does_not_matter_who_asks");
    uint8_t id[DT_HASH_SIZE];
    for (int i = 0; i < 500; i++) {
        const int32_t lat = (int32_t)dt_rng_below(&rng, 100000),
                      lon = (int32_t)dt_rng_below(&rng, 100000);
        make(&a, (unsigned)(i % 2), 1 + dt_rng_below(&rng, 9), DT_CATEGORY_FLIGHT, 0, 0, T0);
        make(&b, (unsigned)(1 - i % 2), 1 + dt_rng_below(&rng, 9), DT_CATEGORY_FLIGHT, lat, lon,
             T0 + (int64_t)dt_rng_below(&rng, HOUR));
        struct dt_notice_conflict other;
        compare(T0);
        dt_notice_conflict(&other, &world()->charter, &b.side, &a.side, T0);
        assert_true(found.outcome == other.outcome && found.distance_mm == other.distance_mm &&
                    found.first_ms == other.first_ms);
        assert_true(found.at_a.lat_e7 == other.at_b.lat_e7 &&
                    found.at_b.lon_e7 == other.at_a.lon_e7);
        assert_memory_equal(found.id, other.id, DT_HASH_SIZE);
        dt_conflict_id(id, world()->charter.id, &b.side.ref, &a.side.ref);
        assert_true(found.outcome == DT_PAIR_NONE_KNOWN || memcmp(id, found.id, DT_HASH_SIZE) == 0);
    }
}

static void test_the_matcher_keeps_its_own(void **state)
{
    (void)state;
    struct dt_matcher m;
    struct dt_match matches[4];
    struct dt_match_sum sum;
    dt_matcher_init(&m, &world()->charter);
    make(&a, 0, 1, DT_CATEGORY_FIRES, 0, 0, T0);
    for (uint64_t seq = 1; seq <= 8; seq++) {
        make(&b, 1, seq, DT_CATEGORY_EVAC, 0, (int32_t)seq * 50000, T0);
        assert_err(dt_matcher_add(&m, &b.side, T0), DT_OK);
    }
    make(&b, 0, 9, DT_CATEGORY_EVAC, 0, 0, T0); /* its own party's */
    assert_err(dt_matcher_add(&m, &b.side, T0), DT_OK);
    memset(&b, 0xff, sizeof b);
    assert_int_equal(dt_matcher_query(&m, &a.side, T0, matches, 4, &sum),
                     3); /* to 2.2 km; the fourth is 2026 m off */
    assert_true(sum.compared == 8 && sum.found == 3 && matches[0].other.seq == 1 &&
                matches[0].member == 1);
    assert_int_equal(dt_matcher_query(&m, &a.side, T0, matches, 1, &sum), 1);
    assert_int_equal(sum.found, 3);
    make(&b, 1, 1, DT_CATEGORY_EVAC, 0, 50000, T0);
    b.side.plain = NULL; /* replaced by what is known less well */
    assert_err(dt_matcher_add(&m, &b.side, T0), DT_OK);
    assert_int_equal(dt_matcher_count(&m), 9);
    dt_matcher_query(&m, &a.side, T0, matches, 4, &sum);
    assert_true(sum.cell_level == 1 && matches[2].conflict.outcome == DT_PAIR_POSSIBLE);
    assert_err(dt_matcher_remove(&m, &b.side.ref), DT_OK);
    assert_err(dt_matcher_remove(&m, &b.side.ref), DT_ERR_UNKNOWN_RECORD);
    dt_matcher_query(&m, &a.side, T0, matches, 4, &sum);
    assert_int_equal(sum.found, 2);
    dt_matcher_free(&m);
}

static void test_five_thousand_in_time(void **state)
{
    (void)state;
    struct dt_rng rng = dt_rng("five_thousand_in_time");
    static struct dt_match matches[5000];
    struct dt_matcher m;
    struct dt_match_sum sum;
    double best = 1e9;
    dt_matcher_init(&m, &world()->charter);
    for (uint64_t i = 0; i < 5000; i++) { /* all at one time, over 100 km x 100 km */
        make(&b, 1, i, DT_CATEGORY_EVAC, (int32_t)dt_rng_below(&rng, 10000000),
             (int32_t)dt_rng_below(&rng, 10000000), T0);
        assert_err(dt_matcher_add(&m, &b.side, T0), DT_OK);
    }
    make(&a, 0, 1, DT_CATEGORY_FIRES, 5000000, 5000000, T0);
    for (int i = 0; i < 5; i++) {
        const clock_t start = clock();
        dt_matcher_query(&m, &a.side, T0, matches, 5000, &sum);
        const double ms = 1000.0 * (double)(clock() - start) / CLOCKS_PER_SEC;
        best = ms < best ? ms : best;
    }
    print_message("# 5,000 notices: %.2f ms, %zu conflicts\n", best, sum.found);
    assert_true(sum.compared == 5000 && sum.found > 0);
    assert_true(best < 20.0);
    dt_matcher_free(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rules),
        cmocka_unit_test(test_a_conflict_is_found_and_said),
        cmocka_unit_test(test_datums_differ_by_what_they_can),
        cmocka_unit_test(test_the_night_between_windows_is_free),
        cmocka_unit_test(test_margins_count),
        cmocka_unit_test(test_an_overdue_movement_stays),
        cmocka_unit_test(test_cells_hide_nothing),
        cmocka_unit_test(test_a_cells_circle_holds_its_corners),
        cmocka_unit_test(test_it_does_not_matter_who_asks),
        cmocka_unit_test(test_the_matcher_keeps_its_own),
        cmocka_unit_test(test_five_thousand_in_time),
    };
    return cmocka_run_group_tests(tests, dt_test_setup, NULL);
}

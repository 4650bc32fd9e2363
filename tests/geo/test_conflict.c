/* SPDX-License-Identifier: ISC */
/*
 * Goal: the rules of conflict.h and volume.h hold at their edges: touching,
 * half-open time, closed bands, holes, poles, the antimeridian; and each fault a
 * volume can have is refused by its name.
 * Method: 49 hand-made cases with hand-derived answers (cases.txt), both to the check and
 * to an index, then volumes
 * built here.
 */
#include "test.h"

#include "geo/conflict.h"
#include "geo/index.h"

struct built {
    struct dt_volume volume;
    struct dt_ring ring;
    struct dt_point point[16];
    int party;
};

static void read_volume(struct built *b, const char *text)
{
    char shape;
    double radius;
    int low;
    int high;
    long long from;
    long long until;
    int used;
    memset(b, 0, sizeof *b);
    const int got = sscanf(text, " %d %c %lf %d..%d %lld..%lld%n", &b->party, &shape, &radius, &low,
                           &high, &from, &until, &used);
    assert_int_equal(got, 7);
    text += used;
    double lat;
    double lon;
    for (; sscanf(text, " %lf,%lf%n", &lat, &lon, &used) == 2; text += used) {
        assert_true(b->ring.count < 16);
        b->point[b->ring.count++] =
            (struct dt_point){(int32_t)(lat * 1e7 + (lat < 0 ? -0.5 : 0.5)),
                              (int32_t)(lon * 1e7 + (lon < 0 ? -0.5 : 0.5))};
    }
    b->ring.points = b->point;
    b->volume = (struct dt_volume){
        .shape = shape == 'C'   ? DT_SHAPE_CIRCLE
                 : shape == 'L' ? DT_SHAPE_CORRIDOR
                                : DT_SHAPE_POLYGON,
        .radius_mm = (uint32_t)(radius * 1000 + 0.5),
        .rings = &b->ring,
        .ring_count = 1,
        .time = {from * 1000, until * 1000},
        .alt_lo_mm = low * 1000,
        .alt_hi_mm = high * 1000,
    };
}

static int judge(const struct built *a, const struct built *b,
                 const struct dt_separation *separation)
{
    struct dt_conflict out;
    return a->party != b->party &&
           dt_conflict_check(&a->volume, &b->volume, separation, &out) == DT_CONFLICT;
}

/* The same question to an index that holds one of them. */
static int ask_index(const struct built *a, const struct built *b,
                     const struct dt_separation *separation)
{
    struct dt_index *index = dt_index_new(0);
    struct dt_index_hits hits = {0};
    const struct dt_index_entry entry = {.group = (uint16_t)b->party, .volume = &b->volume};
    const struct dt_index_question question = {.volume = &a->volume,
                                               .group = (uint16_t)a->party,
                                               .separations = separation,
                                               .separation_count = 1};
    assert_err(dt_index_put(index, &entry), DT_OK);
    assert_err(dt_index_query(index, &question, &hits), DT_OK);
    const int found = (int)hits.count;
    dt_index_hits_free(&hits);
    dt_index_free(index);
    return found;
}

static void hand_made_cases_have_their_answers(void **state)
{
    (void)state;
    FILE *file = fopen(DT_SOURCE_DIR "/tests/geo/cases.txt", "r");
    assert_non_null(file);
    char line[2048];
    int cases = 0;
    while (fgets(line, sizeof line, file) != NULL) {
        char *field[6];
        char *at = line;
        if (line[0] == '#') {
            continue;
        }
        for (int i = 0; i < 6; i++) {
            field[i] = at;
            at = strstr(at, " | ");
            assert_true(at != NULL || i == 5);
            if (at != NULL) {
                *at = '\0';
                at += 3;
            }
        }
        struct built a;
        struct built b;
        double lateral;
        double vertical;
        assert_int_equal(sscanf(field[2], "%lf %lf", &lateral, &vertical), 2);
        read_volume(&a, field[3]);
        read_volume(&b, field[4]);
        assert_err(dt_volume_check(&a.volume), DT_OK);
        assert_err(dt_volume_check(&b.volume), DT_OK);
        const struct dt_separation separation = {(uint32_t)(lateral * 1000),
                                                 (uint32_t)(vertical * 1000), 0};
        const int want = strcmp(field[1], "meet") == 0;
        if (judge(&a, &b, &separation) != want || judge(&b, &a, &separation) != want ||
            ask_index(&a, &b, &separation) != want || ask_index(&b, &a, &separation) != want) {
            fail_msg("%s: %s", field[0], field[5]);
        }
        cases++;
    }
    fclose(file);
    assert_int_equal(cases, 49);
}

/* A square of half a degree round 36 N 37 E with a square hole of 0.2 degree. */
#define OUTER                                                                   \
    {                                                                           \
        {357500000, 367500000}, {357500000, 372500000}, {362500000, 372500000}, \
            {362500000, 367500000},                                             \
        {                                                                       \
            357500000, 367500000                                                \
        }                                                                       \
    }
#define HOLE                                                                    \
    {                                                                           \
        {359000000, 369000000}, {359000000, 371000000}, {361000000, 371000000}, \
            {361000000, 369000000},                                             \
        {                                                                       \
            359000000, 369000000                                                \
        }                                                                       \
    }

static struct dt_volume simple(enum dt_shape shape, const struct dt_ring *rings, size_t count,
                               uint32_t radius)
{
    return (struct dt_volume){.shape = shape,
                              .radius_mm = radius,
                              .rings = rings,
                              .ring_count = count,
                              .time = {0, 1000},
                              .alt_lo_mm = 0,
                              .alt_hi_mm = 1000};
}

static void holes_are_outside(void **state)
{
    (void)state;
    static const struct dt_point outer[] = OUTER;
    static const struct dt_point hole[] = HOLE;
    static const struct dt_point middle = {360000000, 370000000};
    static const struct dt_point ring_part = {362000000, 370000000};
    const struct dt_ring rings[] = {{outer, 5}, {hole, 5}};
    const struct dt_ring inner[] = {{&middle, 1}, {&ring_part, 1}};
    const struct dt_volume polygon = simple(DT_SHAPE_POLYGON, rings, 2, 0);
    assert_err(dt_volume_check(&polygon), DT_OK);
    struct dt_distance d;
    const struct dt_volume in_hole = simple(DT_SHAPE_CIRCLE, &inner[0], 1, 1000);
    dt_distance(&polygon, &in_hole, &d);
    /* 0.1 degree of longitude at 36 N is 9019.3 m to the side edges. */
    assert_in_range(d.core_mm, 9010000, 9025000);
    assert_int_equal(d.mm, d.core_mm - 1000);
    const struct dt_volume in_ring = simple(DT_SHAPE_CIRCLE, &inner[1], 1, 1000);
    dt_distance(&polygon, &in_ring, &d);
    assert_int_equal(d.mm, 0);
    /* A whole polygon in the hole, and one around everything. */
    static const struct dt_point small[] = {{359500000, 369500000},
                                            {359500000, 370500000},
                                            {360500000, 370500000},
                                            {359500000, 369500000}};
    static const struct dt_point large[] = {{340000000, 350000000},
                                            {340000000, 390000000},
                                            {380000000, 390000000},
                                            {380000000, 350000000},
                                            {340000000, 350000000}};
    const struct dt_ring others[] = {{small, 4}, {large, 5}};
    const struct dt_volume island = simple(DT_SHAPE_POLYGON, &others[0], 1, 0);
    const struct dt_volume around = simple(DT_SHAPE_POLYGON, &others[1], 1, 0);
    dt_distance(&polygon, &island, &d);
    assert_in_range(d.mm, 4500000, 5560000);
    dt_distance(&polygon, &around, &d);
    assert_int_equal(d.mm, 0);
    dt_distance(&around, &island, &d);
    assert_int_equal(d.mm, 0);
}

static void time_is_half_open_and_tolerance_enlarges_it(void **state)
{
    (void)state;
    const struct dt_window a = {1000, 2000};
    assert_false(dt_windows_meet(a, (struct dt_window){2000, 3000}, 0));
    assert_true(dt_windows_meet(a, (struct dt_window){1999, 3000}, 0));
    assert_true(dt_windows_meet(a, (struct dt_window){2000, 3000}, 1));
    assert_false(dt_windows_meet(a, (struct dt_window){2500, 3000}, 500));
    assert_true(dt_windows_meet(a, (struct dt_window){2500, 3000}, 501));
    assert_false(dt_windows_meet((struct dt_window){2500, 3000}, a, 500));
    assert_true(dt_windows_meet((struct dt_window){2500, 3000}, a, 501));
    const struct dt_window ever = {-DT_TIME_MAX_MS, DT_TIME_MAX_MS};
    assert_true(dt_windows_meet(ever, a, DT_TIME_MAX_MS));
}

static void explanation_tells_place_height_and_time(void **state)
{
    (void)state;
    static const struct dt_point p = {0, 0};
    static const struct dt_point q = {0, 100000}; /* 1113.195 m east */
    const struct dt_ring rings[] = {{&p, 1}, {&q, 1}};
    struct dt_volume a = simple(DT_SHAPE_CIRCLE, &rings[0], 1, 300000);
    struct dt_volume b = simple(DT_SHAPE_CIRCLE, &rings[1], 1, 413195);
    a.time = (struct dt_window){0, 60000};
    b.time = (struct dt_window){30000, 90000};
    b.alt_lo_mm = 1500;
    b.alt_hi_mm = 3000;
    struct dt_conflict out;
    struct dt_separation separation = {400000, 500, 0};
    assert_int_equal(dt_conflict_check(&a, &b, &separation, &out), DT_CONFLICT);
    assert_int_equal(out.distance.core_mm, 1113195);
    assert_int_equal(out.distance.mm, 400000);
    assert_int_equal(out.vertical_gap_mm, 500);
    assert_int_equal(out.time_gap_ms, -30000);
    assert_int_equal(out.when.from_ms, 30000);
    assert_int_equal(out.when.until_ms, 60000);
    assert_memory_equal(&out.distance.a, &p, sizeof p);
    assert_memory_equal(&out.distance.b, &q, sizeof q);
    assert_int_equal(out.distance.between.lat_e7, 0);
    assert_in_range(out.distance.between.lon_e7, 44916, 44917); /* 500 m east */
    separation.lateral_mm = 399999;
    assert_int_equal(dt_conflict_check(&a, &b, &separation, &out), DT_APART_IN_PLACE);
    separation.vertical_mm = 499;
    assert_int_equal(dt_conflict_check(&a, &b, &separation, &out), DT_APART_IN_HEIGHT);
    b.time.from_ms = 60000;
    assert_int_equal(dt_conflict_check(&a, &b, &separation, &out), DT_APART_IN_TIME);
    assert_int_equal(out.time_gap_ms, 0);
    separation = (struct dt_separation){400000, 500, 1};
    assert_int_equal(dt_conflict_check(&a, &b, &separation, &out), DT_CONFLICT);
}

/* A convoy is in conflict only where it is when it is there. */
static void legs_count_only_in_their_own_time(void **state)
{
    (void)state;
    static const struct dt_point route[] = {{0, 0}, {0, 1000000}, {0, 2000000}};
    static const struct dt_window legs[] = {{0, 1000}, {1000, 2000}};
    static const struct dt_point square[] = {
        {-10000, 400000}, {-10000, 600000}, {10000, 600000}, {10000, 400000}, {-10000, 400000}};
    const struct dt_ring rings[] = {{route, 3}, {square, 5}};
    struct dt_volume convoy = simple(DT_SHAPE_CORRIDOR, &rings[0], 1, 1000);
    convoy.time = (struct dt_window){0, 2000};
    convoy.legs = legs;
    assert_err(dt_volume_check(&convoy), DT_OK);
    struct dt_volume area = simple(DT_SHAPE_POLYGON, &rings[1], 1, 0);
    struct dt_conflict out;
    struct dt_separation separation = {0, 0, 0};
    area.time = (struct dt_window){500, 1500};
    assert_int_equal(dt_conflict_check(&convoy, &area, &separation, &out), DT_CONFLICT);
    assert_int_equal(out.when.from_ms, 500);
    assert_int_equal(out.when.until_ms, 1000);
    assert_int_equal(out.distance.leg_a, 0);
    area.time = (struct dt_window){1000, 1500};
    assert_int_equal(dt_conflict_check(&convoy, &area, &separation, &out), DT_APART_IN_PLACE);
    separation.lateral_mm = 50000000;
    assert_int_equal(dt_conflict_check(&area, &convoy, &separation, &out), DT_CONFLICT);
    assert_int_equal(out.distance.leg_b, 1);
    assert_in_range(out.distance.core_mm, 4452000, 4453000); /* 0.04 degree */
    /* The area holds the whole first leg; the second is elsewhere, later. */
    static const struct dt_point wide[] = {{-1000000, -1000000},
                                           {-1000000, 1000000},
                                           {1000000, 1000000},
                                           {1000000, -1000000},
                                           {-1000000, -1000000}};
    const struct dt_ring wide_ring = {wide, 5};
    static const struct dt_window apart[] = {{0, 1000}, {1500, 2000}};
    convoy.legs = apart;
    area.rings = &wide_ring;
    area.time = (struct dt_window){1000, 1500};
    assert_int_equal(dt_conflict_check(&area, &convoy, &separation, &out), DT_APART_IN_PLACE);
    separation.temporal_ms = 1;
    assert_int_equal(dt_conflict_check(&area, &convoy, &separation, &out), DT_CONFLICT);
    assert_int_equal(out.distance.mm, 0);
}

/* --- refusals ---------------------------------------------------------------- */

static enum dt_err check_ring(const struct dt_point *points, size_t count)
{
    const struct dt_ring ring = {points, count};
    const struct dt_volume volume = simple(DT_SHAPE_POLYGON, &ring, 1, 0);
    return dt_volume_check(&volume);
}

#define CHECK_RING(want, ...)                                                      \
    do {                                                                           \
        static const struct dt_point points_[] = {__VA_ARGS__};                    \
        assert_err(check_ring(points_, sizeof points_ / sizeof points_[0]), want); \
    } while (0)

static void faulty_rings_are_refused(void **state)
{
    (void)state;
    CHECK_RING(DT_OK, {0, 0}, {0, 10000}, {10000, 0}, {0, 0});
    CHECK_RING(DT_OK, {0, 1800000000}, {0, -1799990000}, {10000, 1800000000}, {0, -1800000000});
    CHECK_RING(DT_OK, {899000000, 0}, {899000000, 900000000}, {900000000, 77}, {899000000, 0});
    CHECK_RING(DT_ERR_OPEN_RING, {0, 0}, {0, 10000}, {10000, 0}, {10000, 10000});
    CHECK_RING(DT_ERR_CROSSING_RING, {0, 0}, {10000, 10000}, {0, 10000}, {10000, 0}, {0, 0});
    CHECK_RING(DT_ERR_CROSSING_RING, {0, 0}, {0, 20000}, {10000, 20000}, {5000, 5000},
               {10000, 10000}, {5000, 5000}, {10000, 0}, {0, 0});
    CHECK_RING(DT_ERR_DEGENERATE, {0, 0}, {0, 10000}, {0, 0});
    CHECK_RING(DT_ERR_DEGENERATE, {0, 0}, {0, 10000}, {0, 20000}, {0, 0});
    CHECK_RING(DT_ERR_DEGENERATE, {0, 0}, {0, 0}, {0, 0}, {0, 0});
    CHECK_RING(DT_ERR_DEGENERATE, {100, 5}, {30000, 5}, {70000, 5}, {100, 5});
    CHECK_RING(DT_ERR_BAD_COORDINATE, {0, 0}, {0, 10000}, {900000001, 0}, {0, 0});
    CHECK_RING(DT_ERR_BAD_COORDINATE, {0, 0}, {0, -1800000001}, {10000, 0}, {0, 0});
    CHECK_RING(DT_ERR_TOO_LARGE, {0, 0}, {0, 900000001}, {10000, 0}, {0, 0});
    CHECK_RING(DT_ERR_TOO_LARGE, {0, 0}, {0, 800000000}, {0, 1600000000}, {0, -1200000000},
               {0, -400000000}, {0, 0});
    struct dt_point many[DT_RING_MAX + 1] = {{0, 0}};
    assert_err(check_ring(many, DT_RING_MAX + 1), DT_ERR_TOO_LARGE);
    assert_err(check_ring(many, 0), DT_ERR_DEGENERATE);
}

static enum dt_err check_hole(const struct dt_point *hole, size_t count, bool twice)
{
    static const struct dt_point outer[] = OUTER;
    static const struct dt_point other[] = HOLE;
    const struct dt_ring rings[] = {{outer, 5}, {hole, count}, {other, 5}};
    const struct dt_volume volume = simple(DT_SHAPE_POLYGON, rings, twice ? 3 : 2, 0);
    return dt_volume_check(&volume);
}

static void faulty_holes_are_refused(void **state)
{
    (void)state;
    static const struct dt_point outside[] = {{363000000, 370000000},
                                              {363000000, 371000000},
                                              {364000000, 370000000},
                                              {363000000, 370000000}};
    static const struct dt_point far[] = {{-363000000, 370000000},
                                          {-363000000, 371000000},
                                          {-364000000, 370000000},
                                          {-363000000, 370000000}};
    static const struct dt_point across[] = {{360000000, 370000000},
                                             {360000000, 380000000},
                                             {361000000, 370000000},
                                             {360000000, 370000000}};
    static const struct dt_point nested[] = {{359900000, 369900000},
                                             {359900000, 370100000},
                                             {360100000, 370100000},
                                             {359900000, 369900000}};
    static const struct dt_point beside[] = {{358000000, 368000000},
                                             {358000000, 368500000},
                                             {358500000, 368500000},
                                             {358000000, 368000000}};
    static const struct dt_point corner[] = {{358000000, 368000000},
                                             {358000000, 369000000},
                                             {359000000, 369000000},
                                             {358000000, 368000000}};
    assert_err(check_hole(outside, 4, false), DT_ERR_BAD_VALUE);
    assert_err(check_hole(far, 4, false), DT_ERR_BAD_VALUE);
    assert_err(check_hole(across, 4, false), DT_ERR_CROSSING_RING);
    assert_err(check_hole(nested, 4, false), DT_OK);
    assert_err(check_hole(nested, 4, true), DT_ERR_BAD_VALUE);
    assert_err(check_hole(beside, 4, true), DT_OK);
    assert_err(check_hole(corner, 4, true), DT_OK); /* holes may share a corner */
    struct dt_ring rings[DT_RINGS_MAX + 1];
    static const struct dt_point outer[] = OUTER;
    for (size_t i = 0; i < DT_RINGS_MAX + 1; i++) {
        rings[i] = (struct dt_ring){outer, 5};
    }
    const struct dt_volume volume = simple(DT_SHAPE_POLYGON, rings, DT_RINGS_MAX + 1, 0);
    assert_err(dt_volume_check(&volume), DT_ERR_TOO_LARGE);
}

static void faulty_windows_bands_and_shapes_are_refused(void **state)
{
    (void)state;
    static const struct dt_point route[] = {{0, 0}, {0, 1000000}, {0, 910000000}};
    const struct dt_ring rings[] = {{route, 2}, {route, 1}, {route, 3}};
    const struct dt_volume good = simple(DT_SHAPE_CORRIDOR, &rings[0], 1, 1);
    assert_err(dt_volume_check(&good), DT_OK);
    struct dt_volume v = good;
    v.time.until_ms = v.time.from_ms;
    assert_err(dt_volume_check(&v), DT_ERR_END_BEFORE_START);
    v.time.until_ms = DT_TIME_MAX_MS + 1;
    assert_err(dt_volume_check(&v), DT_ERR_BAD_TIME);
    v.time = (struct dt_window){INT64_MIN, 0};
    assert_err(dt_volume_check(&v), DT_ERR_BAD_TIME);
    v = good;
    v.alt_lo_mm = DT_ALT_MISSING;
    assert_err(dt_volume_check(&v), DT_ERR_MISSING_ALTITUDE);
    v = good;
    v.alt_hi_mm = -1;
    assert_err(dt_volume_check(&v), DT_ERR_BAD_VALUE);
    v = good;
    v.alt_hi_mm = INT32_MAX;
    assert_err(dt_volume_check(&v), DT_ERR_BAD_VALUE);
    v = good;
    v.radius_mm = 0;
    assert_err(dt_volume_check(&v), DT_ERR_DEGENERATE);
    v = good;
    v.rings = &rings[1];
    assert_err(dt_volume_check(&v), DT_ERR_DEGENERATE);
    v.rings = &rings[2];
    assert_err(dt_volume_check(&v), DT_ERR_TOO_LARGE);
    v = good;
    v.ring_count = 2;
    assert_err(dt_volume_check(&v), DT_ERR_TOO_LARGE);
    v.ring_count = 0;
    assert_err(dt_volume_check(&v), DT_ERR_DEGENERATE);
    v = good;
    v.shape = (enum dt_shape)7;
    assert_err(dt_volume_check(&v), DT_ERR_BAD_VALUE);
    v.shape = DT_SHAPE_CIRCLE;
    assert_err(dt_volume_check(&v), DT_ERR_TOO_LARGE);
    static const struct dt_window outside = {0, 1001};
    static const struct dt_window backwards = {5, 4};
    v = good;
    v.legs = &outside;
    assert_err(dt_volume_check(&v), DT_ERR_BAD_TIME);
    v.legs = &backwards;
    assert_err(dt_volume_check(&v), DT_ERR_END_BEFORE_START);
    v = simple(DT_SHAPE_CIRCLE, &rings[1], 1, 1);
    v.legs = &backwards;
    assert_err(dt_volume_check(&v), DT_ERR_BAD_VALUE);
}

/* A ring that runs through a pole, and legs round the world. */
static void poles_and_long_legs_behave(void **state)
{
    (void)state;
    static const struct dt_point wedge[] = {
        {890000000, 0}, {900000000, 450000000}, {890000000, 900000000}, {890000000, 0}};
    static const struct dt_point inside = {895000000, 450000000};
    static const struct dt_point outside = {895000000, -450000000};
    static const struct dt_point belt[] = {{0, 0},           {0, 800000000},  {0, 1600000000},
                                           {0, -1200000000}, {0, -400000000}, {0, 0}};
    static const struct dt_point over[] = {{890000000, 100000000},
                                           {890000000, -1700000000},
                                           {880000000, -1000000000},
                                           {890000000, 100000000}};
    static const struct dt_point within = {895000000, -800000000};
    const struct dt_ring rings[] = {{wedge, 4}, {&inside, 1}, {&outside, 1},
                                    {belt, 6},  {over, 4},    {&within, 1}};
    const struct dt_volume v = simple(DT_SHAPE_POLYGON, &rings[0], 1, 0);
    const struct dt_volume p = simple(DT_SHAPE_CIRCLE, &rings[1], 1, 1);
    const struct dt_volume q = simple(DT_SHAPE_CIRCLE, &rings[2], 1, 1);
    const struct dt_volume world = simple(DT_SHAPE_CORRIDOR, &rings[3], 1, 1000);
    const struct dt_volume bridge = simple(DT_SHAPE_POLYGON, &rings[4], 1, 0);
    const struct dt_volume w = simple(DT_SHAPE_CIRCLE, &rings[5], 1, 1);
    struct dt_distance d;
    assert_err(dt_volume_check(&v), DT_OK);
    assert_err(dt_volume_check(&world), DT_OK);
    assert_err(dt_volume_check(&bridge), DT_OK);
    dt_distance(&v, &p, &d);
    assert_int_equal(d.mm, 0);
    dt_distance(&v, &q, &d);
    assert_in_range(d.core_mm, 39489000, 39490500); /* half a right angle off its side */
    dt_distance(&world, &q, &d);
    assert_in_range(d.core_mm, 9946000000, 9947000000); /* the meridian, 89.5 degrees */
    dt_distance(&bridge, &w, &d);
    assert_int_equal(d.mm, 0);
    dt_distance(&bridge, &p, &d);
    assert_true(d.mm > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hand_made_cases_have_their_answers),
        cmocka_unit_test(holes_are_outside),
        cmocka_unit_test(time_is_half_open_and_tolerance_enlarges_it),
        cmocka_unit_test(explanation_tells_place_height_and_time),
        cmocka_unit_test(legs_count_only_in_their_own_time),
        cmocka_unit_test(faulty_rings_are_refused),
        cmocka_unit_test(faulty_holes_are_refused),
        cmocka_unit_test(faulty_windows_bands_and_shapes_are_refused),
        cmocka_unit_test(poles_and_long_legs_behave),
    };
    return cmocka_run_group_tests_name("conflict", tests, NULL, NULL);
}

/* SPDX-License-Identifier: ISC */
/*
 * Goal: whoever is told less compares more: shape and cells hold all that is exact, in place,
 * height and time, and no conflict is missed by them. Parts that contradict one another are
 * found.
 * Method: random circles, corridors and polygons all over the globe; places in them; pairs
 * of notices; one lie at a time.
 */
#include "world.h"

#include "geo/cells.h"
#include "geo/distance.h"
#include "view/conflict.h"
#include "view/tier.h"

static struct dt_notice_plain exact, shape, other, back;
static uint8_t bytes[DT_SEALED_MAX];

static int32_t near_e7(struct dt_rng *rng, int64_t middle, int64_t reach)
{
    return (int32_t)(middle - reach + (int64_t)dt_rng_below(rng, (uint64_t)(2 * reach + 1)));
}

/* Positions around a middle, on a ring that does not cross itself. */
static size_t ring_of(struct dt_rng *rng, struct dt_point *out, size_t count, struct dt_point at,
                      int64_t reach)
{
    static const int8_t turn[6][2] = {{10, 0}, {5, 9}, {-5, 9}, {-10, 0}, {-5, -9}, {5, -9}};
    for (size_t i = 0; i < count; i++) {
        const int64_t far = reach / 2 + (int64_t)dt_rng_below(rng, (uint64_t)reach / 2);
        out[i].lat_e7 = (int32_t)(at.lat_e7 + far * turn[i][0] / 10);
        out[i].lon_e7 = (int32_t)(at.lon_e7 + far * turn[i][1] / 10);
    }
    return count;
}

static void some_notice(struct dt_rng *rng, struct dt_notice_plain *out, struct dt_point at)
{
    static const int64_t sizes[4] = {20000, 100000, 900000, 5000000};
    struct dt_notice_volume *v = &out->volumes[0];
    const int64_t reach = sizes[dt_rng_below(rng, 4)];
    memset(out, 0, sizeof *out);
    strcpy(out->title, "Clinic");
    strcpy(out->language, "en");
    out->volume_count = 1;
    v->shape.shape = (enum dt_shape)dt_rng_below(rng, 3);
    v->shape.rings = out->rings;
    v->shape.ring_count = 1;
    v->shape.radius_mm = 1 + (uint32_t)dt_rng_below(rng, 3000000);
    v->accuracy_mm = (uint32_t)dt_rng_below(rng, 50000);
    v->tolerance_ms = (int64_t)dt_rng_below(rng, 600000);
    v->shape.time.from_ms = T0 + (int64_t)dt_rng_below(rng, 36000000);
    v->shape.time.until_ms = v->shape.time.from_ms + 1 + (int64_t)dt_rng_below(rng, 36000000);
    v->shape.alt_lo_mm = (int32_t)dt_rng_below(rng, 4000000) - 500000;
    v->shape.alt_hi_mm = v->shape.alt_lo_mm + (int32_t)dt_rng_below(rng, 2000000);
    v->datum = DT_DATUM_AMSL;
    out->points[0] = at;
    size_t count = 1;
    if (v->shape.shape == DT_SHAPE_CORRIDOR) {
        for (; count < 2 + dt_rng_below(rng, 5); count++) {
            out->points[count] = (struct dt_point){near_e7(rng, at.lat_e7, reach),
                                                   near_e7(rng, at.lon_e7, reach)};
        }
    } else if (v->shape.shape == DT_SHAPE_POLYGON) {
        count = ring_of(rng, out->points, 6, at, reach);
        out->points[count++] = out->points[0];
    }
    out->rings[0] = (struct dt_ring){out->points, count};
}

static struct dt_body_notice clear_of(const struct dt_notice_plain *plain)
{
    const struct dt_window w =
        dt_tier_clear_window(plain->volumes[0].shape.time);
    return (struct dt_body_notice){.category = DT_CATEGORY_STATIC,
                                   .request = DT_REQUEST_AVOID_WINDOW,
                                   .start_ms = w.from_ms,
                                   .end_ms = w.until_ms};
}

static bool in_volume(const struct dt_volume *v, struct dt_point p)
{
    const struct dt_ring ring = {&p, 1};
    const struct dt_volume at = {.shape = DT_SHAPE_CIRCLE, .rings = &ring, .ring_count = 1};
    struct dt_distance d;
    dt_distance(&at, v, &d);
    return d.mm == 0;
}

static bool has_cell(const struct dt_body_notice *cells, uint32_t cell)
{
    bool found = false;
    for (size_t i = 0; i < cells->cell_count; i++) {
        found = found || cells->cells[i] == cell;
    }
    return found;
}

static void each_step_holds_the_one_above(void **state)
{
    (void)state;
    struct dt_rng rng = dt_rng("tier steps");
    size_t inside = 0, made[3] = {0}, same = 0;
    for (int i = 0; i < 1500; i++) {
        const struct dt_point at = {near_e7(&rng, 0, 840000000), near_e7(&rng, 0, 1790000000)};
        some_notice(&rng, &exact, at);
        const struct dt_body_notice clear = clear_of(&exact);
        struct dt_body_notice cells = clear;
        if (dt_volume_check(&exact.volumes[0].shape) != DT_OK) {
            continue; /* a route that turns back on the spot */
        }
        assert_err(dt_tier_shape(&shape, &exact, &clear), DT_OK);
        dt_tier_cells(&cells, &shape);
        assert_err(dt_tier_fits(&exact, &shape, &cells), DT_OK);
        made[exact.volumes[0].shape.shape]++;
        same += exact.volumes[0].shape.shape == shape.volumes[0].shape.shape;
        struct dt_volume large, larger;
        struct dt_window legs[DT_RING_MAX];
        dt_notice_enlarge(&large, legs, &exact.volumes[0]);
        dt_notice_enlarge(&larger, legs, &shape.volumes[0]);
        assert_true(larger.time.from_ms <= large.time.from_ms &&
                    larger.time.until_ms >= large.time.until_ms &&
                    larger.alt_lo_mm <= large.alt_lo_mm && larger.alt_hi_mm >= large.alt_hi_mm);
        assert_true(clear.start_ms % DT_TIER_CLEAR_MS == 0 && cells.start_ms % DT_TIER_CELL_MS == 0);
        assert_true(clear.end_ms == exact.volumes[0].shape.time.until_ms);
        for (size_t p = 0; p < shape.point_count; p++) {
            assert_int_equal(shape.points[p].lat_e7 % DT_TIER_GRID_E7, 0);
            assert_int_equal(shape.points[p].lon_e7 % DT_TIER_GRID_E7, 0);
        }
        for (int k = 0; k < 20; k++) { /* places of the exact one */
            const struct dt_point p = {near_e7(&rng, at.lat_e7, 400000),
                                       near_e7(&rng, at.lon_e7, 400000)};
            if (in_volume(&large, p)) {
                assert_true(in_volume(&larger, p));
                assert_true(cells.cell_count == 0 || has_cell(&cells, dt_cell_of(p)));
                inside++;
            }
        }
    }
    assert_true(inside > 2000 && made[0] > 300 && made[1] > 300 && made[2] > 300 && same > 700);
}

static struct dt_conflict_side side_of(unsigned member, const struct dt_body_notice *clear,
                                       const struct dt_notice_plain *plain)
{
    return (struct dt_conflict_side){.member = member, .ref = some_ref((uint16_t)(16 * member), 3),
                                     .clear = clear, .plain = plain, .end_ms = clear->end_ms};
}

/* Whoever sees the shape or the cells of one of two, or of both, is told of every conflict. */
static void less_knowledge_misses_no_conflict(void **state)
{
    (void)state;
    static struct dt_notice_plain shapes[2];
    struct dt_rng rng = dt_rng("tier conflicts");
    const struct dt_charter *charter = &world()->charter;
    size_t found = 0;
    for (int i = 0; i < 400; i++) {
        const struct dt_point at = {near_e7(&rng, 450000000, 300000),
                                    near_e7(&rng, 190000000, 300000)};
        const struct dt_point there = {near_e7(&rng, at.lat_e7, 400000),
                                       near_e7(&rng, at.lon_e7, 400000)};
        some_notice(&rng, &exact, at);
        some_notice(&rng, &other, there);
        if (dt_volume_check(&exact.volumes[0].shape) != DT_OK ||
            dt_volume_check(&other.volumes[0].shape) != DT_OK) {
            continue;
        }
        const struct dt_body_notice clear[2] = {clear_of(&exact), clear_of(&other)};
        struct dt_body_notice cells[2] = {clear[0], clear[1]};
        const struct dt_notice_plain *plains[2] = {&exact, &other};
        struct dt_conflict_side sides[2][DT_TIERS];
        for (unsigned s = 0; s < 2; s++) {
            assert_err(dt_tier_shape(&shapes[s], plains[s], &clear[s]), DT_OK);
            dt_tier_cells(&cells[s], &shapes[s]);
            sides[s][DT_TIER_EXACT] = side_of(s, &clear[s], plains[s]);
            sides[s][DT_TIER_SHAPE] = side_of(s, &clear[s], &shapes[s]);
            sides[s][DT_TIER_SHAPE].tier = DT_TIER_SHAPE;
            sides[s][DT_TIER_CELL] = side_of(s, &cells[s], NULL);
            sides[s][DT_TIER_EXISTENCE] = side_of(s, &clear[s], NULL);
        }
        struct dt_notice_conflict whole, coarse;
        dt_notice_conflict(&whole, charter, &sides[0][DT_TIER_EXACT], &sides[1][DT_TIER_EXACT], T0);
        if (whole.outcome != DT_PAIR_CONFLICT) {
            continue;
        }
        found++;
        for (int a = 0; a < DT_TIERS; a++) {
            for (int b = a == DT_TIER_EXACT ? DT_TIER_SHAPE : DT_TIER_EXACT; b >= 0; b--) {
                dt_notice_conflict(&coarse, charter, &sides[0][a], &sides[1][b], T0);
                const bool nothing = (a < DT_TIER_SHAPE && sides[0][a].clear->cell_count == 0) ||
                                     (b < DT_TIER_SHAPE && sides[1][b].clear->cell_count == 0);
                assert_true(nothing ? coarse.outcome == DT_PAIR_NOT_COMPARABLE ||
                                          exact.volumes[0].tolerance_ms +
                                                  other.volumes[0].tolerance_ms > 0
                                    : coarse.outcome == DT_PAIR_POSSIBLE);
                assert_true(nothing || coarse.distance_mm <= whole.distance_mm);
                assert_memory_equal(coarse.id, whole.id, DT_HASH_SIZE); /* no tier in it */
            }
        }
    }
    assert_true(found > 60);
}

/* A notice without tiers: whoever has its cells alone, of one or of both, is told of every
 * conflict, in the minutes of a tolerance too; and it reads with its own times. */
static void cells_in_clear_miss_no_conflict(void **state)
{
    (void)state;
    static struct dt_notice_plain plains[2];
    struct dt_rng rng = dt_rng("cells and tolerance");
    const struct dt_charter *charter = &world()->charter;
    size_t found = 0, by_tolerance = 0;
    for (int i = 0; i < 3000; i++) {
        struct dt_body_notice told[2], untold[2];
        struct dt_conflict_side exactly[2], cells[2];
        const struct dt_point at = {450000000, 190000000};
        bool good = true;
        for (unsigned s = 0; s < 2; s++) {
            some_notice(&rng, &plains[s], (struct dt_point){near_e7(&rng, at.lat_e7, 200000),
                                                            near_e7(&rng, at.lon_e7, 200000)});
            struct dt_notice_volume *v = &plains[s].volumes[0];
            v->tolerance_ms = (int64_t)dt_rng_below(&rng, DT_NOTICE_TOLERANCE_MAX_MS) * (i % 2);
            v->shape.time = (struct dt_window){T0 + 40000000 * (int64_t)s, 0};
            v->shape.time.until_ms = v->shape.time.from_ms + 1 + (int64_t)dt_rng_below(&rng, 36000000);
            told[s] = (struct dt_body_notice){.category = DT_CATEGORY_STATIC,
                                              .request = DT_REQUEST_AVOID_WINDOW,
                                              .start_ms = v->shape.time.from_ms,
                                              .end_ms = v->shape.time.until_ms};
            good = good && dt_volume_check(&v->shape) == DT_OK &&
                   dt_notice_cells(&told[s], &plains[s]) == DT_OK;
            untold[s] = told[s];
            dt_notice_tolerate(&told[s], &plains[s]);
            assert_true(told[s].start_ms >= 0 && told[s].end_ms >= v->shape.time.until_ms + v->tolerance_ms);
            const struct dt_window when = dt_notice_when(&told[s], &plains[s]);
            assert_true(when.from_ms == v->shape.time.from_ms && when.until_ms == v->shape.time.until_ms);
            assert_int_equal(dt_notice_when(&told[s], NULL).until_ms, told[s].end_ms);
            exactly[s] = side_of(s, &told[s], &plains[s]);
            cells[s] = side_of(s, &told[s], NULL);
        }
        struct dt_notice_conflict whole, coarse;
        dt_notice_conflict(&whole, charter, &exactly[0], &exactly[1], T0);
        if (!good || whole.outcome != DT_PAIR_CONFLICT) {
            continue;
        }
        found++;
        dt_notice_conflict(&coarse, charter, &cells[0], &exactly[1], T0);
        assert_int_equal(coarse.outcome, DT_PAIR_POSSIBLE);
        dt_notice_conflict(&coarse, charter, &exactly[0], &cells[1], T0);
        assert_int_equal(coarse.outcome, DT_PAIR_POSSIBLE);
        dt_notice_conflict(&coarse, charter, &cells[0], &cells[1], T0);
        assert_int_equal(coarse.outcome, DT_PAIR_POSSIBLE);
        cells[0].clear = &untold[0]; /* without it they would be missed */
        cells[1].clear = &untold[1];
        dt_notice_conflict(&coarse, charter, &cells[0], &cells[1], T0);
        by_tolerance += coarse.outcome == DT_PAIR_NONE_KNOWN;
    }
    print_message("# %zu conflicts, %zu by a tolerance\n", found, by_tolerance);
    assert_true(found > 60 && by_tolerance > 60);
}

static void contradictions_are_found(void **state)
{
    (void)state;
    struct dt_rng rng = dt_rng("tier lies");
    size_t lies = 0;
    for (int i = 0; i < 300; i++) {
        some_notice(&rng, &exact, (struct dt_point){near_e7(&rng, 450000000, 20000000),
                                                    near_e7(&rng, 190000000, 20000000)});
        const struct dt_body_notice clear = clear_of(&exact);
        struct dt_body_notice cells = clear;
        if (dt_volume_check(&exact.volumes[0].shape) != DT_OK) {
            continue;
        }
        assert_err(dt_tier_shape(&shape, &exact, &clear), DT_OK);
        dt_tier_cells(&cells, &shape);
        struct dt_volume *v = &exact.volumes[0].shape;
        const struct dt_notice_volume was = exact.volumes[0];
        switch (i % 6) {
        case 0: /* somewhere else */
            for (size_t k = 0; k < v->rings[0].count; k++) {
                exact.points[k].lat_e7 += 30000000;
            }
            assert_err(dt_tier_fits(&exact, NULL, &cells),
                       cells.cell_count > 0 ? DT_ERR_PARTS_DIFFER : DT_OK);
            break;
        case 1:
            v->radius_mm = shape.volumes[0].shape.radius_mm + 1;
            break;
        case 2:
            v->time.until_ms = shape.volumes[0].shape.time.until_ms + DT_TIER_CELL_MS;
            assert_err(dt_tier_fits(&exact, NULL, &cells), DT_ERR_PARTS_DIFFER);
            break;
        case 3:
            v->alt_hi_mm = shape.volumes[0].shape.alt_hi_mm + 1;
            break;
        case 4:
            exact.volumes[0].datum = DT_DATUM_WGS84;
            break;
        default:
            exact.volumes[1] = was;
            exact.volume_count = 2;
            break;
        }
        assert_err(dt_tier_fits(&exact, &shape, &cells), DT_ERR_PARTS_DIFFER);
        assert_err(dt_tier_fits(&exact, NULL, NULL), DT_OK);
        assert_err(dt_tier_fits(NULL, &shape, &cells), DT_OK);
        lies++;
    }
    assert_true(lies > 250);
}

static void cells_come_back(void **state)
{
    (void)state;
    const struct dt_body_notice clear = {.category = DT_CATEGORY_STATIC, .start_ms = 1000,
                                         .end_ms = 9000};
    struct dt_body_notice cells = clear, got = clear;
    size_t size = 0;
    cells.cells[0] = 7;
    cells.cells[1] = 3;
    cells.cell_count = 2;
    cells.start_ms = 2000;
    assert_err(dt_tier_cells_encode(bytes, sizeof bytes, &size, &cells), DT_OK);
    assert_err(dt_tier_cells_decode(&got, dt_span(bytes, size)), DT_OK);
    assert_true(got.cell_count == 2 && got.cells[1] == 3 && got.start_ms == 2000 &&
                got.end_ms == 9000 && got.category == DT_CATEGORY_STATIC);
    for (size_t i = 0; i < size; i++) {
        got = clear;
        assert_true(dt_tier_cells_decode(&got, dt_span(bytes, i)) != DT_OK);
    }
    got = clear;
    got.start_ms = cells.start_ms + DT_NOTICE_TOLERANCE_MAX_MS + 1;
    assert_err(dt_tier_cells_decode(&got, dt_span(bytes, size)), DT_ERR_BAD_TIME);
    cells.end_ms = 2000;
    assert_err(dt_tier_cells_encode(bytes, sizeof bytes, &size, &cells), DT_OK);
    got = clear;
    assert_err(dt_tier_cells_decode(&got, dt_span(bytes, size)), DT_ERR_END_BEFORE_START);
    const struct dt_window w = {DT_TIER_CLEAR_MS + 5, DT_TIER_CLEAR_MS + 7};
    assert_true(dt_tier_clear_window(w).until_ms == w.until_ms &&
                dt_tier_clear_window(w).from_ms == DT_TIER_CLEAR_MS);
}

/* What is made can be sealed and read as any notice is. */
static void a_shape_is_a_notice(void **state)
{
    (void)state;
    struct dt_rng rng = dt_rng("tier plain");
    for (int i = 0; i < 100; i++) {
        size_t size = 0;
        some_notice(&rng, &exact, (struct dt_point){near_e7(&rng, 0, 800000000),
                                                    near_e7(&rng, 0, 1700000000)});
        const struct dt_body_notice clear = clear_of(&exact);
        if (dt_volume_check(&exact.volumes[0].shape) != DT_OK) {
            continue;
        }
        assert_err(dt_tier_shape(&shape, &exact, &clear), DT_OK);
        assert_err(dt_notice_plain_encode(bytes, sizeof bytes, &size, &shape, &clear), DT_OK);
        assert_err(dt_notice_plain_decode(&back, dt_span(bytes, size), &clear), DT_OK);
        assert_int_equal(back.point_count, shape.point_count);
        assert_memory_equal(back.points, shape.points, shape.point_count * sizeof shape.points[0]);
        exact.has_tiers = true;
        memset(exact.tiers, 7, sizeof exact.tiers);
        assert_err(dt_notice_plain_encode(bytes, sizeof bytes, &size, &exact, &clear), DT_OK);
        assert_err(dt_notice_plain_decode(&back, dt_span(bytes, size), &clear), DT_OK);
        assert_true(back.has_tiers);
        assert_memory_equal(back.tiers, exact.tiers, sizeof exact.tiers);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_step_holds_the_one_above),
        cmocka_unit_test(less_knowledge_misses_no_conflict),
        cmocka_unit_test(cells_in_clear_miss_no_conflict),
        cmocka_unit_test(contradictions_are_found),
        cmocka_unit_test(cells_come_back),
        cmocka_unit_test(a_shape_is_a_notice),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: ISC */
/*
 * Goal: two notices in conflict by the exact engine, under the charter's rules or the defaults,
 * with accuracies, tolerances, legs and windows that come again, always share a cell.
 * Method: random pairs, in ordinary places, over the antimeridian and at a pole; the engine's
 * verdict (view/conflict.h) is looked for in the cells that `blind` would enter.
 */
#include "world.h"

#include "view/blind_run.h"
#include "view/conflict.h"
#include "view/rules.h"

enum { CAPACITY = 400000, PAIRS = 4000, VOLUMES = 2, POINTS = 5 };

#define HOUR INT64_C(3600000)

struct plan {
    struct dt_body_notice clear;
    struct dt_notice_plain plain;
    struct dt_point points[VOLUMES][POINTS];
    struct dt_ring rings[VOLUMES];
    struct dt_window legs[VOLUMES][POINTS];
};

static struct plan plans[2];
static uint64_t room[2][CAPACITY];

static int32_t about(struct dt_rng *rng, int32_t middle, int32_t spread)
{
    return middle + (int32_t)dt_rng_below(rng, 2u * (uint32_t)spread + 1) - spread;
}

static struct dt_point near(struct dt_rng *rng, struct dt_point middle, int32_t spread)
{
    struct dt_point p = {about(rng, middle.lat_e7, spread), 0};
    const int64_t lon = (int64_t)about(rng, 0, spread) + middle.lon_e7;
    p.lat_e7 = p.lat_e7 > 900000000 ? 900000000 : p.lat_e7;
    p.lon_e7 = (int32_t)(lon > 1800000000    ? lon - 3600000000
                         : lon < -1800000000 ? lon + 3600000000
                                             : lon);
    return p;
}

static void draw_legs(struct dt_rng *rng, struct plan *p, size_t i)
{
    struct dt_volume *v = &p->plain.volumes[i].shape;
    const int64_t length = v->time.until_ms - v->time.from_ms;
    for (size_t k = 0; k + 1 < v->rings[0].count; k++) {
        const int64_t from = v->time.from_ms + (int64_t)dt_rng_below(rng, (uint64_t)length / 2);
        p->legs[i][k] = (struct dt_window){from, from + 1 + (int64_t)dt_rng_below(rng, (uint64_t)length / 2)};
    }
    v->legs = p->legs[i];
}

static void draw_volume(struct dt_rng *rng, struct plan *p, size_t i, struct dt_point middle)
{
    struct dt_notice_volume *n = &p->plain.volumes[i];
    struct dt_volume *v = &n->shape;
    memset(n, 0, sizeof *n);
    v->shape = (enum dt_shape)dt_rng_below(rng, 3);
    v->radius_mm = (uint32_t)(1 + dt_rng_below(rng, 3000000));
    v->rings = &p->rings[i];
    v->ring_count = 1;
    p->rings[i] = (struct dt_ring){p->points[i], v->shape == DT_SHAPE_CIRCLE     ? 1
                                                 : v->shape == DT_SHAPE_CORRIDOR ? 2 + dt_rng_below(rng, 3)
                                                                                 : 4};
    for (size_t k = 0; k < p->rings[i].count; k++) {
        p->points[i][k] = near(rng, middle, v->shape == DT_SHAPE_CIRCLE ? 300000 : 900000);
    }
    if (v->shape == DT_SHAPE_POLYGON) {
        p->points[i][3] = p->points[i][0];
    }
    v->time.from_ms = p->clear.start_ms;
    v->time.until_ms = p->clear.end_ms;
    v->alt_hi_mm = (int32_t)dt_rng_below(rng, 500000);
    if (dt_rng_below(rng, 2) == 0) {
        n->accuracy_mm = (uint32_t)dt_rng_below(rng, 2000000);
        n->tolerance_ms = (int64_t)dt_rng_below(rng, (uint64_t)HOUR);
    }
    if (v->shape == DT_SHAPE_CORRIDOR && dt_rng_below(rng, 2) == 0) {
        draw_legs(rng, p, i);
    } else if (dt_rng_below(rng, 3) == 0) {
        n->every_ms = 3 * HOUR;
        n->length_ms = 1 + (int64_t)dt_rng_below(rng, (uint64_t)(2 * HOUR));
    }
}

static void draw_plan(struct dt_rng *rng, struct plan *p, struct dt_point middle)
{
    p->clear = (struct dt_body_notice){.category = (enum dt_category)(1 + dt_rng_below(rng, 10)),
                                       .request = DT_REQUEST_INFORM_ONLY};
    p->clear.start_ms = 1000 * HOUR + (int64_t)dt_rng_below(rng, (uint64_t)(12 * HOUR));
    p->clear.end_ms = p->clear.start_ms + 1 + (int64_t)dt_rng_below(rng, (uint64_t)(9 * HOUR));
    p->plain.volume_count = 1 + dt_rng_below(rng, VOLUMES);
    for (size_t i = 0; i < p->plain.volume_count; i++) {
        do {
            draw_volume(rng, p, i, middle);
        } while (dt_volume_check(&p->plain.volumes[i].shape) != DT_OK);
    }
}

static bool share(const struct dt_blind_cells *a, const struct dt_blind_cells *b)
{
    for (size_t i = 0, k = 0; i < a->count; i++) {
        while (k < b->count && b->cells[k] < a->cells[i]) {
            k++;
        }
        if (k < b->count && b->cells[k] == a->cells[i]) {
            return true;
        }
    }
    return false;
}

static enum dt_conflict_outcome verdict(const struct dt_charter *charter)
{
    struct dt_notice_conflict found;
    const struct dt_conflict_side a = {.member = 0, .ref = some_ref(1, 1), .clear = &plans[0].clear,
                                       .plain = &plans[0].plain};
    const struct dt_conflict_side b = {.member = 1, .ref = some_ref(dt_wid(1, 1), 2), .clear = &plans[1].clear,
                                       .plain = &plans[1].plain};
    dt_notice_conflict(&found, charter, &a, &b, 0);
    return found.outcome;
}

static void what_conflicts_always_shares_a_cell(void **state)
{
    (void)state;
    static const struct dt_point middles[] = {
        {362000000, 371000000}, {-100000, 1799950000}, {895000000, 100000000}, {600000000, -1799999000}};
    static const uint32_t slots[] = {60000, 3600000, 86400000};
    struct dt_rng rng = dt_rng("blind cover of notices");
    struct dt_separation widest;
    size_t conflicts = 0, apart = 0, cells_only = 0;
    dt_rule_widest(&widest, &world()->charter);
    for (int i = 0; i < PAIRS; i++) {
        const struct dt_point middle = middles[dt_rng_below(&rng, 4)];
        const uint32_t slot_ms = slots[dt_rng_below(&rng, 3)];
        struct dt_blind_cells set[2] = {{room[0], CAPACITY, 0}, {room[1], CAPACITY, 0}};
        bool covered = true;
        for (int k = 0; k < 2; k++) {
            draw_plan(&rng, &plans[k], middle);
            covered = dt_blind_cover(&set[k], &plans[k].plain, &widest, slot_ms) == DT_OK && covered;
        }
        if (!covered) { /* above a cap: refused as a whole, not cut short */
            assert_true(set[0].count == 0 || set[1].count == 0);
            continue;
        }
        const bool met = share(&set[0], &set[1]);
        const bool conflict = verdict(&world()->charter) == DT_PAIR_CONFLICT;
        if (conflict && !met) {
            fail_msg("pair %d is in conflict and shares no cell", i);
        }
        conflicts += conflict;
        apart += !met;
        cells_only += met && !conflict;
    }
    assert_true(conflicts > 300 && apart > 300 && cells_only > 300);
}

/* What lies between windows that come again is not entered. */
static void windows_that_come_again_are_entered_one_by_one(void **state)
{
    (void)state;
    struct dt_blind_cells set = {room[0], CAPACITY, 0};
    const struct dt_separation none = {0, 0, 0};
    struct plan *p = &plans[0];
    p->points[0][0] = (struct dt_point){362500000, 371500000};
    p->rings[0] = (struct dt_ring){p->points[0], 1};
    p->plain.volume_count = 1;
    p->plain.volumes[0] = (struct dt_notice_volume){
        .shape = {.shape = DT_SHAPE_CIRCLE, .radius_mm = 1000, .rings = p->rings, .ring_count = 1,
                  .time = {0, 48 * HOUR}, .alt_hi_mm = 1},
        .length_ms = HOUR, .every_ms = 24 * HOUR};
    assert_err(dt_blind_cover(&set, &p->plain, &none, (uint32_t)HOUR), DT_OK);
    assert_int_equal(set.count, 2);
    assert_int_equal(dt_blind_cell_window(set.cells[1], (uint32_t)HOUR).from_ms, 24 * HOUR);
    set.count = 0;
    p->plain.volumes[0].every_ms = p->plain.volumes[0].length_ms = 0;
    assert_err(dt_blind_cover(&set, &p->plain, &none, (uint32_t)HOUR), DT_OK);
    assert_int_equal(set.count, 48);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_conflicts_always_shares_a_cell),
        cmocka_unit_test(windows_that_come_again_are_entered_one_by_one),
    };
    return cmocka_run_group_tests_name("blind_cover", tests, NULL, NULL);
}

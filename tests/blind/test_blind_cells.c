/* SPDX-License-Identifier: ISC */
/*
 * Goal: a true conflict always shares a cell; caps on area refuse the whole set.
 * Method: random pairs and separations; every conflict of geo/conflict.h is looked for in cells.
 */
#include "test.h"

#include "../geo/world.h"
#include "blind/cells.h"
#include "geo/cells.h"

enum { CAPACITY = 200000 };

static uint64_t room[2][CAPACITY];

static bool share(const struct dt_blind_cells *a, const struct dt_blind_cells *b)
{
    size_t k = 0;
    for (size_t i = 0; i < a->count; i++) {
        while (k < b->count && b->cells[k] < a->cells[i]) {
            k++;
        }
        if (k < b->count && b->cells[k] == a->cells[i]) {
            return true;
        }
    }
    return false;
}

static void no_conflict_is_missed(void **state)
{
    (void)state;
    static const uint32_t slots[] = {60000, 600000, 3600000, 86400000};
    struct world world = {dt_rng("blind cover").state};
    size_t conflicts = 0;
    size_t by_legs = 0;
    size_t apart = 0;
    for (int i = 0; i < 6000; i++) {
        struct world_volume a;
        struct world_volume b;
        struct dt_conflict out;
        world_pair(&world, &a, &b);
        const struct dt_separation separation = world_separation(&world);
        const uint32_t slot_ms = slots[world_between(&world, 0, 3)];
        if (dt_volume_check(&a.volume) != DT_OK || dt_volume_check(&b.volume) != DT_OK) {
            continue;
        }
        struct dt_blind_cells set[2] = {{room[0], CAPACITY, 0}, {room[1], CAPACITY, 0}};
        if (dt_blind_cells_add(&set[0], &a.volume, &separation, slot_ms) != DT_OK ||
            dt_blind_cells_add(&set[1], &b.volume, &separation, slot_ms) != DT_OK) {
            continue;
        }
        const bool conflict = dt_conflict_check(&a.volume, &b.volume, &separation, &out) == DT_CONFLICT;
        if (conflict && !share(&set[0], &set[1])) {
            fail_msg("pair %d is in conflict and shares no cell", i);
        }
        conflicts += conflict;
        by_legs += conflict && (a.volume.legs != NULL || b.volume.legs != NULL);
        apart += !share(&set[0], &set[1]);
    }
    assert_true(conflicts > 300 && by_legs > 20 && apart > 300);
}

static struct dt_volume circle(const struct dt_ring *ring, uint32_t radius_mm)
{
    return (struct dt_volume){.shape = DT_SHAPE_CIRCLE,
                              .radius_mm = radius_mm,
                              .rings = ring,
                              .ring_count = 1,
                              .time = {0, 3600000},
                              .alt_lo_mm = 0,
                              .alt_hi_mm = 1000};
}

/* Two circles at each side of a cell's border, apart by just the separation. */
static void separations_reach_over_borders(void **state)
{
    (void)state;
    const struct dt_point at[] = {{500500000, 100999000}, {500500000, 101001000}};
    const struct dt_ring ring[] = {{&at[0], 1}, {&at[1], 1}};
    struct dt_volume v[] = {circle(&ring[0], 1000), circle(&ring[1], 1000)};
    const struct dt_separation far = {20000, 0, 2};
    const struct dt_separation none = {0, 0, 0};
    struct dt_blind_cells set[2] = {{room[0], CAPACITY, 0}, {room[1], CAPACITY, 0}};
    v[1].time = (struct dt_window){3600001, 7200000}; /* 1 ms later: closer than 2 ms */
    for (int i = 0; i < 2; i++) {
        assert_err(dt_blind_cells_add(&set[i], &v[i], &none, 3600000), DT_OK);
    }
    assert_false(share(&set[0], &set[1]));
    for (int i = 0; i < 2; i++) {
        set[i].count = 0;
        assert_err(dt_blind_cells_add(&set[i], &v[i], &far, 3600000), DT_OK);
    }
    assert_true(share(&set[0], &set[1]));
}

static void cells_say_where_and_when(void **state)
{
    (void)state;
    const struct dt_point at = {-500450000, -100450000};
    const struct dt_ring ring = {&at, 1};
    struct dt_volume v = circle(&ring, 1000);
    const struct dt_separation none = {0, 0, 0};
    struct dt_blind_cells set = {room[0], CAPACITY, 0};
    v.time = (struct dt_window){-7200000, -3600000}; /* before 1970 too */
    assert_err(dt_blind_cells_add(&set, &v, &none, 3600000), DT_OK);
    assert_int_equal(set.count, 1);
    assert_int_equal(dt_blind_cell_place(set.cells[0]), dt_cell_of(at));
    const struct dt_window window = dt_blind_cell_window(set.cells[0], 3600000);
    assert_int_equal(window.from_ms, -7200000);
    assert_int_equal(window.until_ms, -3600000);
    assert_err(dt_blind_cells_add(&set, &v, &none, 3600000), DT_OK); /* again: nothing new */
    assert_int_equal(set.count, 1);
}

static void caps_empty_the_set(void **state)
{
    (void)state;
    const struct dt_point at = {0, 0};
    const struct dt_ring ring = {&at, 1};
    struct dt_volume v = circle(&ring, 1000);
    const struct dt_separation none = {0, 0, 0};
    struct dt_blind_cells set = {room[0], 8, 0};
    assert_err(dt_blind_cells_add(&set, &v, &none, 3600000), DT_OK);
    assert_int_equal(set.count, 4); /* round the corner of four */
    v.time.until_ms = 3 * 3600000;
    assert_err(dt_blind_cells_add(&set, &v, &none, 3600000), DT_ERR_CAPACITY);
    assert_int_equal(set.count, 0);
    set.capacity = CAPACITY;
    assert_err(dt_blind_cells_add(&set, &v, &none, 59999), DT_ERR_BAD_VALUE);
    v.radius_mm = 800000000; /* 800 km: more than the cap on area */
    assert_err(dt_blind_cells_add(&set, &v, &none, 3600000), DT_ERR_CAPACITY);
    v.radius_mm = UINT32_MAX;
    assert_err(dt_blind_cells_add(&set, &v, &none, 3600000), DT_ERR_TOO_LARGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_conflict_is_missed),
        cmocka_unit_test(separations_reach_over_borders),
        cmocka_unit_test(cells_say_where_and_when),
        cmocka_unit_test(caps_empty_the_set),
    };
    return cmocka_run_group_tests_name("blind_cells", tests, NULL, NULL);
}

/* SPDX-License-Identifier: ISC */
/*
 * Goal: the cells of a volume cover it, and not much else.
 * Method: random places of random footprints must lie in listed cells; listed
 * cells must be near the footprint.
 */
#include "test.h"

#include "geo/cells.h"
#include "geo/geodesic.h"
#include "world.h"

enum { CAPACITY = 20000 };

static uint32_t cells[CAPACITY];

static bool listed(uint32_t cell, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (cells[i] == cell) {
            return true;
        }
    }
    return false;
}

static void cells_have_corners(void **state)
{
    (void)state;
    struct dt_rng rng = dt_rng("cells");
    for (int i = 0; i < 10000; i++) {
        const uint32_t cell = (uint32_t)dt_rng_below(&rng, DT_CELL_ROWS * DT_CELL_COLUMNS);
        struct dt_point p = dt_cell_corner(cell);
        assert_int_equal(dt_cell_of(p), cell);
        p.lat_e7 += DT_CELL_E7 - 1;
        p.lon_e7 += DT_CELL_E7 - 1;
        assert_int_equal(dt_cell_of(p), cell);
    }
    assert_int_equal(dt_cell_of((struct dt_point){900000000, 1800000000}), 1799 * 3600);
    assert_int_equal(dt_cell_of((struct dt_point){-900000000, -1800000000}), 0);
}

/* Places of the footprint: off a corner or along an edge, within the radius. */
static void footprints_are_covered(void **state)
{
    (void)state;
    struct world world = {dt_rng("cover").state};
    int places = 0;
    for (int i = 0; i < 400; i++) {
        struct world_volume a;
        struct world_volume b;
        size_t count;
        world_pair(&world, &a, &b);
        if (dt_volume_check(&a.volume) != DT_OK ||
            dt_volume_cells(cells, CAPACITY, &count, &a.volume) != DT_OK) {
            continue;
        }
        assert_true(count > 0);
        const size_t edges = a.ring[0].count > 1 ? a.ring[0].count - 1 : 1;
        for (int k = 0; k < 60; k++, places++) {
            const size_t e = (size_t)world_between(&world, 0, (int64_t)edges - 1);
            double azimuth;
            double end;
            struct dt_point p = a.point[0][e];
            const double length =
                dt_geodesic_inverse(p, a.point[0][edges > 1 ? e + 1 : 0], &azimuth, &end);
            p = dt_geodesic_direct(p, azimuth,
                                   length * (double)world_between(&world, 0, 1000) / 1000);
            const double off = (double)a.volume.radius_mm * 0.999e-3 *
                               (double)world_between(&world, 0, 1000) / 1000;
            p = dt_geodesic_direct(p, (double)world_between(&world, 0, 628) / 100, off);
            assert_true(listed(dt_cell_of(p), count));
        }
    }
    assert_true(places > 10000);
}

static void regions_are_filled_and_not_much_more(void **state)
{
    (void)state;
    static const struct dt_point square[] = {{360000000, 370000000},
                                             {360000000, 380000000},
                                             {370000000, 380000000},
                                             {370000000, 370000000},
                                             {360000000, 370000000}};
    const struct dt_ring ring = {square, 5};
    const struct dt_volume volume = {
        .shape = DT_SHAPE_POLYGON, .rings = &ring, .ring_count = 1, .time = {0, 1}};
    size_t count;
    assert_err(dt_volume_check(&volume), DT_OK);
    assert_err(dt_volume_cells(cells, CAPACITY, &count, &volume), DT_OK);
    for (int row = 0; row < 10; row++) {
        for (int column = 0; column < 10; column++) {
            assert_true(listed(dt_cell_of((struct dt_point){360000000 + row * DT_CELL_E7 + 5,
                                                            370000000 + column * DT_CELL_E7 + 5}),
                               count));
        }
    }
    assert_in_range(count, 100, 160); /* one row more on each side at most */
    assert_err(dt_volume_cells(cells, 99, &count, &volume), DT_ERR_CAPACITY);
    assert_int_equal(count, 0);
}

static void the_pole_and_the_antimeridian_are_covered(void **state)
{
    (void)state;
    static const struct dt_point pole = {899990000, 0};
    static const struct dt_point date_line = {0, 1799990000};
    const struct dt_ring rings[] = {{&pole, 1}, {&date_line, 1}};
    struct dt_volume volume = {.shape = DT_SHAPE_CIRCLE,
                               .radius_mm = 500000,
                               .rings = &rings[0],
                               .ring_count = 1,
                               .time = {0, 1}};
    size_t count;
    assert_err(dt_volume_cells(cells, CAPACITY, &count, &volume), DT_OK);
    assert_true(count >= 3600); /* all cells meet at the pole */
    assert_true(listed(dt_cell_of((struct dt_point){899999999, -900000000}), count));
    volume.rings = &rings[1];
    assert_err(dt_volume_cells(cells, CAPACITY, &count, &volume), DT_OK);
    assert_true(listed(dt_cell_of((struct dt_point){0, -1799999999}), count));
    assert_true(listed(dt_cell_of((struct dt_point){-1, 1799999999}), count));
    assert_true(count <= 9);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cells_have_corners),
        cmocka_unit_test(footprints_are_covered),
        cmocka_unit_test(regions_are_filled_and_not_much_more),
        cmocka_unit_test(the_pole_and_the_antimeridian_are_covered),
    };
    return cmocka_run_group_tests_name("cells", tests, NULL, NULL);
}

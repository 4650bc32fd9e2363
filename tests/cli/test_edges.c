/* SPDX-License-Identifier: ISC */
/*
 * Goal: GeoJSON means edges straight in longitude and latitude, cut at the antimeridian;
 * volumes have geodesics. Neither way is anything lost: what is read covers what was drawn,
 * what is drawn is within half a metre of the volume, and an export of ours is the same
 * volume again.
 * Method: the exact distance (geo/distance.h) against plain arithmetic in degrees, for random
 * shapes everywhere on earth, at the antimeridian and round the poles; then cases by hand.
 */
#include "cli/drawing.h"
#include "cli/geojson.h"
#include "cli/straight.h"

#include "shapes.h"

/* --- drawings ------------------------------------------------------------------------------------ */

static double coordinate(const json_t *position, size_t i)
{
    return json_number_value(json_array_get(position, i));
}

static bool in_ring(const json_t *ring, double x, double y)
{
    bool in = false;
    for (size_t i = 0; i + 1 < json_array_size(ring); i++) {
        const json_t *a = json_array_get(ring, i), *b = json_array_get(ring, i + 1);
        const double ay = coordinate(a, 1), by = coordinate(b, 1);
        in ^= (ay > y) != (by > y) && x < coordinate(a, 0) + (y - ay) / (by - ay) * (coordinate(b, 0) - coordinate(a, 0));
    }
    return in;
}

static size_t polygons_of(const json_t *geometry, const json_t *out[64])
{
    const char *type = json_string_value(json_object_get(geometry, "type"));
    const json_t *coordinates = json_object_get(geometry, "coordinates");
    assert_non_null(type);
    if (strcmp(type, "Polygon") == 0) {
        out[0] = coordinates;
        return 1;
    }
    assert_string_equal(type, "MultiPolygon");
    for (size_t i = 0; i < json_array_size(coordinates); i++) {
        out[i] = json_array_get(coordinates, i);
    }
    return json_array_size(coordinates);
}

/* Rings closed, outer ones anticlockwise, holes not, no edge over the antimeridian. */
static void check_rings(const json_t *polygon)
{
    for (size_t r = 0; r < json_array_size(polygon); r++) {
        const json_t *ring = json_array_get(polygon, r);
        const size_t count = json_array_size(ring);
        double area = 0;
        assert_true(count >= 4 && json_equal(json_array_get(ring, 0), json_array_get(ring, count - 1)));
        for (size_t i = 0; i + 1 < count; i++) {
            const json_t *a = json_array_get(ring, i), *b = json_array_get(ring, i + 1);
            const bool pole = fabs(coordinate(a, 1)) == 90 && coordinate(a, 1) == coordinate(b, 1);
            assert_true(fabs(coordinate(a, 0)) <= 180 && fabs(coordinate(a, 1)) <= 90);
            assert_true(pole || fabs(coordinate(a, 0) - coordinate(b, 0)) <= 180);
            area -= (coordinate(b, 0) - coordinate(a, 0)) * (coordinate(a, 1) + coordinate(b, 1));
        }
        assert_true(r == 0 ? area > 0 : area < 0);
    }
}

static struct dt_point near_place(struct dt_rng *rng, const struct sample *s)
{
    return cli_point_at(s->centre, uniform(rng, 0, 2 * pi), s->reach_m * uniform(rng, 0, 1.3));
}

static void a_drawing_is_the_volume_to_half_a_metre(void **state)
{
    (void)state;
    struct dt_rng rng = dt_rng("drawing");
    static struct sample s;
    size_t inside = 0, parted = 0;
    for (int i = 0; i < 300; i++) {
        const json_t *polygons[64];
        make(&s, &rng, DT_SHAPE_POLYGON);
        json_t *geometry = cli_drawing(&s.v);
        const size_t count = polygons_of(geometry, polygons);
        parted += count > 1;
        for (size_t k = 0; k < count; k++) {
            check_rings(polygons[k]);
        }
        for (int n = 0; n < 30; n++) {
            const struct dt_point p = near_place(&rng, &s);
            bool drawn = false;
            for (size_t k = 0; k < count; k++) {
                for (size_t r = 0; r < json_array_size(polygons[k]); r++) {
                    drawn ^= in_ring(json_array_get(polygons[k], r), p.lon_e7 / 1e7, p.lat_e7 / 1e7);
                }
            }
            if (boundary_mm(&s, p) > 600 && drawn != (core_mm(&s.v, p) == 0)) {
                fail_msg("%d: %d %d is %s the drawing only", i, p.lat_e7, p.lon_e7, drawn ? "in" : "out of");
            }
            inside += drawn;
        }
        json_decref(geometry);
    }
    assert_true(inside > 1000 && parted > 20);
}

/* --- there and back -------------------------------------------------------------------------------- */

static struct dt_geojson_notice notice, first;
static struct dt_geojson_fault fault;

static enum dt_err read_value(json_t *collection, size_t *count)
{
    char *text = json_dumps(collection, JSON_COMPACT);
    struct dt_geojson g;
    const struct dt_geojson_hints hints = {.confirmed = ~0u};
    assert_non_null(text);
    enum dt_err err = dt_geojson_open(&g, dt_span(text, strlen(text)), &fault);
    if (err == DT_OK) {
        err = dt_geojson_feature(&notice, &g, 0, &hints, &fault);
        *count = notice.plain.volume_count;
        notice.plain.text = dt_span(NULL, 0); /* it lay in the file */
        dt_geojson_close(&g);
    }
    free(text);
    return err;
}

static void same_volume(const struct dt_notice_volume *a, const struct dt_notice_volume *b)
{
    assert_int_equal(a->shape.shape, b->shape.shape);
    assert_int_equal(a->shape.radius_mm, b->shape.radius_mm);
    assert_int_equal(a->shape.ring_count, b->shape.ring_count);
    for (size_t r = 0; r < a->shape.ring_count; r++) {
        assert_int_equal(a->shape.rings[r].count, b->shape.rings[r].count);
        assert_memory_equal(a->shape.rings[r].points, b->shape.rings[r].points,
                            a->shape.rings[r].count * sizeof(struct dt_point));
    }
    assert_memory_equal(&a->shape.time, &b->shape.time, sizeof a->shape.time);
    assert_int_equal(a->shape.alt_lo_mm, b->shape.alt_lo_mm);
    assert_int_equal(a->shape.alt_hi_mm, b->shape.alt_hi_mm);
    assert_int_equal(a->datum, b->datum);
    assert_int_equal(a->accuracy_mm, b->accuracy_mm);
    assert_int_equal(a->alt_accuracy_mm, b->alt_accuracy_mm);
    assert_true(a->tolerance_ms == b->tolerance_ms && a->length_ms == b->length_ms && a->every_ms == b->every_ms);
    assert_int_equal(a->shape.legs == NULL, b->shape.legs == NULL);
    for (size_t i = 0; a->shape.legs != NULL && i + 1 < a->shape.rings[0].count; i++) {
        assert_memory_equal(&a->shape.legs[i], &b->shape.legs[i], sizeof a->shape.legs[i]);
    }
}

static void our_own_export_is_the_same_volume_again(void **state)
{
    (void)state;
    struct dt_rng rng = dt_rng("own");
    static struct sample s;
    for (int i = 0; i < 300; i++) {
        size_t count = 0;
        make(&s, &rng, (enum dt_shape)(i % 3));
        one_volume(&first.plain, &s, &rng);
        json_t *all = exported(&first.plain);
        const enum dt_err err = read_value(all, &count);
        if (err != DT_OK) {
            fail_msg("%d: %s %s", i, dt_err_name(err), fault.detail);
        }
        same_volume(&first.plain.volumes[0], &notice.plain.volumes[0]);
        json_decref(all);
    }
}

static void a_drawing_that_was_edited_is_refused(void **state)
{
    (void)state;
    struct dt_rng rng = dt_rng("edited");
    static struct sample s;
    size_t count;
    do {
        make(&s, &rng, DT_SHAPE_POLYGON);
    } while (s.v.ring_count > 1 || abs(s.centre.lat_e7) > 600000000 || abs(s.centre.lon_e7) > 1500000000);
    one_volume(&first.plain, &s, &rng);
    json_t *all = exported(&first.plain);
    json_t *feature = json_array_get(json_object_get(all, "features"), 0);
    json_t *at = json_array_get(json_array_get(json_object_get(json_object_get(feature, "geometry"), "coordinates"), 0), 1);
    assert_true(json_is_number(json_array_get(at, 1)));
    json_array_set_new(at, 1, json_real(coordinate(at, 1) + 0.001));
    assert_err(read_value(all, &count), DT_ERR_BAD_VALUE);
    assert_non_null(strstr(fault.detail, "corners"));
    json_decref(all);
}

static void the_cells_of_anothers_notice_are_no_shape(void **state)
{
    (void)state;
    size_t count;
    json_t *all = json_pack("{s:s, s:{s:s, s:o}, s:{s:s, s:b, s:s, s:s, s:s, s:s}}", "type", "Feature", "geometry", "type",
                            "MultiPolygon", "coordinates", json_array(), "properties", "shape", "cells", "exact", 0,
                            "category", "FIRES", "request", "INFORM_ONLY", "start", "2026-02-26T08:00Z", "end",
                            "2026-02-26T09:00Z");
    assert_err(read_value(all, &count), DT_ERR_NOT_ALLOWED);
    assert_non_null(strstr(fault.detail, "only cells"));
    json_decref(all);
}

/* The drawing alone, as others' programs hand it on: never less than the volume. */
static void what_others_read_covers_the_volume(void **state)
{
    (void)state;
    struct dt_rng rng = dt_rng("others");
    static struct sample s;
    size_t taken = 0, parts = 0, checked = 0;
    for (int i = 0; i < 300; i++) {
        size_t count = 0;
        make(&s, &rng, (enum dt_shape)(i % 3));
        json_t *geometry = cli_drawing(&s.v);
        const bool line = i % 3 == DT_SHAPE_CORRIDOR;
        json_t *all = json_pack("{s:s, s:o, s:{s:s, s:s, s:s, s:s, s:s, s:f}}", "type", "Feature", "geometry", geometry,
                                "properties", "category", "FIRES", "request", "INFORM_ONLY", "title", "x", "start",
                                "2026-02-26T08:00Z", "end", "2026-02-26T09:00Z", line ? "width_m" : "other", 2.0);
        const enum dt_err err = read_value(all, &count);
        json_decref(all);
        if (err == DT_ERR_TOO_LARGE) {
            continue; /* more positions than a notice holds */
        }
        if (err != DT_OK) {
            fail_msg("%d: %s %s", i, dt_err_name(err), fault.detail);
        }
        taken++;
        parts += count > 1;
        assert_true(count == 1 || notice.plain.point_count > DT_RING_MAX); /* what was cut is one again */
        for (int n = 0; n < 20; n++) {
            const struct dt_point p = near_place(&rng, &s);
            if (core_mm(&s.v, p) > (s.v.shape == DT_SHAPE_POLYGON ? 0 : (int64_t)s.v.radius_mm)) {
                continue;
            }
            int64_t least = INT64_MAX;
            for (size_t k = 0; k < count; k++) {
                struct dt_distance d;
                const struct dt_ring ring = {&p, 1};
                const struct dt_volume at = {.shape = DT_SHAPE_CIRCLE, .radius_mm = 1, .rings = &ring, .ring_count = 1};
                dt_distance(&at, &notice.plain.volumes[k].shape, &d);
                least = d.mm < least ? d.mm : least;
            }
            assert_true(least <= 500); /* the drawing itself is within half a metre */
            checked++;
        }
    }
    assert_true(taken > 150 && checked > 500);
    assert_true(parts < 10);
}

/* --- the bound --------------------------------------------------------------------------------------- */

static void a_line_from_a_place_to_itself_is_drawn(void **state)
{
    (void)state;
    const struct dt_point twice[2] = {{361000000, 371000000}, {361000000, 371000000}};
    const struct dt_ring ring = {twice, 2};
    const struct dt_volume v = {.shape = DT_SHAPE_CORRIDOR, .radius_mm = 1000, .rings = &ring, .ring_count = 1, .time = {0, 1}};
    assert_err(dt_volume_check(&v), DT_OK);
    json_t *geometry = cli_drawing(&v);
    assert_string_equal(json_string_value(json_object_get(geometry, "type")), "LineString");
    assert_int_equal(json_array_size(json_object_get(geometry, "coordinates")), 2);
    json_decref(geometry);
}

static void the_stray_is_never_more_than_its_bound(void **state)
{
    (void)state;
    struct dt_rng rng = dt_rng("stray");
    size_t close = 0;
    for (int i = 0; i < 2000; i++) {
        struct dt_point ends[2] = {somewhere(&rng)};
        const double size = exp(uniform(&rng, log(0.001), log(20)));
        const double lat = fmin(fmax(ends[0].lat_e7 / 1e7 + uniform(&rng, -size, size), -89.9), 89.9);
        const double turn = uniform(&rng, -size, size);
        double lon = ends[0].lon_e7 / 1e7 + turn;
        lon += lon > 180 ? -360 : lon < -180 ? 360 : 0;
        ends[1] = (struct dt_point){(int32_t)lround(lat * 1e7), (int32_t)llround(lon * 1e7)};
        const struct dt_ring ring = {ends, 2};
        const struct dt_volume line = {.shape = DT_SHAPE_CORRIDOR, .radius_mm = 1, .rings = &ring, .ring_count = 1};
        const double bound = dt_stray_m(ends[0], ends[1]);
        double most = 0;
        for (int k = 1; k < 16; k++) {
            int64_t at = ends[0].lon_e7 + llround((double)dt_turn_e7(ends[0], ends[1]) * k / 16);
            at += at > DT_LON_MAX_E7 ? -2 * (int64_t)DT_LON_MAX_E7 : at < -(int64_t)DT_LON_MAX_E7 ? 2 * (int64_t)DT_LON_MAX_E7 : 0;
            const struct dt_point p = {(int32_t)(ends[0].lat_e7 + llround(((double)ends[1].lat_e7 - ends[0].lat_e7) * k / 16)),
                                       (int32_t)at};
            most = fmax(most, (double)core_mm(&line, p) / 1000);
        }
        if (most > bound + 0.011) {
            fail_msg("%d %d to %d %d: %.3f m, bound %.3f m", ends[0].lat_e7, ends[0].lon_e7, ends[1].lat_e7,
                     ends[1].lon_e7, most, bound);
        }
        close += bound > 1 && most > bound / 2;
    }
    assert_true(close > 200); /* it is no bound that never comes near */
}

/* --- by hand ------------------------------------------------------------------------------------------- */

static int margin_m;

static enum dt_err judge(const char *geometry, size_t *volumes)
{
    json_error_t error;
    json_t *all = json_pack("{s:s, s:o, s:{s:s, s:s, s:s, s:s, s:s, s:i, s:i}}", "type", "Feature", "geometry",
                            json_loads(geometry, 0, &error), "properties", "category", "FIRES", "request",
                            "INFORM_ONLY", "title", "x", "start", "2026-02-26T08:00Z", "end", "2026-02-26T09:00Z",
                            "width_m", 100, "margin_m", margin_m);
    assert_non_null(all);
    const enum dt_err err = read_value(all, volumes);
    json_decref(all);
    return err;
}

static bool holds(double lat, double lon)
{
    const struct dt_point p = {(int32_t)lround(lat * 1e7), (int32_t)llround(lon * 1e7)};
    return core_mm(&notice.plain.volumes[0].shape, p) == 0;
}

static void what_was_cut_at_the_antimeridian_is_one_again(void **state)
{
    (void)state;
    size_t volumes;
    assert_err(judge("{\"type\": \"MultiPolygon\", \"coordinates\": [[[[179, 10], [180, 10], [180, 12], [179, 12], [179, 10]]],"
                     "[[[-180, 10], [-179, 10], [-179, 12], [-180, 12], [-180, 10]]]]}", &volumes), DT_OK);
    assert_int_equal(volumes, 1);
    assert_true(holds(11, 180) && holds(11, 179.5) && holds(11, -179.5) && !holds(13, 180));
    assert_in_range(notice.plain.volumes[0].shape.radius_mm, 1, 510);
    const uint32_t stray_mm = notice.plain.volumes[0].shape.radius_mm;
    margin_m = 25;
    assert_err(judge("{\"type\": \"MultiPolygon\", \"coordinates\": [[[[179, 10], [180, 10], [180, 12], [179, 12], [179, 10]]],"
                     "[[[-180, 10], [-179, 10], [-179, 12], [-180, 12], [-180, 10]]]]}", &volumes), DT_OK);
    assert_int_equal(notice.plain.volumes[0].shape.radius_mm, 25000 + stray_mm);
    margin_m = 0;
    assert_int_equal(volumes, 1);
    /* a hole over the antimeridian, parts drawn clockwise and in any order */
    assert_err(judge("{\"type\": \"MultiPolygon\", \"coordinates\": [[[[-180, 10], [-180, 10.5], [-179.5, 10.5], [-179.5, 11.5],"
                     "[-180, 11.5], [-180, 12], [-179, 12], [-179, 10], [-180, 10]]],"
                     "[[[180, 10], [179, 10], [179, 12], [180, 12], [180, 11.5], [179.5, 11.5], [179.5, 10.5], [180, 10.5],"
                     "[180, 10]]]]}", &volumes), DT_OK);
    assert_int_equal(volumes, 1);
    assert_int_equal(notice.plain.volumes[0].shape.ring_count, 2);
    assert_true(!holds(11, 180) && holds(11, 179.3) && holds(11.8, 180));
    assert_err(judge("{\"type\": \"MultiLineString\", \"coordinates\": [[[179, 10], [180, 11]], [[-180, 11], [-179, 12]]]}",
                     &volumes), DT_OK);
    assert_int_equal(volumes, 1);
    assert_err(judge("{\"type\": \"MultiLineString\", \"coordinates\": [[[10, 10], [10, 11]], [[12, 11], [12, 12]]]}",
                     &volumes), DT_OK);
    assert_int_equal(volumes, 2);
}

static void poles_are_right_or_refused_by_name(void **state)
{
    (void)state;
    size_t volumes;
    /* all longitudes from 80 degrees to the pole */
    assert_err(judge("{\"type\": \"Polygon\", \"coordinates\": [[[-180, 80], [-120, 80], [-60, 80], [0, 80], [60, 80], [120, 80],"
                     "[180, 80], [180, 90], [-180, 90], [-180, 80]]]}", &volumes), DT_ERR_TOO_LARGE);
    assert_non_null(strstr(fault.detail, "cut the shape"));
    assert_err(judge("{\"type\": \"Polygon\", \"coordinates\": [[[-180, 89.97], [-120, 89.97], [-60, 89.97], [0, 89.97], [60, 89.97],"
                     "[120, 89.97], [180, 89.97], [180, 90], [-180, 90], [-180, 89.97]]]}", &volumes), DT_OK);
    assert_true(holds(90, 0) && holds(89.98, 77) && !holds(89.96, 30));
    /* a slice that ends in the pole */
    assert_err(judge("{\"type\": \"Polygon\", \"coordinates\": [[[10, -89.5], [10, -90], [30, -90], [30, -89.5], [10, -89.5]]]}",
                     &volumes), DT_OK);
    assert_true(holds(-89.9, 20) && !holds(-89.9, 40));
    /* which way round? */
    assert_err(judge("{\"type\": \"Polygon\", \"coordinates\": [[[0, 80], [120, 80], [-120, 80], [0, 80]]]}", &volumes),
               DT_ERR_BAD_VALUE);
    assert_err(judge("{\"type\": \"Polygon\", \"coordinates\": [[[179, 10], [-179, 10], [-179, 11], [179, 11], [179, 10]]]}",
                     &volumes), DT_ERR_BAD_VALUE);
    assert_non_null(strstr(fault.detail, "3.1.9"));
    assert_err(judge("{\"type\": \"LineString\", \"coordinates\": [[0, 50], [60, 50]]}", &volumes), DT_ERR_TOO_LARGE);
}

static void an_edge_follows_its_parallel(void **state)
{
    (void)state;
    size_t volumes;
    /* 3 degrees along 50 north: the geodesic is 1.9 km further north in the middle */
    assert_err(judge("{\"type\": \"LineString\", \"coordinates\": [[10, 50], [13, 50]]}", &volumes), DT_OK);
    const struct dt_volume *v = &notice.plain.volumes[0].shape;
    assert_in_range(v->radius_mm, 50001, 50520);
    assert_true(v->rings[0].count > 30);
    for (int i = 0; i <= 100; i++) {
        const struct dt_point p = {500000000, 100000000 + 300000 * i};
        assert_true(core_mm(v, p) <= 520);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_stray_is_never_more_than_its_bound),
        cmocka_unit_test(a_drawing_is_the_volume_to_half_a_metre),
        cmocka_unit_test(a_line_from_a_place_to_itself_is_drawn),
        cmocka_unit_test(our_own_export_is_the_same_volume_again),
        cmocka_unit_test(a_drawing_that_was_edited_is_refused),
        cmocka_unit_test(the_cells_of_anothers_notice_are_no_shape),
        cmocka_unit_test(what_others_read_covers_the_volume),
        cmocka_unit_test(what_was_cut_at_the_antimeridian_is_one_again),
        cmocka_unit_test(poles_are_right_or_refused_by_name),
        cmocka_unit_test(an_edge_follows_its_parallel),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: ISC */
/*
 * Goal: what is exported as CSV, NOTAM or coordinates can be read by others, holds the
 * volume, and says what it loses.
 * Method: random volumes written and read again by our own readers; the exact distance says
 * whether anything of the volume is left out. Then texts by hand.
 */
#include "cli/export_format.h"
#include "cli/plan.h"

#include "shapes.h"

static struct dt_geojson_notice notice, first;
static struct dt_geojson_fault fault;
static char text[1 << 20];

static size_t written(cli_export_writer *write, const json_t *collection)
{
    FILE *out = fmemopen(text, sizeof text, "w");
    assert_non_null(out);
    assert_true(write(collection, out));
    const long size = ftell(out);
    fclose(out);
    assert_in_range(size, 1, (long)sizeof text - 1);
    text[size] = '\0';
    return (size_t)size;
}

static enum dt_err read_back(const char *category)
{
    const struct dt_geojson_hints hints = {.confirmed = ~0u};
    struct dt_geojson g;
    json_t *fields = json_pack("{s:s, s:s}", "request", "INFORM_ONLY", "category", category);
    enum dt_err err = dt_plan_open(&g, dt_span(text, strlen(text)), fields, &fault);
    json_decref(fields);
    if (err == DT_OK) {
        err = dt_geojson_feature(&notice, &g, 0, &hints, &fault);
        notice.plain.text = dt_span(NULL, 0);
        dt_geojson_close(&g);
    }
    return err;
}

/* Whole values, so that no rounding of units stands between. */
static void whole(struct dt_notice_volume *v)
{
    v->shape.time = (struct dt_window){SHAPES_T0 + 60000, SHAPES_T0 + 7999980000};
    v->tolerance_ms -= v->tolerance_ms % 60000;
    v->length_ms -= v->length_ms % 60000;
    v->shape.legs = NULL;
    v->shape.radius_mm += v->shape.shape != DT_SHAPE_CIRCLE ? 100001 : 0;
    v->shape.alt_lo_mm = v->datum == DT_DATUM_LEVEL ? 1524000 : 123456;
    v->shape.alt_hi_mm = v->datum == DT_DATUM_LEVEL ? 3048000 : 7000001;
    if (v->length_ms > 0) { /* the last window ends where the volume does */
        const int64_t windows = (v->shape.time.until_ms - v->shape.time.from_ms - v->length_ms) / v->every_ms;
        v->shape.time.until_ms = v->shape.time.from_ms + windows * v->every_ms + v->length_ms;
    }
}

static void csv_read_again_is_the_same_volume(void **state)
{
    (void)state;
    struct dt_rng rng = dt_rng("csv");
    static struct sample s;
    for (int i = 0; i < 200; i++) {
        make(&s, &rng, (enum dt_shape)(i % 3));
        s.v.ring_count = 1;
        one_volume(&first.plain, &s, &rng);
        whole(&first.plain.volumes[0]);
        json_t *all = exported(&first.plain);
        written(cli_export_csv, all);
        json_decref(all);
        const enum dt_err err = read_back("STATIC");
        if (err != DT_OK) {
            fail_msg("%d: %s %s: %.400s", i, dt_err_name(err), fault.detail, text);
        }
        const struct dt_notice_volume *a = &first.plain.volumes[0], *b = &notice.plain.volumes[0];
        assert_int_equal(a->shape.shape, b->shape.shape);
        assert_in_range(b->shape.radius_mm, a->shape.radius_mm, a->shape.radius_mm + 1);
        assert_int_equal(a->shape.rings[0].count, b->shape.rings[0].count);
        assert_memory_equal(a->shape.rings[0].points, b->shape.rings[0].points,
                            a->shape.rings[0].count * sizeof(struct dt_point));
        assert_memory_equal(&a->shape.time, &b->shape.time, sizeof a->shape.time);
        assert_true(a->length_ms == b->length_ms && a->every_ms == b->every_ms && a->tolerance_ms == b->tolerance_ms);
        assert_int_equal(a->datum, b->datum);
        assert_true(abs(a->shape.alt_lo_mm - b->shape.alt_lo_mm) <= 1 && abs(a->shape.alt_hi_mm - b->shape.alt_hi_mm) <= 1);
        assert_true(a->accuracy_mm == b->accuracy_mm && a->alt_accuracy_mm == b->alt_accuracy_mm);
    }
}

/* The Q line's circle, as a receiver of the NOTAM would take it. */
static void a_notam_holds_its_volume(void **state)
{
    (void)state;
    struct dt_rng rng = dt_rng("notam");
    static struct sample s;
    size_t checked = 0;
    for (int i = 0; i < 300; i++) {
        make(&s, &rng, (enum dt_shape)(i % 3));
        one_volume(&first.plain, &s, &rng);
        json_t *all = exported(&first.plain);
        written(cli_export_notam, all);
        json_decref(all);
        const enum dt_err err = read_back("FIRES");
        if (err == DT_ERR_BAD_VALUE && strstr(fault.detail, "radius") != NULL) {
            continue; /* larger than any radius that can be written */
        }
        if (err != DT_OK) {
            fail_msg("%d: %s %s: %.600s", i, dt_err_name(err), fault.detail, text);
        }
        const struct dt_notice_volume *a = &first.plain.volumes[0], *b = &notice.plain.volumes[0];
        struct dt_volume circle = b->shape;
        circle.radius_mm = 1; /* its centre */
        for (size_t k = 0; k < s.rings[0].count; k++) {
            const int64_t reach = core_mm(&circle, s.points[0][k]) + a->shape.radius_mm + a->accuracy_mm;
            assert_true(reach <= (int64_t)b->shape.radius_mm + 1);
            checked++;
        }
        assert_true(b->shape.time.from_ms <= a->shape.time.from_ms && b->shape.time.until_ms >= a->shape.time.until_ms);
    }
    assert_true(checked > 1000);
}

static json_t *by_hand(const char *properties)
{
    json_error_t error;
    json_t *p = json_loads(properties, 0, &error);
    assert_non_null(p);
    return json_pack("{s:{s:s, s:s}, s:[{s:s, s:o}]}", "detente", "title", "River", "written", "2026-02-26T08:00:00Z",
                     "features", "id", "NORD.1-4/1", "properties", p);
}

#define WHEN "\"exact\": true, \"from_time\": \"2026-02-26T08:00:30Z\", \"until_time\": \"2026-02-27T12:00:30Z\""

static void a_notam_by_hand(void **state)
{
    (void)state;
    json_t *all = by_hand("{" WHEN ", \"class\": \"EXERCISE\", \"category\": \"FIRES\", \"title\": \"Bataillon (F) \u00e9\", "
                          "\"shape\": \"circle\", \"centre\": [-7.5, -36.25], \"radius_m\": 1852, \"alt_lower_m\": 0, "
                          "\"alt_upper_m\": 3048, \"alt_datum\": \"AMSL\", \"every_min\": 1440, \"window_min\": 60}");
    written(cli_export_notam, all);
    assert_string_equal(text, "NORD.1-4/1 NOTAMN\nQ) XXXX/QWMLW/IV/BO/W/000/100/3615S00730W001\n"
                              "A) XXXX B) 2602260800 C) 2602271201\n"
                              "E) EXERCISE FIRES BATAILLON /F/ ? CIRCLE RADIUS 1.00NM CENTRE 361500S0073000W\n"
                              "F) 0FT AMSL\nG) 10000FT AMSL\n\n");
    json_decref(all);
    all = by_hand("{" WHEN ", \"class\": \"OPERATION\", \"category\": \"AIRSPACE_RES\", \"title\": \"Box\", \"shape\": \"polygon\", "
                  "\"corners\": [[[179.5, 10], [-179.5, 10], [-179.5, 11], [179.5, 10]]], \"alt_lower_m\": 1524, "
                  "\"alt_upper_m\": 3100, \"alt_datum\": \"FL\", \"movement\": true, \"text\": \"Call first\"}");
    written(cli_export_notam, all);
    assert_non_null(strstr(text, "/QRTCA/IV/BO/W/050/102/1030N18000"));
    assert_non_null(strstr(text, "C) 2602271201 EST\n"));
    assert_non_null(strstr(text, "AREA BOUNDED BY 100000N1793000E - 100000N1793000W - "));
    assert_non_null(strstr(text, ". CALL FIRST\nF) FL050\nG) FL102\n"));
    json_decref(all);
}

static void a_schedule_is_said_where_it_can_be(void **state)
{
    (void)state;
    static const struct {
        const char *from, *csv, *notam;
        double every, length;
    } cases[] = {{"2026-02-26T22:00:00Z", "daily 22:00Z-04:30Z", "D) DAILY 2200-0430\n", 1440, 390},
                 {"2026-02-26T06:00:00Z", "weekly THU 06:00Z-09:00Z", "D) THU 0600-0900\n", 10080, 180},
                 {"2026-02-26T06:00:30Z", "", NULL, 1440, 390},
                 {"2026-02-26T06:00:00Z", "", NULL, 720, 60}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char schedule[CLI_SCHEDULE_SIZE], properties[512];
        snprintf(properties, sizeof properties,
                 "{\"exact\": true, \"from_time\": \"%s\", \"until_time\": \"2026-03-27T12:00:00Z\", \"every_min\": %f, "
                 "\"window_min\": %f, \"shape\": \"circle\", \"centre\": [7, 36], \"radius_m\": 100, \"alt_datum\": \"SFC\"}",
                 cases[i].from, cases[i].every, cases[i].length);
        json_t *all = by_hand(properties);
        cli_export_schedule(schedule, json_object_get(json_array_get(json_object_get(all, "features"), 0), "properties"));
        assert_string_equal(schedule, cases[i].csv);
        written(cli_export_notam, all);
        assert_true(cases[i].notam != NULL ? strstr(text, cases[i].notam) != NULL : strstr(text, "D)") == NULL);
        json_decref(all);
    }
}

static void a_strangers_words_stay_words(void **state)
{
    (void)state;
    json_t *all = by_hand("{" WHEN ", \"title\": \"=HYPERLINK(\\\"x\\\")\", \"text\": \"a\\n2026-01-01\\n+1\", \"shape\": \"circle\", "
                          "\"centre\": [7, 36], \"radius_m\": 100, \"alt_datum\": \"SFC\"}");
    written(cli_export_csv, all);
    assert_non_null(strstr(text, ",\"'=HYPERLINK(\"\"x\"\")\","));
    assert_non_null(strstr(text, ",\"a 2026-01-01 +1\"\r\n"));
    written(cli_export_coordinates, all);
    for (char *line = text, *rest = NULL; (line = strtok_r(line, "\n", &rest)) != NULL; line = NULL) {
        assert_true(line[0] == '#' || strcmp(line, "36.0000000 7.0000000") == 0);
    }
    json_decref(all);
}

static void coordinates_of_one_shape_are_read_again(void **state)
{
    (void)state;
    json_t *all = by_hand("{" WHEN ", \"title\": \"Box\", \"shape\": \"polygon\", \"corners\": [[[37.1, 36.2], [37.3, 36.2], "
                          "[37.3, 36.4], [37.1, 36.2]]], \"alt_datum\": \"SFC\"}");
    written(cli_export_coordinates, all);
    json_decref(all);
    const struct dt_geojson_hints hints = {.confirmed = ~0u};
    struct dt_geojson g;
    json_t *fields = json_pack("{s:s, s:s, s:s, s:s, s:s}", "request", "INFORM_ONLY", "category", "STATIC", "title", "Box",
                               "start", "2026-02-26T08:00Z", "end", "2026-02-26T09:00Z");
    assert_err(dt_plan_open(&g, dt_span(text, strlen(text)), fields, &fault), DT_OK);
    assert_err(dt_geojson_feature(&notice, &g, 0, &hints, &fault), DT_OK);
    assert_int_equal(notice.plain.volumes[0].shape.rings[0].count, 4);
    assert_int_equal(notice.plain.points[1].lon_e7, 373000000);
    dt_geojson_close(&g);
    json_decref(fields);
}

static void every_format_says_what_it_loses(void **state)
{
    (void)state;
    static const char *const names[] = {"geojson", "cot", "kml", "gpx", "csv", "notam", "coordinates"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const struct cli_format *f = cli_format_find(names[i]);
        assert_non_null(f);
        json_t *losses = cli_format_losses(f);
        assert_true(json_array_size(losses) >= 5);
        json_decref(losses);
    }
    assert_null(cli_format_find("shapefile"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(csv_read_again_is_the_same_volume),
        cmocka_unit_test(a_notam_holds_its_volume),
        cmocka_unit_test(a_notam_by_hand),
        cmocka_unit_test(a_schedule_is_said_where_it_can_be),
        cmocka_unit_test(a_strangers_words_stay_words),
        cmocka_unit_test(coordinates_of_one_shape_are_read_again),
        cmocka_unit_test(every_format_says_what_it_loses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

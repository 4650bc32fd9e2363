/* SPDX-License-Identifier: ISC */
/*
 * Goal: files as others' programs write them are read, right or with a named reason.
 * Method: the published samples where they are (../shared/vectors), each with what must come
 * of it; a sample without an expectation fails, and so does an expectation without its file.
 */
#include <dirent.h>

#include "base/utc.h"
#include "cli/plan.h"
#include "geo/distance.h"

#include "test.h"

#define FOLDER DT_SOURCE_DIR "/../shared/vectors/"

static struct dt_geojson_notice notice;
static struct dt_geojson_fault fault;
static char text[1 << 16];

static bool load(const char *folder, const char *name)
{
    char path[512];
    snprintf(path, sizeof path, FOLDER "%s/%s", folder, name);
    FILE *file = fopen(path, "r");
    if (file == NULL) {
        return false;
    }
    const size_t size = fread(text, 1, sizeof text - 1, file);
    text[size] = '\0';
    fclose(file);
    return true;
}

static enum dt_err judge(const char *given)
{
    static const struct dt_geojson_hints hints = {.language = "en", .confirmed = ~0u};
    struct dt_geojson g;
    json_error_t error;
    json_t *fields = json_loads(given, 0, &error);
    assert_non_null(fields);
    enum dt_err err = dt_plan_open(&g, dt_span(text, strlen(text)), fields, &fault);
    json_decref(fields);
    if (err == DT_OK) {
        assert_int_equal(g.count, 1);
        err = dt_geojson_feature(&notice, &g, 0, &hints, &fault);
        snprintf(fault.detail, sizeof fault.detail, "%.*s", (int)notice.plain.text.size,
                 notice.plain.text.size > 0 ? (const char *)notice.plain.text.data : "");
        notice.plain.text = dt_span(NULL, 0);
        dt_geojson_close(&g);
    }
    return err;
}

#define VOLUME notice.plain.volumes[0]
#define WHEN                                                                                       \
    "\"category\": \"STATIC\", \"request\": \"INFORM_ONLY\", \"start\": \"2026-02-26T08:00Z\", \"end\": "     \
    "\"2026-02-26T12:00Z\", \"radius\": \"50 m\", \"width\": \"20 m\""

/* --- Cursor-on-Target ------------------------------------------------------------------------------ */

static const struct event {
    const char *name;
    enum dt_err err;
    const char *title; /* or words of the reason */
    enum dt_shape shape;
    uint32_t radius_mm;
    size_t positions;
    int32_t lat_e7, lon_e7; /* of the first */
} cot[] = {
    {"Drawing Shapes - Circle.cot", DT_OK, "Drawing Circle 1", DT_SHAPE_CIRCLE, 226984, 1, 388373761, -770729993},
    {"Drawing Shapes - Free Form.cot", DT_OK, "Shape 1", DT_SHAPE_POLYGON, 0, 7, 388382318, -770661647},
    {"Drawing Shapes - Rectangle.cot", DT_OK, "Rectangle 1", DT_SHAPE_POLYGON, 0, 5, 388388448, -770689692},
    {"Drawing Shapes - Telestration.cot", DT_ERR_BAD_TYPE, "u-d-f-m", 0, 0, 0, 0, 0},
    {"Geo Fence.cot", DT_OK, "Geo Fence Circle", DT_SHAPE_CIRCLE, 297720, 1, 388308989, -770658669},
    {"Marker - 2525.cot", DT_OK, "U.16.135057", DT_SHAPE_CIRCLE, 50000, 1, 388566500, -770636420},
    {"Marker - Icon Set.cot", DT_OK, "hiker 1", DT_SHAPE_CIRCLE, 50000, 1, 388551317, -770514397},
    {"Marker - Spot.cot", DT_OK, "R 1", DT_SHAPE_CIRCLE, 50000, 1, 388560634, -770563755},
    {"Range & Bearing - Bullseye.cot", DT_ERR_BAD_TYPE, "u-r-b-bullseye", 0, 0, 0, 0, 0},
    {"Range & Bearing - Circle.cot", DT_OK, "R&B Circle 1", DT_SHAPE_CIRCLE, 468300, 1, 388175900, -770467840},
    {"Range & Bearing - Line.cot", DT_ERR_BAD_TYPE, "u-rb-a", 0, 0, 0, 0, 0},
    {"Route.cot", DT_OK, "Route 1", DT_SHAPE_CORRIDOR, 10000, 0, 388433531, -770544003},
};

static const struct event *expected(const char *name)
{
    for (size_t i = 0; i < sizeof cot / sizeof cot[0]; i++) {
        if (strcmp(cot[i].name, name) == 0) {
            return &cot[i];
        }
    }
    return NULL;
}

static void check_event(const struct event *e)
{
    assert_true(load("cot", e->name));
    const enum dt_err err = judge("{" WHEN "}");
    if (err != e->err) {
        fail_msg("%s: %s %s", e->name, dt_err_name(err), fault.detail);
    }
    if (err != DT_OK) {
        assert_non_null(strstr(fault.detail, e->title));
        return;
    }
    const struct dt_point first = VOLUME.shape.rings[0].points[0];
    assert_string_equal(notice.plain.title, e->title);
    assert_int_equal(strlen(notice.clear.source), 36); /* its uid */
    assert_int_equal(VOLUME.shape.shape, e->shape);
    assert_int_equal(VOLUME.shape.radius_mm, e->radius_mm);
    assert_true(e->positions == 0 || VOLUME.shape.rings[0].count == e->positions);
    assert_true(labs((long)first.lat_e7 - e->lat_e7) <= 1 && labs((long)first.lon_e7 - e->lon_e7) <= 1);
    assert_int_equal(VOLUME.accuracy_mm, 0); /* 9999999: not known */
}

static void events_of_a_widespread_client(void **state)
{
    (void)state;
    DIR *folder = opendir(FOLDER "cot");
    size_t seen = 0;
    if (folder == NULL) {
        print_message("# left out: no " FOLDER "cot\n");
        return;
    }
    for (struct dirent *entry; (entry = readdir(folder)) != NULL;) {
        const size_t size = strlen(entry->d_name);
        if (size > 4 && strcmp(entry->d_name + size - 4, ".cot") == 0) {
            const struct event *e = expected(entry->d_name);
            if (e == NULL) {
                fail_msg("%s: what is expected of it?", entry->d_name);
            } else {
                check_event(e);
            }
            seen++;
        }
    }
    closedir(folder);
    assert_int_equal(seen, sizeof cot / sizeof cot[0]);
}

/* --- NOTAM ----------------------------------------------------------------------------------------- */

static int64_t ms(const char *utc)
{
    int64_t value;
    assert_err(dt_utc_parse(&value, utc), DT_OK);
    return value;
}

/* The n-th of the file, alone. */
static bool load_notam(size_t n)
{
    static char all[sizeof text];
    if (!load("notam", "samples.txt")) {
        return false;
    }
    memcpy(all, text, sizeof text);
    char *at = all;
    for (size_t i = 0; i < n; i++) {
        at = strstr(at, "\n\n");
        assert_non_null(at);
        at += 2;
    }
    char *end = strstr(at, "\n\n");
    snprintf(text, sizeof text, "%.*s\n", (int)(end != NULL ? (size_t)(end - at) : strlen(at)), at);
    return true;
}

#define HOW "\"category\": \"STATIC\", \"request\": \"INFORM_ONLY\""

static void notams_as_issued(void **state)
{
    (void)state;
    if (!load_notam(0)) {
        print_message("# left out: no " FOLDER "notam/samples.txt\n");
        return;
    }
    assert_err(judge("{" HOW "}"), DT_OK);
    assert_string_equal(notice.clear.source, "B1974/25");
    assert_int_equal(VOLUME.shape.radius_mm, 9 * 1852000);
    assert_int_equal(VOLUME.shape.rings[0].points[0].lat_e7, 448166667);
    assert_true(notice.clear.start_ms == ms("2025-05-26T00:00Z") && notice.clear.end_ms == ms("2025-06-01T23:00Z"));

    assert_true(load_notam(1)); /* D) NOV 16 0800-2200, NOV 17 0500-2200, NOV 18 0500-1800 */
    assert_err(judge("{" HOW "}"), DT_OK);
    assert_int_equal(notice.clear.category, DT_CATEGORY_AIRSPACE_RES);
    assert_int_equal(VOLUME.datum, DT_DATUM_LEVEL);
    assert_non_null(strstr(fault.detail, "NOV 17 0500-2200"));
    assert_int_equal(notice.plain.volume_count, 3);
    for (int i = 0; i < 3; i++) {
        static const char *const hours[3][2] = {{"2022-11-16T08:00Z", "2022-11-16T22:00Z"}, {"2022-11-17T05:00Z", "2022-11-17T22:00Z"},
                                                {"2022-11-18T05:00Z", "2022-11-18T18:00Z"}};
        const struct dt_window w = notice.plain.volumes[i].shape.time;
        assert_true(w.from_ms == ms(hours[i][0]) && w.until_ms == ms(hours[i][1]));
    }
    assert_true(notice.clear.start_ms == ms("2022-11-16T08:00Z") && notice.clear.end_ms == ms("2022-11-18T18:00Z"));

    assert_true(load_notam(2)); /* sunrise is no time: the whole of it counts */
    assert_err(judge("{" HOW "}"), DT_OK);
    assert_int_equal(notice.plain.volume_count, 1);
    assert_int_equal(VOLUME.shape.radius_mm, 4 * 1852000);
    assert_true(VOLUME.shape.time.from_ms == ms("2022-04-11T09:00Z") && VOLUME.shape.time.until_ms == ms("2022-05-13T14:00Z"));
    assert_int_equal(VOLUME.datum, DT_DATUM_AMSL);
    assert_int_equal(VOLUME.shape.alt_hi_mm, 4511040); /* 14,800 ft */
    assert_non_null(strstr(fault.detail, "SR MINUS15"));

    assert_true(load_notam(3));
    assert_err(judge("{" HOW "}"), DT_OK);
    assert_int_equal(VOLUME.shape.alt_lo_mm, 609600);
    assert_int_equal(VOLUME.shape.alt_hi_mm, 624840);
    assert_int_equal(VOLUME.shape.radius_mm, 5 * 1852000);
    assert_true(notice.clear.start_ms == ms("2002-01-01T06:00Z") && notice.clear.end_ms == ms("2002-03-31T23:00Z"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(events_of_a_widespread_client),
        cmocka_unit_test(notams_as_issued),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

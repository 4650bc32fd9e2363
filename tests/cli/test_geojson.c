/* SPDX-License-Identifier: ISC */
/*
 * Goal: what QGIS and geojson.io write becomes the notice its author meant; everything
 * that could mean something else is refused by name, with the feature it is in.
 * Method: a good feature of each sort, then a table of changes to one good file, each
 * with the error it must give.
 */
#include "cli/doubts.h"

#include "test.h"

static struct dt_geojson_notice notice;
static struct dt_geojson_fault fault;
static struct dt_geojson_hints hints = {.language = "en"};

/* The error of the file or of its first bad feature; the last feature stays in `notice`. */
static enum dt_err judge(const char *text, size_t size)
{
    struct dt_geojson g;
    enum dt_err err = dt_geojson_open(&g, dt_span(text, size), &fault);
    if (err != DT_OK) {
        return err;
    }
    for (size_t i = 0; i < g.count && err == DT_OK; i++) {
        err = dt_geojson_feature(&notice, &g, i, &hints, &fault);
    }
    dt_geojson_close(&g);
    return err;
}

#define TIMES "\"start\": \"2026-02-26T08:00:00Z\", \"end\": \"2026-02-26T12:00:00Z\""
#define POINT(properties)                                                                          \
    "{\"type\": \"Feature\", \"properties\": {\"category\": \"STATIC\", "                          \
    "\"request\": \"ADD_TO_NO_STRIKE\", \"title\": \"Post\", " properties "}, "                    \
    "\"geometry\": {\"type\": \"Point\", \"coordinates\": [37.1, 36.2]}}"
#define SHAPE(geometry, properties)                                                                \
    "{\"type\": \"Feature\", \"properties\": {\"category\": \"MOVEMENT\", "                        \
    "\"request\": \"PASSAGE\", \"title\": \"Convoy\", " TIMES properties "}, "                     \
    "\"geometry\": " geometry "}"
#define LINE "{\"type\": \"LineString\", \"coordinates\": [[37.1, 36.2], [37.2, 36.3]]}"
#define RING(positions) "{\"type\": \"Polygon\", \"coordinates\": [[" positions "]]}"
#define SQUARE "[37.1, 36.2], [37.2, 36.2], [37.2, 36.3], [37.1, 36.3], [37.1, 36.2]"
#define FLIGHT(properties)                                                                         \
    "{\"type\": \"Feature\", \"properties\": {\"category\": \"FLIGHT\", "                          \
    "\"request\": \"AVOID_WINDOW\", \"title\": \"Air\", \"radius_m\": 500, " TIMES properties      \
    "}, \"geometry\": {\"type\": \"Point\", \"coordinates\": [37.1, 36.2]}}"
#define COLLECTION(extra, features)                                                                \
    "{\"type\": \"FeatureCollection\", " extra "\"features\": [" features "]}"
#define CRS(name) "\"crs\": {\"type\": \"name\", \"properties\": {\"name\": \"" name "\"}}, "
#define NEAR(lon, lat)                                                                             \
    "{\"type\": \"Feature\", \"properties\": {\"category\": \"STATIC\", \"request\": "             \
    "\"INFORM_ONLY\", \"title\": \"x\", \"radius_m\": 50, " TIMES "}, \"geometry\": "              \
    "{\"type\": \"Point\", \"coordinates\": [" lon ", " lat "]}}"

/* --- good ---------------------------------------------------------------------------- */

static void a_point_with_radius_is_a_circle(void **state)
{
    (void)state;
    static const char text[] =
        COLLECTION(CRS("urn:ogc:def:crs:OGC:1.3:CRS84"),
                   POINT("\"fid\": 1, \"marker-color\": \"#f00\", \"id\": \"A-7\", \"text\": "
                         "\"Nine people\", \"radius_m\": 250.5, \"h_acc_m\": 10, " TIMES));
    assert_err(judge(text, strlen(text)), DT_OK);
    assert_int_equal(notice.clear.category, DT_CATEGORY_STATIC);
    assert_int_equal(notice.clear.request, DT_REQUEST_ADD_TO_NO_STRIKE);
    assert_string_equal(notice.clear.source, "A-7");
    assert_string_equal(notice.plain.title, "Post");
    assert_string_equal(notice.plain.language, "en");
    assert_false(notice.clear.movement);
    assert_true(notice.clear.cell_count >= 1);
    const struct dt_notice_volume *v = &notice.plain.volumes[0];
    assert_int_equal(notice.plain.volume_count, 1);
    assert_int_equal(v->shape.shape, DT_SHAPE_CIRCLE);
    assert_int_equal(v->shape.radius_mm, 250500);
    assert_int_equal(v->accuracy_mm, 10000);
    assert_int_equal(v->shape.rings[0].points[0].lat_e7, 362000000);
    assert_int_equal(v->shape.rings[0].points[0].lon_e7, 371000000);
    assert_int_equal(v->shape.alt_lo_mm, 0);
    assert_int_equal(v->shape.alt_hi_mm, 30000);
    assert_int_equal(v->shape.time.until_ms - v->shape.time.from_ms, 4 * 3600000);
}

static void a_line_with_width_is_a_corridor_of_half_of_it(void **state)
{
    (void)state;
    static const char full[] = SHAPE(LINE, ", \"width_m\": 401");
    static const char half[] = SHAPE(LINE, ", \"half_width_m\": 200, \"width_m\": null");
    assert_err(judge(full, strlen(full)), DT_OK);
    assert_int_equal(notice.plain.volumes[0].shape.shape, DT_SHAPE_CORRIDOR);
    /* and what the line strays from a geodesic */
    assert_in_range(notice.plain.volumes[0].shape.radius_mm, 200501, 200500 + 510);
    assert_true(notice.clear.movement);
    assert_err(judge(half, strlen(half)), DT_OK);
    assert_in_range(notice.plain.volumes[0].shape.radius_mm, 200001, 200000 + 510);
}

static void legs_have_times_of_their_own(void **state)
{
    (void)state;
    static const char text[] = SHAPE(
        LINE, ", \"width_m\": 400, \"legs\": [[\"2026-02-26T08:30Z\", \"2026-02-26T09:30Z\"]]");
    assert_err(judge(text, strlen(text)), DT_OK);
    const struct dt_volume *v = &notice.plain.volumes[0].shape;
    assert_int_equal(notice.plain.leg_count, v->rings[0].count - 1); /* the edge was split */
    assert_in_range(notice.plain.leg_count, 2, 8);
    assert_ptr_equal(v->legs, notice.plain.legs);
    for (size_t i = 0; i < notice.plain.leg_count; i++) {
        assert_memory_equal(&v->legs[i], &v->legs[0], sizeof v->legs[0]);
    }
}

static void polygons_keep_their_holes_and_parts(void **state)
{
    (void)state;
    static const char hole[] =
        SHAPE("{\"type\": \"Polygon\", \"coordinates\": [[" SQUARE
              "], [[37.14, 36.24], [37.14, 36.26], [37.16, 36.26], [37.14, 36.24]]]}", "");
    static const char parts[] =
        SHAPE("{\"type\": \"MultiPolygon\", \"coordinates\": [[[" SQUARE
              "]], [[[38, 36], [38.1, 36], [38.1, 36.1], [38, 36]]]]}", ", \"movement\": 0");
    assert_err(judge(hole, strlen(hole)), DT_OK);
    assert_int_equal(notice.plain.volumes[0].shape.ring_count, 2);
    assert_int_equal(notice.plain.volumes[0].shape.rings[1].count, 4);
    assert_err(judge(parts, strlen(parts)), DT_OK);
    assert_int_equal(notice.plain.volume_count, 2);
    assert_false(notice.clear.movement);
}

static void flights_say_their_heights_and_fires_fill_the_column(void **state)
{
    (void)state;
    static const char air[] =
        FLIGHT(", \"alt_lower_m\": 100, \"alt_upper_m\": 900.5, \"alt_datum\": \"amsl\"");
    static const char fires[] =
        "{\"type\": \"Feature\", \"properties\": {\"category\": \"FIRES\", \"request\": "
        "\"INFORM_ONLY\", \"name\": \"Range\", \"start\": \"260800ZFEB26\", \"end\": "
        "\"261200ZFEB26\"}, \"geometry\": " RING(SQUARE) "}";
    assert_err(judge(air, strlen(air)), DT_OK);
    assert_int_equal(notice.plain.volumes[0].shape.alt_lo_mm, 100000);
    assert_int_equal(notice.plain.volumes[0].shape.alt_hi_mm, 900500);
    assert_int_equal(notice.plain.volumes[0].datum, DT_DATUM_AMSL);
    assert_err(judge(fires, strlen(fires)), DT_OK);
    assert_int_equal(notice.plain.volumes[0].shape.alt_hi_mm, DT_ALT_MAX_MM);
    assert_string_equal(notice.plain.title, "Range");
}

/* --- bad: one line a fault --------------------------------------------------------------- */

#define OK_POINT "\"radius_m\": 50, " TIMES

static const struct {
    const char *what;
    const char *text;
    enum dt_err err;
} bad[] = {
    {"empty", "", DT_ERR_TRUNCATED},
    {"half a file", "{\"type\": \"Feature\", \"prop", DT_ERR_TRUNCATED},
    {"cut after a value", "{\"type\": \"Feature\"", DT_ERR_TRUNCATED},
    {"two files", POINT(OK_POINT) " {}", DT_ERR_TRAILING},
    {"no JSON", "type: Feature", DT_ERR_BAD_TEXT},
    {"comma at the end", "{\"type\": \"Feature\",}", DT_ERR_BAD_TEXT},
    {"key twice", POINT("\"title\": \"again\", " OK_POINT), DT_ERR_DUPLICATE},
    {"not GeoJSON", "{\"hello\": 1}", DT_ERR_MISSING_FIELD},
    {"an array", "[1, 2]", DT_ERR_MISSING_FIELD},
    {"bare geometry", "{\"type\": \"Point\", \"coordinates\": [37, 36]}", DT_ERR_BAD_TYPE},
    {"no features", COLLECTION("", ""), DT_ERR_MISSING_FIELD},
    {"features no array", "{\"type\": \"FeatureCollection\", \"features\": 3}",
     DT_ERR_MISSING_FIELD},
    {"byte order mark", "\xef\xbb\xbf" POINT(OK_POINT), DT_ERR_BAD_UTF8},
    {"UTF-16 mark", "\xff\xfe{", DT_ERR_BAD_UTF8},
    {"Latin-1", POINT("\"text\": \"caf\xe9\", " OK_POINT), DT_ERR_BAD_UTF8},
    {"NaN", POINT("\"radius_m\": NaN, " TIMES), DT_ERR_BAD_VALUE},
    {"Infinity", POINT("\"radius_m\": -Infinity, " TIMES), DT_ERR_BAD_VALUE},
    {"overflow", POINT("\"radius_m\": 1e999, " TIMES), DT_ERR_BAD_VALUE},
    {"crs in metres", COLLECTION(CRS("urn:ogc:def:crs:EPSG::32637"), POINT(OK_POINT)),
     DT_ERR_BAD_VALUE},
    {"crs web mercator", COLLECTION(CRS("EPSG:3857"), POINT(OK_POINT)), DT_ERR_BAD_VALUE},
    {"crs without name", COLLECTION("\"crs\": {\"type\": \"link\"}, ", POINT(OK_POINT)),
     DT_ERR_BAD_VALUE},
    {"no category", "{\"type\": \"Feature\", \"properties\": {\"request\": \"PASSAGE\"}}",
     DT_ERR_MISSING_FIELD},
    {"no request", "{\"type\": \"Feature\", \"properties\": {\"category\": \"STATIC\"}}",
     DT_ERR_MISSING_FIELD},
    {"no properties", "{\"type\": \"Feature\", \"properties\": null}", DT_ERR_MISSING_FIELD},
    {"unknown category",
     "{\"type\": \"Feature\", \"properties\": {\"category\": \"TANK\", \"request\": \"PASSAGE\"}}",
     DT_ERR_BAD_VALUE},
    {"no start", POINT("\"radius_m\": 50, \"end\": \"2026-02-26T12:00Z\""), DT_ERR_MISSING_FIELD},
    {"local time", POINT("\"radius_m\": 50, \"start\": \"2026-02-26T08:00:00\", \"end\": "
                         "\"2026-02-26T12:00:00Z\""),
     DT_ERR_BAD_TIME},
    {"offset", POINT("\"radius_m\": 50, \"start\": \"2026-02-26T08:00:00+02:00\", \"end\": "
                     "\"2026-02-26T12:00:00Z\""),
     DT_ERR_BAD_TIME},
    {"30 February", POINT("\"radius_m\": 50, \"start\": \"2026-02-30T08:00Z\", \"end\": "
                          "\"2026-03-26T12:00Z\""),
     DT_ERR_BAD_TIME},
    {"time as a number", POINT("\"radius_m\": 50, \"start\": 1772092800, \"end\": 1772099999"),
     DT_ERR_BAD_TYPE},
    {"end before start", POINT("\"radius_m\": 50, \"start\": \"2026-02-26T12:00Z\", \"end\": "
                               "\"2026-02-26T08:00Z\""),
     DT_ERR_END_BEFORE_START},
    {"end is start", POINT("\"radius_m\": 50, \"start\": \"2026-02-26T12:00Z\", \"end\": "
                           "\"2026-02-26T12:00Z\""),
     DT_ERR_END_BEFORE_START},
    {"point without radius", POINT(TIMES), DT_ERR_MISSING_FIELD},
    {"radius as text", POINT("\"radius_m\": \"50\", " TIMES), DT_ERR_BAD_TYPE},
    {"radius nothing", POINT("\"radius_m\": 0, " TIMES), DT_ERR_BAD_VALUE},
    {"radius negative", POINT("\"radius_m\": -5, " TIMES), DT_ERR_BAD_VALUE},
    {"radius of a continent", POINT("\"radius_m\": 2e6, " TIMES), DT_ERR_BAD_VALUE},
    {"misspelt radius", POINT("\"radius\": 50, " TIMES), DT_ERR_UNKNOWN_FIELD},
    {"misspelt height", POINT("\"alt_upper\": 50, " OK_POINT), DT_ERR_UNKNOWN_FIELD},
    {"title too long",
     POINT("\"contact\": \"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
           "aaaaaa\", " OK_POINT),
     DT_ERR_TOO_LARGE},
    {"bad language", POINT("\"lang\": \"e\", " OK_POINT), DT_ERR_BAD_VALUE},
    {"movement as text", POINT("\"movement\": \"yes\", " OK_POINT), DT_ERR_BAD_TYPE},
    {"accuracy negative", POINT("\"h_acc_m\": -1, " OK_POINT), DT_ERR_BAD_VALUE},
    {"tolerance of a week", POINT("\"tolerance_min\": 10080, " OK_POINT), DT_ERR_BAD_VALUE},
    {"line without width", SHAPE(LINE, ""), DT_ERR_MISSING_FIELD},
    {"both widths", SHAPE(LINE, ", \"width_m\": 4, \"half_width_m\": 2"), DT_ERR_BAD_VALUE},
    {"line of one position",
     SHAPE("{\"type\": \"LineString\", \"coordinates\": [[37, 36]]}", ", \"width_m\": 4"),
     DT_ERR_DEGENERATE},
    {"no geometry", SHAPE("null", ""), DT_ERR_MISSING_FIELD},
    {"many points", SHAPE("{\"type\": \"MultiPoint\", \"coordinates\": [[37, 36]]}", ""),
     DT_ERR_BAD_TYPE},
    {"collection of geometries", SHAPE("{\"type\": \"GeometryCollection\", \"geometries\": []}", ""),
     DT_ERR_BAD_TYPE},
    {"open ring", SHAPE(RING("[37, 36], [38, 36], [38, 37], [37, 37]"), ""), DT_ERR_OPEN_RING},
    {"ring of two corners", SHAPE(RING("[37, 36], [38, 36], [37, 36]"), ""), DT_ERR_DEGENERATE},
    {"crossing ring", SHAPE(RING("[37, 36], [38, 37], [38, 36], [37, 37], [37, 36]"), ""),
     DT_ERR_CROSSING_RING},
    {"ring without extent", SHAPE(RING("[37, 36], [37, 36], [37, 36], [37, 36]"), ""),
     DT_ERR_DEGENERATE},
    {"hole outside",
     SHAPE("{\"type\": \"Polygon\", \"coordinates\": [[" SQUARE
           "], [[39, 39], [39, 39.1], [39.1, 39.1], [39, 39]]]}", ""),
     DT_ERR_BAD_VALUE},
    {"ring too flat an array", SHAPE("{\"type\": \"Polygon\", \"coordinates\": [" SQUARE "]}", ""),
     DT_ERR_BAD_TYPE},
    {"latitude first", SHAPE(RING("[36, 137], [36, 138], [37, 138], [36, 137]"), ""),
     DT_ERR_SWAPPED},
    {"metres as degrees", SHAPE(RING("[4117000, 4330000], [1, 1], [2, 2], [4117000, 4330000]"), ""),
     DT_ERR_BAD_COORDINATE},
    {"longitude 181", SHAPE(RING("[181, 1], [1, 1], [2, 2], [181, 1]"), ""), DT_ERR_BAD_COORDINATE},
    {"null island", SHAPE(RING("[0, 0], [1, 1], [2, 2], [0, 0]"), ""), DT_ERR_BAD_COORDINATE},
    {"one number", SHAPE(RING("[37], [38, 36], [38, 37], [37]"), ""), DT_ERR_BAD_TYPE},
    {"texts as numbers", SHAPE(RING("[\"37\", \"36\"], [1, 1], [2, 2], [1, 3]"), ""), DT_ERR_BAD_TYPE},
    {"height in a position", SHAPE(RING("[37, 36, 200], [1, 1], [2, 2], [37, 36]"), ""),
     DT_ERR_BAD_VALUE},
    {"legs too many",
     SHAPE(LINE, ", \"width_m\": 4, \"legs\": [[\"2026-02-26T08:30Z\", \"2026-02-26T09:30Z\"], "
                 "[\"2026-02-26T08:30Z\", \"2026-02-26T09:30Z\"]]"),
     DT_ERR_BAD_VALUE},
    {"leg backwards",
     SHAPE(LINE, ", \"width_m\": 4, \"legs\": [[\"2026-02-26T09:30Z\", \"2026-02-26T08:30Z\"]]"),
     DT_ERR_END_BEFORE_START},
    {"leg outside",
     SHAPE(LINE, ", \"width_m\": 4, \"legs\": [[\"2026-02-26T07:30Z\", \"2026-02-26T08:30Z\"]]"),
     DT_ERR_BAD_TIME},
    {"legs of a circle", POINT("\"legs\": [], " OK_POINT), DT_ERR_BAD_VALUE},
    {"flight without heights", FLIGHT(""), DT_ERR_MISSING_ALTITUDE},
    {"flight with one", FLIGHT(", \"alt_lower_m\": 10, \"alt_datum\": \"SFC\""),
     DT_ERR_MISSING_ALTITUDE},
    {"heights over what", FLIGHT(", \"alt_lower_m\": 10, \"alt_upper_m\": 100"),
     DT_ERR_MISSING_ALTITUDE},
    {"unknown datum",
     FLIGHT(", \"alt_lower_m\": 10, \"alt_upper_m\": 100, \"alt_datum\": \"QNH\""),
     DT_ERR_BAD_VALUE},
    {"band upside down",
     FLIGHT(", \"alt_lower_m\": 100, \"alt_upper_m\": 10, \"alt_datum\": \"SFC\""),
     DT_ERR_BAD_VALUE},
    {"height of the moon",
     FLIGHT(", \"alt_lower_m\": 100, \"alt_upper_m\": 4e8, \"alt_datum\": \"SFC\""),
     DT_ERR_BAD_VALUE},
    {"one of four swapped",
     COLLECTION("", NEAR("37.1", "30.2") ", " NEAR("37.2", "30.2") ", " NEAR("37.3", "30.1") ", "
                    NEAR("30.15", "37.25")),
     DT_ERR_SWAPPED},
    {"one of four far away",
     COLLECTION("", NEAR("37.1", "36.2") ", " NEAR("37.2", "36.2") ", " NEAR("37.3", "36.1") ", "
                    NEAR("-70", "-20")),
     DT_ERR_FAR_AWAY},
};

static void every_bad_file_is_refused_by_name(void **state)
{
    (void)state;
    const size_t count = sizeof bad / sizeof bad[0];
    assert_true(count >= 40);
    for (size_t i = 0; i < count; i++) {
        const enum dt_err err = judge(bad[i].text, strlen(bad[i].text));
        if (err != bad[i].err) {
            fail_msg("%s: got %s (%s), expected %s", bad[i].what, dt_err_name(err), fault.detail,
                     dt_err_name(bad[i].err));
        }
    }
}

static void the_fault_names_its_feature(void **state)
{
    (void)state;
    static const char text[] = COLLECTION("", POINT(OK_POINT) ", " POINT(TIMES));
    assert_err(judge(text, strlen(text)), DT_ERR_MISSING_FIELD);
    assert_int_equal(fault.feature, 1);
    assert_string_equal(fault.detail, "radius_m");
}

static void ten_megabytes_of_nesting_cost_nothing(void **state)
{
    (void)state;
    static char deep[DT_GEOJSON_MAX + 1];
    memset(deep, '[', sizeof deep);
    assert_err(judge(deep, DT_GEOJSON_MAX), DT_ERR_TOO_DEEP);
    assert_err(judge(deep, DT_GEOJSON_MAX + 1), DT_ERR_TOO_LARGE);
    memset(deep, '"', sizeof deep);
    assert_true(judge(deep, DT_GEOJSON_MAX) != DT_OK);
}

static void the_user_may_say_that_a_place_is_right(void **state)
{
    (void)state;
    static const char far[] = NEAR("-70", "-20");
    static const struct dt_point near = {362000000, 371000000};
    hints.places = &near;
    hints.place_count = 1;
    assert_err(judge(far, strlen(far)), DT_ERR_FAR_AWAY);
    hints.confirmed = 1u << DT_DOUBT_FAR_AWAY;
    assert_err(judge(far, strlen(far)), DT_OK);
    hints.place_count = hints.confirmed = 0;
    assert_err(judge(far, strlen(far)), DT_OK); /* nothing to compare it with */
}

/* Where latitude and longitude are nearly equal, swapped places are not far away. */
static void a_swap_shows_where_the_line_lies_near_the_diagonal(void **state)
{
    (void)state;
    static const char right[] = NEAR("36.6", "35.8");
    static const char swapped[] = NEAR("35.8", "36.6");
    static const char north[] = NEAR("36.8", "36.4"); /* 60 km away, farther swapped */
    static const char west[] = NEAR("33.6", "35.8");  /* 270 km away, 260 swapped */
    static const struct dt_point near = {358700000, 366200000};
    hints.places = &near;
    hints.place_count = 1;
    assert_err(judge(right, strlen(right)), DT_OK);
    assert_err(judge(swapped, strlen(swapped)), DT_ERR_SWAPPED);
    assert_err(judge(north, strlen(north)), DT_OK);
    assert_err(judge(west, strlen(west)), DT_OK);
    hints.confirmed = 1u << DT_DOUBT_FAR_AWAY;
    assert_err(judge(swapped, strlen(swapped)), DT_OK);
    hints.place_count = hints.confirmed = 0;
}

static void a_speed_gives_each_leg_its_time(void **state)
{
    (void)state;
    /* 11.1 km a leg at 40 km/h and 20 km/h: 17 and 33 minutes */
    static const char text[] = SHAPE("{\"type\": \"LineString\", \"coordinates\": [[37.1, 36.2], "
                                     "[37.1, 36.3], [37.1, 36.4]]}",
                                     ", \"width_m\": 4, \"speed\": \"20-40 km/h\"");
    assert_err(judge(text, strlen(text)), DT_OK);
    const struct dt_volume *v = &notice.plain.volumes[0].shape;
    const int64_t start = notice.clear.start_ms;
    assert_ptr_equal(v->legs, notice.plain.legs);
    assert_int_equal(v->legs[0].from_ms, start);
    assert_in_range(v->legs[0].until_ms - start, 33 * 60000, 34 * 60000);
    assert_in_range(v->legs[1].from_ms - start, 16 * 60000, 17 * 60000);
    assert_in_range(v->legs[1].until_ms - start, 66 * 60000, 67 * 60000);
    static const char knots[] = SHAPE(LINE, ", \"width_m\": 4, \"speed\": \"1 kt\"");
    assert_err(judge(knots, strlen(knots)), DT_ERR_BAD_TIME); /* 14 km take 8 hours, not 4 */
    assert_non_null(strstr(fault.detail, "leg 0"));
}

static void fields_of_forms_are_taken_and_judged(void **state)
{
    (void)state;
    static const char good[] = POINT("\"vehicles\": \"12 trucks\", \"persons\": \"staff 12, patients 3\", "
                                     "\"troops\": 40, \"cargo_class\": \"FOOD, med\", \"protection\": \"P20\", "
                                     "\"how\": \"gps\", \"reply_by\": \"261400ZFEB26\", \"phases\": null, " OK_POINT);
    assert_err(judge(good, strlen(good)), DT_OK);
    const struct dt_notice_plain *p = &notice.plain;
    assert_int_equal(p->detail_count, 7);
    assert_int_equal(p->details[0].field, DT_DETAIL_HOW);
    assert_int_equal(p->details[5].field, DT_DETAIL_TROOPS);
    assert_true(p->details[5].text.size == 2 && memcmp(p->details[5].text.data, "40", 2) == 0);
    static const struct {
        const char *text;
        enum dt_err err;
    } refused[] = {
        {POINT("\"persons\": \"A. Nobody\", " OK_POINT), DT_ERR_BAD_VALUE},
        {POINT("\"cargo_class\": \"40 boxes of soap\", " OK_POINT), DT_ERR_BAD_VALUE},
        {POINT("\"how\": \"guess\", " OK_POINT), DT_ERR_BAD_VALUE},
        {POINT("\"hazard_code\": \"P20\", " OK_POINT), DT_ERR_BAD_VALUE},
        {POINT("\"photos\": \"abc\", " OK_POINT), DT_ERR_BAD_VALUE},
        {POINT("\"reply_by\": \"2026-02-26 14:00\", " OK_POINT), DT_ERR_BAD_TIME},
        {POINT("\"comms\": [1], " OK_POINT), DT_ERR_BAD_TYPE},
    };
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        assert_err(judge(refused[i].text, strlen(refused[i].text)), refused[i].err);
    }
}

static void windows_come_again(void **state)
{
    (void)state;
    const struct dt_notice_volume *v = &notice.plain.volumes[0];
    const int64_t hour = 3600000, eight = INT64_C(1772092800000); /* 2026-02-26T08:00Z, a Thursday */
#define AGAIN(rule, end)                                                                           \
    POINT("\"radius_m\": 50, \"v_acc_m\": 12.5, \"start\": \"2026-02-26T08:00Z\", \"end\": \"" end      \
          "\", \"schedule\": \"" rule "\"")
    static const char day[] = AGAIN("daily 09:00Z-11:30Z", "2026-03-05T00:00Z");
    assert_err(judge(day, strlen(day)), DT_OK);
    assert_int_equal(v->alt_accuracy_mm, 12500);
    assert_true(v->length_ms == 5 * hour / 2 && v->every_ms == 24 * hour);
    assert_true(v->shape.time.from_ms == eight + hour &&
                v->shape.time.until_ms == eight + 6 * 24 * hour + 7 * hour / 2);
    assert_int_equal(notice.clear.start_ms, eight);
    /* over midnight, and begun an hour ago: the whole of that window counts */
    static const char night[] = AGAIN("DAILY 0700-0100Z", "2026-02-28T00:00Z");
    assert_err(judge(night, strlen(night)), DT_OK);
    assert_true(v->length_ms == 18 * hour && v->shape.time.from_ms == eight - hour);
    assert_true(notice.clear.start_ms == eight - hour && v->shape.time.until_ms == notice.clear.end_ms);
    static const char week[] = AGAIN("weekly TUE 06:00Z-09:00Z", "2026-04-01T00:00Z");
    assert_err(judge(week, strlen(week)), DT_OK);
    assert_true(v->every_ms == 7 * 24 * hour && v->shape.time.from_ms == eight + (5 * 24 - 2) * hour);
    static const char once[] = AGAIN("daily 09:00Z-11:30Z", "2026-02-26T12:00Z");
    assert_err(judge(once, strlen(once)), DT_OK);
    assert_true(v->every_ms == 0 && v->length_ms == 0 && v->shape.time.until_ms == eight + 7 * hour / 2);
    static const char *const refused[] = {
        AGAIN("daily 09:00-11:30", "2026-03-05T00:00Z"), /* whose time? */
        AGAIN("daily 09:00Z", "2026-03-05T00:00Z"),      AGAIN("hourly 09:00Z-09:10Z", "2026-03-05T00:00Z"),
        AGAIN("daily 25:00Z-26:00Z", "2026-03-05T00:00Z"), AGAIN("weekly 06:00Z-09:00Z", "2026-04-01T00:00Z"),
        AGAIN("daily 20:00Z-21:00Z", "2026-02-26T12:00Z")};
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        assert_err(judge(refused[i], strlen(refused[i])), DT_ERR_BAD_VALUE);
    }
}

static void windows_are_told_one_by_one(void **state)
{
    (void)state;
#define TOLD(windows, more, end)                                                                   \
    POINT("\"radius_m\": 50, \"start\": \"2026-02-26T08:00Z\", \"end\": \"" end "\", \"windows\": " windows more)
    static const char two[] = TOLD("[[\"2026-02-26T08:00Z\", \"2026-02-26T09:00Z\"], "
                                   "[\"2026-02-26T10:00Z\", \"2026-02-26T11:30Z\"]]", "", "2026-02-26T12:00Z");
    assert_err(judge(two, strlen(two)), DT_OK);
    assert_int_equal(notice.plain.volume_count, 2);
    const struct dt_volume *a = &notice.plain.volumes[0].shape, *b = &notice.plain.volumes[1].shape;
    assert_true(a->time.until_ms == a->time.from_ms + 3600000 && b->time.from_ms == a->time.until_ms + 3600000);
    assert_true(b->time.until_ms == b->time.from_ms + 5400000 && a->radius_mm == b->radius_mm);
    static const struct {
        const char *text;
        enum dt_err err;
    } wrong[] = {
        {TOLD("[]", "", "2026-02-26T12:00Z"), DT_ERR_BAD_VALUE},
        {TOLD("[[\"2026-02-26T08:00Z\"]]", "", "2026-02-26T12:00Z"), DT_ERR_BAD_TIME},
        {TOLD("[[\"2026-02-26T08:00Z\", \"2026-02-28T09:00Z\"]]", "", "2026-02-26T12:00Z"), DT_ERR_BAD_TIME},
        {TOLD("[[\"2026-02-26T10:00Z\", \"2026-02-26T09:00Z\"]]", "", "2026-02-26T12:00Z"), DT_ERR_END_BEFORE_START},
        {TOLD("[[\"2026-02-26T08:00Z\", \"2026-02-26T09:00Z\"]]", ", \"schedule\": \"daily 09:00Z-11:30Z\"", "2026-03-05T00:00Z"), DT_ERR_BAD_VALUE},
        {TOLD("[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17]", "", "2026-02-26T12:00Z"), DT_ERR_TOO_LARGE},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        const enum dt_err err = judge(wrong[i].text, strlen(wrong[i].text));
        if (err != wrong[i].err) {
            fail_msg("%zu: %s (%s)", i, dt_err_name(err), fault.detail);
        }
    }
}

static void no_cut_of_a_good_file_crashes(void **state)
{
    (void)state;
    static const char text[] = COLLECTION(
        CRS("EPSG:4326"),
        POINT(OK_POINT) ", " SHAPE(RING(SQUARE), ", \"alt_lower_m\": 1, \"alt_upper_m\": 2, "
                                                 "\"alt_datum\": \"SFC\""));
    const size_t size = strlen(text);
    assert_err(judge(text, size), DT_OK);
    struct dt_rng rng = dt_rng("mutations");
    for (size_t cut = 0; cut < size; cut++) {
        assert_true(judge(text, cut) != DT_OK);
    }
    for (unsigned i = 0; i < 20000; i++) {
        char changed[sizeof text];
        memcpy(changed, text, sizeof text);
        for (unsigned k = 0; k < 1 + i % 3; k++) {
            changed[dt_rng_below(&rng, size)] = (char)dt_rng_below(&rng, 256);
        }
        (void)!judge(changed, size);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_point_with_radius_is_a_circle),
        cmocka_unit_test(a_line_with_width_is_a_corridor_of_half_of_it),
        cmocka_unit_test(legs_have_times_of_their_own),
        cmocka_unit_test(polygons_keep_their_holes_and_parts),
        cmocka_unit_test(flights_say_their_heights_and_fires_fill_the_column),
        cmocka_unit_test(every_bad_file_is_refused_by_name),
        cmocka_unit_test(the_fault_names_its_feature),
        cmocka_unit_test(ten_megabytes_of_nesting_cost_nothing),
        cmocka_unit_test(the_user_may_say_that_a_place_is_right),
        cmocka_unit_test(a_swap_shows_where_the_line_lies_near_the_diagonal),
        cmocka_unit_test(a_speed_gives_each_leg_its_time),
        cmocka_unit_test(fields_of_forms_are_taken_and_judged),
        cmocka_unit_test(windows_come_again),
        cmocka_unit_test(windows_are_told_one_by_one),
        cmocka_unit_test(no_cut_of_a_good_file_crashes),
    };
    return cmocka_run_group_tests(tests, dt_test_setup, NULL);
}

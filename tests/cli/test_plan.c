/* SPDX-License-Identifier: ISC */
/*
 * Goal: whatever format a person has, told by its content, becomes the notice its author
 * meant; what could mean something else is refused by name.
 * Method: a good file of each format, looked at in full; then a table of bad ones, each with
 * the error it must give.
 */
#include "cli/doubts.h"
#include "cli/plan.h"

#include "base/utc.h"

#include "test.h"

static struct dt_geojson_notice notice;
static struct dt_geojson_fault fault;
static const struct dt_geojson_hints hints = {.language = "en", .confirmed = 1u << DT_DOUBT_FAR_AWAY};
static json_t *fields;
static size_t features;

/* The error of the file or of its first bad feature; the last feature stays in `notice`. */
static enum dt_err judge(const char *text)
{
    struct dt_geojson g;
    enum dt_err err = dt_plan_open(&g, dt_span(text, strlen(text)), fields, &fault);
    if (err != DT_OK) {
        return err;
    }
    features = g.count;
    for (size_t i = 0; i < g.count && err == DT_OK; i++) {
        err = dt_geojson_feature(&notice, &g, i, &hints, &fault);
    }
    dt_geojson_close(&g);
    return err;
}

static int set_up(void **state)
{
    (void)state;
    fields = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s}", "category", "STATIC", "request",
                       "INFORM_ONLY", "title", "given", "start", "260800ZFEB26", "end",
                       "2026-02-26T12:00Z", "radius", "1 NM", "width", "500 m");
    return fields != NULL ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    json_decref(fields);
    return 0;
}

static void at(size_t index, int32_t lat_e7, int32_t lon_e7)
{
    const struct dt_point p = notice.plain.points[index];
    if (labs((long)p.lat_e7 - lat_e7) > 1 || labs((long)p.lon_e7 - lon_e7) > 1) {
        fail_msg("point %zu is %d %d, not %d %d", index, p.lat_e7, p.lon_e7, lat_e7, lon_e7);
    }
}

static int64_t ms(const char *text)
{
    int64_t value;
    assert_err(dt_utc_parse(&value, text), DT_OK);
    return value;
}

#define VOLUME notice.plain.volumes[0]

/* --- places ------------------------------------------------------------------------------ */

static void a_place_is_a_circle_in_any_notation(void **state)
{
    (void)state;
    static const char *const same[] = {"36.5N 37.25E", "36.5, 37.25", "36 30 00 N 037 15 00 E\n",
                                       "36\u00b030'00\"N 37\u00b015'00\"E", "3630N03715E",
                                       "\xef\xbb\xbf# a post\r\n363000N 0371500E\r\n"};
    for (size_t i = 0; i < sizeof same / sizeof same[0]; i++) {
        assert_err(judge(same[i]), DT_OK);
        at(0, 365000000, 372500000);
        assert_int_equal(VOLUME.shape.shape, DT_SHAPE_CIRCLE);
        assert_int_equal(VOLUME.shape.radius_mm, 1852000);
        assert_int_equal(VOLUME.accuracy_mm, 0);
    }
    assert_string_equal(notice.plain.title, "given");
    assert_int_equal(notice.clear.start_ms, ms("2026-02-26T08:00Z"));
}

static void a_grid_square_brings_its_own_uncertainty(void **state)
{
    (void)state;
    assert_err(judge("37SCV200994"), DT_OK);
    assert_in_range(VOLUME.accuracy_mm, 70710, 70730);
    assert_err(judge("37S 320014.88 3999494.09"), DT_OK);
    at(0, 361234567, 370000000);
}

static void a_closed_list_is_an_area_and_an_open_one_a_line(void **state)
{
    (void)state;
    assert_err(judge("36.11111 37.1\n36.2 37.1\n36.2 37.2\n36.11111 37.1\n"), DT_OK);
    assert_int_equal(VOLUME.shape.shape, DT_SHAPE_POLYGON);
    assert_err(judge("36.11111 37.1\n36.2 37.1\n36.2 37.2\n"), DT_OK);
    assert_int_equal(VOLUME.shape.shape, DT_SHAPE_CORRIDOR);
    assert_int_equal(VOLUME.shape.radius_mm, 250000);
}

/* --- CSV --------------------------------------------------------------------------------------- */

static void a_row_is_a_notice_with_its_units(void **state)
{
    (void)state;
    assert_err(judge("id,Name,category,request,start,end,lat,lon,radius_nm,alt_lower,alt_upper,note\r\n"
                     "F-1,\"Lift, two\",flight,avoid window,261400ZFEB26,2026-02-26T15:00Z,36.5,37.25,2,"
                     "1000 ft AMSL,FL100,seen\r\n"),
               DT_OK);
    assert_int_equal(features, 1);
    assert_string_equal(notice.plain.title, "Lift, two");
    assert_string_equal(notice.clear.source, "F-1");
    assert_int_equal(notice.clear.category, DT_CATEGORY_FLIGHT);
    assert_int_equal(notice.clear.start_ms, ms("2026-02-26T14:00Z"));
    assert_int_equal(VOLUME.shape.radius_mm, 3704000);
    assert_int_equal(VOLUME.shape.alt_lo_mm, 304800);
    assert_int_equal(VOLUME.datum, DT_DATUM_AMSL);
    /* 3048 m as a pressure, over the sea: 3/20 and 750 m more */
    assert_int_equal(VOLUME.shape.alt_hi_mm, 4255200);
}

static void a_semicolon_table_holds_lists_in_quotes(void **state)
{
    (void)state;
    assert_err(judge("title;positions\nA;36.1 37.1\nB;\"36.1 37.1; 36.2 37.1; 36.2 37.2; 36.1 37.1\"\n"),
               DT_OK);
    assert_int_equal(features, 2);
    assert_string_equal(notice.plain.title, "B");
    assert_int_equal(VOLUME.shape.shape, DT_SHAPE_POLYGON);
}

/* --- XML ---------------------------------------------------------------------------------------- */

static void gpx_points_routes_and_tracks(void **state)
{
    (void)state;
    assert_err(judge("<?xml version=\"1.0\"?><gpx version=\"1.1\" xmlns=\"http://www.topografix.com/GPX/1/1\">"
                     "<wpt lat=\"36.5\" lon=\"37.25\"><ele>400</ele><name>Post</name><desc>Well</desc></wpt>"
                     "</gpx>"),
               DT_OK);
    at(0, 365000000, 372500000);
    assert_string_equal(notice.plain.title, "Post");
    assert_int_equal(notice.plain.text.size, 4);
    assert_err(judge("<gpx><wpt lat='36' lon='37'/><rte><name>Way</name><rtept lat='36' lon='37'/>"
                     "<rtept lat='36.1' lon='37'/></rte><trk><trkseg>"
                     "<trkpt lat='36' lon='37'><time>2026-02-27T08:00:00Z</time></trkpt>"
                     "<trkpt lat='36.5' lon='37.5'><time>2026-02-27T09:30:00Z</time></trkpt>"
                     "</trkseg></trk></gpx>"),
               DT_OK);
    assert_int_equal(features, 3);
    at(1, 365000000, 375000000);
    assert_int_equal(VOLUME.shape.shape, DT_SHAPE_CORRIDOR);
    assert_int_equal(notice.clear.start_ms, ms("2026-02-27T08:00Z"));
    assert_int_equal(notice.clear.end_ms, ms("2026-02-27T09:30Z"));
}

#define KML(inside)                                                                                \
    "<kml xmlns=\"http://www.opengis.net/kml/2.2\"><Document><Folder>" inside "</Folder></Document></kml>"
#define RING "<LinearRing><coordinates>37,36,0 37.3,36,0\n37.3,36.3,0 37,36,0</coordinates></LinearRing>"

static void kml_placemarks_with_times_and_data(void **state)
{
    (void)state;
    assert_err(judge(KML("<Placemark><name>Area &amp; rest</name><description><![CDATA[<b>x</b>]]></description>"
                         "<TimeSpan><begin>2026-02-27T08:00:00Z</begin><end>2026-02-27T09:00:00Z</end></TimeSpan>"
                         "<ExtendedData><Data name='category'><value>FIRES</value></Data></ExtendedData>"
                         "<Polygon><outerBoundaryIs>" RING "</outerBoundaryIs></Polygon></Placemark>")),
               DT_OK);
    assert_string_equal(notice.plain.title, "Area & rest");
    assert_int_equal(notice.clear.category, DT_CATEGORY_FIRES);
    assert_int_equal(notice.clear.end_ms, ms("2026-02-27T09:00Z"));
    assert_int_equal(VOLUME.shape.shape, DT_SHAPE_POLYGON);
    at(1, 360000000, 373000000);
    assert_err(judge(KML("<Placemark><MultiGeometry><Polygon><outerBoundaryIs>" RING
                         "</outerBoundaryIs></Polygon></MultiGeometry></Placemark>"
                         "<Placemark><Point><coordinates>37.25,36.5,800</coordinates></Point></Placemark>")),
               DT_OK);
    assert_int_equal(features, 2);
    at(0, 365000000, 372500000);
}

#define COT(type, detail)                                                                          \
    "<event version='2.0' uid='u-1' type='" type "' time='2026-02-26T08:00:00Z' start='2026-02-26T08:00:00Z' " \
    "stale='2026-02-27T08:00:00Z' how='h-e'><point lat='36.5' lon='37.25' hae='9999999.0' ce='12.5' "  \
    "le='9999999.0'/><detail><contact callsign='C 1'/>" detail "</detail></event>"

static void cursor_on_target_markers_circles_and_drawings(void **state)
{
    (void)state;
    assert_err(judge(COT("a-f-G", "")), DT_OK);
    assert_string_equal(notice.plain.title, "C 1");
    assert_string_equal(notice.clear.source, "u-1");
    assert_int_equal(VOLUME.accuracy_mm, 12500);
    assert_int_equal(notice.clear.end_ms, ms("2026-02-26T12:00Z")); /* not its stale */
    assert_err(judge(COT("u-d-c-c", "<shape><ellipse major='226.5' minor='226.5' angle='360'/></shape>")), DT_OK);
    assert_int_equal(VOLUME.shape.radius_mm, 226500);
    assert_err(judge(COT("u-d-r", "<link point='36,37'/><link point='36.1,37'/><link point='36.1,37.1'/>"
                                  "<link point='36,37.1,200'/>")),
               DT_OK);
    assert_int_equal(VOLUME.shape.shape, DT_SHAPE_POLYGON);
    assert_err(judge(COT("b-m-r", "<link point='36,37'/><link point='36.1,37'/>")), DT_OK);
    assert_int_equal(VOLUME.shape.shape, DT_SHAPE_CORRIDOR);
}

/* --- NOTAM ---------------------------------------------------------------------------------------- */

#define NOTAM(q, c, fg)                                                                            \
    "D3616/22 NOTAMN\nQ) EDGG/QRTCA/IV/BO /W /" q "\nA) EDGG B) 2211160800 C) " c                  \
    "\nD) NOV 16 0800-2200\nE) FLTS (RMK A) UNDER IFR, AND AS MANY WORDS AS NO TITLE WOULD HOLD IN ITS BYTES\n" fg "END PART 2 OF 2\nSOURCE: X\n"

static void a_notam_is_the_circle_of_its_q_line(void **state)
{
    (void)state;
    assert_err(judge(NOTAM("000/100/5003N00804E012", "2211181800", "F) GND G) FL100\n")), DT_OK);
    at(0, 500500000, 80666667);
    assert_string_equal(notice.plain.title, "NOTAM D3616/22 QRTCA");
    assert_string_equal(notice.clear.source, "D3616/22");
    assert_int_equal(notice.clear.category, DT_CATEGORY_AIRSPACE_RES);
    assert_int_equal(notice.clear.start_ms, ms("2022-11-16T08:00Z"));
    assert_int_equal(notice.clear.end_ms, ms("2022-11-18T18:00Z"));
    assert_int_equal(VOLUME.shape.radius_mm, 12 * 1852000);
    assert_int_equal(VOLUME.accuracy_mm, 1311000);
    assert_int_equal(VOLUME.datum, DT_DATUM_LEVEL);
    assert_int_equal(VOLUME.shape.alt_lo_mm, -1500000); /* the lowest ground, as a level */
    assert_int_equal(VOLUME.shape.alt_hi_mm, 3048000);
    static const char text[] = "D) NOV 16 0800-2200\nFLTS (RMK A) UNDER IFR, AND AS MANY WORDS AS NO "
                               "TITLE WOULD HOLD IN ITS BYTES";
    assert_int_equal(notice.plain.text.size, sizeof text - 1);
    assert_err(judge(NOTAM("000/999/5003N00804E012", "2211181800 EST", "")), DT_OK);
    assert_int_equal(VOLUME.datum, DT_DATUM_SURFACE);
}

/* --- refused ---------------------------------------------------------------------------------------- */

static void what_could_mean_two_things_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum dt_err err;
    } bad[] = {
        {"", DT_ERR_TRUNCATED},
        {"hello there\n", DT_ERR_BAD_TEXT},
        {"PK\3\4xxxx", DT_ERR_BAD_TEXT},
        {"137.25, 36.5", DT_ERR_SWAPPED},
        {"0, 0", DT_ERR_BAD_COORDINATE},
        {"36 61 00 N 37 00 00 E", DT_ERR_BAD_COORDINATE},
        {"36.0724 37.0015\n36.1530 37.0015\n36.1530 37.2040\n36.0724 37.0015\n", DT_ERR_DOUBTFUL},
        {"lat,lon,start\n36.5,37.25,2026-02-26T08:00\n", DT_ERR_BAD_TIME},
        {"lat,lon,start\n36.5,37.25,261400BFEB26\n", DT_ERR_BAD_TIME},
        {"lat,lon,end\n36.5,37.25,2026-02-26T07:00Z\n", DT_ERR_END_BEFORE_START},
        {"lat,lon,radius\n36.5,37.25,500\n", DT_ERR_BAD_VALUE},
        {"lat,lon,radius_m\n36.5,37.25,500 ft\n", DT_ERR_BAD_VALUE},
        {"lat,lon,radius_m,radius_ft\n36.5,37.25,500,500\n", DT_ERR_UNKNOWN_FIELD},
        {"lat,lon,title,name\n36.5,37.25,a,b\n", DT_ERR_DUPLICATE},
        {"lat,lon,alt_lower,alt_upper\n36.5,37.25,100 ft AGL,500 m AMSL\n", DT_ERR_BAD_VALUE},
        {"lat,lon,alt_lower,alt_upper\n36.5,37.25,100 ft,500 m\n", DT_ERR_MISSING_ALTITUDE},
        {"lat,lon,title\n36.5,37.25\n", DT_ERR_BAD_TEXT},
        {"lat,lon\n36.5,\n", DT_ERR_MISSING_FIELD},
        {"lat,lon\n\"36,5\",37\n", DT_ERR_BAD_TEXT},
        {"lat,lon\n", DT_ERR_MISSING_FIELD},
        {"<gpx><wpt lat='36.5' lon='37.25'></gpx>", DT_ERR_BAD_TEXT},
        {"<!DOCTYPE gpx [<!ENTITY a 'b'>]><gpx/>", DT_ERR_NOT_ALLOWED},
        {"<!--><x \" --><!DOCTYPE gpx [<!ENTITY a 'b'>]><gpx/><!-- \"> -->", DT_ERR_NOT_ALLOWED},
        {"<gpx><wpt lat='36.5'/></gpx>", DT_ERR_MISSING_FIELD},
        {"<gpx><wpt lat='137.25' lon='36.5'/></gpx>", DT_ERR_SWAPPED},
        {"<gpx/>", DT_ERR_MISSING_FIELD},
        {"<svg/>", DT_ERR_BAD_TYPE},
        {KML("<NetworkLink/>"), DT_ERR_NOT_ALLOWED},
        {KML("<Placemark><Point><altitudeMode>absolute</altitudeMode><coordinates>37,36,800"
             "</coordinates></Point></Placemark>"), DT_ERR_BAD_VALUE},
        {KML("<Placemark><Polygon><outerBoundaryIs><LinearRing><coordinates>37,36 37.3,36 37.3,36.3"
             "</coordinates></LinearRing></outerBoundaryIs></Polygon></Placemark>"), DT_ERR_OPEN_RING},
        {KML("<Placemark><TimeSpan><begin>2026-02-27</begin></TimeSpan><Point><coordinates>37,36"
             "</coordinates></Point></Placemark>"), DT_ERR_BAD_TIME},
        {COT("u-rb-a", ""), DT_ERR_BAD_TYPE},
        {COT("u-d-f-m", "<link line='x'/>"), DT_ERR_BAD_TYPE},
        {COT("u-d-c-c", "<shape><ellipse major='500' minor='100'/></shape>"), DT_ERR_BAD_TYPE},
        {NOTAM("000/100/5003N00804E999", "2211181800", ""), DT_ERR_BAD_VALUE},
        {NOTAM("000/100/5003N00804E012", "soon", ""), DT_ERR_BAD_TIME},
        {NOTAM("000/100/5003N00804E012", "PERM", ""), DT_ERR_DOUBTFUL} /* the end given is years later */,
        {NOTAM("000/100", "2211181800", ""), DT_ERR_BAD_TEXT},
        {"A1/22 NOTAMC A2/22\nQ) EDGG/QRTCA/IV/BO/W/000/100/5003N00804E012\n", DT_ERR_BAD_STATE},
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        const enum dt_err err = judge(bad[i].text);
        if (err != bad[i].err) {
            fail_msg("%zu: %s: %s (%s), not %s", i, bad[i].text, dt_err_name(err), fault.detail,
                     dt_err_name(bad[i].err));
        }
    }
}

static void deep_xml_is_refused_before_it_is_parsed(void **state)
{
    (void)state;
    static char text[40 * 3 + 40 * 4 + 1];
    for (size_t i = 0; i < 40; i++) {
        memcpy(text + 3 * i, "<a>", 3);
        memcpy(text + 120 + 4 * i, "</a>", 4);
    }
    assert_err(judge(text), DT_ERR_TOO_DEEP);
}

static void the_command_line_fills_only_what_is_missing(void **state)
{
    (void)state;
    static const char text[] = "{\"type\": \"Feature\", \"properties\": {\"name\": \"own\", \"radius_m\": 50}, "
                               "\"geometry\": {\"type\": \"Point\", \"coordinates\": [37.25, 36.5]}}";
    assert_err(judge(text), DT_OK);
    assert_string_equal(notice.plain.title, "own");
    assert_int_equal(VOLUME.shape.radius_mm, 50000);
    json_object_set_new(fields, "radius", json_string("500"));
    assert_err(judge(text), DT_ERR_BAD_VALUE);
    json_object_set_new(fields, "radius", json_string("1 NM"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_place_is_a_circle_in_any_notation),
        cmocka_unit_test(a_grid_square_brings_its_own_uncertainty),
        cmocka_unit_test(a_closed_list_is_an_area_and_an_open_one_a_line),
        cmocka_unit_test(a_row_is_a_notice_with_its_units),
        cmocka_unit_test(a_semicolon_table_holds_lists_in_quotes),
        cmocka_unit_test(gpx_points_routes_and_tracks),
        cmocka_unit_test(kml_placemarks_with_times_and_data),
        cmocka_unit_test(cursor_on_target_markers_circles_and_drawings),
        cmocka_unit_test(a_notam_is_the_circle_of_its_q_line),
        cmocka_unit_test(what_could_mean_two_things_is_refused),
        cmocka_unit_test(deep_xml_is_refused_before_it_is_parsed),
        cmocka_unit_test(the_command_line_fills_only_what_is_missing),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}

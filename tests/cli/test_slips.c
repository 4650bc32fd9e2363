/* SPDX-License-Identifier: ISC */
/*
 * Goal: slips of people who type notices are caught before release, and what is right passes.
 * Method: theatres all over the world, each with notices known already; plans of realistic shape
 * in them, written as GeoJSON, tables, lists of places, GPX, KML and NOTAMs; then, with the
 * same generator, one slip each of ten sorts. Both rates are printed and have limits: 98 % of 200
 * bad ones, 2 % of 500 good ones. What comes is drawn from a seed, with no look at the checks.
 */
#include <math.h>
#include <stdarg.h>

#include "base/utc.h"
#include "cli/distance.h"
#include "cli/doubts.h"
#include "cli/plan.h"
#include "geo/coord.h"
#include "geo/mgrs.h"
#include "geo/utm.h"
#include "test.h"

enum { GOOD = 500, BAD = 200, KNOWN = 40, POINTS = 24, TEXT = 16384 };

#define NOW INT64_C(1771999200000) /* 2026-02-25T06:00Z */
#define HOUR INT64_C(3600000)

static struct dt_rng rng;
static const double pi = 3.14159265358979323846;

static double unit(void)
{
    return (double)dt_rng_below(&rng, 1u << 30) / (1u << 30);
}

static double between(double low, double high)
{
    return low + unit() * (high - low);
}

static int pick(int count)
{
    return (int)dt_rng_below(&rng, (uint64_t)count);
}

/* --- a plan as its author means it ----------------------------------------------------------- */

enum shape { POINT, LINE, AREA };
enum format { GEOJSON, TABLE, PLACES, GPX, KML, NOTAM, FORMATS };
enum slip {
    NONE,
    SWAPPED,
    SEXAGESIMAL,
    DATUM,
    OPEN,
    BACKWARDS,
    NO_HEIGHT,
    FAR_OFF,
    LOCAL,
    FEET,
    LATE,
    SLIPS
};
static const char *const slip_names[] = {"none", "swapped", "minutes as decimals", "datum", "open area",
                                         "end before start", "no height", "far away", "local time",
                                         "feet as metres", "short notice"};

struct intent {
    enum dt_category category;
    enum shape shape;
    enum format format;
    enum slip slip;
    int way; /* one of several ways to slip */
    double lat[POINTS], lon[POINTS];
    int count, digits;
    int64_t start, end;
    double radius, low, high; /* metres */
    bool heights;
    const char *datum;
    char text[128], title[64];
};

static struct theatre {
    double lat, lon;
    struct dt_point known[KNOWN];
} theatres[24];

static void near(double *lat, double *lon, double km)
{
    const double angle = between(0, 2 * pi), far = sqrt(unit()) * km;
    *lat += far * cos(angle) / 111.2;
    *lon += far * sin(angle) / (111.2 * cos(*lat * pi / 180));
    *lat = fmax(-85, fmin(85, *lat));
    *lon += *lon > 180 ? -360 : *lon < -180 ? 360 : 0;
}

static void draw_theatres(void)
{
    for (size_t t = 0; t < sizeof theatres / sizeof theatres[0]; t++) {
        struct theatre *th = &theatres[t];
        th->lat = between(-45, 70);
        th->lon = between(-180, 180);
        for (int i = 0; i < KNOWN; i++) {
            double lat = th->lat, lon = th->lon;
            near(&lat, &lon, 220);
            th->known[i] = (struct dt_point){(int32_t)(lat * 1e7), (int32_t)(lon * 1e7)};
        }
    }
}

static void draw_path(struct intent *p)
{
    const double step = p->category == DT_CATEGORY_FLIGHT ? between(20, 80) : between(1, 15);
    double heading = between(0, 2 * pi), lat = p->lat[0], lon = p->lon[0];
    p->count = 2 + pick(9);
    for (int i = 1; i < p->count; i++) {
        heading += between(-0.6, 0.6);
        lat += step * cos(heading) / 111.2;
        lon += step * sin(heading) / (111.2 * cos(lat * pi / 180));
        p->lat[i] = lat;
        p->lon[i] = lon;
    }
}

static void draw_area(struct intent *p)
{
    const double size = between(0.3, 25), lat = p->lat[0], lon = p->lon[0];
    p->count = 4 + pick(8);
    for (int i = 0; i < p->count; i++) {
        const double angle = 2 * pi * (i + between(-0.3, 0.3)) / p->count, far = size * between(0.6, 1);
        p->lat[i] = lat + far * cos(angle) / 111.2;
        p->lon[i] = lon + far * sin(angle) / (111.2 * cos(lat * pi / 180));
    }
    p->lat[p->count] = p->lat[0];
    p->lon[p->count] = p->lon[0];
    p->count++;
}

/* Longitudes as files have them. */
static void around(struct intent *p)
{
    for (int i = 0; i < p->count; i++) {
        p->lon[i] += p->lon[i] > 180 ? -360 : p->lon[i] < -180 ? 360 : 0;
    }
}

static void draw_times(struct intent *p)
{
    const double hours = p->category == DT_CATEGORY_STATIC      ? between(24, 24 * 300)
                         : p->category == DT_CATEGORY_FLIGHT    ? between(0.7, 10)
                         : p->category == DT_CATEGORY_FIRES     ? between(0.5, 8)
                         : p->category == DT_CATEGORY_MOVEMENT  ? between(4, 60)
                                                                : between(2, 24 * 20);
    p->start = NOW + (int64_t)(between(50, 24 * 40) * 4) * HOUR / 4;
    p->end = p->start + (int64_t)ceil(hours * 4) * HOUR / 4;
    if (p->shape == LINE) { /* time enough for the way */
        double km = 0;
        for (int i = 1; i < p->count; i++) {
            km += dt_metres_apart((struct dt_point){(int32_t)(p->lat[i - 1] * 1e7), (int32_t)(p->lon[i - 1] * 1e7)},
                                  (struct dt_point){(int32_t)(p->lat[i] * 1e7), (int32_t)(p->lon[i] * 1e7)}) / 1000;
        }
        const double speed = p->category == DT_CATEGORY_FLIGHT ? between(180, 800) : between(8, 45);
        p->end = p->start + (int64_t)ceil((km / speed + 0.5) * 4) * HOUR / 4;
    }
}

static void draw_heights(struct intent *p)
{
    p->heights = p->category == DT_CATEGORY_FLIGHT || p->category == DT_CATEGORY_AIRSPACE_RES;
    switch (pick(4)) {
    case 0: /* a helicopter over the ground */
        p->datum = "SFC";
        p->low = 50 * (1 + pick(4));
        p->high = p->low + 50 * (1 + pick(10));
        break;
    case 1: /* low over the sea, in metres */
        p->datum = "AMSL";
        p->low = 100 * (5 + pick(15));
        p->high = p->low + 100 * (2 + pick(10));
        break;
    case 2: /* of an airliner, made of feet by a program */
        p->datum = "AMSL";
        p->low = 304.8 * (9 + pick(28));
        p->high = p->low + 304.8 * (1 + pick(4));
        break;
    default:
        p->datum = "FL";
        p->low = 30.48 * 10 * (5 + pick(30));
        p->high = p->low + 30.48 * 10 * (1 + pick(5));
    }
}

static void draw_intent(struct intent *p, const struct theatre *th)
{
    static const enum dt_category often[] = {
        DT_CATEGORY_STATIC, DT_CATEGORY_STATIC, DT_CATEGORY_MOVEMENT, DT_CATEGORY_MOVEMENT, DT_CATEGORY_FLIGHT,
        DT_CATEGORY_FLIGHT, DT_CATEGORY_FIRES,  DT_CATEGORY_EVAC,     DT_CATEGORY_AIRSPACE_RES,
        DT_CATEGORY_HAZARD, DT_CATEGORY_MARITIME};
    static const char *const remarks[] = {
        "", "Twelve trucks, white, marked on the roof", "Local staff of 9; radio 5,300 kHz", "Clinic, 40 beds",
        "Survey flight, 2 turns a day", "Escort by 2 cars from the local council", "Halt at 1200Z for 30 min",
        "Convoy length 600 m", "Contact desk 24/7; 3 buses, 120 people"};
    memset(p, 0, sizeof *p);
    p->category = often[pick((int)(sizeof often / sizeof often[0]))];
    p->shape = p->category == DT_CATEGORY_STATIC     ? (pick(4) > 0 ? POINT : AREA)
               : p->category == DT_CATEGORY_MOVEMENT ? LINE
               : p->category == DT_CATEGORY_FLIGHT || p->category == DT_CATEGORY_EVAC
                   ? (enum shape)pick(3)
                   : (pick(2) == 0 ? AREA : POINT);
    p->format = (enum format)pick(FORMATS);
    p->lat[0] = th->lat;
    p->lon[0] = th->lon;
    near(&p->lat[0], &p->lon[0], 260);
    p->count = 1;
    if (p->shape == AREA && p->format == GPX) {
        p->format = KML; /* a GPX file has no areas */
    }
    if (p->shape == LINE) {
        draw_path(p);
    } else if (p->shape == AREA) {
        draw_area(p);
    }
    around(p);
    static const int digits[] = {5, 5, 6, 6, 6, 7, 7, 4, 5, 3};
    p->digits = digits[pick(10)];
    p->radius = p->category == DT_CATEGORY_STATIC ? between(30, 900) : between(100, 9000);
    draw_times(p);
    draw_heights(p);
    snprintf(p->text, sizeof p->text, "%s", remarks[pick((int)(sizeof remarks / sizeof remarks[0]))]);
    snprintf(p->title, sizeof p->title, "Plan %d", pick(10000));
}

/* --- slips ------------------------------------------------------------------------------------- */

static double minutes_as_decimals(double degrees)
{
    const double all = floor(fabs(degrees) * 3600 + 0.5);
    const double whole = floor(all / 3600), minutes = floor(fmod(all, 3600) / 60), seconds = fmod(all, 60);
    return (degrees < 0 ? -1 : 1) * (whole + minutes / 100 + seconds / 10000);
}

static void need_flight(struct intent *p)
{
    p->category = DT_CATEGORY_FLIGHT;
    p->heights = true;
    draw_times(p);
    p->text[0] = '\0';
}

static void slip(struct intent *p, enum slip which)
{
    p->slip = which;
    p->way = pick(12);
    switch (which) {
    case SWAPPED:
        for (int i = 0; i < p->count; i++) {
            const double lat = p->lat[i];
            p->lat[i] = p->lon[i];
            p->lon[i] = lat;
        }
        break;
    case SEXAGESIMAL:
        p->digits = 4;
        for (int i = 0; i < p->count; i++) {
            p->lat[i] = minutes_as_decimals(p->lat[i]);
            p->lon[i] = minutes_as_decimals(p->lon[i]);
        }
        break;
    case OPEN:
        if (p->shape != AREA) {
            p->shape = AREA;
            draw_area(p);
            around(p);
        }
        p->format = p->format == GPX ? KML : p->format;
        p->count--;
        break;
    case BACKWARDS:
        if (p->way % 3 == 0) {
            p->end = p->start;
        } else {
            const int64_t start = p->start;
            p->start = p->end;
            p->end = p->way % 3 == 1 ? start : p->start - 24 * HOUR * (1 + pick(300));
        }
        break;
    case NO_HEIGHT:
    case FEET:
        need_flight(p);
        break;
    case FAR_OFF:
        for (int i = 0; i < p->count; i++) {
            p->lat[i] = -p->lat[i] * 0.7;
            p->lon[i] += p->lon[i] > 0 ? -75 : 75;
        }
        break;
    case LATE:
        if (p->category != DT_CATEGORY_FLIGHT && p->category != DT_CATEGORY_MOVEMENT) {
            need_flight(p);
        }
        const int64_t lasts = p->end - p->start;
        p->start = NOW + (int64_t)(between(0.5, 40) * 4) * HOUR / 4;
        p->end = p->start + lasts;
        break;
    default:
        break;
    }
    if ((which == SEXAGESIMAL || which == OPEN || which == NO_HEIGHT || which == FEET) && p->format == NOTAM) {
        p->format = (enum format)pick(NOTAM);
    }
    if (which == DATUM || which == LOCAL || which == SWAPPED) {
        p->format = pick(2) == 0 ? GEOJSON : which == DATUM && pick(2) == 0 ? PLACES : TABLE;
    }
    if ((which == NO_HEIGHT || which == FEET) && p->format != GEOJSON) {
        p->format = TABLE;
    }
}

/* --- writing ------------------------------------------------------------------------------------- */

static char out[TEXT];
static size_t used;

static void __attribute__((format(printf, 1, 2))) put(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    used += (size_t)vsnprintf(out + used, sizeof out - used, format, args);
    va_end(args);
    assert_true(used < sizeof out);
}

/* A time as people write it, in UTC; or, where that is the slip, as others do. */
static const char *when(const struct intent *p, int64_t ms, bool first)
{
    static char text[2][64];
    char utc[DT_UTC_SIZE], dtg[DT_DTG_SIZE];
    char *to = text[first];
    dt_utc_text(utc, ms);
    dt_dtg_text(dtg, ms);
    if (p->slip != LOCAL) {
        snprintf(to, sizeof text[0], "%s", pick(3) == 0 ? dtg : utc);
        return to;
    }
    switch (p->way % 6) {
    case 0:
        snprintf(to, sizeof text[0], "%.19s", utc);
        break;
    case 1:
        snprintf(to, sizeof text[0], "%.19s+0%d:00", utc, 1 + p->way % 5);
        break;
    case 2:
        snprintf(to, sizeof text[0], "%.16s EET", utc);
        break;
    case 3:
        snprintf(to, sizeof text[0], "%.6sC%s", dtg, dtg + 7);
        break;
    default: /* with a Z that is not true, and something beside it that says so */
        snprintf(to, sizeof text[0], "%s", utc);
    }
    return to;
}

/* What was said beside a local time. */
static const char *words(const struct intent *p)
{
    static char text[160];
    snprintf(text, sizeof text, "%s", p->text);
    if (p->slip == LOCAL && p->way % 6 == 5) {
        snprintf(text, sizeof text, "Leaves at 0%d:30 local time", 5 + p->way % 4);
    }
    if (p->slip == FEET && p->way % 6 == 5) {
        snprintf(text, sizeof text, "Will stay below %.0f ft all the way", round(p->high / 0.3048 / 100) * 100);
    }
    return text;
}

static void put_number(const struct intent *p, double value)
{
    char text[32];
    snprintf(text, sizeof text, "%.*f", p->digits, value);
    put("%s", text);
}

/* Heights as numbers of metres, or of feet taken for them. */
static void heights(const struct intent *p, double *low, double *high)
{
    const bool feet = p->slip == FEET && (p->way % 6 == 3 || p->way % 6 == 4 || p->way % 6 == 5);
    *low = feet ? round(p->low / 0.3048 / 100) * 100 : p->low;
    *high = feet ? round(p->high / 0.3048 / 100) * 100 : p->high;
}

static void geojson_heights(const struct intent *p)
{
    double low, high;
    heights(p, &low, &high);
    if (!p->heights) {
        return;
    }
    if (p->slip == NO_HEIGHT) {
        if (p->way % 4 == 1) {
            put(", \"alt_lower_m\": %.1f, \"alt_datum\": \"%s\"", low, p->datum);
        } else if (p->way % 4 == 2) {
            put(", \"alt_lower_m\": 0, \"alt_upper_m\": 0, \"alt_datum\": \"SFC\"");
        } else if (p->way % 4 == 3) {
            put(", \"alt_lower_m\": %.1f, \"alt_upper_m\": %.1f", low, high);
        }
        return;
    }
    if (p->slip == FEET && p->way % 6 < 3) {
        put(", \"alt_lower_%s\": %s%.0f%s, \"alt_upper_%s\": %s%.0f%s, \"alt_datum\": \"AMSL\"",
            p->way % 6 == 0 ? "ft" : "m", p->way % 6 == 0 ? "" : "\"", p->low / 0.3048,
            p->way % 6 == 0 ? "" : " ft\"", p->way % 6 == 0 ? "ft" : "m", p->way % 6 == 0 ? "" : "\"",
            p->high / 0.3048, p->way % 6 == 0 ? "" : " ft\"");
        return;
    }
    put(", \"alt_lower_m\": %.1f, \"alt_upper_m\": %.1f, \"alt_datum\": \"%s\"", low, high, p->datum);
}

static void write_geojson(const struct intent *p)
{
    const bool point = p->shape == POINT, line = p->shape == LINE;
    const double scale = p->slip == DATUM && p->way % 4 == 0 ? 111319.49 : 1; /* metres of a map */
    put("{\"type\": \"Feature\", ");
    if (p->slip == DATUM && p->way % 4 == 1) {
        put("\"crs\": {\"type\": \"name\", \"properties\": {\"name\": \"urn:ogc:def:crs:EPSG::%d\"}}, ",
            4230 + p->way);
    }
    put("\"geometry\": {\"type\": \"%s\", \"coordinates\": %s",
        point ? "Point" : line ? "LineString" : "Polygon", point ? "" : line ? "[" : "[[");
    for (int i = 0; i < p->count; i++) {
        put("%s[", i > 0 ? ", " : "");
        put_number(p, p->lon[i] * scale);
        put(", ");
        put_number(p, p->lat[i] * scale);
        put("]");
    }
    put("%s}, \"properties\": {\"category\": \"%s\", \"request\": \"AVOID_WINDOW\", \"title\": \"%s\"",
        point ? "" : line ? "]" : "]]", dt_category_name(p->category), p->title);
    put(", \"start\": \"%s\", \"end\": \"%s\"", when(p, p->start, true), when(p, p->end, false));
    if (point) {
        put(", \"radius_m\": %.1f", p->radius);
    } else if (line) {
        put(", \"width_m\": %d", 50 * (1 + pick(20)));
    }
    geojson_heights(p);
    if (words(p)[0] != '\0') {
        put(", \"text\": \"%s\"", words(p));
    }
    if (p->slip == DATUM && p->way % 4 >= 2) {
        put(", \"%s\": \"%s\"", p->way % 4 == 2 ? "datum" : "coordinate_system",
            p->way % 2 == 0 ? "ED50" : "Pulkovo 1942");
    }
    if (p->slip == LOCAL && p->way % 6 == 4) {
        put(", \"timezone\": \"Asia/Beirut\"");
    }
    put("}}");
}

static void table_height(const struct intent *p, double metres)
{
    if (p->slip == FEET && p->way % 6 < 3) {
        put(p->way % 6 == 0 ? ",%.0f" : ",%.0f ft", p->way % 6 == 0 ? metres : metres / 0.3048);
    } else if (strcmp(p->datum, "FL") == 0) {
        put(",FL%.0f", metres / 30.48);
    } else if (pick(2) == 0) {
        put(",%.0f ft %s", metres / 0.3048, p->datum);
    } else {
        put(",%.0f m %s", metres, p->datum);
    }
}

static void write_table(const struct intent *p)
{
    const bool metres = p->slip == FEET && p->way % 6 != 0; /* feet where the column says metres */
    const bool low = p->heights && !(p->slip == NO_HEIGHT && p->way % 4 != 1);
    const bool high = p->heights && p->slip != NO_HEIGHT;
    double lower, upper;
    heights(p, &lower, &upper);
    put("id,title,category,request,start,end,%s%s,text", p->shape == POINT ? "lat,lon,radius" : "positions",
        p->shape == LINE ? ",width" : "");
    put("%s%s", low ? metres ? ",alt_lower_m" : ",alt_lower" : "", high ? metres ? ",alt_upper_m" : ",alt_upper" : "");
    put("%s", metres && p->way % 6 >= 3 ? ",alt_datum" : "");
    put("%s", p->slip == DATUM ? p->way % 2 == 0 ? ",datum" : ",epsg" : "");
    put("%s\n", p->slip == LOCAL && p->way % 6 == 4 ? ",utc_offset" : "");
    put("T-%d,%s,%s,avoid window,%s,%s,", pick(1000), p->title, dt_category_name(p->category),
        when(p, p->start, true), when(p, p->end, false));
    put("%s", p->shape == POINT ? "" : "\"");
    for (int i = 0; i < p->count; i++) {
        put("%s", i > 0 ? "; " : "");
        put_number(p, p->lat[i]);
        put("%s", p->shape == POINT ? "," : ", ");
        put_number(p, p->lon[i]);
    }
    if (p->shape == POINT) {
        put(pick(2) == 0 ? ",%.0f m" : ",%.0fft", p->radius);
    } else {
        put("\"%s", p->shape == LINE ? ",400 m" : "");
    }
    put(",\"%s\"", words(p));
    if (low) {
        if (metres && p->way % 6 >= 3) {
            put(",%.0f", lower);
        } else {
            table_height(p, p->low);
        }
    }
    if (high) {
        if (metres && p->way % 6 >= 3) {
            put(",%.0f,%s", upper, p->datum);
        } else {
            table_height(p, p->high);
        }
    }
    put("%s", p->slip == DATUM ? p->way % 2 == 0 ? ",NAD27" : ",3857" : "");
    put("%s\n", p->slip == LOCAL && p->way % 6 == 4 ? ",+03:00" : "");
}

static void write_places(const struct intent *p)
{
    char text[DT_COORD_TEXT_MAX];
    const int notation = p->slip == NONE || p->slip == BACKWARDS || p->slip == LATE ? pick(4) : 0;
    if (p->slip == DATUM) {
        put("# from the old sheet, %s\n", p->way % 2 == 0 ? "ED50" : "SK-42 (Krassowsky)");
    }
    for (int i = 0; i < p->count; i++) {
        const struct dt_point at = {(int32_t)(p->lat[i] * 1e7), (int32_t)(p->lon[i] * 1e7)};
        if (notation == 1 && dt_coord_mgrs(text, at, 5) == DT_OK) {
            put("%s\n", text);
        } else if (notation == 2) {
            const double lat = fabs(p->lat[i]), lon = fabs(p->lon[i]);
            put("%02d %02d %05.2f %c %03d %02d %05.2f %c\n", (int)lat, (int)fmod(lat * 60, 60),
                floor(fmod(lat * 3600, 60) * 100) / 100, p->lat[i] < 0 ? 'S' : 'N', (int)lon,
                (int)fmod(lon * 60, 60), floor(fmod(lon * 3600, 60) * 100) / 100, p->lon[i] < 0 ? 'W' : 'E');
        } else {
            put("%.*f, %.*f\n", p->digits, p->lat[i], p->digits, p->lon[i]);
        }
    }
}

static void write_gpx(const struct intent *p)
{
    const bool point = p->shape == POINT;
    put("<?xml version=\"1.0\"?><gpx version=\"1.1\" creator=\"x\" xmlns=\"http://www.topografix.com/GPX/1/1\">");
    put("%s", point ? "" : "<rte>");
    for (int i = 0; i < p->count; i++) {
        put("<%s lat=\"%.*f\" lon=\"%.*f\"></%s>", point ? "wpt" : "rtept", p->digits, p->lat[i], p->digits,
            p->lon[i], point ? "wpt" : "rtept");
    }
    put("%s</gpx>", point ? "" : "</rte>");
}

static void write_kml(const struct intent *p)
{
    static const char *const open[] = {"<Point>", "<LineString>", "<Polygon><outerBoundaryIs><LinearRing>"};
    static const char *const close[] = {"</Point>", "</LineString>", "</LinearRing></outerBoundaryIs></Polygon>"};
    put("<?xml version=\"1.0\"?><kml xmlns=\"http://www.opengis.net/kml/2.2\"><Document><Placemark><name>%s</name>"
        "%s<coordinates>", p->title, open[p->shape]);
    for (int i = 0; i < p->count; i++) {
        put("%.*f,%.*f,0 ", p->digits, p->lon[i], p->digits, p->lat[i]);
    }
    put("</coordinates>%s</Placemark></Document></kml>", close[p->shape]);
}

static const char *notam_time(int64_t ms)
{
    static char text[2][16];
    static int next;
    char utc[DT_UTC_SIZE];
    char *to = text[next++ % 2];
    dt_utc_text(utc, ms);
    snprintf(to, sizeof text[0], "%.2s%.2s%.2s%.2s%.2s", utc + 2, utc + 5, utc + 8, utc + 11, utc + 14);
    return to;
}

static void write_notam(const struct intent *p)
{
    const double lat = fabs(p->lat[0]), lon = fabs(p->lon[0]);
    put("B%04d/26 NOTAMN\nQ) XXXX/QRTCA/IV/BO/W/000/%03d/%02d%02d%c%03d%02d%c%03d\n", 1 + pick(9000), 50 + pick(350),
        (int)lat, (int)fmod(lat * 60, 60), p->lat[0] < 0 ? 'S' : 'N', (int)lon, (int)fmod(lon * 60, 60),
        p->lon[0] < 0 ? 'W' : 'E', 1 + pick(25));
    put("A) XXXX B) %s C) %s\nE) TEMPO RESTRICTED AREA ACT\nF) GND G) FL%03d\n", notam_time(p->start),
        notam_time(p->end), 50 + 10 * pick(35));
}

/* --- judging -------------------------------------------------------------------------------------- */

static struct dt_geojson_notice notice;
static struct dt_geojson_fault fault;

/* What the options say where the file cannot. */
static json_t *options_of(const struct intent *p)
{
    json_t *o = json_object();
    if (p->format == GEOJSON || p->format == TABLE) {
        return o;
    }
    json_object_set_new(o, "request", json_string("AVOID_WINDOW"));
    if (p->format == NOTAM) {
        return o;
    }
    json_object_set_new(o, "category", json_string(dt_category_name(p->category)));
    json_object_set_new(o, "title", json_string(p->title));
    json_object_set_new(o, "start", json_string(when(p, p->start, true)));
    json_object_set_new(o, "end", json_string(when(p, p->end, false)));
    if (p->shape == POINT) {
        json_object_set_new(o, "radius", json_string("500 m"));
    } else if (p->shape == LINE) {
        json_object_set_new(o, "width", json_string("400 m"));
    }
    if (p->heights) {
        json_object_set_new(o, "alt_lower", json_string("500 ft AGL"));
        json_object_set_new(o, "alt_upper", json_string("2000 ft AGL"));
    }
    return o;
}

static enum dt_err judge(const struct intent *p, const struct theatre *th, const struct theatre *other)
{
    static const int64_t leads[DT_CATEGORY_MAX + 1] = {[DT_CATEGORY_MOVEMENT] = 48 * HOUR,
                                                       [DT_CATEGORY_FLIGHT] = 48 * HOUR,
                                                       [DT_CATEGORY_AIRSPACE_RES] = 48 * HOUR};
    static void (*const writers[])(const struct intent *) = {write_geojson, write_table, write_places,
                                                             write_gpx, write_kml, write_notam};
    struct dt_point places[2 * KNOWN];
    struct dt_geojson g;
    memcpy(places, th->known, sizeof th->known);
    memcpy(places + KNOWN, other->known, sizeof other->known);
    /* one line in three is active in two places */
    const struct dt_geojson_hints hints = {.language = "en", .places = places,
                                           .place_count = pick(3) == 0 ? 2 * KNOWN : KNOWN,
                                           .now_ms = NOW, .lead_ms = leads};
    used = 0;
    writers[p->format](p);
    json_t *options = options_of(p);
    enum dt_err err = dt_plan_open(&g, dt_span(out, used), options, &fault);
    json_decref(options);
    if (err != DT_OK) {
        return err;
    }
    for (size_t i = 0; i < g.count && err == DT_OK; i++) {
        err = dt_geojson_feature(&notice, &g, i, &hints, &fault);
        err = err == DT_OK ? dt_doubt_lead(&notice, &hints, &fault) : err;
    }
    dt_geojson_close(&g);
    return err;
}

static const struct theatre *any_theatre(void)
{
    return &theatres[pick((int)(sizeof theatres / sizeof theatres[0]))];
}

static void slips_are_caught_and_the_rest_passes(void **state)
{
    (void)state;
    static struct intent p;
    int caught = 0, alarms = 0, by_slip[SLIPS] = {0};
    const char *seed = getenv("SLIPS_SEED"); /* for whoever wants to see other draws */
    rng = dt_rng(seed != NULL ? seed : "entry of notices by people, 2026");
    draw_theatres();
    for (int i = 0; i < GOOD; i++) {
        const struct theatre *th = any_theatre();
        draw_intent(&p, th);
        const enum dt_err err = judge(&p, th, any_theatre());
        if (err != DT_OK) {
            alarms++;
            print_message("# false alarm %d: %s %s\n", i, dt_err_name(err), fault.detail);
        }
    }
    for (int i = 0; i < BAD; i++) {
        const enum slip which = (enum slip)(1 + i % (SLIPS - 1));
        const struct theatre *th = any_theatre();
        draw_intent(&p, th);
        slip(&p, which);
        const enum dt_err err = judge(&p, th, any_theatre());
        caught += err != DT_OK;
        by_slip[which] += err != DT_OK;
        if (err == DT_OK) {
            print_message("# missed %d: %s (way %d, format %d): %.300s\n", i, slip_names[which], p.way, (int)p.format, out);
        } else if (getenv("SLIPS_SHOW") != NULL) {
            print_message("# %s: %s %s\n", slip_names[which], dt_err_name(err), fault.detail);
        }
    }
    for (int s = 1; s < SLIPS; s++) {
        print_message("# %-20s %d of %d\n", slip_names[s], by_slip[s], BAD / (SLIPS - 1));
    }
    print_message("# caught %d of %d (%.1f %%), false alarms %d of %d (%.1f %%)\n", caught, BAD, 100.0 * caught / BAD,
                  alarms, GOOD, 100.0 * alarms / GOOD);
    assert_true(100 * caught >= 98 * BAD);
    assert_true(100 * alarms <= 2 * GOOD);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(slips_are_caught_and_the_rest_passes)};
    return cmocka_run_group_tests(tests, dt_test_setup, NULL);
}

/* SPDX-License-Identifier: ISC */
#include "cli/doubts.h"

#include <ctype.h>
#include <libintl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/try.h"
#include "cli/distance.h"

#define _(text) gettext(text)

#define FAR_M 2000000.0    /* from everything else on the line: surely a mistake */
#define SWAP_FAR_M 30000.0 /* this far as written … */
#define SWAP_TIMES 4       /* … and so many times nearer when swapped: suspicious */
#define LEG_MAX_M 1500000.0 /* between two positions of one shape */
#define DAY_MS INT64_C(86400000)

const char *dt_doubt_option(enum dt_doubt doubt)
{
    static const char *const options[DT_DOUBT_COUNT] = {
#define X(name, option) [DT_DOUBT_##name] = option,
        DT_DOUBTS(X)
#undef X
    };
    return options[doubt];
}

static bool confirmed(const struct dt_geojson_hints *hints, enum dt_doubt doubt)
{
    return (hints->confirmed >> doubt & 1u) != 0;
}

/* The detail, and by what it is confirmed. */
static enum dt_err doubt(struct dt_geojson_fault *fault, enum dt_err err, enum dt_doubt which,
                         const char *what)
{
    return dt_geojson_say(fault, err, _("%s; if it is right: --%s"), what, dt_doubt_option(which));
}

/* --- places ------------------------------------------------------------------------------- */

static double nearest_m(struct dt_point at, const struct dt_point *in_file,
                        const struct dt_geojson_hints *hints)
{
    double best = hints->place_count == 0 ? dt_metres_apart(at, *in_file) : 3e7;
    for (size_t i = 0; i < hints->place_count; i++) {
        best = fmin(best, dt_metres_apart(at, hints->places[i]));
    }
    return best;
}

/* Against what else is known of the area. */
static enum dt_err check_area(const struct dt_notice_plain *plain, const struct dt_point *in_file,
                              const struct dt_geojson_hints *hints, struct dt_geojson_fault *fault)
{
    char what[128];
    const struct dt_point at = plain->points[0];
    if (hints->place_count == 0 && in_file == NULL) {
        return DT_OK;
    }
    const double here = nearest_m(at, in_file, hints);
    if (here > SWAP_FAR_M && abs(at.lon_e7) <= 900000000 &&
        nearest_m((struct dt_point){at.lon_e7, at.lat_e7}, in_file, hints) < here / SWAP_TIMES) {
        snprintf(what, sizeof what, _("%.0f km from the other notices, near them when swapped"),
                 here / 1000);
        return doubt(fault, DT_ERR_SWAPPED, DT_DOUBT_FAR_AWAY, what);
    }
    snprintf(what, sizeof what, _("%.0f km from the other notices"), here / 1000);
    return here > FAR_M ? doubt(fault, DT_ERR_FAR_AWAY, DT_DOUBT_FAR_AWAY, what) : DT_OK;
}

/* One position of a shape that lies far from the one before it. */
static enum dt_err check_steps(const struct dt_notice_plain *plain, struct dt_geojson_fault *fault)
{
    char what[128];
    for (size_t r = 0; r < plain->ring_count; r++) {
        const struct dt_ring *ring = &plain->rings[r];
        for (size_t i = 1; i < ring->count; i++) {
            const double metres = dt_metres_apart(ring->points[i - 1], ring->points[i]);
            if (metres > LEG_MAX_M) {
                snprintf(what, sizeof what, _("%.0f km between positions %zu and %zu of one shape"),
                         metres / 1000, i, i + 1);
                return doubt(fault, DT_ERR_FAR_AWAY, DT_DOUBT_FAR_AWAY, what);
            }
        }
    }
    return DT_OK;
}

struct decimals {
    size_t numbers, with_seconds, with_units;
    bool four, six; /* all have so many at most, and the first four look like minutes, seconds */
};

static void look_at_number(struct decimals *d, int32_t e7)
{
    const int32_t part = abs(e7) % 10000000;
    const bool sexagesimal = part / 100000 < 60 && part / 1000 % 100 < 60;
    d->numbers++;
    d->with_seconds += part % 100000 != 0;
    d->with_units += part % 10000 != 0;
    d->four = d->four && sexagesimal && part % 1000 == 0;
    d->six = d->six && sexagesimal && part % 10 == 0;
}

/* "36.0724" for 36 degrees 07' 24": of two numbers with four decimals an honest pair looks so one
 * time in eight, of more numbers or decimals it takes six numbers to be sure of something. */
enum dt_err dt_doubt_decimals(const struct dt_notice_plain *plain,
                              const struct dt_geojson_hints *hints, struct dt_geojson_fault *fault)
{
    enum { ENOUGH = 6 };
    struct decimals d = {.four = true, .six = true};
    for (size_t i = 0; i < plain->point_count; i++) {
        look_at_number(&d, plain->points[i].lat_e7);
        look_at_number(&d, plain->points[i].lon_e7);
    }
    const bool meant = 2 * d.with_seconds >= d.numbers && d.with_units > 0;
    if (confirmed(hints, DT_DOUBT_DECIMALS) || !meant || !(d.four || (d.six && d.numbers >= ENOUGH))) {
        return DT_OK;
    }
    return doubt(fault, DT_ERR_DOUBTFUL, DT_DOUBT_DECIMALS,
                 _("all decimals look like minutes and seconds: write 36 07 24 N, or five decimals"));
}

static double length_of(const struct dt_ring *ring)
{
    double metres = 0;
    for (size_t i = 1; i < ring->count; i++) {
        metres += dt_metres_apart(ring->points[i - 1], ring->points[i]);
    }
    return metres;
}

/* A line that ends almost where it began was meant as an area. */
static enum dt_err check_ends(const struct dt_volume *v, struct dt_geojson_fault *fault)
{
    const struct dt_ring *ring = &v->rings[0];
    if (v->shape != DT_SHAPE_CORRIDOR || ring->count < 4) {
        return DT_OK;
    }
    const double apart = dt_metres_apart(ring->points[0], ring->points[ring->count - 1]);
    char what[128];
    snprintf(what, sizeof what, _("the line ends %.0f m from where it begins: an area that is not closed?"),
             apart);
    return apart > 0 && apart < length_of(ring) / 20
               ? doubt(fault, DT_ERR_DOUBTFUL, DT_DOUBT_NOT_CLOSED, what)
               : DT_OK;
}

static enum dt_err check_size(enum dt_category category, const struct dt_volume *v,
                              struct dt_geojson_fault *fault)
{
    const bool ground = category == DT_CATEGORY_STATIC || category == DT_CATEGORY_MOVEMENT ||
                        category == DT_CATEGORY_EVAC || category == DT_CATEGORY_CORRIDOR;
    const double metres = v->radius_mm / 1000.0;
    char what[128];
    snprintf(what, sizeof what, _("%.0f km to each side: metres, not kilometres or feet?"), metres / 1000);
    return metres > (ground ? 20000 : 400000)
               ? doubt(fault, DT_ERR_DOUBTFUL, DT_DOUBT_LARGE, what)
               : DT_OK;
}

/* --- heights ------------------------------------------------------------------------------- */

static bool multiple(int32_t mm, int32_t of_mm)
{
    return mm % of_mm == 0;
}

/* A flight higher than flights go: the number may be feet. */
static bool too_high(enum dt_category category, const struct dt_notice_volume *v)
{
    const int32_t lower = v->shape.alt_lo_mm, upper = v->shape.alt_hi_mm;
    if (upper >= DT_ALT_MAX_MM || upper >= 99999000) {
        return false; /* no limit */
    }
    if (category != DT_CATEGORY_FLIGHT) {
        const bool ground = category == DT_CATEGORY_STATIC || category == DT_CATEGORY_MOVEMENT ||
                            category == DT_CATEGORY_EVAC || category == DT_CATEGORY_MARITIME;
        return upper > (ground && v->datum == DT_DATUM_SURFACE ? 1000000 : 30000000);
    }
    /* Over the ground one flies low; over the sea, that high, heights in metres come from
     * feet and are no round hundreds. */
    const bool round = multiple(lower, 100000) && multiple(upper, 100000);
    return upper > 13800000 || (v->datum == DT_DATUM_SURFACE && upper > 1200000) ||
           (v->datum != DT_DATUM_LEVEL && round && upper >= 4000000);
}

/* "3500 ft" in the words where 3500 m is the height. */
static bool words_say_feet(const char *text, size_t size, double metres)
{
    for (size_t i = 0; i < size; i++) {
        size_t k = i;
        double number = 0;
        if (!isdigit((unsigned char)text[i]) || (i > 0 && isdigit((unsigned char)text[i - 1]))) {
            continue;
        }
        for (; k < size && (isdigit((unsigned char)text[k]) || text[k] == ','); k++) {
            number = text[k] == ',' ? number : number * 10 + (text[k] - '0');
        }
        k += k < size && text[k] == ' ';
        if (size - k >= 2 && (strncasecmp(text + k, "ft", 2) == 0 || strncasecmp(text + k, "fe", 2) == 0) &&
            fabs(number - metres) < 1 && number > 0) {
            return true;
        }
    }
    return false;
}

static enum dt_err check_heights(const struct dt_geojson_notice *n, const struct dt_notice_volume *v,
                                 struct dt_geojson_fault *fault)
{
    char what[160];
    const double lower = v->shape.alt_lo_mm / 1000.0, upper = v->shape.alt_hi_mm / 1000.0;
    const struct dt_span text = n->plain.text;
    const char *words = text.size > 0 ? (const char *)text.data : "";
    if (v->datum == DT_DATUM_LEVEL && fabs(upper / 30.48 - round(upper / 30.48)) > 0.02 &&
        v->alt_accuracy_mm == 0) {
        snprintf(what, sizeof what, _("%.0f m is no flight level: FL100 is 3048 m"), upper);
        return doubt(fault, DT_ERR_DOUBTFUL, DT_DOUBT_HIGH, what);
    }
    if (too_high(n->clear.category, v)) {
        snprintf(what, sizeof what, _("up to %.0f m: feet? %.0f ft are %.0f m"), upper, upper,
                 upper * 0.3048);
        return doubt(fault, DT_ERR_DOUBTFUL, DT_DOUBT_HIGH, what);
    }
    if (words_say_feet(words, text.size, upper) || words_say_feet(words, text.size, lower) ||
        words_say_feet(n->plain.title, strlen(n->plain.title), upper)) {
        snprintf(what, sizeof what, _("the words say feet where the height is in metres: %.0f m"), upper);
        return doubt(fault, DT_ERR_DOUBTFUL, DT_DOUBT_HIGH, what);
    }
    return DT_OK;
}

/* --- times ---------------------------------------------------------------------------------- */

static double fastest(enum dt_category category)
{
    switch (category) {
    case DT_CATEGORY_MOVEMENT:
    case DT_CATEGORY_EVAC:
        return 120 / 3.6;
    case DT_CATEGORY_MARITIME:
        return 60 * 1852 / 3600.0;
    case DT_CATEGORY_FLIGHT:
        return 700;
    default:
        return INFINITY;
    }
}

static enum dt_err check_speed(enum dt_category category, const struct dt_volume *v,
                               struct dt_geojson_fault *fault)
{
    char what[128];
    double speed = 0;
    if (v->shape != DT_SHAPE_CORRIDOR) {
        return DT_OK;
    }
    const struct dt_ring *route = &v->rings[0];
    speed = 1000 * length_of(route) / (double)(v->time.until_ms - v->time.from_ms);
    for (size_t i = 0; v->legs != NULL && i + 1 < route->count; i++) {
        const double metres = dt_metres_apart(route->points[i], route->points[i + 1]);
        speed = fmax(speed, 1000 * metres / (double)(v->legs[i].until_ms - v->legs[i].from_ms));
    }
    snprintf(what, sizeof what, _("%.0f km in that time are %.0f km/h"), length_of(route) / 1000,
             speed * 3.6);
    return speed > fastest(category) ? doubt(fault, DT_ERR_DOUBTFUL, DT_DOUBT_FAST, what) : DT_OK;
}

static int64_t longest_days(enum dt_category category)
{
    switch (category) {
    case DT_CATEGORY_FLIGHT:
        return 2;
    case DT_CATEGORY_FIRES:
        return 8;
    case DT_CATEGORY_MOVEMENT:
        return 15;
    case DT_CATEGORY_EVAC:
    case DT_CATEGORY_MARITIME:
        return 60;
    default:
        return 400;
    }
}

static enum dt_err check_times(const struct dt_geojson_notice *n,
                               const struct dt_geojson_hints *hints, struct dt_geojson_fault *fault)
{
    const struct dt_body_notice *c = &n->clear;
    const bool again = n->plain.volumes[0].every_ms > 0;
    const int64_t days = (c->end_ms - c->start_ms) / DAY_MS, ahead = c->start_ms - hints->now_ms;
    char what[128];
    if (!confirmed(hints, DT_DOUBT_DURATION) && !again && days >= longest_days(c->category)) {
        snprintf(what, sizeof what, _("lasts %lld days: is that the right end?"), (long long)days);
        return doubt(fault, DT_ERR_DOUBTFUL, DT_DOUBT_DURATION, what);
    }
    if (!confirmed(hints, DT_DOUBT_DURATION) && c->end_ms - c->start_ms < 300000) {
        snprintf(what, sizeof what, _("lasts %lld s: is that the right end?"),
                 (long long)((c->end_ms - c->start_ms) / 1000));
        return doubt(fault, DT_ERR_DOUBTFUL, DT_DOUBT_DURATION, what);
    }
    if (hints->now_ms == 0) {
        return DT_OK;
    }
    if (!confirmed(hints, DT_DOUBT_DURATION) && ahead > 400 * DAY_MS) {
        snprintf(what, sizeof what, _("starts in %lld days: is that the right year?"),
                 (long long)(ahead / DAY_MS));
        return doubt(fault, DT_ERR_DOUBTFUL, DT_DOUBT_DURATION, what);
    }
    return DT_OK;
}

enum dt_err dt_doubt_lead(const struct dt_geojson_notice *n, const struct dt_geojson_hints *hints,
                          struct dt_geojson_fault *fault)
{
    const struct dt_body_notice *c = &n->clear;
    const int64_t ahead = c->start_ms - hints->now_ms;
    char what[128];
    if (hints->now_ms == 0) {
        return DT_OK;
    }
    const int64_t lead = hints->lead_ms != NULL ? hints->lead_ms[c->category] : 0;
    if (!confirmed(hints, DT_DOUBT_SHORT_NOTICE) && ahead < lead) {
        snprintf(what, sizeof what, _("starts in %lld min, the charter asks for %lld h before the start"),
                 (long long)(ahead > 0 ? ahead / 60000 : 0), (long long)(lead / 3600000));
        return doubt(fault, DT_ERR_DOUBTFUL, DT_DOUBT_SHORT_NOTICE, what);
    }
    return DT_OK;
}

static bool begins(const char *text, size_t size, const char *word)
{
    const size_t length = strlen(word);
    return size >= length && strncasecmp(text, word, length) == 0 &&
           (size == length || !isalpha((unsigned char)text[length]));
}

/* A clock time with a zone that is not UTC behind it, or the words for it. */
static bool words_say_local(const char *text, size_t size)
{
    static const char *const zones[] = {"LT", "L", "local", "hrs local", "h local", "CET", "CEST",
                                        "EET", "EEST", "MSK", "EST", "EDT", "PST", "IST", "EAT",
                                        "WAT", "CAT", "BST", "AST", "JST"};
    static const char *const phrases[] = {"local time", "heure locale", "ortszeit", "hora local",
                                          "UTC+", "UTC-", "GMT+", "GMT-"};
    for (size_t i = 0; i < size; i++) {
        for (size_t p = 0; p < sizeof phrases / sizeof phrases[0]; p++) {
            if (size - i >= strlen(phrases[p]) && strncasecmp(text + i, phrases[p], strlen(phrases[p])) == 0) {
                return true;
            }
        }
        size_t digits = 0;
        while (i + digits < size && (isdigit((unsigned char)text[i + digits]) || (digits > 0 && text[i + digits] == ':'))) {
            digits++;
        }
        if (digits < 4 || digits > 5 || (i > 0 && isdigit((unsigned char)text[i - 1]))) {
            continue;
        }
        const size_t at = i + digits + (i + digits < size && text[i + digits] == ' ');
        for (size_t z = 0; z < sizeof zones / sizeof zones[0]; z++) {
            if (begins(text + at, size - at, zones[z])) {
                return true;
            }
        }
    }
    return false;
}

/* --- names ----------------------------------------------------------------------------------- */

bool dt_names_datum(const char *text)
{
    static const char *const names[] = {"ED50", "ED-50", "ED 50", "NAD27", "NAD 27", "NAD83", "SK-42", "SK42",
                                        "Pulkovo", "OSGB", "Tokyo", "CH1903", "Gauss", "Lambert",
                                        "Krassowsk", "Clarke 18", "Arc 1950", "Arc1950", "Adindan",
                                        "Minna", "GDA94", "Indian 19", "EPSG:3857"};
    for (const char *c = text; *c != '\0'; c++) {
        for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
            if (strncasecmp(c, names[i], strlen(names[i])) == 0) {
                return true;
            }
        }
    }
    return false;
}

static bool one_of(const char *value, const char *const *known, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (strcasecmp(value, known[i]) == 0) {
            return true;
        }
    }
    return false;
}

enum dt_err dt_doubt_names(const json_t *properties, struct dt_geojson_fault *fault)
{
    static const char *const datums[] = {"datum", "crs", "srs", "epsg", "coordinate_system", "coord_system",
                                         "coordsys", "geodetic_datum", "horizontal_datum", "ellipsoid",
                                         "spheroid", "map_datum", "projection"};
    static const char *const wgs84[] = {"WGS84", "WGS 84", "WGS-84", "EPSG:4326", "4326", "CRS84", "OGC:CRS84",
                                        "WGS84 (EPSG:4326)", "World Geodetic System 1984"};
    static const char *const zones[] = {"timezone", "time_zone", "tz", "zone", "utc_offset"};
    static const char *const utc[] = {"UTC", "Z", "GMT", "ZULU", "0", "+0", "+00:00", "00:00", "Etc/UTC"};
    const char *name;
    json_t *value;
    json_object_foreach ((json_t *)properties, name, value) {
        char number[32] = "";
        if (json_is_integer(value)) {
            snprintf(number, sizeof number, "%lld", (long long)json_integer_value(value));
        }
        const char *text = json_is_string(value) ? json_string_value(value) : number;
        if (text[0] == '\0') {
            continue;
        }
        if (one_of(name, datums, sizeof datums / sizeof datums[0]) &&
            !one_of(text, wgs84, sizeof wgs84 / sizeof wgs84[0])) {
            return dt_geojson_say(fault, DT_ERR_BAD_VALUE,
                                  _("%.40s %.40s: places are in WGS84 here: convert them, in QGIS by saving "
                                    "in EPSG:4326"),
                                  name, text);
        }
        if (one_of(name, zones, sizeof zones / sizeof zones[0]) && !one_of(text, utc, sizeof utc / sizeof utc[0])) {
            return dt_geojson_say(fault, DT_ERR_BAD_TIME,
                                  _("%.40s %.40s: times are in UTC here: convert them, and write Z after them"),
                                  name, text);
        }
    }
    return DT_OK;
}

/* --- all ------------------------------------------------------------------------------------- */

static enum dt_err check_places(const struct dt_geojson_notice *n, const struct dt_point *in_file,
                                const struct dt_geojson_hints *hints, struct dt_geojson_fault *fault)
{
    if (!confirmed(hints, DT_DOUBT_FAR_AWAY)) {
        DT_TRY(check_area(&n->plain, in_file, hints, fault));
        DT_TRY(check_steps(&n->plain, fault));
    }
    return DT_OK;
}

static enum dt_err check_volume(const struct dt_geojson_notice *n, const struct dt_notice_volume *v,
                                const struct dt_geojson_hints *hints, struct dt_geojson_fault *fault)
{
    if (!confirmed(hints, DT_DOUBT_LARGE)) {
        DT_TRY(check_size(n->clear.category, &v->shape, fault));
    }
    if (!confirmed(hints, DT_DOUBT_NOT_CLOSED)) {
        DT_TRY(check_ends(&v->shape, fault));
    }
    if (!confirmed(hints, DT_DOUBT_FAST)) {
        DT_TRY(check_speed(n->clear.category, &v->shape, fault));
    }
    return confirmed(hints, DT_DOUBT_HIGH) ? DT_OK : check_heights(n, v, fault);
}

enum dt_err dt_doubts(const struct dt_geojson_notice *n, const struct dt_point *in_file,
                      const struct dt_geojson_hints *hints, struct dt_geojson_fault *fault)
{
    const struct dt_span text = n->plain.text;
    DT_TRY(check_places(n, in_file, hints, fault));
    for (size_t i = 0; i < n->plain.volume_count; i++) {
        DT_TRY(check_volume(n, &n->plain.volumes[i], hints, fault));
    }
    DT_TRY(check_times(n, hints, fault));
    if (!confirmed(hints, DT_DOUBT_LOCAL_TIME) &&
        ((text.size > 0 && words_say_local((const char *)text.data, text.size)) ||
         words_say_local(n->plain.title, strlen(n->plain.title)))) {
        return doubt(fault, DT_ERR_DOUBTFUL, DT_DOUBT_LOCAL_TIME,
                     _("the words name a local time: are start and end in UTC?"));
    }
    return DT_OK;
}

/* SPDX-License-Identifier: ISC */
/* Texts with units as the numbers that geojson.h reads (plan.h). */
#include <libintl.h>
#include <math.h>
#include <string.h>
#include <strings.h>

#include "base/utc.h"
#include "cli/plan.h"
#include "view/height.h"

#define _(text) gettext(text)

#define FOOT_M 0.3048
#define MILE_M 1852.0
#define TOP_M 100000.0 /* what "unlimited" is here */

bool dt_plan_number(double *out, const char **at)
{
    const char *c = *at;
    double value = 0, unit = 0.1;
    int digits = 0;
    for (; *c >= '0' && *c <= '9' && digits < 12; c++, digits++) {
        value = value * 10 + (*c - '0');
    }
    if (*c == '.' && digits > 0) {
        for (c++; *c >= '0' && *c <= '9'; c++, digits++, unit /= 10) {
            value += (*c - '0') * unit;
        }
    }
    if (digits == 0 || (*c >= '0' && *c <= '9') || c[-1] == '.') {
        return false;
    }
    *out = value;
    *at = c;
    return true;
}

static const struct {
    const char *name;
    double metres;
} units[] = {{"m", 1},       {"km", 1000},   {"ft", FOOT_M}, {"nm", MILE_M}, {"nmi", MILE_M},
             {"feet", FOOT_M}, {"metres", 1}, {"meters", 1}};

/* The unit at *at, passed over; 0 if there is none that is known. */
static double unit_at(const char **at)
{
    *at += strspn(*at, " ");
    const size_t size = strspn(*at, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ");
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        if (size == strlen(units[i].name) && strncasecmp(*at, units[i].name, size) == 0) {
            *at += size;
            return units[i].metres;
        }
    }
    return 0;
}

/* `radius_nm`: the unit that a name gives; 0 for none. */
static double unit_of_name(const char *name)
{
    const char *last = strrchr(name, '_');
    const char *at = last != NULL ? last + 1 : "";
    const double unit = unit_at(&at);
    return *at == '\0' ? unit : 0;
}

/* A length with its unit from the text or the name of the property, one of them. */
static enum dt_err length(double *metres, const char **at, double named, const char *name,
                          struct dt_geojson_fault *fault)
{
    const char *text = *at;
    double value;
    const bool minus = *text == '-';
    *at += minus;
    if (!dt_plan_number(&value, at)) {
        return dt_geojson_say(fault, DT_ERR_BAD_VALUE,
                              _("%s %.40s: a number and m, km, ft or NM, like 500 m"), name, text);
    }
    const double unit = unit_at(at);
    if (unit == 0 && named == 0) {
        return dt_geojson_say(fault, DT_ERR_BAD_VALUE,
                              _("%s %.40s: metres or feet? Write 500 m or 1500 ft"), name, text);
    }
    if (unit != 0 && named != 0 && unit != named) {
        return dt_geojson_say(fault, DT_ERR_BAD_VALUE,
                              _("%s %.40s: the name and the value give two units"), name, text);
    }
    *metres = value * (unit != 0 ? unit : named) * (minus ? -1 : 1);
    *at += strspn(*at, " ");
    return DT_OK;
}

/* --- heights ----------------------------------------------------------------------------- */

struct height {
    double metres;
    bool given, ground, top, level;
    const char *datum; /* NULL: not said */
};

static const char *datum_of(const char *word)
{
    static const char *const words[][2] = {{"AGL", "SFC"},    {"SFC", "SFC"},   {"GND", "SFC"},
                                           {"ASFC", "SFC"},   {"AMSL", "AMSL"}, {"MSL", "AMSL"},
                                           {"WGS84", "WGS84"}, {"HAE", "WGS84"}, {"FL", "FL"}};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (strcasecmp(word, words[i][0]) == 0) {
            return words[i][1];
        }
    }
    return NULL;
}

static enum dt_err read_height(struct height *h, const char *text, double named, const char *name,
                               struct dt_geojson_fault *fault)
{
    const char *at = text;
    *h = (struct height){.given = true};
    if (strcasecmp(text, "GND") == 0 || strcasecmp(text, "SFC") == 0) {
        h->ground = true;
        return DT_OK;
    }
    if (strcasecmp(text, "UNL") == 0) {
        h->top = true;
        h->metres = TOP_M;
        return DT_OK;
    }
    if (strncasecmp(text, "FL", 2) == 0) {
        at += 2 + strspn(text + 2, " ");
        h->level = dt_plan_number(&h->metres, &at) && *at == '\0' && h->metres <= 999;
        h->metres *= 100 * FOOT_M;
        h->datum = dt_datum_name(DT_DATUM_LEVEL);
        return h->level ? DT_OK : dt_geojson_say(fault, DT_ERR_BAD_VALUE,
                                                 _("%s %.40s: a flight level is like FL100"), name,
                                                 text);
    }
    DT_TRY(length(&h->metres, &at, named, name, fault));
    h->datum = *at != '\0' ? datum_of(at) : NULL;
    return *at == '\0' || h->datum != NULL
               ? DT_OK
               : dt_geojson_say(fault, DT_ERR_BAD_VALUE,
                                _("%s %.40s: heights are AGL, AMSL or WGS84"), name, text);
}

/* One property of several names by unit, taken out; NULL if none. */
static json_t *take(json_t *p, const char *stem, double *named, char *name, size_t size)
{
    static const char *const ends[] = {"", "_m", "_km", "_ft", "_nm"};
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        snprintf(name, size, "%s%s", stem, ends[i]);
        json_t *value = json_object_get(p, name);
        if (json_is_string(value)) {
            json_incref(value);
            json_object_del(p, name);
            *named = unit_of_name(name);
            return value;
        }
    }
    return NULL;
}

static enum dt_err take_height(struct height *h, json_t *p, const char *stem,
                               struct dt_geojson_fault *fault)
{
    char name[40];
    double named = 0;
    json_t *value = take(p, stem, &named, name, sizeof name);
    *h = (struct height){0};
    if (value == NULL) {
        return DT_OK;
    }
    const enum dt_err err = read_height(h, json_string_value(value), named, name, fault);
    json_decref(value);
    return err;
}

static enum dt_datum datum_code(const char *name)
{
    enum dt_datum code = DT_DATUM_SURFACE;
    while (code < DT_DATUM_LEVEL && strcmp(dt_datum_name((int64_t)code), name) != 0) {
        code++;
    }
    return code;
}

/* One limit is a flight level, the other over the sea: where the level certainly lies. */
static void to_sea(struct height *lower, struct height *upper, const char *datum)
{
    const struct dt_height_band levels = {(int32_t)lround(lower->metres * 1000),
                                          (int32_t)lround(upper->metres * 1000)};
    const struct dt_height_band sea = dt_height_over_sea(levels, DT_DATUM_LEVEL);
    if (datum == NULL || strcmp(datum, "AMSL") != 0) {
        return;
    }
    lower->metres = lower->level ? sea.lower_mm / 1000.0 : lower->metres;
    upper->metres = upper->level ? sea.upper_mm / 1000.0 : upper->metres;
}

static bool level_and_sea(const char *a, const char *b)
{
    return (strcmp(a, "FL") == 0 && strcmp(b, "AMSL") == 0) ||
           (strcmp(a, "AMSL") == 0 && strcmp(b, "FL") == 0);
}

/* The datum of both limits: the ground is no height over the sea, and has no say in it; a
 * flight level yields to the sea. */
static enum dt_err common_datum(const char **out, const struct height *lower,
                                const struct height *upper, const char *said,
                                struct dt_geojson_fault *fault)
{
    const char *const all[] = {said, lower->datum, upper->datum};
    *out = NULL;
    for (size_t i = 0; i < 3; i++) {
        if (all[i] != NULL && *out != NULL && level_and_sea(*out, all[i])) {
            *out = "AMSL";
            continue;
        }
        if (*out != NULL && all[i] != NULL && strcasecmp(*out, all[i]) != 0) {
            return dt_geojson_say(fault, DT_ERR_BAD_VALUE,
                                  _("heights over %s and over %s: give both over one"), *out, all[i]);
        }
        *out = *out != NULL ? *out : all[i];
    }
    *out = *out == NULL && (lower->ground || upper->ground) && (lower->top || upper->top) ? "SFC"
                                                                                           : *out;
    return DT_OK;
}

/* Both limits, wider where a level over the sea or the ground is only known roughly. */
static enum dt_err set_band(json_t *p, struct dt_geojson_fault *fault)
{
    struct height lower, upper;
    const char *datum;
    DT_TRY(take_height(&lower, p, "alt_lower", fault));
    DT_TRY(take_height(&upper, p, "alt_upper", fault));
    if (!lower.given && !upper.given) {
        return DT_OK;
    }
    const char *said = json_string_value(json_object_get(p, "alt_datum"));
    said = said != NULL && datum_of(said) != NULL ? datum_of(said) : said;
    DT_TRY(common_datum(&datum, &lower, &upper, said, fault));
    to_sea(&lower, &upper, datum);
    if (lower.ground && datum != NULL) {
        lower.metres = dt_height_of_ground(datum_code(datum)) / 1000.0;
    }
    if (upper.ground && datum != NULL && strcmp(datum, "SFC") != 0) {
        return dt_geojson_say(fault, DT_ERR_BAD_VALUE, _("the upper limit is the ground"));
    }
    if (lower.given) {
        json_object_set_new(p, "alt_lower_m", json_real(lower.metres));
    }
    if (upper.given) {
        json_object_set_new(p, "alt_upper_m", json_real(fmin(upper.metres, TOP_M)));
    }
    if (datum != NULL) {
        json_object_set_new(p, "alt_datum", json_string(datum));
    }
    return DT_OK;
}

/* --- the rest ------------------------------------------------------------------------------- */

static enum dt_err set_length(json_t *p, const char *stem, struct dt_geojson_fault *fault)
{
    char name[40], to[40];
    double named = 0, metres = 0;
    json_t *value = take(p, stem, &named, name, sizeof name);
    if (value == NULL) {
        return DT_OK;
    }
    const char *at = json_string_value(value);
    enum dt_err err = length(&metres, &at, named, name, fault);
    if (err == DT_OK && *at != '\0') {
        err = dt_geojson_say(fault, DT_ERR_BAD_VALUE,
                             _("%s %.40s: a number and m, km, ft or NM, like 500 m"), name,
                             json_string_value(value));
    }
    snprintf(to, sizeof to, "%s_m", stem);
    json_object_set_new(p, to, json_real(metres));
    json_decref(value);
    return err;
}

/* A time without a zone is the local time of somebody: say so, not only that it is bad. */
static enum dt_err check_time(const json_t *p, const char *name, struct dt_geojson_fault *fault)
{
    char with_zone[48];
    int64_t ms;
    const char *text = json_string_value(json_object_get(p, name));
    if (text == NULL || dt_utc_parse(&ms, text) == DT_OK) {
        return DT_OK;
    }
    snprintf(with_zone, sizeof with_zone, "%.40sZ", text);
    return dt_utc_parse(&ms, with_zone) == DT_OK
               ? dt_geojson_say(fault, DT_ERR_BAD_TIME,
                                _("%s %.40s: local time or UTC? If it is UTC, write Z after it"),
                                name, text)
               : dt_geojson_say(fault, DT_ERR_BAD_TIME, "%s: %.40s", name, text);
}

static enum dt_err set_rest(json_t *p, struct dt_geojson_fault *fault)
{
    static const char *const yes[] = {"true", "yes", "1"}, *const no[] = {"false", "no", "0"};
    const char *movement = json_string_value(json_object_get(p, "movement"));
    const char *minutes = json_string_value(json_object_get(p, "tolerance_min"));
    double number;
    for (size_t i = 0; movement != NULL && i < 3; i++) {
        if (strcasecmp(movement, yes[i]) == 0 || strcasecmp(movement, no[i]) == 0) {
            json_object_set_new(p, "movement", json_boolean(strcasecmp(movement, yes[i]) == 0));
            break;
        }
    }
    if (minutes != NULL) {
        if (!dt_plan_number(&number, &minutes) || *minutes != '\0') {
            return dt_geojson_say(fault, DT_ERR_BAD_VALUE, _("tolerance_min: 0 to 1440 minutes"));
        }
        json_object_set_new(p, "tolerance_min", json_real(number));
    }
    DT_TRY(check_time(p, "start", fault));
    return check_time(p, "end", fault);
}

enum dt_err dt_plan_units(json_t *properties, struct dt_geojson_fault *fault)
{
    DT_TRY(set_length(properties, "radius", fault));
    DT_TRY(set_length(properties, "width", fault));
    DT_TRY(set_length(properties, "half_width", fault));
    DT_TRY(set_length(properties, "margin", fault));
    DT_TRY(set_length(properties, "h_acc", fault));
    DT_TRY(set_length(properties, "v_acc", fault));
    DT_TRY(set_band(properties, fault));
    return set_rest(properties, fault);
}

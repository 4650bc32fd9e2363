/* SPDX-License-Identifier: ISC */
#include "cli/plan.h"

#include <ctype.h>
#include <libintl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "geo/coord.h"

#define _(text) gettext(text)

/* --- places -------------------------------------------------------------------------------- */

/* 4449N00031E, 444900N0003100E: what NOTAMs write, with its blanks; false if it is not that. */
static bool spread(char out[static DT_COORD_TEXT_MAX], const char *text)
{
    const size_t lat = strspn(text, "0123456789");
    if ((lat != 4 && lat != 6) || strchr("NnSs", text[lat]) == NULL || text[lat] == '\0') {
        return false;
    }
    const char *east = text + lat + 1 + strspn(text + lat + 1, " ");
    const size_t lon = strspn(east, "0123456789");
    if (lon != lat + 1 || east[lon] == '\0' || strchr("EeWw", east[lon]) == NULL ||
        east[lon + 1] != '\0') {
        return false;
    }
    const char *second = lat == 6 ? " " : "";
    snprintf(out, DT_COORD_TEXT_MAX, "%.2s %.2s%s%.*s %c %.3s %.2s%s%.*s %c", text, text + 2, second,
             lat == 6 ? 2 : 0, text + 4, text[lat], east, east + 3, second, lat == 6 ? 2 : 0, east + 5,
             east[lon]);
    return true;
}

/* Whether it is a place with the two exchanged: only numbers, the first of them too large. */
static bool swapped(const char *text)
{
    char other[DT_COORD_TEXT_MAX];
    const size_t first = strspn(text, "+-0123456789.");
    const char *second = text + first + strspn(text + first, " ,;");
    struct dt_point point;
    uint32_t square;
    if (first == 0 || second[strspn(second, "+-0123456789.")] != '\0') {
        return false;
    }
    snprintf(other, sizeof other, "%.40s, %.*s", second, (int)(first < 40 ? first : 40), text);
    return dt_coord_parse(&point, &square, other) == DT_OK;
}

enum dt_err dt_plan_place(struct dt_point *out, double *slack_m, const char *text,
                          struct dt_geojson_fault *fault)
{
    char wide[DT_COORD_TEXT_MAX];
    uint32_t square_mm = 0;
    const enum dt_err err = dt_coord_parse(out, &square_mm, spread(wide, text) ? wide : text);
    if (err == DT_ERR_BAD_COORDINATE && swapped(text)) {
        return dt_geojson_say(fault, DT_ERR_SWAPPED, _("%.60s: the latitude comes first here"), text);
    }
    if (err != DT_OK) {
        return dt_geojson_say(fault, err,
                              _("%.60s: a place is like 36.1234N 37.5E, 36 07 24 N 37 30 0 E, "
                                "37S 320014 3999494 or 37SCV2001499494"),
                              text);
    }
    if (out->lat_e7 == 0 && out->lon_e7 == 0) {
        return dt_geojson_say(fault, DT_ERR_BAD_COORDINATE,
                              _("0, 0 is what a form gives that was not filled in"));
    }
    *slack_m = fmax(*slack_m, 0.0007072 * square_mm);
    return DT_OK;
}

enum dt_err dt_plan_degrees(json_t **out, const char *lat, const char *lon,
                            struct dt_geojson_fault *fault)
{
    char text[DT_COORD_TEXT_MAX];
    struct dt_point point;
    double slack = 0;
    *out = NULL;
    if (lat == NULL || lon == NULL) {
        return dt_geojson_say(fault, DT_ERR_MISSING_FIELD, "%s", lat == NULL ? "lat" : "lon");
    }
    lat += strspn(lat, " ");
    lon += strspn(lon, " ");
    if (lat[strspn(lat, "+-0123456789.")] != '\0' || lon[strspn(lon, "+-0123456789.")] != '\0' ||
        strlen(lat) > 40 || strlen(lon) > 40) {
        return dt_geojson_say(fault, DT_ERR_BAD_TEXT, _("%.40s, %.40s: decimal degrees are needed"),
                              lat, lon);
    }
    snprintf(text, sizeof text, "%s, %s", lat, lon);
    DT_TRY(dt_plan_place(&point, &slack, text, fault));
    *out = dt_plan_position(point);
    return DT_OK;
}

json_t *dt_plan_position(struct dt_point point)
{
    return json_pack("[f, f]", (double)point.lon_e7 / 1e7, (double)point.lat_e7 / 1e7);
}

/* --- features and their properties ----------------------------------------------------------- */

json_t *dt_plan_feature(struct dt_plan *plan, const char *type, json_t *coordinates)
{
    json_t *feature = json_pack("{s:s, s:{s:s, s:o}, s:{}}", "type", "Feature", "geometry", "type",
                                type, "coordinates", coordinates, "properties");
    json_array_append_new(plan->features, feature);
    return json_object_get(feature, "properties");
}

enum dt_err dt_plan_drawn(struct dt_plan *plan, json_t *positions, json_t **properties)
{
    const size_t count = json_array_size(positions);
    *properties = NULL;
    if (count == 0) {
        json_decref(positions);
        return dt_geojson_say(plan->fault, DT_ERR_DEGENERATE, _("there is no position in it"));
    }
    if (count == 1) {
        *properties = dt_plan_feature(plan, "Point", json_incref(json_array_get(positions, 0)));
        json_decref(positions);
    } else if (count > 2 && json_equal(json_array_get(positions, 0), json_array_get(positions, count - 1))) {
        *properties = dt_plan_feature(plan, "Polygon", json_pack("[o]", positions));
    } else {
        *properties = dt_plan_feature(plan, "LineString", positions);
    }
    return DT_OK;
}

/* Names that others give our properties. */
static const char *our_name(const char *name)
{
    static const char *const known[][2] = {
        {"name", "title"},       {"description", "text"}, {"remarks", "text"},
        {"begin", "start"},      {"from", "start"},       {"until", "end"},
        {"language", "lang"},    {"radius_metres", "radius_m"},
    };
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (strcmp(name, known[i][0]) == 0) {
            return known[i][1];
        }
    }
    return name;
}

enum dt_err dt_plan_set(struct dt_plan *plan, json_t *properties, const char *name, const char *text)
{
    char lower[64], value[DT_TEXT_MAX + 2];
    size_t size = strlen(text), used = 0;
    while (size > 0 && isspace((unsigned char)text[size - 1])) {
        size--;
    }
    for (; size > 0 && isspace((unsigned char)*text); text++) {
        size--;
    }
    for (; name[used] != '\0' && used < sizeof lower - 1; used++) {
        const char c = name[used];
        lower[used] = (char)(c >= 'A' && c <= 'Z' ? c | 0x20 : c == ' ' || c == '-' ? '_' : c);
    }
    lower[used] = '\0';
    const char *ours = our_name(lower);
    if (size == 0) {
        return DT_OK;
    }
    if (json_object_get(properties, ours) != NULL) {
        return dt_geojson_say(plan->fault, DT_ERR_DUPLICATE, "%s", ours);
    }
    if (strcmp(ours, "category") != 0 && strcmp(ours, "request") != 0) {
        json_object_set_new(properties, ours, json_stringn(text, size));
        return DT_OK;
    }
    snprintf(value, sizeof value, "%.*s", (int)(size < DT_TEXT_MAX ? size : DT_TEXT_MAX), text);
    for (char *c = value; *c != '\0'; c++) {
        *c = (char)(*c >= 'a' && *c <= 'z' ? *c & ~0x20 : *c == ' ' || *c == '-' ? '_' : *c);
    }
    json_object_set_new(properties, ours, json_string(value));
    return DT_OK;
}

/* True if the feature has a property that begins like this. */
static bool has_stem(const json_t *p, const char *stem)
{
    const char *key;
    json_t *value;
    json_object_foreach ((json_t *)p, key, value) {
        if (strncmp(key, stem, strlen(stem)) == 0 && !json_is_null(value)) {
            return true;
        }
    }
    return false;
}

/* Fills from the command line what the feature does not say; heights only as a whole. */
static void fill(json_t *p, const json_t *fields)
{
    const char *key;
    json_t *value;
    const bool heights = has_stem(p, "alt_");
    const bool width = has_stem(p, "width") || has_stem(p, "half_width");
    const bool radius = has_stem(p, "radius"), title = has_stem(p, "name");
    json_object_foreach ((json_t *)fields, key, value) {
        const bool said = (heights && strncmp(key, "alt_", 4) == 0) ||
                          (width && strncmp(key, "width", 5) == 0) ||
                          (radius && strncmp(key, "radius", 6) == 0) ||
                          (title && strcmp(key, "title") == 0) || has_stem(p, key);
        if (!said) {
            json_object_set(p, key, value);
        }
    }
}

/* `units`: the features have raw texts as well, not only `fields`. */
static enum dt_err fill_all(struct dt_geojson *g, json_t *fields, bool units,
                            struct dt_geojson_fault *fault)
{
    DT_TRY(dt_plan_units(fields, fault));
    for (size_t i = 0; i < g->count; i++) {
        json_t *feature = g->features != NULL ? json_array_get(g->features, i) : g->root;
        json_t *p = json_object_get(feature, "properties");
        if (!json_is_object(p)) {
            continue; /* dt_geojson_feature() says it */
        }
        fault->feature = i;
        if (units) {
            DT_TRY(dt_plan_units(p, fault));
        }
        fill(p, fields);
    }
    fault->feature = SIZE_MAX;
    return DT_OK;
}

/* --- which format -------------------------------------------------------------------------------- */

static dt_plan_reader *reader_of(struct dt_span text)
{
    size_t i = 0;
    while (i < text.size && isspace(text.data[i])) {
        i++;
    }
    if (i == text.size || text.data[i] == '{' || text.data[i] == '[') {
        return NULL;
    }
    return text.data[i] == '<' ? dt_plan_read_xml : dt_plan_read_text;
}

static enum dt_err read_with(struct dt_geojson *g, dt_plan_reader *reader, struct dt_span text,
                             struct dt_geojson_fault *fault)
{
    struct dt_plan plan = {.features = json_array(), .fault = fault};
    DT_TRY(plan.features != NULL ? DT_OK : DT_ERR_NO_MEMORY);
    const enum dt_err err = reader(&plan, text);
    if (err != DT_OK) {
        json_decref(plan.features);
        return err;
    }
    return dt_geojson_adopt(g, json_pack("{s:s, s:o}", "type", "FeatureCollection", "features", plan.features),
                            fault);
}

static enum dt_err open_text(struct dt_geojson *g, struct dt_span text, const json_t *fields,
                             struct dt_geojson_fault *fault)
{
    const bool mark = text.size >= 3 && memcmp(text.data, "\xef\xbb\xbf", 3) == 0;
    const struct dt_span rest = mark ? dt_span(text.data + 3, text.size - 3) : text;
    dt_plan_reader *reader = reader_of(rest);
    if (reader == NULL) {
        DT_TRY(dt_geojson_open(g, text, fault));
    } else {
        DT_TRY(dt_geojson_encoding(rest, fault));
        if (memchr(rest.data, 0, rest.size) != NULL) {
            return dt_geojson_say(fault, DT_ERR_BAD_TEXT, _("this is no text"));
        }
        DT_TRY(read_with(g, reader, rest, fault));
    }
    json_t *own = fields != NULL ? json_deep_copy(fields) : json_object();
    const enum dt_err err = own != NULL ? fill_all(g, own, reader != NULL, fault) : DT_ERR_NO_MEMORY;
    json_decref(own);
    if (err != DT_OK) {
        dt_geojson_close(g);
    }
    return err;
}

enum dt_err dt_plan_open(struct dt_geojson *g, struct dt_span text, const json_t *fields,
                         struct dt_geojson_fault *fault)
{
    char *kml;
    size_t size;
    memset(g, 0, sizeof *g);
    fault->feature = SIZE_MAX;
    fault->detail[0] = '\0';
    if (text.size < 4 || memcmp(text.data, "PK\3\4", 4) != 0) {
        return open_text(g, text, fields, fault);
    }
    DT_TRY(text.size <= DT_GEOJSON_MAX ? DT_OK : dt_geojson_say(fault, DT_ERR_TOO_LARGE, _("more than 10 MB")));
    DT_TRY(dt_plan_unpack(&kml, &size, text, fault));
    const enum dt_err err = open_text(g, dt_span(kml, size), fields, fault);
    free(kml);
    return err;
}

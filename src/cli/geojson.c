/* SPDX-License-Identifier: ISC */
#include "cli/geojson.h"

#include <libintl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "base/utc.h"
#include "cli/doubts.h"
#include "cli/geojson_edges.h"
#include "log/fields.h"

#define _(text) gettext(text)

#define LAND_TOP_MM 30000    /* what stands or drives, where no height is given */

/* --- the file --------------------------------------------------------------------------- */

enum dt_err dt_geojson_encoding(struct dt_span t, struct dt_geojson_fault *fault)
{
    const uint8_t *d = t.data;
    if (t.size == 0) {
        return dt_geojson_say(fault, DT_ERR_TRUNCATED, _("the file is empty"));
    }
    if (t.size > DT_GEOJSON_MAX) {
        return dt_geojson_say(fault, DT_ERR_TOO_LARGE, _("more than 10 MB"));
    }
    if (t.size >= 2 && ((d[0] == 0xff && d[1] == 0xfe) || (d[0] == 0xfe && d[1] == 0xff) ||
                        d[0] == 0 || d[1] == 0)) {
        return dt_geojson_say(fault, DT_ERR_BAD_UTF8, _("this is UTF-16 or UTF-32"));
    }
    if (t.size >= 3 && memcmp(d, "\xef\xbb\xbf", 3) == 0) {
        return dt_geojson_say(fault, DT_ERR_BAD_UTF8,
                              _("begins with a byte order mark: save as UTF-8 without it"));
    }
    return dt_utf8_valid(t) ? DT_OK
                            : dt_geojson_say(fault, DT_ERR_BAD_UTF8, _("not UTF-8 (Latin-1?)"));
}

/* Nesting and words that are no JSON, before a parser recurses. Strings are skipped. */
static enum dt_err check_tokens(struct dt_span t, struct dt_geojson_fault *fault)
{
    size_t depth = 0;
    bool string = false;
    for (size_t i = 0; i < t.size; i++) {
        const uint8_t c = t.data[i];
        if (string) {
            i += c == '\\';
            string = c != '"';
            continue;
        }
        string = c == '"';
        if ((c == '[' || c == '{') && ++depth > DT_GEOJSON_DEPTH) {
            return dt_geojson_say(fault, DT_ERR_TOO_DEEP, _("more than %d levels"),
                                  DT_GEOJSON_DEPTH);
        }
        depth -= (c == ']' || c == '}') && depth > 0;
        if (c == 'N' || c == 'I') {
            return dt_geojson_say(fault, DT_ERR_BAD_VALUE, _("NaN and Infinity are no numbers"));
        }
    }
    return DT_OK;
}

static enum dt_err parse_error(const json_error_t *e, struct dt_geojson_fault *fault)
{
    static const struct {
        enum json_error_code code;
        enum dt_err err;
    } known[] = {
        {json_error_premature_end_of_input, DT_ERR_TRUNCATED},
        {json_error_end_of_input_expected, DT_ERR_TRAILING},
        {json_error_invalid_utf8, DT_ERR_BAD_UTF8},
        {json_error_duplicate_key, DT_ERR_DUPLICATE},
        {json_error_numeric_overflow, DT_ERR_BAD_VALUE},
        {json_error_stack_overflow, DT_ERR_TOO_DEEP},
        {json_error_out_of_memory, DT_ERR_NO_MEMORY},
    };
    enum dt_err err = DT_ERR_BAD_TEXT;
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (json_error_code(e) == known[i].code) {
            err = known[i].err;
        }
    }
    return dt_geojson_say(fault, err, _("line %d, column %d: no valid JSON"), e->line, e->column);
}

/* `crs` of older files: only names of longitude and latitude on WGS84. */
static enum dt_err check_crs(const json_t *root, struct dt_geojson_fault *fault)
{
    static const char *const good[] = {
        "urn:ogc:def:crs:OGC:1.3:CRS84", "urn:ogc:def:crs:OGC::CRS84", "OGC:CRS84",
        "urn:ogc:def:crs:EPSG::4326",    "EPSG:4326",
    };
    const json_t *crs = json_object_get(root, "crs");
    if (crs == NULL || json_is_null(crs)) {
        return DT_OK;
    }
    const char *name =
        json_string_value(json_object_get(json_object_get(crs, "properties"), "name"));
    if (name == NULL) {
        return dt_geojson_say(fault, DT_ERR_BAD_VALUE,
                              _("crs without a name: save again in EPSG:4326"));
    }
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        if (strcmp(name, good[i]) == 0) {
            return DT_OK;
        }
    }
    return dt_geojson_say(fault, DT_ERR_BAD_VALUE, _("crs %.80s: save again in EPSG:4326"), name);
}

/* The first position anywhere in nested arrays; false if there is none that is a place. */
static bool first_position(const json_t *value, struct dt_point *out)
{
    struct dt_geojson_fault ignored;
    while (json_is_array(value) && json_is_array(json_array_get(value, 0))) {
        value = json_array_get(value, 0);
    }
    return dt_geojson_position(out, value, &ignored) == DT_OK;
}

static int by_value(const void *a, const void *b)
{
    const int32_t x = *(const int32_t *)a, y = *(const int32_t *)b;
    return (x > y) - (x < y);
}

/* The median of the first positions: one feature that is swapped does not move it. */
static void find_middle(struct dt_geojson *g)
{
    int32_t lat[64], lon[64];
    size_t count = 0;
    for (size_t i = 0; i < g->count && count < 64; i++) {
        struct dt_point p;
        const json_t *geometry = json_object_get(json_array_get(g->features, i), "geometry");
        if (first_position(json_object_get(geometry, "coordinates"), &p)) {
            lat[count] = p.lat_e7;
            lon[count++] = p.lon_e7;
        }
    }
    g->has_places = count >= 3; /* of two nobody knows which is wrong */
    if (g->has_places) {
        qsort(lat, count, sizeof lat[0], by_value);
        qsort(lon, count, sizeof lon[0], by_value);
        g->middle = (struct dt_point){lat[count / 2], lon[count / 2]};
    }
}

static enum dt_err take_features(struct dt_geojson *g, struct dt_geojson_fault *fault)
{
    const char *type = json_string_value(json_object_get(g->root, "type"));
    if (type == NULL) {
        return dt_geojson_say(fault, DT_ERR_MISSING_FIELD, _("type: this is no GeoJSON"));
    }
    DT_TRY(check_crs(g->root, fault));
    if (strcmp(type, "Feature") == 0) {
        g->count = 1;
        return DT_OK;
    }
    if (strcmp(type, "FeatureCollection") != 0) {
        return dt_geojson_say(fault, DT_ERR_BAD_TYPE,
                              _("%.32s: a Feature or FeatureCollection is needed"), type);
    }
    g->features = json_object_get(g->root, "features");
    g->count = json_array_size(g->features);
    if (!json_is_array(g->features) || g->count == 0) {
        return dt_geojson_say(fault, DT_ERR_MISSING_FIELD, _("there is no feature in the file"));
    }
    if (g->count > DT_GEOJSON_FEATURES_MAX) {
        return dt_geojson_say(fault, DT_ERR_TOO_LARGE, _("%zu features, at most %d"), g->count,
                              DT_GEOJSON_FEATURES_MAX);
    }
    find_middle(g);
    return DT_OK;
}

enum dt_err dt_geojson_open(struct dt_geojson *g, struct dt_span text,
                            struct dt_geojson_fault *fault)
{
    json_error_t error;
    memset(g, 0, sizeof *g);
    fault->feature = SIZE_MAX;
    fault->detail[0] = '\0';
    DT_TRY(dt_geojson_encoding(text, fault));
    DT_TRY(check_tokens(text, fault));
    g->root = json_loadb((const char *)text.data, text.size, JSON_REJECT_DUPLICATES, &error);
    if (g->root == NULL) {
        return parse_error(&error, fault);
    }
    DT_TRY(dt_geojson_adopt(g, g->root, fault));
    g->straight = true;
    return DT_OK;
}

enum dt_err dt_geojson_adopt(struct dt_geojson *g, json_t *root, struct dt_geojson_fault *fault)
{
    *g = (struct dt_geojson){.root = root};
    const enum dt_err err = take_features(g, fault);
    if (err != DT_OK) {
        dt_geojson_close(g);
    }
    return err;
}

void dt_geojson_close(struct dt_geojson *g)
{
    json_decref(g->root);
    memset(g, 0, sizeof *g);
}

/* --- properties --------------------------------------------------------------------------- */

/* The text of a property; NULL when absent. BAD_TYPE for anything else. */
static enum dt_err text_of(const char **out, const json_t *p, const char *name,
                           struct dt_geojson_fault *fault)
{
    const json_t *value = json_object_get(p, name);
    *out = json_string_value(value);
    if (*out != NULL || value == NULL || json_is_null(value)) {
        return DT_OK;
    }
    return dt_geojson_say(fault, DT_ERR_BAD_TYPE, _("%s: a text is needed"), name);
}

static enum dt_err copy_text(char *out, const char *text, const char *name,
                             struct dt_geojson_fault *fault)
{
    if (strlen(text) == 0 || strlen(text) > DT_TEXT_MAX) {
        return dt_geojson_say(fault, text[0] == '\0' ? DT_ERR_MISSING_FIELD : DT_ERR_TOO_LARGE,
                              _("%s: 1 to %d bytes"), name, DT_TEXT_MAX);
    }
    memcpy(out, text, strlen(text) + 1);
    return DT_OK;
}

/* A property of ours with a slip of the pen: silence would lose what it says. */
static enum dt_err check_names(const json_t *p, struct dt_geojson_fault *fault)
{
    static const char known[] = " category request title name text lang start end alt_lower_m "
                                "alt_upper_m alt_datum h_acc_m v_acc_m tolerance_min id movement legs "
                                "schedule speed windows "
                                "radius_m width_m half_width_m margin_m contact ";
    static const char *const stems[] = {"alt",   "radius",  "width", "half_width", "start", "end",
                                        "categ", "request", "h_acc", "v_acc",
                                        "leg", "tolerance", "schedul", "speed"};
    for (void *i = json_object_iter((json_t *)p); i != NULL;
         i = json_object_iter_next((json_t *)p, i)) {
        const char *name = json_object_iter_key(i);
        char word[40];
        snprintf(word, sizeof word, " %.36s ", name);
        if (strstr(known, word) != NULL || json_is_null(json_object_iter_value(i))) {
            continue;
        }
        for (size_t s = 0; s < sizeof stems / sizeof stems[0]; s++) {
            if (strncasecmp(name, stems[s], strlen(stems[s])) == 0) {
                return dt_geojson_say(fault, DT_ERR_UNKNOWN_FIELD, _("%.64s: misspelt?"), name);
            }
        }
    }
    return DT_OK;
}

static enum dt_err take_codes(struct dt_body_notice *clear, const json_t *p,
                              struct dt_geojson_fault *fault)
{
    const char *category, *request;
    DT_TRY(text_of(&category, p, "category", fault));
    DT_TRY(text_of(&request, p, "request", fault));
    if (category == NULL || request == NULL) {
        return dt_geojson_say(fault, DT_ERR_MISSING_FIELD, "%s",
                              category == NULL ? "category" : "request");
    }
    const int c = dt_category_find(category), r = dt_request_find(request);
    if (c == 0 || r == 0) {
        return dt_geojson_say(fault, DT_ERR_BAD_VALUE, _("%s %.40s is not known"),
                              c == 0 ? "category" : "request", c == 0 ? category : request);
    }
    clear->category = (enum dt_category)c;
    clear->request = (enum dt_request)r;
    return DT_OK;
}

static enum dt_err take_time(int64_t *out, const json_t *p, const char *name,
                             struct dt_geojson_fault *fault)
{
    const char *text;
    DT_TRY(text_of(&text, p, name, fault));
    if (text == NULL) {
        return dt_geojson_say(fault, DT_ERR_MISSING_FIELD, "%s", name);
    }
    return dt_utc_parse(out, text) == DT_OK
               ? DT_OK
               : dt_geojson_say(fault, DT_ERR_BAD_TIME, "%s: %.40s", name, text);
}

static enum dt_err take_window(struct dt_body_notice *clear, const json_t *p,
                               struct dt_geojson_fault *fault)
{
    DT_TRY(take_time(&clear->start_ms, p, "start", fault));
    DT_TRY(take_time(&clear->end_ms, p, "end", fault));
    return clear->end_ms > clear->start_ms
               ? DT_OK
               : dt_geojson_say(fault, DT_ERR_END_BEFORE_START, "start, end");
}

static enum dt_err take_movement(struct dt_body_notice *clear, const json_t *p,
                                 struct dt_geojson_fault *fault)
{
    const json_t *value = json_object_get(p, "movement");
    clear->movement = clear->category == DT_CATEGORY_MOVEMENT;
    if (value == NULL || json_is_null(value)) {
        return DT_OK;
    }
    const json_int_t number = json_integer_value(value); /* QGIS writes 0 and 1 */
    if (!json_is_boolean(value) && !(json_is_integer(value) && (number == 0 || number == 1))) {
        return dt_geojson_say(fault, DT_ERR_BAD_TYPE, _("movement: true or false"));
    }
    clear->movement = json_is_true(value) || number == 1;
    return DT_OK;
}

/* RFC 7946 has the id beside the properties; editors put it among them. */
static enum dt_err take_source(struct dt_body_notice *clear, const json_t *feature, const json_t *p,
                               struct dt_geojson_fault *fault)
{
    const json_t *id = json_object_get(feature, "id");
    id = id != NULL && !json_is_null(id) ? id : json_object_get(p, "id");
    if (json_is_integer(id)) {
        snprintf(clear->source, sizeof clear->source, "%lld", (long long)json_integer_value(id));
        return DT_OK;
    }
    const char *text = json_string_value(id);
    if (text != NULL && text[0] != '\0') {
        return copy_text(clear->source, text, "id", fault);
    }
    return DT_OK;
}

static enum dt_err take_words(struct dt_notice_plain *plain, const json_t *p,
                              const struct dt_geojson_hints *hints,
                              struct dt_geojson_fault *fault)
{
    const char *title, *name, *text, *lang, *contact;
    DT_TRY(text_of(&title, p, "title", fault));
    DT_TRY(text_of(&name, p, "name", fault));
    DT_TRY(text_of(&text, p, "text", fault));
    DT_TRY(text_of(&lang, p, "lang", fault));
    DT_TRY(text_of(&contact, p, "contact", fault));
    title = title != NULL ? title : name;
    if (title == NULL) {
        return dt_geojson_say(fault, DT_ERR_MISSING_FIELD, "title");
    }
    DT_TRY(copy_text(plain->title, title, "title", fault));
    if (contact != NULL) {
        DT_TRY(copy_text(plain->contact, contact, "contact", fault));
    }
    lang = lang != NULL ? lang : hints->language != NULL ? hints->language : "en";
    if (strlen(lang) > DT_LANGUAGE_MAX || !dt_language_valid(lang)) {
        return dt_geojson_say(fault, DT_ERR_BAD_VALUE, _("lang: a tag like en or fr"));
    }
    memcpy(plain->language, lang, strlen(lang) + 1);
    plain->text = dt_span(text, text != NULL ? strlen(text) : 0);
    return DT_OK;
}

struct band {
    int32_t lower_mm, upper_mm;
    enum dt_datum datum;
};

static enum dt_err take_datum(struct band *band, const json_t *p, struct dt_geojson_fault *fault)
{
    const char *name;
    DT_TRY(text_of(&name, p, "alt_datum", fault));
    if (name == NULL) {
        return dt_geojson_say(fault, DT_ERR_MISSING_ALTITUDE,
                              _("alt_datum: heights over what? SFC, AMSL, WGS84 or FL"));
    }
    for (int d = DT_DATUM_SURFACE; d <= DT_DATUM_LEVEL; d++) {
        if (strcasecmp(name, dt_datum_name(d)) == 0) {
            band->datum = (enum dt_datum)d;
            return DT_OK;
        }
    }
    return dt_geojson_say(fault, DT_ERR_BAD_VALUE, _("alt_datum %.20s: SFC, AMSL, WGS84 or FL"), name);
}

/* Heights given, or what is usual on the ground; fires and hazards fill the whole column. */
static enum dt_err take_band(struct band *band, const json_t *p, enum dt_category category,
                             struct dt_geojson_fault *fault)
{
    int64_t lower = 0, upper = 0;
    const enum dt_err l = dt_geojson_metres(&lower, p, "alt_lower_m", -8000, 100000, fault);
    const enum dt_err u = dt_geojson_metres(&upper, p, "alt_upper_m", -8000, 100000, fault);
    const bool none = l == DT_ERR_MISSING_FIELD && u == DT_ERR_MISSING_FIELD;
    if (none && (category == DT_CATEGORY_FIRES || category == DT_CATEGORY_HAZARD)) {
        *band = (struct band){-DT_ALT_MAX_MM, DT_ALT_MAX_MM, DT_DATUM_SURFACE};
        return DT_OK;
    }
    if (none && category != DT_CATEGORY_FLIGHT && category != DT_CATEGORY_AIRSPACE_RES) {
        *band = (struct band){0, LAND_TOP_MM, DT_DATUM_SURFACE};
        return DT_OK;
    }
    if (l == DT_ERR_MISSING_FIELD || u == DT_ERR_MISSING_FIELD) {
        return dt_geojson_say(fault, DT_ERR_MISSING_ALTITUDE, "alt_lower_m, alt_upper_m");
    }
    DT_TRY(l);
    DT_TRY(u);
    if (upper < lower) {
        return dt_geojson_say(fault, DT_ERR_BAD_VALUE, _("alt_upper_m is below alt_lower_m"));
    }
    band->lower_mm = (int32_t)lower;
    band->upper_mm = (int32_t)upper;
    return take_datum(band, p, fault);
}

static enum dt_err take_accuracy(int64_t *mm, const json_t *p, const char *name, int32_t max_mm,
                                 struct dt_geojson_fault *fault)
{
    const enum dt_err err = dt_geojson_metres(mm, p, name, 0, max_mm / 1000.0, fault);
    return err == DT_ERR_MISSING_FIELD ? DT_OK : err;
}

/* Times, heights and margins on every volume. */
static enum dt_err finish_volumes(struct dt_geojson_notice *out, const json_t *p,
                                  struct dt_geojson_fault *fault)
{
    struct band band = {0, 0, DT_DATUM_SURFACE};
    int64_t accuracy_mm = 0, alt_accuracy_mm = 0;
    const json_t *tolerance = json_object_get(p, "tolerance_min");
    DT_TRY(take_band(&band, p, out->clear.category, fault));
    DT_TRY(take_accuracy(&accuracy_mm, p, "h_acc_m", DT_NOTICE_ACCURACY_MAX_MM, fault));
    DT_TRY(take_accuracy(&alt_accuracy_mm, p, "v_acc_m", DT_NOTICE_ALT_ACCURACY_MAX_MM, fault));
    const double minutes = json_number_value(tolerance);
    if (tolerance != NULL && !json_is_null(tolerance) &&
        !(json_is_number(tolerance) && minutes >= 0 && minutes <= 1440)) {
        return dt_geojson_say(fault, DT_ERR_BAD_VALUE, _("tolerance_min: 0 to 1440 minutes"));
    }
    for (size_t i = 0; i < out->plain.volume_count; i++) {
        struct dt_notice_volume *v = &out->plain.volumes[i];
        v->shape.time = (struct dt_window){out->clear.start_ms, out->clear.end_ms};
        v->shape.alt_lo_mm = band.lower_mm;
        v->shape.alt_hi_mm = band.upper_mm;
        v->datum = band.datum;
        v->accuracy_mm = (uint32_t)accuracy_mm;
        v->alt_accuracy_mm = (uint32_t)alt_accuracy_mm;
        v->tolerance_ms = (int64_t)(minutes * 60000);
    }
    return dt_geojson_times(out, p, fault);
}

static enum dt_err take_volumes(struct dt_geojson_notice *out, const struct dt_geojson *g,
                                const json_t *geometry, const json_t *p,
                                const struct dt_geojson_hints *hints, struct dt_geojson_fault *fault)
{
    if (dt_geojson_is_own(p)) {
        return dt_geojson_own(out, geometry, p, fault);
    }
    DT_TRY(dt_geojson_shape(&out->plain, geometry, g->straight, p, fault));
    DT_TRY(finish_volumes(out, p, fault));
    DT_TRY(dt_doubt_decimals(&out->plain, hints, fault)); /* before there are positions between */
    return g->straight ? dt_geojson_straight(&out->plain, fault) : DT_OK;
}

/* What geometry and encoder say of the whole. */
static enum dt_err judge(struct dt_geojson_notice *out, struct dt_geojson_fault *fault)
{
    static uint8_t bytes[DT_SEALED_MAX];
    size_t size;
    for (size_t i = 0; i < out->plain.volume_count; i++) {
        const enum dt_err err = dt_volume_check(&out->plain.volumes[i].shape);
        if (err != DT_OK) {
            return dt_geojson_say(fault, err, _("shape %zu"), i);
        }
    }
    /* none where they are too many to say */
    (void)!dt_notice_cells(&out->clear, &out->plain);
    fault->detail[0] = '\0';
    DT_TRY(dt_notice_plain_encode(bytes, sizeof bytes, &size, &out->plain, &out->clear));
    return dt_body_notice_encode(bytes, sizeof bytes, &size, &out->clear);
}

enum dt_err dt_geojson_feature(struct dt_geojson_notice *out, const struct dt_geojson *g,
                               size_t index, const struct dt_geojson_hints *hints,
                               struct dt_geojson_fault *fault)
{
    const json_t *feature = g->features != NULL ? json_array_get(g->features, index) : g->root;
    const char *type = json_string_value(json_object_get(feature, "type"));
    const json_t *p = json_object_get(feature, "properties");
    memset(out, 0, sizeof *out);
    fault->feature = index;
    fault->detail[0] = '\0';
    if (type == NULL || strcmp(type, "Feature") != 0) {
        return dt_geojson_say(fault, DT_ERR_BAD_TYPE, _("a Feature is needed"));
    }
    if (!json_is_object(p)) {
        return dt_geojson_say(fault, DT_ERR_MISSING_FIELD, "properties");
    }
    DT_TRY(check_crs(feature, fault));
    DT_TRY(dt_geojson_not_cells(p, fault));
    DT_TRY(check_names(p, fault));
    DT_TRY(dt_doubt_names(p, fault));
    DT_TRY(take_codes(&out->clear, p, fault));
    DT_TRY(take_window(&out->clear, p, fault));
    DT_TRY(take_movement(&out->clear, p, fault));
    DT_TRY(take_source(&out->clear, feature, p, fault));
    DT_TRY(take_words(&out->plain, p, hints, fault));
    DT_TRY(dt_geojson_details(out, p, fault));
    DT_TRY(take_volumes(out, g, json_object_get(feature, "geometry"), p, hints, fault));
    DT_TRY(judge(out, fault));
    return dt_doubts(out, g->has_places ? &g->middle : NULL, hints, fault);
}

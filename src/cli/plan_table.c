/* SPDX-License-Identifier: ISC */
#include <libintl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "cli/csv.h"
#include "cli/plan_text.h"

#define _(text) gettext(text)

struct table {
    struct dt_csv csv;
    struct dt_csv_row header, row;
};

static const char *cell(const struct table *t, const char *a, const char *b)
{
    for (size_t i = 0; i < t->header.count && i < t->row.count; i++) {
        if ((strcasecmp(t->header.field[i], a) == 0 || strcasecmp(t->header.field[i], b) == 0) &&
            t->row.field[i][0] != '\0') {
            return t->row.field[i];
        }
    }
    return NULL;
}

static bool is_place(const char *name)
{
    static const char *const places[] = {"lat", "latitude", "lon", "longitude", "lng", "position", "positions"};
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        if (strcasecmp(name, places[i]) == 0) {
            return true;
        }
    }
    return false;
}

static enum dt_err place_of(struct dt_plan *plan, json_t **p, const struct table *t)
{
    const char *places = cell(t, "position", "positions"), *lat = cell(t, "lat", "latitude");
    const char *lon = cell(t, "lon", "longitude");
    lon = lon != NULL ? lon : cell(t, "lng", "lng");
    if (places != NULL && (lat != NULL || lon != NULL)) {
        return dt_geojson_say(plan->fault, DT_ERR_DUPLICATE, _("position, or lat and lon: one of them"));
    }
    if (places != NULL) {
        return dt_plan_places(plan, p, places, ";|\n");
    }
    json_t *position = NULL;
    DT_TRY(dt_plan_degrees(&position, lat, lon, plan->fault));
    *p = dt_plan_feature(plan, "Point", position);
    return DT_OK;
}

static enum dt_err add_row(struct dt_plan *plan, const struct table *t)
{
    json_t *p = NULL;
    if (t->row.count != t->header.count) {
        return dt_geojson_say(plan->fault, DT_ERR_BAD_TEXT,
                              _("row %zu has %zu fields, the header %zu: is a comma not in quotes?"),
                              t->csv.row, t->row.count, t->header.count);
    }
    if (json_array_size(plan->features) == DT_GEOJSON_FEATURES_MAX) {
        return dt_geojson_say(plan->fault, DT_ERR_TOO_LARGE, _("more than %d rows"),
                              DT_GEOJSON_FEATURES_MAX);
    }
    plan->fault->feature = json_array_size(plan->features);
    DT_TRY(place_of(plan, &p, t));
    for (size_t i = 0; i < t->row.count; i++) {
        if (!is_place(t->header.field[i])) {
            DT_TRY(dt_plan_set(plan, p, t->header.field[i], t->row.field[i]));
        }
    }
    plan->fault->feature = SIZE_MAX;
    return DT_OK;
}

static enum dt_err next(struct dt_plan *plan, struct table *t, struct dt_csv_row *row)
{
    const enum dt_err err = dt_csv_next(&t->csv, row);
    return err == DT_OK ? err
                        : dt_geojson_say(plan->fault, err, _("row %zu: no valid CSV"), t->csv.row);
}

static enum dt_err read_rows(struct dt_plan *plan, struct table *t)
{
    DT_TRY(next(plan, t, &t->header));
    for (;;) {
        DT_TRY(next(plan, t, &t->row));
        if (t->row.count == 0) {
            break;
        }
        if (t->row.count > 1 || t->row.field[0][0] != '\0') { /* an empty line is nothing */
            DT_TRY(add_row(plan, t));
        }
    }
    return json_array_size(plan->features) > 0
               ? DT_OK
               : dt_geojson_say(plan->fault, DT_ERR_MISSING_FIELD, _("there is no row below the header"));
}

enum dt_err dt_plan_read_table(struct dt_plan *plan, struct dt_span text)
{
    struct table *t = calloc(1, sizeof *t);
    if (t == NULL) {
        return DT_ERR_NO_MEMORY;
    }
    size_t commas = 0, semicolons = 0;
    enum dt_err err = dt_csv_open(&t->csv, text);
    for (size_t i = 0; i < text.size && text.data[i] != '\n'; i++) {
        commas += text.data[i] == ',';
        semicolons += text.data[i] == ';';
    }
    t->csv.separator = semicolons > commas ? ';' : ',';
    err = err == DT_OK ? read_rows(plan, t)
                       : dt_geojson_say(plan->fault, err, _("a control character or tab: save as CSV"));
    free(t);
    return err;
}

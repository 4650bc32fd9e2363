/* SPDX-License-Identifier: ISC */
#include "cli/features.h"

#include <string.h>

#include "base/text.h"
#include "base/utc.h"
#include "cli/drawing.h"
#include "geo/cells.h"

/* --- reading ----------------------------------------------------------------------------- */

static bool bytes_of(const json_t *item, const char *key, uint8_t *out, size_t capacity,
                     size_t *size)
{
    const char *text = cli_str(item, key);
    const size_t length = strlen(text);
    *size = 0;
    /* cli_json_bytes() writes 32 bytes in base32, all else in hex */
    return length > 0 && (length == DT_BASE32_SIZE(DT_HASH_SIZE)
                              ? dt_unbase32(out, capacity, size, text, length)
                              : dt_unhex(out, capacity, size, text, length)) == DT_OK;
}

bool cli_notice_parts(const json_t *item, struct dt_geojson_notice *out, bool *exact)
{
    static uint8_t clear[DT_BODY_MAX], plain[DT_SEALED_MAX]; /* `out` points into them */
    size_t clear_size, plain_size;
    *exact = false;
    if (!bytes_of(item, "clear", clear, sizeof clear, &clear_size) ||
        dt_body_notice_decode(&out->clear, dt_span(clear, clear_size)) != DT_OK) {
        return false;
    }
    *exact = bytes_of(item, "plain", plain, sizeof plain, &plain_size) &&
             dt_notice_plain_decode(&out->plain, dt_span(plain, plain_size), &out->clear) == DT_OK;
    return true;
}

/* --- geometries ---------------------------------------------------------------------------- */

void cli_height(char out[static CLI_HEIGHT_SIZE], int32_t mm, enum dt_datum datum)
{
    const double feet = mm / 304.8;
    if (datum == DT_DATUM_LEVEL) {
        snprintf(out, CLI_HEIGHT_SIZE, "FL%03.0f", feet / 100);
    } else {
        snprintf(out, CLI_HEIGHT_SIZE, "%.0f m %s (%.0f ft)", mm / 1000.0,
                 dt_datum_name((int64_t)datum), feet);
    }
}

json_t *cli_metres(int64_t mm)
{
    return json_real((double)mm / 1000);
}

static json_t *line_of(const struct dt_ring *ring)
{
    json_t *line = json_array();
    for (size_t i = 0; i < ring->count; i++) {
        json_array_append_new(line, cli_position(ring->points[i]));
    }
    return line;
}

static json_t *rings_of(const struct dt_volume *v)
{
    json_t *rings = json_array();
    for (size_t i = 0; i < v->ring_count; i++) {
        json_array_append_new(rings, line_of(&v->rings[i]));
    }
    return rings;
}

static json_t *cells_of(const struct dt_body_notice *clear)
{
    static const int32_t steps[5][2] = {{0, 0}, {0, 1}, {1, 1}, {1, 0}, {0, 0}};
    if (clear->cell_count == 0) {
        return json_null();
    }
    json_t *polygons = json_array();
    for (size_t c = 0; c < clear->cell_count; c++) {
        const struct dt_point corner = dt_cell_corner(clear->cells[c]);
        json_t *ring = json_array();
        for (size_t i = 0; i < 5; i++) {
            json_array_append_new(
                ring, cli_position((struct dt_point){corner.lat_e7 + steps[i][0] * DT_CELL_E7,
                                                     corner.lon_e7 + steps[i][1] * DT_CELL_E7}));
        }
        json_array_append_new(polygons, json_pack("[o]", ring));
    }
    return json_pack("{s:s, s:o}", "type", "MultiPolygon", "coordinates", polygons);
}

/* --- properties -------------------------------------------------------------------------------- */

static json_t *utc(int64_t ms)
{
    char text[DT_UTC_SIZE];
    dt_utc_text(text, ms);
    return json_string(text);
}

/* A window of the notice as every check takes it now: delays counted, without an end (NULL in
 * JSON) while a movement is overdue. What no longer counts keeps what was said of it. */
static struct dt_window window_now(const json_t *item, const struct dt_body_notice *clear,
                                   struct dt_window w)
{
    const int64_t end = cli_has(item, "end_now") ? cli_int(item, "end_now") : clear->end_ms;
    const bool counts = !cli_has(item, "counts") || cli_true(item, "counts");
    return dt_life_window(w, clear->movement && counts, end, end - clear->end_ms, dt_now_ms());
}

int64_t cli_until_now(const json_t *item, const struct dt_body_notice *clear, struct dt_window w)
{
    return window_now(item, clear, w).until_ms;
}

static json_t *until_of(const json_t *item, const struct dt_body_notice *clear, struct dt_window w)
{
    const int64_t until = cli_until_now(item, clear, w);
    return until >= DT_TIME_MAX_MS ? json_null() : utc(until);
}

/* Who has acknowledged this very version, by an officer. */
static json_t *acknowledged_by(const json_t *item)
{
    json_t *codes = json_array(), *stage;
    size_t i;
    json_array_foreach (json_object_get(item, "stages"), i, stage) {
        if (cli_has(stage, "acknowledged")) {
            json_array_append_new(codes, json_string(cli_str(stage, "code")));
        }
    }
    return codes;
}

static json_t *properties_of(const json_t *item, const struct dt_body_notice *clear, bool exact)
{
    static const char *const as_said[] = {"id",    "from",  "class", "precedence", "category",
                                          "request", "life", "outcomes", "confirmed", "title", "text", "contact", "doubt",
                                          "stages"}; /* of stage.h, as --json shows them */
    json_t *p = json_object();
    for (size_t i = 0; i < sizeof as_said / sizeof as_said[0]; i++) {
        if (cli_has(item, as_said[i])) {
            json_object_set(p, as_said[i], json_object_get(item, as_said[i]));
        }
    }
    json_object_set_new(p, "start", utc(clear->start_ms));
    json_object_set_new(p, "end", until_of(item, clear, (struct dt_window){clear->start_ms, clear->end_ms}));
    json_object_set_new(p, "movement", json_boolean(clear->movement));
    /* a shape that is told coarsely is drawn, and is not exact */
    json_object_set_new(p, "exact",
                        json_boolean(exact && strcmp(cli_str(item, "tier"), "shape") != 0));
    json_object_set_new(p, "acknowledged_by", acknowledged_by(item));
    if (cli_has(item, "details")) {
        json_object_update_missing(p, json_object_get(item, "details"));
    }
    return p;
}

static void add_heights(json_t *p, const struct dt_notice_volume *v)
{
    const int32_t lower = v->shape.alt_lo_mm, upper = v->shape.alt_hi_mm;
    json_object_set_new(p, "alt_lower_m", lower <= -DT_ALT_MAX_MM ? json_null() : cli_metres(lower));
    json_object_set_new(p, "alt_upper_m", upper >= DT_ALT_MAX_MM ? json_null() : cli_metres(upper));
    json_object_set_new(p, "alt_datum", json_string(dt_datum_name((int64_t)v->datum)));
}

static void add_shape(json_t *p, const json_t *item, const struct dt_body_notice *clear,
                      const struct dt_notice_volume *v)
{
    static const char *const shapes[] = {"circle", "corridor", "polygon"};
    json_object_set_new(p, "shape", json_string(shapes[v->shape.shape]));
    if (v->shape.shape == DT_SHAPE_CIRCLE) {
        json_object_set_new(p, "centre", cli_position(v->shape.rings[0].points[0]));
        json_object_set_new(p, "radius_m", cli_metres(v->shape.radius_mm));
    } else if (v->shape.shape == DT_SHAPE_CORRIDOR) {
        json_object_set_new(p, "width_m", cli_metres(2 * (int64_t)v->shape.radius_mm));
        json_object_set_new(p, "corners", line_of(&v->shape.rings[0]));
    } else {
        json_object_set_new(p, "margin_m", cli_metres(v->shape.radius_mm));
        json_object_set_new(p, "corners", rings_of(&v->shape));
    }
    add_heights(p, v);
    json_object_set_new(p, "h_acc_m", cli_metres(v->accuracy_mm));
    json_object_set_new(p, "v_acc_m", cli_metres(v->alt_accuracy_mm));
    json_object_set_new(p, "tolerance_min", json_real((double)v->tolerance_ms / 60000));
    json_object_set_new(p, "from_time", utc(v->shape.time.from_ms));
    json_object_set_new(p, "until_time", until_of(item, clear, v->shape.time));
    if (v->every_ms > 0) { /* of the time from `from_time` on only this long, so often */
        const int64_t longer = cli_has(item, "end_now") ? cli_int(item, "end_now") - clear->end_ms : 0;
        json_object_set_new(p, "window_min", json_real((double)(v->length_ms + longer) / 60000));
        json_object_set_new(p, "every_min", json_real((double)v->every_ms / 60000));
    }
    for (size_t i = 0; v->shape.legs != NULL && i + 1 < v->shape.rings[0].count; i++) {
        json_t *legs = json_object_get(p, "legs");
        if (legs == NULL) {
            json_object_set_new(p, "legs", json_array());
            legs = json_object_get(p, "legs");
        }
        json_array_append_new(legs, json_pack("[o, o]", utc(v->shape.legs[i].from_ms),
                                              until_of(item, clear, v->shape.legs[i])));
    }
}

static void append(json_t *features, const json_t *item, size_t number, json_t *geometry, json_t *p)
{
    char name[96];
    snprintf(name, sizeof name, "%s/%zu", cli_str(item, "id"), number);
    json_array_append_new(features, json_pack("{s:s, s:s, s:o, s:o}", "type", "Feature", "id", name,
                                              "geometry", geometry, "properties", p));
}

size_t cli_notice_features(json_t *features, const json_t *item)
{
    static struct dt_geojson_notice notice;
    bool exact;
    if (!cli_notice_parts(item, &notice, &exact)) {
        return 0;
    }
    if (!exact) {
        json_t *p = properties_of(item, &notice.clear, false);
        json_object_set_new(p, "shape", json_string(notice.clear.cell_count > 0 ? "cells" : "none"));
        append(features, item, 1, cells_of(&notice.clear), p);
        return 1;
    }
    for (size_t v = 0; v < notice.plain.volume_count; v++) {
        json_t *p = properties_of(item, &notice.clear, true);
        add_shape(p, item, &notice.clear, &notice.plain.volumes[v]);
        append(features, item, v + 1, cli_drawing(&notice.plain.volumes[v].shape), p);
    }
    return notice.plain.volume_count;
}

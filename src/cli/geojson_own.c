/* SPDX-License-Identifier: ISC */
/*
 * A feature of our own export (features.h): the volume is made of its properties, exactly as
 * it was, and drawn again. A drawing that is another was edited, and then nobody knows which
 * of the two is meant.
 */
#include <libintl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/try.h"
#include "base/utc.h"
#include "cli/drawing.h"
#include "cli/geojson.h"
#include "log/fields.h"

#define _(text) gettext(text)

bool dt_geojson_is_own(const json_t *p)
{
    const char *shape = json_string_value(json_object_get(p, "shape"));
    return shape != NULL && (json_is_array(json_object_get(p, "corners")) ||
                             (strcmp(shape, "circle") == 0 && json_is_array(json_object_get(p, "centre"))));
}

enum dt_err dt_geojson_not_cells(const json_t *p, struct dt_geojson_fault *fault)
{
    const char *shape = json_string_value(json_object_get(p, "shape"));
    return shape != NULL && json_is_false(json_object_get(p, "exact")) &&
                   (strcmp(shape, "cells") == 0 || strcmp(shape, "none") == 0)
               ? dt_geojson_say(fault, DT_ERR_NOT_ALLOWED,
                                _("of this notice only cells were known where it was exported: it is no shape"))
               : DT_OK;
}

/* --- the volume --------------------------------------------------------------------------------- */

/* Millimetres from 0 to `max_mm`. */
static enum dt_err length(uint32_t *mm, const json_t *p, const char *name, double max_mm,
                          struct dt_geojson_fault *fault)
{
    int64_t value = 0;
    DT_TRY(dt_geojson_metres(&value, p, name, 0, max_mm / 1000, fault));
    *mm = (uint32_t)value;
    return DT_OK;
}

static enum dt_err take_ring(struct dt_notice_plain *plain, const json_t *positions,
                             struct dt_geojson_fault *fault)
{
    const size_t count = json_array_size(positions), room = sizeof plain->points / sizeof plain->points[0];
    struct dt_point *points = plain->points + plain->point_count;
    if (count == 0 || count > DT_RING_MAX || count > room - plain->point_count ||
        plain->ring_count == DT_NOTICE_RINGS_MAX) {
        return dt_geojson_say(fault, count == 0 ? DT_ERR_DEGENERATE : DT_ERR_TOO_LARGE, "corners");
    }
    for (size_t i = 0; i < count; i++) {
        DT_TRY(dt_geojson_position(&points[i], json_array_get(positions, i), fault));
    }
    plain->point_count += count;
    plain->rings[plain->ring_count++] = (struct dt_ring){points, count};
    return DT_OK;
}

static enum dt_err take_circle(struct dt_notice_plain *plain, const json_t *p, struct dt_geojson_fault *fault)
{
    struct dt_volume *v = &plain->volumes[0].shape;
    v->shape = DT_SHAPE_CIRCLE;
    DT_TRY(dt_geojson_position(&plain->points[0], json_object_get(p, "centre"), fault));
    plain->rings[0] = (struct dt_ring){plain->points, 1};
    plain->point_count = plain->ring_count = 1;
    return length(&v->radius_mm, p, "radius_m", DT_NOTICE_RADIUS_MAX_MM, fault);
}

static enum dt_err take_core(struct dt_notice_plain *plain, const json_t *p, struct dt_geojson_fault *fault)
{
    const char *shape = json_string_value(json_object_get(p, "shape"));
    const json_t *corners = json_object_get(p, "corners");
    struct dt_volume *v = &plain->volumes[0].shape;
    if (strcmp(shape, "circle") == 0) {
        return take_circle(plain, p, fault);
    }
    if (strcmp(shape, "corridor") == 0) {
        uint32_t width_mm = 0;
        v->shape = DT_SHAPE_CORRIDOR;
        DT_TRY(length(&width_mm, p, "width_m", 2.0 * DT_NOTICE_RADIUS_MAX_MM, fault));
        v->radius_mm = (width_mm + 1) / 2;
        return take_ring(plain, corners, fault);
    }
    if (strcmp(shape, "polygon") != 0) {
        return dt_geojson_say(fault, DT_ERR_BAD_VALUE, _("shape %.20s is none of circle, corridor, polygon"),
                              shape);
    }
    v->shape = DT_SHAPE_POLYGON;
    DT_TRY(length(&v->radius_mm, p, "margin_m", DT_NOTICE_RADIUS_MAX_MM, fault));
    for (size_t i = 0; i < json_array_size(corners); i++) {
        DT_TRY(take_ring(plain, json_array_get(corners, i), fault));
    }
    return DT_OK;
}

/* --- heights and times -------------------------------------------------------------------------- */

/* null: no limit. */
static enum dt_err take_limit(int32_t *mm, const json_t *p, const char *name, int32_t none,
                              struct dt_geojson_fault *fault)
{
    int64_t value = none;
    if (!json_is_null(json_object_get(p, name))) {
        DT_TRY(dt_geojson_metres(&value, p, name, -DT_ALT_MAX_MM / 1000.0, DT_ALT_MAX_MM / 1000.0, fault));
    }
    *mm = (int32_t)value;
    return DT_OK;
}

static enum dt_err take_heights(struct dt_notice_volume *v, const json_t *p, struct dt_geojson_fault *fault)
{
    const char *datum = json_string_value(json_object_get(p, "alt_datum"));
    DT_TRY(take_limit(&v->shape.alt_lo_mm, p, "alt_lower_m", -DT_ALT_MAX_MM, fault));
    DT_TRY(take_limit(&v->shape.alt_hi_mm, p, "alt_upper_m", DT_ALT_MAX_MM, fault));
    for (int d = DT_DATUM_SURFACE; datum != NULL && d <= DT_DATUM_LEVEL; d++) {
        if (strcmp(datum, dt_datum_name(d)) == 0) {
            v->datum = (enum dt_datum)d;
            return DT_OK;
        }
    }
    return dt_geojson_say(fault, DT_ERR_MISSING_ALTITUDE, "alt_datum");
}

static enum dt_err take_time(int64_t *ms, const json_t *text, const char *name, struct dt_geojson_fault *fault)
{
    const char *value = json_string_value(text);
    return value != NULL && dt_utc_parse(ms, value) == DT_OK
               ? DT_OK
               : dt_geojson_say(fault, DT_ERR_BAD_TIME, "%s", name);
}

/* Minutes, absent: 0. */
static enum dt_err take_minutes(int64_t *ms, const json_t *p, const char *name, struct dt_geojson_fault *fault)
{
    const json_t *value = json_object_get(p, name);
    const double minutes = json_number_value(value);
    if (value != NULL && !(json_is_number(value) && minutes >= 0 && minutes <= 1e9)) {
        return dt_geojson_say(fault, DT_ERR_BAD_VALUE, "%s", name);
    }
    *ms = (int64_t)llround(minutes * 60000);
    return DT_OK;
}

static enum dt_err take_legs(struct dt_notice_plain *plain, const json_t *legs, struct dt_geojson_fault *fault)
{
    struct dt_volume *v = &plain->volumes[0].shape;
    if (legs == NULL) {
        return DT_OK;
    }
    if (v->shape != DT_SHAPE_CORRIDOR || json_array_size(legs) + 1 != plain->point_count) {
        return dt_geojson_say(fault, DT_ERR_BAD_VALUE, _("legs: one [start, end] for each leg of a LineString"));
    }
    for (size_t i = 0; i < json_array_size(legs); i++) {
        const json_t *leg = json_array_get(legs, i);
        DT_TRY(take_time(&plain->legs[i].from_ms, json_array_get(leg, 0), "legs", fault));
        DT_TRY(take_time(&plain->legs[i].until_ms, json_array_get(leg, 1), "legs", fault));
    }
    plain->leg_count = json_array_size(legs);
    v->legs = plain->legs;
    return DT_OK;
}

static enum dt_err take_times(struct dt_notice_plain *plain, const json_t *p, struct dt_geojson_fault *fault)
{
    struct dt_notice_volume *v = &plain->volumes[0];
    DT_TRY(take_time(&v->shape.time.from_ms, json_object_get(p, "from_time"), "from_time", fault));
    DT_TRY(take_time(&v->shape.time.until_ms, json_object_get(p, "until_time"), "until_time", fault));
    DT_TRY(take_minutes(&v->tolerance_ms, p, "tolerance_min", fault));
    DT_TRY(take_minutes(&v->length_ms, p, "window_min", fault));
    DT_TRY(take_minutes(&v->every_ms, p, "every_min", fault));
    return take_legs(plain, json_object_get(p, "legs"), fault);
}

/* --- the drawing ----------------------------------------------------------------------------------- */

/* Equal within two units of the last place that is written. */
static bool alike(const json_t *a, const json_t *b)
{
    if (json_is_number(a) && json_is_number(b)) {
        return fabs(json_number_value(a) - json_number_value(b)) <= 2e-7;
    }
    if (!json_is_array(a) || !json_is_array(b) || json_array_size(a) != json_array_size(b)) {
        return false;
    }
    bool same = true;
    for (size_t i = 0; same && i < json_array_size(a); i++) {
        same = alike(json_array_get(a, i), json_array_get(b, i));
    }
    return same;
}

static enum dt_err check_drawing(const struct dt_volume *v, const json_t *geometry, struct dt_geojson_fault *fault)
{
    json_t *drawn = cli_drawing(v);
    const char *type = json_string_value(json_object_get(geometry, "type"));
    const char *ours = json_string_value(json_object_get(drawn, "type"));
    const bool same = type != NULL && ours != NULL && strcmp(type, ours) == 0 &&
                      alike(json_object_get(geometry, "coordinates"), json_object_get(drawn, "coordinates"));
    json_decref(drawn);
    return same ? DT_OK
                : dt_geojson_say(fault, DT_ERR_BAD_VALUE,
                                 _("the geometry is not that of corners, centre and radius_m any more: "
                                   "delete `corners` and `centre` if the geometry is meant"));
}

enum dt_err dt_geojson_own(struct dt_geojson_notice *out, const json_t *geometry, const json_t *p,
                           struct dt_geojson_fault *fault)
{
    struct dt_notice_plain *plain = &out->plain;
    struct dt_notice_volume *v = &plain->volumes[0];
    plain->volume_count = 1;
    plain->ring_count = plain->point_count = plain->leg_count = 0;
    memset(v, 0, sizeof *v);
    v->shape.rings = plain->rings;
    DT_TRY(take_core(plain, p, fault));
    v->shape.ring_count = plain->ring_count;
    DT_TRY(length(&v->accuracy_mm, p, "h_acc_m", DT_NOTICE_ACCURACY_MAX_MM, fault));
    DT_TRY(length(&v->alt_accuracy_mm, p, "v_acc_m", DT_NOTICE_ALT_ACCURACY_MAX_MM, fault));
    DT_TRY(take_heights(v, p, fault));
    DT_TRY(take_times(plain, p, fault));
    const enum dt_err err = dt_volume_check(&v->shape);
    return err == DT_OK ? check_drawing(&v->shape, geometry, fault) : dt_geojson_say(fault, err, _("shape %zu"), (size_t)0);
}

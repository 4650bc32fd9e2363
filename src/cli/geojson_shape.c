/* SPDX-License-Identifier: ISC */
/* Geometries of GeoJSON as volumes (geojson.h). */
#include <libintl.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "cli/geojson_edges.h"
#include "log/fields.h"

#define _(text) gettext(text)

enum dt_err dt_geojson_say(struct dt_geojson_fault *fault, enum dt_err err, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(fault->detail, sizeof fault->detail, format, args);
    va_end(args);
    return err;
}

static enum dt_err coordinate(double *out, const json_t *value, struct dt_geojson_fault *fault)
{
    if (!json_is_number(value)) {
        return dt_geojson_say(fault, DT_ERR_BAD_TYPE, _("a coordinate is not a number"));
    }
    *out = json_number_value(value);
    return isfinite(*out) ? DT_OK
                          : dt_geojson_say(fault, DT_ERR_BAD_COORDINATE,
                                           _("a coordinate is not finite"));
}

enum dt_err dt_geojson_position(struct dt_point *out, const json_t *position,
                                struct dt_geojson_fault *fault)
{
    double lon = 0, lat = 0, height = 0;
    const size_t size = json_array_size(position);
    if (!json_is_array(position) || size < 2 || size > 3) {
        return dt_geojson_say(fault, DT_ERR_BAD_TYPE, _("a position is [longitude, latitude]"));
    }
    DT_TRY(coordinate(&lon, json_array_get(position, 0), fault));
    DT_TRY(coordinate(&lat, json_array_get(position, 1), fault));
    if (size == 3) {
        DT_TRY(coordinate(&height, json_array_get(position, 2), fault));
    }
    if (height != 0) {
        return dt_geojson_say(fault, DT_ERR_BAD_VALUE,
                              _("a position has a height: give alt_lower_m, alt_upper_m and "
                                "alt_datum instead"));
    }
    if (fabs(lat) > 90 && fabs(lat) <= 180 && fabs(lon) <= 90) {
        return dt_geojson_say(fault, DT_ERR_SWAPPED,
                              _("[%.7g, %.7g]: GeoJSON has the longitude first"), lon, lat);
    }
    if (fabs(lat) > 90 || fabs(lon) > 180) {
        return dt_geojson_say(fault, DT_ERR_BAD_COORDINATE,
                              _("[%.7g, %.7g]: are these degrees? Save again in EPSG:4326"), lon,
                              lat);
    }
    out->lat_e7 = (int32_t)lround(lat * 1e7);
    out->lon_e7 = (int32_t)lround(lon * 1e7);
    if (out->lat_e7 == 0 && out->lon_e7 == 0) {
        return dt_geojson_say(fault, DT_ERR_BAD_COORDINATE,
                              _("[0, 0] is what a form gives that was not filled in"));
    }
    return DT_OK;
}

enum dt_err dt_geojson_metres(int64_t *mm, const json_t *properties, const char *name,
                              double min_m, double max_m, struct dt_geojson_fault *fault)
{
    const json_t *value = json_object_get(properties, name);
    if (value == NULL || json_is_null(value)) {
        return dt_geojson_say(fault, DT_ERR_MISSING_FIELD, "%s", name);
    }
    if (!json_is_number(value)) {
        return dt_geojson_say(fault, DT_ERR_BAD_TYPE, _("%s: a number of metres, not a text"), name);
    }
    const double metres = json_number_value(value);
    if (!(metres >= min_m && metres <= max_m)) {
        return dt_geojson_say(fault, DT_ERR_BAD_VALUE, _("%s: from %g to %g metres"), name, min_m,
                              max_m);
    }
    *mm = (int64_t)llround(metres * 1000);
    return DT_OK;
}

/* The next place for `count` positions in the notice's own array. */
static struct dt_point *room(struct dt_notice_plain *plain, size_t count)
{
    const size_t all = sizeof plain->points / sizeof plain->points[0];
    if (count > all - plain->point_count) {
        return NULL;
    }
    struct dt_point *points = plain->points + plain->point_count;
    plain->point_count += count;
    return points;
}

static enum dt_err positions(struct dt_notice_plain *plain, const json_t *array, size_t min,
                             struct dt_geojson_fault *fault)
{
    const size_t count = json_array_size(array);
    if (!json_is_array(array)) {
        return dt_geojson_say(fault, DT_ERR_BAD_TYPE, _("coordinates must be an array of positions"));
    }
    if (count < min) {
        return dt_geojson_say(fault, DT_ERR_DEGENERATE, _("%zu positions, at least %zu are needed"),
                              count, min);
    }
    if (count > DT_RING_MAX) {
        return dt_geojson_say(fault, DT_ERR_TOO_LARGE,
                              _("%zu positions in one ring or route, at most %d: simplify it"),
                              count, DT_RING_MAX);
    }
    struct dt_point *points = room(plain, count);
    if (points == NULL || plain->ring_count == DT_NOTICE_RINGS_MAX) {
        return dt_geojson_say(fault, DT_ERR_TOO_LARGE,
                              _("more rings or positions than a notice holds: simplify it"));
    }
    for (size_t i = 0; i < count; i++) {
        DT_TRY(dt_geojson_position(&points[i], json_array_get(array, i), fault));
    }
    plain->rings[plain->ring_count++] = (struct dt_ring){points, count};
    return DT_OK;
}

/* A new volume whose rings begin at the next free one. */
static enum dt_err new_volume(struct dt_notice_plain *plain, enum dt_shape shape,
                              struct dt_notice_volume **out, struct dt_geojson_fault *fault)
{
    if (plain->volume_count == DT_NOTICE_VOLUMES_MAX) {
        return dt_geojson_say(fault, DT_ERR_TOO_LARGE, _("at most %d polygons in one notice"),
                              DT_NOTICE_VOLUMES_MAX);
    }
    *out = &plain->volumes[plain->volume_count++];
    memset(*out, 0, sizeof **out);
    (*out)->shape.shape = shape;
    (*out)->shape.rings = &plain->rings[plain->ring_count];
    return DT_OK;
}

static enum dt_err circle(struct dt_notice_plain *plain, const json_t *at,
                          const json_t *properties, struct dt_geojson_fault *fault)
{
    struct dt_notice_volume *v = NULL;
    int64_t radius_mm;
    DT_TRY(new_volume(plain, DT_SHAPE_CIRCLE, &v, fault));
    struct dt_point *point = room(plain, 1);
    if (point == NULL) {
        return DT_ERR_TOO_LARGE;
    }
    DT_TRY(dt_geojson_position(point, at, fault));
    DT_TRY(dt_geojson_metres(&radius_mm, properties, "radius_m", 1, 1e6, fault));
    plain->rings[plain->ring_count++] = (struct dt_ring){point, 1};
    v->shape.ring_count = 1;
    v->shape.radius_mm = (uint32_t)radius_mm;
    return DT_OK;
}

static bool given(const json_t *properties, const char *name)
{
    const json_t *value = json_object_get(properties, name);
    return value != NULL && !json_is_null(value);
}

/* width_m is from edge to edge, half_width_m from the middle. */
static enum dt_err half_width(int64_t *mm, const json_t *properties, struct dt_geojson_fault *fault)
{
    const bool full = given(properties, "width_m");
    if (full == given(properties, "half_width_m")) {
        return dt_geojson_say(fault, full ? DT_ERR_BAD_VALUE : DT_ERR_MISSING_FIELD,
                              _("a line needs width_m (edge to edge) or half_width_m, one of them"));
    }
    if (!full) {
        return dt_geojson_metres(mm, properties, "half_width_m", 1, 1e6, fault);
    }
    DT_TRY(dt_geojson_metres(mm, properties, "width_m", 1, 2e6, fault));
    *mm = (*mm + 1) / 2; /* upwards: never narrower than said */
    return DT_OK;
}

static enum dt_err corridor(struct dt_notice_plain *plain, const json_t *coordinates,
                            const json_t *properties, struct dt_geojson_fault *fault)
{
    struct dt_notice_volume *v = NULL;
    int64_t radius_mm;
    DT_TRY(new_volume(plain, DT_SHAPE_CORRIDOR, &v, fault));
    DT_TRY(positions(plain, coordinates, 2, fault));
    DT_TRY(half_width(&radius_mm, properties, fault));
    v->shape.ring_count = 1;
    v->shape.radius_mm = (uint32_t)radius_mm;
    return DT_OK;
}

/* margin_m: how far the area reaches beyond its edge; nothing if it is not given. */
static enum dt_err margin(uint32_t *mm, const json_t *properties, struct dt_geojson_fault *fault)
{
    int64_t value = 0;
    if (given(properties, "margin_m")) {
        DT_TRY(dt_geojson_metres(&value, properties, "margin_m", 0, 1e6, fault));
    }
    *mm = (uint32_t)value;
    return DT_OK;
}

static enum dt_err polygon(struct dt_notice_plain *plain, const json_t *coordinates,
                           const json_t *properties, struct dt_geojson_fault *fault)
{
    struct dt_notice_volume *v = NULL;
    const size_t count = json_array_size(coordinates);
    if (!json_is_array(coordinates) || count == 0) {
        return dt_geojson_say(fault, DT_ERR_BAD_TYPE, _("a polygon needs an array of rings"));
    }
    if (count > DT_RINGS_MAX) {
        return dt_geojson_say(fault, DT_ERR_TOO_LARGE, _("at most %d rings in a polygon"),
                              DT_RINGS_MAX);
    }
    DT_TRY(new_volume(plain, DT_SHAPE_POLYGON, &v, fault));
    DT_TRY(margin(&v->shape.radius_mm, properties, fault));
    for (size_t i = 0; i < count; i++) {
        const size_t ring = plain->ring_count;
        DT_TRY(positions(plain, json_array_get(coordinates, i), 1, fault));
        const struct dt_ring *r = &plain->rings[ring];
        const struct dt_point first = r->points[0], last = r->points[r->count - 1];
        if (r->count > 1 && (first.lat_e7 != last.lat_e7 || first.lon_e7 != last.lon_e7)) {
            return dt_geojson_say(fault, DT_ERR_OPEN_RING, _("ring %zu"), i);
        }
        if (r->count < 4) {
            return dt_geojson_say(fault, DT_ERR_DEGENERATE, _("ring %zu has fewer than three corners"),
                                  i);
        }
    }
    v->shape.ring_count = count;
    return DT_OK;
}

static enum dt_err multi_polygon(struct dt_notice_plain *plain, const json_t *coordinates,
                                 const json_t *properties, struct dt_geojson_fault *fault)
{
    const size_t count = json_array_size(coordinates);
    if (!json_is_array(coordinates) || count == 0) {
        return dt_geojson_say(fault, DT_ERR_BAD_TYPE, _("a multipolygon needs an array of polygons"));
    }
    for (size_t i = 0; i < count; i++) {
        DT_TRY(polygon(plain, json_array_get(coordinates, i), properties, fault));
    }
    return DT_OK;
}

/* Several lines of one width; those that were cut at the antimeridian become one. */
static enum dt_err multi_line(struct dt_notice_plain *plain, const json_t *coordinates,
                              const json_t *properties, struct dt_geojson_fault *fault)
{
    const size_t count = json_array_size(coordinates);
    if (!json_is_array(coordinates) || count == 0) {
        return dt_geojson_say(fault, DT_ERR_BAD_TYPE, _("a multilinestring needs an array of lines"));
    }
    for (size_t i = 0; i < count; i++) {
        DT_TRY(corridor(plain, json_array_get(coordinates, i), properties, fault));
    }
    return DT_OK;
}

static enum dt_err shape_of(struct dt_notice_plain *plain, const char *type, const json_t *coordinates,
                            const json_t *properties, struct dt_geojson_fault *fault)
{
    if (strcmp(type, "Point") == 0) {
        return circle(plain, coordinates, properties, fault);
    }
    if (strcmp(type, "LineString") == 0) {
        return corridor(plain, coordinates, properties, fault);
    }
    if (strcmp(type, "Polygon") == 0) {
        return polygon(plain, coordinates, properties, fault);
    }
    if (strcmp(type, "MultiPolygon") == 0) {
        return multi_polygon(plain, coordinates, properties, fault);
    }
    if (strcmp(type, "MultiLineString") == 0) {
        return multi_line(plain, coordinates, properties, fault);
    }
    return dt_geojson_say(fault, DT_ERR_BAD_TYPE,
                          _("%.32s: only Point, LineString, Polygon, MultiLineString, MultiPolygon"),
                          type);
}

enum dt_err dt_geojson_shape(struct dt_notice_plain *plain, const json_t *geometry, bool straight,
                             const json_t *properties, struct dt_geojson_fault *fault)
{
    const char *type = json_string_value(json_object_get(geometry, "type"));
    const json_t *coordinates = json_object_get(geometry, "coordinates");
    plain->volume_count = plain->ring_count = plain->point_count = plain->leg_count = 0;
    if (!json_is_object(geometry) || type == NULL) {
        return dt_geojson_say(fault, DT_ERR_MISSING_FIELD, _("the feature has no geometry"));
    }
    DT_TRY(shape_of(plain, type, coordinates, properties, fault));
    if (straight) {
        DT_TRY(dt_geojson_check_edges(plain, fault));
    }
    dt_geojson_join(plain);
    return DT_OK;
}

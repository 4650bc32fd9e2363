/* SPDX-License-Identifier: ISC */
/*
 * Cursor-on-Target 2.0: markers and circles, drawn shapes, routes. `stale` says how long the
 * event may be used, not when an activity ends: start and end come from elsewhere.
 */
#include <libintl.h>
#include <math.h>
#include <string.h>

#include "cli/plan_xml.h"
#include "geo/coord.h"

#define _(text) gettext(text)

#define UNKNOWN_M 9999999.0 /* what the format writes for "not known" */

/* The numbers of two attributes; false if one is missing or no number. */
static bool two_numbers(const json_t *node, const char *a, const char *b, double *x, double *y)
{
    const char *i = dt_xml_attribute(node, a), *j = dt_xml_attribute(node, b);
    return i != NULL && j != NULL && dt_plan_number(x, &i) && dt_plan_number(y, &j) && *i == '\0' &&
           *j == '\0';
}

static void set_number(json_t *p, const char *name, double value)
{
    json_object_set_new(p, name, json_real(value));
}

static enum dt_err circle_or_marker(struct dt_plan *plan, json_t **p, const json_t *event,
                                    const json_t *shape)
{
    const json_t *point = dt_xml_child(event, "point"), *ellipse = dt_xml_child(shape, "ellipse");
    double major = 0, minor = 0, ce = UNKNOWN_M, le = 0;
    json_t *position = NULL;
    DT_TRY(dt_plan_degrees(&position, dt_xml_attribute(point, "lat"), dt_xml_attribute(point, "lon"),
                           plan->fault));
    *p = dt_plan_feature(plan, "Point", position);
    if (two_numbers(point, "ce", "le", &ce, &le) && ce < UNKNOWN_M) {
        set_number(*p, "h_acc_m", ce);
    }
    if (shape == NULL) {
        return DT_OK;
    }
    if (!two_numbers(ellipse, "major", "minor", &major, &minor) || fabs(major - minor) > 0.01) {
        return dt_geojson_say(plan->fault, DT_ERR_BAD_TYPE,
                              _("a shape that is no circle: draw it as a polygon"));
    }
    set_number(*p, "radius_m", fmax(major, minor));
    return DT_OK;
}

/* `point` of a link: "lat,lon" and perhaps a height, which is not read. */
static enum dt_err add_link(struct dt_plan *plan, json_t *positions, const char *point)
{
    char lat[DT_COORD_TEXT_MAX], lon[DT_COORD_TEXT_MAX];
    const char *second = strchr(point, ',');
    json_t *position = NULL;
    second = second != NULL ? second + 1 : "";
    snprintf(lat, sizeof lat, "%.*s", (int)strcspn(point, ","), point);
    snprintf(lon, sizeof lon, "%.*s", (int)strcspn(second, ","), second);
    DT_TRY(dt_plan_degrees(&position, lat, second[0] != '\0' ? lon : NULL, plan->fault));
    json_array_append_new(positions, position);
    return DT_OK;
}

static enum dt_err links_of(struct dt_plan *plan, json_t *positions, const json_t *detail)
{
    const json_t *at;
    for (size_t i = 0; (at = dt_xml_next(detail, "link", &i)) != NULL;) {
        const char *point = dt_xml_attribute(at, "point");
        if (point != NULL) {
            DT_TRY(add_link(plan, positions, point));
        }
    }
    return DT_OK;
}

/* A rectangle has four corners and is closed by being one; others close themselves. */
static enum dt_err drawn(struct dt_plan *plan, json_t **p, const json_t *detail, bool rectangle)
{
    json_t *positions = json_array();
    const enum dt_err err = links_of(plan, positions, detail);
    if (err != DT_OK) {
        json_decref(positions);
        return err;
    }
    if (rectangle && json_array_size(positions) == 4) {
        json_array_append(positions, json_array_get(positions, 0));
    }
    return dt_plan_drawn(plan, positions, p);
}

static bool begins(const char *type, const char *with)
{
    return strncmp(type, with, strlen(with)) == 0;
}

static enum dt_err geometry_of(struct dt_plan *plan, json_t **p, const json_t *event,
                               const char *type)
{
    const json_t *detail = dt_xml_child(event, "detail"), *shape = dt_xml_child(detail, "shape");
    const bool marker = begins(type, "a-") || begins(type, "b-m-p");
    if (shape != NULL || marker) {
        return circle_or_marker(plan, p, event, shape);
    }
    if (strcmp(type, "u-d-f") == 0 || strcmp(type, "u-d-r") == 0 || strcmp(type, "b-m-r") == 0) {
        return drawn(plan, p, detail, strcmp(type, "u-d-r") == 0);
    }
    return dt_geojson_say(plan->fault, DT_ERR_BAD_TYPE,
                          _("events of type %.32s are not read: draw it as marker, circle, shape or "
                            "route"),
                          type);
}

static enum dt_err set_words(struct dt_plan *plan, json_t *p, const json_t *event)
{
    const json_t *detail = dt_xml_child(event, "detail");
    const char *uid = dt_xml_attribute(event, "uid");
    const char *callsign = dt_xml_attribute(dt_xml_child(detail, "contact"), "callsign");
    DT_TRY(uid != NULL ? dt_plan_set(plan, p, "id", uid) : DT_OK);
    DT_TRY(callsign != NULL ? dt_plan_set(plan, p, "title", callsign) : DT_OK);
    return dt_xml_set(plan, p, "text", detail, "remarks");
}

static enum dt_err add_event(struct dt_plan *plan, const json_t *event)
{
    json_t *p = NULL;
    const char *type = dt_xml_attribute(event, "type");
    plan->fault->feature = json_array_size(plan->features);
    DT_TRY(type != NULL ? geometry_of(plan, &p, event, type)
                        : dt_geojson_say(plan->fault, DT_ERR_MISSING_FIELD, "type"));
    return set_words(plan, p, event);
}

enum dt_err dt_plan_read_cot(struct dt_plan *plan, const json_t *root)
{
    const json_t *at;
    if (dt_xml_is(root, "event")) {
        DT_TRY(add_event(plan, root));
    }
    for (size_t i = 0; (at = dt_xml_next(root, "event", &i)) != NULL;) {
        DT_TRY(add_event(plan, at));
    }
    plan->fault->feature = SIZE_MAX;
    return DT_OK;
}

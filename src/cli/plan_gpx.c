/* SPDX-License-Identifier: ISC */
/*
 * GPX: waypoints as circles, routes and tracks as lines (each segment a notice of its own).
 * Heights of single points say where the ground was, not which band is notified: not read.
 */
#include <libintl.h>

#include "cli/plan_xml.h"

#define _(text) gettext(text)

static enum dt_err add_point(struct dt_plan *plan, json_t *positions, const json_t *node)
{
    json_t *position = NULL;
    DT_TRY(dt_plan_degrees(&position, dt_xml_attribute(node, "lat"), dt_xml_attribute(node, "lon"),
                           plan->fault));
    json_array_append_new(positions, position);
    return DT_OK;
}

static enum dt_err set_words(struct dt_plan *plan, json_t *p, const json_t *node)
{
    DT_TRY(dt_xml_set(plan, p, "title", node, "name"));
    return dt_xml_set(plan, p, "text", node, dt_xml_child(node, "desc") != NULL ? "desc" : "cmt");
}

static enum dt_err add_waypoint(struct dt_plan *plan, const json_t *node)
{
    json_t *positions = json_array();
    const enum dt_err err = add_point(plan, positions, node);
    if (err != DT_OK) {
        json_decref(positions);
        return err;
    }
    json_t *p = dt_plan_feature(plan, "Point", json_incref(json_array_get(positions, 0)));
    json_decref(positions);
    return set_words(plan, p, node);
}

/* A track has times where each of its points has one: the first and the last. */
static enum dt_err set_times(struct dt_plan *plan, json_t *p, const json_t *node, const char *name)
{
    const json_t *first = dt_xml_child(node, name), *last = first, *at;
    for (size_t i = 0; (at = dt_xml_next(node, name, &i)) != NULL;) {
        if (dt_xml_child(at, "time") == NULL) {
            return DT_OK;
        }
        last = at;
    }
    DT_TRY(dt_xml_set(plan, p, "start", first, "time"));
    return dt_xml_set(plan, p, "end", last, "time");
}

/* `node` holds the points, `named` the words. */
static enum dt_err add_line(struct dt_plan *plan, const json_t *node, const json_t *named,
                            const char *point)
{
    json_t *positions = json_array();
    const json_t *at;
    enum dt_err err = DT_OK;
    for (size_t i = 0; err == DT_OK && (at = dt_xml_next(node, point, &i)) != NULL;) {
        err = add_point(plan, positions, at);
    }
    if (err != DT_OK) {
        json_decref(positions);
        return err;
    }
    json_t *p = dt_plan_feature(plan, "LineString", positions);
    DT_TRY(set_words(plan, p, named));
    return set_times(plan, p, node, point);
}

enum dt_err dt_plan_read_gpx(struct dt_plan *plan, const json_t *root)
{
    const json_t *at, *s;
    for (size_t i = 0; (at = dt_xml_next(root, NULL, &i)) != NULL;) {
        plan->fault->feature = json_array_size(plan->features);
        if (dt_xml_is(at, "wpt")) {
            DT_TRY(add_waypoint(plan, at));
        } else if (dt_xml_is(at, "rte")) {
            DT_TRY(add_line(plan, at, at, "rtept"));
        } else if (dt_xml_is(at, "trk")) {
            for (size_t k = 0; (s = dt_xml_next(at, "trkseg", &k)) != NULL;) {
                DT_TRY(add_line(plan, s, at, "trkpt"));
            }
        }
    }
    plan->fault->feature = SIZE_MAX;
    return json_array_size(plan->features) > 0
               ? DT_OK
               : dt_geojson_say(plan->fault, DT_ERR_MISSING_FIELD,
                                _("there is no wpt, rte or trk in the file"));
}

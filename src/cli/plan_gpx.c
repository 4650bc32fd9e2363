/* SPDX-License-Identifier: ISC */
/*
 * GPX: waypoints as circles, routes and tracks as lines (each segment a notice of its own).
 * Heights of single points say where the ground was, not which band is notified: not read.
 */
#include <libintl.h>
#include <stdlib.h>
#include <string.h>

#include "cli/plan_xml.h"

#define _(text) gettext(text)

static enum dt_err add_point(struct dt_plan *plan, json_t *positions, const xmlNode *node)
{
    char *lat = dt_xml_attribute(node, "lat"), *lon = dt_xml_attribute(node, "lon");
    json_t *position = NULL;
    const enum dt_err err = dt_plan_degrees(&position, lat, lon, plan->fault);
    free(lat);
    free(lon);
    if (err == DT_OK) {
        json_array_append_new(positions, position);
    }
    return err;
}

static enum dt_err set_words(struct dt_plan *plan, json_t *p, const xmlNode *node)
{
    DT_TRY(dt_xml_set(plan, p, "title", node, "name"));
    return dt_xml_set(plan, p, "text", node, dt_xml_child(node, "desc") != NULL ? "desc" : "cmt");
}

static enum dt_err add_waypoint(struct dt_plan *plan, const xmlNode *node)
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
static enum dt_err set_times(struct dt_plan *plan, json_t *p, const xmlNode *node, const char *name)
{
    const xmlNode *first = dt_xml_child(node, name), *last = first;
    for (const xmlNode *at = first; at != NULL; at = dt_xml_next(at, name)) {
        if (dt_xml_child(at, "time") == NULL) {
            return DT_OK;
        }
        last = at;
    }
    DT_TRY(dt_xml_set(plan, p, "start", first, "time"));
    return dt_xml_set(plan, p, "end", last, "time");
}

/* `node` holds the points, `named` the words. */
static enum dt_err add_line(struct dt_plan *plan, const xmlNode *node, const xmlNode *named,
                            const char *point)
{
    json_t *positions = json_array();
    enum dt_err err = DT_OK;
    for (const xmlNode *at = dt_xml_child(node, point); at != NULL && err == DT_OK;
         at = dt_xml_next(at, point)) {
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

enum dt_err dt_plan_read_gpx(struct dt_plan *plan, const xmlNode *root)
{
    for (const xmlNode *at = dt_xml_child(root, NULL); at != NULL; at = dt_xml_next(at, NULL)) {
        plan->fault->feature = json_array_size(plan->features);
        if (dt_xml_is(at, "wpt")) {
            DT_TRY(add_waypoint(plan, at));
        } else if (dt_xml_is(at, "rte")) {
            DT_TRY(add_line(plan, at, at, "rtept"));
        } else if (dt_xml_is(at, "trk")) {
            for (const xmlNode *s = dt_xml_child(at, "trkseg"); s != NULL; s = dt_xml_next(s, "trkseg")) {
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

/* SPDX-License-Identifier: ISC */
/*
 * KML: each Placemark one notice. Its name, description and TimeSpan are read, and of its
 * ExtendedData what has our names. A height counts only where it says what it is over.
 */
#include <libintl.h>
#include <stdlib.h>
#include <string.h>

#include "cli/plan_xml.h"

#define _(text) gettext(text)

static enum dt_err one_position(struct dt_plan *plan, json_t *positions, char *word, bool heights)
{
    json_t *position = NULL;
    char *lat = strchr(word, ','), *height = NULL;
    if (lat != NULL) {
        *lat++ = '\0';
        height = strchr(lat, ',');
    }
    if (height != NULL) {
        *height++ = '\0';
    }
    if (heights && height != NULL && height[strspn(height, "0.-+")] != '\0') {
        return dt_geojson_say(plan->fault, DT_ERR_BAD_VALUE,
                              _("a position has a height: give alt_lower, alt_upper and alt_datum "
                                "instead, and clampToGround"));
    }
    DT_TRY(dt_plan_degrees(&position, lat, word, plan->fault));
    json_array_append_new(positions, position);
    return DT_OK;
}

/* The <coordinates> of `geometry` as an array, to be released; NULL on failure. */
static enum dt_err positions_of(struct dt_plan *plan, json_t **out, const json_t *geometry,
                                const json_t *ring)
{
    char *mode = dt_xml_text(dt_xml_child(geometry, "altitudeMode")), *rest = NULL;
    char *text = dt_xml_text(dt_xml_child(ring, "coordinates"));
    const bool heights = mode != NULL && strstr(mode, "clampTo") == NULL;
    enum dt_err err = DT_OK;
    *out = json_array();
    for (char *word = text != NULL ? strtok_r(text, " \t\r\n", &rest) : NULL;
         word != NULL && err == DT_OK; word = strtok_r(NULL, " \t\r\n", &rest)) {
        err = one_position(plan, *out, word, heights);
    }
    if (err == DT_OK && json_array_size(*out) == 0) {
        err = dt_geojson_say(plan->fault, DT_ERR_DEGENERATE, _("there is no position in it"));
    }
    if (err != DT_OK) {
        json_decref(*out);
        *out = NULL;
    }
    free(mode);
    free(text);
    return err;
}

static enum dt_err add_ring(struct dt_plan *plan, json_t *rings, const json_t *polygon,
                            const json_t *boundary)
{
    json_t *ring;
    DT_TRY(positions_of(plan, &ring, polygon, dt_xml_child(boundary, "LinearRing")));
    json_array_append_new(rings, ring);
    return DT_OK;
}

static enum dt_err rings_of(struct dt_plan *plan, json_t *rings, const json_t *polygon)
{
    const json_t *at;
    DT_TRY(add_ring(plan, rings, polygon, dt_xml_child(polygon, "outerBoundaryIs")));
    for (size_t i = 0; (at = dt_xml_next(polygon, "innerBoundaryIs", &i)) != NULL;) {
        DT_TRY(add_ring(plan, rings, polygon, at));
    }
    return DT_OK;
}

/* Lines that belong together: of one width, or one line cut at the antimeridian. */
static enum dt_err lines_of(struct dt_plan *plan, json_t *lines, const json_t *multi)
{
    const json_t *at;
    for (size_t i = 0; (at = dt_xml_next(multi, NULL, &i)) != NULL;) {
        json_t *line = NULL;
        if (!dt_xml_is(at, "LineString")) {
            return dt_geojson_say(plan->fault, DT_ERR_BAD_TYPE,
                                  _("%.32s in a MultiGeometry of lines: give it a Placemark of its own"),
                                  dt_xml_name(at));
        }
        DT_TRY(positions_of(plan, &line, at, at));
        json_array_append_new(lines, line);
    }
    return DT_OK;
}

static enum dt_err polygons_of(struct dt_plan *plan, json_t *polygons, const json_t *multi)
{
    const json_t *at;
    for (size_t i = 0; (at = dt_xml_next(multi, NULL, &i)) != NULL;) {
        json_t *rings = json_array();
        json_array_append_new(polygons, rings);
        if (!dt_xml_is(at, "Polygon")) {
            return dt_geojson_say(plan->fault, DT_ERR_BAD_TYPE,
                                  _("%.32s in a MultiGeometry: only polygons, or only lines, belong together"),
                                  dt_xml_name(at));
        }
        DT_TRY(rings_of(plan, rings, at));
    }
    return DT_OK;
}

static enum dt_err point_or_line(struct dt_plan *plan, json_t **p, const json_t *node, bool point)
{
    json_t *positions;
    DT_TRY(positions_of(plan, &positions, node, node));
    if (!point) {
        *p = dt_plan_feature(plan, "LineString", positions);
        return DT_OK;
    }
    *p = dt_plan_feature(plan, "Point", json_incref(json_array_get(positions, 0)));
    json_decref(positions);
    return DT_OK;
}

static enum dt_err geometry_of(struct dt_plan *plan, json_t **p, const json_t *placemark)
{
    static const char *const known[] = {"Point", "LineString", "Polygon", "MultiGeometry"};
    const json_t *node = NULL;
    int which = -1;
    for (int i = 0; i < 4 && node == NULL; i++) {
        node = dt_xml_child(placemark, known[i]);
        which = i;
    }
    if (node == NULL) {
        return dt_geojson_say(plan->fault, DT_ERR_BAD_TYPE,
                              _("a Placemark without Point, LineString, Polygon or MultiGeometry"));
    }
    if (which < 2) {
        return point_or_line(plan, p, node, which == 0);
    }
    json_t *parts = json_array();
    if (which == 3 && dt_xml_child(node, "LineString") != NULL && dt_xml_child(node, "Polygon") == NULL) {
        *p = dt_plan_feature(plan, "MultiLineString", parts);
        return lines_of(plan, parts, node);
    }
    *p = dt_plan_feature(plan, which == 2 ? "Polygon" : "MultiPolygon", parts);
    return which == 2 ? rings_of(plan, parts, node) : polygons_of(plan, parts, node);
}

static enum dt_err set_data(struct dt_plan *plan, json_t *p, const json_t *placemark)
{
    const json_t *data = dt_xml_child(placemark, "ExtendedData"), *at;
    for (size_t i = 0; (at = dt_xml_next(data, "Data", &i)) != NULL;) {
        const char *name = dt_xml_attribute(at, "name");
        if (name != NULL) {
            DT_TRY(dt_xml_set(plan, p, name, at, "value"));
        }
    }
    return DT_OK;
}

static enum dt_err add_placemark(struct dt_plan *plan, const json_t *node)
{
    json_t *p = NULL;
    const json_t *span = dt_xml_child(node, "TimeSpan");
    plan->fault->feature = json_array_size(plan->features);
    DT_TRY(geometry_of(plan, &p, node));
    DT_TRY(set_data(plan, p, node));
    if (json_object_get(p, "title") == NULL) { /* ours is exact, <name> has more for the map */
        DT_TRY(dt_xml_set(plan, p, "title", node, "name"));
    }
    DT_TRY(dt_xml_set(plan, p, "text", node, "description"));
    DT_TRY(dt_xml_set(plan, p, "start", span, "begin"));
    return dt_xml_set(plan, p, "end", span, "end");
}

/* Folders and documents nest no deeper than the file may (plan_xml.h). */
static enum dt_err walk(struct dt_plan *plan, const json_t *parent)
{
    const json_t *at;
    for (size_t i = 0; (at = dt_xml_next(parent, NULL, &i)) != NULL;) {
        if (dt_xml_is(at, "Placemark")) {
            DT_TRY(add_placemark(plan, at));
        } else if (dt_xml_is(at, "Document") || dt_xml_is(at, "Folder")) {
            DT_TRY(walk(plan, at));
        } else if (dt_xml_is(at, "NetworkLink") || dt_xml_is(at, "GroundOverlay")) {
            return dt_geojson_say(plan->fault, DT_ERR_NOT_ALLOWED,
                                  _("%.32s: nothing is fetched from elsewhere; save the places "
                                    "themselves"),
                                  dt_xml_name(at));
        }
    }
    return DT_OK;
}

enum dt_err dt_plan_read_kml(struct dt_plan *plan, const json_t *root)
{
    DT_TRY(walk(plan, root));
    plan->fault->feature = SIZE_MAX;
    return json_array_size(plan->features) > 0
               ? DT_OK
               : dt_geojson_say(plan->fault, DT_ERR_MISSING_FIELD,
                                _("there is no Placemark in the file"));
}

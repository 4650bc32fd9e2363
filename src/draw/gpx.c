/* SPDX-License-Identifier: ISC */
/*
 * GPX 1.1: circles as waypoints, corridors as routes, areas and cells as closed tracks. A
 * receiver in a vehicle shows them; all else is in the descriptions.
 */
#include <string.h>

#include "draw/xml.h"

enum { NAME_MAX_BYTES = 512 };

static void point(xmlTextWriter *w, const char *element, const json_t *position)
{
    xmlTextWriterStartElement(w, x(element));
    xmlTextWriterWriteFormatAttribute(w, x("lat"), "%.7f", json_number_value(json_array_get(position, 1)));
    xmlTextWriterWriteFormatAttribute(w, x("lon"), "%.7f", json_number_value(json_array_get(position, 0)));
}

static void words(xmlTextWriter *w, const json_t *feature, const json_t *about)
{
    char name[NAME_MAX_BYTES];
    draw_name(name, sizeof name, json_object_get(feature, "properties"));
    draw_element(w, "name", name);
    xmlTextWriterStartElement(w, x("desc"));
    draw_remarks(w, feature, about);
    xmlTextWriterEndElement(w);
}

static void points(xmlTextWriter *w, const char *element, const json_t *positions)
{
    size_t i;
    json_t *at;
    json_array_foreach (positions, i, at) {
        point(w, element, at);
        xmlTextWriterEndElement(w);
    }
}

/* Every ring anywhere in it a segment. */
static void segments(xmlTextWriter *w, const json_t *value)
{
    size_t i;
    json_t *part;
    if (json_is_number(json_array_get(json_array_get(value, 0), 0))) {
        xmlTextWriterStartElement(w, x("trkseg"));
        points(w, "trkpt", value);
        xmlTextWriterEndElement(w);
        return;
    }
    json_array_foreach (value, i, part) {
        segments(w, part);
    }
}

static void circle(xmlTextWriter *w, const json_t *feature, const json_t *about)
{
    point(w, "wpt", json_object_get(json_object_get(feature, "properties"), "centre"));
    words(w, feature, about);
    xmlTextWriterEndElement(w);
}

static void route(xmlTextWriter *w, const json_t *feature, const json_t *about)
{
    xmlTextWriterStartElement(w, x("rte"));
    words(w, feature, about);
    points(w, "rtept", json_object_get(json_object_get(feature, "properties"), "corners"));
    xmlTextWriterEndElement(w);
}

static void track(xmlTextWriter *w, const json_t *feature, const json_t *about)
{
    xmlTextWriterStartElement(w, x("trk"));
    words(w, feature, about);
    segments(w, json_object_get(json_object_get(feature, "geometry"), "coordinates"));
    xmlTextWriterEndElement(w);
}

static const char *shape_of(const json_t *feature)
{
    return draw_str(json_object_get(feature, "properties"), "shape");
}

/* The schema wants all waypoints, then all routes, then all tracks. */
static void fill(xmlTextWriter *w, const json_t *collection)
{
    static void (*const writers[])(xmlTextWriter *, const json_t *, const json_t *) = {circle, route, track};
    const json_t *about = json_object_get(collection, "detente");
    xmlTextWriterWriteAttribute(w, x("version"), x("1.1"));
    xmlTextWriterWriteAttribute(w, x("creator"), x("Détente"));
    xmlTextWriterWriteAttribute(w, x("xmlns"), x("http://www.topografix.com/GPX/1/1"));
    xmlTextWriterStartElement(w, x("metadata"));
    draw_element(w, "name", draw_str(about, "title"));
    xmlTextWriterStartElement(w, x("desc"));
    draw_summary(w, about);
    xmlTextWriterEndElement(w);
    draw_element(w, "time", draw_str(about, "written"));
    xmlTextWriterEndElement(w);
    for (int kind = 0; kind < 3; kind++) {
        size_t i;
        json_t *feature;
        json_array_foreach (json_object_get(collection, "features"), i, feature) {
            const char *shape = shape_of(feature);
            const int is = strcmp(shape, "circle") == 0 ? 0 : strcmp(shape, "corridor") == 0 ? 1 : 2;
            if (is == kind && json_is_object(json_object_get(feature, "geometry"))) {
                writers[kind](w, feature, about);
            }
        }
    }
}

bool draw_gpx(const json_t *collection, FILE *out)
{
    return draw_document("gpx", fill, collection, out);
}

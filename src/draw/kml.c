/* SPDX-License-Identifier: ISC */
/*
 * KML 2.2: a Placemark a volume, drawn as in GeoJSON (cut at the antimeridian, on the ground),
 * with what our own reader needs in ExtendedData.
 */
#include <string.h>

#include "draw/xml.h"

enum { NAME_MAX_BYTES = 512 };

static void data(xmlTextWriter *w, const char *name, const char *value)
{
    if (value[0] != '\0') {
        xmlTextWriterStartElement(w, x("Data"));
        xmlTextWriterWriteAttribute(w, x("name"), x(name));
        xmlTextWriterWriteElement(w, x("value"), x(value));
        xmlTextWriterEndElement(w);
    }
}

static void data_metres(xmlTextWriter *w, const char *name, double metres)
{
    char text[64];
    snprintf(text, sizeof text, "%.12g m", metres);
    data(w, name, metres > 0 ? text : "");
}

static void write_data(xmlTextWriter *w, const json_t *feature)
{
    const json_t *p = json_object_get(feature, "properties");
    char text[64];
    xmlTextWriterStartElement(w, x("ExtendedData"));
    data(w, "id", draw_str(feature, "id"));
    data(w, "title", draw_str(p, "title"));
    data(w, "category", draw_str(p, "category"));
    data(w, "request", draw_str(p, "request"));
    data(w, "author", draw_str(p, "from"));
    data(w, "class", draw_str(p, "class"));
    data(w, "life", draw_str(p, "life"));
    data(w, "movement", draw_true(p, "movement") ? "true" : "false");
    if (draw_true(p, "exact")) {
        draw_height(text, sizeof text, p, "alt_lower_m");
        data(w, "alt_lower", json_is_number(json_object_get(p, "alt_lower_m")) ? text : "GND");
        draw_height(text, sizeof text, p, "alt_upper_m");
        data(w, "alt_upper", text);
        data_metres(w, "h_acc", draw_num(p, "h_acc_m"));
        data_metres(w, "v_acc", draw_num(p, "v_acc_m"));
        data_metres(w, "width", draw_num(p, "width_m"));
        data_metres(w, "margin", draw_num(p, "margin_m"));
        snprintf(text, sizeof text, "%.9g", draw_num(p, "tolerance_min"));
        data(w, "tolerance_min", text);
    }
    xmlTextWriterEndElement(w);
}

/* --- geometry -------------------------------------------------------------------------------- */

static void coordinates(xmlTextWriter *w, const json_t *positions)
{
    size_t i;
    json_t *at;
    xmlTextWriterStartElement(w, x("coordinates"));
    json_array_foreach (positions, i, at) {
        xmlTextWriterWriteFormatString(w, "%s%.7f,%.7f", i > 0 ? " " : "",
                                       json_number_value(json_array_get(at, 0)),
                                       json_number_value(json_array_get(at, 1)));
    }
    xmlTextWriterEndElement(w);
}

static void line(xmlTextWriter *w, const json_t *positions)
{
    xmlTextWriterStartElement(w, x("LineString"));
    xmlTextWriterWriteElement(w, x("tessellate"), x("1"));
    coordinates(w, positions);
    xmlTextWriterEndElement(w);
}

static void polygon(xmlTextWriter *w, const json_t *rings)
{
    size_t i;
    json_t *ring;
    xmlTextWriterStartElement(w, x("Polygon"));
    xmlTextWriterWriteElement(w, x("tessellate"), x("1"));
    json_array_foreach (rings, i, ring) {
        xmlTextWriterStartElement(w, x(i == 0 ? "outerBoundaryIs" : "innerBoundaryIs"));
        xmlTextWriterStartElement(w, x("LinearRing"));
        coordinates(w, ring);
        xmlTextWriterEndElement(w);
        xmlTextWriterEndElement(w);
    }
    xmlTextWriterEndElement(w);
}

static void geometry(xmlTextWriter *w, const json_t *value)
{
    const char *type = draw_str(value, "type");
    const json_t *all = json_object_get(value, "coordinates");
    void (*const one)(xmlTextWriter *, const json_t *) = strstr(type, "Polygon") != NULL ? polygon : line;
    size_t i;
    json_t *part;
    if (strncmp(type, "Multi", 5) != 0) {
        one(w, all);
        return;
    }
    xmlTextWriterStartElement(w, x("MultiGeometry"));
    json_array_foreach (all, i, part) {
        one(w, part);
    }
    xmlTextWriterEndElement(w);
}

/* --- documents ---------------------------------------------------------------------------------- */

static void placemark(xmlTextWriter *w, const json_t *feature, const json_t *about)
{
    const json_t *p = json_object_get(feature, "properties");
    const bool exact = draw_true(p, "exact");
    char name[NAME_MAX_BYTES];
    draw_name(name, sizeof name, p);
    xmlTextWriterStartElement(w, x("Placemark"));
    draw_element(w, "name", name);
    xmlTextWriterStartElement(w, x("description"));
    draw_remarks(w, feature, about);
    xmlTextWriterEndElement(w);
    xmlTextWriterStartElement(w, x("TimeSpan"));
    draw_element(w, "begin", draw_str(p, exact ? "from_time" : "start"));
    const char *end = draw_str(p, exact ? "until_time" : "end");
    if (end[0] != '\0') { /* an overdue movement has none */
        draw_element(w, "end", end);
    }
    xmlTextWriterEndElement(w);
    write_data(w, feature);
    geometry(w, json_object_get(feature, "geometry"));
    xmlTextWriterEndElement(w);
}

static void fill(xmlTextWriter *w, const json_t *collection)
{
    const json_t *about = json_object_get(collection, "detente");
    size_t i;
    json_t *feature;
    xmlTextWriterWriteAttribute(w, x("xmlns"), x("http://www.opengis.net/kml/2.2"));
    xmlTextWriterStartElement(w, x("Document"));
    draw_element(w, "name", draw_str(about, "title"));
    xmlTextWriterStartElement(w, x("description"));
    draw_summary(w, about);
    xmlTextWriterEndElement(w);
    json_array_foreach (json_object_get(collection, "features"), i, feature) {
        if (json_is_object(json_object_get(feature, "geometry"))) {
            placemark(w, feature, about);
        }
    }
    xmlTextWriterEndElement(w);
}

bool draw_kml(const json_t *collection, FILE *out)
{
    return draw_document("kml", fill, collection, out);
}

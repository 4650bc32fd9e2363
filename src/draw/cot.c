/* SPDX-License-Identifier: ISC */
/*
 * Cursor-on-Target 2.0 (base schema of 2003 with its clarifications). Types and details are
 * those that widespread clients draw: u-d-c-c with an ellipse, u-d-f with a list of points.
 * `point` is the middle, and its ce the radius that holds everything, as the schema asks of
 * notices about areas; 9999999 stands for a height or error that is not known.
 */
#include <math.h>
#include <string.h>
#include <time.h>

#include "draw/xml.h"

enum { UNKNOWN = 9999999, NAME_MAX_BYTES = 512 };

static const double degree = 0.017453292519943295, earth_m = 6378137;

/* Longitudes go on past 180 where a shape lies across the antimeridian. */
struct extent {
    double south, north, west, east;
    bool any;
};

/* The notice's own positions where there are any, else what was drawn. */
static const json_t *core_of(const json_t *feature)
{
    const json_t *corners = json_object_get(json_object_get(feature, "properties"), "corners");
    return json_is_array(corners) ? corners
                                  : json_object_get(json_object_get(feature, "geometry"), "coordinates");
}

static double wrapped(double lon)
{
    return lon > 180 ? lon - 360 : lon < -180 ? lon + 360 : lon;
}

/* --- geometry: only to find a middle and a radius that is not too small --------------------- */

static void extend(struct extent *e, const json_t *coordinates)
{
    size_t i;
    json_t *part;
    if (json_is_number(json_array_get(coordinates, 0))) {
        double lon = json_number_value(json_array_get(coordinates, 0));
        const double lat = json_number_value(json_array_get(coordinates, 1));
        if (e->any) { /* the turn that is nearest to what is there */
            lon += 360 * round(((e->west + e->east) / 2 - lon) / 360);
        }
        e->west = !e->any || lon < e->west ? lon : e->west;
        e->east = !e->any || lon > e->east ? lon : e->east;
        e->south = !e->any || lat < e->south ? lat : e->south;
        e->north = !e->any || lat > e->north ? lat : e->north;
        e->any = true;
        return;
    }
    json_array_foreach (coordinates, i, part) {
        extend(e, part);
    }
}

/* Half the box's diagonal and one part in fifty, for edges that bend outward. */
static double reach_of(const struct extent *e, const json_t *properties)
{
    const double flattest = e->south * e->north < 0 ? 0 : fmin(fabs(e->south), fabs(e->north));
    const double height = (e->north - e->south) * degree * earth_m;
    const double width = (e->east - e->west) * degree * earth_m * cos(flattest * degree);
    return hypot(height, width) / 2 * 1.02 + draw_num(properties, "width_m") / 2 +
           draw_num(properties, "margin_m") + draw_num(properties, "h_acc_m");
}

/* --- elements -------------------------------------------------------------------------------- */

static void number(xmlTextWriter *w, const char *name, double value, int digits)
{
    char text[64];
    snprintf(text, sizeof text, "%.*f", digits, value);
    xmlTextWriterWriteAttribute(w, x(name), x(text));
}

static void element_value(xmlTextWriter *w, const char *name, const char *value)
{
    xmlTextWriterStartElement(w, x(name));
    xmlTextWriterWriteAttribute(w, x("value"), x(value));
    xmlTextWriterEndElement(w);
}

static void write_point(xmlTextWriter *w, const json_t *feature, const struct extent *e)
{
    const json_t *p = json_object_get(feature, "properties"), *centre = json_object_get(p, "centre");
    const bool round = json_is_array(centre);
    const bool wgs84 = strcmp(draw_str(p, "alt_datum"), "WGS84") == 0;
    const json_t *lower = json_object_get(p, "alt_lower_m"), *upper = json_object_get(p, "alt_upper_m");
    const bool band = wgs84 && json_is_number(lower) && json_is_number(upper);
    const double low = json_number_value(lower), high = json_number_value(upper);
    xmlTextWriterStartElement(w, x("point"));
    number(w, "lat", round ? json_number_value(json_array_get(centre, 1)) : (e->south + e->north) / 2, 7);
    number(w, "lon", round ? json_number_value(json_array_get(centre, 0)) : wrapped((e->west + e->east) / 2), 7);
    number(w, "hae", band ? (low + high) / 2 : UNKNOWN, 1);
    number(w, "ce", !e->any ? UNKNOWN : round ? draw_num(p, "radius_m") + draw_num(p, "h_acc_m")
                                               : reach_of(e, p), 1);
    number(w, "le", band ? (high - low) / 2 : UNKNOWN, 1);
    xmlTextWriterEndElement(w);
}

static void link_to(xmlTextWriter *w, double lon, double lat)
{
    char text[64];
    snprintf(text, sizeof text, "%.7f,%.7f", lat, wrapped(lon));
    xmlTextWriterStartElement(w, x("link"));
    xmlTextWriterWriteAttribute(w, x("point"), x(text));
    xmlTextWriterEndElement(w);
}

static void write_shape(xmlTextWriter *w, const json_t *feature, const struct extent *e)
{
    const json_t *p = json_object_get(feature, "properties");
    const json_t *line = core_of(feature);
    const char *shape = draw_str(p, "shape");
    size_t i;
    json_t *at;
    if (strcmp(shape, "circle") == 0) {
        xmlTextWriterStartElement(w, x("shape"));
        xmlTextWriterStartElement(w, x("ellipse"));
        number(w, "major", draw_num(p, "radius_m"), 3);
        number(w, "minor", draw_num(p, "radius_m"), 3);
        xmlTextWriterWriteAttribute(w, x("angle"), x("360"));
        xmlTextWriterEndElement(w);
        xmlTextWriterEndElement(w);
    } else if (strcmp(shape, "cells") == 0) { /* their common box */
        link_to(w, e->west, e->south);
        link_to(w, e->east, e->south);
        link_to(w, e->east, e->north);
        link_to(w, e->west, e->north);
        link_to(w, e->west, e->south);
    } else {
        line = strcmp(shape, "polygon") == 0 ? json_array_get(line, 0) : line;
        json_array_foreach (line, i, at) {
            link_to(w, json_number_value(json_array_get(at, 0)),
                    json_number_value(json_array_get(at, 1)));
        }
    }
}

/* Everything that the drawing cannot say, in words. */
static void write_remarks(xmlTextWriter *w, const json_t *feature, const json_t *about)
{
    xmlTextWriterStartElement(w, x("remarks"));
    draw_remarks(w, feature, about);
    xmlTextWriterEndElement(w);
}

/* --- how far it has come with each member: the stages that --json shows ----------------------- */

static void attribute(xmlTextWriter *w, const char *name, const char *value)
{
    if (value[0] != '\0') {
        xmlTextWriterWriteAttribute(w, x(name), x(value));
    }
}

static void attribute_time(xmlTextWriter *w, const json_t *object, const char *key)
{
    const json_t *ms = json_object_get(object, key);
    const time_t seconds = (time_t)(json_integer_value(ms) / 1000);
    struct tm utc;
    char text[64];
    if (json_is_integer(ms) && gmtime_r(&seconds, &utc) != NULL &&
        strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &utc) > 0) {
        xmlTextWriterWriteAttribute(w, x(key), x(text));
    }
}

static void attribute_count(xmlTextWriter *w, const json_t *object, const char *key)
{
    if (json_is_integer(json_object_get(object, key))) {
        number(w, key, draw_num(object, key), 0);
    }
}

static void write_stage(xmlTextWriter *w, const json_t *stage)
{
    size_t i;
    json_t *one;
    xmlTextWriterStartElement(w, x("stage"));
    attribute(w, "member", draw_str(stage, "code"));
    attribute_time(w, stage, "stored");
    attribute_time(w, stage, "shown");
    attribute_time(w, stage, "acknowledged");
    attribute(w, "by", draw_str(stage, "by"));
    attribute(w, "claimed", draw_true(stage, "claimed") ? "true" : "");
    attribute(w, "position", draw_str(stage, "position"));
    json_array_foreach (json_object_get(stage, "passed_on"), i, one) { /* a claim */
        xmlTextWriterStartElement(w, x("passed_on"));
        attribute(w, "force", draw_str(one, "force"));
        attribute(w, "state", draw_str(one, "state"));
        attribute_count(w, one, "n");
        attribute_count(w, one, "m");
        attribute_time(w, one, "time");
        attribute(w, "claim", draw_true(one, "claim") ? "true" : "");
        xmlTextWriterEndElement(w);
    }
    json_array_foreach (json_object_get(stage, "reported"), i, one) { /* not signed by them */
        xmlTextWriterStartElement(w, x("reported"));
        attribute(w, "by", draw_str(one, "from"));
        attribute(w, "reported", draw_str(one, "reported"));
        attribute(w, "means", draw_str(one, "means"));
        attribute(w, "who", draw_str(one, "who"));
        attribute_time(w, one, "when");
        xmlTextWriterEndElement(w);
    }
    xmlTextWriterEndElement(w);
}

/* How old what is known of the others is: what they notified since is not in here. */
static void write_knowledge(xmlTextWriter *w, const json_t *about)
{
    size_t i;
    json_t *one;
    json_array_foreach (json_object_get(about, "knowledge"), i, one) {
        xmlTextWriterStartElement(w, x("knowledge"));
        attribute(w, "member", draw_str(one, "code"));
        attribute_time(w, one, "seen");
        attribute_count(w, one, "age");
        attribute(w, "stale", draw_true(one, "stale") ? "true" : "false");
        xmlTextWriterEndElement(w);
    }
}

static void write_losses(xmlTextWriter *w, const json_t *about, const json_t *feature)
{
    const json_t *stages = json_object_get(json_object_get(feature, "properties"), "stages");
    size_t i;
    json_t *loss, *stage;
    xmlTextWriterStartElement(w, x("__detente"));
    xmlTextWriterWriteFormatAttribute(w, x("count"), "%.0f", draw_num(about, "count"));
    xmlTextWriterWriteFormatAttribute(w, x("not_readable"), "%.0f", draw_num(about, "not_readable"));
    xmlTextWriterWriteAttribute(w, x("written"), x(draw_str(about, "written")));
    xmlTextWriterWriteAttribute(w, x("line"), x(draw_str(about, "line")));
    json_array_foreach (stages, i, stage) {
        write_stage(w, stage);
    }
    write_knowledge(w, about);
    json_array_foreach (json_object_get(about, "loses"), i, loss) {
        const char *text = json_string_value(loss);
        xmlTextWriterWriteElement(w, x("loses"), x(text != NULL ? text : ""));
    }
    xmlTextWriterEndElement(w);
}

/* "o", "e", "s": operation, exercise, simulation, as the schema's clarification says. */
static const char *opex_of(const char *class_)
{
    return strcmp(class_, "OPERATION") == 0 ? "o" : strcmp(class_, "TEST") == 0 ? "s-TEST"
           : strcmp(class_, "DRILL") == 0 ? "e-DRILL" : "e-EXERCISE";
}

static void write_event(xmlTextWriter *w, const json_t *feature, const json_t *about, bool gone)
{
    const json_t *p = json_object_get(feature, "properties");
    struct extent e = {0};
    char name[NAME_MAX_BYTES];
    extend(&e, core_of(feature));
    snprintf(name, sizeof name, "detente.%s.%s", draw_str(about, "line"), draw_str(feature, "id"));
    const char *written = draw_str(about, "written");
    xmlTextWriterStartElement(w, x("event"));
    xmlTextWriterWriteAttribute(w, x("version"), x("2.0"));
    xmlTextWriterWriteAttribute(w, x("uid"), x(name));
    xmlTextWriterWriteAttribute(w, x("type"),
                                x(strcmp(draw_str(p, "shape"), "circle") == 0 ? "u-d-c-c" : "u-d-f"));
    xmlTextWriterWriteAttribute(w, x("time"), x(written));
    xmlTextWriterWriteAttribute(w, x("start"), x(written));
    xmlTextWriterWriteAttribute(w, x("stale"),
                                x(gone ? written : draw_str(about, "no_longer_current_after")));
    xmlTextWriterWriteAttribute(w, x("how"), x("h-t"));
    xmlTextWriterWriteAttribute(w, x("opex"), x(opex_of(draw_str(p, "class"))));
    write_point(w, feature, &e);
    xmlTextWriterStartElement(w, x("detail"));
    write_shape(w, feature, &e);
    draw_name(name, sizeof name, p);
    xmlTextWriterStartElement(w, x("contact"));
    xmlTextWriterWriteAttribute(w, x("callsign"), x(name));
    xmlTextWriterEndElement(w);
    write_remarks(w, feature, about);
    element_value(w, "strokeColor", "-1");
    element_value(w, "labels_on", "true");
    write_losses(w, about, feature);
    xmlTextWriterEndElement(w);
    xmlTextWriterEndElement(w);
}

/* --- documents ---------------------------------------------------------------------------------- */

/* A feature without a place cannot be an event: counted, and named in the comment. */
static bool has_place(const json_t *feature)
{
    return json_is_object(json_object_get(feature, "geometry"));
}

static void write_all(xmlTextWriter *w, const json_t *collection, const char *key)
{
    size_t i;
    json_t *feature;
    json_array_foreach (json_object_get(collection, key), i, feature) {
        if (has_place(feature)) {
            write_event(w, feature, json_object_get(collection, "detente"), strcmp(key, "gone") == 0);
        }
    }
}

static void fill_events(xmlTextWriter *w, const json_t *collection)
{
    const json_t *about = json_object_get(collection, "detente");
    xmlTextWriterWriteAttribute(w, x("written"), x(draw_str(about, "written")));
    xmlTextWriterWriteAttribute(w, x("no_longer_current_after"), x(draw_str(about, "no_longer_current_after")));
    xmlTextWriterWriteFormatAttribute(w, x("count"), "%.0f", draw_num(about, "count"));
    write_all(w, collection, "features");
}

static bool one_event(const json_t *feature, const json_t *about, bool gone, FILE *out)
{
    xmlBuffer *buffer = xmlBufferCreate();
    xmlTextWriter *w = buffer != NULL ? xmlNewTextWriterMemory(buffer, 0) : NULL;
    bool good = w != NULL;
    if (good) {
        write_event(w, feature, about, gone);
        good = xmlTextWriterFlush(w) >= 0;
    }
    xmlFreeTextWriter(w);
    good = good && fprintf(out, "%s\n", (const char *)xmlBufferContent(buffer)) > 0;
    xmlBufferFree(buffer);
    return good;
}

bool draw_cot(const json_t *collection, bool stream, FILE *out)
{
    static const char *const keys[] = {"gone", "features"};
    const json_t *about = json_object_get(collection, "detente");
    bool good = true;
    if (!stream) {
        return draw_document("events", fill_events, collection, out);
    }
    for (size_t k = 0; k < 2; k++) {
        size_t i;
        json_t *feature;
        json_array_foreach (json_object_get(collection, keys[k]), i, feature) {
            good = (!has_place(feature) || one_event(feature, about, k == 0, out)) && good;
        }
    }
    return good;
}

/* SPDX-License-Identifier: ISC */
#include "draw/xml.h"

#include <math.h>
#include <string.h>

void draw_element(xmlTextWriter *w, const char *name, const char *text)
{
    if (text[0] != '\0') {
        xmlTextWriterWriteElement(w, x(name), x(text));
    }
}

void draw_name(char *out, size_t capacity, const json_t *p)
{
    snprintf(out, capacity, "%s%s %s %s", strcmp(draw_str(p, "class"), "OPERATION") != 0 ? "EXERCISE " : "",
             draw_str(p, "category"), draw_str(p, "from"), draw_str(p, "title"));
}

void draw_height(char *out, size_t capacity, const json_t *p, const char *key)
{
    const json_t *value = json_object_get(p, key);
    const char *datum = draw_str(p, "alt_datum");
    const double metres = json_number_value(value);
    if (!json_is_number(value)) {
        snprintf(out, capacity, "UNL");
    } else if (strcmp(datum, "FL") == 0) { /* whole hundreds of feet are written whole */
        snprintf(out, capacity, "FL%.6g", round(metres / 0.3048 * 1000) / 100000);
    } else {
        snprintf(out, capacity, "%.9g m %s", metres, datum);
    }
}

static const char *end_of(const json_t *p, const char *key)
{
    const char *end = draw_str(p, key);
    return end[0] != '\0' ? end : "OVERDUE, has not arrived";
}

static void window(xmlTextWriter *w, const json_t *p)
{
    const double every = draw_num(p, "every_min"), length = draw_num(p, "window_min");
    xmlTextWriterWriteFormatString(w, "This volume: %s to %s", draw_str(p, "from_time"), end_of(p, "until_time"));
    if (every > 0) {
        xmlTextWriterWriteFormatString(w, ", in it %.9g minutes every %.9g hours", length, every / 60);
    }
}

void draw_remarks(xmlTextWriter *w, const json_t *feature, const json_t *about)
{
    const json_t *p = json_object_get(feature, "properties");
    char low[64], high[64];
    xmlTextWriterWriteFormatString(w, "%s %s by %s, asks %s, %s. ", draw_str(p, "class"), draw_str(p, "category"),
                                   draw_str(p, "from"), draw_str(p, "request"), draw_str(p, "life"));
    xmlTextWriterWriteFormatString(w, "%s to %s%s. ", draw_str(p, "start"), end_of(p, "end"),
                                   draw_true(p, "movement")
                                       ? ", a movement: does not end before it has arrived" : "");
    if (draw_true(p, "exact")) {
        const json_t *lower = json_object_get(p, "alt_lower_m"), *upper = json_object_get(p, "alt_upper_m");
        draw_height(low, sizeof low, p, "alt_lower_m");
        draw_height(high, sizeof high, p, "alt_upper_m");
        window(w, p);
        xmlTextWriterWriteFormatString(w, ", heights %s to %s. ", json_is_number(lower) ? low : "unlimited",
                                       json_is_number(upper) ? high : "unlimited");
    } else {
        xmlTextWriterWriteString(w, x("Shape not readable here: coarse cells only. "));
    }
    if (strcmp(draw_str(p, "shape"), "corridor") == 0) {
        xmlTextWriterWriteFormatString(w, "CORRIDOR, %.0f m wide. ", ceil(draw_num(p, "width_m")));
    } else if (strcmp(draw_str(p, "shape"), "circle") == 0) {
        xmlTextWriterWriteFormatString(w, "Circle, radius %.9g m. ", draw_num(p, "radius_m"));
    }
    if (draw_num(p, "margin_m") > 0) {
        xmlTextWriterWriteFormatString(w, "With a margin of %.9g m around. ", draw_num(p, "margin_m"));
    }
    if (draw_num(p, "h_acc_m") > 0) {
        xmlTextWriterWriteFormatString(w, "Positions known to %.9g m. ", draw_num(p, "h_acc_m"));
    }
    xmlTextWriterWriteFormatString(w, "No longer current after %s. A notice is not a permission. ",
                                   draw_str(about, "no_longer_current_after"));
    xmlTextWriterWriteString(w, x(draw_str(p, "text")));
}

void draw_summary(xmlTextWriter *w, const json_t *about)
{
    size_t i;
    json_t *loss;
    xmlTextWriterWriteFormatString(
        w, "%.0f notices, %.0f of them not readable here. Written %s, no longer current after %s. %s This format loses: ",
        draw_num(about, "count"), draw_num(about, "not_readable"), draw_str(about, "written"),
        draw_str(about, "no_longer_current_after"), draw_str(about, "notice"));
    json_array_foreach (json_object_get(about, "loses"), i, loss) {
        const char *text = json_string_value(loss);
        xmlTextWriterWriteFormatString(w, "%s%s", i > 0 ? "; " : "", text != NULL ? text : "");
    }
    xmlTextWriterWriteString(w, x("."));
}

bool draw_document(const char *root, draw_filler *fill, const json_t *collection, FILE *out)
{
    xmlBuffer *buffer = xmlBufferCreate();
    xmlTextWriter *w = buffer != NULL ? xmlNewTextWriterMemory(buffer, 0) : NULL;
    bool good = w != NULL && xmlTextWriterSetIndent(w, 1) >= 0 &&
                xmlTextWriterStartDocument(w, "1.0", "UTF-8", NULL) >= 0 &&
                xmlTextWriterStartElement(w, x(root)) >= 0;
    if (good) {
        fill(w, collection);
        good = xmlTextWriterEndDocument(w) >= 0;
    }
    xmlFreeTextWriter(w); /* flushes */
    good = good && fputs((const char *)xmlBufferContent(buffer), out) >= 0;
    xmlBufferFree(buffer);
    return good;
}

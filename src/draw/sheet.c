/* SPDX-License-Identifier: ISC */
/*
 * One page, A4: head and map, coordinates, who may read it, and a slip to be cut off. When
 * the words are many the letters get smaller; below six points the rest is left out and the
 * page says so.
 */
#include <limits.h>
#include <string.h>

#include <cairo-pdf.h>
#include <cairo-svg.h>
#include <pango/pangocairo.h>

#include "draw/map.h"
#include "draw/words.h"

static const double page_width = 595, page_height = 842, margin = 40, slip_height = 190,
                    map_side = 196, gap = 14;

static cairo_status_t to_file(void *file, const unsigned char *data, unsigned length)
{
    return fwrite(data, 1, length, file) == length ? CAIRO_STATUS_SUCCESS : CAIRO_STATUS_WRITE_ERROR;
}

/* --- paragraphs ------------------------------------------------------------------------------ */

static void add_paragraph(void *ctx, const char *label, const char *text)
{
    GString *markup = ctx;
    gchar *safe_label = g_markup_escape_text(label, -1), *safe = g_markup_escape_text(text, -1);
    if (markup->len > 0) {
        g_string_append_c(markup, '\n');
    }
    if (label[0] != '\0') {
        g_string_append_printf(markup, "<b>%s:</b> ", safe_label);
    }
    g_string_append(markup, safe);
    g_free(safe_label);
    g_free(safe);
}

static PangoLayout *layout_of(cairo_t *cr, const char *markup, double width, double size)
{
    char font[64];
    PangoLayout *layout = pango_cairo_create_layout(cr);
    snprintf(font, sizeof font, "DejaVu Sans, Sans %d", 8);
    PangoFontDescription *description = pango_font_description_from_string(font);
    pango_font_description_set_absolute_size(description, size * PANGO_SCALE);
    pango_layout_set_font_description(layout, description);
    pango_font_description_free(description);
    pango_layout_set_width(layout, (int)(width * PANGO_SCALE));
    pango_layout_set_wrap(layout, PANGO_WRAP_WORD_CHAR);
    pango_layout_set_spacing(layout, (int)(size * 0.3 * PANGO_SCALE));
    pango_layout_set_markup(layout, markup, -1);
    return layout;
}

static double height_of(PangoLayout *layout)
{
    int height;
    pango_layout_get_size(layout, NULL, &height);
    return (double)height / PANGO_SCALE;
}

/* Draws at the largest size that fits `room`; the height used. *cut: not all of it did. */
static double put_words(cairo_t *cr, const GString *markup, double x, double y, double width,
                        double room, double largest, bool *cut)
{
    PangoLayout *layout = NULL;
    double size = largest;
    for (; size >= 6; size -= 0.5) {
        layout = layout_of(cr, markup->str, width, size);
        if (height_of(layout) <= room || size - 0.5 < 6) {
            break;
        }
        g_object_unref(layout);
    }
    *cut = height_of(layout) > room;
    if (*cut) { /* the last paragraph; each shows a line at least */
        pango_layout_set_height(layout, (int)(room * PANGO_SCALE));
        pango_layout_set_ellipsize(layout, PANGO_ELLIPSIZE_END);
    }
    cairo_set_source_rgb(cr, 0, 0, 0);
    cairo_move_to(cr, x, y);
    pango_cairo_show_layout(cr, layout);
    const double used = height_of(layout);
    g_object_unref(layout);
    return used;
}

static double put_part(cairo_t *cr, const json_t *sheet, void (*words)(const json_t *, words_fn, void *),
                       double x, double y, double width, double room, double largest)
{
    GString *markup = g_string_new(NULL);
    bool cut = false;
    words(sheet, add_paragraph, markup);
    double used = markup->len > 0 ? put_words(cr, markup, x, y, width, room - 10, largest, &cut) : 0;
    g_string_free(markup, TRUE);
    if (cut) { /* nothing is lost unseen */
        GString *more = g_string_new("<b>THERE IS MORE: ask for the rest. / IL Y A UNE SUITE : demandez-la.</b>");
        used += put_words(cr, more, x, y + used + 1, width, 10, 7, &cut);
        g_string_free(more, TRUE);
    }
    return used;
}

/* As many coordinates as `room` has place for, at six points at least; the height used. With
 * `measured` nothing is drawn. */
static double put_places(cairo_t *cr, const json_t *sheet, double y, double room, bool measured)
{
    const double width = page_width - 2 * margin;
    for (unsigned limit = 16;; limit -= 2) {
        GString *markup = g_string_new(NULL);
        bool cut = false;
        words_places(sheet, limit, add_paragraph, markup);
        PangoLayout *layout = layout_of(cr, markup->str, width, 6);
        double used = height_of(layout);
        g_object_unref(layout);
        const bool fits = used <= room || limit == 0;
        if (fits && !measured && markup->len > 0) {
            used = put_words(cr, markup, margin, y, width, room, 9, &cut);
        }
        const bool empty = markup->len == 0;
        g_string_free(markup, TRUE);
        if (fits) {
            return empty ? 0 : used;
        }
    }
}

static void put_line(cairo_t *cr, const char *text, double x, double y, double size, bool bold)
{
    GString *markup = g_string_new(bold ? "<b>" : NULL);
    gchar *safe = g_markup_escape_text(text, -1);
    g_string_append(markup, safe);
    g_string_append(markup, bold ? "</b>" : "");
    bool cut;
    put_words(cr, markup, x, y, page_width - margin - x, size * 2, size, &cut);
    g_free(safe);
    g_string_free(markup, TRUE);
}

/* --- the slip ----------------------------------------------------------------------------------- */

struct slip {
    cairo_t *cr;
    double y;
};

static void slip_line(void *ctx, const char *label, const char *text)
{
    struct slip *s = ctx;
    if (label[0] == '\0') {
        put_line(s->cr, text, margin, s->y, 10, true);
        s->y += 24;
        return;
    }
    put_line(s->cr, label, margin, s->y, 8.5, false);
    cairo_set_line_width(s->cr, 0.5);
    cairo_move_to(s->cr, margin + 240, s->y + 12);
    cairo_line_to(s->cr, page_width - margin, s->y + 12);
    cairo_stroke(s->cr);
    s->y += 27;
}

static void draw_slip(cairo_t *cr, const json_t *sheet)
{
    static const double dash[2] = {5, 3};
    struct slip s = {cr, page_height - margin - slip_height + 14};
    cairo_set_dash(cr, dash, 2, 0);
    cairo_set_line_width(cr, 0.7);
    cairo_move_to(cr, margin, s.y - 10);
    cairo_line_to(cr, page_width - margin, s.y - 10);
    cairo_stroke(cr);
    cairo_set_dash(cr, NULL, 0, 0);
    words_slip(sheet, slip_line, &s);
}

/* --- the page ------------------------------------------------------------------------------------- */

static void draw_page(cairo_t *cr, const json_t *sheet)
{
    const char *exercise = words_exercise(sheet);
    const double bottom = page_height - margin - slip_height - 8, foot = 74;
    double y = margin;
    cairo_set_source_rgb(cr, 1, 1, 1);
    cairo_paint(cr);
    cairo_set_source_rgb(cr, 0, 0, 0);
    cairo_select_font_face(cr, "DejaVu Sans", CAIRO_FONT_SLANT_NORMAL, CAIRO_FONT_WEIGHT_NORMAL);
    if (exercise != NULL) {
        put_line(cr, exercise, margin, y, 11, true);
        y += 20;
    }
    put_line(cr, "NOTICE / AVIS", margin, y, 16, true);
    y += 28;
    const double head_width = page_width - 2 * margin - map_side - gap;
    const bool mapped = map_draw(cr, sheet, page_width - margin - map_side, y, map_side, map_side);
    const double places = put_places(cr, sheet, y, bottom - foot - y - map_side - gap, true);
    const double head = put_part(cr, sheet, words_head, margin, y,
                                 mapped ? head_width : page_width - 2 * margin,
                                 bottom - foot - y - places - gap, 9);
    y += (mapped && head < map_side ? map_side : head) + gap;
    put_places(cr, sheet, y, bottom - foot - y, false);
    put_part(cr, sheet, words_disclosed, margin, bottom - foot, page_width - 2 * margin, foot, 8.5);
    draw_slip(cr, sheet);
}

static bool finish(cairo_surface_t *surface, const json_t *sheet)
{
    cairo_t *cr = cairo_create(surface);
    draw_page(cr, sheet);
    cairo_show_page(cr);
    bool good = cairo_status(cr) == CAIRO_STATUS_SUCCESS;
    cairo_destroy(cr);
    cairo_surface_finish(surface);
    good = cairo_surface_status(surface) == CAIRO_STATUS_SUCCESS && good;
    cairo_surface_destroy(surface);
    return good;
}

static bool draw_png(const json_t *sheet, FILE *out)
{
    enum { SCALE = 2 };
    cairo_surface_t *surface = cairo_image_surface_create(CAIRO_FORMAT_RGB24, (int)page_width * SCALE,
                                                          (int)page_height * SCALE);
    cairo_surface_set_device_scale(surface, SCALE, SCALE);
    cairo_t *cr = cairo_create(surface);
    draw_page(cr, sheet);
    const bool good = cairo_status(cr) == CAIRO_STATUS_SUCCESS &&
                      cairo_surface_write_to_png_stream(surface, to_file, out) == CAIRO_STATUS_SUCCESS;
    cairo_destroy(cr);
    cairo_surface_destroy(surface);
    return good;
}

/* --- text ------------------------------------------------------------------------------------------- */

static void text_line(void *ctx, const char *label, const char *text)
{
    FILE *out = ctx;
    fprintf(out, "%s%s%s\n", label, label[0] != '\0' ? ": " : "", text);
}

static void slip_text(void *ctx, const char *label, const char *text)
{
    FILE *out = ctx;
    if (label[0] != '\0') {
        fprintf(out, "%s: ________________________________\n", label);
    } else {
        fprintf(out, "- - - - - - - -\n%s\n", text);
    }
}

static bool draw_text(const json_t *sheet, FILE *out)
{
    const char *exercise = words_exercise(sheet);
    if (exercise != NULL) {
        fprintf(out, "%s\n", exercise);
    }
    fputs("NOTICE / AVIS\n", out);
    words_head(sheet, text_line, out);
    words_places(sheet, UINT_MAX, text_line, out);
    words_disclosed(sheet, text_line, out);
    words_slip(sheet, slip_text, out);
    return ferror(out) == 0;
}

bool draw_sheet(const json_t *sheet, const char *format, FILE *out)
{
    if (strcmp(format, "txt") == 0) {
        return draw_text(sheet, out);
    }
    if (strcmp(format, "png") == 0) {
        return draw_png(sheet, out);
    }
    if (strcmp(format, "svg") == 0) {
        return finish(cairo_svg_surface_create_for_stream(to_file, out, page_width, page_height), sheet);
    }
    cairo_surface_t *pdf = cairo_pdf_surface_create_for_stream(to_file, out, page_width, page_height);
    cairo_pdf_surface_set_metadata(pdf, CAIRO_PDF_METADATA_TITLE, draw_str(sheet, "id"));
    return finish(pdf, sheet);
}

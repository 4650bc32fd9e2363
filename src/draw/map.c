/* SPDX-License-Identifier: ISC */
#include "draw/map.h"

#include <math.h>
#include <string.h>

static const double degree_m = 111320, pi = 3.14159265358979323846, cell = 0.1;

struct map {
    cairo_t *cr;
    double x, y, width, height;     /* the box */
    double lat, lon, squeeze;       /* middle; of longitudes there */
    double scale;                   /* points a degree of latitude */
};

struct extent {
    double south, north, west, east;
    bool any;
};

static void extend(struct extent *e, double lat, double lon, double around)
{
    e->south = !e->any || lat - around < e->south ? lat - around : e->south;
    e->north = !e->any || lat + around > e->north ? lat + around : e->north;
    e->west = !e->any || lon - around < e->west ? lon - around : e->west;
    e->east = !e->any || lon + around > e->east ? lon + around : e->east;
    e->any = true;
}

static struct extent extent_of(const json_t *sheet)
{
    struct extent e = {0};
    size_t i, r, k;
    json_t *v, *ring, *p;
    json_array_foreach (json_object_get(sheet, "cells"), i, p) {
        extend(&e, draw_num(p, "lat"), draw_num(p, "lon"), 0);
        extend(&e, draw_num(p, "lat") + cell, draw_num(p, "lon") + cell, 0);
    }
    json_array_foreach (json_object_get(sheet, "volumes"), i, v) {
        json_array_foreach (json_object_get(v, "rings"), r, ring) {
            json_array_foreach (ring, k, p) {
                const double lat = draw_num(p, "lat");
                const double north = draw_num(v, "radius_m") / degree_m;
                extend(&e, lat, draw_num(p, "lon"), north / fmax(cos(lat * pi / 180), 0.05));
            }
        }
    }
    return e;
}

static double px(const struct map *m, double lon)
{
    return m->x + m->width / 2 + (lon - m->lon) * m->squeeze * m->scale;
}

static double py(const struct map *m, double lat)
{
    return m->y + m->height / 2 - (lat - m->lat) * m->scale;
}

static void text(const struct map *m, double x, double y, double size, const char *words)
{
    cairo_set_font_size(m->cr, size);
    cairo_move_to(m->cr, x, y);
    cairo_show_text(m->cr, words);
}

/* --- graticule, scale --------------------------------------------------------------------- */

static double step_of(double degrees)
{
    static const double steps[] = {10, 5, 2, 1, 0.5, 0.2, 0.1, 0.05, 0.02, 0.01, 0.005, 0.002, 0.001};
    size_t i = 0;
    while (i + 1 < sizeof steps / sizeof steps[0] && degrees / steps[i] < 3) {
        i++;
    }
    return steps[i];
}

static void draw_graticule(const struct map *m)
{
    char label[32];
    const double high = m->height / m->scale, wide = m->width / m->scale / m->squeeze;
    const double step_lat = step_of(high), step_lon = step_of(wide);
    cairo_set_line_width(m->cr, 0.3);
    cairo_set_source_rgb(m->cr, 0.45, 0.45, 0.45);
    for (double k = ceil((m->lat - high / 2) / step_lat); k * step_lat < m->lat + high / 2; k++) {
        cairo_move_to(m->cr, m->x, py(m, k * step_lat));
        cairo_rel_line_to(m->cr, m->width, 0);
        snprintf(label, sizeof label, "%.3f%c", fabs(k * step_lat), k < 0 ? 'S' : 'N');
        if (py(m, k * step_lat) > m->y + 34) { /* not into the arrow */
            text(m, m->x + 2, py(m, k * step_lat) - 1.5, 5.5, label);
        }
    }
    for (double k = ceil((m->lon - wide / 2) / step_lon); k * step_lon < m->lon + wide / 2; k++) {
        cairo_move_to(m->cr, px(m, k * step_lon), m->y);
        cairo_rel_line_to(m->cr, 0, m->height);
        snprintf(label, sizeof label, "%.3f%c", fabs(k * step_lon), k < 0 ? 'W' : 'E');
        text(m, px(m, k * step_lon) + 1.5, m->y + m->height - 2, 5.5, label);
    }
    cairo_stroke(m->cr);
}

static void draw_scale(const struct map *m)
{
    char label[32];
    const double third = m->width / 3 / m->scale * degree_m;
    const double power = pow(10, floor(log10(third)));
    const double metres = third / power >= 5 ? 5 * power : third / power >= 2 ? 2 * power : power;
    const double length = metres / degree_m * m->scale, x = m->x + m->width - length - 8, y = m->y + 16;
    cairo_set_source_rgb(m->cr, 1, 1, 1);
    cairo_rectangle(m->cr, x - 5, m->y + 2, length + 10, 19);
    cairo_fill(m->cr);
    cairo_set_source_rgb(m->cr, 0, 0, 0);
    cairo_rectangle(m->cr, x, y, length / 2, 3);
    cairo_fill(m->cr);
    cairo_set_line_width(m->cr, 0.6);
    cairo_rectangle(m->cr, x, y, length, 3);
    cairo_stroke(m->cr);
    snprintf(label, sizeof label, metres >= 1000 ? "%.0f km" : "%.0f m", metres >= 1000 ? metres / 1000 : metres);
    text(m, x, y - 3, 7, label);
}

static void draw_north(const struct map *m)
{
    const double x = m->x + 12, y = m->y + 6;
    cairo_set_source_rgb(m->cr, 0, 0, 0);
    cairo_move_to(m->cr, x, y);
    cairo_line_to(m->cr, x + 4, y + 12);
    cairo_line_to(m->cr, x, y + 9);
    cairo_line_to(m->cr, x - 4, y + 12);
    cairo_close_path(m->cr);
    cairo_fill(m->cr);
    text(m, x - 2.6, y + 20, 7, "N");
}

/* --- volumes ---------------------------------------------------------------------------------- */

static void fill_and_stroke(const struct map *m, double line)
{
    cairo_set_fill_rule(m->cr, CAIRO_FILL_RULE_EVEN_ODD);
    cairo_set_source_rgba(m->cr, 0, 0, 0, 0.22);
    cairo_fill_preserve(m->cr);
    cairo_set_source_rgb(m->cr, 0, 0, 0);
    cairo_set_line_width(m->cr, line);
    cairo_stroke(m->cr);
}

static void add_ring(const struct map *m, const json_t *ring)
{
    size_t i;
    json_t *p;
    json_array_foreach (ring, i, p) {
        (i == 0 ? cairo_move_to : cairo_line_to)(m->cr, px(m, draw_num(p, "lon")),
                                                 py(m, draw_num(p, "lat")));
    }
}

static void draw_volume(const struct map *m, const json_t *v)
{
    const char *shape = draw_str(v, "shape");
    const json_t *rings = json_object_get(v, "rings"), *first = json_array_get(rings, 0);
    const double radius = draw_num(v, "radius_m") / degree_m * m->scale;
    size_t i;
    json_t *ring;
    cairo_new_path(m->cr);
    if (strcmp(shape, "circle") == 0) {
        const json_t *p = json_array_get(first, 0);
        cairo_arc(m->cr, px(m, draw_num(p, "lon")), py(m, draw_num(p, "lat")), fmax(radius, 1.5), 0, 2 * pi);
        fill_and_stroke(m, 1);
        return;
    }
    if (strcmp(shape, "corridor") == 0) { /* its width in grey, its middle in black */
        cairo_set_line_cap(m->cr, CAIRO_LINE_CAP_ROUND);
        cairo_set_line_join(m->cr, CAIRO_LINE_JOIN_ROUND);
        add_ring(m, first);
        cairo_set_source_rgba(m->cr, 0, 0, 0, 0.22);
        cairo_set_line_width(m->cr, fmax(2 * radius, 3));
        cairo_stroke_preserve(m->cr);
        cairo_set_source_rgb(m->cr, 0, 0, 0);
        cairo_set_line_width(m->cr, 0.8);
        cairo_stroke(m->cr);
        return;
    }
    json_array_foreach (rings, i, ring) {
        add_ring(m, ring);
        cairo_close_path(m->cr);
    }
    fill_and_stroke(m, 1);
}

static void draw_cell(const struct map *m, const json_t *p)
{
    const double lat = draw_num(p, "lat"), lon = draw_num(p, "lon");
    cairo_new_path(m->cr);
    cairo_rectangle(m->cr, px(m, lon), py(m, lat + cell), px(m, lon + cell) - px(m, lon),
                    py(m, lat) - py(m, lat + cell));
    fill_and_stroke(m, 0.6);
}

bool map_draw(cairo_t *cr, const json_t *sheet, double x, double y, double width, double height)
{
    const struct extent e = extent_of(sheet);
    struct map m = {.cr = cr, .x = x, .y = y, .width = width, .height = height};
    size_t i;
    json_t *part;
    if (!e.any) {
        return false;
    }
    m.lat = (e.south + e.north) / 2;
    m.lon = (e.west + e.east) / 2;
    m.squeeze = fmax(cos(m.lat * pi / 180), 0.05);
    const double high = fmax(e.north - e.south, 0.002), wide = fmax((e.east - e.west) * m.squeeze, 0.002);
    m.scale = fmin(height / high, width / wide) * 0.66; /* with something around it */
    cairo_save(cr);
    cairo_rectangle(cr, x, y, width, height);
    cairo_clip(cr);
    draw_graticule(&m);
    json_array_foreach (json_object_get(sheet, "cells"), i, part) {
        draw_cell(&m, part);
    }
    json_array_foreach (json_object_get(sheet, "volumes"), i, part) {
        draw_volume(&m, part);
    }
    draw_scale(&m);
    draw_north(&m);
    cairo_restore(cr);
    cairo_set_line_width(cr, 0.8);
    cairo_rectangle(cr, x, y, width, height);
    cairo_stroke(cr);
    return true;
}

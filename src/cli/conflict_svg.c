/* SPDX-License-Identifier: ISC */
#include "cli/conflict_svg.h"

#include <math.h>
#include <string.h>

#include "cli/chart.h"
#include "cli/cli.h"
#include "cli/features.h"
#include "geo/cells.h"
#include "view/rules.h"

enum {
    WIDTH = 900,
    HEIGHT = 700,
    MAP_X = 20,
    MAP_Y = 96,
    MAP = 430,      /* width and height of the map */
    SIDE_X = 480,   /* heights */
    SIDE_W = 400,
    BAND_Y = 190,
    BAND_H = 300,
    TIME_Y = 572,
    TIME_X = 60,
    TIME_W = 800,
};

static const double pi = 3.14159265358979323846;

struct map {
    double lat, lon;   /* the middle, degrees */
    double east, north; /* metres in a degree there */
    double metres;     /* from the middle to the edge */
};

static double x_of(const struct map *m, double lon)
{
    double d = lon - m->lon;
    d = d > 180 ? d - 360 : d < -180 ? d + 360 : d;
    return MAP_X + MAP / 2.0 + d * m->east / m->metres * (MAP / 2.0);
}

static double y_of(const struct map *m, double lat)
{
    return MAP_Y + MAP / 2.0 - (lat - m->lat) * m->north / m->metres * (MAP / 2.0);
}

static double units(const struct map *m, double metres)
{
    return metres / m->metres * (MAP / 2.0);
}

static double far_from(const struct map *m, struct dt_point p)
{
    return hypot((x_of(m, p.lon_e7 / 1e7) - MAP_X - MAP / 2.0), (y_of(m, p.lat_e7 / 1e7) - MAP_Y - MAP / 2.0)) *
           m->metres / (MAP / 2.0);
}

/* How far the nearest volume of a side reaches, at most what the other asks for. */
static double reach(const struct map *m, const struct conflict_side *side)
{
    double least = INFINITY;
    for (size_t i = 0; side->exact && i < side->notice->plain.volume_count; i++) {
        const struct dt_volume *v = &side->notice->plain.volumes[i].shape;
        double most = 0;
        for (size_t k = 0; k < v->rings[0].count; k++) {
            most = fmax(most, far_from(m, v->rings[0].points[k]) + v->radius_mm / 1000.0);
        }
        least = fmin(least, most);
    }
    return isinf(least) ? 12000 : least;
}

static struct map make_map(const json_t *conflict, const struct conflict_side sides[2])
{
    struct map m = {.lat = (double)cli_int(conflict, "lat") / 1e7,
                    .lon = (double)cli_int(conflict, "lon") / 1e7,
                    .metres = 1000};
    const double phi = m.lat * pi / 180, e2 = 0.00669437999014, w = 1 - e2 * sin(phi) * sin(phi);
    m.north = pi / 180 * 6378137.0 * (1 - e2) / (w * sqrt(w));
    m.east = pi / 180 * 6378137.0 / sqrt(w) * fmax(cos(phi), 0.01);
    const double one = reach(&m, &sides[0]), other = reach(&m, &sides[1]);
    const double needed = 2.0 * (double)cli_int(conflict, "lateral_mm") / 1000;
    m.metres = fmax(fmin(fmax(one, other), 4 * fmin(one, other)), needed) * 1.15;
    m.metres = fmax(m.metres, 300);
    return m;
}

/* --- footprints ------------------------------------------------------------------------------ */

static const char *style_of(unsigned side)
{
    return side == 0 ? "fill=\"#cfe3f5\" fill-opacity=\"0.75\" stroke=\"#003a70\" stroke-width=\"2\""
                     : "fill=\"url(#hatch)\" fill-opacity=\"0.8\" stroke=\"#7a1500\" stroke-width=\"2\" "
                       "stroke-dasharray=\"7 4\"";
}

static void ring_path(FILE *out, const struct map *m, const struct dt_ring *ring)
{
    for (size_t i = 0; i < ring->count; i++) {
        fprintf(out, "%c%.1f %.1f", i == 0 ? 'M' : 'L', x_of(m, ring->points[i].lon_e7 / 1e7),
                y_of(m, ring->points[i].lat_e7 / 1e7));
    }
    fputs("Z", out);
}

/* A route with its half-width, drawn as a broad line: its edge, then the area over it. */
static void route_line(FILE *out, const struct map *m, const struct dt_ring *route, const char *stroke,
                       double width, const char *dashes)
{
    fputs("<path d=\"", out);
    for (size_t i = 0; i < route->count; i++) {
        fprintf(out, "%c%.1f %.1f", i == 0 ? 'M' : 'L', x_of(m, route->points[i].lon_e7 / 1e7),
                y_of(m, route->points[i].lat_e7 / 1e7));
    }
    fprintf(out, "\" fill=\"none\" stroke=\"%s\" stroke-width=\"%.1f\" stroke-linecap=\"round\" "
                 "stroke-linejoin=\"round\" stroke-dasharray=\"%s\"/>\n",
            stroke, width, dashes);
}

static void draw_volume(FILE *out, const struct map *m, const struct dt_volume *v, unsigned side)
{
    const char *edge = side == 0 ? "#003a70" : "#7a1500";
    if (v->shape == DT_SHAPE_POLYGON) {
        fputs("<path fill-rule=\"evenodd\" d=\"", out);
        for (size_t i = 0; i < v->ring_count; i++) {
            ring_path(out, m, &v->rings[i]);
        }
        fprintf(out, "\" %s/>\n", style_of(side));
    } else if (v->shape == DT_SHAPE_CIRCLE) {
        fprintf(out, "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"%.1f\" %s/>\n",
                x_of(m, v->rings[0].points[0].lon_e7 / 1e7), y_of(m, v->rings[0].points[0].lat_e7 / 1e7),
                fmax(units(m, v->radius_mm / 1000.0), 3), style_of(side));
    } else {
        const double wide = fmax(2 * units(m, v->radius_mm / 1000.0), 3);
        route_line(out, m, &v->rings[0], edge, wide + 4, "none");
        route_line(out, m, &v->rings[0], side == 0 ? "#cfe3f5" : "url(#hatch)", wide, "none");
        route_line(out, m, &v->rings[0], edge, 1.5, side == 0 ? "none" : "7 4");
    }
}

static void draw_cells(FILE *out, const struct map *m, const struct dt_body_notice *clear, unsigned side)
{
    for (size_t i = 0; i < clear->cell_count; i++) {
        const struct dt_point p = dt_cell_corner(clear->cells[i]);
        const double x = x_of(m, p.lon_e7 / 1e7), y = y_of(m, (p.lat_e7 + DT_CELL_E7) / 1e7);
        fprintf(out, "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" %s/>\n", x, y,
                x_of(m, (p.lon_e7 + DT_CELL_E7) / 1e7) - x, y_of(m, p.lat_e7 / 1e7) - y, style_of(side));
    }
}

#define HALO " paint-order=\"stroke\" stroke=\"#fff\" stroke-width=\"4\" stroke-linejoin=\"round\""

static bool inside(double x, double y)
{
    return x > MAP_X + 30 && x < MAP_X + MAP - 40 && y > MAP_Y + 40 && y < MAP_Y + MAP - 40;
}

/* At the position of a side that is farthest from the middle, and still on the map: there it
 * stands alone. */
static void draw_letter(FILE *out, const struct map *m, const struct conflict_side *side, unsigned which)
{
    const char letter[2] = {which == 0 ? 'A' : 'B', '\0'};
    double best = -1, x = MAP_X + 14, y = MAP_Y + (which == 0 ? 34 : 64);
    for (size_t i = 0; side->exact && i < side->notice->plain.volume_count; i++) {
        const struct dt_volume *v = &side->notice->plain.volumes[i].shape;
        const double r = fmin(units(m, v->radius_mm / 1000.0) * 0.75 + 4, 60);
        for (size_t k = 0; k < v->rings[0].count; k++) {
            const double px = x_of(m, v->rings[0].points[k].lon_e7 / 1e7),
                         py = y_of(m, v->rings[0].points[k].lat_e7 / 1e7);
            const double d = far_from(m, v->rings[0].points[k]);
            if (d > best && inside(px, py)) {
                best = d;
                x = which == 0 ? px - r - 16 : px + r;
                y = which == 0 ? py - r + 4 : py + r + 14;
            }
        }
    }
    for (size_t i = 0; !side->exact && side->notice != NULL && i < side->notice->clear.cell_count; i++) {
        const struct dt_point p = dt_cell_corner(side->notice->clear.cells[i]);
        const double px = x_of(m, p.lon_e7 / 1e7) + 8, py = y_of(m, p.lat_e7 / 1e7) - 8;
        if (inside(px, py)) {
            x = px;
            y = py;
            break;
        }
    }
    chart_label(out, x, y, " font-size=\"24\" font-weight=\"bold\"" HALO, letter);
}

static void draw_scale(FILE *out, const struct map *m)
{
    static const double steps[] = {50, 100, 200, 500, 1000, 2000, 5000, 10000, 20000, 50000, 100000, 200000, 500000};
    size_t i = 0;
    char text[32];
    while (i + 1 < sizeof steps / sizeof steps[0] && units(m, steps[i + 1]) < MAP / 3.0) {
        i++;
    }
    const double y = MAP_Y + MAP - 16, x = MAP_X + 14;
    fprintf(out, "<path d=\"M%.1f %.1fv8h%.1fv-8\" fill=\"none\" stroke=\"#000\" stroke-width=\"2\"/>\n", x, y - 4,
            units(m, steps[i]));
    snprintf(text, sizeof text, steps[i] >= 1000 ? "%.0f km" : "%.0f m",
             steps[i] >= 1000 ? steps[i] / 1000 : steps[i]);
    chart_label(out, x + units(m, steps[i]) + 6, y + 4, " font-size=\"12\"" HALO, text);
    chart_label(out, MAP_X + MAP - 26, MAP_Y + 22, " font-size=\"14\" font-weight=\"bold\"" HALO, _("N"));
    fprintf(out, "<path d=\"M%d %dl-5 14h10z\" fill=\"#000\"/>\n", MAP_X + MAP - 20, MAP_Y + 28);
}

static void draw_map(FILE *out, const json_t *conflict, const struct conflict_side sides[2])
{
    const struct map m = make_map(conflict, sides);
    char text[128];
    const double cx = MAP_X + MAP / 2.0, cy = MAP_Y + MAP / 2.0;
    fprintf(out, "<clipPath id=\"map\"><rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\"/></clipPath>\n"
                 "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" fill=\"#fbfbf7\" stroke=\"#000\"/>\n"
                 "<g clip-path=\"url(#map)\">\n",
            MAP_X, MAP_Y, MAP, MAP, MAP_X, MAP_Y, MAP, MAP);
    for (unsigned s = 0; s < 2; s++) { /* cells are large: under what is known exactly */
        if (!sides[s].exact && sides[s].notice != NULL) {
            draw_cells(out, &m, &sides[s].notice->clear, s);
        }
    }
    for (unsigned s = 0; s < 2; s++) {
        for (size_t i = 0; sides[s].exact && i < sides[s].notice->plain.volume_count; i++) {
            draw_volume(out, &m, &sides[s].notice->plain.volumes[i].shape, s);
        }
    }
    const double needed = units(&m, (double)cli_int(conflict, "lateral_mm") / 1000);
    fprintf(out, "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"%.1f\" fill=\"none\" stroke=\"#000\" "
                 "stroke-dasharray=\"2 4\"/>\n</g>\n",
            cx, cy, needed);
    snprintf(text, sizeof text, _("%.0f m are needed"), (double)cli_int(conflict, "lateral_mm") / 1000);
    chart_label(out, cx, cy - needed - 5, " font-size=\"11\" text-anchor=\"middle\"" HALO, text);
    fprintf(out, "<path d=\"M%.1f %.1fl12 12m0 -12l-12 12\" stroke=\"#fff\" stroke-width=\"6\"/>"
                 "<path d=\"M%.1f %.1fl12 12m0 -12l-12 12\" stroke=\"#000\" stroke-width=\"2.5\"/>\n",
            cx - 6, cy - 6, cx - 6, cy - 6);
    snprintf(text, sizeof text, cli_true(conflict, "exact") ? _("closest: %.1f m") : _("closest: %.1f m or more"),
             (double)cli_int(conflict, "distance_mm") / 1000);
    chart_label(out, cx + 14, cy - 8, " font-size=\"13\" font-weight=\"bold\"" HALO, text);
    for (unsigned s = 0; s < 2; s++) {
        draw_letter(out, &m, &sides[s], s);
    }
    draw_scale(out, &m);
    chart_label(out, MAP_X + MAP - 8, MAP_Y + MAP - 12, " font-size=\"12\" text-anchor=\"end\"" HALO,
                cli_place(conflict));
}

/* --- heights -------------------------------------------------------------------------------- */

struct range {
    double low, high;
};

static void widen(struct range *r, double low, double high)
{
    r->low = fmin(r->low, low);
    r->high = fmax(r->high, high);
}

/* What is without limit runs to the edge of what is not. */
static struct range heights_of(const struct conflict_side sides[2])
{
    struct range r = {INFINITY, -INFINITY};
    for (unsigned s = 0; s < 2; s++) {
        for (size_t i = 0; sides[s].exact && i < sides[s].notice->plain.volume_count; i++) {
            const struct dt_volume *v = &sides[s].notice->plain.volumes[i].shape;
            const double lo = v->alt_lo_mm <= -DT_ALT_MAX_MM ? 0 : v->alt_lo_mm / 1000.0;
            widen(&r, lo, v->alt_hi_mm >= DT_ALT_MAX_MM ? lo + 1000 : v->alt_hi_mm / 1000.0);
        }
    }
    if (isinf(r.low)) {
        r = (struct range){0, 1000};
    }
    const double margin = fmax((r.high - r.low) * 0.08, 5);
    return (struct range){r.low - margin, r.high + margin};
}

static double height_y(const struct range *r, double metres)
{
    const double part = (metres - r->low) / (r->high - r->low);
    return BAND_Y + BAND_H - BAND_H * fmin(fmax(part, 0), 1);
}

static void height_text(char out[static CLI_HEIGHT_SIZE], int32_t mm, enum dt_datum datum)
{
    if (mm <= -DT_ALT_MAX_MM || mm >= DT_ALT_MAX_MM) {
        snprintf(out, CLI_HEIGHT_SIZE, "%s", _("no limit"));
    } else {
        cli_height(out, mm, datum);
    }
}

static void draw_heights_of(FILE *out, const struct conflict_side *side, unsigned which, const struct range *r)
{
    const double x = SIDE_X + 20 + which * (SIDE_W / 2.0);
    const char letter[2] = {which == 0 ? 'A' : 'B', '\0'};
    char text[CLI_HEIGHT_SIZE];
    chart_label(out, x + 18, BAND_Y - 8, " font-size=\"16\" font-weight=\"bold\" text-anchor=\"middle\"", letter);
    if (!side->exact) {
        chart_label(out, x, BAND_Y + 24, " font-size=\"12\"", _("not readable here"));
        return;
    }
    const size_t count = side->notice->plain.volume_count;
    const double width = 36.0 / (double)(count > 6 ? 6 : count);
    for (size_t i = 0; i < count && i < 6; i++) {
        const struct dt_notice_volume *v = &side->notice->plain.volumes[i];
        const double top = height_y(r, v->shape.alt_hi_mm / 1000.0), low = height_y(r, v->shape.alt_lo_mm / 1000.0);
        fprintf(out, "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" %s/>\n", x + width * (double)i, top,
                width, fmax(low - top, 2), style_of(which));
        if (i == 0) {
            height_text(text, v->shape.alt_hi_mm, v->datum);
            chart_label(out, x + 42, fmax(top + 5, BAND_Y + 5), " font-size=\"12\"", text);
            height_text(text, v->shape.alt_lo_mm, v->datum);
            chart_label(out, x + 42, fmax(low + 5, top + 20), " font-size=\"12\"", text);
        }
    }
}

static void draw_heights(FILE *out, const json_t *conflict, const struct conflict_side sides[2])
{
    const struct range r = heights_of(sides);
    const double gap = (double)cli_int(conflict, "vertical_gap_mm") / 1000;
    char text[128];
    chart_label(out, SIDE_X, BAND_Y - 36, " font-size=\"15\" font-weight=\"bold\"", _("Heights"));
    fprintf(out, "<line x1=\"%d\" y1=\"%d\" x2=\"%d\" y2=\"%d\" stroke=\"#000\"/>\n", SIDE_X, BAND_Y + BAND_H,
            SIDE_X + SIDE_W, BAND_Y + BAND_H);
    for (unsigned s = 0; s < 2; s++) {
        draw_heights_of(out, &sides[s], s, &r);
    }
    if (!sides[0].exact || !sides[1].exact) {
        snprintf(text, sizeof text, "%s", _("heights count as meeting"));
    } else {
        snprintf(text, sizeof text, gap > 0 ? _("%.0f m apart; %.0f m are needed") : _("they overlap by %.0f m; %.0f m apart are needed"),
                 fabs(gap), (double)cli_int(conflict, "vertical_mm") / 1000);
    }
    chart_label(out, SIDE_X, BAND_Y + BAND_H + 20, " font-size=\"13\"", text);
    if (sides[0].exact && sides[1].exact &&
        sides[0].notice->plain.volumes[0].datum != sides[1].notice->plain.volumes[0].datum) {
        chart_label(out, SIDE_X, BAND_Y + BAND_H + 38, " font-size=\"12\" font-style=\"italic\"",
                    _("different datums: compared by the most they can differ"));
    }
}

/* --- times ------------------------------------------------------------------------------------ */

static double time_x(const struct range *r, double ms)
{
    const double part = (ms - r->low) / (r->high - r->low);
    return TIME_X + TIME_W * fmin(fmax(part, 0), 1);
}

/* Around the moment of the conflict: of what stands for a year only that part is of use. */
static struct range times_of(const json_t *conflict, const struct conflict_side sides[2])
{
    const double from = (double)cli_int(conflict, "from"), until = (double)cli_int(conflict, "until");
    const double near = fmax(fabs(until - from), 3600000) * 4;
    struct range r = {fmin(from, until), fmax(from, until)};
    for (unsigned s = 0; s < 2; s++) {
        if (sides[s].notice != NULL) {
            widen(&r, fmax((double)sides[s].notice->clear.start_ms, from - near),
                  fmin((double)sides[s].notice->clear.end_ms, until + near));
        }
    }
    const double margin = (r.high - r.low) * 0.05;
    return (struct range){r.low - margin, r.high + margin};
}

static void draw_time_bar(FILE *out, const struct range *r, double from, double until, double y, unsigned which)
{
    const double x = time_x(r, from), end = time_x(r, until);
    if (until > r->low && from < r->high) {
        fprintf(out, "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"20\" %s/>\n", x, y, fmax(end - x, 2),
                style_of(which));
    }
}

static void draw_times(FILE *out, const json_t *conflict, const struct conflict_side sides[2])
{
    const struct range r = times_of(conflict, sides);
    const double first = (double)cli_int(conflict, "from"), last = (double)cli_int(conflict, "until");
    char text[128];
    chart_label(out, MAP_X, TIME_Y - 12, " font-size=\"15\" font-weight=\"bold\"", _("Times (UTC)"));
    const double x = time_x(&r, fmin(first, last)), end = time_x(&r, fmax(first, last));
    fprintf(out, "<rect x=\"%.1f\" y=\"%d\" width=\"%.1f\" height=\"64\" fill=\"#eee\" stroke=\"#000\" stroke-dasharray=\"2 3\"/>\n",
            x, TIME_Y - 4, fmax(end - x, 2));
    for (unsigned s = 0; s < 2; s++) {
        const char letter[2] = {s == 0 ? 'A' : 'B', '\0'};
        const double y = TIME_Y + 4 + 28 * s;
        chart_label(out, MAP_X + 14, y + 16, " font-size=\"16\" font-weight=\"bold\"", letter);
        for (size_t i = 0; sides[s].exact && i < sides[s].notice->plain.volume_count; i++) {
            const struct dt_window w = sides[s].notice->plain.volumes[i].shape.time;
            draw_time_bar(out, &r, (double)w.from_ms, (double)w.until_ms, y, s);
        }
        if (!sides[s].exact && sides[s].notice != NULL) {
            draw_time_bar(out, &r, (double)sides[s].notice->clear.start_ms, (double)sides[s].notice->clear.end_ms, y, s);
        }
    }
    chart_label(out, TIME_X, TIME_Y + 82, " font-size=\"12\"", cli_when((json_int_t)r.low));
    chart_label(out, TIME_X + TIME_W, TIME_Y + 82, " font-size=\"12\" text-anchor=\"end\"", cli_when((json_int_t)r.high));
    snprintf(text, sizeof text, first <= last ? _("both at once from %s to %s") : _("one after the other: %s and %s"),
             cli_when(cli_int(conflict, "from")), cli_when(cli_int(conflict, "until")));
    chart_label(out, fmin(fmax((x + end) / 2, TIME_X + 190), TIME_X + TIME_W - 190), TIME_Y + 104,
                " font-size=\"13\" font-weight=\"bold\" text-anchor=\"middle\"", text);
}

/* --- all of it ---------------------------------------------------------------------------------- */

static void draw_head(FILE *out, const json_t *conflict, const struct conflict_side sides[2])
{
    char text[512];
    snprintf(text, sizeof text, _("Conflict %s: %s, %s%s"), cli_str(conflict, "id"),
             _(dt_severity_name(cli_int(conflict, "severity"))),
             cli_true(conflict, "agreed") ? _("agreed rule") : _("default, not agreed"),
             cli_true(conflict, "exact") ? "" : _(", possible, at cell level"));
    chart_label(out, 20, 30, " font-size=\"20\" font-weight=\"bold\"", text);
    snprintf(text, sizeof text, _("%.1f m apart where %.1f m are needed. State: %s. This is not a permission."),
             (double)cli_int(conflict, "distance_mm") / 1000, (double)cli_int(conflict, "lateral_mm") / 1000,
             cli_name(cli_str(conflict, "state")));
    chart_label(out, 20, 54, " font-size=\"14\"", text);
    for (unsigned s = 0; s < 2; s++) {
        const double y = MAP_Y + 6 + 24 * s;
        snprintf(text, sizeof text, "%c: %s, %s, %s", s == 0 ? 'A' : 'B', cli_str(conflict, s == 0 ? "a" : "b"),
                 cli_str(sides[s].item, "category"),
                 sides[s].exact ? cli_str(sides[s].item, "title") : _("known by its cells only"));
        fprintf(out, "<rect x=\"%d\" y=\"%.1f\" width=\"26\" height=\"14\" %s/>\n", SIDE_X, y - 11, style_of(s));
        chart_label(out, SIDE_X + 34, y, " font-size=\"13\"", text);
    }
}

void conflict_svg_write(FILE *out, const json_t *conflict, const struct conflict_side sides[2])
{
    fprintf(out,
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" viewBox=\"0 0 %d %d\" "
            "font-family=\"DejaVu Sans, Liberation Sans, sans-serif\">\n<title>",
            WIDTH, HEIGHT, WIDTH, HEIGHT);
    chart_escaped(out, cli_str(conflict, "id"));
    fputs("</title>\n<defs><pattern id=\"hatch\" width=\"8\" height=\"8\" patternUnits=\"userSpaceOnUse\" "
          "patternTransform=\"rotate(45)\"><rect width=\"8\" height=\"8\" fill=\"#fbe9d0\"/>"
          "<line x1=\"0\" y1=\"0\" x2=\"0\" y2=\"8\" stroke=\"#7a1500\" stroke-width=\"2\"/></pattern></defs>\n",
          out);
    fprintf(out, "<rect width=\"%d\" height=\"%d\" fill=\"#fff\"/>\n", WIDTH, HEIGHT);
    draw_head(out, conflict, sides);
    draw_map(out, conflict, sides);
    draw_heights(out, conflict, sides);
    draw_times(out, conflict, sides);
    fputs("</svg>\n", out);
}

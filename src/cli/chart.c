/* SPDX-License-Identifier: ISC */
#include "cli/chart.h"

#include <math.h>

enum {
    WIDTH = 820,
    LEFT = 150,
    PLOT = 540, /* width of the axis; values stand to the right of their bars */
    TOP = 110,
    BAR = 16,
    GROUP = 78,
};

static const double axis_end_s = 604800; /* a week */

void chart_duration(char out[static 32], int64_t ms)
{
    const long long s = (ms + 500) / 1000;
    if (s < 60) {
        snprintf(out, 32, "%lld s", s);
    } else if (s < 3600) {
        snprintf(out, 32, s % 60 != 0 ? "%lld min %lld s" : "%lld min", s / 60, s % 60);
    } else if (s < 86400) {
        snprintf(out, 32, "%lld h %02lld min", s / 3600, s % 3600 / 60);
    } else {
        snprintf(out, 32, "%lld d %lld h", s / 86400, s % 86400 / 3600);
    }
}

void chart_escaped(FILE *out, const char *text)
{
    for (; *text != '\0'; text++) {
        switch (*text) {
        case '&': fputs("&amp;", out); break;
        case '<': fputs("&lt;", out); break;
        case '>': fputs("&gt;", out); break;
        case '"': fputs("&quot;", out); break;
        default: fputc((unsigned char)*text < 0x20 ? ' ' : *text, out);
        }
    }
}

void chart_label(FILE *out, double x, double y, const char *style, const char *text)
{
    fprintf(out, "<text x=\"%.1f\" y=\"%.1f\"%s>", x, y, style);
    chart_escaped(out, text);
    fputs("</text>\n", out);
}

static double place(double s)
{
    const double part = s > 1 ? log(s) / log(axis_end_s) : 0;
    return LEFT + PLOT * (part < 1 ? part : 1);
}

static void draw_axis(FILE *out, double bottom)
{
    static const struct {
        double s;
        const char *name;
    } ticks[] = {{1, "1 s"},      {10, "10 s"},   {60, "1 min"},  {600, "10 min"},
                 {3600, "1 h"},   {36000, "10 h"}, {86400, "1 d"}, {604800, "7 d"}};
    for (size_t i = 0; i < sizeof ticks / sizeof ticks[0]; i++) {
        const double x = place(ticks[i].s);
        fprintf(out,
                "<line x1=\"%.1f\" y1=\"%d\" x2=\"%.1f\" y2=\"%.1f\" stroke=\"#999\" "
                "stroke-width=\"0.6\"/>\n",
                x, TOP - 6, x, bottom);
        chart_label(out, x, bottom + 16, " text-anchor=\"middle\" font-size=\"11\"", ticks[i].name);
    }
}

static const char *const fills[CHART_BARS] = {"#fff", "url(#hatch)", "#000"};

static void draw_bar(FILE *out, unsigned kind, double y, int64_t ms)
{
    char text[32];
    const double end = place((double)ms / 1000);
    fprintf(out,
            "<rect x=\"%d\" y=\"%.1f\" width=\"%.1f\" height=\"%d\" fill=\"%s\" stroke=\"#000\"/>\n",
            LEFT, y, end - LEFT > 1 ? end - LEFT : 1, BAR - 2, fills[kind]);
    chart_duration(text, ms);
    /* white behind it: the lines of the axis do not run through a figure */
    chart_label(out, end + 6, y + BAR - 5,
          " font-size=\"12\" paint-order=\"stroke\" stroke=\"#fff\" stroke-width=\"4\"", text);
}

static void draw_group(FILE *out, const struct chart *chart, const struct chart_group *g, double y)
{
    unsigned drawn = 0;
    chart_label(out, LEFT - 10, y + 20, " text-anchor=\"end\" font-size=\"14\" font-weight=\"bold\"",
          g->name);
    chart_label(out, LEFT - 10, y + 38, " text-anchor=\"end\" font-size=\"11\"", g->note);
    for (unsigned b = 0; b < CHART_BARS; b++) {
        if (g->value_ms[b] >= 0) {
            draw_bar(out, b, y + 4 + b * BAR, g->value_ms[b]);
            drawn++;
        }
    }
    if (drawn == 0) {
        chart_label(out, LEFT + 8, y + 26,
              " font-size=\"12\" font-style=\"italic\" paint-order=\"stroke\" stroke=\"#fff\" "
              "stroke-width=\"4\"",
              chart->empty);
    }
}

static void draw_legend(FILE *out, const struct chart *chart, double y)
{
    double x = LEFT;
    for (unsigned b = 0; b < CHART_BARS; b++, x += 170) {
        fprintf(out,
                "<rect x=\"%.1f\" y=\"%.1f\" width=\"22\" height=\"12\" fill=\"%s\" "
                "stroke=\"#000\"/>\n",
                x, y, fills[b]);
        chart_label(out, x + 28, y + 11, " font-size=\"12\"", chart->bars[b]);
    }
}

void chart_write(FILE *out, const struct chart *chart, const struct chart_group *groups,
                 size_t count)
{
    const double bottom = TOP + (double)(GROUP * count) - 8;
    fprintf(out,
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%.0f\" "
            "viewBox=\"0 0 %d %.0f\" font-family=\"DejaVu Sans, Liberation Sans, sans-serif\">\n"
            "<title>",
            WIDTH, bottom + 52, WIDTH, bottom + 52);
    chart_escaped(out, chart->title);
    fputs("</title>\n<defs><pattern id=\"hatch\" width=\"6\" height=\"6\" "
          "patternUnits=\"userSpaceOnUse\" patternTransform=\"rotate(45)\">"
          "<rect width=\"6\" height=\"6\" fill=\"#fff\"/>"
          "<line x1=\"0\" y1=\"0\" x2=\"0\" y2=\"6\" stroke=\"#000\" stroke-width=\"3\"/>"
          "</pattern></defs>\n",
          out);
    fprintf(out, "<rect width=\"%d\" height=\"%.0f\" fill=\"#fff\"/>\n", WIDTH, bottom + 52);
    chart_label(out, 20, 30, " font-size=\"18\" font-weight=\"bold\"", chart->title);
    chart_label(out, 20, 52, " font-size=\"13\"", chart->subtitle);
    draw_legend(out, chart, 70);
    draw_axis(out, bottom);
    for (size_t i = 0; i < count; i++) {
        draw_group(out, chart, &groups[i], TOP + (double)(GROUP * i));
    }
    chart_label(out, LEFT + PLOT / 2.0, bottom + 36, " text-anchor=\"middle\" font-size=\"12\"",
          chart->axis);
    fputs("</svg>\n", out);
}

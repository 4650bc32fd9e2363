/* SPDX-License-Identifier: ISC */
/*
 * chart - bars for durations as an SVG file of its own: for each group three bars, told
 * apart without colour (white, hatched, black), on an axis from a second to a week in
 * which each step of ten is as wide as the next. Every bar has its value beside it.
 *
 * Texts come from the caller and are escaped here. Deterministic.
 */
#ifndef DT_CLI_CHART_H
#define DT_CLI_CHART_H

#include <stdint.h>
#include <stdio.h>

enum { CHART_BARS = 3 };

struct chart_group {
    const char *name, *note;    /* "FLASH"; what stands under it, may be "" */
    int64_t value_ms[CHART_BARS]; /* below 0: no bar */
};

struct chart {
    const char *title, *subtitle, *axis, *empty; /* `empty`: for a group without bars */
    const char *bars[CHART_BARS];                /* the legend */
};

void chart_write(FILE *out, const struct chart *chart, const struct chart_group *groups,
                 size_t count);

/* A text, and a text at a place with further attributes (" font-size=…"), escaped. */
void chart_escaped(FILE *out, const char *text);
void chart_label(FILE *out, double x, double y, const char *style, const char *text);

/* "47 s", "3 min 20 s", "2 h 05 min", "3 d 4 h". */
void chart_duration(char out[static 32], int64_t ms);

#endif

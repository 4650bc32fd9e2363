/* SPDX-License-Identifier: ISC */
/*
 * draw - what detente-draw is made of: JSON from detente on standard input, XML or a page on
 * standard output. The program knows no home, key or node; what it is not given it
 * cannot disclose. It reads only what detente wrote, and still believes none of it.
 */
#ifndef DT_DRAW_DRAW_H
#define DT_DRAW_DRAW_H

#include <stdbool.h>
#include <stdio.h>

#include <jansson.h>

/* "" or 0 or false where there is none of that type. */
const char *draw_str(const json_t *object, const char *key);
double draw_num(const json_t *object, const char *key);
bool draw_true(const json_t *object, const char *key);

/* An export (src/cli/cmd_export.c) as Cursor-on-Target 2.0: one document <events>, or in a
 * stream one event a line, each a document. False if anything could not be written. */
bool draw_cot(const json_t *collection, bool stream, FILE *out);

/* The same as one KML 2.2 or GPX 1.1 document. */
bool draw_kml(const json_t *collection, FILE *out);
bool draw_gpx(const json_t *collection, FILE *out);

/* A sheet (src/cli/sheet.h) as "pdf", "svg", "png" or "txt". */
bool draw_sheet(const json_t *sheet, const char *format, FILE *out);

#endif

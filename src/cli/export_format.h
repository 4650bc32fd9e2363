/* SPDX-License-Identifier: ISC */
/*
 * export_format - the formats of `export`: what each loses, and those that are plain text.
 * XML is written by detente-draw (draw.h). Every one is made of the same value:
 *
 *     {"type": "FeatureCollection", "detente": {...}, "features": [...]}     (features.h)
 */
#ifndef DT_CLI_EXPORT_FORMAT_H
#define DT_CLI_EXPORT_FORMAT_H

#include <stdbool.h>
#include <stdio.h>

#include <jansson.h>

typedef bool cli_export_writer(const json_t *collection, FILE *out);

struct cli_format {
    const char *name;
    const char *draw;   /* what detente-draw is asked for; NULL: not XML */
    const char *stream; /* the same without a file, an event a line; NULL: whole documents only */
    cli_export_writer *write; /* NULL: GeoJSON itself, or `draw` */
    bool says_losses;   /* in the file itself */
    const char *const *losses; /* to NULL */
};

/* NULL if there is none of that name. */
const struct cli_format *cli_format_find(const char *name);
/* All that it loses, as texts; the same words for every reader, so not translated. */
json_t *cli_format_losses(const struct cli_format *format);

/* --- the writers of text -------------------------------------------------------------------- */

/* A row a volume; the columns are those that `notice add` reads. */
cli_export_writer cli_export_csv;
/* Positions one a line under remarks. */
cli_export_writer cli_export_coordinates;
/* A draft a volume for a NOTAM office, which gives number and FIR. */
cli_export_writer cli_export_notam;

/* "100 m AMSL", "FL100", "UNL" or "GND" for no limit: as plan_units.c reads it. */
enum { CLI_LIMIT_SIZE = 40 };
void cli_export_limit(char out[static CLI_LIMIT_SIZE], const json_t *properties, bool upper);
/* "daily 06:00Z-09:00Z" of a volume whose windows come again by whole minutes; else "". */
enum { CLI_SCHEDULE_SIZE = 40 };
void cli_export_schedule(char out[static CLI_SCHEDULE_SIZE], const json_t *properties);

#endif

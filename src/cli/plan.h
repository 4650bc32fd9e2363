/* SPDX-License-Identifier: ISC */
/*
 * plan - notices from whatever file a person has: which format it is, its content says, never
 * its name. Each reader makes the features and properties that geojson.h judges, so all
 * formats end in the same checks, errors and notices.
 *
 *     file, options -> dt_plan_open -> dt_geojson_feature (one notice each)
 *
 * Strict like geojson.h: what could mean two things (feet or metres, local time or UTC, an
 * open ring) is refused with its name and the way to mend it.
 */
#ifndef DT_CLI_PLAN_H
#define DT_CLI_PLAN_H

#include "base/try.h"
#include "cli/geojson.h"

/* Reads the whole file. `fields` (an object of texts, borrowed, may be NULL) fills what the
 * file itself does not say: `category`, `start`, `radius` …, as dt_plan_set() takes them.
 * On failure *fault says more and nothing is to be closed. */
DT_MUST_USE enum dt_err dt_plan_open(struct dt_geojson *g, struct dt_span text,
                                     const json_t *fields, struct dt_geojson_fault *fault);

/* --- for the readers ------------------------------------------------------------------- */

/* What a reader makes: features, each with raw texts in its properties. */
struct dt_plan {
    json_t *features; /* owned by dt_plan_open() */
    struct dt_geojson_fault *fault;
};

typedef enum dt_err dt_plan_reader(struct dt_plan *plan, struct dt_span text);
dt_plan_reader dt_plan_read_text, dt_plan_read_xml;

/* The one .kml of a KMZ, to be released with free(). */
DT_MUST_USE enum dt_err dt_plan_unpack(char **out, size_t *size, struct dt_span archive,
                                       struct dt_geojson_fault *fault);

/* A new Feature; takes over `coordinates`; its properties, borrowed, to be filled. */
json_t *dt_plan_feature(struct dt_plan *plan, const char *type, json_t *coordinates);
/* Sets a property as a text, by its name here or elsewhere (`name`, `Title`, `radius_nm`);
 * empty texts are nothing. DUPLICATE where two names mean one property. */
DT_MUST_USE enum dt_err dt_plan_set(struct dt_plan *plan, json_t *properties, const char *name,
                                    const char *text);
/* All of `text` as one position in any notation of coord.h, or 4449N00031E as in NOTAMs; half the
 * diagonal of the square an MGRS text names is added to *slack_m. */
DT_MUST_USE enum dt_err dt_plan_place(struct dt_point *out, double *slack_m, const char *text,
                                      struct dt_geojson_fault *fault);
/* [longitude, latitude] from two decimal texts. */
DT_MUST_USE enum dt_err dt_plan_degrees(json_t **out, const char *lat, const char *lon,
                                        struct dt_geojson_fault *fault);
json_t *dt_plan_position(struct dt_point point);
/* Positions of a shape drawn as one list: a circle of one; a polygon where the last repeats
 * the first, else a line. Takes over `positions`. DEGENERATE for none. */
DT_MUST_USE enum dt_err dt_plan_drawn(struct dt_plan *plan, json_t *positions, json_t **properties);

/* units.c: the texts of one feature's properties as the numbers that geojson.h reads. */
DT_MUST_USE enum dt_err dt_plan_units(json_t *properties, struct dt_geojson_fault *fault);
/* "12.5" at *at, without sign or exponent; false if there is no number. */
bool dt_plan_number(double *out, const char **at);

#endif

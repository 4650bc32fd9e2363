/* SPDX-License-Identifier: ISC */
/*
 * geojson - notices from GeoJSON files as QGIS and geojson.io write them (RFC 7946, and
 * the older `crs` member where it says longitude and latitude on WGS84).
 *
 *     file -> dt_geojson_open -> dt_geojson_feature (one notice each) -> view/notice.h
 *
 * Strict: what could mean two things is refused with a named error, the feature and the
 * way to mend it; nothing is guessed. docs/cli.md lists geometries and properties.
 * Unknown properties are ignored (editors add their own) unless they look like one of
 * ours misspelt.
 */
#ifndef DT_CLI_GEOJSON_H
#define DT_CLI_GEOJSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#include "view/notice.h"

enum {
    DT_GEOJSON_MAX = 10 << 20, /* bytes of a file */
    DT_GEOJSON_DEPTH = 16,
    DT_GEOJSON_FEATURES_MAX = 10000,
    DT_GEOJSON_DETAIL = 256,
};

struct dt_geojson {
    json_t *root;     /* owned; dt_geojson_close() */
    json_t *features; /* borrowed array, or NULL for a single Feature */
    size_t count;
    bool straight; /* edges are straight in longitude and latitude, as RFC 7946 has them */
    bool has_places;
    struct dt_point middle; /* of the file's first positions: a swap shows against it */
};

/* What went wrong, for people: English, marked for translation. */
struct dt_geojson_fault {
    size_t feature; /* index from 0; SIZE_MAX: the file as a whole */
    char detail[DT_GEOJSON_DETAIL];
};

/* What is known beside the file. */
struct dt_geojson_hints {
    const struct dt_point *places; /* of the line's other notices, some of each area */
    size_t place_count;
    unsigned confirmed;      /* bits by enum dt_doubt (doubts.h): the author says it is right */
    int64_t now_ms;          /* 0: unknown, and nothing is said of what comes too late */
    const int64_t *lead_ms;  /* by category, as the charter has them; may be NULL */
    const char *language;    /* where a feature names none */
};

/* Large (80 KiB): not on the stack. */
struct dt_geojson_notice {
    struct dt_body_notice clear;
    struct dt_notice_plain plain; /* points into itself and into the file */
    char numbers[DT_DETAIL_MAX][24]; /* details that the file has as numbers */
};

/* Reads the whole file. On failure *fault says more and nothing is to be closed. */
DT_MUST_USE enum dt_err dt_geojson_open(struct dt_geojson *g, struct dt_span text,
                                        struct dt_geojson_fault *fault);
/* The same from what another reader (plan.h) made; takes over `root`, also on failure. */
DT_MUST_USE enum dt_err dt_geojson_adopt(struct dt_geojson *g, json_t *root,
                                         struct dt_geojson_fault *fault);
/* Size and encoding of any text that is read here. */
DT_MUST_USE enum dt_err dt_geojson_encoding(struct dt_span text, struct dt_geojson_fault *fault);
void dt_geojson_close(struct dt_geojson *g);

/* Makes feature `index` a notice, judged whole: what comes back can be sent. */
DT_MUST_USE enum dt_err dt_geojson_feature(struct dt_geojson_notice *out,
                                           const struct dt_geojson *g, size_t index,
                                           const struct dt_geojson_hints *hints,
                                           struct dt_geojson_fault *fault);

/* For geojson_shape.c: fills volumes[0..] with shapes; times and heights come after. */
DT_MUST_USE enum dt_err dt_geojson_shape(struct dt_notice_plain *plain, const json_t *geometry,
                                         bool straight, const json_t *properties,
                                         struct dt_geojson_fault *fault);
/* For geojson_own.c: whether a feature is one of an export of ours, and its volume exactly as
 * it was; BAD_VALUE if the drawing is not that of the volume any more. */
/* NOT_ALLOWED for a feature that stands for a notice which could not be read. */
DT_MUST_USE enum dt_err dt_geojson_not_cells(const json_t *properties, struct dt_geojson_fault *fault);
bool dt_geojson_is_own(const json_t *properties);
DT_MUST_USE enum dt_err dt_geojson_own(struct dt_geojson_notice *out, const json_t *geometry,
                                       const json_t *properties, struct dt_geojson_fault *fault);
/* For geojson_details.c: words by field. */
DT_MUST_USE enum dt_err dt_geojson_details(struct dt_geojson_notice *out, const json_t *properties,
                                           struct dt_geojson_fault *fault);
/* For geojson_time.c: `legs`, `speed`, `schedule`, after all volumes have the notice's times. */
DT_MUST_USE enum dt_err dt_geojson_times(struct dt_geojson_notice *out, const json_t *properties,
                                         struct dt_geojson_fault *fault);
/* One position; true and *out if it is a place, else *err. */
DT_MUST_USE enum dt_err dt_geojson_position(struct dt_point *out, const json_t *position,
                                            struct dt_geojson_fault *fault);
/* A number that a property gives in metres, as millimetres; MISSING_FIELD, BAD_TYPE, BAD_VALUE. */
DT_MUST_USE enum dt_err dt_geojson_metres(int64_t *mm, const json_t *properties, const char *name,
                                          double min_m, double max_m,
                                          struct dt_geojson_fault *fault);
/* Writes the detail and returns err. */
enum dt_err dt_geojson_say(struct dt_geojson_fault *fault, enum dt_err err, const char *format,
                           ...) __attribute__((format(printf, 3, 4)));

#endif

/* SPDX-License-Identifier: ISC */
/*
 * doubts - what is possible and most likely a slip: degrees and minutes typed as decimals,
 * feet as metres, local times, a convoy at 300 km/h. Each is DT_ERR_DOUBTFUL (or SWAPPED,
 * FAR_AWAY) with the number that looks wrong, and has a name by which the author may
 * confirm it: the option of the command. Called by geojson.h for every format.
 *
 * Nothing here is exact and nothing here decides about conflicts.
 */
#ifndef DT_CLI_DOUBTS_H
#define DT_CLI_DOUBTS_H

#include "cli/geojson.h"

/* X(NAME, option) */
#define DT_DOUBTS(X)                \
    X(FAR_AWAY, "far-away")         \
    X(DECIMALS, "decimal-degrees")  \
    X(HIGH, "that-high")            \
    X(LARGE, "that-large")          \
    X(FAST, "that-fast")            \
    X(DURATION, "that-duration")    \
    X(NOT_CLOSED, "not-closed")     \
    X(SHORT_NOTICE, "short-notice") \
    X(LOCAL_TIME, "times-are-utc")

enum dt_doubt {
#define X(name, option) DT_DOUBT_##name,
    DT_DOUBTS(X)
#undef X
        DT_DOUBT_COUNT,
};

/* "far-away": the option that confirms it. */
const char *dt_doubt_option(enum dt_doubt doubt);

/* Whether a remark names a datum that is not WGS84. */
bool dt_names_datum(const char *text);

/* Names of columns and properties that say another datum or a local time. */
DT_MUST_USE enum dt_err dt_doubt_names(const json_t *properties, struct dt_geojson_fault *fault);

/* Given later than the line's charter asks. Not part of dt_doubts(): what was notified in time
 * and comes again is no news. */
DT_MUST_USE enum dt_err dt_doubt_lead(const struct dt_geojson_notice *notice,
                                      const struct dt_geojson_hints *hints,
                                      struct dt_geojson_fault *fault);

/* Positions as the file has them, before any are put between (geojson_edges.h). */
DT_MUST_USE enum dt_err dt_doubt_decimals(const struct dt_notice_plain *plain,
                                          const struct dt_geojson_hints *hints,
                                          struct dt_geojson_fault *fault);

/* The whole notice, judged by its form already. `in_file` is what the file itself says of where
 * its features are; of the places of `hints` the nearest counts. */
DT_MUST_USE enum dt_err dt_doubts(const struct dt_geojson_notice *notice,
                                  const struct dt_point *in_file,
                                  const struct dt_geojson_hints *hints,
                                  struct dt_geojson_fault *fault);

#endif

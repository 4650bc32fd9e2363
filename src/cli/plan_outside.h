/* SPDX-License-Identifier: ISC */
/* plan_outside - foreign bytes through detente-read (src/read/read.h), a process of its own. */
#ifndef DT_CLI_PLAN_OUTSIDE_H
#define DT_CLI_PLAN_OUTSIDE_H

#include "cli/geojson.h"

/* What it wrote, to be released with free(). */
struct dt_outside {
    char *text; /* with a NUL after it */
    size_t size;
    bool reason; /* the text says why there is nothing else: a word, perhaps a number */
};

/* `what` is "xml" or "kmz". IO, NO_MEMORY, TOO_LARGE (too much time or output): nothing is to
 * be released. */
DT_MUST_USE enum dt_err dt_plan_outside(struct dt_outside *out, const char *what, struct dt_span text,
                                        struct dt_geojson_fault *fault);

#endif

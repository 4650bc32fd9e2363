/* SPDX-License-Identifier: ISC */
/*
 * helper - runs a program that stands beside this one (detente-draw, detente-read), so that
 * what it links is never loaded where keys are. It gets no environment and no file but its
 * three standard ones.
 *
 *     bytes -> its standard input;   its standard output -> an open file
 */
#ifndef DT_CLI_HELPER_H
#define DT_CLI_HELPER_H

#include <stddef.h>

#include "base/bytes.h"

enum {
    DT_HELPER_PATH = 4096,
    DT_HELPER_ABSENT = 127, /* could not be run */
    DT_HELPER_ENDED = -1,   /* by a signal, or never started */
};

/* Its exit status, or one of the above. `path` says what was run. */
int dt_helper_run(char path[static DT_HELPER_PATH], const char *name, const char *argument,
                  struct dt_span input, int out);

#endif

/* SPDX-License-Identifier: ISC */
/*
 * wake - an alarm program for `--alarm-exec` that writes down how it was called, in the
 * folder of a rig. One a test program.
 */
#ifndef DT_TESTS_NODE_WAKE_H
#define DT_TESTS_NODE_WAKE_H

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "rig.h"
#include "test.h"

static char wake_program[300], wake_calls[300];

/* Writes the program; `ending` is what the shell does after it wrote its words down. */
static inline void wake_write(const struct rig *r, const char *ending)
{
    snprintf(wake_calls, sizeof wake_calls, "%s/calls", r->dir);
    snprintf(wake_program, sizeof wake_program, "%s/wake", r->dir);
    FILE *f = fopen(wake_program, "w");
    assert_non_null(f);
    fprintf(f, "#!/bin/sh\necho \"$*\" >> '%s'\n%s\n", wake_calls, ending);
    assert_int_equal(fclose(f), 0);
    assert_int_equal(chmod(wake_program, 0700), 0);
}

/* Calls in which both words stand; the last of them in `last` ("" for none), which may be NULL. */
static inline unsigned wake_called(const char *a, const char *b, char *last)
{
    char line[256];
    unsigned found = 0;
    FILE *f = fopen(wake_calls, "r");
    if (last != NULL) {
        last[0] = '\0';
    }
    while (f != NULL && fgets(line, sizeof line, f) != NULL) {
        const bool fits = strstr(line, a) != NULL && strstr(line, b) != NULL;
        found += fits;
        if (fits && last != NULL) {
            memcpy(last, line, sizeof line);
        }
    }
    if (f != NULL) {
        fclose(f);
    }
    return found;
}

#endif

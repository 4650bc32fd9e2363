/* SPDX-License-Identifier: ISC */
/*
 * nearest - which of the known words somebody may have meant who typed another one.
 *
 * It proposes and never acts: on this line a wrong guess could send a record to the wrong
 * party. Thread rules: none.
 */
#ifndef DT_CLI_NEAREST_H
#define DT_CLI_NEAREST_H

#include <stddef.h>

enum { CLI_NEAREST_SIZE = 32 };

struct cli_nearest {
    const char *word;            /* what was typed; borrowed */
    char best[CLI_NEAREST_SIZE]; /* "" while nothing comes near */
    size_t slips;                /* letters wrong, missing, too many or exchanged */
};

/* Before the first word. */
void cli_nearest_begin(struct cli_nearest *n, const char *word);
/* Upper and lower case are alike. Beyond one slip in a short word, and two or three in a
 * longer one, nothing is near. The first of equals stays. */
void cli_nearest_try(struct cli_nearest *n, const char *known, size_t size);

#endif

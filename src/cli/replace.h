/* SPDX-License-Identifier: ISC */
/*
 * replace - a file that others read while we write it: the new one takes the place of the
 * old one whole, after it is on the disk, or the old one stays. "-" is standard output.
 */
#ifndef DT_CLI_REPLACE_H
#define DT_CLI_REPLACE_H

#include "cli/cli.h"

struct cli_replace {
    const char *path; /* borrowed */
    char temporary[4096];
    FILE *file;
};

/* False after an error was said. */
bool cli_replace_open(struct cli *c, struct cli_replace *r, const char *path);
bool cli_replace_close(struct cli *c, struct cli_replace *r);

#endif

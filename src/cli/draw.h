/* SPDX-License-Identifier: ISC */
/*
 * draw - runs detente-draw, the program beside this one that writes XML and pages. It is a
 * program of its own so that no drawing library is loaded where keys are.
 *
 *     JSON value -> its standard input;   its standard output -> the file
 */
#ifndef DT_CLI_DRAW_H
#define DT_CLI_DRAW_H

#include "cli/cli.h"

/* `what` is its argument ("cot", "pdf" …). False after an error was said. */
bool cli_draw(struct cli *c, const char *what, const json_t *value, FILE *out);

#endif

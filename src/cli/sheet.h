/* SPDX-License-Identifier: ISC */
/* sheet - notices on paper: the page that goes out, and what comes back. */
#ifndef DT_CLI_SHEET_H
#define DT_CLI_SHEET_H

#include "cli/cli.h"

int cli_notice_sheet(struct cli *c);
int cli_notice_position(struct cli *c); /* cmd_where.c */    /* notice sheet (cmd_sheet.c) */
int cli_notice_returned(struct cli *c); /* notice returned (cmd_returned.c) */

#endif

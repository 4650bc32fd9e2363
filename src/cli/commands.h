/* SPDX-License-Identifier: ISC */
/* commands - the table of all commands, in the order in which --help teaches them. */
#ifndef DT_CLI_COMMANDS_H
#define DT_CLI_COMMANDS_H

#include "cli/cli.h"

extern const struct cli_command cli_commands[];
extern const size_t cli_command_count;

#endif

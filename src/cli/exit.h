/* SPDX-License-Identifier: ISC */
/*
 * exit - what the program's exit status says. Stable; docs/cli.md has the same list.
 */
#ifndef DT_CLI_EXIT_H
#define DT_CLI_EXIT_H

enum cli_exit {
    CLI_DONE = 0,
    CLI_REFUSED = 1,      /* refused or failed, with a named error */
    CLI_USAGE = 2,        /* the command was not understood; nothing was done */
    CLI_UNIDENTIFIED = 3, /* verify-proof: consistent, signer not identified */
    CLI_UNKNOWN = 4,      /* knowledge of the others is too old to say anything */
    CLI_CONFLICTS = 5,    /* conflicts found */
    CLI_NO_NODE = 6,      /* no node answers */
    CLI_PENDING = 7,      /* written to our log, not stored by all within --timeout */
    CLI_NOT_ON_WATCH = 8, /* an officer on watch is needed, and there is none */
};

#endif

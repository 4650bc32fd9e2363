/* SPDX-License-Identifier: ISC */
/*
 * bundle - the logs of a line in one file, for a member that no network reaches.
 *
 * protocol.md section 7. A bundle carries what a link would: records as signed, their
 * checkpoints, the cosignatures we give, fork proofs. Records and signatures protect
 * themselves, so a bundle may travel by anybody; the hash at its end finds damage before
 * anything of it is looked at. An import is one transaction: all of it, or a named error
 * and nothing.
 *
 * Cost: one or two passes over the file in pieces of DT_BUNDLE_CHUNK_MAX; the node does
 * nothing else meanwhile.
 */
#ifndef DT_NODE_BUNDLE_H
#define DT_NODE_BUNDLE_H

#include "node/state.h"

enum { DT_BUNDLE_CHUNK_MAX = 65536 }; /* bytes of a chunk's payload */

struct dt_bundle_sum {
    uint64_t records;  /* written; or new here */
    uint64_t bytes;    /* of the file */
    uint64_t rejected; /* items that did not fit: another history, a later version */
};

/*
 * Writes all we hold of the line to a new file (0600), or with `to` >= 0 what that
 * member has not been seen to hold. `path` is absolute. DUPLICATE if the file is there;
 * on error nothing is left of it. Commits what the pass has written.
 */
DT_MUST_USE enum dt_err dt_bundle_export(struct dt_line *line, const char *path, int to,
                                         struct dt_bundle_sum *sum);

/*
 * Takes one in and commits.
 *   NO_HOME, IO               no such file; it cannot be read
 *   BAD_TEXT, UNKNOWN_VERSION no bundle, or one of a later version
 *   TRUNCATED, TRAILING, TOO_LARGE, BAD_HASH   damaged
 *   UNKNOWN_LINE, UNKNOWN_WRITER   of no line here; made by nobody on it
 *   NOT_ALLOWED               our own, or of a line we left
 *   STORE ...                 the disk refused
 */
DT_MUST_USE enum dt_err dt_bundle_import(struct dt_node *n, const char *path,
                                         struct dt_bundle_sum *sum);

/* The control requests `export` and `import` (docs/control.md). */
DT_MUST_USE enum dt_err dt_bundle_request(struct dt_node *n, struct dt_client_state *client,
                                          uint64_t re, const char *cmd, struct dt_span request);

#endif

/* SPDX-License-Identifier: ISC */
/*
 * bundle - the logs of a line in one file, for a member that no network reaches.
 *
 * protocol.md section 7. A bundle carries records as signed, their checkpoints, the
 * cosignatures we give, fork proofs. What is signed protects itself, so a bundle may travel by
 * anybody, and be made by anybody: nothing else in it is believed. The hash at its end finds
 * damage before anything of it is looked at.
 *
 * Both ways are work in slices (job.h). An export holds what was durable when it began. An
 * import reads the file twice: to its hash, and then record by record; each slice is in the
 * transaction of its pass, so that a disk that fails on the way leaves what came before, and the
 * same file imported again brings the rest.
 */
#ifndef DT_NODE_BUNDLE_H
#define DT_NODE_BUNDLE_H

#include "node/job.h"

/*
 * The control requests `export` and `import` (docs/control.md). Errors, now or at the end:
 *   DUPLICATE, IO             the file to write is there, or cannot be written: nothing of it stays
 *   BAD_STATE                 another export, import or backup is under way
 *   NO_HOME, IO               no such file to read; it cannot be read
 *   BAD_TEXT, UNKNOWN_VERSION no bundle, or one of a later version
 *   TRUNCATED, TRAILING, TOO_LARGE, BAD_HASH   damaged: nothing of it was taken
 *   UNKNOWN_LINE, UNKNOWN_WRITER   of no line here; made by nobody on it
 *   NOT_ALLOWED               our own, or of a line we left
 *   STORE ...                 the disk refused
 */
DT_MUST_USE enum dt_err dt_bundle_request(struct dt_node *n, struct dt_client_state *client,
                                          uint64_t re, const char *cmd, struct dt_span request);

/* bundle_in.c */
DT_MUST_USE enum dt_err dt_bundle_make_import(struct dt_node *n, const char *path,
                                              struct dt_job **job);

#endif

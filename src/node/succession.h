/* SPDX-License-Identifier: ISC */
/*
 * succession - a backup, and a new writer that goes on where it ends.
 *
 * A backup is a folder in the form of a home (home.h) whose store is marked as a copy: a
 * node refuses to run on it, for going on with an old log would be signing two histories.
 * dt_restore() makes a new home of it: fresh writer, session and reader keys under the
 * party's next free certificate number, and on each line a new log whose OPEN names the
 * last checkpoints known of the party's other logs (protocol.md section 5). What the old
 * installation wrote after the backup comes back from the other members, as its own log.
 *
 * The new certificate is put into the backup, too, so that a second restore of it takes
 * another number. Two copies of one backup still choose the same: whoever gets the second
 * card refuses it by name, and that one is restored again under another number.
 */
#ifndef DT_NODE_SUCCESSION_H
#define DT_NODE_SUCCESSION_H

#include <stdint.h>

#include "base/bytes.h"

struct dt_node;
struct dt_client_state;
struct dt_store;

/* The control request `backup`: copies the running home into the new folder `path`
 * (absolute), as it stands at the end of the work (job.h). DUPLICATE if something is there; on
 * error nothing is left. */
DT_MUST_USE enum dt_err dt_backup_request(struct dt_node *n, struct dt_client_state *client,
                                          uint64_t re, struct dt_span request);

/* BAD_STATE for a store that is a copy. */
DT_MUST_USE enum dt_err dt_store_may_run(struct dt_store *store);

struct dt_restored {
    unsigned number; /* of the new installation */
    unsigned lines;  /* on which it opened a log */
    bool noted;      /* in the backup, that the number is taken */
};

/*
 * Offline: makes the home `to` from the backup (or stopped home) `from`, which stays as it
 * is but for the note of the number. `number` 0 takes the next free one. Peers learn of the new installation from its
 * card, or from its log by way of a member that has the card.
 *
 *   NO_HOME, NOT_ALLOWED   `from` is no home of ours
 *   STORE_BUSY             a node runs on `from`
 *   HOME_EXISTS            `to` is not empty
 *   BAD_PASSPHRASE         of the root, or one the new node's keys cannot have
 *   CAPACITY               all sixteen numbers are used
 *   DUPLICATE              `number` is used
 */
DT_MUST_USE enum dt_err dt_restore(const char *from, const char *to, struct dt_span root_passphrase,
                                   struct dt_span node_passphrase, unsigned number,
                                   int64_t now_ms, struct dt_restored *out);

#endif

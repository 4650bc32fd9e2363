/* SPDX-License-Identifier: ISC */
/*
 * verify - does the disk still hold what the writers signed?
 *
 * Reads a home's store while no node runs on it, trusts nothing in it but the home's own
 * root key, and changes nothing. Checked, line by line: the charter and its line id; of
 * each log the writer's certificate under the charter's root, every header against the
 * tree and the signed checkpoint, every body against its header, stored tree nodes,
 * cosignatures, promises of records that came early, fork proofs; then each fact made
 * again from its record (officers' signatures with it) and compared with the stored one;
 * besides, cards, statements and content keys.
 *
 * Not checked: conflicts (`detente rebuild` makes them again) and small settings.
 *
 * Cost: some 6 us a record, 60 more for each officer's signature; memory does not grow
 * with the records.
 */
#ifndef DT_NODE_VERIFY_H
#define DT_NODE_VERIFY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

struct dt_verify_report {
    /* what was looked at */
    uint64_t lines, logs;
    uint64_t records;   /* in their place in a log */
    uint64_t ahead;     /* held under a promise, before those in front of them */
    uint64_t later;     /* of the records: headers of a later version, kept unread */
    uint64_t invalid;   /* signed by their writer, but without effect for what they say */
    uint64_t absent;    /* without their body: erased, or over quota */
    uint64_t uncovered; /* of our own log, after its last checkpoint */
    uint64_t checkpoints, cosignatures, promises, forks, officers, statements; /* verified */
    /* no fault of the disk: records that say their author saw another root of a log than is
     * held, where no proof of two histories is; `seen`: those compared */
    uint64_t seen, otherwise;
    char otherwise_by[16], otherwise_of[16]; /* of the first: "NORD.1" says it of "SUED.1" */
    uint64_t otherwise_seq, otherwise_size;
    /* what is wrong */
    uint64_t faults;
    enum dt_err fault; /* the first; DT_OK if all is as it was signed */
    /* of the first: "store", "paper", "charter", "log", "certificate", "header", "body",
     * "tree", "checkpoint", "cosignature", "promise", "fork proof", "view", "key" */
    const char *what;
    char line[9];  /* its line's tag; "" for none */
    char log[16];  /* "NORD.1"; "" for none */
    bool has_seq;
    uint64_t seq;
};

/* Told now and then how far it has come, and once at the end. */
typedef void (*dt_verify_progress)(void *ctx, uint64_t done, uint64_t records);

/*
 * Fills *report in every case. Returns report->fault, or what kept it from looking:
 * NO_HOME, NOT_ALLOWED, STORE_BUSY (a node runs there), UNKNOWN_VERSION, STORE,
 * NO_MEMORY. `progress` may be NULL. Passphrases are not needed.
 */
DT_MUST_USE enum dt_err dt_verify_home(const char *home, struct dt_verify_report *report,
                                       dt_verify_progress progress, void *ctx);

#endif

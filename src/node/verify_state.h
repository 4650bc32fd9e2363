/* SPDX-License-Identifier: ISC */
/* verify_state - what verify.c and verify_log.c share; nothing else includes this. */
#ifndef DT_NODE_VERIFY_STATE_H
#define DT_NODE_VERIFY_STATE_H

#include "node/state.h"
#include "node/verify.h"

struct dt_verifying {
    struct dt_verify_report *report;
    struct dt_node *node;  /* home and store only: nothing runs */
    struct dt_line *line;  /* under examination: charter, writers, officers */
    struct dt_store_log *logs; /* all of the line, by wid and branch */
    size_t log_count;
    enum dt_err trouble; /* our own machine's: ends everything */
    dt_verify_progress progress;
    void *ctx;
    uint64_t all; /* records expected */
    struct dt_seen_claim *claims; /* owned; what records say of other logs, not looked at yet */
    size_t claim_count;
    uint64_t keys_listed, keys_seen; /* KEY records: by the view, by the logs */
};

/* Notes a fault; the first one keeps its place. `log` may be NULL, `seq` NULL too. */
void dt_verify_fault(struct dt_verifying *v, enum dt_err err, const char *what,
                     const struct dt_store_log *log, const uint64_t *seq);

/* Takes what a record says that it saw of other logs; looks at all that was taken
 * (verify_seen.c). */
void dt_verify_seen(struct dt_verifying *v, uint16_t by, uint64_t seq, struct dt_span header);
void dt_verify_seen_all(struct dt_verifying *v);

/* Everything about one log (verify_log.c). False after trouble of our own. */
bool dt_verify_log(struct dt_verifying *v, const struct dt_store_log *log);

#endif

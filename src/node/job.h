/* SPDX-License-Identifier: ISC */
/*
 * job - long work in slices, one a turn of the loop, so that records go on meanwhile.
 *
 * Export, import and backup. One at a time: BAD_STATE for a second. A slice is small: some
 * hundred records, or a quarter of a megabyte. The client hears when the last is done;
 * a client that is gone does not end the work.
 */
#ifndef DT_NODE_JOB_H
#define DT_NODE_JOB_H

#include "node/state.h"

/* The first field of what a kind of work needs; allocated by its maker. */
struct dt_job {
    /* One slice; *done when it was the last. An error ends the work. */
    enum dt_err (*step)(struct dt_job *job, bool *done);
    /* Fields of the reply. May be NULL. */
    void (*reply)(const struct dt_job *job, struct dt_object *o);
    /* Takes everything away, the job too; unless `err` is DT_OK also what was made. */
    void (*end)(struct dt_job *job, enum dt_err err);
    struct dt_node *node;
    const char *cmd;
    uint64_t client, re;
    uint64_t rollbacks; /* of the node when it began */
};

/* Takes the job over. Fails, and ends it, if there is one already. */
DT_MUST_USE enum dt_err dt_job_start(struct dt_node *n, struct dt_job *job, const char *cmd,
                                     uint64_t client, uint64_t re);
/* One slice, if there is a job. */
void dt_job_turn(struct dt_node *n);
/* At the end of the node: unfinished work is taken away. */
void dt_job_drop(struct dt_node *n);

/* Says so to the client if there is a job, which a second one would have to wait for. */
bool dt_job_busy(struct dt_node *n, struct dt_client_state *client, uint64_t re);

/* A path in a request: absolute, for the node's folder is not the client's. */
DT_MUST_USE enum dt_err dt_job_path(struct dt_span request, char path[static DT_HOME_PATH_SIZE]);

#endif

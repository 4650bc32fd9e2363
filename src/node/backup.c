/* SPDX-License-Identifier: ISC */
/* A running home into a folder: what dt_restore() goes on from. */
#include <stdlib.h>
#include <string.h>

#include "log/fields.h"
#include "node/job.h"
#include "node/succession.h"

enum { STEP_PAGES = 64 };

struct backup {
    struct dt_job job;
    struct dt_home home;        /* the copy */
    struct dt_store_copy *copy; /* NULL: finished, or not begun */
};

static enum dt_err step(struct dt_job *job, bool *done)
{
    struct backup *b = (struct backup *)job;
    bool all = false;
    dt_node_commit(job->node); /* pages are copied between transactions */
    DT_TRY(dt_store_copy_step(b->copy, STEP_PAGES, &all));
    if (!all) {
        return DT_OK;
    }
    const enum dt_err err = dt_store_copy_finish(b->copy);
    b->copy = NULL;
    DT_TRY(err);
    *done = true;
    return dt_home_establish(&b->home);
}

static void finish(struct dt_job *job, enum dt_err err)
{
    struct backup *b = (struct backup *)job;
    if (b->copy != NULL) {
        dt_store_copy_abandon(b->copy);
    }
    if (err != DT_OK) {
        dt_home_discard(b->home.path);
    }
    dt_wipe(b, sizeof *b);
    free(b);
}

/* The small files at once, the store in steps. */
static enum dt_err make_backup(struct dt_node *n, const char *path, struct dt_job **job)
{
    char db[DT_HOME_PATH_SIZE];
    struct backup *b = calloc(1, sizeof *b);
    if (b == NULL || strlen(path) + 16 > sizeof b->home.path) {
        free(b);
        return b == NULL ? DT_ERR_NO_MEMORY : DT_ERR_TOO_LARGE;
    }
    b->job = (struct dt_job){.step = step, .end = finish};
    b->home = n->home;
    memset(b->home.path, 0, sizeof b->home.path);
    memcpy(b->home.path, path, strlen(path));
    dt_node_commit(n);
    enum dt_err err = dt_home_copy(&n->home, path, true);
    if (err == DT_ERR_HOME_EXISTS) {
        free(b); /* whatever is there is not ours to remove */
        return DT_ERR_DUPLICATE;
    }
    err = err == DT_OK ? dt_home_file(db, &b->home, "detente.db") : err;
    err = err == DT_OK ? dt_store_copy_begin(n->store, db, &b->copy) : err;
    if (err != DT_OK) {
        finish(&b->job, err);
        return err;
    }
    *job = &b->job;
    return DT_OK;
}

enum dt_err dt_backup_request(struct dt_node *n, struct dt_client_state *client, uint64_t re,
                              struct dt_span request)
{
    char path[DT_HOME_PATH_SIZE];
    struct dt_job *job = NULL;
    const uint64_t id = client->id;
    DT_TRY(dt_job_path(request, path));
    if (dt_job_busy(n, client, re)) {
        return DT_OK;
    }
    DT_TRY(make_backup(n, path, &job));
    return dt_job_start(n, job, "backup", id, re);
}

enum dt_err dt_store_may_run(struct dt_store *store)
{
    uint8_t mark[8];
    size_t size = 0;
    const enum dt_err err = dt_store_meta_get(store, DT_STORE_META_COPY, mark, sizeof mark, &size);
    return err == DT_ERR_UNKNOWN_RECORD ? DT_OK : err == DT_OK ? DT_ERR_BAD_STATE : err;
}

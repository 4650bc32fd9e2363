/* SPDX-License-Identifier: ISC */
#include "node/job.h"

#include <string.h>

#include "log/fields.h"
#include "node/query.h"

enum dt_err dt_job_start(struct dt_node *n, struct dt_job *job, const char *cmd,
                         uint64_t client, uint64_t re)
{
    if (n->job != NULL) {
        job->end(job, DT_ERR_BAD_STATE);
        return DT_ERR_BAD_STATE;
    }
    job->node = n;
    job->cmd = cmd;
    job->client = client;
    job->re = re;
    job->rollbacks = n->rollbacks;
    n->job = job;
    return DT_OK;
}

static void finish(struct dt_node *n, enum dt_err err)
{
    struct dt_job *job = n->job;
    struct dt_client_state *client = dt_control_client(n, job->client);
    struct dt_object o;
    n->job = NULL;
    if (client != NULL && err != DT_OK) {
        dt_control_error(n, client, job->re, err, job->cmd);
    } else if (client != NULL) {
        dt_reply_begin(&o, job->re);
        if (job->reply != NULL) {
            job->reply(job, &o);
        }
        dt_obj_end(&o);
        dt_control_send(n, client, &o);
    }
    job->end(job, err);
}

void dt_job_turn(struct dt_node *n)
{
    bool done = false;
    if (n->job == NULL) {
        return;
    }
    const enum dt_err err = n->job->step(n->job, &done);
    if (err != DT_OK || done) {
        finish(n, err);
    }
}

void dt_job_drop(struct dt_node *n)
{
    if (n->job != NULL) {
        n->job->end(n->job, DT_ERR_BAD_STATE);
        n->job = NULL;
    }
}

bool dt_job_busy(struct dt_node *n, struct dt_client_state *client, uint64_t re)
{
    if (n->job != NULL) {
        dt_control_error(n, client, re, DT_ERR_BAD_STATE,
                         "another export, import or backup is under way; try again after it");
    }
    return n->job != NULL;
}

enum dt_err dt_job_path(struct dt_span request, char path[static DT_HOME_PATH_SIZE])
{
    struct dt_cbor c = dt_cbor_need_text(request, "path");
    const struct dt_span text = dt_cbor_text(&c, DT_HOME_PATH_SIZE - 1);
    DT_TRY(dt_cbor_error(&c));
    memcpy(path, text.data, text.size);
    path[text.size] = '\0';
    return path[0] == '/' && strlen(path) == text.size ? DT_OK : DT_ERR_USAGE;
}

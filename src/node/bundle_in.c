/* SPDX-License-Identifier: ISC */
/* Reading a bundle: once to know that it is whole, once to take it in. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "log/fields.h"
#include "node/bundle.h"
#include "node/bundle_file.h"
#include "node/query.h"
#include "sync/state.h"

enum { CHECK_CHUNKS = 16, TAKE_CHUNKS = 4 }; /* a slice */

struct bundle_in {
    struct dt_job job;
    FILE *file;
    struct dt_bundle_reader reader;
    struct dt_line *line; /* from the first chunk on */
    bool feeding;         /* the second time */
};

/* --- one chunk --------------------------------------------------------------------- */

/* The first item says who made the file. That is a name for people, and nothing is believed
 * for it; but we do not read our own, and a party not on the line made no bundle of it. */
static enum dt_err learn(const struct bundle_in *in, struct dt_reader r)
{
    const uint8_t type = dt_read_u8(&r);
    const uint64_t wid = dt_read_varint(&r);
    if (r.err != DT_OK || type != DT_ITEM_CHECKPOINT ||
        wid >= in->line->charter->member_count * DT_WRITERS_MAX) {
        return DT_ERR_UNKNOWN_WRITER;
    }
    return wid == in->line->wid || in->line->state == DT_LINE_LEFT ? DT_ERR_NOT_ALLOWED : DT_OK;
}

static enum dt_err take_chunk(struct bundle_in *in, struct dt_span payload)
{
    struct dt_node *n = in->job.node;
    struct dt_reader r = dt_reader(payload);
    const uint32_t tag = dt_read_u32(&r);
    struct dt_line *line = r.err == DT_OK ? dt_line_by_tag(n, tag) : NULL;
    if (line == NULL || (in->line != NULL && line != in->line)) {
        return DT_ERR_UNKNOWN_LINE;
    }
    if (in->line == NULL) {
        in->line = line;
        DT_TRY(learn(in, r));
    }
    if (!in->feeding) {
        return DT_OK;
    }
    const enum dt_err err =
        dt_sync_file_receive(&line->sync, dt_node_now_us(), dt_span(r.at, r.left));
    if (err != DT_OK && n->write_err == DT_OK) {
        n->write_err = err;
    }
    return err;
}

/* --- the work ------------------------------------------------------------------------ */

/* Whole and of a line of ours: now it is taken in. */
static enum dt_err begin_feeding(struct bundle_in *in)
{
    if (in->line == NULL) {
        return DT_ERR_TRUNCATED;
    }
    in->feeding = true;
    DT_TRY(dt_sync_file_begin(&in->line->sync));
    return dt_bundle_reader_begin(&in->reader, in->file);
}

/* What the last slice staged is not yet durable. */
static enum dt_err end_feeding(const struct bundle_in *in)
{
    struct dt_node *n = in->job.node;
    dt_node_commit(n);
    return n->rollbacks == in->job.rollbacks ? DT_OK : n->rolled_back_for;
}

static enum dt_err step(struct dt_job *job, bool *done)
{
    struct bundle_in *in = (struct bundle_in *)job;
    struct dt_node *n = job->node;
    if (in->feeding && n->rollbacks != job->rollbacks) {
        return n->rolled_back_for; /* a part of it may be among what is gone */
    }
    for (unsigned i = 0; i < (in->feeding ? TAKE_CHUNKS : CHECK_CHUNKS); i++) {
        struct dt_span payload;
        bool last = false;
        DT_TRY(dt_bundle_reader_next(&in->reader, &payload, &last));
        if (!last) {
            DT_TRY(take_chunk(in, payload));
        } else if (in->feeding) {
            *done = true;
            return end_feeding(in);
        } else {
            return begin_feeding(in);
        }
    }
    return DT_OK;
}

static void reply(const struct dt_job *job, struct dt_object *o)
{
    const struct bundle_in *in = (const struct bundle_in *)job;
    const struct dt_sync_file_sum *sum = &in->line->sync.file_sum;
    dt_put_uint(o, "records", sum->records);
    dt_put_uint(o, "bytes", in->reader.bytes);
    dt_put_uint(o, "cosignatures", sum->cosignatures);
    dt_put_uint(o, "rejected", sum->rejected);
    dt_put_uint(o, "ignored", sum->ignored);
}

static void finish(struct dt_job *job, enum dt_err err)
{
    struct bundle_in *in = (struct bundle_in *)job;
    (void)err;
    if (in->feeding) {
        dt_sync_file_end(&in->line->sync);
    }
    dt_bundle_reader_end(&in->reader);
    if (in->file != NULL) {
        fclose(in->file);
    }
    free(in);
}

enum dt_err dt_bundle_make_import(struct dt_node *n, const char *path, struct dt_job **job)
{
    struct bundle_in *in = calloc(1, sizeof *in);
    if (in == NULL) {
        return DT_ERR_NO_MEMORY;
    }
    in->job = (struct dt_job){.step = step, .reply = reply, .end = finish, .node = n};
    in->file = fopen(path, "rbe");
    enum dt_err err = in->file != NULL ? DT_OK : errno == ENOENT ? DT_ERR_NO_HOME : DT_ERR_IO;
    err = err == DT_OK ? dt_bundle_reader_begin(&in->reader, in->file) : err;
    if (err != DT_OK) {
        finish(&in->job, err);
        return err;
    }
    *job = &in->job;
    return DT_OK;
}

/* SPDX-License-Identifier: ISC */
/* Reading a bundle: once to know that it is whole, once to take it in. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "log/fields.h"
#include "node/bundle.h"
#include "node/bundle_file.h"
#include "sync/state.h"

struct bundle_in {
    struct dt_node *node;
    FILE *file;
    struct dt_line *line; /* from the first chunk on */
    uint16_t from;        /* who made it */
    uint64_t bytes;
    bool feeding; /* the second time */
    uint8_t chunk[4 + DT_BUNDLE_CHUNK_MAX];
};

/* --- one chunk --------------------------------------------------------------------- */

/* The first item names who made the file: its own checkpoint. */
static enum dt_err learn(struct bundle_in *in, struct dt_reader r)
{
    const uint8_t type = dt_read_u8(&r);
    const uint64_t wid = dt_read_varint(&r);
    if (r.err != DT_OK || type != DT_ITEM_CHECKPOINT ||
        wid >= in->line->charter->member_count * DT_WRITERS_MAX) {
        return DT_ERR_UNKNOWN_WRITER;
    }
    if (wid == in->line->wid || in->line->state == DT_LINE_LEFT) {
        return DT_ERR_NOT_ALLOWED;
    }
    in->from = (uint16_t)wid;
    return DT_OK;
}

static enum dt_err take_chunk(struct bundle_in *in, struct dt_span payload)
{
    struct dt_reader r = dt_reader(payload);
    const uint32_t tag = dt_read_u32(&r);
    struct dt_line *line = r.err == DT_OK ? dt_line_by_tag(in->node, tag) : NULL;
    if (line == NULL || (in->line != NULL && line != in->line)) {
        return DT_ERR_UNKNOWN_LINE;
    }
    if (in->line == NULL) {
        in->line = line;
        DT_TRY(learn(in, r));
    }
    return in->feeding ? dt_sync_receive(&line->sync, in->from, dt_node_now_us(),
                                         dt_span(r.at, r.left))
                       : DT_OK;
}

/* --- the file ------------------------------------------------------------------------- */

static enum dt_err get(struct bundle_in *in, void *out, size_t size)
{
    const size_t got = fread(out, 1, size, in->file);
    in->bytes += got;
    if (got < size) {
        return ferror(in->file) ? DT_ERR_IO : DT_ERR_TRUNCATED;
    }
    return DT_OK;
}

static enum dt_err check_head(struct bundle_in *in)
{
    char head[sizeof DT_BUNDLE_HEAD - 1];
    enum { NAME_SIZE = sizeof "DETENTE-BUNDLE-" - 1 };
    if (get(in, head, sizeof head) != DT_OK || memcmp(head, DT_BUNDLE_HEAD, NAME_SIZE) != 0) {
        return ferror(in->file) ? DT_ERR_IO : DT_ERR_BAD_TEXT;
    }
    return memcmp(head, DT_BUNDLE_HEAD, sizeof head) == 0 ? DT_OK : DT_ERR_UNKNOWN_VERSION;
}

static enum dt_err take_chunks(struct bundle_in *in, struct dt_hashing *hash)
{
    for (;;) {
        DT_TRY(get(in, in->chunk, 4));
        struct dt_reader r = dt_reader(dt_span(in->chunk, 4));
        const uint32_t size = dt_read_u32(&r);
        if (size == 0) {
            return DT_OK;
        }
        if (size > DT_BUNDLE_CHUNK_MAX) {
            return DT_ERR_TOO_LARGE;
        }
        DT_TRY(get(in, in->chunk + 4, size));
        dt_hashing_add(hash, dt_span(in->chunk, 4 + (size_t)size));
        DT_TRY(take_chunk(in, dt_span(in->chunk + 4, size)));
    }
}

/* From the first byte to the last, which must be the last. */
static enum dt_err pass(struct bundle_in *in)
{
    uint8_t said[DT_HASH_SIZE], found[DT_HASH_SIZE];
    rewind(in->file);
    in->bytes = 0;
    DT_TRY(check_head(in));
    struct dt_hashing *hash = dt_hashing_begin(DT_BUNDLE_LABEL);
    enum dt_err err = hash != NULL ? take_chunks(in, hash) : DT_ERR_NO_MEMORY;
    dt_hashing_end(hash, found);
    err = err == DT_OK ? get(in, said, sizeof said) : err;
    if (err == DT_OK && memcmp(said, found, sizeof said) != 0) {
        err = DT_ERR_BAD_HASH;
    }
    if (err == DT_OK && fgetc(in->file) != EOF) {
        err = DT_ERR_TRAILING;
    }
    return err == DT_OK && in->line == NULL ? DT_ERR_TRUNCATED : err;
}

/* --- taking it in ------------------------------------------------------------------------ */

static uint64_t held(const struct dt_sync *s)
{
    uint64_t records = 0;
    for (size_t i = 0; i < s->log_count; i++) {
        records += s->logs[i]->size;
    }
    return records;
}

static uint64_t rejects(const struct dt_sync *s)
{
    uint64_t count = 0;
    for (size_t i = 0; i < DT_ERR_COUNT; i++) {
        count += s->rejects[i];
    }
    return count;
}

/* One transaction. What failed in it is rolled back with it. */
static enum dt_err feed(struct bundle_in *in, struct dt_bundle_sum *sum)
{
    struct dt_node *n = in->node;
    struct dt_sync *s = &in->line->sync;
    dt_node_commit(n);
    const uint64_t before = held(s), refused = rejects(s);
    struct dt_sync_peer *p = dt_sync_find_peer(s, in->from);
    if (p == NULL) { /* a member we have no link to */
        DT_TRY(dt_sync_add_peer(s, in->from, 0));
        p = dt_sync_find_peer(s, in->from);
    }
    in->feeding = true;
    in->line = NULL;
    const enum dt_err err = pass(in);
    if (err != DT_OK && n->write_err == DT_OK) {
        n->write_err = err;
    }
    const uint64_t staged = held(s);
    dt_node_commit(n);
    if (!p->up) {
        dt_sync_peer_down(s, in->from); /* nobody will send the rest */
    }
    sum->records = held(s) - before;
    sum->rejected = rejects(s) - refused;
    sum->bytes = in->bytes;
    return err != DT_OK ? err : held(s) < staged ? DT_ERR_STORE : DT_OK;
}

enum dt_err dt_bundle_import(struct dt_node *n, const char *path, struct dt_bundle_sum *sum)
{
    *sum = (struct dt_bundle_sum){0};
    struct bundle_in *in = calloc(1, sizeof *in);
    if (in == NULL) {
        return DT_ERR_NO_MEMORY;
    }
    in->node = n;
    in->file = fopen(path, "rbe");
    enum dt_err err = in->file != NULL ? DT_OK : errno == ENOENT ? DT_ERR_NO_HOME : DT_ERR_IO;
    err = err == DT_OK ? pass(in) : err;
    err = err == DT_OK ? feed(in, sum) : err;
    if (in->file != NULL) {
        fclose(in->file);
    }
    free(in);
    return err;
}

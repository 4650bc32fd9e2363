/* SPDX-License-Identifier: ISC */
/* Writing a bundle, and the requests. Reading one: bundle_in.c. */
#include "node/bundle.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "log/fields.h"
#include "node/bundle_file.h"
#include "node/query.h"
#include "sync/state.h"

enum {
    ITEM_MAX = 32768,  /* bytes of records in one item */
    SIGN_EVERY = 256,  /* records: a reader need not hold more without a signature */
    RECORDS_MAX = 256, /* in one item */
};

struct bundle_out {
    struct dt_line *line;
    int fd;
    struct dt_hashing *hash;
    struct dt_bundle_sum *sum;
    uint8_t chunk[4 + DT_BUNDLE_CHUNK_MAX]; /* length, tag, items */
    uint8_t content[ITEM_MAX];
};

/* --- bytes ------------------------------------------------------------------- */

static enum dt_err put(struct bundle_out *out, struct dt_span bytes)
{
    while (bytes.size > 0) {
        const ssize_t n = write(out->fd, bytes.data, bytes.size);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n <= 0) {
            return DT_ERR_IO;
        }
        bytes = dt_span(bytes.data + n, bytes.size - (size_t)n);
        out->sum->bytes += (uint64_t)n;
    }
    return DT_OK;
}

/* A chunk under way: room for its length, then the line's tag. */
static struct dt_writer begin(struct bundle_out *out)
{
    struct dt_writer w = dt_writer(out->chunk, sizeof out->chunk);
    dt_write_u32(&w, 0);
    dt_write_bytes(&w, out->line->charter->id, 4);
    return w;
}

static enum dt_err end(struct bundle_out *out, const struct dt_writer *w)
{
    if (w->overflowed) {
        return DT_ERR_TOO_LARGE;
    }
    struct dt_writer length = dt_writer(out->chunk, 4);
    dt_write_u32(&length, (uint32_t)(w->size - 4));
    dt_hashing_add(out->hash, dt_written(w));
    return put(out, dt_written(w));
}

/* --- items --------------------------------------------------------------------- */

static enum dt_err checkpoint_at(struct dt_line *line, struct dt_sync_log *log, uint64_t size,
                                 struct dt_checkpoint *c)
{
    *c = (struct dt_checkpoint){.size = size};
    memcpy(c->line_id, line->charter->id, DT_HASH_SIZE);
    memcpy(c->writer, log->writer, DT_PUBLIC_SIZE);
    DT_TRY(dt_sync_root_at(&line->sync, log, size, c->root));
    if (size == log->size) {
        memcpy(c->signature, log->signature, DT_SIGNATURE_SIZE);
    } else {
        dt_checkpoint_sign(c, line->node->keys.writer); /* only asked of our own log */
    }
    return DT_OK;
}

/* One record in signed form at the end of `w`; false, and nothing written, if it does
 * not fit. */
static bool put_record(struct dt_writer *w, const struct dt_stored *r)
{
    const struct dt_writer before = *w;
    size_t prefix = 0;
    if (r->absent || dt_header_prefix(&prefix, r->header) != DT_OK) {
        dt_write_u8(w, DT_FORM_ABSENT);
        dt_write_bytes(w, r->header.data, r->header.size);
    } else {
        dt_write_u8(w, DT_FORM_SIGNED);
        dt_write_bytes(w, r->header.data, prefix);
        dt_write_varint(w, r->body.size);
        dt_write_bytes(w, r->body.data, r->body.size);
    }
    if (w->overflowed) {
        *w = before;
        return false;
    }
    return true;
}

/* Records from `first` on, as many as one item takes, signed if they reach `end_`. */
static enum dt_err put_records(struct bundle_out *out, struct dt_sync_log *log, uint64_t *first,
                               uint64_t end_)
{
    struct dt_line *line = out->line;
    struct dt_writer content = dt_writer(out->content, sizeof out->content);
    uint64_t count = 0;
    while (*first + count < end_ && count < RECORDS_MAX) {
        struct dt_stored record;
        if (!line->sync.host.get(line, log->wid, *first + count, &record)) {
            return DT_ERR_STORE_DAMAGED;
        }
        if (!put_record(&content, &record)) {
            break;
        }
        count++;
    }
    const bool is_signed = *first + count == end_;
    struct dt_writer w = begin(out);
    dt_write_u8(&w, is_signed ? DT_ITEM_RECORDS : DT_ITEM_UNSIGNED);
    dt_write_varint(&w, log->wid);
    dt_write_varint(&w, *first);
    dt_write_varint(&w, count);
    dt_write_bytes(&w, out->content, content.size);
    if (is_signed) {
        struct dt_checkpoint c;
        DT_TRY(checkpoint_at(line, log, end_, &c));
        dt_write_bytes(&w, c.signature, DT_SIGNATURE_SIZE);
    }
    *first += count;
    out->sum->records += count;
    return end(out, &w);
}

static enum dt_err put_log(struct bundle_out *out, struct dt_sync_log *log, uint64_t first)
{
    while (first < log->durable) {
        const uint64_t next = (first / SIGN_EVERY + 1) * SIGN_EVERY;
        uint64_t size = log->durable;
        if (log->own && next < log->durable) {
            size = next;
        } else if (!log->own) {
            uint8_t signature[DT_SIGNATURE_SIZE];
            (void)out->line->sync.host.get_checkpoint(out->line, log->wid, first, log->durable,
                                                      &size, signature);
        }
        while (first < size) {
            DT_TRY(put_records(out, log, &first, size));
        }
    }
    return DT_OK;
}

static void put_cosignature(struct bundle_out *out, struct dt_writer *w,
                            const struct dt_checkpoint *c, uint16_t wid)
{
    struct dt_line *line = out->line;
    const uint32_t now = (uint32_t)(dt_now_ms() / 1000);
    struct dt_cosignature s = {.time_s = now};
    memcpy(s.writer, line->sync.own_key, DT_PUBLIC_SIZE);
    dt_cosign(&s, c, line->node->keys.writer);
    dt_write_u8(w, DT_ITEM_COSIGNATURE);
    dt_write_varint(w, wid);
    dt_write_varint(w, c->size);
    dt_write_varint(w, line->wid);
    dt_write_u32(w, now);
    dt_write_bytes(w, s.signature, DT_SIGNATURE_SIZE);
}

/* What we say of a log: that it is durable here, with which root, and that it forked. */
static enum dt_err put_word(struct bundle_out *out, struct dt_sync_log *log)
{
    struct dt_line *line = out->line;
    uint8_t proof[DT_FORK_SIZE_MAX];
    struct dt_checkpoint c;
    struct dt_writer w = begin(out);
    DT_TRY(checkpoint_at(line, log, log->size, &c));
    dt_write_u8(&w, DT_ITEM_CONTESTED);
    dt_write_varint(&w, log->wid);
    dt_write_varint(&w, c.size);
    dt_write_bytes(&w, c.root, DT_HASH_SIZE);
    dt_write_bytes(&w, c.signature, DT_SIGNATURE_SIZE);
    if (!log->own) {
        put_cosignature(out, &w, &c, log->wid);
    }
    const size_t size =
        log->forked ? line->sync.host.get_fork(line, log->wid, proof, sizeof proof) : 0;
    if (size > 0) {
        dt_write_u8(&w, DT_ITEM_FORK);
        dt_write_varint(&w, size);
        dt_write_bytes(&w, proof, size);
    }
    return end(out, &w);
}

/* --- the whole file ----------------------------------------------------------------- */

/* What any installation of that member has told us, or been told and confirmed. */
static uint64_t held_by(const struct dt_line *line, int member, uint16_t wid)
{
    uint64_t most = 0;
    for (size_t i = 0; member >= 0 && i < line->sync.peer_count; i++) {
        const struct dt_sync_peer *p = line->sync.peers[i];
        const struct dt_peer_log *pl = dt_peer_log_find(p, wid);
        if ((int)dt_wid_member(p->wid) == member && pl != NULL && pl->has > most) {
            most = pl->has;
        }
    }
    return most;
}

static void put_heads(const struct dt_sync *s, struct dt_writer *w)
{
    dt_write_u8(w, DT_ITEM_HEADS);
    dt_write_varint(w, s->log_count);
    for (size_t i = 0; i < s->log_count; i++) {
        dt_write_varint(w, s->logs[i]->wid);
        dt_write_varint(w, s->logs[i]->durable);
        dt_write_varint(w, 0);
        dt_write_varint(w, 0); /* no extras: what is ahead comes by its own log */
    }
}

/* Our own checkpoint comes first: it says who made the file. Our log is next, for what we
 * cosign counts only with a reader that knows us. */
static enum dt_err put_line(struct bundle_out *out, int to)
{
    struct dt_sync *s = &out->line->sync;
    struct dt_sync_log *own = dt_sync_find_log(s, s->me);
    if (own == NULL || own->size == 0) {
        return DT_ERR_BAD_STATE;
    }
    struct dt_writer w = begin(out);
    dt_write_u8(&w, DT_ITEM_CHECKPOINT);
    dt_write_varint(&w, own->wid);
    dt_write_varint(&w, own->size);
    dt_write_bytes(&w, own->signature, DT_SIGNATURE_SIZE);
    put_heads(s, &w);
    DT_TRY(end(out, &w));
    DT_TRY(put_log(out, own, held_by(out->line, to, own->wid)));
    for (size_t i = 0; i < s->log_count; i++) {
        struct dt_sync_log *log = s->logs[i];
        if (!log->own && log->known && (int)dt_wid_member(log->wid) != to) {
            DT_TRY(put_log(out, log, held_by(out->line, to, log->wid)));
        }
    }
    for (size_t i = 0; i < s->log_count; i++) {
        if (s->logs[i]->known && s->logs[i]->size > 0) {
            DT_TRY(put_word(out, s->logs[i]));
        }
    }
    return DT_OK;
}

static enum dt_err put_file(struct bundle_out *out, int to)
{
    uint8_t last[4 + DT_HASH_SIZE] = {0};
    out->hash = dt_hashing_begin(DT_BUNDLE_LABEL);
    if (out->hash == NULL) {
        return DT_ERR_NO_MEMORY;
    }
    enum dt_err err = put(out, dt_span(DT_BUNDLE_HEAD, sizeof DT_BUNDLE_HEAD - 1));
    err = err == DT_OK ? put_line(out, to) : err;
    dt_hashing_end(out->hash, last + 4);
    err = err == DT_OK ? put(out, dt_span(last, sizeof last)) : err;
    return err == DT_OK && fsync(out->fd) != 0 ? DT_ERR_IO : err;
}

enum dt_err dt_bundle_export(struct dt_line *line, const char *path, int to,
                             struct dt_bundle_sum *sum)
{
    struct bundle_out *out = malloc(sizeof *out);
    *sum = (struct dt_bundle_sum){0};
    if (out == NULL) {
        return DT_ERR_NO_MEMORY;
    }
    dt_node_commit(line->node); /* only what is durable goes out */
    out->line = line;
    out->sum = sum;
    out->fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    enum dt_err err = out->fd >= 0 ? DT_OK : errno == EEXIST ? DT_ERR_DUPLICATE : DT_ERR_IO;
    if (err == DT_OK) {
        err = put_file(out, to);
        err = close(out->fd) != 0 && err == DT_OK ? DT_ERR_IO : err;
        if (err != DT_OK) {
            (void)unlink(path);
        }
    }
    free(out);
    return err;
}

/* --- requests --------------------------------------------------------------------------- */

static enum dt_err get_path(struct dt_span request, char path[static DT_HOME_PATH_SIZE])
{
    struct dt_cbor c = dt_cbor_need_text(request, "path");
    const struct dt_span text = dt_cbor_text(&c, DT_HOME_PATH_SIZE - 1);
    DT_TRY(dt_cbor_error(&c));
    memcpy(path, text.data, text.size);
    path[text.size] = '\0';
    /* The node's folder is not the client's. */
    return path[0] == '/' && strlen(path) == text.size ? DT_OK : DT_ERR_USAGE;
}

static enum dt_err get_member(const struct dt_line *line, struct dt_span request, int *member)
{
    struct dt_cbor c;
    char code[DT_CODE_MAX + 1];
    *member = -1;
    if (!dt_cbor_find_text(request, "to", &c)) {
        return DT_OK;
    }
    const struct dt_span text = dt_cbor_text(&c, DT_CODE_MAX);
    DT_TRY(dt_cbor_error(&c));
    memcpy(code, text.data, text.size);
    code[text.size] = '\0';
    *member = dt_charter_find_code(line->charter, code);
    return *member >= 0 ? DT_OK : DT_ERR_UNKNOWN_PARTY;
}

static enum dt_err get_line(struct dt_node *n, struct dt_span request, struct dt_line **line)
{
    struct dt_cbor c;
    *line = n->line_count == 1 ? n->lines[0] : NULL;
    if (dt_cbor_find_text(request, "line", &c)) {
        const struct dt_span id = dt_cbor_bytes(&c, DT_HASH_SIZE, DT_HASH_SIZE);
        DT_TRY(dt_cbor_error(&c));
        *line = dt_line_by_id(n, id.data);
    }
    return *line != NULL ? DT_OK : DT_ERR_UNKNOWN_LINE;
}

enum dt_err dt_bundle_request(struct dt_node *n, struct dt_client_state *client, uint64_t re,
                              const char *cmd, struct dt_span request)
{
    char path[DT_HOME_PATH_SIZE];
    struct dt_bundle_sum sum;
    struct dt_line *line = NULL;
    struct dt_object o;
    int to = -1;
    const uint64_t id = client->id;
    DT_TRY(get_path(request, path));
    if (strcmp(cmd, "export") == 0) {
        DT_TRY(get_line(n, request, &line));
        DT_TRY(get_member(line, request, &to));
        DT_TRY(dt_bundle_export(line, path, to, &sum));
    } else {
        DT_TRY(dt_bundle_import(n, path, &sum));
    }
    client = dt_control_client(n, id); /* a commit may have dropped it */
    if (client == NULL) {
        return DT_OK;
    }
    dt_reply_begin(&o, re);
    dt_put_uint(&o, "records", sum.records);
    dt_put_uint(&o, "bytes", sum.bytes);
    dt_put_uint(&o, "rejected", sum.rejected);
    dt_obj_end(&o);
    dt_control_send(n, client, &o);
    return DT_OK;
}

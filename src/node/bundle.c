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
#include "node/job.h"
#include "node/query.h"
#include "sync/state.h"

enum {
    ITEM_MAX = 32768,  /* bytes of records in one item */
    SIGN_EVERY = 256,  /* records: a reader need not hold more without a signature */
    RECORDS_MAX = 256, /* in one item */
    SYNC_EVERY = 4 << 20, /* bytes */
};

/* What of one log goes out: up to where it stood when the export began. */
struct log_out {
    uint16_t wid;
    uint64_t next;  /* record to write next */
    uint64_t piece; /* end of the piece under way, which is signed */
    uint64_t end;
    uint8_t piece_signature[DT_SIGNATURE_SIZE]; /* of another's log */
    uint8_t signature[DT_SIGNATURE_SIZE];       /* at `end` */
};

struct bundle_out {
    struct dt_job job;
    struct dt_line *line;
    char path[DT_HOME_PATH_SIZE];
    int fd;
    struct dt_hashing *hash;
    struct log_out *logs; /* our own first */
    size_t log_count;
    size_t records_at, words_at; /* of them: the next to write records, and our word, of */
    int to;
    uint64_t records, bytes, synced;
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
        out->bytes += (uint64_t)n;
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

/* Our own log we can sign at any size. */
static enum dt_err sign_own(struct dt_line *line, struct dt_sync_log *log, uint64_t size,
                            uint8_t signature[static DT_SIGNATURE_SIZE])
{
    struct dt_checkpoint c = {.size = size};
    memcpy(c.line_id, line->charter->id, DT_HASH_SIZE);
    memcpy(c.writer, log->writer, DT_PUBLIC_SIZE);
    DT_TRY(dt_sync_root_at(&line->sync, log, size, c.root));
    dt_checkpoint_sign(&c, line->node->keys.writer);
    memcpy(signature, c.signature, DT_SIGNATURE_SIZE);
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

/* The next records of a piece, as many as one item takes, signed if they reach its end. */
static enum dt_err put_records(struct bundle_out *out, struct dt_sync_log *log, struct log_out *lo)
{
    struct dt_line *line = out->line;
    struct dt_writer content = dt_writer(out->content, sizeof out->content);
    uint64_t count = 0;
    while (lo->next + count < lo->piece && count < RECORDS_MAX) {
        struct dt_stored record;
        if (!line->sync.host.get(line, log->wid, lo->next + count, &record)) {
            return DT_ERR_STORE_DAMAGED;
        }
        if (!put_record(&content, &record)) {
            break;
        }
        count++;
    }
    const bool is_signed = lo->next + count == lo->piece;
    struct dt_writer w = begin(out);
    dt_write_u8(&w, is_signed ? DT_ITEM_RECORDS : DT_ITEM_UNSIGNED);
    dt_write_varint(&w, log->wid);
    dt_write_varint(&w, lo->next);
    dt_write_varint(&w, count);
    dt_write_bytes(&w, out->content, content.size);
    if (is_signed) {
        if (log->own) {
            DT_TRY(sign_own(line, log, lo->piece, lo->piece_signature));
        }
        dt_write_bytes(&w, lo->piece_signature, DT_SIGNATURE_SIZE);
    }
    lo->next += count;
    out->records += count;
    return end(out, &w);
}

/* Where the next piece ends: a reader need not hold more without a signature. */
static void next_piece(struct bundle_out *out, const struct dt_sync_log *log, struct log_out *lo)
{
    const uint64_t next = (lo->next / SIGN_EVERY + 1) * SIGN_EVERY;
    if (log->own) {
        lo->piece = next < lo->end ? next : lo->end;
    } else if (!out->line->sync.host.get_checkpoint(out->line, log->wid, lo->next, lo->end,
                                                    &lo->piece, lo->piece_signature)) {
        lo->piece = lo->end;
        memcpy(lo->piece_signature, lo->signature, DT_SIGNATURE_SIZE);
    }
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
static enum dt_err put_word(struct bundle_out *out, const struct log_out *lo)
{
    struct dt_line *line = out->line;
    struct dt_sync_log *log = dt_sync_find_log(&line->sync, lo->wid);
    uint8_t proof[DT_FORK_SIZE_MAX];
    struct dt_checkpoint c = {.size = lo->end};
    struct dt_writer w = begin(out);
    memcpy(c.line_id, line->charter->id, DT_HASH_SIZE);
    memcpy(c.writer, log->writer, DT_PUBLIC_SIZE);
    memcpy(c.signature, lo->signature, DT_SIGNATURE_SIZE);
    DT_TRY(dt_sync_root_at(&line->sync, log, lo->end, c.root));
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

/* What any installation of that member has told us, or has signed. */
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

/* Our own log is the first: what we cosign counts only with a reader that knows us. */
static enum dt_err list_logs(struct bundle_out *out)
{
    struct dt_sync *s = &out->line->sync;
    out->logs = calloc(s->log_count + 1, sizeof *out->logs);
    if (out->logs == NULL) {
        return DT_ERR_NO_MEMORY;
    }
    for (int others = 0; others < 2; others++) {
        for (size_t i = 0; i < s->log_count; i++) {
            const struct dt_sync_log *log = s->logs[i];
            if (log->own == (others == 1) || !log->known || log->durable == 0) {
                continue;
            }
            struct log_out *lo = &out->logs[out->log_count++];
            const uint64_t held = held_by(out->line, out->to, log->wid);
            lo->wid = log->wid;
            lo->end = log->durable; /* all that is known is durable: a commit came before */
            lo->next = (int)dt_wid_member(log->wid) == out->to || held > lo->end ? lo->end : held;
            memcpy(lo->signature, log->signature, DT_SIGNATURE_SIZE);
        }
    }
    return out->log_count > 0 && out->logs[0].wid == s->me ? DT_OK : DT_ERR_BAD_STATE;
}

/* Our own checkpoint comes first: it says who made the file. */
static enum dt_err put_maker(struct bundle_out *out)
{
    const struct log_out *own = &out->logs[0];
    DT_TRY(put(out, dt_span(DT_BUNDLE_HEAD, sizeof DT_BUNDLE_HEAD - 1)));
    struct dt_writer w = begin(out);
    dt_write_u8(&w, DT_ITEM_CHECKPOINT);
    dt_write_varint(&w, own->wid);
    dt_write_varint(&w, own->end);
    dt_write_bytes(&w, own->signature, DT_SIGNATURE_SIZE);
    return end(out, &w);
}

static enum dt_err put_end(struct bundle_out *out)
{
    uint8_t last[4 + DT_HASH_SIZE] = {0};
    dt_hashing_end(out->hash, last + 4);
    out->hash = NULL;
    DT_TRY(put(out, dt_span(last, sizeof last)));
    return fsync(out->fd) == 0 ? DT_OK : DT_ERR_IO;
}

/* One item. So much is never left to the disk that the last fsync holds everything up. */
static enum dt_err step(struct dt_job *job, bool *done)
{
    struct bundle_out *out = (struct bundle_out *)job;
    if (out->bytes - out->synced >= SYNC_EVERY) {
        out->synced = out->bytes;
        return fdatasync(out->fd) == 0 ? DT_OK : DT_ERR_IO;
    }
    while (out->records_at < out->log_count) {
        struct log_out *lo = &out->logs[out->records_at];
        if (lo->next < lo->end) {
            struct dt_sync_log *log = dt_sync_find_log(&out->line->sync, lo->wid);
            if (lo->next >= lo->piece) {
                next_piece(out, log, lo);
            }
            return put_records(out, log, lo);
        }
        out->records_at++;
    }
    if (out->words_at < out->log_count) {
        return put_word(out, &out->logs[out->words_at++]);
    }
    *done = true;
    return put_end(out);
}

static void reply(const struct dt_job *job, struct dt_object *o)
{
    const struct bundle_out *out = (const struct bundle_out *)job;
    dt_put_uint(o, "records", out->records);
    dt_put_uint(o, "bytes", out->bytes);
}

static void finish(struct dt_job *job, enum dt_err err)
{
    struct bundle_out *out = (struct bundle_out *)job;
    if (out->hash != NULL) {
        dt_hashing_end(out->hash, NULL);
    }
    if (out->fd >= 0) {
        close(out->fd);
        if (err != DT_OK) {
            (void)unlink(out->path);
        }
    }
    free(out->logs);
    free(out);
}

static enum dt_err open_file(struct bundle_out *out)
{
    out->hash = dt_hashing_begin(DT_BUNDLE_LABEL);
    if (out->hash == NULL) {
        return DT_ERR_NO_MEMORY;
    }
    out->fd = open(out->path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    return out->fd >= 0 ? DT_OK : errno == EEXIST ? DT_ERR_DUPLICATE : DT_ERR_IO;
}

static enum dt_err make_export(struct dt_line *line, const char *path, int to,
                               struct dt_job **job)
{
    struct bundle_out *out = calloc(1, sizeof *out);
    if (out == NULL) {
        return DT_ERR_NO_MEMORY;
    }
    out->job = (struct dt_job){.step = step, .reply = reply, .end = finish};
    out->line = line;
    out->to = to;
    out->fd = -1;
    memcpy(out->path, path, strlen(path));
    dt_node_commit(line->node); /* only what is durable goes out */
    enum dt_err err = list_logs(out);
    err = err == DT_OK ? open_file(out) : err;
    err = err == DT_OK ? put_maker(out) : err;
    if (err != DT_OK) {
        finish(&out->job, err);
        return err;
    }
    *job = &out->job;
    return DT_OK;
}

/* --- requests --------------------------------------------------------------------------- */

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
    struct dt_line *line = NULL;
    struct dt_job *job = NULL;
    int to = -1;
    const bool export = strcmp(cmd, "export") == 0;
    const uint64_t id = client->id;
    DT_TRY(dt_job_path(request, path));
    if (dt_job_busy(n, client, re)) {
        return DT_OK;
    }
    if (export) {
        DT_TRY(get_line(n, request, &line));
        DT_TRY(get_member(line, request, &to));
        DT_TRY(make_export(line, path, to, &job));
    } else {
        DT_TRY(dt_bundle_make_import(n, path, &job));
    }
    return dt_job_start(n, job, export ? "export" : "import", id, re);
}

/* SPDX-License-Identifier: ISC */
/* What a peer sent: items of a payload, judged one by one (protocol.md section 7). */
#include <stdlib.h>
#include <string.h>

#include "log/fields.h"
#include "log/seal.h"
#include "sync/reading.h"

uint16_t dt_reading_wid(struct dt_reading *in)
{
    const uint64_t wid = dt_read_varint(&in->r);
    if (in->r.err == DT_OK && wid >= in->s->charter->member_count * DT_WRITERS_MAX) {
        in->r.err = DT_ERR_UNKNOWN_WRITER;
    }
    return (uint16_t)(in->r.err == DT_OK ? wid : 0);
}

uint64_t dt_reading_size(struct dt_reading *in)
{
    const uint64_t size = dt_read_varint(&in->r);
    if (in->r.err == DT_OK && size > DT_TREE_SIZE_MAX) {
        in->r.err = DT_ERR_BAD_VALUE;
    }
    return in->r.err == DT_OK ? size : 0;
}

struct dt_span dt_reading_bytes(struct dt_reading *in, size_t max)
{
    const uint64_t size = dt_read_varint(&in->r);
    if (in->r.err == DT_OK && size > max) {
        in->r.err = DT_ERR_TOO_LARGE;
    }
    return dt_read_span(&in->r, in->r.err == DT_OK ? (size_t)size : 0);
}

/* A prefix (or a whole header) delimits itself: an array of 8, of which `items` follow. */
static struct dt_span read_items(struct dt_reader *r, int items)
{
    const uint8_t *start = r->at;
    if (dt_read_u8(r) != 0x88 && r->err == DT_OK) {
        r->err = DT_ERR_BAD_VALUE;
    }
    for (int i = 0; i < items && r->err == DT_OK; i++) {
        size_t used = 0;
        const enum dt_err err = dt_cbor_check_first(dt_span(r->at, r->left), &used);
        if (err != DT_OK) {
            r->err = err;
        }
        dt_read_span(r, used);
    }
    const struct dt_span all = {start, r->err == DT_OK ? (size_t)(r->at - start) : 0};
    if (all.size > DT_HEADER_MAX && r->err == DT_OK) {
        r->err = DT_ERR_TOO_LARGE;
    }
    return all;
}

/* A record as it came: header whole, body as signed. Buffers are the caller's. */
struct incoming {
    uint8_t header[DT_HEADER_MAX];
    uint8_t body[DT_BODY_MAX];
    struct dt_stored record;
    bool lacks_key; /* opened form, and we cannot seal it again */
};

static void seal_again(struct dt_reading *in, struct incoming *out, uint16_t wid, uint64_t seq,
                       struct dt_span opened)
{
    uint8_t key_id[DT_KEY_ID_SIZE], key[32];
    struct dt_span plain;
    size_t size = 0;
    const struct dt_place place = {in->s->line, wid, seq};
    in->r.err = dt_opened_find(opened, key_id, &plain);
    if (in->r.err != DT_OK) {
        return;
    }
    if (!in->s->host.record_key(in->s->host.ctx, wid, seq, key_id, key)) {
        out->lacks_key = true;
        return;
    }
    in->r.err = dt_opened_to_body(out->body, sizeof out->body, &size, opened, key, &place);
    dt_wipe(key, sizeof key);
    out->record.body = dt_span(out->body, size);
}

/* Without its body a record would be held for good, and its author told that it is stored:
 * only the author's own party may leave one out. A header that names no body of a size
 * that is allowed can have none, whatever else is wrong with it. */
static bool withheld(const struct dt_sync_peer *p, uint16_t wid, struct dt_span header)
{
    size_t prefix = 0;
    if (dt_wid_member(wid) == dt_wid_member(p->wid) ||
        dt_header_prefix(&prefix, header) != DT_OK) {
        return false;
    }
    struct dt_cbor tail = dt_cbor(dt_span(header.data + prefix, header.size - prefix));
    const uint64_t body_size = dt_cbor_uint(&tail, DT_BODY_MAX);
    (void)dt_cbor_bytes(&tail, DT_HASH_SIZE, DT_HASH_SIZE);
    return dt_cbor_error(&tail) == DT_OK && body_size > 0;
}

static void read_record(struct dt_reading *in, struct dt_reader *r, struct incoming *out, uint16_t wid,
                        uint64_t seq)
{
    const uint8_t form = dt_read_u8(r);
    size_t size = 0;
    out->lacks_key = false;
    out->record = (struct dt_stored){{NULL, 0}, {NULL, 0}, form == DT_FORM_ABSENT};
    if (form > DT_FORM_ABSENT && r->err == DT_OK) {
        r->err = DT_ERR_UNKNOWN_VERSION;
    }
    if (form == DT_FORM_OPENED && in->file && r->err == DT_OK) {
        r->err = DT_ERR_NOT_ALLOWED; /* opened for one reader, and lying about for all */
    }
    const struct dt_span prefix = read_items(r, form == DT_FORM_ABSENT ? 8 : 6);
    if (form == DT_FORM_ABSENT) {
        out->record.header = prefix;
        if (r->err == DT_OK && !in->history && withheld(in->p, wid, prefix)) {
            r->err = DT_ERR_NOT_ALLOWED;
        }
        return;
    }
    const uint64_t length = dt_read_varint(r);
    if (r->err == DT_OK && length > DT_BODY_MAX) {
        r->err = DT_ERR_TOO_LARGE;
    }
    const struct dt_span body = dt_read_span(r, r->err == DT_OK ? (size_t)length : 0);
    if (r->err != DT_OK) {
        return;
    }
    out->record.body = body;
    if (form == DT_FORM_OPENED) {
        struct dt_reading inner = *in;
        seal_again(&inner, out, wid, seq, body);
        r->err = inner.r.err;
    }
    if (r->err == DT_OK && !out->lacks_key) {
        r->err = dt_header_complete(out->header, &size, prefix, out->record.body);
        out->record.header = dt_span(out->header, size);
    }
}

/* Keeps a record until a checkpoint covers it. False: no room, it will be asked for again. */
static bool keep_pending(struct dt_sync_peer *p, struct dt_sync_log *log, struct dt_peer_log *pl,
                         uint64_t seq, const struct dt_stored *record)
{
    if (pl->pending == NULL) {
        if (p->pending_bytes > DT_SYNC_PENDING_BYTES) {
            return false;
        }
        pl->pending = calloc(1, sizeof *pl->pending);
        if (pl->pending == NULL) {
            return false;
        }
        pl->pending->total = &p->pending_bytes;
        p->pending_bytes += sizeof *pl->pending;
        pl->pending->first = pl->pending->end = log->size;
    }
    struct dt_pending *pending = pl->pending;
    dt_pending_drop_below(pending, log->size);
    if (seq - pending->first >= DT_SYNC_PENDING_RECORDS ||
        p->pending_bytes > DT_SYNC_PENDING_BYTES) {
        return false;
    }
    struct dt_pending_record **slot = &pending->slot[seq % DT_SYNC_PENDING_RECORDS];
    if (*slot != NULL) {
        return true;
    }
    struct dt_pending_record *r =
        malloc(sizeof *r + record->header.size + record->body.size);
    if (r == NULL) {
        return false;
    }
    *r = (struct dt_pending_record){(uint16_t)record->header.size, (uint16_t)record->body.size,
                                    record->absent, {0}};
    memcpy(r->bytes, record->header.data, record->header.size);
    if (record->body.size > 0) {
        memcpy(r->bytes + record->header.size, record->body.data, record->body.size);
    }
    *slot = r;
    pending->bytes += sizeof *r + r->header_size + r->body_size;
    p->pending_bytes += sizeof *r + r->header_size + r->body_size;
    if (seq >= pending->end) {
        pending->end = seq + 1;
    }
    return true;
}

static void take_record(struct dt_sync_peer *p, struct dt_peer_log *pl, struct dt_sync_log *log,
                        uint64_t seq, const struct incoming *incoming)
{
    if (incoming->lacks_key) {
        pl->want_as_signed = true;
        pl->want_first = seq;
        pl->want_count = 1;
        return;
    }
    /* A hole in front: ask at once, before a timer has to tell the sender. */
    const uint64_t end = pl->pending != NULL ? pl->pending->end : log->size;
    if (seq > end && pl->want_count == 0) {
        pl->want_first = end;
        pl->want_count = seq - end;
    }
    keep_pending(p, log, pl, seq, &incoming->record);
    pl->heard_due = true;
}

void dt_reading_whole(struct dt_reading *in, struct dt_peer_log *pl, struct dt_sync_log *log,
                      uint64_t seq, struct dt_span form)
{
    struct incoming incoming;
    struct dt_reader r = dt_reader(form);
    read_record(in, &r, &incoming, log->wid, seq);
    if (dt_reader_end(&r) == DT_OK) {
        take_record(in->p, pl, log, seq, &incoming);
    } else {
        dt_sync_reject(in->s, dt_reader_end(&r));
    }
}

static enum dt_err read_records(struct dt_reading *in, bool is_signed)
{
    const uint16_t wid = dt_reading_wid(in);
    const uint64_t first = dt_reading_size(in);
    const uint64_t count = dt_read_varint(&in->r);
    if (in->r.err == DT_OK && count > in->r.left) {
        in->r.err = DT_ERR_TRUNCATED;
    }
    struct dt_sync_log *log = in->r.err == DT_OK ? dt_sync_log(in->s, wid) : NULL;
    struct dt_peer_log *pl = log != NULL ? dt_peer_log(in->p, wid) : NULL;
    if (pl == NULL) {
        return in->r.err == DT_OK ? DT_ERR_NO_MEMORY : DT_OK;
    }
    struct incoming incoming;
    const uint64_t room = dt_sync_room(in->s, log);
    for (uint64_t i = 0; i < count && in->r.err == DT_OK; i++) {
        read_record(in, &in->r, &incoming, wid, first + i);
        if (in->r.err == DT_OK && first + i >= log->size && first + i < room && !log->own) {
            take_record(in->p, pl, log, first + i, &incoming);
        }
    }
    uint8_t signature[DT_SIGNATURE_SIZE];
    if (!is_signed) {
        return log->own ? DT_OK : dt_sync_accept_whole(in->s, in->p, pl, log);
    }
    dt_read_copy(&in->r, signature, sizeof signature);
    if (in->r.err != DT_OK || log->own) {
        return DT_OK;
    }
    return dt_take_checkpoint(in, pl, log, first + count, signature);
}

static enum dt_err read_checkpoint(struct dt_reading *in)
{
    const uint16_t wid = dt_reading_wid(in);
    const uint64_t size = dt_reading_size(in);
    uint8_t signature[DT_SIGNATURE_SIZE];
    dt_read_copy(&in->r, signature, sizeof signature);
    struct dt_sync_log *log = in->r.err == DT_OK ? dt_sync_log(in->s, wid) : NULL;
    struct dt_peer_log *pl = log != NULL ? dt_peer_log(in->p, wid) : NULL;
    if (pl == NULL || log->own) {
        return DT_OK;
    }
    return dt_take_checkpoint(in, pl, log, size, signature);
}

enum dt_err dt_cosignature_check(struct dt_sync *s, struct dt_sync_log *log, uint64_t size,
                                 uint16_t cosigner, struct dt_cosignature *c)
{
    struct dt_checkpoint checkpoint = {.size = size};
    const struct dt_sync_log *theirs = dt_sync_find_log(s, cosigner);
    if (theirs == NULL || !theirs->known) {
        return DT_ERR_UNKNOWN_WRITER;
    }
    memcpy(checkpoint.line_id, s->line, DT_HASH_SIZE);
    memcpy(checkpoint.writer, log->writer, DT_PUBLIC_SIZE);
    memcpy(c->writer, theirs->writer, DT_PUBLIC_SIZE);
    return dt_sync_root_at(s, log, size, checkpoint.root) == DT_OK
               ? dt_cosign_verify(c, &checkpoint)
               : DT_ERR_BAD_SIGNATURE;
}

static enum dt_err read_cosignature(struct dt_reading *in)
{
    const uint16_t wid = dt_reading_wid(in);
    const uint64_t size = dt_reading_size(in);
    const uint16_t cosigner = dt_reading_wid(in);
    struct dt_cosignature c = {.time_s = dt_read_u32(&in->r)};
    dt_read_copy(&in->r, c.signature, sizeof c.signature);
    struct dt_sync_log *log = in->r.err == DT_OK ? dt_sync_find_log(in->s, wid) : NULL;
    if (log != NULL && in->file) {
        return dt_file_cosignature(in, log, size, cosigner, &c);
    }
    if (log == NULL || !log->own || cosigner != in->p->wid || size == 0 || size > log->durable) {
        return DT_OK;
    }
    struct dt_peer_log *pl = dt_peer_log(in->p, wid);
    if (pl == NULL || size <= pl->has) {
        return DT_OK;
    }
    const enum dt_err err = dt_cosignature_check(in->s, log, size, cosigner, &c);
    if (err != DT_OK) {
        dt_sync_reject(in->s, err);
        return DT_OK;
    }
    dt_peer_log_has(in->p, pl, size, in->now_us);
    return in->s->host.put_cosignature(in->s->host.ctx, wid, size, cosigner, &c);
}

/* One log of a heads item. */
static void read_head(struct dt_reading *in)
{
    const uint16_t wid = dt_reading_wid(in);
    const uint64_t size = dt_reading_size(in);
    dt_reading_size(in); /* cosigned: of use to an auditor, not needed here */
    uint64_t extras = dt_read_varint(&in->r);
    struct dt_peer_log *pl = in->r.err == DT_OK ? dt_peer_log(in->p, wid) : NULL;
    while (extras-- > 0 && in->r.err == DT_OK) {
        const uint64_t first = dt_reading_size(in), length = dt_reading_size(in);
        for (size_t i = 0; i < in->p->promise_count && in->r.err == DT_OK;) {
            struct dt_sync_promise_out *out = &in->p->promises[i];
            if (out->wid == wid && out->seq >= first && out->seq - first < length) {
                in->p->promises[i] = in->p->promises[--in->p->promise_count];
            } else {
                i++;
            }
        }
    }
    struct dt_sync_log *log = in->r.err == DT_OK ? dt_sync_find_log(in->s, wid) : NULL;
    if (pl == NULL) {
        return;
    }
    if (log == NULL || size > log->size) {
        return; /* it holds more than we do; it will send, or its author will */
    }
    if (log->own && size < pl->has && size < pl->sent &&
        in->now_us - pl->rewound_us > in->p->rtt_us + 20000) {
        /* It lost what it once cosigned: a restored or emptied home. Send again, but not
         * as often as ten bytes of its can ask. */
        pl->has = size;
        dt_peer_log_rewind(in->p, pl, size);
        pl->rewound_us = in->now_us;
    }
    if (wid == in->p->wid && size < log->size && !log->forked && !log->dirty) {
        pl->contest_due = true; /* its author holds less than it signed: show him */
    }
    if (!log->own) {
        dt_peer_log_has(in->p, pl, size, in->now_us);
    }
    if (log->own && size > pl->heard) {
        dt_peer_log_heard(in->p, pl, size, in->now_us); /* its cosignature will follow */
    }
}

/* Record and promise, from `r` to its end or on. */
static enum dt_err take_promised(struct dt_reading *in, struct dt_reader *r, uint16_t wid,
                                 uint64_t seq)
{
    struct incoming incoming;
    uint8_t signature[DT_SIGNATURE_SIZE];
    if (r->err == DT_OK && seq > DT_SYNC_SEQ_MAX) {
        r->err = DT_ERR_CAPACITY; /* no host could keep it: its trouble, not ours */
    }
    if (r->err != DT_OK) {
        return DT_OK;
    }
    read_record(in, r, &incoming, wid, seq);
    dt_read_copy(r, signature, sizeof signature);
    struct dt_sync_log *log = r->err == DT_OK ? dt_sync_find_log(in->s, wid) : NULL;
    struct dt_peer_log *pl = r->err == DT_OK ? dt_peer_log(in->p, wid) : NULL;
    if (log == NULL || pl == NULL || !log->known || log->own) {
        return DT_OK;
    }
    pl->heads_due = true;
    if (incoming.lacks_key) {
        pl->want_as_signed = true;
        pl->want_first = seq;
        pl->want_count = 1;
        return DT_OK;
    }
    return seq < log->size ? DT_OK
                           : dt_sync_take_promised(in->s, log, seq, &incoming.record, signature);
}

static enum dt_err read_promised(struct dt_reading *in)
{
    const uint16_t wid = dt_reading_wid(in);
    const uint64_t seq = dt_reading_size(in);
    return take_promised(in, &in->r, wid, seq);
}

enum dt_err dt_reading_promised(struct dt_reading *in, uint16_t wid, uint64_t seq,
                                struct dt_span form)
{
    struct dt_reader r = dt_reader(form);
    const enum dt_err err = take_promised(in, &r, wid, seq);
    if (r.err != DT_OK) {
        dt_sync_reject(in->s, r.err);
    }
    return err;
}

static void read_want(struct dt_reading *in)
{
    const uint16_t wid = dt_reading_wid(in);
    const uint64_t first = dt_reading_size(in);
    dt_read_varint(&in->r);
    const uint64_t flags = dt_read_varint(&in->r);
    struct dt_peer_log *pl = in->r.err == DT_OK ? dt_peer_log_find(in->p, wid) : NULL;
    if (pl == NULL) {
        return;
    }
    pl->as_signed = pl->as_signed || (flags & DT_WANT_AS_SIGNED) != 0;
    /* Everything from the hole on counts as lost, but not twice in one round trip. */
    if (first >= pl->has && first < pl->sent &&
        in->now_us - pl->rewound_us > in->p->rtt_us + 20000) {
        dt_peer_log_rewind(in->p, pl, first);
        pl->rewound_us = in->now_us;
    }
}

/* What it holds of a log in memory; less than before means that it dropped them. */
static void read_heard(struct dt_reading *in)
{
    const uint16_t wid = dt_reading_wid(in);
    const uint64_t size = dt_reading_size(in);
    struct dt_peer_log *pl = in->r.err == DT_OK ? dt_peer_log_find(in->p, wid) : NULL;
    const struct dt_sync_log *log = in->r.err == DT_OK ? dt_sync_find_log(in->s, wid) : NULL;
    if (pl == NULL || log == NULL || size > log->durable) {
        return;
    }
    if (size < pl->heard && size >= pl->has &&
        in->now_us - pl->rewound_us > in->p->rtt_us + 20000) {
        dt_peer_log_rewind(in->p, pl, size);
        pl->rewound_us = in->now_us;
    } else {
        dt_peer_log_heard(in->p, pl, size, in->now_us);
    }
}

static enum dt_err read_fork(struct dt_reading *in)
{
    struct dt_fork fork;
    const struct dt_span bytes = dt_reading_bytes(in, DT_FORK_SIZE_MAX);
    if (in->r.err != DT_OK) {
        return DT_OK;
    }
    in->r.err = dt_fork_decode(&fork, bytes);
    struct dt_sync_log *log = in->r.err == DT_OK ? dt_sync_find_log(in->s, fork.wid) : NULL;
    if (log == NULL || !log->known || memcmp(fork.line_id, in->s->line, DT_HASH_SIZE) != 0) {
        return DT_OK;
    }
    struct dt_peer_log *pl = log->forked ? dt_peer_log(in->p, fork.wid) : NULL;
    if (log->forked) {
        /* It may have learned of it just now, and had no use for our heads before. */
        if (pl != NULL) {
            pl->contest_due = true;
        }
        return DT_OK;
    }
    const enum dt_err err = dt_fork_verify(&fork, log->writer);
    if (err != DT_OK) {
        dt_sync_reject(in->s, err);
        return DT_OK;
    }
    return dt_sync_forked(in->s, log, &fork);
}

static enum dt_err read_history(struct dt_reading *in)
{
    struct incoming incoming;
    const uint16_t wid = dt_reading_wid(in);
    const uint64_t size = dt_reading_size(in), first = dt_reading_size(in);
    const uint64_t count = dt_read_varint(&in->r);
    if (in->r.err == DT_OK && count > in->r.left) {
        in->r.err = DT_ERR_TRUNCATED;
    }
    struct dt_sync_log *log = in->r.err == DT_OK ? dt_sync_find_log(in->s, wid) : NULL;
    struct dt_peer_log *pl = log != NULL && !in->file ? dt_peer_log_find(in->p, wid) : NULL;
    in->history = true;
    for (uint64_t i = 0; i < count && in->r.err == DT_OK; i++) {
        read_record(in, &in->r, &incoming, wid, first + i);
        if (in->r.err == DT_OK && pl != NULL && !incoming.lacks_key) {
            dt_other_take(in->p, pl, size, first + i, &incoming.record);
        }
    }
    in->history = false;
    return pl != NULL ? dt_other_whole(in->s, pl, log) : DT_OK;
}

/* Items without a signature: worth what the session is worth that they come by. Read from
 * a file they move nothing, for s->file is nobody. */
static bool says_of_itself(uint8_t type)
{
    return type == DT_ITEM_HEADS || type == DT_ITEM_WANT || type == DT_ITEM_HEARD ||
           type == DT_ITEM_FRAGMENT || type == DT_ITEM_FRAGMENTS_HELD ||
           type == DT_ITEM_PROMISED_PART ||
           type == DT_ITEM_WANT_HISTORY || type == DT_ITEM_HISTORY; /* an answer to nothing */
}

static enum dt_err read_item(struct dt_reading *in)
{
    const uint8_t type = dt_read_u8(&in->r);
    in->s->file_sum.ignored += in->file && says_of_itself(type);
    switch (type) {
    case DT_ITEM_RECORDS:
        return read_records(in, true);
    case DT_ITEM_UNSIGNED:
        return read_records(in, false);
    case DT_ITEM_CHECKPOINT:
        return read_checkpoint(in);
    case DT_ITEM_COSIGNATURE:
        return read_cosignature(in);
    case DT_ITEM_HEADS:
        in->p->heads_seen = true;
        for (uint64_t n = dt_read_varint(&in->r); n > 0 && in->r.err == DT_OK; n--) {
            read_head(in);
        }
        return DT_OK;
    case DT_ITEM_PROMISED:
        return read_promised(in);
    case DT_ITEM_FRAGMENT:
        return dt_read_fragment(in, false);
    case DT_ITEM_PROMISED_PART:
        return dt_read_fragment(in, true);
    case DT_ITEM_FRAGMENTS_HELD:
        dt_read_fragments_held(in);
        return DT_OK;
    case DT_ITEM_WANT:
        read_want(in);
        return DT_OK;
    case DT_ITEM_HEARD:
        read_heard(in);
        return DT_OK;
    case DT_ITEM_FORK:
        return read_fork(in);
    case DT_ITEM_CONTESTED:
        return dt_read_contested(in);
    case DT_ITEM_CONTESTED_ROOT:
        return dt_read_contested_half(in, false);
    case DT_ITEM_CONTESTED_SIGNATURE:
        return dt_read_contested_half(in, true);
    case DT_ITEM_WANT_HISTORY:
        dt_other_wanted(in);
        return DT_OK;
    case DT_ITEM_HISTORY:
        return read_history(in);
    default:
        in->r.err = DT_ERR_UNKNOWN_VERSION; /* a later item: the rest is not for us */
        return DT_OK;
    }
}

enum dt_err dt_reading_all(struct dt_reading *in)
{
    while (in->r.left > 0 && in->r.err == DT_OK) {
        DT_TRY(read_item(in));
    }
    if (in->r.err != DT_OK) {
        dt_sync_reject(in->s, in->r.err);
    }
    return DT_OK;
}

enum dt_err dt_sync_receive(struct dt_sync *s, uint16_t peer, int64_t now_us,
                            struct dt_span payload)
{
    struct dt_reading in = {s, dt_sync_find_peer(s, peer), now_us, dt_reader(payload), false, false};
    if (in.p == NULL) {
        dt_sync_reject(s, DT_ERR_UNKNOWN_PARTY);
        return DT_OK;
    }
    return dt_reading_all(&in);
}

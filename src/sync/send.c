/* SPDX-License-Identifier: ISC */
/* The next payload for a peer: urgent first, then receipts, then what it lacks. */
#include <string.h>

#include "log/fields.h"
#include "log/promise.h"
#include "log/seal.h"
#include "sync/state.h"

enum {
    RECORDS_MAX = 63,             /* in one item: their count is one byte */
    CHECKPOINT_EVERY = 256,       /* records; a multiple of a stored subtree */
};

int64_t dt_peer_timeout(const struct dt_sync_peer *p, unsigned backoff)
{
    const int64_t base = 4 * p->rtt_us + 300000;
    const int64_t timeout = base << (backoff < 8 ? backoff : 8);
    return timeout < 120000000 ? timeout : 120000000;
}

/* May this peer be offered records of that log now? Authors send their own; others
 * step in when the author does not. */
static bool offers(const struct dt_sync_peer *p, const struct dt_sync_log *log, int64_t now_us)
{
    return !log->dirty && log->known && log->wid != p->wid &&
           (log->own || (p->heads_seen && now_us - log->advanced_us >= DT_SYNC_RELAY_DELAY));
}

/* --- records --------------------------------------------------------------- */

size_t dt_item_head_size(uint16_t wid, uint64_t first, uint64_t count)
{
    return 1 + dt_varint_size(wid) + dt_varint_size(first) + dt_varint_size(count);
}

size_t dt_record_form(struct dt_sync *s, const struct dt_sync_peer *p,
                      const struct dt_peer_log *pl, uint64_t seq, uint8_t *out, size_t capacity)
{
    struct dt_stored record;
    uint8_t plain[DT_SEALED_MAX], opened[DT_BODY_MAX];
    size_t prefix = 0, opened_size = 0;
    if (!s->host.get(s->host.ctx, pl->wid, seq, &record)) {
        return 0;
    }
    struct dt_writer w = dt_writer(out, capacity);
    if (record.absent || dt_header_prefix(&prefix, record.header) != DT_OK) {
        dt_write_u8(&w, DT_FORM_ABSENT);
        dt_write_bytes(&w, record.header.data, record.header.size);
        return w.overflowed ? 0 : w.size;
    }
    const size_t plain_size =
        pl->as_signed ? 0
                      : s->host.open_for(s->host.ctx, pl->wid, seq, p->wid, pl->has, record.body,
                                         plain, sizeof plain);
    struct dt_span body = record.body;
    if (plain_size > 0 && dt_body_to_opened(opened, sizeof opened, &opened_size, record.body,
                                            dt_span(plain, plain_size)) == DT_OK) {
        body = dt_span(opened, opened_size);
    }
    dt_write_u8(&w, body.data == opened ? DT_FORM_OPENED : DT_FORM_SIGNED);
    dt_write_bytes(&w, record.header.data, prefix);
    dt_write_varint(&w, body.size);
    dt_write_bytes(&w, body.data, body.size);
    dt_wipe(plain, plain_size);
    return w.overflowed ? 0 : w.size;
}

void dt_item_head(struct dt_writer *w, enum dt_item item, uint16_t wid, uint64_t first,
                  uint64_t count)
{
    dt_write_u8(w, (uint8_t)item);
    dt_write_varint(w, wid);
    dt_write_varint(w, first);
    dt_write_varint(w, count);
}

/* A signature for size `size` of a log: the newest, a kept one, or one of ours made now. */
static bool signature_at(struct dt_sync *s, struct dt_sync_log *log, uint64_t size,
                         uint8_t signature[static DT_SIGNATURE_SIZE])
{
    if (size == log->size) {
        memcpy(signature, log->signature, DT_SIGNATURE_SIZE);
        return true;
    }
    uint64_t found = 0;
    if (!log->own) {
        return s->host.get_checkpoint(s->host.ctx, log->wid, size - 1, size, &found, signature);
    }
    struct dt_checkpoint c = {.size = size};
    memcpy(c.line_id, s->line, DT_HASH_SIZE);
    memcpy(c.writer, log->writer, DT_PUBLIC_SIZE);
    if (dt_sync_root_at(s, log, size, c.root) != DT_OK) {
        return false;
    }
    dt_checkpoint_sign(&c, s->signer);
    memcpy(signature, c.signature, DT_SIGNATURE_SIZE);
    return true;
}

/* Where the batch that starts at pl->sent must be signed: the end of the log, or a
 * place on the way when the backlog is long: of another's log the next that is kept. */
static uint64_t batch_end(struct dt_sync *s, const struct dt_peer_log *pl, struct dt_sync_log *log)
{
    const uint64_t next = (pl->sent / CHECKPOINT_EVERY + 1) * CHECKPOINT_EVERY;
    if (log->durable <= next + CHECKPOINT_EVERY) {
        return log->durable;
    }
    if (log->own) {
        return next;
    }
    uint64_t size = 0;
    uint8_t signature[DT_SIGNATURE_SIZE];
    return s->host.get_checkpoint(s->host.ctx, log->wid, pl->sent, log->durable, &size, signature)
               ? size
               : log->durable;
}

static void sent_record(struct dt_sync_peer *p, struct dt_peer_log *pl, size_t bytes)
{
    pl->in_flight += bytes;
    p->in_flight += bytes;
}

/* One piece of the record at pl->sent, which no frame can hold whole. */
static void write_fragment(struct dt_sync_peer *p, struct dt_peer_log *pl, struct dt_span record,
                           struct dt_writer *w)
{
    if (pl->fragment_seq != pl->sent || pl->fragment_at >= record.size) {
        pl->fragment_seq = pl->sent;
        pl->fragment_at = 0;
    }
    const size_t overhead = dt_item_head_size(pl->wid, pl->sent, record.size) + 4 + 3;
    const size_t left = w->capacity - w->size;
    if (left < overhead + 16) {
        return;
    }
    size_t size = record.size - pl->fragment_at;
    if (size > left - overhead) {
        size = left - overhead;
    }
    dt_item_head(w, DT_ITEM_FRAGMENT, pl->wid, pl->sent, record.size);
    dt_write_varint(w, pl->fragment_at);
    dt_write_varint(w, size);
    dt_write_bytes(w, record.data + pl->fragment_at, size);
    pl->fragment_at += size;
    if (pl->fragment_at == record.size) {
        pl->sent++;
        sent_record(p, pl, record.size);
    }
}

/* Records from pl->sent on, as many as fit; with the signature if they reach one. */
static void write_records(struct dt_sync *s, struct dt_sync_peer *p, struct dt_peer_log *pl,
                          struct dt_sync_log *log, struct dt_writer *w)
{
    static _Thread_local uint8_t form[DT_SYNC_FRAGMENTED_MAX]; /* 17 KB: not for the stack */
    const uint64_t end = batch_end(s, pl, log), first = pl->sent;
    const size_t start = w->size, head = dt_item_head_size(pl->wid, first, RECORDS_MAX);
    pl->sign_at = end;
    if (w->capacity - start < head + 32) {
        return;
    }
    uint8_t *content = w->data + start + head;
    size_t size = 0;
    uint64_t count = 0;
    while (first + count < end && count < RECORDS_MAX) {
        const size_t bytes = dt_record_form(s, p, pl, first + count, form, sizeof form);
        const size_t room = w->capacity - start - head - size;
        if (bytes == 0 || bytes > room) {
            if (bytes > 0 && count == 0 && start == 0) {
                write_fragment(p, pl, dt_span(form, bytes), w);
                return;
            }
            break;
        }
        memcpy(content + size, form, bytes);
        size += bytes;
        count++;
        sent_record(p, pl, bytes);
    }
    if (count == 0) {
        return;
    }
    uint8_t signature[DT_SIGNATURE_SIZE];
    const bool fits = w->capacity - start - head - size >= DT_SIGNATURE_SIZE;
    const bool is_signed =
        first + count == end && fits && signature_at(s, log, end, signature);
    dt_item_head(w, is_signed ? DT_ITEM_RECORDS : DT_ITEM_UNSIGNED, pl->wid, first, count);
    w->size += size; /* the content stands there already */
    pl->sent = first + count;
    if (is_signed) {
        dt_write_bytes(w, signature, sizeof signature);
        pl->signed_to = end;
    }
}

static void write_checkpoint(struct dt_sync *s, struct dt_peer_log *pl, struct dt_sync_log *log,
                             struct dt_writer *w)
{
    uint8_t signature[DT_SIGNATURE_SIZE];
    if (w->capacity - w->size < 1 + 2 + 8 + DT_SIGNATURE_SIZE) {
        return;
    }
    if (!signature_at(s, log, pl->sent, signature)) {
        pl->sign_at = 0; /* a head that moved on and was not kept: the next one covers it */
        return;
    }
    dt_write_u8(w, DT_ITEM_CHECKPOINT);
    dt_write_varint(w, pl->wid);
    dt_write_varint(w, pl->sent);
    dt_write_bytes(w, signature, sizeof signature);
    pl->signed_to = pl->sent;
}

/* The next checkpoint over records that have arrived, and are not durable there. */
static void write_again(struct dt_sync *s, struct dt_peer_log *pl, const struct dt_sync_log *log,
                        struct dt_writer *w)
{
    uint8_t signature[DT_SIGNATURE_SIZE];
    uint64_t size = 0;
    if (w->capacity - w->size < 1 + 2 + 8 + DT_SIGNATURE_SIZE) {
        return;
    }
    pl->sign_again = false;
    if (s->host.get_checkpoint(s->host.ctx, log->wid, pl->has, pl->heard, &size, signature)) {
        dt_write_u8(w, DT_ITEM_CHECKPOINT);
        dt_write_varint(w, pl->wid);
        dt_write_varint(w, size);
        dt_write_bytes(w, signature, sizeof signature);
    }
}

/* Records were sent up to a place where a signature belongs, and it did not fit. */
static bool checkpoint_due(const struct dt_peer_log *pl, const struct dt_sync_log *log)
{
    return pl->sent > pl->signed_to && pl->sent > pl->has &&
           (pl->sent == log->durable || pl->sent == pl->sign_at ||
            (log->own && pl->sent % CHECKPOINT_EVERY == 0));
}

static void write_log(struct dt_sync *s, struct dt_sync_peer *p, struct dt_peer_log *pl,
                      struct dt_sync_log *log, int64_t now_us, struct dt_writer *w)
{
    if (pl->sent > pl->has && now_us - pl->progress_us > dt_peer_timeout(p, pl->backoff)) {
        /* Nothing came back in time: what was under way is lost, and the link is slower. */
        dt_peer_log_rewind(p, pl, pl->heard);
        pl->signed_to = pl->has;
        pl->sign_again = !log->own; /* ours are so close that the next one does as well */
        pl->backoff++;
        pl->progress_us = now_us;
        p->window = p->window / 2 > 2048 ? p->window / 2 : 2048;
    }
    const size_t before = w->size;
    const bool idle = pl->sent == pl->has;
    if (pl->sign_again) {
        write_again(s, pl, log, w);
    }
    if (checkpoint_due(pl, log)) {
        write_checkpoint(s, pl, log, w);
    } else if (pl->sent < log->durable && (p->in_flight < p->window || p->in_flight == 0)) {
        write_records(s, p, pl, log, w);
    }
    if (w->size > before && idle) {
        pl->progress_us = now_us;
    }
}

/* --- the smaller items ------------------------------------------------------ */

static void write_cosignature(struct dt_sync *s, struct dt_peer_log *pl, struct dt_sync_log *log,
                              uint64_t time_s, struct dt_writer *w)
{
    if (log->dirty || w->capacity - w->size < 1 + 2 + 8 + 2 + 4 + DT_SIGNATURE_SIZE) {
        return;
    }
    struct dt_checkpoint c = {.size = log->size};
    struct dt_cosignature cosignature = {.time_s = time_s};
    memcpy(c.line_id, s->line, DT_HASH_SIZE);
    memcpy(c.writer, log->writer, DT_PUBLIC_SIZE);
    dt_frontier_root(&log->frontier, c.root);
    memcpy(cosignature.writer, s->own_key, DT_PUBLIC_SIZE);
    dt_cosign(&cosignature, &c, s->signer);
    dt_write_u8(w, DT_ITEM_COSIGNATURE);
    dt_write_varint(w, log->wid);
    dt_write_varint(w, log->size);
    dt_write_varint(w, s->me);
    dt_write_u32(w, (uint32_t)time_s);
    dt_write_bytes(w, cosignature.signature, sizeof cosignature.signature);
    pl->cosign_due = false;
    pl->cosigned = log->size;
}

/* The first seq from the log's end on that has not arrived. */
static void write_heard(struct dt_peer_log *pl, const struct dt_sync_log *log, struct dt_writer *w)
{
    if (w->capacity - w->size < 1 + 2 + 8) {
        return;
    }
    uint64_t end = log->size;
    while (pl->pending != NULL && end < pl->pending->end && end >= pl->pending->first &&
           pl->pending->slot[end % DT_SYNC_PENDING_RECORDS] != NULL) {
        end++;
    }
    dt_write_u8(w, DT_ITEM_HEARD);
    dt_write_varint(w, pl->wid);
    dt_write_varint(w, end);
    pl->heard_due = false;
}

static void write_want(struct dt_peer_log *pl, struct dt_writer *w)
{
    if (w->capacity - w->size < 1 + 2 + 8 + 8 + 1) {
        return;
    }
    dt_write_u8(w, DT_ITEM_WANT);
    dt_write_varint(w, pl->wid);
    dt_write_varint(w, pl->want_first);
    dt_write_varint(w, pl->want_count);
    dt_write_varint(w, pl->want_as_signed ? DT_WANT_AS_SIGNED : 0);
    pl->want_count = 0;
    pl->want_as_signed = false;
}

static void write_fragments_held(struct dt_peer_log *pl, struct dt_writer *w)
{
    const struct dt_assembly *a = dt_assembly_lowest(pl);
    if (w->capacity - w->size < 1 + 2 + 8 + 4 + 1 + 8) {
        return;
    }
    pl->fragments_due = false;
    if (a == NULL) {
        return;
    }
    size_t end = 0;
    while (end < a->total && a->bytes[a->total + end] != 0) {
        end++;
    }
    dt_item_head(w, DT_ITEM_FRAGMENTS_HELD, pl->wid, a->seq, a->total);
    dt_write_varint(w, 1); /* what is held from the start: the rest comes again */
    dt_write_varint(w, 0);
    dt_write_varint(w, end);
}

static void write_head(const struct dt_sync_log *log, size_t extras, struct dt_writer *w)
{
    dt_write_varint(w, log->wid);
    dt_write_varint(w, log->durable);
    dt_write_varint(w, 0);
    dt_write_varint(w, extras);
    for (size_t i = 0; i < extras; i++) {
        dt_write_varint(w, log->ahead[i].seq);
        dt_write_varint(w, 1);
    }
}

/* Heads of the logs that are due, as many as fit; the rest stay due. */
static void write_heads(struct dt_sync *s, struct dt_sync_peer *p, struct dt_writer *w)
{
    uint8_t one[32 + DT_SYNC_AHEAD_MAX * 10];
    uint64_t count = 0;
    const size_t start = w->size;
    if (w->capacity - w->size < 3 + 16) {
        return;
    }
    dt_write_u8(w, DT_ITEM_HEADS);
    dt_write_u16(w, 0); /* the count as a two-byte varint: see below */
    for (size_t i = 0; i < s->log_count; i++) {
        struct dt_sync_log *log = s->logs[i];
        struct dt_peer_log *pl = dt_peer_log(p, log->wid);
        if (pl == NULL || !pl->heads_due || log->dirty || (!log->known && !log->own)) {
            continue;
        }
        struct dt_writer each = dt_writer(one, sizeof one);
        write_head(log, log->ahead_count, &each);
        const size_t room = w->capacity - w->size;
        for (size_t n = log->ahead_count; each.size > room && n > 0 && start == 0 && count == 0;) {
            n /= 2; /* no frame holds them all: those left out are promised to us again */
            each = dt_writer(one, sizeof one);
            write_head(log, n, &each);
        }
        if (each.overflowed || each.size > room) {
            break;
        }
        dt_write_bytes(w, one, each.size);
        pl->heads_due = false;
        count++;
    }
    if (count == 0) {
        w->size = start;
    } else if (count < 64) { /* varints are minimal: one byte, and move the rest up */
        w->data[start + 1] = (uint8_t)count;
        memmove(w->data + start + 2, w->data + start + 3, w->size - start - 3);
        w->size--;
    } else {
        w->data[start + 1] = (uint8_t)(0x40 | count >> 8);
        w->data[start + 2] = (uint8_t)count;
    }
}

static void write_fork(struct dt_sync *s, struct dt_peer_log *pl, struct dt_writer *w)
{
    uint8_t proof[DT_FORK_SIZE_MAX];
    const size_t size = s->host.get_fork(s->host.ctx, pl->wid, proof, sizeof proof);
    if (size > 0 && w->capacity - w->size < 1 + 2 + size) {
        return; /* on a link too narrow for it, a bundle carries the proof */
    }
    if (size > 0) {
        dt_write_u8(w, DT_ITEM_FORK);
        dt_write_varint(w, size);
        dt_write_bytes(w, proof, size);
    }
    pl->fork_due = false;
}

/* Marks what time makes due. */
static void note_due(struct dt_sync *s, struct dt_sync_peer *p, int64_t now_us)
{
    const bool progress = s->heads_due_us <= now_us;
    const bool periodic = p->heads_us <= now_us;
    if (progress) {
        s->heads_due_us = INT64_MAX;
    }
    if (periodic) {
        p->heads_us = now_us + DT_SYNC_HEADS_REPEAT;
    }
    for (size_t q = 0; progress && q < s->peer_count; q++) {
        s->peers[q]->heads_all = s->peers[q]->up;
    }
    if (p->heads_all || periodic) {
        p->heads_all = false;
        for (size_t i = 0; i < s->log_count; i++) {
            struct dt_peer_log *pl = dt_peer_log(p, s->logs[i]->wid);
            if (pl != NULL) {
                pl->heads_due = true;
                /* Nobody confirms a proof, and the one datagram may be lost. */
                pl->fork_due = pl->fork_due || (periodic && s->logs[i]->forked);
                pl->contest_due = pl->contest_due || (periodic && s->logs[i]->forked);
            }
        }
    }
}

size_t dt_sync_next(struct dt_sync *s, uint16_t peer, int64_t now_us, uint8_t *out, size_t capacity,
                    bool *urgent)
{
    struct dt_sync_peer *p = dt_sync_find_peer(s, peer);
    bool flash = false;
    if (p == NULL || !p->up || capacity < DT_SYNC_PAYLOAD_MIN) {
        return 0;
    }
    struct dt_writer w = dt_writer(out, capacity);
    note_due(s, p, now_us);
    dt_promises_write(s, p, now_us, &w, &flash);
    for (size_t i = 0; i < s->log_count; i++) {
        struct dt_sync_log *log = s->logs[i];
        struct dt_peer_log *pl = dt_peer_log_find(p, log->wid);
        if (pl == NULL) {
            continue;
        }
        if (pl->cosign_due && log->known) {
            write_cosignature(s, pl, log, s->wall_s, &w);
        }
        if (pl->heard_due) {
            write_heard(pl, log, &w);
        }
        if (pl->want_count > 0) {
            write_want(pl, &w);
        }
        if (pl->fork_due) { /* before the heads: who does not know of it has no use for them */
            write_fork(s, pl, &w);
        }
        if (pl->contest_due) {
            dt_contested_write(s, pl, log, &w);
        }
        if (pl->fragments_due) {
            write_fragments_held(pl, &w);
        }
        dt_other_ask(p, pl, now_us, &w);
        if (pl->history_due) {
            dt_other_write(s, pl, log, &w);
        }
    }
    for (size_t i = 0; i < s->log_count; i++) {
        struct dt_sync_log *log = s->logs[i];
        struct dt_peer_log *pl = offers(p, log, now_us) ? dt_peer_log(p, log->wid) : NULL;
        if (pl != NULL) {
            write_log(s, p, pl, log, now_us, &w);
        }
    }
    write_heads(s, p, &w);
    if (urgent != NULL) {
        *urgent = flash;
    }
    return w.overflowed ? 0 : w.size;
}

size_t dt_sync_early(struct dt_sync *s, uint16_t peer, int64_t now_us, uint8_t *out,
                     size_t capacity)
{
    struct dt_sync_peer *p = dt_sync_find_peer(s, peer);
    const struct dt_sync_log *own = dt_sync_find_log(s, s->me);
    struct dt_peer_log *pl = p != NULL ? dt_peer_log(p, s->me) : NULL;
    if (pl == NULL || own == NULL || own->dirty || p->up || capacity < DT_SYNC_PAYLOAD_MIN) {
        return 0;
    }
    struct dt_writer w = dt_writer(out, capacity);
    dt_peer_log_rewind(p, pl, pl->has);
    if (own->durable > pl->has) {
        write_records(s, p, pl, dt_sync_find_log(s, s->me), &w);
        pl->progress_us = now_us;
    }
    return w.overflowed ? 0 : w.size;
}

static int64_t sooner(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

int64_t dt_sync_deadline(const struct dt_sync *s, int64_t now_us)
{
    int64_t due = INT64_MAX;
    for (size_t i = 0; i < s->peer_count; i++) {
        const struct dt_sync_peer *p = s->peers[i];
        if (!p->up) {
            continue;
        }
        due = sooner(due, sooner(p->heads_us, s->heads_due_us));
        for (size_t k = 0; k < p->promise_count; k++) {
            const struct dt_sync_promise_out *out = &p->promises[k];
            due = sooner(due, out->sent_us == 0 ? now_us
                                                : out->sent_us + dt_peer_timeout(p, out->tries));
        }
        for (size_t k = 0; k < s->log_count; k++) {
            const struct dt_sync_log *log = s->logs[k];
            const struct dt_peer_log *pl = dt_peer_log_find(p, log->wid);
            const uint64_t has = pl != NULL ? pl->has : 0;
            due = pl != NULL ? sooner(due, dt_other_due(p, pl, now_us)) : due;
            if (pl != NULL && pl->sent > pl->has) {
                due = sooner(due, pl->progress_us + dt_peer_timeout(p, pl->backoff));
            } else if (!log->own && log->wid != p->wid && p->heads_seen && log->durable > has) {
                due = sooner(due, log->advanced_us + DT_SYNC_RELAY_DELAY);
            }
        }
    }
    return due;
}

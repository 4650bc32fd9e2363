/* SPDX-License-Identifier: ISC */
/* What must not wait behind a backlog: each record under a promise of its own, and in pieces
 * where no frame holds it. */
#include <string.h>

#include "log/promise.h"
#include "sync/state.h"

/* The record and its promise behind it, as a peer takes them: their size; 0 if they are not
 * to be had. */
static size_t promised_form(struct dt_sync *s, const struct dt_sync_peer *p,
                            const struct dt_sync_promise_out *out, const struct dt_peer_log *pl,
                            uint8_t *form, size_t capacity)
{
    struct dt_promise promise = {.wid = out->wid, .seq = out->seq};
    struct dt_stored record;
    if (!s->host.get(s->host.ctx, out->wid, out->seq, &record)) {
        return 0;
    }
    memcpy(promise.line_id, s->line, DT_HASH_SIZE);
    dt_leaf_hash(promise.leaf, record.header);
    const size_t size =
        dt_record_form(s, p, pl, out->seq, form, capacity - DT_SIGNATURE_SIZE);
    if (size == 0) {
        return 0;
    }
    dt_promise_sign(&promise, s->signer);
    memcpy(form + size, promise.signature, DT_SIGNATURE_SIZE);
    return size + DT_SIGNATURE_SIZE;
}

/* The next piece. True when all of it was sent. */
static bool write_part(struct dt_sync_promise_out *out, struct dt_span form, struct dt_writer *w)
{
    const size_t overhead = dt_item_head_size(out->wid, out->seq, form.size) + 4 + 3;
    const size_t left = w->capacity - w->size;
    if (left < overhead + 16) {
        return false;
    }
    out->at = out->at < form.size ? out->at : 0;
    size_t size = form.size - out->at;
    size = size < left - overhead ? size : left - overhead;
    dt_item_head(w, DT_ITEM_PROMISED_PART, out->wid, out->seq, form.size);
    dt_write_varint(w, out->at);
    dt_write_varint(w, size);
    dt_write_bytes(w, form.data + out->at, size);
    out->at += size;
    return out->at == form.size;
}

static void write_one(struct dt_sync_promise_out *out, struct dt_span form, int64_t now_us,
                      struct dt_writer *w)
{
    const size_t head = 1 + dt_varint_size(out->wid) + dt_varint_size(out->seq);
    bool all = w->capacity - w->size >= head + form.size;
    if (all) {
        dt_write_u8(w, DT_ITEM_PROMISED);
        dt_write_varint(w, out->wid);
        dt_write_varint(w, out->seq);
        dt_write_bytes(w, form.data, form.size);
    } else if (w->size > 0) {
        return; /* a frame of its own, next time */
    } else {
        out->sent_us = 0; /* the pieces follow one another at once */
        all = write_part(out, form, w);
    }
    if (all) {
        out->sent_us = now_us;
        out->tries++;
        out->at = 0;
    }
}

void dt_promises_write(struct dt_sync *s, struct dt_sync_peer *p, int64_t now_us,
                       struct dt_writer *w, bool *urgent)
{
    static _Thread_local uint8_t form[DT_SYNC_FRAGMENTED_MAX + DT_SIGNATURE_SIZE];
    for (int rank = DT_RANK_FIRE; rank > DT_ROUTINE; rank--) {
        for (size_t i = 0; i < p->promise_count; i++) {
            struct dt_sync_promise_out *out = &p->promises[i];
            const struct dt_peer_log *pl = dt_peer_log(p, out->wid);
            if (pl == NULL || out->rank != rank ||
                (out->sent_us != 0 && now_us - out->sent_us < dt_peer_timeout(p, out->tries))) {
                continue;
            }
            const size_t size =
                out->seq < pl->has ? 0 : promised_form(s, p, out, pl, form, sizeof form);
            if (size == 0) { /* it is there, or not to be had */
                p->promises[i--] = p->promises[--p->promise_count];
                continue;
            }
            const size_t before = w->size;
            write_one(out, dt_span(form, size), now_us, w);
            *urgent = *urgent || (rank >= DT_FLASH && w->size > before);
        }
    }
}

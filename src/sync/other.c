/* SPDX-License-Identifier: ISC */
/*
 * The other history of a forked log. Whoever is shown the head of one that he does not hold
 * asks for its records, piece by piece, from where the proof says that the two part at the
 * latest; where that was too late the signed root does not come out, and he asks from
 * further back. What does not fit into memory, or into a frame, stays with its proof.
 */
#include <stdlib.h>
#include <string.h>

#include "log/fields.h"
#include "sync/reading.h"

enum { STEP_BACK_MIN = 64, TRIES_MAX = 16, PIECE_MAX = 63 /* records: their count is one byte */ };

static void drop_records(struct dt_other *o)
{
    for (uint64_t i = 0; i < o->count; i++) {
        free(o->record[i]);
    }
    *o->total -= o->bytes;
    o->bytes = 0;
    o->count = 0;
    o->asked_us = 0;
}

void dt_other_free(struct dt_peer_log *pl)
{
    if (pl->other != NULL) {
        drop_records(pl->other);
        *pl->other->total -= sizeof *pl->other;
        free(pl->other);
        pl->other = NULL;
    }
}

/* --- showing ----------------------------------------------------------------------- */

static void put_place(struct dt_writer *w, enum dt_item item, uint16_t wid, uint64_t size)
{
    dt_write_u8(w, (uint8_t)item);
    dt_write_varint(w, wid);
    dt_write_varint(w, size);
}

/* One head, or the next half of one that no frame holds. False: another frame is needed. */
static bool put_contested(struct dt_writer *w, struct dt_peer_log *pl,
                          const struct dt_checkpoint *c)
{
    const size_t place = 1 + dt_varint_size(pl->wid) + dt_varint_size(c->size);
    const size_t left = w->capacity - w->size;
    const bool begun = pl->contest_step % 2 != 0;
    if (!begun && left >= place + DT_HASH_SIZE + DT_SIGNATURE_SIZE) {
        put_place(w, DT_ITEM_CONTESTED, pl->wid, c->size);
        dt_write_bytes(w, c->root, DT_HASH_SIZE);
        dt_write_bytes(w, c->signature, DT_SIGNATURE_SIZE);
        pl->contest_step += 2;
        return true;
    }
    if (begun && left >= place + DT_SIGNATURE_SIZE) {
        put_place(w, DT_ITEM_CONTESTED_SIGNATURE, pl->wid, c->size);
        dt_write_bytes(w, c->signature, DT_SIGNATURE_SIZE);
        pl->contest_step++;
        return true;
    }
    if (!begun && w->size == 0) {
        put_place(w, DT_ITEM_CONTESTED_ROOT, pl->wid, c->size);
        dt_write_bytes(w, c->root, DT_HASH_SIZE);
        pl->contest_step++;
    }
    return false;
}

void dt_contested_write(struct dt_sync *s, struct dt_peer_log *pl, struct dt_sync_log *log,
                        struct dt_writer *w)
{
    struct dt_checkpoint c = {.size = log->size};
    if (log->dirty) {
        return;
    }
    dt_frontier_root(&log->frontier, c.root);
    memcpy(c.signature, log->signature, DT_SIGNATURE_SIZE);
    if (pl->contest_step < 2 && !put_contested(w, pl, &c)) {
        return;
    }
    if (log->other > 0 && s->host.get_other_head(s->host.ctx, log->wid, &c) &&
        !put_contested(w, pl, &c)) {
        return;
    }
    pl->contest_due = false;
    pl->contest_step = 0;
}

/* `c` has size, root and signature as they came. */
static enum dt_err take_contested(struct dt_reading *in, uint16_t wid, struct dt_checkpoint *c)
{
    struct dt_sync_log *log = in->r.err == DT_OK ? dt_sync_find_log(in->s, wid) : NULL;
    struct dt_peer_log *pl = log != NULL ? dt_peer_log(in->p, wid) : NULL;
    if (pl == NULL || !log->known) {
        return DT_OK;
    }
    memcpy(c->line_id, in->s->line, DT_HASH_SIZE);
    memcpy(c->writer, log->writer, DT_PUBLIC_SIZE);
    const enum dt_err err = dt_checkpoint_verify(c);
    if (err != DT_OK) {
        dt_sync_reject(in->s, err);
        return DT_OK;
    }
    if (log->own && !log->forked && c->size > log->size) {
        /* Signed with our key, and not by this installation: it must not go on, and says
         * what it holds, so that the other side can tell a fork from an old copy. */
        log->outrun = true;
        pl->contest_due = pl->contest_due || log->size > 0;
        return DT_OK;
    }
    if (!log->forked) {
        /* Of more than we hold we cannot tell: it can, from ours. */
        pl->contest_due = pl->contest_due || (c->size > log->size && log->size > 0);
        DT_TRY(dt_sync_contested(in->s, log, c));
        if (!log->own && wid == in->p->wid && !in->file && !log->forked && c->size < log->size) {
            log->copy_s = in->s->wall_s; /* only a node that was outrun says so of its own log */
        }
    }
    return log->forked && !in->file ? dt_other_shown(in->s, in->p, pl, log, c) : DT_OK;
}

enum dt_err dt_read_contested(struct dt_reading *in)
{
    struct dt_checkpoint c = {0};
    const uint16_t wid = dt_reading_wid(in);
    c.size = dt_reading_size(in);
    dt_read_copy(&in->r, c.root, sizeof c.root);
    dt_read_copy(&in->r, c.signature, sizeof c.signature);
    return take_contested(in, wid, &c);
}

enum dt_err dt_read_contested_half(struct dt_reading *in, bool signature)
{
    struct dt_checkpoint c = {0};
    const uint16_t wid = dt_reading_wid(in);
    c.size = dt_reading_size(in);
    dt_read_copy(&in->r, signature ? c.signature : c.root,
                 signature ? sizeof c.signature : sizeof c.root);
    struct dt_peer_log *pl = in->r.err == DT_OK ? dt_peer_log(in->p, wid) : NULL;
    if (pl == NULL) {
        return DT_OK;
    }
    if (!signature) {
        pl->contest_size = c.size;
        memcpy(pl->contest_root, c.root, DT_HASH_SIZE);
        return DT_OK;
    }
    if (c.size == 0 || c.size != pl->contest_size) {
        return DT_OK; /* of another head: both come again */
    }
    pl->contest_size = 0;
    memcpy(c.root, pl->contest_root, DT_HASH_SIZE);
    return take_contested(in, wid, &c);
}

/* --- asking ------------------------------------------------------------------------ */

enum dt_err dt_other_shown(struct dt_sync *s, struct dt_sync_peer *p, struct dt_peer_log *pl,
                           struct dt_sync_log *log, const struct dt_checkpoint *head)
{
    uint8_t root[DT_HASH_SIZE];
    const bool ours = head->size <= log->size &&
                      dt_sync_root_at(s, log, head->size, root) == DT_OK &&
                      memcmp(root, head->root, DT_HASH_SIZE) == 0;
    if (ours || head->size <= log->other || log->dirty || s->host.put_other == NULL ||
        (pl->other != NULL && pl->other->head.size >= head->size) ||
        p->pending_bytes > DT_SYNC_PENDING_BYTES) {
        return DT_OK;
    }
    dt_other_free(pl);
    struct dt_other *o = calloc(1, sizeof *o);
    if (o == NULL) {
        return DT_ERR_NO_MEMORY;
    }
    o->head = *head;
    o->first = log->common < log->size ? log->common : log->size;
    o->first = o->first < head->size ? o->first : head->size - 1;
    o->total = &p->pending_bytes;
    *o->total += sizeof *o;
    pl->other = o;
    return DT_OK;
}

int64_t dt_other_due(const struct dt_sync_peer *p, const struct dt_peer_log *pl, int64_t now_us)
{
    const struct dt_other *o = pl->other;
    return o == NULL           ? INT64_MAX
           : o->asked_us == 0 ? now_us
                               : o->asked_us + dt_peer_timeout(p, o->tries);
}

void dt_other_ask(const struct dt_sync_peer *p, struct dt_peer_log *pl, int64_t now_us,
                  struct dt_writer *w)
{
    struct dt_other *o = pl->other;
    if (dt_other_due(p, pl, now_us) > now_us ||
        w->capacity - w->size < 1 + 2 + 8 + 8 + DT_HASH_SIZE) {
        return;
    }
    if (o->asked_us != 0 && ++o->tries > TRIES_MAX) {
        dt_other_free(pl); /* it is shown again in time */
        return;
    }
    dt_write_u8(w, DT_ITEM_WANT_HISTORY);
    dt_write_varint(w, pl->wid);
    dt_write_varint(w, o->first + o->count);
    dt_write_varint(w, o->head.size);
    dt_write_bytes(w, o->head.root, DT_HASH_SIZE);
    o->asked_us = now_us;
}

/* --- answering ---------------------------------------------------------------------- */

void dt_other_wanted(struct dt_reading *in)
{
    uint8_t wanted[DT_HASH_SIZE], root[DT_HASH_SIZE];
    const uint16_t wid = dt_reading_wid(in);
    const uint64_t first = dt_reading_size(in), size = dt_reading_size(in);
    dt_read_copy(&in->r, wanted, sizeof wanted);
    struct dt_sync_log *log = in->r.err == DT_OK ? dt_sync_find_log(in->s, wid) : NULL;
    struct dt_peer_log *pl = log != NULL ? dt_peer_log(in->p, wid) : NULL;
    if (pl == NULL || first >= size || log->dirty) {
        return;
    }
    const bool ours = size <= log->durable && dt_sync_root_at(in->s, log, size, root) == DT_OK &&
                      memcmp(root, wanted, DT_HASH_SIZE) == 0;
    pl->history_due = ours || size <= log->other;
    pl->history_other = !ours;
    pl->history_first = first;
    pl->history_size = size;
}

static bool piece_of(struct dt_sync *s, const struct dt_peer_log *pl, struct dt_sync_log *log,
                     uint64_t seq, struct dt_stored *out)
{
    /* Below the place where they part the second history is the first one. */
    return pl->history_other && seq >= log->common
               ? s->host.get_other(s->host.ctx, pl->wid, seq, out)
               : s->host.get(s->host.ctx, pl->wid, seq, out);
}

/* One record, by its header alone where the rest is too large for a frame. */
static bool put_record(struct dt_writer *w, const struct dt_stored *r, bool first)
{
    size_t prefix = 0;
    const size_t start = w->size, left = w->capacity - w->size;
    const bool whole = !r->absent && dt_header_prefix(&prefix, r->header) == DT_OK &&
                       1 + prefix + 4 + r->body.size <= left;
    if (whole) {
        dt_write_u8(w, DT_FORM_SIGNED);
        dt_write_bytes(w, r->header.data, prefix);
        dt_write_varint(w, r->body.size);
        dt_write_bytes(w, r->body.data, r->body.size);
    } else if ((r->absent || first) && 1 + r->header.size <= left) {
        dt_write_u8(w, DT_FORM_ABSENT);
        dt_write_bytes(w, r->header.data, r->header.size);
    }
    return w->size > start;
}

void dt_other_write(struct dt_sync *s, struct dt_peer_log *pl, struct dt_sync_log *log,
                    struct dt_writer *w)
{
    const size_t start = w->size;
    uint8_t count = 0;
    struct dt_stored record;
    if (log->dirty || w->capacity - w->size < 1 + 2 + 8 + 8 + 1 + 64) {
        return;
    }
    dt_write_u8(w, DT_ITEM_HISTORY);
    dt_write_varint(w, pl->wid);
    dt_write_varint(w, pl->history_size);
    dt_write_varint(w, pl->history_first);
    const size_t at = w->size;
    dt_write_u8(w, 0);
    while (count < PIECE_MAX && pl->history_first + count < pl->history_size &&
           piece_of(s, pl, log, pl->history_first + count, &record) &&
           put_record(w, &record, count == 0 && start == 0)) {
        count++;
    }
    if (count > 0) {
        w->data[at] = count;
    } else {
        w->size = start;
        if (start > 0) {
            return; /* a frame of its own, next time */
        }
    }
    pl->history_due = false;
}

/* --- what came ------------------------------------------------------------------------ */

void dt_other_take(struct dt_sync_peer *p, struct dt_peer_log *pl, uint64_t size, uint64_t seq,
                   const struct dt_stored *record)
{
    struct dt_other *o = pl->other;
    if (o == NULL || size != o->head.size || seq != o->first + o->count) {
        return;
    }
    if (o->count == DT_SYNC_PENDING_RECORDS || p->pending_bytes > DT_SYNC_PENDING_BYTES) {
        dt_other_free(pl);
        return;
    }
    struct dt_pending_record *r = malloc(sizeof *r + record->header.size + record->body.size);
    if (r == NULL) {
        return;
    }
    *r = (struct dt_pending_record){(uint16_t)record->header.size, (uint16_t)record->body.size,
                                    record->absent, {0}};
    memcpy(r->bytes, record->header.data, record->header.size);
    if (record->body.size > 0) {
        memcpy(r->bytes + record->header.size, record->body.data, record->body.size);
    }
    o->record[o->count++] = r;
    o->bytes += sizeof *r + r->header_size + r->body_size;
    *o->total += sizeof *r + r->header_size + r->body_size;
    o->tries = 0;
    o->asked_us = 0; /* the next piece at once */
}

static bool leaf_of(const struct dt_other *o, uint64_t i, uint8_t leaf[static DT_HASH_SIZE])
{
    dt_leaf_hash(leaf, dt_span(o->record[i]->bytes, o->record[i]->header_size));
    return true;
}

/* The root of our first records and what came behind them. */
static enum dt_err root_of(struct dt_sync *s, const struct dt_sync_log *log,
                           const struct dt_other *o, uint8_t root[static DT_HASH_SIZE])
{
    struct dt_frontier frontier = {.size = o->first};
    uint8_t leaf[DT_HASH_SIZE];
    for (unsigned level = 0; level < DT_TREE_LEVELS; level++) {
        if ((o->first >> level & 1) != 0 &&
            !s->host.tree_node(s->host.ctx, log->wid, level, (o->first >> level) - 1,
                               frontier.hash[level])) {
            return DT_ERR_STORE_DAMAGED;
        }
    }
    for (uint64_t i = 0; i < o->count; i++) {
        leaf_of(o, i, leaf);
        DT_TRY(dt_frontier_append(&frontier, leaf, NULL, NULL));
    }
    dt_frontier_root(&frontier, root);
    return DT_OK;
}

/* Where the two part: exactly, for the root has come out. */
static uint64_t parts_at(struct dt_sync *s, const struct dt_sync_log *log,
                         const struct dt_other *o)
{
    uint8_t ours[DT_HASH_SIZE], theirs[DT_HASH_SIZE];
    uint64_t i = 0;
    while (i < o->count && o->first + i < log->size && leaf_of(o, i, theirs) &&
           s->host.tree_node(s->host.ctx, log->wid, 0, o->first + i, ours) &&
           memcmp(ours, theirs, DT_HASH_SIZE) == 0) {
        i++;
    }
    return o->first + i;
}

static enum dt_err keep_other(struct dt_sync *s, struct dt_sync_log *log, const struct dt_other *o)
{
    const uint64_t common = parts_at(s, log, o);
    const uint64_t shorter = o->head.size < log->size ? o->head.size : log->size;
    if (common >= shorter) {
        return DT_OK; /* one goes on where the other ends: no second history */
    }
    struct dt_stored *records = calloc(o->head.size - common, sizeof *records);
    if (records == NULL) {
        return DT_ERR_NO_MEMORY;
    }
    for (uint64_t seq = common; seq < o->head.size; seq++) {
        const struct dt_pending_record *r = o->record[seq - o->first];
        records[seq - common] =
            (struct dt_stored){dt_span(r->bytes, r->header_size),
                               dt_span(r->bytes + r->header_size, r->body_size), r->absent};
    }
    log->common = common < log->common ? common : log->common;
    log->other = o->head.size;
    const enum dt_err err =
        s->host.put_other(s->host.ctx, log->wid, common, &o->head, records);
    free(records);
    return err;
}

enum dt_err dt_other_whole(struct dt_sync *s, struct dt_peer_log *pl, struct dt_sync_log *log)
{
    struct dt_other *o = pl->other;
    uint8_t root[DT_HASH_SIZE];
    if (o == NULL || o->first + o->count < o->head.size || log->dirty) {
        return DT_OK;
    }
    if (root_of(s, log, o, root) == DT_OK && memcmp(root, o->head.root, DT_HASH_SIZE) == 0) {
        const enum dt_err err = keep_other(s, log, o);
        dt_other_free(pl);
        return err;
    }
    const uint64_t step = o->count < STEP_BACK_MIN ? STEP_BACK_MIN : 2 * o->count;
    drop_records(o);
    if (o->first == 0) {
        dt_sync_reject(s, DT_ERR_BAD_PROOF); /* not the records of that root */
        dt_other_free(pl);
        return DT_OK;
    }
    o->first = o->first > step ? o->first - step : 0;
    return DT_OK;
}

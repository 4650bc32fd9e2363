/* SPDX-License-Identifier: ISC */
/*
 * From pending to staged: a record counts once its author's checkpoint covers it. A
 * checkpoint that fits no tree we can build is contested; two that cannot both be
 * true are a fork, and kept as proof.
 */
#include <stdlib.h>
#include <string.h>

#include "log/fields.h"
#include "log/statement.h"
#include "sync/reading.h"

void dt_pending_free(struct dt_peer_log *pl)
{
    if (pl->pending == NULL) {
        return;
    }
    for (size_t i = 0; i < DT_SYNC_PENDING_RECORDS; i++) {
        free(pl->pending->slot[i]);
    }
    *pl->pending->total -= sizeof *pl->pending + pl->pending->bytes;
    free(pl->pending);
    pl->pending = NULL;
}

void dt_pending_drop_below(struct dt_pending *pending, uint64_t seq)
{
    for (; pending->first < seq && pending->first < pending->end; pending->first++) {
        struct dt_pending_record **slot =
            &pending->slot[pending->first % DT_SYNC_PENDING_RECORDS];
        if (*slot != NULL) {
            const size_t bytes = sizeof **slot + (*slot)->header_size + (*slot)->body_size;
            pending->bytes -= bytes;
            *pending->total -= bytes;
            free(*slot);
            *slot = NULL;
        }
    }
    if (pending->first < seq) {
        pending->first = seq;
    }
    if (pending->end < pending->first) {
        pending->end = pending->first;
    }
    if (pending->signed_size <= pending->first) {
        pending->signed_size = 0;
    }
}

struct tree_reader {
    struct dt_sync *s;
    uint16_t wid;
};

static bool read_node(void *ctx, unsigned level, uint64_t index, uint8_t hash[DT_HASH_SIZE])
{
    const struct tree_reader *reader = ctx;
    return reader->s->host.tree_node(reader->s->host.ctx, reader->wid, level, index, hash);
}

void dt_sync_keep_root(struct dt_sync_log *log, uint64_t size,
                       const uint8_t root[static DT_HASH_SIZE])
{
    struct dt_sync_root *slot = &log->roots[log->root_next++ % DT_SYNC_ROOTS];
    slot->size = size;
    memcpy(slot->root, root, DT_HASH_SIZE);
}

bool dt_sync_recent_root(const struct dt_sync_log *log, uint64_t size,
                         uint8_t root[static DT_HASH_SIZE])
{
    for (size_t i = 0; size > 0 && i < DT_SYNC_ROOTS; i++) {
        if (log->roots[i].size == size) {
            memcpy(root, log->roots[i].root, DT_HASH_SIZE);
            return true;
        }
    }
    if (size == log->size) {
        dt_frontier_root(&log->frontier, root);
    }
    return size == log->size;
}

enum dt_err dt_sync_root_at(struct dt_sync *s, struct dt_sync_log *log, uint64_t size,
                            uint8_t root[static DT_HASH_SIZE])
{
    struct tree_reader reader = {s, log->wid};
    return dt_sync_recent_root(log, size, root) ? DT_OK
                                                : dt_tree_root(root, size, read_node, &reader);
}

/* Record 0 of a log we do not know yet: its certificate says whose it is. */
static enum dt_err learn_writer(struct dt_sync *s, struct dt_sync_log *log,
                                const struct dt_stored *opening)
{
    struct dt_header header;
    struct dt_statement statement;
    struct dt_certificate certificate;
    struct dt_span bytes;
    uint8_t line[DT_HASH_SIZE];
    const unsigned member = dt_wid_member(log->wid);
    DT_TRY(dt_header_decode(&header, opening->header));
    if (header.kind != DT_KIND_OPEN || opening->absent) {
        return DT_ERR_UNKNOWN_WRITER;
    }
    DT_TRY(dt_cbor_check(opening->body));
    DT_TRY(dt_field_copy(opening->body, 1, line, DT_HASH_SIZE));
    DT_TRY(dt_field_bytes(opening->body, 2, 1, DT_STATEMENT_MAX, &bytes));
    DT_TRY(dt_statement_decode(&statement, bytes));
    DT_TRY(dt_certificate_decode(&certificate, &statement));
    if (member >= s->charter->member_count ||
        memcmp(statement.signer, s->charter->members[member].root, DT_PUBLIC_SIZE) != 0 ||
        certificate.number != dt_wid_number(log->wid) ||
        memcmp(line, s->line, DT_HASH_SIZE) != 0) {
        return DT_ERR_UNKNOWN_WRITER;
    }
    memcpy(log->writer, certificate.writer, DT_PUBLIC_SIZE);
    return DT_OK;
}

static struct dt_stored stored_of(const struct dt_pending_record *r)
{
    return (struct dt_stored){dt_span(r->bytes, r->header_size),
                              dt_span(r->bytes + r->header_size, r->body_size), r->absent};
}

/* All records up to the checkpoint are here. Their root, without touching the log. */
static enum dt_err pending_root(const struct dt_pending *pending, struct dt_frontier *frontier,
                                uint64_t size, uint8_t root[static DT_HASH_SIZE])
{
    for (uint64_t seq = frontier->size; seq < size; seq++) {
        struct dt_pending_record *r = pending->slot[seq % DT_SYNC_PENDING_RECORDS];
        dt_leaf_hash(r->leaf, dt_span(r->bytes, r->header_size));
        const enum dt_err err = dt_frontier_append(frontier, r->leaf, NULL, NULL);
        if (err != DT_OK) {
            return err;
        }
    }
    dt_frontier_root(frontier, root);
    return DT_OK;
}

/* The first seq that is missing below `size`, or `size`. */
static uint64_t first_hole(const struct dt_pending *pending, uint64_t from, uint64_t size)
{
    for (uint64_t seq = from; seq < size; seq++) {
        if (seq >= pending->end || pending->slot[seq % DT_SYNC_PENDING_RECORDS] == NULL) {
            return seq;
        }
    }
    return size;
}

/* A promise we kept must be what the log now says; if not, the two are a proof. */
static enum dt_err prove_broken_promises(struct dt_sync *s, struct dt_sync_log *log,
                                         const struct dt_checkpoint *checkpoint)
{
    for (size_t i = 0; i < log->ahead_count && log->ahead[i].seq < log->size; i++) {
        struct dt_fork fork;
        struct dt_path path;
        struct tree_reader reader = {s, log->wid};
        uint8_t leaf[DT_HASH_SIZE];
        struct dt_promise promise = {.wid = log->wid, .seq = log->ahead[i].seq};
        memcpy(promise.line_id, s->line, DT_HASH_SIZE);
        memcpy(promise.leaf, log->ahead[i].leaf, DT_HASH_SIZE);
        memcpy(promise.signature, log->ahead[i].promise, DT_SIGNATURE_SIZE);
        if (!read_node(&reader, 0, promise.seq, leaf) ||
            memcmp(leaf, promise.leaf, DT_HASH_SIZE) == 0 ||
            dt_inclusion_path(&path, promise.seq, log->size, read_node, &reader) != DT_OK ||
            dt_fork_from_broken_promise(&fork, &promise, checkpoint, leaf, &path) != DT_OK) {
            continue;
        }
        return dt_sync_forked(s, log, &fork);
    }
    return DT_OK;
}

static enum dt_err stage_pending(struct dt_sync *s, struct dt_peer_log *pl,
                                 struct dt_sync_log *log, const struct dt_checkpoint *checkpoint)
{
    if (!log->known) {
        DT_TRY(s->host.put_log(s->host.ctx, log->wid, log->writer));
        log->known = true;
    }
    for (uint64_t seq = log->size; seq < checkpoint->size; seq++) {
        const struct dt_pending_record *r = pl->pending->slot[seq % DT_SYNC_PENDING_RECORDS];
        const struct dt_stored record = stored_of(r);
        DT_TRY(dt_sync_stage(s, log, &record, r->leaf)); /* pending_root() was here before */
    }
    memcpy(log->signature, checkpoint->signature, DT_SIGNATURE_SIZE);
    dt_sync_keep_root(log, checkpoint->size, checkpoint->root);
    DT_TRY(s->host.put_head(s->host.ctx, log->wid, &log->frontier, log->signature));
    return log->ahead_count > 0 ? prove_broken_promises(s, log, checkpoint) : DT_OK;
}

uint64_t dt_sync_room(struct dt_sync *s, const struct dt_sync_log *log)
{
    enum { BESIDE_MAX = 8 };
    return s->host.full != NULL && s->host.full(s->host.ctx, log->wid) ? log->size + BESIDE_MAX
                                                                       : UINT64_MAX;
}

/* Of a log that has had all the room there is: only what stops fire, with few beside it. A
 * longer piece the author has promised, if it is one of ours. */
static bool refused(struct dt_sync *s, const struct dt_sync_log *log,
                    const struct dt_pending *pending)
{
    if (dt_sync_room(s, log) == UINT64_MAX) {
        return false;
    }
    const uint64_t end = pending->signed_size;
    for (uint64_t seq = log->size; seq < end && end <= dt_sync_room(s, log); seq++) {
        const struct dt_pending_record *r = pending->slot[seq % DT_SYNC_PENDING_RECORDS];
        struct dt_header h;
        if (dt_header_decode(&h, dt_span(r->bytes, r->header_size)) == DT_OK &&
            h.kind == DT_KIND_CHECK_FIRE) {
            return false;
        }
    }
    return true;
}

enum dt_err dt_sync_accept(struct dt_sync *s, struct dt_sync_peer *p, struct dt_peer_log *pl,
                           struct dt_sync_log *log)
{
    struct dt_pending *pending = pl->pending;
    if (pending == NULL || pending->signed_size <= log->size) {
        return DT_OK;
    }
    dt_pending_drop_below(pending, log->size);
    const uint64_t hole = first_hole(pending, log->size, pending->signed_size);
    if (hole < pending->signed_size) {
        pl->want_first = hole;
        uint64_t end = hole;
        while (end < pending->end && pending->slot[end % DT_SYNC_PENDING_RECORDS] == NULL) {
            end++; /* never up to a size that only a peer has named */
        }
        pl->want_count = (end < pending->end ? end : pending->signed_size) - hole;
        return DT_OK;
    }
    if (!log->known) {
        const struct dt_stored opening = stored_of(pending->slot[0]);
        const enum dt_err err = learn_writer(s, log, &opening);
        if (err != DT_OK) {
            dt_sync_reject(s, err);
            dt_pending_free(pl);
            return DT_OK;
        }
    }
    struct dt_checkpoint c = {.size = pending->signed_size};
    struct dt_frontier frontier = log->frontier;
    memcpy(c.line_id, s->line, DT_HASH_SIZE);
    memcpy(c.writer, log->writer, DT_PUBLIC_SIZE);
    memcpy(c.signature, pending->signature, DT_SIGNATURE_SIZE);
    DT_TRY(pending_root(pending, &frontier, c.size, c.root));
    const enum dt_err err = dt_checkpoint_verify(&c);
    if (err != DT_OK) {
        /* Wrong bytes on the way, or another history: ask, and say what we hold. */
        dt_sync_reject(s, err);
        dt_pending_free(pl);
        pl->contest_due = log->size > 0;
        pl->heard_due = true;
        return DT_OK;
    }
    if (refused(s, log, pending)) {
        dt_sync_reject(s, DT_ERR_QUOTA);
        dt_pending_free(pl);
        return DT_OK;
    }
    DT_TRY(stage_pending(s, pl, log, &c));
    dt_pending_drop_below(pl->pending, log->size);
    if (pl->pending->end == pl->pending->first) {
        dt_pending_free(pl);
    }
    pl->want_count = 0;
    pl->heard_due = false;
    pl->cosign_due = log->wid == p->wid;
    pl->heads_due = log->wid != p->wid;
    dt_peer_log_has(p, pl, log->size, 0);
    return DT_OK;
}

enum dt_err dt_sync_accept_whole(struct dt_sync *s, struct dt_sync_peer *p,
                                 struct dt_peer_log *pl, struct dt_sync_log *log)
{
    const struct dt_pending *pending = pl->pending;
    return pending != NULL && pending->signed_size > log->size &&
                   first_hole(pending, log->size, pending->signed_size) == pending->signed_size
               ? dt_sync_accept(s, p, pl, log)
               : DT_OK;
}

/* --- checkpoints as they come ------------------------------------------------ */

/* Is what was signed there what we hold? A clone, or a restored copy that went on with an
 * old log, signs something else. */
static bool agrees(struct dt_sync *s, struct dt_sync_log *log, uint64_t size,
                   const uint8_t *signature)
{
    struct dt_checkpoint c = {.size = size};
    if (size == 0 || !log->known || log->forked ||
        (size == log->size && memcmp(signature, log->signature, DT_SIGNATURE_SIZE) == 0)) {
        return true;
    }
    memcpy(c.line_id, s->line, DT_HASH_SIZE);
    memcpy(c.writer, log->writer, DT_PUBLIC_SIZE);
    memcpy(c.signature, signature, DT_SIGNATURE_SIZE);
    return dt_sync_root_at(s, log, size, c.root) != DT_OK || dt_checkpoint_verify(&c) == DT_OK;
}

/* What the nearer checkpoint covers is taken now; the farther one, for which records are
 * missing, waits on: else a single hole behind could keep out what is whole. */
static enum dt_err take_nearer(struct dt_reading *in, struct dt_peer_log *pl,
                               struct dt_sync_log *log, uint64_t size, const uint8_t *signature)
{
    struct dt_pending *pending = pl->pending;
    const uint64_t far = pending->signed_size;
    uint8_t far_signature[DT_SIGNATURE_SIZE];
    memcpy(far_signature, pending->signature, DT_SIGNATURE_SIZE);
    pending->signed_size = size;
    memcpy(pending->signature, signature, DT_SIGNATURE_SIZE);
    DT_TRY(dt_sync_accept(in->s, in->p, pl, log));
    if (pl->pending != NULL && log->size == size) {
        pl->pending->signed_size = far;
        memcpy(pl->pending->signature, far_signature, DT_SIGNATURE_SIZE);
        return dt_sync_accept(in->s, in->p, pl, log);
    }
    return DT_OK;
}

enum dt_err dt_take_checkpoint(struct dt_reading *in, struct dt_peer_log *pl,
                               struct dt_sync_log *log, uint64_t size, const uint8_t *signature)
{
    if (size <= log->size) {
        /* Repeated: our answer may have been lost. */
        pl->contest_due = pl->contest_due || !agrees(in->s, log, size, signature);
        pl->cosign_due = pl->cosign_due || log->wid == in->p->wid;
        pl->heads_due = pl->heads_due || log->wid != in->p->wid;
        return DT_OK;
    }
    if (size > dt_sync_room(in->s, log)) {
        return DT_OK; /* not asked for again: it would come, and come again */
    }
    if (pl->pending == NULL) {
        pl->want_first = log->size;
        pl->want_count = size - log->size;
        return DT_OK;
    }
    if (size < pl->pending->signed_size && first_hole(pl->pending, log->size, size) == size) {
        return take_nearer(in, pl, log, size, signature);
    }
    /* One beyond what may wait here can never be met: it comes again when its turn is. */
    if (size > pl->pending->signed_size && size - log->size <= DT_SYNC_PENDING_RECORDS) {
        pl->pending->signed_size = size;
        memcpy(pl->pending->signature, signature, DT_SIGNATURE_SIZE);
    }
    return dt_sync_accept(in->s, in->p, pl, log);
}

/* --- two histories ---------------------------------------------------------------- */

enum dt_err dt_sync_forked(struct dt_sync *s, struct dt_sync_log *log, const struct dt_fork *fork)
{
    uint8_t bytes[DT_FORK_SIZE_MAX];
    struct dt_writer w = dt_writer(bytes, sizeof bytes);
    dt_fork_encode(&w, fork);
    log->forked = true;
    log->common = dt_fork_parts_at(fork);
    for (size_t i = 0; i < s->peer_count; i++) {
        struct dt_peer_log *pl = dt_peer_log(s->peers[i], log->wid);
        if (pl != NULL) {
            pl->fork_due = true;
            pl->contest_due = true; /* whoever has the other history sees that we have this */
        }
    }
    return s->host.put_fork(s->host.ctx, log->wid, dt_written(&w));
}

void dt_sync_contest(struct dt_sync *s, uint16_t wid, uint16_t by)
{
    const bool peer = dt_sync_find_peer(s, by) != NULL;
    for (size_t i = 0; i < s->peer_count; i++) {
        struct dt_peer_log *pl = dt_peer_log(s->peers[i], wid);
        if (pl != NULL && (!peer || s->peers[i]->wid == by)) {
            pl->contest_due = true;
        }
    }
}

/* `theirs` has verified. If our tree has another root at that size, it is a fork. */
enum dt_err dt_sync_contested(struct dt_sync *s, struct dt_sync_log *log,
                              const struct dt_checkpoint *theirs)
{
    struct dt_checkpoint ours = {.size = log->size};
    struct tree_reader reader = {s, log->wid};
    struct dt_path path = {0};
    struct dt_fork fork;
    uint8_t root[DT_HASH_SIZE];
    if (theirs->size == 0 || theirs->size > log->size ||
        dt_sync_root_at(s, log, theirs->size, root) != DT_OK ||
        memcmp(root, theirs->root, DT_HASH_SIZE) == 0) {
        return DT_OK;
    }
    memcpy(ours.line_id, s->line, DT_HASH_SIZE);
    memcpy(ours.writer, log->writer, DT_PUBLIC_SIZE);
    memcpy(ours.signature, log->signature, DT_SIGNATURE_SIZE);
    dt_frontier_root(&log->frontier, ours.root);
    const bool equal = theirs->size == ours.size;
    if (!equal && dt_two_roots_path(&path, theirs->size, ours.size, read_node, &reader) != DT_OK) {
        return DT_OK;
    }
    const enum dt_err err =
        dt_fork_from_checkpoints(&fork, log->wid, theirs, &ours, equal ? NULL : &path);
    return err == DT_OK ? dt_sync_forked(s, log, &fork) : DT_OK;
}

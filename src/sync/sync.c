/* SPDX-License-Identifier: ISC */
/* Life of a line's logs and peers, and our own appends (sync.h). */
#include "sync/sync.h"

#include <stdlib.h>
#include <string.h>

#include "log/promise.h"
#include "sync/state.h"

enum { WINDOW_START = 32 << 10, WINDOW_MAX = 2 << 20, HEADS_AFTER_UP = 200000 /* us: receipts go first */ };

void dt_sync_init(struct dt_sync *s, const struct dt_charter *charter, uint16_t me,
                  const uint8_t own_key[static DT_PUBLIC_SIZE],
                  const uint8_t signer[static DT_SIGNER_SIZE], const struct dt_sync_host *host)
{
    memset(s, 0, sizeof *s);
    memcpy(s->line, charter->id, DT_HASH_SIZE);
    s->charter = charter;
    s->me = me;
    memcpy(s->own_key, own_key, DT_PUBLIC_SIZE);
    memcpy(s->signer, signer, DT_SIGNER_SIZE);
    s->host = *host;
    s->heads_due_us = INT64_MAX;
}

void dt_sync_free_peer(struct dt_sync_peer *p)
{
    for (size_t i = 0; i < p->log_count; i++) {
        dt_pending_free(p->logs[i]);
        dt_assemblies_free(p->logs[i]);
        dt_other_free(p->logs[i]);
        free(p->logs[i]);
    }
    free(p->logs);
    free(p);
}

void dt_sync_deinit(struct dt_sync *s)
{
    for (size_t i = 0; i < s->log_count; i++) {
        free(s->logs[i]->ahead);
        free(s->logs[i]);
    }
    for (size_t i = 0; i < s->peer_count; i++) {
        dt_sync_free_peer(s->peers[i]);
    }
    dt_sync_file_end(s);
    free(s->logs);
    free(s->peers);
    dt_wipe(s->signer, sizeof s->signer);
    memset(s, 0, sizeof *s);
}

void dt_sync_reject(struct dt_sync *s, enum dt_err err)
{
    s->rejects[err]++;
}

/* Every array here is one of pointers to structs that begin with their wid. */
static size_t position(uint16_t *const *items, size_t count, uint16_t wid)
{
    size_t low = 0, high = count;
    while (low < high) {
        const size_t middle = (low + high) / 2;
        if (*items[middle] < wid) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static void *find(void *items, size_t count, uint16_t wid)
{
    uint16_t *const *array = items;
    const size_t at = position(array, count, wid);
    return at < count && *array[at] == wid ? array[at] : NULL;
}

/* Finds or makes the struct of `size` bytes for `wid`; NULL without memory. */
static void *find_or_add(void *items, size_t *count, uint16_t wid, size_t size)
{
    void *found = find(*(void **)items, *count, wid);
    if (found != NULL) {
        return found;
    }
    uint16_t **array = realloc(*(void **)items, (*count + 1) * sizeof *array);
    if (array == NULL) {
        return NULL;
    }
    *(void **)items = array;
    uint16_t *item = calloc(1, size);
    if (item == NULL) {
        return NULL;
    }
    *item = wid;
    const size_t at = position(array, *count, wid);
    memmove(array + at + 1, array + at, (*count - at) * sizeof *array);
    array[at] = item;
    (*count)++;
    return item;
}

struct dt_sync_log *dt_sync_find_log(const struct dt_sync *s, uint16_t wid)
{
    return find(s->logs, s->log_count, wid);
}

struct dt_sync_log *dt_sync_log(struct dt_sync *s, uint16_t wid)
{
    struct dt_sync_log *log = find_or_add(&s->logs, &s->log_count, wid, sizeof *log);
    if (log != NULL && wid == s->me && !log->known) {
        log->own = true;
        log->known = true;
        memcpy(log->writer, s->own_key, DT_PUBLIC_SIZE);
    }
    return log;
}

struct dt_sync_peer *dt_sync_find_peer(const struct dt_sync *s, uint16_t wid)
{
    return find(s->peers, s->peer_count, wid);
}

struct dt_peer_log *dt_peer_log_find(const struct dt_sync_peer *p, uint16_t wid)
{
    return find(p->logs, p->log_count, wid);
}

struct dt_peer_log *dt_peer_log(struct dt_sync_peer *p, uint16_t wid)
{
    return find_or_add(&p->logs, &p->log_count, wid, sizeof(struct dt_peer_log));
}

enum dt_err dt_sync_add_peer(struct dt_sync *s, uint16_t wid, uint64_t cosigned)
{
    struct dt_sync_peer *p = find_or_add(&s->peers, &s->peer_count, wid, sizeof *p);
    struct dt_peer_log *pl = p != NULL ? dt_peer_log(p, s->me) : NULL;
    if (pl == NULL) {
        return DT_ERR_NO_MEMORY;
    }
    p->window = WINDOW_START;
    pl->has = pl->heard = pl->sent = cosigned;
    return DT_OK;
}

enum dt_err dt_sync_load_log(struct dt_sync *s, uint16_t wid, const uint8_t *writer,
                             const struct dt_frontier *frontier, const uint8_t *signature,
                             bool forked)
{
    struct dt_sync_log *log = dt_sync_log(s, wid);
    if (log == NULL) {
        return DT_ERR_NO_MEMORY;
    }
    log->known = true;
    log->own = wid == s->me;
    memcpy(log->writer, writer, DT_PUBLIC_SIZE);
    log->frontier = *frontier;
    memset(log->roots, 0, sizeof log->roots);
    log->size = log->durable = frontier->size;
    memcpy(log->signature, signature, DT_SIGNATURE_SIZE);
    log->forked = forked;
    log->dirty = false;
    return DT_OK;
}

static enum dt_err keep_ahead(struct dt_sync_log *log, uint64_t seq, const uint8_t *leaf,
                              const uint8_t *promise)
{
    if (log->ahead_count == DT_SYNC_AHEAD_MAX) {
        return DT_ERR_QUOTA;
    }
    if (log->ahead == NULL) {
        log->ahead = calloc(DT_SYNC_AHEAD_MAX, sizeof *log->ahead);
        if (log->ahead == NULL) {
            return DT_ERR_NO_MEMORY;
        }
    }
    size_t at = log->ahead_count;
    for (; at > 0 && log->ahead[at - 1].seq > seq; at--) {
        log->ahead[at] = log->ahead[at - 1];
    }
    log->ahead[at].seq = seq;
    memcpy(log->ahead[at].leaf, leaf, DT_HASH_SIZE);
    memcpy(log->ahead[at].promise, promise, DT_SIGNATURE_SIZE);
    log->ahead_count++;
    return DT_OK;
}

enum dt_err dt_sync_load_ahead(struct dt_sync *s, uint16_t wid, uint64_t seq, const uint8_t *leaf,
                               const uint8_t *promise)
{
    struct dt_sync_log *log = dt_sync_log(s, wid);
    return log == NULL ? DT_ERR_NO_MEMORY : keep_ahead(log, seq, leaf, promise);
}

/* A promise is worth keeping once; the same again is nothing new. */
enum dt_err dt_sync_take_promised(struct dt_sync *s, struct dt_sync_log *log, uint64_t seq,
                                  const struct dt_stored *record, const uint8_t *signature)
{
    struct dt_promise promise = {.wid = log->wid, .seq = seq};
    memcpy(promise.line_id, s->line, DT_HASH_SIZE);
    memcpy(promise.signature, signature, DT_SIGNATURE_SIZE);
    dt_leaf_hash(promise.leaf, record->header);
    const enum dt_err err = dt_promise_verify(&promise, log->writer);
    if (err != DT_OK) {
        dt_sync_reject(s, err);
        return DT_OK;
    }
    for (size_t i = 0; i < log->ahead_count; i++) {
        if (log->ahead[i].seq == seq) {
            struct dt_fork fork;
            struct dt_promise held = promise;
            memcpy(held.leaf, log->ahead[i].leaf, DT_HASH_SIZE);
            memcpy(held.signature, log->ahead[i].promise, DT_SIGNATURE_SIZE);
            return dt_fork_from_promises(&fork, &held, &promise, log->writer) == DT_OK
                       ? dt_sync_forked(s, log, &fork)
                       : DT_OK;
        }
    }
    struct dt_header header;
    const bool fire = dt_header_decode(&header, record->header) == DT_OK &&
                      header.kind == DT_KIND_CHECK_FIRE;
    if (!fire && (log->ahead_count >= DT_SYNC_AHEAD_MAX - DT_SYNC_AHEAD_FIRE ||
                  (s->host.full != NULL && s->host.full(s->host.ctx, log->wid)))) {
        dt_sync_reject(s, DT_ERR_QUOTA);
        return DT_OK;
    }
    const enum dt_err kept = keep_ahead(log, seq, promise.leaf, signature);
    if (kept == DT_ERR_QUOTA) {
        dt_sync_reject(s, kept);
        return DT_OK;
    }
    return kept != DT_OK
               ? kept
               : s->host.put_ahead(s->host.ctx, log->wid, seq, promise.leaf, record, signature);
}

/* --- staging ------------------------------------------------------------- */

struct closed_subtrees {
    struct dt_sync *s;
    uint16_t wid;
    enum dt_err err;
};

/* Subtrees of 2^8, 2^16 … leaves are stored; the rest is cheap to make again. */
static void subtree_closed(void *ctx, unsigned level, uint64_t index, const uint8_t *hash)
{
    struct closed_subtrees *closed = ctx;
    if (level > 0 && level % 8 == 0 && closed->err == DT_OK) {
        closed->err = closed->s->host.put_tree_node(closed->s->host.ctx, closed->wid, level, index,
                                                    hash);
    }
}

enum dt_err dt_sync_stage(struct dt_sync *s, struct dt_sync_log *log,
                          const struct dt_stored *record, const uint8_t leaf[static DT_HASH_SIZE])
{
    struct closed_subtrees closed = {s, log->wid, DT_OK};
    log->dirty = true;
    const enum dt_err err = dt_frontier_append(&log->frontier, leaf, subtree_closed, &closed);
    if (err != DT_OK || closed.err != DT_OK) {
        return err != DT_OK ? err : closed.err;
    }
    return s->host.put(s->host.ctx, log->wid, log->size++, leaf, record);
}

enum dt_err dt_sync_append(struct dt_sync *s, struct dt_span header, struct dt_span body,
                           uint64_t *seq, uint8_t leaf[static DT_HASH_SIZE])
{
    struct dt_sync_log *log = dt_sync_log(s, s->me);
    if (log == NULL) {
        return DT_ERR_NO_MEMORY;
    }
    if (log->size == 0 && !log->dirty) {
        const enum dt_err err = s->host.put_log(s->host.ctx, s->me, s->own_key);
        if (err != DT_OK) {
            return err;
        }
    }
    *seq = log->size;
    const struct dt_stored record = {header, body, false};
    dt_leaf_hash(leaf, header);
    log->urgent = log->urgent || dt_header_peek_precedence(header) != DT_ROUTINE;
    return dt_sync_stage(s, log, &record, leaf);
}

static void checkpoint_of(const struct dt_sync *s, const struct dt_sync_log *log,
                          struct dt_checkpoint *c)
{
    memcpy(c->line_id, s->line, DT_HASH_SIZE);
    memcpy(c->writer, log->writer, DT_PUBLIC_SIZE);
    c->size = log->size;
    dt_frontier_root(&log->frontier, c->root);
    memcpy(c->signature, log->signature, DT_SIGNATURE_SIZE);
}

enum dt_err dt_sync_seal_own(struct dt_sync *s)
{
    struct dt_sync_log *log = dt_sync_find_log(s, s->me);
    if (log == NULL || !log->dirty) {
        return DT_OK;
    }
    struct dt_checkpoint c;
    checkpoint_of(s, log, &c);
    dt_checkpoint_sign(&c, s->signer);
    memcpy(log->signature, c.signature, DT_SIGNATURE_SIZE);
    dt_sync_keep_root(log, c.size, c.root);
    return s->host.put_head(s->host.ctx, log->wid, &log->frontier, log->signature);
}

bool dt_sync_is_dirty(const struct dt_sync *s)
{
    for (size_t i = 0; i < s->log_count; i++) {
        if (s->logs[i]->dirty) {
            return true;
        }
    }
    return false;
}

/* Precedence, and above all others what stops fire. */
static unsigned rank_of(const struct dt_sync *s, uint16_t wid, uint64_t seq)
{
    struct dt_stored record;
    struct dt_header header;
    if (!s->host.get(s->host.ctx, wid, seq, &record) ||
        dt_header_decode(&header, record.header) != DT_OK) {
        return DT_ROUTINE;
    }
    return header.kind == DT_KIND_CHECK_FIRE ? DT_RANK_FIRE : dt_header_precedence(&header);
}

/* A place on the way to `p`: a free one, or that of the last of the lowest below it, which
 * then goes in the order of its log. */
static struct dt_sync_promise_out *promise_place(struct dt_sync_peer *p, unsigned rank)
{
    if (p->promise_count < DT_SYNC_PROMISES) {
        return &p->promises[p->promise_count++];
    }
    struct dt_sync_promise_out *lowest = &p->promises[0];
    for (size_t i = 1; i < DT_SYNC_PROMISES; i++) {
        const bool lower = p->promises[i].rank <= lowest->rank;
        lowest = lower ? &p->promises[i] : lowest;
    }
    return lowest->rank < rank ? lowest : NULL;
}

/* Our records from..to are durable: those that must not wait behind a backlog get a
 * place of their own on the way to each peer. */
static void queue_urgent(struct dt_sync *s, uint64_t from, uint64_t to)
{
    for (uint64_t seq = from; seq < to; seq++) {
        const unsigned rank = rank_of(s, s->me, seq);
        if (rank == DT_ROUTINE) {
            continue;
        }
        for (size_t i = 0; i < s->peer_count; i++) {
            struct dt_sync_peer *p = s->peers[i];
            const struct dt_peer_log *pl = dt_peer_log_find(p, s->me);
            const bool backlog = pl == NULL || seq - pl->has > 4;
            struct dt_sync_promise_out *place =
                p->up && backlog ? promise_place(p, rank) : NULL;
            if (place != NULL) {
                *place = (struct dt_sync_promise_out){s->me, seq, (uint8_t)rank, 0, 0, 0};
            }
        }
    }
}

void dt_sync_committed(struct dt_sync *s, int64_t now_us)
{
    for (size_t i = 0; i < s->log_count; i++) {
        struct dt_sync_log *log = s->logs[i];
        if (!log->dirty) {
            continue;
        }
        log->dirty = false;
        const uint64_t before = log->durable;
        log->durable = log->size;
        log->advanced_us = now_us;
        size_t below = 0;
        while (below < log->ahead_count && log->ahead[below].seq < log->durable) {
            below++;
        }
        if (below > 0) {
            log->ahead_count -= below;
            memmove(log->ahead, log->ahead + below, log->ahead_count * sizeof *log->ahead);
        }
        if (log->own && log->urgent) {
            queue_urgent(s, before, log->durable);
            log->urgent = false;
        } else if (!log->own && s->heads_due_us == INT64_MAX) {
            s->heads_due_us = now_us + DT_SYNC_HEADS_DELAY;
        }
    }
}

/* What waited there followed on records that are gone again: it no longer fits. */
static void drop_pending(struct dt_sync *s, struct dt_sync_peer *p)
{
    for (size_t i = 0; i < p->log_count; i++) {
        const struct dt_sync_log *log = dt_sync_find_log(s, p->logs[i]->wid);
        if (log != NULL && log->dirty) {
            dt_pending_free(p->logs[i]);
            p->logs[i]->heard_due = true; /* the sender thinks that it is here */
        }
    }
}

void dt_sync_rolled_back(struct dt_sync *s)
{
    for (size_t i = 0; i < s->peer_count; i++) {
        drop_pending(s, s->peers[i]);
    }
    if (s->file != NULL) {
        drop_pending(s, s->file);
    }
    for (size_t i = 0; i < s->log_count; i++) {
        struct dt_sync_log *log = s->logs[i];
        log->ahead_count = 0;
        memset(log->roots, 0, sizeof log->roots);
        if (!log->dirty || log->durable > 0) {
            continue; /* the host loads it again */
        }
        /* It began in the transaction that is gone. */
        log->known = log->own;
        log->dirty = false;
        log->size = 0;
        log->frontier = (struct dt_frontier){0};
    }
}

/* --- small state of peers -------------------------------------------------- */

void dt_peer_log_rewind(struct dt_sync_peer *p, struct dt_peer_log *pl, uint64_t seq)
{
    pl->sent = seq;
    if (pl->heard > seq) {
        pl->heard = seq;
    }
    if (pl->signed_to > seq) {
        pl->signed_to = seq;
    }
    pl->fragment_at = 0;
    p->in_flight -= pl->in_flight < p->in_flight ? pl->in_flight : p->in_flight;
    pl->in_flight = 0;
}

void dt_peer_log_heard(struct dt_sync_peer *p, struct dt_peer_log *pl, uint64_t size,
                       int64_t now_us)
{
    if (size <= pl->heard) {
        return;
    }
    const uint64_t out = pl->sent > pl->heard ? pl->sent - pl->heard : 0;
    size_t settled = pl->in_flight;
    if (size < pl->sent && out > 0) {
        /* Records differ in size; in proportion is near enough for a window. */
        settled = (size_t)((double)pl->in_flight * (double)(size - pl->heard) / (double)out);
    }
    pl->heard = size;
    if (size > pl->sent) {
        pl->sent = size;
    }
    pl->in_flight -= settled;
    p->in_flight -= settled < p->in_flight ? settled : p->in_flight;
    if (p->window < WINDOW_MAX) {
        p->window += settled;
    }
    pl->progress_us = now_us;
    pl->backoff = 0;
}

void dt_peer_log_has(struct dt_sync_peer *p, struct dt_peer_log *pl, uint64_t size, int64_t now_us)
{
    if (size > pl->has) {
        pl->has = size;
        pl->progress_us = now_us;
        pl->backoff = 0;
        dt_peer_log_heard(p, pl, size, now_us);
    }
}

void dt_sync_peer_up(struct dt_sync *s, uint16_t peer, int64_t now_us, int64_t rtt_us)
{
    struct dt_sync_peer *p = dt_sync_find_peer(s, peer);
    if (p == NULL) {
        return;
    }
    const bool was_up = p->up;
    p->up = true;
    p->rtt_us = rtt_us;
    if (was_up) {
        /* New keys, same peer: nothing is lost. But it may have started anew, and know nothing
         * of what we told it. */
        const int64_t heads_us = now_us + HEADS_AFTER_UP;
        p->heads_us = heads_us < p->heads_us ? heads_us : p->heads_us;
        return;
    }
    p->window = WINDOW_START;
    p->in_flight = 0;
    p->heads_seen = false;
    p->heads_us = now_us + HEADS_AFTER_UP;
    for (size_t i = 0; i < p->log_count; i++) {
        struct dt_peer_log *pl = p->logs[i];
        if (pl->sent != pl->has && now_us - pl->progress_us > dt_peer_timeout(p, 0)) {
            dt_peer_log_rewind(p, pl, pl->has);
        }
        pl->backoff = 0;
    }
}

void dt_sync_peer_down(struct dt_sync *s, uint16_t peer)
{
    struct dt_sync_peer *p = dt_sync_find_peer(s, peer);
    if (p != NULL) {
        p->up = false;
        p->promise_count = 0;
        for (size_t i = 0; i < p->log_count; i++) {
            dt_pending_free(p->logs[i]);
            dt_assemblies_free(p->logs[i]);
            dt_other_free(p->logs[i]);
            dt_peer_log_rewind(p, p->logs[i], p->logs[i]->has);
        }
    }
}

uint64_t dt_sync_behind(const struct dt_sync *s, uint16_t peer)
{
    const struct dt_sync_peer *p = dt_sync_find_peer(s, peer);
    uint64_t behind = 0;
    for (size_t i = 0; p != NULL && i < s->log_count; i++) {
        const struct dt_sync_log *log = s->logs[i];
        const struct dt_peer_log *pl = dt_peer_log_find(p, log->wid);
        const uint64_t has = pl != NULL ? pl->has : 0;
        if (log->wid != peer && log->durable > has) {
            behind += log->durable - has;
        }
    }
    return behind;
}

uint64_t dt_sync_cosigned(const struct dt_sync *s, uint16_t peer)
{
    const struct dt_sync_peer *p = dt_sync_find_peer(s, peer);
    const struct dt_peer_log *pl = p != NULL ? dt_peer_log_find(p, s->me) : NULL;
    return pl != NULL ? pl->has : 0;
}

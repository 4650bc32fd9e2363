/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "base/try.h"
#include "store/sql.h"

enum { STORED_STEP = 8 }; /* levels of the tree that are kept: 8, 16, 24 ... */

static int64_t sql_key(unsigned log, uint64_t seq)
{
    return (int64_t)dt_store_key_of(log, seq);
}

/* --- records ------------------------------------------------------------- */

static enum dt_err check_record(struct dt_span header, struct dt_span body)
{
    if (header.size == 0) {
        return DT_ERR_BAD_VALUE;
    }
    return header.size > DT_HEADER_MAX || body.size > DT_BODY_MAX ? DT_ERR_TOO_LARGE : DT_OK;
}

static int64_t tree_key(unsigned log, unsigned level, uint64_t index)
{
    return (int64_t)((uint64_t)log << 35 | (uint64_t)(level / STORED_STEP) << 32 | index);
}

struct closing {
    struct dt_store *store;
    unsigned log;
    enum dt_err err;
};

static void subtree_closed(void *ctx, unsigned level, uint64_t index,
                           const uint8_t hash[DT_HASH_SIZE])
{
    struct closing *closing = ctx;
    if (closing->err == DT_OK) {
        closing->err = dt_store_tree_put(closing->store, closing->log, level, index, hash);
    }
}

enum dt_err dt_store_tree_put(struct dt_store *store, unsigned log, unsigned level, uint64_t index,
                              const uint8_t hash[static DT_HASH_SIZE])
{
    if (level == 0 || level % STORED_STEP != 0) {
        return DT_OK;
    }
    struct dt_query q = dt_query(store, DT_SQL_TREE_PUT);
    dt_bind_int(&q, tree_key(log, level, index));
    dt_bind_blob(&q, dt_span(hash, DT_HASH_SIZE));
    return dt_run(&q);
}

/* Only an append that completes 2^8 leaves writes nodes: then, and only then, the
 * frontier may have to be put back. */
static enum dt_err grow(struct dt_store *store, struct dt_store_log *log,
                        const uint8_t leaf[static DT_HASH_SIZE])
{
    struct closing closing = {store, log->id, DT_OK};
    if ((log->frontier.size + 1) % (1u << STORED_STEP) != 0) {
        return dt_frontier_append(&log->frontier, leaf, NULL, NULL);
    }
    const struct dt_frontier before = log->frontier;
    const enum dt_err err = dt_frontier_append(&log->frontier, leaf, subtree_closed, &closing);
    if (err != DT_OK || closing.err != DT_OK) {
        log->frontier = before;
    }
    return err != DT_OK ? err : closing.err;
}

static enum dt_err put_row(struct dt_store *store, const struct dt_store_log *log,
                           struct dt_span header, struct dt_span body)
{
    DT_TRY(check_record(header, body));
    if (!store->in_transaction) {
        return DT_ERR_BAD_STATE;
    }
    if (log->frontier.size > DT_STORE_SEQ_MAX) {
        return DT_ERR_CAPACITY;
    }
    struct dt_query q = dt_query(store, DT_SQL_RECORD_PUT);
    dt_bind_int(&q, sql_key(log->id, log->frontier.size));
    dt_bind_blob(&q, header);
    dt_bind_blob(&q, body);
    return dt_run(&q);
}

enum dt_err dt_store_append_leaf(struct dt_store *store, struct dt_store_log *log,
                                 struct dt_span header, struct dt_span body,
                                 const uint8_t leaf[static DT_HASH_SIZE])
{
    DT_TRY(put_row(store, log, header, body));
    enum dt_err err = grow(store, log, leaf);
    if (err != DT_OK) { /* the record is in already: what is refused now is lost as a whole */
        err = err == DT_ERR_DUPLICATE ? DT_ERR_STORE_DAMAGED : err;
        dt_store_lose(store, err, true);
        return err;
    }
    log->bytes += header.size + body.size;
    return DT_OK;
}

enum dt_err dt_store_append_grown(struct dt_store *store, struct dt_store_log *log,
                                  struct dt_span header, struct dt_span body,
                                  const struct dt_frontier *grown)
{
    if (grown->size != log->frontier.size + 1) {
        return DT_ERR_BAD_STATE;
    }
    DT_TRY(put_row(store, log, header, body));
    dt_frontier_follow(&log->frontier, grown);
    log->bytes += header.size + body.size;
    return DT_OK;
}

enum dt_err dt_store_append(struct dt_store *store, struct dt_store_log *log, struct dt_span header,
                            struct dt_span body, uint8_t leaf[static DT_HASH_SIZE])
{
    dt_leaf_hash(leaf, header);
    return dt_store_append_leaf(store, log, header, body, leaf);
}

static struct dt_store_record record_columns(struct dt_query *q)
{
    struct dt_store_record record = {.seq = dt_store_key_seq((uint64_t)dt_column_int(q))};
    record.header = dt_column_span(q, DT_HEADER_MAX);
    record.body = dt_column_span(q, DT_BODY_MAX);
    if (record.header.size == 0 && q->err == DT_OK) {
        q->err = DT_ERR_STORE_DAMAGED;
    }
    return record;
}

/* Moves a record out of SQLite's hands: a statement left in mid-row would keep the
 * write-ahead log from ever being emptied. */
static void keep(struct dt_record_room *room, struct dt_store_record *record)
{
    if (record->header.data != NULL) {
        memcpy(room->header, record->header.data, record->header.size);
        record->header.data = room->header;
    }
    if (record->body.data != NULL) {
        memcpy(room->body, record->body.data, record->body.size);
        record->body.data = room->body;
    }
}

enum dt_err dt_store_record_get(struct dt_store *store, unsigned log, uint64_t seq,
                                struct dt_store_record *record)
{
    if (log > DT_STORE_LOG_MAX || seq > DT_STORE_SEQ_MAX) {
        return DT_ERR_UNKNOWN_RECORD;
    }
    struct dt_query q = dt_query(store, DT_SQL_RECORD_GET);
    dt_bind_int(&q, sql_key(log, seq));
    const bool found = dt_row(&q);
    if (found) {
        *record = record_columns(&q);
        keep(&store->record, record);
    }
    return dt_end_one(&q, found, DT_ERR_UNKNOWN_RECORD);
}

enum dt_err dt_store_record_list(struct dt_store *store, unsigned log, uint64_t first,
                                 uint64_t count, dt_store_record_fn fn, void *ctx)
{
    if (log > DT_STORE_LOG_MAX || first > DT_STORE_SEQ_MAX || count == 0) {
        return DT_OK;
    }
    const uint64_t most = DT_STORE_SEQ_MAX - first;
    const uint64_t last = count - 1 > most ? DT_STORE_SEQ_MAX : first + count - 1;
    struct dt_query q = dt_query(store, DT_SQL_RECORD_LIST);
    dt_bind_int(&q, sql_key(log, first));
    dt_bind_int(&q, sql_key(log, last));
    while (dt_row(&q)) {
        const struct dt_store_record record = record_columns(&q);
        if (q.err != DT_OK || !fn(ctx, &record)) {
            break;
        }
    }
    return dt_end(&q);
}

enum dt_err dt_store_record_set_body(struct dt_store *store, unsigned log, uint64_t seq,
                                     struct dt_span body)
{
    if (body.size > DT_BODY_MAX) {
        return DT_ERR_TOO_LARGE;
    }
    if (log > DT_STORE_LOG_MAX || seq > DT_STORE_SEQ_MAX) {
        return DT_ERR_UNKNOWN_RECORD;
    }
    struct dt_query q = dt_query(store, DT_SQL_RECORD_BODY);
    dt_bind_int(&q, sql_key(log, seq));
    dt_bind_blob(&q, body);
    return dt_run_on_one(&q, DT_ERR_UNKNOWN_RECORD);
}

/* --- ahead ---------------------------------------------------------------- */

enum dt_err dt_store_ahead_put(struct dt_store *store, unsigned log,
                               const struct dt_store_ahead *ahead)
{
    const enum dt_err err = check_record(ahead->record.header, ahead->record.body);
    if (err != DT_OK) {
        return err;
    }
    if (log > DT_STORE_LOG_MAX || ahead->record.seq > DT_STORE_SEQ_MAX) {
        return DT_ERR_CAPACITY;
    }
    struct dt_query q = dt_query(store, DT_SQL_AHEAD_PUT);
    dt_bind_int(&q, sql_key(log, ahead->record.seq));
    dt_bind_blob(&q, ahead->record.header);
    dt_bind_blob(&q, ahead->record.body);
    dt_bind_blob(&q, dt_span(ahead->signature, DT_SIGNATURE_SIZE));
    return dt_run(&q);
}

static void ahead_columns(struct dt_query *q, struct dt_store_ahead *ahead)
{
    ahead->record = record_columns(q);
    dt_column_copy(q, ahead->signature, DT_SIGNATURE_SIZE);
}

enum dt_err dt_store_ahead_get(struct dt_store *store, unsigned log, uint64_t seq,
                               struct dt_store_ahead *ahead)
{
    if (log > DT_STORE_LOG_MAX || seq > DT_STORE_SEQ_MAX) {
        return DT_ERR_UNKNOWN_RECORD;
    }
    struct dt_query q = dt_query(store, DT_SQL_AHEAD_GET);
    dt_bind_int(&q, sql_key(log, seq));
    const bool found = dt_row(&q);
    if (found) {
        ahead_columns(&q, ahead);
        keep(&store->ahead, &ahead->record);
    }
    return dt_end_one(&q, found, DT_ERR_UNKNOWN_RECORD);
}

enum dt_err dt_store_ahead_list(struct dt_store *store, unsigned log, dt_store_ahead_fn fn,
                                void *ctx)
{
    if (log > DT_STORE_LOG_MAX) {
        return DT_OK;
    }
    struct dt_query q = dt_query(store, DT_SQL_AHEAD_LIST);
    dt_bind_int(&q, sql_key(log, 0));
    dt_bind_int(&q, sql_key(log, DT_STORE_SEQ_MAX));
    while (dt_row(&q)) {
        struct dt_store_ahead ahead;
        ahead_columns(&q, &ahead);
        if (q.err != DT_OK || !fn(ctx, &ahead)) {
            break;
        }
    }
    return dt_end(&q);
}

enum dt_err dt_store_ahead_delete(struct dt_store *store, unsigned log, uint64_t seq)
{
    if (log > DT_STORE_LOG_MAX || seq > DT_STORE_SEQ_MAX) {
        return DT_OK;
    }
    struct dt_query q = dt_query(store, DT_SQL_AHEAD_DELETE);
    dt_bind_int(&q, sql_key(log, seq));
    return dt_run(&q);
}

/* --- tree nodes ------------------------------------------------------------- */

/* Folds up to 2^7 nodes of one level, left to right, into one. */
struct fold {
    uint64_t count;
    uint8_t hash[STORED_STEP][DT_HASH_SIZE];
};

static void fold_add(struct fold *fold, const uint8_t hash[static DT_HASH_SIZE])
{
    uint8_t node[DT_HASH_SIZE];
    memcpy(node, hash, DT_HASH_SIZE);
    unsigned level = 0;
    for (; (fold->count >> level & 1) != 0; level++) {
        dt_node_hash(node, fold->hash[level], node);
    }
    memcpy(fold->hash[level], node, DT_HASH_SIZE);
    fold->count++;
}

/* Adds nodes first .. first + count - 1 of a kept level, as far as they are there. */
static enum dt_err fold_range(struct fold *fold, struct dt_store *store, unsigned log,
                              unsigned level, uint64_t first, uint64_t count)
{
    if (count == 0) {
        return DT_OK;
    }
    struct dt_query q = dt_query(store, level == 0 ? DT_SQL_RECORD_HEADERS : DT_SQL_TREE_LIST);
    const int64_t from = level == 0 ? sql_key(log, first) : tree_key(log, level, first);
    dt_bind_int(&q, from);
    dt_bind_int(&q, from + (int64_t)(count - 1));
    while (dt_row(&q)) {
        uint8_t hash[DT_HASH_SIZE];
        if (level == 0) {
            dt_leaf_hash(hash, dt_column_span(&q, DT_HEADER_MAX));
        } else {
            dt_column_copy(&q, hash, DT_HASH_SIZE);
        }
        if (q.err != DT_OK) {
            break;
        }
        fold_add(fold, hash);
    }
    return dt_end(&q);
}

static enum dt_err tree_node(const struct dt_store_tree *tree, unsigned level, uint64_t index,
                             uint8_t hash[static DT_HASH_SIZE])
{
    if (level > 40 || index >= UINT64_C(1) << (40 - level)) {
        return DT_ERR_BAD_VALUE;
    }
    const unsigned kept = level - level % STORED_STEP;
    const unsigned rise = level - kept;
    const uint64_t first = index << rise;
    const uint64_t count = UINT64_C(1) << rise;
    /* Of a branch, whatever lies wholly within the common part is in the base log. */
    const uint64_t shared = tree->base != 0 ? tree->common >> kept : 0;
    const uint64_t left = shared <= first ? 0 : shared - first < count ? shared - first : count;

    struct fold fold = {0};
    enum dt_err err = fold_range(&fold, tree->store, tree->base, kept, first, left);
    if (err == DT_OK) {
        err = fold_range(&fold, tree->store, tree->log, kept, first + left, count - left);
    }
    if (err == DT_OK && fold.count != count) {
        err = DT_ERR_STORE_DAMAGED;
    }
    if (err == DT_OK) {
        memcpy(hash, fold.hash[rise], DT_HASH_SIZE);
    }
    return err;
}

bool dt_store_tree_node(void *ctx, unsigned level, uint64_t index, uint8_t hash[DT_HASH_SIZE])
{
    struct dt_store_tree *tree = ctx;
    const enum dt_err err = tree_node(tree, level, index, hash);
    if (err != DT_OK) {
        tree->err = err;
    }
    return err == DT_OK;
}

enum dt_err dt_store_frontier_at(struct dt_store_tree *tree, uint64_t size,
                                 struct dt_frontier *frontier)
{
    *frontier = (struct dt_frontier){.size = size};
    for (unsigned level = 0; level < DT_TREE_LEVELS; level++) {
        if ((size >> level & 1) == 0) {
            continue;
        }
        if (!dt_store_tree_node(tree, level, (size >> level) - 1, frontier->hash[level])) {
            return tree->err;
        }
    }
    return DT_OK;
}

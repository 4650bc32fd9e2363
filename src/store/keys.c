/* SPDX-License-Identifier: ISC */
#include "store/sql.h"

/* --- cosignatures ------------------------------------------------------------ */

enum dt_err dt_store_cosignature_put(struct dt_store *store, unsigned log,
                                     const struct dt_store_cosignature *c)
{
    if (c->size > DT_TREE_SIZE_MAX) {
        return DT_ERR_BAD_VALUE;
    }
    struct dt_query q = dt_query(store, DT_SQL_COSIGN_PUT);
    dt_bind_int(&q, log);
    dt_bind_int(&q, c->cosigner);
    dt_bind_int(&q, (int64_t)c->size);
    dt_bind_int(&q, c->time_s);
    dt_bind_blob(&q, dt_span(c->signature, DT_SIGNATURE_SIZE));
    return dt_run(&q);
}

static void cosignature_columns(struct dt_query *q, struct dt_store_cosignature *c)
{
    c->cosigner = (uint16_t)dt_column_int(q);
    c->size = (uint64_t)dt_column_int(q);
    c->time_s = dt_column_int(q);
    dt_column_copy(q, c->signature, DT_SIGNATURE_SIZE);
}

enum dt_err dt_store_cosignature_get(struct dt_store *store, unsigned log, uint16_t cosigner,
                                     struct dt_store_cosignature *c)
{
    struct dt_query q = dt_query(store, DT_SQL_COSIGN_GET);
    dt_bind_int(&q, log);
    dt_bind_int(&q, cosigner);
    const bool found = dt_row(&q);
    if (found) {
        cosignature_columns(&q, c);
    }
    return dt_end_one(&q, found, DT_ERR_UNKNOWN_RECORD);
}

enum dt_err dt_store_cosignature_list(struct dt_store *store, unsigned log,
                                      dt_store_cosignature_fn fn, void *ctx)
{
    struct dt_query q = dt_query(store, DT_SQL_COSIGN_LIST);
    dt_bind_int(&q, log);
    while (dt_row(&q)) {
        struct dt_store_cosignature c;
        cosignature_columns(&q, &c);
        if (q.err != DT_OK || !fn(ctx, &c)) {
            break;
        }
    }
    return dt_end(&q);
}

/* --- steps ---------------------------------------------------------------------- */

static enum dt_err find_step(struct dt_store *store, enum dt_sql sql, unsigned log,
                             uint16_t cosigner, uint64_t size, struct dt_store_cosignature *c)
{
    struct dt_query q = dt_query(store, sql);
    dt_bind_int(&q, log);
    dt_bind_int(&q, cosigner);
    dt_bind_int(&q, (int64_t)size);
    const bool found = dt_row(&q);
    if (found) {
        cosignature_columns(&q, c);
    }
    return dt_end_one(&q, found, DT_ERR_UNKNOWN_RECORD);
}

static enum dt_err delete_step(struct dt_store *store, unsigned log, uint16_t cosigner,
                               uint64_t size)
{
    struct dt_query q = dt_query(store, DT_SQL_STEP_DELETE);
    dt_bind_int(&q, log);
    dt_bind_int(&q, cosigner);
    dt_bind_int(&q, (int64_t)size);
    return dt_run(&q);
}

static enum dt_err put_step(struct dt_store *store, unsigned log,
                            const struct dt_store_cosignature *c)
{
    struct dt_query q = dt_query(store, DT_SQL_STEP_PUT);
    dt_bind_int(&q, log);
    dt_bind_int(&q, c->cosigner);
    dt_bind_int(&q, (int64_t)c->size);
    dt_bind_int(&q, c->time_s);
    dt_bind_blob(&q, dt_span(c->signature, DT_SIGNATURE_SIZE));
    return dt_run(&q);
}

/* Times rise with sizes, so what a new step makes idle lies right below it. */
enum dt_err dt_store_cosignature_step(struct dt_store *store, unsigned log,
                                      const struct dt_store_cosignature *c)
{
    struct dt_store_cosignature at;
    if (c->size > DT_TREE_SIZE_MAX) {
        return DT_ERR_BAD_VALUE;
    }
    enum dt_err err = find_step(store, DT_SQL_STEP_FROM, log, c->cosigner, c->size, &at);
    if (err == DT_OK && at.time_s <= c->time_s) {
        return DT_OK;
    }
    while (err == DT_OK || err == DT_ERR_UNKNOWN_RECORD) {
        err = find_step(store, DT_SQL_STEP_TO, log, c->cosigner, c->size, &at);
        if (err != DT_OK || at.time_s < c->time_s) {
            break;
        }
        err = delete_step(store, log, c->cosigner, at.size);
    }
    return err == DT_OK || err == DT_ERR_UNKNOWN_RECORD ? put_step(store, log, c) : err;
}

enum dt_err dt_store_cosignature_first(struct dt_store *store, unsigned log, uint16_t cosigner,
                                       uint64_t seq, struct dt_store_cosignature *c)
{
    enum dt_err err = find_step(store, DT_SQL_STEP_FROM, log, cosigner, seq + 1, c);
    if (err == DT_ERR_UNKNOWN_RECORD) {
        err = dt_store_cosignature_get(store, log, cosigner, c);
        err = err == DT_OK && c->size <= seq ? DT_ERR_UNKNOWN_RECORD : err;
    }
    return err;
}

enum { KEY_SHRED = 1 << 16 }; /* beside the wid in column creator */

/* --- content keys -------------------------------------------------------------- */

static void bind_name(struct dt_query *q, unsigned line, const struct dt_store_key_name *name)
{
    dt_bind_int(q, line);
    dt_bind_int(q, name->single);
    dt_bind_int(q, name->party);
    dt_bind_blob(q, dt_span(name->id, DT_KEY_ID_SIZE));
}

struct dt_store_key_name dt_store_key_name_of(const struct dt_store_content_key *key)
{
    struct dt_store_key_name name = {.party = (uint8_t)dt_wid_member(key->creator),
                                     .single = key->single};
    memcpy(name.id, key->key_id, DT_KEY_ID_SIZE);
    return name;
}

enum dt_err dt_store_content_key_put(struct dt_store *store, unsigned line,
                                     const struct dt_store_content_key *key)
{
    struct dt_query q = dt_query(store, DT_SQL_KEY_PUT);
    const struct dt_store_key_name name = dt_store_key_name_of(key);
    bind_name(&q, line, &name);
    dt_bind_blob(&q, dt_span(key->key, DT_SET_KEY_SIZE));
    dt_bind_int(&q, key->expiry_ms);
    dt_bind_int(&q, key->creator | (key->shred ? KEY_SHRED : 0));
    return dt_run(&q);
}

static void key_columns(struct dt_query *q, struct dt_store_content_key *key)
{
    key->single = dt_column_int(q) != 0;
    dt_column_copy(q, key->key_id, DT_KEY_ID_SIZE);
    dt_column_copy(q, key->key, DT_SET_KEY_SIZE);
    key->expiry_ms = dt_column_int(q);
    const int64_t creator = dt_column_int(q);
    key->creator = (uint16_t)creator;
    key->shred = (creator & KEY_SHRED) != 0;
}

enum dt_err dt_store_content_key_get(struct dt_store *store, unsigned line,
                                     const struct dt_store_key_name *name,
                                     struct dt_store_content_key *key)
{
    struct dt_query q = dt_query(store, DT_SQL_KEY_GET);
    bind_name(&q, line, name);
    const bool found = dt_row(&q);
    if (found) {
        key_columns(&q, key);
    }
    return dt_end_one(&q, found, DT_ERR_NO_KEY);
}

enum dt_err dt_store_content_key_list(struct dt_store *store, unsigned line,
                                      dt_store_content_key_fn fn, void *ctx)
{
    struct dt_query q = dt_query(store, DT_SQL_KEY_LIST);
    struct dt_store_content_key key;
    dt_bind_int(&q, line);
    while (dt_row(&q)) {
        key_columns(&q, &key);
        if (q.err != DT_OK || !fn(ctx, &key)) {
            break;
        }
    }
    dt_wipe(&key, sizeof key);
    return dt_end(&q);
}

enum dt_err dt_store_content_key_delete(struct dt_store *store, unsigned line,
                                        const struct dt_store_key_name *name)
{
    struct dt_query q = dt_query(store, DT_SQL_KEY_DELETE);
    bind_name(&q, line, name);
    return dt_run_on_one(&q, DT_ERR_NO_KEY);
}

/* --- peers ------------------------------------------------------------------------ */

enum dt_err dt_store_peer_put(struct dt_store *store, const struct dt_store_peer *peer)
{
    if (peer->card.size > DT_STORE_BLOB_MAX || peer->endpoint.size > DT_STORE_TEXT_MAX) {
        return DT_ERR_TOO_LARGE;
    }
    struct dt_query q = dt_query(store, DT_SQL_PEER_PUT);
    dt_bind_blob(&q, dt_span(peer->root, DT_PUBLIC_SIZE));
    dt_bind_bytes(&q, peer->card);
    dt_bind_blob(&q, dt_span(peer->psk, sizeof peer->psk));
    dt_bind_int(&q, peer->flags);
    dt_bind_bytes(&q, peer->endpoint);
    return dt_run(&q);
}

enum dt_err dt_store_peer_list(struct dt_store *store, dt_store_peer_fn fn, void *ctx)
{
    struct dt_query q = dt_query(store, DT_SQL_PEER_LIST);
    struct dt_store_peer peer;
    while (dt_row(&q)) {
        dt_column_copy(&q, peer.root, DT_PUBLIC_SIZE);
        peer.card = dt_column_span(&q, DT_STORE_BLOB_MAX);
        dt_column_copy(&q, peer.psk, sizeof peer.psk);
        peer.flags = (unsigned)dt_column_int(&q);
        peer.endpoint = dt_column_span(&q, DT_STORE_TEXT_MAX);
        if (q.err != DT_OK || !fn(ctx, &peer)) {
            break;
        }
    }
    dt_wipe(&peer, sizeof peer);
    return dt_end(&q);
}

enum dt_err dt_store_peer_delete(struct dt_store *store, const uint8_t root[static DT_PUBLIC_SIZE])
{
    struct dt_query q = dt_query(store, DT_SQL_PEER_DELETE);
    dt_bind_blob(&q, dt_span(root, DT_PUBLIC_SIZE));
    return dt_run_on_one(&q, DT_ERR_UNKNOWN_PARTY);
}

/* --- statements --------------------------------------------------------------------- */

enum dt_err dt_store_statement_put(struct dt_store *store,
                                   const struct dt_store_statement *statement, bool *is_new)
{
    if (statement->bytes.size > DT_STORE_BLOB_MAX) {
        return DT_ERR_TOO_LARGE;
    }
    struct dt_query q = dt_query(store, DT_SQL_STATEMENT_PUT);
    dt_bind_int(&q, statement->line);
    dt_bind_blob(&q, dt_span(statement->id, DT_HASH_SIZE));
    dt_bind_int(&q, statement->type);
    dt_bind_bytes(&q, statement->bytes);
    const enum dt_err err = dt_run_on_one(&q, DT_ERR_DUPLICATE);
    if (is_new != NULL) {
        *is_new = err == DT_OK;
    }
    return err == DT_ERR_DUPLICATE ? DT_OK : err;
}

enum dt_err dt_store_statement_list(struct dt_store *store, unsigned line, int type,
                                    dt_store_statement_fn fn, void *ctx)
{
    struct dt_query q = dt_query(store, DT_SQL_STATEMENT_LIST);
    dt_bind_int(&q, line);
    dt_bind_int(&q, type);
    while (dt_row(&q)) {
        struct dt_store_statement statement = {.line = (unsigned)dt_column_int(&q)};
        dt_column_copy(&q, statement.id, DT_HASH_SIZE);
        statement.type = (int)dt_column_int(&q);
        statement.bytes = dt_column_span(&q, DT_STORE_BLOB_MAX);
        if (q.err != DT_OK || !fn(ctx, &statement)) {
            break;
        }
    }
    return dt_end(&q);
}

/* --- tokens -------------------------------------------------------------------------- */

enum dt_err dt_store_token_put(struct dt_store *store,
                               const uint8_t token[static DT_STORE_TOKEN_SIZE], dt_store_key key,
                               int64_t time_ms)
{
    struct dt_query q = dt_query(store, DT_SQL_TOKEN_PUT);
    dt_bind_blob(&q, dt_span(token, DT_STORE_TOKEN_SIZE));
    dt_bind_int(&q, (int64_t)key);
    dt_bind_int(&q, time_ms);
    return dt_run(&q);
}

enum dt_err dt_store_token_get(struct dt_store *store,
                               const uint8_t token[static DT_STORE_TOKEN_SIZE], dt_store_key *key)
{
    struct dt_query q = dt_query(store, DT_SQL_TOKEN_GET);
    dt_bind_blob(&q, dt_span(token, DT_STORE_TOKEN_SIZE));
    const bool found = dt_row(&q);
    if (found) {
        *key = (dt_store_key)dt_column_int(&q);
    }
    return dt_end_one(&q, found, DT_ERR_UNKNOWN_RECORD);
}

enum dt_err dt_store_token_expire(struct dt_store *store, int64_t time_ms)
{
    struct dt_query q = dt_query(store, DT_SQL_TOKEN_EXPIRE);
    dt_bind_int(&q, time_ms);
    return dt_run(&q);
}

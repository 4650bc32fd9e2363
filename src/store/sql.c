/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "store/sql.h"

static const char *const sql_text[DT_SQL_COUNT] = {
#define X(name, sql) [DT_SQL_##name] = sql,
    DT_SQLS(X)
#undef X
};

/* A key is its party's: what another party grants under the same id is another row. */
#define DT_CONTENT_KEY_TABLE                                                                       \
    "CREATE TABLE content_key(line INTEGER NOT NULL, single INTEGER NOT NULL,"                     \
    " party INTEGER NOT NULL, key_id BLOB NOT NULL, key BLOB NOT NULL, expiry INTEGER NOT NULL,"   \
    " creator INTEGER NOT NULL, PRIMARY KEY(line, single, party, key_id)) STRICT, WITHOUT ROWID;"

/*
 * record.key is log * 2^40 + seq: appends go to the right edge of their log, and a
 * log is one range. tree.key is log * 2^35 + (level / 8) * 2^32 + index. fact.target is
 * line * 2^52 + wid * 2^40 + seq. Partial indexes keep what is rare small.
 */
const char *const dt_store_schema =
    "CREATE TABLE meta(name TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT, WITHOUT ROWID;"
    "CREATE TABLE line(id INTEGER PRIMARY KEY AUTOINCREMENT, line_id BLOB NOT NULL UNIQUE,"
    " charter BLOB NOT NULL, state INTEGER NOT NULL, joined INTEGER NOT NULL) STRICT;"
    "CREATE TABLE log(id INTEGER PRIMARY KEY AUTOINCREMENT, line INTEGER NOT NULL,"
    " wid INTEGER NOT NULL, branch INTEGER NOT NULL, writer BLOB NOT NULL,"
    " flags INTEGER NOT NULL, common INTEGER NOT NULL, bytes INTEGER NOT NULL,"
    " checkpoint INTEGER NOT NULL, signature BLOB NOT NULL, frontier BLOB NOT NULL,"
    " UNIQUE(line, wid, branch)) STRICT;"
    "CREATE TABLE record(key INTEGER PRIMARY KEY, header BLOB NOT NULL, body BLOB) STRICT;"
    "CREATE TABLE ahead(key INTEGER PRIMARY KEY, header BLOB NOT NULL, body BLOB,"
    " signature BLOB NOT NULL) STRICT;"
    "CREATE TABLE tree(key INTEGER PRIMARY KEY, hash BLOB NOT NULL) STRICT;"
    "CREATE TABLE cosign(log INTEGER NOT NULL, cosigner INTEGER NOT NULL,"
    " size INTEGER NOT NULL, time INTEGER NOT NULL, signature BLOB NOT NULL,"
    " PRIMARY KEY(log, cosigner)) STRICT, WITHOUT ROWID;"
    DT_CONTENT_KEY_TABLE
    "CREATE TABLE peer(root BLOB PRIMARY KEY, card BLOB NOT NULL, psk BLOB NOT NULL,"
    " flags INTEGER NOT NULL, endpoint BLOB NOT NULL) STRICT, WITHOUT ROWID;"
    "CREATE TABLE statement(n INTEGER PRIMARY KEY, line INTEGER NOT NULL, id BLOB NOT NULL,"
    " type INTEGER NOT NULL, bytes BLOB NOT NULL, UNIQUE(line, id)) STRICT;"
    "CREATE INDEX statement_line ON statement(line);"
    "CREATE TABLE fact(key INTEGER PRIMARY KEY, line INTEGER NOT NULL, kind INTEGER NOT NULL,"
    " time INTEGER NOT NULL, target INTEGER, open INTEGER, since INTEGER,"
    " fact BLOB NOT NULL) STRICT;"
    "CREATE INDEX fact_kind ON fact(line, kind, time);"
    "CREATE INDEX fact_target ON fact(target) WHERE target IS NOT NULL;"
    "CREATE INDEX fact_open ON fact(open DESC, since) WHERE open IS NOT NULL;"
    "CREATE TABLE conflict(n INTEGER PRIMARY KEY, line INTEGER NOT NULL, id BLOB NOT NULL,"
    " word INTEGER NOT NULL, a INTEGER NOT NULL, b INTEGER NOT NULL, severity INTEGER NOT NULL,"
    " distance INTEGER NOT NULL, numbers BLOB NOT NULL, found INTEGER NOT NULL,"
    " state INTEGER NOT NULL, UNIQUE(line, id)) STRICT;"
    "CREATE INDEX conflict_line ON conflict(line);"
    "CREATE INDEX conflict_word ON conflict(word);"
    "CREATE TABLE token(token BLOB PRIMARY KEY, key INTEGER NOT NULL, time INTEGER NOT NULL)"
    " STRICT, WITHOUT ROWID;"
    "CREATE INDEX token_time ON token(time);";

const char *const dt_store_added =
    "CREATE TABLE IF NOT EXISTS checkpoint(log INTEGER NOT NULL, size INTEGER NOT NULL,"
    " bytes INTEGER NOT NULL, signature BLOB NOT NULL, PRIMARY KEY(log, size))"
    " STRICT, WITHOUT ROWID;"
    "CREATE TABLE IF NOT EXISTS cosign_step(log INTEGER NOT NULL, cosigner INTEGER NOT NULL,"
    " size INTEGER NOT NULL, time INTEGER NOT NULL, signature BLOB NOT NULL,"
    " PRIMARY KEY(log, cosigner, size)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE IF NOT EXISTS flash(line INTEGER NOT NULL, member INTEGER NOT NULL,"
    " time INTEGER NOT NULL, wid INTEGER NOT NULL, seq INTEGER NOT NULL,"
    " PRIMARY KEY(line, member, time, wid, seq)) STRICT, WITHOUT ROWID;";

/* Version 1 had (line, key_id) for a key; creator is wid + 2^16 shred + 2^17 single. */
const char *const dt_store_keys_by_party =
    "ALTER TABLE content_key RENAME TO content_key_old;" DT_CONTENT_KEY_TABLE
    "INSERT INTO content_key(line, single, party, key_id, key, expiry, creator)"
    " SELECT line, creator >> 17 & 1, (creator & 65535) >> 4, key_id, key, expiry,"
    " creator & 131071 FROM content_key_old;"
    "DROP TABLE content_key_old;";

enum dt_err dt_store_error(int rc)
{
    if (rc == SQLITE_CONSTRAINT_PRIMARYKEY || rc == SQLITE_CONSTRAINT_UNIQUE ||
        rc == SQLITE_CONSTRAINT_ROWID) {
        return DT_ERR_DUPLICATE;
    }
    switch (rc & 0xff) {
    case SQLITE_OK:
    case SQLITE_ROW:
    case SQLITE_DONE:
        return DT_OK;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return DT_ERR_STORE_BUSY;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_ERROR: /* our statements are right: then the schema is not ours */
    case SQLITE_CONSTRAINT:
    case SQLITE_MISMATCH:
        return DT_ERR_STORE_DAMAGED;
    case SQLITE_NOMEM:
        return DT_ERR_NO_MEMORY;
    default:
        return DT_ERR_STORE;
    }
}

/*
 * SQLite rolls some failed transactions back by itself and leaves others open with a part
 * written. Both become one thing here: rolled back, and remembered, so that the next
 * write does not become a transaction of its own.
 */
void dt_store_lose(struct dt_store *store, enum dt_err err, bool wrote)
{
    if (!store->in_transaction || store->failed != DT_OK || err == DT_ERR_DUPLICATE) {
        return;
    }
    if (!sqlite3_get_autocommit(store->db)) {
        if (!wrote) {
            return; /* a read that failed harms nothing */
        }
        (void)sqlite3_exec(store->db, "ROLLBACK", NULL, NULL, NULL);
    }
    store->failed = err;
    store->waiting_count = 0;
}

static enum dt_err prepared(struct dt_store *store, enum dt_sql sql)
{
    if (store->statements[sql] != NULL) {
        return DT_OK;
    }
    const int rc = sqlite3_prepare_v3(store->db, sql_text[sql], -1, SQLITE_PREPARE_PERSISTENT,
                                      &store->statements[sql], NULL);
    return dt_store_error(rc);
}

/* Statements that neither read facts nor end the transaction. */
static bool leaves_facts(enum dt_sql sql)
{
    return sql == DT_SQL_FACT_PUT || sql == DT_SQL_FACT_PUT_MANY || sql == DT_SQL_RECORD_PUT ||
           sql == DT_SQL_TREE_PUT || sql == DT_SQL_FLASH_PUT || sql == DT_SQL_FLASH_BEFORE;
}

struct dt_query dt_query(struct dt_store *store, enum dt_sql sql)
{
    struct dt_query q = {store, NULL, 1, prepared(store, sql)};
    if (q.err == DT_OK && store->waiting_count > 0 && !leaves_facts(sql)) {
        q.err = dt_facts_flush(store);
    }
    if (q.err != DT_OK) {
        dt_store_lose(store, q.err, true);
        return q;
    }
    sqlite3_stmt *statement = store->statements[sql];
    if (sqlite3_stmt_busy(statement)) {
        q.err = DT_ERR_BAD_STATE;
    } else if (!sqlite3_stmt_readonly(statement) && store->read_only) {
        q.err = DT_ERR_BAD_STATE;
    } else if (!sqlite3_stmt_readonly(statement) && store->failed != DT_OK) {
        q.err = store->failed;
    } else {
        q.statement = statement;
    }
    return q;
}

static void bound(struct dt_query *q, int rc)
{
    if (rc != SQLITE_OK && q->err == DT_OK) {
        q->err = dt_store_error(rc);
    }
    q->column++;
}

void dt_bind_int(struct dt_query *q, int64_t value)
{
    if (q->statement != NULL) {
        bound(q, sqlite3_bind_int64(q->statement, q->column, value));
    }
}

void dt_bind_blob(struct dt_query *q, struct dt_span value)
{
    if (q->statement != NULL) {
        bound(q, sqlite3_bind_blob64(q->statement, q->column, value.data, value.size,
                                     SQLITE_STATIC));
    }
}

void dt_bind_bytes(struct dt_query *q, struct dt_span value)
{
    dt_bind_blob(q, value.data != NULL ? value : dt_span("", 0));
}

void dt_bind_text(struct dt_query *q, struct dt_span value)
{
    if (q->statement != NULL) {
        bound(q, sqlite3_bind_text64(q->statement, q->column, (const char *)value.data, value.size,
                                     SQLITE_STATIC, SQLITE_UTF8));
    }
}

enum dt_err dt_run(struct dt_query *q)
{
    while (dt_row(q)) {
    }
    return dt_end(q);
}

enum dt_err dt_run_on_one(struct dt_query *q, enum dt_err none)
{
    const enum dt_err err = dt_run(q);
    return err == DT_OK && sqlite3_changes(q->store->db) == 0 ? none : err;
}

bool dt_row(struct dt_query *q)
{
    if (q->err != DT_OK) {
        return false;
    }
    const int rc = sqlite3_step(q->statement);
    q->column = 0;
    if (rc != SQLITE_ROW && rc != SQLITE_DONE) {
        const bool wrote = !sqlite3_stmt_readonly(q->statement);
        q->err = dt_store_error(rc);
        sqlite3_reset(q->statement);
        dt_store_lose(q->store, q->err, wrote);
    }
    return rc == SQLITE_ROW;
}

int64_t dt_column_int(struct dt_query *q)
{
    return sqlite3_column_int64(q->statement, q->column++);
}

struct dt_span dt_column_span(struct dt_query *q, size_t max)
{
    const int column = q->column++;
    if (sqlite3_column_type(q->statement, column) == SQLITE_NULL) {
        return dt_span(NULL, 0);
    }
    const void *data = sqlite3_column_blob(q->statement, column);
    const size_t size = (size_t)sqlite3_column_bytes(q->statement, column);
    if (size > max || (data == NULL && size > 0)) {
        q->err = q->err != DT_OK ? q->err : DT_ERR_STORE_DAMAGED;
        return dt_span(NULL, 0);
    }
    return dt_span(data != NULL ? data : "", size);
}

void dt_column_copy(struct dt_query *q, void *out, size_t size)
{
    const struct dt_span span = dt_column_span(q, size);
    memset(out, 0, size);
    if (span.size == size) {
        memcpy(out, span.data, size);
    } else if (q->err == DT_OK) {
        q->err = DT_ERR_STORE_DAMAGED;
    }
}

enum dt_err dt_end(struct dt_query *q)
{
    if (q->statement != NULL) {
        sqlite3_reset(q->statement); /* its code is the step's, already kept */
    }
    return q->err;
}

enum dt_err dt_end_one(struct dt_query *q, bool found, enum dt_err none)
{
    const enum dt_err err = dt_end(q);
    return err == DT_OK && !found ? none : err;
}

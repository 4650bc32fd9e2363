/* SPDX-License-Identifier: ISC */
/*
 * sql - what the files of the store share: schema, statements, and a small way to
 * bind, step and read them that remembers its first error.
 *
 * A query is a struct dt_query on the stack: start, bind in order, then either
 * dt_run() for a statement without rows, or dt_row() until false and dt_end().
 * Columns are read in order, too. Values bound are borrowed until the end.
 */
#ifndef DT_STORE_SQL_H
#define DT_STORE_SQL_H

#include <sqlite3.h>

#include "store/store.h"

#define DT_STORE_APPLICATION_ID 0x44744331 /* "DtC1" */

/* One fact, or DT_FACTS_WAITING of them in one statement. A mark that a row has is kept
 * when the new one has none. */
#define DT_FACT_INSERT                                                                             \
    "INSERT INTO fact(key, line, kind, time, target, open, since, fact) VALUES"
#define DT_FACT_ROW "(?, ?, ?, ?, ?, ?, ?, ?)"
#define DT_FACT_ROWS_4 DT_FACT_ROW "," DT_FACT_ROW "," DT_FACT_ROW "," DT_FACT_ROW
#define DT_FACT_ROWS DT_FACT_ROWS_4 "," DT_FACT_ROWS_4 "," DT_FACT_ROWS_4 "," DT_FACT_ROWS_4
#define DT_FACT_UPSERT                                                                             \
    " ON CONFLICT(key) DO UPDATE SET line = excluded.line, kind = excluded.kind,"                  \
    " time = excluded.time, target = excluded.target, open = ifnull(excluded.open, open),"         \
    " since = ifnull(excluded.since, since), fact = excluded.fact"

/* X(NAME, sql). Prepared when first used, then kept. */
#define DT_SQLS(X)                                                                                 \
    X(BEGIN, "BEGIN IMMEDIATE")                                                                    \
    X(COMMIT, "COMMIT")                                                                            \
    X(META_PUT, "INSERT INTO meta(name, value) VALUES(?, ?)"                                       \
                " ON CONFLICT(name) DO UPDATE SET value = excluded.value")                         \
    X(META_GET, "SELECT value FROM meta WHERE name = ?")                                           \
    X(META_DELETE, "DELETE FROM meta WHERE name = ?")                                              \
    X(LINE_INSERT, "INSERT INTO line(line_id, charter, state, joined) VALUES(?, ?, ?, ?)")         \
    X(LINE_STATE, "UPDATE line SET state = ?2 WHERE id = ?1")                                      \
    X(LINE_CHARTER, "UPDATE line SET charter = ?2 WHERE id = ?1")                                  \
    X(LINE_LIST, "SELECT id, line_id, charter, state, joined FROM line ORDER BY id")               \
    X(LOG_INSERT, "INSERT INTO log(line, wid, branch, writer, flags, common, bytes, checkpoint,"   \
                  " signature, frontier) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")                    \
    X(LOG_UPDATE, "UPDATE log SET writer = ?2, flags = ?3, common = ?4, bytes = ?5,"               \
                  " checkpoint = ?6, signature = ?7, frontier = ?8 WHERE id = ?1")                 \
    X(LOG_GET, "SELECT id, line, wid, branch, writer, flags, common, bytes, checkpoint,"           \
               " signature, frontier FROM log WHERE id = ?")                                       \
    X(LOG_FIND, "SELECT id, line, wid, branch, writer, flags, common, bytes, checkpoint,"          \
                " signature, frontier FROM log WHERE line = ? AND wid = ? AND branch = ?")         \
    X(LOG_LIST, "SELECT id, line, wid, branch, writer, flags, common, bytes, checkpoint,"          \
                " signature, frontier FROM log WHERE line = ? ORDER BY wid, branch")               \
    X(LOG_IDS, "SELECT id FROM log WHERE line = ? ORDER BY wid, branch")                           \
    X(RECORD_PUT, "INSERT INTO record(key, header, body) VALUES(?, ?, ?)")                         \
    X(RECORD_GET, "SELECT key, header, body FROM record WHERE key = ?")                            \
    X(RECORD_LIST, "SELECT key, header, body FROM record WHERE key BETWEEN ? AND ? ORDER BY key")  \
    X(RECORD_HEADERS, "SELECT header FROM record WHERE key BETWEEN ? AND ? ORDER BY key")          \
    X(RECORD_BODY, "UPDATE record SET body = ?2 WHERE key = ?1")                                   \
    X(AHEAD_PUT, "INSERT INTO ahead(key, header, body, signature) VALUES(?, ?, ?, ?)")             \
    X(AHEAD_GET, "SELECT key, header, body, signature FROM ahead WHERE key = ?")                   \
    X(AHEAD_LIST, "SELECT key, header, body, signature FROM ahead WHERE key BETWEEN ? AND ?"       \
                  " ORDER BY key")                                                                 \
    X(AHEAD_DELETE, "DELETE FROM ahead WHERE key = ?")                                             \
    X(CHECKPOINT_PUT, "INSERT INTO checkpoint(log, size, bytes, signature) VALUES(?, ?, ?, ?)")    \
    X(CHECKPOINT_NEXT, "SELECT size, bytes, signature FROM checkpoint"                             \
                       " WHERE log = ? AND size BETWEEN ? AND ? ORDER BY size LIMIT 1")            \
    X(CHECKPOINT_LAST, "SELECT size, bytes, signature FROM checkpoint"                             \
                       " WHERE log = ? ORDER BY size DESC LIMIT 1")                                \
    X(TREE_PUT, "INSERT INTO tree(key, hash) VALUES(?, ?)")                                        \
    X(TREE_LIST, "SELECT hash FROM tree WHERE key BETWEEN ? AND ? ORDER BY key")                   \
    X(COSIGN_PUT, "INSERT INTO cosign(log, cosigner, size, time, signature)"                       \
                  " VALUES(?, ?, ?, ?, ?) ON CONFLICT(log, cosigner) DO UPDATE SET"                \
                  " size = excluded.size, time = excluded.time, signature = excluded.signature"    \
                  " WHERE excluded.size >= size")                                                  \
    X(COSIGN_GET, "SELECT cosigner, size, time, signature FROM cosign"                             \
                  " WHERE log = ? AND cosigner = ?")                                               \
    X(COSIGN_LIST, "SELECT cosigner, size, time, signature FROM cosign"                            \
                   " WHERE log = ? ORDER BY cosigner")                                             \
    X(STEP_FROM, "SELECT cosigner, size, time, signature FROM cosign_step"                         \
                 " WHERE log = ? AND cosigner = ? AND size >= ? ORDER BY size LIMIT 1")            \
    X(STEP_TO, "SELECT cosigner, size, time, signature FROM cosign_step"                           \
               " WHERE log = ? AND cosigner = ? AND size <= ? ORDER BY size DESC LIMIT 1")         \
    X(STEP_PUT, "INSERT INTO cosign_step(log, cosigner, size, time, signature)"                    \
                " VALUES(?, ?, ?, ?, ?)")                                                          \
    X(STEP_DELETE, "DELETE FROM cosign_step WHERE log = ? AND cosigner = ? AND size = ?")          \
    X(KEY_PUT, "INSERT INTO content_key(line, single, party, key_id, key, expiry, creator)"         \
               " VALUES(?, ?, ?, ?, ?, ?, ?)"                                                      \
               " ON CONFLICT(line, single, party, key_id) DO UPDATE SET key = excluded.key,"       \
               " expiry = excluded.expiry, creator = excluded.creator")                            \
    X(KEY_GET, "SELECT single, key_id, key, expiry, creator FROM content_key"                      \
               " WHERE line = ? AND single = ? AND party = ? AND key_id = ?")                      \
    X(KEY_LIST, "SELECT single, key_id, key, expiry, creator FROM content_key"                     \
                " WHERE line = ? ORDER BY single, party, key_id")                                  \
    X(KEY_DELETE, "DELETE FROM content_key"                                                        \
                  " WHERE line = ? AND single = ? AND party = ? AND key_id = ?")                   \
    X(PEER_PUT, "INSERT INTO peer(root, card, psk, flags, endpoint) VALUES(?, ?, ?, ?, ?)"         \
                " ON CONFLICT(root) DO UPDATE SET card = excluded.card, psk = excluded.psk,"       \
                " flags = excluded.flags, endpoint = excluded.endpoint")                           \
    X(PEER_LIST, "SELECT root, card, psk, flags, endpoint FROM peer ORDER BY root")                \
    X(PEER_DELETE, "DELETE FROM peer WHERE root = ?")                                              \
    X(STATEMENT_PUT, "INSERT INTO statement(line, id, type, bytes) VALUES(?, ?, ?, ?)"             \
                     " ON CONFLICT(line, id) DO NOTHING")                                          \
    X(STATEMENT_LIST, "SELECT line, id, type, bytes FROM statement"                                \
                      " WHERE line = ?1 AND (?2 < 0 OR type = ?2) ORDER BY n")                     \
    X(FACT_PUT, DT_FACT_INSERT DT_FACT_ROW DT_FACT_UPSERT)                                         \
    X(FACT_PUT_MANY, DT_FACT_INSERT DT_FACT_ROWS DT_FACT_UPSERT)                                   \
    X(FACT_GET, "SELECT key, line, open, since, fact FROM fact WHERE key = ?")                     \
    X(FACT_TARGET, "SELECT key, line, open, since, fact FROM fact WHERE target = ? ORDER BY key")  \
    X(FACT_TARGET_LAST, "SELECT max(target) FROM fact WHERE target BETWEEN ? AND ?")               \
    X(FACT_KIND, "SELECT key, line, open, since, fact FROM fact"                                   \
                 " WHERE line = ?1 AND kind = ?2 AND (time, key) < (?3, ?4)"                       \
                 " ORDER BY time DESC, key DESC LIMIT ?5")                                         \
    X(FACT_LIST, "SELECT key, line, open, since, fact FROM fact"                                   \
                 " WHERE key BETWEEN ?2 AND ?3 AND +line = ?1 ORDER BY key")                       \
    X(FACT_COUNT, "SELECT count(*) FROM fact WHERE line = ?")                                      \
    X(FACT_CLEAR, "DELETE FROM fact WHERE line = ?")                                               \
    X(FLASH_PUT, "INSERT INTO flash(line, member, time, wid, seq) VALUES(?, ?, ?, ?, ?)"           \
                 " ON CONFLICT DO NOTHING")                                                        \
    X(FLASH_BEFORE, "SELECT count(*) FROM (SELECT 1 FROM flash WHERE line = ?1 AND member = ?2"    \
                    " AND time > ?3 AND (time, wid, seq) < (?4, ?5, ?6) LIMIT ?7)")                \
    X(FLASH_CLEAR, "DELETE FROM flash WHERE line = ?")                                             \
    X(OPEN_SET, "UPDATE fact SET open = ?2, since = ?3 WHERE key = ?1")                            \
    X(OPEN_CLEAR, "UPDATE fact SET open = NULL, since = NULL WHERE key = ?1")                      \
    X(OPEN_LIST, "SELECT key, line, open, since, fact FROM fact"                                   \
                 " WHERE open > 0 AND (?1 = 0 OR line = ?1)"                                       \
                 " ORDER BY open DESC, since, key")                                                \
    X(AWAIT_LIST, "SELECT key, line, open, since, fact FROM fact"                                  \
                  " WHERE open < 0 AND since <= ?2 AND (?1 = 0 OR line = ?1)"                      \
                  " ORDER BY open, since, key")                                                    \
    X(AWAIT_NEXT, "SELECT min(since) FROM fact WHERE open < 0")                                                \
    X(CONFLICT_PUT, "INSERT INTO conflict(line, id, word, a, b, severity, distance, numbers,"      \
                    " found, state) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"                          \
                    " ON CONFLICT(line, id) DO NOTHING")                                           \
    X(CONFLICT_BETTER, "UPDATE conflict SET severity = ?, distance = ?, numbers = ?"               \
                       " WHERE line = ? AND id = ?")                                               \
    X(CONFLICT_STATE, "UPDATE conflict SET state = ? WHERE line = ? AND id = ?")                   \
    X(CONFLICT_LIST, "SELECT line, id, a, b, severity, distance, numbers, found, state"            \
                     " FROM conflict WHERE line = ? ORDER BY n")                                   \
    X(CONFLICT_ALL, "SELECT line, id, a, b, severity, distance, numbers, found, state"             \
                    " FROM conflict ORDER BY n")                                                   \
    X(CONFLICT_WORD, "SELECT line, id, a, b, severity, distance, numbers, found, state"            \
                     " FROM conflict WHERE word = ?2 AND (?1 = 0 OR +line = ?1) ORDER BY n")       \
    X(CONFLICT_CLEAR, "DELETE FROM conflict WHERE line = ?")                                       \
    X(TOKEN_PUT, "INSERT INTO token(token, key, time) VALUES(?, ?, ?)")                            \
    X(TOKEN_GET, "SELECT key FROM token WHERE token = ?")                                          \
    X(TOKEN_EXPIRE, "DELETE FROM token WHERE time < ?")

enum dt_sql {
#define X(name, sql) DT_SQL_##name,
    DT_SQLS(X)
#undef X
        DT_SQL_COUNT
};

/* Room for one record's header and body. */
struct dt_record_room {
    uint8_t header[DT_HEADER_MAX];
    uint8_t body[DT_BODY_MAX];
};

/* Facts that are put, and not yet in the table: they go there together, before any statement
 * that could miss them and at the latest with the commit. */
enum { DT_FACTS_WAITING = 16, DT_FACT_SIZE_MAX = 256 };

struct dt_fact_waiting {
    int64_t key, line, kind, time_ms;
    int64_t target;   /* below 0: none */
    int64_t open;     /* 0: not marked */
    int64_t since_ms;
    size_t size;
    uint8_t bytes[DT_FACT_SIZE_MAX];
};

struct dt_store {
    sqlite3 *db;
    const char *vfs; /* as given, NULL for the default; owned by its registration */
    bool read_only;
    bool in_transaction;
    int wal_pages; /* in the write-ahead log after the last commit, 0 once all are in the file */
    enum dt_err failed; /* why the open transaction is lost; DT_OK while it is not */
    sqlite3_stmt *statements[DT_SQL_COUNT];
    struct dt_record_room record;
    struct dt_record_room ahead;
    size_t waiting_count;
    struct dt_fact_waiting waiting[DT_FACTS_WAITING];
};

extern const char *const dt_store_schema; /* creates every table and index */
extern const char *const dt_store_added;  /* what homes made before it lack; harmless again */
extern const char *const dt_store_keys_by_party; /* from version 1 to 2 */

/* SQLite's result code by our names. */
enum dt_err dt_store_error(int rc);

/* Ends the open transaction for `err`, unless that is a refusal that harms nothing. */
void dt_store_lose(struct dt_store *store, enum dt_err err, bool wrote);

struct dt_query {
    struct dt_store *store;
    sqlite3_stmt *statement; /* NULL if it did not start */
    int column;              /* next to be bound or read */
    enum dt_err err;         /* the first */
};

/* facts.c: the facts that wait go into the table. */
DT_MUST_USE enum dt_err dt_facts_flush(struct dt_store *store);

struct dt_query dt_query(struct dt_store *store, enum dt_sql sql);
void dt_bind_int(struct dt_query *q, int64_t value);
void dt_bind_blob(struct dt_query *q, struct dt_span value); /* data NULL: NULL */
void dt_bind_bytes(struct dt_query *q, struct dt_span value); /* never NULL, though maybe empty */
void dt_bind_text(struct dt_query *q, struct dt_span value);

/* To the end of a statement that gives no rows. */
DT_MUST_USE enum dt_err dt_run(struct dt_query *q);
/* The same; `none` if it changed no row. */
DT_MUST_USE enum dt_err dt_run_on_one(struct dt_query *q, enum dt_err none);

bool dt_row(struct dt_query *q);
int64_t dt_column_int(struct dt_query *q);
/* Exactly `size` bytes; else STORE_DAMAGED, and zeros. */
void dt_column_copy(struct dt_query *q, void *out, size_t size);
/* At most `max` bytes, else STORE_DAMAGED; NULL has data NULL, empty has not. */
struct dt_span dt_column_span(struct dt_query *q, size_t max);
/* After the last row that is wanted. */
DT_MUST_USE enum dt_err dt_end(struct dt_query *q);
/* After a query for one row: `none` if `found` is false and nothing else is wrong. */
DT_MUST_USE enum dt_err dt_end_one(struct dt_query *q, bool found, enum dt_err none);

#endif

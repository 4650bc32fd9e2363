/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "store/sql.h"

/* --- meta ------------------------------------------------------------------ */

static struct dt_span text_span(const char *text)
{
    return dt_span(text, strlen(text));
}

enum dt_err dt_store_meta_put(struct dt_store *store, const char *name, struct dt_span value)
{
    if (value.size > DT_STORE_META_MAX) {
        return DT_ERR_TOO_LARGE;
    }
    struct dt_query q = dt_query(store, DT_SQL_META_PUT);
    dt_bind_text(&q, text_span(name));
    dt_bind_bytes(&q, value);
    return dt_run(&q);
}

enum dt_err dt_store_meta_get(struct dt_store *store, const char *name, void *out, size_t capacity,
                              size_t *size)
{
    *size = 0;
    struct dt_query q = dt_query(store, DT_SQL_META_GET);
    dt_bind_text(&q, text_span(name));
    const bool found = dt_row(&q);
    if (found) {
        const struct dt_span value = dt_column_span(&q, DT_STORE_META_MAX);
        *size = value.size;
        if (value.size > capacity) {
            q.err = DT_ERR_TOO_LARGE;
        } else if (value.size > 0) {
            memcpy(out, value.data, value.size);
        }
    }
    return dt_end_one(&q, found, DT_ERR_UNKNOWN_RECORD);
}

enum dt_err dt_store_meta_delete(struct dt_store *store, const char *name)
{
    struct dt_query q = dt_query(store, DT_SQL_META_DELETE);
    dt_bind_text(&q, text_span(name));
    return dt_run_on_one(&q, DT_ERR_UNKNOWN_RECORD);
}

/* --- lines ----------------------------------------------------------------- */

/* The id an INSERT chose; CAPACITY, and the row taken back, when it is too large
 * for the places of a key. */
static enum dt_err chosen(struct dt_store *store, unsigned max, const char *undo, unsigned *id)
{
    const int64_t row = sqlite3_last_insert_rowid(store->db);
    if (row > 0 && row <= (int64_t)max) {
        *id = (unsigned)row;
        return DT_OK;
    }
    const enum dt_err err = dt_store_error(sqlite3_exec(store->db, undo, NULL, NULL, NULL));
    if (err != DT_OK) {
        dt_store_lose(store, err, true);
    }
    return err != DT_OK ? err : DT_ERR_CAPACITY;
}

enum dt_err dt_store_line_insert(struct dt_store *store, struct dt_store_line *line)
{
    if (line->charter.size > DT_STORE_BLOB_MAX) {
        return DT_ERR_TOO_LARGE;
    }
    struct dt_query q = dt_query(store, DT_SQL_LINE_INSERT);
    dt_bind_blob(&q, dt_span(line->line_id, DT_HASH_SIZE));
    dt_bind_bytes(&q, line->charter);
    dt_bind_int(&q, line->state);
    dt_bind_int(&q, line->joined_ms);
    const enum dt_err err = dt_run(&q);
    return err != DT_OK ? err
                        : chosen(store, DT_STORE_LINE_MAX,
                                 "DELETE FROM line WHERE id = last_insert_rowid()", &line->id);
}

enum dt_err dt_store_line_set_state(struct dt_store *store, unsigned line, int state)
{
    struct dt_query q = dt_query(store, DT_SQL_LINE_STATE);
    dt_bind_int(&q, line);
    dt_bind_int(&q, state);
    return dt_run_on_one(&q, DT_ERR_UNKNOWN_LINE);
}

enum dt_err dt_store_line_set_charter(struct dt_store *store, unsigned line, struct dt_span charter)
{
    if (charter.size > DT_STORE_BLOB_MAX) {
        return DT_ERR_TOO_LARGE;
    }
    struct dt_query q = dt_query(store, DT_SQL_LINE_CHARTER);
    dt_bind_int(&q, line);
    dt_bind_bytes(&q, charter);
    return dt_run_on_one(&q, DT_ERR_UNKNOWN_LINE);
}

enum dt_err dt_store_line_list(struct dt_store *store, dt_store_line_fn fn, void *ctx)
{
    struct dt_query q = dt_query(store, DT_SQL_LINE_LIST);
    while (dt_row(&q)) {
        struct dt_store_line line = {.id = (unsigned)dt_column_int(&q)};
        dt_column_copy(&q, line.line_id, DT_HASH_SIZE);
        line.charter = dt_column_span(&q, DT_STORE_BLOB_MAX);
        line.state = (int)dt_column_int(&q);
        line.joined_ms = dt_column_int(&q);
        if (q.err != DT_OK || !fn(ctx, &line)) {
            break;
        }
    }
    return dt_end(&q);
}

/* --- logs ------------------------------------------------------------------ */

struct log_blobs {
    uint8_t frontier[DT_FRONTIER_SIZE_MAX];
    struct dt_span written;
};

static void write_frontier(struct log_blobs *blobs, const struct dt_store_log *log)
{
    struct dt_writer w = dt_writer(blobs->frontier, sizeof blobs->frontier);
    dt_frontier_write(&log->frontier, &w);
    blobs->written = dt_written(&w);
}

/* Numbers that SQLite's signed integers, or a key's places, do not hold. */
static enum dt_err check_log(const struct dt_store_log *log)
{
    const uint64_t most = DT_STORE_SEQ_MAX + 1;
    if (log->frontier.size > most || log->common > most || log->checkpoint_size > most) {
        return DT_ERR_CAPACITY;
    }
    return log->bytes > INT64_MAX ? DT_ERR_BAD_VALUE : DT_OK;
}

/* From `writer` on: the same order in both statements. */
static void bind_log(struct dt_query *q, const struct dt_store_log *log,
                     const struct log_blobs *blobs)
{
    dt_bind_blob(q, dt_span(log->writer, DT_PUBLIC_SIZE));
    dt_bind_int(q, log->flags);
    dt_bind_int(q, (int64_t)log->common);
    dt_bind_int(q, (int64_t)log->bytes);
    dt_bind_int(q, (int64_t)log->checkpoint_size);
    dt_bind_blob(q, dt_span(log->checkpoint_signature, DT_SIGNATURE_SIZE));
    dt_bind_blob(q, blobs->written);
}

enum dt_err dt_store_log_insert(struct dt_store *store, struct dt_store_log *log)
{
    enum dt_err err = check_log(log);
    if (err != DT_OK) {
        return err;
    }
    struct log_blobs blobs;
    write_frontier(&blobs, log);
    struct dt_query q = dt_query(store, DT_SQL_LOG_INSERT);
    dt_bind_int(&q, log->line);
    dt_bind_int(&q, log->wid);
    dt_bind_int(&q, log->branch);
    bind_log(&q, log, &blobs);
    err = dt_run(&q);
    return err != DT_OK ? err
                        : chosen(store, DT_STORE_LOG_MAX,
                                 "DELETE FROM log WHERE id = last_insert_rowid()", &log->id);
}

enum dt_err dt_store_log_update(struct dt_store *store, const struct dt_store_log *log)
{
    const enum dt_err err = check_log(log);
    if (err != DT_OK) {
        return err;
    }
    struct log_blobs blobs;
    write_frontier(&blobs, log);
    struct dt_query q = dt_query(store, DT_SQL_LOG_UPDATE);
    dt_bind_int(&q, log->id);
    bind_log(&q, log, &blobs);
    return dt_run_on_one(&q, DT_ERR_UNKNOWN_WRITER);
}

static void log_columns(struct dt_query *q, struct dt_store_log *log)
{
    log->id = (unsigned)dt_column_int(q);
    log->line = (unsigned)dt_column_int(q);
    log->wid = (uint16_t)dt_column_int(q);
    log->branch = (unsigned)dt_column_int(q);
    dt_column_copy(q, log->writer, DT_PUBLIC_SIZE);
    log->flags = (unsigned)dt_column_int(q);
    log->common = (uint64_t)dt_column_int(q);
    log->bytes = (uint64_t)dt_column_int(q);
    log->checkpoint_size = (uint64_t)dt_column_int(q);
    dt_column_copy(q, log->checkpoint_signature, DT_SIGNATURE_SIZE);
    const struct dt_span frontier = dt_column_span(q, DT_FRONTIER_SIZE_MAX);
    if (q->err == DT_OK && (dt_frontier_read(&log->frontier, frontier) != DT_OK ||
                            log->frontier.size > DT_STORE_SEQ_MAX + 1)) {
        q->err = DT_ERR_STORE_DAMAGED;
    }
}

enum dt_err dt_store_log_get(struct dt_store *store, unsigned id, struct dt_store_log *log)
{
    struct dt_query q = dt_query(store, DT_SQL_LOG_GET);
    dt_bind_int(&q, id);
    const bool found = dt_row(&q);
    if (found) {
        log_columns(&q, log);
    }
    return dt_end_one(&q, found, DT_ERR_UNKNOWN_WRITER);
}

enum dt_err dt_store_log_find(struct dt_store *store, unsigned line, uint16_t wid, unsigned branch,
                              struct dt_store_log *log)
{
    struct dt_query q = dt_query(store, DT_SQL_LOG_FIND);
    dt_bind_int(&q, line);
    dt_bind_int(&q, wid);
    dt_bind_int(&q, branch);
    const bool found = dt_row(&q);
    if (found) {
        log_columns(&q, log);
    }
    return dt_end_one(&q, found, DT_ERR_UNKNOWN_WRITER);
}

enum dt_err dt_store_log_list(struct dt_store *store, unsigned line, dt_store_log_fn fn, void *ctx)
{
    struct dt_query q = dt_query(store, DT_SQL_LOG_LIST);
    dt_bind_int(&q, line);
    while (dt_row(&q)) {
        struct dt_store_log log;
        log_columns(&q, &log);
        if (q.err != DT_OK || !fn(ctx, &log)) {
            break;
        }
    }
    return dt_end(&q);
}

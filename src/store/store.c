/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "log/fields.h"
#include "store/sql.h"

/*
 * Everything before the first read of the file; locking_mode must come first. A new file has
 * pages twice SQLite's usual: half as many writes for a group of records (1.2 us of processor
 * time less for a message), and a single one still fits its limit.
 */
static const char settings[] = "PRAGMA locking_mode = EXCLUSIVE;"
                               "PRAGMA page_size = 8192;"
                               "PRAGMA trusted_schema = OFF;"
                               "PRAGMA cell_size_check = ON;"
                               "PRAGMA mmap_size = 0;"
                               "PRAGMA temp_store = MEMORY;"
                               "PRAGMA cache_size = -512;"
                               "PRAGMA synchronous = FULL;"
                               "PRAGMA secure_delete = ON;"
                               "PRAGMA journal_size_limit = 33554432;";

/*
 * Pages of the write-ahead log. Moving them into the file costs two more waits for the disk, and
 * SQLite would do it within every commit that finds 1,000: one message in a hundred waited three
 * times as long. So it is left to dt_store_tidy() while a node rests now and then; within a
 * commit it happens only when the log is as large as the file system is asked to keep it.
 */
enum { WAL_WORTH_TIDYING = 256, WAL_MOST = 4000 };

static void move_log(struct dt_store *store)
{ /* one that fails is tried again later: the log holds everything */
    if (sqlite3_wal_checkpoint_v2(store->db, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL) ==
        SQLITE_OK) {
        store->wal_pages = 0;
    }
}

static int on_commit(void *ctx, sqlite3 *db, const char *name, int pages)
{
    struct dt_store *store = ctx;
    (void)db, (void)name;
    store->wal_pages = pages;
    if (pages >= WAL_MOST) {
        move_log(store);
    }
    return SQLITE_OK;
}

void dt_store_tidy(struct dt_store *store)
{
    if (!store->in_transaction && !store->read_only && store->wal_pages >= WAL_WORTH_TIDYING) {
        move_log(store);
    }
}

static enum dt_err execute(struct dt_store *store, const char *sql)
{
    return dt_store_error(sqlite3_exec(store->db, sql, NULL, NULL, NULL));
}

/* The one integer a statement gives; 0 after an error. */
static enum dt_err one_int(struct dt_store *store, const char *sql, int64_t *value)
{
    sqlite3_stmt *statement = NULL;
    *value = 0;
    int rc = sqlite3_prepare_v2(store->db, sql, -1, &statement, NULL);
    if (rc == SQLITE_OK) {
        rc = sqlite3_step(statement);
        if (rc == SQLITE_ROW) {
            *value = sqlite3_column_int64(statement, 0);
        } else if (rc == SQLITE_DONE) {
            rc = SQLITE_CORRUPT;
        }
    }
    sqlite3_finalize(statement);
    return dt_store_error(rc);
}

static bool in_memory(const char *path)
{
    return strcmp(path, ":memory:") == 0;
}

static bool exists(const char *path, const char *vfs_name)
{
    sqlite3_vfs *vfs = sqlite3_vfs_find(vfs_name);
    int there = 0;
    return vfs != NULL && vfs->xAccess(vfs, path, SQLITE_ACCESS_EXISTS, &there) == SQLITE_OK &&
           there != 0;
}

/* An empty file that only we may read: SQLite gives its own files the same mode.
 * DUPLICATE if there is one. */
static enum dt_err make_file(const char *path)
{
    const int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0) {
        return errno == EEXIST ? DT_ERR_DUPLICATE : DT_ERR_STORE;
    }
    return close(fd) == 0 ? DT_OK : DT_ERR_STORE;
}

static enum dt_err connect_file(struct dt_store *store, const char *path)
{
    const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE |
                      (in_memory(path) ? SQLITE_OPEN_CREATE : 0);
    const int rc = sqlite3_open_v2(path, &store->db, flags, store->vfs);
    if (rc != SQLITE_OK) {
        return dt_store_error(rc);
    }
    (void)sqlite3_busy_timeout(store->db, 0);
    (void)sqlite3_db_config(store->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    (void)sqlite3_wal_hook(store->db, on_commit, store);
    return execute(store, settings);
}

/* Is it ours, and of a version known here? */
static enum dt_err check_version(struct dt_store *store, enum dt_store_mode mode)
{
    int64_t application = 0, version = 0, tables = 0;
    enum dt_err err = one_int(store, "SELECT count(*) FROM sqlite_schema", &tables);
    if (err == DT_OK) {
        err = one_int(store, "PRAGMA application_id", &application);
    }
    if (err == DT_OK) {
        err = one_int(store, "PRAGMA user_version", &version);
    }
    if (err != DT_OK) {
        return err;
    }
    if (mode == DT_STORE_CREATE) {
        return tables == 0 && version == 0 ? DT_OK : DT_ERR_HOME_EXISTS;
    }
    if (application != DT_STORE_APPLICATION_ID || version < 1) {
        return DT_ERR_STORE_DAMAGED;
    }
    return version > DT_STORE_VERSION ? DT_ERR_UNKNOWN_VERSION : DT_OK;
}

static enum dt_err number_it(struct dt_store *store)
{
    char numbers[96];
    snprintf(numbers, sizeof numbers, "PRAGMA application_id = %d; PRAGMA user_version = %d;",
             DT_STORE_APPLICATION_ID, DT_STORE_VERSION);
    return execute(store, numbers);
}

static enum dt_err create_tables(struct dt_store *store)
{
    const enum dt_err err = execute(store, dt_store_schema);
    return err == DT_OK ? number_it(store) : err;
}

/* What an older program made, in the transaction of set_up(): all of it or nothing. */
static enum dt_err bring_up(struct dt_store *store)
{
    int64_t version = 0;
    enum dt_err err = one_int(store, "PRAGMA user_version", &version);
    if (err != DT_OK || version >= DT_STORE_VERSION) {
        return err;
    }
    err = execute(store, dt_store_keys_by_party);
    return err == DT_OK ? number_it(store) : err;
}

/* Takes the lock that is kept until close, and looks or creates under it. */
static enum dt_err set_up(struct dt_store *store, enum dt_store_mode mode)
{
    enum dt_err err = check_version(store, mode);
    if (err == DT_OK) {
        err = execute(store, "PRAGMA journal_mode = WAL");
    }
    if (err == DT_OK) {
        err = execute(store, "BEGIN IMMEDIATE");
    }
    if (err == DT_OK) {
        err = check_version(store, mode); /* again: now nobody else can change it */
    }
    if (err == DT_OK) {
        err = mode == DT_STORE_CREATE ? create_tables(store) : bring_up(store);
    }
    if (err == DT_OK) {
        err = execute(store, dt_store_added);
    }
    return err == DT_OK ? execute(store, "COMMIT") : err;
}

static enum dt_err before_open(const char *path, enum dt_store_mode mode, const char *vfs)
{
    if (in_memory(path)) {
        return DT_OK;
    }
    if (mode == DT_STORE_CREATE) {
        const enum dt_err err = make_file(path);
        return err == DT_ERR_DUPLICATE ? DT_OK : err; /* set_up() tells an empty one */
    }
    return exists(path, vfs) ? DT_OK : DT_ERR_NO_HOME;
}

enum dt_err dt_store_open(struct dt_store **out, const char *path, enum dt_store_mode mode,
                          const char *vfs)
{
    *out = NULL;
    enum dt_err err = before_open(path, mode, vfs);
    if (err != DT_OK) {
        return err;
    }
    struct dt_store *store = calloc(1, sizeof *store);
    if (store == NULL) {
        return DT_ERR_NO_MEMORY;
    }
    store->vfs = vfs;
    err = connect_file(store, path);
    if (err == DT_OK) {
        err = set_up(store, mode);
    }
    if (err == DT_OK && mode == DT_STORE_READ) {
        store->read_only = true;
        (void)sqlite3_db_config(store->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
        err = execute(store, "PRAGMA query_only = ON");
    }
    if (err != DT_OK) {
        dt_store_close(store);
        return err;
    }
    *out = store;
    return DT_OK;
}

void dt_store_close(struct dt_store *store)
{
    if (store == NULL) {
        return;
    }
    for (int i = 0; i < DT_SQL_COUNT; i++) {
        sqlite3_finalize(store->statements[i]);
    }
    (void)sqlite3_close(store->db); /* rolls back */
    dt_wipe(store, sizeof *store);
    free(store);
}

enum dt_err dt_store_begin(struct dt_store *store)
{
    if (store->in_transaction || store->read_only) {
        return DT_ERR_BAD_STATE;
    }
    struct dt_query q = dt_query(store, DT_SQL_BEGIN);
    const enum dt_err err = dt_run(&q);
    store->in_transaction = err == DT_OK;
    return err;
}

enum dt_err dt_store_commit(struct dt_store *store)
{
    if (!store->in_transaction) {
        return DT_ERR_BAD_STATE;
    }
    enum dt_err err = store->failed;
    if (err == DT_OK) {
        struct dt_query q = dt_query(store, DT_SQL_COMMIT);
        err = dt_run(&q);
    }
    if (err != DT_OK) {
        dt_store_rollback(store);
    }
    store->in_transaction = false;
    return err;
}

void dt_store_rollback(struct dt_store *store)
{
    if (!sqlite3_get_autocommit(store->db)) {
        (void)sqlite3_exec(store->db, "ROLLBACK", NULL, NULL, NULL);
    }
    store->in_transaction = false;
    store->failed = DT_OK;
    store->waiting_count = 0;
}

bool dt_store_in_transaction(const struct dt_store *store)
{
    return store->in_transaction;
}

enum dt_err dt_store_check(struct dt_store *store)
{
    for (int i = 0; i < DT_SQL_COUNT; i++) { /* a missing table or column shows here */
        struct dt_query q = dt_query(store, (enum dt_sql)i);
        const enum dt_err err = dt_end(&q);
        if (err != DT_OK && err != DT_ERR_BAD_STATE && err != store->failed) {
            return err;
        }
    }
    sqlite3_stmt *statement = NULL;
    int rc = sqlite3_prepare_v2(store->db, "PRAGMA quick_check(1)", -1, &statement, NULL);
    enum dt_err err = DT_OK;
    if (rc == SQLITE_OK) {
        rc = sqlite3_step(statement);
        const unsigned char *text = rc == SQLITE_ROW ? sqlite3_column_text(statement, 0) : NULL;
        if (rc == SQLITE_ROW && (text == NULL || strcmp((const char *)text, "ok") != 0)) {
            err = DT_ERR_STORE_DAMAGED;
        }
    }
    sqlite3_finalize(statement);
    return err != DT_OK ? err : dt_store_error(rc);
}

/* --- copies ------------------------------------------------------------------- */

struct dt_store_copy {
    char *path;
    sqlite3 *to;
    sqlite3_backup *backup;
};

static enum dt_err open_copy(struct dt_store *store, struct dt_store_copy *copy)
{
    const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
    DT_TRY(dt_store_error(sqlite3_open_v2(copy->path, &copy->to, flags, store->vfs)));
    DT_TRY(dt_store_error(sqlite3_exec(copy->to, "PRAGMA locking_mode = EXCLUSIVE;"
                                                 "PRAGMA cache_size = -512;"
                                                 "PRAGMA synchronous = FULL", NULL, NULL, NULL)));
    copy->backup = sqlite3_backup_init(copy->to, "main", store->db, "main");
    return copy->backup != NULL ? DT_OK : dt_store_error(sqlite3_extended_errcode(copy->to));
}

enum dt_err dt_store_copy_begin(struct dt_store *store, const char *path,
                                struct dt_store_copy **out)
{
    if (store->in_transaction) {
        return DT_ERR_BAD_STATE;
    }
    DT_TRY(make_file(path));
    struct dt_store_copy *copy = calloc(1, sizeof *copy);
    if (copy == NULL || (copy->path = strdup(path)) == NULL) {
        free(copy);
        (void)unlink(path);
        return DT_ERR_NO_MEMORY;
    }
    const enum dt_err err = open_copy(store, copy);
    if (err != DT_OK) {
        dt_store_copy_abandon(copy);
        return err;
    }
    *out = copy;
    return DT_OK;
}

enum dt_err dt_store_copy_step(struct dt_store_copy *copy, int pages, bool *all)
{
    const int rc = sqlite3_backup_step(copy->backup, pages);
    *all = rc == SQLITE_DONE;
    return dt_store_error(rc);
}

static void free_copy(struct dt_store_copy *copy)
{
    free(copy->path);
    free(copy);
}

void dt_store_copy_abandon(struct dt_store_copy *copy)
{
    if (copy->backup != NULL) {
        (void)sqlite3_backup_finish(copy->backup);
    }
    (void)sqlite3_close(copy->to);
    (void)unlink(copy->path);
    free_copy(copy);
}

enum dt_err dt_store_copy_finish(struct dt_store_copy *copy)
{
    enum dt_err err = dt_store_error(sqlite3_backup_finish(copy->backup));
    copy->backup = NULL;
    if (err == DT_OK) {
        err = dt_store_error(sqlite3_exec(copy->to, "INSERT INTO meta VALUES('" DT_STORE_META_COPY
                                                    "', x'01') ON CONFLICT DO NOTHING;"
                                                    "PRAGMA wal_checkpoint(TRUNCATE)", NULL, NULL,
                                          NULL));
    }
    const int closed = sqlite3_close(copy->to);
    copy->to = NULL;
    err = err == DT_OK ? dt_store_error(closed) : err;
    if (err != DT_OK) {
        dt_store_copy_abandon(copy);
        return err;
    }
    free_copy(copy);
    return DT_OK;
}

enum dt_err dt_store_backup(struct dt_store *store, const char *path)
{
    struct dt_store_copy *copy = NULL;
    bool all = false;
    DT_TRY(dt_store_copy_begin(store, path, &copy));
    while (!all) {
        const enum dt_err err = dt_store_copy_step(copy, 256, &all);
        if (err != DT_OK) {
            dt_store_copy_abandon(copy);
            return err;
        }
    }
    return dt_store_copy_finish(copy);
}

enum dt_err dt_store_flush(struct dt_store *store)
{
    if (store->in_transaction || store->read_only) {
        return DT_ERR_BAD_STATE;
    }
    return dt_store_error(
        sqlite3_wal_checkpoint_v2(store->db, "main", SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL));
}

enum dt_err dt_store_file_size(struct dt_store *store, uint64_t *bytes)
{
    int64_t pages = 0, page_size = 0;
    enum dt_err err = one_int(store, "PRAGMA page_count", &pages);
    if (err == DT_OK) {
        err = one_int(store, "PRAGMA page_size", &page_size);
    }
    *bytes = err == DT_OK ? (uint64_t)(pages * page_size) : 0;
    return err;
}

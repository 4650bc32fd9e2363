/* SPDX-License-Identifier: ISC */
/*
 * Goal: what was acknowledged is there after a kill; a home belongs to one process;
 * a damaged or foreign file is named, never followed.
 * Method: a child writes groups and says after each commit how far it is; it is
 * killed at random moments; the home is opened again and read in full.
 */
#include <fcntl.h>
#include <signal.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>

#include "home.h"

enum { KILLS = 20 };

/* Groups of 1 to 300 records, so that stored subtrees close in some of them. */
static void write_groups(const struct home *home, int pipe_end)
{
    struct dt_store *store;
    struct dt_store_log log;
    struct dt_rng rng = {(uint64_t)getpid()};
    if (dt_store_open(&store, home->path, DT_STORE_OPEN, NULL) != DT_OK ||
        dt_store_log_get(store, 1, &log) != DT_OK) {
        _exit(2);
    }
    for (;;) {
        const uint64_t group = 1 + (dt_rng_below(&rng, 10) == 0 ? dt_rng_below(&rng, 300) : 3);
        enum dt_err err = dt_store_begin(store);
        for (uint64_t i = 0; i < group && err == DT_OK; i++) {
            err = sample_append(store, &log);
        }
        if (err == DT_OK) {
            err = dt_store_log_update(store, &log);
        }
        if (err != DT_OK || dt_store_commit(store) != DT_OK) {
            _exit(3);
        }
        if (write(pipe_end, &log.frontier.size, sizeof log.frontier.size) < 0) {
            _exit(4);
        }
    }
}

static void sleep_us(uint64_t us)
{
    nanosleep(&(struct timespec){.tv_sec = 0, .tv_nsec = (long)us * 1000}, NULL);
}

/* Lets a child write for a while, kills it, returns the last size it acknowledged. */
static uint64_t write_until_killed(const struct home *home, uint64_t us, uint64_t acknowledged)
{
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    const pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        close(ends[0]);
        write_groups(home, ends[1]);
    }
    close(ends[1]);
    uint64_t size;
    if (read(ends[0], &size, sizeof size) == sizeof size) { /* it runs: now the clock starts */
        acknowledged = size;
        sleep_us(us);
    }
    assert_int_equal(kill(child, SIGKILL), 0);
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    while (read(ends[0], &size, sizeof size) == sizeof size) {
        acknowledged = size;
    }
    close(ends[0]);
    return acknowledged;
}

static void acknowledged_records_survive_a_kill(void **state)
{
    (void)state;
    struct home home;
    home_make(&home);
    struct dt_store *store = home_open(&home, DT_STORE_CREATE);
    home_log(store);
    dt_store_close(store);
    struct dt_rng rng = dt_rng("acknowledged_records_survive_a_kill");
    uint64_t acknowledged = 0;
    for (int i = 0; i < KILLS; i++) {
        struct dt_store_log log;
        acknowledged = write_until_killed(&home, dt_rng_below(&rng, 60000), acknowledged);
        store = home_open(&home, i % 2 == 0 ? DT_STORE_OPEN : DT_STORE_READ);
        assert_err(dt_store_log_get(store, 1, &log), DT_OK);
        assert_true(log.frontier.size >= acknowledged);
        assert_log_whole(store, &log);
        assert_err(dt_store_check(store), DT_OK);
        dt_store_close(store);
    }
    assert_true(acknowledged > KILLS);
    home_remove(&home);
}

/* --- one process a home ----------------------------------------------------- */

static enum dt_err open_in_child(const struct home *home, enum dt_store_mode mode)
{
    const pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        struct dt_store *store;
        const enum dt_err err = dt_store_open(&store, home->path, mode, NULL);
        dt_store_close(store);
        _exit((int)err);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    return (enum dt_err)WEXITSTATUS(status);
}

static void a_second_open_is_busy(void **state)
{
    (void)state;
    struct home home;
    home_make(&home);
    assert_err(open_in_child(&home, DT_STORE_OPEN), DT_ERR_NO_HOME);
    assert_err(open_in_child(&home, DT_STORE_READ), DT_ERR_NO_HOME);
    for (int round = 0; round < 3; round++) {
        struct dt_store *store = home_open(&home, (const enum dt_store_mode[]){
            DT_STORE_CREATE, DT_STORE_OPEN, DT_STORE_READ}[round]);
        assert_err(open_in_child(&home, DT_STORE_OPEN), DT_ERR_STORE_BUSY);
        assert_err(open_in_child(&home, DT_STORE_READ), DT_ERR_STORE_BUSY);
        assert_err(open_in_child(&home, DT_STORE_CREATE), DT_ERR_STORE_BUSY);
        if (round < 2) {
            assert_err(dt_store_meta_put(store, "a", dt_span("b", 1)), DT_OK);
            assert_err(open_in_child(&home, DT_STORE_OPEN), DT_ERR_STORE_BUSY);
        }
        struct dt_store *second;
        assert_err(dt_store_open(&second, home.path, DT_STORE_OPEN, NULL), DT_ERR_STORE_BUSY);
        assert_null(second);
        dt_store_close(store);
    }
    assert_err(open_in_child(&home, DT_STORE_CREATE), DT_ERR_HOME_EXISTS);
    assert_err(open_in_child(&home, DT_STORE_OPEN), DT_OK);
    struct stat info;
    assert_int_equal(stat(home.path, &info), 0);
    assert_int_equal(info.st_mode & 0777, 0600);
    home_remove(&home);
}

static void a_reader_writes_nothing(void **state)
{
    (void)state;
    struct home home;
    home_make(&home);
    dt_store_close(home_open(&home, DT_STORE_CREATE));
    struct dt_store *store = home_open(&home, DT_STORE_READ);
    assert_err(dt_store_begin(store), DT_ERR_BAD_STATE);
    assert_err(dt_store_meta_put(store, "a", dt_span("b", 1)), DT_ERR_BAD_STATE);
    assert_err(dt_store_flush(store), DT_ERR_BAD_STATE);
    assert_err(dt_store_check(store), DT_OK);
    dt_store_close(store);
    home_remove(&home);
}

/* --- the write-ahead log ------------------------------------------------------- */

/* Does the file by itself, without the log beside it, hold the small value `name`? */
static bool file_alone_holds(const struct home *home, const char *name)
{
    uint8_t block[8192], value[8];
    size_t size, got;
    FILE *from = fopen(home->path, "rb"), *to = fopen(home->copy, "wb");
    assert_non_null(from);
    assert_non_null(to);
    while ((got = fread(block, 1, sizeof block, from)) > 0) {
        assert_int_equal(fwrite(block, 1, got, to), got);
    }
    fclose(from);
    assert_int_equal(fclose(to), 0);
    struct dt_store *copy = NULL;
    assert_err(dt_store_open(&copy, home->copy, DT_STORE_READ, NULL), DT_OK);
    const enum dt_err err = dt_store_meta_get(copy, name, value, sizeof value, &size);
    dt_store_close(copy);
    unlink(home->copy);
    return err == DT_OK;
}

static void the_log_is_tidied_when_asked_and_never_for_little(void **state)
{
    (void)state;
    struct home home;
    home_make(&home);
    struct dt_store *store = home_open(&home, DT_STORE_CREATE);
    assert_err(dt_store_flush(store), DT_OK);
    assert_err(dt_store_meta_put(store, "first", dt_span("b", 1)), DT_OK);
    dt_store_tidy(store); /* a page or two: not worth the disk's time */
    assert_false(file_alone_holds(&home, "first"));
    char name[16] = "";
    for (int i = 0; i < 1200; i++) { /* more than SQLite's own 1,000 pages */
        snprintf(name, sizeof name, "%d", i);
        assert_err(dt_store_meta_put(store, name, dt_span("b", 1)), DT_OK);
    }
    assert_false(file_alone_holds(&home, "first"));
    assert_err(dt_store_begin(store), DT_OK);
    dt_store_tidy(store); /* not within a transaction */
    assert_err(dt_store_commit(store), DT_OK);
    assert_false(file_alone_holds(&home, "first"));
    dt_store_tidy(store);
    assert_true(file_alone_holds(&home, "first"));
    assert_true(file_alone_holds(&home, name));
    dt_store_close(store);
    home_remove(&home);
}

static void the_log_does_not_grow_without_end(void **state)
{
    (void)state;
    struct home home;
    home_make(&home);
    struct dt_store *store = home_open(&home, DT_STORE_CREATE);
    static uint8_t big[DT_STORE_META_MAX];
    char wal[180];
    struct stat info;
    snprintf(wal, sizeof wal, "%s-wal", home.path);
    for (int i = 0; i < 80; i++) { /* 80 MB, and nobody ever rests */
        assert_err(dt_store_begin(store), DT_OK);
        for (int k = 0; k < 16; k++) {
            const char name[] = {(char)('a' + k), 0};
            big[0] = (uint8_t)i;
            assert_err(dt_store_meta_put(store, name, dt_span(big, sizeof big)), DT_OK);
        }
        assert_err(dt_store_commit(store), DT_OK);
    }
    assert_int_equal(stat(wal, &info), 0);
    assert_in_range(info.st_size, 1 << 20, 40 << 20);
    dt_store_close(store);
    home_remove(&home);
}

/* --- versions and damage ------------------------------------------------------ */

static void run_sql(const struct home *home, const char *sql)
{
    sqlite3 *db;
    assert_int_equal(sqlite3_open(home->path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static void other_versions_are_named(void **state)
{
    (void)state;
    static const struct {
        const char *sql;
        enum dt_err err;
    } cases[] = {
        {"PRAGMA user_version = 3", DT_ERR_UNKNOWN_VERSION},
        {"PRAGMA user_version = 2000000000", DT_ERR_UNKNOWN_VERSION},
        {"PRAGMA user_version = 0", DT_ERR_STORE_DAMAGED},
        {"PRAGMA user_version = -1", DT_ERR_STORE_DAMAGED},
        {"PRAGMA user_version = 2", DT_OK},
        {"PRAGMA application_id = 5", DT_ERR_STORE_DAMAGED},
    };
    struct home home;
    home_make(&home);
    dt_store_close(home_open(&home, DT_STORE_CREATE));
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct dt_store *store;
        run_sql(&home, cases[i].sql);
        assert_err(dt_store_open(&store, home.path, DT_STORE_OPEN, NULL), cases[i].err);
        dt_store_close(store);
    }
    run_sql(&home, "PRAGMA application_id = 1148470065; DROP TABLE ahead");
    struct dt_store *store = home_open(&home, DT_STORE_OPEN);
    assert_err(dt_store_check(store), DT_ERR_STORE_DAMAGED);
    struct dt_store_ahead ahead;
    assert_err(dt_store_ahead_get(store, 1, 1, &ahead), DT_ERR_STORE_DAMAGED);
    dt_store_close(store);
    home_remove(&home);
}

/* Version 1 named a key by its id alone: each becomes its creator's party's. */
static void keys_of_version_1_become_their_partys(void **state)
{
    (void)state;
    struct home home;
    home_make(&home);
    dt_store_close(home_open(&home, DT_STORE_CREATE));
    run_sql(&home, "DROP TABLE content_key;"
                   "CREATE TABLE content_key(line INTEGER NOT NULL, key_id BLOB NOT NULL,"
                   " key BLOB NOT NULL, expiry INTEGER NOT NULL, creator INTEGER NOT NULL,"
                   " PRIMARY KEY(line, key_id)) STRICT, WITHOUT ROWID;"
                   "INSERT INTO content_key VALUES"
                   " (1, x'0101010101010101', zeroblob(32), 7, 33 + 65536),"
                   " (1, x'0202020202020202', zeroblob(32), 0, 16 + 131072);"
                   "PRAGMA user_version = 1");
    for (int again = 0; again < 2; again++) {
        struct dt_store *store = home_open(&home, again ? DT_STORE_READ : DT_STORE_OPEN);
        struct dt_store_content_key key;
        struct dt_store_key_name set = {.party = 2}, one = {.party = 1, .single = true};
        memset(set.id, 1, sizeof set.id);
        memset(one.id, 2, sizeof one.id);
        assert_err(dt_store_content_key_get(store, 1, &set, &key), DT_OK);
        assert_true(key.creator == 33 && key.shred && !key.single && key.expiry_ms == 7);
        assert_err(dt_store_content_key_get(store, 1, &one, &key), DT_OK);
        assert_true(key.creator == 16 && !key.shred && key.single && key.expiry_ms == 0);
        one.single = false;
        assert_err(dt_store_content_key_get(store, 1, &one, &key), DT_ERR_NO_KEY);
        set.party = 1;
        assert_err(dt_store_content_key_get(store, 1, &set, &key), DT_ERR_NO_KEY);
        assert_err(dt_store_check(store), DT_OK);
        dt_store_close(store);
    }
    home_remove(&home);
}

/* A tree node that is there before its leaves: the append that meets it is refused when
 * its record is in already, so the group must go as a whole. */
static void a_node_out_of_place_ends_the_group(void **state)
{
    (void)state;
    struct home home;
    home_make(&home);
    struct dt_store *store = home_open(&home, DT_STORE_CREATE);
    struct dt_store_log log = home_log(store);
    assert_err(dt_store_begin(store), DT_OK);
    for (int i = 0; i < 250; i++) {
        assert_err(sample_append(store, &log), DT_OK);
    }
    assert_err(dt_store_log_update(store, &log), DT_OK);
    assert_err(dt_store_commit(store), DT_OK);
    dt_store_close(store);
    run_sql(&home, "INSERT INTO tree(key, hash) VALUES((1 << 35) | (1 << 32), zeroblob(32))");
    store = home_open(&home, DT_STORE_OPEN);
    assert_err(dt_store_begin(store), DT_OK);
    for (int i = 250; i < 255; i++) {
        assert_err(sample_append(store, &log), DT_OK);
    }
    const struct dt_store_log before = log;
    assert_err(sample_append(store, &log), DT_ERR_STORE_DAMAGED);
    assert_memory_equal(&log, &before, sizeof log);
    assert_err(dt_store_commit(store), DT_ERR_STORE_DAMAGED);
    assert_err(dt_store_log_get(store, log.id, &log), DT_OK);
    assert_int_equal(log.frontier.size, 250);
    assert_log_whole(store, &log);
    dt_store_close(store);
    home_remove(&home);
}

static size_t read_file(const char *path, uint8_t *out, size_t capacity)
{
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    const size_t size = fread(out, 1, capacity, file);
    fclose(file);
    return size;
}

static void write_file(const char *path, const uint8_t *data, size_t size)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(data, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
}

static bool any_record(void *ctx, const struct dt_store_record *record)
{
    (void)ctx;
    return record->header.size <= DT_HEADER_MAX && record->body.size <= DT_BODY_MAX;
}

static bool any_log(void *ctx, const struct dt_store_log *log)
{
    (void)log;
    (*(int *)ctx)++;
    return true;
}

/* What may be said of a broken file. */
static void assert_named(enum dt_err err)
{
    if (err != DT_OK && err != DT_ERR_STORE_DAMAGED && err != DT_ERR_STORE &&
        err != DT_ERR_UNKNOWN_VERSION) {
        fail_msg("damage was called %s", dt_err_name(err));
    }
}

/* Reads everything, tries to write: whatever comes, it has a name. Says whether all was well. */
static bool use(const struct home *home)
{
    struct dt_store *store;
    int logs = 0;
    enum dt_err err = dt_store_open(&store, home->path, DT_STORE_OPEN, NULL);
    assert_named(err);
    if (err != DT_OK) {
        assert_null(store);
        return false;
    }
    err = dt_store_check(store);
    assert_named(err);
    assert_named(dt_store_record_list(store, 1, 0, UINT64_MAX, any_record, NULL));
    assert_named(dt_store_log_list(store, 1, any_log, &logs));
    assert_named(dt_store_meta_put(store, "a", dt_span("b", 1)));
    dt_store_close(store);
    return err == DT_OK;
}

static void damage_is_named_and_never_followed(void **state)
{
    (void)state;
    struct home home;
    home_make(&home);
    struct dt_store *store = home_open(&home, DT_STORE_CREATE);
    struct dt_store_log log = home_log(store);
    assert_err(dt_store_begin(store), DT_OK);
    for (int i = 0; i < 300; i++) {
        assert_err(sample_append(store, &log), DT_OK);
    }
    assert_err(dt_store_log_update(store, &log), DT_OK);
    assert_err(dt_store_commit(store), DT_OK);
    dt_store_close(store);

    static uint8_t good[1 << 21], bad[1 << 21];
    const size_t size = read_file(home.path, good, sizeof good);
    assert_true(size < sizeof good);
    struct dt_rng rng = dt_rng("damage_is_named_and_never_followed");
    int found = 0;
    for (int i = 0; i < 400; i++) {
        memcpy(bad, good, size);
        size_t left = size;
        if (i % 4 == 3) {
            left = 1 + (size_t)dt_rng_below(&rng, size - 1);
        }
        const size_t reach = i % 4 == 0 ? 100 : i % 4 == 1 ? 4096 : size;
        for (int n = 0; n < (i % 4 == 3 ? 0 : 1 + i % 8); n++) {
            bad[dt_rng_below(&rng, reach)] ^= (uint8_t)(1 + dt_rng_below(&rng, 255));
        }
        home_clear(&home);
        write_file(home.path, bad, left);
        found += !use(&home);
    }
    assert_true(found > 200);
    home_clear(&home);
    write_file(home.path, good, 0);
    assert_err(dt_store_open(&store, home.path, DT_STORE_OPEN, NULL), DT_ERR_NO_HOME);
    store = home_open(&home, DT_STORE_CREATE); /* an empty file is an interrupted create */
    dt_store_close(store);
    home_clear(&home);
    write_file(home.path, (const uint8_t *)"not a database, but long enough to be asked about", 50);
    assert_err(dt_store_open(&store, home.path, DT_STORE_CREATE, NULL), DT_ERR_STORE_DAMAGED);
    assert_false(use(&home));
    home_remove(&home);
}

/* --- copies --------------------------------------------------------------------- */

static void a_backup_is_whole_and_says_that_it_is_one(void **state)
{
    (void)state;
    struct home home;
    home_make(&home);
    struct dt_store *store = home_open(&home, DT_STORE_CREATE);
    struct dt_store_log log = home_log(store);
    uint8_t mark[1];
    size_t size;
    assert_err(dt_store_begin(store), DT_OK);
    for (int i = 0; i < 2000; i++) {
        assert_err(sample_append(store, &log), DT_OK);
    }
    assert_err(dt_store_log_update(store, &log), DT_OK);
    assert_err(dt_store_backup(store, home.copy), DT_ERR_BAD_STATE);
    assert_err(dt_store_commit(store), DT_OK);
    assert_err(dt_store_backup(store, home.copy), DT_OK);
    assert_err(dt_store_backup(store, home.copy), DT_ERR_DUPLICATE);
    assert_err(dt_store_backup(store, "/nonexistent/copy.db"), DT_ERR_STORE);
    assert_err(dt_store_meta_get(store, DT_STORE_META_COPY, mark, 1, &size), DT_ERR_UNKNOWN_RECORD);
    assert_err(dt_store_begin(store), DT_OK);
    assert_err(sample_append(store, &log), DT_OK); /* the original goes on */
    assert_err(dt_store_log_update(store, &log), DT_OK);
    assert_err(dt_store_commit(store), DT_OK);
    dt_store_close(store);

    struct stat info;
    assert_int_equal(stat(home.copy, &info), 0);
    assert_int_equal(info.st_mode & 0777, 0600);
    assert_err(dt_store_open(&store, home.copy, DT_STORE_OPEN, NULL), DT_OK);
    assert_err(dt_store_log_get(store, log.id, &log), DT_OK);
    assert_int_equal(log.frontier.size, 2000);
    assert_log_whole(store, &log);
    assert_err(dt_store_check(store), DT_OK);
    assert_err(dt_store_meta_get(store, DT_STORE_META_COPY, mark, 1, &size), DT_OK);
    dt_store_close(store);
    home_remove(&home);
}

static void a_store_in_memory_needs_no_file(void **state)
{
    (void)state;
    struct dt_store *store;
    assert_err(dt_store_open(&store, ":memory:", DT_STORE_CREATE, NULL), DT_OK);
    struct dt_store_log log = home_log(store);
    assert_err(dt_store_begin(store), DT_OK);
    assert_err(sample_append(store, &log), DT_OK);
    assert_err(dt_store_log_update(store, &log), DT_OK);
    assert_err(dt_store_commit(store), DT_OK);
    assert_log_whole(store, &log);
    dt_store_close(store);
    dt_store_close(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(acknowledged_records_survive_a_kill),
        cmocka_unit_test(a_second_open_is_busy),
        cmocka_unit_test(a_reader_writes_nothing),
        cmocka_unit_test(the_log_is_tidied_when_asked_and_never_for_little),
        cmocka_unit_test(the_log_does_not_grow_without_end),
        cmocka_unit_test(other_versions_are_named),
        cmocka_unit_test(keys_of_version_1_become_their_partys),
        cmocka_unit_test(a_node_out_of_place_ends_the_group),
        cmocka_unit_test(damage_is_named_and_never_followed),
        cmocka_unit_test(a_backup_is_whole_and_says_that_it_is_one),
        cmocka_unit_test(a_store_in_memory_needs_no_file),
    };
    return cmocka_run_group_tests(tests, dt_test_setup, NULL);
}

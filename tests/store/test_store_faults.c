/* SPDX-License-Identifier: ISC */
/*
 * Goal: whatever the disk refuses, the caller is told, and nothing is half there.
 * Method: a VFS in front of the real one, whose n-th write, sync or truncation fails.
 * One scenario is run for n = 1, 2, 3 ... until it passes without meeting a fault;
 * after each run the home is opened through the real VFS and read in full. The same
 * VFS sees whether all was synced when a commit says OK.
 */
#include <sqlite3.h>

#include "home.h"

enum fault {
    FAULT_FULL,   /* once, nothing written: SQLITE_FULL */
    FAULT_TORN,   /* once, half of it written: SQLITE_IOERR */
    FAULT_BROKEN, /* from here on nothing works: SQLITE_IOERR */
};

static struct {
    enum fault kind;
    long countdown; /* 0: switched off */
    bool triggered;
} plan;

static sqlite3_vfs *real_vfs;
static sqlite3_vfs faulty_vfs;
static sqlite3_io_methods faulty_methods;

struct faulty_file {
    sqlite3_file base;
    sqlite3_file *real; /* behind this struct */
    bool is_wal;
};

/* Written to the write-ahead log and not synced since: what a power cut could take. */
static bool wal_at_risk;

static sqlite3_file *real_file(sqlite3_file *file)
{
    return ((struct faulty_file *)(void *)file)->real;
}

/* True if this operation is to fail. */
static bool strikes(void)
{
    if (plan.triggered && plan.kind == FAULT_BROKEN) {
        return true;
    }
    if (plan.countdown == 0 || --plan.countdown > 0) {
        return false;
    }
    plan.triggered = true;
    return true;
}

static int faulty_write(sqlite3_file *file, const void *data, int size, sqlite3_int64 offset)
{
    sqlite3_file *real = real_file(file);
    if (!strikes()) {
        wal_at_risk = wal_at_risk || ((struct faulty_file *)(void *)file)->is_wal;
        return real->pMethods->xWrite(real, data, size, offset);
    }
    if (plan.kind == FAULT_TORN) {
        (void)real->pMethods->xWrite(real, data, size / 2, offset);
    }
    return plan.kind == FAULT_FULL ? SQLITE_FULL : SQLITE_IOERR_WRITE;
}

static int faulty_truncate(sqlite3_file *file, sqlite3_int64 size)
{
    sqlite3_file *real = real_file(file);
    return strikes() ? SQLITE_IOERR_TRUNCATE : real->pMethods->xTruncate(real, size);
}

static int faulty_sync(sqlite3_file *file, int flags)
{
    sqlite3_file *real = real_file(file);
    if (strikes()) {
        return plan.kind == FAULT_FULL ? SQLITE_FULL : SQLITE_IOERR_FSYNC;
    }
    if (((struct faulty_file *)(void *)file)->is_wal) {
        wal_at_risk = false;
    }
    return real->pMethods->xSync(real, flags);
}

static int faulty_close(sqlite3_file *file)
{
    sqlite3_file *real = real_file(file);
    return real->pMethods->xClose(real);
}

static int faulty_read(sqlite3_file *file, void *data, int size, sqlite3_int64 offset)
{
    sqlite3_file *real = real_file(file);
    return real->pMethods->xRead(real, data, size, offset);
}

static int faulty_size(sqlite3_file *file, sqlite3_int64 *size)
{
    sqlite3_file *real = real_file(file);
    return real->pMethods->xFileSize(real, size);
}

static int faulty_lock(sqlite3_file *file, int level)
{
    sqlite3_file *real = real_file(file);
    return real->pMethods->xLock(real, level);
}

static int faulty_unlock(sqlite3_file *file, int level)
{
    sqlite3_file *real = real_file(file);
    return real->pMethods->xUnlock(real, level);
}

static int faulty_reserved(sqlite3_file *file, int *out)
{
    sqlite3_file *real = real_file(file);
    return real->pMethods->xCheckReservedLock(real, out);
}

static int faulty_control(sqlite3_file *file, int op, void *argument)
{
    sqlite3_file *real = real_file(file);
    return real->pMethods->xFileControl(real, op, argument);
}

static int faulty_sector(sqlite3_file *file)
{
    sqlite3_file *real = real_file(file);
    return real->pMethods->xSectorSize(real);
}

static int faulty_device(sqlite3_file *file)
{
    sqlite3_file *real = real_file(file);
    return real->pMethods->xDeviceCharacteristics(real);
}

static int faulty_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags, int *out)
{
    (void)vfs;
    struct faulty_file *f = (struct faulty_file *)(void *)file;
    f->real = (sqlite3_file *)(void *)(f + 1);
    f->is_wal = (flags & SQLITE_OPEN_WAL) != 0;
    const int rc = real_vfs->xOpen(real_vfs, name, f->real, flags, out);
    f->base.pMethods = rc == SQLITE_OK ? &faulty_methods : NULL;
    return rc;
}

/* Version 1 methods: no shared memory is offered, so none may be needed either. */
static int register_faulty(void **state)
{
    real_vfs = sqlite3_vfs_find(NULL);
    faulty_vfs = *real_vfs;
    faulty_vfs.pNext = NULL;
    faulty_vfs.zName = "faulty";
    faulty_vfs.szOsFile = (int)sizeof(struct faulty_file) + real_vfs->szOsFile;
    faulty_vfs.xOpen = faulty_open;
    faulty_methods = (sqlite3_io_methods){
        .iVersion = 1, .xClose = faulty_close, .xRead = faulty_read, .xWrite = faulty_write,
        .xTruncate = faulty_truncate, .xSync = faulty_sync, .xFileSize = faulty_size,
        .xLock = faulty_lock, .xUnlock = faulty_unlock, .xCheckReservedLock = faulty_reserved,
        .xFileControl = faulty_control, .xSectorSize = faulty_sector,
        .xDeviceCharacteristics = faulty_device};
    return sqlite3_vfs_register(&faulty_vfs, 0) == SQLITE_OK ? dt_test_setup(state) : -1;
}

/* --- the scenario ------------------------------------------------------------ */

enum { GROUPS = 3, GROUP_SIZE = 90 }; /* the third closes a stored subtree */

struct world {
    struct home home;
    struct dt_store *store;
    struct dt_store_log log;
    unsigned committed; /* groups whose commit said OK */
    unsigned failed;    /* calls that said STORE */
};

/* Every answer is OK or STORE: no other name for a disk that refuses. */
static bool ok(struct world *w, enum dt_err err)
{
    if (err == DT_OK) {
        return true;
    }
    if (err != DT_ERR_STORE) {
        fail_msg("fault was called %s", dt_err_name(err));
    }
    assert_true(plan.triggered);
    w->failed++;
    return false;
}

/* One group: records, a fact each, the row. */
static enum dt_err write_group(struct world *w)
{
    enum dt_err err = dt_store_begin(w->store);
    if (err != DT_OK) {
        return err;
    }
    for (int i = 0; i < GROUP_SIZE && err == DT_OK; i++) {
        const struct dt_fact fact = {.wid = 16, .seq = w->log.frontier.size, .kind = 4};
        err = sample_append(w->store, &w->log);
        if (err == DT_OK) {
            err = dt_store_fact_put(w->store, 1, w->log.id, &fact);
        }
    }
    if (err == DT_OK) {
        err = dt_store_log_update(w->store, &w->log);
    }
    if (err != DT_OK) { /* and so says every later write, and the commit */
        assert_err(dt_store_meta_put(w->store, "later", dt_span("x", 1)), err);
        assert_err(dt_store_log_update(w->store, &w->log), err);
        assert_true(dt_store_in_transaction(w->store));
        assert_err(dt_store_commit(w->store), err);
        assert_false(dt_store_in_transaction(w->store));
        return err;
    }
    return dt_store_commit(w->store);
}

static void play(struct world *w)
{
    for (unsigned group = 0; group < GROUPS; group++) {
        for (int attempt = 0; attempt < 2; attempt++) {
            if (ok(w, write_group(w))) {
                assert_false(wal_at_risk); /* synced before commit said OK */
                w->committed++;
                break;
            }
            assert_false(dt_store_in_transaction(w->store));
            assert_err(dt_store_log_get(w->store, w->log.id, &w->log), DT_OK);
            assert_int_equal(w->log.frontier.size, w->committed * GROUP_SIZE);
        }
        const struct dt_store_content_key key = {.creator = 1, .key_id = {(uint8_t)group}};
        const struct dt_store_key_name name = dt_store_key_name_of(&key);
        if (ok(w, dt_store_content_key_put(w->store, 1, &key))) {
            ok(w, dt_store_content_key_delete(w->store, 1, &name));
        }
    }
    ok(w, dt_store_flush(w->store));
    if (!ok(w, dt_store_backup(w->store, w->home.copy))) {
        assert_int_equal(access(w->home.copy, F_OK), -1);
    }
}

/* The truth, through the real VFS: whole groups, all that were acknowledged. */
static void judge(struct world *w)
{
    uint64_t facts;
    plan.countdown = 0;
    plan.triggered = false;
    w->store = home_open(&w->home, DT_STORE_OPEN);
    assert_err(dt_store_check(w->store), DT_OK);
    assert_err(dt_store_log_get(w->store, w->log.id, &w->log), DT_OK);
    assert_int_equal(w->log.frontier.size % GROUP_SIZE, 0);
    const uint64_t groups = w->log.frontier.size / GROUP_SIZE;
    /* a commit that failed in its last step may yet show after the restart, whole */
    assert_true(groups >= w->committed && groups <= w->committed + (w->failed > 0));
    assert_log_whole(w->store, &w->log);
    assert_err(dt_store_fact_count(w->store, 1, &facts), DT_OK);
    assert_int_equal(facts, w->log.frontier.size);
    dt_store_close(w->store);
}

static void every_fault_is_told_and_nothing_is_half_there(void **state)
{
    (void)state;
    for (int kind = FAULT_FULL; kind <= FAULT_BROKEN; kind++) {
        unsigned told = 0;
        bool met = true;
        long n = 0;
        for (; met; n++) {
            struct world w = {.committed = 0};
            home_make(&w.home);
            plan.countdown = 0;
            assert_err(dt_store_open(&w.store, w.home.path, DT_STORE_CREATE, "faulty"), DT_OK);
            w.log = home_log(w.store);
            plan.kind = (enum fault)kind;
            plan.triggered = false;
            plan.countdown = n + 1;
            play(&w);
            dt_store_close(w.store);
            met = plan.triggered;
            told += w.failed > 0;
            assert_true(met || (w.failed == 0 && w.committed == GROUPS));
            judge(&w);
            home_remove(&w.home);
        }
        assert_true(n > 100 && told > 50);
    }
}

/* Four megabytes in one group: pages go to the disk long before the commit, so appends
 * fail, too, and the rollback has much to take back. */
static void a_group_larger_than_the_cache_is_all_or_nothing(void **state)
{
    (void)state;
    enum { LARGE = 10000 };
    bool met = true;
    unsigned in_mid_group = 0;
    for (long n = 1; met; n += 1 + n / 4) {
        struct world w = {.committed = 0};
        home_make(&w.home);
        plan.countdown = 0;
        assert_err(dt_store_open(&w.store, w.home.path, DT_STORE_CREATE, "faulty"), DT_OK);
        w.log = home_log(w.store);
        plan.kind = n % 2 == 0 ? FAULT_FULL : FAULT_TORN;
        plan.triggered = false;
        plan.countdown = n;
        enum dt_err err = dt_store_begin(w.store);
        for (int i = 0; i < LARGE && err == DT_OK; i++) {
            err = sample_append(w.store, &w.log);
        }
        in_mid_group += err != DT_OK;
        if (err != DT_OK) { /* the disk is well again, and the group lost all the same */
            assert_err(sample_append(w.store, &w.log), err);
        }
        const enum dt_err updated = dt_store_log_update(w.store, &w.log);
        const enum dt_err committed = dt_store_commit(w.store);
        assert_true(updated == err && (err == DT_OK || committed == err));
        met = plan.triggered;
        assert_true(committed == DT_OK || committed == DT_ERR_STORE);
        assert_err(dt_store_log_get(w.store, w.log.id, &w.log), DT_OK);
        assert_int_equal(w.log.frontier.size, committed == DT_OK ? LARGE : 0);
        assert_log_whole(w.store, &w.log);
        dt_store_close(w.store);

        plan.countdown = 0;
        w.store = home_open(&w.home, DT_STORE_OPEN);
        assert_err(dt_store_log_get(w.store, w.log.id, &w.log), DT_OK);
        assert_true(w.log.frontier.size == LARGE || (committed != DT_OK && w.log.frontier.size == 0));
        assert_log_whole(w.store, &w.log);
        assert_err(dt_store_check(w.store), DT_OK);
        dt_store_close(w.store);
        home_remove(&w.home);
    }
    assert_true(in_mid_group > 5);
}

static void a_fault_in_making_a_home_leaves_none(void **state)
{
    (void)state;
    for (int kind = FAULT_FULL; kind <= FAULT_BROKEN; kind++) {
        bool met = true;
        long n = 0;
        for (; met; n++) {
            struct home home;
            struct dt_store *store;
            home_make(&home);
            plan.kind = (enum fault)kind;
            plan.triggered = false;
            plan.countdown = n + 1;
            const enum dt_err err = dt_store_open(&store, home.path, DT_STORE_CREATE, "faulty");
            met = plan.triggered;
            assert_true(err == DT_OK || err == DT_ERR_STORE);
            assert_true(err == DT_OK || met);
            dt_store_close(store);
            plan.countdown = 0;
            plan.triggered = false;
            /* either none is there and one can be made, or a whole one is */
            const enum dt_err again = dt_store_open(&store, home.path, DT_STORE_CREATE, NULL);
            assert_true(again == DT_OK || again == DT_ERR_HOME_EXISTS);
            dt_store_close(store);
            store = home_open(&home, DT_STORE_OPEN);
            assert_err(dt_store_check(store), DT_OK);
            dt_store_close(store);
            home_remove(&home);
        }
        assert_true(n > 5);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_fault_is_told_and_nothing_is_half_there),
        cmocka_unit_test(a_group_larger_than_the_cache_is_all_or_nothing),
        cmocka_unit_test(a_fault_in_making_a_home_leaves_none),
    };
    return cmocka_run_group_tests(tests, register_faulty, NULL);
}

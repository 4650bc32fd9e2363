/* SPDX-License-Identifier: ISC */
/*
 * Goal: a log longer than what anybody holds unsigned reaches a member that its author
 * never meets, by relay and by file, whole and verified; and while such a log is exported,
 * imported or backed up, records go on. Method: four nodes on loopback.
 */
#include "test.h"

#include <signal.h>
#include <sqlite3.h>
#include <sys/socket.h>
#include <unistd.h>

#include "node/verify.h"
#include "rig.h"
#include "sync/sync.h"

enum { RECORDS = 10500, WINDOW = 250 };

static struct rig *r;
static char bundle[320];

static void queue(struct dt_object *o, uint8_t **out, size_t *size, size_t *capacity)
{
    struct dt_span message;
    dt_obj_end(o);
    assert_err(dt_obj_done(o, &message), DT_OK);
    assert_err(dt_wire_frame(out, size, capacity, message), DT_OK);
    dt_obj_free(o);
}

/* All at once: none waits for the reply to the one before. */
static void push(struct dt_client *client, uint8_t *bytes, size_t size)
{
    for (size_t sent = 0; sent < size;) {
        const ssize_t n = send(client->fd, bytes + sent, size - sent, MSG_NOSIGNAL);
        assert_true(n > 0);
        sent += (size_t)n;
    }
    free(bytes);
}

/* The number of the next reply; it must be a good one. */
static uint64_t next_reply(struct dt_client *client)
{
    struct dt_span reply;
    assert_err(dt_client_receive(client, &reply, 60000), DT_OK);
    struct dt_cbor ok = dt_cbor_need_text(reply, "ok");
    assert_true(dt_cbor_bool(&ok));
    return rig_uint(reply, "re");
}

static void send_many(unsigned from, unsigned to, unsigned count)
{
    struct dt_client *client = &r->party[from].client;
    for (unsigned done = 0; done < count; done += WINDOW) {
        uint8_t *bytes = NULL;
        size_t size = 0, capacity = 0;
        for (unsigned i = 0; i < WINDOW; i++) {
            struct dt_object o;
            rig_message(r, from, client, &o, to, DT_ROUTINE, dt_span("exercise", 8), false);
            queue(&o, &bytes, &size, &capacity);
        }
        push(client, bytes, size);
        for (unsigned i = 0; i < WINDOW; i++) {
            (void)next_reply(client);
        }
    }
}

static void begin_path(unsigned party, struct dt_object *o, const char *cmd, const char *path)
{
    dt_client_begin(&r->party[party].client, o, cmd);
    dt_obj_key(o, "path");
    dt_obj_string(o, path);
}

/* Party 1 has the log from its author, party 0, who then leaves. */
static int set_up(void **state)
{
    if (dt_test_setup(state) != 0) {
        return -1;
    }
    struct dt_object o;
    r = rig_new(4, DT_EXERCISE);
    for (unsigned i = 0; i < 2; i++) {
        rig_start(r, i);
        rig_accept_line(r, i, 3);
    }
    send_many(0, 1, RECORDS);
    rig_message(r, 0, &r->party[0].client, &o, 1, DT_FLASH, dt_span("now", 3), false);
    rig_call(r, 0, &o, NULL); /* it goes ahead of what still waits */
    const bool equal = rig_equal(r, 300);
    rig_stop(r, 0, SIGTERM);
    snprintf(bundle, sizeof bundle, "%s/long.bundle", r->dir);
    return equal ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    rig_free(r);
    return 0;
}

static void it_is_whole(unsigned party)
{
    struct dt_verify_report report;
    rig_stop(r, party, SIGTERM);
    assert_err(dt_verify_home(r->party[party].home.path, &report, NULL, NULL), DT_OK);
    assert_int_equal(report.faults, 0);
    assert_int_equal(report.absent, 0);
    assert_true(report.records > RECORDS);
}

static void a_relay_hands_it_on(void **state)
{
    (void)state;
    rig_start(r, 2);
    rig_accept_line(r, 2, 3);
    assert_true(rig_equal(r, 300));
    it_is_whole(2);
}

static void a_file_carries_it(void **state)
{
    (void)state;
    struct dt_object o;
    begin_path(1, &o, "export", bundle);
    const uint64_t out = rig_uint(rig_call(r, 1, &o, NULL), "records");
    assert_true(out > RECORDS);
    rig_start(r, 3);
    rig_accept_line(r, 3, 0);
    for (unsigned again = 0; again < 2; again++) {
        begin_path(3, &o, "import", bundle);
        const struct dt_span reply = rig_call(r, 3, &o, NULL);
        assert_int_equal(rig_uint(reply, "records"), again == 0 ? out : 0);
        assert_int_equal(rig_uint(reply, "rejected"), 0);
        assert_int_equal(rig_uint(reply, "ignored"), 0);
    }
    it_is_whole(3);
}

/* The work first, a FLASH behind it on the same connection: the FLASH is answered first. */
static void overtaken(unsigned party, const char *cmd, const char *path)
{
    struct dt_client *client = &r->party[party].client;
    struct dt_object o;
    uint8_t *bytes = NULL;
    size_t size = 0, capacity = 0;
    begin_path(party, &o, cmd, path);
    const uint64_t work = client->re;
    queue(&o, &bytes, &size, &capacity);
    rig_message(r, party, client, &o, 255, DT_FLASH, dt_span("now", 3), false);
    const uint64_t flash = client->re;
    queue(&o, &bytes, &size, &capacity);
    push(client, bytes, size);
    assert_int_equal(next_reply(client), flash);
    assert_int_equal(next_reply(client), work);
}

static void a_flash_goes_through_while_it_is_written(void **state)
{
    (void)state;
    char path[320];
    snprintf(path, sizeof path, "%s/again.bundle", r->dir);
    overtaken(1, "export", path);
    snprintf(path, sizeof path, "%s/backup", r->dir);
    overtaken(1, "backup", path);
    struct dt_verify_report report;
    assert_err(dt_verify_home(path, &report, NULL, NULL), DT_OK);
    assert_true(report.records > RECORDS);
}

static void a_flash_goes_through_while_it_is_read(void **state)
{
    (void)state;
    rig_start(r, 0); /* what came meanwhile is new to its author */
    overtaken(0, "import", bundle);
    assert_true(rig_equal(r, 300));
}

static int64_t one_number(sqlite3 *db, const char *sql)
{
    sqlite3_stmt *row = NULL;
    assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &row, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(row), SQLITE_ROW);
    const int64_t value = sqlite3_column_int64(row, 0);
    sqlite3_finalize(row);
    return value;
}

/* Few enough to keep, close enough to hand on; and nothing is left of what came ahead. */
static void kept_checkpoints_are_few_and_close(void **state)
{
    (void)state;
    char path[DT_HOME_PATH_SIZE];
    sqlite3 *db = NULL;
    sqlite3_stmt *rows = NULL;
    int64_t last = 0, count = 0, widest = 0;
    rig_stop(r, 1, SIGTERM);
    assert_err(dt_home_file(path, &r->party[1].home, "detente.db"), DT_OK);
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(db,
                                        "SELECT size FROM checkpoint WHERE log ="
                                        " (SELECT id FROM log WHERE wid = 0) ORDER BY size",
                                        -1, &rows, NULL),
                     SQLITE_OK);
    for (; sqlite3_step(rows) == SQLITE_ROW; count++) {
        const int64_t size = sqlite3_column_int64(rows, 0);
        widest = size - last > widest ? size - last : widest;
        last = size;
    }
    sqlite3_finalize(rows);
    assert_int_equal(one_number(db, "SELECT count(*) FROM ahead"), 0);
    sqlite3_close(db);
    widest = RECORDS - last > widest ? RECORDS - last : widest;
    assert_in_range(widest, 1, DT_SYNC_PENDING_RECORDS);
    assert_in_range(count, RECORDS / DT_SYNC_PENDING_RECORDS, 2 * RECORDS / 256 + 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_relay_hands_it_on),
        cmocka_unit_test(a_file_carries_it),
        cmocka_unit_test(a_flash_goes_through_while_it_is_written),
        cmocka_unit_test(a_flash_goes_through_while_it_is_read),
        cmocka_unit_test(kept_checkpoints_are_few_and_close),
    };
    return cmocka_run_group_tests_name("long_log", tests, set_up, tear_down);
}

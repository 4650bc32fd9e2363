/* SPDX-License-Identifier: ISC */
/*
 * Goal: an offline check finds a home as it was signed, and names the first thing that is
 * not. Method: two nodes fill their stores and stop; then single bytes of the database
 * are changed behind the program's back, one at a time, and put back.
 */
#include "test.h"

#include <signal.h>
#include <sqlite3.h>

#include "node/verify.h"
#include "rig.h"
#include "view/body.h"

static struct rig *world;

static int fill(void **state)
{
    struct dt_object o;
    uint8_t body[128];
    size_t size = 0;
    struct dt_ref ref = {dt_wid(0, 1), 0, {0}};
    if (dt_test_setup(state) != 0) {
        return -1;
    }
    world = rig_new(2, DT_EXERCISE);
    rig_start(world, 0);
    rig_start(world, 1);
    rig_join(world);
    for (unsigned i = 0; i < 300; i++) {
        rig_message(world, 0, &world->party[0].client, &o, 1, DT_ROUTINE, dt_span("text", 4),
                    i == 299);
        const struct dt_span reply = rig_call(world, 0, &o, NULL);
        ref.seq = rig_uint(reply, "seq");
        rig_hash(reply, "leaf", ref.leaf);
    }
    if (dt_body_ack_encode(body, sizeof body, &size, &ref) != DT_OK) {
        return -1;
    }
    rig_officer(world, 1, DT_KIND_ACK, DT_ROUTINE, dt_span(body, size), NULL);
    const bool equal = rig_equal(world, 30);
    rig_stop(world, 0, SIGTERM);
    rig_stop(world, 1, SIGTERM);
    return equal ? 0 : -1;
}

static int empty(void **state)
{
    (void)state;
    rig_free(world);
    return 0;
}

static enum dt_err verify(unsigned party, struct dt_verify_report *r)
{
    return dt_verify_home(world->party[party].home.path, r, NULL, NULL);
}

/* Runs SQL on a party's database. */
static void sql(unsigned party, const char *text)
{
    char path[DT_HOME_PATH_SIZE];
    sqlite3 *db = NULL;
    assert_err(dt_home_file(path, &world->party[party].home, "detente.db"), DT_OK);
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    if (sqlite3_exec(db, text, NULL, NULL, NULL) != SQLITE_OK) {
        fail_msg("%s: %s", text, sqlite3_errmsg(db));
    }
    sqlite3_close(db);
}

static void an_untouched_home_verifies(void **state)
{
    (void)state;
    struct dt_verify_report r;
    for (unsigned i = 0; i < 2; i++) {
        const enum dt_err err = verify(i, &r);
        if (err != DT_OK) {
            fail_msg("%s: %s %s seq %llu", dt_err_name(err), r.what, r.log,
                     (unsigned long long)r.seq);
        }
        assert_int_equal(r.faults, 0);
        assert_int_equal(r.lines, 1);
        assert_int_equal(r.logs, 2);
        assert_int_equal(r.checkpoints, 2);
        assert_int_equal(r.officers, 1);
        assert_int_equal(r.later + r.invalid + r.absent + r.uncovered + r.ahead, 0);
        assert_true(r.records >= 305);
        assert_true(r.statements >= 3);
    }
    assert_int_equal(verify(0, &r), DT_OK);
    assert_int_equal(r.cosignatures, 1);
}

/* One byte of a blob, `at` from its start, gets its bits turned. */
static void turn(const char *table, const char *column, const char *where, unsigned at)
{
    char text[1024];
    snprintf(text, sizeof text,
             "UPDATE %s SET %s = CAST(substr(%s, 1, %u) || "
             "char(CASE WHEN hex(substr(%s, %u, 1)) = '41' THEN 66 ELSE 65 END) || "
             "substr(%s, %u) AS BLOB) WHERE %s",
             table, column, column, at, column, at + 1, column, at + 2, where);
    sql(0, text);
}

static void expect(const char *table, const char *column, const char *where, unsigned at,
                   enum dt_err err, const char *what, int64_t seq)
{
    char text[1024];
    struct dt_verify_report r;
    snprintf(text, sizeof text, "CREATE TABLE keep AS SELECT %s AS v FROM %s WHERE %s",
             column, table, where);
    sql(0, text);
    turn(table, column, where, at);
    const enum dt_err got = verify(0, &r);
    snprintf(text, sizeof text,
             "UPDATE %s SET %s = (SELECT v FROM keep) WHERE %s; DROP TABLE keep", table, column,
             where);
    sql(0, text);
    if (got != err || strcmp(r.what, what) != 0 || (seq >= 0 && r.seq != (uint64_t)seq)) {
        fail_msg("%s.%s byte %u: %s %s seq %llu, expected %s %s seq %lld", table, column, at,
                 dt_err_name(got), r.what, (unsigned long long)r.seq, dt_err_name(err), what,
                 (long long)seq);
    }
}

static void one_changed_byte_is_named(void **state)
{
    (void)state;
    static const char at[] = "key & 1099511627775 = 200 AND key < 2199023255552";
    struct dt_verify_report r;
    expect("record", "header", at, 3, DT_ERR_BAD_HASH, "header", 200);  /* the time */
    expect("record", "header", at, 1, DT_ERR_BAD_HASH, "header", 200);  /* the version */
    expect("record", "header", at, 0, DT_ERR_BAD_HASH, "header", 200);  /* no array any more */
    expect("record", "body", at, 0, DT_ERR_BAD_HASH, "body", 200);
    expect("record", "body", at, 40, DT_ERR_BAD_HASH, "body", 200);
    expect("record", "body", "key = 1099511627776", 60, DT_ERR_BAD_HASH, "body", 0);
    expect("tree", "hash", "key = (SELECT min(key) FROM tree)", 9, DT_ERR_BAD_HASH, "tree", 0);
    expect("log", "signature", "id = 1", 9, DT_ERR_BAD_SIGNATURE, "checkpoint", -1);
    expect("log", "signature", "id = 2", 60, DT_ERR_BAD_SIGNATURE, "checkpoint", -1);
    expect("log", "writer", "id = 1", 4, DT_ERR_UNKNOWN_WRITER, "certificate", 0);
    expect("log", "frontier", "id = 1", 20, DT_ERR_BAD_HASH, "tree", -1);
    expect("cosign", "signature", "log = 1", 30, DT_ERR_BAD_SIGNATURE, "cosignature", -1);
    expect("line", "charter", "id = 1", 60, DT_ERR_BAD_SIGNATURE, "charter", -1);
    expect("line", "line_id", "id = 1", 7, DT_ERR_BAD_HASH, "charter", -1);
    expect("fact", "fact", at, 5, DT_ERR_BAD_HASH, "header", 200);
    expect("fact", "fact", at, 40, DT_ERR_BAD_VALUE, "view", 200);
    expect("content_key", "key", "key_id = (SELECT min(key_id) FROM content_key)", 5,
           DT_ERR_BAD_HASH, "key", -1);
    expect("peer", "card", "1", 90, DT_ERR_BAD_SIGNATURE, "paper", -1);
    assert_err(verify(0, &r), DT_OK); /* all is put back */
}

static void what_is_missing_is_named(void **state)
{
    (void)state;
    struct dt_verify_report r;
    sql(0, "CREATE TABLE keep AS SELECT * FROM record WHERE key = 1099511627776 + 100;"
           "DELETE FROM record WHERE key = 1099511627776 + 100");
    assert_err(verify(0, &r), DT_ERR_GAP);
    assert_int_equal(r.seq, 100);
    assert_int_equal(r.has_seq, true);
    assert_string_equal(r.log, "PA00.1");
    assert_string_equal(r.what, "log");
    sql(0, "INSERT INTO record SELECT * FROM keep; DROP TABLE keep");
    sql(0, "CREATE TABLE keep AS SELECT * FROM fact WHERE key = 1099511627776 + 7;"
           "DELETE FROM fact WHERE key = 1099511627776 + 7");
    assert_err(verify(0, &r), DT_ERR_UNKNOWN_RECORD);
    assert_string_equal(r.what, "view");
    sql(0, "INSERT INTO fact SELECT * FROM keep; DROP TABLE keep");
    /* An erased body is no fault, only absent; its fact says so only when made again. */
    sql(0, "UPDATE log SET flags = flags | 2 WHERE id = 2");
    assert_err(verify(0, &r), DT_ERR_FORK);
    assert_string_equal(r.what, "fork proof");
    sql(0, "UPDATE log SET flags = flags & ~2 WHERE id = 2");
    assert_err(verify(0, &r), DT_OK);
}

static void a_running_node_and_no_home_are_told_apart(void **state)
{
    (void)state;
    struct dt_verify_report r;
    assert_err(dt_verify_home("/nonexistent/home", &r, NULL, NULL), DT_ERR_NO_HOME);
    rig_start(world, 1);
    assert_err(verify(1, &r), DT_ERR_STORE_BUSY);
    rig_stop(world, 1, SIGTERM);
    assert_err(verify(1, &r), DT_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_untouched_home_verifies),
        cmocka_unit_test(one_changed_byte_is_named),
        cmocka_unit_test(what_is_missing_is_named),
        cmocka_unit_test(a_running_node_and_no_home_are_told_apart),
    };
    return cmocka_run_group_tests_name("verify", tests, fill, empty);
}

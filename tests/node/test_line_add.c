/* SPDX-License-Identifier: ISC */
/*
 * Goal: a line whose acceptance could not be written is not there: not in the node's memory,
 * not after a restart, and it can be accepted again.
 * Method: a running node may write no byte more to any file, for a while.
 */
#include "test.h"

#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include "rig.h"

static void limit_writing(const struct rig *r, rlim_t bytes)
{
    struct rlimit limit;
    assert_int_equal(prlimit(r->party[0].pid, RLIMIT_FSIZE, NULL, &limit), 0);
    limit.rlim_cur = bytes < limit.rlim_max ? bytes : limit.rlim_max;
    assert_int_equal(prlimit(r->party[0].pid, RLIMIT_FSIZE, &limit, NULL), 0);
}

static size_t lines_at(struct rig *r, unsigned party)
{
    struct dt_object o;
    dt_client_begin(&r->party[party].client, &o, "hello");
    struct dt_cbor lines = dt_cbor_need_text(rig_call(r, party, &o, NULL), "lines");
    return dt_cbor_array(&lines, 0, 16);
}

static void a_line_that_was_not_written_is_not_there(void **state)
{
    (void)state;
    signal(SIGXFSZ, SIG_IGN); /* the node is told by the write, as on a full disk */
    struct rig *r = rig_new(2, DT_EXERCISE);
    rig_start(r, 0);
    rig_start(r, 1);
    limit_writing(r, 1);
    for (unsigned i = 0; i < 3; i++) {
        assert_err(rig_line_add(r, 0), DT_ERR_STORE);
        assert_int_equal(lines_at(r, 0), 0);
    }
    struct dt_object o;
    enum dt_err err = DT_OK;
    rig_message(r, 0, &r->party[0].client, &o, 255, DT_ROUTINE, dt_span("x", 1), false);
    rig_call(r, 0, &o, &err);
    assert_err(err, DT_ERR_UNKNOWN_LINE);
    limit_writing(r, RLIM_INFINITY);
    rig_join(r);
    assert_int_equal(lines_at(r, 0), 1);
    assert_true(rig_equal(r, 30));
    rig_stop(r, 0, SIGTERM);
    rig_start(r, 0);
    assert_int_equal(lines_at(r, 0), 1);
    assert_true(rig_equal(r, 30));
    rig_free(r);
}

/* The first head that a node gives of the line. */
static void first_head(struct rig *r, struct dt_seen *out)
{
    struct dt_object o;
    dt_client_begin(&r->party[0].client, &o, "heads");
    dt_obj_key(&o, "line");
    dt_obj_bytes(&o, dt_span(r->charter.id, DT_HASH_SIZE));
    struct dt_cbor heads = dt_cbor_need_text(rig_call(r, 0, &o, NULL), "heads");
    assert_true(dt_cbor_array(&heads, 1, 16) > 0);
    const struct dt_span head = dt_cbor_skip(&heads);
    out->wid = (uint16_t)rig_uint(head, "wid");
    out->size = rig_uint(head, "size");
    rig_hash(head, "root", out->root);
}

static enum dt_err message(struct rig *r, const uint8_t line[static DT_HASH_SIZE])
{
    struct dt_object o;
    enum dt_err err = DT_OK;
    uint8_t now[DT_HASH_SIZE];
    memcpy(now, r->charter.id, sizeof now);
    memcpy(r->charter.id, line, DT_HASH_SIZE);
    rig_message(r, 0, &r->party[0].client, &o, 255, DT_ROUTINE, dt_span("x", 1), false);
    memcpy(r->charter.id, now, sizeof now);
    rig_call(r, 0, &o, &err);
    return err;
}

/* The charter of a successor is true to what the node holds of the line before; that one is
 * closed for new business when all have accepted, not when one has. */
static void a_line_that_follows_another(void **state)
{
    (void)state;
    struct rig *r = rig_new(2, DT_EXERCISE);
    uint8_t old[DT_HASH_SIZE], new[DT_HASH_SIZE];
    struct dt_seen head;
    rig_start(r, 0);
    rig_start(r, 1);
    rig_join(r);
    assert_true(rig_equal(r, 30));
    memcpy(old, r->charter.id, sizeof old);
    first_head(r, &head);
    r->charter.has_predecessor = true;
    memcpy(r->charter.predecessor, old, sizeof old);
    r->charter.head_count = 1;
    r->charter.heads[0] = head;
    r->charter.heads[0].root[5] ^= 1;
    rig_sign_charter(r);
    assert_err(rig_line_add(r, 0), DT_ERR_BAD_HASH);
    assert_int_equal(lines_at(r, 0), 1);
    r->charter.heads[0] = head;
    rig_sign_charter(r);
    memcpy(new, r->charter.id, sizeof new);
    assert_err(rig_line_add(r, 0), DT_OK);
    assert_err(message(r, old), DT_OK);
    assert_err(rig_line_add(r, 1), DT_OK);
    enum dt_err err = DT_OK;
    for (int i = 0; i < 1500 && err == DT_OK; i++) { /* until the other's acceptance is here */
        usleep(20000);
        err = message(r, old);
    }
    assert_err(err, DT_ERR_SUCCEEDED);
    assert_err(message(r, new), DT_OK);
    rig_stop(r, 0, SIGKILL);
    rig_start(r, 0);
    assert_err(message(r, old), DT_ERR_SUCCEEDED);
    rig_free(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_line_that_was_not_written_is_not_there),
                                       cmocka_unit_test(a_line_that_follows_another)};
    return cmocka_run_group_tests_name("line_add", tests, dt_test_setup, NULL);
}

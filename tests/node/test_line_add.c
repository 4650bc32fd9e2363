/* SPDX-License-Identifier: ISC */
/*
 * Goal: a line whose acceptance could not be written is not there: not in the node's memory,
 * not after a restart, and it can be accepted again.
 * Method: a running node may write no byte more to any file, for a while.
 */
#include "test.h"

#include <signal.h>
#include <sys/resource.h>

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

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_line_that_was_not_written_is_not_there)};
    return cmocka_run_group_tests_name("line_add", tests, dt_test_setup, NULL);
}

/* SPDX-License-Identifier: ISC */
/*
 * Goal: two installations of one party hold the same, and either can go on alone: what
 * waits, what was acknowledged and what can be read is the same on both.
 * Method: three parties; one has a second node, restored from a backup, beside its first.
 */
#include "test.h"

#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "node/verify.h"
#include "rig.h"
#include "view/body.h"

enum { NORD, SUED, MEDI, PARTIES, WAIT_S = 60 };

static const char words[] = "the bridge is down";

/* The id of a message that the addressee's party has stored. */
static void tell(struct rig *r, unsigned from, unsigned to, struct dt_ref *ref)
{
    struct dt_object o;
    rig_message(r, from, &r->party[from].client, &o, to, DT_IMMEDIATE,
                dt_span(words, sizeof words - 1), true);
    const struct dt_span reply = rig_call(r, from, &o, NULL);
    ref->wid = (uint16_t)rig_uint(reply, "wid");
    ref->seq = rig_uint(reply, "seq");
    rig_hash(reply, "leaf", ref->leaf);
    struct dt_cbor missing;
    assert_false(dt_cbor_find_text(reply, "missing", &missing));
}

static void acknowledge(struct rig *r, unsigned party, const struct dt_ref *ref)
{
    uint8_t body[128];
    size_t size = 0;
    enum dt_err err = DT_OK;
    assert_err(dt_body_ref_encode(body, sizeof body, &size, ref), DT_OK);
    rig_officer(r, party, DT_KIND_ACK, DT_ROUTINE, dt_span(body, size), &err);
    assert_err(err, DT_OK);
}

/* How many items wait there; of how many the text can be read. */
static unsigned waiting(struct rig *r, unsigned party, unsigned *readable)
{
    size_t count = 0;
    struct dt_cbor items = rig_inbox(r, party, &count);
    *readable = 0;
    for (size_t i = 0; i < count; i++) {
        *readable += rig_is(dt_cbor_skip(&items), "text", words);
    }
    return (unsigned)count;
}

static void assert_waiting(struct rig *r, unsigned party, unsigned wanted)
{
    unsigned readable = 0, there = 0;
    for (int i = 0; i < WAIT_S * 20; i++) {
        there = waiting(r, party, &readable);
        if (there == wanted && readable == wanted) {
            return;
        }
        usleep(50000);
    }
    fail_msg("at %u %u wait, %u of them readable, not %u", party, there, readable, wanted);
}

static void either_goes_on_when_the_other_is_gone(void **state)
{
    (void)state;
    struct rig *r = rig_new(PARTIES, DT_EXERCISE);
    struct dt_ref ref;
    struct dt_verify_report report;
    for (unsigned i = 0; i < PARTIES; i++) {
        rig_start(r, i);
    }
    rig_join(r);
    assert_true(rig_equal(r, WAIT_S));
    tell(r, SUED, NORD, &ref); /* it waits when the standby is made */
    assert_waiting(r, NORD, 1);
    const unsigned standby = rig_standby(r, NORD, SUED);
    assert_err(rig_give_card(r, NORD, NORD), DT_ERR_OLDER_CARD);
    assert_err(rig_give_card(r, SUED, NORD), DT_ERR_OLDER_CARD);
    assert_true(rig_equal(r, WAIT_S)); /* MEDI hears of it from the others */
    assert_waiting(r, standby, 1);

    struct dt_ref second;
    tell(r, SUED, NORD, &second);
    assert_waiting(r, NORD, 2);
    assert_waiting(r, standby, 2);
    acknowledge(r, NORD, &ref);
    assert_waiting(r, NORD, 1);
    assert_waiting(r, standby, 1);

    /* Only the two of them are left: what one writes reaches the other. */
    rig_stop(r, SUED, SIGKILL);
    rig_stop(r, MEDI, SIGKILL);
    acknowledge(r, standby, &second);
    assert_waiting(r, NORD, 0);
    rig_start(r, SUED);
    rig_start(r, MEDI);
    assert_true(rig_equal(r, WAIT_S));

    /* The first is gone: the others need not know it. */
    rig_stop(r, NORD, SIGKILL);
    tell(r, MEDI, NORD, &ref);
    tell(r, SUED, NORD, &second);
    assert_waiting(r, standby, 2);
    acknowledge(r, standby, &ref);
    tell(r, standby, SUED, &ref);
    assert_waiting(r, SUED, 1);

    rig_start(r, NORD);
    assert_true(rig_equal(r, WAIT_S));
    assert_waiting(r, NORD, 1);
    assert_waiting(r, standby, 1);
    acknowledge(r, NORD, &second);
    tell(r, NORD, SUED, &ref);
    assert_waiting(r, SUED, 2);
    assert_waiting(r, standby, 0);
    assert_true(rig_equal(r, WAIT_S));
    for (unsigned i = 0; i < r->parties; i++) {
        rig_stop(r, i, SIGTERM);
        assert_err(dt_verify_home(r->party[i].home.path, &report, NULL, NULL), DT_OK);
        assert_int_equal(report.forks, 0);
        assert_int_equal(report.logs, 4);
    }
    rig_free(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(either_goes_on_when_the_other_is_gone),
    };
    return cmocka_run_group_tests_name("standby", tests, dt_test_setup, NULL);
}

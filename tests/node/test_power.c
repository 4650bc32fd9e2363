/* SPDX-License-Identifier: ISC */
/*
 * Goal: what has come waits for a person through power cuts, wrong clocks and a hand-over
 * that everybody slept through: the alarm sounds again, nothing comes twice, and each side
 * keeps its deadlines by its own clock.
 * Method: real nodes; twenty kills between arrival and acknowledgement; the wall clock of
 * one node moved by twenty minutes (wall_clock.h); a watch whose end passes.
 */
#include "test.h"

#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "node/verify.h"
#include "view/body.h"
#include "view/watch_body.h"
#include "wall_clock.h"
#include "wake.h"

enum { NORD, SUED, PARTIES, WAIT_S = 60, CUTS = 20 };

static struct dt_ref tell(struct rig *r, unsigned from, unsigned to, unsigned precedence,
                          char id[static 64])
{
    struct dt_object o;
    struct dt_ref ref = {.wid = dt_wid(from, 1)};
    rig_message(r, from, &r->party[from].client, &o, to, precedence, dt_span("text", 4), false);
    const struct dt_span reply = rig_call(r, from, &o, NULL);
    ref.seq = rig_uint(reply, "seq");
    rig_hash(reply, "leaf", ref.leaf);
    struct dt_cbor c = dt_cbor_need_text(reply, "id");
    const struct dt_span text = dt_cbor_text(&c, 63);
    memcpy(id, text.data, text.size);
    id[text.size] = '\0';
    return ref;
}

/* Items waiting there; whether the one of that id is among them. */
static unsigned waiting(struct rig *r, unsigned party, const char *id, bool *there)
{
    size_t count = 0;
    struct dt_cbor items = rig_inbox(r, party, &count);
    *there = false;
    for (size_t i = 0; i < count; i++) {
        *there = rig_is(dt_cbor_skip(&items), "id", id) || *there;
    }
    return (unsigned)count;
}

static bool comes_to_wait(struct rig *r, unsigned party, const char *id)
{
    bool there = false;
    for (int i = 0; i < WAIT_S * 100; i++) {
        if (waiting(r, party, id, &there) == 1 && there) {
            return true;
        }
        rig_pause_ms(10);
    }
    return false;
}

static enum dt_err acknowledge(struct rig *r, unsigned party, const struct dt_ref *ref)
{
    uint8_t body[128];
    size_t size = 0;
    enum dt_err err = DT_OK;
    assert_err(dt_body_ack_encode(body, sizeof body, &size, ref), DT_OK);
    rig_officer(r, party, DT_KIND_ACK, DT_ROUTINE, dt_span(body, size), &err);
    return err;
}

/* Records of a kind in the view of a party. */
static unsigned records(struct rig *r, unsigned party, const char *kind)
{
    unsigned found = 0;
    size_t count = 0;
    struct dt_cbor items = rig_records(r, party, &count);
    for (size_t i = 0; i < count; i++) {
        found += rig_is(dt_cbor_skip(&items), "kind", kind);
    }
    return found;
}

/* A field of what `party` says of its only peer. */
static bool peer_field(struct rig *r, unsigned party, const char *key, struct dt_cbor *out)
{
    struct dt_object o;
    dt_client_begin(&r->party[party].client, &o, "status");
    struct dt_cbor peers = dt_cbor_need_text(rig_call(r, party, &o, NULL), "peers");
    return dt_cbor_array(&peers, 1, 100) > 0 && dt_cbor_find_text(dt_cbor_skip(&peers), key, out);
}

static bool desk_becomes(struct rig *r, unsigned party, const char *wanted)
{
    for (int i = 0; i < WAIT_S * 10; i++) {
        struct dt_cbor c;
        if (peer_field(r, party, "desk", &c) &&
            dt_span_equal(dt_cbor_text(&c, 31), dt_span(wanted, strlen(wanted)))) {
            return true;
        }
        rig_pause_ms(100);
    }
    return false;
}

static struct rig *line(int64_t flash_ms)
{
    struct rig *r = rig_new(PARTIES, DT_EXERCISE);
    r->charter.test_ms = 1000;
    r->charter.ack_deadline_ms[DT_FLASH] = flash_ms;
    rig_sign_charter(r);
    return r;
}

static void a_power_cut_before_the_acknowledgement(void **state)
{
    (void)state;
    struct rig *r = line(600000);
    struct dt_verify_report report;
    wake_write(r, "");
    r->party[SUED].alarm_exec = wake_program;
    rig_start(r, NORD);
    rig_start(r, SUED);
    rig_join(r);
    assert_true(rig_equal(r, WAIT_S));
    for (unsigned i = 0; i < CUTS; i++) {
        char id[64];
        bool there;
        const struct dt_ref ref = tell(r, NORD, SUED, DT_IMMEDIATE, id);
        if (i % 2 == 0) {
            assert_true(comes_to_wait(r, SUED, id)); /* it has arrived */
        } else {
            rig_pause_ms(i); /* or is just arriving */
        }
        rig_stop(r, SUED, SIGKILL);
        const unsigned before = wake_called(id, "", NULL);
        rig_start(r, SUED);
        assert_true(comes_to_wait(r, SUED, id));
        for (int k = 0; k < WAIT_S * 100 && wake_called(id, "", NULL) == before; k++) {
            rig_pause_ms(10);
        }
        assert_true(wake_called(id, "", NULL) > before); /* it sounds again */
        assert_err(acknowledge(r, SUED, &ref), DT_OK);
        assert_int_equal(waiting(r, SUED, id, &there), 0);
    }
    assert_true(rig_equal(r, WAIT_S));
    assert_int_equal(records(r, SUED, "MESSAGE"), CUTS);
    assert_int_equal(records(r, NORD, "ACK"), CUTS);
    for (unsigned i = 0; i < PARTIES; i++) {
        rig_stop(r, i, SIGTERM);
        assert_err(dt_verify_home(r->party[i].home.path, &report, NULL, NULL), DT_OK);
        assert_int_equal(report.forks, 0);
    }
    rig_free(r);
}

/* SUED's machine is twenty minutes ahead: seen by both, and it moves nobody's deadline. */
static void a_clock_that_is_wrong(void **state)
{
    (void)state;
    struct rig *r = line(600000);
    char id[64];
    bool seen = false;
    rig_start(r, NORD);
    wall_clock_wrong_ms = 20 * 60000;
    rig_start(r, SUED);
    rig_accept(r, SUED);
    wall_clock_wrong_ms = 0;
    rig_accept(r, NORD);
    assert_true(rig_equal(r, WAIT_S));
    for (int i = 0; i < WAIT_S * 10 && !seen; i++) {
        struct dt_cbor c;
        if (peer_field(r, NORD, "skew", &c) && !dt_cbor_null(&c)) {
            const int64_t ms = dt_cbor_int(&c, INT64_MIN, INT64_MAX);
            seen = dt_cbor_error(&c) == DT_OK && ms > 19 * 60000 && ms < 21 * 60000;
        }
        rig_pause_ms(100);
    }
    assert_true(seen);

    /* An entry whose time is far from its own node's clock is refused, however it came about. */
    const struct dt_ref ref = tell(r, NORD, SUED, DT_FLASH, id);
    assert_true(comes_to_wait(r, SUED, id));
    assert_err(acknowledge(r, SUED, &ref), DT_ERR_BAD_CLOCK);
    rig_pause_ms(2000);
    assert_int_equal(records(r, NORD, "ATTEMPT"), 0); /* ten minutes, by NORD's clock */
    wall_clock_wrong_ms = 20 * 60000; /* the officer's program and the node share a machine, and a clock */
    assert_err(acknowledge(r, SUED, &ref), DT_OK);
    tell(r, SUED, NORD, DT_FLASH, id);
    wall_clock_wrong_ms = 0;
    assert_true(comes_to_wait(r, NORD, id)); /* what it says counts all the same */
    assert_true(rig_equal(r, WAIT_S));
    rig_pause_ms(2000);
    assert_int_equal(records(r, SUED, "ATTEMPT"), 0); /* and by SUED's own, for its own */
    rig_free(r);
}

/* Nobody takes over: the watch ends by itself, and who sends is told. */
static void both_officers_sleep_through_the_hand_over(void **state)
{
    (void)state;
    struct rig *r = line(2000);
    uint8_t body[256];
    size_t size = 0;
    char id[64];
    struct dt_cbor c;
    rig_start(r, NORD);
    rig_start(r, SUED);
    rig_join(r);
    assert_true(rig_equal(r, WAIT_S));
    const int64_t until = dt_now_ms() + 4000;
    const struct dt_body_watch watch = {.event = DT_WATCH_TAKEN, .desk = "main", .until_ms = until};
    assert_err(dt_body_watch_encode(body, sizeof body, &size, &watch), DT_OK);
    rig_officer(r, SUED, DT_KIND_WATCH, DT_ROUTINE, dt_span(body, size), NULL);
    assert_true(desk_becomes(r, NORD, "attended"));
    assert_true(desk_becomes(r, NORD, "unattended"));
    assert_true(dt_now_ms() >= until);
    assert_true(peer_field(r, NORD, "desk_since", &c));
    assert_true(dt_cbor_int(&c, 0, INT64_MAX) == until); /* since the watch was over */
    tell(r, NORD, SUED, DT_FLASH, id);
    for (int i = 0; i < WAIT_S * 10 && records(r, NORD, "ATTEMPT") == 0; i++) {
        rig_pause_ms(100);
    }
    assert_true(records(r, NORD, "ATTEMPT") > 0); /* tried, on record */
    assert_true(comes_to_wait(r, SUED, id));      /* and still there when they wake */
    rig_free(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_power_cut_before_the_acknowledgement),
        cmocka_unit_test(a_clock_that_is_wrong),
        cmocka_unit_test(both_officers_sleep_through_the_hand_over),
    };
    return cmocka_run_group_tests_name("power", tests, dt_test_setup, NULL);
}

/* SPDX-License-Identifier: ISC */
/*
 * Goal: who does not answer is tried by each step of the charter, once, on record, whatever
 * happens to the node in between: no power cut repeats a step or forgets one, and another node
 * of the party goes on where the first is dead.
 * Method: real nodes under the charter's usual periods, whose time of day is moved
 * (wall_clock.h); a FLASH to SUED, whose force MEDI guarantees, while BERG looks on.
 */
#include "test.h"

#include <signal.h>

#include "node/verify.h"
#include "view/watch.h"
#include "wall_clock.h"

enum { NORD, SUED, MEDI, BERG, PARTIES, WAIT_S = 60 };

#define FLASH_MS INT64_C(180000)

static struct rig *line_of_four(enum dt_class class_)
{
    wall_clock_begin();
    struct rig *r = rig_new(PARTIES, class_);
    struct dt_member *medi = &r->charter.members[MEDI];
    medi->forces[1] = r->charter.members[SUED].forces[0];
    medi->forces[1].relation = DT_FORCE_GUARANTEED;
    medi->force_count = 2;
    rig_sign_charter(r);
    for (unsigned i = 0; i < PARTIES; i++) {
        rig_start(r, i);
    }
    rig_join(r);
    assert_true(rig_equal(r, WAIT_S));
    return r;
}

static struct dt_ref flash(struct rig *r, unsigned from)
{
    struct dt_object o;
    rig_message(r, from, &r->party[from].client, &o, SUED, DT_FLASH, dt_span("answer", 6), true);
    const struct dt_span reply = rig_call(r, from, &o, NULL);
    struct dt_ref ref = {(uint16_t)rig_uint(reply, "wid"), rig_uint(reply, "seq"), {0}};
    rig_hash(reply, "leaf", ref.leaf);
    return ref;
}

/* How often each step was tried for each member, as a party holds the records. */
struct tried {
    unsigned times[DT_ATTEMPTS][PARTIES], all;
};

static struct tried tried_at(struct rig *r, unsigned at)
{
    struct tried t = {0};
    size_t count = 0;
    struct dt_cbor items = rig_records(r, at, &count);
    for (size_t i = 0; i < count; i++) {
        const struct dt_span item = dt_cbor_skip(&items);
        for (int step = 0; rig_is(item, "kind", "ATTEMPT") && step < DT_ATTEMPTS; step++) {
            for (unsigned m = 0; rig_is(item, "attempt", dt_attempt_name(step)) && m < PARTIES; m++) {
                t.times[step][m] += rig_is(item, "member", r->charter.members[m].code);
            }
        }
        t.all += rig_is(item, "kind", "ATTEMPT");
        assert_true(rig_is(item, "valid", "OK"));
    }
    return t;
}

/* Of a FLASH to SUED, after so many steps: whom each has tried, once. */
static unsigned expected(unsigned steps, struct tried *out)
{
    unsigned all = 0;
    memset(out, 0, sizeof *out);
    for (unsigned step = 0; step < steps; step++) {
        out->times[step][SUED] = step < DT_ATTEMPT_GUARANTOR;
        out->times[step][MEDI] = step >= DT_ATTEMPT_GUARANTOR;
        out->times[step][BERG] = step == DT_ATTEMPT_INTERMEDIARY;
        for (unsigned m = 0; m < PARTIES; m++) {
            all += out->times[step][m];
        }
    }
    return out->all = all;
}

/* Waits until that many steps were tried, each `runs` times; never more. */
static void assert_steps(struct rig *r, unsigned at, unsigned steps, unsigned runs)
{
    struct tried want, is = {0};
    const unsigned all = expected(steps, &want) * runs;
    for (int i = 0; i < WAIT_S * 20; i++) {
        is = tried_at(r, at);
        assert_true(is.all <= all);
        if (is.all == all) {
            break;
        }
        rig_pause_ms(50);
    }
    assert_int_equal(is.all, all);
    for (unsigned step = 0; step < DT_ATTEMPTS; step++) {
        for (unsigned m = 0; m < PARTIES; m++) {
            assert_int_equal(is.times[step][m], want.times[step][m] * runs);
        }
    }
}

static int64_t due_of(const struct rig *r, unsigned step)
{
    return FLASH_MS * r->charter.attempt_percent[step] / 100;
}

static void a_power_cut_between_steps_repeats_none_and_forgets_none(void **state)
{
    (void)state;
    struct rig *r = line_of_four(DT_OPERATION);
    struct dt_verify_report report;
    int64_t at = 0;
    assert_int_equal(r->charter.ack_deadline_ms[DT_FLASH], FLASH_MS);
    flash(r, NORD);
    for (unsigned step = 0; step < DT_ATTEMPTS; step++) {
        wall_clock_forward(r, due_of(r, step) - at - 20000); /* nothing is tried too early */
        assert_steps(r, NORD, step, 1);
        if (step % 3 == 1) { /* dead when it falls due */
            rig_stop(r, NORD, SIGKILL);
        }
        wall_clock_forward(r, 21000);
        at = due_of(r, step) + 1000;
        if (step % 3 == 2) { /* dies as it writes it, or just before */
            rig_stop(r, NORD, SIGKILL);
        }
        if (step % 3 != 0) {
            rig_start(r, NORD);
        }
        assert_steps(r, NORD, step + 1, 1);
        rig_stop(r, NORD, SIGKILL);
        rig_start(r, NORD);
        assert_steps(r, NORD, step + 1, 1);
    }
    assert_true(rig_equal(r, WAIT_S));
    assert_steps(r, SUED, DT_ATTEMPTS, 1); /* each is a record that everybody has */
    /* Dead for all of them: none is forgotten, each is tried when it comes back. */
    flash(r, NORD);
    rig_stop(r, NORD, SIGKILL);
    wall_clock_forward(r, 8 * FLASH_MS);
    rig_start(r, NORD);
    assert_steps(r, NORD, DT_ATTEMPTS, 2);
    assert_true(rig_equal(r, WAIT_S));
    rig_stop(r, SUED, SIGTERM); /* an outsider to NORD's node finds every signature right */
    assert_err(dt_verify_home(r->party[SUED].home.path, &report, NULL, NULL), DT_OK);
    assert_int_equal(report.forks, 0);
    rig_free(r);
}

static void another_node_goes_on_where_the_first_is_dead(void **state)
{
    (void)state;
    struct rig *r = line_of_four(DT_OPERATION);
    const unsigned standby = rig_standby(r, NORD, SUED);
    const int64_t quarter = FLASH_MS / 4;
    uint8_t body[128];
    size_t size = 0;
    assert_true(rig_equal(r, WAIT_S));
    const struct dt_ref ref = flash(r, NORD);
    assert_true(rig_equal(r, WAIT_S));
    wall_clock_forward(r, due_of(r, 0) + 1000);
    assert_steps(r, standby, 1, 1); /* the first did it: it is not done again */
    wall_clock_forward(r, quarter);
    assert_steps(r, standby, 1, 1);
    assert_steps(r, NORD, 1, 1);
    rig_stop(r, NORD, SIGKILL);
    wall_clock_forward(r, due_of(r, 1) - due_of(r, 0) - quarter); /* the dead one's turn */
    rig_pause_ms(300);
    assert_steps(r, standby, 1, 1);
    wall_clock_forward(r, quarter); /* and then its own */
    assert_steps(r, standby, 2, 1);
    wall_clock_forward(r, due_of(r, 4) - due_of(r, 1));
    assert_steps(r, standby, 5, 1);
    rig_stop(r, standby, SIGKILL);
    rig_start(r, standby);
    assert_steps(r, standby, 5, 1);
    rig_start(r, NORD); /* it comes back, and hears first what was tried without it */
    assert_true(rig_equal(r, WAIT_S));
    assert_steps(r, NORD, 5, 1);
    wall_clock_forward(r, due_of(r, 5) - due_of(r, 4) - quarter); /* its turn alone */
    assert_steps(r, NORD, DT_ATTEMPTS, 1);
    assert_true(rig_equal(r, WAIT_S));
    wall_clock_forward(r, 2 * quarter);
    rig_pause_ms(300);
    assert_steps(r, standby, DT_ATTEMPTS, 1);
    assert_true(rig_equal(r, WAIT_S));
    /* An answer ends it at both. */
    const struct dt_ref second = flash(r, NORD);
    assert_int_equal(second.wid, ref.wid);
    assert_true(rig_equal(r, WAIT_S));
    assert_err(dt_body_ack_encode(body, sizeof body, &size, &second), DT_OK);
    rig_officer(r, SUED, DT_KIND_ACK, DT_ROUTINE, dt_span(body, size), NULL);
    assert_true(rig_equal(r, WAIT_S));
    wall_clock_forward(r, 8 * FLASH_MS);
    rig_pause_ms(300);
    assert_true(rig_equal(r, WAIT_S));
    assert_steps(r, NORD, DT_ATTEMPTS, 1);
    rig_free(r);
}

/* Attempts at a party, of what is real (or played) on an exercise line, and about that record. */
static unsigned attempts_about(struct rig *r, unsigned at, const char *class_)
{
    char id[DT_RECORD_ID_SIZE] = "";
    unsigned found = 0;
    for (int pass = 0; pass < 2; pass++) { /* the record first */
        size_t count = 0;
        struct dt_cbor items = rig_records(r, at, &count);
        for (size_t i = 0; i < count; i++) {
            const struct dt_span item = dt_cbor_skip(&items);
            struct dt_cbor of = dt_cbor_need_text(item, "id");
            const struct dt_span text = dt_cbor_text(&of, sizeof id - 1);
            if (pass == 0 && rig_is(item, "kind", "MESSAGE") && rig_is(item, "class", class_)) {
                snprintf(id, sizeof id, "%.*s", (int)text.size, (const char *)text.data);
            }
            found += pass == 1 && rig_is(item, "kind", "ATTEMPT") && rig_is(item, "ref", id) &&
                     rig_is(item, "class", class_) && rig_is(item, "valid", "OK");
        }
    }
    return found;
}

static void what_is_tried_about_no_duff_is_no_exercise(void **state)
{
    (void)state;
    struct rig *r = line_of_four(DT_EXERCISE);
    flash(r, NORD);
    r->charter.class_ = DT_OPERATION; /* what a client does that says NO DUFF */
    flash(r, NORD);
    r->charter.class_ = DT_EXERCISE;
    wall_clock_forward(r, due_of(r, 0) + 1000);
    for (int i = 0; i < WAIT_S * 20 && tried_at(r, NORD).all < 2; i++) {
        rig_pause_ms(50);
    }
    assert_true(rig_equal(r, WAIT_S));
    assert_int_equal(tried_at(r, SUED).all, 2);
    assert_int_equal(attempts_about(r, SUED, "EXERCISE"), 1);
    assert_int_equal(attempts_about(r, SUED, "OPERATION"), 1);
    rig_free(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_tried_about_no_duff_is_no_exercise),
        cmocka_unit_test(a_power_cut_between_steps_repeats_none_and_forgets_none),
        cmocka_unit_test(another_node_goes_on_where_the_first_is_dead),
    };
    return cmocka_run_group_tests_name("steps", tests, dt_test_setup, NULL);
}

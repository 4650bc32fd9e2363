/* SPDX-License-Identifier: ISC */
/*
 * Goal: once a watch each node asks the others' people by itself whether somebody is there,
 * and what they do or leave shows: green, declined, amber, red, a record.
 * Method: real nodes under the charter's usual periods (a watch of 8 h, 15 min to answer),
 * whose time of day is moved on (wall_clock.h).
 */
#include "test.h"

#include <signal.h>

#include "view/watch.h"
#include "wall_clock.h"

enum { WAIT_S = 60 };

#define MINUTE INT64_C(60000)
#define WATCH (480 * MINUTE)

static struct rig *line_of(unsigned parties, enum dt_class class_, bool quiet)
{
    wall_clock_begin();
    struct rig *r = rig_new(parties, class_);
    for (unsigned i = 0; i < parties; i++) {
        r->party[i].no_human_tests = quiet;
        rig_start(r, i);
    }
    rig_join(r);
    assert_true(rig_equal(r, WAIT_S));
    return r;
}

struct asked {
    unsigned count;
    struct dt_ref last;
};

/* The tests of people that member has asked, as a party holds them. */
static struct asked asked_by(struct rig *r, unsigned at, unsigned member)
{
    struct asked a = {0};
    size_t count = 0;
    char code[DT_CODE_MAX + 1];
    snprintf(code, sizeof code, "%s", r->charter.members[member].code);
    struct dt_cbor items = rig_records(r, at, &count);
    for (size_t i = 0; i < count; i++) {
        const struct dt_span item = dt_cbor_skip(&items);
        struct dt_cbor ref;
        if (rig_is(item, "kind", "TEST") && rig_is(item, "from", code) &&
            !dt_cbor_find_text(item, "ref", &ref)) {
            a.count++;
            a.last = (struct dt_ref){(uint16_t)rig_uint(item, "wid"), rig_uint(item, "seq"), {0}};
            rig_hash(item, "leaf", a.last.leaf);
        }
    }
    return a;
}

static unsigned missed_of(struct rig *r, unsigned at)
{
    unsigned found = 0;
    size_t count = 0;
    struct dt_cbor items = rig_records(r, at, &count);
    for (size_t i = 0; i < count; i++) {
        found += rig_is(dt_cbor_skip(&items), "missed", "desk");
    }
    return found;
}

/* Does party `at` come to say so of the people of member `of`? */
static bool comes_to(struct rig *r, unsigned at, unsigned of, const char *human)
{
    char is[16] = "";
    for (int i = 0; i < WAIT_S * 20; i++) {
        struct dt_object o;
        dt_client_begin(&r->party[at].client, &o, "status");
        const struct dt_span reply = rig_call(r, at, &o, NULL);
        struct dt_cbor peers = dt_cbor_need_text(reply, "peers");
        const size_t count = dt_cbor_array(&peers, 0, 100);
        for (size_t p = 0; p < count; p++) {
            const struct dt_span peer = dt_cbor_skip(&peers);
            if (rig_is(peer, "code", r->charter.members[of].code)) {
                struct dt_cbor field = dt_cbor_need_text(peer, "human");
                const struct dt_span text = dt_cbor_text(&field, sizeof is - 1);
                memcpy(is, text.data, text.size);
                is[text.size] = '\0';
            }
        }
        if (strcmp(is, human) == 0) {
            return true;
        }
        rig_pause_ms(50);
    }
    print_message("# human light of %u at %u is %s, not %s\n", of, at, is, human);
    return false;
}

static bool waits_for_asked(struct rig *r, unsigned at, unsigned member, unsigned count)
{
    for (int i = 0; i < WAIT_S * 20 && asked_by(r, at, member).count < count; i++) {
        rig_pause_ms(50);
    }
    return asked_by(r, at, member).count == count && rig_equal(r, WAIT_S);
}

static void a_node_asks_once_a_watch_and_says_what_came(void **state)
{
    (void)state;
    struct rig *r = line_of(3, DT_OPERATION, true); /* an operation is tested all the same */
    wall_clock_forward(r, WATCH - 5 * MINUTE);
    rig_pause_ms(300);
    for (unsigned i = 0; i < 3; i++) {
        assert_int_equal(asked_by(r, i, i).count, 0);
    }
    assert_true(comes_to(r, 0, 1, "unknown"));
    wall_clock_forward(r, 5 * MINUTE);
    for (unsigned i = 0; i < 3; i++) {
        assert_true(waits_for_asked(r, i, i, 1));
    }
    const struct asked first = asked_by(r, 1, 0);
    rig_test_answer(r, 1, &first.last);
    rig_test_decline(r, 2, &first.last);
    assert_true(comes_to(r, 0, 1, "green"));
    assert_true(comes_to(r, 0, 2, "declined"));
    wall_clock_forward(r, 16 * MINUTE); /* nobody answered the other two */
    assert_true(comes_to(r, 1, 0, "amber"));
    assert_true(comes_to(r, 2, 0, "amber"));
    rig_stop(r, 0, SIGKILL); /* a restart asks nothing twice */
    rig_start(r, 0);
    rig_pause_ms(300);
    assert_int_equal(asked_by(r, 0, 0).count, 1);
    assert_true(comes_to(r, 0, 1, "green"));
    wall_clock_forward(r, WATCH - 16 * MINUTE);
    assert_true(waits_for_asked(r, 0, 0, 2));
    wall_clock_forward(r, 16 * MINUTE);
    assert_true(comes_to(r, 0, 1, "amber")); /* green was for that watch */
    assert_true(comes_to(r, 1, 0, "red"));
    assert_int_equal(missed_of(r, 1), 0);
    wall_clock_forward(r, WATCH - 16 * MINUTE);
    assert_true(waits_for_asked(r, 1, 1, 3));
    wall_clock_forward(r, 16 * MINUTE);
    for (int i = 0; i < WAIT_S * 20 && missed_of(r, 1) < 4; i++) {
        rig_pause_ms(50);
    }
    assert_true(rig_equal(r, WAIT_S));
    assert_int_equal(missed_of(r, 1), 4); /* by 1 and by 2, of the two others each */
    assert_true(comes_to(r, 0, 1, "red"));
    rig_free(r);
}

/* What never reached their node says nothing about its people. */
static void a_cut_link_is_no_empty_desk(void **state)
{
    (void)state;
    struct rig *r = line_of(2, DT_OPERATION, false);
    rig_stop(r, 1, SIGKILL);
    for (unsigned watch = 1; watch <= 4; watch++) {
        wall_clock_forward(r, WATCH + MINUTE);
        for (int i = 0; i < WAIT_S * 20 && asked_by(r, 0, 0).count < watch; i++) {
            rig_pause_ms(50);
        }
        assert_int_equal(asked_by(r, 0, 0).count, watch);
        wall_clock_forward(r, 16 * MINUTE);
        assert_true(comes_to(r, 0, 1, "unknown"));
    }
    assert_int_equal(missed_of(r, 0), 0);
    rig_start(r, 1); /* now it comes, and they have their time */
    assert_true(rig_equal(r, WAIT_S));
    wall_clock_forward(r, 2 * MINUTE);
    assert_true(comes_to(r, 0, 1, "unknown"));
    const struct asked last = asked_by(r, 1, 0);
    rig_test_answer(r, 1, &last.last);
    assert_true(comes_to(r, 0, 1, "green"));
    assert_int_equal(missed_of(r, 0), 0);
    rig_free(r);
}

/* Of two nodes of a party one asks; where it is dead, the other. */
static void another_node_asks_in_its_place(void **state)
{
    (void)state;
    struct rig *r = line_of(2, DT_OPERATION, false);
    const unsigned standby = rig_standby(r, 0, 1);
    assert_true(rig_equal(r, WAIT_S));
    wall_clock_forward(r, WATCH + MINUTE);
    assert_true(waits_for_asked(r, standby, 0, 1));
    wall_clock_forward(r, 16 * MINUTE); /* the standby's turn would have come */
    rig_pause_ms(300);
    assert_int_equal(asked_by(r, standby, 0).count, 1);
    const struct asked first = asked_by(r, 1, 0);
    assert_int_equal(first.last.wid, r->party[0].wid);
    rig_test_answer(r, 1, &first.last);
    assert_true(comes_to(r, standby, 1, "green"));
    rig_stop(r, 0, SIGKILL);
    wall_clock_forward(r, WATCH - 10 * MINUTE);
    rig_pause_ms(300);
    assert_int_equal(asked_by(r, standby, 0).count, 1);
    wall_clock_forward(r, 11 * MINUTE);
    assert_true(waits_for_asked(r, standby, 0, 2));
    rig_start(r, 0); /* it hears of that first */
    assert_true(rig_equal(r, WAIT_S));
    assert_true(waits_for_asked(r, 0, 0, 2));
    rig_free(r);
}

static void an_exercise_may_do_without(void **state)
{
    (void)state;
    struct rig *r = line_of(2, DT_EXERCISE, true);
    for (unsigned i = 0; i < 3; i++) {
        wall_clock_forward(r, WATCH + MINUTE);
        rig_pause_ms(200);
    }
    assert_int_equal(asked_by(r, 0, 0).count + asked_by(r, 1, 1).count, 0);
    r->party[0].no_human_tests = false;
    rig_stop(r, 0, SIGTERM);
    rig_start(r, 0);
    assert_true(waits_for_asked(r, 1, 0, 1));
    rig_free(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_node_asks_once_a_watch_and_says_what_came),
        cmocka_unit_test(a_cut_link_is_no_empty_desk),
        cmocka_unit_test(another_node_asks_in_its_place),
        cmocka_unit_test(an_exercise_may_do_without),
    };
    return cmocka_run_group_tests_name("people", tests, dt_test_setup, NULL);
}

/* SPDX-License-Identifier: ISC */
/*
 * Goal: who is not paired gets silence, costs no X25519 and leaves no trace; what is
 * recorded and sent again, or changed by a bit, does nothing.
 * Method: memory of the tables is compared before and after.
 */
#include "session/pair.h"

static struct node a, b, eve;
static struct dt_peer_session before[PEERS];

static void snapshot(const struct node *n)
{
    memcpy(before, n->peers, sizeof before);
}

static bool unchanged(const struct node *n)
{
    return memcmp(before, n->peers, sizeof before) == 0;
}

/* Nothing that differs from `genuine` by a bit or in length is taken or answered. */
static void check_mutants(struct node *n, int64_t now, uint64_t address, struct datagram genuine)
{
    const struct dt_session_table table = n->table;
    const uint64_t cost = n->table.dh_count;
    snapshot(n);
    for (size_t bit = 0; bit < 8 * genuine.size; bit++) {
        struct datagram d = genuine;
        d.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
        assert_int_equal(hear(n, now, address, d), DT_SESSION_NOTHING);
        assert_true(n->event.reject != DT_SESSION_ACCEPT && n->event.reply_size == 0);
        assert_true(unchanged(n));
        n->table.searches = table.searches;
    }
    for (size_t size = 0; size <= genuine.size + 1; size++) {
        struct datagram d = genuine;
        d.data[genuine.size] = 0;
        d.size = size;
        if (size != genuine.size) {
            assert_int_equal(hear(n, now, address, d), DT_SESSION_NOTHING);
            assert_true(n->event.reply_size == 0 && unchanged(n));
            n->table.searches = table.searches;
        }
    }
    assert_true(n->table.dh_count == cost);
}

static void a_changed_bit_is_refused_and_changes_nothing(void **state)
{
    (void)state;
    start_pair(&a, &b, __func__);
    const struct datagram call = open_to(&a, 0, 0, "ab");
    check_mutants(&b, 0, 1, call);
    assert_int_equal(hear(&b, 0, 1, call), DT_SESSION_CALL);
    const struct datagram answered = answer(&b, 0, "cd");
    check_mutants(&a, 0, 2, answered);
    assert_int_equal(hear(&a, 0, 2, answered), DT_SESSION_ESTABLISHED);
    const struct datagram life = reply_of(&a);
    check_mutants(&b, 0, 1, life);
    assert_int_equal(hear(&b, 0, 1, life), DT_SESSION_DATA);
    const struct datagram frame = send_to(&b, 0, 0, "payload");
    check_mutants(&a, 0, 2, frame);
    assert_int_equal(hear(&a, 0, 2, frame), DT_SESSION_DATA);

    b.table.busy = true;
    hear(&b, 0, 1, open_to(&a, 0, 0, ""));
    assert_rejected(&b, 0, 1, open_to(&a, 0, 0, ""), COOKIE_ASKED);
    const struct datagram cookie = reply_of(&b);
    assert_int_equal(cookie.size, 36);
    check_mutants(&a, 0, 2, cookie);
    assert_int_equal(hear(&a, 0, 2, cookie), DT_SESSION_COOKIE);
}

static void recordings_do_nothing(void **state)
{
    (void)state;
    struct datagram tape[32];
    size_t count = 0;
    start_pair(&a, &b, __func__);
    for (int i = 0; i < 3; i++) {
        const int64_t now = i * SECOND;
        tape[count++] = open_to(&a, 0, now, "early");
        hear(&b, now, 1, tape[count - 1]);
        tape[count++] = answer(&b, now, "answer");
        hear(&a, now, 2, tape[count - 1]);
        tape[count++] = reply_of(&a);
        hear(&b, now, 1, tape[count - 1]);
        tape[count++] = send_to(&a, 0, now, "x");
        hear(&b, now, 1, tape[count - 1]);
        tape[count++] = send_to(&b, 0, now, "y");
        hear(&a, now, 2, tape[count - 1]);
    }
    const uint64_t cost = a.table.dh_count + b.table.dh_count;
    for (int pass = 0; pass < 2; pass++) {
        struct node *n = pass == 0 ? &a : &b;
        snapshot(n);
        for (size_t i = 0; i < count; i++) {
            assert_int_equal(hear(n, 3 * SECOND, 66, tape[i]), DT_SESSION_NOTHING);
            assert_true(n->event.reply_size == 0 && unchanged(n));
        }
    }
    assert_true(a.table.dh_count + b.table.dh_count == cost);
}

/* A node that has forgotten takes a recorded call again: early data is idempotent,
 * the live session goes on, and the cost has an end. */
static void a_replayed_call_leaves_the_live_session_alone(void **state)
{
    (void)state;
    enum { TAPE = 40 };
    static struct datagram tape[TAPE];
    struct dt_rng world = dt_rng(__func__);
    start_pair(&a, &b, __func__);
    for (size_t i = 0; i < TAPE; i++) {
        tape[i] = open_to(&a, 0, 0, "early");
    }
    start(&b, "bea", &world);
    knows(&b, &a);
    dt_session_close(&a.table, 0);
    establish(&a, &b, 0);
    const uint64_t cost = b.table.dh_count;
    unsigned taken = 0, cookies = 0;
    for (int64_t now = SECOND; now < 60 * SECOND; now += SECOND / 2) {
        for (size_t i = 0; i < TAPE; i++) {
            if (hear(&b, now, 66, tape[i]) == DT_SESSION_CALL) {
                answer(&b, now, "");
                taken++;
            }
            cookies += b.event.reply_size == 36;
        }
        assert_int_equal(hear(&b, now, 1, send_to(&a, 0, now, "x")), DT_SESSION_DATA);
        assert_int_equal(hear(&a, now, 2, send_to(&b, 0, now, "y")), DT_SESSION_DATA);
        assert_int_equal(b.peers[0].address, 1);
    }
    assert_int_equal(taken, DT_SESSION_CALLS_FREE);
    assert_true(b.table.dh_count - cost <= 4 * DT_SESSION_CALLS_FREE);
    assert_true(cookies > 0); /* smaller than the call, and only its real author can read it */

    /* A minute after the last one taken, calls are free again. */
    assert_rejected(&b, 60 * SECOND, 66, tape[TAPE - 1], COOKIE_ASKED);
    assert_int_equal(hear(&b, 61 * SECOND, 66, tape[TAPE - 1]), DT_SESSION_CALL);
    for (size_t i = TAPE - DT_SESSION_CALLS_FREE; i < TAPE - 1; i++) {
        assert_int_equal(hear(&b, 61 * SECOND, 66, tape[i]), DT_SESSION_CALL);
    }

    /* The real peer, restarted in the middle of this, still gets through. */
    start(&a, "ada", &world);
    knows(&a, &b);
    assert_rejected(&b, 61 * SECOND, 1, open_to(&a, 0, 61 * SECOND, ""), COOKIE_ASKED);
    assert_int_equal(hear(&a, 61 * SECOND, 2, reply_of(&b)), DT_SESSION_COOKIE);
    assert_int_equal(tick(&a, 61 * SECOND), DT_SESSION_OPEN_WANTED);
    establish(&a, &b, 61 * SECOND);
}

static void strangers_get_silence_and_cost_no_dh(void **state)
{
    (void)state;
    struct dt_rng world = dt_rng(__func__), rng = dt_rng("flood");
    start_pair(&a, &b, __func__);
    establish(&a, &b, 0);
    start(&eve, "eve", &world);
    knows(&eve, &b);                                      /* she holds bea's card */
    memcpy(eve.peers[0].psk, a.peers[0].psk, 32);         /* even this */
    snapshot(&b);
    const uint64_t cost = b.table.dh_count;
    for (int busy = 0; busy < 2; busy++) {
        b.table.busy = busy == 1;
        for (int i = 0; i < 2000; i++) {
            struct datagram d = {.size = (size_t)dt_rng_below(&rng, 300)};
            dt_rng_fill(&rng, d.data, d.size);
            d.data[0] = (uint8_t)(1 + i % 5);
            assert_int_equal(hear(&b, i, 3, d), DT_SESSION_NOTHING);
            assert_int_equal(b.event.reply_size, 0);
        }
        /* From anywhere, even ada's address. */
        for (int i = 0; i < 1000; i++) {
            assert_int_equal(hear(&b, i, (uint64_t)(i % 5), open_to(&eve, 0, i, "let me in")),
                             DT_SESSION_NOTHING);
            assert_int_equal(b.event.reply_size, 0);
            assert_true(b.event.reject == DT_SESSION_REJECT_STRANGER ||
                        b.event.reject == DT_SESSION_REJECT_BUSY);
        }
    }
    assert_true(unchanged(&b));
    assert_true(b.table.dh_count == cost);
    assert_true(b.table.rejects[DT_SESSION_REJECT_BUSY] > 0);
    assert_true(b.table.rejects[DT_SESSION_REJECT_STRANGER] > 0);

    /* In the thick of it: ada at her address, and elsewhere a moment later. */
    assert_int_equal(hear(&b, 1000, 1, open_to(&a, 0, 1000, "check fire")), DT_SESSION_CALL);
    b.table.busy = false;
    assert_int_equal(hear(&b, SECOND, 9, open_to(&a, 0, SECOND, "")), DT_SESSION_CALL);
}

static void wrong_psk_or_wrong_node_is_a_stranger(void **state)
{
    (void)state;
    struct dt_rng world = dt_rng(__func__);
    start_pair(&a, &b, __func__);
    start(&eve, "eve", &world);
    knows(&eve, &a);
    const struct datagram call = open_to(&a, 0, 0, "");
    assert_rejected(&eve, 0, 1, call, STRANGER); /* meant for bea */
    assert_rejected(&a, 0, 1, call, STRANGER);   /* reflected */
    hear(&b, 0, 1, call);
    const struct datagram answered = answer(&b, 0, "");
    assert_rejected(&b, 0, 1, answered, NO_SESSION);
    hear(&a, 0, 2, answered);
    assert_true(b.event.reply_size == 0);

    uint32_t slot;
    const uint8_t none[32] = {0};
    dt_session_unpair(&a.table, 0);
    assert_err(dt_session_pair(&a.table, b.table.own, none, &slot), DT_OK);
    assert_rejected(&b, 0, 1, open_to(&a, slot, 0, ""), STRANGER);
}

/* A malicious implementation: the MACs of a paired peer around a broken message. */
static void a_paired_peer_cannot_speak_as_another(void **state)
{
    (void)state;
    start_pair(&a, &b, __func__);
    struct dt_rng world = dt_rng(__func__);
    start(&eve, "eve", &world);
    knows(&eve, &b);
    const uint32_t slot = knows(&b, &eve);
    /* The static key inside is ada's by name, but eve's MAC keys surround it. */
    memcpy(eve.table.own, a.table.own, 32);
    const uint64_t cost = b.table.dh_count;
    for (int i = 0; i < 20; i++) {
        assert_int_equal(hear(&b, i, 3, open_to(&eve, 0, i, "")), DT_SESSION_NOTHING);
        assert_true(b.event.reject == DT_SESSION_REJECT_AUTH_FAILED ||
                    b.event.reject == DT_SESSION_REJECT_COOKIE_ASKED);
    }
    assert_false(b.peers[slot].next.live || b.peers[0].next.live || b.table.pending.live);
    assert_true(b.table.dh_count - cost <= DT_SESSION_CALLS_FREE);
}

static void ask_cookie(int64_t now)
{
    assert_rejected(&b, now, 1, open_to(&a, 0, now, ""), COOKIE_ASKED);
    assert_int_equal(hear(&a, now, 2, reply_of(&b)), DT_SESSION_COOKIE);
    assert_int_equal(tick(&a, now), DT_SESSION_OPEN_WANTED);
}

static void a_cookie_is_good_for_its_address_and_time(void **state)
{
    (void)state;
    start_pair(&a, &b, __func__);
    b.table.busy = true;
    assert_int_equal(hear(&b, 0, 1, open_to(&a, 0, 0, "")), DT_SESSION_CALL); /* the free one */
    assert_rejected(&b, 0, 1, open_to(&a, 0, 0, ""), COOKIE_ASKED);
    assert_true(reply_of(&b).size < DT_SESSION_CALL_SIZE);
    const struct datagram cookie = reply_of(&b);
    assert_int_equal(hear(&a, 0, 2, cookie), DT_SESSION_COOKIE);
    assert_rejected(&a, 0, 2, cookie, REPLAYED);
    assert_int_equal(tick(&a, 0), DT_SESSION_OPEN_WANTED);
    const struct datagram call = open_to(&a, 0, 0, "now");
    assert_rejected(&b, 0, 5, call, STRANGER);                        /* elsewhere */
    assert_rejected(&b, 2 * DT_SESSION_ERA, 1, call, STRANGER);       /* too late */
    assert_int_equal(hear(&b, 2 * DT_SESSION_ERA - 1, 1, call), DT_SESSION_CALL);
    assert_true(got(&b, "now"));
    assert_rejected(&b, 2 * DT_SESSION_ERA - 1, 1, call, REPLAYED);
}

/* A paired peer that asks for a cookie again and again does not make us call without end. */
static void a_cookie_for_a_call_with_cookie_waits_its_turn(void **state)
{
    (void)state;
    start_pair(&a, &b, __func__);
    b.table.busy = true;
    hear(&b, 0, 1, open_to(&a, 0, 0, ""));
    assert_rejected(&b, 0, 1, open_to(&a, 0, 0, ""), COOKIE_ASKED);
    for (size_t i = 0; i < DT_SESSION_ATTEMPTS; i++) {
        a.peers[0].attempts[i].cookied = true; /* as if bea had not kept to the rules */
    }
    assert_int_equal(hear(&a, 0, 2, reply_of(&b)), DT_SESSION_COOKIE);
    assert_int_equal(tick(&a, 0), DT_SESSION_NOTHING);
    assert_int_equal(tick(&a, 2 * SECOND), DT_SESSION_OPEN_WANTED);
}

static void a_cookie_of_a_restarted_peer_is_given_up(void **state)
{
    (void)state;
    start_pair(&a, &b, __func__);
    b.table.busy = true;
    hear(&b, 0, 1, open_to(&a, 0, 0, ""));
    ask_cookie(0);
    struct dt_rng world = dt_rng(__func__);
    start(&b, "bea", &world);
    knows(&b, &a);
    assert_rejected(&b, 1, 1, open_to(&a, 0, 1, ""), STRANGER);
    assert_rejected(&b, 2, 1, open_to(&a, 0, 2, ""), STRANGER);
    establish(&a, &b, 3);
}

static void calls_with_cookies_have_a_quota(void **state)
{
    (void)state;
    start_pair(&a, &b, __func__);
    b.table.busy = true;
    hear(&b, 0, 1, open_to(&a, 0, 0, ""));
    ask_cookie(0);
    for (int i = 0; i < DT_SESSION_CALLS_COOKIE; i++) {
        a.peers[0].cookie_uses = 1;
        assert_int_equal(hear(&b, 0, 1, open_to(&a, 0, 0, "")), DT_SESSION_CALL);
    }
    a.peers[0].cookie_uses = 2;
    assert_rejected(&b, 0, 1, open_to(&a, 0, 0, ""), QUOTA);
    assert_int_equal(hear(&b, DT_SESSION_ERA, 1, open_to(&a, 0, 1, "")), DT_SESSION_CALL);
}

static void oversize_and_empty_are_refused(void **state)
{
    (void)state;
    static uint8_t big[DT_SESSION_DATAGRAM_MAX + 1] = {4}, plain[sizeof big];
    start_pair(&a, &b, __func__);
    dt_session_receive(&b.table, 0, 1, dt_span(big, sizeof big), plain, &b.event);
    assert_int_equal(b.event.reject, DT_SESSION_REJECT_TOO_LARGE);
    dt_session_receive(&b.table, 0, 1, dt_span(NULL, 0), plain, &b.event);
    assert_int_equal(b.event.reject, DT_SESSION_REJECT_TRUNCATED);
    big[0] = 9;
    dt_session_receive(&b.table, 0, 1, dt_span(big, 200), plain, &b.event);
    assert_int_equal(b.event.reject, DT_SESSION_REJECT_UNKNOWN_TYPE);
    assert_int_equal(b.table.rejects[DT_SESSION_REJECT_UNKNOWN_TYPE], 1);
    for (int r = 0; r < DT_SESSION_REJECT_COUNT; r++) {
        assert_true(strlen(dt_session_reject_name((enum dt_session_reject)r)) > 3);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_changed_bit_is_refused_and_changes_nothing),
        cmocka_unit_test(recordings_do_nothing),
        cmocka_unit_test(a_replayed_call_leaves_the_live_session_alone),
        cmocka_unit_test(strangers_get_silence_and_cost_no_dh),
        cmocka_unit_test(wrong_psk_or_wrong_node_is_a_stranger),
        cmocka_unit_test(a_paired_peer_cannot_speak_as_another),
        cmocka_unit_test(a_cookie_is_good_for_its_address_and_time),
        cmocka_unit_test(a_cookie_for_a_call_with_cookie_waits_its_turn),
        cmocka_unit_test(a_cookie_of_a_restarted_peer_is_given_up),
        cmocka_unit_test(calls_with_cookies_have_a_quota),
        cmocka_unit_test(oversize_and_empty_are_refused),
    };
    return cmocka_run_group_tests(tests, dt_test_setup, NULL);
}

/* SPDX-License-Identifier: ISC */
/*
 * Goal: sessions between honest peers: sizes, keys, renewal, roaming, restarts, wiping.
 * Method: two tables, datagrams carried by hand, time by hand.
 */
#include "session/pair.h"

static struct node a, b, c;

/* MAC of docs/protocol.md, from the page and not from the code under test. */
static void mac(uint8_t out[32], const uint8_t *key, size_t key_size, const char *label,
                struct dt_span x, struct dt_span y)
{
    const struct dt_span parts[3] = {dt_span(label, strlen(label) + 1), x, y};
    dt_hmac(out, dt_span(key, key_size), parts, 3);
}

static void datagrams_have_the_documented_sizes(void **state)
{
    (void)state;
    start_pair(&a, &b, __func__);
    const struct datagram call = open_to(&a, 0, 0, "");
    assert_int_equal(call.size, 124);
    assert_int_equal(hear(&b, 0, 1, call), DT_SESSION_CALL);
    const struct datagram answered = answer(&b, 0, "");
    assert_int_equal(answered.size, 71);
    assert_int_equal(hear(&a, 0, 2, answered), DT_SESSION_ESTABLISHED);
    assert_int_equal(a.event.reply_size, 24);
    hear(&b, 0, 1, reply_of(&a));
    assert_int_equal(send_to(&a, 0, 0, "x").size, 25);

    /* On a link of 128 bytes: a handshake, and 104 bytes of payload a frame. */
    uint8_t payload[105] = {0};
    struct datagram d;
    const size_t mtu = 128;
    assert_err(dt_session_send(&a.table, 0, 0, dt_span(payload, 104), d.data, mtu, &d.size), DT_OK);
    assert_int_equal(d.size, mtu);
    assert_err(dt_session_send(&a.table, 0, 0, dt_span(payload, 105), d.data, mtu, &d.size),
               DT_ERR_CAPACITY);
    assert_err(dt_session_open(&a.table, 0, 0, dt_span(payload, 4), payload, d.data, mtu, &d.size),
               DT_OK);
    assert_err(dt_session_open(&a.table, 0, 0, dt_span(payload, 5), payload, d.data, mtu, &d.size),
               DT_ERR_CAPACITY);
    assert_true(sizeof(struct dt_peer_session) <= 1536);
}

static void call_is_laid_out_as_the_page_says(void **state)
{
    (void)state;
    start_pair(&a, &b, __func__);
    const struct datagram d = open_to(&a, 0, 0, "heads");
    assert_int_equal(d.size, 129);
    assert_int_equal(d.data[0], 1);
    assert_int_equal(d.data[1], 0); /* slot of the peer at the caller */

    uint8_t digest[32], guard_key[32], expected[32], shared[32], pair[32], psk[32] = {7};
    const struct dt_span body = dt_span(d.data, 105), own = dt_span(b.table.own, 32);
    const struct dt_span none = dt_span(NULL, 0);
    dt_labelled_hash(digest, "detente/1/session-call", &body, 1);
    dt_labelled_hash(guard_key, "detente/1/session-guard", &own, 1);
    mac(expected, guard_key, 32, "detente/1/session-guard", dt_span(digest, 32), none);
    assert_memory_equal(d.data + 105, expected, 8);
    assert_true(dt_x25519(shared, b.secret, a.table.own));
    mac(pair, psk, 32, "detente/1/session-pair", dt_span(shared, 32), none);
    mac(pair, pair, 32, "detente/1/session-pair", dt_span(a.table.own, 32), own);
    mac(expected, pair, 32, "detente/1/session-call", dt_span(digest, 32),
        dt_span(d.data + 105, 8));
    assert_memory_equal(d.data + 113, expected, 16);

    const struct dt_noise_keys keys = {.prologue = dt_span("detente/1/session", 18),
                                       .secret = b.secret,
                                       .psk = psk};
    struct dt_noise noise;
    uint8_t plain[64];
    size_t size;
    dt_noise_init(&noise, &dt_noise_ikpsk1, false, &keys);
    assert_err(dt_noise_read(&noise, dt_span(d.data + 4, 101), plain, &size), DT_OK);
    assert_memory_equal(plain, "heads", 5);
    assert_memory_equal(noise.remote, a.table.own, 32);
}

static void payload_travels_in_every_message(void **state)
{
    (void)state;
    start_pair(&a, &b, __func__);
    assert_false(dt_session_ready(&a.table, 0, 0));
    assert_int_equal(hear(&b, 0, 1, open_to(&a, 0, 0, "check fire")), DT_SESSION_CALL);
    assert_true(got(&b, "check fire"));
    assert_int_equal(hear(&a, 5, 2, answer(&b, 0, "heard")), DT_SESSION_ESTABLISHED);
    assert_true(got(&a, "heard") && a.event.confirmed && a.event.moved);
    /* Not confirmed: what the answerer sent may have gone to a recording. */
    assert_false(dt_session_ready(&b.table, 0, 5));
    struct datagram d;
    assert_err(dt_session_send(&b.table, 0, 5, dt_span("x", 1), d.data, ROOM, &d.size),
               DT_ERR_BAD_STATE);
    const struct datagram first = send_to(&a, 0, 5, "one"); /* overtakes the sign of life */
    assert_int_equal(hear(&b, 9, 1, first), DT_SESSION_DATA);
    assert_true(got(&b, "one") && b.event.confirmed);
    assert_int_equal(hear(&b, 9, 1, reply_of(&a)), DT_SESSION_DATA);
    assert_true(got(&b, ""));
    assert_int_equal(hear(&a, 12, 2, send_to(&b, 0, 9, "two")), DT_SESSION_DATA);
    assert_true(got(&a, "two"));
    assert_err(dt_session_answer(&b.table, 9, dt_span(NULL, 0), b.secret, d.data, ROOM, &d.size),
               DT_ERR_BAD_STATE);
}

static void frames_survive_loss_and_disorder_not_age(void **state)
{
    (void)state;
    static struct datagram d[1100];
    start_pair(&a, &b, __func__);
    establish(&a, &b, 0);
    for (size_t i = 0; i < 1100; i++) {
        d[i] = send_to(&a, 0, 0, "x");
    }
    assert_int_equal(hear(&b, 0, 1, d[1050]), DT_SESSION_DATA);
    assert_rejected(&b, 0, 1, d[26], TOO_OLD); /* 1050 - 1024 */
    assert_int_equal(hear(&b, 0, 1, d[27]), DT_SESSION_DATA);
    assert_rejected(&b, 0, 1, d[27], REPLAYED);
    for (size_t i = 1099; i > 1050; i--) {
        assert_int_equal(hear(&b, 0, 1, d[i]), DT_SESSION_DATA);
    }
}

static void counter_passes_every_edge(void **state)
{
    (void)state;
    static const uint64_t starts[] = {UINT32_MAX - 2, (UINT64_C(3) << 32) - 2,
                                      DT_SESSION_FRAMES_MAX - 6};
    for (size_t i = 0; i < 3; i++) {
        start_pair(&a, &b, __func__);
        establish(&a, &b, 0);
        a.peers[0].current.sent = starts[i];
        b.peers[0].current.window.next = starts[i];
        struct datagram d[6];
        for (size_t k = 0; k < 6; k++) {
            d[k] = send_to(&a, 0, 0, "x");
        }
        static const size_t order[6] = {1, 0, 5, 3, 2, 4};
        for (size_t k = 0; k < 6; k++) {
            assert_int_equal(hear(&b, 0, 1, d[order[k]]), DT_SESSION_DATA);
            assert_rejected(&b, 0, 1, d[order[k]], REPLAYED);
        }
    }
    assert_false(dt_session_ready(&a.table, 0, 0)); /* spent: never a nonce twice */
    assert_int_equal(tick(&a, 1), DT_SESSION_OPEN_WANTED);
    assert_int_equal(tick(&a, 1), DT_SESSION_NOTHING);
}

static void address_follows_only_fresh_frames(void **state)
{
    (void)state;
    start_pair(&a, &b, __func__);
    establish(&a, &b, 0);
    assert_int_equal(b.peers[0].address, 1);
    const struct datagram old = send_to(&a, 0, 0, "old"), new = send_to(&a, 0, 0, "new");
    hear(&b, 1, 77, new);
    assert_true(b.event.moved && b.peers[0].address == 77);
    assert_int_equal(hear(&b, 2, 1, old), DT_SESSION_DATA);
    assert_true(!b.event.moved && b.peers[0].address == 77);
    assert_rejected(&b, 3, 5, new, REPLAYED); /* a copy sent on from elsewhere */
    assert_int_equal(b.peers[0].address, 77);
    hear(&b, 3, 5, open_to(&a, 0, 3, "")); /* nor does a call, which may be a recording */
    assert_int_equal(b.peers[0].address, 77);
}

static void lost_calls_are_repeated_at_growing_intervals(void **state)
{
    (void)state;
    start_pair(&a, &b, __func__);
    assert_true(dt_session_deadline(&a.table) == DT_SESSION_NEVER);
    int64_t now = 0, sent = 0;
    open_to(&a, 0, now, "");
    static const int64_t waits[] = {1, 2, 4, 8, 16, 32, 64, 64, 64};
    for (size_t i = 0; i < sizeof waits / sizeof waits[0]; i++) {
        do {
            now = dt_session_deadline(&a.table);
        } while (tick(&a, now) == DT_SESSION_NOTHING);
        assert_int_equal(a.event.type, DT_SESSION_OPEN_WANTED);
        assert_true(now - sent == waits[i] * SECOND);
        open_to(&a, 0, now, "");
        sent = now;
    }
    /* A slow link is not a dead one. */
    a.peers[0].rtt_us = 20 * SECOND;
    dt_session_close(&a.table, 0);
    open_to(&a, 0, now, "");
    assert_true(dt_session_deadline(&a.table) == now + 40 * SECOND);
    /* A host that ignores the request is asked again, but not at once. */
    while (tick(&a, now = dt_session_deadline(&a.table)) == DT_SESSION_NOTHING) {
    }
    assert_int_equal(tick(&a, now), DT_SESSION_NOTHING);
    assert_true(dt_session_deadline(&a.table) > now);
    dt_session_close(&a.table, 0);
    assert_true(dt_session_deadline(&a.table) == DT_SESSION_NEVER);
}

static void an_earlier_call_may_still_be_answered(void **state)
{
    (void)state;
    start_pair(&a, &b, __func__);
    /* The round trip is longer than the first interval: two calls under way. */
    const struct datagram one = open_to(&a, 0, 0, ""), two = open_to(&a, 0, SECOND, "");
    hear(&b, SECOND, 1, one);
    const struct datagram answer_one = answer(&b, SECOND, "");
    hear(&b, 2 * SECOND, 1, two);
    const struct datagram answer_two = answer(&b, 2 * SECOND, "");
    assert_int_equal(hear(&a, 3 * SECOND, 2, answer_one), DT_SESSION_ESTABLISHED);
    assert_rejected(&b, 4 * SECOND, 1, reply_of(&a), NO_SESSION); /* replaced by the second */
    assert_int_equal(hear(&a, 4 * SECOND, 2, answer_two), DT_SESSION_ESTABLISHED);
    assert_int_equal(hear(&b, 5 * SECOND, 1, reply_of(&a)), DT_SESSION_DATA);
    assert_int_equal(hear(&a, 6 * SECOND, 2, send_to(&b, 0, 5 * SECOND, "x")), DT_SESSION_DATA);
}

static void the_oldest_call_gives_way_and_none_waits_for_ever(void **state)
{
    (void)state;
    static const struct {
        int64_t after;
        bool taken[3];
    } cases[] = {{2 * SECOND, {false, true, true}},
                 {DT_SESSION_ATTEMPT_LIFE + SECOND, {false, false, true}},
                 {DT_SESSION_ATTEMPT_LIFE + 2 * SECOND, {false, false, false}}};
    for (size_t i = 0; i < 3; i++) {
        struct datagram answers[3];
        start_pair(&a, &b, __func__);
        for (int64_t k = 0; k < 3; k++) {
            hear(&b, 0, 1, open_to(&a, 0, k * SECOND, ""));
            answers[k] = answer(&b, 0, "");
        }
        for (size_t k = 0; k < 3; k++) {
            const bool taken = hear(&a, cases[i].after, 2, answers[k]) == DT_SESSION_ESTABLISHED;
            assert_true(taken == cases[i].taken[k]);
            assert_true(taken || a.event.reject == DT_SESSION_REJECT_NO_SESSION);
        }
    }
}

static void renewal_loses_no_frame(void **state)
{
    (void)state;
    start_pair(&a, &b, __func__);
    establish(&a, &b, 0);
    const int64_t now = DT_SESSION_REKEY;
    const struct datagram early = send_to(&a, 0, now, "1"), back = send_to(&b, 0, now, "2");
    assert_int_equal(tick(&b, now), DT_SESSION_NOTHING); /* who called goes first */
    while (tick(&a, now) != DT_SESSION_OPEN_WANTED) {
    }
    hear(&b, now, 1, open_to(&a, 0, now, ""));
    const struct datagram answered = answer(&b, now, "");
    const struct datagram under_old = send_to(&b, 0, now, "3"); /* not confirmed yet */
    hear(&a, now, 2, answered);
    const struct datagram life = reply_of(&a), under_new = send_to(&a, 0, now, "4");
    hear(&b, now, 1, under_new);
    assert_true(b.event.confirmed && got(&b, "4"));
    assert_int_equal(hear(&b, now + SECOND, 1, early), DT_SESSION_DATA);
    assert_int_equal(hear(&b, now + SECOND, 1, life), DT_SESSION_DATA);
    assert_int_equal(hear(&a, now + SECOND, 2, under_old), DT_SESSION_DATA);
    assert_int_equal(hear(&a, now + DT_SESSION_GRACE - 1, 2, back), DT_SESSION_DATA);
    const struct datagram late = back;
    assert_rejected(&a, now + DT_SESSION_GRACE, 2, late, NO_SESSION);
    assert_int_equal(hear(&a, now + DT_SESSION_GRACE, 2, send_to(&b, 0, now + 1, "5")),
                     DT_SESSION_DATA);
}

static void many_frames_call_for_new_keys(void **state)
{
    (void)state;
    start_pair(&a, &b, __func__);
    establish(&a, &b, 0);
    b.peers[0].current.sent = DT_SESSION_REKEY_FRAMES - 1;
    assert_int_equal(tick(&b, 1), DT_SESSION_NOTHING);
    send_to(&b, 0, 1, "x");
    assert_true(dt_session_deadline(&b.table) <= 1);
    assert_int_equal(tick(&b, 1), DT_SESSION_OPEN_WANTED);
    hear(&a, 2, 2, open_to(&b, 0, 1, ""));
    hear(&b, 3, 1, answer(&a, 2, ""));
    assert_int_equal(hear(&a, 4, 2, reply_of(&b)), DT_SESSION_DATA);
    assert_int_equal(b.peers[0].current.sent, 1);
    assert_int_equal(tick(&b, 5), DT_SESSION_NOTHING);
}

static bool holds(const struct node *n, const uint8_t key[32])
{
    const uint8_t *memory = (const uint8_t *)n;
    for (size_t i = 0; i + 32 <= sizeof *n; i++) {
        if (memcmp(memory + i, key, 32) == 0) {
            return true;
        }
    }
    return false;
}

static void keys_are_wiped_when_their_time_is_over(void **state)
{
    (void)state;
    start_pair(&a, &b, __func__);
    establish(&a, &b, 0);
    uint8_t first[2][32], second[2][32];
    memcpy(first[0], a.peers[0].current.send_key, 32);
    memcpy(first[1], a.peers[0].current.receive_key, 32);
    establish(&a, &b, SECOND);
    memcpy(second[0], a.peers[0].current.send_key, 32);
    memcpy(second[1], a.peers[0].current.receive_key, 32);
    for (size_t i = 0; i < 2; i++) {
        assert_true(holds(&a, first[i]) && holds(&b, first[i]));
    }
    const int64_t later = SECOND + DT_SESSION_GRACE;
    assert_true(dt_session_deadline(&a.table) == later);
    assert_int_equal(tick(&a, later), DT_SESSION_NOTHING);
    tick(&b, later);
    for (size_t i = 0; i < 2; i++) {
        assert_false(holds(&a, first[i]) || holds(&b, first[i]));
        assert_true(holds(&a, second[i]) && holds(&b, second[i]));
    }
    const int64_t end = SECOND + DT_SESSION_LIFE;
    assert_false(dt_session_ready(&a.table, 0, end));
    assert_int_equal(tick(&a, end), DT_SESSION_LOST);
    const struct datagram last = send_to(&b, 0, end - 1, "x");
    assert_rejected(&b, end, 1, last, NO_SESSION); /* a receive wipes too, and tick still tells */
    assert_int_equal(tick(&b, end), DT_SESSION_LOST);
    assert_int_equal(tick(&b, end), DT_SESSION_NOTHING);
    for (size_t i = 0; i < 2; i++) {
        assert_false(holds(&a, second[i]) || holds(&b, second[i]));
    }
    /* An abandoned call: its ephemeral secret goes as well, and so does an answer's. */
    open_to(&a, 0, end, "");
    uint8_t secret[32];
    memcpy(secret, a.peers[0].attempts[0].noise.ephemeral, 32);
    assert_true(holds(&a, secret));
    tick(&a, end + DT_SESSION_ATTEMPT_LIFE);
    assert_false(holds(&a, secret));
    hear(&b, end, 1, open_to(&a, 0, end, ""));
    answer(&b, end, "");
    memcpy(secret, b.peers[0].next.send_key, 32);
    tick(&b, end + DT_SESSION_ATTEMPT_LIFE);
    assert_false(holds(&b, secret));
    dt_session_deinit(&a.table);
    dt_wipe(a.secret, 32);
    assert_false(holds(&a, b.peers[0].static_static));
}

static void a_peer_that_lost_its_state_comes_back(void **state)
{
    (void)state;
    start_pair(&a, &b, __func__);
    establish(&a, &b, 0);
    struct dt_rng world = dt_rng("restart");
    start(&b, "bea", &world); /* bea restarts, and has nothing to say */
    knows(&b, &a);
    assert_rejected(&b, SECOND, 1, send_to(&a, 0, SECOND, "x"), NO_SESSION);
    const int64_t now = SECOND + DT_SESSION_SILENCE;
    assert_true(dt_session_deadline(&a.table) == now);
    assert_int_equal(tick(&a, now), DT_SESSION_OPEN_WANTED);
    establish(&a, &b, now);
    assert_int_equal(hear(&b, now, 1, send_to(&a, 0, now, "y")), DT_SESSION_DATA);

    start(&b, "bea", &world); /* again, and this time it calls itself */
    knows(&b, &a);
    hear(&a, now, 2, open_to(&b, 0, now, ""));
    hear(&b, now, 1, answer(&a, now, ""));
    assert_int_equal(hear(&a, now, 2, reply_of(&b)), DT_SESSION_DATA);
    assert_int_equal(hear(&b, now, 1, send_to(&a, 0, now, "z")), DT_SESSION_DATA);
}

static void silence_is_broken_by_a_sign_of_life(void **state)
{
    (void)state;
    start_pair(&a, &b, __func__);
    establish(&a, &b, 0);
    hear(&b, SECOND, 1, send_to(&a, 0, 0, "x"));
    assert_true(dt_session_deadline(&b.table) == SECOND + DT_SESSION_KEEPALIVE);
    const int64_t now = SECOND + DT_SESSION_KEEPALIVE;
    assert_int_equal(tick(&b, now), DT_SESSION_ALIVE);
    assert_int_equal(hear(&a, now, 2, reply_of(&b)), DT_SESSION_DATA);
    assert_true(got(&a, ""));
    assert_int_equal(tick(&a, now + DT_SESSION_SILENCE), DT_SESSION_NOTHING);
    assert_int_equal(tick(&b, now + DT_SESSION_SILENCE), DT_SESSION_NOTHING); /* no ping-pong */
}

struct wire {
    struct datagram d;
    bool to_b;
};

/* Delivers what is under way until nothing is; in order for each direction, or in any. */
static unsigned deliver(struct wire *queue, size_t count, bool in_order, struct dt_rng *rng)
{
    unsigned calls = 0;
    while (count > 0) {
        size_t pick = (size_t)dt_rng_below(rng, count);
        for (size_t i = 0; in_order && i < pick; i++) {
            if (queue[i].to_b == queue[pick].to_b) {
                pick = i;
            }
        }
        const struct wire w = queue[pick];
        memmove(queue + pick, queue + pick + 1, (--count - pick) * sizeof *queue);
        struct node *n = w.to_b ? &b : &a;
        if (hear(n, 0, w.to_b ? 1 : 2, w.d) == DT_SESSION_CALL) {
            calls++;
            queue[count++] = (struct wire){answer(n, 0, ""), !w.to_b};
        } else if (n->event.reply_size > 0) {
            queue[count++] = (struct wire){reply_of(n), !w.to_b};
        }
    }
    return calls;
}

static bool agree(void)
{
    return memcmp(a.peers[0].current.send_key, b.peers[0].current.receive_key, 32) == 0 &&
           memcmp(b.peers[0].current.send_key, a.peers[0].current.receive_key, 32) == 0;
}

static void crossing_calls_end_in_one_session(void **state)
{
    (void)state;
    struct dt_rng rng = dt_rng(__func__);
    unsigned crossed = 0;
    for (int round = 0; round < 400; round++) {
        struct wire queue[16];
        const bool in_order = round % 2 == 0;
        start_pair(&a, &b, __func__);
        queue[0] = (struct wire){open_to(&a, 0, 0, "from a"), true};
        queue[1] = (struct wire){open_to(&b, 0, 0, "from b"), false};
        assert_int_equal(deliver(queue, 2, in_order, &rng), 2); /* both early data arrive */
        assert_true(dt_session_ready(&a.table, 0, 0) && dt_session_ready(&b.table, 0, 0));
        assert_int_equal(tick(&a, SECOND), DT_SESSION_NOTHING); /* nobody calls again */
        assert_int_equal(tick(&b, SECOND), DT_SESSION_NOTHING);
        /* Datagrams that overtake can leave the two sending under different keys. Each
         * still reads the other, and they agree long before a key is dropped. */
        assert_true(agree() || !in_order);
        crossed += !agree();
        for (int64_t now = SECOND; now < 30 * SECOND; now += 5 * SECOND) {
            assert_int_equal(hear(&b, now, 1, send_to(&a, 0, now, "x")), DT_SESSION_DATA);
            assert_int_equal(hear(&a, now, 2, send_to(&b, 0, now, "y")), DT_SESSION_DATA);
        }
        assert_true(agree());
    }
    assert_true(crossed > 0); /* or this test tests nothing */
}

static void pairing_refuses_what_cannot_work(void **state)
{
    (void)state;
    struct dt_rng world = dt_rng(__func__);
    start(&a, "ada", &world);
    start(&c, "cid", &world);
    uint8_t key[32] = {0}, psk[32] = {0};
    uint32_t slot;
    assert_err(dt_session_pair(&a.table, key, psk, &slot), DT_ERR_BAD_KEY);
    assert_err(dt_session_pair(&a.table, a.table.own, psk, &slot), DT_ERR_BAD_KEY);
    assert_int_equal(knows(&a, &c), 0);
    assert_err(dt_session_pair(&a.table, c.table.own, psk, &slot), DT_ERR_DUPLICATE);
    assert_int_equal(slot, 0);
    for (uint32_t i = 1; i < PEERS; i++) {
        key[0] = (uint8_t)(8 + i);
        assert_err(dt_session_pair(&a.table, key, psk, &slot), DT_OK);
        assert_int_equal(slot, i);
    }
    key[0] = 100;
    assert_err(dt_session_pair(&a.table, key, psk, &slot), DT_ERR_CAPACITY);
    uint8_t shared[32];
    memcpy(shared, a.peers[0].static_static, 32);
    dt_session_unpair(&a.table, 0);
    assert_false(holds(&a, shared));
    assert_err(dt_session_pair(&a.table, key, psk, &slot), DT_OK);
    assert_int_equal(slot, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(datagrams_have_the_documented_sizes),
        cmocka_unit_test(call_is_laid_out_as_the_page_says),
        cmocka_unit_test(payload_travels_in_every_message),
        cmocka_unit_test(frames_survive_loss_and_disorder_not_age),
        cmocka_unit_test(counter_passes_every_edge),
        cmocka_unit_test(address_follows_only_fresh_frames),
        cmocka_unit_test(lost_calls_are_repeated_at_growing_intervals),
        cmocka_unit_test(an_earlier_call_may_still_be_answered),
        cmocka_unit_test(the_oldest_call_gives_way_and_none_waits_for_ever),
        cmocka_unit_test(renewal_loses_no_frame),
        cmocka_unit_test(many_frames_call_for_new_keys),
        cmocka_unit_test(keys_are_wiped_when_their_time_is_over),
        cmocka_unit_test(a_peer_that_lost_its_state_comes_back),
        cmocka_unit_test(silence_is_broken_by_a_sign_of_life),
        cmocka_unit_test(crossing_calls_end_in_one_session),
        cmocka_unit_test(pairing_refuses_what_cannot_work),
    };
    return cmocka_run_group_tests(tests, dt_test_setup, NULL);
}

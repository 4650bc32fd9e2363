/* SPDX-License-Identifier: ISC */
/*
 * Goal: over a network that loses, delays, repeats, overtakes, corrupts and replays, with
 * nodes that restart, no frame is delivered twice or altered; and once the network
 * heals, both directions work again within a bounded time, whatever happened before.
 * Method: two nodes, virtual time, one seed a world. First safety, then liveness.
 */
#include "session/pair.h"

enum { UNDER_WAY = 512, TAPE = 64, MESSAGES = 20000 };

struct flight {
    int64_t at;
    bool to_b;
    struct datagram d;
};

struct world {
    struct dt_rng rng;
    int64_t now;
    uint64_t loss, repeat, corrupt, replay; /* per cent */
    int64_t delay, jitter;                  /* microseconds */
    int64_t pause;                          /* mean between messages of a side */
    uint64_t restart;                       /* one in so many messages; 0: never */
    bool hurry;                             /* renew keys every few messages */
    struct node nodes[2];                   /* ada, bea */
    int64_t speak_at[2];
    uint32_t said[2], heard[2], sessions;   /* heard[i]: messages node i took */
    bool taken[2][MESSAGES];                /* taken[i][n]: node i took message n */
    int64_t last_heard[2];
    struct flight flights[UNDER_WAY];
    size_t flying;
    struct flight tape[TAPE];
    size_t taped;
};

static struct world w;

static bool chance(uint64_t per_cent)
{
    return dt_rng_below(&w.rng, 100) < per_cent;
}

static void fly(bool to_b, struct datagram d)
{
    if (w.flying == UNDER_WAY) {
        return; /* a full queue loses */
    }
    struct flight *f = &w.flights[w.flying++];
    *f = (struct flight){w.now + w.delay, to_b, d};
    f->at += w.jitter > 0 ? (int64_t)dt_rng_below(&w.rng, (uint64_t)w.jitter) : 0;
    if (chance(w.corrupt)) {
        f->d.data[dt_rng_below(&w.rng, d.size)] ^= (uint8_t)(1 + dt_rng_below(&w.rng, 255));
    }
}

static void transmit(bool to_b, struct datagram d)
{
    w.tape[w.taped++ % TAPE] = (struct flight){0, to_b, d};
    if (!chance(w.loss)) {
        fly(to_b, d);
    }
    if (chance(w.repeat)) {
        fly(to_b, d);
    }
    if (chance(w.replay)) {
        const struct flight f =
            w.tape[dt_rng_below(&w.rng, w.taped < TAPE ? w.taped : TAPE)];
        fly(chance(90) ? f.to_b : !f.to_b, f.d);
    }
}

static void check_data(size_t self)
{
    struct node *n = &w.nodes[self];
    unsigned from, number;
    char text[32];
    if (n->event.payload.size == 0) {
        return;
    }
    assert_true(n->event.payload.size < sizeof text);
    memcpy(text, n->event.payload.data, n->event.payload.size);
    text[n->event.payload.size] = '\0';
    assert_int_equal(sscanf(text, "%u says %u", &from, &number), 2);
    assert_true(from == 1 - self && number < w.said[from]);
    assert_false(w.taken[self][number]); /* once */
    w.taken[self][number] = true;
    w.heard[self]++;
    w.last_heard[self] = w.now;
}

static void arrive(struct flight f)
{
    const size_t self = f.to_b ? 1 : 0;
    struct node *n = &w.nodes[self];
    switch (hear(n, w.now, f.to_b ? 1 : 2, f.d)) {
    case DT_SESSION_CALL:
        assert_true(n->event.payload.size <= 5);
        transmit(!f.to_b, answer(n, w.now, "a"));
        break;
    case DT_SESSION_DATA:
        check_data(self);
        w.sessions += n->event.confirmed;
        break;
    default:
        break;
    }
    if (n->event.reply_size > 0) {
        transmit(!f.to_b, reply_of(n));
    }
}

static void restart_node(size_t self)
{
    start(&w.nodes[self], self == 0 ? "ada" : "bea", &w.rng);
    knows(&w.nodes[self], &w.nodes[1 - self]);
}

static void speak(size_t self)
{
    struct node *n = &w.nodes[self];
    w.speak_at[self] = w.now + 1 + (int64_t)dt_rng_below(&w.rng, 2 * (uint64_t)w.pause);
    if (w.restart > 0 && dt_rng_below(&w.rng, w.restart) == 0) {
        restart_node(self);
    }
    if (!dt_session_ready(&n->table, 0, w.now)) {
        if (!n->peers[0].wanted) {
            transmit(self == 0, open_to(n, 0, w.now, "early"));
        }
        return;
    }
    if (w.hurry && chance(5)) {
        n->peers[0].current.sent += DT_SESSION_REKEY_FRAMES;
    }
    assert_true(w.said[self] < MESSAGES);
    char text[32];
    snprintf(text, sizeof text, "%u says %u", (unsigned)self, w.said[self]++);
    transmit(self == 0, send_to(n, 0, w.now, text));
}

static void run_timers(size_t self)
{
    struct node *n = &w.nodes[self];
    for (int i = 0; tick(n, w.now) != DT_SESSION_NOTHING; i++) {
        assert_true(i < 4); /* what was reported is not reported again at once */
        if (n->event.type == DT_SESSION_OPEN_WANTED) {
            transmit(self == 0, open_to(n, 0, w.now, "early"));
        } else if (n->event.type == DT_SESSION_ALIVE) {
            transmit(self == 0, reply_of(n));
        }
    }
    assert_true(dt_session_deadline(&n->table) > w.now);
}

static void run_until(int64_t end)
{
    for (;;) {
        int64_t at = w.speak_at[0] < w.speak_at[1] ? w.speak_at[0] : w.speak_at[1];
        size_t first = w.flying;
        for (size_t i = 0; i < w.flying; i++) {
            if (w.flights[i].at < at) {
                at = w.flights[i].at;
                first = i;
            }
        }
        for (size_t i = 0; i < 2; i++) {
            const int64_t deadline = dt_session_deadline(&w.nodes[i].table);
            if (deadline < at) {
                at = deadline > w.now ? deadline : w.now;
                first = w.flying;
            }
        }
        if (at >= end) {
            w.now = end;
            return;
        }
        w.now = at;
        if (first < w.flying) {
            const struct flight f = w.flights[first];
            w.flights[first] = w.flights[--w.flying];
            arrive(f);
        }
        for (size_t i = 0; i < 2; i++) {
            if (w.speak_at[i] <= w.now) {
                speak(i);
            }
            run_timers(i);
        }
    }
}

static void draw_options(void)
{
    static const uint64_t losses[] = {0, 10, 30, 60, 95};
    w.loss = losses[dt_rng_below(&w.rng, 5)];
    w.repeat = chance(50) ? dt_rng_below(&w.rng, 30) : 0;
    w.corrupt = chance(50) ? dt_rng_below(&w.rng, 20) : 0;
    w.replay = chance(50) ? dt_rng_below(&w.rng, 100) : 0;
    w.delay = (int64_t)dt_rng_below(&w.rng, chance(20) ? 20000000 : 300000);
    w.jitter = chance(50) ? (int64_t)dt_rng_below(&w.rng, 5000000) : 0;
    w.pause = 1000 + (int64_t)dt_rng_below(&w.rng, chance(30) ? 30000000 : 1000000);
    w.restart = chance(40) ? 20 + dt_rng_below(&w.rng, 200) : 0;
    w.hurry = chance(40);
}

static void one_world(uint64_t seed)
{
    memset(&w, 0, sizeof w);
    w.rng.state = seed;
    dt_rng_next(&w.rng);
    start(&w.nodes[0], "ada", &w.rng);
    start(&w.nodes[1], "bea", &w.rng);
    knows(&w.nodes[0], &w.nodes[1]);
    knows(&w.nodes[1], &w.nodes[0]);
    draw_options();
    /* Crossing calls are the rule at the start. */
    w.speak_at[1] = chance(50) ? 0 : (int64_t)dt_rng_below(&w.rng, 5000000);
    run_until(w.pause * 1000 < 7200 * SECOND ? w.pause * 1000 : 7200 * SECOND);

    w.loss = w.repeat = w.corrupt = w.replay = w.restart = 0;
    w.hurry = false;
    w.jitter = 0;
    w.delay = w.delay < SECOND ? w.delay : SECOND;
    w.pause = SECOND;
    for (size_t i = 0; i < 2; i++) {
        if (w.speak_at[i] > w.now + SECOND) {
            w.speak_at[i] = w.now + SECOND;
        }
    }
    /* The longest interval between calls, one cookie era for a quota that was used up,
     * and a silence of a peer with the longest round trip. */
    const int64_t bound = DT_SESSION_RETRY_MAX + DT_SESSION_ERA + DT_SESSION_SILENCE +
                          4 * DT_SESSION_RETRY_MAX;
    run_until(w.now + bound);
    const uint32_t said[2] = {w.said[0], w.said[1]};
    run_until(w.now + 60 * SECOND);
    const uint32_t sent[2] = {w.said[0], w.said[1]};
    run_until(w.now + 5 * SECOND); /* for those under way */
    for (uint32_t self = 0; self < 2; self++) {
        const uint32_t other = 1 - self;
        assert_true(sent[other] > said[other] + 20);
        for (uint32_t n = said[other]; n < sent[other]; n++) {
            assert_true(w.taken[self][n]);
        }
    }
    assert_true(w.sessions > 0);
}

static uint64_t failing; /* the world being run */

static int tell_failing(void **state)
{
    (void)state;
    if (failing != 0) {
        fprintf(stderr, "# repeat: DT_WORLD=%llu\n", (unsigned long long)failing);
    }
    return 0;
}

static void worlds_stay_safe_and_come_back(void **state)
{
    (void)state;
    struct dt_rng rng = dt_rng(__func__);
    const char *repeat = getenv("DT_WORLD"), *many = getenv("DT_WORLDS");
    if (repeat != NULL) {
        one_world(strtoull(repeat, NULL, 10));
        return;
    }
    const unsigned long count = many != NULL ? strtoul(many, NULL, 10) : 200;
    uint64_t sessions = 0, messages = 0;
    for (unsigned long i = 0; i < count; i++) {
        const uint64_t seed = dt_rng_next(&rng);
        failing = seed;
        one_world(seed);
        failing = 0;
        sessions += w.sessions;
        messages += w.heard[0] + w.heard[1];
    }
    fprintf(stderr, "# %lu worlds, %llu sessions, %llu messages\n", count,
            (unsigned long long)sessions, (unsigned long long)messages);
}

/* The same seed is the same world: nothing here depends on anything else. */
static void a_world_is_repeatable(void **state)
{
    (void)state;
    one_world(4);
    const uint32_t said = w.said[0], heard = w.heard[1];
    const struct dt_session_epoch epoch = w.nodes[0].peers[0].current;
    one_world(4);
    assert_true(said == w.said[0] && heard == w.heard[1]);
    assert_memory_equal(&epoch, &w.nodes[0].peers[0].current, sizeof epoch);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(worlds_stay_safe_and_come_back, tell_failing),
        cmocka_unit_test(a_world_is_repeatable),
    };
    return cmocka_run_group_tests(tests, dt_test_setup, NULL);
}

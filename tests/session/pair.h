/* SPDX-License-Identifier: ISC */
/*
 * pair - nodes for session tests: a table, a seeded stream of entropy, and buffers.
 * Everything is by hand: nothing is delivered unless a test says so.
 */
#ifndef DT_TESTS_SESSION_PAIR_H
#define DT_TESTS_SESSION_PAIR_H

#include "test.h"

#include "session/session.h"

enum { PEERS = 8, ROOM = 2048 };

struct datagram {
    uint8_t data[ROOM];
    size_t size;
};

struct node {
    struct dt_session_table table;
    struct dt_peer_session peers[PEERS];
    struct dt_rng rng;
    struct dt_session_event event; /* of the last hear() or tick() */
    uint8_t plain[ROOM];
    uint8_t secret[32];
};

static inline const uint8_t *entropy(struct node *n)
{
    static uint8_t bytes[32];
    dt_rng_fill(&n->rng, bytes, sizeof bytes);
    return bytes;
}

/* Also a restart: the same name has the same key, but nothing else is remembered. */
static inline void start(struct node *n, const char *name, struct dt_rng *world)
{
    uint8_t cookie_secret[32];
    struct dt_rng identity = dt_rng(name);
    n->rng.state = dt_rng_next(world);
    dt_rng_fill(&identity, n->secret, sizeof n->secret);
    dt_rng_fill(&n->rng, cookie_secret, sizeof cookie_secret);
    dt_session_init(&n->table, n->peers, PEERS, n->secret, cookie_secret);
}

static inline uint32_t knows(struct node *n, const struct node *other)
{
    static const uint8_t psk[32] = {7};
    uint32_t slot;
    assert_err(dt_session_pair(&n->table, other->table.own, psk, &slot), DT_OK);
    return slot;
}

static inline struct datagram open_to(struct node *n, uint32_t slot, int64_t now, const char *early)
{
    struct datagram d;
    assert_err(dt_session_open(&n->table, slot, now, dt_span(early, strlen(early)), entropy(n),
                               d.data, sizeof d.data, &d.size),
               DT_OK);
    return d;
}

static inline struct datagram answer(struct node *n, int64_t now, const char *payload)
{
    struct datagram d;
    assert_err(dt_session_answer(&n->table, now, dt_span(payload, strlen(payload)), entropy(n),
                                 d.data, sizeof d.data, &d.size),
               DT_OK);
    return d;
}

static inline struct datagram send_to(struct node *n, uint32_t slot, int64_t now, const char *text)
{
    struct datagram d;
    assert_err(dt_session_send(&n->table, slot, now, dt_span(text, strlen(text)), d.data,
                               sizeof d.data, &d.size),
               DT_OK);
    return d;
}

static inline enum dt_session_event_type hear(struct node *n, int64_t now, uint64_t address,
                                              struct datagram d)
{
    dt_session_receive(&n->table, now, address, dt_span(d.data, d.size), n->plain, &n->event);
    return n->event.type;
}

static inline enum dt_session_event_type tick(struct node *n, int64_t now)
{
    dt_session_tick(&n->table, now, &n->event);
    return n->event.type;
}

static inline struct datagram reply_of(const struct node *n)
{
    struct datagram d = {.size = n->event.reply_size};
    memcpy(d.data, n->event.reply, n->event.reply_size);
    return d;
}

static inline bool got(const struct node *n, const char *text)
{
    return dt_span_equal(n->event.payload, dt_span(text, strlen(text)));
}

/* A session from `a` to `b`, both at slot 0 of the other; addresses 1 and 2. */
static inline void establish(struct node *a, struct node *b, int64_t now)
{
    assert_int_equal(hear(b, now, 1, open_to(a, 0, now, "")), DT_SESSION_CALL);
    assert_int_equal(hear(a, now, 2, answer(b, now, "")), DT_SESSION_ESTABLISHED);
    assert_int_equal(hear(b, now, 1, reply_of(a)), DT_SESSION_DATA);
    assert_true(b->event.confirmed);
}

static inline void start_pair(struct node *a, struct node *b, const char *test)
{
    struct dt_rng world = dt_rng(test);
    start(a, "ada", &world);
    start(b, "bea", &world);
    assert_int_equal(knows(a, b), 0);
    assert_int_equal(knows(b, a), 0);
}

#define assert_rejected(node, now, address, datagram, why)                                         \
    do {                                                                                           \
        assert_int_equal(hear(node, now, address, datagram), DT_SESSION_NOTHING);                  \
        assert_string_equal(dt_session_reject_name((node)->event.reject), #why);                   \
    } while (0)

#define SECOND DT_SESSION_SECOND

#endif

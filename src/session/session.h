/* SPDX-License-Identifier: ISC */
/*
 * session - sealed datagrams between paired peers, and silence to everybody else.
 *
 *     bearer -> [session] -> sync          docs/protocol-session.md has the bytes
 *
 * A table holds the node's session key and a slot for each paired peer. It does
 * nothing by itself: the host hands in datagrams, the time and, where a
 * handshake message is to be made, 32 fresh random bytes; what comes back is one
 * event or one datagram. There is no clock in the handshake: time only runs
 * timers here, and two nodes' times are never compared.
 *
 *     dt_session_open()    a call (message 1): asks a peer for a session; may carry early data
 *     dt_session_receive() any datagram; may say: answer this call
 *     dt_session_answer()  the answer (message 2)
 *     dt_session_send()    a data frame
 *     dt_session_tick()    when dt_session_deadline() has passed: what to do now
 *
 * The guarantee others lean on: payload in a DT_SESSION_DATA event was sealed by
 * that peer for this node in a session that was alive at both ends, and is
 * delivered once. Payload in a DT_SESSION_CALL event (early data) came from that
 * peer too, but may be delivered again, at any later time, by whoever recorded
 * it, and is not forward secret: what it asks must be idempotent.
 *
 * Frames that do not authenticate change nothing but a counter. Nothing is
 * allocated; a flood of strangers finds no state to fill. Not thread-safe: one
 * table, one thread. Includes: base, crypto.
 */
#ifndef DT_SESSION_SESSION_H
#define DT_SESSION_SESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/err.h"
#include "crypto/crypto.h"
#include "session/noise.h"
#include "session/window.h"

enum {
    DT_SESSION_PEERS_MAX = 256,
    DT_SESSION_DATAGRAM_MAX = 65535,
    DT_SESSION_CALL_SIZE = 124,  /* message 1 with an empty payload */
    DT_SESSION_ANSWER_SIZE = 71, /* message 2 with an empty payload */
    DT_SESSION_COOKIE_SIZE = 36, /* a cookie reply */
    DT_SESSION_OVERHEAD = 24,    /* of a data frame */
    DT_SESSION_REPLY_MAX = 36,
    DT_SESSION_MAC_SIZE = 16,
    DT_SESSION_ATTEMPTS = 2, /* own calls whose answers are still taken */
    DT_SESSION_SEEN = 16,    /* calls remembered per peer, to refuse copies */

    DT_SESSION_CALLS_FREE = 8,      /* unconfirmed calls before a peer needs a cookie */
    DT_SESSION_CALLS_FREE_BUSY = 1, /* the same while table->busy */
    DT_SESSION_CALLS_COOKIE = 8,    /* calls with a cookie taken from a peer in one era */
    DT_SESSION_SEARCH_BURST = 256,  /* searches for a caller's key; one more each ms */
    DT_SESSION_REKEY_FRAMES = 1 << 20,
};

/* All times in microseconds. */
#define DT_SESSION_NEVER INT64_MAX
#define DT_SESSION_SECOND INT64_C(1000000)
#define DT_SESSION_RETRY_MIN (1 * DT_SESSION_SECOND)   /* first repeat of a call; doubles */
#define DT_SESSION_RETRY_MAX (64 * DT_SESSION_SECOND)
#define DT_SESSION_ATTEMPT_LIFE (180 * DT_SESSION_SECOND)
#define DT_SESSION_GRACE (120 * DT_SESSION_SECOND)     /* old keys, for frames in flight */
#define DT_SESSION_REKEY (3600 * DT_SESSION_SECOND)    /* who called; the other a minute later */
#define DT_SESSION_LIFE (3 * 3600 * DT_SESSION_SECOND) /* of a key, whatever happens */
#define DT_SESSION_KEEPALIVE (10 * DT_SESSION_SECOND)  /* answer to data when nothing else is */
#define DT_SESSION_SILENCE (25 * DT_SESSION_SECOND)    /* sent, nothing heard: call again */
#define DT_SESSION_ERA (120 * DT_SESSION_SECOND)       /* a cookie lives one to two of these */
#define DT_SESSION_FRAMES_MAX (UINT64_C(1) << 60)      /* under one key */

/* Why a datagram was dropped. X(NAME, text) */
#define DT_SESSION_REJECTS(X)                                                                      \
    X(TRUNCATED, "too short for its type")                                                         \
    X(TOO_LARGE, "larger than any datagram of ours")                                               \
    X(UNKNOWN_TYPE, "not a datagram of this protocol")                                             \
    X(STRANGER, "a call by nobody who is paired with this node")                                   \
    X(BUSY, "too many calls to look up; the caller will try again")                                \
    X(COOKIE_ASKED, "a paired peer called without a cookie; one was sent")                         \
    X(QUOTA, "a peer called too often in a short time")                                            \
    X(REPLAYED, "already received")                                                                \
    X(TOO_OLD, "behind the replay window")                                                         \
    X(NO_SESSION, "for a session that does not exist here")                                        \
    X(AUTH_FAILED, "does not authenticate")

enum dt_session_reject {
    DT_SESSION_ACCEPT = 0,
#define X(name, text) DT_SESSION_REJECT_##name,
    DT_SESSION_REJECTS(X)
#undef X
    DT_SESSION_REJECT_COUNT
};

const char *dt_session_reject_name(enum dt_session_reject reject);

/* Keys of one finished handshake. */
struct dt_session_epoch {
    bool live;
    bool initiator;         /* we called */
    uint32_t local;         /* 24-bit index the peer writes into its frames */
    uint32_t remote;        /* the index we write */
    uint32_t order;         /* of finishing here: the younger has the higher */
    int64_t since_us;       /* finished here (called: answered; caller: answer read) */
    uint64_t sent;          /* number of the next frame we seal */
    uint8_t send_key[DT_AEAD_KEY_SIZE];
    uint8_t receive_key[DT_AEAD_KEY_SIZE];
    struct dt_replay_window window;
};

/* A call of ours that may still be answered. */
struct dt_session_attempt {
    bool live;
    bool cookied;
    uint32_t local;
    int64_t sent_us;
    uint8_t tag[DT_SESSION_MAC_SIZE]; /* of the call: binds its answer to it */
    struct dt_noise_wait noise;
};

/* One paired peer. Readable by all; written only by the functions below. */
struct dt_peer_session {
    bool paired;
    bool wanted;                           /* we are trying to establish a session */
    bool lost;                             /* its life ended; tick has yet to say so */
    uint8_t tries;                         /* calls since then; saturates */
    uint8_t unconfirmed;                   /* calls taken that no data frame confirmed */
    uint8_t cookie_calls;                  /* calls with cookie taken in `cookie_era` */
    uint8_t seen_next;                     /* ring position in `seen` */
    uint16_t index_next;                   /* low half of the next local index */
    uint32_t epochs;                       /* handshakes finished here */
    uint8_t remote[DT_PUBLIC_SIZE];        /* static key: who the peer is */
    uint8_t psk[DT_NOISE_PSK_SIZE];
    uint8_t static_static[DT_HASH_SIZE];   /* X25519 of both static keys */
    uint8_t key_in[DT_HASH_SIZE];          /* MACs on what the peer calls and answers */
    uint8_t key_out[DT_HASH_SIZE];         /* MACs on what we call and answer */
    uint8_t cookie[DT_SESSION_MAC_SIZE];   /* the peer gave it to us */
    int64_t cookie_until_us;
    uint8_t cookie_uses;                   /* calls it may still be tried in */
    int64_t cookie_era;                    /* what `cookie_calls` counts in */
    uint64_t address;                      /* last authenticated; 0: not known */
    int64_t rtt_us;                        /* last handshake; 0: not known */
    int64_t retry_at_us;                   /* next call while `wanted`, else NEVER */
    int64_t called_us;                     /* last call taken without a cookie */
    int64_t switched_us;                   /* `current` became current */
    int64_t unanswered_us;                 /* oldest data sent since we last heard; or NEVER */
    int64_t keepalive_at_us;               /* owed to the peer, or NEVER */
    int64_t heard_us;                      /* last authenticated frame; or NEVER */
    int64_t previous_until_us;             /* then `previous` is wiped */
    uint32_t seen[DT_SESSION_SEEN];        /* heads of the tags of calls taken */
    struct dt_session_epoch current;       /* what we send under */
    struct dt_session_epoch previous;      /* received under until its grace ends */
    struct dt_session_epoch next;          /* answered, not yet confirmed */
    struct dt_session_attempt attempts[DT_SESSION_ATTEMPTS];
};

/* A call taken and not yet answered: at most one in a table. */
struct dt_session_pending {
    bool live;
    uint32_t slot;
    uint32_t remote;
    uint8_t tag[DT_SESSION_MAC_SIZE];
    struct dt_noise noise;
};

struct dt_session_table {
    struct dt_peer_session *peers; /* the host's memory */
    uint32_t capacity;
    bool busy;                     /* host sets: demand cookies sooner */
    uint8_t secret[DT_SECRET_SIZE];
    uint8_t own[DT_PUBLIC_SIZE];
    uint8_t guard[DT_HASH_SIZE];   /* key of the guard on calls to us */
    uint8_t cookie_secret[DT_HASH_SIZE];
    int64_t cookies_until_us;      /* cookies we gave may be valid until then */
    uint32_t searches;             /* searches left */
    int64_t searches_us;           /* when that was true */
    struct dt_session_pending pending;
    uint64_t rejects[DT_SESSION_REJECT_COUNT];
    uint64_t dh_count;             /* X25519 operations done: what the network has cost us */
};

enum dt_session_event_type {
    DT_SESSION_NOTHING,     /* dropped, event.reject says why; or, from tick, nothing to do */
    DT_SESSION_CALL,        /* peer called; payload is early data; dt_session_answer() it */
    DT_SESSION_ESTABLISHED, /* peer answered our call; payload is what the answer carried */
    DT_SESSION_DATA,        /* a frame; an empty payload is a sign of life only */
    DT_SESSION_COOKIE,      /* peer asks for a cookie and sent it: tick will ask to call again */
    DT_SESSION_OPEN_WANTED, /* tick: dt_session_open() this peer now */
    DT_SESSION_ALIVE,       /* tick: send `reply` to the peer's address */
    DT_SESSION_LOST,        /* tick: the session's life is over; its keys are wiped */
};

/* What one datagram or one tick led to. Whatever the type, send `reply` if it is not empty. */
struct dt_session_event {
    enum dt_session_event_type type;
    enum dt_session_reject reject; /* ACCEPT unless type is NOTHING */
    uint32_t slot;                 /* the peer; meaningless if NOTHING */
    bool confirmed;                /* this made the session usable for sending at our end */
    bool moved;                    /* peer->address is new: the peer was heard from there */
    struct dt_span payload;        /* in the caller's buffer */
    size_t reply_size;             /* bytes to send to where the datagram came from */
    uint8_t reply[DT_SESSION_REPLY_MAX];
};

/*
 * Fills `table` for this node. `peers` stays the host's: `capacity` slots, at most
 * DT_SESSION_PEERS_MAX, that outlive the table. `secret` is the session key;
 * `cookie_secret` 32 random bytes of this process. Both are copied.
 */
void dt_session_init(struct dt_session_table *table, struct dt_peer_session *peers,
                     uint32_t capacity, const uint8_t secret[static DT_SECRET_SIZE],
                     const uint8_t cookie_secret[static DT_HASH_SIZE]);

/* Wipes every secret in the table and its slots. */
void dt_session_deinit(struct dt_session_table *table);

/*
 * Adds a peer. `psk` is 32 bytes, zeros if there is none. `*slot` names it from now on.
 *   BAD_KEY    small order, or our own key
 *   DUPLICATE  already paired; `*slot` says where
 *   CAPACITY   no free slot
 */
DT_MUST_USE enum dt_err dt_session_pair(struct dt_session_table *table,
                                        const uint8_t remote[static DT_PUBLIC_SIZE],
                                        const uint8_t psk[static DT_NOISE_PSK_SIZE],
                                        uint32_t *slot);

/* Forgets a peer and wipes its slot. */
void dt_session_unpair(struct dt_session_table *table, uint32_t slot);

/* Wipes the session with a peer, and stops calling it. */
void dt_session_close(struct dt_session_table *table, uint32_t slot);

/* True if dt_session_send() will take payload at this time. */
bool dt_session_ready(const struct dt_session_table *table, uint32_t slot, int64_t now_us);

/*
 * Makes a call. The datagram is exactly DT_SESSION_CALL_SIZE + early.size bytes.
 * From now on tick asks for another call, at growing intervals, until there is
 * a session; each needs fresh entropy. Calling while a session is alive is
 * allowed: it renews the keys and disturbs nothing.
 *   capacity  of `out`: the link's MTU at most
 *   CAPACITY  does not fit; nothing was changed
 */
DT_MUST_USE enum dt_err dt_session_open(struct dt_session_table *table, uint32_t slot,
                                        int64_t now_us, struct dt_span early,
                                        const uint8_t entropy[static DT_SECRET_SIZE], uint8_t *out,
                                        size_t capacity, size_t *size);

/*
 * Answers the call that the last dt_session_receive() reported; send the datagram
 * to where the call came from. Exactly DT_SESSION_ANSWER_SIZE + payload.size bytes.
 * No need to answer: the caller will call again.
 *   BAD_STATE  there is none (any other receive discards it)
 *   BAD_KEY    the caller's ephemeral key is of small order
 *   CAPACITY   does not fit; the call still waits
 */
DT_MUST_USE enum dt_err dt_session_answer(struct dt_session_table *table, int64_t now_us,
                                          struct dt_span payload,
                                          const uint8_t entropy[static DT_SECRET_SIZE],
                                          uint8_t *out, size_t capacity, size_t *size);

/*
 * Seals one data frame: exactly DT_SESSION_OVERHEAD + payload.size bytes.
 *   BAD_STATE  no session: dt_session_open() first
 *   CAPACITY   does not fit; nothing was changed
 */
DT_MUST_USE enum dt_err dt_session_send(struct dt_session_table *table, uint32_t slot,
                                        int64_t now_us, struct dt_span payload, uint8_t *out,
                                        size_t capacity, size_t *size);

/*
 * Takes one datagram that came from `address` (an opaque number of the host's,
 * never 0). `plain` has room for datagram.size bytes and must not overlap it.
 *
 * Cost, for a sender who is not paired: one hash and one to three MACs if it does not
 * know our public key; if it does, one MAC per paired peer, at most
 * DT_SESSION_SEARCH_BURST such searches at once and 1000 a second; never an
 * X25519. A recorded call from a paired peer costs one, and three more if it is
 * answered, at most CALLS_FREE times a minute and peer, or not at all when
 * it is a copy of one of the last DT_SESSION_SEEN.
 */
void dt_session_receive(struct dt_session_table *table, int64_t now_us, uint64_t address,
                        struct dt_span datagram, uint8_t *plain, struct dt_session_event *event);

/* When dt_session_tick() next has something to do; DT_SESSION_NEVER if nothing. */
int64_t dt_session_deadline(const struct dt_session_table *table);

/*
 * Does one thing that is due: wipes what has expired and reports OPEN_WANTED, ALIVE or
 * LOST. Call again until it reports NOTHING. Each report moves its own deadline,
 * so a host that ignores one is not asked again at once.
 */
void dt_session_tick(struct dt_session_table *table, int64_t now_us,
                     struct dt_session_event *event);

#endif

/* SPDX-License-Identifier: ISC */
/*
 * wire - what the files of this folder share: offsets, MACs, the steps of an epoch.
 *
 * Private to src/session. docs/protocol-session.md names the bytes.
 */
#ifndef DT_SESSION_WIRE_H
#define DT_SESSION_WIRE_H

#include "session/session.h"

enum {
    DT_WIRE_CALL = 1,
    DT_WIRE_ANSWER = 2,
    DT_WIRE_COOKIE = 3,
    DT_WIRE_DATA = 4,

    DT_WIRE_GUARD = 8,
    DT_WIRE_CALL_HEAD = 4,   /* type, caller's index */
    DT_WIRE_ANSWER_HEAD = 7, /* type, caller's index, answerer's index */
    DT_WIRE_DATA_HEAD = 8,   /* type, index, low half of the number */
    DT_WIRE_CALL_NOISE = 96, /* message 1 of IKpsk1 with an empty payload */
};

#define DT_WIRE_PROLOGUE "detente/1/session" /* with its NUL */
#define DT_WIRE_LABEL_GUARD "detente/1/session-guard"
#define DT_WIRE_LABEL_PAIR "detente/1/session-pair"
#define DT_WIRE_LABEL_CALL "detente/1/session-call"
#define DT_WIRE_LABEL_ANSWER "detente/1/session-answer"
#define DT_WIRE_LABEL_COOKIE "detente/1/session-cookie"
#define DT_WIRE_LABEL_MASK "detente/1/session-mask"

/* M(key; label; a, b) of protocol.md, whole. */
void dt_wire_mac(uint8_t out[static DT_HASH_SIZE], struct dt_span key, const char *label,
                 struct dt_span a, struct dt_span b);
/* True if `mac` is the head of M(key; label; a, b). */
bool dt_wire_mac_is(struct dt_span mac, struct dt_span key, const char *label, struct dt_span a,
                    struct dt_span b);

void dt_wire_write_index(struct dt_writer *w, uint32_t index);
uint32_t dt_wire_read_index(struct dt_reader *r);

/* An index of this peer's that no epoch or attempt of its own uses. */
uint32_t dt_wire_new_index(const struct dt_session_table *table, struct dt_peer_session *peer);
/* The peer that local index `index` belongs to, or NULL. */
struct dt_peer_session *dt_wire_peer(struct dt_session_table *table, uint32_t index);

/* dt_noise_init() with the keys of this pair. */
void dt_wire_noise(const struct dt_session_table *table, const struct dt_peer_session *peer,
                   bool initiator, struct dt_noise *noise);

void dt_wire_epoch(struct dt_session_epoch *epoch, struct dt_peer_session *peer,
                   const struct dt_noise *noise, uint32_t local, uint32_t remote, int64_t now_us);
/* Capped: a peer that delays a handshake cannot stretch our timers for long. */
void dt_wire_set_rtt(struct dt_peer_session *peer, int64_t rtt_us);
/* Wipes `to`, moves `from` there, wipes `from`. */
void dt_wire_move_epoch(struct dt_session_epoch *to, struct dt_session_epoch *from);
/* Makes `from` current; what was current becomes previous for DT_SESSION_GRACE. */
void dt_wire_promote(struct dt_peer_session *peer, struct dt_session_epoch *from, int64_t now_us);
/* There is a session: stop calling. */
void dt_wire_settle(struct dt_peer_session *peer, int64_t now_us);
/* The peer was heard from `address` in something fresh: notes it, tells the event. */
void dt_wire_heard(struct dt_peer_session *peer, int64_t now_us, uint64_t address,
                   struct dt_session_event *event);
/* One data frame under `current`, which is alive; `out` is large enough. Returns its size. */
size_t dt_wire_seal(struct dt_peer_session *peer, struct dt_span payload, uint8_t *out);
/* Wipes whatever of this peer has outlived its time. */
void dt_wire_expire(struct dt_peer_session *peer, int64_t now_us);
/* Until the next call after one more try. */
int64_t dt_wire_retry_delay(const struct dt_peer_session *peer);

/* The three handshake datagrams; each reports DT_SESSION_ACCEPT or why not. */
enum dt_session_reject dt_wire_take_call(struct dt_session_table *table, int64_t now_us,
                                         uint64_t address, struct dt_span datagram, uint8_t *plain,
                                         struct dt_session_event *event);
enum dt_session_reject dt_wire_take_answer(struct dt_session_table *table, int64_t now_us,
                                           uint64_t address, struct dt_span datagram,
                                           uint8_t *plain, struct dt_session_event *event);
enum dt_session_reject dt_wire_take_cookie(struct dt_session_table *table, int64_t now_us,
                                           struct dt_span datagram,
                                           struct dt_session_event *event);

#endif

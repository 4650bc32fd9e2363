/* SPDX-License-Identifier: ISC */
#include "session/session.h"

#include <assert.h>
#include <string.h>

#include "session/wire.h"

const char *dt_session_reject_name(enum dt_session_reject reject)
{
    static const char *const names[DT_SESSION_REJECT_COUNT] = {
        [DT_SESSION_ACCEPT] = "ACCEPT",
#define X(name, text) [DT_SESSION_REJECT_##name] = #name,
        DT_SESSION_REJECTS(X)
#undef X
    };
    assert(reject < DT_SESSION_REJECT_COUNT);
    return names[reject];
}

/* --- table and pairing --------------------------------------------------- */

void dt_session_init(struct dt_session_table *table, struct dt_peer_session *peers,
                     uint32_t capacity, const uint8_t secret[static DT_SECRET_SIZE],
                     const uint8_t cookie_secret[static DT_HASH_SIZE])
{
    assert(capacity <= DT_SESSION_PEERS_MAX);
    memset(table, 0, sizeof *table);
    memset(peers, 0, capacity * sizeof *peers);
    table->peers = peers;
    table->capacity = capacity;
    memcpy(table->secret, secret, sizeof table->secret);
    memcpy(table->cookie_secret, cookie_secret, sizeof table->cookie_secret);
    dt_x25519_public(table->own, table->secret);
    const struct dt_span own = dt_span(table->own, sizeof table->own);
    dt_labelled_hash(table->guard, DT_WIRE_LABEL_GUARD, &own, 1);
    table->cookies_until_us = INT64_MIN;
    table->searches = DT_SESSION_SEARCH_BURST;
    table->searches_us = INT64_MIN;
}

void dt_session_deinit(struct dt_session_table *table)
{
    dt_wipe(table->peers, table->capacity * sizeof *table->peers);
    dt_wipe(table, sizeof *table);
}

/* MAC keys of the pair: what `from` sends to `to`. */
static void pair_key(uint8_t out[static DT_HASH_SIZE], const struct dt_peer_session *peer,
                     const uint8_t *from, const uint8_t *to)
{
    uint8_t pair[DT_HASH_SIZE];
    dt_wire_mac(pair, dt_span(peer->psk, sizeof peer->psk), DT_WIRE_LABEL_PAIR,
                dt_span(peer->static_static, sizeof peer->static_static), dt_span(NULL, 0));
    dt_wire_mac(out, dt_span(pair, sizeof pair), DT_WIRE_LABEL_PAIR,
                dt_span(from, DT_PUBLIC_SIZE), dt_span(to, DT_PUBLIC_SIZE));
    dt_wipe(pair, sizeof pair);
}

/* Indices start where an observer cannot guess, so that those of a restarted node
 * rarely name a session that others still hold. */
static uint16_t first_index(const struct dt_session_table *table, const uint8_t *remote)
{
    uint8_t hash[DT_HASH_SIZE];
    dt_wire_mac(hash, dt_span(table->cookie_secret, sizeof table->cookie_secret),
                DT_WIRE_LABEL_PAIR, dt_span(remote, DT_PUBLIC_SIZE), dt_span(NULL, 0));
    return (uint16_t)(hash[0] << 8 | hash[1]);
}

static void set_idle(struct dt_peer_session *peer)
{
    peer->wanted = peer->lost = false;
    peer->tries = 0;
    peer->retry_at_us = DT_SESSION_NEVER;
    peer->unanswered_us = DT_SESSION_NEVER;
    peer->keepalive_at_us = DT_SESSION_NEVER;
    peer->heard_us = DT_SESSION_NEVER;
    peer->previous_until_us = DT_SESSION_NEVER;
}

enum dt_err dt_session_pair(struct dt_session_table *table,
                            const uint8_t remote[static DT_PUBLIC_SIZE],
                            const uint8_t psk[static DT_NOISE_PSK_SIZE], uint32_t *slot)
{
    struct dt_peer_session *peer = NULL;
    for (uint32_t i = 0; i < table->capacity; i++) {
        if (table->peers[i].paired && memcmp(table->peers[i].remote, remote, DT_PUBLIC_SIZE) == 0) {
            *slot = i;
            return DT_ERR_DUPLICATE;
        }
        if (!table->peers[i].paired && peer == NULL) {
            peer = &table->peers[i];
        }
    }
    uint8_t shared[DT_HASH_SIZE];
    if (memcmp(remote, table->own, DT_PUBLIC_SIZE) == 0 ||
        !dt_x25519(shared, table->secret, remote)) {
        return DT_ERR_BAD_KEY;
    }
    if (peer != NULL) {
        memset(peer, 0, sizeof *peer);
        memcpy(peer->remote, remote, sizeof peer->remote);
        memcpy(peer->psk, psk, sizeof peer->psk);
        memcpy(peer->static_static, shared, sizeof peer->static_static);
        pair_key(peer->key_in, peer, remote, table->own);
        pair_key(peer->key_out, peer, table->own, remote);
        peer->index_next = first_index(table, remote);
        set_idle(peer);
        peer->paired = true;
        *slot = (uint32_t)(peer - table->peers);
    }
    dt_wipe(shared, sizeof shared);
    return peer != NULL ? DT_OK : DT_ERR_CAPACITY;
}

static void drop_pending(struct dt_session_table *table)
{
    if (table->pending.live) {
        dt_wipe(&table->pending, sizeof table->pending);
    }
}

void dt_session_unpair(struct dt_session_table *table, uint32_t slot)
{
    assert(slot < table->capacity);
    drop_pending(table);
    dt_wipe(&table->peers[slot], sizeof table->peers[slot]);
}

void dt_session_close(struct dt_session_table *table, uint32_t slot)
{
    assert(slot < table->capacity && table->peers[slot].paired);
    struct dt_peer_session *peer = &table->peers[slot];
    drop_pending(table);
    dt_wipe(&peer->current, sizeof peer->current);
    dt_wipe(&peer->previous, sizeof peer->previous);
    dt_wipe(&peer->next, sizeof peer->next);
    dt_wipe(peer->attempts, sizeof peer->attempts);
    set_idle(peer);
}

/* --- data frames --------------------------------------------------------- */

bool dt_session_ready(const struct dt_session_table *table, uint32_t slot, int64_t now_us)
{
    assert(slot < table->capacity);
    const struct dt_session_epoch *epoch = &table->peers[slot].current;
    return epoch->live && now_us - epoch->since_us < DT_SESSION_LIFE &&
           epoch->sent < DT_SESSION_FRAMES_MAX;
}

enum dt_err dt_session_send(struct dt_session_table *table, uint32_t slot, int64_t now_us,
                            struct dt_span payload, uint8_t *out, size_t capacity, size_t *size)
{
    *size = 0;
    if (!dt_session_ready(table, slot, now_us)) {
        return DT_ERR_BAD_STATE;
    }
    if (capacity > DT_SESSION_DATAGRAM_MAX) {
        capacity = DT_SESSION_DATAGRAM_MAX;
    }
    if (capacity < DT_SESSION_OVERHEAD || payload.size > capacity - DT_SESSION_OVERHEAD) {
        return DT_ERR_CAPACITY;
    }
    struct dt_peer_session *peer = &table->peers[slot];
    *size = dt_wire_seal(peer, payload, out);
    if (payload.size > 0 && peer->unanswered_us == DT_SESSION_NEVER) {
        peer->unanswered_us = now_us;
    }
    return DT_OK;
}

static struct dt_session_epoch *find_epoch(struct dt_peer_session *peer, uint32_t local)
{
    struct dt_session_epoch *const epochs[3] = {&peer->current, &peer->previous, &peer->next};
    for (size_t i = 0; i < 3; i++) {
        if (epochs[i]->live && epochs[i]->local == local) {
            return epochs[i];
        }
    }
    return NULL;
}

/*
 * Both sides may call at once and both calls be answered: two sessions, of which
 * each side must end up sending under one that the other keeps. The side with
 * the lower public key chooses, and takes the younger; the other follows it.
 */
static bool follows(const struct dt_session_table *table, const struct dt_peer_session *peer)
{
    return memcmp(table->own, peer->remote, DT_PUBLIC_SIZE) > 0;
}

/* The first frame under `next` proves that the caller is alive and holds its keys. */
static void confirm_next(const struct dt_session_table *table, struct dt_peer_session *peer,
                         int64_t now_us, struct dt_session_event *event)
{
    dt_wire_set_rtt(peer, now_us - peer->next.since_us);
    if (!peer->current.live || peer->next.order > peer->current.order || follows(table, peer)) {
        dt_wire_promote(peer, &peer->next, now_us);
        event->confirmed = true;
    } else {
        dt_wire_move_epoch(&peer->previous, &peer->next);
        peer->previous_until_us = now_us + DT_SESSION_GRACE;
    }
    peer->unconfirmed = 0;
    dt_wire_settle(peer, now_us);
}

static void took_frame(struct dt_session_table *table, struct dt_peer_session *peer,
                       struct dt_session_epoch *epoch, bool newest, int64_t now_us,
                       uint64_t address, struct dt_session_event *event)
{
    if (epoch == &peer->next) {
        confirm_next(table, peer, now_us, event);
    } else if (epoch == &peer->previous && newest && follows(table, peer) &&
               now_us - peer->switched_us >= DT_SESSION_KEEPALIVE + 4 * peer->rtt_us) {
        /* Long after the switch the other still sends under the old keys: it chose them. */
        dt_wire_promote(peer, &peer->previous, now_us);
    } else if (epoch == &peer->current) {
        for (size_t i = 0; i < DT_SESSION_ATTEMPTS; i++) { /* calls that came to nothing */
            if (peer->attempts[i].live && peer->attempts[i].sent_us < epoch->since_us) {
                dt_wipe(&peer->attempts[i], sizeof peer->attempts[i]);
            }
        }
    }
    if (newest) { /* a late frame says where the peer was */
        dt_wire_heard(peer, now_us, address, event);
    }
    if (event->payload.size > 0 && peer->keepalive_at_us == DT_SESSION_NEVER) {
        peer->keepalive_at_us = now_us + DT_SESSION_KEEPALIVE;
    }
}

static enum dt_session_reject take_data(struct dt_session_table *table, int64_t now_us,
                                        uint64_t address, struct dt_span datagram, uint8_t *plain,
                                        struct dt_session_event *event)
{
    if (datagram.size < DT_SESSION_OVERHEAD) {
        return DT_SESSION_REJECT_TRUNCATED;
    }
    struct dt_reader r = dt_reader(datagram);
    dt_read_u8(&r);
    const uint32_t local = dt_wire_read_index(&r);
    const uint32_t low = dt_read_u32(&r);
    struct dt_peer_session *peer = dt_wire_peer(table, local);
    if (peer == NULL) {
        return DT_SESSION_REJECT_NO_SESSION;
    }
    dt_wire_expire(peer, now_us);
    struct dt_session_epoch *epoch = find_epoch(peer, local);
    if (epoch == NULL) {
        return DT_SESSION_REJECT_NO_SESSION;
    }
    const uint64_t number = dt_window_full(&epoch->window, low);
    switch (dt_window_check(&epoch->window, number)) {
    case DT_WINDOW_SEEN:
        return DT_SESSION_REJECT_REPLAYED;
    case DT_WINDOW_TOO_OLD:
        return DT_SESSION_REJECT_TOO_OLD;
    case DT_WINDOW_NEW:
        break;
    }
    if (number >= DT_SESSION_FRAMES_MAX ||
        !dt_noise_open_at(epoch->receive_key, number, dt_read_span(&r, r.left), plain)) {
        return DT_SESSION_REJECT_AUTH_FAILED;
    }
    const bool newest = number >= epoch->window.next;
    dt_window_mark(&epoch->window, number);
    event->type = DT_SESSION_DATA;
    event->slot = local >> 16;
    event->payload = dt_span(plain, datagram.size - DT_SESSION_OVERHEAD);
    took_frame(table, peer, epoch, newest, now_us, address, event);
    return DT_SESSION_ACCEPT;
}

/* --- dispatch ------------------------------------------------------------ */

static enum dt_session_reject take(struct dt_session_table *table, int64_t now_us,
                                   uint64_t address, struct dt_span datagram, uint8_t *plain,
                                   struct dt_session_event *event)
{
    if (datagram.size == 0) {
        return DT_SESSION_REJECT_TRUNCATED;
    }
    if (datagram.size > DT_SESSION_DATAGRAM_MAX) {
        return DT_SESSION_REJECT_TOO_LARGE;
    }
    switch (datagram.data[0]) {
    case DT_WIRE_CALL:
        return dt_wire_take_call(table, now_us, address, datagram, plain, event);
    case DT_WIRE_ANSWER:
        return dt_wire_take_answer(table, now_us, address, datagram, plain, event);
    case DT_WIRE_COOKIE:
        return dt_wire_take_cookie(table, now_us, datagram, event);
    case DT_WIRE_DATA:
        return take_data(table, now_us, address, datagram, plain, event);
    default:
        return DT_SESSION_REJECT_UNKNOWN_TYPE;
    }
}

void dt_session_receive(struct dt_session_table *table, int64_t now_us, uint64_t address,
                        struct dt_span datagram, uint8_t *plain, struct dt_session_event *event)
{
    memset(event, 0, sizeof *event);
    drop_pending(table);
    event->reject = take(table, now_us, address, datagram, plain, event);
    table->rejects[event->reject]++;
}

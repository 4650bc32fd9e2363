/* SPDX-License-Identifier: ISC */
/*
 * handshake - calls, answers and cookies. docs/protocol-session.md, sections 3 to 5,
 * explains the order of the checks: each step costs no more than the one before
 * it has proved the sender worth.
 */
#include <assert.h>
#include <string.h>

#include "session/wire.h"

enum { ADDRESS_TRIES_MAX = 4 }; /* peers at one address that are tried first */

static int64_t era_of(int64_t now_us)
{
    return now_us / DT_SESSION_ERA;
}

static void cookie_of(const struct dt_session_table *table, int64_t era, uint64_t address,
                      uint8_t cookie[static DT_SESSION_MAC_SIZE])
{
    uint8_t input[16], mac[DT_HASH_SIZE];
    struct dt_writer w = dt_writer(input, sizeof input);
    dt_write_u64(&w, (uint64_t)era);
    dt_write_u64(&w, address);
    dt_wire_mac(mac, dt_span(table->cookie_secret, sizeof table->cookie_secret),
                DT_WIRE_LABEL_COOKIE, dt_written(&w), dt_span(NULL, 0));
    memcpy(cookie, mac, DT_SESSION_MAC_SIZE);
    dt_wipe(mac, sizeof mac);
}

/* --- calling ------------------------------------------------------------- */

static struct dt_session_attempt *free_attempt(struct dt_peer_session *peer)
{
    struct dt_session_attempt *chosen = &peer->attempts[0];
    for (size_t i = 0; i < DT_SESSION_ATTEMPTS; i++) {
        struct dt_session_attempt *attempt = &peer->attempts[i];
        if (!attempt->live) {
            return attempt;
        }
        if (attempt->sent_us < chosen->sent_us) {
            chosen = attempt;
        }
    }
    return chosen;
}

/* Guard and tag, over the `body_size` bytes before them. */
static void finish_call(struct dt_peer_session *peer, struct dt_session_attempt *attempt,
                        int64_t now_us, uint8_t *out, size_t body_size)
{
    uint8_t digest[DT_HASH_SIZE], key[DT_HASH_SIZE], mac[DT_HASH_SIZE];
    const struct dt_span body = dt_span(out, body_size);
    dt_labelled_hash(digest, DT_WIRE_LABEL_CALL, &body, 1);
    const struct dt_span hashed = dt_span(digest, sizeof digest);

    /* A cookie of a peer that has restarted since is worth nothing: it is tried twice. */
    attempt->cookied = peer->cookie_uses > 0 && now_us < peer->cookie_until_us;
    struct dt_span guard_key = dt_span(peer->cookie, sizeof peer->cookie);
    if (attempt->cookied) {
        peer->cookie_uses--;
    } else {
        const struct dt_span remote = dt_span(peer->remote, sizeof peer->remote);
        dt_labelled_hash(key, DT_WIRE_LABEL_GUARD, &remote, 1);
        guard_key = dt_span(key, sizeof key);
    }
    dt_wire_mac(mac, guard_key, DT_WIRE_LABEL_GUARD, hashed, dt_span(NULL, 0));
    memcpy(out + body_size, mac, DT_WIRE_GUARD);

    dt_wire_mac(mac, dt_span(peer->key_out, sizeof peer->key_out), DT_WIRE_LABEL_CALL, hashed,
                dt_span(out + body_size, DT_WIRE_GUARD));
    memcpy(attempt->tag, mac, sizeof attempt->tag);
    memcpy(out + body_size + DT_WIRE_GUARD, mac, DT_SESSION_MAC_SIZE);
}

enum dt_err dt_session_open(struct dt_session_table *table, uint32_t slot, int64_t now_us,
                            struct dt_span early, const uint8_t entropy[static DT_SECRET_SIZE],
                            uint8_t *out, size_t capacity, size_t *size)
{
    assert(slot < table->capacity && table->peers[slot].paired);
    struct dt_peer_session *peer = &table->peers[slot];
    *size = 0;
    if (capacity > DT_SESSION_DATAGRAM_MAX) {
        capacity = DT_SESSION_DATAGRAM_MAX;
    }
    if (capacity < DT_SESSION_CALL_SIZE || early.size > capacity - DT_SESSION_CALL_SIZE) {
        return DT_ERR_CAPACITY;
    }
    dt_wire_expire(peer, now_us);
    const uint32_t local = dt_wire_new_index(table, peer);
    struct dt_writer w = dt_writer(out, capacity);
    dt_write_u8(&w, DT_WIRE_CALL);
    dt_wire_write_index(&w, local);
    struct dt_noise noise;
    dt_wire_noise(table, peer, true, &noise);
    const enum dt_err err = dt_noise_write(&noise, early, entropy, &w);
    assert(err == DT_OK); /* the key was checked when pairing, the room just now */
    table->dh_count += noise.dh_count;

    struct dt_session_attempt *attempt = free_attempt(peer);
    dt_wipe(attempt, sizeof *attempt);
    attempt->live = true;
    attempt->local = local;
    attempt->sent_us = now_us;
    dt_noise_pause(&noise, &attempt->noise);
    dt_wipe(&noise, sizeof noise);
    finish_call(peer, attempt, now_us, out, w.size);

    peer->wanted = true;
    if (peer->tries < UINT8_MAX) {
        peer->tries++;
    }
    peer->retry_at_us = now_us + dt_wire_retry_delay(peer);
    *size = DT_SESSION_CALL_SIZE + early.size;
    return DT_OK;
}

/* --- being called -------------------------------------------------------- */

/* True if the guard was made with our public key or, `*cookied`, with a cookie of ours. */
static bool guard_holds(const struct dt_session_table *table, int64_t now_us, uint64_t address,
                        struct dt_span digest, struct dt_span guard, bool *cookied)
{
    *cookied = false;
    if (dt_wire_mac_is(guard, dt_span(table->guard, sizeof table->guard), DT_WIRE_LABEL_GUARD,
                       digest, dt_span(NULL, 0))) {
        return true;
    }
    if (now_us >= table->cookies_until_us) {
        return false;
    }
    for (int64_t age = 0; age < 2 && !*cookied; age++) {
        uint8_t cookie[DT_SESSION_MAC_SIZE];
        cookie_of(table, era_of(now_us) - age, address, cookie);
        *cookied = dt_wire_mac_is(guard, dt_span(cookie, sizeof cookie), DT_WIRE_LABEL_GUARD,
                                  digest, dt_span(NULL, 0));
    }
    return *cookied;
}

/* One more search a millisecond, at most SEARCH_BURST saved up. */
static bool may_search(struct dt_session_table *table, int64_t now_us)
{
    if (table->searches_us == INT64_MIN || now_us < table->searches_us) {
        table->searches_us = now_us;
    }
    const int64_t earned = (now_us - table->searches_us) / 1000;
    if (earned >= DT_SESSION_SEARCH_BURST) {
        table->searches = DT_SESSION_SEARCH_BURST;
        table->searches_us = now_us;
    } else {
        table->searches += (uint32_t)earned;
        table->searches_us += earned * 1000;
        if (table->searches > DT_SESSION_SEARCH_BURST) {
            table->searches = DT_SESSION_SEARCH_BURST;
        }
    }
    if (table->searches == 0) {
        return false;
    }
    table->searches--;
    return true;
}

/* Whose MAC this is. A peer where we last heard it is found at once, flood or not. */
static enum dt_session_reject find_caller(struct dt_session_table *table, int64_t now_us,
                                          uint64_t address, struct dt_span digest,
                                          struct dt_span guard, struct dt_span tag, uint32_t *slot)
{
    unsigned tries = 0;
    for (uint32_t i = 0; i < table->capacity && tries < ADDRESS_TRIES_MAX; i++) {
        const struct dt_peer_session *peer = &table->peers[i];
        if (!peer->paired || peer->address == 0 || peer->address != address) {
            continue;
        }
        tries++;
        if (dt_wire_mac_is(tag, dt_span(peer->key_in, sizeof peer->key_in), DT_WIRE_LABEL_CALL,
                           digest, guard)) {
            *slot = i;
            return DT_SESSION_ACCEPT;
        }
    }
    if (!may_search(table, now_us)) {
        return DT_SESSION_REJECT_BUSY;
    }
    for (uint32_t i = 0; i < table->capacity; i++) {
        const struct dt_peer_session *peer = &table->peers[i];
        if (peer->paired && dt_wire_mac_is(tag, dt_span(peer->key_in, sizeof peer->key_in),
                                           DT_WIRE_LABEL_CALL, digest, guard)) {
            *slot = i;
            return DT_SESSION_ACCEPT;
        }
    }
    return DT_SESSION_REJECT_STRANGER;
}

static uint32_t seen_head(struct dt_span tag)
{
    struct dt_reader r = dt_reader(tag);
    return dt_read_u32(&r);
}

static bool seen_before(const struct dt_peer_session *peer, uint32_t head)
{
    for (size_t i = 0; i < DT_SESSION_SEEN; i++) {
        if (peer->seen[i] == head) {
            return true;
        }
    }
    return false;
}

/* The cookie, sealed with its own MAC as synthetic IV: the same call may draw
 * different cookies, and a nonce made from the call would then repeat. */
static void write_cookie(struct dt_session_table *table, const struct dt_peer_session *peer,
                         int64_t now_us, uint64_t address, uint32_t caller, struct dt_span tag,
                         struct dt_session_event *event)
{
    uint8_t cookie[DT_SESSION_MAC_SIZE], mac[DT_HASH_SIZE], mask[DT_HASH_SIZE];
    const struct dt_span key = dt_span(peer->key_out, sizeof peer->key_out);
    cookie_of(table, era_of(now_us), address, cookie);
    table->cookies_until_us = (era_of(now_us) + 2) * DT_SESSION_ERA;
    dt_wire_mac(mac, key, DT_WIRE_LABEL_COOKIE, tag, dt_span(cookie, sizeof cookie));
    dt_wire_mac(mask, key, DT_WIRE_LABEL_MASK, dt_span(mac, DT_SESSION_MAC_SIZE),
                dt_span(NULL, 0));
    for (size_t i = 0; i < sizeof cookie; i++) {
        cookie[i] ^= mask[i];
    }
    struct dt_writer w = dt_writer(event->reply, sizeof event->reply);
    dt_write_u8(&w, DT_WIRE_COOKIE);
    dt_wire_write_index(&w, caller);
    dt_write_bytes(&w, mac, DT_SESSION_MAC_SIZE);
    dt_write_bytes(&w, cookie, sizeof cookie);
    event->reply_size = dt_written(&w).size;
    dt_wipe(mask, sizeof mask);
}

/* May this peer cost us an X25519 now? Counts the call if so. */
static enum dt_session_reject admit(const struct dt_session_table *table,
                                    struct dt_peer_session *peer, int64_t now_us, bool cookied)
{
    if (cookied) {
        if (peer->cookie_era != era_of(now_us)) {
            peer->cookie_era = era_of(now_us);
            peer->cookie_calls = 0;
        }
        if (peer->cookie_calls >= DT_SESSION_CALLS_COOKIE) {
            return DT_SESSION_REJECT_QUOTA;
        }
        peer->cookie_calls++;
        return DT_SESSION_ACCEPT;
    }
    if (peer->unconfirmed > 0 && now_us - peer->called_us >= 60 * DT_SESSION_SECOND) {
        peer->unconfirmed = 0;
    }
    if (peer->unconfirmed >= (table->busy ? DT_SESSION_CALLS_FREE_BUSY : DT_SESSION_CALLS_FREE)) {
        return DT_SESSION_REJECT_COOKIE_ASKED;
    }
    peer->unconfirmed++;
    peer->called_us = now_us;
    return DT_SESSION_ACCEPT;
}

/* Message 1 of a caller whose MAC has been checked. */
static enum dt_session_reject read_call(struct dt_session_table *table, uint32_t slot,
                                        uint32_t caller, struct dt_span message,
                                        struct dt_span tag, uint8_t *plain,
                                        struct dt_session_event *event)
{
    struct dt_session_pending *pending = &table->pending;
    const struct dt_peer_session *peer = &table->peers[slot];
    size_t size = 0;
    dt_wire_noise(table, peer, false, &pending->noise);
    const enum dt_err err = dt_noise_read(&pending->noise, message, plain, &size);
    table->dh_count += pending->noise.dh_count;
    pending->noise.dh_count = 0;
    if (err != DT_OK || !dt_equal(pending->noise.remote, peer->remote, DT_PUBLIC_SIZE)) {
        dt_wipe(pending, sizeof *pending);
        return DT_SESSION_REJECT_AUTH_FAILED;
    }
    pending->live = true;
    pending->slot = slot;
    pending->remote = caller;
    memcpy(pending->tag, tag.data, sizeof pending->tag);
    event->type = DT_SESSION_CALL;
    event->slot = slot;
    event->payload = dt_span(plain, size);
    return DT_SESSION_ACCEPT;
}

enum dt_session_reject dt_wire_take_call(struct dt_session_table *table, int64_t now_us,
                                         uint64_t address, struct dt_span datagram, uint8_t *plain,
                                         struct dt_session_event *event)
{
    if (datagram.size < DT_SESSION_CALL_SIZE) {
        return DT_SESSION_REJECT_TRUNCATED;
    }
    struct dt_reader r = dt_reader(datagram);
    const struct dt_span body =
        dt_read_span(&r, datagram.size - DT_WIRE_GUARD - DT_SESSION_MAC_SIZE);
    const struct dt_span guard = dt_read_span(&r, DT_WIRE_GUARD);
    const struct dt_span tag = dt_read_span(&r, DT_SESSION_MAC_SIZE);

    uint8_t hash[DT_HASH_SIZE];
    dt_labelled_hash(hash, DT_WIRE_LABEL_CALL, &body, 1);
    const struct dt_span digest = dt_span(hash, sizeof hash);
    bool cookied;
    if (!guard_holds(table, now_us, address, digest, guard, &cookied)) {
        return DT_SESSION_REJECT_STRANGER;
    }
    uint32_t slot;
    enum dt_session_reject reject =
        find_caller(table, now_us, address, digest, guard, tag, &slot);
    if (reject != DT_SESSION_ACCEPT) {
        return reject;
    }

    /* From here on a paired peer made these bytes; perhaps long ago. */
    struct dt_peer_session *peer = &table->peers[slot];
    const uint32_t head = seen_head(tag);
    if (seen_before(peer, head)) {
        return DT_SESSION_REJECT_REPLAYED;
    }
    r = dt_reader(body);
    dt_read_u8(&r);
    const uint32_t caller = dt_wire_read_index(&r);
    reject = admit(table, peer, now_us, cookied);
    if (reject == DT_SESSION_REJECT_COOKIE_ASKED) {
        write_cookie(table, peer, now_us, address, caller, tag, event);
    }
    if (reject != DT_SESSION_ACCEPT) {
        return reject;
    }
    peer->seen[peer->seen_next] = head;
    peer->seen_next = (uint8_t)((peer->seen_next + 1) % DT_SESSION_SEEN);
    return read_call(table, slot, caller, dt_read_span(&r, r.left), tag, plain, event);
}

/* --- answering ----------------------------------------------------------- */

enum dt_err dt_session_answer(struct dt_session_table *table, int64_t now_us,
                              struct dt_span payload,
                              const uint8_t entropy[static DT_SECRET_SIZE], uint8_t *out,
                              size_t capacity, size_t *size)
{
    struct dt_session_pending *pending = &table->pending;
    *size = 0;
    if (!pending->live) {
        return DT_ERR_BAD_STATE;
    }
    if (capacity > DT_SESSION_DATAGRAM_MAX) {
        capacity = DT_SESSION_DATAGRAM_MAX;
    }
    if (capacity < DT_SESSION_ANSWER_SIZE || payload.size > capacity - DT_SESSION_ANSWER_SIZE) {
        return DT_ERR_CAPACITY;
    }
    struct dt_peer_session *peer = &table->peers[pending->slot];
    const uint32_t local = dt_wire_new_index(table, peer);
    struct dt_writer w = dt_writer(out, capacity);
    dt_write_u8(&w, DT_WIRE_ANSWER);
    dt_wire_write_index(&w, pending->remote);
    dt_wire_write_index(&w, local);
    const enum dt_err err = dt_noise_write(&pending->noise, payload, entropy, &w);
    table->dh_count += pending->noise.dh_count;
    if (err == DT_OK) {
        uint8_t mac[DT_HASH_SIZE];
        dt_wire_mac(mac, dt_span(peer->key_out, sizeof peer->key_out), DT_WIRE_LABEL_ANSWER,
                    dt_written(&w), dt_span(pending->tag, sizeof pending->tag));
        dt_write_bytes(&w, mac, DT_SESSION_MAC_SIZE);
        dt_wipe(&peer->next, sizeof peer->next); /* an older call, never confirmed */
        dt_wire_epoch(&peer->next, peer, &pending->noise, local, pending->remote, now_us);
        *size = DT_SESSION_ANSWER_SIZE + payload.size;
    }
    dt_wipe(pending, sizeof *pending);
    return err;
}

static struct dt_session_attempt *find_attempt(struct dt_peer_session *peer, uint32_t local)
{
    for (size_t i = 0; i < DT_SESSION_ATTEMPTS; i++) {
        if (peer->attempts[i].live && peer->attempts[i].local == local) {
            return &peer->attempts[i];
        }
    }
    return NULL;
}

/* The attempt a datagram of this length names, or NULL. Reads type and index from `r`. */
static struct dt_session_attempt *named_attempt(struct dt_session_table *table, int64_t now_us,
                                                struct dt_reader *r,
                                                struct dt_peer_session **peer)
{
    dt_read_u8(r);
    const uint32_t local = dt_wire_read_index(r);
    *peer = dt_wire_peer(table, local);
    if (*peer == NULL) {
        return NULL;
    }
    dt_wire_expire(*peer, now_us);
    return find_attempt(*peer, local);
}

/* A finished handshake of ours. Calls made later may still be answered: if the
 * peer took one of them it has forgotten this one, and its answer is under way. */
static void install_answered(struct dt_peer_session *peer, struct dt_session_attempt *attempt,
                             struct dt_session_epoch *epoch, int64_t now_us)
{
    const int64_t sent_us = attempt->sent_us;
    dt_wire_set_rtt(peer, now_us - sent_us);
    for (size_t i = 0; i < DT_SESSION_ATTEMPTS; i++) {
        struct dt_session_attempt *other = &peer->attempts[i];
        if (other == attempt || (other->live && other->sent_us < sent_us)) {
            dt_wipe(other, sizeof *other);
        }
    }
    dt_wire_promote(peer, epoch, now_us);
    dt_wire_settle(peer, now_us);
}

enum dt_session_reject dt_wire_take_answer(struct dt_session_table *table, int64_t now_us,
                                           uint64_t address, struct dt_span datagram,
                                           uint8_t *plain, struct dt_session_event *event)
{
    if (datagram.size < DT_SESSION_ANSWER_SIZE) {
        return DT_SESSION_REJECT_TRUNCATED;
    }
    struct dt_reader r = dt_reader(dt_span(datagram.data, datagram.size - DT_SESSION_MAC_SIZE));
    struct dt_peer_session *peer;
    struct dt_session_attempt *attempt = named_attempt(table, now_us, &r, &peer);
    if (attempt == NULL) {
        return DT_SESSION_REJECT_NO_SESSION;
    }
    const size_t body_size = datagram.size - DT_SESSION_MAC_SIZE;
    if (!dt_wire_mac_is(dt_span(datagram.data + body_size, DT_SESSION_MAC_SIZE),
                        dt_span(peer->key_in, sizeof peer->key_in), DT_WIRE_LABEL_ANSWER,
                        dt_span(datagram.data, body_size),
                        dt_span(attempt->tag, sizeof attempt->tag))) {
        return DT_SESSION_REJECT_AUTH_FAILED;
    }
    const uint32_t remote = dt_wire_read_index(&r);
    struct dt_noise noise;
    size_t size = 0;
    dt_wire_noise(table, peer, true, &noise);
    dt_noise_resume(&noise, &attempt->noise, 1);
    const enum dt_err err = dt_noise_read(&noise, dt_read_span(&r, r.left), plain, &size);
    table->dh_count += noise.dh_count;
    if (err == DT_OK) {
        struct dt_session_epoch epoch;
        dt_wire_epoch(&epoch, peer, &noise, attempt->local, remote, now_us);
        install_answered(peer, attempt, &epoch, now_us);
        event->type = DT_SESSION_ESTABLISHED;
        event->slot = (uint32_t)(peer - table->peers);
        event->confirmed = true;
        event->payload = dt_span(plain, size);
        dt_wire_heard(peer, now_us, address, event);
        event->reply_size = dt_wire_seal(peer, dt_span(NULL, 0), event->reply);
    }
    dt_wipe(&noise, sizeof noise);
    return err == DT_OK ? DT_SESSION_ACCEPT : DT_SESSION_REJECT_AUTH_FAILED;
}

/* --- cookies ------------------------------------------------------------- */

enum dt_session_reject dt_wire_take_cookie(struct dt_session_table *table, int64_t now_us,
                                           struct dt_span datagram,
                                           struct dt_session_event *event)
{
    if (datagram.size != DT_SESSION_COOKIE_SIZE) {
        return DT_SESSION_REJECT_TRUNCATED;
    }
    struct dt_reader r = dt_reader(datagram);
    struct dt_peer_session *peer;
    const struct dt_session_attempt *attempt = named_attempt(table, now_us, &r, &peer);
    if (attempt == NULL) {
        return DT_SESSION_REJECT_NO_SESSION;
    }
    const struct dt_span mac = dt_read_span(&r, DT_SESSION_MAC_SIZE);
    const struct dt_span key = dt_span(peer->key_in, sizeof peer->key_in);
    uint8_t cookie[DT_SESSION_MAC_SIZE], mask[DT_HASH_SIZE];
    dt_read_copy(&r, cookie, sizeof cookie);
    dt_wire_mac(mask, key, DT_WIRE_LABEL_MASK, mac, dt_span(NULL, 0));
    for (size_t i = 0; i < sizeof cookie; i++) {
        cookie[i] ^= mask[i];
    }
    dt_wipe(mask, sizeof mask);
    if (!dt_wire_mac_is(mac, key, DT_WIRE_LABEL_COOKIE,
                        dt_span(attempt->tag, sizeof attempt->tag),
                        dt_span(cookie, sizeof cookie))) {
        return DT_SESSION_REJECT_AUTH_FAILED;
    }
    if (now_us < peer->cookie_until_us && dt_equal(cookie, peer->cookie, sizeof cookie)) {
        return DT_SESSION_REJECT_REPLAYED;
    }
    memcpy(peer->cookie, cookie, sizeof peer->cookie);
    peer->cookie_until_us = now_us + DT_SESSION_ERA;
    peer->cookie_uses = 2;
    if (peer->wanted && !attempt->cookied) { /* else the interval holds, or two nodes could spin */
        peer->retry_at_us = now_us;
    }
    event->type = DT_SESSION_COOKIE;
    event->slot = (uint32_t)(peer - table->peers);
    return DT_SESSION_ACCEPT;
}

/* SPDX-License-Identifier: ISC */
#include "session/wire.h"

#include <assert.h>
#include <string.h>

void dt_wire_mac(uint8_t out[static DT_HASH_SIZE], struct dt_span key, const char *label,
                 struct dt_span a, struct dt_span b)
{
    const struct dt_span parts[3] = {dt_span(label, strlen(label) + 1), a, b};
    dt_hmac(out, key, parts, 3);
}

bool dt_wire_mac_is(struct dt_span mac, struct dt_span key, const char *label, struct dt_span a,
                    struct dt_span b)
{
    uint8_t expected[DT_HASH_SIZE];
    assert(mac.size <= sizeof expected);
    dt_wire_mac(expected, key, label, a, b);
    const bool ok = dt_equal(expected, mac.data, mac.size);
    dt_wipe(expected, sizeof expected);
    return ok;
}

/* --- indices ------------------------------------------------------------- */

void dt_wire_write_index(struct dt_writer *w, uint32_t index)
{
    dt_write_u8(w, (uint8_t)(index >> 16));
    dt_write_u16(w, (uint16_t)index);
}

uint32_t dt_wire_read_index(struct dt_reader *r)
{
    const uint32_t high = dt_read_u8(r);
    return high << 16 | dt_read_u16(r);
}

static bool index_in_use(const struct dt_peer_session *peer, uint32_t index)
{
    for (size_t i = 0; i < DT_SESSION_ATTEMPTS; i++) {
        if (peer->attempts[i].live && peer->attempts[i].local == index) {
            return true;
        }
    }
    return (peer->current.live && peer->current.local == index) ||
           (peer->previous.live && peer->previous.local == index) ||
           (peer->next.live && peer->next.local == index);
}

/* The high byte is the slot, so that a frame finds its peer without a search. */
uint32_t dt_wire_new_index(const struct dt_session_table *table, struct dt_peer_session *peer)
{
    const uint32_t slot = (uint32_t)(peer - table->peers);
    uint32_t index;
    do { /* at most five are in use */
        index = slot << 16 | peer->index_next++;
    } while (index_in_use(peer, index));
    return index;
}

struct dt_peer_session *dt_wire_peer(struct dt_session_table *table, uint32_t index)
{
    const uint32_t slot = index >> 16;
    return slot < table->capacity && table->peers[slot].paired ? &table->peers[slot] : NULL;
}

/* --- epochs -------------------------------------------------------------- */

void dt_wire_noise(const struct dt_session_table *table, const struct dt_peer_session *peer,
                   bool initiator, struct dt_noise *noise)
{
    const struct dt_noise_keys keys = {
        .prologue = dt_span(DT_WIRE_PROLOGUE, sizeof DT_WIRE_PROLOGUE),
        .secret = table->secret,
        .own = table->own,
        .remote = initiator ? peer->remote : NULL,
        .psk = peer->psk,
        .static_static = peer->static_static,
    };
    dt_noise_init(noise, &dt_noise_ikpsk1, initiator, &keys);
}

void dt_wire_set_rtt(struct dt_peer_session *peer, int64_t rtt_us)
{
    peer->rtt_us = rtt_us < DT_SESSION_RETRY_MAX ? rtt_us : DT_SESSION_RETRY_MAX;
}

void dt_wire_epoch(struct dt_session_epoch *epoch, struct dt_peer_session *peer,
                   const struct dt_noise *noise, uint32_t local, uint32_t remote, int64_t now_us)
{
    struct dt_noise_cipher first, second;
    dt_noise_split(noise, &first, &second);
    memset(epoch, 0, sizeof *epoch);
    epoch->live = true;
    epoch->initiator = noise->initiator;
    epoch->local = local;
    epoch->remote = remote;
    epoch->since_us = now_us;
    epoch->order = ++peer->epochs;
    memcpy(epoch->send_key, noise->initiator ? first.key : second.key, sizeof epoch->send_key);
    memcpy(epoch->receive_key, noise->initiator ? second.key : first.key,
           sizeof epoch->receive_key);
    dt_wipe(&first, sizeof first);
    dt_wipe(&second, sizeof second);
}

void dt_wire_move_epoch(struct dt_session_epoch *to, struct dt_session_epoch *from)
{
    memcpy(to, from, sizeof *to);
    dt_wipe(from, sizeof *from);
}

void dt_wire_promote(struct dt_peer_session *peer, struct dt_session_epoch *from, int64_t now_us)
{
    struct dt_session_epoch rising; /* `from` may be `previous` */
    dt_wire_move_epoch(&rising, from);
    if (peer->current.live) {
        dt_wire_move_epoch(&peer->previous, &peer->current);
        peer->previous_until_us = now_us + DT_SESSION_GRACE;
    }
    dt_wire_move_epoch(&peer->current, &rising);
    peer->switched_us = now_us;
}

void dt_wire_settle(struct dt_peer_session *peer, int64_t now_us)
{
    peer->wanted = false;
    peer->lost = false;
    peer->tries = 0;
    peer->retry_at_us = DT_SESSION_NEVER;
    peer->unanswered_us = DT_SESSION_NEVER;
    peer->heard_us = now_us;
}

void dt_wire_heard(struct dt_peer_session *peer, int64_t now_us, uint64_t address,
                   struct dt_session_event *event)
{
    peer->heard_us = now_us;
    peer->unanswered_us = DT_SESSION_NEVER;
    event->moved = peer->address != address;
    peer->address = address;
}

size_t dt_wire_seal(struct dt_peer_session *peer, struct dt_span payload, uint8_t *out)
{
    struct dt_session_epoch *epoch = &peer->current;
    assert(epoch->live && epoch->sent < DT_SESSION_FRAMES_MAX);
    struct dt_writer w = dt_writer(out, DT_WIRE_DATA_HEAD);
    dt_write_u8(&w, DT_WIRE_DATA);
    dt_wire_write_index(&w, epoch->remote);
    dt_write_u32(&w, (uint32_t)epoch->sent);
    dt_noise_seal_at(epoch->send_key, epoch->sent, payload, out + DT_WIRE_DATA_HEAD);
    epoch->sent++;
    peer->keepalive_at_us = DT_SESSION_NEVER;
    return DT_SESSION_OVERHEAD + payload.size;
}

void dt_wire_expire(struct dt_peer_session *peer, int64_t now_us)
{
    if (peer->current.live && now_us - peer->current.since_us >= DT_SESSION_LIFE) {
        dt_wipe(&peer->current, sizeof peer->current);
        peer->lost = true;
        peer->keepalive_at_us = DT_SESSION_NEVER;
        peer->unanswered_us = DT_SESSION_NEVER;
    }
    if (peer->previous.live && (now_us >= peer->previous_until_us ||
                                now_us - peer->previous.since_us >= DT_SESSION_LIFE)) {
        dt_wipe(&peer->previous, sizeof peer->previous);
    }
    if (peer->next.live && now_us - peer->next.since_us >= DT_SESSION_ATTEMPT_LIFE) {
        dt_wipe(&peer->next, sizeof peer->next);
    }
    for (size_t i = 0; i < DT_SESSION_ATTEMPTS; i++) {
        struct dt_session_attempt *attempt = &peer->attempts[i];
        if (attempt->live && now_us - attempt->sent_us >= DT_SESSION_ATTEMPT_LIFE) {
            dt_wipe(attempt, sizeof *attempt);
        }
    }
}

int64_t dt_wire_retry_delay(const struct dt_peer_session *peer)
{
    int64_t delay = DT_SESSION_RETRY_MIN;
    for (uint8_t i = 1; i < peer->tries && delay < DT_SESSION_RETRY_MAX; i++) {
        delay *= 2;
    }
    if (delay < 2 * peer->rtt_us) {
        delay = 2 * peer->rtt_us; /* a slow link is not a dead one */
    }
    return delay < DT_SESSION_RETRY_MAX ? delay : DT_SESSION_RETRY_MAX;
}

/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "session/wire.h"

static int64_t earlier(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* When a session that works should be renewed. The caller is first, so that
 * usually only one side calls. */
static int64_t rekey_at(const struct dt_peer_session *peer)
{
    const struct dt_session_epoch *epoch = &peer->current;
    if (epoch->sent >= DT_SESSION_REKEY_FRAMES) {
        return epoch->since_us;
    }
    return epoch->since_us + DT_SESSION_REKEY + (epoch->initiator ? 0 : 60 * DT_SESSION_SECOND);
}

/* When this peer should be called: again, for new keys, or because it has gone silent. */
static int64_t call_at(const struct dt_peer_session *peer)
{
    if (peer->wanted) {
        return peer->retry_at_us;
    }
    if (!peer->current.live) {
        return DT_SESSION_NEVER;
    }
    int64_t at = rekey_at(peer);
    if (peer->unanswered_us != DT_SESSION_NEVER) {
        at = earlier(at, peer->unanswered_us + DT_SESSION_SILENCE + 4 * peer->rtt_us);
    }
    return at;
}

/* When dt_wire_expire() has something to wipe. */
static int64_t expiry_at(const struct dt_peer_session *peer)
{
    int64_t at = DT_SESSION_NEVER;
    if (peer->current.live) {
        at = earlier(at, peer->current.since_us + DT_SESSION_LIFE);
    }
    if (peer->previous.live) {
        at = earlier(at, peer->previous_until_us);
        at = earlier(at, peer->previous.since_us + DT_SESSION_LIFE);
    }
    if (peer->next.live) {
        at = earlier(at, peer->next.since_us + DT_SESSION_ATTEMPT_LIFE);
    }
    for (size_t i = 0; i < DT_SESSION_ATTEMPTS; i++) {
        if (peer->attempts[i].live) {
            at = earlier(at, peer->attempts[i].sent_us + DT_SESSION_ATTEMPT_LIFE);
        }
    }
    return at;
}

int64_t dt_session_deadline(const struct dt_session_table *table)
{
    int64_t at = DT_SESSION_NEVER;
    for (uint32_t i = 0; i < table->capacity; i++) {
        const struct dt_peer_session *peer = &table->peers[i];
        if (!peer->paired) {
            continue;
        }
        at = earlier(at, call_at(peer));
        at = earlier(at, expiry_at(peer));
        at = earlier(at, peer->keepalive_at_us);
        if (peer->lost) {
            return INT64_MIN; /* wiped by a frame that came too late; still to be told */
        }
    }
    return at;
}

static enum dt_session_event_type tick_peer(struct dt_peer_session *peer, int64_t now_us,
                                            struct dt_session_event *event)
{
    dt_wire_expire(peer, now_us);
    if (peer->lost) {
        peer->lost = false;
        return DT_SESSION_LOST;
    }
    if (now_us >= call_at(peer)) {
        if (!peer->wanted) {
            peer->wanted = true;
            peer->tries = 0;
        }
        peer->retry_at_us = now_us + dt_wire_retry_delay(peer);
        return DT_SESSION_OPEN_WANTED;
    }
    if (now_us >= peer->keepalive_at_us) {
        peer->keepalive_at_us = DT_SESSION_NEVER;
        if (peer->current.live && peer->current.sent < DT_SESSION_FRAMES_MAX) {
            event->reply_size = dt_wire_seal(peer, dt_span(NULL, 0), event->reply);
            return DT_SESSION_ALIVE;
        }
    }
    return DT_SESSION_NOTHING;
}

void dt_session_tick(struct dt_session_table *table, int64_t now_us,
                     struct dt_session_event *event)
{
    memset(event, 0, sizeof *event);
    for (uint32_t i = 0; i < table->capacity; i++) {
        if (!table->peers[i].paired) {
            continue;
        }
        event->type = tick_peer(&table->peers[i], now_us, event);
        if (event->type != DT_SESSION_NOTHING) {
            event->slot = i;
            return;
        }
    }
}

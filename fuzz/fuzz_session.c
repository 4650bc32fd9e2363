/* SPDX-License-Identifier: ISC */
/*
 * fuzz_session - any bytes, at any time, from anywhere, to a node with one peer.
 *
 * Input: records of one control byte, two bytes of length, and bytes. The control
 * byte says whether the bytes are a datagram by themselves, or are XORed
 * into the call, answer or frame that the real peer would send now.
 *
 * Property: what the peer did not send, byte for byte, draws no reply, no payload and
 * no change in the peer's slot. Without the pair's keys no input can do better.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "session/session.h"

enum { ROOM = 4096 };

struct node {
    struct dt_session_table table;
    struct dt_peer_session peer;
    uint8_t entropy[32];
};

static struct node us, them;
static struct dt_peer_session before;
static uint8_t genuine[ROOM], mutant[ROOM], plain[ROOM];

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool ok)
{
    if (!ok) {
        abort();
    }
}

/* Not random: a fuzzer wants the same bytes again. Distinct is enough. */
static const uint8_t *entropy(struct node *n)
{
    for (size_t i = 0; i < sizeof n->entropy && ++n->entropy[i] == 0; i++) {
    }
    return n->entropy;
}

static void start(struct node *n, uint8_t name)
{
    uint8_t secret[32];
    memset(n, 0, sizeof *n);
    memset(secret, name, sizeof secret);
    memset(n->entropy, name + 1, sizeof n->entropy);
    dt_session_init(&n->table, &n->peer, 1, secret, secret);
}

/* Takes `size` bytes at `d` as a datagram; returns whether it was accepted. */
static bool hear(struct node *n, int64_t now, uint64_t address, const uint8_t *d, size_t size,
                 struct dt_session_event *event)
{
    dt_session_receive(&n->table, now, address, dt_span(d, size), plain, event);
    return event->type != DT_SESSION_NOTHING;
}

static void check_refused(int64_t now, uint64_t address, const uint8_t *d, size_t size)
{
    struct dt_session_event event;
    do { /* what is due is wiped first, so that it is not taken for the datagram's doing */
        dt_session_tick(&us.table, now, &event);
    } while (event.type != DT_SESSION_NOTHING);
    memcpy(&before, &us.peer, sizeof before);
    must(!hear(&us, now, address, d, size, &event));
    must(event.reply_size == 0 && event.payload.size == 0);
    must(event.reject != DT_SESSION_ACCEPT && !us.table.pending.live);
    must(memcmp(&before, &us.peer, sizeof before) == 0);
}

/* What the peer sends now: an answer if we called, a frame if there is a session, or a call. */
static size_t next_genuine(int64_t now, unsigned kind)
{
    struct dt_session_event event;
    size_t size = 0;
    if (kind == 1 && dt_session_ready(&them.table, 0, now)) {
        must(dt_session_send(&them.table, 0, now, dt_span("frame", 5), genuine, ROOM, &size) ==
             DT_OK);
    } else if (kind == 2) {
        must(dt_session_open(&us.table, 0, now, dt_span(NULL, 0), entropy(&us), genuine, ROOM,
                             &size) == DT_OK);
        hear(&them, now, 1, genuine, size, &event);
        if (event.type == DT_SESSION_CALL) {
            must(dt_session_answer(&them.table, now, dt_span("x", 1), entropy(&them), genuine,
                                   ROOM, &size) == DT_OK);
        } else { /* too many calls: a cookie */
            memcpy(genuine, event.reply, event.reply_size);
            size = event.reply_size;
        }
    } else {
        must(dt_session_open(&them.table, 0, now, dt_span("early", 5), entropy(&them), genuine,
                             ROOM, &size) == DT_OK);
    }
    return size;
}

static void deliver_genuine(int64_t now, size_t size)
{
    struct dt_session_event event;
    uint8_t out[ROOM];
    size_t out_size;
    hear(&us, now, 2, genuine, size, &event);
    if (event.type == DT_SESSION_CALL) {
        must(dt_session_answer(&us.table, now, dt_span(NULL, 0), entropy(&us), out, ROOM,
                               &out_size) == DT_OK);
        if (hear(&them, now, 1, out, out_size, &event) && event.reply_size > 0) {
            memcpy(out, event.reply, event.reply_size);
            hear(&us, now, 2, out, event.reply_size, &event);
        }
    } else if (event.reply_size > 0) {
        memcpy(out, event.reply, event.reply_size);
        hear(&them, now, 1, out, event.reply_size, &event);
    }
}

static void one_record(int64_t now, uint8_t control, const uint8_t *data, size_t size)
{
    const unsigned kind = control & 3;
    if (kind == 3) {
        check_refused(now, control >> 2, data, size);
        return;
    }
    const size_t whole = next_genuine(now, kind);
    size_t mutant_size = whole;
    if (size > whole && size < ROOM) {
        mutant_size = size; /* longer than the real one */
        memset(genuine + whole, 0, size - whole);
    }
    memcpy(mutant, genuine, mutant_size);
    for (size_t i = 0; i < size && i < mutant_size; i++) {
        mutant[i] ^= data[i];
    }
    if (mutant_size != whole || memcmp(mutant, genuine, whole) != 0) {
        check_refused(now, control >> 2, mutant, mutant_size);
    }
    if (control & 4) {
        deliver_genuine(now, whole);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t psk[32] = {1};
    uint32_t slot;
    must(dt_crypto_init() == DT_OK);
    start(&us, 1);
    start(&them, 2);
    must(dt_session_pair(&us.table, them.table.own, psk, &slot) == DT_OK);
    must(dt_session_pair(&them.table, us.table.own, psk, &slot) == DT_OK);
    int64_t now = 0;
    while (size >= 3) {
        const uint8_t control = data[0];
        size_t length = (size_t)data[1] << 8 | data[2];
        data += 3;
        size -= 3;
        length = length < size ? length : size;
        if (length < ROOM) {
            one_record(now, control, data, length);
        }
        data += length;
        size -= length;
        now += DT_SESSION_SECOND;
    }
    return 0;
}

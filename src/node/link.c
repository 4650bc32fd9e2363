/* SPDX-License-Identifier: ISC */
/* Datagrams to sessions to lines, and back. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "log/fields.h"
#include "node/pair.h"
#include "node/state.h"
#include "node/watch.h"

enum { TAG_SIZE = 4, BUFFER = 65536 };

#define CALL_PAUSE INT64_C(3000000) /* us between calls that nobody asked a timer for */

static uint8_t *datagram_in(struct dt_node *n, size_t i)
{
    return n->buffer + i * BUFFER;
}

enum { OUT_AT = DT_UDP_BATCH, PLAIN_AT = DT_UDP_BATCH + 1, PAYLOAD_AT = DT_UDP_BATCH + 2 };

static size_t buffer_size(void)
{
    return (size_t)BUFFER * (DT_UDP_BATCH + 3);
}

static size_t mtu(const struct dt_node *n)
{
    return n->options.mtu != 0 ? n->options.mtu : DT_NODE_MTU_DEFAULT;
}

static uint64_t address_number(const struct dt_node *n, const struct dt_address *a)
{
    const uint64_t hash = dt_address_hash(a, n->address_secret);
    return hash != 0 ? hash : 1;
}

struct dt_contact *dt_contact_by_slot(struct dt_node *n, uint32_t slot)
{
    for (size_t i = 0; i < n->contact_count; i++) {
        if (n->contacts[i].slot == slot) {
            return &n->contacts[i];
        }
    }
    return NULL;
}

struct dt_contact *dt_contact_of(struct dt_node *n, const struct dt_line *line, uint16_t wid)
{
    const struct dt_member *member = &line->charter->members[dt_wid_member(wid)];
    for (size_t i = 0; i < n->contact_count; i++) {
        if (n->contacts[i].number == dt_wid_number(wid) &&
            memcmp(n->contacts[i].root, member->root, DT_PUBLIC_SIZE) == 0) {
            return &n->contacts[i];
        }
    }
    return NULL;
}

/* The contact's writer reference on that line; false if it is no member, or ourselves. */
static bool wid_on(const struct dt_line *line, const struct dt_contact *contact, uint16_t *wid)
{
    const int member = dt_charter_find_root(line->charter, contact->root);
    *wid = member >= 0 ? dt_wid((unsigned)member, contact->number) : 0;
    return member >= 0 && *wid != line->wid;
}

enum dt_err dt_link_start(struct dt_node *n)
{
    uint8_t cookie_secret[DT_HASH_SIZE];
    n->slots = calloc(DT_SESSION_PEERS_MAX, sizeof *n->slots);
    n->buffer = malloc(buffer_size());
    n->queue = malloc(DT_UDP_BATCH * mtu(n));
    if (n->slots == NULL || n->buffer == NULL || n->queue == NULL) {
        return DT_ERR_NO_MEMORY;
    }
    dt_random(cookie_secret, sizeof cookie_secret);
    dt_random(&n->address_secret, sizeof n->address_secret);
    dt_session_init(&n->sessions, n->slots, DT_SESSION_PEERS_MAX, n->keys.session, cookie_secret);
    dt_wipe(cookie_secret, sizeof cookie_secret);
    for (size_t i = 0; i < n->options.listen_count; i++) {
        const enum dt_err err = dt_udp_open(&n->sockets[i], n->options.listen[i]);
        if (err != DT_OK) {
            dt_node_log(n, "error", "cannot listen at %s: %s", n->options.listen[i],
                        err == DT_ERR_IO ? strerror(errno) : dt_err_name(err));
            return err;
        }
        n->socket_count++;
    }
    return dt_link_load_contacts(n);
}

/* --- out -------------------------------------------------------------------------- */

static bool reachable(const struct dt_node *n, const struct dt_contact *c)
{
    return c->address.family != 0 && n->socket_count != 0;
}

static unsigned socket_for(const struct dt_node *n, const struct dt_contact *c)
{
    unsigned socket = c->socket;
    for (unsigned i = 0; n->sockets[socket].local.family != c->address.family &&
                         i < n->socket_count; i++) {
        socket = i;
    }
    return socket;
}

static void post(struct dt_node *n, const struct dt_contact *c, uint8_t *bytes, size_t size)
{
    if (reachable(n, c)) {
        const struct dt_datagram datagram = {bytes, size, size, c->address};
        dt_udp_send(&n->sockets[socket_for(n, c)], &datagram, 1);
    }
}

static void flush_queue(struct dt_node *n)
{
    if (n->queued_count > 0) {
        dt_udp_send(&n->sockets[n->queued_socket], n->queued, n->queued_count);
        n->queued_count = 0;
    }
}

/* Where the next frame for `c` is written. */
static uint8_t *queue_place(struct dt_node *n, const struct dt_contact *c)
{
    const unsigned socket = socket_for(n, c);
    if (n->queued_count == DT_UDP_BATCH || socket != n->queued_socket) {
        flush_queue(n);
    }
    n->queued_socket = socket;
    return n->queue + n->queued_count * mtu(n);
}

/* A call, with the first records that wait for the peer. */
static void call(struct dt_node *n, struct dt_contact *c, int64_t now)
{
    dt_contact_next_endpoint(c);
    uint8_t entropy[DT_SECRET_SIZE];
    uint8_t *payload = datagram_in(n, PAYLOAD_AT), *out = datagram_in(n, OUT_AT);
    size_t early = 0, size = 0;
    for (size_t i = 0; i < n->line_count && early == 0; i++) {
        struct dt_line *line = n->lines[i];
        uint16_t wid;
        const size_t room = mtu(n) > DT_SESSION_CALL_SIZE + TAG_SIZE
                                ? mtu(n) - DT_SESSION_CALL_SIZE - TAG_SIZE : 0;
        if (wid_on(line, c, &wid)) {
            early = dt_sync_early(&line->sync, wid, now, payload + TAG_SIZE, room);
            memcpy(payload, line->charter->id, TAG_SIZE);
        }
    }
    dt_random(entropy, sizeof entropy);
    c->call_at_us = now + CALL_PAUSE;
    c->test_calls = false;
    const enum dt_err err =
        dt_session_open(&n->sessions, c->slot, now,
                        dt_span(payload, early > 0 ? early + TAG_SIZE : 0), entropy, out, mtu(n),
                        &size);
    dt_wipe(entropy, sizeof entropy);
    if (err == DT_OK) {
        post(n, c, out, size);
    }
}

/* Payloads of tag 0 belong to no line: link tests, or what a pairing says. */
static void send_of_no_line(struct dt_node *n, struct dt_contact *c, int64_t now)
{
    uint8_t payload[TAG_SIZE + 128] = {0};
    uint8_t *out = datagram_in(n, OUT_AT);
    if (!dt_session_ready(&n->sessions, c->slot, now)) {
        return;
    }
    for (int what = 0; what < 2; what++) {
        size_t size = 0;
        const size_t items = what == 0 ? dt_echo_next(c, payload + TAG_SIZE)
                                       : dt_pair_next(n, c, now, payload + TAG_SIZE);
        if (items > 0 && dt_session_send(&n->sessions, c->slot, now,
                                         dt_span(payload, items + TAG_SIZE), out, mtu(n),
                                         &size) == DT_OK) {
            post(n, c, out, size);
        }
    }
}

/* Everything that waits for one contact, until nothing does. */
static void send_to(struct dt_node *n, struct dt_contact *c, bool sync, int64_t now)
{
    uint8_t *payload = datagram_in(n, PAYLOAD_AT);
    bool behind = false, sent = false;
    sync = sync || !dt_session_ready(&n->sessions, c->slot, now);
    for (size_t i = 0; i < n->line_count && sync; i++) {
        struct dt_line *line = n->lines[i];
        uint16_t wid;
        if (!wid_on(line, c, &wid)) { /* a line we left still tells that we did */
            continue;
        }
        while (dt_session_ready(&n->sessions, c->slot, now) && reachable(n, c)) {
            const size_t room = mtu(n) - DT_SESSION_OVERHEAD - TAG_SIZE;
            uint8_t *out = queue_place(n, c);
            size_t size = 0;
            const size_t items =
                dt_sync_next(&line->sync, wid, now, payload + TAG_SIZE, room, NULL);
            memcpy(payload, line->charter->id, TAG_SIZE);
            if (items == 0 || dt_session_send(&n->sessions, c->slot, now,
                                              dt_span(payload, items + TAG_SIZE), out, mtu(n),
                                              &size) != DT_OK) {
                break;
            }
            n->queued[n->queued_count++] = (struct dt_datagram){out, size, size, c->address};
            sent = true;
        }
        behind = behind || dt_sync_behind(&line->sync, wid) > 0;
    }
    if (sent) {
        dt_echo_along(n, c, now);
    }
    send_of_no_line(n, c, now);
    if (!dt_session_ready(&n->sessions, c->slot, now) && c->address.family != 0 &&
        now >= c->call_at_us && (behind || c->heard_us == 0 || c->test_calls) &&
        !n->slots[c->slot].wanted) {
        call(n, c, now);
    }
}

/* Two nodes with one key, told at once: by the one that is a copy, and by whoever hears it. */
static void say_copies(struct dt_node *n)
{
    for (size_t i = 0; i < n->line_count; i++) {
        struct dt_line *line = n->lines[i];
        for (size_t k = 0; k < line->writer_count; k++) {
            struct dt_line_writer *w = line->writers[k];
            const struct dt_sync_log *log = dt_sync_find_log(&line->sync, w->wid);
            if (w->copy_said || log == NULL || (!log->outrun && log->copy_s == 0)) {
                continue;
            }
            w->copy_said = true;
            dt_node_log(n, "alarm",
                        log->outrun ? "another node goes on with the log of %s.%u, ours: this is a copy"
                                    : "an old copy of %s.%u runs: two nodes have one key",
                        line->charter->members[dt_wid_member(w->wid)].code, dt_wid_number(w->wid));
        }
    }
}

static int64_t sync_due(const struct dt_node *n, int64_t now_us)
{
    int64_t due = INT64_MAX;
    for (size_t i = 0; i < n->line_count; i++) {
        const int64_t line = dt_sync_deadline(&n->lines[i]->sync, now_us);
        due = line < due ? line : due;
    }
    return due;
}

void dt_link_send(struct dt_node *n)
{
    dt_link_drop_revoked(n);
    dt_link_add_successors(n);
    const int64_t now = dt_node_now_us();
    const uint64_t wall_s = (uint64_t)(dt_now_ms() / 1000);
    for (size_t i = 0; i < n->line_count; i++) {
        n->lines[i]->sync.wall_s = wall_s;
    }
    /* Asking costs peers times logs: a link test, or a client that looks, is no reason to. */
    const bool sync = n->stirred || now >= n->sync_due_us;
    for (size_t i = 0; i < n->contact_count; i++) {
        send_to(n, &n->contacts[i], sync, now);
    }
    flush_queue(n);
    if (sync) {
        say_copies(n);
        n->stirred = false;
        n->sync_due_us = sync_due(n, now);
    }
}

/* --- in ---------------------------------------------------------------------------- */

static void peer_up(struct dt_node *n, struct dt_contact *c, int64_t now)
{
    const int64_t rtt = n->slots[c->slot].rtt_us;
    if (!c->up) {
        dt_node_log(n, "info", "session up party=%s.%u", c->code, c->number);
        c->up_us = now;
    }
    c->up = true;
    for (size_t i = 0; i < n->line_count; i++) {
        uint16_t wid;
        if (wid_on(n->lines[i], c, &wid)) {
            n->stirred = true;
            dt_sync_peer_up(&n->lines[i]->sync, wid, now, rtt);
        }
    }
}

void dt_link_down(struct dt_node *n, struct dt_contact *c)
{
    if (c->up) {
        dt_node_log(n, "info", "session down party=%s.%u", c->code, c->number);
    }
    c->up = false;
    for (size_t i = 0; i < n->line_count; i++) {
        uint16_t wid;
        if (wid_on(n->lines[i], c, &wid)) {
            n->stirred = true;
            dt_sync_peer_down(&n->lines[i]->sync, wid);
        }
    }
}

static void take_payload(struct dt_node *n, struct dt_contact *c, struct dt_span payload,
                         int64_t now)
{
    struct dt_reader r = dt_reader(payload);
    const uint32_t tag = dt_read_u32(&r);
    if (r.err == DT_OK && tag == 0) { /* of no line */
        if (!dt_echo_receive(n, c, &r)) {
            dt_pair_receive(n, c, &r);
        }
        return;
    }
    struct dt_line *line = r.err == DT_OK ? dt_line_by_tag(n, tag) : NULL;
    uint16_t wid;
    if (line == NULL || !wid_on(line, c, &wid) || n->write_err != DT_OK) {
        return;
    }
    n->stirred = true;
    const enum dt_err err = dt_sync_receive(&line->sync, wid, now, dt_span(r.at, r.left));
    if (err != DT_OK && n->write_err == DT_OK) {
        n->write_err = err;
    }
}

/* A call: what it brought is made durable first, so that the answer may say so. It goes to
 * where the call came from, which may be a stranger with a recording. */
static void answer(struct dt_node *n, struct dt_contact *c, const struct dt_address *to,
                   unsigned socket, int64_t now)
{
    uint8_t entropy[DT_SECRET_SIZE];
    uint8_t *payload = datagram_in(n, PAYLOAD_AT), *out = datagram_in(n, OUT_AT);
    size_t items = 0, size = 0;
    dt_node_commit(n);
    if (mtu(n) > DT_SESSION_ANSWER_SIZE + TAG_SIZE + DT_SYNC_PAYLOAD_MIN) {
        for (size_t i = 0; i < n->line_count && items == 0; i++) {
            struct dt_line *line = n->lines[i];
            uint16_t wid;
            if (wid_on(line, c, &wid)) {
                line->sync.wall_s = (uint64_t)(dt_now_ms() / 1000);
                items = dt_sync_next(&line->sync, wid, now, payload + TAG_SIZE,
                                     mtu(n) - DT_SESSION_ANSWER_SIZE - TAG_SIZE, NULL);
                memcpy(payload, line->charter->id, TAG_SIZE);
            }
        }
    }
    dt_random(entropy, sizeof entropy);
    const enum dt_err err = dt_session_answer(
        &n->sessions, now, dt_span(payload, items > 0 ? items + TAG_SIZE : 0), entropy, out,
        mtu(n), &size);
    dt_wipe(entropy, sizeof entropy);
    if (err == DT_OK) {
        const struct dt_datagram datagram = {out, size, size, *to};
        dt_udp_send(&n->sockets[socket], &datagram, 1);
    }
}

/* A frame or an answer. The session knows which of them say where the peer is now: a late
 * frame does not, and a call may be a recording (protocol-session.md, section 5). */
static void heard(const struct dt_node *n, struct dt_contact *c, const struct dt_datagram *from,
                  unsigned socket, int64_t now)
{
    c->heard_us = now;
    if (n->slots[c->slot].address == address_number(n, &from->address)) {
        c->address = from->address;
        c->socket = socket;
    }
}

static void take(struct dt_node *n, const struct dt_datagram *datagram, unsigned socket)
{
    const int64_t now = dt_node_now_us();
    struct dt_session_event event;
    dt_session_receive(&n->sessions, now, address_number(n, &datagram->address),
                       dt_span(datagram->data, datagram->size), datagram_in(n, PLAIN_AT), &event);
    if (event.reply_size > 0) {
        const struct dt_datagram reply = {event.reply, event.reply_size, event.reply_size,
                                          datagram->address};
        dt_udp_send(&n->sockets[socket], &reply, 1);
    }
    struct dt_contact *c =
        event.type != DT_SESSION_NOTHING ? dt_contact_by_slot(n, event.slot) : NULL;
    if (c == NULL) {
        return;
    }
    if (event.type == DT_SESSION_DATA || event.type == DT_SESSION_ESTABLISHED) {
        heard(n, c, datagram, socket, now);
    }
    if (event.type == DT_SESSION_CALL) {
        peer_up(n, c, now);
        take_payload(n, c, event.payload, now);
        answer(n, c, &datagram->address, socket, now);
        return;
    }
    if (event.type == DT_SESSION_ESTABLISHED || event.confirmed) {
        peer_up(n, c, now);
    }
    if (event.payload.size > 0) {
        take_payload(n, c, event.payload, now);
    }
}

void dt_link_receive(struct dt_node *n, unsigned socket)
{
    struct dt_datagram batch[DT_UDP_BATCH];
    for (size_t taken = 0; taken < DT_DATAGRAMS_A_PASS;) {
        for (size_t i = 0; i < DT_UDP_BATCH; i++) {
            batch[i] = (struct dt_datagram){.data = datagram_in(n, i), .capacity = BUFFER};
        }
        const size_t count = dt_udp_receive(&n->sockets[socket], batch, DT_UDP_BATCH);
        for (size_t i = 0; i < count; i++) {
            take(n, &batch[i], socket);
        }
        taken += count;
        if (count < DT_UDP_BATCH) {
            return;
        }
    }
}

/* --- time ---------------------------------------------------------------------------- */

void dt_link_tick(struct dt_node *n)
{
    const int64_t now = dt_node_now_us();
    dt_pair_tick(n, now);
    dt_echo_tick(n, now);
    if (dt_session_deadline(&n->sessions) > now) {
        return;
    }
    for (;;) {
        struct dt_session_event event;
        dt_session_tick(&n->sessions, now, &event);
        struct dt_contact *c =
            event.type != DT_SESSION_NOTHING ? dt_contact_by_slot(n, event.slot) : NULL;
        if (event.type == DT_SESSION_NOTHING) {
            return;
        }
        if (c == NULL) {
            continue;
        }
        if (event.reply_size > 0) {
            post(n, c, event.reply, event.reply_size);
        }
        if (event.type == DT_SESSION_OPEN_WANTED) {
            call(n, c, now);
        } else if (event.type == DT_SESSION_LOST) {
            dt_link_down(n, c);
        }
    }
}

int64_t dt_link_deadline(const struct dt_node *n, int64_t now_us)
{
    int64_t due = dt_session_deadline(&n->sessions);
    const int64_t pairing = dt_pair_deadline(n);
    const int64_t test = dt_echo_deadline(n), watch = dt_watch_deadline(n, now_us);
    due = pairing < due ? pairing : due;
    due = test < due ? test : due;
    due = watch < due ? watch : due;
    const int64_t sync = n->stirred ? sync_due(n, now_us) : n->sync_due_us;
    due = sync < due ? sync : due;
    return due;
}

/* SPDX-License-Identifier: ISC */
/* Many appends under way over one control socket. */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "bench.h"
#include "node/auth.h"

enum { READ = 65536, BATCH = 64 };

#define TEN "0123456789"
const struct dt_span payload_200 = {
    (const uint8_t *)TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN,
    200};

static void die(const char *what)
{
    fprintf(stderr, "flow: %s: %s\n", what, strerror(errno));
    exit(1);
}

void flow_open(struct flow *f, struct rig *r, unsigned party, unsigned to, bool wait_stored)
{
    char path[DT_HOME_PATH_SIZE];
    *f = (struct flow){.r = r, .party = party, .to = to, .wait_stored = wait_stored};
    if (dt_home_file(path, &r->party[party].home, "control.sock") != DT_OK ||
        dt_client_open(&f->client, path) != DT_OK ||
        dt_client_greet(&f->client, &r->party[party].home, &r->party[party].officer_key) !=
            DT_OK) {
        die("control socket");
    }
}

void flow_close(struct flow *f)
{
    dt_client_close(&f->client);
    free(f->out);
}

static void queue_one(struct flow *f)
{
    struct dt_object o;
    struct dt_span request;
    rig_message(f->r, f->party, &f->client, &o, f->to, f->precedence, payload_200, f->wait_stored);
    dt_obj_end(&o);
    if (dt_obj_done(&o, &request) != DT_OK ||
        dt_wire_frame(&f->out, &f->out_size, &f->out_capacity, request) != DT_OK) {
        die("request");
    }
    dt_obj_free(&o);
    f->sent++;
}

static void push(struct flow *f)
{
    while (f->out_sent < f->out_size) {
        const ssize_t n = send(f->client.fd, f->out + f->out_sent, f->out_size - f->out_sent,
                               MSG_NOSIGNAL | MSG_DONTWAIT);
        if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
            return;
        }
        if (n <= 0) {
            die("send");
        }
        f->out_sent += (size_t)n;
    }
    f->out_size = f->out_sent = 0;
}

static void take(struct flow *f)
{
    static uint8_t bytes[READ];
    const ssize_t n = recv(f->client.fd, bytes, sizeof bytes, MSG_DONTWAIT);
    if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
        return;
    }
    if (n <= 0 || dt_wire_feed(&f->client.in, dt_span(bytes, (size_t)n)) != DT_OK) {
        die("receive");
    }
    struct dt_span reply;
    while (dt_wire_next(&f->client.in, &reply)) {
        struct dt_cbor ok = dt_cbor_need_text(reply, "ok");
        if (!dt_cbor_bool(&ok) || dt_cbor_error(&ok) != DT_OK) {
            f->refused++;
        }
        f->done++;
    }
}

bool flow_pump(struct flow *f, int timeout_ms)
{
    struct pollfd p = {.fd = f->client.fd, .events = POLLIN};
    push(f);
    if (f->out_sent < f->out_size) {
        p.events |= POLLOUT;
    }
    if (poll(&p, 1, timeout_ms) <= 0) {
        return false;
    }
    const uint64_t before = f->done;
    if ((p.revents & (POLLIN | POLLHUP)) != 0) {
        take(f);
    }
    return f->done > before;
}

void flow_send(struct flow *f, uint64_t count)
{
    const uint64_t end = f->sent + count;
    while (f->sent < end || f->out_size > 0) {
        for (int i = 0; i < BATCH && f->sent < end; i++) {
            queue_one(f);
        }
        flow_pump(f, 10);
    }
}

bool flow_run(struct flow *f, uint64_t count, unsigned window, unsigned seconds)
{
    const uint64_t end = f->sent + count;
    int64_t heard = rig_now_us();
    while (f->done < end) {
        while (f->sent < end && f->sent - f->done < window) {
            queue_one(f);
        }
        if (flow_pump(f, 1000)) {
            heard = rig_now_us();
        } else if (rig_now_us() - heard > (int64_t)seconds * 1000000) {
            return false;
        }
    }
    return f->refused == 0;
}

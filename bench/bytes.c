/* SPDX-License-Identifier: ISC */
/* What a message and its receipt weigh on the wire. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "bench.h"

enum { MTU_IPV4 = 1280 - 28 };

static const char note[] = "IPv4 and UDP headers, both directions";

static void start_both(struct rig *r)
{
    rig_start(r, 0);
    rig_start(r, 1);
}

/* From no session: both nodes start, the message waits, then the link opens. */
static double first_message(struct rig *r, struct proxy *p)
{
    struct flow f;
    rig_stop(r, 0, SIGTERM);
    rig_stop(r, 1, SIGTERM);
    proxy_block(p, true);
    rig_start(r, 0);
    usleep(400000); /* so that their calls do not cross */
    rig_start(r, 1);
    flow_open(&f, r, 0, 1, true);
    flow_send(&f, 1);
    usleep(200000);
    proxy_bytes(p);
    proxy_block(p, false);
    while (f.done < 1) {
        flow_pump(&f, 1000);
    }
    const double bytes = (double)proxy_bytes_to_first(p);
    flow_close(&f);
    return bytes;
}

static void report_first(struct rig *r, struct proxy *p)
{
    enum { TRIES = 7 };
    double bytes[TRIES];
    const size_t tries = quick ? 3 : TRIES;
    for (size_t i = 0; i < tries; i++) {
        bytes[i] = first_message(r, p);
    }
    report(&(struct figure){.name = "line.bytes_first", .value = median(bytes, tries),
                            .unit = "bytes", .limit = 680,
                            .note = "message and receipt; 52 more confirm the session after it"});
}

void bench_bytes(void)
{
    enum { SINGLE = 200, PIPELINED = 5000 };
    struct rig *r = rig_new(2, DT_OPERATION);
    struct proxy *p = proxy_start(r);
    struct flow f;
    r->program = program;
    r->mtu = MTU_IPV4;
    start_both(r);
    rig_join(r);
    if (!rig_equal(r, 30)) {
        abort();
    }
    flow_open(&f, r, 0, 1, true);
    flow_run(&f, 1, 1, 10); /* the readers' key is told */
    sleep(2);
    proxy_bytes(p);
    for (int i = 0; i < SINGLE; i++) {
        flow_run(&f, 1, 1, 10);
    }
    usleep(500000);
    const double single = (double)proxy_bytes(p) / SINGLE;
    flow_run(&f, PIPELINED, 1024, 30);
    usleep(500000);
    const double pipelined = (double)proxy_bytes(p) / PIPELINED;
    flow_close(&f);
    report_first(r, p);
    report(&(struct figure){.name = "line.bytes_single", .value = single, .unit = "bytes",
                            .limit = 500, .note = note});
    report(&(struct figure){.name = "line.bytes_pipelined", .value = pipelined, .unit = "bytes",
                            .limit = 270, .note = "MTU 1280"});
    proxy_stop(p);
    rig_free(r);
}

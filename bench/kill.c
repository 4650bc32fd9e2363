/* SPDX-License-Identifier: ISC */
/* kill -9 of the receiver at 40 % of 2,000. */
#include <signal.h>
#include <unistd.h>

#include "bench.h"

enum { MESSAGES = 2000, WINDOW = 1024, WAIT_S = 60 };

static uint64_t inbox(struct rig *r)
{
    struct dt_object o;
    dt_client_begin(&r->party[1].client, &o, "status");
    return rig_uint(rig_call(r, 1, &o, NULL), "open");
}

void bench_kill(void)
{
    const unsigned rounds = quick ? 3 : 10;
    struct rig *r = two_nodes();
    uint64_t lost = 0, twice = 0, unreceipted = 0, before = 0;
    for (unsigned i = 0; i < rounds; i++) {
        struct flow f;
        flow_open(&f, r, 0, 1, true);
        flow_send(&f, MESSAGES < WINDOW ? MESSAGES : WINDOW);
        while (f.done < MESSAGES * 2 / 5) {
            flow_pump(&f, 1000);
        }
        rig_stop(r, 1, SIGKILL);
        flow_send(&f, MESSAGES - f.sent);
        sleep(1);
        rig_start(r, 1);
        const int64_t until = rig_now_us() + (int64_t)WAIT_S * 1000000;
        while (f.done < MESSAGES && rig_now_us() < until) {
            flow_pump(&f, 100);
        }
        unreceipted += MESSAGES - f.done;
        flow_close(&f);
        const uint64_t held = inbox(r) - before;
        lost += held < MESSAGES ? MESSAGES - held : 0;
        twice += held > MESSAGES ? held - MESSAGES : 0;
        before += held;
    }
    rig_free(r);
    const char *note = quick ? "quick: 3 kills" : "10 kills";
    report(&(struct figure){.name = "line.kill_lost", .value = (double)lost,
                            .unit = "messages", .note = note});
    report(&(struct figure){.name = "line.kill_twice", .value = (double)twice,
                            .unit = "messages", .note = note});
    report(&(struct figure){.name = "line.kill_unreceipted", .value = (double)unreceipted,
                            .unit = "messages", .note = note});
}

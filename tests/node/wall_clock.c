/* SPDX-License-Identifier: ISC */
#include "wall_clock.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

int64_t wall_clock_wrong_ms;
static _Atomic int64_t *offset_ms; /* shared with the nodes */

int clock_gettime(clockid_t id, struct timespec *t)
{
    const int rc = (int)syscall(SYS_clock_gettime, id, t);
    if (rc == 0 && id == CLOCK_REALTIME) {
        const int64_t ms = wall_clock_wrong_ms + (offset_ms != NULL ? atomic_load(offset_ms) : 0);
        t->tv_sec += (time_t)(ms / 1000);
        t->tv_nsec += (long)(ms % 1000) * 1000000;
        if (t->tv_nsec >= 1000000000) {
            t->tv_nsec -= 1000000000;
            t->tv_sec++;
        }
    }
    return rc;
}

void wall_clock_begin(void)
{
    void *page = mmap(NULL, sizeof *offset_ms, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
                      -1, 0);
    if (page == MAP_FAILED) {
        abort();
    }
    offset_ms = page;
    atomic_store(offset_ms, 0);
}

void wall_clock_forward(struct rig *r, int64_t ms)
{
    atomic_fetch_add(offset_ms, ms);
    for (unsigned i = 0; i < r->parties; i++) {
        struct dt_object o;
        if (r->party[i].pid != 0) {
            dt_client_begin(&r->party[i].client, &o, "hello");
            rig_call(r, i, &o, NULL);
        }
    }
}

/* SPDX-License-Identifier: ISC */
/* Memory, and what a million records cost at start and to verify. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench.h"

static double mb(pid_t pid, const char *field)
{
    return (double)rig_status_kb(pid, field) / 1024;
}

void bench_idle(void)
{
    struct rig *r = two_nodes();
    struct flow f;
    flow_open(&f, r, 0, 1, true);
    flow_run(&f, 100, 1, 10); /* it has done some work */
    flow_close(&f);
    sleep(2);
    report(&(struct figure){.name = "line.rss_idle", .value = mb(r->party[1].pid, "VmRSS"),
                            .unit = "MB", .limit = 12});
    report(&(struct figure){.name = "line.rssanon_idle", .value = mb(r->party[1].pid, "RssAnon"),
                            .unit = "MB", .limit = 4});
    rig_free(r);
}

/* Seconds of `program --home HOME verify`; 0 if it fails. */
static double verify_seconds(const struct rig *r)
{
    const int64_t start = rig_now_us();
    int status = -1;
    fflush(NULL);
    const pid_t pid = fork();
    if (pid == 0) {
        if (freopen("/dev/null", "w", stdout) == NULL) {
            _exit(9);
        }
        execl(program, program, "verify", "--home", r->party[0].home.path, (char *)NULL);
        _exit(9);
    }
    waitpid(pid, &status, 0);
    return status == 0 ? (double)(rig_now_us() - start) / 1e6 : 0;
}

void bench_million(void)
{
    const uint64_t records = quick ? 100000 : 1000000;
    const char *note = quick ? "quick: 100,000 records" : NULL;
    struct rig *r = two_nodes();
    struct flow f;
    rig_stop(r, 1, SIGTERM); /* one log, one node */
    flow_open(&f, r, 0, 1, false);
    const bool all = flow_run(&f, records, 1024, 60);
    flow_close(&f);
    double rss = mb(r->party[0].pid, "VmRSS");
    rig_stop(r, 0, SIGTERM);
    const int64_t start = rig_now_us();
    rig_start(r, 0);
    const double started = (double)(rig_now_us() - start) / 1e6;
    sleep(1);
    const double again = mb(r->party[0].pid, "VmRSS");
    rss = again > rss ? again : rss;
    rig_stop(r, 0, SIGTERM);
    report(&(struct figure){.name = "line.rss_million", .value = rss, .unit = "MB", .limit = 48,
                            .note = all ? note : "not all were taken"});
    report(&(struct figure){.name = "line.start_million", .value = started, .unit = "s",
                            .limit = 0.5, .note = note});
    const double verified = verify_seconds(r);
    report(&(struct figure){.name = "line.verify_million", .value = verified, .unit = "s",
                            .limit = 12, .note = verified > 0 ? note : "verify failed"});
    rig_free(r);
}

/* SPDX-License-Identifier: ISC */
/*
 * line_bench - the figures of the line between real nodes on loopback: one JSON line each.
 *
 * usage: line_bench [--quick] [--no-peers] [--cpu N] [--node PROGRAM] [FIGURE…]
 * FIGURE is the start of names to measure ("line.bytes"); none: all.
 */
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"
#include "crypto/crypto.h"

static const struct {
    const char *names; /* of the figures it prints */
    void (*run)(void);
} benches[] = {
    {"line.throughput", bench_throughput},
    {"line.latency_p50 line.latency_p99", bench_latency},
    {"line.bytes_first line.bytes_single line.bytes_pipelined", bench_bytes},
    {"line.rss_idle line.rssanon_idle", bench_idle},
    {"line.rss_million line.start_million line.verify_million", bench_million},
    {"line.kill_lost line.kill_twice line.kill_unreceipted", bench_kill},
    {"line.desk_to_desk_p99", bench_desk_to_desk},
    {"line.idle_29 line.fanout_29", bench_fanout},
};

const char *program;

struct rig *two_nodes(void)
{
    struct rig *r = rig_new(2, DT_OPERATION);
    r->program = program;
    rig_start(r, 0);
    rig_start(r, 1);
    rig_join(r);
    if (!rig_equal(r, 30)) {
        fprintf(stderr, "line_bench: the nodes do not agree; see %s\n", r->dir);
        exit(1);
    }
    return r;
}

static bool wanted(const char *names, char **figures, int count)
{
    bool any = count == 0;
    for (int i = 0; i < count; i++) {
        any = any || strstr(names, figures[i]) != NULL;
    }
    return any;
}

/* Children inherit it. */
static void pin(int cpu)
{
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET((size_t)cpu, &set);
    if (sched_setaffinity(0, sizeof set, &set) != 0) {
        perror("line_bench: processor");
        exit(1);
    }
}

int main(int argc, char **argv)
{
    int cpu = 0, at = 1;
    program = DT_NODE_PROGRAM;
    for (; at < argc && strncmp(argv[at], "--", 2) == 0; at++) {
        if (strcmp(argv[at], "--quick") == 0) {
            quick = true;
        } else if (strcmp(argv[at], "--no-peers") == 0) {
            no_peers = true;
        } else if (strcmp(argv[at], "--cpu") == 0 && at + 1 < argc) {
            cpu = atoi(argv[++at]);
        } else if (strcmp(argv[at], "--node") == 0 && at + 1 < argc) {
            program = argv[++at];
        } else {
            fprintf(stderr, "usage: line_bench [--quick] [--no-peers] [--cpu N] [--node PROGRAM] [FIGURE…]\n");
            return 2;
        }
    }
    if (dt_crypto_init() != DT_OK) {
        return 1;
    }
    pin(cpu);
    for (size_t i = 0; i < sizeof benches / sizeof benches[0]; i++) {
        if (wanted(benches[i].names, argv + at, argc - at)) {
            benches[i].run();
        }
    }
    return 0;
}

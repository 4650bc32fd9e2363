/* SPDX-License-Identifier: ISC */
/*
 * bench - what the figures of line_bench share: reports, floors of the machine, a client
 * that keeps many appends under way, a proxy that counts bytes.
 *
 * Everything runs on one processor, the nodes and clients too: children inherit it.
 */
#ifndef DT_BENCH_BENCH_H
#define DT_BENCH_BENCH_H

#include "node/rig.h"

/* --- reports (report.c) ------------------------------------------------------ */

/* One JSON line. Fields at their zero are left out. */
struct figure {
    const char *name;
    double value;
    const char *unit;
    double limit;        /* at most (at least, for a rate); 0: none */
    const char *against; /* a peer */
    double peer;         /* what the peer reached, measured in this run; 0: not measured */
    const char *note;
};

void report(const struct figure *f);
double median(double *values, size_t count); /* sorts */
double percentile(double *values, size_t count, double part);
extern bool quick;    /* fewer repetitions */
extern bool no_peers; /* measure ourselves only */

/* --- floors (floors.c) ---------------------------------------------------------- */

/* Medians of this machine, on one processor, in microseconds. */
struct floors {
    double commit, sign, verify, round_trip;
};
void measure_floors(struct floors *f, const char *directory);

/* --- a client with many appends under way (flow.c) --------------------------------- */

struct flow {
    struct rig *r;
    unsigned party, to; /* to 255: all */
    unsigned precedence;
    bool wait_stored;
    struct dt_client client;
    uint8_t *out;
    size_t out_size, out_capacity, out_sent;
    uint64_t sent, done, refused;
};

void flow_open(struct flow *f, struct rig *r, unsigned party, unsigned to, bool wait_stored);
void flow_close(struct flow *f);
/* Sends until `count` more are answered, at most `window` unanswered. False after
 * `seconds` without an answer. */
bool flow_run(struct flow *f, uint64_t count, unsigned window, unsigned seconds);
/* Puts requests on their way without waiting for the answers. */
void flow_send(struct flow *f, uint64_t count);
/* Takes the answers that have come. */
bool flow_pump(struct flow *f, int timeout_ms);
extern const struct dt_span payload_200;

/* --- a proxy between two nodes (proxy.c) --------------------------------------------- */

struct proxy;
/* Gives each of the first two parties a new port behind the one its card names. Before
 * rig_start(). */
struct proxy *proxy_start(struct rig *r);
void proxy_block(struct proxy *p, bool blocked); /* drops all while true */
/* Bytes since the last call, IPv4 and UDP headers counted, both directions. */
uint64_t proxy_bytes(struct proxy *p);
/* The same count as it was after the last datagram that went to the first party. */
uint64_t proxy_bytes_to_first(const struct proxy *p);
void proxy_stop(struct proxy *p);

/* --- figures ---------------------------------------------------------------------------- */

void bench_throughput(void); /* speed.c */
void bench_latency(void);
void bench_desk_to_desk(void);
void bench_fanout(void);
void bench_bytes(void);  /* bytes.c */
void bench_idle(void);   /* size.c */
void bench_million(void);
void bench_kill(void);   /* kill.c */

/* Two nodes with a session between them. */
struct rig *two_nodes(void);
extern const char *program; /* the node that is measured */

#endif

/* SPDX-License-Identifier: ISC */
/*
 * node - the program a party runs: one event loop around store, sessions and lines.
 *
 *     bearer -> session -> sync -> [node] -> store;   control socket <- clients
 *
 * Everything below is sans-IO; this layer owns the clock, the sockets, the entropy
 * and the disk. One pass of the loop takes what has arrived, writes it in one
 * transaction, commits, and only then tells anybody: receipts, replies, events.
 *
 * Diagnostics go to stderr, one line each: time, level, what, key=value. No secret
 * and no plaintext is ever in them.
 */
#ifndef DT_NODE_NODE_H
#define DT_NODE_NODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"

enum {
    DT_NODE_LISTEN_MAX = 4,
    DT_NODE_MTU_MIN = 128,
    DT_NODE_MTU_DEFAULT = 1232, /* datagram bytes: an IPv6 packet of 1280 */
    DT_NODE_MTU_MAX = 60000,
};

struct dt_node_options {
    const char *home;                       /* directory of the party */
    const char *listen[DT_NODE_LISTEN_MAX]; /* "udp:ADDR:PORT" */
    size_t listen_count;
    unsigned mtu;              /* bytes of a datagram; 0: the default */
    struct dt_span passphrase; /* of the node's keys; may be empty; borrowed */
    bool quiet;                /* errors only */
    bool no_human_tests;       /* on exercise lines nobody is asked once a watch */
    const char *alarm_exec;    /* absolute path of a program (alarm.h); NULL: none */
};

/* Runs until SIGTERM, SIGINT or the `stop` request. 0 after a clean end; else the
 * dt_err that kept it from starting or ended it. */
int dt_node_main(const struct dt_node_options *options);

#endif

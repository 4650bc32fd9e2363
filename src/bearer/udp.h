/* SPDX-License-Identifier: ISC */
/*
 * udp - datagrams over IPv4 and IPv6: one non-blocking socket, many at a time.
 *
 *     [udp] -> session -> sync
 *
 * What the network does to a datagram (refused, unreachable, lost) is counted, never an
 * error: the layers above repeat what matters. Buffers are the caller's.
 */
#ifndef DT_BEARER_UDP_H
#define DT_BEARER_UDP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"

enum {
    DT_ADDRESS_TEXT_SIZE = 64, /* "udp:[...]:65535" with its NUL */
    DT_UDP_BATCH = 64,         /* datagrams a call at most */
    DT_UDP_BUFFER = 4 << 20,   /* socket buffers, bytes, best effort */
};

/* Where a datagram comes from or goes to. Compact; unused bytes are zero. */
struct dt_address {
    uint8_t family; /* 0 none, 4, 6 */
    uint16_t port;
    uint8_t ip[16];  /* network order; IPv4 in the first four */
    uint32_t scope;  /* interface of an IPv6 link-local address, else 0 */
};

bool dt_address_equal(const struct dt_address *a, const struct dt_address *b);

/* Mixes all fields with `secret`: for tables that strangers cannot unbalance. */
uint64_t dt_address_hash(const struct dt_address *a, uint64_t secret);

/* "udp:192.0.2.1:7100", "udp:[2001:db8::1]:7100"; "none". Returns its length. */
size_t dt_address_text(char out[static DT_ADDRESS_TEXT_SIZE], const struct dt_address *a);

/* Exactly the above, no names, no blanks, no leading zeros; scope as "%2" or an interface
 * name inside the brackets. BAD_TEXT, or BAD_VALUE for a port above 65535. */
DT_MUST_USE enum dt_err dt_address_parse(struct dt_address *out, const char *text);

struct dt_udp_counts {
    uint64_t received, sent;
    uint64_t unsent;    /* the socket was full or the kernel refused: dropped */
    uint64_t errors;    /* what the network reported back */
    uint64_t too_large; /* cut off on arrival: dropped */
};

struct dt_udp {
    int fd; /* -1 when closed; for poll or epoll */
    struct dt_address local; /* as bound: the real port */
    bool one_by_one; /* runs of datagrams cannot be handed over as one here */
    struct dt_udp_counts counts;
};

/* Binds "udp:ADDR:PORT"; port 0 lets the system choose. BAD_TEXT, BAD_VALUE; IO: errno
 * says why. An IPv6 socket carries IPv6 only. */
DT_MUST_USE enum dt_err dt_udp_open(struct dt_udp *u, const char *text);
void dt_udp_close(struct dt_udp *u);

/* One datagram. Receiving: `data` and `capacity` are the caller's, the rest is filled.
 * Sending: `data`, `size` and `address` are read. */
struct dt_datagram {
    uint8_t *data;
    size_t capacity;
    size_t size;
    struct dt_address address;
};

/* Fills at most `count` (and DT_UDP_BATCH) of `batch`; returns how many, 0 when nothing
 * waits. Never blocks. A datagram larger than its buffer is counted and left out. */
size_t dt_udp_receive(struct dt_udp *u, struct dt_datagram *batch, size_t count);

/* Sends in order, neighbours of one size to one address in one go; returns how many the kernel took. Less than `count` means the socket is
 * full: wait until it can be written, or drop. A datagram the kernel refuses for good
 * (unreachable, too long) is counted and passed over. */
size_t dt_udp_send(struct dt_udp *u, const struct dt_datagram *batch, size_t count);

#endif

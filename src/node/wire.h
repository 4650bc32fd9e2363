/* SPDX-License-Identifier: ISC */
/*
 * wire - messages of the control protocol over a Unix socket (docs/control.md).
 *
 * A message is a 4-byte big-endian length, at most DT_WIRE_MAX, and one deterministic
 * CBOR map. struct dt_wire turns a stream of bytes into whole messages, for either
 * side; it grows with what has come, never with what a length claims. The client part
 * blocks; the node brings its own event loop.
 *
 * Only processes of the same user (or root) are let in: access is still not a role.
 */
#ifndef DT_NODE_WIRE_H
#define DT_NODE_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "cbor/object.h"

enum { DT_WIRE_MAX = 16 << 20, DT_WIRE_HEAD = 4 };

/* Bytes received that are not yet taken as messages. Zero-initialise. */
struct dt_wire {
    uint8_t *data; /* owned; dt_wire_free() */
    size_t size, capacity;
    size_t taken; /* bytes of messages already handed out */
};

/* Adds what came from the socket. NO_MEMORY, or TOO_LARGE for a message longer than
 * DT_WIRE_MAX: end the connection. */
DT_MUST_USE enum dt_err dt_wire_feed(struct dt_wire *w, struct dt_span bytes);

/* Takes the next whole message: true and *message (borrowed until the next call of
 * dt_wire_feed()), not yet checked; false if it has not all come. */
bool dt_wire_next(struct dt_wire *w, struct dt_span *message);

void dt_wire_free(struct dt_wire *w);

/* Length and message for the stream, appended to `out` with realloc (16 MiB limit). */
DT_MUST_USE enum dt_err dt_wire_frame(uint8_t **out, size_t *size, size_t *capacity,
                                      struct dt_span message);

/* --- node ------------------------------------------------------------------ */

/* Binds and listens, mode 0600, non-blocking, close-on-exec. A socket nobody answers on
 * is replaced; STORE_BUSY if somebody does. IO: errno says why. Paths longer than a
 * socket address holds are reached through their directory. */
DT_MUST_USE enum dt_err dt_wire_listen(int *fd, const char *path);

/* The next connection of our own user, non-blocking, close-on-exec; -1 if there is none
 * now (strangers are closed and skipped). */
int dt_wire_accept(int listen_fd);

/* --- client ----------------------------------------------------------------- */

struct dt_client {
    int fd; /* -1 when closed */
    struct dt_wire in;
    uint64_t re; /* of the last request begun */
    struct dt_span reply; /* of the last call; borrowed from `in` */
    char text[256]; /* the node's words when a call was refused, else "" */
};

/* NO_NODE if nobody listens there, IO. */
DT_MUST_USE enum dt_err dt_client_open(struct dt_client *c, const char *path);
void dt_client_close(struct dt_client *c);

/* Begins a request in `o`: a map with `cmd` and `re`; the caller adds the rest. */
void dt_client_begin(struct dt_client *c, struct dt_object *o, const char *cmd);

/*
 * Ends the map, sends it, waits for its reply, frees `o`. DT_OK: c->reply is the checked
 * map of the reply. Else the error the node named (c->text has its words), or NO_NODE
 * when the connection ended, EXPIRED after `timeout_ms` (0: wait for ever). Events that
 * come before the reply are dropped: follow on a connection of its own.
 */
DT_MUST_USE enum dt_err dt_client_call(struct dt_client *c, struct dt_object *o,
                                       unsigned timeout_ms);

/* The next message of any sort, checked; borrowed until the next call. Errors as above. */
DT_MUST_USE enum dt_err dt_client_receive(struct dt_client *c, struct dt_span *message,
                                          unsigned timeout_ms);

/* DT_ERR_... of a stable name ("BAD_SIGNATURE"); DT_ERR_IO for a name unknown here. */
enum dt_err dt_err_by_name(struct dt_span name);

#endif

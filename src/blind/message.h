/* SPDX-License-Identifier: ISC */
/*
 * message - the four messages of blind notices as bytes: strict CBOR, one spelling each
 * (docs/blind.md section 3).
 *
 *     HELLO    {0: 1, 1: 0, 2: after, 3: role, 4: line, 5: slot, 6: size, 7: nonce, 8: key, 9: commitment}
 *     LIST     {0: 1, 1: 1, 2: after, 3: points}
 *     REPLY    {0: 1, 1: 2, 2: after, 3: points, 4: challenge, 5: response}
 *     OPENING  {0: 1, 1: 3, 2: after, 3: role, 4: secret, 5: cells}
 *
 * Decoding judges form only; that points are points and proofs prove is blind.c's and
 * judge.c's. Everything is borrowed from the bytes. Pure.
 */
#ifndef DT_BLIND_MESSAGE_H
#define DT_BLIND_MESSAGE_H

#include "base/bytes.h"
#include "crypto/group.h"

enum {
    DT_BLIND_SIZE_MIN = 16,
    DT_BLIND_SIZE_MAX = 10240, /* cells of one list; the area cap of a session: what a case file bears */
    DT_BLIND_NONCE_SIZE = 32,
    DT_BLIND_SECRET_SIZE = 32,
    DT_BLIND_CELL_SIZE = 8,
    DT_BLIND_MESSAGE_MAX = DT_BLIND_SIZE_MAX * DT_POINT_SIZE + 256,
};

enum dt_blind_kind { DT_BLIND_HELLO, DT_BLIND_LIST, DT_BLIND_REPLY, DT_BLIND_OPENING };

enum dt_blind_role { DT_BLIND_ASKS, DT_BLIND_ANSWERS };

/* Spans have the size their name says; `points` whole points, `cells` whole cells, ascending. */
struct dt_blind_message {
    enum dt_blind_kind kind;
    struct dt_span after;      /* hash of all messages before this one */
    enum dt_blind_role role;   /* HELLO, OPENING */
    struct dt_span line;       /* HELLO, as the next five */
    uint32_t slot_ms, size;
    struct dt_span nonce, key, commitment;
    struct dt_span points;     /* LIST, REPLY */
    struct dt_span challenge, response; /* REPLY */
    struct dt_span secret, cells;       /* OPENING */
};

/* DT_OK or why not: those of dt_cbor_check, TOO_LARGE, UNKNOWN_VERSION, UNKNOWN_FIELD,
 * MISSING_FIELD, BAD_VALUE; NOT_CANONICAL for cells that do not ascend. */
DT_MUST_USE enum dt_err dt_blind_message_read(struct dt_blind_message *message, struct dt_span bytes);
void dt_blind_message_write(struct dt_writer *w, const struct dt_blind_message *message);

#endif

/* SPDX-License-Identifier: ISC */
/*
 * list - what a party's secret and cells become: key, commitment, blinded list. Internal to
 * blind: made by each side for itself, and again by whoever judges an opening.
 */
#ifndef DT_BLIND_LIST_H
#define DT_BLIND_LIST_H

#include "blind/message.h"

/* One place of a list. */
struct dt_blind_entry {
    uint8_t point[DT_POINT_SIZE];
    bool real; /* false: padding */
    uint64_t cell;
};

/* From the secret alone. False: use another secret (never by chance). */
DT_MUST_USE bool dt_blind_key(uint8_t scalar[static DT_SCALAR_SIZE], uint8_t key[static DT_POINT_SIZE],
                              uint8_t nonce[static DT_BLIND_NONCE_SIZE],
                              const uint8_t secret[static DT_BLIND_SECRET_SIZE]);

/* To line, terms, role, secret and `cells` (8 bytes each). */
void dt_blind_commit(uint8_t commitment[static DT_HASH_SIZE], const struct dt_blind_message *hello,
                     struct dt_span secret, struct dt_span cells);

/* Fills `entries` (as many as `size`) with `count` cells and padding, in the order of their
 * points: of the order in which cells were given nothing is left. */
DT_MUST_USE bool dt_blind_list(struct dt_blind_entry *entries, uint32_t size, struct dt_span line,
                               const uint8_t session[static DT_HASH_SIZE],
                               const uint8_t secret[static DT_BLIND_SECRET_SIZE],
                               const uint64_t *cells, size_t count);

/* The hash of all messages so far and one more; begins with zeros. */
void dt_blind_chain(uint8_t chain[static DT_HASH_SIZE], struct dt_span message);

/* What both proofs of a session differ by. */
void dt_blind_context(uint8_t context[static DT_HASH_SIZE], const uint8_t session[static DT_HASH_SIZE],
                      enum dt_blind_role role);

/* Whether the points are `size` points, valid, and if `sorted` ascending: OK, BAD_VALUE,
 * NOT_CANONICAL. */
DT_MUST_USE enum dt_err dt_blind_points(struct dt_span points, uint32_t size, bool sorted);

/* Marks by `found` (`size` of them) which points of `theirs` are among `ours`: what was
 * multiplied by both scalars. `ours` is left sorted. */
void dt_blind_meet(bool *found, const uint8_t *theirs, uint8_t *ours, uint32_t size);

#endif

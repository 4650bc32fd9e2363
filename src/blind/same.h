/* SPDX-License-Identifier: ISC */
/*
 * same - proves that every point of a list was multiplied by the scalar of a public key:
 * one proof of equal logarithms (Chaum and Pedersen) for a random combination of all of
 * them, as in RFC 9497 section 2.2. Internal to blind.
 *
 * A list in which one point was multiplied by something else passes with a chance of about
 * 2^-252: the weights of the combination are hashes over both lists, and over `context`,
 * which is different for each session and side, so a proof proves nothing elsewhere.
 */
#ifndef DT_BLIND_SAME_H
#define DT_BLIND_SAME_H

#include "crypto/group.h"

struct dt_blind_same {
    struct dt_span context;
    const uint8_t *key;  /* scalar times generator */
    const uint8_t *from; /* `size` points, each valid */
    const uint8_t *to;   /* scalar times from[i], valid */
    size_t size;
};

/* `secret`: what nobody else knows; the proof's own random number is made from it. False
 * if the points add up to the neutral element: not by chance. */
DT_MUST_USE bool dt_blind_same_prove(uint8_t challenge[static DT_SCALAR_SIZE],
                                     uint8_t response[static DT_SCALAR_SIZE],
                                     const struct dt_blind_same *same,
                                     const uint8_t scalar[static DT_SCALAR_SIZE],
                                     struct dt_span secret);
DT_MUST_USE bool dt_blind_same_verify(const struct dt_blind_same *same,
                                      const uint8_t challenge[static DT_SCALAR_SIZE],
                                      const uint8_t response[static DT_SCALAR_SIZE]);

#endif

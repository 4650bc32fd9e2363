/* SPDX-License-Identifier: ISC */
/*
 * group - ristretto255 (RFC 9496): a group of prime order, each element with one encoding.
 *
 * For protocols that need more than signatures and key agreement. Points are 32 bytes on
 * the way in and out; nothing here accepts the neutral element or a second spelling of a
 * point. Multiplication and hashing take the same time whatever the secret (libsodium);
 * secrets are wiped by their owner (dt_wipe).
 *
 * Thread rules and dt_crypto_init() as in crypto.h.
 */
#ifndef DT_CRYPTO_GROUP_H
#define DT_CRYPTO_GROUP_H

#include "crypto/crypto.h"

enum { DT_POINT_SIZE = 32, DT_SCALAR_SIZE = 32 };

/* A point of which nobody knows a logarithm: SHA-512 of label, one zero byte and the
 * parts, mapped to the group as in RFC 9496 section 4.3.4. */
void dt_point_hash(uint8_t point[static DT_POINT_SIZE], const char *label,
                   const struct dt_span *parts, size_t count);

/* The same hash as a number below the group's order. */
void dt_scalar_hash(uint8_t scalar[static DT_SCALAR_SIZE], const char *label,
                    const struct dt_span *parts, size_t count);

/* False for what is no encoding of a point, and for the neutral element. */
DT_MUST_USE bool dt_point_valid(const uint8_t point[static DT_POINT_SIZE]);

/* False if `point` is not valid or the result would be the neutral element. */
DT_MUST_USE bool dt_point_multiply(uint8_t out[static DT_POINT_SIZE],
                                   const uint8_t scalar[static DT_SCALAR_SIZE],
                                   const uint8_t point[static DT_POINT_SIZE]);
/* The same with the generator. */
DT_MUST_USE bool dt_point_generate(uint8_t out[static DT_POINT_SIZE],
                                   const uint8_t scalar[static DT_SCALAR_SIZE]);

/* `out` may be one of the two; the neutral element may be given and may come out (zeros). */
DT_MUST_USE bool dt_point_add(uint8_t out[static DT_POINT_SIZE], const uint8_t a[static DT_POINT_SIZE],
                              const uint8_t b[static DT_POINT_SIZE]);

/* out = a - b c */
void dt_scalar_less_product(uint8_t out[static DT_SCALAR_SIZE], const uint8_t a[static DT_SCALAR_SIZE],
                            const uint8_t b[static DT_SCALAR_SIZE],
                            const uint8_t c[static DT_SCALAR_SIZE]);

#endif

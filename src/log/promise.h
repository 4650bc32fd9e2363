/* SPDX-License-Identifier: ISC */
/*
 * promise - one leaf, signed by itself, so that a record may travel alone.
 *
 * A record that overtakes those in front of it has no checkpoint yet. Its writer signs
 * that this leaf will stand at `seq` of its log on this line (protocol.md section 5);
 * a later checkpoint that says otherwise is a fork. Ed25519 over the label
 * `detente/1/promise`, a zero byte, line id, wid (2), seq (8), leaf hash. Pure.
 */
#ifndef DT_LOG_PROMISE_H
#define DT_LOG_PROMISE_H

#include <stdint.h>

#include "crypto/crypto.h"

struct dt_promise {
    uint8_t line_id[DT_HASH_SIZE];
    uint16_t wid;
    uint64_t seq; /* 0 for the first record */
    uint8_t leaf[DT_HASH_SIZE];
    uint8_t signature[DT_SIGNATURE_SIZE];
};

/* Fills p->signature. */
void dt_promise_sign(struct dt_promise *p, const uint8_t signer[static DT_SIGNER_SIZE]);

/* BAD_SIGNATURE, or BAD_VALUE for a seq no log reaches. That `writer` is the key
 * behind p->wid is for the caller to know. */
DT_MUST_USE enum dt_err dt_promise_verify(const struct dt_promise *p,
                                          const uint8_t writer[static DT_PUBLIC_SIZE]);

#endif

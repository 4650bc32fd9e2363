/* SPDX-License-Identifier: ISC */
/*
 * seal_text - one text under one key, committed to: what seal and tier are made of.
 * Inside log only. `bound` is what the ciphertext is tied to. Pure; the caller wipes.
 */
#ifndef DT_LOG_SEAL_TEXT_H
#define DT_LOG_SEAL_TEXT_H

#include "log/seal.h"

struct dt_seal_text {
    uint8_t commitment[DT_HASH_SIZE];
    size_t size;
    uint8_t bytes[DT_SEALED_MAX + DT_AEAD_TAG_SIZE];
};

/* M(key; label; data), protocol.md section 2. */
void dt_seal_mac(uint8_t out[static 32], const uint8_t key[static 32], const char *label,
                 struct dt_span data);

/* TOO_LARGE, or an encoding error where `plain` is no map. */
DT_MUST_USE enum dt_err dt_seal_text(struct dt_seal_text *out, struct dt_span plain,
                                     const uint8_t record_key[static 32], struct dt_span bound);
DT_MUST_USE enum dt_err dt_open_text(uint8_t *out, size_t capacity, size_t *size,
                                     const uint8_t commitment[static DT_HASH_SIZE],
                                     struct dt_span ciphertext,
                                     const uint8_t record_key[static 32], struct dt_span bound);

#endif

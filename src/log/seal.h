/* SPDX-License-Identifier: ISC */
/*
 * seal - bodies that only their readers can open, and that still prove what they said.
 *
 * protocol.md section 6. A body's key 30 holds [key id, commitment, ciphertext].
 * Keys come from a *set key* shared by one set of readers; each record has its own
 * key, and the nonce is taken from the commitment, so nothing repeats even when an
 * append is lost and tried again. Sealing is a pure function: a reader can seal the
 * opened form again and hold the result against the leaf.
 *
 * Entropy (set keys, ephemeral keys) is handed in. Secrets are the caller's to wipe.
 * Pure; nothing allocates.
 */
#ifndef DT_LOG_SEAL_H
#define DT_LOG_SEAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "log/header.h"

enum {
    DT_SET_KEY_SIZE = 32,
    DT_KEY_ID_SIZE = 8,
    DT_GRANT_BOX_SIZE = 80,
    DT_BODY_KEY_SEALED = 30,
    DT_BODY_KEY_CELL = 31,  /* a notice's coarse part, tier.h */
    DT_BODY_KEY_SHAPE = 32, /* and its shape */
    DT_BODY_KEY_OFFICER = 15,
    DT_BODY_KEY_SECOND = 16,
    DT_SEALED_MAX = 15360, /* padded plaintext, bytes: the largest class a body can hold */
};

/* Where a record stands: what its keys are bound to. */
struct dt_place {
    const uint8_t *line; /* DT_HASH_SIZE bytes, borrowed */
    uint16_t wid;
    uint64_t seq;
};

/* The sealed part as found in a body. */
struct dt_sealed {
    uint8_t key_id[DT_KEY_ID_SIZE];
    uint8_t commitment[DT_HASH_SIZE];
    struct dt_span ciphertext; /* borrowed */
};

void dt_key_id(uint8_t id[static DT_KEY_ID_SIZE], const uint8_t set_key[static DT_SET_KEY_SIZE]);

/* The key of one record, and the salt of its commitment. */
void dt_record_key(uint8_t key[static 32], const uint8_t set_key[static DT_SET_KEY_SIZE],
                   const struct dt_place *place);
void dt_record_salt(uint8_t salt[static 32], const uint8_t record_key[static 32]);

/* Size class of a plaintext of `size` bytes; 0 if it is too large. */
size_t dt_padded_size(size_t size);

/* Finds key 30 of a body map (checked CBOR). Without it DT_OK and *present false;
 * with it, BAD_TYPE or BAD_VALUE unless it is well formed and of a size class. */
DT_MUST_USE enum dt_err dt_sealed_find(struct dt_sealed *out, struct dt_span body, bool *present);

/*
 * Writes the body map `clear` with the sealed part as its key 30, in place of any
 * that is there. `plain` is one map; `record_key` from dt_record_key().
 * TOO_LARGE if plain or result passes its limit; an encoding error where one of
 * the maps is none.
 */
DT_MUST_USE enum dt_err dt_seal_body(uint8_t *out, size_t capacity, size_t *size,
                                     struct dt_span clear, struct dt_span plain,
                                     const uint8_t key_id[static DT_KEY_ID_SIZE],
                                     const uint8_t record_key[static 32],
                                     const struct dt_place *place);

/*
 * Opens a sealed part into `out` (DT_SEALED_MAX bytes). *size is that of the
 * plaintext map without padding. DOES_NOT_OPEN if key, commitment, padding or
 * map are wrong.
 */
DT_MUST_USE enum dt_err dt_open_sealed(uint8_t *out, size_t capacity, size_t *size,
                                       const struct dt_sealed *sealed,
                                       const uint8_t record_key[static 32],
                                       const struct dt_place *place);

/* True if (salt, plain) is what `commitment` commits to; `plain` unpadded. */
bool dt_commitment_holds(const uint8_t commitment[static DT_HASH_SIZE],
                         const uint8_t salt[static 32], struct dt_span plain);

/* --- the opened form of a link (protocol.md section 7, form 1) ------------ */

/* Body with [key id, plaintext] in place of the sealed part. */
DT_MUST_USE enum dt_err dt_body_to_opened(uint8_t *out, size_t capacity, size_t *size,
                                          struct dt_span body, struct dt_span plain);
/* The reverse: finds key id and plaintext; the caller looks the key up and seals. */
DT_MUST_USE enum dt_err dt_opened_find(struct dt_span opened, uint8_t key_id[static DT_KEY_ID_SIZE],
                                       struct dt_span *plain);
DT_MUST_USE enum dt_err dt_opened_to_body(uint8_t *out, size_t capacity, size_t *size,
                                          struct dt_span opened, const uint8_t record_key[static 32],
                                          const struct dt_place *place);

/* --- grants --------------------------------------------------------------- */

/* Boxes `key` for a reader. `ephemeral` 32 fresh random bytes, wiped by the caller.
 * BAD_KEY if the reader's public key is weak. */
DT_MUST_USE enum dt_err dt_grant_box(uint8_t box[static DT_GRANT_BOX_SIZE],
                                     const uint8_t key[static 32],
                                     const uint8_t key_id[static DT_KEY_ID_SIZE],
                                     const uint8_t line[static DT_HASH_SIZE],
                                     const uint8_t reader[static DT_PUBLIC_SIZE],
                                     const uint8_t ephemeral[static 32]);
DT_MUST_USE enum dt_err dt_grant_open(uint8_t key[static 32],
                                      const uint8_t box[static DT_GRANT_BOX_SIZE],
                                      const uint8_t key_id[static DT_KEY_ID_SIZE],
                                      const uint8_t line[static DT_HASH_SIZE],
                                      const uint8_t reader_secret[static DT_SECRET_SIZE],
                                      const uint8_t reader[static DT_PUBLIC_SIZE]);

/* --- officers ------------------------------------------------------------- */

/*
 * What an officer signs for a record that is about to be appended: purpose label
 * and line, writer, kind, time and the body without keys 15, 16 and 30, with the padded
 * plaintext (`plain` is given unpadded; an empty span if nothing is sealed). 32 bytes to be signed under the
 * label by dt_officer_sign().
 */
DT_MUST_USE enum dt_err dt_officer_digest(uint8_t digest[static DT_HASH_SIZE], struct dt_span body,
                                          struct dt_span plain);
/* `h` gives kind, flags, time and addressees: all that makes the record what it is but
 * its place and what its author had seen. */
void dt_officer_sign(uint8_t signature[static DT_SIGNATURE_SIZE],
                     const uint8_t line[static DT_HASH_SIZE], uint16_t wid,
                     const struct dt_header *h, const uint8_t digest[static DT_HASH_SIZE],
                     const uint8_t signer[static DT_SIGNER_SIZE]);
DT_MUST_USE bool dt_officer_verify(const uint8_t signature[static DT_SIGNATURE_SIZE],
                                   const uint8_t line[static DT_HASH_SIZE], uint16_t wid,
                                   const struct dt_header *h,
                                   const uint8_t digest[static DT_HASH_SIZE],
                                   const uint8_t key[static DT_PUBLIC_SIZE]);

#endif

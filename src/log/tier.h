/* SPDX-License-Identifier: ISC */
/*
 * tier - a record told in steps: each step is a sealed part of its own, under a key of its
 * own. protocol.md section 6, "Tiers".
 *
 *     0 existence   the clear body
 *     1 cell        key 31
 *     2 shape       key 32
 *     3 exact       key 30, as of any sealed record
 *
 * The key of a tier is a one-way function of the key of the tier above it. So one key gives
 * a tier and those below it, and nothing above. For the readers of a tier from the start
 * its key is wrapped under their set key; for later ones it travels in a GRANT.
 *
 * All parts lie in one body under one leaf: their commitments stand or fall together, and a
 * part that says something else than another is proved by opening both.
 *
 * Pure; nothing allocates. Secrets are the caller's to wipe.
 */
#ifndef DT_LOG_TIER_H
#define DT_LOG_TIER_H

#include "log/seal.h"

enum dt_tier { DT_TIER_EXISTENCE, DT_TIER_CELL, DT_TIER_SHAPE, DT_TIER_EXACT, DT_TIERS };

enum { DT_TIER_WRAP_SIZE = 32 + DT_AEAD_TAG_SIZE };

const char *dt_tier_name(int64_t tier);  /* "existence", "cell", "shape", "exact"; "?" */
int dt_tier_find_name(const char *name); /* any case; -1 if there is none */

/* A part of tier cell or shape as found in a body. */
struct dt_tier_part {
    uint8_t key_id[DT_KEY_ID_SIZE]; /* of the set key under which the tier's key is wrapped */
    uint8_t commitment[DT_HASH_SIZE];
    struct dt_span ciphertext; /* borrowed */
    const uint8_t *wrapped;    /* DT_TIER_WRAP_SIZE bytes, borrowed */
};

/* Finds the part of tier cell or shape in checked CBOR; false if it is not there, or not well
 * formed: it does not open then. */
bool dt_tier_find(struct dt_tier_part *out, struct dt_span body, enum dt_tier tier);

/* True if the body has parts beside key 30. */
bool dt_tier_has_parts(struct dt_span body);

/* The key of tier `to` from that of tier `from` (not below it), in place. */
void dt_tier_key_down(uint8_t key[static 32], enum dt_tier from, enum dt_tier to);

/* What is to be sealed as tier cell or shape: its text, its readers' set key. */
struct dt_tier_text {
    struct dt_span plain; /* empty: no such part */
    uint8_t key_id[DT_KEY_ID_SIZE];
    uint8_t set_key[DT_SET_KEY_SIZE];
};

/*
 * Writes the body map `clear`, which has no key above 29, with the parts of tiers cell and
 * shape (texts[0], texts[1]). `exact_key` is the record key of key 30 (dt_record_key()).
 * TOO_LARGE; an encoding error where a map is none.
 */
DT_MUST_USE enum dt_err dt_tier_seal(uint8_t *out, size_t capacity, size_t *size,
                                     struct dt_span clear, const struct dt_tier_text texts[2],
                                     const uint8_t exact_key[static 32],
                                     const struct dt_place *place);

/* The tier's key out of its part. DOES_NOT_OPEN. */
DT_MUST_USE enum dt_err dt_tier_unwrap(uint8_t key[static 32], const struct dt_tier_part *part,
                                       enum dt_tier tier,
                                       const uint8_t set_key[static DT_SET_KEY_SIZE],
                                       const struct dt_place *place);

/* As dt_open_sealed(), for a part of tier cell or shape. */
DT_MUST_USE enum dt_err dt_tier_open(uint8_t *out, size_t capacity, size_t *size,
                                     const struct dt_tier_part *part, enum dt_tier tier,
                                     const uint8_t tier_key[static 32],
                                     const struct dt_place *place);

/* What the exact part says of the parts below it: H(detente/1/tiers; cell text, shape text). */
void dt_tier_digest(uint8_t digest[static DT_HASH_SIZE], struct dt_span cell, struct dt_span shape);

#endif

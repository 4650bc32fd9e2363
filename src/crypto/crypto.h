/* SPDX-License-Identifier: ISC */
/*
 * crypto - the suite-1 primitives under one set of names.
 *
 * Suite 1: Ed25519 (RFC 8032), X25519 (RFC 7748), ChaCha20-Poly1305 (RFC 8439),
 * SHA-256 (FIPS 180-4), HMAC and HKDF with it (RFC 2104, RFC 5869), Argon2id
 * (RFC 9106). libsodium does all but SHA-256, and the encryption of what fills a
 * datagram: there OpenSSL uses more of the processor (docs/dependencies.md).
 *
 * No entropy is drawn here: whoever needs a key hands in its seed. Secrets are
 * compared in constant time (dt_equal) and wiped by their owner (dt_wipe).
 *
 * Thread rules: dt_crypto_init() once, before anything else; after that each
 * function may be called from any thread (two contexts of OpenSSL are kept for each).
 */
#ifndef DT_CRYPTO_CRYPTO_H
#define DT_CRYPTO_CRYPTO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"

enum {
    DT_HASH_SIZE = 32,      /* SHA-256 */
    DT_SEED_SIZE = 32,      /* from which a signing key pair is made */
    DT_PUBLIC_SIZE = 32,    /* Ed25519 or X25519 public key */
    DT_SECRET_SIZE = 32,    /* X25519 secret key */
    DT_SIGNER_SIZE = 64,    /* expanded Ed25519 secret: seed and public key */
    DT_SIGNATURE_SIZE = 64, /* Ed25519 */
    DT_AEAD_KEY_SIZE = 32,
    DT_AEAD_NONCE_SIZE = 12,
    DT_AEAD_TAG_SIZE = 16,
};

/* DT_ERR_NO_MEMORY if a library does not start: nothing can be done then. */
DT_MUST_USE enum dt_err dt_crypto_init(void);

/* --- hashing ----------------------------------------------------------- */

void dt_sha256(uint8_t out[static DT_HASH_SIZE], struct dt_span data);
/* Hash of the parts one after another. */
void dt_sha256_parts(uint8_t out[static DT_HASH_SIZE], const struct dt_span *parts, size_t count);

/* SHA-256 of `label` (without its NUL), one zero byte, then the parts: every hash
 * of ours that is not a Merkle node or a note starts so (protocol.md, Labels). */
void dt_labelled_hash(uint8_t out[static DT_HASH_SIZE], const char *label,
                      const struct dt_span *parts, size_t count);

/* The same over what comes piece by piece. NULL without memory. */
struct dt_hashing;
struct dt_hashing *dt_hashing_begin(const char *label);
void dt_hashing_add(struct dt_hashing *hashing, struct dt_span bytes);
/* Frees it; `out` may be NULL. */
void dt_hashing_end(struct dt_hashing *hashing, uint8_t *out);

void dt_hmac(uint8_t out[static DT_HASH_SIZE], struct dt_span key, const struct dt_span *parts,
             size_t count);

/* A key made ready for more than one dt_hmac_with(): the same MACs for half the hashing.
 * As secret as the key: wiped by its owner. */
struct dt_hmac_key {
    uint32_t inner[8], outer[8];
};
void dt_hmac_key(struct dt_hmac_key *out, struct dt_span key);
void dt_hmac_with(uint8_t out[static DT_HASH_SIZE], const struct dt_hmac_key *key,
                  const struct dt_span *parts, size_t count);

/* --- signatures -------------------------------------------------------- */

/* Key pair from 32 secret bytes (RFC 8032 section 5.1.5). */
void dt_signer_from_seed(uint8_t signer[static DT_SIGNER_SIZE], uint8_t public_key[static DT_PUBLIC_SIZE],
                         const uint8_t seed[static DT_SEED_SIZE]);
void dt_sign(uint8_t signature[static DT_SIGNATURE_SIZE], struct dt_span message,
             const uint8_t signer[static DT_SIGNER_SIZE]);
/* False also for small-order keys and non-canonical encodings. */
DT_MUST_USE bool dt_verify(const uint8_t signature[static DT_SIGNATURE_SIZE], struct dt_span message,
                           const uint8_t public_key[static DT_PUBLIC_SIZE]);

/* --- key agreement ----------------------------------------------------- */

void dt_x25519_public(uint8_t public_key[static DT_PUBLIC_SIZE],
                      const uint8_t secret[static DT_SECRET_SIZE]);
/* False if the result is all zero (a small-order public key): use it for nothing. */
DT_MUST_USE bool dt_x25519(uint8_t shared[static 32], const uint8_t secret[static DT_SECRET_SIZE],
                           const uint8_t public_key[static DT_PUBLIC_SIZE]);

/* A signer's key pair as one for key agreement, for what is kept for an officer. False for a weak
 * public key. */
DT_MUST_USE bool dt_x25519_of_public(uint8_t out[static DT_PUBLIC_SIZE],
                                     const uint8_t public_key[static DT_PUBLIC_SIZE]);
void dt_x25519_of_signer(uint8_t secret[static DT_SECRET_SIZE], const uint8_t signer[static DT_SIGNER_SIZE]);

/* --- authenticated encryption ------------------------------------------ */

/* Writes plain.size + DT_AEAD_TAG_SIZE bytes. `out` may be plain.data. */
void dt_aead_seal(uint8_t *out, struct dt_span plain, struct dt_span associated,
                  const uint8_t nonce[static DT_AEAD_NONCE_SIZE],
                  const uint8_t key[static DT_AEAD_KEY_SIZE]);
/* Writes sealed.size - DT_AEAD_TAG_SIZE bytes. Of what is not authentic nothing stays in `out`,
 * which is not `sealed`: zeros, or what stood there. */
DT_MUST_USE bool dt_aead_open(uint8_t *out, struct dt_span sealed, struct dt_span associated,
                              const uint8_t nonce[static DT_AEAD_NONCE_SIZE],
                              const uint8_t key[static DT_AEAD_KEY_SIZE]);

/* --- passphrases ------------------------------------------------------- */

/* Argon2id 1.3, interactive limits of libsodium (64 MiB, 2 passes). `salt` 16 bytes.
 * NO_MEMORY if that memory is not to be had. */
DT_MUST_USE enum dt_err dt_argon2id(uint8_t out[static 32], struct dt_span passphrase,
                                    const uint8_t salt[static 16]);

/* --- secrets ----------------------------------------------------------- */

void dt_wipe(void *secret, size_t size);
DT_MUST_USE bool dt_equal(const void *a, const void *b, size_t size); /* constant time */

#endif

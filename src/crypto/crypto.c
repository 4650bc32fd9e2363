/* SPDX-License-Identifier: ISC */
#include "crypto/crypto.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>
#include <sodium.h>

static EVP_MD *sha256_md;
static _Thread_local EVP_MD_CTX *sha256_ctx; /* one a thread, kept for its life */

enum dt_err dt_crypto_init(void)
{
    if (sodium_init() < 0) {
        return DT_ERR_NO_MEMORY;
    }
    if (sha256_md == NULL) {
        sha256_md = EVP_MD_fetch(NULL, "SHA256", NULL);
    }
    return sha256_md == NULL ? DT_ERR_NO_MEMORY : DT_OK;
}

/* A failure here means no memory for a 200-byte context or a broken library: a
 * wrong hash must never be returned, so there is nothing else to do. */
static void must(int ok)
{
    if (ok != 1) {
        abort();
    }
}

static EVP_MD_CTX *sha256_begin(void)
{
    assert(sha256_md != NULL);
    if (sha256_ctx == NULL) {
        sha256_ctx = EVP_MD_CTX_new();
        must(sha256_ctx != NULL);
    }
    must(EVP_DigestInit_ex2(sha256_ctx, sha256_md, NULL));
    return sha256_ctx;
}

static void sha256_add(EVP_MD_CTX *ctx, const struct dt_span *parts, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (parts[i].size > 0) {
            must(EVP_DigestUpdate(ctx, parts[i].data, parts[i].size));
        }
    }
}

void dt_sha256_parts(uint8_t out[static DT_HASH_SIZE], const struct dt_span *parts, size_t count)
{
    EVP_MD_CTX *ctx = sha256_begin();
    sha256_add(ctx, parts, count);
    must(EVP_DigestFinal_ex(ctx, out, NULL));
}

void dt_sha256(uint8_t out[static DT_HASH_SIZE], struct dt_span data)
{
    dt_sha256_parts(out, &data, 1);
}

void dt_labelled_hash(uint8_t out[static DT_HASH_SIZE], const char *label,
                      const struct dt_span *parts, size_t count)
{
    EVP_MD_CTX *ctx = sha256_begin();
    must(EVP_DigestUpdate(ctx, label, strlen(label) + 1));
    sha256_add(ctx, parts, count);
    must(EVP_DigestFinal_ex(ctx, out, NULL));
}

struct dt_hashing {
    EVP_MD_CTX *ctx;
};

struct dt_hashing *dt_hashing_begin(const char *label)
{
    struct dt_hashing *hashing = malloc(sizeof *hashing);
    if (hashing == NULL || (hashing->ctx = EVP_MD_CTX_new()) == NULL) {
        free(hashing);
        return NULL;
    }
    must(EVP_DigestInit_ex2(hashing->ctx, sha256_md, NULL));
    must(EVP_DigestUpdate(hashing->ctx, label, strlen(label) + 1));
    return hashing;
}

void dt_hashing_add(struct dt_hashing *hashing, struct dt_span bytes)
{
    sha256_add(hashing->ctx, &bytes, 1);
}

void dt_hashing_end(struct dt_hashing *hashing, uint8_t *out)
{
    if (hashing == NULL) {
        return;
    }
    if (out != NULL) {
        must(EVP_DigestFinal_ex(hashing->ctx, out, NULL));
    }
    EVP_MD_CTX_free(hashing->ctx);
    free(hashing);
}

void dt_hmac(uint8_t out[static DT_HASH_SIZE], struct dt_span key, const struct dt_span *parts,
             size_t count)
{
    uint8_t inner[64] = {0}, outer[64], digest[DT_HASH_SIZE];
    if (key.size > sizeof inner) {
        dt_sha256(inner, key);
    } else if (key.size > 0) {
        memcpy(inner, key.data, key.size);
    }
    for (size_t i = 0; i < sizeof inner; i++) {
        outer[i] = inner[i] ^ 0x5c;
        inner[i] ^= 0x36;
    }
    EVP_MD_CTX *ctx = sha256_begin();
    must(EVP_DigestUpdate(ctx, inner, sizeof inner));
    sha256_add(ctx, parts, count);
    must(EVP_DigestFinal_ex(ctx, digest, NULL));
    const struct dt_span last[2] = {dt_span(outer, sizeof outer), dt_span(digest, sizeof digest)};
    dt_sha256_parts(out, last, 2);
    dt_wipe(inner, sizeof inner);
    dt_wipe(outer, sizeof outer);
    dt_wipe(digest, sizeof digest);
}

void dt_signer_from_seed(uint8_t signer[static DT_SIGNER_SIZE], uint8_t public_key[static DT_PUBLIC_SIZE],
                         const uint8_t seed[static DT_SEED_SIZE])
{
    crypto_sign_seed_keypair(public_key, signer, seed);
}

void dt_sign(uint8_t signature[static DT_SIGNATURE_SIZE], struct dt_span message,
             const uint8_t signer[static DT_SIGNER_SIZE])
{
    crypto_sign_detached(signature, NULL, message.data, message.size, signer);
}

bool dt_verify(const uint8_t signature[static DT_SIGNATURE_SIZE], struct dt_span message,
               const uint8_t public_key[static DT_PUBLIC_SIZE])
{
    return crypto_sign_verify_detached(signature, message.data, message.size, public_key) == 0;
}

void dt_x25519_public(uint8_t public_key[static DT_PUBLIC_SIZE],
                      const uint8_t secret[static DT_SECRET_SIZE])
{
    crypto_scalarmult_base(public_key, secret);
}

bool dt_x25519(uint8_t shared[static 32], const uint8_t secret[static DT_SECRET_SIZE],
               const uint8_t public_key[static DT_PUBLIC_SIZE])
{
    return crypto_scalarmult(shared, secret, public_key) == 0;
}

void dt_aead_seal(uint8_t *out, struct dt_span plain, struct dt_span associated,
                  const uint8_t nonce[static DT_AEAD_NONCE_SIZE],
                  const uint8_t key[static DT_AEAD_KEY_SIZE])
{
    crypto_aead_chacha20poly1305_ietf_encrypt(out, NULL, plain.data, plain.size, associated.data,
                                              associated.size, NULL, nonce, key);
}

bool dt_aead_open(uint8_t *out, struct dt_span sealed, struct dt_span associated,
                  const uint8_t nonce[static DT_AEAD_NONCE_SIZE],
                  const uint8_t key[static DT_AEAD_KEY_SIZE])
{
    return sealed.size >= DT_AEAD_TAG_SIZE &&
           crypto_aead_chacha20poly1305_ietf_decrypt(out, NULL, NULL, sealed.data, sealed.size,
                                                     associated.data, associated.size, nonce,
                                                     key) == 0;
}

enum dt_err dt_argon2id(uint8_t out[static 32], struct dt_span passphrase,
                        const uint8_t salt[static 16])
{
    return crypto_pwhash(out, 32, (const char *)passphrase.data, passphrase.size, salt,
                         crypto_pwhash_OPSLIMIT_INTERACTIVE, crypto_pwhash_MEMLIMIT_INTERACTIVE,
                         crypto_pwhash_ALG_ARGON2ID13) == 0
               ? DT_OK
               : DT_ERR_NO_MEMORY;
}

void dt_wipe(void *secret, size_t size)
{
    sodium_memzero(secret, size);
}

bool dt_equal(const void *a, const void *b, size_t size)
{
    return sodium_memcmp(a, b, size) == 0;
}

/* SPDX-License-Identifier: ISC */
/*
 * The SHA-256 functions that OpenSSL calls low-level, though it would rather see EVP used:
 * a record costs some thirty hashes of a block or two, and EVP takes locks and memory for
 * each. Nothing else gives the state of a half-hashed HMAC key away either.
 */
#define OPENSSL_SUPPRESS_DEPRECATED
#include "crypto/crypto.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>
#include <openssl/sha.h>
#include <sodium.h>

enum {
    BLOCK = 64,
    LARGE = 128, /* bytes from which on OpenSSL's encryption is as fast or up to twice as fast */
};

static EVP_CIPHER *large_cipher;

enum dt_err dt_crypto_init(void)
{
    if (sodium_init() < 0) {
        return DT_ERR_NO_MEMORY;
    }
    if (large_cipher == NULL) {
        large_cipher = EVP_CIPHER_fetch(NULL, "ChaCha20-Poly1305", NULL);
    }
    return large_cipher == NULL ? DT_ERR_NO_MEMORY : DT_OK;
}

/* They cannot fail but in a library that is not what it says: a wrong hash must never be
 * returned, so there is nothing else to do. */
static void must(int ok)
{
    if (ok != 1) {
        abort();
    }
}

static void sha256_add(SHA256_CTX *ctx, const struct dt_span *parts, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (parts[i].size > 0) {
            must(SHA256_Update(ctx, parts[i].data, parts[i].size));
        }
    }
}

void dt_sha256_parts(uint8_t out[static DT_HASH_SIZE], const struct dt_span *parts, size_t count)
{
    SHA256_CTX ctx;
    must(SHA256_Init(&ctx));
    sha256_add(&ctx, parts, count);
    must(SHA256_Final(out, &ctx)); /* leaves the state, which is the hash */
}

void dt_sha256(uint8_t out[static DT_HASH_SIZE], struct dt_span data)
{
    dt_sha256_parts(out, &data, 1);
}

static void begin_labelled(SHA256_CTX *ctx, const char *label)
{
    must(SHA256_Init(ctx));
    must(SHA256_Update(ctx, label, strlen(label) + 1));
}

void dt_labelled_hash(uint8_t out[static DT_HASH_SIZE], const char *label,
                      const struct dt_span *parts, size_t count)
{
    SHA256_CTX ctx;
    begin_labelled(&ctx, label);
    sha256_add(&ctx, parts, count);
    must(SHA256_Final(out, &ctx));
}

struct dt_hashing {
    SHA256_CTX ctx;
};

struct dt_hashing *dt_hashing_begin(const char *label)
{
    struct dt_hashing *hashing = malloc(sizeof *hashing);
    if (hashing != NULL) {
        begin_labelled(&hashing->ctx, label);
    }
    return hashing;
}

void dt_hashing_add(struct dt_hashing *hashing, struct dt_span bytes)
{
    sha256_add(&hashing->ctx, &bytes, 1);
}

void dt_hashing_end(struct dt_hashing *hashing, uint8_t *out)
{
    if (hashing != NULL && out != NULL) {
        must(SHA256_Final(out, &hashing->ctx));
    }
    free(hashing);
}

/* The state after the one block of a padded key. */
static void hash_key(uint32_t state[static 8], const uint8_t key[static BLOCK], uint8_t pad)
{
    uint8_t block[BLOCK];
    SHA256_CTX ctx;
    for (size_t i = 0; i < sizeof block; i++) {
        block[i] = key[i] ^ pad;
    }
    must(SHA256_Init(&ctx));
    must(SHA256_Update(&ctx, block, sizeof block));
    memcpy(state, ctx.h, sizeof ctx.h);
    dt_wipe(block, sizeof block);
    dt_wipe(&ctx, sizeof ctx);
}

/* Goes on where hash_key() stopped. */
static void after_key(SHA256_CTX *ctx, const uint32_t state[static 8])
{
    must(SHA256_Init(ctx));
    memcpy(ctx->h, state, sizeof ctx->h);
    ctx->Nl = BLOCK * 8; /* bits so far */
}

void dt_hmac_key(struct dt_hmac_key *out, struct dt_span key)
{
    uint8_t padded[BLOCK] = {0};
    if (key.size > sizeof padded) {
        dt_sha256(padded, key);
    } else if (key.size > 0) {
        memcpy(padded, key.data, key.size);
    }
    hash_key(out->inner, padded, 0x36);
    hash_key(out->outer, padded, 0x5c);
    dt_wipe(padded, sizeof padded);
}

void dt_hmac_with(uint8_t out[static DT_HASH_SIZE], const struct dt_hmac_key *key,
                  const struct dt_span *parts, size_t count)
{
    uint8_t digest[DT_HASH_SIZE];
    SHA256_CTX ctx;
    after_key(&ctx, key->inner);
    sha256_add(&ctx, parts, count);
    must(SHA256_Final(digest, &ctx));
    after_key(&ctx, key->outer);
    must(SHA256_Update(&ctx, digest, sizeof digest));
    must(SHA256_Final(out, &ctx));
    dt_wipe(digest, sizeof digest);
    dt_wipe(&ctx, sizeof ctx);
}

void dt_hmac(uint8_t out[static DT_HASH_SIZE], struct dt_span key, const struct dt_span *parts,
             size_t count)
{
    struct dt_hmac_key ready;
    dt_hmac_key(&ready, key);
    dt_hmac_with(out, &ready, parts, count);
    dt_wipe(&ready, sizeof ready);
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

bool dt_x25519_of_public(uint8_t out[static DT_PUBLIC_SIZE],
                         const uint8_t public_key[static DT_PUBLIC_SIZE])
{
    return crypto_sign_ed25519_pk_to_curve25519(out, public_key) == 0;
}

void dt_x25519_of_signer(uint8_t secret[static DT_SECRET_SIZE], const uint8_t signer[static DT_SIGNER_SIZE])
{
    (void)crypto_sign_ed25519_sk_to_curve25519(secret, signer); /* cannot fail */
}

/* One for each direction and thread, kept for its life; made ready with key and nonce. */
static EVP_CIPHER_CTX *large_begin(bool seals, const uint8_t *nonce, const uint8_t *key)
{
    static _Thread_local EVP_CIPHER_CTX *contexts[2];
    EVP_CIPHER_CTX **ctx = &contexts[seals];
    assert(large_cipher != NULL);
    if (*ctx == NULL) {
        *ctx = EVP_CIPHER_CTX_new();
        must(*ctx != NULL && EVP_CipherInit_ex2(*ctx, large_cipher, NULL, NULL, seals, NULL) == 1);
    }
    must(EVP_CipherInit_ex2(*ctx, NULL, key, nonce, seals, NULL));
    return *ctx;
}

/* No key outlives its use there. */
static void large_end(EVP_CIPHER_CTX *ctx)
{
    static const uint8_t zero[DT_AEAD_KEY_SIZE];
    must(EVP_CipherInit_ex2(ctx, NULL, zero, NULL, -1, NULL));
}

static void seal_large(uint8_t *out, struct dt_span plain, struct dt_span associated,
                       const uint8_t *nonce, const uint8_t *key)
{
    int size = 0;
    EVP_CIPHER_CTX *ctx = large_begin(true, nonce, key);
    must(associated.size == 0 ||
         EVP_EncryptUpdate(ctx, NULL, &size, associated.data, (int)associated.size) == 1);
    must(EVP_EncryptUpdate(ctx, out, &size, plain.data, (int)plain.size));
    must(EVP_EncryptFinal_ex(ctx, out + plain.size, &size));
    must(EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, DT_AEAD_TAG_SIZE, out + plain.size));
    large_end(ctx);
}

static bool open_large(uint8_t *out, struct dt_span sealed, struct dt_span associated,
                       const uint8_t *nonce, const uint8_t *key)
{
    uint8_t tag[DT_AEAD_TAG_SIZE];
    int size = 0;
    const size_t plain_size = sealed.size - DT_AEAD_TAG_SIZE;
    EVP_CIPHER_CTX *ctx = large_begin(false, nonce, key);
    memcpy(tag, sealed.data + plain_size, sizeof tag);
    must(EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, sizeof tag, tag));
    must(associated.size == 0 ||
         EVP_DecryptUpdate(ctx, NULL, &size, associated.data, (int)associated.size) == 1);
    must(EVP_DecryptUpdate(ctx, out, &size, sealed.data, (int)plain_size));
    const bool authentic = EVP_DecryptFinal_ex(ctx, out + plain_size, &size) == 1;
    large_end(ctx);
    if (!authentic) {
        dt_wipe(out, plain_size);
    }
    return authentic;
}

static bool is_large(size_t size)
{
    return size >= LARGE && size <= INT32_MAX;
}

void dt_aead_seal(uint8_t *out, struct dt_span plain, struct dt_span associated,
                  const uint8_t nonce[static DT_AEAD_NONCE_SIZE],
                  const uint8_t key[static DT_AEAD_KEY_SIZE])
{
    if (is_large(plain.size)) {
        seal_large(out, plain, associated, nonce, key);
        return;
    }
    crypto_aead_chacha20poly1305_ietf_encrypt(out, NULL, plain.data, plain.size, associated.data,
                                              associated.size, NULL, nonce, key);
}

bool dt_aead_open(uint8_t *out, struct dt_span sealed, struct dt_span associated,
                  const uint8_t nonce[static DT_AEAD_NONCE_SIZE],
                  const uint8_t key[static DT_AEAD_KEY_SIZE])
{
    if (is_large(sealed.size)) {
        return open_large(out, sealed, associated, nonce, key);
    }
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

/* SPDX-License-Identifier: ISC */
#include "session/noise.h"

#include <assert.h>
#include <string.h>

enum token { END = 0, E, S, EE, ES, SE, SS, PSK };

enum { MESSAGES_MAX = 3, TOKENS_MAX = 6 };

struct dt_noise_pattern {
    const char *name;
    bool pre_initiator; /* "-> s" above the dots */
    bool pre_responder; /* "<- s" above the dots */
    bool has_psk;
    uint8_t count;
    uint8_t tokens[MESSAGES_MAX][TOKENS_MAX]; /* END-terminated; the initiator's first */
};

/* Sections 7.5 and 9.4. The modifier pskN with N > 0 puts `psk` at the end of message N. */
const struct dt_noise_pattern dt_noise_ikpsk1 = {
    .name = "Noise_IKpsk1_25519_ChaChaPoly_SHA256",
    .pre_responder = true,
    .has_psk = true,
    .count = 2,
    .tokens = {{E, ES, S, SS, PSK}, {E, EE, SE}},
};
const struct dt_noise_pattern dt_noise_ik = {
    .name = "Noise_IK_25519_ChaChaPoly_SHA256",
    .pre_responder = true,
    .count = 2,
    .tokens = {{E, ES, S, SS}, {E, EE, SE}},
};
const struct dt_noise_pattern dt_noise_xx = {
    .name = "Noise_XX_25519_ChaChaPoly_SHA256",
    .count = 3,
    .tokens = {{E}, {E, EE, S, ES}, {S, SE}},
};
const struct dt_noise_pattern dt_noise_kk = {
    .name = "Noise_KK_25519_ChaChaPoly_SHA256",
    .pre_initiator = true,
    .pre_responder = true,
    .count = 2,
    .tokens = {{E, ES, SS}, {E, EE, SE}},
};
const struct dt_noise_pattern dt_noise_nnpsk0 = {
    .name = "Noise_NNpsk0_25519_ChaChaPoly_SHA256",
    .has_psk = true,
    .count = 2,
    .tokens = {{PSK, E}, {E, EE}},
};

/* --- cipher (section 5.1) ------------------------------------------------ */

/* Section 12.3: four zero bytes, then the counter, little-endian. */
static void nonce_bytes(uint8_t out[static DT_AEAD_NONCE_SIZE], uint64_t nonce)
{
    memset(out, 0, 4);
    for (unsigned i = 0; i < 8; i++) {
        out[4 + i] = (uint8_t)(nonce >> (8 * i));
    }
}

static void seal(const uint8_t *key, uint64_t nonce, struct dt_span associated,
                 struct dt_span plain, uint8_t *out)
{
    uint8_t bytes[DT_AEAD_NONCE_SIZE];
    assert(nonce < UINT64_MAX);
    nonce_bytes(bytes, nonce);
    dt_aead_seal(out, plain, associated, bytes, key);
}

static bool open_sealed(const uint8_t *key, uint64_t nonce, struct dt_span associated,
                        struct dt_span sealed, uint8_t *out)
{
    uint8_t bytes[DT_AEAD_NONCE_SIZE];
    nonce_bytes(bytes, nonce);
    return nonce < UINT64_MAX && dt_aead_open(out, sealed, associated, bytes, key);
}

void dt_noise_seal_at(const uint8_t key[static DT_AEAD_KEY_SIZE], uint64_t nonce,
                      struct dt_span plain, uint8_t *out)
{
    seal(key, nonce, dt_span(NULL, 0), plain, out);
}

bool dt_noise_open_at(const uint8_t key[static DT_AEAD_KEY_SIZE], uint64_t nonce,
                      struct dt_span sealed, uint8_t *out)
{
    return open_sealed(key, nonce, dt_span(NULL, 0), sealed, out);
}

/* --- symmetric state (section 5.2) --------------------------------------- */

/* HKDF of section 4.3; `third` may be NULL. */
static void hkdf(const uint8_t chain[static DT_HASH_SIZE], struct dt_span input,
                 uint8_t first[static DT_HASH_SIZE], uint8_t second[static DT_HASH_SIZE],
                 uint8_t *third)
{
    uint8_t temp[DT_HASH_SIZE], one[DT_HASH_SIZE], two[DT_HASH_SIZE];
    static const uint8_t index[3] = {1, 2, 3};
    dt_hmac(temp, dt_span(chain, DT_HASH_SIZE), &input, 1);
    const struct dt_span key = dt_span(temp, sizeof temp);
    struct dt_span parts[2] = {dt_span(&index[0], 1), {NULL, 0}};
    dt_hmac(one, key, parts, 1);
    parts[0] = dt_span(one, sizeof one);
    parts[1] = dt_span(&index[1], 1);
    dt_hmac(two, key, parts, 2);
    if (third != NULL) {
        parts[0] = dt_span(two, sizeof two);
        parts[1] = dt_span(&index[2], 1);
        dt_hmac(third, key, parts, 2);
    }
    memcpy(first, one, sizeof one); /* `first` may be `chain` */
    memcpy(second, two, sizeof two);
    dt_wipe(temp, sizeof temp);
    dt_wipe(one, sizeof one);
    dt_wipe(two, sizeof two);
}

static void mix_hash(struct dt_noise *n, const void *data, size_t size)
{
    const struct dt_span parts[2] = {dt_span(n->hash, sizeof n->hash), dt_span(data, size)};
    dt_sha256_parts(n->hash, parts, 2);
}

static void mix_key(struct dt_noise *n, const void *input, size_t size)
{
    hkdf(n->chain, dt_span(input, size), n->chain, n->cipher.key, NULL);
    n->cipher.nonce = 0;
    n->cipher.keyed = true;
}

static void mix_key_and_hash(struct dt_noise *n, const void *input, size_t size)
{
    uint8_t hash[DT_HASH_SIZE], key[DT_HASH_SIZE];
    hkdf(n->chain, dt_span(input, size), n->chain, hash, key);
    mix_hash(n, hash, sizeof hash);
    memcpy(n->cipher.key, key, sizeof key);
    n->cipher.nonce = 0;
    n->cipher.keyed = true;
    dt_wipe(hash, sizeof hash);
    dt_wipe(key, sizeof key);
}

static void encrypt_and_hash(struct dt_noise *n, struct dt_span plain, struct dt_writer *out)
{
    const size_t size = plain.size + (n->cipher.keyed ? DT_AEAD_TAG_SIZE : 0);
    if (out->overflowed || size > out->capacity - out->size) {
        out->overflowed = true;
        return;
    }
    uint8_t *at = out->data + out->size;
    if (n->cipher.keyed) {
        seal(n->cipher.key, n->cipher.nonce++, dt_span(n->hash, sizeof n->hash), plain, at);
    } else if (plain.size > 0) {
        memcpy(at, plain.data, plain.size);
    }
    out->size += size;
    mix_hash(n, at, size);
}

/* `out` has room for sealed.size bytes. */
static enum dt_err decrypt_and_hash(struct dt_noise *n, struct dt_span sealed, uint8_t *out,
                                    size_t *size)
{
    if (n->cipher.keyed) {
        if (!open_sealed(n->cipher.key, n->cipher.nonce, dt_span(n->hash, sizeof n->hash), sealed,
                         out)) {
            return DT_ERR_AUTH_FAILED;
        }
        n->cipher.nonce++;
        *size = sealed.size - DT_AEAD_TAG_SIZE;
    } else {
        if (sealed.size > 0) {
            memcpy(out, sealed.data, sealed.size);
        }
        *size = sealed.size;
    }
    mix_hash(n, sealed.data, sealed.size);
    return DT_OK;
}

/* --- handshake state (section 5.3) --------------------------------------- */

void dt_noise_init(struct dt_noise *noise, const struct dt_noise_pattern *pattern, bool initiator,
                   const struct dt_noise_keys *keys)
{
    memset(noise, 0, sizeof *noise);
    noise->pattern = pattern;
    noise->initiator = initiator;
    const size_t name_size = strlen(pattern->name);
    if (name_size <= DT_HASH_SIZE) {
        memcpy(noise->hash, pattern->name, name_size);
    } else {
        dt_sha256(noise->hash, dt_span(pattern->name, name_size));
    }
    memcpy(noise->chain, noise->hash, sizeof noise->chain);
    mix_hash(noise, keys->prologue.data, keys->prologue.size);
    if (keys->secret != NULL) {
        memcpy(noise->secret, keys->secret, sizeof noise->secret);
        if (keys->own != NULL) {
            memcpy(noise->own, keys->own, sizeof noise->own);
        } else {
            dt_x25519_public(noise->own, noise->secret);
            noise->dh_count++;
        }
    }
    if (keys->remote != NULL) {
        memcpy(noise->remote, keys->remote, sizeof noise->remote);
    }
    assert((keys->psk != NULL) == pattern->has_psk);
    if (keys->psk != NULL) {
        memcpy(noise->psk, keys->psk, sizeof noise->psk);
    }
    if (keys->static_static != NULL) {
        memcpy(noise->static_static, keys->static_static, sizeof noise->static_static);
        noise->has_static_static = true;
    }
    if (pattern->pre_initiator) {
        mix_hash(noise, initiator ? noise->own : noise->remote, DT_PUBLIC_SIZE);
    }
    if (pattern->pre_responder) {
        mix_hash(noise, initiator ? noise->remote : noise->own, DT_PUBLIC_SIZE);
    }
}

static enum dt_err mix_dh(struct dt_noise *n, enum token token)
{
    /* The first letter names the initiator's key, the second the responder's. */
    const bool own_static = token == SS || token == (n->initiator ? SE : ES);
    const bool remote_static = token == SS || token == (n->initiator ? ES : SE);
    if (token == SS && n->has_static_static) {
        mix_key(n, n->static_static, sizeof n->static_static);
        return DT_OK;
    }
    uint8_t shared[32];
    n->dh_count++;
    const bool ok = dt_x25519(shared, own_static ? n->secret : n->ephemeral,
                              remote_static ? n->remote : n->remote_ephemeral);
    if (ok) {
        mix_key(n, shared, sizeof shared);
    }
    dt_wipe(shared, sizeof shared);
    return ok ? DT_OK : DT_ERR_BAD_KEY;
}

/* Section 9.2: with a psk, ephemeral keys enter the key as well as the hash. */
static void mix_ephemeral(struct dt_noise *n, const uint8_t key[static DT_PUBLIC_SIZE])
{
    mix_hash(n, key, DT_PUBLIC_SIZE);
    if (n->pattern->has_psk) {
        mix_key(n, key, DT_PUBLIC_SIZE);
    }
}

static enum dt_err write_token(struct dt_noise *n, enum token token, const uint8_t *entropy,
                               struct dt_writer *out)
{
    switch (token) {
    case E:
        memcpy(n->ephemeral, entropy, sizeof n->ephemeral);
        dt_x25519_public(n->own_ephemeral, n->ephemeral);
        n->dh_count++;
        dt_write_bytes(out, n->own_ephemeral, sizeof n->own_ephemeral);
        mix_ephemeral(n, n->own_ephemeral);
        return DT_OK;
    case S:
        encrypt_and_hash(n, dt_span(n->own, sizeof n->own), out);
        return DT_OK;
    case PSK:
        mix_key_and_hash(n, n->psk, sizeof n->psk);
        return DT_OK;
    default:
        return mix_dh(n, token);
    }
}

enum dt_err dt_noise_write(struct dt_noise *noise, struct dt_span payload,
                           const uint8_t entropy[static DT_SECRET_SIZE], struct dt_writer *out)
{
    assert(!dt_noise_done(noise) && noise->initiator == (noise->message % 2 == 0));
    const uint8_t *token = noise->pattern->tokens[noise->message];
    for (; *token != END; token++) {
        const enum dt_err err = write_token(noise, (enum token)*token, entropy, out);
        if (err != DT_OK) {
            return err;
        }
    }
    encrypt_and_hash(noise, payload, out);
    noise->message++;
    return out->overflowed ? DT_ERR_CAPACITY : DT_OK;
}

static enum dt_err read_token(struct dt_noise *n, enum token token, struct dt_reader *in)
{
    switch (token) {
    case E:
        dt_read_copy(in, n->remote_ephemeral, sizeof n->remote_ephemeral);
        mix_ephemeral(n, n->remote_ephemeral);
        return in->err;
    case S: {
        uint8_t key[DT_PUBLIC_SIZE + DT_AEAD_TAG_SIZE];
        size_t size;
        const struct dt_span sealed =
            dt_read_span(in, DT_PUBLIC_SIZE + (n->cipher.keyed ? DT_AEAD_TAG_SIZE : 0));
        if (in->err != DT_OK) {
            return in->err;
        }
        const enum dt_err err = decrypt_and_hash(n, sealed, key, &size);
        if (err == DT_OK) {
            memcpy(n->remote, key, sizeof n->remote);
        }
        return err;
    }
    case PSK:
        mix_key_and_hash(n, n->psk, sizeof n->psk);
        return DT_OK;
    default:
        return mix_dh(n, token);
    }
}

enum dt_err dt_noise_read(struct dt_noise *noise, struct dt_span message, uint8_t *payload,
                          size_t *payload_size)
{
    assert(!dt_noise_done(noise) && noise->initiator == (noise->message % 2 == 1));
    struct dt_reader in = dt_reader(message);
    const uint8_t *token = noise->pattern->tokens[noise->message];
    for (; *token != END; token++) {
        const enum dt_err err = read_token(noise, (enum token)*token, &in);
        if (err != DT_OK) {
            return err;
        }
    }
    if (noise->cipher.keyed && in.left < DT_AEAD_TAG_SIZE) {
        return DT_ERR_TRUNCATED;
    }
    noise->message++;
    return decrypt_and_hash(noise, dt_read_span(&in, in.left), payload, payload_size);
}

bool dt_noise_done(const struct dt_noise *noise)
{
    return noise->message == noise->pattern->count;
}

void dt_noise_split(const struct dt_noise *noise, struct dt_noise_cipher *first,
                    struct dt_noise_cipher *second)
{
    assert(dt_noise_done(noise));
    *first = (struct dt_noise_cipher){.keyed = true};
    *second = (struct dt_noise_cipher){.keyed = true};
    hkdf(noise->chain, dt_span(NULL, 0), first->key, second->key, NULL);
}

void dt_noise_pause(const struct dt_noise *noise, struct dt_noise_wait *wait)
{
    memcpy(wait->chain, noise->chain, sizeof wait->chain);
    memcpy(wait->hash, noise->hash, sizeof wait->hash);
    memcpy(wait->ephemeral, noise->ephemeral, sizeof wait->ephemeral);
}

void dt_noise_resume(struct dt_noise *noise, const struct dt_noise_wait *wait, uint8_t message)
{
    memcpy(noise->chain, wait->chain, sizeof noise->chain);
    memcpy(noise->hash, wait->hash, sizeof noise->hash);
    memcpy(noise->ephemeral, wait->ephemeral, sizeof noise->ephemeral);
    noise->message = message;
}

/* SPDX-License-Identifier: ISC */
/*
 * noise - the Noise Protocol Framework, revision 34, for 25519_ChaChaPoly_SHA256.
 *
 * A pattern is a table of tokens and one interpreter walks it, so the published
 * vectors of several patterns check the same code that runs the one we use,
 * IKpsk1:
 *
 *     <- s
 *     ...
 *     -> e, es, s, ss, psk
 *     <- e, ee, se
 *
 * The life of a handshake: dt_noise_init(), then dt_noise_write() and
 * dt_noise_read() in turn until dt_noise_done(), then dt_noise_split().
 * An initiator that must wait may keep the 96 bytes of a struct dt_noise_wait
 * instead of the whole handshake.
 *
 * A failed read leaves the handshake unusable: wipe it. Its owner wipes every
 * struct here when done with it (dt_wipe).
 *
 * Pure: entropy comes in as an argument. Includes: base, crypto.
 */
#ifndef DT_SESSION_NOISE_H
#define DT_SESSION_NOISE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "crypto/crypto.h"

enum {
    DT_NOISE_MESSAGE_MAX = 65535, /* bytes; section 3 of the specification */
    DT_NOISE_PSK_SIZE = 32,
};

struct dt_noise_pattern;
extern const struct dt_noise_pattern dt_noise_ikpsk1; /* the one sessions use */
extern const struct dt_noise_pattern dt_noise_ik;     /* the rest only meet vectors */
extern const struct dt_noise_pattern dt_noise_xx;
extern const struct dt_noise_pattern dt_noise_kk;
extern const struct dt_noise_pattern dt_noise_nnpsk0;

/* A key and its counter (CipherState). */
struct dt_noise_cipher {
    uint8_t key[DT_AEAD_KEY_SIZE];
    uint64_t nonce; /* of the next message */
    bool keyed;     /* false: plaintext passes through */
};

/* What the handshake needs to know from outside; borrowed for the call. */
struct dt_noise_keys {
    struct dt_span prologue;      /* the same at both ends */
    const uint8_t *secret;        /* own static key, or NULL */
    const uint8_t *own;           /* its public half, or NULL: computed */
    const uint8_t *remote;        /* the other's static public key, if known before */
    const uint8_t *psk;           /* DT_NOISE_PSK_SIZE bytes, or NULL */
    const uint8_t *static_static; /* the DH of both static keys, or NULL: computed */
};

struct dt_noise {
    const struct dt_noise_pattern *pattern;
    bool initiator;
    uint8_t message;              /* 0-based; the next one */
    uint32_t dh_count;            /* X25519 operations so far: what it has cost */
    struct dt_noise_cipher cipher;
    uint8_t chain[DT_HASH_SIZE];  /* ck */
    uint8_t hash[DT_HASH_SIZE];   /* h; after the last message, the channel binding */
    uint8_t secret[DT_SECRET_SIZE];
    uint8_t own[DT_PUBLIC_SIZE];
    uint8_t ephemeral[DT_SECRET_SIZE];
    uint8_t own_ephemeral[DT_PUBLIC_SIZE];
    uint8_t remote[DT_PUBLIC_SIZE]; /* known before, or read from an `s` token */
    uint8_t remote_ephemeral[DT_PUBLIC_SIZE];
    uint8_t psk[DT_NOISE_PSK_SIZE];
    uint8_t static_static[DT_HASH_SIZE];
    bool has_static_static;
};

/* All an initiator keeps between a message and its answer. */
struct dt_noise_wait {
    uint8_t chain[DT_HASH_SIZE];
    uint8_t hash[DT_HASH_SIZE];
    uint8_t ephemeral[DT_SECRET_SIZE];
};

/* Keys that the pattern needs must be there: that is the caller's duty. */
void dt_noise_init(struct dt_noise *noise, const struct dt_noise_pattern *pattern, bool initiator,
                   const struct dt_noise_keys *keys);

/*
 * Appends the next message to `out`. `entropy` becomes the ephemeral secret key
 * and must be fresh; messages without an `e` token do not use it.
 *
 *   OK        the message is written
 *   BAD_KEY   the other's static key is of small order; the handshake is spent
 *   CAPACITY  `out` is too small; the handshake is spent
 */
DT_MUST_USE enum dt_err dt_noise_write(struct dt_noise *noise, struct dt_span payload,
                                       const uint8_t entropy[static DT_SECRET_SIZE],
                                       struct dt_writer *out);

/*
 * Takes the next message; its payload goes to `payload` (room for message.size
 * bytes) and its size to `*payload_size`.
 *
 *   OK           read
 *   TRUNCATED    shorter than the pattern demands
 *   BAD_KEY      a public key in it is of small order
 *   AUTH_FAILED  does not decrypt
 */
DT_MUST_USE enum dt_err dt_noise_read(struct dt_noise *noise, struct dt_span message,
                                      uint8_t *payload, size_t *payload_size);

bool dt_noise_done(const struct dt_noise *noise);

/* The transport keys: `first` seals what the initiator sends, `second` the rest. */
void dt_noise_split(const struct dt_noise *noise, struct dt_noise_cipher *first,
                    struct dt_noise_cipher *second);

/* Only between a message of ours that ends with a payload and an answer that
 * mixes a DH before it encrypts anything: so in every pattern above. */
void dt_noise_pause(const struct dt_noise *noise, struct dt_noise_wait *wait);
/* `noise` as dt_noise_init() left it; goes on at 0-based message `message`. */
void dt_noise_resume(struct dt_noise *noise, const struct dt_noise_wait *wait, uint8_t message);

/* One transport message under an explicit nonce (section 11.4), no associated
 * data. Writes plain.size + 16 bytes. */
void dt_noise_seal_at(const uint8_t key[static DT_AEAD_KEY_SIZE], uint64_t nonce,
                      struct dt_span plain, uint8_t *out);
DT_MUST_USE bool dt_noise_open_at(const uint8_t key[static DT_AEAD_KEY_SIZE], uint64_t nonce,
                                  struct dt_span sealed, uint8_t *out);

#endif

/* SPDX-License-Identifier: ISC */
/*
 * keyfile - one secret in a file, under a passphrase.
 *
 *     [1, what, kdf, salt 16, nonce 12, sealed]        (deterministic CBOR)
 *
 * sealed = ChaCha20-Poly1305(key; what stands before it in the file, and the party's
 * root key, are authenticated too, so that a file of another party does not open). kdf
 * 1: key = Argon2id(passphrase, salt). kdf 0: key = H(detente/1/key-file; salt): no
 * secrecy, damage is found. Entropy for salt and nonce is drawn here (dt_random()).
 */
#ifndef DT_NODE_KEYFILE_H
#define DT_NODE_KEYFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "crypto/crypto.h"

enum { DT_KEYFILE_MAX = 512, DT_KEYFILE_SECRET_MAX = 128 };

/* True for a length a passphrase may have; an empty one only with `may_be_empty`. */
bool dt_passphrase_good(struct dt_span passphrase, bool may_be_empty);

/* Writes the file's bytes. `secret` at most DT_KEYFILE_SECRET_MAX; an empty passphrase
 * makes kdf 0. BAD_PASSPHRASE, NO_MEMORY. */
DT_MUST_USE enum dt_err dt_keyfile_seal(uint8_t out[static DT_KEYFILE_MAX], size_t *size,
                                        const char *what, struct dt_span secret,
                                        struct dt_span passphrase,
                                        const uint8_t root[static DT_PUBLIC_SIZE]);

/* True if a passphrase is needed. BAD_HASH for what is no key file. */
DT_MUST_USE enum dt_err dt_keyfile_needs(bool *passphrase, struct dt_span file);

/* Opens it: exactly `size` bytes into `secret`. BAD_PASSPHRASE (also for a damaged file:
 * they cannot be told apart), BAD_HASH, UNKNOWN_VERSION, NO_MEMORY. */
DT_MUST_USE enum dt_err dt_keyfile_open(uint8_t *secret, size_t size, const char *what,
                                        struct dt_span file, struct dt_span passphrase,
                                        const uint8_t root[static DT_PUBLIC_SIZE]);

#endif

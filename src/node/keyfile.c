/* SPDX-License-Identifier: ISC */
#include "node/keyfile.h"

#include <string.h>

#include "cbor/cbor.h"
#include "node/home.h"

enum { KDF_NONE = 0, KDF_ARGON2ID = 1, SALT_SIZE = 16, KEYFILE_FIELDS = 6, KEYFILE_VERSION = 1 };

struct keyfile {
    struct dt_span what;
    uint64_t kdf;
    struct dt_span salt, nonce, sealed;
    struct dt_span front; /* all before `sealed` */
};

bool dt_passphrase_good(struct dt_span passphrase, bool may_be_empty)
{
    return passphrase.size == 0
               ? may_be_empty
               : passphrase.size >= DT_PASSPHRASE_MIN && passphrase.size <= DT_PASSPHRASE_MAX;
}

static enum dt_err derive(uint8_t key[static DT_AEAD_KEY_SIZE], uint64_t kdf,
                          struct dt_span passphrase, const uint8_t salt[static SALT_SIZE])
{
    if (kdf == KDF_ARGON2ID) {
        return dt_argon2id(key, passphrase, salt);
    }
    const struct dt_span part = dt_span(salt, SALT_SIZE);
    dt_labelled_hash(key, "detente/1/key-file", &part, 1);
    return DT_OK;
}

/* What is authenticated beside the secret. Returns its size. */
static size_t associated(uint8_t out[static DT_KEYFILE_MAX + DT_PUBLIC_SIZE],
                         struct dt_span front, const uint8_t root[static DT_PUBLIC_SIZE])
{
    memcpy(out, front.data, front.size);
    memcpy(out + front.size, root, DT_PUBLIC_SIZE);
    return front.size + DT_PUBLIC_SIZE;
}

enum dt_err dt_keyfile_seal(uint8_t out[static DT_KEYFILE_MAX], size_t *size, const char *what,
                            struct dt_span secret, struct dt_span passphrase,
                            const uint8_t root[static DT_PUBLIC_SIZE])
{
    uint8_t salt[SALT_SIZE], nonce[DT_AEAD_NONCE_SIZE], key[DT_AEAD_KEY_SIZE];
    uint8_t sealed[DT_KEYFILE_SECRET_MAX + DT_AEAD_TAG_SIZE];
    uint8_t bound[DT_KEYFILE_MAX + DT_PUBLIC_SIZE];
    if (!dt_passphrase_good(passphrase, true)) {
        return DT_ERR_BAD_PASSPHRASE;
    }
    if (secret.size > DT_KEYFILE_SECRET_MAX) {
        return DT_ERR_TOO_LARGE;
    }
    const uint64_t kdf = passphrase.size > 0 ? KDF_ARGON2ID : KDF_NONE;
    dt_random(salt, sizeof salt);
    dt_random(nonce, sizeof nonce);
    const enum dt_err err = derive(key, kdf, passphrase, salt);
    if (err != DT_OK) {
        return err;
    }
    struct dt_writer w = dt_writer(out, DT_KEYFILE_MAX);
    dt_cbor_put_array(&w, KEYFILE_FIELDS);
    dt_cbor_put_uint(&w, KEYFILE_VERSION);
    dt_cbor_put_string(&w, what);
    dt_cbor_put_uint(&w, kdf);
    dt_cbor_put_bytes(&w, dt_span(salt, sizeof salt));
    dt_cbor_put_bytes(&w, dt_span(nonce, sizeof nonce));
    const size_t bound_size = associated(bound, dt_written(&w), root);
    dt_aead_seal(sealed, secret, dt_span(bound, bound_size), nonce, key);
    dt_wipe(key, sizeof key);
    dt_cbor_put_bytes(&w, dt_span(sealed, secret.size + DT_AEAD_TAG_SIZE));
    *size = w.size;
    return w.overflowed ? DT_ERR_TOO_LARGE : DT_OK;
}

static enum dt_err parse(struct keyfile *k, struct dt_span file)
{
    if (file.size > DT_KEYFILE_MAX || dt_cbor_check(file) != DT_OK) {
        return DT_ERR_BAD_HASH;
    }
    struct dt_cbor c = dt_cbor(file);
    dt_cbor_array(&c, 1, 16);
    if (dt_cbor_uint(&c, UINT64_MAX) != KEYFILE_VERSION && dt_cbor_error(&c) == DT_OK) {
        return DT_ERR_UNKNOWN_VERSION;
    }
    k->what = dt_cbor_text(&c, 32);
    k->kdf = dt_cbor_uint(&c, KDF_ARGON2ID);
    k->salt = dt_cbor_bytes(&c, SALT_SIZE, SALT_SIZE);
    k->nonce = dt_cbor_bytes(&c, DT_AEAD_NONCE_SIZE, DT_AEAD_NONCE_SIZE);
    k->front = dt_span(file.data, file.size - c.r.left);
    k->sealed = dt_cbor_bytes(&c, DT_AEAD_TAG_SIZE, DT_KEYFILE_SECRET_MAX + DT_AEAD_TAG_SIZE);
    return dt_cbor_end(&c) == DT_OK ? DT_OK : DT_ERR_BAD_HASH;
}

enum dt_err dt_keyfile_needs(bool *passphrase, struct dt_span file)
{
    struct keyfile k;
    const enum dt_err err = parse(&k, file);
    *passphrase = err == DT_OK && k.kdf == KDF_ARGON2ID;
    return err;
}

enum dt_err dt_keyfile_open(uint8_t *secret, size_t size, const char *what, struct dt_span file,
                            struct dt_span passphrase, const uint8_t root[static DT_PUBLIC_SIZE])
{
    struct keyfile k;
    uint8_t key[DT_AEAD_KEY_SIZE], bound[DT_KEYFILE_MAX + DT_PUBLIC_SIZE];
    enum dt_err err = parse(&k, file);
    if (err != DT_OK) {
        return err;
    }
    if (!dt_span_equal(k.what, dt_span(what, strlen(what))) ||
        k.sealed.size != size + DT_AEAD_TAG_SIZE) {
        return DT_ERR_BAD_HASH;
    }
    if (k.kdf == KDF_ARGON2ID && !dt_passphrase_good(passphrase, false)) {
        return DT_ERR_BAD_PASSPHRASE;
    }
    err = derive(key, k.kdf, passphrase, k.salt.data);
    if (err != DT_OK) {
        return err;
    }
    const size_t bound_size = associated(bound, k.front, root);
    const bool opened =
        dt_aead_open(secret, k.sealed, dt_span(bound, bound_size), k.nonce.data, key);
    dt_wipe(key, sizeof key);
    return opened ? DT_OK : k.kdf == KDF_ARGON2ID ? DT_ERR_BAD_PASSPHRASE : DT_ERR_BAD_HASH;
}

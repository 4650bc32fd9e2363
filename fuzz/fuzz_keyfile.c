/* SPDX-License-Identifier: ISC */
/*
 * Key files. The input is one, or is put into one: a first byte of 0 takes the rest as the
 * file; else it is the secret of a file that is sealed here, of which the byte it names is
 * changed. A passphrase is never given: Argon2id takes a tenth of a second on purpose.
 *
 * Properties: what is sealed opens to the same bytes, for its own name, size and party
 * only; no changed byte opens; a file that needs a passphrase does not open without.
 */
#include <stdlib.h>
#include <string.h>

#include "node/keyfile.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const uint8_t root[DT_PUBLIC_SIZE] = {1}, other_root[DT_PUBLIC_SIZE] = {2};

static void must(bool holds)
{
    if (!holds) {
        abort();
    }
}

static enum dt_err open_it(uint8_t *secret, size_t size, const char *what, struct dt_span file,
                           const uint8_t *party)
{
    return dt_keyfile_open(secret, size, what, file, dt_span(NULL, 0), party);
}

static void try_file(struct dt_span file)
{
    uint8_t secret[DT_KEYFILE_SECRET_MAX];
    bool passphrase = false;
    const enum dt_err err = dt_keyfile_needs(&passphrase, file);
    must(err == DT_OK || err == DT_ERR_BAD_HASH || err == DT_ERR_UNKNOWN_VERSION);
    for (size_t size = 0; size <= sizeof secret; size += 16) {
        const enum dt_err opened = open_it(secret, size, "node", file, root);
        must(err == DT_OK || opened == err);
        must(!passphrase || opened == DT_ERR_BAD_PASSPHRASE || opened == DT_ERR_BAD_HASH);
    }
}

static void try_secret(struct dt_span secret, size_t change)
{
    uint8_t file[DT_KEYFILE_MAX], out[DT_KEYFILE_SECRET_MAX];
    size_t size = 0;
    bool passphrase = true;
    const enum dt_err err = dt_keyfile_seal(file, &size, "root", secret, dt_span(NULL, 0), root);
    if (secret.size > DT_KEYFILE_SECRET_MAX) {
        must(err == DT_ERR_TOO_LARGE);
        return;
    }
    const struct dt_span whole = {file, size};
    must(err == DT_OK && dt_keyfile_needs(&passphrase, whole) == DT_OK && !passphrase);
    must(open_it(out, secret.size, "root", whole, root) == DT_OK);
    must(memcmp(out, secret.data, secret.size) == 0);
    must(open_it(out, secret.size, "node", whole, root) != DT_OK);
    must(open_it(out, secret.size, "root", whole, other_root) != DT_OK);
    must(open_it(out, secret.size - 1, "root", whole, root) != DT_OK);
    must(open_it(out, secret.size, "root", dt_span(file, size - 1), root) != DT_OK);
    file[change % size] ^= (uint8_t)(1 + change % 255);
    must(open_it(out, secret.size, "root", whole, root) != DT_OK);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    must(dt_crypto_init() == DT_OK);
    if (size > 1 && data[0] == 0) {
        try_file(dt_span(data + 1, size - 1));
    } else if (size > 2) {
        try_secret(dt_span(data + 2, size - 2), (size_t)data[0] << 8 | data[1]);
    }
    return 0;
}

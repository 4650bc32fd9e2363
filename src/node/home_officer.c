/* SPDX-License-Identifier: ISC */
/* Officers' keys, and the watch for which they are unlocked (home.h). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "cbor/cbor.h"
#include "log/fields.h"
#include "node/file.h"
#include "node/home_papers.h"
#include "node/keyfile.h"

enum { WATCH_MAX = 128, WATCH_FIELDS = 5, WATCH_VERSION = 1 };

#define WATCH_MS ((int64_t)DT_OPERATOR_HOURS * 3600000)
#define CLOCK_SLACK_MS INT64_C(60000) /* a clock that was set back a little is forgiven */

void dt_officer_key_wipe(struct dt_officer_key *key)
{
    dt_wipe(key, sizeof *key);
}

static void what_of(char out[static 32], unsigned number)
{
    snprintf(out, 32, "operator-%u", number);
}

/* --- new officers ------------------------------------------------------------------ */

static enum dt_err lowest_free(const struct dt_home *home, unsigned *number)
{
    unsigned used[DT_OPERATOR_MAX];
    size_t count = 0;
    DT_TRY(dt_home_numbers(home, "operator-", DT_OPERATOR_MAX, used, DT_OPERATOR_MAX, &count));
    *number = 1;
    for (size_t i = 0; i < count && used[i] == *number; i++) {
        (*number)++;
    }
    return *number <= DT_OPERATOR_MAX ? DT_OK : DT_ERR_CAPACITY;
}

static enum dt_err write_officer(const struct dt_home *home, const struct dt_operator *o,
                                 const uint8_t seed[static DT_SEED_SIZE],
                                 struct dt_span passphrase,
                                 const uint8_t root[static DT_SIGNER_SIZE])
{
    uint8_t file[DT_KEYFILE_MAX], statement[DT_STATEMENT_MAX];
    char what[32], name[64], path[DT_HOME_PATH_SIZE];
    size_t size = 0;
    what_of(what, o->number);
    DT_TRY(dt_operator_sign(statement, sizeof statement, &size, o, root, home->root));
    size_t file_size = 0;
    DT_TRY(dt_keyfile_seal(file, &file_size, what, dt_span(seed, DT_SEED_SIZE), passphrase,
                           home->root));
    snprintf(name, sizeof name, "keys/%s.key", what);
    DT_TRY(dt_home_file(path, home, name));
    DT_TRY(dt_file_write(path, dt_span(file, file_size), true));
    snprintf(name, sizeof name, "certs/%s.cert", what);
    const enum dt_err err = dt_home_write(home, name, dt_span(statement, size));
    if (err != DT_OK) {
        (void)dt_file_shred(path);
    }
    return err;
}

enum dt_err dt_home_add_operator(const struct dt_home *home, unsigned number, const char *role,
                                 struct dt_span passphrase,
                                 const uint8_t root[static DT_SIGNER_SIZE], int64_t now_ms,
                                 struct dt_operator *operator_)
{
    uint8_t seed[DT_SEED_SIZE], signer[DT_SIGNER_SIZE], bytes[DT_STATEMENT_MAX];
    size_t size = 0;
    struct dt_operator known;
    if (number > DT_OPERATOR_MAX || strlen(role) == 0 || strlen(role) > DT_TEXT_MAX) {
        return DT_ERR_BAD_VALUE;
    }
    if (!dt_passphrase_good(passphrase, false)) {
        return DT_ERR_BAD_PASSPHRASE;
    }
    if (number == 0) {
        DT_TRY(lowest_free(home, &number));
    } else if (dt_home_operator_statement(home, number, bytes, &size, &known) !=
               DT_ERR_UNKNOWN_PARTY) {
        return DT_ERR_DUPLICATE;
    }
    memset(operator_, 0, sizeof *operator_);
    operator_->number = number;
    operator_->time_ms = now_ms;
    memcpy(operator_->role, role, strlen(role) + 1);
    dt_random(seed, sizeof seed);
    dt_signer_from_seed(signer, operator_->key, seed);
    const enum dt_err err = write_officer(home, operator_, seed, passphrase, root);
    dt_wipe(seed, sizeof seed);
    dt_wipe(signer, sizeof signer);
    return err;
}

/* --- the watch ---------------------------------------------------------------------- */

/* An unlocked officer's file: [1, number, from, until, seed]. */
struct watch {
    unsigned number;
    int64_t from_ms, until_ms;
    uint8_t seed[DT_SEED_SIZE];
};

/* $XDG_RUNTIME_DIR/detente/<hash of root and home>, or <home>/run. */
static enum dt_err watch_folder(char out[static DT_HOME_PATH_SIZE], const struct dt_home *home)
{
    const char *runtime = getenv("XDG_RUNTIME_DIR");
    if (runtime == NULL || runtime[0] != '/') {
        return dt_home_file(out, home, "run");
    }
    char *real = realpath(home->path, NULL);
    if (real == NULL) {
        return DT_ERR_IO;
    }
    uint8_t hash[DT_HASH_SIZE];
    char word[DT_BASE32_SIZE(10) + 1];
    const struct dt_span parts[2] = {dt_span(home->root, DT_PUBLIC_SIZE),
                                     dt_span(real, strlen(real))};
    dt_labelled_hash(hash, "detente/1/run", parts, 2);
    free(real);
    dt_base32(word, hash, 10);
    const int n = snprintf(out, DT_HOME_PATH_SIZE, "%s/detente/%s", runtime, word);
    return n < 0 || n >= DT_HOME_PATH_SIZE ? DT_ERR_TOO_LARGE : DT_OK;
}

static enum dt_err watch_path(char out[static DT_HOME_PATH_SIZE], const struct dt_home *home,
                              unsigned number)
{
    char folder[DT_HOME_PATH_SIZE];
    DT_TRY(watch_folder(folder, home));
    const int n = snprintf(out, DT_HOME_PATH_SIZE, "%.*s/operator-%u", DT_HOME_PATH_SIZE - 32,
                           folder, number);
    return n < 0 || n >= DT_HOME_PATH_SIZE ? DT_ERR_TOO_LARGE : DT_OK;
}

static enum dt_err write_watch(const struct dt_home *home, const struct watch *watch)
{
    uint8_t bytes[WATCH_MAX];
    char path[DT_HOME_PATH_SIZE], folder[DT_HOME_PATH_SIZE];
    struct dt_writer w = dt_writer(bytes, sizeof bytes);
    dt_cbor_put_array(&w, WATCH_FIELDS);
    dt_cbor_put_uint(&w, WATCH_VERSION);
    dt_cbor_put_uint(&w, watch->number);
    dt_cbor_put_int(&w, watch->from_ms);
    dt_cbor_put_int(&w, watch->until_ms);
    dt_cbor_put_bytes(&w, dt_span(watch->seed, DT_SEED_SIZE));
    enum dt_err err = watch_folder(folder, home);
    err = err == DT_OK ? dt_dir_make(folder) : err;
    err = err == DT_OK ? watch_path(path, home, watch->number) : err;
    err = err == DT_OK ? dt_file_write(path, dt_written(&w), false) : err;
    dt_wipe(bytes, sizeof bytes);
    return err;
}

static enum dt_err read_watch(struct watch *watch, const struct dt_home *home, unsigned number)
{
    uint8_t bytes[WATCH_MAX];
    char path[DT_HOME_PATH_SIZE];
    size_t size = 0;
    DT_TRY(watch_path(path, home, number));
    enum dt_err err = dt_file_read(path, bytes, sizeof bytes, &size);
    err = err == DT_OK ? dt_cbor_check(dt_span(bytes, size)) : err;
    if (err != DT_OK) {
        return DT_ERR_NOT_ALLOWED;
    }
    struct dt_cbor c = dt_cbor(dt_span(bytes, size));
    dt_cbor_array(&c, WATCH_FIELDS, WATCH_FIELDS);
    const uint64_t version = dt_cbor_uint(&c, UINT64_MAX);
    watch->number = (unsigned)dt_cbor_uint(&c, DT_OPERATOR_MAX);
    watch->from_ms = dt_cbor_int(&c, 0, INT64_MAX);
    watch->until_ms = dt_cbor_int(&c, 0, INT64_MAX);
    const struct dt_span seed = dt_cbor_bytes(&c, DT_SEED_SIZE, DT_SEED_SIZE);
    const bool good =
        dt_cbor_end(&c) == DT_OK && version == WATCH_VERSION && watch->number == number;
    if (good) {
        memcpy(watch->seed, seed.data, DT_SEED_SIZE);
    }
    dt_wipe(bytes, sizeof bytes);
    return good ? DT_OK : DT_ERR_NOT_ALLOWED;
}

static bool on_watch(const struct watch *watch, int64_t now_ms)
{
    return now_ms < watch->until_ms && now_ms >= watch->from_ms - CLOCK_SLACK_MS;
}

enum dt_err dt_home_unlock_operator(const struct dt_home *home, unsigned number,
                                    struct dt_span passphrase, int64_t now_ms)
{
    uint8_t file[DT_KEYFILE_MAX], statement[DT_STATEMENT_MAX];
    uint8_t signer[DT_SIGNER_SIZE], public_key[DT_PUBLIC_SIZE];
    char what[32], name[64];
    size_t size = 0;
    struct dt_operator o;
    struct dt_revoked revoked;
    struct watch watch = {.number = number, .from_ms = now_ms, .until_ms = now_ms + WATCH_MS};
    DT_TRY(dt_home_operator_statement(home, number, statement, &size, &o));
    DT_TRY(dt_home_revoked(home, &revoked));
    if (dt_home_is_revoked(&revoked, o.key)) {
        return DT_ERR_REVOKED;
    }
    what_of(what, number);
    snprintf(name, sizeof name, "keys/%s.key", what);
    DT_TRY(dt_home_read(home, name, file, sizeof file, &size));
    DT_TRY(dt_keyfile_open(watch.seed, DT_SEED_SIZE, what, dt_span(file, size), passphrase,
                           home->root));
    dt_signer_from_seed(signer, public_key, watch.seed);
    const enum dt_err err =
        memcmp(public_key, o.key, DT_PUBLIC_SIZE) == 0 ? write_watch(home, &watch) : DT_ERR_BAD_HASH;
    dt_wipe(signer, sizeof signer);
    dt_wipe(&watch, sizeof watch);
    return err;
}

/* Wherever it was unlocked: with a runtime folder, or without one. */
static bool lock_one(const struct dt_home *home, unsigned number)
{
    char path[DT_HOME_PATH_SIZE], name[32];
    snprintf(name, sizeof name, "run/operator-%u", number);
    bool there = dt_home_file(path, home, name) == DT_OK && dt_file_shred(path);
    there = (watch_path(path, home, number) == DT_OK && dt_file_shred(path)) || there;
    return there;
}

enum dt_err dt_home_lock_operator(const struct dt_home *home, unsigned number, size_t *count)
{
    unsigned numbers[DT_OPERATOR_MAX];
    size_t known = 0;
    *count = 0;
    if (number != 0) {
        *count = lock_one(home, number);
        return DT_OK;
    }
    DT_TRY(dt_home_numbers(home, "operator-", DT_OPERATOR_MAX, numbers, DT_OPERATOR_MAX, &known));
    for (size_t i = 0; i < known; i++) {
        *count += lock_one(home, numbers[i]);
    }
    return DT_OK;
}

enum dt_err dt_home_operators(const struct dt_home *home, int64_t now_ms,
                              struct dt_home_operator *out, size_t capacity, size_t *count)
{
    unsigned numbers[DT_OPERATOR_MAX];
    size_t known = 0;
    struct dt_revoked revoked;
    *count = 0;
    DT_TRY(dt_home_numbers(home, "operator-", DT_OPERATOR_MAX, numbers, DT_OPERATOR_MAX, &known));
    DT_TRY(dt_home_revoked(home, &revoked));
    for (size_t i = 0; i < known && i < capacity; i++) {
        uint8_t bytes[DT_STATEMENT_MAX];
        size_t size = 0;
        struct watch watch;
        struct dt_home_operator *o = &out[i];
        memset(o, 0, sizeof *o);
        DT_TRY(dt_home_operator_statement(home, numbers[i], bytes, &size, &o->operator_));
        o->revoked = dt_home_is_revoked(&revoked, o->operator_.key);
        if (read_watch(&watch, home, numbers[i]) == DT_OK && on_watch(&watch, now_ms)) {
            o->unlocked = !o->revoked;
            o->expiry_ms = watch.until_ms;
        }
        dt_wipe(&watch, sizeof watch);
        (*count)++;
    }
    return known <= capacity ? DT_OK : DT_ERR_CAPACITY;
}

/* The only officer unlocked (or whose watch is over), for `--as` not given. */
static enum dt_err only_one(const struct dt_home *home, unsigned *number)
{
    unsigned numbers[DT_OPERATOR_MAX];
    size_t known = 0, found = 0;
    DT_TRY(dt_home_numbers(home, "operator-", DT_OPERATOR_MAX, numbers, DT_OPERATOR_MAX, &known));
    for (size_t i = 0; i < known; i++) {
        struct watch watch;
        if (read_watch(&watch, home, numbers[i]) == DT_OK) {
            *number = numbers[i];
            found++;
        }
        dt_wipe(&watch, sizeof watch);
    }
    return found == 1 ? DT_OK : found == 0 ? DT_ERR_NOT_ALLOWED : DT_ERR_USAGE;
}

enum dt_err dt_home_officer(const struct dt_home *home, unsigned number, int64_t now_ms,
                            struct dt_officer_key *key)
{
    struct watch watch;
    if (number == 0) {
        DT_TRY(only_one(home, &number));
    }
    DT_TRY(read_watch(&watch, home, number));
    if (!on_watch(&watch, now_ms)) {
        dt_wipe(&watch, sizeof watch);
        (void)lock_one(home, number);
        return DT_ERR_EXPIRED;
    }
    key->number = number;
    dt_signer_from_seed(key->signer, key->public_key, watch.seed);
    dt_wipe(&watch, sizeof watch);
    return DT_OK;
}

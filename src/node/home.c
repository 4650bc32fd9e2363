/* SPDX-License-Identifier: ISC */
#include "node/home.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"
#include "log/fields.h"
#include "node/file.h"
#include "node/keyfile.h"

enum { NODE_SECRET_SIZE = DT_SEED_SIZE + 2 * DT_SECRET_SIZE, PARTY_SIZE = 1024 };

static const char party_head[] = "detente-home 1\n";

enum dt_err dt_home_file(char out[static DT_HOME_PATH_SIZE], const struct dt_home *home,
                         const char *name)
{
    const int n = snprintf(out, DT_HOME_PATH_SIZE, "%s/%s", home->path, name);
    return n < 0 || n >= DT_HOME_PATH_SIZE ? DT_ERR_TOO_LARGE : DT_OK;
}

enum dt_err dt_home_write(const struct dt_home *home, const char *name, struct dt_span bytes)
{
    char path[DT_HOME_PATH_SIZE];
    DT_TRY(dt_home_file(path, home, name));
    return dt_file_write(path, bytes, false);
}

enum dt_err dt_home_read(const struct dt_home *home, const char *name, uint8_t *out,
                         size_t capacity, size_t *size)
{
    char path[DT_HOME_PATH_SIZE];
    *size = 0;
    DT_TRY(dt_home_file(path, home, name));
    return dt_file_read(path, out, capacity, size);
}

/* --- the party file ---------------------------------------------------------- */

static enum dt_err write_party(const struct dt_home *home)
{
    char text[PARTY_SIZE], root[DT_BASE32_SIZE(DT_PUBLIC_SIZE) + 1];
    dt_base32(root, home->root, DT_PUBLIC_SIZE);
    const int n = snprintf(text, sizeof text, "%scode %s\nname %s\nroot %s\nnumber %u\n",
                           party_head, home->code, home->name, root, home->number);
    char path[DT_HOME_PATH_SIZE];
    DT_TRY(dt_home_file(path, home, "party"));
    const enum dt_err err = dt_file_write(path, dt_span(text, (size_t)n), true);
    return err == DT_ERR_DUPLICATE ? DT_ERR_HOME_EXISTS : err;
}

/* Takes the line "<key> <value>\n" at *at into `out`; false if it is another. */
static bool take_line(const char **at, const char *key, char *out, size_t capacity)
{
    const size_t key_size = strlen(key);
    const char *end = strchr(*at, '\n');
    if (end == NULL || strncmp(*at, key, key_size) != 0 || (*at)[key_size] != ' ') {
        return false;
    }
    const char *value = *at + key_size + 1;
    const size_t size = (size_t)(end - value);
    if (size == 0 || size >= capacity) {
        return false;
    }
    memcpy(out, value, size);
    out[size] = '\0';
    *at = end + 1;
    return true;
}

static enum dt_err parse_party(struct dt_home *home, const char *text)
{
    char root[DT_BASE32_SIZE(DT_PUBLIC_SIZE) + 1], number[8];
    size_t size = 0;
    uint64_t value = 0;
    const char *at = text + sizeof party_head - 1;
    if (strncmp(text, party_head, sizeof party_head - 1) != 0) {
        return strncmp(text, "detente-home ", 13) == 0 ? DT_ERR_UNKNOWN_VERSION : DT_ERR_BAD_TEXT;
    }
    if (!take_line(&at, "code", home->code, sizeof home->code) ||
        !take_line(&at, "name", home->name, sizeof home->name) ||
        !take_line(&at, "root", root, sizeof root) ||
        !take_line(&at, "number", number, sizeof number) || *at != '\0' ||
        !dt_code_valid(home->code) ||
        !dt_utf8_valid(dt_span(home->name, strlen(home->name)))) {
        return DT_ERR_BAD_TEXT;
    }
    if (dt_unbase32(home->root, DT_PUBLIC_SIZE, &size, root, strlen(root)) != DT_OK ||
        size != DT_PUBLIC_SIZE || dt_undecimal(&value, number, strlen(number)) != DT_OK ||
        value < 1 || value > DT_WRITERS_MAX) {
        return DT_ERR_BAD_TEXT;
    }
    home->number = (unsigned)value;
    return DT_OK;
}

static enum dt_err take_path(struct dt_home *home, const char *path)
{
    memset(home, 0, sizeof *home);
    size_t size = strlen(path);
    while (size > 1 && path[size - 1] == '/') {
        size--;
    }
    if (size == 0 || size >= sizeof home->path) {
        return DT_ERR_TOO_LARGE;
    }
    memcpy(home->path, path, size);
    return DT_OK;
}

enum dt_err dt_home_open(struct dt_home *home, const char *path)
{
    char text[PARTY_SIZE];
    size_t size = 0;
    struct stat st;
    DT_TRY(take_path(home, path));
    if (stat(home->path, &st) != 0) {
        return errno == ENOENT || errno == ENOTDIR ? DT_ERR_NO_HOME : DT_ERR_IO;
    }
    if (!S_ISDIR(st.st_mode)) {
        return DT_ERR_NO_HOME;
    }
    if (st.st_uid != geteuid() || (st.st_mode & 077) != 0) {
        return DT_ERR_NOT_ALLOWED;
    }
    DT_TRY(dt_home_read(home, "party", (uint8_t *)text, sizeof text - 1, &size));
    text[size] = '\0';
    return strlen(text) == size ? parse_party(home, text) : DT_ERR_BAD_TEXT;
}

/* --- keys ---------------------------------------------------------------------- */

static enum dt_err seal_key(const struct dt_home *home, const char *name, const char *what,
                            struct dt_span secret, struct dt_span passphrase)
{
    uint8_t file[DT_KEYFILE_MAX];
    char path[DT_HOME_PATH_SIZE];
    size_t size = 0;
    DT_TRY(dt_keyfile_seal(file, &size, what, secret, passphrase, home->root));
    DT_TRY(dt_home_file(path, home, name));
    return dt_file_write(path, dt_span(file, size), true);
}

static enum dt_err open_key(const struct dt_home *home, const char *name, const char *what,
                            uint8_t *secret, size_t secret_size, struct dt_span passphrase)
{
    uint8_t file[DT_KEYFILE_MAX];
    size_t size = 0;
    DT_TRY(dt_home_read(home, name, file, sizeof file, &size));
    return dt_keyfile_open(secret, secret_size, what, dt_span(file, size), passphrase, home->root);
}

static void node_keys_from(struct dt_node_keys *keys, const uint8_t secret[static NODE_SECRET_SIZE])
{
    dt_signer_from_seed(keys->writer, keys->writer_public, secret);
    memcpy(keys->session, secret + DT_SEED_SIZE, DT_SECRET_SIZE);
    memcpy(keys->reader, secret + DT_SEED_SIZE + DT_SECRET_SIZE, DT_SECRET_SIZE);
    dt_x25519_public(keys->session_public, keys->session);
    dt_x25519_public(keys->reader_public, keys->reader);
}

void dt_node_keys_wipe(struct dt_node_keys *keys)
{
    dt_wipe(keys, sizeof *keys);
}

enum dt_err dt_home_node_sealed(const struct dt_home *home, bool *sealed)
{
    uint8_t file[DT_KEYFILE_MAX];
    size_t size = 0;
    *sealed = false;
    DT_TRY(dt_home_read(home, "keys/node.key", file, sizeof file, &size));
    return dt_keyfile_needs(sealed, dt_span(file, size));
}

enum dt_err dt_home_unlock_node(const struct dt_home *home, struct dt_span passphrase,
                                struct dt_node_keys *keys)
{
    uint8_t secret[NODE_SECRET_SIZE], statement[DT_STATEMENT_MAX];
    struct dt_certificate certificate;
    size_t size = 0;
    DT_TRY(open_key(home, "keys/node.key", "node", secret, sizeof secret, passphrase));
    node_keys_from(keys, secret);
    dt_wipe(secret, sizeof secret);
    enum dt_err err = dt_home_certificate(home, statement, &size, &certificate);
    if (err == DT_OK &&
        (memcmp(certificate.writer, keys->writer_public, DT_PUBLIC_SIZE) != 0 ||
         memcmp(certificate.session, keys->session_public, DT_PUBLIC_SIZE) != 0 ||
         memcmp(certificate.reader, keys->reader_public, DT_PUBLIC_SIZE) != 0)) {
        err = DT_ERR_BAD_HASH;
    }
    if (err != DT_OK) {
        dt_node_keys_wipe(keys);
    }
    return err;
}

enum dt_err dt_home_unlock_root(const struct dt_home *home, struct dt_span passphrase,
                                uint8_t root[static DT_SIGNER_SIZE])
{
    uint8_t seed[DT_SEED_SIZE], public_key[DT_PUBLIC_SIZE];
    DT_TRY(open_key(home, "keys/root.key", "root", seed, sizeof seed, passphrase));
    dt_signer_from_seed(root, public_key, seed);
    dt_wipe(seed, sizeof seed);
    if (memcmp(public_key, home->root, DT_PUBLIC_SIZE) != 0) {
        dt_wipe(root, DT_SIGNER_SIZE);
        return DT_ERR_BAD_HASH;
    }
    return DT_OK;
}

/* --- a new home ------------------------------------------------------------------ */

/* Ours, private, and without anything in it. */
static enum dt_err empty_folder(const char *path)
{
    const enum dt_err err = dt_dir_make(path);
    if (err != DT_OK && err != DT_ERR_NOT_ALLOWED) {
        return err;
    }
    DIR *dir = opendir(path);
    if (dir == NULL) {
        return DT_ERR_IO;
    }
    unsigned entries = 0;
    while (readdir(dir) != NULL) {
        entries++;
    }
    closedir(dir);
    if (entries > 2) { /* "." and ".." */
        return DT_ERR_HOME_EXISTS;
    }
    /* an empty one of ours that others might enter is made private */
    return err == DT_OK || chmod(path, 0700) == 0 ? DT_OK : DT_ERR_NOT_ALLOWED;
}

static enum dt_err make_folder(const struct dt_home *home, const char *name)
{
    char path[DT_HOME_PATH_SIZE];
    DT_TRY(dt_home_file(path, home, name));
    return dt_dir_make(path);
}

static enum dt_err certify_node(const struct dt_home *home, const struct dt_node_keys *keys,
                                const uint8_t root[static DT_SIGNER_SIZE], int64_t now_ms)
{
    uint8_t statement[DT_STATEMENT_MAX];
    char name[64];
    size_t size = 0;
    struct dt_certificate c = {.number = home->number, .time_ms = now_ms};
    memcpy(c.writer, keys->writer_public, DT_PUBLIC_SIZE);
    memcpy(c.session, keys->session_public, DT_PUBLIC_SIZE);
    memcpy(c.reader, keys->reader_public, DT_PUBLIC_SIZE);
    DT_TRY(dt_certificate_sign(statement, sizeof statement, &size, &c, root, home->root));
    snprintf(name, sizeof name, "certs/node-%u.cert", home->number);
    return dt_home_write(home, name, dt_span(statement, size));
}

enum dt_err dt_home_succeed(const struct dt_home *home, const uint8_t root[static DT_SIGNER_SIZE],
                            struct dt_span node_passphrase, int64_t now_ms,
                            struct dt_node_keys *keys)
{
    uint8_t secret[NODE_SECRET_SIZE];
    if (!dt_passphrase_good(node_passphrase, true)) {
        return DT_ERR_BAD_PASSPHRASE;
    }
    dt_random(secret, sizeof secret);
    node_keys_from(keys, secret);
    enum dt_err err = seal_key(home, "keys/node.key", "node", dt_span(secret, sizeof secret),
                               node_passphrase);
    dt_wipe(secret, sizeof secret);
    err = err == DT_OK ? certify_node(home, keys, root, now_ms) : err;
    err = err == DT_OK ? dt_home_make_card(home, NULL, root, now_ms) : err;
    if (err != DT_OK) {
        dt_node_keys_wipe(keys);
    }
    return err;
}

enum dt_err dt_home_establish(const struct dt_home *home)
{
    return write_party(home);
}

/* The files of a home in order; `party` comes last and makes it one. */
static enum dt_err fill_home(const struct dt_home *home, const uint8_t seed[static DT_SEED_SIZE],
                             const uint8_t root[static DT_SIGNER_SIZE],
                             struct dt_span root_passphrase, struct dt_span node_passphrase,
                             int64_t now_ms)
{
    uint8_t secret[NODE_SECRET_SIZE];
    struct dt_node_keys keys;
    const struct dt_card_words words = {0};
    static const char *const folders[] = {"keys", "certs", "charters"};
    for (size_t i = 0; i < sizeof folders / sizeof folders[0]; i++) {
        DT_TRY(make_folder(home, folders[i]));
    }
    dt_random(secret, sizeof secret);
    node_keys_from(&keys, secret);
    enum dt_err err = seal_key(home, "keys/node.key", "node", dt_span(secret, sizeof secret),
                               node_passphrase);
    dt_wipe(secret, sizeof secret);
    if (err == DT_OK) {
        err = certify_node(home, &keys, root, now_ms);
    }
    dt_node_keys_wipe(&keys);
    if (err == DT_OK) {
        err = seal_key(home, "keys/root.key", "root", dt_span(seed, DT_SEED_SIZE),
                       root_passphrase);
    }
    if (err == DT_OK) {
        err = dt_home_make_card(home, &words, root, now_ms);
    }
    return err == DT_OK ? write_party(home) : err;
}

/* Takes away what a failed dt_home_init() began; the folder itself stays. */
static void undo(const struct dt_home *home)
{
    static const char *const made[] = {"keys/node.key", "keys/root.key", "certs/node-1.cert",
                                       "card"};
    static const char *const folders[] = {"keys", "certs", "charters"};
    char path[DT_HOME_PATH_SIZE];
    const int keep = errno;
    for (size_t i = 0; i < sizeof made / sizeof made[0]; i++) {
        if (dt_home_file(path, home, made[i]) == DT_OK) {
            (void)dt_file_shred(path);
        }
    }
    for (size_t i = 0; i < sizeof folders / sizeof folders[0]; i++) {
        if (dt_home_file(path, home, folders[i]) == DT_OK) {
            (void)rmdir(path);
        }
    }
    errno = keep;
}

/* A name as statements take them: 1..DT_TEXT_MAX bytes, no control characters. */
static bool name_good(const char *name)
{
    const size_t size = strlen(name);
    for (size_t i = 0; i < size; i++) {
        if ((uint8_t)name[i] < 0x20 || name[i] == 0x7f) {
            return false;
        }
    }
    return size > 0 && size <= DT_TEXT_MAX && dt_utf8_valid(dt_span(name, size));
}

enum dt_err dt_home_init(struct dt_home *home, const char *path, const char *code,
                         const char *name, struct dt_span root_passphrase,
                         struct dt_span node_passphrase, int64_t now_ms)
{
    uint8_t seed[DT_SEED_SIZE], root[DT_SIGNER_SIZE];
    DT_TRY(take_path(home, path));
    if (!dt_code_valid(code) || !name_good(name)) {
        return DT_ERR_BAD_VALUE;
    }
    if (!dt_passphrase_good(root_passphrase, false) || !dt_passphrase_good(node_passphrase, true)) {
        return DT_ERR_BAD_PASSPHRASE;
    }
    DT_TRY(empty_folder(home->path));
    snprintf(home->code, sizeof home->code, "%s", code);
    snprintf(home->name, sizeof home->name, "%s", name);
    home->number = 1;
    dt_random(seed, sizeof seed);
    dt_signer_from_seed(root, home->root, seed);
    const enum dt_err err =
        fill_home(home, seed, root, root_passphrase, node_passphrase, now_ms);
    dt_wipe(seed, sizeof seed);
    dt_wipe(root, sizeof root);
    if (err != DT_OK) {
        undo(home);
    }
    return err;
}

/* --- doctor ---------------------------------------------------------------------- */

bool dt_home_modes_wrong(const struct dt_home *home, char *detail, size_t capacity)
{
    static const struct {
        const char *name;
        mode_t mode;
    } wanted[] = {{".", 0700},           {"keys", 0700}, {"keys/root.key", 0600},
                  {"keys/node.key", 0600}, {"party", 0600}, {"detente.db", 0600},
                  {"control.sock", 0600}};
    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++) {
        char path[DT_HOME_PATH_SIZE];
        struct stat st;
        if (dt_home_file(path, home, wanted[i].name) != DT_OK || stat(path, &st) != 0) {
            continue; /* not there: another check's business */
        }
        if (st.st_uid != geteuid() || (st.st_mode & 07777 & ~wanted[i].mode) != 0) {
            snprintf(detail, capacity, "%s: mode %04o, not %04o", path,
                     (unsigned)(st.st_mode & 07777), (unsigned)wanted[i].mode);
            return true;
        }
    }
    return false;
}

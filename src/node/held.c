/* SPDX-License-Identifier: ISC */
#include "node/held.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "cbor/cbor.h"
#include "log/fields.h"
#include "node/file.h"
#include "view/body.h"

enum { VERSION = 1, FIELDS = 11, FLAGS_MAX = 15 };

/* --- the file ------------------------------------------------------------------------ */

enum dt_err dt_held_encode(uint8_t *out, size_t capacity, size_t *size, const struct dt_held *held)
{
    struct dt_writer w = dt_writer(out, capacity);
    dt_cbor_put_array(&w, FIELDS);
    dt_cbor_put_uint(&w, VERSION);
    dt_cbor_put_bytes(&w, dt_span(held->line, DT_HASH_SIZE));
    dt_cbor_put_uint(&w, held->wid);
    dt_cbor_put_uint(&w, held->header.kind);
    dt_cbor_put_uint(&w, (uint64_t)held->header.time_ms);
    dt_cbor_put_uint(&w, held->header.flags);
    dt_cbor_put_array(&w, held->header.to_count);
    for (size_t i = 0; i < held->header.to_count; i++) {
        dt_cbor_put_uint(&w, held->header.to[i]);
    }
    dt_cbor_put_bytes(&w, held->body);
    dt_cbor_put_bytes(&w, held->plain);
    dt_cbor_put_bool(&w, held->past);
    dt_cbor_put_uint(&w, (uint64_t)held->until_ms);
    *size = w.size;
    struct dt_held read; /* nobody keeps what could not be read again */
    return w.overflowed ? DT_ERR_TOO_LARGE : dt_held_decode(&read, dt_written(&w));
}

/* One officer has signed, and one only. */
static enum dt_err check_body(const struct dt_held *h)
{
    struct dt_officer_mark mark;
    const unsigned kind = h->header.kind;
    if (kind != DT_KIND_MESSAGE && kind != DT_KIND_NOTICE && kind != DT_KIND_SUSPEND &&
        kind != DT_KIND_LEAVE) {
        return DT_ERR_BAD_VALUE;
    }
    DT_TRY(dt_body_map(h->body));
    DT_TRY(dt_body_officer(&mark, h->body, DT_BODY_OFFICER));
    if (dt_field_has(h->body, DT_BODY_SECOND)) {
        return DT_ERR_DUPLICATE;
    }
    return h->plain.size > 0 ? dt_body_map(h->plain) : DT_OK;
}

enum dt_err dt_held_decode(struct dt_held *out, struct dt_span file)
{
    memset(out, 0, sizeof *out);
    DT_TRY(dt_cbor_check(file));
    struct dt_cbor c = dt_cbor(file);
    dt_cbor_array(&c, FIELDS, FIELDS);
    const uint64_t version = dt_cbor_uint(&c, UINT64_MAX);
    DT_TRY(dt_cbor_error(&c));
    if (version != VERSION) {
        return DT_ERR_UNKNOWN_VERSION;
    }
    const struct dt_span line = dt_cbor_bytes(&c, DT_HASH_SIZE, DT_HASH_SIZE);
    out->wid = (uint16_t)dt_cbor_uint(&c, DT_WIDS_MAX - 1);
    out->header.kind = (unsigned)dt_cbor_uint(&c, 0xff);
    out->header.time_ms = (int64_t)dt_cbor_uint(&c, INT64_MAX);
    out->header.flags = (unsigned)dt_cbor_uint(&c, FLAGS_MAX);
    out->header.to_count = dt_cbor_array(&c, 0, DT_MEMBERS_MAX);
    DT_TRY(dt_cbor_error(&c));
    for (size_t i = 0; i < out->header.to_count; i++) {
        out->header.to[i] = (uint8_t)dt_cbor_uint(&c, DT_MEMBERS_MAX - 1);
        if (i > 0 && out->header.to[i] <= out->header.to[i - 1]) {
            return DT_ERR_BAD_VALUE;
        }
    }
    out->body = dt_cbor_bytes(&c, 1, DT_BODY_MAX);
    out->plain = dt_cbor_bytes(&c, 0, DT_SEALED_MAX);
    out->past = dt_cbor_bool(&c);
    out->until_ms = (int64_t)dt_cbor_uint(&c, INT64_MAX);
    DT_TRY(dt_cbor_end(&c));
    memcpy(out->line, line.data, DT_HASH_SIZE);
    const int64_t lives = out->until_ms - out->header.time_ms;
    if (lives <= 0 || lives > (int64_t)DT_HELD_HOURS * 3600000) {
        return DT_ERR_BAD_VALUE;
    }
    return check_body(out);
}

/* --- the folder ------------------------------------------------------------------------ */

static void name_of(char name[static DT_HELD_NAME_SIZE], struct dt_span file)
{
    uint8_t hash[DT_HASH_SIZE];
    char text[DT_BASE32_SIZE(DT_HASH_SIZE) + 1];
    dt_sha256(hash, file);
    dt_base32(text, hash, DT_HASH_SIZE);
    memcpy(name, text, DT_HELD_NAME_SIZE - 1);
    name[DT_HELD_NAME_SIZE - 1] = '\0';
}

static bool is_name(const char *name)
{
    return strlen(name) == DT_HELD_NAME_SIZE - 1 &&
           strspn(name, "abcdefghijklmnopqrstuvwxyz234567") == DT_HELD_NAME_SIZE - 1;
}

static enum dt_err path_of(char out[static DT_HOME_PATH_SIZE], const struct dt_home *home,
                           const char *name)
{
    char file[64];
    snprintf(file, sizeof file, "drafts/%s", name);
    return dt_home_file(out, home, file);
}

enum dt_err dt_held_keep(const struct dt_home *home, const struct dt_held *held,
                         char name[static DT_HELD_NAME_SIZE])
{
    char path[DT_HOME_PATH_SIZE];
    size_t size = 0;
    uint8_t *bytes = malloc(DT_HELD_MAX);
    if (bytes == NULL) {
        return DT_ERR_NO_MEMORY;
    }
    enum dt_err err = dt_held_encode(bytes, DT_HELD_MAX, &size, held);
    err = err == DT_OK ? dt_home_file(path, home, "drafts") : err;
    err = err == DT_OK ? dt_dir_make(path) : err;
    if (err == DT_OK) {
        name_of(name, dt_span(bytes, size));
        err = path_of(path, home, name);
    }
    err = err == DT_OK ? dt_file_write(path, dt_span(bytes, size), false) : err;
    dt_wipe(bytes, DT_HELD_MAX);
    free(bytes);
    return err;
}

void dt_held_drop(const struct dt_home *home, const char *name)
{
    char path[DT_HOME_PATH_SIZE];
    if (path_of(path, home, name) == DT_OK) {
        (void)dt_file_shred(path);
    }
}

enum dt_err dt_held_read(const struct dt_home *home, const char *name, int64_t now_ms,
                         uint8_t *bytes, struct dt_held *out)
{
    char path[DT_HOME_PATH_SIZE], is[DT_HELD_NAME_SIZE];
    size_t size = 0;
    if (!is_name(name)) {
        return DT_ERR_UNKNOWN_RECORD;
    }
    DT_TRY(path_of(path, home, name));
    const enum dt_err err = dt_file_read(path, bytes, DT_HELD_MAX, &size);
    if (err != DT_OK) {
        return err == DT_ERR_NO_HOME ? DT_ERR_UNKNOWN_RECORD : err;
    }
    name_of(is, dt_span(bytes, size));
    if (strcmp(is, name) != 0) {
        return DT_ERR_BAD_HASH;
    }
    DT_TRY(dt_held_decode(out, dt_span(bytes, size)));
    if (now_ms >= out->until_ms) {
        dt_wipe(bytes, size);
        dt_held_drop(home, name);
        return DT_ERR_EXPIRED;
    }
    return DT_OK;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(a, b);
}

enum dt_err dt_held_list(const struct dt_home *home, int64_t now_ms,
                         char names[static DT_HELD_COUNT][DT_HELD_NAME_SIZE], size_t *count,
                         size_t *gone)
{
    char path[DT_HOME_PATH_SIZE];
    struct dt_held held;
    *count = *gone = 0;
    DT_TRY(dt_home_file(path, home, "drafts"));
    DIR *dir = opendir(path);
    uint8_t *bytes = malloc(DT_HELD_MAX);
    for (struct dirent *e = dir != NULL && bytes != NULL ? readdir(dir) : NULL; e != NULL;
         e = readdir(dir)) {
        if (!is_name(e->d_name)) {
            continue;
        }
        const enum dt_err err = dt_held_read(home, e->d_name, now_ms, bytes, &held);
        *gone += err == DT_ERR_EXPIRED;
        if (err != DT_ERR_EXPIRED && *count < DT_HELD_COUNT) {
            memcpy(names[(*count)++], e->d_name, DT_HELD_NAME_SIZE);
        }
    }
    if (bytes != NULL) {
        dt_wipe(bytes, DT_HELD_MAX);
    }
    free(bytes);
    if (dir != NULL) {
        closedir(dir);
    }
    qsort(names, *count, DT_HELD_NAME_SIZE, by_name);
    return DT_OK;
}

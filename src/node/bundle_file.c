/* SPDX-License-Identifier: ISC */
#include "node/bundle_file.h"

#include <string.h>

#include "log/fields.h"

static enum dt_err get(struct dt_bundle_reader *r, void *out, size_t size)
{
    const size_t got = fread(out, 1, size, r->file);
    r->bytes += got;
    return got == size ? DT_OK : ferror(r->file) ? DT_ERR_IO : DT_ERR_TRUNCATED;
}

enum dt_err dt_bundle_reader_begin(struct dt_bundle_reader *r, FILE *file)
{
    char head[sizeof DT_BUNDLE_HEAD - 1];
    enum { NAME_SIZE = sizeof "DETENTE-BUNDLE-" - 1 };
    dt_bundle_reader_end(r);
    rewind(file);
    r->file = file;
    r->bytes = 0;
    r->hash = dt_hashing_begin(DT_BUNDLE_LABEL);
    if (r->hash == NULL) {
        return DT_ERR_NO_MEMORY;
    }
    if (get(r, head, sizeof head) != DT_OK || memcmp(head, DT_BUNDLE_HEAD, NAME_SIZE) != 0) {
        return ferror(file) ? DT_ERR_IO : DT_ERR_BAD_TEXT;
    }
    return memcmp(head, DT_BUNDLE_HEAD, sizeof head) == 0 ? DT_OK : DT_ERR_UNKNOWN_VERSION;
}

/* Behind the last chunk: the hash, and then nothing. */
static enum dt_err check_end(struct dt_bundle_reader *r)
{
    uint8_t said[DT_HASH_SIZE], found[DT_HASH_SIZE];
    dt_hashing_end(r->hash, found);
    r->hash = NULL;
    DT_TRY(get(r, said, sizeof said));
    if (memcmp(said, found, sizeof said) != 0) {
        return DT_ERR_BAD_HASH;
    }
    return fgetc(r->file) == EOF ? DT_OK : DT_ERR_TRAILING;
}

enum dt_err dt_bundle_reader_next(struct dt_bundle_reader *r, struct dt_span *payload, bool *last)
{
    DT_TRY(get(r, r->chunk, 4));
    struct dt_reader length = dt_reader(dt_span(r->chunk, 4));
    const uint32_t size = dt_read_u32(&length);
    *last = size == 0;
    if (size == 0) {
        return check_end(r);
    }
    if (size > DT_BUNDLE_CHUNK_MAX) {
        return DT_ERR_TOO_LARGE;
    }
    DT_TRY(get(r, r->chunk + 4, size));
    dt_hashing_add(r->hash, dt_span(r->chunk, 4 + (size_t)size));
    *payload = dt_span(r->chunk + 4, size);
    return DT_OK;
}

void dt_bundle_reader_end(struct dt_bundle_reader *r)
{
    if (r->hash != NULL) {
        dt_hashing_end(r->hash, NULL);
        r->hash = NULL;
    }
}

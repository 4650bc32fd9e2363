/* SPDX-License-Identifier: ISC */
/*
 * A bundle file. The first byte says how the rest is taken: 0 a whole file; else the chunks
 * alone, around which the rest of the file is written (a fuzzer does not hash).
 *
 * Properties: a file that is read to its end is, put together again from its payloads, the
 * same byte for byte; chunks in their form are read, each as it was written.
 */
#include <stdlib.h>
#include <string.h>

#include "node/bundle_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { FILE_MAX = 1 << 17 };

static struct dt_bundle_reader reader;
static uint8_t whole[FILE_MAX], again[FILE_MAX];

/* What a writer makes of these payloads, as far as they are read. */
static enum dt_err read_all(struct dt_span file, struct dt_writer *w)
{
    struct dt_span payload;
    bool last = false;
    FILE *f = fmemopen((void *)(uintptr_t)file.data, file.size, "rb");
    struct dt_hashing *hash = dt_hashing_begin(DT_BUNDLE_LABEL);
    if (f == NULL || hash == NULL) {
        abort();
    }
    dt_write_bytes(w, DT_BUNDLE_HEAD, sizeof DT_BUNDLE_HEAD - 1);
    enum dt_err err = dt_bundle_reader_begin(&reader, f);
    while (err == DT_OK && !last) {
        err = dt_bundle_reader_next(&reader, &payload, &last);
        if (err == DT_OK && !last) {
            const size_t start = w->size;
            if (payload.size == 0 || payload.size > DT_BUNDLE_CHUNK_MAX) {
                abort();
            }
            dt_write_u32(w, (uint32_t)payload.size);
            dt_write_bytes(w, payload.data, payload.size);
            dt_hashing_add(hash, dt_span(w->data + start, w->size - start));
        }
    }
    uint8_t end[DT_HASH_SIZE];
    dt_hashing_end(hash, end);
    dt_write_u32(w, 0);
    dt_write_bytes(w, end, sizeof end);
    dt_bundle_reader_end(&reader);
    fclose(f);
    return err;
}

/* True if `chunks` is nothing but lengths and payloads. */
static bool well_formed(struct dt_span chunks)
{
    struct dt_reader r = dt_reader(chunks);
    while (r.left > 0 && r.err == DT_OK) {
        const uint32_t size = dt_read_u32(&r);
        if (size == 0 || size > DT_BUNDLE_CHUNK_MAX) {
            return false;
        }
        (void)dt_read_span(&r, size);
    }
    return r.err == DT_OK;
}

static struct dt_span file_of(struct dt_span chunks)
{
    struct dt_writer w = dt_writer(whole, sizeof whole);
    uint8_t end[DT_HASH_SIZE];
    struct dt_hashing *hash = dt_hashing_begin(DT_BUNDLE_LABEL);
    dt_hashing_add(hash, chunks);
    dt_hashing_end(hash, end);
    dt_write_bytes(&w, DT_BUNDLE_HEAD, sizeof DT_BUNDLE_HEAD - 1);
    dt_write_bytes(&w, chunks.data, chunks.size);
    dt_write_u32(&w, 0);
    dt_write_bytes(&w, end, sizeof end);
    return dt_written(&w);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2 || size > FILE_MAX - 128 || dt_crypto_init() != DT_OK) {
        return 0;
    }
    const struct dt_span rest = {data + 1, size - 1};
    const struct dt_span file = data[0] == 0 ? rest : file_of(rest);
    struct dt_writer w = dt_writer(again, sizeof again);
    const enum dt_err err = read_all(file, &w);
    if (err == DT_OK && !dt_span_equal(dt_written(&w), file)) {
        abort();
    }
    if (data[0] != 0 && well_formed(rest) && err != DT_OK) {
        abort();
    }
    return 0;
}

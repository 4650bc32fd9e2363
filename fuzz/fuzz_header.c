/* SPDX-License-Identifier: ISC */
/* A header that is read is written back the same, byte for byte; so is a record id. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cbor/cbor.h"
#include "log/header.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void try_header(struct dt_span bytes)
{
    struct dt_header h;
    uint8_t again[DT_HEADER_MAX];
    size_t prefix = 0, empty_prefix = 0, size = 0;
    if (dt_header_decode(&h, bytes) != DT_OK) {
        (void)!dt_header_prefix(&prefix, bytes);
        return;
    }
    /* The prefix written with no body, then length and hash as they were read. */
    const struct dt_header read = h;
    if (dt_header_prefix(&prefix, bytes) != DT_OK || prefix >= bytes.size ||
        dt_header_encode(again, &size, &h, dt_span(NULL, 0)) != DT_OK ||
        dt_header_prefix(&empty_prefix, dt_span(again, size)) != DT_OK) {
        abort();
    }
    struct dt_writer w = dt_writer(again, sizeof again);
    w.size = empty_prefix;
    dt_cbor_put_uint(&w, read.body_size);
    dt_cbor_put_bytes(&w, dt_span(read.body_hash, DT_HASH_SIZE));
    if (w.overflowed || !dt_span_equal(dt_written(&w), bytes)) {
        abort();
    }
    /* As a receiver does it: the body given, it is one header, that is read. */
    if (dt_header_complete(again, &size, dt_span(bytes.data, prefix), dt_span("x", 1)) == DT_OK &&
        dt_header_decode(&h, dt_span(again, size)) != DT_OK) {
        abort();
    }
}

static void try_record_id(struct dt_span bytes)
{
    char text[64], again[64], code[2][DT_CODE_MAX + 1], word[2][DT_CHECK_WORD_SIZE];
    unsigned number[2];
    uint64_t seq[2];
    if (bytes.size >= sizeof text) {
        return;
    }
    memcpy(text, bytes.data, bytes.size);
    text[bytes.size] = '\0';
    if (dt_record_id_parse(text, code[0], &number[0], &seq[0], word[0]) != DT_OK) {
        return;
    }
    snprintf(again, sizeof again, "%s.%u-%llu%s%s", code[0], number[0], (unsigned long long)seq[0],
             word[0][0] != '\0' ? "-" : "", word[0]);
    if (dt_record_id_parse(again, code[1], &number[1], &seq[1], word[1]) != DT_OK ||
        strlen(again) != strlen(text) || strcmp(code[0], code[1]) != 0 || number[0] != number[1] ||
        seq[0] != seq[1] || strcmp(word[0], word[1]) != 0) {
        abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (dt_crypto_init() != DT_OK) {
        abort();
    }
    if (size > 0) {
        try_header(dt_span(data, size));
        try_record_id(dt_span(data, size));
    }
    return 0;
}

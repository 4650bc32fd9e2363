/* SPDX-License-Identifier: ISC */
/* What passes the check is written back the same, byte for byte; and a cursor never
 * leaves its bytes, checked or not (a sanitizer watches). */
#include <stdlib.h>

#include "cbor/cbor.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Copies one item through cursor and writer. False for a number beyond int64. */
static bool copy(struct dt_cbor *c, struct dt_writer *w)
{
    const enum dt_cbor_type type = dt_cbor_peek(c);
    size_t items = 0;
    switch (type) {
    case DT_CBOR_UINT:
        dt_cbor_put_uint(w, dt_cbor_uint(c, UINT64_MAX));
        break;
    case DT_CBOR_NEGATIVE:
        dt_cbor_put_int(w, dt_cbor_int(c, INT64_MIN, -1));
        break;
    case DT_CBOR_BYTES:
        dt_cbor_put_bytes(w, dt_cbor_bytes(c, 0, SIZE_MAX));
        break;
    case DT_CBOR_TEXT:
        dt_cbor_put_text(w, dt_cbor_text(c, SIZE_MAX));
        break;
    case DT_CBOR_ARRAY:
        items = dt_cbor_array(c, 0, SIZE_MAX);
        dt_cbor_put_array(w, items);
        break;
    case DT_CBOR_MAP:
        items = dt_cbor_map(c);
        dt_cbor_put_map(w, items);
        items *= 2;
        break;
    default:
        if (dt_cbor_null(c)) {
            dt_cbor_put_null(w);
        } else {
            dt_cbor_put_bool(w, dt_cbor_bool(c));
        }
    }
    bool readable = dt_cbor_error(c) == DT_OK;
    while (readable && items-- > 0) {
        readable = copy(c, w);
    }
    return readable;
}

static void walk(struct dt_span bytes)
{
    struct dt_cbor c = dt_cbor(bytes), value;
    for (uint64_t key = 0; key < 32; key++) {
        if (dt_cbor_find(bytes, key, &value)) {
            (void)dt_cbor_skip(&value);
        }
    }
    while (dt_cbor_error(&c) == DT_OK && dt_cbor_peek(&c) != DT_CBOR_NONE) {
        const struct dt_span item = dt_cbor_skip(&c);
        if (dt_cbor_error(&c) == DT_OK && item.size == 0) {
            abort(); /* no progress */
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t again[65536];
    size_t used = 0;
    walk(dt_span(data, size));
    if (dt_cbor_check_first(dt_span(data, size), &used) != DT_OK || used > sizeof again) {
        return 0;
    }
    const struct dt_span item = {data, used};
    struct dt_cbor c = dt_cbor(item);
    struct dt_writer w = dt_writer(again, sizeof again);
    if (used == 0 || used > size || dt_cbor_check(item) != DT_OK) {
        abort();
    }
    if (copy(&c, &w)) {
        if (dt_cbor_end(&c) != DT_OK || !dt_span_equal(dt_written(&w), item)) {
            abort();
        }
    } else if (dt_cbor_error(&c) != DT_ERR_BAD_VALUE) {
        abort();
    }
    return 0;
}

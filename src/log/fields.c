/* SPDX-License-Identifier: ISC */
#include "log/fields.h"

#include <string.h>

#include "base/text.h"

bool dt_field_has(struct dt_span map, uint64_t key)
{
    struct dt_cbor value;
    return dt_cbor_find(map, key, &value);
}

enum dt_err dt_field_uint(struct dt_span map, uint64_t key, uint64_t min, uint64_t max,
                          uint64_t *out)
{
    struct dt_cbor c = dt_cbor_need(map, key);
    const uint64_t value = dt_cbor_uint(&c, max);
    DT_TRY(dt_cbor_error(&c));
    if (value < min) {
        return DT_ERR_BAD_VALUE;
    }
    *out = value;
    return DT_OK;
}

enum dt_err dt_field_int(struct dt_span map, uint64_t key, int64_t min, int64_t max, int64_t *out)
{
    struct dt_cbor c = dt_cbor_need(map, key);
    const int64_t value = dt_cbor_int(&c, min, max);
    DT_TRY(dt_cbor_error(&c));
    *out = value;
    return DT_OK;
}

enum dt_err dt_field_bytes(struct dt_span map, uint64_t key, size_t min, size_t max,
                           struct dt_span *out)
{
    struct dt_cbor c = dt_cbor_need(map, key);
    const struct dt_span bytes = dt_cbor_bytes(&c, min, max);
    DT_TRY(dt_cbor_error(&c));
    *out = bytes;
    return DT_OK;
}

enum dt_err dt_field_copy(struct dt_span map, uint64_t key, void *out, size_t size)
{
    struct dt_span bytes;
    DT_TRY(dt_field_bytes(map, key, size, size, &bytes));
    memcpy(out, bytes.data, size);
    return DT_OK;
}

enum dt_err dt_take_text(struct dt_cbor *c, char *out, size_t max)
{
    const struct dt_span text = dt_cbor_text(c, max);
    DT_TRY(dt_cbor_error(c));
    char shown[DT_TEXT_MAX * 3 + 1];
    if (text.size == 0 || dt_printable(shown, sizeof shown, text, false) != text.size ||
        memcmp(shown, text.data, text.size) != 0) {
        dt_cbor_fail(c, DT_ERR_BAD_VALUE); /* empty, or control characters: not a name */
        return DT_ERR_BAD_VALUE;
    }
    memcpy(out, text.data, text.size);
    out[text.size] = '\0';
    return DT_OK;
}

enum dt_err dt_field_text(struct dt_span map, uint64_t key, char *out, size_t max)
{
    struct dt_cbor c = dt_cbor_need(map, key);
    return dt_take_text(&c, out, max);
}

enum dt_err dt_field_ref(struct dt_span map, uint64_t key, struct dt_ref *out)
{
    struct dt_cbor c = dt_cbor_need(map, key);
    dt_cbor_array(&c, 3, 3);
    const uint16_t wid = (uint16_t)dt_cbor_uint(&c, DT_WIDS_MAX - 1);
    const uint64_t seq = dt_cbor_uint(&c, INT64_MAX);
    const struct dt_span leaf = dt_cbor_bytes(&c, DT_HASH_SIZE, DT_HASH_SIZE);
    DT_TRY(dt_cbor_error(&c));
    *out = (struct dt_ref){wid, seq, {0}};
    memcpy(out->leaf, leaf.data, DT_HASH_SIZE);
    return DT_OK;
}

void dt_put_ref(struct dt_writer *w, const struct dt_ref *ref)
{
    dt_cbor_put_array(w, 3);
    dt_cbor_put_uint(w, ref->wid);
    dt_cbor_put_uint(w, ref->seq);
    dt_cbor_put_bytes(w, dt_span(ref->leaf, DT_HASH_SIZE));
}

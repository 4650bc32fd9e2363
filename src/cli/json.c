/* SPDX-License-Identifier: ISC */
/* Between the node's CBOR and what is shown (cli.h). */
#include <string.h>

#include "base/text.h"
#include "cli/cli.h"

enum { SHOWN_BYTES_MAX = 16384 };

json_t *cli_json_bytes(const uint8_t *bytes, size_t size)
{
    char text[2 * SHOWN_BYTES_MAX + 1];
    if (size > SHOWN_BYTES_MAX) {
        return json_null();
    }
    if (size == DT_HASH_SIZE) {
        dt_base32(text, bytes, size);
    } else {
        dt_hex(text, bytes, size);
    }
    return json_string(text);
}

static json_t *from_cursor(struct dt_cbor *c);

static json_t *map_from(struct dt_cbor *c)
{
    json_t *object = json_object();
    const size_t pairs = dt_cbor_map(c);
    for (size_t i = 0; i < pairs && dt_cbor_error(c) == DT_OK; i++) {
        char key[64];
        if (dt_cbor_peek(c) == DT_CBOR_TEXT) {
            const struct dt_span text = dt_cbor_text(c, sizeof key - 1);
            memcpy(key, text.size > 0 ? text.data : (const uint8_t *)"", text.size);
            key[text.size] = '\0';
        } else {
            snprintf(key, sizeof key, "%lld", (long long)dt_cbor_int(c, INT64_MIN, INT64_MAX));
        }
        json_object_set_new(object, key, from_cursor(c));
    }
    return object;
}

static json_t *array_from(struct dt_cbor *c)
{
    json_t *array = json_array();
    const size_t count = dt_cbor_array(c, 0, SIZE_MAX);
    for (size_t i = 0; i < count && dt_cbor_error(c) == DT_OK; i++) {
        json_array_append_new(array, from_cursor(c));
    }
    return array;
}

/* One item; the depth is bounded by dt_cbor_check(). */
static json_t *from_cursor(struct dt_cbor *c)
{
    struct dt_span s;
    switch (dt_cbor_peek(c)) {
    case DT_CBOR_UINT:
        return json_integer((json_int_t)dt_cbor_uint(c, INT64_MAX));
    case DT_CBOR_NEGATIVE:
        return json_integer(dt_cbor_int(c, INT64_MIN, INT64_MAX));
    case DT_CBOR_BYTES:
        s = dt_cbor_bytes(c, 0, SIZE_MAX);
        return cli_json_bytes(s.data, s.size);
    case DT_CBOR_TEXT:
        s = dt_cbor_text(c, SIZE_MAX);
        return json_stringn(s.size > 0 ? (const char *)s.data : "", s.size);
    case DT_CBOR_ARRAY:
        return array_from(c);
    case DT_CBOR_MAP:
        return map_from(c);
    case DT_CBOR_SIMPLE:
        return dt_cbor_null(c) ? json_null() : json_boolean(dt_cbor_bool(c));
    default:
        return json_null();
    }
}

json_t *cli_json_from_cbor(struct dt_span item)
{
    struct dt_cbor c = dt_cbor(item);
    return from_cursor(&c);
}

const char *cli_str(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text != NULL ? text : "";
}

json_int_t cli_int(const json_t *object, const char *key)
{
    return json_integer_value(json_object_get(object, key));
}

bool cli_true(const json_t *object, const char *key)
{
    return json_is_true(json_object_get(object, key));
}

bool cli_has(const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);
    return value != NULL && !json_is_null(value);
}

bool cli_bytes(const json_t *object, const char *key, uint8_t *out, size_t size)
{
    const char *text = cli_str(object, key);
    size_t got = 0;
    const enum dt_err err = size == DT_HASH_SIZE ? dt_unbase32(out, size, &got, text, strlen(text))
                                                 : dt_unhex(out, size, &got, text, strlen(text));
    return err == DT_OK && got == size;
}

bool cli_conflict_stands(const json_t *conflict)
{
    const char *state = cli_str(conflict, "state");
    return strcmp(state, "resolved") != 0 && strcmp(state, "overtaken") != 0;
}

bool cli_conflict_open(const json_t *conflict)
{
    return cli_conflict_stands(conflict) &&
           strcmp(cli_str(conflict, "state"), "risk-accepted") != 0;
}

/* SPDX-License-Identifier: ISC */
#include "log/statement.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "cbor/cbor.h"

static const char label_statement[] = "detente/1/statement"; /* its NUL is the zero byte */

enum { STATEMENT_FIELDS = 5, ARMOUR_LINE = 64 };

/* Label, zero, type, content: what the signature covers. Returns its size. */
static size_t signed_bytes(uint8_t *out, uint8_t type, struct dt_span content)
{
    memcpy(out, label_statement, sizeof label_statement);
    out[sizeof label_statement] = type;
    memcpy(out + sizeof label_statement + 1, content.data, content.size);
    return sizeof label_statement + 1 + content.size;
}

enum dt_err dt_statement_decode(struct dt_statement *out, struct dt_span bytes)
{
    uint8_t message[sizeof label_statement + 1 + DT_STATEMENT_MAX];
    if (bytes.size > DT_STATEMENT_MAX) {
        return DT_ERR_TOO_LARGE;
    }
    enum dt_err err = dt_cbor_check(bytes);
    if (err != DT_OK) {
        return err;
    }
    struct dt_cbor c = dt_cbor(bytes);
    const size_t fields = dt_cbor_array(&c, 1, 0xff);
    if (dt_cbor_uint(&c, UINT64_MAX) != 1 && dt_cbor_error(&c) == DT_OK) {
        return DT_ERR_UNKNOWN_VERSION;
    }
    if (fields != STATEMENT_FIELDS) {
        dt_cbor_fail(&c, DT_ERR_BAD_VALUE);
    }
    out->type = (uint8_t)dt_cbor_uint(&c, 0xff);
    if (out->type == 0) {
        dt_cbor_fail(&c, DT_ERR_BAD_VALUE);
    }
    out->content = dt_cbor_bytes(&c, 1, DT_STATEMENT_MAX);
    const struct dt_span signer = dt_cbor_bytes(&c, DT_PUBLIC_SIZE, DT_PUBLIC_SIZE);
    const struct dt_span signature = dt_cbor_bytes(&c, DT_SIGNATURE_SIZE, DT_SIGNATURE_SIZE);
    err = dt_cbor_end(&c);
    if (err == DT_OK) {
        err = dt_cbor_check(out->content);
    }
    if (err != DT_OK) {
        return err;
    }
    if (out->content.data[0] >> 5 != DT_CBOR_MAP) {
        return DT_ERR_BAD_TYPE;
    }
    memcpy(out->signer, signer.data, DT_PUBLIC_SIZE);
    memcpy(out->signature, signature.data, DT_SIGNATURE_SIZE);
    out->whole = bytes;
    const size_t size = signed_bytes(message, out->type, out->content);
    return dt_verify(out->signature, dt_span(message, size), out->signer) ? DT_OK
                                                                          : DT_ERR_BAD_SIGNATURE;
}

enum dt_err dt_statement_sign(uint8_t *out, size_t capacity, size_t *size,
                              enum dt_statement_type type, struct dt_span content,
                              const uint8_t signer[static DT_SIGNER_SIZE],
                              const uint8_t public_key[static DT_PUBLIC_SIZE])
{
    uint8_t message[sizeof label_statement + 1 + DT_STATEMENT_MAX], signature[DT_SIGNATURE_SIZE];
    if (content.size == 0 || content.size > DT_STATEMENT_MAX - 128) {
        return DT_ERR_TOO_LARGE;
    }
    const size_t length = signed_bytes(message, (uint8_t)type, content);
    dt_sign(signature, dt_span(message, length), signer);
    struct dt_writer w = dt_writer(out, capacity);
    dt_cbor_put_array(&w, STATEMENT_FIELDS);
    dt_cbor_put_uint(&w, 1);
    dt_cbor_put_uint(&w, type);
    dt_cbor_put_bytes(&w, content);
    dt_cbor_put_bytes(&w, dt_span(public_key, DT_PUBLIC_SIZE));
    dt_cbor_put_bytes(&w, dt_span(signature, DT_SIGNATURE_SIZE));
    *size = w.size;
    return w.overflowed ? DT_ERR_TOO_LARGE : DT_OK;
}

void dt_statement_id(uint8_t id[static DT_HASH_SIZE], struct dt_span whole)
{
    dt_labelled_hash(id, "detente/1/statement-id", &whole, 1);
}

bool dt_code_valid(const char *code)
{
    const size_t size = strlen(code);
    if (size < 2 || size > DT_CODE_MAX || code[0] < 'A' || code[0] > 'Z') {
        return false;
    }
    return strspn(code, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") == size;
}

size_t dt_armour(char *out, const char *what, struct dt_span bytes)
{
    enum { CHUNK = ARMOUR_LINE / 4 * 3 };
    size_t n = (size_t)snprintf(out, 64, "-----BEGIN DETENTE %s-----\n", what);
    for (size_t i = 0; i < bytes.size; i += CHUNK) {
        const size_t left = bytes.size - i;
        n += dt_base64(out + n, bytes.data + i, left < CHUNK ? left : CHUNK);
        out[n++] = '\n';
    }
    return n + (size_t)snprintf(out + n, 64, "-----END DETENTE %s-----\n", what);
}

/* The next line of *text without its newline; an empty data pointer at the end. */
static struct dt_span next_line(struct dt_span *text)
{
    const uint8_t *end = text->size > 0 ? memchr(text->data, '\n', text->size) : NULL;
    if (end == NULL) {
        return dt_span(NULL, 0);
    }
    const struct dt_span line = {text->data, (size_t)(end - text->data)};
    text->data += line.size + 1;
    text->size -= line.size + 1;
    return line;
}

static bool is_frame(struct dt_span line, const char *word, const char *what)
{
    char expected[64];
    const int size = snprintf(expected, sizeof expected, "-----%s DETENTE %s-----", word, what);
    return dt_span_equal(line, dt_span(expected, (size_t)size));
}

enum dt_err dt_unarmour(uint8_t *out, size_t capacity, size_t *size, const char *what,
                        struct dt_span text)
{
    *size = 0;
    if (!is_frame(next_line(&text), "BEGIN", what)) {
        return DT_ERR_BAD_TEXT;
    }
    bool full = true; /* every line but the last must be full */
    for (;;) {
        const struct dt_span line = next_line(&text);
        if (line.data == NULL) {
            return DT_ERR_TRUNCATED;
        }
        if (is_frame(line, "END", what)) {
            return text.size > 0 ? DT_ERR_TRAILING : *size == 0 ? DT_ERR_TRUNCATED : DT_OK;
        }
        if (!full || line.size == 0 || line.size > ARMOUR_LINE) {
            return DT_ERR_NOT_CANONICAL;
        }
        size_t got = 0;
        const enum dt_err err = dt_unbase64(out + *size, capacity - *size, &got,
                                            (const char *)line.data, line.size);
        if (err != DT_OK) {
            return err;
        }
        *size += got;
        full = got == ARMOUR_LINE / 4 * 3;
    }
}

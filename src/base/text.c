/* SPDX-License-Identifier: ISC */
#include "base/text.h"

#include <string.h>

static const char hex_digits[] = "0123456789abcdef";
static const char base32_digits[] = "abcdefghijklmnopqrstuvwxyz234567";
static const char base64_digits[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/* Any power-of-two base: `bits` a digit. */
static size_t encode(char *out, const uint8_t *data, size_t size, const char *digits, unsigned bits)
{
    size_t n = 0;
    unsigned held = 0, acc = 0;
    for (size_t i = 0; i < size; i++) {
        acc = (acc << 8 | data[i]) & 0xffffu;
        held += 8;
        while (held >= bits) {
            held -= bits;
            out[n++] = digits[acc >> held & ((1u << bits) - 1)];
        }
    }
    if (held > 0) {
        out[n++] = digits[acc << (bits - held) & ((1u << bits) - 1)];
    }
    out[n] = '\0';
    return n;
}

static enum dt_err decode(uint8_t *out, size_t capacity, size_t *size, const char *text,
                          size_t text_size, const char *digits, unsigned bits)
{
    size_t n = 0;
    unsigned held = 0, acc = 0;
    for (size_t i = 0; i < text_size; i++) {
        const char *digit = text[i] == '\0' ? NULL : strchr(digits, text[i]);
        if (digit == NULL) {
            return DT_ERR_BAD_TEXT;
        }
        acc = (acc << bits | (unsigned)(digit - digits)) & 0xffffu;
        held += bits;
        if (held >= 8) {
            held -= 8;
            if (n == capacity) {
                return DT_ERR_TOO_LARGE;
            }
            out[n++] = (uint8_t)(acc >> held);
        }
    }
    /* Left-over bits must be fewer than a digit and zero: one spelling only. */
    if (held >= bits || (acc & ((1u << held) - 1)) != 0) {
        return DT_ERR_NOT_CANONICAL;
    }
    *size = n;
    return DT_OK;
}

size_t dt_hex(char *out, const uint8_t *data, size_t size)
{
    return encode(out, data, size, hex_digits, 4);
}

size_t dt_base32(char *out, const uint8_t *data, size_t size)
{
    return encode(out, data, size, base32_digits, 5);
}

size_t dt_base64(char *out, const uint8_t *data, size_t size)
{
    size_t n = encode(out, data, size, base64_digits, 6);
    while (n % 4 != 0) {
        out[n++] = '=';
    }
    out[n] = '\0';
    return n;
}

enum dt_err dt_unhex(uint8_t *out, size_t capacity, size_t *size, const char *text, size_t text_size)
{
    return decode(out, capacity, size, text, text_size, hex_digits, 4);
}

enum dt_err dt_unbase32(uint8_t *out, size_t capacity, size_t *size, const char *text, size_t text_size)
{
    return decode(out, capacity, size, text, text_size, base32_digits, 5);
}

enum dt_err dt_unbase64(uint8_t *out, size_t capacity, size_t *size, const char *text, size_t text_size)
{
    if (text_size % 4 != 0) {
        return DT_ERR_NOT_CANONICAL;
    }
    size_t digits = text_size;
    while (digits > 0 && text_size - digits < 2 && text[digits - 1] == '=') {
        digits--;
    }
    return decode(out, capacity, size, text, digits, base64_digits, 6);
}

enum dt_err dt_undecimal(uint64_t *out, const char *text, size_t text_size)
{
    if (text_size == 0 || text_size > 18) {
        return text_size == 0 ? DT_ERR_BAD_TEXT : DT_ERR_TOO_LARGE;
    }
    if (text[0] == '0' && text_size > 1) {
        return DT_ERR_NOT_CANONICAL;
    }
    uint64_t value = 0;
    for (size_t i = 0; i < text_size; i++) {
        if (text[i] < '0' || text[i] > '9') {
            return DT_ERR_BAD_TEXT;
        }
        value = value * 10 + (uint64_t)(text[i] - '0');
    }
    *out = value;
    return DT_OK;
}

/* Length of the valid character at `p`, 0 if there is none; *code its point. */
static size_t utf8_character(const uint8_t *p, size_t left, uint32_t *code)
{
    const uint8_t lead = p[0];
    const size_t size = lead < 0x80 ? 1 : lead >= 0xc2 && lead < 0xe0 ? 2
                      : lead >= 0xe0 && lead < 0xf0 ? 3 : lead >= 0xf0 && lead < 0xf5 ? 4 : 0;
    if (size == 0 || size > left) {
        return 0;
    }
    uint32_t value = size == 1 ? lead : lead & (0x7fu >> size);
    for (size_t i = 1; i < size; i++) {
        if ((p[i] & 0xc0) != 0x80) {
            return 0;
        }
        value = value << 6 | (p[i] & 0x3fu);
    }
    static const uint32_t least[5] = {0, 0, 0x80, 0x800, 0x10000};
    if (value < least[size] || value > 0x10ffff || (value >= 0xd800 && value < 0xe000)) {
        return 0;
    }
    *code = value;
    return size;
}

/* The usual case, at a glance. */
static bool eight_of_ascii(const uint8_t *at)
{
    uint64_t word;
    memcpy(&word, at, sizeof word);
    return (word & UINT64_C(0x8080808080808080)) == 0;
}

bool dt_utf8_valid(struct dt_span text)
{
    uint32_t code;
    for (size_t i = 0; i < text.size;) {
        if (text.size - i >= 8 && eight_of_ascii(text.data + i)) {
            i += 8;
            continue;
        }
        const size_t size = utf8_character(text.data + i, text.size - i, &code);
        if (size == 0) {
            return false;
        }
        i += size;
    }
    return true;
}

static bool printable(uint32_t code, bool multiline)
{
    if (code == '\n' || code == '\t') {
        return multiline;
    }
    if (code < 0x20 || (code >= 0x7f && code < 0xa0)) {
        return false;
    }
    /* Overrides and isolates could reorder the line they stand in; U+2028/9 break it. */
    return !((code >= 0x202a && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069) ||
             code == 0x2028 || code == 0x2029 || code == 0x200e || code == 0x200f);
}

size_t dt_printable(char *out, size_t capacity, struct dt_span text, bool multiline)
{
    static const uint8_t replacement[3] = {0xef, 0xbf, 0xbd};
    size_t n = 0;
    if (capacity == 0) {
        return 0;
    }
    for (size_t i = 0; i < text.size;) {
        uint32_t code = 0;
        size_t size = utf8_character(text.data + i, text.size - i, &code);
        const uint8_t *from = text.data + i;
        i += size == 0 ? 1 : size;
        if (size == 0 || !printable(code, multiline)) {
            from = replacement;
            size = sizeof replacement;
        }
        if (n + size > capacity - 1) {
            break;
        }
        memcpy(out + n, from, size);
        n += size;
    }
    out[n] = '\0';
    return n;
}

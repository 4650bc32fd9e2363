/* SPDX-License-Identifier: ISC */
/*
 * text - bytes as people and files write them, in one canonical form each.
 *
 * base32: RFC 4648 section 6, lower case, no padding (keys, line and writer ids).
 * base64: RFC 4648 section 4, padded (signed notes, proofs).
 * hex: lower case out, lower case in.
 * Decoders refuse every other spelling of the same bytes (unused bits, case,
 * padding, white space): a text that differs is never equal. Pure; the encoders
 * are not constant time and are not used on secrets.
 */
#ifndef DT_BASE_TEXT_H
#define DT_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"

#define DT_BASE32_SIZE(n) (((n)*8 + 4) / 5)
#define DT_BASE64_SIZE(n) (((n) + 2) / 3 * 4)

/* `out` gets the text and a NUL: DT_..._SIZE(size) + 1 bytes. Returns its length. */
size_t dt_hex(char *out, const uint8_t *data, size_t size);
size_t dt_base32(char *out, const uint8_t *data, size_t size);
size_t dt_base64(char *out, const uint8_t *data, size_t size);

/* Decode exactly `text_size` characters. On DT_OK *size is the number of bytes
 * in `out`. BAD_TEXT for a foreign character, NOT_CANONICAL for another spelling,
 * TOO_LARGE when more than `capacity` bytes would come out. */
DT_MUST_USE enum dt_err dt_unhex(uint8_t *out, size_t capacity, size_t *size, const char *text, size_t text_size);
DT_MUST_USE enum dt_err dt_unbase32(uint8_t *out, size_t capacity, size_t *size, const char *text, size_t text_size);
DT_MUST_USE enum dt_err dt_unbase64(uint8_t *out, size_t capacity, size_t *size, const char *text, size_t text_size);

/* Decimal without sign or leading zeros, at most 18 digits (TOO_LARGE): a log's largest size,
 * and below 2^63. */
DT_MUST_USE enum dt_err dt_undecimal(uint64_t *out, const char *text, size_t text_size);

/* RFC 3629: shortest form, no surrogates, no code point above U+10FFFF. */
bool dt_utf8_valid(struct dt_span text);

/* Copies UTF-8 to a terminal-safe form: control characters (C0, DEL, C1) and
 * bidirectional overrides become U+FFFD, newline and tab stay if `multiline`.
 * Writes at most capacity-1 bytes and a NUL, never half a character. */
size_t dt_printable(char *out, size_t capacity, struct dt_span text, bool multiline);

#endif

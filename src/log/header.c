/* SPDX-License-Identifier: ISC */
#include "log/header.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "cbor/cbor.h"
#include "log/merkle.h"

enum { HEADER_FIELDS = 8 };

const char *dt_kind_name(unsigned kind)
{
    switch (kind) {
#define X(name, number)                                                                            \
    case number:                                                                                   \
        return #name;
        DT_KINDS(X)
#undef X
    default:
        return "UNKNOWN";
    }
}

const char *dt_precedence_name(unsigned precedence)
{
    static const char *const names[] = {"ROUTINE", "PRIORITY", "IMMEDIATE", "FLASH"};
    return precedence < 4 ? names[precedence] : "?";
}

const char *dt_class_name(unsigned class_)
{
    static const char *const names[] = {"OPERATION", "EXERCISE", "TEST", "DRILL"};
    return class_ < 4 ? names[class_] : "?";
}

bool dt_header_addresses(const struct dt_header *h, unsigned member)
{
    for (size_t i = 0; i < h->to_count; i++) {
        if (h->to[i] == member) {
            return true;
        }
    }
    return h->to_count == 0;
}

/* Indexes and sizes in range, both lists ascending. */
static bool lists_valid(const struct dt_header *h)
{
    if (h->to_count > DT_MEMBERS_MAX || h->seen_count > DT_SEEN_MAX) {
        return false;
    }
    for (size_t i = 0; i < h->to_count; i++) {
        if (h->to[i] >= DT_MEMBERS_MAX || (i > 0 && h->to[i] <= h->to[i - 1])) {
            return false;
        }
    }
    for (size_t i = 0; i < h->seen_count; i++) {
        const struct dt_seen *seen = &h->seen[i];
        if (seen->wid >= DT_WIDS_MAX || seen->size == 0 || seen->size > DT_TREE_SIZE_MAX ||
            (i > 0 && seen->wid <= h->seen[i - 1].wid)) {
            return false;
        }
    }
    return true;
}

static void put_tail(struct dt_writer *w, uint64_t body_size, const uint8_t *body_hash)
{
    dt_cbor_put_uint(w, body_size);
    dt_cbor_put_bytes(w, dt_span(body_hash, DT_HASH_SIZE));
}

enum dt_err dt_header_encode(uint8_t out[static DT_HEADER_MAX], size_t *size, struct dt_header *h,
                             struct dt_span body)
{
    if (body.size > DT_BODY_MAX) {
        return DT_ERR_TOO_LARGE;
    }
    if (h->kind > DT_KIND_MAX || h->time_ms < 0 || h->flags > 15 || !lists_valid(h)) {
        return DT_ERR_BAD_VALUE;
    }
    h->body_size = body.size;
    dt_sha256(h->body_hash, body);
    struct dt_writer w = dt_writer(out, DT_HEADER_MAX);
    dt_cbor_put_array(&w, HEADER_FIELDS);
    dt_cbor_put_uint(&w, h->version);
    dt_cbor_put_uint(&w, h->kind);
    dt_cbor_put_uint(&w, (uint64_t)h->time_ms);
    dt_cbor_put_uint(&w, h->flags);
    dt_cbor_put_array(&w, h->to_count);
    for (size_t i = 0; i < h->to_count; i++) {
        dt_cbor_put_uint(&w, h->to[i]);
    }
    dt_cbor_put_array(&w, h->seen_count);
    for (size_t i = 0; i < h->seen_count; i++) {
        dt_cbor_put_array(&w, 3);
        dt_cbor_put_uint(&w, h->seen[i].wid);
        dt_cbor_put_uint(&w, h->seen[i].size);
        dt_cbor_put_bytes(&w, dt_span(h->seen[i].root, DT_HASH_SIZE));
    }
    put_tail(&w, h->body_size, h->body_hash);
    *size = w.size;
    return w.overflowed ? DT_ERR_TOO_LARGE : DT_OK;
}

static void decode_seen(struct dt_cbor *c, struct dt_seen *seen)
{
    dt_cbor_array(c, 3, 3);
    seen->wid = (uint16_t)dt_cbor_uint(c, DT_WIDS_MAX - 1);
    seen->size = dt_cbor_uint(c, DT_TREE_SIZE_MAX);
    const struct dt_span root = dt_cbor_bytes(c, DT_HASH_SIZE, DT_HASH_SIZE);
    if (root.size == DT_HASH_SIZE) {
        memcpy(seen->root, root.data, DT_HASH_SIZE);
    }
}

/* Everything from the kind up to the body's length. */
static void decode_prefix(struct dt_cbor *c, struct dt_header *h)
{
    h->kind = (unsigned)dt_cbor_uint(c, DT_KIND_MAX);
    h->time_ms = (int64_t)dt_cbor_uint(c, INT64_MAX);
    h->flags = (unsigned)dt_cbor_uint(c, 15);
    h->to_count = dt_cbor_array(c, 0, DT_MEMBERS_MAX);
    for (size_t i = 0; i < h->to_count; i++) {
        h->to[i] = (uint8_t)dt_cbor_uint(c, DT_MEMBERS_MAX - 1);
    }
    h->seen_count = dt_cbor_array(c, 0, DT_SEEN_MAX);
    for (size_t i = 0; i < h->seen_count; i++) {
        decode_seen(c, &h->seen[i]);
    }
}

/* The next item if it is an integer up to `max`, else 0: of a later version's
 * header nothing more is certain. */
static uint64_t perhaps(struct dt_cbor *c, uint64_t max)
{
    struct dt_cbor item = dt_cbor(dt_cbor_skip(c));
    return dt_cbor_uint(&item, max);
}

static void decode_tail(struct dt_cbor *c, struct dt_header *h)
{
    h->body_size = dt_cbor_uint(c, DT_BODY_MAX);
    const struct dt_span hash = dt_cbor_bytes(c, DT_HASH_SIZE, DT_HASH_SIZE);
    if (dt_cbor_error(c) != DT_OK) {
        return;
    }
    memcpy(h->body_hash, hash.data, DT_HASH_SIZE);
    if (h->body_size == 0) {
        uint8_t nothing[DT_HASH_SIZE];
        dt_sha256(nothing, dt_span(NULL, 0));
        if (memcmp(h->body_hash, nothing, DT_HASH_SIZE) != 0) {
            dt_cbor_fail(c, DT_ERR_BAD_HASH);
        }
    }
}

static enum dt_err decode(struct dt_header *h, struct dt_span header)
{
    struct dt_cbor c = dt_cbor(header);
    const size_t fields = dt_cbor_array(&c, 1, DT_HEADER_MAX);
    const uint64_t version = dt_cbor_uint(&c, UINT64_MAX);
    h->version = version > UINT16_MAX ? UINT16_MAX : (unsigned)version;
    if (dt_cbor_error(&c) == DT_OK && version != DT_VERSION) {
        h->kind = (unsigned)perhaps(&c, DT_KIND_MAX);
        h->time_ms = (int64_t)perhaps(&c, INT64_MAX);
        return DT_ERR_UNKNOWN_VERSION;
    }
    if (fields != HEADER_FIELDS) {
        dt_cbor_fail(&c, DT_ERR_BAD_VALUE);
    }
    decode_prefix(&c, h);
    if (dt_cbor_error(&c) == DT_OK && !lists_valid(h)) {
        dt_cbor_fail(&c, DT_ERR_BAD_VALUE);
    }
    decode_tail(&c, h);
    return dt_cbor_end(&c);
}

enum dt_err dt_header_decode(struct dt_header *h, struct dt_span header)
{
    memset(h, 0, sizeof *h);
    if (header.size > DT_HEADER_MAX) {
        return DT_ERR_TOO_LARGE;
    }
    const enum dt_err err = decode(h, header);
    /* Every item of a header that is right was read, and readers take the one form only: what
     * the check would say is needed where something is wrong, and it goes first then. */
    const enum dt_err form = err == DT_OK ? DT_OK : dt_cbor_check(header);
    if (form != DT_OK) {
        memset(h, 0, sizeof *h);
    }
    return form != DT_OK ? form : err;
}

enum dt_precedence dt_header_peek_precedence(struct dt_span header)
{
    struct dt_header h = {0};
    struct dt_cbor c = dt_cbor(header);
    dt_cbor_array(&c, HEADER_FIELDS, HEADER_FIELDS);
    for (int i = 0; i < 3; i++) { /* version, kind, time */
        (void)dt_cbor_uint(&c, UINT64_MAX);
    }
    h.flags = (unsigned)dt_cbor_uint(&c, 15);
    return dt_header_precedence(&h);
}

enum dt_err dt_header_prefix(size_t *size, struct dt_span header)
{
    struct dt_cbor c = dt_cbor(header);
    dt_cbor_array(&c, HEADER_FIELDS, HEADER_FIELDS);
    for (int i = 0; i < HEADER_FIELDS - 2; i++) {
        dt_cbor_skip(&c);
    }
    *size = header.size - c.r.left;
    return dt_cbor_error(&c);
}

enum dt_err dt_header_complete(uint8_t out[static DT_HEADER_MAX], size_t *size,
                               struct dt_span prefix, struct dt_span body)
{
    uint8_t hash[DT_HASH_SIZE];
    struct dt_writer w = dt_writer(out, DT_HEADER_MAX);
    if (body.size > DT_BODY_MAX) {
        return DT_ERR_TOO_LARGE;
    }
    dt_sha256(hash, body);
    dt_write_bytes(&w, prefix.data, prefix.size);
    put_tail(&w, body.size, hash);
    *size = w.size;
    return w.overflowed ? DT_ERR_TOO_LARGE : DT_OK;
}

int dt_ref_compare(const struct dt_ref *a, const struct dt_ref *b)
{
    if (a->wid != b->wid) {
        return a->wid < b->wid ? -1 : 1;
    }
    if (a->seq != b->seq) {
        return a->seq < b->seq ? -1 : 1;
    }
    return memcmp(a->leaf, b->leaf, DT_HASH_SIZE);
}

void dt_check_word(char out[static DT_CHECK_WORD_SIZE], const uint8_t hash[static DT_HASH_SIZE])
{
    char text[DT_BASE32_SIZE(5) + 1];
    dt_base32(text, hash, 5);
    memcpy(out, text, 4);
    out[4] = '\0';
}

void dt_record_id(char out[static DT_RECORD_ID_SIZE], const char *code, unsigned number,
                  uint64_t seq, const uint8_t leaf[static DT_HASH_SIZE])
{
    char word[DT_CHECK_WORD_SIZE];
    dt_check_word(word, leaf);
    snprintf(out, DT_RECORD_ID_SIZE, "%.8s.%u-%llu-%s", code, number, (unsigned long long)seq,
             word);
}

void dt_record_id_spoken(char out[static DT_SPOKEN_SIZE], const char *id)
{
    static const char *const letters[26] = {
        "Alfa",   "Bravo", "Charlie", "Delta", "Echo",   "Foxtrot", "Golf",  "Hotel",  "India",
        "Juliett", "Kilo", "Lima",    "Mike",  "November", "Oscar", "Papa",  "Quebec", "Romeo",
        "Sierra", "Tango", "Uniform", "Victor", "Whiskey", "X-ray", "Yankee", "Zulu"};
    static const char *const digits[10] = {"Zero", "One", "Two",   "Three", "Four",
                                           "Five", "Six", "Seven", "Eight", "Nine"};
    size_t n = 0;
    out[0] = '\0';
    for (; *id != '\0' && n < DT_SPOKEN_SIZE - sizeof " November"; id++) {
        const char c = *id;
        const char *word = c >= 'A' && c <= 'Z'   ? letters[c - 'A']
                           : c >= 'a' && c <= 'z' ? letters[c - 'a']
                           : c >= '0' && c <= '9' ? digits[c - '0']
                           : c == '.'             ? "point"
                                                  : "dash";
        n += (size_t)snprintf(out + n, DT_SPOKEN_SIZE - n, "%s%s", n > 0 ? " " : "", word);
    }
}

static bool is_letter(char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Digits at *at as a number; fails on none, a leading zero or too many. */
static enum dt_err number_at(const char **at, uint64_t *value)
{
    size_t digits = 0;
    while (is_digit((*at)[digits])) {
        digits++;
    }
    const enum dt_err err = dt_undecimal(value, *at, digits);
    *at += digits;
    return err;
}

enum dt_err dt_record_id_parse(const char *text, char code[static DT_CODE_MAX + 1],
                               unsigned *number, uint64_t *seq,
                               char word[static DT_CHECK_WORD_SIZE])
{
    const char *at = text;
    size_t n = 0;
    for (; (is_letter(*at) || is_digit(*at)) && n < DT_CODE_MAX; at++) {
        code[n++] = (char)(*at >= 'a' ? *at - 'a' + 'A' : *at);
    }
    code[n] = '\0';
    word[0] = '\0';
    uint64_t which = 0;
    if (n < 2 || !is_letter(text[0]) || *at++ != '.' || number_at(&at, &which) != DT_OK || which < 1 ||
        which > DT_WRITERS_MAX || *at++ != '-' || number_at(&at, seq) != DT_OK) {
        return DT_ERR_BAD_TEXT;
    }
    *number = (unsigned)which;
    if (*at == '\0') {
        return DT_OK;
    }
    if (*at++ != '-' || strlen(at) != 4) {
        return DT_ERR_BAD_TEXT;
    }
    for (int i = 0; i < 4; i++) {
        if (!is_letter(at[i]) && !(at[i] >= '2' && at[i] <= '7')) {
            return DT_ERR_BAD_TEXT;
        }
        word[i] = (char)(at[i] >= 'A' && at[i] <= 'Z' ? at[i] - 'A' + 'a' : at[i]);
    }
    word[4] = '\0';
    return DT_OK;
}

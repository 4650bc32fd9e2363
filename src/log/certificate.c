/* SPDX-License-Identifier: ISC */
/* The contents of statements: certificates, revocations, cards (statement.h). */
#include <string.h>

#include "cbor/cbor.h"
#include "log/fields.h"
#include "log/statement.h"

/* Keys of the content maps, protocol.md section 3. */
enum { KEY_SUITE = 1, KEY_NUMBER = 2, KEY_TIME = 6 };

static enum dt_err check_kind(const struct dt_statement *s, enum dt_statement_type type)
{
    if (s->type != type) {
        return DT_ERR_BAD_TYPE;
    }
    uint64_t value = 0;
    DT_TRY(dt_field_uint(s->content, KEY_SUITE, 0, UINT64_MAX, &value));
    return value == DT_SUITE ? DT_OK : DT_ERR_UNKNOWN_SUITE;
}

/* Content as a decoder takes it: what is signed here must be readable there. */
static struct dt_statement as_statement(enum dt_statement_type type, const struct dt_writer *w)
{
    struct dt_statement s = {.type = (uint8_t)type, .content = dt_written(w)};
    return s;
}

/* A content map of so many fields, the first of which is the suite. */
static void begin_content(struct dt_writer *w, uint64_t fields)
{
    dt_cbor_put_map(w, fields);
    dt_cbor_put_uint(w, KEY_SUITE);
    dt_cbor_put_uint(w, DT_SUITE);
}

static void put_uint(struct dt_writer *w, uint64_t key, uint64_t value)
{
    dt_cbor_put_uint(w, key);
    dt_cbor_put_uint(w, value);
}

static void put_key(struct dt_writer *w, uint64_t key, const uint8_t value[static DT_PUBLIC_SIZE])
{
    dt_cbor_put_uint(w, key);
    dt_cbor_put_bytes(w, dt_span(value, DT_PUBLIC_SIZE));
}

static void put_text(struct dt_writer *w, uint64_t key, const char *text)
{
    dt_cbor_put_uint(w, key);
    dt_cbor_put_string(w, text);
}

static enum dt_err get_time(struct dt_span map, int64_t *out)
{
    return dt_field_int(map, KEY_TIME, 0, INT64_MAX, out);
}

enum dt_err dt_certificate_decode(struct dt_certificate *out, const struct dt_statement *s)
{
    uint64_t number = 0;
    DT_TRY(check_kind(s, DT_STATEMENT_CERTIFICATE));
    DT_TRY(dt_field_uint(s->content, KEY_NUMBER, 1, DT_WRITERS_MAX, &number));
    out->number = (unsigned)number;
    DT_TRY(dt_field_copy(s->content, 3, out->writer, DT_PUBLIC_SIZE));
    DT_TRY(dt_field_copy(s->content, 4, out->session, DT_PUBLIC_SIZE));
    DT_TRY(dt_field_copy(s->content, 5, out->reader, DT_PUBLIC_SIZE));
    return get_time(s->content, &out->time_ms);
}

enum dt_err dt_certificate_sign(uint8_t *out, size_t capacity, size_t *size,
                                const struct dt_certificate *c,
                                const uint8_t root[static DT_SIGNER_SIZE],
                                const uint8_t root_public[static DT_PUBLIC_SIZE])
{
    uint8_t content[256];
    struct dt_writer w = dt_writer(content, sizeof content);
    begin_content(&w, 6);
    put_uint(&w, KEY_NUMBER, c->number);
    put_key(&w, 3, c->writer);
    put_key(&w, 4, c->session);
    put_key(&w, 5, c->reader);
    put_uint(&w, KEY_TIME, (uint64_t)c->time_ms);
    struct dt_certificate read;
    const struct dt_statement unsigned_ = as_statement(DT_STATEMENT_CERTIFICATE, &w);
    DT_TRY(w.overflowed ? DT_ERR_TOO_LARGE : dt_certificate_decode(&read, &unsigned_));
    return dt_statement_sign(out, capacity, size, DT_STATEMENT_CERTIFICATE, dt_written(&w), root,
                             root_public);
}

enum dt_err dt_operator_decode(struct dt_operator *out, const struct dt_statement *s)
{
    uint64_t number = 0;
    DT_TRY(check_kind(s, DT_STATEMENT_OPERATOR));
    DT_TRY(dt_field_uint(s->content, KEY_NUMBER, 1, 999, &number));
    out->number = (unsigned)number;
    DT_TRY(dt_field_copy(s->content, 3, out->key, DT_PUBLIC_SIZE));
    DT_TRY(dt_field_text(s->content, 4, out->role, DT_TEXT_MAX));
    return get_time(s->content, &out->time_ms);
}

enum dt_err dt_operator_sign(uint8_t *out, size_t capacity, size_t *size,
                             const struct dt_operator *o, const uint8_t root[static DT_SIGNER_SIZE],
                             const uint8_t root_public[static DT_PUBLIC_SIZE])
{
    uint8_t content[256];
    struct dt_writer w = dt_writer(content, sizeof content);
    begin_content(&w, 5);
    put_uint(&w, KEY_NUMBER, o->number);
    put_key(&w, 3, o->key);
    put_text(&w, 4, o->role);
    put_uint(&w, KEY_TIME, (uint64_t)o->time_ms);
    struct dt_operator read;
    const struct dt_statement unsigned_ = as_statement(DT_STATEMENT_OPERATOR, &w);
    DT_TRY(w.overflowed ? DT_ERR_TOO_LARGE : dt_operator_decode(&read, &unsigned_));
    return dt_statement_sign(out, capacity, size, DT_STATEMENT_OPERATOR, dt_written(&w), root,
                             root_public);
}

enum dt_err dt_revocation_decode(struct dt_revocation *out, const struct dt_statement *s)
{
    DT_TRY(check_kind(s, DT_STATEMENT_REVOCATION));
    DT_TRY(dt_field_copy(s->content, 3, out->key, DT_PUBLIC_SIZE));
    struct dt_cbor c = dt_cbor_need(s->content, 5);
    out->good_count = dt_cbor_array(&c, 0, DT_GOOD_MAX);
    for (size_t i = 0; i < out->good_count; i++) {
        dt_cbor_array(&c, 3, 3);
        const struct dt_span line = dt_cbor_bytes(&c, DT_HASH_SIZE, DT_HASH_SIZE);
        out->good[i].number = (unsigned)dt_cbor_uint(&c, DT_WRITERS_MAX);
        out->good[i].size = dt_cbor_uint(&c, INT64_MAX);
        if (out->good[i].number == 0) {
            dt_cbor_fail(&c, DT_ERR_BAD_VALUE);
        }
        if (dt_cbor_error(&c) != DT_OK) {
            return dt_cbor_error(&c);
        }
        memcpy(out->good[i].line, line.data, DT_HASH_SIZE);
    }
    DT_TRY(dt_cbor_error(&c));
    DT_TRY(get_time(s->content, &out->time_ms));
    return dt_field_text(s->content, 7, out->reason, DT_TEXT_MAX);
}

enum dt_err dt_revocation_sign(uint8_t *out, size_t capacity, size_t *size,
                               const struct dt_revocation *r,
                               const uint8_t root[static DT_SIGNER_SIZE],
                               const uint8_t root_public[static DT_PUBLIC_SIZE])
{
    uint8_t content[256 + DT_GOOD_MAX * (DT_HASH_SIZE + 16)];
    struct dt_writer w = dt_writer(content, sizeof content);
    if (r->good_count > DT_GOOD_MAX) {
        return DT_ERR_BAD_VALUE;
    }
    begin_content(&w, 5);
    put_key(&w, 3, r->key);
    dt_cbor_put_uint(&w, 5);
    dt_cbor_put_array(&w, r->good_count);
    for (size_t i = 0; i < r->good_count; i++) {
        dt_cbor_put_array(&w, 3);
        dt_cbor_put_bytes(&w, dt_span(r->good[i].line, DT_HASH_SIZE));
        dt_cbor_put_uint(&w, r->good[i].number);
        dt_cbor_put_uint(&w, r->good[i].size);
    }
    put_uint(&w, KEY_TIME, (uint64_t)r->time_ms);
    put_text(&w, 7, r->reason);
    struct dt_revocation read;
    const struct dt_statement unsigned_ = as_statement(DT_STATEMENT_REVOCATION, &w);
    DT_TRY(w.overflowed ? DT_ERR_TOO_LARGE : dt_revocation_decode(&read, &unsigned_));
    return dt_statement_sign(out, capacity, size, DT_STATEMENT_REVOCATION, dt_written(&w), root,
                             root_public);
}

uint64_t dt_revocation_good(const struct dt_revocation *r, const uint8_t line[static DT_HASH_SIZE],
                            unsigned number)
{
    uint64_t good = UINT64_MAX;
    for (size_t i = 0; i < r->good_count; i++) {
        if (r->good[i].number == number && r->good[i].size < good &&
            memcmp(r->good[i].line, line, DT_HASH_SIZE) == 0) {
            good = r->good[i].size;
        }
    }
    return good == UINT64_MAX ? 0 : good;
}

/* Decodes an embedded certificate and holds its signer against the root. */
static enum dt_err take_signed(struct dt_cbor *c, struct dt_span *bytes,
                               const uint8_t root[static DT_PUBLIC_SIZE], struct dt_statement *s)
{
    *bytes = dt_cbor_bytes(c, 1, DT_STATEMENT_MAX);
    DT_TRY(dt_cbor_error(c));
    DT_TRY(dt_statement_decode(s, *bytes));
    return memcmp(s->signer, root, DT_PUBLIC_SIZE) == 0 ? DT_OK : DT_ERR_BAD_SIGNATURE;
}

static enum dt_err decode_certificates(struct dt_card *out, struct dt_span content)
{
    struct dt_statement s;
    struct dt_cbor c = dt_cbor_need(content, 5);
    out->certificate_count = dt_cbor_array(&c, 0, DT_CARD_CERTS_MAX);
    for (size_t i = 0; i < out->certificate_count; i++) {
        DT_TRY(take_signed(&c, &out->certificate_bytes[i], out->root, &s));
        DT_TRY(dt_certificate_decode(&out->certificates[i], &s));
    }
    DT_TRY(dt_cbor_error(&c));
    c = dt_cbor_need(content, 6);
    out->operator_count = dt_cbor_array(&c, 0, DT_CARD_OPERATORS_MAX);
    for (size_t i = 0; i < out->operator_count; i++) {
        DT_TRY(take_signed(&c, &out->operator_bytes[i], out->root, &s));
        DT_TRY(dt_operator_decode(&out->operators[i], &s));
    }
    return dt_cbor_error(&c);
}

static enum dt_err decode_addresses(struct dt_card *out, struct dt_span content)
{
    struct dt_cbor c = dt_cbor_need(content, 7);
    out->endpoint_count = dt_cbor_array(&c, 0, DT_CARD_ENDPOINTS_MAX);
    for (size_t i = 0; i < out->endpoint_count; i++) {
        DT_TRY(dt_take_text(&c, out->endpoints[i], DT_TEXT_MAX));
    }
    DT_TRY(dt_cbor_error(&c));
    c = dt_cbor_need(content, 8);
    out->contact_count = dt_cbor_array(&c, 0, DT_CARD_CONTACTS_MAX);
    for (size_t i = 0; i < out->contact_count; i++) {
        dt_cbor_array(&c, 2, 2);
        DT_TRY(dt_take_text(&c, out->contacts[i].kind, sizeof out->contacts[i].kind - 1));
        DT_TRY(dt_take_text(&c, out->contacts[i].text, DT_TEXT_MAX));
    }
    return dt_cbor_error(&c);
}

enum dt_err dt_card_decode(struct dt_card *out, const struct dt_statement *s)
{
    memset(out, 0, sizeof *out);
    DT_TRY(check_kind(s, DT_STATEMENT_CARD));
    memcpy(out->root, s->signer, DT_PUBLIC_SIZE);
    DT_TRY(dt_field_text(s->content, 2, out->code, DT_CODE_MAX));
    DT_TRY(dt_field_text(s->content, 3, out->name, DT_TEXT_MAX));
    struct dt_cbor c = dt_cbor_need(s->content, 4);
    out->time_ms = (int64_t)dt_cbor_uint(&c, INT64_MAX);
    DT_TRY(dt_cbor_error(&c));
    DT_TRY(decode_certificates(out, s->content));
    DT_TRY(decode_addresses(out, s->content));
    return dt_code_valid(out->code) ? DT_OK : DT_ERR_BAD_VALUE;
}

static void put_list(struct dt_writer *w, uint64_t key, const struct dt_span *items, size_t count)
{
    dt_cbor_put_uint(w, key);
    dt_cbor_put_array(w, count);
    for (size_t i = 0; i < count; i++) {
        dt_cbor_put_bytes(w, items[i]);
    }
}

enum dt_err dt_card_sign(uint8_t *out, size_t capacity, size_t *size, const struct dt_card *card,
                         const uint8_t root[static DT_SIGNER_SIZE])
{
    uint8_t content[DT_STATEMENT_MAX];
    struct dt_writer w = dt_writer(content, sizeof content);
    if (card->certificate_count > DT_CARD_CERTS_MAX ||
        card->operator_count > DT_CARD_OPERATORS_MAX ||
        card->endpoint_count > DT_CARD_ENDPOINTS_MAX ||
        card->contact_count > DT_CARD_CONTACTS_MAX) {
        return DT_ERR_BAD_VALUE;
    }
    begin_content(&w, 8);
    put_text(&w, 2, card->code);
    put_text(&w, 3, card->name);
    put_uint(&w, 4, (uint64_t)card->time_ms);
    put_list(&w, 5, card->certificate_bytes, card->certificate_count);
    put_list(&w, 6, card->operator_bytes, card->operator_count);
    dt_cbor_put_uint(&w, 7);
    dt_cbor_put_array(&w, card->endpoint_count);
    for (size_t i = 0; i < card->endpoint_count; i++) {
        dt_cbor_put_string(&w, card->endpoints[i]);
    }
    dt_cbor_put_uint(&w, 8);
    dt_cbor_put_array(&w, card->contact_count);
    for (size_t i = 0; i < card->contact_count; i++) {
        dt_cbor_put_array(&w, 2);
        dt_cbor_put_string(&w, card->contacts[i].kind);
        dt_cbor_put_string(&w, card->contacts[i].text);
    }
    struct dt_card read;
    struct dt_statement unsigned_ = as_statement(DT_STATEMENT_CARD, &w);
    memcpy(unsigned_.signer, card->root, DT_PUBLIC_SIZE);
    DT_TRY(w.overflowed ? DT_ERR_TOO_LARGE : dt_card_decode(&read, &unsigned_));
    return dt_statement_sign(out, capacity, size, DT_STATEMENT_CARD, dt_written(&w), root,
                             card->root);
}

/* SPDX-License-Identifier: ISC */
/*
 * Statements, their contents and their armour. The first byte says how the rest is
 * taken: 0 armour, 1 to 5 the content of a statement of that type (a fuzzer cannot
 * sign), anything else a whole statement.
 *
 * Properties: armour that is read is written back the same; what is read of a content,
 * signed anew, is read the same; a statement that is read names its own bytes.
 */
#include <stdlib.h>
#include <string.h>

#include "cbor/cbor.h"
#include "log/charter.h"
#include "log/statement.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint8_t out[DT_STATEMENT_MAX], signer[DT_SIGNER_SIZE], public_key[DT_PUBLIC_SIZE];

static void must(bool holds)
{
    if (!holds) {
        abort();
    }
}

static void try_armour(struct dt_span text)
{
    static char again[DT_ARMOUR_SIZE(DT_STATEMENT_MAX)];
    size_t size = 0;
    if (dt_unarmour(out, sizeof out, &size, "CARD", text) == DT_OK) {
        const size_t length = dt_armour(again, "CARD", dt_span(out, size));
        must(dt_span_equal(dt_span(again, length), text));
    }
}

static void signed_again(struct dt_statement *s, enum dt_err err, size_t size)
{
    must(err == DT_OK && dt_statement_decode(s, dt_span(out, size)) == DT_OK);
}

static void try_certificate(const struct dt_statement *s)
{
    struct dt_certificate a = {0}, b = {0};
    struct dt_statement again;
    size_t size = 0;
    if (dt_certificate_decode(&a, s) == DT_OK) {
        const enum dt_err err = dt_certificate_sign(out, sizeof out, &size, &a, signer, public_key);
        signed_again(&again, err, size);
        must(dt_certificate_decode(&b, &again) == DT_OK && memcmp(&a, &b, sizeof a) == 0);
    }
}

static void try_operator(const struct dt_statement *s)
{
    struct dt_operator a = {0}, b = {0};
    struct dt_statement again;
    size_t size = 0;
    if (dt_operator_decode(&a, s) == DT_OK) {
        const enum dt_err err = dt_operator_sign(out, sizeof out, &size, &a, signer, public_key);
        signed_again(&again, err, size);
        must(dt_operator_decode(&b, &again) == DT_OK && memcmp(&a, &b, sizeof a) == 0);
    }
}

static void try_revocation(const struct dt_statement *s)
{
    struct dt_revocation a = {0}, b = {0};
    struct dt_statement again;
    size_t size = 0;
    if (dt_revocation_decode(&a, s) == DT_OK) {
        const enum dt_err err = dt_revocation_sign(out, sizeof out, &size, &a, signer, public_key);
        signed_again(&again, err, size);
        must(dt_revocation_decode(&b, &again) == DT_OK && memcmp(&a, &b, sizeof a) == 0);
    }
}

/* Certificates inside must be of the card's root: that of the samples. */
static void try_card(struct dt_statement *s, struct dt_span root)
{
    static struct dt_card card;
    if (root.size == DT_PUBLIC_SIZE) {
        memcpy(s->signer, root.data, DT_PUBLIC_SIZE);
    }
    if (dt_card_decode(&card, s) == DT_OK) {
        must(dt_code_valid(card.code) && card.certificate_count <= DT_CARD_CERTS_MAX &&
             card.operator_count <= DT_CARD_OPERATORS_MAX);
    }
}

static void try_charter(struct dt_span content)
{
    static struct dt_charter a, b;
    size_t size = 0;
    if (content.size > DT_STATEMENT_MAX - 128 || dt_charter_decode(&a, content) != DT_OK) {
        return;
    }
    must(dt_charter_encode(out, sizeof out, &size, &a) == DT_OK);
    must(dt_charter_decode(&b, dt_span(out, size)) == DT_OK && memcmp(&a, &b, sizeof a) == 0);
}

static void try_content(uint8_t type, struct dt_span content)
{
    struct dt_statement s = {.type = type, .content = content};
    if (content.size > DT_STATEMENT_MAX || dt_cbor_check(content) != DT_OK) {
        return;
    }
    /* The signer of the first certificate in a card, as the fuzzer left it. */
    struct dt_span root = {NULL, 0};
    struct dt_cbor list = dt_cbor_need(content, 5);
    if (type == DT_STATEMENT_CARD && dt_cbor_array(&list, 1, 16) > 0) {
        struct dt_cbor first = dt_cbor(dt_cbor_bytes(&list, 1, DT_STATEMENT_MAX));
        dt_cbor_array(&first, 5, 5);
        for (int i = 0; i < 3; i++) {
            (void)dt_cbor_skip(&first);
        }
        root = dt_cbor_bytes(&first, DT_PUBLIC_SIZE, DT_PUBLIC_SIZE);
    }
    try_certificate(&s);
    try_operator(&s);
    try_revocation(&s);
    try_card(&s, root);
    try_charter(content);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint8_t seed[DT_SEED_SIZE] = {1};
    if (dt_crypto_init() != DT_OK) {
        abort();
    }
    dt_signer_from_seed(signer, public_key, seed);
    if (size == 0) {
        return 0;
    }
    const struct dt_span rest = {data + 1, size - 1};
    struct dt_statement s;
    if (data[0] == 0) {
        try_armour(rest);
    } else if (data[0] <= DT_STATEMENT_CHARTER) {
        try_content(data[0], rest);
    } else if (dt_statement_decode(&s, rest) == DT_OK) {
        must(dt_span_equal(s.whole, rest));
        try_content(s.type, s.content);
    }
    return 0;
}

/* SPDX-License-Identifier: ISC */
/*
 * A body with a sealed part, the opened form of one, a plaintext, and a grant box, all
 * from the same bytes, under a fixed key and place (those of the samples).
 *
 * Properties: what opens is sealed again to the same bytes; an opened form that is
 * taken comes back the same; what is sealed opens to what it was.
 */
#include <stdlib.h>
#include <string.h>

#include "cbor/cbor.h"
#include "log/tier.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint8_t line[DT_HASH_SIZE], set_key[DT_SET_KEY_SIZE], record_key[32], key_id[DT_KEY_ID_SIZE];
static uint8_t one[DT_BODY_MAX], two[DT_BODY_MAX + 64], plain[DT_SEALED_MAX];
static const struct dt_place place = {line, 16, 41};

static void must(bool holds)
{
    if (!holds) {
        abort();
    }
}

static void try_sealed(struct dt_span body)
{
    struct dt_sealed sealed;
    bool present = false;
    size_t size = 0, opened_size = 0, again = 0;
    if (dt_cbor_check(body) != DT_OK || body.size > DT_BODY_MAX ||
        dt_sealed_find(&sealed, body, &present) != DT_OK || !present ||
        dt_open_sealed(plain, sizeof plain, &size, &sealed, record_key, &place) != DT_OK) {
        return;
    }
    must(dt_body_to_opened(two, sizeof two, &opened_size, body, dt_span(plain, size)) == DT_OK);
    must(dt_opened_to_body(one, sizeof one, &again, dt_span(two, opened_size), record_key,
                           &place) == DT_OK);
    must(dt_span_equal(dt_span(one, again), body));
}

static void try_opened(struct dt_span opened)
{
    uint8_t id[DT_KEY_ID_SIZE];
    struct dt_span text;
    size_t size = 0, again = 0;
    if (dt_opened_find(opened, id, &text) != DT_OK ||
        dt_opened_to_body(one, sizeof one, &size, opened, record_key, &place) != DT_OK) {
        return;
    }
    must(dt_cbor_check(dt_span(one, size)) == DT_OK);
    must(dt_body_to_opened(two, sizeof two, &again, dt_span(one, size), text) == DT_OK);
    must(dt_span_equal(dt_span(two, again), opened));
}

static void try_part(struct dt_span body)
{
    struct dt_tier_part part;
    uint8_t key[32];
    size_t size = 0;
    for (enum dt_tier tier = DT_TIER_CELL; tier <= DT_TIER_SHAPE; tier++) {
        if (dt_cbor_check(body) == DT_OK && dt_tier_find(&part, body, tier) &&
            dt_tier_unwrap(key, &part, tier, set_key, &place) == DT_OK) {
            (void)!dt_tier_open(plain, sizeof plain, &size, &part, tier, key, &place);
        }
    }
}

/* The input as the text of both parts, under one set key: each opens to it and as itself. */
static void try_tiers(struct dt_span text)
{
    static const uint8_t empty[1] = {0xa0};
    struct dt_tier_text texts[2] = {{.plain = text}, {.plain = text}};
    size_t size = 0, opened = 0;
    memcpy(texts[0].set_key, set_key, sizeof set_key);
    memcpy(texts[1].set_key, set_key, sizeof set_key);
    if (text.size == 0 || dt_tier_seal(one, sizeof one, &size, dt_span(empty, 1), texts,
                                       record_key, &place) != DT_OK) {
        return; /* nothing said: no part */
    }
    for (enum dt_tier tier = DT_TIER_CELL; tier <= DT_TIER_SHAPE; tier++) {
        struct dt_tier_part part;
        uint8_t key[32];
        must(dt_tier_find(&part, dt_span(one, size), tier));
        must(dt_tier_unwrap(key, &part, tier, set_key, &place) == DT_OK);
        must(dt_tier_open(plain, sizeof plain, &opened, &part, tier, key, &place) == DT_OK);
        must(dt_span_equal(dt_span(plain, opened), text));
        must(dt_tier_open(plain, sizeof plain, &opened, &part, tier, record_key, &place) ==
             DT_ERR_DOES_NOT_OPEN);
    }
}

/* The input as plaintext, beside itself as the clear part. */
static void try_plain(struct dt_span text)
{
    struct dt_sealed sealed;
    bool present = false;
    size_t size = 0, opened = 0;
    uint8_t salt[32], digest[DT_HASH_SIZE];
    (void)!dt_officer_digest(digest, text, text);
    if (dt_seal_body(one, sizeof one, &size, text, text, key_id, record_key, &place) != DT_OK) {
        return;
    }
    must(dt_sealed_find(&sealed, dt_span(one, size), &present) == DT_OK && present);
    must(dt_open_sealed(plain, sizeof plain, &opened, &sealed, record_key, &place) == DT_OK);
    must(dt_span_equal(dt_span(plain, opened), text));
    dt_record_salt(salt, record_key);
    must(dt_commitment_holds(sealed.commitment, salt, text));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t key[32], reader[32];
    if (dt_crypto_init() != DT_OK) {
        abort();
    }
    memset(set_key, 7, sizeof set_key);
    memset(line, 9, sizeof line);
    dt_key_id(key_id, set_key);
    dt_record_key(record_key, set_key, &place);
    const struct dt_span input = {data, size};
    try_sealed(input);
    try_opened(input);
    try_plain(input);
    try_part(input);
    try_tiers(input);
    if (size == DT_GRANT_BOX_SIZE) {
        dt_x25519_public(reader, set_key);
        (void)!dt_grant_open(key, data, key_id, line, set_key, reader);
    }
    return 0;
}

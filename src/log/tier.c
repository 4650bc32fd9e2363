/* SPDX-License-Identifier: ISC */
#include "log/tier.h"

#include <string.h>
#include <strings.h>

#include "log/fields.h"
#include "log/seal_text.h"

enum { BOUND_SIZE = DT_HASH_SIZE + 2 + 8 + 1 };

static const char *const names[DT_TIERS] = {"existence", "cell", "shape", "exact"};

const char *dt_tier_name(int64_t tier)
{
    return tier >= 0 && tier < DT_TIERS ? names[tier] : "?";
}

int dt_tier_find_name(const char *name)
{
    for (int i = 0; i < DT_TIERS; i++) {
        if (strcasecmp(name, names[i]) == 0) {
            return i;
        }
    }
    return -1;
}

static uint64_t body_key(enum dt_tier tier)
{
    return tier == DT_TIER_CELL ? DT_BODY_KEY_CELL : DT_BODY_KEY_SHAPE;
}

/* line id, wid, seq, tier: no part can be taken for another one, nor for key 30. */
static struct dt_span bound_to(uint8_t out[static BOUND_SIZE], const struct dt_place *place,
                               enum dt_tier tier)
{
    struct dt_writer w = dt_writer(out, BOUND_SIZE);
    dt_write_bytes(&w, place->line, DT_HASH_SIZE);
    dt_write_u16(&w, place->wid);
    dt_write_u64(&w, place->seq);
    dt_write_u8(&w, (uint8_t)tier);
    return dt_written(&w);
}

bool dt_tier_find(struct dt_tier_part *out, struct dt_span body, enum dt_tier tier)
{
    struct dt_cbor c;
    if (!dt_cbor_find(body, body_key(tier), &c)) {
        return false;
    }
    dt_cbor_array(&c, 4, 4);
    const struct dt_span id = dt_cbor_bytes(&c, DT_KEY_ID_SIZE, DT_KEY_ID_SIZE);
    const struct dt_span commitment = dt_cbor_bytes(&c, DT_HASH_SIZE, DT_HASH_SIZE);
    out->ciphertext = dt_cbor_bytes(&c, DT_AEAD_TAG_SIZE + 1, DT_SEALED_MAX + DT_AEAD_TAG_SIZE);
    out->wrapped = dt_cbor_bytes(&c, DT_TIER_WRAP_SIZE, DT_TIER_WRAP_SIZE).data;
    if (dt_cbor_error(&c) != DT_OK) {
        return false;
    }
    const size_t padded = out->ciphertext.size - DT_AEAD_TAG_SIZE;
    memcpy(out->key_id, id.data, DT_KEY_ID_SIZE);
    memcpy(out->commitment, commitment.data, DT_HASH_SIZE);
    return dt_padded_size(padded) == padded;
}

bool dt_tier_has_parts(struct dt_span body)
{
    return dt_field_has(body, DT_BODY_KEY_CELL) || dt_field_has(body, DT_BODY_KEY_SHAPE);
}

void dt_tier_key_down(uint8_t key[static 32], enum dt_tier from, enum dt_tier to)
{
    for (unsigned at = from; at > (unsigned)to; at--) {
        const uint8_t below = (uint8_t)(at - 1);
        uint8_t next[32];
        dt_seal_mac(next, key, "detente/1/tier-key", dt_span(&below, 1));
        memcpy(key, next, sizeof next);
        dt_wipe(next, sizeof next);
    }
}

static void wrap_key(uint8_t out[static 32], const uint8_t set_key[static DT_SET_KEY_SIZE],
                     struct dt_span bound)
{
    dt_seal_mac(out, set_key, "detente/1/tier-wrap", bound);
}

static enum dt_err put_part(struct dt_writer *w, const struct dt_tier_text *text,
                            enum dt_tier tier, const uint8_t tier_key[static 32],
                            const struct dt_place *place)
{
    uint8_t bytes[BOUND_SIZE], key[32], wrapped[DT_TIER_WRAP_SIZE];
    struct dt_seal_text sealed;
    const struct dt_span bound = bound_to(bytes, place, tier);
    DT_TRY(dt_seal_text(&sealed, text->plain, tier_key, bound));
    wrap_key(key, text->set_key, bound);
    /* The nonce is the text's: an append that is tried again with another one, and another
     * key of the tier, repeats nothing. */
    dt_aead_seal(wrapped, dt_span(tier_key, 32), bound, sealed.commitment, key);
    dt_wipe(key, sizeof key);
    dt_cbor_put_uint(w, body_key(tier));
    dt_cbor_put_array(w, 4);
    dt_cbor_put_bytes(w, dt_span(text->key_id, DT_KEY_ID_SIZE));
    dt_cbor_put_bytes(w, dt_span(sealed.commitment, DT_HASH_SIZE));
    dt_cbor_put_bytes(w, dt_span(sealed.bytes, sealed.size));
    dt_cbor_put_bytes(w, dt_span(wrapped, sizeof wrapped));
    return DT_OK;
}

enum dt_err dt_tier_seal(uint8_t *out, size_t capacity, size_t *size, struct dt_span clear,
                         const struct dt_tier_text texts[2], const uint8_t exact_key[static 32],
                         const struct dt_place *place)
{
    DT_TRY(dt_cbor_check(clear));
    struct dt_cbor c = dt_cbor(clear);
    const size_t pairs = dt_cbor_map(&c);
    DT_TRY(dt_cbor_error(&c));
    for (uint64_t key = DT_BODY_KEY_SEALED; key <= DT_BODY_KEY_SHAPE; key++) {
        if (dt_field_has(clear, key)) {
            return DT_ERR_DUPLICATE;
        }
    }
    struct dt_writer w = dt_writer(out, capacity < DT_BODY_MAX ? capacity : DT_BODY_MAX);
    const size_t head = (size_t)(c.r.at - clear.data);
    dt_cbor_put_map(&w, pairs + (texts[0].plain.size > 0) + (texts[1].plain.size > 0));
    dt_write_bytes(&w, clear.data + head, clear.size - head);
    for (enum dt_tier tier = DT_TIER_CELL; tier <= DT_TIER_SHAPE; tier++) {
        uint8_t key[32];
        if (texts[tier - DT_TIER_CELL].plain.size == 0) {
            continue;
        }
        memcpy(key, exact_key, sizeof key);
        dt_tier_key_down(key, DT_TIER_EXACT, tier);
        const enum dt_err err = put_part(&w, &texts[tier - DT_TIER_CELL], tier, key, place);
        dt_wipe(key, sizeof key);
        DT_TRY(err);
    }
    *size = w.size;
    return w.overflowed ? DT_ERR_TOO_LARGE : dt_cbor_check(dt_written(&w));
}

enum dt_err dt_tier_unwrap(uint8_t key[static 32], const struct dt_tier_part *part,
                           enum dt_tier tier, const uint8_t set_key[static DT_SET_KEY_SIZE],
                           const struct dt_place *place)
{
    uint8_t bytes[BOUND_SIZE], wrap[32];
    const struct dt_span bound = bound_to(bytes, place, tier);
    wrap_key(wrap, set_key, bound);
    const bool opened = dt_aead_open(key, dt_span(part->wrapped, DT_TIER_WRAP_SIZE), bound,
                                     part->commitment, wrap);
    dt_wipe(wrap, sizeof wrap);
    return opened ? DT_OK : DT_ERR_DOES_NOT_OPEN;
}

enum dt_err dt_tier_open(uint8_t *out, size_t capacity, size_t *size,
                         const struct dt_tier_part *part, enum dt_tier tier,
                         const uint8_t tier_key[static 32], const struct dt_place *place)
{
    uint8_t bytes[BOUND_SIZE];
    return dt_open_text(out, capacity, size, part->commitment, part->ciphertext, tier_key,
                        bound_to(bytes, place, tier));
}

void dt_tier_digest(uint8_t digest[static DT_HASH_SIZE], struct dt_span cell, struct dt_span shape)
{
    const struct dt_span parts[2] = {cell, shape};
    dt_labelled_hash(digest, "detente/1/tiers", parts, 2);
}

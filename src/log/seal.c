/* SPDX-License-Identifier: ISC */
#include "log/seal.h"

#include <string.h>

#include "cbor/cbor.h"
#include "log/fields.h"
#include "log/seal_text.h"

enum { PLACE_SIZE = DT_HASH_SIZE + 2 + 8 };

static const char label_salt[] = "detente/1/seal-salt";

/* line id, wid, seq: bound into keys and associated data. */
static struct dt_span place_bytes(uint8_t out[static PLACE_SIZE], const struct dt_place *place)
{
    struct dt_writer w = dt_writer(out, PLACE_SIZE);
    dt_write_bytes(&w, place->line, DT_HASH_SIZE);
    dt_write_u16(&w, place->wid);
    dt_write_u64(&w, place->seq);
    return dt_written(&w);
}

/* M(key; label; data), protocol.md section 2. */
void dt_seal_mac(uint8_t out[static 32], const uint8_t key[static 32], const char *label,
                 struct dt_span data)
{
    const struct dt_span parts[2] = {dt_span(label, strlen(label) + 1), data};
    dt_hmac(out, dt_span(key, 32), parts, 2);
}

/* The two keys of one record: what its text is sealed with, and the salt of the commitment
 * to it, dt_record_salt(). */
static void seal_keys(uint8_t seal_key[static 32], uint8_t salt[static 32],
                      const uint8_t record_key[static 32])
{
    static const char seal_label[] = "detente/1/seal-key";
    const struct dt_span seal = dt_span(seal_label, sizeof seal_label);
    const struct dt_span salt_part = dt_span(label_salt, sizeof label_salt);
    struct dt_hmac_key key;
    dt_hmac_key(&key, dt_span(record_key, 32));
    dt_hmac_with(seal_key, &key, &seal, 1);
    dt_hmac_with(salt, &key, &salt_part, 1);
    dt_wipe(&key, sizeof key);
}

void dt_key_id(uint8_t id[static DT_KEY_ID_SIZE], const uint8_t set_key[static DT_SET_KEY_SIZE])
{
    uint8_t hash[DT_HASH_SIZE];
    const struct dt_span part = dt_span(set_key, DT_SET_KEY_SIZE);
    dt_labelled_hash(hash, "detente/1/key-id", &part, 1);
    memcpy(id, hash, DT_KEY_ID_SIZE);
}

void dt_record_key(uint8_t key[static 32], const uint8_t set_key[static DT_SET_KEY_SIZE],
                   const struct dt_place *place)
{
    uint8_t bytes[PLACE_SIZE];
    dt_seal_mac(key, set_key, "detente/1/record-key", place_bytes(bytes, place));
}

void dt_record_salt(uint8_t salt[static 32], const uint8_t record_key[static 32])
{
    dt_seal_mac(salt, record_key, label_salt, dt_span(NULL, 0));
}

size_t dt_padded_size(size_t size)
{
    const size_t step = size <= 512 ? 32 : size <= 4096 ? 256 : 1024;
    const size_t padded = (size + step - 1) / step * step;
    return size == 0 || padded > DT_SEALED_MAX ? 0 : padded;
}

static void commit(uint8_t out[static DT_HASH_SIZE], const uint8_t salt[static 32],
                   struct dt_span padded)
{
    const struct dt_span parts[2] = {dt_span(salt, 32), padded};
    dt_labelled_hash(out, "detente/1/commit", parts, 2);
}

enum dt_err dt_sealed_find(struct dt_sealed *out, struct dt_span body, bool *present)
{
    struct dt_cbor c;
    *present = dt_cbor_find(body, DT_BODY_KEY_SEALED, &c);
    if (!*present) {
        return DT_OK;
    }
    dt_cbor_array(&c, 3, 3);
    const struct dt_span id = dt_cbor_bytes(&c, DT_KEY_ID_SIZE, DT_KEY_ID_SIZE);
    const struct dt_span commitment = dt_cbor_bytes(&c, DT_HASH_SIZE, DT_HASH_SIZE);
    out->ciphertext = dt_cbor_bytes(&c, DT_AEAD_TAG_SIZE + 1, DT_SEALED_MAX + DT_AEAD_TAG_SIZE);
    DT_TRY(dt_cbor_error(&c));
    const size_t padded_size = out->ciphertext.size - DT_AEAD_TAG_SIZE;
    if (dt_padded_size(padded_size) != padded_size) {
        return DT_ERR_BAD_VALUE; /* no size class: its length would tell something */
    }
    memcpy(out->key_id, id.data, DT_KEY_ID_SIZE);
    memcpy(out->commitment, commitment.data, DT_HASH_SIZE);
    return DT_OK;
}

/* The next pair as bytes, and its key; UINT64_MAX for a key that is no integer of
 * ours: such pairs come from later versions, are ignored and kept. */
static uint64_t next_pair(struct dt_cbor *c, struct dt_span *pair)
{
    const uint8_t *start = c->r.at;
    uint64_t key = UINT64_MAX;
    if (dt_cbor_peek(c) == DT_CBOR_UINT) {
        key = dt_cbor_uint(c, UINT64_MAX);
    } else {
        dt_cbor_skip(c);
    }
    dt_cbor_skip(c);
    *pair = dt_span(start, (size_t)(c->r.at - start));
    return key;
}

/* A body around its key 30: keys are sorted, so what stands before and after it
 * are two runs of bytes. */
struct split {
    size_t others; /* pairs in both */
    struct dt_span before, after;
};

static enum dt_err split_body(struct split *out, struct dt_span body)
{
    DT_TRY(dt_cbor_check(body));
    struct dt_cbor c = dt_cbor(body);
    const size_t pairs = dt_cbor_map(&c);
    *out = (struct split){0, dt_span(c.r.at, 0), dt_span(NULL, 0)};
    for (size_t i = 0; i < pairs; i++) {
        struct dt_span pair;
        const uint64_t key = next_pair(&c, &pair);
        struct dt_span *side = key < DT_BODY_KEY_SEALED ? &out->before : &out->after;
        if (key != DT_BODY_KEY_SEALED) {
            side->data = side->size == 0 ? pair.data : side->data;
            side->size += pair.size;
            out->others++;
        }
    }
    return dt_cbor_end(&c);
}

/* Everything up to the value of key 30, whatever stood there. */
static void put_before(struct dt_writer *w, const struct split *s)
{
    dt_cbor_put_map(w, s->others + 1);
    dt_write_bytes(w, s->before.data, s->before.size);
    dt_cbor_put_uint(w, DT_BODY_KEY_SEALED);
}

static void put_after(struct dt_writer *w, const struct split *s)
{
    dt_write_bytes(w, s->after.data, s->after.size);
}

enum dt_err dt_seal_text(struct dt_seal_text *out, struct dt_span plain,
                         const uint8_t record_key[static 32], struct dt_span bound)
{
    uint8_t seal_key[32], salt[32];
    const size_t padded_size = dt_padded_size(plain.size);
    if (padded_size == 0) {
        return DT_ERR_TOO_LARGE;
    }
    DT_TRY(dt_cbor_check(plain));
    if (plain.data[0] >> 5 != DT_CBOR_MAP) {
        return DT_ERR_BAD_TYPE;
    }
    memcpy(out->bytes, plain.data, plain.size);
    memset(out->bytes + plain.size, 0, padded_size - plain.size);
    seal_keys(seal_key, salt, record_key);
    commit(out->commitment, salt, dt_span(out->bytes, padded_size));
    dt_aead_seal(out->bytes, dt_span(out->bytes, padded_size), bound, out->commitment, seal_key);
    out->size = padded_size + DT_AEAD_TAG_SIZE;
    dt_wipe(seal_key, sizeof seal_key);
    dt_wipe(salt, sizeof salt);
    return DT_OK;
}

enum dt_err dt_seal_body(uint8_t *out, size_t capacity, size_t *size, struct dt_span clear,
                         struct dt_span plain, const uint8_t key_id[static DT_KEY_ID_SIZE],
                         const uint8_t record_key[static 32], const struct dt_place *place)
{
    uint8_t bytes[PLACE_SIZE];
    struct dt_seal_text text;
    struct split rest;
    DT_TRY(dt_seal_text(&text, plain, record_key, place_bytes(bytes, place)));
    DT_TRY(split_body(&rest, clear));
    struct dt_writer w = dt_writer(out, capacity < DT_BODY_MAX ? capacity : DT_BODY_MAX);
    put_before(&w, &rest);
    dt_cbor_put_array(&w, 3);
    dt_cbor_put_bytes(&w, dt_span(key_id, DT_KEY_ID_SIZE));
    dt_cbor_put_bytes(&w, dt_span(text.commitment, DT_HASH_SIZE));
    dt_cbor_put_bytes(&w, dt_span(text.bytes, text.size));
    put_after(&w, &rest);
    *size = w.size;
    return w.overflowed ? DT_ERR_TOO_LARGE : DT_OK;
}

/* The map at the start of `padded`, zeros to its size class behind it. */
static enum dt_err unpad(size_t *size, struct dt_span padded)
{
    if (dt_cbor_check_first(padded, size) != DT_OK || padded.data[0] >> 5 != DT_CBOR_MAP ||
        dt_padded_size(*size) != padded.size) {
        return DT_ERR_DOES_NOT_OPEN;
    }
    for (size_t i = *size; i < padded.size; i++) {
        if (padded.data[i] != 0) {
            return DT_ERR_DOES_NOT_OPEN;
        }
    }
    return DT_OK;
}

enum dt_err dt_open_text(uint8_t *out, size_t capacity, size_t *size,
                         const uint8_t commitment[static DT_HASH_SIZE], struct dt_span ciphertext,
                         const uint8_t record_key[static 32], struct dt_span bound)
{
    uint8_t seal_key[32], salt[32], found[DT_HASH_SIZE];
    if (ciphertext.size < DT_AEAD_TAG_SIZE) {
        return DT_ERR_DOES_NOT_OPEN;
    }
    if (ciphertext.size - DT_AEAD_TAG_SIZE > capacity) {
        return DT_ERR_TOO_LARGE;
    }
    const struct dt_span padded = {out, ciphertext.size - DT_AEAD_TAG_SIZE};
    seal_keys(seal_key, salt, record_key);
    const bool opened = dt_aead_open(out, ciphertext, bound, commitment, seal_key);
    dt_wipe(seal_key, sizeof seal_key);
    if (opened) {
        commit(found, salt, padded);
    }
    dt_wipe(salt, sizeof salt);
    if (!opened || memcmp(commitment, found, DT_HASH_SIZE) != 0) {
        return DT_ERR_DOES_NOT_OPEN;
    }
    return unpad(size, padded);
}

enum dt_err dt_open_sealed(uint8_t *out, size_t capacity, size_t *size,
                           const struct dt_sealed *sealed, const uint8_t record_key[static 32],
                           const struct dt_place *place)
{
    uint8_t bytes[PLACE_SIZE];
    return dt_open_text(out, capacity, size, sealed->commitment, sealed->ciphertext, record_key,
                        place_bytes(bytes, place));
}

bool dt_commitment_holds(const uint8_t commitment[static DT_HASH_SIZE],
                         const uint8_t salt[static 32], struct dt_span plain)
{
    uint8_t padded[DT_SEALED_MAX] = {0}, expected[DT_HASH_SIZE];
    const size_t size = dt_padded_size(plain.size);
    if (size == 0) {
        return false;
    }
    memcpy(padded, plain.data, plain.size);
    commit(expected, salt, dt_span(padded, size));
    dt_wipe(padded, size);
    return memcmp(expected, commitment, DT_HASH_SIZE) == 0;
}

enum dt_err dt_body_to_opened(uint8_t *out, size_t capacity, size_t *size, struct dt_span body,
                              struct dt_span plain)
{
    struct dt_sealed sealed;
    struct split rest;
    bool present = false;
    DT_TRY(split_body(&rest, body));
    DT_TRY(dt_sealed_find(&sealed, body, &present));
    if (!present) {
        return DT_ERR_MISSING_FIELD;
    }
    struct dt_writer w = dt_writer(out, capacity);
    put_before(&w, &rest);
    dt_cbor_put_array(&w, 2);
    dt_cbor_put_bytes(&w, dt_span(sealed.key_id, DT_KEY_ID_SIZE));
    dt_cbor_put_bytes(&w, plain);
    put_after(&w, &rest);
    *size = w.size;
    return w.overflowed ? DT_ERR_TOO_LARGE : DT_OK;
}

enum dt_err dt_opened_find(struct dt_span opened, uint8_t key_id[static DT_KEY_ID_SIZE],
                           struct dt_span *plain)
{
    DT_TRY(dt_cbor_check(opened));
    struct dt_cbor c = dt_cbor_need(opened, DT_BODY_KEY_SEALED);
    dt_cbor_array(&c, 2, 2);
    const struct dt_span id = dt_cbor_bytes(&c, DT_KEY_ID_SIZE, DT_KEY_ID_SIZE);
    *plain = dt_cbor_bytes(&c, 1, DT_SEALED_MAX);
    DT_TRY(dt_cbor_error(&c));
    memcpy(key_id, id.data, DT_KEY_ID_SIZE);
    return DT_OK;
}

enum dt_err dt_opened_to_body(uint8_t *out, size_t capacity, size_t *size, struct dt_span opened,
                              const uint8_t record_key[static 32], const struct dt_place *place)
{
    uint8_t key_id[DT_KEY_ID_SIZE];
    struct dt_span plain;
    DT_TRY(dt_opened_find(opened, key_id, &plain));
    return dt_seal_body(out, capacity, size, opened, plain, key_id, record_key, place);
}

/* Key of a grant box: M(DH; label; line, ephemeral, reader, key id). */
static enum dt_err box_key(uint8_t out[static 32], const uint8_t secret[static 32],
                           const uint8_t other[static 32], const uint8_t ephemeral[static 32],
                           const uint8_t reader[static 32], const uint8_t *line,
                           const uint8_t *key_id)
{
    uint8_t shared[32], bytes[DT_HASH_SIZE + 32 + 32 + DT_KEY_ID_SIZE];
    if (!dt_x25519(shared, secret, other)) {
        return DT_ERR_BAD_KEY;
    }
    struct dt_writer w = dt_writer(bytes, sizeof bytes);
    dt_write_bytes(&w, line, DT_HASH_SIZE);
    dt_write_bytes(&w, ephemeral, 32);
    dt_write_bytes(&w, reader, 32);
    dt_write_bytes(&w, key_id, DT_KEY_ID_SIZE);
    dt_seal_mac(out, shared, "detente/1/grant", dt_written(&w));
    dt_wipe(shared, sizeof shared);
    return DT_OK;
}

static const uint8_t nonce_zero[DT_AEAD_NONCE_SIZE]; /* each box has a key of its own */

enum dt_err dt_grant_box(uint8_t box[static DT_GRANT_BOX_SIZE], const uint8_t key[static 32],
                         const uint8_t key_id[static DT_KEY_ID_SIZE],
                         const uint8_t line[static DT_HASH_SIZE],
                         const uint8_t reader[static DT_PUBLIC_SIZE],
                         const uint8_t ephemeral[static 32])
{
    uint8_t k[32];
    dt_x25519_public(box, ephemeral);
    DT_TRY(box_key(k, ephemeral, reader, box, reader, line, key_id));
    dt_aead_seal(box + 32, dt_span(key, 32), dt_span(NULL, 0), nonce_zero, k);
    dt_wipe(k, sizeof k);
    return DT_OK;
}

enum dt_err dt_grant_open(uint8_t key[static 32], const uint8_t box[static DT_GRANT_BOX_SIZE],
                          const uint8_t key_id[static DT_KEY_ID_SIZE],
                          const uint8_t line[static DT_HASH_SIZE],
                          const uint8_t reader_secret[static DT_SECRET_SIZE],
                          const uint8_t reader[static DT_PUBLIC_SIZE])
{
    uint8_t k[32];
    DT_TRY(box_key(k, reader_secret, box, box, reader, line, key_id));
    const bool ok = dt_aead_open(key, dt_span(box + 32, DT_GRANT_BOX_SIZE - 32), dt_span(NULL, 0),
                                 nonce_zero, k);
    dt_wipe(k, sizeof k);
    return ok ? DT_OK : DT_ERR_DOES_NOT_OPEN;
}

/* The map without its officers' signatures and its sealed part. */
static enum dt_err copy_unsigned_part(struct dt_writer *w, struct dt_span map)
{
    DT_TRY(dt_cbor_check(map));
    size_t kept = 0;
    for (int pass = 0; pass < 2; pass++) { /* count, then write */
        struct dt_cbor c = dt_cbor(map);
        const size_t pairs = dt_cbor_map(&c);
        if (pass == 1) {
            dt_cbor_put_map(w, kept);
        }
        for (size_t i = 0; i < pairs; i++) {
            struct dt_span pair;
            const uint64_t key = next_pair(&c, &pair);
            if (key == DT_BODY_KEY_OFFICER || key == DT_BODY_KEY_SECOND ||
                (key >= DT_BODY_KEY_SEALED && key <= DT_BODY_KEY_SHAPE)) {
                continue;
            }
            kept++;
            if (pass == 1) {
                dt_write_bytes(w, pair.data, pair.size);
            }
        }
        DT_TRY(dt_cbor_end(&c));
    }
    return DT_OK;
}

enum dt_err dt_officer_digest(uint8_t digest[static DT_HASH_SIZE], struct dt_span body,
                              struct dt_span plain)
{
    uint8_t rest[DT_BODY_MAX], padded[DT_SEALED_MAX] = {0};
    struct dt_writer w = dt_writer(rest, sizeof rest);
    DT_TRY(copy_unsigned_part(&w, body));
    const size_t size = plain.size > 0 ? dt_padded_size(plain.size) : 0;
    if (w.overflowed || (plain.size > 0 && size == 0)) {
        return DT_ERR_TOO_LARGE;
    }
    if (plain.size > 0) {
        memcpy(padded, plain.data, plain.size);
    }
    const struct dt_span parts[2] = {dt_written(&w), dt_span(padded, size)};
    dt_sha256_parts(digest, parts, 2);
    dt_wipe(padded, size);
    return DT_OK;
}

static const char label_operator[] = "detente/1/operator";

enum {
    OFFICER_SIZE =
        sizeof label_operator + DT_HASH_SIZE + 2 + 1 + 1 + 8 + 1 + DT_MEMBERS_MAX + DT_HASH_SIZE
};

static struct dt_span officer_message(uint8_t out[static OFFICER_SIZE], const uint8_t *line,
                                      uint16_t wid, const struct dt_header *h,
                                      const uint8_t *digest)
{
    struct dt_writer w = dt_writer(out, OFFICER_SIZE);
    dt_write_bytes(&w, label_operator, sizeof label_operator);
    dt_write_bytes(&w, line, DT_HASH_SIZE);
    dt_write_u16(&w, wid);
    dt_write_u8(&w, (uint8_t)h->kind);
    dt_write_u8(&w, (uint8_t)h->flags);
    dt_write_u64(&w, (uint64_t)h->time_ms);
    dt_write_u8(&w, (uint8_t)h->to_count);
    dt_write_bytes(&w, h->to, h->to_count);
    dt_write_bytes(&w, digest, DT_HASH_SIZE);
    return dt_written(&w);
}

void dt_officer_sign(uint8_t signature[static DT_SIGNATURE_SIZE],
                     const uint8_t line[static DT_HASH_SIZE], uint16_t wid,
                     const struct dt_header *h, const uint8_t digest[static DT_HASH_SIZE],
                     const uint8_t signer[static DT_SIGNER_SIZE])
{
    uint8_t message[OFFICER_SIZE];
    dt_sign(signature, officer_message(message, line, wid, h, digest), signer);
}

bool dt_officer_verify(const uint8_t signature[static DT_SIGNATURE_SIZE],
                       const uint8_t line[static DT_HASH_SIZE], uint16_t wid,
                       const struct dt_header *h, const uint8_t digest[static DT_HASH_SIZE],
                       const uint8_t key[static DT_PUBLIC_SIZE])
{
    uint8_t message[OFFICER_SIZE];
    return dt_verify(signature, officer_message(message, line, wid, h, digest), key);
}

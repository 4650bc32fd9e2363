/* SPDX-License-Identifier: ISC */
/*
 * Goal: a sealed body opens for its readers, at its place, and for nobody else; what
 * it says can be shown to a third party without a key, and nothing else can be.
 * Method: the vectors of the independent reference byte for byte; bodies of every size
 * sealed, opened, damaged and moved; bytes searched for the plaintext.
 */
#include "vectors.h"

#include "cbor/cbor.h"
#include "log/seal.h"

static uint8_t body[DT_BODY_MAX], again[DT_BODY_MAX], opened[DT_BODY_MAX],
    plain[DT_SEALED_MAX + 64];
static const uint8_t no_key_id[DT_KEY_ID_SIZE];

/* {2: text of letters}, exactly `size` bytes; sizes that no such map has become the next smaller.
 */
static struct dt_span text_of(size_t size)
{
    static uint8_t out[DT_SEALED_MAX + 64];
    static const uint8_t letters[DT_SEALED_MAX + 64] = {0};
    const size_t head = size <= 3 + 23 ? 3 : size <= 4 + 255 ? 4 : 5;
    struct dt_writer w = dt_writer(out, sizeof out);
    dt_cbor_put_map(&w, 1);
    dt_cbor_put_uint(&w, 2);
    dt_cbor_put_bytes(&w, dt_span(letters, size - head));
    assert_true(w.size <= size);
    return dt_written(&w);
}

/* A clear map with a key before 30, one after, and one that is a text. */
static const uint8_t clear_bytes[] = {0xa3, 0x01, 0x05, 0x18, 0x28, 0xf5, 0x61, 'z', 0x00};

struct world {
    uint8_t line[DT_HASH_SIZE], set_key[DT_SET_KEY_SIZE], key[32], key_id[DT_KEY_ID_SIZE];
    struct dt_place place;
};

static void world_init(struct world *w, struct dt_rng *rng)
{
    dt_rng_fill(rng, w->line, sizeof w->line);
    dt_rng_fill(rng, w->set_key, sizeof w->set_key);
    w->place = (struct dt_place){w->line, (uint16_t)dt_rng_below(rng, DT_WIDS_MAX),
                                 dt_rng_below(rng, 1u << 30)};
    dt_key_id(w->key_id, w->set_key);
    dt_record_key(w->key, w->set_key, &w->place);
}

static enum dt_err seal(const struct world *w, struct dt_span text, size_t *size)
{
    return dt_seal_body(body, sizeof body, size, dt_span(clear_bytes, sizeof clear_bytes), text,
                        w->key_id, w->key, &w->place);
}

static enum dt_err open_body(struct dt_span bytes, const uint8_t key[static 32],
                             const struct dt_place *place, size_t *size)
{
    struct dt_sealed sealed;
    bool present = false;
    const enum dt_err err = dt_sealed_find(&sealed, bytes, &present);
    assert_true(err != DT_OK || present);
    return err != DT_OK ? err : dt_open_sealed(plain, sizeof plain, size, &sealed, key, place);
}

/* --- vectors ------------------------------------------------------------- */

static struct dt_place place_of(const json_t *c, uint8_t line[static DT_HASH_SIZE])
{
    assert_int_equal(vectors_hex(c, "line", line, DT_HASH_SIZE), DT_HASH_SIZE);
    return (struct dt_place){line, (uint16_t)vectors_number(c, "wid"), vectors_number(c, "seq")};
}

/* {30: part} for a part given alone. */
static struct dt_span body_around(const json_t *c)
{
    static uint8_t out[DT_BODY_MAX + 64] = {0xa1, 0x18, 0x1e};
    return dt_span(out, 3 + vectors_hex(c, "sealed_part", out + 3, sizeof out - 3));
}

static void check_seal_vector(const json_t *c)
{
    static uint8_t text_bytes[DT_SEALED_MAX], expected[DT_BODY_MAX];
    static const uint8_t empty[1] = {0xa0};
    uint8_t line[DT_HASH_SIZE], set_key[32], key[32], salt[32], id[DT_KEY_ID_SIZE], bytes[32];
    const struct dt_place place = place_of(c, line);
    const struct dt_span text = {text_bytes,
                                 vectors_hex(c, "plaintext", text_bytes, sizeof text_bytes)};
    vectors_hex(c, "K", set_key, sizeof set_key);
    dt_key_id(id, set_key);
    vectors_hex(c, "key_id", bytes, sizeof bytes);
    assert_memory_equal(id, bytes, sizeof id);
    dt_record_key(key, set_key, &place);
    vectors_hex(c, "R", bytes, sizeof bytes);
    assert_memory_equal(key, bytes, sizeof key);
    dt_record_salt(salt, key);
    vectors_hex(c, "salt", bytes, sizeof bytes);
    assert_memory_equal(salt, bytes, sizeof salt);
    assert_int_equal(dt_padded_size(text.size), vectors_number(c, "padded_size"));

    size_t size = 0;
    assert_err(dt_seal_body(body, sizeof body, &size, dt_span(empty, 1), text, id, key, &place),
               DT_OK);
    assert_true(dt_span_equal(dt_span(body, size), body_around(c)));
    assert_err(open_body(dt_span(body, size), key, &place, &size), DT_OK);
    assert_true(dt_span_equal(dt_span(plain, size), text));
    vectors_hex(c, "commitment", bytes, sizeof bytes);
    assert_true(dt_commitment_holds(bytes, salt, text));
    if (json_object_get(c, "opened_body") != NULL) {
        const struct dt_span want = {expected,
                                     vectors_hex(c, "opened_body", expected, sizeof expected)};
        assert_err(dt_body_to_opened(opened, sizeof opened, &size, body_around(c), text), DT_OK);
        assert_true(dt_span_equal(dt_span(opened, size), want));
        assert_err(dt_opened_to_body(body, sizeof body, &size, want, key, &place), DT_OK);
        assert_true(dt_span_equal(dt_span(body, size), body_around(c)));
    }
}

static void check_grant_vector(const json_t *c)
{
    uint8_t line[DT_HASH_SIZE], key[32], id[DT_KEY_ID_SIZE], got[32];
    uint8_t secret[32], reader[32], ephemeral[32], box[DT_GRANT_BOX_SIZE],
        expected[DT_GRANT_BOX_SIZE];
    vectors_hex(c, "line", line, sizeof line);
    vectors_hex(c, "key", key, sizeof key);
    vectors_hex(c, "key_id", id, sizeof id);
    size_t i;
    json_t *b;
    json_array_foreach(json_object_get(c, "boxes"), i, b)
    {
        vectors_hex(b, "reader_secret", secret, sizeof secret);
        vectors_hex(b, "reader", reader, sizeof reader);
        vectors_hex(b, "ephemeral_secret", ephemeral, sizeof ephemeral);
        vectors_hex(b, "box", expected, sizeof expected);
        assert_err(dt_grant_box(box, key, id, line, reader, ephemeral), DT_OK);
        assert_memory_equal(box, expected, sizeof box);
        assert_err(dt_grant_open(got, box, id, line, secret, reader), DT_OK);
        assert_memory_equal(got, key, sizeof key);
    }
    assert_true(i > 0);
}

static void check_refused_vector(const json_t *c)
{
    uint8_t line[DT_HASH_SIZE], key[32];
    const struct dt_place place = place_of(c, line);
    vectors_hex(c, "R", key, sizeof key);
    size_t size = 0;
    const enum dt_err err = open_body(body_around(c), key, &place, &size);
    if (strcmp(vectors_text(c, "name"), "not padded") == 0) {
        assert_err(err, DT_ERR_BAD_VALUE); /* seen before any key is tried */
    } else {
        assert_err(err, DT_ERR_DOES_NOT_OPEN);
    }
}

static void vectors_of_the_reference(void **state)
{
    (void)state;
    json_t *root = vectors_load("tests/vectors/seal.json"), *c, *pair;
    assert_non_null(root);
    size_t i, k, seen[4] = {0};
    json_array_foreach(json_object_get(root, "cases"), i, c)
    {
        const char *type = vectors_text(c, "type");
        if (strcmp(type, "seal") == 0) {
            check_seal_vector(c);
            seen[0]++;
        } else if (strcmp(type, "grant") == 0) {
            check_grant_vector(c);
            seen[1]++;
        } else if (strcmp(type, "refused") == 0) {
            check_refused_vector(c);
            seen[2]++;
        } else if (strcmp(type, "tiers") != 0) { /* those in test_tier.c */
            assert_string_equal(type, "padding");
            json_array_foreach(json_object_get(c, "sizes"), k, pair)
            {
                const size_t n = (size_t)json_integer_value(json_array_get(pair, 0));
                assert_int_equal(dt_padded_size(n),
                                 (size_t)json_integer_value(json_array_get(pair, 1)));
                seen[3]++;
            }
        }
    }
    json_decref(root);
    assert_true(seen[0] >= 10 && seen[1] >= 3 && seen[2] >= 8 && seen[3] >= 18);
}

/* The unpadded plaintext, which is what dt_officer_digest() takes. */
static struct dt_span unpadded(struct dt_span padded)
{
    size_t used = 0;
    return padded.size > 0 && dt_cbor_check_first(padded, &used) == DT_OK
               ? dt_span(padded.data, used)
               : padded;
}

static void check_officer_vector(const json_t *c, bool valid)
{
    uint8_t line[DT_HASH_SIZE], key[32], digest[32], expected[32], signature[64], seed[32],
        signer[64], public_key[32];
    static uint8_t bytes[DT_BODY_MAX], padded[DT_SEALED_MAX];
    vectors_hex(c, "line", line, sizeof line);
    vectors_hex(c, "operator", key, sizeof key);
    const uint16_t wid = (uint16_t)vectors_number(c, "wid");
    struct dt_header h = {.kind = (unsigned)vectors_number(c, "kind"),
                          .time_ms = (int64_t)vectors_number(c, "time"),
                          .flags = (unsigned)vectors_number(c, "flags")};
    json_t *to = json_object_get(c, "to");
    for (; h.to_count < json_array_size(to); h.to_count++) {
        h.to[h.to_count] = (uint8_t)json_integer_value(json_array_get(to, h.to_count));
    }
    const struct dt_span map = {bytes, vectors_hex(c, "body", bytes, sizeof bytes)};
    const struct dt_span text = {padded, vectors_hex(c, "padded", padded, sizeof padded)};
    if (strstr(vectors_text(c, "name"), "another plaintext") != NULL) {
        return; /* padding of a foreign size: cannot be said with this interface */
    }
    assert_err(dt_officer_digest(digest, map, unpadded(text)), DT_OK);
    struct dt_cbor at = dt_cbor_need(map, DT_BODY_KEY_OFFICER);
    dt_cbor_array(&at, 2, 2);
    assert_int_equal(dt_cbor_uint(&at, 999), vectors_number(c, "operator_number"));
    memcpy(signature, dt_cbor_bytes(&at, 64, 64).data, 64);
    assert_int_equal(dt_officer_verify(signature, line, wid, &h, digest, key), valid);
    if (valid) {
        vectors_hex(c, "digest", expected, sizeof expected);
        assert_memory_equal(digest, expected, sizeof digest);
        vectors_hex(c, "operator_seed", seed, sizeof seed);
        dt_signer_from_seed(signer, public_key, seed);
        dt_officer_sign(signature, line, wid, &h, digest, signer);
        uint8_t want[64];
        vectors_hex(c, "signature", want, sizeof want);
        assert_memory_equal(signature, want, sizeof want);
    }
}

static void officers_of_the_reference(void **state)
{
    (void)state;
    json_t *root = vectors_load("tests/vectors/officer.json"), *c;
    assert_non_null(root);
    size_t i, valid = 0, refused = 0;
    json_array_foreach(json_object_get(root, "cases"), i, c)
    {
        if (json_object_get(c, "conflict") != NULL) {
            continue; /* tested where conflicts are */
        }
        const bool good = json_is_true(json_object_get(c, "valid"));
        check_officer_vector(c, good);
        valid += good;
        refused += !good;
    }
    json_decref(root);
    assert_true(valid >= 3 && refused >= 18);
}

static void an_officer_signs_all_that_is_said_and_no_signature(void **state)
{
    (void)state;
    uint8_t bytes[64], one[32], two[32];
    static const char *const same[] = {"a20101050f", "a30101050f0f00", "a40101050f0f001000",
                                       "a30101050f181e80"};
    static const char *const other[] = {"a20101050e", "a30101050f1100", "a30101050f182881",
                                        "a20101050f"};
    size_t size = dt_from_hex(bytes, sizeof bytes, same[0]);
    assert_err(dt_officer_digest(one, dt_span(bytes, size), dt_span(NULL, 0)), DT_OK);
    for (size_t i = 1; i < sizeof same / sizeof same[0]; i++) {
        size = dt_from_hex(bytes, sizeof bytes, same[i]);
        assert_err(dt_officer_digest(two, dt_span(bytes, size), dt_span(NULL, 0)), DT_OK);
        assert_memory_equal(one, two, sizeof one);
    }
    static const uint8_t empty[1] = {0xa0};
    for (size_t i = 0; i < sizeof other / sizeof other[0]; i++) {
        size = dt_from_hex(bytes, sizeof bytes, other[i]);
        size += i == 2 ? dt_from_hex(bytes + size, 1, "00") : 0;
        assert_err(dt_officer_digest(two, dt_span(bytes, size), dt_span(empty, i == 3)), DT_OK);
        assert_memory_not_equal(one, two, sizeof one);
    }
    assert_err(dt_officer_digest(two, dt_span(bytes, size - 1), dt_span(NULL, 0)),
               DT_ERR_TRUNCATED);
    bytes[0] = 0x80;
    assert_err(dt_officer_digest(two, dt_span(bytes, 1), dt_span(NULL, 0)), DT_ERR_BAD_TYPE);
    assert_err(dt_officer_digest(two, dt_span(empty, 1), text_of(DT_SEALED_MAX + 1)),
               DT_ERR_TOO_LARGE);
}

/* --- properties ------------------------------------------------------------ */

static void size_classes(void **state)
{
    (void)state;
    assert_int_equal(dt_padded_size(0), 0);
    for (size_t n = 1; n <= DT_SEALED_MAX; n++) {
        const size_t padded = dt_padded_size(n), step = n <= 512 ? 32 : n <= 4096 ? 256 : 1024;
        assert_true(padded >= n && padded - n < step && padded % step == 0);
        assert_int_equal(dt_padded_size(padded), padded);
    }
    assert_int_equal(dt_padded_size(DT_SEALED_MAX + 1), 0);
    assert_int_equal(dt_padded_size(SIZE_MAX), 0);
}

/* The largest class that fits a body can be sealed, opened and shown; one more byte cannot. */
static void the_largest_body(void **state)
{
    (void)state;
    struct dt_rng rng = dt_rng("largest body");
    struct world w;
    world_init(&w, &rng);
    size_t size = 0;
    assert_err(seal(&w, text_of(DT_SEALED_MAX), &size), DT_OK);
    assert_true(size <= DT_BODY_MAX && size + 1024 > DT_BODY_MAX);
    assert_err(open_body(dt_span(body, size), w.key, &w.place, &size), DT_OK);
    assert_int_equal(size, DT_SEALED_MAX);
    assert_err(seal(&w, text_of(DT_SEALED_MAX + 1), &size), DT_ERR_TOO_LARGE);
    assert_err(seal(&w, dt_span(NULL, 0), &size), DT_ERR_TOO_LARGE);
    static const uint8_t not_a_map[2] = {0x80, 0x00};
    assert_err(seal(&w, dt_span(not_a_map, 1), &size), DT_ERR_BAD_TYPE);
    assert_err(seal(&w, dt_span(not_a_map, 2), &size), DT_ERR_TRAILING);
    assert_err(dt_seal_body(body, 40, &size, dt_span(clear_bytes, sizeof clear_bytes), text_of(10),
                            w.key_id, w.key, &w.place),
               DT_ERR_TOO_LARGE);
    assert_err(dt_seal_body(body, sizeof body, &size, dt_span(not_a_map, 1), text_of(10), w.key_id,
                            w.key, &w.place),
               DT_ERR_BAD_TYPE);
}

static void opened_form_and_body_are_each_other(void **state)
{
    (void)state;
    struct dt_rng rng = dt_rng("opened form");
    for (int i = 0; i < 500; i++) {
        struct world w;
        world_init(&w, &rng);
        const struct dt_span text =
            text_of(5 + dt_rng_below(&rng, i < 250 ? 600 : DT_SEALED_MAX - 5));
        size_t size = 0, opened_size = 0, again_size = 0;
        assert_err(seal(&w, text, &size), DT_OK);
        const struct dt_span sealed = {body, size};
        assert_err(dt_cbor_check(sealed), DT_OK); /* key 30 stands where it belongs */
        assert_err(dt_body_to_opened(opened, sizeof opened, &opened_size, sealed, text), DT_OK);
        const struct dt_span open = {opened, opened_size};
        assert_err(dt_cbor_check(open), DT_OK);
        uint8_t id[DT_KEY_ID_SIZE];
        struct dt_span found;
        assert_err(dt_opened_find(open, id, &found), DT_OK);
        assert_true(dt_span_equal(found, text));
        assert_memory_equal(id, w.key_id, sizeof id);
        assert_err(dt_opened_to_body(again, sizeof again, &again_size, open, w.key, &w.place),
                   DT_OK);
        assert_true(dt_span_equal(dt_span(again, again_size), sealed));
        /* Sealing is a function: once more is the same; in another place it is another. */
        assert_err(
            dt_seal_body(again, sizeof again, &again_size, sealed, text, w.key_id, w.key, &w.place),
            DT_OK);
        assert_true(dt_span_equal(dt_span(again, again_size), sealed));
        w.place.seq++;
        dt_record_key(w.key, w.set_key, &w.place);
        assert_err(dt_opened_to_body(again, sizeof again, &again_size, open, w.key, &w.place),
                   DT_OK);
        assert_false(dt_span_equal(dt_span(again, again_size), sealed));
    }
    static const uint8_t bare[] = {0xa1, 0x01, 0x05};
    size_t size = 0;
    assert_err(
        dt_body_to_opened(opened, sizeof opened, &size, dt_span(bare, sizeof bare), text_of(9)),
        DT_ERR_MISSING_FIELD);
    uint8_t id[DT_KEY_ID_SIZE];
    struct dt_span found;
    assert_err(dt_opened_find(dt_span(bare, sizeof bare), id, &found), DT_ERR_MISSING_FIELD);
}

static void only_the_key_and_the_place_open(void **state)
{
    (void)state;
    struct dt_rng rng = dt_rng("does not open");
    struct world w, other;
    world_init(&w, &rng);
    world_init(&other, &rng);
    size_t size = 0, got = 0;
    assert_err(seal(&w, text_of(100), &size), DT_OK);
    const struct dt_span sealed = {body, size};
    assert_err(open_body(sealed, w.key, &w.place, &got), DT_OK);
    assert_int_equal(got, 100);
    assert_err(open_body(sealed, other.key, &w.place, &got), DT_ERR_DOES_NOT_OPEN);
    for (int bit = 0; bit < 256; bit += 17) {
        uint8_t key[32];
        memcpy(key, w.key, sizeof key);
        key[bit / 8] ^= (uint8_t)(1u << bit % 8);
        assert_err(open_body(sealed, key, &w.place, &got), DT_ERR_DOES_NOT_OPEN);
    }
    const struct dt_place moved[] = {{w.line, w.place.wid, w.place.seq + 1},
                                     {w.line, (uint16_t)(w.place.wid ^ 1), w.place.seq},
                                     {other.line, w.place.wid, w.place.seq}};
    for (size_t i = 0; i < sizeof moved / sizeof moved[0]; i++) {
        uint8_t key[32];
        assert_err(open_body(sealed, w.key, &moved[i], &got), DT_ERR_DOES_NOT_OPEN);
        dt_record_key(key, w.set_key, &moved[i]);
        assert_memory_not_equal(key, w.key, sizeof key);
        assert_err(open_body(sealed, key, &moved[i], &got), DT_ERR_DOES_NOT_OPEN);
    }
}

/* Bits of the clear part and the key id are the leaf's to protect; all others the seal's. */
static void every_flipped_bit_of_a_sealed_part_is_noticed(void **state)
{
    (void)state;
    struct dt_rng rng = dt_rng("flipped seal");
    struct world w;
    world_init(&w, &rng);
    size_t size = 0, got = 0;
    assert_err(seal(&w, text_of(40), &size), DT_OK);
    struct dt_sealed sealed;
    bool present = false;
    assert_err(dt_sealed_find(&sealed, dt_span(body, size), &present), DT_OK);
    assert_true(present);
    uint8_t ciphertext[64 + DT_AEAD_TAG_SIZE];
    assert_int_equal(sealed.ciphertext.size, sizeof ciphertext);
    memcpy(ciphertext, sealed.ciphertext.data, sizeof ciphertext);
    sealed.ciphertext.data = ciphertext;
    for (size_t bit = 0; bit < sizeof ciphertext * 8; bit++) {
        ciphertext[bit / 8] ^= (uint8_t)(1u << bit % 8);
        assert_err(dt_open_sealed(plain, sizeof plain, &got, &sealed, w.key, &w.place),
                   DT_ERR_DOES_NOT_OPEN);
        ciphertext[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    for (size_t bit = 0; bit < DT_HASH_SIZE * 8; bit++) {
        sealed.commitment[bit / 8] ^= (uint8_t)(1u << bit % 8);
        assert_err(dt_open_sealed(plain, sizeof plain, &got, &sealed, w.key, &w.place),
                   DT_ERR_DOES_NOT_OPEN);
        sealed.commitment[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    assert_err(dt_open_sealed(plain, 63, &got, &sealed, w.key, &w.place), DT_ERR_TOO_LARGE);
    sealed.ciphertext.size = DT_AEAD_TAG_SIZE - 1;
    assert_err(dt_open_sealed(plain, sizeof plain, &got, &sealed, w.key, &w.place),
               DT_ERR_DOES_NOT_OPEN);
}

static void a_sealed_part_of_another_form_is_refused(void **state)
{
    (void)state;
    struct dt_sealed sealed;
    bool present = true;
    uint8_t bytes[256];
    static const uint8_t zeros[DT_BODY_MAX];
    const struct {
        size_t id, commitment, ciphertext;
        enum dt_err err;
    } forms[] = {{8, 32, 48, DT_OK},
                 {7, 32, 48, DT_ERR_BAD_VALUE},
                 {8, 31, 48, DT_ERR_BAD_VALUE},
                 {8, 32, 16, DT_ERR_BAD_VALUE},
                 {8, 32, 15, DT_ERR_BAD_VALUE},
                 {8, 32, 47, DT_ERR_BAD_VALUE},
                 {8, 32, 49, DT_ERR_BAD_VALUE},
                 {8, 32, 80, DT_OK}};
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        struct dt_writer w = dt_writer(bytes, sizeof bytes);
        dt_write_bytes(&w, "\xa1\x18\x1e\x83", 4);
        dt_cbor_put_bytes(&w, dt_span(zeros, forms[i].id));
        dt_cbor_put_bytes(&w, dt_span(zeros, forms[i].commitment));
        dt_cbor_put_bytes(&w, dt_span(zeros, forms[i].ciphertext));
        assert_err(dt_sealed_find(&sealed, dt_written(&w), &present), forms[i].err);
        assert_true(present);
    }
    assert_err(dt_sealed_find(&sealed, dt_span("\xa1\x18\x1e\x80", 4), &present), DT_ERR_BAD_VALUE);
    assert_err(dt_sealed_find(&sealed, dt_span("\xa1\x18\x1e\x00", 4), &present), DT_ERR_BAD_TYPE);
    assert_err(dt_sealed_find(&sealed, dt_span("\xa0", 1), &present), DT_OK);
    assert_false(present);
}

static void a_commitment_shows_one_text_without_a_key(void **state)
{
    (void)state;
    struct dt_rng rng = dt_rng("commitment");
    struct world w;
    world_init(&w, &rng);
    uint8_t salt[32];
    size_t size = 0;
    assert_err(seal(&w, text_of(70), &size), DT_OK);
    struct dt_sealed sealed;
    bool present = false;
    assert_err(dt_sealed_find(&sealed, dt_span(body, size), &present), DT_OK);
    dt_record_salt(salt, w.key);
    assert_true(dt_commitment_holds(sealed.commitment, salt, text_of(70)));
    assert_false(dt_commitment_holds(sealed.commitment, salt, text_of(71)));
    assert_false(dt_commitment_holds(sealed.commitment, salt, dt_span(NULL, 0)));
    assert_false(dt_commitment_holds(sealed.commitment, salt, text_of(DT_SEALED_MAX + 1)));
    salt[31] ^= 1;
    assert_false(dt_commitment_holds(sealed.commitment, salt, text_of(70)));
}

static void the_plaintext_never_appears_in_sealed_bytes(void **state)
{
    (void)state;
    static const char needle[] = "the bridge at grid 33UUU";
    struct dt_rng rng = dt_rng("needle");
    for (int i = 0; i < 500; i++) {
        struct world w;
        world_init(&w, &rng);
        uint8_t text[2048];
        struct dt_writer t = dt_writer(text, sizeof text);
        dt_cbor_put_map(&t, 2);
        dt_cbor_put_uint(&t, 2);
        dt_cbor_put_string(&t, needle);
        dt_cbor_put_uint(&t, 5);
        dt_cbor_put_bytes(&t, dt_span(plain, dt_rng_below(&rng, 1500)));
        size_t size = 0;
        assert_err(seal(&w, dt_written(&t), &size), DT_OK);
        for (size_t part = 0; part + 8 < sizeof needle; part++) { /* nor any eight letters of it */
            assert_null(memmem(body, size, needle + part, 8));
        }
        assert_null(memmem(body, size, w.key, 8));
        assert_null(memmem(body, size, w.set_key, 8));
        assert_non_null(memmem(body, size, w.key_id, DT_KEY_ID_SIZE));
    }
}

static void a_box_opens_for_its_reader_only(void **state)
{
    (void)state;
    struct dt_rng rng = dt_rng("grant");
    struct world w;
    world_init(&w, &rng);
    uint8_t secret[32], reader[32], stranger[32], stranger_key[32], ephemeral[32],
        box[DT_GRANT_BOX_SIZE], key[32];
    dt_rng_fill(&rng, secret, sizeof secret);
    dt_rng_fill(&rng, stranger, sizeof stranger);
    dt_rng_fill(&rng, ephemeral, sizeof ephemeral);
    dt_x25519_public(reader, secret);
    dt_x25519_public(stranger_key, stranger);
    assert_err(dt_grant_box(box, w.set_key, w.key_id, w.line, reader, ephemeral), DT_OK);
    assert_err(dt_grant_open(key, box, w.key_id, w.line, secret, reader), DT_OK);
    assert_memory_equal(key, w.set_key, sizeof key);
    assert_err(dt_grant_open(key, box, w.key_id, w.line, stranger, stranger_key),
               DT_ERR_DOES_NOT_OPEN);
    assert_err(dt_grant_open(key, box, w.key_id, w.line, stranger, reader), DT_ERR_DOES_NOT_OPEN);
    assert_err(dt_grant_open(key, box, w.key_id, w.line, secret, stranger_key),
               DT_ERR_DOES_NOT_OPEN);
    assert_err(dt_grant_open(key, box, no_key_id, w.line, secret, reader), DT_ERR_DOES_NOT_OPEN);
    assert_err(dt_grant_open(key, box, w.key_id, w.set_key, secret, reader), DT_ERR_DOES_NOT_OPEN);
    for (size_t bit = 0; bit < sizeof box * 8; bit++) {
        box[bit / 8] ^= (uint8_t)(1u << bit % 8);
        assert_true(dt_grant_open(key, box, w.key_id, w.line, secret, reader) != DT_OK);
        box[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    static const uint8_t weak[32];
    assert_err(dt_grant_box(box, w.set_key, w.key_id, w.line, weak, ephemeral), DT_ERR_BAD_KEY);
    memset(box, 0, 32);
    assert_err(dt_grant_open(key, box, w.key_id, w.line, secret, reader), DT_ERR_BAD_KEY);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(vectors_of_the_reference),
        cmocka_unit_test(officers_of_the_reference),
        cmocka_unit_test(an_officer_signs_all_that_is_said_and_no_signature),
        cmocka_unit_test(size_classes),
        cmocka_unit_test(the_largest_body),
        cmocka_unit_test(opened_form_and_body_are_each_other),
        cmocka_unit_test(only_the_key_and_the_place_open),
        cmocka_unit_test(every_flipped_bit_of_a_sealed_part_is_noticed),
        cmocka_unit_test(a_sealed_part_of_another_form_is_refused),
        cmocka_unit_test(a_commitment_shows_one_text_without_a_key),
        cmocka_unit_test(the_plaintext_never_appears_in_sealed_bytes),
        cmocka_unit_test(a_box_opens_for_its_reader_only),
    };
    return cmocka_run_group_tests_name("seal", tests, dt_test_setup, NULL);
}

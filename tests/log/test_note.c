/* SPDX-License-Identifier: ISC */
/*
 * Goal: what we sign as checkpoints, cosignatures and promises is what c2sp.org and
 * protocol.md say, and a note has one spelling.
 * Method: a published note; texts put together here by hand; every bit flip of a note
 * is refused; random notes round trip.
 */
#include "test.h"

#include "base/text.h"
#include "log/merkle.h"
#include "log/note.h"
#include "log/promise.h"
#include "vectors.h"

struct party {
    uint8_t signer[DT_SIGNER_SIZE];
    uint8_t key[DT_PUBLIC_SIZE];
};

static struct party party(uint8_t number)
{
    struct party p;
    uint8_t seed[DT_SEED_SIZE] = {number, 7};
    dt_signer_from_seed(p.signer, p.key, seed);
    return p;
}

static struct dt_checkpoint checkpoint_of(const struct party *p, uint64_t size)
{
    struct dt_checkpoint c = {.line_id = {1, 2, 3}, .size = size, .root = {9, 8, 7}};
    memcpy(c.writer, p->key, DT_PUBLIC_SIZE);
    if (size == 0) {
        dt_sha256(c.root, dt_span(NULL, 0));
    }
    dt_checkpoint_sign(&c, p->signer);
    return c;
}

static struct dt_note note_of(uint64_t size, uint8_t cosigners)
{
    const struct party writer = party(1);
    struct dt_note note = {.checkpoint = checkpoint_of(&writer, size)};
    for (uint8_t i = 0; i < cosigners; i++) {
        const struct party other = party((uint8_t)(i + 2));
        struct dt_cosignature s = {.time_s = UINT64_C(1772114400) + i};
        memcpy(s.writer, other.key, DT_PUBLIC_SIZE);
        dt_cosign(&s, &note.checkpoint, other.signer);
        assert_err(dt_note_add(&note, &s), DT_OK);
        assert_err(dt_note_add(&note, &s), DT_ERR_DUPLICATE);
    }
    return note;
}

static size_t text_of(uint8_t out[static DT_NOTE_SIZE_MAX], const struct dt_note *note)
{
    struct dt_writer w = dt_writer(out, DT_NOTE_SIZE_MAX);
    dt_note_write(&w, note);
    assert_false(w.overflowed);
    return w.size;
}

static enum dt_err parse(const void *text, size_t size)
{
    static struct dt_note note;
    return dt_note_parse(&note, dt_span(text, size));
}

/* The example of golang.org/x/mod/sumdb/note, which c2sp.org/signed-note describes. */
static void published_note_has_our_key_id_and_verifies(void **state)
{
    (void)state;
    static const char name[] = "PeterNeumann";
    static const char text[] = "If you think cryptography is the answer to your problem,\n"
                               "then you don't know what your problem is.\n";
    static const char key64[] = "ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
    static const char sig64[] = "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXg"
                                "KvqfqdngotpRZb6KE6RyyBwJnAM=";
    uint8_t key[33], signature[68], id[DT_NOTE_KEY_ID_SIZE];
    size_t size = 0;
    assert_err(dt_unbase64(key, sizeof key, &size, key64, strlen(key64)), DT_OK);
    assert_int_equal(key[0], DT_NOTE_ED25519);
    assert_err(dt_unbase64(signature, sizeof signature, &size, sig64, strlen(sig64)), DT_OK);
    dt_note_key_id(id, dt_span(name, strlen(name)), DT_NOTE_ED25519, key + 1);
    assert_memory_equal(id, signature, sizeof id);
    assert_memory_equal(id, ((const uint8_t[]){0xc7, 0x4f, 0x20, 0xa3}), sizeof id);
    assert_true(dt_verify(signature + 4, dt_span(text, strlen(text)), key + 1));
}

static void checkpoint_text_is_tlog_checkpoint(void **state)
{
    (void)state;
    struct dt_checkpoint c = {.size = 42};
    memset(c.line_id, 0xff, 32);
    char text[DT_CHECKPOINT_TEXT_MAX];
    const size_t size = dt_checkpoint_text(text, &c);
    const char expected[] = "detente/1/7777777777777777777777777777777777777777777777777777q/"
                            "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n42\n"
                            "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n";
    /* 256 bits are 51 digits and one bit: the last digit is 10000b, `q`. */
    assert_int_equal(size, strlen(expected) - 1);
    assert_memory_equal(text, expected, 61);
    assert_memory_equal(text + 61, expected + 62, size - 61);
    c.size = DT_TREE_SIZE_MAX;
    assert_int_equal(dt_checkpoint_text(text, &c), DT_CHECKPOINT_TEXT_MAX);
}

/* Every line by hand, from the descriptions. */
static void note_is_built_as_described(void **state)
{
    (void)state;
    const struct dt_note note = note_of(7, 1);
    const struct dt_cosignature *s = &note.cosignatures[0];
    char own[DT_ORIGIN_SIZE + 1], other[DT_ORIGIN_SIZE + 1], text[512], signed_text[600];
    char sig1[200], sig2[200], root64[64], expected[2048];
    dt_origin(own, note.checkpoint.line_id, note.checkpoint.writer);
    dt_origin(other, note.checkpoint.line_id, s->writer);
    dt_base64(root64, note.checkpoint.root, 32);
    snprintf(text, sizeof text, "%s\n7\n%s\n", own, root64);
    assert_true(dt_verify(note.checkpoint.signature, dt_span(text, strlen(text)), note.checkpoint.writer));
    snprintf(signed_text, sizeof signed_text, "cosignature/v1\ntime 1772114400\n%s", text);
    assert_true(dt_verify(s->signature, dt_span(signed_text, strlen(signed_text)), s->writer));

    uint8_t hash[DT_HASH_SIZE], bytes[76];
    struct dt_span parts[] = {{(const uint8_t *)own, DT_ORIGIN_SIZE}, {(const uint8_t *)"\n\x01", 2},
                              {note.checkpoint.writer, 32}};
    dt_sha256_parts(hash, parts, 3);
    memcpy(bytes, hash, 4);
    memcpy(bytes + 4, note.checkpoint.signature, 64);
    dt_base64(sig1, bytes, 68);
    parts[0] = dt_span(other, DT_ORIGIN_SIZE);
    parts[1] = dt_span("\n\x04", 2);
    parts[2] = dt_span(s->writer, 32);
    dt_sha256_parts(hash, parts, 3);
    memcpy(bytes, hash, 4);
    memcpy(bytes + 4, "\0\0\0\0\x69\xa0\x51\xe0", 8); /* 1772114400 */
    memcpy(bytes + 12, s->signature, 64);
    dt_base64(sig2, bytes, 76);
    snprintf(expected, sizeof expected, "%s\n\xe2\x80\x94 %s %s\n\xe2\x80\x94 %s %s\n", text, own,
             sig1, other, sig2);

    static uint8_t out[DT_NOTE_SIZE_MAX];
    const size_t size = text_of(out, &note);
    assert_int_equal(size, strlen(expected));
    assert_memory_equal(out, expected, size);
}

static void notes_round_trip(void **state)
{
    (void)state;
    static const uint64_t sizes[] = {0, 1, 9, 10, 4096, DT_TREE_SIZE_MAX};
    static uint8_t text[DT_NOTE_SIZE_MAX], again[DT_NOTE_SIZE_MAX];
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        static struct dt_note note, back;
        note = note_of(sizes[i], (uint8_t)(i * 3));
        const size_t size = text_of(text, &note);
        assert_err(dt_note_parse(&back, dt_span(text, size)), DT_OK);
        assert_err(dt_note_verify(&back), DT_OK);
        assert_int_equal(back.cosignature_count, i * 3);
        assert_int_equal(text_of(again, &back), size);
        assert_memory_equal(text, again, size);
    }
}

static void largest_note_fits_and_no_larger(void **state)
{
    (void)state;
    static struct dt_note note;
    static uint8_t text[DT_NOTE_SIZE_MAX + DT_NOTE_LINE_MAX];
    const struct party writer = party(1);
    note = (struct dt_note){.checkpoint = checkpoint_of(&writer, DT_TREE_SIZE_MAX)};
    struct dt_cosignature s = {0};
    for (unsigned i = 0; i < DT_NOTE_COSIGNATURES_MAX; i++) {
        s.writer[0] = (uint8_t)(i + 1);
        assert_err(dt_note_add(&note, &s), DT_OK);
    }
    s.writer[0] = 0;
    assert_err(dt_note_add(&note, &s), DT_ERR_CAPACITY);
    size_t size = text_of(text, &note);
    assert_int_equal(size, DT_NOTE_SIZE_MAX);
    assert_err(parse(text, size), DT_OK);
    memcpy(text + size, text + size - DT_NOTE_LINE_MAX, DT_NOTE_LINE_MAX);
    assert_err(parse(text, size + DT_NOTE_LINE_MAX), DT_ERR_TOO_LARGE);
    struct dt_writer w = dt_writer(text, size - 1);
    dt_note_write(&w, &note);
    assert_true(w.overflowed);
}

static void every_bit_of_a_note_counts(void **state)
{
    (void)state;
    static struct dt_note note, back;
    static uint8_t text[DT_NOTE_SIZE_MAX];
    note = note_of(1234, 3);
    const size_t size = text_of(text, &note);
    for (size_t bit = 0; bit < size * 8; bit++) {
        text[bit / 8] ^= (uint8_t)(1u << bit % 8);
        if (dt_note_parse(&back, dt_span(text, size)) == DT_OK && dt_note_verify(&back) == DT_OK) {
            fail_msg("bit %zu does not count", bit);
        }
        text[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    for (size_t cut = 0; cut < size; cut++) {
        if ((size - cut) % DT_NOTE_LINE_MAX != 0 && parse(text, cut) == DT_OK) {
            fail_msg("cut at %zu is not seen", cut);
        }
    }
}

/* Replaces the first `from` by `to`. */
static enum dt_err with(const char *text, const char *from, const char *to)
{
    uint8_t out[4096];
    const char *at = strstr(text, from);
    assert_non_null(at);
    struct dt_writer w = dt_writer(out, sizeof out);
    dt_write_bytes(&w, text, (size_t)(at - text));
    dt_write_bytes(&w, to, strlen(to));
    dt_write_bytes(&w, at + strlen(from), strlen(at) - strlen(from));
    assert_false(w.overflowed);
    return parse(out, w.size);
}

static void another_spelling_is_refused(void **state)
{
    (void)state;
    static uint8_t text[DT_NOTE_SIZE_MAX + 1];
    struct dt_note note = note_of(12, 2);
    const size_t size = text_of(text, &note);
    text[size] = 0;
    const char *t = (const char *)text;
    assert_err(with(t, "", ""), DT_OK);
    assert_err(with(t, "\n12\n", "\n012\n"), DT_ERR_NOT_CANONICAL);
    assert_err(with(t, "\n12\n", "\n+12\n"), DT_ERR_BAD_TEXT);
    assert_err(with(t, "\n12\n", "\n12\r\n"), DT_ERR_BAD_TEXT);
    assert_err(with(t, "\n12\n", "\n1000000000000000000\n"), DT_ERR_TOO_LARGE);
    assert_err(with(t, "\n12\n", "\n0\n"), DT_ERR_BAD_HASH);
    assert_err(with(t, "detente/1/", "detente/2/"), DT_ERR_BAD_TEXT);
    assert_err(with(t, "=\n\n", "=\nextension\n\n"), DT_ERR_BAD_TEXT);
    assert_err(with(t, "=\n\n", "\n\n"), DT_ERR_NOT_CANONICAL);
    assert_err(with(t, "\xe2\x80\x94 ", "- "), DT_ERR_BAD_TEXT);
    assert_err(with(t, "\xe2\x80\x94 ", "\xe2\x80\x94  "), DT_ERR_BAD_TEXT);
    assert_err(with(t, "\xe2\x80\x94 ", "\n\xe2\x80\x94 "), DT_ERR_BAD_TEXT);
    assert_err(parse(text, size - 1), DT_ERR_TRUNCATED);

    /* The same cosigners in another order, and one of them twice. */
    const struct dt_cosignature first = note.cosignatures[0];
    note.cosignatures[0] = note.cosignatures[1];
    note.cosignatures[1] = first;
    assert_err(parse(text, text_of(text, &note)), DT_ERR_NOT_CANONICAL);
    note.cosignatures[0] = first;
    assert_err(parse(text, text_of(text, &note)), DT_ERR_NOT_CANONICAL);
    note.cosignature_count = 1;
    note.cosignatures[0].time_s = DT_COSIGN_TIME_MAX + 1;
    assert_err(parse(text, text_of(text, &note)), DT_ERR_BAD_VALUE);
    memcpy(note.cosignatures[0].writer, note.checkpoint.writer, 32);
    note.cosignatures[0].time_s = 1;
    assert_err(parse(text, text_of(text, &note)), DT_ERR_BAD_VALUE);
    assert_err(dt_note_add(&note, &note.cosignatures[0]), DT_ERR_DUPLICATE);
}

/* A cosignature on another line of the same cosigner does not fit under this one. */
static void a_signature_is_bound_to_line_writer_size_root_and_time(void **state)
{
    (void)state;
    const struct dt_note note = note_of(12, 1);
    for (int field = 0; field < 4; field++) {
        struct dt_checkpoint c = note.checkpoint;
        uint8_t *const fields[] = {c.line_id, c.writer, c.root, (uint8_t *)&c.size};
        fields[field][0] ^= 1;
        assert_err(dt_checkpoint_verify(&c), DT_ERR_BAD_SIGNATURE);
        assert_err(dt_cosign_verify(&note.cosignatures[0], &c), DT_ERR_BAD_SIGNATURE);
    }
    struct dt_cosignature s = note.cosignatures[0];
    assert_err(dt_cosign_verify(&s, &note.checkpoint), DT_OK);
    s.time_s++;
    assert_err(dt_cosign_verify(&s, &note.checkpoint), DT_ERR_BAD_SIGNATURE);
    s.time_s = DT_COSIGN_TIME_MAX + 1;
    assert_err(dt_cosign_verify(&s, &note.checkpoint), DT_ERR_BAD_VALUE);
    struct dt_checkpoint c = note.checkpoint;
    c.size = DT_TREE_SIZE_MAX + 1;
    assert_err(dt_checkpoint_verify(&c), DT_ERR_BAD_VALUE);
    /* A cosignature is no checkpoint of its signer, nor the other way round. */
    s = note.cosignatures[0];
    memcpy(s.signature, note.checkpoint.signature, 64);
    memcpy(s.writer, note.checkpoint.writer, 32);
    assert_err(dt_cosign_verify(&s, &note.checkpoint), DT_ERR_BAD_SIGNATURE);
}

static void promise_signs_what_the_protocol_lists(void **state)
{
    (void)state;
    const struct party writer = party(1);
    struct dt_promise p = {.line_id = {1}, .wid = 0x0102, .seq = 0x0304, .leaf = {5}};
    dt_promise_sign(&p, writer.signer);
    uint8_t bytes[18 + 32 + 2 + 8 + 32] = "detente/1/promise";
    bytes[18] = 1;
    memcpy(bytes + 50, "\x01\x02\0\0\0\0\0\0\x03\x04\x05", 11);
    assert_true(dt_verify(p.signature, dt_span(bytes, sizeof bytes), writer.key));
    assert_err(dt_promise_verify(&p, writer.key), DT_OK);
    assert_err(dt_promise_verify(&p, party(2).key), DT_ERR_BAD_SIGNATURE);
    struct dt_promise bad = p;
    bad.wid ^= 1;
    assert_err(dt_promise_verify(&bad, writer.key), DT_ERR_BAD_SIGNATURE);
    bad = p;
    bad.seq ^= 1;
    assert_err(dt_promise_verify(&bad, writer.key), DT_ERR_BAD_SIGNATURE);
    bad = p;
    bad.leaf[31] ^= 1;
    assert_err(dt_promise_verify(&bad, writer.key), DT_ERR_BAD_SIGNATURE);
    bad = p;
    bad.line_id[31] ^= 1;
    assert_err(dt_promise_verify(&bad, writer.key), DT_ERR_BAD_SIGNATURE);
    bad = p;
    bad.seq = DT_TREE_SIZE_MAX;
    assert_err(dt_promise_verify(&bad, writer.key), DT_ERR_BAD_VALUE);
}

/* --- the independent reference ------------------------------------------- */

static void check_cosignature(const json_t *v, struct dt_note *note)
{
    uint8_t seed[32], signer[64], expected[64];
    struct dt_cosignature s = {.time_s = vectors_number(v, "time")};
    vectors_hex(v, "seed", seed, sizeof seed);
    dt_signer_from_seed(signer, s.writer, seed);
    dt_cosign(&s, &note->checkpoint, signer);
    vectors_hex(v, "signature", expected, sizeof expected);
    assert_memory_equal(s.signature, expected, 64);
    assert_err(dt_note_add(note, &s), DT_OK);
}

static void check_checkpoint(const json_t *v)
{
    static struct dt_note note;
    static uint8_t out[DT_NOTE_SIZE_MAX];
    uint8_t seed[32], signer[64], expected[64];
    note = (struct dt_note){.checkpoint.size = vectors_number(v, "size")};
    vectors_hex(v, "line", note.checkpoint.line_id, 32);
    vectors_hex(v, "root", note.checkpoint.root, 32);
    vectors_hex(v, "seed", seed, sizeof seed);
    dt_signer_from_seed(signer, note.checkpoint.writer, seed);
    dt_checkpoint_sign(&note.checkpoint, signer);
    vectors_hex(v, "signature", expected, sizeof expected);
    assert_memory_equal(note.checkpoint.signature, expected, 64);
    const json_t *cosignatures = json_object_get(v, "cosignatures");
    for (size_t i = json_array_size(cosignatures); i-- > 0;) {
        check_cosignature(json_array_get(cosignatures, i), &note);
    }
    const char *text = vectors_text(v, "note_with_cosignatures");
    assert_int_equal(text_of(out, &note), strlen(text));
    assert_memory_equal(out, text, strlen(text));
    assert_err(dt_note_parse(&note, dt_span(text, strlen(text))), DT_OK);
    assert_err(dt_note_verify(&note), DT_OK);
}

static void checkpoints_of_the_reference(void **state)
{
    (void)state;
    json_t *file = vectors_load("tests/vectors/checkpoints.json");
    const json_t *cases = json_object_get(file, "cases");
    for (size_t i = 0; i < json_array_size(cases); i++) {
        check_checkpoint(json_array_get(cases, i));
    }
    json_decref(file);
}

static void promises_of_the_reference(void **state)
{
    (void)state;
    json_t *file = vectors_load("tests/vectors/promise.json");
    const json_t *cases = json_object_get(file, "cases");
    for (size_t i = 0; i < json_array_size(cases); i++) {
        const json_t *v = json_array_get(cases, i);
        uint8_t seed[32], signer[64], key[32], expected[64];
        struct dt_promise p = {.wid = (uint16_t)vectors_number(v, "wid"), .seq = vectors_number(v, "seq")};
        vectors_hex(v, "seed", seed, sizeof seed);
        vectors_hex(v, "line", p.line_id, 32);
        vectors_hex(v, "leaf", p.leaf, 32);
        vectors_hex(v, "signature", expected, 64);
        dt_signer_from_seed(signer, key, seed);
        dt_promise_sign(&p, signer);
        assert_memory_equal(p.signature, expected, 64);
    }
    json_decref(file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(published_note_has_our_key_id_and_verifies),
        cmocka_unit_test(checkpoint_text_is_tlog_checkpoint),
        cmocka_unit_test(note_is_built_as_described),
        cmocka_unit_test(notes_round_trip),
        cmocka_unit_test(largest_note_fits_and_no_larger),
        cmocka_unit_test(every_bit_of_a_note_counts),
        cmocka_unit_test(another_spelling_is_refused),
        cmocka_unit_test(a_signature_is_bound_to_line_writer_size_root_and_time),
        cmocka_unit_test(promise_signs_what_the_protocol_lists),
        cmocka_unit_test(checkpoints_of_the_reference),
        cmocka_unit_test(promises_of_the_reference),
    };
    return cmocka_run_group_tests_name("note", tests, dt_test_setup, NULL);
}

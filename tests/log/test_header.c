/* SPDX-License-Identifier: ISC */
/*
 * Goal: a header has one spelling, and nothing outside the protocol's limits is read
 * or written as one.
 * Method: the vectors of the independent reference byte for byte, then every single
 * bit of every valid header, and the limits from both sides.
 */
#include "vectors.h"

#include "cbor/cbor.h"
#include "log/header.h"
#include "log/merkle.h"

static struct dt_span body_of(const json_t *c, uint8_t out[static DT_BODY_MAX])
{
    if (json_object_get(c, "body_zeros") != NULL && json_object_get(c, "body") == NULL) {
        memset(out, 0, DT_BODY_MAX);
        return dt_span(out, vectors_number(c, "body_zeros"));
    }
    return dt_span(out, vectors_hex(c, "body", out, DT_BODY_MAX));
}

/* The fields as the vector states them, without length and hash of the body. */
static struct dt_header header_of(const json_t *c)
{
    struct dt_header h = {.version = DT_VERSION,
                          .kind = (unsigned)vectors_number(c, "kind"),
                          .time_ms = (int64_t)vectors_number(c, "time"),
                          .flags = (unsigned)vectors_number(c, "flags")};
    const json_t *to = json_object_get(c, "to"), *seen = json_object_get(c, "seen");
    for (size_t i = 0; i < json_array_size(to); i++) {
        h.to[h.to_count++] = (uint8_t)json_integer_value(json_array_get(to, i));
    }
    for (size_t i = 0; i < json_array_size(seen); i++) {
        const json_t *one = json_array_get(seen, i);
        struct dt_seen *s = &h.seen[h.seen_count++];
        s->wid = (uint16_t)vectors_number(one, "wid");
        s->size = vectors_number(one, "size");
        assert_int_equal(vectors_hex(one, "root", s->root, DT_HASH_SIZE), DT_HASH_SIZE);
    }
    return h;
}

/* --- as it is spoken ------------------------------------------------------------------- */

static void an_id_is_spelled_in_one_way(void **state)
{
    (void)state;
    char said[DT_SPOKEN_SIZE];
    dt_record_id_spoken(said, "NORD.1-42-k7qm");
    assert_string_equal(said, "November Oscar Romeo Delta point One dash Four Two dash Kilo Seven "
                              "Quebec Mike");
    dt_record_id_spoken(said, "");
    assert_string_equal(said, "");
    /* The longest there is, of the longest words, whole. */
    dt_record_id_spoken(said, "NNNNNNNN.16-999999999999999999-nnnn");
    assert_string_equal(said + strlen(said) - strlen("November"), "November");
    /* Each letter and digit has a word of its own. */
    char words[36][DT_SPOKEN_SIZE];
    for (size_t i = 0; i < 36; i++) {
        const char one[2] = {(char)(i < 26 ? 'a' + (int)i : '0' + (int)i - 26), '\0'};
        dt_record_id_spoken(words[i], one);
        for (size_t k = 0; k < i; k++) {
            assert_string_not_equal(words[i], words[k]);
        }
        assert_true(i >= 26 || (words[i][0] | 32) == one[0]);
    }
}

static void check_same(const struct dt_header *a, const struct dt_header *b)
{
    assert_int_equal(a->kind, b->kind);
    assert_true(a->time_ms == b->time_ms);
    assert_int_equal(a->flags, b->flags);
    assert_int_equal(a->to_count, b->to_count);
    assert_memory_equal(a->to, b->to, a->to_count);
    assert_int_equal(a->seen_count, b->seen_count);
    for (size_t i = 0; i < a->seen_count; i++) {
        assert_int_equal(a->seen[i].wid, b->seen[i].wid);
        assert_true(a->seen[i].size == b->seen[i].size);
        assert_memory_equal(a->seen[i].root, b->seen[i].root, DT_HASH_SIZE);
    }
    assert_true(a->body_size == b->body_size);
    assert_memory_equal(a->body_hash, b->body_hash, DT_HASH_SIZE);
}

/* Header bytes from a decoded struct, length and hash taken as they are: what
 * dt_header_encode() does, spelled out a second time from protocol.md. */
static struct dt_span spell(uint8_t out[static 1024], const struct dt_header *h)
{
    struct dt_writer w = dt_writer(out, 1024);
    dt_cbor_put_array(&w, 8);
    const uint64_t first[4] = {h->version, h->kind, (uint64_t)h->time_ms, h->flags};
    for (int i = 0; i < 4; i++) {
        dt_cbor_put_uint(&w, first[i]);
    }
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
    dt_cbor_put_uint(&w, h->body_size);
    dt_cbor_put_bytes(&w, dt_span(h->body_hash, DT_HASH_SIZE));
    assert_false(w.overflowed);
    return dt_written(&w);
}

static void check_valid_vector(const json_t *c)
{
    static uint8_t body_bytes[DT_BODY_MAX];
    uint8_t expected[DT_HEADER_MAX], prefix[DT_HEADER_MAX], out[DT_HEADER_MAX];
    uint8_t leaf[DT_HASH_SIZE], expected_leaf[DT_HASH_SIZE];
    const struct dt_span body = body_of(c, body_bytes);
    const struct dt_span want = {expected, vectors_hex(c, "header", expected, sizeof expected)};
    const size_t prefix_size = vectors_hex(c, "prefix", prefix, sizeof prefix);
    struct dt_header h = header_of(c), read;
    size_t size = 0;

    assert_err(dt_header_encode(out, &size, &h, body), DT_OK);
    assert_true(dt_span_equal(dt_span(out, size), want));
    assert_true(h.body_size == vectors_number(c, "body_size"));
    assert_err(dt_header_decode(&read, want), DT_OK);
    assert_int_equal(dt_header_peek_precedence(want), dt_header_precedence(&read));
    check_same(&h, &read);
    assert_err(dt_header_prefix(&size, want), DT_OK);
    assert_int_equal(size, prefix_size);
    assert_memory_equal(prefix, expected, prefix_size);
    assert_err(dt_header_complete(out, &size, dt_span(prefix, prefix_size), body), DT_OK);
    assert_true(dt_span_equal(dt_span(out, size), want));

    static const uint8_t zero[1] = {0};
    const struct dt_span parts[2] = {dt_span(zero, 1), want};
    dt_sha256_parts(leaf, parts, 2);
    vectors_hex(c, "leaf", expected_leaf, sizeof expected_leaf);
    assert_memory_equal(leaf, expected_leaf, DT_HASH_SIZE);
    char id[DT_RECORD_ID_SIZE], code[DT_CODE_MAX + 1], word[DT_CHECK_WORD_SIZE];
    const unsigned number = (unsigned)vectors_number(c, "number");
    const uint64_t seq = vectors_number(c, "seq");
    dt_record_id(id, vectors_text(c, "code"), number, seq, leaf);
    assert_string_equal(id, vectors_text(c, "record_id"));
    unsigned number_read;
    uint64_t seq_read;
    assert_err(dt_record_id_parse(id, code, &number_read, &seq_read, word), DT_OK);
    assert_string_equal(code, vectors_text(c, "code"));
    assert_true(number_read == number && seq_read == seq);
    assert_memory_equal(word, id + strlen(id) - 4, 5);
}

static void vectors_of_the_reference(void **state)
{
    (void)state;
    json_t *root = vectors_load("tests/vectors/records.json");
    assert_non_null(root);
    size_t i, valid = 0, refused = 0;
    json_t *c;
    json_array_foreach(json_object_get(root, "cases"), i, c)
    {
        if (json_is_true(json_object_get(c, "valid"))) {
            check_valid_vector(c);
            valid++;
            continue;
        }
        uint8_t bytes[2048];
        struct dt_header h;
        const size_t size = vectors_hex(c, "header", bytes, sizeof bytes);
        const char *got = dt_err_name(dt_header_decode(&h, dt_span(bytes, size)));
        if (strcmp(got, vectors_text(c, "error")) != 0) {
            fail_msg("%s: got %s, expected %s", vectors_text(c, "name"), got,
                     vectors_text(c, "error"));
        }
        refused++;
    }
    json_decref(root);
    assert_true(valid >= 15 && refused >= 25);
}

static void every_bit_flip_fails_or_reads_as_itself(void **state)
{
    (void)state;
    json_t *root = vectors_load("tests/vectors/records.json");
    assert_non_null(root);
    size_t i, read = 0, refused = 0;
    json_t *c;
    json_array_foreach(json_object_get(root, "cases"), i, c)
    {
        uint8_t bytes[DT_HEADER_MAX], again[1024];
        if (!json_is_true(json_object_get(c, "valid"))) {
            continue;
        }
        const struct dt_span header = {bytes, vectors_hex(c, "header", bytes, sizeof bytes)};
        for (size_t bit = 0; bit < header.size * 8; bit++) {
            struct dt_header h;
            bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
            const enum dt_err err = dt_header_decode(&h, header);
            if (err == DT_OK) {
                assert_true(dt_span_equal(spell(again, &h), header));
                read++;
            } else {
                refused++;
            }
            bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
        }
        for (size_t cut = 0; cut < header.size; cut++) {
            struct dt_header h;
            assert_err(dt_header_decode(&h, dt_span(bytes, cut)), DT_ERR_TRUNCATED);
        }
    }
    json_decref(root);
    assert_true(read > 1000 && refused > 1000); /* hashes and times; everything else */
}

static void a_later_version_is_named_not_understood(void **state)
{
    (void)state;
    static const struct {
        const char *hex;
        unsigned version, kind;
        int64_t time_ms;
    } later[] = {
        {"8302184d1903e8", 2, 77, 1000},
        {"8102", 2, 0, 0},
        {"82026178", 2, 0, 0},      /* kind is a text */
        {"8302190100a0", 2, 0, 0},  /* kind beyond ours, time a map */
        {"83021820387b", 2, 32, 0}, /* time negative */
        {"831b000000010000000000f6", 65535, 0, 0},
        {"8400050681f4", 0, 5, 6},
    };
    for (size_t i = 0; i < sizeof later / sizeof later[0]; i++) {
        uint8_t bytes[64];
        struct dt_header h;
        const size_t size = dt_from_hex(bytes, sizeof bytes, later[i].hex);
        assert_err(dt_header_decode(&h, dt_span(bytes, size)), DT_ERR_UNKNOWN_VERSION);
        assert_int_equal(h.version, later[i].version);
        assert_int_equal(h.kind, later[i].kind);
        assert_true(h.time_ms == later[i].time_ms);
    }
    struct dt_header h;
    static const uint8_t no_version[1] = {0x80}, text_version[3] = {0x81, 0x61, 0x31};
    assert_err(dt_header_decode(&h, dt_span(no_version, 1)), DT_ERR_BAD_VALUE);
    assert_err(dt_header_decode(&h, dt_span(text_version, 3)), DT_ERR_BAD_TYPE);
}

static enum dt_err encode(const struct dt_header *fields, size_t body_size)
{
    static const uint8_t zeros[DT_BODY_MAX + 1];
    uint8_t out[DT_HEADER_MAX];
    size_t size = 0;
    struct dt_header h = *fields;
    const enum dt_err err = dt_header_encode(out, &size, &h, dt_span(zeros, body_size));
    struct dt_header read;
    if (err == DT_OK) { /* whatever is written is read */
        assert_err(dt_header_decode(&read, dt_span(out, size)), DT_OK);
        check_same(&h, &read);
    }
    return err;
}

static void nothing_beyond_a_limit_is_written(void **state)
{
    (void)state;
    const struct dt_header good = {.version = 1,
                                   .kind = 4,
                                   .time_ms = 1,
                                   .to = {1, 2},
                                   .to_count = 2,
                                   .seen = {{16, 1, {0}}, {32, 9, {0}}},
                                   .seen_count = 2};
    assert_err(encode(&good, 0), DT_OK);
    assert_err(encode(&good, DT_BODY_MAX), DT_OK);
    assert_err(encode(&good, DT_BODY_MAX + 1), DT_ERR_TOO_LARGE);
#define CHECK_CHANGED(change, expected)      \
    do {                                     \
        struct dt_header h = good;           \
        h.change;                            \
        assert_err(encode(&h, 3), expected); \
    } while (0)
    CHECK_CHANGED(kind = 255, DT_OK);
    CHECK_CHANGED(kind = 256, DT_ERR_BAD_VALUE);
    CHECK_CHANGED(time_ms = -1, DT_ERR_BAD_VALUE);
    CHECK_CHANGED(time_ms = INT64_MAX, DT_OK);
    CHECK_CHANGED(flags = 15, DT_OK);
    CHECK_CHANGED(flags = 16, DT_ERR_BAD_VALUE);
    CHECK_CHANGED(to[1] = 1, DT_ERR_BAD_VALUE);
    CHECK_CHANGED(to[0] = 3, DT_ERR_BAD_VALUE);
    CHECK_CHANGED(to[1] = 199, DT_OK);
    CHECK_CHANGED(to[1] = 200, DT_ERR_BAD_VALUE);
    CHECK_CHANGED(to_count = 201, DT_ERR_BAD_VALUE);
    CHECK_CHANGED(seen_count = 9, DT_ERR_BAD_VALUE);
    CHECK_CHANGED(seen[1].wid = 16, DT_ERR_BAD_VALUE);
    CHECK_CHANGED(seen[1].wid = 3199, DT_OK);
    CHECK_CHANGED(seen[1].wid = 3200, DT_ERR_BAD_VALUE);
    CHECK_CHANGED(seen[1].size = 0, DT_ERR_BAD_VALUE);
    CHECK_CHANGED(seen[1].size = DT_TREE_SIZE_MAX, DT_OK);
    CHECK_CHANGED(seen[1].size = DT_TREE_SIZE_MAX + 1, DT_ERR_BAD_VALUE);
}

/* 200 members addressed one by one, and eight logs seen, fit; both together do not. */
static void the_limit_of_512_bytes_holds(void **state)
{
    (void)state;
    struct dt_header h = {.version = 1, .kind = 4, .time_ms = INT64_MAX};
    for (; h.to_count < DT_MEMBERS_MAX; h.to_count++) {
        h.to[h.to_count] = (uint8_t)h.to_count;
    }
    assert_err(encode(&h, DT_BODY_MAX), DT_OK);
    for (; h.seen_count < DT_SEEN_MAX; h.seen_count++) {
        h.seen[h.seen_count].wid = (uint16_t)(3000 + h.seen_count);
        h.seen[h.seen_count].size = DT_TREE_SIZE_MAX;
    }
    assert_err(encode(&h, 0), DT_ERR_TOO_LARGE);
    h.to_count = 0;
    assert_err(encode(&h, DT_BODY_MAX), DT_OK);
    uint8_t bytes[1024], prefix[DT_HEADER_MAX] = {0};
    size_t size = 0;
    h.to_count = DT_MEMBERS_MAX;
    struct dt_header read;
    assert_err(dt_header_decode(&read, spell(bytes, &h)), DT_ERR_TOO_LARGE);
    assert_err(
        dt_header_complete(bytes, &size, dt_span(prefix, DT_HEADER_MAX - 34), dt_span(NULL, 0)),
        DT_ERR_TOO_LARGE);
    assert_err(
        dt_header_complete(bytes, &size, dt_span(prefix, DT_HEADER_MAX - 35), dt_span(NULL, 0)),
        DT_OK);
    assert_err(
        dt_header_complete(bytes, &size, dt_span(prefix, 8), dt_span(prefix, DT_BODY_MAX + 1)),
        DT_ERR_TOO_LARGE);
    assert_err(dt_header_prefix(&size, dt_span(bytes, 20)), DT_ERR_BAD_TYPE);
}

static void record_ids_are_read_as_people_write_them(void **state)
{
    (void)state;
    char code[DT_CODE_MAX + 1], word[DT_CHECK_WORD_SIZE];
    unsigned number = 0;
    uint64_t seq = 0;
    assert_err(dt_record_id_parse("nord.16-999999999999999999-K7QM", code, &number, &seq, word),
               DT_OK);
    assert_string_equal(code, "NORD");
    assert_string_equal(word, "k7qm");
    assert_true(number == 16 && seq == 999999999999999999u);
    assert_err(dt_record_id_parse("N2.1-0", code, &number, &seq, word), DT_OK);
    assert_string_equal(word, "");
    static const char *const bad[] = {"",
                                      "NORD",
                                      "NORD.",
                                      "NORD.1",
                                      "NORD.1-",
                                      "NORD.1-4-",
                                      "NORD.1-4-k7q",
                                      "NORD.1-4-k7qmx",
                                      "NORD.1-4-k7q1",
                                      "NORD.0-4",
                                      "NORD.17-4",
                                      "NORD.01-4",
                                      "NORD.1-04",
                                      "NORD.1--4",
                                      "NORD.1-4 ",
                                      " NORD.1-4",
                                      "N.1-4",
                                      "2NORD.1-4",
                                      "NORDNORDN.1-4",
                                      "N-RD.1-4",
                                      "NORD.1-1000000000000000000",
                                      "NORD.1.4",
                                      "NORD.1-4.k7qm",
                                      "N\xc3\x96.1-4"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_err(dt_record_id_parse(bad[i], code, &number, &seq, word), DT_ERR_BAD_TEXT);
    }
}

static void names_and_flags(void **state)
{
    (void)state;
    const struct dt_header h = {.flags = dt_flags(DT_FLASH, DT_DRILL), .to = {3, 7}, .to_count = 2};
    assert_string_equal(dt_precedence_name(dt_header_precedence(&h)), "FLASH");
    assert_string_equal(dt_class_name(dt_header_class(&h)), "DRILL");
    assert_string_equal(dt_precedence_name(4), "?");
    assert_string_equal(dt_class_name(4), "?");
    assert_string_equal(dt_kind_name(DT_KIND_CHECK_FIRE), "CHECK_FIRE");
    assert_string_equal(dt_kind_name(0), "UNKNOWN");
    assert_string_equal(dt_kind_name(255), "UNKNOWN");
    assert_true(dt_header_addresses(&h, 3) && dt_header_addresses(&h, 7) &&
                !dt_header_addresses(&h, 4));
    const struct dt_header all = {.to_count = 0};
    assert_true(dt_header_addresses(&all, 199));
    assert_int_equal(dt_wid(199, 16), 3199);
    assert_int_equal(dt_wid_member(3199), 199);
    assert_int_equal(dt_wid_number(3199), 16);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_id_is_spelled_in_one_way),
        cmocka_unit_test(vectors_of_the_reference),
        cmocka_unit_test(every_bit_flip_fails_or_reads_as_itself),
        cmocka_unit_test(a_later_version_is_named_not_understood),
        cmocka_unit_test(nothing_beyond_a_limit_is_written),
        cmocka_unit_test(the_limit_of_512_bytes_holds),
        cmocka_unit_test(record_ids_are_read_as_people_write_them),
        cmocka_unit_test(names_and_flags),
    };
    return cmocka_run_group_tests_name("header", tests, dt_test_setup, NULL);
}

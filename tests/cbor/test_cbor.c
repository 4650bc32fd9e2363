/* SPDX-License-Identifier: ISC */
/*
 * Goal: exactly the deterministic profile is read, and what is written is in it.
 * Method: RFC 8949 appendix A, the vectors of the independent reference, hand-made faults, random items round trip, and
 * every byte string that passes is written back the same.
 */
#include "log/vectors.h"

#include "cbor/cbor.h"

static enum dt_err check_hex(const char *hex)
{
    uint8_t bytes[256];
    return dt_cbor_check(dt_span(bytes, dt_from_hex(bytes, sizeof bytes, hex)));
}

static void appendix_a_of_rfc8949(void **state)
{
    (void)state;
    static const char *const good[] = {
        "00", "01", "0a", "17", "1818", "1819", "1864", "1903e8", "1a000f4240", "1b000000e8d4a51000",
        "1bffffffffffffffff", "3bffffffffffffffff", "20", "29", "3863", "3903e7", "f4", "f5", "f6", "40",
        "4401020304", "60", "6161", "6449455446", "62225c", "62c3bc", "63e6b0b4", "64f0908591", "80", "83010203",
        "8301820203820405", "98190102030405060708090a0b0c0d0e0f101112131415161718181819", "a0", "a201020304",
        "a26161016162820203", "826161a161626163", "a56161614161626142616361436164614461656145"};
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        assert_err(check_hex(good[i]), DT_OK);
    }
    static const struct {
        const char *hex;
        enum dt_err err;
    } bad[] = {
        {"", DT_ERR_TRUNCATED},          {"18", DT_ERR_TRUNCATED},         {"1817", DT_ERR_NOT_CANONICAL},
        {"190001", DT_ERR_NOT_CANONICAL}, {"1a0000ffff", DT_ERR_NOT_CANONICAL},
        {"1b00000000ffffffff", DT_ERR_NOT_CANONICAL}, {"0000", DT_ERR_TRAILING}, {"f90000", DT_ERR_BAD_TYPE},
        {"fb3ff199999999999a", DT_ERR_BAD_TYPE}, {"f7", DT_ERR_BAD_TYPE}, {"f0", DT_ERR_BAD_TYPE},
        {"f8ff", DT_ERR_BAD_TYPE},       {"c000", DT_ERR_BAD_TYPE},        {"5f42010243030405ff", DT_ERR_NOT_CANONICAL},
        {"9fff", DT_ERR_NOT_CANONICAL},  {"bfff", DT_ERR_NOT_CANONICAL},   {"ff", DT_ERR_NOT_CANONICAL},
        {"1c", DT_ERR_NOT_CANONICAL},    {"a202020102", DT_ERR_NOT_CANONICAL}, {"a201020103", DT_ERR_NOT_CANONICAL},
        {"a26161010000", DT_ERR_NOT_CANONICAL}, {"62c328", DT_ERR_BAD_UTF8}, {"9b0001000000000000", DT_ERR_TRUNCATED},
        {"9a40000000", DT_ERR_TRUNCATED}, {"bb8000000000000000", DT_ERR_TRUNCATED}, {"5bffffffffffffffff", DT_ERR_TRUNCATED},
        {"a18000", DT_ERR_BAD_TYPE},     {"828101", DT_ERR_TRUNCATED},     {"a101", DT_ERR_TRUNCATED},
        {"81818181818181818100", DT_ERR_TOO_DEEP}};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_err(check_hex(bad[i].hex), bad[i].err);
    }
    assert_err(check_hex("818181818181818100"), DT_OK); /* depth 8 is allowed */
}

/* Writes a random item; the generator knows nothing of the checker. */
static void put_random(struct dt_writer *w, struct dt_rng *rng, int depth)
{
    const uint64_t edge[] = {0, 23, 24, 255, 256, 65535, 65536, 0xffffffff, 0x100000000, UINT64_MAX};
    uint8_t bytes[40];
    switch (dt_rng_below(rng, depth > 0 ? 8 : 6)) {
    case 0:
        dt_cbor_put_uint(w, edge[dt_rng_below(rng, 10)]);
        return;
    case 1:
        dt_cbor_put_int(w, -(int64_t)dt_rng_below(rng, 1u << 30));
        return;
    case 2:
        dt_rng_fill(rng, bytes, sizeof bytes);
        dt_cbor_put_bytes(w, dt_span(bytes, dt_rng_below(rng, sizeof bytes)));
        return;
    case 3:
        dt_cbor_put_string(w, "d\xc3\xa9tente");
        return;
    case 4:
        dt_cbor_put_bool(w, dt_rng_below(rng, 2) == 1);
        return;
    case 5:
        dt_cbor_put_null(w);
        return;
    default: {
        const size_t count = dt_rng_below(rng, 4);
        const bool map = dt_rng_below(rng, 2) == 1;
        map ? dt_cbor_put_map(w, count) : dt_cbor_put_array(w, count);
        for (size_t i = 0; i < count; i++) {
            if (map) {
                dt_cbor_put_uint(w, i * 100);
            }
            put_random(w, rng, depth - 1);
        }
    }
    }
}

/* Copies an item through cursor and writer. */
static void copy(struct dt_cbor *c, struct dt_writer *w)
{
    size_t count;
    switch (dt_cbor_peek(c)) {
    case DT_CBOR_UINT:
        dt_cbor_put_uint(w, dt_cbor_uint(c, UINT64_MAX));
        return;
    case DT_CBOR_NEGATIVE:
        dt_cbor_put_int(w, dt_cbor_int(c, INT64_MIN, -1));
        return;
    case DT_CBOR_BYTES:
        dt_cbor_put_bytes(w, dt_cbor_bytes(c, 0, SIZE_MAX));
        return;
    case DT_CBOR_TEXT:
        dt_cbor_put_text(w, dt_cbor_text(c, SIZE_MAX));
        return;
    case DT_CBOR_ARRAY:
        count = dt_cbor_array(c, 0, SIZE_MAX);
        dt_cbor_put_array(w, count);
        while (count-- > 0) {
            copy(c, w);
        }
        return;
    case DT_CBOR_MAP:
        count = dt_cbor_map(c);
        dt_cbor_put_map(w, count);
        for (count *= 2; count > 0; count--) {
            copy(c, w);
        }
        return;
    default:
        if (dt_cbor_null(c)) {
            dt_cbor_put_null(w);
        } else {
            dt_cbor_put_bool(w, dt_cbor_bool(c));
        }
    }
}

static void random_items_pass_and_read_back(void **state)
{
    (void)state;
    struct dt_rng rng = dt_rng("cbor items");
    for (int i = 0; i < 20000; i++) {
        uint8_t bytes[8192], again[8192];
        struct dt_writer w = dt_writer(bytes, sizeof bytes);
        put_random(&w, &rng, 6);
        const struct dt_span item = dt_written(&w);
        assert_false(w.overflowed);
        assert_err(dt_cbor_check(item), DT_OK);
        struct dt_cbor c = dt_cbor(item);
        struct dt_writer w2 = dt_writer(again, sizeof again);
        copy(&c, &w2);
        assert_err(dt_cbor_end(&c), DT_OK);
        assert_true(dt_span_equal(item, dt_written(&w2)));
        dt_write_u8(&w, 0xf6); /* a neighbour, where the item must end */
        c = dt_cbor(dt_written(&w));
        assert_true(dt_span_equal(dt_cbor_pass(&c), item));
        assert_true(dt_cbor_null(&c));
        if (item.size > 1) {
            const struct dt_span part = dt_span(item.data, dt_rng_below(&rng, item.size));
            const enum dt_err err = dt_cbor_check(part);
            assert_true(err == DT_ERR_TRUNCATED || err == DT_OK);
            c = dt_cbor(part);
            assert_int_equal(dt_cbor_pass(&c).size, 0);
            assert_err(dt_cbor_error(&c), DT_ERR_TRUNCATED);
        }
    }
}

/* One spelling: whatever damaged bytes still pass are written back the same. */
static void whatever_passes_has_one_spelling(void **state)
{
    (void)state;
    struct dt_rng rng = dt_rng("cbor damage");
    int passed = 0;
    for (int i = 0; i < 60000; i++) {
        uint8_t bytes[512], again[512];
        struct dt_writer w = dt_writer(bytes, sizeof bytes);
        put_random(&w, &rng, 3);
        if (w.overflowed || w.size == 0) {
            continue;
        }
        bytes[dt_rng_below(&rng, w.size)] ^= (uint8_t)(1u << dt_rng_below(&rng, 8));
        const struct dt_span item = dt_span(bytes, w.size);
        if (dt_cbor_check(item) != DT_OK) {
            continue;
        }
        passed++;
        struct dt_cbor c = dt_cbor(item);
        struct dt_writer w2 = dt_writer(again, sizeof again);
        copy(&c, &w2);
        if (dt_cbor_error(&c) == DT_ERR_BAD_VALUE) {
            continue; /* a negative number beyond int64: valid, but not readable as one */
        }
        assert_err(dt_cbor_end(&c), DT_OK);
        assert_true(dt_span_equal(item, dt_written(&w2)));
    }
    assert_true(passed > 1000);
}

/* Integers as the reference spells them; those beyond int64 are read as unsigned. */
static void check_integer(struct dt_span item, const char *expected)
{
    char text[32];
    struct dt_cbor c = dt_cbor(item);
    if (dt_cbor_peek(&c) == DT_CBOR_UINT) {
        snprintf(text, sizeof text, "%llu", (unsigned long long)dt_cbor_uint(&c, UINT64_MAX));
    } else {
        snprintf(text, sizeof text, "%lld", (long long)dt_cbor_int(&c, INT64_MIN, -1));
    }
    if (strcmp(expected, "-18446744073709551616") == 0) {
        assert_err(dt_cbor_end(&c), DT_ERR_BAD_VALUE);
        return;
    }
    assert_err(dt_cbor_end(&c), DT_OK);
    assert_string_equal(text, expected);
}

static void a_longer_head_than_needed_is_not_passed(void **state)
{
    (void)state;
    static const uint8_t wrong[][12] = {
        {0x18, 23}, {0x19, 0, 200}, {0x1b, 0, 0, 0, 0, 255, 255, 255, 255},
        {0x58, 3, 1, 2, 3}, {0x79, 0, 2, 'a', 'b'}, {0x38, 7},
    };
    static const uint8_t right[][12] = {
        {0x18, 24}, {0x19, 1, 0}, {0x1b, 0, 0, 0, 1, 0, 0, 0, 0}, {0x38, 24},
    };
    static const size_t sizes[] = {2, 3, 9, 2};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct dt_cbor c = dt_cbor(dt_span(wrong[i], sizeof wrong[i]));
        assert_int_equal(dt_cbor_pass(&c).size, 0);
        assert_err(c.r.err, DT_ERR_NOT_CANONICAL);
    }
    for (size_t i = 0; i < sizeof right / sizeof right[0]; i++) {
        struct dt_cbor c = dt_cbor(dt_span(right[i], sizeof right[i]));
        assert_int_equal(dt_cbor_pass(&c).size, sizes[i]);
    }
}

static void vectors_of_the_reference(void **state)
{
    (void)state;
    json_t *root = vectors_load("tests/vectors/cbor.json"), *c;
    assert_non_null(root);
    size_t i, valid = 0, refused = 0;
    json_array_foreach(json_object_get(root, "cases"), i, c)
    {
        uint8_t bytes[512], again[512];
        const struct dt_span item = {bytes, vectors_hex(c, "hex", bytes, sizeof bytes)};
        const char *got = dt_err_name(dt_cbor_check(item));
        if (!json_is_true(json_object_get(c, "valid"))) {
            if (strcmp(got, vectors_text(c, "error")) != 0) {
                fail_msg("%s: got %s, expected %s", vectors_text(c, "hex"), got, vectors_text(c, "error"));
            }
            refused++;
            continue;
        }
        assert_string_equal(got, "OK");
        valid++;
        if (json_object_get(c, "int") != NULL) {
            check_integer(item, vectors_text(c, "int"));
        }
        struct dt_cbor from = dt_cbor(item);
        struct dt_writer w = dt_writer(again, sizeof again);
        copy(&from, &w);
        if (dt_cbor_error(&from) == DT_OK) {
            assert_true(dt_span_equal(item, dt_written(&w)));
        }
    }
    json_decref(root);
    assert_true(valid > 50 && refused > 50);
}

static void fields_are_found_or_named_as_missing(void **state)
{
    (void)state;
    uint8_t bytes[64];
    const struct dt_span map = {bytes, dt_from_hex(bytes, sizeof bytes, "a3010202820304186405")};
    struct dt_cbor value = dt_cbor_need(map, 2);
    assert_int_equal(dt_cbor_array(&value, 2, 2), 2);
    assert_int_equal(dt_cbor_uint(&value, 9), 3);
    assert_err(dt_cbor_error(&value), DT_OK);
    value = dt_cbor_need(map, 100);
    assert_int_equal(dt_cbor_uint(&value, 4), 0);
    assert_err(dt_cbor_error(&value), DT_ERR_BAD_VALUE);
    assert_false(dt_cbor_find(map, 0, &value)); /* before all, between, behind */
    assert_false(dt_cbor_find(map, 50, &value));
    assert_false(dt_cbor_find(map, 101, &value));
    value = dt_cbor_need(map, 3);
    assert_int_equal(dt_cbor_uint(&value, 4), 0);
    assert_err(dt_cbor_error(&value), DT_ERR_MISSING_FIELD);
    value = dt_cbor_need(map, 1);
    assert_int_equal(dt_cbor_text(&value, 4).size, 0);
    assert_err(dt_cbor_error(&value), DT_ERR_BAD_TYPE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(appendix_a_of_rfc8949),
        cmocka_unit_test(random_items_pass_and_read_back),
        cmocka_unit_test(whatever_passes_has_one_spelling),
        cmocka_unit_test(a_longer_head_than_needed_is_not_passed),
        cmocka_unit_test(vectors_of_the_reference),
        cmocka_unit_test(fields_are_found_or_named_as_missing),
    };
    return cmocka_run_group_tests_name("cbor", tests, dt_test_setup, NULL);
}

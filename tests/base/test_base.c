/* SPDX-License-Identifier: ISC */
/* Goal: readers never leave their span, encoders have one spelling, times round-trip. */
#include "test.h"

#include "base/text.h"
#include "base/utc.h"

static void reader_fails_once_and_stays_failed(void **state)
{
    (void)state;
    const uint8_t data[3] = {1, 2, 3};
    struct dt_reader r = dt_reader(dt_span(data, sizeof data));
    assert_int_equal(dt_read_u16(&r), 0x0102);
    assert_int_equal(dt_read_u32(&r), 0);
    assert_int_equal(dt_read_u8(&r), 0);
    assert_err(dt_reader_end(&r), DT_ERR_TRUNCATED);
    r = dt_reader(dt_span(data, sizeof data));
    dt_read_u8(&r);
    assert_err(dt_reader_end(&r), DT_ERR_TRAILING);
}

/* RFC 9000, appendix A.1. */
static void varint_matches_rfc9000(void **state)
{
    (void)state;
    static const struct {
        const char *hex;
        uint64_t value;
    } cases[] = {{"c2197c5eff14e88c", 151288809941952652u}, {"9d7f3e7d", 494878333}, {"7bbd", 15293}, {"25", 37}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint8_t bytes[8], out[8];
        const size_t size = dt_from_hex(bytes, sizeof bytes, cases[i].hex);
        struct dt_reader r = dt_reader(dt_span(bytes, size));
        assert_true(dt_read_varint(&r) == cases[i].value);
        assert_err(dt_reader_end(&r), DT_OK);
        struct dt_writer w = dt_writer(out, sizeof out);
        dt_write_varint(&w, cases[i].value);
        assert_true(dt_span_equal(dt_written(&w), dt_span(bytes, size)));
    }
    const uint8_t longer[2] = {0x40, 0x25};
    struct dt_reader r = dt_reader(dt_span(longer, 2));
    dt_read_varint(&r);
    assert_err(dt_reader_end(&r), DT_ERR_NOT_CANONICAL);
}

static void writer_never_passes_its_capacity(void **state)
{
    (void)state;
    uint8_t room[4] = {9, 9, 9, 9};
    struct dt_writer w = dt_writer(room, 3);
    dt_write_u16(&w, 1);
    dt_write_u16(&w, 2);
    assert_true(w.overflowed);
    assert_int_equal(room[3], 9);
    dt_write_u8(&w, 1);
    assert_int_equal(dt_written(&w).size, 0);
}

/* RFC 4648 section 10, in our spelling. */
static void encodings_have_one_spelling(void **state)
{
    (void)state;
    char text[32];
    uint8_t out[16];
    size_t size;
    dt_base64(text, (const uint8_t *)"foobar", 4);
    assert_string_equal(text, "Zm9vYg==");
    dt_base32(text, (const uint8_t *)"foobar", 6);
    assert_string_equal(text, "mzxw6ytboi");
    assert_err(dt_unbase64(out, sizeof out, &size, "Zm9vYg==", 8), DT_OK);
    assert_int_equal(size, 4);
    assert_err(dt_unbase64(out, sizeof out, &size, "Zm9vYh==", 8), DT_ERR_NOT_CANONICAL);
    assert_err(dt_unbase64(out, sizeof out, &size, "Zm9vYg=", 7), DT_ERR_NOT_CANONICAL);
    assert_err(dt_unbase64(out, sizeof out, &size, "Zm9v Yg=", 8), DT_ERR_BAD_TEXT);
    assert_err(dt_unbase64(out, 3, &size, "Zm9vYg==", 8), DT_ERR_TOO_LARGE);
    assert_err(dt_unbase32(out, sizeof out, &size, "MZXW6YTBOI", 10), DT_ERR_BAD_TEXT);
    assert_err(dt_unbase32(out, sizeof out, &size, "mzxw6ytboj", 10), DT_ERR_NOT_CANONICAL);
    assert_err(dt_unbase32(out, sizeof out, &size, "mzxw6ytbo", 9), DT_ERR_NOT_CANONICAL);
    assert_err(dt_unhex(out, sizeof out, &size, "0g", 2), DT_ERR_BAD_TEXT);
    struct dt_rng rng = dt_rng("encodings");
    for (int i = 0; i < 2000; i++) {
        uint8_t data[16], back[16];
        const size_t n = dt_rng_below(&rng, sizeof data + 1);
        dt_rng_fill(&rng, data, n);
        char t[64];
        size_t length = dt_base32(t, data, n);
        assert_int_equal(length, DT_BASE32_SIZE(n));
        assert_err(dt_unbase32(back, sizeof back, &size, t, length), DT_OK);
        assert_true(dt_span_equal(dt_span(data, n), dt_span(back, size)));
        length = dt_base64(t, data, n);
        assert_int_equal(length, DT_BASE64_SIZE(n));
        assert_err(dt_unbase64(back, sizeof back, &size, t, length), DT_OK);
        assert_true(dt_span_equal(dt_span(data, n), dt_span(back, size)));
    }
}

static void utf8_is_strict_and_output_is_printable(void **state)
{
    (void)state;
    static const char *const bad[] = {"\xc0\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\x80", "\xe2\x82"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_false(dt_utf8_valid(dt_span(bad[i], strlen(bad[i]))));
    }
    const char *good = "d\xc3\xa9tente \xd8\xb3\xd9\x84\xd8\xa7\xd9\x85 \xf0\x9f\x95\x8a";
    assert_true(dt_utf8_valid(dt_span(good, strlen(good))));
    char out[64];
    const char *evil = "a\x1b[2Jb\xe2\x80\xae" "c\n";
    dt_printable(out, sizeof out, dt_span(evil, strlen(evil)), false);
    assert_string_equal(out, "a\xef\xbf\xbd[2Jb\xef\xbf\xbd" "c\xef\xbf\xbd");
    assert_int_equal(dt_printable(out, 4, dt_span("\xc3\xa9\xc3\xa9", 4), false), 2);
}

static void times_round_trip_and_local_times_are_refused(void **state)
{
    (void)state;
    char text[DT_UTC_SIZE], dtg[DT_DTG_SIZE];
    int64_t ms;
    assert_err(dt_utc_parse(&ms, "2020-02-26T14:00:00Z"), DT_OK);
    assert_true(ms == 1582725600000);
    dt_dtg_text(dtg, ms);
    assert_string_equal(dtg, "261400ZFEB20");
    assert_err(dt_utc_parse(&ms, "261400ZFEB20"), DT_OK);
    assert_true(ms == 1582725600000);
    assert_err(dt_utc_parse(&ms, "2024-02-29t00:00:00.25z"), DT_OK);
    dt_utc_text(text, ms);
    assert_string_equal(text, "2024-02-29T00:00:00.250Z");
    static const char *const bad[] = {"2020-02-26T14:00:00", "2020-02-26T14:00:00+01:00", "2023-02-29T00:00:00Z",
                                      "2020-13-01T00:00Z", "2020-02-26T24:00Z", "26 Feb", "", "261400ZFOO20",
                                      "2020-02-26T14:00:00Zx", "2020-02-26T14:00:00.Z"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_err(dt_utc_parse(&ms, bad[i]), DT_ERR_BAD_TIME);
    }
    struct dt_rng rng = dt_rng("times");
    for (int i = 0; i < 5000; i++) {
        const int64_t t = (int64_t)dt_rng_below(&rng, 253402300800000u);
        dt_utc_text(text, t);
        assert_err(dt_utc_parse(&ms, text), DT_OK);
        assert_true(ms == t);
    }
}

static void errors_have_unique_names_and_say_something(void **state)
{
    (void)state;
    for (int i = 0; i < DT_ERR_COUNT; i++) {
        const char *text = dt_err_text((enum dt_err)i), *next = strstr(text, "; ");
        assert_true(strlen(text) >= 8);
        if (i != DT_OK && (next == NULL || strlen(next) < 10)) { /* what was wrong; what to do */
            fail_msg("%s does not say what to do: %s", dt_err_name((enum dt_err)i), text);
        }
        for (int j = 0; j < i; j++) {
            assert_string_not_equal(dt_err_name((enum dt_err)i), dt_err_name((enum dt_err)j));
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reader_fails_once_and_stays_failed),
        cmocka_unit_test(varint_matches_rfc9000),
        cmocka_unit_test(writer_never_passes_its_capacity),
        cmocka_unit_test(encodings_have_one_spelling),
        cmocka_unit_test(utf8_is_strict_and_output_is_printable),
        cmocka_unit_test(times_round_trip_and_local_times_are_refused),
        cmocka_unit_test(errors_have_unique_names_and_say_something),
    };
    return cmocka_run_group_tests_name("base", tests, dt_test_setup, NULL);
}

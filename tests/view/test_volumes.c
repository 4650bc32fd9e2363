/* SPDX-License-Identifier: ISC */
/*
 * Goal: heights of every datum and windows that come again are read, widened and compared as
 * the independent reference does.
 * Method: the reference's volumes, sealed parts made of them; every pair asked of the matcher's
 * comparison at two separations.
 */
#include "world.h"

#include "../log/vectors.h"
#include "cbor/cbor.h"
#include "view/conflict.h"
#include "view/height.h"

enum { CASES = 64 };

static struct notice {
    struct dt_body_notice clear;
    struct dt_notice_plain plain;
    bool usable;
} notices[CASES];

static const struct dt_body_notice any_time = {.category = DT_CATEGORY_MARITIME,
                                               .request = DT_REQUEST_INFORM_ONLY,
                                               .end_ms = DT_TIME_MAX_MS};

static enum dt_err read_case(struct notice *n, const json_t *c)
{
    uint8_t volume[1024], bytes[1200];
    const size_t size = vectors_hex(c, "volume", volume, sizeof volume);
    struct dt_writer w = dt_writer(bytes, sizeof bytes);
    dt_cbor_put_map(&w, 3);
    dt_cbor_put_uint(&w, 3);
    dt_cbor_put_string(&w, "en");
    dt_cbor_put_uint(&w, 4);
    dt_cbor_put_array(&w, 1);
    dt_write_bytes(&w, volume, size);
    dt_cbor_put_uint(&w, 5);
    dt_cbor_put_string(&w, "one volume");
    assert_false(w.overflowed);
    n->clear = any_time;
    const enum dt_err err = dt_notice_plain_decode(&n->plain, dt_written(&w), &n->clear);
    if (err == DT_OK) { /* and written again the same */
        uint8_t again[1200];
        size_t again_size = 0;
        assert_err(dt_notice_plain_encode(again, sizeof again, &again_size, &n->plain, &n->clear), DT_OK);
        assert_true(dt_span_equal(dt_span(again, again_size), dt_written(&w)));
    }
    return err;
}

static void check_band(const struct dt_notice_volume *v, const json_t *c)
{
    const json_t *band = json_object_get(c, "over_sea");
    const json_t *lower = json_array_get(band, 0), *upper = json_array_get(band, 1);
    struct dt_window legs[DT_RING_MAX];
    struct dt_volume large;
    dt_notice_enlarge(&large, legs, v);
    const struct dt_height_band sea =
        dt_height_over_sea((struct dt_height_band){large.alt_lo_mm, large.alt_hi_mm}, v->datum);
    assert_int_equal(sea.lower_mm, json_is_null(lower) ? -DT_ALT_MAX_MM : json_integer_value(lower));
    assert_int_equal(sea.upper_mm, json_is_null(upper) ? DT_ALT_MAX_MM : json_integer_value(upper));
}

static void check_windows(const struct dt_notice_volume *v, const json_t *expected, size_t volumes)
{
    static struct dt_window w[DT_NOTICE_WINDOWS_MAX];
    const size_t count = dt_notice_windows(w, v, volumes);
    const struct dt_window first = dt_notice_longer(w[0], v->tolerance_ms),
                           last = dt_notice_longer(w[count - 1], v->tolerance_ms);
    const int64_t got[5] = {(int64_t)count, first.from_ms, first.until_ms, last.from_ms, last.until_ms};
    assert_int_equal(json_array_size(expected), 5);
    for (size_t i = 0; i < 5; i++) {
        assert_int_equal(got[i], json_integer_value(json_array_get(expected, i)));
    }
}

static bool meet(size_t a, size_t b, enum dt_category of_a, enum dt_category of_b)
{
    struct dt_notice_conflict found;
    struct notice *na = &notices[a], *nb = &notices[b];
    na->clear.category = of_a;
    const struct dt_conflict_side sa = {
        .member = 0, .ref = some_ref(1, 1), .clear = &na->clear, .plain = &na->plain};
    struct dt_body_notice other = nb->clear;
    other.category = of_b;
    const struct dt_conflict_side sb = {
        .member = 1, .ref = some_ref(dt_wid(1, 1), 2), .clear = &other, .plain = &nb->plain};
    dt_notice_conflict(&found, &world()->charter, &sa, &sb, 0);
    return found.outcome == DT_PAIR_CONFLICT;
}

static void test_as_the_reference(void **state)
{
    (void)state;
    json_t *root = vectors_load("tests/vectors/volumes.json"), *c;
    const json_t *cases = json_object_get(root, "cases");
    size_t i, checked = 0, pairs = 0, apart = 0;
    assert_in_range(json_array_size(cases), 20, CASES);
    json_array_foreach (cases, i, c) {
        const enum dt_err err = read_case(&notices[i], c);
        if (!json_is_true(json_object_get(c, "valid"))) {
            assert_string_equal(dt_err_name(err), vectors_text(c, "error"));
        } else if (json_is_true(json_object_get(c, "form_only"))) {
            assert_err(err, DT_ERR_CROSSING_RING);
        } else {
            assert_err(err, DT_OK);
            notices[i].usable = true;
            check_band(&notices[i].plain.volumes[0], c);
            check_windows(&notices[i].plain.volumes[0], json_object_get(c, "windows"), 1);
            check_windows(&notices[i].plain.volumes[0], json_object_get(c, "windows_of_16"), 16);
            checked++;
        }
    }
    json_array_foreach (cases, i, c) {
        size_t k;
        json_t *heights;
        json_array_foreach (json_object_get(c, "meets"), k, heights) {
            if (!notices[i].usable || !notices[i + k].usable) {
                continue;
            }
            const bool near = json_is_true(json_array_get(heights, 0)),
                       far = json_is_true(json_array_get(heights, 1));
            assert_int_equal(meet(i, i + k, DT_CATEGORY_MARITIME, DT_CATEGORY_MARITIME), near);
            assert_int_equal(meet(i, i + k, DT_CATEGORY_FIRES, DT_CATEGORY_FLIGHT), far);
            pairs++;
            apart += !far;
        }
    }
    assert_true(checked >= 13 && pairs >= 80 && apart >= 5);
    json_decref(root);
}

static void test_details_as_the_reference(void **state)
{
    (void)state;
    static uint8_t bytes[4096], again[4096];
    static struct notice n;
    json_t *root = vectors_load("tests/vectors/details.json"), *c, *pair;
    size_t i, k, refused = 0, again_size = 0;
    json_array_foreach (json_object_get(root, "cases"), i, c) {
        const size_t size = vectors_hex(c, "plain", bytes, sizeof bytes);
        const enum dt_err err = dt_notice_plain_decode(&n.plain, dt_span(bytes, size), &any_time);
        if (!json_is_true(json_object_get(c, "valid"))) {
            assert_true(err != DT_OK); /* which fault is found first is not agreed */
            refused++;
            continue;
        }
        assert_err(err, DT_OK);
        assert_int_equal(n.plain.detail_count, json_array_size(json_object_get(c, "details")));
        json_array_foreach (json_object_get(c, "details"), k, pair) {
            const char *text = json_string_value(json_array_get(pair, 1));
            assert_int_equal(n.plain.details[k].field, json_integer_value(json_array_get(pair, 0)));
            assert_true(dt_span_equal(n.plain.details[k].text, dt_span(text, strlen(text))));
        }
        assert_err(dt_notice_plain_encode(again, sizeof again, &again_size, &n.plain, &any_time), DT_OK);
        assert_true(dt_span_equal(dt_span(again, again_size), dt_span(bytes, size)));
    }
    assert_true(i - refused == 5 && refused == 10);
    json_decref(root);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_as_the_reference),
                                       cmocka_unit_test(test_details_as_the_reference)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

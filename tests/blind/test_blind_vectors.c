/* SPDX-License-Identifier: ISC */
/*
 * Goal: the bytes of a run, its openings and its records are those of the independent reference.
 * Method: tests/vectors/blind.json, made by tests/reference/blind_ref.py.
 */
#include "../log/vectors.h"

#include "blind/blind.h"
#include "crypto/group.h"
#include "view/blind_body.h"

enum { ROOM = 4096 };

static json_t *cases;

static int load(void **state)
{
    (void)state;
    assert_err(dt_crypto_init(), DT_OK);
    json_t *root = vectors_load("tests/vectors/blind.json");
    assert_non_null(root);
    cases = json_incref(json_object_get(root, "cases"));
    json_decref(root);
    return 0;
}

static int unload(void **state)
{
    (void)state;
    json_decref(cases);
    return 0;
}

static json_t *case_of(const char *name)
{
    size_t i;
    json_t *one;
    json_array_foreach (cases, i, one) {
        if (strcmp(vectors_text(one, "name"), name) == 0) {
            return one;
        }
    }
    fail_msg("no case %s", name);
    return NULL;
}

static size_t hex_at(const json_t *array, size_t i, uint8_t *out, size_t capacity)
{
    const char *text = json_string_value(json_array_get(array, i));
    assert_non_null(text);
    return dt_from_hex(out, capacity, text);
}

static size_t cells_at(const json_t *array, uint64_t *cells)
{
    const size_t count = json_array_size(array);
    for (size_t i = 0; i < count; i++) {
        cells[i] = (uint64_t)json_integer_value(json_array_get(array, i));
    }
    return count;
}

static void assert_opening(struct dt_blind *side, const json_t *wanted, size_t role,
                           const struct dt_span *messages, size_t common)
{
    uint8_t expected[ROOM], made[ROOM];
    struct dt_blind_judged judged;
    struct dt_writer w = dt_writer(made, sizeof made);
    const size_t size = hex_at(wanted, role, expected, sizeof expected);
    assert_err(dt_blind_open(side, &w), DT_OK);
    assert_int_equal(w.size, size);
    assert_memory_equal(made, expected, size);
    assert_err(dt_blind_judge(&judged, dt_span(expected, size), messages, DT_BLIND_MESSAGES), DT_OK);
    assert_true(judged.complete && (size_t)judged.role == role && judged.common == common);
}

static void run_is_byte_for_byte(const char *name)
{
    const json_t *one = case_of(name), *wanted = json_object_get(one, "messages");
    static uint8_t bytes[DT_BLIND_MESSAGES][ROOM];
    struct dt_span messages[DT_BLIND_MESSAGES];
    struct dt_blind_terms terms = {{0}, (uint32_t)vectors_number(one, "slot"), (uint32_t)vectors_number(one, "size")};
    struct dt_blind_budget budget[2];
    struct dt_blind *side[2];
    assert_int_equal(vectors_hex(one, "line", terms.line, sizeof terms.line), 32);
    for (size_t i = 0; i < 2; i++) {
        uint8_t secret[DT_BLIND_SECRET_SIZE];
        uint64_t cells[64];
        assert_int_equal(hex_at(json_object_get(one, "secrets"), i, secret, sizeof secret), 32);
        const size_t count = cells_at(json_array_get(json_object_get(one, "cells"), i), cells);
        dt_blind_budget_init(&budget[i], 1, terms.size, terms.size);
        assert_err(dt_blind_new(&side[i], &terms, (enum dt_blind_role)i, secret, cells, count, &budget[i], 0), DT_OK);
    }
    for (size_t step = 0; step < DT_BLIND_MESSAGES; step++) {
        uint8_t made[ROOM];
        struct dt_writer w = dt_writer(made, sizeof made);
        messages[step] = dt_span(bytes[step], hex_at(wanted, step, bytes[step], ROOM));
        assert_err(dt_blind_next(side[dt_blind_turn(step)], &w), DT_OK);
        assert_true(dt_span_equal(dt_written(&w), messages[step]));
        assert_err(dt_blind_receive(side[1 - dt_blind_turn(step)], messages[step]), DT_OK);
    }
    uint64_t expected[64];
    const size_t common = cells_at(json_object_get(one, "common"), expected);
    for (size_t i = 0; i < 2; i++) {
        const uint64_t *found;
        size_t count;
        assert_err(dt_blind_common(side[i], &found, &count), DT_OK);
        assert_int_equal(count, common);
        assert_memory_equal(found, expected, count * sizeof *found);
        assert_opening(side[i], json_object_get(one, "openings"), i, messages, common);
    }
    dt_blind_free(side[0]);
    dt_blind_free(side[1]);
}

static void runs_are_those_of_the_reference(void **state)
{
    (void)state;
    run_is_byte_for_byte("some in common");
    run_is_byte_for_byte("none in common");
    run_is_byte_for_byte("nothing entered");
}

static struct dt_ref ref_of(const json_t *one)
{
    const json_t *ref = json_object_get(one, "ref");
    struct dt_ref out = {(uint16_t)json_integer_value(json_array_get(ref, 0)),
                         (uint64_t)json_integer_value(json_array_get(ref, 1)), {0}};
    assert_int_equal(hex_at(ref, 2, out.leaf, DT_HASH_SIZE), DT_HASH_SIZE);
    return out;
}

static void bodies_are_those_of_the_reference(void **state)
{
    (void)state;
    const json_t *one = case_of("bodies");
    uint8_t hello[2][ROOM], bytes[ROOM], made[ROOM];
    size_t i, size = 0;
    json_t *v;
    json_array_foreach (json_object_get(one, "bodies"), i, v) {
        struct dt_body_blind b = {.event = (enum dt_blind_event)vectors_number(v, "event"), .ref = ref_of(one)};
        struct dt_blind_message message;
        const size_t wanted = vectors_hex(v, "bytes", bytes, sizeof bytes);
        if (b.event <= DT_BLIND_ANSWERED) {
            b.hello = dt_span(hello[i], hex_at(json_object_get(one, "hello"), i, hello[i], ROOM));
        } else if (b.event == DT_BLIND_DONE) {
            vectors_hex(one, "after", b.after, sizeof b.after);
        } else if (b.event == DT_BLIND_REFUSED) {
            b.step = 4;
            strcpy(b.reason, "BAD_PROOF");
        }
        assert_err(dt_body_blind_encode(made, sizeof made, &size, &b), DT_OK);
        assert_int_equal(size, wanted);
        assert_memory_equal(made, bytes, size);
        assert_err(dt_body_blind_decode(&b, &message, dt_span(bytes, wanted)), DT_OK);
    }
    assert_int_equal(i, DT_BLIND_EVENTS);
}

static void parts_are_those_of_the_reference(void **state)
{
    (void)state;
    static uint8_t message[3 * DT_BLIND_PART_SIZE], made[DT_BODY_MAX];
    uint8_t wanted[DT_HASH_SIZE], hash[DT_HASH_SIZE];
    const json_t *one = case_of("bodies");
    const size_t whole = (size_t)vectors_number(one, "message_size");
    assert_true(whole <= sizeof message);
    for (size_t k = 0; k < whole; k++) {
        message[k] = (uint8_t)(k % 251);
    }
    dt_sha256(hash, dt_span(message, whole));
    vectors_hex(one, "message_sha256", wanted, sizeof wanted);
    assert_memory_equal(hash, wanted, sizeof hash);
    size_t i, size = 0;
    json_t *v;
    json_array_foreach (json_object_get(one, "parts"), i, v) {
        struct dt_body_blind_part b = {.ref = ref_of(one), .step = (size_t)vectors_number(v, "step"),
                                       .part = (size_t)vectors_number(v, "part"), .parts = 3};
        const size_t from = b.part * DT_BLIND_PART_SIZE;
        b.bytes = dt_span(message + from, whole - from < DT_BLIND_PART_SIZE ? whole - from : DT_BLIND_PART_SIZE);
        assert_err(dt_body_blind_part_encode(made, sizeof made, &size, &b), DT_OK);
        assert_int_equal(size, vectors_number(v, "clear_size"));
        vectors_hex(v, "clear_sha256", wanted, sizeof wanted);
        dt_sha256(hash, dt_span(made, size));
        assert_memory_equal(hash, wanted, sizeof hash);
        size = 0;
        if (b.step >= DT_BLIND_STEP_REPLY) {
            assert_err(dt_body_blind_plain_encode(made, sizeof made, &size, b.bytes), DT_OK);
        }
        vectors_hex(v, "plain_sha256", wanted, sizeof wanted);
        dt_sha256(hash, dt_span(made, size));
        assert_memory_equal(hash, wanted, sizeof hash);
    }
    assert_int_equal(i, 6);
}

static void the_group_is_that_of_rfc_9496(void **state)
{
    (void)state;
    const json_t *one = case_of("RFC 9496"), *multiples = json_object_get(one, "multiples");
    const json_t *bad = json_object_get(one, "bad");
    uint8_t expected[DT_POINT_SIZE], point[DT_POINT_SIZE], sum[DT_POINT_SIZE];
    assert_int_equal(hex_at(multiples, 0, sum, sizeof sum), DT_POINT_SIZE);
    assert_false(dt_point_valid(sum)); /* the neutral element is none of ours */
    for (size_t i = 1; i < json_array_size(multiples); i++) {
        const uint8_t scalar[DT_SCALAR_SIZE] = {(uint8_t)i}, unit[DT_SCALAR_SIZE] = {1};
        hex_at(multiples, i, expected, sizeof expected);
        assert_true(dt_point_valid(expected));
        assert_true(dt_point_generate(point, scalar));
        assert_memory_equal(point, expected, sizeof point);
        assert_true(dt_point_generate(point, unit));
        assert_true(dt_point_add(sum, sum, point));
        assert_memory_equal(sum, expected, sizeof sum);
    }
    assert_true(json_array_size(bad) > 10);
    for (size_t i = 0; i < json_array_size(bad); i++) {
        hex_at(bad, i, point, sizeof point);
        assert_false(dt_point_valid(point));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(runs_are_those_of_the_reference),
        cmocka_unit_test(bodies_are_those_of_the_reference),
        cmocka_unit_test(parts_are_those_of_the_reference),
        cmocka_unit_test(the_group_is_that_of_rfc_9496),
    };
    return cmocka_run_group_tests_name("blind_vectors", tests, load, unload);
}

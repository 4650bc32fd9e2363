/* SPDX-License-Identifier: ISC */
/*
 * Goal: whose signature counts at which place of a log is what the independent reference says,
 * whatever order certificates and revocations came in.
 *
 * Method: the cases of tests/vectors/standing.json, through the lookup that the node uses.
 */
#include "test.h"

#include "../log/vectors.h"
#include "log/statement.h"
#include "node/state.h"

static size_t key_body(uint8_t *body, const json_t *statement)
{
    static uint8_t bytes[DT_STATEMENT_MAX];
    size_t size = 0;
    const size_t n = dt_from_hex(bytes, sizeof bytes, json_string_value(statement));
    assert_err(dt_body_key_encode(body, DT_BODY_MAX, &size, dt_span(bytes, n)), DT_OK);
    return size;
}

/* Statements of one list as KEY records of member 1, forwards or backwards. */
static void take_all(struct dt_line *line, const json_t *list, bool backwards)
{
    static uint8_t body[DT_BODY_MAX];
    const size_t count = json_array_size(list);
    for (size_t i = 0; i < count; i++) {
        const size_t size = key_body(body, json_array_get(list, backwards ? count - 1 - i : i));
        assert_err(dt_line_take_key(line, dt_wid(1, 1), dt_span(body, size), false), DT_OK);
    }
}

static const char *standing_of(const struct dt_fact *f)
{
    return f->err == DT_ERR_BAD_SIGNATURE             ? "invalid"
           : f->err != DT_OK                          ? dt_err_name(f->err)
           : f->officer_valid                         ? "valid"
           : f->officer_doubt == DT_OFFICER_REVOKED   ? "revoked"
           : f->officer_doubt == DT_OFFICER_SECOND    ? "second"
                                                      : "unknown";
}

static void check_places(struct dt_line *line, const json_t *records, const json_t *c)
{
    size_t i;
    json_t *place;
    const struct dt_officers officers = dt_line_officers(line);
    json_array_foreach (json_object_get(c, "places"), i, place) {
        static uint8_t header[DT_HEADER_MAX], body[DT_BODY_MAX];
        struct dt_fact f;
        const json_t *record = json_array_get(records, vectors_number(place, "record"));
        const size_t h = vectors_hex(record, "header", header, sizeof header);
        const size_t b = vectors_hex(record, "body", body, sizeof body);
        assert_err(dt_fact_from_record(&f, line->charter, (uint16_t)vectors_number(record, "wid"),
                                       vectors_number(place, "seq"), dt_span(header, h),
                                       dt_span(body, b), &officers),
                   DT_OK);
        if (strcmp(standing_of(&f), vectors_text(place, "standing")) != 0) {
            fail_msg("%s, place %zu: %s, not %s", vectors_text(c, "name"), i, standing_of(&f),
                     vectors_text(place, "standing"));
        }
    }
}

static void signatures_count_where_the_reference_says(void **state)
{
    (void)state;
    size_t i;
    json_t *c, *root = vectors_load("tests/vectors/standing.json");
    assert_non_null(root);
    json_t *cases = json_object_get(root, "cases"), *given = json_array_get(cases, 0);
    json_array_foreach (cases, i, c) {
        static uint8_t bytes[DT_STATEMENT_MAX];
        struct dt_statement s;
        for (int backwards = 0; i > 0 && backwards < 2; backwards++) {
            struct dt_line *line = calloc(1, sizeof *line);
            line->charter = malloc(sizeof *line->charter);
            const size_t n = vectors_hex(given, "charter", bytes, sizeof bytes);
            assert_err(dt_statement_decode(&s, dt_span(bytes, n)), DT_OK);
            assert_err(dt_charter_from_statement(line->charter, &s), DT_OK);
            take_all(line, json_object_get(c, "certificates"), false);
            take_all(line, json_object_get(c, "revocations"), backwards != 0);
            check_places(line, json_object_get(given, "records"), c);
            dt_line_officers_clear(line);
            free(line->officers);
            free(line->charter);
            free(line);
        }
    }
    assert_true(i >= 10);
    json_decref(root);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(signatures_count_where_the_reference_says),
    };
    return cmocka_run_group_tests(tests, dt_test_setup, NULL);
}

/* SPDX-License-Identifier: ISC */
/* Goal: a row has exactly the fields that RFC 4180 gives it, or the file is refused by name. */
#include "test.h"

#include "cli/csv.h"

static struct dt_csv_row row;

static enum dt_err open_text(struct dt_csv *csv, const char *text)
{
    return dt_csv_open(csv, dt_span(text, strlen(text)));
}

static void test_rows(void **state)
{
    (void)state;
    struct dt_csv csv;
    assert_err(open_text(&csv, "id,by\r\n\"a \"\"b\"\", c\",\n,\"two\nlines\"\nlast"), DT_OK);
    assert_err(dt_csv_next(&csv, &row), DT_OK);
    assert_true(row.count == 2 && strcmp(row.field[0], "id") == 0 && strcmp(row.field[1], "by") == 0);
    assert_err(dt_csv_next(&csv, &row), DT_OK);
    assert_true(row.count == 2 && csv.row == 2);
    assert_string_equal(row.field[0], "a \"b\", c");
    assert_string_equal(row.field[1], "");
    assert_err(dt_csv_next(&csv, &row), DT_OK);
    assert_string_equal(row.field[1], "two\nlines");
    assert_err(dt_csv_next(&csv, &row), DT_OK);
    assert_true(row.count == 1 && strcmp(row.field[0], "last") == 0);
    assert_err(dt_csv_next(&csv, &row), DT_OK);
    assert_int_equal(row.count, 0);
    assert_err(open_text(&csv, ""), DT_OK);
    assert_err(dt_csv_next(&csv, &row), DT_OK);
    assert_int_equal(row.count, 0);
}

static void test_what_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum dt_err opening, reading;
    } cases[] = {
        {"a\"b", DT_OK, DT_ERR_BAD_TEXT},    {"\"a\"b", DT_OK, DT_ERR_BAD_TEXT},
        {"\"a", DT_OK, DT_ERR_TRUNCATED},    {"\"a\"\"", DT_OK, DT_ERR_TRUNCATED},
        {"a\tb", DT_ERR_BAD_TEXT, DT_OK},    {"a\rb", DT_ERR_BAD_TEXT, DT_OK},
        {"a\r", DT_ERR_BAD_TEXT, DT_OK},     {"\xef\xbb\xbf" "a", DT_ERR_BAD_TEXT, DT_OK},
        {"a\xff", DT_ERR_BAD_UTF8, DT_OK},   {",,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,", DT_OK, DT_ERR_TOO_LARGE},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct dt_csv csv;
        assert_err(open_text(&csv, cases[i].text), cases[i].opening);
        if (cases[i].opening == DT_OK) {
            assert_err(dt_csv_next(&csv, &row), cases[i].reading);
        }
    }
    static char large[DT_CSV_ROW + 1];
    struct dt_csv csv;
    memset(large, 'x', DT_CSV_ROW); /* no room for the NUL */
    assert_err(open_text(&csv, large), DT_OK);
    assert_err(dt_csv_next(&csv, &row), DT_ERR_TOO_LARGE);
    large[DT_CSV_ROW - 1] = '\0';
    assert_err(open_text(&csv, large), DT_OK);
    assert_err(dt_csv_next(&csv, &row), DT_OK);
    assert_int_equal(strlen(row.field[0]), DT_CSV_ROW - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_rows),
                                       cmocka_unit_test(test_what_is_refused)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: ISC */
/* Goal: a chart says what its figures say: lengths, words, nothing that breaks the file. */
#include "test.h"

#include "cli/chart.h"

static char *drawn(const struct chart_group *groups, size_t count)
{
    static char text[65536];
    const struct chart chart = {"A & B <time>", "26 \"Feb\"", "axis", "none acknowledged",
                                {"median", "p90", "longest"}};
    FILE *out = fmemopen(text, sizeof text, "w");
    assert_non_null(out);
    chart_write(out, &chart, groups, count);
    assert_int_equal(fclose(out), 0);
    return text;
}

static size_t times(const char *text, const char *what)
{
    size_t n = 0;
    for (; (text = strstr(text, what)) != NULL; text++) {
        n++;
    }
    return n;
}

static void test_bars(void **state)
{
    (void)state;
    const struct chart_group groups[2] = {{"FLASH", "3 of 4", {1000, 604800000, INT64_MAX / 2}},
                                          {"ROUTINE", "", {-1, -1, -1}}};
    const char *svg = drawn(groups, 2);
    assert_non_null(strstr(svg, "<title>A &amp; B &lt;time&gt;</title>"));
    assert_non_null(strstr(svg, "26 &quot;Feb&quot;"));
    assert_int_equal(times(svg, "height=\"14\""), 3); /* bars */
    assert_int_equal(times(svg, "width=\"540.0\" height=\"14\""), 2); /* a week, and more than one */
    assert_int_equal(times(svg, "width=\"1.0\" height=\"14\""), 1);
    assert_int_equal(times(svg, "none acknowledged"), 1);
    assert_int_equal(times(svg, "7 d 0 h"), 1);
    assert_non_null(strstr(svg, "</svg>\n"));
}

static void test_durations(void **state)
{
    (void)state;
    static const struct {
        int64_t ms;
        const char *text;
    } cases[] = {{0, "0 s"},           {499, "0 s"},          {59499, "59 s"},
                 {59500, "1 min"},     {200000, "3 min 20 s"}, {3599500, "1 h 00 min"},
                 {7500000, "2 h 05 min"}, {273600000, "3 d 4 h"}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char out[32];
        chart_duration(out, cases[i].ms);
        assert_string_equal(out, cases[i].text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_bars),
                                       cmocka_unit_test(test_durations)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

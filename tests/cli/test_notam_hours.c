/* SPDX-License-Identifier: ISC */
/*
 * Goal: item D) of a NOTAM gives exactly the hours it says, or, where any word of it is not
 * understood, nothing, so that all of B) to C) counts.
 */
#include "base/utc.h"
#include "cli/plan_text.h"

#include "test.h"

static json_t *properties;

static bool judge(const char *item, const char *from, const char *until)
{
    int64_t from_ms, until_ms;
    assert_err(dt_utc_parse(&from_ms, from), DT_OK);
    assert_err(dt_utc_parse(&until_ms, until), DT_OK);
    json_decref(properties);
    properties = json_object();
    return dt_plan_notam_schedule(properties, item, from_ms, until_ms);
}

static void days_that_come_again_are_a_schedule(void **state)
{
    (void)state;
    static const char *const rules[][2] = {{"DAILY 0600-0900", "daily 06:00Z-09:00Z"}, {"DLY 2200-0400", "daily 22:00Z-04:00Z"},
                                           {"TUE 0530-2400", "weekly TUE 05:30Z-24:00Z"}};
    for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
        assert_true(judge(rules[i][0], "2026-02-01T00:00Z", "2026-03-01T00:00Z"));
        assert_string_equal(json_string_value(json_object_get(properties, "schedule")), rules[i][1]);
    }
}

static void dates_are_windows(void **state)
{
    (void)state;
    static const struct {
        const char *item, *windows;
    } cases[] = {
        {"FEB 16 0800-2200, FEB 17 0500-2200", "[[\"2026-02-16T08:00:00Z\", \"2026-02-16T22:00:00Z\"], "
                                               "[\"2026-02-17T05:00:00Z\", \"2026-02-17T22:00:00Z\"]]"},
        {"FEB 02 04-05 0800-1000 2200-0100", "[[\"2026-02-02T08:00:00Z\", \"2026-02-02T10:00:00Z\"], "
                                             "[\"2026-02-04T08:00:00Z\", \"2026-02-04T10:00:00Z\"], "
                                             "[\"2026-02-05T08:00:00Z\", \"2026-02-05T10:00:00Z\"], "
                                             "[\"2026-02-02T22:00:00Z\", \"2026-02-03T01:00:00Z\"], "
                                             "[\"2026-02-04T22:00:00Z\", \"2026-02-05T01:00:00Z\"], "
                                             "[\"2026-02-05T22:00:00Z\", \"2026-02-06T01:00:00Z\"]]"},
        {"FEB 10-12 0000-2400", "[[\"2026-02-10T00:00:00Z\", \"2026-02-13T00:00:00Z\"]]"},
        {"FEB 28\nMAR 01 0800-0900", "[[\"2026-02-28T08:00:00Z\", \"2026-02-28T09:00:00Z\"], "
                                     "[\"2026-03-01T08:00:00Z\", \"2026-03-01T09:00:00Z\"]]"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_true(judge(cases[i].item, "2026-02-01T00:00Z", "2026-03-02T00:00Z"));
        json_t *expected = json_loads(cases[i].windows, 0, NULL), *got = json_object_get(properties, "windows");
        if (!json_equal(expected, got)) {
            fail_msg("%s: %s", cases[i].item, json_dumps(got, 0));
        }
        json_decref(expected);
    }
    assert_true(judge("DEC 31 JAN 01 0800-0900", "2026-12-30T00:00Z", "2027-01-02T00:00Z"));
    assert_string_equal(json_string_value(json_array_get(json_array_get(json_object_get(properties, "windows"), 1), 0)),
                        "2027-01-01T08:00:00Z");
}

static void what_is_not_understood_whole_is_nothing(void **state)
{
    (void)state;
    static const char *const items[] = {
        "", "H24", "SR-SS", "DAILY SR MINUS15-1900", "DAILY 0600-0900 EXC SUN", "MON-FRI 0600-1800", "16 0800-2200",
        "FEB 16", "FEB 16 0800", "FEB 16 0860-0900", "FEB 16 0800-2500", "FEB 30 0800-0900", "FEB 16-14 0800-0900",
        "FEB 28-MAR 02 0800-0900", "JAN 30 0800-0900", "MAR 02 0800-0900", "FEB 16 0800-2200 FEB 17",
        "FEB 116 0800-0900", "DAILY 0000-2400", "FEB 01 03 05 07 09 11 13 15 17 19 21 23 25 27 0800-0900 1000-1100",
    };
    for (size_t i = 0; i < sizeof items / sizeof items[0]; i++) {
        if (judge(items[i], "2026-02-01T00:00Z", "2026-03-02T00:00Z") || json_object_size(properties) > 0) {
            fail_msg("%s", items[i]);
        }
    }
    json_decref(properties);
    properties = NULL;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(days_that_come_again_are_a_schedule),
        cmocka_unit_test(dates_are_windows),
        cmocka_unit_test(what_is_not_understood_whole_is_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

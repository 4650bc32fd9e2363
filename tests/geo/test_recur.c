/* SPDX-License-Identifier: ISC */
/*
 * Goal: windows that come again cover exactly the times they mean while there is room, and
 * all of them when there is not.
 * Method: every minute of three weeks asked both ways; the edges by hand.
 */
#include "test.h"

#include "geo/index.h"
#include "geo/recur.h"

enum { MINUTE = 60000, HOUR = 60 * MINUTE, DAYS = 21, ROOM = 64 };

static bool covered(const struct dt_window *windows, size_t count, int64_t at_ms)
{
    for (size_t i = 0; i < count; i++) {
        if (windows[i].from_ms <= at_ms && at_ms < windows[i].until_ms) {
            return true;
        }
    }
    return false;
}

static void daily_means_every_day(void **state)
{
    (void)state;
    const struct dt_recurrence daily = {
        {6 * HOUR, 9 * HOUR}, DT_RECUR_DAILY_MS, DAYS * DT_RECUR_DAILY_MS};
    struct dt_window windows[ROOM];
    size_t count;
    assert_err(dt_recur(windows, ROOM, &count, &daily), DT_OK);
    assert_int_equal(count, DAYS);
    for (int64_t minute = 0; minute < DAYS * 1440; minute++) {
        const bool meant = minute % 1440 >= 360 && minute % 1440 < 540;
        assert_true(covered(windows, count, minute * MINUTE) == meant);
    }
}

static void what_does_not_fit_is_covered_all_the_same(void **state)
{
    (void)state;
    const struct dt_recurrence daily = {
        {6 * HOUR, 9 * HOUR}, DT_RECUR_DAILY_MS, DAYS * DT_RECUR_DAILY_MS};
    struct dt_window windows[ROOM];
    size_t count;
    for (size_t room = 1; room <= DAYS; room++) {
        assert_err(dt_recur(windows, room, &count, &daily), DT_OK);
        assert_int_equal(count, room);
        for (int64_t minute = 0; minute < DAYS * 1440; minute += 15) {
            const bool meant = minute % 1440 >= 360 && minute % 1440 < 540;
            const bool is = covered(windows, count, minute * MINUTE);
            assert_true(is || !meant);
            /* and no more than that before the last */
            assert_true(is == meant || minute >= (int64_t)(room - 1) * 1440);
        }
        assert_false(covered(windows, count, (DAYS - 1) * DT_RECUR_DAILY_MS + 9 * HOUR));
    }
}

static void edges(void **state)
{
    (void)state;
    struct dt_window windows[4];
    size_t count;
    struct dt_recurrence r = {{0, 10}, 10, 25};
    assert_err(dt_recur(windows, 4, &count, &r), DT_OK); /* they touch: one */
    assert_true(count == 1 && windows[0].from_ms == 0 && windows[0].until_ms == 30);
    r = (struct dt_recurrence){{0, 10}, 11, 22};
    assert_err(dt_recur(windows, 4, &count, &r), DT_OK); /* none begins at the end */
    assert_true(count == 2 && windows[1].from_ms == 11 && windows[1].until_ms == 21);
    r.until_ms = 23;
    assert_err(dt_recur(windows, 4, &count, &r), DT_OK);
    assert_int_equal(count, 3);
    r = (struct dt_recurrence){{0, 10}, 0, 22};
    assert_err(dt_recur(windows, 4, &count, &r), DT_ERR_BAD_VALUE);
    r = (struct dt_recurrence){{10, 10}, 20, 22};
    assert_err(dt_recur(windows, 4, &count, &r), DT_ERR_END_BEFORE_START);
    r = (struct dt_recurrence){{0, 10}, 20, 0};
    assert_err(dt_recur(windows, 4, &count, &r), DT_ERR_END_BEFORE_START);
    r = (struct dt_recurrence){{-DT_TIME_MAX_MS, DT_TIME_MAX_MS}, DT_TIME_MAX_MS, DT_TIME_MAX_MS};
    assert_err(dt_recur(windows, 4, &count, &r), DT_ERR_BAD_TIME); /* the last would end beyond */
    assert_int_equal(count, 0);
}

/* As entries of an index they are met in the morning and not at night. */
static void an_index_meets_them_by_day_only(void **state)
{
    (void)state;
    const struct dt_recurrence daily = {
        {6 * HOUR, 9 * HOUR}, DT_RECUR_DAILY_MS, DAYS * DT_RECUR_DAILY_MS};
    const struct dt_point place = {360000000, 370000000};
    const struct dt_ring ring = {&place, 1};
    const struct dt_separation none = {0};
    struct dt_volume v = {
        .shape = DT_SHAPE_CIRCLE, .radius_mm = 1000, .rings = &ring, .ring_count = 1};
    struct dt_window windows[ROOM];
    struct dt_index *index = dt_index_new(0);
    struct dt_index_hits hits = {0};
    size_t count;
    assert_err(dt_recur(windows, ROOM, &count, &daily), DT_OK);
    for (size_t i = 0; i < count; i++) {
        v.time = windows[i];
        assert_err(dt_index_put(index, &(struct dt_index_entry){.key = i, .volume = &v}), DT_OK);
    }
    const struct dt_index_question q = {
        .volume = &v, .group = 1, .separations = &none, .separation_count = 1};
    for (int64_t hour = 0; hour < 24 * DAYS; hour++) {
        v.time = (struct dt_window){hour * HOUR, (hour + 1) * HOUR};
        assert_err(dt_index_query(index, &q, &hits), DT_OK);
        const bool meant = hour % 24 >= 6 && hour % 24 < 9;
        assert_int_equal(hits.count, meant);
        assert_true(!meant || hits.keys[0] == (uint64_t)(hour / 24));
    }
    dt_index_hits_free(&hits);
    dt_index_free(index);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(daily_means_every_day),
        cmocka_unit_test(what_does_not_fit_is_covered_all_the_same),
        cmocka_unit_test(edges),
        cmocka_unit_test(an_index_meets_them_by_day_only),
    };
    return cmocka_run_group_tests_name("recur", tests, NULL, NULL);
}

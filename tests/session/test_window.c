/* SPDX-License-Identifier: ISC */
/*
 * Goal: every frame number is taken once, none older than the window, at any counter.
 * Method: a naive model beside the window; edges by hand.
 */
#include "test.h"

#include "session/window.h"

static void edges_hold_around_the_window(void **state)
{
    (void)state;
    static const uint64_t bases[] = {
        0, 1, 63, 64, 1023, 1024, 1087, 1088, UINT32_MAX, UINT64_C(1) << 32, (UINT64_C(1) << 60) - 1,
    };
    for (size_t i = 0; i < sizeof bases / sizeof bases[0]; i++) {
        struct dt_replay_window w = {0};
        const uint64_t top = bases[i] + 1024;
        assert_int_equal(dt_window_check(&w, bases[i]), DT_WINDOW_NEW);
        dt_window_mark(&w, bases[i]);
        assert_int_equal(dt_window_check(&w, bases[i]), DT_WINDOW_SEEN);
        dt_window_mark(&w, top - 1); /* the oldest that still counts is bases[i] */
        assert_int_equal(dt_window_check(&w, bases[i]), DT_WINDOW_SEEN);
        assert_int_equal(dt_window_check(&w, bases[i] + 1), DT_WINDOW_NEW);
        dt_window_mark(&w, top);
        assert_int_equal(dt_window_check(&w, bases[i]), DT_WINDOW_TOO_OLD);
        assert_int_equal(dt_window_check(&w, bases[i] + 1), DT_WINDOW_NEW);
        dt_window_mark(&w, top + 100000);
        assert_int_equal(dt_window_check(&w, top), DT_WINDOW_TOO_OLD);
        assert_int_equal(dt_window_check(&w, top + 99999), DT_WINDOW_NEW);
    }
}

static void window_agrees_with_a_naive_model(void **state)
{
    (void)state;
    enum { SPAN = 20000 };
    static bool seen[SPAN];
    struct dt_rng rng = dt_rng("window_agrees_with_a_naive_model");
    for (int round = 0; round < 20; round++) {
        memset(seen, 0, sizeof seen);
        struct dt_replay_window w = {0};
        uint64_t next = 0;
        const uint64_t stride = 1 + dt_rng_below(&rng, 200);
        for (int i = 0; i < 4000; i++) {
            uint64_t n = next + dt_rng_below(&rng, stride);
            const uint64_t back = dt_rng_below(&rng, 1300);
            n = n > back ? n - back : 0;
            if (n >= SPAN) {
                break;
            }
            const enum dt_window_answer expected = n >= next          ? DT_WINDOW_NEW
                                                   : next - n > 1024  ? DT_WINDOW_TOO_OLD
                                                   : seen[n]          ? DT_WINDOW_SEEN
                                                                      : DT_WINDOW_NEW;
            assert_int_equal(dt_window_check(&w, n), expected);
            if (expected == DT_WINDOW_NEW) {
                dt_window_mark(&w, n);
                seen[n] = true;
                next = n >= next ? n + 1 : next;
            }
        }
    }
}

static void low_halves_name_the_nearest_number(void **state)
{
    (void)state;
    static const struct {
        uint64_t next;
        uint32_t low;
        uint64_t full;
    } cases[] = {
        {0, 0, 0},
        {0, UINT32_MAX, UINT32_MAX}, /* nothing lies before zero */
        {5, 3, 3},
        {UINT64_C(0xffffffff), 0xffffffff, UINT64_C(0xffffffff)},
        {UINT64_C(0xffffffff), 0, UINT64_C(0x100000000)},
        {UINT64_C(0x100000000), 0xffffffff, UINT64_C(0xffffffff)},
        {UINT64_C(0x100000001), 0xfffffff0, UINT64_C(0xfffffff0)},
        {UINT64_C(0x500000000), 0x7fffffff, UINT64_C(0x57fffffff)},
        {UINT64_C(0x500000000), 0x80000001, UINT64_C(0x480000001)},
        {UINT64_C(0x5fffffff0), 0x00000010, UINT64_C(0x600000010)},
        {UINT64_MAX, 5, UINT64_C(0xffffffff00000005)}, /* nor after the last */
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct dt_replay_window w = {.next = cases[i].next};
        assert_true(dt_window_full(&w, cases[i].low) == cases[i].full);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(edges_hold_around_the_window),
        cmocka_unit_test(window_agrees_with_a_naive_model),
        cmocka_unit_test(low_halves_name_the_nearest_number),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

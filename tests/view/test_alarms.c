/* SPDX-License-Identifier: ISC */
/*
 * Goal: two activities sound once however many conflicts they have, again when it gets worse,
 * and a severe one again after it was seen; none is lost among many.
 * Method: by hand; and thousands of groups against a plain list.
 */
#include "../test.h"

#include "view/alarms.h"

static enum dt_sound sound_of(struct dt_alarms *a, const struct dt_activities *of,
                              enum dt_severity severity, bool exact)
{
    enum dt_sound sound;
    assert_err(dt_alarms_found(a, of, severity, exact, &sound), DT_OK);
    return sound;
}

static void test_by_hand(void **state)
{
    (void)state;
    struct dt_alarms a = {0};
    const struct dt_activities of = {16, 33, 7, 3}, turned = {33, 16, 3, 7}, other = {16, 33, 8, 3};
    dt_alarms_seen(&a, &of); /* of nothing */
    assert_int_equal(sound_of(&a, &of, DT_SEVERITY_LOW, true), DT_SOUND_NONE);
    assert_int_equal(sound_of(&a, &of, DT_SEVERITY_HIGH, false), DT_SOUND_ONCE);
    assert_int_equal(sound_of(&a, &turned, DT_SEVERITY_HIGH, false), DT_SOUND_NONE);
    assert_int_equal(sound_of(&a, &of, DT_SEVERITY_HIGH, true), DT_SOUND_ONCE); /* exact now */
    assert_int_equal(sound_of(&a, &of, DT_SEVERITY_HIGH, true), DT_SOUND_NONE);
    assert_int_equal(sound_of(&a, &other, DT_SEVERITY_HIGH, true), DT_SOUND_ONCE);
    assert_int_equal(sound_of(&a, &turned, DT_SEVERITY_SEVERE, false), DT_SOUND_REPEATED);
    assert_int_equal(sound_of(&a, &of, DT_SEVERITY_SEVERE, false), DT_SOUND_NONE); /* it still rings */
    assert_int_equal(sound_of(&a, &of, DT_SEVERITY_SEVERE, true), DT_SOUND_REPEATED);
    dt_alarms_seen(&a, &turned);
    assert_int_equal(sound_of(&a, &of, DT_SEVERITY_HIGH, true), DT_SOUND_NONE);
    assert_int_equal(sound_of(&a, &of, DT_SEVERITY_SEVERE, false), DT_SOUND_REPEATED);
    assert_int_equal(a.count, 2);
    assert_string_equal(dt_sound_name(DT_SOUND_REPEATED), "repeated");
    dt_alarms_free(&a);
}

static void test_many(void **state)
{
    (void)state;
    struct dt_alarms a = {0};
    for (int round = 0; round < 3; round++) {
        for (uint64_t i = 1; i <= 20000; i++) {
            const struct dt_activities of = {(uint16_t)(i % 3 * 16), (uint16_t)(i % 5 * 16 + 1), i / 7 + 1,
                                             i % 7 + 1};
            const enum dt_sound s = sound_of(&a, &of, DT_SEVERITY_SEVERE, true);
            assert_int_equal(s, round == 1 ? DT_SOUND_NONE : DT_SOUND_REPEATED);
            if (round == 1) {
                dt_alarms_seen(&a, &of);
            }
        }
        assert_int_equal(a.count, 20000);
    }
    dt_alarms_free(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_by_hand), cmocka_unit_test(test_many)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

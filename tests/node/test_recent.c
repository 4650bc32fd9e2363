/* SPDX-License-Identifier: ISC */
/*
 * Goal: the ring of our newest records gives back exactly what was put, never a record that
 * was overwritten, whatever their sizes; and starts anew after a gap.
 */
#include "test.h"

#include <string.h>

#include "node/recent.h"

enum { PART_MAX = 3000 };

static uint8_t fill[3 * PART_MAX];

/* Parts of a record that follow from its number alone. */
static void parts_of(uint64_t seq, unsigned spread, struct dt_span part[3])
{
    uint64_t mix = (seq + 1) * UINT64_C(0x9E3779B97F4A7C15);
    for (unsigned i = 0; i < 3; i++) {
        const size_t size = i == 0 ? 1 + mix % 100 : mix % spread;
        memset(fill + i * PART_MAX, (int)(mix >> 32 & 0xff), size);
        part[i] = dt_span(fill + i * PART_MAX, size);
        mix = mix * UINT64_C(6364136223846793005) + 1442695040888963407u;
    }
}

static void expect(const struct dt_recent *r, uint64_t seq, unsigned spread)
{
    struct dt_span part[3], got[3];
    assert_true(dt_recent_get(r, seq, &got[0], &got[1], &got[2]));
    parts_of(seq, spread, part);
    for (unsigned i = 0; i < 3; i++) {
        assert_true(dt_span_equal(part[i], got[i]));
    }
}

static void put(struct dt_recent *r, uint64_t seq, unsigned spread)
{
    struct dt_span part[3];
    parts_of(seq, spread, part);
    dt_recent_put(r, seq, part[0], part[1], part[2]);
}

static void what_is_held_is_whole(void **state)
{
    (void)state;
    static const unsigned spreads[] = {50, 400, PART_MAX};
    for (unsigned s = 0; s < 3; s++) {
        struct dt_recent r = {0};
        for (uint64_t seq = 0; seq < 5000; seq++) {
            put(&r, seq, spreads[s]);
            assert_int_equal(r.end, seq + 1);
            assert_true(r.end - r.first <= DT_RECENT_RECORDS);
            expect(&r, seq, spreads[s]);
            if (seq % 97 == 0) {
                for (uint64_t held = r.first; held < r.end; held++) {
                    expect(&r, held, spreads[s]);
                }
            }
        }
        assert_true(r.end - r.first > 100); /* and it does hold some */
        dt_recent_free(&r);
    }
}

static void a_gap_starts_anew(void **state)
{
    (void)state;
    struct dt_recent r = {0};
    struct dt_span part[3];
    for (uint64_t seq = 10; seq < 20; seq++) {
        put(&r, seq, 100);
    }
    assert_false(dt_recent_get(&r, 9, &part[0], &part[1], &part[2]));
    put(&r, 12, 100); /* the others were rolled back */
    expect(&r, 12, 100);
    assert_false(dt_recent_get(&r, 13, &part[0], &part[1], &part[2]));
    assert_false(dt_recent_get(&r, 11, &part[0], &part[1], &part[2]));
    dt_recent_clear(&r);
    assert_false(dt_recent_get(&r, 12, &part[0], &part[1], &part[2]));
    dt_recent_free(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_held_is_whole),
        cmocka_unit_test(a_gap_starts_anew),
    };
    return cmocka_run_group_tests_name("recent", tests, dt_test_setup, NULL);
}

/* SPDX-License-Identifier: ISC */
/*
 * Goal: what a line's notices come too close to is the same whether the index chooses what
 * to compare or everything is compared: by whatever is known of a notice, while movements are
 * overdue, delayed, and keys come late.
 * Method: random notices come, change and go while a clock runs; every question is asked
 * both ways and the answers are compared bit by bit.
 */
#include "world.h"

#include "view/matcher.h"

enum { MINUTE = 60000, NOTICES = 160, MATCHES = 4096 };

struct notice {
    struct dt_body_notice clear;
    struct dt_notice_plain plain;
    struct dt_conflict_side side;
    bool held;
};

static int64_t between(struct dt_rng *rng, int64_t low, int64_t high)
{
    return low + (int64_t)dt_rng_below(rng, (uint64_t)(high - low + 1));
}

/* A circle or a route with times for each leg, around one town at the antimeridian. */
static void draw_volume(struct dt_rng *rng, struct notice *n, size_t i)
{
    struct dt_notice_plain *p = &n->plain;
    struct dt_point *points = &p->points[4 * i];
    const bool route = dt_rng_below(rng, 2) == 0;
    const size_t count = route ? 4 : 1;
    const int64_t from = n->clear.start_ms, lasts = n->clear.end_ms - from;
    int64_t lat = between(rng, 500000000, 505000000), lon = between(rng, -4000000, 4000000);
    for (size_t k = 0; k < count; k++) {
        const int64_t east = DT_LON_MAX_E7 + lon;
        points[k] = (struct dt_point){
            (int32_t)lat,
            (int32_t)(east > DT_LON_MAX_E7 ? east - 2 * (int64_t)DT_LON_MAX_E7 : east)};
        lat += between(rng, -600000, 600000);
        lon += between(rng, -600000, 600000);
    }
    p->rings[i] = (struct dt_ring){points, count};
    p->volumes[i] = (struct dt_notice_volume){
        .shape = {.shape = route ? DT_SHAPE_CORRIDOR : DT_SHAPE_CIRCLE,
                  .radius_mm = (uint32_t)between(rng, 50000, 2000000),
                  .rings = &p->rings[i],
                  .ring_count = 1,
                  .time = {from, n->clear.end_ms},
                  .alt_lo_mm = 0,
                  .alt_hi_mm = (int32_t)between(rng, 10, 900) * 1000},
        .datum = (enum dt_datum)dt_rng_below(rng, 4),
        .alt_accuracy_mm = (uint32_t)between(rng, 0, 1) * 200000,
        .accuracy_mm = (uint32_t)between(rng, 0, 1) * 100000,
        .tolerance_ms = between(rng, 0, 1) * 10 * MINUTE,
    };
    if (route && dt_rng_below(rng, 2) == 0) {
        for (int64_t k = 0; k < 3; k++) {
            p->legs[3 * i + (size_t)k] =
                (struct dt_window){from + lasts * k / 4, from + lasts * (k + 2) / 4};
        }
        p->volumes[i].shape.legs = &p->legs[3 * i];
    } else if (dt_rng_below(rng, 3) == 0) {
        p->volumes[i].every_ms = lasts / 4;
        p->volumes[i].length_ms = lasts / 9;
    }
}

static void draw(struct dt_rng *rng, struct notice *n, uint64_t seq)
{
    const unsigned member = (unsigned)dt_rng_below(rng, MEMBERS);
    const int64_t start = T0 + between(rng, 0, 40) * 15 * MINUTE;
    memset(n, 0, sizeof *n);
    n->clear = (struct dt_body_notice){
        .category = (enum dt_category)between(rng, 1, DT_CATEGORY_MAX),
        .request = DT_REQUEST_AVOID_WINDOW,
        .start_ms = start,
        .end_ms = start + between(rng, 1, 12) * 15 * MINUTE,
        .movement = dt_rng_below(rng, 3) == 0,
    };
    n->plain.volume_count = (size_t)between(rng, 1, 3);
    for (size_t i = 0; i < n->plain.volume_count; i++) {
        draw_volume(rng, n, i);
    }
    if (dt_rng_below(rng, 6) > 0) {
        assert_err(dt_notice_cells(&n->clear, &n->plain), DT_OK);
    }
    n->side = (struct dt_conflict_side){
        .member = member,
        .ref = some_ref(dt_wid(member, 1), seq),
        .clear = &n->clear,
        .plain = dt_rng_below(rng, 3) > 0 ? &n->plain : NULL,
        .arrived = dt_rng_below(rng, 4) == 0,
        .extension_ms = between(rng, 0, 2) * 20 * MINUTE,
    };
    n->side.end_ms = n->clear.end_ms + n->side.extension_ms;
}

struct answer {
    struct dt_match matches[MATCHES];
    size_t count;
    struct dt_match_sum sum;
};

static bool take(void *ctx, const struct dt_match *match)
{
    struct answer *a = ctx;
    assert_true(a->count < MATCHES);
    a->matches[a->count++] = *match;
    return true;
}

static size_t ask_both_ways(const struct dt_matcher *m, const struct dt_conflict_side *side,
                            int64_t now_ms)
{
    static struct answer quick, slow;
    memset(&quick, 0, sizeof quick);
    memset(&slow, 0, sizeof slow);
    dt_matcher_each(m, side, now_ms, take, &quick, &quick.sum);
    dt_matcher_each_by_one(m, side, now_ms, take, &slow, &slow.sum);
    assert_int_equal(quick.count, slow.count);
    assert_memory_equal(&quick.sum, &slow.sum, sizeof slow.sum);
    for (size_t i = 0; i < slow.count; i++) {
        const struct dt_notice_conflict *x = &quick.matches[i].conflict,
                                        *y = &slow.matches[i].conflict;
        assert_true(quick.matches[i].other.wid == slow.matches[i].other.wid &&
                    quick.matches[i].other.seq == slow.matches[i].other.seq);
        assert_true(x->outcome == y->outcome && x->distance_mm == y->distance_mm &&
                    x->pairs == y->pairs && x->first_ms == y->first_ms);
        assert_memory_equal(x->id, y->id, sizeof x->id);
    }
    return slow.count;
}

static enum dt_err add_again(void *ctx, const struct dt_ref *ref)
{
    (void)ctx, (void)ref; /* a touched family may wait for its turn */
    return DT_OK;
}

static bool one_of(const struct dt_point *all, size_t count, struct dt_point p)
{
    for (size_t i = 0; i < count; i++) {
        if (all[i].lat_e7 == p.lat_e7 && all[i].lon_e7 == p.lon_e7) {
            return true;
        }
    }
    return false;
}

/* Each place is one of those held, no two of one half degree, and every half degree has one. */
static void check_places(const struct dt_matcher *m, const struct notice *notices)
{
    struct dt_point all[NOTICES], places[NOTICES];
    size_t held = 0;
    for (size_t i = 0; i < NOTICES; i++) {
        if (notices[i].held && notices[i].side.plain != NULL) {
            all[held++] = notices[i].plain.points[0];
        }
    }
    const size_t count = dt_matcher_places(m, places, NOTICES);
    size_t exact = 0;
    assert_true(held > 10 && count > 1 && dt_matcher_places(m, places, 1) == 1);
    for (size_t i = 0; i < count; i++) {
        exact += one_of(all, held, places[i]);
    }
    assert_true(exact > 0);
    for (size_t i = 0; i < held; i++) {
        bool near = false;
        for (size_t k = 0; k < count; k++) {
            near = near || (labs((long)all[i].lat_e7 - places[k].lat_e7) <= 5000000 &&
                            labs((long)all[i].lon_e7 - places[k].lon_e7) <= 5000000);
        }
        assert_true(near || labs((long)all[i].lon_e7) > 1794000000);
    }
}

static void test_the_index_changes_no_answer(void **state)
{
    (void)state;
    static struct notice notices[NOTICES], asked;
    struct dt_rng rng = dt_rng("candidates");
    struct dt_matcher m;
    size_t found = 0, overdue = 0;
    dt_matcher_init(&m, &world()->charter);
    for (int round = 0; round < 8; round++) {
        int64_t now_ms = T0 - 60 * MINUTE;
        for (int step = 0; step < 1500; step++) {
            struct notice *n = &notices[dt_rng_below(&rng, NOTICES)];
            const uint64_t what = dt_rng_below(&rng, 100);
            now_ms += between(&rng, 0, 40) * 1000;
            if (what < 50) {
                if (!n->held) {
                    draw(&rng, n, (uint64_t)(n - notices));
                } else if (what < 20) { /* a key, a delay, an arrival */
                    n->side.plain = &n->plain;
                    n->side.extension_ms += MINUTE;
                    n->side.arrived = n->side.arrived || what < 5;
                }
                assert_err(dt_matcher_add(&m, &n->side, now_ms), DT_OK);
                n->held = true;
            } else if (what < 60 && n->held) {
                assert_err(dt_matcher_remove(&m, &n->side.ref), DT_OK);
                n->held = false;
            } else if (what < 65) {
                assert_err(dt_matcher_take_due(&m, now_ms, add_again, NULL), DT_OK);
            } else if (what < 66) {
                dt_matcher_closed_due(&m);
            } else {
                draw(&rng, &asked, 5000);
                found += ask_both_ways(
                    &m, what < 85 || n->side.clear == NULL ? &asked.side : &n->side, now_ms);
                overdue +=
                    n->held && n->clear.movement && !n->side.arrived && now_ms > n->side.end_ms;
            }
        }
    }
    assert_true(found > 500 && overdue > 50);
    check_places(&m, notices);
    dt_matcher_free(&m);
    assert_int_equal(dt_matcher_places(&m, &(struct dt_point){0, 0}, 1), 0);
}

/* One that is asked about while nothing is held, and after all has gone. */
static void test_an_empty_line_has_no_conflicts(void **state)
{
    (void)state;
    static struct notice one, other;
    struct dt_rng rng = dt_rng("empty");
    struct dt_matcher m;
    dt_matcher_init(&m, &world()->charter);
    draw(&rng, &one, 1);
    do {
        draw(&rng, &other, 2);
    } while (other.side.member == one.side.member);
    assert_int_equal(ask_both_ways(&m, &one.side, T0), 0);
    assert_err(dt_matcher_add(&m, &other.side, T0), DT_OK);
    assert_err(dt_matcher_remove(&m, &other.side.ref), DT_OK);
    assert_int_equal(ask_both_ways(&m, &one.side, T0), 0);
    other.side.member = DT_MEMBERS_MAX;
    assert_err(dt_matcher_add(&m, &other.side, T0), DT_ERR_BAD_VALUE);
    dt_matcher_free(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_index_changes_no_answer),
        cmocka_unit_test(test_an_empty_line_has_no_conflicts),
    };
    return cmocka_run_group_tests(tests, dt_test_setup, NULL);
}

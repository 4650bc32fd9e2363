/* SPDX-License-Identifier: ISC */
/*
 * Goal: a change is offered only if nothing is found after it, is the least on its ladder,
 * and the work for it is bounded.
 * Method: pairs placed by hand with the change worked out on paper; random theatres, where
 * every change offered is made and asked again one by one, without the index.
 */
#include "world.h"

#include "view/suggest.h"

enum { MINUTE = 60000, HOUR = 60 * MINUTE, NOTICES = 120 };

struct notice {
    struct dt_body_notice clear;
    struct dt_notice_plain plain;
    struct dt_conflict_side side;
};

static struct dt_suggest_room room;

/* A circle of 100 m, an hour long, 100 m to 200 m high. */
static void make(struct notice *n, unsigned member, uint64_t seq, enum dt_category category,
                 struct dt_point at, int64_t start)
{
    memset(n, 0, sizeof *n);
    n->clear = (struct dt_body_notice){.category = category,
                                       .request = DT_REQUEST_AVOID_WINDOW,
                                       .start_ms = start,
                                       .end_ms = start + HOUR};
    n->plain.points[0] = at;
    n->plain.rings[0] = (struct dt_ring){n->plain.points, 1};
    n->plain.volume_count = 1;
    n->plain.volumes[0] = (struct dt_notice_volume){.shape = {.shape = DT_SHAPE_CIRCLE,
                                                              .radius_mm = 100000,
                                                              .rings = n->plain.rings,
                                                              .ring_count = 1,
                                                              .time = {start, start + HOUR},
                                                              .alt_lo_mm = 100000,
                                                              .alt_hi_mm = 200000},
                                                    .datum = DT_DATUM_AMSL};
    n->side = (struct dt_conflict_side){.member = member,
                                        .ref = some_ref(dt_wid(member, 1), seq),
                                        .clear = &n->clear,
                                        .plain = &n->plain};
}

static const struct dt_suggestion *of(const struct dt_suggestion *all, size_t count,
                                      enum dt_change change)
{
    for (size_t i = 0; i < count; i++) {
        if (all[i].change == change) {
            return &all[i];
        }
    }
    return NULL;
}

static void test_by_hand(void **state)
{
    (void)state;
    static struct notice plan, other;
    struct dt_suggestion s[DT_CHANGE_SORTS];
    struct dt_matcher m;
    const struct dt_point at = {500000000, 100000000};
    const int64_t start = T0 + 5 * HOUR;
    dt_matcher_init(&m, &world()->charter);
    make(&other, 1, 1, DT_CATEGORY_FLIGHT, at, start);
    make(&plan, 0, 9, DT_CATEGORY_FLIGHT, at, start);
    assert_int_equal(dt_suggest(s, &room, &m, &plan.side, T0), 0); /* nothing to mend */
    assert_err(dt_matcher_add(&m, &other.side, T0), DT_OK);
    const size_t count = dt_suggest(s, &room, &m, &plan.side, T0);
    assert_int_equal(count, 4); /* 100 m of band: nothing is left under a lower ceiling */
    /* Flights: 1 km, 150 m, 10 min. An hour each, then ten minutes; the ladder has 75. */
    assert_int_equal(of(s, count, DT_CHANGE_LATER)->by, 75 * MINUTE);
    assert_int_equal(of(s, count, DT_CHANGE_EARLIER)->by, 75 * MINUTE);
    /* 1.2 km of centres would touch; more with the margin of 10 m and a hundredth. */
    const struct dt_suggestion *move = of(s, count, DT_CHANGE_MOVE);
    assert_true(move->by > 1200000 && move->by <= 1400000 && move->bearing == 0);
    /* 100 m of band and 150 m between, touching counts. */
    assert_int_equal(of(s, count, DT_CHANGE_HIGHER)->by, 300000);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(s[i].not_comparable, 0);
    }
    /* A convoy does not fly; a site stays where it is. */
    make(&plan, 0, 9, DT_CATEGORY_MOVEMENT, at, start);
    assert_int_equal(dt_suggest(s, &room, &m, &plan.side, T0), 3);
    make(&plan, 0, 9, DT_CATEGORY_STATIC, at, start);
    assert_int_equal(dt_suggest(s, &room, &m, &plan.side, T0), 0);
    make(&plan, 0, 9, DT_CATEGORY_HAZARD, at, start);
    assert_int_equal(dt_suggest(s, &room, &m, &plan.side, T0), 0);
    /* What has begun can still turn aside, not start at another time. */
    make(&plan, 0, 9, DT_CATEGORY_FLIGHT, at, start);
    const size_t begun = dt_suggest(s, &room, &m, &plan.side, start + MINUTE);
    assert_true(begun == 2 && of(s, begun, DT_CHANGE_MOVE) != NULL);
    assert_true(of(s, begun, DT_CHANGE_LATER) == NULL);
    /* Too soon for an earlier start. */
    const size_t soon = dt_suggest(s, &room, &m, &plan.side, start - HOUR);
    assert_true(of(s, soon, DT_CHANGE_EARLIER) == NULL && of(s, soon, DT_CHANGE_LATER) != NULL);
    plan.side.plain = NULL;
    assert_int_equal(dt_suggest(s, &room, &m, &plan.side, T0), 0);
    /* From 600 m down to 300 m: more than 150 m below what flies at 500 m. */
    make(&other, 1, 1, DT_CATEGORY_FLIGHT, at, start);
    other.plain.volumes[0].shape.alt_lo_mm = 500000;
    other.plain.volumes[0].shape.alt_hi_mm = 700000;
    assert_err(dt_matcher_add(&m, &other.side, T0), DT_OK);
    make(&plan, 0, 9, DT_CATEGORY_FLIGHT, at, start);
    plan.plain.volumes[0].shape.alt_hi_mm = 600000;
    const size_t low = dt_suggest(s, &room, &m, &plan.side, T0);
    assert_int_equal(of(s, low, DT_CHANGE_LOWER_CEILING)->by, 300000);
    assert_err(dt_suggest_apply(&room, &plan.side, of(s, low, DT_CHANGE_LOWER_CEILING)), DT_OK);
    assert_int_equal(room.plain.volumes[0].shape.alt_hi_mm, 300000);
    assert_int_equal(room.plain.volumes[0].shape.alt_lo_mm, 100000);
    dt_matcher_free(&m);
}

/* A way round a wall that is closed on one side, and what a movement without end does. */
static void test_what_cannot_help(void **state)
{
    (void)state;
    static struct notice plan, other, north;
    struct dt_suggestion s[DT_CHANGE_SORTS];
    struct dt_matcher m;
    const struct dt_point at = {500000000, 1799999000};
    const int64_t start = T0 + 5 * HOUR;
    dt_matcher_init(&m, &world()->charter);
    make(&other, 1, 1, DT_CATEGORY_MOVEMENT, at, T0 - 2 * HOUR);
    other.clear.movement = true; /* overdue: it may be there for ever */
    make(&north, 2, 1, DT_CATEGORY_MOVEMENT, (struct dt_point){500100000, 1799999000},
         T0 - 2 * HOUR);
    north.clear.movement = true;
    north.plain.volumes[0].shape.radius_mm = 1100000;
    make(&plan, 0, 9, DT_CATEGORY_MOVEMENT, at, start);
    assert_err(dt_matcher_add(&m, &other.side, T0 - 3 * HOUR), DT_OK);
    const size_t first = dt_suggest(s, &room, &m, &plan.side, T0);
    assert_true(first == 1 && s[0].change == DT_CHANGE_MOVE && s[0].bearing == 0);
    assert_int_equal(s[0].by, 500000);
    assert_err(dt_matcher_add(&m, &north.side, T0 - 3 * HOUR), DT_OK);
    const size_t second = dt_suggest(s, &room, &m, &plan.side, T0);
    assert_true(second >= 1 && of(s, second, DT_CHANGE_MOVE)->bearing != 0);
    /* Across the antimeridian the changed plan is still a plan. */
    const struct dt_suggestion east = {DT_CHANGE_MOVE, 1000000, 2, 0};
    assert_err(dt_suggest_apply(&room, &plan.side, &east), DT_OK);
    assert_true(room.plain.points[0].lon_e7 < -1799000000);
    const struct dt_suggestion past = {DT_CHANGE_EARLIER, start + 1, 0, 0};
    assert_err(dt_suggest_apply(&room, &plan.side, &past), DT_ERR_BAD_VALUE);
    plan.plain.points[0].lat_e7 = 849999999;
    const struct dt_suggestion pole = {DT_CHANGE_MOVE, 1000000, 0, 0};
    assert_err(dt_suggest_apply(&room, &plan.side, &pole), DT_ERR_BAD_VALUE);
    dt_matcher_free(&m);
}

static int64_t between(struct dt_rng *rng, int64_t low, int64_t high)
{
    return low + (int64_t)dt_rng_below(rng, (uint64_t)(high - low + 1));
}

static void draw(struct dt_rng *rng, struct notice *n, unsigned member, uint64_t seq)
{
    static const enum dt_category categories[5] = {DT_CATEGORY_MOVEMENT, DT_CATEGORY_FLIGHT,
                                                   DT_CATEGORY_FIRES, DT_CATEGORY_EVAC,
                                                   DT_CATEGORY_AIRSPACE_RES};
    const struct dt_point at = {(int32_t)between(rng, 500000000, 504000000),
                                (int32_t)between(rng, 100000000, 106000000)};
    make(n, member, seq, categories[dt_rng_below(rng, 5)], at,
         T0 + between(rng, 1, 40) * 15 * MINUTE);
    struct dt_notice_volume *v = &n->plain.volumes[0];
    v->shape.radius_mm = (uint32_t)between(rng, 50000, 800000);
    v->shape.alt_hi_mm = (int32_t)between(rng, 150, 900) * 1000;
    if (dt_rng_below(rng, 2) == 0) {
        v->shape.shape = DT_SHAPE_CORRIDOR;
        n->plain.points[1] = (struct dt_point){at.lat_e7 + (int32_t)between(rng, 1000, 300000),
                                               at.lon_e7 + (int32_t)between(rng, -300000, 300000)};
        n->plain.rings[0].count = 2;
        n->plain.legs[0] = v->shape.time;
        v->shape.legs = n->plain.legs;
    }
    assert_err(dt_notice_cells(&n->clear, &n->plain), DT_OK);
    n->side.plain = dt_rng_below(rng, 8) > 0 || member == 0 ? &n->plain : NULL;
    n->clear.movement = n->clear.category == DT_CATEGORY_MOVEMENT;
}

static bool any(void *ctx, const struct dt_match *match)
{
    (void)match;
    ++*(size_t *)ctx;
    return true;
}

static void test_random(void **state)
{
    (void)state;
    static struct notice held[NOTICES], plan;
    size_t offered[DT_CHANGE_SORTS] = {0}, in_conflict = 0;
    struct dt_rng rng = dt_rng("suggest");
    struct dt_matcher m;
    dt_matcher_init(&m, &world()->charter);
    for (uint64_t i = 0; i < NOTICES; i++) {
        draw(&rng, &held[i], 1 + (unsigned)dt_rng_below(&rng, 2), i);
        assert_err(dt_matcher_add(&m, &held[i].side, T0), DT_OK);
    }
    for (uint64_t i = 0; i < 150; i++) {
        struct dt_suggestion s[DT_CHANGE_SORTS], again[DT_CHANGE_SORTS];
        struct dt_match_sum sum;
        size_t found = 0;
        draw(&rng, &plan, 0, i);
        dt_matcher_each_by_one(&m, &plan.side, T0, any, &found, &sum);
        const size_t count = dt_suggest(s, &room, &m, &plan.side, T0);
        assert_true(found > 0 || count == 0);
        in_conflict += found > 0;
        assert_int_equal(dt_suggest(again, &room, &m, &plan.side, T0), count);
        for (size_t k = 0; k < count; k++) {
            assert_true(again[k].change == s[k].change && again[k].by == s[k].by &&
                        again[k].bearing == s[k].bearing);
            assert_true(k == 0 || s[k].change > s[k - 1].change);
            assert_err(dt_suggest_apply(&room, &plan.side, &s[k]), DT_OK);
            struct dt_conflict_side changed = plan.side;
            changed.clear = &room.clear;
            changed.plain = &room.plain;
            size_t left = 0;
            dt_matcher_each_by_one(&m, &changed, T0, any, &left, &sum);
            assert_int_equal(left, 0);
            offered[s[k].change]++;
        }
    }
    assert_true(in_conflict > 60);
    assert_true(offered[DT_CHANGE_LATER] > 30 && offered[DT_CHANGE_EARLIER] > 5);
    assert_true(offered[DT_CHANGE_MOVE] > 30 && offered[DT_CHANGE_HIGHER] > 5);
    dt_matcher_free(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_by_hand),
        cmocka_unit_test(test_what_cannot_help),
        cmocka_unit_test(test_random),
    };
    return cmocka_run_group_tests(tests, dt_test_setup, NULL);
}

/* SPDX-License-Identifier: ISC */
/*
 * Goal: an index answers every question with exactly the entries that dt_conflict_check
 * finds, whatever was put, amended, ended, removed and expired before, in whatever order,
 * anywhere on Earth; and the quick opinion it rests on never contradicts the exact one.
 * Method: the same operations on the index and on a plain array that is searched from end
 * to end; distances at the threshold, a millimetre at a time.
 */
#include "test.h"

#include "geo/box.h"
#include "geo/geodesic.h"
#include "geo/index.h"
#include "geo/near.h"
#include "world.h"

enum { SLOTS = 500, TOWNS = 20, CATEGORIES = 3 };

/* --- the model: an array ------------------------------------------------------------- */

struct slot {
    struct world_volume at;
    struct dt_index_entry entry;
    bool held;
};

struct model {
    struct slot slots[SLOTS];
    struct dt_index *index;
    struct dt_index_hits hits;
    size_t found; /* over all questions */
};

static struct model *model_new(uint64_t seed)
{
    struct model *m = calloc(1, sizeof *m);
    assert_non_null(m);
    m->index = dt_index_new(seed);
    assert_non_null(m->index);
    return m;
}

static void model_free(struct model *m)
{
    dt_index_free(m->index);
    dt_index_hits_free(&m->hits);
    free(m);
}

static void shift(struct world_volume *v, int64_t by_ms)
{
    v->volume.time.from_ms += by_ms;
    v->volume.time.until_ms += by_ms;
    for (size_t i = 0; v->volume.legs != NULL && i + 1 < v->ring[0].count; i++) {
        v->leg[i].from_ms += by_ms;
        v->leg[i].until_ms += by_ms;
    }
}

/* A valid volume in a town or anywhere, in some hour; a few have no end. */
static void draw(struct world *w, struct world_volume *v, bool clustered)
{
    do {
        struct world_volume other;
        if (clustered) {
            world_in_town(w, (uint64_t)world_between(w, 1, TOWNS), v);
        } else {
            world_pair(w, &other, v);
        }
    } while (dt_volume_check(&v->volume) != DT_OK);
    shift(v, world_between(w, 0, 20) * 15000);
    if (world_between(w, 0, 19) == 0) {
        v->volume.time.until_ms = DT_TIME_MAX_MS;
    }
}

static void put(struct world *w, struct model *m, size_t slot, bool clustered)
{
    struct slot *s = &m->slots[slot];
    draw(w, &s->at, clustered);
    s->entry = (struct dt_index_entry){
        .key = 1000 + 7919 * (uint64_t)slot % 1009 * UINT64_C(0x100000001),
        .group = (uint16_t)world_between(w, 0, 3),
        .category = (uint8_t)world_between(w, 0, CATEGORIES - 1),
        .datum = world_between(w, 0, 9) == 0,
        .volume = &s->at.volume,
    };
    s->held = true;
    assert_err(dt_index_put(m->index, &s->entry), DT_OK);
}

static size_t held(const struct model *m)
{
    size_t count = 0;
    for (size_t i = 0; i < SLOTS; i++) {
        count += m->slots[i].held;
    }
    return count;
}

static bool in_conflict(const struct dt_index_question *q, const struct dt_index_entry *e)
{
    struct dt_conflict conflict;
    struct dt_separation s = q->separations[e->category];
    if (e->datum != q->datum) {
        s.vertical_mm = UINT32_MAX;
    }
    return e->group != q->group &&
           dt_conflict_check(q->volume, e->volume, &s, &conflict) == DT_CONFLICT;
}

static int compare_keys(const void *a, const void *b)
{
    const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

static void ask(struct model *m, const struct dt_index_question *q)
{
    uint64_t want[SLOTS];
    size_t count = 0;
    for (size_t i = 0; i < SLOTS; i++) {
        if (m->slots[i].held && in_conflict(q, &m->slots[i].entry)) {
            want[count++] = m->slots[i].entry.key;
        }
    }
    qsort(want, count, sizeof *want, compare_keys);
    assert_err(dt_index_query(m->index, q, &m->hits), DT_OK);
    assert_int_equal(m->hits.count, count);
    for (size_t i = 0; i < count; i++) {
        assert_true(m->hits.keys[i] == want[i]);
    }
    m->found += count;
}

static void ask_at_random(struct world *w, struct model *m, bool clustered)
{
    struct world_volume v;
    struct dt_separation separations[CATEGORIES];
    draw(w, &v, clustered);
    for (size_t i = 0; i < CATEGORIES; i++) {
        separations[i] = world_separation(w);
    }
    const struct dt_index_question q = {
        .volume = &v.volume,
        .group = (uint16_t)world_between(w, 0, 3),
        .datum = world_between(w, 0, 9) == 0,
        .separations = separations,
        .separation_count = CATEGORIES,
    };
    ask(m, &q);
}

/* --- questions and histories ------------------------------------------------------------- */

static void answers_are_those_of_a_search_from_end_to_end(void **state)
{
    (void)state;
    size_t found = 0;
    for (unsigned round = 0; round < 4; round++) {
        struct world w = {100 + round};
        struct model *m = model_new(round);
        for (size_t i = 0; i < SLOTS; i++) {
            put(&w, m, i, round % 2 == 1);
        }
        assert_true(dt_index_check(m->index));
        for (int i = 0; i < 400; i++) {
            ask_at_random(&w, m, round % 2 == 1);
        }
        found += m->found;
        model_free(m);
    }
    assert_true(found > 1000); /* they do meet */
}

static void end(struct world *w, struct model *m, size_t slot)
{
    struct slot *s = &m->slots[slot];
    struct dt_window *time = &s->at.volume.time;
    const int64_t at_ms = time->from_ms + world_between(w, -1, 40) * 1000;
    assert_err(dt_index_end(m->index, s->entry.key, at_ms), DT_OK);
    if (at_ms <= time->from_ms) {
        s->held = false;
        return;
    }
    time->until_ms = at_ms < time->until_ms ? at_ms : time->until_ms;
    for (size_t i = 0; s->at.volume.legs != NULL && i + 1 < s->at.ring[0].count; i++) {
        struct dt_window *leg = &s->at.leg[i];
        if (leg->from_ms >= at_ms) {
            *leg = (struct dt_window){8 * DT_TIME_MAX_MS, 8 * DT_TIME_MAX_MS};
        }
        leg->until_ms = leg->from_ms < at_ms && leg->until_ms > at_ms ? at_ms : leg->until_ms;
    }
}

static void expire(struct model *m, int64_t now_ms)
{
    size_t before = held(m), gone = 0, late = 0;
    gone = dt_index_expire(m->index, now_ms, SIZE_MAX);
    for (size_t i = 0; i < SLOTS; i++) {
        struct slot *s = &m->slots[i];
        struct dt_index_entry entry;
        struct dt_volume volume;
        struct dt_ring rings[DT_RINGS_MAX];
        const int64_t until_ms = s->at.volume.time.until_ms;
        if (!s->held) {
            continue;
        }
        const enum dt_err err = dt_index_get(m->index, s->entry.key, &entry, &volume, rings);
        if (err == DT_OK) {
            assert_true(until_ms > now_ms - 4000 - 1); /* what stays had 4 seconds at most */
            late += until_ms <= now_ms;
        } else {
            assert_true(until_ms <= now_ms); /* nothing is dropped that may still be there */
            s->held = false;
        }
    }
    assert_int_equal(before - gone, held(m));
    (void)late;
}

static void any_history_gives_the_same_answers(void **state)
{
    (void)state;
    size_t found = 0;
    for (unsigned round = 0; round < 4; round++) {
        const bool clustered = round % 2 == 0;
        struct world w = {200 + round};
        struct model *m = model_new(round);
        int64_t now_ms = 0;
        for (int step = 0; step < 6000; step++) {
            const size_t slot = (size_t)world_between(&w, 0, SLOTS - 1);
            struct slot *s = &m->slots[slot];
            const int64_t what = world_between(&w, 0, 99);
            if (what < 60 && now_ms < 200000) {
                put(&w, m, slot, clustered);
            } else if (what < 70 && s->held) {
                end(&w, m, slot);
            } else if (what < 85) {
                const enum dt_err err = dt_index_remove(
                    m->index, 1000 + 7919 * (uint64_t)slot % 1009 * UINT64_C(0x100000001));
                assert_err(err, s->held ? DT_OK : DT_ERR_UNKNOWN_RECORD);
                s->held = false;
            } else if (what < 95) {
                ask_at_random(&w, m, clustered);
            } else if (what < 96 && step > 2000) {
                now_ms += 5000;
                expire(m, now_ms);
            }
            assert_int_equal(dt_index_count(m->index), held(m));
            if (step % 500 == 0) {
                assert_true(dt_index_check(m->index));
            }
        }
        assert_true(now_ms > 100000);
        found += m->found;
        /* To the last entry and back. */
        for (size_t i = 0; i < SLOTS; i++) {
            if (m->slots[i].held) {
                assert_err(dt_index_remove(m->index, m->slots[i].entry.key), DT_OK);
                assert_true(i % 50 != 0 || dt_index_check(m->index));
            }
        }
        assert_int_equal(dt_index_count(m->index), 0);
        assert_true(dt_index_check(m->index));
        model_free(m);
    }
    assert_true(found > 1000);
}

/* Same entries: forward with one seed; backward, with another seed and a past. */
static void answers_do_not_depend_on_the_order_of_entries(void **state)
{
    (void)state;
    struct world w = {300};
    struct model *a = model_new(1);
    struct dt_index *b = dt_index_new(2);
    struct dt_index_hits hits = {0};
    for (size_t i = 0; i < SLOTS; i++) {
        put(&w, a, i, i % 3 == 0);
    }
    for (uint64_t i = 0; i < 3 * SLOTS; i++) {
        struct dt_index_entry e = a->slots[i % SLOTS].entry;
        e.key = ~i;
        assert_err(dt_index_put(b, &e), DT_OK);
    }
    for (size_t i = SLOTS; i-- > 0;) {
        assert_err(dt_index_put(b, &a->slots[i].entry), DT_OK);
    }
    for (uint64_t i = 0; i < 3 * SLOTS; i++) {
        assert_err(dt_index_remove(b, ~i), DT_OK);
    }
    size_t met = 0;
    for (size_t i = 0; i < SLOTS; i++) {
        const struct dt_separation s = world_separation(&w);
        const struct dt_index_question q = {.volume = a->slots[i].entry.volume,
                                            .group = a->slots[i].entry.group,
                                            .separations = &s,
                                            .separation_count = 1};
        assert_err(dt_index_query(a->index, &q, &a->hits), DT_OK);
        assert_err(dt_index_query(b, &q, &hits), DT_OK);
        assert_int_equal(a->hits.count, hits.count);
        assert_true(hits.count == 0 || memcmp(a->hits.keys, hits.keys, 8 * hits.count) == 0);
        met += hits.count;
        for (size_t k = 0; k < hits.count; k++) {
            struct dt_conflict conflict;
            assert_err(dt_index_explain(b, &q, hits.keys[k], &conflict), DT_OK);
            assert_int_equal(conflict.verdict, DT_CONFLICT);
        }
    }
    assert_true(met > 100);
    dt_index_hits_free(&hits);
    dt_index_free(b);
    model_free(a);
}

/* Time passes for ever; what has no end stays, and is found. */
static void what_has_no_end_never_falls_out(void **state)
{
    (void)state;
    const struct dt_point place = {360000000, 370000000};
    const struct dt_ring ring = {&place, 1};
    const struct dt_volume open = {.shape = DT_SHAPE_CIRCLE,
                                   .radius_mm = 1000,
                                   .rings = &ring,
                                   .ring_count = 1,
                                   .time = {0, DT_TIME_MAX_MS}};
    struct dt_volume late = open;
    const struct dt_separation s = {0};
    struct dt_index *index = dt_index_new(0);
    struct dt_index_hits hits = {0};
    assert_err(dt_index_put(index, &(struct dt_index_entry){.key = 1, .volume = &open}), DT_OK);
    assert_int_equal(dt_index_expire(index, DT_TIME_MAX_MS, 100), 0);
    late.time = (struct dt_window){DT_TIME_MAX_MS - 2, DT_TIME_MAX_MS - 1}; /* far beyond 2106 */
    const struct dt_index_question q = {
        .volume = &late, .group = 1, .separations = &s, .separation_count = 1};
    assert_err(dt_index_query(index, &q, &hits), DT_OK);
    assert_int_equal(hits.count, 1);
    assert_err(dt_index_end(index, 1, 5), DT_OK); /* it has arrived */
    assert_int_equal(dt_index_expire(index, 9000, 100), 1);
    assert_int_equal(dt_index_count(index), 0);
    assert_err(dt_index_end(index, 1, 5), DT_ERR_UNKNOWN_RECORD);
    dt_index_hits_free(&hits);
    dt_index_free(index);
}

/* --- the parts ----------------------------------------------------------------------------- */

static bool boxes_meet(struct dt_box a, const struct dt_box *b)
{
    bool lon = false, rest = true;
    for (int k = 0; k < DT_BOX_AXES; k++) {
        rest = rest && (k == DT_BOX_LON || (a.lo[k] <= b->hi[k] && b->lo[k] <= a.hi[k]));
    }
    for (int32_t turn = -DT_BOX_TURN; turn <= DT_BOX_TURN; turn += DT_BOX_TURN) {
        lon = lon || (a.lo[DT_BOX_LON] + turn <= b->hi[DT_BOX_LON] &&
                      b->lo[DT_BOX_LON] <= a.hi[DT_BOX_LON] + turn);
    }
    return lon && rest;
}

/* At the separation that just catches a pair, and at some millimetres less and more. */
static void opinions_and_boxes_never_contradict_the_exact_answer(void **state)
{
    (void)state;
    static const int64_t off[] = {-100000, -51, -1, 0, 1, 51, 100000};
    static struct dt_near near;
    static struct dt_flat room;
    struct world w = {400};
    size_t said[3] = {0}, sharp = 0;
    for (int i = 0; i < 20000; i++) {
        struct world_volume a, b;
        struct dt_distance d;
        struct dt_box box, around;
        world_pair(&w, &a, &b);
        if (dt_volume_check(&a.volume) != DT_OK || dt_volume_check(&b.volume) != DT_OK) {
            continue;
        }
        dt_distance(&a.volume, &b.volume, &d);
        dt_near_init(&near, &a.volume);
        dt_box_of(&box, &b.volume, 1);
        for (size_t k = 0; k < sizeof off / sizeof off[0]; k++) {
            if (d.mm + off[k] < 0 || d.mm + off[k] > UINT32_MAX) {
                continue;
            }
            const struct dt_separation s = {(uint32_t)(d.mm + off[k]), 10000000, 2 * 60000};
            struct dt_conflict c;
            const bool meet = dt_conflict_check(&a.volume, &b.volume, &s, &c) == DT_CONFLICT;
            const enum dt_nearness n =
                dt_near_opinion(&near, &b.volume, s.lateral_mm, s.temporal_ms, &room);
            assert_true(n == DT_NEAR_OPEN || (n == DT_NEAR_YES) == meet);
            said[n]++;
            sharp += n != DT_NEAR_OPEN && off[k] != 0 && off[k] > -1000 && off[k] < 1000;
            dt_box_around(&around, &a.volume, 1, &s);
            assert_true(!meet || boxes_meet(around, &box));
        }
    }
    assert_true(said[DT_NEAR_NO] > 10000 && said[DT_NEAR_YES] > 10000);
    assert_true(sharp > 100); /* the bounds are not generous: 51 mm can be told at times */
}

static void boxes_of_close_pairs_meet_anywhere(void **state)
{
    (void)state;
    struct world w = {500};
    size_t met = 0;
    for (int i = 0; i < 40000; i++) {
        struct world_volume a, b;
        struct dt_box box, around;
        struct dt_conflict c;
        const struct dt_separation s = world_separation(&w);
        world_pair(&w, &a, &b);
        if (dt_volume_check(&a.volume) == DT_OK && dt_volume_check(&b.volume) == DT_OK &&
            dt_conflict_check(&a.volume, &b.volume, &s, &c) == DT_CONFLICT) {
            dt_box_of(&box, &b.volume, 0);
            dt_box_around(&around, &a.volume, 0, &s);
            assert_true(boxes_meet(around, &box));
            met++;
        }
    }
    assert_true(met > 5000);
}

/* Edges of hundreds to thousands of kilometres bulge toward the pole; footprints round a
 * pole have all longitudes. */
static void boxes_hold_long_edges_and_poles(void **state)
{
    (void)state;
    struct world w = {600};
    for (int i = 0; i < 20000; i++) {
        struct dt_point edge[2];
        double start, end;
        for (int k = 0; k < 2; k++) {
            edge[k].lat_e7 = (int32_t)world_between(&w, -DT_LAT_MAX_E7, DT_LAT_MAX_E7);
            edge[k].lon_e7 = (int32_t)world_between(&w, -DT_LON_MAX_E7, DT_LON_MAX_E7);
        }
        if (i % 4 == 0) {
            edge[0].lat_e7 = (int32_t)world_between(&w, 870000000, DT_LAT_MAX_E7);
        }
        const double length = dt_geodesic_inverse(edge[0], edge[1], &start, &end);
        const double reach = length < 9e6 ? length : 9e6;
        edge[1] = dt_geodesic_direct(edge[0], start, reach);
        const struct dt_point on =
            dt_geodesic_direct(edge[0], start, reach * (double)world_between(&w, 0, 1000) / 1000.0);
        const struct dt_point beside = dt_geodesic_direct(
            on, (double)world_between(&w, 0, 628) / 100.0, (double)world_between(&w, 0, 49999));
        const struct dt_ring rings[2] = {{edge, 2}, {&beside, 1}};
        const struct dt_volume route = {.shape = DT_SHAPE_CORRIDOR,
                                        .radius_mm = 50000000,
                                        .rings = &rings[0],
                                        .ring_count = 1,
                                        .time = {0, 1}};
        const struct dt_volume circle = {.shape = DT_SHAPE_CIRCLE,
                                         .radius_mm = 1,
                                         .rings = &rings[1],
                                         .ring_count = 1,
                                         .time = {0, 1}};
        struct dt_box a, b;
        if (dt_volume_check(&route) != DT_OK) {
            continue;
        }
        dt_box_of(&a, &route, 0);
        dt_box_of(&b, &circle, 0);
        assert_true(boxes_meet(a, &b));
    }
}

/* Edges so long that the geodesic and the straight line on the plane are metres apart, and a
 * place or a corner beside the middle: within the bounds the opinion has to be open. */
static void opinions_allow_for_the_stray_of_long_edges(void **state)
{
    (void)state;
    static struct dt_near near;
    static struct dt_flat room;
    struct world w = {800};
    size_t open = 0, decided = 0;
    for (int i = 0; i < 4000; i++) {
        struct dt_point ring[4], other[4];
        ring[0].lat_e7 = (int32_t)world_between(&w, -650000000, 650000000);
        ring[0].lon_e7 = (int32_t)world_between(&w, -DT_LON_MAX_E7, DT_LON_MAX_E7);
        const double heading = (double)world_between(&w, 0, 628) / 100.0;
        const double length = 1000.0 * (double)world_between(&w, 40, 380);
        ring[1] = dt_geodesic_direct(ring[0], heading, length);
        ring[2] = dt_geodesic_direct(ring[0], heading + 0.5, length);
        ring[3] = ring[0];
        double start, end;
        dt_geodesic_inverse(ring[0], ring[1], &start, &end);
        const struct dt_point on = dt_geodesic_direct(ring[0], start, length / 2.0);
        /* A small triangle whose corner is up to 20 m on either side of the edge. */
        const double off = (double)world_between(&w, -20000, 20000) / 1000.0;
        other[0] = dt_geodesic_direct(on, (start + end) / 2.0 - 1.5707963, off);
        other[1] = dt_geodesic_direct(on, (start + end) / 2.0 - 1.3, 3000.0);
        other[2] = dt_geodesic_direct(on, (start + end) / 2.0 - 1.8, 3000.0);
        other[3] = other[0];
        const struct dt_ring rings[2] = {{ring, 4}, {other, 4}};
        struct dt_volume v[2];
        for (int k = 0; k < 2; k++) {
            v[k] = (struct dt_volume){
                .shape = DT_SHAPE_POLYGON, .rings = &rings[k], .ring_count = 1, .time = {0, 1}};
        }
        struct dt_conflict c;
        const struct dt_separation s = {.lateral_mm = i % 2 == 0 ? 0 : 5000};
        const bool meet = dt_conflict_check(&v[0], &v[1], &s, &c) == DT_CONFLICT;
        dt_near_init(&near, &v[i / 2 % 2]);
        const enum dt_nearness n =
            dt_near_opinion(&near, &v[1 - i / 2 % 2], s.lateral_mm, 0, &room);
        assert_true(n == DT_NEAR_OPEN || (n == DT_NEAR_YES) == meet);
        open += n == DT_NEAR_OPEN;
        decided += n != DT_NEAR_OPEN;
    }
    assert_true(open > 100 && decided > 500);
}

/* Boxes are as large as they must be and not much larger. */
static void boxes_are_right_at_the_antimeridian_and_round_a_pole(void **state)
{
    (void)state;
    const struct dt_point across[4] = {
        {0, 1799000000}, {0, -1799000000}, {1000000, 1800000000}, {0, 1799000000}};
    struct dt_point round[7]; /* corners 60 degrees apart */
    for (int i = 0; i < 7; i++) {
        round[i] = (struct dt_point){800000000, (i < 4 ? i : i - 6) * 600000000};
    }
    const struct dt_point pole = {DT_LAT_MAX_E7, 1234567};
    const struct dt_ring rings[3] = {{across, 4}, {round, 7}, {&pole, 1}};
    const struct dt_volume am = {
        .shape = DT_SHAPE_POLYGON, .rings = &rings[0], .ring_count = 1, .time = {0, 1}};
    struct dt_volume cap = am, circle = am;
    cap.rings = &rings[1];
    circle = (struct dt_volume){.shape = DT_SHAPE_CIRCLE,
                                .radius_mm = 1,
                                .rings = &rings[2],
                                .ring_count = 1,
                                .time = {0, 1}};
    struct dt_box a, b;
    assert_err(dt_volume_check(&am), DT_OK);
    assert_err(dt_volume_check(&cap), DT_OK);
    dt_box_of(&a, &am, 0);
    assert_in_range(a.hi[DT_BOX_LON] - a.lo[DT_BOX_LON], 500000, 510000); /* 0.2 degrees */
    dt_box_of(&a, &cap, 0);
    dt_box_of(&b, &circle, 0);
    assert_true(boxes_meet(a, &b));
}

/* A route whose second leg had not begun when it was ended is not on that leg. */
static void a_leg_that_never_began_is_met_by_nobody(void **state)
{
    (void)state;
    const struct dt_point route[3] = {{0, 0}, {0, 1000000}, {0, 2000000}};
    const struct dt_point places[2] = {{0, 500000}, {0, 1500000}};
    const struct dt_window legs[2] = {{0, 10000}, {20000, 30000}};
    const struct dt_ring rings[3] = {{route, 3}, {&places[0], 1}, {&places[1], 1}};
    const struct dt_separation s = {.temporal_ms = 1000};
    const struct dt_volume convoy = {.shape = DT_SHAPE_CORRIDOR,
                                     .radius_mm = 1000,
                                     .rings = &rings[0],
                                     .ring_count = 1,
                                     .legs = legs,
                                     .time = {0, 30000}};
    struct dt_volume site = {
        .shape = DT_SHAPE_CIRCLE, .radius_mm = 1000, .ring_count = 1, .time = {0, 60000}};
    struct dt_index *index = dt_index_new(0);
    struct dt_index_hits hits = {0};
    assert_err(dt_index_put(index, &(struct dt_index_entry){.key = 5, .volume = &convoy}), DT_OK);
    const struct dt_index_question q = {
        .volume = &site, .group = 1, .separations = &s, .separation_count = 1};
    for (int ended = 0; ended < 2; ended++) {
        for (int leg = 0; leg < 2; leg++) {
            site.rings = &rings[1 + leg];
            assert_err(dt_index_query(index, &q, &hits), DT_OK);
            assert_int_equal(hits.count, ended == 0 || leg == 0);
        }
        assert_err(dt_index_end(index, 5, 15000), DT_OK);
    }
    dt_index_hits_free(&hits);
    dt_index_free(index);
}

/* Memory is part of the promise: at most 150 bytes beyond what a record says itself. */
static void memory_stays_within_its_promise(void **state)
{
    (void)state;
    struct world w = {700};
    struct dt_index *index = dt_index_new(0);
    size_t record = 0;
    const uint64_t count = 30000;
    for (uint64_t i = 0; i < count; i++) {
        struct world_volume v;
        draw(&w, &v, i % 2 == 0);
        const struct dt_index_entry e = {.key = i, .volume = &v.volume};
        assert_err(dt_index_put(index, &e), DT_OK);
        record += 40; /* key, window, band, radius, whose, what */
        for (size_t r = 0; r < v.volume.ring_count; r++) {
            record += 8 * v.ring[r].count;
        }
        record += v.volume.legs != NULL ? 16 * (v.ring[0].count - 1) : 0;
    }
    assert_true(dt_index_bytes(index) < record + 150 * count);
    /* What is removed is used again. */
    const size_t before = dt_index_bytes(index);
    for (uint64_t i = 0; i < 4 * count; i++) {
        struct world_volume v;
        draw(&w, &v, i % 2 == 0);
        const struct dt_index_entry e = {.key = i % count, .volume = &v.volume};
        assert_err(dt_index_put(index, &e), DT_OK);
    }
    assert_true(dt_index_bytes(index) < before + before / 2);
    dt_index_free(index);
}

/* The largest volume there is, and many keys that only differ at one end. */
static void limits_are_kept(void **state)
{
    (void)state;
    struct dt_separation s = {0};
    struct dt_index *index = dt_index_new(0);
    struct dt_index_hits hits = {0};
    static struct dt_point points[DT_RINGS_MAX][DT_RING_MAX];
    static struct dt_ring rings[DT_RINGS_MAX];
    for (int r = 0; r < DT_RINGS_MAX; r++) { /* a field of 63 holes in one ring */
        const int64_t size = r == 0 ? 100000000 : 400000;
        const int64_t lat = r == 0 ? 0 : (r % 8 - 4) * 10000000;
        const int64_t lon = r == 0 ? 0 : (r / 8 - 4) * 10000000;
        for (int i = 0; i < DT_RING_MAX - 1; i++) {
            const struct dt_point p = {(int32_t)lat, (int32_t)lon};
            points[r][i] = dt_geodesic_direct(p, 6.28 * i / 255.0, (double)size / 100.0);
        }
        points[r][DT_RING_MAX - 1] = points[r][0];
        rings[r] = (struct dt_ring){points[r], DT_RING_MAX};
    }
    const struct dt_volume field = {
        .shape = DT_SHAPE_POLYGON, .rings = rings, .ring_count = DT_RINGS_MAX, .time = {0, 1000}};
    struct dt_point place = {-1, 0};
    const struct dt_ring ring = {&place, 1};
    const struct dt_volume circle = {.shape = DT_SHAPE_CIRCLE,
                                     .radius_mm = 1,
                                     .rings = &ring,
                                     .ring_count = 1,
                                     .time = {0, 1000}};
    assert_err(dt_volume_check(&field), DT_OK);
    assert_err(dt_index_put(index, &(struct dt_index_entry){.key = 0, .volume = &field}), DT_OK);
    for (uint64_t i = 1; i < 300; i++) {
        assert_err(dt_index_put(index, &(struct dt_index_entry){i << 44, 1, 0, 0, &circle}), DT_OK);
    }
    const struct dt_index_question q = {
        .volume = &field, .group = 2, .separations = &s, .separation_count = 1};
    assert_err(dt_index_query(index, &q, &hits), DT_OK);
    struct dt_conflict c;
    const bool in_a_hole = dt_conflict_check(&field, &circle, &s, &c) != DT_CONFLICT;
    assert_true(in_a_hole);
    assert_int_equal(hits.count, 1);
    assert_true(hits.keys[0] == 0);
    assert_true(dt_index_check(index));
    const struct dt_index_entry bad = {.category = DT_INDEX_CATEGORIES, .volume = &circle};
    assert_err(dt_index_put(index, &bad), DT_ERR_BAD_VALUE);
    const struct dt_index_question none = {.volume = &circle};
    assert_err(dt_index_query(index, &none, &hits), DT_ERR_BAD_VALUE);
    dt_index_hits_free(&hits);
    dt_index_free(index);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers_are_those_of_a_search_from_end_to_end),
        cmocka_unit_test(any_history_gives_the_same_answers),
        cmocka_unit_test(answers_do_not_depend_on_the_order_of_entries),
        cmocka_unit_test(what_has_no_end_never_falls_out),
        cmocka_unit_test(opinions_and_boxes_never_contradict_the_exact_answer),
        cmocka_unit_test(boxes_of_close_pairs_meet_anywhere),
        cmocka_unit_test(boxes_hold_long_edges_and_poles),
        cmocka_unit_test(opinions_allow_for_the_stray_of_long_edges),
        cmocka_unit_test(boxes_are_right_at_the_antimeridian_and_round_a_pole),
        cmocka_unit_test(a_leg_that_never_began_is_met_by_nobody),
        cmocka_unit_test(memory_stays_within_its_promise),
        cmocka_unit_test(limits_are_kept),
    };
    return cmocka_run_group_tests_name("index", tests, NULL, NULL);
}

/* SPDX-License-Identifier: ISC */
/*
 * Goal: both sides learn the cells both have, no others; lists say nothing by size or order;
 * a member that tiles the theatre gains no more than its cap, and is flagged.
 * Method: random sets against a plain intersection; an enumerator that goes on until refused.
 */
#include "sides.h"

enum { CELLS_MAX = 64 };

/* Up to `most` cells out of `range`, ascending. */
static void draw(struct dt_rng *rng, struct dt_blind_cells *set, size_t most, uint64_t range)
{
    set->count = (size_t)dt_rng_below(rng, most + 1);
    for (size_t i = 0; i < set->count; i++) {
        set->cells[i] = dt_rng_below(rng, range) << 7;
    }
    dt_blind_cells_sort(set);
}

static size_t plain(uint64_t *out, const struct dt_blind_cells *a, const struct dt_blind_cells *b)
{
    size_t count = 0;
    for (size_t i = 0; i < a->count; i++) {
        for (size_t k = 0; k < b->count; k++) {
            if (a->cells[i] == b->cells[k]) {
                out[count++] = a->cells[i];
            }
        }
    }
    return count;
}

static void assert_common(const struct dt_blind *b, const uint64_t *expected, size_t expected_count)
{
    const uint64_t *cells;
    size_t count;
    assert_err(dt_blind_common(b, &cells, &count), DT_OK);
    assert_int_equal(count, expected_count);
    for (size_t i = 0; i < count; i++) {
        assert_true(cells[i] == expected[i]);
    }
}

static void both_learn_the_plain_intersection(void **state)
{
    (void)state;
    struct dt_rng rng = dt_rng("blind sets");
    size_t met = 0;
    size_t apart = 0;
    for (int i = 0; i < 80; i++) {
        uint64_t a_cells[CELLS_MAX], b_cells[CELLS_MAX], expected[CELLS_MAX];
        struct dt_blind_cells a = {a_cells, CELLS_MAX, 0};
        struct dt_blind_cells b = {b_cells, CELLS_MAX, 0};
        const struct dt_blind_terms terms = sides_terms(16 + (uint32_t)dt_rng_below(&rng, 32));
        const uint64_t range = 16u << dt_rng_below(&rng, 8);
        struct sides s;
        draw(&rng, &a, terms.size, range);
        draw(&rng, &b, terms.size, range);
        sides_begin(&s, &rng, &terms, &a, &b);
        sides_run(&s, 0, DT_BLIND_MESSAGES);
        const size_t count = plain(expected, &a, &b);
        assert_common(s.side[0], expected, count);
        assert_common(s.side[1], expected, count);
        met += count > 0;
        apart += count == 0;
        sides_end(&s);
    }
    assert_true(met > 10 && apart > 10);
}

static void sizes_and_order_say_nothing(void **state)
{
    (void)state;
    struct dt_rng rng = dt_rng("blind sizes");
    uint64_t one[] = {5}, many[CELLS_MAX];
    struct dt_blind_cells a = {one, 1, 1};
    struct dt_blind_cells b = {many, CELLS_MAX, CELLS_MAX};
    const struct dt_blind_terms terms = sides_terms(CELLS_MAX);
    struct sides s;
    for (uint64_t i = 0; i < CELLS_MAX; i++) {
        many[i] = i;
    }
    sides_begin(&s, &rng, &terms, &a, &b);
    sides_run(&s, 0, DT_BLIND_MESSAGES);
    for (size_t step = 0; step < DT_BLIND_MESSAGES; step += 2) {
        struct dt_blind_message m;
        assert_int_equal(s.message[step].size, s.message[step + 1].size);
        assert_err(dt_blind_message_read(&m, s.message[step + 1]), DT_OK);
        if (m.kind != DT_BLIND_LIST) {
            continue;
        }
        for (size_t i = 1; i < CELLS_MAX; i++) { /* the order is that of the points */
            assert_true(memcmp(m.points.data + (i - 1) * DT_POINT_SIZE, m.points.data + i * DT_POINT_SIZE,
                               DT_POINT_SIZE) < 0);
        }
    }
    assert_common(s.side[0], one, 1);
    sides_end(&s);
}

/* The same plans twice: nobody can tell from the lists. */
static void sessions_are_not_linked(void **state)
{
    (void)state;
    struct dt_rng rng = dt_rng("blind links");
    uint64_t cells[CELLS_MAX];
    struct dt_blind_cells set = {cells, CELLS_MAX, 0};
    struct dt_blind_message m[2];
    const struct dt_blind_terms terms = sides_terms(CELLS_MAX);
    struct sides s[2];
    draw(&rng, &set, CELLS_MAX, 1000);
    for (int i = 0; i < 2; i++) {
        sides_begin(&s[i], &rng, &terms, &set, &set);
        sides_run(&s[i], 0, 3);
        assert_err(dt_blind_message_read(&m[i], s[i].message[2]), DT_OK);
    }
    for (size_t i = 0; i < CELLS_MAX; i++) {
        for (size_t k = 0; k < CELLS_MAX; k++) {
            assert_memory_not_equal(m[0].points.data + i * DT_POINT_SIZE,
                                    m[1].points.data + k * DT_POINT_SIZE, DT_POINT_SIZE);
        }
    }
    sides_end(&s[0]);
    sides_end(&s[1]);
}

static void caps_hold(void **state)
{
    (void)state;
    const uint8_t secret[DT_BLIND_SECRET_SIZE] = {1};
    const struct dt_blind_terms terms = sides_terms(16);
    struct dt_blind_terms wrong = terms;
    struct dt_blind_budget budget;
    struct dt_blind *b;
    uint64_t cells[17];
    assert_err(dt_crypto_init(), DT_OK);
    for (uint64_t i = 0; i < 17; i++) {
        cells[i] = i;
    }
    dt_blind_budget_init(&budget, 1000, 32, 100);
    assert_err(dt_blind_new(&b, &terms, DT_BLIND_ASKS, secret, cells, 17, &budget, 0), DT_ERR_CAPACITY);
    cells[1] = 0;
    assert_err(dt_blind_new(&b, &terms, DT_BLIND_ASKS, secret, cells, 2, &budget, 0), DT_ERR_NOT_CANONICAL);
    wrong.size = DT_BLIND_SIZE_MAX + 1;
    assert_err(dt_blind_new(&b, &wrong, DT_BLIND_ASKS, secret, cells, 1, &budget, 0), DT_ERR_BAD_VALUE);
    assert_int_equal(budget.count, 0); /* what never began is not charged */
    for (int i = 0; i < 2; i++) {
        assert_err(dt_blind_new(&b, &terms, DT_BLIND_ASKS, secret, cells, 1, &budget, 100 * i), DT_OK);
        dt_blind_free(b);
    }
    assert_false(budget.flagged);
    assert_err(dt_blind_new(&b, &terms, DT_BLIND_ASKS, secret, cells, 1, &budget, 999), DT_ERR_QUOTA);
    assert_null(b);
    assert_true(budget.flagged);
    /* A clock set back frees nothing; the first session's charge ends after its window. */
    assert_err(dt_blind_budget_take(&budget, -5000, 16), DT_ERR_QUOTA);
    assert_err(dt_blind_budget_take(&budget, 1000, 17), DT_ERR_QUOTA);
    assert_err(dt_blind_budget_take(&budget, 1000, 16), DT_OK);
    assert_err(dt_blind_budget_take(&budget, 1099, 16), DT_ERR_QUOTA);
    assert_err(dt_blind_budget_take(&budget, 1100, 16), DT_OK);
}

static void many_small_sessions_are_too_many(void **state)
{
    (void)state;
    struct dt_blind_budget budget;
    dt_blind_budget_init(&budget, 1000, 1000000, 100);
    for (int i = 0; i < DT_BLIND_SESSIONS_MAX; i++) {
        assert_err(dt_blind_budget_take(&budget, i, 16), DT_OK);
    }
    assert_err(dt_blind_budget_take(&budget, 999, 16), DT_ERR_QUOTA);
    assert_err(dt_blind_budget_take(&budget, 1000, 16), DT_OK);
}

/* A theatre of 4,096 cells, in which one side has a plan in every fourth. The other asks
 * about all of it, list by list without padding, for three days. */
static void who_tiles_the_theatre_gains_the_cap_and_is_flagged(void **state)
{
    (void)state;
    enum { THEATRE = 4096, LIST = 64, CAP = 256, HITS = 40, DAYS = 3 };
    struct dt_rng rng = dt_rng("blind tiles");
    static uint64_t own[LIST];
    static bool gained[THEATRE];
    struct dt_blind_budget theirs;
    uint64_t next = 0;
    size_t gain = 0;
    size_t refused = 0;
    const struct dt_blind_terms terms = sides_terms(LIST);
    dt_blind_budget_init(&theirs, 86400000, CAP, HITS);
    for (int64_t hour = 0; hour < DAYS * 24; hour++) {
        uint64_t tile[LIST];
        struct dt_blind_cells asks = {tile, LIST, LIST};
        struct dt_blind_cells has = {own, LIST, LIST / 4};
        struct sides s;
        const uint64_t *found;
        size_t count;
        for (uint64_t i = 0; i < LIST; i++) {
            tile[i] = (next + i) % THEATRE;
        }
        for (uint64_t i = 0; i < LIST / 4; i++) {
            own[i] = tile[i * 4]; /* what of our plans lies there */
        }
        sides_begin(&s, &rng, &terms, &asks, &has);
        dt_blind_free(s.side[1]);
        const uint8_t secret[DT_BLIND_SECRET_SIZE] = {(uint8_t)hour, 9};
        if (dt_blind_new(&s.side[1], &terms, DT_BLIND_ANSWERS, secret, own, LIST / 4, &theirs,
                         hour * 3600000) == DT_ERR_QUOTA) {
            refused++;
            sides_end(&s);
            continue;
        }
        sides_run(&s, 0, DT_BLIND_MESSAGES);
        assert_err(dt_blind_common(s.side[0], &found, &count), DT_OK);
        for (size_t i = 0; i < count; i++) {
            gain += !gained[found[i]];
            gained[found[i]] = true;
        }
        next += LIST;
        if (hour == 0) {
            assert_false(theirs.flagged); /* 16 hits */
        }
        if (hour == 2) {
            assert_true(theirs.flagged); /* 48: before it was refused anything */
            assert_int_equal(refused, 0);
        }
        sides_end(&s);
    }
    assert_int_equal(gain, CAP / 4 * DAYS); /* of 1,024 */
    assert_true(next <= CAP * DAYS);
    assert_int_equal(refused, DAYS * (24 - CAP / LIST));
    assert_true(theirs.flagged);
}

static void the_largest_list_is_carried(void **state)
{
    (void)state;
    struct dt_rng rng = dt_rng("blind large");
    static uint64_t a[DT_BLIND_SIZE_MAX];
    static uint8_t bytes[DT_BLIND_MESSAGE_MAX];
    const struct dt_blind_terms terms = sides_terms(DT_BLIND_SIZE_MAX);
    struct dt_blind_cells set = {a, DT_BLIND_SIZE_MAX, 1};
    struct dt_blind_message m;
    struct sides s;
    sides_begin(&s, &rng, &terms, &set, &set);
    sides_run(&s, 0, 3);
    assert_err(dt_blind_message_read(&m, s.message[2]), DT_OK);
    assert_int_equal(m.points.size, DT_BLIND_SIZE_MAX * DT_POINT_SIZE);
    const uint8_t scalar[DT_SCALAR_SIZE] = {0};
    m.kind = DT_BLIND_REPLY; /* the largest of all */
    m.challenge = m.response = dt_span(scalar, sizeof scalar);
    struct dt_writer w = dt_writer(bytes, sizeof bytes);
    dt_blind_message_write(&w, &m);
    assert_false(w.overflowed);
    sides_end(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_learn_the_plain_intersection),
        cmocka_unit_test(sizes_and_order_say_nothing),
        cmocka_unit_test(sessions_are_not_linked),
        cmocka_unit_test(caps_hold),
        cmocka_unit_test(many_small_sessions_are_too_many),
        cmocka_unit_test(who_tiles_the_theatre_gains_the_cap_and_is_flagged),
        cmocka_unit_test(the_largest_list_is_carried),
    };
    return cmocka_run_group_tests_name("blind", tests, NULL, NULL);
}

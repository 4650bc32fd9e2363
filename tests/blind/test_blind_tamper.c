/* SPDX-License-Identifier: ISC */
/*
 * Goal: what was changed, left out or made up is refused by name; an opening shows a third
 * party what was said, and nothing else opens.
 * Method: one session, changed at each place; liars that keep to the form.
 */
#include "sides.h"

enum { SIZE = 16, CELLS = 5 };

static uint64_t a_cells[] = {10, 20, 30, 40, 50};
static uint64_t b_cells[] = {20, 25, 40, 60, 70};
static const struct dt_blind_cells a = {a_cells, CELLS, CELLS};
static const struct dt_blind_cells b = {b_cells, CELLS, CELLS};

static void begin(struct sides *s, const char *name)
{
    struct dt_rng rng = dt_rng(name);
    const struct dt_blind_terms terms = sides_terms(SIZE);
    sides_begin(s, &rng, &terms, &a, &b);
}

/* The message `step` written again after `change` had it. */
static struct dt_span changed(uint8_t *room, struct dt_span message,
                              void (*change)(struct dt_blind_message *, uint8_t *))
{
    static uint8_t points[SIZE * DT_POINT_SIZE];
    struct dt_blind_message m;
    assert_err(dt_blind_message_read(&m, message), DT_OK);
    if (m.points.size > 0) {
        memcpy(points, m.points.data, m.points.size);
        m.points.data = points;
    }
    change(&m, points);
    struct dt_writer w = dt_writer(room, DT_BLIND_MESSAGE_MAX);
    dt_blind_message_write(&w, &m);
    return dt_written(&w);
}

static const uint8_t other[32] = {99};
static uint8_t good[DT_POINT_SIZE]; /* a point of nobody's */

static void other_line(struct dt_blind_message *m, uint8_t *p) { (void)p; m->line = dt_span(other, 32); }
static void other_slot(struct dt_blind_message *m, uint8_t *p) { (void)p; m->slot_ms *= 2; }
static void other_size(struct dt_blind_message *m, uint8_t *p) { (void)p; m->size += 1; }
static void other_role(struct dt_blind_message *m, uint8_t *p) { (void)p; m->role = 1 - m->role; }
static void bad_key(struct dt_blind_message *m, uint8_t *p) { (void)p; m->key = dt_span(other, 32); }
static void new_nonce(struct dt_blind_message *m, uint8_t *p) { (void)p; m->nonce = dt_span(other, 32); }
static void no_history(struct dt_blind_message *m, uint8_t *p) { (void)p; m->after = dt_span(other, 32); }
static void neutral(struct dt_blind_message *m, uint8_t *p) { (void)m; memset(p, 0, DT_POINT_SIZE); }
static void no_point(struct dt_blind_message *m, uint8_t *p) { (void)m; memset(p + DT_POINT_SIZE, 0xff, DT_POINT_SIZE); }
static void twice(struct dt_blind_message *m, uint8_t *p) { (void)m; memcpy(p + DT_POINT_SIZE, p, DT_POINT_SIZE); }
static void one_less(struct dt_blind_message *m, uint8_t *p) { (void)p; m->points.size -= DT_POINT_SIZE; }
static void one_other(struct dt_blind_message *m, uint8_t *p) { (void)m; memcpy(p + 5 * DT_POINT_SIZE, good, sizeof good); }
static void other_proof(struct dt_blind_message *m, uint8_t *p) { (void)p; m->challenge = dt_span(other, 32); }

static void swapped(struct dt_blind_message *m, uint8_t *p)
{
    uint8_t first[DT_POINT_SIZE];
    (void)m;
    memcpy(first, p, DT_POINT_SIZE);
    memcpy(p, p + DT_POINT_SIZE, DT_POINT_SIZE);
    memcpy(p + DT_POINT_SIZE, first, DT_POINT_SIZE);
}

static const struct {
    size_t step;
    void (*change)(struct dt_blind_message *, uint8_t *);
    enum dt_err expected;
} changes[] = {
    {0, other_line, DT_ERR_UNKNOWN_LINE}, {0, other_slot, DT_ERR_BAD_VALUE},
    {0, other_size, DT_ERR_BAD_VALUE},    {0, other_role, DT_ERR_BAD_VALUE},
    {0, bad_key, DT_ERR_BAD_KEY},         {1, no_history, DT_ERR_BAD_HASH},
    {1, other_line, DT_ERR_UNKNOWN_LINE}, {1, bad_key, DT_ERR_BAD_KEY},
    {2, no_history, DT_ERR_BAD_HASH},     {2, neutral, DT_ERR_BAD_VALUE},
    {2, no_point, DT_ERR_BAD_VALUE},      {2, twice, DT_ERR_NOT_CANONICAL},
    {2, swapped, DT_ERR_NOT_CANONICAL},   {3, one_less, DT_ERR_BAD_VALUE},
    {4, no_history, DT_ERR_BAD_HASH},     {4, swapped, DT_ERR_BAD_PROOF},
    {4, one_other, DT_ERR_BAD_PROOF},     {4, twice, DT_ERR_BAD_PROOF},
    {4, other_proof, DT_ERR_BAD_PROOF},   {5, one_other, DT_ERR_BAD_PROOF},
    {5, swapped, DT_ERR_BAD_PROOF},       {5, neutral, DT_ERR_BAD_VALUE},
    {5, one_less, DT_ERR_BAD_VALUE},
};

/* And a refused message changes nothing: the true one is taken after it. */
static void changes_are_refused_by_name(void **state)
{
    (void)state;
    static uint8_t room[DT_BLIND_MESSAGE_MAX];
    assert_err(dt_crypto_init(), DT_OK);
    dt_point_hash(good, "test", NULL, 0);
    for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++) {
        struct sides s;
        const size_t step = changes[i].step;
        const uint64_t *cells;
        size_t count;
        begin(&s, "tamper");
        sides_run(&s, 0, step);
        const struct dt_span bytes = changed(room, sides_make(&s, step), changes[i].change);
        if (dt_blind_receive(s.side[1 - dt_blind_turn(step)], bytes) != changes[i].expected) {
            fail_msg("change %zu: expected %s", i, dt_err_name(changes[i].expected));
        }
        assert_err(dt_blind_receive(s.side[1 - dt_blind_turn(step)], s.message[step]), DT_OK);
        sides_run(&s, step + 1, DT_BLIND_MESSAGES);
        assert_err(dt_blind_common(s.side[1], &cells, &count), DT_OK);
        assert_int_equal(count, 2);
        sides_end(&s);
    }
}

/* What has the form of a true message passes, and the next one shows it. */
static void silent_changes_show_in_the_next_message(void **state)
{
    (void)state;
    static uint8_t room[DT_BLIND_MESSAGE_MAX];
    struct sides s;
    begin(&s, "silent");
    assert_err(dt_blind_receive(s.side[1], changed(room, sides_make(&s, 0), new_nonce)), DT_OK);
    assert_err(dt_blind_receive(s.side[0], sides_make(&s, 1)), DT_ERR_BAD_HASH);
    sides_end(&s);
}

static void turns_are_kept(void **state)
{
    (void)state;
    uint8_t room[64];
    struct sides s;
    const uint64_t *cells;
    size_t count;
    begin(&s, "turns");
    struct dt_writer w = dt_writer(room, sizeof room);
    assert_err(dt_blind_next(s.side[1], &w), DT_ERR_BAD_STATE);
    assert_err(dt_blind_next(s.side[0], &w), DT_ERR_CAPACITY);
    assert_err(dt_blind_open(s.side[0], &w), DT_ERR_BAD_STATE);
    sides_run(&s, 0, 3);
    assert_err(dt_blind_receive(s.side[0], s.message[2]), DT_ERR_BAD_STATE); /* once more */
    assert_err(dt_blind_receive(s.side[1], s.message[0]), DT_ERR_BAD_STATE);
    assert_err(dt_blind_common(s.side[0], &cells, &count), DT_ERR_BAD_STATE);
    sides_run(&s, 3, 5);
    assert_false(dt_blind_done(s.side[0]));
    sides_run(&s, 5, 6);
    assert_true(dt_blind_done(s.side[0]) && dt_blind_done(s.side[1]));
    sides_end(&s);
}

/* A session of one's own messages sent back proves nothing. */
static void an_echo_is_refused(void **state)
{
    (void)state;
    struct sides s;
    begin(&s, "echo");
    sides_run(&s, 0, 2);
    const struct dt_span list = sides_make(&s, 2);
    assert_err(dt_blind_receive(s.side[1], list), DT_ERR_BAD_HASH);
    sides_end(&s);
}

static void openings_show_what_was_said(void **state)
{
    (void)state;
    struct sides s;
    begin(&s, "open");
    sides_run(&s, 0, DT_BLIND_MESSAGES);
    for (int i = 0; i < 2; i++) {
        uint8_t room[1024];
        struct dt_writer w = dt_writer(room, sizeof room);
        struct dt_blind_judged judged;
        assert_err(dt_blind_open(s.side[i], &w), DT_OK);
        assert_err(dt_blind_judge(&judged, dt_written(&w), s.message, DT_BLIND_MESSAGES), DT_OK);
        assert_int_equal(judged.role, i);
        assert_true(judged.complete);
        assert_int_equal(judged.common, 2);
        assert_int_equal(judged.cells.size, CELLS * DT_BLIND_CELL_SIZE);
        assert_int_equal(judged.cells.data[7], i == 0 ? 10 : 20);
        assert_err(dt_blind_judge(&judged, dt_written(&w), s.message, 4), DT_OK);
        assert_false(judged.complete);
        assert_err(dt_blind_judge(&judged, dt_written(&w), s.message, 2), DT_ERR_BAD_STATE);
    }
    sides_end(&s);
}

static struct dt_span opening_with(struct sides *s, uint8_t *room, size_t size, bool secret, bool cells)
{
    static uint8_t wrong[CELLS * DT_BLIND_CELL_SIZE];
    struct dt_writer w = dt_writer(room, size);
    struct dt_blind_message m;
    assert_err(dt_blind_open(s->side[0], &w), DT_OK);
    assert_err(dt_blind_message_read(&m, dt_written(&w)), DT_OK);
    static uint8_t copy[DT_BLIND_SECRET_SIZE], after[DT_HASH_SIZE];
    memcpy(copy, m.secret.data, sizeof copy);
    memcpy(after, m.after.data, sizeof after);
    memcpy(wrong, m.cells.data, sizeof wrong);
    copy[0] ^= secret;
    wrong[sizeof wrong - 1] ^= cells;
    m.secret.data = copy;
    m.after.data = after;
    m.cells.data = wrong;
    w = dt_writer(room, size);
    dt_blind_message_write(&w, &m);
    return dt_written(&w);
}

static void nothing_else_opens(void **state)
{
    (void)state;
    static uint8_t room[1024], changed_list[DT_BLIND_MESSAGE_MAX];
    struct sides s;
    struct sides t;
    struct dt_blind_judged judged;
    begin(&s, "one");
    sides_run(&s, 0, DT_BLIND_MESSAGES);
    begin(&t, "another");
    sides_run(&t, 0, DT_BLIND_MESSAGES);
    assert_err(dt_blind_judge(&judged, opening_with(&s, room, sizeof room, true, false), s.message, 6),
               DT_ERR_DOES_NOT_OPEN);
    assert_err(dt_blind_judge(&judged, opening_with(&s, room, sizeof room, false, true), s.message, 6),
               DT_ERR_DOES_NOT_OPEN);
    const struct dt_span opening = opening_with(&s, room, sizeof room, false, false);
    assert_err(dt_blind_judge(&judged, opening, s.message, 6), DT_OK);
    assert_err(dt_blind_judge(&judged, opening, t.message, 6), DT_ERR_BAD_HASH);
    /* A list other than that of the cells committed to: the commitment opens, the list does not fit. */
    struct dt_span messages[4] = {s.message[0], s.message[1], s.message[2]};
    messages[3] = changed(changed_list, s.message[3], one_other);
    struct dt_blind_message m;
    assert_err(dt_blind_message_read(&m, messages[3]), DT_OK);
    uint8_t *points = changed_list + (m.points.data - changed_list);
    memset(points + 5 * DT_POINT_SIZE, 0, DT_POINT_SIZE);
    assert_err(dt_blind_judge(&judged, opening, messages, 4), DT_ERR_BAD_VALUE);
    struct dt_blind_message original;
    assert_err(dt_blind_message_read(&original, s.message[3]), DT_OK);
    memcpy(points, original.points.data, original.points.size);
    dt_point_hash(good, "last", NULL, 0); /* in the last place only if it is the largest */
    for (uint8_t i = 0; memcmp(good, points + (SIZE - 2) * DT_POINT_SIZE, DT_POINT_SIZE) <= 0; i++) {
        const struct dt_span part = dt_span(&i, 1);
        dt_point_hash(good, "last", &part, 1);
        assert_true(i < 255);
    }
    memcpy(points + (SIZE - 1) * DT_POINT_SIZE, good, DT_POINT_SIZE);
    assert_err(dt_blind_judge(&judged, opening, messages, 4), DT_ERR_BAD_PROOF);
    sides_end(&s);
    sides_end(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(changes_are_refused_by_name),
        cmocka_unit_test(silent_changes_show_in_the_next_message),
        cmocka_unit_test(turns_are_kept),
        cmocka_unit_test(an_echo_is_refused),
        cmocka_unit_test(openings_show_what_was_said),
        cmocka_unit_test(nothing_else_opens),
    };
    return cmocka_run_group_tests_name("blind_tamper", tests, NULL, NULL);
}

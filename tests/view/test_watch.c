/* SPDX-License-Identifier: ISC */
/*
 * Goal: who is at a desk, whether a path is up and what is due is never told otherwise
 * than the records and echoes say, in whatever order they came.
 * Method: bodies written and read back, bytes built by hand; notes in every order;
 * random histories of a path against a model that counts.
 */
#include "world.h"

#include "cbor/cbor.h"
#include "view/watch.h"

static uint8_t out[DT_BODY_MAX];
static size_t size;

static struct dt_span written(void)
{
    return dt_span(out, size);
}

/* --- bodies ------------------------------------------------------------------------- */

static void test_watch_comes_back(void **state)
{
    (void)state;
    static struct dt_body_watch b, back;
    b = (struct dt_body_watch){.event = DT_WATCH_HANDED_OVER, .desk = "Ops", .until_ms = T0 + 9};
    b.open_count = DT_REFS_MAX;
    for (size_t i = 0; i < DT_REFS_MAX; i++) {
        b.open[i] = some_ref(16, i);
    }
    assert_err(dt_body_watch_encode(out, sizeof out, &size, &b), DT_OK);
    assert_err(dt_body_watch_decode(&back, written()), DT_OK);
    assert_true(back.event == b.event && back.until_ms == b.until_ms);
    assert_string_equal(back.desk, "Ops");
    assert_int_equal(back.open_count, DT_REFS_MAX);
    for (size_t i = 0; i < DT_REFS_MAX; i++) {
        assert_true(back.open[i].wid == 16 && back.open[i].seq == i);
        assert_memory_equal(back.open[i].leaf, b.open[i].leaf, DT_HASH_SIZE);
    }
    b.open_count++;
    assert_err(dt_body_watch_encode(out, sizeof out, &size, &b), DT_ERR_TOO_LARGE);
    b = (struct dt_body_watch){.event = DT_WATCH_TAKEN};
    assert_err(dt_body_watch_encode(out, sizeof out, &size, &b), DT_ERR_MISSING_FIELD);
    b.event = DT_WATCH_LEFT;
    assert_err(dt_body_watch_encode(out, sizeof out, &size, &b), DT_OK);
    assert_int_equal(size, 3); /* {5: 2} */
    b.open_count = 1;
    assert_err(dt_body_watch_encode(out, sizeof out, &size, &b), DT_ERR_BAD_VALUE);
    b = (struct dt_body_watch){.event = DT_WATCH_EVENTS};
    assert_err(dt_body_watch_encode(out, sizeof out, &size, &b), DT_ERR_BAD_VALUE);
}

static void test_what_was_tried_comes_back(void **state)
{
    (void)state;
    const struct dt_body_missed m = {DT_MISSED_DESK, 199, T0, 1000000};
    struct dt_body_missed m_back;
    assert_err(dt_body_missed_encode(out, sizeof out, &size, &m), DT_OK);
    assert_err(dt_body_missed_decode(&m_back, written()), DT_OK);
    assert_true(m_back.what == m.what && m_back.member == 199 && m_back.since_ms == T0 &&
                m_back.in_a_row == 1000000);
    const struct dt_body_missed none = {DT_MISSED_LINK, 1, T0, 0};
    assert_err(dt_body_missed_encode(out, sizeof out, &size, &none), DT_ERR_BAD_VALUE);
    const struct dt_body_attempt a = {some_ref(0, 4), DT_ATTEMPT_INTERMEDIARY, 2, T0 + 5};
    struct dt_body_attempt a_back;
    assert_err(dt_body_attempt_encode(out, sizeof out, &size, &a), DT_OK);
    assert_err(dt_body_attempt_decode(&a_back, written()), DT_OK);
    assert_true(a_back.step == a.step && a_back.member == 2 && a_back.deadline_ms == T0 + 5 &&
                a_back.ref.seq == 4);
    const struct dt_body_attempt far = {some_ref(0, 4), DT_ATTEMPT_DEPUTY, 200, T0};
    assert_err(dt_body_attempt_encode(out, sizeof out, &size, &far), DT_ERR_BAD_VALUE);
    struct dt_body_test t = {.nonce = INT64_MAX}, t_back;
    assert_err(dt_body_test_encode(out, sizeof out, &size, &t), DT_OK);
    assert_err(dt_body_test_decode(&t_back, written()), DT_OK);
    assert_true(t_back.nonce == INT64_MAX && !t_back.echo);
    t = (struct dt_body_test){.nonce = 7, .echo = true, .ref = some_ref(16, 1)};
    assert_err(dt_body_test_encode(out, sizeof out, &size, &t), DT_OK);
    assert_err(dt_body_test_decode(&t_back, written()), DT_OK);
    assert_true(t_back.nonce == 7 && t_back.echo && t_back.ref.wid == 16);
    t.nonce = UINT64_MAX;
    assert_err(dt_body_test_encode(out, sizeof out, &size, &t), DT_ERR_BAD_VALUE);
}

static void test_what_was_reported_comes_back(void **state)
{
    (void)state;
    struct dt_body_reported r = {.ref = some_ref(0, 4),
                                 .who = "Major on duty",
                                 .means = DT_MEANS_PAPER,
                                 .member = 1,
                                 .when_ms = T0,
                                 .what = DT_REPORTED_REFUSED,
                                 .text = dt_span("no", 2)},
                            back;
    assert_err(dt_body_reported_encode(out, sizeof out, &size, &r), DT_OK);
    assert_err(dt_body_reported_decode(&back, written()), DT_OK);
    assert_string_equal(back.who, "Major on duty");
    assert_true(back.means == r.means && back.member == 1 && back.when_ms == T0 &&
                back.what == r.what && dt_span_equal(back.text, r.text));
    r.who[0] = '\0';
    assert_int_not_equal(dt_body_reported_encode(out, sizeof out, &size, &r), DT_OK);
    assert_err(dt_body_subject_encode(out, sizeof out, &size, DT_SUBJECT_NONE), DT_OK);
    assert_int_equal(size, 1); /* {} as ever */
    enum dt_subject subject;
    assert_err(dt_body_subject_encode(out, sizeof out, &size, DT_SUBJECT_ACCIDENT), DT_OK);
    assert_err(dt_body_subject_decode(&subject, written()), DT_OK);
    assert_int_equal(subject, DT_SUBJECT_ACCIDENT);
    assert_err(dt_body_subject_decode(&subject, dt_span("\xa1\x05\x00", 3)), DT_ERR_BAD_VALUE);
    assert_err(dt_body_subject_decode(&subject, dt_span("\xa1\x05\x04", 3)), DT_ERR_BAD_VALUE);
}

/* --- facts -------------------------------------------------------------------------- */

static struct dt_fact watch_fact(uint64_t seq, enum dt_watch_event event, int64_t length,
                                 unsigned first, unsigned second)
{
    struct dt_body_watch b = {.event = event};
    static struct record r;
    b.until_ms = length == 0 ? 0 : T0 + (int64_t)seq + length;
    assert_err(dt_body_watch_encode(out, sizeof out, &size, &b), DT_OK);
    record_sign(&r, 16, seq, DT_KIND_WATCH, written(), first, second);
    return record_fact(&r);
}

static void test_a_watch_is_an_officers_word(void **state)
{
    (void)state;
    const int64_t hour = 3600000;
    struct dt_fact f = watch_fact(1, DT_WATCH_TAKEN, hour, 2, 0);
    assert_true(f.err == DT_OK && f.officer_valid && f.number[0] == T0 + 1 + hour);
    assert_err(watch_fact(1, DT_WATCH_TAKEN, hour, 0, 0).err, DT_ERR_MISSING_FIELD);
    assert_err(watch_fact(1, DT_WATCH_HANDED_OVER, hour, 1, 0).err, DT_ERR_MISSING_FIELD);
    assert_err(watch_fact(1, DT_WATCH_HANDED_OVER, hour, 1, 1).err, DT_ERR_NEEDS_SECOND);
    assert_err(watch_fact(1, DT_WATCH_HANDED_OVER, hour, 1, 2).err, DT_OK);
    assert_err(watch_fact(1, DT_WATCH_LEFT, 0, 0, 0).err, DT_OK);
    /* longer than the charter's watch, or over before it begins */
    assert_err(watch_fact(1, DT_WATCH_TAKEN, 9 * hour, 2, 0).err, DT_ERR_BAD_VALUE);
    assert_err(watch_fact(1, DT_WATCH_TAKEN, -1, 2, 0).err, DT_ERR_BAD_VALUE);
}

static void test_what_the_author_says_of_his_own(void **state)
{
    (void)state;
    static struct record r;
    const struct dt_body_attempt own = {some_ref(16, 1), DT_ATTEMPT_DEPUTY, 0, T0 + 5};
    const struct dt_body_attempt foreign = {some_ref(0, 1), DT_ATTEMPT_DEPUTY, 0, T0 + 5};
    const struct dt_body_attempt nobody = {some_ref(16, 1), DT_ATTEMPT_DEPUTY, MEMBERS, T0 + 5};
    assert_err(dt_body_attempt_encode(out, sizeof out, &size, &own), DT_OK);
    record_make(&r, 16, 5, DT_KIND_ATTEMPT, written());
    struct dt_fact f = record_fact(&r);
    assert_true(f.err == DT_OK && f.code == DT_ATTEMPT_DEPUTY && f.has_target &&
                f.number[1] == T0 + 5);
    assert_err(dt_body_attempt_encode(out, sizeof out, &size, &foreign), DT_OK);
    record_make(&r, 16, 5, DT_KIND_ATTEMPT, written());
    assert_err(record_fact(&r).err, DT_ERR_NOT_ALLOWED);
    assert_err(dt_body_attempt_encode(out, sizeof out, &size, &nobody), DT_OK);
    record_make(&r, 16, 5, DT_KIND_ATTEMPT, written());
    assert_err(record_fact(&r).err, DT_ERR_BAD_VALUE);
    const struct dt_body_reported said = {
        .ref = some_ref(16, 1), .who = "X", .member = 0, .when_ms = T0};
    assert_err(dt_body_reported_encode(out, sizeof out, &size, &said), DT_OK);
    record_make(&r, 16, 5, DT_KIND_REPORTED, written());
    assert_err(record_fact(&r).err, DT_ERR_MISSING_FIELD); /* nobody signed that he heard it */
    record_sign(&r, 16, 5, DT_KIND_REPORTED, written(), 1, 0);
    f = record_fact(&r);
    assert_true(f.err == DT_OK && f.officer_valid && strcmp(f.force, "X") == 0);
}

/* --- desk --------------------------------------------------------------------------- */

enum { HOUR = 3600000, WATCH = 8 * HOUR };

static struct dt_desk_view desk_of(const struct dt_fact *facts, size_t count, const size_t *order,
                                   unsigned missed, bool reachable, int64_t now)
{
    struct dt_desk d = {0};
    for (size_t i = 0; i < count; i++) {
        dt_desk_note(&d, &facts[order == NULL ? i : order[i]]);
    }
    return dt_desk_at(&d, WATCH, missed, reachable, now);
}

static void test_a_desk_is_green_only_by_a_person(void **state)
{
    (void)state;
    struct dt_fact f[3] = {watch_fact(1, DT_WATCH_TAKEN, HOUR, 2, 0),
                           watch_fact(500, DT_WATCH_HANDED_OVER, HOUR, 2, 3),
                           watch_fact(900, DT_WATCH_LEFT, 0, 0, 0)};
    assert_int_equal(desk_of(f, 0, NULL, 0, true, T0 + 5).light, DT_DESK_UNKNOWN);
    struct dt_desk_view v = desk_of(f, 1, NULL, 0, true, T0 + 5);
    assert_true(v.light == DT_DESK_ATTENDED && v.officer == 2 && v.since_ms == T0 + 1 &&
                v.until_ms == T0 + 1 + HOUR);
    assert_int_equal(desk_of(f, 1, NULL, 0, false, T0 + 5).light, DT_DESK_UNKNOWN);
    assert_int_equal(desk_of(f, 1, NULL, 1, true, T0 + 5).light, DT_DESK_ATTENDED);
    assert_int_equal(desk_of(f, 1, NULL, 2, true, T0 + 5).light, DT_DESK_UNATTENDED);
    v = desk_of(f, 1, NULL, 0, true, T0 + 1 + HOUR);
    assert_true(v.light == DT_DESK_UNATTENDED && v.since_ms == T0 + 1 + HOUR);
    v = desk_of(f, 2, NULL, 0, true, T0 + 600);
    assert_true(v.light == DT_DESK_ATTENDED && v.officer == 3 && v.since_ms == T0 + 500);
    static const size_t orders[6][3] = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2},
                                        {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};
    for (size_t i = 0; i < 6; i++) {
        v = desk_of(f, 3, orders[i], 0, true, T0 + 1000);
        assert_true(v.light == DT_DESK_UNATTENDED && v.since_ms == T0 + 900);
    }
    f[0].officer_valid = false; /* nobody known signed it */
    assert_int_equal(desk_of(f, 1, NULL, 0, true, T0 + 5).light, DT_DESK_UNKNOWN);
}

static void test_a_clock_that_is_ahead_gains_nothing(void **state)
{
    (void)state;
    struct dt_fact f = watch_fact(1000, DT_WATCH_TAKEN, HOUR, 2, 0);
    const struct dt_desk_view v = desk_of(&f, 1, NULL, 0, true, T0 + 10);
    assert_true(v.light == DT_DESK_ATTENDED && v.since_ms == T0 + 10);
    const struct dt_desk_view empty = {.light = DT_DESK_UNATTENDED, .since_ms = T0 + 99};
    assert_int_equal(dt_desk_better(empty, v).light, DT_DESK_ATTENDED);
    assert_int_equal(dt_desk_better(v, empty).light, DT_DESK_ATTENDED);
}

/* --- path --------------------------------------------------------------------------- */

enum { PERIOD = 60000, PATIENCE = 60000 };

static void test_once_amber_twice_red_thrice_a_record(void **state)
{
    (void)state;
    struct dt_link_test p = {0};
    int64_t now = T0;
    unsigned records = 0;
    assert_int_equal(dt_link_test_light(&p), DT_LIGHT_UNKNOWN);
    assert_int_equal(dt_link_test_tick(&p, PERIOD, PATIENCE, now), DT_LINK_TEST_TEST);
    dt_link_test_sent(&p, 1, now);
    assert_int_equal(dt_link_test_tick(&p, PERIOD, PATIENCE, now), DT_LINK_TEST_WAIT);
    assert_false(dt_link_test_echo(&p, 2, now + 5));
    assert_int_equal(dt_link_test_light(&p), DT_LIGHT_UNKNOWN);
    assert_true(dt_link_test_echo(&p, 1, now + 5));
    assert_int_equal(dt_link_test_light(&p), DT_LIGHT_GREEN);
    static const enum dt_light wanted[] = {DT_LIGHT_GREEN, DT_LIGHT_AMBER, DT_LIGHT_RED,
                                           DT_LIGHT_RED, DT_LIGHT_RED};
    for (uint64_t i = 0; i < 5; i++) { /* nothing comes back any more */
        now = dt_link_test_next(&p, PERIOD, PATIENCE);
        enum dt_link_test_step step = dt_link_test_tick(&p, PERIOD, PATIENCE, now);
        if (step == DT_LINK_TEST_RECORD) {
            records++;
            assert_int_equal(p.missed, 3);
            assert_int_equal(p.since_ms, T0 + PERIOD);
            step = dt_link_test_tick(&p, PERIOD, PATIENCE, now);
        }
        assert_int_equal(step, DT_LINK_TEST_TEST);
        assert_int_equal(dt_link_test_light(&p), wanted[i]);
        dt_link_test_sent(&p, 10 + i, now);
    }
    assert_int_equal(records, 1);
    dt_link_test_heard(&p, now + 1);
    assert_int_equal(dt_link_test_light(&p), DT_LIGHT_GREEN);
    assert_int_equal(p.missed, 0);
}

/* A link cut and mended at random: two periods after either, the light is right. */
static void test_a_light_is_right_within_two_periods(void **state)
{
    (void)state;
    struct dt_rng rng = dt_rng("a light is right within two periods");
    struct dt_link_test p = {0};
    int64_t now = T0, changed = T0;
    bool up = true;
    uint64_t nonce = 0;
    unsigned judged = 0;
    for (unsigned i = 0; i < 20000; i++) {
        now += 5000;
        if (dt_rng_below(&rng, 60) == 0) {
            up = !up;
            changed = now;
        }
        if (dt_link_test_tick(&p, PERIOD, PATIENCE / 2, now) == DT_LINK_TEST_TEST) {
            dt_link_test_sent(&p, ++nonce, now);
            if (up) {
                assert_true(dt_link_test_echo(&p, nonce, now));
            }
        }
        if (now - changed > 2 * PERIOD + PATIENCE / 2) {
            assert_int_equal(dt_link_test_light(&p), up ? DT_LIGHT_GREEN : DT_LIGHT_RED);
            judged++;
        }
    }
    assert_true(judged > 1000);
}

/* --- deadlines ---------------------------------------------------------------------- */

static void test_deadlines_follow_the_charter(void **state)
{
    (void)state;
    const struct dt_charter *c = &world()->charter;
    const unsigned flash = dt_flags(DT_FLASH, DT_OPERATION),
                   routine = dt_flags(DT_ROUTINE, DT_OPERATION);
    assert_int_equal(dt_ack_due(c, DT_KIND_MESSAGE, flash, T0), T0 + 180000);
    assert_int_equal(dt_ack_due(c, DT_KIND_CHECK_FIRE, routine, T0), T0 + 180000);
    assert_int_equal(dt_ack_due(c, DT_KIND_MESSAGE, routine, T0), T0 + 720 * 60000);
    int64_t before = 0;
    for (int s = 0; s < DT_ATTEMPTS; s++) {
        const int64_t due = dt_attempt_due(c, DT_KIND_MESSAGE, flash, T0, (enum dt_attempt)s);
        assert_true(due > before);
        before = due;
    }
    assert_int_equal(dt_attempt_due(c, DT_KIND_MESSAGE, flash, T0, DT_ATTEMPT_SAME_DESK),
                     T0 + 180000);
    assert_int_equal(DT_ATTEMPTS, DT_ATTEMPT_STEPS);
    assert_true(dt_ack_wanted(DT_KIND_NOTICE) && !dt_ack_wanted(DT_KIND_ACK));
}

static void test_who_is_tried(void **state)
{
    (void)state;
    struct dt_charter c = world()->charter;
    bool tried[DT_MEMBERS_MAX];
    const uint8_t to[] = {1};
    assert_int_equal(dt_attempt_members(&c, 0, to, 1, 1, DT_ATTEMPT_DEPUTY, tried), 1);
    assert_true(tried[1] && !tried[0] && !tried[2]);
    assert_int_equal(dt_attempt_members(&c, 0, to, 1, 1, DT_ATTEMPT_GUARANTOR, tried), 0);
    c.members[2].forces[0].relation = DT_FORCE_GUARANTEED; /* "Artillery", as member 1 has */
    assert_int_equal(dt_attempt_members(&c, 0, to, 1, 1, DT_ATTEMPT_GUARANTOR, tried), 1);
    assert_true(tried[2]);
    assert_int_equal(dt_attempt_members(&c, 0, to, 1, 1, DT_ATTEMPT_INTERMEDIARY, tried), 1);
    assert_true(tried[2] && !tried[1]);
    assert_int_equal(dt_attempt_members(&c, 0, NULL, 0, 1, DT_ATTEMPT_INTERMEDIARY, tried), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_watch_comes_back),
        cmocka_unit_test(test_what_was_tried_comes_back),
        cmocka_unit_test(test_what_was_reported_comes_back),
        cmocka_unit_test(test_a_watch_is_an_officers_word),
        cmocka_unit_test(test_what_the_author_says_of_his_own),
        cmocka_unit_test(test_a_desk_is_green_only_by_a_person),
        cmocka_unit_test(test_a_clock_that_is_ahead_gains_nothing),
        cmocka_unit_test(test_once_amber_twice_red_thrice_a_record),
        cmocka_unit_test(test_a_light_is_right_within_two_periods),
        cmocka_unit_test(test_deadlines_follow_the_charter),
        cmocka_unit_test(test_who_is_tried),
    };
    return cmocka_run_group_tests(tests, dt_test_setup, NULL);
}

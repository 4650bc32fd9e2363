/* SPDX-License-Identifier: ISC */
/*
 * Goal: the stage shown is exactly the one the receipts prove, never one more.
 * Method: random mixes of receipts against a model written from protocol.md section 8;
 * single cases for what must not count.
 */
#include "world.h"

#include "view/stage.h"

static const struct dt_ref record = {0, 5, {9, 9}};

static struct dt_fact receipt(unsigned kind, uint16_t wid, uint64_t seq, bool officer)
{
    struct dt_fact f = fact_about(kind, wid, seq, &record);
    f.officer = officer ? 1 : 0;
    f.officer_valid = officer;
    strcpy(f.force, kind == DT_KIND_PASSED_ON ? "Air" : "");
    return f;
}

static struct dt_stage stage_of(const struct dt_fact *facts, size_t count, uint64_t cosigned)
{
    const struct dt_stage_query query = {record, 1, false, cosigned};
    struct dt_stage s;
    dt_stage_of(&s, &query, facts, count);
    return s;
}

static void test_machines_never_acknowledge(void **state)
{
    (void)state;
    struct dt_fact f[3] = {receipt(DT_KIND_SHOWN, 16, 1, false), receipt(DT_KIND_ACK, 16, 2, false),
                           receipt(DT_KIND_POSITION, 16, 3, false)};
    struct dt_stage s = stage_of(f, 0, 5);
    assert_int_equal(s.highest, DT_STAGE_NONE); /* a size of 5 ends with record 4 */
    s = stage_of(f, 0, 6);
    assert_int_equal(s.highest, DT_STAGE_STORED);
    s = stage_of(f, 3, 6);
    assert_int_equal(s.highest, DT_STAGE_SHOWN);
    assert_true(!s.acknowledged.there && s.claimed.there && !s.claimed.officer_valid);
    assert_true(!s.position_by.there && s.position_claimed.there);
    f[1].officer_valid = true;
    f[1].officer = 3;
    s = stage_of(f, 3, 0);
    assert_true(s.highest == DT_STAGE_ACKNOWLEDGED && s.acknowledged.officer == 3 && !s.stored);
    assert_int_equal(s.acknowledged.time_ms, T0 + 2);
}

static void test_a_version_is_acknowledged_exactly(void **state)
{
    (void)state;
    struct dt_fact f = receipt(DT_KIND_ACK, 16, 1, true);
    f.target.leaf[31] ^= 1; /* same place, another leaf */
    struct dt_stage s = stage_of(&f, 1, 0);
    assert_true(s.highest == DT_STAGE_NONE && s.other_version && !s.acknowledged.there);
    f = receipt(DT_KIND_ACK, 16, 1, true);
    f.target.seq++; /* another version is another record */
    s = stage_of(&f, 1, 0);
    assert_true(s.highest == DT_STAGE_NONE && !s.other_version);
    f = receipt(DT_KIND_ACK, 16, 1, true);
    f.err = DT_ERR_BAD_SIGNATURE;
    assert_int_equal(stage_of(&f, 1, 0).highest, DT_STAGE_NONE);
    f = receipt(DT_KIND_ACK, 32, 1, true); /* another member's */
    assert_int_equal(stage_of(&f, 1, 0).highest, DT_STAGE_NONE);
    const struct dt_stage_query own = {record, 0, false, 0};
    f = receipt(DT_KIND_ACK, 1, 1, true);
    dt_stage_of(&s, &own, &f, 1); /* the author's own */
    assert_int_equal(s.highest, DT_STAGE_NONE);
}

static void test_the_last_word_counts(void **state)
{
    (void)state;
    struct dt_fact f[4] = {
        receipt(DT_KIND_PASSED_ON, 16, 1, false), receipt(DT_KIND_PASSED_ON, 16, 2, false),
        receipt(DT_KIND_POSITION, 16, 3, true), receipt(DT_KIND_POSITION, 16, 4, true)};
    f[0].code = DT_PASSED_UNREACHABLE;
    f[1].code = DT_PASSED_TOLD;
    f[1].number[0] = 2;
    f[1].number[1] = 3;
    f[1].time_ms = 1; /* a clock set back */
    f[2].code = DT_POSITION_OBJECTION;
    f[3].code = DT_POSITION_NO_OBJECTION;
    f[3].time_ms = 1;
    const struct dt_stage s = stage_of(f, 4, 0);
    assert_int_equal(s.force_count, 1);
    assert_true(s.forces[0].state == DT_PASSED_TOLD && s.forces[0].told == 2 &&
                s.forces[0].units == 3);
    assert_true(s.position == DT_POSITION_NO_OBJECTION && s.highest == DT_STAGE_POSITION);
}

/* The model: which levels hold, straight from the table. */
static enum dt_stage_level model(const struct dt_fact *facts, size_t count, bool heard,
                                 uint64_t cosigned)
{
    enum dt_stage_level best = cosigned >= 6 ? DT_STAGE_STORED
                               : heard       ? DT_STAGE_HEARD
                                             : DT_STAGE_NONE;
    for (size_t i = 0; i < count; i++) {
        enum dt_stage_level level = DT_STAGE_NONE;
        if (facts[i].err != DT_OK || facts[i].wid / 16 != 1 || !facts[i].has_target ||
            facts[i].target.wid != 0 || facts[i].target.seq != 5 ||
            memcmp(facts[i].target.leaf, record.leaf, 32) != 0) {
            continue;
        }
        level = facts[i].kind == DT_KIND_SHOWN ? DT_STAGE_SHOWN : level;
        level =
            facts[i].kind == DT_KIND_ACK && facts[i].officer_valid ? DT_STAGE_ACKNOWLEDGED : level;
        level = facts[i].kind == DT_KIND_PASSED_ON ? DT_STAGE_PASSED_ON : level;
        level =
            facts[i].kind == DT_KIND_POSITION && facts[i].officer_valid ? DT_STAGE_POSITION : level;
        best = level > best ? level : best;
    }
    return best;
}

static struct dt_fact random_fact(struct dt_rng *rng, uint64_t seq)
{
    static const unsigned kinds[] = {DT_KIND_SHOWN,    DT_KIND_ACK,     DT_KIND_PASSED_ON,
                                     DT_KIND_POSITION, DT_KIND_MESSAGE, DT_KIND_FIRE_ANSWER,
                                     DT_KIND_REPORTED, DT_KIND_REPORTED};
    struct dt_fact f = receipt(kinds[dt_rng_below(rng, 8)],
                               (uint16_t)(dt_rng_below(rng, 3) * 16 + dt_rng_below(rng, 3)), seq,
                               dt_rng_below(rng, 2) == 0);
    f.err = dt_rng_below(rng, 4) == 0 ? DT_ERR_BAD_VALUE : DT_OK;
    f.target.leaf[0] ^= dt_rng_below(rng, 3) == 0;
    f.target.seq += dt_rng_below(rng, 4) == 0;
    f.has_target = dt_rng_below(rng, 8) != 0;
    f.time_ms = (int64_t)dt_rng_below(rng, 4);
    f.code = (int64_t)dt_rng_below(rng, 4);
    if (f.kind == DT_KIND_PASSED_ON) {
        snprintf(f.force, sizeof f.force, "F%u", (unsigned)dt_rng_below(rng, 12));
    }
    if (f.kind == DT_KIND_REPORTED) {
        f.number[0] = (int64_t)dt_rng_below(rng, 3);
        f.number[2] = (int64_t)dt_rng_below(rng, 3);
        snprintf(f.force, sizeof f.force, "W%u", (unsigned)seq);
    }
    return f;
}

/* The reports that count, straight from the table: the author's, about member 1, of this very
 * version; the first eight by time, log and place. */
static void reports_equal_the_model(const struct dt_stage *s, const struct dt_fact *facts,
                                    size_t count)
{
    bool taken[40] = {false};
    size_t all = 0, next = 0;
    for (size_t i = 0; i < count; i++) {
        const struct dt_fact *f = &facts[i];
        taken[i] = f->kind != DT_KIND_REPORTED || f->err != DT_OK || f->wid / 16 != 0 ||
                   f->number[0] != 1 || !f->has_target || f->target.wid != 0 ||
                   f->target.seq != 5 || memcmp(f->target.leaf, record.leaf, 32) != 0;
        all += !taken[i];
    }
    assert_int_equal(s->report_count, all < DT_STAGE_REPORTS_MAX ? all : DT_STAGE_REPORTS_MAX);
    assert_int_equal(s->more_reports, all > DT_STAGE_REPORTS_MAX);
    for (; next < s->report_count; next++) {
        size_t first = SIZE_MAX;
        for (size_t i = 0; i < count; i++) {
            const struct dt_fact *f = &facts[i], *g = first < count ? &facts[first] : NULL;
            if (!taken[i] && (g == NULL || f->time_ms < g->time_ms ||
                              (f->time_ms == g->time_ms &&
                               (f->wid < g->wid || (f->wid == g->wid && f->seq < g->seq))))) {
                first = i;
            }
        }
        taken[first] = true;
        assert_string_equal(s->reports[next].who, facts[first].force);
        assert_int_equal(s->reports[next].what, facts[first].number[2]);
        assert_int_equal(s->reports[next].means, facts[first].code);
    }
}

static void test_random_mixes_equal_the_model(void **state)
{
    (void)state;
    struct dt_rng rng = dt_rng("random_mixes_equal_the_model");
    for (int round = 0; round < 1000; round++) {
        static struct dt_fact facts[40];
        const size_t count = dt_rng_below(&rng, round % 2 == 0 ? 4 : 40);
        for (size_t i = 0; i < count; i++) {
            facts[i] = random_fact(&rng, i);
        }
        const struct dt_stage_query query = {record, 1, dt_rng_below(&rng, 2) == 0,
                                             dt_rng_below(&rng, 8)};
        static struct dt_stage s, shuffled;
        dt_stage_of(&s, &query, facts, count);
        reports_equal_the_model(&s, facts, count);
        assert_int_equal(s.highest, model(facts, count, query.heard, query.cosigned));
        for (size_t i = count; i > 1; i--) {
            const size_t j = dt_rng_below(&rng, i);
            const struct dt_fact swap = facts[i - 1];
            facts[i - 1] = facts[j];
            facts[j] = swap;
        }
        dt_stage_of(&shuffled, &query, facts, count);
        assert_memory_equal(&s, &shuffled, sizeof s);
        struct dt_stage_sum sum;
        dt_stage_sum_init(&sum);
        dt_stage_sum_add(&sum, &s);
        assert_true(sum.lowest == s.highest && sum.members == 1);
        assert_int_equal(sum.reached[DT_STAGE_ACKNOWLEDGED], s.acknowledged.there);
    }
}

static void test_check_fire(void **state)
{
    (void)state;
    static struct dt_fire_state s;
    struct dt_fact f[5] = {receipt(DT_KIND_FIRE_ANSWER, 16, 1, true),
                           receipt(DT_KIND_FIRE_ANSWER, 16, 2, true),
                           receipt(DT_KIND_FIRE_ANSWER, 32, 1, false),
                           receipt(DT_KIND_RECALL, 0, 6, true), receipt(DT_KIND_LIFT, 1, 1, true)};
    f[0].code = DT_ANSWER_PASSED;
    f[1].code = DT_ANSWER_STOPPED;
    f[1].number[0] = 77;
    dt_fire_state_of(&s, &record, MEMBERS, f, 4);
    assert_true(s.answered[DT_ANSWER_STOPPED] == 1 && s.answered[DT_ANSWER_PASSED] == 0 &&
                s.silent == 1);
    assert_true(s.members[1].stopped_ms == 77 && !s.members[2].by.there &&
                s.members[2].claimed.there);
    assert_true(s.recalled && !s.lifted);
    assert_int_equal(dt_fire_standing(&s), DT_FIRE_RECALLED);
    assert_false(dt_fire_after_lift(&s, &s.members[1].by));
    dt_fire_state_of(&s, &record, MEMBERS, f, 5); /* one officer lifts nothing */
    assert_false(s.lifted);
    f[4].second = 1; /* nor does he twice */
    dt_fire_state_of(&s, &record, MEMBERS, f, 5);
    assert_false(s.lifted);
    f[4].second = 2;
    dt_fire_state_of(&s, &record, MEMBERS, f, 5);
    assert_true(s.lifted && s.lift_second == 2);
    assert_int_equal(dt_fire_standing(&s), DT_FIRE_LIFTED);
    /* What was answered later, and a second lift, are shown and change nothing. */
    struct dt_fact later[7];
    memcpy(later, f, sizeof f);
    later[5] = receipt(DT_KIND_LIFT, 2, 1, true);
    later[5].second = 3;
    later[5].time_ms = later[4].time_ms + 10;
    later[6] = receipt(DT_KIND_FIRE_ANSWER, 32, 2, true);
    later[6].time_ms = later[4].time_ms + 20;
    dt_fire_state_of(&s, &record, MEMBERS, later, 7);
    assert_true(s.lift.wid == 1 && s.lift_second == 2 && s.silent == 0);
    assert_true(dt_fire_after_lift(&s, &s.members[2].by));
    assert_false(dt_fire_after_lift(&s, &s.lift));
    f[4].officer_valid = false;
    dt_fire_state_of(&s, &record, MEMBERS, f, 5);
    assert_false(s.lifted);
    f[4].officer_valid = true;
    f[4].wid = 16; /* nor does who was asked to stop */
    dt_fire_state_of(&s, &record, MEMBERS, f, 5);
    assert_false(s.lifted);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_machines_never_acknowledge),
        cmocka_unit_test(test_a_version_is_acknowledged_exactly),
        cmocka_unit_test(test_the_last_word_counts),
        cmocka_unit_test(test_random_mixes_equal_the_model),
        cmocka_unit_test(test_check_fire),
    };
    return cmocka_run_group_tests(tests, dt_test_setup, NULL);
}

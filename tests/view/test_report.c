/* SPDX-License-Identifier: ISC */
/*
 * Goal: every figure of a report is what its definition in report.h says, whatever the
 * order, and nothing is answered that an officer did not answer.
 * Method: cases computed by hand, one figure each; 1,000 random mixes of receipts against
 * a model that counts in another way.
 */
#include "world.h"

#include "view/report.h"
#include "view/stage.h"

enum { FROM = 1000000, UNTIL = 2000000 };

static struct dt_fact asking(unsigned kind, uint64_t seq, unsigned precedence, int64_t time_ms)
{
    struct dt_fact f = fact_about(kind, 0, seq, NULL);
    f.flags = precedence;
    f.time_ms = time_ms;
    return f;
}

static struct dt_ref ref_of(const struct dt_fact *f)
{
    struct dt_ref ref = {f->wid, f->seq, {0}};
    memcpy(ref.leaf, f->leaf, DT_HASH_SIZE);
    return ref;
}

static struct dt_fact said(unsigned kind, unsigned member, uint64_t seq, const struct dt_fact *of,
                           int64_t time_ms)
{
    const struct dt_ref ref = ref_of(of);
    struct dt_fact f = fact_about(kind, dt_wid(member, 1), seq, &ref);
    f.time_ms = time_ms;
    f.officer = 1;
    f.officer_valid = true;
    f.target_matches = true;
    return f;
}

static void add(struct dt_report *r, const struct dt_fact *f, unsigned to,
                const struct dt_fact *about, size_t count)
{
    const uint8_t one = (uint8_t)to;
    assert_err(dt_report_add(r, f, &one, to < MEMBERS ? 1 : 0, about, count), DT_OK);
}

static struct dt_report fresh(void)
{
    struct dt_report r;
    dt_report_init(&r, &world()->charter, FROM, UNTIL);
    return r;
}

static void test_times_are_of_the_nearest_rank(void **state)
{
    (void)state;
    struct dt_report r = fresh();
    for (uint64_t i = 1; i <= 10; i++) { /* acknowledged after 10, 9 … 1 s */
        const struct dt_fact f = asking(DT_KIND_MESSAGE, i, DT_IMMEDIATE, FROM);
        const struct dt_fact ack = said(DT_KIND_ACK, 1, i, &f, FROM + (int64_t)(11 - i) * 1000);
        add(&r, &f, 1, &ack, 1);
    }
    struct dt_report_spread s = dt_report_spread(&r.by[DT_IMMEDIATE]);
    assert_true(s.count == 10 && s.median_ms == 5000 && s.p90_ms == 9000 && s.max_ms == 10000);
    const struct dt_fact f = asking(DT_KIND_MESSAGE, 11, DT_IMMEDIATE, FROM);
    const struct dt_fact ack = said(DT_KIND_ACK, 1, 11, &f, FROM - 5); /* their clock is behind */
    add(&r, &f, 1, &ack, 1);
    s = dt_report_spread(&r.by[DT_IMMEDIATE]);
    assert_true(s.count == 11 && s.median_ms == 5000 && r.by[DT_IMMEDIATE].ms[0] == 0);
    s = dt_report_spread(&r.by[DT_FLASH]);
    assert_true(s.count == 0 && s.max_ms == 0);
    dt_report_free(&r);
}

static void test_only_officers_answer(void **state)
{
    (void)state;
    struct dt_report r = fresh();
    const struct dt_fact f = asking(DT_KIND_MESSAGE, 1, DT_FLASH, FROM);
    struct dt_fact a[4] = {
        said(DT_KIND_SHOWN, 1, 1, &f, FROM + 1), said(DT_KIND_ACK, 1, 2, &f, FROM + 1),
        said(DT_KIND_ACK, 1, 3, &f, FROM + 1), said(DT_KIND_REPORTED, 0, 4, &f, FROM + 1)};
    a[1].officer_valid = false;
    a[2].target.leaf[0] ^= 1; /* another version */
    add(&r, &f, 1, a, 4);
    assert_true(r.by[DT_FLASH].asked == 1 && r.by[DT_FLASH].acknowledged == 0);
    a[1].officer_valid = true;
    a[1].time_ms = FROM + world()->charter.ack_deadline_ms[DT_FLASH]; /* just in time */
    add(&r, &f, 1, a, 4);
    assert_true(r.by[DT_FLASH].acknowledged == 1 && r.by[DT_FLASH].late == 0);
    a[1].time_ms++;
    add(&r, &f, MEMBERS, a, 4); /* to all: one of two */
    assert_true(r.by[DT_FLASH].asked == 4 && r.by[DT_FLASH].acknowledged == 2 &&
                r.by[DT_FLASH].late == 1);
    dt_report_free(&r);
}

static void test_a_check_fire_is_met_by_its_answer(void **state)
{
    (void)state;
    struct dt_report r = fresh();
    const struct dt_fact f = asking(DT_KIND_CHECK_FIRE, 1, DT_ROUTINE, FROM);
    struct dt_fact a[3] = {said(DT_KIND_FIRE_ANSWER, 1, 1, &f, FROM + 9000),
                           said(DT_KIND_FIRE_ANSWER, 1, 2, &f, FROM + 7000),
                           said(DT_KIND_ACK, 1, 3, &f, FROM + 8000)};
    add(&r, &f, 1, a, 3);
    a[1].officer_valid = false;
    add(&r, &f, 1, a, 3); /* the unnamed answer met nothing, the acknowledgement did */
    const struct dt_report_spread s = dt_report_spread(&r.by[DT_FLASH]);
    assert_true(s.count == 2 && s.median_ms == 7000 && s.max_ms == 8000);
    assert_int_equal(r.by[DT_ROUTINE].asked, 0);
    dt_report_free(&r);
}

static void test_the_period_is_half_open_and_of_one_class(void **state)
{
    (void)state;
    struct dt_report r = fresh();
    const int64_t times[4] = {FROM - 1, FROM, UNTIL - 1, UNTIL};
    for (uint64_t i = 0; i < 4; i++) {
        struct dt_fact f = asking(DT_KIND_MESSAGE, i, DT_ROUTINE, times[i]);
        add(&r, &f, 1, NULL, 0);
        f.err = DT_ERR_FORK;
        add(&r, &f, 1, NULL, 0); /* counts for nothing */
        f.err = DT_OK;
        f.flags = dt_flags(DT_ROUTINE, DT_DRILL);
        add(&r, &f, 1, NULL, 0);
        f.kind = DT_KIND_TEST;
        add(&r, &f, 1, NULL, 0);
    }
    assert_true(r.by[DT_ROUTINE].asked == 2 && r.other_class == 2);
    dt_report_free(&r);
}

static void test_notices_and_forces(void **state)
{
    (void)state;
    struct dt_report r = fresh();
    struct dt_fact f = asking(DT_KIND_NOTICE, 1, DT_PRIORITY, FROM + 10);
    f.number[1] = FROM + 11;
    struct dt_fact a[2] = {said(DT_KIND_PASSED_ON, 1, 1, &f, FROM + 20),
                           said(DT_KIND_PASSED_ON, 1, 2, &f, FROM + 30)};
    strcpy(a[0].force, "Air");
    strcpy(a[1].force, "Air");
    a[0].code = DT_PASSED_REFUSED;
    a[1].code = DT_PASSED_TOLD;
    a[1].number[0] = 3;
    a[1].number[1] = 3;
    add(&r, &f, 1, a, 2); /* the last word: told; Artillery: no word */
    assert_true(r.notices == 1 && r.notices_after_start == 0);
    assert_true(r.forces.asked == 2 && r.forces.told == 1 && r.forces.silent == 1);
    add(&r, &f, 1, a, 1);
    assert_int_equal(r.forces.refused, 1);
    a[1].number[0] = 2;
    f.number[1] = f.time_ms; /* given as it starts */
    add(&r, &f, 1, a, 2);
    assert_true(r.forces.partly == 1 && r.notices == 3 && r.notices_after_start == 1);
    const struct dt_ref first = some_ref(0, 0);
    f.has_target = true;
    f.target = first;
    add(&r, &f, 1, NULL, 0);
    assert_true(r.amendments == 1 && r.notices == 3);
    f = asking(DT_KIND_MESSAGE, 9, DT_ROUTINE, FROM);
    add(&r, &f, 1, NULL, 0); /* a message needs no force */
    assert_int_equal(r.forces.asked, 8);
    dt_report_free(&r);
}

static void test_the_rest_is_counted(void **state)
{
    (void)state;
    struct dt_report r = fresh();
    struct dt_fact f = asking(DT_KIND_MISSED, 1, 0, FROM);
    f.code = DT_MISSED_DESK;
    add(&r, &f, 1, NULL, 0);
    f.kind = DT_KIND_ATTEMPT;
    f.code = DT_ATTEMPT_DEPUTY;
    add(&r, &f, 1, NULL, 0);
    add(&r, &f, 1, NULL, 0);
    f.code = DT_ATTEMPTS; /* a later version's */
    add(&r, &f, 1, NULL, 0);
    f.kind = DT_KIND_REPORTED;
    add(&r, &f, 1, NULL, 0);
    assert_true(r.missed[DT_MISSED_DESK] == 1 && r.missed[DT_MISSED_LINK] == 0);
    assert_true(r.attempts[DT_ATTEMPT_DEPUTY] == 2 && r.reported == 1);
    dt_report_conflict(&r, FROM, FROM + 5, FROM + 6);
    dt_report_conflict(&r, FROM + 6, FROM, FROM + 6);
    dt_report_conflict(&r, FROM - 2, FROM - 1, FROM + 6); /* found before the period */
    assert_true(r.conflicts_before_start == 1 && r.conflicts_after_start == 1);
    dt_report_free(&r);
}

/* Random receipts; the model looks for the first good acknowledgement and the last word. */
static void test_random_mixes_equal_the_model(void **state)
{
    (void)state;
    struct dt_rng rng = dt_rng("report_mixes_equal_the_model");
    static const unsigned kinds[] = {DT_KIND_SHOWN, DT_KIND_ACK, DT_KIND_PASSED_ON,
                                     DT_KIND_POSITION, DT_KIND_REPORTED};
    for (int round = 0; round < 1000; round++) {
        struct dt_report r = fresh();
        struct dt_fact f = asking(DT_KIND_NOTICE, 1, (unsigned)dt_rng_below(&rng, 4), FROM), a[12];
        const size_t count = dt_rng_below(&rng, 13);
        const unsigned p = f.flags;
        int64_t first = INT64_MAX;
        uint64_t last_seq = 0;
        int64_t last_code = -1;
        for (size_t i = 0; i < count; i++) {
            a[i] = said(kinds[dt_rng_below(&rng, 5)], 1 + (unsigned)dt_rng_below(&rng, 2), i + 1, &f,
                        FROM + (int64_t)dt_rng_below(&rng, 1u << 30));
            a[i].officer_valid = dt_rng_below(&rng, 3) != 0;
            a[i].err = dt_rng_below(&rng, 5) == 0 ? DT_ERR_NOT_ADDRESSED : DT_OK;
            a[i].target.leaf[5] ^= dt_rng_below(&rng, 5) == 0;
            a[i].code = a[i].kind == DT_KIND_PASSED_ON ? (int64_t)dt_rng_below(&rng, 4) : 0;
            a[i].number[0] = a[i].number[1] = -1;
            strcpy(a[i].force, a[i].kind == DT_KIND_PASSED_ON ? "Air" : "");
            const bool counts = a[i].err == DT_OK && dt_wid_member(a[i].wid) == 1 &&
                                memcmp(a[i].target.leaf, f.leaf, DT_HASH_SIZE) == 0;
            if (counts && a[i].kind == DT_KIND_ACK && a[i].officer_valid && a[i].time_ms < first) {
                first = a[i].time_ms;
            }
            if (counts && a[i].kind == DT_KIND_PASSED_ON && a[i].seq > last_seq) {
                last_seq = a[i].seq;
                last_code = a[i].code;
            }
        }
        for (size_t i = count; i > 1; i--) {
            const size_t j = dt_rng_below(&rng, i);
            const struct dt_fact swap = a[i - 1];
            a[i - 1] = a[j];
            a[j] = swap;
        }
        add(&r, &f, 1, a, count);
        const bool there = first != INT64_MAX;
        const struct dt_report_spread s = dt_report_spread(&r.by[p]);
        assert_true(r.by[p].asked == 1 && s.count == there);
        assert_true(s.max_ms == (there ? first - FROM : 0));
        assert_int_equal(r.by[p].late, there && first - FROM > world()->charter.ack_deadline_ms[p]);
        assert_int_equal(r.forces.told, last_code == DT_PASSED_TOLD);
        assert_int_equal(r.forces.refused, last_code == DT_PASSED_REFUSED);
        assert_int_equal(r.forces.unreachable, last_code == DT_PASSED_UNREACHABLE);
        assert_int_equal(r.forces.will_not_say, last_code == DT_PASSED_WILL_NOT_SAY);
        assert_int_equal(r.forces.silent, 1 + (last_code < 0)); /* Artillery, always */
        dt_report_free(&r);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_times_are_of_the_nearest_rank),
        cmocka_unit_test(test_only_officers_answer),
        cmocka_unit_test(test_a_check_fire_is_met_by_its_answer),
        cmocka_unit_test(test_the_period_is_half_open_and_of_one_class),
        cmocka_unit_test(test_notices_and_forces),
        cmocka_unit_test(test_the_rest_is_counted),
        cmocka_unit_test(test_random_mixes_equal_the_model),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

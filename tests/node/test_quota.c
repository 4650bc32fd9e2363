/* SPDX-License-Identifier: ISC */
/* Goal: a member takes no more of disks and nights than the charter gives it, and a
 * CHECK_FIRE always passes. */
#include "test.h"

#include "node/quota.h"
#include "rig.h"

enum { QUOTA = 65536, BUDGET = 3 };

static struct rig *small_line(void)
{
    struct rig *r = rig_new(2, DT_EXERCISE);
    r->charter.quota_bytes = QUOTA;
    r->charter.flash_budget = BUDGET;
    rig_sign_charter(r);
    rig_start(r, 0);
    rig_start(r, 1);
    rig_join(r);
    assert_true(rig_equal(r, 30));
    return r;
}

static enum dt_err send(struct rig *r, unsigned precedence, size_t size)
{
    static uint8_t text[8000];
    struct dt_object o;
    enum dt_err err = DT_OK;
    memset(text, 'x', sizeof text);
    rig_message(r, 0, &r->party[0].client, &o, 1, precedence, dt_span(text, size), false);
    rig_call(r, 0, &o, &err);
    return err;
}

static void our_own_entry_refuses_and_check_fire_passes(void **state)
{
    (void)state;
    struct rig *r = small_line();
    unsigned taken = 0;
    enum dt_err err = DT_OK;
    while ((err = send(r, DT_ROUTINE, 4000)) == DT_OK) {
        taken++;
    }
    assert_int_equal(err, DT_ERR_QUOTA);
    assert_non_null(strstr(r->party[0].client.text, "quota"));
    assert_true(taken >= QUOTA / 4800 && taken <= QUOTA / 4000);
    for (unsigned i = 0; i < BUDGET; i++) {
        assert_err(send(r, DT_FLASH, 10), DT_OK);
    }
    assert_err(send(r, DT_FLASH, 10), DT_ERR_QUOTA);
    assert_non_null(strstr(r->party[0].client.text, "IMMEDIATE"));
    uint8_t body[256];
    size_t size = 0;
    const struct dt_body_check_fire fire = {.scope = DT_FIRE_EVERYWHERE};
    assert_err(dt_body_check_fire_encode(body, sizeof body, &size, &fire), DT_OK);
    for (unsigned i = 0; i < 10; i++) {
        rig_officer(r, 0, DT_KIND_CHECK_FIRE, DT_FLASH, dt_span(body, size), NULL);
    }
    struct dt_span reply = rig_officer(r, 1, DT_KIND_CHECK_FIRE, DT_FLASH, dt_span(body, size), NULL);
    struct dt_body_fire_answer answer = {.ref = {dt_wid(1, 1), rig_uint(reply, "seq"), {0}},
                                         .answer = DT_ANSWER_STOPPED};
    rig_hash(reply, "leaf", answer.ref.leaf);
    assert_true(rig_equal(r, 30));
    assert_err(dt_body_fire_answer_encode(body, sizeof body, &size, &answer), DT_OK);
    rig_officer(r, 0, DT_KIND_FIRE_ANSWER, DT_FLASH, dt_span(body, size), NULL); /* nor is this */
    assert_true(rig_equal(r, 30));
    rig_free(r);
}

static void of_others_only_headers_are_kept_beyond_it(void **state)
{
    (void)state;
    struct dt_charter *charter = calloc(1, sizeof *charter);
    struct dt_line *line = calloc(1, sizeof *line);
    uint8_t header[DT_HEADER_MAX], body[100] = {0};
    size_t size = 0;
    assert_true(charter != NULL && line != NULL);
    charter->quota_bytes = 10000;
    line->charter = charter;
    dt_line_writer(line, dt_wid(1, 1), true)->log.bytes = 6000;
    struct dt_line_writer *second = dt_line_writer(line, dt_wid(1, 2), true);
    const struct {
        unsigned kind, precedence;
        bool dropped;
    } cases[] = {{DT_KIND_MESSAGE, DT_ROUTINE, true}, {DT_KIND_NOTICE, DT_IMMEDIATE, true},
                 {200, DT_ROUTINE, true},             {DT_KIND_MESSAGE, DT_FLASH, false},
                 {DT_KIND_CHECK_FIRE, 0, false},      {DT_KIND_OPEN, 0, false},
                 {DT_KIND_KEY, 0, false}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct dt_header h = {.version = 1, .kind = cases[i].kind, .time_ms = 1,
                              .flags = dt_flags((enum dt_precedence)cases[i].precedence, 0)};
        assert_err(dt_header_encode(header, &size, &h, dt_span(body, 100)), DT_OK);
        const struct dt_stored record = {dt_span(header, size), dt_span(body, 100), false};
        second->log.bytes = 10000 - 6000 - 100 - size; /* it just fits */
        assert_false(dt_quota_drops(line, dt_wid(1, 1), &record));
        second->log.bytes++;
        assert_int_equal(dt_quota_drops(line, dt_wid(1, 2), &record), cases[i].dropped);
        assert_false(dt_quota_drops(line, dt_wid(0, 1), &record)); /* our own */
        assert_false(dt_quota_drops(line, dt_wid(2, 1), &record)); /* another member's */
    }
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) { /* twice of it is the end */
        struct dt_header h = {.version = 1, .kind = cases[i].kind, .time_ms = 1,
                              .flags = dt_flags((enum dt_precedence)cases[i].precedence, 0)};
        assert_err(dt_header_encode(header, &size, &h, dt_span(body, 100)), DT_OK);
        const struct dt_stored record = {dt_span(header, size), dt_span(body, 100), false};
        second->log.bytes = 13999;
        assert_false(dt_quota_full(line, dt_wid(1, 2)));
        second->log.bytes++;
        assert_true(dt_quota_full(line, dt_wid(1, 1)) && !dt_quota_full(line, dt_wid(0, 1)));
        assert_int_equal(dt_quota_drops(line, dt_wid(1, 2), &record),
                         cases[i].kind != DT_KIND_CHECK_FIRE);
    }
    dt_line_free(line); /* and its charter */
}

static void flash_beyond_the_budget_alarms_like_immediate(void **state)
{
    (void)state;
    struct dt_charter *charter = calloc(1, sizeof *charter);
    struct dt_line *line = calloc(1, sizeof *line);
    assert_true(charter != NULL && line != NULL);
    charter->flash_budget = BUDGET;
    line->charter = charter;
    struct dt_fact f = {.wid = dt_wid(1, 1), .kind = DT_KIND_MESSAGE, .time_ms = 50 * 3600000,
                        .flags = DT_FLASH};
    dt_line_writer(line, dt_wid(1, 1), true);
    dt_line_writer(line, dt_wid(1, 2), true);
    dt_line_writer(line, dt_wid(2, 1), true);
    for (unsigned i = 0; i < BUDGET; i++, f.seq++) {
        assert_int_equal(dt_quota_precedence(line, &f), DT_FLASH);
        assert_int_equal(dt_quota_precedence(line, &f), DT_FLASH); /* the same again */
    }
    assert_int_equal(dt_quota_precedence(line, &f), DT_IMMEDIATE);
    f.wid = dt_wid(1, 2); /* its other installation has no budget of its own */
    assert_int_equal(dt_quota_precedence(line, &f), DT_IMMEDIATE);
    f.kind = DT_KIND_CHECK_FIRE;
    assert_int_equal(dt_quota_precedence(line, &f), DT_FLASH);
    f.kind = DT_KIND_FIRE_ANSWER;
    assert_int_equal(dt_quota_precedence(line, &f), DT_FLASH);
    f.kind = DT_KIND_MESSAGE;
    f.flags = DT_PRIORITY;
    assert_int_equal(dt_quota_precedence(line, &f), DT_PRIORITY);
    f.flags = DT_FLASH;
    f.wid = dt_wid(2, 1); /* another member has its own */
    assert_int_equal(dt_quota_precedence(line, &f), DT_FLASH);
    f.wid = dt_wid(1, 1);
    f.seq += 5;
    f.time_ms += 3600000; /* an hour later */
    assert_int_equal(dt_quota_precedence(line, &f), DT_FLASH);
    dt_line_free(line);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(our_own_entry_refuses_and_check_fire_passes),
        cmocka_unit_test(of_others_only_headers_are_kept_beyond_it),
        cmocka_unit_test(flash_beyond_the_budget_alarms_like_immediate),
    };
    return cmocka_run_group_tests_name("quota", tests, dt_test_setup, NULL);
}

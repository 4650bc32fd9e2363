/* SPDX-License-Identifier: ISC */
/* Goal: a member takes no more of disks and nights than the charter gives it, and a
 * CHECK_FIRE always passes. */
#include "test.h"

#include <signal.h>

#include "../log/vectors.h"
#include "node/quota.h"
#include "rig.h"
#include "view/watch_body.h"

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

/* --- the FLASH budget ------------------------------------------------------------------ */

/* A line with a store of its own and no node that runs. */
struct bare {
    struct dt_node node;
    struct dt_charter charter;
    struct dt_line line;
};

static struct bare *bare_line(unsigned budget)
{
    struct bare *b = calloc(1, sizeof *b);
    assert_non_null(b);
    assert_err(dt_store_open(&b->node.store, ":memory:", DT_STORE_CREATE, NULL), DT_OK);
    b->charter.flash_budget = budget;
    b->line.id = 1;
    b->line.node = &b->node;
    b->line.charter = &b->charter;
    return b;
}

static void bare_free(struct bare *b)
{
    dt_store_close(b->node.store);
    free(b);
}

static void everybody_judges_the_budget_as_the_reference_does(void **state)
{
    (void)state;
    json_t *root = vectors_load("tests/vectors/flash.json"), *c, *row;
    size_t i, k, judged = 0, demoted = 0;
    assert_non_null(root);
    json_array_foreach (json_object_get(root, "cases"), i, c) {
        const json_t *rows = json_object_get(c, "records");
        struct dt_fact facts[64] = {0};
        struct bare *b = bare_line((unsigned)vectors_number(c, "budget"));
        assert_true(json_array_size(rows) <= 64);
        json_array_foreach (rows, k, row) {
            facts[k] = (struct dt_fact){.wid = (uint16_t)vectors_number(row, "wid"),
                                        .seq = vectors_number(row, "seq"),
                                        .time_ms = (int64_t)vectors_number(row, "time"),
                                        .kind = (unsigned)vectors_number(row, "kind"),
                                        .flags = (unsigned)(vectors_number(row, "precedence") |
                                                            vectors_number(row, "class") << 2),
                                        .code = (int64_t)vectors_number(row, "subject")};
            assert_err(dt_quota_note(&b->line, &facts[k]), DT_OK);
            assert_err(dt_quota_note(&b->line, &facts[k]), DT_OK); /* judged again: once */
        }
        json_array_foreach (rows, k, row) {
            const bool want = json_is_true(json_array_get(json_object_get(c, "demoted"), k));
            struct dt_fact worth = facts[k];
            assert_int_equal(dt_quota_demoted(&b->line, &facts[k]), want);
            dt_quota_demote(&b->line, &worth);
            assert_int_equal(worth.flags, want ? (facts[k].flags & ~3u) | DT_IMMEDIATE : facts[k].flags);
            judged++;
            demoted += want;
        }
        bare_free(b);
    }
    assert_true(judged > 100 && demoted > 20 && demoted < judged);
    json_decref(root);
}

/* Played FLASHes by the dozen, then NO DUFF: it is FLASH, up to a budget of its own. */
static void what_is_real_is_not_demoted_by_what_is_played(void **state)
{
    (void)state;
    struct bare *b = bare_line(BUDGET);
    struct dt_fact f = {.wid = dt_wid(1, 1), .kind = DT_KIND_MESSAGE, .time_ms = 1900000000000};
    for (f.seq = 1; f.seq <= 2 * BUDGET; f.seq++) {
        f.flags = dt_flags(DT_FLASH, DT_EXERCISE);
        assert_err(dt_quota_note(&b->line, &f), DT_OK);
        assert_int_equal(dt_quota_demoted(&b->line, &f), f.seq > BUDGET);
    }
    for (unsigned i = 0; i <= BUDGET; i++, f.seq++) {
        f.flags = dt_flags(DT_FLASH, DT_OPERATION);
        assert_err(dt_quota_note(&b->line, &f), DT_OK);
        assert_int_equal(dt_quota_demoted(&b->line, &f), i == BUDGET);
    }
    bare_free(b);
}

static void what_warns_is_never_counted(void **state)
{
    (void)state;
    struct bare *b = bare_line(0);
    struct dt_fact f = {.wid = dt_wid(1, 1), .kind = DT_KIND_MESSAGE, .flags = DT_FLASH};
    assert_true(dt_quota_demoted(&b->line, &f));
    for (f.code = DT_SUBJECT_DISTRESS; f.code < DT_SUBJECTS; f.code++) {
        assert_false(dt_quota_demoted(&b->line, &f));
    }
    f.code = 0;
    f.kind = DT_KIND_NOTICE;
    assert_true(dt_quota_demoted(&b->line, &f));
    const unsigned free_kinds[] = {DT_KIND_CHECK_FIRE, DT_KIND_FIRE_ANSWER, DT_KIND_ATTEMPT};
    for (size_t i = 0; i < 3; i++) {
        f.kind = free_kinds[i];
        assert_false(dt_quota_demoted(&b->line, &f));
    }
    bare_free(b);
}

/* Sends FLASH with that subject; is the sender told that it is demoted? */
static bool told_demoted(struct rig *r, enum dt_subject subject)
{
    struct rig_party *p = &r->party[0];
    enum dt_err err = DT_OK;
    struct dt_object o;
    rig_warning(r, &p->client, &o, subject, 1, DT_FLASH, dt_span("words", 5));
    const struct dt_span reply = rig_call(r, 0, &o, &err);
    assert_err(err, DT_OK);
    struct dt_cbor demoted;
    return dt_cbor_find_text(reply, "demoted", &demoted) && dt_cbor_bool(&demoted);
}

static bool is_demoted(struct dt_span item)
{
    struct dt_cbor demoted;
    const bool found = dt_cbor_find_text(item, "demoted", &demoted) && dt_cbor_bool(&demoted);
    assert_int_equal(found, rig_is(item, "doubt", "QUOTA"));
    return found;
}

/* Of what waits at party 1: how many are demoted, and is the most urgent one not? */
static unsigned demoted_there(struct rig *r, size_t want)
{
    size_t count = 0;
    unsigned demoted = 0;
    struct dt_cbor items = rig_inbox(r, 1, &count);
    assert_int_equal(count, want);
    for (size_t i = 0; i < count; i++) {
        const bool lower = is_demoted(dt_cbor_skip(&items));
        assert_true(lower || demoted == 0); /* what is demoted stands behind what is not */
        demoted += lower;
    }
    return demoted;
}

/* What of ours nobody acknowledged: due as FLASH, or, demoted, as IMMEDIATE. */
static unsigned demoted_due(struct rig *r)
{
    struct dt_object o;
    unsigned demoted = 0;
    dt_client_begin(&r->party[0].client, &o, "awaiting");
    const struct dt_span reply = rig_call(r, 0, &o, NULL);
    struct dt_cbor rows = dt_cbor_need_text(reply, "unanswered");
    const size_t count = dt_cbor_array(&rows, 0, 500);
    for (size_t i = 0; i < count; i++) {
        const struct dt_span row = dt_cbor_skip(&rows);
        struct dt_cbor flag = dt_cbor_need_text(row, "demoted");
        const bool lower = dt_cbor_bool(&flag);
        assert_int_equal(rig_uint(row, "due") - rig_uint(row, "time"),
                         r->charter.ack_deadline_ms[lower ? DT_IMMEDIATE : DT_FLASH]);
        demoted += lower;
    }
    assert_int_equal(count, BUDGET + 6);
    return demoted;
}

static void beyond_the_budget_is_sent_and_visibly_demoted(void **state)
{
    (void)state;
    struct rig *r = small_line();
    for (unsigned i = 0; i < BUDGET; i++) {
        assert_false(told_demoted(r, DT_SUBJECT_NONE));
        if (i == 1) { /* what was counted is counted after a restart */
            rig_stop(r, 0, SIGKILL);
            rig_start(r, 0);
        }
    }
    assert_true(told_demoted(r, DT_SUBJECT_NONE));
    rig_stop(r, 0, SIGKILL);
    rig_start(r, 0);
    assert_true(told_demoted(r, DT_SUBJECT_NONE));
    assert_false(told_demoted(r, DT_SUBJECT_DISTRESS));
    assert_false(told_demoted(r, DT_SUBJECT_WARNING));
    assert_false(told_demoted(r, DT_SUBJECT_ACCIDENT));
    assert_true(rig_equal(r, 60));
    assert_int_equal(demoted_there(r, BUDGET + 5), 2);
    rig_stop(r, 1, SIGKILL);
    rig_start(r, 1);
    assert_int_equal(demoted_there(r, BUDGET + 5), 2);
    assert_true(told_demoted(r, DT_SUBJECT_NONE));
    assert_true(rig_equal(r, 60));
    assert_int_equal(demoted_there(r, BUDGET + 6), 3);
    size_t count = 0;
    struct dt_cbor own = rig_records(r, 0, &count); /* and the author sees it as they do */
    unsigned demoted = 0;
    for (size_t i = 0; i < count; i++) {
        demoted += is_demoted(dt_cbor_skip(&own));
    }
    assert_int_equal(demoted, 3);
    assert_int_equal(demoted_due(r), 3);
    rig_free(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(our_own_entry_refuses_and_check_fire_passes),
        cmocka_unit_test(of_others_only_headers_are_kept_beyond_it),
        cmocka_unit_test(everybody_judges_the_budget_as_the_reference_does),
        cmocka_unit_test(what_warns_is_never_counted),
        cmocka_unit_test(what_is_real_is_not_demoted_by_what_is_played),
        cmocka_unit_test(beyond_the_budget_is_sent_and_visibly_demoted),
    };
    return cmocka_run_group_tests_name("quota", tests, dt_test_setup, NULL);
}

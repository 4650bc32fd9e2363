/* SPDX-License-Identifier: ISC */
/*
 * Goal: both sides get the same figures of a period out of their own logs, byte for byte,
 * and they are those of what happened.
 * Method: real nodes; messages and check-fires, some acknowledged, passed on, answered;
 * then the reports of all are compared and single figures read.
 */
#include "test.h"

#include "rig.h"
#include "view/body.h"

enum { NORD, SUED, MEDI, PARTIES, WAIT_S = 60, MESSAGES = 6 };

static struct dt_span report(struct rig *r, unsigned party, int64_t from_ms, int64_t until_ms,
                             enum dt_err *err)
{
    struct dt_object o;
    dt_client_begin(&r->party[party].client, &o, "report");
    dt_obj_key(&o, "line");
    dt_obj_bytes(&o, dt_span(r->charter.id, DT_HASH_SIZE));
    dt_obj_key(&o, "from");
    dt_obj_int(&o, from_ms);
    dt_obj_key(&o, "until");
    dt_obj_int(&o, until_ms);
    return rig_call(r, party, &o, err);
}

static struct dt_span part(struct dt_span map, const char *key)
{
    struct dt_cbor c = dt_cbor_need_text(map, key);
    return dt_cbor_skip(&c);
}

static void message(struct rig *r, unsigned precedence, struct dt_ref *ref)
{
    struct dt_object o;
    rig_message(r, NORD, &r->party[NORD].client, &o, SUED, precedence, dt_span("convoy", 6), true);
    const struct dt_span reply = rig_call(r, NORD, &o, NULL);
    *ref = (struct dt_ref){.wid = dt_wid(NORD, 1), .seq = rig_uint(reply, "seq")};
    rig_hash(reply, "leaf", ref->leaf);
}

static void say(struct rig *r, unsigned party, unsigned kind, const struct dt_ref *ref)
{
    uint8_t body[512];
    size_t size = 0;
    struct dt_body_passed_on p = {.ref = *ref, .state = DT_PASSED_UNREACHABLE, .told = -1, .units = -1};
    struct dt_body_fire_answer a = {.ref = *ref, .answer = DT_ANSWER_NOT_OURS};
    strcpy(p.force, r->charter.members[party].forces[0].name);
    assert_err(kind == DT_KIND_PASSED_ON     ? dt_body_passed_on_encode(body, sizeof body, &size, &p)
               : kind == DT_KIND_FIRE_ANSWER ? dt_body_fire_answer_encode(body, sizeof body, &size, &a)
                                             : dt_body_ack_encode(body, sizeof body, &size, ref),
               DT_OK);
    rig_officer(r, party, kind, DT_ROUTINE, dt_span(body, size), NULL);
}

/* SUED acknowledges all but one; NORD calls check fire, SUED answers, MEDI says nothing. */
static void a_busy_hour(struct rig *r)
{
    struct dt_ref ref;
    uint8_t body[256];
    size_t size = 0;
    for (unsigned i = 0; i < MESSAGES; i++) {
        message(r, DT_IMMEDIATE, &ref);
        if (i > 0) {
            say(r, SUED, DT_KIND_ACK, &ref);
        }
    }
    const struct dt_body_check_fire fire = {.scope = DT_FIRE_EVERYWHERE};
    assert_err(dt_body_check_fire_encode(body, sizeof body, &size, &fire), DT_OK);
    const struct dt_span reply =
        rig_officer(r, NORD, DT_KIND_CHECK_FIRE, DT_FLASH, dt_span(body, size), NULL);
    ref = (struct dt_ref){.wid = dt_wid(NORD, 1), .seq = rig_uint(reply, "seq")};
    rig_hash(reply, "leaf", ref.leaf);
    assert_true(rig_equal(r, WAIT_S));
    say(r, SUED, DT_KIND_FIRE_ANSWER, &ref);
    say(r, SUED, DT_KIND_PASSED_ON, &ref);
    assert_true(rig_equal(r, WAIT_S));
}

static void both_sides_get_the_same_figures(void **state)
{
    (void)state;
    static uint8_t ours[8192];
    enum dt_err err;
    struct rig *r = rig_new(PARTIES, DT_EXERCISE);
    for (unsigned i = 0; i < PARTIES; i++) {
        rig_start(r, i);
    }
    rig_join(r);
    assert_true(rig_equal(r, WAIT_S));
    const int64_t from = dt_now_ms() - 60000;
    a_busy_hour(r);
    const int64_t until = dt_now_ms() + 60000;
    struct dt_span reply = part(report(r, NORD, from, until, NULL), "report");
    assert_in_range(reply.size, 100, sizeof ours);
    memcpy(ours, reply.data, reply.size);
    const struct dt_span nord = dt_span(ours, reply.size);
    for (unsigned i = SUED; i < PARTIES; i++) {
        assert_true(dt_span_equal(nord, part(report(r, i, from, until, NULL), "report")));
    }
    struct dt_cbor times = dt_cbor_need_text(nord, "acknowledgement");
    assert_int_equal(dt_cbor_array(&times, 0, 9), 4);
    const struct dt_span flash = dt_cbor_skip(&times), immediate = dt_cbor_skip(&times);
    assert_int_equal(rig_uint(flash, "asked"), PARTIES - 1);
    assert_int_equal(rig_uint(flash, "unanswered"), 1);
    assert_int_equal(rig_uint(immediate, "asked"), MESSAGES);
    assert_int_equal(rig_uint(immediate, "acknowledged"), MESSAGES - 1);
    assert_int_equal(rig_uint(immediate, "unanswered"), 1);
    assert_true(rig_uint(immediate, "median") <= rig_uint(immediate, "p90"));
    assert_true(rig_uint(immediate, "p90") <= rig_uint(immediate, "max"));
    assert_int_equal(rig_uint(part(nord, "forces"), "unreachable"), 1);
    assert_int_equal(rig_uint(part(nord, "forces"), "silent"), 1);
    /* nothing happened before; a period that ends before it starts is refused */
    reply = part(report(r, SUED, from - 10, from, NULL), "report");
    times = dt_cbor_need_text(reply, "acknowledgement");
    (void)dt_cbor_array(&times, 0, 9);
    assert_int_equal(rig_uint(dt_cbor_skip(&times), "asked"), 0);
    report(r, SUED, until, from, &err);
    assert_err(err, DT_ERR_END_BEFORE_START);
    rig_free(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(both_sides_get_the_same_figures)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

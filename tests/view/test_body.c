/* SPDX-License-Identifier: ISC */
/*
 * Goal: every body comes back as it was written, and what must be refused is, by name.
 * Method: round trips; bodies built byte by byte here; single bits flipped.
 */
#include "world.h"

#include "log/fields.h"
#include "log/tier.h"

#include "cbor/cbor.h"

static uint8_t out[DT_BODY_MAX];
static size_t size;

static struct dt_span written(void)
{
    return dt_span(out, size);
}

/* A body from hex, judged as that kind. */
static enum dt_err check_hex(unsigned kind, const char *hex)
{
    uint8_t bytes[1024];
    return dt_body_check(kind, dt_span(bytes, dt_from_hex(bytes, sizeof bytes, hex)));
}

static void test_reference_kinds_come_back(void **state)
{
    (void)state;
    const struct dt_ref ref = some_ref(17, 99);
    struct dt_ref back;
    assert_err(dt_body_shown_encode(out, sizeof out, &size, &ref), DT_OK);
    assert_err(dt_body_ref_decode(&back, written()), DT_OK);
    assert_memory_equal(&ref.leaf, &back.leaf, DT_HASH_SIZE);
    assert_int_equal(back.wid, 17);
    assert_int_equal(back.seq, 99);
    /* {1: [17, 99, 32 bytes]} by hand */
    assert_int_equal(size, 3 + 1 + 2 + 2 + 32);
    assert_memory_equal(out, "\xa1\x01\x83\x11\x18\x63\x58\x20", 8);
    assert_err(dt_body_check(DT_KIND_SHOWN, written()), DT_OK);
    assert_err(dt_body_check(DT_KIND_ACK, written()), DT_ERR_MISSING_FIELD);
    assert_err(dt_body_ack_encode(out, 10, &size, &ref), DT_ERR_TOO_LARGE);
    assert_err(dt_body_lift_encode(out, sizeof out, &size, &ref), DT_OK);
}

static void test_message_comes_back(void **state)
{
    (void)state;
    struct dt_body_message b = {
        .has_answered = true, .answered = some_ref(1, 2), .language = "sr-Latn"};
    struct dt_body_message back;
    static char text[DT_BODY_TEXT_MAX + 1];
    memset(text, 'x', sizeof text);
    b.text = dt_span(text, DT_BODY_TEXT_MAX);
    assert_err(dt_body_message_encode(out, sizeof out, &size, &b), DT_OK);
    assert_err(dt_body_message_decode(&back, written()), DT_OK);
    assert_true(dt_span_equal(back.text, b.text) && back.has_answered);
    assert_string_equal(back.language, "sr-Latn");
    b.text.size++;
    assert_err(dt_body_message_encode(out, sizeof out, &size, &b), DT_ERR_TOO_LARGE);
    b.text.size = 0;
    assert_err(dt_body_message_encode(out, sizeof out, &size, &b), DT_ERR_BAD_VALUE);
    b.text = dt_span("\xff", 1);
    assert_err(dt_body_message_encode(out, sizeof out, &size, &b), DT_ERR_BAD_UTF8);
    b.text = dt_span("a\0b", 3);
    assert_err(dt_body_message_encode(out, sizeof out, &size, &b), DT_ERR_BAD_VALUE);
    b.text = dt_span("hold", 4);
    strcpy(b.language, "e");
    assert_err(dt_body_message_encode(out, sizeof out, &size, &b), DT_ERR_BAD_VALUE);
    static const char *const bad[] = {"", "-en", "en-", "e_n", "en--GB", "1en"};
    for (size_t i = 0; i < 6; i++) {
        assert_false(dt_language_valid(bad[i]));
    }
    assert_true(dt_language_valid("en-GB-1234567890"));
    assert_false(dt_language_valid("en-GB-12345678901"));
    assert_err(dt_body_message_decode(&back, dt_span("\xa0", 1)), DT_ERR_MISSING_FIELD);
    assert_err(dt_body_empty_encode(out, sizeof out, &size), DT_OK);
    assert_err(dt_body_check(DT_KIND_MESSAGE, written()), DT_ERR_MISSING_FIELD);
}

static void test_receipts_come_back(void **state)
{
    (void)state;
    struct dt_body_passed_on p = {
        .ref = some_ref(1, 1), .force = "Air", .state = DT_PASSED_TOLD, .told = 2, .units = 3};
    struct dt_body_passed_on p_back;
    assert_err(dt_body_passed_on_encode(out, sizeof out, &size, &p), DT_OK);
    assert_err(dt_body_passed_on_decode(&p_back, written()), DT_OK);
    assert_true(p_back.told == 2 && p_back.units == 3 && p_back.state == DT_PASSED_TOLD);
    assert_string_equal(p_back.force, "Air");
    p.told = p.units = -1;
    assert_err(dt_body_passed_on_encode(out, sizeof out, &size, &p), DT_OK);
    assert_err(dt_body_passed_on_decode(&p_back, written()), DT_OK);
    assert_true(p_back.told == -1 && p_back.units == -1);
    p.told = 4;
    p.units = 3;
    assert_err(dt_body_passed_on_encode(out, sizeof out, &size, &p), DT_ERR_BAD_VALUE);
    p.units = DT_UNITS_MAX + 1;
    assert_err(dt_body_passed_on_encode(out, sizeof out, &size, &p), DT_ERR_BAD_VALUE);
    p = (struct dt_body_passed_on){
        .ref = some_ref(1, 1), .state = DT_PASSED_STATES, .told = -1, .units = -1, .force = "Air"};
    assert_err(dt_body_passed_on_encode(out, sizeof out, &size, &p), DT_ERR_BAD_VALUE);

    struct dt_body_position q = {.ref = some_ref(2, 2),
                                 .position = DT_POSITION_CHANGE_REQUESTED,
                                 .text = dt_span("later", 5)};
    struct dt_body_position q_back;
    assert_err(dt_body_position_encode(out, sizeof out, &size, &q), DT_OK);
    assert_err(dt_body_position_decode(&q_back, written()), DT_OK);
    assert_true(q_back.position == q.position && dt_span_equal(q_back.text, q.text));
    q.position = DT_POSITIONS;
    assert_err(dt_body_position_encode(out, sizeof out, &size, &q), DT_ERR_BAD_VALUE);
}

static void test_check_fire_comes_back(void **state)
{
    (void)state;
    struct dt_body_check_fire b = {.scope = DT_FIRE_AREA,
                                   .has_area = true,
                                   .centre = {-331234567, 1519876543},
                                   .radius_mm = 5000000,
                                   .text = dt_span("hospital", 8),
                                   .since_ms = 77,
                                   .own_people = true,
                                   .has_notice = true,
                                   .notice = some_ref(16, 4)};
    struct dt_body_check_fire back;
    assert_err(dt_body_check_fire_encode(out, sizeof out, &size, &b), DT_OK);
    assert_err(dt_body_check_fire_decode(&back, written()), DT_OK);
    assert_true(back.scope == b.scope && back.centre.lat_e7 == b.centre.lat_e7 &&
                back.centre.lon_e7 == b.centre.lon_e7);
    assert_true(back.radius_mm == b.radius_mm && back.since_ms == 77 && back.own_people &&
                back.has_notice);
    b.radius_mm = 0;
    assert_err(dt_body_check_fire_encode(out, sizeof out, &size, &b), DT_ERR_DEGENERATE);
    b.radius_mm = 1;
    b.centre.lat_e7 = DT_LAT_MAX_E7 + 1;
    assert_err(dt_body_check_fire_encode(out, sizeof out, &size, &b), DT_ERR_BAD_COORDINATE);
    b.has_area = false;
    assert_err(dt_body_check_fire_encode(out, sizeof out, &size, &b), DT_ERR_MISSING_FIELD);
    b = (struct dt_body_check_fire){.scope = DT_FIRE_NEAR_NOTICE};
    assert_err(dt_body_check_fire_encode(out, sizeof out, &size, &b), DT_ERR_MISSING_FIELD);
    b.scope = DT_FIRE_EVERYWHERE;
    assert_err(dt_body_check_fire_encode(out, sizeof out, &size, &b), DT_OK);
    assert_int_equal(size, 3); /* {5: 0}: what an officer in a hurry needs */
    struct dt_body_fire_answer a = {.ref = some_ref(0, 3),
                                    .answer = DT_ANSWER_STOPPED,
                                    .stopped_ms = 5,
                                    .text = dt_span("ok", 2)},
                               a_back;
    assert_err(dt_body_fire_answer_encode(out, sizeof out, &size, &a), DT_OK);
    assert_err(dt_body_fire_answer_decode(&a_back, written()), DT_OK);
    assert_true(a_back.answer == DT_ANSWER_STOPPED && a_back.stopped_ms == 5 &&
                a_back.text.size == 2);
    struct dt_body_recall r = {.ref = some_ref(0, 3), .text = dt_span("mistake", 7)}, r_back;
    assert_err(dt_body_recall_encode(out, sizeof out, &size, &r), DT_OK);
    assert_err(dt_body_recall_decode(&r_back, written()), DT_OK);
    assert_true(dt_span_equal(r.text, r_back.text));
}

static void test_small_kinds_come_back(void **state)
{
    (void)state;
    struct dt_body_notice_state s = {.ref = some_ref(0, 3),
                                     .state = DT_NOTICE_DELAYED,
                                     .end_ms = 9},
                                s_back;
    assert_err(dt_body_notice_state_encode(out, sizeof out, &size, &s), DT_OK);
    assert_err(dt_body_notice_state_decode(&s_back, written()), DT_OK);
    assert_true(s_back.state == DT_NOTICE_DELAYED && s_back.end_ms == 9);
    s.end_ms = 0;
    assert_err(dt_body_notice_state_encode(out, sizeof out, &size, &s), DT_ERR_MISSING_FIELD);
    struct dt_body_suspend u = {.suspended = true, .text = dt_span("x", 1)}, u_back;
    assert_err(dt_body_suspend_encode(out, sizeof out, &size, &u), DT_OK);
    assert_err(dt_body_suspend_decode(&u_back, written()), DT_OK);
    assert_true(u_back.suspended);
}

static void test_keys_come_back(void **state)
{
    (void)state;
    static uint8_t box[2][DT_GRANT_BOX_SIZE] = {{1}, {2}};
    struct dt_body_grant g = {.key_id = {7},
                              .box_count = 2,
                              .expiry_ms = 5,
                              .single = true,
                              .tier = DT_TIER_EXACT,
                              .wid = 3,
                              .seq = 4},
                         g_back;
    g.boxes[0].wid = 16;
    g.boxes[0].box = box[0];
    g.boxes[1].wid = 32;
    g.boxes[1].box = box[1];
    assert_err(dt_body_grant_encode(out, sizeof out, &size, &g), DT_OK);
    assert_err(dt_body_grant_decode(&g_back, written()), DT_OK);
    assert_true(g_back.box_count == 2 && g_back.single && g_back.seq == 4 &&
                g_back.boxes[1].wid == 32);
    assert_memory_equal(g_back.boxes[1].box, box[1], DT_GRANT_BOX_SIZE);
    assert_true(g_back.tier == DT_TIER_EXACT && !g_back.shredded &&
                !dt_field_has(written(), 5)); /* as it ever was */
    g.tier = DT_TIER_SHAPE;
    g.shredded = true;
    assert_err(dt_body_grant_encode(out, sizeof out, &size, &g), DT_OK);
    assert_err(dt_body_grant_decode(&g_back, written()), DT_OK);
    assert_true(g_back.tier == DT_TIER_SHAPE && g_back.shredded);
    g.tier = DT_TIER_EXISTENCE;
    assert_err(dt_body_grant_encode(out, sizeof out, &size, &g), DT_ERR_BAD_VALUE);
    g.tier = DT_TIERS;
    assert_err(dt_body_grant_encode(out, sizeof out, &size, &g), DT_ERR_BAD_VALUE);
    g.tier = DT_TIER_CELL;
    g.box_count = 0;
    assert_err(dt_body_grant_encode(out, sizeof out, &size, &g), DT_ERR_BAD_VALUE);
    g.box_count = DT_GRANT_BOXES_MAX;
    for (size_t i = 0; i < DT_GRANT_BOXES_MAX; i++) {
        g.boxes[i].wid = (uint16_t)(16 * i);
        g.boxes[i].box = box[0];
    }
    assert_err(dt_body_grant_encode(out, sizeof out, &size, &g), DT_OK);
    struct dt_body_open o = {.line = {1},
                             .certificate = dt_span("cert", 4),
                             .predecessor_count = 2},
                        o_back;
    o.predecessors[0].wid = 1;
    o.predecessors[1].wid = 2;
    assert_err(dt_body_open_encode(out, sizeof out, &size, &o), DT_OK);
    assert_err(dt_body_open_decode(&o_back, written()), DT_OK);
    assert_true(o_back.predecessor_count == 2 && o_back.predecessors[1].wid == 2);
    o.predecessors[1].wid = 1;
    assert_err(dt_body_open_encode(out, sizeof out, &size, &o), DT_ERR_BAD_VALUE);
    struct dt_span statement;
    assert_err(dt_body_key_encode(out, sizeof out, &size, dt_span("st", 2)), DT_OK);
    assert_err(dt_body_key_decode(&statement, written()), DT_OK);
    assert_true(dt_span_equal(statement, dt_span("st", 2)));
    assert_err(dt_body_key_encode(out, sizeof out, &size, dt_span(NULL, 0)), DT_ERR_BAD_VALUE);
}

static void test_officers_are_put_in_order(void **state)
{
    (void)state;
    uint8_t with[DT_BODY_MAX], both[DT_BODY_MAX], signature[DT_SIGNATURE_SIZE] = {9};
    size_t with_size = 0, both_size = 0;
    struct dt_officer_mark mark;
    /* {1: 0, 30: 0, "a": 0} */
    const struct dt_span body = dt_span("\xa3\x01\x00\x18\x1e\x00\x61\x61\x00", 9);
    assert_err(dt_body_add_officer(both, sizeof both, &both_size, body, 16, 2, signature), DT_OK);
    assert_err(dt_body_add_officer(with, sizeof with, &with_size, dt_span(both, both_size), 15, 1,
                                   signature),
               DT_OK);
    assert_err(dt_cbor_check(dt_span(with, with_size)), DT_OK);
    assert_err(dt_body_officer(&mark, dt_span(with, with_size), 15), DT_OK);
    assert_int_equal(mark.number, 1);
    assert_err(dt_body_officer(&mark, dt_span(with, with_size), 16), DT_OK);
    assert_int_equal(mark.number, 2);
    assert_err(dt_body_add_officer(both, sizeof both, &both_size, dt_span(with, with_size), 15, 1,
                                   signature),
               DT_ERR_DUPLICATE);
    assert_err(dt_body_add_officer(both, sizeof both, &both_size, body, 14, 1, signature),
               DT_ERR_BAD_VALUE);
    assert_err(dt_body_add_officer(both, sizeof both, &both_size, body, 15, 1000, signature),
               DT_ERR_BAD_VALUE);
    assert_err(dt_body_add_officer(both, 20, &both_size, body, 15, 1, signature), DT_ERR_TOO_LARGE);
    assert_err(dt_body_officer(&mark, body, 15), DT_ERR_MISSING_FIELD);
    /* {} gets one at its end */
    assert_err(
        dt_body_add_officer(both, sizeof both, &both_size, dt_span("\xa0", 1), 15, 1, signature),
        DT_OK);
    assert_err(dt_body_check(DT_KIND_LEAVE, dt_span(both, both_size)), DT_OK);
}

static void test_form_is_judged_first(void **state)
{
    (void)state;
    assert_err(dt_body_check(DT_KIND_TEST, dt_span(NULL, 0)), DT_ERR_TRUNCATED);
    assert_err(check_hex(DT_KIND_TEST, "a10500"), DT_OK);
    assert_err(check_hex(DT_KIND_TEST, "a1051800"), DT_ERR_NOT_CANONICAL);
    assert_err(check_hex(DT_KIND_TEST, "a1050000"), DT_ERR_TRAILING);
    assert_err(check_hex(DT_KIND_TEST, "80"), DT_ERR_BAD_TYPE);
    assert_err(check_hex(DT_KIND_TEST, "a1056100"), DT_ERR_BAD_TYPE);
    assert_err(check_hex(DT_KIND_TEST, "a0"), DT_ERR_MISSING_FIELD);
    assert_err(check_hex(DT_KIND_TEST, "a20500187b00"), DT_OK); /* an unknown key is no fault */
    assert_err(check_hex(DT_KIND_TEST, "a205000f00"), DT_ERR_BAD_TYPE);
    assert_err(check_hex(200, "a0"), DT_OK);
    assert_err(check_hex(200, "00"), DT_ERR_BAD_TYPE);
    assert_err(check_hex(DT_KIND_SUSPEND, "a10500"), DT_ERR_MISSING_FIELD); /* no officer */
    assert_err(check_hex(DT_KIND_SUSPEND, "a10502"), DT_ERR_BAD_VALUE);
    assert_err(check_hex(DT_KIND_CHECK_FIRE, "a2050008187b"), DT_ERR_BAD_TYPE);
    static uint8_t large[DT_BODY_MAX + 1];
    assert_err(dt_body_check(DT_KIND_TEST, dt_span(large, sizeof large)), DT_ERR_TOO_LARGE);
}

static void test_a_lift_needs_two(void **state)
{
    (void)state;
    const struct dt_ref ref = some_ref(0, 1);
    static struct record r;
    assert_err(dt_body_lift_encode(out, sizeof out, &size, &ref), DT_OK);
    record_sign(&r, 0, 5, DT_KIND_LIFT, written(), 1, 0);
    assert_err(dt_body_check(DT_KIND_LIFT, dt_span(r.body, r.body_size)), DT_ERR_MISSING_FIELD);
    record_sign(&r, 0, 5, DT_KIND_LIFT, written(), 1, 1);
    assert_err(dt_body_check(DT_KIND_LIFT, dt_span(r.body, r.body_size)), DT_ERR_NEEDS_SECOND);
    record_sign(&r, 0, 5, DT_KIND_LIFT, written(), 1, 2);
    assert_err(dt_body_check(DT_KIND_LIFT, dt_span(r.body, r.body_size)), DT_OK);
}

static void test_names_are_total(void **state)
{
    (void)state;
    assert_string_equal(dt_position_name(DT_POSITION_DECLINED), "declined");
    assert_string_equal(dt_position_name(4), "?");
    assert_string_equal(dt_passed_state_name(-1), "?");
    assert_string_equal(dt_fire_scope_name(2), "near-notice");
    assert_string_equal(dt_fire_answer_name(3), "cannot");
    assert_string_equal(dt_notice_state_name(1), "arrived");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reference_kinds_come_back),
        cmocka_unit_test(test_message_comes_back),
        cmocka_unit_test(test_receipts_come_back),
        cmocka_unit_test(test_check_fire_comes_back),
        cmocka_unit_test(test_small_kinds_come_back),
        cmocka_unit_test(test_keys_come_back),
        cmocka_unit_test(test_officers_are_put_in_order),
        cmocka_unit_test(test_form_is_judged_first),
        cmocka_unit_test(test_a_lift_needs_two),
        cmocka_unit_test(test_names_are_total),
    };
    return cmocka_run_group_tests(tests, dt_test_setup, NULL);
}

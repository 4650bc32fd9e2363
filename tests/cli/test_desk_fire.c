/* SPDX-License-Identifier: ISC */
/* At the desk: where a CHECK FIRE holds, how ours ends, what waits for a second officer. */
#include "desk_fixture.h"

static void a_check_fire_may_say_where(void **state)
{
    struct desk_action a;
    json_t *notice = item("SUED.1-7-dddd", "NOTICE", "ROUTINE", T, "");
    (void)state;
    begin(true);
    json_object_set_new(notice, "category", json_string("MOVEMENT"));
    feed_waiting(T, notice, NULL);
    desk_press(&d, DESK_KEY_F9, T); /* near the notice that is chosen: three keys too */
    assert_true(shows("2 near SUED.1-7-dddd", T));
    press("2", T);
    assert_true(shows("CALL CHECK FIRE, NEAR THE NOTICE SUED.1-7-dddd", T));
    press("\n", T);
    assert_true(next_is(DESK_DO_FIRE, &a));
    assert_int_equal(a.code, DT_FIRE_NEAR_NOTICE);
    assert_string_equal(a.id, "SUED.1-7-dddd");
    desk_press(&d, DESK_KEY_F9, T);
    press("335.1,36.2,5x", T);
    desk_press(&d, DESK_KEY_BACKSPACE, T);
    press("\n", T);
    assert_true(shows("CALL CHECK FIRE, IN THE AREA 35.1,36.2,5", T));
    assert_false(desk_next(&d, &a)); /* one more */
    press("\n", T);
    assert_true(next_is(DESK_DO_FIRE, &a));
    assert_int_equal(a.code, DT_FIRE_AREA);
    desk_press(&d, DESK_KEY_F9, T); /* the next one is everywhere again */
    desk_press(&d, DESK_KEY_F9, T);
    press("\n", T);
    assert_true(next_is(DESK_DO_FIRE, &a));
    assert_int_equal(a.code, DT_FIRE_EVERYWHERE);
    desk_free(&d);
}

static void two_lift_and_one_recalls(void **state)
{
    struct desk_action a;
    const struct desk_officer two[] = {{1, "Watch officer", T + 36000000}, {2, "Duty director", 0}};
    (void)state;
    begin(true);
    desk_set_officers(&d, two, 2);
    desk_feed(&d, DESK_STATUS,
              parse("{\"desk\":\"attended\",\"desk_officer\":1,\"check_fires\":["
                    "{\"line\":\"line2222\",\"id\":\"SUED.1-3-bbbb\",\"from\":\"SUED\",\"silent\":0},"
                    "{\"line\":\"line2222\",\"id\":\"NORD.1-3-bbbb\",\"from\":\"NORD\",\"silent\":1}]}"),
              T);
    desk_press(&d, DESK_KEY_F8, T);
    assert_true(shows("1: lift or recall our CHECK FIRE NORD.1-3-bbbb; 1 not answered", T));
    press("2", T); /* there is no second of ours */
    assert_int_equal(d.dialog, DESK_ASK_NOTHING);
    press("12", T);
    assert_true(next_is(DESK_DO_RECALL, &a));
    assert_string_equal(a.id, "NORD.1-3-bbbb");
    press("111\n", T); /* nobody lifts it alone */
    assert_false(desk_next(&d, &a));
    desk_press(&d, DESK_KEY_BACKSPACE, T);
    press("2\n", T);
    assert_int_equal(d.dialog, DESK_ASK_PASSPHRASE);
    press("secret\n", T);
    assert_true(next_is(DESK_DO_LIFT, &a));
    assert_int_equal(a.number, 2);
    assert_int_equal(a.code, 1);
    assert_string_equal(a.id, "NORD.1-3-bbbb");
    assert_string_equal(a.line, "line2222");
    desk_free(&d);
}

/* None of it is asked: F9, F9, Enter stays what it is. */
static void a_check_fire_may_say_what_is_hit_and_that_it_is_real(void **state)
{
    struct desk_action a;
    (void)state;
    begin(true);
    desk_press(&d, DESK_KEY_F9, T);
    assert_true(shows("4 what is hit  5 own people", T));
    assert_false(shows("NO DUFF", T)); /* not an exercise line */
    press("6", T);
    assert_false(d.no_duff);
    press("4our convo", T);
    desk_press(&d, 0xe9, T);
    press("z", T);
    desk_press(&d, DESK_KEY_BACKSPACE, T);
    desk_press(&d, DESK_KEY_BACKSPACE, T);
    press("y at 12\n5", T);
    assert_true(shows("OUR OWN PEOPLE THERE  our convoy at 12", T));
    press("\n", T);
    assert_true(next_is(DESK_DO_FIRE, &a));
    assert_string_equal(d.what, "our convoy at 12");
    assert_true(d.own_people);
    desk_press(&d, DESK_KEY_F9, T); /* the next begins anew */
    desk_press(&d, DESK_KEY_F9, T);
    assert_string_equal(d.what, "");
    assert_false(d.own_people);
    desk_press(&d, DESK_KEY_ESC, T);
    json_object_set_new(json_array_get(json_object_get(d.fed[DESK_HELLO], "lines"), 0), "class",
                        json_string("EXERCISE"));
    desk_press(&d, DESK_KEY_F9, T + 5000);
    press("6", T + 5000);
    assert_true(shows("CALL NO DUFF CHECK FIRE, EVERYWHERE", T + 5000));
    press("\n", T + 5000);
    assert_true(next_is(DESK_DO_FIRE, &a));
    assert_true(d.no_duff);
    desk_free(&d);
}

static json_t *conflict(const char *id, const char *state)
{
    return json_pack("{s:s,s:s,s:s,s:i,s:s,s:s,s:s,s:b,s:b,s:s,s:I,s:I}", "id", id, "line", "line2222",
                     "state", state, "severity", 3, "severity_name", "severe", "a", "NORD.1-4-bqae",
                     "b", "SUED.1-5-fv7a", "exact", 1, "overdue", 1, "sound", "repeated", "found",
                     (json_int_t)T - 500, "from", (json_int_t)T + 86400000);
}

static void a_digit_says_that_a_conflict_was_seen(void **state)
{
    struct desk_action a;
    (void)state;
    begin(true);
    desk_feed(&d, DESK_DRAFTS,
              parse("{\"items\":[{\"draft\":\"abcdefgh\",\"officer\":2,\"kind\":\"MESSAGE\","
                    "\"precedence\":\"FLASH\"}]}"),
              T);
    desk_feed(&d, DESK_CONFLICT,
              json_pack("{s:[o,o,o]}", "items", conflict("aaaa", "resolved"), conflict("bbbb", "raised"),
                        conflict("cccc", "raised")),
              T);
    desk_press(&d, DESK_KEY_F8, T);
    assert_true(shows(" 1: read, release draft abcdefgh", T));
    assert_true(shows(" 2: bbbb severe NORD.1-4-bqae / SUED.1-5-fv7a", T));
    assert_true(shows("raised: OVERDUE", T)); /* in 80 columns */
    assert_true(shows(" 3: cccc", T));
    press("4", T);
    assert_int_equal(d.dialog, DESK_ASK_NOTHING);
    press("3", T);
    assert_true(shows("CONFLICT cccc: an officer of ours has looked at it", T));
    assert_false(desk_next(&d, &a));
    press("\n", T);
    assert_true(next_is(DESK_DO_SEEN, &a));
    assert_string_equal(a.id, "cccc");
    assert_string_equal(a.line, "line2222");
    assert_int_equal(a.number, 1);
    desk_free(&d);
    begin(false); /* it is an officer's to say */
    desk_feed(&d, DESK_CONFLICT, json_pack("{s:[o]}", "items", conflict("bbbb", "raised")), T);
    desk_press(&d, DESK_KEY_F8, T);
    press("1\n", T);
    assert_false(desk_next(&d, &a));
    desk_free(&d);
}

static void a_draft_waits_for_a_second_officer(void **state)
{
    struct desk_action a;
    (void)state;
    begin(true);
    desk_feed(&d, DESK_DRAFTS,
              parse("{\"items\":[{\"draft\":\"abcdefgh\",\"officer\":2,\"kind\":\"MESSAGE\","
                    "\"precedence\":\"FLASH\"}]}"),
              T);
    assert_true(shows("drafts that wait for a second officer: 1", T));
    assert_int_equal(desk_tick(&d, T), 1);
    assert_int_equal(desk_tick(&d, T + 15000), 1);
    desk_press(&d, DESK_KEY_F8, T + 16000);
    assert_true(shows("1: read, release draft abcdefgh of officer 2: FLASH MESSAGE", T + 16000));
    press("1", T + 16000);
    assert_true(next_is(DESK_DO_READ_DRAFT, &a));
    assert_string_equal(a.id, "abcdefgh");
    press("1", T + 16000); /* nothing is released unread */
    assert_int_equal(d.dialog, DESK_ASK_NOTHING);
    d.detail = strdup("to: everybody\nwords");
    look(T + 16000);
    press("11\n", T + 17000);
    assert_true(next_is(DESK_DO_RELEASE, &a));
    assert_string_equal(a.id, "abcdefgh");
    assert_int_equal(a.number, 1);
    press("2\n", T + 17000);
    assert_true(next_is(DESK_DO_DROP, &a));
    assert_int_equal(desk_tick(&d, T + 60000), 0); /* somebody has looked at it */
    desk_free(&d);
}

/* The CHECK_FIRE of SUED stands; our party has not answered it, or has. */
static void feed_standing(bool asks_us, int64_t now)
{
    desk_feed(&d, DESK_STATUS,
              json_pack("{s:s,s:i,s:[{s:s,s:s,s:s,s:s,s:I,s:i,s:i,s:b}]}", "desk", "attended",
                        "desk_officer", 1, "check_fires", "line", "line2222", "id", "SUED.1-6-cccc",
                        "from", "SUED", "class", "OPERATION", "time", (json_int_t)T, "silent",
                        asks_us, "acknowledged", asks_us, "asks_us", asks_us),
              now);
}

/* Acknowledged, it alarms no longer; what was asked is still asked. */
static void an_acknowledged_check_fire_is_answered_by_three_keys(void **state)
{
    struct desk_action a;
    json_t *fire = item("SUED.1-6-cccc", "CHECK_FIRE", "FLASH", T, "our convoy");
    json_t *recent = json_deep_copy(fire);
    (void)state;
    begin(true);
    feed_standing(true, T);
    feed_waiting(T, fire, item("SUED.1-7-dddd", "MESSAGE", "PRIORITY", T, "words"));
    assert_int_equal(d.waiting_count, 2); /* once, and as an alarm */
    assert_string_equal(d.taken, "SUED.1-6-cccc");
    (void)shows("STOP FIRING", T);
    look(T + 2000);
    desk_press(&d, DESK_KEY_F2, T + 2000);
    press("\n", T + 2000);
    assert_true(next_is(DESK_DO_ACK, &a));
    feed_waiting(T + 3000, item("SUED.1-7-dddd", "MESSAGE", "PRIORITY", T, "words"), NULL);
    assert_string_equal(d.taken, "");
    assert_int_equal(desk_tick(&d, T + 3000), 0); /* quiet, */
    assert_true(shows("WAITS FOR US: 2", T + 3000));
    assert_true(shows("NOT ANSWERED, F5", T + 3000)); /* and there, also without its words */
    assert_false(shows("OVERDUE", T + 3600000));
    json_object_set_new(recent, "waiting", json_false());
    desk_feed(&d, DESK_RECENT, json_pack("{s:[o]}", "items", recent), T + 4000);
    assert_true(shows("our convoy", T + 4000));
    json_t *open = desk_open(&d);
    assert_int_equal(json_array_size(open), 2); /* the message, and the one that stands */
    assert_string_equal(cli_str(json_array_get(open, 1), "why"), "stands");
    json_decref(open);
    desk_press(&d, DESK_KEY_F5, T + 5000);
    press("2\n", T + 5000);
    assert_true(next_is(DESK_DO_ANSWER, &a));
    assert_string_equal(a.id, "SUED.1-6-cccc");
    assert_string_equal(a.line, "line2222");
    assert_int_equal(a.code, DT_ANSWER_PASSED);
    feed_standing(false, T + 6000);
    assert_true(shows("WAITS FOR US: 1", T + 6000));
    assert_false(shows("NOT ANSWERED, F5", T + 6000));
    assert_string_equal(d.selected, "SUED.1-7-dddd");
    desk_free(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_check_fire_may_say_where),
        cmocka_unit_test(an_acknowledged_check_fire_is_answered_by_three_keys),
        cmocka_unit_test(two_lift_and_one_recalls),
        cmocka_unit_test(a_check_fire_may_say_what_is_hit_and_that_it_is_real),
        cmocka_unit_test(a_digit_says_that_a_conflict_was_seen),
        cmocka_unit_test(a_draft_waits_for_a_second_officer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: ISC */
/* The desk's model: replies and keys in, rows, bells and actions out. No terminal, no node. */
#include "desk_fixture.h"

static void lights_are_words(void **state)
{
    (void)state;
    begin(true);
    assert_true(shows("link RED, 2 missed", T));
    assert_true(shows("NOBODY AT DESK since", T));
    assert_false(shows("node UP (", T)); /* the link to it is red: it was heard, no more */
    assert_true(shows("node heard 2 s", T));
    desk_down(&d, T + 1000);
    assert_true(shows("OUR NODE DOES NOT ANSWER", T + 2000));
    desk_free(&d);
}

static void the_most_urgent_is_first(void **state)
{
    (void)state;
    begin(true);
    feed_waiting(T, item("SUED.1-4-aaaa", "MESSAGE", "ROUTINE", T - 9000, "old"),
                 item("SUED.1-5-bbbb", "MESSAGE", "PRIORITY", T - 1000, "new"));
    assert_string_equal(cli_str(d.waiting[0], "id"), "SUED.1-5-bbbb");
    assert_true(shows(">1 PRIORITY", T));
    assert_int_equal(desk_tick(&d, T), 0);
    assert_true(shows("due 1 h", T));
    desk_press(&d, DESK_KEY_F5, T); /* all four fit a screen of 80 columns */
    assert_true(shows("1 NO OBJECTION (not a permission)", T) && shows("4 DECLINED TO ANSWER", T));
    desk_free(&d);
}

static void a_check_fire_takes_the_screen_and_keeps_the_text(void **state)
{
    struct desk_action a;
    (void)state;
    begin(true);
    desk_press(&d, DESK_KEY_F3, T);
    press("half a text", T);
    feed_waiting(T + 1000, item("SUED.1-6-cccc", "CHECK_FIRE", "FLASH", T + 900, "our convoy"), NULL);
    assert_true(shows("CHECK FIRE", T + 1000));
    assert_true(shows("our convoy", T + 1000));
    assert_false(shows("half a text_", T + 1000));
    press("1111\n\n", T + 1100); /* meant for the text: nothing comes of it */
    assert_false(desk_next(&d, &a));
    desk_press(&d, DESK_KEY_F2, T + 1000 + DESK_GUARD_MS - 1); /* was to send the text */
    press("\n", T + 1000 + DESK_GUARD_MS);
    assert_false(desk_next(&d, &a)); /* and acknowledges nothing */
    desk_press(&d, DESK_KEY_F5, T + 1000 + DESK_GUARD_MS); /* three keys */
    press("1\n", T + 2300);
    assert_true(next_is(DESK_DO_ANSWER, &a));
    assert_string_equal(a.id, "SUED.1-6-cccc");
    assert_int_equal(a.code, 1); /* stopped */
    feed_waiting(T + 2500, NULL, NULL);
    assert_true(shows("half a text_", T + 2500));
    desk_free(&d);
}

static void a_movement_that_has_not_arrived_sounds_until_somebody_acts(void **state)
{
    (void)state;
    begin(true);
    json_t *status = json_deep_copy(d.fed[DESK_STATUS]);
    json_t *one = json_pack("{s:s,s:s,s:s,s:I,s:b}", "id", "SUED.1-9-dddd", "from", "SUED", "class",
                            "EXERCISE", "end", (json_int_t)(T - 300000), "acted", false);
    json_object_set_new(status, "overdue", json_pack("[o]", one));
    assert_int_equal(desk_tick(&d, T), 0);
    desk_feed(&d, DESK_STATUS, json_deep_copy(status), T);
    assert_true(shows("MOVEMENT OVERDUE: EXERCISE SUED.1-9-dddd of SUED", T));
    assert_int_equal(desk_tick(&d, T + 1000), 1);
    assert_int_equal(desk_tick(&d, T + 2000), 0);
    assert_int_equal(desk_tick(&d, T + 17000), 1);
    json_object_set_new(one, "acted", json_true());
    desk_feed(&d, DESK_STATUS, status, T + 18000);
    assert_true(shows("MOVEMENT OVERDUE", T + 18000)); /* it stands, and is quiet */
    assert_int_equal(desk_tick(&d, T + 60000), 0);
    desk_free(&d);
}

static void a_plan_that_is_hit_sounds_until_somebody_looks(void **state)
{
    (void)state;
    begin(true);
    json_t *status = json_deep_copy(d.fed[DESK_STATUS]);
    json_object_set_new(status, "plans", json_pack("[{s:s,s:i,s:i}]", "name", "abcd2345", "conflicts", 3,
                                                   "unseen", 1));
    assert_int_equal(desk_tick(&d, T), 0);
    desk_feed(&d, DESK_STATUS, json_deep_copy(status), T);
    assert_true(shows("OUR PLAN abcd2345 comes too close to 3, new: 1", T));
    assert_int_equal(desk_tick(&d, T + 1000), 1);
    assert_int_equal(desk_tick(&d, T + 17000), 1);
    json_object_set_new(status, "plans", json_array());
    desk_feed(&d, DESK_STATUS, status, T + 18000);
    assert_false(shows("OUR PLAN", T + 18000));
    assert_int_equal(desk_tick(&d, T + 60000), 0);
    desk_free(&d);
}

static void alarms_repeat_and_grow(void **state)
{
    (void)state;
    begin(true);
    feed_waiting(T, item("SUED.1-6-cccc", "MESSAGE", "FLASH", T, "x"), NULL);
    assert_int_equal(desk_tick(&d, T), 1);
    assert_int_equal(desk_tick(&d, T + 4900), 0);
    assert_int_equal(desk_tick(&d, T + 5000), 1);
    assert_int_equal(desk_tick(&d, T + 65000), 3); /* nobody has acted for a minute */
    assert_int_equal(desk_tick(&d, T + 200000), 3);
    assert_int_equal(desk_tick(&d, T + 202000), 3); /* past its deadline: every 2 s */
    desk_press(&d, 'x', T + 203000);                /* somebody is here: not for long */
    assert_int_equal(desk_tick(&d, T + 205000), 0);
    desk_press(&d, 'x', T + 215000); /* a key that is stuck silences it no longer */
    assert_int_equal(desk_tick(&d, T + 203000 + DESK_MUTE_MS), 3);
    feed_waiting(T + 230000, item("SUED.1-7-dddd", "MESSAGE", "IMMEDIATE", T + 230000, "x"), NULL);
    assert_string_equal(d.taken, "");
    (void)desk_tick(&d, T + 245000);
    assert_int_equal(desk_tick(&d, T + 259900), 0);
    assert_int_equal(desk_tick(&d, T + 260000), 1); /* every 15 s */
    desk_free(&d);
}

static void put_aside_it_comes_back(void **state)
{
    (void)state;
    begin(true);
    feed_waiting(T, item("SUED.1-6-cccc", "MESSAGE", "FLASH", T, "x"), NULL);
    assert_string_equal(d.taken, "SUED.1-6-cccc");
    desk_press(&d, DESK_KEY_ESC, T + 1000);
    (void)desk_tick(&d, T + 2000);
    assert_string_equal(d.taken, "");
    (void)desk_tick(&d, T + 1000 + DESK_ASIDE_MS);
    assert_string_equal(d.taken, "SUED.1-6-cccc");
    desk_free(&d);
}

static void three_keys_call_check_fire(void **state)
{
    struct desk_action a;
    (void)state;
    begin(true);
    desk_press(&d, DESK_KEY_F9, T);
    press("\n", T + 100); /* not yet */
    assert_false(desk_next(&d, &a));
    desk_press(&d, DESK_KEY_ESC, T + 200);
    desk_press(&d, DESK_KEY_F9, T + 3000);
    desk_press(&d, DESK_KEY_F9, T + 3100);
    press("\n", T + 3200);
    assert_true(next_is(DESK_DO_FIRE, &a));
    assert_string_equal(a.line, "line2222");
    /* the same without function keys, on an Arabic keyboard */
    for (int i = 0; i < 2; i++) {
        desk_press(&d, DESK_KEY_ESC, T + 9000);
        desk_press(&d, 0x669, T + 9050);
    }
    press("\n", T + 9100);
    assert_true(next_is(DESK_DO_FIRE, &a));
    /* a question that nobody answers goes away */
    desk_press(&d, DESK_KEY_F9, T + 20000);
    (void)desk_tick(&d, T + 20000 + DESK_ARMED_MS + 1);
    assert_int_equal(d.dialog, DESK_ASK_NOTHING);
    desk_free(&d);
}

static void shown_needs_a_person(void **state)
{
    (void)state;
    begin(true);
    feed_waiting(T, item("SUED.1-6-cccc", "MESSAGE", "FLASH", T, "x"), NULL);
    assert_false(shown_at(T)); /* nobody has pressed a key yet */
    desk_press(&d, 'x', T);
    assert_false(shown_at(T + DESK_PRESENT_MS)); /* too long ago */
    assert_true(shown_at(T + DESK_PRESENT_MS - 1));
    assert_false(shown_at(T + 1000)); /* once */
    feed_waiting(T, item("SUED.1-7-dddd", "MESSAGE", "ROUTINE", T, "y"), NULL);
    d.tty = false; /* a pipe */
    desk_press(&d, 'x', T);
    assert_false(shown_at(T));
    d.tty = true;
    desk_press(&d, DESK_KEY_F7, T); /* another page: it is not on the screen */
    assert_false(shown_at(T));
    desk_press(&d, DESK_KEY_F7, T);
    assert_true(shown_at(T));
    desk_free(&d);
}

static void words_that_do_not_fit_are_not_shown(void **state)
{
    static char text[2000];
    (void)state;
    memset(text, 'a', sizeof text - 1);
    begin(true);
    desk_press(&d, 'x', T);
    feed_waiting(T, item("SUED.1-7-dddd", "MESSAGE", "ROUTINE", T, text), NULL);
    assert_false(shown_at(T));
    desk_free(&d);
}

static void a_locked_desk_sounds_and_answers_unnamed(void **state)
{
    struct desk_action a;
    (void)state;
    begin(false);
    feed_waiting(T, item("SUED.1-6-cccc", "CHECK_FIRE", "FLASH", T, "our convoy"), NULL);
    assert_int_equal(desk_tick(&d, T), 1);
    assert_true(shows("watch desk, unnamed", T));
    desk_press(&d, DESK_KEY_F2, T + 2000);
    press("\n", T + 2000);
    assert_false(desk_next(&d, &a)); /* an acknowledgement needs an officer */
    desk_press(&d, DESK_KEY_F5, T + 2000);
    press("2\n", T + 2000);
    assert_true(next_is(DESK_DO_ANSWER, &a));
    assert_int_equal(a.code, 0); /* passed */
    desk_free(&d);
}

static void a_silent_flash_says_whom_to_call(void **state)
{
    json_t *own = item("NORD.1-42-k7qm", "CHECK_FIRE", "FLASH", T, "x");
    (void)state;
    begin(true);
    json_object_set_new(own, "from", json_string("NORD"));
    json_object_set_new(own, "waiting", json_false());
    json_object_set_new(own, "stages", parse("[{\"code\":\"SUED\",\"stored\":1789000001000}]"));
    desk_feed(&d, DESK_RECENT, json_pack("{s:[o]}", "items", own), T);
    assert_false(shows("CALL SUED", T + DESK_FALLBACK_MS));
    assert_true(shows("CALL SUED: tel +99 5", T + DESK_FALLBACK_MS + 1));
    assert_true(shows("November Oscar Romeo Delta", T + DESK_FALLBACK_MS + 1));
    assert_true(shows("dash Four Two dash Kilo", T + DESK_FALLBACK_MS + 1));
    assert_true(shows("NOT ANSWERED, stored, NOBODY AT DESK since", T + DESK_FALLBACK_MS + 1));
    desk_free(&d);
}

static void newer_traffic_hides_nothing_that_is_owed(void **state)
{
    (void)state;
    begin(true);
    feed_waiting(T, NULL, NULL);
    desk_feed(&d, DESK_RECENT, parse("{\"items\":[]}"), T);
    assert_true(shows("NOT PASSED ON: 0", T));
    desk_feed(&d, DESK_OWED,
              parse("{\"unanswered\":[{\"line\":\"line2222\",\"id\":\"NORD.1-4-k7qm\",\"kind\":\"MESSAGE\","
                    "\"precedence\":\"FLASH\",\"time\":1789000000000,\"silent\":[{\"code\":\"SUED\","
                    "\"shown\":null,\"reported\":false}]}],"
                    "\"not_told\":[{\"line\":\"line2222\",\"id\":\"NORD.1-3-aaaa\",\"kind\":\"CHECK_FIRE\","
                    "\"precedence\":\"FLASH\",\"time\":1789000000000,\"age\":60000,\"code\":\"SUED\","
                    "\"force\":\"Hill Militia\",\"guaranteed\":true,\"state\":null,\"n\":null,\"m\":null},"
                    "{\"line\":\"line2222\",\"id\":\"NORD.1-3-aaaa\",\"kind\":\"CHECK_FIRE\","
                    "\"precedence\":\"FLASH\",\"time\":1789000000000,\"age\":60000,\"code\":\"SUED\","
                    "\"force\":\"1st Brigade\",\"guaranteed\":false,\"state\":\"told\",\"n\":3,\"m\":4}]}"),
              T);
    assert_true(shows("NOT PASSED ON: 3", T + 60000));
    assert_true(shows("NORD.1-4-k7qm 60 s due 2:00 SUED: NOT ACKNOWLEDGED, NOBODY AT DESK", T + 60000));
    assert_true(shows("NOT PASSED ON to Hill Militia, not on the line", T + 60000));
    assert_true(shows("NOT PASSED ON to 1st Brigade: 3 of 4 units, they say", T + 60000));
    assert_true(shows("CALL SUED: tel +99 5", T + 60000)); /* an old FLASH too */
    desk_free(&d);
}

static void a_hand_over_accepts_each(void **state)
{
    struct desk_action a;
    const struct desk_officer two[] = {{1, "Watch officer", T + 36000000},
                                       {2, "Duty director", T + 36000000}};
    (void)state;
    begin(true);
    desk_set_officers(&d, two, 2);
    feed_waiting(T, item("SUED.1-4-aaaa", "MESSAGE", "ROUTINE", T - 9000, "old"),
                 item("SUED.1-5-bbbb", "MESSAGE", "PRIORITY", T - 1000, "new"));
    desk_press(&d, DESK_KEY_F7, T);
    press("22\n", T);
    assert_true(shows("2 of 2 left", T));
    press("1\n", T);
    assert_false(desk_next(&d, &a)); /* one is open */
    press("1", T);
    assert_true(shows("All is accepted", T));
    /* What of ours nobody has answered, and check-fires that stand, are open too. */
    desk_feed(&d, DESK_OWED,
              parse("{\"unanswered\":[{\"line\":\"line2222\",\"id\":\"NORD.1-4-k7qm\",\"kind\":\"MESSAGE\","
                    "\"precedence\":\"FLASH\",\"time\":1789000000000,\"silent\":[{\"code\":\"SUED\"}]},"
                    "{\"line\":\"line2222\",\"id\":\"NORD.1-5-aaaa\",\"kind\":\"MESSAGE\","
                    "\"precedence\":\"FLASH\",\"time\":1789000000000,\"silent\":[]}]}"),
              T);
    desk_feed(&d, DESK_STATUS,
              parse("{\"desk\":\"attended\",\"desk_officer\":1,\"check_fires\":[{\"line\":\"line2222\","
                    "\"id\":\"SUED.1-3-bbbb\",\"from\":\"SUED\",\"class\":\"OPERATION\","
                    "\"time\":1789000000000,\"silent\":0}]}"),
              T);
    assert_true(shows("2 of 4 left", T));
    assert_true(shows("CHECK FIRE STANDS: SUED.1-3-bbbb", T));
    press("1", T);
    assert_true(shows("OURS, NOT ACKNOWLEDGED by SUED: FLASH MESSAGE NORD.1-4-k7qm", T));
    press("1", T);
    assert_true(shows("All is accepted", T));
    press("\n", T);
    assert_true(next_is(DESK_DO_HAND_OVER, &a));
    assert_int_equal(a.number, 2);
    desk_free(&d);
}

static void closing_or_locking_asks_what_becomes_of_the_watch(void **state)
{
    struct desk_action a;
    (void)state;
    begin(true); /* its status says attended */
    desk_press(&d, DESK_KEY_F10, T);
    assert_true(shows("The others see it attended", T));
    press("3x", T);
    assert_false(desk_next(&d, &a));
    press("2", T); /* somebody stays elsewhere */
    assert_true(next_is(DESK_DO_QUIT, &a));
    assert_int_equal(a.code, 0);
    desk_press(&d, DESK_KEY_F10, T);
    press("\n", T);
    assert_true(next_is(DESK_DO_QUIT, &a));
    assert_int_equal(a.code, 1); /* the watch ends with it */
    desk_press(&d, DESK_KEY_F7, T);
    press("6", T);
    assert_false(desk_next(&d, &a));
    press("1", T);
    assert_true(next_is(DESK_DO_LOCK, &a));
    assert_int_equal(a.code, 1);
    press("62", T);
    assert_true(next_is(DESK_DO_LOCK, &a));
    assert_int_equal(a.code, 0);
    desk_feed(&d, DESK_STATUS, parse("{\"desk\":\"unattended\"}"), T);
    press("6", T); /* nobody thinks that somebody is here: nothing to ask */
    assert_true(next_is(DESK_DO_LOCK, &a));
    desk_press(&d, DESK_KEY_F10, T);
    press("2", T);
    assert_false(desk_next(&d, &a));
    press("\n", T);
    assert_true(next_is(DESK_DO_QUIT, &a));
    assert_int_equal(a.code, 0);
    desk_free(&d);
    begin(false); /* that nobody is here needs no officer */
    desk_press(&d, DESK_KEY_F7, T);
    press("4", T);
    assert_true(next_is(DESK_DO_WATCH, &a));
    assert_int_equal(a.code, DT_WATCH_LEFT);
    desk_free(&d);
}

static void feed_watch(const char *desk, int64_t until, int64_t now)
{
    desk_feed(&d, DESK_STATUS, json_pack("{s:s,s:I,s:i,s:[{s:s,s:s,s:i}]}", "desk", desk, "desk_until",
                                         (json_int_t)until, "desk_officer", 1, "peers", "code", "SUED",
                                         "node", "up", "skew", now == T ? -1200000 : 59000),
              now);
}

static void a_watch_that_ends_is_not_slept_through(void **state)
{
    const int64_t end = T + 20 * 60000;
    (void)state;
    begin(true);
    desk_press(&d, 'x', T);
    feed_watch("attended", end, T);
    assert_false(shows("THE WATCH ENDS", T));
    assert_int_equal(desk_tick(&d, T + 240000), 0);
    assert_true(shows("THE WATCH ENDS in 14 min: hand it over", T + 6 * 60000));
    assert_int_equal(desk_tick(&d, T + 6 * 60000), 1);
    assert_int_equal(desk_tick(&d, T + 6 * 60000 + 59000), 0);
    assert_int_equal(desk_tick(&d, T + 7 * 60000), 1);
    feed_watch("unattended", 0, end);
    assert_true(shows("THE WATCH ENDED 60 s ago and nobody has taken it", end + 60000));
    assert_int_equal(desk_tick(&d, end + 60000), 1);
    assert_int_equal(desk_tick(&d, end + 75000), 1); /* every 15 s */
    desk_press(&d, 'x', end + 80000);                /* somebody woke: said on, no longer rung */
    assert_int_equal(desk_tick(&d, end + 180000), 0);
    assert_true(shows("THE WATCH ENDED", end + 180000));
    feed_watch("attended", end + 36000000, end + 190000);
    assert_false(shows("THE WATCH END", end + 190000));
    feed_watch("unattended", 0, end + 200000); /* left before its time: somebody's decision */
    assert_int_equal(desk_tick(&d, end + 37000000), 0);
    assert_false(shows("THE WATCH END", end + 37000000));
    desk_free(&d);
}

static void clocks_that_differ_are_said(void **state)
{
    (void)state;
    begin(true);
    feed_watch("attended", T + 36000000, T);
    assert_true(shows("CLOCKS DIFFER by 20 min", T));
    feed_watch("attended", T + 36000000, T + 1);
    assert_false(shows("CLOCKS DIFFER", T + 1));
    desk_free(&d);
}

static void any_size_any_words(void **state)
{
    (void)state;
    begin(true);
    json_t *hostile = item("SUED.1-4-aaaa", "CHECK_FIRE", "FLASH", T,
                           "\xd0\x96\xd1\x83\xe4\xb8\xad\x1b[2J\xe2\x80\xae\x07\n\n x");
    assert_non_null(hostile);
    feed_waiting(T, hostile, NULL);
    assert_true(shows("[2J", T)); /* its words are there, */
    for (int rows = 1; rows <= 130; rows += 3) {
        for (int cols = 1; cols < 420; cols += 23) {
            desk_draw(&d, &s, rows, cols, T);
            for (int i = 0; i < s.rows; i++) {
                assert_null(strchr(s.row[i].text, '\x1b')); /* and nothing that acts */
                assert_null(strchr(s.row[i].text, '\x07'));
                assert_null(strstr(s.row[i].text, "\xe2\x80\xae"));
            }
        }
    }
    for (int key = DESK_KEY_F1; key <= DESK_KEY_ESC; key++) { /* in whatever order */
        desk_press(&d, key, T);
        desk_press(&d, '1', T);
        desk_draw(&d, &s, 24, 80, T);
        desk_draw(&d, &s, key % 7 + 1, 3, T);
    }
    desk_free(&d);
}

static const char *how = "none";

static void feed_conflict(const char *state, bool overdue)
{
    desk_feed(&d, DESK_CONFLICT,
              json_pack("{s:[{s:s,s:s,s:i,s:s,s:s,s:s,s:b,s:b,s:s,s:I}]}", "items", "id", "4lme",
                        "state", state, "severity", 3, "severity_name", "severe", "a",
                        "NORD.1-4-bqae", "b", "SUED.1-5-fv7a", "exact", 1, "overdue", overdue, "sound",
                        how, "found", (json_int_t)T - 500),
              T);
}

/* As the node says that it sounds, and no more. */
static void a_conflict_sounds_as_the_node_says(void **state)
{
    unsigned once = 0, repeated = 0, none = 0;
    (void)state;
    begin(true);
    how = "once";
    feed_conflict("raised", false);
    for (int64_t t = T; t < T + 120000; t += 250) {
        once += desk_tick(&d, t);
    }
    how = "none";
    feed_conflict("seen", false);
    for (int64_t t = T + 120000; t < T + 240000; t += 250) {
        none += desk_tick(&d, t);
    }
    how = "repeated";
    feed_conflict("raised", true);
    for (int64_t t = T + 240000; t < T + 360000; t += 250) {
        repeated += desk_tick(&d, t);
    }
    assert_int_equal(once, 1);
    assert_int_equal(none, 0);
    assert_true(repeated >= 6);
    how = "none";
    desk_free(&d);
}

/* Whatever was said about it, it is on the screen until it is over. */
static void a_conflict_stands_until_it_is_over(void **state)
{
    static const char *const open[] = {"raised", "seen", "proposed"};
    (void)state;
    begin(true);
    for (size_t i = 0; i < 3; i++) {
        feed_conflict(open[i], i == 1);
        assert_true(shows("CONFLICTS: 1, of them severe: 1", T));
        assert_true(shows(i == 1 ? "OVERDUE: 1" : "OVERDUE: 0", T));
    }
    desk_press(&d, DESK_KEY_F8, T);
    assert_true(shows("4lme", T) && shows("proposed", T));
    feed_conflict("risk-accepted", false);
    assert_true(shows("4lme", T));
    feed_conflict("resolved", false);
    assert_false(shows("4lme", T));
    assert_true(shows("This is not a permission", T));
    desk_free(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lights_are_words),
        cmocka_unit_test(the_most_urgent_is_first),
        cmocka_unit_test(a_check_fire_takes_the_screen_and_keeps_the_text),
        cmocka_unit_test(a_movement_that_has_not_arrived_sounds_until_somebody_acts),
        cmocka_unit_test(a_plan_that_is_hit_sounds_until_somebody_looks),
        cmocka_unit_test(alarms_repeat_and_grow),
        cmocka_unit_test(put_aside_it_comes_back),
        cmocka_unit_test(three_keys_call_check_fire),
        cmocka_unit_test(shown_needs_a_person),
        cmocka_unit_test(words_that_do_not_fit_are_not_shown),
        cmocka_unit_test(a_locked_desk_sounds_and_answers_unnamed),
        cmocka_unit_test(a_silent_flash_says_whom_to_call),
        cmocka_unit_test(newer_traffic_hides_nothing_that_is_owed),
        cmocka_unit_test(a_hand_over_accepts_each),
        cmocka_unit_test(closing_or_locking_asks_what_becomes_of_the_watch),
        cmocka_unit_test(a_conflict_stands_until_it_is_over),
        cmocka_unit_test(a_conflict_sounds_as_the_node_says),
        cmocka_unit_test(a_watch_that_ends_is_not_slept_through),
        cmocka_unit_test(clocks_that_differ_are_said),
        cmocka_unit_test(any_size_any_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: ISC */
/* At the desk: what a screen of 24 x 80 must hold whatever else stands on it. */
#include "desk_fixture.h"

/* Status as of begin(), and more of it. */
static void feed_status(const char *more, int64_t now)
{
    json_t *status = json_deep_copy(d.fed[DESK_STATUS]), *fields = parse(more);
    json_object_update(status, fields);
    json_decref(fields);
    desk_feed(&d, DESK_STATUS, status, now);
}

static json_t *own_fire(void)
{
    json_t *own = item("NORD.1-42-k7qm", "CHECK_FIRE", "FLASH", T - 60000, "x");
    json_object_set_new(own, "from", json_string("NORD"));
    json_object_set_new(own, "waiting", json_false());
    json_object_set_new(own, "stages", parse("[{\"code\":\"SUED\",\"stored\":1789000001000}]"));
    return own;
}

/* The telephone, check-fires that stand, a movement overdue: as full as it gets. */
static void crowd(void)
{
    desk_feed(&d, DESK_RECENT, json_pack("{s:[o]}", "items", own_fire()), T);
    feed_status("{\"check_fires\":[{\"id\":\"NORD.1-42-k7qm\",\"from\":\"NORD\",\"silent\":1},"
                "{\"id\":\"NORD.1-40-aaaa\",\"from\":\"NORD\",\"silent\":1},"
                "{\"id\":\"NORD.1-39-bbbb\",\"from\":\"NORD\",\"silent\":1}],"
                "\"overdue\":[{\"id\":\"SUED.1-9-dddd\",\"from\":\"SUED\",\"class\":\"OPERATION\","
                "\"acted\":false},{\"id\":\"SUED.1-8-cccc\",\"from\":\"SUED\",\"class\":\"OPERATION\","
                "\"acted\":false}],\"plans\":[{\"name\":\"abcd2345\",\"conflicts\":3,\"unseen\":1}]}",
                T);
}

static json_t *many(size_t count)
{
    json_t *items = json_array();
    for (size_t i = 0; i < count; i++) {
        char id[32];
        snprintf(id, sizeof id, "SUED.1-%zu-pppp", i + 100);
        json_array_append_new(items, item(id, "MESSAGE", "PRIORITY", T - 9000 + (int64_t)i, "words"));
    }
    return items;
}

static void feed_items(json_t *items)
{
    desk_feed(&d, DESK_WAITING, json_pack("{s:o}", "items", items), T);
}

static void something_more_urgent_is_seen_and_chosen(void **state)
{
    (void)state;
    begin(true);
    crowd();
    feed_items(many(6));
    desk_press(&d, DESK_KEY_DOWN, T);
    desk_press(&d, DESK_KEY_DOWN, T);
    assert_string_equal(d.selected, "SUED.1-102-pppp");
    json_t *items = many(6);
    json_array_append_new(items, item("SUED.1-7-dddd", "MESSAGE", "IMMEDIATE", T, "now"));
    feed_items(items);
    assert_string_equal(d.selected, "SUED.1-7-dddd");
    assert_true(shows(">1 IMMEDIATE MESSAGE    SUED.1-7-dddd", T));
    look(T);
    desk_press(&d, DESK_KEY_F2, T);
    assert_string_equal(d.target, "SUED.1-7-dddd");
    desk_free(&d);
}

static void the_first_stays_wherever_the_choice_goes(void **state)
{
    (void)state;
    begin(true);
    crowd();
    json_t *items = many(11);
    json_array_append_new(items, item("SUED.1-7-dddd", "MESSAGE", "IMMEDIATE", T, "now"));
    feed_items(items);
    for (size_t i = 0; i < 12; i++) {
        assert_true(shows("1 IMMEDIATE MESSAGE    SUED.1-7-dddd", T));
        assert_true(shows(d.selected, T));
        desk_press(&d, DESK_KEY_DOWN, T);
    }
    assert_string_equal(d.selected, "SUED.1-110-pppp");
    feed_items(json_incref(json_object_get(d.fed[DESK_WAITING], "items"))); /* nothing new */
    assert_string_equal(d.selected, "SUED.1-110-pppp");
    desk_free(&d);
}

static void an_open_question_keeps_what_it_is_about(void **state)
{
    (void)state;
    begin(true);
    feed_items(many(2));
    look(T);
    desk_press(&d, DESK_KEY_F2, T);
    json_t *items = many(2);
    json_array_append_new(items, item("SUED.1-7-dddd", "MESSAGE", "IMMEDIATE", T, "now"));
    feed_items(json_incref(items));
    assert_string_equal(d.selected, "SUED.1-100-pppp");
    assert_string_equal(d.target, "SUED.1-100-pppp");
    desk_press(&d, DESK_KEY_ESC, T);
    feed_items(items); /* and then it is chosen */
    assert_string_equal(d.selected, "SUED.1-7-dddd");
    desk_free(&d);
}

static void what_stands_says_how_much_more_there_is(void **state)
{
    (void)state;
    begin(true);
    crowd();
    feed_items(many(6));
    assert_true(shows("rows more that there is no room for", T));
    assert_true(shows("and 4 more: Down", T) || shows("and 3 more: Down", T));
    assert_true(shows("OURS, NOT ACKNOWLEDGED OR NOT PASSED ON: 1", T));
    desk_free(&d);
}

static void a_test_of_people_is_answered_by_its_echo(void **state)
{
    struct desk_action a;
    (void)state;
    begin(true);
    json_t *test = item("SUED.1-6-cccc", "TEST", "IMMEDIATE", T, "");
    json_object_del(test, "text");
    feed_waiting(T, test, NULL);
    assert_true(shows("is a person there?", T));
    look(T);
    desk_press(&d, DESK_KEY_F2, T);
    assert_true(shows("SUED.1-6-cccc: somebody asks whether a person is here: Enter says yes", T));
    assert_false(shows("You have read", T));
    press("\n", T);
    assert_true(next_is(DESK_DO_ECHO, &a));
    assert_string_equal(a.id, "SUED.1-6-cccc");
    assert_false(desk_next(&d, &a));
    feed_waiting(T, item("SUED.1-7-cccc", "MESSAGE", "IMMEDIATE", T, "x"), NULL);
    look(T);
    while (desk_next(&d, &a)) { /* that it was shown */
    }
    desk_press(&d, DESK_KEY_F2, T);
    press("\n", T);
    assert_true(next_is(DESK_DO_ACK, &a));
    desk_free(&d);
}

static void each_silent_member_is_called_and_the_telephoned_last(void **state)
{
    (void)state;
    begin(true);
    json_t *fire = own_fire(), *real = own_fire();
    json_object_set_new(fire, "class", json_string("EXERCISE"));
    json_object_set_new(fire, "stages",
                        parse("[{\"code\":\"SUED\",\"stored\":1},{\"code\":\"MEDI\",\"stored\":1},"
                              "{\"code\":\"OSTL\",\"acknowledged\":1}]"));
    desk_feed(&d, DESK_RECENT, json_pack("{s:[O]}", "items", fire), T);
    assert_true(shows("NOT ACKNOWLEDGED by MEDI", T));
    assert_true(shows("SAY: EXERCISE EXERCISE EXERCISE. This is NORD. Check fire.", T));
    assert_true(shows("THEN CALL SUED about EXERCISE CHECK FIRE NORD.1-42-k7qm: tel +99 5", T));
    assert_false(shows("CALL OSTL", T));
    json_object_set_new(fire, "stages",
                        parse("[{\"code\":\"SUED\"},{\"code\":\"MEDI\",\"reported\":[{\"from\":\"NORD\"}]}]"));
    desk_feed(&d, DESK_RECENT, json_pack("{s:[O]}", "items", fire), T);
    assert_true(shows("CHECK FIRE NORD.1-42-k7qm NOT ACKNOWLEDGED by SUED", T));
    assert_true(shows("TELEPHONED, NOT ACKNOWLEDGED: MEDI about EXERCISE", T));
    json_object_set_new(real, "id", json_string("NORD.1-41-rrrr")); /* older, and real */
    json_object_set_new(real, "time", json_integer(T - 90000));
    json_object_set_new(real, "no_duff", json_true());
    desk_feed(&d, DESK_RECENT, json_pack("{s:[o,o]}", "items", fire, real), T);
    assert_true(shows("CHECK FIRE NORD.1-41-rrrr NOT ACKNOWLEDGED by SUED", T));
    assert_true(shows("SAY: NO DUFF NO DUFF NO DUFF. This is NORD", T));
    assert_true(shows("THEN CALL SUED about EXERCISE CHECK FIRE NORD.1-42-k7qm", T));
    desk_free(&d);
}

static void a_demoted_flash_counts_as_the_node_says(void **state)
{
    (void)state;
    begin(true);
    json_t *flash = item("SUED.1-6-cccc", "MESSAGE", "FLASH", T, "one too many");
    json_object_set_new(flash, "demoted", json_true());
    json_object_set_new(flash, "doubt", json_string("QUOTA"));
    feed_waiting(T, flash, NULL);
    assert_string_equal(d.taken, "");
    assert_true(shows(">1 IMMEDIATE MESSAGE    SUED.1-6-cccc", T));
    assert_true(shows("DEMOTED", T) && shows("due 15 m", T));
    assert_int_equal(desk_due(&d, d.waiting[0]), T + 900000);
    (void)desk_tick(&d, T);
    assert_int_equal(desk_tick(&d, T + 14900), 0); /* it sounds as IMMEDIATE */
    assert_int_equal(desk_tick(&d, T + 15000), 1);
    json_t *fire = item("SUED.1-7-cccc", "CHECK_FIRE", "FLASH", T, "x");
    json_object_set_new(fire, "demoted", json_true()); /* never: nothing takes that from it */
    feed_waiting(T, fire, NULL);
    assert_string_equal(d.taken, "SUED.1-7-cccc");
    desk_free(&d);
}

static void what_is_owed_and_not_there_is_counted(void **state)
{
    (void)state;
    begin(true);
    json_t *items = json_array();
    for (int i = 0; i < 30; i++) {
        json_array_append_new(items,
                              json_pack("{s:s,s:s,s:s,s:s,s:I,s:[{s:s}]}", "line", "line2222", "id",
                                        "NORD.1-4-k7qm", "kind", "MESSAGE", "precedence", "PRIORITY",
                                        "time", (json_int_t)T, "silent", "code", "SUED"));
    }
    desk_feed(&d, DESK_OWED, json_pack("{s:o}", "unanswered", items), T);
    assert_true(shows("OURS, NOT ACKNOWLEDGED OR NOT PASSED ON: 30", T));
    int rows = 0, more = 0;
    for (int i = 0; i < s.rows; i++) {
        rows += strstr(s.row[i].text, "NORD.1-4-k7qm") != NULL;
        (void)sscanf(s.row[i].text, " and %d rows more", &more);
    }
    assert_true(rows > 0 && more > 0);
    assert_true(rows + more >= 30); /* each record has a row or two */
    assert_false(shows("rows more that there is no room for: detente status", T));
    desk_draw(&d, &s, 60, 80, T); /* a taller terminal has room for all */
    for (int i = 0; i < s.rows; i++) {
        assert_null(strstr(s.row[i].text, "rows more"));
    }
    desk_free(&d);
}

static void people_and_suspensions_are_said(void **state)
{
    (void)state;
    begin(true);
    json_t *status = json_deep_copy(d.fed[DESK_STATUS]);
    json_t *peer = json_array_get(json_object_get(status, "peers"), 0);
    json_object_set_new(peer, "link", json_string("green"));
    json_object_set_new(peer, "human", json_string("red"));
    json_object_set_new(peer, "human_missed", json_integer(2));
    desk_feed(&d, DESK_STATUS, json_deep_copy(status), T);
    assert_true(shows("node UP (2 s)", T) && shows("THEIR PEOPLE MISSED 2 tests in a row", T));
    assert_int_equal(s.row[3].style, DESK_BAD);
    json_object_set_new(peer, "human", json_string("declined"));
    json_object_set_new(peer, "human_missed", json_integer(0));
    desk_feed(&d, DESK_STATUS, json_deep_copy(status), T);
    assert_true(shows("THEIR PEOPLE DECLINED", T));
    json_object_set_new(peer, "human", json_string("green"));
    desk_feed(&d, DESK_STATUS, status, T);
    assert_false(shows("PEOPLE", T));
    assert_false(shows("LINE SUSPENDED", T));
    json_t *hello = json_deep_copy(d.fed[DESK_HELLO]);
    json_t *members = json_object_get(json_array_get(json_object_get(hello, "lines"), 0), "members");
    json_object_set_new(json_array_get(members, 1), "state", json_string("suspended"));
    json_object_set_new(json_array_get(members, 1), "since", json_integer(T - 60000));
    desk_feed(&d, DESK_HELLO, hello, T);
    assert_true(shows("LINE SUSPENDED by SUED since 00:25Z: River", T));
    desk_free(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(something_more_urgent_is_seen_and_chosen),
        cmocka_unit_test(the_first_stays_wherever_the_choice_goes),
        cmocka_unit_test(an_open_question_keeps_what_it_is_about),
        cmocka_unit_test(a_test_of_people_is_answered_by_its_echo),
        cmocka_unit_test(each_silent_member_is_called_and_the_telephoned_last),
        cmocka_unit_test(a_demoted_flash_counts_as_the_node_says),
        cmocka_unit_test(people_and_suspensions_are_said),
        cmocka_unit_test(what_is_owed_and_not_there_is_counted),
        cmocka_unit_test(what_stands_says_how_much_more_there_is),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

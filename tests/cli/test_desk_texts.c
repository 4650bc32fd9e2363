/* SPDX-License-Identifier: ISC */
/* What the desk shows of texts and when they count as read; texts that are half typed. */
#include "desk_fixture.h"

/* 40 numbered rows: two screens and more. */
static const char *long_text(void)
{
    static char text[40 * 40];
    size_t n = 0;
    for (int i = 1; i <= 40; i++) {
        n += (size_t)snprintf(text + n, sizeof text - n, "row %d of what must be read%s", i,
                              i < 40 ? "\n" : "");
    }
    return text;
}

static void a_long_flash_is_acknowledged_only_once_it_was_read(void **state)
{
    struct desk_action a;
    const int64_t t = T + 5000;
    (void)state;
    begin(true);
    feed_waiting(T, item("SUED.1-6-cccc", "MESSAGE", "FLASH", T, long_text()), NULL);
    desk_press(&d, 'x', t);
    look(t);
    assert_true(shows("row 1 of what", t) && shows("of 40: Page Down. F2 only", t));
    desk_press(&d, DESK_KEY_F2, t);
    press("\n", t);
    assert_true(shows("Not all of it was on this screen yet", t));
    assert_false(desk_next(&d, &a)); /* neither SHOWN nor ACK */
    for (int i = 0; i < 9; i++) { /* keys faster than the screen pass nothing over */
        desk_press(&d, DESK_KEY_PAGE_DOWN, t);
    }
    look(t);
    assert_false(shows("row 40 of what", t));
    assert_false(desk_next(&d, &a));
    for (int i = 0; i < 9; i++) {
        desk_press(&d, DESK_KEY_PAGE_DOWN, t);
        look(t);
    }
    assert_true(shows("row 40 of what", t));
    assert_true(next_is(DESK_DO_SHOWN, &a)); /* every word was on the screen */
    desk_press(&d, DESK_KEY_PAGE_UP, t);
    look(t);
    desk_press(&d, DESK_KEY_F2, t);
    press("\n", t);
    assert_true(next_is(DESK_DO_ACK, &a));
    assert_string_equal(a.id, "SUED.1-6-cccc");
    desk_free(&d);
}

/* Woken at three: the first key acknowledges what stands there. */
static void the_first_key_may_acknowledge(void **state)
{
    struct desk_action a;
    (void)state;
    begin(true);
    feed_waiting(T, item("SUED.1-6-cccc", "MESSAGE", "FLASH", T, "a short one"), NULL);
    look(T + 9000000);
    assert_false(desk_next(&d, &a)); /* nobody there: not shown */
    desk_press(&d, DESK_KEY_F2, T + 9000000);
    press("\n", T + 9000000);
    assert_true(next_is(DESK_DO_ACK, &a));
    desk_free(&d);
}

static void a_notice_is_read_before_it_is_acknowledged(void **state)
{
    struct desk_action a;
    json_t *notice = item("SUED.1-7-dddd", "NOTICE", "ROUTINE", T, "");
    (void)state;
    begin(true);
    json_object_del(notice, "text");
    json_object_set_new(notice, "title", json_string("Convoy"));
    json_object_set_new(notice, "category", json_string("MOVEMENT"));
    desk_press(&d, 'x', T);
    feed_waiting(T, notice, NULL);
    assert_true(shows("Convoy", T));
    look(T); /* its title is not where and when */
    desk_press(&d, DESK_KEY_F2, T);
    assert_int_equal(d.dialog, DESK_ASK_NOTHING);
    assert_false(desk_next(&d, &a));
    desk_press(&d, DESK_KEY_F4, T);
    assert_true(next_is(DESK_DO_READ, &a));
    free(d.detail);
    d.detail = strdup("from 2026-01-01 to 2026-01-02");
    look(T);
    assert_true(next_is(DESK_DO_SHOWN, &a));
    desk_press(&d, DESK_KEY_F2, T);
    press("\n", T);
    assert_true(next_is(DESK_DO_ACK, &a));
    desk_free(&d);
}

static void what_is_sealed_is_not_shown(void **state)
{
    static const char *const how[] = {"withheld", "sealed"};
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        json_t *one = item("SUED.1-7-dddd", "MESSAGE", i == 0 ? "FLASH" : "ROUTINE", T, "");
        begin(true);
        json_object_del(one, "text");
        json_object_set_new(one, how[i], json_true());
        desk_press(&d, 'x', T);
        feed_waiting(T, one, NULL);
        assert_false(shown_at(T));
        assert_false(desk_seen(&d, "SUED.1-7-dddd"));
        desk_free(&d);
    }
}

static void a_subject_is_said(void **state)
{
    json_t *routine = item("SUED.1-7-dddd", "MESSAGE", "ROUTINE", T, "boat adrift");
    json_t *flash = item("SUED.1-8-eeee", "MESSAGE", "FLASH", T, "boat sinking");
    (void)state;
    json_t *none = item("SUED.1-9-ffff", "MESSAGE", "ROUTINE", T, "no subject");
    json_object_set_new(none, "subject", json_string("none"));
    json_object_set_new(routine, "subject", json_string("distress"));
    json_object_set_new(flash, "subject", json_string("accident"));
    begin(true);
    feed_waiting(T, routine, none);
    assert_true(shows("[distress] boat adrift", T));
    assert_true(shows("no subject", T) && !shows("none", T));
    feed_waiting(T, flash, NULL);
    assert_true(shows("SUBJECT: accident", T));
    desk_free(&d);
}

static void a_site_that_nobody_confirms_has_a_line(void **state)
{
    (void)state;
    begin(true);
    json_t *status = json_deep_copy(d.fed[DESK_STATUS]);
    json_object_set_new(status, "stale",
                        json_pack("[{s:s,s:s,s:b,s:I},{s:s,s:s,s:b,s:I}]", "id", "SUED.1-9-dddd", "from",
                                  "SUED", "ours", 0, "confirmed", (json_int_t)(T - INT64_C(91) * 86400000), "id",
                                  "NORD.1-3-aaaa", "from", "NORD", "ours", 1, "confirmed",
                                  (json_int_t)(T - INT64_C(95) * 86400000)));
    assert_false(shows("STALE", T));
    desk_feed(&d, DESK_STATUS, status, T);
    assert_true(shows("STALE SITES: 2, ours: 1. Oldest: NORD.1-3-aaaa, confirmed 95 days ago", T));
    assert_int_equal(desk_tick(&d, T + 1000), 0); /* it is no alarm */
    desk_free(&d);
}

static void a_subject_is_chosen_in_write(void **state)
{
    struct desk_action a;
    (void)state;
    begin(true);
    desk_press(&d, DESK_KEY_F3, T);
    press("boat adrift", T);
    assert_true(shows("F7 Subject", T) && !shows("warning", T));
    desk_press(&d, DESK_KEY_F7, T);
    desk_press(&d, DESK_KEY_F7, T);
    assert_true(shows("MESSAGE to ALL, ROUTINE, warning, line River", T));
    json_t *kept = desk_text_kept(&d);
    desk_press(&d, DESK_KEY_F2, T);
    assert_true(shows("Its subject, warning, is seen by the whole line", T));
    press("\n", T);
    assert_true(next_is(DESK_DO_SEND, &a));
    assert_int_equal(d.subject, DT_SUBJECT_WARNING);
    desk_text_clear(&d);
    assert_int_equal(d.subject, DT_SUBJECT_NONE);
    json_object_set_new(kept, "subject", json_integer(DT_SUBJECTS)); /* nobody could choose it */
    assert_false(desk_text_take(&d, kept));
    json_object_set_new(kept, "subject", json_integer(DT_SUBJECT_DISTRESS));
    assert_true(desk_text_take(&d, kept));
    assert_int_equal(d.subject, DT_SUBJECT_DISTRESS);
    json_decref(kept);
    desk_free(&d);
}

static json_t *ours(const char *id, int64_t time, const char *text, const char *stages)
{
    json_t *one = item(id, "MESSAGE", "PRIORITY", time, text);
    json_object_set_new(one, "from", json_string("NORD"));
    json_object_set_new(one, "waiting", json_false());
    json_object_set_new(one, "stages", parse(stages));
    return one;
}

static void what_is_ours_is_listed_and_read(void **state)
{
    struct desk_action a;
    (void)state;
    begin(true);
    feed_waiting(T, item("SUED.1-4-aaaa", "MESSAGE", "ROUTINE", T, "theirs"), NULL);
    desk_feed(&d, DESK_RECENT,
              json_pack("{s:[o,o,o]}", "items", item("SUED.1-4-aaaa", "MESSAGE", "ROUTINE", T, "theirs"),
                        ours("NORD.1-3-bbbb", T - 9000, "the older words",
                             "[{\"code\":\"SUED\",\"stored\":1,\"reported\":[{\"means\":\"voice\","
                             "\"reported\":\"acknowledged\"}]}]"),
                        ours("NORD.1-7-cccc", T - 1000, "the newer words",
                             "[{\"code\":\"NORD\"},{\"code\":\"SUED\",\"stored\":1,\"acknowledged\":2}]")),
              T);
    desk_press(&d, DESK_KEY_F4, T); /* what waits, first */
    assert_true(next_is(DESK_DO_READ, &a));
    assert_string_equal(a.id, "SUED.1-4-aaaa");
    desk_press(&d, DESK_KEY_F4, T);
    assert_true(shows("OURS, THE NEWEST", T));
    assert_true(shows(">1 PRIORITY  MESSAGE    NORD.1-7-cccc", T) && shows("SUED acknowledged", T));
    assert_true(shows("the newer words", T));
    assert_true(shows(" 2 PRIORITY  MESSAGE    NORD.1-3-bbbb", T));
    assert_true(shows("SUED by our report, voice", T));
    assert_false(shows("SUED.1-4-aaaa", T));
    desk_press(&d, DESK_KEY_F2, T); /* there is nothing of it for us to acknowledge */
    assert_int_equal(d.dialog, DESK_ASK_NOTHING);
    assert_true(shows("This is our own", T));
    press("2\n", T);
    assert_true(next_is(DESK_DO_READ, &a));
    assert_string_equal(a.id, "NORD.1-3-bbbb");
    assert_string_equal(a.line, "line2222");
    d.detail = strdup("the whole of it");
    assert_true(shows("the whole of it", T));
    desk_press(&d, DESK_KEY_F4, T);
    assert_true(shows(">2 PRIORITY", T));
    desk_press(&d, DESK_KEY_UP, T);
    assert_true(shows(">1 PRIORITY", T));
    desk_free(&d);
}

static void acknowledged_is_not_answered(void **state)
{
    json_t *own = item("NORD.1-42-k7qm", "CHECK_FIRE", "FLASH", T, "x");
    (void)state;
    begin(true);
    json_object_set_new(own, "from", json_string("NORD"));
    json_object_set_new(own, "waiting", json_false());
    json_object_set_new(own, "stages",
                        parse("[{\"code\":\"SUED\",\"stored\":1789000001000,\"acknowledged\":1789000002000}]"));
    desk_feed(&d, DESK_RECENT, json_pack("{s:[o]}", "items", own), T);
    desk_feed(&d, DESK_STATUS,
              parse("{\"check_fires\":[{\"id\":\"NORD.1-42-k7qm\",\"from\":\"NORD\",\"class\":\"OPERATION\","
                    "\"time\":1789000000000,\"silent\":1,\"acknowledged\":1}]}"),
              T);
    assert_true(shows("NOT ANSWERED, acknowledged", T + 4000));
    assert_true(shows("1 acknowledged, not answered", T + 4000));
    assert_false(shows("CALL SUED", T + DESK_FALLBACK_MS + 1)); /* somebody is awake there */
    desk_free(&d);
}

static void nothing_owed_is_cut_at_80_columns(void **state)
{
    json_t *own = item("NORD.1-1042-k7qm", "CHECK_FIRE", "FLASH", T, "x");
    (void)state;
    begin(true);
    json_object_set_new(own, "from", json_string("NORD"));
    json_object_set_new(own, "waiting", json_false());
    json_object_set_new(own, "stages", parse("[{\"code\":\"SUED\",\"stored\":1789000001000}]"));
    desk_feed(&d, DESK_RECENT, json_pack("{s:[o]}", "items", own), T);
    assert_true(shows("NORD.1-1042-k7qm 16 min OVERDUE 13 min SUED: NOT ANSWERED", T + 1000000));
    assert_true(shows("Z", T + 1000000) && shows("NOBODY AT DESK since", T + 1000000));
    bool whole = false;
    for (int i = 0; i < s.rows; i++) { /* the time since when ends the second row */
        const char *z = strrchr(s.row[i].text, 'Z');
        whole = whole || (i > 8 && z != NULL && z[1] == '\0' && z[-3] == ':');
    }
    assert_true(whole);
    desk_free(&d);
}

static void ascii_terminals_get_letters(void **state)
{
    char out[64];
    (void)state;
    desk_ascii(out, sizeof out, "n\xc5\x93ud \xc3\xa0 l\xe2\x80\x99h\xc3\xb4te \xc2\xab \xc3\x9f \xe4\xb8\xad");
    assert_string_equal(out, "noeud a l'hote \" ss ?");
    desk_ascii(out, 4, "ab\xc5\x93"); /* never half a letter */
    assert_string_equal(out, "ab");
    desk_ascii(out, sizeof out, "\xc5"); /* cut off */
    assert_string_equal(out, "?");
}

static void a_half_typed_text_is_taken_up_again(void **state)
{
    struct desk_action a;
    json_t *kept;
    (void)state;
    begin(true);
    assert_null(desk_text_kept(&d));
    desk_press(&d, DESK_KEY_F3, T);
    desk_press(&d, DESK_KEY_F5, T); /* to the other one */
    desk_press(&d, DESK_KEY_F6, T);
    press("line one\nh\"", T);
    kept = desk_text_kept(&d);
    assert_non_null(kept);
    desk_free(&d);

    desk_init(&d, "NORD", true);
    assert_true(desk_text_take(&d, kept));
    json_t *unplaced = desk_text_kept(&d); /* before the node has answered: nothing is lost */
    assert_true(json_equal(unplaced, kept));
    json_decref(unplaced);
    desk_free(&d);

    begin(true);
    assert_true(desk_text_take(&d, kept));
    assert_false(desk_text_take(&d, kept)); /* never over another */
    desk_feed(&d, DESK_HELLO, json_incref(d.fed[DESK_HELLO]), T);
    assert_true(shows("F3 goes on with it", T));
    desk_press(&d, DESK_KEY_F3, T);
    assert_true(shows("MESSAGE to SUED, PRIORITY, line River", T));
    assert_true(shows("h\"_", T));
    json_t *again = desk_text_kept(&d);
    assert_true(json_equal(again, kept));
    json_decref(again);
    desk_press(&d, DESK_KEY_F4, T); /* wiped only when that is confirmed */
    desk_press(&d, DESK_KEY_ESC, T);
    assert_int_equal(d.text_size, 11);
    desk_press(&d, DESK_KEY_F4, T);
    press("\n", T);
    assert_int_equal(d.text_size, 0);
    assert_null(desk_text_kept(&d));
    assert_false(desk_next(&d, &a));

    json_object_set_new(kept, "to", json_string("WEST")); /* no longer a member */
    assert_true(desk_text_take(&d, kept));
    desk_feed(&d, DESK_HELLO, json_incref(d.fed[DESK_HELLO]), T);
    assert_true(d.said_bad);
    json_decref(kept);
    desk_free(&d);
}

static void what_nobody_typed_is_not_taken_up(void **state)
{
    static const char *const bad[] = {
        "null", "[]", "{}", "{\"text\":\"\",\"precedence\":0}", "{\"text\":7,\"precedence\":0}",
        "{\"text\":\"a\\u001b[2J\",\"precedence\":0}", "{\"text\":\"a\",\"precedence\":4}",
        "{\"text\":\"a\",\"precedence\":-1}",
    };
    (void)state;
    begin(true);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        json_t *value = json_loads(bad[i], JSON_DECODE_ANY, NULL);
        assert_non_null(value);
        assert_false(desk_text_take(&d, value));
        json_decref(value);
    }
    assert_false(desk_text_take(&d, NULL));
    char *large = malloc(DT_BODY_TEXT_MAX + 2);
    memset(large, 'a', DT_BODY_TEXT_MAX + 1);
    large[DT_BODY_TEXT_MAX + 1] = '\0';
    json_t *value = json_pack("{s:s,s:i}", "text", large, "precedence", 0);
    assert_false(desk_text_take(&d, value));
    json_decref(value);
    free(large);
    desk_free(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_long_flash_is_acknowledged_only_once_it_was_read),
        cmocka_unit_test(the_first_key_may_acknowledge),
        cmocka_unit_test(a_notice_is_read_before_it_is_acknowledged),
        cmocka_unit_test(what_is_sealed_is_not_shown),
        cmocka_unit_test(a_subject_is_said),
        cmocka_unit_test(a_site_that_nobody_confirms_has_a_line),
        cmocka_unit_test(a_subject_is_chosen_in_write),
        cmocka_unit_test(what_is_ours_is_listed_and_read),
        cmocka_unit_test(acknowledged_is_not_answered),
        cmocka_unit_test(nothing_owed_is_cut_at_80_columns),
        cmocka_unit_test(ascii_terminals_get_letters),
        cmocka_unit_test(a_half_typed_text_is_taken_up_again),
        cmocka_unit_test(what_nobody_typed_is_not_taken_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

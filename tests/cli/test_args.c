/* SPDX-License-Identifier: ISC */
/*
 * Goal: what is typed is understood in one way or refused as not understood; CBOR of the
 * node becomes the JSON that docs/cli.md fixes; words of others never reach a terminal raw.
 */
#include "cli/cli.h"
#include "cli/nearest.h"

#include "test.h"

static const struct cli_command command = {"test", NULL, "", "to= follow member=", ""};
static struct cli c;

static bool parse(int argc, const char *const *argv)
{
    char *copy[16];
    memset(&c, 0, sizeof c);
    for (int i = 0; i < argc; i++) {
        copy[i] = (char *)(uintptr_t)argv[i];
    }
    return cli_parse(&c, &command, argc, copy);
}

#define PARSE(...)                                                                                 \
    parse((int)(sizeof((const char *[]){__VA_ARGS__}) / sizeof(char *)),                           \
          (const char *[]){__VA_ARGS__})

static void options_stand_anywhere_and_words_keep_their_order(void **state)
{
    (void)state;
    assert_true(PARSE("a", "--to", "SUED", "b", "--follow", "--json", "--to=MEDI", "-", "--", "--x"));
    assert_int_equal(c.word_count, 4);
    assert_string_equal(c.words[0], "a");
    assert_string_equal(c.words[2], "-");
    assert_string_equal(c.words[3], "--x");
    assert_string_equal(cli_option(&c, "to"), "MEDI");
    assert_string_equal(cli_option_at(&c, "to", 0), "SUED");
    assert_null(cli_option_at(&c, "to", 2));
    assert_true(cli_flag(&c, "follow") && c.json);
    assert_null(cli_option(&c, "member"));
    assert_true(PARSE("-36.5,37,500")); /* a place, not an option */
}

static void what_is_not_known_is_not_guessed(void **state)
{
    (void)state;
    assert_false(PARSE("--too", "x"));
    assert_int_equal(c.exit, CLI_USAGE);
    assert_false(PARSE("--t", "x"));
    assert_false(PARSE("--to"));
    assert_false(PARSE("--follow=1"));
    assert_false(PARSE("-x"));
    assert_true(PARSE("one"));
    assert_null(cli_word(&c, 1, "ID"));
    assert_false(cli_words_end(&c, 0));
}

static const char *near(const char *word)
{
    static const char *const known[] = {"send", "show", "status", "verify", "verify-proof", "SUED"};
    static struct cli_nearest n;
    cli_nearest_begin(&n, word);
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        cli_nearest_try(&n, known[i], strlen(known[i]));
    }
    return n.best;
}

static void a_slip_is_recognised_and_another_word_is_not(void **state)
{
    (void)state;
    assert_string_equal(near("sned"), "send");
    assert_string_equal(near("staus"), "status");
    assert_string_equal(near("sttaus"), "status");
    assert_string_equal(near("verifyproof"), "verify-proof");
    assert_string_equal(near("sude"), "SUED");
    assert_string_equal(near("SUED"), "SUED");
    assert_string_equal(near("NORD"), "");
    assert_string_equal(near("frobnicate"), "");
    assert_string_equal(near("s"), "");
    assert_string_equal(near(""), "");
    assert_string_equal(near("a word that is longer than all that is known here"), "");
}

static void areas_are_read_in_any_notation(void **state)
{
    (void)state;
    static const char *const wrong[] = {"",          "36.2",          "36.2,37.1",   "36.2,37.1,",
                                        "36,37,0",   "36,37,-5",      "36,37,inf",   "36,37,5miles",
                                        "36,37,1e3", "91,37,500",     "x,y,500",     "36,37,2000km"};
    int32_t lat, lon;
    uint32_t radius;
    assert_true(cli_area(&c, "36.2021,37.1343,500", &lat, &lon, &radius));
    assert_int_equal(lat, 362021000);
    assert_int_equal(lon, 371343000);
    assert_int_equal(radius, 500000);
    assert_true(cli_area(&c, "36.5N 37E, 2.5km", &lat, &lon, &radius));
    assert_int_equal(radius, 2500000);
    assert_true(cli_area(&c, "37SCV2001499494,500m", &lat, &lon, &radius));
    assert_int_equal(radius, 501000); /* the square of the grid reference counts */
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        if (cli_area(&c, wrong[i], &lat, &lon, &radius)) {
            fail_msg("%s", wrong[i]);
        }
    }
}

static void replies_become_json(void **state)
{
    (void)state;
    struct dt_object o;
    struct dt_span item;
    uint8_t id[DT_HASH_SIZE] = {0}, back[DT_HASH_SIZE];
    dt_obj_init(&o);
    dt_obj_map(&o);
    dt_obj_key(&o, "id");
    dt_obj_bytes(&o, dt_span(id, sizeof id));
    dt_obj_key(&o, "n");
    dt_obj_int(&o, -5);
    dt_obj_key(&o, "list");
    dt_obj_array(&o);
    dt_obj_bool(&o, true);
    dt_obj_null(&o);
    dt_obj_bytes(&o, dt_span("\x01\xff", 2));
    dt_obj_string(&o, "caf\xc3\xa9");
    dt_obj_end(&o);
    dt_obj_end(&o);
    assert_err(dt_obj_done(&o, &item), DT_OK);
    json_t *value = cli_json_from_cbor(item);
    char *text = json_dumps(value, JSON_COMPACT | JSON_SORT_KEYS);
    assert_string_equal(text, "{\"id\":\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\","
                              "\"list\":[true,null,\"01ff\",\"caf\xc3\xa9\"],\"n\":-5}");
    assert_true(cli_bytes(value, "id", back, sizeof back));
    assert_int_equal(cli_int(value, "n"), -5);
    assert_string_equal(cli_str(value, "nothing"), "");
    free(text);
    json_decref(value);
    dt_obj_free(&o);
}

static void words_of_others_cannot_steer_a_terminal(void **state)
{
    (void)state;
    const char *text = cli_safe("a\x1b[2Jb\n\xe2\x80\xae"
                                "c");
    assert_null(strchr(text, 0x1b));
    assert_null(strchr(text, '\n'));
    assert_null(strstr(text, "\xe2\x80\xae"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(options_stand_anywhere_and_words_keep_their_order),
        cmocka_unit_test(what_is_not_known_is_not_guessed),
        cmocka_unit_test(a_slip_is_recognised_and_another_word_is_not),
        cmocka_unit_test(areas_are_read_in_any_notation),
        cmocka_unit_test(replies_become_json),
        cmocka_unit_test(words_of_others_cannot_steer_a_terminal),
    };
    return cmocka_run_group_tests(tests, dt_test_setup, NULL);
}

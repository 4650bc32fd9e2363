/* SPDX-License-Identifier: ISC */
#include "desk_fixture.h"

void cli_secret_wipe(struct cli_secret *secret) /* of secret.c */
{
    memset(secret, 0, sizeof *secret);
}

struct desk d;
struct desk_screen s;

json_t *parse(const char *text)
{
    json_error_t e;
    json_t *value = json_loads(text, 0, &e);
    assert_non_null(value);
    return value;
}

json_t *item(const char *id, const char *kind, const char *precedence, int64_t time,
                    const char *text)
{
    return json_pack("{s:s,s:s,s:s,s:s,s:s,s:s,s:I,s:b,s:s,s:s}", "id", id, "line", "line2222",
                     "from", "SUED", "kind", kind, "precedence", precedence, "class", "OPERATION",
                     "time", (json_int_t)time, "waiting", true, "text", text, "valid", "OK");
}

void feed_waiting(int64_t now, json_t *a, json_t *b)
{
    json_t *items = json_array();
    if (a != NULL) {
        json_array_append_new(items, a);
    }
    if (b != NULL) {
        json_array_append_new(items, b);
    }
    desk_feed(&d, DESK_WAITING, json_pack("{s:o}", "items", items), now);
}

void begin(bool officer)
{
    const struct desk_officer o = {1, "Watch officer", officer ? T + 36000000 : 0};
    desk_init(&d, "NORD", true);
    desk_set_officers(&d, &o, 1);
    desk_feed(&d, DESK_HELLO,
              parse("{\"lines\":[{\"tag\":\"line2222\",\"title\":\"River\",\"class\":\"OPERATION\",\"me\":0,"
                    "\"deadlines\":[180000,900000,7200000,28800000],\"members\":[{\"code\":\"NORD\",\"forces\":[]},"
                    "{\"code\":\"SUED\",\"forces\":[{\"name\":\"1st Brigade\"}]}]}]}"),
              T);
    desk_feed(&d, DESK_STATUS,
              parse("{\"uptime\":5000,\"desk\":\"attended\",\"desk_officer\":1,\"peers\":[{\"code\":\"SUED\","
                    "\"node\":\"up\",\"heard\":2000,\"link\":\"red\",\"tests_missed\":2,\"desk\":\"unattended\","
                    "\"desk_since\":1788999000000,\"contacts\":[{\"kind\":\"tel\",\"text\":\"+99 5\"}]}]}"),
              T);
}

bool shows(const char *words, int64_t now)
{
    desk_draw(&d, &s, 24, 80, now);
    for (int i = 0; i < s.rows; i++) {
        if (strstr(s.row[i].text, words) != NULL) {
            return true;
        }
    }
    return false;
}

void press(const char *keys, int64_t now)
{
    for (; *keys != '\0'; keys++) {
        desk_press(&d, *keys == '\n' ? DESK_KEY_ENTER : *keys, now);
    }
}

bool next_is(enum desk_do what, struct desk_action *a)
{
    return desk_next(&d, a) && a->what == what;
}

bool shown_at(int64_t now)
{
    struct desk_action a;
    desk_draw(&d, &s, 24, 80, now);
    desk_drawn(&d, &s, now);
    return next_is(DESK_DO_SHOWN, &a);
}

void look(int64_t now)
{
    desk_draw(&d, &s, 24, 80, now);
    desk_drawn(&d, &s, now);
}

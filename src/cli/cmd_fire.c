/* SPDX-License-Identifier: ISC */
/* check-fire, answer, recall, lift: stopping what has begun. */
#include <string.h>

#include "cli/cli.h"
#include "view/body.h"

static bool about(struct cli *c, const struct cli_line *line, const char *id, const char *kind,
                  bool ours, struct dt_ref *ref)
{
    struct cli_record record;
    if (id == NULL || !cli_record_of(c, line, id, kind, ours, &record)) {
        return false;
    }
    *ref = record.ref;
    json_decref(record.item);
    return true;
}

/* everywhere | area LAT,LON,RADIUS | near ID */
static bool take_scope(struct cli *c, const struct cli_line *line, struct dt_body_check_fire *b)
{
    const char *scope = cli_word(c, 0, _("everywhere, area or near"));
    if (scope == NULL) {
        return false;
    }
    if (strcmp(scope, "everywhere") == 0) {
        b->scope = DT_FIRE_EVERYWHERE;
        return cli_words_end(c, 1);
    }
    const char *what = cli_word(c, 1, strcmp(scope, "near") == 0 ? _("ID") : _("LAT,LON,RADIUS"));
    if (what == NULL || !cli_words_end(c, 2)) {
        return false;
    }
    if (strcmp(scope, "area") == 0) {
        b->scope = DT_FIRE_AREA;
        b->has_area = true;
        return cli_area(c, what, &b->centre.lat_e7, &b->centre.lon_e7, &b->radius_mm);
    }
    if (strcmp(scope, "near") == 0) {
        b->scope = DT_FIRE_NEAR_NOTICE;
        b->has_notice = true;
        return about(c, line, what, "NOTICE", false, &b->notice);
    }
    cli_usage(c, _("check-fire everywhere, area LAT,LON,RADIUS or near ID, not %s"),
              cli_safe(scope));
    return false;
}

int cmd_check_fire(struct cli *c)
{
    uint8_t body[DT_BODY_MAX];
    size_t size;
    struct cli_line line;
    struct dt_body_check_fire b;
    const char *what = cli_option(c, "what"), *since = cli_option(c, "since");
    memset(&b, 0, sizeof b);
    const bool near = c->word_count == 2 && strcmp(c->words[0], "near") == 0;
    if (!(near ? cli_line_for(c, &c->words[1], &line) : cli_line(c, &line)) || !take_scope(c, &line, &b) ||
        (since != NULL && !cli_time(c, since, &b.since_ms))) {
        return c->exit;
    }
    b.text = dt_span(what, what != NULL ? strlen(what) : 0);
    b.own_people = cli_flag(c, "own-people");
    const enum dt_err err = dt_body_check_fire_encode(body, sizeof body, &size, &b);
    return err == DT_OK ? cli_append_say(c, &line, DT_KIND_CHECK_FIRE, DT_FLASH, dt_span(body, size),
                                         _("CHECK FIRE sent. Watch: detente inbox --follow"))
                        : cli_fail(c, err, NULL);
}

int cmd_answer(struct cli *c)
{
    uint8_t body[DT_BODY_MAX];
    size_t size;
    struct cli_line line;
    struct dt_body_fire_answer b;
    const char *id = cli_word(c, 0, _("ID"));
    const char *name = id != NULL ? cli_word(c, 1, _("the answer")) : NULL;
    const char *at = cli_option(c, "at"), *reason = cli_option(c, "reason");
    memset(&b, 0, sizeof b);
    if (name == NULL || !cli_words_end(c, 2)) {
        return c->exit;
    }
    int answer = 0;
    while (answer < DT_ANSWERS && strcmp(name, dt_fire_answer_name(answer)) != 0) {
        answer++;
    }
    if (answer == DT_ANSWERS) {
        return cli_usage(c, _("an answer is passed, stopped, not-ours or cannot"));
    }
    if (answer == DT_ANSWER_CANNOT && reason == NULL) {
        return cli_usage(c, _("cannot needs --reason TEXT"));
    }
    if (at != NULL && answer != DT_ANSWER_STOPPED) {
        return cli_usage(c, _("--at goes with stopped"));
    }
    b.answer = (enum dt_fire_answer)answer;
    b.text = dt_span(reason, reason != NULL ? strlen(reason) : 0);
    if ((at != NULL && !cli_time(c, at, &b.stopped_ms)) || !cli_line_for(c, &id, &line) ||
        !about(c, &line, id, "CHECK_FIRE", false, &b.ref)) {
        return c->exit;
    }
    const enum dt_err err = dt_body_fire_answer_encode(body, sizeof body, &size, &b);
    return err == DT_OK ? cli_append_say(c, &line, DT_KIND_FIRE_ANSWER, DT_FLASH,
                                         dt_span(body, size), _("answered"))
                        : cli_fail(c, err, NULL);
}

int cmd_recall(struct cli *c)
{
    uint8_t body[DT_BODY_MAX];
    size_t size;
    struct cli_line line;
    struct dt_body_recall b;
    const char *id = cli_word(c, 0, _("ID")), *text = cli_option(c, "text");
    memset(&b, 0, sizeof b);
    b.text = dt_span(text, text != NULL ? strlen(text) : 0);
    if (id == NULL || !cli_words_end(c, 1) || !cli_line_for(c, &id, &line) ||
        !about(c, &line, id, "CHECK_FIRE", true, &b.ref)) {
        return c->exit;
    }
    const enum dt_err err = dt_body_recall_encode(body, sizeof body, &size, &b);
    return err == DT_OK
               ? cli_append_say(c, &line, DT_KIND_RECALL, DT_IMMEDIATE, dt_span(body, size),
                                _("said to have been a mistake; the check fire stands until lifted"))
               : cli_fail(c, err, NULL);
}

int cmd_lift(struct cli *c)
{
    uint8_t body[256];
    size_t size;
    struct cli_line line;
    struct dt_ref ref;
    const char *id = cli_word(c, 0, _("ID"));
    if (id == NULL || !cli_words_end(c, 1) || !cli_line_for(c, &id, &line) ||
        !about(c, &line, id, "CHECK_FIRE", true, &ref)) {
        return c->exit;
    }
    const enum dt_err err = dt_body_lift_encode(body, sizeof body, &size, &ref);
    return err == DT_OK ? cli_append_say(c, &line, DT_KIND_LIFT, DT_IMMEDIATE, dt_span(body, size),
                                         _("lifted by two officers"))
                        : cli_fail(c, err, NULL);
}

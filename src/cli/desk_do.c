/* SPDX-License-Identifier: ISC */
/* What the desk has the node do, and what it asks it for (desk.h). */
#include <stdlib.h>
#include <string.h>

#include "cli/desk.h"
#include "cli/watch.h"
#include "node/held.h"
#include "view/body.h"
#include "view/conflict_body.h"

enum { RECENT = 40 };

/* --- asking ------------------------------------------------------------------------------ */

static bool ask(struct cli *c, struct desk *d, enum desk_feed what, const char *cmd, bool all)
{
    struct dt_object o;
    json_t *reply = NULL;
    if (!cli_connect(c)) {
        return false;
    }
    cli_begin(c, &o, cmd);
    if (strcmp(cmd, "inbox") == 0) {
        dt_obj_key(&o, "limit");
        dt_obj_uint(&o, all ? RECENT : DESK_WAITING_MAX);
        dt_obj_key(&o, "all");
        dt_obj_bool(&o, all);
    }
    if (!cli_ask(c, &o, &reply)) {
        cli_disconnect(c);
        return false;
    }
    desk_feed(d, what, reply, dt_now_ms());
    return true;
}

static bool take_drafts(struct cli *c, struct desk *d)
{
    desk_feed(d, DESK_DRAFTS, json_pack("{s:o}", "items", cli_drafts(c)), dt_now_ms());
    return true;
}

bool desk_refresh(struct cli *c, struct desk *d, bool all)
{
    return (d->fed[DESK_HELLO] != NULL && !all ? true : ask(c, d, DESK_HELLO, "hello", false)) &&
           ask(c, d, DESK_STATUS, "status", false) && ask(c, d, DESK_WAITING, "inbox", false) &&
           (!all || (ask(c, d, DESK_RECENT, "inbox", true) &&
                     ask(c, d, DESK_OWED, "awaiting", false) &&
                     ask(c, d, DESK_CONFLICT, "conflicts", false) && take_drafts(c, d)));
}

/* --- appending -------------------------------------------------------------------------------- */

/* Appends about the record of `a`, and says the id and the words. */
static bool append(struct cli *c, struct desk *d, const struct cli_line *line,
                   const struct cli_append *a, enum cli_officer officer, const char *words)
{
    json_t *reply = NULL;
    (void)line;
    if (!cli_append(c, a, officer, &reply)) {
        return false;
    }
    if (words != NULL) {
        desk_say(d, false, dt_now_ms(), "%s  %s", cli_str(reply, "id"), words);
    }
    json_decref(reply);
    return true;
}

static bool encode_about(const struct desk_action *a, const struct dt_ref *ref, unsigned *kind,
                         uint8_t *body, size_t *size)
{
    struct dt_body_fire_answer answer = {.ref = *ref, .answer = (enum dt_fire_answer)a->code};
    struct dt_body_position position = {.ref = *ref, .position = (enum dt_position)a->code};
    struct dt_body_passed_on passed = {.ref = *ref,
                                       .state = (enum dt_passed_state)a->code,
                                       .told = a->told,
                                       .units = a->units};
    memcpy(passed.force, a->force, sizeof passed.force);
    switch (a->what) {
    case DESK_DO_ACK:
        *kind = DT_KIND_ACK;
        return dt_body_ack_encode(body, DT_BODY_MAX, size, ref) == DT_OK;
    case DESK_DO_ECHO:
        *kind = DT_KIND_TEST;
        return cli_test_body(body, DT_BODY_MAX, size, ref) == DT_OK;
    case DESK_DO_SHOWN:
        *kind = DT_KIND_SHOWN;
        return dt_body_shown_encode(body, DT_BODY_MAX, size, ref) == DT_OK;
    case DESK_DO_POSITION:
        *kind = DT_KIND_POSITION;
        return dt_body_position_encode(body, DT_BODY_MAX, size, &position) == DT_OK;
    case DESK_DO_PASSED:
        *kind = DT_KIND_PASSED_ON;
        return dt_body_passed_on_encode(body, DT_BODY_MAX, size, &passed) == DT_OK;
    default:
        *kind = DT_KIND_FIRE_ANSWER;
        return dt_body_fire_answer_encode(body, DT_BODY_MAX, size, &answer) == DT_OK;
    }
}

/* Our node says of that record that our party has shown it already: another desk, or we
 * before a restart. */
static bool shown_before(const struct desk *d, const json_t *item)
{
    size_t i;
    json_t *t;
    json_array_foreach (json_object_get(item, "targets"), i, t) {
        if (strcmp(cli_str(t, "kind"), "SHOWN") == 0 && strcmp(cli_str(t, "from"), d->code) == 0) {
            return true;
        }
    }
    return false;
}

static const char *words_for(const struct desk_action *a, bool named)
{
    switch (a->what) {
    case DESK_DO_ACK:
        return _("acknowledged: this exact version");
    case DESK_DO_ECHO:
        return _("answered: an officer is here");
    case DESK_DO_POSITION:
        return _("position recorded; it is not a permission");
    case DESK_DO_PASSED:
        return _("said: passed on, as our claim");
    case DESK_DO_ANSWER:
        return named ? _("answered") : _("answered by \"watch desk, unnamed\"; F5 names an officer later");
    default:
        return NULL;
    }
}

static bool say_about(struct cli *c, struct desk *d, const struct desk_action *a)
{
    uint8_t body[DT_BODY_MAX];
    size_t size = 0;
    unsigned kind = 0;
    struct cli_line line;
    struct cli_record record;
    if (!cli_line_of(c, a->line, &line) || !cli_record(c, &line, a->id, &record)) {
        return false;
    }
    const bool ours = strcmp(cli_str(record.item, "from"), d->code) == 0;
    const bool skip = a->what == DESK_DO_SHOWN && (ours || shown_before(d, record.item));
    json_decref(record.item);
    if (skip) {
        return true;
    }
    if (!encode_about(a, &record.ref, &kind, body, &size)) {
        cli_fail(c, DT_ERR_BAD_VALUE, "%s", a->id);
        return false;
    }
    const unsigned signer = desk_signer(d);
    const bool fire = kind == DT_KIND_FIRE_ANSWER;
    const struct cli_append append_ = {.line = &line,
                                       .kind = kind,
                                       .precedence = fire                     ? DT_FLASH
                                                     : kind == DT_KIND_TEST  ? DT_IMMEDIATE
                                                     : kind == DT_KIND_SHOWN ? DT_ROUTINE
                                                                              : DT_PRIORITY,
                                       .body = dt_span(body, size),
                                       .as = signer};
    const bool unsigned_ = kind == DT_KIND_SHOWN || (fire && signer == 0);
    return append(c, d, &line, &append_, unsigned_ ? CLI_UNSIGNED : CLI_SIGNED,
                  words_for(a, signer != 0));
}

/* Where: typed, or near the notice that was chosen. */
static bool take_scope(struct cli *c, struct desk *d, const struct desk_action *a,
                       const struct cli_line *line, struct dt_body_check_fire *b)
{
    struct cli_record record;
    b->scope = (enum dt_fire_scope)a->code;
    if (b->scope == DT_FIRE_AREA) {
        b->has_area = true;
        return cli_area(c, d->area, &b->centre.lat_e7, &b->centre.lon_e7, &b->radius_mm);
    }
    if (b->scope == DT_FIRE_NEAR_NOTICE) {
        b->has_notice = true;
        if (!cli_record_of(c, line, a->id, "NOTICE", false, &record)) {
            return false;
        }
        b->notice = record.ref;
        json_decref(record.item);
    }
    return true;
}

static bool call_fire(struct cli *c, struct desk *d, const struct desk_action *a)
{
    uint8_t body[DT_BODY_MAX];
    size_t size;
    struct cli_line line;
    struct dt_body_check_fire b;
    memset(&b, 0, sizeof b);
    if (!cli_line_of(c, a->line, &line) || !take_scope(c, d, a, &line, &b)) {
        return false;
    }
    b.text = dt_span(d->what, strlen(d->what));
    b.own_people = d->own_people;
    c->no_duff = d->no_duff && line.exercise;
    const enum dt_err err = dt_body_check_fire_encode(body, sizeof body, &size, &b);
    const struct cli_append append_ = {.line = &line,
                                       .kind = DT_KIND_CHECK_FIRE,
                                       .precedence = DT_FLASH,
                                       .body = dt_span(body, size),
                                       .as = a->number};
    if (err != DT_OK) {
        cli_fail(c, err, NULL);
        return false;
    }
    return append(c, d, &line, &append_, CLI_SIGNED, _("CHECK FIRE is out: watch who answers"));
}

/* Our own CHECK_FIRE is lifted by two, or said to have been a mistake by one. */
static bool end_fire(struct cli *c, struct desk *d, const struct desk_action *a, unsigned signer)
{
    uint8_t body[DT_BODY_MAX];
    size_t size;
    struct cli_line line;
    struct cli_record record;
    const bool lift = a->what == DESK_DO_LIFT;
    if (!cli_line_of(c, a->line, &line) ||
        !cli_record_of(c, &line, a->id, "CHECK_FIRE", true, &record)) {
        return false;
    }
    const struct dt_body_recall recall = {.ref = record.ref};
    json_decref(record.item);
    const enum dt_err err = lift ? dt_body_lift_encode(body, sizeof body, &size, &recall.ref)
                                 : dt_body_recall_encode(body, sizeof body, &size, &recall);
    const struct cli_append append_ = {.line = &line,
                                       .kind = lift ? DT_KIND_LIFT : DT_KIND_RECALL,
                                       .precedence = DT_IMMEDIATE,
                                       .body = dt_span(body, size),
                                       .as = signer,
                                       .second = lift ? a->number : 0};
    if (err != DT_OK) {
        cli_fail(c, err, NULL);
        return false;
    }
    return append(c, d, &line, &append_, CLI_SIGNED,
                  lift ? _("lifted by two officers")
                       : _("said to have been a mistake; the check fire stands until lifted"));
}

static bool release(struct cli *c, struct desk *d, const struct desk_action *a)
{
    json_t *reply = NULL;
    if (!cli_draft_release(c, a->id, a->number, &reply)) {
        return false;
    }
    desk_say(d, false, dt_now_ms(), _("%s  released by two officers; the draft is wiped"),
             cli_str(reply, "id"));
    d->view = DESK_MAIN;
    json_decref(reply);
    return true;
}

/* The second officer's key is there for this one signature. */
static bool with_second(struct cli *c, struct desk *d, const struct desk_action *a)
{
    const unsigned signer = desk_signer(d);
    size_t count;
    if (a->code == 1) {
        const enum dt_err err = dt_home_unlock_operator(&c->home, a->number,
                                                        cli_secret_span(&d->secret), dt_now_ms());
        cli_secret_wipe(&d->secret);
        if (err != DT_OK) {
            cli_fail(c, err, _("officer %u"), a->number);
            return false;
        }
    }
    const bool good = a->what == DESK_DO_LIFT ? end_fire(c, d, a, signer) : release(c, d, a);
    if (a->code == 1) {
        (void)!dt_home_lock_operator(&c->home, a->number, &count);
    }
    return good;
}

/* The charter asks two: one has signed, the draft waits for the other. */
static bool hold(struct cli *c, struct desk *d, const struct cli_append *a)
{
    json_t *value = NULL;
    if (cli_hold(c, a, &value) != CLI_DONE) {
        return false;
    }
    json_object_set_new(d->drafts_known, cli_str(value, "draft"), json_true());
    desk_say(d, false, dt_now_ms(), _("NOT SENT: draft %s waits for a second officer, F8 releases it"),
             cli_str(value, "draft"));
    json_decref(value);
    return true;
}

static bool send_text(struct cli *c, struct desk *d)
{
    uint8_t body[64], plain[DT_BODY_MAX];
    size_t body_size, size;
    struct cli_line line;
    struct dt_body_message m;
    const json_t *info = desk_line_at(d, d->write_line);
    const json_t *member =
        d->to == 0 ? NULL : json_array_get(json_object_get(info, "members"), d->to - 1);
    memset(&m, 0, sizeof m);
    snprintf(m.language, sizeof m.language, "%s", cli_language());
    m.text = dt_span(d->text, d->text_size);
    enum dt_err err = dt_body_subject_encode(body, sizeof body, &body_size, d->subject);
    err = err == DT_OK ? dt_body_message_encode(plain, sizeof plain, &size, &m) : err;
    if (err != DT_OK) {
        cli_fail(c, err, _("the text"));
        return false;
    }
    if (!cli_line_of(c, cli_str(info, "tag"), &line)) {
        return false;
    }
    const bool two = d->precedence == DT_FLASH && d->subject == DT_SUBJECT_NONE &&
                     cli_asks_two(&line, "flash");
    const struct cli_append a = {.line = &line,
                                 .kind = DT_KIND_MESSAGE,
                                 .precedence = d->precedence,
                                 .as = two ? desk_signer(d) : 0,
                                 .to = member != NULL ? cli_str(member, "code") : NULL,
                                 .body = dt_span(body, body_size),
                                 .plain = dt_span(plain, size)};
    if (two ? !hold(c, d, &a) : !append(c, d, &line, &a, CLI_UNSIGNED, _("written to our log"))) {
        return false; /* the text stays */
    }
    desk_text_clear(d);
    d->view = DESK_MAIN;
    return true;
}

/* --- the whole record ------------------------------------------------------------------------- */

/* What the commands print, word for word: the same functions write it, into memory. */
static char *text_of(struct cli *c, const json_t *item, const char *draft)
{
    char *text = NULL;
    size_t size = 0;
    FILE *memory = open_memstream(&text, &size), *keep = stdout;
    if (memory == NULL) {
        return NULL;
    }
    fflush(stdout);
    stdout = memory; /* a variable in glibc */
    bool good = true;
    if (item != NULL) {
        cli_show_item(item, true);
    } else {
        good = cli_draft_show(c, draft);
    }
    stdout = keep;
    fclose(memory);
    if (!good) {
        free(text);
        return NULL;
    }
    return text;
}

static bool read_draft(struct cli *c, struct desk *d, const struct desk_action *a)
{
    free(d->detail);
    d->detail = text_of(c, NULL, a->id);
    return d->detail != NULL;
}

static bool read_record(struct cli *c, struct desk *d, const struct desk_action *a)
{
    struct cli_line line;
    struct cli_record record;
    if (!cli_line_of(c, a->line, &line) || !cli_record(c, &line, a->id, &record)) {
        return false;
    }
    free(d->detail);
    d->detail = text_of(c, record.item, NULL);
    json_decref(record.item);
    return true;
}

/* --- officers and the watch ----------------------------------------------------------------------- */

static bool unlock(struct cli *c, struct desk *d, const struct desk_action *a)
{
    const enum dt_err err = dt_home_unlock_operator(&c->home, a->number,
                                                    cli_secret_span(&d->secret), dt_now_ms());
    cli_secret_wipe(&d->secret);
    if (err != DT_OK) {
        cli_fail(c, err, _("officer %u"), a->number);
        return false;
    }
    if (d->to_succeed) {
        d->to_succeed = false;
        d->view = DESK_HAND_OVER;
    }
    desk_say(d, false, dt_now_ms(), _("Officer %u is unlocked."), a->number);
    return true;
}

static bool lock(struct cli *c, struct desk *d, unsigned number)
{
    size_t count = 0;
    const enum dt_err err = dt_home_lock_operator(&c->home, number, &count);
    if (err != DT_OK) {
        cli_fail(c, err, NULL);
        return false;
    }
    cli_disconnect(c); /* the role ends with the key */
    desk_say(d, false, dt_now_ms(), ngettext("%zu officer locked.", "%zu officers locked.", count),
             count);
    return true;
}

static bool say_watch(struct cli *c, struct desk *d, const struct desk_action *a)
{
    const struct cli_watch w = {.event = (enum dt_watch_event)a->code,
                                .officer = desk_signer(d),
                                .desk = "desk"};
    int64_t until;
    bool played;
    if (a->code == DT_WATCH_EVENTS) { /* nothing to say: the node's alarm alone */
        return cli_play_alarm(c, &played);
    }
    if (!cli_watch_say(c, &w, NULL, &until) ||
        (a->code == DT_WATCH_TAKEN && !cli_play_alarm(c, &played))) {
        return false;
    }
    if (a->code == DT_WATCH_TAKEN) {
        desk_say(d, false, dt_now_ms(), _("On watch until %s."), desk_clock(until, dt_now_ms()));
    } else {
        desk_say(d, false, dt_now_ms(), "%s",
                 a->code == DT_WATCH_LEFT ? _("The watch is left: the others see that nobody is here.")
                 : a->code == DT_WATCH_ALARM_HEARD
                     ? _("On record: the alarm was heard.")
                     : _("On record: the alarm was NOT heard. Mend it before you rely on this desk."));
    }
    return true;
}

/* Nobody stays: the others must not go on seeing an attended desk. */
static bool end_watch(struct cli *c, struct desk *d)
{
    const struct desk_action left = {.what = DESK_DO_WATCH, .code = DT_WATCH_LEFT};
    return say_watch(c, d, &left);
}

/* The new officer is on watch; the old one's key is locked, and the alarm is tried. */
static bool hand_over(struct cli *c, struct desk *d, const struct desk_action *a)
{
    const unsigned old = desk_signer(d);
    int64_t until;
    json_t *open = desk_open(d);
    const struct cli_watch w = {.event = DT_WATCH_HANDED_OVER,
                                .officer = old,
                                .second = a->number,
                                .desk = "desk",
                                .accepted = open};
    bool played;
    const bool said = cli_watch_say(c, &w, NULL, &until) && cli_play_alarm(c, &played);
    json_decref(open);
    if (!said || !lock(c, d, old)) {
        return false;
    }
    d->successor = 0;
    desk_ask(d, DESK_ASK_HEARD, "", dt_now_ms());
    d->play = 3;
    desk_say(d, false, dt_now_ms(), _("Officer %u is on watch until %s; officer %u is locked."),
             a->number, cli_when(until), old);
    return true;
}

static bool name(struct cli *c, struct desk *d, const struct desk_action *a)
{
    struct cli_line line;
    json_t *reply = NULL;
    if (!cli_line_of(c, a->line, &line) ||
        !cli_name_answer(c, &line, a->id, desk_signer(d), &reply)) {
        return false;
    }
    desk_say(d, false, dt_now_ms(), _("%s: officer %u stands for that answer"),
             cli_str(reply, "id"), desk_signer(d));
    json_decref(reply);
    return true;
}

static bool see_conflict(struct cli *c, struct desk *d, const struct desk_action *a)
{
    struct cli_line line;
    json_t *reply = NULL;
    struct dt_body_conflict b = {.step = DT_STEP_SEEN};
    if (!cli_line_of(c, a->line, &line) ||
        !cli_conflict_say(c, &line, a->id, &b, NULL, a->number, &reply)) {
        return false;
    }
    desk_say(d, false, dt_now_ms(), "%s  %s", cli_str(reply, "id"),
             _("said: an officer of ours has seen this conflict"));
    json_decref(reply);
    return true;
}

static bool carry_out(struct cli *c, struct desk *d, const struct desk_action *a)
{
    switch (a->what) {
    case DESK_DO_FIRE:
        return call_fire(c, d, a);
    case DESK_DO_LIFT:
    case DESK_DO_RELEASE:
        return with_second(c, d, a);
    case DESK_DO_READ_DRAFT:
        return read_draft(c, d, a);
    case DESK_DO_DROP:
        dt_held_drop(&c->home, a->id);
        d->view = DESK_CONFLICTS;
        desk_say(d, false, dt_now_ms(), _("%s is wiped; it was not sent"), a->id);
        return true;
    case DESK_DO_SEEN:
        return see_conflict(c, d, a);
    case DESK_DO_RECALL:
        return end_fire(c, d, a, desk_signer(d));
    case DESK_DO_SEND:
        return send_text(c, d);
    case DESK_DO_READ:
        return read_record(c, d, a);
    case DESK_DO_UNLOCK:
        return unlock(c, d, a);
    case DESK_DO_LOCK: /* that the watch ends is on record also where locking fails */
        return (a->code == 0 || end_watch(c, d)) && lock(c, d, 0);
    case DESK_DO_WATCH:
        return say_watch(c, d, a);
    case DESK_DO_HAND_OVER:
        return hand_over(c, d, a);
    case DESK_DO_NAME:
        return name(c, d, a);
    case DESK_DO_QUIT:
        d->ended = end_watch(c, d);
        return d->ended;
    case DESK_DO_NOTHING:
        return true;
    default:
        return say_about(c, d, a);
    }
}

void desk_do(struct cli *c, struct desk *d, const struct desk_action *a)
{
    c->said[0] = '\0';
    c->no_duff = false; /* until the record is read that this is about */
    if (a->what == DESK_DO_QUIT && a->code == 0) {
        d->ended = true; /* whatever the node does */
    } else if (!cli_connect(c)) {
        desk_say(d, true, dt_now_ms(), "%s", _("our node does not answer"));
    } else if (!carry_out(c, d, a)) {
        desk_say(d, true, dt_now_ms(), "%s", c->said);
    }
}

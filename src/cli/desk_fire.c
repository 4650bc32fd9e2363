/* SPDX-License-Identifier: ISC */
/* Calling a CHECK FIRE, everywhere or where it matters; lifting and recalling our own (desk.h). */
#include <stdlib.h>
#include <string.h>

#include "cli/desk.h"
#include "view/body.h"

/* --- the call ---------------------------------------------------------------------------- */

void desk_begin_fire(struct desk *d, const char *chosen, int64_t now_ms)
{
    const json_t *item = desk_item(d, chosen);
    char near[DESK_ID_SIZE] = "";
    if (cli_has(item, "category")) {
        snprintf(near, sizeof near, "%s", chosen);
        snprintf(d->near_line, sizeof d->near_line, "%s", cli_str(item, "line"));
    }
    memcpy(d->fire_near, near, sizeof near);
    d->fire_scope = DT_FIRE_EVERYWHERE;
    d->what[0] = '\0';
    d->own_people = d->no_duff = false;
    d->fire_line = desk_live_line(d, d->fire_line);
    desk_ask(d, DESK_ASK_FIRE, "", now_ms);
}

/* The line of the notice that it is near. */
static void take_line(struct desk *d)
{
    for (size_t i = 0; i < desk_lines(d); i++) {
        if (strcmp(cli_str(desk_line_at(d, i), "tag"), d->near_line) == 0) {
            d->fire_line = i;
        }
    }
}

/* On an exercise line something may be real. */
static bool is_exercise(const struct desk *d)
{
    return strcmp(cli_str(desk_line_at(d, d->fire_line), "class"), "EXERCISE") == 0;
}

/* What may be said beside it: none of it is needed, and none of it is asked. */
static bool answer_more(struct desk *d, int digit, int64_t now_ms)
{
    if (digit == 4) {
        desk_ask(d, DESK_ASK_WHAT, "", now_ms);
        return true;
    }
    if (digit != 5 && (digit != 6 || !is_exercise(d))) {
        return false;
    }
    d->own_people ^= digit == 5;
    d->no_duff ^= digit == 6;
    desk_ask(d, DESK_ASK_FIRE_NOW, "", now_ms);
    return true;
}

static void answer_what(struct desk *d, int key, int64_t now_ms)
{
    char bytes[5];
    const size_t size = strlen(d->what);
    d->asked_ms = now_ms;
    if (key == DESK_KEY_ENTER) {
        desk_ask(d, DESK_ASK_FIRE_NOW, "", now_ms);
    } else if (key == DESK_KEY_BACKSPACE) {
        d->what[desk_rub_out(d->what, size)] = '\0';
    } else if (key >= ' ' && key != 0x7f && key < 0x110000) {
        const size_t more = desk_encode(bytes, key);
        if (size + more < sizeof d->what) {
            memcpy(d->what + size, bytes, more);
            d->what[size + more] = '\0';
        }
    }
}

static void answer_call(struct desk *d, int key, int64_t now_ms)
{
    const size_t lines = desk_lines(d);
    const int digit = desk_digit(key);
    const bool near = d->fire_scope == DT_FIRE_NEAR_NOTICE;
    if ((key == DESK_KEY_UP || key == DESK_KEY_DOWN) && lines > 0 && !near) {
        d->fire_line = (d->fire_line + (key == DESK_KEY_UP ? lines - 1 : 1)) % lines;
        d->asked_ms = now_ms;
    } else if (digit == 1) {
        d->fire_scope = DT_FIRE_EVERYWHERE;
        desk_ask(d, DESK_ASK_FIRE_NOW, "", now_ms);
    } else if (digit == 2 && d->fire_near[0] != '\0') {
        d->fire_scope = DT_FIRE_NEAR_NOTICE;
        take_line(d);
        desk_ask(d, DESK_ASK_FIRE_NOW, "", now_ms);
    } else if (digit == 3) {
        d->area[0] = '\0';
        d->fire_scope = DT_FIRE_AREA;
        desk_ask(d, DESK_ASK_AREA, "", now_ms);
    } else if (answer_more(d, digit, now_ms)) {
        return;
    } else if (key == DESK_KEY_ENTER && d->dialog == DESK_ASK_FIRE_NOW && desk_unlocked(d, now_ms)) {
        struct desk_action *a = desk_act(d, DESK_DO_FIRE);
        a->code = (int)d->fire_scope;
        snprintf(a->id, sizeof a->id, "%s", d->fire_near);
        snprintf(a->line, sizeof a->line, "%s", cli_str(desk_line_at(d, d->fire_line), "tag"));
    }
}

/* "35.1,36.2,500m", as people write places: ASCII is enough. */
static void answer_area(struct desk *d, int key, int64_t now_ms)
{
    const size_t size = strlen(d->area);
    const int digit = desk_digit(key);
    d->asked_ms = now_ms;
    if (key == DESK_KEY_ENTER && size > 0) {
        desk_ask(d, DESK_ASK_FIRE_NOW, "", now_ms);
    } else if (key == DESK_KEY_BACKSPACE && size > 0) {
        d->area[size - 1] = '\0';
    } else if (key >= ' ' && size + 2 < sizeof d->area && (key < 0x7f || digit >= 0)) {
        d->area[size] = key < 0x7f ? (char)key : (char)('0' + digit);
        d->area[size + 1] = '\0';
    }
}

/* --- our own, that stand ------------------------------------------------------------------- */

const json_t *desk_own_fire(const struct desk *d, size_t index)
{
    size_t i;
    json_t *f;
    json_array_foreach (json_object_get(d->fed[DESK_STATUS], "check_fires"), i, f) {
        if (strcmp(cli_str(f, "from"), d->code) == 0 && index-- == 0) {
            return f;
        }
    }
    return NULL;
}

const json_t *desk_conflict(const struct desk *d, size_t index)
{
    size_t i;
    json_t *c;
    json_array_foreach (json_object_get(d->fed[DESK_CONFLICT], "items"), i, c) {
        if (cli_conflict_stands(c) && index-- == 0) {
            return c;
        }
    }
    return NULL;
}

/* What has that digit on the page, after our fires: a draft, then a conflict. */
static void choose_other(struct desk *d, size_t index, int64_t now_ms)
{
    size_t fires = 0, i;
    json_t *one;
    while (desk_own_fire(d, fires) != NULL) {
        fires++;
    }
    json_array_foreach (json_object_get(d->fed[DESK_DRAFTS], "items"), i, one) {
        json_object_set_new(d->drafts_known, cli_str(one, "draft"), json_true());
        if (i + fires == index) {
            snprintf(d->standing, sizeof d->standing, "%s", cli_str(one, "draft"));
            snprintf(desk_queue(d, DESK_DO_READ_DRAFT)->id, DESK_ID_SIZE, "%s", d->standing);
            free(d->detail); /* of another record */
            d->detail = NULL;
            d->detail_top = 0;
            d->view = DESK_DRAFT;
        }
    }
    const json_t *c = desk_conflict(d, index - fires - i);
    if (index >= fires + i && c != NULL) {
        snprintf(d->standing, sizeof d->standing, "%s", cli_str(c, "id"));
        snprintf(d->standing_line, sizeof d->standing_line, "%s", cli_str(c, "line"));
        desk_ask(d, DESK_ASK_SEEN, "", now_ms);
    }
}

void desk_press_draft(struct desk *d, int key, int64_t now_ms)
{
    const int digit = desk_digit(key);
    if (digit == 1 && !desk_seen(d, d->standing)) {
        desk_say(d, true, now_ms, "%s", _("Not all of it was on this screen yet: Page Down to its end."));
    } else if (digit == 1) {
        d->second_do = DESK_DO_RELEASE;
        desk_ask(d, DESK_ASK_SECOND, "", now_ms);
    } else if (digit == 2) {
        desk_ask(d, DESK_ASK_DROP, "", now_ms);
    }
}

void desk_press_standing(struct desk *d, int key, int64_t now_ms)
{
    const int digit = desk_digit(key);
    const json_t *fire = digit > 0 ? desk_own_fire(d, (size_t)digit - 1) : NULL;
    if (digit > 0 && fire == NULL) {
        choose_other(d, (size_t)digit - 1, now_ms);
    } else if (fire != NULL) {
        snprintf(d->standing, sizeof d->standing, "%s", cli_str(fire, "id"));
        snprintf(d->standing_line, sizeof d->standing_line, "%s", cli_str(fire, "line"));
        desk_ask(d, DESK_ASK_STANDING, "", now_ms);
    }
}

struct desk_action *desk_act_standing(struct desk *d, enum desk_do what)
{
    struct desk_action *a = desk_act(d, what);
    snprintf(a->id, sizeof a->id, "%s", d->standing);
    snprintf(a->line, sizeof a->line, "%s", d->standing_line);
    return a;
}

/* The second who signs the lift: unlocked here, or asked for his passphrase. */
static void answer_second(struct desk *d, int key, int64_t now_ms)
{
    if (key != DESK_KEY_ENTER) {
        desk_type_digit(d, key, 3);
        d->asked_ms = now_ms;
        return;
    }
    const unsigned number = desk_typed(d);
    const struct desk_officer *o = desk_officer_of(d, number);
    if (o == NULL || (number == desk_signer(d) && d->second_do == DESK_DO_LIFT)) {
        desk_say(d, true, now_ms, "%s", _("There is no other officer of that number."));
    } else if (o->until_ms != 0) {
        desk_act_standing(d, d->second_do)->number = number;
    } else {
        d->unlock = number;
        d->to_lift = true;
        d->secret.size = 0;
        desk_ask(d, DESK_ASK_PASSPHRASE, "", now_ms);
    }
}

static void answer_standing(struct desk *d, int key, int64_t now_ms)
{
    const int digit = desk_digit(key);
    if (digit == 1 && desk_unlocked(d, now_ms)) {
        d->second_do = DESK_DO_LIFT;
        desk_ask(d, DESK_ASK_SECOND, "", now_ms);
    } else if (digit == 2 && desk_unlocked(d, now_ms)) {
        desk_act_standing(d, DESK_DO_RECALL);
    }
}

void desk_answer_fire(struct desk *d, int key, int64_t now_ms)
{
    switch (d->dialog) {
    case DESK_ASK_AREA:
        answer_area(d, key, now_ms);
        return;
    case DESK_ASK_WHAT:
        answer_what(d, key, now_ms);
        return;
    case DESK_ASK_STANDING:
        answer_standing(d, key, now_ms);
        return;
    case DESK_ASK_SECOND:
        answer_second(d, key, now_ms);
        return;
    default:
        answer_call(d, key, now_ms);
        return;
    }
}

/* --- how they look --------------------------------------------------------------------------- */

static void ask_call(const struct desk *d, struct desk_screen *s, int row)
{
    const json_t *line = desk_line_at(d, d->fire_line);
    const char *where = d->fire_scope == DT_FIRE_NEAR_NOTICE ? _("NEAR THE NOTICE")
                        : d->fire_scope == DT_FIRE_AREA      ? _("IN THE AREA")
                                                             : _("EVERYWHERE");
    const bool exercise = is_exercise(d);
    if (d->own_people || d->what[0] != '\0') {
        desk_row_at(s, row - 1, DESK_BOLD, "%s  %s", d->own_people ? _("  OUR OWN PEOPLE THERE") : "",
                    cli_safe(d->what));
    }
    desk_row_at(s, row, DESK_BAD, _(" CALL %sCHECK FIRE, %s%s%s, on line %s (%s)?"),
                d->no_duff && exercise ? "NO DUFF " : "", where,
                d->fire_scope == DT_FIRE_EVERYWHERE ? "" : " ",
                d->fire_scope == DT_FIRE_AREA          ? cli_safe(d->area)
                : d->fire_scope == DT_FIRE_NEAR_NOTICE ? d->fire_near
                                                       : "",
                cli_safe(cli_str(line, "title")), cli_safe(cli_str(line, "class")));
    desk_row_at(s, row + 1, DESK_BAD, "%s%s%s",
                d->dialog == DESK_ASK_FIRE_NOW ? _(" Enter: it goes out. Esc: no.")
                                               : _(" F9 once more, then Enter. Esc: no."),
                _("  4 what is hit  5 own people"), exercise ? _("  6 NO DUFF") : "");
    desk_row_at(s, row + 2, DESK_BOLD, _(" 1 everywhere%s%s   3 an area%s"),
                d->fire_near[0] != '\0' ? _("   2 near ") : "", d->fire_near,
                desk_lines(d) > 1 ? _("   Up, Down: another line") : "");
}

void desk_ask_fire(const struct desk *d, struct desk_screen *s, int row)
{
    if (d->dialog == DESK_ASK_AREA) {
        desk_row_at(s, row, DESK_BOLD, _(" CHECK FIRE in the area LAT,LON,RADIUS: %s_ Enter"),
                    cli_safe(d->area));
        desk_row_at(s, row + 1, DESK_PLAIN, "%s", _(" as in 35.10,36.20,500m. Everywhere is F9, F9, Enter."));
    } else if (d->dialog == DESK_ASK_WHAT) {
        desk_row_at(s, row, DESK_BOLD, _(" CHECK FIRE, what is being hit: %s_ Enter"), cli_safe(d->what));
    } else if (d->dialog == DESK_ASK_STANDING) {
        desk_row_at(s, row, DESK_BAD, _(" Our CHECK FIRE %s:"), d->standing);
        desk_row_at(s, row + 1, DESK_BOLD, "%s",
                    _(" 1 lift it: two officers sign   2 it was a mistake: it stands until lifted"));
    } else if (d->dialog == DESK_ASK_SECOND) {
        desk_row_at(s, row, DESK_BAD,
                    d->second_do == DESK_DO_LIFT ? _(" LIFT %s: second officer, number: %s_ Enter")
                                                 : _(" RELEASE %s: second officer, number: %s_ Enter"),
                    d->standing, d->number);
    } else {
        ask_call(d, s, row);
    }
}

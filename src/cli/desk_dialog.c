/* SPDX-License-Identifier: ISC */
/* The desk's questions: a key opens one, digits and Enter answer it (desk.h). */
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "cli/desk.h"
#include "view/body.h"

enum { UNITS_DIGITS = 7 };

void desk_ask(struct desk *d, enum desk_dialog what, const char *id, int64_t now_ms)
{
    const json_t *item = id[0] != '\0' ? desk_item(d, id) : NULL;
    d->dialog = what;
    d->asked_ms = now_ms;
    d->choice = -1;
    d->number[0] = '\0';
    if (item != NULL) { /* a copy: `id` may be what is overwritten */
        char copy[DESK_ID_SIZE];
        snprintf(copy, sizeof copy, "%s", id);
        snprintf(d->target, sizeof d->target, "%s", copy);
        snprintf(d->target_line, sizeof d->target_line, "%s", cli_str(item, "line"));
    } else if (what < DESK_ASK_FORCE || what > DESK_ASK_UNITS) {
        d->target[0] = d->target_line[0] = '\0';
    }
}

struct desk_action *desk_act(struct desk *d, enum desk_do what)
{
    struct desk_action *a = desk_queue(d, what);
    snprintf(a->id, sizeof a->id, "%s", d->target);
    snprintf(a->line, sizeof a->line, "%s", d->target_line);
    a->number = desk_signer(d);
    d->dialog = DESK_ASK_NOTHING;
    return a;
}

bool desk_unlocked(struct desk *d, int64_t now_ms)
{
    if (desk_signer(d) == 0) {
        desk_say(d, true, now_ms, "%s",
                 _("This needs an unlocked officer: F7, then 5. A CHECK FIRE can be answered without."));
        d->dialog = DESK_ASK_NOTHING;
        return false;
    }
    return true;
}

/* --- a number -------------------------------------------------------------------------------- */

void desk_type_digit(struct desk *d, int key, size_t max)
{
    const int digit = desk_digit(key);
    const size_t size = strlen(d->number);
    if (key == DESK_KEY_BACKSPACE && size > 0) {
        d->number[size - 1] = '\0';
    } else if (digit >= 0 && size < max && size + 1 < sizeof d->number) {
        d->number[size] = (char)('0' + digit);
        d->number[size + 1] = '\0';
    }
}

unsigned desk_typed(const struct desk *d)
{
    return (unsigned)strtoul(d->number, NULL, 10);
}

/* --- passing on ------------------------------------------------------------------------------- */

static const json_t *force_at(const struct desk *d, int index)
{
    const json_t *line = desk_line_info(d, d->target_line);
    const json_t *me = json_array_get(json_object_get(line, "members"),
                                      (size_t)cli_int(line, "me"));
    return index < 0 ? NULL : json_array_get(json_object_get(me, "forces"), (size_t)index);
}

static void pass(struct desk *d)
{
    struct desk_action *a = desk_act(d, DESK_DO_PASSED);
    a->code = d->passing.code;
    a->told = d->passing.told;
    a->units = d->passing.units;
    memcpy(a->force, d->passing.force, sizeof a->force);
}

static void answer_force(struct desk *d, int key, int64_t now_ms)
{
    const int digit = desk_digit(key);
    const json_t *force = force_at(d, digit - 1);
    if (digit > 0 && force != NULL) {
        snprintf(d->passing.force, sizeof d->passing.force, "%s", cli_str(force, "name"));
        desk_ask(d, DESK_ASK_PASSED, "", now_ms);
    }
}

static void answer_passed(struct desk *d, int key, int64_t now_ms)
{
    const int digit = desk_digit(key);
    if (digit < 1 || digit > DT_PASSED_STATES) {
        return;
    }
    d->passing.code = digit - 1;
    d->passing.told = d->passing.units = -1;
    if (digit - 1 == DT_PASSED_TOLD) {
        desk_ask(d, DESK_ASK_TOLD, "", now_ms);
    } else {
        pass(d);
    }
}

static void answer_units(struct desk *d, int key, int64_t now_ms)
{
    if (key != DESK_KEY_ENTER) {
        desk_type_digit(d, key, UNITS_DIGITS - 1);
        return;
    }
    if (d->number[0] == '\0') {
        return;
    }
    const int64_t number = desk_typed(d);
    if (d->dialog == DESK_ASK_TOLD) {
        d->passing.told = number;
        desk_ask(d, DESK_ASK_UNITS, "", now_ms);
    } else if (number >= d->passing.told) {
        d->passing.units = number;
        pass(d);
    } else {
        desk_say(d, true, now_ms, "%s", _("More units told than there are."));
    }
}

/* --- check fire ---------------------------------------------------------------------------------- */

static void answer_answer(struct desk *d, int key, int64_t now_ms)
{
    const json_t *item = desk_item(d, d->target);
    const int digit = desk_digit(key);
    if (digit >= 1 && digit <= DT_ANSWERS) {
        d->choice = digit - 1;
        d->asked_ms = now_ms;
    } else if (digit == 6 && item != NULL && desk_unnamed(d, item) && desk_unlocked(d, now_ms)) {
        desk_act(d, DESK_DO_NAME);
    } else if (key == DESK_KEY_ENTER && d->choice >= 0) {
        static const int codes[] = {DT_ANSWER_STOPPED, DT_ANSWER_PASSED, DT_ANSWER_NOT_OURS,
                                    DT_ANSWER_CANNOT}; /* as asks shows them */
        const int code = codes[d->choice];
        desk_act(d, DESK_DO_ANSWER)->code = code;
    }
}

/* --- officers --------------------------------------------------------------------------------------- */

/* The one who takes over: unlocked already, or asked for the passphrase. */
static void succeed(struct desk *d, unsigned number, int64_t now_ms)
{
    const struct desk_officer *o = desk_officer_of(d, number);
    if (o == NULL || number == desk_signer(d)) {
        desk_say(d, true, now_ms, "%s", _("There is no other officer of that number."));
        return;
    }
    d->successor = number;
    json_object_clear(d->accepted);
    if (o->until_ms == 0) {
        d->unlock = number;
        d->to_succeed = true;
        d->to_lift = false;
        d->secret.size = 0;
        desk_ask(d, DESK_ASK_PASSPHRASE, "", now_ms);
        return;
    }
    d->dialog = DESK_ASK_NOTHING;
    d->view = DESK_HAND_OVER;
}

static void answer_officer(struct desk *d, int key, int64_t now_ms)
{
    if (key != DESK_KEY_ENTER) {
        desk_type_digit(d, key, 3);
        return;
    }
    if (d->dialog == DESK_ASK_SUCCESSOR) {
        succeed(d, desk_typed(d), now_ms);
    } else if (desk_officer_of(d, desk_typed(d)) != NULL) {
        d->unlock = desk_typed(d);
        d->to_succeed = d->to_lift = false;
        d->secret.size = 0;
        desk_ask(d, DESK_ASK_PASSPHRASE, "", now_ms);
    } else {
        desk_say(d, true, now_ms, "%s", _("There is no other officer of that number."));
    }
}

static void answer_passphrase(struct desk *d, int key)
{
    struct cli_secret *s = &d->secret;
    if (key == DESK_KEY_ENTER && d->to_lift) {
        struct desk_action *a = desk_act_standing(d, d->second_do);
        a->number = d->unlock;
        a->code = 1;
        d->to_lift = false;
    } else if (key == DESK_KEY_ENTER) {
        desk_act(d, DESK_DO_UNLOCK)->number = d->unlock;
    } else if (key == DESK_KEY_BACKSPACE) {
        while (s->size > 0 && (s->data[--s->size] & 0xc0) == 0x80) {
        }
    } else if (key >= ' ' && key < 0x110000 && s->size + 4 < sizeof s->data) {
        char bytes[8]; /* as the terminal sent it */
        const int size = snprintf(bytes, sizeof bytes, "%lc", (wint_t)key);
        if (size > 0) {
            memcpy(s->data + s->size, bytes, (size_t)size);
            s->size += (size_t)size;
        }
    }
}

static void answer_heard(struct desk *d, int key, int64_t now_ms)
{
    const int digit = desk_digit(key);
    if ((digit == 1 || digit == 2) && desk_unlocked(d, now_ms)) {
        desk_act(d, DESK_DO_WATCH)->code = digit == 1 ? DT_WATCH_ALARM_HEARD : DT_WATCH_ALARM_NOT_HEARD;
    } else if (digit == 3) {
        d->play = 3;
    }
}

/* --- all of them ---------------------------------------------------------------------------------------- */

static void answer_choice(struct desk *d, int key, int64_t now_ms)
{
    const int digit = desk_digit(key);
    if (digit >= 1 && digit <= DT_POSITIONS) {
        d->choice = digit - 1;
        d->asked_ms = now_ms;
    } else if (key == DESK_KEY_ENTER && d->choice >= 0 && desk_unlocked(d, now_ms)) {
        const int choice = d->choice;
        desk_act(d, DESK_DO_POSITION)->code = choice;
    }
}

/* A desk that closes or is locked, and a watch that the others see: it ends with it unless
 * somebody says that he stays. */
static void answer_end(struct desk *d, int key)
{
    const int digit = desk_digit(key);
    const bool on_watch = desk_on_watch(d);
    if (key == DESK_KEY_ENTER || (on_watch && (digit == 1 || digit == 2))) {
        const bool quits = d->dialog == DESK_ASK_QUIT;
        desk_act(d, quits ? DESK_DO_QUIT : DESK_DO_LOCK)->code = on_watch && digit != 2;
    }
}

static void answer_enter(struct desk *d, int key, int64_t now_ms)
{
    if (key != DESK_KEY_ENTER) {
        return;
    }
    if (d->dialog == DESK_ASK_DROP) {
        desk_act_standing(d, DESK_DO_DROP);
    } else if (d->dialog == DESK_ASK_SEEN && desk_unlocked(d, now_ms)) {
        desk_act_standing(d, DESK_DO_SEEN);
    } else if (d->dialog == DESK_ASK_DISCARD) {
        desk_text_clear(d);
        d->dialog = DESK_ASK_NOTHING;
        desk_say(d, false, now_ms, "%s", _("The half-typed text is wiped; it was not sent."));
    } else if (d->dialog != DESK_ASK_NOTHING && desk_unlocked(d, now_ms)) {
        const json_t *item = desk_item(d, d->target);
        if (d->dialog == DESK_ASK_ACK && desk_is_fire(item)) {
            snprintf(d->selected, sizeof d->selected, "%s", d->target); /* F5 still answers it */
        }
        desk_act(d, d->dialog != DESK_ASK_ACK ? DESK_DO_SEND
                    : desk_is_test(item)      ? DESK_DO_ECHO
                                              : DESK_DO_ACK);
    }
}

void desk_answer_dialog(struct desk *d, int key, int64_t now_ms)
{
    switch (d->dialog) {
    case DESK_ASK_ANSWER:
        answer_answer(d, key, now_ms);
        return;
    case DESK_ASK_POSITION:
        answer_choice(d, key, now_ms);
        return;
    case DESK_ASK_FORCE:
        answer_force(d, key, now_ms);
        return;
    case DESK_ASK_PASSED:
        answer_passed(d, key, now_ms);
        return;
    case DESK_ASK_TOLD:
    case DESK_ASK_UNITS:
        answer_units(d, key, now_ms);
        return;
    case DESK_ASK_FIRE:
    case DESK_ASK_FIRE_NOW:
    case DESK_ASK_AREA:
    case DESK_ASK_WHAT:
    case DESK_ASK_STANDING:
    case DESK_ASK_SECOND:
        desk_answer_fire(d, key, now_ms);
        return;
    case DESK_ASK_OFFICER:
    case DESK_ASK_SUCCESSOR:
        answer_officer(d, key, now_ms);
        return;
    case DESK_ASK_PASSPHRASE:
        answer_passphrase(d, key);
        return;
    case DESK_ASK_HEARD:
        answer_heard(d, key, now_ms);
        return;
    case DESK_ASK_QUIT:
    case DESK_ASK_LOCK:
        answer_end(d, key);
        return;
    default:
        answer_enter(d, key, now_ms);
        return;
    }
}

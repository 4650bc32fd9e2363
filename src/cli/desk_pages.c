/* SPDX-License-Identifier: ISC */
/* The desk's other views: an alarm, one record, writing, the watch, help (desk.h). */
#include <string.h>

#include "cli/desk.h"
#include "log/header.h"
#include "view/body.h"

enum { TEXT_ROWS = 6, TAIL_ROWS = 7 }; /* what stands below an alarm's words, at most */

/* --- an alarm has the screen -------------------------------------------------------------- */

static void say_fire(struct desk_screen *s, const json_t *item)
{
    desk_row(s, DESK_BAD, _(" STOP FIRING: %s%s"), cli_name(cli_str(item, "scope")),
             cli_true(item, "own_people") ? _("; their own people are there") : "");
    if (cli_has(item, "radius_mm")) {
        desk_row(s, DESK_BAD, _(" at %s, %.0f m around it"), cli_place(item),
                 (double)cli_int(item, "radius_mm") / 1000);
    }
    if (cli_has(item, "since")) {
        desk_row(s, DESK_PLAIN, _(" since %s"), cli_when(cli_int(item, "since")));
    }
}

static void say_trust(struct desk_screen *s, const json_t *item)
{
    const char *valid = cli_str(item, "valid");
    if (cli_has(item, "officer")) {
        desk_row(s, cli_true(item, "officer_valid") ? DESK_PLAIN : DESK_WARN,
                 cli_true(item, "officer_valid") ? _(" signed by %s")
                                                 : _(" claims the signature of %s, NOT verified"),
                 cli_safe(cli_str(item, "officer")));
    }
    if (cli_has(item, "doubt")) {
        desk_row(s, DESK_WARN, _(" IN DOUBT: %s. It alarms all the same; ask by voice."),
                 cli_safe(cli_str(item, "doubt")));
    }
    if (valid[0] != '\0' && strcmp(valid, "OK") != 0) {
        desk_row(s, DESK_WARN, _(" INVALID: %s. It alarms all the same; ask by voice."),
                 cli_safe(valid));
    }
}

static void say_what_to_do(const struct desk *d, struct desk_screen *s, const json_t *item)
{
    const bool locked = desk_signer(d) == 0;
    desk_row(s, DESK_PLAIN, "%s", "");
    if (desk_is_fire(item)) {
        desk_row(s, DESK_BOLD, "%s",
                 _(" ANSWER: F5, then 1 STOPPED  2 PASSED TO UNITS  3 NOT OURS  4 CANNOT, then Enter"));
        if (locked) {
            desk_row(s, DESK_WARN, "%s",
                     _(" No officer is unlocked: the answer goes as \"watch desk, unnamed\"."));
        }
    } else {
        desk_row(s, DESK_BOLD, "%s", _(" ACKNOWLEDGE: F2, then Enter"));
        if (locked) {
            desk_row(s, DESK_WARN, "%s", _(" No officer is unlocked: Esc, F7, then 5 unlocks one."));
        }
    }
    desk_row(s, DESK_PLAIN, "%s", _(" F4 all of it   Esc puts it aside for a minute: it comes back"));
    if (d->text_size > 0) {
        desk_row(s, DESK_BOLD, "%s",
                 _(" Your half-typed text is kept. Letters do nothing here."));
    }
}

/* The words of an alarm, from the row that was scrolled to. */
static void say_words(const struct desk *d, struct desk_screen *s, const json_t *item)
{
    const char *text = cli_has(item, "text") ? cli_str(item, "text") : cli_str(item, "title");
    const int left = s->limit - s->used - TAIL_ROWS;
    if (!desk_readable(item)) {
        desk_row(s, DESK_WARN, "%s",
                 cli_true(item, "withheld") ? _(" Its text is sealed: shown to an unlocked officer.")
                                            : _(" Its text is sealed: no key here opens it."));
        return;
    }
    if (cli_has(item, "category")) { /* a notice: its words are not all of it */
        desk_wrap(s, DESK_BOLD, text, left > 1 ? left : 1, 0);
        desk_row(s, DESK_WARN, "%s", _(" A notice: F4 reads where and when. F2 works after that."));
        return;
    }
    desk_read(s, DESK_BOLD, cli_str(item, "id"), text, left > 3 ? left : 3, d->taken_top);
    if (s->read.of > s->read.rows) {
        desk_row(s, DESK_WARN,
                 desk_seen(d, cli_str(item, "id"))
                     ? _(" ... rows %zu to %zu of %zu: Page Down")
                     : _(" ... rows %zu to %zu of %zu: Page Down. F2 only once its end was here."),
                 s->read.top + 1, s->read.top + s->read.rows, s->read.of);
    }
}

void desk_take_over(const struct desk *d, struct desk_screen *s, const json_t *item, int64_t now_ms)
{
    const char *class_ = cli_class(item);
    const bool fire = desk_is_fire(item);
    desk_row(s, DESK_BAD, " !!!!!!!!!!!!!!!!!!!!!!!   %s   !!!!!!!!!!!!!!!!!!!!!!!",
             fire ? "CHECK FIRE" : "FLASH");
    if (class_[0] != '\0') {
        desk_row(s, DESK_BOLD, " %s %s %s", class_, class_, class_);
    }
    desk_row(s, DESK_BOLD, _(" %s from %s, %s, %s ago  %s"), cli_safe(cli_str(item, "id")),
             cli_safe(cli_str(item, "from")), cli_when(cli_int(item, "time")),
             cli_age(now_ms - cli_int(item, "time")), desk_due_text(d, item, now_ms));
    if (fire) {
        say_fire(s, item);
    }
    say_trust(s, item);
    if (cli_has(item, "attempt")) {
        desk_row(s, DESK_BOLD, _(" Nobody had acknowledged %s by %s. You are asked as: %s"),
                 cli_safe(cli_str(item, "ref")), cli_when(cli_int(item, "deadline")),
                 cli_name(cli_str(item, "attempt")));
        desk_row(s, DESK_BOLD, "%s",
                 _(" Reach whom it is for, by whatever way you have: F4 says to whom it went."));
    }
    if (cli_subject(item)[0] != '\0') {
        desk_row(s, DESK_BAD, _(" SUBJECT: %s"), cli_subject(item));
    }
    say_words(d, s, item);
    say_what_to_do(d, s, item);
    desk_contacts(d, s, cli_safe(cli_str(item, "from")));
}

/* --- pages ---------------------------------------------------------------------------------------- */

static void page_item(const struct desk *d, struct desk_screen *s)
{
    desk_rule(s, DESK_BOLD, _("RECORD. Up and down move, Enter goes back"));
    if (d->detail == NULL) {
        desk_row(s, DESK_PLAIN, "%s", _(" One moment."));
        return;
    }
    const json_t *item = desk_item(d, d->reading);
    desk_read(s, DESK_PLAIN, item != NULL && desk_readable(item) ? d->reading : "", d->detail, s->limit - s->used - 1,
              d->detail_top);
    s->read.detail = true;
    if (s->read.of > s->read.rows) {
        desk_row(s, DESK_WARN, _(" ... rows %zu to %zu of %zu: Page Down"), s->read.top + 1,
                 s->read.top + s->read.rows, s->read.of);
    }
}

static const char *addressee(const struct desk *d, const json_t *line)
{
    const json_t *member =
        d->to == 0 ? NULL : json_array_get(json_object_get(line, "members"), d->to - 1);
    return member == NULL ? _("ALL") : cli_safe(cli_str(member, "code"));
}

static void page_write(const struct desk *d, struct desk_screen *s)
{
    char words[160];
    const json_t *line = desk_line_at(d, d->write_line);
    const char *subject = d->subject == DT_SUBJECT_NONE ? "" : _(dt_subject_name((int64_t)d->subject));
    snprintf(words, sizeof words, _("MESSAGE to %s, %s%s%s, line %s"), addressee(d, line),
             dt_precedence_name(d->precedence), subject[0] != '\0' ? ", " : "", subject,
             cli_safe(cli_str(line, "title")));
    desk_rule(s, DESK_BOLD, words);
    const int room = s->limit - s->used, before = s->used;
    char text[DT_BODY_TEXT_MAX + 2];
    snprintf(text, sizeof text, "%s_", d->text);
    struct desk_screen *measure = s; /* the last rows of the text, where the person types */
    const int limit = measure->limit;
    measure->limit = before;
    const int rows = desk_wrap(measure, DESK_PLAIN, text, 0, 0);
    measure->limit = limit;
    desk_wrap(s, DESK_PLAIN, text, room, rows > room ? rows - room : 0);
}

static void page_watch(const struct desk *d, struct desk_screen *s)
{
    desk_rule(s, DESK_BOLD, _("WATCH"));
    for (size_t i = 0; i < d->officer_count; i++) {
        const struct desk_officer *o = &d->officers[i];
        if (o->until_ms != 0) {
            desk_row(s, DESK_GOOD, _("   officer %u %s: UNLOCKED until %s"), o->number,
                     cli_safe(o->role), cli_when(o->until_ms));
        } else {
            desk_row(s, DESK_PLAIN, _("   officer %u %s: locked"), o->number, cli_safe(o->role));
        }
    }
    desk_row(s, DESK_PLAIN, "%s", "");
    desk_row(s, DESK_PLAIN, "%s", _(" 1 take the watch: the alarm is played, say whether you heard it"));
    desk_row(s, DESK_PLAIN, "%s", _(" 2 hand over to another officer, item by item"));
    desk_row(s, DESK_PLAIN, "%s", _(" 3 play the alarm"));
    desk_row(s, DESK_PLAIN, "%s", _(" 4 leave the watch: the others see that nobody is here"));
    desk_row(s, DESK_PLAIN, "%s", _(" 5 unlock an officer    6 lock all officers"));
    desk_row(s, DESK_PLAIN, "%s", _(" Esc goes back"));
}

/* Who owes us an answer to it. */
static void silent_codes(char *out, size_t size, const json_t *item)
{
    size_t i, n = 0;
    json_t *one;
    out[0] = '\0';
    json_array_foreach (json_object_get(item, "silent"), i, one) {
        if (n < size) {
            n += (size_t)snprintf(out + n, size - n, " %s", cli_safe(cli_str(one, "code")));
        }
    }
}

/* One open item, and what is open about it. */
static void draw_open(const struct desk *d, struct desk_screen *s, const json_t *item,
                      int64_t now_ms)
{
    char codes[128];
    const char *why = cli_str(item, "why");
    const json_t *held = desk_item(d, cli_str(item, "id")); /* with its words, if it is recent */
    const char *text = cli_str(held, "text");
    if (why[0] == 'w') {
        desk_row_item(d, s, item, "   ", now_ms);
    } else if (why[0] == 's') {
        desk_row(s, DESK_BAD, _(" CHECK FIRE STANDS: %s by %s, %s; %s"),
                 cli_safe(cli_str(item, "id")), cli_safe(cli_str(item, "from")),
                 cli_age(now_ms - cli_int(item, "time")), desk_silent_words(item));
    } else {
        silent_codes(codes, sizeof codes, item);
        desk_row(s, DESK_WARN, _(" OURS, NOT ACKNOWLEDGED by%s: %s %s %s, %s  %s"), codes,
                 cli_safe(cli_str(item, "precedence")), cli_safe(cli_str(item, "kind")),
                 cli_safe(cli_str(item, "id")), cli_age(now_ms - cli_int(item, "time")),
                 desk_due_text(d, item, now_ms));
    }
    if (text[0] != '\0' && desk_wrap(s, DESK_PLAIN, text, TEXT_ROWS, 0) <= TEXT_ROWS &&
        why[0] == 'w' && !cli_has(item, "category")) {
        desk_note_shown(s, item);
    }
}

static void page_hand_over(const struct desk *d, struct desk_screen *s, int64_t now_ms)
{
    char words[96];
    size_t left;
    json_t *open = desk_open(d);
    const json_t *next = desk_next_open(d, open, &left);
    snprintf(words, sizeof words, _("HAND-OVER from officer %u to officer %u: %zu of %zu left"),
             desk_signer(d), d->successor, left, json_array_size(open));
    desk_rule(s, DESK_BOLD, words);
    if (next == NULL) {
        desk_row(s, DESK_BOLD, _(" All is accepted. Enter: officer %u is on watch. Esc: not yet."),
                 d->successor);
    } else {
        draw_open(d, s, next, now_ms);
        desk_row(s, DESK_PLAIN, "%s", "");
        desk_row(s, DESK_BOLD, _(" Officer %u: 1 I accept this one.   Esc: no hand-over."),
                 d->successor);
    }
    json_decref(open);
}

static void page_conflicts(const struct desk *d, struct desk_screen *s)
{
    size_t i;
    const json_t *fire, *c;
    for (i = 0; i < 9 && (fire = desk_own_fire(d, i)) != NULL; i++) {
        desk_row(s, DESK_BAD, _(" %zu: lift or recall our CHECK FIRE %s; %s"), i + 1,
                 cli_safe(cli_str(fire, "id")), desk_silent_words(fire));
    }
    size_t k;
    json_t *one;
    json_array_foreach (json_object_get(d->fed[DESK_DRAFTS], "items"), k, one) {
        desk_row(s, DESK_WARN, _(" %zu: read, release draft %s of officer %lld: %s %s"), i + k + 1,
                 cli_safe(cli_str(one, "draft")), (long long)cli_int(one, "officer"),
                 cli_safe(cli_str(one, "precedence")), cli_safe(cli_str(one, "kind")));
    }
    desk_rule(s, DESK_BOLD, _("CONFLICTS"));
    size_t raised = 0;
    for (const size_t before = i + k; (c = desk_conflict(d, raised)) != NULL; raised++) {
        char digit[5] = "    ";
        if (before + raised < 9) {
            snprintf(digit, sizeof digit, " %zu: ", before + raised + 1);
        }
        desk_row(s, cli_int(c, "severity") == 3 ? DESK_BAD : DESK_WARN, "%s%-4s %-6s %s / %s %s%s %s%s",
                 digit, cli_safe(cli_str(c, "id")), cli_name(cli_str(c, "severity_name")),
                 cli_safe(cli_str(c, "a")), cli_safe(cli_str(c, "b")),
                 cli_has(c, "from") ? cli_when(cli_int(c, "from")) : "",
                 cli_true(c, "exact") ? "" : _(" (possible, at cell level)"),
                 cli_name(cli_str(c, "state")), cli_true(c, "overdue") ? _(": OVERDUE") : "");
    }
    if (raised == 0) {
        desk_row(s, DESK_PLAIN, "%s", _(" No conflict known. This is not a permission."));
    } else {
        desk_row(s, DESK_PLAIN, "%s", _(" What to change: detente conflict show ID. "
                                        "Its digit: an officer has seen it"));
    }
}

static void page_help(struct desk_screen *s)
{
    desk_rule(s, DESK_BOLD, _("HELP. Without function keys: Esc, then the digit (0 is F10)"));
    desk_wrap(s, DESK_PLAIN,
              _("CHECK FIRE, from anywhere: F9, F9, Enter; near a notice or in an area: F9, 2 or 3.\n"
                "Beside it: 4 what is hit, 5 own people there, 6 NO DUFF on an exercise line.\n"
                "Answer a CHECK FIRE: F5, a digit, Enter.\n"
                "F2 acknowledge  F3 write  F4 read it all, again: ours  F5 answer, position\n"
                "F6 say to which force it was passed on   F7 watch, officers\n"
                "F8 conflicts: a digit, Enter: seen; our CHECK FIREs that stand: lift, recall\n"
                "Up, down and digits choose. Esc goes back. F10 ends this desk.\n"
                "FLASH and CHECK FIRE take the screen and sound every 5 s, IMMEDIATE every\n"
                "15 s; after a minute three strokes, past the deadline more often, until it\n"
                "is acknowledged or answered. A half-typed text is kept.\n"
                "shown: on this screen, with a key pressed in the last 15 minutes.\n"
                "Words say what colours say. Times are UTC."),
              30, 0);
}

/* What one officer has signed, as it is read back before it is released. */
static void page_draft(const struct desk *d, struct desk_screen *s)
{
    desk_rule(s, DESK_BOLD, _("DRAFT. 1 a second officer releases it, 2 it is wiped, Esc goes back"));
    if (d->detail == NULL) {
        desk_row(s, DESK_PLAIN, "%s", _(" One moment."));
        return;
    }
    desk_read(s, DESK_PLAIN, d->standing, d->detail, s->limit - s->used - 1, d->detail_top);
    s->read.detail = true;
    if (s->read.of > s->read.rows) {
        desk_row(s, DESK_WARN, _(" ... rows %zu to %zu of %zu: Page Down"), s->read.top + 1,
                 s->read.top + s->read.rows, s->read.of);
    }
}

void desk_page(const struct desk *d, struct desk_screen *s, int64_t now_ms)
{
    switch (d->view) {
    case DESK_ITEM:
        page_item(d, s);
        return;
    case DESK_OURS:
        desk_page_ours(d, s, now_ms);
        return;
    case DESK_WRITE:
        page_write(d, s);
        return;
    case DESK_WATCH:
        page_watch(d, s);
        return;
    case DESK_HAND_OVER:
        page_hand_over(d, s, now_ms);
        return;
    case DESK_DRAFT:
        page_draft(d, s);
        return;
    case DESK_CONFLICTS:
        page_conflicts(d, s);
        return;
    default:
        page_help(s);
        return;
    }
}

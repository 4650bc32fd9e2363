/* SPDX-License-Identifier: ISC */
/* How the desk's questions look: four rows above the last two (desk.h). */
#include <string.h>

#include "cli/desk.h"
#include "view/body.h"

static const char *const answers[] = {N_("1 STOPPED"), N_("2 PASSED TO UNITS"), N_("3 NOT OURS"),
                                      N_("4 CANNOT")};
static const char *const positions[] = {N_("1 NO OBJECTION (not a permission)"), N_("2 OBJECTION"),
                                        N_("3 CHANGE REQUESTED"), N_("4 DECLINED TO ANSWER")};

/* Those from `from` up to `to`, in one row. */
static void choices(struct desk_screen *s, int row, const char *const *words, int from, int to,
                    int chosen)
{
    char text[256];
    size_t n = 0;
    for (int i = from; i < to; i++) {
        n += (size_t)snprintf(text + n, sizeof text - n, i == chosen ? " [%s]" : "  %s ",
                              _(words[i]));
    }
    desk_row_at(s, row, DESK_BOLD, "%s%s", text, chosen >= 0 && to == 4 ? _("  Enter") : "");
}

static void ask_force(const struct desk *d, struct desk_screen *s, int row)
{
    char text[400] = "";
    size_t i, n = 0;
    json_t *force;
    const json_t *line = desk_line_info(d, d->target_line);
    const json_t *me =
        json_array_get(json_object_get(line, "members"), (size_t)cli_int(line, "me"));
    json_array_foreach (json_object_get(me, "forces"), i, force) {
        if (n < sizeof text) {
            n += (size_t)snprintf(text + n, sizeof text - n, "  %zu %s", i + 1,
                                  cli_safe(cli_str(force, "name")));
        }
    }
    desk_row_at(s, row, DESK_BOLD, _(" %s was passed on to:"), d->target);
    desk_row_at(s, row + 1, DESK_BOLD, "%s", n > 0 ? text : _("  the charter names no force of ours"));
}

static void ask_send(const struct desk *d, struct desk_screen *s, int row)
{
    char readers[400];
    size_t i, n = 0;
    json_t *m;
    const json_t *line = desk_line_at(d, d->write_line);
    readers[0] = '\0';
    json_array_foreach (json_object_get(line, "members"), i, m) {
        const bool reads = d->to == 0 || i + 1 == d->to || (json_int_t)i == cli_int(line, "me");
        if (reads && n < sizeof readers) {
            n += (size_t)snprintf(readers + n, sizeof readers - n, " %s",
                                  cli_safe(cli_str(m, "code")));
        }
    }
    desk_row_at(s, row, DESK_BOLD, _(" Can be read by:%s"), readers);
    desk_row_at(s, row + 1, DESK_BOLD, _(" Enter sends it as %s. Esc: not yet."),
                dt_precedence_name(d->precedence));
    if (d->subject != DT_SUBJECT_NONE) {
        desk_row_at(s, row + 2, DESK_BOLD, _(" Its subject, %s, is seen by the whole line."),
                    _(dt_subject_name((int64_t)d->subject)));
    }
}

static void ask_units(const struct desk *d, struct desk_screen *s, int row)
{
    if (d->dialog == DESK_ASK_PASSED) {
        desk_row_at(s, row, DESK_BOLD, _(" %s:  1 told  2 refused  3 unreachable  4 will not say"),
                    cli_safe(d->passing.force));
    } else if (d->dialog == DESK_ASK_TOLD) {
        desk_row_at(s, row, DESK_BOLD, _(" %s: how many units were told? %s_ Enter"),
                    cli_safe(d->passing.force), d->number);
    } else {
        desk_row_at(s, row, DESK_BOLD, _(" %s: %lld told, of how many units? %s_ Enter"),
                    cli_safe(d->passing.force), (long long)d->passing.told, d->number);
    }
}

static void ask_officer(const struct desk *d, struct desk_screen *s, int row)
{
    char stars[64];
    if (d->dialog == DESK_ASK_PASSPHRASE) {
        const size_t size = d->secret.size < sizeof stars - 1 ? d->secret.size : sizeof stars - 1;
        memset(stars, '*', size);
        stars[size] = '\0';
        desk_row_at(s, row, DESK_BOLD, _(" Passphrase of officer %u: %s_ Enter"), d->unlock, stars);
    } else {
        desk_row_at(s, row, DESK_BOLD,
                    d->dialog == DESK_ASK_OFFICER ? _(" Unlock officer number: %s_ Enter")
                                                  : _(" Who takes over, officer number: %s_ Enter"),
                    d->number);
    }
}

static void ask_answer(const struct desk *d, struct desk_screen *s, int row)
{
    const json_t *item = desk_item(d, d->target);
    desk_row_at(s, row, DESK_BOLD, _(" ANSWER to CHECK FIRE %s:"), d->target);
    choices(s, row + 1, answers, 0, 4, d->choice);
    if (item != NULL && desk_unnamed(d, item)) {
        desk_row_at(s, row + 2, DESK_WARN, "%s",
                    _(" Answered, unnamed. 6: I, the officer unlocked here, stand for that answer."));
    }
}

/* The desk closes or is locked. */
static void ask_end(const struct desk *d, struct desk_screen *s, int row)
{
    const bool quits = d->dialog == DESK_ASK_QUIT;
    if (desk_on_watch(d)) {
        desk_row_at(s, row, DESK_BAD, "%s",
                    quits ? _(" End this desk? The others see it attended.")
                          : _(" Lock all officers? The others see this desk attended."));
        desk_row_at(s, row + 1, DESK_BOLD, "%s",
                    quits ? _(" 1 or Enter: the watch ends too   2 no, somebody stays at another desk")
                          : _(" 1 or Enter: the watch ends too   2 no, somebody stays at this desk"));
    } else {
        desk_row_at(s, row, DESK_BAD, "%s",
                    quits ? _(" End this desk? Alarms will not sound here. Enter: yes. Esc: no.")
                          : _(" Lock all officers? Enter: yes. Esc: no."));
    }
    if (quits && d->text_size > 0) {
        desk_row_at(s, row + 2, DESK_BOLD, "%s",
                    _(" The half-typed text stays in this home, not encrypted, for the next desk."));
    }
}

void desk_draw_dialog(const struct desk *d, struct desk_screen *s, int64_t now_ms)
{
    const int row = s->rows - 5;
    (void)now_ms;
    if (d->dialog == DESK_ASK_NOTHING || row < 1) {
        return;
    }
    memset(&s->row[row - 1], 0, 4 * sizeof s->row[0]);
    desk_row_at(s, row - 1, DESK_BOLD, "%.*s", s->cols, "================================");
    switch (d->dialog) {
    case DESK_ASK_ACK:
        desk_row_at(s, row, DESK_BOLD,
                    desk_is_test(desk_item(d, d->target))
                        ? _(" %s: somebody asks whether a person is here: Enter says yes.")
                        : _(" Acknowledge %s: Enter. You have read this exact version."),
                    d->target);
        return;
    case DESK_ASK_ANSWER:
        ask_answer(d, s, row);
        return;
    case DESK_ASK_POSITION:
        desk_row_at(s, row, DESK_BOLD, _(" POSITION on %s:"), d->target);
        choices(s, row + 1, positions, 0, 2, d->choice);
        choices(s, row + 2, positions, 2, 4, d->choice);
        return;
    case DESK_ASK_FORCE:
        ask_force(d, s, row);
        return;
    case DESK_ASK_FIRE:
    case DESK_ASK_FIRE_NOW:
    case DESK_ASK_AREA:
    case DESK_ASK_WHAT:
    case DESK_ASK_STANDING:
    case DESK_ASK_SECOND:
        desk_ask_fire(d, s, row);
        return;
    case DESK_ASK_SEND:
        ask_send(d, s, row);
        return;
    case DESK_ASK_HEARD:
        desk_row_at(s, row, DESK_BOLD, "%s", _(" THE ALARM IS PLAYED NOW. Did you hear it?"));
        desk_row_at(s, row + 1, DESK_BOLD, "%s", _(" 1 yes   2 NO   3 play it again"));
        return;
    case DESK_ASK_QUIT:
    case DESK_ASK_LOCK:
        ask_end(d, s, row);
        return;
    case DESK_ASK_DROP:
        desk_row_at(s, row, DESK_BAD, _(" Wipe draft %s, unsent? Enter: yes. Esc: no."), d->standing);
        return;
    case DESK_ASK_SEEN:
        desk_row_at(s, row, DESK_BOLD, _(" CONFLICT %s: an officer of ours has looked at it. Enter: say so. Esc: no."),
                    d->standing);
        desk_row_at(s, row + 1, DESK_PLAIN, "%s", _(" It no longer sounds here; it stays on the list, and the others are told."));
        return;
    case DESK_ASK_DISCARD:
        desk_row_at(s, row, DESK_BAD, "%s", _(" Wipe the half-typed text? Enter: yes. Esc: no."));
        return;
    case DESK_ASK_PASSED:
    case DESK_ASK_TOLD:
    case DESK_ASK_UNITS:
        ask_units(d, s, row);
        return;
    default:
        ask_officer(d, s, row);
        return;
    }
}

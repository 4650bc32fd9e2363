/* SPDX-License-Identifier: ISC */
/* A record for people: what it says, whom it has reached (cli.h). */
#include <string.h>

#include "cli/cli.h"

/* What the party says of its forces: a claim of its own, beside what can be proved. */
static void show_passed(const json_t *stage)
{
    size_t i;
    json_t *p;
    json_array_foreach (json_object_get(stage, "passed_on"), i, p) {
        printf("      %s: %s", cli_safe(cli_str(p, "force")),
               cli_name(cli_str(p, "state")));
        if (cli_has(p, "n") && cli_has(p, "m")) {
            printf(_(", units %lld of %lld"), (long long)cli_int(p, "n"),
                   (long long)cli_int(p, "m"));
        }
        printf(_(", they say  %s\n"), cli_when(cli_int(p, "time")));
    }
}

/* What the sender says that they said: never to be taken for a receipt. */
static void show_reports(const json_t *stage, const char *indent)
{
    size_t i;
    json_t *r;
    json_array_foreach (json_object_get(stage, "reported"), i, r) {
        printf(_("%sreported by %s, not signed by %s: %s, by %s, heard from %s %s"), indent,
               cli_safe(cli_str(r, "from")), cli_safe(cli_str(stage, "code")),
               cli_name(cli_str(r, "reported")), cli_name(cli_str(r, "means")),
               cli_safe(cli_str(r, "who")), cli_when(cli_int(r, "when")));
        puts(cli_true(r, "officer_valid") ? "" : _("  (officer's signature NOT verified)"));
    }
}

/* `theirs`: of a record that is not ours; only its author is told what others have stored. */
static void show_stage(const json_t *stage, bool theirs)
{
    printf("    %-8s", cli_safe(cli_str(stage, "code")));
    if (cli_has(stage, "stored")) {
        /* The time of their first signature over it: it was there then, or before. */
        printf(_("  stored by %s at the latest"), cli_when(cli_int(stage, "stored")));
    } else if (cli_true(stage, "here")) {
        printf("%s", _("  held here"));
    } else if (theirs) {
        printf("%s", _("  stored or not: only its author knows"));
    } else {
        printf("%s", _("  not stored yet"));
    }
    if (cli_has(stage, "shown")) {
        printf(_("  shown %s"), cli_when(cli_int(stage, "shown")));
    }
    if (cli_has(stage, "acknowledged")) {
        printf(_("  ACKNOWLEDGED %s by %s"), cli_when(cli_int(stage, "acknowledged")),
               cli_safe(cli_str(stage, "by")));
    }
    if (cli_true(stage, "claimed")) {
        printf("%s", _("  claims to have acknowledged, without a valid officer's signature"));
    }
    if (cli_has(stage, "position")) {
        printf(_("  position: %s"), cli_name(cli_str(stage, "position")));
    }
    putchar('\n');
    show_passed(stage);
    show_reports(stage, "      ");
}

const char *cli_end_now(const json_t *notice)
{
    static char text[96];
    const json_int_t later = cli_int(notice, "delayed_by"); /* `end_now` counts a tolerance too */
    snprintf(text, sizeof text, later > 0 ? _("%s (delayed to this)%s") : "%s%s",
             cli_when(cli_int(notice, "end") + later),
             strcmp(cli_str(notice, "life"), "overdue") == 0 ? _(" OVERDUE") : "");
    return text;
}

static void show_notice_part(const json_t *item, bool whole)
{
    printf(_("    %s, asks: %s, \"%s\"%s%s\n"), cli_safe(cli_str(item, "category")),
           cli_safe(cli_str(item, "request")), cli_safe(cli_str(item, "title")),
           cli_has(item, "life") ? ", " : "", cli_name(cli_str(item, "life")));
    printf(_("    from %s to %s\n"), cli_when(cli_int(item, "start")),
           cli_end_now(item));
    if (whole && cli_has(item, "lat")) {
        printf(_("    first position %s; volumes: %lld\n"), cli_place(item),
               (long long)cli_int(item, "volumes"));
        const char *name;
        json_t *value;
        json_object_foreach (json_object_get(item, "details"), name, value) {
            printf("    %s: %s\n", cli_safe(name), cli_safe(json_string_value(value)));
        }
    }
}

/* Does it stand? The line of a check-fire that must not be misread. */
static void show_standing(const json_t *fire)
{
    const char *state = cli_str(fire, "state");
    if (strcmp(state, "lifted") == 0) {
        printf(_("    LIFTED %s by %s and %s\n"), cli_when(cli_int(fire, "lifted")),
               cli_safe(cli_str(fire, "lifted_by")), cli_safe(cli_str(fire, "lifted_second")));
    } else if (strcmp(state, "standing") == 0) {
        printf("%s", _("    IT STANDS\n"));
    }
    if (cli_has(fire, "recalled")) {
        printf(strcmp(state, "lifted") == 0
                   ? _("    said to have been a mistake, %s by %s\n")
                   : _("    IT STANDS until lifted; said to have been a mistake, %s by %s\n"),
               cli_when(cli_int(fire, "recalled")), cli_safe(cli_str(fire, "recalled_by")));
    }
}

static void show_fire_answer(const json_t *a)
{
    printf("    %-8s", cli_safe(cli_str(a, "code")));
    if (cli_has(a, "answer")) {
        printf("  %s", cli_name(cli_str(a, "answer")));
        if (cli_has(a, "stopped")) {
            printf(_(", at %s"), cli_when(cli_int(a, "stopped")));
        }
        printf("  %s", cli_when(cli_int(a, "time")));
        printf("%s", cli_true(a, "after_lift") ? _("  after the lift") : "");
    } else if (cli_true(a, "claimed")) {
        printf("%s", _("  answered without a valid officer's signature"));
    } else if (cli_has(a, "unanswered")) {
        printf(cli_true(a, "acknowledged") ? _("  acknowledged, not answered (%s)")
                                           : _("  not answered yet (%s)"), cli_age(cli_int(a, "unanswered")));
    } else {
        printf("%s", _("  never answered"));
    }
    putchar('\n');
}

static void show_fire(const json_t *item)
{
    size_t i;
    json_t *answer;
    const json_t *fire = json_object_get(item, "fire");
    if (!json_is_object(fire)) {
        return;
    }
    show_standing(fire);
    json_array_foreach (json_object_get(fire, "answers"), i, answer) {
        show_fire_answer(answer);
    }
}

/* What an officer says of a run of blind notices. */
static void show_blind(const json_t *item)
{
    if (!cli_has(item, "blind")) {
        return;
    }
    printf(_("    blind run %s, to %s"), cli_name(cli_str(item, "blind")), cli_safe(cli_str(item, "member")));
    if (cli_has(item, "size")) {
        printf(_(": a list of %lld cells, slots of %s"), (long long)cli_int(item, "size"), cli_age(cli_int(item, "slot")));
    }
    putchar('\n');
    if (cli_true(item, "waiting") && strcmp(cli_str(item, "blind"), "proposed") == 0) {
        printf(_("    answer it with your plans: detente blind answer %s FILE, or --decline\n"),
               cli_safe(cli_str(item, "id")));
    }
}

/* What the kinds with a state of their own say. */
/* Who is at the desk, what was tried, what was missed. */
static void show_watch(const json_t *item)
{
    show_blind(item);
    if (cli_has(item, "attempt")) {
        printf(_("    nobody had acknowledged by %s; tried: %s, %s\n"),
               cli_when(cli_int(item, "deadline")), cli_safe(cli_str(item, "member")),
               cli_name(cli_str(item, "attempt")));
    }
    if (cli_has(item, "missed")) {
        printf(_("    tests of the %s of %s missed in a row: %lld, since %s\n"),
               cli_name(cli_str(item, "missed")), cli_safe(cli_str(item, "member")),
               (long long)cli_int(item, "in_a_row"), cli_when(cli_int(item, "since")));
    }
    if (cli_has(item, "watch")) {
        printf(_("    watch: %s"), cli_name(cli_str(item, "watch")));
        if (cli_has(item, "until")) {
            printf(_(", until %s"), cli_when(cli_int(item, "until")));
        }
        putchar('\n');
    }
}

/* Whose acknowledgement a version still counts for. */
void cli_show_awaited(const json_t *notice)
{
    size_t i;
    json_t *code;
    const json_t *awaited = json_object_get(notice, "awaited");
    json_array_foreach (awaited, i, code) {
        printf(i == 0 ? _("    counts until an officer of each acknowledges: %s") : ", %s",
               cli_safe(json_string_value(code)));
    }
    if (json_array_size(awaited) > 0) {
        putchar('\n');
    }
}

void cli_show_outcomes(const json_t *notice)
{
    size_t i;
    const json_t *outcome;
    json_array_foreach (json_object_get(notice, "outcomes"), i, outcome) {
        printf(_("    outcome, by the account of %s: %s"), cli_safe(cli_str(outcome, "code")),
               cli_name(cli_str(outcome, "outcome")));
        if (cli_int(outcome, "minutes") > 0) {
            printf(_(" by %lld min"), (long long)cli_int(outcome, "minutes"));
        }
        putchar('\n');
    }
}

static void show_states(const json_t *item)
{
    if (cli_has(item, "scope")) {
        const char *class_ = cli_class(item); /* never taken for the real thing */
        if (class_[0] != '\0') {
            printf("    %s %s %s\n", class_, class_, class_);
        }
        printf(_("    CHECK FIRE: %s%s\n"), cli_name(cli_str(item, "scope")),
               cli_true(item, "own_people") ? _("; own people are there") : "");
    }
    if (cli_has(item, "radius_mm")) {
        printf(_("    at %s, %.0f m around it\n"), cli_place(item),
               (double)cli_int(item, "radius_mm") / 1000);
    }
    show_fire(item);
    if (cli_has(item, "answer")) {
        printf(_("    answer: %s"), cli_name(cli_str(item, "answer")));
        printf(cli_has(item, "stopped") ? _(", at %s\n") : "%.0s\n",
               cli_when(cli_int(item, "stopped")));
    }
    if (cli_has(item, "passed_state")) {
        printf(_("    to %s: %s"), cli_safe(cli_str(item, "force")),
               cli_name(cli_str(item, "passed_state")));
        if (cli_has(item, "n") && cli_has(item, "m")) {
            printf(_(", units %lld of %lld"), (long long)cli_int(item, "n"),
                   (long long)cli_int(item, "m"));
        }
        printf(_(", by the account of %s\n"), cli_safe(cli_str(item, "from")));
    }
    if (cli_has(item, "position")) {
        printf(_("    position: %s\n"), cli_name(cli_str(item, "position")));
    }
    if (cli_has(item, "life")) {
        printf(_("    now: %s%s\n"), cli_name(cli_str(item, "life")),
               cli_true(item, "cancelling") ? _(", though its author has ended it") : "");
        cli_show_awaited(item);
        cli_show_outcomes(item);
    }
    if (cli_has(item, "step")) {
        printf(_("    conflict %s: %s%s%s\n"), cli_safe(cli_str(item, "conflict")),
               cli_name(cli_str(item, "step")), cli_has(item, "offer") ? _(", offers ") : "",
               cli_has(item, "offer") ? cli_safe(cli_str(item, "offer")) : "");
    }
    if (cli_has(item, "outcome")) {
        printf(_("    outcome: %s"), cli_name(cli_str(item, "outcome")));
        if (cli_has(item, "minutes")) {
            printf(_(" by %lld min"), (long long)cli_int(item, "minutes"));
        }
        putchar('\n');
    }
    if (cli_has(item, "notice_state")) {
        printf(_("    state: %s\n"), cli_name(cli_str(item, "notice_state")));
    }
    show_watch(item);
    if (cli_has(item, "reported")) {
        printf(_("    reported by %s, not signed by %s: %s, by %s, heard from %s %s\n"),
               cli_safe(cli_str(item, "from")), cli_safe(cli_str(item, "member")),
               cli_name(cli_str(item, "reported")), cli_name(cli_str(item, "means")),
               cli_safe(cli_str(item, "who")), cli_when(cli_int(item, "when")));
    }
}

static void show_details(const json_t *item, bool whole)
{
    size_t i;
    json_t *stage;
    bool theirs = false;
    if (cli_has(item, "ref")) {
        printf(json_is_false(json_object_get(item, "ref_held"))
                   ? _("    about %s, which is not here yet: no effect until it comes\n")
                   : _("    about %s\n"),
               cli_safe(cli_str(item, "ref")));
    }
    if (cli_has(item, "category")) {
        show_notice_part(item, whole);
    }
    show_states(item);
    if (cli_has(item, "text")) {
        cli_print_text(cli_str(item, "text"), "    ");
    } else if (cli_true(item, "withheld")) {
        puts(_("    sealed: shown to an officer on watch; detente operator unlock N"));
    } else if (cli_true(item, "sealed") && !cli_true(item, "opened")) {
        puts(_("    sealed: no key here opens it"));
    }
    if (cli_has(item, "second_officer") && cli_true(item, "officer_valid")) {
        printf(_("    signed by %s and %s\n"), cli_safe(cli_str(item, "officer")),
               cli_safe(cli_str(item, "second_officer")));
    } else if (cli_has(item, "officer")) {
        printf(cli_true(item, "officer_valid") ? _("    signed by %s\n")
                                               : _("    claims the signature of %s, NOT verified\n"),
               cli_safe(cli_str(item, "officer")));
    }
    json_array_foreach (json_object_get(item, "stages"), i, stage) {
        theirs = theirs || cli_true(stage, "here");
    }
    json_array_foreach (json_object_get(item, "stages"), i, stage) {
        if (whole) {
            show_stage(stage, theirs);
        } else {
            show_reports(stage, "    ");
        }
    }
}

/* A record of a later version: kept and handed on, not understood. */
static const char *unknown_kind(const json_t *item)
{
    static char text[64];
    snprintf(text, sizeof text, _("unknown kind %lld"), (long long)cli_int(item, "kind_number"));
    return text;
}

void cli_show_item(const json_t *item, bool whole)
{
    const char *valid = cli_str(item, "valid");
    printf("%s  %s  %s%s%s  %s", cli_safe(cli_str(item, "id")), cli_when(cli_int(item, "time")),
           cli_safe(cli_str(item, "precedence")),
           cli_class(item)[0] != '\0' ? " " : "", cli_class(item),
           strcmp(cli_str(item, "kind"), "UNKNOWN") != 0 ? cli_safe(cli_str(item, "kind"))
                                                         : unknown_kind(item));
    if (cli_subject(item)[0] != '\0') {
        printf(_("  subject: %s"), cli_subject(item));
    }
    if (valid[0] != '\0' && strcmp(valid, "OK") != 0) {
        printf(_("  invalid (%s): without effect"), cli_safe(valid));
    }
    if (cli_has(item, "doubt")) {
        printf(_("  IN DOUBT: %s"), cli_safe(cli_str(item, "doubt")));
    }
    if (cli_true(item, "demoted")) {
        printf("%s", _("  DEMOTED: counts as IMMEDIATE"));
    }
    puts(cli_true(item, "waiting") ? _("  waits for an officer") : "");
    show_details(item, whole);
}

/* SPDX-License-Identifier: ISC */
/* A record for people: what it says, whom it has reached (cli.h). */
#include <string.h>

#include "cli/cli.h"

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
        printf("  %s\n", cli_when(cli_int(p, "time")));
    }
}

static void show_stage(const json_t *stage)
{
    printf("    %-8s", cli_safe(cli_str(stage, "code")));
    if (cli_has(stage, "stored")) {
        /* The time of their first signature over it: it was there then, or before. */
        printf(_("  stored by %s at the latest"), cli_when(cli_int(stage, "stored")));
    } else if (cli_true(stage, "here")) {
        printf("%s", _("  held here"));
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
}

static void show_notice_part(const json_t *item)
{
    printf(_("    %s, asks: %s, \"%s\"%s%s\n"), cli_safe(cli_str(item, "category")),
           cli_safe(cli_str(item, "request")), cli_safe(cli_str(item, "title")),
           cli_has(item, "life") ? ", " : "", cli_safe(cli_str(item, "life")));
    printf(_("    from %s to %s\n"), cli_when(cli_int(item, "start")),
           cli_when(cli_int(item, "end")));
}

/* What the kinds with a state of their own say. */
static void show_states(const json_t *item)
{
    if (cli_has(item, "scope")) {
        printf(_("    CHECK FIRE: %s%s\n"), cli_name(cli_str(item, "scope")),
               cli_true(item, "own_people") ? _("; own people are there") : "");
    }
    if (cli_has(item, "radius_mm")) {
        printf(_("    at %s, %.0f m around it\n"), cli_place(item),
               (double)cli_int(item, "radius_mm") / 1000);
    }
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
        putchar('\n');
    }
    if (cli_has(item, "position")) {
        printf(_("    position: %s\n"), cli_name(cli_str(item, "position")));
    }
    if (cli_has(item, "notice_state")) {
        printf(_("    state: %s\n"), cli_name(cli_str(item, "notice_state")));
    }
}

static void show_details(const json_t *item, bool whole)
{
    size_t i;
    json_t *stage;
    if (cli_has(item, "ref")) {
        printf(_("    about %s\n"), cli_safe(cli_str(item, "ref")));
    }
    if (cli_has(item, "category")) {
        show_notice_part(item);
    }
    show_states(item);
    if (cli_has(item, "text")) {
        cli_print_text(cli_str(item, "text"), "    ");
    } else if (cli_true(item, "withheld")) {
        puts(_("    sealed: shown to an officer on watch; detente operator unlock N"));
    } else if (cli_true(item, "sealed") && !cli_true(item, "opened")) {
        puts(_("    sealed: no key here opens it"));
    }
    if (cli_has(item, "officer")) {
        printf(cli_true(item, "officer_valid") ? _("    signed by %s\n")
                                               : _("    claims the signature of %s, NOT verified\n"),
               cli_safe(cli_str(item, "officer")));
    }
    if (whole) {
        json_array_foreach (json_object_get(item, "stages"), i, stage) {
            show_stage(stage);
        }
    }
}

void cli_show_item(const json_t *item, bool whole)
{
    const char *valid = cli_str(item, "valid");
    printf("%s  %s  %s%s%s  %s", cli_safe(cli_str(item, "id")), cli_when(cli_int(item, "time")),
           cli_safe(cli_str(item, "precedence")),
           strcmp(cli_str(item, "class"), "OPERATION") != 0 ? " " : "",
           strcmp(cli_str(item, "class"), "OPERATION") != 0 ? cli_safe(cli_str(item, "class")) : "",
           cli_safe(cli_str(item, "kind")));
    if (valid[0] != '\0' && strcmp(valid, "OK") != 0) {
        printf(_("  invalid (%s): without effect"), cli_safe(valid));
    }
    if (cli_has(item, "doubt")) {
        printf(_("  IN DOUBT: %s"), cli_safe(cli_str(item, "doubt")));
    }
    puts(cli_true(item, "waiting") ? _("  waits for an officer") : "");
    show_details(item, whole);
}

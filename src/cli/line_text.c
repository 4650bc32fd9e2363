/* SPDX-License-Identifier: ISC */
/* A line for people: its members, what they said of it, what it carries now (cli.h). */
#include <string.h>

#include "cli/cli.h"

static void show_member_state(const json_t *member)
{
    const char *state = cli_str(member, "state");
    if (strcmp(state, "suspended") == 0 || strcmp(state, "left") == 0) {
        printf(strcmp(state, "left") == 0 ? _("           HAS LEFT the line %s, signed by %s (%s)\n")
                                          : _("           SUSPENDED the line %s, signed by %s (%s)\n"),
               cli_when(cli_int(member, "since")), cli_safe(cli_str(member, "officer")),
               cli_safe(cli_str(member, "record")));
    }
}

/* What still goes, for the person who has to stop fire over a suspended line. */
static void show_carried(const json_t *line)
{
    const char *state = cli_str(line, "state");
    if (strcmp(state, "suspended") == 0) {
        puts(_("  Still carried: check-fire, its answers, ack, recall, lift; the rest goes only to\n"
               "  members who have not suspended (--to)."));
    } else if (strcmp(state, "ended") == 0) {
        puts(_("  Every other member has left: nobody is bound to read what is sent here."));
    } else if (strcmp(state, "succeeded") == 0) {
        printf(_("  New messages and notices go to line %s. What is open here is answered here;\n"
                 "  check-fire still passes.\n"), cli_safe(cli_str(line, "successor")));
    }
    if (cli_has(line, "predecessor")) {
        printf(_("  It follows line %s.\n"), cli_safe(cli_str(line, "predecessor")));
    }
}

void cli_show_line(const json_t *line)
{
    size_t i, k;
    json_t *member, *force;
    printf("%s  \"%s\"  %s%s\n", cli_safe(cli_str(line, "tag")), cli_safe(cli_str(line, "title")),
           cli_safe(cli_str(line, "state")),
           cli_has(line, "accepted") && !cli_true(line, "accepted") ? _(", not accepted by us") : "");
    json_array_foreach (json_object_get(line, "members"), i, member) {
        printf("  %-8s %s%s\n", cli_safe(cli_str(member, "code")), cli_safe(cli_str(member, "name")),
               (json_int_t)i == cli_int(line, "me") ? _(" (we)") : "");
        show_member_state(member);
        json_array_foreach (json_object_get(member, "forces"), k, force) {
            printf(cli_true(force, "guaranteed") ? _("           answers for %s\n")
                                                 : _("           force: %s\n"),
                   cli_safe(cli_str(force, "name")));
        }
    }
    show_carried(line);
}

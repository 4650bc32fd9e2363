/* SPDX-License-Identifier: ISC */
/* conflicts, conflict: what comes too close, and what to change. */
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "view/rules.h"

/* --- what to change ------------------------------------------------------------------------- */

/* "1.2 km", "300 m" */
static const char *length_of(json_int_t mm)
{
    static char text[32];
    if (mm >= 1000000) {
        snprintf(text, sizeof text, "%lld.%lld km", (long long)mm / 1000000,
                 (long long)mm % 1000000 / 100000);
    } else {
        snprintf(text, sizeof text, "%lld m", (long long)mm / 1000);
    }
    return text;
}

/* "75 min", "2 h 15 min" */
static const char *duration_of(json_int_t ms)
{
    static char text[48];
    const long long minutes = (long long)ms / 60000;
    if (minutes < 120) {
        snprintf(text, sizeof text, _("%lld min"), minutes);
    } else if (minutes % 60 == 0) {
        snprintf(text, sizeof text, _("%lld h"), minutes / 60);
    } else {
        snprintf(text, sizeof text, _("%lld h %lld min"), minutes / 60, minutes % 60);
    }
    return text;
}

static void put_change(char *out, size_t capacity, const json_t *s)
{
    const char *change = cli_str(s, "change");
    if (strcmp(change, "later") == 0) {
        snprintf(out, capacity, _("start %s later"), duration_of(cli_int(s, "by_ms")));
    } else if (strcmp(change, "earlier") == 0) {
        snprintf(out, capacity, _("start and end %s earlier"), duration_of(cli_int(s, "by_ms")));
    } else if (strcmp(change, "move") == 0) {
        snprintf(out, capacity, _("stay %s further %s"), length_of(cli_int(s, "by_mm")),
                 _(cli_str(s, "toward")));
    } else if (strcmp(change, "higher") == 0) {
        snprintf(out, capacity, _("fly %s higher"), length_of(cli_int(s, "by_mm")));
    } else {
        snprintf(out, capacity, _("lower the ceiling by %s"), length_of(cli_int(s, "by_mm")));
    }
}

/* "start 75 min later, or stay 1.2 km further north"; "" if there is none. */
static void put_changes(char *out, size_t capacity, const json_t *list)
{
    char one[128];
    size_t i;
    const json_t *s;
    out[0] = '\0';
    json_array_foreach (list, i, s) {
        const size_t used = strlen(out);
        put_change(one, sizeof one, s);
        snprintf(out + used, capacity - used, "%s%s", i > 0 ? _(", or ") : "", one);
    }
}

static void show_ours(const json_t *answer)
{
    char text[512];
    const json_t *list = json_object_get(answer, "suggestions");
    put_changes(text, sizeof text, list);
    if (text[0] != '\0') {
        printf(_("What to change: %s, and no conflict is known.\n"), text);
    } else if (list != NULL) {
        puts(_("No change of time, place or height alone was found after which no conflict is "
               "known: talk to them."));
    }
}

static void show_theirs(const json_t *conflict)
{
    char text[512];
    const json_t *list = json_object_get(conflict, "theirs_could");
    put_changes(text, sizeof text, list);
    if (text[0] != '\0') {
        printf(_("What to ask of them: %s, and no conflict of theirs is known here.\n"), text);
    } else if (list != NULL) {
        puts(_("What they could change is not known here: ask them."));
    }
}

/* --- what is known, and how old it is ------------------------------------------------------------- */

/* "Their log seen to 01:50Z (24 min old)". True if somebody's is stale. */
static bool show_knowledge(const json_t *reply, bool quiet)
{
    size_t i;
    json_t *k;
    bool stale = false;
    json_array_foreach (json_object_get(reply, "knowledge"), i, k) {
        stale = stale || cli_true(k, "stale");
        if (quiet) {
            continue;
        }
        if (!cli_has(k, "seen")) {
            printf(_("Nothing of the log of %s has been seen: UNKNOWN.\n"),
                   cli_safe(cli_str(k, "code")));
            continue;
        }
        printf(_("The log of %s seen to %s (%s old)%s\n"), cli_safe(cli_str(k, "code")),
               cli_when(cli_int(k, "seen")), cli_age(cli_int(k, "age")),
               cli_true(k, "stale") ? _(": too old, UNKNOWN.") : ".");
    }
    return stale;
}

int cli_say_check(struct cli *c, const json_t *reply)
{
    size_t i;
    json_t *conflict;
    const json_t *conflicts = json_object_get(reply, "conflicts");
    if (!c->json) {
        json_array_foreach (conflicts, i, conflict) {
            cli_show_conflict(conflict);
        }
        if (json_array_size(conflicts) == 0) {
            puts(_("No conflict known."));
        }
        show_ours(reply);
    }
    const bool stale = show_knowledge(reply, c->json);
    if (!c->json && cli_int(reply, "more") > 0) {
        printf(_("%lld more, less grave than these, are not shown.\n"),
               (long long)cli_int(reply, "more"));
    }
    if (!c->json) {
        printf(_("%lld notices comparable only at cell level, %lld not readable. This is not a "
                 "permission.\n"),
               (long long)cli_int(reply, "cells_only"), (long long)cli_int(reply, "unreadable"));
    }
    return json_array_size(conflicts) > 0 ? CLI_CONFLICTS : stale ? CLI_UNKNOWN : CLI_DONE;
}

/* --- conflicts ------------------------------------------------------------------------------------- */

void cli_show_conflict(const json_t *k)
{
    const char *a = cli_has(k, "a") ? cli_str(k, "a") : _("this plan");
    const char *b = cli_str(k, cli_has(k, "b") ? "b" : "theirs");
    const bool cells = cli_has(k, "exact") && !cli_true(k, "exact");
    printf(_("CONFLICT %s (%s, %s)  %s against %s%s\n"), cli_safe(cli_str(k, "id")),
           _(dt_severity_name(cli_int(k, "severity"))),
           cli_true(k, "agreed") ? _("agreed rule") : _("default, not agreed"), cli_safe(a),
           cli_safe(b), cells ? _("  possible, at cell level") : "");
    if (cli_true(k, "withheld")) {
        printf(_("    where and how close: shown to an officer on watch%s\n"),
               strcmp(cli_str(k, "state"), "resolved") == 0 ? _("  resolved") : "");
        return;
    }
    printf(_("    %.1f m apart where %.1f m are needed, near %s, %s to %s%s\n"),
           (double)cli_int(k, "distance_mm") / 1000, (double)cli_int(k, "lateral_mm") / 1000,
           cli_place(k), cli_when(cli_int(k, "from")), cli_when(cli_int(k, "until")),
           strcmp(cli_str(k, "state"), "resolved") == 0 ? _("  resolved") : "");
}

static int list_conflicts(struct cli *c, const char *id)
{
    struct dt_object o;
    json_t *reply = NULL, *conflict;
    size_t i, raised = 0, found = 0;
    if (!cli_connect(c)) {
        return c->exit;
    }
    cli_begin(c, &o, "conflicts");
    if (id != NULL) {
        dt_obj_key(&o, "id");
        dt_obj_string(&o, id);
    }
    if (!cli_put_line(c, &o) || !cli_ask(c, &o, &reply)) {
        return c->exit;
    }
    const json_t *items = json_object_get(reply, "items");
    json_array_foreach (items, i, conflict) {
        found++;
        raised += strcmp(cli_str(conflict, "state"), "resolved") != 0;
        if (!c->json) {
            cli_show_conflict(conflict);
            show_ours(conflict);
            show_theirs(conflict);
        }
    }
    if (id != NULL && found == 0) {
        json_decref(reply);
        return cli_fail(c, DT_ERR_UNKNOWN_RECORD, "%s", cli_safe(id));
    }
    if (!c->json && raised == 0) {
        puts(_("No conflict known. This is not a permission."));
    }
    const bool stale = show_knowledge(reply, c->json);
    if (c->json) {
        cli_print_json(json_incref(reply));
    }
    json_decref(reply);
    return raised > 0 ? CLI_CONFLICTS : stale ? CLI_UNKNOWN : CLI_DONE;
}

static void show_conflict_event(struct cli *c, json_t *event)
{
    if (strcmp(cli_str(event, "event"), "conflict") != 0) {
        return;
    }
    if (c->json) {
        cli_print_json(json_incref(event));
    } else {
        cli_show_conflict(json_object_get(event, "conflict"));
    }
    fflush(stdout);
}

int cmd_conflicts(struct cli *c)
{
    if (!cli_words_end(c, 0)) {
        return c->exit;
    }
    const int exit = list_conflicts(c, NULL);
    const bool listed = exit == CLI_DONE || exit == CLI_CONFLICTS || exit == CLI_UNKNOWN;
    return cli_flag(c, "follow") && listed ? cli_follow(c, show_conflict_event) : exit;
}

static int conflict_show(struct cli *c)
{
    const char *id = cli_word(c, 0, _("ID"));
    return id == NULL || !cli_words_end(c, 1) ? c->exit : list_conflicts(c, id);
}

int cmd_conflict(struct cli *c)
{
    static const struct cli_sub subs[] = {{"show", conflict_show}};
    return cli_dispatch(c, subs, 1);
}

/* SPDX-License-Identifier: ISC */
/* A line for people: its members, what they said of it, what it carries now (cli.h). */
#include <string.h>

#include "base/text.h"
#include "cli/cli.h"
#include "log/charter.h"
#include "view/rules.h"

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
           cli_name(cli_str(line, "state")),
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

void cli_show_overdue(const json_t *one)
{
    const char *class_ = cli_str(one, "class");
    printf(_("  MOVEMENT OVERDUE: %s%s%s of %s, was to have arrived by %s, %s ago%s\n"),
           strcmp(class_, "OPERATION") != 0 ? cli_safe(class_) : "",
           strcmp(class_, "OPERATION") != 0 ? " " : "", cli_safe(cli_str(one, "id")),
           cli_safe(cli_str(one, "from")), cli_when(cli_int(one, "end")),
           cli_age(cli_int(one, "age")),
           cli_true(one, "acted") ? _("; an officer of ours has acted on it") : "");
}

void cli_show_stale(const json_t *one)
{
    printf(_("  STALE SITE: %s%s%s of %s, last confirmed %s, %s ago%s\n"), cli_class(one),
           cli_class(one)[0] != '\0' ? " " : "", cli_safe(cli_str(one, "id")),
           cli_safe(cli_str(one, "from")), cli_when(cli_int(one, "confirmed")),
           cli_age(cli_int(one, "age")),
           cli_true(one, "ours") ? _("; ours: detente notice confirm ID") : "");
}

static void show_log(const json_t *log)
{
    printf(_("  line %.8s  log of %s.%u: %lld records, signed to %lld%s\n"),
           cli_safe(cli_str(log, "line")), cli_safe(cli_str(log, "code")),
           dt_wid_number((uint16_t)cli_int(log, "wid")), (long long)cli_int(log, "size"),
           (long long)cli_int(log, "checkpoint"),
           cli_true(log, "forked") ? _("  TWO HISTORIES") : "");
    if (cli_true(log, "full")) {
        printf(_("    over twice its quota: of what it writes now only what stops fire is kept\n"));
    }
    if (cli_true(log, "outrun")) {
        printf("%s", _("    ANOTHER NODE GOES ON WITH THIS LOG: this is a copy. Stop one of the two\n"));
    }
    if (cli_has(log, "copy")) {
        printf(_("    AN OLD COPY OF ITS NODE WAS HEARD %s: two nodes run with one key. Telephone them\n"),
               cli_when(cli_int(log, "copy")));
    }
    if (cli_true(log, "forked")) {
        printf(_("    of it %lld records count; what comes after is in doubt; %s\n"),
               (long long)cli_int(log, "common"),
               cli_has(log, "second") ? _("the second history is held here")
                                      : _("the second history is not held here"));
    }
}

void cli_show_logs(const json_t *status, bool forked)
{
    size_t i;
    json_t *one;
    json_array_foreach (json_object_get(status, "logs"), i, one) {
        if (!forked || cli_true(one, "forked") || cli_true(one, "outrun") || cli_has(one, "copy")) {
            show_log(one);
        }
    }
    json_array_foreach (json_object_get(status, "seen_otherwise"), i, one) {
        printf(_("  line %.8s  %s says it saw another history of the log of %s.%u, up to %lld, "
                 "than is held here; %s\n"),
               cli_safe(cli_str(one, "line")), cli_safe(cli_str(one, "id")),
               cli_safe(cli_str(one, "code")), dt_wid_number((uint16_t)cli_int(one, "wid")),
               (long long)cli_int(one, "size"),
               cli_true(one, "forked") ? _("two histories are proved")
                                       : _("no proof has come of it"));
    }
}

json_t *cli_ask_logs(struct cli *c)
{
    struct dt_object o;
    json_t *reply = NULL;
    cli_begin(c, &o, "status");
    return cli_put_line(c, &o) && cli_ask(c, &o, &reply) ? reply : NULL;
}

json_t *cli_line_value(const struct cli_line *line, const json_t *status)
{
    json_t *value = json_copy(line->info), *forked = json_array(), *log;
    size_t i;
    json_array_foreach (json_object_get(status, "logs"), i, log) {
        if (cli_true(log, "forked")) {
            json_array_append(forked, log);
        }
    }
    json_object_set_new(value, "forked", forked);
    json_object_set(value, "seen_otherwise", json_object_get(status, "seen_otherwise"));
    return value;
}

void cli_tag_of(char tag[static 9], const uint8_t line[static DT_HASH_SIZE])
{
    char text[DT_BASE32_SIZE(DT_HASH_SIZE) + 1];
    dt_base32(text, line, DT_HASH_SIZE);
    memcpy(tag, text, 8);
    tag[8] = '\0';
}

void cli_show_charter(const struct dt_charter *charter)
{
    printf(_("\"%s\", %s\n"), cli_safe(charter->title),
           charter->class_ == DT_EXERCISE ? _("an exercise line") : _("an operation line"));
    if (charter->has_predecessor) {
        char tag[9];
        cli_tag_of(tag, charter->predecessor);
        printf(_("  It follows line %s.\n"), tag);
    }
    for (size_t i = 0; i < charter->member_count; i++) {
        const struct dt_member *m = &charter->members[i];
        char root[DT_BASE32_SIZE(DT_PUBLIC_SIZE) + 1];
        dt_base32(root, m->root, DT_PUBLIC_SIZE);
        printf("  %-8s %s\n           %s\n", m->code, cli_safe(m->name), root);
        for (size_t k = 0; k < m->force_count; k++) {
            printf(m->forces[k].relation == DT_FORCE_GUARANTEED
                       ? _("           answers for %s, which is not on the line\n")
                       : _("           force: %s\n"),
                   cli_safe(m->forces[k].name));
        }
    }
    for (size_t i = 0; i < charter->rule_count; i++) {
        const struct dt_rule *r = &charter->rules[i];
        printf(_("  rule: %s against %s: %u m, %u m in height, %lld min; %s\n"),
               dt_category_name(r->a), dt_category_name(r->b), (unsigned)(r->lateral_mm / 1000),
               (unsigned)(r->vertical_mm / 1000), (long long)(r->temporal_ms / 60000),
               _(dt_severity_name(r->severity)));
    }
    puts(_("  other pairs have the protocol's distances: default, not agreed"));
    cli_show_watch_settings(charter);
}

/* SPDX-License-Identifier: ISC */
/* roster: who has which duty when, and how to reach him. A file of this home; names never
 * leave it. One line each: role, name, contact, from, to; tabs between. */
#include <stdlib.h>
#include <string.h>

#include "base/utc.h"
#include "cli/cli.h"

enum { ROSTER_MAX = 65536, LINES_MAX = 256, FIELD_MAX = 120 };

struct duty {
    char *role, *name, *contact;
    int64_t from_ms, to_ms; /* 0: always */
};

static char text[ROSTER_MAX + 1];
static struct duty duties[LINES_MAX];

static bool good_field(const char *field)
{
    bool good = *field != '\0' && strlen(field) <= FIELD_MAX;
    for (const char *at = field; *at != '\0'; at++) {
        good = good && (unsigned char)*at >= ' ' && *at != 0x7f;
    }
    return good;
}

static bool take_duty(char *line, struct duty *d)
{
    char *field[5];
    for (size_t i = 0; i < 5; i++) {
        field[i] = strsep(&line, "\t");
        if (field[i] == NULL) {
            return false;
        }
    }
    *d = (struct duty){.role = field[0], .name = field[1], .contact = field[2]};
    return line == NULL && good_field(field[0]) && good_field(field[1]) && good_field(field[2]) &&
           (*field[3] == '\0' || dt_utc_parse(&d->from_ms, field[3]) == DT_OK) &&
           (*field[4] == '\0' || dt_utc_parse(&d->to_ms, field[4]) == DT_OK);
}

/* Reads all of it; a line that cannot be read fails the whole. */
static bool open_roster(struct cli *c, size_t *count)
{
    size_t size = 0;
    *count = 0;
    if (!cli_open_home(c)) {
        return false;
    }
    const enum dt_err err = dt_home_read(&c->home, "roster", (uint8_t *)text, ROSTER_MAX, &size);
    if (err != DT_OK && err != DT_ERR_NO_HOME) {
        cli_fail(c, err, "roster");
        return false;
    }
    text[size] = '\0';
    char *rest = text;
    for (char *line = strsep(&rest, "\n"); line != NULL; line = strsep(&rest, "\n")) {
        if (*line == '\0') {
            continue;
        }
        if (*count == LINES_MAX || !take_duty(line, &duties[*count])) {
            cli_fail(c, DT_ERR_BAD_TEXT, _("roster, entry %zu"), *count + 1);
            return false;
        }
        ++*count;
    }
    return true;
}

static void when_text(char out[static DT_UTC_SIZE], int64_t ms)
{
    out[0] = '\0';
    if (ms != 0) {
        dt_utc_text(out, ms);
    }
}

static bool write_roster(struct cli *c, size_t count)
{
    static char out[ROSTER_MAX];
    size_t n = 0;
    for (size_t i = 0; i < count; i++) {
        const struct duty *d = &duties[i];
        char from[DT_UTC_SIZE], to[DT_UTC_SIZE];
        if (d->role == NULL) {
            continue;
        }
        when_text(from, d->from_ms);
        when_text(to, d->to_ms);
        const int size = snprintf(out + n, sizeof out - n, "%s\t%s\t%s\t%s\t%s\n", d->role, d->name,
                                  d->contact, from, to);
        if (size < 0 || (size_t)size >= sizeof out - n) {
            cli_fail(c, DT_ERR_TOO_LARGE, "roster");
            return false;
        }
        n += (size_t)size;
    }
    const enum dt_err err = dt_home_write(&c->home, "roster", dt_span(out, n));
    if (err != DT_OK) {
        cli_fail(c, err, "roster");
    }
    return err == DT_OK;
}

/* "deputy" of a step is the role of that name, in any case of letters. */
static bool on_duty(const struct duty *d, const char *role, int64_t now_ms)
{
    return (role == NULL || strcasecmp(d->role, role) == 0) &&
           (now_ms == 0 || ((d->from_ms == 0 || now_ms >= d->from_ms) &&
                            (d->to_ms == 0 || now_ms < d->to_ms)));
}

static int roster_list(struct cli *c)
{
    size_t count, shown = 0;
    const char *step = cli_option(c, "step");
    if (!cli_words_end(c, 0) || !open_roster(c, &count)) {
        return c->exit;
    }
    json_t *items = json_array();
    for (size_t i = 0; i < count; i++) {
        const struct duty *d = &duties[i];
        if (!on_duty(d, step, step != NULL ? dt_now_ms() : 0)) {
            continue;
        }
        shown++;
        json_array_append_new(items, json_pack("{s:s, s:s, s:s, s:I, s:I}", "role", d->role, "name",
                                               d->name, "contact", d->contact, "from",
                                               (json_int_t)d->from_ms, "to", (json_int_t)d->to_ms));
        if (!c->json) {
            printf("%-16s %-24s %-24s", cli_safe(d->role), cli_safe(d->name), cli_safe(d->contact));
            printf(_("  from %s to %s\n"), cli_when(d->from_ms), cli_when(d->to_ms));
        }
    }
    if (c->json) {
        cli_print_json(json_pack("{s:O}", "roster", items));
    } else if (shown == 0) {
        puts(step != NULL ? _("Nobody has that duty now: detente roster add ROLE NAME CONTACT")
                          : _("The roster is empty: detente roster add ROLE NAME CONTACT"));
    }
    json_decref(items);
    return CLI_DONE;
}

static int roster_add(struct cli *c)
{
    static char role[FIELD_MAX + 1], name[FIELD_MAX + 1], contact[FIELD_MAX + 1];
    size_t count;
    const char *from = cli_option(c, "from"), *to = cli_option(c, "to");
    const char *words[3] = {cli_word(c, 0, _("ROLE")), NULL, NULL};
    words[1] = words[0] != NULL ? cli_word(c, 1, _("NAME")) : NULL;
    words[2] = words[1] != NULL ? cli_word(c, 2, _("CONTACT")) : NULL;
    struct duty d = {.role = role, .name = name, .contact = contact};
    if (words[2] == NULL || !cli_words_end(c, 3) || (from != NULL && !cli_time(c, from, &d.from_ms)) ||
        (to != NULL && !cli_time(c, to, &d.to_ms)) || !open_roster(c, &count)) {
        return c->exit;
    }
    if (!good_field(words[0]) || !good_field(words[1]) || !good_field(words[2])) {
        return cli_usage(c, _("role, name and contact are texts of at most %d bytes"), FIELD_MAX);
    }
    if (d.from_ms != 0 && d.to_ms != 0 && d.to_ms <= d.from_ms) {
        return cli_fail(c, DT_ERR_END_BEFORE_START, NULL);
    }
    if (count == LINES_MAX) {
        return cli_fail(c, DT_ERR_TOO_LARGE, "roster");
    }
    snprintf(role, sizeof role, "%s", words[0]);
    snprintf(name, sizeof name, "%s", words[1]);
    snprintf(contact, sizeof contact, "%s", words[2]);
    duties[count] = d;
    return write_roster(c, count + 1)
               ? cli_done(c, json_pack("{s:s}", "added", role), _("%s is on the roster of this home; names never leave it\n"), name)
               : c->exit;
}

static int roster_remove(struct cli *c)
{
    size_t count, gone = 0;
    const char *role = cli_word(c, 0, _("ROLE")), *name = role != NULL ? cli_word(c, 1, _("NAME")) : NULL;
    if (name == NULL || !cli_words_end(c, 2) || !open_roster(c, &count)) {
        return c->exit;
    }
    for (size_t i = 0; i < count; i++) {
        if (strcasecmp(duties[i].role, role) == 0 && strcmp(duties[i].name, name) == 0) {
            duties[i].role = NULL;
            gone++;
        }
    }
    if (gone == 0) {
        return cli_fail(c, DT_ERR_UNKNOWN_RECORD, _("%s %s is not on the roster"), cli_safe(role),
                        cli_safe(name));
    }
    return write_roster(c, count) ? cli_done(c, json_pack("{s:I}", "removed", (json_int_t)gone),
                                             _("%s is off the roster\n"), cli_safe(name))
                                  : c->exit;
}

int cmd_roster(struct cli *c)
{
    static const struct cli_sub subs[] = {
        {NULL, roster_list}, {"list", roster_list}, {"add", roster_add}, {"remove", roster_remove}};
    return cli_dispatch(c, subs, sizeof subs / sizeof subs[0]);
}

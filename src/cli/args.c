/* SPDX-License-Identifier: ISC */
/* Arguments: options anywhere, one table a command (cli.h). */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "base/utc.h"
#include "cli/cli.h"
#include "cli/nearest.h"
#include "geo/coord.h"

static const char common[] = "home= json line= as= passphrase-file= help";

/* 0: not in the list; 1: a flag; 2: takes a value. */
static int find_option(const char *list, const char *name, size_t size)
{
    for (const char *at = list; *at != '\0';) {
        const size_t length = strcspn(at, " ");
        const bool value = length > 0 && at[length - 1] == '=';
        if (length - value == size && strncmp(at, name, size) == 0) {
            return value ? 2 : 1;
        }
        at += length + strspn(at + length, " ");
    }
    return 0;
}

static void try_options(struct cli_nearest *near, const char *list)
{
    for (const char *at = list; *at != '\0'; at += strspn(at, "= ")) {
        const size_t size = strcspn(at, "= ");
        cli_nearest_try(near, at, size);
        at += size;
    }
}

static void no_option(struct cli *c, const char *name, size_t size)
{
    char word[CLI_NEAREST_SIZE];
    struct cli_nearest near;
    snprintf(word, sizeof word, "%.*s", (int)(size < sizeof word ? size : sizeof word), name);
    cli_nearest_begin(&near, word);
    try_options(&near, c->command->options);
    try_options(&near, common);
    if (near.best[0] != '\0') {
        cli_usage(c, _("unknown option --%s; did you mean --%s?"), cli_safe(word), near.best);
    } else {
        cli_usage(c, _("unknown option --%s"), cli_safe(name));
    }
}

/* Takes argv[*i] as an option, with the next one as its value where it wants one. */
static bool take_option(struct cli *c, const char *name, int argc, char **argv, int *i)
{
    const char *equals = strchr(name, '=');
    const size_t size = equals != NULL ? (size_t)(equals - name) : strlen(name);
    int kind = find_option(common, name, size);
    kind = kind != 0 ? kind : find_option(c->command->options, name, size);
    if (kind == 0) {
        no_option(c, name, size);
        return false;
    }
    if (kind == 1 && equals != NULL) {
        cli_usage(c, _("option --%s takes no value"), name);
        return false;
    }
    if (c->option_count == CLI_OPTIONS_MAX) {
        cli_usage(c, _("too many options"));
        return false;
    }
    const char *value = equals != NULL ? equals + 1 : "";
    if (kind == 2 && equals == NULL) {
        if (*i + 1 >= argc) {
            cli_usage(c, _("option --%s needs a value"), name);
            return false;
        }
        value = argv[++*i];
    }
    snprintf(c->options[c->option_count].name, sizeof c->options[0].name, "%.*s", (int)size, name);
    c->options[c->option_count++].value = value;
    return true;
}

const char *const cli_officer_names[CLI_OFFICER_NAMES] = {"as", "heard-by", "officer"};

bool cli_take_option(struct cli *c, const char *name, const char *value)
{
    if (c->option_count == CLI_OPTIONS_MAX) {
        cli_usage(c, _("too many options"));
        return false;
    }
    snprintf(c->options[c->option_count].name, sizeof c->options[0].name, "%s", name);
    c->options[c->option_count++].value = value;
    return true;
}

/* Two names for the officer who signs: neither is swallowed. */
static bool one_officer(struct cli *c)
{
    const char *said = NULL, *first = NULL;
    for (size_t i = 0; i < CLI_OFFICER_NAMES; i++) {
        const char *value = cli_option(c, cli_officer_names[i]);
        if (value != NULL && said != NULL && strcmp(value, said) != 0) {
            cli_usage(c, _("--%s and --%s name two officers, and one signs: give one of them"), first,
                      cli_officer_names[i]);
            return false;
        }
        first = value != NULL ? cli_officer_names[i] : first;
        said = value != NULL ? value : said;
    }
    return true;
}

bool cli_parse(struct cli *c, const struct cli_command *command, int argc, char **argv)
{
    bool only_words = false;
    c->command = command;
    for (int i = 0; i < argc; i++) { /* so that errors are in the form asked for */
        c->json = c->json || strcmp(argv[i], "--json") == 0;
    }
    for (int i = 0; i < argc; i++) {
        char *text = argv[i];
        if (!only_words && strcmp(text, "--") == 0) {
            only_words = true;
        } else if (!only_words && strncmp(text, "--", 2) == 0) {
            if (!take_option(c, text + 2, argc, argv, &i)) {
                return false;
            }
        } else if (!only_words && strcmp(text, "-o") == 0) {
            if (!take_option(c, "output", argc, argv, &i)) {
                return false;
            }
        } else if (!only_words && strcmp(text, "-h") == 0) {
            (void)take_option(c, "help", argc, argv, &i);
        } else if (!only_words && text[0] == '-' && isalpha((unsigned char)text[1])) {
            cli_usage(c, _("unknown option %s"), text);
            return false;
        } else if (c->word_count == CLI_WORDS_MAX) {
            cli_usage(c, _("too many arguments"));
            return false;
        } else {
            c->words[c->word_count++] = text;
        }
    }
    return one_officer(c);
}

const char *cli_option_at(const struct cli *c, const char *name, size_t index)
{
    for (size_t i = 0; i < c->option_count; i++) {
        if (strcmp(c->options[i].name, name) == 0 && index-- == 0) {
            return c->options[i].value;
        }
    }
    return NULL;
}

const char *cli_option(const struct cli *c, const char *name)
{
    for (size_t i = c->option_count; i-- > 0;) {
        if (strcmp(c->options[i].name, name) == 0) {
            return c->options[i].value;
        }
    }
    return NULL;
}

bool cli_flag(const struct cli *c, const char *name)
{
    return cli_option(c, name) != NULL;
}

const char *cli_word(struct cli *c, size_t index, const char *what)
{
    if (index < c->word_count) {
        return c->words[index];
    }
    cli_usage(c, _("%s is missing"), what);
    return NULL;
}

bool cli_words_end(struct cli *c, size_t count)
{
    if (c->word_count <= count) {
        return true;
    }
    cli_usage(c, _("unexpected argument %s"), cli_safe(c->words[count]));
    return false;
}

int cli_dispatch(struct cli *c, const struct cli_sub *table, size_t count)
{
    struct cli_nearest near;
    cli_nearest_begin(&near, c->word_count > 0 ? c->words[0] : "");
    for (size_t i = 0; i < count; i++) {
        if (table[i].name == NULL) {
            if (c->word_count == 0) {
                return table[i].run(c);
            }
        } else if (c->word_count > 0 && strcmp(c->words[0], table[i].name) == 0) {
            memmove(c->words, c->words + 1, (c->word_count - 1) * sizeof c->words[0]);
            c->word_count--;
            return table[i].run(c);
        }
        if (table[i].name != NULL) {
            cli_nearest_try(&near, table[i].name, strlen(table[i].name));
        }
    }
    if (c->word_count == 0) {
        return cli_usage(c, _("%s needs to know what to do"), c->command->name);
    }
    if (near.best[0] != '\0') {
        return cli_usage(c, _("%s has no %s; did you mean %s?"), c->command->name,
                         cli_safe(c->words[0]), near.best);
    }
    return cli_usage(c, _("%s has no %s"), c->command->name, cli_safe(c->words[0]));
}

bool cli_number(struct cli *c, const char *text, uint64_t max, uint64_t *out)
{
    if (dt_undecimal(out, text, strlen(text)) == DT_OK && *out <= max) {
        return true;
    }
    cli_usage(c, _("%s is not a number from 0 to %llu"), cli_safe(text), (unsigned long long)max);
    return false;
}

bool cli_time(struct cli *c, const char *text, int64_t *out)
{
    const enum dt_err err = dt_utc_parse(out, text);
    if (err != DT_OK) {
        cli_fail(c, err, "%s", cli_safe(text));
    }
    return err == DT_OK;
}

/* "500", "500m", "2.5km": millimetres. */
static bool parse_length(const char *text, uint32_t *mm)
{
    char *end = NULL;
    if (!isdigit((unsigned char)text[0])) {
        return false; /* no sign, no blank, no "inf" */
    }
    const double value = strtod(text, &end);
    const double unit = strcmp(end, "km") == 0 ? 1e6 : *end == '\0' || strcmp(end, "m") == 0 ? 1e3 : 0;
    const double result = value * unit;
    if (!(result >= 1) || result > 1e9 || strspn(text, "0123456789.") != (size_t)(end - text)) {
        return false;
    }
    *mm = (uint32_t)(result + 0.5);
    return true;
}

bool cli_area(struct cli *c, const char *text, int32_t *lat_e7, int32_t *lon_e7,
              uint32_t *radius_mm)
{
    char place[DT_COORD_TEXT_MAX + 1];
    const char *comma = strrchr(text, ',');
    if (comma == NULL || (size_t)(comma - text) >= sizeof place) {
        cli_usage(c, _("an area is LAT,LON,RADIUS, for example 36.2021,37.1343,500"));
        return false;
    }
    memcpy(place, text, (size_t)(comma - text));
    place[comma - text] = '\0';
    if (!parse_length(comma + 1 + strspn(comma + 1, " "), radius_mm)) {
        cli_usage(c, _("%s is not a radius: metres, or with km behind it"), cli_safe(comma + 1));
        return false;
    }
    struct dt_point point;
    uint32_t square_mm = 0;
    const enum dt_err err = dt_coord_parse(&point, &square_mm, place);
    if (err != DT_OK) {
        cli_fail(c, err, "%s", cli_safe(place));
        return false;
    }
    *lat_e7 = point.lat_e7;
    *lon_e7 = point.lon_e7;
    *radius_mm += square_mm; /* a grid reference names a square: all of it */
    return true;
}

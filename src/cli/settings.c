/* SPDX-License-Identifier: ISC */
/* A charter's settings of the watch: as people type them, and in words (cli.h). */
#include <string.h>

#include "base/text.h"
#include "cli/cli.h"
#include "log/charter.h"
#include "view/notice.h"

#define SECOND INT64_C(1000)
#define MINUTE (60 * SECOND)
#define HOUR (60 * MINUTE)

static const struct {
    const char *word;
    unsigned bit;
    const char *text;
} two[] = {
    {"flash", DT_TWO_FOR_FLASH, N_("messages of FLASH precedence")},
    {"fires", DT_TWO_FOR_FIRES, N_("notices of own FIRES")},
    {"suspend", DT_TWO_FOR_SUSPEND, N_("suspending and leaving")},
};
enum { TWO = sizeof two / sizeof two[0] };

/* The next item of a list with commas between; false at its end or for one too long. */
static bool next_item(const char **at, char *out, size_t capacity)
{
    const size_t size = strcspn(*at, ",");
    if (size == 0 || size >= capacity) {
        return false;
    }
    memcpy(out, *at, size);
    out[size] = '\0';
    *at += size + ((*at)[size] == ',');
    return true;
}

static bool take_two(struct cli *c, struct dt_charter *charter)
{
    char word[16];
    const char *at = cli_option(c, "two-officers");
    bool good = at == NULL || *at != '\0';
    while (good && at != NULL && *at != '\0') {
        good = next_item(&at, word, sizeof word);
        bool found = false;
        for (size_t i = 0; good && i < TWO; i++) {
            if (strcmp(word, two[i].word) == 0) {
                charter->two_officers |= two[i].bit;
                found = true;
            }
        }
        good = good && found;
    }
    if (!good) {
        cli_usage(c, _("--two-officers is a list of flash, fires, suspend, commas between"));
    }
    return good;
}

/* "90", "90s", "15min", "2h"; without a unit it is `unit`. */
static bool duration(const char *text, int64_t unit, int64_t *out)
{
    const size_t digits = strspn(text, "0123456789");
    const char *suffix = text + digits;
    uint64_t number;
    unit = strcmp(suffix, "s") == 0     ? SECOND
           : strcmp(suffix, "min") == 0 ? MINUTE
           : strcmp(suffix, "h") == 0   ? HOUR
           : *suffix == '\0'            ? unit
                                        : 0;
    if (unit == 0 || digits == 0 || digits > 9 || dt_undecimal(&number, text, digits) != DT_OK) {
        return false;
    }
    *out = (int64_t)number * unit;
    return *out <= INT64_C(366) * 24 * HOUR;
}

/* Exactly what was agreed, in the largest unit that says it whole. */
static const char *words_of(int64_t ms)
{
    static char texts[4][32];
    static unsigned next;
    char *out = texts[next++ % 4];
    const bool hours = ms % HOUR == 0, minutes = ms % MINUTE == 0;
    snprintf(out, sizeof texts[0], hours ? _("%lld h") : minutes ? _("%lld min") : _("%lld s"),
             (long long)(ms / (hours ? HOUR : minutes ? MINUTE : SECOND)));
    return out;
}

static bool take_duration(struct cli *c, const char *name, int64_t unit, int64_t low, int64_t high,
                          int64_t *out)
{
    const char *text = cli_option(c, name);
    if (text == NULL) {
        return true;
    }
    if (!duration(text, unit, out) || *out < low || *out > high) {
        cli_usage(c, _("--%s: a number with s, min or h behind it, from %s to %s"), name,
                  words_of(low), words_of(high));
        return false;
    }
    return true;
}

static bool take_deadlines(struct cli *c, struct dt_charter *charter)
{
    char item[24];
    const char *at = cli_option(c, "deadlines");
    if (at == NULL) {
        return true;
    }
    bool good = true;
    for (int p = DT_FLASH; p >= DT_ROUTINE && good; p--) {
        good = next_item(&at, item, sizeof item) &&
               duration(item, MINUTE, &charter->ack_deadline_ms[p]);
    }
    if (!good || *at != '\0') {
        cli_usage(c, _("--deadlines is for FLASH, IMMEDIATE, PRIORITY, ROUTINE, as in "
                       "3min,15min,2h,12h"));
        return false;
    }
    return true;
}

static bool take_attempts(struct cli *c, struct dt_charter *charter)
{
    char item[24];
    uint64_t percent = 0, before = 0;
    const char *at = cli_option(c, "attempts");
    if (at == NULL) {
        return true;
    }
    for (size_t i = 0; i < DT_ATTEMPT_STEPS; i++) {
        before = percent;
        if (!next_item(&at, item, sizeof item) ||
            dt_undecimal(&percent, item, strlen(item)) != DT_OK || percent > 10000 ||
            percent < before) {
            at = "?";
            break;
        }
        charter->attempt_percent[i] = (unsigned)percent;
    }
    if (*at != '\0') {
        cli_usage(c, _("--attempts is %d numbers, ascending: hundredths of the deadline"),
                  DT_ATTEMPT_STEPS);
        return false;
    }
    return true;
}

/* "MOVEMENT=48h,FLIGHT=24h" */
static bool take_leads(struct cli *c, struct dt_charter *charter)
{
    char item[48];
    const char *at = cli_option(c, "lead");
    bool good = at == NULL || *at != '\0';
    while (good && at != NULL && *at != '\0') {
        good = next_item(&at, item, sizeof item);
        char *equals = good ? strchr(item, '=') : NULL;
        int category = 0;
        if (equals != NULL) {
            *equals = '\0';
            category = dt_category_find(item);
        }
        good = category > 0 && duration(equals + 1, HOUR, &charter->lead_ms[category]);
    }
    if (!good) {
        cli_usage(c, _("--lead is like MOVEMENT=48h,FLIGHT=24h: a category and how long before its "
                       "start"));
    }
    return good;
}

bool cli_take_watch_settings(struct cli *c, struct dt_charter *charter)
{
    return take_two(c, charter) &&
           take_duration(c, "test-period", SECOND, SECOND, 24 * HOUR, &charter->test_ms) &&
           take_duration(c, "watch-length", HOUR, MINUTE, 7 * 24 * HOUR, &charter->watch_ms) &&
           take_deadlines(c, charter) && take_attempts(c, charter) && take_leads(c, charter);
}

void cli_show_watch_settings(const struct dt_charter *charter)
{
    static const char *const steps[DT_ATTEMPT_STEPS] = {
        N_("the same desk"), N_("another path"),  N_("the deputy"),
        N_("the duty director"), N_("the guarantor"), N_("an intermediary")};
    for (size_t i = 0; i < TWO; i++) {
        if ((charter->two_officers & two[i].bit) != 0) {
            printf(_("  two officers release: %s\n"), _(two[i].text));
        }
    }
    if (charter->two_officers == 0) {
        puts(_("  one officer releases everything; lifting a check-fire takes two"));
    }
    printf(_("  to be acknowledged within: FLASH %s, IMMEDIATE %s, PRIORITY %s, ROUTINE %s\n"),
           words_of(charter->ack_deadline_ms[DT_FLASH]),
           words_of(charter->ack_deadline_ms[DT_IMMEDIATE]),
           words_of(charter->ack_deadline_ms[DT_PRIORITY]),
           words_of(charter->ack_deadline_ms[DT_ROUTINE]));
    for (size_t i = 0; i < DT_ATTEMPT_STEPS; i++) {
        printf(_("  when nobody answers, at %u %% of that time: %s\n"), charter->attempt_percent[i],
               _(steps[i]));
    }
    printf(_("  links are tested every %s; a watch lasts at most %s\n"),
           words_of(charter->test_ms), words_of(charter->watch_ms));
    for (int i = 1; i <= DT_CATEGORY_MAX; i++) {
        if (charter->lead_ms[i] > 0) {
            printf(_("  %s is notified %s before its start\n"), dt_category_name(i),
                   words_of(charter->lead_ms[i]));
        }
    }
}

bool cli_asks_two(const struct cli_line *line, const char *what)
{
    size_t i;
    json_t *word;
    json_array_foreach (json_object_get(line->info, "two_officers"), i, word) {
        if (json_is_string(word) && strcmp(json_string_value(word), what) == 0) {
            return true;
        }
    }
    return false;
}

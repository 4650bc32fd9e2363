/* SPDX-License-Identifier: ISC */
/*
 * Item D) of a NOTAM. Read only where every word is one of: DAILY, DLY, a day of the week, a
 * month, a day of it, a range of days, and hours like 0800-2200. All else leaves the whole
 * time from B) to C), which is more, never less.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/utc.h"
#include "cli/plan_text.h"
#include "geo/recur.h"

enum { DAYS = 31, WINDOWS = DT_NOTICE_VOLUMES_MAX, HOURS_SIZE = 10 };

struct hours {
    int from, until; /* minutes of the day; until may be 1440 */
};

struct dates {
    int64_t from_ms, until_ms; /* B) and C) */
    int year, month;           /* of what is read; month 0: not yet said */
    int first_month;
    struct { int year, month, day; } days[DAYS];
    size_t day_count;
    bool used; /* hours have been given for these days */
    struct dt_window windows[WINDOWS];
    size_t count;
};

/* The index of one of the words of three letters in `list`, or -1. */
static int one_of(const char *list, const char *word, size_t size)
{
    for (int i = 0; size == 3 && list[4 * i] != '\0'; i++) {
        if (strncmp(list + 4 * i, word, 3) == 0) {
            return i;
        }
    }
    return -1;
}

static const char months[] = "JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC ";
static const char weekdays[] = "MON TUE WED THU FRI SAT SUN ";

/* "0800-2200" */
static bool read_hours(struct hours *h, const char *word, size_t size)
{
    int value[2];
    if (size != 9 || word[4] != '-') {
        return false;
    }
    for (int i = 0; i < 2; i++) {
        const char *c = word + 5 * i;
        if (strspn(c, "0123456789") < 4) {
            return false;
        }
        value[i] = 600 * (c[0] - '0') + 60 * (c[1] - '0') + 10 * (c[2] - '0') + (c[3] - '0');
        if (c[2] > '5' || value[i] > 1440) {
            return false;
        }
    }
    *h = (struct hours){value[0], value[1]};
    return h->from < 1440;
}

/* --- dates --------------------------------------------------------------------------------------- */

static bool add_day(struct dates *d, int day)
{
    if (d->used) { /* the days before had their hours */
        d->day_count = 0;
        d->used = false;
    }
    if (d->month == 0 || day < 1 || day > 31 || d->day_count == DAYS) {
        return false;
    }
    d->days[d->day_count].year = d->year;
    d->days[d->day_count].month = d->month;
    d->days[d->day_count++].day = day;
    return true;
}

/* "16", "16-18" */
static bool read_days(struct dates *d, const char *word, size_t size)
{
    const size_t first = strspn(word, "0123456789");
    int from, until;
    if (first == 0 || first > 2) {
        return false;
    }
    from = until = (int)strtol(word, NULL, 10);
    if (size > first) {
        const size_t second = word[first] == '-' ? strspn(word + first + 1, "0123456789") : 0;
        if (second == 0 || second > 2 || size != first + 1 + second) {
            return false;
        }
        until = (int)strtol(word + first + 1, NULL, 10);
    }
    bool good = until >= from;
    for (int day = from; good && day <= until; day++) {
        good = add_day(d, day);
    }
    return good;
}

static bool read_month(struct dates *d, const char *word, size_t size)
{
    const int month = one_of(months, word, size) + 1;
    if (month == 0) {
        return false;
    }
    d->year += d->month > month; /* DEC 30, JAN 02 */
    d->month = month;
    return true;
}

static bool add_window(struct dates *d, int64_t from_ms, int64_t until_ms)
{
    if (from_ms < d->from_ms || until_ms > d->until_ms) {
        return false;
    }
    if (d->count > 0 && d->windows[d->count - 1].until_ms == from_ms) {
        d->windows[d->count - 1].until_ms = until_ms;
        return true;
    }
    if (d->count == WINDOWS) {
        return false;
    }
    d->windows[d->count++] = (struct dt_window){from_ms, until_ms};
    return true;
}

/* The hours on each of the days; over midnight where they end before they begin. */
static bool give_hours(struct dates *d, struct hours h)
{
    for (size_t i = 0; i < d->day_count; i++) {
        char utc[40];
        int64_t day_ms;
        snprintf(utc, sizeof utc, "%04d-%02d-%02dT00:00:00Z", d->days[i].year, d->days[i].month, d->days[i].day);
        if (dt_utc_parse(&day_ms, utc) != DT_OK) {
            return false;
        }
        const int64_t until = h.until > h.from ? h.until : h.until + 1440;
        if (!add_window(d, day_ms + h.from * INT64_C(60000), day_ms + until * INT64_C(60000))) {
            return false;
        }
    }
    d->used = d->day_count > 0;
    return d->used;
}

/* --- the item ---------------------------------------------------------------------------------------- */

/* "DAILY 0600-0900", "TUE 2200-0400": a schedule. */
static bool rule_of(char out[static 40], const char *item)
{
    struct hours h;
    const size_t size = strcspn(item, " \t\r\n");
    const char *rest = item + size + strspn(item + size, " \t\r\n");
    const int day = one_of(weekdays, item, size);
    const bool daily = (size == 5 && strncmp(item, "DAILY", 5) == 0) || (size == 3 && strncmp(item, "DLY", 3) == 0);
    const size_t left = strcspn(rest, " \t\r\n");
    if ((!daily && day < 0) || rest[left + strspn(rest + left, " \t\r\n")] != '\0' || !read_hours(&h, rest, left) ||
        h.from == h.until % 1440) {
        return false;
    }
    snprintf(out, 40, "%s%.*s %.2s:%.2sZ-%.2s:%.2sZ", daily ? "daily" : "weekly ", daily ? 0 : 3, item, rest, rest + 2,
             rest + 5, rest + 7);
    return true;
}

static bool windows_of(struct dates *d, const char *item)
{
    for (const char *at = item; *at != '\0';) {
        struct hours h;
        at += strspn(at, " \t\r\n,");
        const size_t size = strcspn(at, " \t\r\n,");
        if (size == 0) {
            break;
        }
        if (!(read_hours(&h, at, size) ? give_hours(d, h) : read_month(d, at, size) || read_days(d, at, size))) {
            return false;
        }
        at += size;
    }
    return d->count > 0 && d->used;
}

static json_t *times_of(const struct dates *d)
{
    json_t *windows = json_array();
    for (size_t i = 0; i < d->count; i++) {
        char from[DT_UTC_SIZE], until[DT_UTC_SIZE];
        dt_utc_text(from, d->windows[i].from_ms);
        dt_utc_text(until, d->windows[i].until_ms);
        json_array_append_new(windows, json_pack("[s, s]", from, until));
    }
    return windows;
}

bool dt_plan_notam_schedule(json_t *properties, const char *item, int64_t from_ms, int64_t until_ms)
{
    char rule[40], from[DT_UTC_SIZE];
    struct dates d = {.from_ms = from_ms, .until_ms = until_ms};
    if (rule_of(rule, item)) {
        json_object_set_new(properties, "schedule", json_string(rule));
        return true;
    }
    dt_utc_text(from, from_ms);
    d.year = (int)strtol(from, NULL, 10);
    if (!windows_of(&d, item)) {
        return false;
    }
    json_object_set_new(properties, "windows", times_of(&d));
    return true;
}

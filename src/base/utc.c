/* SPDX-License-Identifier: ISC */
#include "base/utc.h"

#include <stdio.h>
#include <string.h>

static const char months[] = "JANFEBMARAPRMAYJUNJULAUGSEPOCTNOVDEC";

/* Proleptic Gregorian calendar, days since 1970-01-01; March-based year so that
 * the leap day is the last of its year. */
static int64_t days_from_date(int64_t year, int month, int day)
{
    const int64_t y = month <= 2 ? year - 1 : year;
    const int64_t era = y / 400;
    const int64_t year_of_era = y - era * 400;
    const int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    return era * 146097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year -
           719468;
}

static void date_from_days(int64_t days, int *year, int *month, int *day)
{
    const int64_t z = days + 719468;
    const int64_t era = z / 146097;
    const int64_t doe = z - era * 146097;
    const int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    const int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    const int64_t mp = (5 * doy + 2) / 153;
    *day = (int)(doy - (153 * mp + 2) / 5 + 1);
    *month = (int)(mp < 10 ? mp + 3 : mp - 9);
    *year = (int)(yoe + era * 400 + (*month <= 2));
}

struct parts {
    int year, month, day, hour, minute, second, ms;
};

static struct parts split(int64_t ms)
{
    if (ms < 0) {
        ms = 0;
    }
    struct parts p;
    date_from_days(ms / 86400000, &p.year, &p.month, &p.day);
    const int64_t rest = ms % 86400000;
    p.hour = (int)(rest / 3600000);
    p.minute = (int)(rest / 60000 % 60);
    p.second = (int)(rest / 1000 % 60);
    p.ms = (int)(rest % 1000);
    if (p.year > 9999) {
        p = (struct parts){9999, 12, 31, 23, 59, 59, 999};
    }
    return p;
}

void dt_utc_text(char out[static DT_UTC_SIZE], int64_t ms)
{
    const struct parts p = split(ms);
    int n = snprintf(out, DT_UTC_SIZE, "%04d-%02d-%02dT%02d:%02d:%02d", p.year, p.month, p.day,
                     p.hour, p.minute, p.second);
    if (p.ms != 0) {
        n += snprintf(out + n, (size_t)(DT_UTC_SIZE - n), ".%03d", p.ms);
    }
    snprintf(out + n, (size_t)(DT_UTC_SIZE - n), "Z");
}

void dt_utc_short(char out[static DT_UTC_SIZE], int64_t ms)
{
    const struct parts p = split(ms);
    snprintf(out, DT_UTC_SIZE, "%04d-%02d-%02d %02d:%02dZ", p.year, p.month, p.day, p.hour,
             p.minute);
}

void dt_dtg_text(char out[static DT_DTG_SIZE], int64_t ms)
{
    const struct parts p = split(ms);
    snprintf(out, DT_DTG_SIZE, "%02d%02d%02dZ%.3s%02d", p.day, p.hour, p.minute,
             months + (size_t)(p.month - 1) * 3, p.year % 100);
}

/* Reads exactly `count` digits; -1 if there are fewer. */
static int digits(const char **at, int count)
{
    int value = 0;
    for (int i = 0; i < count; i++, (*at)++) {
        if (**at < '0' || **at > '9') {
            return -1;
        }
        value = value * 10 + (**at - '0');
    }
    return value;
}

static enum dt_err join(int64_t *ms, struct parts p)
{
    static const int length[13] = {0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    const int leap = (p.year % 4 == 0 && p.year % 100 != 0) || p.year % 400 == 0;
    if (p.year < 1970 || p.month < 1 || p.month > 12 || p.day < 1 ||
        p.day > length[p.month] + (p.month == 2 && leap) || p.hour < 0 || p.hour > 23 ||
        p.minute < 0 || p.minute > 59 || p.second < 0 || p.second > 59) {
        return DT_ERR_BAD_TIME;
    }
    *ms = (days_from_date(p.year, p.month, p.day) * 86400 + p.hour * 3600 + p.minute * 60 +
           p.second) * 1000 + p.ms;
    return DT_OK;
}

static enum dt_err parse_dtg(int64_t *ms, const char *text)
{
    struct parts p = {0};
    const char *at = text;
    p.day = digits(&at, 2);
    p.hour = digits(&at, 2);
    p.minute = digits(&at, 2);
    if (p.day < 0 || p.hour < 0 || p.minute < 0 || (*at != 'Z' && *at != 'z')) {
        return DT_ERR_BAD_TIME;
    }
    at++;
    for (int m = 0; m < 12 && p.month == 0; m++) {
        int same = 1;
        for (int i = 0; i < 3 && same; i++) {
            same = at[i] != '\0' && (at[i] & ~0x20) == months[m * 3 + i];
        }
        p.month = same ? m + 1 : 0;
    }
    if (p.month == 0) {
        return DT_ERR_BAD_TIME;
    }
    at += 3;
    const int year = digits(&at, 2);
    if (year < 0 || *at != '\0') {
        return DT_ERR_BAD_TIME;
    }
    p.year = year < 70 ? 2000 + year : 1900 + year;
    return join(ms, p);
}

enum dt_err dt_utc_parse(int64_t *ms, const char *text)
{
    struct parts p = {0};
    const char *at = text;
    p.year = digits(&at, 4);
    if (p.year < 0 || *at != '-') {
        return parse_dtg(ms, text);
    }
    at++;
    p.month = digits(&at, 2);
    if (p.month < 0 || *at++ != '-') {
        return DT_ERR_BAD_TIME;
    }
    p.day = digits(&at, 2);
    if (p.day < 0 || (*at != 'T' && *at != 't' && *at != ' ')) {
        return DT_ERR_BAD_TIME;
    }
    at++;
    p.hour = digits(&at, 2);
    if (p.hour < 0 || *at++ != ':') {
        return DT_ERR_BAD_TIME;
    }
    p.minute = digits(&at, 2);
    if (p.minute < 0) {
        return DT_ERR_BAD_TIME;
    }
    if (*at == ':') {
        at++;
        p.second = digits(&at, 2);
        if (p.second < 0) {
            return DT_ERR_BAD_TIME;
        }
        if (*at == '.') {
            at++;
            int scale = 100, count = 0;
            for (; *at >= '0' && *at <= '9' && count < 9; at++, count++, scale /= 10) {
                p.ms += (*at - '0') * scale;
            }
            if (count == 0) {
                return DT_ERR_BAD_TIME;
            }
        }
    }
    if ((*at != 'Z' && *at != 'z') || at[1] != '\0') {
        return DT_ERR_BAD_TIME;
    }
    return join(ms, p);
}

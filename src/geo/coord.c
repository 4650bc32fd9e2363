/* SPDX-License-Identifier: ISC */
#include "geo/coord.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "geo/math.h"
#include "geo/mgrs.h"
#include "geo/utm.h"

static unsigned magnitude(int32_t v)
{
    return v < 0 ? 0u - (unsigned)v : (unsigned)v;
}

void dt_coord_decimal(char out[static DT_COORD_SIZE], struct dt_point point)
{
    const unsigned lat = magnitude(point.lat_e7);
    const unsigned lon = magnitude(point.lon_e7);
    snprintf(out, DT_COORD_SIZE, "%02u.%07u%c %03u.%07u%c", lat / 10000000, lat % 10000000,
             point.lat_e7 < 0 ? 'S' : 'N', lon / 10000000, lon % 10000000,
             point.lon_e7 < 0 ? 'W' : 'E');
}

/* 1e-7 degree is 3.6 units of 1e-4 second: rounding there and back is exact. */
static int put_dms(char *out, size_t size, int32_t value, int width, char letter)
{
    const uint64_t units = ((uint64_t)magnitude(value) * 36 + 5) / 10;
    const unsigned second = (unsigned)(units / 10000 % 60);
    const unsigned minute = (unsigned)(units / 600000 % 60);
    const unsigned degree = (unsigned)(units / 36000000);
    return snprintf(out, size, "%0*u\u00b0%02u'%02u.%04u\"%c", width, degree, minute, second,
                    (unsigned)(units % 10000), letter);
}

void dt_coord_dms(char out[static DT_COORD_SIZE], struct dt_point point)
{
    const int n = put_dms(out, DT_COORD_SIZE - 1, point.lat_e7, 2, point.lat_e7 < 0 ? 'S' : 'N');
    out[n] = ' ';
    put_dms(out + n + 1, (size_t)(DT_COORD_SIZE - n - 1), point.lon_e7, 3,
            point.lon_e7 < 0 ? 'W' : 'E');
}

enum dt_err dt_coord_mgrs(char out[static DT_COORD_SIZE], struct dt_point point, unsigned digits)
{
    out[0] = '\0';
    return dt_mgrs_text(out, DT_COORD_SIZE, point, digits);
}

enum dt_err dt_coord_utm(char out[static DT_COORD_SIZE], struct dt_point point)
{
    struct dt_utm utm;
    out[0] = '\0';
    const enum dt_err err = dt_utm_from_point(&utm, point);
    if (err == DT_OK) {
        const int64_t e = dt_round(utm.easting * 100.0);
        const int64_t n = dt_round(utm.northing * 100.0);
        snprintf(out, DT_COORD_SIZE, "%02d%c %06lld.%02lld %07lld.%02lld", utm.zone, utm.band,
                 (long long)(e / 100), (long long)(e % 100), (long long)(n / 100),
                 (long long)(n % 100));
    }
    return err;
}

/* --- angles in ----------------------------------------------------------- */

enum { NUMBERS = 6 };

/* What stands in the text, in order: numbers, what marks follow them, letters. */
struct tokens {
    int64_t value[NUMBERS]; /* 1e-9 */
    bool fraction[NUMBERS];
    bool negative[NUMBERS];
    bool sign[NUMBERS];
    int mark[NUMBERS]; /* 0 none, 1 degree, 2 minute, 3 second */
    int numbers;
    char letter[2];
    int letter_at[2]; /* how many numbers stand before it */
    int letters;
    int comma; /* how many numbers stand before it; 0 if there is none */
};

static const char *read_number(struct tokens *t, const char *at)
{
    if (t->numbers == NUMBERS) {
        return NULL;
    }
    const int i = t->numbers++;
    t->sign[i] = *at == '-' || *at == '+';
    t->negative[i] = *at == '-';
    at += t->sign[i] ? 1 : 0;
    int digits = 0;
    for (; *at >= '0' && *at <= '9' && digits <= 3; at++, digits++) {
        t->value[i] = t->value[i] * 10 + (*at - '0');
    }
    if (digits == 0 || digits > 3) {
        return NULL;
    }
    t->value[i] *= 1000000000;
    if (*at == '.') {
        t->fraction[i] = true;
        int64_t unit = 100000000;
        const char *first = ++at;
        for (; *at >= '0' && *at <= '9'; at++, unit /= 10) {
            t->value[i] += (*at - '0') * unit; /* digits past the ninth count nothing */
        }
        if (at == first) {
            return NULL;
        }
    }
    return at;
}

/* Degree, minute and second marks, typewriter and typographic; 0 if `at` has none. */
static int read_mark(const char **at)
{
    static const struct {
        const char *text;
        int mark;
    } marks[] = {{"\u00b0", 1}, {"\u00ba", 1}, {"''", 3},    {"\"", 3},
                 {"\u2033", 3}, {"'", 2},      {"\u2032", 2}};
    for (size_t i = 0; i < sizeof marks / sizeof marks[0]; i++) {
        const size_t size = strlen(marks[i].text);
        if (strncmp(*at, marks[i].text, size) == 0) {
            *at += size;
            return marks[i].mark;
        }
    }
    return 0;
}

static bool read_letter(struct tokens *t, char c)
{
    if (t->letters == 2) {
        return false;
    }
    t->letter[t->letters] = (char)(c & ~0x20);
    t->letter_at[t->letters++] = t->numbers;
    return true;
}

static bool read_tokens(struct tokens *t, const char *at)
{
    while (*at != '\0') {
        if ((*at >= '0' && *at <= '9') || *at == '-' || *at == '+') {
            at = read_number(t, at);
            if (at == NULL) {
                return false;
            }
        } else if (strchr("NnSsEeWw", *at) != NULL) {
            if (!read_letter(t, *at++)) {
                return false;
            }
        } else if (*at == ' ') {
            at++;
        } else if (*at == ',' || *at == ';') {
            if (t->comma != 0 || t->numbers == 0) {
                return false;
            }
            t->comma = t->numbers;
            at++;
        } else if (*at == ':') {
            if (t->numbers == 0 || at[1] < '0' || at[1] > '9') {
                return false;
            }
            at++;
        } else {
            const int mark = read_mark(&at);
            if (mark == 0 || t->numbers == 0 || t->mark[t->numbers - 1] != 0) {
                return false;
            }
            t->mark[t->numbers - 1] = mark;
        }
    }
    return true;
}

/* Numbers first..last-1 as one angle in 1e-7 degree. */
static enum dt_err angle(const struct tokens *t, int first, int last, char letter, int64_t *out)
{
    if (last - first < 1 || last - first > 3) {
        return DT_ERR_BAD_TEXT;
    }
    int64_t total = 0; /* 1e-9 second */
    int64_t weight = 3600;
    for (int i = first; i < last; i++, weight /= 60) {
        const bool misplaced = (t->mark[i] != 0 && t->mark[i] != i - first + 1) ||
                               (t->fraction[i] && i + 1 < last) || (t->sign[i] && i > first) ||
                               (t->sign[i] && letter != '\0');
        if (misplaced) {
            return DT_ERR_BAD_TEXT;
        }
        if (i > first && t->value[i] >= INT64_C(60000000000)) {
            return DT_ERR_BAD_COORDINATE;
        }
        total += t->value[i] * weight;
    }
    const int64_t e7 = (total + 180000) / 360000;
    *out = t->negative[first] || letter == 'S' || letter == 'W' ? -e7 : e7;
    return DT_OK;
}

static enum dt_err parse_angles(struct dt_point *point, const char *text)
{
    struct tokens t = {0};
    if (!read_tokens(&t, text) || t.letters == 1) {
        return DT_ERR_BAD_TEXT;
    }
    const bool lettered = t.letters == 2;
    const bool prefix = lettered && t.letter_at[0] == 0;
    const int split = !lettered ? t.numbers / 2 : t.letter_at[prefix ? 1 : 0];
    const int end = lettered && !prefix ? t.letter_at[1] : t.numbers;
    if (end != t.numbers || (!lettered && t.numbers % 2 != 0) ||
        (t.comma != 0 && t.comma != split)) {
        return DT_ERR_BAD_TEXT;
    }
    const bool lon_first = lettered && (t.letter[0] == 'E' || t.letter[0] == 'W');
    const bool lon_second = !lettered || t.letter[1] == 'E' || t.letter[1] == 'W';
    if (lon_first == lon_second) {
        return DT_ERR_BAD_TEXT; /* two latitudes or two longitudes */
    }
    int64_t value[2];
    enum dt_err err = angle(&t, 0, split, t.letter[0], &value[0]);
    err = err == DT_OK ? angle(&t, split, t.numbers, t.letter[1], &value[1]) : err;
    if (err != DT_OK) {
        return err;
    }
    const int64_t lat = value[lon_first ? 1 : 0];
    const int64_t lon = value[lon_first ? 0 : 1];
    if (lat < -DT_LAT_MAX_E7 || lat > DT_LAT_MAX_E7 || lon < -DT_LON_MAX_E7 ||
        lon > DT_LON_MAX_E7) {
        return DT_ERR_BAD_COORDINATE;
    }
    *point = (struct dt_point){(int32_t)lat, (int32_t)lon};
    return DT_OK;
}

enum dt_err dt_coord_parse(struct dt_point *point, uint32_t *square_mm, const char *text)
{
    if (strnlen(text, DT_COORD_TEXT_MAX + 1) > DT_COORD_TEXT_MAX) {
        return DT_ERR_BAD_TEXT;
    }
    *square_mm = 0;
    return dt_mgrs_looks_like(text) ? dt_mgrs_parse(point, square_mm, text)
                                    : parse_angles(point, text);
}

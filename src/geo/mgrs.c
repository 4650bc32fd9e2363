/* SPDX-License-Identifier: ISC */
#include "geo/mgrs.h"

#include <stdio.h>
#include <string.h>

#include "geo/math.h"
#include "geo/utm.h"

static const char columns[] = "ABCDEFGHJKLMNPQRSTUVWXYZ"; /* eight a zone, three sets */
static const char rows[] = "ABCDEFGHJKLMNPQRSTUV";        /* twenty, every 2,000 km */

enum { SQUARE = 100000, ROWS = 20 };

static int row_shift(int zone)
{
    return zone % 2 == 0 ? 5 : 0;
}

enum dt_err dt_mgrs_text(char *out, size_t size, struct dt_point point, unsigned digits)
{
    static const int64_t unit[6] = {100000, 10000, 1000, 100, 10, 1};
    struct dt_utm utm;
    if (digits > 5) {
        return DT_ERR_BAD_VALUE;
    }
    const enum dt_err err = dt_utm_from_point(&utm, point);
    if (err != DT_OK) {
        return err;
    }
    int64_t easting = (int64_t)utm.easting; /* the square is named by its south-west corner */
    int64_t northing = (int64_t)utm.northing;
    northing = northing > 9999999 ? 9999999 : northing; /* a hair south of the equator */
    const int64_t column = easting / SQUARE - 1;
    const int64_t row = (northing / SQUARE + row_shift(utm.zone)) % ROWS;
    const int n = snprintf(out, size, "%02d%c%c%c", utm.zone, utm.band,
                           columns[(utm.zone - 1) % 3 * 8 + (int)column], rows[row]);
    easting = easting % SQUARE / unit[digits];
    northing = northing % SQUARE / unit[digits];
    if (digits > 0) {
        snprintf(out + n, size - (size_t)n, "%0*lld%0*lld", (int)digits, (long long)easting,
                 (int)digits, (long long)northing);
    }
    return DT_OK;
}

static char upper(char c)
{
    return c >= 'a' && c <= 'z' ? (char)(c - 32) : c;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
    return upper(c) >= 'A' && upper(c) <= 'Z';
}

static const char *skip_blanks(const char *at)
{
    while (*at == ' ') {
        at++;
    }
    return at;
}

/* Zone and band; NULL if the text does not begin with them. */
static const char *read_zone(const char *at, struct dt_utm *utm)
{
    at = skip_blanks(at);
    utm->zone = 0;
    int digits = 0;
    for (; is_digit(*at) && digits < 3; at++, digits++) {
        utm->zone = utm->zone * 10 + (*at - '0');
    }
    if (digits == 0 || digits > 2 || !is_letter(*at)) {
        return NULL;
    }
    utm->band = upper(*at);
    return at + 1;
}

bool dt_mgrs_looks_like(const char *text)
{
    struct dt_utm utm;
    const char *at = read_zone(text, &utm);
    if (at == NULL) {
        return false;
    }
    const char *next = skip_blanks(at);
    if (is_letter(next[0]) && is_letter(next[1])) {
        return true;
    }
    /* "37S 281071 ..." is UTM; "37S 28E" and "37N 28 E" are angles. */
    int digits = 0;
    while (is_digit(next[digits]) && digits < 4) {
        digits++;
    }
    return next > at && digits == 4;
}

/* Digits with an optional fraction of up to three; -1 if there are none. */
static double read_metres(const char **at)
{
    int64_t mm = 0;
    int digits = 0;
    for (; is_digit(**at) && digits < 9; (*at)++, digits++) {
        mm = mm * 10 + (**at - '0');
    }
    mm *= 1000;
    if (digits > 0 && **at == '.') {
        (*at)++;
        for (int unit = 100; is_digit(**at); (*at)++, unit /= 10) {
            mm += (**at - '0') * unit;
        }
    }
    return digits > 0 ? (double)mm / 1000.0 : -1.0;
}

static enum dt_err parse_utm(struct dt_point *point, struct dt_utm *utm, const char *at)
{
    utm->easting = read_metres(&at);
    if (utm->easting < 0.0 || (*at != ' ' && *at != ',')) {
        return DT_ERR_BAD_TEXT;
    }
    at = skip_blanks(at + 1);
    utm->northing = read_metres(&at);
    if (utm->northing < 0.0 || *skip_blanks(at) != '\0') {
        return DT_ERR_BAD_TEXT;
    }
    return dt_utm_to_point(point, utm, 1.0);
}

/* The digits of easting and northing: together and even in number, or apart and
 * equally many. Returns how many each has, -1 if that does not hold. */
static int read_square(const char *at, int64_t *easting, int64_t *northing)
{
    char digit[10];
    int count = 0;
    int blank_after = 0;
    at = skip_blanks(at);
    for (; *at != '\0'; at++) {
        if (*at == ' ') {
            const char *next = skip_blanks(at);
            if (*next == '\0') {
                break;
            }
            if (blank_after != 0) {
                return -1;
            }
            blank_after = count;
            at = next - 1;
        } else if (is_digit(*at) && count < 10) {
            digit[count++] = *at;
        } else {
            return -1;
        }
    }
    if (count % 2 != 0 || (blank_after != 0 && blank_after != count / 2)) {
        return -1;
    }
    *easting = *northing = 0;
    for (int i = 0; i < count / 2; i++) {
        *easting = *easting * 10 + (digit[i] - '0');
        *northing = *northing * 10 + (digit[count / 2 + i] - '0');
    }
    return count / 2;
}

enum dt_err dt_mgrs_parse(struct dt_point *point, uint32_t *square_mm, const char *text)
{
    static const int64_t unit[6] = {100000, 10000, 1000, 100, 10, 1};
    struct dt_utm utm;
    const char *at = read_zone(text, &utm);
    if (at == NULL) {
        return DT_ERR_BAD_TEXT;
    }
    at = skip_blanks(at);
    if (is_digit(*at)) {
        return parse_utm(point, &utm, at);
    }
    const char *column = *at != '\0' ? strchr(columns, upper(*at)) : NULL;
    const char *row = column != NULL && at[1] != '\0' ? strchr(rows, upper(at[1])) : NULL;
    int64_t easting;
    int64_t northing;
    const int digits = row != NULL ? read_square(at + 2, &easting, &northing) : -1;
    if (digits < 0) {
        return DT_ERR_BAD_TEXT;
    }
    const int index = (int)(column - columns) - (utm.zone + 2) % 3 * 8;
    if (utm.zone < 1 || utm.zone > 60 || index < 0 || index > 7) {
        return DT_ERR_BAD_COORDINATE;
    }
    const double half = (double)unit[digits] * 0.5;
    const int64_t start = ((row - rows) + ROWS - row_shift(utm.zone)) % ROWS * SQUARE;
    utm.easting = (double)((index + 1) * (int64_t)SQUARE + easting * unit[digits]) + half;
    *square_mm = (uint32_t)(unit[digits] * 1000);
    /* Rows repeat every 2,000 km; a band is less than 1,400 km high. */
    for (int64_t k = 0; k < 5; k++) {
        utm.northing = (double)(start + k * ROWS * SQUARE + northing * unit[digits]) + half;
        if (dt_utm_to_point(point, &utm, 2.0 * half) == DT_OK) {
            return DT_OK;
        }
    }
    return DT_ERR_BAD_COORDINATE;
}

/* SPDX-License-Identifier: ISC */
/*
 * utc - milliseconds since 1970-01-01T00:00Z (leap seconds not counted, as in
 * POSIX) to and from text. The only zone is Z: a local time is refused, not
 * guessed. Years 1970 to 9999. Pure: no clock is read here.
 */
#ifndef DT_BASE_UTC_H
#define DT_BASE_UTC_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

enum { DT_UTC_SIZE = 32, DT_DTG_SIZE = 16 };

/* "2026-02-26T14:00:00Z"; with milliseconds ("...:00.250Z") when there are any. */
void dt_utc_text(char out[static DT_UTC_SIZE], int64_t ms);

/* "2026-02-26 14:00Z": for people, to the minute. */
void dt_utc_short(char out[static DT_UTC_SIZE], int64_t ms);

/* ACP 121 date-time group, "261400ZFEB26". */
void dt_dtg_text(char out[static DT_DTG_SIZE], int64_t ms);

/* RFC 3339 with Z ("2026-02-26T14:00Z" to "...:00.123Z"; lower-case t, z and a
 * blank for T are accepted) or a date-time group. BAD_TIME otherwise: a missing
 * zone is an error, since half of all misread times are local ones. */
DT_MUST_USE enum dt_err dt_utc_parse(int64_t *ms, const char *text);

#endif

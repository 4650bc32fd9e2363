/* SPDX-License-Identifier: ISC */
/*
 * csv - rows of a comma-separated file (RFC 4180), strictly: UTF-8 without control
 * characters, commas, rows ended by CRLF or LF (the last may be open), a quote only round a
 * whole field and doubled inside. What a spreadsheet might have guessed is refused.
 */
#ifndef DT_CLI_CSV_H
#define DT_CLI_CSV_H

#include <stdbool.h>
#include <stddef.h>

#include "base/bytes.h"
#include "base/err.h"

enum { DT_CSV_FIELDS = 40, DT_CSV_ROW = 16384 };

struct dt_csv {
    struct dt_span text; /* borrowed */
    size_t at;
    char separator; /* a comma; a semicolon if the caller says so after opening */
    size_t row; /* of the row read last, from 1 */
};

struct dt_csv_row {
    char memory[DT_CSV_ROW]; /* the fields, each with its NUL */
    const char *field[DT_CSV_FIELDS];
    size_t count; /* 0: no more rows */
};

/* BAD_UTF8, or BAD_TEXT for a control character or a byte order mark. */
DT_MUST_USE enum dt_err dt_csv_open(struct dt_csv *csv, struct dt_span text);
/* BAD_TEXT for a quote where none may be, TRUNCATED where one is missing, TOO_LARGE for
 * more fields or bytes than a row has room for. */
DT_MUST_USE enum dt_err dt_csv_next(struct dt_csv *csv, struct dt_csv_row *row);

#endif

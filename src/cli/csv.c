/* SPDX-License-Identifier: ISC */
#include "cli/csv.h"

#include <string.h>

#include "base/text.h"
#include "base/try.h"

enum dt_err dt_csv_open(struct dt_csv *csv, struct dt_span text)
{
    *csv = (struct dt_csv){.text = text, .separator = ','};
    if (!dt_utf8_valid(text)) {
        return DT_ERR_BAD_UTF8;
    }
    if (text.size >= 3 && memcmp(text.data, "\xef\xbb\xbf", 3) == 0) {
        return DT_ERR_BAD_TEXT;
    }
    for (size_t i = 0; i < text.size; i++) {
        const uint8_t c = text.data[i];
        const bool ends = c == '\n' || (c == '\r' && i + 1 < text.size && text.data[i + 1] == '\n');
        if ((c < 0x20 && !ends) || c == 0x7f) {
            return DT_ERR_BAD_TEXT;
        }
    }
    return DT_OK;
}

static bool peek(const struct dt_csv *csv, char c)
{
    return csv->at < csv->text.size && csv->text.data[csv->at] == (uint8_t)c;
}

static bool put(struct dt_csv_row *row, size_t *used, uint8_t c)
{
    if (*used >= sizeof row->memory) {
        return false;
    }
    row->memory[(*used)++] = (char)c;
    return true;
}

/* After the opening quote, to the one that closes. */
static enum dt_err quoted(struct dt_csv *csv, struct dt_csv_row *row, size_t *used)
{
    for (;;) {
        if (csv->at >= csv->text.size) {
            return DT_ERR_TRUNCATED;
        }
        const uint8_t c = csv->text.data[csv->at++];
        if (c == '"' && !peek(csv, '"')) {
            return DT_OK;
        }
        csv->at += c == '"';
        if (!put(row, used, c)) {
            return DT_ERR_TOO_LARGE;
        }
    }
}

static bool field_ends(const struct dt_csv *csv)
{
    return csv->at >= csv->text.size || peek(csv, csv->separator) || peek(csv, '\n') || peek(csv, '\r');
}

static enum dt_err field(struct dt_csv *csv, struct dt_csv_row *row, size_t *used)
{
    if (row->count == DT_CSV_FIELDS) {
        return DT_ERR_TOO_LARGE;
    }
    row->field[row->count++] = row->memory + *used;
    if (peek(csv, '"')) {
        csv->at++;
        DT_TRY(quoted(csv, row, used));
        if (!field_ends(csv)) {
            return DT_ERR_BAD_TEXT;
        }
    }
    while (!field_ends(csv)) {
        const uint8_t c = csv->text.data[csv->at++];
        if (c == '"') {
            return DT_ERR_BAD_TEXT;
        }
        if (!put(row, used, c)) {
            return DT_ERR_TOO_LARGE;
        }
    }
    return put(row, used, 0) ? DT_OK : DT_ERR_TOO_LARGE;
}

enum dt_err dt_csv_next(struct dt_csv *csv, struct dt_csv_row *row)
{
    size_t used = 0;
    row->count = 0;
    if (csv->at >= csv->text.size) {
        return DT_OK;
    }
    csv->row++;
    DT_TRY(field(csv, row, &used));
    while (peek(csv, csv->separator)) {
        csv->at++;
        DT_TRY(field(csv, row, &used));
    }
    csv->at += peek(csv, '\r');
    csv->at += peek(csv, '\n');
    return DT_OK;
}

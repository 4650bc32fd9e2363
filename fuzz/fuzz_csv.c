/* SPDX-License-Identifier: ISC */
/* Rows of any bytes end, stay in their memory, and written again read the same. */
#include <stdlib.h>
#include <string.h>

#include "cli/csv.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
    if (!holds) {
        abort();
    }
}

/* Every field in quotes. */
static size_t write_row(char *out, const struct dt_csv_row *row)
{
    size_t n = 0;
    for (size_t i = 0; i < row->count; i++) {
        if (i > 0) {
            out[n++] = ',';
        }
        out[n++] = '"';
        for (const char *c = row->field[i]; *c != '\0'; c++) {
            if (*c == '"') {
                out[n++] = '"';
            }
            out[n++] = *c;
        }
        out[n++] = '"';
    }
    return n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct dt_csv_row row, again;
    static char text[2 * DT_CSV_ROW + 4 * DT_CSV_FIELDS];
    struct dt_csv csv, second;
    if (dt_csv_open(&csv, dt_span(data, size)) != DT_OK) {
        return 0;
    }
    while (dt_csv_next(&csv, &row) == DT_OK && row.count > 0) {
        const size_t written = write_row(text, &row);
        must(dt_csv_open(&second, dt_span(text, written)) == DT_OK);
        must(dt_csv_next(&second, &again) == DT_OK && again.count == row.count);
        for (size_t i = 0; i < row.count; i++) {
            must(row.field[i] >= row.memory && row.field[i] < row.memory + sizeof row.memory);
            must(strcmp(row.field[i], again.field[i]) == 0);
        }
    }
    return 0;
}

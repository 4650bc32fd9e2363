/* SPDX-License-Identifier: ISC */
/* The two parts of a notice (notice.h); its life is in life.c. */
#include "view/notice.h"

#include <string.h>
#include <strings.h>

#include "geo/cells.h"
#include "log/fields.h"

/* --- names ------------------------------------------------------------------------- */

const char *dt_category_name(int64_t code)
{
    switch (code) {
#define X(name, number, text) \
    case number:              \
        return text;
        DT_CATEGORIES(X)
#undef X
    default:
        return "?";
    }
}

const char *dt_detail_name(int64_t number)
{
    switch (number) {
#define X(name, code, text) \
    case code:              \
        return text;
        DT_DETAILS(X)
#undef X
    default:
        return "?";
    }
}

const char *dt_request_name(int64_t code)
{
    switch (code) {
#define X(name, number, text) \
    case number:              \
        return text;
        DT_REQUESTS(X)
#undef X
    default:
        return "?";
    }
}

int dt_category_find(const char *name)
{
    for (int code = 1; code <= DT_CATEGORY_MAX; code++) {
        if (strcasecmp(dt_category_name(code), name) == 0) {
            return code;
        }
    }
    return 0;
}

int dt_request_find(const char *name)
{
    for (int code = 1; code <= DT_REQUEST_MAX; code++) {
        if (strcasecmp(dt_request_name(code), name) == 0) {
            return code;
        }
    }
    return 0;
}

const char *dt_datum_name(int64_t datum)
{
    return datum == DT_DATUM_SURFACE ? "SFC"
           : datum == DT_DATUM_AMSL  ? "AMSL"
           : datum == DT_DATUM_WGS84 ? "WGS84"
           : datum == DT_DATUM_LEVEL ? "FL"
                                     : "?";
}

/* --- clear part ------------------------------------------------------------------------ */

enum dt_err dt_body_notice_encode(uint8_t *out, size_t capacity, size_t *size,
                                  const struct dt_body_notice *b)
{
    struct dt_writer w = dt_writer(out, capacity < DT_BODY_MAX ? capacity : DT_BODY_MAX);
    struct dt_body_notice read;
    if (b->cell_count > DT_NOTICE_CELLS_MAX) {
        return DT_ERR_BAD_VALUE;
    }
    dt_cbor_put_map(&w, 6u + b->has_amended + (b->source[0] != '\0'));
    if (b->has_amended) {
        dt_cbor_put_uint(&w, 1);
        dt_put_ref(&w, &b->amended);
    }
    dt_cbor_put_uint(&w, 4);
    dt_cbor_put_uint(&w, (uint64_t)b->category);
    dt_cbor_put_uint(&w, 5);
    dt_cbor_put_uint(&w, (uint64_t)b->request);
    dt_cbor_put_uint(&w, 6);
    dt_cbor_put_array(&w, b->cell_count);
    for (size_t i = 0; i < b->cell_count; i++) {
        dt_cbor_put_uint(&w, b->cells[i]);
    }
    dt_cbor_put_uint(&w, 7);
    dt_cbor_put_int(&w, b->start_ms);
    dt_cbor_put_uint(&w, 8);
    dt_cbor_put_int(&w, b->end_ms);
    if (b->source[0] != '\0') {
        dt_cbor_put_uint(&w, 9);
        dt_cbor_put_string(&w, b->source);
    }
    dt_cbor_put_uint(&w, 10);
    dt_cbor_put_bool(&w, b->movement);
    if (w.overflowed) {
        return DT_ERR_TOO_LARGE;
    }
    DT_TRY(dt_body_notice_decode(&read, dt_written(&w)));
    *size = w.size;
    return DT_OK;
}

enum dt_err dt_body_notice_cells(struct dt_body_notice *out, struct dt_span body)
{
    struct dt_cbor c = dt_cbor_need(body, 6);
    out->cell_count = dt_cbor_array(&c, 0, DT_NOTICE_CELLS_MAX);
    for (size_t i = 0; i < out->cell_count; i++) {
        out->cells[i] = (uint32_t)dt_cbor_uint(&c, DT_CELL_ROWS * DT_CELL_COLUMNS - 1);
    }
    return dt_cbor_error(&c);
}

static enum dt_err read_window(struct dt_span map, int64_t *start, int64_t *end)
{
    DT_TRY(dt_field_int(map, 7, 0, INT64_MAX, start));
    DT_TRY(dt_field_int(map, 8, 0, INT64_MAX, end));
    if (*start > DT_TIME_MAX_MS || *end > DT_TIME_MAX_MS) {
        return DT_ERR_BAD_TIME;
    }
    return *start < *end ? DT_OK : DT_ERR_END_BEFORE_START;
}

enum dt_err dt_body_notice_decode(struct dt_body_notice *out, struct dt_span body)
{
    uint64_t code = 0;
    DT_TRY(dt_body_map(body));
    memset(out, 0, sizeof *out);
    out->has_amended = dt_field_has(body, 1);
    if (out->has_amended) {
        DT_TRY(dt_field_ref(body, 1, &out->amended));
    }
    DT_TRY(dt_field_uint(body, 4, 1, DT_CATEGORY_MAX, &code));
    out->category = (enum dt_category)code;
    DT_TRY(dt_field_uint(body, 5, 1, DT_REQUEST_MAX, &code));
    out->request = (enum dt_request)code;
    DT_TRY(dt_body_notice_cells(out, body));
    DT_TRY(read_window(body, &out->start_ms, &out->end_ms));
    if (dt_field_has(body, 9)) {
        DT_TRY(dt_field_text(body, 9, out->source, DT_TEXT_MAX));
    }
    struct dt_cbor c = dt_cbor_need(body, 10);
    out->movement = dt_cbor_bool(&c);
    return dt_cbor_error(&c);
}

/* SPDX-License-Identifier: ISC */
#include "base/bytes.h"

#include <assert.h>
#include <string.h>

void dt_read_copy(struct dt_reader *r, void *out, size_t size)
{
    const struct dt_span span = dt_read_span(r, size);
    memset(out, 0, size);
    if (span.size > 0) {
        memcpy(out, span.data, span.size);
    }
}

enum dt_err dt_read_line(struct dt_reader *r, struct dt_span *line)
{
    const uint8_t *end = r->left == 0 ? NULL : memchr(r->at, '\n', r->left);
    if (end == NULL) {
        return DT_ERR_TRUNCATED;
    }
    *line = dt_read_span(r, (size_t)(end - r->at));
    dt_read_u8(r);
    return DT_OK;
}

static uint64_t read_be(struct dt_reader *r, size_t size)
{
    const struct dt_span span = dt_read_span(r, size);
    uint64_t value = 0;
    for (size_t i = 0; i < span.size; i++) {
        value = value << 8 | span.data[i];
    }
    return value;
}

uint16_t dt_read_u16(struct dt_reader *r)
{
    return (uint16_t)read_be(r, 2);
}

uint32_t dt_read_u32(struct dt_reader *r)
{
    return (uint32_t)read_be(r, 4);
}

uint64_t dt_read_u64(struct dt_reader *r)
{
    return read_be(r, 8);
}

uint64_t dt_read_varint(struct dt_reader *r)
{
    if (r->err != DT_OK || r->left == 0) {
        dt_read_span(r, 1);
        return 0;
    }
    const unsigned log2 = r->at[0] >> 6;
    const size_t size = (size_t)1 << log2;
    const uint64_t value = read_be(r, size) & (UINT64_MAX >> (64 - (8 * size - 2)));
    if (r->err == DT_OK && dt_varint_size(value) != size) {
        r->err = DT_ERR_NOT_CANONICAL;
        return 0;
    }
    return value;
}

enum dt_err dt_reader_end(const struct dt_reader *r)
{
    if (r->err != DT_OK) {
        return r->err;
    }
    return r->left == 0 ? DT_OK : DT_ERR_TRAILING;
}

static void write_be(struct dt_writer *w, uint64_t value, size_t size)
{
    uint8_t bytes[8];
    for (size_t i = 0; i < size; i++) {
        bytes[i] = (uint8_t)(value >> (8 * (size - 1 - i)));
    }
    dt_write_bytes(w, bytes, size);
}

void dt_write_u16(struct dt_writer *w, uint16_t value)
{
    write_be(w, value, 2);
}

void dt_write_u32(struct dt_writer *w, uint32_t value)
{
    write_be(w, value, 4);
}

void dt_write_u64(struct dt_writer *w, uint64_t value)
{
    write_be(w, value, 8);
}

size_t dt_varint_size(uint64_t value)
{
    return value < 1u << 6 ? 1 : value < 1u << 14 ? 2 : value < 1u << 30 ? 4 : 8;
}

void dt_write_varint(struct dt_writer *w, uint64_t value)
{
    assert(value < (uint64_t)1 << 62);
    const size_t size = dt_varint_size(value);
    const uint64_t log2 = size == 1 ? 0 : size == 2 ? 1 : size == 4 ? 2 : 3;
    write_be(w, value | log2 << (8 * size - 2), size);
}

struct dt_span dt_written(const struct dt_writer *w)
{
    return dt_span(w->data, w->overflowed ? 0 : w->size);
}

/* SPDX-License-Identifier: ISC */
/*
 * bytes - spans, a bounded reader and a bounded writer.
 *
 * Reader and writer fail once and stay failed: a caller decodes a whole
 * structure, then asks once. A failed read yields zeros and never touches
 * memory outside the span. All integers are big-endian; varints are those of
 * RFC 9000 section 16, minimal form enforced.
 *
 * Ownership: nothing here allocates; spans are borrowed. Pure.
 */
#ifndef DT_BASE_BYTES_H
#define DT_BASE_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/err.h"

/* Borrowed bytes. `data` may be NULL only when `size` is 0. */
struct dt_span {
    const uint8_t *data;
    size_t size;
};

static inline struct dt_span dt_span(const void *data, size_t size)
{
    return (struct dt_span){(const uint8_t *)data, size};
}

/* Not constant time. */
static inline bool dt_span_equal(struct dt_span a, struct dt_span b)
{
    return a.size == b.size && (a.size == 0 || memcmp(a.data, b.data, a.size) == 0);
}

struct dt_reader {
    const uint8_t *at;
    size_t left;
    enum dt_err err; /* DT_OK until the first failure, then kept */
};

static inline struct dt_reader dt_reader(struct dt_span span)
{
    return (struct dt_reader){span.data, span.size, DT_OK};
}

/* Borrows `size` bytes; an empty span after failure. In the header, as everything that is
 * called for each byte or two: the decoders spend half their time here otherwise. */
static inline struct dt_span dt_read_span(struct dt_reader *r, size_t size)
{
    if (r->err != DT_OK || size > r->left) {
        if (r->err == DT_OK) {
            r->err = DT_ERR_TRUNCATED;
        }
        return dt_span(NULL, 0);
    }
    const struct dt_span span = {r->at, size};
    if (size > 0) { /* NULL + 0 is not ours to compute */
        r->at += size;
        r->left -= size;
    }
    return span;
}

static inline uint8_t dt_read_u8(struct dt_reader *r)
{
    const struct dt_span span = dt_read_span(r, 1);
    return span.size == 1 ? span.data[0] : 0;
}

uint16_t dt_read_u16(struct dt_reader *r);
uint32_t dt_read_u32(struct dt_reader *r);
uint64_t dt_read_u64(struct dt_reader *r);
uint64_t dt_read_varint(struct dt_reader *r);
/* Copies exactly `size` bytes to `out`; zeros after failure. */
void dt_read_copy(struct dt_reader *r, void *out, size_t size);
/* What is left of the line, without the newline that ends it; TRUNCATED, and nothing read,
 * where there is none. */
DT_MUST_USE enum dt_err dt_read_line(struct dt_reader *r, struct dt_span *line);
/* DT_OK only if nothing failed and nothing is left over (else TRAILING). */
DT_MUST_USE enum dt_err dt_reader_end(const struct dt_reader *r);

struct dt_writer {
    uint8_t *data;
    size_t capacity;
    size_t size;     /* bytes written so far */
    bool overflowed; /* sticky; `size` then says nothing useful */
};

static inline struct dt_writer dt_writer(void *data, size_t capacity)
{
    return (struct dt_writer){(uint8_t *)data, capacity, 0, false};
}

static inline void dt_write_bytes(struct dt_writer *w, const void *data, size_t size)
{
    if (w->overflowed || size > w->capacity - w->size) {
        w->overflowed = true;
        return;
    }
    if (size > 0) {
        memcpy(w->data + w->size, data, size);
        w->size += size;
    }
}

static inline void dt_write_u8(struct dt_writer *w, uint8_t value)
{
    dt_write_bytes(w, &value, 1);
}

void dt_write_u16(struct dt_writer *w, uint16_t value);
void dt_write_u32(struct dt_writer *w, uint32_t value);
void dt_write_u64(struct dt_writer *w, uint64_t value);
/* `value` below 2^62. */
void dt_write_varint(struct dt_writer *w, uint64_t value);
size_t dt_varint_size(uint64_t value);
struct dt_span dt_written(const struct dt_writer *w);

#endif

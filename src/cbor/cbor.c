/* SPDX-License-Identifier: ISC */
#include "cbor/cbor.h"

#include <string.h>

#include "base/text.h"

enum { SIMPLE_FALSE = 20, SIMPLE_TRUE = 21, SIMPLE_NULL = 22 };

struct head {
    unsigned major;
    uint64_t argument;
};

/* RFC 8949 section 3; refuses what section 4.2.1 does not allow. */
static struct head read_long_head(struct dt_reader *r)
{
    const uint8_t first = dt_read_u8(r);
    const unsigned info = first & 31u;
    struct head head = {first / 32u, info};
    uint64_t least = 0;
    switch (info) {
    case 24:
        head.argument = dt_read_u8(r);
        least = 24;
        break;
    case 25:
        head.argument = dt_read_u16(r);
        least = 0x100;
        break;
    case 26:
        head.argument = dt_read_u32(r);
        least = 0x10000;
        break;
    case 27:
        head.argument = dt_read_u64(r);
        least = 0x100000000;
        break;
    default:
        if (info > 27 && r->err == DT_OK) { /* reserved, or an indefinite length */
            r->err = DT_ERR_NOT_CANONICAL;
        }
        return head;
    }
    if (r->err != DT_OK) {
        return head;
    }
    if (head.major == DT_CBOR_SIMPLE) { /* floats, and simple values above 23 */
        r->err = DT_ERR_BAD_TYPE;
    } else if (head.argument < least) {
        r->err = DT_ERR_NOT_CANONICAL;
    }
    return head;
}

/* Nearly all heads are one byte. */
static inline struct head read_head(struct dt_reader *r)
{
    if (r->err == DT_OK && r->left > 0 && (r->at[0] & 31u) < 24) {
        const uint8_t first = dt_read_u8(r);
        return (struct head){first / 32u, first & 31u};
    }
    return read_long_head(r);
}

/* One open array or map on the way down. */
struct level {
    uint64_t left; /* items still to come, keys and values apart */
    bool is_map;
    struct dt_span last_key; /* of a map, to hold the next one against */
};

static enum dt_err check_content(struct dt_reader *r, struct head head)
{
    switch (head.major) {
    case DT_CBOR_BYTES:
    case DT_CBOR_TEXT:
        if (head.argument > r->left) {
            return DT_ERR_TRUNCATED;
        }
        const struct dt_span content = dt_read_span(r, (size_t)head.argument);
        return head.major == DT_CBOR_TEXT && !dt_utf8_valid(content) ? DT_ERR_BAD_UTF8 : DT_OK;
    case DT_CBOR_TAG:
        return DT_ERR_BAD_TYPE;
    case DT_CBOR_SIMPLE:
        return head.argument >= SIMPLE_FALSE && head.argument <= SIMPLE_NULL ? DT_OK
                                                                             : DT_ERR_BAD_TYPE;
    default:
        return DT_OK;
    }
}

/* Shorter first, then bytewise: for keys in their one form this is the order of
 * their encodings (section 4.2.1). */
static bool ascending(struct dt_span a, struct dt_span b)
{
    const size_t both = a.size < b.size ? a.size : b.size;
    for (size_t i = 0; i < both; i++) {
        if (a.data[i] != b.data[i]) {
            return a.data[i] < b.data[i];
        }
    }
    return a.size < b.size;
}

/* The item from `start` to the cursor was a key of `map`. */
static enum dt_err check_key(struct level *map, const uint8_t *start, const struct dt_reader *r)
{
    const struct dt_span key = {start, (size_t)(r->at - start)};
    if (map->last_key.data != NULL && !ascending(map->last_key, key)) {
        return DT_ERR_NOT_CANONICAL;
    }
    map->last_key = key;
    return DT_OK;
}

enum dt_err dt_cbor_check_first(struct dt_span bytes, size_t *used)
{
    struct dt_reader r = dt_reader(bytes);
    struct level stack[DT_CBOR_DEPTH];
    size_t depth = 0;
    do {
        struct level *top = depth > 0 ? &stack[depth - 1] : NULL;
        const bool is_key = top != NULL && top->is_map && top->left % 2 == 0;
        const uint8_t *start = r.at;
        const struct head head = read_head(&r);
        enum dt_err err = r.err != DT_OK ? r.err : check_content(&r, head);
        const bool opens = head.major == DT_CBOR_ARRAY || head.major == DT_CBOR_MAP;
        if (err == DT_OK && is_key) {
            err = opens ? DT_ERR_BAD_TYPE : check_key(top, start, &r);
        }
        if (err == DT_OK && opens && depth == DT_CBOR_DEPTH) {
            err = DT_ERR_TOO_DEEP;
        }
        if (err == DT_OK && opens && head.argument > r.left) {
            err = DT_ERR_TRUNCATED; /* every item takes at least a byte */
        }
        if (err != DT_OK) {
            return err;
        }
        if (opens && head.argument > 0) {
            const bool is_map = head.major == DT_CBOR_MAP;
            stack[depth++] = (struct level){head.argument * (is_map ? 2 : 1), is_map, {NULL, 0}};
            continue;
        }
        while (depth > 0 && --stack[depth - 1].left == 0) {
            depth--; /* the last item of a level completes it, and so an item above */
        }
    } while (depth > 0);
    *used = bytes.size - r.left;
    return DT_OK;
}

enum dt_err dt_cbor_check(struct dt_span item)
{
    size_t used = 0;
    const enum dt_err err = dt_cbor_check_first(item, &used);
    return err != DT_OK ? err : used == item.size ? DT_OK : DT_ERR_TRAILING;
}

void dt_cbor_fail(struct dt_cbor *c, enum dt_err err)
{
    if (c->r.err == DT_OK) {
        c->r.err = err;
    }
}

enum dt_err dt_cbor_error(const struct dt_cbor *c)
{
    return c->r.err;
}

/* The argument of the next head if it is of type `major`; fails otherwise. */
static uint64_t take(struct dt_cbor *c, enum dt_cbor_type major)
{
    const enum dt_cbor_type next = dt_cbor_peek(c);
    if (next != major) {
        dt_cbor_fail(c, next == DT_CBOR_NONE ? DT_ERR_TRUNCATED : DT_ERR_BAD_TYPE);
        return 0;
    }
    return read_head(&c->r).argument;
}

/* `value` if nothing failed and it lies in min..max; else 0 and BAD_VALUE. */
static uint64_t within(struct dt_cbor *c, uint64_t value, uint64_t min, uint64_t max,
                       enum dt_err otherwise)
{
    if (c->r.err == DT_OK && (value < min || value > max)) {
        dt_cbor_fail(c, otherwise);
    }
    return c->r.err == DT_OK ? value : 0;
}

uint64_t dt_cbor_uint(struct dt_cbor *c, uint64_t max)
{
    return within(c, take(c, DT_CBOR_UINT), 0, max, DT_ERR_BAD_VALUE);
}

int64_t dt_cbor_int(struct dt_cbor *c, int64_t min, int64_t max)
{
    const bool negative = dt_cbor_peek(c) == DT_CBOR_NEGATIVE;
    const uint64_t argument = take(c, negative ? DT_CBOR_NEGATIVE : DT_CBOR_UINT);
    const uint64_t bounded = within(c, argument, 0, INT64_MAX, DT_ERR_BAD_VALUE);
    const int64_t value = negative ? -1 - (int64_t)bounded : (int64_t)bounded;
    if (c->r.err == DT_OK && (value < min || value > max)) {
        dt_cbor_fail(c, DT_ERR_BAD_VALUE);
    }
    return c->r.err == DT_OK ? value : 0;
}

struct dt_span dt_cbor_bytes(struct dt_cbor *c, size_t min, size_t max)
{
    const uint64_t size = take(c, DT_CBOR_BYTES);
    return dt_read_span(&c->r, (size_t)within(c, size, min, max, DT_ERR_BAD_VALUE));
}

struct dt_span dt_cbor_text(struct dt_cbor *c, size_t max)
{
    const uint64_t size = take(c, DT_CBOR_TEXT);
    const struct dt_span text =
        dt_read_span(&c->r, (size_t)within(c, size, 0, max, DT_ERR_TOO_LARGE));
    if (!dt_utf8_valid(text)) {
        dt_cbor_fail(c, DT_ERR_BAD_UTF8);
    }
    return text;
}

size_t dt_cbor_array(struct dt_cbor *c, size_t min, size_t max)
{
    return (size_t)within(c, take(c, DT_CBOR_ARRAY), min, max, DT_ERR_BAD_VALUE);
}

size_t dt_cbor_map(struct dt_cbor *c)
{
    return (size_t)within(c, take(c, DT_CBOR_MAP), 0, c->r.left, DT_ERR_TRUNCATED);
}

bool dt_cbor_bool(struct dt_cbor *c)
{
    const uint64_t value = take(c, DT_CBOR_SIMPLE);
    return within(c, value, SIMPLE_FALSE, SIMPLE_TRUE, DT_ERR_BAD_TYPE) == SIMPLE_TRUE;
}

bool dt_cbor_null(struct dt_cbor *c)
{
    if (dt_cbor_peek(c) != DT_CBOR_SIMPLE || c->r.at[0] != (DT_CBOR_SIMPLE << 5 | SIMPLE_NULL)) {
        return false;
    }
    dt_read_u8(&c->r);
    return true;
}

/* An item that holds no others: the usual case, without the walk that a tree needs. */
static struct dt_span skip_leaf(struct dt_cbor *c)
{
    const uint8_t *start = c->r.at;
    const struct head head = read_head(&c->r);
    if (c->r.err == DT_OK) {
        dt_cbor_fail(c, check_content(&c->r, head));
    }
    return c->r.err == DT_OK ? dt_span(start, (size_t)(c->r.at - start)) : dt_span(NULL, 0);
}

struct dt_span dt_cbor_skip(struct dt_cbor *c)
{
    size_t used = 0;
    const enum dt_cbor_type type = dt_cbor_peek(c);
    if (type == DT_CBOR_UINT || type == DT_CBOR_BYTES || type == DT_CBOR_TEXT) {
        return skip_leaf(c);
    }
    if (c->r.err == DT_OK) {
        dt_cbor_fail(c, dt_cbor_check_first(dt_span(c->r.at, c->r.left), &used));
    }
    return dt_read_span(&c->r, used);
}

/* Size of an item that needs no walk: an integer, a string of less than 64 KiB or a simple
 * value, its head in the one form. 0 if it is another, or does not end here. */
static size_t short_item(const struct dt_reader *r)
{
    const uint8_t *at = r->at;
    const unsigned major = at[0] / 32u, argument = at[0] & 31u;
    const bool content = major == DT_CBOR_BYTES || major == DT_CBOR_TEXT;
    size_t size = 0;
    if (major > DT_CBOR_TEXT && (major != DT_CBOR_SIMPLE || argument >= 24)) {
        return 0;
    }
    if (argument < 24) {
        size = 1 + (content ? argument : 0);
    } else if (argument == 24 && r->left >= 2 && at[1] >= 24) {
        size = 2 + (content ? at[1] : 0);
    } else if (argument == 25 && r->left >= 3 && at[1] != 0) {
        size = 3 + (content ? (size_t)at[1] << 8 | at[2] : 0);
    } else if (argument == 27 && !content && r->left >= 9 &&
               (at[1] | at[2] | at[3] | at[4]) != 0) {
        size = 9;
    }
    return size <= r->left ? size : 0;
}

struct dt_span dt_cbor_pass(struct dt_cbor *c)
{
    const uint8_t *start = c->r.at;
    const size_t size = c->r.err == DT_OK && c->r.left > 0 ? short_item(&c->r) : 0;
    if (size > 0) {
        return dt_read_span(&c->r, size);
    }
    uint64_t items = 1; /* no more than a few for each byte that is there */
    while (items > 0 && c->r.err == DT_OK) {
        const struct head head = read_head(&c->r);
        const bool is_map = head.major == DT_CBOR_MAP, opens = is_map || head.major == DT_CBOR_ARRAY;
        const bool content = head.major == DT_CBOR_BYTES || head.major == DT_CBOR_TEXT;
        if ((opens || content) && head.argument > c->r.left) {
            dt_cbor_fail(c, DT_ERR_TRUNCATED);
        } else if (content) {
            (void)dt_read_span(&c->r, (size_t)head.argument);
        }
        items += opens ? head.argument * (is_map ? 2 : 1) : 0;
        items--;
    }
    return c->r.err == DT_OK ? dt_span(start, (size_t)(c->r.at - start)) : dt_span(NULL, 0);
}

enum dt_err dt_cbor_end(const struct dt_cbor *c)
{
    return dt_reader_end(&c->r);
}

bool dt_cbor_find(struct dt_span map, uint64_t key, struct dt_cbor *value)
{
    struct dt_cbor c = dt_cbor(map);
    const size_t pairs = dt_cbor_map(&c);
    /* Keys ascend, and integers come before all others: here, or nowhere. */
    for (size_t i = 0; i < pairs && dt_cbor_peek(&c) == DT_CBOR_UINT; i++) {
        const uint64_t next = take(&c, DT_CBOR_UINT);
        if (next >= key) {
            *value = c;
            return next == key && c.r.err == DT_OK;
        }
        (void)dt_cbor_pass(&c);
    }
    return false;
}

struct dt_cbor dt_cbor_need(struct dt_span map, uint64_t key)
{
    struct dt_cbor value = dt_cbor(dt_span(NULL, 0));
    if (!dt_cbor_find(map, key, &value)) {
        value.r.err = DT_ERR_MISSING_FIELD;
    }
    return value;
}

static void put_head(struct dt_writer *w, enum dt_cbor_type major, uint64_t argument)
{
    const unsigned type = (unsigned)major << 5;
    if (argument < 24) {
        dt_write_u8(w, (uint8_t)(type | (unsigned)argument));
    } else if (argument < 0x100) {
        dt_write_u8(w, (uint8_t)(type | 24));
        dt_write_u8(w, (uint8_t)argument);
    } else if (argument < 0x10000) {
        dt_write_u8(w, (uint8_t)(type | 25));
        dt_write_u16(w, (uint16_t)argument);
    } else if (argument < 0x100000000) {
        dt_write_u8(w, (uint8_t)(type | 26));
        dt_write_u32(w, (uint32_t)argument);
    } else {
        dt_write_u8(w, (uint8_t)(type | 27));
        dt_write_u64(w, argument);
    }
}

void dt_cbor_put_uint(struct dt_writer *w, uint64_t value)
{
    put_head(w, DT_CBOR_UINT, value);
}

void dt_cbor_put_int(struct dt_writer *w, int64_t value)
{
    if (value < 0) {
        put_head(w, DT_CBOR_NEGATIVE, (uint64_t)(-1 - value));
    } else {
        put_head(w, DT_CBOR_UINT, (uint64_t)value);
    }
}

void dt_cbor_put_bytes(struct dt_writer *w, struct dt_span bytes)
{
    put_head(w, DT_CBOR_BYTES, bytes.size);
    dt_write_bytes(w, bytes.data, bytes.size);
}

void dt_cbor_put_text(struct dt_writer *w, struct dt_span text)
{
    put_head(w, DT_CBOR_TEXT, text.size);
    dt_write_bytes(w, text.data, text.size);
}

void dt_cbor_put_string(struct dt_writer *w, const char *text)
{
    dt_cbor_put_text(w, dt_span(text, strlen(text)));
}

void dt_cbor_put_array(struct dt_writer *w, size_t count)
{
    put_head(w, DT_CBOR_ARRAY, count);
}

void dt_cbor_put_map(struct dt_writer *w, size_t count)
{
    put_head(w, DT_CBOR_MAP, count);
}

void dt_cbor_put_bool(struct dt_writer *w, bool value)
{
    put_head(w, DT_CBOR_SIMPLE, value ? SIMPLE_TRUE : SIMPLE_FALSE);
}

void dt_cbor_put_null(struct dt_writer *w)
{
    put_head(w, DT_CBOR_SIMPLE, SIMPLE_NULL);
}

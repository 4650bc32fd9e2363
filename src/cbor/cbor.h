/* SPDX-License-Identifier: ISC */
/*
 * cbor - strict deterministic CBOR, the profile of docs/protocol.md section 2.
 *
 * RFC 8949 section 4.2.1 and nothing else: shortest integers and lengths,
 * definite lengths, map keys sorted and unique, valid UTF-8, no tags, no floats,
 * `false`, `true` and `null` only. What a peer sends has one spelling, so a hash
 * over it has one meaning.
 *
 * Two steps keep decoders short and safe. dt_cbor_check() judges a whole item
 * once, in one pass, without allocation or recursion over a peer's depth beyond
 * DT_CBOR_DEPTH. After that a dt_cbor cursor walks the same bytes; its errors are
 * then about meaning (BAD_TYPE, BAD_VALUE, MISSING_FIELD), never about bounds,
 * though bounds are checked all the same.
 *
 * Ownership: everything is borrowed. Pure.
 */
#ifndef DT_CBOR_CBOR_H
#define DT_CBOR_CBOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"

enum { DT_CBOR_DEPTH = 8 };

/*
 * Judges `item`: exactly one item, deterministic. DT_OK, or TRUNCATED, TRAILING,
 * NOT_CANONICAL (longer integer, unsorted or repeated key, indefinite length),
 * BAD_TYPE (tag, float, other simple value), BAD_UTF8, TOO_DEEP.
 * Cost: O(item.size), whatever lengths it claims.
 */
DT_MUST_USE enum dt_err dt_cbor_check(struct dt_span item);

/* As above, but bytes may follow; *used is the size of the first item. */
DT_MUST_USE enum dt_err dt_cbor_check_first(struct dt_span bytes, size_t *used);

/* --- reading ------------------------------------------------------------ */

enum dt_cbor_type {
    DT_CBOR_UINT,
    DT_CBOR_NEGATIVE,
    DT_CBOR_BYTES,
    DT_CBOR_TEXT,
    DT_CBOR_ARRAY,
    DT_CBOR_MAP,
    DT_CBOR_TAG, /* never in checked bytes */
    DT_CBOR_SIMPLE,
    DT_CBOR_NONE, /* at the end, or after a failure */
};

/* A cursor over items one after another; fails once and stays failed. */
struct dt_cbor {
    struct dt_reader r;
};

static inline struct dt_cbor dt_cbor(struct dt_span items)
{
    return (struct dt_cbor){dt_reader(items)};
}

static inline enum dt_cbor_type dt_cbor_peek(const struct dt_cbor *c)
{
    return c->r.err != DT_OK || c->r.left == 0 ? DT_CBOR_NONE
                                               : (enum dt_cbor_type)(c->r.at[0] >> 5);
}

uint64_t dt_cbor_uint(struct dt_cbor *c, uint64_t max); /* above max: BAD_VALUE */
int64_t dt_cbor_int(struct dt_cbor *c, int64_t min, int64_t max);
struct dt_span dt_cbor_bytes(struct dt_cbor *c, size_t min, size_t max);
struct dt_span dt_cbor_text(struct dt_cbor *c, size_t max);
size_t dt_cbor_array(struct dt_cbor *c, size_t min, size_t max); /* number of items */
size_t dt_cbor_map(struct dt_cbor *c);                           /* number of pairs */
bool dt_cbor_bool(struct dt_cbor *c);
bool dt_cbor_null(struct dt_cbor *c);               /* takes a null if one is next */
struct dt_span dt_cbor_skip(struct dt_cbor *c);     /* any one item, as bytes */
/* The same over checked bytes: bounds and heads only, for whoever looks for a field. */
struct dt_span dt_cbor_pass(struct dt_cbor *c);
void dt_cbor_fail(struct dt_cbor *c, enum dt_err);  /* first failure wins */
enum dt_err dt_cbor_error(const struct dt_cbor *c); /* so far */
DT_MUST_USE enum dt_err dt_cbor_end(const struct dt_cbor *c);

/* Looks `key` up in `map` (checked bytes of one map with integer keys). True and
 * a cursor on its value if it is there. */
bool dt_cbor_find(struct dt_span map, uint64_t key, struct dt_cbor *value);

/* The same for a field that must be there: a cursor that has failed with
 * MISSING_FIELD if it is not. */
struct dt_cbor dt_cbor_need(struct dt_span map, uint64_t key);

/* --- writing ------------------------------------------------------------ */

/* The caller writes map keys in ascending order; the tests check what comes out. */
void dt_cbor_put_uint(struct dt_writer *w, uint64_t value);
void dt_cbor_put_int(struct dt_writer *w, int64_t value);
void dt_cbor_put_bytes(struct dt_writer *w, struct dt_span bytes);
void dt_cbor_put_text(struct dt_writer *w, struct dt_span text);
void dt_cbor_put_string(struct dt_writer *w, const char *text);
void dt_cbor_put_array(struct dt_writer *w, size_t count);
void dt_cbor_put_map(struct dt_writer *w, size_t count);
void dt_cbor_put_bool(struct dt_writer *w, bool value);
void dt_cbor_put_null(struct dt_writer *w);

#endif

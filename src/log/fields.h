/* SPDX-License-Identifier: ISC */
/*
 * fields - one map field at a time, judged: what statements, charters and bodies
 * are decoded with. `map` is checked CBOR (dt_cbor_check) with integer keys.
 * Every function says MISSING_FIELD, BAD_TYPE, BAD_VALUE, TOO_LARGE or BAD_UTF8,
 * and leaves its output alone then. Pure.
 */
#ifndef DT_LOG_FIELDS_H
#define DT_LOG_FIELDS_H

#include "base/try.h"
#include "cbor/cbor.h"
#include "log/header.h"

bool dt_field_has(struct dt_span map, uint64_t key);
DT_MUST_USE enum dt_err dt_field_uint(struct dt_span map, uint64_t key, uint64_t min, uint64_t max,
                                      uint64_t *out);
DT_MUST_USE enum dt_err dt_field_int(struct dt_span map, uint64_t key, int64_t min, int64_t max,
                                     int64_t *out);
/* A byte string of exactly `size`. */
DT_MUST_USE enum dt_err dt_field_copy(struct dt_span map, uint64_t key, void *out, size_t size);
/* A byte string of min..max, borrowed. */
DT_MUST_USE enum dt_err dt_field_bytes(struct dt_span map, uint64_t key, size_t min, size_t max,
                                       struct dt_span *out);
/* A name: 1..max bytes without control characters, as a C string (max + 1 bytes). */
DT_MUST_USE enum dt_err dt_field_text(struct dt_span map, uint64_t key, char *out, size_t max);
DT_MUST_USE enum dt_err dt_take_text(struct dt_cbor *c, char *out, size_t max);
/* [wid, seq, leaf] */
DT_MUST_USE enum dt_err dt_field_ref(struct dt_span map, uint64_t key, struct dt_ref *out);
void dt_put_ref(struct dt_writer *w, const struct dt_ref *ref);

#endif

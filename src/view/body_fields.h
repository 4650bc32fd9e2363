/* SPDX-License-Identifier: ISC */
/*
 * body_fields - the fields that bodies share, one at a time: what body.c,
 * body_keys.c and watch_body.c are written with. Inside view only; body.h has the
 * rules. Readers say what dt_field_*() say and leave their output alone then. Pure.
 */
#ifndef DT_VIEW_BODY_FIELDS_H
#define DT_VIEW_BODY_FIELDS_H

#include "base/bytes.h"
#include "log/fields.h"

/* Keys of bodies that mean the same in several kinds, protocol.md section 8. */
enum {
    DT_BODY_REF = 1,
    DT_BODY_TEXT = 2,
    DT_BODY_LANGUAGE = 3,
    DT_BODY_NAME = 4, /* force, desk, who */
    DT_BODY_CODE = 5,
    DT_BODY_TIME = 7,
};

/* Absent: empty. */
DT_MUST_USE enum dt_err dt_body_optional_text(struct dt_span map, uint64_t key,
                                              struct dt_span *out);
/* Absent: `otherwise`. */
DT_MUST_USE enum dt_err dt_body_optional_int(struct dt_span map, uint64_t key, int64_t min,
                                             int64_t max, int64_t otherwise, int64_t *out);
/* Key 5: one of `count` codes from 0. */
DT_MUST_USE enum dt_err dt_body_code(struct dt_span map, int count, int *out);

/* A writer over `out`, never beyond the limit of a body. */
struct dt_writer dt_body_writer(uint8_t *out, size_t capacity);
void dt_body_put_ref(struct dt_writer *w, const struct dt_ref *ref);
void dt_body_put_text(struct dt_writer *w, struct dt_span text); /* nothing if it is empty */
void dt_body_put_int(struct dt_writer *w, uint64_t key, int64_t value);

/* What we write must be what the other side can read: `judged` is the decoder's word. */
DT_MUST_USE enum dt_err dt_body_finish(const struct dt_writer *w, enum dt_err judged, size_t *size);

/* A code's stable name; "?" outside the range. */
const char *dt_body_name_of(const char *const *names, int64_t count, int64_t value);

#endif

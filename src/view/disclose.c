/* SPDX-License-Identifier: ISC */
#include "view/disclose.h"

#include <string.h>

#include "view/body_fields.h"
#include "view/rules.h"

enum { KEY_MEMBER = 6, KEY_BECAUSE = 8, KEY_OTHER = 9 };

enum dt_err dt_body_disclosed_encode(uint8_t *out, size_t capacity, size_t *size,
                                     const struct dt_body_disclosed *b)
{
    struct dt_writer w = dt_body_writer(out, capacity);
    struct dt_body_disclosed read;
    dt_cbor_put_map(&w, 4u + b->automatic);
    dt_body_put_ref(&w, &b->notice);
    dt_body_put_int(&w, DT_BODY_CODE, (int64_t)b->tier);
    dt_body_put_int(&w, KEY_MEMBER, b->member);
    dt_body_put_int(&w, DT_BODY_TIME, b->expiry_ms);
    if (b->automatic) {
        dt_cbor_put_uint(&w, KEY_BECAUSE);
        dt_put_ref(&w, &b->because);
    }
    return dt_body_finish(
        &w, w.overflowed ? DT_OK : dt_body_disclosed_decode(&read, dt_written(&w)), size);
}

enum dt_err dt_body_disclosed_decode(struct dt_body_disclosed *out, struct dt_span body)
{
    uint64_t tier = 0, member = 0;
    DT_TRY(dt_body_map(body));
    memset(out, 0, sizeof *out);
    DT_TRY(dt_field_ref(body, DT_BODY_REF, &out->notice));
    DT_TRY(dt_field_uint(body, DT_BODY_CODE, DT_TIER_CELL, DT_TIER_EXACT, &tier));
    DT_TRY(dt_field_uint(body, KEY_MEMBER, 0, DT_MEMBERS_MAX - 1, &member));
    DT_TRY(dt_field_int(body, DT_BODY_TIME, 1, INT64_C(1) << 53, &out->expiry_ms));
    out->tier = (enum dt_tier)tier;
    out->member = (unsigned)member;
    out->automatic = dt_field_has(body, KEY_BECAUSE);
    if (!out->automatic) {
        return DT_OK;
    }
    DT_TRY(dt_field_ref(body, KEY_BECAUSE, &out->because));
    return out->tier > DT_TIER_SHAPE || dt_field_has(body, DT_BODY_OFFICER) ? DT_ERR_BAD_VALUE
                                                                            : DT_OK;
}

enum dt_err dt_body_raised_encode(uint8_t *out, size_t capacity, size_t *size,
                                  const struct dt_body_raised *b)
{
    struct dt_writer w = dt_body_writer(out, capacity);
    struct dt_body_raised read;
    dt_cbor_put_map(&w, 3);
    dt_body_put_ref(&w, &b->a);
    dt_body_put_int(&w, DT_BODY_CODE, b->severity);
    dt_cbor_put_uint(&w, KEY_OTHER);
    dt_put_ref(&w, &b->b);
    return dt_body_finish(&w, w.overflowed ? DT_OK : dt_body_raised_decode(&read, dt_written(&w)),
                          size);
}

enum dt_err dt_body_raised_decode(struct dt_body_raised *out, struct dt_span plain)
{
    DT_TRY(dt_body_map(plain));
    DT_TRY(dt_field_ref(plain, DT_BODY_REF, &out->a));
    DT_TRY(dt_field_ref(plain, KEY_OTHER, &out->b));
    DT_TRY(dt_field_int(plain, DT_BODY_CODE, 1, 3, &out->severity));
    return out->a.wid / DT_WRITERS_MAX == out->b.wid / DT_WRITERS_MAX ? DT_ERR_BAD_VALUE : DT_OK;
}

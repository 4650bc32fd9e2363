/* SPDX-License-Identifier: ISC */
#include "view/conflict_body.h"

#include <string.h>

#include "view/body_fields.h"

enum { KEY_SECOND_VERSION = 4, KEY_OFFER = 6, KEY_MINUTES = 8, MINUTES_MAX = 99999 };

static const int64_t time_max = INT64_C(1) << 53;

/* --- CONFLICT -------------------------------------------------------------------- */

static void put_ref_at(struct dt_writer *w, uint64_t key, const struct dt_ref *ref)
{
    dt_cbor_put_uint(w, key);
    dt_put_ref(w, ref);
}

enum dt_err dt_body_conflict_encode(uint8_t *out, size_t capacity, size_t *size,
                                    const struct dt_body_conflict *b)
{
    struct dt_writer w = dt_body_writer(out, capacity);
    struct dt_body_conflict read;
    dt_cbor_put_map(&w, 3u + (b->text.size > 0) + b->has_offer);
    dt_body_put_ref(&w, &b->first);
    dt_body_put_text(&w, b->text);
    put_ref_at(&w, KEY_SECOND_VERSION, &b->second);
    dt_body_put_int(&w, DT_BODY_CODE, (int64_t)b->step);
    if (b->has_offer) {
        put_ref_at(&w, KEY_OFFER, &b->offer);
    }
    return dt_body_finish(&w, w.overflowed ? DT_OK : dt_body_conflict_decode(&read, dt_written(&w)),
                          size);
}

static bool ascending(const struct dt_ref *a, const struct dt_ref *b)
{
    return a->wid != b->wid   ? a->wid < b->wid
           : a->seq != b->seq ? a->seq < b->seq
                              : memcmp(a->leaf, b->leaf, DT_HASH_SIZE) < 0;
}

enum dt_err dt_body_conflict_decode(struct dt_body_conflict *out, struct dt_span body)
{
    int code = 0;
    DT_TRY(dt_body_map(body));
    DT_TRY(dt_field_ref(body, DT_BODY_REF, &out->first));
    DT_TRY(dt_body_optional_text(body, DT_BODY_TEXT, &out->text));
    DT_TRY(dt_field_ref(body, KEY_SECOND_VERSION, &out->second));
    DT_TRY(dt_body_code(body, DT_STEPS, &code));
    out->step = (enum dt_conflict_step)code;
    out->offer = (struct dt_ref){0};
    out->has_offer = dt_field_has(body, KEY_OFFER);
    if (out->has_offer) {
        DT_TRY(dt_field_ref(body, KEY_OFFER, &out->offer));
    }
    if (!ascending(&out->first, &out->second) ||
        dt_wid_member(out->first.wid) == dt_wid_member(out->second.wid) ||
        (out->has_offer && out->step != DT_STEP_PROPOSED)) {
        return DT_ERR_BAD_VALUE;
    }
    const bool nothing = !out->has_offer && out->text.size == 0;
    return out->step == DT_STEP_PROPOSED && nothing ? DT_ERR_MISSING_FIELD : DT_OK;
}

/* --- OUTCOME ---------------------------------------------------------------------- */

enum dt_err dt_body_outcome_encode(uint8_t *out, size_t capacity, size_t *size,
                                   const struct dt_body_outcome *b)
{
    struct dt_writer w = dt_body_writer(out, capacity);
    struct dt_body_outcome read;
    dt_cbor_put_map(&w, 2u + (b->text.size > 0) + (b->when_ms != 0) + (b->minutes != 0));
    dt_body_put_ref(&w, &b->ref);
    dt_body_put_text(&w, b->text);
    dt_body_put_int(&w, DT_BODY_CODE, (int64_t)b->outcome);
    if (b->when_ms != 0) {
        dt_body_put_int(&w, DT_BODY_TIME, b->when_ms);
    }
    if (b->minutes != 0) {
        dt_body_put_int(&w, KEY_MINUTES, b->minutes);
    }
    return dt_body_finish(&w, w.overflowed ? DT_OK : dt_body_outcome_decode(&read, dt_written(&w)),
                          size);
}

enum dt_err dt_body_outcome_decode(struct dt_body_outcome *out, struct dt_span body)
{
    int code = 0;
    DT_TRY(dt_body_map(body));
    DT_TRY(dt_field_ref(body, DT_BODY_REF, &out->ref));
    DT_TRY(dt_body_optional_text(body, DT_BODY_TEXT, &out->text));
    DT_TRY(dt_body_code(body, DT_OUTCOMES, &code));
    out->outcome = (enum dt_outcome)code;
    DT_TRY(dt_body_optional_int(body, DT_BODY_TIME, 1, time_max, 0, &out->when_ms));
    DT_TRY(dt_body_optional_int(body, KEY_MINUTES, 1, MINUTES_MAX, 0, &out->minutes));
    const bool delayed = out->outcome == DT_OUTCOME_DELAYED;
    if (delayed && out->minutes == 0) {
        return DT_ERR_MISSING_FIELD;
    }
    return delayed || out->minutes == 0 ? DT_OK : DT_ERR_BAD_VALUE;
}

/* --- names ------------------------------------------------------------------------ */

const char *dt_conflict_step_name(int64_t step)
{
    static const char *const names[] = {N_("raised"), N_("seen"), N_("proposed"),
                                        N_("risk-accepted"), N_("withdrawn")};
    return dt_body_name_of(names, DT_STEPS, step);
}

const char *dt_outcome_name(int64_t outcome)
{
    static const char *const names[] = {N_("facilitated"), N_("delayed"),   N_("impeded"),
                                        N_("denied"),      N_("withdrawn"), N_("struck")};
    return dt_body_name_of(names, DT_OUTCOMES, outcome);
}

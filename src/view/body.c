/* SPDX-License-Identifier: ISC */
/* Messages, receipts, check-fires and the small kinds (body.h). OPEN, KEY, GRANT and
 * officers: body_keys.c. */
#include "view/body.h"

#include <string.h>

#include "base/text.h"
#include "log/fields.h"
#include "view/body_fields.h"

/* Keys of single kinds, protocol.md section 8. */
enum {
    KEY_AREA = 6,
    KEY_TOLD = 6,
    KEY_UNITS = 7,
    KEY_OWN_PEOPLE = 8,
};

/* --- fields that bodies share --------------------------------------------------- */

bool dt_language_valid(const char *language)
{
    const size_t size = strlen(language);
    char before = '-';
    for (size_t i = 0; i < size; i++) {
        const char at = language[i];
        const bool letter = (at >= 'a' && at <= 'z') || (at >= 'A' && at <= 'Z');
        const bool digit = at >= '0' && at <= '9';
        const bool hyphen = at == '-' && before != '-';
        if (!letter && (i == 0 || (!digit && !hyphen))) {
            return false;
        }
        before = at;
    }
    return size >= 2 && size <= DT_LANGUAGE_MAX && before != '-';
}

enum dt_err dt_body_text_check(struct dt_span text)
{
    if (text.size == 0) {
        return DT_ERR_BAD_VALUE;
    }
    if (text.size > DT_BODY_TEXT_MAX) {
        return DT_ERR_TOO_LARGE;
    }
    if (!dt_utf8_valid(text)) {
        return DT_ERR_BAD_UTF8;
    }
    return memchr(text.data, 0, text.size) == NULL ? DT_OK : DT_ERR_BAD_VALUE;
}

enum dt_err dt_body_map(struct dt_span body)
{
    if (body.size > DT_BODY_MAX) {
        return DT_ERR_TOO_LARGE;
    }
    DT_TRY(dt_cbor_check(body));
    const struct dt_cbor c = dt_cbor(body);
    return dt_cbor_peek(&c) == DT_CBOR_MAP ? DT_OK : DT_ERR_BAD_TYPE;
}

enum dt_err dt_body_field_text(struct dt_span map, uint64_t key, struct dt_span *out)
{
    struct dt_cbor c = dt_cbor_need(map, key);
    const struct dt_span text = dt_cbor_text(&c, DT_BODY_TEXT_MAX);
    DT_TRY(dt_cbor_error(&c));
    DT_TRY(dt_body_text_check(text));
    *out = text;
    return DT_OK;
}

enum dt_err dt_body_field_language(struct dt_span map, uint64_t key,
                                   char out[static DT_LANGUAGE_MAX + 1])
{
    char language[DT_LANGUAGE_MAX + 1];
    DT_TRY(dt_field_text(map, key, language, DT_LANGUAGE_MAX));
    if (!dt_language_valid(language)) {
        return DT_ERR_BAD_VALUE;
    }
    memcpy(out, language, strlen(language) + 1);
    return DT_OK;
}

enum dt_err dt_body_optional_text(struct dt_span map, uint64_t key, struct dt_span *out)
{
    *out = dt_span(NULL, 0);
    return dt_field_has(map, key) ? dt_body_field_text(map, key, out) : DT_OK;
}

enum dt_err dt_body_optional_int(struct dt_span map, uint64_t key, int64_t min, int64_t max,
                                 int64_t otherwise, int64_t *out)
{
    *out = otherwise;
    return dt_field_has(map, key) ? dt_field_int(map, key, min, max, out) : DT_OK;
}

enum dt_err dt_body_code(struct dt_span map, int count, int *out)
{
    int64_t value = 0;
    DT_TRY(dt_field_int(map, DT_BODY_CODE, 0, count - 1, &value));
    *out = (int)value;
    return DT_OK;
}

/* --- writing ---------------------------------------------------------------------- */

struct dt_writer dt_body_writer(uint8_t *out, size_t capacity)
{
    return dt_writer(out, capacity < DT_BODY_MAX ? capacity : DT_BODY_MAX);
}

void dt_body_put_ref(struct dt_writer *w, const struct dt_ref *ref)
{
    dt_cbor_put_uint(w, DT_BODY_REF);
    dt_put_ref(w, ref);
}

void dt_body_put_text(struct dt_writer *w, struct dt_span text)
{
    if (text.size > 0) {
        dt_cbor_put_uint(w, DT_BODY_TEXT);
        dt_cbor_put_text(w, text);
    }
}

void dt_body_put_int(struct dt_writer *w, uint64_t key, int64_t value)
{
    dt_cbor_put_uint(w, key);
    dt_cbor_put_int(w, value);
}

enum dt_err dt_body_finish(const struct dt_writer *w, enum dt_err judged, size_t *size)
{
    if (w->overflowed) {
        return DT_ERR_TOO_LARGE;
    }
    DT_TRY(judged);
    *size = w->size;
    return DT_OK;
}

/* --- MESSAGE ------------------------------------------------------------------------ */

enum dt_err dt_body_message_encode(uint8_t *out, size_t capacity, size_t *size,
                                   const struct dt_body_message *b)
{
    struct dt_writer w = dt_writer(out, capacity < DT_SEALED_MAX ? capacity : DT_SEALED_MAX);
    struct dt_body_message read;
    DT_TRY(dt_body_text_check(b->text));
    dt_cbor_put_map(&w, b->has_answered ? 3 : 2);
    if (b->has_answered) {
        dt_body_put_ref(&w, &b->answered);
    }
    dt_body_put_text(&w, b->text);
    dt_cbor_put_uint(&w, DT_BODY_LANGUAGE);
    dt_cbor_put_string(&w, b->language);
    return dt_body_finish(&w, w.overflowed ? DT_OK : dt_body_message_decode(&read, dt_written(&w)),
                          size);
}

enum dt_err dt_body_message_decode(struct dt_body_message *out, struct dt_span plain)
{
    DT_TRY(dt_body_map(plain));
    out->answered = (struct dt_ref){0};
    out->has_answered = dt_field_has(plain, DT_BODY_REF);
    if (out->has_answered) {
        DT_TRY(dt_field_ref(plain, DT_BODY_REF, &out->answered));
    }
    DT_TRY(dt_body_field_text(plain, DT_BODY_TEXT, &out->text));
    return dt_body_field_language(plain, DT_BODY_LANGUAGE, out->language);
}

enum dt_err dt_body_empty_encode(uint8_t *out, size_t capacity, size_t *size)
{
    struct dt_writer w = dt_body_writer(out, capacity);
    dt_cbor_put_map(&w, 0);
    return dt_body_finish(&w, DT_OK, size);
}

/* --- receipts ------------------------------------------------------------------------ */

enum dt_err dt_body_ref_encode(uint8_t *out, size_t capacity, size_t *size,
                               const struct dt_ref *ref)
{
    struct dt_writer w = dt_body_writer(out, capacity);
    struct dt_ref read;
    dt_cbor_put_map(&w, 1);
    dt_body_put_ref(&w, ref);
    return dt_body_finish(&w, w.overflowed ? DT_OK : dt_body_ref_decode(&read, dt_written(&w)),
                          size);
}

enum dt_err dt_body_ref_decode(struct dt_ref *out, struct dt_span body)
{
    DT_TRY(dt_body_map(body));
    return dt_field_ref(body, DT_BODY_REF, out);
}

enum dt_err dt_body_passed_on_encode(uint8_t *out, size_t capacity, size_t *size,
                                     const struct dt_body_passed_on *b)
{
    struct dt_writer w = dt_body_writer(out, capacity);
    struct dt_body_passed_on read;
    dt_cbor_put_map(&w, 3u + (b->told >= 0) + (b->units >= 0));
    dt_body_put_ref(&w, &b->ref);
    dt_cbor_put_uint(&w, DT_BODY_NAME);
    dt_cbor_put_string(&w, b->force);
    dt_body_put_int(&w, DT_BODY_CODE, (int64_t)b->state);
    if (b->told >= 0) {
        dt_body_put_int(&w, KEY_TOLD, b->told);
    }
    if (b->units >= 0) {
        dt_body_put_int(&w, KEY_UNITS, b->units);
    }
    return dt_body_finish(
        &w, w.overflowed ? DT_OK : dt_body_passed_on_decode(&read, dt_written(&w)), size);
}

enum dt_err dt_body_passed_on_decode(struct dt_body_passed_on *out, struct dt_span body)
{
    int code = 0;
    DT_TRY(dt_body_map(body));
    DT_TRY(dt_field_ref(body, DT_BODY_REF, &out->ref));
    DT_TRY(dt_field_text(body, DT_BODY_NAME, out->force, DT_TEXT_MAX));
    DT_TRY(dt_body_code(body, DT_PASSED_STATES, &code));
    out->state = (enum dt_passed_state)code;
    DT_TRY(dt_body_optional_int(body, KEY_TOLD, 0, DT_UNITS_MAX, -1, &out->told));
    DT_TRY(dt_body_optional_int(body, KEY_UNITS, 0, DT_UNITS_MAX, -1, &out->units));
    return out->units >= 0 && out->told > out->units ? DT_ERR_BAD_VALUE : DT_OK;
}

enum dt_err dt_body_position_encode(uint8_t *out, size_t capacity, size_t *size,
                                    const struct dt_body_position *b)
{
    struct dt_writer w = dt_body_writer(out, capacity);
    struct dt_body_position read;
    dt_cbor_put_map(&w, 2u + (b->text.size > 0));
    dt_body_put_ref(&w, &b->ref);
    dt_body_put_text(&w, b->text);
    dt_body_put_int(&w, DT_BODY_CODE, (int64_t)b->position);
    return dt_body_finish(&w, w.overflowed ? DT_OK : dt_body_position_decode(&read, dt_written(&w)),
                          size);
}

enum dt_err dt_body_position_decode(struct dt_body_position *out, struct dt_span body)
{
    int code = 0;
    DT_TRY(dt_body_map(body));
    DT_TRY(dt_field_ref(body, DT_BODY_REF, &out->ref));
    DT_TRY(dt_body_code(body, DT_POSITIONS, &code));
    out->position = (enum dt_position)code;
    return dt_body_optional_text(body, DT_BODY_TEXT, &out->text);
}

/* --- check fire ------------------------------------------------------------------------ */

enum dt_err dt_body_check_fire_encode(uint8_t *out, size_t capacity, size_t *size,
                                      const struct dt_body_check_fire *b)
{
    struct dt_writer w = dt_body_writer(out, capacity);
    struct dt_body_check_fire read;
    dt_cbor_put_map(&w, 1u + b->has_notice + (b->text.size > 0) + b->has_area + (b->since_ms != 0) +
                            b->own_people);
    if (b->has_notice) {
        dt_body_put_ref(&w, &b->notice);
    }
    dt_body_put_text(&w, b->text);
    dt_body_put_int(&w, DT_BODY_CODE, (int64_t)b->scope);
    if (b->has_area) {
        dt_cbor_put_uint(&w, KEY_AREA);
        dt_cbor_put_array(&w, 3);
        dt_cbor_put_int(&w, b->centre.lat_e7);
        dt_cbor_put_int(&w, b->centre.lon_e7);
        dt_cbor_put_uint(&w, b->radius_mm);
    }
    if (b->since_ms != 0) {
        dt_body_put_int(&w, DT_BODY_TIME, b->since_ms);
    }
    if (b->own_people) {
        dt_cbor_put_uint(&w, KEY_OWN_PEOPLE);
        dt_cbor_put_bool(&w, true);
    }
    return dt_body_finish(
        &w, w.overflowed ? DT_OK : dt_body_check_fire_decode(&read, dt_written(&w)), size);
}

static enum dt_err field_area(struct dt_span map, struct dt_body_check_fire *out)
{
    struct dt_cbor c = dt_cbor_need(map, KEY_AREA);
    dt_cbor_array(&c, 3, 3);
    const int64_t lat = dt_cbor_int(&c, INT32_MIN, INT32_MAX);
    const int64_t lon = dt_cbor_int(&c, INT32_MIN, INT32_MAX);
    const uint64_t radius = dt_cbor_uint(&c, UINT32_MAX);
    DT_TRY(dt_cbor_error(&c));
    if (lat < -DT_LAT_MAX_E7 || lat > DT_LAT_MAX_E7 || lon < -DT_LON_MAX_E7 ||
        lon > DT_LON_MAX_E7) {
        return DT_ERR_BAD_COORDINATE;
    }
    if (radius == 0) {
        return DT_ERR_DEGENERATE;
    }
    out->centre = (struct dt_point){(int32_t)lat, (int32_t)lon};
    out->radius_mm = (uint32_t)radius;
    return DT_OK;
}

enum dt_err dt_body_check_fire_decode(struct dt_body_check_fire *out, struct dt_span body)
{
    int code = 0;
    DT_TRY(dt_body_map(body));
    memset(out, 0, sizeof *out);
    DT_TRY(dt_body_code(body, DT_FIRE_SCOPES, &code));
    out->scope = (enum dt_fire_scope)code;
    out->has_notice = dt_field_has(body, DT_BODY_REF);
    if (out->has_notice || out->scope == DT_FIRE_NEAR_NOTICE) {
        DT_TRY(dt_field_ref(body, DT_BODY_REF, &out->notice));
    }
    out->has_area = dt_field_has(body, KEY_AREA);
    if (out->has_area || out->scope == DT_FIRE_AREA) {
        DT_TRY(field_area(body, out));
    }
    DT_TRY(dt_body_optional_text(body, DT_BODY_TEXT, &out->text));
    DT_TRY(dt_body_optional_int(body, DT_BODY_TIME, 1, INT64_MAX, 0, &out->since_ms));
    struct dt_cbor c;
    if (dt_cbor_find(body, KEY_OWN_PEOPLE, &c)) {
        out->own_people = dt_cbor_bool(&c);
        DT_TRY(dt_cbor_error(&c));
    }
    return DT_OK;
}

enum dt_err dt_body_fire_answer_encode(uint8_t *out, size_t capacity, size_t *size,
                                       const struct dt_body_fire_answer *b)
{
    struct dt_writer w = dt_body_writer(out, capacity);
    struct dt_body_fire_answer read;
    dt_cbor_put_map(&w, 2u + (b->text.size > 0) + (b->stopped_ms != 0));
    dt_body_put_ref(&w, &b->ref);
    dt_body_put_text(&w, b->text);
    dt_body_put_int(&w, DT_BODY_CODE, (int64_t)b->answer);
    if (b->stopped_ms != 0) {
        dt_body_put_int(&w, DT_BODY_TIME, b->stopped_ms);
    }
    return dt_body_finish(
        &w, w.overflowed ? DT_OK : dt_body_fire_answer_decode(&read, dt_written(&w)), size);
}

enum dt_err dt_body_fire_answer_decode(struct dt_body_fire_answer *out, struct dt_span body)
{
    int code = 0;
    DT_TRY(dt_body_map(body));
    DT_TRY(dt_field_ref(body, DT_BODY_REF, &out->ref));
    DT_TRY(dt_body_code(body, DT_ANSWERS, &code));
    out->answer = (enum dt_fire_answer)code;
    DT_TRY(dt_body_optional_int(body, DT_BODY_TIME, 1, INT64_MAX, 0, &out->stopped_ms));
    return dt_body_optional_text(body, DT_BODY_TEXT, &out->text);
}

enum dt_err dt_body_recall_encode(uint8_t *out, size_t capacity, size_t *size,
                                  const struct dt_body_recall *b)
{
    struct dt_writer w = dt_body_writer(out, capacity);
    struct dt_body_recall read;
    dt_cbor_put_map(&w, 1u + (b->text.size > 0));
    dt_body_put_ref(&w, &b->ref);
    dt_body_put_text(&w, b->text);
    return dt_body_finish(&w, w.overflowed ? DT_OK : dt_body_recall_decode(&read, dt_written(&w)),
                          size);
}

enum dt_err dt_body_recall_decode(struct dt_body_recall *out, struct dt_span body)
{
    DT_TRY(dt_body_map(body));
    DT_TRY(dt_field_ref(body, DT_BODY_REF, &out->ref));
    return dt_body_optional_text(body, DT_BODY_TEXT, &out->text);
}

/* --- NOTICE_STATE, SUSPEND --------------------------------------------------------- */

enum dt_err dt_body_notice_state_encode(uint8_t *out, size_t capacity, size_t *size,
                                        const struct dt_body_notice_state *b)
{
    struct dt_writer w = dt_body_writer(out, capacity);
    struct dt_body_notice_state read;
    dt_cbor_put_map(&w, 2u + (b->end_ms != 0));
    dt_body_put_ref(&w, &b->ref);
    dt_body_put_int(&w, DT_BODY_CODE, (int64_t)b->state);
    if (b->end_ms != 0) {
        dt_body_put_int(&w, DT_BODY_TIME, b->end_ms);
    }
    return dt_body_finish(
        &w, w.overflowed ? DT_OK : dt_body_notice_state_decode(&read, dt_written(&w)), size);
}

enum dt_err dt_body_notice_state_decode(struct dt_body_notice_state *out, struct dt_span body)
{
    int code = 0;
    DT_TRY(dt_body_map(body));
    DT_TRY(dt_field_ref(body, DT_BODY_REF, &out->ref));
    DT_TRY(dt_body_code(body, DT_NOTICE_STATES, &code));
    out->state = (enum dt_notice_state)code;
    DT_TRY(dt_body_optional_int(body, DT_BODY_TIME, 1, INT64_C(1) << 53, 0, &out->end_ms));
    return out->state == DT_NOTICE_DELAYED && out->end_ms == 0 ? DT_ERR_MISSING_FIELD : DT_OK;
}

enum dt_err dt_body_suspend_encode(uint8_t *out, size_t capacity, size_t *size,
                                   const struct dt_body_suspend *b)
{
    struct dt_writer w = dt_body_writer(out, capacity);
    struct dt_body_suspend read;
    dt_cbor_put_map(&w, 1u + (b->text.size > 0));
    dt_body_put_text(&w, b->text);
    dt_body_put_int(&w, DT_BODY_CODE, b->suspended);
    return dt_body_finish(&w, w.overflowed ? DT_OK : dt_body_suspend_decode(&read, dt_written(&w)),
                          size);
}

enum dt_err dt_body_suspend_decode(struct dt_body_suspend *out, struct dt_span body)
{
    int code = 0;
    DT_TRY(dt_body_map(body));
    DT_TRY(dt_body_code(body, 2, &code));
    out->suspended = code == 1;
    return dt_body_optional_text(body, DT_BODY_TEXT, &out->text);
}

/* --- names -------------------------------------------------------------------------------- */

const char *dt_body_name_of(const char *const *names, int64_t count, int64_t value)
{
    return value >= 0 && value < count ? names[value] : "?";
}

const char *dt_passed_state_name(int64_t state)
{
    static const char *const names[] = {"told", "refused", "unreachable", "will-not-say"};
    return dt_body_name_of(names, DT_PASSED_STATES, state);
}

const char *dt_position_name(int64_t position)
{
    static const char *const names[] = {"no-objection", "objection", "change-requested",
                                        "declined"};
    return dt_body_name_of(names, DT_POSITIONS, position);
}

const char *dt_fire_scope_name(int64_t scope)
{
    static const char *const names[] = {"everywhere", "area", "near-notice"};
    return dt_body_name_of(names, DT_FIRE_SCOPES, scope);
}

const char *dt_fire_answer_name(int64_t answer)
{
    static const char *const names[] = {"passed", "stopped", "not-ours", "cannot"};
    return dt_body_name_of(names, DT_ANSWERS, answer);
}

const char *dt_notice_state_name(int64_t state)
{
    static const char *const names[] = {"started",   "arrived", "ended",
                                        "cancelled", "delayed", "confirmed"};
    return dt_body_name_of(names, DT_NOTICE_STATES, state);
}

/* SPDX-License-Identifier: ISC */
#include "view/watch_body.h"

#include <string.h>

#include "view/body_fields.h"

enum {
    KEY_MEMBER = 6,
    KEY_COUNT = 8,
    KEY_WHAT = 8,
    KEY_OPEN = 9,
    IN_A_ROW_MAX = 1000000,
};

static const int64_t time_max = INT64_C(1) << 53;

/* --- MESSAGE, its clear part ---------------------------------------------------- */

enum dt_err dt_body_subject_encode(uint8_t *out, size_t capacity, size_t *size,
                                   enum dt_subject subject)
{
    struct dt_writer w = dt_body_writer(out, capacity);
    enum dt_subject read;
    dt_cbor_put_map(&w, subject != DT_SUBJECT_NONE);
    if (subject != DT_SUBJECT_NONE) {
        dt_body_put_int(&w, DT_BODY_CODE, (int64_t)subject);
    }
    return dt_body_finish(&w, w.overflowed ? DT_OK : dt_body_subject_decode(&read, dt_written(&w)),
                          size);
}

enum dt_err dt_body_subject_decode(enum dt_subject *subject, struct dt_span body)
{
    int64_t code = 0;
    DT_TRY(dt_body_map(body));
    DT_TRY(dt_body_optional_int(body, DT_BODY_CODE, 1, DT_SUBJECTS - 1, 0, &code));
    *subject = (enum dt_subject)code;
    return DT_OK;
}

/* --- TEST ------------------------------------------------------------------------ */

enum dt_err dt_body_test_encode(uint8_t *out, size_t capacity, size_t *size,
                                const struct dt_body_test *b)
{
    struct dt_writer w = dt_body_writer(out, capacity);
    struct dt_body_test read;
    dt_cbor_put_map(&w, b->echo ? 2 : 1);
    if (b->echo) {
        dt_body_put_ref(&w, &b->ref);
    }
    dt_cbor_put_uint(&w, DT_BODY_CODE);
    dt_cbor_put_uint(&w, b->nonce);
    return dt_body_finish(&w, w.overflowed ? DT_OK : dt_body_test_decode(&read, dt_written(&w)),
                          size);
}

enum dt_err dt_body_test_decode(struct dt_body_test *out, struct dt_span body)
{
    DT_TRY(dt_body_map(body));
    out->ref = (struct dt_ref){0};
    out->echo = dt_field_has(body, DT_BODY_REF);
    if (out->echo) {
        DT_TRY(dt_field_ref(body, DT_BODY_REF, &out->ref));
    }
    return dt_field_uint(body, DT_BODY_CODE, 0, INT64_MAX, &out->nonce);
}

/* --- WATCH ------------------------------------------------------------------------ */

static bool opens_watch(enum dt_watch_event event)
{
    return event == DT_WATCH_TAKEN || event == DT_WATCH_HANDED_OVER;
}

static void put_open(struct dt_writer *w, const struct dt_body_watch *b)
{
    dt_cbor_put_uint(w, KEY_OPEN);
    dt_cbor_put_array(w, b->open_count);
    for (size_t i = 0; i < b->open_count; i++) {
        dt_put_ref(w, &b->open[i]);
    }
}

enum dt_err dt_body_watch_encode(uint8_t *out, size_t capacity, size_t *size,
                                 const struct dt_body_watch *b)
{
    struct dt_writer w = dt_body_writer(out, capacity);
    struct dt_body_watch read;
    const bool desk = b->desk[0] != '\0', until = b->until_ms != 0, open = b->open_count > 0;
    if (b->open_count > DT_REFS_MAX) {
        return DT_ERR_TOO_LARGE;
    }
    dt_cbor_put_map(&w, 1u + desk + until + open);
    if (desk) {
        dt_cbor_put_uint(&w, DT_BODY_NAME);
        dt_cbor_put_string(&w, b->desk);
    }
    dt_body_put_int(&w, DT_BODY_CODE, (int64_t)b->event);
    if (until) {
        dt_body_put_int(&w, DT_BODY_TIME, b->until_ms);
    }
    if (open) {
        put_open(&w, b);
    }
    return dt_body_finish(&w, w.overflowed ? DT_OK : dt_body_watch_decode(&read, dt_written(&w)),
                          size);
}

static enum dt_err take_open(struct dt_cbor *c, struct dt_body_watch *out)
{
    out->open_count = dt_cbor_array(c, 1, DT_REFS_MAX);
    for (size_t i = 0; i < out->open_count; i++) {
        dt_cbor_array(c, 3, 3);
        out->open[i].wid = (uint16_t)dt_cbor_uint(c, DT_WIDS_MAX - 1);
        out->open[i].seq = dt_cbor_uint(c, INT64_MAX);
        const struct dt_span leaf = dt_cbor_bytes(c, DT_HASH_SIZE, DT_HASH_SIZE);
        DT_TRY(dt_cbor_error(c));
        memcpy(out->open[i].leaf, leaf.data, DT_HASH_SIZE);
    }
    return dt_cbor_error(c);
}

enum dt_err dt_body_watch_decode(struct dt_body_watch *out, struct dt_span body)
{
    int code = 0;
    struct dt_cbor open;
    DT_TRY(dt_body_map(body));
    DT_TRY(dt_body_code(body, DT_WATCH_EVENTS, &code));
    out->event = (enum dt_watch_event)code;
    out->desk[0] = '\0';
    if (dt_field_has(body, DT_BODY_NAME)) {
        DT_TRY(dt_field_text(body, DT_BODY_NAME, out->desk, DT_TEXT_MAX));
    }
    DT_TRY(dt_body_optional_int(body, DT_BODY_TIME, 1, time_max, 0, &out->until_ms));
    out->open_count = 0;
    if (dt_cbor_find(body, KEY_OPEN, &open)) {
        DT_TRY(take_open(&open, out));
    }
    if (opens_watch(out->event) && out->until_ms == 0) {
        return DT_ERR_MISSING_FIELD;
    }
    return out->open_count > 0 && out->event != DT_WATCH_HANDED_OVER ? DT_ERR_BAD_VALUE : DT_OK;
}

/* --- MISSED, ATTEMPT --------------------------------------------------------------- */

static enum dt_err field_member(struct dt_span body, unsigned *out)
{
    uint64_t member = 0;
    DT_TRY(dt_field_uint(body, KEY_MEMBER, 0, DT_MEMBERS_MAX - 1, &member));
    *out = (unsigned)member;
    return DT_OK;
}

enum dt_err dt_body_missed_encode(uint8_t *out, size_t capacity, size_t *size,
                                  const struct dt_body_missed *b)
{
    struct dt_writer w = dt_body_writer(out, capacity);
    struct dt_body_missed read;
    dt_cbor_put_map(&w, 4);
    dt_body_put_int(&w, DT_BODY_CODE, (int64_t)b->what);
    dt_body_put_int(&w, KEY_MEMBER, b->member);
    dt_body_put_int(&w, DT_BODY_TIME, b->since_ms);
    dt_body_put_int(&w, KEY_COUNT, b->in_a_row);
    return dt_body_finish(&w, w.overflowed ? DT_OK : dt_body_missed_decode(&read, dt_written(&w)),
                          size);
}

enum dt_err dt_body_missed_decode(struct dt_body_missed *out, struct dt_span body)
{
    int code = 0;
    uint64_t in_a_row = 0;
    DT_TRY(dt_body_map(body));
    DT_TRY(dt_body_code(body, DT_MISSED_KINDS, &code));
    out->what = (enum dt_missed)code;
    DT_TRY(field_member(body, &out->member));
    DT_TRY(dt_field_int(body, DT_BODY_TIME, 1, time_max, &out->since_ms));
    DT_TRY(dt_field_uint(body, KEY_COUNT, 1, IN_A_ROW_MAX, &in_a_row));
    out->in_a_row = (unsigned)in_a_row;
    return DT_OK;
}

enum dt_err dt_body_attempt_encode(uint8_t *out, size_t capacity, size_t *size,
                                   const struct dt_body_attempt *b)
{
    struct dt_writer w = dt_body_writer(out, capacity);
    struct dt_body_attempt read;
    dt_cbor_put_map(&w, 4);
    dt_body_put_ref(&w, &b->ref);
    dt_body_put_int(&w, DT_BODY_CODE, (int64_t)b->step);
    dt_body_put_int(&w, KEY_MEMBER, b->member);
    dt_body_put_int(&w, DT_BODY_TIME, b->deadline_ms);
    return dt_body_finish(&w, w.overflowed ? DT_OK : dt_body_attempt_decode(&read, dt_written(&w)),
                          size);
}

enum dt_err dt_body_attempt_decode(struct dt_body_attempt *out, struct dt_span body)
{
    int code = 0;
    DT_TRY(dt_body_map(body));
    DT_TRY(dt_field_ref(body, DT_BODY_REF, &out->ref));
    DT_TRY(dt_body_code(body, DT_ATTEMPTS, &code));
    out->step = (enum dt_attempt)code;
    DT_TRY(field_member(body, &out->member));
    return dt_field_int(body, DT_BODY_TIME, 1, time_max, &out->deadline_ms);
}

/* --- REPORTED ------------------------------------------------------------------------ */

enum dt_err dt_body_reported_encode(uint8_t *out, size_t capacity, size_t *size,
                                    const struct dt_body_reported *b)
{
    struct dt_writer w = dt_body_writer(out, capacity);
    struct dt_body_reported read;
    dt_cbor_put_map(&w, 6u + (b->text.size > 0));
    dt_body_put_ref(&w, &b->ref);
    dt_body_put_text(&w, b->text);
    dt_cbor_put_uint(&w, DT_BODY_NAME);
    dt_cbor_put_string(&w, b->who);
    dt_body_put_int(&w, DT_BODY_CODE, (int64_t)b->means);
    dt_body_put_int(&w, KEY_MEMBER, b->member);
    dt_body_put_int(&w, DT_BODY_TIME, b->when_ms);
    dt_body_put_int(&w, KEY_WHAT, (int64_t)b->what);
    return dt_body_finish(&w, w.overflowed ? DT_OK : dt_body_reported_decode(&read, dt_written(&w)),
                          size);
}

enum dt_err dt_body_reported_decode(struct dt_body_reported *out, struct dt_span body)
{
    int code = 0;
    uint64_t what = 0;
    DT_TRY(dt_body_map(body));
    DT_TRY(dt_field_ref(body, DT_BODY_REF, &out->ref));
    DT_TRY(dt_body_optional_text(body, DT_BODY_TEXT, &out->text));
    DT_TRY(dt_field_text(body, DT_BODY_NAME, out->who, DT_TEXT_MAX));
    DT_TRY(dt_body_code(body, DT_MEANS_KINDS, &code));
    out->means = (enum dt_means)code;
    DT_TRY(field_member(body, &out->member));
    DT_TRY(dt_field_int(body, DT_BODY_TIME, 1, time_max, &out->when_ms));
    DT_TRY(dt_field_uint(body, KEY_WHAT, 0, DT_REPORTED_KINDS - 1, &what));
    out->what = (enum dt_reported)what;
    return DT_OK;
}

/* --- names ------------------------------------------------------------------------ */

const char *dt_subject_name(int64_t subject)
{
    static const char *const names[] = {N_("none"), N_("distress"), N_("warning"), N_("accident")};
    return dt_body_name_of(names, DT_SUBJECTS, subject);
}

const char *dt_watch_event_name(int64_t event)
{
    static const char *const names[] = {"taken", "handed-over", "left", "alarm-heard",
                                        "alarm-not-heard"};
    return dt_body_name_of(names, DT_WATCH_EVENTS, event);
}

const char *dt_missed_name(int64_t what)
{
    static const char *const names[] = {"link", "desk"};
    return dt_body_name_of(names, DT_MISSED_KINDS, what);
}

const char *dt_attempt_name(int64_t step)
{
    static const char *const names[] = {"same-desk",     "other-path", "deputy",
                                        "duty-director", "guarantor",  "intermediary"};
    return dt_body_name_of(names, DT_ATTEMPTS, step);
}

const char *dt_means_name(int64_t means)
{
    static const char *const names[] = {N_("voice"), N_("paper"), N_("file")};
    return dt_body_name_of(names, DT_MEANS_KINDS, means);
}

const char *dt_reported_name(int64_t what)
{
    static const char *const names[] = {N_("acknowledged"), N_("passed-on"), N_("refused")};
    return dt_body_name_of(names, DT_REPORTED_KINDS, what);
}

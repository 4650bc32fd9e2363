/* SPDX-License-Identifier: ISC */
/* OPEN, KEY, GRANT, officers, and the judgement of a whole body (body.h). */
#include <string.h>

#include "log/fields.h"
#include "log/tier.h"
#include "view/blind_body.h"
#include "view/body.h"
#include "view/body_fields.h"
#include "view/conflict_body.h"
#include "view/disclose.h"
#include "view/notice.h"
#include "view/watch_body.h"

/* --- officers ------------------------------------------------------------------------ */

static enum dt_err take_mark(struct dt_cbor *c, struct dt_officer_mark *out)
{
    dt_cbor_array(c, 2, 2);
    const unsigned number = (unsigned)dt_cbor_uint(c, DT_OPERATOR_MAX);
    const struct dt_span signature = dt_cbor_bytes(c, DT_SIGNATURE_SIZE, DT_SIGNATURE_SIZE);
    DT_TRY(dt_cbor_error(c));
    if (number == 0) {
        return DT_ERR_BAD_VALUE;
    }
    out->number = number;
    memcpy(out->signature, signature.data, DT_SIGNATURE_SIZE);
    return DT_OK;
}

enum dt_err dt_body_officer(struct dt_officer_mark *out, struct dt_span body, unsigned key)
{
    struct dt_cbor c = dt_cbor_need(body, key);
    return take_mark(&c, out);
}

static void put_mark(struct dt_writer *w, unsigned key, unsigned number, const uint8_t *signature)
{
    dt_cbor_put_uint(w, key);
    dt_cbor_put_array(w, 2);
    dt_cbor_put_uint(w, number);
    dt_cbor_put_bytes(w, dt_span(signature, DT_SIGNATURE_SIZE));
}

enum dt_err dt_body_add_officer(uint8_t *out, size_t capacity, size_t *size, struct dt_span body,
                                unsigned key, unsigned number,
                                const uint8_t signature[static DT_SIGNATURE_SIZE])
{
    DT_TRY(dt_body_map(body));
    if ((key != DT_BODY_OFFICER && key != DT_BODY_SECOND) || number == 0 ||
        number > DT_OPERATOR_MAX) {
        return DT_ERR_BAD_VALUE;
    }
    if (dt_field_has(body, key)) {
        return DT_ERR_DUPLICATE;
    }
    struct dt_writer w = dt_body_writer(out, capacity);
    struct dt_cbor c = dt_cbor(body);
    const size_t pairs = dt_cbor_map(&c);
    bool put = false;
    dt_cbor_put_map(&w, pairs + 1);
    for (size_t i = 0; i < pairs; i++) {
        const uint8_t *start = c.r.at;
        /* Keys 15 and 16 are one byte, so the first byte decides the order. */
        if (!put && start[0] > key) {
            put_mark(&w, key, number, signature);
            put = true;
        }
        dt_cbor_skip(&c);
        dt_cbor_skip(&c);
        dt_write_bytes(&w, start, (size_t)(c.r.at - start));
    }
    if (!put) {
        put_mark(&w, key, number, signature);
    }
    if (w.overflowed) {
        return DT_ERR_TOO_LARGE;
    }
    *size = w.size;
    return DT_OK;
}

/* --- OPEN ------------------------------------------------------------------------------- */

enum dt_err dt_body_open_encode(uint8_t *out, size_t capacity, size_t *size,
                                const struct dt_body_open *b)
{
    struct dt_writer w = dt_body_writer(out, capacity);
    struct dt_body_open read;
    if (b->predecessor_count > DT_WRITERS_MAX) {
        return DT_ERR_TOO_LARGE;
    }
    dt_cbor_put_map(&w, 4);
    dt_cbor_put_uint(&w, 1);
    dt_cbor_put_bytes(&w, dt_span(b->line, DT_HASH_SIZE));
    dt_cbor_put_uint(&w, 2);
    dt_cbor_put_bytes(&w, b->certificate);
    dt_cbor_put_uint(&w, 3);
    dt_cbor_put_bytes(&w, dt_span(b->acceptance, DT_SIGNATURE_SIZE));
    dt_cbor_put_uint(&w, 4);
    dt_cbor_put_array(&w, b->predecessor_count);
    for (size_t i = 0; i < b->predecessor_count; i++) {
        dt_cbor_put_array(&w, 3);
        dt_cbor_put_uint(&w, b->predecessors[i].wid);
        dt_cbor_put_uint(&w, b->predecessors[i].size);
        dt_cbor_put_bytes(&w, dt_span(b->predecessors[i].root, DT_HASH_SIZE));
    }
    if (w.overflowed) {
        return DT_ERR_TOO_LARGE;
    }
    DT_TRY(dt_body_open_decode(&read, dt_written(&w)));
    *size = w.size;
    return DT_OK;
}

enum dt_err dt_body_open_decode(struct dt_body_open *out, struct dt_span body)
{
    DT_TRY(dt_body_map(body));
    DT_TRY(dt_field_copy(body, 1, out->line, DT_HASH_SIZE));
    DT_TRY(dt_field_bytes(body, 2, 1, DT_BODY_MAX, &out->certificate));
    DT_TRY(dt_field_copy(body, 3, out->acceptance, DT_SIGNATURE_SIZE));
    struct dt_cbor c = dt_cbor_need(body, 4);
    out->predecessor_count = dt_cbor_array(&c, 0, DT_WRITERS_MAX);
    for (size_t i = 0; i < out->predecessor_count; i++) {
        struct dt_seen *p = &out->predecessors[i];
        dt_cbor_array(&c, 3, 3);
        p->wid = (uint16_t)dt_cbor_uint(&c, DT_WIDS_MAX - 1);
        p->size = dt_cbor_uint(&c, INT64_MAX);
        const struct dt_span root = dt_cbor_bytes(&c, DT_HASH_SIZE, DT_HASH_SIZE);
        DT_TRY(dt_cbor_error(&c));
        if (i > 0 && p->wid <= out->predecessors[i - 1].wid) {
            return DT_ERR_BAD_VALUE;
        }
        memcpy(p->root, root.data, DT_HASH_SIZE);
    }
    return dt_cbor_error(&c);
}

enum { ACCEPT_SIZE = sizeof "detente/1/accept" + DT_HASH_SIZE + DT_PUBLIC_SIZE };

static struct dt_span accept_bytes(uint8_t out[static ACCEPT_SIZE], const uint8_t *line,
                                   const uint8_t *writer)
{
    static const char label[] = "detente/1/accept"; /* with its zero byte */
    struct dt_writer w = dt_writer(out, ACCEPT_SIZE);
    dt_write_bytes(&w, label, sizeof label);
    dt_write_bytes(&w, line, DT_HASH_SIZE);
    dt_write_bytes(&w, writer, DT_PUBLIC_SIZE);
    return dt_written(&w);
}

void dt_accept_sign(uint8_t signature[static DT_SIGNATURE_SIZE],
                    const uint8_t line[static DT_HASH_SIZE],
                    const uint8_t writer[static DT_PUBLIC_SIZE],
                    const uint8_t root[static DT_SIGNER_SIZE])
{
    uint8_t bytes[ACCEPT_SIZE];
    dt_sign(signature, accept_bytes(bytes, line, writer), root);
}

bool dt_accept_verify(const uint8_t signature[static DT_SIGNATURE_SIZE],
                      const uint8_t line[static DT_HASH_SIZE],
                      const uint8_t writer[static DT_PUBLIC_SIZE],
                      const uint8_t root[static DT_PUBLIC_SIZE])
{
    uint8_t bytes[ACCEPT_SIZE];
    return dt_verify(signature, accept_bytes(bytes, line, writer), root);
}

/* --- KEY ------------------------------------------------------------------------------------ */

enum dt_err dt_body_key_encode(uint8_t *out, size_t capacity, size_t *size,
                               struct dt_span statement)
{
    struct dt_writer w = dt_body_writer(out, capacity);
    if (statement.size == 0) {
        return DT_ERR_BAD_VALUE;
    }
    dt_cbor_put_map(&w, 1);
    dt_cbor_put_uint(&w, 2);
    dt_cbor_put_bytes(&w, statement);
    if (w.overflowed) {
        return DT_ERR_TOO_LARGE;
    }
    *size = w.size;
    return DT_OK;
}

enum dt_err dt_body_key_decode(struct dt_span *statement, struct dt_span body)
{
    DT_TRY(dt_body_map(body));
    return dt_field_bytes(body, 2, 1, DT_BODY_MAX, statement);
}

enum { GRANT_SHREDDED = 6 };

/* --- GRANT ---------------------------------------------------------------------------------- */

enum dt_err dt_body_grant_encode(uint8_t *out, size_t capacity, size_t *size,
                                 const struct dt_body_grant *b)
{
    struct dt_writer w = dt_body_writer(out, capacity);
    struct dt_body_grant read;
    if (b->box_count > DT_GRANT_BOXES_MAX) {
        return DT_ERR_TOO_LARGE;
    }
    const bool says_tier = b->single && b->tier != DT_TIER_EXACT;
    dt_cbor_put_map(&w, 3u + b->single + says_tier + b->shredded);
    dt_cbor_put_uint(&w, 1);
    dt_cbor_put_bytes(&w, dt_span(b->key_id, DT_KEY_ID_SIZE));
    dt_cbor_put_uint(&w, 2);
    dt_cbor_put_array(&w, b->box_count);
    for (size_t i = 0; i < b->box_count; i++) {
        dt_cbor_put_array(&w, 2);
        dt_cbor_put_uint(&w, b->boxes[i].wid);
        dt_cbor_put_bytes(&w, dt_span(b->boxes[i].box, DT_GRANT_BOX_SIZE));
    }
    dt_cbor_put_uint(&w, 3);
    dt_cbor_put_int(&w, b->expiry_ms);
    if (b->single) {
        dt_cbor_put_uint(&w, 4);
        dt_cbor_put_array(&w, 2);
        dt_cbor_put_uint(&w, b->wid);
        dt_cbor_put_uint(&w, b->seq);
    }
    if (says_tier) {
        dt_body_put_int(&w, DT_BODY_CODE, b->tier);
    }
    if (b->shredded) {
        dt_cbor_put_uint(&w, GRANT_SHREDDED);
        dt_cbor_put_bool(&w, true);
    }
    if (w.overflowed) {
        return DT_ERR_TOO_LARGE;
    }
    DT_TRY(dt_body_grant_decode(&read, dt_written(&w)));
    *size = w.size;
    return DT_OK;
}

enum dt_err dt_body_grant_decode(struct dt_body_grant *out, struct dt_span body)
{
    DT_TRY(dt_body_map(body));
    DT_TRY(dt_field_copy(body, 1, out->key_id, DT_KEY_ID_SIZE));
    struct dt_cbor c = dt_cbor_need(body, 2);
    out->box_count = dt_cbor_array(&c, 1, DT_GRANT_BOXES_MAX);
    for (size_t i = 0; i < out->box_count; i++) {
        dt_cbor_array(&c, 2, 2);
        out->boxes[i].wid = (uint16_t)dt_cbor_uint(&c, DT_WIDS_MAX - 1);
        out->boxes[i].box = dt_cbor_bytes(&c, DT_GRANT_BOX_SIZE, DT_GRANT_BOX_SIZE).data;
    }
    DT_TRY(dt_cbor_error(&c));
    DT_TRY(dt_field_int(body, 3, 0, INT64_MAX, &out->expiry_ms));
    out->single = dt_cbor_find(body, 4, &c);
    out->wid = 0;
    out->seq = 0;
    if (out->single) {
        dt_cbor_array(&c, 2, 2);
        out->wid = (uint16_t)dt_cbor_uint(&c, DT_WIDS_MAX - 1);
        out->seq = dt_cbor_uint(&c, INT64_MAX);
        DT_TRY(dt_cbor_error(&c));
    }
    uint64_t tier = DT_TIER_EXACT;
    if (out->single && dt_field_has(body, DT_BODY_CODE)) {
        DT_TRY(dt_field_uint(body, DT_BODY_CODE, DT_TIER_CELL, DT_TIER_EXACT, &tier));
    }
    out->tier = (unsigned)tier;
    out->shredded = dt_cbor_find(body, GRANT_SHREDDED, &c) && dt_cbor_bool(&c);
    return dt_field_has(body, GRANT_SHREDDED) ? dt_cbor_error(&c) : DT_OK;
}

/* --- a whole body ----------------------------------------------------------------------------- */

/* How many officers must and may sign a record of that kind. */
struct officers {
    unsigned least, most;
};

static struct officers officers_of(unsigned kind)
{
    switch (kind) {
    case DT_KIND_LIFT:
        return (struct officers){2, 2};
    case DT_KIND_ACK:
    case DT_KIND_POSITION:
    case DT_KIND_CHECK_FIRE:
    case DT_KIND_RECALL:
    case DT_KIND_REPORTED:
    case DT_KIND_NAMED:
    case DT_KIND_OUTCOME:
    case DT_KIND_BLIND:
    case DT_KIND_RAISED:
        return (struct officers){1, 1};
    case DT_KIND_LEAVE:
    case DT_KIND_SUSPEND:
        return (struct officers){1, 2};
    case DT_KIND_MESSAGE:
    case DT_KIND_NOTICE:
    case DT_KIND_WATCH:
        return (struct officers){0, 2};
    case DT_KIND_FIRE_ANSWER:
    case DT_KIND_PASSED_ON:
    case DT_KIND_NOTICE_STATE:
    case DT_KIND_TEST:
    case DT_KIND_CONFLICT:
    case DT_KIND_DISCLOSED: /* one at least, but for an automatic one */
        return (struct officers){0, 1};
    default:
        return (struct officers){0, 0};
    }
}

unsigned dt_body_officers(unsigned kind)
{
    return officers_of(kind).most;
}

/* WATCH: leaving may be seen by the node alone, all else is an officer's word. */
static unsigned watch_officers(struct dt_span body)
{
    struct dt_body_watch b;
    return dt_body_watch_decode(&b, body) != DT_OK ? 0
           : b.event == DT_WATCH_HANDED_OVER       ? 2
           : b.event == DT_WATCH_LEFT              ? 0
                                                   : 1;
}

/* CONFLICT: a node raises it by itself, all else is an officer's word. */
static unsigned conflict_officers(struct dt_span body)
{
    struct dt_body_conflict b;
    return dt_body_conflict_decode(&b, body) == DT_OK && b.step != DT_STEP_RAISED;
}

static enum dt_err check_officers(unsigned kind, struct dt_span body)
{
    struct dt_officer_mark first, second;
    struct officers o = officers_of(kind);
    if (kind == DT_KIND_WATCH) {
        o.least = watch_officers(body);
    }
    if (kind == DT_KIND_CONFLICT) {
        o.least = conflict_officers(body);
    }
    const bool has_second = o.most == 2 && dt_field_has(body, DT_BODY_SECOND);
    const bool has_first = o.most >= 1 && dt_field_has(body, DT_BODY_OFFICER);
    if (o.least >= 1 || has_first || has_second) {
        DT_TRY(dt_body_officer(&first, body, DT_BODY_OFFICER));
    }
    if (o.least < 2 && !has_second) {
        return DT_OK;
    }
    DT_TRY(dt_body_officer(&second, body, DT_BODY_SECOND));
    return first.number == second.number ? DT_ERR_NEEDS_SECOND : DT_OK;
}

static enum dt_err check_disclosed(struct dt_span body)
{
    struct dt_body_disclosed b;
    DT_TRY(dt_body_disclosed_decode(&b, body));
    return b.automatic || dt_field_has(body, DT_BODY_OFFICER) ? DT_OK : DT_ERR_MISSING_FIELD;
}

/* All of it sealed. */
static enum dt_err check_sealed(struct dt_span body)
{
    struct dt_sealed sealed;
    bool present = false;
    DT_TRY(dt_sealed_find(&sealed, body, &present));
    return present ? DT_OK : DT_ERR_MISSING_FIELD;
}

static enum dt_err check_message(struct dt_span body)
{
    enum dt_subject subject;
    DT_TRY(dt_body_subject_decode(&subject, body));
    return check_sealed(body);
}

static enum dt_err check_content(unsigned kind, struct dt_span body)
{
    union {
        struct dt_body_open open;
        struct dt_body_grant grant;
        struct dt_body_passed_on passed_on;
        struct dt_body_position position;
        struct dt_body_check_fire check_fire;
        struct dt_body_fire_answer answer;
        struct dt_body_recall recall;
        struct dt_body_notice notice;
        struct dt_body_notice_state state;
        struct dt_body_suspend suspend;
        struct dt_ref ref;
        struct dt_span statement;
        struct dt_body_test test;
        struct dt_body_watch watch;
        struct dt_body_missed missed;
        struct dt_body_attempt attempt;
        struct dt_body_reported reported;
        struct dt_body_conflict conflict;
        struct dt_body_outcome outcome;
        struct dt_body_blind blind;
        struct dt_body_blind_part part;
    } b;
    struct dt_blind_message hello;
    switch (kind) {
    case DT_KIND_OPEN:
        return dt_body_open_decode(&b.open, body);
    case DT_KIND_KEY:
        return dt_body_key_decode(&b.statement, body);
    case DT_KIND_GRANT:
        return dt_body_grant_decode(&b.grant, body);
    case DT_KIND_MESSAGE:
        return check_message(body);
    case DT_KIND_SHOWN:
    case DT_KIND_ACK:
    case DT_KIND_LIFT:
    case DT_KIND_NAMED:
        return dt_body_ref_decode(&b.ref, body);
    case DT_KIND_PASSED_ON:
        return dt_body_passed_on_decode(&b.passed_on, body);
    case DT_KIND_POSITION:
        return dt_body_position_decode(&b.position, body);
    case DT_KIND_CHECK_FIRE:
        return dt_body_check_fire_decode(&b.check_fire, body);
    case DT_KIND_FIRE_ANSWER:
        return dt_body_fire_answer_decode(&b.answer, body);
    case DT_KIND_RECALL:
        return dt_body_recall_decode(&b.recall, body);
    case DT_KIND_NOTICE:
        return dt_body_notice_decode(&b.notice, body);
    case DT_KIND_NOTICE_STATE:
        return dt_body_notice_state_decode(&b.state, body);
    case DT_KIND_SUSPEND:
        return dt_body_suspend_decode(&b.suspend, body);
    case DT_KIND_TEST:
        return dt_body_test_decode(&b.test, body);
    case DT_KIND_WATCH:
        return dt_body_watch_decode(&b.watch, body);
    case DT_KIND_MISSED:
        return dt_body_missed_decode(&b.missed, body);
    case DT_KIND_ATTEMPT:
        return dt_body_attempt_decode(&b.attempt, body);
    case DT_KIND_REPORTED:
        return dt_body_reported_decode(&b.reported, body);
    case DT_KIND_CONFLICT:
        return dt_body_conflict_decode(&b.conflict, body);
    case DT_KIND_OUTCOME:
        return dt_body_outcome_decode(&b.outcome, body);
    case DT_KIND_BLIND:
        return dt_body_blind_decode(&b.blind, &hello, body);
    case DT_KIND_BLIND_PART:
        return dt_body_blind_part_decode(&b.part, body);
    case DT_KIND_DISCLOSED:
        return check_disclosed(body);
    case DT_KIND_RAISED:
        return check_sealed(body);
    default:
        return DT_OK;
    }
}

enum dt_err dt_body_check(unsigned kind, struct dt_span body)
{
    DT_TRY(dt_body_map(body));
    DT_TRY(check_content(kind, body));
    return check_officers(kind, body);
}

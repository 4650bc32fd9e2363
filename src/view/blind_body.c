/* SPDX-License-Identifier: ISC */
#include "view/blind_body.h"

#include <string.h>

#include "view/body_fields.h"

enum { KEY_STEP = 6, KEY_PARTS = 7, KEY_BYTES = 8, KEY_AFTER = 9 };

static bool has_hello(enum dt_blind_event event)
{
    return event == DT_BLIND_PROPOSED || event == DT_BLIND_ANSWERED;
}

static void put_bytes(struct dt_writer *w, uint64_t key, struct dt_span bytes)
{
    dt_cbor_put_uint(w, key);
    dt_cbor_put_bytes(w, bytes);
}

enum dt_err dt_body_blind_encode(uint8_t *out, size_t capacity, size_t *size,
                                 const struct dt_body_blind *b)
{
    struct dt_writer w = dt_body_writer(out, capacity);
    struct dt_body_blind read;
    struct dt_blind_message hello;
    const bool refused = b->event == DT_BLIND_REFUSED, done = b->event == DT_BLIND_DONE;
    dt_cbor_put_map(&w, 1u + (b->event != DT_BLIND_PROPOSED) + 2u * refused + has_hello(b->event) + done);
    if (b->event != DT_BLIND_PROPOSED) {
        dt_body_put_ref(&w, &b->ref);
    }
    if (refused) {
        dt_cbor_put_uint(&w, DT_BODY_NAME);
        dt_cbor_put_string(&w, b->reason);
    }
    dt_body_put_int(&w, DT_BODY_CODE, (int64_t)b->event);
    if (refused) {
        dt_body_put_int(&w, KEY_STEP, (int64_t)b->step);
    }
    if (has_hello(b->event)) {
        put_bytes(&w, KEY_BYTES, b->hello);
    }
    if (done) {
        put_bytes(&w, KEY_AFTER, dt_span(b->after, DT_HASH_SIZE));
    }
    return dt_body_finish(
        &w, w.overflowed ? DT_OK : dt_body_blind_decode(&read, &hello, dt_written(&w)), size);
}

static enum dt_err take_hello(struct dt_body_blind *out, struct dt_blind_message *hello, struct dt_span body)
{
    static const uint8_t nothing[DT_HASH_SIZE];
    DT_TRY(dt_field_bytes(body, KEY_BYTES, 1, DT_BLIND_HELLO_MAX, &out->hello));
    DT_TRY(dt_blind_message_read(hello, out->hello));
    const bool asks = out->event == DT_BLIND_PROPOSED;
    const bool first = memcmp(hello->after.data, nothing, sizeof nothing) == 0;
    return hello->kind == DT_BLIND_HELLO && first == asks &&
                   hello->role == (asks ? DT_BLIND_ASKS : DT_BLIND_ANSWERS)
               ? DT_OK
               : DT_ERR_BAD_VALUE;
}

enum dt_err dt_body_blind_decode(struct dt_body_blind *out, struct dt_blind_message *hello,
                                 struct dt_span body)
{
    int event = 0;
    uint64_t step = 0;
    memset(out, 0, sizeof *out);
    DT_TRY(dt_body_map(body));
    DT_TRY(dt_body_code(body, DT_BLIND_EVENTS, &event));
    out->event = (enum dt_blind_event)event;
    if (out->event != DT_BLIND_PROPOSED) {
        DT_TRY(dt_field_ref(body, DT_BODY_REF, &out->ref));
    } else if (dt_field_has(body, DT_BODY_REF)) {
        return DT_ERR_BAD_VALUE;
    }
    if (out->event == DT_BLIND_REFUSED) {
        DT_TRY(dt_field_text(body, DT_BODY_NAME, out->reason, DT_TEXT_MAX));
        DT_TRY(dt_field_uint(body, KEY_STEP, 0, DT_BLIND_MESSAGES - 1, &step));
        out->step = (size_t)step;
    }
    if (out->event == DT_BLIND_DONE) {
        DT_TRY(dt_field_copy(body, KEY_AFTER, out->after, DT_HASH_SIZE));
    }
    return has_hello(out->event) ? take_hello(out, hello, body) : DT_OK;
}

/* --- parts ------------------------------------------------------------------------- */

enum dt_err dt_body_blind_part_encode(uint8_t *out, size_t capacity, size_t *size,
                                      const struct dt_body_blind_part *b)
{
    struct dt_writer w = dt_body_writer(out, capacity);
    struct dt_body_blind_part read;
    const bool sealed = b->step >= DT_BLIND_STEP_REPLY;
    dt_cbor_put_map(&w, 4u + !sealed);
    dt_body_put_ref(&w, &b->ref);
    dt_body_put_int(&w, DT_BODY_CODE, (int64_t)b->step);
    dt_body_put_int(&w, KEY_STEP, (int64_t)b->part);
    dt_body_put_int(&w, KEY_PARTS, (int64_t)b->parts);
    if (!sealed) {
        put_bytes(&w, KEY_BYTES, b->bytes);
    }
    return dt_body_finish(&w, w.overflowed ? DT_OK : dt_body_blind_part_decode(&read, dt_written(&w)),
                          size);
}

/* All parts but the last are full: so a message falls into parts in one way. */
static enum dt_err check_size(const struct dt_body_blind_part *b, size_t size)
{
    return b->part + 1 == b->parts || size == DT_BLIND_PART_SIZE ? DT_OK : DT_ERR_BAD_VALUE;
}

enum dt_err dt_body_blind_part_decode(struct dt_body_blind_part *out, struct dt_span body)
{
    uint64_t step, part, parts;
    memset(out, 0, sizeof *out);
    DT_TRY(dt_body_map(body));
    DT_TRY(dt_field_ref(body, DT_BODY_REF, &out->ref));
    DT_TRY(dt_field_uint(body, DT_BODY_CODE, DT_BLIND_STEP_LIST, DT_BLIND_MESSAGES - 1, &step));
    DT_TRY(dt_field_uint(body, KEY_PARTS, 1, DT_BLIND_PARTS_MAX, &parts));
    DT_TRY(dt_field_uint(body, KEY_STEP, 0, parts - 1, &part));
    out->step = (size_t)step;
    out->part = (size_t)part;
    out->parts = (size_t)parts;
    if (out->step >= DT_BLIND_STEP_REPLY) {
        return dt_field_has(body, KEY_BYTES) ? DT_ERR_BAD_VALUE : DT_OK;
    }
    DT_TRY(dt_field_bytes(body, KEY_BYTES, 1, DT_BLIND_PART_SIZE, &out->bytes));
    return check_size(out, out->bytes.size);
}

enum dt_err dt_body_blind_plain_encode(uint8_t *out, size_t capacity, size_t *size, struct dt_span bytes)
{
    struct dt_writer w = dt_body_writer(out, capacity);
    struct dt_span read;
    dt_cbor_put_map(&w, 1);
    put_bytes(&w, KEY_BYTES, bytes);
    return dt_body_finish(&w, w.overflowed ? DT_OK : dt_body_blind_plain_decode(&read, dt_written(&w)),
                          size);
}

enum dt_err dt_body_blind_plain_decode(struct dt_span *bytes, struct dt_span plain)
{
    DT_TRY(dt_body_map(plain));
    return dt_field_bytes(plain, KEY_BYTES, 1, DT_BLIND_PART_SIZE, bytes);
}

const char *dt_blind_event_name(int64_t event)
{
    static const char *const names[] = {N_("proposed"), N_("answered"), N_("declined"),
                                        N_("done"),     N_("given-up"), N_("refused")};
    return dt_body_name_of(names, DT_BLIND_EVENTS, event);
}

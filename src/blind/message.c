/* SPDX-License-Identifier: ISC */
#include "blind/message.h"

#include "base/try.h"
#include "blind/cells.h"
#include "cbor/cbor.h"

enum { VERSION = 1 };

static const size_t fields[] = {10, 4, 6, 6}; /* of each kind */

static struct dt_span bytes_of(struct dt_cbor *c, uint64_t key, size_t min, size_t max)
{
    if (dt_cbor_uint(c, UINT64_MAX) != key) {
        dt_cbor_fail(c, DT_ERR_UNKNOWN_FIELD);
    }
    return dt_cbor_bytes(c, min, max);
}

static uint32_t number_of(struct dt_cbor *c, uint64_t key, uint32_t min, uint32_t max)
{
    if (dt_cbor_uint(c, UINT64_MAX) != key) {
        dt_cbor_fail(c, DT_ERR_UNKNOWN_FIELD);
    }
    const uint32_t value = (uint32_t)dt_cbor_uint(c, max);
    if (value < min) {
        dt_cbor_fail(c, DT_ERR_BAD_VALUE);
    }
    return value;
}

static struct dt_span points_of(struct dt_cbor *c, uint64_t key)
{
    const struct dt_span points = bytes_of(c, key, (size_t)DT_BLIND_SIZE_MIN * DT_POINT_SIZE,
                                           (size_t)DT_BLIND_SIZE_MAX * DT_POINT_SIZE);
    if (points.size % DT_POINT_SIZE != 0) {
        dt_cbor_fail(c, DT_ERR_BAD_VALUE);
    }
    return points;
}

static struct dt_span cells_of(struct dt_cbor *c, uint64_t key)
{
    const struct dt_span cells = bytes_of(c, key, 0, (size_t)DT_BLIND_SIZE_MAX * DT_BLIND_CELL_SIZE);
    if (cells.size % DT_BLIND_CELL_SIZE != 0) {
        dt_cbor_fail(c, DT_ERR_BAD_VALUE);
        return cells;
    }
    for (size_t at = DT_BLIND_CELL_SIZE; at < cells.size; at += DT_BLIND_CELL_SIZE) {
        if (memcmp(cells.data + at - DT_BLIND_CELL_SIZE, cells.data + at, DT_BLIND_CELL_SIZE) >= 0) {
            dt_cbor_fail(c, DT_ERR_NOT_CANONICAL);
            break;
        }
    }
    return cells;
}

static void read_hello(struct dt_blind_message *m, struct dt_cbor *c)
{
    m->role = (enum dt_blind_role)number_of(c, 3, 0, DT_BLIND_ANSWERS);
    m->line = bytes_of(c, 4, DT_HASH_SIZE, DT_HASH_SIZE);
    m->slot_ms = number_of(c, 5, DT_BLIND_SLOT_MIN_MS, DT_BLIND_SLOT_MAX_MS);
    m->size = number_of(c, 6, DT_BLIND_SIZE_MIN, DT_BLIND_SIZE_MAX);
    m->nonce = bytes_of(c, 7, DT_BLIND_NONCE_SIZE, DT_BLIND_NONCE_SIZE);
    m->key = bytes_of(c, 8, DT_POINT_SIZE, DT_POINT_SIZE);
    m->commitment = bytes_of(c, 9, DT_HASH_SIZE, DT_HASH_SIZE);
}

enum dt_err dt_blind_message_read(struct dt_blind_message *m, struct dt_span bytes)
{
    *m = (struct dt_blind_message){.kind = DT_BLIND_HELLO};
    if (bytes.size > DT_BLIND_MESSAGE_MAX) {
        return DT_ERR_TOO_LARGE;
    }
    DT_TRY(dt_cbor_check(bytes));
    struct dt_cbor version = dt_cbor_peek(&(struct dt_cbor){dt_reader(bytes)}) == DT_CBOR_MAP
                                 ? dt_cbor_need(bytes, 0)
                                 : dt_cbor(bytes);
    const uint64_t number = dt_cbor_uint(&version, UINT64_MAX);
    DT_TRY(dt_cbor_error(&version));
    struct dt_cbor c = dt_cbor(bytes);
    const size_t pairs = dt_cbor_map(&c);
    DT_TRY(dt_cbor_error(&c));
    if (number != VERSION) {
        return DT_ERR_UNKNOWN_VERSION;
    }
    number_of(&c, 0, VERSION, VERSION);
    m->kind = (enum dt_blind_kind)number_of(&c, 1, 0, DT_BLIND_OPENING);
    DT_TRY(dt_cbor_error(&c));
    if (pairs != fields[m->kind]) {
        return pairs < fields[m->kind] ? DT_ERR_MISSING_FIELD : DT_ERR_UNKNOWN_FIELD;
    }
    m->after = bytes_of(&c, 2, DT_HASH_SIZE, DT_HASH_SIZE);
    if (m->kind == DT_BLIND_HELLO) {
        read_hello(m, &c);
    } else if (m->kind == DT_BLIND_OPENING) {
        m->role = (enum dt_blind_role)number_of(&c, 3, 0, DT_BLIND_ANSWERS);
        m->secret = bytes_of(&c, 4, DT_BLIND_SECRET_SIZE, DT_BLIND_SECRET_SIZE);
        m->cells = cells_of(&c, 5);
    } else {
        m->points = points_of(&c, 3);
    }
    if (m->kind == DT_BLIND_REPLY) {
        m->challenge = bytes_of(&c, 4, DT_SCALAR_SIZE, DT_SCALAR_SIZE);
        m->response = bytes_of(&c, 5, DT_SCALAR_SIZE, DT_SCALAR_SIZE);
    }
    return dt_cbor_end(&c);
}

static void put_bytes(struct dt_writer *w, uint64_t key, struct dt_span bytes)
{
    dt_cbor_put_uint(w, key);
    dt_cbor_put_bytes(w, bytes);
}

static void put_number(struct dt_writer *w, uint64_t key, uint64_t value)
{
    dt_cbor_put_uint(w, key);
    dt_cbor_put_uint(w, value);
}

void dt_blind_message_write(struct dt_writer *w, const struct dt_blind_message *m)
{
    dt_cbor_put_map(w, fields[m->kind]);
    put_number(w, 0, VERSION);
    put_number(w, 1, m->kind);
    put_bytes(w, 2, m->after);
    switch (m->kind) {
    case DT_BLIND_HELLO:
        put_number(w, 3, m->role);
        put_bytes(w, 4, m->line);
        put_number(w, 5, m->slot_ms);
        put_number(w, 6, m->size);
        put_bytes(w, 7, m->nonce);
        put_bytes(w, 8, m->key);
        put_bytes(w, 9, m->commitment);
        break;
    case DT_BLIND_OPENING:
        put_number(w, 3, m->role);
        put_bytes(w, 4, m->secret);
        put_bytes(w, 5, m->cells);
        break;
    case DT_BLIND_REPLY:
        put_bytes(w, 3, m->points);
        put_bytes(w, 4, m->challenge);
        put_bytes(w, 5, m->response);
        break;
    case DT_BLIND_LIST:
        put_bytes(w, 3, m->points);
        break;
    }
}

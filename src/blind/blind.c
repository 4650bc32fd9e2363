/* SPDX-License-Identifier: ISC */
#include "blind/blind.h"

#include <stdlib.h>

#include "base/try.h"
#include "blind/list.h"
#include "blind/same.h"

struct dt_blind {
    struct dt_blind_terms terms;
    enum dt_blind_role role;
    size_t step; /* messages so far, of both */
    struct dt_blind_budget *budget;
    uint8_t secret[DT_BLIND_SECRET_SIZE], scalar[DT_SCALAR_SIZE], key[DT_POINT_SIZE];
    uint8_t nonce[DT_BLIND_NONCE_SIZE];
    uint8_t peer_key[DT_POINT_SIZE];
    uint8_t chain[DT_HASH_SIZE];   /* hash of all messages */
    uint8_t session[DT_HASH_SIZE]; /* the same after both HELLOs */
    size_t count;                  /* of cells */
    size_t common_count;
    uint64_t *cells, *common;      /* `size` each */
    uint8_t *coded;                /* the cells, 8 bytes each */
    struct dt_blind_entry *list;   /* ours */
    uint8_t *points;               /* of our list */
    uint8_t *theirs;               /* their list */
    uint8_t *given;                /* their list, multiplied here */
    uint8_t *back;                 /* our list, multiplied there */
    bool *found;
};

static void *room(size_t count, size_t size)
{
    return calloc(count, size);
}

static void drop(void *secret, size_t size)
{
    if (secret != NULL) {
        dt_wipe(secret, size);
        free(secret);
    }
}

void dt_blind_free(struct dt_blind *b)
{
    if (b == NULL) {
        return;
    }
    const size_t size = b->terms.size;
    drop(b->cells, size * sizeof b->cells[0]);
    drop(b->common, size * sizeof b->common[0]);
    drop(b->coded, size * DT_BLIND_CELL_SIZE);
    drop(b->list, size * sizeof b->list[0]);
    drop(b->points, size * DT_POINT_SIZE);
    drop(b->theirs, size * DT_POINT_SIZE);
    drop(b->given, size * DT_POINT_SIZE);
    drop(b->back, size * DT_POINT_SIZE);
    drop(b->found, size * sizeof b->found[0]);
    drop(b, sizeof *b);
}

static bool make_room(struct dt_blind *b, size_t size)
{
    b->cells = room(size, sizeof b->cells[0]);
    b->common = room(size, sizeof b->common[0]);
    b->coded = room(size, DT_BLIND_CELL_SIZE);
    b->list = room(size, sizeof b->list[0]);
    b->points = room(size, DT_POINT_SIZE);
    b->theirs = room(size, DT_POINT_SIZE);
    b->given = room(size, DT_POINT_SIZE);
    b->back = room(size, DT_POINT_SIZE);
    b->found = room(size, sizeof b->found[0]);
    return b->cells != NULL && b->common != NULL && b->coded != NULL && b->list != NULL &&
           b->points != NULL && b->theirs != NULL && b->given != NULL && b->back != NULL &&
           b->found != NULL;
}

static enum dt_err check(const struct dt_blind_terms *terms, const uint64_t *cells, size_t count)
{
    if (terms->size < DT_BLIND_SIZE_MIN || terms->size > DT_BLIND_SIZE_MAX ||
        terms->slot_ms < DT_BLIND_SLOT_MIN_MS || terms->slot_ms > DT_BLIND_SLOT_MAX_MS) {
        return DT_ERR_BAD_VALUE;
    }
    if (count > terms->size) {
        return DT_ERR_CAPACITY;
    }
    for (size_t i = 1; i < count; i++) {
        if (cells[i - 1] >= cells[i]) {
            return DT_ERR_NOT_CANONICAL;
        }
    }
    return DT_OK;
}

enum dt_err dt_blind_new(struct dt_blind **out, const struct dt_blind_terms *terms,
                         enum dt_blind_role role, const uint8_t secret[static DT_BLIND_SECRET_SIZE],
                         const uint64_t *cells, size_t count, struct dt_blind_budget *budget,
                         int64_t now_ms)
{
    *out = NULL;
    DT_TRY(check(terms, cells, count));
    struct dt_blind *b = room(1, sizeof *b);
    if (b == NULL) {
        return DT_ERR_NO_MEMORY;
    }
    b->terms = *terms;
    b->role = role;
    b->budget = budget;
    enum dt_err err = make_room(b, terms->size) ? DT_OK : DT_ERR_NO_MEMORY;
    if (err == DT_OK && !dt_blind_key(b->scalar, b->key, b->nonce, secret)) {
        err = DT_ERR_BAD_KEY;
    }
    if (err == DT_OK) {
        err = dt_blind_budget_take(budget, now_ms, terms->size);
    }
    if (err != DT_OK) {
        dt_blind_free(b);
        return err;
    }
    memcpy(b->secret, secret, DT_BLIND_SECRET_SIZE);
    b->count = count;
    struct dt_writer w = dt_writer(b->coded, terms->size * (size_t)DT_BLIND_CELL_SIZE);
    for (size_t i = 0; i < count; i++) {
        b->cells[i] = cells[i];
        dt_write_u64(&w, cells[i]);
    }
    *out = b;
    return DT_OK;
}

enum dt_blind_role dt_blind_turn(size_t step)
{
    return step == 0 || step == 3 || step == 4 ? DT_BLIND_ASKS : DT_BLIND_ANSWERS;
}

enum dt_blind_kind dt_blind_due(size_t step)
{
    return step < 2 ? DT_BLIND_HELLO : step < 4 ? DT_BLIND_LIST : DT_BLIND_REPLY;
}

bool dt_blind_done(const struct dt_blind *b)
{
    return b->step == DT_BLIND_MESSAGES;
}

size_t dt_blind_step(const struct dt_blind *b)
{
    return b->step;
}

void dt_blind_after(const struct dt_blind *b, uint8_t after[static DT_HASH_SIZE])
{
    memcpy(after, b->chain, DT_HASH_SIZE);
}

static bool our_turn(const struct dt_blind *b)
{
    return !dt_blind_done(b) && dt_blind_turn(b->step) == b->role;
}

static struct dt_span coded(const struct dt_blind *b)
{
    return dt_span(b->coded, b->count * DT_BLIND_CELL_SIZE);
}

static struct dt_span points_at(const struct dt_blind *b, const uint8_t *points)
{
    return dt_span(points, (size_t)b->terms.size * DT_POINT_SIZE);
}

static enum dt_err make_list(struct dt_blind *b)
{
    if (!dt_blind_list(b->list, b->terms.size, dt_span(b->terms.line, DT_HASH_SIZE), b->session,
                       b->secret, b->cells, b->count)) {
        return DT_ERR_BAD_KEY;
    }
    for (size_t i = 0; i < b->terms.size; i++) {
        memcpy(b->points + i * DT_POINT_SIZE, b->list[i].point, DT_POINT_SIZE);
    }
    return DT_OK;
}

static enum dt_err make_reply(struct dt_blind *b, uint8_t *challenge, uint8_t *response)
{
    uint8_t context[DT_HASH_SIZE];
    for (size_t i = 0; i < b->terms.size; i++) {
        if (!dt_point_multiply(b->given + i * DT_POINT_SIZE, b->scalar, b->theirs + i * DT_POINT_SIZE)) {
            return DT_ERR_BAD_VALUE;
        }
    }
    dt_blind_context(context, b->session, b->role);
    const struct dt_blind_same same = {dt_span(context, sizeof context), b->key, b->theirs, b->given,
                                       b->terms.size};
    return dt_blind_same_prove(challenge, response, &same, b->scalar,
                               dt_span(b->secret, DT_BLIND_SECRET_SIZE))
               ? DT_OK
               : DT_ERR_BAD_VALUE;
}

/* After the last message. */
static void meet(struct dt_blind *b)
{
    struct dt_blind_cells set = {b->common, b->terms.size, 0};
    dt_blind_meet(b->found, b->back, b->given, b->terms.size);
    for (size_t i = 0; i < b->terms.size; i++) {
        if (b->found[i] && b->list[i].real) {
            set.cells[set.count++] = b->list[i].cell;
        }
    }
    dt_blind_cells_sort(&set);
    b->common_count = set.count;
    dt_blind_budget_found(b->budget, b->common_count);
}

/* A message was sent or taken. */
static void advance(struct dt_blind *b, struct dt_span message)
{
    dt_blind_chain(b->chain, message);
    b->step++;
    if (b->step == 2) {
        memcpy(b->session, b->chain, DT_HASH_SIZE);
    }
    if (dt_blind_done(b)) {
        meet(b);
    }
}

static struct dt_blind_message hello_of(const struct dt_blind *b, const uint8_t *commitment)
{
    return (struct dt_blind_message){
        .kind = DT_BLIND_HELLO,
        .role = b->role,
        .line = dt_span(b->terms.line, DT_HASH_SIZE),
        .slot_ms = b->terms.slot_ms,
        .size = b->terms.size,
        .nonce = dt_span(b->nonce, DT_BLIND_NONCE_SIZE),
        .key = dt_span(b->key, DT_POINT_SIZE),
        .commitment = dt_span(commitment, DT_HASH_SIZE),
    };
}

enum dt_err dt_blind_next(struct dt_blind *b, struct dt_writer *w)
{
    uint8_t commitment[DT_HASH_SIZE], challenge[DT_SCALAR_SIZE], response[DT_SCALAR_SIZE];
    struct dt_blind_message m = hello_of(b, commitment);
    if (!our_turn(b)) {
        return DT_ERR_BAD_STATE;
    }
    m.kind = dt_blind_due(b->step);
    m.after = dt_span(b->chain, DT_HASH_SIZE);
    if (m.kind == DT_BLIND_HELLO) {
        dt_blind_commit(commitment, &m, dt_span(b->secret, DT_BLIND_SECRET_SIZE), coded(b));
    } else if (m.kind == DT_BLIND_LIST) {
        DT_TRY(make_list(b));
        m.points = points_at(b, b->points);
    } else {
        DT_TRY(make_reply(b, challenge, response));
        m.points = points_at(b, b->given);
        m.challenge = dt_span(challenge, sizeof challenge);
        m.response = dt_span(response, sizeof response);
    }
    const size_t before = w->size;
    dt_blind_message_write(w, &m);
    if (w->overflowed) {
        return DT_ERR_CAPACITY;
    }
    advance(b, dt_span(w->data + before, w->size - before));
    return DT_OK;
}

static enum dt_err take_hello(struct dt_blind *b, const struct dt_blind_message *m)
{
    if (!dt_equal(m->line.data, b->terms.line, DT_HASH_SIZE)) {
        return DT_ERR_UNKNOWN_LINE;
    }
    if (m->role == b->role || m->slot_ms != b->terms.slot_ms || m->size != b->terms.size) {
        return DT_ERR_BAD_VALUE;
    }
    if (!dt_point_valid(m->key.data) || dt_equal(m->key.data, b->key, DT_POINT_SIZE)) {
        return DT_ERR_BAD_KEY;
    }
    memcpy(b->peer_key, m->key.data, DT_POINT_SIZE);
    return DT_OK;
}

static enum dt_err take_reply(struct dt_blind *b, const struct dt_blind_message *m)
{
    uint8_t context[DT_HASH_SIZE];
    DT_TRY(dt_blind_points(m->points, b->terms.size, false));
    dt_blind_context(context, b->session, b->role == DT_BLIND_ASKS ? DT_BLIND_ANSWERS : DT_BLIND_ASKS);
    const struct dt_blind_same same = {dt_span(context, sizeof context), b->peer_key, b->points,
                                       m->points.data, b->terms.size};
    if (!dt_blind_same_verify(&same, m->challenge.data, m->response.data)) {
        return DT_ERR_BAD_PROOF;
    }
    memcpy(b->back, m->points.data, m->points.size);
    return DT_OK;
}

enum dt_err dt_blind_receive(struct dt_blind *b, struct dt_span message)
{
    struct dt_blind_message m;
    DT_TRY(dt_blind_message_read(&m, message));
    if (dt_blind_done(b) || our_turn(b) || m.kind != dt_blind_due(b->step)) {
        return DT_ERR_BAD_STATE;
    }
    if (!dt_equal(m.after.data, b->chain, DT_HASH_SIZE)) {
        return DT_ERR_BAD_HASH;
    }
    if (m.kind == DT_BLIND_HELLO) {
        DT_TRY(take_hello(b, &m));
    } else if (m.kind == DT_BLIND_LIST) {
        DT_TRY(dt_blind_points(m.points, b->terms.size, true));
        memcpy(b->theirs, m.points.data, m.points.size);
    } else {
        DT_TRY(take_reply(b, &m));
    }
    advance(b, message);
    return DT_OK;
}

enum dt_err dt_blind_common(const struct dt_blind *b, const uint64_t **cells, size_t *count)
{
    *cells = b->common;
    *count = b->common_count;
    return dt_blind_done(b) ? DT_OK : DT_ERR_BAD_STATE;
}

enum dt_err dt_blind_open(const struct dt_blind *b, struct dt_writer *w)
{
    const struct dt_blind_message m = {
        .kind = DT_BLIND_OPENING,
        .after = dt_span(b->session, DT_HASH_SIZE),
        .role = b->role,
        .secret = dt_span(b->secret, DT_BLIND_SECRET_SIZE),
        .cells = coded(b),
    };
    if (b->step < 2) {
        return DT_ERR_BAD_STATE;
    }
    dt_blind_message_write(w, &m);
    return w->overflowed ? DT_ERR_CAPACITY : DT_OK;
}

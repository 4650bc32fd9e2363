/* SPDX-License-Identifier: ISC */
/* What a third party makes of an opening: everything the opened side said is made again. */
#include <stdlib.h>

#include "base/try.h"
#include "blind/blind.h"
#include "blind/list.h"
#include "blind/same.h"

struct judging {
    struct dt_blind_message opening, message[DT_BLIND_MESSAGES];
    uint8_t session[DT_HASH_SIZE];
    size_t count;
};

/* Number of a side's LIST: the one that answers sends it first. */
static size_t list_of(enum dt_blind_role role)
{
    return role == DT_BLIND_ASKS ? 3 : 2;
}

/* The messages one after another, each about the one before. */
static enum dt_err read_all(struct judging *j, struct dt_span opening, const struct dt_span *messages)
{
    uint8_t chain[DT_HASH_SIZE] = {0};
    DT_TRY(dt_blind_message_read(&j->opening, opening));
    if (j->opening.kind != DT_BLIND_OPENING || j->count > DT_BLIND_MESSAGES ||
        j->count < list_of(j->opening.role) + 1) {
        return DT_ERR_BAD_STATE;
    }
    for (size_t i = 0; i < j->count; i++) {
        struct dt_blind_message *m = &j->message[i];
        DT_TRY(dt_blind_message_read(m, messages[i]));
        if (m->kind != dt_blind_due(i)) {
            return DT_ERR_BAD_STATE;
        }
        if (!dt_equal(m->after.data, chain, DT_HASH_SIZE)) {
            return DT_ERR_BAD_HASH;
        }
        dt_blind_chain(chain, messages[i]);
        if (i == 1) {
            memcpy(j->session, chain, DT_HASH_SIZE);
        }
    }
    return dt_equal(j->opening.after.data, j->session, DT_HASH_SIZE) ? DT_OK : DT_ERR_BAD_HASH;
}

static enum dt_err check_terms(const struct judging *j)
{
    const struct dt_blind_message *asks = &j->message[0];
    const struct dt_blind_message *answers = &j->message[1];
    if (asks->role != DT_BLIND_ASKS || answers->role != DT_BLIND_ANSWERS ||
        asks->slot_ms != answers->slot_ms || asks->size != answers->size) {
        return DT_ERR_BAD_VALUE;
    }
    if (!dt_span_equal(asks->line, answers->line)) {
        return DT_ERR_UNKNOWN_LINE;
    }
    if (!dt_point_valid(asks->key.data) || !dt_point_valid(answers->key.data)) {
        return DT_ERR_BAD_KEY;
    }
    for (size_t i = 2; i < j->count; i++) {
        DT_TRY(dt_blind_points(j->message[i].points, asks->size, i < 4));
    }
    return DT_OK;
}

/* The commitment, the key and the list from what was opened. */
static enum dt_err check_opened(const struct judging *j, struct dt_blind_entry *entries, uint64_t *cells)
{
    const struct dt_blind_message *hello = &j->message[j->opening.role];
    const struct dt_blind_message *list = &j->message[list_of(j->opening.role)];
    uint8_t commitment[DT_HASH_SIZE], scalar[DT_SCALAR_SIZE], key[DT_POINT_SIZE];
    uint8_t nonce[DT_BLIND_NONCE_SIZE];
    const size_t count = j->opening.cells.size / DT_BLIND_CELL_SIZE;
    dt_blind_commit(commitment, hello, j->opening.secret, j->opening.cells);
    if (!dt_equal(commitment, hello->commitment.data, sizeof commitment) || count > hello->size) {
        return DT_ERR_DOES_NOT_OPEN;
    }
    const bool made = dt_blind_key(scalar, key, nonce, j->opening.secret.data);
    dt_wipe(scalar, sizeof scalar);
    if (!made || !dt_equal(key, hello->key.data, sizeof key)) {
        return DT_ERR_BAD_KEY;
    }
    struct dt_reader r = dt_reader(j->opening.cells);
    for (size_t i = 0; i < count; i++) {
        cells[i] = dt_read_u64(&r);
    }
    if (!dt_blind_list(entries, hello->size, hello->line, j->session, j->opening.secret.data, cells,
                       count)) {
        return DT_ERR_BAD_KEY;
    }
    for (size_t i = 0; i < hello->size; i++) {
        if (!dt_equal(entries[i].point, list->points.data + i * DT_POINT_SIZE, DT_POINT_SIZE)) {
            return DT_ERR_BAD_PROOF;
        }
    }
    return DT_OK;
}

static enum dt_err check_reply(const struct judging *j, enum dt_blind_role role)
{
    const size_t own = (size_t)role;
    uint8_t context[DT_HASH_SIZE];
    if (j->count <= 4 + own) {
        return DT_OK;
    }
    const struct dt_blind_message *reply = &j->message[4 + own];
    dt_blind_context(context, j->session, role);
    const struct dt_blind_same same = {dt_span(context, sizeof context), j->message[own].key.data,
                                       j->message[list_of((enum dt_blind_role)(1 - own))].points.data, reply->points.data,
                                       j->message[0].size};
    return dt_blind_same_verify(&same, reply->challenge.data, reply->response.data)
               ? DT_OK
               : DT_ERR_BAD_PROOF;
}

/* How many of the opened cells both had. */
static void count_common(struct dt_blind_judged *out, const struct judging *j,
                         const struct dt_blind_entry *entries, bool *found, uint8_t *given)
{
    const uint32_t size = j->message[0].size;
    const size_t own = (size_t)j->opening.role;
    memcpy(given, j->message[4 + own].points.data, (size_t)size * DT_POINT_SIZE);
    dt_blind_meet(found, j->message[5 - own].points.data, given, size);
    for (size_t i = 0; i < size; i++) {
        out->common += found[i] && entries[i].real;
    }
}

static enum dt_err judge(struct dt_blind_judged *out, const struct judging *j,
                         struct dt_blind_entry *entries, uint64_t *cells, bool *found, uint8_t *given)
{
    DT_TRY(check_opened(j, entries, cells));
    DT_TRY(check_reply(j, DT_BLIND_ASKS));
    DT_TRY(check_reply(j, DT_BLIND_ANSWERS));
    *out = (struct dt_blind_judged){j->opening.role, j->opening.cells, j->count == DT_BLIND_MESSAGES, 0};
    if (out->complete) {
        count_common(out, j, entries, found, given);
    }
    return DT_OK;
}

enum dt_err dt_blind_judge(struct dt_blind_judged *out, struct dt_span opening,
                           const struct dt_span *messages, size_t count)
{
    struct judging j = {.count = count};
    *out = (struct dt_blind_judged){.complete = false};
    DT_TRY(read_all(&j, opening, messages));
    DT_TRY(check_terms(&j));
    const size_t size = j.message[0].size;
    struct dt_blind_entry *entries = calloc(size, sizeof *entries);
    uint64_t *cells = calloc(size, sizeof *cells);
    bool *found = calloc(size, sizeof *found);
    uint8_t *given = calloc(size, DT_POINT_SIZE);
    enum dt_err err = DT_ERR_NO_MEMORY;
    if (entries != NULL && cells != NULL && found != NULL && given != NULL) {
        err = judge(out, &j, entries, cells, found, given);
    }
    free(given);
    free(found);
    free(cells);
    free(entries);
    return err;
}

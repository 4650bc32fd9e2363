/* SPDX-License-Identifier: ISC */
/* Records that refer to others: judged when both are held, whichever came first. */
#include <stdlib.h>
#include <string.h>

#include "log/fields.h"
#include "node/histories.h"

/* What is held at a place: the log's record, one that came before its place, the second
 * history's. The header is borrowed. */
static bool version_at(struct dt_line *line, const struct dt_ref *ref, unsigned nth,
                       struct dt_span *header)
{
    struct dt_store *store = line->node->store;
    const struct dt_line_writer *writer = dt_line_writer(line, ref->wid, false);
    struct dt_store_record record;
    struct dt_store_ahead ahead;
    struct dt_stored other;
    bool held = false;
    if (writer == NULL || ref->seq > DT_STORE_SEQ_MAX) {
        return false;
    }
    if (nth == 0) {
        held = dt_store_record_get(store, writer->log.id, ref->seq, &record) == DT_OK;
        *header = held ? record.header : *header;
    } else if (nth == 1) {
        held = dt_store_ahead_get(store, writer->log.id, ref->seq, &ahead) == DT_OK;
        *header = held ? ahead.record.header : *header;
    } else {
        held = dt_history_get_other(line, ref->wid, ref->seq, &other);
        *header = held ? other.header : *header;
    }
    return held;
}

enum { VERSIONS = 3 };

/* Is anything held at that place? The version that is meant if it is there; else `leaf` is
 * that of another. A reference names its record by the leaf, whichever branch that is on
 * here: so whoever holds both judges alike. */
static bool header_at(struct dt_line *line, const struct dt_ref *ref, struct dt_span *header,
                      uint8_t leaf[static DT_HASH_SIZE])
{
    bool any = false;
    for (unsigned nth = 0; nth < VERSIONS; nth++) {
        if (version_at(line, ref, nth, header)) {
            any = true;
            dt_leaf_hash(leaf, *header);
            if (memcmp(leaf, ref->leaf, DT_HASH_SIZE) == 0) {
                return true;
            }
        }
    }
    return any;
}

void dt_line_refer(struct dt_line *line, struct dt_fact *fact)
{
    struct dt_span header = {NULL, 0};
    uint8_t leaf[DT_HASH_SIZE];
    if (fact->err != DT_OK || !fact->has_target || fact->target_matches) {
        return;
    }
    if (header_at(line, &fact->target, &header, leaf)) {
        dt_fact_refer(fact, leaf, header); /* of another version it says nothing */
        return;
    }
    struct dt_line_writer *writer = dt_line_writer(line, fact->target.wid, false);
    if (writer != NULL && writer->referred_end <= fact->target.seq) {
        writer->referred_end = fact->target.seq + 1;
    }
}

bool dt_line_fact_of(struct dt_line *line, const struct dt_ref *ref, struct dt_store_fact *row)
{
    const struct dt_line_writer *w = dt_line_writer(line, ref->wid, false);
    for (unsigned branch = 0; w != NULL && branch < 2; branch++) {
        const unsigned log = branch == 0 ? w->log.id : w->other.id;
        if (log != 0 && ref->seq <= DT_STORE_SEQ_MAX &&
            dt_store_fact_get(line->node->store, dt_store_key_of(log, ref->seq), row) == DT_OK &&
            memcmp(row->fact.leaf, ref->leaf, DT_HASH_SIZE) == 0) {
            return true;
        }
    }
    return false;
}

/* --- what waited for a record ------------------------------------------------------ */

struct waiting {
    struct dt_store_fact *rows;
    size_t count, capacity;
    enum dt_err err;
};

static bool take(void *ctx, const struct dt_store_fact *row)
{
    struct waiting *w = ctx;
    if (row->fact.err != DT_OK || row->fact.target_matches) {
        return true;
    }
    if (!dt_node_grow(&w->rows, w->count, &w->capacity, sizeof *w->rows)) {
        w->err = DT_ERR_NO_MEMORY;
        return false;
    }
    w->rows[w->count++] = *row;
    return true;
}

static enum dt_err judge_again(struct dt_line *line, struct dt_store_fact *row,
                               const uint8_t *leaf, struct dt_span header)
{
    struct dt_store *store = line->node->store;
    dt_fact_refer(&row->fact, leaf, header);
    if (row->fact.err == DT_OK && !row->fact.target_matches) {
        return DT_OK; /* another version of that place */
    }
    DT_TRY(dt_store_fact_put(store, line->id, dt_store_key_log(row->key), &row->fact));
    if (row->fact.err != DT_OK && row->open != 0) {
        DT_TRY(dt_store_open_clear(store, row->key)); /* nothing is left to act on */
    }
    return dt_line_touch(line, &row->fact);
}

enum dt_err dt_line_referred(struct dt_line *line, const struct dt_fact *fact,
                             struct dt_span header)
{
    const struct dt_line_writer *writer = dt_line_writer(line, fact->wid, false);
    struct waiting w = {.err = DT_OK};
    if (writer == NULL || fact->seq >= writer->referred_end) {
        return DT_OK; /* nobody spoke of it before it came */
    }
    enum dt_err err = dt_store_fact_by_target(line->node->store, line->id, fact->wid, fact->seq,
                                              take, &w);
    err = err == DT_OK ? w.err : err;
    for (size_t i = 0; i < w.count && err == DT_OK; i++) {
        err = judge_again(line, &w.rows[i], fact->leaf, header);
    }
    free(w.rows);
    return err;
}

/* --- our own entry -------------------------------------------------------------------- */

struct same_act {
    const struct dt_fact *fact;
    bool found;
};

/* A lift, or a recall, of ours that counts: a second one would say nothing. */
static bool counts_already(void *ctx, const struct dt_store_fact *row)
{
    struct same_act *wanted = ctx;
    const struct dt_fact *f = &row->fact;
    wanted->found = f->kind == wanted->fact->kind && f->err == DT_OK && f->officer_valid &&
                    memcmp(f->target.leaf, wanted->fact->target.leaf, DT_HASH_SIZE) == 0;
    return !wanted->found;
}

enum dt_err dt_line_entry_refers(struct dt_line *line, struct dt_fact *fact)
{
    if (!fact->has_target || fact->kind == DT_KIND_CHECK_FIRE) {
        return DT_OK; /* a CHECK_FIRE is never refused for what it is near */
    }
    dt_line_refer(line, fact);
    if (fact->err != DT_OK) {
        return fact->err;
    }
    if (!fact->target_matches) {
        struct dt_span other = {NULL, 0};
        uint8_t leaf[DT_HASH_SIZE];
        return header_at(line, &fact->target, &other, leaf) ? DT_ERR_WRONG_RECORD
                                                            : DT_ERR_UNKNOWN_RECORD;
    }
    if (fact->kind != DT_KIND_LIFT && fact->kind != DT_KIND_RECALL) {
        return DT_OK;
    }
    struct same_act wanted = {fact, false};
    DT_TRY(dt_store_fact_by_target(line->node->store, line->id, fact->target.wid, fact->target.seq,
                                   counts_already, &wanted));
    return !wanted.found ? DT_OK : fact->kind == DT_KIND_LIFT ? DT_ERR_ALREADY_LIFTED
                                                              : DT_ERR_DUPLICATE;
}

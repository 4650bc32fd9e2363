/* SPDX-License-Identifier: ISC */
/* Views from logs: the digest of what is there, and making it again. */
#include <stdlib.h>
#include <string.h>

#include "log/fields.h"
#include "node/histories.h"
#include "node/query.h"

struct digesting {
    struct dt_view_digest digest;
    enum dt_err err;
};

static bool add(void *ctx, const struct dt_store_fact *row)
{
    struct digesting *d = ctx;
    if (row->fact.err != DT_OK) {
        return true; /* not in the view; beyond the common part in whichever branch here */
    }
    d->err = dt_view_digest_add(&d->digest, &row->fact);
    return d->err == DT_OK;
}

enum dt_err dt_line_digest(struct dt_line *line, uint8_t out[static DT_HASH_SIZE], uint64_t *facts)
{
    struct digesting d = {.err = DT_OK};
    dt_view_digest_init(&d.digest);
    DT_TRY(dt_store_fact_list(line->node->store, line->id, add, &d));
    DT_TRY(d.err);
    dt_view_digest_end(&d.digest, out);
    *facts = d.digest.facts;
    return DT_OK;
}

/* What is read lives until the next read: not long enough. */
static enum dt_err apply(struct dt_line *line, uint16_t wid, uint64_t seq, struct dt_span header,
                         struct dt_span body)
{
    uint8_t header_room[DT_HEADER_MAX], body_room[DT_BODY_MAX];
    memcpy(header_room, header.data, header.size);
    if (body.size > 0) {
        memcpy(body_room, body.data, body.size);
    }
    return dt_line_apply(line, wid, seq, dt_span(header_room, header.size),
                         dt_span(body_room, body.size), false);
}

/* Every record of one log through dt_line_apply(), as when it came. */
static enum dt_err replay(struct dt_line *line, const struct dt_line_writer *w)
{
    for (uint64_t seq = 0; seq < w->log.frontier.size; seq++) {
        struct dt_stored record;
        if (!line->sync.host.get(line, w->wid, seq, &record)) {
            return DT_ERR_STORE_DAMAGED;
        }
        DT_TRY(apply(line, w->wid, seq, record.header, record.body));
    }
    return DT_OK;
}

struct waiting {
    uint64_t seq[DT_SYNC_AHEAD_MAX];
    size_t count;
    uint64_t from;
};

static bool take_waiting(void *ctx, const struct dt_store_ahead *ahead)
{
    struct waiting *waiting = ctx;
    if (ahead->record.seq >= waiting->from) { /* else its turn came */
        waiting->seq[waiting->count++] = ahead->record.seq;
    }
    return waiting->count < DT_SYNC_AHEAD_MAX;
}

/* And those that came before their predecessors: they count already. */
static enum dt_err replay_ahead(struct dt_line *line, const struct dt_line_writer *w)
{
    struct dt_store *store = line->node->store;
    struct waiting waiting = {.from = w->log.frontier.size};
    DT_TRY(dt_store_ahead_list(store, w->log.id, take_waiting, &waiting));
    for (size_t i = 0; i < waiting.count; i++) {
        struct dt_store_ahead ahead;
        DT_TRY(dt_store_ahead_get(store, w->log.id, waiting.seq[i], &ahead));
        DT_TRY(apply(line, w->wid, waiting.seq[i], ahead.record.header, ahead.record.body));
    }
    return DT_OK;
}

/* --- conflicts -------------------------------------------------------------------- */

/*
 * When a conflict was found, and how it stood then, is in no log: rows whose two versions
 * are still there are kept. What stands now is found again beside them.
 */
struct diary {
    struct dt_line *line;
    struct diary_row {
        struct dt_store_conflict row;
        uint8_t numbers[DT_STORE_NUMBERS_MAX];
    } *rows;
    size_t count, capacity;
    enum dt_err err;
};

static bool keep_row(void *ctx, const struct dt_store_conflict *c)
{
    struct diary *d = ctx;
    if (!dt_node_grow(&d->rows, d->count, &d->capacity, sizeof *d->rows)) {
        d->err = DT_ERR_NO_MEMORY;
        return false;
    }
    struct diary_row *row = &d->rows[d->count++];
    row->row = *c;
    memcpy(row->numbers, c->numbers.data, c->numbers.size);
    return true;
}

static bool version_at(struct dt_line *line, dt_store_key key, struct dt_ref *ref)
{
    struct dt_store_fact row;
    if (dt_store_fact_get(line->node->store, key, &row) != DT_OK || row.fact.err != DT_OK ||
        row.fact.kind != DT_KIND_NOTICE) {
        return false;
    }
    *ref = (struct dt_ref){row.fact.wid, row.fact.seq, {0}};
    memcpy(ref->leaf, row.fact.leaf, DT_HASH_SIZE);
    return true;
}

static enum dt_err put_rows(struct diary *d)
{
    for (size_t i = 0; i < d->count; i++) {
        struct dt_store_conflict *row = &d->rows[i].row;
        struct dt_ref a, b;
        uint8_t id[DT_HASH_SIZE];
        if (!version_at(d->line, row->a, &a) || !version_at(d->line, row->b, &b)) {
            continue;
        }
        dt_conflict_id(id, d->line->charter->id, &a, &b);
        row->numbers = dt_span(d->rows[i].numbers, row->numbers.size);
        if (memcmp(id, row->id, DT_HASH_SIZE) == 0) {
            DT_TRY(dt_store_conflict_put(d->line->node->store, row, NULL));
        }
    }
    return DT_OK;
}

/* --- all of it --------------------------------------------------------------------- */

static enum dt_err make_again(struct dt_line *line)
{
    dt_line_officers_clear(line);
    /* Logs one by one; facts that named an officer certified in a later log, at the end. */
    for (size_t i = 0; i < line->writer_count; i++) {
        DT_TRY(replay(line, line->writers[i]));
        DT_TRY(replay_ahead(line, line->writers[i]));
    }
    DT_TRY(dt_histories_replay(line)); /* a revocation there binds: known first */
    DT_TRY(dt_line_remake_facts(line));
    return dt_line_touch_all(line);
}

enum dt_err dt_line_rebuild(struct dt_line *line)
{
    struct dt_node *n = line->node;
    struct diary diary = {.line = line, .err = DT_OK};
    DT_TRY(dt_node_write(n));
    enum dt_err err = dt_store_conflict_list(n->store, line->id, keep_row, &diary);
    err = err == DT_OK ? diary.err : err;
    err = err == DT_OK ? dt_store_fact_clear(n->store, line->id) : err;
    err = err == DT_OK ? dt_store_conflict_clear(n->store, line->id) : err;
    err = err == DT_OK ? make_again(line) : err;
    err = err == DT_OK ? put_rows(&diary) : err;
    free(diary.rows);
    line->notices_stale = true;
    if (err != DT_OK) {
        n->write_err = err;
    }
    dt_node_commit(n);
    return err;
}

enum dt_err dt_lines_renew_views(struct dt_node *n)
{
    static const char name[] = "view";
    uint8_t version = 0;
    size_t size = 0;
    const enum dt_err err = dt_store_meta_get(n->store, name, &version, sizeof version, &size);
    if (err != DT_OK && err != DT_ERR_UNKNOWN_RECORD && err != DT_ERR_TOO_LARGE) {
        return err;
    }
    if (err == DT_OK && size == sizeof version && version == DT_VIEW_VERSION) {
        return DT_OK;
    }
    for (size_t i = 0; i < n->line_count; i++) {
        DT_TRY(dt_line_rebuild(n->lines[i]));
    }
    version = DT_VIEW_VERSION;
    return dt_store_meta_put(n->store, name, dt_span(&version, sizeof version));
}

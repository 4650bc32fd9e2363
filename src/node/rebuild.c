/* SPDX-License-Identifier: ISC */
/* Views from logs: the digest of what is there, and making it again. */
#include <string.h>

#include "log/fields.h"
#include "node/query.h"

struct digesting {
    struct dt_view_digest digest;
    enum dt_err err;
};

static bool add(void *ctx, const struct dt_store_fact *row)
{
    struct digesting *d = ctx;
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

enum dt_err dt_line_rebuild(struct dt_line *line)
{
    struct dt_node *n = line->node;
    DT_TRY(dt_node_write(n));
    DT_TRY(dt_store_fact_clear(n->store, line->id));
    DT_TRY(dt_store_conflict_clear(n->store, line->id));
    line->officer_count = 0;
    enum dt_err err = DT_OK;
    /* Logs one by one; facts that named an officer certified in a later log, at the end. */
    for (size_t i = 0; i < line->writer_count && err == DT_OK; i++) {
        err = replay(line, line->writers[i]);
        err = err == DT_OK ? replay_ahead(line, line->writers[i]) : err;
    }
    if (err == DT_OK) {
        err = dt_line_remake_facts(line);
    }
    line->notices_stale = true;
    if (err != DT_OK) {
        n->write_err = err;
    }
    dt_node_commit(n);
    return err;
}

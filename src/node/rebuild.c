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

/* Every record of one log through dt_line_apply(), as when it came. */
static enum dt_err replay(struct dt_line *line, const struct dt_line_writer *w)
{
    for (uint64_t seq = 0; seq < w->log.frontier.size; seq++) {
        struct dt_stored record;
        if (!line->sync.host.get(line, w->wid, seq, &record)) {
            return DT_ERR_STORE_DAMAGED;
        }
        uint8_t header[DT_HEADER_MAX], body[DT_BODY_MAX];
        memcpy(header, record.header.data, record.header.size);
        if (record.body.size > 0) {
            memcpy(body, record.body.data, record.body.size);
        }
        DT_TRY(dt_line_apply(line, w->wid, seq, dt_span(header, record.header.size),
                             dt_span(body, record.body.size), false));
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

/* SPDX-License-Identifier: ISC */
/*
 * Two histories of one log at this node: the proof of it, where they part, and the second
 * one, which is kept as branch 1. Views count what both have in common; a record beyond it
 * is stored, relayed and shown IN DOUBT, and has no effect but that it may stop fire.
 */
#include <string.h>

#include "log/fields.h"
#include "log/fork.h"
#include "node/histories.h"

/* --- what is in doubt ------------------------------------------------------------- */

bool dt_history_doubts(const struct dt_store_log *log, uint64_t seq)
{
    return log->branch != 0 ||
           ((log->flags & DT_STORE_LOG_FORKED) != 0 && seq >= log->common);
}

void dt_history_judge(const struct dt_store_log *log, struct dt_fact *fact)
{
    if (fact->err == DT_OK && dt_history_doubts(log, fact->seq)) {
        dt_fact_void(fact, DT_ERR_FORK);
    }
}

static enum dt_err keep(struct dt_line *line, enum dt_err err)
{
    if (err != DT_OK && line->node->write_err == DT_OK) {
        line->node->write_err = err;
    }
    return err;
}

/* The histories part at `common` or before: what counted from there on is judged again
 * when the pass ends. */
static enum dt_err part(struct dt_line *line, struct dt_line_writer *w, uint64_t common)
{
    const bool forked = (w->log.flags & DT_STORE_LOG_FORKED) != 0;
    w->log.common = forked && w->log.common < common ? w->log.common : common;
    w->log.flags |= DT_STORE_LOG_FORKED;
    line->officers_stale = true;
    DT_TRY(dt_node_write(line->node));
    return dt_store_log_update(line->node->store, &w->log);
}

enum dt_err dt_histories_judge(struct dt_line *line)
{
    for (size_t i = 0; i < line->writer_count; i++) {
        struct dt_line_writer *w = line->writers[i];
        const uint64_t from = (w->log.flags & DT_STORE_LOG_FORKED) != 0 ? w->log.common
                                                                        : UINT64_MAX;
        const uint64_t until = w->judged_to < w->log.frontier.size ? w->judged_to
                                                                   : w->log.frontier.size;
        for (uint64_t seq = from; seq < until; seq++) {
            uint8_t header[DT_HEADER_MAX], body[DT_BODY_MAX];
            struct dt_stored record;
            if (!line->sync.host.get(line, w->wid, seq, &record)) {
                return DT_ERR_STORE_DAMAGED;
            }
            memcpy(header, record.header.data, record.header.size);
            if (record.body.size > 0) {
                memcpy(body, record.body.data, record.body.size);
            }
            DT_TRY(dt_line_apply(line, w->wid, seq, dt_span(header, record.header.size),
                                 dt_span(body, record.body.size), false));
        }
        w->judged_to = from;
    }
    return DT_OK;
}

/* --- the proof --------------------------------------------------------------------- */

enum dt_err dt_history_put_proof(void *ctx, uint16_t wid, struct dt_span proof)
{
    struct dt_line *line = ctx;
    struct dt_fork fork;
    struct dt_line_writer *writer = dt_line_writer(line, wid, false);
    struct dt_store_statement statement = {
        .line = line->id, .type = DT_KEPT_FORK + (int)wid, .bytes = proof};
    if (writer == NULL || dt_fork_decode(&fork, proof) != DT_OK) {
        return keep(line, DT_ERR_BAD_STATE);
    }
    dt_statement_id(statement.id, proof);
    dt_node_log(line->node, "alarm", "two histories wid=%u", wid);
    DT_TRY(keep(line, part(line, writer, dt_fork_parts_at(&fork))));
    return keep(line, dt_store_statement_put(line->node->store, &statement, NULL));
}

struct copy {
    uint8_t *out;
    size_t capacity, size;
};

static bool copy_proof(void *ctx, const struct dt_store_statement *statement)
{
    struct copy *copy = ctx;
    if (statement->bytes.size <= copy->capacity) {
        memcpy(copy->out, statement->bytes.data, statement->bytes.size);
        copy->size = statement->bytes.size;
    }
    return false;
}

size_t dt_history_get_proof(void *ctx, uint16_t wid, uint8_t *out, size_t capacity)
{
    struct dt_line *line = ctx;
    struct copy copy = {out, capacity, 0};
    return dt_store_statement_list(line->node->store, line->id, DT_KEPT_FORK + (int)wid,
                                   copy_proof, &copy) == DT_OK
               ? copy.size
               : 0;
}

/* --- the second history ------------------------------------------------------------- */

bool dt_history_get_other(void *ctx, uint16_t wid, uint64_t seq, struct dt_stored *out)
{
    struct dt_line *line = ctx;
    struct dt_store_record record;
    const struct dt_line_writer *w = dt_line_writer(line, wid, false);
    if (w == NULL || w->other.id == 0 ||
        dt_store_record_get(line->node->store, w->other.id, seq, &record) != DT_OK) {
        return false;
    }
    const bool absent = record.body.data == NULL;
    *out = (struct dt_stored){record.header, absent ? dt_span(NULL, 0) : record.body, absent};
    return true;
}

bool dt_history_get_other_head(void *ctx, uint16_t wid, struct dt_checkpoint *out)
{
    struct dt_line *line = ctx;
    const struct dt_line_writer *w = dt_line_writer(line, wid, false);
    if (w == NULL || w->other.id == 0) {
        return false;
    }
    memcpy(out->line_id, line->charter->id, DT_HASH_SIZE);
    memcpy(out->writer, w->log.writer, DT_PUBLIC_SIZE);
    out->size = w->other.checkpoint_size;
    dt_frontier_root(&w->other.frontier, out->root);
    memcpy(out->signature, w->other.checkpoint_signature, DT_SIGNATURE_SIZE);
    return true;
}

/* A record of the second history, as when it came. */
static enum dt_err apply_other(struct dt_line *line, const struct dt_line_writer *w, uint64_t seq,
                               struct dt_span header, struct dt_span body, bool fresh)
{
    struct dt_fact fact;
    struct dt_header h;
    const struct dt_officers officers = dt_line_officers(line);
    const dt_store_key key = dt_store_key_of(w->other.id, seq);
    const enum dt_err form = dt_header_decode(&h, header);
    DT_TRY(dt_fact_from_record(&fact, line->charter, w->wid, seq, header, body, &officers));
    dt_history_judge(&w->other, &fact);
    DT_TRY(dt_store_fact_put(line->node->store, line->id, w->other.id, &fact));
    DT_TRY(dt_line_referred(line, &fact, header)); /* an ACK of it may be here already */
    if (form != DT_OK || !dt_line_waits_for_us(line, w->wid, &h, &fact)) {
        return DT_OK;
    }
    DT_TRY(dt_line_mark_open(line, key, w->wid, &h, &fact, true));
    return fresh ? dt_line_add_event(line, w->wid, seq | DT_SEQ_OTHER) : DT_OK;
}

/* The row of branch 1, made when there is none. */
static enum dt_err open_other(struct dt_line *line, struct dt_line_writer *w, uint64_t common)
{
    struct dt_store_tree tree = {line->node->store, w->log.id, 0, 0, DT_OK};
    if (w->other.id != 0) {
        return DT_OK;
    }
    w->other = (struct dt_store_log){.line = line->id,
                                     .wid = w->wid,
                                     .branch = 1,
                                     .flags = DT_STORE_LOG_FORKED,
                                     .common = common};
    memcpy(w->other.writer, w->log.writer, DT_PUBLIC_SIZE);
    DT_TRY(dt_store_frontier_at(&tree, common, &w->other.frontier));
    return dt_store_log_insert(line->node->store, &w->other);
}

/* Record by record, behind what is held of it already. */
static enum dt_err put_other(struct dt_line *line, struct dt_line_writer *w, uint64_t common,
                             const struct dt_checkpoint *c, const struct dt_stored *records)
{
    DT_TRY(dt_node_write(line->node));
    DT_TRY(open_other(line, w, common));
    for (uint64_t seq = w->other.frontier.size; seq < c->size; seq++) {
        const struct dt_stored *r = &records[seq - common];
        uint8_t leaf[DT_HASH_SIZE];
        const struct dt_span body = r->absent ? dt_span(NULL, 0) : r->body;
        DT_TRY(dt_store_append(line->node->store, &w->other, r->header, body, leaf));
    }
    w->other.checkpoint_size = c->size;
    memcpy(w->other.checkpoint_signature, c->signature, DT_SIGNATURE_SIZE);
    DT_TRY(dt_store_log_update(line->node->store, &w->other));
    DT_TRY(part(line, w, common));
    DT_TRY(dt_store_fact_target_end(line->node->store, line->id, w->wid, &w->referred_end));
    for (uint64_t seq = common; seq < c->size; seq++) {
        const struct dt_stored *r = &records[seq - common];
        DT_TRY(apply_other(line, w, seq, r->header, r->body, true));
    }
    dt_node_log(line->node, "alarm", "second history wid=%u parts at %llu, held to %llu", w->wid,
                (unsigned long long)common, (unsigned long long)c->size);
    return DT_OK;
}

enum dt_err dt_history_put_other(void *ctx, uint16_t wid, uint64_t common,
                                 const struct dt_checkpoint *c, const struct dt_stored *records)
{
    struct dt_line *line = ctx;
    struct dt_line_writer *w = dt_line_writer(line, wid, false);
    if (w == NULL || (w->other.id != 0 && w->other.common != common)) {
        return DT_OK; /* a third history: its proof is enough */
    }
    return keep(line, put_other(line, w, common, c, records));
}

enum dt_err dt_histories_replay(struct dt_line *line)
{
    for (size_t i = 0; i < line->writer_count; i++) {
        const struct dt_line_writer *w = line->writers[i];
        for (uint64_t seq = w->other.common; w->other.id != 0 && seq < w->other.frontier.size;
             seq++) {
            uint8_t header[DT_HEADER_MAX], body[DT_BODY_MAX];
            struct dt_stored record;
            if (!dt_history_get_other(line, w->wid, seq, &record)) {
                return DT_ERR_STORE_DAMAGED;
            }
            memcpy(header, record.header.data, record.header.size);
            if (record.body.size > 0) {
                memcpy(body, record.body.data, record.body.size);
            }
            DT_TRY(apply_other(line, w, seq, dt_span(header, record.header.size),
                               dt_span(body, record.body.size), false));
        }
    }
    return DT_OK;
}

void dt_histories_load(struct dt_line *line)
{
    for (size_t i = 0; i < line->writer_count; i++) {
        struct dt_line_writer *w = line->writers[i];
        struct dt_sync_log *log = dt_sync_find_log(&line->sync, w->wid);
        w->judged_to = (w->log.flags & DT_STORE_LOG_FORKED) != 0 ? w->log.common : UINT64_MAX;
        if (log != NULL) {
            log->common = w->log.common;
            log->other = w->other.id != 0 ? w->other.frontier.size : 0;
        }
    }
}

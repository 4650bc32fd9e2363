/* SPDX-License-Identifier: ISC */
/* Records of our own: bodies are sealed, the log grows. */
#include <stdlib.h>
#include <string.h>

#include "log/fields.h"
#include "node/blind.h"
#include "node/tiers.h"

static enum dt_err encode_header(uint8_t out[static DT_HEADER_MAX], struct dt_header *h,
                                 struct dt_span body, struct dt_span *header)
{
    size_t size = 0;
    enum dt_err err = dt_header_encode(out, &size, h, body);
    if (err == DT_ERR_TOO_LARGE && body.size <= DT_BODY_MAX && h->seen_count > 0) {
        h->seen_count = 0; /* many addressees: what we have seen follows later */
        err = dt_header_encode(out, &size, h, body);
    }
    *header = dt_span(out, size);
    return err;
}

/* The last of those named, counted round from whose turn it was: the next comes after it. */
static void move_turn(struct dt_line *line, const struct dt_header *h)
{
    uint16_t last = h->seen_count > 0 ? h->seen[h->seen_count - 1].wid : line->seen_turn;
    for (size_t i = 0; i < h->seen_count && h->seen[i].wid <= line->seen_turn; i++) {
        last = h->seen[i].wid;
    }
    line->seen_turn = last;
}

/* Appends header and body as they are; the common end of all appends. `plain` is what
 * was sealed, or empty. */
static enum dt_err append_record(struct dt_line *line, const struct dt_header *h,
                                 struct dt_span header, struct dt_span body, struct dt_span plain,
                                 uint64_t *seq, uint8_t leaf[static DT_HASH_SIZE])
{
    DT_TRY(dt_node_write(line->node));
    DT_TRY(dt_sync_append(&line->sync, header, body, seq, leaf));
    dt_recent_put(&line->recent, *seq, header, body, plain);
    for (size_t i = 0; i < h->seen_count; i++) {
        struct dt_line_writer *writer = dt_line_writer(line, h->seen[i].wid, false);
        writer->seen_size = h->seen[i].size;
    }
    move_turn(line, h);
    return DT_OK;
}

static void add_log(const struct dt_line *line, const struct dt_line_writer *w,
                    struct dt_header *h)
{
    const struct dt_sync_log *log = dt_sync_find_log(&line->sync, w->wid);
    size_t at = h->seen_count;
    if (log == NULL || log->own || log->dirty || log->durable <= w->seen_size) {
        return;
    }
    for (; at > 0 && h->seen[at - 1].wid > w->wid; at--) {
        h->seen[at] = h->seen[at - 1];
    }
    h->seen_count++;
    h->seen[at].wid = w->wid;
    h->seen[at].size = log->durable;
    dt_frontier_root(&log->frontier, h->seen[at].root);
}

/* Logs that advanced since our last record, as far as they fit: first those whose turn it
 * is, so that eight busy ones never keep the others out. */
static void add_seen(const struct dt_line *line, struct dt_header *h)
{
    size_t first = 0;
    h->seen_count = 0;
    while (first < line->writer_count && line->writers[first]->wid <= line->seen_turn) {
        first++;
    }
    for (size_t i = 0; i < line->writer_count && h->seen_count < DT_SEEN_MAX; i++) {
        add_log(line, line->writers[(first + i) % line->writer_count], h);
    }
}

/* --- after a restart --------------------------------------------------------------- */

static bool recall_seen(void *ctx, const struct dt_store_record *record)
{
    struct dt_line *line = ctx;
    struct dt_header h;
    if (dt_header_decode(&h, record->header) != DT_OK) {
        return true;
    }
    for (size_t i = 0; i < h.seen_count; i++) {
        struct dt_line_writer *w = dt_line_writer(line, h.seen[i].wid, false);
        if (w != NULL && h.seen[i].size > w->seen_size) {
            w->seen_size = h.seen[i].size;
        }
    }
    move_turn(line, &h);
    return true;
}

enum dt_err dt_line_recall(struct dt_line *line)
{
    enum { SEEN_IN = 256 }; /* records of ours: what older ones saw is said again, at worst */
    const struct dt_line_writer *own = dt_line_writer(line, line->wid, false);
    const uint64_t size = own != NULL ? own->log.frontier.size : 0;
    for (size_t i = 0; i < line->writer_count; i++) {
        line->writers[i]->seen_size = 0;
    }
    if (size > 0) {
        DT_TRY(dt_store_record_list(line->node->store, own->log.id,
                                    size > SEEN_IN ? size - SEEN_IN : 0, SEEN_IN, recall_seen,
                                    line));
    }
    return dt_line_recall_sets(line);
}

uint64_t dt_line_next(const struct dt_line *line)
{
    const struct dt_sync_log *own = dt_sync_find_log(&line->sync, line->wid);
    return own != NULL ? own->size : 0;
}

/* --- appends ------------------------------------------------------------------------ */

/* Our own entry refuses what would be shown as invalid. */
static enum dt_err judge(struct dt_line *line, const struct dt_draft *draft, struct dt_span header,
                         struct dt_span body, uint64_t seq, struct dt_fact *fact)
{
    const struct dt_officers officers = dt_line_officers(line);
    uint8_t leaf[DT_HASH_SIZE];
    dt_leaf_hash(leaf, header);
    DT_TRY(dt_fact_from_made(fact, line->charter, line->wid, seq, leaf, header, body, &officers));
    if (fact->err != DT_OK) {
        return fact->err;
    }
    if (fact->officer != 0 && draft->plain.size > 0) {
        return dt_line_officers_signed(line, fact, header, draft->body, draft->plain)
                   ? dt_line_entry_refers(line, fact)
                   : DT_ERR_BAD_SIGNATURE;
    }
    if (fact->officer != 0 && !fact->officer_valid) {
        return DT_ERR_NOT_ALLOWED; /* an officer the line does not know */
    }
    DT_TRY(dt_line_entry_refers(line, fact));
    return dt_blind_entry(line, fact);
}

bool dt_line_is_copy(const struct dt_line *line)
{
    const struct dt_sync_log *own = dt_sync_find_log(&line->sync, line->wid);
    return own != NULL && (own->forked || own->outrun);
}

enum dt_err dt_line_append(struct dt_line *line, const struct dt_draft *draft, uint64_t *seq,
                           uint8_t leaf[static DT_HASH_SIZE])
{
    if (draft->kind != DT_KIND_CHECK_FIRE && dt_line_is_copy(line)) {
        return DT_ERR_FORK; /* it would fork the log that the other one goes on with */
    }
    uint8_t sealed[DT_BODY_MAX], room[DT_HEADER_MAX];
    size_t size = 0;
    struct dt_span body = draft->body, header;
    struct dt_fact fact;
    uint64_t next = dt_line_next(line);
    struct dt_header h = {.version = DT_VERSION,
                          .kind = draft->kind,
                          .time_ms = draft->time_ms,
                          .flags = draft->flags,
                          .to_count = draft->to_count};
    memcpy(h.to, draft->to, draft->to_count);
    if (draft->plain.size > 0) {
        DT_TRY(dt_line_seal(line, draft, sealed, sizeof sealed, &size, &next));
        body = dt_span(sealed, size);
    }
    add_seen(line, &h);
    DT_TRY(encode_header(room, &h, body, &header));
    DT_TRY(judge(line, draft, header, body, next, &fact));
    line->judged = &fact;
    const enum dt_err err = append_record(line, &h, header, body, draft->plain, seq, leaf);
    line->judged = NULL;
    return err;
}

enum dt_err dt_line_publish_officers(struct dt_line *line)
{
    struct dt_home_operator operators[64];
    size_t count = 0;
    struct dt_node *n = line->node;
    const int64_t now = dt_now_ms();
    if (line->state == DT_LINE_LEFT || dt_line_is_copy(line) ||
        dt_home_operators(&n->home, now, operators, 64, &count) != DT_OK) {
        return DT_OK;
    }
    for (size_t i = 0; i < count; i++) {
        uint8_t statement[DT_STATEMENT_MAX], body[DT_BODY_MAX], leaf[DT_HASH_SIZE];
        size_t statement_size = 0, size = 0;
        uint64_t seq;
        struct dt_operator operator_;
        const unsigned number = operators[i].operator_.number;
        const uint64_t next = dt_line_next(line);
        if (operators[i].revoked || dt_line_officer(line, line->wid, next, number) != NULL ||
            dt_home_operator_statement(&n->home, number, statement, &statement_size, &operator_) !=
                DT_OK ||
            dt_body_key_encode(body, sizeof body, &size, dt_span(statement, statement_size)) !=
                DT_OK) {
            continue;
        }
        const struct dt_draft draft = {.kind = DT_KIND_KEY,
                                       .time_ms = now,
                                       .flags = dt_flags(DT_ROUTINE, line->charter->class_),
                                       .body = dt_span(body, size)};
        DT_TRY(dt_line_append(line, &draft, &seq, leaf));
    }
    return DT_OK;
}

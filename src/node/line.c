/* SPDX-License-Identifier: ISC */
/* A line at this node: its logs between sync and store. */
#include <stdlib.h>
#include <string.h>

#include "log/fields.h"
#include "log/statement.h"
#include "node/quota.h"
#include "node/histories.h"
#include "node/seen.h"
#include "node/watch.h"

struct dt_line_writer *dt_line_writer(struct dt_line *line, uint16_t wid, bool make)
{
    size_t at = 0;
    while (at < line->writer_count && line->writers[at]->wid < wid) {
        at++;
    }
    if (at < line->writer_count && line->writers[at]->wid == wid) {
        return line->writers[at];
    }
    if (!make) {
        return NULL;
    }
    struct dt_line_writer **writers =
        realloc(line->writers, (line->writer_count + 1) * sizeof *writers);
    if (writers == NULL) {
        return NULL;
    }
    line->writers = writers;
    struct dt_line_writer *writer = calloc(1, sizeof *writer);
    if (writer == NULL) {
        return NULL;
    }
    writer->wid = wid;
    writer->judged_to = UINT64_MAX;
    memmove(writers + at + 1, writers + at, (line->writer_count - at) * sizeof *writers);
    writers[at] = writer;
    line->writer_count++;
    return writer;
}

/* --- what sync asks of its host ---------------------------------------------- */

static enum dt_err keep(struct dt_line *line, enum dt_err err)
{
    if (err != DT_OK && line->node->write_err == DT_OK) {
        line->node->write_err = err;
    }
    return err;
}

static bool host_get(void *ctx, uint16_t wid, uint64_t seq, struct dt_stored *out)
{
    struct dt_line *line = ctx;
    struct dt_store_record record;
    const struct dt_line_writer *writer = dt_line_writer(line, wid, false);
    struct dt_span plain;
    if (wid == line->wid && dt_recent_get(&line->recent, seq, &out->header, &out->body, &plain)) {
        out->absent = false;
        return true;
    }
    if (writer == NULL ||
        dt_store_record_get(line->node->store, writer->log.id, seq, &record) != DT_OK) {
        return false;
    }
    const bool absent = record.body.data == NULL;
    *out = (struct dt_stored){record.header, absent ? dt_span(NULL, 0) : record.body, absent};
    return true;
}

static bool host_tree_node(void *ctx, uint16_t wid, unsigned level, uint64_t index,
                           uint8_t hash[DT_HASH_SIZE])
{
    struct dt_line *line = ctx;
    const struct dt_line_writer *writer = dt_line_writer(line, wid, false);
    if (writer == NULL) {
        return false;
    }
    struct dt_store_tree tree = {line->node->store, writer->log.id, 0, 0, DT_OK};
    return dt_store_tree_node(&tree, level, index, hash);
}

static bool host_get_checkpoint(void *ctx, uint16_t wid, uint64_t low, uint64_t high,
                                uint64_t *size, uint8_t signature[DT_SIGNATURE_SIZE])
{
    return dt_line_next_checkpoint(ctx, wid, low, high, size, signature);
}

/* Plaintext of a record of ours. */
static size_t plain_of(struct dt_line *line, uint64_t seq, struct dt_span body, uint8_t *out,
                       size_t capacity)
{
    struct dt_span header, same, plain;
    if (!dt_recent_get(&line->recent, seq, &header, &same, &plain) || plain.size == 0) {
        return dt_line_open(line, line->wid, seq, body, out, capacity);
    }
    memcpy(out, plain.data, plain.size <= capacity ? plain.size : 0);
    return plain.size <= capacity ? plain.size : 0;
}

static size_t host_open_for(void *ctx, uint16_t wid, uint64_t seq, uint16_t peer, uint64_t has,
                            struct dt_span body, uint8_t *out, size_t capacity)
{
    struct dt_line *line = ctx;
    struct dt_sealed sealed;
    bool present = false;
    if (wid != line->wid || dt_sealed_find(&sealed, body, &present) != DT_OK || !present) {
        return 0;
    }
    for (size_t i = 0; i < line->set_count; i++) {
        const struct dt_reader_set *set = &line->sets[i];
        if (memcmp(set->key_id, sealed.key_id, DT_KEY_ID_SIZE) == 0 && set->grant_seq < has &&
            dt_set_has_box(set, peer)) {
            return plain_of(line, seq, body, out, capacity);
        }
    }
    return 0;
}

static bool host_record_key(void *ctx, uint16_t wid, uint64_t seq, const uint8_t *key_id,
                            uint8_t key[32])
{
    struct dt_line *line = ctx;
    uint8_t set_key[DT_SET_KEY_SIZE];
    const struct dt_place place = {line->charter->id, wid, seq};
    if (!dt_line_key(line, dt_wid_member(wid), key_id, set_key)) {
        return false;
    }
    dt_record_key(key, set_key, &place);
    dt_wipe(set_key, sizeof set_key);
    return true;
}

static enum dt_err host_put_log(void *ctx, uint16_t wid, const uint8_t *writer_key)
{
    struct dt_line *line = ctx;
    struct dt_line_writer *writer = dt_line_writer(line, wid, true);
    if (writer == NULL) {
        return keep(line, DT_ERR_NO_MEMORY);
    }
    DT_TRY(keep(line, dt_node_write(line->node)));
    memset(&writer->log, 0, sizeof writer->log);
    memset(&writer->other, 0, sizeof writer->other);
    writer->judged_to = UINT64_MAX;
    writer->kept = (struct dt_store_checkpoint){0};
    writer->head_bytes = 0;
    writer->log.line = line->id;
    writer->log.wid = wid;
    writer->log.flags = wid == line->wid ? DT_STORE_LOG_OWN : 0;
    memcpy(writer->log.writer, writer_key, DT_PUBLIC_SIZE);
    line->officers_stale = true; /* its key may be revoked already */
    DT_TRY(keep(line, dt_store_fact_target_end(line->node->store, line->id, wid,
                                               &writer->referred_end)));
    return keep(line, dt_store_log_insert(line->node->store, &writer->log));
}

static enum dt_err host_put(void *ctx, uint16_t wid, uint64_t seq, const uint8_t *leaf,
                            const struct dt_stored *record)
{
    struct dt_line *line = ctx;
    struct dt_line_writer *writer = dt_line_writer(line, wid, false);
    if (writer == NULL) {
        return keep(line, DT_ERR_BAD_STATE);
    }
    const bool absent = record->absent || dt_quota_drops(line, wid, record);
    const struct dt_span body = absent ? dt_span(NULL, 0) : record->body;
    DT_TRY(keep(line, dt_node_write(line->node)));
    DT_TRY(keep(line, dt_store_append_grown(line->node->store, &writer->log, record->header, body,
                                            &dt_sync_find_log(&line->sync, wid)->frontier)));
    DT_TRY(keep(line, dt_line_overtaken(line, writer, seq, leaf)));
    return keep(line, dt_line_apply_put(line, wid, seq, leaf, record->header, body));
}

static enum dt_err host_put_tree_node(void *ctx, uint16_t wid, unsigned level, uint64_t index,
                                      const uint8_t *hash)
{
    struct dt_line *line = ctx;
    const struct dt_line_writer *writer = dt_line_writer(line, wid, false);
    if (writer == NULL) {
        return keep(line, DT_ERR_BAD_STATE);
    }
    DT_TRY(keep(line, dt_node_write(line->node)));
    return keep(line, dt_store_tree_put(line->node->store, writer->log.id, level, index, hash));
}

static enum dt_err host_put_head(void *ctx, uint16_t wid, const struct dt_frontier *frontier,
                                 const uint8_t *signature)
{
    struct dt_line *line = ctx;
    struct dt_line_writer *writer = dt_line_writer(line, wid, false);
    if (writer == NULL || writer->log.frontier.size != frontier->size) {
        return keep(line, DT_ERR_STORE_DAMAGED);
    }
    DT_TRY(keep(line, dt_line_keep_checkpoint(line, writer, frontier->size)));
    writer->log.checkpoint_size = frontier->size;
    memcpy(writer->log.checkpoint_signature, signature, DT_SIGNATURE_SIZE);
    return keep(line, dt_store_log_update(line->node->store, &writer->log));
}

static enum dt_err host_put_ahead(void *ctx, uint16_t wid, uint64_t seq, const uint8_t *leaf,
                                  const struct dt_stored *record, const uint8_t *promise)
{
    struct dt_line *line = ctx;
    const struct dt_line_writer *writer = dt_line_writer(line, wid, false);
    struct dt_store_ahead ahead = {.record = {seq, record->header, record->body}};
    if (writer == NULL) {
        return keep(line, DT_ERR_BAD_STATE);
    }
    memcpy(ahead.signature, promise, DT_SIGNATURE_SIZE);
    DT_TRY(keep(line, dt_node_write(line->node)));
    DT_TRY(keep(line, dt_store_ahead_put(line->node->store, writer->log.id, &ahead)));
    /* It counts from now on: an urgent record must not wait for a backlog. */
    return keep(line, dt_line_apply_put(line, wid, seq, leaf, record->header, record->body));
}

static enum dt_err host_put_cosignature(void *ctx, uint16_t wid, uint64_t size, uint16_t cosigner,
                                        const struct dt_cosignature *cosignature)
{
    struct dt_line *line = ctx;
    const struct dt_line_writer *writer = dt_line_writer(line, wid, false);
    struct dt_store_cosignature c = {cosigner, size, (int64_t)cosignature->time_s, {0}};
    if (writer == NULL) {
        return keep(line, DT_ERR_BAD_STATE);
    }
    memcpy(c.signature, cosignature->signature, DT_SIGNATURE_SIZE);
    line->node->receipts_moved = true;
    DT_TRY(keep(line, dt_node_write_receipt(line->node)));
    DT_TRY(keep(line, dt_store_cosignature_put(line->node->store, writer->log.id, &c)));
    return wid != line->wid
               ? DT_OK
               : keep(line, dt_store_cosignature_step(line->node->store, writer->log.id, &c));
}

static void host_table(struct dt_line *line, struct dt_sync_host *host)
{
    *host = (struct dt_sync_host){
        line,         host_get,           host_tree_node,     host_get_checkpoint,
        host_open_for, host_record_key,   host_put_log,       host_put,
        host_put_tree_node, host_put_head, host_put_ahead,    host_put_cosignature,
        dt_history_put_proof, dt_history_get_proof,
        dt_history_put_other, dt_history_get_other, dt_history_get_other_head, dt_quota_full};
}

/* --- life ------------------------------------------------------------------ */

void dt_line_free(struct dt_line *line)
{
    if (line == NULL) {
        return;
    }
    dt_sync_deinit(&line->sync);
    dt_line_officers_clear(line); /* looks at the writers */
    free(line->officers);
    dt_seen_free(line);
    for (size_t i = 0; i < line->writer_count; i++) {
        free(line->writers[i]);
    }
    free(line->writers);
    dt_board_free(&line->board);
    dt_conflicts_free(&line->conflicts);
    free(line->sources);
    free(line->overdue);
    free(line->sites);
    free(line->rule_pairs);
    dt_recent_free(&line->recent);
    dt_wipe(line->sets, sizeof line->sets);
    dt_wipe(line->keys, sizeof line->keys);
    free(line->charter);
    free(line);
}

struct dt_line *dt_line_by_id(struct dt_node *n, const uint8_t id[static DT_HASH_SIZE])
{
    for (size_t i = 0; i < n->line_count; i++) {
        if (memcmp(n->lines[i]->charter->id, id, DT_HASH_SIZE) == 0) {
            return n->lines[i];
        }
    }
    return NULL;
}

struct dt_line *dt_line_by_tag(struct dt_node *n, uint32_t tag)
{
    for (size_t i = 0; i < n->line_count; i++) {
        struct dt_reader r = dt_reader(dt_span(n->lines[i]->charter->id, 4));
        if (dt_read_u32(&r) == tag) {
            return n->lines[i];
        }
    }
    return NULL;
}

static bool load_ahead(void *ctx, const struct dt_store_ahead *ahead)
{
    struct dt_line_writer *writer = ((void **)ctx)[1];
    struct dt_line *line = ((void **)ctx)[0];
    uint8_t leaf[DT_HASH_SIZE];
    if (ahead->record.seq < writer->log.frontier.size) {
        return true; /* its turn came long ago */
    }
    dt_leaf_hash(leaf, ahead->record.header);
    return dt_sync_load_ahead(&line->sync, writer->wid, ahead->record.seq, leaf,
                              ahead->signature) == DT_OK;
}

/* The reader key stands in the certificate of record 0. */
static void load_reader(struct dt_line *line, struct dt_line_writer *writer)
{
    struct dt_store_record record;
    struct dt_body_open open;
    struct dt_statement statement;
    struct dt_certificate certificate;
    if (dt_store_record_get(line->node->store, writer->log.id, 0, &record) == DT_OK &&
        dt_body_open_decode(&open, record.body) == DT_OK &&
        dt_statement_decode(&statement, open.certificate) == DT_OK &&
        dt_certificate_decode(&certificate, &statement) == DT_OK) {
        memcpy(writer->reader, certificate.reader, DT_PUBLIC_SIZE);
    }
}

static bool load_log(void *ctx, const struct dt_store_log *log)
{
    struct dt_line *line = ctx;
    struct dt_line_writer *writer = dt_line_writer(line, log->wid, true);
    if (writer == NULL) {
        line->node->write_err = DT_ERR_NO_MEMORY;
        return false;
    }
    if (log->branch != 0) {
        writer->other = *log;
        return true;
    }
    writer->log = *log;
    writer->other = (struct dt_store_log){0};
    writer->head_bytes = log->bytes;
    line->node->write_err =
        dt_sync_load_log(&line->sync, log->wid, log->writer, &log->frontier,
                         log->checkpoint_signature, (log->flags & DT_STORE_LOG_FORKED) != 0);
    return line->node->write_err == DT_OK;
}

/* Reads all logs of the line as the store has them. */
static enum dt_err load_logs(struct dt_line *line)
{
    struct dt_store *store = line->node->store;
    line->node->write_err = DT_OK;
    DT_TRY(dt_store_log_list(store, line->id, load_log, line));
    const enum dt_err err = line->node->write_err;
    line->node->write_err = DT_OK;
    dt_histories_load(line);
    for (size_t i = 0; i < line->writer_count && err == DT_OK; i++) {
        void *context[2] = {line, line->writers[i]};
        DT_TRY(dt_store_ahead_list(store, line->writers[i]->log.id, load_ahead, context));
        DT_TRY(dt_line_load_checkpoint(line, line->writers[i]));
        load_reader(line, line->writers[i]);
        DT_TRY(dt_store_fact_target_end(store, line->id, line->writers[i]->wid,
                                        &line->writers[i]->referred_end));
    }
    return err;
}

enum dt_err dt_line_add_peers(struct dt_line *line)
{
    struct dt_node *n = line->node;
    const struct dt_line_writer *own = dt_line_writer(line, line->wid, false);
    for (size_t i = 0; i < n->contact_count; i++) {
        const struct dt_contact *contact = &n->contacts[i];
        const int member = dt_charter_find_root(line->charter, contact->root);
        struct dt_store_cosignature c = {0};
        const uint16_t wid = member >= 0 ? dt_wid((unsigned)member, contact->number) : line->wid;
        if (wid == line->wid) {
            continue;
        }
        if (own != NULL) {
            const enum dt_err err = dt_store_cosignature_get(n->store, own->log.id, wid, &c);
            if (err != DT_OK && err != DT_ERR_UNKNOWN_RECORD) {
                return err;
            }
        }
        n->stirred = true;
        DT_TRY(dt_sync_add_peer(&line->sync, wid, c.size));
        if (contact->up) { /* the session was there before the line */
            dt_sync_peer_up(&line->sync, wid, dt_node_now_us(), n->slots[contact->slot].rtt_us);
        }
    }
    return DT_OK;
}

/* A line in memory; its logs are loaded by the caller. */
static enum dt_err make_line(struct dt_node *n, const struct dt_store_line *row,
                             struct dt_line **out)
{
    struct dt_statement statement;
    struct dt_sync_host host;
    struct dt_line *line = calloc(1, sizeof *line);
    struct dt_line **lines = realloc(n->lines, (n->line_count + 1) * sizeof *lines);
    if (lines != NULL) {
        n->lines = lines;
    }
    if (line == NULL || lines == NULL || (line->charter = malloc(sizeof *line->charter)) == NULL) {
        free(line);
        return DT_ERR_NO_MEMORY;
    }
    enum dt_err err = dt_statement_decode(&statement, row->charter);
    if (err == DT_OK) {
        err = dt_charter_from_statement(line->charter, &statement);
    }
    const int member = err == DT_OK ? dt_charter_find_root(line->charter, n->home.root) : -1;
    if (member < 0) {
        free(line->charter);
        free(line);
        return err != DT_OK ? err : DT_ERR_UNKNOWN_PARTY;
    }
    line->node = n;
    line->id = row->id;
    line->state = (enum dt_line_state)row->state;
    line->me = (unsigned)member;
    line->wid = dt_wid(line->me, n->home.number);
    host_table(line, &host);
    dt_sync_init(&line->sync, line->charter, line->wid, n->keys.writer_public, n->keys.writer,
                 &host);
    dt_board_init(&line->board, line->charter);
    n->lines[n->line_count++] = line;
    *out = line;
    return DT_OK;
}

struct pending_rows {
    struct dt_node *node;
    struct {
        unsigned id;
        int state;
        size_t size;
        uint8_t charter[DT_STATEMENT_MAX];
    } *rows;
    size_t count;
    enum dt_err err;
};

/* Lists may not nest: take the rows first. */
static bool take_row(void *ctx, const struct dt_store_line *row)
{
    struct pending_rows *p = ctx;
    void *rows = realloc(p->rows, (p->count + 1) * sizeof *p->rows);
    if (rows == NULL || row->charter.size > DT_STATEMENT_MAX) {
        p->err = rows == NULL ? DT_ERR_NO_MEMORY : DT_ERR_STORE_DAMAGED;
        return false;
    }
    p->rows = rows;
    p->rows[p->count].id = row->id;
    p->rows[p->count].state = row->state;
    p->rows[p->count].size = row->charter.size;
    memcpy(p->rows[p->count].charter, row->charter.data, row->charter.size);
    p->count++;
    return true;
}

static enum dt_err load_one(struct dt_node *n, const struct dt_store_line *row,
                            struct dt_line **out)
{
    DT_TRY(make_line(n, row, out));
    DT_TRY(load_logs(*out));
    DT_TRY(dt_line_load_views(*out));
    DT_TRY(dt_watch_load(*out));
    DT_TRY(dt_line_recall(*out));
    DT_TRY(dt_seen_load(*out));
    DT_TRY(dt_line_touch_all(*out));
    return dt_line_add_peers(*out);
}

enum dt_err dt_lines_load(struct dt_node *n)
{
    struct pending_rows pending = {n, NULL, 0, DT_OK};
    enum dt_err err = dt_store_line_list(n->store, take_row, &pending);
    err = err == DT_OK ? pending.err : err;
    for (size_t i = 0; i < pending.count && err == DT_OK; i++) {
        struct dt_line *line = NULL;
        const struct dt_store_line row = {
            .id = pending.rows[i].id,
            .state = pending.rows[i].state,
            .charter = dt_span(pending.rows[i].charter, pending.rows[i].size)};
        err = load_one(n, &row, &line);
    }
    free(pending.rows);
    return err == DT_OK ? dt_lines_renew_views(n) : err;
}

enum dt_err dt_line_reload(struct dt_line *line)
{
    dt_sync_rolled_back(&line->sync);
    DT_TRY(load_logs(line));
    line->reload = line->sources_known = line->tests_known = false;
    dt_recent_clear(&line->recent);
    DT_TRY(dt_line_load_views(line));
    DT_TRY(dt_line_touch_all(line));
    DT_TRY(dt_seen_load(line));
    return dt_line_recall(line);
}

/* Record 0 of a new line, and our officers. */
static enum dt_err open_line(struct dt_line *line, struct dt_span open_body)
{
    const struct dt_draft opening = {.kind = DT_KIND_OPEN,
                                     .time_ms = dt_now_ms(),
                                     .flags = dt_flags(DT_ROUTINE, line->charter->class_),
                                     .body = open_body};
    uint64_t seq;
    uint8_t leaf[DT_HASH_SIZE];
    DT_TRY(dt_line_add_peers(line));
    DT_TRY(dt_line_append(line, &opening, &seq, leaf));
    return dt_line_publish_officers(line);
}

enum dt_err dt_line_add(struct dt_node *n, struct dt_span charter_statement,
                        struct dt_span open_body, struct dt_line **out)
{
    struct dt_statement statement;
    struct dt_charter *charter = malloc(sizeof *charter);
    if (charter == NULL) {
        return DT_ERR_NO_MEMORY;
    }
    enum dt_err err = dt_statement_decode(&statement, charter_statement);
    err = err == DT_OK ? dt_charter_from_statement(charter, &statement) : err;
    struct dt_reader r = dt_reader(dt_span(charter->id, 4));
    if (err == DT_OK && dt_line_by_tag(n, dt_read_u32(&r)) != NULL) {
        err = DT_ERR_DUPLICATE;
    }
    err = err == DT_OK ? dt_successor_check(n, charter) : err;
    struct dt_store_line row = {.charter = charter_statement, .joined_ms = dt_now_ms()};
    if (err == DT_OK) {
        memcpy(row.line_id, charter->id, DT_HASH_SIZE);
    }
    free(charter);
    DT_TRY(err);
    DT_TRY(dt_node_write(n));
    DT_TRY(dt_store_line_insert(n->store, &row));
    DT_TRY(make_line(n, &row, out));
    (*out)->added = true;
    err = open_line(*out, open_body);
    if (err != DT_OK) {
        /* Nothing of it may stay: not in memory, and not on the disk. */
        dt_line_free(n->lines[--n->line_count]);
        n->write_err = err;
    }
    return err;
}

void dt_lines_settle(struct dt_node *n, bool committed)
{
    size_t kept = 0;
    for (size_t i = 0; i < n->line_count; i++) {
        if (n->lines[i]->added && !committed) {
            dt_line_free(n->lines[i]);
            continue;
        }
        n->lines[i]->added = false;
        n->lines[kept++] = n->lines[i];
    }
    n->line_count = kept;
}

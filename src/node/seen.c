/* SPDX-License-Identifier: ISC */
#include "node/seen.h"

#include <stdlib.h>
#include <string.h>

#include "log/fields.h"
#include "node/query.h"

enum {
    WAITING_MAX = 16, /* of one author; one for each log */
    LOOK_BACK = 16,   /* records of each author that are looked at again after a start */
    CLAIM_SIZE = 2 + 8 + 2 + 8 + DT_HASH_SIZE,
    TREE_PAUSE = 250000, /* us: a root made from the tree costs up to half a millisecond */
};

/* What of an author cannot be decided yet. */
struct dt_seen_waiting {
    size_t count;
    struct dt_seen_claim claims[WAITING_MAX];
};

static enum dt_err keep(struct dt_line *line, const struct dt_seen_claim *c)
{
    uint8_t bytes[CLAIM_SIZE];
    struct dt_writer w = dt_writer(bytes, sizeof bytes);
    dt_write_u16(&w, c->by);
    dt_write_u64(&w, c->seq);
    dt_write_u16(&w, c->wid);
    dt_write_u64(&w, c->size);
    dt_write_bytes(&w, c->root, DT_HASH_SIZE);
    struct dt_store_statement row = {
        .line = line->id, .type = DT_KEPT_SEEN, .bytes = dt_written(&w)};
    dt_statement_id(row.id, row.bytes);
    DT_TRY(dt_node_write(line->node));
    return dt_store_statement_put(line->node->store, &row, NULL);
}

/* One of each author and log is kept: a history that is another stays another. */
static bool is_known(const struct dt_line *line, const struct dt_seen_claim *c)
{
    for (size_t i = 0; i < line->otherwise_count; i++) {
        if (line->otherwise[i].by == c->by && line->otherwise[i].wid == c->wid) {
            return true;
        }
    }
    return line->otherwise_count == DT_OTHERWISE_MAX;
}

static enum dt_err judge(struct dt_line *line, const struct dt_sync_log *log,
                         const struct dt_seen_claim *c, const uint8_t root[static DT_HASH_SIZE])
{
    if (memcmp(root, c->root, DT_HASH_SIZE) == 0 || log->forked || is_known(line, c)) {
        return DT_OK; /* of a log that is known to have forked there are two roots */
    }
    line->otherwise[line->otherwise_count++] = *c;
    dt_node_log(line->node, "alarm", "wid=%u seq=%llu says it saw another history of wid=%u at %llu",
                c->by, (unsigned long long)c->seq, c->wid, (unsigned long long)c->size);
    dt_sync_contest(&line->sync, c->wid, c->by);
    line->node->stirred = true;
    return keep(line, c);
}

/* One of each log waits, the oldest: what it says of a history, the later ones say too. */
static void let_wait(struct dt_line *line, const struct dt_seen_claim *c)
{
    struct dt_line_writer *w = dt_line_writer(line, c->by, false);
    if (w == NULL || (w->seen == NULL && (w->seen = calloc(1, sizeof *w->seen)) == NULL)) {
        return;
    }
    for (size_t i = 0; i < w->seen->count; i++) {
        if (w->seen->claims[i].wid == c->wid) {
            return;
        }
    }
    if (w->seen->count < WAITING_MAX) {
        w->seen->claims[w->seen->count++] = *c;
        line->seen_waiting++;
    }
}

static struct dt_seen_claim claim_of(uint16_t by, uint64_t seq, const struct dt_seen *seen)
{
    struct dt_seen_claim c = {by, seen->wid, seq, seen->size, {0}};
    memcpy(c.root, seen->root, DT_HASH_SIZE);
    return c;
}

enum dt_err dt_seen_note(struct dt_line *line, uint16_t by, uint64_t seq,
                         const struct dt_header *h)
{
    for (size_t i = 0; i < h->seen_count && by != line->wid; i++) {
        const struct dt_seen_claim c = claim_of(by, seq, &h->seen[i]);
        const struct dt_sync_log *log = dt_sync_find_log(&line->sync, c.wid);
        uint8_t root[DT_HASH_SIZE];
        if (c.wid == by) {
            continue;
        }
        if (log != NULL && dt_sync_recent_root(log, c.size, root)) {
            DT_TRY(judge(line, log, &c, root));
        } else if (log != NULL && log->own && log->size > 0 && c.size > log->size) {
            dt_sync_contest(&line->sync, c.wid, by); /* more of our own log than we hold */
            line->node->stirred = true;
        } else {
            let_wait(line, &c);
        }
    }
    return DT_OK;
}

/* 0: it waits on. */
static bool decide(struct dt_line *line, const struct dt_seen_claim *c, int64_t now_us,
                   enum dt_err *err)
{
    struct dt_sync_log *log = dt_sync_find_log(&line->sync, c->wid);
    uint8_t root[DT_HASH_SIZE];
    if (log == NULL || c->size > log->size) {
        return false;
    }
    if (!dt_sync_recent_root(log, c->size, root)) {
        if (now_us < line->seen_at_us) {
            return false;
        }
        line->seen_at_us = now_us + TREE_PAUSE;
        if (dt_sync_root_at(&line->sync, log, c->size, root) != DT_OK) {
            return true; /* a damaged tree: `verify` says more of it */
        }
    }
    *err = judge(line, log, c, root);
    return true;
}

enum dt_err dt_seen_settle(struct dt_line *line, int64_t now_us)
{
    enum dt_err err = DT_OK;
    for (size_t i = 0; i < line->writer_count && line->seen_waiting > 0 && err == DT_OK; i++) {
        struct dt_seen_waiting *w = line->writers[i]->seen;
        for (size_t k = 0; w != NULL && k < w->count && err == DT_OK;) {
            if (decide(line, &w->claims[k], now_us, &err)) {
                w->claims[k] = w->claims[--w->count];
                line->seen_waiting--;
            } else {
                k++;
            }
        }
    }
    return err;
}

/* --- after a start -------------------------------------------------------------------- */

static bool take_kept(void *ctx, const struct dt_store_statement *row)
{
    struct dt_line *line = ctx;
    struct dt_reader r = dt_reader(row->bytes);
    struct dt_seen_claim c = {.by = dt_read_u16(&r)};
    c.seq = dt_read_u64(&r);
    c.wid = dt_read_u16(&r);
    c.size = dt_read_u64(&r);
    dt_read_copy(&r, c.root, DT_HASH_SIZE);
    if (dt_reader_end(&r) == DT_OK && !is_known(line, &c)) {
        line->otherwise[line->otherwise_count++] = c;
    }
    return true;
}

struct newest {
    struct dt_line *line;
    uint16_t wid;
};

static bool take_newest(void *ctx, const struct dt_store_record *record)
{
    const struct newest *newest = ctx;
    struct dt_header h;
    for (size_t i = 0; dt_header_decode(&h, record->header) == DT_OK && i < h.seen_count; i++) {
        const struct dt_seen_claim c = claim_of(newest->wid, record->seq, &h.seen[i]);
        if (c.wid != c.by) {
            let_wait(newest->line, &c);
        }
    }
    return true;
}

void dt_seen_free(struct dt_line *line)
{
    for (size_t i = 0; i < line->writer_count; i++) {
        free(line->writers[i]->seen);
        line->writers[i]->seen = NULL;
    }
    line->seen_waiting = 0;
    line->otherwise_count = 0;
}

enum dt_err dt_seen_load(struct dt_line *line)
{
    struct dt_store *store = line->node->store;
    dt_seen_free(line);
    DT_TRY(dt_store_statement_list(store, line->id, DT_KEPT_SEEN, take_kept, line));
    for (size_t i = 0; i < line->writer_count; i++) {
        const struct dt_store_log *log = &line->writers[i]->log;
        const uint64_t size = log->frontier.size;
        struct newest newest = {line, log->wid};
        if (log->wid != line->wid && size > 0) {
            DT_TRY(dt_store_record_list(store, log->id, size > LOOK_BACK ? size - LOOK_BACK : 0,
                                        LOOK_BACK, take_newest, &newest));
        }
    }
    return DT_OK;
}

/* --- shown --------------------------------------------------------------------------- */

static void put_claim(struct dt_object *o, struct dt_line *line, const struct dt_seen_claim *c)
{
    const struct dt_sync_log *log = dt_sync_find_log(&line->sync, c->wid);
    struct dt_store_fact row;
    const struct dt_line_writer *by = dt_line_writer(line, c->by, false);
    char tag[9];
    if (by == NULL || dt_wid_member(c->wid) >= line->charter->member_count ||
        dt_store_fact_get(line->node->store, dt_store_key_of(by->log.id, c->seq), &row) != DT_OK) {
        return;
    }
    dt_line_tag_text(tag, line);
    dt_obj_map(o);
    dt_put_string(o, "line", tag);
    dt_put_id(o, "id", line, c->by, c->seq, row.fact.leaf);
    dt_put_uint(o, "wid", c->wid);
    dt_put_string(o, "code", line->charter->members[dt_wid_member(c->wid)].code);
    dt_put_uint(o, "number", dt_wid_number(c->wid));
    dt_put_uint(o, "size", c->size);
    dt_put_bool(o, "forked", log != NULL && log->forked); /* a proof has come since */
    dt_obj_end(o);
}

void dt_seen_status(struct dt_object *o, const struct dt_node *n, const struct dt_line *only)
{
    dt_obj_key(o, "seen_otherwise");
    dt_obj_array(o);
    for (size_t i = 0; i < n->line_count; i++) {
        struct dt_line *line = n->lines[i];
        for (size_t k = 0; (only == NULL || only == line) && k < line->otherwise_count; k++) {
            put_claim(o, line, &line->otherwise[k]);
        }
    }
    dt_obj_end(o);
}

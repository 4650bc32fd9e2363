/* SPDX-License-Identifier: ISC */
/* One log, from the bytes on disk to the signatures that vouch for them. */
#include <string.h>

#include "log/fields.h"
#include "log/promise.h"
#include "log/statement.h"
#include "node/histories.h"
#include "node/verify_state.h"

enum { PROGRESS_EVERY = 16384 };

struct walk {
    struct dt_verifying *v;
    const struct dt_store_log *log;
    struct dt_store_tree tree;
    struct dt_frontier frontier;
    uint8_t root[DT_HASH_SIZE]; /* at the checkpoint's size */
    bool rooted;
};

static bool is_trouble(enum dt_err err)
{
    return err == DT_ERR_NO_MEMORY || err == DT_ERR_STORE || err == DT_ERR_BAD_STATE;
}

/* A read that failed: our own trouble, or damage. True: go on. */
static bool settle(struct dt_verifying *v, enum dt_err err, const struct dt_store_log *log)
{
    if (err != DT_OK && is_trouble(err)) {
        v->trouble = err;
    } else if (err != DT_OK) {
        dt_verify_fault(v, DT_ERR_STORE_DAMAGED, "store", log, NULL);
    }
    return v->trouble == DT_OK;
}

/* --- records -------------------------------------------------------------------- */

/* All that is a record's own; not what depends on what else is held. */
static bool same_fact(const struct dt_fact *a, const struct dt_fact *b)
{
    return a->wid == b->wid && a->kind == b->kind && a->time_ms == b->time_ms &&
           a->flags == b->flags && a->err == b->err && a->sealed == b->sealed &&
           a->has_target == b->has_target &&
           (!a->has_target || dt_ref_compare(&a->target, &b->target) == 0) && a->code == b->code &&
           memcmp(a->number, b->number, sizeof a->number) == 0 && a->officer == b->officer &&
           a->second == b->second && a->officer_valid == b->officer_valid &&
           a->officer_doubt == b->officer_doubt &&
           strcmp(a->force, b->force) == 0;
}

static void check_fact(struct walk *w, const struct dt_store_record *r, const struct dt_fact *fact)
{
    struct dt_store_fact row;
    const enum dt_err err =
        dt_store_fact_get(w->v->node->store, dt_store_key_of(w->log->id, r->seq), &row);
    if (err == DT_OK && memcmp(row.fact.leaf, fact->leaf, DT_HASH_SIZE) != 0) {
        dt_verify_fault(w->v, DT_ERR_BAD_HASH, "header", w->log, &r->seq);
    } else if (err == DT_OK && (row.line != w->log->line || !same_fact(&row.fact, fact))) {
        dt_verify_fault(w->v, DT_ERR_BAD_VALUE, "view", w->log, &r->seq);
    } else if (err != DT_OK) {
        dt_verify_fault(w->v, err, "view", w->log, &r->seq);
    }
}

/* Whatever its version, a header ends with its body's hash. */
static void check_body(struct walk *w, const struct dt_store_record *r)
{
    uint8_t hash[DT_HASH_SIZE];
    dt_sha256(hash, r->body);
    if (r->header.size < DT_HASH_SIZE ||
        memcmp(r->header.data + r->header.size - DT_HASH_SIZE, hash, DT_HASH_SIZE) != 0) {
        dt_verify_fault(w->v, DT_ERR_BAD_HASH, "body", w->log, &r->seq);
    }
}

/* A record by itself, and the fact made of it. */
static void check_record(struct walk *w, const struct dt_store_record *r, struct dt_fact *fact)
{
    struct dt_verify_report *report = w->v->report;
    const struct dt_officers officers = dt_line_officers(w->v->line);
    if (r->body.data != NULL) {
        check_body(w, r);
    }
    /* Content is shown, never refused: what it says is no fault of the disk's. */
    (void)dt_fact_from_record(fact, w->v->line->charter, w->log->wid, r->seq, r->header, r->body,
                              &officers);
    dt_history_judge(w->log, fact);
    dt_line_refer(w->v->line, fact);
    report->later += fact->err == DT_ERR_UNKNOWN_VERSION;
    report->invalid += fact->err != DT_OK && fact->err != DT_ERR_UNKNOWN_VERSION;
    report->absent += r->body.data == NULL;
    report->officers += fact->officer_valid;
    w->v->keys_seen += fact->kind == DT_KIND_KEY;
    check_fact(w, r, fact);
}

static void subtree_closed(void *ctx, unsigned level, uint64_t index,
                           const uint8_t hash[DT_HASH_SIZE])
{
    struct walk *w = ctx;
    uint8_t stored[DT_HASH_SIZE];
    if (level == 0 || level % 8 != 0) {
        return;
    }
    if (!dt_store_tree_node(&w->tree, level, index, stored) ||
        memcmp(stored, hash, DT_HASH_SIZE) != 0) {
        const uint64_t first = index << level;
        dt_verify_fault(w->v, DT_ERR_BAD_HASH, "tree", w->log, &first);
    }
}

static bool next_record(void *ctx, const struct dt_store_record *r)
{
    struct walk *w = ctx;
    struct dt_verifying *v = w->v;
    struct dt_fact fact;
    const uint64_t due = w->frontier.size;
    if (r->seq != due || due >= w->log->frontier.size) {
        dt_verify_fault(v, r->seq != due ? DT_ERR_GAP : DT_ERR_STORE_DAMAGED, "log", w->log, &due);
        return false;
    }
    dt_verify_seen(v, w->log->wid, r->seq, r->header);
    check_record(w, r, &fact);
    if (dt_frontier_append(&w->frontier, fact.leaf, subtree_closed, w) != DT_OK) {
        dt_verify_fault(v, DT_ERR_CAPACITY, "log", w->log, &due);
        return false;
    }
    if (w->frontier.size == w->log->checkpoint_size) {
        dt_frontier_root(&w->frontier, w->root);
        w->rooted = true;
    }
    v->report->records++;
    if (v->progress != NULL && v->report->records % PROGRESS_EVERY == 0) {
        v->progress(v->ctx, v->report->records, v->all);
    }
    return true;
}

static bool same_frontier(const struct dt_frontier *a, const struct dt_frontier *b)
{
    uint8_t x[DT_HASH_SIZE], y[DT_HASH_SIZE];
    dt_frontier_root(a, x);
    dt_frontier_root(b, y);
    return a->size == b->size && memcmp(x, y, DT_HASH_SIZE) == 0;
}

static void check_checkpoint(struct walk *w)
{
    const struct dt_store_log *log = w->log;
    struct dt_checkpoint c = {.size = log->checkpoint_size};
    const bool ours = (log->flags & DT_STORE_LOG_OWN) != 0;
    if (!w->rooted || (!ours && log->checkpoint_size != log->frontier.size)) {
        dt_verify_fault(w->v, DT_ERR_BAD_VALUE, "checkpoint", log, NULL);
        return;
    }
    memcpy(c.line_id, w->v->line->charter->id, DT_HASH_SIZE);
    memcpy(c.writer, log->writer, DT_PUBLIC_SIZE);
    memcpy(c.root, w->root, DT_HASH_SIZE);
    memcpy(c.signature, log->checkpoint_signature, DT_SIGNATURE_SIZE);
    const enum dt_err err = dt_checkpoint_verify(&c);
    if (err != DT_OK) {
        dt_verify_fault(w->v, err, "checkpoint", log, NULL);
        return;
    }
    w->v->report->checkpoints++;
    w->v->report->uncovered += log->frontier.size - log->checkpoint_size;
}

/* --- who writes it ---------------------------------------------------------------- */

static enum dt_err certified(const struct walk *w)
{
    const struct dt_charter *charter = w->v->line->charter;
    struct dt_store_record record;
    struct dt_body_open open;
    struct dt_statement s;
    struct dt_certificate c;
    const unsigned base = w->tree.base != 0 ? w->tree.base : w->log->id;
    DT_TRY(dt_store_record_get(w->v->node->store, base, 0, &record));
    DT_TRY(dt_body_open_decode(&open, record.body));
    DT_TRY(dt_statement_decode(&s, open.certificate));
    DT_TRY(dt_certificate_decode(&c, &s));
    const struct dt_member *member = &charter->members[dt_wid_member(w->log->wid)];
    return memcmp(s.signer, member->root, DT_PUBLIC_SIZE) == 0 &&
                   memcmp(open.line, charter->id, DT_HASH_SIZE) == 0 &&
                   c.number == dt_wid_number(w->log->wid) &&
                   memcmp(c.writer, w->log->writer, DT_PUBLIC_SIZE) == 0
               ? DT_OK
               : DT_ERR_UNKNOWN_WRITER;
}

/* --- what others say of it ------------------------------------------------------------ */

static bool check_cosignature(void *ctx, const struct dt_store_cosignature *row)
{
    struct walk *w = ctx;
    struct dt_checkpoint c = {.size = row->size};
    struct dt_cosignature s = {.time_s = (uint64_t)row->time_s};
    const struct dt_line_writer *by = dt_line_writer(w->v->line, row->cosigner, false);
    enum dt_err err = DT_OK;
    if (by == NULL || row->size == 0 || row->size > w->frontier.size) {
        err = by == NULL ? DT_ERR_UNKNOWN_WRITER : DT_ERR_BAD_VALUE;
    } else {
        memcpy(c.line_id, w->v->line->charter->id, DT_HASH_SIZE);
        memcpy(c.writer, w->log->writer, DT_PUBLIC_SIZE);
        memcpy(s.writer, by->log.writer, DT_PUBLIC_SIZE);
        memcpy(s.signature, row->signature, DT_SIGNATURE_SIZE);
        err = dt_tree_root(c.root, c.size, dt_store_tree_node, &w->tree);
        err = err == DT_OK ? dt_cosign_verify(&s, &c) : err;
    }
    if (err != DT_OK) {
        const uint64_t last = row->size > 0 ? row->size - 1 : 0;
        dt_verify_fault(w->v, err, "cosignature", w->log, &last);
    }
    w->v->report->cosignatures += err == DT_OK;
    return true;
}

static bool check_ahead(void *ctx, const struct dt_store_ahead *row)
{
    struct walk *w = ctx;
    struct dt_promise p = {.wid = w->log->wid, .seq = row->record.seq};
    struct dt_fact fact;
    memcpy(p.line_id, w->v->line->charter->id, DT_HASH_SIZE);
    memcpy(p.signature, row->signature, DT_SIGNATURE_SIZE);
    dt_leaf_hash(p.leaf, row->record.header);
    const enum dt_err err = dt_promise_verify(&p, w->log->writer);
    if (err != DT_OK) {
        dt_verify_fault(w->v, err, "promise", w->log, &p.seq);
    }
    w->v->report->promises += err == DT_OK;
    if (p.seq >= w->frontier.size) {
        w->v->report->ahead++;
        check_record(w, &row->record, &fact);
    }
    return true;
}

/* --- the whole of it -------------------------------------------------------------------- */

static void start(struct walk *w)
{
    if (w->log->branch == 0) {
        return;
    }
    for (size_t i = 0; i < w->v->log_count; i++) { /* a second history: from where it left */
        const struct dt_store_log *other = &w->v->logs[i];
        if (other->wid == w->log->wid && other->branch == 0) {
            w->tree.base = other->id;
            w->tree.common = w->log->common;
        }
    }
    if (dt_store_frontier_at(&w->tree, w->log->common, &w->frontier) != DT_OK) {
        dt_verify_fault(w->v, DT_ERR_STORE_DAMAGED, "tree", w->log, NULL);
    }
}

bool dt_verify_log(struct dt_verifying *v, const struct dt_store_log *log)
{
    struct walk w = {.v = v, .log = log, .tree = {v->node->store, log->id, 0, 0, DT_OK}};
    struct dt_store *store = v->node->store;
    v->report->logs++;
    if (dt_wid_member(log->wid) >= v->line->charter->member_count) {
        dt_verify_fault(v, DT_ERR_UNKNOWN_PARTY, "log", log, NULL);
        return true;
    }
    start(&w);
    if (!settle(v, dt_store_record_list(store, log->id, w.frontier.size, DT_STORE_SEQ_MAX,
                                        next_record, &w), log)) {
        return false;
    }
    const enum dt_err err = certified(&w);
    if (err != DT_OK) {
        dt_verify_fault(v, err, "certificate", log, &(uint64_t){0});
    }
    if (w.frontier.size != log->frontier.size) {
        dt_verify_fault(v, DT_ERR_GAP, "log", log, &w.frontier.size);
        return true;
    }
    if (!same_frontier(&w.frontier, &log->frontier)) {
        dt_verify_fault(v, DT_ERR_BAD_HASH, "tree", log, NULL);
    }
    check_checkpoint(&w);
    return settle(v, dt_store_cosignature_list(store, log->id, check_cosignature, &w), log) &&
           settle(v, dt_store_ahead_list(store, log->id, check_ahead, &w), log);
}

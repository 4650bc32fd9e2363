/* SPDX-License-Identifier: ISC */
/* What records say of other logs, against the trees on this disk. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "log/fields.h"
#include "node/verify_state.h"

enum {
    AT_ONCE = 65536, /* claims in memory; then they are looked at, and the next ones taken */
    STEPS_MAX = 512, /* leaves from one root to the next; else the tree's own nodes are less */
};

static int by_place(const void *a, const void *b)
{
    const struct dt_seen_claim *x = a, *y = b;
    return x->wid != y->wid ? (x->wid < y->wid ? -1 : 1) : (x->size > y->size) - (x->size < y->size);
}

static void name_log(const struct dt_verifying *v, uint16_t wid, char out[static 16])
{
    const unsigned member = dt_wid_member(wid);
    const bool known = member < v->line->charter->member_count;
    snprintf(out, 16, "%s.%u", known ? v->line->charter->members[member].code : "?",
             dt_wid_number(wid));
}

/* The frontier of a log at `size`, on from where it stands if that is near. */
static bool advance(struct dt_verifying *v, const struct dt_store_log *log, uint64_t size,
                    struct dt_frontier *f)
{
    struct dt_store_tree tree = {v->node->store, log->id, 0, 0, DT_OK};
    if (f->size > size || size - f->size > STEPS_MAX) {
        return dt_store_frontier_at(&tree, size, f) == DT_OK;
    }
    while (f->size < size) {
        struct dt_store_record record;
        uint8_t leaf[DT_HASH_SIZE];
        if (dt_store_record_get(v->node->store, log->id, f->size, &record) != DT_OK) {
            return false;
        }
        dt_leaf_hash(leaf, record.header);
        if (dt_frontier_append(f, leaf, NULL, NULL) != DT_OK) {
            return false;
        }
    }
    return true;
}

static void note_other(struct dt_verifying *v, const struct dt_seen_claim *c)
{
    struct dt_verify_report *r = v->report;
    if (r->otherwise++ == 0) {
        name_log(v, c->by, r->otherwise_by);
        name_log(v, c->wid, r->otherwise_of);
        r->otherwise_seq = c->seq;
        r->otherwise_size = c->size;
    }
}

void dt_verify_seen_all(struct dt_verifying *v)
{
    struct dt_frontier frontier = {.size = 0};
    uint16_t wid = UINT16_MAX;
    if (v->claim_count > 0) {
        qsort(v->claims, v->claim_count, sizeof *v->claims, by_place);
    }
    for (size_t i = 0; i < v->claim_count; i++) {
        const struct dt_seen_claim *c = &v->claims[i];
        const struct dt_line_writer *w = dt_line_writer(v->line, c->wid, false);
        uint8_t root[DT_HASH_SIZE];
        if (w == NULL || c->size > w->log.frontier.size ||
            (w->log.flags & DT_STORE_LOG_FORKED) != 0) {
            continue; /* not held so far; or two roots are known of */
        }
        if (wid != c->wid) {
            frontier = (struct dt_frontier){.size = 0};
            wid = c->wid;
        }
        if (!advance(v, &w->log, c->size, &frontier)) {
            wid = UINT16_MAX; /* what is wrong with that log is said where it is read */
            continue;
        }
        dt_frontier_root(&frontier, root);
        v->report->seen++;
        if (memcmp(root, c->root, DT_HASH_SIZE) != 0) {
            note_other(v, c);
        }
    }
    v->claim_count = 0;
}

void dt_verify_seen(struct dt_verifying *v, uint16_t by, uint64_t seq, struct dt_span header)
{
    struct dt_header h;
    if (dt_header_decode(&h, header) != DT_OK || h.seen_count == 0) {
        return;
    }
    if (v->claims == NULL && (v->claims = calloc(AT_ONCE, sizeof *v->claims)) == NULL) {
        v->trouble = DT_ERR_NO_MEMORY;
        return;
    }
    for (size_t i = 0; i < h.seen_count; i++) {
        if (v->claim_count == AT_ONCE) {
            dt_verify_seen_all(v);
        }
        struct dt_seen_claim *c = &v->claims[v->claim_count];
        *c = (struct dt_seen_claim){by, h.seen[i].wid, seq, h.seen[i].size, {0}};
        memcpy(c->root, h.seen[i].root, DT_HASH_SIZE);
        v->claim_count += c->wid != by;
    }
}

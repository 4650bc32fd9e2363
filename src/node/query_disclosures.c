/* SPDX-License-Identifier: ISC */
/* Who could open which of our notices how far, since when: from the keys that were given. */
#include <stdlib.h>
#include <string.h>

#include "node/tiers.h"
#include "view/disclose.h"

struct ledger {
    struct dt_line *line;
    struct dt_object *o;
    const struct dt_ref *only; /* or NULL: all */
    struct dt_given *given;
    size_t given_count;
    struct dt_fact *told; /* DISCLOSED of ours */
    size_t told_count, told_capacity;
    struct dt_fact *notices;
    size_t notice_count, notice_capacity;
    enum dt_err err;
};

static bool take(struct ledger *l, struct dt_fact **facts, size_t *count, size_t *capacity,
                 const struct dt_store_fact *row)
{
    if (dt_wid_member(row->fact.wid) != l->line->me || row->fact.err != DT_OK) {
        return true;
    }
    if (!dt_node_grow(facts, *count, capacity, sizeof **facts)) {
        l->err = DT_ERR_NO_MEMORY;
        return false;
    }
    (*facts)[(*count)++] = row->fact;
    return true;
}

static bool take_told(void *ctx, const struct dt_store_fact *row)
{
    struct ledger *l = ctx;
    return take(l, &l->told, &l->told_count, &l->told_capacity, row);
}

static bool take_notice(void *ctx, const struct dt_store_fact *row)
{
    struct ledger *l = ctx;
    const bool wanted =
        l->only == NULL || memcmp(l->only->leaf, row->fact.leaf, DT_HASH_SIZE) == 0;
    return wanted ? take(l, &l->notices, &l->notice_count, &l->notice_capacity, row) : true;
}

/* The DISCLOSED behind a key of one record: the first that names the member and that tier. */
static const struct dt_fact *told_by(const struct ledger *l, const struct dt_fact *notice,
                                     const struct dt_given *g)
{
    for (size_t i = l->told_count; i-- > 0;) { /* newest first in the list */
        const struct dt_fact *f = &l->told[i];
        if (f->number[0] == (int64_t)dt_wid_member(g->reader) && f->code == (int64_t)g->tier &&
            f->number[1] == g->expiry_ms &&
            memcmp(f->target.leaf, notice->leaf, DT_HASH_SIZE) == 0) {
            return f;
        }
    }
    return NULL;
}

static void put_reader(struct ledger *l, const struct dt_fact *notice, const struct dt_given *g,
                       enum dt_tier tier)
{
    struct dt_object *o = l->o;
    const struct dt_fact *by = g->single ? told_by(l, notice, g) : NULL;
    const unsigned member = dt_wid_member(g->reader);
    dt_obj_map(o);
    dt_put_string(o, "code", l->line->charter->members[member].code);
    dt_put_uint(o, "number", dt_wid_number(g->reader)); /* its installation: a reader key each */
    dt_put_string(o, "tier", dt_tier_name((int64_t)tier));
    dt_put_int(o, "since", g->time_ms > notice->time_ms ? g->time_ms : notice->time_ms);
    dt_put_int(o, "expires", g->expiry_ms);
    dt_put_string(o, "how", !g->single                           ? "addressed"
                            : by != NULL && by->number[2] != 0 ? "automatic"
                                                               : "disclosed");
    if (by != NULL) {
        dt_put_id(o, "record", l->line, by->wid, by->seq, by->leaf);
        const char *role = dt_line_officer_role(l->line, by->wid, by->seq, by->officer);
        if (by->officer != 0) {
            dt_put_string(o, "officer", role != NULL ? role : "?");
        }
    }
    dt_obj_end(o);
}

/* Is that installation on the list already, as far or further, from a set? */
static bool said(const struct ledger *l, const struct dt_fact *notice, struct dt_span body,
                 size_t at, enum dt_tier tier)
{
    for (size_t i = 0; i < l->given_count; i++) {
        const struct dt_given *g = &l->given[i];
        const enum dt_tier other = dt_given_opens(g, notice->wid, notice->seq, body);
        if (i != at && g->reader == l->given[at].reader && !g->single && !l->given[at].single &&
            (other > tier || (other == tier && i < at))) {
            return true;
        }
    }
    return false;
}

static void put_notice(struct ledger *l, const struct dt_fact *notice)
{
    struct dt_stored record;
    uint8_t *body = malloc(DT_BODY_MAX);
    if (body == NULL || !dt_record_of(l->line, notice->wid, notice->seq, &record) ||
        record.body.size == 0) {
        free(body);
        return;
    }
    memcpy(body, record.body.data, record.body.size);
    const struct dt_span bytes = dt_span(body, record.body.size);
    struct dt_object *o = l->o;
    dt_obj_map(o);
    dt_put_id(o, "id", l->line, notice->wid, notice->seq, notice->leaf);
    dt_put_int(o, "time", notice->time_ms);
    dt_put_string(o, "everybody", dt_tier_has_parts(bytes) ? "existence" : "cell");
    dt_obj_key(o, "readers");
    dt_obj_array(o);
    for (size_t i = 0; i < l->given_count; i++) {
        const enum dt_tier tier = dt_given_opens(&l->given[i], notice->wid, notice->seq, bytes);
        if (tier > DT_TIER_EXISTENCE && dt_wid_member(l->given[i].reader) != l->line->me &&
            !said(l, notice, bytes, i, tier)) {
            put_reader(l, notice, &l->given[i], tier);
        }
    }
    dt_obj_end(o);
    dt_obj_end(o);
    free(body);
}

void dt_query_disclosures(struct dt_object *o, struct dt_line *line, const struct dt_ref *only)
{
    struct ledger l = {.line = line, .o = o, .only = only};
    struct dt_store_cursor told = DT_STORE_NEWEST, notices = DT_STORE_NEWEST;
    struct dt_store *store = line->node->store;
    l.err = dt_line_given(line, &l.given, &l.given_count);
    if (l.err == DT_OK) {
        (void)!dt_store_fact_by_kind(store, line->id, DT_KIND_DISCLOSED, &told, SIZE_MAX,
                                     take_told, &l);
        (void)!dt_store_fact_by_kind(store, line->id, DT_KIND_NOTICE, &notices, SIZE_MAX,
                                     take_notice, &l);
    }
    for (size_t i = l.notice_count; i-- > 0;) { /* the oldest first */
        put_notice(&l, &l.notices[i]);
    }
    free(l.given);
    free(l.told);
    free(l.notices);
}

void dt_query_flagged(struct dt_object *o, const struct dt_line *line)
{
    const int64_t now = dt_now_ms();
    for (unsigned m = 0; m < line->charter->member_count; m++) {
        const uint64_t refused = dt_rule_refused(line, m, now);
        if (refused > 0) {
            dt_obj_map(o);
            dt_put_string(o, "code", line->charter->members[m].code);
            dt_put_uint(o, "refused", refused);
            dt_obj_end(o);
        }
    }
}

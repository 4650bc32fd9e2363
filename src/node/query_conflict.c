/* SPDX-License-Identifier: ISC */
/* What became of a conflict, and how a notified activity went, from the records about them. */
#include <stdlib.h>
#include <string.h>

#include "log/fields.h"
#include "node/query.h"

int64_t dt_conflict_number(const struct dt_store_conflict *c, unsigned key)
{
    struct dt_cbor value = dt_cbor_need(c->numbers, key);
    return dt_cbor_int(&value, INT64_MIN, INT64_MAX);
}

static bool wid_of_log(const struct dt_line *line, dt_store_key key, uint16_t *wid)
{
    for (size_t i = 0; i < line->writer_count; i++) {
        if (line->writers[i]->log.id == dt_store_key_log(key)) {
            *wid = line->writers[i]->wid;
            return true;
        }
    }
    return false;
}

static struct dt_ref ref_of(struct dt_line *line, dt_store_key key)
{
    struct dt_stored record;
    struct dt_ref ref = {0};
    if (wid_of_log(line, key, &ref.wid)) {
        ref.seq = dt_store_key_seq(key);
        if (dt_record_of(line, ref.wid, ref.seq, &record)) {
            dt_leaf_hash(ref.leaf, record.header);
        }
    }
    return ref;
}

struct dt_conflict_row dt_conflict_row_of(struct dt_line *line, const struct dt_store_conflict *c)
{
    struct dt_conflict_row row = {.a = ref_of(line, c->a),
                                  .b = ref_of(line, c->b),
                                  .severity = (enum dt_severity)c->severity,
                                  .exact = dt_conflict_number(c, 0) != 0,
                                  .first_ms = dt_conflict_number(c, DT_CONFLICT_FIRST),
                                  .temporal_ms = dt_conflict_number(c, 3),
                                  .better_ms = dt_conflict_number(c, 12)};
    memcpy(row.id, c->id, DT_HASH_SIZE);
    return row;
}

static bool take(void *ctx, const struct dt_store_fact *row)
{
    struct dt_conflict_now *now = ctx;
    const struct dt_fact *f = &row->fact;
    const bool wanted = now->step_count == 0 ? dt_conflict_step_of(f, &now->asked)
                                             : f->kind == DT_KIND_ACK && f->err == DT_OK;
    if (!wanted) {
        return true;
    }
    if (now->count == now->capacity) {
        const size_t capacity = now->capacity > 0 ? 2 * now->capacity : 8;
        struct dt_fact *facts = realloc(now->facts, capacity * sizeof *facts);
        if (facts == NULL) {
            now->err = DT_ERR_NO_MEMORY;
            return false;
        }
        now->facts = facts;
        now->capacity = capacity;
    }
    now->facts[now->count++] = *f;
    return true;
}

/* The steps, then what acknowledges one of them, by its very leaf. */
static enum dt_err gather(struct dt_line *line, struct dt_conflict_now *now)
{
    const struct dt_ref *a = &now->asked.a;
    DT_TRY(dt_store_fact_by_target(line->node->store, line->id, a->wid, a->seq, take, now));
    const size_t steps = now->step_count = now->count;
    for (size_t i = 0; i < steps && now->err == DT_OK; i++) {
        const struct dt_fact step = now->facts[i]; /* the array may move */
        size_t kept = now->count;
        DT_TRY(dt_store_fact_by_target(line->node->store, line->id, step.wid, step.seq, take, now));
        for (size_t k = kept; k < now->count; k++) {
            if (memcmp(now->facts[k].target.leaf, step.leaf, DT_HASH_SIZE) == 0) {
                now->facts[kept++] = now->facts[k];
            }
        }
        now->count = kept;
    }
    return now->err;
}

enum dt_err dt_conflict_now(struct dt_conflict_now *out, struct dt_line *line,
                            const struct dt_conflict_row *row, const struct dt_life_entry *lives,
                            size_t life_count)
{
    const int64_t now_ms = dt_now_ms();
    const bool turned = row->a.wid > row->b.wid; /* of two members: never the same log */
    memset(out, 0, sizeof *out);
    out->asked = (struct dt_conflict_asked){.a = turned ? row->b : row->a,
                                            .b = turned ? row->a : row->b,
                                            .severity = row->severity,
                                            .first_ms = row->first_ms,
                                            .temporal_ms = row->temporal_ms};
    memcpy(out->asked.id, row->id, DT_HASH_SIZE);
    if (lives != NULL) {
        out->asked.life_a = dt_life_find(lives, life_count, &out->asked.a);
        out->asked.life_b = dt_life_find(lives, life_count, &out->asked.b);
    } else {
        out->asked.life_a = dt_line_life(line, &out->asked.a, now_ms, &out->a) ? &out->a : NULL;
        out->asked.life_b = dt_line_life(line, &out->asked.b, now_ms, &out->b) ? &out->b : NULL;
    }
    const enum dt_err err = gather(line, out);
    if (err == DT_OK) {
        dt_conflict_life(&out->life, line->charter, &out->asked, out->facts, out->count, now_ms);
    }
    return err;
}

void dt_conflict_now_free(struct dt_conflict_now *now)
{
    free(now->facts);
    now->facts = NULL;
}

/* --- as clients see it -------------------------------------------------------------------- */

static void put_mark(struct dt_object *o, const char *key, const struct dt_line *line,
                     const struct dt_stage_mark *mark)
{
    dt_obj_key(o, key);
    if (!mark->there) {
        dt_obj_null(o);
        return;
    }
    dt_obj_map(o);
    dt_put_string(o, "code", line->charter->members[dt_wid_member(mark->wid)].code);
    dt_put_int(o, "time", mark->time_ms);
    dt_put_uint(o, "officer", mark->officer);
    dt_obj_end(o);
}

static void put_party(struct dt_object *o, const struct dt_line *line,
                      const struct dt_conflict_party *p)
{
    dt_obj_map(o);
    dt_put_string(o, "code", line->charter->members[p->member].code);
    put_mark(o, "seen", line, &p->seen);
    put_mark(o, "proposed", line, &p->proposed);
    put_mark(o, "accepted", line, &p->accepted);
    dt_put_bool(o, "late", p->late);
    dt_obj_end(o);
}

void dt_query_conflict_life(struct dt_object *o, struct dt_line *line,
                            const struct dt_conflict_now *now, bool steps)
{
    const struct dt_conflict_life *l = &now->life;
    dt_put_string(o, "state", dt_conflict_state_name(l->state));
    dt_put_time(o, "since", l->since_ms != 0, l->since_ms);
    dt_put_time(o, "seen_due", l->since_ms != 0, l->seen_due_ms);
    dt_put_bool(o, "undecided", l->undecided);
    dt_put_bool(o, "overdue", l->overdue);
    put_mark(o, "raised", line, &l->raised);
    dt_obj_key(o, "parties");
    dt_obj_array(o);
    put_party(o, line, &l->party[0]);
    put_party(o, line, &l->party[1]);
    dt_obj_end(o);
    if (!steps) {
        return;
    }
    dt_obj_key(o, "steps");
    dt_obj_array(o);
    for (size_t i = 0; i < now->step_count; i++) {
        dt_query_item(o, line, now->facts[i].wid, now->facts[i].seq, false);
    }
    dt_obj_end(o);
}

/* --- how a notified activity went ---------------------------------------------------------- */

struct outcomes {
    struct dt_fact *facts;
    size_t count, capacity;
};

static bool take_outcome(void *ctx, const struct dt_store_fact *row)
{
    struct outcomes *all = ctx;
    if (row->fact.kind != DT_KIND_OUTCOME) {
        return true;
    }
    if (all->count == all->capacity) {
        const size_t capacity = all->capacity > 0 ? 2 * all->capacity : 4;
        struct dt_fact *facts = realloc(all->facts, capacity * sizeof *facts);
        if (facts == NULL) {
            return false;
        }
        all->facts = facts;
        all->capacity = capacity;
    }
    all->facts[all->count++] = row->fact;
    return true;
}

void dt_query_outcomes(struct dt_object *o, struct dt_line *line, const struct dt_ref *notice)
{
    struct outcomes all = {0};
    (void)!dt_store_fact_by_target(line->node->store, line->id, notice->wid, notice->seq,
                                   take_outcome, &all);
    dt_obj_key(o, "outcomes");
    dt_obj_array(o);
    for (unsigned m = 0; m < line->charter->member_count && all.count > 0; m++) {
        const struct dt_fact *f = dt_outcome_of(all.facts, all.count, notice, m);
        if (f != NULL) {
            dt_obj_map(o);
            dt_put_string(o, "code", line->charter->members[m].code);
            dt_put_string(o, "outcome", dt_outcome_name(f->code));
            dt_put_int(o, "minutes", f->number[1]);
            dt_put_int(o, "time", f->time_ms);
            dt_put_uint(o, "officer", f->officer);
            dt_obj_end(o);
        }
    }
    dt_obj_end(o);
    free(all.facts);
}

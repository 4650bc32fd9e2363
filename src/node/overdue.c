/* SPDX-License-Identifier: ISC */
#include "node/overdue.h"

#include <string.h>

#include "node/query.h"

static struct dt_overdue *find(struct dt_line *line, uint16_t wid, uint64_t seq)
{
    for (size_t i = 0; i < line->overdue_count; i++) {
        if (line->overdue[i].ref.wid == wid && line->overdue[i].ref.seq == seq) {
            return &line->overdue[i];
        }
    }
    return NULL;
}

/* --- has anybody of ours acted on it? ----------------------------------------------------- */

struct acts {
    const struct dt_line *line;
    const struct dt_overdue *one;
    bool any;
};

static bool take_act(void *ctx, const struct dt_store_fact *row)
{
    struct acts *a = ctx;
    const struct dt_fact *f = &row->fact;
    const bool act = f->kind == DT_KIND_ACK || f->kind == DT_KIND_POSITION ||
                     f->kind == DT_KIND_PASSED_ON || f->kind == DT_KIND_REPORTED;
    a->any = a->any || (act && f->err == DT_OK && dt_wid_member(f->wid) == a->line->me &&
                        f->time_ms >= a->one->end_ms);
    return true;
}

static bool acted(struct dt_line *line, const struct dt_overdue *one)
{
    struct acts a = {line, one, false};
    (void)!dt_store_fact_by_target(line->node->store, line->id, one->ref.wid, one->ref.seq,
                                   take_act, &a);
    return a.any;
}

/* --- found ---------------------------------------------------------------------------------- */

static size_t held_of(const struct dt_line *line, unsigned member)
{
    size_t count = 0;
    for (size_t i = 0; i < line->overdue_count; i++) {
        count += dt_wid_member(line->overdue[i].ref.wid) == member;
    }
    return count;
}

/* A share for each author: who has more overdue than that hides only his own, and it is said. */
static bool has_room(struct dt_line *line, unsigned member)
{
    if (held_of(line, member) < DT_OVERDUE_SHARE) {
        return true;
    }
    if (!line->overdue_more[member]) {
        line->overdue_more[member] = true;
        dt_node_log(line->node, "alarm", "movements overdue: more than %d of %s; the rest is "
                    "shown when these are acted on", DT_OVERDUE_SHARE, line->charter->members[member].code);
    }
    return false;
}

void dt_overdue_note(struct dt_line *line, const struct dt_life_entry *entry)
{
    char id[DT_RECORD_ID_SIZE];
    const struct dt_ref *ref = &entry->ref;
    if (entry->life != DT_LIFE_OVERDUE || find(line, ref->wid, ref->seq) != NULL ||
        !has_room(line, dt_wid_member(ref->wid))) {
        return;
    }
    const struct dt_overdue one = {*ref, entry->end_ms};
    if (line->overdue_more[dt_wid_member(ref->wid)] && acted(line, &one)) {
        return; /* it made room for those */
    }
    if (!dt_node_grow(&line->overdue, line->overdue_count, &line->overdue_capacity,
                      sizeof *line->overdue)) {
        dt_node_log(line->node, "error", "a movement that is overdue cannot be followed: %s",
                    dt_err_name(DT_ERR_NO_MEMORY));
        return;
    }
    line->overdue[line->overdue_count++] = one;
    dt_record_id(id, line->charter->members[dt_wid_member(ref->wid)].code, dt_wid_number(ref->wid),
                 ref->seq, ref->leaf);
    dt_node_log(line->node, "alarm", "movement overdue %s", id);
    dt_control_overdue(line, ref);
    dt_alarm_wake(line->node);
}

/* Those there was no room for. */
static enum dt_err look_again(struct dt_line *line)
{
    for (unsigned m = 0; m < line->charter->member_count; m++) {
        line->overdue_more[m] = false;
    }
    return dt_line_touch_all(line); /* the next pass settles them */
}

enum dt_err dt_overdue_settle(struct dt_line *line, int64_t now_ms)
{
    size_t kept = 0;
    bool again = false;
    for (size_t i = 0; i < line->overdue_count; i++) {
        struct dt_life_entry life;
        struct dt_overdue one = line->overdue[i];
        if (dt_line_life(line, &one.ref, now_ms, &life) && life.life == DT_LIFE_OVERDUE) {
            one.end_ms = life.end_ms;
            if (!line->overdue_more[dt_wid_member(one.ref.wid)] || !acted(line, &one)) {
                line->overdue[kept++] = one;
            }
        }
    }
    line->overdue_count = kept;
    for (unsigned m = 0; m < line->charter->member_count; m++) {
        /* Half of it: looking at every notice again is not for each act. */
        if (line->overdue_more[m] && held_of(line, m) <= DT_OVERDUE_SHARE / 2) {
            again = true;
        }
    }
    return again ? look_again(line) : DT_OK;
}

bool dt_overdue_waits(struct dt_line *line, uint16_t wid, uint64_t seq)
{
    const struct dt_overdue *one =
        dt_wid_member(wid) != line->me ? find(line, wid, seq) : NULL;
    return one != NULL && !acted(line, one);
}

/* The fact of one of them. */
static bool fact_of(struct dt_line *line, const struct dt_ref *ref, struct dt_store_fact *out)
{
    const struct dt_line_writer *writer = dt_line_writer(line, ref->wid, false);
    return writer != NULL && dt_store_fact_get(line->node->store,
                                               dt_store_key_of(writer->log.id, ref->seq), out) ==
                                 DT_OK;
}

void dt_overdue_list(struct dt_node *n, const struct dt_line *only, dt_store_fact_fn fn, void *ctx)
{
    for (size_t l = 0; l < n->line_count; l++) {
        struct dt_line *line = n->lines[l];
        for (size_t i = 0; (only == NULL || only == line) && i < line->overdue_count; i++) {
            const struct dt_ref *ref = &line->overdue[i].ref;
            struct dt_store_fact row;
            if (dt_overdue_waits(line, ref->wid, ref->seq) && fact_of(line, ref, &row) &&
                row.open == 0 && !fn(ctx, &row)) {
                return;
            }
        }
    }
}

bool dt_overdue_first(struct dt_node *n, struct dt_store_fact *out)
{
    for (size_t l = 0; l < n->line_count; l++) {
        struct dt_line *line = n->lines[l];
        for (size_t i = 0; i < line->overdue_count; i++) {
            if (!acted(line, &line->overdue[i]) && fact_of(line, &line->overdue[i].ref, out)) {
                return true;
            }
        }
    }
    return false;
}

/* --- said ------------------------------------------------------------------------------------ */

void dt_overdue_put(struct dt_object *o, struct dt_line *line, const struct dt_overdue *one)
{
    char tag[9];
    const int64_t now = dt_now_ms();
    dt_line_tag_text(tag, line);
    dt_obj_map(o);
    dt_put_string(o, "line", tag);
    dt_put_id(o, "id", line, one->ref.wid, one->ref.seq, one->ref.leaf);
    dt_put_string(o, "from", line->charter->members[dt_wid_member(one->ref.wid)].code);
    dt_put_string(o, "class", dt_class_name(line->charter->class_));
    dt_put_int(o, "end", one->end_ms);
    dt_put_int(o, "age", now > one->end_ms ? now - one->end_ms : 0);
    dt_put_bool(o, "acted", acted(line, one));
    dt_obj_end(o);
}

void dt_overdue_status(struct dt_object *o, struct dt_node *n, const struct dt_line *only)
{
    dt_obj_key(o, "overdue");
    dt_obj_array(o);
    for (size_t l = 0; l < n->line_count; l++) {
        struct dt_line *line = n->lines[l];
        for (size_t i = 0; (only == NULL || only == line) && i < line->overdue_count; i++) {
            dt_overdue_put(o, line, &line->overdue[i]);
        }
    }
    dt_obj_end(o);
}

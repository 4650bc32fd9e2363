/* SPDX-License-Identifier: ISC */
/* A check-fire as clients see it: whether it stands, and who has answered what. */
#include <stdlib.h>
#include <string.h>

#include "base/try.h"
#include "node/query.h"
#include "view/stage.h"
#include "view/watch.h"

struct fire_facts {
    struct dt_fact *facts;
    size_t count, capacity;
};

static bool take(void *ctx, const struct dt_store_fact *row)
{
    struct fire_facts *all = ctx;
    if (!dt_node_grow(&all->facts, all->count, &all->capacity, sizeof *all->facts)) {
        return false;
    }
    all->facts[all->count++] = row->fact;
    return true;
}

/* Who stands for an answer that a locked desk gave: a NAMED record of the same party. */
static bool take_named(void *ctx, const struct dt_store_fact *row)
{
    struct dt_fact *answer = ctx;
    const struct dt_fact *f = &row->fact;
    if (f->kind == DT_KIND_NAMED && f->err == DT_OK && f->officer_valid &&
        dt_wid_member(f->wid) == dt_wid_member(answer->wid) &&
        memcmp(f->target.leaf, answer->leaf, DT_HASH_SIZE) == 0) {
        answer->officer = f->officer;
        answer->officer_valid = true;
    }
    return true;
}

static enum dt_err name_answers(struct dt_line *line, struct fire_facts *all)
{
    for (size_t i = 0; i < all->count; i++) {
        struct dt_fact *f = &all->facts[i];
        if (f->kind == DT_KIND_FIRE_ANSWER && f->officer == 0 && f->err == DT_OK) {
            DT_TRY(dt_store_fact_by_target(line->node->store, line->id, f->wid, f->seq,
                                           take_named, f));
        }
    }
    return DT_OK;
}

/* Members who have acknowledged and not answered: they know of it, and have not said that
 * their side stopped. */
static size_t acknowledged(const struct dt_fire_state *state, const struct dt_ref *fire,
                           const struct fire_facts *all, bool by[static DT_MEMBERS_MAX])
{
    size_t count = 0;
    memset(by, 0, DT_MEMBERS_MAX * sizeof by[0]);
    for (size_t i = 0; i < all->count; i++) {
        const struct dt_fact *f = &all->facts[i];
        const unsigned m = dt_wid_member(f->wid);
        if (f->kind == DT_KIND_ACK && dt_ack_met(f, fire->leaf) && m < state->member_count &&
            m != dt_wid_member(fire->wid) && !state->members[m].by.there && !by[m]) {
            by[m] = true;
            count++;
        }
    }
    return count;
}

struct fire_view {
    struct dt_fire_state state;
    bool acknowledged_by[DT_MEMBERS_MAX];
    size_t acknowledged; /* of those without a valid answer */
};

static enum dt_err state_of(struct dt_line *line, const struct dt_ref *fire,
                            struct fire_view *out)
{
    struct fire_facts all = {0};
    enum dt_err err =
        dt_store_fact_by_target(line->node->store, line->id, fire->wid, fire->seq, take, &all);
    err = err == DT_OK ? name_answers(line, &all) : err;
    dt_fire_state_of(&out->state, fire, line->charter->member_count, all.facts, all.count);
    out->acknowledged = acknowledged(&out->state, fire, &all, out->acknowledged_by);
    free(all.facts);
    return err;
}

static void put_role(struct dt_object *o, const char *key, const struct dt_line *line,
                     const struct dt_stage_mark *mark, unsigned number)
{
    const struct dt_line_officer *officer =
        number != 0 ? dt_line_officer(line, mark->wid, mark->seq, number) : NULL;
    dt_obj_key(o, key);
    if (officer != NULL) {
        dt_obj_string(o, officer->role);
    } else {
        dt_obj_null(o);
    }
}

static void put_answer(struct dt_object *o, const struct dt_line *line, unsigned member,
                       const struct fire_view *view, int64_t age_ms)
{
    const struct dt_fire_state *state = &view->state;
    const struct dt_fire_member *m = &state->members[member];
    const bool there = m->by.there || m->claimed.there;
    dt_obj_map(o);
    dt_put_string(o, "code", line->charter->members[member].code);
    dt_obj_key(o, "answer");
    if (m->by.there) {
        dt_obj_string(o, dt_fire_answer_name((int64_t)m->answer));
    } else {
        dt_obj_null(o);
    }
    dt_put_time(o, "time", m->by.there, m->by.time_ms);
    dt_put_time(o, "stopped", m->by.there && m->stopped_ms != 0, m->stopped_ms);
    put_role(o, "by", line, &m->by, m->by.officer);
    dt_put_bool(o, "claimed", !m->by.there && m->claimed.there);
    dt_put_bool(o, "acknowledged", view->acknowledged_by[member]);
    dt_put_bool(o, "after_lift", m->by.there && dt_fire_after_lift(state, &m->by));
    dt_put_time(o, "unanswered", !there && !state->lifted, age_ms);
    dt_obj_end(o);
}

static void put_state(struct dt_object *o, const struct dt_line *line,
                      const struct fire_view *view)
{
    const struct dt_fire_state *state = &view->state;
    dt_put_string(o, "state", dt_fire_standing_name(dt_fire_standing(state)));
    dt_put_time(o, "recalled", state->recalled, state->recall.time_ms);
    put_role(o, "recalled_by", line, &state->recall, state->recall.officer);
    dt_put_time(o, "lifted", state->lifted, state->lift.time_ms);
    put_role(o, "lifted_by", line, &state->lift, state->lift.officer);
    put_role(o, "lifted_second", line, &state->lift, state->lift_second);
    dt_put_uint(o, "silent", state->silent);
    dt_put_uint(o, "acknowledged", view->acknowledged);
}

void dt_query_fire(struct dt_object *o, struct dt_line *line, const struct dt_fact *fact)
{
    struct fire_view *state = malloc(sizeof *state);
    struct dt_ref fire = {fact->wid, fact->seq, {0}};
    const int64_t now = dt_now_ms();
    memcpy(fire.leaf, fact->leaf, DT_HASH_SIZE);
    dt_obj_key(o, "fire");
    if (state == NULL || state_of(line, &fire, state) != DT_OK) {
        free(state);
        dt_obj_null(o);
        return;
    }
    dt_obj_map(o);
    put_state(o, line, state);
    dt_obj_key(o, "answers");
    dt_obj_array(o);
    for (unsigned m = 0; m < line->charter->member_count; m++) {
        if (m != dt_wid_member(fact->wid)) {
            put_answer(o, line, m, state, now > fact->time_ms ? now - fact->time_ms : 0);
        }
    }
    dt_obj_end(o);
    dt_obj_end(o);
    free(state);
}

/* --- all that stand ------------------------------------------------------------------- */

enum { LOOKED_AT = 1000 }; /* the newest of a line: status is asked often */

/* It is addressed to us, and nobody of ours has answered it, with an officer or without. */
static bool asks_us(struct dt_line *line, const struct dt_fact *fact,
                    const struct dt_fire_state *state)
{
    struct dt_header h;
    struct dt_stored record;
    const struct dt_fire_member *we = &state->members[line->me];
    return dt_wid_member(fact->wid) != line->me && !we->by.there && !we->claimed.there &&
           line->sync.host.get(line, fact->wid, fact->seq, &record) &&
           dt_header_decode(&h, record.header) == DT_OK && dt_header_addresses(&h, line->me);
}

void dt_query_fires(struct dt_object *o, struct dt_line *line)
{
    struct fire_facts fires = {0};
    struct fire_view *state = malloc(sizeof *state);
    struct dt_store_cursor cursor = DT_STORE_NEWEST;
    char tag[9];
    dt_line_tag_text(tag, line);
    (void)!dt_store_fact_by_kind(line->node->store, line->id, DT_KIND_CHECK_FIRE, &cursor,
                                 LOOKED_AT, take, &fires);
    for (size_t i = 0; i < fires.count && state != NULL; i++) {
        const struct dt_fact *fact = &fires.facts[i];
        struct dt_ref fire = {fact->wid, fact->seq, {0}};
        memcpy(fire.leaf, fact->leaf, DT_HASH_SIZE);
        if (state_of(line, &fire, state) != DT_OK || state->state.lifted) {
            continue;
        }
        dt_obj_map(o);
        dt_put_string(o, "line", tag);
        dt_put_id(o, "id", line, fact->wid, fact->seq, fact->leaf);
        dt_put_string(o, "from", line->charter->members[dt_wid_member(fact->wid)].code);
        dt_put_string(o, "class", dt_class_name(fact->flags >> 2 & 3u));
        if (line->charter->class_ == DT_EXERCISE && (fact->flags >> 2 & 3u) == DT_OPERATION) {
            dt_put_bool(o, "no_duff", true);
        }
        dt_put_int(o, "time", fact->time_ms);
        put_state(o, line, state);
        dt_put_bool(o, "asks_us", asks_us(line, fact, &state->state));
        dt_obj_end(o);
    }
    free(state);
    free(fires.facts);
}

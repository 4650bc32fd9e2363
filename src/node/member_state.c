/* SPDX-License-Identifier: ISC */
/* Who has suspended a line or left it, as records say; what a suspended line still carries. */
#include <string.h>

#include "log/fields.h"
#include "node/query.h"
#include "view/watch_body.h"

static bool later(const struct dt_fact *f, const struct dt_member_state *s)
{
    if (f->time_ms != s->since_ms) {
        return f->time_ms > s->since_ms;
    }
    return f->wid != s->wid ? f->wid > s->wid : f->seq > s->seq;
}

/* The last word of each member, signed by an officer; who has left has left for good. */
static bool take_word(void *ctx, const struct dt_store_fact *row)
{
    struct dt_line *line = ctx;
    const struct dt_fact *f = &row->fact;
    struct dt_member_state *s = &line->member_states[dt_wid_member(f->wid)];
    const bool left = f->kind == DT_KIND_LEAVE;
    if (f->err != DT_OK || !f->officer_valid || (s->left && !left) ||
        (s->left == left && s->since_ms != 0 && !later(f, s))) {
        return true;
    }
    *s = (struct dt_member_state){.left = left,
                                  .suspended = !left && f->code == 1,
                                  .since_ms = f->time_ms,
                                  .wid = f->wid,
                                  .seq = f->seq,
                                  .officer = f->officer};
    return true;
}

const struct dt_member_state *dt_line_member_states(struct dt_line *line)
{
    static const unsigned kinds[] = {DT_KIND_SUSPEND, DT_KIND_LEAVE};
    if (line->member_states_known) {
        return line->member_states;
    }
    memset(line->member_states, 0, sizeof line->member_states);
    line->member_states_known = true;
    for (size_t k = 0; k < sizeof kinds / sizeof kinds[0]; k++) {
        struct dt_store_cursor cursor = DT_STORE_NEWEST;
        if (dt_store_fact_by_kind(line->node->store, line->id, kinds[k], &cursor, SIZE_MAX,
                                  take_word, line) != DT_OK) {
            line->member_states_known = false;
        }
    }
    return line->member_states;
}

bool dt_draft_warns(const struct dt_draft *draft)
{
    enum dt_subject subject = DT_SUBJECT_NONE;
    return draft->kind == DT_KIND_MESSAGE &&
           dt_body_subject_decode(&subject, draft->body) == DT_OK && subject != DT_SUBJECT_NONE;
}

/* Is it said of a CHECK_FIRE, of a warning, or of a test of people? */
static bool about_danger(struct dt_line *line, const struct dt_draft *draft)
{
    struct dt_store_fact about;
    struct dt_ref ref;
    if (dt_body_ref_decode(&ref, draft->body) != DT_OK ||
        !dt_line_fact_of(line, &ref, &about)) {
        return false;
    }
    return about.fact.kind == DT_KIND_CHECK_FIRE || about.fact.kind == DT_KIND_TEST ||
           (about.fact.kind == DT_KIND_MESSAGE && about.fact.code != DT_SUBJECT_NONE);
}

/* What waits while a line is suspended. All that stops fire, ends or confirms something, and
 * what shows that somebody watches, goes on. */
static bool is_ordinary(struct dt_line *line, const struct dt_draft *draft)
{
    switch (draft->kind) {
    case DT_KIND_MESSAGE:
        return !dt_draft_warns(draft);
    case DT_KIND_PASSED_ON:
    case DT_KIND_POSITION:
        return !about_danger(line, draft);
    case DT_KIND_NOTICE:
    case DT_KIND_NOTICE_STATE:
    case DT_KIND_BLIND:
    case DT_KIND_BLIND_PART:
        return true;
    default:
        return false;
    }
}

static bool addressed(const struct dt_draft *draft, unsigned member)
{
    for (size_t i = 0; i < draft->to_count; i++) {
        if (draft->to[i] == member) {
            return true;
        }
    }
    return draft->to_count == 0;
}

bool dt_line_carries(struct dt_line *line, const struct dt_draft *draft, unsigned *who)
{
    const struct dt_member_state *states = dt_line_member_states(line);
    size_t reached = 0;
    *who = line->me;
    if (states[line->me].left) {
        return false;
    }
    if (!is_ordinary(line, draft)) {
        return true;
    }
    if (states[line->me].suspended) {
        return false;
    }
    for (unsigned m = 0; m < line->charter->member_count; m++) {
        if (m == line->me || !addressed(draft, m)) {
            continue;
        }
        if (states[m].suspended) {
            *who = m;
            return false;
        }
        *who = states[m].left ? m : *who;
        reached += !states[m].left;
    }
    return reached > 0 || *who == line->me; /* else all who are addressed have left */
}

void dt_query_member_state(struct dt_object *o, struct dt_line *line, unsigned member)
{
    const struct dt_member_state *s = &dt_line_member_states(line)[member];
    const bool there = s->left || s->suspended;
    struct dt_stored record;
    dt_put_string(o, "state", s->left ? "left" : s->suspended ? "suspended" : "active");
    dt_put_time(o, "since", there, s->since_ms);
    if (there && dt_record_of(line, s->wid, s->seq, &record)) {
        uint8_t leaf[DT_HASH_SIZE];
        dt_leaf_hash(leaf, record.header);
        dt_put_id(o, "record", line, s->wid, s->seq, leaf);
        const char *role = dt_line_officer_role(line, s->wid, s->seq, s->officer);
        dt_put_string(o, "officer", role != NULL ? role : "?");
    }
}

const char *dt_line_state_name(struct dt_line *line)
{
    const struct dt_member_state *states = dt_line_member_states(line);
    bool suspended = false;
    size_t others = 0;
    for (unsigned m = 0; m < line->charter->member_count; m++) {
        suspended = suspended || states[m].suspended;
        others += m != line->me && !states[m].left;
    }
    return states[line->me].left || line->state == DT_LINE_LEFT ? "left"
           : others == 0                                        ? "ended"
           : dt_line_successor(line) != NULL                    ? "succeeded"
           : suspended                                          ? "suspended"
                                                                : "active";
}

/* SPDX-License-Identifier: ISC */
#include "view/conflict_life.h"

#include <string.h>

const char *dt_conflict_state_name(enum dt_conflict_state state)
{
    static const char *const names[] = {N_("raised"),        N_("seen"),      N_("proposed"),
                                        N_("risk-accepted"), N_("overtaken"), N_("resolved")};
    return state <= DT_CONFLICT_RESOLVED ? names[state] : "?";
}

bool dt_conflict_open(enum dt_conflict_state state)
{
    return state < DT_CONFLICT_ACCEPTED;
}

enum dt_precedence dt_severity_precedence(enum dt_severity severity)
{
    return severity >= DT_SEVERITY_SEVERE ? DT_IMMEDIATE
           : severity == DT_SEVERITY_HIGH ? DT_PRIORITY
                                          : DT_ROUTINE;
}

bool dt_conflict_step_of(const struct dt_fact *f, const struct dt_conflict_asked *asked)
{
    return f->kind == DT_KIND_CONFLICT && f->err == DT_OK && f->has_target &&
           memcmp(f->target.leaf, asked->a.leaf, DT_HASH_SIZE) == 0 &&
           f->number[0] == asked->b.wid && f->number[1] == (int64_t)asked->b.seq &&
           f->number[2] == dt_conflict_bits(asked->id);
}

/* What one party said, the facts it rests on. */
struct words {
    const struct dt_fact *seen;
    struct dt_last proposed, accepted; /* accepted: or withdrawn */
};

static void take_step(struct words *w, const struct dt_fact *f)
{
    dt_first_keep(&w->seen, f); /* who speaks of it has seen it */
    if (f->kind != DT_KIND_CONFLICT) {
        return;
    }
    if (f->code == DT_STEP_PROPOSED) {
        dt_last_keep(&w->proposed, f);
    } else if (f->code == DT_STEP_ACCEPTED || f->code == DT_STEP_WITHDRAWN) {
        dt_last_keep(&w->accepted, f);
    }
}

static void fill_party(struct dt_conflict_party *out, unsigned member, const struct words *w)
{
    const struct dt_fact *accepted = dt_last_word(&w->accepted);
    *out = (struct dt_conflict_party){
        .member = member,
        .seen = dt_stage_mark_of(w->seen),
        .proposed = dt_stage_mark_of(dt_last_word(&w->proposed)),
    };
    if (accepted != NULL && accepted->code == DT_STEP_ACCEPTED) {
        out->accepted = dt_stage_mark_of(accepted);
    }
}

static bool is_over(const struct dt_life_entry *e, int64_t temporal_ms, int64_t now_ms)
{
    return e->life == DT_LIFE_EXPIRED && now_ms >= e->end_ms + temporal_ms;
}

static enum dt_conflict_state state_of(const struct dt_conflict_life *l,
                                       const struct dt_conflict_asked *asked, int64_t now_ms)
{
    const struct dt_life_entry *a = asked->life_a, *b = asked->life_b;
    const struct dt_conflict_party *p = l->party;
    if (a == NULL || b == NULL || !a->counts || !b->counts) {
        return DT_CONFLICT_RESOLVED;
    }
    if (is_over(a, asked->temporal_ms, now_ms) || is_over(b, asked->temporal_ms, now_ms)) {
        return DT_CONFLICT_OVERTAKEN;
    }
    return p[0].accepted.there && p[1].accepted.there   ? DT_CONFLICT_ACCEPTED
           : p[0].proposed.there || p[1].proposed.there ? DT_CONFLICT_PROPOSED
           : p[0].seen.there && p[1].seen.there         ? DT_CONFLICT_SEEN
                                                        : DT_CONFLICT_RAISED;
}

void dt_conflict_life(struct dt_conflict_life *out, const struct dt_charter *charter,
                      const struct dt_conflict_asked *asked, const struct dt_fact *facts,
                      size_t count, int64_t now_ms)
{
    const unsigned member[2] = {dt_wid_member(asked->a.wid), dt_wid_member(asked->b.wid)};
    const struct dt_life_entry *a = asked->life_a, *b = asked->life_b;
    struct words words[2] = {{NULL, {{0}}, {{0}}}, {NULL, {{0}}, {{0}}}};
    const struct dt_fact *raised = NULL;
    memset(out, 0, sizeof *out);
    for (size_t i = 0; i < count; i++) {
        const struct dt_fact *f = &facts[i];
        const bool step = dt_conflict_step_of(f, asked);
        if (step && f->code == DT_STEP_RAISED) {
            dt_first_keep(&raised, f);
        } else if ((step || (f->kind == DT_KIND_ACK && f->err == DT_OK)) && f->officer_valid) {
            for (unsigned k = 0; k < 2; k++) {
                if (dt_wid_member(f->wid) == member[k]) {
                    take_step(&words[k], f);
                }
            }
        }
    }
    out->raised = dt_stage_mark_of(raised);
    fill_party(&out->party[0], member[0], &words[0]);
    fill_party(&out->party[1], member[1], &words[1]);
    out->state = state_of(out, asked, now_ms);
    const int64_t patience = charter->ack_deadline_ms[dt_severity_precedence(asked->severity)];
    if (a != NULL && b != NULL) {
        out->since_ms = a->written_ms > b->written_ms ? a->written_ms : b->written_ms;
    }
    out->seen_due_ms = out->since_ms + patience;
    const bool open = dt_conflict_open(out->state);
    for (unsigned k = 0; k < 2; k++) {
        out->party[k].late = open && !out->party[k].seen.there && now_ms >= out->seen_due_ms;
    }
    out->undecided = open && now_ms >= out->seen_due_ms && now_ms >= asked->first_ms - patience;
    out->overdue = out->party[0].late || out->party[1].late || out->undecided;
}

const struct dt_fact *dt_outcome_of(const struct dt_fact *facts, size_t count,
                                    const struct dt_ref *notice, unsigned member)
{
    struct dt_last last = {{0}};
    for (size_t i = 0; i < count; i++) {
        const struct dt_fact *f = &facts[i];
        if (f->kind == DT_KIND_OUTCOME && f->err == DT_OK && f->officer_valid && f->has_target &&
            dt_wid_member(f->wid) == member &&
            memcmp(f->target.leaf, notice->leaf, DT_HASH_SIZE) == 0) {
            dt_last_keep(&last, f);
        }
    }
    return dt_last_word(&last);
}

/* SPDX-License-Identifier: ISC */
#include "view/stage.h"

#include <string.h>

/* --- which of several records speaks ------------------------------------------------ */

/* Which of two is earlier, by what their authors claim; a total order. */
static bool before(const struct dt_fact *a, const struct dt_fact *b)
{
    if (a->time_ms != b->time_ms) {
        return a->time_ms < b->time_ms;
    }
    return a->wid != b->wid ? a->wid < b->wid : a->seq < b->seq;
}

void dt_first_keep(const struct dt_fact **kept, const struct dt_fact *f)
{
    if (*kept == NULL || before(f, *kept)) {
        *kept = f;
    }
}

void dt_last_keep(struct dt_last *last, const struct dt_fact *f)
{
    const struct dt_fact **slot = &last->of[f->wid % DT_WRITERS_MAX];
    if (*slot == NULL || f->seq > (*slot)->seq) {
        *slot = f;
    }
}

const struct dt_fact *dt_last_word(const struct dt_last *last)
{
    const struct dt_fact *found = NULL;
    for (size_t i = 0; i < DT_WRITERS_MAX; i++) {
        if (last->of[i] != NULL && (found == NULL || before(found, last->of[i]))) {
            found = last->of[i];
        }
    }
    return found;
}

struct dt_stage_mark dt_stage_mark_of(const struct dt_fact *f)
{
    if (f == NULL) {
        return (struct dt_stage_mark){0};
    }
    return (struct dt_stage_mark){
        .there = true,
        .officer_valid = f->officer_valid,
        .officer = f->officer,
        .time_ms = f->time_ms,
        .wid = f->wid,
        .seq = f->seq,
    };
}

static bool aims_at_place(const struct dt_fact *f, const struct dt_ref *record)
{
    return f->err == DT_OK && f->has_target && f->target.wid == record->wid &&
           f->target.seq == record->seq;
}

static bool same_leaf(const struct dt_fact *f, const struct dt_ref *record)
{
    return memcmp(f->target.leaf, record->leaf, DT_HASH_SIZE) == 0;
}

/* --- stages --------------------------------------------------------------------------- */

struct force_slot {
    const char *name;
    struct dt_last last;
};

struct gathering {
    const struct dt_fact *shown, *acknowledged, *claimed;
    struct dt_last position, position_claimed;
    struct force_slot forces[DT_STAGE_FORCES_MAX]; /* the first by name */
    size_t force_count;
    bool more_forces;
    const struct dt_fact *reports[DT_STAGE_REPORTS_MAX]; /* the first by time */
    size_t report_count;
    bool more_reports;
};

/* Keeps the first names in order, whichever come first; NULL for one left out. */
static struct force_slot *force_slot(struct gathering *g, const char *name)
{
    size_t i = 0;
    while (i < g->force_count && strcmp(g->forces[i].name, name) < 0) {
        i++;
    }
    if (i < g->force_count && strcmp(g->forces[i].name, name) == 0) {
        return &g->forces[i];
    }
    g->more_forces = g->more_forces || g->force_count == DT_STAGE_FORCES_MAX;
    if (i == DT_STAGE_FORCES_MAX) {
        return NULL;
    }
    const size_t behind = g->force_count - i - (g->force_count == DT_STAGE_FORCES_MAX);
    memmove(&g->forces[i + 1], &g->forces[i], behind * sizeof g->forces[0]);
    g->force_count += g->force_count < DT_STAGE_FORCES_MAX;
    g->forces[i] = (struct force_slot){.name = name};
    return &g->forces[i];
}

static void gather(struct gathering *g, const struct dt_fact *f)
{
    struct force_slot *slot;
    switch (f->kind) {
    case DT_KIND_SHOWN:
        dt_first_keep(&g->shown, f);
        break;
    case DT_KIND_ACK:
        dt_first_keep(f->officer_valid ? &g->acknowledged : &g->claimed, f);
        break;
    case DT_KIND_PASSED_ON:
        slot = force_slot(g, f->force);
        if (slot != NULL) {
            dt_last_keep(&slot->last, f);
        }
        break;
    case DT_KIND_POSITION:
        dt_last_keep(f->officer_valid ? &g->position : &g->position_claimed, f);
        break;
    default:
        break;
    }
}

/* What an author reports of a member: the first of them, whichever come first here. */
static void gather_report(struct gathering *g, const struct dt_fact *f)
{
    size_t i = g->report_count;
    while (i > 0 && before(f, g->reports[i - 1])) {
        i--;
    }
    g->more_reports = g->more_reports || g->report_count == DT_STAGE_REPORTS_MAX;
    if (i == DT_STAGE_REPORTS_MAX) {
        return;
    }
    const size_t behind = g->report_count - i - (g->report_count == DT_STAGE_REPORTS_MAX);
    memmove(&g->reports[i + 1], &g->reports[i], behind * sizeof g->reports[0]);
    g->report_count += g->report_count < DT_STAGE_REPORTS_MAX;
    g->reports[i] = f;
}

static bool is_report(const struct dt_fact *f, const struct dt_stage_query *query)
{
    return f->kind == DT_KIND_REPORTED && f->number[0] == (int64_t)query->member &&
           dt_wid_member(f->wid) == dt_wid_member(query->record.wid) &&
           dt_wid_member(f->wid) != query->member && aims_at_place(f, &query->record) &&
           same_leaf(f, &query->record);
}

static bool is_receipt(unsigned kind)
{
    return kind == DT_KIND_SHOWN || kind == DT_KIND_ACK || kind == DT_KIND_PASSED_ON ||
           kind == DT_KIND_POSITION;
}

static void fill_force(struct dt_stage_force *out, const struct force_slot *slot)
{
    const struct dt_fact *f = dt_last_word(&slot->last);
    memcpy(out->name, f->force, sizeof out->name);
    out->by = dt_stage_mark_of(f);
    out->state = (enum dt_passed_state)f->code;
    out->told = f->number[0];
    out->units = f->number[1];
}

static void fill_report(struct dt_stage_report *out, const struct dt_fact *f)
{
    out->by = dt_stage_mark_of(f);
    out->means = (enum dt_means)f->code;
    out->what = (enum dt_reported)f->number[2];
    out->when_ms = f->number[1];
    memcpy(out->who, f->force, sizeof out->who);
}

static enum dt_stage_level highest_of(const struct dt_stage *s)
{
    return s->position_by.there    ? DT_STAGE_POSITION
           : s->force_count > 0    ? DT_STAGE_PASSED_ON
           : s->acknowledged.there ? DT_STAGE_ACKNOWLEDGED
           : s->shown.there        ? DT_STAGE_SHOWN
           : s->stored             ? DT_STAGE_STORED
           : s->heard              ? DT_STAGE_HEARD
                                   : DT_STAGE_NONE;
}

void dt_stage_of(struct dt_stage *out, const struct dt_stage_query *query,
                 const struct dt_fact *facts, size_t count)
{
    struct gathering g = {0};
    memset(out, 0, sizeof *out);
    for (size_t i = 0; i < count; i++) {
        const struct dt_fact *f = &facts[i];
        if (is_report(f, query)) {
            gather_report(&g, f);
            continue;
        }
        if (dt_wid_member(f->wid) != query->member || !is_receipt(f->kind) ||
            dt_wid_member(query->record.wid) == query->member ||
            !aims_at_place(f, &query->record)) {
            continue;
        }
        if (same_leaf(f, &query->record)) {
            gather(&g, f);
        } else {
            out->other_version = true;
        }
    }
    out->heard = query->heard;
    out->stored = query->cosigned > query->record.seq;
    out->shown = dt_stage_mark_of(g.shown);
    out->acknowledged = dt_stage_mark_of(g.acknowledged);
    out->claimed = dt_stage_mark_of(g.claimed);
    for (; out->force_count < g.force_count; out->force_count++) {
        fill_force(&out->forces[out->force_count], &g.forces[out->force_count]);
    }
    out->more_forces = g.more_forces;
    for (; out->report_count < g.report_count; out->report_count++) {
        fill_report(&out->reports[out->report_count], g.reports[out->report_count]);
    }
    out->more_reports = g.more_reports;
    const struct dt_fact *position = dt_last_word(&g.position);
    out->position_by = dt_stage_mark_of(position);
    out->position = position != NULL ? (enum dt_position)position->code : DT_POSITION_NO_OBJECTION;
    out->position_claimed = dt_stage_mark_of(dt_last_word(&g.position_claimed));
    out->highest = highest_of(out);
}

void dt_stage_sum_init(struct dt_stage_sum *sum)
{
    memset(sum, 0, sizeof *sum);
}

void dt_stage_sum_add(struct dt_stage_sum *sum, const struct dt_stage *stage)
{
    const bool reached[DT_STAGE_LEVELS] = {
        [DT_STAGE_NONE] = stage->highest == DT_STAGE_NONE,
        [DT_STAGE_HEARD] = stage->heard,
        [DT_STAGE_STORED] = stage->stored,
        [DT_STAGE_SHOWN] = stage->shown.there,
        [DT_STAGE_ACKNOWLEDGED] = stage->acknowledged.there,
        [DT_STAGE_PASSED_ON] = stage->force_count > 0,
        [DT_STAGE_POSITION] = stage->position_by.there,
    };
    for (size_t i = 0; i < DT_STAGE_LEVELS; i++) {
        sum->reached[i] += reached[i];
    }
    if (sum->members == 0 || stage->highest < sum->lowest) {
        sum->lowest = stage->highest;
    }
    sum->members++;
}

const char *dt_stage_name(enum dt_stage_level level)
{
    static const char *const names[DT_STAGE_LEVELS] = {
        "none", "heard", "stored", "shown", "acknowledged", "passed-on", "position"};
    return level < DT_STAGE_LEVELS ? names[level] : "?";
}

/* --- check fire -------------------------------------------------------------------------- */

static void answers_of(struct dt_fire_member *out, unsigned member, const struct dt_ref *fire,
                       const struct dt_fact *facts, size_t count)
{
    struct dt_last valid = {{0}}, claimed = {{0}};
    for (size_t i = 0; i < count; i++) {
        const struct dt_fact *f = &facts[i];
        if (f->kind == DT_KIND_FIRE_ANSWER && dt_wid_member(f->wid) == member &&
            aims_at_place(f, fire) && same_leaf(f, fire)) {
            dt_last_keep(f->officer_valid ? &valid : &claimed, f);
        }
    }
    const struct dt_fact *last = dt_last_word(&valid);
    out->by = dt_stage_mark_of(last);
    out->claimed = dt_stage_mark_of(dt_last_word(&claimed));
    if (last != NULL) {
        out->answer = (enum dt_fire_answer)last->code;
        out->stopped_ms = last->number[0];
    }
}

/* First RECALL or LIFT by the party that called the check-fire; a lift only with two
 * different officers, both verified. */
static const struct dt_fact *first_by_caller(unsigned kind, const struct dt_ref *fire,
                                             const struct dt_fact *facts, size_t count)
{
    const struct dt_fact *first = NULL;
    for (size_t i = 0; i < count; i++) {
        const struct dt_fact *f = &facts[i];
        const bool two = f->second != 0 && f->second != f->officer;
        if (f->kind == kind && dt_wid_member(f->wid) == dt_wid_member(fire->wid) &&
            aims_at_place(f, fire) && same_leaf(f, fire) && f->officer_valid &&
            (kind != DT_KIND_LIFT || two)) {
            dt_first_keep(&first, f);
        }
    }
    return first;
}

void dt_fire_state_of(struct dt_fire_state *out, const struct dt_ref *fire, size_t members,
                      const struct dt_fact *facts, size_t count)
{
    memset(out, 0, sizeof *out);
    out->member_count = members < DT_MEMBERS_MAX ? members : DT_MEMBERS_MAX;
    for (unsigned m = 0; m < out->member_count; m++) {
        if (m == dt_wid_member(fire->wid)) {
            continue;
        }
        answers_of(&out->members[m], m, fire, facts, count);
        if (out->members[m].by.there) {
            out->answered[out->members[m].answer]++;
        } else {
            out->silent++;
        }
    }
    const struct dt_fact *recall = first_by_caller(DT_KIND_RECALL, fire, facts, count);
    const struct dt_fact *lift = first_by_caller(DT_KIND_LIFT, fire, facts, count);
    out->recalled = recall != NULL;
    out->recall = dt_stage_mark_of(recall);
    out->lifted = lift != NULL;
    out->lift = dt_stage_mark_of(lift);
    out->lift_second = lift != NULL ? lift->second : 0;
}

enum dt_fire_standing dt_fire_standing(const struct dt_fire_state *state)
{
    return state->lifted     ? DT_FIRE_LIFTED
           : state->recalled ? DT_FIRE_RECALLED
                             : DT_FIRE_STANDING;
}

const char *dt_fire_standing_name(enum dt_fire_standing standing)
{
    static const char *const names[] = {N_("standing"), N_("recalled"), N_("lifted")};
    return standing <= DT_FIRE_LIFTED ? names[standing] : "?";
}

bool dt_fire_after_lift(const struct dt_fire_state *state, const struct dt_stage_mark *answer)
{
    return state->lifted && answer->time_ms > state->lift.time_ms;
}

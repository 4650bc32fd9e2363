/* SPDX-License-Identifier: ISC */
#include "view/report.h"

#include <stdlib.h>
#include <string.h>

#include "view/stage.h"
#include "view/watch.h"

static const unsigned kinds[] = {DT_KIND_MESSAGE, DT_KIND_CHECK_FIRE,   DT_KIND_RECALL,
                                 DT_KIND_LIFT,    DT_KIND_NOTICE,       DT_KIND_NOTICE_STATE,
                                 DT_KIND_SUSPEND, DT_KIND_LEAVE,        DT_KIND_MISSED,
                                 DT_KIND_ATTEMPT, DT_KIND_REPORTED};

void dt_report_init(struct dt_report *r, const struct dt_charter *charter, int64_t from_ms,
                    int64_t until_ms)
{
    *r = (struct dt_report){.charter = charter, .from_ms = from_ms, .until_ms = until_ms};
}

void dt_report_free(struct dt_report *r)
{
    for (size_t p = 0; p < DT_REPORT_PRECEDENCES; p++) {
        free(r->by[p].ms);
        r->by[p].ms = NULL;
    }
}

unsigned dt_report_kind(size_t index)
{
    return index < sizeof kinds / sizeof kinds[0] ? kinds[index] : 0;
}

bool dt_report_needs_about(unsigned kind)
{
    return dt_ack_wanted(kind);
}

static bool in_period(const struct dt_report *r, int64_t time_ms)
{
    return r->from_ms <= time_ms && time_ms < r->until_ms;
}

static bool add_time(struct dt_report_times *t, int64_t ms)
{
    if (t->acknowledged == t->capacity) {
        const size_t capacity = t->capacity > 0 ? 2 * t->capacity : 64;
        int64_t *grown = realloc(t->ms, capacity * sizeof *grown);
        if (grown == NULL) {
            return false;
        }
        t->ms = grown;
        t->capacity = capacity;
    }
    t->ms[t->acknowledged++] = ms > 0 ? ms : 0;
    return true;
}

/* --- forces ------------------------------------------------------------------------ */

static void add_force(struct dt_report_forces *sum, const struct dt_stage_force *said)
{
    sum->asked++;
    if (said == NULL) {
        sum->silent++;
        return;
    }
    switch (said->state) {
    case DT_PASSED_TOLD:
        if (said->units >= 0 && said->told < said->units) {
            sum->partly++;
        } else {
            sum->told++;
        }
        return;
    case DT_PASSED_REFUSED:
        sum->refused++;
        return;
    case DT_PASSED_UNREACHABLE:
        sum->unreachable++;
        return;
    default:
        sum->will_not_say++;
        return;
    }
}

static void add_forces(struct dt_report *r, const struct dt_member *member,
                       const struct dt_stage *stage)
{
    for (size_t f = 0; f < member->force_count; f++) {
        const struct dt_stage_force *said = NULL;
        for (size_t i = 0; i < stage->force_count; i++) {
            if (strcmp(stage->forces[i].name, member->forces[f].name) == 0) {
                said = &stage->forces[i];
            }
        }
        add_force(&r->forces, said);
    }
}

/* --- one member ---------------------------------------------------------------------- */

/* The first FIRE_ANSWER by an officer of the member; 0 there is none. */
static bool answered(const struct dt_fact *fire, unsigned member, const struct dt_fact *about,
                     size_t count, int64_t *time_ms)
{
    bool found = false;
    for (size_t i = 0; i < count; i++) {
        const struct dt_fact *f = &about[i];
        if (f->kind == DT_KIND_FIRE_ANSWER && f->err == DT_OK && f->officer_valid &&
            dt_wid_member(f->wid) == member && f->has_target && f->target.wid == fire->wid &&
            f->target.seq == fire->seq &&
            memcmp(f->target.leaf, fire->leaf, DT_HASH_SIZE) == 0 &&
            (!found || f->time_ms < *time_ms)) {
            found = true;
            *time_ms = f->time_ms;
        }
    }
    return found;
}

static enum dt_err add_member(struct dt_report *r, const struct dt_fact *record, unsigned member,
                              const struct dt_fact *about, size_t about_count)
{
    const bool fire = record->kind == DT_KIND_CHECK_FIRE;
    struct dt_report_times *times = &r->by[fire ? DT_FLASH : record->flags & 3u];
    struct dt_stage_query query = {.record = {record->wid, record->seq, {0}}, .member = member};
    struct dt_stage stage;
    int64_t answer_ms = 0;
    memcpy(query.record.leaf, record->leaf, DT_HASH_SIZE);
    dt_stage_of(&stage, &query, about, about_count);
    if (fire || record->kind == DT_KIND_NOTICE) {
        add_forces(r, &r->charter->members[member], &stage);
    }
    times->asked++;
    bool done = stage.acknowledged.there;
    int64_t time_ms = stage.acknowledged.time_ms;
    if (fire && answered(record, member, about, about_count, &answer_ms)) {
        time_ms = done && time_ms < answer_ms ? time_ms : answer_ms;
        done = true;
    }
    if (!done) {
        return DT_OK;
    }
    times->late += time_ms > dt_ack_due(r->charter, record->kind, record->flags, record->time_ms);
    return add_time(times, time_ms - record->time_ms) ? DT_OK : DT_ERR_NO_MEMORY;
}

static bool addresses(const uint8_t *to, size_t to_count, unsigned member)
{
    return to_count == 0 || memchr(to, (int)member, to_count) != NULL;
}

static void add_notice(struct dt_report *r, const struct dt_fact *notice)
{
    if (notice->has_target) {
        r->amendments++;
        return;
    }
    r->notices++;
    r->notices_after_start += notice->time_ms >= notice->number[1];
}

/* --- records ---------------------------------------------------------------------------- */

static bool left_out(const struct dt_report *r, const struct dt_fact *record)
{
    return (record->flags >> 2 & 3u) != (unsigned)r->charter->class_;
}

enum dt_err dt_report_add(struct dt_report *r, const struct dt_fact *record, const uint8_t *to,
                          size_t to_count, const struct dt_fact *about, size_t about_count)
{
    enum dt_err err = DT_OK;
    if (record->err != DT_OK || !in_period(r, record->time_ms)) {
        return DT_OK;
    }
    if (record->kind == DT_KIND_MISSED && record->code >= 0 && record->code < DT_MISSED_KINDS) {
        r->missed[record->code]++;
    } else if (record->kind == DT_KIND_ATTEMPT && record->code >= 0 &&
               record->code < DT_ATTEMPTS) {
        r->attempts[record->code]++;
    } else if (record->kind == DT_KIND_REPORTED) {
        r->reported++;
    } else if (dt_ack_wanted(record->kind) && left_out(r, record)) {
        r->other_class++;
    } else if (dt_ack_wanted(record->kind)) {
        if (record->kind == DT_KIND_NOTICE) {
            add_notice(r, record);
        }
        for (unsigned m = 0; m < r->charter->member_count && err == DT_OK; m++) {
            if (m != dt_wid_member(record->wid) && addresses(to, to_count, m)) {
                err = add_member(r, record, m, about, about_count);
            }
        }
    }
    return err;
}

void dt_report_conflict(struct dt_report *r, int64_t a_ms, int64_t b_ms, int64_t first_ms)
{
    const int64_t found = a_ms > b_ms ? a_ms : b_ms;
    if (in_period(r, found)) {
        r->conflicts_before_start += found < first_ms;
        r->conflicts_after_start += found >= first_ms;
    }
}

/* --- figures ------------------------------------------------------------------------------ */

static int compare(const void *a, const void *b)
{
    const int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return x < y ? -1 : x > y;
}

/* The value at place ceil(percent / 100 * count), counted from 1. */
static int64_t rank(const struct dt_report_times *t, uint64_t percent)
{
    return t->ms[(t->acknowledged * percent + 99) / 100 - 1];
}

struct dt_report_spread dt_report_spread(struct dt_report_times *times)
{
    struct dt_report_spread s = {.count = times->acknowledged};
    if (s.count > 0) {
        qsort(times->ms, s.count, sizeof *times->ms, compare);
        s.median_ms = rank(times, 50);
        s.p90_ms = rank(times, 90);
        s.max_ms = times->ms[s.count - 1];
    }
    return s;
}

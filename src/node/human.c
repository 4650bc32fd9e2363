/* SPDX-License-Identifier: ISC */
/*
 * Tests of people: who echoed our TEST records, who declined, who let three go by
 * (protocol.md section 12). Derived from the records, so a restart forgets nothing.
 */
#include <string.h>

#include "log/fields.h"
#include "node/query.h"
#include "node/watch.h"

enum { LOOKED_AT = 64, RECORD_AT = 3, AMBER_AT = 1, RED_AT = 2 };

struct tests {
    struct dt_fact facts[LOOKED_AT]; /* newest first */
    size_t count;
};

static bool take_test(void *ctx, const struct dt_store_fact *row)
{
    struct tests *t = ctx;
    if (row->fact.err == DT_OK && t->count < LOOKED_AT) {
        t->facts[t->count++] = row->fact;
    }
    return t->count < LOOKED_AT;
}

static enum dt_err newest(struct dt_line *line, unsigned kind, struct tests *out)
{
    struct dt_store_cursor cursor = DT_STORE_NEWEST;
    out->count = 0;
    return dt_store_fact_by_kind(line->node->store, line->id, kind, &cursor, LOOKED_AT, take_test,
                                 out);
}

/* Who did what about one test. */
struct answers {
    const struct dt_fact *test;
    bool echoed[DT_MEMBERS_MAX], declined[DT_MEMBERS_MAX];
};

static bool take_answer(void *ctx, const struct dt_store_fact *row)
{
    struct answers *a = ctx;
    const struct dt_fact *f = &row->fact;
    const unsigned member = dt_wid_member(f->wid);
    if (f->err != DT_OK || !f->officer_valid ||
        memcmp(f->target.leaf, a->test->leaf, DT_HASH_SIZE) != 0) {
        return true;
    }
    a->echoed[member] = a->echoed[member] || f->kind == DT_KIND_TEST;
    a->declined[member] = a->declined[member] ||
                          (f->kind == DT_KIND_POSITION && f->code == DT_POSITION_DECLINED);
    return true;
}

/* What the run of tests since the last answer says, newest first. */
struct run {
    bool done[DT_MEMBERS_MAX];
    int64_t since_ms[DT_MEMBERS_MAX];
    int64_t due_ms;
};

static enum dt_err look_at_test(struct dt_line *line, const struct dt_fact *test, int64_t now_ms,
                                struct run *run)
{
    struct answers a = {.test = test};
    struct dt_stored record;
    struct dt_header h;
    const int64_t due = test->time_ms + line->charter->ack_deadline_ms[DT_IMMEDIATE];
    if (!dt_record_of(line, test->wid, test->seq, &record) ||
        dt_header_decode(&h, record.header) != DT_OK) {
        return DT_OK;
    }
    DT_TRY(dt_store_fact_by_target(line->node->store, line->id, test->wid, test->seq, take_answer,
                                   &a));
    for (unsigned m = 0; m < line->charter->member_count; m++) {
        struct dt_human *human = &line->humans[m];
        if (m == line->me || run->done[m] || !dt_header_addresses(&h, m)) {
            continue;
        }
        human->asked_ms = human->asked_ms == 0 ? test->time_ms : human->asked_ms;
        if (a.echoed[m] || a.declined[m]) {
            run->done[m] = true;
            human->answered = a.echoed[m];
            human->declined = a.declined[m] && !a.echoed[m] && human->missed == 0;
        } else if (now_ms >= due) {
            human->missed++;
            run->since_ms[m] = test->time_ms;
        } else {
            run->due_ms = due < run->due_ms ? due : run->due_ms;
        }
    }
    return DT_OK;
}

/* Is this outage on record already? */
static bool recorded(const struct tests *missed, const struct dt_line *line, unsigned member,
                     int64_t since_ms)
{
    for (size_t i = 0; i < missed->count; i++) {
        const struct dt_fact *f = &missed->facts[i];
        if (f->code == DT_MISSED_DESK && dt_wid_member(f->wid) == line->me &&
            f->number[0] == (int64_t)member && f->number[1] >= since_ms) {
            return true;
        }
    }
    return false;
}

static enum dt_err look(struct dt_line *line, int64_t now_ms)
{
    static _Thread_local struct tests tests, missed;
    struct run run = {.due_ms = INT64_MAX};
    DT_TRY(newest(line, DT_KIND_TEST, &tests));
    memset(line->humans, 0, sizeof line->humans);
    for (size_t i = 0; i < tests.count; i++) {
        const struct dt_fact *test = &tests.facts[i];
        if (!test->has_target && dt_wid_member(test->wid) == line->me) {
            DT_TRY(look_at_test(line, test, now_ms, &run));
        }
    }
    DT_TRY(newest(line, DT_KIND_MISSED, &missed));
    for (unsigned m = 0; m < line->charter->member_count; m++) {
        const struct dt_human *human = &line->humans[m];
        if (human->missed >= RECORD_AT && line->state == DT_LINE_ACTIVE &&
            !recorded(&missed, line, m, run.since_ms[m])) {
            dt_watch_missed(line, DT_MISSED_DESK, m, run.since_ms[m], human->missed);
        }
    }
    line->tests_due_ms = run.due_ms;
    return DT_OK;
}

void dt_human_tick(struct dt_node *n, int64_t now_ms)
{
    for (size_t i = 0; i < n->line_count && n->write_err == DT_OK; i++) {
        struct dt_line *line = n->lines[i];
        if (now_ms < line->tests_due_ms) {
            continue;
        }
        const enum dt_err err = look(line, now_ms);
        if (err != DT_OK) {
            dt_node_log(n, "error", "tests of people cannot be followed up: %s", dt_err_name(err));
            line->tests_due_ms = now_ms + 1000;
        }
    }
}

void dt_human_note(struct dt_line *line, const struct dt_fact *fact)
{
    if (fact->kind == DT_KIND_TEST || fact->kind == DT_KIND_POSITION ||
        fact->kind == DT_KIND_KEY) {
        line->tests_due_ms = 0; /* look again in this pass */
    }
}

int64_t dt_human_deadline_ms(const struct dt_node *n)
{
    int64_t due = INT64_MAX;
    for (size_t i = 0; i < n->line_count; i++) {
        due = n->lines[i]->tests_due_ms < due ? n->lines[i]->tests_due_ms : due;
    }
    return due;
}

void dt_query_human(struct dt_object *o, const struct dt_node *n,
                    const uint8_t root[static DT_PUBLIC_SIZE])
{
    struct dt_human best = {0};
    for (size_t i = 0; i < n->line_count; i++) {
        const int member = dt_charter_find_root(n->lines[i]->charter, root);
        const struct dt_human *h = member >= 0 ? &n->lines[i]->humans[member] : &best;
        best = h->asked_ms > best.asked_ms ? *h : best; /* the line that was tested last */
    }
    const char *light = best.missed >= RED_AT      ? "red"
                        : best.missed >= AMBER_AT  ? "amber"
                        : best.declined            ? "declined"
                        : best.answered            ? "green"
                                                   : "unknown";
    dt_put_string(o, "human", light);
    dt_put_uint(o, "human_missed", best.missed);
    dt_put_time(o, "human_asked", best.asked_ms != 0, best.asked_ms);
}

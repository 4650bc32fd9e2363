/* SPDX-License-Identifier: ISC */
/*
 * Tests of people: asked by the node once a watch; who echoed our TEST records, who declined,
 * who let three go by (protocol.md section 12). Derived from the records, so a restart forgets
 * nothing and asks nothing twice.
 */
#include <string.h>

#include "log/fields.h"
#include "node/query.h"
#include "node/watch.h"

enum { RECORD_AT = 3, AMBER_AT = 1, RED_AT = 2, LOOKED_THROUGH = 4096 };

#define NEVER (INT64_MAX - 1)
#define AGAIN_AT_LEAST_MS INT64_C(100)
#define AGAIN_AT_MOST_MS INT64_C(60000)

/* --- our own tests, newest first --------------------------------------------------------- */

static bool is_own(const struct dt_line *line, const struct dt_fact *f)
{
    return f->kind == DT_KIND_TEST && f->err == DT_OK && !f->has_target &&
           dt_wid_member(f->wid) == line->me;
}

struct own_tests {
    struct dt_line *line;
    size_t seen;
};

static bool take_own(void *ctx, const struct dt_store_fact *row)
{
    struct own_tests *t = ctx;
    if (is_own(t->line, &row->fact)) {
        struct dt_own_test *test = &t->line->tests[t->line->test_count++];
        *test = (struct dt_own_test){row->fact.wid, row->fact.seq, row->fact.time_ms, {0}};
        memcpy(test->leaf, row->fact.leaf, DT_HASH_SIZE);
    }
    return t->line->test_count < DT_OWN_TESTS && ++t->seen < LOOKED_THROUGH;
}

static enum dt_err find_tests(struct dt_line *line)
{
    struct dt_store_cursor cursor = DT_STORE_NEWEST;
    struct own_tests t = {line, 0};
    if (line->tests_known) {
        return DT_OK;
    }
    line->test_count = 0;
    DT_TRY(dt_store_fact_by_kind(line->node->store, line->id, DT_KIND_TEST, &cursor,
                                 LOOKED_THROUGH, take_own, &t));
    line->tests_known = true;
    return DT_OK;
}

/* --- who answered ------------------------------------------------------------------------- */

/* Who did what about one test. */
struct answers {
    const struct dt_own_test *test;
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

/* When silence to it is a miss: a test that has not reached a node of the member says nothing
 * about its people; one that came late gives them their time; one that came when the next was
 * due says nothing any more. INT64_MAX: not yet known. */
static int64_t silent_from(struct dt_line *line, const struct dt_own_test *test, unsigned member)
{
    const struct dt_line_writer *own = dt_line_writer(line, test->wid, false);
    int64_t stored_ms = 0;
    if (own == NULL || !dt_item_stored(line, own, member, test->seq, &stored_ms)) {
        return INT64_MAX;
    }
    stored_ms = stored_ms < test->time_ms ? test->time_ms : stored_ms;
    return stored_ms >= test->time_ms + line->charter->watch_ms
               ? NEVER
               : stored_ms + line->charter->ack_deadline_ms[DT_IMMEDIATE];
}

/* Has it reached their node meanwhile? Often enough for the deadline to be kept. */
static int64_t unstored_again(const struct dt_line *line, int64_t now_ms)
{
    const int64_t quarter = line->charter->ack_deadline_ms[DT_IMMEDIATE] / 4;
    return now_ms + (quarter < AGAIN_AT_LEAST_MS  ? AGAIN_AT_LEAST_MS
                     : quarter < AGAIN_AT_MOST_MS ? quarter
                                                  : AGAIN_AT_MOST_MS);
}

static enum dt_err look_at_test(struct dt_line *line, const struct dt_own_test *test,
                                int64_t now_ms, struct run *run)
{
    struct answers a = {.test = test};
    struct dt_stored record;
    struct dt_header h;
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
            continue;
        }
        const int64_t due = silent_from(line, test, m);
        if (due <= now_ms) {
            human->missed++;
            run->since_ms[m] = test->time_ms;
        } else if (due < run->due_ms && due != NEVER) {
            run->due_ms = due;
        } else if (due == INT64_MAX && unstored_again(line, now_ms) < run->due_ms) {
            run->due_ms = unstored_again(line, now_ms);
        }
    }
    return DT_OK;
}

/* Is this outage on record already? */
struct recorded {
    const struct dt_line *line;
    unsigned member;
    int64_t since_ms;
    bool found;
};

static bool take_missed(void *ctx, const struct dt_store_fact *row)
{
    struct recorded *r = ctx;
    const struct dt_fact *f = &row->fact;
    r->found = f->err == DT_OK && f->code == DT_MISSED_DESK &&
               dt_wid_member(f->wid) == r->line->me && f->number[0] == (int64_t)r->member &&
               f->number[1] >= r->since_ms;
    return !r->found && f->time_ms >= r->since_ms;
}

static bool recorded(struct dt_line *line, unsigned member, int64_t since_ms)
{
    struct dt_store_cursor cursor = DT_STORE_NEWEST;
    struct recorded r = {line, member, since_ms, false};
    (void)!dt_store_fact_by_kind(line->node->store, line->id, DT_KIND_MISSED, &cursor, SIZE_MAX,
                                 take_missed, &r);
    return r.found;
}

/* Of those that the newest test asked, or an older one: what came before says nothing more. */
static bool all_done(const struct dt_line *line, const struct run *run)
{
    for (unsigned m = 0; m < line->charter->member_count; m++) {
        if (m != line->me && !run->done[m]) {
            return false;
        }
    }
    return true;
}

static enum dt_err look(struct dt_line *line, int64_t now_ms)
{
    struct run run = {.due_ms = INT64_MAX};
    DT_TRY(find_tests(line));
    memset(line->humans, 0, sizeof line->humans);
    for (size_t i = 0; i < line->test_count && (i == 0 || !all_done(line, &run)); i++) {
        DT_TRY(look_at_test(line, &line->tests[i], now_ms, &run));
    }
    for (unsigned m = 0; m < line->charter->member_count; m++) {
        const struct dt_human *human = &line->humans[m];
        if (human->missed >= RECORD_AT && line->state == DT_LINE_ACTIVE &&
            line->tests[0].wid == line->wid && !recorded(line, m, run.since_ms[m])) {
            dt_watch_missed(line, DT_MISSED_DESK, m, run.since_ms[m], human->missed);
        }
    }
    line->tests_due_ms = run.due_ms;
    return DT_OK;
}

/* --- asking -------------------------------------------------------------------------------- */

/* A length of a watch after our party asked last, or came to the line. Of several nodes of ours
 * each next one waits longer, so that one of them asks. */
static int64_t ask_due(struct dt_line *line)
{
    const struct dt_charter *charter = line->charter;
    const int64_t turn = (int64_t)(dt_wid_number(line->wid) - 1) *
                         charter->ack_deadline_ms[DT_IMMEDIATE];
    struct dt_stored record;
    struct dt_header h;
    if (line->test_count > 0) {
        return line->tests[0].time_ms + charter->watch_ms + turn;
    }
    if (!dt_record_of(line, line->wid, 0, &record) ||
        dt_header_decode(&h, record.header) != DT_OK) {
        return INT64_MAX; /* we have not accepted it */
    }
    return h.time_ms + charter->watch_ms + turn;
}

/* Who may be asked: members who have not left. False: nobody, or we may not. An exercise may do
 * without; an operation is tested. A line that is succeeded leaves it to the next one. */
static bool whom_to_ask(struct dt_line *line, bool *some, bool to[static DT_MEMBERS_MAX])
{
    const struct dt_member_state *states = dt_line_member_states(line);
    size_t count = 0;
    *some = false;
    if (line->state != DT_LINE_ACTIVE || states[line->me].left || dt_line_is_copy(line) ||
        dt_line_successor(line) != NULL ||
        (line->node->options.no_human_tests && line->charter->class_ == DT_EXERCISE)) {
        return false;
    }
    for (unsigned m = 0; m < line->charter->member_count; m++) {
        to[m] = m != line->me && !states[m].left;
        *some = *some || (m != line->me && states[m].left);
        count += to[m];
    }
    return count > 0;
}

static enum dt_err ask(struct dt_line *line)
{
    bool to[DT_MEMBERS_MAX] = {false}, some = false;
    struct dt_body_test b = {0};
    uint8_t body[64];
    size_t size = 0;
    if (!whom_to_ask(line, &some, to)) {
        return DT_OK;
    }
    dt_random(&b.nonce, sizeof b.nonce);
    b.nonce >>= 1; /* below 2^63 */
    DT_TRY(dt_body_test_encode(body, sizeof body, &size, &b));
    return dt_watch_append(line, DT_KIND_TEST, dt_span(body, size), some ? to : NULL,
                           DT_IMMEDIATE, NULL);
}

static enum dt_err tick(struct dt_line *line, int64_t now_ms)
{
    if (now_ms >= line->tests_due_ms) {
        DT_TRY(look(line, now_ms));
        line->ask_due_ms = ask_due(line);
    }
    if (now_ms < line->ask_due_ms) {
        return DT_OK;
    }
    if (dt_watch_settling(line->node)) {
        line->ask_due_ms = now_ms + 1000;
        return DT_OK;
    }
    line->ask_due_ms = now_ms + line->charter->watch_ms; /* whatever comes of it */
    return ask(line);
}

void dt_human_tick(struct dt_node *n, int64_t now_ms)
{
    for (size_t i = 0; i < n->line_count && n->write_err == DT_OK; i++) {
        struct dt_line *line = n->lines[i];
        const enum dt_err err = tick(line, now_ms);
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
        line->tests_known = line->tests_known && !is_own(line, fact);
    }
}

int64_t dt_human_deadline_ms(const struct dt_node *n)
{
    int64_t due = INT64_MAX;
    for (size_t i = 0; i < n->line_count; i++) {
        const struct dt_line *line = n->lines[i];
        due = line->tests_due_ms < due ? line->tests_due_ms : due;
        due = line->ask_due_ms < due ? line->ask_due_ms : due;
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

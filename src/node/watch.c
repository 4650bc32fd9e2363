/* SPDX-License-Identifier: ISC */
#include "node/watch.h"

#include <stdlib.h>
#include <string.h>

#include "log/fields.h"
#include "node/quota.h"

enum {
    NEWEST = 64,     /* facts of a kind that are looked at for the desks at start */
    DUE_A_PASS = 64, /* records looked at in one pass */
};

#define SETTLE_US INT64_C(30000000) /* after a start, at most, until our other nodes are heard */
#define HEARD_OUT_US INT64_C(3000000) /* of a session with one of them, to say what it has */
#define AGAIN_MS INT64_C(3600000) /* all steps were tried: look again, for who answered since */

/* --- own records that nobody wrote for an officer ------------------------------------- */

enum dt_err dt_watch_append(struct dt_line *line, unsigned kind, struct dt_span body,
                            const bool *to, enum dt_precedence precedence,
                            const struct dt_fact *about)
{
    const enum dt_class of_line = line->charter->class_;
    const bool no_duff = about != NULL && of_line == DT_EXERCISE &&
                         (about->flags >> 2 & 3u) == DT_OPERATION;
    struct dt_draft draft = {.kind = kind,
                             .time_ms = dt_now_ms(),
                             .flags = dt_flags(precedence, no_duff ? DT_OPERATION : of_line),
                             .body = body};
    uint8_t leaf[DT_HASH_SIZE];
    uint64_t seq = 0;
    for (unsigned i = 0; to != NULL && i < line->charter->member_count; i++) {
        if (to[i]) {
            draft.to[draft.to_count++] = (uint8_t)i;
        }
    }
    DT_TRY(dt_node_write(line->node));
    return dt_line_append(line, &draft, &seq, leaf);
}

void dt_watch_missed(struct dt_line *line, enum dt_missed what, unsigned member, int64_t since_ms,
                     unsigned in_a_row)
{
    const struct dt_body_missed b = {what, member, since_ms, in_a_row};
    uint8_t body[64];
    size_t size = 0;
    if (dt_line_is_copy(line)) {
        return; /* the node that goes on with our log says it */
    }
    enum dt_err err = dt_body_missed_encode(body, sizeof body, &size, &b);
    if (err == DT_OK) {
        err = dt_watch_append(line, DT_KIND_MISSED, dt_span(body, size), NULL, DT_ROUTINE, NULL);
    }
    if (err != DT_OK) {
        dt_node_log(line->node, "error", "a missed test is not on record: %s", dt_err_name(err));
    }
}

/* ROUTINE is looked through at the next hand-over; nothing is tried for it. */
static bool awaits(const struct dt_fact *fact)
{
    return fact->err == DT_OK && dt_ack_wanted(fact->kind) &&
           (fact->kind == DT_KIND_CHECK_FIRE || (fact->flags & 3u) != DT_ROUTINE);
}

/* --- desks ------------------------------------------------------------------------------ */

static void note_desk(struct dt_line *line, const struct dt_fact *fact)
{
    struct dt_line_writer *writer = dt_line_writer(line, fact->wid, false);
    if (writer != NULL) {
        dt_desk_note(&writer->desk, fact);
    }
    if (dt_wid_member(fact->wid) == line->me) {
        dt_alarm_note(line->node, fact);
    }
}

static bool take_desk(void *ctx, const struct dt_store_fact *row)
{
    note_desk(ctx, &row->fact);
    return true;
}

enum dt_err dt_watch_load(struct dt_line *line)
{
    static const unsigned kinds[] = {DT_KIND_WATCH,   DT_KIND_SHOWN,       DT_KIND_ACK,
                                     DT_KIND_TEST,    DT_KIND_FIRE_ANSWER, DT_KIND_CHECK_FIRE,
                                     DT_KIND_POSITION};
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        struct dt_store_cursor cursor = DT_STORE_NEWEST;
        DT_TRY(dt_store_fact_by_kind(line->node->store, line->id, kinds[i], &cursor, NEWEST,
                                     take_desk, line));
    }
    return dt_store_await_next(line->node->store, &line->node->await_due_ms);
}

/* Is a node of that member in a session with us? Our own is. */
static bool reachable(const struct dt_line *line, unsigned member)
{
    const struct dt_node *n = line->node;
    for (size_t i = 0; i < n->contact_count; i++) {
        const struct dt_contact *c = &n->contacts[i];
        if (memcmp(c->root, line->charter->members[member].root, DT_PUBLIC_SIZE) == 0 &&
            dt_link_test_light(&c->path) != DT_LIGHT_RED &&
            dt_session_ready(&n->sessions, c->slot, dt_node_now_us())) {
            return true;
        }
    }
    return member == line->me;
}

struct dt_desk_view dt_watch_desk(const struct dt_line *line, unsigned member, int64_t now_ms)
{
    struct dt_desk_view best = {0};
    const bool up = reachable(line, member);
    for (size_t i = 0; i < line->writer_count; i++) {
        const struct dt_line_writer *w = line->writers[i];
        if (dt_wid_member(w->wid) == member) {
            best = dt_desk_better(best, dt_desk_at(&w->desk, line->charter->watch_ms,
                                                   line->humans[member].missed, up, now_ms));
        }
    }
    return best;
}

struct dt_desk_view dt_watch_desk_of(struct dt_node *n, const uint8_t root[static DT_PUBLIC_SIZE],
                                     int64_t now_ms)
{
    struct dt_desk_view best = {0};
    for (size_t i = 0; i < n->line_count; i++) {
        const int member = dt_charter_find_root(n->lines[i]->charter, root);
        if (member >= 0) {
            best = dt_desk_better(best, dt_watch_desk(n->lines[i], (unsigned)member, now_ms));
        }
    }
    return best;
}

/* --- what awaits an acknowledgement ---------------------------------------------------------- */

enum dt_precedence dt_watch_precedence(const struct dt_fact *fact)
{
    return fact->kind == DT_KIND_CHECK_FIRE ? DT_FLASH : (enum dt_precedence)(fact->flags & 3u);
}

static enum dt_err look_at(struct dt_line *line, dt_store_key key, const struct dt_fact *fact,
                           int64_t due_ms)
{
    DT_TRY(dt_node_write(line->node));
    if (due_ms < line->node->await_due_ms) {
        line->node->await_due_ms = due_ms;
    }
    return dt_store_await_set(line->node->store, key, dt_watch_precedence(fact), due_ms);
}

/* What another node of our party wrote is its to follow up: we go on where it does not, a
 * quarter of the deadline later for each node whose turn comes before ours. */
static int64_t turn_ms(const struct dt_line *line, const struct dt_fact *fact)
{
    const unsigned ours = dt_wid_number(line->wid), author = dt_wid_number(fact->wid);
    const unsigned before = ours < author ? ours : ours - 1;
    return fact->wid == line->wid
               ? 0
               : (dt_ack_due(line->charter, fact->kind, fact->flags, 0) / 4) * before;
}

/* Somebody answered a record of our party, so look at it now. */
static enum dt_err note_answer(struct dt_line *line, const struct dt_fact *fact)
{
    struct dt_store_fact held;
    const bool answer = fact->kind == DT_KIND_ACK || fact->kind == DT_KIND_FIRE_ANSWER;
    if (!answer || !fact->has_target || dt_wid_member(fact->target.wid) != line->me) {
        return DT_OK;
    }
    const struct dt_line_writer *own = dt_line_writer(line, fact->target.wid, false);
    if (own == NULL) {
        return DT_OK; /* that log has not come here yet */
    }
    const dt_store_key key = dt_store_key_of(own->log.id, fact->target.seq);
    if (dt_store_fact_get(line->node->store, key, &held) != DT_OK || !held.awaits) {
        return DT_OK;
    }
    return look_at(line, key, &held.fact, 1);
}

enum dt_err dt_watch_note(struct dt_line *line, const struct dt_fact *fact, dt_store_key key)
{
    note_desk(line, fact);
    if (dt_wid_member(fact->wid) != line->me && (awaits(fact) || fact->kind == DT_KIND_ATTEMPT)) {
        dt_alarm_wake(line->node); /* it may wait for us, or says how far it has come */
    }
    dt_human_note(line, fact);
    if (dt_wid_member(fact->wid) == line->me && awaits(fact)) {
        struct dt_fact worth = *fact;
        dt_quota_demote(line, &worth);
        return look_at(line, key, &worth,
                       dt_attempt_due(line->charter, worth.kind, worth.flags, worth.time_ms,
                                      DT_ATTEMPT_SAME_DESK) + turn_ms(line, &worth));
    }
    return note_answer(line, fact);
}

/* What others said of one record of ours. */
struct about {
    struct dt_line *line;
    const struct dt_fact *record;
    bool answered[DT_MEMBERS_MAX];
    bool by[DT_ATTEMPTS][DT_MEMBERS_MAX]; /* members tried by each step */
};

static bool take_about(void *ctx, const struct dt_store_fact *row)
{
    struct about *a = ctx;
    const struct dt_fact *f = &row->fact;
    if (dt_ack_met(f, a->record->leaf)) {
        a->answered[dt_wid_member(f->wid)] = true;
    } else if (f->kind == DT_KIND_ATTEMPT && f->err == DT_OK &&
               dt_wid_member(f->wid) == a->line->me &&
               memcmp(f->target.leaf, a->record->leaf, DT_HASH_SIZE) == 0) {
        a->by[f->code][f->number[0]] = true;
    }
    return true;
}

static enum dt_err try_member(struct about *a, enum dt_attempt step, unsigned member)
{
    const struct dt_charter *charter = a->line->charter;
    struct dt_body_attempt b = {
        .ref = {a->record->wid, a->record->seq, {0}},
        .step = step,
        .member = member,
        .deadline_ms = dt_ack_due(charter, a->record->kind, a->record->flags, a->record->time_ms)};
    bool to[DT_MEMBERS_MAX] = {false};
    uint8_t body[128];
    size_t size = 0;
    memcpy(b.ref.leaf, a->record->leaf, DT_HASH_SIZE);
    to[member] = true;
    DT_TRY(dt_body_attempt_encode(body, sizeof body, &size, &b));
    dt_node_log(a->line->node, "alarm", "not acknowledged: seq=%llu trying=%s member=%s",
                (unsigned long long)a->record->seq, dt_attempt_name(step),
                charter->members[member].code);
    return dt_watch_append(a->line, DT_KIND_ATTEMPT, dt_span(body, size), to,
                           dt_watch_precedence(a->record), a->record);
}

/* The steps of that record that are due, for each member that is silent. */
static enum dt_err try_due(struct about *a, const struct dt_header *h, int64_t now_ms,
                           int64_t *next_ms, bool *silent)
{
    const struct dt_charter *charter = a->line->charter;
    *silent = false;
    *next_ms = now_ms + AGAIN_MS;
    for (unsigned m = 0; m < charter->member_count; m++) {
        if (m == a->line->me || a->answered[m] || !dt_header_addresses(h, m)) {
            continue;
        }
        *silent = true;
        for (int step = 0; step < DT_ATTEMPTS; step++) {
            const int64_t due = turn_ms(a->line, a->record) +
                                dt_attempt_due(charter, a->record->kind, a->record->flags,
                                               a->record->time_ms, (enum dt_attempt)step);
            bool whom[DT_MEMBERS_MAX];
            if (due > now_ms) {
                *next_ms = due < *next_ms ? due : *next_ms;
                break;
            }
            dt_attempt_members(charter, a->line->me, h->to, h->to_count, m, (enum dt_attempt)step,
                               whom);
            for (unsigned t = 0; t < charter->member_count; t++) {
                if (whom[t] && !a->by[step][t]) {
                    a->by[step][t] = true;
                    DT_TRY(try_member(a, (enum dt_attempt)step, t));
                }
            }
        }
    }
    return DT_OK;
}

static enum dt_err attend(struct dt_node *n, const struct dt_store_fact *row, int64_t now_ms)
{
    static _Thread_local struct about a;
    struct dt_header h;
    struct dt_stored record;
    int64_t next = 0;
    bool silent = false;
    struct dt_line *line = NULL;
    for (size_t i = 0; i < n->line_count; i++) {
        line = n->lines[i]->id == row->line ? n->lines[i] : line;
    }
    if (line == NULL || line->state == DT_LINE_LEFT ||
        !line->sync.host.get(line, row->fact.wid, row->fact.seq, &record) ||
        dt_header_decode(&h, record.header) != DT_OK) {
        return dt_store_open_clear(n->store, row->key);
    }
    struct dt_fact worth = row->fact;
    dt_quota_demote(line, &worth);
    if (dt_line_is_copy(line)) { /* the node that goes on with our log tries it */
        return dt_store_await_set(n->store, row->key, dt_watch_precedence(&worth),
                                  now_ms + AGAIN_MS);
    }
    memset(&a, 0, sizeof a);
    a.line = line;
    a.record = &worth;
    DT_TRY(
        dt_store_fact_by_target(n->store, line->id, row->fact.wid, row->fact.seq, take_about, &a));
    DT_TRY(try_due(&a, &h, now_ms, &next, &silent));
    return silent ? dt_store_await_set(n->store, row->key, dt_watch_precedence(&worth), next)
                  : dt_store_open_clear(n->store, row->key);
}

struct due_list {
    struct dt_store_fact rows[DUE_A_PASS];
    size_t count;
};

static bool take_due(void *ctx, const struct dt_store_fact *row)
{
    struct due_list *list = ctx;
    list->rows[list->count++] = *row;
    return list->count < DUE_A_PASS;
}

bool dt_watch_settling(const struct dt_node *n)
{
    const int64_t now_us = dt_node_now_us();
    bool other = false;
    if (now_us - n->started_us >= SETTLE_US) {
        return false;
    }
    for (size_t i = 0; i < n->contact_count; i++) {
        const struct dt_contact *c = &n->contacts[i];
        const bool ours = memcmp(c->root, n->home.root, DT_PUBLIC_SIZE) == 0;
        other = other || (ours && !(c->up && now_us - c->up_us >= HEARD_OUT_US));
    }
    return other;
}

void dt_watch_tick(struct dt_node *n, int64_t now_ms)
{
    static _Thread_local struct due_list list; /* large: not for the stack */
    dt_human_tick(n, now_ms);
    if (now_ms < n->await_due_ms || n->write_err != DT_OK) {
        return;
    }
    if (dt_watch_settling(n)) {
        n->await_due_ms = now_ms + 1000;
        return;
    }
    list.count = 0;
    enum dt_err err = dt_store_await_list(n->store, 0, now_ms, take_due, &list);
    err = err == DT_OK && list.count > 0 ? dt_node_write(n) : err;
    for (size_t i = 0; i < list.count && err == DT_OK; i++) {
        err = attend(n, &list.rows[i], now_ms);
    }
    if (err == DT_OK) {
        err = dt_store_await_next(n->store, &n->await_due_ms);
    }
    if (err != DT_OK) {
        dt_node_log(n, "error", "what is not acknowledged cannot be followed up: %s",
                    dt_err_name(err));
        n->await_due_ms = now_ms + 1000;
        if (n->write_err == DT_OK && n->wrote) {
            n->write_err = err;
        }
    }
}

int64_t dt_watch_deadline(const struct dt_node *n, int64_t now_us)
{
    const int64_t tests_ms = dt_human_deadline_ms(n);
    const int64_t due_ms = tests_ms < n->await_due_ms ? tests_ms : n->await_due_ms;
    if (due_ms == INT64_MAX) {
        return INT64_MAX;
    }
    const int64_t in_ms = due_ms - dt_now_ms();
    return in_ms <= 0 ? now_us : now_us + in_ms * 1000;
}

/* SPDX-License-Identifier: ISC */
/* Link tests: an item to each contact once a period, and its echo (protocol.md sections 7, 12). */
#include <string.h>

#include "log/fields.h"
#include "node/watch.h"

enum {
    ITEM_ECHO = 9,
    ITEM_ECHOED = 10,
    EARLY = 6, /* eighths of a period after which a test may go along with something else */
};

#define TEST_AFTER_UP                                                                           \
    INT64_C(200000)                /* us: a new session carries records and receipts first; the \
                                    * heads that are due then wake us (sync.c) */
#define PATIENCE_MS INT64_C(10000) /* for an echo: a satellite and a bad minute */

static int64_t ms(int64_t us)
{
    return us / 1000;
}

/* The shortest period that a line shared with the contact asks for; 0: none is shared. */
static int64_t period_ms(const struct dt_node *n, const struct dt_contact *c)
{
    int64_t period = 0;
    for (size_t i = 0; i < n->line_count; i++) {
        const struct dt_charter *charter = n->lines[i]->charter;
        const bool shared =
            n->lines[i]->state != DT_LINE_LEFT && dt_charter_find_root(charter, c->root) >= 0;
        if (shared && (period == 0 || charter->test_ms < period)) {
            period = charter->test_ms;
        }
    }
    return period;
}

static int64_t patience_ms(int64_t period)
{
    return period < PATIENCE_MS ? period : PATIENCE_MS;
}

bool dt_echo_receive(struct dt_node *n, struct dt_contact *c, struct dt_reader *r)
{
    if (r->left < 1 || (r->at[0] != ITEM_ECHO && r->at[0] != ITEM_ECHOED)) {
        return false;
    }
    const int64_t now = ms(dt_node_now_us());
    while (r->left > 0) {
        const uint8_t type = dt_read_u8(r);
        const uint64_t nonce = dt_read_u64(r);
        const int64_t time = type == ITEM_ECHOED ? (int64_t)dt_read_u64(r) : 0;
        if (r->err != DT_OK || (type != ITEM_ECHO && type != ITEM_ECHOED)) {
            return true; /* an unknown item ends the reading */
        }
        if (type == ITEM_ECHO) {
            c->echo_wanted = true;
            c->echo_nonce = nonce;
            continue;
        }
        n->echo_due_us = 0;
        if (dt_link_test_echo(&c->path, nonce, now)) {
            c->skew_known = time > 0;
            c->skew_ms = time - dt_now_ms() + (now - c->path.sent_ms) / 2;
        }
    }
    return true;
}

size_t dt_echo_next(struct dt_contact *c, uint8_t *out)
{
    struct dt_writer w = dt_writer(out, DT_ECHO_MAX);
    if (c->test_wanted && dt_node_now_us() - c->up_us >= TEST_AFTER_UP) {
        c->test_wanted = false;
        dt_write_u8(&w, ITEM_ECHO);
        dt_write_u64(&w, c->path.nonce);
    }
    if (c->echo_wanted) {
        c->echo_wanted = false;
        dt_write_u8(&w, ITEM_ECHOED);
        dt_write_u64(&w, c->echo_nonce);
        dt_write_u64(&w, (uint64_t)dt_now_ms());
    }
    return w.size;
}

/* A thrice missed test is a record on every line shared with the contact. */
static void record_missed(struct dt_node *n, const struct dt_contact *c)
{
    for (size_t i = 0; i < n->line_count; i++) {
        struct dt_line *line = n->lines[i];
        const int member = dt_charter_find_root(line->charter, c->root);
        if (member >= 0 && member != (int)line->me && line->state == DT_LINE_ACTIVE) {
            const int64_t ago = ms(dt_node_now_us()) - c->path.since_ms;
            dt_watch_missed(line, DT_MISSED_LINK, (unsigned)member, dt_now_ms() - ago,
                            c->path.missed);
        }
    }
    dt_node_log(n, "error", "link tests missed party=%s.%u in_a_row=%u", c->code, c->number,
                c->path.missed);
}

/* The test counts from now, whether there is a session to send it by or not. */
static void begin_test(struct dt_contact *c, int64_t now_us)
{
    uint64_t nonce = 0;
    dt_random(&nonce, sizeof nonce);
    dt_link_test_sent(&c->path, nonce, ms(now_us));
    c->test_wanted = c->test_calls = true;
}

/* With many contacts on many lines it is too much to be asked in every pass. */
static bool due_known(const struct dt_node *n)
{
    return n->echo_due_us != 0 && n->echo_lines == n->line_count &&
           n->echo_contacts == n->contact_count;
}

static int64_t next_due(const struct dt_node *n)
{
    int64_t due = INT64_MAX;
    for (size_t i = 0; i < n->contact_count; i++) {
        const struct dt_contact *c = &n->contacts[i];
        const int64_t period = period_ms(n, c);
        if (period != 0) {
            const int64_t next = dt_link_test_next(&c->path, period, patience_ms(period)) * 1000;
            due = next < due ? next : due;
        }
    }
    return due > 0 ? due : 1;
}

void dt_echo_along(struct dt_node *n, struct dt_contact *c, int64_t now_us)
{
    const int64_t period = period_ms(n, c);
    if (period != 0 && !c->path.waiting && ms(now_us) - c->path.sent_ms >= period * EARLY / 8) {
        begin_test(c, now_us);
        n->echo_due_us = 0;
    }
}

/* Tests go together: a node that wakes for one begins those that are nearly due as well,
 * so that a line of many costs its members few wakings. */
static bool any_begins(const struct dt_node *n, int64_t now_us)
{
    for (size_t i = 0; i < n->contact_count; i++) {
        const struct dt_contact *c = &n->contacts[i];
        const int64_t period = period_ms(n, c);
        if (period != 0 && !c->path.waiting && ms(now_us) - c->path.sent_ms >= period) {
            return true;
        }
    }
    return false;
}

void dt_echo_tick(struct dt_node *n, int64_t now_us)
{
    if (due_known(n) && now_us < n->echo_due_us) {
        return;
    }
    const int64_t share = any_begins(n, now_us) ? EARLY : 8;
    for (size_t i = 0; i < n->contact_count; i++) {
        struct dt_contact *c = &n->contacts[i];
        const int64_t period = period_ms(n, c), patience = patience_ms(period);
        if (period == 0) {
            continue;
        }
        const int64_t at_least = period * share / 8;
        enum dt_link_test_step step = dt_link_test_tick(&c->path, at_least, patience, ms(now_us));
        if (step == DT_LINK_TEST_RECORD) {
            record_missed(n, c);
            step = dt_link_test_tick(&c->path, at_least, patience, ms(now_us));
        }
        if (step == DT_LINK_TEST_TEST) {
            begin_test(c, now_us);
        }
    }
    n->echo_due_us = next_due(n);
    n->echo_lines = n->line_count;
    n->echo_contacts = n->contact_count;
}

int64_t dt_echo_deadline(const struct dt_node *n)
{
    return due_known(n) ? n->echo_due_us : 0;
}

/* SPDX-License-Identifier: ISC */
#include "view/watch.h"

#include <string.h>

enum { MISSED_RED = 2, MISSED_RECORD = 3 };

static int64_t not_after(int64_t time_ms, int64_t now_ms)
{
    return time_ms < now_ms ? time_ms : now_ms;
}

/* --- desk ------------------------------------------------------------------------ */

bool dt_human_act(const struct dt_fact *fact)
{
    return fact->err == DT_OK && !fact->absent &&
           (fact->kind == DT_KIND_SHOWN || (fact->officer != 0 && fact->officer_valid));
}

static bool opens(enum dt_watch_event event)
{
    return event == DT_WATCH_TAKEN || event == DT_WATCH_HANDED_OVER;
}

/* A watch is an officer's word; that it was left may be the node's. */
static bool counts(const struct dt_fact *f)
{
    return f->kind == DT_KIND_WATCH && f->err == DT_OK && !f->absent &&
           (f->code == DT_WATCH_LEFT || (opens((enum dt_watch_event)f->code) && f->officer_valid));
}

void dt_desk_note(struct dt_desk *desk, const struct dt_fact *fact)
{
    if (dt_human_act(fact) && fact->time_ms > desk->act_ms &&
        !(fact->kind == DT_KIND_WATCH && fact->code == DT_WATCH_LEFT)) {
        desk->act_ms = fact->time_ms;
    }
    const bool later = !desk->any || fact->time_ms > desk->event_ms ||
                       (fact->time_ms == desk->event_ms && fact->seq > desk->event_seq);
    if (counts(fact) && later) {
        desk->any = true;
        desk->event = (enum dt_watch_event)fact->code;
        desk->event_ms = fact->time_ms;
        desk->event_seq = fact->seq;
        desk->until_ms = fact->number[0];
        desk->officer = desk->event == DT_WATCH_HANDED_OVER ? fact->second : fact->officer;
    }
}

static int64_t latest(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

struct dt_desk_view dt_desk_at(const struct dt_desk *desk, int64_t watch_ms, unsigned tests_missed,
                               bool reachable, int64_t now_ms)
{
    const int64_t act = not_after(desk->act_ms, now_ms);
    const int64_t event = not_after(desk->event_ms, now_ms);
    struct dt_desk_view v = {.light = DT_DESK_UNKNOWN, .since_ms = act};
    if (!desk->any || !reachable) {
        return v;
    }
    if (!opens(desk->event)) {
        v.light = DT_DESK_UNATTENDED;
        v.since_ms = event;
    } else if (now_ms >= desk->until_ms) {
        v.light = DT_DESK_UNATTENDED;
        v.since_ms = desk->until_ms;
    } else if (tests_missed >= MISSED_RED) {
        v.light = DT_DESK_UNATTENDED;
        v.since_ms = act;
    } else if (now_ms - latest(act, event) <= watch_ms) {
        v.light = DT_DESK_ATTENDED;
        v.since_ms = event;
        v.until_ms = desk->until_ms;
        v.officer = desk->officer;
    }
    return v;
}

struct dt_desk_view dt_desk_better(struct dt_desk_view a, struct dt_desk_view b)
{
    if (a.light != b.light) {
        return a.light > b.light ? a : b;
    }
    return b.since_ms > a.since_ms ? b : a;
}

const char *dt_desk_light_name(enum dt_desk_light light)
{
    static const char *const names[] = {"unknown", "unattended", "attended"};
    return names[light];
}

/* --- path ------------------------------------------------------------------------ */

enum dt_link_test_step dt_link_test_tick(struct dt_link_test *path, int64_t period_ms,
                                         int64_t patience_ms, int64_t now_ms)
{
    if (path->waiting && now_ms - path->sent_ms >= patience_ms) {
        path->waiting = false;
        path->since_ms = path->missed == 0 ? path->sent_ms : path->since_ms;
        path->missed += path->missed < UINT32_MAX;
    }
    if (path->missed >= MISSED_RECORD && !path->recorded) {
        path->recorded = true;
        return DT_LINK_TEST_RECORD;
    }
    const bool never = path->sent_ms == 0;
    return !path->waiting && (never || now_ms - path->sent_ms >= period_ms) ? DT_LINK_TEST_TEST
                                                                            : DT_LINK_TEST_WAIT;
}

void dt_link_test_sent(struct dt_link_test *path, uint64_t nonce, int64_t now_ms)
{
    path->nonce = nonce;
    path->sent_ms = now_ms;
    path->waiting = true;
}

void dt_link_test_heard(struct dt_link_test *path, int64_t now_ms)
{
    path->echo_ms = now_ms;
    path->waiting = false;
    path->missed = 0;
    path->recorded = false;
}

bool dt_link_test_echo(struct dt_link_test *path, uint64_t nonce, int64_t now_ms)
{
    if (path->sent_ms == 0 || nonce != path->nonce) {
        return false;
    }
    dt_link_test_heard(path, now_ms);
    return true;
}

int64_t dt_link_test_next(const struct dt_link_test *path, int64_t period_ms, int64_t patience_ms)
{
    return path->sent_ms == 0 ? 0 : path->sent_ms + (path->waiting ? patience_ms : period_ms);
}

enum dt_light dt_link_test_light(const struct dt_link_test *path)
{
    if (path->missed >= MISSED_RED) {
        return DT_LIGHT_RED;
    }
    return path->missed > 0     ? DT_LIGHT_AMBER
           : path->echo_ms == 0 ? DT_LIGHT_UNKNOWN
                                : DT_LIGHT_GREEN;
}

const char *dt_light_name(enum dt_light light)
{
    static const char *const names[] = {"unknown", "green", "amber", "red"};
    return names[light];
}

/* --- deadlines ------------------------------------------------------------------- */

bool dt_flash_counts(const struct dt_fact *fact)
{
    if ((fact->flags & 3u) != DT_FLASH) {
        return false;
    }
    switch (fact->kind) {
    case DT_KIND_CHECK_FIRE:
    case DT_KIND_FIRE_ANSWER:
    case DT_KIND_ATTEMPT: /* one silence would use up the hour's budget */
        return false;
    case DT_KIND_MESSAGE:
        return fact->code == DT_SUBJECT_NONE;
    default:
        return true;
    }
}

bool dt_ack_wanted(unsigned kind)
{
    switch (kind) {
    case DT_KIND_MESSAGE:
    case DT_KIND_CHECK_FIRE:
    case DT_KIND_RECALL:
    case DT_KIND_LIFT:
    case DT_KIND_NOTICE:
    case DT_KIND_NOTICE_STATE:
    case DT_KIND_SUSPEND:
    case DT_KIND_LEAVE:
    case DT_KIND_CONFLICT:
    case DT_KIND_OUTCOME:
        return true;
    default:
        return false;
    }
}

bool dt_ack_met(const struct dt_fact *fact, const uint8_t leaf[static DT_HASH_SIZE])
{
    return fact->err == DT_OK && memcmp(fact->target.leaf, leaf, DT_HASH_SIZE) == 0 &&
           ((fact->kind == DT_KIND_ACK && fact->officer_valid) ||
            fact->kind == DT_KIND_FIRE_ANSWER);
}

static int64_t patience(const struct dt_charter *charter, unsigned kind, unsigned flags)
{
    return charter->ack_deadline_ms[kind == DT_KIND_CHECK_FIRE ? DT_FLASH : flags & 3u];
}

int64_t dt_ack_due(const struct dt_charter *charter, unsigned kind, unsigned flags, int64_t time_ms)
{
    return time_ms + patience(charter, kind, flags);
}

int64_t dt_attempt_due(const struct dt_charter *charter, unsigned kind, unsigned flags,
                       int64_t time_ms, enum dt_attempt step)
{
    return time_ms + patience(charter, kind, flags) * charter->attempt_percent[step] / 100;
}

static bool addressed(const uint8_t *to, size_t to_count, unsigned member)
{
    return to_count == 0 || memchr(to, (int)member, to_count) != NULL;
}

/* Does `m` answer for a force that `of` names as its own? */
static bool guarantees(const struct dt_member *m, const struct dt_member *of)
{
    for (size_t i = 0; i < m->force_count; i++) {
        for (size_t j = 0; j < of->force_count; j++) {
            if (m->forces[i].relation == DT_FORCE_GUARANTEED &&
                strcmp(m->forces[i].name, of->forces[j].name) == 0) {
                return true;
            }
        }
    }
    return false;
}

size_t dt_attempt_members(const struct dt_charter *charter, unsigned author, const uint8_t *to,
                          size_t to_count, unsigned member, enum dt_attempt step,
                          bool tried[static DT_MEMBERS_MAX])
{
    size_t count = 0;
    memset(tried, 0, DT_MEMBERS_MAX * sizeof tried[0]);
    if (step < DT_ATTEMPT_GUARANTOR) {
        tried[member] = true;
        return 1;
    }
    for (unsigned i = 0; i < charter->member_count; i++) {
        const bool fits = step == DT_ATTEMPT_GUARANTOR
                              ? guarantees(&charter->members[i], &charter->members[member])
                              : !addressed(to, to_count, i);
        tried[i] = i != author && i != member && fits;
        count += tried[i];
    }
    return count;
}

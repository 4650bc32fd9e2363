/* SPDX-License-Identifier: ISC */
/*
 * watch - is somebody there, is the path up, and what is due when nobody answers.
 * protocol.md section 12.
 *
 *     facts of one writer ---> [desk]  --+
 *     echoes of one path  ---> [path]  --+--> three lights: our node, their node, their desk
 *     charter, kind, time ---> [deadline, steps] --> what the author's node tries next
 *
 * Silence, refusal and a broken cable must never look alike: a desk is attended only by
 * a human act, a path is up only by an echo, and what is not known is unknown, not red.
 * Notes may be taken in any order: the result is the same. Times are ms UTC; a time
 * later than `now` counts as `now`. Pure; plain data; zero-initialised.
 */
#ifndef DT_VIEW_WATCH_H
#define DT_VIEW_WATCH_H

#include <stdbool.h>
#include <stdint.h>

#include "log/charter.h"
#include "view/fact.h"
#include "view/watch_body.h"

/* --- desk ------------------------------------------------------------------------ */

/* What one writer's records say of its desk. */
struct dt_desk {
    bool any; /* a WATCH TAKEN, HANDED_OVER or LEFT was noted: the latest by time, then place */
    enum dt_watch_event event;
    int64_t event_ms, until_ms;
    uint64_t event_seq;
    unsigned officer; /* on watch; after a hand-over the one who took over */
    int64_t act_ms;   /* latest human act; 0 none */
};

enum dt_desk_light { DT_DESK_UNKNOWN, DT_DESK_UNATTENDED, DT_DESK_ATTENDED };

struct dt_desk_view {
    enum dt_desk_light light;
    int64_t since_ms; /* attended or unattended since; for UNKNOWN the last human act; 0 never */
    int64_t until_ms; /* end of the watch while ATTENDED */
    unsigned officer; /* while ATTENDED */
};

/* Was this done by a person: SHOWN, or an officer's verified signature. */
bool dt_human_act(const struct dt_fact *fact);

/* Facts of other writers and of other kinds are passed over. */
void dt_desk_note(struct dt_desk *desk, const struct dt_fact *fact);

/* `tests_missed`: human tests in a row without an answer. `reachable`: a path to that
 * member is up; without one the desk is UNKNOWN. */
struct dt_desk_view dt_desk_at(const struct dt_desk *desk, int64_t watch_ms, unsigned tests_missed,
                               bool reachable, int64_t now_ms);

/* Of two desks of one party: the attended one, then the one known better, then the later. */
struct dt_desk_view dt_desk_better(struct dt_desk_view a, struct dt_desk_view b);

const char *dt_desk_light_name(enum dt_desk_light light); /* "unknown", "unattended", "attended" */

/* --- path ------------------------------------------------------------------------ */

enum dt_light { DT_LIGHT_UNKNOWN, DT_LIGHT_GREEN, DT_LIGHT_AMBER, DT_LIGHT_RED };

/* One path to one peer, or the human tests of one member. */
struct dt_link_test {
    uint64_t nonce;   /* of the test under way */
    bool waiting;     /* one is under way */
    bool recorded;    /* this outage has its MISSED record */
    int64_t sent_ms;  /* last test */
    int64_t echo_ms;  /* last echo; 0 never */
    int64_t since_ms; /* when the first of the missed tests was sent */
    unsigned missed;  /* in a row */
};

enum dt_link_test_step {
    DT_LINK_TEST_WAIT,   /* nothing to do before dt_link_test_next() */
    DT_LINK_TEST_TEST,   /* send a test now, then dt_link_test_sent() */
    DT_LINK_TEST_RECORD, /* write a MISSED record, then call again */
};

/* What is to be done at `now_ms`; a test without echo after `patience_ms` is missed, the
 * next is sent `period_ms` after the one before. RECORD once an outage, at the third. */
enum dt_link_test_step dt_link_test_tick(struct dt_link_test *path, int64_t period_ms,
                                         int64_t patience_ms, int64_t now_ms);
void dt_link_test_sent(struct dt_link_test *path, uint64_t nonce, int64_t now_ms);
/* False for an echo of another test: it changes nothing. */
bool dt_link_test_echo(struct dt_link_test *path, uint64_t nonce, int64_t now_ms);
/* Anything else that shows the path is up: authenticated bytes that came by it. */
void dt_link_test_heard(struct dt_link_test *path, int64_t now_ms);
int64_t dt_link_test_next(const struct dt_link_test *path, int64_t period_ms, int64_t patience_ms);
enum dt_light dt_link_test_light(const struct dt_link_test *path);
const char *dt_light_name(enum dt_light light); /* "unknown", "green", "amber", "red" */

/* --- deadlines ------------------------------------------------------------------- */

/* Does it count against its party's FLASH budget? What stops fire or says that it has stopped,
 * distress, a warning of danger, an accident, and what a node tries when nobody answers do not:
 * they are never demoted. */
bool dt_flash_counts(const struct dt_fact *fact);

/* Does a record of that kind ask for an officer's acknowledgement at all? */
bool dt_ack_wanted(unsigned kind);

/* Does this fact end the wait for its author's answer to the record with that leaf: an ACK with
 * an officer's verified signature, or an answer to a CHECK_FIRE. */
bool dt_ack_met(const struct dt_fact *fact, const uint8_t leaf[static DT_HASH_SIZE]);

/* When it is due; CHECK_FIRE counts as FLASH. */
int64_t dt_ack_due(const struct dt_charter *charter, unsigned kind, unsigned flags,
                   int64_t time_ms);

/* When the author's node tries that step. */
int64_t dt_attempt_due(const struct dt_charter *charter, unsigned kind, unsigned flags,
                       int64_t time_ms, enum dt_attempt step);

/*
 * Whom a step tries for `member`, one of the addressed: that member itself for the first
 * four; for GUARANTOR those who guarantee a force that `member` has; for INTERMEDIARY
 * those not addressed. Sets `tried[i]` for each, false for the rest; returns how many:
 * with 0 there is nobody, and the step is passed over.
 */
size_t dt_attempt_members(const struct dt_charter *charter, unsigned author, const uint8_t *to,
                          size_t to_count, unsigned member, enum dt_attempt step,
                          bool tried[static DT_MEMBERS_MAX]);

#endif

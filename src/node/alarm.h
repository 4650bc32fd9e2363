/* SPDX-License-Identifier: ISC */
/*
 * alarm - the program that wakes people (`node --alarm-exec PROGRAM`).
 *
 * While something of IMMEDIATE, FLASH or a CHECK_FIRE, or PRIORITY, waits for one of our
 * officers, the program runs for the most urgent of it, again and again until it is
 * acknowledged: every 10 s, 30 s or 60 s by precedence. It is told
 *
 *     PROGRAM ID PRECEDENCE KIND FROM CLASS STEP
 *
 * or, for a plan of ours that a notice came too close to, until an officer has looked
 * (plans.h): `plan:NAME PRECEDENCE PLAN OUR-CODE LOCAL none`; IMMEDIATE for a severe conflict.
 *
 * STEP being the furthest thing the author's node has tried ("none", "same-desk" …
 * "intermediary"), or "overdue": a movement, theirs or ours, has not arrived at its end
 * (overdue.h; as urgent as IMMEDIATE). For a conflict of ours that is not low (conflicts.h): its
 * word, IMMEDIATE if it is severe and PRIORITY if it is high, CONFLICT, the other party, class,
 * and "none" or "overdue"; high once, severe until an officer of ours has seen it, in turns with
 * what waits. A program that cannot be started, ends with another status than 0,
 * or has not ended after 60 s (it is killed then), has failed: an alarm that does not sound
 * is itself shown, in `status`, until one has sounded. It runs in a process group
 * of its own, with no descriptor of the node but stderr.
 */
#ifndef DT_NODE_ALARM_H
#define DT_NODE_ALARM_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "log/header.h"
#include "view/fact.h"

struct dt_node;
struct dt_object;

struct dt_alarm {
    pid_t pid;                  /* running; 0 none */
    int64_t began_us;           /* when it was started */
    int64_t next_us;            /* no run before; 0: now */
    int64_t sounded_ms;         /* last run that ended well; 0 never */
    int64_t failed_ms;          /* since when it fails; 0 it does not */
    char failed[96];            /* why */
    int64_t said_ms;            /* when an officer said last whether it was heard; 0 never */
    bool not_heard;             /* it was not */
    bool test;                  /* a test was asked for */
    bool conflict;              /* it sounded for a conflict last */
    char id[DT_RECORD_ID_SIZE]; /* what it sounds for */
};

/* After each pass: starts, repeats, kills. */
void dt_alarm_tick(struct dt_node *n, int64_t now_us);
/* A child of ours has ended. */
void dt_alarm_reap(struct dt_node *n);
/* A record of our own party: did an officer say whether he heard it? */
void dt_alarm_note(struct dt_node *n, const struct dt_fact *fact);
/* Something new waits: look at once. */
void dt_alarm_wake(struct dt_node *n);
int64_t dt_alarm_deadline(const struct dt_node *n);
void dt_alarm_stop(struct dt_node *n);
/* Key `alarm` of status. */
void dt_alarm_status(struct dt_object *o, const struct dt_node *n);

#endif

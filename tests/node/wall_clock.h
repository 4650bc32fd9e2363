/* SPDX-License-Identifier: ISC */
/*
 * wall_clock - the time of day of this process and of the nodes forked from it, moved at will,
 * for what happens once a watch. The monotonic clock goes on as it is: links and sessions do
 * not notice. Linked into a test, it takes the place of the library's clock_gettime().
 */
#ifndef DT_TESTS_NODE_WALL_CLOCK_H
#define DT_TESTS_NODE_WALL_CLOCK_H

#include "rig.h"

/* Of this process alone, and of nodes that are started while it is set: their clock is wrong. */
extern int64_t wall_clock_wrong_ms;

/* Before the rig is made: the time of day as it is. */
void wall_clock_begin(void);
/* Later by so much, for all; wakes the nodes that run. */
void wall_clock_forward(struct rig *r, int64_t ms);

#endif

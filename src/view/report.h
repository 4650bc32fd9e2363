/* SPDX-License-Identifier: ISC */
/*
 * report - how well a line was watched in a period, in figures.
 *
 *     records of the period, what was said about each -> [report] -> counts, times
 *
 * A function of the records held: of no clock, no setting and no order of arrival. Whoever
 * holds the same records has the same figures, whichever side he is on. A record belongs to
 * the period if from <= its author's time < until; what is said about it counts whenever it
 * was said. Only valid records count. Records of another class than the line's (a drill on
 * an operation's line, a test on an exercise's) are left out and counted as `other_class`.
 *
 * The figures:
 *
 *   asked         pairs of a record that wants an officer (dt_ack_wanted()) and a member
 *                 that it is addressed to, under the precedence of its deadline: a
 *                 CHECK_FIRE counts as FLASH
 *   acknowledged  of these, those where an officer of the member acknowledged this very
 *                 version with a verified signature, or answered the CHECK_FIRE; see stage.h
 *   late          of those acknowledged, later than the charter's deadline
 *   unanswered    asked - acknowledged, whatever a machine or a report by others says
 *   times         from the record's time to the first such receipt, both by their authors'
 *                 clocks; a negative one is taken as 0. median and p90 are of the nearest
 *                 rank: the value at place ceil(p * count), so one that really occurred
 *   missed        MISSED records: of links, of desks
 *   attempts      ATTEMPT records by step
 *   reported      REPORTED records: said by voice, paper or file, signed by nobody there
 *   notices       first versions; `after_start`: written at or after their own start.
 *                 Amendments are counted apart
 *   forces        for each NOTICE and CHECK_FIRE and member addressed, each force that the
 *                 charter gives the member: told (all of its units, or no number said),
 *                 partly told, refused, unreachable, will not say, silent (no word)
 *   conflicts     found before the first moment of their windows, or at or after it; found
 *                 means when the later of the two notice versions was written. Only these
 *                 rest on what this node can read: for who cannot open a shape they are fewer
 *
 * Memory: one number for each acknowledgement; dt_report_free().
 */
#ifndef DT_VIEW_REPORT_H
#define DT_VIEW_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "log/charter.h"
#include "view/fact.h"
#include "view/watch_body.h"

enum { DT_REPORT_PRECEDENCES = 4 };

struct dt_report_times {
    uint64_t asked, acknowledged, late;
    int64_t *ms; /* one for each acknowledged; owned */
    size_t capacity;
};

struct dt_report_spread {
    uint64_t count;
    int64_t median_ms, p90_ms, max_ms; /* 0 if count is 0 */
};

struct dt_report_forces {
    uint64_t asked, told, partly, refused, unreachable, will_not_say, silent;
};

struct dt_report {
    const struct dt_charter *charter; /* borrowed */
    int64_t from_ms, until_ms;
    struct dt_report_times by[DT_REPORT_PRECEDENCES];
    uint64_t missed[DT_MISSED_KINDS], attempts[DT_ATTEMPTS];
    uint64_t reported, other_class;
    uint64_t notices, notices_after_start, amendments;
    struct dt_report_forces forces;
    uint64_t conflicts_before_start, conflicts_after_start;
};

void dt_report_init(struct dt_report *r, const struct dt_charter *charter, int64_t from_ms,
                    int64_t until_ms);
void dt_report_free(struct dt_report *r);

/* The kinds whose records of the period are to be given, one after the other; 0: no more. */
unsigned dt_report_kind(size_t index);
/* Does that kind need the facts about a record, too? */
bool dt_report_needs_about(unsigned kind);

/*
 * One record, in any order, each once. `to`: its header's addressees (none: all members).
 * `about`: the facts that refer to its place, in any order; others are skipped. A record
 * outside the period or of another kind changes nothing. NO_MEMORY.
 */
DT_MUST_USE enum dt_err dt_report_add(struct dt_report *r, const struct dt_fact *record,
                                      const uint8_t *to, size_t to_count,
                                      const struct dt_fact *about, size_t about_count);
/* A conflict of versions written at `a_ms` and `b_ms`, of which the later has to lie in the
 * period; `first_ms` begins what they have in common. */
void dt_report_conflict(struct dt_report *r, int64_t a_ms, int64_t b_ms, int64_t first_ms);

/* Sorts the times. */
struct dt_report_spread dt_report_spread(struct dt_report_times *times);

#endif

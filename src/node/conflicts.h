/* SPDX-License-Identifier: ISC */
/*
 * conflicts - what sounds for conflicts of ours, and what is done about those that nobody
 * settles in time.
 *
 *     new conflicts -> groups (view/alarms.h) -> --alarm-exec, the desk's feed
 *     the clock -> late ones sound again, or are raised on the line
 *
 * Watched are the conflicts of our own notices that are not low. What an officer of ours has
 * seen is silent. What ours has not seen when it is due sounds again; what the other side
 * has not seen then is raised: a CONFLICT record to it, which waits in its inbox and is tried
 * again by the steps of the charter like any record.
 *
 * Memory: 120 bytes a conflict watched. A pass looks at DT_WATCHED_A_PASS of them.
 */
#ifndef DT_NODE_CONFLICTS_H
#define DT_NODE_CONFLICTS_H

#include "log/header.h"
#include "view/alarms.h"

struct dt_line;
struct dt_node;

enum { DT_WATCHED_A_PASS = 32, DT_RAISED_AN_HOUR = 30 };

/* A conflict as the store keeps it. */
struct dt_conflict_row {
    uint8_t id[DT_HASH_SIZE];
    struct dt_ref a, b; /* in either order */
    enum dt_severity severity;
    bool exact;
    int64_t first_ms, temporal_ms;
    int64_t better_ms; /* when more became known of it than when it was found; 0: never */
};

struct dt_watched_conflict {
    struct dt_conflict_row row;
    struct dt_activities of;
    enum dt_sound sound; /* still to be heard */
    int64_t next_ms;     /* looked at again then */
    bool late_told, raised, undecided_told;
};

struct dt_watched_conflicts {
    struct dt_alarms alarms;
    struct dt_watched_conflict *all;
    size_t count, capacity;
    uint32_t *slots; /* where in `all` an id is, + 1; hashed, at most half full */
    size_t slot_count;
    uint64_t seed;   /* nobody outside can choose ids for one slot */
    bool moved;      /* slots are to be made anew */
    int64_t next_ms;                  /* nothing is due before */
    int64_t hour_ms;                  /* since when this hour's are counted: */
    unsigned raised;                  /* by us, by ourselves */
    bool loaded;
};

void dt_conflicts_free(struct dt_watched_conflicts *w);
/* Those in the store; before anything new is put there. */
DT_MUST_USE enum dt_err dt_conflicts_load(struct dt_line *line);
/* One that was not known, or of which more is known: that sounds again, whoever saw the less. */
DT_MUST_USE enum dt_err dt_conflicts_found(struct dt_line *line, const struct dt_conflict_row *row);
/* What is due; in the pass's transaction. */
void dt_conflicts_tick(struct dt_node *n, int64_t now_ms);
int64_t dt_conflicts_due_ms(const struct dt_node *n);

/* What is still to be heard of a conflict. */
enum dt_sound dt_conflict_sound(struct dt_line *line, const uint8_t id[static DT_HASH_SIZE]);
/* The gravest that is to be heard now, or NULL; the other party's member. What our officer has
 * seen meanwhile is not. */
struct dt_watched_conflict *dt_conflicts_ringing(struct dt_node *n, struct dt_line **line,
                                                 unsigned *other);
/* It has been heard once. */
void dt_conflicts_rang(struct dt_watched_conflict *w);

#endif

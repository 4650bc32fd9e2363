/* SPDX-License-Identifier: ISC */
/*
 * conflict_life - what became of a conflict: who has seen it, what was offered, whether both
 * sides' officers carry the risk, or whether it is over. protocol.md section 9.
 *
 *     lives of the two versions, CONFLICT facts, ACKs -> [conflict_life] -> list, alarm, desk
 *
 * Resolved and overtaken are never said by anybody: the first follows from the records that
 * end, amend or cancel a version, the second from its window. All else is a record with an
 * officer's verified signature; what is claimed without one has no effect. An acceptance holds
 * for exactly these two versions: an amendment makes another conflict, with a life of its own.
 *
 * The state is a function of the records held and the time. Whether it is overdue also depends
 * on the first moment, which who reads only cells sees earlier. Pure.
 */
#ifndef DT_VIEW_CONFLICT_LIFE_H
#define DT_VIEW_CONFLICT_LIFE_H

#include "log/charter.h"
#include "view/conflict.h"
#include "view/conflict_body.h"
#include "view/stage.h"

/* The first that holds, from the bottom up. */
enum dt_conflict_state {
    DT_CONFLICT_RAISED,
    DT_CONFLICT_SEEN,      /* by officers of both parties */
    DT_CONFLICT_PROPOSED,  /* one of them offers a change */
    DT_CONFLICT_ACCEPTED,  /* both carry the risk */
    DT_CONFLICT_OVERTAKEN, /* its time has passed and nobody had resolved it */
    DT_CONFLICT_RESOLVED,  /* one of its versions no longer counts */
};

const char *dt_conflict_state_name(enum dt_conflict_state state); /* "raised" … "resolved" */

/* What is asked: two versions, a before b as in the id, and what is known of them. */
struct dt_conflict_asked {
    struct dt_ref a, b;
    uint8_t id[DT_HASH_SIZE];
    const struct dt_life_entry *life_a, *life_b; /* NULL: not held any more, or invalid */
    enum dt_severity severity;
    int64_t first_ms;
    int64_t temporal_ms; /* the separation in time */
};

struct dt_conflict_party {
    unsigned member;
    struct dt_stage_mark seen;     /* the first: SEEN, or what implies it */
    struct dt_stage_mark proposed; /* the last */
    struct dt_stage_mark accepted; /* unless it was withdrawn later */
    bool late;                     /* has not seen it by `seen_due_ms` */
};

struct dt_conflict_life {
    enum dt_conflict_state state;
    struct dt_stage_mark raised;       /* the first RAISED record, by whomever */
    struct dt_conflict_party party[2]; /* of a, of b */
    int64_t since_ms;                  /* the later of both versions was written then */
    int64_t seen_due_ms;               /* + the deadline for its severity */
    bool undecided; /* its first moment is nearer than that deadline, and it still stands open */
    bool overdue;   /* somebody is late, or it is undecided */
};

/* Is it still to be settled by people? */
bool dt_conflict_open(enum dt_conflict_state state);

/* severe: as IMMEDIATE, high: as PRIORITY, low: as ROUTINE. */
enum dt_precedence dt_severity_precedence(enum dt_severity severity);

/*
 * `facts`: the CONFLICT facts that refer to version `a`, and the ACKs of those, in any order;
 * others are skipped, but every ACK there counts as one of this conflict's steps.
 */
void dt_conflict_life(struct dt_conflict_life *out, const struct dt_charter *charter,
                      const struct dt_conflict_asked *asked, const struct dt_fact *facts,
                      size_t count, int64_t now_ms);

/* How a notified activity went by what `member` last said of that version with an officer's
 * verified signature; NULL if nothing. Accounts of several members stand beside one another. */
const struct dt_fact *dt_outcome_of(const struct dt_fact *facts, size_t count,
                                    const struct dt_ref *notice, unsigned member);

/* Is this fact a step of that conflict? */
bool dt_conflict_step_of(const struct dt_fact *fact, const struct dt_conflict_asked *asked);

#endif

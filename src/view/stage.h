/* SPDX-License-Identifier: ISC */
/*
 * stage - how far one record has come with one member, and what became of a
 * check-fire: derived from facts, never from a machine's guess.
 *
 *     facts that name the record, cosigned size -> [stage] -> inbox, alarms, proof
 *
 * The stages are separate claims of different strength and are never mixed: a
 * machine's receipt (heard, stored, shown) is never an acknowledgement, and an
 * acknowledgement names one exact version by its leaf hash. Only valid facts
 * count; facts about other records in the list are skipped, so a caller may pass
 * more than needed, in any order: the result is the same.
 *
 * Times are the authors' claims. Rendering is the client's. Pure.
 */
#ifndef DT_VIEW_STAGE_H
#define DT_VIEW_STAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "log/charter.h"
#include "view/body.h"
#include "view/fact.h"
#include "view/watch_body.h"

enum dt_stage_level {
    DT_STAGE_NONE,
    DT_STAGE_HEARD,        /* a session had it; not durable */
    DT_STAGE_STORED,       /* cosigned: durable there */
    DT_STAGE_SHOWN,        /* put before a human at a desk */
    DT_STAGE_ACKNOWLEDGED, /* by an officer, signature verified */
    DT_STAGE_PASSED_ON,    /* a claim about a force */
    DT_STAGE_POSITION,     /* by an officer, signature verified */
    DT_STAGE_LEVELS,
};

const char *dt_stage_name(enum dt_stage_level level); /* "none", "heard" … "passed-on" */

/* The receipt a stage rests on. */
struct dt_stage_mark {
    bool there;
    bool officer_valid; /* signed by an officer whose certificate is held */
    unsigned officer;   /* operator number; 0 none */
    int64_t time_ms;
    uint16_t wid; /* where that record is */
    uint64_t seq;
};

struct dt_stage_mark dt_stage_mark_of(const struct dt_fact *f); /* NULL: not there */

/* The earlier of two by what their authors claim; a total order. */
void dt_first_keep(const struct dt_fact **kept, const struct dt_fact *f);

/*
 * A party's last word. Inside one log its order decides, whatever the times say: a
 * clock set back must not revive a withdrawn position. Between a party's logs there is
 * only the time. Kept a writer, so that the order of the facts does not matter.
 */
struct dt_last {
    const struct dt_fact *of[DT_WRITERS_MAX];
};

void dt_last_keep(struct dt_last *last, const struct dt_fact *f);
const struct dt_fact *dt_last_word(const struct dt_last *last); /* NULL: none */

enum { DT_STAGE_FORCES_MAX = 8 };

struct dt_stage_force {
    char name[DT_FORCE_NAME_MAX + 1];
    struct dt_stage_mark by; /* the last word on this force */
    enum dt_passed_state state;
    int64_t told, units; /* n of m; -1 not said */
};

enum { DT_STAGE_REPORTS_MAX = 8 };

/* What the author says the member said by other means. The member has signed nothing: it is
 * beside the stages and reaches none of them. */
struct dt_stage_report {
    struct dt_stage_mark by; /* the REPORTED record */
    enum dt_means means;
    enum dt_reported what;
    int64_t when_ms;
    char who[DT_TEXT_MAX + 1];
};

struct dt_stage {
    enum dt_stage_level highest; /* of those below that hold; for sorting, not for words */
    bool heard;
    bool stored;
    struct dt_stage_mark shown;        /* the first */
    struct dt_stage_mark acknowledged; /* the first with a valid officer's signature */
    struct dt_stage_mark claimed;      /* first ACK without one: "claimed without a valid
                                        * officer's signature"; never a stage */
    bool other_version;                /* a receipt names this place, but another leaf */
    struct dt_stage_force forces[DT_STAGE_FORCES_MAX]; /* ascending by name */
    size_t force_count;
    bool more_forces;                 /* others were left out */
    struct dt_stage_mark position_by; /* the last with a valid officer's signature */
    enum dt_position position;
    struct dt_stage_mark position_claimed; /* the last without one */
    struct dt_stage_report reports[DT_STAGE_REPORTS_MAX]; /* the first, by time */
    size_t report_count;
    bool more_reports; /* others were left out */
};

/* What is asked: one record and one member. */
struct dt_stage_query {
    struct dt_ref record;
    unsigned member;   /* whose receipts; the author's own do not count */
    bool heard;        /* a session with it says so */
    uint64_t cosigned; /* largest size of the author's log that a writer of the member cosigned */
};

void dt_stage_of(struct dt_stage *out, const struct dt_stage_query *query,
                 const struct dt_fact *facts, size_t count);

/* How many of the members asked have reached each level, each level for itself. */
struct dt_stage_sum {
    size_t members;
    size_t reached[DT_STAGE_LEVELS]; /* [NONE]: those with nothing at all */
    enum dt_stage_level lowest;      /* lowest `highest` among them; NONE for no members */
};

void dt_stage_sum_init(struct dt_stage_sum *sum);
void dt_stage_sum_add(struct dt_stage_sum *sum, const struct dt_stage *stage);

/* --- check fire ---------------------------------------------------------------- */

struct dt_fire_member {
    struct dt_stage_mark by; /* last answer with a valid officer's signature; !there: none */
    enum dt_fire_answer answer;
    int64_t stopped_ms;           /* 0 not said */
    struct dt_stage_mark claimed; /* last answer without one */
};

struct dt_fire_state {
    struct dt_fire_member members[DT_MEMBERS_MAX]; /* the caller's own place stays empty */
    size_t member_count;
    size_t answered[DT_ANSWERS]; /* members by last valid answer */
    size_t silent;               /* members without a valid answer, the caller not counted */
    bool recalled;               /* said to have been a mistake; it stays in force until lifted */
    struct dt_stage_mark recall;
    bool lifted; /* two different officers of the party that called it signed */
    struct dt_stage_mark lift;
    unsigned lift_second;
};

/*
 * A check-fire stands until the party that called it lifts it. A recall says that it was a
 * mistake, and removes nothing. The lift that counts is the earliest by its author's time;
 * later ones, and whatever is answered after it, are kept and shown and change nothing.
 */
enum dt_fire_standing { DT_FIRE_STANDING, DT_FIRE_RECALLED, DT_FIRE_LIFTED };

enum dt_fire_standing dt_fire_standing(const struct dt_fire_state *state);
const char *dt_fire_standing_name(enum dt_fire_standing standing); /* "standing", "recalled" … */
/* True if an answer says that it was given after the lift. */
bool dt_fire_after_lift(const struct dt_fire_state *state, const struct dt_stage_mark *answer);

/* `fire` names the CHECK_FIRE; `members` as in the charter. */
void dt_fire_state_of(struct dt_fire_state *out, const struct dt_ref *fire, size_t members,
                      const struct dt_fact *facts, size_t count);

#endif

/* SPDX-License-Identifier: ISC */
/*
 * conflict_body - what is said about a conflict, and how a notified activity went.
 * protocol.md sections 8 and 9. Rules for encoders, decoders and officers: body.h.
 */
#ifndef DT_VIEW_CONFLICT_BODY_H
#define DT_VIEW_CONFLICT_BODY_H

#include "view/body.h"

/* --- CONFLICT -------------------------------------------------------------------- */

enum dt_conflict_step {
    DT_STEP_RAISED, /* to whoever has not seen it; the only one a node writes by itself */
    DT_STEP_SEEN,
    DT_STEP_PROPOSED,  /* an amended version, words, or both */
    DT_STEP_ACCEPTED,  /* the risk, for exactly these two versions */
    DT_STEP_WITHDRAWN, /* the acceptance */
    DT_STEPS,
};

struct dt_body_conflict {
    struct dt_ref first, second; /* the two versions; first before second (wid, seq, leaf) */
    enum dt_conflict_step step;
    struct dt_span text; /* empty if there is none; all members read it */
    bool has_offer;      /* PROPOSED only: */
    struct dt_ref offer; /* the amended version */
};

DT_MUST_USE enum dt_err dt_body_conflict_encode(uint8_t *out, size_t capacity, size_t *size,
                                                const struct dt_body_conflict *b);
/* Also BAD_VALUE: versions not ascending or of one member, an offer where none belongs;
 * MISSING_FIELD: a proposal of nothing. */
DT_MUST_USE enum dt_err dt_body_conflict_decode(struct dt_body_conflict *out, struct dt_span body);

/* --- OUTCOME ---------------------------------------------------------------------- */

enum dt_outcome {
    DT_OUTCOME_FACILITATED,
    DT_OUTCOME_DELAYED,
    DT_OUTCOME_IMPEDED,
    DT_OUTCOME_DENIED,
    DT_OUTCOME_WITHDRAWN, /* by its author */
    DT_OUTCOME_STRUCK,
    DT_OUTCOMES,
};

struct dt_body_outcome {
    struct dt_ref ref; /* the version of the notice */
    enum dt_outcome outcome;
    int64_t when_ms;     /* 0 not said */
    int64_t minutes;     /* DELAYED only, 1..99,999; 0 otherwise */
    struct dt_span text; /* empty if there is none; all members read it */
};

DT_MUST_USE enum dt_err dt_body_outcome_encode(uint8_t *out, size_t capacity, size_t *size,
                                               const struct dt_body_outcome *b);
DT_MUST_USE enum dt_err dt_body_outcome_decode(struct dt_body_outcome *out, struct dt_span body);

/* --- names: stable, lower case; "?" outside the range ------------------------------ */

const char *dt_conflict_step_name(int64_t step); /* "raised", "seen", "proposed" … */
const char *dt_outcome_name(int64_t outcome);    /* "facilitated" … "struck" */

#endif

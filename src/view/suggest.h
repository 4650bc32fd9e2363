/* SPDX-License-Identifier: ISC */
/*
 * suggest - what to change in a plan so that no conflict is known.
 *
 *     matcher, plan -> [suggest] -> sentence
 *
 * A change is offered only when the matcher, asked again with the changed plan against
 * all it holds, finds neither a conflict nor a possible one. That is no more than what is
 * known here, and no permission; what could not be compared is counted. A protected site and
 * a hazard are where they are: nothing is suggested for them.
 *
 * Changes are of one sort each: all times by as much, all positions by as much in one of eight
 * directions, all heights by as much, or all ceilings lower. Of each sort the least on a
 * fixed ladder of steps. A moved plan is asked for with a margin (dt_suggest_margin_mm), so
 * that what a person draws again by these words fares no worse.
 *
 * Deterministic: a function of the plan, what is held, and the time. Bounded: at most
 * DT_SUGGEST_WORK questions, fewer where a question is dear. No clock; allocates only in the
 * matcher.
 */
#ifndef DT_VIEW_SUGGEST_H
#define DT_VIEW_SUGGEST_H

#include "view/matcher.h"

/* X(NAME, stable name) */
#define DT_CHANGES(X)    \
    X(LATER, "later")    \
    X(EARLIER, "earlier") \
    X(MOVE, "move")      \
    X(HIGHER, "higher")  \
    X(LOWER_CEILING, "lower-ceiling")

enum dt_change {
#define X(name, text) DT_CHANGE_##name,
    DT_CHANGES(X)
#undef X
        DT_CHANGE_SORTS,
};

enum { DT_SUGGEST_WORK = 400, DT_BEARINGS = 8 };

struct dt_suggestion {
    enum dt_change change;
    int64_t by;       /* ms, or mm */
    unsigned bearing; /* of MOVE: eighths of a circle, clockwise from north */
    size_t not_comparable; /* notices that the changed plan could not be compared with */
};

/* A plan that can be changed: large, so the caller says where it lies. */
struct dt_suggest_room {
    struct dt_body_notice clear;
    struct dt_notice_plain plain;
};

/*
 * Fills `out` with at most one of each sort, in the order of the list above. None for what is
 * not known exactly (side->plain NULL), for what has begun by `now_ms` none but those in
 * place and height. Returns how many.
 */
size_t dt_suggest(struct dt_suggestion out[static DT_CHANGE_SORTS], struct dt_suggest_room *room,
                  const struct dt_matcher *m, const struct dt_conflict_side *side, int64_t now_ms);

/* The changed plan in `room`. BAD_VALUE where it would not be a plan any more: before all
 * time, beyond the poles, without height. Cells are not made again. */
DT_MUST_USE enum dt_err dt_suggest_apply(struct dt_suggest_room *room,
                                         const struct dt_conflict_side *side,
                                         const struct dt_suggestion *s);

/* By how much a plan that was moved is made larger when it is asked for. */
int64_t dt_suggest_margin_mm(int64_t by_mm);

const char *dt_change_name(int64_t change);      /* "later", "move" … */
const char *dt_bearing_name(unsigned bearing);   /* "north", "north-east" … */

#endif

/* SPDX-License-Identifier: ISC */
/*
 * matcher - all notices that count on one line, in memory, ready to be asked what a
 * given one comes too close to.
 *
 *     records, life -> [matcher] -> conflicts
 *
 * Checking sends nothing and reads no disk: a plan that was never published can be
 * checked as well. What is added is copied; what stops counting is removed by the
 * caller (dt_life_entry.counts). A version past its end may be removed once its end is
 * further back than any separation in time, but a movement only when it has arrived.
 *
 * Life: dt_matcher_init, add and remove as notices come and go, dt_matcher_free.
 * Memory grows with what is held, about 500 bytes a notice and 16 a position; nothing
 * else of this layer allocates. Not thread-safe. No clock: the caller says what time
 * it is.
 */
#ifndef DT_VIEW_MATCHER_H
#define DT_VIEW_MATCHER_H

#include <stddef.h>
#include <stdint.h>

#include "view/conflict.h"

struct dt_matcher_entry; /* private */
struct dt_candidates;

struct dt_matcher {
    const struct dt_charter *charter; /* borrowed for the matcher's life */
    struct dt_separation widest;
    struct dt_matcher_entry *entries;
    size_t count, capacity;
    int64_t due_ms; /* no entry is due before */
    struct dt_candidates *candidates; /* private: what the entries' volumes are found by, */
    int64_t changes_ms;               /* with windows as they are before this */
    struct dt_matcher_sum {
        size_t held, by_cells, by_nothing; /* all, and how little is known of some */
    } sums[DT_MEMBERS_MAX];
};

void dt_matcher_init(struct dt_matcher *m, const struct dt_charter *charter);
void dt_matcher_free(struct dt_matcher *m);

/* Adds a version, or replaces what is held of it (delayed, or now readable).
 * NO_MEMORY, or BAD_VALUE for a member no line can have, and nothing changed. */
DT_MUST_USE enum dt_err dt_matcher_add(struct dt_matcher *m, const struct dt_conflict_side *side,
                                       int64_t now_ms);
/* True if the version is held just so, and is not due: comparing again would say nothing. */
bool dt_matcher_holds(const struct dt_matcher *m, const struct dt_conflict_side *side);

/* UNKNOWN_RECORD if it is not there. */
DT_MUST_USE enum dt_err dt_matcher_remove(struct dt_matcher *m, const struct dt_ref *ref);

/* Whatever version is held of that place; none is fine. */
void dt_matcher_remove_place(struct dt_matcher *m, uint16_t wid, uint64_t seq);

size_t dt_matcher_count(const struct dt_matcher *m);

/* Where the notices are, about: the first found in each half degree, its first position or a
 * cell's middle. Up to `capacity`; a place typed wrong is far from all of them. */
size_t dt_matcher_places(const struct dt_matcher *m, struct dt_point *places, size_t capacity);

/* A version is *due* when the clock alone changes its windows, or may end its life: it then
 * has to be looked at, and compared, again. INT64_MAX: nothing will be. */
int64_t dt_matcher_due(const struct dt_matcher *m);
/* Those that cannot be read exactly are due at once: a key came. */
void dt_matcher_closed_due(struct dt_matcher *m);
/* Names all that are due, which dt_matcher_holds() denies until they are added again. */
DT_MUST_USE enum dt_err dt_matcher_take_due(struct dt_matcher *m, int64_t now_ms,
                                            enum dt_err (*fn)(void *ctx, const struct dt_ref *ref),
                                            void *ctx);

struct dt_match {
    struct dt_ref other;
    unsigned member;
    struct dt_notice_conflict conflict; /* `a` is the one asked about */
};

/* What an answer must also say (design: deconfliction): what could not be judged. */
struct dt_match_sum {
    size_t compared;       /* notices of other members held */
    size_t found;          /* conflicts and possible ones, may exceed the capacity */
    size_t cell_level;     /* comparable only by cells or by a coarse shape */
    size_t not_comparable; /* neither shape nor cells are known, and the times meet */
};

/* Every conflict, and possible one, of `side` with held notices of other members, ascending
 * by (wid, seq), until `fn` returns false. Cost: that of an index (geo/index.h) for each
 * volume of `side`, and what is found; everything held is looked at one by one where the index
 * cannot tell: while something is due, or of a side of which neither shape nor cells are
 * known, or without memory. */
void dt_matcher_each(const struct dt_matcher *m, const struct dt_conflict_side *side,
                     int64_t now_ms, bool (*fn)(void *ctx, const struct dt_match *match),
                     void *ctx, struct dt_match_sum *sum);

/* The same without the index, everything one by one: what tests hold it against. */
void dt_matcher_each_by_one(const struct dt_matcher *m, const struct dt_conflict_side *side,
                            int64_t now_ms, bool (*fn)(void *ctx, const struct dt_match *match),
                            void *ctx, struct dt_match_sum *sum);

/*
 * The gravest of them: `matches` gets up to `capacity`, by falling severity, exact before
 * possible, nearest first. Returns how many were written; sum->found says how many there
 * are.
 */
size_t dt_matcher_query(const struct dt_matcher *m, const struct dt_conflict_side *side,
                        int64_t now_ms, struct dt_match *matches, size_t capacity,
                        struct dt_match_sum *sum);

#endif

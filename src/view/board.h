/* SPDX-License-Identifier: ISC */
/*
 * board - the notices of one line as they stand now, and what comes too close: kept up to
 * date by deriving again only what a record, a key or the clock has touched.
 *
 *     touched places, facts -> [board] -> lives, conflicts found
 *
 * The versions that amend one another, their states and the acknowledgements of both are
 * a *family*; nothing outside a family changes the life of a version in it, but who has
 * left the line: then all are to be touched. So a touched
 * family is derived anew, whole, by dt_notice_life(), and only those of its versions are
 * compared again that began to count, or count otherwise than before. What comes out is
 * what deriving all of it would give, in whatever order the records came.
 *
 * Life: dt_board_init, then touch and settle for ever, dt_board_free. Facts stay where
 * they are: the board asks its source for them. Memory: the matcher's, and 24 bytes a
 * place touched. Cost of settle: the families touched, each version of them that changed
 * against all that count. No clock: the caller says what time it is, and dt_board_due()
 * when the clock alone will change something.
 */
#ifndef DT_VIEW_BOARD_H
#define DT_VIEW_BOARD_H

#include "view/matcher.h"

/* Where facts come from, and where conflicts go. */
struct dt_board_source {
    /* The fact at a place; false if none is held. */
    bool (*fact)(void *ctx, uint16_t wid, uint64_t seq, struct dt_fact *out);
    /* All facts that refer to a place, in any order. */
    enum dt_err (*about)(void *ctx, uint16_t wid, uint64_t seq,
                         bool (*take)(void *to, const struct dt_fact *fact), void *to);
    /* The two parts of a version, as far as they can be read here, and what `entry` says of
     * it; borrowed until the next call. False if it is not held. */
    bool (*side)(void *ctx, const struct dt_life_entry *entry, struct dt_conflict_side *out);
    /* A conflict, or a possible one, of `side`; also one that was found before. */
    enum dt_err (*found)(void *ctx, const struct dt_conflict_side *side,
                         const struct dt_match *match);
    void *ctx;
    struct dt_life_line line; /* who is on it */
};

struct dt_board_place {
    uint16_t wid;
    uint64_t seq;
    bool done; /* used while settling */
};

struct dt_board {
    struct dt_matcher matcher; /* the versions that count */
    struct dt_board_place *touched;
    size_t touched_count, touched_capacity;
};

void dt_board_init(struct dt_board *b, const struct dt_charter *charter);
void dt_board_free(struct dt_board *b);
/* Holds nothing any more: touch everything again. */
void dt_board_clear(struct dt_board *b);

/* A NOTICE or NOTICE_STATE at that place came or changed, or what acknowledges it. Any
 * other place is harmless. NO_MEMORY, and nothing changed. */
DT_MUST_USE enum dt_err dt_board_touch(struct dt_board *b, uint16_t wid, uint64_t seq);
/* A key came: what could not be read may be readable now. */
void dt_board_touch_closed(struct dt_board *b);

/* When the clock changes what is here; INT64_MAX: never. */
int64_t dt_board_due(const struct dt_board *b);

/* Derives what was touched, and what has become due. After an
 * error the board is to be cleared. */
DT_MUST_USE enum dt_err dt_board_settle(struct dt_board *b, const struct dt_board_source *source,
                                        int64_t now_ms);

/* One family: the facts are borrowed by the entries. */
struct dt_family {
    struct dt_fact *facts;
    size_t fact_count, fact_capacity;
    struct dt_life_entry *entries; /* as of dt_notice_life() */
    size_t entry_count;
};

/* The family that a place belongs to; an empty one if it is no part of any. Frees with
 * dt_family_free(), after an error too. */
DT_MUST_USE enum dt_err dt_family_of(struct dt_family *out, const struct dt_board_source *source,
                                     uint16_t wid, uint64_t seq, int64_t now_ms);
void dt_family_free(struct dt_family *family);

#endif

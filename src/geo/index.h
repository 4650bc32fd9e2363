/* SPDX-License-Identifier: ISC */
/*
 * index - many volumes in memory; which of them come too close to a given one, exactly,
 * in microseconds. A library by itself: needs geo and base, no node, no line, no clock.
 *
 *     struct dt_index *index = dt_index_new(seed);
 *     struct dt_index_hits hits = {0};
 *     dt_index_put(index, &(struct dt_index_entry){.key = 7, .group = 1, .volume = &v});
 *     dt_index_query(index, &(struct dt_index_question){.group = 2, .volume = &w,
 *         .separations = &separation, .separation_count = 1}, &hits);
 *     hits.keys[0 .. hits.count)           ascending
 *
 * The answer to a question is the set of entries of other groups with which
 * dt_conflict_check() (conflict.h) finds DT_CONFLICT: every one, and no other. It depends
 * on what is held and what is asked, on nothing else: not on the order in which entries
 * came, not on compiler or machine. A tree of boxes (boxtree.h) finds what may be near in
 * place, time and height at once; a bounded view on a plane (near.h) settles most of those; the
 * exact distance (distance.h) settles the rest.
 *
 * Online: entries are put, amended, ended and removed one at a time at a cost that grows
 * with the logarithm of what is held; nothing is ever rebuilt, so nothing pauses. A window
 * that has no end (until_ms DT_TIME_MAX_MS: a movement that has not arrived) never falls
 * out. Several volumes of one activity, or several windows of one (recur.h), are several
 * entries; the caller gives them keys and knows which belong together.
 *
 * Heights of different datums cannot be compared without a model of ground and geoid, which
 * two parties may have in different editions: they count as met. A datum here is only a
 * number; equal numbers compare.
 *
 * Untrusted volumes: they passed dt_volume_check(), which bounds them. One entry takes at
 * most 150 KiB (64 rings of 256 positions); one pair costs at most what distance.h says.
 * The seed (random, kept to oneself) scatters the keys, so that nobody can choose keys that
 * collide; it never shows in an answer.
 *
 * Memory: about 115 bytes an entry (75 beyond what a record says itself) and 8 a position,
 * copied; grows as needed, given back by dt_index_free. Functions that may not find any say
 * NO_MEMORY and have changed nothing.
 * Not thread-safe; questions with hits of their own may run at the same time.
 *
 * Measured: docs/deconfliction.md and bench/.
 */
#ifndef DT_GEO_INDEX_H
#define DT_GEO_INDEX_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "geo/conflict.h"
#include "geo/volume.h"

struct dt_index; /* private */

enum {
    DT_INDEX_CATEGORIES = 32,
    DT_INDEX_DATUMS = 4,
    DT_INDEX_NOBODY = 0xffff, /* a group that is compared with itself too */
};

/* NULL if there is no memory. */
struct dt_index *dt_index_new(uint64_t seed);
void dt_index_free(struct dt_index *index); /* NULL is allowed */

struct dt_index_entry {
    uint64_t key;
    uint16_t group;   /* whose it is: entries of one group are not compared */
    uint8_t category; /* below DT_INDEX_CATEGORIES; chooses the separation in a question */
    uint8_t datum;    /* below DT_INDEX_DATUMS */
    const struct dt_volume *volume; /* passed dt_volume_check; copied */
};

/* Adds, or amends what is held under this key. BAD_VALUE for a category or datum out of
 * range; NO_MEMORY. */
DT_MUST_USE enum dt_err dt_index_put(struct dt_index *index, const struct dt_index_entry *entry);

/* UNKNOWN_RECORD if the key is not held (so of the next two). */
DT_MUST_USE enum dt_err dt_index_remove(struct dt_index *index, uint64_t key);

/* Nothing of this entry from `at_ms` on: its windows end there. One that had not begun is
 * removed. NO_MEMORY. */
DT_MUST_USE enum dt_err dt_index_end(struct dt_index *index, uint64_t key, int64_t at_ms);

/* Fills `entry` and the volume it is made to point to with what is held; both point into
 * the index and are good until it next changes. `rings` gets the volume's rings. */
DT_MUST_USE enum dt_err dt_index_get(const struct dt_index *index, uint64_t key,
                                     struct dt_index_entry *entry, struct dt_volume *volume,
                                     struct dt_ring rings[static DT_RINGS_MAX]);

/* Time moves on: removes up to `most` entries whose windows ended before `now_ms` (some
 * that ended in the last 4 seconds may stay for the next call). Returns how many; fewer
 * than `most`: that was all. A caller that answers others meanwhile takes small steps. */
size_t dt_index_expire(struct dt_index *index, int64_t now_ms, size_t most);

size_t dt_index_count(const struct dt_index *index);
size_t dt_index_bytes(const struct dt_index *index); /* all memory it holds */

/* --- asking ---------------------------------------------------------------------- */

struct dt_index_question {
    const struct dt_volume *volume; /* passed dt_volume_check */
    uint16_t group;
    uint8_t datum;
    /* One for each category of what is held; the last also for all categories beyond.
     * A larger separation makes the search wider; nothing stored depends on it. */
    const struct dt_separation *separations;
    size_t separation_count; /* 1.. */
};

/* Reused from question to question; start from zero, end with dt_index_hits_free. */
struct dt_index_hits {
    uint64_t *keys; /* ascending, each once */
    size_t count;
    /* How the answer was found, for those who measure: */
    size_t candidates; /* whose boxes met */
    size_t exact;      /* of them decided by the exact distance */
    /* private */
    size_t capacity;
    void *room;
};

/* NO_MEMORY (the hits are then void), BAD_VALUE for no separations or a datum out of range. */
DT_MUST_USE enum dt_err dt_index_query(const struct dt_index *index,
                                       const struct dt_index_question *question,
                                       struct dt_index_hits *hits);
void dt_index_hits_free(struct dt_index_hits *hits);

/* The numbers behind one hit: dt_conflict_check of the question (a) and the entry (b). */
DT_MUST_USE enum dt_err dt_index_explain(const struct dt_index *index,
                                         const struct dt_index_question *question, uint64_t key,
                                         struct dt_conflict *conflict);

/* Walks the whole structure; false if it is not sound. For tests. */
bool dt_index_check(const struct dt_index *index);

#endif

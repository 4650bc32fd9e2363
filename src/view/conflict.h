/* SPDX-License-Identifier: ISC */
/*
 * conflict - two notices of different members closer than the line's rules allow,
 * said in numbers an officer can check.
 *
 *     notice, rules, geo -> [conflict] -> alarm, conflict record, sentence
 *
 * Members who hold the same two versions compute the same id and the same numbers,
 * whichever they name first. Where the exact part of one side is not readable, its
 * cells are compared and the result is "possible, at cell level". Where there are no
 * cells either, the pair cannot be compared, which is not the absence of a conflict.
 * No sentence here ever says that a place or a plan is free of conflict.
 *
 * Pure; nothing allocates; about 350 KiB of stack.
 */
#ifndef DT_VIEW_CONFLICT_H
#define DT_VIEW_CONFLICT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "geo/conflict.h"
#include "log/charter.h"
#include "log/tier.h"
#include "view/notice.h"
#include "view/rules.h"

/* One version of one notice, as far as the reader knows it. */
struct dt_conflict_side {
    unsigned member; /* author's index in the charter */
    struct dt_ref ref;
    const struct dt_body_notice *clear;
    const struct dt_notice_plain *plain; /* NULL: not readable here */
    /* From dt_notice_life(); all 0 for a plan of one's own. end_ms 0: clear->end_ms. */
    bool arrived;
    int64_t end_ms;
    int64_t extension_ms;
    unsigned tier; /* of `plain`: DT_TIER_SHAPE where that is all that is known; else exact */
};

enum dt_conflict_outcome {
    DT_PAIR_NONE_KNOWN,     /* the rule's distances are kept, by what is known */
    DT_PAIR_CONFLICT,       /* exact on both sides */
    DT_PAIR_POSSIBLE,       /* "possible, at cell level" */
    DT_PAIR_NOT_COMPARABLE, /* neither shape nor cells of one side are known, and the times meet */
};

struct dt_notice_conflict {
    enum dt_conflict_outcome outcome;
    enum dt_tier level; /* the lesser knowledge of the two */
    uint8_t id[DT_HASH_SIZE];
    char word[DT_CHECK_WORD_SIZE]; /* first 20 bits of the id */
    struct dt_rule_found rule;
    size_t pairs;              /* of volumes in conflict; of them the closest: */
    size_t volume_a, volume_b; /* index in the notice, or of its cell */
    int64_t distance_mm; /* between the footprints, accuracies counted; at cell level at least */
    struct dt_point at_a, at_b, between;
    bool same_datum;         /* false: compared over the sea with what datums differ by (height.h) */
    int64_t vertical_gap_mm; /* negative: the bands overlap by that much */
    struct dt_window when;   /* overlap of the closest pair, or the gap between */
    int64_t first_ms;        /* earliest beginning of `when` of any pair */
};

/* Id of the conflict of two versions on a line; the order does not matter. */
void dt_conflict_id(uint8_t id[static DT_HASH_SIZE], const uint8_t line[static DT_HASH_SIZE],
                    const struct dt_ref *a, const struct dt_ref *b);

/* The first 60 bits of an id, as a number: what a CONFLICT's fact keeps of it. */
int64_t dt_conflict_bits(const uint8_t id[static DT_HASH_SIZE]);

/*
 * Compares two versions of different members at `now_ms` (see dt_life_window).
 * `charter` gives rules and the line id. Of one member's own notices, DT_PAIR_NONE_KNOWN.
 */
void dt_notice_conflict(struct dt_notice_conflict *out, const struct dt_charter *charter,
                        const struct dt_conflict_side *a, const struct dt_conflict_side *b,
                        int64_t now_ms);

/* --- sentences ----------------------------------------------------------------- */

/*
 * The English sentence for an outcome, marked for gettext: names in braces stand for
 * parameters, so that a translation may order them as its language wants:
 * {word} {severity} {a} {b} {distance} {lateral} {vertical} {when} {rule}.
 */
const char *dt_conflict_text(const struct dt_notice_conflict *c);

struct dt_conflict_words {
    char word[DT_CHECK_WORD_SIZE];
    const char *severity; /* msgid */
    char distance[32];    /* "1.234 km", "0 m" */
    char lateral[32];
    const char *vertical; /* msgid: heights overlap, are so close, cannot be compared */
    char gap[32];         /* for {gap} in `vertical` */
    char when[64];        /* first moment, "2026-02-26 14:00Z" */
    const char *rule;     /* msgid: "agreed" or "default, not agreed" */
};

void dt_conflict_words(struct dt_conflict_words *out, const struct dt_notice_conflict *c);

/* A whole sentence with its parameters put in; `a` and `b` name the two notices.
 * `translate` is gettext or the like; NULL for English. Returns its length, cut at
 * capacity - 1. */
size_t dt_conflict_sentence(char *out, size_t capacity, const struct dt_notice_conflict *c,
                            const char *a, const char *b,
                            const char *(*translate)(const char *msgid));

#endif

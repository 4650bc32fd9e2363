/* SPDX-License-Identifier: ISC */
/*
 * tiers - notices told in steps, at a node: sealing ours for whom each step is, opening others'
 * as far as keys here go, giving a step to a member later, and destroying keys.
 *
 * Keys of single records lie beside the set keys, under a name made of the record's place and
 * the tier. Nothing outside node/ includes this.
 */
#ifndef DT_NODE_TIERS_H
#define DT_NODE_TIERS_H

#include "log/tier.h"
#include "node/query.h"

/* Seals a draft at the next place of our log, which *next tells: dt_seal_body(), or in tiers
 * where the draft says so; GRANTs that are needed come first. PARTS_DIFFER where the exact
 * part does not name the steps that are made from it. */
DT_MUST_USE enum dt_err dt_line_seal(struct dt_line *line, const struct dt_draft *draft,
                                     uint8_t *out, size_t capacity, size_t *size, uint64_t *next);

/* The key of that tier of a record, by whatever key is here; false if none leads to it. */
bool dt_tier_key(struct dt_line *line, uint16_t wid, uint64_t seq, struct dt_span body,
                 enum dt_tier tier, uint8_t key[static 32]);

/* What opens of a NOTICE: memory->clear gets its cells and window from the highest tier below
 * shape that does, memory->plain the exact volumes or the shape. False if it is no notice. */
struct dt_told {
    enum dt_tier tier;
    bool plain;  /* memory->plain is filled */
    bool tiered; /* it has parts beside key 30 */
};
bool dt_line_told(struct dt_line *line, uint16_t wid, uint64_t seq, struct dt_span body,
                  struct dt_side_memory *memory, struct dt_told *told);
/* Do the parts that open here fit together? DT_OK also where fewer than two do. */
DT_MUST_USE enum dt_err dt_line_parts_fit(struct dt_line *line, uint16_t wid, uint64_t seq,
                                          struct dt_span body);

/* A key of one record of another party, out of a GRANT of that party. */
DT_MUST_USE enum dt_err dt_tier_keep(struct dt_line *line, uint16_t wid, uint64_t seq,
                                     enum dt_tier tier, const uint8_t key[static 32],
                                     int64_t expiry_ms, bool shred);

/* The place that the store's name of such a key stands for. */
void dt_tier_named(const uint8_t name[static DT_KEY_ID_SIZE], uint16_t *wid, uint64_t *seq);

/* --- given later (disclose.c) -------------------------------------------------------------- */

/* What our own entry refuses of a DISCLOSED: a tier that the notice has no part for, ourselves,
 * an automatic one by a client. Other kinds pass. */
DT_MUST_USE enum dt_err dt_disclosed_entry(struct dt_line *line, const struct dt_draft *draft);
/* After the DISCLOSED at `seq` of our log: the GRANT that it speaks of. */
DT_MUST_USE enum dt_err dt_disclosed_grant(struct dt_line *line, uint64_t seq);
/* For readers whose log came since. */
DT_MUST_USE enum dt_err dt_disclosed_late(struct dt_line *line);

/* One key of ours that one installation was given. */
struct dt_given {
    uint16_t reader; /* wid */
    int64_t time_ms, expiry_ms;
    uint8_t key_id[DT_KEY_ID_SIZE];
    bool single; /* of one record: */
    uint16_t wid;
    uint64_t seq;
    unsigned tier;
};

/* All of them, in the order of our logs; the caller frees *given. */
DT_MUST_USE enum dt_err dt_line_given(struct dt_line *line, struct dt_given **given,
                                      size_t *count);

/* --- told by a rule (rule.c) ---------------------------------------------------------------- */

/* An author's rule for one notice: told by itself up to `tier`, where a released notice of
 * another member comes too close. Without one nothing is. */
struct dt_rule_told {
    enum dt_tier tier; /* EXISTENCE: no rule; never beyond the shape */
    uint64_t km2;      /* the other notice's cells cover at most that */
    uint64_t per_day;  /* of ours to one member in 24 hours, whatever rule told them */
};
DT_MUST_USE enum dt_err dt_rule_set(struct dt_line *line, uint16_t wid, uint64_t seq,
                                    const struct dt_rule_told *rule);
/* disclosure_rule: `id` of a notice of ours told in tiers, `tier`, `km2`, `per_day`. */
DT_MUST_USE enum dt_err dt_rule_request(struct dt_node *n, struct dt_span request);
/* An exact conflict was found that was not known before: remembered until dt_rules_run(). */
void dt_rule_note(struct dt_line *line, const struct dt_ref *a, const struct dt_ref *b);
/* Tells what the rules allow, alarms each time, and flags who would have had more. */
DT_MUST_USE enum dt_err dt_rules_run(struct dt_line *line, int64_t now_ms);
/* How often in the last day that member's notices would have raised more; since our start. */
uint64_t dt_rule_refused(const struct dt_line *line, unsigned member, int64_t now_ms);

/* The highest tier of a notice of ours whose set that member's installations were given. */
enum dt_tier dt_tier_of(struct dt_line *line, const struct dt_ref *own, struct dt_span body,
                        unsigned member);
/* Was that member given the exact part of a notice of ours? What is said to it by itself about such
 * a notice tells it nothing new of a place; about another it would answer what bogus notices
 * ask. */
bool dt_told_exactly(struct dt_line *line, const struct dt_ref *own, unsigned member);
/* Does that member, as far as we can tell, read all of that notice? */
bool dt_shown_whole(struct dt_line *line, const struct dt_ref *ref, unsigned member);
/* The highest tier that a key given opens of a notice; EXISTENCE: none. */
enum dt_tier dt_given_opens(const struct dt_given *given, uint16_t wid, uint64_t seq,
                            struct dt_span body);

/* --- raised, destroyed ------------------------------------------------------------------------ */

/* A RAISED that opens here: the conflict it names stands, if its officer signed. */
DT_MUST_USE enum dt_err dt_raised_take(struct dt_line *line, const struct dt_fact *fact,
                                       struct dt_span header, struct dt_span body);

/* Destroys keys of others that are to be, and are past their expiry: from the store, which is
 * then tidied, and from memory. What still counts keeps the key of its highest tier (shred.c).
 * Looks once an hour, and at the start. */
DT_MUST_USE enum dt_err dt_line_shred(struct dt_line *line, int64_t now_ms);
/* When keys are looked at next, at most once in DT_SHRED_PAUSE_MS after some were destroyed: their
 * ends are another's to choose. A clock that was put back holds nothing up. */
enum { DT_SHRED_PAUSE_MS = 60000 };

static inline int64_t dt_line_shred_at(const struct dt_line *line, int64_t now_ms)
{
    const int64_t from_ms = line->shredded_ms + DT_SHRED_PAUSE_MS;
    return line->shred_due_ms < from_ms && now_ms >= line->shredded_ms ? from_ms
                                                                       : line->shred_due_ms;
}

/* A key came that is to be destroyed then: no later look. */
static inline void dt_line_shred_by(struct dt_line *line, int64_t expiry_ms)
{
    line->shred_due_ms = expiry_ms < line->shred_due_ms ? expiry_ms : line->shred_due_ms;
}

/* Numbers of a conflict as the store keeps them (notices.c); `level` what is known of it,
 * `better_ms` since when, if less was known first. */
size_t dt_conflict_pack(uint8_t out[static DT_STORE_NUMBERS_MAX],
                        const struct dt_notice_conflict *c, int64_t better_ms);

/* disclosures: who could open what, since when (query_disclosures.c). */
void dt_query_disclosures(struct dt_object *o, struct dt_line *line, const struct dt_ref *only);
/* Members that came up against a rule, a map each. */
void dt_query_flagged(struct dt_object *o, const struct dt_line *line);

#endif

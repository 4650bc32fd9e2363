/* SPDX-License-Identifier: ISC */
/* query - what the files that answer reading requests share. */
#ifndef DT_NODE_QUERY_H
#define DT_NODE_QUERY_H

#include "node/conflicts.h"
#include "node/state.h"
#include "view/conflict.h"
#include "view/conflict_life.h"

void dt_put_text(struct dt_object *o, struct dt_span text); /* key `text`; nothing if empty */
/* What a NOTICE says, as far as it opens; `plain`: its exact part, or empty (item_notice.c). */
void dt_item_notice(struct dt_object *o, struct dt_line *line, const struct dt_fact *fact,
                    struct dt_span body, struct dt_span plain);

/* key and value of a reply map */
void dt_put_uint(struct dt_object *o, const char *key, uint64_t value);
void dt_put_int(struct dt_object *o, const char *key, int64_t value);
void dt_put_bool(struct dt_object *o, const char *key, bool value);
void dt_put_string(struct dt_object *o, const char *key, const char *value);
void dt_put_time(struct dt_object *o, const char *key, bool there, int64_t value); /* or null */
void dt_put_id(struct dt_object *o, const char *key, const struct dt_line *line, uint16_t wid,
               uint64_t seq, const uint8_t *leaf);

/* First 8 base32 letters of the line id. */
void dt_line_tag_text(char out[static 9], const struct dt_line *line);

/* A record in its log, or one that came before its place. Spans as dt_sync_host.get. */
bool dt_record_of(struct dt_line *line, uint16_t wid, uint64_t seq, struct dt_stored *out);

/* An item map left open for more keys; the caller ends it. */
void dt_query_item_open(struct dt_object *o, struct dt_line *line, uint16_t wid, uint64_t seq,
                        bool stages);

/* Keys of the records of a watch, and a message's subject (item_watch.c). */
void dt_item_watch(struct dt_object *o, const struct dt_line *line, const struct dt_fact *fact,
                   struct dt_span body);
/* Keys of BLIND and BLIND_PART; request `blind`, as dt_answer() (blind.c). */
void dt_item_blind(struct dt_object *o, const struct dt_line *line, const struct dt_fact *fact);
bool dt_query_blind(struct dt_node *n, struct dt_client_state *client, uint64_t re, const char *cmd,
                    struct dt_span request);
/* Key `fire` of a CHECK_FIRE's item: does it stand, who answered what (item_fire.c). */
void dt_query_fire(struct dt_object *o, struct dt_line *line, const struct dt_fact *fact);
/* One map for each CHECK_FIRE of a line that is not lifted. */
void dt_query_fires(struct dt_object *o, struct dt_line *line);

/* state, since, record, officer of a member, into its map (member_state.c). */
void dt_query_member_state(struct dt_object *o, struct dt_line *line, unsigned member);

/* A charter's settings of the watch, into a line's map (query_watch.c). */
void dt_query_settings(struct dt_object *o, const struct dt_charter *charter);
/* heads, again (successor.c); as dt_answer(). Keys successor, predecessor of a line's map. */
bool dt_query_succession(struct dt_node *n, struct dt_client_state *client, uint64_t re,
                         const char *cmd, struct dt_span request);
void dt_query_successor(struct dt_object *o, struct dt_line *line);

enum { DT_QUERY_LIMIT_MAX = 10000 };

/* Of a request: `otherwise`, or false, where the key is not there or no such value. */
uint64_t dt_query_uint(struct dt_span request, const char *key, uint64_t otherwise, uint64_t max);
bool dt_query_bool(struct dt_span request, const char *key);

/* `items` of `inbox` (query_inbox.c). */
void dt_query_inbox(struct dt_node *n, struct dt_object *o, const struct dt_line *only,
                    struct dt_span request);

/* `unanswered` and `not_told` (query_watch.c); the light of a party's people (human.c). */
void dt_query_awaiting(struct dt_node *n, struct dt_object *o, const struct dt_line *only);
/* Has a node of that member stored that record of ours, and when first, by its clock? */
bool dt_item_stored(struct dt_line *line, const struct dt_line_writer *own, unsigned member,
                    uint64_t seq, int64_t *time_ms);
void dt_query_human(struct dt_object *o, const struct dt_node *n,
                    const uint8_t root[static DT_PUBLIC_SIZE]);

/* Key `contacts` of a peer (query_card.c). */
void dt_query_contacts(struct dt_node *n, struct dt_object *o, const uint8_t *root);

/* Requests about notices and conflicts (query_notices.c); as dt_answer(). */
bool dt_query_notices(struct dt_node *n, struct dt_client_state *client, uint64_t re,
                      const char *cmd, struct dt_span request);
/* What is needed to compare one version; large: made once and reused, and wiped. */
struct dt_side_memory {
    struct dt_body_notice clear;
    struct dt_notice_plain plain;
    uint8_t opened[DT_SEALED_MAX];
    uint8_t body[DT_BODY_MAX];
};
/* A version as far as this node can read it; `side` points into `memory`. False if it is not
 * held (notices.c). */
bool dt_line_side(struct dt_line *line, const struct dt_life_entry *entry,
                  struct dt_side_memory *memory, struct dt_conflict_side *side);

/* A conflict as the store keeps it, and what became of it (query_conflict.c). */
struct dt_conflict_now {
    struct dt_conflict_asked asked; /* points at the two below, or at the lives given */
    struct dt_life_entry a, b;
    struct dt_conflict_life life;
    struct dt_fact *facts; /* the steps, then what acknowledges them */
    size_t step_count, count, capacity;
    enum dt_err err;
};
/* From what the store keeps; a leaf is 0 where a version is not held. */
struct dt_conflict_row dt_conflict_row_of(struct dt_line *line, const struct dt_store_conflict *c);
int64_t dt_conflict_number(const struct dt_store_conflict *c, unsigned key);
/* `lives`: of the whole line, or NULL to ask for these two only. Freed after an error too. */
DT_MUST_USE enum dt_err dt_conflict_now(struct dt_conflict_now *out, struct dt_line *line,
                                        const struct dt_conflict_row *row,
                                        const struct dt_life_entry *lives, size_t life_count);
void dt_conflict_now_free(struct dt_conflict_now *now);
/* Keys of a conflict's map: state, since, parties …, with `steps` the records. */
void dt_query_conflict_life(struct dt_object *o, struct dt_line *line,
                            const struct dt_conflict_now *now, bool steps);

/* Keys of a notice's map: how it went (array `outcomes`), and where it stands. */
void dt_query_outcomes(struct dt_object *o, struct dt_line *line, const struct dt_ref *notice);
void dt_query_life(struct dt_object *o, struct dt_line *line, const struct dt_life_entry *e);

/* A plan against all that is known: keys `conflicts`, `knowledge` … of a reply map. */
DT_MUST_USE enum dt_err dt_query_check(struct dt_object *o, struct dt_line *line,
                                       struct dt_span body, struct dt_span plain);
/* A map of one kept plan (plans.c). */
void dt_put_plan(struct dt_object *o, struct dt_node *n, const struct dt_plan_kept *plan);

/* What could be changed in a plan so that no conflict is known, as an array under `key`; the
 * same of a version held (query_suggest.c). */
DT_MUST_USE enum dt_err dt_query_suggest(struct dt_object *o, const char *key,
                                         const struct dt_line *line,
                                         const struct dt_conflict_side *side);
DT_MUST_USE enum dt_err dt_query_suggest_for(struct dt_object *o, const char *key,
                                             struct dt_line *line, const struct dt_ref *ref);
/* What the store keeps of a conflict: the key of struct dt_notice_conflict.first_ms. */
enum { DT_CONFLICT_FIRST = 10 };
/* report (query_report.c): BAD_VALUE, END_BEFORE_START … of the period asked for. */
DT_MUST_USE enum dt_err dt_query_report(struct dt_object *o, struct dt_line *line,
                                        struct dt_span request);
/* The line a request names, or the only one; NULL with an error sent. */
struct dt_line *dt_query_line(struct dt_node *n, struct dt_client_state *client, uint64_t re,
                              struct dt_span request, bool must, bool *failed);
/* prove (query_proof.c). */
void dt_query_prove(struct dt_node *n, struct dt_client_state *client, uint64_t re,
                    struct dt_line *line, uint16_t wid, uint64_t seq);
/* The proof file of one record, judged; its text to `w`. */
DT_MUST_USE enum dt_err dt_prove_record(struct dt_line *line, uint16_t wid, uint64_t seq, uint64_t size,
                                        struct dt_writer *w, size_t *cosigners);
/* prove with `case` (query_case.c). */
void dt_query_case(struct dt_node *n, struct dt_client_state *client, uint64_t re,
                   struct dt_line *line, uint16_t wid, uint64_t seq);
/* digest, rebuild (rebuild.c). */
DT_MUST_USE enum dt_err dt_line_digest(struct dt_line *line, uint8_t out[static DT_HASH_SIZE],
                                       uint64_t *facts);
DT_MUST_USE enum dt_err dt_line_rebuild(struct dt_line *line);
/* Reads an id of any line. BAD_TEXT; UNKNOWN_RECORD also for one whose check word is another
 * record's. */
DT_MUST_USE enum dt_err dt_query_find(struct dt_node *n, const char *id, struct dt_line *only,
                                      struct dt_line **line, uint16_t *wid, uint64_t *seq);

#endif

/* SPDX-License-Identifier: ISC */
/*
 * plans - own plans that nobody was told of: in memory, and in the file `plans` of the home;
 * never in a log, never on a wire. Each is compared whenever a notice came or the clock
 * changed one, and what newly comes too close to it is an alarm here until an officer has
 * looked (`plan check`).
 *
 *     desk -> [plans] -> alarm, followers
 *
 * The file is 0600 and sealed with a key made of this installation's reader key: the
 * CBOR array [1, nonce, sealed], in it [[line id, until, body, plain, [[leaf, severity, seen],
 * …]], …]. A backup does not hold it, and no other installation could open it. A plan
 * expires a day after its end; a movement, a week.
 */
#ifndef DT_NODE_PLANS_H
#define DT_NODE_PLANS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "crypto/crypto.h"

struct dt_node;
struct dt_client_state;

enum {
    DT_PLANS_MAX = 64,
    DT_PLAN_NAME_SIZE = 9,
    DT_PLAN_HITS_MAX = 64, /* the gravest are kept */
};

/* A version of another's notice that a plan comes too close to. */
struct dt_plan_hit {
    uint8_t leaf[DT_HASH_SIZE];
    unsigned severity;
    bool seen; /* an officer has looked */
};

struct dt_plan_kept {
    char name[DT_PLAN_NAME_SIZE]; /* of the hash of line, body and plain */
    uint8_t line[DT_HASH_SIZE];
    int64_t until_ms;
    uint8_t *bytes; /* owned: body, then plain */
    size_t body_size, plain_size;
    struct dt_plan_hit hits[DT_PLAN_HITS_MAX];
    size_t hit_count;
    bool tell; /* followers hear of it */
};

struct dt_plans {
    struct dt_plan_kept plan[DT_PLANS_MAX];
    size_t count;
    int64_t due_ms; /* when the first of them expires */
    bool stale;     /* something came: compare again */
};

/* The inner form of the file: strict, all lengths bounded, everything judged like a notice
 * that is to be sent. On an error nothing is held. */
DT_MUST_USE enum dt_err dt_plans_decode(struct dt_plans *plans, struct dt_span bytes);
/* *out is to be wiped and freed. */
DT_MUST_USE enum dt_err dt_plans_encode(uint8_t **out, size_t *size, const struct dt_plans *plans);
/* Wipes what is held. */
void dt_plans_clear(struct dt_plans *plans);

/* --- in the node -------------------------------------------------------------------------- */

/* At the start, lines loaded. A file that cannot be read is said and left alone; plans then
 * cannot be added. */
DT_MUST_USE enum dt_err dt_plans_load(struct dt_node *n);
void dt_plans_stop(struct dt_node *n);
/* After each pass: compares what is due, forgets what has expired, tells followers. */
void dt_plans_tick(struct dt_node *n);
/* What sounds for plans: the gravest that nobody looked at; NULL for none. */
const struct dt_plan_kept *dt_plans_alarm(const struct dt_node *n, unsigned *severity);
struct dt_object;
/* Key `plans` of status: those that come too close to what nobody has looked at. */
void dt_plans_status(struct dt_object *o, struct dt_node *n);
/* plan_add, plans, plan_check, plan_drop; as dt_answer(). */
bool dt_query_plans(struct dt_node *n, struct dt_client_state *client, uint64_t re, const char *cmd,
                    struct dt_span request);

#endif

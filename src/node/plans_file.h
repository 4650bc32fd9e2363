/* SPDX-License-Identifier: ISC */
/* plans_file - one kept plan, and the sealed file of all. Internal to plans. */
#ifndef DT_NODE_PLANS_FILE_H
#define DT_NODE_PLANS_FILE_H

#include "node/plans.h"
#include "view/matcher.h"

enum { DT_PLANS_FILE_MAX = 8 << 20 };

/* What a plan's two parts mean, and what it was compared with; large, to be wiped. */
struct dt_plan_memory {
    struct dt_body_notice clear;
    struct dt_notice_plain plain;
    struct dt_match matches[DT_PLAN_HITS_MAX];
};

struct dt_span dt_plan_body(const struct dt_plan_kept *p);
struct dt_span dt_plan_plain(const struct dt_plan_kept *p);
/* Judges both parts, names the plan, and says how long it is kept; on an error nothing is held. */
DT_MUST_USE enum dt_err dt_plan_make(struct dt_plan_kept *p, const uint8_t line[static DT_HASH_SIZE],
                                     struct dt_span body, struct dt_span plain);
DT_MUST_USE enum dt_err dt_plan_read(struct dt_plan_memory *m, const struct dt_plan_kept *p);
/* Wipes and frees. */
void dt_plan_forget(struct dt_plan_kept *p);

/* Writes all of them, or leaves the file as it was; says in the log why. */
DT_MUST_USE enum dt_err dt_plans_keep(struct dt_node *n);
/* Opens what the file holds into n->plans. */
DT_MUST_USE enum dt_err dt_plans_open(struct dt_node *n, struct dt_span file);

#endif

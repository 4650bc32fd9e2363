/* SPDX-License-Identifier: ISC */
/*
 * rules - how far apart two categories of activity must be on a line.
 *
 * The charter's rule for the pair, or the protocol's default (section 9), which is
 * never zero and always shown as "default, not agreed". Pure.
 */
#ifndef DT_VIEW_RULES_H
#define DT_VIEW_RULES_H

#include <stdbool.h>

#include "geo/conflict.h"
#include "log/charter.h"
#include "view/notice.h"

enum dt_severity { DT_SEVERITY_LOW = 1, DT_SEVERITY_HIGH, DT_SEVERITY_SEVERE };

struct dt_rule_found {
    struct dt_separation separation;
    enum dt_severity severity;
    bool agreed; /* false: "default, not agreed" */
};

/* `charter` may be NULL: defaults only. Order of the categories does not matter. */
void dt_rule_for(struct dt_rule_found *out, const struct dt_charter *charter, enum dt_category a,
                 enum dt_category b);

/* The largest separations any pair has on this line: what a search must look around. */
void dt_rule_widest(struct dt_separation *out, const struct dt_charter *charter);

const char *dt_severity_name(int64_t severity); /* "low", "high", "severe" */

#endif

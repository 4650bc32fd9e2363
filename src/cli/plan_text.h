/* SPDX-License-Identifier: ISC */
/* plan_text - the readers of plain text, and what they share (plan.h). */
#ifndef DT_CLI_PLAN_TEXT_H
#define DT_CLI_PLAN_TEXT_H

#include "cli/plan.h"

/* Places between any of the marks in `ends`, as one feature (dt_plan_drawn). */
DT_MUST_USE enum dt_err dt_plan_places(struct dt_plan *plan, json_t **properties, const char *text,
                                       const char *ends);

/* A table whose first row names the columns: our properties, and lat and lon, position, or
 * positions (several, a semicolon between). */
DT_MUST_USE enum dt_err dt_plan_read_table(struct dt_plan *plan, struct dt_span text);

/* One NOTAM as issued: the circle of its Q line, B) to C), F) and G), E) and D) as text. */
DT_MUST_USE enum dt_err dt_plan_read_notam(struct dt_plan *plan, const char *text);

/* Item D) of a NOTAM as `schedule` or `windows` of the properties, where it says hours, days or
 * dates and nothing else; false, and nothing set, where it needs more to be understood (sunrise,
 * exceptions), lies outside B) to C), or gives more than 16 windows: then all of it counts. */
bool dt_plan_notam_schedule(json_t *properties, const char *item, int64_t from_ms, int64_t until_ms);

#endif

/* SPDX-License-Identifier: ISC */
/* What our own entry refuses of a record before it is made. */
#include <stdio.h>
#include <string.h>

#include "base/utc.h"
#include "log/fields.h"
#include "node/held.h"
#include "node/state.h"

enum { CLOCK_SLACK_MS = 600000 };

/* The first of two officers signed the time: the second may come up to a day later. */
static int64_t oldest_ms(const struct dt_draft *draft, int64_t now_ms)
{
    struct dt_officer_mark mark;
    const bool two = dt_body_map(draft->body) == DT_OK &&
                     dt_body_officer(&mark, draft->body, DT_BODY_SECOND) == DT_OK;
    return now_ms - CLOCK_SLACK_MS - (two ? (int64_t)DT_HELD_HOURS * 3600000 : 0);
}

/* Who may write what: the state of the line, and a clock that is not far off. */
enum dt_err dt_enter_may(const struct dt_line *line, const struct dt_draft *draft)
{
    const int64_t now = dt_now_ms();
    if (line->state == DT_LINE_LEFT) {
        return DT_ERR_NOT_ALLOWED;
    }
    if (draft->time_ms > now + CLOCK_SLACK_MS || draft->time_ms < oldest_ms(draft, now)) {
        return DT_ERR_BAD_CLOCK;
    }
    return draft->kind == DT_KIND_OPEN || draft->kind == DT_KIND_KEY || draft->kind == DT_KIND_GRANT
               ? DT_ERR_NOT_ALLOWED /* the node's own business */
               : DT_OK;
}

/* What a copy of a home may not write; what a suspended line does not carry, said with who
 * suspended it. */
bool dt_enter_refused(struct dt_line *line, struct dt_client_state *client, uint64_t re,
                      const struct dt_draft *draft)
{
    unsigned who;
    char text[240], when[DT_UTC_SIZE];
    if (dt_line_is_copy(line) && draft->kind != DT_KIND_CHECK_FIRE) {
        dt_control_error(line->node, client, re, DT_ERR_FORK,
                         "another node goes on with this one's log: stop one of the two, then "
                         "detente --home NEW restore THIS-HOME; check-fire still passes");
        return true;
    }
    if (dt_line_carries(line, draft, &who)) {
        return false;
    }
    const struct dt_member_state *s = &dt_line_member_states(line)[who];
    dt_utc_text(when, s->since_ms);
    snprintf(text, sizeof text, "%s has %s since %s; check-fire, answers, ack, recall, lift, and send --subject "
             "distress, warning or accident pass",
             line->charter->members[who].code, s->left ? "left the line" : "suspended the line",
             when);
    dt_control_error(line->node, client, re, DT_ERR_SUSPENDED, text);
    return true;
}

/* SPDX-License-Identifier: ISC */
#include "node/blind.h"

#include <stdlib.h>
#include <string.h>

#include "base/try.h"
#include "node/query.h"
#include "view/blind_body.h"

enum { LISTED_MAX = 500 };

/* --- the caps of a day ------------------------------------------------------------------- */

/* HELLOs that count, newest first. */
struct charged {
    const struct dt_line *line;
    unsigned member, by; /* between us and this one, written by that one */
    uint64_t not_seq;    /* of the log `not_wid`: the record that asks */
    uint16_t not_wid;
    int64_t since_ms, until_ms;
    struct {
        int64_t at_ms;
        uint32_t size;
    } row[DT_BLIND_SESSIONS_MAX + 1];
    size_t count;
};

static bool charge(void *ctx, const struct dt_store_fact *row)
{
    struct charged *c = ctx;
    const struct dt_fact *f = &row->fact;
    const unsigned author = dt_wid_member(f->wid);
    const bool ours = author == c->line->me;
    const unsigned other = ours ? (unsigned)f->number[2] : author;
    if (f->time_ms <= c->since_ms) {
        return false;
    }
    if (f->err == DT_OK && f->number[0] > 0 && author == c->by && other == c->member &&
        (ours || (f->number[2] == (int64_t)c->line->me && f->time_ms <= c->until_ms)) &&
        (f->wid != c->not_wid || f->seq != c->not_seq)) {
        c->row[c->count].at_ms = f->time_ms;
        c->row[c->count++].size = (uint32_t)f->number[0];
    }
    return c->count <= DT_BLIND_SESSIONS_MAX;
}

/* Would one more list of `size`, said at `at_ms`, be within the caps? */
static enum dt_err within(struct charged *c, int64_t at_ms, uint32_t size)
{
    struct dt_store_cursor cursor = DT_STORE_NEWEST;
    struct dt_blind_budget budget;
    c->since_ms = at_ms - DT_BLIND_DAY_MS;
    c->until_ms = at_ms;
    DT_TRY(dt_store_fact_by_kind(c->line->node->store, c->line->id, DT_KIND_BLIND, &cursor, SIZE_MAX,
                                 charge, c));
    dt_blind_budget_init(&budget, DT_BLIND_DAY_MS, DT_BLIND_DAY_CELLS, DT_BLIND_DAY_HITS);
    if (c->count >= DT_BLIND_DAY_RUNS) {
        return DT_ERR_QUOTA;
    }
    for (size_t i = c->count; i-- > 0;) {
        DT_TRY(dt_blind_budget_take(&budget, c->row[i].at_ms, c->row[i].size));
    }
    return dt_blind_budget_take(&budget, at_ms, size);
}

enum dt_err dt_blind_within(struct dt_line *line, const struct dt_fact *fact, unsigned member)
{
    struct charged c = {.line = line, .member = member, .by = dt_wid_member(fact->wid),
                        .not_wid = fact->wid, .not_seq = fact->seq};
    return within(&c, fact->time_ms, (uint32_t)fact->number[0]);
}

bool dt_blind_beyond(struct dt_line *line, const struct dt_fact *fact)
{
    const unsigned member = dt_wid_member(fact->wid);
    if (fact->kind != DT_KIND_BLIND || fact->err != DT_OK || fact->code != DT_BLIND_PROPOSED ||
        member == line->me || fact->number[2] != (int64_t)line->me) {
        return false;
    }
    return dt_blind_within(line, fact, member) == DT_ERR_QUOTA;
}

/* --- requests ------------------------------------------------------------------------------- */

void dt_item_blind(struct dt_object *o, const struct dt_line *line, const struct dt_fact *fact)
{
    const bool hello = fact->number[0] > 0;
    if (fact->kind == DT_KIND_BLIND_PART) {
        dt_put_int(o, "step", fact->code);
        dt_put_int(o, "part", fact->number[0]);
        dt_put_int(o, "parts", fact->number[1]);
        return;
    }
    dt_put_string(o, "blind", dt_blind_event_name(fact->code));
    if (hello) {
        dt_put_int(o, "size", fact->number[0]);
        dt_put_int(o, "slot", fact->number[1]);
    }
    if (fact->code == DT_BLIND_REFUSED) {
        dt_put_int(o, "step", fact->number[3]);
    }
    if (fact->number[2] >= 0 && (size_t)fact->number[2] < line->charter->member_count) {
        dt_put_string(o, "member", line->charter->members[fact->number[2]].code);
    }
}

struct listed {
    struct {
        uint16_t wid;
        uint64_t seq;
    } row[LISTED_MAX];
    size_t count;
};

static bool take_row(void *ctx, const struct dt_store_fact *row)
{
    struct listed *l = ctx;
    l->row[l->count].wid = row->fact.wid;
    l->row[l->count++].seq = row->fact.seq;
    return l->count < LISTED_MAX;
}

/* What officers said of the runs of a line, newest first. */
bool dt_query_blind(struct dt_node *n, struct dt_client_state *client, uint64_t re, const char *cmd,
                    struct dt_span request)
{
    static _Thread_local struct listed listed; /* large: not for the stack */
    struct dt_store_cursor cursor = DT_STORE_NEWEST;
    struct dt_object o;
    bool failed = false;
    if (strcmp(cmd, "blind") != 0) {
        return false;
    }
    struct dt_line *line = dt_query_line(n, client, re, request, true, &failed);
    if (failed) {
        return true;
    }
    listed.count = 0;
    const enum dt_err err = dt_store_fact_by_kind(n->store, line->id, DT_KIND_BLIND, &cursor,
                                                  LISTED_MAX, take_row, &listed);
    if (err != DT_OK) {
        dt_control_error(n, client, re, err, "blind");
        return true;
    }
    dt_reply_begin(&o, re);
    dt_obj_key(&o, "items");
    dt_obj_array(&o);
    for (size_t i = 0; i < listed.count; i++) {
        dt_query_item(&o, line, listed.row[i].wid, listed.row[i].seq, false);
    }
    dt_obj_end(&o);
    dt_obj_end(&o);
    dt_control_send(n, client, &o);
    return true;
}

/* SPDX-License-Identifier: ISC */
/* What of runs of blind notices our own entry refuses (blind.h). */
#include <string.h>

#include "base/try.h"
#include "node/blind.h"
#include "view/blind_body.h"

struct said {
    const struct dt_fact *fact;
    unsigned me;
    bool found;
};

/* One answer, and one last word, of a party about a run. */
static bool said_already(void *ctx, const struct dt_store_fact *row)
{
    struct said *s = ctx;
    const struct dt_fact *f = &row->fact;
    const bool answer = s->fact->code == DT_BLIND_ANSWERED || s->fact->code == DT_BLIND_DECLINED;
    const bool same = answer ? f->code == DT_BLIND_ANSWERED || f->code == DT_BLIND_DECLINED
                             : f->code != DT_BLIND_ANSWERED;
    s->found = f->kind == DT_KIND_BLIND && f->err == DT_OK && same && dt_wid_member(f->wid) == s->me &&
               memcmp(f->target.leaf, s->fact->target.leaf, DT_HASH_SIZE) == 0;
    return !s->found;
}

static enum dt_err check_answer(struct dt_line *line, const struct dt_fact *fact)
{
    struct dt_store_fact proposal;
    if (!dt_line_fact_of(line, &fact->target, &proposal)) {
        return DT_ERR_UNKNOWN_RECORD;
    }
    const struct dt_fact *p = &proposal.fact;
    if (p->err != DT_OK || p->code != DT_BLIND_PROPOSED || p->number[2] != (int64_t)line->me) {
        return DT_ERR_WRONG_RECORD;
    }
    if (!p->officer_valid) {
        return DT_ERR_BAD_SIGNATURE; /* nobody there stands for it */
    }
    if (fact->code == DT_BLIND_DECLINED) {
        return DT_OK;
    }
    if (fact->time_ms - p->time_ms > DT_BLIND_DAY_MS) {
        return DT_ERR_EXPIRED;
    }
    return fact->number[0] == p->number[0] && fact->number[1] == p->number[1] &&
                   fact->number[2] == (int64_t)dt_wid_member(p->wid)
               ? DT_OK
               : DT_ERR_BAD_VALUE;
}

enum dt_err dt_blind_entry(struct dt_line *line, const struct dt_fact *fact)
{
    if (fact->kind != DT_KIND_BLIND) {
        return DT_OK;
    }
    if (fact->code != DT_BLIND_PROPOSED) {
        struct said said = {fact, line->me, false};
        DT_TRY(dt_store_fact_by_target(line->node->store, line->id, fact->target.wid, fact->target.seq,
                                       said_already, &said));
        if (said.found) {
            return DT_ERR_DUPLICATE;
        }
    }
    if (fact->code == DT_BLIND_ANSWERED || fact->code == DT_BLIND_DECLINED) {
        DT_TRY(check_answer(line, fact));
    }
    if (fact->number[0] == 0) {
        return DT_OK;
    }
    return dt_blind_within(line, fact, (unsigned)fact->number[2]);
}

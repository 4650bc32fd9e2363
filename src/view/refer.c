/* SPDX-License-Identifier: ISC */
/* What a record may refer to (fact.h; protocol.md section 8). */
#include <string.h>

#include "view/fact.h"

#define BIT(name) (1u << DT_KIND_##name)

/* What is acted on at a desk, and what answers it. */
#define SPOKEN                                                                                     \
    (BIT(MESSAGE) | BIT(PASSED_ON) | BIT(POSITION) | BIT(CHECK_FIRE) | BIT(FIRE_ANSWER) |          \
     BIT(RECALL) | BIT(LIFT) | BIT(NOTICE) | BIT(NOTICE_STATE) | BIT(LEAVE) | BIT(SUSPEND) |       \
     BIT(TEST) | BIT(WATCH) | BIT(ATTEMPT) | BIT(REPORTED) | BIT(CONFLICT) | BIT(OUTCOME) |        \
     BIT(BLIND) | BIT(DISCLOSED) | BIT(RAISED))

/* The kinds of this version that a kind may refer to; later ones may be acknowledged too. */
static const struct {
    unsigned kind, targets;
    bool later;
} rules[] = {
    {DT_KIND_SHOWN, SPOKEN, true},
    {DT_KIND_ACK, SPOKEN, true},
    {DT_KIND_PASSED_ON, SPOKEN & ~(BIT(PASSED_ON) | BIT(TEST) | BIT(BLIND)), true},
    {DT_KIND_POSITION, BIT(MESSAGE) | BIT(NOTICE) | BIT(NOTICE_STATE) | BIT(TEST), false},
    {DT_KIND_FIRE_ANSWER, BIT(CHECK_FIRE), false},
    {DT_KIND_RECALL, BIT(CHECK_FIRE), false},
    {DT_KIND_LIFT, BIT(CHECK_FIRE), false},
    {DT_KIND_NOTICE, BIT(NOTICE), false},
    {DT_KIND_NOTICE_STATE, BIT(NOTICE), false},
    {DT_KIND_TEST, BIT(TEST), false},
    {DT_KIND_ATTEMPT, SPOKEN, false},
    {DT_KIND_REPORTED, SPOKEN, false},
    {DT_KIND_NAMED, BIT(FIRE_ANSWER), false},
    {DT_KIND_DISCLOSED, BIT(NOTICE), false},
    {DT_KIND_CONFLICT, BIT(NOTICE), false},
    {DT_KIND_OUTCOME, BIT(NOTICE), false},
    {DT_KIND_BLIND, BIT(BLIND), false},
    {DT_KIND_BLIND_PART, BIT(BLIND), false},
};

/* A kind of this version. */
static bool known(unsigned kind)
{
#define X(name, number) BIT(name) |
    return kind < 32 && ((DT_KINDS(X) 0u) >> kind & 1u) != 0;
#undef X
}

static bool kind_fits(unsigned kind, unsigned target)
{
    for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
        if (rules[i].kind == kind) {
            return known(target) ? (rules[i].targets >> target & 1u) != 0 : rules[i].later;
        }
    }
    return true; /* a CHECK_FIRE near whatever it names still stops fire */
}

/* What stops fire, or lets it begin again, is for every officer on the line. */
static bool for_everybody(unsigned kind)
{
    return kind == DT_KIND_CHECK_FIRE || kind == DT_KIND_RECALL || kind == DT_KIND_LIFT;
}

static bool answers(unsigned kind)
{
    return kind == DT_KIND_SHOWN || kind == DT_KIND_ACK || kind == DT_KIND_PASSED_ON ||
           kind == DT_KIND_POSITION || kind == DT_KIND_OUTCOME;
}

/* How it went is said by who notified it, and by whom it was addressed to. */
static bool tells_of_own(const struct dt_fact *fact)
{
    return fact->kind == DT_KIND_OUTCOME &&
           dt_wid_member(fact->target.wid) == dt_wid_member(fact->wid);
}

/* Who did not propose a run speaks of it only if it was proposed to him. */
static bool of_a_run(const struct dt_fact *fact)
{
    return (fact->kind == DT_KIND_BLIND || fact->kind == DT_KIND_BLIND_PART) &&
           dt_wid_member(fact->wid) != dt_wid_member(fact->target.wid);
}

struct dt_members dt_fact_addressees(const struct dt_header *header)
{
    const bool told = header->kind == DT_KIND_NOTICE || header->kind == DT_KIND_NOTICE_STATE;
    struct dt_members to = {{0}};
    for (size_t i = 0; told && i < header->to_count; i++) {
        dt_members_add(&to, header->to[i]);
    }
    return to;
}

void dt_fact_void(struct dt_fact *fact, enum dt_err err)
{
    fact->err = err;
    fact->has_target = fact->target_matches = false;
    fact->target = (struct dt_ref){0};
    fact->code = 0;
    memset(fact->number, 0, sizeof fact->number);
    memset(fact->force, 0, sizeof fact->force);
    fact->officer_valid = false;
}

void dt_fact_refer(struct dt_fact *fact, const uint8_t leaf[static DT_HASH_SIZE],
                   struct dt_span header)
{
    struct dt_header h;
    if (fact->err != DT_OK || !fact->has_target ||
        memcmp(fact->target.leaf, leaf, DT_HASH_SIZE) != 0) {
        return;
    }
    const enum dt_err form = dt_header_decode(&h, header);
    if (!kind_fits(fact->kind, form == DT_OK ? h.kind : 0)) {
        dt_fact_void(fact, DT_ERR_WRONG_RECORD);
        return;
    }
    if (form == DT_OK && (answers(fact->kind) || of_a_run(fact)) && !for_everybody(h.kind) && !tells_of_own(fact) &&
        !dt_header_addresses(&h, dt_wid_member(fact->wid))) {
        dt_fact_void(fact, DT_ERR_NOT_ADDRESSED);
        return;
    }
    fact->target_matches = true;
}

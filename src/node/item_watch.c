/* SPDX-License-Identifier: ISC */
/* What records of the watch, and about conflicts and outcomes, say, as clients see it (docs/control.md). */
#include <string.h>

#include "node/query.h"
#include "view/conflict_body.h"
#include "view/watch_body.h"

static void put_member(struct dt_object *o, const struct dt_line *line, int64_t member)
{
    const struct dt_charter *c = line->charter;
    if (member >= 0 && (size_t)member < c->member_count) {
        dt_put_string(o, "member", c->members[member].code);
    }
}

static void put_watch(struct dt_object *o, const struct dt_fact *fact, struct dt_span body)
{
    static _Thread_local struct dt_body_watch watch; /* large: not for the stack */
    if (dt_body_watch_decode(&watch, body) == DT_OK) {
        dt_put_string(o, "watch", dt_watch_event_name(fact->code));
        dt_put_string(o, "desk", watch.desk);
        dt_put_time(o, "until", watch.until_ms != 0, watch.until_ms);
        dt_put_uint(o, "open_items", watch.open_count);
        dt_put_uint(o, "second", fact->second);
    }
}

static void put_words(struct dt_object *o, struct dt_span text)
{
    if (text.size > 0) {
        dt_obj_key(o, "text");
        dt_obj_text(o, text);
    }
}

static void put_reported(struct dt_object *o, const struct dt_line *line, struct dt_span body)
{
    struct dt_body_reported reported;
    if (dt_body_reported_decode(&reported, body) == DT_OK) {
        dt_put_string(o, "reported", dt_reported_name((int64_t)reported.what));
        dt_put_string(o, "means", dt_means_name((int64_t)reported.means));
        dt_put_string(o, "who", reported.who);
        dt_put_int(o, "when", reported.when_ms);
        put_member(o, line, reported.member);
        put_words(o, reported.text);
    }
}

static void put_step(struct dt_object *o, const struct dt_line *line, struct dt_span body)
{
    struct dt_body_conflict b;
    uint8_t id[DT_HASH_SIZE];
    char word[DT_CHECK_WORD_SIZE];
    if (dt_body_conflict_decode(&b, body) != DT_OK) {
        return;
    }
    dt_conflict_id(id, line->charter->id, &b.first, &b.second);
    dt_check_word(word, id);
    dt_put_string(o, "conflict", word);
    dt_put_string(o, "step", dt_conflict_step_name((int64_t)b.step));
    if (b.has_offer) {
        dt_put_id(o, "offer", line, b.offer.wid, b.offer.seq, b.offer.leaf);
    }
    put_words(o, b.text);
}

static void put_outcome(struct dt_object *o, struct dt_span body)
{
    struct dt_body_outcome b;
    if (dt_body_outcome_decode(&b, body) == DT_OK) {
        dt_put_string(o, "outcome", dt_outcome_name((int64_t)b.outcome));
        dt_put_time(o, "when", b.when_ms != 0, b.when_ms);
        if (b.minutes != 0) {
            dt_put_int(o, "minutes", b.minutes);
        }
        put_words(o, b.text);
    }
}

void dt_item_watch(struct dt_object *o, const struct dt_line *line, const struct dt_fact *fact,
                   struct dt_span body)
{
    switch (fact->kind) {
    case DT_KIND_MESSAGE:
        if (fact->code != DT_SUBJECT_NONE) {
            dt_put_string(o, "subject", dt_subject_name(fact->code));
        }
        return;
    case DT_KIND_WATCH:
        put_watch(o, fact, body);
        return;
    case DT_KIND_MISSED:
        dt_put_string(o, "missed", dt_missed_name(fact->code));
        put_member(o, line, fact->number[0]);
        dt_put_int(o, "since", fact->number[1]);
        dt_put_int(o, "in_a_row", fact->number[2]);
        return;
    case DT_KIND_ATTEMPT:
        dt_put_string(o, "attempt", dt_attempt_name(fact->code));
        put_member(o, line, fact->number[0]);
        dt_put_int(o, "deadline", fact->number[1]);
        return;
    case DT_KIND_REPORTED:
        put_reported(o, line, body);
        return;
    case DT_KIND_CONFLICT:
        put_step(o, line, body);
        return;
    case DT_KIND_OUTCOME:
        put_outcome(o, body);
        return;
    case DT_KIND_BLIND:
    case DT_KIND_BLIND_PART:
        dt_item_blind(o, line, fact);
        return;
    default:
        return;
    }
}

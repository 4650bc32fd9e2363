/* SPDX-License-Identifier: ISC */
/* Conflicts that a member that sees more has raised. */
#include <stdlib.h>
#include <string.h>

#include "log/fields.h"
#include "node/tiers.h"
#include "view/disclose.h"

/* Both notices are held, as those versions. */
static bool notices_held(struct dt_line *line, const struct dt_body_raised *b,
                         struct dt_fact facts[static 2])
{
    struct dt_store_fact a, other;
    if (!dt_line_fact_of(line, &b->a, &a) || !dt_line_fact_of(line, &b->b, &other) ||
        a.fact.kind != DT_KIND_NOTICE || other.fact.kind != DT_KIND_NOTICE) {
        return false;
    }
    facts[0] = a.fact;
    facts[1] = other.fact;
    return true;
}

static enum dt_err put(struct dt_line *line, const struct dt_body_raised *b,
                       const struct dt_fact facts[static 2])
{
    uint8_t numbers[DT_STORE_NUMBERS_MAX];
    struct dt_notice_conflict c = {.outcome = DT_PAIR_POSSIBLE, .level = DT_TIER_EXISTENCE};
    const struct dt_line_writer *wa = dt_line_writer(line, b->a.wid, false);
    const struct dt_line_writer *wb = dt_line_writer(line, b->b.wid, false);
    bool is_new = false;
    dt_rule_for(&c.rule, line->charter, (enum dt_category)facts[0].code,
                (enum dt_category)facts[1].code);
    dt_conflict_id(c.id, line->charter->id, &b->a, &b->b);
    dt_check_word(c.word, c.id);
    struct dt_store_conflict row = {.line = line->id,
                                    .a = dt_store_key_of(wa->log.id, b->a.seq),
                                    .b = dt_store_key_of(wb->log.id, b->b.seq),
                                    .severity = (int)c.rule.severity,
                                    .numbers = dt_span(numbers, dt_conflict_pack(numbers, &c, 0)),
                                    .found_ms = dt_now_ms()};
    memcpy(row.id, c.id, DT_HASH_SIZE);
    DT_TRY(dt_conflicts_load(line));
    DT_TRY(dt_node_write(line->node));
    DT_TRY(dt_store_conflict_put(line->node->store, &row, &is_new));
    if (is_new) { /* else it was seen here already, and better */
        dt_node_log(line->node, "alarm", "conflict %s severity=%d, raised by a member that sees more",
                    c.word, row.severity);
        dt_control_conflict(line, row.id);
        const struct dt_conflict_row found = dt_conflict_row_of(line, &row);
        return dt_conflicts_found(line, &found);
    }
    return DT_OK;
}

enum dt_err dt_raised_take(struct dt_line *line, const struct dt_fact *fact,
                           struct dt_span header, struct dt_span body)
{
    struct dt_body_raised b;
    struct dt_fact facts[2];
    uint8_t *memory;
    enum dt_err err = DT_OK;
    if (fact->kind != DT_KIND_RAISED || fact->err != DT_OK || fact->absent) {
        return DT_OK;
    }
    memory = malloc(DT_HEADER_MAX + DT_BODY_MAX + DT_SEALED_MAX); /* the spans may be borrowed */
    if (memory == NULL) {
        return DT_ERR_NO_MEMORY;
    }
    uint8_t *body_bytes = memory + DT_HEADER_MAX, *plain = body_bytes + DT_BODY_MAX;
    memcpy(memory, header.data, header.size);
    memcpy(body_bytes, body.data, body.size);
    const struct dt_span head = dt_span(memory, header.size), copy = dt_span(body_bytes, body.size);
    const size_t size = dt_line_open(line, fact->wid, fact->seq, copy, plain, DT_SEALED_MAX);
    if (size > 0 && dt_body_raised_decode(&b, dt_span(plain, size)) == DT_OK &&
        dt_line_officers_signed(line, fact, head, copy, dt_span(plain, size)) &&
        notices_held(line, &b, facts)) {
        err = put(line, &b, facts);
    }
    free(memory);
    return err;
}

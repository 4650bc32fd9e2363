/* SPDX-License-Identifier: ISC */
/* Notices told by their author's rule. An automatic rule is what a hostile member harvests
 * with bogus notices, so: none by default, never beyond the shape, only against a notice that
 * an officer of the other side released and that we read exactly, small, few a day, and each
 * time is an alarm. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "log/fields.h"
#include "node/tiers.h"
#include "view/disclose.h"

enum { NAME_SIZE = 64, CELL_KM2 = 125, DAY_MS = 86400000, KEY_DAYS = 7 };

static void rule_name(char out[static NAME_SIZE], const struct dt_line *line, uint16_t wid,
                      uint64_t seq)
{
    snprintf(out, NAME_SIZE, "rule/%u/%u/%llu", line->id, wid, (unsigned long long)seq);
}

enum dt_err dt_rule_set(struct dt_line *line, uint16_t wid, uint64_t seq,
                        const struct dt_rule_told *rule)
{
    uint8_t bytes[24];
    char name[NAME_SIZE];
    struct dt_writer w = dt_writer(bytes, sizeof bytes);
    rule_name(name, line, wid, seq);
    dt_write_u64(&w, (uint64_t)rule->tier);
    dt_write_u64(&w, rule->km2);
    dt_write_u64(&w, rule->per_day);
    DT_TRY(dt_node_write(line->node));
    return dt_store_meta_put(line->node->store, name, dt_written(&w));
}

static bool rule_of(struct dt_line *line, const struct dt_ref *ref, struct dt_rule_told *rule)
{
    uint8_t bytes[24];
    char name[NAME_SIZE];
    size_t size = 0;
    rule_name(name, line, ref->wid, ref->seq);
    if (dt_store_meta_get(line->node->store, name, bytes, sizeof bytes, &size) != DT_OK) {
        return false;
    }
    struct dt_reader r = dt_reader(dt_span(bytes, size));
    const uint64_t tier = dt_read_u64(&r);
    rule->km2 = dt_read_u64(&r);
    rule->per_day = dt_read_u64(&r);
    rule->tier = tier <= DT_TIER_SHAPE ? (enum dt_tier)tier : DT_TIER_EXISTENCE;
    return dt_reader_end(&r) == DT_OK && rule->tier > DT_TIER_EXISTENCE;
}

void dt_rule_note(struct dt_line *line, const struct dt_ref *a, const struct dt_ref *b)
{
    struct dt_rule_told rule;
    const bool ours = dt_wid_member(a->wid) == line->me;
    const struct dt_ref *own = ours ? a : b;
    if ((!ours && dt_wid_member(b->wid) != line->me) || !rule_of(line, own, &rule)) {
        return;
    }
    if (line->rule_pairs == NULL) {
        line->rule_pairs = calloc(1, sizeof *line->rule_pairs);
    }
    if (line->rule_pairs != NULL && line->rule_pairs->count < DT_RULE_PAIRS) {
        struct dt_ref *pair = line->rule_pairs->pair[line->rule_pairs->count++];
        pair[0] = *own;
        pair[1] = ours ? *b : *a;
    }
}

/* --- the other side's notice ------------------------------------------------------------ */

/* An officer of its party released it, we read it exactly, and it is no larger than that. */
static bool other_fits(struct dt_line *line, const struct dt_ref *ref, uint64_t km2)
{
    struct dt_store_fact row;
    struct dt_stored record;
    struct dt_side_memory *m = malloc(sizeof *m);
    uint8_t header[DT_HEADER_MAX];
    bool fits = false;
    if (m != NULL && dt_line_fact_of(line, ref, &row) && row.fact.err == DT_OK &&
        dt_record_of(line, ref->wid, ref->seq, &record) && record.body.size > 0) {
        memcpy(header, record.header.data, record.header.size);
        memcpy(m->body, record.body.data, record.body.size);
        const struct dt_span head = dt_span(header, record.header.size);
        const struct dt_span body = dt_span(m->body, record.body.size);
        const size_t size = dt_line_open(line, ref->wid, ref->seq, body, m->opened,
                                         sizeof m->opened);
        const struct dt_span plain = dt_span(m->opened, size);
        fits = size > 0 && row.fact.officer != 0 &&
               dt_line_officers_signed(line, &row.fact, head, body, plain) &&
               dt_body_notice_decode(&m->clear, body) == DT_OK &&
               dt_notice_plain_decode(&m->plain, plain, &m->clear) == DT_OK &&
               dt_notice_cells(&m->clear, &m->plain) == DT_OK &&
               m->clear.cell_count * CELL_KM2 <= km2;
    }
    if (m != NULL) {
        dt_wipe(m, sizeof *m);
    }
    free(m);
    return fits;
}

/* --- how much was told -------------------------------------------------------------------- */

struct tally {
    const struct dt_line *line;
    unsigned member;
    int64_t after_ms;
    const uint8_t *leaf; /* of the notice */
    int64_t tier;
    uint64_t day;
    bool told;
};

static bool count_told(void *ctx, const struct dt_store_fact *row)
{
    struct tally *t = ctx;
    const struct dt_fact *f = &row->fact;
    if (dt_wid_member(f->wid) != t->line->me || f->err != DT_OK ||
        f->number[0] != (int64_t)t->member) {
        return true;
    }
    t->day += f->number[2] != 0 && f->time_ms > t->after_ms;
    t->told = t->told || (f->code >= t->tier && f->number[1] > dt_now_ms() &&
                          memcmp(f->target.leaf, t->leaf, DT_HASH_SIZE) == 0);
    return true;
}

static void refuse(struct dt_line *line, unsigned member, int64_t now_ms)
{
    struct dt_rule_pairs *p = line->rule_pairs;
    if (now_ms - p->refused[member].since_ms > DAY_MS) {
        p->refused[member].since_ms = now_ms;
        p->refused[member].count = 0;
        dt_node_log(line->node, "alarm",
                    "%s flagged: its notices would raise more of ours than our rules allow",
                    line->charter->members[member].code);
    }
    p->refused[member].count++;
}

uint64_t dt_rule_refused(const struct dt_line *line, unsigned member, int64_t now_ms)
{
    const struct dt_rule_pairs *p = line->rule_pairs;
    return p != NULL && now_ms - p->refused[member].since_ms <= DAY_MS ? p->refused[member].count
                                                                        : 0;
}

static enum dt_err tell(struct dt_line *line, const struct dt_ref *own, const struct dt_ref *other,
                        enum dt_tier tier, int64_t now_ms)
{
    uint8_t body[512], leaf[DT_HASH_SIZE];
    char id[DT_RECORD_ID_SIZE];
    size_t size = 0;
    uint64_t seq = 0;
    const unsigned member = dt_wid_member(other->wid);
    const struct dt_body_disclosed d = {.notice = *own,
                                        .tier = tier,
                                        .member = member,
                                        .expiry_ms = now_ms + (int64_t)KEY_DAYS * DAY_MS,
                                        .automatic = true,
                                        .because = *own}; /* the line reads it */
    DT_TRY(dt_body_disclosed_encode(body, sizeof body, &size, &d));
    struct dt_draft draft = {.kind = DT_KIND_DISCLOSED,
                             .time_ms = now_ms,
                             .flags = dt_flags(DT_IMMEDIATE, line->charter->class_),
                             .to_count = 1,
                             .body = dt_span(body, size)};
    draft.to[0] = (uint8_t)member;
    DT_TRY(dt_line_append(line, &draft, &seq, leaf));
    dt_record_id(id, line->charter->members[line->me].code, dt_wid_number(own->wid), own->seq,
                 own->leaf);
    dt_node_log(line->node, "alarm", "told by rule: %s to %s, %s", id,
                line->charter->members[member].code, dt_tier_name((int64_t)tier));
    return dt_disclosed_grant(line, seq);
}

static enum dt_err run(struct dt_line *line, const struct dt_ref *own, const struct dt_ref *other,
                       int64_t now_ms)
{
    struct dt_rule_told rule;
    struct dt_stored record;
    struct dt_store_cursor cursor = DT_STORE_NEWEST;
    const unsigned member = dt_wid_member(other->wid);
    struct tally t = {line, member, now_ms - DAY_MS, own->leaf, 0, 0, false};
    if (!rule_of(line, own, &rule) || !dt_record_of(line, own->wid, own->seq, &record) ||
        !dt_tier_has_parts(record.body) || dt_tier_of(line, own, record.body, member) >= rule.tier) {
        return DT_OK;
    }
    t.tier = rule.tier;
    DT_TRY(dt_store_fact_by_kind(line->node->store, line->id, DT_KIND_DISCLOSED, &cursor, SIZE_MAX,
                                 count_told, &t));
    if (t.told) {
        return DT_OK;
    }
    if (t.day >= rule.per_day || !other_fits(line, other, rule.km2)) {
        refuse(line, member, now_ms);
        return DT_OK;
    }
    return tell(line, own, other, rule.tier, now_ms);
}

enum dt_err dt_rules_run(struct dt_line *line, int64_t now_ms)
{
    struct dt_rule_pairs *p = line->rule_pairs;
    enum dt_err err = DT_OK;
    if (p == NULL) {
        return DT_OK;
    }
    /* A copy of a home writes nothing by itself. */
    const bool may = line->state != DT_LINE_LEFT && !dt_line_is_copy(line);
    for (size_t i = 0; i < p->count && err == DT_OK && may; i++) {
        err = run(line, &p->pair[i][0], &p->pair[i][1], now_ms);
    }
    p->count = 0;
    return err;
}

/* --- the request ------------------------------------------------------------------------------ */

static uint64_t number_in(struct dt_span request, const char *key, uint64_t max)
{
    struct dt_cbor c = dt_cbor_need_text(request, key);
    return dt_cbor_uint(&c, max);
}

enum dt_err dt_rule_request(struct dt_node *n, struct dt_span request)
{
    char id[DT_RECORD_ID_SIZE] = "";
    struct dt_line *line = NULL;
    struct dt_stored record;
    uint16_t wid = 0;
    uint64_t seq = 0;
    struct dt_cbor c = dt_cbor_need_text(request, "id");
    const struct dt_span text = dt_cbor_text(&c, sizeof id - 1);
    DT_TRY(dt_cbor_error(&c));
    memcpy(id, text.data, text.size);
    DT_TRY(dt_query_find(n, id, NULL, &line, &wid, &seq));
    if (dt_wid_member(wid) != line->me) {
        return DT_ERR_NOT_ALLOWED;
    }
    const struct dt_rule_told rule = {
        .tier = (enum dt_tier)number_in(request, "tier", DT_TIER_SHAPE),
        .km2 = number_in(request, "km2", 1000000),
        .per_day = number_in(request, "per_day", 1000)};
    if (!dt_record_of(line, wid, seq, &record) || !dt_tier_has_parts(record.body)) {
        return DT_ERR_WRONG_RECORD;
    }
    return dt_rule_set(line, wid, seq, &rule);
}

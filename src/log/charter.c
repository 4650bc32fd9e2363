/* SPDX-License-Identifier: ISC */
#include "log/charter.h"

#include <string.h>

#include "base/text.h"
#include "cbor/cbor.h"
#include "log/fields.h"
#include "log/merkle.h"

static const int64_t minute = 60000;
static const unsigned default_percent[DT_ATTEMPT_STEPS] = {100, 150, 200, 250, 300, 350};

/* What a charter need not say: keys 5 to 7. */
static void watch_defaults(struct dt_charter *c)
{
    c->two_officers = 0;
    c->test_ms = minute;
    c->watch_ms = 480 * minute;
    memcpy(c->attempt_percent, default_percent, sizeof default_percent);
}

void dt_charter_defaults(struct dt_charter *c)
{
    c->ack_deadline_ms[DT_FLASH] = 3 * minute;
    c->ack_deadline_ms[DT_IMMEDIATE] = 15 * minute;
    c->ack_deadline_ms[DT_PRIORITY] = 120 * minute;
    c->ack_deadline_ms[DT_ROUTINE] = 720 * minute;
    c->stale_ms = 15 * minute;
    c->flash_budget = 6;
    c->quota_bytes = (uint64_t)1 << 30;
    watch_defaults(c);
}

int dt_charter_find_code(const struct dt_charter *c, const char *code)
{
    for (size_t i = 0; i < c->member_count; i++) {
        if (strcmp(c->members[i].code, code) == 0) {
            return (int)i;
        }
    }
    return -1;
}

int dt_charter_find_root(const struct dt_charter *c, const uint8_t root[static DT_PUBLIC_SIZE])
{
    for (size_t i = 0; i < c->member_count; i++) {
        if (memcmp(c->members[i].root, root, DT_PUBLIC_SIZE) == 0) {
            return (int)i;
        }
    }
    return -1;
}

static enum dt_err check_members(const struct dt_charter *c)
{
    for (size_t i = 0; i < c->member_count; i++) {
        const struct dt_member *m = &c->members[i];
        if (!dt_code_valid(m->code) || dt_charter_find_code(c, m->code) != (int)i ||
            dt_charter_find_root(c, m->root) != (int)i) {
            return DT_ERR_BAD_VALUE;
        }
    }
    return c->member_count >= 2 ? DT_OK : DT_ERR_BAD_VALUE;
}

static void set_id(struct dt_charter *c, struct dt_span content)
{
    dt_labelled_hash(c->id, "detente/1/line", &content, 1);
}

static enum dt_err decode_member(struct dt_cbor *c, struct dt_member *m)
{
    const struct dt_span map = dt_cbor_skip(c);
    DT_TRY(dt_cbor_error(c));
    DT_TRY(dt_field_text(map, 1, m->code, DT_CODE_MAX));
    DT_TRY(dt_field_text(map, 2, m->name, DT_TEXT_MAX));
    DT_TRY(dt_field_copy(map, 3, m->root, DT_PUBLIC_SIZE));
    struct dt_cbor forces = dt_cbor_need(map, 4);
    m->force_count = dt_cbor_array(&forces, 0, DT_FORCES_MAX);
    for (size_t i = 0; i < m->force_count; i++) {
        dt_cbor_array(&forces, 2, 2);
        DT_TRY(dt_take_text(&forces, m->forces[i].name, DT_TEXT_MAX));
        m->forces[i].relation = (enum dt_force_relation)dt_cbor_uint(&forces, 1);
    }
    return dt_cbor_error(&forces);
}

static enum dt_err decode_rules(struct dt_charter *c, struct dt_span content)
{
    struct dt_cbor r = dt_cbor_need(content, 6);
    c->rule_count = dt_cbor_array(&r, 0, DT_RULES_MAX);
    for (size_t i = 0; i < c->rule_count; i++) {
        struct dt_rule *rule = &c->rules[i];
        dt_cbor_array(&r, 6, 6);
        rule->a = (uint8_t)dt_cbor_uint(&r, DT_RULE_CATEGORIES);
        rule->b = (uint8_t)dt_cbor_uint(&r, DT_RULE_CATEGORIES);
        rule->lateral_mm = (uint32_t)dt_cbor_uint(&r, UINT32_MAX);
        rule->vertical_mm = (uint32_t)dt_cbor_uint(&r, UINT32_MAX);
        rule->temporal_ms = (int64_t)dt_cbor_uint(&r, (uint64_t)366 * 86400000);
        rule->severity = (uint8_t)dt_cbor_uint(&r, 3);
        DT_TRY(dt_cbor_error(&r));
        if (rule->a == 0 || rule->a > rule->b || rule->severity == 0) {
            return DT_ERR_BAD_VALUE;
        }
    }
    return dt_cbor_error(&r);
}

/* Setting 8: [[category, lead], …], categories ascending. */
static enum dt_err decode_leads(struct dt_charter *c, struct dt_span map)
{
    struct dt_cbor at;
    uint64_t before = 0;
    if (!dt_cbor_find(map, 8, &at)) {
        return DT_OK;
    }
    const size_t count = dt_cbor_array(&at, 1, DT_RULE_CATEGORIES);
    for (size_t i = 0; i < count; i++) {
        dt_cbor_array(&at, 2, 2);
        const uint64_t category = dt_cbor_uint(&at, DT_RULE_CATEGORIES);
        const uint64_t lead = dt_cbor_uint(&at, (uint64_t)(366 * 1440 * minute));
        DT_TRY(dt_cbor_error(&at));
        if (category <= before || lead == 0) {
            return DT_ERR_BAD_VALUE;
        }
        c->lead_ms[category] = (int64_t)lead;
        before = category;
    }
    return dt_cbor_error(&at);
}

static enum dt_err decode_watch_settings(struct dt_charter *c, struct dt_span map)
{
    struct dt_cbor at;
    watch_defaults(c);
    if (dt_cbor_find(map, 5, &at)) {
        c->two_officers = (unsigned)dt_cbor_uint(&at, DT_TWO_FOR_ALL);
        DT_TRY(dt_cbor_error(&at));
    }
    if (dt_cbor_find(map, 6, &at)) {
        dt_cbor_array(&at, 2, 2);
        c->test_ms = (int64_t)dt_cbor_uint(&at, (uint64_t)(1440 * minute));
        c->watch_ms = (int64_t)dt_cbor_uint(&at, (uint64_t)(7 * 1440 * minute));
        DT_TRY(dt_cbor_error(&at));
        if (c->test_ms < 1000 || c->watch_ms < minute) {
            return DT_ERR_BAD_VALUE;
        }
    }
    if (dt_cbor_find(map, 7, &at)) {
        dt_cbor_array(&at, DT_ATTEMPT_STEPS, DT_ATTEMPT_STEPS);
        for (size_t i = 0; i < DT_ATTEMPT_STEPS; i++) {
            c->attempt_percent[i] = (unsigned)dt_cbor_uint(&at, 10000);
            DT_TRY(dt_cbor_error(&at));
            if (i > 0 && c->attempt_percent[i] < c->attempt_percent[i - 1]) {
                return DT_ERR_BAD_VALUE;
            }
        }
    }
    return decode_leads(c, map);
}

static enum dt_err decode_settings(struct dt_charter *c, struct dt_span content)
{
    struct dt_cbor at = dt_cbor_need(content, 7);
    const struct dt_span map = dt_cbor_skip(&at);
    DT_TRY(dt_cbor_error(&at));
    struct dt_cbor d = dt_cbor_need(map, 1);
    dt_cbor_array(&d, 4, 4);
    for (int p = DT_FLASH; p >= DT_ROUTINE; p--) {
        c->ack_deadline_ms[p] = (int64_t)dt_cbor_uint(&d, (uint64_t)366 * 86400000);
    }
    DT_TRY(dt_cbor_error(&d));
    uint64_t value = 0;
    DT_TRY(dt_field_uint(map, 2, 1000, (uint64_t)366 * 86400000, &value));
    c->stale_ms = (int64_t)value;
    DT_TRY(dt_field_uint(map, 3, 0, 1000000, &value));
    c->flash_budget = (unsigned)value;
    DT_TRY(dt_field_uint(map, 4, 65536, INT64_MAX, &c->quota_bytes));
    return decode_watch_settings(c, map);
}

/* Keys 8 and 9: the line that this one follows, and how far its logs had come. */
static enum dt_err decode_predecessor(struct dt_charter *c, struct dt_span content)
{
    struct dt_cbor at;
    c->has_predecessor = dt_cbor_find(content, 8, &at);
    if (c->has_predecessor) {
        DT_TRY(dt_field_copy(content, 8, c->predecessor, DT_HASH_SIZE));
    }
    if (!dt_cbor_find(content, 9, &at)) {
        return DT_OK;
    }
    c->head_count = dt_cbor_array(&at, 1, DT_HEADS_MAX);
    for (size_t i = 0; i < c->head_count; i++) {
        struct dt_seen *head = &c->heads[i];
        dt_cbor_array(&at, 3, 3);
        head->wid = (uint16_t)dt_cbor_uint(&at, DT_WIDS_MAX - 1);
        head->size = dt_cbor_uint(&at, DT_TREE_SIZE_MAX);
        const struct dt_span root = dt_cbor_bytes(&at, DT_HASH_SIZE, DT_HASH_SIZE);
        DT_TRY(dt_cbor_error(&at));
        memcpy(head->root, root.data, DT_HASH_SIZE);
        if (head->size == 0 || (i > 0 && head->wid <= c->heads[i - 1].wid)) {
            return DT_ERR_BAD_VALUE;
        }
    }
    DT_TRY(dt_cbor_error(&at));
    return c->has_predecessor ? DT_OK : DT_ERR_BAD_VALUE;
}

enum dt_err dt_charter_decode(struct dt_charter *c, struct dt_span content)
{
    memset(c, 0, sizeof *c);
    DT_TRY(dt_cbor_check(content));
    uint64_t value = 0;
    DT_TRY(dt_field_uint(content, 1, 0, UINT64_MAX, &value));
    if (value != DT_SUITE) {
        return DT_ERR_UNKNOWN_SUITE;
    }
    DT_TRY(dt_field_copy(content, 2, c->nonce, DT_NONCE_SIZE));
    DT_TRY(dt_field_text(content, 3, c->title, DT_TEXT_MAX));
    DT_TRY(dt_field_uint(content, 4, 0, DT_EXERCISE, &value));
    c->class_ = (enum dt_class)value;
    struct dt_cbor members = dt_cbor_need(content, 5);
    c->member_count = dt_cbor_array(&members, 2, DT_MEMBERS_MAX);
    DT_TRY(dt_cbor_error(&members));
    for (size_t i = 0; i < c->member_count; i++) {
        DT_TRY(decode_member(&members, &c->members[i]));
    }
    DT_TRY(check_members(c));
    DT_TRY(decode_rules(c, content));
    DT_TRY(decode_settings(c, content));
    DT_TRY(decode_predecessor(c, content));
    set_id(c, content);
    return DT_OK;
}

static void put_member(struct dt_writer *w, const struct dt_member *m)
{
    dt_cbor_put_map(w, 4);
    dt_cbor_put_uint(w, 1);
    dt_cbor_put_string(w, m->code);
    dt_cbor_put_uint(w, 2);
    dt_cbor_put_string(w, m->name);
    dt_cbor_put_uint(w, 3);
    dt_cbor_put_bytes(w, dt_span(m->root, DT_PUBLIC_SIZE));
    dt_cbor_put_uint(w, 4);
    dt_cbor_put_array(w, m->force_count);
    for (size_t i = 0; i < m->force_count; i++) {
        dt_cbor_put_array(w, 2);
        dt_cbor_put_string(w, m->forces[i].name);
        dt_cbor_put_uint(w, m->forces[i].relation);
    }
}

static void put_rule(struct dt_writer *w, const struct dt_rule *rule)
{
    dt_cbor_put_array(w, 6);
    dt_cbor_put_uint(w, rule->a);
    dt_cbor_put_uint(w, rule->b);
    dt_cbor_put_uint(w, rule->lateral_mm);
    dt_cbor_put_uint(w, rule->vertical_mm);
    dt_cbor_put_uint(w, (uint64_t)rule->temporal_ms);
    dt_cbor_put_uint(w, rule->severity);
}

static size_t lead_count(const struct dt_charter *c)
{
    size_t count = 0;
    for (size_t i = 1; i <= DT_RULE_CATEGORIES; i++) {
        count += c->lead_ms[i] > 0;
    }
    return count;
}

static void put_watch_settings(struct dt_writer *w, const struct dt_charter *c, bool periods,
                               bool percent)
{
    if (c->two_officers != 0) {
        dt_cbor_put_uint(w, 5);
        dt_cbor_put_uint(w, c->two_officers);
    }
    if (periods) {
        dt_cbor_put_uint(w, 6);
        dt_cbor_put_array(w, 2);
        dt_cbor_put_uint(w, (uint64_t)c->test_ms);
        dt_cbor_put_uint(w, (uint64_t)c->watch_ms);
    }
    if (percent) {
        dt_cbor_put_uint(w, 7);
        dt_cbor_put_array(w, DT_ATTEMPT_STEPS);
        for (size_t i = 0; i < DT_ATTEMPT_STEPS; i++) {
            dt_cbor_put_uint(w, c->attempt_percent[i]);
        }
    }
    const size_t leads = lead_count(c);
    if (leads > 0) {
        dt_cbor_put_uint(w, 8);
        dt_cbor_put_array(w, leads);
    }
    for (unsigned i = 1; i <= DT_RULE_CATEGORIES; i++) {
        if (c->lead_ms[i] > 0) {
            dt_cbor_put_array(w, 2);
            dt_cbor_put_uint(w, i);
            dt_cbor_put_uint(w, (uint64_t)c->lead_ms[i]);
        }
    }
}

/* Settings 5 to 8 are written only where they are not the default. */
static void put_settings(struct dt_writer *w, const struct dt_charter *c)
{
    const bool periods = c->test_ms != minute || c->watch_ms != 480 * minute;
    const bool percent = memcmp(c->attempt_percent, default_percent, sizeof default_percent) != 0;
    dt_cbor_put_map(w, 4u + (c->two_officers != 0) + periods + percent + (lead_count(c) > 0));
    dt_cbor_put_uint(w, 1);
    dt_cbor_put_array(w, 4);
    for (int p = DT_FLASH; p >= DT_ROUTINE; p--) {
        dt_cbor_put_uint(w, (uint64_t)c->ack_deadline_ms[p]);
    }
    dt_cbor_put_uint(w, 2);
    dt_cbor_put_uint(w, (uint64_t)c->stale_ms);
    dt_cbor_put_uint(w, 3);
    dt_cbor_put_uint(w, c->flash_budget);
    dt_cbor_put_uint(w, 4);
    dt_cbor_put_uint(w, c->quota_bytes);
    put_watch_settings(w, c, periods, percent);
}

static enum dt_err check_counts(const struct dt_charter *c)
{
    bool fits = c->member_count <= DT_MEMBERS_MAX && c->rule_count <= DT_RULES_MAX &&
                c->head_count <= DT_HEADS_MAX;
    for (size_t i = 0; fits && i < c->member_count; i++) {
        fits = c->members[i].force_count <= DT_FORCES_MAX;
    }
    return fits ? DT_OK : DT_ERR_BAD_VALUE;
}

enum dt_err dt_charter_encode(uint8_t *out, size_t capacity, size_t *size, struct dt_charter *c)
{
    DT_TRY(check_counts(c));
    struct dt_writer w = dt_writer(out, capacity);
    dt_cbor_put_map(&w, 7u + c->has_predecessor + (c->head_count > 0));
    dt_cbor_put_uint(&w, 1);
    dt_cbor_put_uint(&w, DT_SUITE);
    dt_cbor_put_uint(&w, 2);
    dt_cbor_put_bytes(&w, dt_span(c->nonce, DT_NONCE_SIZE));
    dt_cbor_put_uint(&w, 3);
    dt_cbor_put_string(&w, c->title);
    dt_cbor_put_uint(&w, 4);
    dt_cbor_put_uint(&w, c->class_);
    dt_cbor_put_uint(&w, 5);
    dt_cbor_put_array(&w, c->member_count);
    for (size_t i = 0; i < c->member_count; i++) {
        put_member(&w, &c->members[i]);
    }
    dt_cbor_put_uint(&w, 6);
    dt_cbor_put_array(&w, c->rule_count);
    for (size_t i = 0; i < c->rule_count; i++) {
        put_rule(&w, &c->rules[i]);
    }
    dt_cbor_put_uint(&w, 7);
    put_settings(&w, c);
    if (c->has_predecessor) {
        dt_cbor_put_uint(&w, 8);
        dt_cbor_put_bytes(&w, dt_span(c->predecessor, DT_HASH_SIZE));
    }
    if (c->head_count > 0) {
        dt_cbor_put_uint(&w, 9);
        dt_cbor_put_array(&w, c->head_count);
    }
    for (size_t i = 0; i < c->head_count; i++) {
        dt_cbor_put_array(&w, 3);
        dt_cbor_put_uint(&w, c->heads[i].wid);
        dt_cbor_put_uint(&w, c->heads[i].size);
        dt_cbor_put_bytes(&w, dt_span(c->heads[i].root, DT_HASH_SIZE));
    }
    if (w.overflowed || w.size > DT_STATEMENT_MAX - 128) {
        return DT_ERR_TOO_LARGE;
    }
    struct dt_charter read; /* nobody proposes a charter that members would refuse */
    DT_TRY(dt_charter_decode(&read, dt_written(&w)));
    memcpy(c->id, read.id, DT_HASH_SIZE);
    *size = w.size;
    return DT_OK;
}

enum dt_err dt_charter_from_statement(struct dt_charter *c, const struct dt_statement *s)
{
    if (s->type != DT_STATEMENT_CHARTER) {
        return DT_ERR_BAD_TYPE;
    }
    DT_TRY(dt_charter_decode(c, s->content));
    return dt_charter_find_root(c, s->signer) >= 0 ? DT_OK : DT_ERR_UNKNOWN_PARTY;
}

/* SPDX-License-Identifier: ISC */
/* Which notices count, and what they come too close to. */
#include <stdlib.h>
#include <string.h>

#include "log/fields.h"
#include "node/state.h"

enum { MATCHES_MAX = 256 };

struct gathered {
    struct dt_fact *facts;
    size_t count, capacity;
    enum dt_err err;
};

static bool gather(void *ctx, const struct dt_store_fact *row)
{
    struct gathered *g = ctx;
    if (g->count == g->capacity) {
        const size_t capacity = g->capacity > 0 ? 2 * g->capacity : 64;
        struct dt_fact *facts = realloc(g->facts, capacity * sizeof *facts);
        if (facts == NULL) {
            g->err = DT_ERR_NO_MEMORY;
            return false;
        }
        g->facts = facts;
        g->capacity = capacity;
    }
    g->facts[g->count++] = row->fact;
    return true;
}

/* NOTICE and NOTICE_STATE facts, and what acknowledges them. */
enum dt_err dt_line_lives(struct dt_line *line, int64_t now_ms, struct dt_fact **facts,
                          size_t *fact_count, struct dt_life_entry **entries, size_t *entry_count)
{
    static const unsigned kinds[2] = {DT_KIND_NOTICE, DT_KIND_NOTICE_STATE};
    struct gathered g = {0};
    enum dt_err err = DT_OK;
    for (size_t k = 0; k < 2 && err == DT_OK; k++) {
        struct dt_store_cursor cursor = DT_STORE_NEWEST;
        err = dt_store_fact_by_kind(line->node->store, line->id, kinds[k], &cursor, SIZE_MAX,
                                    gather, &g);
    }
    const size_t versions = g.count;
    for (size_t i = 0; i < versions && err == DT_OK && g.err == DT_OK; i++) {
        const uint16_t wid = g.facts[i].wid; /* the array may move below */
        const uint64_t seq = g.facts[i].seq;
        const size_t before = g.count;
        err = dt_store_fact_by_target(line->node->store, line->id, wid, seq, gather, &g);
        size_t kept = before;
        for (size_t k = before; k < g.count; k++) { /* states are there already */
            if (g.facts[k].kind == DT_KIND_ACK) {
                g.facts[kept++] = g.facts[k];
            }
        }
        g.count = kept;
    }
    err = err == DT_OK ? g.err : err;
    struct dt_life_entry *out = err == DT_OK ? calloc(versions + 1, sizeof *out) : NULL;
    size_t count = 0;
    if (err == DT_OK) {
        err = out == NULL ? DT_ERR_NO_MEMORY
                          : dt_notice_life(out, versions, &count, g.facts, g.count, now_ms);
    }
    if (err != DT_OK) {
        free(g.facts);
        free(out);
        return err;
    }
    *facts = g.facts;
    *fact_count = g.count;
    *entries = out;
    *entry_count = count;
    return DT_OK;
}

/* What is needed to compare one version; large, so it is made once and reused. */
struct side_memory {
    struct dt_body_notice clear;
    struct dt_notice_plain plain;
    uint8_t opened[DT_SEALED_MAX];
    uint8_t body[DT_BODY_MAX];
};

static bool make_side(struct dt_line *line, const struct dt_life_entry *entry,
                      struct side_memory *memory, struct dt_conflict_side *side)
{
    struct dt_store_record record;
    const struct dt_line_writer *writer = dt_line_writer(line, entry->ref.wid, false);
    if (writer == NULL ||
        dt_store_record_get(line->node->store, writer->log.id, entry->ref.seq, &record) != DT_OK ||
        record.body.size > sizeof memory->body) {
        return false;
    }
    memcpy(memory->body, record.body.data, record.body.size);
    const struct dt_span body = dt_span(memory->body, record.body.size);
    if (dt_body_notice_decode(&memory->clear, body) != DT_OK) {
        return false;
    }
    const size_t size = dt_line_open(line, entry->ref.wid, entry->ref.seq, body, memory->opened,
                                     sizeof memory->opened);
    const bool readable =
        size > 0 && dt_notice_plain_decode(&memory->plain, dt_span(memory->opened, size),
                                           &memory->clear) == DT_OK;
    *side = (struct dt_conflict_side){dt_wid_member(entry->ref.wid), entry->ref, &memory->clear,
                                      readable ? &memory->plain : NULL, entry->arrived,
                                      entry->end_ms, entry->extension_ms};
    return true;
}

/* Numbers of a conflict as the store keeps them. */
static size_t pack(uint8_t out[static DT_STORE_NUMBERS_MAX], const struct dt_notice_conflict *c)
{
    struct dt_writer w = dt_writer(out, DT_STORE_NUMBERS_MAX);
    dt_cbor_put_map(&w, 11);
    const int64_t numbers[11] = {c->outcome == DT_PAIR_CONFLICT,
                                 c->rule.separation.lateral_mm,
                                 c->rule.separation.vertical_mm,
                                 c->rule.separation.temporal_ms,
                                 c->rule.agreed,
                                 c->between.lat_e7,
                                 c->between.lon_e7,
                                 c->when.from_ms,
                                 c->when.until_ms,
                                 c->vertical_gap_mm,
                                 c->first_ms};
    for (unsigned i = 0; i < 11; i++) {
        dt_cbor_put_uint(&w, i);
        dt_cbor_put_int(&w, numbers[i]);
    }
    return w.size;
}

static enum dt_err keep_match(struct dt_line *line, const struct dt_conflict_side *side,
                              const struct dt_match *match)
{
    uint8_t numbers[DT_STORE_NUMBERS_MAX];
    const struct dt_line_writer *a = dt_line_writer(line, side->ref.wid, false);
    const struct dt_line_writer *b = dt_line_writer(line, match->other.wid, false);
    bool is_new = false;
    if (a == NULL || b == NULL) {
        return DT_OK;
    }
    struct dt_store_conflict row = {
        .line = line->id,
        .a = dt_store_key_of(a->log.id, side->ref.seq),
        .b = dt_store_key_of(b->log.id, match->other.seq),
        .severity = (int)match->conflict.rule.severity,
        .distance_mm = match->conflict.distance_mm,
        .numbers = dt_span(numbers, pack(numbers, &match->conflict)),
        .found_ms = dt_now_ms(),
        .state = 0};
    memcpy(row.id, match->conflict.id, DT_HASH_SIZE);
    DT_TRY(dt_node_write(line->node));
    DT_TRY(dt_store_conflict_put(line->node->store, &row, &is_new));
    if (is_new) {
        dt_node_log(line->node, "alarm", "conflict %s severity=%d", match->conflict.word,
                    row.severity);
        dt_control_conflict(line, row.id);
    }
    return DT_OK;
}

static enum dt_err match_side(struct dt_line *line, const struct dt_conflict_side *side,
                              int64_t now_ms, struct dt_match *matches)
{
    struct dt_match_sum sum;
    const size_t count =
        dt_matcher_query(&line->matcher, side, now_ms, matches, MATCHES_MAX, &sum);
    for (size_t i = 0; i < count; i++) {
        if (matches[i].conflict.outcome == DT_PAIR_CONFLICT ||
            matches[i].conflict.outcome == DT_PAIR_POSSIBLE) {
            DT_TRY(keep_match(line, side, &matches[i]));
        }
    }
    return DT_OK;
}

enum dt_err dt_line_notices(struct dt_line *line, int64_t now_ms)
{
    struct dt_fact *facts = NULL;
    struct dt_life_entry *entries = NULL;
    size_t fact_count = 0, entry_count = 0;
    line->notices_stale = false;
    struct side_memory *memory = malloc(sizeof *memory);
    struct dt_match *matches = malloc(MATCHES_MAX * sizeof *matches);
    enum dt_err err = memory == NULL || matches == NULL ? DT_ERR_NO_MEMORY : DT_OK;
    if (err == DT_OK) {
        err = dt_line_lives(line, now_ms, &facts, &fact_count, &entries, &entry_count);
    }
    for (size_t i = 0; i < entry_count && err == DT_OK; i++) {
        const struct dt_life_entry *entry = &entries[i];
        struct dt_conflict_side side;
        if (entry->kind != DT_KIND_NOTICE) {
            continue;
        }
        if (!entry->counts) {
            if (dt_matcher_remove(&line->matcher, &entry->ref) == DT_OK) {
                dt_node_log(line->node, "info", "notice no longer counts wid=%u seq=%llu",
                            entry->ref.wid, (unsigned long long)entry->ref.seq);
            }
            continue;
        }
        if (make_side(line, entry, memory, &side)) {
            err = match_side(line, &side, now_ms, matches);
            err = err == DT_OK ? dt_matcher_add(&line->matcher, &side) : err;
        }
    }
    free(facts);
    free(entries);
    free(memory);
    free(matches);
    return err;
}

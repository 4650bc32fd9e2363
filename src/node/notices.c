/* SPDX-License-Identifier: ISC */
/* Which notices count, and what they come too close to. */
#include <stdlib.h>
#include <string.h>

#include "log/fields.h"
#include "node/overdue.h"
#include "node/sites.h"
#include "node/tiers.h"

/* --- facts for the board ------------------------------------------------------------ */

struct listing {
    bool (*take)(void *to, const struct dt_fact *fact);
    void *to;
};

static bool pass_on(void *ctx, const struct dt_store_fact *row)
{
    const struct listing *l = ctx;
    return l->take(l->to, &row->fact);
}

static bool source_fact(void *ctx, uint16_t wid, uint64_t seq, struct dt_fact *out)
{
    struct dt_line *line = ctx;
    const struct dt_line_writer *writer = dt_line_writer(line, wid, false);
    struct dt_store_fact row;
    if (writer == NULL || seq > DT_STORE_SEQ_MAX ||
        dt_store_fact_get(line->node->store, dt_store_key_of(writer->log.id, seq), &row) !=
            DT_OK) {
        return false;
    }
    *out = row.fact;
    return true;
}

static enum dt_err source_about(void *ctx, uint16_t wid, uint64_t seq,
                                bool (*take)(void *to, const struct dt_fact *fact), void *to)
{
    struct dt_line *line = ctx;
    struct listing l = {take, to};
    return dt_store_fact_by_target(line->node->store, line->id, wid, seq, pass_on, &l);
}

struct dt_life_line dt_line_on_it(struct dt_line *line)
{
    const struct dt_member_state *states = dt_line_member_states(line);
    struct dt_life_line out = {.members = (unsigned)line->charter->member_count};
    for (unsigned m = 0; m < out.members; m++) {
        if (states[m].left) {
            dt_members_add(&out.left, m);
        }
    }
    return out;
}

/* Lives only: nothing is compared. */
static struct dt_board_source facts_of(struct dt_line *line)
{
    return (struct dt_board_source){.fact = source_fact, .about = source_about, .ctx = line,
                                    .line = dt_line_on_it(line)};
}

bool dt_line_life(struct dt_line *line, const struct dt_ref *ref, int64_t now_ms,
                  struct dt_life_entry *out)
{
    const struct dt_board_source source = facts_of(line);
    struct dt_family family;
    const enum dt_err err = dt_family_of(&family, &source, ref->wid, ref->seq, now_ms);
    const struct dt_life_entry *entry =
        err == DT_OK ? dt_life_find(family.entries, family.entry_count, ref) : NULL;
    if (entry != NULL) {
        *out = *entry;
        out->fact = NULL; /* it was the family's */
    }
    dt_family_free(&family);
    return entry != NULL;
}

struct touching {
    struct dt_line *line;
    enum dt_err err;
};

static bool touch_row(void *ctx, const struct dt_store_fact *row)
{
    struct touching *t = ctx;
    t->err = dt_board_touch(&t->line->board, row->fact.wid, row->fact.seq);
    return t->err == DT_OK;
}

static enum dt_err touch_notices(struct dt_line *line)
{
    struct touching t = {line, DT_OK};
    struct dt_store_cursor cursor = DT_STORE_NEWEST;
    line->notices_stale = true;
    DT_TRY(dt_store_fact_by_kind(line->node->store, line->id, DT_KIND_NOTICE, &cursor, SIZE_MAX,
                                 touch_row, &t));
    return t.err;
}

enum dt_err dt_line_touch(struct dt_line *line, const struct dt_fact *fact)
{
    if (fact->kind == DT_KIND_LEAVE) { /* nothing waits for that member any more */
        return touch_notices(line);
    }
    if (fact->kind != DT_KIND_NOTICE && fact->kind != DT_KIND_NOTICE_STATE &&
        fact->kind != DT_KIND_ACK) {
        return DT_OK;
    }
    line->notices_stale = true;
    if (fact->kind != DT_KIND_ACK) {
        DT_TRY(dt_board_touch(&line->board, fact->wid, fact->seq));
    }
    return fact->has_target ? dt_board_touch(&line->board, fact->target.wid, fact->target.seq)
                            : DT_OK;
}

enum dt_err dt_line_touch_all(struct dt_line *line)
{
    dt_board_clear(&line->board);
    return touch_notices(line);
}

/* --- sides ---------------------------------------------------------------------------- */

struct settling {
    struct dt_line *line;
    struct dt_side_memory *memory;
};

/* A record in its log, or one that came before its place, copied. */
static bool read_body(struct dt_line *line, const struct dt_ref *ref, struct dt_side_memory *memory,
                      struct dt_span *body)
{
    struct dt_stored record;
    if (!dt_record_of(line, ref->wid, ref->seq, &record) || record.absent ||
        record.body.size == 0) {
        return false;
    }
    memcpy(memory->body, record.body.data, record.body.size);
    *body = dt_span(memory->body, record.body.size);
    return true;
}

bool dt_line_side(struct dt_line *line, const struct dt_life_entry *entry,
                  struct dt_side_memory *memory, struct dt_conflict_side *side)
{
    struct dt_span body;
    struct dt_told told;
    if (!read_body(line, &entry->ref, memory, &body) ||
        !dt_line_told(line, entry->ref.wid, entry->ref.seq, body, memory, &told)) {
        return false;
    }
    *side = (struct dt_conflict_side){.member = dt_wid_member(entry->ref.wid),
                                      .ref = entry->ref,
                                      .clear = &memory->clear,
                                      .plain = told.plain ? &memory->plain : NULL,
                                      .arrived = entry->arrived,
                                      .end_ms = entry->end_ms,
                                      .extension_ms = entry->extension_ms,
                                      .tier = told.tier};
    return true;
}

static bool make_side(void *ctx, const struct dt_life_entry *entry, struct dt_conflict_side *side)
{
    const struct settling *s = ctx;
    dt_overdue_note(s->line, entry);
    dt_site_note(s->line, entry);
    return dt_line_side(s->line, entry, s->memory, side);
}

/* --- conflicts ------------------------------------------------------------------------ */

enum { CONFLICT_NUMBERS = 13, CONFLICT_LEVEL = 11 };

size_t dt_conflict_pack(uint8_t out[static DT_STORE_NUMBERS_MAX],
                        const struct dt_notice_conflict *c, int64_t better_ms)
{
    struct dt_writer w = dt_writer(out, DT_STORE_NUMBERS_MAX);
    dt_cbor_put_map(&w, CONFLICT_NUMBERS);
    const int64_t numbers[CONFLICT_NUMBERS] = {c->outcome == DT_PAIR_CONFLICT,
                                 c->rule.separation.lateral_mm,
                                 c->rule.separation.vertical_mm,
                                 c->rule.separation.temporal_ms,
                                 c->rule.agreed,
                                 c->between.lat_e7,
                                 c->between.lon_e7,
                                 c->when.from_ms,
                                 c->when.until_ms,
                                 c->vertical_gap_mm,
                                 c->first_ms,
                                 c->level,
                                 better_ms};
    for (unsigned i = 0; i < CONFLICT_NUMBERS; i++) {
        dt_cbor_put_uint(&w, i);
        dt_cbor_put_int(&w, numbers[i]);
    }
    return w.size;
}

struct known {
    const uint8_t *id;
    int64_t level;
};

static bool level_of(void *ctx, const struct dt_store_conflict *row)
{
    struct known *k = ctx;
    struct dt_cbor c;
    if (memcmp(row->id, k->id, DT_HASH_SIZE) == 0) {
        k->level = dt_cbor_find(row->numbers, CONFLICT_LEVEL, &c)
                       ? dt_cbor_int(&c, DT_TIER_EXISTENCE, DT_TIER_EXACT)
                       : DT_TIER_EXISTENCE;
    }
    return true;
}

/* Was less known when it was found than is now? The id is the same. */
static bool known_less(struct dt_line *line, const struct dt_store_conflict *row, int64_t level)
{
    char word[DT_CHECK_WORD_SIZE];
    struct known k = {row->id, INT64_MAX};
    dt_check_word(word, row->id);
    return dt_store_conflict_by_word(line->node->store, line->id, word, level_of, &k) == DT_OK &&
           k.level < level;
}

static enum dt_err keep_match(void *ctx, const struct dt_conflict_side *side,
                              const struct dt_match *match)
{
    const struct settling *s = ctx;
    struct dt_line *line = s->line;
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
        .numbers = dt_span(numbers, dt_conflict_pack(numbers, &match->conflict, 0)),
        .found_ms = dt_now_ms(),
        .state = 0};
    memcpy(row.id, match->conflict.id, DT_HASH_SIZE);
    DT_TRY(dt_conflicts_load(line));
    DT_TRY(dt_node_write(line->node));
    DT_TRY(dt_store_conflict_put(line->node->store, &row, &is_new));
    const bool better = !is_new && known_less(line, &row, match->conflict.level);
    if (better) {
        row.numbers = dt_span(numbers, dt_conflict_pack(numbers, &match->conflict, row.found_ms));
        DT_TRY(dt_store_conflict_better(line->node->store, &row));
    }
    if (match->conflict.level == DT_TIER_EXACT && (is_new || better)) {
        dt_rule_note(line, &side->ref, &match->other);
    }
    if (is_new || better) {
        dt_node_log(line->node, "alarm", "conflict %s severity=%d%s", match->conflict.word,
                    row.severity, better ? ", more is known of it" : "");
        dt_control_conflict(line, row.id);
        const struct dt_conflict_row found = dt_conflict_row_of(line, &row);
        return dt_conflicts_found(line, &found);
    }
    return DT_OK;
}

static bool settling_fact(void *ctx, uint16_t wid, uint64_t seq, struct dt_fact *out)
{
    return source_fact(((struct settling *)ctx)->line, wid, seq, out);
}

static enum dt_err settling_about(void *ctx, uint16_t wid, uint64_t seq,
                                  bool (*take)(void *to, const struct dt_fact *fact), void *to)
{
    return source_about(((struct settling *)ctx)->line, wid, seq, take, to);
}

enum dt_err dt_line_notices(struct dt_line *line, int64_t now_ms)
{
    struct settling s = {line, malloc(sizeof *s.memory)};
    const struct dt_board_source source = {settling_fact, settling_about, make_side, keep_match,
                                           &s, dt_line_on_it(line)};
    line->notices_stale = false;
    if (s.memory == NULL) {
        return DT_ERR_NO_MEMORY;
    }
    enum dt_err err = dt_board_settle(&line->board, &source, now_ms);
    dt_wipe(s.memory, sizeof *s.memory);
    free(s.memory);
    err = err == DT_OK ? dt_overdue_settle(line, now_ms) : err;
    return err == DT_OK ? dt_rules_run(line, now_ms) : err;
}

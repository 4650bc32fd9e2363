/* SPDX-License-Identifier: ISC */
/* Keys of others that are to be destroyed at their expiry, and what was derived with them. What
 * we sealed ourselves keeps its keys: it is for its author to prove what he said. */
#include <stdlib.h>
#include <string.h>

#include "log/fields.h"
#include "node/tiers.h"

enum { LOOK_MS = 3600000 };

struct shredding {
    struct dt_line *line;
    int64_t now_ms, next_ms;
    struct dt_store_key_name *gone; /* keys to be destroyed */
    size_t gone_count, gone_capacity;
    size_t sets; /* of them: set keys; they come first */
    struct dt_ref *notices; /* of others, that a set key to be destroyed opens */
    size_t notice_count, notice_capacity;
    uint8_t (*conflicts)[DT_HASH_SIZE];
    size_t conflict_count, conflict_capacity;
    enum dt_err err;
};

static bool add_gone(struct shredding *s, const struct dt_store_content_key *key)
{
    if (!dt_node_grow(&s->gone, s->gone_count, &s->gone_capacity, sizeof *s->gone)) {
        s->err = DT_ERR_NO_MEMORY;
        return false;
    }
    s->gone[s->gone_count++] = dt_store_key_name_of(key);
    return true;
}

static bool due(struct shredding *s, int64_t expiry_ms)
{
    if (expiry_ms > s->now_ms && expiry_ms < s->next_ms) {
        s->next_ms = expiry_ms;
    }
    return expiry_ms <= s->now_ms;
}

static bool take_set(void *ctx, const struct dt_store_content_key *key)
{
    struct shredding *s = ctx;
    const bool others = dt_wid_member(key->creator) != s->line->me;
    return !key->shred || key->single || !others || !due(s, key->expiry_ms) ||
           add_gone(s, key);
}

/* Does the version at that place still count? */
static bool counts(struct shredding *s, uint16_t wid, uint64_t seq)
{
    struct dt_stored record;
    struct dt_life_entry life;
    struct dt_ref ref = {wid, seq, {0}};
    if (!dt_record_of(s->line, wid, seq, &record)) {
        return true; /* it may come yet */
    }
    dt_leaf_hash(ref.leaf, record.header);
    return dt_line_life(s->line, &ref, s->now_ms, &life) && life.counts &&
           life.life != DT_LIFE_EXPIRED;
}

/* Of one record: given until its expiry, or kept while it counts. */
static bool take_single(void *ctx, const struct dt_store_content_key *key)
{
    struct shredding *s = ctx;
    uint16_t wid;
    uint64_t seq;
    if (!key->single || dt_wid_member(key->creator) == s->line->me) {
        return true;
    }
    dt_tier_named(key->key_id, &wid, &seq);
    const bool ends = key->shred ? due(s, key->expiry_ms) : !counts(s, wid, seq);
    return !ends || add_gone(s, key);
}

/* --- what still counts keeps its own ------------------------------------------------------- */

static bool take_notice(void *ctx, const struct dt_store_fact *row)
{
    struct shredding *s = ctx;
    if (row->fact.err != DT_OK || row->fact.absent ||
        dt_wid_member(row->fact.wid) == s->line->me) {
        return true;
    }
    if (!dt_node_grow(&s->notices, s->notice_count, &s->notice_capacity, sizeof *s->notices)) {
        s->err = DT_ERR_NO_MEMORY;
        return false;
    }
    s->notices[s->notice_count] = (struct dt_ref){row->fact.wid, row->fact.seq, {0}};
    memcpy(s->notices[s->notice_count++].leaf, row->fact.leaf, DT_HASH_SIZE);
    return true;
}

static enum dt_err keep_one(struct shredding *s, const struct dt_ref *ref)
{
    struct dt_stored record;
    struct dt_life_entry life;
    uint8_t key[32], *body;
    enum dt_err err = DT_OK;
    if (!dt_line_life(s->line, ref, s->now_ms, &life) || !life.counts ||
        life.life == DT_LIFE_EXPIRED || !dt_record_of(s->line, ref->wid, ref->seq, &record) ||
        record.body.size == 0) {
        return DT_OK;
    }
    body = malloc(record.body.size); /* what is read next may lie where this does */
    if (body == NULL) {
        return DT_ERR_NO_MEMORY;
    }
    memcpy(body, record.body.data, record.body.size);
    for (enum dt_tier tier = DT_TIER_EXACT; tier > DT_TIER_EXISTENCE; tier--) {
        if (dt_tier_key(s->line, ref->wid, ref->seq, dt_span(body, record.body.size), tier, key)) {
            err = dt_tier_keep(s->line, ref->wid, ref->seq, tier, key, 0, false);
            dt_wipe(key, sizeof key);
            break;
        }
    }
    free(body);
    return err;
}

static enum dt_err keep_counting(struct shredding *s)
{
    struct dt_store_cursor cursor = DT_STORE_NEWEST;
    DT_TRY(dt_store_fact_by_kind(s->line->node->store, s->line->id, DT_KIND_NOTICE, &cursor,
                                 SIZE_MAX, take_notice, s));
    DT_TRY(s->err);
    for (size_t i = 0; i < s->notice_count; i++) {
        DT_TRY(keep_one(s, &s->notices[i]));
    }
    return DT_OK;
}

/* --- what was derived ----------------------------------------------------------------------- */

static bool take_conflict(void *ctx, const struct dt_store_conflict *c)
{
    struct shredding *s = ctx;
    if (!dt_node_grow(&s->conflicts, s->conflict_count, &s->conflict_capacity,
                      sizeof *s->conflicts)) {
        s->err = DT_ERR_NO_MEMORY;
        return false;
    }
    memcpy(s->conflicts[s->conflict_count++], c->id, DT_HASH_SIZE);
    return true;
}

struct blanking {
    const uint8_t *id;
    struct dt_store_conflict row;
    bool found;
};

static bool find_row(void *ctx, const struct dt_store_conflict *c)
{
    struct blanking *b = ctx;
    if (memcmp(c->id, b->id, DT_HASH_SIZE) == 0) {
        b->row = *c;
        b->found = true;
    }
    return true;
}

/* A side by its log: not ours, and neither exact nor shape opens any more. */
static bool closed(struct dt_line *line, dt_store_key key)
{
    for (size_t i = 0; i < line->writer_count; i++) {
        const struct dt_line_writer *w = line->writers[i];
        struct dt_stored record;
        uint8_t opened[32];
        const uint64_t seq = dt_store_key_seq(key);
        if (w->log.id != dt_store_key_log(key)) {
            continue;
        }
        if (dt_wid_member(w->wid) == line->me || !dt_record_of(line, w->wid, seq, &record) ||
            record.body.size == 0) {
            return false;
        }
        uint8_t *body = malloc(record.body.size);
        if (body == NULL) {
            return false;
        }
        memcpy(body, record.body.data, record.body.size);
        const bool open = dt_tier_key(line, w->wid, seq, dt_span(body, record.body.size),
                                      DT_TIER_SHAPE, opened) ||
                          dt_tier_key(line, w->wid, seq, dt_span(body, record.body.size),
                                      DT_TIER_EXACT, opened);
        dt_wipe(opened, sizeof opened);
        free(body);
        return !open;
    }
    return false;
}

/* Place and distance came out of what does not open any more. */
static enum dt_err blank(struct shredding *s)
{
    struct dt_store *store = s->line->node->store;
    DT_TRY(dt_store_conflict_list(store, s->line->id, take_conflict, s));
    DT_TRY(s->err);
    for (size_t i = 0; i < s->conflict_count; i++) {
        char word[DT_CHECK_WORD_SIZE];
        uint8_t numbers[DT_STORE_NUMBERS_MAX];
        struct blanking b = {s->conflicts[i], {0}, false};
        const struct dt_notice_conflict nothing = {.level = DT_TIER_EXISTENCE};
        dt_check_word(word, s->conflicts[i]);
        DT_TRY(dt_store_conflict_by_word(store, s->line->id, word, find_row, &b));
        if (b.found && (closed(s->line, b.row.a) || closed(s->line, b.row.b))) {
            b.row.distance_mm = 0;
            b.row.numbers = dt_span(numbers, dt_conflict_pack(numbers, &nothing, 0));
            DT_TRY(dt_store_conflict_better(store, &b.row));
        }
    }
    return DT_OK;
}

/* --- all of it ----------------------------------------------------------------------------------- */

/* Looked at again is what those keys may have opened: one record, or notices of their party. */
static enum dt_err touch_gone(struct shredding *s)
{
    struct dt_board *board = &s->line->board;
    bool parties[UINT16_MAX / DT_WRITERS_MAX + 1] = {false}; /* of any wid */
    uint16_t wid;
    uint64_t seq;
    s->line->notices_stale = true;
    for (size_t i = 0; i < s->sets; i++) {
        parties[s->gone[i].party] = true;
    }
    for (size_t i = s->sets; i < s->gone_count; i++) {
        dt_tier_named(s->gone[i].id, &wid, &seq);
        DT_TRY(dt_board_touch(board, wid, seq));
    }
    for (size_t i = 0; i < s->notice_count; i++) {
        const struct dt_ref *ref = &s->notices[i];
        DT_TRY(parties[dt_wid_member(ref->wid)] ? dt_board_touch(board, ref->wid, ref->seq) : DT_OK);
    }
    return DT_OK;
}

static enum dt_err destroy(struct shredding *s)
{
    struct dt_line *line = s->line;
    DT_TRY(dt_node_write(line->node));
    if (s->sets > 0) {
        DT_TRY(keep_counting(s));
    }
    for (size_t i = 0; i < s->gone_count; i++) {
        DT_TRY(dt_store_content_key_delete(line->node->store, line->id, &s->gone[i]));
    }
    dt_wipe(line->keys, sizeof line->keys);
    line->key_next = 0;
    line->node->flush = true;
    dt_node_log(line->node, "info", "keys destroyed: %zu", s->gone_count);
    line->shredded_ms = s->now_ms;
    DT_TRY(blank(s));
    return touch_gone(s);
}

enum dt_err dt_line_shred(struct dt_line *line, int64_t now_ms)
{
    struct shredding s = {.line = line, .now_ms = now_ms, .next_ms = now_ms + LOOK_MS};
    if (now_ms < dt_line_shred_at(line, now_ms)) {
        return DT_OK;
    }
    struct dt_store *store = line->node->store;
    enum dt_err err = dt_store_content_key_list(store, line->id, take_set, &s);
    s.sets = s.gone_count;
    if (err == DT_OK && line->single_keys) {
        err = dt_store_content_key_list(store, line->id, take_single, &s);
    }
    err = err == DT_OK ? s.err : err;
    err = err == DT_OK && s.gone_count > 0 ? destroy(&s) : err;
    line->shred_due_ms = s.next_ms;
    free(s.gone);
    free(s.notices);
    free(s.conflicts);
    return err;
}

/* SPDX-License-Identifier: ISC */
#include "view/board.h"

#include <stdlib.h>
#include <string.h>

#include "log/fields.h"

void dt_board_init(struct dt_board *b, const struct dt_charter *charter)
{
    *b = (struct dt_board){0};
    dt_matcher_init(&b->matcher, charter);
}

void dt_board_free(struct dt_board *b)
{
    dt_matcher_free(&b->matcher);
    free(b->touched);
    b->touched = NULL;
    b->touched_count = b->touched_capacity = 0;
}

void dt_board_clear(struct dt_board *b)
{
    const struct dt_charter *charter = b->matcher.charter;
    dt_board_free(b);
    dt_board_init(b, charter);
}

enum dt_err dt_board_touch(struct dt_board *b, uint16_t wid, uint64_t seq)
{
    if (b->touched_count > 0) { /* records of one act follow one another */
        const struct dt_board_place *last = &b->touched[b->touched_count - 1];
        if (last->wid == wid && last->seq == seq) {
            return DT_OK;
        }
    }
    if (b->touched_count == b->touched_capacity) {
        const size_t capacity = b->touched_capacity > 0 ? 2 * b->touched_capacity : 64;
        struct dt_board_place *touched = realloc(b->touched, capacity * sizeof *touched);
        if (touched == NULL) {
            return DT_ERR_NO_MEMORY;
        }
        b->touched = touched;
        b->touched_capacity = capacity;
    }
    b->touched[b->touched_count++] = (struct dt_board_place){wid, seq, false};
    return DT_OK;
}

void dt_board_touch_closed(struct dt_board *b)
{
    dt_matcher_closed_due(&b->matcher);
}

int64_t dt_board_due(const struct dt_board *b)
{
    return b->touched_count > 0 ? INT64_MIN : dt_matcher_due(&b->matcher);
}

/* --- families ---------------------------------------------------------------------- */

void dt_family_free(struct dt_family *family)
{
    free(family->facts);
    free(family->entries);
    *family = (struct dt_family){0};
}

static bool add_fact(struct dt_family *family, const struct dt_fact *fact)
{
    if (family->fact_count == family->fact_capacity) {
        const size_t capacity = family->fact_capacity > 0 ? 2 * family->fact_capacity : 8;
        struct dt_fact *facts = realloc(family->facts, capacity * sizeof *facts);
        if (facts == NULL) {
            return false;
        }
        family->facts = facts;
        family->fact_capacity = capacity;
    }
    family->facts[family->fact_count++] = *fact;
    return true;
}

static bool is_version(const struct dt_fact *f)
{
    return f->kind == DT_KIND_NOTICE && f->err == DT_OK && !f->absent;
}

/* The version this one amends, or speaks of; false if it is not held. */
static bool step_up(const struct dt_board_source *source, struct dt_fact *at)
{
    struct dt_fact up;
    const bool there = at->has_target &&
                       source->fact(source->ctx, at->target.wid, at->target.seq, &up) &&
                       memcmp(up.leaf, at->target.leaf, DT_HASH_SIZE) == 0 && is_version(&up) &&
                       dt_wid_member(up.wid) == dt_wid_member(at->wid);
    if (there) {
        *at = up;
    }
    return there;
}

struct descent {
    struct dt_family *family;
    uint8_t leaf[DT_HASH_SIZE]; /* of the fact whose followers are taken */
    unsigned member, kind;
    enum dt_err err;
};

static bool take_follower(void *to, const struct dt_fact *f)
{
    struct descent *d = to;
    const bool own = dt_wid_member(f->wid) == d->member;
    const bool follows =
        f->err == DT_OK && f->has_target &&
        memcmp(f->target.leaf, d->leaf, DT_HASH_SIZE) == 0 &&
        (f->kind == DT_KIND_ACK ||
         (d->kind == DT_KIND_NOTICE && own && (f->kind == DT_KIND_NOTICE_STATE || is_version(f))));
    if (follows && !add_fact(d->family, f)) {
        d->err = DT_ERR_NO_MEMORY;
    }
    return d->err == DT_OK;
}

/* From the oldest version down. A reference holds a hash, so there is no way round. */
static enum dt_err gather(struct dt_family *family, const struct dt_board_source *source)
{
    for (size_t i = 0; i < family->fact_count; i++) {
        const struct dt_fact *f = &family->facts[i];
        struct descent d = {.family = family, .member = dt_wid_member(f->wid), .kind = f->kind};
        if (f->kind == DT_KIND_ACK) {
            continue;
        }
        memcpy(d.leaf, f->leaf, DT_HASH_SIZE);
        DT_TRY(source->about(source->ctx, f->wid, f->seq, take_follower, &d));
        DT_TRY(d.err);
    }
    return DT_OK;
}

enum dt_err dt_family_of(struct dt_family *out, const struct dt_board_source *source,
                         uint16_t wid, uint64_t seq, int64_t now_ms)
{
    struct dt_fact at;
    *out = (struct dt_family){0};
    if (!source->fact(source->ctx, wid, seq, &at) || at.err != DT_OK ||
        (!is_version(&at) && (at.kind != DT_KIND_NOTICE_STATE || !step_up(source, &at)))) {
        return DT_OK;
    }
    while (step_up(source, &at)) {
    }
    if (!add_fact(out, &at)) {
        return DT_ERR_NO_MEMORY;
    }
    DT_TRY(gather(out, source));
    out->entries = calloc(out->fact_count, sizeof *out->entries);
    return out->entries == NULL ? DT_ERR_NO_MEMORY
                                : dt_notice_life(out->entries, out->fact_count, &out->entry_count,
                                                 &source->line, out->facts, out->fact_count,
                                                 now_ms);
}

/* --- settling ------------------------------------------------------------------------ */

struct reporting {
    const struct dt_board_source *source;
    const struct dt_conflict_side *side;
    enum dt_err err;
};

static bool report(void *ctx, const struct dt_match *match)
{
    struct reporting *r = ctx;
    r->err = r->source->found(r->source->ctx, r->side, match);
    return r->err == DT_OK;
}

static enum dt_err settle_version(struct dt_board *b, const struct dt_board_source *source,
                                  const struct dt_life_entry *entry, int64_t now_ms)
{
    struct dt_conflict_side side;
    struct dt_match_sum sum;
    if (!entry->counts || !source->side(source->ctx, entry, &side)) {
        (void)!dt_matcher_remove(&b->matcher, &entry->ref);
        return DT_OK;
    }
    if (dt_matcher_holds(&b->matcher, &side)) {
        return DT_OK;
    }
    DT_TRY(dt_matcher_add(&b->matcher, &side, now_ms));
    struct reporting r = {source, &side, DT_OK};
    dt_matcher_each(&b->matcher, &side, now_ms, report, &r, &sum);
    return r.err;
}

static int compare_places(const void *a, const void *b)
{
    const struct dt_board_place *x = a, *y = b;
    return x->wid != y->wid ? (x->wid < y->wid ? -1 : 1) : (x->seq > y->seq) - (x->seq < y->seq);
}

struct round {
    struct dt_board *board;
    const struct dt_board_source *source;
    struct dt_board_place *places; /* ascending */
    size_t count;
    int64_t now_ms;
    enum dt_err err;
};

static bool touch_version(void *to, const struct dt_fact *f)
{
    struct round *r = to;
    if (f->kind == DT_KIND_NOTICE) {
        r->err = dt_board_touch(r->board, f->wid, f->seq);
    }
    return r->err == DT_OK;
}

/* It has become invalid, or never was a version: what amended it stands for itself. */
static enum dt_err leave_place(struct round *r, const struct dt_board_place *place)
{
    dt_matcher_remove_place(&r->board->matcher, place->wid, place->seq);
    DT_TRY(r->source->about(r->source->ctx, place->wid, place->seq, touch_version, r));
    return r->err;
}

static enum dt_err settle_place(struct round *r, struct dt_board_place *place)
{
    struct dt_family family;
    enum dt_err err = dt_family_of(&family, r->source, place->wid, place->seq, r->now_ms);
    for (size_t i = 0; i < family.entry_count && err == DT_OK; i++) {
        const struct dt_life_entry *entry = &family.entries[i];
        const struct dt_board_place key = {entry->ref.wid, entry->ref.seq, false};
        struct dt_board_place *same =
            bsearch(&key, r->places, r->count, sizeof *r->places, compare_places);
        if (same != NULL) {
            same->done = true; /* a family once */
        }
        if (entry->kind == DT_KIND_NOTICE) {
            err = settle_version(r->board, r->source, entry, r->now_ms);
        }
    }
    if (err == DT_OK && !place->done) {
        err = leave_place(r, place);
    }
    dt_family_free(&family);
    return err;
}

/* What is touched now; what that touches is for the next round. */
static enum dt_err settle_round(struct round *r)
{
    struct dt_board *b = r->board;
    size_t count = 0;
    r->places = b->touched;
    r->count = b->touched_count;
    b->touched = NULL;
    b->touched_count = b->touched_capacity = 0;
    qsort(r->places, r->count, sizeof *r->places, compare_places);
    for (size_t i = 0; i < r->count; i++) {
        if (count == 0 || compare_places(&r->places[count - 1], &r->places[i]) != 0) {
            r->places[count++] = r->places[i];
        }
    }
    r->count = count;
    for (size_t i = 0; i < r->count && r->err == DT_OK; i++) {
        if (!r->places[i].done) {
            r->err = settle_place(r, &r->places[i]);
        }
    }
    free(r->places);
    return r->err;
}

static enum dt_err touch_due(void *ctx, const struct dt_ref *ref)
{
    return dt_board_touch(ctx, ref->wid, ref->seq);
}

enum dt_err dt_board_settle(struct dt_board *b, const struct dt_board_source *source,
                            int64_t now_ms)
{
    struct round r = {.board = b, .source = source, .now_ms = now_ms};
    DT_TRY(dt_matcher_take_due(&b->matcher, now_ms, touch_due, b));
    while (b->touched_count > 0) {
        DT_TRY(settle_round(&r));
    }
    return DT_OK;
}

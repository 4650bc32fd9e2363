/* SPDX-License-Identifier: ISC */
#include "node/tiers.h"

#include <stdlib.h>
#include <string.h>

#include "log/fields.h"
#include "view/tier.h"

/* --- sealing --------------------------------------------------------------------------- */

static enum dt_err seal_whole(struct dt_line *line, const struct dt_draft *draft, uint8_t *out,
                              size_t capacity, size_t *size, uint64_t *next)
{
    const struct dt_reader_set *set = NULL;
    uint8_t record_key[32];
    DT_TRY(dt_line_set_for(line, draft, &set));
    *next = dt_line_next(line);
    const struct dt_place place = {line->charter->id, line->wid, *next};
    dt_record_key(record_key, set->key, &place);
    const enum dt_err err = dt_seal_body(out, capacity, size, draft->body, draft->plain,
                                         set->key_id, record_key, &place);
    dt_wipe(record_key, sizeof record_key);
    return err;
}

/* What is made of the exact part for those who are told less. */
struct steps {
    struct dt_body_notice clear, cells;
    struct dt_notice_plain exact, shape;
    uint8_t shape_bytes[DT_SEALED_MAX], cell_bytes[DT_BODY_MAX];
    struct dt_tier_text texts[2];
};

static enum dt_err make_steps(struct steps *s, const struct dt_draft *draft)
{
    uint8_t digest[DT_HASH_SIZE];
    size_t cell_size = 0, shape_size = 0;
    DT_TRY(dt_body_notice_decode(&s->clear, draft->body));
    DT_TRY(dt_notice_plain_decode(&s->exact, draft->plain, &s->clear));
    DT_TRY(dt_tier_shape(&s->shape, &s->exact, &s->clear));
    s->cells = s->clear;
    dt_tier_cells(&s->cells, &s->shape);
    DT_TRY(dt_tier_cells_encode(s->cell_bytes, sizeof s->cell_bytes, &cell_size, &s->cells));
    DT_TRY(dt_notice_plain_encode(s->shape_bytes, sizeof s->shape_bytes, &shape_size, &s->shape,
                                  &s->clear));
    s->texts[0].plain = dt_span(s->cell_bytes, cell_size);
    s->texts[1].plain = dt_span(s->shape_bytes, shape_size);
    dt_tier_digest(digest, s->texts[0].plain, s->texts[1].plain);
    const bool named = s->exact.has_tiers && memcmp(digest, s->exact.tiers, sizeof digest) == 0;
    return named && s->clear.cell_count == 0 ? DT_OK : DT_ERR_PARTS_DIFFER;
}

/* The set of those who are told at least that much, and ourselves. */
static enum dt_err set_of_tier(struct dt_line *line, const struct dt_draft *draft,
                               enum dt_tier tier, const struct dt_reader_set **set)
{
    uint8_t members[DT_MEMBERS_MAX];
    size_t count = 0;
    for (unsigned m = 0; m < line->charter->member_count; m++) {
        if (m == line->me || draft->tiers[m] >= (uint8_t)tier) {
            members[count++] = (uint8_t)m;
        }
    }
    return dt_line_set_of(line, draft->time_ms, true, members, count, set);
}

static enum dt_err seal_steps(struct dt_line *line, const struct dt_draft *draft, struct steps *s,
                              uint8_t *out, size_t capacity, size_t *size, uint64_t *next)
{
    const struct dt_reader_set *set = NULL;
    uint8_t key[32], key_id[DT_KEY_ID_SIZE], set_key[DT_SET_KEY_SIZE], *body;
    size_t body_size = 0;
    for (int i = 0; i < 2; i++) { /* each may write a GRANT, and move the sets */
        DT_TRY(set_of_tier(line, draft, (enum dt_tier)(DT_TIER_CELL + i), &set));
        memcpy(s->texts[i].key_id, set->key_id, DT_KEY_ID_SIZE);
        memcpy(s->texts[i].set_key, set->key, DT_SET_KEY_SIZE);
    }
    DT_TRY(set_of_tier(line, draft, DT_TIER_EXACT, &set));
    memcpy(key_id, set->key_id, sizeof key_id);
    memcpy(set_key, set->key, sizeof set_key);
    body = malloc(DT_BODY_MAX);
    if (body == NULL) {
        return DT_ERR_NO_MEMORY;
    }
    *next = dt_line_next(line);
    const struct dt_place place = {line->charter->id, line->wid, *next};
    dt_record_key(key, set_key, &place);
    enum dt_err err = dt_tier_seal(body, DT_BODY_MAX, &body_size, draft->body, s->texts, key,
                                   &place);
    if (err == DT_OK) {
        err = dt_seal_body(out, capacity, size, dt_span(body, body_size), draft->plain, key_id,
                           key, &place);
    }
    dt_wipe(key, sizeof key);
    dt_wipe(set_key, sizeof set_key);
    free(body);
    return err;
}

enum dt_err dt_line_seal(struct dt_line *line, const struct dt_draft *draft, uint8_t *out,
                         size_t capacity, size_t *size, uint64_t *next)
{
    if (dt_padded_size(draft->plain.size) == 0) {
        return DT_ERR_TOO_LARGE;
    }
    DT_TRY(dt_cbor_check(draft->body));
    if (draft->tiers == NULL) {
        return seal_whole(line, draft, out, capacity, size, next);
    }
    struct steps *s = malloc(sizeof *s);
    if (s == NULL) {
        return DT_ERR_NO_MEMORY;
    }
    enum dt_err err = draft->kind == DT_KIND_NOTICE ? make_steps(s, draft) : DT_ERR_NOT_ALLOWED;
    err = err == DT_OK ? seal_steps(line, draft, s, out, capacity, size, next) : err;
    dt_wipe(s, sizeof *s);
    free(s);
    return err;
}

/* --- keys of single records -------------------------------------------------------------- */

enum { SEQ_BITS = 50, TIER_BITS = 2 }; /* and 12 for the wid */

/* The store's name for the key of a tier of one record: its place, so that it can be found
 * again from the name. False for a record further on than any log gets. */
static bool name_of(uint8_t out[static DT_KEY_ID_SIZE], uint16_t wid, uint64_t seq,
                    enum dt_tier tier)
{
    struct dt_writer w = dt_writer(out, DT_KEY_ID_SIZE);
    dt_write_u64(&w, (uint64_t)wid << (SEQ_BITS + TIER_BITS) | (uint64_t)tier << SEQ_BITS |
                         (seq & ((UINT64_C(1) << SEQ_BITS) - 1)));
    return seq >> SEQ_BITS == 0;
}

void dt_tier_named(const uint8_t name[static DT_KEY_ID_SIZE], uint16_t *wid, uint64_t *seq)
{
    struct dt_reader r = dt_reader(dt_span(name, DT_KEY_ID_SIZE));
    const uint64_t value = dt_read_u64(&r);
    *wid = (uint16_t)(value >> (SEQ_BITS + TIER_BITS));
    *seq = value & ((UINT64_C(1) << SEQ_BITS) - 1);
}

static bool single_key(struct dt_line *line, uint16_t wid, uint64_t seq, enum dt_tier tier,
                       uint8_t key[static 32])
{
    struct dt_store_content_key held;
    struct dt_store_key_name name = {.party = (uint8_t)dt_wid_member(wid), .single = true};
    if (!line->single_keys || !name_of(name.id, wid, seq, tier) ||
        dt_store_content_key_get(line->node->store, line->id, &name, &held) != DT_OK) {
        return false;
    }
    memcpy(key, held.key, 32);
    dt_wipe(&held, sizeof held);
    return true;
}

enum dt_err dt_tier_keep(struct dt_line *line, uint16_t wid, uint64_t seq, enum dt_tier tier,
                         const uint8_t key[static 32], int64_t expiry_ms, bool shred)
{
    struct dt_store_content_key row = {
        .expiry_ms = expiry_ms, .creator = wid, .shred = shred, .single = true};
    if (!name_of(row.key_id, wid, seq, tier)) {
        return DT_OK;
    }
    memcpy(row.key, key, sizeof row.key);
    DT_TRY(dt_node_write(line->node));
    const enum dt_err err = dt_store_content_key_put(line->node->store, line->id, &row);
    dt_wipe(&row, sizeof row);
    dt_line_shred_by(line, shred ? expiry_ms : INT64_MAX);
    line->single_keys = line->single_keys || err == DT_OK;
    return err;
}

/* The key of the very tier, not by one above it. */
static bool key_of_tier(struct dt_line *line, const struct dt_place *place, struct dt_span body,
                        enum dt_tier tier, uint8_t key[static 32])
{
    struct dt_tier_part part;
    struct dt_sealed sealed;
    uint8_t set_key[DT_SET_KEY_SIZE];
    bool present = false, found = false;
    const unsigned party = dt_wid_member(place->wid);
    if (single_key(line, place->wid, place->seq, tier, key)) {
        return true;
    }
    if (tier == DT_TIER_EXACT) {
        found = dt_sealed_find(&sealed, body, &present) == DT_OK && present &&
                dt_line_key(line, party, sealed.key_id, set_key);
        if (found) {
            dt_record_key(key, set_key, place);
        }
    } else if (dt_tier_find(&part, body, tier) &&
               dt_line_key(line, party, part.key_id, set_key)) {
        found = dt_tier_unwrap(key, &part, tier, set_key, place) == DT_OK;
    }
    dt_wipe(set_key, sizeof set_key);
    return found;
}

bool dt_tier_key(struct dt_line *line, uint16_t wid, uint64_t seq, struct dt_span body,
                 enum dt_tier tier, uint8_t key[static 32])
{
    const struct dt_place place = {line->charter->id, wid, seq};
    for (enum dt_tier at = DT_TIER_EXACT; at >= tier && at > DT_TIER_EXISTENCE; at--) {
        if (key_of_tier(line, &place, body, at, key)) {
            dt_tier_key_down(key, at, tier);
            return true;
        }
    }
    return false;
}

/* --- opening ------------------------------------------------------------------------------- */

/* Text of tier cell or shape, 0 if it stays closed. */
static size_t open_part(struct dt_line *line, const struct dt_place *place, struct dt_span body,
                        enum dt_tier tier, uint8_t *out)
{
    struct dt_tier_part part;
    uint8_t key[32];
    size_t size = 0;
    if (!dt_tier_find(&part, body, tier) ||
        !dt_tier_key(line, place->wid, place->seq, body, tier, key)) {
        return 0;
    }
    const enum dt_err err = dt_tier_open(out, DT_SEALED_MAX, &size, &part, tier, key, place);
    dt_wipe(key, sizeof key);
    return err == DT_OK ? size : 0;
}

static bool take_plain(struct dt_side_memory *memory, size_t size)
{
    return size > 0 && dt_notice_plain_decode(&memory->plain, dt_span(memory->opened, size),
                                              &memory->clear) == DT_OK;
}

bool dt_line_told(struct dt_line *line, uint16_t wid, uint64_t seq, struct dt_span body,
                  struct dt_side_memory *memory, struct dt_told *told)
{
    const struct dt_place place = {line->charter->id, wid, seq};
    if (dt_body_notice_decode(&memory->clear, body) != DT_OK) {
        return false;
    }
    *told = (struct dt_told){.tiered = dt_tier_has_parts(body)};
    told->tier = memory->clear.cell_count > 0 ? DT_TIER_CELL : DT_TIER_EXISTENCE;
    if (take_plain(memory, dt_line_open(line, wid, seq, body, memory->opened, DT_SEALED_MAX))) {
        told->tier = DT_TIER_EXACT;
        told->plain = true;
        return true;
    }
    if (!told->tiered) {
        return true;
    }
    if (take_plain(memory, open_part(line, &place, body, DT_TIER_SHAPE, memory->opened))) {
        told->tier = DT_TIER_SHAPE;
        told->plain = true;
        return true;
    }
    const size_t size = open_part(line, &place, body, DT_TIER_CELL, memory->opened);
    struct dt_body_notice *cells = malloc(sizeof *cells);
    if (cells != NULL && size > 0) {
        *cells = memory->clear;
        if (dt_tier_cells_decode(cells, dt_span(memory->opened, size)) == DT_OK) {
            memory->clear = *cells;
            told->tier = DT_TIER_CELL;
        }
    }
    free(cells);
    return true;
}

/* All that opens, side by side. */
struct fitting {
    struct dt_body_notice clear, cells;
    struct dt_notice_plain exact, shape;
    uint8_t exact_bytes[DT_SEALED_MAX], shape_bytes[DT_SEALED_MAX], cell_bytes[DT_SEALED_MAX];
};

static enum dt_err fit(struct dt_line *line, const struct dt_place *place, struct dt_span body,
                       struct fitting *f)
{
    uint8_t digest[DT_HASH_SIZE];
    DT_TRY(dt_body_notice_decode(&f->clear, body));
    f->cells = f->clear;
    const struct dt_span exact = dt_span(
        f->exact_bytes,
        dt_line_open(line, place->wid, place->seq, body, f->exact_bytes, DT_SEALED_MAX));
    const struct dt_span shape =
        dt_span(f->shape_bytes, open_part(line, place, body, DT_TIER_SHAPE, f->shape_bytes));
    const struct dt_span cell =
        dt_span(f->cell_bytes, open_part(line, place, body, DT_TIER_CELL, f->cell_bytes));
    const bool reads_exact =
        exact.size > 0 && dt_notice_plain_decode(&f->exact, exact, &f->clear) == DT_OK;
    const bool reads_shape =
        shape.size > 0 && dt_notice_plain_decode(&f->shape, shape, &f->clear) == DT_OK;
    const bool reads_cells = cell.size > 0 && dt_tier_cells_decode(&f->cells, cell) == DT_OK;
    if (reads_exact) { /* who reads this reads all: what does not open is not what it says */
        dt_tier_digest(digest, cell, shape);
        if (!f->exact.has_tiers || memcmp(digest, f->exact.tiers, sizeof digest) != 0) {
            return DT_ERR_PARTS_DIFFER;
        }
    }
    return dt_tier_fits(reads_exact ? &f->exact : NULL, reads_shape ? &f->shape : NULL,
                        reads_cells ? &f->cells : NULL);
}

enum dt_err dt_line_parts_fit(struct dt_line *line, uint16_t wid, uint64_t seq,
                              struct dt_span body)
{
    const struct dt_place place = {line->charter->id, wid, seq};
    if (!dt_tier_has_parts(body)) {
        return DT_OK;
    }
    struct fitting *f = malloc(sizeof *f);
    if (f == NULL) {
        return DT_ERR_NO_MEMORY;
    }
    const enum dt_err err = fit(line, &place, body, f);
    dt_wipe(f, sizeof *f);
    free(f);
    return err;
}

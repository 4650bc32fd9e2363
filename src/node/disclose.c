/* SPDX-License-Identifier: ISC */
/* A step of a notice given to a member later: the GRANT that a DISCLOSED speaks of, and the
 * account of all keys given. */
#include <stdlib.h>
#include <string.h>

#include "log/fields.h"
#include "node/tiers.h"
#include "view/disclose.h"

/* --- the account ----------------------------------------------------------------------- */

struct account {
    struct dt_line *line;
    struct dt_given *given;
    size_t count, capacity;
    struct { /* GRANTs of ours, to be read one after another */
        uint16_t wid;
        uint64_t seq;
        int64_t time_ms;
    } *grants;
    size_t grant_count, grant_capacity;
    enum dt_err err;
};

static bool take_own(void *ctx, const struct dt_store_fact *row)
{
    struct account *a = ctx;
    const struct dt_fact *f = &row->fact;
    if (dt_wid_member(f->wid) != a->line->me || f->err != DT_OK || f->absent) {
        return true;
    }
    if (!dt_node_grow(&a->grants, a->grant_count, &a->grant_capacity, sizeof *a->grants)) {
        a->err = DT_ERR_NO_MEMORY;
        return false;
    }
    a->grants[a->grant_count].wid = f->wid;
    a->grants[a->grant_count].seq = f->seq;
    a->grants[a->grant_count++].time_ms = f->time_ms;
    return true;
}

static enum dt_err read_grant(struct account *a, size_t at)
{
    struct dt_stored record;
    struct dt_body_grant *b = malloc(sizeof *b);
    enum dt_err err = b == NULL ? DT_ERR_NO_MEMORY : DT_OK;
    if (err == DT_OK && dt_record_of(a->line, a->grants[at].wid, a->grants[at].seq, &record) &&
        dt_body_grant_decode(b, record.body) == DT_OK) {
        for (size_t i = 0; i < b->box_count && err == DT_OK; i++) {
            if (!dt_node_grow(&a->given, a->count, &a->capacity, sizeof *a->given)) {
                err = DT_ERR_NO_MEMORY;
                break;
            }
            struct dt_given *g = &a->given[a->count++];
            *g = (struct dt_given){.reader = b->boxes[i].wid,
                                   .time_ms = a->grants[at].time_ms,
                                   .expiry_ms = b->expiry_ms,
                                   .single = b->single,
                                   .wid = b->wid,
                                   .seq = b->seq,
                                   .tier = b->tier};
            memcpy(g->key_id, b->key_id, DT_KEY_ID_SIZE);
        }
    }
    free(b);
    return err;
}

enum dt_err dt_line_given(struct dt_line *line, struct dt_given **given, size_t *count)
{
    struct account a = {.line = line};
    struct dt_store_cursor cursor = DT_STORE_NEWEST;
    enum dt_err err = dt_store_fact_by_kind(line->node->store, line->id, DT_KIND_GRANT, &cursor,
                                            SIZE_MAX, take_own, &a);
    err = err == DT_OK ? a.err : err;
    for (size_t i = a.grant_count; i-- > 0 && err == DT_OK;) { /* the oldest first */
        err = read_grant(&a, i);
    }
    free(a.grants);
    if (err != DT_OK) {
        free(a.given);
        return err;
    }
    *given = a.given;
    *count = a.count;
    return DT_OK;
}

enum dt_tier dt_given_opens(const struct dt_given *given, uint16_t wid, uint64_t seq,
                            struct dt_span body)
{
    struct dt_sealed sealed;
    struct dt_tier_part part;
    bool present = false;
    if (given->single) {
        return given->wid == wid && given->seq == seq ? (enum dt_tier)given->tier
                                                      : DT_TIER_EXISTENCE;
    }
    if (dt_sealed_find(&sealed, body, &present) == DT_OK && present &&
        memcmp(sealed.key_id, given->key_id, DT_KEY_ID_SIZE) == 0) {
        return DT_TIER_EXACT;
    }
    for (enum dt_tier tier = DT_TIER_SHAPE; tier > DT_TIER_EXISTENCE; tier--) {
        if (dt_tier_find(&part, body, tier) &&
            memcmp(part.key_id, given->key_id, DT_KEY_ID_SIZE) == 0) {
            return tier;
        }
    }
    return DT_TIER_EXISTENCE;
}

enum dt_tier dt_tier_of(struct dt_line *line, const struct dt_ref *own, struct dt_span body,
                        unsigned member)
{
    struct dt_given *given = NULL;
    size_t count = 0;
    enum dt_tier best = DT_TIER_EXISTENCE;
    uint8_t *copy = malloc(body.size);
    if (copy == NULL) {
        return DT_TIER_EXACT; /* not known: nothing is told by itself */
    }
    memcpy(copy, body.data, body.size);
    if (dt_line_given(line, &given, &count) != DT_OK) {
        best = DT_TIER_EXACT;
    }
    for (size_t i = 0; i < count; i++) {
        const enum dt_tier tier =
            dt_given_opens(&given[i], own->wid, own->seq, dt_span(copy, body.size));
        if (!given[i].single && dt_wid_member(given[i].reader) == member && tier > best) {
            best = tier;
        }
    }
    free(copy);
    free(given);
    return best;
}

bool dt_told_exactly(struct dt_line *line, const struct dt_ref *own, unsigned member)
{
    struct dt_stored record;
    struct dt_given *given = NULL;
    size_t count = 0;
    bool told = false;
    uint8_t *body = malloc(DT_BODY_MAX);
    if (body == NULL || dt_line_given(line, &given, &count) != DT_OK ||
        !dt_record_of(line, own->wid, own->seq, &record) || record.body.size == 0) {
        count = 0;
    } else {
        memcpy(body, record.body.data, record.body.size);
    }
    for (size_t i = 0; i < count && !told; i++) {
        told = dt_wid_member(given[i].reader) == member &&
               dt_given_opens(&given[i], own->wid, own->seq, dt_span(body, record.body.size)) ==
                   DT_TIER_EXACT;
    }
    free(given);
    free(body);
    return told;
}

bool dt_shown_whole(struct dt_line *line, const struct dt_ref *ref, unsigned member)
{
    struct dt_stored record;
    struct dt_header h;
    if (dt_wid_member(ref->wid) == member) {
        return true;
    }
    if (dt_record_of(line, ref->wid, ref->seq, &record) && record.body.size > 0 &&
        !dt_tier_has_parts(record.body) && dt_header_decode(&h, record.header) == DT_OK &&
        (h.to_count == 0 || dt_header_addresses(&h, member))) {
        return true;
    }
    return dt_wid_member(ref->wid) == line->me && dt_told_exactly(line, ref, member);
}

/* --- the grant ----------------------------------------------------------------------------- */

static bool has_box(const struct dt_given *given, size_t count, const struct dt_body_grant *b,
                    uint16_t reader)
{
    for (size_t i = 0; i < count; i++) {
        const struct dt_given *g = &given[i];
        if (g->single && g->reader == reader && g->wid == b->wid && g->seq == b->seq &&
            g->tier >= b->tier && g->expiry_ms >= b->expiry_ms) {
            return true;
        }
    }
    return false;
}

/* The id that stands in the part of that tier. */
static bool part_key_id(uint8_t out[static DT_KEY_ID_SIZE], struct dt_span body, enum dt_tier tier)
{
    struct dt_tier_part part;
    struct dt_sealed sealed;
    bool present = false;
    if (tier == DT_TIER_EXACT) {
        present = dt_sealed_find(&sealed, body, &present) == DT_OK && present;
        memcpy(out, sealed.key_id, present ? DT_KEY_ID_SIZE : 0);
        return present;
    }
    present = dt_tier_find(&part, body, tier);
    memcpy(out, part.key_id, present ? DT_KEY_ID_SIZE : 0);
    return present;
}

static enum dt_err append_grant(struct dt_line *line, const struct dt_body_grant *b)
{
    uint8_t *body = malloc(DT_BODY_MAX), leaf[DT_HASH_SIZE];
    size_t size = 0;
    uint64_t seq = 0;
    enum dt_err err = body == NULL ? DT_ERR_NO_MEMORY
                                   : dt_body_grant_encode(body, DT_BODY_MAX, &size, b);
    if (err == DT_OK) {
        const struct dt_draft draft = {.kind = DT_KIND_GRANT,
                                       .time_ms = dt_now_ms(),
                                       .flags = dt_flags(DT_ROUTINE, line->charter->class_),
                                       .body = dt_span(body, size)};
        err = dt_line_append(line, &draft, &seq, leaf);
    }
    free(body);
    return err;
}

/* Boxes `key` for each installation of the member that has none, and whose key holds. */
static enum dt_err box_for(struct dt_line *line, struct dt_body_grant *b, unsigned member,
                           const uint8_t key[static 32], const struct dt_given *given,
                           size_t given_count)
{
    uint8_t boxes[DT_WRITERS_MAX][DT_GRANT_BOX_SIZE], ephemeral[32];
    b->box_count = 0;
    for (size_t i = 0; i < line->writer_count && b->box_count < DT_WRITERS_MAX; i++) {
        const struct dt_line_writer *w = line->writers[i];
        if (dt_wid_member(w->wid) != member || w->in_doubt ||
            has_box(given, given_count, b, w->wid)) {
            continue;
        }
        dt_random(ephemeral, sizeof ephemeral);
        if (dt_grant_box(boxes[b->box_count], key, b->key_id, line->charter->id, w->reader,
                         ephemeral) == DT_OK) {
            b->boxes[b->box_count].wid = w->wid;
            b->boxes[b->box_count].box = boxes[b->box_count];
            b->box_count++;
        }
        dt_wipe(ephemeral, sizeof ephemeral);
    }
    return b->box_count == 0 ? DT_OK /* they come later */ : append_grant(line, b);
}

static enum dt_err give(struct dt_line *line, const struct dt_body_disclosed *d)
{
    struct dt_stored record;
    uint8_t key[32];
    struct dt_given *given = NULL;
    size_t given_count = 0;
    struct dt_body_grant *b = calloc(1, sizeof *b);
    if (b == NULL) {
        return DT_ERR_NO_MEMORY;
    }
    enum dt_err err = dt_line_given(line, &given, &given_count);
    b->single = b->shredded = true;
    b->wid = d->notice.wid;
    b->seq = d->notice.seq;
    b->tier = d->tier;
    b->expiry_ms = d->expiry_ms;
    if (err == DT_OK && dt_record_of(line, d->notice.wid, d->notice.seq, &record) &&
        part_key_id(b->key_id, record.body, d->tier) &&
        dt_tier_key(line, d->notice.wid, d->notice.seq, record.body, d->tier, key)) {
        err = box_for(line, b, d->member, key, given, given_count);
        dt_wipe(key, sizeof key);
    }
    free(given);
    free(b);
    return err;
}

/* --- entry, and what follows it --------------------------------------------------------------- */

enum dt_err dt_disclosed_entry(struct dt_line *line, const struct dt_draft *draft)
{
    struct dt_body_disclosed d;
    struct dt_stored record;
    uint8_t key_id[DT_KEY_ID_SIZE];
    if (draft->kind != DT_KIND_DISCLOSED) {
        return DT_OK;
    }
    DT_TRY(dt_body_disclosed_decode(&d, draft->body));
    if (d.automatic || d.member == line->me || d.member >= line->charter->member_count) {
        return DT_ERR_NOT_ALLOWED;
    }
    if (!dt_record_of(line, d.notice.wid, d.notice.seq, &record) || record.body.size == 0) {
        return DT_ERR_UNKNOWN_RECORD;
    }
    if (d.expiry_ms <= dt_now_ms()) {
        return DT_ERR_IN_THE_PAST;
    }
    return part_key_id(key_id, record.body, d.tier) ? DT_OK : DT_ERR_WRONG_RECORD;
}

static enum dt_err give_by(struct dt_line *line, uint16_t wid, uint64_t seq)
{
    struct dt_stored record;
    struct dt_body_disclosed d;
    return dt_record_of(line, wid, seq, &record) &&
                   dt_body_disclosed_decode(&d, record.body) == DT_OK
               ? give(line, &d)
               : DT_OK;
}

enum dt_err dt_disclosed_grant(struct dt_line *line, uint64_t seq)
{
    return give_by(line, line->wid, seq);
}

static bool take_live(void *ctx, const struct dt_store_fact *row)
{
    return row->fact.number[1] > dt_now_ms() ? take_own(ctx, row) : true;
}

enum dt_err dt_disclosed_late(struct dt_line *line)
{
    struct account a = {.line = line};
    struct dt_store_cursor cursor = DT_STORE_NEWEST;
    if (line->disclosed_writers == line->writer_count || line->state == DT_LINE_LEFT ||
        dt_line_is_copy(line)) {
        return DT_OK;
    }
    enum dt_err err = dt_store_fact_by_kind(line->node->store, line->id, DT_KIND_DISCLOSED,
                                            &cursor, SIZE_MAX, take_live, &a);
    err = err == DT_OK ? a.err : err;
    for (size_t i = a.grant_count; i-- > 0 && err == DT_OK;) {
        err = give_by(line, a.grants[i].wid, a.grants[i].seq);
    }
    free(a.grants);
    line->disclosed_writers = err == DT_OK ? line->writer_count : line->disclosed_writers;
    return err;
}

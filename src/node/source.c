/* SPDX-License-Identifier: ISC */
/*
 * The entry of notices: nothing that is over already, and a thing of another system (its
 * `source`) once. What was notified before is found again by a hash of its source. A notice
 * without one is the same thing if all of it is the same, its addressees too: a file without
 * ids that is read twice changes nothing. It is found by a hash of its clear part; of the
 * sealed one no hash leaves this memory, which a guess could be held against.
 */
#include <stdlib.h>
#include <string.h>

#include "log/fields.h"
#include "node/query.h"

/* FNV-1a: only a first look, what was written decides. */
static uint64_t hash_of(struct dt_span bytes)
{
    uint64_t h = UINT64_C(0xcbf29ce484222325);
    for (size_t i = 0; i < bytes.size; i++) {
        h = (h ^ bytes.data[i]) * UINT64_C(0x100000001b3);
    }
    return h;
}

/* By what it is found: its source, or the clear part apart from what it amends. */
static uint64_t hash_of_notice(struct dt_body_notice *clear)
{
    uint8_t bytes[DT_BODY_MAX];
    size_t size = 0;
    const bool amends = clear->has_amended;
    if (clear->source[0] != '\0') {
        return hash_of(dt_span(clear->source, strlen(clear->source)));
    }
    clear->has_amended = false;
    const bool good = dt_body_notice_encode(bytes, sizeof bytes, &size, clear) == DT_OK;
    clear->has_amended = amends;
    return good ? hash_of(dt_span(bytes, size)) : 0;
}

static enum dt_err note(struct dt_line *line, uint16_t wid, uint64_t seq, struct dt_span body)
{
    struct dt_body_notice *clear = malloc(sizeof *clear);
    if (clear == NULL || !dt_node_grow(&line->sources, line->source_count, &line->source_capacity,
                                       sizeof *line->sources)) {
        free(clear);
        return DT_ERR_NO_MEMORY;
    }
    if (dt_body_notice_decode(clear, body) == DT_OK) {
        line->sources[line->source_count++] =
            (struct dt_source){hash_of_notice(clear), seq, wid};
    }
    free(clear);
    return DT_OK;
}

enum dt_err dt_source_note(struct dt_line *line, const struct dt_fact *fact, struct dt_span body)
{
    if (!line->sources_known || fact->kind != DT_KIND_NOTICE || fact->err != DT_OK ||
        dt_wid_member(fact->wid) != line->me) {
        return DT_OK;
    }
    return note(line, fact->wid, fact->seq, body);
}

struct own_notices {
    struct dt_line *line;
    struct dt_board_place *places;
    size_t count, capacity;
    enum dt_err err;
};

static bool take_own(void *ctx, const struct dt_store_fact *row)
{
    struct own_notices *own = ctx;
    const struct dt_fact *f = &row->fact;
    if (dt_wid_member(f->wid) != own->line->me || f->err != DT_OK || f->absent) {
        return true;
    }
    if (!dt_node_grow(&own->places, own->count, &own->capacity, sizeof *own->places)) {
        own->err = DT_ERR_NO_MEMORY;
        return false;
    }
    own->places[own->count++] = (struct dt_board_place){f->wid, f->seq, false};
    return true;
}

/* When first asked: an idle node needs none of it. */
static enum dt_err know_sources(struct dt_line *line)
{
    struct own_notices own = {.line = line};
    struct dt_store_cursor cursor = DT_STORE_NEWEST;
    if (line->sources_known) {
        return DT_OK;
    }
    line->source_count = 0;
    enum dt_err err = dt_store_fact_by_kind(line->node->store, line->id, DT_KIND_NOTICE, &cursor,
                                            SIZE_MAX, take_own, &own);
    err = err == DT_OK ? own.err : err;
    for (size_t i = 0; i < own.count && err == DT_OK; i++) {
        struct dt_stored record;
        if (dt_record_of(line, own.places[i].wid, own.places[i].seq, &record)) {
            err = note(line, own.places[i].wid, own.places[i].seq, record.body);
        }
    }
    free(own.places);
    line->sources_known = err == DT_OK;
    return err;
}

/* --- what was notified before ------------------------------------------------------ */

struct version_memory {
    struct dt_body_notice now, then;
    uint8_t body[DT_BODY_MAX], plain[DT_SEALED_MAX];
    uint8_t a[DT_BODY_MAX], b[DT_BODY_MAX];
};

/* The clear parts apart from what they amend, and the sealed ones. */
static bool same_content(struct version_memory *m, struct dt_span plain, size_t then_plain)
{
    size_t size_a = 0, size_b = 0;
    m->now.has_amended = m->then.has_amended = false;
    return dt_body_notice_encode(m->a, sizeof m->a, &size_a, &m->now) == DT_OK &&
           dt_body_notice_encode(m->b, sizeof m->b, &size_b, &m->then) == DT_OK &&
           size_a == size_b && memcmp(m->a, m->b, size_a) == 0 && plain.size == then_plain &&
           (then_plain == 0 || memcmp(plain.data, m->plain, then_plain) == 0);
}

static bool same_addressees(const struct dt_draft *draft, struct dt_span header)
{
    struct dt_header h;
    return dt_header_decode(&h, header) == DT_OK && h.to_count == draft->to_count &&
           memcmp(h.to, draft->to, h.to_count) == 0;
}

static void look_at(struct dt_line *line, const struct dt_source *source,
                    const struct dt_draft *draft, struct version_memory *m,
                    struct dt_source_found *found)
{
    struct dt_life_entry life;
    struct dt_stored record;
    struct dt_ref ref = {source->wid, source->seq, {0}};
    if (!dt_record_of(line, source->wid, source->seq, &record) || record.body.size == 0) {
        return;
    }
    dt_leaf_hash(ref.leaf, record.header);
    const bool to_the_same = same_addressees(draft, record.header);
    memcpy(m->body, record.body.data, record.body.size);
    const struct dt_span body = dt_span(m->body, record.body.size);
    if (dt_body_notice_decode(&m->then, body) != DT_OK ||
        strcmp(m->then.source, m->now.source) != 0 ||
        !dt_line_life(line, &ref, dt_now_ms(), &life) || !life.counts || life.cancelling) {
        return;
    }
    const size_t size = dt_line_open(line, ref.wid, ref.seq, body, m->plain, sizeof m->plain);
    const bool same = same_content(m, draft->plain, size);
    dt_wipe(m->plain, size);
    if (m->now.source[0] == '\0' && (!same || !to_the_same)) {
        return; /* nothing says that they are one thing */
    }
    if (life.life == DT_LIFE_EXPIRED && !same) {
        return; /* it is over: the next one of that name is another */
    }
    /* An amended version speaks only where nothing newer does. */
    if (found->there && life.amended && !found->amended) {
        return;
    }
    *found = (struct dt_source_found){.there = true,
                                      .amended = life.amended,
                                      .same = same && !life.amended,
                                      .ref = ref};
}

enum dt_err dt_source_entry(struct dt_line *line, const struct dt_draft *draft, bool past,
                            struct dt_source_found *found)
{
    *found = (struct dt_source_found){0};
    if (draft->kind != DT_KIND_NOTICE) {
        return DT_OK;
    }
    struct version_memory *m = calloc(1, sizeof *m);
    if (m == NULL) {
        return DT_ERR_NO_MEMORY;
    }
    enum dt_err err = dt_body_notice_decode(&m->now, draft->body);
    if (err == DT_OK && !m->now.has_amended) {
        const uint64_t hash = hash_of_notice(&m->now);
        err = know_sources(line);
        for (size_t i = 0; i < line->source_count && err == DT_OK; i++) {
            if (line->sources[i].hash == hash) {
                look_at(line, &line->sources[i], draft, m, found);
            }
        }
    }
    if (err == DT_OK && !found->there && !past && m->now.end_ms <= dt_now_ms()) {
        err = DT_ERR_IN_THE_PAST;
    }
    free(m);
    return err;
}

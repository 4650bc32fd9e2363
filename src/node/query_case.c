/* SPDX-License-Identifier: ISC */
/* prove with `case`: a record and what was said about it, in one file (view/case.h). */
#include <stdlib.h>
#include <string.h>

#include "log/fields.h"
#include "node/query.h"
#include "view/case.h"

enum { MESSAGES_LOOKED_AT = 1000 };

/* Places of the records that go in; the first is the case. */
struct places {
    struct {
        uint16_t wid;
        uint64_t seq;
    } at[DT_CASE_RECORDS_MAX];
    size_t count;
    bool full;
};

struct builder {
    struct dt_line *line;
    struct places places;
    struct dt_case file;
    struct dt_case_memory judge;
    uint8_t charter[DT_STATEMENT_MAX];
    uint8_t officers[DT_CASE_OFFICERS_MAX][DT_CASE_OFFICER_SIZE];
    uint8_t *proofs, *text; /* DT_CASE_SIZE_MAX each */
};

static bool take_place(struct places *p, uint16_t wid, uint64_t seq)
{
    for (size_t i = 0; i < p->count; i++) {
        if (p->at[i].wid == wid && p->at[i].seq == seq) {
            return true;
        }
    }
    p->full = p->full || p->count == DT_CASE_RECORDS_MAX;
    if (!p->full) {
        p->at[p->count].wid = wid;
        p->at[p->count++].seq = seq;
    }
    return !p->full;
}

static bool take_fact(void *ctx, const struct dt_store_fact *row)
{
    const struct dt_fact *f = &row->fact;
    return f->err != DT_OK || f->absent || take_place(ctx, f->wid, f->seq);
}

/* A message names what it answers inside its sealed part. */
struct message_rows {
    struct {
        uint16_t wid;
        uint64_t seq;
    } row[MESSAGES_LOOKED_AT];
    size_t count;
};

static bool take_message(void *ctx, const struct dt_store_fact *row)
{
    struct message_rows *rows = ctx;
    if (row->fact.err == DT_OK && !row->fact.absent) {
        rows->row[rows->count].wid = row->fact.wid;
        rows->row[rows->count++].seq = row->fact.seq;
    }
    return rows->count < MESSAGES_LOOKED_AT;
}

static bool answers(struct dt_line *line, uint16_t wid, uint64_t seq, uint16_t to_wid,
                    uint64_t to_seq, uint8_t *memory)
{
    struct dt_stored record;
    struct dt_body_message message;
    uint8_t *plain = memory + DT_BODY_MAX;
    if (!line->sync.host.get(line, wid, seq, &record) || record.body.size == 0) {
        return false;
    }
    memcpy(memory, record.body.data, record.body.size);
    const size_t size =
        dt_line_open(line, wid, seq, dt_span(memory, record.body.size), plain, DT_SEALED_MAX);
    const bool does = size > 0 && dt_body_message_decode(&message, dt_span(plain, size)) == DT_OK &&
                      message.has_answered && message.answered.wid == to_wid &&
                      message.answered.seq == to_seq;
    dt_wipe(plain, size);
    return does;
}

/* Answers in words, among the newest messages of the line. */
static enum dt_err add_answers(struct builder *b, uint16_t wid, uint64_t seq)
{
    struct dt_store_cursor cursor = DT_STORE_NEWEST;
    struct message_rows *rows = calloc(1, sizeof *rows);
    uint8_t *memory = malloc(DT_BODY_MAX + DT_SEALED_MAX);
    enum dt_err err = rows == NULL || memory == NULL
                          ? DT_ERR_NO_MEMORY
                          : dt_store_fact_by_kind(b->line->node->store, b->line->id,
                                                  DT_KIND_MESSAGE, &cursor, MESSAGES_LOOKED_AT,
                                                  take_message, rows);
    for (size_t i = 0; err == DT_OK && i < rows->count; i++) {
        if (answers(b->line, rows->row[i].wid, rows->row[i].seq, wid, seq, memory)) {
            (void)take_place(&b->places, rows->row[i].wid, rows->row[i].seq);
        }
    }
    free(rows);
    free(memory);
    return err;
}

/* The record, what speaks of it, and what speaks of that (acknowledged answers). */
static enum dt_err gather(struct builder *b, uint16_t wid, uint64_t seq)
{
    struct dt_store *store = b->line->node->store;
    (void)take_place(&b->places, wid, seq);
    DT_TRY(dt_store_fact_by_target(store, b->line->id, wid, seq, take_fact, &b->places));
    DT_TRY(add_answers(b, wid, seq));
    const size_t direct = b->places.count;
    for (size_t i = 1; i < direct; i++) {
        DT_TRY(dt_store_fact_by_target(store, b->line->id, b->places.at[i].wid,
                                       b->places.at[i].seq, take_fact, &b->places));
    }
    return b->places.full ? DT_ERR_CAPACITY : DT_OK;
}

static void sort_places(struct places *p)
{
    for (size_t i = 2; i < p->count; i++) { /* the first stays */
        for (size_t k = i; k > 1 && (p->at[k].wid < p->at[k - 1].wid ||
                                     (p->at[k].wid == p->at[k - 1].wid &&
                                      p->at[k].seq < p->at[k - 1].seq));
             k--) {
            const uint16_t wid = p->at[k].wid;
            const uint64_t seq = p->at[k].seq;
            p->at[k] = p->at[k - 1];
            p->at[k - 1].wid = wid;
            p->at[k - 1].seq = seq;
        }
    }
}

static bool take_charter(void *ctx, const struct dt_store_line *row)
{
    struct builder *b = ctx;
    if (row->id == b->line->id && row->charter.size <= sizeof b->charter) {
        memcpy(b->charter, row->charter.data, row->charter.size);
        b->file.charter = dt_span(b->charter, row->charter.size);
    }
    return true;
}

/* Every certificate of our line's officers as KEY records have them, ascending; those that
 * no record of the case needs go again. */
static enum dt_err add_officer(struct builder *b, struct dt_span statement)
{
    struct dt_case *f = &b->file;
    size_t at = 0;
    if (statement.size > DT_CASE_OFFICER_SIZE || f->officer_count == DT_CASE_OFFICERS_MAX) {
        return DT_ERR_CAPACITY;
    }
    while (at < f->officer_count) {
        const size_t size = f->officers[at].size;
        const int order = memcmp(f->officers[at].data, statement.data,
                                 size < statement.size ? size : statement.size);
        if (order == 0 && size == statement.size) {
            return DT_OK;
        }
        if (order > 0 || (order == 0 && size > statement.size)) {
            break;
        }
        at++;
    }
    uint8_t *copy = b->officers[f->officer_count];
    memcpy(copy, statement.data, statement.size);
    memmove(f->officers + at + 1, f->officers + at, (f->officer_count - at) * sizeof f->officers[0]);
    f->officers[at] = dt_span(copy, statement.size);
    f->officer_count++;
    return DT_OK;
}

static bool signs_in(const struct builder *b, const struct dt_operator *o, unsigned member)
{
    for (size_t i = 0; i < b->places.count; i++) {
        struct dt_stored record;
        struct dt_officer_mark mark;
        if (dt_wid_member(b->places.at[i].wid) != member ||
            !b->line->sync.host.get(b->line, b->places.at[i].wid, b->places.at[i].seq, &record)) {
            continue;
        }
        for (unsigned key = DT_BODY_OFFICER; key <= DT_BODY_SECOND && record.body.size > 0; key++) {
            if (dt_body_officer(&mark, record.body, key) == DT_OK && mark.number == o->number) {
                return true;
            }
        }
    }
    return false;
}

static enum dt_err add_officers(struct builder *b)
{
    struct dt_store_cursor cursor = DT_STORE_NEWEST;
    struct places keys = {.count = 0};
    DT_TRY(dt_store_fact_by_kind(b->line->node->store, b->line->id, DT_KIND_KEY, &cursor,
                                 DT_CASE_RECORDS_MAX, take_fact, &keys));
    for (size_t i = 0; i < keys.count; i++) {
        struct dt_stored record;
        struct dt_span bytes;
        struct dt_statement s;
        struct dt_operator o;
        if (b->line->sync.host.get(b->line, keys.at[i].wid, keys.at[i].seq, &record) &&
            dt_body_key_decode(&bytes, record.body) == DT_OK &&
            dt_statement_decode(&s, bytes) == DT_OK && dt_operator_decode(&o, &s) == DT_OK) {
            uint8_t copy[DT_CASE_OFFICER_SIZE];
            const size_t size = bytes.size <= sizeof copy ? bytes.size : 0;
            memcpy(copy, bytes.data, size);
            if (size > 0 && signs_in(b, &o, dt_wid_member(keys.at[i].wid))) {
                DT_TRY(add_officer(b, dt_span(copy, size)));
            }
        }
    }
    return DT_OK;
}

/* Leaves out the certificates that the judge had no use for. */
static void drop_unused(struct builder *b)
{
    size_t kept = 0;
    for (size_t i = 0; i < b->file.officer_count; i++) {
        if (b->judge.used[i]) {
            b->file.officers[kept++] = b->file.officers[i];
        }
    }
    b->file.officer_count = kept;
}

/* The sizes of our log that an addressee's installation signed first after the record,
 * ascending, as many as there is room for; none of another's log, whose cosignatures come to its author alone. */
static size_t first_sizes(const struct builder *b, uint64_t sizes[static DT_CASE_RECORDS_MAX])
{
    struct dt_line *line = b->line;
    const uint16_t wid = b->places.at[0].wid;
    const uint64_t seq = b->places.at[0].seq;
    const struct dt_line_writer *own = dt_line_writer(line, wid, false);
    struct dt_stored record;
    struct dt_header h;
    size_t count = 0;
    const size_t room = DT_CASE_RECORDS_MAX - b->places.count;
    if (wid != line->wid || own == NULL || !line->sync.host.get(line, wid, seq, &record) ||
        dt_header_decode(&h, record.header) != DT_OK) {
        return 0;
    }
    for (size_t i = 0; i < line->writer_count && count < room; i++) {
        const uint16_t by = line->writers[i]->wid;
        struct dt_store_cosignature first;
        if (by == wid || !dt_header_addresses(&h, dt_wid_member(by)) ||
            dt_store_cosignature_first(line->node->store, own->log.id, by, seq, &first) != DT_OK) {
            continue;
        }
        size_t at = count;
        while (at > 0 && sizes[at - 1] > first.size) {
            at--;
        }
        if (at == 0 || sizes[at - 1] != first.size) {
            memmove(sizes + at + 1, sizes + at, (count - at) * sizeof sizes[0]);
            sizes[at] = first.size;
            count++;
        }
    }
    return count;
}

static enum dt_err add_proof(struct builder *b, struct dt_writer *w, size_t place, uint64_t size)
{
    size_t cosigners = 0;
    const size_t start = w->size;
    const enum dt_err err = dt_prove_record(b->line, b->places.at[place].wid,
                                            b->places.at[place].seq, size, w, &cosigners);
    if (err != DT_OK) {
        w->size = start;
        return err;
    }
    if (b->file.record_count == DT_CASE_RECORDS_MAX) {
        return DT_ERR_CAPACITY;
    }
    b->file.records[b->file.record_count++] = dt_span(b->proofs + start, w->size - start);
    return DT_OK;
}

static enum dt_err write_case(struct builder *b, struct dt_writer *out)
{
    struct dt_writer w = dt_writer(b->proofs, DT_CASE_SIZE_MAX);
    uint64_t sizes[DT_CASE_RECORDS_MAX] = {0};
    const size_t count = first_sizes(b, sizes);
    for (size_t i = 0; i < (count > 0 ? count : 1); i++) {
        DT_TRY(add_proof(b, &w, 0, sizes[i]));
    }
    for (size_t i = 1; i < b->places.count; i++) {
        const enum dt_err err = add_proof(b, &w, i, 0);
        if (err != DT_ERR_UNKNOWN_RECORD) { /* else not signed over yet: it can be proved later */
            DT_TRY(err);
        }
    }
    if (dt_case_verify(&b->judge, &b->file, NULL, NULL) == DT_ERR_NOT_CANONICAL) {
        drop_unused(b);
    }
    dt_case_write(out, &b->file);
    DT_TRY(out->overflowed ? DT_ERR_TOO_LARGE : DT_OK);
    return dt_case_verify(&b->judge, &b->file, NULL, NULL); /* as a stranger will */
}

static enum dt_err build(struct builder *b, uint16_t wid, uint64_t seq, struct dt_writer *out)
{
    DT_TRY(gather(b, wid, seq));
    sort_places(&b->places);
    DT_TRY(dt_store_line_list(b->line->node->store, take_charter, b));
    DT_TRY(add_officers(b));
    return write_case(b, out);
}

void dt_query_case(struct dt_node *n, struct dt_client_state *client, uint64_t re,
                   struct dt_line *line, uint16_t wid, uint64_t seq)
{
    struct builder *b = calloc(1, sizeof *b);
    struct dt_object o;
    struct dt_writer w = dt_writer(NULL, 0);
    enum dt_err err = DT_ERR_NO_MEMORY;
    if (b != NULL) {
        b->line = line;
        b->proofs = malloc(DT_CASE_SIZE_MAX);
        b->text = malloc(DT_CASE_SIZE_MAX);
        w = dt_writer(b->text, DT_CASE_SIZE_MAX);
        err = b->proofs == NULL || b->text == NULL ? err : build(b, wid, seq, &w);
    }
    if (err != DT_OK) {
        dt_control_error(n, client, re, err, "case");
    } else {
        dt_reply_begin(&o, re);
        dt_obj_key(&o, "proof");
        dt_obj_text(&o, dt_written(&w));
        dt_put_uint(&o, "records", b->file.record_count);
        dt_obj_end(&o);
        dt_control_send(n, client, &o);
    }
    if (b != NULL) {
        free(b->proofs);
        free(b->text);
    }
    free(b);
}

/* SPDX-License-Identifier: ISC */
#include "view/case.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "log/fields.h"
#include "log/seal.h"

static const char charter_word[] = "charter ", officer_word[] = "officer ",
                  record_word[] = "record ";

/* --- writing ------------------------------------------------------------------------ */

static void put_base64(struct dt_writer *w, const char *word, struct dt_span bytes)
{
    dt_write_bytes(w, word, strlen(word));
    for (size_t i = 0; i < bytes.size; i += 3) {
        char text[4 + 1];
        dt_base64(text, bytes.data + i, bytes.size - i < 3 ? bytes.size - i : 3);
        dt_write_bytes(w, text, 4);
    }
    dt_write_u8(w, '\n');
}

void dt_case_write(struct dt_writer *w, const struct dt_case *c)
{
    dt_write_bytes(w, DT_CASE_FIRST_LINE, strlen(DT_CASE_FIRST_LINE));
    put_base64(w, charter_word, c->charter);
    for (size_t i = 0; i < c->officer_count; i++) {
        put_base64(w, officer_word, c->officers[i]);
    }
    for (size_t i = 0; i < c->record_count; i++) {
        char line[32];
        const int size = snprintf(line, sizeof line, "%s%zu\n", record_word, c->records[i].size);
        dt_write_bytes(w, line, (size_t)size);
        dt_write_bytes(w, c->records[i].data, c->records[i].size);
    }
}

/* --- reading: one spelling only ------------------------------------------------------- */

/* The rest of a line that begins with `word`; false, and nothing taken, if it does not. */
static bool take_word(struct dt_reader *r, const char *word, struct dt_span *rest)
{
    const size_t size = strlen(word);
    if (r->left < size || memcmp(r->at, word, size) != 0) {
        return false;
    }
    const uint8_t *end = memchr(r->at, '\n', r->left);
    if (end == NULL) {
        return false;
    }
    dt_read_span(r, size);
    *rest = dt_read_span(r, (size_t)(end - r->at));
    dt_read_u8(r);
    return true;
}

static enum dt_err take_base64(struct dt_span *out, uint8_t *memory, size_t capacity,
                               struct dt_span text)
{
    size_t size = 0;
    DT_TRY(dt_unbase64(memory, capacity, &size, (const char *)text.data, text.size));
    *out = dt_span(memory, size);
    return DT_OK;
}

static int compare(struct dt_span a, struct dt_span b)
{
    const int order = memcmp(a.data, b.data, a.size < b.size ? a.size : b.size);
    return order != 0 ? order : (a.size > b.size) - (a.size < b.size);
}

static enum dt_err take_record(struct dt_case *out, struct dt_reader *r, struct dt_span text)
{
    uint64_t size;
    DT_TRY(dt_undecimal(&size, (const char *)text.data, text.size));
    if (size > DT_PROOF_SIZE_MAX || out->record_count == DT_CASE_RECORDS_MAX) {
        return DT_ERR_TOO_LARGE;
    }
    if (size > r->left) {
        return DT_ERR_TRUNCATED;
    }
    out->records[out->record_count++] = dt_read_span(r, (size_t)size);
    return DT_OK;
}

static enum dt_err take_officer(struct dt_case *out, uint8_t *memory, struct dt_span text)
{
    if (out->officer_count == DT_CASE_OFFICERS_MAX) {
        return DT_ERR_TOO_LARGE;
    }
    struct dt_span *o = &out->officers[out->officer_count];
    DT_TRY(take_base64(o, memory + out->officer_count * DT_CASE_OFFICER_SIZE,
                       DT_CASE_OFFICER_SIZE, text));
    const bool ascending = out->officer_count == 0 || compare(o[-1], *o) < 0;
    out->officer_count++;
    return ascending ? DT_OK : DT_ERR_NOT_CANONICAL;
}

enum dt_err dt_case_parse(struct dt_case *out, uint8_t memory[static DT_CASE_MEMORY],
                          struct dt_span text)
{
    struct dt_reader r = dt_reader(text);
    struct dt_span rest;
    out->officer_count = out->record_count = 0;
    if (text.size > DT_CASE_SIZE_MAX) {
        return DT_ERR_TOO_LARGE;
    }
    const size_t head = strlen(DT_CASE_FIRST_LINE);
    if (text.size < head || memcmp(text.data, DT_CASE_FIRST_LINE, head) != 0) {
        return DT_ERR_BAD_TEXT;
    }
    dt_read_span(&r, head);
    if (!take_word(&r, charter_word, &rest)) {
        return DT_ERR_BAD_TEXT;
    }
    DT_TRY(take_base64(&out->charter, memory, DT_STATEMENT_MAX, rest));
    while (take_word(&r, officer_word, &rest)) {
        DT_TRY(take_officer(out, memory + DT_STATEMENT_MAX, rest));
    }
    while (take_word(&r, record_word, &rest)) {
        DT_TRY(take_record(out, &r, rest));
    }
    return r.left > 0 ? DT_ERR_BAD_TEXT : out->record_count == 0 ? DT_ERR_TRUNCATED : DT_OK;
}

/* --- judging ---------------------------------------------------------------------------- */

bool dt_case_signed_by(const struct dt_operator *officer, const struct dt_officer_mark *mark,
                       const uint8_t line[static DT_HASH_SIZE], uint16_t wid,
                       const struct dt_header *h, struct dt_span body, struct dt_span plain)
{
    uint8_t digest[DT_HASH_SIZE];
    return officer->number == mark->number && dt_officer_digest(digest, body, plain) == DT_OK &&
           dt_officer_verify(mark->signature, line, wid, h, digest, officer->key);
}

/* Looks the officer who signed up among the certificates, and marks that one as needed. */
static void judge_officer(struct dt_case_officer *out, struct dt_case_memory *m,
                          const struct dt_case *c, uint16_t wid, unsigned key)
{
    const struct dt_proof_result *p = &m->result;
    struct dt_officer_mark mark;
    *out = (struct dt_case_officer){0};
    if (p->body.size == 0 || dt_body_officer(&mark, p->body, key) != DT_OK) {
        return;
    }
    out->there = true;
    out->number = mark.number;
    for (size_t i = 0; i < c->officer_count && !out->valid; i++) {
        struct dt_statement s;
        struct dt_operator o;
        out->valid = dt_statement_decode(&s, c->officers[i]) == DT_OK &&
                     memcmp(s.signer, p->writer.root, DT_PUBLIC_SIZE) == 0 &&
                     dt_operator_decode(&o, &s) == DT_OK &&
                     dt_case_signed_by(&o, &mark, m->charter.id, wid, &p->header, p->body,
                                       p->plaintext);
        if (out->valid) {
            memcpy(out->role, o.role, sizeof out->role);
            m->used[i] = true;
        }
    }
}

/* What the record speaks of: in the clear, or for a message inside the sealed part. */
static bool find_target(struct dt_ref *out, const struct dt_fact *fact,
                        const struct dt_proof_result *p)
{
    struct dt_body_message message;
    *out = fact->target;
    if (fact->kind == DT_KIND_MESSAGE && p->has_opening &&
        dt_body_message_decode(&message, p->plaintext) == DT_OK && message.has_answered) {
        *out = message.answered;
        return true;
    }
    return fact->has_target;
}

static bool in_order(const struct dt_ref *before, const struct dt_ref *r)
{
    return before->wid < r->wid || (before->wid == r->wid && before->seq < r->seq);
}

/* Notes who stored the record itself; false if all of them were there before. */
static bool note_cosigners(struct dt_case_memory *m)
{
    const size_t before = m->cosigner_count;
    for (size_t i = 0; i < m->result.cosigner_count; i++) {
        const struct dt_proof_signer *s = &m->result.cosigners[i];
        bool there = m->cosigner_count == DT_WIDS_MAX;
        for (size_t k = 0; k < m->cosigner_count && !there; k++) {
            there = m->cosigner[k].number == s->number &&
                    memcmp(m->cosigner[k].root, s->root, DT_PUBLIC_SIZE) == 0;
        }
        if (!there) {
            memcpy(m->cosigner[m->cosigner_count].root, s->root, DT_PUBLIC_SIZE);
            m->cosigner[m->cosigner_count++].number = s->number;
        }
    }
    return m->cosigner_count > before;
}

/* The place of the record at `i` among the others: the case itself, once more or oftener with
 * other cosigners, then what is about it, ascending. */
static enum dt_err judge_order(struct dt_case_memory *m, size_t i, struct dt_case_entry *entry)
{
    const struct dt_ref *own = &m->record[i];
    const uint64_t size = m->size;
    entry->again = i > 0 && i == m->proofs && dt_ref_compare(own, &m->record[0]) == 0;
    if (i == 0 || entry->again) {
        m->proofs++;
        m->size = m->result.size;
        const bool added = note_cosigners(m);
        return i == 0 || (added && m->size > size) ? DT_OK : DT_ERR_NOT_CANONICAL;
    }
    if (!entry->has_target || entry->fact->err != DT_OK) {
        return DT_ERR_WRONG_RECORD;
    }
    const bool twice = dt_ref_compare(own, &m->record[0]) == 0;
    return twice || (i > m->proofs && !in_order(own - 1, own)) ? DT_ERR_NOT_CANONICAL : DT_OK;
}

/* The record at `i` by itself: proof, line, member, content, officers. */
static enum dt_err judge_record(struct dt_case_memory *m, const struct dt_case *c, size_t i,
                                struct dt_case_entry *entry, struct dt_fact *fact)
{
    struct dt_proof_result *p = &m->result;
    DT_TRY(dt_proof_parse(&m->proof, m->extra, sizeof m->extra, c->records[i]));
    DT_TRY(dt_proof_verify(p, &m->proof));
    if (memcmp(p->line_id, m->charter.id, DT_HASH_SIZE) != 0) {
        return DT_ERR_UNKNOWN_LINE;
    }
    const int member = dt_charter_find_root(&m->charter, p->writer.root);
    if (member < 0) {
        return DT_ERR_UNKNOWN_PARTY;
    }
    if (!p->has_body) {
        return DT_ERR_MISSING_FIELD;
    }
    struct dt_ref *own = &m->record[i];
    *own = (struct dt_ref){dt_wid((unsigned)member, p->writer.number), p->index, {0}};
    memcpy(own->leaf, p->leaf, DT_HASH_SIZE);
    DT_TRY(dt_fact_from_record(fact, &m->charter, own->wid, own->seq, p->header_bytes, p->body,
                               NULL));
    *entry = (struct dt_case_entry){
        .proof = p, .fact = fact, .code = m->charter.members[member].code};
    entry->has_target = find_target(&entry->target, fact, p);
    m->target[i] = entry->target;
    judge_officer(&entry->officer, m, c, own->wid, DT_BODY_OFFICER);
    judge_officer(&entry->second, m, c, own->wid, DT_BODY_SECOND);
    return judge_order(m, i, entry);
}

/* Does each but the first speak of another one here? A record names what was written
 * before it, so that all of them lead to the first. */
static enum dt_err check_together(const struct dt_case_memory *m, const struct dt_case *c)
{
    for (size_t i = m->proofs; i < c->record_count; i++) {
        bool found = false;
        for (size_t k = 0; k < c->record_count && !found; k++) {
            found = k != i && dt_ref_compare(&m->target[i], &m->record[k]) == 0;
        }
        if (!found) {
            return DT_ERR_WRONG_RECORD;
        }
    }
    for (size_t i = 0; i < c->officer_count; i++) {
        if (!m->used[i]) {
            return DT_ERR_NOT_CANONICAL;
        }
    }
    return DT_OK;
}

enum dt_err dt_case_verify(struct dt_case_memory *m, const struct dt_case *c,
                           void (*each)(void *ctx, const struct dt_case_entry *entry), void *ctx)
{
    struct dt_statement charter;
    DT_TRY(dt_statement_decode(&charter, c->charter));
    DT_TRY(dt_charter_from_statement(&m->charter, &charter));
    memset(m->used, 0, sizeof m->used);
    m->proofs = m->cosigner_count = 0;
    m->size = 0;
    for (size_t i = 0; i < c->record_count; i++) {
        struct dt_case_entry entry;
        struct dt_fact fact;
        DT_TRY(judge_record(m, c, i, &entry, &fact));
        if (each != NULL) {
            each(ctx, &entry);
        }
    }
    return check_together(m, c);
}

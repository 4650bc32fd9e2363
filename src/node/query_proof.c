/* SPDX-License-Identifier: ISC */
/* prove: one record as a proof file that needs neither node nor network. */
#include <stdlib.h>
#include <string.h>

#include "log/fields.h"
#include "log/proof.h"
#include "log/statement.h"
#include "node/query.h"

enum { COSIGNERS_MAX = 64 };

/* Of each cosigner the newest, and the first that covers the record. */
struct cosigners {
    struct dt_store_cosignature row[2 * COSIGNERS_MAX];
    size_t count;
};

static bool take(void *ctx, const struct dt_store_cosignature *c)
{
    struct cosigners *all = ctx;
    all->row[all->count++] = *c;
    return all->count < COSIGNERS_MAX;
}

static void add_first(struct dt_line *line, unsigned log, uint64_t seq, struct cosigners *all)
{
    const size_t newest = all->count;
    for (size_t i = 0; i < newest; i++) {
        struct dt_store_cosignature *first = &all->row[all->count];
        if (dt_store_cosignature_first(line->node->store, log, all->row[i].cosigner, seq, first) ==
                DT_OK &&
            first->size != all->row[i].size) {
            all->count++;
        }
    }
}

/* The size of our log that most cosigners have named since the record, and of several such
 * the earliest: it says best by when they had it. Else the head. */
static uint64_t best_size(const struct cosigners *all, uint64_t seq, uint64_t head)
{
    uint64_t best = head;
    size_t most = 0;
    for (size_t i = 0; i < all->count; i++) {
        size_t same = 0;
        for (size_t k = 0; k < all->count; k++) {
            same += all->row[k].size == all->row[i].size;
        }
        if (all->row[i].size > seq && all->row[i].size <= head &&
            (same > most || (same == most && all->row[i].size < best))) {
            best = all->row[i].size;
            most = same;
        }
    }
    return best;
}

/* Certificate of a writer, out of record 0 of its log, copied to `out`. */
static struct dt_span certificate_of(struct dt_line *line, uint16_t wid, uint8_t *out,
                                     size_t capacity)
{
    struct dt_stored record;
    struct dt_body_open open;
    if (!line->sync.host.get(line, wid, 0, &record) ||
        dt_body_open_decode(&open, record.body) != DT_OK || open.certificate.size > capacity) {
        return dt_span(NULL, 0);
    }
    memcpy(out, open.certificate.data, open.certificate.size);
    return dt_span(out, open.certificate.size);
}

struct proof_memory {
    struct dt_proof proof;
    struct cosigners cosigners;
    uint8_t header[DT_HEADER_MAX], body[DT_BODY_MAX], plain[DT_SEALED_MAX];
    uint8_t certificates[65][1024];
};

static bool read_tree(void *ctx, unsigned level, uint64_t index, uint8_t hash[DT_HASH_SIZE])
{
    return dt_store_tree_node(ctx, level, index, hash);
}

/* Pieces of a blind run come by the dozen, and the other side's own records show that it had
 * them: who else stored them would only fill the file. */
static bool without_cosigners(struct dt_span header)
{
    struct dt_header h;
    return dt_header_decode(&h, header) == DT_OK && h.kind == DT_KIND_BLIND_PART;
}

/* Cosignatures of that size, each with its certificate, in the note's order. */
static void add_cosigners(struct dt_line *line, struct proof_memory *m, uint64_t size)
{
    struct dt_proof *proof = &m->proof;
    size_t used = 1;
    for (size_t i = 0; i < m->cosigners.count; i++) {
        const struct dt_store_cosignature *row = &m->cosigners.row[i];
        const struct dt_line_writer *w = dt_line_writer(line, row->cosigner, false);
        struct dt_cosignature c = {.time_s = (uint64_t)row->time_s};
        if (row->size != size || w == NULL) {
            continue;
        }
        memcpy(c.writer, w->log.writer, DT_PUBLIC_SIZE);
        memcpy(c.signature, row->signature, DT_SIGNATURE_SIZE);
        (void)!dt_note_add(&proof->note, &c);
    }
    for (size_t k = 0; k < proof->note.cosignature_count; k++) {
        for (size_t i = 0; i < line->writer_count && used < 65; i++) {
            if (memcmp(line->writers[i]->log.writer, proof->note.cosignatures[k].writer,
                       DT_PUBLIC_SIZE) == 0) {
                proof->cosigner_certificates[k] =
                    certificate_of(line, line->writers[i]->wid, m->certificates[used], 1024);
                used++;
            }
        }
    }
}

static enum dt_err sign_or_take(struct dt_line *line, const struct dt_line_writer *writer,
                                struct dt_checkpoint *c)
{
    if (c->size == writer->log.checkpoint_size) {
        memcpy(c->signature, writer->log.checkpoint_signature, DT_SIGNATURE_SIZE);
        return DT_OK;
    }
    if (writer->wid != line->wid) {
        return DT_ERR_UNKNOWN_RECORD;
    }
    dt_checkpoint_sign(c, line->node->keys.writer);
    return DT_OK;
}

static enum dt_err build(struct dt_line *line, uint16_t wid, uint64_t seq, uint64_t size,
                         struct proof_memory *m)
{
    struct dt_proof *proof = &m->proof;
    struct dt_stored record;
    const struct dt_line_writer *writer = dt_line_writer(line, wid, false);
    if (writer == NULL || seq >= writer->log.frontier.size ||
        !line->sync.host.get(line, wid, seq, &record)) {
        return DT_ERR_UNKNOWN_RECORD;
    }
    memcpy(m->header, record.header.data, record.header.size);
    proof->header = dt_span(m->header, record.header.size);
    proof->has_body = !record.absent;
    if (record.body.size > 0) {
        memcpy(m->body, record.body.data, record.body.size);
    }
    proof->body = dt_span(m->body, record.body.size);
    proof->index = seq;
    struct dt_sealed sealed;
    bool present = false;
    const size_t opened = dt_line_open(line, wid, seq, proof->body, m->plain, sizeof m->plain);
    if (opened > 0 && dt_sealed_find(&sealed, proof->body, &present) == DT_OK && present) {
        uint8_t key[32];
        if (line->sync.host.record_key(line, wid, seq, sealed.key_id, key)) {
            dt_record_salt(proof->salt, key);
            proof->has_opening = true;
            proof->plaintext = dt_span(m->plain, opened);
            dt_wipe(key, sizeof key);
        }
    }
    DT_TRY(dt_store_cosignature_list(line->node->store, writer->log.id, take, &m->cosigners));
    add_first(line, writer->log.id, seq, &m->cosigners);
    struct dt_checkpoint *c = &proof->note.checkpoint;
    memcpy(c->line_id, line->charter->id, DT_HASH_SIZE);
    memcpy(c->writer, writer->log.writer, DT_PUBLIC_SIZE);
    c->size = size != 0          ? size
              : wid == line->wid ? best_size(&m->cosigners, seq, writer->log.frontier.size)
                                 : writer->log.checkpoint_size;
    struct dt_store_tree tree = {line->node->store, writer->log.id, 0, 0, DT_OK};
    DT_TRY(dt_tree_root(c->root, c->size, read_tree, &tree));
    DT_TRY(sign_or_take(line, writer, c));
    DT_TRY(dt_inclusion_path(&proof->path, seq, c->size, read_tree, &tree));
    proof->writer_certificate = certificate_of(line, wid, m->certificates[0], 1024);
    if (!without_cosigners(proof->header)) {
        add_cosigners(line, m, c->size);
    }
    return DT_OK;
}

enum dt_err dt_prove_record(struct dt_line *line, uint16_t wid, uint64_t seq, uint64_t size,
                            struct dt_writer *w, size_t *cosigners)
{
    struct proof_memory *m = calloc(1, sizeof *m);
    struct dt_proof_result *result = malloc(sizeof *result);
    enum dt_err err = m == NULL || result == NULL ? DT_ERR_NO_MEMORY : build(line, wid, seq, size, m);
    /* What we hand out has to hold: judge it as a stranger will. */
    err = err == DT_OK ? dt_proof_verify(result, &m->proof) : err;
    if (err == DT_OK) {
        dt_proof_write(w, &m->proof);
        *cosigners = result->cosigner_count;
        err = w->overflowed ? DT_ERR_TOO_LARGE : DT_OK;
    }
    if (m != NULL) {
        dt_wipe(m->plain, sizeof m->plain);
    }
    free(m);
    free(result);
    return err;
}

/* By when, at the latest, each installation had it: the first signature of each, of which
 * the file holds those over one size. Others' cosignatures come to the author alone. */
static void put_stored(struct dt_object *o, struct dt_line *line, uint16_t wid, uint64_t seq)
{
    const struct dt_line_writer *own = dt_line_writer(line, wid, false);
    dt_obj_key(o, "stored");
    dt_obj_array(o);
    for (size_t i = 0; wid == line->wid && i < line->writer_count; i++) {
        const uint16_t by = line->writers[i]->wid;
        struct dt_store_cosignature c;
        if (by == wid || dt_store_cosignature_first(line->node->store, own->log.id, by, seq, &c) !=
                             DT_OK) {
            continue;
        }
        dt_obj_map(o);
        dt_put_string(o, "code", line->charter->members[dt_wid_member(by)].code);
        dt_put_uint(o, "number", dt_wid_number(by));
        dt_put_int(o, "time", c.time_s * 1000);
        dt_obj_end(o);
    }
    dt_obj_end(o);
}

void dt_query_prove(struct dt_node *n, struct dt_client_state *client, uint64_t re,
                    struct dt_line *line, uint16_t wid, uint64_t seq)
{
    uint8_t *text = malloc(DT_PROOF_SIZE_MAX);
    struct dt_writer w = dt_writer(text, text != NULL ? DT_PROOF_SIZE_MAX : 0);
    size_t cosigners = 0;
    const enum dt_err err = text == NULL ? DT_ERR_NO_MEMORY
                                         : dt_prove_record(line, wid, seq, 0, &w, &cosigners);
    if (err != DT_OK) {
        dt_control_error(n, client, re, err, "prove");
    } else {
        struct dt_object o;
        dt_reply_begin(&o, re);
        dt_obj_key(&o, "proof");
        dt_obj_text(&o, dt_written(&w));
        dt_put_uint(&o, "cosigners", cosigners);
        put_stored(&o, line, wid, seq);
        dt_obj_end(&o);
        dt_control_send(n, client, &o);
    }
    free(text);
}

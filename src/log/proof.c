/* SPDX-License-Identifier: ISC */
#include "log/proof.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "cbor/cbor.h"
#include "log/seal.h"
#include "log/statement.h"

static const char first_line[] = "c2sp.org/tlog-proof@v1\n";
static const char extra_word[] = "extra ";
static const char index_word[] = "index ";

enum { EXTRA_ITEMS = 4, OPENING_ITEMS = 2, HASH_CHARS = DT_BASE64_SIZE(DT_HASH_SIZE) };

/* --- writing ------------------------------------------------------------- */

static void put_extra(struct dt_writer *w, const struct dt_proof *p)
{
    dt_cbor_put_array(w, EXTRA_ITEMS);
    dt_cbor_put_bytes(w, p->header);
    if (p->has_body) {
        dt_cbor_put_bytes(w, p->body);
    } else {
        dt_cbor_put_null(w);
    }
    dt_cbor_put_array(w, 1 + p->note.cosignature_count);
    dt_cbor_put_bytes(w, p->writer_certificate);
    for (size_t i = 0; i < p->note.cosignature_count; i++) {
        dt_cbor_put_bytes(w, p->cosigner_certificates[i]);
    }
    if (p->has_opening) {
        dt_cbor_put_array(w, OPENING_ITEMS);
        dt_cbor_put_bytes(w, dt_span(p->salt, DT_HASH_SIZE));
        dt_cbor_put_bytes(w, p->plaintext);
    } else {
        dt_cbor_put_null(w);
    }
}

/* Turns what was written from `start` on into base64, without a second buffer: the
 * bytes move to the end of the room their text will take, so that the text, a third
 * longer, never catches up with what is still to be read. */
static void base64_in_place(struct dt_writer *w, size_t start)
{
    if (w->overflowed) {
        return;
    }
    const size_t size = w->size - start, room = DT_BASE64_SIZE(size);
    if (size > DT_PROOF_EXTRA_MAX || room > w->capacity - start) {
        w->overflowed = true;
        return;
    }
    uint8_t *const out = w->data + start;
    uint8_t *const in = out + room - size;
    memmove(in, out, size);
    for (size_t i = 0; i < size; i += 3) {
        uint8_t bytes[3];
        char text[4 + 1];
        const size_t count = size - i < 3 ? size - i : 3;
        memcpy(bytes, in + i, count);
        dt_base64(text, bytes, count);
        memcpy(out + i / 3 * 4, text, 4);
    }
    w->size = start + room;
}

void dt_proof_write(struct dt_writer *w, const struct dt_proof *proof)
{
    char line[32];
    dt_write_bytes(w, first_line, sizeof first_line - 1);
    dt_write_bytes(w, extra_word, sizeof extra_word - 1);
    const size_t start = w->size;
    put_extra(w, proof);
    base64_in_place(w, start);
    const int size = snprintf(line, sizeof line, "\n%s%" PRIu64 "\n", index_word, proof->index);
    dt_write_bytes(w, line, (size_t)size);
    for (size_t i = 0; i < proof->path.count; i++) {
        char hash[HASH_CHARS + 1];
        dt_base64(hash, proof->path.hash[i], DT_HASH_SIZE);
        dt_write_bytes(w, hash, HASH_CHARS);
        dt_write_u8(w, '\n');
    }
    dt_write_u8(w, '\n');
    dt_note_write(w, &proof->note);
}

/* --- reading: every step accepts one spelling only ------------------------ */

static enum dt_err take_word(struct dt_reader *r, const char *word, size_t size)
{
    if (r->left < size || memcmp(r->at, word, size) != 0) {
        return DT_ERR_BAD_TEXT;
    }
    dt_read_span(r, size);
    return DT_OK;
}

/* Path lines, and the empty one that ends them. */
static enum dt_err read_path(struct dt_path *path, struct dt_reader *r)
{
    path->count = 0;
    for (;;) {
        struct dt_span line;
        uint8_t hash[DT_HASH_SIZE];
        size_t size = 0;
        enum dt_err err = dt_read_line(r, &line);
        if (err != DT_OK || line.size == 0) {
            return err;
        }
        err = dt_unbase64(hash, sizeof hash, &size, (const char *)line.data, line.size);
        if (err != DT_OK || size != DT_HASH_SIZE) {
            return err != DT_OK ? err : DT_ERR_BAD_TEXT;
        }
        if (!dt_path_add(path, hash)) {
            return DT_ERR_TOO_LARGE;
        }
    }
}

static void get_opening(struct dt_cbor *c, struct dt_proof *out)
{
    out->has_opening = !dt_cbor_null(c);
    if (!out->has_opening) {
        return;
    }
    dt_cbor_array(c, OPENING_ITEMS, OPENING_ITEMS);
    const struct dt_span salt = dt_cbor_bytes(c, DT_HASH_SIZE, DT_HASH_SIZE);
    out->plaintext = dt_cbor_bytes(c, 0, DT_BODY_MAX);
    if (dt_cbor_error(c) == DT_OK) {
        memcpy(out->salt, salt.data, DT_HASH_SIZE);
    }
}

/* The bytes are deterministic CBOR: with these types and counts there is one array
 * for one set of values. note.cosignature_count is known. */
static enum dt_err read_extra(struct dt_proof *out, struct dt_span extra)
{
    const enum dt_err err = dt_cbor_check(extra);
    if (err != DT_OK) {
        return err;
    }
    struct dt_cbor c = dt_cbor(extra);
    dt_cbor_array(&c, EXTRA_ITEMS, EXTRA_ITEMS);
    out->header = dt_cbor_bytes(&c, 1, DT_HEADER_MAX);
    out->has_body = !dt_cbor_null(&c);
    out->body = out->has_body ? dt_cbor_bytes(&c, 0, DT_BODY_MAX) : dt_span(NULL, 0);
    const size_t certificates = dt_cbor_array(&c, 0, 1 + DT_NOTE_COSIGNATURES_MAX);
    if (dt_cbor_error(&c) == DT_OK && certificates != 1 + out->note.cosignature_count) {
        return DT_ERR_UNKNOWN_WRITER;
    }
    out->writer_certificate = dt_cbor_bytes(&c, 0, DT_STATEMENT_MAX);
    for (size_t i = 0; i < out->note.cosignature_count; i++) {
        out->cosigner_certificates[i] = dt_cbor_bytes(&c, 0, DT_STATEMENT_MAX);
    }
    get_opening(&c, out);
    return dt_cbor_end(&c);
}

enum dt_err dt_proof_parse(struct dt_proof *out, uint8_t *extra, size_t capacity,
                           struct dt_span text)
{
    struct dt_reader r = dt_reader(text);
    struct dt_span extra_text = {NULL, 0}, index = {NULL, 0};
    size_t size = 0;
    enum dt_err err = take_word(&r, first_line, sizeof first_line - 1);
    err = err != DT_OK ? err : take_word(&r, extra_word, sizeof extra_word - 1);
    err = err != DT_OK ? err : dt_read_line(&r, &extra_text);
    err = err != DT_OK ? err : take_word(&r, index_word, sizeof index_word - 1);
    err = err != DT_OK ? err : dt_read_line(&r, &index);
    if (err != DT_OK) {
        return err;
    }
    capacity = capacity < DT_PROOF_EXTRA_MAX ? capacity : DT_PROOF_EXTRA_MAX;
    err = dt_undecimal(&out->index, (const char *)index.data, index.size);
    err = err != DT_OK ? err : read_path(&out->path, &r);
    err = err != DT_OK ? err : dt_note_parse(&out->note, dt_span(r.at, r.left));
    err = err != DT_OK ? err
                       : dt_unbase64(extra, capacity, &size, (const char *)extra_text.data,
                                     extra_text.size);
    return err != DT_OK ? err : read_extra(out, dt_span(extra, size));
}

/* --- verifying ----------------------------------------------------------- */

/* `certificate` is for the key `writer`: fills in who says so. */
static enum dt_err identify(struct dt_proof_signer *out, struct dt_span certificate,
                            const uint8_t writer[static DT_PUBLIC_SIZE])
{
    struct dt_statement s;
    struct dt_certificate c;
    enum dt_err err = dt_statement_decode(&s, certificate);
    err = err != DT_OK ? err : dt_certificate_decode(&c, &s);
    if (err != DT_OK) {
        return err;
    }
    if (memcmp(c.writer, writer, DT_PUBLIC_SIZE) != 0) {
        return DT_ERR_UNKNOWN_WRITER;
    }
    *out = (struct dt_proof_signer){.number = c.number};
    memcpy(out->writer, c.writer, DT_PUBLIC_SIZE);
    memcpy(out->root, s.signer, DT_PUBLIC_SIZE);
    return DT_OK;
}

static enum dt_err identify_all(struct dt_proof_result *out, const struct dt_proof *p)
{
    const struct dt_note *note = &p->note;
    enum dt_err err = identify(&out->writer, p->writer_certificate, note->checkpoint.writer);
    for (size_t i = 0; err == DT_OK && i < note->cosignature_count; i++) {
        const struct dt_cosignature *s = &note->cosignatures[i];
        err = identify(&out->cosigners[i], p->cosigner_certificates[i], s->writer);
        out->cosigners[i].time_s = s->time_s;
    }
    out->cosigner_count = note->cosignature_count;
    return err;
}

static enum dt_err check_body(const struct dt_proof *p, const struct dt_header *h)
{
    if (!p->has_body) {
        return h->body_size > 0 ? DT_OK : DT_ERR_NOT_CANONICAL;
    }
    uint8_t hash[DT_HASH_SIZE];
    dt_sha256(hash, p->body);
    const bool same = p->body.size == h->body_size && memcmp(hash, h->body_hash, sizeof hash) == 0;
    return same ? DT_OK : DT_ERR_BAD_HASH;
}

/* The plaintext must be exactly a map: the same commitment would hold with zero bytes
 * of its padding written out, and a file has one spelling. */
static enum dt_err check_opening(const struct dt_proof *p)
{
    if (!p->has_opening) {
        return DT_OK;
    }
    struct dt_sealed sealed;
    bool present = false;
    const struct dt_cbor map = dt_cbor(p->plaintext);
    const enum dt_err err = dt_cbor_check(p->plaintext);
    if (err != DT_OK || dt_cbor_peek(&map) != DT_CBOR_MAP) {
        return err != DT_OK ? err : DT_ERR_BAD_TYPE;
    }
    const bool opens = p->has_body && p->body.size > 0 && dt_cbor_check(p->body) == DT_OK &&
                       dt_sealed_find(&sealed, p->body, &present) == DT_OK && present &&
                       dt_commitment_holds(sealed.commitment, p->salt, p->plaintext);
    return opens ? DT_OK : DT_ERR_DOES_NOT_OPEN;
}

enum dt_err dt_proof_verify(struct dt_proof_result *out, const struct dt_proof *proof)
{
    const struct dt_checkpoint *c = &proof->note.checkpoint;
    enum dt_err err = dt_header_decode(&out->header, proof->header);
    err = err != DT_OK ? err : check_body(proof, &out->header);
    err = err != DT_OK ? err : check_opening(proof);
    dt_leaf_hash(out->leaf, proof->header);
    if (err == DT_OK && dt_verify_inclusion(proof->index, c->size, out->leaf, &proof->path,
                                            c->root) != DT_OK) {
        err = DT_ERR_BAD_PROOF;
    }
    err = err != DT_OK ? err : identify_all(out, proof);
    err = err != DT_OK ? err : dt_note_verify(&proof->note);
    memcpy(out->line_id, c->line_id, DT_HASH_SIZE);
    out->index = proof->index;
    out->size = c->size;
    out->header_bytes = proof->header;
    out->has_body = proof->has_body;
    out->body = proof->body;
    out->has_opening = proof->has_opening;
    out->plaintext = proof->has_opening ? proof->plaintext : dt_span(NULL, 0);
    return err;
}

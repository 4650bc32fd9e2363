/* SPDX-License-Identifier: ISC */
#include "log/note.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "log/merkle.h"

static const char origin_start[] = "detente/1/";
/* An em dash (U+2014) and a blank begin a signature line. */
static const char dash[] = "\xe2\x80\x94 ";

enum { ID_CHARS = 52, ROOT_CHARS = 44, COSIGNED_MAX = 48 + DT_CHECKPOINT_TEXT_MAX };

void dt_origin(char out[static DT_ORIGIN_SIZE + 1], const uint8_t line_id[static DT_HASH_SIZE],
               const uint8_t writer[static DT_PUBLIC_SIZE])
{
    memcpy(out, origin_start, sizeof origin_start - 1);
    char *at = out + sizeof origin_start - 1;
    at += dt_base32(at, line_id, DT_HASH_SIZE);
    *at++ = '/';
    dt_base32(at, writer, DT_PUBLIC_SIZE);
}

void dt_note_key_id(uint8_t out[static DT_NOTE_KEY_ID_SIZE], struct dt_span name,
                    enum dt_note_key_type type, const uint8_t key[static DT_PUBLIC_SIZE])
{
    const uint8_t between[2] = {'\n', (uint8_t)type};
    uint8_t hash[DT_HASH_SIZE];
    dt_sha256_parts(hash, (const struct dt_span[]){name, {between, 2}, {key, DT_PUBLIC_SIZE}}, 3);
    memcpy(out, hash, DT_NOTE_KEY_ID_SIZE);
}

/* --- signing ------------------------------------------------------------- */

size_t dt_checkpoint_text(char out[static DT_CHECKPOINT_TEXT_MAX], const struct dt_checkpoint *c)
{
    char origin[DT_ORIGIN_SIZE + 1], root[ROOT_CHARS + 1], text[DT_CHECKPOINT_TEXT_MAX + 8];
    dt_origin(origin, c->line_id, c->writer);
    dt_base64(root, c->root, DT_HASH_SIZE);
    const int size = snprintf(text, sizeof text, "%s\n%" PRIu64 "\n%s\n", origin, c->size, root);
    const size_t used = size > DT_CHECKPOINT_TEXT_MAX ? DT_CHECKPOINT_TEXT_MAX : (size_t)size;
    memcpy(out, text, used);
    return used;
}

void dt_checkpoint_sign(struct dt_checkpoint *c, const uint8_t signer[static DT_SIGNER_SIZE])
{
    char text[DT_CHECKPOINT_TEXT_MAX];
    const size_t size = dt_checkpoint_text(text, c);
    dt_sign(c->signature, dt_span(text, size), signer);
}

enum dt_err dt_checkpoint_verify(const struct dt_checkpoint *c)
{
    if (c->size > DT_TREE_SIZE_MAX) {
        return DT_ERR_BAD_VALUE;
    }
    char text[DT_CHECKPOINT_TEXT_MAX];
    const size_t size = dt_checkpoint_text(text, c);
    return dt_verify(c->signature, dt_span(text, size), c->writer) ? DT_OK : DT_ERR_BAD_SIGNATURE;
}

/* c2sp.org/tlog-cosignature, cosignature/v1: two lines, then the checkpoint's text. */
static size_t cosigned_text(char out[static COSIGNED_MAX], uint64_t time_s,
                            const struct dt_checkpoint *c)
{
    const int head = snprintf(out, COSIGNED_MAX, "cosignature/v1\ntime %" PRIu64 "\n", time_s);
    return (size_t)head + dt_checkpoint_text(out + head, c);
}

void dt_cosign(struct dt_cosignature *s, const struct dt_checkpoint *c,
               const uint8_t signer[static DT_SIGNER_SIZE])
{
    char text[COSIGNED_MAX];
    const size_t size = cosigned_text(text, s->time_s, c);
    dt_sign(s->signature, dt_span(text, size), signer);
}

enum dt_err dt_cosign_verify(const struct dt_cosignature *s, const struct dt_checkpoint *c)
{
    if (c->size > DT_TREE_SIZE_MAX || s->time_s > DT_COSIGN_TIME_MAX) {
        return DT_ERR_BAD_VALUE;
    }
    char text[COSIGNED_MAX];
    const size_t size = cosigned_text(text, s->time_s, c);
    return dt_verify(s->signature, dt_span(text, size), s->writer) ? DT_OK : DT_ERR_BAD_SIGNATURE;
}

enum dt_err dt_note_verify(const struct dt_note *note)
{
    enum dt_err err = dt_checkpoint_verify(&note->checkpoint);
    for (size_t i = 0; err == DT_OK && i < note->cosignature_count; i++) {
        err = dt_cosign_verify(&note->cosignatures[i], &note->checkpoint);
    }
    return err;
}

/* --- writing ------------------------------------------------------------- */

/* Order of names on one line, which is not that of the keys: in base32 `2` stands for
 * a greater number than `a` but is the smaller character. */
static int compare_names(const struct dt_cosignature *a, const struct dt_cosignature *b)
{
    char x[ID_CHARS + 1], y[ID_CHARS + 1];
    dt_base32(x, a->writer, DT_PUBLIC_SIZE);
    dt_base32(y, b->writer, DT_PUBLIC_SIZE);
    return memcmp(x, y, ID_CHARS);
}

enum dt_err dt_note_add(struct dt_note *note, const struct dt_cosignature *s)
{
    if (memcmp(s->writer, note->checkpoint.writer, DT_PUBLIC_SIZE) == 0) {
        return DT_ERR_DUPLICATE;
    }
    size_t at = note->cosignature_count;
    while (at > 0 && compare_names(&note->cosignatures[at - 1], s) > 0) {
        at--;
    }
    if (at > 0 && compare_names(&note->cosignatures[at - 1], s) == 0) {
        return DT_ERR_DUPLICATE;
    }
    if (note->cosignature_count == DT_NOTE_COSIGNATURES_MAX) {
        return DT_ERR_CAPACITY;
    }
    memmove(&note->cosignatures[at + 1], &note->cosignatures[at],
            (note->cosignature_count - at) * sizeof *s);
    note->cosignatures[at] = *s;
    note->cosignature_count++;
    return DT_OK;
}

static void write_line(struct dt_writer *w, const char *name, enum dt_note_key_type type,
                       const uint8_t key[static DT_PUBLIC_SIZE], const uint64_t *time_s,
                       const uint8_t signature[static DT_SIGNATURE_SIZE])
{
    uint8_t bytes[DT_NOTE_KEY_ID_SIZE + 8 + DT_SIGNATURE_SIZE];
    char text[DT_BASE64_SIZE(sizeof bytes) + 1];
    dt_note_key_id(bytes, dt_span(name, DT_ORIGIN_SIZE), type, key);
    struct dt_writer b = dt_writer(bytes, sizeof bytes);
    b.size = DT_NOTE_KEY_ID_SIZE;
    if (time_s != NULL) {
        dt_write_u64(&b, *time_s);
    }
    dt_write_bytes(&b, signature, DT_SIGNATURE_SIZE);
    const size_t size = dt_base64(text, bytes, b.size);
    dt_write_bytes(w, dash, sizeof dash - 1);
    dt_write_bytes(w, name, DT_ORIGIN_SIZE);
    dt_write_u8(w, ' ');
    dt_write_bytes(w, text, size);
    dt_write_u8(w, '\n');
}

static void write_own_line(struct dt_writer *w, const struct dt_checkpoint *c)
{
    char name[DT_ORIGIN_SIZE + 1];
    dt_origin(name, c->line_id, c->writer);
    write_line(w, name, DT_NOTE_ED25519, c->writer, NULL, c->signature);
}

static void write_cosigner_line(struct dt_writer *w, const struct dt_checkpoint *c,
                                const struct dt_cosignature *s)
{
    char name[DT_ORIGIN_SIZE + 1];
    dt_origin(name, c->line_id, s->writer);
    write_line(w, name, DT_NOTE_COSIGNATURE, s->writer, &s->time_s, s->signature);
}

void dt_note_write(struct dt_writer *w, const struct dt_note *note)
{
    char text[DT_CHECKPOINT_TEXT_MAX];
    const size_t size = dt_checkpoint_text(text, &note->checkpoint);
    dt_write_bytes(w, text, size);
    dt_write_u8(w, '\n');
    write_own_line(w, &note->checkpoint);
    for (size_t i = 0; i < note->cosignature_count; i++) {
        write_cosigner_line(w, &note->checkpoint, &note->cosignatures[i]);
    }
}

/* --- reading ------------------------------------------------------------- */

/* The method: each line is read for its values, written again from them, and must
 * come out the same. So the values cannot have two spellings, whatever the reading
 * steps let pass. */

static enum dt_err read_id(uint8_t out[static 32], const uint8_t *text)
{
    size_t size = 0;
    const enum dt_err err = dt_unbase32(out, 32, &size, (const char *)text, ID_CHARS);
    return err != DT_OK ? err : size == 32 ? DT_OK : DT_ERR_NOT_CANONICAL;
}

static enum dt_err read_origin(struct dt_span name, uint8_t line_id[static 32],
                               uint8_t writer[static 32])
{
    const size_t start = sizeof origin_start - 1;
    if (name.size != DT_ORIGIN_SIZE || memcmp(name.data, origin_start, start) != 0 ||
        name.data[start + ID_CHARS] != '/') {
        return DT_ERR_BAD_TEXT;
    }
    const enum dt_err err = read_id(line_id, name.data + start);
    return err != DT_OK ? err : read_id(writer, name.data + start + ID_CHARS + 1);
}

/* The three lines that are signed. */
static enum dt_err read_text(struct dt_reader *r, struct dt_checkpoint *c)
{
    const uint8_t *start = r->at;
    struct dt_span origin, size, root;
    enum dt_err err = dt_read_line(r, &origin);
    err = err != DT_OK ? err : dt_read_line(r, &size);
    err = err != DT_OK ? err : dt_read_line(r, &root);
    err = err != DT_OK ? err : read_origin(origin, c->line_id, c->writer);
    err = err != DT_OK ? err : dt_undecimal(&c->size, (const char *)size.data, size.size);
    size_t root_size = 0;
    err = err != DT_OK ? err
                       : dt_unbase64(c->root, sizeof c->root, &root_size, (const char *)root.data,
                                     root.size);
    if (err != DT_OK) {
        return err;
    }
    if (root_size != DT_HASH_SIZE) {
        return DT_ERR_BAD_TEXT;
    }
    if (c->size == 0) {
        uint8_t empty[DT_HASH_SIZE];
        dt_sha256(empty, dt_span(NULL, 0));
        if (memcmp(c->root, empty, DT_HASH_SIZE) != 0) {
            return DT_ERR_BAD_HASH;
        }
    }
    char text[DT_CHECKPOINT_TEXT_MAX];
    const struct dt_span again = {(const uint8_t *)text, dt_checkpoint_text(text, c)};
    return dt_span_equal(again, dt_span(start, (size_t)(r->at - start))) ? DT_OK
                                                                         : DT_ERR_NOT_CANONICAL;
}

/* One signature line: the key in its name, and the bytes after the key id. */
static enum dt_err read_line(struct dt_span line, uint8_t line_id[static 32],
                             uint8_t key[static 32], struct dt_reader *value, uint8_t *bytes,
                             size_t capacity)
{
    const size_t start = sizeof dash - 1;
    if (line.size < start + DT_ORIGIN_SIZE + 1 || memcmp(line.data, dash, start) != 0) {
        return DT_ERR_BAD_TEXT;
    }
    const size_t head = start + DT_ORIGIN_SIZE + 1;
    enum dt_err err = read_origin(dt_span(line.data + start, DT_ORIGIN_SIZE), line_id, key);
    size_t size = 0;
    err = err != DT_OK ? err
                       : dt_unbase64(bytes, capacity, &size, (const char *)line.data + head,
                                     line.size - head);
    *value = dt_reader(dt_span(bytes, size));
    dt_read_span(value, DT_NOTE_KEY_ID_SIZE);
    return err;
}

static bool same_line(const struct dt_writer *again, struct dt_span line)
{
    const struct dt_span text = dt_written(again);
    return !again->overflowed && text.size == line.size + 1 &&
           dt_span_equal(dt_span(text.data, line.size), line);
}

static enum dt_err read_own_line(struct dt_span line, struct dt_checkpoint *c)
{
    uint8_t line_id[DT_HASH_SIZE], key[DT_PUBLIC_SIZE];
    uint8_t bytes[DT_NOTE_KEY_ID_SIZE + DT_SIGNATURE_SIZE];
    struct dt_reader value;
    enum dt_err err = read_line(line, line_id, key, &value, bytes, sizeof bytes);
    if (err != DT_OK) {
        return err;
    }
    dt_read_copy(&value, c->signature, DT_SIGNATURE_SIZE);
    err = dt_reader_end(&value);
    uint8_t text[DT_NOTE_LINE_MAX];
    struct dt_writer again = dt_writer(text, sizeof text);
    write_own_line(&again, c); /* under the names of the text: others differ here */
    return err != DT_OK ? err : same_line(&again, line) ? DT_OK : DT_ERR_NOT_CANONICAL;
}

static enum dt_err read_cosigner_line(struct dt_span line, const struct dt_checkpoint *c,
                                      struct dt_cosignature *s)
{
    uint8_t line_id[DT_HASH_SIZE];
    uint8_t bytes[DT_NOTE_KEY_ID_SIZE + 8 + DT_SIGNATURE_SIZE];
    struct dt_reader value;
    enum dt_err err = read_line(line, line_id, s->writer, &value, bytes, sizeof bytes);
    if (err != DT_OK) {
        return err;
    }
    s->time_s = dt_read_u64(&value);
    dt_read_copy(&value, s->signature, DT_SIGNATURE_SIZE);
    err = dt_reader_end(&value);
    if (err != DT_OK || s->time_s > DT_COSIGN_TIME_MAX) {
        return err != DT_OK ? err : DT_ERR_BAD_VALUE;
    }
    uint8_t text[DT_NOTE_LINE_MAX];
    struct dt_writer again = dt_writer(text, sizeof text);
    write_cosigner_line(&again, c, s);
    return same_line(&again, line) ? DT_OK : DT_ERR_NOT_CANONICAL;
}

enum dt_err dt_note_parse(struct dt_note *out, struct dt_span text)
{
    struct dt_reader r = dt_reader(text);
    struct dt_span line;
    out->cosignature_count = 0;
    enum dt_err err = read_text(&r, &out->checkpoint);
    err = err != DT_OK ? err : dt_read_line(&r, &line);
    if (err != DT_OK || line.size != 0) {
        return err != DT_OK ? err : DT_ERR_BAD_TEXT;
    }
    err = dt_read_line(&r, &line);
    err = err != DT_OK ? err : read_own_line(line, &out->checkpoint);
    while (err == DT_OK && r.left > 0) {
        if (out->cosignature_count == DT_NOTE_COSIGNATURES_MAX) {
            return DT_ERR_TOO_LARGE;
        }
        struct dt_cosignature *s = &out->cosignatures[out->cosignature_count];
        err = dt_read_line(&r, &line);
        err = err != DT_OK ? err : read_cosigner_line(line, &out->checkpoint, s);
        if (err == DT_OK && memcmp(s->writer, out->checkpoint.writer, DT_PUBLIC_SIZE) == 0) {
            return DT_ERR_BAD_VALUE;
        }
        if (err == DT_OK && out->cosignature_count > 0 && compare_names(s - 1, s) >= 0) {
            return DT_ERR_NOT_CANONICAL;
        }
        out->cosignature_count++;
    }
    return err;
}

/* SPDX-License-Identifier: ISC */
/*
 * note - checkpoints and cosignatures, in the forms other transparency logs read.
 *
 * c2sp.org/signed-note, /tlog-checkpoint and /tlog-cosignature (cosignature/v1), with
 * our key names: the origin of a log, `detente/1/` base32(line id) `/` base32(writer
 * key) (protocol.md section 5). On a link a checkpoint is only size and signature; the
 * text is made again by whoever needs it. In files the whole note stands:
 *
 *     detente/1/<line>/<writer>
 *     <size>
 *     <root, base64>
 *
 *     <dash> <origin> <base64 of key id, signature>
 *     <dash> <cosigner's origin> <base64 of key id, time, signature>
 *     ...                                  (ascending by name)
 *
 * One spelling only: dt_note_parse() refuses whatever dt_note_write() would not
 * have written. Parsing checks form and names, dt_note_verify() the signatures.
 *
 * Ownership: nothing is kept, nothing allocated. Pure. struct dt_note is some 20 KB.
 */
#ifndef DT_LOG_NOTE_H
#define DT_LOG_NOTE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "crypto/crypto.h"

/* Times are below 2^63 (protocol.md, Limits). */
#define DT_COSIGN_TIME_MAX ((uint64_t)INT64_MAX)

enum {
    DT_ORIGIN_SIZE = 10 + 52 + 1 + 52, /* characters, without the NUL */
    DT_CHECKPOINT_TEXT_MAX = DT_ORIGIN_SIZE + 1 + 18 + 1 + 44 + 1,
    DT_NOTE_KEY_ID_SIZE = 4,
    DT_NOTE_COSIGNATURES_MAX = 200, /* a line has no more members */
    /* dash, blank, origin, blank, base64 of 76 bytes (68 in the writer's line), newline */
    DT_NOTE_LINE_MAX = 3 + 1 + DT_ORIGIN_SIZE + 1 + 104 + 1,
    DT_NOTE_SIZE_MAX =
        DT_CHECKPOINT_TEXT_MAX + 1 + (1 + DT_NOTE_COSIGNATURES_MAX) * DT_NOTE_LINE_MAX - 12,
};

/* Signature types of c2sp.org/signed-note. */
enum dt_note_key_type { DT_NOTE_ED25519 = 0x01, DT_NOTE_COSIGNATURE = 0x04 };

/* What a writer says of its log: the first `size` headers have this root. */
struct dt_checkpoint {
    uint8_t line_id[DT_HASH_SIZE];
    uint8_t writer[DT_PUBLIC_SIZE];
    uint64_t size; /* records, <= DT_TREE_SIZE_MAX */
    uint8_t root[DT_HASH_SIZE];
    uint8_t signature[DT_SIGNATURE_SIZE];
};

/* What another writer says of it: these records are durable here. */
struct dt_cosignature {
    uint8_t writer[DT_PUBLIC_SIZE]; /* the cosigner's, on the same line */
    uint64_t time_s;                /* the cosigner's clock, <= DT_COSIGN_TIME_MAX */
    uint8_t signature[DT_SIGNATURE_SIZE];
};

/* `out` gets DT_ORIGIN_SIZE characters and a NUL. */
void dt_origin(char out[static DT_ORIGIN_SIZE + 1], const uint8_t line_id[static DT_HASH_SIZE],
               const uint8_t writer[static DT_PUBLIC_SIZE]);

/* SHA-256(name, newline, type, key), first four bytes. */
void dt_note_key_id(uint8_t out[static DT_NOTE_KEY_ID_SIZE], struct dt_span name,
                    enum dt_note_key_type type, const uint8_t key[static DT_PUBLIC_SIZE]);

/* The text that is signed, last newline and all; returns its size. c->signature is
 * not read. c->size <= DT_TREE_SIZE_MAX. */
size_t dt_checkpoint_text(char out[static DT_CHECKPOINT_TEXT_MAX], const struct dt_checkpoint *c);

/* Fills c->signature. `signer` belongs to c->writer. */
void dt_checkpoint_sign(struct dt_checkpoint *c, const uint8_t signer[static DT_SIGNER_SIZE]);
/* BAD_VALUE for a size no log has, BAD_SIGNATURE. */
DT_MUST_USE enum dt_err dt_checkpoint_verify(const struct dt_checkpoint *c);

/* Fills s->signature from s->time_s; c->signature is not read. `signer` belongs to
 * s->writer. */
void dt_cosign(struct dt_cosignature *s, const struct dt_checkpoint *c,
               const uint8_t signer[static DT_SIGNER_SIZE]);
/* BAD_VALUE for a size or a time out of range, BAD_SIGNATURE. Says nothing about the
 * checkpoint's own signature. */
DT_MUST_USE enum dt_err dt_cosign_verify(const struct dt_cosignature *s,
                                         const struct dt_checkpoint *c);

/* A checkpoint with the cosignatures gathered under it. */
struct dt_note {
    struct dt_checkpoint checkpoint;
    size_t cosignature_count;
    struct dt_cosignature cosignatures[DT_NOTE_COSIGNATURES_MAX];
};

/* Puts a cosignature in its place. DUPLICATE for a cosigner who is there already or
 * who is the log's own writer; CAPACITY at DT_NOTE_COSIGNATURES_MAX. */
DT_MUST_USE enum dt_err dt_note_add(struct dt_note *note, const struct dt_cosignature *s);

/* Writes the text; w->overflowed when it does not fit. The cosignatures were put there
 * by dt_note_add() or dt_note_parse(). */
void dt_note_write(struct dt_writer *w, const struct dt_note *note);

/*
 * Reads a whole note. On anything but DT_OK `out` is unspecified:
 *   TRUNCATED, TRAILING   the text or a signature ends too early; a signature is too long
 *   BAD_TEXT, NOT_CANONICAL  not our form, or not our spelling or order of it
 *   BAD_VALUE             a time out of range, or a writer that cosigns its own log
 *   BAD_HASH              the empty log with another root than the empty tree's
 *   TOO_LARGE             a size of more than 18 digits, a line that is too long, more
 *                         cosignatures than DT_NOTE_COSIGNATURES_MAX
 * Cost: O(text.size).
 */
DT_MUST_USE enum dt_err dt_note_parse(struct dt_note *out, struct dt_span text);

/* All signatures; BAD_SIGNATURE at the first that does not verify. */
DT_MUST_USE enum dt_err dt_note_verify(const struct dt_note *note);

#endif

/* SPDX-License-Identifier: ISC */
/*
 * proof - one record as a file that a stranger can check, without the rest of its log.
 *
 * c2sp.org/tlog-proof, protocol.md section 5:
 *
 *     c2sp.org/tlog-proof@v1
 *     extra <base64 of the CBOR array [header, body, [statement, ...], opening]>
 *     index <seq>
 *     <inclusion path, a base64 hash a line>
 *
 *     <the note: checkpoint, the writer's signature, cosignatures>
 *
 * dt_proof_parse() reads the form and refuses whatever dt_proof_write() would not have
 * written; dt_proof_verify() judges what it says. Together they leave no bit of a file
 * that nothing vouches for. What stays open is who the roots are: compare
 * result.root with a card or a charter. The record id takes its number from the
 * certificate and its code from there.
 *
 * Ownership: spans of a parsed proof point into the buffer that parsing was given;
 * nothing is allocated. Pure. The structs are large (40 KB): not for deep stacks.
 */
#ifndef DT_LOG_PROOF_H
#define DT_LOG_PROOF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/text.h"
#include "crypto/crypto.h"
#include "log/header.h"
#include "log/merkle.h"
#include "log/note.h"

enum {
    DT_PROOF_EXTRA_MAX = 163840, /* bytes of the CBOR array */
    /* bytes of the text: first line, extra, index, path, empty line, note */
    DT_PROOF_SIZE_MAX = 23 + 7 + DT_BASE64_SIZE(DT_PROOF_EXTRA_MAX) + 25 +
                        DT_PATH_MAX * (DT_BASE64_SIZE(DT_HASH_SIZE) + 1) + 1 + DT_NOTE_SIZE_MAX,
};

struct dt_proof {
    struct dt_span header;
    bool has_body; /* false: there is one, and it is not shown */
    struct dt_span body;
    struct dt_span writer_certificate;                            /* statement, type 2 */
    struct dt_span cosigner_certificates[DT_NOTE_COSIGNATURES_MAX]; /* as note.cosignatures */
    bool has_opening;
    uint8_t salt[DT_HASH_SIZE];
    struct dt_span plaintext; /* the sealed map, without padding */
    uint64_t index;           /* seq of the record */
    struct dt_path path;
    struct dt_note note;
};

/* Writes the file; nothing is checked (dt_proof_verify() does that). w->overflowed
 * when it does not fit or the array passes DT_PROOF_EXTRA_MAX. */
void dt_proof_write(struct dt_writer *w, const struct dt_proof *proof);

/*
 * Reads a file; `extra` (DT_PROOF_EXTRA_MAX bytes are always enough) receives what the
 * spans point to. On anything but DT_OK `out` is unspecified: TRUNCATED, TRAILING,
 * BAD_TEXT, NOT_CANONICAL, TOO_LARGE, BAD_TYPE, BAD_VALUE, and those of
 * dt_note_parse(). UNKNOWN_WRITER unless there is one certificate a signature line.
 * Cost: O(text.size); no signature is looked at.
 */
DT_MUST_USE enum dt_err dt_proof_parse(struct dt_proof *out, uint8_t *extra, size_t capacity,
                                       struct dt_span text);

/* A key, and who says whose it is. */
struct dt_proof_signer {
    uint8_t writer[DT_PUBLIC_SIZE];
    uint8_t root[DT_PUBLIC_SIZE]; /* signed the certificate; not known here */
    unsigned number;              /* of the certificate, 1..DT_WRITERS_MAX */
    uint64_t time_s;              /* of the cosignature; 0 for the writer */
};

struct dt_proof_result {
    uint8_t line_id[DT_HASH_SIZE];
    struct dt_proof_signer writer;
    uint64_t index; /* seq */
    uint64_t size;  /* of the checkpoint: records it covers */
    uint8_t leaf[DT_HASH_SIZE];
    struct dt_header header;
    struct dt_span header_bytes, body, plaintext; /* as in the proof; empty if not shown */
    bool has_body, has_opening;
    size_t cosigner_count;
    struct dt_proof_signer cosigners[DT_NOTE_COSIGNATURES_MAX];
};

/*
 * Judges a parsed proof. `out` is meaningful only on DT_OK; `plaintext` is then what
 * the body commits to.
 *   errors of dt_header_decode() and dt_certificate_decode()
 *   UNKNOWN_WRITER  a certificate for another key than the one that signed
 *   BAD_SIGNATURE   of a certificate, the checkpoint or a cosignature
 *   BAD_HASH        body and header do not belong together
 *   NOT_CANONICAL   an empty body written as not shown
 *   DOES_NOT_OPEN   an opening that the body does not commit to
 *   BAD_PROOF       the header is not at that place in the checkpoint's tree
 * Cost: two signatures a signature line, and hashes of what the file holds.
 */
DT_MUST_USE enum dt_err dt_proof_verify(struct dt_proof_result *out, const struct dt_proof *proof);

#endif

/* SPDX-License-Identifier: ISC */
/*
 * bundle_file - the form of the file, for its writer and its reader.
 *
 *     DETENTE-BUNDLE-1 newline; chunks: size u32, payload; size 0; hash      (protocol.md section 7)
 *
 * The reader gives one payload at a time and says after the last whether the hash was right:
 * who acts on payloads before that reads the file twice.
 */
#ifndef DT_NODE_BUNDLE_FILE_H
#define DT_NODE_BUNDLE_FILE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/bytes.h"
#include "crypto/crypto.h"

#define DT_BUNDLE_HEAD "DETENTE-BUNDLE-1\n"
#define DT_BUNDLE_LABEL "detente/1/bundle"

enum { DT_BUNDLE_CHUNK_MAX = 65536 }; /* bytes of a chunk's payload */

/* Large: not on the stack. Zeros before the first begin. */
struct dt_bundle_reader {
    FILE *file; /* borrowed */
    struct dt_hashing *hash;
    uint64_t bytes; /* read so far */
    uint8_t chunk[4 + DT_BUNDLE_CHUNK_MAX];
};

/* From the first byte of the file. BAD_TEXT: no bundle; UNKNOWN_VERSION: a later one; IO. */
DT_MUST_USE enum dt_err dt_bundle_reader_begin(struct dt_bundle_reader *r, FILE *file);
/* The next payload, borrowed until the next call; or *last, when the file ended as it must.
 * TRUNCATED, TOO_LARGE, BAD_HASH, TRAILING, IO. */
DT_MUST_USE enum dt_err dt_bundle_reader_next(struct dt_bundle_reader *r, struct dt_span *payload,
                                              bool *last);
void dt_bundle_reader_end(struct dt_bundle_reader *r);

#endif

/* SPDX-License-Identifier: ISC */
/*
 * blind_file - what a side keeps of a run of blind notices: its secret, its cells, which plan
 * has which, and in the end which of them both had. `blind/ID` in the home.
 *
 *     cli <-> [blind_file] <-> file
 *
 * Sealed under a key of its own that is boxed for each officer of the party, so that an officer
 * on watch reads it and neither the node nor a copy of the home does. An officer certified
 * later cannot read what was kept before.
 *
 *     [1, key id, line id, [[number, officer's key, box], …], ciphertext]
 *     the text: {1: role, 2: secret, 3: cells, 4: [[title, cells], …], 5?: common cells}
 *
 * Reading is strict; spans point into the bytes given. No I/O here.
 */
#ifndef DT_NODE_BLIND_FILE_H
#define DT_NODE_BLIND_FILE_H

#include "log/statement.h"
#include "view/blind_body.h"

enum {
    DT_BLIND_FILE_MAX = 4 << 20,
    DT_BLIND_PLANS_MAX = 1024,
    DT_BLIND_OFFICERS_MAX = 64,
};

struct dt_blind_plan {
    struct dt_span title; /* UTF-8, 1..DT_TEXT_MAX bytes */
    struct dt_span cells; /* as below */
};

struct dt_blind_kept {
    enum dt_blind_role role;
    uint8_t secret[DT_BLIND_SECRET_SIZE];
    struct dt_span cells; /* DT_BLIND_CELL_SIZE bytes each, ascending: of all plans */
    struct dt_blind_plan plans[DT_BLIND_PLANS_MAX];
    size_t plan_count;
    bool done;
    struct dt_span common;
};

struct dt_blind_reader { /* an officer who may read it */
    unsigned number;
    uint8_t key[DT_PUBLIC_SIZE]; /* Ed25519 */
};

/* `key` and `ephemeral`: 32 fresh random bytes each, wiped by the caller. TOO_LARGE; BAD_KEY for
 * a reader's weak key. */
DT_MUST_USE enum dt_err dt_blind_file_seal(struct dt_writer *w, const struct dt_blind_kept *kept,
                                           const uint8_t line[static DT_HASH_SIZE],
                                           const struct dt_blind_reader *readers, size_t count,
                                           const uint8_t key[static 32],
                                           const uint8_t ephemeral[static 32]);

/* `room` of the file's size, borrowed by *out, wiped by the caller. NO_KEY if it is not boxed for
 * that officer; UNKNOWN_LINE; DOES_NOT_OPEN; an encoding error for what is damaged. */
DT_MUST_USE enum dt_err dt_blind_file_open(struct dt_blind_kept *out, uint8_t *room, struct dt_span file,
                                           const uint8_t line[static DT_HASH_SIZE],
                                           const uint8_t public_key[static DT_PUBLIC_SIZE],
                                           const uint8_t signer[static DT_SIGNER_SIZE]);

/* The text alone, judged: for the two above. */
DT_MUST_USE enum dt_err dt_blind_kept_read(struct dt_blind_kept *out, struct dt_span text);
void dt_blind_kept_write(struct dt_writer *w, const struct dt_blind_kept *kept);

#endif

/* SPDX-License-Identifier: ISC */
/*
 * fork - two signed statements of one writer that no single log satisfies.
 *
 * protocol.md section 5. The proof is transferable: whoever knows the writer's key can
 * check it, whoever brings it, and nobody but the holder of that key can make one. It
 * says "two histories" and no more: a stolen key makes two histories too.
 *
 *     type 1  checkpoints a and b of one size, a's root below b's, empty path;
 *             or a of the smaller size, and a path (dt_two_roots_path) that leads to
 *             b's root, and to another root at a's size than a's
 *     type 2  promises a and b for one place, a's leaf below b's, empty path
 *     type 3  promise a, checkpoint b of a larger size; path: the leaf that b has at
 *             that place, then its inclusion path
 *
 * A fork is declared only after both signatures have verified: otherwise any peer
 * could frame any writer. The builders end with dt_fork_verify(), so they hand out
 * nothing that another would refuse. Nothing is kept, nothing allocated. Pure.
 */
#ifndef DT_LOG_FORK_H
#define DT_LOG_FORK_H

#include <stdint.h>

#include "base/bytes.h"
#include "crypto/crypto.h"
#include "log/merkle.h"
#include "log/note.h"
#include "log/promise.h"

enum { DT_FORK_SIZE_MAX = 2560 }; /* bytes, encoded */

enum dt_fork_type { DT_FORK_CHECKPOINTS = 1, DT_FORK_PROMISES = 2, DT_FORK_PROMISE_BROKEN = 3 };

struct dt_fork_side {
    uint64_t at;                /* size of a checkpoint, seq of a promise */
    uint8_t hash[DT_HASH_SIZE]; /* root, or leaf */
    uint8_t signature[DT_SIGNATURE_SIZE];
};

struct dt_fork {
    uint8_t line_id[DT_HASH_SIZE];
    uint16_t wid; /* a promise signs it; beside checkpoints it only names the log */
    enum dt_fork_type type;
    struct dt_fork_side a, b;
    struct dt_path path;
};

/* Writes the CBOR array of protocol.md. At most DT_FORK_SIZE_MAX bytes. */
void dt_fork_encode(struct dt_writer *w, const struct dt_fork *fork);

/* Form only: TRUNCATED, TRAILING, TOO_LARGE, NOT_CANONICAL, BAD_TYPE, BAD_VALUE,
 * UNKNOWN_VERSION. Believe nothing of it before dt_fork_verify(). */
DT_MUST_USE enum dt_err dt_fork_decode(struct dt_fork *out, struct dt_span bytes);

/*
 * DT_OK: `writer` has signed both, and no log satisfies both. `writer` is the key of
 * fork->wid on fork->line_id, which the caller looks up.
 *   BAD_SIGNATURE  one of them is not its
 *   BAD_PROOF      the two can both be true, they are in the wrong order, or the path
 *                  does not lead to b's root
 *   BAD_VALUE      a type that is none, a place that no log has
 * Cost: comparisons, at most 130 hashes, then two signatures.
 */
DT_MUST_USE enum dt_err dt_fork_verify(const struct dt_fork *fork,
                                       const uint8_t writer[static DT_PUBLIC_SIZE]);

/* No record from here on can be in both histories; they may part earlier. */
uint64_t dt_fork_parts_at(const struct dt_fork *fork);

/* --- building: results as dt_fork_verify() ------------------------------- */

/* In either order. BAD_VALUE when they are not of one log. `path` is from
 * dt_two_roots_path() over the tree of the larger one; NULL for equal sizes. */
DT_MUST_USE enum dt_err dt_fork_from_checkpoints(struct dt_fork *out, uint16_t wid,
                                                 const struct dt_checkpoint *x,
                                                 const struct dt_checkpoint *y,
                                                 const struct dt_path *path);

/* In either order. BAD_VALUE when they are not for one place of one log. */
DT_MUST_USE enum dt_err dt_fork_from_promises(struct dt_fork *out, const struct dt_promise *x,
                                              const struct dt_promise *y,
                                              const uint8_t writer[static DT_PUBLIC_SIZE]);

/* `leaf` is what stands at promise->seq in the checkpoint's tree, `inclusion` its path. */
DT_MUST_USE enum dt_err dt_fork_from_broken_promise(struct dt_fork *out,
                                                    const struct dt_promise *promise,
                                                    const struct dt_checkpoint *checkpoint,
                                                    const uint8_t leaf[static DT_HASH_SIZE],
                                                    const struct dt_path *inclusion);

#endif

/* SPDX-License-Identifier: ISC */
/*
 * merkle - the tree over a log's headers: roots, paths, and what paths prove.
 *
 * RFC 9162 section 2.1 with SHA-256: leaf = H(0x00 | data), node = H(0x01 | left |
 * right), the empty tree is H of nothing. Sizes and indexes count records.
 *
 * A writer or a holder keeps a dt_frontier and appends; what it needs for a
 * checkpoint is there at once. Paths come from stored subtree hashes through a
 * dt_tree_node_fn; the right edge, which is never complete, is put together here.
 * Whoever verifies needs neither: a path, a leaf and a root are enough.
 *
 * Ownership: nothing is kept and nothing allocated. Pure but for the callbacks.
 * Cost: every function is O(log size), and no loop is longer than DT_PATH_MAX
 * whatever numbers a peer names.
 */
#ifndef DT_LOG_MERKLE_H
#define DT_LOG_MERKLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "crypto/crypto.h"

/* Records of one log (protocol.md, Limits): 18 decimal digits. */
#define DT_TREE_SIZE_MAX UINT64_C(999999999999999999)

enum {
    DT_TREE_LEVELS = 60, /* DT_TREE_SIZE_MAX < 2^60 */
    DT_PATH_MAX = 64,    /* the longest path has DT_TREE_LEVELS + 1 hashes */
    DT_FRONTIER_SIZE_MAX = 8 + DT_TREE_LEVELS * DT_HASH_SIZE,
};

void dt_leaf_hash(uint8_t out[static DT_HASH_SIZE], struct dt_span data);
/* `out` may be `left` or `right`. */
void dt_node_hash(uint8_t out[static DT_HASH_SIZE], const uint8_t left[static DT_HASH_SIZE],
                  const uint8_t right[static DT_HASH_SIZE]);

/* --- the frontier: all that a growing tree must remember ---------------- */

/* hash[l] is a complete subtree of 2^l leaves where bit l of `size` is set, and
 * means nothing elsewhere. {0} is the empty tree. */
struct dt_frontier {
    uint64_t size;
    uint8_t hash[DT_TREE_LEVELS][DT_HASH_SIZE];
};

/* Is told of each complete subtree as it closes, lower levels first: 2^level
 * leaves from index * 2^level on. `hash` is borrowed. */
typedef void (*dt_tree_closed_fn)(void *ctx, unsigned level, uint64_t index,
                                  const uint8_t hash[DT_HASH_SIZE]);

/* Adds a leaf hash. `closed` may be NULL; it is called for the leaf itself (level
 * 0) and each subtree it completes. Amortized two hashes a leaf.
 * CAPACITY, and nothing changed, at DT_TREE_SIZE_MAX. */
DT_MUST_USE enum dt_err dt_frontier_append(struct dt_frontier *f,
                                           const uint8_t leaf[static DT_HASH_SIZE],
                                           dt_tree_closed_fn closed, void *ctx);

/* Makes `f` what `grown` is, by one leaf ahead of it: copies the one hash that is new. */
void dt_frontier_follow(struct dt_frontier *f, const struct dt_frontier *grown);

void dt_frontier_root(const struct dt_frontier *f, uint8_t root[static DT_HASH_SIZE]);

/* For the store: size as 8 bytes, then the hashes of its set bits, highest first. */
void dt_frontier_write(const struct dt_frontier *f, struct dt_writer *w);
/* TRUNCATED, TRAILING or TOO_LARGE leave `f` unspecified. */
DT_MUST_USE enum dt_err dt_frontier_read(struct dt_frontier *f, struct dt_span bytes);

/* --- paths --------------------------------------------------------------- */

struct dt_path {
    size_t count; /* <= DT_PATH_MAX */
    uint8_t hash[DT_PATH_MAX][DT_HASH_SIZE];
};

/* Adds one hash at the end; false, and nothing changed, when it is full. */
bool dt_path_add(struct dt_path *path, const uint8_t hash[static DT_HASH_SIZE]);

/* Reads the hash of the complete subtree of 2^level leaves from index * 2^level on.
 * False if it is not to be had. */
typedef bool (*dt_tree_node_fn)(void *ctx, unsigned level, uint64_t index,
                                uint8_t hash[DT_HASH_SIZE]);

/*
 * Path generators and the root of any earlier size. They ask for complete subtrees
 * within `size` only. BAD_VALUE for numbers out of order or above
 * DT_TREE_SIZE_MAX; STORE when `node` says no. The output is then unspecified.
 */
DT_MUST_USE enum dt_err dt_tree_root(uint8_t root[static DT_HASH_SIZE], uint64_t size,
                                     dt_tree_node_fn node, void *ctx);
/* RFC 9162 section 2.1.3.1; index < size. */
DT_MUST_USE enum dt_err dt_inclusion_path(struct dt_path *path, uint64_t index, uint64_t size,
                                          dt_tree_node_fn node, void *ctx);
/* RFC 9162 section 2.1.4.1; 0 < first <= second. Empty when they are equal. */
DT_MUST_USE enum dt_err dt_consistency_path(struct dt_path *path, uint64_t first,
                                            uint64_t second, dt_tree_node_fn node, void *ctx);
/* The same with the hash that the RFC leaves out when `first` is a power of two
 * (SUBPROOF with b = false): it yields both roots by itself, as a fork proof must,
 * whose point is that the signed root at `first` is not the one in this tree. */
DT_MUST_USE enum dt_err dt_two_roots_path(struct dt_path *path, uint64_t first, uint64_t second,
                                          dt_tree_node_fn node, void *ctx);

/* --- what a path says ---------------------------------------------------- */

/* The root a path leads to. BAD_VALUE unless index < size <= DT_TREE_SIZE_MAX;
 * BAD_PROOF when the path is shorter or longer than that place in that tree needs. */
DT_MUST_USE enum dt_err dt_root_from_inclusion(uint8_t root[static DT_HASH_SIZE], uint64_t index,
                                               uint64_t size,
                                               const uint8_t leaf[static DT_HASH_SIZE],
                                               const struct dt_path *path);

/* Both roots from a path of dt_two_roots_path(). BAD_VALUE unless
 * 0 < first <= second <= DT_TREE_SIZE_MAX; BAD_PROOF for a path of another length. */
DT_MUST_USE enum dt_err dt_roots_from_path(uint8_t root1[static DT_HASH_SIZE],
                                           uint8_t root2[static DT_HASH_SIZE], uint64_t first,
                                           uint64_t second, const struct dt_path *path);

/* RFC 9162 section 2.1.3.2: as dt_root_from_inclusion(), and BAD_PROOF for another root. */
DT_MUST_USE enum dt_err dt_verify_inclusion(uint64_t index, uint64_t size,
                                            const uint8_t leaf[static DT_HASH_SIZE],
                                            const struct dt_path *path,
                                            const uint8_t root[static DT_HASH_SIZE]);

/* RFC 9162 section 2.1.4.2, for a path of dt_consistency_path(). The empty tree
 * (first = 0) is BAD_VALUE: every tree extends it, so there is nothing to show. */
DT_MUST_USE enum dt_err dt_verify_consistency(uint64_t first, uint64_t second,
                                              const uint8_t root1[static DT_HASH_SIZE],
                                              const uint8_t root2[static DT_HASH_SIZE],
                                              const struct dt_path *path);

#endif

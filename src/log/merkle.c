/* SPDX-License-Identifier: ISC */
#include "log/merkle.h"

#include <string.h>

void dt_leaf_hash(uint8_t out[static DT_HASH_SIZE], struct dt_span data)
{
    static const uint8_t prefix = 0x00;
    dt_sha256_parts(out, (const struct dt_span[]){{&prefix, 1}, data}, 2);
}

void dt_node_hash(uint8_t out[static DT_HASH_SIZE], const uint8_t left[static DT_HASH_SIZE],
                  const uint8_t right[static DT_HASH_SIZE])
{
    uint8_t bytes[1 + 2 * DT_HASH_SIZE] = {0x01};
    memcpy(bytes + 1, left, DT_HASH_SIZE);
    memcpy(bytes + 1 + DT_HASH_SIZE, right, DT_HASH_SIZE);
    dt_sha256(out, dt_span(bytes, sizeof bytes));
}

/* --- the frontier -------------------------------------------------------- */

enum dt_err dt_frontier_append(struct dt_frontier *f, const uint8_t leaf[static DT_HASH_SIZE],
                               dt_tree_closed_fn closed, void *ctx)
{
    if (f->size >= DT_TREE_SIZE_MAX) {
        return DT_ERR_CAPACITY;
    }
    uint8_t carry[DT_HASH_SIZE];
    memcpy(carry, leaf, DT_HASH_SIZE);
    /* Adding one to `size` in binary: each carry joins two subtrees of a level. */
    unsigned level = 0;
    for (;; level++) {
        if (closed != NULL) {
            closed(ctx, level, f->size >> level, carry);
        }
        if ((f->size >> level & 1) == 0) {
            break;
        }
        dt_node_hash(carry, f->hash[level], carry);
    }
    memcpy(f->hash[level], carry, DT_HASH_SIZE);
    f->size++;
    return DT_OK;
}

void dt_frontier_follow(struct dt_frontier *f, const struct dt_frontier *grown)
{
    unsigned level = 0;
    while ((grown->size >> level & 1) == 0) { /* where the last leaf came to rest */
        level++;
    }
    memcpy(f->hash[level], grown->hash[level], DT_HASH_SIZE);
    f->size = grown->size;
}

void dt_frontier_root(const struct dt_frontier *f, uint8_t root[static DT_HASH_SIZE])
{
    if (f->size == 0) {
        dt_sha256(root, dt_span(NULL, 0));
        return;
    }
    bool any = false;
    for (unsigned level = 0; level < DT_TREE_LEVELS; level++) {
        if ((f->size >> level & 1) == 0) {
            continue;
        }
        if (any) {
            dt_node_hash(root, f->hash[level], root);
        } else {
            memcpy(root, f->hash[level], DT_HASH_SIZE);
        }
        any = true;
    }
}

void dt_frontier_write(const struct dt_frontier *f, struct dt_writer *w)
{
    dt_write_u64(w, f->size);
    for (unsigned level = DT_TREE_LEVELS; level-- > 0;) {
        if ((f->size >> level & 1) != 0) {
            dt_write_bytes(w, f->hash[level], DT_HASH_SIZE);
        }
    }
}

enum dt_err dt_frontier_read(struct dt_frontier *f, struct dt_span bytes)
{
    struct dt_reader r = dt_reader(bytes);
    *f = (struct dt_frontier){.size = dt_read_u64(&r)};
    if (f->size > DT_TREE_SIZE_MAX) {
        return DT_ERR_TOO_LARGE;
    }
    for (unsigned level = DT_TREE_LEVELS; level-- > 0;) {
        if ((f->size >> level & 1) != 0) {
            dt_read_copy(&r, f->hash[level], DT_HASH_SIZE);
        }
    }
    return dt_reader_end(&r);
}

/* --- generating ---------------------------------------------------------- */

bool dt_path_add(struct dt_path *path, const uint8_t hash[static DT_HASH_SIZE])
{
    if (path->count == DT_PATH_MAX) {
        return false;
    }
    memcpy(path->hash[path->count++], hash, DT_HASH_SIZE);
    return true;
}

/* Generators go from the root down; paths are written from the leaf up. */
static void reverse(struct dt_path *path)
{
    for (size_t i = 0; i < path->count / 2; i++) {
        uint8_t hold[DT_HASH_SIZE];
        memcpy(hold, path->hash[i], DT_HASH_SIZE);
        memcpy(path->hash[i], path->hash[path->count - 1 - i], DT_HASH_SIZE);
        memcpy(path->hash[path->count - 1 - i], hold, DT_HASH_SIZE);
    }
}

/* Largest power of two below n; n > 1. */
static uint64_t split(uint64_t n)
{
    uint64_t k = 1;
    while (k < n - k) {
        k *= 2;
    }
    return k;
}

struct source {
    dt_tree_node_fn node;
    void *ctx;
};

/* Hash of leaves [begin, begin + size), size > 0. `begin` is a multiple of a power of
 * two not below `size`, as it is for every node of the tree: so the range is one
 * complete subtree for each set bit of `size`, joined from the smallest up. */
static bool range_root(uint8_t out[static DT_HASH_SIZE], uint64_t begin, uint64_t size,
                       struct source s)
{
    bool any = false;
    for (unsigned level = 0; level < DT_TREE_LEVELS; level++) {
        if ((size >> level & 1) == 0) {
            continue;
        }
        const uint64_t index = (begin >> level) + ((size >> level) - 1);
        uint8_t hash[DT_HASH_SIZE];
        if (!s.node(s.ctx, level, index, hash)) {
            return false;
        }
        if (any) {
            dt_node_hash(out, hash, out);
        } else {
            memcpy(out, hash, DT_HASH_SIZE);
        }
        any = true;
    }
    return any;
}

static bool add_range(struct dt_path *path, uint64_t begin, uint64_t size, struct source s)
{
    uint8_t hash[DT_HASH_SIZE];
    return range_root(hash, begin, size, s) && dt_path_add(path, hash);
}

enum dt_err dt_tree_root(uint8_t root[static DT_HASH_SIZE], uint64_t size, dt_tree_node_fn node,
                         void *ctx)
{
    if (size > DT_TREE_SIZE_MAX) {
        return DT_ERR_BAD_VALUE;
    }
    if (size == 0) {
        dt_sha256(root, dt_span(NULL, 0));
        return DT_OK;
    }
    return range_root(root, 0, size, (struct source){node, ctx}) ? DT_OK : DT_ERR_STORE;
}

enum dt_err dt_inclusion_path(struct dt_path *path, uint64_t index, uint64_t size,
                              dt_tree_node_fn node, void *ctx)
{
    const struct source s = {node, ctx};
    path->count = 0;
    if (index >= size || size > DT_TREE_SIZE_MAX) {
        return DT_ERR_BAD_VALUE;
    }
    uint64_t begin = 0;
    while (size > 1) {
        const uint64_t k = split(size);
        const bool left = index - begin < k;
        if (!(left ? add_range(path, begin + k, size - k, s) : add_range(path, begin, k, s))) {
            return DT_ERR_STORE;
        }
        begin += left ? 0 : k;
        size = left ? k : size - k;
    }
    reverse(path);
    return DT_OK;
}

/* RFC 9162 section 2.1.4.1, SUBPROOF(first, D[0:second], leave_out_first). */
static enum dt_err subproof(struct dt_path *path, uint64_t first, uint64_t second,
                            bool leave_out_first, struct source s)
{
    path->count = 0;
    if (first == 0 || first > second || second > DT_TREE_SIZE_MAX) {
        return DT_ERR_BAD_VALUE;
    }
    uint64_t begin = 0, size = second;
    while (first != begin + size) {
        const uint64_t k = split(size);
        const bool left = first - begin <= k;
        if (!(left ? add_range(path, begin + k, size - k, s) : add_range(path, begin, k, s))) {
            return DT_ERR_STORE;
        }
        begin += left ? 0 : k;
        size = left ? k : size - k;
    }
    /* At begin = 0 what is left is the tree of size `first` itself, whose root the
     * verifier of an RFC path has already. */
    if (!(begin == 0 && leave_out_first) && !add_range(path, begin, size, s)) {
        return DT_ERR_STORE;
    }
    reverse(path);
    return DT_OK;
}

enum dt_err dt_consistency_path(struct dt_path *path, uint64_t first, uint64_t second,
                                dt_tree_node_fn node, void *ctx)
{
    return subproof(path, first, second, true, (struct source){node, ctx});
}

enum dt_err dt_two_roots_path(struct dt_path *path, uint64_t first, uint64_t second,
                              dt_tree_node_fn node, void *ctx)
{
    return subproof(path, first, second, false, (struct source){node, ctx});
}

/* --- verifying ----------------------------------------------------------- */

enum dt_err dt_root_from_inclusion(uint8_t root[static DT_HASH_SIZE], uint64_t index,
                                   uint64_t size, const uint8_t leaf[static DT_HASH_SIZE],
                                   const struct dt_path *path)
{
    if (index >= size || size > DT_TREE_SIZE_MAX) {
        return DT_ERR_BAD_VALUE;
    }
    /* Section 2.1.3.2: our node, and the last node, on the level reached so far. */
    uint64_t at = index, last = size - 1;
    uint8_t hash[DT_HASH_SIZE];
    memcpy(hash, leaf, DT_HASH_SIZE);
    for (size_t i = 0; i < path->count; i++) {
        if (last == 0) {
            return DT_ERR_BAD_PROOF; /* at the root, and the path goes on */
        }
        if ((at & 1) == 1 || at == last) {
            dt_node_hash(hash, path->hash[i], hash);
            while ((at & 1) == 0 && at != 0) { /* last and alone: moves up as it is */
                at >>= 1;
                last >>= 1;
            }
        } else {
            dt_node_hash(hash, hash, path->hash[i]);
        }
        at >>= 1;
        last >>= 1;
    }
    if (last != 0) {
        return DT_ERR_BAD_PROOF;
    }
    memcpy(root, hash, DT_HASH_SIZE);
    return DT_OK;
}

/* Section 2.1.4.2 from its third step on. `seed` is the largest complete subtree that
 * ends at `first`; `rest` the other hashes. */
static enum dt_err climb(uint8_t root1[static DT_HASH_SIZE], uint8_t root2[static DT_HASH_SIZE],
                         uint64_t first, uint64_t second, const uint8_t *seed,
                         const uint8_t (*rest)[DT_HASH_SIZE], size_t count)
{
    /* One tree is its own prefix: nothing to climb. */
    uint64_t at = first - 1, last = first == second ? 0 : second - 1;
    while ((at & 1) == 1) {
        at >>= 1;
        last >>= 1;
    }
    uint8_t older[DT_HASH_SIZE], newer[DT_HASH_SIZE];
    memcpy(older, seed, DT_HASH_SIZE);
    memcpy(newer, seed, DT_HASH_SIZE);
    for (size_t i = 0; i < count; i++) {
        if (last == 0) {
            return DT_ERR_BAD_PROOF;
        }
        if ((at & 1) == 1 || at == last) {
            dt_node_hash(older, rest[i], older);
            dt_node_hash(newer, rest[i], newer);
            while ((at & 1) == 0 && at != 0) {
                at >>= 1;
                last >>= 1;
            }
        } else {
            dt_node_hash(newer, newer, rest[i]);
        }
        at >>= 1;
        last >>= 1;
    }
    if (last != 0) {
        return DT_ERR_BAD_PROOF;
    }
    memcpy(root1, older, DT_HASH_SIZE);
    memcpy(root2, newer, DT_HASH_SIZE);
    return DT_OK;
}

static bool sizes_in_order(uint64_t first, uint64_t second)
{
    return first > 0 && first <= second && second <= DT_TREE_SIZE_MAX;
}

enum dt_err dt_roots_from_path(uint8_t root1[static DT_HASH_SIZE],
                               uint8_t root2[static DT_HASH_SIZE], uint64_t first,
                               uint64_t second, const struct dt_path *path)
{
    if (!sizes_in_order(first, second)) {
        return DT_ERR_BAD_VALUE;
    }
    if (path->count == 0) {
        return DT_ERR_BAD_PROOF;
    }
    return climb(root1, root2, first, second, path->hash[0], &path->hash[1], path->count - 1);
}

enum dt_err dt_verify_inclusion(uint64_t index, uint64_t size,
                                const uint8_t leaf[static DT_HASH_SIZE],
                                const struct dt_path *path,
                                const uint8_t root[static DT_HASH_SIZE])
{
    uint8_t reached[DT_HASH_SIZE];
    const enum dt_err err = dt_root_from_inclusion(reached, index, size, leaf, path);
    if (err != DT_OK) {
        return err;
    }
    return memcmp(reached, root, DT_HASH_SIZE) == 0 ? DT_OK : DT_ERR_BAD_PROOF;
}

enum dt_err dt_verify_consistency(uint64_t first, uint64_t second,
                                  const uint8_t root1[static DT_HASH_SIZE],
                                  const uint8_t root2[static DT_HASH_SIZE],
                                  const struct dt_path *path)
{
    if (!sizes_in_order(first, second)) {
        return DT_ERR_BAD_VALUE;
    }
    uint8_t older[DT_HASH_SIZE], newer[DT_HASH_SIZE];
    enum dt_err err = DT_ERR_BAD_PROOF;
    if (first == second || (first & (first - 1)) == 0) { /* the RFC left `root1` out */
        err = climb(older, newer, first, second, root1, path->hash, path->count);
    } else {
        err = dt_roots_from_path(older, newer, first, second, path);
    }
    if (err != DT_OK) {
        return err;
    }
    const bool same = memcmp(older, root1, DT_HASH_SIZE) == 0 &&
                      memcmp(newer, root2, DT_HASH_SIZE) == 0;
    return same ? DT_OK : DT_ERR_BAD_PROOF;
}

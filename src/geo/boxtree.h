/* SPDX-License-Identifier: ISC */
/*
 * boxtree - boxes with a number each, found by overlap; grows and shrinks one at a time.
 * Internal to geo; index.h is what others use.
 *
 * A tree of bounding boxes (after A. Guttman, SIGMOD 1984) over the four axes of box.h at
 * once, so that what overlaps on the ground but not in time lies apart in the tree. What a
 * box costs is the product over the axes of its length and half the mean length of the boxes
 * held: about in proportion to the chance that a question meets it. A new box goes
 * where it adds the least cost; an overfull node is cut, on the axis and at the place
 * where the two halves cost least together. A node is a row of integers an axis, so that
 * comparing is a few vector operations and one or two reads ahead of the memory.
 *
 * Every operation walks one path, and moves at most the entries of the nodes on it: no
 * rebuild, no pause. Answers come in no particular order, and depend on history; sets do
 * not. Not thread-safe. Memory: 40 bytes an entry, nodes 60 to 70 % full.
 */
#ifndef DT_GEO_BOXTREE_H
#define DT_GEO_BOXTREE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "geo/box.h"

struct dt_tree_node;

struct dt_tree {
    struct dt_tree_node **blocks; /* of nodes */
    size_t block_count, block_capacity;
    uint32_t used; /* nodes ever taken */
    uint32_t free, free_count;
    uint32_t root;
    size_t count;
    float mean[DT_BOX_AXES]; /* length of the boxes */
};

void dt_tree_init(struct dt_tree *tree);
void dt_tree_free(struct dt_tree *tree);

/* NO_MEMORY, and nothing changed. */
DT_MUST_USE enum dt_err dt_tree_add(struct dt_tree *tree, const struct dt_box *box,
                                    uint32_t number);

/* The box as it was added. False if there is none such. Needs no memory. */
bool dt_tree_remove(struct dt_tree *tree, const struct dt_box *box, uint32_t number);

/* What is asked: boxes that overlap `box`, at any height on another datum's part of that
 * axis (outside own_lo..own_hi). Of wide boxes seen from the other side of the world only
 * those that do not overlap without a turn. */
struct dt_tree_question {
    struct dt_box box;
    int32_t own_lo, own_hi;
};

/* Lists that grow; start from zero, dt_tree_found_free(). */
struct dt_tree_found {
    uint32_t *numbers;
    size_t count, capacity;
    uint32_t *nodes; /* private: still to be looked at */
    size_t node_capacity;
};

void dt_tree_found_free(struct dt_tree_found *found);

/* Appends each number once. NO_MEMORY. */
DT_MUST_USE enum dt_err dt_tree_find(const struct dt_tree *tree, const struct dt_tree_question *q,
                                     struct dt_tree_found *found);

/* Numbers of up to `capacity` boxes that end in time before `time`. */
size_t dt_tree_ended(const struct dt_tree *tree, int32_t time, uint32_t *numbers, size_t capacity);

size_t dt_tree_bytes(const struct dt_tree *tree);

/* Walks everything; false if any invariant is broken. For tests. */
bool dt_tree_check(const struct dt_tree *tree);

#endif

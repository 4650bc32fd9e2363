/* SPDX-License-Identifier: ISC */
/* boxtree_node - the nodes of a box tree: shared by its two files, nobody else's business. */
#ifndef DT_GEO_BOXTREE_NODE_H
#define DT_GEO_BOXTREE_NODE_H

#include "geo/boxtree.h"

enum {
    DT_NODE_FULL = 32,  /* entries of a node */
    DT_NODE_LEAST = 8,  /* fewer are put elsewhere */
    DT_NODE_SHARE = 10, /* of a cut node, at least */
    DT_NODE_BLOCK = 64, /* nodes allocated at a time */
    DT_TREE_DEEP = 16,  /* more levels than there can be: DT_NODE_LEAST^11 > 2^32 */
    DT_NODE_NONE = 0,   /* no node; number 0 is not given out */
};

/* Of a leaf: boxes and their numbers. Of others: what lies below each child. */
struct dt_tree_node {
    int32_t lo[DT_BOX_AXES][DT_NODE_FULL];
    int32_t hi[DT_BOX_AXES][DT_NODE_FULL];
    int32_t ends[DT_NODE_FULL];    /* the earliest end in time below */
    uint32_t number[DT_NODE_FULL]; /* the child, or the caller's number */
    uint32_t parent;
    uint16_t count;
    uint16_t level; /* 0: a leaf */
};

static inline struct dt_tree_node *dt_node_at(const struct dt_tree *tree, uint32_t id)
{
    return &tree->blocks[id / DT_NODE_BLOCK][id % DT_NODE_BLOCK];
}

#endif

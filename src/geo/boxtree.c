/* SPDX-License-Identifier: ISC */
#include "geo/boxtree.h"

#include <stdlib.h>
#include <string.h>

#include "geo/boxtree_node.h"

struct entry {
    struct dt_box box;
    int32_t ends;
    uint32_t number;
};

void dt_tree_init(struct dt_tree *tree)
{
    *tree = (struct dt_tree){.used = 1};
}

void dt_tree_free(struct dt_tree *tree)
{
    for (size_t i = 0; i < tree->block_count; i++) {
        free(tree->blocks[i]);
    }
    free(tree->blocks);
    dt_tree_init(tree);
}

size_t dt_tree_bytes(const struct dt_tree *tree)
{
    return tree->block_count * DT_NODE_BLOCK * sizeof(struct dt_tree_node) +
           tree->block_capacity * sizeof *tree->blocks;
}

/* --- nodes ------------------------------------------------------------------------ */

static bool add_block(struct dt_tree *tree)
{
    if (tree->block_count == tree->block_capacity) {
        const size_t capacity = tree->block_capacity > 0 ? 2 * tree->block_capacity : 16;
        void *blocks = realloc(tree->blocks, capacity * sizeof *tree->blocks);
        if (blocks == NULL) {
            return false;
        }
        tree->blocks = blocks;
        tree->block_capacity = capacity;
    }
    tree->blocks[tree->block_count] = calloc(DT_NODE_BLOCK, sizeof(struct dt_tree_node));
    return tree->blocks[tree->block_count] != NULL && ++tree->block_count > 0;
}

/* Makes sure that the next `count` nodes can be had. */
static bool reserve(struct dt_tree *tree, uint32_t count)
{
    while (tree->free_count + tree->block_count * DT_NODE_BLOCK < (size_t)tree->used + count) {
        if (!add_block(tree)) {
            return false;
        }
    }
    return true;
}

static uint32_t take_node(struct dt_tree *tree, unsigned level)
{
    uint32_t id = tree->free;
    if (id != DT_NODE_NONE) {
        tree->free = dt_node_at(tree, id)->parent;
        tree->free_count--;
    } else {
        id = tree->used++;
    }
    struct dt_tree_node *node = dt_node_at(tree, id);
    node->count = 0;
    node->level = (uint16_t)level;
    node->parent = DT_NODE_NONE;
    return id;
}

static void give_node(struct dt_tree *tree, uint32_t id)
{
    dt_node_at(tree, id)->parent = tree->free;
    tree->free = id;
    tree->free_count++;
}

static void put_entry(struct dt_tree *tree, uint32_t id, size_t at, const struct entry *e)
{
    struct dt_tree_node *node = dt_node_at(tree, id);
    for (int k = 0; k < DT_BOX_AXES; k++) {
        node->lo[k][at] = e->box.lo[k];
        node->hi[k][at] = e->box.hi[k];
    }
    node->ends[at] = e->ends;
    node->number[at] = e->number;
    if (node->level > 0) {
        dt_node_at(tree, e->number)->parent = id;
    }
}

static void get_entry(const struct dt_tree_node *node, size_t at, struct entry *e)
{
    for (int k = 0; k < DT_BOX_AXES; k++) {
        e->box.lo[k] = node->lo[k][at];
        e->box.hi[k] = node->hi[k][at];
    }
    e->ends = node->ends[at];
    e->number = node->number[at];
}

static void widen(struct entry *e, const struct entry *by)
{
    for (int k = 0; k < DT_BOX_AXES; k++) {
        e->box.lo[k] = by->box.lo[k] < e->box.lo[k] ? by->box.lo[k] : e->box.lo[k];
        e->box.hi[k] = by->box.hi[k] > e->box.hi[k] ? by->box.hi[k] : e->box.hi[k];
    }
    e->ends = by->ends < e->ends ? by->ends : e->ends;
}

/* The entry that stands for a node in its parent. */
static void sum_up(const struct dt_tree *tree, uint32_t id, struct entry *e)
{
    const struct dt_tree_node *node = dt_node_at(tree, id);
    get_entry(node, 0, e);
    for (size_t i = 1; i < node->count; i++) {
        struct entry one;
        get_entry(node, i, &one);
        widen(e, &one);
    }
    e->number = id;
}

static size_t slot_of(const struct dt_tree_node *node, uint32_t number)
{
    size_t at = 0;
    while (node->number[at] != number) {
        at++;
    }
    return at;
}

/* --- costs ------------------------------------------------------------------------ */

static float length(int32_t lo, int32_t hi)
{
    return (float)((int64_t)hi - lo);
}

static float cost(const struct dt_tree *tree, const struct dt_box *box)
{
    float product = 1.0F;
    for (int k = 0; k < DT_BOX_AXES; k++) {
        product *= length(box->lo[k], box->hi[k]) / tree->mean[k] + 0.5F;
    }
    return product;
}

/* The mean of the first boxes, then of the last 256 or so. */
static void learn(struct dt_tree *tree, const struct dt_box *box)
{
    const float weight = tree->count < 255 ? 1.0F / (float)(tree->count + 1) : 1.0F / 256.0F;
    for (int k = 0; k < DT_BOX_AXES; k++) {
        const float l = length(box->lo[k], box->hi[k]) + 1.0F;
        tree->mean[k] += (l - tree->mean[k]) * weight;
        tree->mean[k] = tree->mean[k] > 1.0F ? tree->mean[k] : 1.0F;
    }
}

static size_t cheapest_child(const struct dt_tree *tree, const struct dt_tree_node *node,
                             const struct dt_box *box)
{
    float more[DT_NODE_FULL], whole[DT_NODE_FULL];
    for (size_t i = 0; i < DT_NODE_FULL; i++) {
        more[i] = whole[i] = 1.0F;
    }
    for (int k = 0; k < DT_BOX_AXES; k++) {
        const float scale = 1.0F / tree->mean[k];
        const int32_t lo = box->lo[k], hi = box->hi[k];
        for (size_t i = 0; i < DT_NODE_FULL; i++) {
            const int32_t a = node->lo[k][i], b = node->hi[k][i];
            const int32_t low = lo < a ? lo : a, high = hi > b ? hi : b;
            whole[i] *= ((float)b - (float)a) * scale + 0.5F;
            more[i] *= ((float)high - (float)low) * scale + 0.5F;
        }
    }
    size_t best = 0;
    for (size_t i = 1; i < node->count; i++) {
        const float one = more[i] - whole[i], other = more[best] - whole[best];
        if (one < other || (one == other && whole[i] < whole[best])) {
            best = i;
        }
    }
    return best;
}

/* --- adding ------------------------------------------------------------------------ */

/* Orders entries by their middles on one axis. */
static void order(const struct entry *e, size_t count, int axis, uint8_t *by)
{
    int64_t middle[DT_NODE_FULL + 1];
    for (size_t i = 0; i < count; i++) {
        const int64_t m = (int64_t)e[i].box.lo[axis] + e[i].box.hi[axis];
        size_t at = i;
        while (at > 0 && middle[at - 1] > m) {
            middle[at] = middle[at - 1];
            by[at] = by[at - 1];
            at--;
        }
        middle[at] = m;
        by[at] = (uint8_t)i;
    }
}

/* Where to cut along one order; returns what the halves cost together. */
static float cut_along(const struct dt_tree *tree, const struct entry *e, const uint8_t *by,
                       size_t *cut)
{
    float right[DT_NODE_FULL + 2];
    struct entry sum = e[by[DT_NODE_FULL]];
    for (size_t i = DT_NODE_FULL + 1; i-- > DT_NODE_SHARE;) {
        widen(&sum, &e[by[i]]);
        right[i] = cost(tree, &sum.box) * (float)(DT_NODE_FULL + 1 - i);
    }
    float best = 0.0F;
    *cut = 0;
    sum = e[by[0]];
    for (size_t i = 0; i < DT_NODE_FULL + 1 - DT_NODE_SHARE; i++) {
        widen(&sum, &e[by[i]]);
        if (i + 1 >= DT_NODE_SHARE) {
            const float both = cost(tree, &sum.box) * (float)(i + 1) + right[i + 1];
            if (*cut == 0 || both < best) {
                best = both;
                *cut = i + 1;
            }
        }
    }
    return best;
}

/* Deals DT_NODE_FULL + 1 entries out to `id` and a new node, which is returned. */
static uint32_t cut_node(struct dt_tree *tree, uint32_t id, const struct entry *e)
{
    uint8_t by[2][DT_NODE_FULL + 1];
    int chosen = 0;
    size_t cut = 0;
    float least = 0.0F;
    for (int k = 0; k < DT_BOX_AXES; k++) {
        size_t at;
        order(e, DT_NODE_FULL + 1, k, by[1 - chosen]);
        const float both = cut_along(tree, e, by[1 - chosen], &at);
        if (k == 0 || both < least) {
            chosen = 1 - chosen;
            least = both;
            cut = at;
        }
    }
    const uint32_t other = take_node(tree, dt_node_at(tree, id)->level);
    for (size_t i = 0; i < DT_NODE_FULL + 1; i++) {
        const bool left = i < cut;
        put_entry(tree, left ? id : other, left ? i : i - cut, &e[by[chosen][i]]);
    }
    dt_node_at(tree, id)->count = (uint16_t)cut;
    dt_node_at(tree, other)->count = (uint16_t)(DT_NODE_FULL + 1 - cut);
    return other;
}

static void grow_root(struct dt_tree *tree, uint32_t other)
{
    const uint32_t old = tree->root;
    const uint32_t root = take_node(tree, dt_node_at(tree, old)->level + 1U);
    struct entry e;
    sum_up(tree, old, &e);
    put_entry(tree, root, 0, &e);
    sum_up(tree, other, &e);
    put_entry(tree, root, 1, &e);
    dt_node_at(tree, root)->count = 2;
    tree->root = root;
}

/* Adds to a node whose ancestors' boxes hold the entry; cuts upwards as needed. */
static void add_to(struct dt_tree *tree, uint32_t id, const struct entry *one)
{
    struct entry e = *one;
    for (;;) {
        struct dt_tree_node *node = dt_node_at(tree, id);
        if (node->count < DT_NODE_FULL) {
            put_entry(tree, id, node->count, &e);
            node->count++;
            return;
        }
        struct entry all[DT_NODE_FULL + 1];
        for (size_t i = 0; i < DT_NODE_FULL; i++) {
            get_entry(node, i, &all[i]);
        }
        all[DT_NODE_FULL] = e;
        const uint32_t parent = node->parent;
        const uint32_t other = cut_node(tree, id, all);
        if (parent == DT_NODE_NONE) {
            grow_root(tree, other);
            return;
        }
        struct entry half;
        sum_up(tree, id, &half);
        put_entry(tree, parent, slot_of(dt_node_at(tree, parent), id), &half);
        sum_up(tree, other, &e);
        id = parent;
    }
}

/* Enough nodes were reserved. */
static void add_at_level(struct dt_tree *tree, const struct entry *e, unsigned level)
{
    uint32_t id = tree->root;
    while (dt_node_at(tree, id)->level > level) {
        const struct dt_tree_node *node = dt_node_at(tree, id);
        const size_t at = cheapest_child(tree, node, &e->box);
        struct entry child;
        get_entry(node, at, &child);
        widen(&child, e);
        put_entry(tree, id, at, &child);
        id = child.number;
    }
    add_to(tree, id, e);
}

enum dt_err dt_tree_add(struct dt_tree *tree, const struct dt_box *box, uint32_t number)
{
    if (!reserve(tree, DT_TREE_DEEP)) {
        return DT_ERR_NO_MEMORY;
    }
    const struct entry e = {*box, box->hi[DT_BOX_TIME], number};
    if (tree->root == DT_NODE_NONE) {
        tree->root = take_node(tree, 0);
    }
    learn(tree, box);
    add_at_level(tree, &e, 0);
    tree->count++;
    return DT_OK;
}

/* --- removing ----------------------------------------------------------------------- */

static bool holds(const struct dt_tree_node *node, size_t i, const struct dt_box *box)
{
    bool inside = true;
    for (int k = 0; k < DT_BOX_AXES; k++) {
        inside = inside && node->lo[k][i] <= box->lo[k] && node->hi[k][i] >= box->hi[k];
    }
    return inside;
}

/* The leaf with this entry, DT_NODE_NONE if there is none; a walk down every child that holds
 * the box. */
static uint32_t find_leaf(const struct dt_tree *tree, const struct dt_box *box, uint32_t number,
                          size_t *at)
{
    uint32_t stack[DT_TREE_DEEP * DT_NODE_FULL];
    size_t top = 0;
    if (tree->root != DT_NODE_NONE) {
        stack[top++] = tree->root;
    }
    while (top > 0) {
        const uint32_t id = stack[--top];
        const struct dt_tree_node *node = dt_node_at(tree, id);
        for (size_t i = 0; i < node->count; i++) {
            if (!holds(node, i, box)) {
                continue;
            }
            if (node->level > 0) {
                stack[top++] = node->number[i];
            } else if (node->number[i] == number) {
                *at = i;
                return id;
            }
        }
    }
    return DT_NODE_NONE;
}

static void drop_entry(struct dt_tree *tree, uint32_t id, size_t at)
{
    struct dt_tree_node *node = dt_node_at(tree, id);
    struct entry last;
    get_entry(node, --node->count, &last);
    put_entry(tree, id, at, &last);
}

/* Takes a node that has become too small out of its parent, its entries into `homeless`. */
static size_t dissolve(struct dt_tree *tree, uint32_t id, struct entry *homeless)
{
    const struct dt_tree_node *node = dt_node_at(tree, id);
    const size_t count = node->count;
    for (size_t i = 0; i < count; i++) {
        get_entry(node, i, &homeless[i]);
    }
    drop_entry(tree, node->parent, slot_of(dt_node_at(tree, node->parent), id));
    give_node(tree, id);
    return count;
}

static void shrink_root(struct dt_tree *tree)
{
    while (tree->root != DT_NODE_NONE) {
        const struct dt_tree_node *root = dt_node_at(tree, tree->root);
        if (root->count > 1 || (root->count == 1 && root->level == 0)) {
            return;
        }
        const uint32_t old = tree->root;
        tree->root = root->count == 1 ? root->number[0] : DT_NODE_NONE;
        give_node(tree, old);
        if (tree->root != DT_NODE_NONE) {
            dt_node_at(tree, tree->root)->parent = DT_NODE_NONE;
        }
    }
}

/* Nodes that putting the entries of one dissolved node a level elsewhere can need. */
static uint32_t reinsertion(const struct dt_tree *tree)
{
    const uint32_t levels = dt_node_at(tree, tree->root)->level + 2U;
    return levels * levels * DT_NODE_LEAST;
}

/* Brings boxes up to date from a node to the root. Where a node has too few entries left
 * and there is memory to put them elsewhere, it is dissolved. */
static void tighten(struct dt_tree *tree, uint32_t id)
{
    struct entry homeless[DT_TREE_DEEP][DT_NODE_LEAST];
    size_t counts[DT_TREE_DEEP] = {0};
    while (dt_node_at(tree, id)->parent != DT_NODE_NONE) {
        const struct dt_tree_node *node = dt_node_at(tree, id);
        const uint32_t parent = node->parent;
        if (node->count == 0 || (node->count < DT_NODE_LEAST && reserve(tree, reinsertion(tree)))) {
            const unsigned level = node->level;
            counts[level] = dissolve(tree, id, homeless[level]);
        } else {
            struct entry e;
            sum_up(tree, id, &e);
            put_entry(tree, parent, slot_of(dt_node_at(tree, parent), id), &e);
        }
        id = parent;
    }
    for (unsigned level = DT_TREE_DEEP;
         level-- > 0;) { /* the high ones first: they bear the others */
        for (size_t i = 0; i < counts[level]; i++) {
            add_at_level(tree, &homeless[level][i], level);
        }
    }
    shrink_root(tree);
}

bool dt_tree_remove(struct dt_tree *tree, const struct dt_box *box, uint32_t number)
{
    size_t at = 0;
    const uint32_t leaf = find_leaf(tree, box, number, &at);
    if (leaf == DT_NODE_NONE) {
        return false;
    }
    drop_entry(tree, leaf, at);
    tree->count--;
    tighten(tree, leaf);
    return true;
}

/* --- self-check ------------------------------------------------------------------------ */

static bool same_sum(const struct dt_tree_node *parent, size_t at, const struct entry *sum)
{
    struct entry e;
    get_entry(parent, at, &e);
    return memcmp(&e.box, &sum->box, sizeof e.box) == 0 && e.ends == sum->ends;
}

bool dt_tree_check(const struct dt_tree *tree)
{
    uint32_t stack[DT_TREE_DEEP * DT_NODE_FULL];
    size_t top = 0, count = 0;
    if (tree->root != DT_NODE_NONE) {
        stack[top++] = tree->root;
    }
    while (top > 0) {
        const uint32_t id = stack[--top];
        const struct dt_tree_node *node = dt_node_at(tree, id);
        if (node->count == 0 || node->count > DT_NODE_FULL || node->level >= DT_TREE_DEEP) {
            return false;
        }
        count += node->level == 0 ? node->count : 0;
        for (size_t i = 0; node->level > 0 && i < node->count; i++) {
            const struct dt_tree_node *child = dt_node_at(tree, node->number[i]);
            struct entry sum;
            sum_up(tree, node->number[i], &sum);
            if (child->parent != id || child->level + 1 != node->level ||
                !same_sum(node, i, &sum)) {
                return false;
            }
            stack[top++] = node->number[i];
        }
    }
    return count == tree->count;
}

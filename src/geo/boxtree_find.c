/* SPDX-License-Identifier: ISC */
#include <stdlib.h>

#include "base/try.h"
#include "geo/boxtree_node.h"

static bool room_for(struct dt_tree_found *found, size_t more)
{
    if (found->capacity - found->count >= more) {
        return true;
    }
    size_t capacity = found->capacity > 0 ? found->capacity : 256;
    while (capacity - found->count < more) {
        capacity *= 2;
    }
    uint32_t *numbers = realloc(found->numbers, capacity * sizeof *numbers);
    if (numbers == NULL) {
        return false;
    }
    found->numbers = numbers;
    found->capacity = capacity;
    return true;
}

/* Writes the numbers of the entries that match; `out` has room for DT_NODE_FULL. */
static size_t matches(const struct dt_tree_node *node, const struct dt_tree_question *q,
                      int32_t turn, uint32_t *out)
{
    const struct dt_box *b = &q->box;
    uint32_t hit[DT_NODE_FULL];
    for (size_t i = 0; i < DT_NODE_FULL; i++) {
        hit[i] = (node->lo[DT_BOX_TIME][i] <= b->hi[DT_BOX_TIME]) &
                 (node->hi[DT_BOX_TIME][i] >= b->lo[DT_BOX_TIME]) &
                 (node->lo[DT_BOX_LAT][i] <= b->hi[DT_BOX_LAT]) &
                 (node->hi[DT_BOX_LAT][i] >= b->lo[DT_BOX_LAT]);
    }
    const int32_t west = b->lo[DT_BOX_LON] + turn, east = b->hi[DT_BOX_LON] + turn;
    for (size_t i = 0; i < DT_NODE_FULL; i++) {
        hit[i] &= (uint32_t)((node->lo[DT_BOX_LON][i] <= east) & (node->hi[DT_BOX_LON][i] >= west) &
                             (((node->lo[DT_BOX_HEIGHT][i] <= b->hi[DT_BOX_HEIGHT]) &
                               (node->hi[DT_BOX_HEIGHT][i] >= b->lo[DT_BOX_HEIGHT])) |
                              (node->lo[DT_BOX_HEIGHT][i] < q->own_lo) |
                              (node->hi[DT_BOX_HEIGHT][i] > q->own_hi)));
    }
    if (turn != 0 && node->level == 0) { /* not again what is met without a turn */
        for (size_t i = 0; i < DT_NODE_FULL; i++) {
            hit[i] &= (uint32_t) !((node->lo[DT_BOX_LON][i] <= b->hi[DT_BOX_LON]) &
                                   (node->hi[DT_BOX_LON][i] >= b->lo[DT_BOX_LON]));
        }
    }
    size_t found = 0;
    for (size_t i = 0; i < node->count; i++) {
        out[found] = node->number[i];
        found += hit[i];
    }
    return found;
}

/* All that matches() reads of a node: it is far from the processor, most often. */
static void prefetch(const struct dt_tree *tree, uint32_t id)
{
    const struct dt_tree_node *node = dt_node_at(tree, id);
    for (size_t at = 0; at < offsetof(struct dt_tree_node, ends); at += 64) {
        __builtin_prefetch((const char *)node + at);
    }
    __builtin_prefetch(&node->number[0]);
    __builtin_prefetch(&node->number[DT_NODE_FULL / 2]);
    __builtin_prefetch(&node->count);
}

static enum dt_err find_turned(const struct dt_tree *tree, const struct dt_tree_question *q,
                               int32_t turn, struct dt_tree_found *found)
{
    enum { AHEAD = 3 };
    uint32_t stack[DT_TREE_DEEP * DT_NODE_FULL];
    size_t top = 0;
    stack[top++] = tree->root;
    while (top > 0) {
        const struct dt_tree_node *node = dt_node_at(tree, stack[--top]);
        if (!room_for(found, DT_NODE_FULL)) {
            return DT_ERR_NO_MEMORY;
        }
        if (node->level > 0) {
            top += matches(node, q, turn, &stack[top]);
        } else {
            found->count += matches(node, q, turn, &found->numbers[found->count]);
        }
        for (size_t i = 1; i <= AHEAD && i <= top; i++) {
            prefetch(tree, stack[top - i]);
        }
    }
    return DT_OK;
}

enum dt_err dt_tree_find(const struct dt_tree *tree, const struct dt_tree_question *q,
                         struct dt_tree_found *found)
{
    static const int32_t turns[3] = {0, DT_BOX_TURN, -DT_BOX_TURN};
    for (int i = 0; i < 3 && tree->root != DT_NODE_NONE; i++) {
        DT_TRY(find_turned(tree, q, turns[i], found));
    }
    return DT_OK;
}

size_t dt_tree_ended(const struct dt_tree *tree, int32_t time, uint32_t *numbers, size_t capacity)
{
    uint32_t stack[DT_TREE_DEEP * DT_NODE_FULL];
    size_t top = 0, count = 0;
    if (tree->root != DT_NODE_NONE) {
        stack[top++] = tree->root;
    }
    while (top > 0 && count < capacity) {
        const struct dt_tree_node *node = dt_node_at(tree, stack[--top]);
        for (size_t i = 0; i < node->count && count < capacity; i++) {
            if (node->ends[i] >= time) {
                continue;
            }
            if (node->level > 0) {
                stack[top++] = node->number[i];
            } else {
                numbers[count++] = node->number[i];
            }
        }
    }
    return count;
}

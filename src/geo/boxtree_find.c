/* SPDX-License-Identifier: ISC */
#include <stdlib.h>

#include "base/try.h"
#include "geo/boxtree_node.h"

/* Makes room for DT_NODE_FULL more. */
static bool room_for_node(uint32_t **list, size_t *capacity, size_t count)
{
    if (*capacity - count >= DT_NODE_FULL) {
        return true;
    }
    const size_t more = *capacity > 0 ? 2 * *capacity : 8 * DT_NODE_FULL;
    uint32_t *larger = realloc(*list, more * sizeof *larger);
    if (larger == NULL) {
        return false;
    }
    *list = larger;
    *capacity = more;
    return true;
}

void dt_tree_found_free(struct dt_tree_found *found)
{
    free(found->numbers);
    free(found->nodes);
    *found = (struct dt_tree_found){0};
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

/* Level by level, so that nodes are asked for well before they are looked at. */
static enum dt_err find_turned(const struct dt_tree *tree, const struct dt_tree_question *q,
                               int32_t turn, struct dt_tree_found *found)
{
    enum { AHEAD = 4 };
    size_t count = 1;
    if (!room_for_node(&found->nodes, &found->node_capacity, 0)) {
        return DT_ERR_NO_MEMORY;
    }
    found->nodes[0] = tree->root;
    for (size_t at = 0; at < count; at++) {
        if (!room_for_node(&found->nodes, &found->node_capacity, count) ||
            !room_for_node(&found->numbers, &found->capacity, found->count)) {
            return DT_ERR_NO_MEMORY;
        }
        if (at + AHEAD < count) {
            prefetch(tree, found->nodes[at + AHEAD]);
        }
        const struct dt_tree_node *node = dt_node_at(tree, found->nodes[at]);
        if (node->level == 0) {
            found->count += matches(node, q, turn, &found->numbers[found->count]);
            continue;
        }
        const size_t more = matches(node, q, turn, &found->nodes[count]);
        for (size_t i = count; i < count + more && i <= at + AHEAD; i++) {
            prefetch(tree, found->nodes[i]);
        }
        count += more;
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

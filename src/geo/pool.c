/* SPDX-License-Identifier: ISC */
#include "geo/pool.h"

#include <stdlib.h>
#include <string.h>

enum { EXACT = 64 }; /* units up to which a size has a class of its own */

/* The class of a size, and the size of its blocks. */
static size_t class_of(size_t *size)
{
    size_t units = (*size + DT_POOL_UNIT - 1) / DT_POOL_UNIT;
    size_t class = units;
    if (units > EXACT) {
        size_t power = 2 * EXACT;
        class = EXACT + 1;
        while (power < units) {
            power *= 2;
            class ++;
        }
        units = power;
    }
    *size = units * DT_POOL_UNIT;
    return class;
}

static int add_chunk(struct dt_pool *pool)
{
    if (pool->chunk_count == pool->chunk_capacity) {
        const size_t capacity = pool->chunk_capacity > 0 ? 2 * pool->chunk_capacity : 16;
        void *chunks = realloc(pool->chunks, capacity * sizeof *pool->chunks);
        if (chunks == NULL) {
            return 0;
        }
        pool->chunks = chunks;
        pool->chunk_capacity = capacity;
    }
    const uint64_t last = (uint64_t)(pool->chunk_count + 1) * (DT_POOL_CHUNK / DT_POOL_UNIT);
    uint8_t *chunk = last <= UINT32_MAX ? malloc(DT_POOL_CHUNK) : NULL;
    if (chunk == NULL) {
        return 0;
    }
    pool->used = pool->chunk_count == 0 ? DT_POOL_UNIT : 0; /* number 0 is no block */
    pool->chunks[pool->chunk_count++] = chunk;
    return 1;
}

uint32_t dt_pool_take(struct dt_pool *pool, size_t size)
{
    if (size == 0 || size > DT_POOL_CHUNK - DT_POOL_UNIT) {
        return 0;
    }
    const size_t class = class_of(&size);
    uint32_t block = pool->free[class];
    if (block != 0) {
        memcpy(&pool->free[class], dt_pool_at(pool, block), sizeof block);
        return block;
    }
    if ((pool->chunk_count == 0 || pool->used + size > DT_POOL_CHUNK) && !add_chunk(pool)) {
        return 0;
    }
    if (pool->used + size > DT_POOL_CHUNK && !add_chunk(pool)) { /* the first unit was in the way */
        return 0;
    }
    block = (uint32_t)(((pool->chunk_count - 1) * DT_POOL_CHUNK + pool->used) / DT_POOL_UNIT);
    pool->used += size;
    return block;
}

void dt_pool_give(struct dt_pool *pool, uint32_t block, size_t size)
{
    const size_t class = class_of(&size);
    memcpy(dt_pool_at(pool, block), &pool->free[class], sizeof block);
    pool->free[class] = block;
}

void dt_pool_free(struct dt_pool *pool)
{
    for (size_t i = 0; i < pool->chunk_count; i++) {
        free(pool->chunks[i]);
    }
    free(pool->chunks);
    *pool = (struct dt_pool){0};
}

size_t dt_pool_bytes(const struct dt_pool *pool)
{
    return pool->chunk_count * DT_POOL_CHUNK + pool->chunk_capacity * sizeof *pool->chunks;
}

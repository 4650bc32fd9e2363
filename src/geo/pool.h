/* SPDX-License-Identifier: ISC */
/*
 * pool - blocks of a few dozen bytes by the million, named by 32-bit numbers. Internal to
 * geo.
 *
 * Memory comes from the system in chunks that never move. A block given back is kept for
 * the next of its size; sizes are rounded up to 8 bytes, above 512 to a power of two. Number
 * 0 is no block.
 */
#ifndef DT_GEO_POOL_H
#define DT_GEO_POOL_H

#include <stddef.h>
#include <stdint.h>

enum {
    DT_POOL_UNIT = 8,
    DT_POOL_CHUNK = 262144, /* bytes; the largest block */
    DT_POOL_CLASSES = 80,
};

struct dt_pool {
    uint8_t **chunks;
    size_t chunk_count, chunk_capacity;
    size_t used; /* bytes of the last chunk */
    uint32_t free[DT_POOL_CLASSES];
};

void dt_pool_free(struct dt_pool *pool); /* a pool of zeros is empty */

/* 0 if there is no memory, or `size` is above DT_POOL_CHUNK. */
uint32_t dt_pool_take(struct dt_pool *pool, size_t size);
void dt_pool_give(struct dt_pool *pool, uint32_t block, size_t size);
size_t dt_pool_bytes(const struct dt_pool *pool);

static inline void *dt_pool_at(const struct dt_pool *pool, uint32_t block)
{
    const uint32_t units = DT_POOL_CHUNK / DT_POOL_UNIT;
    return pool->chunks[block / units] + (size_t)(block % units) * DT_POOL_UNIT;
}

#endif

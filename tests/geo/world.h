/* SPDX-License-Identifier: ISC */
/*
 * world - random volumes made with integers only, so that they are the same on
 * every machine and with every compiler: theatre-sized, long, polar, across the
 * antimeridian; circles, corridors (some with windows for each leg), polygons
 * (some with a hole). A few near the poles do not pass dt_volume_check.
 */
#ifndef DT_TESTS_GEO_WORLD_H
#define DT_TESTS_GEO_WORLD_H

#include <stdint.h>

#include "geo/conflict.h"

enum { WORLD_POINTS = 16, WORLD_DIGEST_SIZE = 32 };

struct world {
    uint64_t state; /* SplitMix64 */
};

struct world_volume {
    struct dt_volume volume; /* points into this struct: do not copy */
    struct dt_ring ring[2];
    struct dt_point point[2][WORLD_POINTS];
    struct dt_window leg[WORLD_POINTS];
};

uint64_t world_next(struct world *world);
int64_t world_between(struct world *world, int64_t low, int64_t high); /* both included */

/* Two volumes near each other. */
void world_pair(struct world *world, struct world_volume *a, struct world_volume *b);

/* A volume in one of any number of towns, each always in the same place. */
void world_in_town(struct world *world, uint64_t town, struct world_volume *v);

struct dt_separation world_separation(struct world *world);

/* SHA-256, chained, over the verdicts, distances and places of `pairs` pairs. */
void world_digest(uint8_t out[static WORLD_DIGEST_SIZE], uint64_t pairs);

/* The same over the answers of an index of so many volumes to a tenth as many questions. */
void world_index_digest(uint8_t out[static WORLD_DIGEST_SIZE], uint64_t volumes);

#endif

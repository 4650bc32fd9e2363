/* SPDX-License-Identifier: ISC */
#include "world.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "crypto/crypto.h"
#include "geo/index.h"

uint64_t world_next(struct world *world)
{
    uint64_t z = world->state += 0x9e3779b97f4a7c15u;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

int64_t world_between(struct world *world, int64_t low, int64_t high)
{
    return low + (int64_t)(world_next(world) % (uint64_t)(high - low + 1));
}

static struct dt_point point_at(int64_t lat, int64_t lon)
{
    const int64_t half = DT_LON_MAX_E7;
    if (lat > DT_LAT_MAX_E7) {
        lat = 2 * (int64_t)DT_LAT_MAX_E7 - lat;
        lon += half;
    } else if (lat < -DT_LAT_MAX_E7) {
        lat = -2 * (int64_t)DT_LAT_MAX_E7 - lat;
        lon += half;
    }
    lon = ((lon + half) % (2 * half) + 2 * half) % (2 * half) - half;
    return (struct dt_point){(int32_t)lat, (int32_t)lon};
}

/* Sixteen directions, a thousandth: cosine, sine. */
static const int16_t compass[16][2] = {
    {1000, 0},   {924, 383},  {707, 707},  {383, 924},   {0, 1000},    {-383, 924},
    {-707, 707}, {-924, 383}, {-1000, 0},  {-924, -383}, {-707, -707}, {-383, -924},
    {0, -1000},  {383, -924}, {707, -707}, {924, -383},
};

struct place {
    int64_t lat, lon, size; /* 1e-7 degree */
    int64_t stretch;        /* tenths: longitudes are longer than latitudes here */
};

static struct place choose_place(struct world *w)
{
    struct place p;
    p.size = INT64_C(1000) << world_between(w, 0, 13);
    p.lat = world_between(w, 330000000, 390000000);
    p.lon = world_between(w, 340000000, 400000000);
    p.stretch = 12;
    switch (world_between(w, 0, 15)) {
    case 0: /* anywhere but the caps */
        p.lat = world_between(w, -600000000, 600000000);
        p.lon = world_between(w, -DT_LON_MAX_E7, DT_LON_MAX_E7);
        break;
    case 1: /* across the antimeridian */
        p.lat = world_between(w, -700000000, 700000000);
        p.lon = DT_LON_MAX_E7 + world_between(w, -p.size, p.size);
        break;
    case 2: /* round a pole */
        p.lat = world_between(w, 0, 1) == 0 ? 890000000 : -890000000;
        p.lat += world_between(w, -9000000, 9000000);
        p.stretch = 400;
        break;
    case 3: /* edges of hundreds of kilometres */
        p.size <<= 4;
        p.lat = world_between(w, -500000000, 500000000);
        break;
    default:
        break;
    }
    return p;
}

static void fill_polygon(struct world *w, struct world_volume *v, struct place p)
{
    const int64_t skip = world_between(w, 1, 4); /* 16, 8, 6 or 4 corners */
    size_t n = 0;
    for (int64_t k = 0; k < 16 && n + 1 < WORLD_POINTS; k += skip, n++) {
        const int64_t r = p.size * world_between(w, 55, 100) / 100;
        const int64_t north = r * compass[k][0] / 1000;
        const int64_t east = r * compass[k][1] / 1000 * p.stretch / 10;
        v->point[0][n] = point_at(p.lat + north, p.lon + east);
        v->point[1][n] = point_at(p.lat + north / 3, p.lon + east / 3);
    }
    v->point[0][n] = v->point[0][0];
    v->point[1][n] = v->point[1][0];
    v->ring[0] = (struct dt_ring){v->point[0], n + 1};
    v->ring[1] = (struct dt_ring){v->point[1], n + 1};
    v->volume.shape = DT_SHAPE_POLYGON;
    v->volume.ring_count = world_between(w, 0, 7) == 0 ? 2 : 1;
    v->volume.radius_mm = world_between(w, 0, 3) == 0 ? (uint32_t)world_between(w, 0, 50000) : 0;
}

static void fill_corridor(struct world *w, struct world_volume *v, struct place p)
{
    const size_t n = (size_t)world_between(w, 2, 8);
    int64_t heading = world_between(w, 0, 15);
    for (size_t i = 0; i < n; i++) {
        v->point[0][i] = point_at(p.lat, p.lon);
        const int64_t length = p.size * world_between(w, 20, 80) / 100;
        p.lat += length * compass[heading][0] / 1000;
        p.lon += length * compass[heading][1] / 1000 * p.stretch / 10;
        heading = (heading + world_between(w, -2, 2) + 16) % 16;
    }
    v->ring[0] = (struct dt_ring){v->point[0], n};
    v->volume.shape = DT_SHAPE_CORRIDOR;
    v->volume.ring_count = 1;
    v->volume.radius_mm = (uint32_t)world_between(w, 1, 2000000);
    if (world_between(w, 0, 3) == 0) {
        const int64_t span = v->volume.time.until_ms - v->volume.time.from_ms;
        for (size_t i = 0; i + 1 < n; i++) {
            v->leg[i].from_ms = v->volume.time.from_ms + span * (int64_t)i / (int64_t)n;
            v->leg[i].until_ms = v->volume.time.from_ms + span * (int64_t)(i + 2) / (int64_t)n;
        }
        v->volume.legs = v->leg;
    }
}

static void fill(struct world *w, struct world_volume *v, struct place p)
{
    memset(v, 0, sizeof *v);
    v->volume.rings = v->ring;
    v->volume.alt_lo_mm = (int32_t)world_between(w, -1, 4) * 100000;
    v->volume.alt_hi_mm = v->volume.alt_lo_mm + (int32_t)world_between(w, 0, 5) * 100000;
    v->volume.time.from_ms = world_between(w, 0, 20) * 1000;
    v->volume.time.until_ms = v->volume.time.from_ms + world_between(w, 10, 60) * 1000;
    const int64_t kind = world_between(w, 0, 9);
    if (kind < 4) {
        v->point[0][0] = point_at(p.lat, p.lon);
        v->ring[0] = (struct dt_ring){v->point[0], 1};
        v->volume.shape = DT_SHAPE_CIRCLE;
        v->volume.ring_count = 1;
        v->volume.radius_mm = (uint32_t)world_between(w, 1, p.size * 10);
    } else if (kind < 7) {
        fill_corridor(w, v, p);
    } else {
        fill_polygon(w, v, p);
    }
}

void world_pair(struct world *w, struct world_volume *a, struct world_volume *b)
{
    struct place p = choose_place(w);
    fill(w, a, p);
    const int64_t size = p.size;
    p.lat += world_between(w, -2 * size, 2 * size);
    p.lon += world_between(w, -2 * size, 2 * size) * p.stretch / 10;
    p.size = size >> world_between(w, 0, 2);
    fill(w, b, p);
}

void world_in_town(struct world *w, uint64_t town, struct world_volume *v)
{
    struct world map = {town};
    struct place p = choose_place(&map);
    p.size = INT64_C(1000) << world_between(w, 0, 11);
    p.lat += world_between(w, -300000, 300000);
    p.lon += world_between(w, -300000, 300000) * p.stretch / 10;
    fill(w, v, p);
}

struct dt_separation world_separation(struct world *w)
{
    return (struct dt_separation){
        (uint32_t)world_between(w, 0, 3) * 1000000,
        (uint32_t)world_between(w, 0, 1) * 100000,
        world_between(w, 0, 1) * 5000,
    };
}

static void write_point(struct dt_writer *out, struct dt_point p)
{
    dt_write_u32(out, (uint32_t)p.lat_e7);
    dt_write_u32(out, (uint32_t)p.lon_e7);
}

static void write_distance(struct dt_writer *out, const struct dt_distance *d)
{
    dt_write_u64(out, (uint64_t)d->mm);
    dt_write_u64(out, (uint64_t)d->core_mm);
    write_point(out, d->a);
    write_point(out, d->b);
    write_point(out, d->between);
}

static void write_pair(struct dt_writer *out, struct world *w)
{
    struct world_volume a;
    struct world_volume b;
    world_pair(w, &a, &b);
    const struct dt_separation separation = world_separation(w);
    const bool always = world_between(w, 0, 3) == 0;
    const enum dt_err err_a = dt_volume_check(&a.volume);
    const enum dt_err err_b = dt_volume_check(&b.volume);
    dt_write_u8(out, (uint8_t)err_a);
    dt_write_u8(out, (uint8_t)err_b);
    if (err_a != DT_OK || err_b != DT_OK) {
        return;
    }
    struct dt_conflict conflict;
    dt_write_u8(out, (uint8_t)dt_conflict_check(&a.volume, &b.volume, &separation, &conflict));
    if (conflict.verdict == DT_CONFLICT) {
        write_distance(out, &conflict.distance);
        dt_write_u64(out, (uint64_t)conflict.when.from_ms);
    } else if (always) {
        struct dt_distance distance;
        dt_distance(&a.volume, &b.volume, &distance);
        write_distance(out, &distance);
    }
}

void world_digest(uint8_t out[static WORLD_DIGEST_SIZE], uint64_t pairs)
{
    struct world w = {20260226};
    uint8_t room[128];
    memset(out, 0, WORLD_DIGEST_SIZE);
    for (uint64_t i = 0; i < pairs; i++) {
        struct dt_writer writer = dt_writer(room, sizeof room);
        write_pair(&writer, &w);
        const struct dt_span parts[2] = {dt_span(out, WORLD_DIGEST_SIZE), dt_written(&writer)};
        dt_sha256_parts(out, parts, 2);
    }
}

/* A valid volume in one of twenty towns, or anywhere. */
static void draw_entry(struct world *w, struct world_volume *v)
{
    do {
        struct world_volume other;
        if (world_between(w, 0, 1) == 0) {
            world_in_town(w, (uint64_t)world_between(w, 1, 20), v);
        } else {
            world_pair(w, &other, v);
        }
    } while (dt_volume_check(&v->volume) != DT_OK);
}

static void put_or_abort(enum dt_err err)
{
    if (err != DT_OK) {
        abort();
    }
}

static void digest_answer(uint8_t out[static WORLD_DIGEST_SIZE], const struct dt_index *index,
                          struct world *w, struct dt_index_hits *hits)
{
    struct world_volume v;
    draw_entry(w, &v);
    const struct dt_separation separation = world_separation(w);
    const struct dt_index_question q = {.volume = &v.volume,
                                        .group = (uint16_t)world_between(w, 0, 9),
                                        .separations = &separation,
                                        .separation_count = 1};
    put_or_abort(dt_index_query(index, &q, hits));
    uint8_t room[8];
    struct dt_writer writer = dt_writer(room, sizeof room);
    dt_write_u64(&writer, hits->count);
    for (size_t i = 0; i <= hits->count; i++) {
        const struct dt_span parts[2] = {dt_span(out, WORLD_DIGEST_SIZE), dt_written(&writer)};
        dt_sha256_parts(out, parts, 2);
        if (i < hits->count) {
            writer = dt_writer(room, sizeof room);
            dt_write_u64(&writer, hits->keys[i]);
        }
    }
}

void world_index_digest(uint8_t out[static WORLD_DIGEST_SIZE], uint64_t volumes)
{
    struct world w = {20260227};
    struct dt_index *index = dt_index_new(volumes);
    struct dt_index_hits hits = {0};
    memset(out, 0, WORLD_DIGEST_SIZE);
    for (uint64_t i = 0; i < volumes; i++) {
        struct world_volume v;
        draw_entry(&w, &v);
        const struct dt_index_entry e = {
            .key = i, .group = (uint16_t)world_between(&w, 0, 9), .volume = &v.volume};
        put_or_abort(dt_index_put(index, &e));
    }
    for (uint64_t i = 0; i < volumes / 10; i++) {
        digest_answer(out, index, &w, &hits);
    }
    dt_index_hits_free(&hits);
    dt_index_free(index);
}

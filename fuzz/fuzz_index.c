/* SPDX-License-Identifier: ISC */
/*
 * Entries put, amended, ended, removed and expired in any order, anywhere on Earth. Property:
 * the index holds and answers what a plain array does, and stays sound.
 */
#include <stdlib.h>
#include <string.h>

#include "geo/index.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { KEYS = 48, POINTS = 6 };

struct kept {
    struct dt_volume volume; /* points into this struct */
    struct dt_ring ring;
    struct dt_point points[POINTS];
    struct dt_window legs[POINTS];
    struct dt_index_entry entry;
    bool held;
};

struct input {
    const uint8_t *at, *end;
};

static int64_t take(struct input *in, int64_t low, int64_t high)
{
    uint32_t value = 0;
    for (int64_t range = 1; range <= high - low && in->at < in->end; range *= 256) {
        value = value * 256 + *in->at++;
    }
    return low + (int64_t)value % (high - low + 1);
}

static void check(bool good)
{
    if (!good) {
        abort();
    }
}

static struct dt_point place(struct input *in)
{
    static const struct dt_point near[] = {{360000000, 370000000},  {0, DT_LON_MAX_E7},
                                           {-DT_LAT_MAX_E7, 0},     {880000000, -1800000000},
                                           {890000000, 1000000000}, {-100, -100}};
    const struct dt_point p = near[take(in, 0, 5)];
    int64_t lat = p.lat_e7 + take(in, -4000000, 4000000);
    int64_t lon = p.lon_e7 + take(in, -4000000, 4000000) * (take(in, 0, 30) == 0 ? 200 : 1);
    lat = lat > DT_LAT_MAX_E7 ? DT_LAT_MAX_E7 : lat < -DT_LAT_MAX_E7 ? -DT_LAT_MAX_E7 : lat;
    lon += lon > DT_LON_MAX_E7    ? -2 * (int64_t)DT_LON_MAX_E7
           : lon < -DT_LON_MAX_E7 ? 2 * (int64_t)DT_LON_MAX_E7
                                  : 0;
    return (struct dt_point){(int32_t)lat, (int32_t)lon};
}

/* False if it is no valid volume. */
static bool read_volume(struct input *in, struct kept *k)
{
    const int64_t shape = take(in, 0, 2);
    const size_t count = shape == DT_SHAPE_CIRCLE ? 1 : (size_t)take(in, 2, POINTS - 1);
    memset(k, 0, sizeof *k);
    for (size_t i = 0; i < count; i++) {
        k->points[i] = place(in);
    }
    k->ring = (struct dt_ring){k->points, count};
    k->volume.shape = (enum dt_shape)shape;
    k->volume.radius_mm = (uint32_t)take(in, 0, 60000000);
    k->volume.rings = &k->ring;
    k->volume.ring_count = 1;
    k->volume.time.from_ms = take(in, 0, 255) * 1000;
    k->volume.time.until_ms = k->volume.time.from_ms + take(in, 1, 65535);
    k->volume.time.until_ms = take(in, 0, 15) == 0 ? DT_TIME_MAX_MS : k->volume.time.until_ms;
    k->volume.alt_lo_mm = (int32_t)take(in, -128, 127) * 10000000;
    k->volume.alt_hi_mm = k->volume.alt_lo_mm + (int32_t)take(in, 0, 255) * 1000000;
    if (shape == DT_SHAPE_POLYGON) {
        k->points[k->ring.count++] = k->points[0];
    } else if (shape == DT_SHAPE_CORRIDOR && take(in, 0, 1) == 0) {
        for (size_t i = 0; i + 1 < count; i++) {
            k->legs[i] = k->volume.time;
            k->legs[i].from_ms += take(in, 0, 255);
        }
        k->volume.legs = k->legs;
    }
    return dt_volume_check(&k->volume) == DT_OK;
}

static void put(struct input *in, struct dt_index *index, struct kept *kept)
{
    const uint64_t key = (uint64_t)take(in, 0, KEYS - 1);
    struct kept *k = &kept[key];
    struct kept old = *k;
    if (!read_volume(in, k)) {
        *k = old;
        k->volume.rings = &k->ring;
        k->ring.points = k->points;
        k->volume.legs = old.volume.legs != NULL ? k->legs : NULL;
        return;
    }
    k->entry = (struct dt_index_entry){.key = key * UINT64_C(0x9000000000000001),
                                       .group = (uint16_t)take(in, 0, 2),
                                       .category = (uint8_t)take(in, 0, 1),
                                       .datum = (uint8_t)take(in, 0, 3),
                                       .volume = &k->volume};
    k->held = true;
    check(dt_index_put(index, &k->entry) == DT_OK);
}

static void end(struct input *in, struct dt_index *index, struct kept *k)
{
    const int64_t at_ms = take(in, 0, 255) * 1000;
    const enum dt_err err = dt_index_end(index, k->entry.key, at_ms);
    check(err == (k->held ? DT_OK : DT_ERR_UNKNOWN_RECORD));
    if (at_ms <= k->volume.time.from_ms) {
        k->held = false;
    }
    if (k->held && at_ms < k->volume.time.until_ms) {
        k->volume.time.until_ms = at_ms;
        for (size_t i = 0; k->volume.legs != NULL && i + 1 < k->ring.count; i++) {
            if (k->legs[i].from_ms >= at_ms) { /* never in use */
                k->legs[i] = (struct dt_window){8 * DT_TIME_MAX_MS, 8 * DT_TIME_MAX_MS};
            } else {
                k->legs[i].until_ms = at_ms;
            }
        }
    }
}

static bool in_conflict(const struct dt_index_question *q, const struct kept *k)
{
    struct dt_separation s = q->separations[k->entry.category];
    struct dt_conflict conflict;
    s.vertical_mm = k->entry.datum != q->datum ? UINT32_MAX : s.vertical_mm;
    return k->held && k->entry.group != q->group &&
           dt_conflict_check(q->volume, &k->volume, &s, &conflict) == DT_CONFLICT;
}

static void ask(struct input *in, struct dt_index *index, const struct kept *kept,
                struct dt_index_hits *hits)
{
    struct kept asked;
    if (!read_volume(in, &asked)) {
        return;
    }
    struct dt_separation s[2];
    for (int i = 0; i < 2; i++) {
        s[i] = (struct dt_separation){(uint32_t)take(in, 0, 255) * 1000000,
                                      (uint32_t)take(in, 0, 255) * 10000, take(in, 0, 255) * 100};
    }
    const struct dt_index_question q = {.volume = &asked.volume,
                                        .group = (uint16_t)take(in, 0, 2),
                                        .datum = (uint8_t)take(in, 0, 3),
                                        .separations = s,
                                        .separation_count = 2};
    check(dt_index_query(index, &q, hits) == DT_OK);
    size_t want = 0;
    for (size_t i = 0; i < KEYS; i++) {
        if (in_conflict(&q, &kept[i])) {
            size_t at = 0;
            while (at < hits->count && hits->keys[at] != kept[i].entry.key) {
                at++;
            }
            check(at < hits->count);
            want++;
        }
    }
    check(want == hits->count);
    for (size_t i = 1; i < hits->count; i++) {
        check(hits->keys[i - 1] < hits->keys[i]);
    }
}

static void expire(struct input *in, struct dt_index *index, struct kept *kept)
{
    const int64_t now_ms = take(in, 0, 255) * 1000;
    dt_index_expire(index, now_ms, SIZE_MAX);
    for (size_t i = 0; i < KEYS; i++) {
        struct dt_index_entry entry;
        struct dt_volume volume;
        struct dt_ring rings[DT_RINGS_MAX];
        if (kept[i].held && dt_index_get(index, kept[i].entry.key, &entry, &volume, rings) != DT_OK) {
            check(kept[i].volume.time.until_ms <= now_ms);
            kept[i].held = false;
        }
        check(!kept[i].held || kept[i].volume.time.until_ms > now_ms - 4001);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct kept kept[KEYS];
    struct input in = {data, data + size};
    struct dt_index *index = dt_index_new(size);
    struct dt_index_hits hits = {0};
    check(index != NULL);
    memset(kept, 0, sizeof kept);
    for (uint64_t i = 0; i < KEYS; i++) {
        kept[i].entry.key = i * UINT64_C(0x9000000000000001);
    }
    while (in.at < in.end) {
        const int64_t what = take(&in, 0, 9);
        if (what < 5) {
            put(&in, index, kept);
        } else if (what < 7) {
            ask(&in, index, kept, &hits);
        } else if (what == 7) {
            end(&in, index, &kept[take(&in, 0, KEYS - 1)]);
        } else if (what == 8) {
            struct kept *k = &kept[take(&in, 0, KEYS - 1)];
            check(dt_index_remove(index, k->entry.key) ==
                  (k->held ? DT_OK : DT_ERR_UNKNOWN_RECORD));
            k->held = false;
        } else {
            expire(&in, index, kept);
        }
    }
    check(dt_index_check(index));
    dt_index_hits_free(&hits);
    dt_index_free(index);
    return 0;
}

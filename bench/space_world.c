/* SPDX-License-Identifier: ISC */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "geo/geodesic.h"
#include "space.h"

static const struct dt_point theatre = {360000000, 370000000};
static const int64_t beginning_ms = INT64_C(1772064000000); /* 2026-02-26T00:00Z */

struct draw {
    uint64_t state; /* SplitMix64 */
};

static double uniform(struct draw *d, double low, double high)
{
    uint64_t z = d->state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return low + (high - low) * ((double)((z ^ z >> 31) >> 11) * 0x1p-53);
}

static double log_uniform(struct draw *d, double low, double high)
{
    return low * exp(uniform(d, 0, log(high / low)));
}

static int whole(struct draw *d, int low, int high)
{
    const int value = (int)floor(uniform(d, low, high + 1));
    return value > high ? high : value;
}

static struct dt_point from(struct dt_point p, double azimuth, double metres)
{
    return dt_geodesic_direct(p, azimuth, metres);
}

static struct dt_point centre(struct draw *d, bool clustered)
{
    double east = uniform(d, -150e3, 150e3), north = uniform(d, -150e3, 150e3);
    if (clustered) {
        struct draw town = {UINT64_C(77000) + (uint64_t)whole(d, 0, 19)};
        const double off = 12e3 * sqrt(-2.0 * log(1.0 - uniform(d, 0, 1)));
        const double azimuth = uniform(d, 0, 2 * M_PI);
        uniform(&town, 0, 1);
        east = uniform(&town, -130e3, 130e3) + off * sin(azimuth);
        north = uniform(&town, -130e3, 130e3) + off * cos(azimuth);
    }
    return from(theatre, atan2(east, north), hypot(east, north));
}

static void shape(struct draw *d, struct space_volume *v, struct dt_point at)
{
    const double kind = uniform(d, 0, 1);
    size_t n = 0;
    if (kind < 0.4) {
        v->volume.shape = DT_SHAPE_CIRCLE;
        v->volume.radius_mm = (uint32_t)(1000 * log_uniform(d, 50, 500));
        v->points[n++] = at;
    } else if (kind < 0.7) {
        const int legs = whole(d, 3, 8);
        double heading = uniform(d, 0, 2 * M_PI);
        v->volume.shape = DT_SHAPE_CORRIDOR;
        v->volume.radius_mm = (uint32_t)(1000 * log_uniform(d, 200, 2000));
        v->points[n++] = at;
        for (int i = 0; i < legs; i++, n++) {
            v->points[n] = from(v->points[n - 1], heading, log_uniform(d, 1000, 10000));
            heading += uniform(d, -M_PI / 3, M_PI / 3);
        }
    } else {
        const int corners = whole(d, 5, 12);
        const double across = log_uniform(d, 500, 20000), turn = uniform(d, 0, 2 * M_PI);
        v->volume.shape = DT_SHAPE_POLYGON;
        for (int i = 0; i < corners; i++, n++) {
            const double azimuth = turn + (i + uniform(d, -0.35, 0.35)) * 2 * M_PI / corners;
            v->points[n] = from(at, azimuth, across / 2 * uniform(d, 0.55, 1));
        }
        v->points[n++] = v->points[0];
    }
    v->ring.count = n;
}

static void heights(struct draw *d, struct dt_volume *v)
{
    const double layer = uniform(d, 0, 1);
    const int low = layer < 0.5 ? 0 : layer < 0.8 ? whole(d, 150, 2550) : whole(d, 3000, 11000);
    const int thick = layer < 0.5   ? whole(d, 30, 150)
                      : layer < 0.8 ? whole(d, 100, 1000)
                                    : whole(d, 300, 3000);
    const int top = layer < 0.8 ? 3000 : 12000;
    v->alt_lo_mm = 1000 * low;
    v->alt_hi_mm = 1000 * (low + thick < top ? low + thick : top);
}

static void bind(struct space_volume *v)
{
    v->ring.points = v->points;
    v->volume.rings = &v->ring;
    v->volume.ring_count = 1;
}

void space_make(struct space_set *set, unsigned stream, size_t count, bool clustered)
{
    set->count = count;
    set->volumes = calloc(count, sizeof *set->volumes);
    if (set->volumes == NULL) {
        fprintf(stderr, "space_bench: no memory for %zu volumes\n", count);
        exit(1);
    }
    for (size_t i = 0; i < count; i++) {
        struct space_volume *v = &set->volumes[i];
        do {
            struct draw d = {((uint64_t)stream << 56) ^
                             (i * UINT64_C(0xd1342543de82ef95) + v->party)};
            memset(&v->volume, 0, sizeof v->volume);
            shape(&d, v, centre(&d, clustered));
            heights(&d, &v->volume);
            const int64_t lasts = (int64_t)log_uniform(&d, 600, 43200) * 1000;
            v->volume.time.from_ms =
                beginning_ms + (int64_t)uniform(&d, 0, (double)(604800000 - lasts)) / 1000 * 1000;
            v->volume.time.until_ms = v->volume.time.from_ms + lasts;
            v->party = (uint16_t)whole(&d, 0, SPACE_PARTIES - 1);
            bind(v);
        } while (dt_volume_check(&v->volume) != DT_OK);
    }
}

static int32_t e7(double degrees)
{
    return (int32_t)lround(degrees * 1e7);
}

static bool read_line(struct space_volume *v, char *line)
{
    unsigned party;
    int low, high, used;
    long long start, end;
    char kind;
    double radius, lon, lat;
    size_t n;
    if (sscanf(line, "%*u,%u,%d,%d,%lld,%lld,%c,%lf,%zu,%n", &party, &low, &high, &start, &end,
               &kind, &radius, &n, &used) != 8 ||
        n >= SPACE_POINTS + 1) {
        return false;
    }
    v->party = (uint16_t)party;
    v->volume = (struct dt_volume){.shape = kind == 'C'   ? DT_SHAPE_CIRCLE
                                            : kind == 'L' ? DT_SHAPE_CORRIDOR
                                                          : DT_SHAPE_POLYGON,
                                   .radius_mm = (uint32_t)lround(radius * 1000),
                                   .time = {start * 1000, end * 1000},
                                   .alt_lo_mm = low * 1000,
                                   .alt_hi_mm = high * 1000};
    char *at = line + used;
    for (size_t i = 0; i < n; i++) {
        lon = strtod(at, &at);
        lat = strtod(at, &at);
        v->points[i] = (struct dt_point){e7(lat), e7(lon)};
    }
    v->ring.count = n;
    if (kind == 'P') {
        v->points[v->ring.count++] = v->points[0];
    }
    return true;
}

bool space_read(struct space_set *set, const char *path, size_t most)
{
    char line[4096];
    FILE *file = fopen(path, "r");
    *set = (struct space_set){.volumes = calloc(most, sizeof *set->volumes)};
    if (file == NULL || set->volumes == NULL) {
        return false;
    }
    while (set->count < most && fgets(line, sizeof line, file) != NULL) {
        if (read_line(&set->volumes[set->count], line)) {
            bind(&set->volumes[set->count]);
            set->count++;
        }
    }
    fclose(file);
    return true;
}

void space_free(struct space_set *set)
{
    free(set->volumes);
    *set = (struct space_set){0};
}

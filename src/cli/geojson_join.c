/* SPDX-License-Identifier: ISC */
/*
 * Shapes that were cut at the antimeridian (RFC 7946, 3.1.9) as one again. All edges of the
 * volumes that have one along it are put together, interior on the left; those that lie on
 * both sides of it in opposite directions cancel, and what remains is linked into rings.
 * Where that gives no one answer the parts stay what they are: together the same place.
 */
#include <math.h>
#include <stdlib.h>

#include "cli/geojson_edges.h"
#include "cli/straight.h"

enum {
    POINTS = DT_NOTICE_POSITIONS_MAX + DT_NOTICE_RINGS_MAX, /* with the closing ones */
    EDGES = 2 * POINTS,
};

static bool on_seam(struct dt_point p)
{
    return abs(p.lon_e7) == DT_LON_MAX_E7;
}

struct piece {
    struct dt_point from, to;
    bool gone;
};

/* One at a time: 40 KiB that nobody keeps. */
static struct {
    struct piece pieces[EDGES];
    size_t count, cancelled;
    bool full;
    struct dt_point points[POINTS];
    struct dt_ring rings[DT_NOTICE_RINGS_MAX];
    size_t point_count, ring_count;
} join;

/* One name for one place: 180 is -180, all longitudes at a pole are one. */
static struct dt_point named(struct dt_point p)
{
    return (struct dt_point){p.lat_e7, abs(p.lat_e7) == DT_LAT_MAX_E7 ? 0 : p.lon_e7 == DT_LON_MAX_E7 ? -DT_LON_MAX_E7 : p.lon_e7};
}

static bool same(struct dt_point a, struct dt_point b)
{
    return a.lat_e7 == b.lat_e7 && a.lon_e7 == b.lon_e7;
}

static void add_piece(struct dt_point from, struct dt_point to)
{
    const struct dt_point a = named(from), b = named(to);
    if (same(a, b)) {
        return;
    }
    join.full = join.full || join.count == EDGES;
    if (!join.full) {
        join.pieces[join.count++] = (struct piece){.from = a, .to = b};
    }
}

static bool seam_edge(struct dt_point a, struct dt_point b)
{
    return on_seam(a) && a.lon_e7 == b.lon_e7 && a.lat_e7 != b.lat_e7;
}

static bool touches_seam(const struct dt_volume *v)
{
    for (size_t r = 0; r < v->ring_count; r++) {
        for (size_t i = 0; i + 1 < v->rings[r].count; i++) {
            if (seam_edge(v->rings[r].points[i], v->rings[r].points[i + 1])) {
                return true;
            }
        }
    }
    return false;
}

static double twice_area(const struct dt_ring *ring)
{
    double sum = 0;
    for (size_t i = 0; i + 1 < ring->count; i++) {
        const struct dt_point a = ring->points[i], b = ring->points[i + 1];
        sum -= (double)dt_turn_e7(a, b) * ((double)a.lat_e7 + b.lat_e7);
    }
    return sum;
}

static double plane_area(const struct dt_ring *ring)
{
    double sum = 0;
    for (size_t i = 0; i + 1 < ring->count; i++) {
        const struct dt_point a = ring->points[i], b = ring->points[i + 1];
        sum -= ((double)b.lon_e7 - a.lon_e7) * ((double)a.lat_e7 + b.lat_e7);
    }
    return sum;
}

/* An edge along the antimeridian in parts, cut wherever anything else ends there. */
static void add_seam(const struct dt_notice_plain *plain, struct dt_point a, struct dt_point b)
{
    struct dt_point at = a;
    while (!same(at, b)) {
        struct dt_point next = b;
        for (size_t i = 0; i < plain->point_count; i++) {
            const struct dt_point p = plain->points[i];
            const bool on = on_seam(p) && (b.lat_e7 > at.lat_e7 ? p.lat_e7 > at.lat_e7 && p.lat_e7 < next.lat_e7
                                                                : p.lat_e7 < at.lat_e7 && p.lat_e7 > next.lat_e7);
            next.lat_e7 = on ? p.lat_e7 : next.lat_e7;
        }
        add_piece(at, next);
        at = next;
    }
}

/* All edges of the volume, its interior on the left. */
static void add_volume(const struct dt_notice_plain *plain, const struct dt_volume *v)
{
    for (size_t r = 0; r < v->ring_count; r++) {
        const struct dt_ring *ring = &v->rings[r];
        const bool forward = (plane_area(ring) > 0) == (r == 0);
        for (size_t i = 0; i + 1 < ring->count; i++) {
            const struct dt_point a = ring->points[forward ? i : ring->count - 1 - i];
            const struct dt_point b = ring->points[forward ? i + 1 : ring->count - 2 - i];
            if (seam_edge(a, b)) {
                add_seam(plain, a, b);
            } else {
                add_piece(a, b);
            }
        }
    }
}

static void cancel(void)
{
    for (size_t i = 0; i < join.count; i++) {
        struct piece *a = &join.pieces[i];
        for (size_t k = i + 1; k < join.count && !a->gone && (on_seam(a->from) || on_seam(a->to)); k++) {
            struct piece *b = &join.pieces[k];
            if (!b->gone && same(a->from, b->to) && same(a->to, b->from)) {
                a->gone = b->gone = true;
                join.cancelled++;
            }
        }
    }
}

/* The only piece that goes on from `at`; NULL if there is none, or a choice. */
static struct piece *next_piece(struct dt_point at)
{
    struct piece *found = NULL;
    for (size_t i = 0; i < join.count; i++) {
        if (!join.pieces[i].gone && same(join.pieces[i].from, at)) {
            if (found != NULL) {
                return NULL;
            }
            found = &join.pieces[i];
        }
    }
    return found;
}

static bool put(struct dt_point p)
{
    if (join.point_count == POINTS) {
        return false;
    }
    join.points[join.point_count++] = p;
    return true;
}

/* One ring from the piece on; false if it does not close, or is too long. */
static bool link_ring(struct piece *piece)
{
    if (join.ring_count == DT_NOTICE_RINGS_MAX) {
        return false;
    }
    struct dt_ring *ring = &join.rings[join.ring_count++];
    const struct dt_point first = piece->from;
    ring->points = join.points + join.point_count;
    ring->count = 1;
    bool good = put(first);
    for (struct piece *at = piece; good; at = next_piece(at->to)) {
        if (at == NULL) {
            return false;
        }
        at->gone = true;
        good = put(at->to) && ++ring->count <= DT_RING_MAX;
        if (same(at->to, first)) {
            break;
        }
    }
    return good && ring->count >= 4;
}

static bool link_all(void)
{
    join.point_count = join.ring_count = 0;
    for (size_t i = 0; i < join.count; i++) {
        if (!join.pieces[i].gone && !link_ring(&join.pieces[i])) {
            return false;
        }
    }
    return join.ring_count > 0;
}

/* Whether the ring is an outer one: it goes round the earth, or has its inside on the left. */
static bool outer(const struct dt_ring *ring)
{
    int64_t way = 0;
    for (size_t i = 0; i + 1 < ring->count; i++) {
        way += dt_turn_e7(ring->points[i], ring->points[i + 1]);
    }
    return llabs(way) > DT_LON_MAX_E7 || twice_area(ring) > 0;
}

/* The volumes that stay, then the joined ones: each outer ring one, or one with all holes. */
static enum dt_err rebuild(struct dt_reshape *made, const struct dt_notice_plain *plain)
{
    for (size_t i = 0; i < plain->volume_count; i++) {
        const struct dt_volume *v = &plain->volumes[i].shape;
        if (!touches_seam(v)) {
            DT_TRY(dt_reshape_volume(made, &plain->volumes[i]));
            for (size_t r = 0; r < v->ring_count; r++) {
                DT_TRY(dt_reshape_ring(made, &v->rings[r]));
            }
        }
    }
    /* all of one feature: they have one margin */
    const struct dt_notice_volume polygon = {.shape.shape = DT_SHAPE_POLYGON,
                                             .shape.radius_mm = plain->volumes[0].shape.radius_mm};
    for (size_t i = 0; i < join.ring_count; i++) {
        if (outer(&join.rings[i])) {
            DT_TRY(dt_reshape_volume(made, &polygon));
            DT_TRY(dt_reshape_ring(made, &join.rings[i]));
        }
    }
    for (size_t i = 0; i < join.ring_count; i++) {
        if (!outer(&join.rings[i])) {
            DT_TRY(dt_reshape_ring(made, &join.rings[i]));
        }
    }
    return DT_OK;
}

/* Which of the holes belongs to which outer ring is not asked: of several there is none. */
static bool one_answer(void)
{
    size_t outers = 0;
    for (size_t i = 0; i < join.ring_count; i++) {
        outers += outer(&join.rings[i]);
    }
    return outers == 1 || (outers > 1 && outers == join.ring_count);
}

static void join_polygons(struct dt_notice_plain *plain)
{
    join.count = join.cancelled = 0;
    join.full = false;
    for (size_t i = 0; i < plain->volume_count; i++) {
        if (touches_seam(&plain->volumes[i].shape)) {
            add_volume(plain, &plain->volumes[i].shape);
        }
    }
    cancel();
    if (join.full || join.cancelled == 0 || !link_all() || !one_answer()) {
        return;
    }
    struct dt_reshape *made = dt_reshape_begin();
    if (rebuild(made, plain) == DT_OK) {
        dt_reshape_end(made, plain);
    }
}

/* --- lines: one that ends at the antimeridian where the next begins -------------------------- */

static bool goes_on(const struct dt_volume *a, const struct dt_volume *b)
{
    const struct dt_point end = a->rings[0].points[a->rings[0].count - 1], begin = b->rings[0].points[0];
    return on_seam(end) && begin.lon_e7 == -end.lon_e7 && begin.lat_e7 == end.lat_e7 &&
           a->rings[0].count + b->rings[0].count - 1 <= DT_RING_MAX;
}

static void join_lines(struct dt_notice_plain *plain)
{
    struct dt_point points[DT_RING_MAX];
    struct dt_reshape *made = dt_reshape_begin();
    for (size_t i = 0; i < plain->volume_count; i++) {
        struct dt_ring line = {points, 0};
        size_t last = i;
        while (last + 1 < plain->volume_count && goes_on(&plain->volumes[last].shape, &plain->volumes[last + 1].shape)) {
            last++;
        }
        bool room = true;
        for (size_t k = i; k <= last && room; k++) {
            const struct dt_ring *part = &plain->volumes[k].shape.rings[0];
            for (size_t n = k > i; n < part->count && room; n++) {
                room = line.count < DT_RING_MAX;
                points[line.count - !room] = part->points[n];
                line.count += room;
            }
        }
        if (!room || dt_reshape_volume(made, &plain->volumes[i]) != DT_OK || dt_reshape_ring(made, &line) != DT_OK) {
            return;
        }
        i = last;
    }
    dt_reshape_end(made, plain);
}

void dt_geojson_join(struct dt_notice_plain *plain)
{
    if (plain->volumes[0].shape.shape == DT_SHAPE_POLYGON) {
        join_polygons(plain);
    } else if (plain->volume_count > 1) {
        join_lines(plain);
    }
}

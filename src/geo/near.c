/* SPDX-License-Identifier: ISC */
#include "geo/near.h"

#include "geo/distance.h"
#include "geo/edge.h"
#include "geo/math.h"

#define PLACES 0.05        /* metres: two places and the rounding */
#define REACH_MAX 500000.0 /* metres from the middle; beyond, the bounds say little */
#define SERIES_LAT 0.03    /* radians: as far as the series is within 1 cm */
#define SERIES_LON 0.1
#define TURN_E7 INT64_C(3600000000)

/* --- on to the plane ---------------------------------------------------------- */

static double turn(int64_t d)
{
    d += d < -TURN_E7 / 2 ? TURN_E7 : d > TURN_E7 / 2 ? -TURN_E7 : 0;
    return (double)d * DT_RADIAN_PER_E7;
}

/* East, north and up of a place near the middle, by series in the differences. */
static void series(const struct dt_near *near, double lat, double lon, double out[3])
{
    const double d =
        lat * (near->slope[0] + lat * (near->slope[1] / 2.0 + lat * near->slope[2] / 6.0));
    const double d2 = d * d;
    const double sin_d = d * (1.0 - d2 / 6.0 * (1.0 - d2 / 20.0));
    const double cos_d = 1.0 - d2 / 2.0 * (1.0 - d2 / 12.0);
    const double l2 = lon * lon;
    const double sin_l = lon * (1.0 - l2 / 6.0 * (1.0 - l2 / 20.0));
    const double cos_l = 1.0 - l2 / 2.0 * (1.0 - l2 / 12.0 * (1.0 - l2 / 30.0));
    const double sine = near->sin_b * cos_d + near->cos_b * sin_d;
    const double cosine = near->cos_b * cos_d - near->sin_b * sin_d;
    out[0] = cosine * sin_l;
    out[1] = near->cos_b * sine - near->sin_b * cosine * cos_l;
    out[2] = near->sin_b * sine + near->cos_b * cosine * cos_l;
}

static void exactly(const struct dt_near *near, struct dt_point point, double out[3])
{
    const struct dt_vec at = dt_node(point).at;
    out[0] = near->east_x * at.x + near->east_y * at.y;
    /* North is up x east. */
    out[1] = -near->z * near->east_y * at.x + near->z * near->east_x * at.y +
             (near->x * near->east_y - near->y * near->east_x) * at.z;
    out[2] = near->x * at.x + near->y * at.y + near->z * at.z;
}

static void spread(double value, double *lo, double *hi)
{
    *lo = value < *lo ? value : *lo;
    *hi = value > *hi ? value : *hi;
}

/* False if a point is out of the plane's reach. */
static bool put_point(const struct dt_near *near, struct dt_flat *flat, struct dt_point point)
{
    const double lat = (double)(point.lat_e7 - near->middle.lat_e7) * DT_RADIAN_PER_E7;
    const double lon = turn((int64_t)point.lon_e7 - near->middle.lon_e7);
    double at[3];
    if (dt_abs(lat) < SERIES_LAT && dt_abs(lon) < SERIES_LON) {
        series(near, lat, lon, at);
    } else {
        exactly(near, point, at);
    }
    if (at[2] < 0.5) {
        return false;
    }
    const double scale = 1.0 / at[2];
    const double x = DT_EARTH_A * at[0] * scale;
    const double y = near->scale * at[1] * scale;
    const double far2 = x * x + y * y;
    flat->x[flat->points] = x;
    flat->y[flat->points++] = y;
    flat->reach2 = far2 > flat->reach2 ? far2 : flat->reach2;
    spread(x, &flat->x_lo, &flat->x_hi);
    spread(y, &flat->y_lo, &flat->y_hi);
    return true;
}

static bool put(const struct dt_near *near, struct dt_flat *flat, const struct dt_volume *volume)
{
    flat->volume = volume;
    flat->points = 0;
    flat->reach2 = flat->edge2 = 0.0;
    flat->x_lo = flat->y_lo = 1e9;
    flat->x_hi = flat->y_hi = -1e9;
    for (size_t r = 0; r < volume->ring_count; r++) {
        const struct dt_ring *ring = &volume->rings[r];
        if (flat->points + ring->count > DT_NEAR_POINTS) {
            return false;
        }
        for (size_t i = 0; i < ring->count; i++) {
            if (!put_point(near, flat, ring->points[i])) {
                return false;
            }
            if (i > 0) {
                const double dx = flat->x[flat->points - 1] - flat->x[flat->points - 2];
                const double dy = flat->y[flat->points - 1] - flat->y[flat->points - 2];
                const double edge2 = dx * dx + dy * dy;
                flat->edge2 = edge2 > flat->edge2 ? edge2 : flat->edge2;
            }
        }
    }
    return flat->reach2 < REACH_MAX * REACH_MAX;
}

/* The middle of the corners; anywhere near does. */
static struct dt_point middle_of(const struct dt_volume *volume)
{
    const struct dt_ring *ring = &volume->rings[0];
    const struct dt_point first = ring->points[0];
    int64_t lat = 0, lon = 0;
    for (size_t i = 0; i < ring->count; i++) {
        int64_t d = (int64_t)ring->points[i].lon_e7 - first.lon_e7;
        d += d < -TURN_E7 / 2 ? TURN_E7 : d > TURN_E7 / 2 ? -TURN_E7 : 0;
        lat += ring->points[i].lat_e7;
        lon += d;
    }
    lon = first.lon_e7 + lon / (int64_t)ring->count;
    lon += lon < -TURN_E7 / 2 ? TURN_E7 : lon > TURN_E7 / 2 ? -TURN_E7 : 0;
    return (struct dt_point){(int32_t)(lat / (int64_t)ring->count), (int32_t)lon};
}

void dt_near_init(struct dt_near *near, const struct dt_volume *volume)
{
    const double e2 = DT_EARTH_F * (2.0 - DT_EARTH_F);
    near->middle = middle_of(volume);
    const struct dt_node node = dt_node(near->middle);
    near->sin_b = node.place.sin_b;
    near->cos_b = node.place.cos_b;
    near->x = node.at.x;
    near->y = node.at.y;
    near->z = node.at.z;
    double s, c;
    dt_sincos_e7((double)near->middle.lon_e7, &s, &c);
    near->east_x = -s;
    near->east_y = c;
    dt_sincos_e7((double)near->middle.lat_e7, &s, &c);
    const double w = 1.0 - e2 * s * s;
    const double g = (1.0 - DT_EARTH_F) / w;
    const double sin_2 = 2.0 * s * c, cos_2 = c * c - s * s;
    near->slope[0] = g;
    near->slope[1] = g * e2 * sin_2 / w;
    near->slope[2] = g * e2 * (2.0 * cos_2 + 2.0 * e2 * sin_2 * sin_2 / w) / w;
    near->scale = dt_hypot(DT_EARTH_A * near->sin_b, DT_EARTH_B * near->cos_b);
    near->usable = put(near, &near->own, volume);
}

/* --- segments -------------------------------------------------------------------- */

struct limits {
    double yes2;   /* cores this close, squared, are within the distance; -1: none is */
    double no2;    /* farther apart they are not */
    double no;     /* the root of that */
    double margin; /* what a place may be off */
    bool timed;    /* windows of legs count */
    int64_t temporal_ms;
};

static struct limits limits_of(const struct dt_flat *a, const struct dt_flat *b, double distance)
{
    const double r2 = (a->reach2 > b->reach2 ? a->reach2 : b->reach2) / (DT_EARTH_B * DT_EARTH_B);
    const double wrong = 1.1 * r2 + 0.01 * dt_sqrt(r2);
    /* Lengths on the plane are good enough for the strays: 1.6 for 1.5. */
    const double margin = PLACES + 1.6 * DT_EDGE_BEND / 8.0 * (a->edge2 + b->edge2);
    struct limits l = {.margin = margin};
    const double yes = (distance - margin) / (1.0 + wrong);
    l.no = (distance + margin) / (1.0 - wrong);
    l.yes2 = yes > 0.0 ? yes * yes : -1.0;
    l.no2 = l.no * l.no;
    return l;
}

struct segment {
    double x, y, dx, dy, per2; /* per2: 1 / length^2, 0 for a point */
};

static struct segment segment(const struct dt_flat *f, size_t from, size_t to)
{
    const double dx = f->x[to] - f->x[from], dy = f->y[to] - f->y[from];
    const double l2 = dx * dx + dy * dy;
    return (struct segment){f->x[from], f->y[from], dx, dy, l2 > 0.0 ? 1.0 / l2 : 0.0};
}

static double from_point2(double px, double py, const struct segment *s)
{
    const double wx = px - s->x, wy = py - s->y;
    double t = (wx * s->dx + wy * s->dy) * s->per2;
    t = t < 0.0 ? 0.0 : t > 1.0 ? 1.0 : t;
    const double ex = wx - t * s->dx, ey = wy - t * s->dy;
    return ex * ex + ey * ey;
}

static double smaller(double a, double b)
{
    return a < b ? a : b;
}

static enum dt_nearness segments(const struct segment *p, const struct segment *q,
                                 const struct limits *l)
{
    const double wx = q->x - p->x, wy = q->y - p->y;
    const double c = p->dx * wy - p->dy * wx; /* q's ends beside p */
    const double turn_pq = p->dx * q->dy - p->dy * q->dx;
    const double d = c + turn_pq;
    const double e = q->dy * wx - q->dx * wy; /* p's ends beside q */
    const double f = e - turn_pq;
    if (((c > 0.0) != (d > 0.0)) && ((e > 0.0) != (f > 0.0))) {
        if (l->yes2 >= 0.0) {
            return DT_NEAR_YES;
        }
        /* A touch asked for: a crossing counts where every end is clear of the other edge. */
        const double off_p = smaller(c * c, d * d) * p->per2;
        const double off_q = smaller(e * e, f * f) * q->per2;
        return smaller(off_p, off_q) > 4.0 * l->margin * l->margin ? DT_NEAR_YES : DT_NEAR_OPEN;
    }
    const double a =
        smaller(from_point2(q->x, q->y, p), from_point2(q->x + q->dx, q->y + q->dy, p));
    const double b =
        smaller(from_point2(p->x, p->y, q), from_point2(p->x + p->dx, p->y + p->dy, q));
    const double near2 = smaller(a, b);
    return near2 <= l->yes2 ? DT_NEAR_YES : near2 <= l->no2 ? DT_NEAR_OPEN : DT_NEAR_NO;
}

/* --- footprints -------------------------------------------------------------------- */

static struct dt_window leg_window(const struct dt_volume *v, size_t leg)
{
    return v->legs != NULL ? v->legs[leg] : v->time;
}

static bool legs_meet(const struct dt_flat *a, size_t i, const struct dt_flat *b, size_t j,
                      const struct limits *l)
{
    return !l->timed ||
           dt_windows_meet(leg_window(a->volume, i), leg_window(b->volume, j), l->temporal_ms);
}

/* Rows of edges: calls with the number of the first and the last point of each ring. A
 * ring of one point is one edge from it to itself. */
struct rings {
    const struct dt_volume *volume;
    size_t ring, first, count;
};

static bool next_ring(struct rings *r)
{
    r->first += r->ring > 0 ? r->volume->rings[r->ring - 1].count : 0;
    if (r->ring == r->volume->ring_count) {
        return false;
    }
    r->count = r->volume->rings[r->ring++].count;
    return true;
}

static bool boxes_apart(const struct segment *s, const struct dt_flat *f, double reach)
{
    const double x2 = s->x + s->dx, y2 = s->y + s->dy;
    return smaller(s->x, x2) > f->x_hi + reach || smaller(-s->x, -x2) > reach - f->x_lo ||
           smaller(s->y, y2) > f->y_hi + reach || smaller(-s->y, -y2) > reach - f->y_lo;
}

static bool segments_apart(const struct segment *p, const struct segment *q, double reach)
{
    const double px = p->x + p->dx, py = p->y + p->dy, qx = q->x + q->dx, qy = q->y + q->dy;
    return smaller(p->x, px) + smaller(-q->x, -qx) > reach ||
           smaller(q->x, qx) + smaller(-p->x, -px) > reach ||
           smaller(p->y, py) + smaller(-q->y, -qy) > reach ||
           smaller(q->y, qy) + smaller(-p->y, -py) > reach;
}

/* One edge of `b` against all of `a`. */
static enum dt_nearness edge_against(const struct segment *q, size_t leg, const struct dt_flat *b,
                                     const struct dt_flat *a, const struct limits *l)
{
    enum dt_nearness best = DT_NEAR_NO;
    struct rings ring = {.volume = a->volume};
    while (next_ring(&ring)) {
        const size_t edges = ring.count > 1 ? ring.count - 1 : 1;
        for (size_t i = 0; i < edges; i++) {
            const size_t at = ring.first + i;
            const struct segment p = segment(a, at, ring.count > 1 ? at + 1 : at);
            if (segments_apart(&p, q, l->no) || !legs_meet(a, i, b, leg, l)) {
                continue;
            }
            const enum dt_nearness n = segments(&p, q, l);
            if (n == DT_NEAR_YES) {
                return n;
            }
            best = n == DT_NEAR_OPEN ? n : best;
        }
    }
    return best;
}

static enum dt_nearness edges_against(const struct dt_flat *a, const struct dt_flat *b,
                                      const struct limits *l)
{
    enum dt_nearness best = DT_NEAR_NO;
    struct rings ring = {.volume = b->volume};
    while (next_ring(&ring)) {
        const size_t edges = ring.count > 1 ? ring.count - 1 : 1;
        for (size_t j = 0; j < edges; j++) {
            const size_t at = ring.first + j;
            const struct segment q = segment(b, at, ring.count > 1 ? at + 1 : at);
            if (boxes_apart(&q, a, l->no)) {
                continue;
            }
            const enum dt_nearness n = edge_against(&q, j, b, a, l);
            if (n == DT_NEAR_YES) {
                return n;
            }
            best = n == DT_NEAR_OPEN ? n : best;
        }
    }
    return best;
}

/* Inside the rings taken together: an odd number of edges to the east. */
static bool holds(const struct dt_flat *region, double x, double y)
{
    if (x < region->x_lo || x > region->x_hi || y < region->y_lo || y > region->y_hi) {
        return false;
    }
    bool inside = false;
    struct rings ring = {.volume = region->volume};
    while (next_ring(&ring)) {
        for (size_t i = ring.first; i + 1 < ring.first + ring.count; i++) {
            const double y1 = region->y[i] - y, y2 = region->y[i + 1] - y;
            if ((y1 > 0.0) != (y2 > 0.0)) {
                const double x1 = region->x[i] - x, x2 = region->x[i + 1] - x;
                inside ^= (x1 * y2 - x2 * y1 > 0.0) == (y2 > y1);
            }
        }
    }
    return inside;
}

/* As in distance.c: if no edges meet, the first place of each connected part decides. */
static bool holds_part(const struct dt_flat *region, const struct dt_flat *part,
                       const struct limits *l)
{
    if (region->volume->shape != DT_SHAPE_POLYGON) {
        return false;
    }
    const size_t parts = part->volume->legs != NULL ? part->points - 1 : 1;
    for (size_t i = 0; i < parts; i++) {
        if (legs_meet(region, 0, part, i, l) && holds(region, part->x[i], part->y[i])) {
            return true;
        }
    }
    return false;
}

enum dt_nearness dt_near_opinion(const struct dt_near *near, const struct dt_volume *other,
                                 uint32_t lateral_mm, int64_t temporal_ms, struct dt_flat *room)
{
    if (!near->usable || !put(near, room, other)) {
        return DT_NEAR_OPEN;
    }
    const struct dt_flat *own = &near->own;
    const int64_t mm = (int64_t)own->volume->radius_mm + other->radius_mm + lateral_mm;
    struct limits l = limits_of(own, room, (double)mm * 1e-3);
    l.timed = own->volume->legs != NULL || other->legs != NULL;
    l.temporal_ms = temporal_ms;
    if (room->x_lo > own->x_hi + l.no || own->x_lo > room->x_hi + l.no ||
        room->y_lo > own->y_hi + l.no || own->y_lo > room->y_hi + l.no) {
        return DT_NEAR_NO;
    }
    const enum dt_nearness edges = edges_against(own, room, &l);
    if (edges != DT_NEAR_NO) {
        return edges;
    }
    return holds_part(own, room, &l) || holds_part(room, own, &l) ? DT_NEAR_YES : DT_NEAR_NO;
}

/* SPDX-License-Identifier: ISC */
#include "oracle.h"

#include <math.h>
#include <stdbool.h>

#include <geodesic.h>

enum { PIECES = 8, DENSE = 24 };

struct flat {
    double x, y;
};

struct where {
    double lat, lon; /* degrees */
};

struct curve { /* an edge by its start, azimuth and length */
    struct where from;
    double azimuth, length;
};

static const struct geod_geodesic *earth(void)
{
    static struct geod_geodesic g;
    if (g.a == 0.0) {
        geod_init(&g, 6378137.0, 1 / 298.257223563);
    }
    return &g;
}

static struct where where(struct dt_point p)
{
    return (struct where){p.lat_e7 * 1e-7, p.lon_e7 * 1e-7};
}

double oracle_distance(struct dt_point a, struct dt_point b, double *azimuth_degrees)
{
    double s;
    double end;
    geod_inverse(earth(), a.lat_e7 * 1e-7, a.lon_e7 * 1e-7, b.lat_e7 * 1e-7, b.lon_e7 * 1e-7, &s,
                 azimuth_degrees, &end);
    return s;
}

void oracle_direct(struct dt_point from, double azimuth_degrees, double metres, struct dt_point *to)
{
    double lat;
    double lon;
    double end;
    geod_direct(earth(), from.lat_e7 * 1e-7, from.lon_e7 * 1e-7, azimuth_degrees, metres, &lat,
                &lon, &end);
    to->lat_e7 = (int32_t)lround(lat * 1e7);
    to->lon_e7 = (int32_t)lround(lon * 1e7);
}

static struct curve curve(struct dt_point a, struct dt_point b)
{
    struct curve c = {where(a), 0.0, 0.0};
    c.length = oracle_distance(a, b, &c.azimuth);
    return c;
}

static struct where along(const struct curve *c, double metres)
{
    struct where w;
    double end;
    geod_direct(earth(), c->from.lat, c->from.lon, c->azimuth, metres, &w.lat, &w.lon, &end);
    return w;
}

static struct flat chart(struct where middle, struct where w)
{
    double s;
    double az;
    double end;
    geod_inverse(earth(), middle.lat, middle.lon, w.lat, w.lon, &s, &az, &end);
    return (struct flat){s * sin(az * M_PI / 180), s * cos(az * M_PI / 180)};
}

static double point_segment(struct flat p, struct flat a, struct flat b, double *t)
{
    const double dx = b.x - a.x;
    const double dy = b.y - a.y;
    const double l = dx * dx + dy * dy;
    *t = l > 0 ? ((p.x - a.x) * dx + (p.y - a.y) * dy) / l : 0;
    *t = fmin(1, fmax(0, *t));
    return hypot(a.x + *t * dx - p.x, a.y + *t * dy - p.y);
}

static double turn(struct flat a, struct flat b, struct flat c)
{
    return (b.x - a.x) * (c.y - a.y) - (b.y - a.y) * (c.x - a.x);
}

static double segment_segment(const struct flat p[2], const struct flat q[2], double *s, double *t)
{
    const double a = turn(q[0], q[1], p[0]);
    const double b = turn(q[0], q[1], p[1]);
    const double c = turn(p[0], p[1], q[0]);
    const double d = turn(p[0], p[1], q[1]);
    if (a * b < 0 && c * d < 0) {
        *s = a / (a - b);
        *t = c / (c - d);
        return 0;
    }
    double best = INFINITY;
    for (int k = 0; k < 4; k++) {
        double u;
        const double m =
            k < 2 ? point_segment(p[k], q[0], q[1], &u) : point_segment(q[k - 2], p[0], p[1], &u);
        if (m < best) {
            best = m;
            *s = k < 2 ? k : u;
            *t = k < 2 ? u : k - 2;
        }
    }
    return best;
}

static double edge_edge(const struct curve *p, const struct curve *q)
{
    double p0 = 0;
    double p1 = p->length;
    double q0 = 0;
    double q1 = q->length;
    struct where middle = along(p, p->length / 2);
    double best = INFINITY;
    for (int level = 0; level < 60; level++) {
        struct flat a[PIECES + 1];
        struct flat b[PIECES + 1];
        for (int i = 0; i <= PIECES; i++) {
            a[i] = chart(middle, along(p, p0 + (p1 - p0) * i / PIECES));
            b[i] = chart(middle, along(q, q0 + (q1 - q0) * i / PIECES));
        }
        double at_p = 0;
        double at_q = 0;
        best = INFINITY;
        for (int i = 0; i < PIECES; i++) {
            for (int j = 0; j < PIECES; j++) {
                double s = 0;
                double t = 0;
                const double m = segment_segment(&a[i], &b[j], &s, &t);
                if (m < best) {
                    best = m;
                    at_p = p0 + (p1 - p0) * (i + s) / PIECES;
                    at_q = q0 + (q1 - q0) * (j + t) / PIECES;
                }
            }
        }
        if (fmax(p1 - p0, q1 - q0) < 1.0) {
            break;
        }
        /* Halving is cautious: the first charts are distorted. */
        const double wp = (p1 - p0) / 4;
        const double wq = (q1 - q0) / 4;
        p0 = fmax(0, at_p - wp);
        p1 = fmin(p->length, at_p + wp);
        q0 = fmax(0, at_q - wq);
        q1 = fmin(q->length, at_q + wq);
        const struct where x = along(p, at_p);
        const struct where y = along(q, at_q);
        double s;
        double az;
        double end;
        geod_inverse(earth(), x.lat, x.lon, y.lat, y.lon, &s, &az, &end);
        geod_direct(earth(), x.lat, x.lon, az, s / 2, &middle.lat, &middle.lon, &end);
    }
    return best;
}

static bool ring_holds(const struct dt_ring *ring, struct where w)
{
    double turns = 0;
    for (size_t i = 0; i + 1 < ring->count; i++) {
        const struct curve c = curve(ring->points[i], ring->points[i + 1]);
        struct flat last = chart(w, c.from);
        for (int k = 1; k <= DENSE; k++) {
            const struct flat next = chart(w, along(&c, c.length * k / DENSE));
            turns += atan2(last.x * next.y - last.y * next.x, last.x * next.x + last.y * next.y);
            last = next;
        }
    }
    return fabs(turns) > M_PI;
}

static bool region_holds(const struct dt_volume *v, struct where w)
{
    bool inside = v->shape == DT_SHAPE_POLYGON && ring_holds(&v->rings[0], w);
    for (size_t r = 1; inside && r < v->ring_count; r++) {
        inside = !ring_holds(&v->rings[r], w);
    }
    return inside;
}

double oracle_core_distance(const struct dt_volume *a, const struct dt_volume *b)
{
    if (region_holds(a, where(b->rings[0].points[0])) ||
        region_holds(b, where(a->rings[0].points[0]))) {
        return 0;
    }
    double best = INFINITY;
    for (size_t r = 0; r < a->ring_count; r++) {
        for (size_t q = 0; q < b->ring_count; q++) {
            const struct dt_ring *x = &a->rings[r];
            const struct dt_ring *y = &b->rings[q];
            for (size_t i = 0; i < (x->count > 1 ? x->count - 1 : 1); i++) {
                const struct curve p = curve(x->points[i], x->points[x->count > 1 ? i + 1 : i]);
                for (size_t j = 0; j < (y->count > 1 ? y->count - 1 : 1); j++) {
                    const struct curve c = curve(y->points[j], y->points[y->count > 1 ? j + 1 : j]);
                    best = fmin(best, edge_edge(&p, &c));
                }
            }
        }
    }
    return best;
}

static double to_point(const struct curve *c, double t, struct where p)
{
    const struct where w = along(c, t);
    double s;
    double az;
    double end;
    geod_inverse(earth(), w.lat, w.lon, p.lat, p.lon, &s, &az, &end);
    return s;
}

double oracle_point_edge(struct dt_point point, struct dt_point a, struct dt_point b)
{
    const double golden = 0.6180339887498949;
    const struct curve c = curve(a, b);
    const struct where p = where(point);
    double best = INFINITY;
    int at = 0;
    for (int i = 0; i <= 32; i++) {
        const double d = to_point(&c, c.length * i / 32, p);
        if (d < best) {
            best = d;
            at = i;
        }
    }
    double lo = c.length * fmax(0, at - 1) / 32;
    double hi = c.length * fmin(32, at + 1) / 32;
    for (int i = 0; i < 60; i++) {
        const double t1 = hi - golden * (hi - lo);
        const double t2 = lo + golden * (hi - lo);
        const double d1 = to_point(&c, t1, p);
        const double d2 = to_point(&c, t2, p);
        best = fmin(best, fmin(d1, d2));
        if (d1 < d2) {
            hi = t2;
        } else {
            lo = t1;
        }
    }
    return best;
}

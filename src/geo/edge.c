/* SPDX-License-Identifier: ISC */
#include "geo/edge.h"

#include "geo/math.h"

#define RADIUS 6371008.8   /* metres; any value near serves the iterations */
#define POINT_CHORD2 1e-22 /* an edge shorter than 0.1 mm is a point */

struct dt_node dt_node(struct dt_point point)
{
    struct dt_node node;
    node.point = point;
    node.place = dt_place(point);
    double s;
    double c;
    dt_sincos_e7((double)point.lon_e7, &s, &c);
    const double equatorial = node.place.cos_b;
    node.at = (struct dt_vec){equatorial * c, equatorial * s, node.place.sin_b};
    return node;
}

static void load_edge(struct dt_edge *edge, struct dt_vec a, struct dt_vec b)
{
    edge->step = dt_sub(b, a);
    edge->middle = (struct dt_vec){0.5 * (a.x + b.x), 0.5 * (a.y + b.y), 0.5 * (a.z + b.z)};
    const double chord2 = dt_dot(edge->step, edge->step);
    const double chord = dt_sqrt(chord2);
    edge->half = 0.5 * chord;
    const double metres = DT_EARTH_A * dt_angle_above(chord);
    edge->stray = 1.5 * DT_EDGE_BEND * metres * metres / 8.0;
    edge->normal = (struct dt_vec){0.0, 0.0, 0.0};
    if (chord2 > POINT_CHORD2) {
        const struct dt_vec n = dt_cross(a, edge->step);
        const double scale = 1.0 / dt_sqrt(dt_dot(n, n));
        edge->normal = (struct dt_vec){n.x * scale, n.y * scale, n.z * scale};
    }
}

void dt_path_load(struct dt_path *path, const struct dt_ring *ring)
{
    path->nodes = ring->count;
    path->edges = ring->count > 1 ? ring->count - 1 : 1;
    for (size_t i = 0; i < path->nodes; i++) {
        path->node[i] = dt_node(ring->points[i]);
    }
    for (size_t i = 0; i < path->edges; i++) {
        load_edge(&path->edge[i], path->node[i].at, path->node[dt_edge_end(path, i)].at);
    }
}

struct dt_vec dt_path_middle(const struct dt_path *path)
{
    struct dt_vec sum = {0.0, 0.0, 0.0};
    for (size_t i = 0; i < path->nodes; i++) {
        sum.x += path->node[i].at.x;
        sum.y += path->node[i].at.y;
        sum.z += path->node[i].at.z;
    }
    const double size = dt_sqrt(dt_dot(sum, sum));
    if (size < 1e-3) {
        return (struct dt_vec){0.0, 0.0, 0.0};
    }
    return (struct dt_vec){sum.x / size, sum.y / size, sum.z / size};
}

/* The products below are those of unit vectors rewritten with the differences to
 * the ends of the edge, which keeps full precision for short edges: for unit p, a
 * and e = b - a, w = p - a: p . ((a x e) x a) = w . e - |e|^2 |w|^2 / 4. */
double dt_edge_chord(const struct dt_path *path, size_t i, struct dt_vec at, double *along)
{
    const struct dt_edge *edge = &path->edge[i];
    const struct dt_vec w = dt_sub(at, path->node[i].at);
    const struct dt_vec v = dt_sub(at, path->node[dt_edge_end(path, i)].at);
    const double w2 = dt_dot(w, w);
    const double v2 = dt_dot(v, v);
    const double e2 = 4.0 * edge->half * edge->half;
    const double from_a = dt_dot(w, edge->step) - 0.25 * e2 * w2;
    const double from_b = -dt_dot(v, edge->step) - 0.25 * e2 * v2;
    if (e2 > POINT_CHORD2 && from_a > 0.0 && from_b > 0.0) {
        *along = from_a / (from_a + from_b);
        const double h = dt_abs(dt_dot(w, edge->normal)); /* sine of the angle */
        const double c2 = 1.0 - h * h;
        return h * dt_sqrt(2.0 / (1.0 + (c2 > 0.0 ? dt_sqrt(c2) : 0.0)));
    }
    *along = w2 <= v2 ? 0.0 : 1.0;
    return dt_sqrt(w2 <= v2 ? w2 : v2);
}

/* The azimuth of the great ellipse with this normal at a place on it. */
static struct dt_azimuth heading(struct dt_vec normal, struct dt_vec at,
                                 const struct dt_place *place)
{
    const struct dt_vec t = dt_cross(normal, at);
    const double s_lon = at.y / place->cos_b;
    const double c_lon = at.x / place->cos_b;
    const double c_phi = (1.0 - DT_EARTH_F) * place->cos_b;
    const double size = dt_hypot(place->sin_b, c_phi);
    const double outward = (c_lon * t.x + s_lon * t.y) * DT_EARTH_A;
    const double east = (c_lon * t.y - s_lon * t.x) * DT_EARTH_A;
    const double north = (c_phi * t.z * DT_EARTH_B - place->sin_b * outward) / size;
    const double length = dt_hypot(east, north);
    return (struct dt_azimuth){east / length, north / length};
}

double dt_edge_low(const struct dt_path *path, size_t i, const struct dt_node *node, double along)
{
    const struct dt_edge *edge = &path->edge[i];
    const struct dt_node *end = &path->node[along < 0.5 ? i : dt_edge_end(path, i)];
    struct dt_vec q = end->at;
    struct dt_place place = end->place;
    if (along > 0.0 && along < 1.0) {
        const double off = dt_dot(dt_sub(node->at, path->node[i].at), edge->normal);
        q = (struct dt_vec){node->at.x - off * edge->normal.x, node->at.y - off * edge->normal.y,
                            node->at.z - off * edge->normal.z};
        const double size = dt_sqrt(dt_dot(q, q));
        q = (struct dt_vec){q.x / size, q.y / size, q.z / size};
        place = (struct dt_place){q.z, dt_hypot(q.x, q.y), dt_atan2(q.y, q.x) / DT_RADIAN_PER_E7};
    }
    if (place.cos_b < 1e-9 || 4.0 * edge->half * edge->half <= POINT_CHORD2) {
        return 0.0; /* no heading at a pole, nor along a point */
    }
    struct dt_geodesic g;
    dt_inverse(&place, &node->place, &g);
    const struct dt_azimuth way = heading(edge->normal, q, &place);
    const double slope = way.sine * g.start.sine + way.cosine * g.start.cosine;
    const bool outward = (along == 0.0 && slope <= 0.0) || (along == 1.0 && slope >= 0.0);
    const double length = DT_EARTH_A * dt_angle_above(2.0 * edge->half);
    double gain = (outward ? 0.0 : dt_abs(slope) * length) + DT_EDGE_BEND * length * length;
    if (g.metres > 8.9e6) {
        gain += g.metres < 1.5e7 ? length * length / RADIUS : g.metres;
    }
    return g.metres - gain - edge->stray - 1e-3;
}

/* One step of the walk: the geodesic from the point at `t` to `from`, and how far
 * along the line the right angle is by the spherical triangle. */
static double step_along(const struct dt_line *line, double t, const struct dt_place *from,
                         struct dt_foot *foot, double *sine_off)
{
    struct dt_azimuth way;
    struct dt_geodesic g;
    dt_line_at(line, t, &foot->place, &way);
    dt_inverse(&foot->place, from, &g);
    foot->metres = g.metres;
    const double c = way.cosine * g.start.cosine + way.sine * g.start.sine;
    *sine_off = g.start.sine * way.cosine - g.start.cosine * way.sine;
    double s_x;
    double c_x;
    dt_sincos(g.metres / RADIUS, &s_x, &c_x);
    return RADIUS * dt_atan2(s_x * c, c_x);
}

static double clamp(double t, double lo, double hi)
{
    return t < lo ? lo : t > hi ? hi : t;
}

/* More than 5,000 km away the distance along the edge is so flat that the walk
 * may not settle; there the minimum is searched for, then narrowed by the golden
 * section. */
static void far_foot(const struct dt_line *line, double length, const struct dt_place *from,
                     struct dt_foot *best)
{
    enum { SAMPLES = 24, CUTS = 40 };
    const double golden = 0.6180339887498949;
    double at = 0.0;
    struct dt_foot foot;
    double sine;
    for (int i = 0; i <= SAMPLES; i++) {
        const double t = length * (double)i / SAMPLES;
        step_along(line, t, from, &foot, &sine);
        if (foot.metres < best->metres) {
            *best = foot;
            at = t;
        }
    }
    double lo = clamp(at - length / SAMPLES, 0.0, length);
    double hi = clamp(at + length / SAMPLES, 0.0, length);
    for (int i = 0; i < CUTS; i++) {
        const double t1 = hi - golden * (hi - lo);
        const double t2 = lo + golden * (hi - lo);
        struct dt_foot other;
        step_along(line, t1, from, &foot, &sine);
        step_along(line, t2, from, &other, &sine);
        if (foot.metres <= other.metres) {
            hi = t2;
        } else {
            lo = t1;
            foot = other;
        }
        if (foot.metres < best->metres) {
            *best = foot;
        }
    }
}

static double edge_line(const struct dt_path *path, size_t i, struct dt_line *line)
{
    struct dt_geodesic g;
    dt_inverse(&path->node[i].place, &path->node[dt_edge_end(path, i)].place, &g);
    dt_line_init(line, &path->node[i].place, g.start);
    return g.metres;
}

void dt_edge_foot(const struct dt_path *path, size_t i, const struct dt_place *from, double along,
                  struct dt_foot *foot)
{
    enum { STEPS = 12 };
    if (4.0 * path->edge[i].half * path->edge[i].half <= POINT_CHORD2) {
        struct dt_geodesic g;
        foot->place = path->node[i].place;
        dt_inverse(&foot->place, from, &g);
        foot->metres = g.metres;
        return;
    }
    struct dt_line line;
    const double length = edge_line(path, i, &line);
    double t = along * length;
    for (int k = 0; k < STEPS; k++) {
        double sine;
        const double step = step_along(&line, t, from, foot, &sine);
        const double next = clamp(t + step, 0.0, length);
        const double moved = dt_abs(next - t);
        /* What is still to gain is below moved^2 / (2 metres) when the foot is on
         * the edge; at a clamped end it may be all of `moved`. */
        if (moved < 1e-8 || (next == t + step && moved * moved < 2e-8 * foot->metres)) {
            if (foot->metres < 5e6) {
                return;
            }
            break;
        }
        t = next;
    }
    far_foot(&line, length, from, foot);
}

int dt_edge_side(const struct dt_path *path, size_t i, const struct dt_node *node)
{
    enum { STEPS = 12 };
    struct dt_line line;
    struct dt_foot foot;
    edge_line(path, i, &line);
    double t = 0.0;
    double sine = 0.0;
    for (int k = 0; k < STEPS; k++) {
        const double step = step_along(&line, t, &node->place, &foot, &sine);
        t += step;
        if (dt_abs(step) < 1e-6) {
            break;
        }
    }
    const double off = foot.metres * sine; /* azimuths grow clockwise: right is positive */
    return off > 1e-6 ? -1 : off < -1e-6 ? 1 : 0;
}

/* The side by the great ellipse where that is certain, else exactly. `span` is an
 * upper bound in metres of how far from the start of the edge the node is. */
static int side_within(const struct dt_path *path, size_t i, const struct dt_node *node,
                       double span)
{
    const struct dt_edge *edge = &path->edge[i];
    const double off = dt_dot(dt_sub(node->at, path->node[i].at), edge->normal) * DT_EARTH_A;
    const double stray = 1.5 * DT_EDGE_BEND * span * span / 2.0 + 1e-4;
    if (dt_abs(off) > stray) {
        return off > 0.0 ? 1 : -1;
    }
    return dt_edge_side(path, i, node);
}

bool dt_edges_cross(const struct dt_path *a, size_t i, const struct dt_path *b, size_t j)
{
    const struct dt_edge *p = &a->edge[i];
    const struct dt_edge *q = &b->edge[j];
    const struct dt_vec apart = dt_sub(p->middle, q->middle);
    const double reach = p->half + q->half;
    const double slack = (p->stray + q->stray) / DT_EARTH_B;
    const double touch = reach + slack;
    if (dt_dot(apart, apart) > touch * touch || p->half == 0.0 || q->half == 0.0) {
        return false;
    }
    const double span = DT_EARTH_A * dt_angle_above(2.0 * reach);
    const int c = side_within(a, i, &b->node[j], span);
    const int d = side_within(a, i, &b->node[dt_edge_end(b, j)], span);
    if (c * d >= 0) {
        return false;
    }
    const int e = side_within(b, j, &a->node[i], span);
    const int f = side_within(b, j, &a->node[dt_edge_end(a, i)], span);
    /* e == c would mean that they meet on the far side of the globe. */
    return e * f < 0 && e != c;
}

/* Longitude difference in -180 < d <= 180 degrees, 1e-7 degree. */
static int64_t lon_between(struct dt_point from, struct dt_point to)
{
    const int64_t half = DT_LON_MAX_E7;
    int64_t d = (int64_t)to.lon_e7 - from.lon_e7;
    if (d > half) {
        d -= 2 * half;
    }
    return d <= -half ? d + 2 * half : d;
}

static bool at_pole(struct dt_point p)
{
    return p.lat_e7 == DT_LAT_MAX_E7 || p.lat_e7 == -DT_LAT_MAX_E7;
}

/* Whether the meridian from `node` to the pole (toward: +1 north, -1 south) is
 * crossed by edge i. Which edges reach its longitude is decided in integers; the
 * numbers only say whether the edge passes north or south of the node. */
static bool crosses_meridian(const struct dt_path *ring, size_t i, const struct dt_node *node,
                             int toward)
{
    const struct dt_point a = ring->node[i].point;
    const struct dt_point b = ring->node[i + 1].point;
    if (at_pole(a) || at_pole(b)) {
        return false;
    }
    const int64_t from = lon_between(node->point, a);
    const int64_t to = lon_between(node->point, b);
    const int64_t width = to > from ? to - from : from - to;
    if ((from < 0) == (to < 0) || width >= DT_LON_MAX_E7) {
        return false;
    }
    const double reach = DT_EARTH_A * dt_angle_above(2.0 * ring->edge[i].half);
    const int left = side_within(ring, i, node, reach);
    const int north = to > from ? left : -left; /* going east, left is north */
    return north * toward <= 0;
}

bool dt_ring_holds(const struct dt_path *ring, const struct dt_node *node)
{
    const struct dt_vec middle = dt_path_middle(ring);
    if (dt_dot(middle, node->at) < 0.4) {
        return false; /* the ring lies within 60 degrees of its middle */
    }
    /* So does its small side: the pole of the other hemisphere is outside, and
     * the edges met on the way there tell the rest. */
    const int toward = middle.z > 0.0 ? -1 : 1;
    bool inside = false;
    for (size_t i = 0; i < ring->edges; i++) {
        if (crosses_meridian(ring, i, node, toward)) {
            inside = !inside;
        }
    }
    return inside;
}

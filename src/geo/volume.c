/* SPDX-License-Identifier: ISC */
#include "geo/volume.h"

#include "geo/edge.h"
#include "geo/math.h"

#define WIDTH_MIN (1e-3 / DT_EARTH_A) /* 1 mm on the unit sphere */
#define HALF_GLOBE 20003940.0         /* metres: no two places are farther apart */

static bool same_place(struct dt_point a, struct dt_point b)
{
    const int64_t turn = (int64_t)b.lon_e7 - a.lon_e7;
    const bool pole = a.lat_e7 == DT_LAT_MAX_E7 || a.lat_e7 == -DT_LAT_MAX_E7;
    return a.lat_e7 == b.lat_e7 && (pole || turn == 0 || turn == 2 * (int64_t)DT_LON_MAX_E7 ||
                                    turn == -2 * (int64_t)DT_LON_MAX_E7);
}

static enum dt_err check_window(const struct dt_window *window)
{
    if (window->from_ms < -DT_TIME_MAX_MS || window->until_ms > DT_TIME_MAX_MS ||
        window->from_ms > DT_TIME_MAX_MS || window->until_ms < -DT_TIME_MAX_MS) {
        return DT_ERR_BAD_TIME;
    }
    return window->from_ms < window->until_ms ? DT_OK : DT_ERR_END_BEFORE_START;
}

static enum dt_err check_band(const struct dt_volume *volume)
{
    if (volume->alt_lo_mm == DT_ALT_MISSING || volume->alt_hi_mm == DT_ALT_MISSING) {
        return DT_ERR_MISSING_ALTITUDE;
    }
    const bool in_range = volume->alt_lo_mm >= -DT_ALT_MAX_MM && volume->alt_hi_mm <= DT_ALT_MAX_MM;
    return in_range && volume->alt_lo_mm <= volume->alt_hi_mm ? DT_OK : DT_ERR_BAD_VALUE;
}

static enum dt_err check_legs(const struct dt_volume *volume)
{
    if (volume->legs == NULL) {
        return DT_OK;
    }
    if (volume->shape != DT_SHAPE_CORRIDOR) {
        return DT_ERR_BAD_VALUE;
    }
    for (size_t i = 0; i + 1 < volume->rings[0].count; i++) {
        const enum dt_err err = check_window(&volume->legs[i]);
        if (err != DT_OK) {
            return err;
        }
        if (volume->legs[i].from_ms < volume->time.from_ms ||
            volume->legs[i].until_ms > volume->time.until_ms) {
            return DT_ERR_BAD_TIME;
        }
    }
    return DT_OK;
}

/* Counts and coordinates: all that is needed before a point is computed with. */
static enum dt_err check_positions(const struct dt_volume *volume)
{
    const bool polygon = volume->shape == DT_SHAPE_POLYGON;
    if (volume->ring_count > (polygon ? DT_RINGS_MAX : 1)) {
        return DT_ERR_TOO_LARGE;
    }
    if (volume->ring_count == 0 || (volume->radius_mm == 0 && !polygon)) {
        return DT_ERR_DEGENERATE;
    }
    for (size_t r = 0; r < volume->ring_count; r++) {
        const struct dt_ring *ring = &volume->rings[r];
        if (ring->count > (volume->shape == DT_SHAPE_CIRCLE ? 1 : DT_RING_MAX)) {
            return DT_ERR_TOO_LARGE;
        }
        if (ring->count < (volume->shape == DT_SHAPE_CORRIDOR ? 2 : 1)) {
            return DT_ERR_DEGENERATE;
        }
        for (size_t i = 0; i < ring->count; i++) {
            const struct dt_point p = ring->points[i];
            if (p.lat_e7 < -DT_LAT_MAX_E7 || p.lat_e7 > DT_LAT_MAX_E7 ||
                p.lon_e7 < -DT_LON_MAX_E7 || p.lon_e7 > DT_LON_MAX_E7) {
                return DT_ERR_BAD_COORDINATE;
            }
        }
        if (polygon && !same_place(ring->points[0], ring->points[ring->count - 1])) {
            return DT_ERR_OPEN_RING;
        }
        if (polygon && ring->count < 4) {
            return DT_ERR_DEGENERATE;
        }
    }
    return DT_OK;
}

static enum dt_err check_edges(const struct dt_path *path)
{
    for (size_t i = 0; i < path->edges; i++) {
        if (dt_dot(path->node[i].at, path->node[dt_edge_end(path, i)].at) < 0.0) {
            return DT_ERR_TOO_LARGE;
        }
    }
    return DT_OK;
}

static enum dt_err check_extent(const struct dt_path *path)
{
    const struct dt_vec middle = dt_path_middle(path);
    for (size_t i = 0; i < path->nodes; i++) {
        if (dt_dot(middle, path->node[i].at) < 0.5) {
            return DT_ERR_TOO_LARGE;
        }
    }
    return DT_OK;
}

/* After check_simple: a ring in a figure of eight may have no area either. */
static enum dt_err check_width(const struct dt_path *path)
{
    const struct dt_vec middle = dt_path_middle(path);
    double twice_area = 0.0;
    double around = 0.0;
    for (size_t i = 0; i < path->edges; i++) {
        const struct dt_vec w = dt_sub(path->node[i].at, path->node[0].at);
        twice_area += dt_dot(dt_cross(w, path->edge[i].step), middle);
        around += 2.0 * path->edge[i].half;
    }
    return dt_abs(twice_area) <= around * WIDTH_MIN ? DT_ERR_DEGENERATE : DT_OK;
}

static enum dt_err check_simple(const struct dt_path *path)
{
    const size_t edges = path->edges;
    for (size_t i = 0; i < edges; i++) {
        for (size_t j = i + 2; j < edges; j++) {
            if (i == 0 && j == edges - 1) {
                continue; /* neighbours across the closing point */
            }
            if (same_place(path->node[i].point, path->node[j].point) ||
                dt_edges_cross(path, i, path, j)) {
                return DT_ERR_CROSSING_RING;
            }
        }
    }
    return DT_OK;
}

static bool paths_cross(const struct dt_path *a, const struct dt_path *b)
{
    for (size_t i = 0; i < a->edges; i++) {
        for (size_t j = 0; j < b->edges; j++) {
            if (dt_edges_cross(a, i, b, j)) {
                return true;
            }
        }
    }
    return false;
}

/* How many nodes of `path` are inside `ring`; stops at the first that is not if
 * `all`, at the first that is otherwise. */
static bool holds(const struct dt_path *ring, const struct dt_path *path, bool all)
{
    for (size_t i = 0; i < path->nodes; i++) {
        if (dt_ring_holds(ring, &path->node[i]) != all) {
            return !all;
        }
    }
    return all;
}

static bool caps_apart(const struct dt_path *a, const struct dt_path *b)
{
    const struct dt_path *path[2] = {a, b};
    struct dt_vec middle[2];
    double reach = 1e-9;
    for (int k = 0; k < 2; k++) {
        double far2 = 0.0;
        middle[k] = dt_path_middle(path[k]);
        for (size_t i = 0; i < path[k]->nodes; i++) {
            const struct dt_vec d = dt_sub(path[k]->node[i].at, middle[k]);
            far2 = dt_dot(d, d) > far2 ? dt_dot(d, d) : far2;
        }
        reach += 1.2 * dt_sqrt(far2); /* chords to angles, and the stray of edges */
    }
    const struct dt_vec d = dt_sub(middle[0], middle[1]);
    return dt_dot(d, d) > reach * reach;
}

/* Ring `r` against all before it: b is loaded with ring r, a is room. */
static enum dt_err check_against_earlier(const struct dt_volume *volume, size_t r,
                                         struct dt_path *a, const struct dt_path *b)
{
    for (size_t q = 0; q < r; q++) {
        dt_path_load(a, &volume->rings[q]);
        const bool apart = caps_apart(a, b);
        if (!apart && paths_cross(a, b)) {
            return DT_ERR_CROSSING_RING;
        }
        if (q == 0 && (apart || !holds(a, b, false))) {
            return DT_ERR_BAD_VALUE; /* a hole outside */
        }
        if (q > 0 && !apart && (holds(a, b, true) || holds(b, a, true))) {
            return DT_ERR_BAD_VALUE; /* a hole in a hole */
        }
    }
    return DT_OK;
}

static enum dt_err check_rings(const struct dt_volume *volume)
{
    struct dt_path a;
    struct dt_path b;
    for (size_t r = 0; r < volume->ring_count; r++) {
        dt_path_load(&b, &volume->rings[r]);
        enum dt_err err = check_edges(&b);
        if (err == DT_OK && volume->shape == DT_SHAPE_POLYGON) {
            err = check_extent(&b);
            err = err == DT_OK ? check_simple(&b) : err;
            err = err == DT_OK ? check_width(&b) : err;
            err = err == DT_OK ? check_against_earlier(volume, r, &a, &b) : err;
        }
        if (err != DT_OK) {
            return err;
        }
    }
    return DT_OK;
}

enum dt_err dt_volume_check(const struct dt_volume *volume)
{
    if (volume->shape != DT_SHAPE_CIRCLE && volume->shape != DT_SHAPE_CORRIDOR &&
        volume->shape != DT_SHAPE_POLYGON) {
        return DT_ERR_BAD_VALUE;
    }
    enum dt_err err = check_positions(volume);
    err = err == DT_OK ? check_window(&volume->time) : err;
    err = err == DT_OK ? check_legs(volume) : err;
    err = err == DT_OK ? check_band(volume) : err;
    return err == DT_OK ? check_rings(volume) : err;
}

struct dt_bound dt_volume_bound(const struct dt_volume *volume)
{
    struct dt_vec at[DT_RING_MAX];
    struct dt_vec middle = {0.0, 0.0, 0.0};
    const struct dt_ring *ring = &volume->rings[0];
    for (size_t i = 0; i < ring->count; i++) {
        at[i] = dt_node(ring->points[i]).at;
        middle.x += at[i].x;
        middle.y += at[i].y;
        middle.z += at[i].z;
    }
    const double radius = (double)volume->radius_mm * 1e-3;
    const double size = dt_sqrt(dt_dot(middle, middle));
    if (size < 1e-3) {
        return (struct dt_bound){0.0, 0.0, 1.0, HALF_GLOBE + radius};
    }
    struct dt_bound bound = {middle.x / size, middle.y / size, middle.z / size,
                             HALF_GLOBE + radius};
    middle = (struct dt_vec){bound.x, bound.y, bound.z};
    double far2 = 0.0;
    double edge2 = 0.0;
    for (size_t i = 0; i < ring->count; i++) {
        const struct dt_vec d = dt_sub(at[i], middle);
        const struct dt_vec e = dt_sub(at[i], at[i > 0 ? i - 1 : 0]);
        far2 = dt_dot(d, d) > far2 ? dt_dot(d, d) : far2;
        edge2 = dt_dot(e, e) > edge2 ? dt_dot(e, e) : edge2;
    }
    if (far2 < 1.5) { /* less than a quarter turn: a cap that is convex holds the arcs too */
        const double edge = DT_EARTH_A * dt_angle_above(dt_sqrt(edge2));
        bound.reach = DT_EARTH_A * dt_angle_above(dt_sqrt(far2)) +
                      1.5 * DT_EDGE_BEND * edge * edge / 8.0 + radius + 1e-3;
    }
    return bound;
}

bool dt_bound_apart(const struct dt_bound *a, const struct dt_bound *b, uint32_t lateral_mm)
{
    const double x = a->x - b->x;
    const double y = a->y - b->y;
    const double z = a->z - b->z;
    const double reach = (a->reach + b->reach + (double)lateral_mm * 1e-3 + 1e-2) / DT_EARTH_B;
    return x * x + y * y + z * z > reach * reach;
}

/* SPDX-License-Identifier: ISC */
#include "geo/distance.h"

#include "geo/edge.h"
#include "geo/math.h"

#define FAR_ENOUGH 1e9 /* metres: beyond any distance on Earth */

struct search {
    const struct dt_volume *va;
    const struct dt_volume *vb;
    const int64_t *temporal_ms; /* NULL: legs count at any time */
    double limit;               /* metres between cores; what is farther need not be exact */
    double above;               /* the core distance is at most this */
    double below;               /* and no pair looked at so far is closer than this */
    /* The best so far, exact. */
    double metres;
    struct dt_place at_a;
    struct dt_place at_b;
    size_t leg_a;
    size_t leg_b;
    struct dt_path a;
    struct dt_path b;
    struct dt_path room;
};

bool dt_windows_meet(struct dt_window a, struct dt_window b, int64_t temporal_ms)
{
    return a.from_ms - temporal_ms < b.until_ms && b.from_ms - temporal_ms < a.until_ms;
}

static struct dt_window leg_window(const struct dt_volume *volume, size_t leg)
{
    return volume->legs != NULL ? volume->legs[leg] : volume->time;
}

static bool legs_meet(const struct search *s, size_t i, size_t j)
{
    if (s->temporal_ms == NULL || (s->va->legs == NULL && s->vb->legs == NULL)) {
        return true;
    }
    return dt_windows_meet(leg_window(s->va, i), leg_window(s->vb, j), *s->temporal_ms);
}

static void record(struct search *s, double metres, const struct dt_place *at_a,
                   const struct dt_place *at_b, size_t i, size_t j)
{
    if (metres < s->metres) {
        s->metres = metres;
        s->at_a = *at_a;
        s->at_b = *at_b;
        s->leg_a = i;
        s->leg_b = j;
        s->above = metres < s->above ? metres : s->above;
    }
}

/* --- one region holds the other ---------------------------------------- */

static bool region_holds(struct search *s, const struct dt_volume *region,
                         const struct dt_path *outer, const struct dt_node *node)
{
    if (!dt_ring_holds(outer, node)) {
        return false;
    }
    for (size_t r = 1; r < region->ring_count; r++) {
        dt_path_load(&s->room, &region->rings[r]);
        if (dt_ring_holds(&s->room, node)) {
            return false;
        }
    }
    return true;
}

/* If no edges cross, one place of each connected part that counts decides: the
 * first of the core or, where legs have windows, the first of each leg. */
static bool find_inside(struct search *s)
{
    if (s->va->shape == DT_SHAPE_POLYGON) {
        const size_t last = s->vb->legs != NULL ? s->b.edges : 1;
        for (size_t j = 0; j < last; j++) {
            if (legs_meet(s, 0, j) && region_holds(s, s->va, &s->a, &s->b.node[j])) {
                record(s, 0.0, &s->b.node[j].place, &s->b.node[j].place, 0, j);
                return true;
            }
        }
    }
    if (s->vb->shape == DT_SHAPE_POLYGON) {
        const size_t last = s->va->legs != NULL ? s->a.edges : 1;
        for (size_t i = 0; i < last; i++) {
            if (legs_meet(s, i, 0) && region_holds(s, s->vb, &s->b, &s->a.node[i])) {
                record(s, 0.0, &s->a.node[i].place, &s->a.node[i].place, i, 0);
                return true;
            }
        }
    }
    return false;
}

/* --- edges against edges ----------------------------------------------- */

/* Where two crossing edges meet, from their great ellipses; each side's place is
 * then put on its own geodesic. */
static void record_crossing(struct search *s, size_t i, size_t j)
{
    struct dt_vec x = dt_cross(s->a.edge[i].normal, s->b.edge[j].normal);
    const struct dt_vec near = s->a.edge[i].middle;
    const double sign = dt_dot(x, near) < 0.0 ? -1.0 : 1.0;
    const double size = dt_sqrt(dt_dot(x, x));
    if (size < 1e-12) {
        x = near;
    } else {
        x = (struct dt_vec){sign * x.x / size, sign * x.y / size, sign * x.z / size};
    }
    struct dt_place place = {x.z, dt_hypot(x.x, x.y), dt_atan2(x.y, x.x) / DT_RADIAN_PER_E7};
    place.cos_b = place.cos_b > 1e-30 ? place.cos_b : 1e-30;
    struct dt_foot a;
    struct dt_foot b;
    dt_edge_foot(&s->a, i, &place, 0.5, &a);
    dt_edge_foot(&s->b, j, &place, 0.5, &b);
    record(s, 0.0, &a.place, &b.place, i, j);
}

static double pair_below(const struct dt_edge *p, const struct dt_edge *q)
{
    const struct dt_vec d = dt_sub(p->middle, q->middle);
    const double chord = dt_sqrt(dt_dot(d, d)) - p->half - q->half;
    return DT_EARTH_B * chord - p->stray - q->stray;
}

/* A node belongs to two edges; it is looked at with the edge it begins, except
 * where there is no next edge or the next has another window. */
static size_t nodes_of(const struct dt_volume *volume, const struct dt_path *path, size_t edge)
{
    const bool last_of_route = volume->shape != DT_SHAPE_POLYGON && edge + 1 == path->edges;
    return path->nodes > 1 && (last_of_route || volume->legs != NULL) ? 2 : 1;
}

/* Bounds the distances from the nodes of one edge to another edge. */
static void survey_nodes(struct search *s, const struct dt_path *nodes, size_t i, size_t count,
                         const struct dt_path *edges, size_t j)
{
    const double stray = edges->edge[j].stray;
    for (size_t k = 0; k < count; k++) {
        double along;
        const double chord = dt_edge_chord(edges, j, nodes->node[i + k].at, &along);
        const double low = DT_EARTH_B * chord - stray;
        const double high = DT_EARTH_A * dt_angle_above(chord) + stray;
        s->below = low < s->below ? low : s->below;
        s->above = high < s->above ? high : s->above;
    }
}

/* First pass over two rings: narrows above and below. True if edges cross. */
static bool survey(struct search *s)
{
    for (size_t i = 0; i < s->a.edges; i++) {
        const size_t nodes_a = nodes_of(s->va, &s->a, i);
        for (size_t j = 0; j < s->b.edges; j++) {
            const double low = pair_below(&s->a.edge[i], &s->b.edge[j]);
            if (low > s->above || low > s->limit || !legs_meet(s, i, j)) {
                continue;
            }
            if (low <= 0.0 && dt_edges_cross(&s->a, i, &s->b, j)) {
                record_crossing(s, i, j);
                return true;
            }
            survey_nodes(s, &s->a, i, nodes_a, &s->b, j);
            survey_nodes(s, &s->b, j, nodes_of(s->vb, &s->b, j), &s->a, i);
        }
    }
    return false;
}

/* Exact distances from the nodes of edge i of one path to edge j of the other,
 * where they could be the shortest. `swapped`: the nodes are b's. */
static void measure_nodes(struct search *s, bool swapped, size_t i, size_t count, size_t j)
{
    const struct dt_path *nodes = swapped ? &s->b : &s->a;
    const struct dt_path *edges = swapped ? &s->a : &s->b;
    for (size_t k = 0; k < count; k++) {
        double along;
        const struct dt_node *node = &nodes->node[i + k];
        const double chord = dt_edge_chord(edges, j, node->at, &along);
        const double low = DT_EARTH_B * chord - edges->edge[j].stray;
        if (low > s->above || low > s->limit || low > s->metres) {
            continue;
        }
        if (s->metres < FAR_ENOUGH && edges->nodes > 1 &&
            dt_edge_low(edges, j, node, along) > s->metres) {
            continue;
        }
        struct dt_foot foot;
        dt_edge_foot(edges, j, &node->place, along, &foot);
        if (swapped) {
            record(s, foot.metres, &foot.place, &node->place, j, i);
        } else {
            record(s, foot.metres, &node->place, &foot.place, i, j);
        }
    }
}

static void measure(struct search *s)
{
    for (size_t i = 0; i < s->a.edges; i++) {
        const size_t nodes_a = nodes_of(s->va, &s->a, i);
        for (size_t j = 0; j < s->b.edges; j++) {
            const double low = pair_below(&s->a.edge[i], &s->b.edge[j]);
            if (s->metres <= 0.0) {
                return; /* nothing is nearer */
            }
            if (low > s->above || low > s->limit || !legs_meet(s, i, j)) {
                continue;
            }
            measure_nodes(s, false, i, nodes_a, j);
            measure_nodes(s, true, j, nodes_of(s->vb, &s->b, j), i);
        }
    }
}

/* Runs `measure` or the survey over all pairs of rings; rings are loaded again
 * only where there are several. True if the survey found a crossing. */
static bool over_rings(struct search *s, bool exact)
{
    for (size_t i = 0; i < s->va->ring_count; i++) {
        if (s->va->ring_count > 1) {
            dt_path_load(&s->a, &s->va->rings[i]);
        }
        for (size_t j = 0; j < s->vb->ring_count; j++) {
            if (s->vb->ring_count > 1) {
                dt_path_load(&s->b, &s->vb->rings[j]);
            }
            if (exact) {
                measure(s);
            } else if (survey(s)) {
                return true;
            }
        }
    }
    return false;
}

/* --- the whole ---------------------------------------------------------- */

static int compare_i64(int64_t a, int64_t b)
{
    return (a > b) - (a < b);
}

static int compare_rings(const struct dt_ring *a, const struct dt_ring *b)
{
    int order = compare_i64((int64_t)a->count, (int64_t)b->count);
    for (size_t i = 0; order == 0 && i < a->count; i++) {
        order = compare_i64(a->points[i].lat_e7, b->points[i].lat_e7);
        order = order != 0 ? order : compare_i64(a->points[i].lon_e7, b->points[i].lon_e7);
    }
    return order;
}

/* An order of footprints, so that both parties compute with the same one first
 * and no last bit depends on who asks. */
static int compare_volumes(const struct dt_volume *a, const struct dt_volume *b)
{
    int order = compare_i64(a->shape, b->shape);
    order = order != 0 ? order : compare_i64(a->radius_mm, b->radius_mm);
    order = order != 0 ? order : compare_i64((int64_t)a->ring_count, (int64_t)b->ring_count);
    for (size_t r = 0; order == 0 && r < a->ring_count; r++) {
        order = compare_rings(&a->rings[r], &b->rings[r]);
    }
    if (order == 0 && (a->legs != NULL || b->legs != NULL)) {
        for (size_t i = 0; order == 0 && i + 1 < a->rings[0].count; i++) {
            const struct dt_window p = leg_window(a, i);
            const struct dt_window q = leg_window(b, i);
            order = compare_i64(p.from_ms, q.from_ms);
            order = order != 0 ? order : compare_i64(p.until_ms, q.until_ms);
        }
    }
    return order;
}

/* False if the cores are certainly farther apart than s->limit. */
static bool run(struct search *s)
{
    dt_path_load(&s->a, &s->va->rings[0]);
    dt_path_load(&s->b, &s->vb->rings[0]);
    s->above = s->below = s->metres = FAR_ENOUGH;
    if (find_inside(s) || over_rings(s, false)) {
        return true;
    }
    if (s->below > s->limit) {
        return false;
    }
    over_rings(s, true);
    return s->metres <= s->limit;
}

/* The middle of what lies between the rims along the shortest line. */
static struct dt_point between(const struct search *s)
{
    const double radius_a = (double)s->va->radius_mm * 1e-3;
    const double radius_b = (double)s->vb->radius_mm * 1e-3;
    double at = 0.5 * (radius_a + (s->metres - radius_b));
    at = at < 0.0 ? 0.0 : at > s->metres ? s->metres : at;
    struct dt_geodesic g;
    struct dt_line line;
    struct dt_place place;
    dt_inverse(&s->at_a, &s->at_b, &g);
    if (g.metres < 1e-3) {
        return dt_place_point(&s->at_a);
    }
    dt_line_init(&line, &s->at_a, g.start);
    dt_line_at(&line, at, &place, NULL);
    return dt_place_point(&place);
}

static bool within(const struct dt_volume *a, const struct dt_volume *b, int64_t lateral_mm,
                   const int64_t *temporal_ms, struct dt_distance *out)
{
    const bool swap = compare_volumes(a, b) > 0;
    const int64_t radii = (int64_t)a->radius_mm + (int64_t)b->radius_mm;
    struct search s;
    s.va = swap ? b : a;
    s.vb = swap ? a : b;
    s.temporal_ms = temporal_ms;
    s.limit = (double)(radii + lateral_mm + 1) * 1e-3;
    if (!run(&s)) {
        return false;
    }
    const int64_t core_mm = dt_round(s.metres * 1000.0);
    const int64_t mm = core_mm > radii ? core_mm - radii : 0;
    if (mm > lateral_mm) {
        return false;
    }
    const struct dt_point p = dt_place_point(&s.at_a);
    const struct dt_point q = dt_place_point(&s.at_b);
    *out = (struct dt_distance){
        .mm = mm,
        .core_mm = core_mm,
        .a = swap ? q : p,
        .b = swap ? p : q,
        .between = between(&s),
        .leg_a = swap ? s.leg_b : s.leg_a,
        .leg_b = swap ? s.leg_a : s.leg_b,
    };
    return true;
}

bool dt_distance_within(const struct dt_volume *a, const struct dt_volume *b, uint32_t lateral_mm,
                        const int64_t *temporal_ms, struct dt_distance *out)
{
    return within(a, b, lateral_mm, temporal_ms, out);
}

void dt_distance(const struct dt_volume *a, const struct dt_volume *b, struct dt_distance *out)
{
    const int64_t anything = (int64_t)(FAR_ENOUGH * 100.0);
    *out = (struct dt_distance){0};
    within(a, b, anything, NULL, out);
}

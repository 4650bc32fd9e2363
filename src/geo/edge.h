/* SPDX-License-Identifier: ISC */
/*
 * edge - geodesic edges: cheap bounds for everything, exact answers for the few
 * that matter. Internal to geo; distance.h is what others use.
 *
 * The cheap side. Dividing the axes of the ellipsoid by (a, a, b) maps it onto
 * the unit sphere. That map stretches no length by less than b or more than a, so
 * if two places are an angle d apart on the sphere, b d <= distance <= a d. A
 * great circle of that sphere is a great ellipse, and a geodesic between the same
 * ends strays from it by little: the geodesic curvature of a great ellipse is the
 * normal curvature (at most a/b^2) times the tangent of the angle between normal
 * and radius (at most 0.00337), below BEND = 5.4e-10 per metre; two curves with
 * common ends L apart whose curvatures differ by BEND are at most
 * BEND L^2 / 8 apart on a plane, and on a sphere up to a quarter of a turn less
 * than 1.5 times that.
 *
 * The exact side. The nearest point of a geodesic is found by walking along it
 * with the spherical right triangle until the angle is right (Baselga and
 * Martinez-Llario, Stud. Geophys. Geod. 62 (2018) 353-363, with the step of
 * Karney, arXiv:2308.00495); the length is then the inverse problem's.
 *
 * On a surface of positive curvature no common perpendicular of two geodesics is
 * a local minimum of distance (Synge's formula), so the distance of two edges
 * that do not cross is always taken at an end of one: points against edges and a
 * crossing test are complete.
 */
#ifndef DT_GEO_EDGE_H
#define DT_GEO_EDGE_H

#include <stdbool.h>
#include <stddef.h>

#include "geo/geodesic.h"
#include "geo/volume.h"

#define DT_EDGE_BEND 5.4e-10 /* per metre; BEND above */

struct dt_vec {
    double x, y, z;
};

static inline struct dt_vec dt_sub(struct dt_vec a, struct dt_vec b)
{
    return (struct dt_vec){a.x - b.x, a.y - b.y, a.z - b.z};
}

static inline double dt_dot(struct dt_vec a, struct dt_vec b)
{
    return a.x * b.x + a.y * b.y + a.z * b.z;
}

static inline struct dt_vec dt_cross(struct dt_vec a, struct dt_vec b)
{
    return (struct dt_vec){a.y * b.z - a.z * b.y, a.z * b.x - a.x * b.z, a.x * b.y - a.y * b.x};
}

struct dt_node {
    struct dt_vec at; /* on the unit sphere */
    struct dt_place place;
    struct dt_point point;
};

struct dt_edge {
    struct dt_vec step;   /* end - start */
    struct dt_vec normal; /* start x step, unit length; zero for a point */
    struct dt_vec middle; /* of the chord */
    double half;          /* half the chord: a ball round `middle` holds the arc */
    double stray;         /* metres: the geodesic is this close to the great ellipse */
};

/* A ring, a route or a point, ready to be measured: edge i joins nodes i, i+1.
 * A point is one edge from node 0 to node 0. About 30 KiB: on the stack. */
struct dt_path {
    size_t nodes;
    size_t edges;
    struct dt_node node[DT_RING_MAX];
    struct dt_edge edge[DT_RING_MAX];
};

struct dt_node dt_node(struct dt_point point);
void dt_path_load(struct dt_path *path, const struct dt_ring *ring);

static inline size_t dt_edge_end(const struct dt_path *path, size_t edge)
{
    return edge + 1 < path->nodes ? edge + 1 : 0;
}

/* Upper bound of an angle by its chord on the unit sphere. */
static inline double dt_angle_above(double chord)
{
    return chord + 0.143 * chord * chord * chord; /* equality at the antipode */
}

/* The chord from `at` to the nearest point of the great-ellipse arc, with how far
 * along the edge that is, 0..1. */
double dt_edge_chord(const struct dt_path *path, size_t edge, struct dt_vec at, double *along);

/* A sharper lower bound in metres, for one geodesic: the exact distance to the
 * place dt_edge_chord found, less what walking on along the edge could gain. With
 * a slope of the distance there of cos(angle), that is at most the slope times the
 * length of the edge as long as the distance is convex along it (under a quarter
 * of the globe), and a bounded curvature more up to 15,000 km; 0 beyond. */
double dt_edge_low(const struct dt_path *path, size_t edge, const struct dt_node *node,
                   double along);

struct dt_foot {
    double metres;
    struct dt_place place; /* the nearest point of the edge */
};

/* The exact distance from a place to an edge; `along` 0..1 is a first guess. */
void dt_edge_foot(const struct dt_path *path, size_t edge, const struct dt_place *from,
                  double along, struct dt_foot *foot);

/* On which side of the geodesic through the edge: 1 left, -1 right, 0 within a
 * micrometre of it. Exact. */
int dt_edge_side(const struct dt_path *path, size_t edge, const struct dt_node *node);

/* Whether two edges cross, exactly; if an end of one lies within half a
 * millimetre of the other either answer may come. */
bool dt_edges_cross(const struct dt_path *a, size_t i, const struct dt_path *b, size_t j);

/* Whether the node is inside the ring's small side; within half a millimetre of
 * the boundary either answer may come. `ring` passed dt_volume_check. */
bool dt_ring_holds(const struct dt_path *ring, const struct dt_node *node);

/* The middle direction of the nodes, unit length; zero if there is none. */
struct dt_vec dt_path_middle(const struct dt_path *path);

#endif

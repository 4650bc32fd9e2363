/* SPDX-License-Identifier: ISC */
/*
 * Rings are drawn on a cylinder whose seam is the antimeridian, interior on the left, and cut
 * there into chains. What ends at the seam goes on along it: northward on its west side
 * (longitude 180), southward on its east side, to the next chain that begins there. A pole
 * inside is one more chain, along its parallel. So one rule serves rings that cross the seam
 * any number of times, holes over it, and rings round a pole.
 */
#include "cli/drawing.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli/distance.h"
#include "cli/straight.h"
#include "geo/geodesic.h"

enum { CIRCLE_CORNERS = 64, POINTS_MAX = 40000, DEPTH_MAX = 20 };

#define TURN_E7 (2 * (int64_t)DT_LON_MAX_E7)

static const double pi = 3.14159265358979323846;

struct spot {
    int64_t lon; /* 1e-7 degree, not wrapped: goes on past 180 */
    int32_t lat;
};

struct trace {
    struct spot *spots;
    size_t count, room;
    bool failed; /* no memory */
};

struct chain {
    struct trace trace; /* within -180..180 */
    bool closed;        /* never met the seam */
    bool used;
};

struct chart {
    struct chain *chains;
    size_t count, room;
    bool failed;
};

static void add(struct trace *t, int64_t lon, int32_t lat)
{
    if (t->count == t->room) {
        const size_t room = t->room > 0 ? 2 * t->room : 64;
        struct spot *more = realloc(t->spots, room * sizeof *more);
        t->failed = t->failed || more == NULL;
        if (more == NULL) {
            return;
        }
        t->spots = more;
        t->room = room;
    }
    t->spots[t->count++] = (struct spot){lon, lat};
}

/* --- edges: points between, as many as the eye of RFC 7946 needs ---------------------------- */

static bool at_pole(struct dt_point p)
{
    return abs(p.lat_e7) == DT_LAT_MAX_E7;
}

/* On from the last spot to `p`, the short way round. */
static void go_to(struct trace *t, struct dt_point p)
{
    const struct spot last = t->spots[t->count - 1];
    const int64_t whole = ((last.lon % TURN_E7) + TURN_E7) % TURN_E7;
    const struct dt_point from = {last.lat, (int32_t)(whole >= DT_LON_MAX_E7 ? whole - TURN_E7 : whole)};
    add(t, last.lon + dt_turn_e7(from, p), p.lat_e7);
}

struct edge {
    struct dt_line line;
    struct trace *trace;
};

static struct dt_point point_on(const struct edge *e, double metres)
{
    struct dt_place place;
    dt_line_at(&e->line, metres, &place, NULL);
    return dt_place_point(&place);
}

static void split(struct edge *e, double from, struct dt_point a, double to, struct dt_point b,
                  unsigned depth)
{
    if (depth < DEPTH_MAX && e->trace->count < POINTS_MAX && dt_stray_m(a, b) > DT_STRAY_M) {
        const double middle = (from + to) / 2;
        const struct dt_point between = point_on(e, middle);
        split(e, from, a, middle, between, depth + 1);
        split(e, middle, between, to, b, depth + 1);
        return;
    }
    if (e->trace->count > 0 && !e->trace->failed) {
        go_to(e->trace, b);
    }
}

static void draw_edge(struct trace *t, struct dt_point a, struct dt_point b)
{
    struct edge e = {.trace = t};
    struct dt_geodesic g;
    const struct dt_place from = dt_place(a), to = dt_place(b);
    dt_inverse(&from, &to, &g);
    dt_line_init(&e.line, &from, g.start);
    split(&e, 0, a, g.metres, b, 0);
}

/* Every position, a pole with the longitudes of both neighbours. */
static void draw(struct trace *t, const struct dt_ring *ring)
{
    struct dt_point last = ring->points[0];
    last.lon_e7 = at_pole(last) ? ring->points[1].lon_e7 : last.lon_e7;
    add(t, last.lon_e7, last.lat_e7);
    for (size_t i = 1; i < ring->count && t->count > 0 && !t->failed; i++) {
        struct dt_point next = ring->points[i];
        if (at_pole(last)) {
            last.lon_e7 = next.lon_e7;
            go_to(t, last);
        }
        next.lon_e7 = at_pole(next) ? last.lon_e7 : next.lon_e7;
        draw_edge(t, last, next);
        last = next;
    }
}

/* --- which way round -------------------------------------------------------------------------- */

static double twice_area(const struct trace *t)
{
    double sum = 0;
    for (size_t i = 0; i + 1 < t->count; i++) {
        const struct spot a = t->spots[i], b = t->spots[i + 1];
        sum += (double)(b.lon - a.lon) * -((double)a.lat + b.lat);
    }
    return sum;
}

static bool northern(const struct trace *t)
{
    double sum = 0;
    for (size_t i = 0; i < t->count; i++) {
        sum += sin((double)t->spots[i].lat * 1e-7 * pi / 180);
    }
    return sum > 0;
}

/* +1 or -1 turns round the earth, 0 for a ring that closes. */
static int turns(const struct trace *t)
{
    const int64_t way = t->spots[t->count - 1].lon - t->spots[0].lon;
    return way > DT_LON_MAX_E7 ? 1 : way < -(int64_t)DT_LON_MAX_E7 ? -1 : 0;
}

/* The interior of the polygon on the left. */
static void orient(struct trace *t, bool hole)
{
    const int round = turns(t);
    const bool left = round != 0 ? (round > 0) == (northern(t) != hole) : (twice_area(t) > 0) != hole;
    for (size_t i = 0; !left && i < t->count / 2; i++) {
        const struct spot swap = t->spots[i];
        t->spots[i] = t->spots[t->count - 1 - i];
        t->spots[t->count - 1 - i] = swap;
    }
}

/* --- cutting ------------------------------------------------------------------------------------ */

static struct chain *new_chain(struct chart *c)
{
    if (c->count == c->room) {
        const size_t room = c->room > 0 ? 2 * c->room : 8;
        struct chain *more = realloc(c->chains, room * sizeof *more);
        c->failed = c->failed || more == NULL;
        if (more == NULL) {
            return NULL;
        }
        c->chains = more;
        c->room = room;
    }
    c->chains[c->count] = (struct chain){0};
    return &c->chains[c->count++];
}

/* Which turn of the earth a longitude is on; 180 begins the next. */
static int64_t turn_of(int64_t lon)
{
    const int64_t over = lon + DT_LON_MAX_E7;
    return over >= 0 ? over / TURN_E7 : -((-over + TURN_E7 - 1) / TURN_E7);
}

/* Appends the way from a to b to the last chain, and begins another at the seam. */
static void cross(struct chart *c, struct spot a, struct spot b)
{
    const int64_t from = turn_of(a.lon), to = turn_of(b.lon);
    struct chain *chain = &c->chains[c->count - 1];
    if (from != to) {
        const bool east = to > from;
        const int64_t seam = (east ? to : from) * TURN_E7 - DT_LON_MAX_E7;
        const double part = (double)(seam - a.lon) / (double)(b.lon - a.lon);
        const int32_t lat = (int32_t)lround(a.lat + part * ((double)b.lat - a.lat));
        add(&chain->trace, east ? DT_LON_MAX_E7 : -(int64_t)DT_LON_MAX_E7, lat);
        chain = new_chain(c);
        if (chain == NULL) {
            return;
        }
        add(&chain->trace, east ? -(int64_t)DT_LON_MAX_E7 : DT_LON_MAX_E7, lat);
    }
    add(&chain->trace, b.lon - to * TURN_E7, b.lat);
}

/* One chain more for each time it meets the seam; the last joins the first of a ring. */
static void cut(struct chart *c, const struct trace *t, bool ring)
{
    const size_t first = c->count;
    struct chain *chain = new_chain(c);
    if (chain == NULL || t->count == 0) {
        return;
    }
    add(&chain->trace, t->spots[0].lon - turn_of(t->spots[0].lon) * TURN_E7, t->spots[0].lat);
    for (size_t i = 0; i + 1 < t->count && !c->failed; i++) {
        cross(c, t->spots[i], t->spots[i + 1]);
    }
    if (!ring || c->failed) {
        return;
    }
    if (c->count == first + 1) {
        c->chains[first].closed = true;
        return;
    }
    struct chain *last = &c->chains[c->count - 1];
    for (size_t i = 1; i < c->chains[first].trace.count; i++) {
        add(&last->trace, c->chains[first].trace.spots[i].lon, c->chains[first].trace.spots[i].lat);
    }
    free(c->chains[first].trace.spots);
    c->chains[first] = *last;
    c->count--;
}

/* --- joining along the seam ---------------------------------------------------------------------- */

static struct spot first_of(const struct chain *chain)
{
    return chain->trace.spots[0];
}

static struct spot last_of(const struct chain *chain)
{
    return chain->trace.spots[chain->trace.count - 1];
}

/* The chain that begins next on the seam, seen from where this one ended; itself if none. */
static struct chain *next_on_seam(const struct chart *c, struct chain *start, const struct chain *at)
{
    const struct spot end = last_of(at);
    const bool up = end.lon > 0;
    struct chain *best = start;
    int64_t nearest = INT64_MAX;
    for (size_t i = 0; i < c->count; i++) {
        struct chain *other = &c->chains[i];
        const struct spot begin = first_of(other);
        const int64_t way = up ? (int64_t)begin.lat - end.lat : (int64_t)end.lat - begin.lat;
        if (!other->closed && (!other->used || other == start) && begin.lon == end.lon && way >= 0 &&
            way < nearest) {
            nearest = way;
            best = other;
        }
    }
    return best;
}

static void append_spot(json_t *ring, struct spot s)
{
    json_t *position = json_pack("[f, f]", (double)s.lon / 1e7, (double)s.lat / 1e7);
    if (json_array_size(ring) > 0 && json_equal(json_array_get(ring, json_array_size(ring) - 1), position)) {
        json_decref(position);
        return;
    }
    json_array_append_new(ring, position);
}

static void append_chain(json_t *ring, const struct chain *chain)
{
    for (size_t i = 0; i < chain->trace.count; i++) {
        append_spot(ring, chain->trace.spots[i]);
    }
}

static double ring_area(const json_t *ring)
{
    double sum = 0;
    for (size_t i = 0; i + 1 < json_array_size(ring); i++) {
        const json_t *a = json_array_get(ring, i), *b = json_array_get(ring, i + 1);
        sum += (json_number_value(json_array_get(a, 0)) - json_number_value(json_array_get(b, 0))) *
               (json_number_value(json_array_get(a, 1)) + json_number_value(json_array_get(b, 1)));
    }
    return sum;
}

/* One ring of chains from `start`, appended as a polygon unless it is only a touch. */
static void join(json_t *polygons, const struct chart *c, struct chain *start)
{
    json_t *ring = json_array();
    for (struct chain *at = start;;) {
        at->used = true;
        append_chain(ring, at);
        at = next_on_seam(c, start, at);
        if (at == start) {
            break;
        }
    }
    append_spot(ring, first_of(start));
    if (json_array_size(ring) >= 4 && fabs(ring_area(ring)) > 1e-12) {
        json_array_append_new(polygons, json_pack("[o]", ring));
    } else {
        json_decref(ring);
    }
}

static bool inside(const json_t *ring, const json_t *position)
{
    const double x = json_number_value(json_array_get(position, 0));
    const double y = json_number_value(json_array_get(position, 1));
    bool in = false;
    for (size_t i = 0; i + 1 < json_array_size(ring); i++) {
        const json_t *a = json_array_get(ring, i), *b = json_array_get(ring, i + 1);
        const double ax = json_number_value(json_array_get(a, 0)), ay = json_number_value(json_array_get(a, 1));
        const double bx = json_number_value(json_array_get(b, 0)), by = json_number_value(json_array_get(b, 1));
        in ^= (ay > y) != (by > y) && x < ax + (y - ay) / (by - ay) * (bx - ax);
    }
    return in;
}

/* A hole away from the seam goes to the polygon that it is in. */
static void place_hole(json_t *polygons, json_t *hole)
{
    size_t i;
    json_t *polygon, *home = json_array_get(polygons, 0);
    json_array_foreach (polygons, i, polygon) {
        home = inside(json_array_get(polygon, 0), json_array_get(hole, 0)) ? polygon : home;
    }
    json_array_append_new(home, hole);
}

static json_t *closed_ring(const struct chain *chain)
{
    json_t *ring = json_array();
    append_chain(ring, chain);
    return ring;
}

static json_t *assemble(const struct chart *c)
{
    json_t *polygons = json_array();
    for (size_t i = 0; i < c->count; i++) {
        if (!c->chains[i].closed && !c->chains[i].used) {
            join(polygons, c, &c->chains[i]);
        } else if (c->chains[i].closed && i == 0) {
            json_array_append_new(polygons, json_pack("[o]", closed_ring(&c->chains[i])));
        }
    }
    for (size_t i = 1; i < c->count && json_array_size(polygons) > 0; i++) {
        if (c->chains[i].closed) {
            place_hole(polygons, closed_ring(&c->chains[i]));
        }
    }
    return polygons;
}

/* --- volumes --------------------------------------------------------------------------------------- */

static void free_chart(struct chart *c)
{
    for (size_t i = 0; i < c->count; i++) {
        free(c->chains[i].trace.spots);
    }
    free(c->chains);
}

static bool sound(const struct chart *c)
{
    bool good = !c->failed;
    for (size_t i = 0; good && i < c->count; i++) {
        good = !c->chains[i].trace.failed && c->chains[i].trace.count > 0;
    }
    return good;
}

/* `*pole`: +1, -1 where a ring went round and the pole there is inside so far; a hole takes
 * it out again. */
static void cut_ring(struct chart *c, const struct dt_ring *ring, bool hole, int *pole)
{
    struct trace t = {0};
    draw(&t, ring);
    if (t.failed || t.count < 4) {
        c->failed = true;
    } else {
        orient(&t, hole);
        if (turns(&t) != 0) {
            *pole = hole ? 0 : northern(&t) ? 1 : -1;
        }
        cut(c, &t, true);
    }
    free(t.spots);
}

static json_t *typed(const char *one, const char *many, json_t *parts)
{
    const size_t count = json_array_size(parts);
    json_t *made = count == 1 ? json_pack("{s:s, s:O}", "type", one, "coordinates", json_array_get(parts, 0))
                              : json_pack("{s:s, s:O}", "type", many, "coordinates", parts);
    json_decref(parts);
    return made;
}

static json_t *draw_rings(const struct dt_ring *rings, size_t count)
{
    struct chart c = {0};
    int pole = 0;
    for (size_t i = 0; i < count && !c.failed; i++) {
        cut_ring(&c, &rings[i], i > 0, &pole);
    }
    struct chain *chain = pole != 0 && !c.failed ? new_chain(&c) : NULL;
    if (chain != NULL) { /* the parallel of 90 degrees, the pole's side on the right */
        add(&chain->trace, pole * (int64_t)DT_LON_MAX_E7, pole * DT_LAT_MAX_E7);
        add(&chain->trace, -pole * (int64_t)DT_LON_MAX_E7, pole * DT_LAT_MAX_E7);
    }
    json_t *made = sound(&c) ? typed("Polygon", "MultiPolygon", assemble(&c)) : NULL;
    free_chart(&c);
    return made;
}

static json_t *draw_line(const struct dt_ring *line)
{
    struct chart c = {0};
    struct trace t = {0};
    draw(&t, line);
    c.failed = t.failed;
    if (!c.failed) {
        cut(&c, &t, false);
    }
    free(t.spots);
    json_t *parts = json_array();
    for (size_t i = 0; sound(&c) && i < c.count; i++) {
        json_t *part = closed_ring(&c.chains[i]);
        if (json_array_size(part) == 1 && c.count == 1) { /* a line from a place to itself */
            json_array_append(part, json_array_get(part, 0));
        }
        if (json_array_size(part) >= 2) {
            json_array_append_new(parts, part);
        } else {
            json_decref(part);
        }
    }
    json_t *made = sound(&c) ? typed("LineString", "MultiLineString", parts) : NULL;
    free_chart(&c);
    return made;
}

static json_t *draw_circle(const struct dt_volume *v)
{
    struct dt_point corners[CIRCLE_CORNERS + 1];
    const struct dt_ring ring = {corners, CIRCLE_CORNERS + 1};
    const struct dt_point centre = v->rings[0].points[0];
    double stray = 0;
    for (int turn = 0; turn < 2; turn++) {
        /* corners so far out that neither the sides nor rounding cut the circle */
        const double out = ((double)v->radius_mm / 1000 + fmin(stray, DT_STRAY_M) + 0.02) / cos(pi / CIRCLE_CORNERS);
        for (unsigned i = 0; i <= CIRCLE_CORNERS; i++) {
            corners[i] = cli_point_at(centre, -2 * pi * (i % CIRCLE_CORNERS) / CIRCLE_CORNERS, out);
        }
        for (unsigned i = 0; i < CIRCLE_CORNERS; i++) {
            stray = fmax(stray, dt_stray_m(corners[i], corners[i + 1]));
        }
    }
    return draw_rings(&ring, 1);
}

json_t *cli_drawing(const struct dt_volume *v)
{
    return v->shape == DT_SHAPE_CIRCLE     ? draw_circle(v)
           : v->shape == DT_SHAPE_CORRIDOR ? draw_line(&v->rings[0])
                                           : draw_rings(v->rings, v->ring_count);
}

json_t *cli_position(struct dt_point point)
{
    return json_pack("[f, f]", (double)point.lon_e7 / 1e7, (double)point.lat_e7 / 1e7);
}

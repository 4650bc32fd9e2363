/* SPDX-License-Identifier: ISC */
#include "view/tier.h"

#include <string.h>

#include "geo/cells.h"
#include "geo/distance.h"
#include "log/fields.h"
#include "view/body_fields.h"

enum { CELLS = 6, START = 7, END = 8 };

/* --- outward ----------------------------------------------------------------------------- */

static int64_t down_to(int64_t value, int64_t step)
{
    const int64_t rest = value % step;
    return value - (rest < 0 ? rest + step : rest);
}

static int64_t up_to(int64_t value, int64_t step)
{
    return -down_to(-value, step);
}

static struct dt_window outward(struct dt_window w, int64_t step, struct dt_window within)
{
    const int64_t from = down_to(w.from_ms, step), until = up_to(w.until_ms, step);
    return (struct dt_window){from < within.from_ms ? within.from_ms : from,
                              until > within.until_ms ? within.until_ms : until};
}

struct dt_window dt_tier_clear_window(struct dt_window exact)
{
    const int64_t day = down_to(exact.from_ms, DT_TIER_CLEAR_MS);
    return (struct dt_window){day > 0 ? day : 0, exact.until_ms};
}

static int32_t band_edge(int64_t mm)
{
    return (int32_t)(mm < -DT_ALT_MAX_MM  ? -DT_ALT_MAX_MM
                     : mm > DT_ALT_MAX_MM ? DT_ALT_MAX_MM
                                          : mm);
}

/* --- the shape ----------------------------------------------------------------------------- */

static int32_t to_grid(int32_t e7)
{
    return (int32_t)down_to((int64_t)e7 + DT_TIER_GRID_E7 / 2, DT_TIER_GRID_E7);
}

static bool same_point(struct dt_point a, struct dt_point b)
{
    return a.lat_e7 == b.lat_e7 && a.lon_e7 == b.lon_e7;
}

/* The first ring on the grid, what has become one position once. */
static size_t ring_on_grid(struct dt_point *out, const struct dt_volume *v)
{
    const struct dt_ring *ring = &v->rings[0];
    size_t count = 0;
    for (size_t i = 0; i < ring->count; i++) {
        const struct dt_point p = {to_grid(ring->points[i].lat_e7),
                                   to_grid(ring->points[i].lon_e7)};
        if (count == 0 || !same_point(out[count - 1], p)) {
            out[count++] = p;
        }
    }
    return count;
}

static int64_t apart_mm(struct dt_point a, struct dt_point b)
{
    const struct dt_ring ring_a = {&a, 1}, ring_b = {&b, 1};
    const struct dt_volume va = {.shape = DT_SHAPE_CIRCLE, .rings = &ring_a, .ring_count = 1};
    const struct dt_volume vb = {.shape = DT_SHAPE_CIRCLE, .rings = &ring_b, .ring_count = 1};
    struct dt_distance d;
    dt_distance(&va, &vb, &d);
    return d.core_mm;
}

/* A circle around the first ring, its middle on the grid. A cap of less than a quarter of
 * the globe holds the edges between what it holds; one part in a hundred is for the
 * ellipsoid. */
static int64_t circle_around(struct dt_point *middle, const struct dt_volume *v)
{
    const struct dt_ring *ring = &v->rings[0];
    int64_t reach = 0;
    *middle = (struct dt_point){to_grid(ring->points[0].lat_e7), to_grid(ring->points[0].lon_e7)};
    for (size_t i = 0; i < ring->count; i++) {
        const int64_t mm = apart_mm(*middle, ring->points[i]);
        reach = mm > reach ? mm : reach;
    }
    return reach + reach / 100 + DT_TIER_CIRCLE_MARGIN_MM;
}

static void set_radius(struct dt_volume *v, const struct dt_notice_volume *exact, int64_t margin)
{
    const int64_t mm = (int64_t)exact->shape.radius_mm + exact->accuracy_mm + margin;
    v->radius_mm = (uint32_t)(mm > UINT32_MAX ? UINT32_MAX : mm);
}

/* One volume of the shape; its ring and positions go behind those that `out` has. */
static enum dt_err shape_volume(struct dt_notice_plain *out, const struct dt_notice_volume *exact,
                                struct dt_window within)
{
    struct dt_notice_volume *made = &out->volumes[out->volume_count];
    struct dt_point *points = &out->points[out->point_count];
    struct dt_ring *ring = &out->rings[out->ring_count];
    struct dt_volume *v = &made->shape;
    *made = *exact;
    made->accuracy_mm = 0;
    made->length_ms = made->every_ms = 0; /* all of the time between, too */
    v->rings = ring;
    v->ring_count = 1;
    v->legs = NULL;
    v->time = outward(exact->shape.time, DT_TIER_SHAPE_MS, within);
    v->alt_lo_mm = band_edge(down_to(exact->shape.alt_lo_mm, DT_TIER_BAND_MM));
    v->alt_hi_mm = band_edge(up_to(exact->shape.alt_hi_mm, DT_TIER_BAND_MM));
    *ring = (struct dt_ring){points, ring_on_grid(points, &exact->shape)};
    const bool edges = ring->count >= (v->shape == DT_SHAPE_POLYGON ? 4u : 2u);
    set_radius(v, exact, edges ? DT_TIER_EDGE_MARGIN_MM : DT_TIER_CIRCLE_MARGIN_MM);
    if (v->shape != DT_SHAPE_CIRCLE && (!edges || dt_volume_check(v) != DT_OK)) {
        ring->count = 1;
        v->shape = DT_SHAPE_CIRCLE;
        set_radius(v, exact, circle_around(points, &exact->shape));
    }
    out->volume_count++;
    out->ring_count++;
    out->point_count += ring->count;
    out->position_count += ring->count;
    return v->radius_mm > DT_NOTICE_RADIUS_MAX_MM ? DT_ERR_TOO_LARGE : dt_volume_check(v);
}

enum dt_err dt_tier_shape(struct dt_notice_plain *out, const struct dt_notice_plain *exact,
                          const struct dt_body_notice *clear)
{
    const struct dt_window within = {clear->start_ms, clear->end_ms};
    out->volume_count = out->ring_count = out->point_count = out->position_count = 0;
    out->leg_count = 0;
    out->contact[0] = '\0';
    out->text = dt_span(NULL, 0);
    out->detail_count = 0;
    out->has_tiers = false;
    memcpy(out->title, "shape", sizeof "shape");
    memcpy(out->language, exact->language, sizeof out->language);
    for (size_t i = 0; i < exact->volume_count; i++) {
        DT_TRY(shape_volume(out, &exact->volumes[i], within));
    }
    return DT_OK;
}

/* --- cells ------------------------------------------------------------------------------------ */

/* Cells have no tolerance of their own: their window may be longer than the clear one by it. */
static struct dt_window tolerated(const struct dt_body_notice *clear)
{
    const int64_t from = clear->start_ms - DT_NOTICE_TOLERANCE_MAX_MS;
    const int64_t until = clear->end_ms + DT_NOTICE_TOLERANCE_MAX_MS;
    return (struct dt_window){from > 0 ? from : 0, until < DT_TIME_MAX_MS ? until : DT_TIME_MAX_MS};
}

void dt_tier_cells(struct dt_body_notice *cells, const struct dt_notice_plain *shape)
{
    struct dt_window whole = {DT_TIME_MAX_MS, 0};
    for (size_t i = 0; i < shape->volume_count; i++) {
        struct dt_window legs[DT_RING_MAX];
        struct dt_volume v;
        dt_notice_enlarge(&v, legs, &shape->volumes[i]);
        const struct dt_window w = v.time;
        whole.from_ms = w.from_ms < whole.from_ms ? w.from_ms : whole.from_ms;
        whole.until_ms = w.until_ms > whole.until_ms ? w.until_ms : whole.until_ms;
    }
    whole = outward(whole, DT_TIER_CELL_MS, tolerated(cells));
    cells->start_ms = whole.from_ms;
    cells->end_ms = whole.until_ms;
    (void)!dt_notice_cells(cells, shape); /* none if they are too many */
}

enum dt_err dt_tier_cells_encode(uint8_t *out, size_t capacity, size_t *size,
                                 const struct dt_body_notice *cells)
{
    struct dt_writer w = dt_body_writer(out, capacity);
    dt_cbor_put_map(&w, 3);
    dt_cbor_put_uint(&w, CELLS);
    dt_cbor_put_array(&w, cells->cell_count);
    for (size_t i = 0; i < cells->cell_count; i++) {
        dt_cbor_put_uint(&w, cells->cells[i]);
    }
    dt_body_put_int(&w, START, cells->start_ms);
    dt_body_put_int(&w, END, cells->end_ms);
    return dt_body_finish(&w, DT_OK, size);
}

enum dt_err dt_tier_cells_decode(struct dt_body_notice *cells, struct dt_span plain)
{
    int64_t start = 0, end = 0;
    DT_TRY(dt_body_map(plain));
    DT_TRY(dt_field_int(plain, START, 0, DT_TIME_MAX_MS, &start));
    DT_TRY(dt_field_int(plain, END, 0, DT_TIME_MAX_MS, &end));
    const struct dt_window within = tolerated(cells);
    if (start < within.from_ms || end > within.until_ms) {
        return DT_ERR_BAD_TIME;
    }
    if (end <= start) {
        return DT_ERR_END_BEFORE_START;
    }
    DT_TRY(dt_body_notice_cells(cells, plain));
    cells->start_ms = start;
    cells->end_ms = end;
    return DT_OK;
}

/* --- do they fit ----------------------------------------------------------------------------- */

/* Is the place, with a radius around it, in the footprint of `v`? */
static bool holds_place(const struct dt_volume *v, struct dt_point place, uint32_t radius_mm)
{
    const struct dt_ring ring = {&place, 1};
    const struct dt_volume at = {.shape = DT_SHAPE_CIRCLE, .rings = &ring, .ring_count = 1};
    struct dt_volume less = *v;
    struct dt_distance d;
    if (radius_mm > v->radius_mm) {
        return false;
    }
    less.radius_mm -= radius_mm;
    less.legs = NULL;
    dt_distance(&at, &less, &d);
    return d.mm == 0;
}

static bool window_holds(struct dt_window w, struct dt_window part)
{
    return w.from_ms <= part.from_ms && part.until_ms <= w.until_ms;
}

/* The outer ring is enough: what a hole leaves out is in it. */
static bool volume_holds(const struct dt_notice_volume *shape, const struct dt_notice_volume *exact)
{
    struct dt_window legs_a[DT_RING_MAX], legs_b[DT_RING_MAX];
    struct dt_volume outer, inner;
    dt_notice_enlarge(&outer, legs_a, shape);
    dt_notice_enlarge(&inner, legs_b, exact);
    if (shape->datum != exact->datum || outer.alt_lo_mm > inner.alt_lo_mm ||
        outer.alt_hi_mm < inner.alt_hi_mm || !window_holds(outer.time, inner.time)) {
        return false;
    }
    for (size_t i = 0; i < inner.rings[0].count; i++) {
        if (!holds_place(&outer, inner.rings[0].points[i], inner.radius_mm)) {
            return false;
        }
    }
    return true;
}

static bool shape_holds(const struct dt_notice_plain *shape, const struct dt_notice_plain *exact)
{
    for (size_t i = 0; i < exact->volume_count && shape->volume_count == exact->volume_count;
         i++) {
        if (!volume_holds(&shape->volumes[i], &exact->volumes[i])) {
            return false;
        }
    }
    return shape->volume_count == exact->volume_count;
}

static bool has_cell(const struct dt_body_notice *cells, uint32_t cell)
{
    for (size_t i = 0; i < cells->cell_count; i++) {
        if (cells->cells[i] == cell) {
            return true;
        }
    }
    return cells->cell_count == 0; /* no place was said */
}

static bool cells_hold(const struct dt_body_notice *cells, const struct dt_notice_plain *upper)
{
    const struct dt_window whole = {cells->start_ms, cells->end_ms};
    for (size_t i = 0; i < upper->volume_count; i++) {
        struct dt_window legs[DT_RING_MAX];
        struct dt_volume v;
        dt_notice_enlarge(&v, legs, &upper->volumes[i]);
        v.time.from_ms = v.time.from_ms > 0 ? v.time.from_ms : 0; /* before it no window begins */
        if (!window_holds(whole, v.time)) {
            return false;
        }
        for (size_t k = 0; k < v.rings[0].count; k++) {
            if (!has_cell(cells, dt_cell_of(v.rings[0].points[k]))) {
                return false;
            }
        }
    }
    return true;
}

enum dt_err dt_tier_fits(const struct dt_notice_plain *exact, const struct dt_notice_plain *shape,
                         const struct dt_body_notice *cells)
{
    const bool fits = (exact == NULL || shape == NULL || shape_holds(shape, exact)) &&
                      (exact == NULL || cells == NULL || cells_hold(cells, exact)) &&
                      (shape == NULL || cells == NULL || cells_hold(cells, shape));
    return fits ? DT_OK : DT_ERR_PARTS_DIFFER;
}

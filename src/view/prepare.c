/* SPDX-License-Identifier: ISC */
#include "view/prepare.h"

#include <assert.h>
#include <string.h>

#include "geo/cells.h"
#include "geo/math.h"
#include "log/tier.h"
#include "view/height.h"

static_assert((int)DT_NOTICE_WINDOWS_MAX <= (int)DT_NOTICE_CELLS_MAX, "every window has room");

/* --- a notice made ready -------------------------------------------------------------- */

static void prepare_exact(struct dt_prepared *out, struct dt_prepare_room *room,
                          const struct dt_notice_plain *plain)
{
    struct dt_window *legs = room->legs, windows[DT_NOTICE_WINDOWS_MAX];
    out->count = 0;
    for (size_t i = 0; i < plain->volume_count; i++) {
        const struct dt_notice_volume *v = &plain->volumes[i];
        struct dt_prepared_volume p = {.datum = v->datum, .of = (uint16_t)i};
        dt_notice_enlarge(&p.volume, legs, v);
        legs += p.volume.legs != NULL ? p.volume.rings[0].count - 1 : 0;
        p.bound = dt_volume_bound(&p.volume);
        const size_t count = dt_notice_windows(windows, v, plain->volume_count);
        for (size_t w = 0; w < count; w++) {
            p.volume.time = dt_notice_longer(windows[w], v->tolerance_ms);
            out->volumes[out->count++] = p;
        }
    }
}

/*
 * A circle that holds the cell. From the middle to any place in it there is a way no
 * longer than this: the radii of curvature of WGS84 are at most c = a / (1 - f), and the
 * cell is widest on the side of the equator.
 */
static uint32_t cell_radius_mm(struct dt_point south_west)
{
    const double half = DT_CELL_E7 / 2 * DT_RADIAN_PER_E7, c = 6399593.626;
    const int32_t north_e7 = south_west.lat_e7 + DT_CELL_E7;
    const int32_t widest_e7 = south_west.lat_e7 >= 0 ? south_west.lat_e7 : -north_e7;
    double sine = 0.0, cosine = 0.0;
    dt_sincos_e7((double)widest_e7, &sine, &cosine);
    return (uint32_t)(1000.0 * c * half * dt_sqrt(1.0 + cosine * cosine)) + 1000;
}

static void circle_of_cell(struct dt_prepared_volume *p, struct dt_ring *ring,
                           struct dt_point *middle, uint32_t cell, struct dt_window window)
{
    const struct dt_point south_west = dt_cell_corner(cell);
    *middle =
        (struct dt_point){south_west.lat_e7 + DT_CELL_E7 / 2, south_west.lon_e7 + DT_CELL_E7 / 2};
    *ring = (struct dt_ring){middle, 1};
    p->volume = (struct dt_volume){
        .shape = DT_SHAPE_CIRCLE,
        .radius_mm = cell_radius_mm(south_west),
        .rings = ring,
        .ring_count = 1,
        .time = window,
        .alt_lo_mm = -DT_ALT_MAX_MM,
        .alt_hi_mm = DT_ALT_MAX_MM,
    };
    p->any_height = true;
    p->datum = DT_DATUM_SURFACE;
    p->bound = dt_volume_bound(&p->volume);
}

int64_t dt_side_end_ms(const struct dt_conflict_side *side)
{
    return side->end_ms != 0 ? side->end_ms : side->clear->end_ms;
}

enum dt_known dt_side_known(const struct dt_conflict_side *side)
{
    return side->plain != NULL ? (side->tier == DT_TIER_SHAPE ? DT_KNOWN_SHAPE : DT_KNOWN_EXACT)
           : side->clear->cell_count > 0 ? DT_KNOWN_CELLS
                                         : DT_KNOWN_NOTHING;
}

void dt_prepare(struct dt_prepared *out, struct dt_prepare_room *room,
                const struct dt_conflict_side *side)
{
    const struct dt_body_notice *clear = side->clear;
    *out = (struct dt_prepared){
        .member = side->member,
        .ref = side->ref,
        .category = clear->category,
        .moving = clear->movement && !side->arrived,
        .end_ms = dt_side_end_ms(side),
        .extension_ms = side->extension_ms,
        .window = {clear->start_ms, clear->end_ms},
        .volumes = room->volumes,
    };
    out->known = dt_side_known(side);
    if (side->plain != NULL) {
        prepare_exact(out, room, side->plain);
        return;
    }
    out->count = clear->cell_count;
    for (size_t i = 0; i < clear->cell_count; i++) {
        circle_of_cell(&out->volumes[i], &room->rings[i], &room->points[i], clear->cells[i],
                       out->window);
        out->volumes[i].of = (uint16_t)i;
    }
}

/* --- two of them --------------------------------------------------------------------------- */

struct comparison {
    const struct dt_prepared *a, *b; /* the smaller reference first: same order for everybody */
    struct dt_separation separation;
    int64_t now_ms;
    struct dt_window legs_a[DT_RING_MAX], legs_b[DT_RING_MAX];
};

static struct dt_window now_window(const struct dt_prepared *p, struct dt_window w, int64_t now_ms)
{
    return dt_life_window(w, p->moving, p->end_ms, p->extension_ms, now_ms);
}

struct dt_volume dt_prepared_at(const struct dt_prepared *p, size_t index, struct dt_window *legs,
                                int64_t now_ms)
{
    const struct dt_volume *v = &p->volumes[index].volume;
    struct dt_volume now = *v;
    now.time = now_window(p, v->time, now_ms);
    if (v->legs != NULL) {
        for (size_t i = 0; i + 1 < v->rings[0].count; i++) {
            legs[i] = now_window(p, v->legs[i], now_ms);
            now.time.until_ms =
                legs[i].until_ms > now.time.until_ms ? legs[i].until_ms : now.time.until_ms;
        }
        now.legs = legs;
    }
    return now;
}

static bool heights_comparable(const struct dt_prepared_volume *a,
                               const struct dt_prepared_volume *b)
{
    return !a->any_height && !b->any_height && a->datum == b->datum;
}

static void put_over_sea(struct dt_volume *v, enum dt_datum datum)
{
    const struct dt_height_band band =
        dt_height_over_sea((struct dt_height_band){v->alt_lo_mm, v->alt_hi_mm}, datum);
    v->alt_lo_mm = band.lower_mm;
    v->alt_hi_mm = band.upper_mm;
}

/* True and `found` filled if the i-th of a and the j-th of b are in conflict. */
static bool volumes_conflict(struct comparison *c, size_t i, size_t j, struct dt_conflict *found)
{
    const struct dt_prepared_volume *a = &c->a->volumes[i], *b = &c->b->volumes[j];
    struct dt_separation separation = c->separation;
    if (dt_bound_apart(&a->bound, &b->bound, separation.lateral_mm)) {
        return false;
    }
    struct dt_volume va = dt_prepared_at(c->a, i, c->legs_a, c->now_ms);
    struct dt_volume vb = dt_prepared_at(c->b, j, c->legs_b, c->now_ms);
    if (a->any_height || b->any_height) {
        separation.vertical_mm = UINT32_MAX; /* more than any two heights are apart */
    } else if (a->datum != b->datum) {
        put_over_sea(&va, a->datum);
        put_over_sea(&vb, b->datum);
    }
    return dt_conflict_check(&va, &vb, &separation, found) == DT_CONFLICT;
}

static void take_closest(struct dt_notice_conflict *out, const struct comparison *c, size_t i,
                         size_t j, const struct dt_conflict *found)
{
    const bool closer =
        out->pairs == 0 || found->distance.mm < out->distance_mm ||
        (found->distance.mm == out->distance_mm && found->when.from_ms < out->when.from_ms);
    if (out->pairs++ == 0 || found->when.from_ms < out->first_ms) {
        out->first_ms = found->when.from_ms;
    }
    if (!closer) {
        return;
    }
    out->volume_a = c->a->volumes[i].of;
    out->volume_b = c->b->volumes[j].of;
    out->distance_mm = found->distance.mm;
    out->at_a = found->distance.a;
    out->at_b = found->distance.b;
    out->between = found->distance.between;
    out->vertical_gap_mm = found->vertical_gap_mm;
    out->when = found->when;
    out->same_datum = heights_comparable(&c->a->volumes[i], &c->b->volumes[j]);
}

static void exchange(struct dt_notice_conflict *out)
{
    const size_t volume = out->volume_a;
    const struct dt_point at = out->at_a;
    out->volume_a = out->volume_b;
    out->at_a = out->at_b;
    out->volume_b = volume;
    out->at_b = at;
}

static bool notices_meet_in_time(const struct comparison *c)
{
    return dt_windows_meet(now_window(c->a, c->a->window, c->now_ms),
                           now_window(c->b, c->b->window, c->now_ms), c->separation.temporal_ms);
}

void dt_prepared_compare(struct dt_notice_conflict *out, const struct dt_charter *charter,
                         const struct dt_prepared *a, const struct dt_prepared *b, int64_t now_ms)
{
    const bool exchanged = dt_ref_compare(&a->ref, &b->ref) > 0;
    struct comparison c;
    memset(out, 0, sizeof *out);
    if (a->member == b->member) {
        return;
    }
    dt_rule_for(&out->rule, charter, a->category, b->category);
    c.a = exchanged ? b : a;
    c.b = exchanged ? a : b;
    c.separation = out->rule.separation;
    c.now_ms = now_ms;
    for (size_t i = 0; i < c.a->count; i++) {
        for (size_t j = 0; j < c.b->count; j++) {
            struct dt_conflict found;
            if (volumes_conflict(&c, i, j, &found)) {
                take_closest(out, &c, i, j, &found);
            }
        }
    }
    out->level = (enum dt_tier)(a->known < b->known ? a->known : b->known);
    if (out->pairs > 0) {
        const bool exact = a->known == DT_KNOWN_EXACT && b->known == DT_KNOWN_EXACT;
        out->outcome = exact ? DT_PAIR_CONFLICT : DT_PAIR_POSSIBLE;
    } else if ((a->known == DT_KNOWN_NOTHING || b->known == DT_KNOWN_NOTHING) &&
               notices_meet_in_time(&c)) {
        out->outcome = DT_PAIR_NOT_COMPARABLE;
    }
    if (out->outcome != DT_PAIR_NONE_KNOWN) {
        dt_conflict_id(out->id, charter->id, &a->ref, &b->ref);
        dt_check_word(out->word, out->id);
    }
    if (exchanged) {
        exchange(out);
    }
}

/* SPDX-License-Identifier: ISC */
#include "view/suggest.h"

#include <string.h>

#include "base/try.h"
#include "geo/offset.h"

enum {
    MINUTE = 60000,
    BAND_MIN_MM = 50000,    /* what is left under a lowered ceiling */
    MOVE_FIRST_MM = 100000,
    MOVE_MAX_MM = 50000000,
    POSITIONS_A_QUESTION = 64, /* so many cost as much again */
};

static const int64_t latest_ms = (INT64_C(1) << 53) - 1;

/* --- a changed plan ---------------------------------------------------------------------- */

/* The arrays of a plan are its own again. */
static void copy_plan(struct dt_suggest_room *room, const struct dt_conflict_side *side)
{
    const struct dt_notice_plain *from = side->plain;
    struct dt_notice_plain *to = &room->plain;
    size_t rings = 0, points = 0, legs = 0;
    room->clear = *side->clear;
    to->volume_count = from->volume_count;
    for (size_t i = 0; i < from->volume_count; i++) {
        struct dt_volume *v = &to->volumes[i].shape;
        to->volumes[i] = from->volumes[i];
        const size_t leg_count = v->legs != NULL ? v->rings[0].count - 1 : 0;
        if (leg_count > 0) {
            memcpy(&to->legs[legs], v->legs, leg_count * sizeof to->legs[0]);
            v->legs = &to->legs[legs];
            legs += leg_count;
        }
        const struct dt_ring *old = v->rings;
        v->rings = &to->rings[rings];
        for (size_t r = 0; r < v->ring_count; r++) {
            memcpy(&to->points[points], old[r].points, old[r].count * sizeof to->points[0]);
            to->rings[rings++] = (struct dt_ring){&to->points[points], old[r].count};
            points += old[r].count;
        }
    }
    to->ring_count = rings;
    to->point_count = points;
    to->leg_count = legs;
}

static void shift(struct dt_window *w, int64_t by_ms)
{
    w->from_ms += by_ms;
    w->until_ms += by_ms;
}

static enum dt_err shift_times(struct dt_suggest_room *room, int64_t by_ms)
{
    struct dt_notice_plain *p = &room->plain;
    if (room->clear.end_ms > latest_ms - by_ms || room->clear.start_ms + by_ms <= 0) {
        return DT_ERR_BAD_VALUE;
    }
    room->clear.start_ms += by_ms;
    room->clear.end_ms += by_ms;
    for (size_t i = 0; i < p->volume_count; i++) {
        shift(&p->volumes[i].shape.time, by_ms);
    }
    for (size_t i = 0; i < p->leg_count; i++) {
        shift(&p->legs[i], by_ms);
    }
    return DT_OK;
}

static enum dt_err move_places(struct dt_suggest_room *room, int64_t by_mm, unsigned bearing)
{
    static const double half = 0.70710678118654752;
    static const double north[DT_BEARINGS] = {1.0, half, 0.0, -half, -1.0, -half, 0.0, half};
    struct dt_notice_plain *p = &room->plain;
    const double metres = (double)by_mm / 1000.0;
    for (size_t i = 0; i < p->point_count; i++) {
        DT_TRY(dt_offset(&p->points[i], metres * north[bearing % DT_BEARINGS],
                         metres * north[(bearing + 6) % DT_BEARINGS]));
    }
    for (size_t i = 0; i < p->volume_count; i++) {
        DT_TRY(dt_volume_check(&p->volumes[i].shape));
    }
    return DT_OK;
}

static enum dt_err change_heights(struct dt_suggest_room *room, const struct dt_suggestion *s)
{
    struct dt_notice_plain *p = &room->plain;
    for (size_t i = 0; i < p->volume_count; i++) {
        struct dt_volume *v = &p->volumes[i].shape;
        if (s->change == DT_CHANGE_LOWER_CEILING) {
            if (v->alt_hi_mm == DT_ALT_MAX_MM ||
                v->alt_hi_mm - s->by < v->alt_lo_mm + (int64_t)BAND_MIN_MM) {
                return DT_ERR_BAD_VALUE;
            }
            v->alt_hi_mm = (int32_t)(v->alt_hi_mm - s->by);
        } else if (v->alt_lo_mm == -DT_ALT_MAX_MM || v->alt_hi_mm + s->by > DT_ALT_MAX_MM) {
            return DT_ERR_BAD_VALUE;
        } else {
            v->alt_lo_mm = (int32_t)(v->alt_lo_mm + s->by);
            v->alt_hi_mm = (int32_t)(v->alt_hi_mm + s->by);
        }
    }
    return DT_OK;
}

enum dt_err dt_suggest_apply(struct dt_suggest_room *room, const struct dt_conflict_side *side,
                             const struct dt_suggestion *s)
{
    copy_plan(room, side);
    switch (s->change) {
    case DT_CHANGE_LATER:
        return shift_times(room, s->by);
    case DT_CHANGE_EARLIER:
        return shift_times(room, -s->by);
    case DT_CHANGE_MOVE:
        return move_places(room, s->by, s->bearing);
    case DT_CHANGE_HIGHER:
    case DT_CHANGE_LOWER_CEILING:
        return change_heights(room, s);
    case DT_CHANGE_SORTS:
    default:
        return DT_ERR_BAD_VALUE;
    }
}

int64_t dt_suggest_margin_mm(int64_t by_mm)
{
    return 10000 + by_mm / 100;
}

/* --- asking again ------------------------------------------------------------------------- */

struct search {
    const struct dt_matcher *m;
    const struct dt_conflict_side *side;
    struct dt_suggest_room *room;
    int64_t now_ms;
    int64_t needed_mm; /* no shorter move can help */
    size_t work, price;
};

static bool stop(void *ctx, const struct dt_match *match)
{
    (void)match;
    *(bool *)ctx = true;
    return false;
}

/* Does no conflict remain known after the change? */
static bool helps(struct search *s, struct dt_suggestion *change)
{
    struct dt_match_sum sum;
    bool conflict = false;
    if (s->work < s->price) {
        return false;
    }
    s->work -= s->price;
    if (dt_suggest_apply(s->room, s->side, change) != DT_OK) {
        return false;
    }
    for (size_t i = 0; change->change == DT_CHANGE_MOVE && i < s->room->plain.volume_count; i++) {
        s->room->plain.volumes[i].accuracy_mm += (uint32_t)dt_suggest_margin_mm(change->by);
    }
    struct dt_conflict_side changed = *s->side;
    changed.clear = &s->room->clear;
    changed.plain = &s->room->plain;
    changed.end_ms = 0;
    if (s->side->end_ms != 0) {
        changed.end_ms = s->side->end_ms + s->room->clear.end_ms - s->side->clear->end_ms;
    }
    dt_matcher_each(s->m, &changed, s->now_ms, stop, &conflict, &sum);
    change->not_comparable = sum.not_comparable;
    return !conflict;
}

/* Steps that grow: 5 minutes to an hour … 6 hours to a week. */
static int64_t next_time(int64_t ms)
{
    return ms < 60 * MINUTE     ? ms + 5 * MINUTE
           : ms < 240 * MINUTE  ? ms + 15 * MINUTE
           : ms < 720 * MINUTE  ? ms + 30 * MINUTE
           : ms < 2880 * MINUTE ? ms + 60 * MINUTE
                                : ms + 360 * MINUTE;
}

static bool try_time(struct search *s, struct dt_suggestion *out, enum dt_change change)
{
    const int64_t start = s->side->clear->start_ms;
    if (start <= s->now_ms) {
        return false; /* it has begun */
    }
    for (int64_t by = 5 * MINUTE; by <= 7 * 1440 * MINUTE; by = next_time(by)) {
        *out = (struct dt_suggestion){.change = change, .by = by};
        if (change == DT_CHANGE_EARLIER && start - by < s->now_ms) {
            return false;
        }
        if (helps(s, out)) {
            return true;
        }
    }
    return false;
}

/* Hundreds of metres, each an eighth more than the one before. */
static bool try_place(struct search *s, struct dt_suggestion *out)
{
    const int64_t unit = MOVE_FIRST_MM;
    int64_t by = (s->needed_mm + unit - 1) / unit * unit;
    for (by = by < unit ? unit : by; by <= MOVE_MAX_MM; by += (by / 8 + unit - 1) / unit * unit) {
        for (unsigned bearing = 0; bearing < DT_BEARINGS; bearing++) {
            *out = (struct dt_suggestion){.change = DT_CHANGE_MOVE, .by = by, .bearing = bearing};
            if (helps(s, out)) {
                return true;
            }
        }
    }
    return false;
}

static bool try_height(struct search *s, struct dt_suggestion *out, enum dt_change change)
{
    for (int64_t by = 50000; by <= 3000000; by += by < 600000 ? 50000 : 200000) {
        *out = (struct dt_suggestion){.change = change, .by = by};
        if (helps(s, out)) {
            return true;
        }
    }
    return false;
}

/* A move by d brings no two shapes further apart than by d. */
static bool weigh(void *ctx, const struct dt_match *match)
{
    struct search *s = ctx;
    const int64_t needed =
        (int64_t)match->conflict.rule.separation.lateral_mm - match->conflict.distance_mm;
    s->needed_mm = needed > s->needed_mm ? needed : s->needed_mm;
    return true;
}

static bool flies(enum dt_category category)
{
    return category == DT_CATEGORY_FLIGHT || category == DT_CATEGORY_AIRSPACE_RES;
}

static bool try_one(struct search *s, struct dt_suggestion *out, enum dt_change change)
{
    if (change == DT_CHANGE_MOVE) {
        return try_place(s, out);
    }
    if (change == DT_CHANGE_LATER || change == DT_CHANGE_EARLIER) {
        return try_time(s, out, change);
    }
    return flies(s->side->clear->category) && try_height(s, out, change);
}

size_t dt_suggest(struct dt_suggestion out[static DT_CHANGE_SORTS], struct dt_suggest_room *room,
                  const struct dt_matcher *m, const struct dt_conflict_side *side, int64_t now_ms)
{
    const enum dt_category category = side->clear->category;
    size_t count = 0;
    if (side->plain == NULL || category == DT_CATEGORY_STATIC || category == DT_CATEGORY_HAZARD) {
        return 0;
    }
    struct dt_match_sum sum;
    struct search s = {.m = m, .side = side, .room = room, .now_ms = now_ms};
    dt_matcher_each(m, side, now_ms, weigh, &s, &sum);
    copy_plan(room, side);
    for (int change = 0; sum.found > 0 && change < DT_CHANGE_SORTS; change++) {
        const size_t share = change == DT_CHANGE_MOVE ? 2 : 1; /* most to try */
        s.work = share * DT_SUGGEST_WORK / (DT_CHANGE_SORTS + 1) / (1 + sum.found / 256);
        s.price = 1 + room->plain.point_count / POSITIONS_A_QUESTION;
        count += try_one(&s, &out[count], (enum dt_change)change);
    }
    return count;
}

/* --- names ---------------------------------------------------------------------------------- */

const char *dt_change_name(int64_t change)
{
    static const char *const names[] = {
#define X(name, text) text,
        DT_CHANGES(X)
#undef X
    };
    return change >= 0 && change < DT_CHANGE_SORTS ? names[change] : "?";
}

const char *dt_bearing_name(unsigned bearing)
{
    static const char *const names[DT_BEARINGS] = {N_("north"), N_("north-east"), N_("east"),
                                                   N_("south-east"), N_("south"),
                                                   N_("south-west"), N_("west"), N_("north-west")};
    return bearing < DT_BEARINGS ? names[bearing] : "?";
}

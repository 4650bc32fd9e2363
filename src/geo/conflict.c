/* SPDX-License-Identifier: ISC */
#include "geo/conflict.h"

#include <stddef.h>

static int64_t max_i64(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

static int64_t min_i64(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static struct dt_window window_at(const struct dt_volume *volume, size_t leg)
{
    return volume->legs != NULL ? volume->legs[leg] : volume->time;
}

/* The overlap of two windows, or the gap between them. */
static struct dt_window meeting(struct dt_window a, struct dt_window b)
{
    const int64_t from = max_i64(a.from_ms, b.from_ms);
    const int64_t until = min_i64(a.until_ms, b.until_ms);
    return from <= until ? (struct dt_window){from, until} : (struct dt_window){until, from};
}

static enum dt_verdict judge(const struct dt_volume *a, const struct dt_volume *b,
                             const struct dt_separation *separation, struct dt_conflict *out)
{
    if (!dt_windows_meet(a->time, b->time, separation->temporal_ms)) {
        return DT_APART_IN_TIME;
    }
    if (out->vertical_gap_mm > (int64_t)separation->vertical_mm) {
        return DT_APART_IN_HEIGHT;
    }
    const struct dt_bound bound_a = dt_volume_bound(a);
    const struct dt_bound bound_b = dt_volume_bound(b);
    if (dt_bound_apart(&bound_a, &bound_b, separation->lateral_mm) ||
        !dt_distance_within(a, b, separation->lateral_mm, &separation->temporal_ms,
                            &out->distance)) {
        return DT_APART_IN_PLACE;
    }
    out->when = meeting(window_at(a, out->distance.leg_a), window_at(b, out->distance.leg_b));
    return DT_CONFLICT;
}

enum dt_verdict dt_conflict_check(const struct dt_volume *a, const struct dt_volume *b,
                                  const struct dt_separation *separation, struct dt_conflict *out)
{
    *out = (struct dt_conflict){
        .vertical_gap_mm =
            max_i64((int64_t)a->alt_lo_mm - b->alt_hi_mm, (int64_t)b->alt_lo_mm - a->alt_hi_mm),
        .time_gap_ms =
            max_i64(a->time.from_ms - b->time.until_ms, b->time.from_ms - a->time.until_ms),
    };
    out->verdict = judge(a, b, separation, out);
    return out->verdict;
}

/* SPDX-License-Identifier: ISC */
/* Severe conflicts by brute force: positions in space by libm, routes cut into pieces of at
 * most 200 m, every piece against every piece; rules, heights and times written out anew. */
#include <math.h>

#include "alarm.h"

enum { PIECES_MAX = 2000 };

#define LATERAL 2000.0
#define VERTICAL_MM 300000
#define TEMPORAL_MS 1800000
#define DOUBT_M 5.0
#define FOREVER (INT64_MAX / 4)

struct place {
    double x, y, z;
};

struct piece {
    struct place from, to;
    struct dt_window time;
};

struct pieces {
    struct piece all[PIECES_MAX];
    size_t count;
};

static struct place place_of(double lat, double lon)
{
    const double a = 6378137.0, f = 1.0 / 298.257223563, e2 = f * (2.0 - f);
    const double phi = lat * M_PI / 180.0, lambda = lon * M_PI / 180.0;
    const double n = a / sqrt(1.0 - e2 * sin(phi) * sin(phi));
    return (struct place){n * cos(phi) * cos(lambda), n * cos(phi) * sin(lambda),
                          n * (1.0 - e2) * sin(phi)};
}

static struct place minus(struct place a, struct place b)
{
    return (struct place){a.x - b.x, a.y - b.y, a.z - b.z};
}

static double dot(struct place a, struct place b)
{
    return a.x * b.x + a.y * b.y + a.z * b.z;
}

/* Of two segments; the closest points are ends, or inside both. */
static double point_segment(struct place p, struct place a, struct place b)
{
    const struct place ab = minus(b, a), ap = minus(p, a);
    const double length = dot(ab, ab);
    double t = length > 0 ? dot(ap, ab) / length : 0;
    t = t < 0 ? 0 : t > 1 ? 1 : t;
    const struct place d = {ap.x - t * ab.x, ap.y - t * ab.y, ap.z - t * ab.z};
    return sqrt(dot(d, d));
}

static double apart(const struct piece *a, const struct piece *b)
{
    double best = fmin(fmin(point_segment(a->from, b->from, b->to), point_segment(a->to, b->from, b->to)),
                       fmin(point_segment(b->from, a->from, a->to), point_segment(b->to, a->from, a->to)));
    for (int i = 1; i < 8; i++) { /* pieces that cross */
        const double t = i / 8.0;
        const struct place p = {a->from.x + t * (a->to.x - a->from.x), a->from.y + t * (a->to.y - a->from.y),
                                a->from.z + t * (a->to.z - a->from.z)};
        best = fmin(best, point_segment(p, b->from, b->to));
    }
    return best;
}

static struct dt_window now_window(const struct alarm_version *v, struct dt_window w, int64_t now_ms)
{
    const int64_t longer = now_ms >= v->delayed_ms ? v->extension_ms : 0;
    const int64_t end = v->time.until_ms + longer;
    w.until_ms += longer;
    if (v->movement && now_ms < v->arrived_ms && now_ms >= w.until_ms) {
        w.until_ms = now_ms >= end ? FOREVER : end;
    }
    return w;
}

static void cut(struct pieces *out, const struct alarm_version *v, int64_t now_ms)
{
    out->count = 0;
    if (v->point_count == 1) {
        const struct place p = place_of(v->points[0].lat_e7 / 1e7, v->points[0].lon_e7 / 1e7);
        out->all[out->count++] = (struct piece){p, p, now_window(v, v->time, now_ms)};
        return;
    }
    for (size_t i = 0; i + 1 < v->point_count; i++) {
        const struct dt_point a = v->points[i], b = v->points[i + 1];
        const struct place pa = place_of(a.lat_e7 / 1e7, a.lon_e7 / 1e7),
                           pb = place_of(b.lat_e7 / 1e7, b.lon_e7 / 1e7);
        const struct place ab = minus(pb, pa);
        const size_t n = 1 + (size_t)(sqrt(dot(ab, ab)) / 200.0);
        const double step = 1.0 / (double)n;
        for (size_t k = 0; k < n && out->count < PIECES_MAX; k++) {
            const double s = (double)k * step, t = s + step; /* straight in degrees: metres off at most */
            const double lat = (b.lat_e7 - a.lat_e7) / 1e7, lon = (b.lon_e7 - a.lon_e7) / 1e7;
            out->all[out->count++] =
                (struct piece){place_of(a.lat_e7 / 1e7 + s * lat, a.lon_e7 / 1e7 + s * lon),
                               place_of(a.lat_e7 / 1e7 + t * lat, a.lon_e7 / 1e7 + t * lon),
                               now_window(v, v->legs[i], now_ms)};
        }
    }
}

static bool moves_or_stands(enum dt_category c)
{
    return c == DT_CATEGORY_STATIC || c == DT_CATEGORY_MOVEMENT || c == DT_CATEGORY_EVAC ||
           c == DT_CATEGORY_CORRIDOR || c == DT_CATEGORY_MARITIME;
}

static bool strikes(enum dt_category c)
{
    return c == DT_CATEGORY_FIRES || c == DT_CATEGORY_FLIGHT;
}

static bool heights_meet(const struct alarm_version *a, const struct alarm_version *b)
{
    int64_t lo[2] = {a->lo_mm, b->lo_mm}, hi[2] = {a->hi_mm, b->hi_mm};
    const struct alarm_version *v[2] = {a, b};
    for (int i = 0; i < 2 && a->over_sea != b->over_sea; i++) { /* the ground: -500 m to 8,900 m */
        lo[i] -= v[i]->over_sea ? 0 : 500000;
        hi[i] += v[i]->over_sea ? 0 : 8900000;
    }
    return lo[0] - hi[1] <= VERTICAL_MM && lo[1] - hi[0] <= VERTICAL_MM;
}

static int64_t gap_ms(struct dt_window a, struct dt_window b)
{
    const int64_t one = a.from_ms - b.until_ms, other = b.from_ms - a.until_ms;
    return one > other ? one : other;
}

bool alarm_counts(const struct alarm_version *v, int64_t now_ms)
{
    return now_ms >= v->notified_ms && now_ms < v->superseded_ms && now_ms < v->cancelled_ms &&
           now_ms < v->arrived_ms;
}

int alarm_severe(const struct alarm_version *a, const struct alarm_version *b, int64_t now_ms)
{
    static struct pieces pa, pb;
    const bool severe = (strikes(a->category) && moves_or_stands(b->category)) ||
                        (strikes(b->category) && moves_or_stands(a->category));
    if (a->member == b->member || !severe || !heights_meet(a, b)) {
        return 0;
    }
    const double limit = LATERAL + (a->radius_mm + (double)b->radius_mm) / 1000.0;
    if (fabs(a->points[0].lat_e7 / 1e7 - b->points[0].lat_e7 / 1e7) * 110000.0 > limit + 200000.0) {
        return 0;
    }
    cut(&pa, a, now_ms);
    cut(&pb, b, now_ms);
    int answer = 0;
    for (size_t i = 0; i < pa.count; i++) {
        for (size_t k = 0; k < pb.count; k++) {
            const int64_t gap = gap_ms(pa.all[i].time, pb.all[k].time);
            const struct place d = minus(pa.all[i].from, pb.all[k].from);
            if (gap >= TEMPORAL_MS + 1000 || dot(d, d) > (limit + 1000) * (limit + 1000)) {
                continue;
            }
            const double distance = apart(&pa.all[i], &pb.all[k]);
            if (distance <= limit - DOUBT_M && gap < TEMPORAL_MS - 1000) {
                return 1;
            }
            answer = distance <= limit + DOUBT_M ? -1 : answer;
        }
    }
    return answer;
}

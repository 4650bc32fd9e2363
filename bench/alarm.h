/* SPDX-License-Identifier: ISC */
/* alarm - a week of three parties, 2,000 notices, for the figures of alarms. */
#ifndef DT_BENCH_ALARM_H
#define DT_BENCH_ALARM_H

#include "view/notice.h"

enum { ALARM_POINTS = 5, ALARM_PARTIES = 3, ALARM_ACTIVITIES = 2000, ALARM_VERSIONS = 3000 };

/* One version as it was notified, and what became of it, told by whoever made the week up. */
struct alarm_version {
    size_t activity;
    unsigned member;
    enum dt_category category;
    struct dt_point points[ALARM_POINTS];
    size_t point_count; /* 1: a circle, else a route with a window for each leg */
    uint32_t radius_mm;
    int32_t lo_mm, hi_mm;
    bool over_sea; /* heights over mean sea level, else over the ground */
    struct dt_window time, legs[ALARM_POINTS - 1];
    bool movement;
    /* When; INT64_MAX: never. */
    int64_t notified_ms, superseded_ms, cancelled_ms, arrived_ms, delayed_ms;
    int64_t extension_ms; /* from delayed_ms on */
};

/* 1: severe conflict at that time, by brute force; 0: none; -1: within 5 m or a second of the
 * threshold, either may say what it likes. Shares no code with the engine. */
int alarm_severe(const struct alarm_version *a, const struct alarm_version *b, int64_t now_ms);
/* Does it count then? */
bool alarm_counts(const struct alarm_version *v, int64_t now_ms);

#endif

/* SPDX-License-Identifier: ISC */
#include "geo/recur.h"

static bool in_range(int64_t ms)
{
    return ms >= -DT_TIME_MAX_MS && ms <= DT_TIME_MAX_MS;
}

static enum dt_err check(const struct dt_recurrence *r)
{
    if (!in_range(r->first.from_ms) || !in_range(r->first.until_ms) || !in_range(r->until_ms)) {
        return DT_ERR_BAD_TIME;
    }
    if (r->every_ms <= 0 || r->every_ms > 2 * DT_TIME_MAX_MS) {
        return DT_ERR_BAD_VALUE;
    }
    return r->first.from_ms < r->first.until_ms && r->first.from_ms < r->until_ms
               ? DT_OK
               : DT_ERR_END_BEFORE_START;
}

enum dt_err dt_recur(struct dt_window *windows, size_t capacity, size_t *count,
                     const struct dt_recurrence *r)
{
    *count = 0;
    const enum dt_err err = check(r);
    if (err != DT_OK) {
        return err;
    }
    const int64_t length = r->first.until_ms - r->first.from_ms;
    const int64_t span = r->until_ms - 1 - r->first.from_ms; /* of beginnings */
    const int64_t last_from = r->first.from_ms + span / r->every_ms * r->every_ms;
    if (!in_range(last_from + length)) {
        return DT_ERR_BAD_TIME;
    }
    const struct dt_window all = {r->first.from_ms, last_from + length};
    if (r->every_ms <= length) {
        windows[(*count)++] = all;
        return DT_OK;
    }
    for (int64_t from = all.from_ms; from <= last_from; from += r->every_ms) {
        const bool no_more_room = *count + 1 == capacity;
        windows[(*count)++] = (struct dt_window){from, no_more_room ? all.until_ms : from + length};
        if (no_more_room) {
            break;
        }
    }
    return DT_OK;
}

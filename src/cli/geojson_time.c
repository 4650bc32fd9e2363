/* SPDX-License-Identifier: ISC */
/* When a notice's volumes are in use: legs, speed, windows that come again (geojson.h). */
#include <ctype.h>
#include <libintl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/utc.h"
#include "cli/distance.h"
#include "cli/geojson.h"
#include "geo/recur.h"
#include "log/fields.h"

#define _(text) gettext(text)

#define WEEK_MS (7 * DT_RECUR_DAILY_MS)
#define MONDAY_MS (4 * DT_RECUR_DAILY_MS) /* the first after 1970-01-01 */
#define SPEED_MAX 2000.0                  /* metres a second */

/* `legs`: [[start, end], …], one for each leg of a line. */
static enum dt_err take_legs(struct dt_notice_plain *plain, const json_t *p,
                             struct dt_geojson_fault *fault)
{
    const json_t *legs = json_object_get(p, "legs");
    struct dt_volume *v = &plain->volumes[0].shape;
    if (legs == NULL || json_is_null(legs)) {
        return DT_OK;
    }
    if (v->shape != DT_SHAPE_CORRIDOR || !json_is_array(legs) ||
        json_array_size(legs) != v->rings[0].count - 1) {
        return dt_geojson_say(fault, DT_ERR_BAD_VALUE,
                              _("legs: one [start, end] for each leg of a LineString"));
    }
    for (size_t i = 0; i < json_array_size(legs); i++) {
        const json_t *leg = json_array_get(legs, i);
        const char *from = json_string_value(json_array_get(leg, 0));
        const char *until = json_string_value(json_array_get(leg, 1));
        struct dt_window *w = &plain->legs[i];
        if (json_array_size(leg) != 2 || from == NULL || until == NULL ||
            dt_utc_parse(&w->from_ms, from) != DT_OK ||
            dt_utc_parse(&w->until_ms, until) != DT_OK) {
            return dt_geojson_say(fault, DT_ERR_BAD_TIME, _("leg %zu"), i);
        }
        if (w->until_ms <= w->from_ms) {
            return dt_geojson_say(fault, DT_ERR_END_BEFORE_START, _("leg %zu"), i);
        }
        if (w->from_ms < v->time.from_ms || w->until_ms > v->time.until_ms) {
            return dt_geojson_say(fault, DT_ERR_BAD_TIME, _("leg %zu is outside start and end"), i);
        }
    }
    plain->leg_count = json_array_size(legs);
    v->legs = plain->legs;
    return DT_OK;
}

/* --- speed ------------------------------------------------------------------------------- */

static double unit_of(const char *text)
{
    static const struct {
        const char *name;
        double metres_a_second;
    } units[] = {{"km/h", 1 / 3.6}, {"kmh", 1 / 3.6}, {"kt", 1852 / 3600.0},
                 {"kts", 1852 / 3600.0}, {"m/s", 1}, {"mph", 1609.344 / 3600}};
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        if (strcasecmp(text, units[i].name) == 0) {
            return units[i].metres_a_second;
        }
    }
    return 0;
}

/* "40 km/h", "30-50 km/h", "12 kt": metres a second, slowest and fastest. */
static enum dt_err read_speed(double *slow, double *fast, const char *text,
                              struct dt_geojson_fault *fault)
{
    char *end = NULL;
    const bool number = isdigit((unsigned char)text[0]) != 0;
    *slow = *fast = number ? strtod(text, &end) : 0;
    if (end != NULL && *end == '-') {
        *fast = isdigit((unsigned char)end[1]) ? strtod(end + 1, &end) : 0;
    }
    const double unit = end != NULL ? unit_of(end + strspn(end, " ")) : 0;
    *slow *= unit;
    *fast *= unit;
    return *slow > 0 && *slow <= *fast && *fast <= SPEED_MAX
               ? DT_OK
               : dt_geojson_say(fault, DT_ERR_BAD_VALUE,
                                _("speed %.40s: like 40 km/h, 30-50 km/h or 12 kt"), text);
}

/* A leg is in use from when the fastest may be on it until the slowest has left it. */
static enum dt_err legs_of_speed(struct dt_notice_plain *plain, const json_t *p,
                                 struct dt_geojson_fault *fault)
{
    const char *text = json_string_value(json_object_get(p, "speed"));
    struct dt_volume *v = &plain->volumes[0].shape;
    double slow, fast, metres = 0;
    if (text == NULL) {
        return json_object_get(p, "speed") == NULL
                   ? DT_OK
                   : dt_geojson_say(fault, DT_ERR_BAD_TYPE, _("%s: a text is needed"), "speed");
    }
    DT_TRY(read_speed(&slow, &fast, text, fault));
    if (v->shape != DT_SHAPE_CORRIDOR || v->legs != NULL) {
        return dt_geojson_say(fault, DT_ERR_BAD_VALUE,
                              _("speed: of a LineString, and without legs"));
    }
    const struct dt_ring *route = &v->rings[0];
    for (size_t i = 0; i + 1 < route->count; i++) {
        struct dt_window *w = &plain->legs[i];
        w->from_ms = v->time.from_ms + (int64_t)floor(1000 * metres / fast);
        metres += dt_metres_apart(route->points[i], route->points[i + 1]);
        w->until_ms = v->time.from_ms + (int64_t)ceil(1000 * metres / slow) + 1;
        if (w->until_ms > v->time.until_ms) {
            char arrives[DT_UTC_SIZE];
            dt_utc_short(arrives, w->until_ms);
            return dt_geojson_say(fault, DT_ERR_BAD_TIME,
                                  _("at %.40s leg %zu takes until %s: the end is earlier"), text, i,
                                  arrives);
        }
    }
    plain->leg_count = route->count - 1;
    v->legs = plain->legs;
    return DT_OK;
}

/* --- windows that come again ---------------------------------------------------------------- */

/* "06:00Z" or "0600Z" (the Z may be missing before a hyphen: it is the other's), as ms of day. */
static bool time_of_day(int64_t *ms, const char **at)
{
    const char *c = *at;
    int number[4];
    for (size_t i = 0; i < 4; i++) {
        c += i == 2 && *c == ':';
        if (!isdigit((unsigned char)*c)) {
            return false;
        }
        number[i] = *c++ - '0';
    }
    const int hours = 10 * number[0] + number[1], minutes = 10 * number[2] + number[3];
    if (minutes > 59 || hours > 24 || (hours == 24 && minutes > 0)) {
        return false;
    }
    *ms = (hours * INT64_C(60) + minutes) * 60000;
    *at = c;
    return true;
}

static bool word(const char **at, const char *name)
{
    const size_t size = strlen(name);
    if (strncasecmp(*at, name, size) != 0 || isalpha((unsigned char)(*at)[size])) {
        return false;
    }
    *at += size + strspn(*at + size, " ");
    return true;
}

struct rule {
    int64_t from_ms, length_ms, every_ms; /* from_ms of the day, or of the week from Monday */
};

/* "daily 06:00Z-09:00Z", "weekly TUE 06:00Z-09:00Z". */
static bool read_rule(struct rule *r, const char *text)
{
    static const char *const days[] = {"mon", "tue", "wed", "thu", "fri", "sat", "sun"};
    const char *at = text + strspn(text, " ");
    int64_t until = 0, day = 0;
    r->every_ms = DT_RECUR_DAILY_MS;
    if (word(&at, "weekly")) {
        r->every_ms = WEEK_MS;
        while (day < 7 && !word(&at, days[day])) {
            day++;
        }
    } else if (!word(&at, "daily")) {
        return false;
    }
    if (day == 7 || !time_of_day(&r->from_ms, &at)) {
        return false;
    }
    at += *at == 'Z' || *at == 'z';
    if (*at++ != '-' || !time_of_day(&until, &at) || (*at != 'Z' && *at != 'z') || at[1] != '\0') {
        return false;
    }
    r->length_ms = until > r->from_ms ? until - r->from_ms : until - r->from_ms + DT_RECUR_DAILY_MS;
    r->from_ms += day * DT_RECUR_DAILY_MS;
    return r->length_ms < r->every_ms;
}

/* The first beginning whose window ends after `start`. */
static int64_t first_of(const struct rule *r, int64_t start)
{
    const int64_t zero = r->every_ms == WEEK_MS ? MONDAY_MS : 0;
    int64_t from = zero + r->from_ms;
    if (start > from) {
        from += (start - from) / r->every_ms * r->every_ms;
    }
    return from + r->length_ms > start ? from : from + r->every_ms;
}

/* From the first window's beginning, even where that is a little before `start`: never less
 * than was said. */
static enum dt_err take_schedule(struct dt_geojson_notice *out, const json_t *p,
                                 struct dt_geojson_fault *fault)
{
    const json_t *value = json_object_get(p, "schedule");
    const char *text = json_string_value(value);
    struct rule r;
    if (value == NULL || json_is_null(value)) {
        return DT_OK;
    }
    if (text == NULL || !read_rule(&r, text)) {
        return dt_geojson_say(fault, DT_ERR_BAD_VALUE,
                              _("schedule %.40s: like daily 06:00Z-09:00Z or weekly TUE "
                                "22:00Z-04:00Z"),
                              text != NULL ? text : "");
    }
    const int64_t first = first_of(&r, out->clear.start_ms);
    if (first >= out->clear.end_ms || out->plain.volumes[0].shape.legs != NULL) {
        return dt_geojson_say(fault, DT_ERR_BAD_VALUE,
                              _("schedule %.40s: none of its windows lies between start and end, or "
                                "there are legs"),
                              text);
    }
    const int64_t last = first + (out->clear.end_ms - 1 - first) / r.every_ms * r.every_ms;
    const int64_t end = last + r.length_ms < out->clear.end_ms ? last + r.length_ms : out->clear.end_ms;
    out->clear.start_ms = first < out->clear.start_ms ? first : out->clear.start_ms;
    for (size_t i = 0; i < out->plain.volume_count; i++) {
        struct dt_notice_volume *v = &out->plain.volumes[i];
        v->shape.time = (struct dt_window){first, end};
        v->length_ms = last > first ? r.length_ms : 0;
        v->every_ms = last > first ? r.every_ms : 0;
    }
    return DT_OK;
}

/* --- windows told one by one ------------------------------------------------------------------ */

/* The volumes once more for each window but the first; their rings are shared. */
static enum dt_err repeat_volumes(struct dt_notice_plain *plain, size_t times, struct dt_geojson_fault *fault)
{
    const size_t count = plain->volume_count;
    if (times * count > DT_NOTICE_VOLUMES_MAX) {
        return dt_geojson_say(fault, DT_ERR_TOO_LARGE,
                              _("%zu windows of %zu shapes: at most %d volumes in one notice"), times, count,
                              DT_NOTICE_VOLUMES_MAX);
    }
    for (size_t i = count; i < times * count; i++) {
        plain->volumes[i] = plain->volumes[i % count];
    }
    plain->volume_count = times * count;
    return DT_OK;
}

/* `windows`: [[start, end], …], in use only then. */
static enum dt_err take_windows(struct dt_geojson_notice *out, const json_t *p,
                                struct dt_geojson_fault *fault)
{
    const json_t *windows = json_object_get(p, "windows");
    const size_t shapes = out->plain.volume_count;
    if (windows == NULL || json_is_null(windows)) {
        return DT_OK;
    }
    if (json_array_size(windows) == 0 || out->plain.volumes[0].shape.legs != NULL ||
        out->plain.volumes[0].every_ms > 0) {
        return dt_geojson_say(fault, DT_ERR_BAD_VALUE,
                              _("windows: [[start, end], …], and neither legs, speed nor schedule"));
    }
    DT_TRY(repeat_volumes(&out->plain, json_array_size(windows), fault));
    for (size_t i = 0; i < out->plain.volume_count; i++) {
        const json_t *window = json_array_get(windows, i / shapes);
        const char *from = json_string_value(json_array_get(window, 0));
        const char *until = json_string_value(json_array_get(window, 1));
        struct dt_window *w = &out->plain.volumes[i].shape.time;
        if (json_array_size(window) != 2 || from == NULL || until == NULL ||
            dt_utc_parse(&w->from_ms, from) != DT_OK || dt_utc_parse(&w->until_ms, until) != DT_OK ||
            w->from_ms < out->clear.start_ms || w->until_ms > out->clear.end_ms) {
            return dt_geojson_say(fault, DT_ERR_BAD_TIME, _("window %zu: two times from start to end"),
                                  i / shapes);
        }
        if (w->until_ms <= w->from_ms) {
            return dt_geojson_say(fault, DT_ERR_END_BEFORE_START, _("window %zu"), i / shapes);
        }
    }
    return DT_OK;
}

enum dt_err dt_geojson_times(struct dt_geojson_notice *out, const json_t *properties,
                             struct dt_geojson_fault *fault)
{
    DT_TRY(take_legs(&out->plain, properties, fault));
    DT_TRY(legs_of_speed(&out->plain, properties, fault));
    DT_TRY(take_schedule(out, properties, fault));
    return take_windows(out, properties, fault);
}

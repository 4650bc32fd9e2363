/* SPDX-License-Identifier: ISC */
#include "view/alarms.h"

#include <stdlib.h>
#include <string.h>

struct dt_group {
    struct dt_activities of; /* the smaller first; all 0: free (a notice is never record 0) */
    enum dt_severity severity;
    bool exact, seen;
};

const char *dt_sound_name(enum dt_sound sound)
{
    static const char *const names[] = {"none", "once", "repeated"};
    return sound <= DT_SOUND_REPEATED ? names[sound] : "?";
}

enum dt_sound dt_severity_sound(enum dt_severity severity)
{
    return severity >= DT_SEVERITY_SEVERE ? DT_SOUND_REPEATED
           : severity == DT_SEVERITY_HIGH ? DT_SOUND_ONCE
                                          : DT_SOUND_NONE;
}

void dt_alarms_free(struct dt_alarms *a)
{
    free(a->groups);
    *a = (struct dt_alarms){0};
}

static struct dt_activities ordered(const struct dt_activities *of)
{
    const bool turned =
        of->wid_a != of->wid_b ? of->wid_a > of->wid_b : of->seq_a > of->seq_b;
    return turned ? (struct dt_activities){of->wid_b, of->wid_a, of->seq_b, of->seq_a} : *of;
}

static bool same(const struct dt_activities *x, const struct dt_activities *y)
{
    return x->wid_a == y->wid_a && x->wid_b == y->wid_b && x->seq_a == y->seq_a &&
           x->seq_b == y->seq_b;
}

static bool is_free(const struct dt_group *g)
{
    return g->of.seq_a == 0 && g->of.seq_b == 0;
}

static size_t start_of(const struct dt_activities *of, size_t capacity)
{
    uint64_t h = of->seq_a * 0x9e3779b97f4a7c15u ^ of->seq_b * 0xc2b2ae3d27d4eb4fu ^
                 (uint64_t)of->wid_a << 16 ^ of->wid_b;
    h ^= h >> 29;
    h *= 0xbf58476d1ce4e5b9u;
    return (size_t)(h ^ h >> 32) & (capacity - 1);
}

/* Its place, or the free one where it belongs. */
static struct dt_group *place_of(struct dt_group *groups, size_t capacity,
                                 const struct dt_activities *of)
{
    size_t i = start_of(of, capacity);
    while (!is_free(&groups[i]) && !same(&groups[i].of, of)) {
        i = (i + 1) & (capacity - 1);
    }
    return &groups[i];
}

/* At most half full. */
static enum dt_err room_for_one(struct dt_alarms *a)
{
    if (2 * (a->count + 1) <= a->capacity) {
        return DT_OK;
    }
    const size_t capacity = a->capacity > 0 ? 2 * a->capacity : 64;
    struct dt_group *groups = calloc(capacity, sizeof *groups);
    if (groups == NULL) {
        return DT_ERR_NO_MEMORY;
    }
    for (size_t i = 0; i < a->capacity; i++) {
        if (!is_free(&a->groups[i])) {
            *place_of(groups, capacity, &a->groups[i].of) = a->groups[i];
        }
    }
    free(a->groups);
    a->groups = groups;
    a->capacity = capacity;
    return DT_OK;
}

enum dt_err dt_alarms_found(struct dt_alarms *a, const struct dt_activities *of,
                            enum dt_severity severity, bool exact, enum dt_sound *sound)
{
    const struct dt_activities key = ordered(of);
    *sound = dt_severity_sound(severity);
    const enum dt_err err = room_for_one(a);
    if (err != DT_OK) {
        return err;
    }
    struct dt_group *g = place_of(a->groups, a->capacity, &key);
    if (is_free(g)) {
        *g = (struct dt_group){key, severity, exact, false};
        a->count++;
        return DT_OK;
    }
    const bool worse = severity > g->severity || (severity == g->severity && exact && !g->exact);
    const bool again = severity >= DT_SEVERITY_SEVERE && g->seen;
    if (!worse && !again) {
        *sound = DT_SOUND_NONE;
    }
    g->exact = severity > g->severity ? exact : g->exact || (exact && severity == g->severity);
    g->severity = severity > g->severity ? severity : g->severity;
    g->seen = g->seen && *sound == DT_SOUND_NONE;
    return DT_OK;
}

void dt_alarms_seen(struct dt_alarms *a, const struct dt_activities *of)
{
    const struct dt_activities key = ordered(of);
    if (a->count > 0) {
        struct dt_group *g = place_of(a->groups, a->capacity, &key);
        g->seen = g->seen || !is_free(g);
    }
}

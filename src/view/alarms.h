/* SPDX-License-Identifier: ISC */
/*
 * alarms - conflicts as people can bear them: one alarm for two activities, however many
 * versions of them are in conflict.
 *
 *     conflicts found -> [alarms] -> what sounds, and how
 *
 * A *group* is all conflicts between the versions of one notice and the versions of another. It
 * sounds when it is new, when it gets worse (graver, or exact where it was possible), and when
 * a severe one comes back after an officer had seen what there was. Severity decides how:
 * low: not at all, it is listed; high: once; severe: again and again until an officer of ours
 * has seen it or it is over. Nothing is ever left out of a list because it does not sound.
 *
 * Life: zeros are an empty one; dt_alarms_free. Memory: 40 bytes a group. Pure otherwise.
 */
#ifndef DT_VIEW_ALARMS_H
#define DT_VIEW_ALARMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "view/rules.h"

enum dt_sound { DT_SOUND_NONE, DT_SOUND_ONCE, DT_SOUND_REPEATED };

const char *dt_sound_name(enum dt_sound sound); /* "none", "once", "repeated" */
enum dt_sound dt_severity_sound(enum dt_severity severity);

/* The first versions of both activities, in any order. */
struct dt_activities {
    uint16_t wid_a, wid_b;
    uint64_t seq_a, seq_b;
};

struct dt_group; /* private */

struct dt_alarms {
    struct dt_group *groups; /* hashed */
    size_t count, capacity;
};

void dt_alarms_free(struct dt_alarms *a);

/* A conflict that was not known before. Says how it sounds. NO_MEMORY: *sound is that of its
 * severity all the same. */
DT_MUST_USE enum dt_err dt_alarms_found(struct dt_alarms *a, const struct dt_activities *of,
                                        enum dt_severity severity, bool exact,
                                        enum dt_sound *sound);

/* An officer of ours has seen it, or it is over: it is silent until something new comes. */
void dt_alarms_seen(struct dt_alarms *a, const struct dt_activities *of);

#endif

/* SPDX-License-Identifier: ISC */
/*
 * mixes - what a member said about one record, at random; and whether what somebody is shown
 * of it is just that. Worked out from what was said alone, not by the view.
 */
#ifndef DT_TESTS_NODE_MIXES_H
#define DT_TESTS_NODE_MIXES_H

#include "test.h"

#include <jansson.h>
#include <libxml/tree.h>

#include "rig.h"
#include "view/body.h"
#include "view/watch_body.h"

enum { NORD, SUED, FORCES = 3, SAID_MAX = 7 };

extern const char *const mix_forces[FORCES]; /* ascending; the last is not on the line */

/* Of forces and positions the last word. */
struct mix {
    struct dt_ref ref;
    char id[DT_RECORD_ID_SIZE];
    bool shown, acknowledged, position;
    enum dt_position said;
    struct {
        bool there;
        enum dt_passed_state state;
        int64_t told, units;
    } force[FORCES];
    unsigned reports;
    struct dt_body_reported report[SAID_MAX];
};

/* One receipt more, or a forgery that their own node refuses, or a report of ours. */
void mix_say(struct rig *r, struct mix *m, struct dt_rng *rng);

/* `item`: of --json, or the properties of an exported feature. */
bool mix_is_json(const json_t *item, const struct mix *m);
/* The text of `show`. */
bool mix_is_text(const char *text, const struct mix *m);
/* An event of an export. */
bool mix_is_event(xmlNode *event, const struct mix *m);

unsigned mix_count(const char *text, const char *word);
/* The next element of that name among the siblings from `node` on. */
xmlNode *mix_named(xmlNode *node, const char *name);

#endif

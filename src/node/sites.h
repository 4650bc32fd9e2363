/* SPDX-License-Identifier: ISC */
/*
 * sites - protected sites that nobody has confirmed for 90 days: `status` and the desk say so.
 * Only node/ includes this.
 *
 * Whenever a STATIC notice that counts is derived, the time from which it will be stale is noted;
 * when status is asked, those whose time has come are derived once more, and said if they are.
 * Nothing is written, and nothing sounds: a stale site still counts in every check.
 */
#ifndef DT_NODE_SITES_H
#define DT_NODE_SITES_H

#include "node/state.h"

/* From when it is stale unless somebody confirms it. */
struct dt_site {
    struct dt_ref ref;
    int64_t stale_ms;
};

enum { DT_SITES_MAX = 4096, DT_SITES_SAID = 64 }; /* a line: those that will be stale first */

/* While settling: that version counts, and its life is this. */
void dt_site_note(struct dt_line *line, const struct dt_life_entry *entry);
/* An array "stale" of all lines, or of `only`. */
void dt_sites_status(struct dt_object *o, struct dt_node *n, const struct dt_line *only);

#endif

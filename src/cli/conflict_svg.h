/* SPDX-License-Identifier: ISC */
/*
 * conflict_svg - a conflict as a picture: both footprints on a map around the closest approach,
 * heights and times as bands. A is outlined, B is hatched, and each says in words which it is;
 * nothing hangs on a colour. What cannot be read here is drawn by its cells, and says so.
 *
 * The map is a plane that touches the earth at the closest approach: good to a hair's breadth
 * on paper, and no measure; the numbers are the engine's.
 */
#ifndef DT_CLI_CONFLICT_SVG_H
#define DT_CLI_CONFLICT_SVG_H

#include <stdio.h>

#include <jansson.h>

#include "cli/geojson.h"

struct conflict_side {
    const json_t *item; /* of `show` */
    const struct dt_geojson_notice *notice;
    bool exact; /* else `notice` has cells only */
};

/* `conflict` as the node tells it, with place and times. */
void conflict_svg_write(FILE *out, const json_t *conflict, const struct conflict_side sides[2]);

#endif

/* SPDX-License-Identifier: ISC */
/*
 * features - notices as others' systems can draw them: what a node said of a notice (with
 * `shapes`, docs/control.md) -> GeoJSON features with everything a reader must not lose
 * sight of: since when, until when, who said so, exercise or not, exact or only a cell.
 *
 * What is drawn is in drawing.h; a notice that cannot be read here is its cells, one without
 * cells has no geometry. Numbers in properties are those of the notice, not of the drawing,
 * with `corners` the positions of a route or of rings, whose edges are geodesics: of them
 * geojson_own.c makes the same volume again.
 */
#ifndef DT_CLI_FEATURES_H
#define DT_CLI_FEATURES_H

#include "cli/cli.h"
#include "cli/geojson.h"

/* A notice with its parts as bytes, as `show` gives it; NULL after the error was said. */
json_t *cli_notice_item(struct cli *c, const char *id);
/* Both parts of a notice item. *exact: the sealed one could be read too. False if there is
 * none, or it says what no version of this program would take. */
bool cli_notice_parts(const json_t *item, struct dt_geojson_notice *out, bool *exact);

/* The end of one of its windows as every check takes it now, delays counted; DT_TIME_MAX_MS while
 * the movement is overdue: it is still there. */
int64_t cli_until_now(const json_t *item, const struct dt_body_notice *clear, struct dt_window w);

/* One Feature a volume (or one of cells) appended to `features`; the number appended. */
size_t cli_notice_features(json_t *features, const json_t *item);

/* "FL100", or "610 m AMSL (2001 ft)"; for people. */
enum { CLI_HEIGHT_SIZE = 64 };
void cli_height(char out[static CLI_HEIGHT_SIZE], int32_t mm, enum dt_datum datum);
/* Places as degrees and MGRS, heights, times as date-time groups; to standard output. */
void cli_show_volumes(const struct dt_notice_plain *plain);
/* Millimetres as metres, exact to the millimetre. */
json_t *cli_metres(int64_t mm);

#endif

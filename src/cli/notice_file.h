/* SPDX-License-Identifier: ISC */
/*
 * notice_file - a person's file as notices, one at a time, encoded for the node: for the
 * commands that send them, check them, or keep them as plans.
 *
 *     cli_notice_open -> cli_notice_hints -> cli_notice_encode (each feature) -> node
 *
 * What was encoded last lies here, once in the process: large.
 */
#ifndef DT_CLI_NOTICE_FILE_H
#define DT_CLI_NOTICE_FILE_H

#include "cli/cli.h"
#include "cli/geojson.h"

/* Reads the file, with what the options say, and judges every feature by itself. False after
 * the error was said; else `g` is to be closed. */
bool cli_notice_open(struct cli *c, const char *path, struct dt_geojson *g,
                     struct dt_geojson_hints *hints);
/* What is known beside the file: where the line's notices are, what its charter asks for. */
void cli_notice_hints(struct cli *c, const struct cli_line *line, struct dt_geojson_hints *hints);
/* The feature as clear and sealed part; `amended` may be NULL. False after the error was said. */
bool cli_notice_encode(struct cli *c, const struct dt_geojson *g, size_t index,
                       const struct dt_geojson_hints *hints, const struct dt_ref *amended);

/* What cli_notice_encode() made. */
extern struct dt_geojson_notice cli_notice;
struct dt_span cli_notice_body(void);
struct dt_span cli_notice_plain(void);
/* Both parts into a request. */
void cli_notice_put(struct dt_object *o);
/* What it would come too close to. */
bool cli_notice_ask_check(struct cli *c, json_t **reply);

#endif

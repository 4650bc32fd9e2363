/* SPDX-License-Identifier: ISC */
#include "cli/export_format.h"

#include <math.h>
#include <string.h>

#include "base/utc.h"
#include "cli/cli.h"
#include "geo/recur.h"

/* --- what they lose --------------------------------------------------------------------------- */

static const char *const common[] = {"signatures and proofs: ask detente prove",
                                     "rules of separation and conflicts: ask detente conflicts", NULL};

static const char *const geojson[] = {
    "receipts are in stages, not drawn",
    "edges are drawn to half a metre; corners, with geodesics between, is exact",
    "a circle is a polygon of 64 corners that holds it; radius_m is exact",
    "a corridor is its middle line; width_m is its width", NULL};

static const char *const cot[] = {
    "receipts are in __detente/stage, not drawn",
    "edges between corners: geodesics here, often straight lines there",
    "a corridor is its middle line; its width and every height that is not WGS84 is in the remarks",
    "holes of polygons: the outer edge is drawn",
    "times of legs, windows that come again; the first and last time of the volume are in the remarks",
    "cells: the drawing is the cells' common box", NULL};

static const char *const kml[] = {
    "receipts: ask detente show",
    "a circle is a polygon of 64 corners that holds it; its radius is in the description",
    "a corridor is its middle line; its width is in ExtendedData, as is the margin of an area",
    "heights are in ExtendedData, everything is drawn on the ground",
    "times of legs, windows that come again: the first and last time of the volume", NULL};

static const char *const gpx[] = {
    "receipts: ask detente show",
    "a circle is a waypoint, its radius in the description",
    "a corridor is a route, its width in the description; edges are geodesics here, often straight lines there",
    "an area is a closed track, its holes are further segments",
    "heights and times, legs and windows that come again: in the description, or not at all", NULL};

static const char *const csv[] = {
    "receipts: ask detente show",
    "edges between positions: geodesics here, often straight lines there",
    "holes of polygons: the outer edge is written",
    "times of legs; windows that come again, unless daily or weekly by whole minutes",
    "a band without a lower limit begins at the ground",
    "line breaks of texts; a text that a spreadsheet would calculate begins with an apostrophe",
    "what cannot be read here has a row without positions", NULL};

static const char *const coordinates[] = {
    "receipts: ask detente show",
    "edges between positions: geodesics here, often straight lines there",
    "everything but positions is a remark; one shape alone can be read again",
    "holes of polygons: remarks", "times of legs, windows that come again",
    "what cannot be read here has no positions", NULL};

static const char *const notam[] = {
    "it is a draft: number, series and FIR are the NOTAM office's",
    "receipts: ask detente show",
    "positions are rounded to a second (31 m); the circle of the Q line holds the volume and more",
    "times are rounded outward to a minute; times of legs; windows that come again, unless daily or weekly",
    "margins and position accuracy are in the circle of the Q line only",
    "holes of polygons; letters that are not ASCII",
    "heights over WGS84 are widened to heights over mean sea level",
    "what cannot be read here is left out", NULL};

static const struct cli_format formats[] = {
    {"geojson", NULL, NULL, NULL, true, geojson},
    {"cot", "cot", "cot-stream", NULL, true, cot},
    {"kml", "kml", NULL, NULL, true, kml},
    {"gpx", "gpx", NULL, NULL, true, gpx},
    {"csv", NULL, NULL, cli_export_csv, false, csv},
    {"notam", NULL, NULL, cli_export_notam, false, notam},
    {"coordinates", NULL, NULL, cli_export_coordinates, true, coordinates},
};

const struct cli_format *cli_format_find(const char *name)
{
    for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++) {
        if (strcmp(name, formats[i].name) == 0) {
            return &formats[i];
        }
    }
    return NULL;
}

json_t *cli_format_losses(const struct cli_format *format)
{
    const char *const *const lists[] = {common, format->losses};
    json_t *all = json_array();
    for (size_t i = 0; i < 2; i++) {
        for (const char *const *loss = lists[i]; *loss != NULL; loss++) {
            json_array_append_new(all, json_string(*loss));
        }
    }
    return all;
}

/* --- what the writers share -------------------------------------------------------------------- */

void cli_export_limit(char out[static CLI_LIMIT_SIZE], const json_t *p, bool upper)
{
    const json_t *value = json_object_get(p, upper ? "alt_upper_m" : "alt_lower_m");
    const char *datum = cli_str(p, "alt_datum");
    const double metres = json_number_value(value);
    if (!json_is_number(value)) {
        snprintf(out, CLI_LIMIT_SIZE, upper ? "UNL" : "GND");
    } else if (strcmp(datum, "FL") == 0 && metres >= 0) {
        snprintf(out, CLI_LIMIT_SIZE, "FL%.6g", round(metres / 0.3048 * 1000) / 100000);
    } else {
        snprintf(out, CLI_LIMIT_SIZE, "%.9g m %s", metres, strcmp(datum, "FL") == 0 ? "AMSL" : datum);
    }
}

void cli_export_schedule(char out[static CLI_SCHEDULE_SIZE], const json_t *p)
{
    static const char *const days[] = {"MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN"};
    const int64_t minute = 60000, monday = 4 * DT_RECUR_DAILY_MS; /* the first after 1970-01-01 */
    const int64_t every = llround(60000 * json_number_value(json_object_get(p, "every_min")));
    const int64_t length = llround(60000 * json_number_value(json_object_get(p, "window_min")));
    int64_t from = 0;
    out[0] = '\0';
    if ((every != DT_RECUR_DAILY_MS && every != 7 * DT_RECUR_DAILY_MS) || length >= DT_RECUR_DAILY_MS ||
        dt_utc_parse(&from, cli_str(p, "from_time")) != DT_OK || from < monday || from % minute != 0 ||
        length % minute != 0) {
        return;
    }
    const int begin = (int)(from % DT_RECUR_DAILY_MS / minute), end = (int)((begin + length / minute) % 1440);
    const char *day = every == DT_RECUR_DAILY_MS ? "" : days[(from - monday) / DT_RECUR_DAILY_MS % 7];
    snprintf(out, CLI_SCHEDULE_SIZE, "%s%s %02d:%02dZ-%02d:%02dZ", day[0] == '\0' ? "daily" : "weekly ", day,
             begin / 60, begin % 60, end / 60, end % 60);
}

/* SPDX-License-Identifier: ISC */
/*
 * NOTAM text: a draft of each volume for a NOTAM office. Whoever reads only the Q line gets
 * more than the volume, never less: centre to the minute, radius in whole miles that holds
 * everything, levels outward.
 */
#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/utc.h"
#include "cli/cli.h"
#include "cli/distance.h"
#include "cli/export_format.h"
#include "geo/recur.h"
#include "view/height.h"

#define FOOT_MM 304.8
#define MILE_M 1852.0

enum { MINUTE_MS = 60000, RADIUS_MAX = 998, LEVEL_MAX = 999 };

/* --- places ------------------------------------------------------------------------------------- */

static struct dt_point point_of(const json_t *position)
{
    return (struct dt_point){(int32_t)llround(1e7 * json_number_value(json_array_get(position, 1))),
                             (int32_t)llround(1e7 * json_number_value(json_array_get(position, 0)))};
}

/* 361200N0370600E to the second, or 3612N03706E to the minute. */
static void place(FILE *out, struct dt_point p, bool seconds)
{
    const int unit = seconds ? 3600 : 60;
    const long lat = lround(fabs(p.lat_e7 / 1e7) * unit), lon = lround(fabs(p.lon_e7 / 1e7) * unit);
    if (seconds) {
        fprintf(out, "%02ld%02ld%02ld%c%03ld%02ld%02ld%c", lat / 3600, lat / 60 % 60, lat % 60, p.lat_e7 < 0 ? 'S' : 'N',
                lon / 3600, lon / 60 % 60, lon % 60, p.lon_e7 < 0 ? 'W' : 'E');
    } else {
        fprintf(out, "%02ld%02ld%c%03ld%02ld%c", lat / 60, lat % 60, p.lat_e7 < 0 ? 'S' : 'N', lon / 60, lon % 60,
                p.lon_e7 < 0 ? 'W' : 'E');
    }
}

static int32_t to_minute(int32_t e7)
{
    return (int32_t)lround(round(e7 / 1e7 * 60) / 60 * 1e7);
}

/* The outer ring or the line; the centre of a circle as one position. */
static const json_t *line_of(const json_t *p)
{
    const json_t *corners = json_object_get(p, "corners"), *first = json_array_get(corners, 0);
    return json_is_array(json_array_get(first, 0)) ? first : corners;
}

/* The middle of the box to the minute, and how far from it anything can be: the farthest point
 * of a geodesic shorter than a quarter of the globe is one of its ends. */
static struct dt_point middle_of(const json_t *p, double *reach_m)
{
    const json_t *line = line_of(p), *centre = json_object_get(p, "centre");
    const struct dt_point first = point_of(json_is_array(centre) ? centre : json_array_get(line, 0));
    int64_t west = 0, east = 0;
    int32_t south = first.lat_e7, north = first.lat_e7;
    for (size_t i = 0; i < json_array_size(line); i++) {
        const struct dt_point at = point_of(json_array_get(line, i));
        int64_t turn = (int64_t)at.lon_e7 - first.lon_e7;
        turn -= llround((double)turn / 3.6e9) * INT64_C(3600000000);
        west = turn < west ? turn : west;
        east = turn > east ? turn : east;
        south = at.lat_e7 < south ? at.lat_e7 : south;
        north = at.lat_e7 > north ? at.lat_e7 : north;
    }
    int64_t lon = first.lon_e7 + (west + east) / 2;
    lon -= llround((double)lon / 3.6e9) * INT64_C(3600000000);
    const struct dt_point middle = {to_minute((int32_t)(((int64_t)south + north) / 2)), to_minute((int32_t)lon)};
    *reach_m = dt_metres_apart(middle, first);
    for (size_t i = 0; i < json_array_size(line); i++) {
        *reach_m = fmax(*reach_m, dt_metres_apart(middle, point_of(json_array_get(line, i))));
    }
    *reach_m += json_number_value(json_object_get(p, "radius_m")) + json_number_value(json_object_get(p, "margin_m")) +
                json_number_value(json_object_get(p, "width_m")) / 2 + json_number_value(json_object_get(p, "h_acc_m"));
    return middle;
}

/* --- heights -------------------------------------------------------------------------------------- */

static struct dt_height_band band_of(const json_t *p, enum dt_datum *datum)
{
    const json_t *lower = json_object_get(p, "alt_lower_m"), *upper = json_object_get(p, "alt_upper_m");
    *datum = DT_DATUM_SURFACE;
    for (int d = DT_DATUM_SURFACE; d <= DT_DATUM_LEVEL; d++) {
        *datum = strcmp(cli_str(p, "alt_datum"), dt_datum_name(d)) == 0 ? (enum dt_datum)d : *datum;
    }
    const struct dt_height_band band = {
        json_is_number(lower) ? (int32_t)llround(1000 * json_number_value(lower)) : -DT_ALT_MAX_MM,
        json_is_number(upper) ? (int32_t)llround(1000 * json_number_value(upper)) : DT_ALT_MAX_MM};
    const int64_t accuracy = llround(1000 * json_number_value(json_object_get(p, "v_acc_m")));
    return dt_height_wider(band, accuracy, accuracy);
}

/* Hundreds of feet outward, as Q lines have them. */
static int level(int32_t mm, bool upper)
{
    const double feet = mm / FOOT_MM / 100;
    const double rounded = upper ? ceil(feet) : floor(feet);
    return rounded < 0 ? 0 : rounded > LEVEL_MAX ? LEVEL_MAX : (int)rounded;
}

/* F) or G): outward to a foot, or to a level. */
static void limit(FILE *out, const char *item, int32_t mm, enum dt_datum datum, bool upper)
{
    const double feet = upper ? ceil(mm / FOOT_MM) : floor(mm / FOOT_MM);
    if (mm <= -DT_ALT_MAX_MM || (!upper && mm <= 0 && datum != DT_DATUM_AMSL)) {
        fprintf(out, "%s GND\n", item);
    } else if (mm >= DT_ALT_MAX_MM) {
        fprintf(out, "%s UNL\n", item);
    } else if (datum == DT_DATUM_LEVEL) {
        fprintf(out, "%s FL%03d\n", item, level(mm, upper));
    } else {
        fprintf(out, "%s %.0fFT %s\n", item, feet, datum == DT_DATUM_SURFACE ? "AGL" : "AMSL");
    }
}

/* --- times ---------------------------------------------------------------------------------------- */

/* YYMMDDhhmm, outward. */
static bool time_text(char out[static 11], const char *utc, bool up)
{
    int64_t ms;
    char text[DT_UTC_SIZE];
    if (dt_utc_parse(&ms, utc) != DT_OK) {
        return false;
    }
    dt_utc_text(text, (ms + (up ? MINUTE_MS - 1 : 0)) / MINUTE_MS * MINUTE_MS);
    snprintf(out, 11, "%.2s%.2s%.2s%.2s%.2s", text + 2, text + 5, text + 8, text + 11, text + 14);
    return true;
}

/* "daily 06:00Z-09:00Z" as "DAILY 0600-0900", "weekly TUE ..." as "TUE ...". */
static void schedule(FILE *out, const json_t *p)
{
    char text[CLI_SCHEDULE_SIZE];
    cli_export_schedule(text, p);
    const char *at = strncmp(text, "weekly ", 7) == 0 ? text + 7 : text;
    if (text[0] == '\0') {
        return;
    }
    fputs("D) ", out);
    for (; *at != '\0'; at++) {
        if (*at != ':' && *at != 'Z') {
            fputc(toupper((unsigned char)*at), out);
        }
    }
    fputc('\n', out);
}

/* --- the draft ------------------------------------------------------------------------------------- */

/* Upper-case ASCII without parentheses: "F)" would begin an item. */
static void words(FILE *out, const char *text)
{
    for (const char *c = text; *c != '\0'; c++) {
        const unsigned char u = (unsigned char)*c;
        if ((u & 0xc0) != 0x80) { /* one mark a letter that is not ASCII */
            fputc(u < 0x20 ? ' ' : u == '(' || u == ')' ? '/' : u < 0x7f ? toupper(u) : '?', out);
        }
    }
}

static const char *code_of(const char *category)
{
    return strcmp(category, "AIRSPACE_RES") == 0   ? "QRTCA"
           : strcmp(category, "FIRES") == 0        ? "QWMLW"
           : strcmp(category, "EXERCISE_ACT") == 0 ? "QWELW"
                                                   : "QXXXX";
}

static void area(FILE *out, const json_t *p)
{
    const char *shape = cli_str(p, "shape");
    const json_t *line = line_of(p), *centre = json_object_get(p, "centre");
    size_t i;
    json_t *at;
    if (json_is_array(centre)) {
        fprintf(out, " CIRCLE RADIUS %.2fNM CENTRE ", ceil(json_number_value(json_object_get(p, "radius_m")) / MILE_M * 100) / 100);
        place(out, point_of(centre), true);
        return;
    }
    if (strcmp(shape, "corridor") == 0) {
        fprintf(out, " %.2fNM EITHER SIDE OF LINE",
                ceil(json_number_value(json_object_get(p, "width_m")) / 2 / MILE_M * 100) / 100);
    } else {
        fputs(" AREA BOUNDED BY", out);
    }
    json_array_foreach (line, i, at) {
        fputs(i > 0 ? " - " : " ", out);
        place(out, point_of(at), true);
    }
}

/* `soon`: an overdue movement has no end; its estimate is the time until which this may be used. */
static void draft(FILE *out, const json_t *feature, const char *soon)
{
    const json_t *p = json_object_get(feature, "properties");
    char from[11], until[11];
    double reach_m;
    enum dt_datum datum;
    const struct dt_height_band band = band_of(p, &datum);
    const struct dt_height_band sea = datum == DT_DATUM_LEVEL ? band : dt_height_over_sea(band, datum);
    const bool wgs84 = datum == DT_DATUM_WGS84;
    const struct dt_point middle = middle_of(p, &reach_m);
    const double miles = ceil(reach_m / MILE_M);
    const char *end = cli_str(p, "until_time");
    const bool overdue = end[0] == '\0';
    if (!time_text(from, cli_str(p, "from_time"), false) || !time_text(until, overdue ? soon : end, true)) {
        return;
    }
    fprintf(out, "%s NOTAMN\nQ) XXXX/%s/IV/BO/W/%03d/%03d/", cli_str(feature, "id"), code_of(cli_str(p, "category")),
            level(datum == DT_DATUM_SURFACE ? 0 : sea.lower_mm, false), level(sea.upper_mm, true));
    place(out, middle, false);
    fprintf(out, "%03.0f\nA) XXXX B) %s C) %s%s\n", miles > RADIUS_MAX ? 999 : miles, from, until,
            cli_true(p, "movement") ? " EST" : "");
    schedule(out, p);
    fputs("E) ", out);
    fputs(strcmp(cli_str(p, "class"), "OPERATION") != 0 ? "EXERCISE " : "", out);
    fputs(overdue ? "OVERDUE " : "", out);
    words(out, cli_str(p, "category"));
    fputc(' ', out);
    words(out, cli_str(p, "title"));
    area(out, p);
    if (json_string_length(json_object_get(p, "text")) > 0) {
        fputs(". ", out);
        words(out, cli_str(p, "text"));
    }
    fputc('\n', out);
    limit(out, "F)", wgs84 ? sea.lower_mm : band.lower_mm, wgs84 ? DT_DATUM_AMSL : datum, false);
    limit(out, "G)", wgs84 ? sea.upper_mm : band.upper_mm, wgs84 ? DT_DATUM_AMSL : datum, true);
    fputc('\n', out);
}

bool cli_export_notam(const json_t *collection, FILE *out)
{
    size_t i;
    json_t *feature;
    json_array_foreach (json_object_get(collection, "features"), i, feature) {
        if (cli_true(json_object_get(feature, "properties"), "exact")) {
            draft(out, feature, cli_str(json_object_get(collection, "detente"), "no_longer_current_after"));
        }
    }
    return ferror(out) == 0;
}

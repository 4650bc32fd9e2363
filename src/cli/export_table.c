/* SPDX-License-Identifier: ISC */
/* CSV and coordinates (export_format.h). */
#include <ctype.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/export_format.h"

/* --- CSV ----------------------------------------------------------------------------------------- */

/* A quoted field without control characters. What a spreadsheet takes for a formula may come
 * from a stranger: an apostrophe before it makes it a text. */
static void field(FILE *out, const char *text)
{
    fputs(strchr("=+-@", text[0]) != NULL && text[0] != '\0' ? "\"'" : "\"", out);
    for (const char *c = text; *c != '\0'; c++) {
        if (*c == '"') {
            fputc('"', out);
        }
        fputc((unsigned char)*c < 0x20 || *c == 0x7f ? ' ' : *c, out);
    }
    fputc('"', out);
}

static void position(FILE *out, const json_t *at)
{
    fprintf(out, "%.7f %.7f", json_number_value(json_array_get(at, 1)), json_number_value(json_array_get(at, 0)));
}

/* The outer ring, the line or the centre: an array of positions, to be released. */
static json_t *positions_of(const json_t *p)
{
    json_t *corners = json_object_get(p, "corners"), *centre = json_object_get(p, "centre");
    if (json_is_array(centre)) {
        return json_pack("[O]", centre);
    }
    const bool rings = json_is_array(json_array_get(json_array_get(corners, 0), 0));
    return json_is_array(corners) ? json_incref(rings ? json_array_get(corners, 0) : corners) : json_array();
}

static void positions(FILE *out, const json_t *p)
{
    json_t *all = positions_of(p), *at;
    size_t i;
    fputc('"', out);
    json_array_foreach (all, i, at) {
        fputs(i > 0 ? "; " : "", out);
        position(out, at);
    }
    fputs("\",", out);
    json_decref(all);
}

static void number(FILE *out, const json_t *p, const char *key)
{
    const json_t *value = json_object_get(p, key);
    if (json_is_number(value)) {
        fprintf(out, "%.12g", json_number_value(value));
    }
    fputc(',', out);
}

static void row(FILE *out, const json_t *feature)
{
    static const char *const texts[] = {"title", "category", "request", "from", "class", "life"};
    static const char *const numbers[] = {"radius_m", "width_m", "margin_m", "h_acc_m", "v_acc_m", "tolerance_min"};
    const json_t *p = json_object_get(feature, "properties");
    const bool exact = cli_true(p, "exact");
    char limit[CLI_LIMIT_SIZE] = "", schedule[CLI_SCHEDULE_SIZE];
    field(out, cli_str(feature, "id"));
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        fputc(',', out);
        field(out, cli_str(p, texts[i]));
    }
    fprintf(out, ",%s,%s,%s,%s,", exact ? "true" : "false", cli_true(p, "movement") ? "true" : "false",
            cli_str(p, exact ? "from_time" : "start"), cli_str(p, exact ? "until_time" : "end"));
    cli_export_schedule(schedule, p);
    fprintf(out, "%s,", schedule);
    positions(out, p);
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        number(out, p, numbers[i]);
    }
    for (int upper = 0; upper < 2; upper++) {
        if (exact) {
            cli_export_limit(limit, p, upper != 0);
        }
        fprintf(out, "%s,", limit);
    }
    field(out, cli_str(p, "text"));
    fputs("\r\n", out);
}

bool cli_export_csv(const json_t *collection, FILE *out)
{
    size_t i;
    json_t *feature;
    fputs("id,title,category,request,author,class,life,exact,movement,start,end,schedule,positions,radius_m,"
          "width_m,margin_m,h_acc_m,v_acc_m,tolerance_min,alt_lower,alt_upper,text\r\n", out);
    json_array_foreach (json_object_get(collection, "features"), i, feature) {
        row(out, feature);
    }
    return ferror(out) == 0;
}

/* --- coordinates ---------------------------------------------------------------------------------- */

/* A line that begins with #, whatever is in the text. */
static void remark(FILE *out, const char *what, const char *text)
{
    fprintf(out, "# %s", what);
    for (const char *c = text; *c != '\0'; c++) {
        fputs(*c == '\n' ? "\n# " : "", out);
        if ((unsigned char)*c >= 0x20 && *c != 0x7f) {
            fputc(*c, out);
        }
    }
    fputc('\n', out);
}

static void remark_number(FILE *out, const json_t *p, const char *key, const char *what, const char *unit)
{
    const double value = json_number_value(json_object_get(p, key));
    if (value > 0) {
        fprintf(out, "# %s: %.12g %s\n", what, value, unit);
    }
}

static void holes(FILE *out, const json_t *p)
{
    const json_t *corners = json_object_get(p, "corners");
    size_t i;
    json_t *at;
    if (!json_is_array(json_array_get(json_array_get(corners, 0), 0))) {
        return;
    }
    for (size_t hole = 1; hole < json_array_size(corners); hole++) {
        fprintf(out, "# hole %zu:", hole);
        json_array_foreach (json_array_get(corners, hole), i, at) {
            fputs(i > 0 ? "; " : " ", out);
            position(out, at);
        }
        fputc('\n', out);
    }
}

static void shape(FILE *out, const json_t *feature)
{
    const json_t *p = json_object_get(feature, "properties");
    const bool exact = cli_true(p, "exact");
    char low[CLI_LIMIT_SIZE], high[CLI_LIMIT_SIZE], schedule[CLI_SCHEDULE_SIZE];
    size_t i;
    json_t *all = positions_of(p), *at;
    fputc('\n', out);
    remark(out, "", cli_str(feature, "id"));
    remark(out, "title: ", cli_str(p, "title"));
    fprintf(out, "# %s %s by %s, asks %s, %s\n", cli_str(p, "class"), cli_str(p, "category"), cli_str(p, "from"),
            cli_str(p, "request"), cli_str(p, "life"));
    const char *end = cli_str(p, exact ? "until_time" : "end");
    fprintf(out, "# %s to %s%s\n", cli_str(p, exact ? "from_time" : "start"), end[0] != '\0' ? end : "OVERDUE",
            cli_true(p, "movement") ? ", a movement: does not end before it has arrived" : "");
    cli_export_schedule(schedule, p);
    if (schedule[0] != '\0') {
        fprintf(out, "# schedule: %s\n", schedule);
    }
    if (exact) {
        cli_export_limit(low, p, false);
        cli_export_limit(high, p, true);
        fprintf(out, "# %s, heights %s to %s\n", cli_str(p, "shape"), low, high);
    } else {
        fputs("# the shape cannot be read here\n", out);
    }
    remark_number(out, p, "radius_m", "radius", "m");
    remark_number(out, p, "width_m", "width", "m");
    remark_number(out, p, "margin_m", "margin", "m");
    remark_number(out, p, "h_acc_m", "position accuracy", "m");
    remark_number(out, p, "tolerance_min", "time tolerance", "min");
    holes(out, p);
    json_array_foreach (all, i, at) {
        position(out, at);
        fputc('\n', out);
    }
    json_decref(all);
}

bool cli_export_coordinates(const json_t *collection, FILE *out)
{
    const json_t *about = json_object_get(collection, "detente");
    size_t i;
    json_t *one;
    remark(out, "line: ", cli_str(about, "title"));
    remark(out, "written: ", cli_str(about, "written"));
    remark(out, "no longer current after: ", cli_str(about, "no_longer_current_after"));
    remark(out, "", cli_str(about, "notice"));
    json_array_foreach (json_object_get(about, "loses"), i, one) {
        remark(out, "loses: ", json_string_value(one));
    }
    json_array_foreach (json_object_get(collection, "features"), i, one) {
        shape(out, one);
    }
    return ferror(out) == 0;
}

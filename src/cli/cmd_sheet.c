/* SPDX-License-Identifier: ISC */
/*
 * notice sheet: one bilingual page for a side that has not installed this, and for the wall.
 * It discloses the tier that was chosen and nothing above it: what is left out here is not
 * in the value that detente-draw gets.
 */
#include <string.h>

#include "base/utc.h"
#include "cli/draw.h"
#include "cli/features.h"
#include "cli/replace.h"
#include "cli/sheet.h"
#include "geo/cells.h"
#include "geo/coord.h"
#include "log/header.h"

enum tier { TIER_EXISTENCE, TIER_CELL, TIER_SHAPE, TIER_EXACT, TIERS };

static const char *const tier_names[TIERS] = {"existence", "cell", "shape", "exact"};

/* Shapes are rounded to a thousandth of a degree, and then reach 80 m further at most. */
enum { ROUND_E7 = 10000, ROUND_MM = 80000, ROUND_UP_MM = 100000 };

static json_t *moment(int64_t ms)
{
    char dtg[DT_DTG_SIZE], text[DT_UTC_SIZE];
    dt_dtg_text(dtg, ms);
    dt_utc_short(text, ms);
    return json_pack("{s:s, s:s}", "dtg", dtg, "utc", text);
}

static json_t *place(struct dt_point p, unsigned mgrs_digits)
{
    char decimal[DT_COORD_SIZE], mgrs[DT_COORD_SIZE];
    dt_coord_decimal(decimal, p);
    const bool grid = dt_coord_mgrs(mgrs, p, mgrs_digits) == DT_OK;
    return json_pack("{s:f, s:f, s:s, s:s}", "lat", (double)p.lat_e7 / 1e7, "lon",
                     (double)p.lon_e7 / 1e7, "decimal", decimal, "mgrs", grid ? mgrs : "-");
}

static int32_t rounded(int32_t e7)
{
    return (e7 + (e7 >= 0 ? ROUND_E7 / 2 : -ROUND_E7 / 2)) / ROUND_E7 * ROUND_E7;
}

static json_t *ring_of(const struct dt_ring *ring, bool exact)
{
    json_t *out = json_array();
    for (size_t i = 0; i < ring->count; i++) {
        struct dt_point p = ring->points[i];
        if (!exact) {
            p = (struct dt_point){rounded(p.lat_e7), rounded(p.lon_e7)};
        }
        json_array_append_new(out, place(p, exact ? 5 : 3));
    }
    return out;
}

/* Without an end while a movement is overdue. */
static json_t *until_of(const json_t *item, const struct dt_body_notice *clear, struct dt_window w)
{
    const int64_t until = cli_until_now(item, clear, w);
    return until < DT_TIME_MAX_MS ? moment(until)
                                  : json_pack("{s:s, s:s}", "dtg", "OVERDUE / EN RETARD", "utc", "-");
}

static void put_height(json_t *v, const char *key, int32_t mm, enum dt_datum datum)
{
    char text[CLI_HEIGHT_SIZE];
    if (mm <= -DT_ALT_MAX_MM || mm >= DT_ALT_MAX_MM) {
        snprintf(text, sizeof text, "unlimited / illimité");
    } else {
        cli_height(text, mm, datum);
    }
    json_object_set_new(v, key, json_string(text));
}

static json_t *volume_of(const json_t *item, const struct dt_body_notice *clear,
                         const struct dt_notice_volume *volume, bool exact)
{
    static const char *const shapes[] = {"circle", "corridor", "polygon"};
    const struct dt_volume *s = &volume->shape;
    int64_t radius = s->radius_mm;
    if (!exact) { /* so that the rounded shape holds the true one */
        radius = (radius + ROUND_MM + ROUND_UP_MM - 1) / ROUND_UP_MM * ROUND_UP_MM;
    }
    json_t *rings = json_array();
    for (size_t r = 0; r < s->ring_count; r++) {
        json_array_append_new(rings, ring_of(&s->rings[r], exact));
    }
    json_t *v = json_pack("{s:s, s:o, s:o}", "shape", shapes[s->shape], "rings", rings, "radius_m",
                          cli_metres(radius));
    put_height(v, "low", s->alt_lo_mm, volume->datum);
    put_height(v, "high", s->alt_hi_mm, volume->datum);
    if (exact) {
        json_object_set_new(v, "from", moment(s->time.from_ms));
        json_object_set_new(v, "until", until_of(item, clear, s->time));
        json_object_set_new(v, "accuracy_m", cli_metres(volume->accuracy_mm));
    }
    return v;
}

static json_t *cells_of(const struct dt_body_notice *clear)
{
    json_t *cells = json_array();
    for (size_t i = 0; i < clear->cell_count; i++) {
        json_array_append_new(cells, place(dt_cell_corner(clear->cells[i]), 1));
    }
    return cells;
}

/* Whom it was told, the whole of it or, if it is `tiered`, as much as each was given; whoever holds the paper reads what is on it. */
static json_t *readers_of(const struct cli_line *line, const json_t *item)
{
    json_t *codes = json_array(), *code, *member;
    size_t i;
    json_array_append_new(codes, json_string(cli_str(item, "from")));
    json_array_foreach (json_object_get(item, "to"), i, code) {
        json_array_append(codes, code);
    }
    if (i == 0) {
        json_array_foreach (json_object_get(line->info, "members"), i, member) {
            if (strcmp(cli_str(member, "code"), cli_str(item, "from")) != 0) {
                json_array_append(codes, json_object_get(member, "code"));
            }
        }
    }
    return codes;
}

static void put_head(json_t *sheet, const struct cli_line *line, const json_t *item, enum tier tier)
{
    static const char *const as_said[] = {"id", "from", "class", "category", "request", "movement",
                                          "life"};
    char spoken[DT_SPOKEN_SIZE];
    for (size_t i = 0; i < sizeof as_said / sizeof as_said[0]; i++) {
        if (cli_has(item, as_said[i])) {
            json_object_set(sheet, as_said[i], json_object_get(item, as_said[i]));
        }
    }
    dt_record_id_spoken(spoken, cli_str(item, "id"));
    json_object_set_new(sheet, "spoken", json_string(spoken));
    json_object_set_new(sheet, "tier", json_string(tier_names[tier]));
    json_object_set(sheet, "line", json_object_get(line->info, "title"));
    json_object_set_new(sheet, "issued", moment(cli_int(item, "time")));
    json_object_set_new(sheet, "printed", moment(dt_now_ms()));
    json_object_set_new(sheet, "readers", readers_of(line, item));
    json_object_set(sheet, "tiered", json_object_get(item, "tiered"));
}

/* NULL after an error was said: the tier asks for what is not there. */
static json_t *compose(struct cli *c, const struct cli_line *line, const json_t *item, enum tier tier)
{
    static struct dt_geojson_notice n;
    bool exact;
    if (!cli_notice_parts(item, &n, &exact)) {
        cli_fail(c, DT_ERR_BAD_VALUE, "%s", cli_str(item, "id"));
        return NULL;
    }
    if (tier == TIER_EXACT && strcmp(cli_str(item, "tier"), "exact") != 0) {
        exact = false; /* a shape is what is told of it here */
    }
    if (tier >= TIER_SHAPE && !exact) {
        cli_fail(c, DT_ERR_NO_KEY, _("the shape cannot be read here; --tier cell or existence"));
        return NULL;
    }
    if (tier == TIER_CELL && n.clear.cell_count == 0 &&
        (!exact || dt_notice_cells(&n.clear, &n.plain) != DT_OK)) {
        cli_fail(c, DT_ERR_NO_KEY, _("the notice tells no cells; --tier existence"));
        return NULL;
    }
    json_t *sheet = json_object();
    put_head(sheet, line, item, tier);
    if (tier >= TIER_CELL) {
        const struct dt_window when =
            dt_notice_when(&n.clear, exact && tier == TIER_EXACT ? &n.plain : NULL);
        const int64_t longer = cli_has(item, "end_now") ? cli_int(item, "end_now") - n.clear.end_ms : 0;
        json_object_set_new(sheet, "start", moment(when.from_ms));
        json_object_set_new(sheet, "end", moment(when.until_ms + (longer > 0 ? longer : 0)));
        json_object_set_new(sheet, "delayed", json_boolean(longer > 0));
    }
    if (tier == TIER_CELL) {
        json_object_set_new(sheet, "cells", cells_of(&n.clear));
    }
    for (size_t i = 0; tier >= TIER_SHAPE && i < n.plain.volume_count; i++) {
        if (i == 0) {
            json_object_set_new(sheet, "volumes", json_array());
        }
        json_array_append_new(json_object_get(sheet, "volumes"),
                              volume_of(item, &n.clear, &n.plain.volumes[i], tier == TIER_EXACT));
    }
    if (tier == TIER_EXACT) {
        json_object_set_new(sheet, "title", json_string(n.plain.title));
        json_object_set_new(sheet, "contact", json_string(n.plain.contact));
        json_object_set_new(sheet, "text", json_stringn((const char *)n.plain.text.data, n.plain.text.size));
    }
    return sheet;
}

static bool tier_of(struct cli *c, enum tier *out)
{
    const char *name = cli_option(c, "tier");
    for (unsigned i = 0; i < TIERS; i++) {
        if (strcmp(name != NULL ? name : "cell", tier_names[i]) == 0) {
            *out = (enum tier)i;
            return true;
        }
    }
    cli_usage(c, _("--tier existence, cell, shape or exact"));
    return false;
}

/* By the end of the file's name; standard output gets text. NULL after a usage error. */
static const char *format_of(struct cli *c, const char *path)
{
    static const char *const formats[] = {"pdf", "svg", "png", "txt"};
    const char *end = strrchr(path, '.');
    if (strcmp(path, "-") == 0) {
        return "txt";
    }
    for (size_t i = 0; end != NULL && i < sizeof formats / sizeof formats[0]; i++) {
        if (strcmp(end + 1, formats[i]) == 0) {
            return formats[i];
        }
    }
    cli_usage(c, _("-o FILE.pdf, FILE.svg, FILE.png or FILE.txt"));
    return NULL;
}

json_t *cli_notice_item(struct cli *c, const char *id)
{
    struct dt_object o;
    json_t *reply = NULL;
    cli_begin(c, &o, "show");
    dt_obj_key(&o, "id");
    dt_obj_string(&o, id);
    dt_obj_key(&o, "shapes");
    dt_obj_bool(&o, true);
    if (!cli_put_line(c, &o) || !cli_ask(c, &o, &reply)) {
        return NULL;
    }
    json_t *item = json_incref(json_object_get(reply, "item"));
    json_decref(reply);
    if (strcmp(cli_str(item, "kind"), "NOTICE") != 0) {
        cli_fail(c, DT_ERR_WRONG_RECORD, "%s", id);
        json_decref(item);
        return NULL;
    }
    return item;
}

int cli_notice_sheet(struct cli *c)
{
    struct cli_line line;
    enum tier tier;
    const char *id = cli_word(c, 0, _("ID")), *path = cli_option(c, "output");
    path = path != NULL ? path : "-";
    const char *format = id != NULL && cli_words_end(c, 1) && tier_of(c, &tier) ? format_of(c, path) : NULL;
    if (format == NULL || !cli_line_for(c, &id, &line)) {
        return c->exit;
    }
    json_t *item = cli_notice_item(c, id);
    json_t *sheet = item != NULL ? compose(c, &line, item, tier) : NULL;
    struct cli_replace r;
    bool good = sheet != NULL && cli_replace_open(c, &r, path);
    if (good) {
        good = cli_draw(c, format, sheet, r.file);
        good = cli_replace_close(c, &r) && good;
    }
    json_decref(sheet);
    json_decref(item);
    return good ? CLI_DONE : c->exit;
}

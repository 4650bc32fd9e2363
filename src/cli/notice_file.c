/* SPDX-License-Identifier: ISC */
#include "cli/notice_file.h"
#include "cli/tiers.h"

#include <stdlib.h>

#include "cli/doubts.h"
#include "cli/plan.h"

/* One notice at a time, encoded for the node. Large, so not on the stack. */
struct dt_geojson_notice cli_notice;
static uint8_t clear_bytes[DT_BODY_MAX], plain_bytes[DT_SEALED_MAX];
static size_t clear_size, plain_size;

enum { PLACES_MAX = 256 };

/* --- reading a file ------------------------------------------------------------------------ */

static int fail_feature(struct cli *c, enum dt_err err, const struct dt_geojson_fault *fault)
{
    if (fault->feature == SIZE_MAX) {
        return cli_fail(c, err, fault->detail[0] != '\0' ? "%s" : NULL, fault->detail);
    }
    return cli_fail(c, err, fault->detail[0] != '\0' ? _("feature %zu: %s") : _("feature %zu%s"),
                    fault->feature, fault->detail);
}

/* What is known beside the file: where the line's notices are, what its charter asks for. */
void cli_notice_hints(struct cli *c, const struct cli_line *line, struct dt_geojson_hints *hints)
{
    static struct dt_point places[PLACES_MAX];
    static int64_t leads[DT_CATEGORY_MAX + 1];
    struct dt_object o;
    json_t *reply = NULL;
    const json_t *agreed = json_object_get(line->info, "leads");
    for (int i = 1; i <= DT_CATEGORY_MAX; i++) {
        leads[i] = json_integer_value(json_object_get(agreed, dt_category_name(i)));
    }
    hints->lead_ms = leads;
    hints->now_ms = cli_flag(c, "past") ? 0 : dt_now_ms();
    cli_begin(c, &o, "places");
    if (!cli_put_line(c, &o) || !cli_ask(c, &o, &reply)) {
        return; /* said; what follows needs the line too and ends there */
    }
    const json_t *numbers = json_object_get(reply, "places");
    hints->places = places;
    for (size_t i = 0; i + 1 < json_array_size(numbers) && hints->place_count < PLACES_MAX; i += 2) {
        places[hints->place_count++] =
            (struct dt_point){(int32_t)json_integer_value(json_array_get(numbers, i)),
                              (int32_t)json_integer_value(json_array_get(numbers, i + 1))};
    }
    json_decref(reply);
}

/* What the command line says of every feature that does not say it itself. */
static json_t *given_fields(const struct cli *c)
{
    static const char *const names[][2] = {
        {"category", "category"},   {"request", "request"},     {"title", "title"},
        {"start", "start"},         {"end", "end"},             {"radius", "radius"},
        {"width", "width"},         {"alt-lower", "alt_lower"}, {"alt-upper", "alt_upper"},
        {"alt-datum", "alt_datum"}, {"schedule", "schedule"},   {"speed", "speed"},
    };
    json_t *fields = json_object();
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const char *value = cli_option(c, names[i][0]);
        if (value != NULL) {
            json_object_set_new(fields, names[i][1], json_string(value));
        }
    }
    return fields;
}

static unsigned slips_confirmed(const struct cli *c)
{
    unsigned confirmed = 0;
    for (int i = 0; i < DT_DOUBT_COUNT; i++) {
        confirmed |= cli_flag(c, dt_doubt_option((enum dt_doubt)i)) ? 1u << i : 0;
    }
    return confirmed;
}

/* Opens the file and judges every feature before anything is sent. */
bool cli_notice_open(struct cli *c, const char *path, struct dt_geojson *g,
                     struct dt_geojson_hints *hints)
{
    uint8_t *text;
    size_t size;
    struct dt_geojson_fault fault;
    *hints = (struct dt_geojson_hints){.language = cli_option(c, "lang")};
    hints->confirmed = slips_confirmed(c);
    if (!cli_read_file(c, path, CLI_FILE_MAX, &text, &size)) {
        return false;
    }
    json_t *fields = given_fields(c);
    enum dt_err err = dt_plan_open(g, dt_span(text, size), fields, &fault);
    json_decref(fields);
    free(text);
    if (err != DT_OK) {
        fail_feature(c, err, &fault);
        return false;
    }
    for (size_t i = 0; i < g->count && err == DT_OK; i++) {
        err = dt_geojson_feature(&cli_notice, g, i, hints, &fault);
    }
    if (err != DT_OK) {
        fail_feature(c, err, &fault);
        dt_geojson_close(g);
    }
    return err == DT_OK;
}

/* The feature as clear and sealed part; `amended` may be NULL. */
bool cli_notice_encode(struct cli *c, const struct dt_geojson *g, size_t index,
                       const struct dt_geojson_hints *hints, const struct dt_ref *amended)
{
    struct dt_geojson_fault fault;
    enum dt_err err = dt_geojson_feature(&cli_notice, g, index, hints, &fault);
    if (err == DT_OK && amended != NULL) {
        cli_notice.clear.has_amended = true;
        cli_notice.clear.amended = *amended;
    }
    if (cli_flag(c, "no-cells")) {
        cli_notice.clear.cell_count = 0;
    }
    cli_notice.plain.has_tiers = false;
    if (err == DT_OK && cli_told_in_tiers) {
        fault.detail[0] = '\0';
        err = cli_tier_notice(&cli_notice);
    } else if (err == DT_OK) {
        dt_notice_tolerate(&cli_notice.clear, &cli_notice.plain);
    }
    if (err == DT_OK) {
        fault.detail[0] = '\0';
        err = dt_body_notice_encode(clear_bytes, sizeof clear_bytes, &clear_size, &cli_notice.clear);
    }
    if (err == DT_OK) {
        err = dt_notice_plain_encode(plain_bytes, sizeof plain_bytes, &plain_size, &cli_notice.plain,
                                     &cli_notice.clear);
    }
    if (err != DT_OK) {
        fail_feature(c, err, &fault);
    }
    return err == DT_OK;
}

struct dt_span cli_notice_body(void)
{
    return dt_span(clear_bytes, clear_size);
}

struct dt_span cli_notice_plain(void)
{
    return dt_span(plain_bytes, plain_size);
}

/* --- asking --------------------------------------------------------------------------------- */

void cli_notice_put(struct dt_object *o)
{
    dt_obj_key(o, "plain");
    dt_obj_bytes(o, cli_notice_plain());
    dt_obj_key(o, "body");
    dt_obj_bytes(o, cli_notice_body());
}

bool cli_notice_ask_check(struct cli *c, json_t **reply)
{
    struct dt_object o;
    cli_begin(c, &o, "check");
    cli_notice_put(&o);
    return cli_put_line(c, &o) && cli_ask(c, &o, reply);
}

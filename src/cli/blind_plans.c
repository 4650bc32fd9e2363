/* SPDX-License-Identifier: ISC */
/* Plans out of files, as cells (blind.h). */
#include <stdlib.h>
#include <string.h>

#include "cli/blind.h"
#include "cli/plan.h"
#include "view/rules.h"

static struct dt_geojson_notice notice; /* one at a time; large */
static uint64_t room[DT_BLIND_SIZE_MAX];

void cli_blind_plans_free(struct cli_blind_plans *plans)
{
    for (size_t i = 0; plans != NULL && i < plans->count; i++) {
        dt_wipe(plans->plan[i].cells, plans->plan[i].count * sizeof room[0]);
        free(plans->plan[i].cells);
    }
    dt_wipe(room, sizeof room);
    dt_wipe(&notice, sizeof notice);
    if (plans != NULL) {
        dt_wipe(plans, sizeof *plans);
    }
    free(plans);
}

/* The charter's separations: of the widest pair, so that no rule asks for more. */
static bool widest(struct cli *c, const struct cli_line *line, struct dt_separation *out)
{
    static struct dt_charter charter;
    struct dt_object o;
    struct dt_statement s;
    uint8_t *bytes = NULL;
    json_t *reply = NULL;
    cli_begin(c, &o, "heads");
    dt_obj_key(&o, "line");
    dt_obj_bytes(&o, dt_span(line->id, sizeof line->id));
    if (!cli_ask(c, &o, &reply)) {
        return false;
    }
    const size_t size = strlen(cli_str(reply, "charter")) / 2;
    bytes = malloc(size + 1);
    enum dt_err err = bytes == NULL ? DT_ERR_NO_MEMORY : DT_OK;
    if (err == DT_OK && !cli_bytes(reply, "charter", bytes, size)) {
        err = DT_ERR_BAD_VALUE;
    }
    err = err == DT_OK ? dt_statement_decode(&s, dt_span(bytes, size)) : err;
    err = err == DT_OK ? dt_charter_from_statement(&charter, &s) : err;
    if (err == DT_OK) {
        dt_rule_widest(out, &charter);
    } else {
        cli_fail(c, err, "charter");
    }
    json_decref(reply);
    free(bytes);
    return err == DT_OK;
}

static enum dt_err take(struct cli_blind_plans *out, const struct dt_blind_cells *set, size_t size)
{
    struct dt_blind_cells all = {out->all, DT_BLIND_SIZE_MAX, out->all_count};
    if (out->count == DT_BLIND_PLANS_MAX) {
        return DT_ERR_CAPACITY;
    }
    uint64_t *cells = malloc((set->count + 1) * sizeof *cells);
    if (cells == NULL) {
        return DT_ERR_NO_MEMORY;
    }
    memcpy(cells, set->cells, set->count * sizeof *cells);
    out->plan[out->count].cells = cells;
    out->plan[out->count].count = set->count;
    snprintf(out->plan[out->count].title, sizeof out->plan[0].title, "%s",
             notice.plain.title[0] != '\0' ? notice.plain.title : "-");
    out->count++;
    for (size_t i = 0; i < set->count; i++) { /* merged one by one: they are few */
        if (all.count == all.capacity) {
            dt_blind_cells_sort(&all);
        }
        if (all.count == all.capacity) {
            return DT_ERR_CAPACITY;
        }
        all.cells[all.count++] = set->cells[i];
    }
    dt_blind_cells_sort(&all);
    out->all_count = all.count;
    return all.count <= size ? DT_OK : DT_ERR_CAPACITY;
}

static int fail(struct cli *c, const char *path, enum dt_err err, const struct dt_geojson_fault *fault)
{
    if (err == DT_ERR_CAPACITY) {
        return cli_fail(c, err, _("%s: more cells than the list has places; ask with a larger --size, a "
                                  "longer --slot, or fewer plans"),
                        path);
    }
    return cli_fail(c, err, "%s: %s", path, fault->detail);
}

static bool read_file(struct cli *c, const char *path, const struct dt_separation *separation,
                      uint32_t slot_ms, size_t size, struct cli_blind_plans *out)
{
    const struct dt_geojson_hints hints = {.confirmed = cli_slips_confirmed(c)};
    struct dt_geojson_fault fault = {SIZE_MAX, ""};
    struct dt_geojson g;
    uint8_t *text;
    size_t text_size;
    if (!cli_read_file(c, path, CLI_FILE_MAX, &text, &text_size)) {
        return false;
    }
    enum dt_err err = dt_plan_open(&g, dt_span(text, text_size), NULL, &fault);
    dt_wipe(text, text_size);
    free(text);
    if (err != DT_OK) {
        fail(c, path, err, &fault);
        return false;
    }
    for (size_t i = 0; i < g.count && err == DT_OK; i++) {
        struct dt_blind_cells set = {room, DT_BLIND_SIZE_MAX, 0};
        fault.detail[0] = '\0';
        err = dt_geojson_feature(&notice, &g, i, &hints, &fault);
        err = err == DT_OK ? dt_blind_cover(&set, &notice.plain, separation, slot_ms) : err;
        err = err == DT_OK ? take(out, &set, size) : err;
    }
    dt_geojson_close(&g);
    if (err != DT_OK) {
        fail(c, path, err, &fault);
    }
    return err == DT_OK;
}

bool cli_blind_read_plans(struct cli *c, const struct cli_line *line, size_t first, uint32_t slot_ms,
                          size_t size, struct cli_blind_plans *out)
{
    struct dt_separation separation;
    if (cli_word(c, first, _("FILE")) == NULL || !widest(c, line, &separation)) {
        return false;
    }
    for (size_t i = first; i < c->word_count; i++) {
        if (!read_file(c, c->words[i], &separation, slot_ms, size, out)) {
            return false;
        }
    }
    return true;
}

/* SPDX-License-Identifier: ISC */
/* Plans, out of files or as the node keeps them, as cells (blind.h). */
#include <stdlib.h>
#include <string.h>

#include "cli/blind.h"
#include "cli/notice_file.h"
#include "view/rules.h"

static uint64_t room[DT_BLIND_SIZE_MAX];

void cli_blind_plans_free(struct cli_blind_plans *plans)
{
    for (size_t i = 0; plans != NULL && i < plans->count; i++) {
        dt_wipe(plans->plan[i].cells, plans->plan[i].count * sizeof room[0]);
        free(plans->plan[i].cells);
    }
    dt_wipe(room, sizeof room);
    dt_wipe(&cli_notice, sizeof cli_notice);
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

static enum dt_err take(struct cli_blind_plans *out, const struct dt_notice_plain *plain,
                        const struct dt_blind_cells *set, size_t size)
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
             plain->title[0] != '\0' ? plain->title : "-");
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

static bool add(struct cli *c, const char *from, const struct dt_notice_plain *plain,
                const struct dt_separation *separation, uint32_t slot_ms, size_t size,
                struct cli_blind_plans *out)
{
    struct dt_blind_cells set = {room, DT_BLIND_SIZE_MAX, 0};
    enum dt_err err = dt_blind_cover(&set, plain, separation, slot_ms);
    err = err == DT_OK ? take(out, plain, &set, size) : err;
    if (err == DT_ERR_CAPACITY) {
        cli_fail(c, err, _("%s: more cells than the list has places; ask with a larger --size, a "
                           "longer --slot, or fewer plans"),
                 from);
    } else if (err != DT_OK) {
        cli_fail(c, err, "%s", from);
    }
    return err == DT_OK;
}

static bool read_file(struct cli *c, const struct cli_line *line, const char *path,
                      const struct dt_separation *separation, uint32_t slot_ms, size_t size,
                      struct cli_blind_plans *out)
{
    struct dt_geojson g;
    struct dt_geojson_hints hints;
    if (!cli_notice_open(c, path, &g, &hints)) {
        return false;
    }
    cli_notice_hints(c, line, &hints);
    bool good = true;
    for (size_t i = 0; i < g.count && good; i++) {
        good = cli_notice_encode(c, &g, i, &hints, NULL) &&
               add(c, path, &cli_notice.plain, separation, slot_ms, size, out);
    }
    dt_geojson_close(&g);
    return good;
}

/* One plan that the node keeps (`plan add`), as it gives it to an officer. */
static bool read_kept(struct cli *c, const json_t *plan, const struct dt_separation *separation,
                      uint32_t slot_ms, size_t size, struct cli_blind_plans *out)
{
    static uint8_t clear[DT_BODY_MAX], plain[DT_SEALED_MAX];
    const size_t clear_size = strlen(cli_str(plan, "clear")) / 2, plain_size = strlen(cli_str(plan, "plain")) / 2;
    enum dt_err err = DT_ERR_BAD_VALUE;
    if (clear_size <= sizeof clear && plain_size <= sizeof plain && cli_bytes(plan, "clear", clear, clear_size) &&
        cli_bytes(plan, "plain", plain, plain_size)) {
        err = dt_body_notice_decode(&cli_notice.clear, dt_span(clear, clear_size));
        err = err == DT_OK ? dt_notice_plain_decode(&cli_notice.plain, dt_span(plain, plain_size), &cli_notice.clear)
                           : err;
    }
    bool good = err == DT_OK;
    if (good) {
        good = add(c, cli_str(plan, "name"), &cli_notice.plain, separation, slot_ms, size, out);
    } else {
        cli_fail(c, err, "%s", cli_safe(cli_str(plan, "name")));
    }
    dt_wipe(plain, sizeof plain);
    return good;
}

/* All plans kept for this line. */
static bool read_all_kept(struct cli *c, const struct cli_line *line, const struct dt_separation *separation,
                          uint32_t slot_ms, size_t size, struct cli_blind_plans *out)
{
    struct dt_object o;
    json_t *reply = NULL, *plan;
    size_t i;
    bool good = true;
    cli_begin(c, &o, "plans");
    dt_obj_key(&o, "shapes");
    dt_obj_bool(&o, true);
    if (!cli_ask(c, &o, &reply)) {
        return false;
    }
    json_array_foreach (json_object_get(reply, "items"), i, plan) {
        if (good && strcmp(cli_str(plan, "line"), line->tag) == 0) {
            good = read_kept(c, plan, separation, slot_ms, size, out);
        }
    }
    json_decref(reply);
    if (good && out->count == 0) {
        cli_usage(c, _("give a FILE with plans: none is kept here for this line (detente plan add)"));
    }
    return good && out->count > 0;
}

bool cli_blind_read_plans(struct cli *c, const struct cli_line *line, size_t first, uint32_t slot_ms,
                          size_t size, struct cli_blind_plans *out)
{
    struct dt_separation separation;
    if (!widest(c, line, &separation)) {
        return false;
    }
    if (first >= c->word_count) {
        return read_all_kept(c, line, &separation, slot_ms, size, out);
    }
    for (size_t i = first; i < c->word_count; i++) {
        if (!read_file(c, line, c->words[i], &separation, slot_ms, size, out)) {
            return false;
        }
    }
    return true;
}

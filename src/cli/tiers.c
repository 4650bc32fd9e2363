/* SPDX-License-Identifier: ISC */
#include "cli/tiers.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/try.h"
#include "view/tier.h"

bool cli_told_in_tiers;

/* Addressees exact, the others the cells: what a notice without tiers tells too. */
static bool set_defaults(struct cli *c, const struct cli_line *line, uint8_t *tiers, int others)
{
    struct dt_header h;
    const struct cli_append a = {.line = line, .kind = DT_KIND_NOTICE, .to = cli_option(c, "to")};
    if (!cli_make_header(c, &a, &h)) {
        return false;
    }
    for (unsigned m = 0; m < DT_MEMBERS_MAX; m++) {
        bool addressed = h.to_count == 0 || m == (unsigned)cli_int(line->info, "me");
        for (size_t i = 0; i < h.to_count; i++) {
            addressed = addressed || h.to[i] == m;
        }
        tiers[m] = (uint8_t)(addressed ? DT_TIER_EXACT : others);
    }
    return true;
}

/* One "CODE=TIER"; `others` gets that of the name others, in the first of two passes. */
static bool take_one(struct cli *c, const struct cli_line *line, const char *at, size_t size,
                     uint8_t *tiers, int *others)
{
    char code[DT_CODE_MAX + 8] = "", word[16] = "";
    const char *equals = memchr(at, '=', size);
    const size_t head = equals != NULL ? (size_t)(equals - at) : size;
    const size_t tail = equals != NULL ? size - head - 1 : 0;
    if (head < sizeof code && tail < sizeof word && equals != NULL) {
        memcpy(code, at, head);
        memcpy(word, equals + 1, tail);
    }
    const int tier = dt_tier_find_name(word);
    if (tier < 0) {
        cli_usage(c, _("--tier is CODE=existence, CODE=cell, CODE=shape or CODE=exact, commas "
                       "between; others=TIER for those not named"));
        return false;
    }
    if (strcasecmp(code, "others") == 0) {
        *others = tier;
        return true;
    }
    const int member = cli_member(line, code);
    if (member < 0 || member >= DT_MEMBERS_MAX) {
        cli_no_member(c, line, code);
        return false;
    }
    if (tiers != NULL) {
        tiers[member] = (uint8_t)tier;
    }
    return true;
}

static bool each(struct cli *c, const struct cli_line *line, uint8_t *tiers, int *others)
{
    const char *text;
    for (size_t i = 0; (text = cli_option_at(c, "tier", i)) != NULL; i++) {
        for (const char *at = text; *at != '\0';) {
            const size_t size = strcspn(at, ",");
            if (!take_one(c, line, at, size, tiers, others)) {
                return false;
            }
            at += size + (at[size] == ',');
        }
    }
    return true;
}

bool cli_tiers(struct cli *c, const struct cli_line *line, uint8_t tiers[static DT_MEMBERS_MAX],
               bool *told)
{
    int others = DT_TIER_CELL;
    *told = cli_option(c, "tier") != NULL;
    if (!*told) {
        return true;
    }
    if (!each(c, line, NULL, &others) || !set_defaults(c, line, tiers, others) ||
        !each(c, line, tiers, &others)) {
        return false;
    }
    tiers[cli_int(line->info, "me")] = DT_TIER_EXACT;
    return true;
}

struct steps {
    struct dt_notice_plain shape;
    struct dt_body_notice cells;
    uint8_t shape_bytes[DT_SEALED_MAX], cell_bytes[DT_BODY_MAX];
};

static enum dt_err name_steps(struct dt_geojson_notice *notice, struct steps *s)
{
    size_t shape = 0, cell = 0;
    DT_TRY(dt_tier_shape(&s->shape, &notice->plain, &notice->clear));
    s->cells = notice->clear;
    dt_tier_cells(&s->cells, &s->shape);
    DT_TRY(dt_tier_cells_encode(s->cell_bytes, sizeof s->cell_bytes, &cell, &s->cells));
    DT_TRY(dt_notice_plain_encode(s->shape_bytes, sizeof s->shape_bytes, &shape, &s->shape,
                                  &notice->clear));
    dt_tier_digest(notice->plain.tiers, dt_span(s->cell_bytes, cell),
                   dt_span(s->shape_bytes, shape));
    notice->plain.has_tiers = true;
    return DT_OK;
}

enum dt_err cli_tier_notice(struct dt_geojson_notice *notice)
{
    struct steps *s = malloc(sizeof *s);
    const struct dt_window w = dt_tier_clear_window(
        (struct dt_window){notice->clear.start_ms, notice->clear.end_ms});
    if (s == NULL) {
        return DT_ERR_NO_MEMORY;
    }
    notice->clear.cell_count = 0;
    notice->clear.start_ms = w.from_ms;
    notice->clear.end_ms = w.until_ms;
    const enum dt_err err = name_steps(notice, s);
    dt_wipe(s, sizeof *s);
    free(s);
    return err;
}

void cli_show_tiers(const struct cli_line *line, const uint8_t *tiers)
{
    static const char *const says[DT_TIERS] = {
        N_("  existence (category, request, days):"),
        N_("  cells of 0.1 degree and hours:"),
        N_("  a shape drawn on 0.01 degree, bands of 100 m, quarters of an hour:"),
        N_("  everything, exactly:"),
    };
    for (int tier = DT_TIER_EXACT; tier >= 0; tier--) {
        size_t i, count = 0;
        json_t *member;
        json_array_foreach (json_object_get(line->info, "members"), i, member) {
            if (tiers[i] == tier && (json_int_t)i != cli_int(line->info, "me")) {
                printf("%s %s", count++ == 0 ? _(says[tier]) : "", cli_safe(cli_str(member, "code")));
            }
        }
        if (count > 0) {
            putchar('\n');
        }
    }
}

/* SPDX-License-Identifier: ISC */
/* What was understood of a notice, in more than one notation: read back before it is released,
 * so that a wrong place, height or time is seen by whoever meant another (cli.h). */
#include "base/utc.h"
#include "cli/features.h"
#include "geo/coord.h"

static void show_heights(const struct dt_notice_volume *v)
{
    char low[CLI_HEIGHT_SIZE], high[CLI_HEIGHT_SIZE];
    cli_height(low, v->shape.alt_lo_mm, v->datum);
    cli_height(high, v->shape.alt_hi_mm, v->datum);
    const bool bottom = v->shape.alt_lo_mm > -DT_ALT_MAX_MM, top = v->shape.alt_hi_mm < DT_ALT_MAX_MM;
    printf(_("    height: %s to %s\n"), bottom ? low : _("no limit"), top ? high : _("no limit"));
}

static void show_times(const struct dt_notice_volume *v)
{
    char from[DT_DTG_SIZE], until[DT_DTG_SIZE];
    dt_dtg_text(from, v->shape.time.from_ms);
    dt_dtg_text(until, v->shape.time.until_ms);
    printf(_("    time: %s to %s"), from, until);
    if (v->every_ms > 0) {
        printf(_(", %lld min every %lld h"), (long long)(v->length_ms / 60000),
               (long long)(v->every_ms / 3600000));
    }
    if (v->shape.legs != NULL) {
        printf(_(", each leg with its own"));
    }
    putchar('\n');
}

static void show_place(const struct dt_notice_volume *v)
{
    char dms[DT_COORD_SIZE], mgrs[DT_COORD_SIZE];
    const struct dt_point at = v->shape.rings[0].points[0];
    dt_coord_dms(dms, at);
    if (dt_coord_mgrs(mgrs, at, 5) != DT_OK) {
        mgrs[0] = '\0';
    }
    const double metres = v->shape.radius_mm / 1000.0;
    if (v->shape.shape == DT_SHAPE_CIRCLE) {
        printf(_("  %.0f m around %s  %s\n"), metres, dms, mgrs);
    } else if (v->shape.shape == DT_SHAPE_CORRIDOR) {
        printf(_("  a line of %zu positions, %.0f m to each side, from %s  %s\n"),
               v->shape.rings[0].count, metres, dms, mgrs);
    } else {
        printf(_("  an area of %zu corners, the first at %s  %s\n"), v->shape.rings[0].count - 1, dms,
               mgrs);
    }
}

void cli_show_volumes(const struct dt_notice_plain *plain)
{
    for (size_t i = 0; i < plain->volume_count; i++) {
        show_place(&plain->volumes[i]);
        show_heights(&plain->volumes[i]);
        show_times(&plain->volumes[i]);
    }
    for (size_t i = 0; i < plain->detail_count; i++) {
        const struct dt_notice_detail *d = &plain->details[i];
        char text[DT_DETAIL_TEXT_MAX + 1];
        snprintf(text, sizeof text, "%.*s", (int)d->text.size, (const char *)d->text.data);
        printf("  %s: %s\n", dt_detail_name((int64_t)d->field), cli_safe(text));
    }
}

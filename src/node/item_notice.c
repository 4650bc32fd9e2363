/* SPDX-License-Identifier: ISC */
/* A NOTICE as clients see it: as far as it opens here. */
#include <stdlib.h>

#include "node/tiers.h"
#include "view/tier.h"

/* Both parts as they are: what a client needs to draw. Where only cells open, the clear part
 * with them in it. */
static void put_parts(struct dt_object *o, struct dt_span body,
                      const struct dt_side_memory *memory, const struct dt_told *told,
                      struct dt_span plain)
{
    uint8_t *bytes = malloc(DT_BODY_MAX);
    size_t size = 0;
    dt_obj_key(o, "clear");
    if (bytes != NULL && told->tiered && told->tier == DT_TIER_CELL &&
        dt_body_notice_encode(bytes, DT_BODY_MAX, &size, &memory->clear) == DT_OK) {
        dt_obj_bytes(o, dt_span(bytes, size));
    } else {
        dt_obj_bytes(o, body);
    }
    free(bytes);
    if (plain.size > 0) {
        dt_obj_key(o, "plain");
        dt_obj_bytes(o, plain);
    }
}

static void put_details(struct dt_object *o, const struct dt_notice_plain *plain)
{
    if (plain->contact[0] != '\0') {
        dt_put_string(o, "contact", plain->contact);
    }
    if (plain->detail_count == 0) {
        return;
    }
    dt_obj_key(o, "details");
    dt_obj_map(o);
    for (size_t i = 0; i < plain->detail_count; i++) {
        const struct dt_notice_detail *d = &plain->details[i];
        if (d->field <= DT_DETAIL_MAX) { /* later ones have no name here */
            dt_obj_key(o, dt_detail_name((int64_t)d->field));
            dt_obj_text(o, d->text);
        }
    }
    dt_obj_end(o);
}

static void put_plain(struct dt_object *o, const struct dt_notice_plain *plain, bool exact)
{
    if (exact) {
        dt_put_string(o, "title", plain->title);
    }
    dt_put_uint(o, "volumes", plain->volume_count);
    dt_put_int(o, "lat", plain->points[0].lat_e7); /* its first position */
    dt_put_int(o, "lon", plain->points[0].lon_e7);
    dt_put_text(o, plain->text);
    put_details(o, plain);
}

/* Fills `memory` from `plain` where it is given; else from whatever opens. */
static bool read_notice(struct dt_line *line, const struct dt_fact *fact, struct dt_span body,
                        struct dt_span plain, struct dt_side_memory *memory,
                        struct dt_told *told)
{
    *told = (struct dt_told){.tiered = dt_tier_has_parts(body)};
    if (plain.size == 0 && told->tiered && !line->node->withhold) {
        return dt_line_told(line, fact->wid, fact->seq, body, memory, told);
    }
    if (dt_body_notice_decode(&memory->clear, body) != DT_OK) {
        return false;
    }
    told->plain = plain.size > 0 && dt_notice_plain_decode(&memory->plain, plain,
                                                           &memory->clear) == DT_OK;
    told->tier = told->plain                     ? DT_TIER_EXACT
                 : memory->clear.cell_count > 0 ? DT_TIER_CELL
                                                : DT_TIER_EXISTENCE;
    return true;
}

void dt_item_notice(struct dt_object *o, struct dt_line *line, const struct dt_fact *fact,
                    struct dt_span body, struct dt_span plain)
{
    struct dt_side_memory *memory = calloc(1, sizeof *memory);
    struct dt_told told;
    if (memory == NULL || !read_notice(line, fact, body, plain, memory, &told)) {
        free(memory);
        return;
    }
    const struct dt_body_notice *clear = &memory->clear;
    dt_put_string(o, "category", dt_category_name(clear->category));
    dt_put_string(o, "request", dt_request_name(clear->request));
    const bool exact = told.plain && told.tier == DT_TIER_EXACT;
    const struct dt_window when = dt_notice_when(clear, exact ? &memory->plain : NULL);
    dt_put_int(o, "start", when.from_ms);
    dt_put_int(o, "end", when.until_ms);
    dt_put_bool(o, "movement", clear->movement);
    dt_put_string(o, "source", clear->source);
    dt_put_string(o, "tier", dt_tier_name((int64_t)told.tier));
    dt_put_bool(o, "tiered", told.tiered);
    if (told.tiered && !line->node->withhold) {
        dt_put_bool(o, "parts_fit", dt_line_parts_fit(line, fact->wid, fact->seq, body) == DT_OK);
    }
    if (told.plain) {
        put_plain(o, &memory->plain, told.tier == DT_TIER_EXACT);
    }
    if (line->node->shapes) {
        size_t size = plain.size;
        const uint8_t *bytes = plain.data;
        if (told.tier == DT_TIER_SHAPE) { /* the map that was opened, without its padding */
            (void)!dt_cbor_check_first(dt_span(memory->opened, DT_SEALED_MAX), &size);
            bytes = memory->opened;
        }
        put_parts(o, body, memory, &told, dt_span(bytes, size));
    }
    dt_wipe(memory, sizeof *memory);
    free(memory);
}

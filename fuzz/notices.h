/* SPDX-License-Identifier: ISC */
/* notices - what every target that reads notices holds them to: one that is taken can be sent,
 * read again and drawn; one that is not has words that say why, of a length that fits. */
#ifndef DT_FUZZ_NOTICES_H
#define DT_FUZZ_NOTICES_H

#include <stdlib.h>
#include <string.h>

#include "cli/drawing.h"
#include "cli/geojson.h"

static struct dt_geojson_notice notice;
static struct dt_notice_plain plain;
static uint8_t bytes[DT_BODY_MAX], sealed[DT_SEALED_MAX];

static void must(bool holds)
{
    if (!holds) {
        abort();
    }
}

static void check_notice(void)
{
    size_t used = 0;
    struct dt_body_notice clear;
    must(dt_body_notice_encode(bytes, sizeof bytes, &used, &notice.clear) == DT_OK);
    must(dt_body_notice_decode(&clear, dt_span(bytes, used)) == DT_OK);
    must(dt_notice_plain_encode(sealed, sizeof sealed, &used, &notice.plain, &clear) == DT_OK);
    must(dt_notice_plain_decode(&plain, dt_span(sealed, used), &clear) == DT_OK);
    must(plain.volume_count == notice.plain.volume_count && plain.volume_count > 0);
    json_t *drawn = cli_drawing(&plain.volumes[0].shape);
    must(json_array_size(json_object_get(drawn, "coordinates")) > 0);
    json_decref(drawn);
}

static void check_fault(const struct dt_geojson_fault *fault)
{
    must(memchr(fault->detail, '\0', sizeof fault->detail) != NULL);
}

/* The first features of what was opened; closes it. */
static void check_notices(struct dt_geojson *g, const struct dt_geojson_hints *hints,
                          struct dt_geojson_fault *fault)
{
    for (size_t i = 0; i < g->count && i < 8; i++) {
        if (dt_geojson_feature(&notice, g, i, hints, fault) == DT_OK) {
            check_notice();
        } else {
            check_fault(fault);
        }
    }
    dt_geojson_close(g);
}

#endif

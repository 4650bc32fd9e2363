/* SPDX-License-Identifier: ISC */
/*
 * GeoJSON as people hand it in. Property: whatever becomes a notice can be sent: its clear
 * part encodes, and so does its sealed part, and both are read again; whatever does not, has
 * words that say why, of a length that fits.
 */
#include <stdlib.h>
#include <string.h>

#include "cli/geojson.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

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
}

static void check_fault(const struct dt_geojson_fault *fault)
{
    must(memchr(fault->detail, '\0', sizeof fault->detail) != NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct dt_geojson_fault fault;
    struct dt_geojson g;
    struct dt_geojson_hints hints = {.language = "en", .has_middle = true,
                                     .middle = {362000000, 371000000}};
    if (size == 0) {
        return 0;
    }
    hints.places_are_right = data[0] == ' ';
    memset(&fault, 0, sizeof fault);
    if (dt_geojson_open(&g, dt_span(data, size), &fault) != DT_OK) {
        check_fault(&fault);
        return 0;
    }
    for (size_t i = 0; i < g.count && i < 8; i++) {
        if (dt_geojson_feature(&notice, &g, i, &hints, &fault) == DT_OK) {
            check_notice();
        } else {
            check_fault(&fault);
        }
    }
    dt_geojson_close(&g);
    return 0;
}

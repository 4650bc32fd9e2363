/* SPDX-License-Identifier: ISC */
/*
 * Whatever people hand in, in any format that is read. Property: whatever becomes a notice
 * can be sent and is read again; whatever does not, has words that say why, of a length that
 * fits.
 */
#include <stdlib.h>
#include <string.h>

#include "cli/plan.h"

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
    static json_t *fields;
    struct dt_geojson g;
    struct dt_geojson_hints hints = {.language = "en", .has_middle = true,
                                     .middle = {362000000, 371000000}};
    if (size == 0) {
        return 0;
    }
    if (fields == NULL) { /* what a reader's texts lack, so that their places are judged too */
        fields = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s}", "category", "STATIC", "request",
                           "INFORM_ONLY", "title", "x", "start", "2026-02-26T08:00Z", "end",
                           "261200ZFEB26", "radius", "500 m", "width", "1 NM");
    }
    hints.places_are_right = true;
    memset(&fault, 0, sizeof fault);
    if (dt_plan_open(&g, dt_span(data, size), fields, &fault) != DT_OK) {
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

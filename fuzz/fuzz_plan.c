/* SPDX-License-Identifier: ISC */
/*
 * Whatever people hand in, in any format that is read. Property: whatever becomes a notice
 * can be sent and is read again; whatever does not, has words that say why, of a length that
 * fits.
 */
#include "cli/plan.h"
#include "notices.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct dt_geojson_fault fault;
    static json_t *fields;
    struct dt_geojson g;
    static const struct dt_point near = {362000000, 371000000};
    struct dt_geojson_hints hints = {.language = "en", .places = &near, .place_count = 1};
    if (size == 0) {
        return 0;
    }
    if (fields == NULL) { /* what a reader's texts lack, so that their places are judged too */
        fields = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s}", "category", "STATIC", "request",
                           "INFORM_ONLY", "title", "x", "start", "2026-02-26T08:00Z", "end",
                           "261200ZFEB26", "radius", "500 m", "width", "1 NM");
    }
    hints.confirmed = ~0u;
    memset(&fault, 0, sizeof fault);
    if (dt_plan_open(&g, dt_span(data, size), fields, &fault) != DT_OK) {
        check_fault(&fault);
        return 0;
    }
    check_notices(&g, &hints, &fault);
    return 0;
}

/* SPDX-License-Identifier: ISC */
/*
 * GeoJSON as people hand it in. Property: whatever becomes a notice can be sent: its clear
 * part encodes, and so does its sealed part, and both are read again; whatever does not, has
 * words that say why, of a length that fits.
 */
#include "notices.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct dt_geojson_fault fault;
    struct dt_geojson g;
    static const struct dt_point near = {362000000, 371000000};
    struct dt_geojson_hints hints = {.language = "en", .places = &near, .place_count = 1};
    if (size == 0) {
        return 0;
    }
    hints.confirmed = data[0] == ' ' ? ~0u : 0;
    memset(&fault, 0, sizeof fault);
    if (dt_geojson_open(&g, dt_span(data, size), &fault) != DT_OK) {
        check_fault(&fault);
        return 0;
    }
    check_notices(&g, &hints, &fault);
    return 0;
}

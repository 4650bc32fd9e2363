/* SPDX-License-Identifier: ISC */
/*
 * fuzz_coord - the coordinate parser and the volume check on arbitrary bytes.
 *
 * The first byte chooses. Even: the rest is a text; what parses must be in range
 * and survive being written and read again. Odd: the rest is a volume; what passes
 * the check must be measurable against itself at distance 0 and be covered by
 * cells. Build: clang -fsanitize=fuzzer,address,undefined with the library.
 */
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "geo/cells.h"
#include "geo/conflict.h"
#include "geo/coord.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void demand(bool holds)
{
    if (!holds) {
        abort();
    }
}

static bool same(struct dt_point a, struct dt_point b)
{
    return a.lat_e7 == b.lat_e7 && a.lon_e7 == b.lon_e7;
}

static void fuzz_text(const uint8_t *data, size_t size)
{
    char text[DT_COORD_TEXT_MAX + 8];
    char out[DT_COORD_SIZE];
    struct dt_point point;
    struct dt_point again;
    uint32_t square;
    size = size < sizeof text - 1 ? size : sizeof text - 1;
    memcpy(text, data, size);
    text[size] = '\0';
    if (dt_coord_parse(&point, &square, text) != DT_OK) {
        return;
    }
    demand(point.lat_e7 >= -DT_LAT_MAX_E7 && point.lat_e7 <= DT_LAT_MAX_E7);
    demand(point.lon_e7 >= -DT_LON_MAX_E7 && point.lon_e7 <= DT_LON_MAX_E7);
    dt_coord_decimal(out, point);
    demand(dt_coord_parse(&again, &square, out) == DT_OK && same(point, again));
    dt_coord_dms(out, point);
    demand(dt_coord_parse(&again, &square, out) == DT_OK && same(point, again));
    if (dt_coord_mgrs(out, point, (unsigned)(size % 6)) == DT_OK) {
        demand(dt_coord_parse(&again, &square, out) == DT_OK);
    }
}

static struct dt_point read_point(struct dt_reader *r, bool local)
{
    if (local) { /* small differences find more shapes that pass */
        const int32_t lat = (int16_t)dt_read_u16(r);
        const int32_t lon = (int16_t)dt_read_u16(r);
        return (struct dt_point){360000000 + lat * 100, 1800000000 - 3000000 + lon * 90};
    }
    const int32_t lat = (int32_t)dt_read_u32(r);
    return (struct dt_point){lat, (int32_t)dt_read_u32(r)};
}

static void fuzz_volume(const uint8_t *data, size_t size)
{
    static struct dt_point points[4][DT_RING_MAX + 1];
    static struct dt_window legs[DT_RING_MAX + 1];
    static uint32_t cells[64];
    struct dt_ring rings[4];
    struct dt_reader r = dt_reader(dt_span(data, size));
    const uint8_t kind = dt_read_u8(&r);
    struct dt_volume v = {
        .shape = (enum dt_shape)(kind % 4), .rings = rings, .ring_count = kind / 4 % 5};
    v.ring_count = v.ring_count > 4 ? 4 : v.ring_count;
    v.legs = kind & 0x40 ? legs : NULL;
    v.radius_mm = dt_read_u32(&r);
    v.time.from_ms = (int64_t)dt_read_u16(&r);
    v.time.until_ms = (int64_t)dt_read_u16(&r);
    v.alt_lo_mm = (int32_t)dt_read_u32(&r);
    v.alt_hi_mm = (int32_t)dt_read_u32(&r);
    for (size_t k = 0; k < v.ring_count; k++) {
        rings[k] = (struct dt_ring){points[k], dt_read_u16(&r) % (DT_RING_MAX + 2)};
        for (size_t i = 0; i < rings[k].count; i++) {
            points[k][i] = read_point(&r, kind & 0x80);
            legs[i] = v.time;
        }
        if (rings[k].count > 1 && v.shape == DT_SHAPE_POLYGON && (kind & 0x80) != 0) {
            points[k][rings[k].count - 1] = points[k][0];
        }
    }
    if (dt_volume_check(&v) != DT_OK) {
        return;
    }
    struct dt_distance d;
    dt_distance(&v, &v, &d);
    demand(d.core_mm == 0 && d.mm == 0);
    struct dt_conflict conflict;
    const struct dt_separation separation = {0, 0, 0};
    demand(dt_conflict_check(&v, &v, &separation, &conflict) == DT_CONFLICT);
    size_t count;
    demand(dt_volume_cells(cells, 64, &count, &v) != DT_OK || count > 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > 0) {
        (data[0] % 2 == 0 ? fuzz_text : fuzz_volume)(data + 1, size - 1);
    }
    return 0;
}

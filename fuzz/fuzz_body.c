/* SPDX-License-Identifier: ISC */
/* Any bytes as header and body become a fact, or a named reason; any bytes as a notice's
 * plaintext are refused by name or written back the same in meaning. First two bytes:
 * kind and length of the header; with kind 0 the header is taken as it is. */
#include <stdlib.h>
#include <string.h>

#include "view/disclose.h"
#include "view/fact.h"
#include "view/height.h"
#include "view/notice.h"
#include "view/tier.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct dt_charter charter;

static void try_record(unsigned kind, struct dt_span header, struct dt_span body)
{
    struct dt_fact fact;
    uint8_t made[DT_HEADER_MAX];
    struct dt_header h = {.version = DT_VERSION, .kind = kind};
    if (kind != 0) {
        size_t size = 0;
        if (dt_header_encode(made, &size, &h, body) != DT_OK) {
            return;
        }
        header = dt_span(made, size);
    }
    if (dt_fact_from_record(&fact, &charter, 0, kind == DT_KIND_OPEN ? 0 : 1, header, body, NULL) !=
            DT_OK ||
        fact.err >= DT_ERR_COUNT || fact.officer_valid || (fact.err != DT_OK && fact.has_target)) {
        abort();
    }
}

/* Windows are apart, ascending, within the volume, and no more than there is room for. */
static void check_windows(const struct dt_notice_plain *plain)
{
    static struct dt_window w[DT_NOTICE_WINDOWS_MAX];
    for (size_t i = 0; i < plain->volume_count; i++) {
        const struct dt_notice_volume *v = &plain->volumes[i];
        const size_t count = dt_notice_windows(w, v, plain->volume_count);
        const struct dt_height_band sea = dt_height_over_sea(
            (struct dt_height_band){v->shape.alt_lo_mm, v->shape.alt_hi_mm}, v->datum);
        if (count == 0 || count > DT_NOTICE_WINDOWS_MAX / plain->volume_count ||
            w[0].from_ms != v->shape.time.from_ms || w[count - 1].until_ms > v->shape.time.until_ms ||
            sea.lower_mm > v->shape.alt_lo_mm || sea.upper_mm < v->shape.alt_hi_mm) {
            abort();
        }
        for (size_t k = 0; k < count; k++) {
            if (w[k].from_ms >= w[k].until_ms || (k > 0 && w[k].from_ms <= w[k - 1].until_ms)) {
                abort();
            }
        }
    }
}

/* Whatever notice is read, the steps made from it hold it. */
static void try_tiers(const struct dt_notice_plain *exact, const struct dt_body_notice *clear)
{
    static struct dt_notice_plain shape;
    struct dt_body_notice cells = *clear;
    if (dt_tier_shape(&shape, exact, clear) != DT_OK) {
        return; /* a radius beyond the limit */
    }
    dt_tier_cells(&cells, &shape);
    if (dt_tier_fits(exact, &shape, &cells) != DT_OK) {
        abort();
    }
}

static void try_raised(struct dt_span plain)
{
    uint8_t bytes[512];
    struct dt_body_raised first, second;
    size_t size = 0;
    if (dt_body_raised_decode(&first, plain) == DT_OK &&
        (dt_body_raised_encode(bytes, sizeof bytes, &size, &first) != DT_OK ||
         dt_body_raised_decode(&second, dt_span(bytes, size)) != DT_OK ||
         memcmp(first.a.leaf, second.a.leaf, DT_HASH_SIZE) != 0 || first.b.seq != second.b.seq)) {
        abort();
    }
}

static void try_cells(struct dt_span plain)
{
    static uint8_t bytes[DT_BODY_MAX];
    struct dt_body_notice first = {.start_ms = 0, .end_ms = DT_TIME_MAX_MS}, second = first;
    size_t size = 0;
    if (dt_tier_cells_decode(&first, plain) == DT_OK &&
        (dt_tier_cells_encode(bytes, sizeof bytes, &size, &first) != DT_OK ||
         dt_tier_cells_decode(&second, dt_span(bytes, size)) != DT_OK ||
         memcmp(&first, &second, sizeof first) != 0)) {
        abort();
    }
}

static void try_notice(struct dt_span plain)
{
    static struct dt_notice_plain first, second;
    static uint8_t bytes[DT_SEALED_MAX];
    const struct dt_body_notice clear = {
        .category = DT_CATEGORY_FLIGHT, .start_ms = 0, .end_ms = DT_TIME_MAX_MS};
    size_t size = 0;
    if (dt_notice_plain_decode(&first, plain, &clear) != DT_OK) {
        return;
    }
    const enum dt_err err = dt_notice_plain_encode(bytes, sizeof bytes, &size, &first, &clear);
    if (err == DT_ERR_TOO_LARGE) {
        return; /* an input longer than what is sealed */
    }
    if (err != DT_OK || dt_notice_plain_decode(&second, dt_span(bytes, size), &clear) != DT_OK ||
        first.volume_count != second.volume_count || first.point_count != second.point_count ||
        memcmp(first.points, second.points, first.point_count * sizeof first.points[0]) != 0) {
        abort();
    }
    check_windows(&first);
    try_tiers(&first, &clear);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (dt_crypto_init() != DT_OK) {
        abort();
    }
    charter.member_count = 2;
    if (size < 2) {
        return 0;
    }
    const struct dt_span rest = dt_span(data + 2, size - 2);
    const size_t head = data[0] != 0 ? 0 : data[1] < rest.size ? data[1] : rest.size;
    try_record(data[0], dt_span(rest.data, head), dt_span(rest.data + head, rest.size - head));
    try_notice(rest);
    try_cells(rest);
    try_raised(rest);
    return 0;
}

/* SPDX-License-Identifier: ISC */
/* The sealed part of a notice: text and exact volumes (notice.h). */
#include <string.h>

#include "geo/cells.h"
#include "geo/recur.h"
#include "log/fields.h"
#include "view/height.h"
#include "view/notice.h"

/* Keys of a volume, protocol.md section 9. */
enum {
    V_SHAPE = 1,
    V_RINGS = 2,
    V_RADIUS = 3,
    V_LOWER = 4,
    V_UPPER = 5,
    V_DATUM = 6,
    V_START = 7,
    V_END = 8,
    V_LEGS = 9,
    V_ACCURACY = 10,
    V_TOLERANCE = 11,
    V_ALT_ACCURACY = 12,
    V_AGAIN = 13,
};

enum { KEY_DETAILS = 7, KEY_TIERS = 8 }; /* of the whole */

/* --- writing -------------------------------------------------------------------------- */

static bool same_point(struct dt_point a, struct dt_point b)
{
    return a.lat_e7 == b.lat_e7 && a.lon_e7 == b.lon_e7;
}

/* A polygon's ring is written without the position that closes it. */
static size_t written_count(const struct dt_volume *v, const struct dt_ring *ring)
{
    const bool closed = v->shape == DT_SHAPE_POLYGON && ring->count > 1 &&
                        same_point(ring->points[0], ring->points[ring->count - 1]);
    return ring->count - closed;
}

static void put_rings(struct dt_writer *w, const struct dt_volume *v)
{
    dt_cbor_put_uint(w, V_RINGS);
    dt_cbor_put_array(w, v->ring_count);
    for (size_t r = 0; r < v->ring_count; r++) {
        const size_t count = written_count(v, &v->rings[r]);
        dt_cbor_put_array(w, 2 * count);
        for (size_t i = 0; i < count; i++) {
            dt_cbor_put_int(w, v->rings[r].points[i].lat_e7);
            dt_cbor_put_int(w, v->rings[r].points[i].lon_e7);
        }
    }
}

static void put_legs(struct dt_writer *w, const struct dt_volume *v)
{
    const size_t legs = v->ring_count > 0 && v->rings[0].count > 0 ? v->rings[0].count - 1 : 0;
    dt_cbor_put_uint(w, V_LEGS);
    dt_cbor_put_array(w, legs);
    for (size_t i = 0; i < legs; i++) {
        dt_cbor_put_array(w, 2);
        dt_cbor_put_int(w, v->legs[i].from_ms);
        dt_cbor_put_int(w, v->legs[i].until_ms);
    }
}

static void put_pair(struct dt_writer *w, uint64_t key, int64_t value)
{
    dt_cbor_put_uint(w, key);
    dt_cbor_put_int(w, value);
}

static bool comes_again(const struct dt_notice_volume *volume)
{
    return volume->length_ms != 0 || volume->every_ms != 0;
}

static void put_volume(struct dt_writer *w, const struct dt_notice_volume *volume)
{
    const struct dt_volume *v = &volume->shape;
    dt_cbor_put_map(w, 8u + (v->legs != NULL) + (volume->accuracy_mm > 0) +
                           (volume->tolerance_ms != 0) + (volume->alt_accuracy_mm > 0) +
                           comes_again(volume));
    put_pair(w, V_SHAPE, (int64_t)v->shape);
    put_rings(w, v);
    put_pair(w, V_RADIUS, v->radius_mm);
    put_pair(w, V_LOWER, v->alt_lo_mm);
    put_pair(w, V_UPPER, v->alt_hi_mm);
    put_pair(w, V_DATUM, (int64_t)volume->datum);
    put_pair(w, V_START, v->time.from_ms);
    put_pair(w, V_END, v->time.until_ms);
    if (v->legs != NULL) {
        put_legs(w, v);
    }
    if (volume->accuracy_mm > 0) {
        put_pair(w, V_ACCURACY, volume->accuracy_mm);
    }
    if (volume->tolerance_ms != 0) {
        put_pair(w, V_TOLERANCE, volume->tolerance_ms);
    }
    if (volume->alt_accuracy_mm > 0) {
        put_pair(w, V_ALT_ACCURACY, volume->alt_accuracy_mm);
    }
    if (comes_again(volume)) {
        dt_cbor_put_uint(w, V_AGAIN);
        dt_cbor_put_array(w, 2);
        dt_cbor_put_int(w, volume->length_ms);
        dt_cbor_put_int(w, volume->every_ms);
    }
}

static enum dt_err check_altitudes(const struct dt_notice_plain *plain)
{
    for (size_t i = 0; i < plain->volume_count; i++) {
        if (plain->volumes[i].shape.alt_lo_mm == DT_ALT_MISSING ||
            plain->volumes[i].shape.alt_hi_mm == DT_ALT_MISSING) {
            return DT_ERR_MISSING_ALTITUDE;
        }
    }
    return DT_OK;
}

static void put_details(struct dt_writer *w, const struct dt_notice_plain *plain)
{
    dt_cbor_put_uint(w, KEY_DETAILS);
    dt_cbor_put_array(w, plain->detail_count);
    for (size_t i = 0; i < plain->detail_count && i < DT_NOTICE_DETAILS_MAX; i++) {
        dt_cbor_put_array(w, 2);
        dt_cbor_put_uint(w, plain->details[i].field);
        dt_cbor_put_text(w, plain->details[i].text);
    }
}

enum dt_err dt_notice_plain_encode(uint8_t *out, size_t capacity, size_t *size,
                                   const struct dt_notice_plain *plain,
                                   const struct dt_body_notice *clear)
{
    struct dt_writer w = dt_writer(out, capacity < DT_SEALED_MAX ? capacity : DT_SEALED_MAX);
    struct dt_notice_plain read;
    if (plain->volume_count > DT_NOTICE_VOLUMES_MAX ||
        plain->detail_count > DT_NOTICE_DETAILS_MAX) {
        return DT_ERR_CAPACITY;
    }
    DT_TRY(check_altitudes(plain));
    dt_cbor_put_map(&w, 3u + (plain->text.size > 0) + (plain->contact[0] != '\0') +
                            (plain->detail_count > 0) + plain->has_tiers);
    if (plain->text.size > 0) {
        DT_TRY(dt_body_text_check(plain->text));
        dt_cbor_put_uint(&w, 2);
        dt_cbor_put_text(&w, plain->text);
    }
    dt_cbor_put_uint(&w, 3);
    dt_cbor_put_string(&w, plain->language);
    dt_cbor_put_uint(&w, 4);
    dt_cbor_put_array(&w, plain->volume_count);
    for (size_t i = 0; i < plain->volume_count; i++) {
        put_volume(&w, &plain->volumes[i]);
    }
    dt_cbor_put_uint(&w, 5);
    dt_cbor_put_string(&w, plain->title);
    if (plain->contact[0] != '\0') {
        dt_cbor_put_uint(&w, 6);
        dt_cbor_put_string(&w, plain->contact);
    }
    if (plain->detail_count > 0) {
        put_details(&w, plain);
    }
    if (plain->has_tiers) {
        dt_cbor_put_uint(&w, KEY_TIERS);
        dt_cbor_put_bytes(&w, dt_span(plain->tiers, DT_HASH_SIZE));
    }
    if (w.overflowed) {
        return DT_ERR_TOO_LARGE;
    }
    DT_TRY(dt_notice_plain_decode(&read, dt_written(&w), clear));
    *size = w.size;
    return DT_OK;
}

/* --- reading ---------------------------------------------------------------------------- */

/* Room for one more thing, or CAPACITY: what was written is right, we hold too little. */
static enum dt_err read_ring(struct dt_notice_plain *out, struct dt_cbor *c, bool close)
{
    const size_t numbers = dt_cbor_array(c, 2, 2 * (size_t)(DT_RING_MAX - close));
    const size_t count = numbers / 2;
    DT_TRY(dt_cbor_error(c));
    if (numbers % 2 != 0) {
        return DT_ERR_BAD_VALUE;
    }
    if (out->ring_count == DT_NOTICE_RINGS_MAX ||
        count > DT_NOTICE_POSITIONS_MAX - out->position_count) {
        return DT_ERR_CAPACITY;
    }
    out->position_count += count;
    struct dt_point *points = &out->points[out->point_count];
    for (size_t i = 0; i < count; i++) {
        points[i].lat_e7 = (int32_t)dt_cbor_int(c, INT32_MIN, INT32_MAX);
        points[i].lon_e7 = (int32_t)dt_cbor_int(c, INT32_MIN, INT32_MAX);
    }
    DT_TRY(dt_cbor_error(c));
    if (close && count > 1 && same_point(points[0], points[count - 1])) {
        return DT_ERR_BAD_VALUE; /* written closed: one ring has one spelling */
    }
    if (close) {
        points[count] = points[0];
    }
    out->rings[out->ring_count++] = (struct dt_ring){points, count + close};
    out->point_count += count + close;
    return DT_OK;
}

static enum dt_err read_rings(struct dt_notice_plain *out, struct dt_span map, struct dt_volume *v)
{
    const bool polygon = v->shape == DT_SHAPE_POLYGON;
    struct dt_cbor c = dt_cbor_need(map, V_RINGS);
    v->ring_count = dt_cbor_array(&c, 1, polygon ? DT_RINGS_MAX : 1);
    v->rings = &out->rings[out->ring_count];
    DT_TRY(dt_cbor_error(&c));
    for (size_t i = 0; i < v->ring_count; i++) {
        DT_TRY(read_ring(out, &c, polygon));
    }
    return DT_OK;
}

static enum dt_err read_legs(struct dt_notice_plain *out, struct dt_span map, struct dt_volume *v)
{
    struct dt_cbor c;
    if (!dt_cbor_find(map, V_LEGS, &c)) {
        v->legs = NULL;
        return DT_OK;
    }
    if (v->shape != DT_SHAPE_CORRIDOR) {
        return DT_ERR_BAD_VALUE;
    }
    const size_t legs = v->rings[0].count - 1;
    dt_cbor_array(&c, legs, legs);
    /* Fewer legs than positions: they fit wherever the positions did. */
    struct dt_window *window = &out->legs[out->leg_count];
    for (size_t i = 0; i < legs; i++) {
        dt_cbor_array(&c, 2, 2);
        window[i].from_ms = dt_cbor_int(&c, 0, DT_TIME_MAX_MS);
        window[i].until_ms = dt_cbor_int(&c, 0, DT_TIME_MAX_MS);
    }
    v->legs = window;
    out->leg_count += legs;
    return dt_cbor_error(&c);
}

static enum dt_err read_altitude(struct dt_span map, struct dt_notice_volume *out)
{
    int64_t lower = 0, upper = 0, datum = 0;
    if (!dt_field_has(map, V_LOWER) || !dt_field_has(map, V_UPPER)) {
        return DT_ERR_MISSING_ALTITUDE;
    }
    DT_TRY(dt_field_int(map, V_LOWER, -DT_ALT_MAX_MM, DT_ALT_MAX_MM, &lower));
    DT_TRY(dt_field_int(map, V_UPPER, -DT_ALT_MAX_MM, DT_ALT_MAX_MM, &upper));
    DT_TRY(dt_field_int(map, V_DATUM, DT_DATUM_SURFACE, DT_DATUM_LEVEL, &datum));
    out->shape.alt_lo_mm = (int32_t)lower;
    out->shape.alt_hi_mm = (int32_t)upper;
    out->datum = (enum dt_datum)datum;
    return DT_OK;
}

/* A flight that says "on the ground" or "any height" has not said where it will be. */
static bool altitude_says_nothing(const struct dt_notice_volume *v)
{
    const bool ground = v->datum == DT_DATUM_SURFACE && v->shape.alt_hi_mm <= 0;
    return ground || (v->shape.alt_lo_mm == -DT_ALT_MAX_MM && v->shape.alt_hi_mm == DT_ALT_MAX_MM);
}

static enum dt_err read_margins(struct dt_span map, struct dt_notice_volume *out)
{
    uint64_t accuracy = 0, alt_accuracy = 0;
    out->tolerance_ms = 0;
    if (dt_field_has(map, V_ACCURACY)) {
        DT_TRY(dt_field_uint(map, V_ACCURACY, 0, DT_NOTICE_ACCURACY_MAX_MM, &accuracy));
    }
    if (dt_field_has(map, V_ALT_ACCURACY)) {
        DT_TRY(dt_field_uint(map, V_ALT_ACCURACY, 0, DT_NOTICE_ALT_ACCURACY_MAX_MM, &alt_accuracy));
    }
    out->accuracy_mm = (uint32_t)accuracy;
    out->alt_accuracy_mm = (uint32_t)alt_accuracy;
    return dt_field_has(map, V_TOLERANCE)
               ? dt_field_int(map, V_TOLERANCE, 0, DT_NOTICE_TOLERANCE_MAX_MS, &out->tolerance_ms)
               : DT_OK;
}

/* One form for one meaning: a rule says at least two windows with time between them. */
static enum dt_err read_again(struct dt_span map, struct dt_notice_volume *out)
{
    const struct dt_volume *v = &out->shape;
    struct dt_cbor c;
    out->length_ms = out->every_ms = 0;
    if (!dt_cbor_find(map, V_AGAIN, &c)) {
        return DT_OK;
    }
    dt_cbor_array(&c, 2, 2);
    out->length_ms = dt_cbor_int(&c, 1, DT_TIME_MAX_MS);
    out->every_ms = dt_cbor_int(&c, 1, DT_TIME_MAX_MS);
    DT_TRY(dt_cbor_error(&c));
    return out->length_ms < out->every_ms && v->legs == NULL &&
                   out->every_ms < v->time.until_ms - v->time.from_ms
               ? DT_OK
               : DT_ERR_BAD_VALUE;
}

static enum dt_err read_volume(struct dt_notice_plain *out, struct dt_span map,
                               struct dt_notice_volume *volume, const struct dt_body_notice *clear)
{
    struct dt_volume *v = &volume->shape;
    uint64_t shape = 0, radius = 0;
    DT_TRY(dt_field_uint(map, V_SHAPE, 0, DT_SHAPE_POLYGON, &shape));
    v->shape = (enum dt_shape)shape;
    DT_TRY(read_rings(out, map, v));
    DT_TRY(dt_field_uint(map, V_RADIUS, 0, DT_NOTICE_RADIUS_MAX_MM, &radius));
    v->radius_mm = (uint32_t)radius;
    DT_TRY(read_altitude(map, volume));
    DT_TRY(dt_field_int(map, V_START, 0, DT_TIME_MAX_MS, &v->time.from_ms));
    DT_TRY(dt_field_int(map, V_END, 0, DT_TIME_MAX_MS, &v->time.until_ms));
    DT_TRY(read_legs(out, map, v));
    DT_TRY(read_margins(map, volume));
    if (clear->category == DT_CATEGORY_FLIGHT && altitude_says_nothing(volume)) {
        return DT_ERR_MISSING_ALTITUDE;
    }
    DT_TRY(dt_volume_check(v));
    DT_TRY(read_again(map, volume));
    return v->time.from_ms < clear->start_ms || v->time.until_ms > clear->end_ms ? DT_ERR_BAD_TIME
                                                                                 : DT_OK;
}

static enum dt_err read_details(struct dt_notice_plain *out, struct dt_span plain)
{
    struct dt_cbor c;
    unsigned before = 0;
    out->detail_count = 0;
    if (!dt_cbor_find(plain, KEY_DETAILS, &c)) {
        return DT_OK;
    }
    const size_t count = dt_cbor_array(&c, 1, DT_NOTICE_DETAILS_MAX);
    for (size_t i = 0; i < count; i++) {
        struct dt_notice_detail *d = &out->details[i];
        dt_cbor_array(&c, 2, 2);
        d->field = (unsigned)dt_cbor_uint(&c, DT_DETAIL_NUMBER_MAX);
        d->text = dt_cbor_text(&c, DT_DETAIL_TEXT_MAX);
        DT_TRY(dt_cbor_error(&c));
        DT_TRY(dt_body_text_check(d->text));
        if (d->field <= before || d->text.size == 0) {
            return DT_ERR_BAD_VALUE;
        }
        before = d->field;
        out->detail_count++;
    }
    return dt_cbor_error(&c);
}

enum dt_err dt_notice_plain_decode(struct dt_notice_plain *out, struct dt_span plain,
                                   const struct dt_body_notice *clear)
{
    DT_TRY(dt_body_map(plain));
    out->ring_count = 0;
    out->point_count = 0;
    out->position_count = 0;
    out->leg_count = 0;
    out->contact[0] = '\0';
    out->text = dt_span(NULL, 0);
    if (dt_field_has(plain, 2)) {
        DT_TRY(dt_body_field_text(plain, 2, &out->text));
    }
    DT_TRY(dt_body_field_language(plain, 3, out->language));
    DT_TRY(dt_field_text(plain, 5, out->title, DT_TEXT_MAX));
    if (dt_field_has(plain, 6)) {
        DT_TRY(dt_field_text(plain, 6, out->contact, DT_TEXT_MAX));
    }
    DT_TRY(read_details(out, plain));
    out->has_tiers = dt_field_has(plain, KEY_TIERS);
    if (out->has_tiers) {
        DT_TRY(dt_field_copy(plain, KEY_TIERS, out->tiers, DT_HASH_SIZE));
    }
    struct dt_cbor c = dt_cbor_need(plain, 4);
    out->volume_count = dt_cbor_array(&c, 1, DT_SEALED_MAX);
    DT_TRY(dt_cbor_error(&c));
    if (out->volume_count > DT_NOTICE_VOLUMES_MAX) {
        return DT_ERR_CAPACITY;
    }
    for (size_t i = 0; i < out->volume_count; i++) {
        if (dt_cbor_peek(&c) != DT_CBOR_MAP) {
            return DT_ERR_BAD_TYPE;
        }
        DT_TRY(read_volume(out, dt_cbor_skip(&c), &out->volumes[i], clear));
    }
    return DT_OK;
}

/* --- as compared ------------------------------------------------------------------------- */

struct dt_window dt_notice_longer(struct dt_window w, int64_t tolerance_ms)
{
    const int64_t from = w.from_ms - tolerance_ms;
    const int64_t until = w.until_ms + tolerance_ms;
    return (struct dt_window){from < -DT_TIME_MAX_MS ? -DT_TIME_MAX_MS : from,
                              until > DT_TIME_MAX_MS ? DT_TIME_MAX_MS : until};
}

static size_t positions_of(const struct dt_volume *v)
{
    size_t count = 0;
    for (size_t r = 0; r < v->ring_count; r++) {
        count += written_count(v, &v->rings[r]);
    }
    return count;
}

size_t dt_notice_windows(struct dt_window *windows, const struct dt_notice_volume *volume,
                         size_t volumes)
{
    const struct dt_window all = volume->shape.time;
    size_t room = DT_NOTICE_WINDOWS_MAX / volumes, count = 0;
    windows[0] = all;
    if (!comes_again(volume)) {
        return 1;
    }
    const size_t by_positions = DT_NOTICE_WINDOW_POSITIONS_MAX / positions_of(&volume->shape);
    room = by_positions < room ? by_positions : room;
    const struct dt_recurrence again = {{all.from_ms, all.from_ms + volume->length_ms},
                                        volume->every_ms, all.until_ms};
    if (dt_recur(windows, room, &count, &again) != DT_OK || count == 0) {
        windows[0] = all;
        return 1;
    }
    /* The last one ends with the volume, whatever the rule says. */
    struct dt_window *last = &windows[count - 1];
    last->until_ms = last->until_ms < all.until_ms ? last->until_ms : all.until_ms;
    return count;
}

void dt_notice_enlarge(struct dt_volume *out, struct dt_window *legs,
                       const struct dt_notice_volume *volume)
{
    const struct dt_volume *v = &volume->shape;
    *out = *v;
    const struct dt_height_band band =
        dt_height_wider((struct dt_height_band){v->alt_lo_mm, v->alt_hi_mm},
                        volume->alt_accuracy_mm, volume->alt_accuracy_mm);
    out->alt_lo_mm = band.lower_mm;
    out->alt_hi_mm = band.upper_mm;
    out->radius_mm = v->radius_mm + volume->accuracy_mm;
    out->time = dt_notice_longer(v->time, volume->tolerance_ms);
    if (v->legs != NULL) {
        for (size_t i = 0; i + 1 < v->rings[0].count; i++) {
            legs[i] = dt_notice_longer(v->legs[i], volume->tolerance_ms);
        }
        out->legs = legs;
    }
}

static size_t insert_cell(uint32_t *cells, size_t count, uint32_t cell)
{
    size_t at = 0;
    while (at < count && cells[at] < cell) {
        at++;
    }
    if (at < count && cells[at] == cell) {
        return count;
    }
    memmove(&cells[at + 1], &cells[at], (count - at) * sizeof *cells);
    cells[at] = cell;
    return count + 1;
}

enum dt_err dt_notice_cells(struct dt_body_notice *clear, const struct dt_notice_plain *plain)
{
    uint32_t all[DT_NOTICE_CELLS_MAX + 1], found[DT_NOTICE_CELLS_MAX];
    size_t count = 0;
    clear->cell_count = 0;
    for (size_t i = 0; i < plain->volume_count; i++) {
        struct dt_window legs[DT_RING_MAX];
        struct dt_volume enlarged;
        size_t found_count = 0;
        dt_notice_enlarge(&enlarged, legs, &plain->volumes[i]);
        DT_TRY(dt_volume_cells(found, DT_NOTICE_CELLS_MAX, &found_count, &enlarged));
        for (size_t c = 0; c < found_count; c++) {
            count = insert_cell(all, count, found[c]);
            if (count > DT_NOTICE_CELLS_MAX) {
                return DT_ERR_CAPACITY;
            }
        }
    }
    memcpy(clear->cells, all, count * sizeof *all);
    clear->cell_count = count;
    return DT_OK;
}

void dt_notice_tolerate(struct dt_body_notice *clear, const struct dt_notice_plain *plain)
{
    for (size_t i = 0; i < plain->volume_count; i++) {
        const struct dt_notice_volume *v = &plain->volumes[i];
        const struct dt_window w = dt_notice_longer(v->shape.time, v->tolerance_ms);
        const int64_t from = w.from_ms > 0 ? w.from_ms : 0; /* no notice begins before */
        clear->start_ms = from < clear->start_ms ? from : clear->start_ms;
        clear->end_ms = w.until_ms > clear->end_ms ? w.until_ms : clear->end_ms;
    }
}

struct dt_window dt_notice_when(const struct dt_body_notice *clear,
                                const struct dt_notice_plain *plain)
{
    struct dt_window all = {DT_TIME_MAX_MS, 0};
    bool tolerant = false;
    for (size_t i = 0; plain != NULL && i < plain->volume_count; i++) {
        const struct dt_window w = plain->volumes[i].shape.time;
        all.from_ms = w.from_ms < all.from_ms ? w.from_ms : all.from_ms;
        all.until_ms = w.until_ms > all.until_ms ? w.until_ms : all.until_ms;
        tolerant = tolerant || plain->volumes[i].tolerance_ms > 0;
    }
    return tolerant ? all : (struct dt_window){clear->start_ms, clear->end_ms};
}

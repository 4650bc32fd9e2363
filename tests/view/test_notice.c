/* SPDX-License-Identifier: ISC */
/*
 * Goal: a notice comes back as it was written, bad ones are refused by name, and
 * protection never goes away by a clock or by one side alone.
 * Method: round trips, one fault at a time, flipped bits; lives played record by record.
 */
#include "world.h"

#include <math.h>

#include "geo/cells.h"
#include "view/height.h"

static uint8_t out[DT_BODY_MAX];
static size_t size;
static struct dt_notice_plain plain, back;

static const struct dt_point square[5] = {
    {0, 0}, {0, 100000}, {100000, 100000}, {100000, 0}, {0, 0}};
static const struct dt_point hole[4] = {
    {20000, 20000}, {20000, 40000}, {40000, 20000}, {20000, 20000}};
static const struct dt_point route[3] = {{500000, 500000}, {600000, 600000}, {700000, 500000}};
static const struct dt_ring rings[2] = {{square, 5}, {hole, 4}};
static const struct dt_ring route_ring = {route, 3};
static const struct dt_window legs[2] = {{T0, T0 + 500}, {T0 + 400, T0 + 1000}};

static struct dt_body_notice clear_part(void)
{
    return (struct dt_body_notice){.category = DT_CATEGORY_MOVEMENT,
                                   .request = DT_REQUEST_AVOID_WINDOW,
                                   .cells = {3, 1},
                                   .cell_count = 2,
                                   .start_ms = T0,
                                   .end_ms = T0 + 1000,
                                   .source = "cap-1",
                                   .movement = true};
}

static void fill_plain(void)
{
    memset(&plain, 0, sizeof plain);
    strcpy(plain.title, "Convoy 7");
    strcpy(plain.contact, "+99 1");
    strcpy(plain.language, "en");
    plain.text = dt_span("Twelve trucks", 13);
    plain.details[0] = (struct dt_notice_detail){DT_DETAIL_VEHICLES, dt_span("12 trucks", 9)};
    plain.details[1] = (struct dt_notice_detail){40, dt_span("of later", 8)};
    plain.detail_count = 2;
    plain.volume_count = 2;
    plain.volumes[0] = (struct dt_notice_volume){.shape = {.shape = DT_SHAPE_POLYGON,
                                                           .radius_mm = 5,
                                                           .rings = rings,
                                                           .ring_count = 2,
                                                           .time = {T0, T0 + 1000},
                                                           .alt_lo_mm = -5,
                                                           .alt_hi_mm = 30000},
                                                 .datum = DT_DATUM_AMSL,
                                                 .accuracy_mm = 7,
                                                 .alt_accuracy_mm = 13,
                                                 .length_ms = 100,
                                                 .every_ms = 300,
                                                 .tolerance_ms = 11};
    plain.volumes[1] = (struct dt_notice_volume){.shape = {.shape = DT_SHAPE_CORRIDOR,
                                                           .radius_mm = 1000,
                                                           .rings = &route_ring,
                                                           .ring_count = 1,
                                                           .legs = legs,
                                                           .time = {T0, T0 + 1000},
                                                           .alt_hi_mm = 1}};
}

static enum dt_err encode(const struct dt_body_notice *clear)
{
    return dt_notice_plain_encode(out, sizeof out, &size, &plain, clear);
}

static void test_clear_part_comes_back(void **state)
{
    (void)state;
    struct dt_body_notice b = clear_part(), got;
    b.has_amended = true;
    b.amended = some_ref(1, 2);
    assert_err(dt_body_notice_encode(out, sizeof out, &size, &b), DT_OK);
    assert_err(dt_body_notice_decode(&got, dt_span(out, size)), DT_OK);
    assert_true(got.category == b.category && got.request == b.request && got.cell_count == 2 &&
                got.cells[0] == 3);
    assert_true(got.start_ms == b.start_ms && got.end_ms == b.end_ms && got.movement &&
                got.has_amended);
    assert_string_equal(got.source, "cap-1");
    b.end_ms = b.start_ms;
    assert_err(dt_body_notice_encode(out, sizeof out, &size, &b), DT_ERR_END_BEFORE_START);
    b.end_ms = DT_TIME_MAX_MS + 1;
    assert_err(dt_body_notice_encode(out, sizeof out, &size, &b), DT_ERR_BAD_TIME);
    b = clear_part();
    b.category = (enum dt_category)11;
    assert_err(dt_body_notice_encode(out, sizeof out, &size, &b), DT_ERR_BAD_VALUE);
    b = clear_part();
    b.request = (enum dt_request)0;
    assert_err(dt_body_notice_encode(out, sizeof out, &size, &b), DT_ERR_BAD_VALUE);
    b = clear_part();
    b.cells[0] = DT_CELL_ROWS * DT_CELL_COLUMNS;
    assert_err(dt_body_notice_encode(out, sizeof out, &size, &b), DT_ERR_BAD_VALUE);
    b.cell_count = DT_NOTICE_CELLS_MAX + 1;
    assert_err(dt_body_notice_encode(out, sizeof out, &size, &b), DT_ERR_BAD_VALUE);
    assert_err(dt_body_notice_decode(&got, dt_span("\xa0", 1)), DT_ERR_MISSING_FIELD);
    for (int code = 1; code <= DT_CATEGORY_MAX; code++) {
        assert_int_equal(dt_category_find(dt_category_name(code)), code);
    }
    for (int code = 1; code <= DT_REQUEST_MAX; code++) {
        assert_int_equal(dt_request_find(dt_request_name(code)), code);
    }
    assert_true(dt_category_find("fires") == DT_CATEGORY_FIRES && dt_category_find("") == 0 &&
                dt_request_find("?") == 0);
}

static void test_sealed_part_comes_back(void **state)
{
    (void)state;
    const struct dt_body_notice clear = clear_part();
    fill_plain();
    assert_err(encode(&clear), DT_OK);
    assert_err(dt_notice_plain_decode(&back, dt_span(out, size), &clear), DT_OK);
    assert_string_equal(back.title, "Convoy 7");
    assert_string_equal(back.contact, "+99 1");
    assert_true(dt_span_equal(back.text, plain.text) && back.volume_count == 2);
    assert_true(back.detail_count == 2 && back.details[0].field == DT_DETAIL_VEHICLES &&
                dt_span_equal(back.details[0].text, plain.details[0].text));
    assert_true(back.details[1].field == 40 && back.details[1].text.size == 8);
    assert_string_equal(dt_detail_name(DT_DETAIL_VEHICLES), "vehicles");
    assert_string_equal(dt_detail_name(40), "?");
    const struct dt_volume *v = &back.volumes[0].shape;
    assert_true(v->ring_count == 2 && v->rings[0].count == 5 && v->rings[1].count == 4);
    assert_memory_equal(v->rings[0].points, square, sizeof square);
    assert_memory_equal(v->rings[1].points, hole, sizeof hole);
    assert_true(v->alt_lo_mm == -5 && back.volumes[0].datum == DT_DATUM_AMSL &&
                back.volumes[0].accuracy_mm == 7 && back.volumes[0].alt_accuracy_mm == 13 &&
                back.volumes[0].length_ms == 100 && back.volumes[0].every_ms == 300);
    v = &back.volumes[1].shape;
    assert_memory_equal(v->legs, legs, sizeof legs);
    /* written from what was read, the same bytes */
    uint8_t again[DT_BODY_MAX];
    size_t again_size = 0;
    assert_err(dt_notice_plain_encode(again, sizeof again, &again_size, &back, &clear), DT_OK);
    assert_true(dt_span_equal(dt_span(out, size), dt_span(again, again_size)));
    struct dt_volume enlarged;
    struct dt_window room[DT_RING_MAX];
    dt_notice_enlarge(&enlarged, room, &back.volumes[0]);
    assert_true(enlarged.alt_lo_mm == -18 && enlarged.alt_hi_mm == 30013);
    assert_true(enlarged.radius_mm == 12 && enlarged.time.from_ms == T0 - 11 &&
                enlarged.time.until_ms == T0 + 1011);
    back.volumes[1].tolerance_ms = 3;
    dt_notice_enlarge(&enlarged, room, &back.volumes[1]);
    assert_true(enlarged.legs == room && room[1].from_ms == T0 + 397 &&
                room[1].until_ms == T0 + 1003);
}

static void expect(enum dt_err err, const struct dt_body_notice *clear)
{
    assert_err(encode(clear), err);
    fill_plain();
}

static void test_faults_have_names(void **state)
{
    (void)state;
    static const struct dt_point open[4] = {{0, 0}, {0, 10000}, {10000, 0}, {10000, 10000}};
    static const struct dt_ring crossing = {open, 4};
    static const struct dt_point off[1] = {{900000001, 0}};
    static const struct dt_ring off_ring = {off, 1};
    struct dt_body_notice clear = clear_part();
    fill_plain();
    plain.volumes[0].shape.alt_hi_mm = DT_ALT_MISSING;
    expect(DT_ERR_MISSING_ALTITUDE, &clear);
    plain.volumes[0].shape.time.until_ms++;
    expect(DT_ERR_BAD_TIME, &clear);
    plain.volumes[0].shape.time.until_ms = T0;
    expect(DT_ERR_END_BEFORE_START, &clear);
    plain.volumes[1].shape.time.until_ms--;
    expect(DT_ERR_BAD_TIME, &clear); /* a leg outside */
    plain.volumes[0].shape.rings = &crossing;
    plain.volumes[0].shape.ring_count = 1;
    expect(DT_ERR_CROSSING_RING, &clear);
    plain.volumes[0].shape = (struct dt_volume){.shape = DT_SHAPE_CIRCLE,
                                                .radius_mm = 1,
                                                .rings = &off_ring,
                                                .ring_count = 1,
                                                .time = {T0, T0 + 1}};
    expect(DT_ERR_BAD_COORDINATE, &clear);
    plain.volumes[1].shape.radius_mm = 0;
    expect(DT_ERR_DEGENERATE, &clear);
    plain.volumes[1].shape.radius_mm = DT_NOTICE_RADIUS_MAX_MM + 1;
    expect(DT_ERR_BAD_VALUE, &clear);
    plain.volumes[1].accuracy_mm = DT_NOTICE_ACCURACY_MAX_MM + 1;
    expect(DT_ERR_BAD_VALUE, &clear);
    plain.volumes[1].tolerance_ms = -1;
    expect(DT_ERR_BAD_VALUE, &clear);
    plain.volumes[1].datum = (enum dt_datum)4;
    expect(DT_ERR_BAD_VALUE, &clear);
    plain.volumes[1].alt_accuracy_mm = DT_NOTICE_ALT_ACCURACY_MAX_MM + 1;
    expect(DT_ERR_BAD_VALUE, &clear);
    plain.volumes[0].every_ms = plain.volumes[0].length_ms; /* no time between them */
    expect(DT_ERR_BAD_VALUE, &clear);
    plain.volumes[0].every_ms = 1000; /* only one */
    expect(DT_ERR_BAD_VALUE, &clear);
    plain.volumes[0].length_ms = -1;
    expect(DT_ERR_BAD_VALUE, &clear);
    plain.volumes[0].every_ms = -1;
    expect(DT_ERR_BAD_VALUE, &clear);
    plain.volumes[1].length_ms = 1; /* legs have windows of their own */
    plain.volumes[1].every_ms = 2;
    expect(DT_ERR_BAD_VALUE, &clear);
    plain.details[1].field = DT_DETAIL_VEHICLES; /* twice */
    expect(DT_ERR_BAD_VALUE, &clear);
    plain.details[1].field = DT_DETAIL_NUMBER_MAX + 1;
    expect(DT_ERR_BAD_VALUE, &clear);
    plain.details[0].text = dt_span("", 0);
    assert_true(encode(&clear) != DT_OK);
    fill_plain();
    plain.detail_count = DT_NOTICE_DETAILS_MAX + 1;
    expect(DT_ERR_CAPACITY, &clear);
    plain.volume_count = 0;
    expect(DT_ERR_BAD_VALUE, &clear);
    plain.volume_count = DT_NOTICE_VOLUMES_MAX + 1;
    expect(DT_ERR_CAPACITY, &clear);
    plain.title[0] = '\0';
    expect(DT_ERR_BAD_VALUE, &clear);
    plain.language[0] = '\0';
    expect(DT_ERR_BAD_VALUE, &clear);
    clear.category = DT_CATEGORY_FLIGHT;
    expect(DT_OK, &clear);
    plain.volumes[0].shape.alt_lo_mm = -DT_ALT_MAX_MM;
    plain.volumes[0].shape.alt_hi_mm = DT_ALT_MAX_MM;
    expect(DT_ERR_MISSING_ALTITUDE, &clear);
    plain.volumes[1].shape.alt_hi_mm = 0;
    expect(DT_ERR_MISSING_ALTITUDE, &clear); /* on the ground */
    assert_err(dt_notice_plain_decode(&back, dt_span("\xa0", 1), &clear), DT_ERR_MISSING_FIELD);
}

static void test_cells_cover_it(void **state)
{
    (void)state;
    struct dt_body_notice clear = clear_part();
    fill_plain();
    assert_err(dt_notice_cells(&clear, &plain), DT_OK);
    assert_true(clear.cell_count >= 2);
    for (size_t i = 1; i < clear.cell_count; i++) {
        assert_true(clear.cells[i - 1] < clear.cells[i]);
    }
    plain.volumes[0].accuracy_mm = DT_NOTICE_ACCURACY_MAX_MM;
    plain.volumes[0].shape.radius_mm = DT_NOTICE_RADIUS_MAX_MM;
    assert_err(dt_notice_cells(&clear, &plain), DT_ERR_CAPACITY);
    assert_int_equal(clear.cell_count, 0);
}

static void test_windows_that_come_again(void **state)
{
    (void)state;
    static struct dt_window w[DT_NOTICE_WINDOWS_MAX];
    fill_plain();
    struct dt_notice_volume *v = &plain.volumes[0];
    assert_int_equal(dt_notice_windows(w, v, 2), 4); /* at 0, 300, 600, 900 */
    assert_true(w[0].from_ms == T0 && w[0].until_ms == T0 + 100);
    assert_true(w[3].from_ms == T0 + 900 && w[3].until_ms == T0 + 1000);
    v->length_ms = 250;
    assert_int_equal(dt_notice_windows(w, v, 2), 4);
    assert_true(w[3].from_ms == T0 + 900 && w[3].until_ms == T0 + 1000); /* ends with the volume */
    v->shape.time.until_ms = T0 + 900; /* none begins at the end */
    assert_int_equal(dt_notice_windows(w, v, 2), 3);
    /* more than there is room for: the last lasts to the end of all */
    v->shape.time.until_ms = T0 + 300 * 1000;
    assert_int_equal(dt_notice_windows(w, v, 16), 32);
    assert_true(w[31].from_ms == T0 + 300 * 31 && w[31].until_ms == T0 + 300 * 999 + 250);
    assert_int_equal(dt_notice_windows(w, v, 1), 512);
    static struct dt_point many[DT_RING_MAX];
    const struct dt_ring full = {many, DT_RING_MAX};
    v->shape.rings = &full;
    v->shape.ring_count = 1; /* 256 positions, not closed */
    assert_int_equal(dt_notice_windows(w, v, 1), 32);
    v->length_ms = v->every_ms = 0;
    assert_int_equal(dt_notice_windows(w, v, 1), 1);
    assert_true(w[0].from_ms == T0 && w[0].until_ms == T0 + 300 * 1000);
}

static void test_heights_over_the_sea(void **state)
{
    (void)state;
    const struct dt_height_band b = {1000000, 3048000}, none = {-DT_ALT_MAX_MM, DT_ALT_MAX_MM};
    struct dt_height_band sea = dt_height_over_sea(b, DT_DATUM_AMSL);
    assert_true(sea.lower_mm == 1000000 && sea.upper_mm == 3048000);
    sea = dt_height_over_sea(b, DT_DATUM_WGS84);
    assert_true(sea.lower_mm == 910000 && sea.upper_mm == 3158000);
    sea = dt_height_over_sea(b, DT_DATUM_SURFACE);
    assert_true(sea.lower_mm == 500000 && sea.upper_mm == 11948000);
    sea = dt_height_over_sea(b, DT_DATUM_LEVEL);
    assert_true(sea.lower_mm == 1000000 - 250000 - 1500000 && sea.upper_mm == 3048000 + 457200 + 750000);
    sea = dt_height_over_sea((struct dt_height_band){-3, -1}, DT_DATUM_LEVEL);
    assert_true(sea.lower_mm == -3 - 1 - 1500000 && sea.upper_mm == -1 + 1 + 750000); /* outward */
    for (int d = DT_DATUM_SURFACE; d <= DT_DATUM_LEVEL; d++) {
        sea = dt_height_over_sea(none, (enum dt_datum)d);
        assert_true(sea.lower_mm == -DT_ALT_MAX_MM && sea.upper_mm == DT_ALT_MAX_MM);
        sea = dt_height_over_sea((struct dt_height_band){DT_ALT_MAX_MM - 1, DT_ALT_MAX_MM - 1},
                                 (enum dt_datum)d);
        assert_true(sea.lower_mm < DT_ALT_MAX_MM && sea.upper_mm <= DT_ALT_MAX_MM);
    }
    assert_true(dt_height_of_ground(DT_DATUM_SURFACE) == 0 &&
                dt_height_of_ground(DT_DATUM_AMSL) == -500000 &&
                dt_height_of_ground(DT_DATUM_LEVEL) == -1500000);
}

/* The bound of a flight level holds in every atmosphere between the records: levels of the
 * standard, integrated through air warmer or colder, from the pressure at sea level. */
static void test_levels_lie_in_their_band(void **state)
{
    (void)state;
    struct dt_rng rng = dt_rng("levels_lie_in_their_band");
    for (int i = 0; i < 3000; i++) {
        const double p0 = 870 + (double)dt_rng_below(&rng, 2195) / 10;
        const double warm = 0.76 + (double)dt_rng_below(&rng, 380) / 1000;
        const double level = (double)dt_rng_below(&rng, 15000);
        /* of the standard: T = 288.15 - 6.5 h, constant over 11 km; the real air is `warm` times as
         * warm at every pressure, so between two pressures as much thicker */
        const double exponent = 0.190263;
        const double ground = 44330.77 * (1 - pow(p0 / 1013.25, exponent));
        const double truth = (level - ground) * warm;
        const int32_t mm = (int32_t)(level * 1000);
        const struct dt_height_band sea =
            dt_height_over_sea((struct dt_height_band){mm, mm}, DT_DATUM_LEVEL);
        assert_true(truth * 1000 >= sea.lower_mm && truth * 1000 <= sea.upper_mm);
    }
}

static void test_flipped_bits_have_a_name(void **state)
{
    (void)state;
    struct dt_rng rng = dt_rng("notice_flipped_bits");
    const struct dt_body_notice clear = clear_part();
    static uint8_t bytes[DT_BODY_MAX];
    fill_plain();
    assert_err(encode(&clear), DT_OK);
    for (int i = 0; i < 20000; i++) {
        memcpy(bytes, out, size);
        for (uint64_t flips = 1 + dt_rng_below(&rng, 3); flips > 0; flips--) {
            bytes[dt_rng_below(&rng, size)] ^= (uint8_t)(1u << dt_rng_below(&rng, 8));
        }
        const enum dt_err err = dt_notice_plain_decode(&back, dt_span(bytes, size), &clear);
        assert_true(err < DT_ERR_COUNT && (!dt_err_is_ours(err) || err == DT_ERR_CAPACITY));
    }
}

/* --- life --------------------------------------------------------------------------- */

static struct dt_fact facts[16];
static size_t fact_count;
static struct dt_life_entry entries[16];
static size_t entry_count;
static struct dt_life_line on_it = {.members = 2}; /* unless a test says more */

static struct dt_ref add(unsigned kind, uint16_t wid, const struct dt_ref *target, int64_t code,
                         int64_t number)
{
    struct dt_fact *f = &facts[fact_count];
    *f = fact_about(kind, wid, 10 + fact_count, target);
    fact_count++;
    f->code = code;
    f->officer_valid = true;
    f->number[0] = number;
    if (kind == DT_KIND_NOTICE) { /* `number` 1: a movement */
        f->number[0] = DT_REQUEST_INFORM_ONLY;
        f->number[1] = 1000;
        f->number[2] = 2000;
        f->number[3] = number;
    }
    return some_ref(wid, f->seq);
}

static const struct dt_life_entry *life(const struct dt_ref *ref, int64_t now)
{
    assert_err(dt_notice_life(entries, 16, &entry_count, &on_it, facts, fact_count, now), DT_OK);
    const struct dt_life_entry *e = dt_life_find(entries, entry_count, ref);
    assert_non_null(e);
    return e;
}

static struct dt_ref begin(bool movement)
{
    fact_count = 0;
    return add(DT_KIND_NOTICE, 0, NULL, DT_CATEGORY_MOVEMENT, movement);
}

static void test_a_movement_never_ends_by_the_clock(void **state)
{
    (void)state;
    const struct dt_ref v1 = begin(true);
    assert_int_equal(life(&v1, 999)->life, DT_LIFE_PLANNED);
    assert_int_equal(life(&v1, 1000)->life, DT_LIFE_ACTIVE);
    assert_int_equal(life(&v1, 1999)->life, DT_LIFE_ACTIVE);
    assert_int_equal(life(&v1, 2000)->life, DT_LIFE_OVERDUE);
    assert_true(life(&v1, INT64_C(1) << 52)->counts);
    add(DT_KIND_NOTICE_STATE, 0, &v1, DT_NOTICE_ENDED, 0); /* saying "ended" is not arriving */
    assert_true(life(&v1, 5000)->counts && life(&v1, 5000)->cancelling);
    add(DT_KIND_NOTICE_STATE, 1, &v1, DT_NOTICE_ARRIVED, 0); /* another desk of the party */
    assert_true(life(&v1, 5000)->life == DT_LIFE_ARRIVED && !life(&v1, 5000)->counts);
    const struct dt_ref plain_notice = begin(false);
    assert_int_equal(life(&plain_notice, 2000)->life, DT_LIFE_EXPIRED);
    const struct dt_window w = {100, 200};
    assert_int_equal(dt_life_window(w, false, 500, 0, 300).until_ms, 200);
    assert_int_equal(dt_life_window(w, true, 500, 0, 199).until_ms, 200);
    assert_int_equal(dt_life_window(w, true, 500, 0, 200).until_ms, 500);
    assert_int_equal(dt_life_window(w, true, 500, 0, 500).until_ms, DT_TIME_MAX_MS);
    assert_int_equal(dt_life_window(w, true, 600, 100, 250).until_ms, 300);
}

static void test_an_amendment_waits_for_the_other_side(void **state)
{
    (void)state;
    const struct dt_ref v1 = begin(true);
    const struct dt_ref v2 = add(DT_KIND_NOTICE, 1, &v1, DT_CATEGORY_MOVEMENT, 1);
    assert_true(life(&v1, 1500)->counts && life(&v2, 1500)->counts && life(&v1, 1500)->amended);
    add(DT_KIND_ACK, 17, &v1, 0, 0); /* of version 1: says nothing of version 2 */
    assert_true(life(&v1, 1500)->counts && dt_members_has(&life(&v1, 1500)->awaited, 1));
    add(DT_KIND_ACK, 2, &v2, 0, 0); /* by its own side */
    assert_true(life(&v1, 1500)->counts);
    add(DT_KIND_ACK, 16, &v2, 0, 0);
    facts[fact_count - 1].officer_valid = false; /* by a machine */
    assert_true(life(&v1, 1500)->counts);
    facts[fact_count - 1].officer_valid = true;
    facts[fact_count - 1].target.leaf[0] ^= 1; /* of other bytes */
    assert_true(life(&v1, 1500)->counts);
    facts[fact_count - 1].target.leaf[0] ^= 1;
    assert_true(life(&v1, 1500)->life == DT_LIFE_SUPERSEDED && !life(&v1, 1500)->counts &&
                life(&v2, 1500)->counts);
    /* a third version, acknowledged, supersedes both; an officer need not see each */
    fact_count--;
    const struct dt_ref v3 = add(DT_KIND_NOTICE, 0, &v2, DT_CATEGORY_MOVEMENT, 1);
    add(DT_KIND_ACK, 16, &v3, 0, 0);
    assert_true(!life(&v1, 1500)->counts && !life(&v2, 1500)->counts && life(&v3, 1500)->counts);
}

static void test_a_cancellation_waits_too(void **state)
{
    (void)state;
    const struct dt_ref v1 = begin(false);
    const struct dt_ref v2 = add(DT_KIND_NOTICE, 0, &v1, DT_CATEGORY_STATIC, 0);
    const struct dt_ref cancel = add(DT_KIND_NOTICE_STATE, 0, &v2, DT_NOTICE_CANCELLED, 0);
    assert_true(life(&v2, 1500)->counts && life(&v2, 1500)->cancelling && life(&v1, 1500)->counts);
    add(DT_KIND_ACK, 16, &cancel, 0, 0);
    assert_true(life(&v2, 1500)->life == DT_LIFE_CANCELLED && !life(&v2, 1500)->counts);
    assert_true(life(&v1, 1500)->life == DT_LIFE_CANCELLED); /* what it amended goes with it */
    facts[fact_count - 1].err = DT_ERR_BAD_SIGNATURE;
    assert_true(life(&v2, 1500)->counts);
    begin(false);
    add(DT_KIND_NOTICE_STATE, 0, &v1, DT_NOTICE_ENDED, 0);
    assert_true(life(&v1, 1500)->life == DT_LIFE_ACTIVE && life(&v1, 1500)->cancelling);
    assert_int_equal(life(&v1, 2000)->life, DT_LIFE_ENDED);
    begin(false);
    add(DT_KIND_NOTICE_STATE, 16, &v1, DT_NOTICE_CANCELLED, 0); /* not theirs to cancel */
    assert_false(life(&v1, 1500)->cancelling);
    begin(false);
    add(DT_KIND_NOTICE_STATE, 0, &v1, DT_NOTICE_DELAYED, 2500);
    add(DT_KIND_NOTICE_STATE, 0, &v1, DT_NOTICE_DELAYED, 1500);
    add(DT_KIND_NOTICE_STATE, 0, &v1, DT_NOTICE_STARTED, 0);
    const struct dt_life_entry *e = life(&v1, 2400);
    assert_true(e->life == DT_LIFE_ACTIVE && e->end_ms == 2500 && e->extension_ms == 500 &&
                e->started && e->delayed);
    assert_err(dt_notice_life(entries, 1, &entry_count, &on_it, facts, fact_count, 0), DT_ERR_CAPACITY);
}

static struct dt_ref tell(unsigned kind, uint16_t wid, const struct dt_ref *target, int64_t code,
                          unsigned to)
{
    const struct dt_ref ref = add(kind, wid, target, code, 0);
    for (unsigned m = 0; m < 8; m++) {
        if ((to >> m & 1u) != 0) {
            dt_members_add(&facts[fact_count - 1].to, m);
        }
    }
    return ref;
}

/* The members that version waits for, as bits; all ones where it does not count. */
static unsigned awaited(const struct dt_ref *ref)
{
    const struct dt_life_entry *e = life(ref, 1500);
    unsigned bits = 0;
    for (unsigned m = 0; m < 8; m++) {
        bits |= (unsigned)dt_members_has(&e->awaited, m) << m;
    }
    return e->counts ? bits : ~0u;
}

static void test_all_who_were_told_acknowledge(void **state)
{
    (void)state;
    const unsigned gone = ~0u;
    on_it = (struct dt_life_line){.members = 4};
    fact_count = 0;
    /* told to two of three others, amended to the third too */
    const struct dt_ref v1 = tell(DT_KIND_NOTICE, 0, NULL, DT_CATEGORY_FIRES, 1u << 1 | 1u << 2);
    assert_int_equal(awaited(&v1), 0);
    const struct dt_ref v2 = tell(DT_KIND_NOTICE, 0, &v1, DT_CATEGORY_FIRES, 1u << 2 | 1u << 3);
    assert_int_equal(awaited(&v1), 1u << 1 | 1u << 2 | 1u << 3);
    add(DT_KIND_ACK, 48, &v2, 0, 0); /* whom the old one was not told to */
    add(DT_KIND_ACK, 32, &v2, 0, 0); /* a mediator */
    assert_int_equal(awaited(&v1), 1u << 1);
    const struct dt_ref v3 = tell(DT_KIND_NOTICE, 0, &v2, DT_CATEGORY_FIRES, 0); /* to all */
    assert_int_equal(awaited(&v2), 1u << 1 | 1u << 2 | 1u << 3);
    add(DT_KIND_ACK, 16, &v3, 0, 0); /* who knows of the third needs no second */
    assert_int_equal(awaited(&v1), gone);
    assert_int_equal(awaited(&v2), 1u << 2 | 1u << 3);
    dt_members_add(&on_it.left, 3); /* left the line: nobody waits for it */
    assert_int_equal(awaited(&v2), 1u << 2);
    const struct dt_ref cancel = tell(DT_KIND_NOTICE_STATE, 1, &v3, DT_NOTICE_CANCELLED, 1u << 2);
    assert_int_equal(awaited(&v3), 1u << 1 | 1u << 2);
    add(DT_KIND_ACK, 32, &cancel, 0, 0);
    assert_int_equal(awaited(&v3), 1u << 1);
    assert_int_equal(awaited(&v2), 1u << 2); /* not yet cancelled, so it hands nothing up */
    add(DT_KIND_ACK, 17, &cancel, 0, 0);
    assert_int_equal(awaited(&v3), gone);
    assert_true(life(&v2, 1500)->life == DT_LIFE_CANCELLED);
    /* an early end waits in the same way; nobody left to tell is no acknowledgement */
    fact_count = 0;
    const struct dt_ref e1 = tell(DT_KIND_NOTICE, 0, NULL, DT_CATEGORY_FIRES, 1u << 1 | 1u << 2);
    const struct dt_ref end = tell(DT_KIND_NOTICE_STATE, 0, &e1, DT_NOTICE_ENDED, 1u << 1 | 1u << 2);
    add(DT_KIND_ACK, 16, &end, 0, 0);
    assert_int_equal(awaited(&e1), 1u << 2);
    dt_members_add(&on_it.left, 2);
    assert_int_equal(awaited(&e1), gone);
    fact_count--;
    dt_members_add(&on_it.left, 1);
    assert_int_equal(awaited(&e1), 0);
    on_it = (struct dt_life_line){.members = 2};
}

static void test_life_does_not_depend_on_order(void **state)
{
    (void)state;
    struct dt_rng rng = dt_rng("life_does_not_depend_on_order");
    for (int round = 0; round < 300; round++) {
        struct dt_ref refs[12];
        refs[0] = begin(dt_rng_below(&rng, 2) == 0);
        for (size_t i = 1; i < 12; i++) {
            static const unsigned kinds[4] = {DT_KIND_NOTICE, DT_KIND_NOTICE_STATE, DT_KIND_ACK,
                                              DT_KIND_ACK};
            const unsigned kind = kinds[dt_rng_below(&rng, 4)];
            const uint16_t wid = (uint16_t)(kind == DT_KIND_ACK ? 16 * dt_rng_below(&rng, 3)
                                                                : dt_rng_below(&rng, 2));
            refs[i] = add(kind, wid, &refs[dt_rng_below(&rng, i)], (int64_t)dt_rng_below(&rng, 5),
                          (int64_t)dt_rng_below(&rng, 2));
        }
        static struct dt_life_entry first[16];
        assert_err(dt_notice_life(entries, 16, &entry_count, &on_it, facts, fact_count, 1500), DT_OK);
        memcpy(first, entries, sizeof first);
        for (size_t i = fact_count; i > 1; i--) {
            const size_t j = dt_rng_below(&rng, i);
            const struct dt_fact swap = facts[i - 1];
            facts[i - 1] = facts[j];
            facts[j] = swap;
        }
        assert_err(dt_notice_life(entries, 16, &entry_count, &on_it, facts, fact_count, 1500), DT_OK);
        for (size_t i = 0; i < entry_count; i++) {
            assert_true(first[i].life == entries[i].life && first[i].counts == entries[i].counts &&
                        first[i].cancelling == entries[i].cancelling);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_clear_part_comes_back),
        cmocka_unit_test(test_sealed_part_comes_back),
        cmocka_unit_test(test_faults_have_names),
        cmocka_unit_test(test_cells_cover_it),
        cmocka_unit_test(test_windows_that_come_again),
        cmocka_unit_test(test_heights_over_the_sea),
        cmocka_unit_test(test_levels_lie_in_their_band),
        cmocka_unit_test(test_flipped_bits_have_a_name),
        cmocka_unit_test(test_a_movement_never_ends_by_the_clock),
        cmocka_unit_test(test_an_amendment_waits_for_the_other_side),
        cmocka_unit_test(test_a_cancellation_waits_too),
        cmocka_unit_test(test_all_who_were_told_acknowledge),
        cmocka_unit_test(test_life_does_not_depend_on_order),
    };
    return cmocka_run_group_tests(tests, dt_test_setup, NULL);
}

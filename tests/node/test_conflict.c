/* SPDX-License-Identifier: ISC */
/*
 * Goal: a severe conflict wakes people once a group and until an officer has seen it; what a
 * side does not see in time is raised on the line, by the node alone.
 * Method: two real nodes with a deadline of a second; a site of one, fires of the other over
 * it, twice amended; an alarm program that writes down how it was called.
 */
#include "test.h"

#include <signal.h>
#include <sys/stat.h>

#include "rig.h"
#include "wake.h"
#include "view/conflict_body.h"
#include "view/notice.h"

enum { NORD, SUED, PARTIES, WAIT_S = 60 };

static struct dt_ref notify(struct rig *r, unsigned party, enum dt_category category,
                            const struct dt_ref *amended)
{
    static struct dt_notice_plain plain;
    static uint8_t body[DT_BODY_MAX], sealed[DT_SEALED_MAX];
    const int64_t start = dt_now_ms() + 3600000;
    struct dt_body_notice clear = {.category = category,
                                   .request = DT_REQUEST_AVOID_WINDOW,
                                   .start_ms = start,
                                   .end_ms = start + 3600000};
    size_t size = 0, plain_size = 0;
    struct dt_object o;
    if (amended != NULL) {
        clear.has_amended = true;
        clear.amended = *amended;
    }
    memset(&plain, 0, sizeof plain);
    strcpy(plain.title, "Here");
    strcpy(plain.language, "en");
    plain.points[0] = (struct dt_point){362000000, 371000000};
    plain.rings[0] = (struct dt_ring){plain.points, 1};
    plain.volume_count = 1;
    plain.volumes[0].shape = (struct dt_volume){.shape = DT_SHAPE_CIRCLE,
                                                .radius_mm = 300000,
                                                .rings = plain.rings,
                                                .ring_count = 1,
                                                .time = {start, start + 3600000},
                                                .alt_hi_mm = 30000};
    assert_err(dt_notice_cells(&clear, &plain), DT_OK);
    assert_err(dt_body_notice_encode(body, sizeof body, &size, &clear), DT_OK);
    assert_err(dt_notice_plain_encode(sealed, sizeof sealed, &plain_size, &plain, &clear), DT_OK);
    dt_client_begin(&r->party[party].client, &o, "append");
    dt_obj_key(&o, "line");
    dt_obj_bytes(&o, dt_span(r->charter.id, DT_HASH_SIZE));
    dt_obj_key(&o, "kind");
    dt_obj_uint(&o, DT_KIND_NOTICE);
    dt_obj_key(&o, "time");
    dt_obj_uint(&o, (uint64_t)dt_now_ms());
    dt_obj_key(&o, "flags");
    dt_obj_uint(&o, dt_flags(DT_ROUTINE, DT_EXERCISE));
    dt_obj_key(&o, "to");
    dt_obj_array(&o);
    dt_obj_uint(&o, 1 - party);
    dt_obj_end(&o);
    dt_obj_key(&o, "body");
    dt_obj_bytes(&o, dt_span(body, size));
    dt_obj_key(&o, "plain");
    dt_obj_bytes(&o, dt_span(sealed, plain_size));
    const struct dt_span reply = rig_call(r, party, &o, NULL);
    struct dt_ref ref = {dt_wid(party, 1), rig_uint(reply, "seq"), {0}};
    rig_hash(reply, "leaf", ref.leaf);
    assert_true(rig_equal(r, WAIT_S));
    return ref;
}

static bool waits_raised(struct rig *r, unsigned party)
{
    for (int i = 0; i < WAIT_S * 10; i++) {
        size_t count = 0;
        struct dt_cbor item = rig_inbox(r, party, &count);
        for (size_t k = 0; k < count; k++) {
            const struct dt_span map = dt_cbor_skip(&item);
            if (rig_is(map, "kind", "CONFLICT") && rig_is(map, "step", "raised")) {
                return true;
            }
        }
        rig_pause_ms(100);
    }
    return false;
}

/* Conflicts listed at that party with this text under this key. */
static size_t listed(struct rig *r, unsigned party, const char *key, const char *value)
{
    struct dt_object o;
    dt_client_begin(&r->party[party].client, &o, "conflicts");
    struct dt_cbor items = dt_cbor_need_text(rig_call(r, party, &o, NULL), "items");
    const size_t count = dt_cbor_array(&items, 0, 100);
    size_t found = 0;
    for (size_t i = 0; i < count; i++) {
        found += rig_is(dt_cbor_skip(&items), key, value);
    }
    return found;
}

static void say_seen(struct rig *r, unsigned party, const struct dt_ref *a, const struct dt_ref *b)
{
    uint8_t body[256];
    size_t size = 0;
    const struct dt_body_conflict seen = {.first = *a, .second = *b, .step = DT_STEP_SEEN};
    assert_err(dt_body_conflict_encode(body, sizeof body, &size, &seen), DT_OK);
    (void)rig_officer(r, party, DT_KIND_CONFLICT, DT_ROUTINE, dt_span(body, size), NULL);
    assert_true(rig_equal(r, WAIT_S));
}

static void a_severe_conflict_wakes_and_is_raised(void **state)
{
    (void)state;
    struct rig *r = rig_new(PARTIES, DT_EXERCISE);
    r->charter.ack_deadline_ms[DT_FLASH] = 1000;
    r->charter.ack_deadline_ms[DT_IMMEDIATE] = 1000;
    rig_sign_charter(r);
    wake_write(r, "");
    r->party[SUED].alarm_exec = wake_program;
    rig_start(r, NORD);
    rig_start(r, SUED);
    rig_join(r);
    assert_true(rig_equal(r, WAIT_S));
    const struct dt_ref site = notify(r, NORD, DT_CATEGORY_STATIC, NULL);
    assert_int_equal(wake_called(" CONFLICT PA00 ", "", NULL), 0);
    struct dt_ref fires = notify(r, SUED, DT_CATEGORY_FIRES, NULL);
    assert_int_equal(listed(r, SUED, "state", "raised"), 1);
    for (int i = 0; i < WAIT_S * 10 && wake_called(" CONFLICT PA00 ", "IMMEDIATE", NULL) == 0; i++) {
        rig_pause_ms(100);
    }
    assert_true(wake_called(" CONFLICT PA00 ", "IMMEDIATE", NULL) >= 1);
    /* Nobody has seen it when it is due: each node tells the other side, once. */
    assert_true(waits_raised(r, NORD) && waits_raised(r, SUED));
    assert_int_equal(listed(r, SUED, "sound", "repeated"), 1);
    say_seen(r, SUED, &site, &fires);
    for (int i = 0; i < WAIT_S * 10 && listed(r, SUED, "sound", "none") == 0; i++) {
        rig_pause_ms(100);
    }
    assert_int_equal(listed(r, SUED, "sound", "none"), 1);
    assert_int_equal(listed(r, NORD, "sound", "repeated"), 1); /* theirs to see */
    /* Another version is another conflict of the same two activities: severe, so it sounds again. */
    fires = notify(r, SUED, DT_CATEGORY_FIRES, &fires);
    assert_int_equal(listed(r, SUED, "sound", "repeated"), 1);
    assert_int_equal(listed(r, NORD, "sound", "repeated"), 1); /* still unseen there: one alarm */
    /* After a restart what nobody has seen is still to be heard. */
    rig_stop(r, NORD, SIGTERM);
    rig_start(r, NORD);
    assert_true(listed(r, NORD, "sound", "repeated") >= 1);
    rig_free(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_severe_conflict_wakes_and_is_raised)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: ISC */
/*
 * Goal: silence, an empty desk and a broken path are told apart, and whoever does not
 * answer is tried by every way the charter names, on record, until he does.
 * Method: three real nodes whose charter counts in seconds; what happens is waited for,
 * never how long it takes.
 */
#include "test.h"

#include <signal.h>

#include "rig.h"
#include "view/watch.h"

enum { NORD, SUED, MEDI, PARTIES, WAIT_S = 60 };

static struct rig *line_of_seconds(int64_t flash_ms)
{
    struct rig *r = rig_new(PARTIES, DT_EXERCISE);
    r->charter.test_ms = 1000;
    r->charter.ack_deadline_ms[DT_FLASH] = flash_ms;
    r->charter.flash_budget = 2;
    rig_sign_charter(r);
    for (unsigned i = 0; i < PARTIES; i++) {
        rig_start(r, i);
    }
    rig_join(r);
    assert_true(rig_equal(r, WAIT_S));
    return r;
}

/* A text field of what `party` says of the peer with that code. */
static void peer_says(struct rig *r, unsigned party, const char *code, const char *field,
                      char out[static 32])
{
    struct dt_object o;
    dt_client_begin(&r->party[party].client, &o, "status");
    const struct dt_span reply = rig_call(r, party, &o, NULL);
    struct dt_cbor peers = dt_cbor_need_text(reply, "peers");
    const size_t count = dt_cbor_array(&peers, 0, 100);
    strcpy(out, "?");
    for (size_t i = 0; i < count; i++) {
        const struct dt_span peer = dt_cbor_skip(&peers);
        struct dt_cbor c = dt_cbor_need_text(peer, "code");
        if (dt_span_equal(dt_cbor_text(&c, 31), dt_span(code, strlen(code)))) {
            struct dt_cbor f = dt_cbor_need_text(peer, field);
            const struct dt_span text = dt_cbor_text(&f, 31);
            memcpy(out, text.data, text.size);
            out[text.size] = '\0';
        }
    }
}

static bool comes_to_say(struct rig *r, unsigned party, const char *code, const char *field,
                         const char *wanted)
{
    char said[32];
    for (int i = 0; i < WAIT_S * 10; i++) {
        peer_says(r, party, code, field, said);
        if (strcmp(said, wanted) == 0) {
            return true;
        }
        rig_pause_ms(100);
    }
    print_message("# %s of %s is %s, not %s\n", field, code, said, wanted);
    return false;
}

/* How many records of that kind the party's view holds, and of attempts which steps, as bits. */
static unsigned records(struct rig *r, unsigned party, const char *kind, unsigned *codes)
{
    unsigned found = 0;
    size_t count = 0;
    struct dt_cbor items = rig_records(r, party, &count);
    *codes = 0;
    for (size_t i = 0; i < count; i++) {
        const struct dt_span item = dt_cbor_skip(&items);
        if (!rig_is(item, "kind", kind)) {
            continue;
        }
        assert_true(rig_is(item, "valid", "OK"));
        found++;
        for (int step = 0; step < DT_ATTEMPTS; step++) {
            *codes |= (unsigned)rig_is(item, "attempt", dt_attempt_name(step)) << step;
        }
    }
    return found;
}

/* How many ATTEMPT records wait for an officer there; the reference of the last. */
static unsigned asked(struct rig *r, unsigned party, char kind[static 32], struct dt_ref *ref)
{
    size_t count = 0;
    struct dt_cbor items = rig_inbox(r, party, &count);
    kind[0] = '\0';
    for (size_t i = 0; i < count; i++) {
        const struct dt_span item = dt_cbor_skip(&items);
        struct dt_cbor of = dt_cbor_need_text(item, "kind");
        const struct dt_span name = dt_cbor_text(&of, 31);
        memcpy(kind, name.data, name.size);
        kind[name.size] = '\0';
        rig_hash(item, "leaf", ref->leaf);
        ref->seq = rig_uint(item, "seq");
    }
    return (unsigned)count;
}

static bool come_to_be(struct rig *r, unsigned party, const char *kind, unsigned wanted)
{
    unsigned codes;
    for (int i = 0; i < WAIT_S * 10; i++) {
        if (records(r, party, kind, &codes) >= wanted) {
            return true;
        }
        rig_pause_ms(100);
    }
    return false;
}

static void watch(struct rig *r, unsigned party, enum dt_watch_event event, int64_t length_ms)
{
    static struct dt_body_watch b;
    uint8_t body[256];
    size_t size = 0;
    b = (struct dt_body_watch){.event = event, .desk = "Operations"};
    b.until_ms = length_ms > 0 ? dt_now_ms() + length_ms : 0;
    assert_err(dt_body_watch_encode(body, sizeof body, &size, &b), DT_OK);
    rig_officer(r, party, DT_KIND_WATCH, DT_ROUTINE, dt_span(body, size), NULL);
}

static void the_three_lights(void **state)
{
    (void)state;
    struct rig *r = line_of_seconds(180000);
    unsigned codes;
    assert_true(comes_to_say(r, NORD, "PA01", "link", "green"));
    assert_true(comes_to_say(r, NORD, "PA01", "desk", "unknown")); /* a node is not a person */
    watch(r, SUED, DT_WATCH_TAKEN, 3600000);
    assert_true(comes_to_say(r, NORD, "PA01", "desk", "attended"));
    assert_true(comes_to_say(r, MEDI, "PA01", "desk", "attended"));
    watch(r, SUED, DT_WATCH_LEFT, 0);
    assert_true(comes_to_say(r, NORD, "PA01", "desk", "unattended"));
    watch(r, SUED, DT_WATCH_TAKEN, 3600000);
    assert_true(comes_to_say(r, NORD, "PA01", "desk", "attended"));
    assert_int_equal(records(r, NORD, "MISSED", &codes), 0);
    rig_stop(r, SUED, SIGKILL); /* the node is gone: of the desk nothing is known */
    assert_true(comes_to_say(r, NORD, "PA01", "link", "red"));
    assert_true(comes_to_say(r, NORD, "PA01", "desk", "unknown"));
    assert_true(come_to_be(r, NORD, "MISSED", 2)); /* ours and MEDI's: one each an outage */
    rig_start(r, SUED);
    assert_true(comes_to_say(r, NORD, "PA01", "link", "green"));
    assert_true(comes_to_say(r, NORD, "PA01", "desk", "attended")); /* he never left */
    assert_true(rig_equal(r, WAIT_S));
    assert_int_equal(records(r, NORD, "MISSED", &codes), 2);
    rig_free(r);
}

static void who_is_silent_is_tried(void **state)
{
    (void)state;
    struct rig *r = line_of_seconds(1000);
    struct dt_object o;
    struct dt_ref ref = {.wid = dt_wid(NORD, 1)};
    unsigned codes;
    rig_message(r, NORD, &r->party[NORD].client, &o, SUED, DT_FLASH, dt_span("answer", 6), false);
    const struct dt_span reply = rig_call(r, NORD, &o, NULL);
    ref.seq = rig_uint(reply, "seq");
    rig_hash(reply, "leaf", ref.leaf);
    /* same desk, another path, deputy, duty director at SUED; no guarantor; MEDI in between */
    assert_true(come_to_be(r, MEDI, "ATTEMPT", 5));
    assert_int_equal(records(r, MEDI, "ATTEMPT", &codes), 5);
    assert_int_equal(codes, 1u << DT_ATTEMPT_SAME_DESK | 1u << DT_ATTEMPT_OTHER_PATH |
                                1u << DT_ATTEMPT_DEPUTY | 1u << DT_ATTEMPT_DUTY_DIRECTOR |
                                1u << DT_ATTEMPT_INTERMEDIARY);
    /* the intermediary, to whom the record was not addressed, is asked; SUED has the record */
    char kind[32];
    struct dt_ref attempt = {.wid = dt_wid(NORD, 1)};
    uint8_t body[128];
    size_t size = 0;
    assert_int_equal(asked(r, MEDI, kind, &attempt), 1);
    assert_string_equal(kind, "ATTEMPT");
    struct dt_ref sent = {.wid = dt_wid(NORD, 1)};
    assert_int_equal(asked(r, SUED, kind, &sent), 1);
    assert_string_equal(kind, "MESSAGE");
    assert_err(dt_body_ack_encode(body, sizeof body, &size, &attempt), DT_OK);
    rig_officer(r, MEDI, DT_KIND_ACK, DT_ROUTINE, dt_span(body, size), NULL);
    assert_int_equal(asked(r, MEDI, kind, &attempt), 0);
    /* a restart tries nobody twice */
    rig_stop(r, NORD, SIGKILL);
    rig_start(r, NORD);
    assert_true(rig_equal(r, WAIT_S));
    rig_pause_ms(1500);
    assert_int_equal(records(r, NORD, "ATTEMPT", &codes), 5);
    /* nor do attempts use up what officers may send in an hour */
    enum dt_err err = DT_OK;
    rig_message(r, NORD, &r->party[NORD].client, &o, SUED, DT_FLASH, dt_span("again", 5), false);
    rig_call(r, NORD, &o, &err);
    assert_err(err, DT_OK);
    rig_free(r);
}

static void an_acknowledgement_ends_it(void **state)
{
    (void)state;
    struct rig *r = line_of_seconds(4000);
    struct dt_object o;
    struct dt_ref ref = {.wid = dt_wid(NORD, 1)};
    uint8_t body[128];
    size_t size = 0;
    unsigned codes;
    rig_message(r, NORD, &r->party[NORD].client, &o, SUED, DT_FLASH, dt_span("answer", 6), true);
    const struct dt_span reply = rig_call(r, NORD, &o, NULL);
    ref.seq = rig_uint(reply, "seq");
    rig_hash(reply, "leaf", ref.leaf);
    assert_err(dt_body_ack_encode(body, sizeof body, &size, &ref), DT_OK);
    rig_officer(r, SUED, DT_KIND_ACK, DT_ROUTINE, dt_span(body, size), NULL);
    assert_true(rig_equal(r, WAIT_S));
    const unsigned before = records(r, NORD, "ATTEMPT", &codes);
    rig_pause_ms(5000); /* past the deadline, and a step after it */
    assert_int_equal(records(r, NORD, "ATTEMPT", &codes), before);
    assert_true(before <= 2);
    rig_free(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_three_lights),
        cmocka_unit_test(who_is_silent_is_tried),
        cmocka_unit_test(an_acknowledgement_ends_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: ISC */
/*
 * Goal: an amendment, a cancellation or an early end takes protection away only when officers
 * of all who were told have acknowledged it, alike on every node; nobody waits for who has left.
 * Method: three real nodes; NORD amends and cancels a site, MEDI acknowledges first, then
 * SUED, who fires; then MEDI suspends and leaves while a second site waits for it.
 */
#include "test.h"

#include <signal.h>

#include "rig.h"
#include "view/notice.h"

enum { NORD, SUED, MEDI, PARTIES, WAIT_S = 60 };

static struct dt_ref said(struct dt_span reply, unsigned party)
{
    struct dt_ref ref = {dt_wid(party, 1), rig_uint(reply, "seq"), {0}};
    rig_hash(reply, "leaf", ref.leaf);
    return ref;
}

/* A site of NORD's, by cells alone, told to the whole line. */
static struct dt_ref notify(struct rig *r, const struct dt_ref *amended)
{
    uint8_t body[512];
    size_t size = 0;
    const int64_t now = dt_now_ms();
    struct dt_body_notice clear = {.category = DT_CATEGORY_STATIC,
                                   .request = DT_REQUEST_AVOID_WINDOW,
                                   .cells = {amended != NULL ? 1001 : 1000},
                                   .cell_count = 1,
                                   .start_ms = now - 3600000,
                                   .end_ms = now + 36000000,
                                   .has_amended = amended != NULL};
    if (amended != NULL) {
        clear.amended = *amended;
    }
    assert_err(dt_body_notice_encode(body, sizeof body, &size, &clear), DT_OK);
    return said(rig_officer(r, NORD, DT_KIND_NOTICE, DT_PRIORITY, dt_span(body, size), NULL), NORD);
}

static struct dt_ref state(struct rig *r, const struct dt_ref *notice, enum dt_notice_state what)
{
    uint8_t body[256];
    size_t size = 0;
    const struct dt_body_notice_state b = {.ref = *notice, .state = what};
    assert_err(dt_body_notice_state_encode(body, sizeof body, &size, &b), DT_OK);
    return said(rig_officer(r, NORD, DT_KIND_NOTICE_STATE, DT_PRIORITY, dt_span(body, size), NULL),
                NORD);
}

static void acknowledge(struct rig *r, unsigned party, const struct dt_ref *ref)
{
    uint8_t body[128];
    size_t size = 0;
    assert_err(dt_body_ref_encode(body, sizeof body, &size, ref), DT_OK);
    assert_true(rig_equal(r, WAIT_S)); /* it has come */
    (void)rig_officer(r, party, DT_KIND_ACK, DT_PRIORITY, dt_span(body, size), NULL);
}

static void leave(struct rig *r, unsigned party, bool for_good)
{
    uint8_t body[64];
    struct dt_writer w = dt_writer(body, sizeof body);
    dt_cbor_put_map(&w, for_good ? 0 : 1);
    if (!for_good) {
        dt_cbor_put_uint(&w, 5);
        dt_cbor_put_uint(&w, 1);
    }
    (void)rig_officer(r, party, for_good ? DT_KIND_LEAVE : DT_KIND_SUSPEND, DT_PRIORITY,
                      dt_written(&w), NULL);
}

/* How that version stands there, and how many it waits for; of them the first in `first`. */
static size_t stands(struct rig *r, unsigned at, const struct dt_ref *version, const char *life,
                     const char *first)
{
    struct dt_object o;
    dt_client_begin(&r->party[at].client, &o, "notices");
    dt_obj_key(&o, "all");
    dt_obj_bool(&o, true);
    struct dt_cbor items = dt_cbor_need_text(rig_call(r, at, &o, NULL), "items");
    const size_t count = dt_cbor_array(&items, 1, 16);
    for (size_t i = 0; i < count; i++) {
        const struct dt_span map = dt_cbor_skip(&items);
        uint8_t leaf[DT_HASH_SIZE];
        rig_hash(map, "leaf", leaf);
        if (memcmp(leaf, version->leaf, sizeof leaf) == 0) {
            struct dt_cbor awaited = dt_cbor_need_text(map, "awaited");
            const size_t waits = dt_cbor_array(&awaited, 0, PARTIES);
            assert_true(rig_is(map, "life", life));
            if (waits > 0) {
                const struct dt_span code = dt_cbor_text(&awaited, 16);
                assert_true(dt_span_equal(code, dt_span(first, strlen(first))));
            }
            return waits;
        }
    }
    fail_msg("no such version");
    return 0;
}

static void everywhere(struct rig *r, const struct dt_ref *version, const char *life, size_t waits,
                       const char *first)
{
    assert_true(rig_equal(r, WAIT_S));
    for (unsigned at = 0; at < PARTIES; at++) {
        assert_int_equal(stands(r, at, version, life, first), waits);
    }
}

static void it_counts_until_all_who_were_told_know(void **state_)
{
    (void)state_;
    struct rig *r = rig_new(PARTIES, DT_EXERCISE);
    for (unsigned p = 0; p < PARTIES; p++) {
        rig_start(r, p);
    }
    rig_join(r);
    const struct dt_ref old = notify(r, NULL), new = notify(r, &old);
    everywhere(r, &old, "active", 2, "PA01");
    acknowledge(r, MEDI, &new); /* who does not fire */
    everywhere(r, &old, "active", 1, "PA01");
    acknowledge(r, SUED, &new);
    everywhere(r, &old, "superseded", 0, "");
    everywhere(r, &new, "active", 0, "");
    const struct dt_ref end = state(r, &new, DT_NOTICE_ENDED);
    acknowledge(r, MEDI, &end);
    everywhere(r, &new, "active", 1, "PA01");
    acknowledge(r, SUED, &end);
    everywhere(r, &new, "ended", 0, "");
    /* Who suspends has still to know; who leaves has not. */
    const struct dt_ref second = notify(r, NULL), cancel = state(r, &second, DT_NOTICE_CANCELLED);
    acknowledge(r, SUED, &cancel);
    everywhere(r, &second, "active", 1, "PA02");
    leave(r, MEDI, false);
    everywhere(r, &second, "active", 1, "PA02");
    leave(r, MEDI, true);
    everywhere(r, &second, "cancelled", 0, "");
    rig_stop(r, SUED, SIGTERM); /* and so it is read again */
    rig_start(r, SUED);
    assert_int_equal(stands(r, SUED, &second, "cancelled", ""), 0);
    rig_free(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(it_counts_until_all_who_were_told_know)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

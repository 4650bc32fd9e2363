/* SPDX-License-Identifier: ISC */
/*
 * Goal: a member of the line, or somebody with a recording, changes nothing at a third node
 * that is not his to change: whose keys are good, what waits for an officer, where a peer is.
 */
#include "test.h"

#include <unistd.h>

#include "bearer/udp.h"
#include "log/statement.h"
#include "rig.h"
#include "session/session.h"
#include "view/body.h"

static struct rig *three_nodes(void)
{
    struct rig *r = rig_new(3, DT_EXERCISE);
    for (unsigned i = 0; i < 3; i++) {
        rig_start(r, i);
    }
    rig_join(r);
    assert_true(rig_equal(r, 30));
    return r;
}

static void put_key(struct rig *r, unsigned party, struct dt_span statement)
{
    struct dt_object o;
    dt_client_begin(&r->party[party].client, &o, "key");
    dt_obj_key(&o, "line");
    dt_obj_bytes(&o, dt_span(r->charter.id, 32));
    dt_obj_key(&o, "statement");
    dt_obj_bytes(&o, statement);
    rig_call(r, party, &o, NULL);
}

static bool says_doubt(struct rig *r, unsigned party, uint16_t wid)
{
    struct dt_object o;
    dt_client_begin(&r->party[party].client, &o, "records");
    dt_obj_key(&o, "wid");
    dt_obj_uint(&o, wid);
    const struct dt_span reply = rig_call(r, party, &o, NULL);
    return memmem(reply.data, reply.size, "REVOKED", 7) != NULL;
}

static void nobody_revokes_the_keys_of_another_party(void **state)
{
    (void)state;
    struct rig *r = three_nodes();
    static uint8_t statement[DT_STATEMENT_MAX];
    struct dt_certificate c;
    struct dt_revocation revocation = {.time_ms = dt_now_ms(), .reason = "hostile"};
    size_t size = 0;
    assert_err(dt_home_certificate(&r->party[0].home, statement, &size, &c), DT_OK);
    memcpy(revocation.key, c.writer, DT_PUBLIC_SIZE);
    assert_err(dt_revocation_sign(statement, sizeof statement, &size, &revocation,
                                  r->party[2].root, r->party[2].home.root),
               DT_OK);
    put_key(r, 2, dt_span(statement, size));
    assert_true(rig_equal(r, 30));
    assert_false(says_doubt(r, 1, dt_wid(0, 1)));
    /* A party may revoke its own. */
    assert_err(dt_revocation_sign(statement, sizeof statement, &size, &revocation,
                                  r->party[0].root, r->party[0].home.root),
               DT_OK);
    put_key(r, 0, dt_span(statement, size));
    assert_true(rig_equal(r, 30));
    assert_true(says_doubt(r, 1, dt_wid(0, 1)));
    rig_free(r);
}

static uint64_t waiting(struct rig *r, unsigned party)
{
    struct dt_object o;
    dt_client_begin(&r->party[party].client, &o, "status");
    return rig_uint(rig_call(r, party, &o, NULL), "open");
}

/* A new officer anywhere makes facts again; what was acknowledged stays so. */
static void what_was_acknowledged_does_not_wait_again(void **state)
{
    (void)state;
    struct rig *r = three_nodes();
    static uint8_t statement[DT_STATEMENT_MAX];
    uint8_t body[128];
    size_t size = 0;
    struct dt_body_check_fire fire = {.scope = DT_FIRE_EVERYWHERE};
    assert_err(dt_body_check_fire_encode(body, sizeof body, &size, &fire), DT_OK);
    const struct dt_span reply =
        rig_officer(r, 0, DT_KIND_CHECK_FIRE, DT_FLASH, dt_span(body, size), NULL);
    struct dt_ref ref = {dt_wid(0, 1), rig_uint(reply, "seq"), {0}};
    rig_hash(reply, "leaf", ref.leaf);
    assert_true(rig_equal(r, 30));
    assert_int_equal(waiting(r, 1), 1);
    assert_err(dt_body_ack_encode(body, sizeof body, &size, &ref), DT_OK);
    rig_officer(r, 1, DT_KIND_ACK, DT_ROUTINE, dt_span(body, size), NULL);
    assert_int_equal(waiting(r, 1), 0);
    struct dt_operator another = {.number = 7, .role = "new officer", .time_ms = dt_now_ms()};
    memcpy(another.key, r->party[1].officer.key, DT_PUBLIC_SIZE);
    assert_err(dt_operator_sign(statement, sizeof statement, &size, &another, r->party[2].root,
                                r->party[2].home.root),
               DT_OK);
    put_key(r, 2, dt_span(statement, size));
    assert_true(rig_equal(r, 30));
    assert_int_equal(waiting(r, 1), 0);
    assert_int_equal(waiting(r, 2), 1);
    struct dt_object o;
    dt_client_begin(&r->party[1].client, &o, "rebuild");
    rig_call(r, 1, &o, NULL);
    assert_int_equal(waiting(r, 1), 0);
    rig_free(r);
}

/* --- a call from elsewhere ---------------------------------------------------------------- */

static void pair_key(uint8_t out[32], const struct rig *r, unsigned a, unsigned b)
{
    static const uint8_t none[32];
    const uint8_t *x = r->party[a].home.root, *y = r->party[b].home.root;
    const bool first = memcmp(x, y, DT_PUBLIC_SIZE) < 0;
    const struct dt_span parts[3] = {dt_span(first ? x : y, DT_PUBLIC_SIZE),
                                     dt_span(first ? y : x, DT_PUBLIC_SIZE), dt_span(none, 32)};
    dt_labelled_hash(out, "detente/1/pair-psk", parts, 3);
}

/* What arrives within a second. */
static bool hears(struct dt_udp *u)
{
    uint8_t bytes[2048];
    for (int i = 0; i < 200; i++) {
        struct dt_datagram d = {.data = bytes, .capacity = sizeof bytes};
        if (dt_udp_receive(u, &d, 1) == 1) {
            return true;
        }
        usleep(20000);
    }
    return false;
}

/* It may be a recording, sent from anywhere: the answer goes there, and nothing else. */
static void a_call_does_not_say_where_a_peer_is(void **state)
{
    (void)state;
    struct rig *r = rig_new(2, DT_EXERCISE);
    rig_start(r, 0);
    rig_start(r, 1);
    rig_join(r);
    assert_true(rig_equal(r, 30));
    rig_stop(r, 1, 9);
    rig_stop(r, 0, 9);
    rig_start(r, 0);
    struct dt_udp home, elsewhere;
    struct dt_node_keys keys;
    struct dt_certificate certificate;
    struct dt_session_table table;
    static struct dt_peer_session slots[1];
    static uint8_t statement[DT_STATEMENT_MAX];
    uint8_t secret[32], psk[32], call[256];
    uint32_t slot = 0;
    size_t size = 0;
    assert_err(dt_udp_open(&home, r->party[1].listen), DT_OK);
    assert_err(dt_udp_open(&elsewhere, "udp:127.0.0.1:0"), DT_OK);
    assert_err(dt_home_unlock_node(&r->party[1].home, dt_span(NULL, 0), &keys), DT_OK);
    assert_err(dt_home_certificate(&r->party[0].home, statement, &size, &certificate), DT_OK);
    dt_random(secret, sizeof secret);
    pair_key(psk, r, 0, 1);
    dt_session_init(&table, slots, 1, keys.session, secret);
    assert_err(dt_session_pair(&table, certificate.session, psk, &slot), DT_OK);
    dt_random(secret, sizeof secret);
    assert_err(dt_session_open(&table, slot, rig_now_us(), dt_span(NULL, 0), secret, call,
                               sizeof call, &size),
               DT_OK);
    struct dt_datagram d = {.data = call, .size = size, .capacity = size};
    assert_err(dt_address_parse(&d.address, r->party[0].listen), DT_OK);
    assert_int_equal(dt_udp_send(&elsewhere, &d, 1), 1);
    assert_true(hears(&elsewhere)); /* the answer */
    while (hears(&home)) {          /* calls of the node's own start */
        break;
    }
    uint8_t bytes[2048];
    d = (struct dt_datagram){.data = bytes, .capacity = sizeof bytes};
    while (dt_udp_receive(&home, &d, 1) == 1 || dt_udp_receive(&elsewhere, &d, 1) == 1) {
        d.capacity = sizeof bytes;
    }
    assert_true(hears(&home)); /* it goes on calling where the peer was */
    assert_int_equal(dt_udp_receive(&elsewhere, &d, 1), 0);
    dt_session_deinit(&table);
    dt_udp_close(&home);
    dt_udp_close(&elsewhere);
    rig_free(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nobody_revokes_the_keys_of_another_party),
        cmocka_unit_test(what_was_acknowledged_does_not_wait_again),
        cmocka_unit_test(a_call_does_not_say_where_a_peer_is),
    };
    return cmocka_run_group_tests_name("hostile", tests, dt_test_setup, NULL);
}

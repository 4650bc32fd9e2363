/* SPDX-License-Identifier: ISC */
/*
 * Goal: access to the control socket is not a role. Who shows no officer's signature sees
 * what travels unsealed and changes nothing; a signature is good for one connection, once.
 */
#include "test.h"

#include <signal.h>

#include "node/auth.h"
#include "rig.h"
#include "view/watch_body.h"

enum { CALL_MS = 60000 };

/* Another window on the node of a party, without a role. */
static struct dt_client window(struct rig *r, unsigned party)
{
    struct dt_client c;
    char path[DT_HOME_PATH_SIZE];
    assert_err(dt_home_file(path, &r->party[party].home, "control.sock"), DT_OK);
    assert_err(dt_client_open(&c, path), DT_OK);
    return c;
}

static void challenge_of(struct dt_client *c, uint8_t out[static DT_CHALLENGE_SIZE])
{
    struct dt_object o;
    dt_client_begin(c, &o, "hello");
    assert_err(dt_client_call(c, &o, CALL_MS), DT_OK);
    struct dt_cbor field = dt_cbor_need_text(c->reply, "challenge");
    const struct dt_span bytes = dt_cbor_bytes(&field, DT_CHALLENGE_SIZE, DT_CHALLENGE_SIZE);
    assert_err(dt_cbor_error(&field), DT_OK);
    memcpy(out, bytes.data, DT_CHALLENGE_SIZE);
}

static enum dt_err ask(struct dt_client *c, const char *cmd)
{
    struct dt_object o;
    dt_client_begin(c, &o, cmd);
    return dt_client_call(c, &o, CALL_MS);
}

static enum dt_err say_message(struct rig *r, struct dt_client *c)
{
    struct dt_object o;
    const struct dt_span text = dt_span("a sealed word", 13);
    rig_message(r, 0, c, &o, 1, DT_ROUTINE, text, false);
    return dt_client_call(c, &o, CALL_MS);
}

static bool holds(struct dt_span reply, const char *words)
{
    return memmem(reply.data, reply.size, words, strlen(words)) != NULL;
}

static struct rig *two_with_a_message(void)
{
    struct rig *r = rig_new(2, DT_EXERCISE);
    rig_start(r, 0);
    rig_start(r, 1);
    rig_join(r);
    assert_true(rig_equal(r, 30));
    assert_err(say_message(r, &r->party[0].client), DT_OK);
    assert_true(rig_equal(r, 30));
    return r;
}

static void without_a_role_nothing_changes_and_nothing_sealed_is_shown(void **state)
{
    (void)state;
    static const char *const changes[] = {"append", "line_add", "peer_add", "pair_open",
                                          "pair_confirm", "key", "export", "import", "backup",
                                          "prove", "check", "a_command_of_next_year"};
    static const char *const looks[] = {"hello", "status", "inbox", "records", "notices",
                                        "conflicts", "digest", "follow"};
    struct rig *r = two_with_a_message();
    struct dt_client c = window(r, 1);
    for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++) {
        assert_err(ask(&c, changes[i]), DT_ERR_NOT_ON_WATCH);
    }
    for (size_t i = 0; i < sizeof looks / sizeof looks[0]; i++) {
        assert_err(ask(&c, looks[i]), DT_OK);
        assert_false(holds(c.reply, "a sealed word"));
    }
    assert_err(ask(&c, "inbox"), DT_OK);
    assert_true(holds(c.reply, "withheld"));
    assert_err(ask(&r->party[1].client, "inbox"), DT_OK); /* the officer's own window */
    assert_true(holds(r->party[1].client.reply, "a sealed word"));
    assert_false(holds(r->party[1].client.reply, "withheld"));
    dt_client_close(&c);
    rig_free(r);
}

static void events_are_withheld_too_and_still_come(void **state)
{
    (void)state;
    struct rig *r = two_with_a_message();
    struct dt_client c = window(r, 1);
    struct dt_span event;
    assert_err(ask(&c, "follow"), DT_OK);
    assert_err(say_message(r, &r->party[0].client), DT_OK);
    do { /* the record of our own node about it, or the message itself */
        assert_err(dt_client_receive(&c, &event, CALL_MS), DT_OK);
        assert_false(holds(event, "a sealed word"));
    } while (!holds(event, "MESSAGE"));
    assert_true(holds(event, "withheld"));
    dt_client_close(&c);
    rig_free(r);
}

static void only_the_right_key_on_the_right_connection_once(void **state)
{
    (void)state;
    struct rig *r = two_with_a_message();
    const struct rig_party *p = &r->party[0];
    struct dt_client c = window(r, 0), d = window(r, 0);
    uint8_t challenge[DT_CHALLENGE_SIZE], other[DT_CHALLENGE_SIZE];
    const uint8_t *signer = p->officer_key.signer;
    /* Another party's officer, and an officer who is not there. */
    challenge_of(&c, challenge);
    assert_err(dt_client_auth(&c, &p->home, challenge, 1, r->party[1].officer_key.signer),
               DT_ERR_AUTH_FAILED);
    challenge_of(&c, challenge);
    assert_err(dt_client_auth(&c, &p->home, challenge, 2, signer), DT_ERR_AUTH_FAILED);
    /* An officer is not the root. */
    challenge_of(&c, challenge);
    assert_err(dt_client_auth(&c, &p->home, challenge, 0, signer), DT_ERR_AUTH_FAILED);
    assert_err(say_message(r, &c), DT_ERR_NOT_ON_WATCH);
    /* What is signed for one connection is nothing on another. */
    challenge_of(&c, challenge);
    challenge_of(&d, other);
    assert_memory_not_equal(challenge, other, DT_CHALLENGE_SIZE);
    assert_err(dt_client_auth(&d, &p->home, challenge, 1, signer), DT_ERR_AUTH_FAILED);
    /* Nor for another node: the same officer's words, bound to another home. */
    challenge_of(&d, other);
    struct dt_home wrong = r->party[1].home;
    assert_err(dt_client_auth(&d, &wrong, other, 1, signer), DT_ERR_AUTH_FAILED);
    assert_err(say_message(r, &d), DT_ERR_NOT_ON_WATCH);
    /* The right one; it is used up with that, and so is a failed one. */
    assert_err(dt_client_auth(&c, &p->home, challenge, 1, signer), DT_OK);
    assert_err(say_message(r, &c), DT_OK);
    assert_err(dt_client_auth(&c, &p->home, challenge, 1, signer), DT_ERR_AUTH_FAILED);
    challenge_of(&d, other);
    assert_err(dt_client_auth(&d, &p->home, other, 1, r->party[1].officer_key.signer),
               DT_ERR_AUTH_FAILED);
    assert_err(dt_client_auth(&d, &p->home, other, 1, signer), DT_ERR_AUTH_FAILED);
    /* The root may do set-up. */
    challenge_of(&d, other);
    assert_err(dt_client_auth(&d, &p->home, other, 0, p->root), DT_OK);
    assert_err(ask(&d, "peer_add"), DT_ERR_MISSING_FIELD); /* let in, and then read */
    dt_client_close(&c);
    dt_client_close(&d);
    rig_free(r);
}

static void lock_number(struct dt_client *c, unsigned number)
{
    struct dt_object o;
    dt_client_begin(c, &o, "lock");
    dt_obj_key(&o, "number");
    dt_obj_uint(&o, number);
    assert_err(dt_client_call(c, &o, CALL_MS), DT_OK);
}

static void the_role_ends_with_the_watch(void **state)
{
    (void)state;
    struct rig *r = two_with_a_message();
    struct dt_client c = window(r, 0);
    assert_err(dt_client_greet(&c, &r->party[0].home, &r->party[0].officer_key), DT_OK);
    lock_number(&r->party[0].client, 2); /* somebody else's watch */
    assert_err(say_message(r, &c), DT_OK);
    lock_number(&r->party[0].client, 1);
    assert_err(say_message(r, &c), DT_ERR_NOT_ON_WATCH);
    assert_err(say_message(r, &r->party[0].client), DT_ERR_NOT_ON_WATCH);
    assert_err(ask(&c, "status"), DT_OK);
    dt_client_close(&c);
    rig_free(r);
}

static struct dt_ref ref_of(struct dt_span reply, unsigned party)
{
    struct dt_ref ref = {dt_wid(party, 1), rig_uint(reply, "seq"), {0}};
    rig_hash(reply, "leaf", ref.leaf);
    return ref;
}

static enum dt_err answer_unsigned(struct rig *r, const struct dt_ref *ref, struct dt_ref *out)
{
    const struct dt_body_fire_answer b = {.ref = *ref, .answer = DT_ANSWER_PASSED};
    uint8_t body[256];
    size_t size = 0;
    enum dt_err err = DT_OK;
    assert_err(dt_body_fire_answer_encode(body, sizeof body, &size, &b), DT_OK);
    const struct dt_span reply =
        rig_plain(r, 1, DT_KIND_FIRE_ANSWER, DT_FLASH, dt_span(body, size), &err);
    if (err == DT_OK) {
        *out = ref_of(reply, 1);
    }
    return err;
}

/* In the stop-fire direction nothing waits for a passphrase; who it was comes later. */
static void a_locked_desk_answers_a_check_fire_and_nothing_else(void **state)
{
    (void)state;
    struct rig *r = two_with_a_message();
    const struct dt_body_check_fire fire = {.scope = DT_FIRE_EVERYWHERE};
    const struct dt_ref message = {dt_wid(0, 1), 1, {7}};
    uint8_t body[256];
    size_t size = 0;
    enum dt_err err = DT_OK;
    struct dt_ref answer = {0};
    assert_err(dt_body_check_fire_encode(body, sizeof body, &size, &fire), DT_OK);
    const struct dt_ref ref =
        ref_of(rig_officer(r, 0, DT_KIND_CHECK_FIRE, DT_FLASH, dt_span(body, size), NULL), 0);
    assert_true(rig_equal(r, 30));
    lock_number(&r->party[1].client, 1);
    assert_err(answer_unsigned(r, &message, &answer), DT_ERR_WRONG_RECORD);
    assert_err(answer_unsigned(r, &ref, &answer), DT_OK);
    assert_err(dt_body_ref_encode(body, sizeof body, &size, &ref), DT_OK);
    (void)rig_plain(r, 1, DT_KIND_SHOWN, DT_ROUTINE, dt_span(body, size), &err);
    assert_err(err, DT_ERR_NOT_ON_WATCH);
    /* That nobody is there may be said; that somebody is may not. */
    struct dt_body_watch watch = {.event = DT_WATCH_LEFT};
    assert_err(dt_body_watch_encode(body, sizeof body, &size, &watch), DT_OK);
    (void)rig_plain(r, 1, DT_KIND_WATCH, DT_ROUTINE, dt_span(body, size), &err);
    assert_err(err, DT_OK);
    watch.event = DT_WATCH_ALARM_HEARD;
    assert_err(dt_body_watch_encode(body, sizeof body, &size, &watch), DT_OK);
    (void)rig_plain(r, 1, DT_KIND_WATCH, DT_ROUTINE, dt_span(body, size), &err);
    assert_err(err, DT_ERR_NOT_ON_WATCH);
    assert_true(rig_equal(r, 30));
    assert_err(ask(&r->party[0].client, "status"), DT_OK);
    struct dt_cbor fires = dt_cbor_need_text(r->party[0].client.reply, "check_fires");
    assert_int_equal(dt_cbor_array(&fires, 0, 8), 1);
    assert_int_equal(rig_uint(dt_cbor_skip(&fires), "silent"), 1); /* a claim */
    /* Named, it counts as that officer's. */
    assert_err(dt_client_greet(&r->party[1].client, &r->party[1].home, &r->party[1].officer_key),
               DT_OK);
    assert_err(dt_body_ref_encode(body, sizeof body, &size, &answer), DT_OK);
    (void)rig_officer(r, 1, DT_KIND_NAMED, DT_PRIORITY, dt_span(body, size), NULL);
    assert_true(rig_equal(r, 30));
    assert_err(ask(&r->party[0].client, "status"), DT_OK);
    fires = dt_cbor_need_text(r->party[0].client.reply, "check_fires");
    assert_int_equal(dt_cbor_array(&fires, 0, 8), 1);
    assert_int_equal(rig_uint(dt_cbor_skip(&fires), "silent"), 0);
    rig_free(r);
}

static void a_revoked_officer_loses_the_role_at_once(void **state)
{
    (void)state;
    struct rig *r = two_with_a_message();
    struct rig_party *p = &r->party[0];
    struct dt_client c = window(r, 0);
    uint8_t statement[DT_STATEMENT_MAX], challenge[DT_CHALLENGE_SIZE];
    size_t size = 0;
    struct dt_object o;
    struct dt_revocation revocation = {.time_ms = dt_now_ms(), .reason = "lost"};
    assert_err(dt_client_greet(&c, &p->home, &p->officer_key), DT_OK);
    memcpy(revocation.key, p->officer.key, DT_PUBLIC_SIZE);
    assert_err(dt_home_revoke(&p->home, &revocation, p->root, statement, &size), DT_OK);
    dt_client_begin(&p->client, &o, "key");
    dt_obj_key(&o, "line");
    dt_obj_bytes(&o, dt_span(r->charter.id, DT_HASH_SIZE));
    dt_obj_key(&o, "statement");
    dt_obj_bytes(&o, dt_span(statement, size));
    rig_call(r, 0, &o, NULL);
    assert_err(say_message(r, &c), DT_ERR_NOT_ON_WATCH);
    challenge_of(&c, challenge);
    assert_err(dt_client_auth(&c, &p->home, challenge, 1, p->officer_key.signer), DT_ERR_REVOKED);
    /* And after a restart, when it is read again. */
    rig_stop(r, 0, SIGTERM);
    rig_start(r, 0);
    assert_err(p->auth, DT_ERR_REVOKED);
    dt_client_close(&c);
    rig_free(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_a_role_nothing_changes_and_nothing_sealed_is_shown),
        cmocka_unit_test(events_are_withheld_too_and_still_come),
        cmocka_unit_test(only_the_right_key_on_the_right_connection_once),
        cmocka_unit_test(the_role_ends_with_the_watch),
        cmocka_unit_test(a_locked_desk_answers_a_check_fire_and_nothing_else),
        cmocka_unit_test(a_revoked_officer_loses_the_role_at_once),
    };
    return cmocka_run_group_tests_name("auth", tests, dt_test_setup, NULL);
}

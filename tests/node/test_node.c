/* SPDX-License-Identifier: ISC */
/*
 * Goal: real nodes on loopback do what the layers promise: records arrive, are
 * acknowledged and proved; a killed receiver loses nothing; a third member carries;
 * strangers find silence.
 */
#include "test.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "log/seal.h"
#include "rig.h"
#include "view/body.h"

static struct dt_span text_of(const char *text)
{
    return dt_span(text, strlen(text));
}

static uint64_t inbox_count(struct rig *r, unsigned party)
{
    struct dt_object o;
    dt_client_begin(&r->party[party].client, &o, "status");
    return rig_uint(rig_call(r, party, &o, NULL), "open");
}

static bool inbox_reaches(struct rig *r, unsigned party, uint64_t count)
{
    const int64_t until = rig_now_us() + 30000000;
    while (rig_now_us() < until) {
        if (inbox_count(r, party) == count) {
            return true;
        }
        usleep(5000);
    }
    return false;
}

static void a_message_is_stored_read_and_acknowledged(void **state)
{
    (void)state;
    struct rig *r = rig_new(3, DT_EXERCISE);
    for (unsigned i = 0; i < 3; i++) {
        rig_start(r, i);
    }
    rig_join(r);
    assert_true(rig_equal(r, 30));
    struct dt_object o;
    rig_message(r, 0, &r->party[0].client, &o, 1, DT_IMMEDIATE, text_of("convoy delayed"), true);
    struct dt_span reply = rig_call(r, 0, &o, NULL);
    uint8_t leaf[32];
    rig_hash(reply, "leaf", leaf);
    const uint64_t seq = rig_uint(reply, "seq");
    assert_true(inbox_reaches(r, 1, 1));
    assert_int_equal(inbox_count(r, 2), 0); /* not addressed */
    /* The mediator holds the record and cannot read it. */
    assert_true(rig_equal(r, 30));
    for (unsigned i = 1; i < 3; i++) {
        dt_client_begin(&r->party[i].client, &o, "records");
        dt_obj_key(&o, "wid");
        dt_obj_uint(&o, dt_wid(0, 1));
        dt_obj_key(&o, "from");
        dt_obj_uint(&o, seq);
        reply = rig_call(r, i, &o, NULL);
        const bool readable = memmem(reply.data, reply.size, "convoy delayed", 14) != NULL;
        assert_int_equal(readable, i == 1);
    }
    /* Another version's acknowledgement counts for nothing; the right one clears. */
    struct dt_ref ref = {dt_wid(0, 1), seq, {0}};
    uint8_t body[128];
    size_t size = 0;
    enum dt_err err = DT_OK;
    assert_err(dt_body_ack_encode(body, sizeof body, &size, &ref), DT_OK);
    rig_officer(r, 1, DT_KIND_ACK, DT_ROUTINE, dt_span(body, size), &err);
    assert_int_equal(inbox_count(r, 1), 1);
    memcpy(ref.leaf, leaf, 32);
    assert_err(dt_body_ack_encode(body, sizeof body, &size, &ref), DT_OK);
    rig_officer(r, 1, DT_KIND_ACK, DT_ROUTINE, dt_span(body, size), NULL);
    assert_int_equal(inbox_count(r, 1), 0);
    /* A forged officer is refused at our own entry. */
    r->party[1].officer_key.signer[0] ^= 1;
    rig_officer(r, 1, DT_KIND_ACK, DT_ROUTINE, dt_span(body, size), &err);
    assert_int_not_equal(err, DT_OK);
    assert_true(rig_equal(r, 30));
    /* Views made again are the same. */
    dt_client_begin(&r->party[2].client, &o, "rebuild");
    reply = rig_call(r, 2, &o, NULL);
    uint8_t before[32], after[32];
    rig_hash(reply, "before", before);
    rig_hash(reply, "after", after);
    assert_memory_equal(before, after, 32);
    rig_free(r);
}

static void a_killed_receiver_loses_nothing(void **state)
{
    (void)state;
    enum { MESSAGES = 300 };
    struct rig *r = rig_new(2, DT_EXERCISE);
    rig_start(r, 0);
    rig_start(r, 1);
    rig_join(r);
    assert_true(rig_equal(r, 30));
    for (int round = 0; round < 3; round++) {
        for (unsigned i = 0; i < MESSAGES; i++) {
            struct dt_object o;
            rig_message(r, 0, &r->party[0].client, &o, 1, DT_ROUTINE, text_of("exercise exercise"), false);
            rig_call(r, 0, &o, NULL);
            if (i == MESSAGES * 2 / 5) {
                rig_stop(r, 1, SIGKILL);
                rig_start(r, 1);
            }
        }
        assert_true(inbox_reaches(r, 1, (uint64_t)(round + 1) * MESSAGES));
    }
    assert_true(rig_equal(r, 60));
    rig_free(r);
}

static void both_restart_and_go_on(void **state)
{
    (void)state;
    struct rig *r = rig_new(2, DT_OPERATION);
    struct dt_object o;
    uint64_t last[2] = {0, 0};
    rig_start(r, 0);
    rig_start(r, 1);
    rig_join(r);
    assert_true(rig_equal(r, 30));
    for (unsigned i = 0; i < 6; i++) {
        rig_message(r, i % 2, &r->party[i % 2].client, &o, 1 - i % 2, DT_PRIORITY, text_of("again"), true);
        const uint64_t seq = rig_uint(rig_call(r, i % 2, &o, NULL), "seq");
        assert_true(i < 2 || seq == last[i % 2] + 1); /* the readers still have their key */
        last[i % 2] = seq;
        rig_stop(r, i % 2, i < 3 ? SIGTERM : SIGKILL);
        rig_start(r, i % 2);
    }
    assert_true(rig_equal(r, 60));
    assert_int_equal(inbox_count(r, 0), 3);
    assert_int_equal(inbox_count(r, 1), 3);
    rig_free(r);
}

static void a_second_node_on_the_same_home_is_refused(void **state)
{
    (void)state;
    struct rig *r = rig_new(2, DT_OPERATION);
    rig_start(r, 0);
    const pid_t first = r->party[0].pid;
    struct dt_client kept = r->party[0].client;
    char listen[64];
    memcpy(listen, r->party[0].listen, sizeof listen);
    snprintf(r->party[0].listen, sizeof listen, "udp:127.0.0.1:0");
    rig_start(r, 0); /* its client reaches the first node: the second has ended */
    int status = 0;
    assert_int_equal(waitpid(r->party[0].pid, &status, 0), r->party[0].pid);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 8);
    dt_client_close(&r->party[0].client);
    r->party[0].client = kept;
    r->party[0].pid = first;
    struct dt_object o;
    dt_client_begin(&r->party[0].client, &o, "hello");
    rig_call(r, 0, &o, NULL);
    rig_free(r);
}

static void who_joins_late_can_read_what_was_written_to_it(void **state)
{
    (void)state;
    struct rig *r = rig_new(2, DT_OPERATION);
    struct dt_object o;
    rig_start(r, 0);
    rig_accept(r, 0);
    rig_message(r, 0, &r->party[0].client, &o, 1, DT_PRIORITY, text_of("before you came"), false);
    rig_call(r, 0, &o, NULL);
    rig_start(r, 1);
    rig_accept(r, 1);
    bool readable = false;
    const int64_t until = rig_now_us() + 30000000;
    while (!readable && rig_now_us() < until) {
        dt_client_begin(&r->party[1].client, &o, "inbox");
        const struct dt_span reply = rig_call(r, 1, &o, NULL);
        readable = memmem(reply.data, reply.size, "before you came", 15) != NULL;
        usleep(20000);
    }
    assert_true(readable);
    assert_true(rig_equal(r, 30));
    rig_free(r);
}

static struct dt_span add_card(struct rig *r, unsigned at, unsigned whose, const uint8_t *secret)
{
    struct dt_object o;
    dt_client_begin(&r->party[at].client, &o, "peer_add");
    dt_obj_key(&o, "card");
    dt_obj_bytes(&o, dt_span(r->party[whose].card, r->party[whose].card_size));
    if (secret != NULL) {
        dt_obj_key(&o, "secret");
        dt_obj_bytes(&o, dt_span(secret, 32));
    }
    return rig_call(r, at, &o, NULL);
}

static void a_secret_given_in_person_stays(void **state)
{
    (void)state;
    static const uint8_t secret[32] = {7, 7, 7};
    struct rig *r = rig_new(2, DT_OPERATION);
    struct dt_object o;
    rig_start(r, 0);
    rig_start(r, 1);
    rig_join(r);
    assert_true(rig_equal(r, 30));
    for (unsigned i = 0; i < 2; i++) {
        add_card(r, i, 1 - i, secret);
        add_card(r, i, 1 - i, NULL); /* the card comes again, as with a new line */
    }
    rig_message(r, 0, &r->party[0].client, &o, 1, DT_PRIORITY, text_of("under the secret"), true);
    rig_call(r, 0, &o, NULL);
    for (unsigned i = 0; i < 2; i++) {
        rig_stop(r, i, SIGTERM);
        rig_start(r, i);
    }
    rig_message(r, 1, &r->party[1].client, &o, 0, DT_PRIORITY, text_of("and after a restart"), true);
    rig_call(r, 1, &o, NULL);
    assert_true(rig_equal(r, 30));
    rig_free(r);
}

static void who_leaves_a_line_says_so_to_all(void **state)
{
    (void)state;
    struct rig *r = rig_new(2, DT_OPERATION);
    uint8_t body[16];
    size_t size = 0;
    rig_start(r, 0);
    rig_start(r, 1);
    rig_join(r);
    assert_true(rig_equal(r, 30));
    assert_err(dt_body_empty_encode(body, sizeof body, &size), DT_OK);
    rig_officer(r, 0, DT_KIND_LEAVE, DT_PRIORITY, dt_span(body, size), NULL);
    assert_true(rig_equal(r, 30));
    enum dt_err err = DT_OK;
    rig_officer(r, 0, DT_KIND_LEAVE, DT_PRIORITY, dt_span(body, size), &err);
    assert_int_equal(err, DT_ERR_NOT_ALLOWED);
    rig_free(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_message_is_stored_read_and_acknowledged),
        cmocka_unit_test(a_killed_receiver_loses_nothing),
        cmocka_unit_test(both_restart_and_go_on),
        cmocka_unit_test(a_second_node_on_the_same_home_is_refused),
        cmocka_unit_test(who_joins_late_can_read_what_was_written_to_it),
        cmocka_unit_test(a_secret_given_in_person_stays),
        cmocka_unit_test(who_leaves_a_line_says_so_to_all),
    };
    return cmocka_run_group_tests_name("node", tests, dt_test_setup, NULL);
}

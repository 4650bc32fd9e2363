/* SPDX-License-Identifier: ISC */
/*
 * Goal: what is in doubt says so and why, from its place on and not before, at every node
 * alike; and a CHECK FIRE alarms all the same.
 *
 * Method: real nodes; one of them sleeps through it and learns all at once. Views are
 * compared by their digest, rebuilt, and checked from the disk.
 */
#include "test.h"

#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "log/statement.h"
#include "node/verify.h"
#include "program.h"
#include "rig.h"
#include "view/body.h"

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

static struct dt_ref say(struct rig *r, unsigned party, unsigned to)
{
    struct dt_object o;
    rig_message(r, party, &r->party[party].client, &o, to, DT_ROUTINE, dt_span("bridge", 6),
                false);
    const struct dt_span reply = rig_call(r, party, &o, NULL);
    struct dt_ref ref = {dt_wid(party, 1), rig_uint(reply, "seq"), {0}};
    rig_hash(reply, "leaf", ref.leaf);
    return ref;
}

/* Acknowledges as the party's officer; where that record is. */
static uint64_t acknowledge(struct rig *r, unsigned party, const struct dt_ref *ref)
{
    uint8_t body[128];
    size_t size = 0;
    assert_err(dt_body_ack_encode(body, sizeof body, &size, ref), DT_OK);
    return rig_uint(rig_officer(r, party, DT_KIND_ACK, DT_ROUTINE, dt_span(body, size), NULL),
                    "seq");
}

static struct dt_ref check_fire(struct rig *r, unsigned party)
{
    uint8_t body[128];
    size_t size = 0;
    struct dt_body_check_fire fire = {.scope = DT_FIRE_EVERYWHERE};
    assert_err(dt_body_check_fire_encode(body, sizeof body, &size, &fire), DT_OK);
    const struct dt_span reply =
        rig_officer(r, party, DT_KIND_CHECK_FIRE, DT_FLASH, dt_span(body, size), NULL);
    struct dt_ref ref = {dt_wid(party, 1), rig_uint(reply, "seq"), {0}};
    rig_hash(reply, "leaf", ref.leaf);
    return ref;
}

/* The party's officer key, from a size of its log on. */
static void revoke_officer(struct rig *r, unsigned party, uint64_t good)
{
    static uint8_t statement[DT_STATEMENT_MAX];
    size_t size = 0;
    struct dt_revocation revocation = {.time_ms = dt_now_ms(), .reason = "left"};
    memcpy(revocation.key, r->party[party].officer.key, DT_PUBLIC_SIZE);
    memcpy(revocation.good[0].line, r->charter.id, DT_HASH_SIZE);
    revocation.good[0].number = 1;
    revocation.good[0].size = good;
    revocation.good_count = 1;
    assert_err(dt_revocation_sign(statement, sizeof statement, &size, &revocation,
                                  r->party[party].root, r->party[party].home.root),
               DT_OK);
    put_key(r, party, dt_span(statement, size));
}

static uint64_t open_items(struct rig *r, unsigned party)
{
    struct dt_object o;
    dt_client_begin(&r->party[party].client, &o, "status");
    return rig_uint(rig_call(r, party, &o, NULL), "open");
}

/* The item of one record as a party's node shows it. */
static struct dt_span item(struct rig *r, unsigned party, uint16_t wid, uint64_t seq)
{
    struct dt_object o;
    dt_client_begin(&r->party[party].client, &o, "records");
    dt_obj_key(&o, "wid");
    dt_obj_uint(&o, wid);
    dt_obj_key(&o, "from");
    dt_obj_uint(&o, seq);
    dt_obj_key(&o, "limit");
    dt_obj_uint(&o, 1);
    return rig_call(r, party, &o, NULL);
}

static bool has(struct dt_span where, const char *text)
{
    return memmem(where.data, where.size, text, strlen(text)) != NULL;
}

static void digest(struct rig *r, unsigned party, const char *command, const char *key,
                   uint8_t out[32])
{
    struct dt_object o;
    dt_client_begin(&r->party[party].client, &o, command);
    rig_hash(rig_call(r, party, &o, NULL), key, out);
}

static void verifies(struct rig *r, unsigned party)
{
    struct dt_verify_report report;
    rig_stop(r, party, SIGTERM);
    const enum dt_err err = dt_verify_home(r->party[party].home.path, &report, NULL, NULL);
    if (err != DT_OK) {
        fail_msg("party %u: %s %s %s %llu", party, dt_err_name(err), report.what, report.log,
                 (unsigned long long)report.seq);
    }
    assert_true(report.seen > 0); /* what records saw of other logs was looked at */
    assert_int_equal(report.otherwise, 0);
}

static void a_revoked_officer_keeps_what_he_signed_before(void **state)
{
    (void)state;
    uint8_t before[32], after[32], late[32];
    struct rig *r = rig_new(3, DT_EXERCISE);
    for (unsigned i = 0; i < 3; i++) {
        rig_start(r, i);
    }
    rig_join(r);
    assert_true(rig_equal(r, 30));
    rig_stop(r, 2, SIGTERM);
    const struct dt_ref first = say(r, 0, 1), second = say(r, 0, 1);
    assert_true(rig_equal(r, 30));
    const uint64_t good = acknowledge(r, 1, &first);
    const uint64_t bad = acknowledge(r, 1, &second);
    const uint64_t fire = check_fire(r, 1).seq;
    assert_true(rig_equal(r, 30));

    revoke_officer(r, 1, bad);
    assert_true(rig_equal(r, 30));
    rig_start(r, 2); /* it hears of certificate, acknowledgements and revocation at once */
    assert_true(rig_equal(r, 30));

    const uint16_t wid = dt_wid(1, 1);
    for (unsigned party = 0; party < 3; party++) {
        assert_false(has(item(r, party, wid, good), "OFFICER_REVOKED"));
        assert_true(has(item(r, party, wid, bad), "OFFICER_REVOKED"));
        assert_true(has(item(r, party, wid, fire), "OFFICER_REVOKED"));
        digest(r, party, "digest", "digest", party == 0 ? before : late);
        assert_true(party == 0 || memcmp(before, late, 32) == 0);
        digest(r, party, "rebuild", "after", after);
        assert_memory_equal(before, after, 32);
    }
    struct dt_object o;
    dt_client_begin(&r->party[0].client, &o, "status"); /* stop fire: it waits for an officer */
    assert_int_equal(rig_uint(rig_call(r, 0, &o, NULL), "open"), 1);
    enum dt_err err = DT_OK; /* at its own entry his node does not take him any more */
    uint8_t body[128];
    size_t size = 0;
    assert_err(dt_body_ack_encode(body, sizeof body, &size, &first), DT_OK);
    rig_officer(r, 1, DT_KIND_ACK, DT_ROUTINE, dt_span(body, size), &err);
    assert_true(err == DT_ERR_NOT_ALLOWED || err == DT_ERR_NOT_ON_WATCH);
    for (unsigned party = 0; party < 3; party++) {
        verifies(r, party);
    }
    rig_free(r);
}

/* --- two histories --------------------------------------------------------------------- */

/* What a party's node says of the log of `wid`: a number of its status, -1 for null. */
static int64_t of_log(struct rig *r, unsigned party, uint16_t wid, const char *key)
{
    struct dt_object o;
    dt_client_begin(&r->party[party].client, &o, "status");
    struct dt_cbor logs = dt_cbor_need_text(rig_call(r, party, &o, NULL), "logs");
    for (size_t n = dt_cbor_array(&logs, 0, 64); n > 0; n--) {
        const struct dt_span log = dt_cbor_skip(&logs);
        struct dt_cbor c;
        if (rig_uint(log, "wid") == wid && dt_cbor_find_text(log, key, &c)) {
            return dt_cbor_null(&c) ? -1 : (int64_t)dt_cbor_uint(&c, INT64_MAX);
        }
    }
    return -1;
}

/* "cp -a" or "mv" of party 0's home: to its copy, or from it. */
static void files(struct rig *r, const char *command, bool from_copy)
{
    static char text[3 * DT_HOME_PATH_SIZE];
    const char *home = r->party[0].home.path;
    snprintf(text, sizeof text, "%s '%s%s' '%s%s'", command, home, from_copy ? ".copy" : "", home,
             from_copy ? "" : ".copy");
    assert_int_equal(system(text), 0);
}

static bool both_held(struct rig *r)
{
    /* Less than it takes until heads are said again. */
    for (unsigned tries = 0; tries < 2000; tries++) {
        if (of_log(r, 1, dt_wid(0, 1), "second") >= 0 && of_log(r, 2, dt_wid(0, 1), "second") >= 0) {
            return true;
        }
        usleep(20000);
    }
    for (unsigned party = 1; party < 3; party++) {
        const uint16_t wid = dt_wid(0, 1);
        print_message("party %u: size %lld, common %lld, second %lld\n", party,
                      (long long)of_log(r, party, wid, "size"),
                      (long long)of_log(r, party, wid, "common"),
                      (long long)of_log(r, party, wid, "second"));
    }
    return false;
}

/* A home is copied; the two copies go on, each with another member. */
static void a_copied_home_makes_two_histories_and_one_view(void **state)
{
    (void)state;
    uint8_t before[32], other[32], after[32];
    const uint16_t wid = dt_wid(0, 1);
    struct rig *r = rig_new(3, DT_EXERCISE);
    r->seen_otherwise = true; /* of a forked log they do */
    for (unsigned i = 0; i < 3; i++) {
        rig_start(r, i);
    }
    rig_join(r);
    assert_true(rig_equal(r, 30));
    const struct dt_ref asked = say(r, 1, 0), shared = say(r, 0, 1);
    assert_true(rig_equal(r, 30));
    const uint64_t acked = acknowledge(r, 0, &asked);
    assert_true(rig_equal(r, 30));
    rig_stop(r, 0, SIGTERM);
    rig_stop(r, 2, SIGTERM);
    files(r, "cp -a", false);
    rig_start(r, 0);
    const struct dt_ref first = say(r, 0, 1);
    for (unsigned i = 0; i < 3; i++) {
        say(r, 0, 1);
    }
    assert_true(rig_equal(r, 30));
    rig_stop(r, 0, SIGTERM);
    rig_stop(r, 1, SIGTERM);
    files(r, "f() { rm -rf \"$2\" && mv \"$1\" \"$2\"; }; f", true);
    rig_start(r, 2);
    rig_start(r, 0);
    const struct dt_ref fire = check_fire(r, 0);
    revoke_officer(r, 0, acked);
    assert_true(rig_equal(r, 30));
    rig_stop(r, 0, SIGTERM);
    rig_stop(r, 2, SIGTERM);

    rig_start(r, 1); /* the two who were told different things meet */
    rig_start(r, 2);
    assert_true(both_held(r));
    assert_true(rig_equal(r, 30));
    for (unsigned party = 1; party < 3; party++) {
        assert_int_equal(of_log(r, party, wid, "common"), first.seq);
        assert_false(has(item(r, party, wid, shared.seq), "FORK"));
        assert_true(has(item(r, party, wid, first.seq), "FORK"));
        digest(r, party, "digest", "digest", party == 1 ? before : other);
        digest(r, party, "rebuild", "after", after);
        assert_memory_equal(after, party == 1 ? before : other, 32);
        /* Said on one branch only, and binding on both sides. */
        assert_true(has(item(r, party, wid, acked), "OFFICER_REVOKED"));
        struct dt_object o; /* stop fire: it alarms at both, on whichever branch it is here */
        dt_client_begin(&r->party[party].client, &o, "inbox");
        const struct dt_span inbox = rig_call(r, party, &o, NULL);
        assert_true(has(inbox, "CHECK_FIRE") && has(inbox, "FORK"));
    }
    assert_memory_equal(before, other, 32);
    for (unsigned party = 1; party < 3; party++) { /* and it can be acknowledged at both */
        const uint64_t open = open_items(r, party);
        acknowledge(r, party, &fire);
        assert_int_equal(open_items(r, party), open - 1);
        assert_true(rig_equal(r, 30));
    }
    digest(r, 1, "digest", "digest", before);
    digest(r, 1, "rebuild", "after", after);
    assert_memory_equal(before, after, 32);
    assert_true(has(item(r, 2, wid, fire.seq), "CHECK_FIRE"));
    verifies(r, 1);
    verifies(r, 2);
    rig_start(r, 1); /* and after a restart it is the same */
    digest(r, 1, "digest", "digest", after);
    assert_memory_equal(before, after, 32);
    assert_true(of_log(r, 1, wid, "second") > 0);
    rig_free(r);
}

static bool otherwise(struct rig *r, unsigned party, const char *by)
{
    struct dt_object o;
    dt_client_begin(&r->party[party].client, &o, "status");
    struct dt_cbor c = dt_cbor_need_text(rig_call(r, party, &o, NULL), "seen_otherwise");
    return has(dt_cbor_skip(&c), by);
}

/* `line show` says of a contradiction what `status` says. */
static bool line_shows(struct rig *r, unsigned party, unsigned forks, unsigned claims)
{
    static const char *const show[] = {"line", "show", NULL};
    static const char *const json[] = {"line", "show", "--json", NULL};
    static const char claim[] = "PA02.1-2-";
    return program_says(r, party, "TWO HISTORIES", show) == forks &&
           program_says(r, party, "says it saw another history of the log of PA00.1", show) == claims &&
           program_says(r, party, "\"forked\":true", json) == forks + claims &&
           program_says(r, party, claim, json) == claims;
}

/* Two histories of one length: no head tells them apart. A record of the one who holds the
 * other says what he saw, and a proof comes of it. */
static void what_a_record_saw_tells_two_histories_apart(void **state)
{
    (void)state;
    const uint16_t wid = dt_wid(0, 1);
    struct rig *r = rig_new(3, DT_EXERCISE);
    r->seen_otherwise = true;
    for (unsigned i = 0; i < 3; i++) {
        rig_start(r, i);
    }
    rig_join(r);
    say(r, 0, 1);
    assert_true(rig_equal(r, 30));
    rig_stop(r, 0, SIGTERM);
    rig_stop(r, 2, SIGTERM);
    files(r, "cp -a", false);
    rig_start(r, 0);
    const struct dt_ref here = say(r, 0, 1);
    assert_true(rig_equal(r, 30));
    rig_stop(r, 0, SIGTERM);
    rig_stop(r, 1, SIGTERM);
    files(r, "f() { rm -rf \"$2\" && mv \"$1\" \"$2\"; }; f", true);
    rig_start(r, 2);
    rig_start(r, 0);
    const struct dt_ref there = say(r, 0, 1);
    assert_int_equal(here.seq, there.seq);
    assert_memory_not_equal(here.leaf, there.leaf, 32);
    assert_true(rig_equal(r, 30));
    rig_stop(r, 0, SIGTERM);

    rig_start(r, 1);
    usleep(500000); /* heads have been told; nothing can come of them */
    assert_int_equal(of_log(r, 1, wid, "second"), -1);
    assert_false(otherwise(r, 1, "PA02.1"));
    assert_true(line_shows(r, 1, 0, 0));
    say(r, 2, 1);
    assert_true(both_held(r));
    assert_true(rig_equal(r, 30));
    assert_true(otherwise(r, 1, "PA02.1"));
    assert_true(line_shows(r, 1, 1, 1));
    rig_stop(r, 1, SIGKILL);
    rig_start(r, 1); /* it is kept */
    assert_true(otherwise(r, 1, "PA02.1"));
    assert_true(line_shows(r, 1, 1, 1));
    verifies(r, 1);
    verifies(r, 2);
    rig_free(r);
}

static bool is_outrun(struct rig *r, unsigned party, uint16_t wid)
{
    struct dt_object o;
    dt_client_begin(&r->party[party].client, &o, "status");
    struct dt_cbor logs = dt_cbor_need_text(rig_call(r, party, &o, NULL), "logs");
    const size_t count = dt_cbor_array(&logs, 0, 99);
    for (size_t i = 0; i < count; i++) {
        const struct dt_span log = dt_cbor_skip(&logs);
        struct dt_cbor outrun = dt_cbor_need_text(log, "outrun");
        if (rig_uint(log, "wid") == wid) {
            return dt_cbor_bool(&outrun);
        }
    }
    return false;
}

/* The log goes on elsewhere. The old copy learns it, and then writes nothing by itself: its
 * CHECK FIRE passes, that nobody acknowledges it is not put on record. */
static void an_old_copy_that_knows_it_writes_only_check_fire(void **state)
{
    (void)state;
    const uint16_t wid = dt_wid(0, 1);
    struct rig *r = rig_new(2, DT_EXERCISE);
    struct dt_object o;
    enum dt_err err = DT_OK;
    r->seen_otherwise = true;
    r->charter.ack_deadline_ms[DT_FLASH] = 1000;
    rig_sign_charter(r);
    rig_start(r, 0);
    rig_start(r, 1);
    rig_join(r);
    say(r, 0, 1);
    assert_true(rig_equal(r, 30));
    rig_stop(r, 0, SIGTERM);
    files(r, "cp -a", false);
    rig_start(r, 0);
    say(r, 0, 1);
    assert_true(rig_equal(r, 30));
    rig_stop(r, 0, SIGTERM);
    files(r, "f() { rm -rf \"$2\" && mv \"$1\" \"$2\"; }; f", true);
    rig_start(r, 0);
    for (unsigned tries = 0; tries < 1500 && !is_outrun(r, 0, wid); tries++) {
        rig_pause_ms(20);
    }
    assert_true(is_outrun(r, 0, wid));
    const int64_t size = of_log(r, 0, wid, "size");
    rig_message(r, 0, &r->party[0].client, &o, 1, DT_ROUTINE, dt_span("bridge", 6), false);
    rig_call(r, 0, &o, &err);
    assert_err(err, DT_ERR_FORK);
    const struct dt_ref fire = check_fire(r, 0);
    assert_int_equal(fire.seq, size);
    rig_pause_ms(5000); /* each step of the alarm was due */
    assert_int_equal(of_log(r, 0, wid, "size"), size + 1);
    rig_free(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_revoked_officer_keeps_what_he_signed_before),
        cmocka_unit_test(a_copied_home_makes_two_histories_and_one_view),
        cmocka_unit_test(what_a_record_saw_tells_two_histories_apart),
        cmocka_unit_test(an_old_copy_that_knows_it_writes_only_check_fire),
    };
    return cmocka_run_group_tests(tests, dt_test_setup, NULL);
}

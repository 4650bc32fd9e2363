/* SPDX-License-Identifier: ISC */
/*
 * Goal: what one member says of the line as a whole shows at every member and binds there:
 * a suspended line carries what stops fire and what ends or confirms it, and no more.
 */
#include "test.h"

#include <signal.h>
#include <unistd.h>

#include "rig.h"
#include "view/body.h"

enum { PARTIES = 3 };

static bool holds(struct dt_span reply, const char *words)
{
    return memmem(reply.data, reply.size, words, strlen(words)) != NULL;
}

/* The members of the only line, each with its own map. */
static struct dt_span member_of(struct rig *r, unsigned at, unsigned member)
{
    struct dt_object o;
    dt_client_begin(&r->party[at].client, &o, "hello");
    const struct dt_span reply = rig_call(r, at, &o, NULL);
    struct dt_cbor lines = dt_cbor_need_text(reply, "lines");
    assert_int_equal(dt_cbor_array(&lines, 1, 1), 1);
    const struct dt_span line = dt_cbor_skip(&lines);
    struct dt_cbor members = dt_cbor_need_text(line, "members");
    assert_int_equal(dt_cbor_array(&members, PARTIES, PARTIES), PARTIES);
    struct dt_span map = dt_span(NULL, 0);
    for (unsigned i = 0; i <= member; i++) {
        map = dt_cbor_skip(&members);
    }
    assert_err(dt_cbor_error(&members), DT_OK);
    return map;
}

static bool line_reads(struct rig *r, unsigned at, const char *state)
{
    struct dt_object o;
    dt_client_begin(&r->party[at].client, &o, "hello");
    const struct dt_span reply = rig_call(r, at, &o, NULL);
    struct dt_cbor lines = dt_cbor_need_text(reply, "lines");
    dt_cbor_array(&lines, 1, 1);
    const struct dt_span line = dt_cbor_skip(&lines);
    struct dt_cbor field = dt_cbor_need_text(line, "state");
    const struct dt_span text = dt_cbor_text(&field, 32);
    return dt_span_equal(text, dt_span(state, strlen(state)));
}

static bool member_reads(struct rig *r, unsigned at, unsigned member, const char *state)
{
    const struct dt_span map = member_of(r, at, member);
    struct dt_cbor field = dt_cbor_need_text(map, "state");
    const struct dt_span text = dt_cbor_text(&field, 32);
    const bool active = strcmp(state, "active") == 0;
    assert_int_equal(!active, holds(map, "duty officer")); /* who signed it */
    assert_int_equal(!active, holds(map, "record"));
    return dt_span_equal(text, dt_span(state, strlen(state)));
}

static enum dt_err message(struct rig *r, unsigned from, unsigned to)
{
    struct dt_object o;
    enum dt_err err = DT_OK;
    rig_message(r, from, &r->party[from].client, &o, to, DT_ROUTINE, dt_span("words", 5), false);
    rig_call(r, from, &o, &err);
    return err;
}

static enum dt_err warning(struct rig *r, unsigned from, unsigned to, enum dt_subject subject,
                           struct dt_ref *ref)
{
    struct dt_object o;
    enum dt_err err = DT_OK;
    rig_warning(r, &r->party[from].client, &o, subject, to, DT_FLASH, dt_span("words", 5));
    const struct dt_span reply = rig_call(r, from, &o, &err);
    if (err == DT_OK) {
        *ref = (struct dt_ref){r->party[from].wid, rig_uint(reply, "seq"), {0}};
        rig_hash(reply, "leaf", ref->leaf);
    }
    return err;
}

/* Who is told of it says what he did with it. */
static enum dt_err passed_on(struct rig *r, unsigned by, const struct dt_ref *ref)
{
    uint8_t body[128];
    size_t size = 0;
    enum dt_err err = DT_OK;
    struct dt_body_passed_on b = {
        .ref = *ref, .state = DT_PASSED_UNREACHABLE, .told = -1, .units = -1};
    snprintf(b.force, sizeof b.force, "%s", r->charter.members[by].forces[0].name);
    assert_true(rig_equal(r, 30));
    assert_err(dt_body_passed_on_encode(body, sizeof body, &size, &b), DT_OK);
    rig_officer(r, by, DT_KIND_PASSED_ON, DT_PRIORITY, dt_span(body, size), &err);
    return err;
}

static enum dt_err check_fire(struct rig *r, unsigned from)
{
    uint8_t body[DT_BODY_MAX];
    size_t size = 0;
    enum dt_err err = DT_OK;
    const struct dt_body_check_fire fire = {.scope = DT_FIRE_EVERYWHERE};
    assert_err(dt_body_check_fire_encode(body, sizeof body, &size, &fire), DT_OK);
    rig_officer(r, from, DT_KIND_CHECK_FIRE, DT_FLASH, dt_span(body, size), &err);
    return err;
}

static void suspend(struct rig *r, unsigned who, bool suspended)
{
    uint8_t body[DT_BODY_MAX];
    size_t size = 0;
    const struct dt_body_suspend b = {.suspended = suspended};
    usleep(2000); /* later than what came before, by its own clock */
    assert_err(dt_body_suspend_encode(body, sizeof body, &size, &b), DT_OK);
    rig_officer(r, who, DT_KIND_SUSPEND, DT_PRIORITY, dt_span(body, size), NULL);
    assert_true(rig_equal(r, 30));
}

static struct rig *three(void)
{
    struct rig *r = rig_new(PARTIES, DT_OPERATION);
    for (unsigned i = 0; i < PARTIES; i++) {
        rig_start(r, i);
    }
    rig_join(r);
    assert_true(rig_equal(r, 30));
    return r;
}

static void a_suspension_shows_and_binds_at_every_member(void **state)
{
    (void)state;
    struct rig *r = three();
    struct dt_ref plain;
    assert_err(warning(r, 0, 255, DT_SUBJECT_NONE, &plain), DT_OK);
    suspend(r, 1, true);
    for (unsigned round = 0; round < 2; round++) {
        for (unsigned i = 0; i < PARTIES; i++) {
            assert_true(line_reads(r, i, "suspended"));
            assert_true(member_reads(r, i, 1, "suspended"));
            assert_true(member_reads(r, i, 0, "active"));
        }
        assert_err(message(r, 0, 1), DT_ERR_SUSPENDED);   /* to who suspended */
        assert_err(message(r, 0, 255), DT_ERR_SUSPENDED); /* to all is to him too */
        assert_err(message(r, 1, 2), DT_ERR_SUSPENDED);   /* and from him */
        assert_err(message(r, 0, 2), DT_OK);              /* the others go on */
        assert_err(check_fire(r, 0), DT_OK);
        assert_err(check_fire(r, 1), DT_OK);
        for (int s = DT_SUBJECT_DISTRESS; s < DT_SUBJECTS; s++) { /* what warns passes */
            struct dt_ref ref;
            assert_err(warning(r, 1, 255, (enum dt_subject)s, &ref), DT_OK);
            assert_err(warning(r, 0, 1, (enum dt_subject)s, &ref), DT_OK);
            assert_err(passed_on(r, 1, &ref), DT_OK);
        }
        assert_err(passed_on(r, 1, &plain), DT_ERR_SUSPENDED); /* of what does not warn */
        for (unsigned i = 0; i < PARTIES; i++) { /* the same after a restart */
            rig_stop(r, i, SIGTERM);
            rig_start(r, i);
        }
    }
    assert_true(rig_equal(r, 60));
    suspend(r, 1, false);
    for (unsigned i = 0; i < PARTIES; i++) {
        assert_true(line_reads(r, i, "active"));
        assert_true(member_reads(r, i, 1, "active"));
    }
    assert_err(message(r, 0, 1), DT_OK);
    assert_err(message(r, 1, 0), DT_OK);
    rig_free(r);
}

static void who_left_has_left_for_every_member(void **state)
{
    (void)state;
    struct rig *r = three();
    uint8_t body[16];
    size_t size = 0;
    assert_err(dt_body_empty_encode(body, sizeof body, &size), DT_OK);
    suspend(r, 2, true); /* who has suspended may still leave */
    rig_officer(r, 2, DT_KIND_LEAVE, DT_PRIORITY, dt_span(body, size), NULL);
    assert_true(rig_equal(r, 30));
    assert_true(line_reads(r, 2, "left"));
    assert_err(message(r, 2, 0), DT_ERR_NOT_ALLOWED);
    for (unsigned i = 0; i < 2; i++) {
        assert_true(line_reads(r, i, "active"));
        assert_true(member_reads(r, i, 2, "left"));
        assert_err(message(r, i, 2), DT_ERR_SUSPENDED); /* nobody there */
        assert_err(message(r, i, 255), DT_OK);
        assert_err(message(r, i, 1 - i), DT_OK);
    }
    rig_officer(r, 1, DT_KIND_LEAVE, DT_PRIORITY, dt_span(body, size), NULL);
    assert_true(rig_equal(r, 30));
    assert_true(line_reads(r, 0, "ended"));
    assert_err(message(r, 0, 255), DT_ERR_SUSPENDED);
    assert_err(check_fire(r, 0), DT_OK);
    rig_free(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_suspension_shows_and_binds_at_every_member),
        cmocka_unit_test(who_left_has_left_for_every_member),
    };
    return cmocka_run_group_tests_name("suspend", tests, dt_test_setup, NULL);
}

/* SPDX-License-Identifier: ISC */
/*
 * Goal: a member that tiles the theatre with bogus plans gets answers for the caps of a day and no
 * more, whatever its own node lets pass, and the other side is woken.
 * Method: two real nodes; that of NORD has no entry check of its own (it is defined here instead of
 * node/blind_entry.c), that of SUED is the program.
 */
#include "test.h"

#include <signal.h>
#include <sys/stat.h>

#include "node/blind.h"
#include "rig.h"
#include "view/blind_body.h"

enum { NORD, SUED, PARTIES, WAIT_S = 60, TILES = 7, LIST = 8192 };

/* What our own node would refuse: nothing. */
enum dt_err dt_blind_entry(struct dt_line *line, const struct dt_fact *fact)
{
    (void)line;
    (void)fact;
    return DT_OK;
}

static char program[300], calls[300];

static struct rig *line_with_alarm(void)
{
    struct rig *r = rig_new(PARTIES, DT_EXERCISE);
    snprintf(calls, sizeof calls, "%s/calls", r->dir);
    snprintf(program, sizeof program, "%s/wake", r->dir);
    FILE *f = fopen(program, "w");
    assert_non_null(f);
    fprintf(f, "#!/bin/sh\necho \"$*\" >> '%s'\n", calls);
    fclose(f);
    assert_int_equal(chmod(program, 0700), 0);
    rig_start(r, NORD);
    r->program = DT_BUILD_DIR "/detente";
    r->party[SUED].alarm_exec = program;
    rig_start(r, SUED);
    rig_join(r);
    assert_true(rig_equal(r, WAIT_S));
    return r;
}

/* What the alarm program was told, if it was called. */
static bool woken(char line[static 256])
{
    FILE *f = fopen(calls, "r");
    const bool any = f != NULL && fgets(line, 256, f) != NULL;
    if (f != NULL) {
        fclose(f);
    }
    return any;
}

/* Signed by the party's officer, to the other one. */
static enum dt_err say(struct rig *r, unsigned party, const struct dt_body_blind *b, struct dt_ref *ref)
{
    static uint8_t signed_body[DT_BODY_MAX];
    uint8_t body[1024], digest[DT_HASH_SIZE], signature[DT_SIGNATURE_SIZE];
    struct rig_party *p = &r->party[party];
    struct dt_object o;
    size_t size = 0;
    enum dt_err err = DT_OK;
    assert_err(dt_body_blind_encode(body, sizeof body, &size, b), DT_OK);
    assert_err(dt_officer_digest(digest, dt_span(body, size), dt_span(NULL, 0)), DT_OK);
    struct dt_header h = {.kind = DT_KIND_BLIND, .time_ms = dt_now_ms(),
                          .flags = dt_flags(DT_ROUTINE, DT_EXERCISE), .to = {(uint8_t)(1 - party)}, .to_count = 1};
    dt_officer_sign(signature, r->charter.id, p->wid, &h, digest, p->officer_key.signer);
    assert_err(dt_body_add_officer(signed_body, sizeof signed_body, &size, dt_span(body, size), DT_BODY_OFFICER, 1,
                                   signature),
               DT_OK);
    dt_client_begin(&p->client, &o, "append");
    dt_obj_key(&o, "line");
    dt_obj_bytes(&o, dt_span(r->charter.id, DT_HASH_SIZE));
    dt_obj_key(&o, "kind");
    dt_obj_uint(&o, h.kind);
    dt_obj_key(&o, "time");
    dt_obj_int(&o, h.time_ms);
    dt_obj_key(&o, "flags");
    dt_obj_uint(&o, h.flags);
    dt_obj_key(&o, "to");
    dt_obj_array(&o);
    dt_obj_uint(&o, h.to[0]);
    dt_obj_end(&o);
    dt_obj_key(&o, "body");
    dt_obj_bytes(&o, dt_span(signed_body, size));
    const struct dt_span reply = rig_call(r, party, &o, &err);
    if (err == DT_OK && ref != NULL) {
        *ref = (struct dt_ref){p->wid, rig_uint(reply, "seq"), {0}};
        rig_hash(reply, "leaf", ref->leaf);
    }
    return err;
}

static struct dt_span hello(const struct rig *r, enum dt_blind_role role, uint32_t size, uint8_t *out)
{
    static const uint8_t nothing[DT_HASH_SIZE];
    const uint8_t some[DT_HASH_SIZE] = {(uint8_t)(role + 1)};
    const struct dt_span thirty_two = dt_span(some, sizeof some);
    const struct dt_blind_message m = {.kind = DT_BLIND_HELLO,
                                       .after = role == DT_BLIND_ASKS ? dt_span(nothing, sizeof nothing) : thirty_two,
                                       .role = role,
                                       .line = dt_span(r->charter.id, DT_HASH_SIZE),
                                       .slot_ms = 3600000,
                                       .size = size,
                                       .nonce = thirty_two,
                                       .key = thirty_two,
                                       .commitment = thirty_two};
    struct dt_writer w = dt_writer(out, DT_BLIND_HELLO_MAX);
    dt_blind_message_write(&w, &m);
    assert_false(w.overflowed);
    return dt_written(&w);
}

static enum dt_err propose(struct rig *r, unsigned party, struct dt_ref *ref)
{
    uint8_t bytes[DT_BLIND_HELLO_MAX];
    const struct dt_body_blind b = {.event = DT_BLIND_PROPOSED, .hello = hello(r, DT_BLIND_ASKS, LIST, bytes)};
    return say(r, party, &b, ref);
}

static enum dt_err answer(struct rig *r, unsigned party, const struct dt_ref *ref, uint32_t size)
{
    uint8_t bytes[DT_BLIND_HELLO_MAX];
    const struct dt_body_blind b = {.event = DT_BLIND_ANSWERED, .ref = *ref,
                                    .hello = hello(r, DT_BLIND_ANSWERS, size, bytes)};
    return say(r, party, &b, NULL);
}

/* Proposals that wait at SUED, and how many of them are in doubt for the caps. */
static size_t waiting(struct rig *r, size_t *flagged)
{
    size_t count = 0, found = 0;
    struct dt_cbor items = rig_inbox(r, SUED, &count);
    *flagged = 0;
    for (size_t i = 0; i < count; i++) {
        const struct dt_span item = dt_cbor_skip(&items);
        found += rig_is(item, "kind", "BLIND");
        *flagged += rig_is(item, "kind", "BLIND") && rig_is(item, "doubt", "QUOTA");
    }
    return found;
}

static void who_tiles_the_theatre_gets_the_caps_and_wakes_us(void **state)
{
    (void)state;
    struct rig *r = line_with_alarm();
    struct dt_ref ref[TILES];
    char called[256] = "";
    size_t flagged, answered = 0;
    for (size_t i = 0; i < TILES; i++) {
        assert_err(propose(r, NORD, &ref[i]), DT_OK);
        rig_pause_ms(5); /* each later than the one before */
        if (i == 1) { /* 16,384 cells: within the caps, and nobody is woken */
            assert_true(rig_equal(r, WAIT_S));
            assert_int_equal(waiting(r, &flagged), 2);
            assert_int_equal(flagged, 0);
            assert_false(woken(called));
        }
    }
    assert_true(rig_equal(r, WAIT_S));
    assert_int_equal(waiting(r, &flagged), TILES);
    assert_int_equal(flagged, TILES - 2);
    for (int i = 0; i < WAIT_S * 10 && !woken(called); i++) {
        rig_pause_ms(100);
    }
    assert_non_null(strstr(called, " IMMEDIATE BLIND "));
    /* Its officer would answer all of them: the node does not. */
    assert_err(answer(r, SUED, &ref[0], LIST + 1), DT_ERR_BAD_VALUE);
    for (size_t i = 0; i < TILES; i++) {
        const enum dt_err err = answer(r, SUED, &ref[i], LIST);
        assert_true(err == (i < 2 ? DT_OK : DT_ERR_QUOTA));
        answered += err == DT_OK;
    }
    assert_true(answered * LIST <= DT_BLIND_DAY_CELLS && (answered + 1) * LIST > DT_BLIND_DAY_CELLS);
    assert_err(answer(r, SUED, &ref[0], LIST), DT_ERR_DUPLICATE);
    /* Nor does it ask the member back, nor forget it all when it starts again. */
    assert_err(propose(r, SUED, NULL), DT_ERR_QUOTA);
    rig_stop(r, SUED, SIGTERM);
    rig_start(r, SUED);
    assert_err(answer(r, SUED, &ref[3], LIST), DT_ERR_QUOTA);
    assert_int_equal(waiting(r, &flagged), TILES - 2); /* what was answered does not wait any more */
    rig_free(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_tiles_the_theatre_gets_the_caps_and_wakes_us),
    };
    return cmocka_run_group_tests_name("blind_caps", tests, dt_test_setup, NULL);
}

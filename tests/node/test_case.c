/* SPDX-License-Identifier: ISC */
/*
 * Goal: a case is one file that proves a record and what was said about it to somebody with
 * nothing but cards; nothing of it can be changed, and nothing of another case mixed in.
 */
#include "test.h"

#include <signal.h>
#include <unistd.h>

#include "node/file.h"
#include "program.h"
#include "view/case.h"

static uint8_t memory[DT_CASE_MEMORY];
static struct dt_case file;
static struct dt_case_memory judge;

struct seen {
    size_t records, acks, officers, passed, messages, stored;
};

static void look(void *ctx, const struct dt_case_entry *e)
{
    struct seen *s = ctx;
    s->records++;
    s->acks += e->fact->kind == DT_KIND_ACK;
    s->passed += e->fact->kind == DT_KIND_PASSED_ON;
    s->messages += e->fact->kind == DT_KIND_MESSAGE && e->proof->has_opening;
    s->officers += e->officer.valid && strcmp(e->officer.role, "duty officer") == 0;
    s->stored += e->proof->cosigner_count;
}

static enum dt_err judged(struct dt_span text, struct seen *seen)
{
    *seen = (struct seen){0};
    const enum dt_err err = dt_case_parse(&file, memory, text);
    return err != DT_OK ? err : dt_case_verify(&judge, &file, look, seen);
}

/* The case of that record of 0, as 0 hands it out. */
static struct dt_span ask_case(struct rig *r, const struct dt_ref *ref)
{
    struct dt_object o;
    char id[DT_RECORD_ID_SIZE];
    dt_record_id(id, "PA00", 1, ref->seq, ref->leaf);
    dt_client_begin(&r->party[0].client, &o, "prove");
    dt_obj_key(&o, "id");
    dt_obj_string(&o, id);
    dt_obj_key(&o, "case");
    dt_obj_bool(&o, true);
    struct dt_span reply = rig_call(r, 0, &o, NULL);
    struct dt_cbor proof = dt_cbor_need_text(reply, "proof");
    const struct dt_span text = dt_cbor_text(&proof, SIZE_MAX);
    assert_err(dt_cbor_error(&proof), DT_OK);
    uint8_t *copy = malloc(text.size);
    assert_non_null(copy);
    memcpy(copy, text.data, text.size);
    return dt_span(copy, text.size);
}

/* A message from 0 to 1, acknowledged and passed on; its case as 0 hands it out. */
static struct dt_span make_case(struct rig *r, const char *words)
{
    struct dt_object o;
    uint8_t body[256];
    size_t size = 0;
    struct dt_ref ref = {.wid = dt_wid(0, 1)};
    rig_message(r, 0, &r->party[0].client, &o, 1, DT_PRIORITY, dt_span(words, strlen(words)), true);
    struct dt_span reply = rig_call(r, 0, &o, NULL);
    rig_hash(reply, "leaf", ref.leaf);
    ref.seq = rig_uint(reply, "seq");
    assert_true(rig_equal(r, 30));
    assert_err(dt_body_ack_encode(body, sizeof body, &size, &ref), DT_OK);
    rig_officer(r, 1, DT_KIND_ACK, DT_ROUTINE, dt_span(body, size), NULL);
    struct dt_body_passed_on passed = {.ref = ref, .force = "Force 1", .told = 3, .units = 4};
    passed.state = DT_PASSED_TOLD;
    assert_err(dt_body_passed_on_encode(body, sizeof body, &size, &passed), DT_OK);
    rig_officer(r, 1, DT_KIND_PASSED_ON, DT_ROUTINE, dt_span(body, size), NULL);
    assert_true(rig_equal(r, 30));
    return ask_case(r, &ref);
}

static void no_flipped_bit_passes(struct dt_span text)
{
    struct seen seen;
    uint8_t *copy = malloc(text.size);
    uint64_t state = 1;
    assert_non_null(copy);
    memcpy(copy, text.data, text.size);
    for (size_t i = 0; i < 10000; i++) {
        state = state * 6364136223846793005u + 1442695040888963407u;
        const size_t bit = (size_t)(state >> 20) % (text.size * 8);
        copy[bit / 8] ^= (uint8_t)(1u << bit % 8);
        assert_int_not_equal(judged(dt_span(copy, text.size), &seen), DT_OK);
        copy[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    assert_err(judged(dt_span(copy, text.size), &seen), DT_OK);
    for (size_t size = 0; size < text.size; size += size < 200 ? 1 : 97) {
        const enum dt_err err = judged(dt_span(copy, size), &seen);
        /* Cut after a whole record it is another case, with less in it; its officer is then
         * one that nothing needs. */
        assert_int_not_equal(err, DT_OK);
    }
    free(copy);
}

/* The file `c` written and judged again. */
static enum dt_err judged_again(const struct dt_case *c)
{
    struct seen seen;
    uint8_t *out = malloc(DT_CASE_SIZE_MAX);
    assert_non_null(out);
    struct dt_writer w = dt_writer(out, DT_CASE_SIZE_MAX);
    dt_case_write(&w, c);
    assert_false(w.overflowed);
    const enum dt_err err = judged(dt_written(&w), &seen);
    free(out);
    return err;
}

static void parts_are_missed_and_strangers_refused(struct dt_span text, struct dt_span other)
{
    static struct dt_case mine, theirs;
    static uint8_t memory_of_mine[DT_CASE_MEMORY], memory_of_theirs[DT_CASE_MEMORY];
    assert_err(dt_case_parse(&mine, memory_of_mine, text), DT_OK);
    assert_err(dt_case_parse(&theirs, memory_of_theirs, other), DT_OK);
    struct dt_case c = mine;
    assert_err(judged_again(&c), DT_OK);
    c.charter = dt_span(NULL, 0);
    assert_int_not_equal(judged_again(&c), DT_OK);
    c = mine;
    c.records[0] = c.records[1]; /* the message itself is gone */
    c.records[1] = c.records[2];
    c.record_count--;
    assert_err(judged_again(&c), DT_ERR_WRONG_RECORD);
    c = mine;
    c.records[c.record_count++] = theirs.records[1]; /* an acknowledgement of something else */
    assert_err(judged_again(&c), DT_ERR_WRONG_RECORD);
    c = mine;
    c.records[1] = theirs.records[1];
    assert_int_not_equal(judged_again(&c), DT_OK);
    c = mine;
    c.records[c.record_count++] = mine.records[2]; /* twice */
    assert_err(judged_again(&c), DT_ERR_NOT_CANONICAL);
    c = mine;
    c.record_count = 1; /* smaller, and then nobody's officer is needed */
    assert_err(judged_again(&c), DT_ERR_NOT_CANONICAL);
    c.officer_count = 0;
    assert_err(judged_again(&c), DT_OK);
    c = mine;
    c.officer_count = 0; /* what ties the officer to the party is missing: not proved, not hidden */
    struct seen seen;
    uint8_t *out = malloc(DT_CASE_SIZE_MAX);
    assert_non_null(out);
    struct dt_writer w = dt_writer(out, DT_CASE_SIZE_MAX);
    dt_case_write(&w, &c);
    assert_err(judged(dt_written(&w), &seen), DT_OK);
    assert_int_equal(seen.acks, 1);
    assert_int_equal(seen.officers, 0);
    free(out);
}

static void a_case_proves_what_was_said_and_nothing_else(void **state)
{
    (void)state;
    struct seen seen;
    struct rig *r = rig_new(2, DT_EXERCISE);
    rig_start(r, 0);
    rig_start(r, 1);
    rig_join(r);
    assert_true(rig_equal(r, 30));
    const struct dt_span text = make_case(r, "convoy at noon");
    const struct dt_span other = make_case(r, "convoy at dusk");
    assert_err(judged(text, &seen), DT_OK);
    assert_int_equal(seen.records, 3);
    assert_int_equal(seen.messages, 1);
    assert_int_equal(seen.acks, 1);
    assert_int_equal(seen.passed, 1);
    assert_int_equal(seen.officers, 2);
    assert_true(seen.stored >= 1);
    no_flipped_bit_passes(text);
    parts_are_missed_and_strangers_refused(text, other);
    free((void *)(uintptr_t)text.data);
    free((void *)(uintptr_t)other.data);
    rig_free(r);
}

/* --- what a stranger reads in it -------------------------------------------------------- */

enum { CALLER, NEAR, LATE, SIDES };

/* The case, once so many have signed that they stored its record. */
static struct dt_span stored_by(struct rig *r, const struct dt_ref *ref, size_t count)
{
    struct seen seen;
    struct dt_span text = ask_case(r, ref);
    for (int i = 0; i < 300 && (judged(text, &seen) != DT_OK || judge.cosigner_count < count); i++) {
        free((void *)(uintptr_t)text.data); /* the signature comes a little after the record */
        rig_pause_ms(100);
        text = ask_case(r, ref);
    }
    assert_err(judged(text, &seen), DT_OK);
    assert_int_equal(judge.cosigner_count, count);
    return text;
}

/* CHECK FIRE by 0, held by 1 at once and by 2 later; tried, reported, passed on in part. */
static struct dt_ref call_fire(struct rig *r)
{
    uint8_t body[512];
    size_t size = 0;
    struct dt_ref ref = {.wid = dt_wid(CALLER, 1)};
    const struct dt_body_check_fire fire = {.scope = DT_FIRE_AREA,
                                            .has_area = true,
                                            .centre = {.lat_e7 = 501000000, .lon_e7 = 302000000},
                                            .radius_mm = 750000,
                                            .own_people = true};
    assert_err(dt_body_check_fire_encode(body, sizeof body, &size, &fire), DT_OK);
    const struct dt_span reply =
        rig_officer(r, CALLER, DT_KIND_CHECK_FIRE, DT_FLASH, dt_span(body, size), NULL);
    rig_hash(reply, "leaf", ref.leaf);
    ref.seq = rig_uint(reply, "seq");
    free((void *)(uintptr_t)stored_by(r, &ref, 1).data);
    rig_pause_ms(1100); /* signatures tell times by the second */
    const struct dt_body_attempt attempt = {
        .ref = ref, .step = DT_ATTEMPT_DUTY_DIRECTOR, .member = LATE, .deadline_ms = dt_now_ms()};
    assert_err(dt_body_attempt_encode(body, sizeof body, &size, &attempt), DT_OK);
    rig_plain(r, CALLER, DT_KIND_ATTEMPT, DT_FLASH, dt_span(body, size), NULL);
    const struct dt_body_reported reported = {.ref = ref,
                                              .member = LATE,
                                              .means = DT_MEANS_VOICE,
                                              .what = DT_REPORTED_ACKNOWLEDGED,
                                              .who = "watch of the south",
                                              .when_ms = dt_now_ms()};
    assert_err(dt_body_reported_encode(body, sizeof body, &size, &reported), DT_OK);
    rig_officer(r, CALLER, DT_KIND_REPORTED, DT_ROUTINE, dt_span(body, size), NULL);
    const struct dt_body_passed_on passed = {
        .ref = ref, .force = "Force 1", .told = 3, .units = 4, .state = DT_PASSED_TOLD};
    assert_err(dt_body_passed_on_encode(body, sizeof body, &size, &passed), DT_OK);
    rig_officer(r, NEAR, DT_KIND_PASSED_ON, DT_ROUTINE, dt_span(body, size), NULL);
    return ref;
}

/* A third side looks at it without any node, with the cards of all. */
static unsigned reads(struct rig *r, const char *text, bool json)
{
    char path[300], card[SIDES][300];
    snprintf(path, sizeof path, "%s/case", r->dir);
    for (unsigned i = 0; i < SIDES; i++) {
        snprintf(card[i], sizeof card[i], "%s/card%u", r->dir, i);
    }
    const char *const words[] = {"verify-proof", "--trust", card[0], "--trust",
                                 card[1],        "--trust", card[2], path,
                                 json ? "--json" : NULL, NULL};
    return program_says(r, NEAR, text, words);
}

static void a_stranger_reads_what_was_tried_reported_and_not_told(void **state)
{
    (void)state;
    struct seen seen;
    char path[300];
    struct rig *r = rig_new(SIDES, DT_EXERCISE);
    for (unsigned i = 0; i < SIDES; i++) {
        rig_start(r, i);
    }
    rig_join(r);
    assert_true(rig_equal(r, 30));
    rig_stop(r, LATE, SIGTERM);
    const struct dt_ref ref = call_fire(r);
    rig_start(r, LATE);
    assert_true(rig_equal(r, 60));
    const struct dt_span text = stored_by(r, &ref, 2);
    assert_int_equal(judge.proofs, 2); /* one over what 1 signed first, one over what 2 did */
    assert_int_equal(judge.cosigner_count, 2);
    struct dt_case c = file; /* the same proof twice adds nobody */
    c.records[1] = c.records[0];
    assert_err(judged_again(&c), DT_ERR_NOT_CANONICAL);
    assert_err(judged(text, &seen), DT_OK);
    c = file; /* nor does an earlier one after a later */
    c.records[0] = file.records[1];
    c.records[1] = file.records[0];
    assert_err(judged_again(&c), DT_ERR_NOT_CANONICAL);

    snprintf(path, sizeof path, "%s/case", r->dir);
    assert_err(dt_file_write(path, text, false), DT_OK);
    for (unsigned i = 0; i < SIDES; i++) {
        snprintf(path, sizeof path, "%s/card%u", r->dir, i);
        const char *const words[] = {"card", "export", "-o", path, NULL};
        program_run(r, i, "/dev/null", words);
    }
    for (unsigned i = 0; i < SIDES; i++) {
        rig_stop(r, i, SIGTERM);
    }
    assert_int_equal(reads(r, "stored at the node of PA01", false) > 0, 1);
    assert_int_equal(reads(r, "stored at the node of PA02", false) > 0, 1);
    assert_int_equal(reads(r, "at 50.10000N 30.20000E, 750 m around it", false), 1);
    assert_int_equal(reads(r, "own people are there", false), 1);
    assert_int_equal(reads(r, "  duty-director\n", false), 1);
    assert_int_equal(reads(r, "nobody of PA02 had acknowledged by", false), 1);
    assert_int_equal(reads(r, "not that anybody was reached", false), 1);
    assert_int_equal(reads(r, "reported by PA00, not signed by PA02: acknowledged, by voice, heard "
                              "from watch of the south", false), 1);
    assert_int_equal(reads(r, "3 of 4 units told; 1 NOT told", false), 1);
    assert_int_equal(reads(r, "\"says\":\"duty-director\",\"member\":\"PA02\",\"deadline\":", true), 1);
    assert_int_equal(reads(r, "\"n\":3,\"m\":4", true), 1);
    assert_int_equal(reads(r, "\"means\":\"voice\",\"who\":\"watch of the south\"", true), 1);
    assert_int_equal(reads(r, "\"lat\":501000000,\"lon\":302000000,\"radius_mm\":750000", true), 1);
    assert_int_equal(reads(r, "\"kind\":\"CHECK_FIRE\"", true), 1);
    free((void *)(uintptr_t)text.data);
    rig_free(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_case_proves_what_was_said_and_nothing_else),
                                       cmocka_unit_test(a_stranger_reads_what_was_tried_reported_and_not_told)};
    return cmocka_run_group_tests_name("case", tests, dt_test_setup, NULL);
}

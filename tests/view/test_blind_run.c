/* SPDX-License-Identifier: ISC */
/*
 * Goal: a run is put together from records as docs/blind.md section 4 says, whatever else a party
 * writes: parts twice, of another size, for another turn or run, by strangers, garbage.
 * Method: two sessions; records made of their messages; the same with what a cheat would add.
 */
#include "world.h"

#include "node/blind_file.h"
#include "view/blind_run.h"

enum { SIZE = 1000, A = 0, B = 1, C = 2 };

static struct dt_blind_run run;

struct sides {
    struct dt_blind *side[2];
    struct dt_blind_budget budget[2];
    uint8_t *bytes[DT_BLIND_MESSAGES];
    struct dt_span message[DT_BLIND_MESSAGES];
};

static void begin(struct sides *s)
{
    struct dt_blind_terms terms = {{0}, 3600000, SIZE};
    const uint64_t cells[2][3] = {{1, 2, 3}, {2, 3, 4}};
    memcpy(terms.line, world()->charter.id, DT_HASH_SIZE);
    for (int i = 0; i < 2; i++) {
        const uint8_t secret[DT_BLIND_SECRET_SIZE] = {(uint8_t)(i + 1)};
        dt_blind_budget_init(&s->budget[i], 1, SIZE, SIZE);
        assert_err(dt_blind_new(&s->side[i], &terms, (enum dt_blind_role)i, secret, cells[i], 3, &s->budget[i], 0),
                   DT_OK);
    }
    for (size_t step = 0; step < DT_BLIND_MESSAGES; step++) {
        s->bytes[step] = malloc(DT_BLIND_MESSAGE_MAX);
        struct dt_writer w = dt_writer(s->bytes[step], DT_BLIND_MESSAGE_MAX);
        assert_err(dt_blind_next(s->side[dt_blind_turn(step)], &w), DT_OK);
        s->message[step] = dt_written(&w);
        assert_err(dt_blind_receive(s->side[1 - dt_blind_turn(step)], s->message[step]), DT_OK);
    }
}

static void end(struct sides *s)
{
    for (size_t i = 0; i < DT_BLIND_MESSAGES; i++) {
        free(s->bytes[i]);
    }
    dt_blind_free(s->side[0]);
    dt_blind_free(s->side[1]);
}

static const struct dt_ref proposal = {0, 5, {9}};

/* Gives the run one record; `by` is a member. */
static void give(unsigned by, uint64_t seq, unsigned kind, struct dt_span body, struct dt_span plain, bool signs)
{
    struct dt_proof_result p;
    struct dt_fact f;
    memset(&p, 0, sizeof p);
    memset(&f, 0, sizeof f);
    p.body = body;
    p.has_body = true;
    p.plaintext = plain;
    p.has_opening = plain.size > 0;
    f.kind = kind;
    f.wid = dt_wid(by, 1);
    f.seq = seq;
    f.number[2] = B; /* proposed to */
    memcpy(f.leaf, proposal.leaf, DT_HASH_SIZE);
    const struct dt_case_entry e = {.proof = &p, .fact = &f, .code = by == A ? "NORD" : "SUED", .officer = {.valid = signs}};
    dt_blind_run_take(&run, &e);
}

static void give_hello(unsigned by, struct dt_span hello, bool signs)
{
    uint8_t body[1024];
    size_t size = 0;
    const struct dt_body_blind b = {.event = by == A ? DT_BLIND_PROPOSED : DT_BLIND_ANSWERED, .ref = proposal,
                                    .hello = hello};
    assert_err(dt_body_blind_encode(body, sizeof body, &size, &b), DT_OK);
    give(by, by == A ? proposal.seq : 9, DT_KIND_BLIND, dt_span(body, size), dt_span(NULL, 0), signs);
}

static void give_part(unsigned by, const struct dt_ref *ref, size_t step, struct dt_span message, size_t part,
                      size_t parts)
{
    static uint8_t body[DT_BODY_MAX], plain[DT_BODY_MAX];
    const size_t from = part * DT_BLIND_PART_SIZE, left = message.size - from;
    size_t size = 0, plain_size = 0;
    struct dt_body_blind_part b = {.ref = *ref, .step = step, .part = part, .parts = parts};
    b.bytes = dt_span(message.data + from, left < DT_BLIND_PART_SIZE ? left : DT_BLIND_PART_SIZE);
    assert_err(dt_body_blind_part_encode(body, sizeof body, &size, &b), DT_OK);
    if (step >= DT_BLIND_STEP_REPLY) {
        assert_err(dt_body_blind_plain_encode(plain, sizeof plain, &plain_size, b.bytes), DT_OK);
    }
    give(by, 20 + step * 10 + part, DT_KIND_BLIND_PART, dt_span(body, size), dt_span(plain, plain_size), false);
}

static size_t parts_of(struct dt_span message)
{
    return (message.size + DT_BLIND_PART_SIZE - 1) / DT_BLIND_PART_SIZE;
}

static void give_message(unsigned by, size_t step, struct dt_span message)
{
    for (size_t i = parts_of(message); i-- > 0;) { /* in whatever order */
        give_part(by, &proposal, step, message, i, parts_of(message));
    }
}

static void messages_come_together_in_any_order(void **state)
{
    (void)state;
    struct sides s;
    begin(&s);
    dt_blind_run_init(&run);
    give_hello(A, s.message[0], true);
    assert_true(run.begun && run.asks == A && run.answers == B && run.officer[A]);
    assert_int_equal(run.terms.size, SIZE);
    for (size_t step = DT_BLIND_MESSAGES; step-- > 2;) {
        assert_int_equal(dt_blind_run_count(&run), 1);
        give_message((unsigned)dt_blind_turn(step), step, s.message[step]);
    }
    give_hello(B, s.message[1], false);
    assert_false(run.officer[B]); /* an officer's claim that is not proved */
    assert_int_equal(dt_blind_run_count(&run), DT_BLIND_MESSAGES);
    for (size_t step = 0; step < DT_BLIND_MESSAGES; step++) {
        assert_true(dt_span_equal(dt_blind_run_message(&run, step), s.message[step]));
    }
    assert_true(parts_of(s.message[2]) == 3 && run.part[2].parts == 3);
    end(&s);
}

/* Nothing that a party or a stranger adds afterwards changes what was said first. */
static void what_was_said_first_counts(void **state)
{
    (void)state;
    static uint8_t other[DT_BLIND_MESSAGE_MAX];
    struct sides s;
    const struct dt_ref elsewhere = {0, 6, {9}};
    begin(&s);
    dt_blind_run_init(&run);
    give_part(B, &proposal, 2, s.message[2], 0, 3);
    assert_int_equal(run.part[2].parts, 0); /* before any proposal */
    give_hello(A, s.message[0], true);
    give_hello(B, s.message[1], true);
    give_part(A, &proposal, 2, s.message[2], 0, 3); /* not its turn */
    give_part(C, &proposal, 2, s.message[2], 0, 3); /* none of its business */
    give_part(B, &elsewhere, 2, s.message[2], 0, 3);
    assert_int_equal(run.part[2].parts, 0);
    give_message(B, 2, s.message[2]);
    memcpy(other, s.message[2].data, s.message[2].size);
    other[100] ^= 1;
    give_message(B, 2, dt_span(other, s.message[2].size));
    give_part(B, &proposal, 2, dt_span(other, s.message[2].size), 0, 4); /* of another number of parts */
    assert_true(dt_span_equal(dt_blind_run_message(&run, 2), s.message[2]));
    uint8_t hello[256];
    memcpy(hello, s.message[1].data, s.message[1].size);
    hello[s.message[1].size - 1] ^= 1; /* of its commitment */
    give_hello(B, dt_span(hello, s.message[1].size), true);
    assert_true(dt_span_equal(dt_blind_run_message(&run, 1), s.message[1]));
    end(&s);
}

/* B takes A's REPLY and sends none: A sees what is missing, and what it has of B holds. */
static void who_stops_after_learning_is_seen(void **state)
{
    (void)state;
    struct sides s;
    uint8_t opening[1024];
    struct dt_span messages[DT_BLIND_MESSAGES];
    struct dt_blind_judged judged;
    begin(&s);
    dt_blind_run_init(&run);
    give_hello(A, s.message[0], true);
    give_hello(B, s.message[1], true);
    for (size_t step = 2; step < 5; step++) {
        give_message((unsigned)dt_blind_turn(step), step, s.message[step]);
    }
    give_part(B, &proposal, 5, s.message[5], 0, 3); /* and the rest never */
    assert_int_equal(dt_blind_run_count(&run), 5);
    assert_int_equal(dt_blind_run_message(&run, 5).size, 0);
    for (size_t i = 0; i < 5; i++) {
        messages[i] = dt_blind_run_message(&run, i);
    }
    for (int side = 0; side < 2; side++) { /* what either had entered can be shown all the same */
        struct dt_writer w = dt_writer(opening, sizeof opening);
        assert_err(dt_blind_open(s.side[side], &w), DT_OK);
        assert_err(dt_blind_judge(&judged, dt_written(&w), messages, 5), DT_OK);
        assert_false(judged.complete);
    }
    end(&s);
}

/* Garbage of the right size: whole, and refused by the session by name. */
static void garbage_is_refused_when_it_is_whole(void **state)
{
    (void)state;
    static uint8_t garbage[DT_BLIND_MESSAGE_MAX];
    struct sides s;
    struct dt_blind_budget budget;
    struct dt_blind *fresh;
    const uint8_t secret[DT_BLIND_SECRET_SIZE] = {1};
    const uint64_t cells[] = {1, 2, 3};
    begin(&s);
    memset(garbage, 0x5a, sizeof garbage);
    dt_blind_run_init(&run);
    give_hello(A, s.message[0], true);
    give_hello(B, s.message[1], true);
    give_message(B, 2, dt_span(garbage, s.message[2].size));
    assert_int_equal(dt_blind_run_count(&run), 3);
    dt_blind_budget_init(&budget, 1, SIZE, SIZE);
    assert_err(dt_blind_new(&fresh, &run.terms, DT_BLIND_ASKS, secret, cells, 3, &budget, 0), DT_OK);
    struct dt_writer w = dt_writer(s.bytes[0], DT_BLIND_MESSAGE_MAX);
    assert_err(dt_blind_next(fresh, &w), DT_OK);
    assert_err(dt_blind_receive(fresh, dt_blind_run_message(&run, 1)), DT_OK);
    assert_true(dt_blind_receive(fresh, dt_blind_run_message(&run, 2)) != DT_OK);
    assert_int_equal(dt_blind_step(fresh), 2);
    assert_err(dt_blind_receive(fresh, s.message[2]), DT_OK); /* the true one would still be taken */
    dt_blind_free(fresh);
    end(&s);
}

static void openings_as_files_have_one_spelling(void **state)
{
    (void)state;
    static uint8_t text[4096], room[DT_BLIND_OPENING_MAX];
    uint8_t opening[100] = {1, 2, 3};
    struct dt_span got, rest;
    struct dt_writer w = dt_writer(text, sizeof text);
    assert_err(dt_blind_opened_write(&w, dt_span(opening, sizeof opening)), DT_OK);
    dt_write_bytes(&w, "case", 4);
    assert_err(dt_blind_opened_parse(&got, &rest, room, dt_written(&w)), DT_OK);
    assert_true(dt_span_equal(got, dt_span(opening, sizeof opening)));
    assert_true(dt_span_equal(rest, dt_span("case", 4)));
    text[0] ^= 1;
    assert_err(dt_blind_opened_parse(&got, &rest, room, dt_written(&w)), DT_ERR_BAD_TEXT);
    text[0] ^= 1;
    assert_err(dt_blind_opened_parse(&got, &rest, room, dt_span(text, 60)), DT_ERR_TRUNCATED);
    text[30] = '!';
    assert_err(dt_blind_opened_parse(&got, &rest, room, dt_written(&w)), DT_ERR_BAD_TEXT);
}

/* --- as facts -------------------------------------------------------------------- */

static struct dt_fact fact_of(unsigned by, unsigned kind, struct dt_span body, const uint8_t *to, size_t to_count)
{
    uint8_t bytes[DT_HEADER_MAX];
    size_t size = 0;
    struct dt_fact fact;
    struct dt_header h = {.version = DT_VERSION, .kind = kind, .time_ms = T0, .to_count = to_count};
    memcpy(h.to, to, to_count);
    assert_err(dt_header_encode(bytes, &size, &h, body), DT_OK);
    assert_err(dt_fact_from_record(&fact, &world()->charter, dt_wid(by, 1), 40, dt_span(bytes, size), body, NULL),
               DT_OK);
    return fact;
}

static struct dt_span body_of(uint8_t *out, const struct dt_body_blind *b)
{
    uint8_t clear[1024];
    const uint8_t signature[DT_SIGNATURE_SIZE] = {1};
    size_t size = 0;
    assert_err(dt_body_blind_encode(clear, sizeof clear, &size, b), DT_OK);
    assert_err(dt_body_add_officer(out, 1024, &size, dt_span(clear, size), DT_BODY_OFFICER, 1, signature), DT_OK);
    return dt_span(out, size);
}

static void facts_say_who_asks_whom_for_how_much(void **state)
{
    (void)state;
    struct sides s;
    uint8_t out[1024], line[256], part[256];
    const uint8_t b_only[] = {B}, a_only[] = {A}, both[] = {B, C};
    begin(&s);
    struct dt_body_blind b = {.event = DT_BLIND_PROPOSED, .hello = s.message[0]};
    struct dt_fact f = fact_of(A, DT_KIND_BLIND, body_of(out, &b), b_only, 1);
    assert_err(f.err, DT_OK);
    assert_true(f.code == DT_BLIND_PROPOSED && f.number[0] == SIZE && f.number[1] == 3600000 && f.number[2] == B);
    assert_false(f.has_target);
    assert_err(fact_of(A, DT_KIND_BLIND, body_of(out, &b), both, 2).err, DT_ERR_BAD_VALUE); /* two are asked */
    assert_err(fact_of(A, DT_KIND_BLIND, body_of(out, &b), b_only, 0).err, DT_ERR_BAD_VALUE);
    assert_err(fact_of(A, DT_KIND_BLIND, body_of(out, &b), a_only, 1).err, DT_ERR_BAD_VALUE); /* itself */
    memcpy(line, s.message[0].data, s.message[0].size);
    uint8_t *at = memmem(line, s.message[0].size, world()->charter.id, DT_HASH_SIZE);
    assert_non_null(at);
    at[0] ^= 1;
    b.hello = dt_span(line, s.message[0].size);
    assert_err(fact_of(A, DT_KIND_BLIND, body_of(out, &b), b_only, 1).err, DT_ERR_UNKNOWN_LINE);
    b = (struct dt_body_blind){.event = DT_BLIND_ANSWERED, .hello = s.message[1], .ref = some_ref(dt_wid(A, 1), 3)};
    f = fact_of(B, DT_KIND_BLIND, body_of(out, &b), a_only, 1);
    assert_err(f.err, DT_OK);
    assert_true(f.has_target && f.target.seq == 3);
    b.ref = some_ref(dt_wid(B, 1), 3); /* nobody answers himself */
    assert_err(fact_of(B, DT_KIND_BLIND, body_of(out, &b), a_only, 1).err, DT_ERR_NOT_ALLOWED);
    b.hello = s.message[0]; /* the role of the one that asks */
    assert_err(dt_body_blind_encode(out, sizeof out, &(size_t){0}, &b), DT_ERR_BAD_VALUE);
    size_t size = 0;
    const struct dt_body_blind_part p = {.ref = some_ref(dt_wid(A, 1), 3), .step = 5, .parts = 1};
    assert_err(dt_body_blind_part_encode(part, sizeof part, &size, &p), DT_OK);
    assert_err(fact_of(B, DT_KIND_BLIND_PART, dt_span(part, size), a_only, 1).err, DT_ERR_BAD_VALUE); /* in clear */
    end(&s);
}

/* Of a run speaks who is in it, and of nothing but a BLIND record. */
static void only_the_two_speak_of_a_run(void **state)
{
    (void)state;
    const struct dt_ref ref = some_ref(dt_wid(A, 1), 3);
    uint8_t bytes[DT_HEADER_MAX];
    size_t size = 0;
    struct dt_header h = {.version = DT_VERSION, .kind = DT_KIND_BLIND, .time_ms = T0, .to = {B}, .to_count = 1};
    assert_err(dt_header_encode(bytes, &size, &h, dt_span("", 0)), DT_OK);
    struct dt_fact f = fact_about(DT_KIND_BLIND, dt_wid(B, 1), 9, &ref);
    dt_fact_refer(&f, ref.leaf, dt_span(bytes, size));
    assert_true(f.err == DT_OK && f.target_matches);
    f = fact_about(DT_KIND_BLIND_PART, dt_wid(A, 1), 9, &ref);
    dt_fact_refer(&f, ref.leaf, dt_span(bytes, size));
    assert_true(f.err == DT_OK && f.target_matches);
    f = fact_about(DT_KIND_BLIND_PART, dt_wid(C, 1), 9, &ref);
    dt_fact_refer(&f, ref.leaf, dt_span(bytes, size));
    assert_err(f.err, DT_ERR_NOT_ADDRESSED);
    h.kind = DT_KIND_NOTICE;
    assert_err(dt_header_encode(bytes, &size, &h, dt_span("", 0)), DT_OK);
    f = fact_about(DT_KIND_BLIND, dt_wid(B, 1), 9, &ref);
    dt_fact_refer(&f, ref.leaf, dt_span(bytes, size));
    assert_err(f.err, DT_ERR_WRONG_RECORD);
}

/* What a home keeps is read by the officers it was sealed to, and by nobody else. */
static void what_is_kept_opens_for_its_officers(void **state)
{
    (void)state;
    static struct dt_blind_kept kept, got;
    static uint8_t file[4096], room[4096];
    const uint8_t cells[] = {0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 2};
    const uint8_t key[32] = {1}, ephemeral[32] = {2}, line[DT_HASH_SIZE] = {3}, other[DT_HASH_SIZE] = {4};
    struct dt_blind_reader readers[2];
    uint8_t signer[3][DT_SIGNER_SIZE], public_key[3][DT_PUBLIC_SIZE];
    for (unsigned i = 0; i < 3; i++) {
        const uint8_t seed[DT_SEED_SIZE] = {(uint8_t)(i + 1)};
        dt_signer_from_seed(signer[i], public_key[i], seed);
        if (i < 2) {
            readers[i].number = i + 1;
            memcpy(readers[i].key, public_key[i], DT_PUBLIC_SIZE);
        }
    }
    kept = (struct dt_blind_kept){.role = DT_BLIND_ANSWERS, .secret = {9}, .cells = dt_span(cells, 16), .plan_count = 1,
                                  .plans = {{dt_span("Column", 6), dt_span(cells, 8)}}, .done = true,
                                  .common = dt_span(cells + 8, 8)};
    struct dt_writer w = dt_writer(file, sizeof file);
    assert_err(dt_blind_file_seal(&w, &kept, line, readers, 2, key, ephemeral), DT_OK);
    assert_null(memmem(file, w.size, cells, sizeof cells));
    assert_null(memmem(file, w.size, "Column", 6));
    for (unsigned i = 0; i < 2; i++) {
        assert_err(dt_blind_file_open(&got, room, dt_written(&w), line, public_key[i], signer[i]), DT_OK);
        assert_true(got.role == kept.role && got.done && got.plan_count == 1);
        assert_true(dt_span_equal(got.cells, kept.cells) && dt_span_equal(got.common, kept.common));
        assert_true(dt_span_equal(got.plans[0].title, kept.plans[0].title));
    }
    assert_err(dt_blind_file_open(&got, room, dt_written(&w), line, public_key[2], signer[2]), DT_ERR_NO_KEY);
    assert_true(dt_blind_file_open(&got, room, dt_written(&w), line, public_key[0], signer[2]) != DT_OK);
    assert_err(dt_blind_file_open(&got, room, dt_written(&w), other, public_key[0], signer[0]), DT_ERR_UNKNOWN_LINE);
    file[w.size - 1] ^= 1;
    assert_err(dt_blind_file_open(&got, room, dt_written(&w), line, public_key[0], signer[0]), DT_ERR_DOES_NOT_OPEN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(messages_come_together_in_any_order),
        cmocka_unit_test(what_was_said_first_counts),
        cmocka_unit_test(who_stops_after_learning_is_seen),
        cmocka_unit_test(garbage_is_refused_when_it_is_whole),
        cmocka_unit_test(openings_as_files_have_one_spelling),
        cmocka_unit_test(facts_say_who_asks_whom_for_how_much),
        cmocka_unit_test(only_the_two_speak_of_a_run),
        cmocka_unit_test(what_is_kept_opens_for_its_officers),
    };
    return cmocka_run_group_tests_name("blind_run", tests, dt_test_setup, NULL);
}

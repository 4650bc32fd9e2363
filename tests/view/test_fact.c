/* SPDX-License-Identifier: ISC */
/*
 * Goal: a fact says what the record says or names why it has no effect, and no record
 * stops anything.
 * Method: records signed here; each error reached once; bits flipped; digests of facts
 * in many orders.
 */
#include "world.h"

#include "view/watch_body.h"

static uint8_t out[DT_BODY_MAX];
static size_t size;
static struct record r;

static void make_ack(uint16_t wid, uint64_t seq, const struct dt_ref *ref, unsigned officer)
{
    assert_err(dt_body_ack_encode(out, sizeof out, &size, ref), DT_OK);
    record_sign(&r, wid, seq, DT_KIND_ACK, dt_span(out, size), officer, 0);
}

static void test_an_ack_is_read_whole(void **state)
{
    (void)state;
    const struct dt_ref ref = some_ref(0, 7);
    make_ack(16, 3, &ref, 2);
    const struct dt_fact f = record_fact(&r);
    assert_err(f.err, DT_OK);
    assert_true(f.wid == 16 && f.seq == 3 && f.kind == DT_KIND_ACK && f.time_ms == T0 + 3);
    assert_true(f.has_target && f.target.seq == 7 && f.officer == 2 && f.officer_valid);
    assert_true(!f.sealed && !f.absent);
    uint8_t leaf[DT_HASH_SIZE], bytes[DT_HEADER_MAX + 1] = {0};
    memcpy(bytes + 1, r.header, r.header_size);
    dt_sha256(leaf, dt_span(bytes, r.header_size + 1));
    assert_memory_equal(leaf, f.leaf, DT_HASH_SIZE);
}

static void test_officers_unknown_and_false(void **state)
{
    (void)state;
    const struct dt_ref ref = some_ref(0, 7);
    make_ack(16, 3, &ref, OFFICERS + 1);
    struct dt_fact f = record_fact(&r);
    assert_err(f.err, DT_OK);
    assert_true(!f.officer_valid && f.officer == OFFICERS + 1);
    make_ack(16, 3, &ref, 1);
    assert_err(dt_fact_from_record(&f, &world()->charter, 16, 3, dt_span(r.header, r.header_size),
                                   dt_span(r.body, r.body_size), NULL),
               DT_OK);
    assert_true(f.err == DT_OK && !f.officer_valid);
    /* the same bytes in another place of the log: signed for here only by the wid */
    assert_err(dt_fact_from_record(&f, &world()->charter, 17, 3, dt_span(r.header, r.header_size),
                                   dt_span(r.body, r.body_size), &world()->officers),
               DT_OK);
    assert_err(f.err, DT_ERR_BAD_SIGNATURE);
    assert_true(!f.has_target && f.officer == 1 && !f.officer_valid);
}

static void test_place_and_class(void **state)
{
    (void)state;
    static struct dt_charter exercise;
    struct dt_fact f;
    const struct dt_body_test test = {.nonce = 42};
    assert_err(dt_body_test_encode(out, sizeof out, &size, &test), DT_OK);
    record_make(&r, 0, 4, DT_KIND_TEST, dt_span(out, size));
    f = record_fact(&r);
    assert_true(f.err == DT_OK && f.code == 42);
    exercise = world()->charter;
    exercise.class_ = DT_EXERCISE;
    assert_err(dt_fact_from_record(&f, &exercise, 0, 4, dt_span(r.header, r.header_size),
                                   dt_span(r.body, r.body_size), NULL),
               DT_OK);
    assert_err(f.err, DT_OK); /* NO DUFF: real, on an exercise line */
    record_make(&r, 0, 4, DT_KIND_NOTICE, dt_span(out, size));
    assert_err(dt_fact_from_record(&f, &exercise, 0, 4, dt_span(r.header, r.header_size),
                                   dt_span(r.body, r.body_size), NULL),
               DT_OK);
    assert_err(f.err, DT_ERR_NOT_ALLOWED); /* what is notified never is */
    record_make(&r, 0, 4, DT_KIND_TEST, dt_span(out, size));
    r.seq = 0;
    assert_err(record_fact(&r).err, DT_ERR_NOT_ALLOWED); /* 0 is for OPEN */
    r.seq = 4;
    r.wid = MEMBERS * DT_WRITERS_MAX;
    assert_err(record_fact(&r).err, DT_ERR_UNKNOWN_PARTY);
    r.wid = 0;
    r.body[2] ^= 1;
    assert_err(record_fact(&r).err, DT_ERR_BAD_HASH);
    r.body_size = 0;
    f = record_fact(&r);
    assert_true(f.err == DT_OK && f.absent && f.kind == DT_KIND_TEST);
    r.header[1] = 2;
    f = record_fact(&r);
    assert_err(f.err, DT_ERR_UNKNOWN_VERSION);
    assert_int_equal(f.kind, DT_KIND_TEST);
}

static void test_references_lead_somewhere(void **state)
{
    (void)state;
    struct dt_ref ref = some_ref(MEMBERS * DT_WRITERS_MAX, 1);
    make_ack(16, 3, &ref, 1);
    assert_err(record_fact(&r).err, DT_ERR_BAD_VALUE);
    ref = some_ref(16, 3); /* itself */
    make_ack(16, 3, &ref, 1);
    assert_err(record_fact(&r).err, DT_ERR_BAD_VALUE);
}

static void test_only_the_author_may(void **state)
{
    (void)state;
    const struct dt_ref other = some_ref(0, 1), own = some_ref(16, 1);
    const struct dt_ref *const refs[2] = {&other, &own};
    for (int i = 0; i < 2; i++) {
        const enum dt_err expected = i == 0 ? DT_ERR_NOT_ALLOWED : DT_OK;
        const struct dt_body_recall recall = {.ref = *refs[i]};
        assert_err(dt_body_recall_encode(out, sizeof out, &size, &recall), DT_OK);
        record_sign(&r, 17, 3, DT_KIND_RECALL, dt_span(out, size), 1, 0);
        assert_err(record_fact(&r).err, expected);
        assert_err(dt_body_lift_encode(out, sizeof out, &size, refs[i]), DT_OK);
        record_sign(&r, 17, 3, DT_KIND_LIFT, dt_span(out, size), 1, 2);
        assert_err(record_fact(&r).err, expected);
        const struct dt_body_notice_state s = {.ref = *refs[i], .state = DT_NOTICE_ARRIVED};
        assert_err(dt_body_notice_state_encode(out, sizeof out, &size, &s), DT_OK);
        record_make(&r, 17, 3, DT_KIND_NOTICE_STATE, dt_span(out, size));
        assert_err(record_fact(&r).err, expected);
        const struct dt_body_notice n = {.has_amended = true,
                                         .amended = *refs[i],
                                         .category = DT_CATEGORY_STATIC,
                                         .request = DT_REQUEST_INFORM_ONLY,
                                         .start_ms = 1,
                                         .end_ms = 2};
        assert_err(dt_body_notice_encode(out, sizeof out, &size, &n), DT_OK);
        record_make(&r, 17, 3, DT_KIND_NOTICE, dt_span(out, size));
        assert_err(record_fact(&r).err, expected);
    }
}

static void test_two_officers_or_none(void **state)
{
    (void)state;
    const struct dt_ref own = some_ref(16, 1);
    assert_err(dt_body_lift_encode(out, sizeof out, &size, &own), DT_OK);
    record_sign(&r, 16, 3, DT_KIND_LIFT, dt_span(out, size), 1, 2);
    struct dt_fact f = record_fact(&r);
    assert_true(f.err == DT_OK && f.officer_valid && f.officer == 1 && f.second == 2);
    record_sign(&r, 16, 3, DT_KIND_LIFT, dt_span(out, size), 1, OFFICERS + 1);
    f = record_fact(&r);
    assert_true(f.err == DT_OK && !f.officer_valid);
    record_sign(&r, 16, 3, DT_KIND_LIFT, dt_span(out, size), 1, 1);
    assert_err(record_fact(&r).err, DT_ERR_NEEDS_SECOND);
}

static void test_forces_are_the_charters(void **state)
{
    (void)state;
    struct dt_body_passed_on b = {.ref = some_ref(0, 1), .force = "Air", .told = 1, .units = 2};
    assert_err(dt_body_passed_on_encode(out, sizeof out, &size, &b), DT_OK);
    record_make(&r, 16, 3, DT_KIND_PASSED_ON, dt_span(out, size));
    struct dt_fact f = record_fact(&r);
    assert_true(f.err == DT_OK && f.number[0] == 1 && f.number[1] == 2);
    assert_string_equal(f.force, "Air");
    strcpy(b.force, "Navy");
    assert_err(dt_body_passed_on_encode(out, sizeof out, &size, &b), DT_OK);
    record_make(&r, 16, 3, DT_KIND_PASSED_ON, dt_span(out, size));
    f = record_fact(&r);
    assert_err(f.err, DT_ERR_BAD_VALUE);
    assert_true(f.force[0] == '\0' && f.number[0] == 0);
}

/* OPEN of writer 1 of a member: `signer` signs the certificate, `acceptor` accepts. */
static void make_open(unsigned member, unsigned signer, unsigned acceptor, unsigned number,
                      uint8_t line)
{
    const struct world *w = world();
    uint8_t certificate[512];
    struct dt_certificate c = {
        .number = number, .writer = {3}, .session = {4}, .reader = {5}, .time_ms = T0};
    struct dt_body_open b = {.predecessor_count = 0};
    assert_err(dt_certificate_sign(certificate, sizeof certificate, &size, &c, w->root[signer],
                                   w->charter.members[signer].root),
               DT_OK);
    b.certificate = dt_span(certificate, size);
    memcpy(b.line, w->charter.id, DT_HASH_SIZE);
    b.line[0] ^= line;
    dt_accept_sign(b.acceptance, b.line, c.writer, w->root[acceptor]);
    assert_err(dt_body_open_encode(out, sizeof out, &size, &b), DT_OK);
    record_make(&r, dt_wid(member, 1), 0, DT_KIND_OPEN, dt_span(out, size));
}

static void test_open_proves_its_writer(void **state)
{
    (void)state;
    make_open(1, 1, 1, 1, 0);
    const struct dt_fact f = record_fact(&r);
    assert_true(f.err == DT_OK && f.code == 1);
    make_open(1, 0, 1, 1, 0);
    assert_err(record_fact(&r).err, DT_ERR_NOT_ALLOWED);
    make_open(1, 1, 0, 1, 0);
    assert_err(record_fact(&r).err, DT_ERR_BAD_SIGNATURE);
    make_open(1, 1, 1, 2, 0);
    assert_err(record_fact(&r).err, DT_ERR_BAD_VALUE);
    make_open(1, 1, 1, 1, 1);
    assert_err(record_fact(&r).err, DT_ERR_UNKNOWN_LINE);
    make_open(1, 1, 1, 1, 0);
    r.seq = 1;
    assert_err(record_fact(&r).err, DT_ERR_NOT_ALLOWED);
}

static void test_keys_are_the_own_roots(void **state)
{
    (void)state;
    const struct world *w = world();
    uint8_t statement[512];
    struct dt_operator o = {.number = 9, .key = {1}, .role = "watch", .time_ms = T0};
    for (unsigned signer = 0; signer < 2; signer++) {
        assert_err(dt_operator_sign(statement, sizeof statement, &size, &o, w->root[signer],
                                    w->charter.members[signer].root),
                   DT_OK);
        assert_err(dt_body_key_encode(out, sizeof out, &size, dt_span(statement, size)), DT_OK);
        record_make(&r, dt_wid(1, 1), 1, DT_KIND_KEY, dt_span(out, size));
        const struct dt_fact f = record_fact(&r);
        assert_err(f.err, signer == 1 ? DT_OK : DT_ERR_NOT_ALLOWED);
        assert_int_equal(f.code, signer == 1 ? DT_STATEMENT_OPERATOR : 0);
        assert_int_equal(f.number[0], signer == 1 ? 9 : 0);
    }
}

static void test_sealed_signatures_are_not_tried(void **state)
{
    (void)state;
    const struct dt_place place = {world()->charter.id, 16, 3};
    uint8_t key_id[DT_KEY_ID_SIZE] = {1}, key[32] = {2}, plain[64], clear[DT_BODY_MAX];
    uint8_t signature[DT_SIGNATURE_SIZE] = {0};
    size_t plain_size = 0, clear_size = 0;
    const struct dt_body_message b = {.text = dt_span("hold", 4), .language = "en"};
    assert_err(dt_body_message_encode(plain, sizeof plain, &plain_size, &b), DT_OK);
    assert_err(
        dt_body_add_officer(clear, sizeof clear, &clear_size, dt_span("\xa0", 1), 15, 1, signature),
        DT_OK);
    assert_err(dt_seal_body(out, sizeof out, &size, dt_span(clear, clear_size),
                            dt_span(plain, plain_size), key_id, key, &place),
               DT_OK);
    record_make(&r, 16, 3, DT_KIND_MESSAGE, dt_span(out, size));
    const struct dt_fact f = record_fact(&r);
    assert_true(f.err == DT_OK && f.sealed && f.officer == 1 && !f.officer_valid);
}

static void test_flipped_bits_have_a_name(void **state)
{
    (void)state;
    struct dt_rng rng = dt_rng("flipped_bits_have_a_name");
    const struct dt_ref ref = some_ref(0, 7);
    const struct dt_body_check_fire fire = {.scope = DT_FIRE_AREA,
                                            .has_area = true,
                                            .radius_mm = 9,
                                            .text = dt_span("x", 1),
                                            .has_notice = true,
                                            .notice = ref};
    static struct record base[2];
    make_ack(16, 3, &ref, 1);
    base[0] = r;
    assert_err(dt_body_check_fire_encode(out, sizeof out, &size, &fire), DT_OK);
    record_sign(&base[1], 16, 3, DT_KIND_CHECK_FIRE, dt_span(out, size), 1, 0);
    for (int i = 0; i < 20000; i++) {
        struct dt_header h;
        r = base[i % 2];
        assert_err(dt_header_decode(&h, dt_span(r.header, r.header_size)), DT_OK);
        r.body[dt_rng_below(&rng, r.body_size)] ^= (uint8_t)(1u << dt_rng_below(&rng, 8));
        struct dt_fact f = record_fact(&r);
        assert_err(f.err, DT_ERR_BAD_HASH);
        record_make(&r, 16, 3, h.kind, dt_span(r.body, r.body_size)); /* its author meant it so */
        f = record_fact(&r);
        assert_true(f.err < DT_ERR_COUNT && !dt_err_is_ours(f.err));
        /* what an officer signed is not changed without notice, but for who he is */
        assert_true(f.err != DT_OK || !f.officer_valid || f.officer == 0);
        r.header[dt_rng_below(&rng, r.header_size)] ^= (uint8_t)(1u << dt_rng_below(&rng, 8));
        f = record_fact(&r);
        assert_true(f.err < DT_ERR_COUNT && !dt_err_is_ours(f.err));
    }
}

static int by_place(const void *a, const void *b)
{
    const struct dt_fact *x = a, *y = b;
    return x->wid != y->wid ? (int)x->wid - (int)y->wid : x->seq < y->seq ? -1 : x->seq > y->seq;
}

static void digest_of(uint8_t digest[DT_HASH_SIZE], const struct dt_fact *facts, size_t count)
{
    struct dt_view_digest d;
    dt_view_digest_init(&d);
    for (size_t i = 0; i < count; i++) {
        assert_err(dt_view_digest_add(&d, &facts[i]), DT_OK);
    }
    dt_view_digest_end(&d, digest);
}

static void test_order_of_arrival_does_not_matter(void **state)
{
    (void)state;
    struct dt_rng rng = dt_rng("order_of_arrival_does_not_matter");
    enum { COUNT = 60 };
    static struct record records[COUNT];
    static struct dt_fact facts[COUNT];
    uint8_t first[DT_HASH_SIZE], again[DT_HASH_SIZE];
    for (size_t i = 0; i < COUNT; i++) {
        const struct dt_ref ref = some_ref(32, i);
        make_ack((uint16_t)(16 * (i % 2)), 1 + i / 2, &ref, 1 + (unsigned)i % 4);
        records[i] = r;
    }
    for (int round = 0; round < 20; round++) {
        for (size_t i = COUNT - 1; i > 0; i--) {
            const size_t j = dt_rng_below(&rng, i + 1);
            const struct record swap = records[i];
            records[i] = records[j];
            records[j] = swap;
        }
        for (size_t i = 0; i < COUNT; i++) {
            facts[i] = record_fact(&records[i]);
        }
        qsort(facts, COUNT, sizeof facts[0], by_place);
        digest_of(round == 0 ? first : again, facts, COUNT);
        assert_true(round == 0 || memcmp(first, again, DT_HASH_SIZE) == 0);
    }
    facts[7].target_matches = !facts[7].target_matches; /* not the record's own */
    digest_of(again, facts, COUNT);
    assert_memory_equal(first, again, DT_HASH_SIZE);
    facts[7].officer_valid = !facts[7].officer_valid;
    digest_of(again, facts, COUNT);
    assert_memory_not_equal(first, again, DT_HASH_SIZE);
    digest_of(again, facts, COUNT - 1);
    assert_memory_not_equal(first, again, DT_HASH_SIZE);
    struct dt_view_digest d;
    dt_view_digest_init(&d);
    assert_err(dt_view_digest_add(&d, &facts[1]), DT_OK);
    assert_err(dt_view_digest_add(&d, &facts[1]), DT_ERR_BAD_STATE);
    assert_err(dt_view_digest_add(&d, &facts[0]), DT_ERR_BAD_STATE);
    assert_int_equal(d.facts, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_ack_is_read_whole),
        cmocka_unit_test(test_officers_unknown_and_false),
        cmocka_unit_test(test_place_and_class),
        cmocka_unit_test(test_references_lead_somewhere),
        cmocka_unit_test(test_only_the_author_may),
        cmocka_unit_test(test_two_officers_or_none),
        cmocka_unit_test(test_forces_are_the_charters),
        cmocka_unit_test(test_open_proves_its_writer),
        cmocka_unit_test(test_keys_are_the_own_roots),
        cmocka_unit_test(test_sealed_signatures_are_not_tried),
        cmocka_unit_test(test_flipped_bits_have_a_name),
        cmocka_unit_test(test_order_of_arrival_does_not_matter),
    };
    return cmocka_run_group_tests(tests, dt_test_setup, NULL);
}

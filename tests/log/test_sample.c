/* SPDX-License-Identifier: ISC */
/*
 * Goal: the proof that lies in examples/ convinces, and only as it is.
 * Method: the file as it was written by a node in an exercise, judged against the card
 * that lies beside it; then each of its bits flipped, one at a time.
 */
#include "test.h"

#include "log/proof.h"
#include "log/statement.h"

static uint8_t text[DT_PROOF_SIZE_MAX], extra[DT_PROOF_EXTRA_MAX];
static size_t size;
static struct dt_proof proof;
static struct dt_proof_result result;

static size_t read_example(const char *name, uint8_t *out, size_t capacity)
{
    char path[1024];
    snprintf(path, sizeof path, "%s/examples/%s", DT_SOURCE_DIR, name);
    FILE *f = fopen(path, "rb");
    assert_non_null(f);
    const size_t n = fread(out, 1, capacity, f);
    assert_true(n > 0 && n < capacity);
    fclose(f);
    return n;
}

static int setup(void **state)
{
    (void)state;
    size = read_example("sample.tlog-proof", text, sizeof text);
    return dt_crypto_init() == DT_OK ? 0 : 1;
}

static enum dt_err judge(void)
{
    const enum dt_err err = dt_proof_parse(&proof, extra, sizeof extra, dt_span(text, size));
    return err != DT_OK ? err : dt_proof_verify(&result, &proof);
}

static void the_sample_is_signed_by_the_party_of_the_card(void **state)
{
    static uint8_t armour[DT_STATEMENT_MAX * 2], bytes[DT_STATEMENT_MAX];
    static struct dt_card card;
    struct dt_statement s;
    size_t n = 0;
    (void)state;
    const size_t armour_size = read_example("sample.card", armour, sizeof armour);
    assert_err(dt_unarmour(bytes, sizeof bytes, &n, "CARD", dt_span(armour, armour_size)), DT_OK);
    assert_err(dt_statement_decode(&s, dt_span(bytes, n)), DT_OK);
    assert_err(dt_card_decode(&card, &s), DT_OK);
    assert_err(judge(), DT_OK);
    assert_memory_equal(card.root, result.writer.root, DT_PUBLIC_SIZE);
    assert_string_equal(card.code, "NORD");
    assert_int_equal(result.header.kind, DT_KIND_MESSAGE);
    assert_int_equal(result.cosigner_count, 2); /* both other parties had stored it */
    assert_true(result.has_opening);
}

static void no_bit_of_it_may_change(void **state)
{
    (void)state;
    size_t flips = 0;
    for (size_t bit = 0; bit < size * 8; bit++, flips++) {
        text[bit / 8] ^= (uint8_t)(1u << bit % 8);
        const enum dt_err err = judge();
        text[bit / 8] ^= (uint8_t)(1u << bit % 8);
        if (err == DT_OK) {
            fail_msg("bit %zu of byte %zu may change", bit % 8, bit / 8);
        }
    }
    assert_true(flips >= 10000);
    assert_err(judge(), DT_OK);
}

static void nothing_may_be_cut_or_added(void **state)
{
    (void)state;
    const size_t whole = size;
    for (size = 0; size < whole; size++) {
        assert_true(judge() != DT_OK);
    }
    for (unsigned byte = 0; byte < 256; byte++) {
        size = whole + 1;
        text[whole] = (uint8_t)byte;
        assert_true(judge() != DT_OK);
    }
    size = whole;
    assert_err(judge(), DT_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_sample_is_signed_by_the_party_of_the_card),
        cmocka_unit_test(no_bit_of_it_may_change),
        cmocka_unit_test(nothing_may_be_cut_or_added),
    };
    return cmocka_run_group_tests_name("sample", tests, setup, NULL);
}

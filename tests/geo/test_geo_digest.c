/* SPDX-License-Identifier: ISC */
/*
 * Goal: every build of this code gives the same verdicts and distances, to the bit.
 * Method: one hash over 100,000 pairs against a constant. tools/geo-digest.sh does
 * a million with several compilers and levels of optimisation.
 */
#include "test.h"

#include "base/text.h"
#include "digest.h"
#include "world.h"

static void verdicts_hash_to_the_constant(void **state)
{
    (void)state;
    uint8_t digest[WORLD_DIGEST_SIZE];
    char text[2 * WORLD_DIGEST_SIZE + 1];
    world_digest(digest, 100000);
    dt_hex(text, digest, sizeof digest);
    assert_string_equal(text, GEO_DIGEST_100K);
}

static void answers_of_an_index_hash_to_the_constant(void **state)
{
    (void)state;
    uint8_t digest[WORLD_DIGEST_SIZE];
    char text[2 * WORLD_DIGEST_SIZE + 1];
    world_index_digest(digest, 20000);
    dt_hex(text, digest, sizeof digest);
    assert_string_equal(text, GEO_DIGEST_INDEX_20K);
}

static void exchanging_the_volumes_exchanges_the_answer(void **state)
{
    (void)state;
    struct world world = {7};
    int conflicts = 0;
    for (int i = 0; i < 20000; i++) {
        struct world_volume a;
        struct world_volume b;
        world_pair(&world, &a, &b);
        const struct dt_separation separation = world_separation(&world);
        if (dt_volume_check(&a.volume) != DT_OK || dt_volume_check(&b.volume) != DT_OK) {
            continue;
        }
        struct dt_conflict ab;
        struct dt_conflict ba;
        dt_conflict_check(&a.volume, &b.volume, &separation, &ab);
        dt_conflict_check(&b.volume, &a.volume, &separation, &ba);
        assert_int_equal(ab.verdict, ba.verdict);
        if (ab.verdict == DT_CONFLICT) {
            conflicts++;
            assert_int_equal(ab.distance.mm, ba.distance.mm);
            assert_memory_equal(&ab.distance.a, &ba.distance.b, sizeof ab.distance.a);
            assert_memory_equal(&ab.distance.b, &ba.distance.a, sizeof ab.distance.a);
            assert_memory_equal(&ab.distance.between, &ba.distance.between, sizeof ab.distance.a);
            assert_memory_equal(&ab.when, &ba.when, sizeof ab.when);
        }
    }
    assert_true(conflicts > 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(verdicts_hash_to_the_constant),
        cmocka_unit_test(answers_of_an_index_hash_to_the_constant),
        cmocka_unit_test(exchanging_the_volumes_exchanges_the_answer),
    };
    return cmocka_run_group_tests_name("geo_digest", tests, dt_test_setup, NULL);
}

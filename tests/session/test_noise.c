/* SPDX-License-Identifier: ISC */
/*
 * Goal: our Noise is the published one, byte for byte, and refuses everything else.
 * Method: vectors of another implementation for five patterns, both directions.
 */
#include "test.h"

#include "session/noise.h"
#include "session/noise_vectors.h"

struct side {
    uint8_t secret[32], remote[32], psk[32], ephemeral[32];
    struct dt_noise noise;
};

static const struct dt_noise_pattern *pattern_of(const char *name)
{
    static const struct {
        const char *name;
        const struct dt_noise_pattern *pattern;
    } all[] = {{"IKpsk1", &dt_noise_ikpsk1},
               {"IK", &dt_noise_ik},
               {"XX", &dt_noise_xx},
               {"KK", &dt_noise_kk},
               {"NNpsk0", &dt_noise_nnpsk0}};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        if (strcmp(all[i].name, name) == 0) {
            return all[i].pattern;
        }
    }
    fail_msg("no pattern %s", name);
    return NULL;
}

static const uint8_t *key(uint8_t out[32], const char *hex)
{
    if (hex == NULL) {
        return NULL;
    }
    assert_int_equal(dt_from_hex(out, 32, hex), 32);
    return out;
}

static void side_init(struct side *side, const struct noise_vector *v, bool initiator)
{
    uint8_t prologue[64];
    const size_t size = dt_from_hex(prologue, sizeof prologue, v->prologue);
    key(side->ephemeral, initiator ? v->init_ephemeral : v->resp_ephemeral);
    const struct dt_noise_keys keys = {
        .prologue = dt_span(prologue, size),
        .secret = key(side->secret, initiator ? v->init_static : v->resp_static),
        .remote = key(side->remote, initiator ? v->init_remote : v->resp_remote),
        .psk = key(side->psk, v->psk),
    };
    dt_noise_init(&side->noise, pattern_of(v->name), initiator, &keys);
}

static void check_transport(struct side sides[2], const struct noise_vector *v, size_t from)
{
    struct dt_noise_cipher keys[2][2];
    uint8_t hash[32];
    for (size_t i = 0; i < 2; i++) {
        dt_noise_split(&sides[i].noise, &keys[i][0], &keys[i][1]);
        assert_int_equal(dt_from_hex(hash, 32, v->hash), 32);
        assert_memory_equal(sides[i].noise.hash, hash, 32);
    }
    assert_memory_equal(&keys[0], &keys[1], sizeof keys[0]);
    for (size_t m = from; m < 6; m++) {
        uint8_t payload[128], expected[128], got[128];
        const size_t size = dt_from_hex(payload, sizeof payload, v->messages[m].payload);
        const size_t sealed = dt_from_hex(expected, sizeof expected, v->messages[m].ciphertext);
        struct dt_noise_cipher *cipher = &keys[0][m % 2];
        dt_noise_seal_at(cipher->key, cipher->nonce, dt_span(payload, size), got);
        assert_int_equal(sealed, size + 16);
        assert_memory_equal(got, expected, sealed);
        assert_true(dt_noise_open_at(cipher->key, cipher->nonce, dt_span(expected, sealed), got));
        assert_memory_equal(got, payload, size);
        cipher->nonce++;
    }
}

static void published_vectors_match(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof noise_vectors / sizeof noise_vectors[0]; i++) {
        const struct noise_vector *v = &noise_vectors[i];
        struct side sides[2];
        side_init(&sides[0], v, true);
        side_init(&sides[1], v, false);
        size_t m = 0;
        for (; !dt_noise_done(&sides[0].noise); m++) {
            struct side *from = &sides[m % 2], *to = &sides[1 - m % 2];
            uint8_t payload[128], expected[512], got[512], plain[512];
            const size_t size = dt_from_hex(payload, sizeof payload, v->messages[m].payload);
            const size_t total = dt_from_hex(expected, sizeof expected, v->messages[m].ciphertext);
            struct dt_writer w = dt_writer(got, sizeof got);
            assert_err(dt_noise_write(&from->noise, dt_span(payload, size), from->ephemeral, &w),
                       DT_OK);
            assert_int_equal(w.size, total);
            assert_memory_equal(got, expected, total);
            size_t plain_size = 0;
            assert_err(dt_noise_read(&to->noise, dt_span(got, total), plain, &plain_size), DT_OK);
            assert_int_equal(plain_size, size);
            assert_memory_equal(plain, payload, size);
        }
        check_transport(sides, v, m);
    }
}

/* What sessions do and vectors do not: cached static DH, and a pause for the answer. */
static void cached_dh_and_pause_change_no_byte(void **state)
{
    (void)state;
    const struct noise_vector *v = &noise_vectors[0];
    struct side caller, called;
    side_init(&caller, v, true);
    side_init(&called, v, false);
    uint8_t shared[32], prologue[64], expected[512], got[512], plain[512];
    const size_t prologue_size = dt_from_hex(prologue, sizeof prologue, v->prologue);
    assert_true(dt_x25519(shared, caller.secret, caller.remote));
    const struct dt_noise_keys keys = {.prologue = dt_span(prologue, prologue_size),
                                       .secret = caller.secret,
                                       .own = caller.noise.own,
                                       .remote = caller.remote,
                                       .psk = caller.psk,
                                       .static_static = shared};
    struct dt_noise first, second;
    dt_noise_init(&first, &dt_noise_ikpsk1, true, &keys);
    const size_t size = dt_from_hex(plain, sizeof plain, v->messages[0].payload);
    struct dt_writer w = dt_writer(got, sizeof got);
    assert_err(dt_noise_write(&first, dt_span(plain, size), caller.ephemeral, &w), DT_OK);
    assert_int_equal(w.size, dt_from_hex(expected, sizeof expected, v->messages[0].ciphertext));
    assert_memory_equal(got, expected, w.size);
    assert_int_equal(first.dh_count, 2); /* its own ephemeral key, and es */

    struct dt_noise_wait wait;
    dt_noise_pause(&first, &wait);
    dt_noise_init(&second, &dt_noise_ikpsk1, true, &keys);
    dt_noise_resume(&second, &wait, 1);
    const size_t answer = dt_from_hex(expected, sizeof expected, v->messages[1].ciphertext);
    size_t plain_size;
    assert_err(dt_noise_read(&second, dt_span(expected, answer), plain, &plain_size), DT_OK);
    uint8_t hash[32];
    dt_from_hex(hash, sizeof hash, v->hash);
    assert_memory_equal(second.hash, hash, 32);
}

static void short_messages_and_weak_keys_are_refused(void **state)
{
    (void)state;
    const struct noise_vector *v = &noise_vectors[0];
    uint8_t message[512], plain[512];
    const size_t total = dt_from_hex(message, sizeof message, v->messages[0].ciphertext);
    for (size_t cut = 0; cut < total; cut++) {
        struct side called;
        size_t size;
        side_init(&called, v, false);
        const enum dt_err err = dt_noise_read(&called.noise, dt_span(message, cut), plain, &size);
        assert_err(err, cut < 96 ? DT_ERR_TRUNCATED : DT_ERR_AUTH_FAILED);
    }
    struct side called;
    size_t size;
    side_init(&called, v, false);
    memset(message, 0, 32); /* a point of small order */
    assert_err(dt_noise_read(&called.noise, dt_span(message, total), plain, &size), DT_ERR_BAD_KEY);

    struct side caller;
    side_init(&caller, v, true);
    struct dt_writer w = dt_writer(message, 50);
    assert_err(dt_noise_write(&caller.noise, dt_span(NULL, 0), caller.ephemeral, &w),
               DT_ERR_CAPACITY);
    assert_false(dt_noise_open_at(plain, UINT64_MAX, dt_span(message, 50), plain));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(published_vectors_match),
        cmocka_unit_test(cached_dh_and_pause_change_no_byte),
        cmocka_unit_test(short_messages_and_weak_keys_are_refused),
    };
    return cmocka_run_group_tests(tests, dt_test_setup, NULL);
}

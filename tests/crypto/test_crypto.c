/* SPDX-License-Identifier: ISC */
/* Goal: the primitives are the published ones. Method: RFC 8032, 7748, 8439, 4231 vectors. */
#include <sodium.h>

#include "test.h"

static void sha256_and_hmac_match_published_vectors(void **state)
{
    (void)state;
    uint8_t out[32], expected[32];
    dt_sha256(out, dt_span("abc", 3)); /* FIPS 180-4 */
    dt_from_hex(expected, 32, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    assert_memory_equal(out, expected, 32);
    const struct dt_span parts[2] = {dt_span("a", 1), dt_span("bc", 2)};
    dt_sha256_parts(out, parts, 2);
    assert_memory_equal(out, expected, 32);
    const struct dt_span data = dt_span("what do ya want for nothing?", 28); /* RFC 4231, 4.3 */
    dt_hmac(out, dt_span("Jefe", 4), &data, 1);
    dt_from_hex(expected, 32, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    assert_memory_equal(out, expected, 32);
    uint8_t long_key[131]; /* RFC 4231, 4.7 */
    memset(long_key, 0xaa, sizeof long_key);
    const struct dt_span message = dt_span("Test Using Larger Than Block-Size Key - Hash Key First", 54);
    dt_hmac(out, dt_span(long_key, sizeof long_key), &message, 1);
    dt_from_hex(expected, 32, "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
    assert_memory_equal(out, expected, 32);
    struct dt_hmac_key key; /* the same, twice from one key made ready */
    dt_hmac_key(&key, dt_span(long_key, sizeof long_key));
    for (int i = 0; i < 2; i++) {
        memset(out, 0, sizeof out);
        dt_hmac_with(out, &key, &message, 1);
        assert_memory_equal(out, expected, 32);
    }
}

static void labelled_hash_has_a_zero_after_its_label(void **state)
{
    (void)state;
    uint8_t a[32], b[32];
    const struct dt_span part = dt_span("x", 1);
    dt_labelled_hash(a, "detente/1/test", &part, 1);
    dt_sha256(b, dt_span("detente/1/test\0x", 16));
    assert_memory_equal(a, b, 32);
}

/* RFC 8032 section 7.1, tests 1 and 3. */
static void ed25519_matches_rfc8032(void **state)
{
    (void)state;
    uint8_t seed[32], public_key[32], signer[64], signature[64], expected[64];
    dt_from_hex(seed, 32, "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60");
    dt_signer_from_seed(signer, public_key, seed);
    dt_from_hex(expected, 32, "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a");
    assert_memory_equal(public_key, expected, 32);
    dt_sign(signature, dt_span(NULL, 0), signer);
    dt_from_hex(expected, 64,
                "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bac"
                "c61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b");
    assert_memory_equal(signature, expected, 64);
    assert_true(dt_verify(signature, dt_span(NULL, 0), public_key));
    dt_from_hex(seed, 32, "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7");
    dt_signer_from_seed(signer, public_key, seed);
    const uint8_t message[2] = {0xaf, 0x82};
    dt_sign(signature, dt_span(message, 2), signer);
    dt_from_hex(expected, 64,
                "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290"
                "ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a");
    assert_memory_equal(signature, expected, 64);
    for (size_t bit = 0; bit < 512; bit++) {
        signature[bit / 8] ^= (uint8_t)(1u << bit % 8);
        assert_false(dt_verify(signature, dt_span(message, 2), public_key));
        signature[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
}

/* RFC 7748 section 5.2, first vector; a zero point must not give a key. */
static void x25519_matches_rfc7748(void **state)
{
    (void)state;
    uint8_t scalar[32], point[32], shared[32], expected[32];
    const uint8_t zero[32] = {0};
    dt_from_hex(scalar, 32, "a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4");
    dt_from_hex(point, 32, "e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c");
    dt_from_hex(expected, 32, "c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552");
    assert_true(dt_x25519(shared, scalar, point));
    assert_memory_equal(shared, expected, 32);
    assert_false(dt_x25519(shared, scalar, zero));
}

/* RFC 8439 section 2.8.2. */
static void aead_matches_rfc8439(void **state)
{
    (void)state;
    uint8_t key[32], nonce[12], associated[12], out[200], back[200], tag[16];
    for (unsigned i = 0; i < 32; i++) {
        key[i] = (uint8_t)(0x80 + i);
    }
    dt_from_hex(nonce, 12, "070000004041424344454647");
    dt_from_hex(associated, 12, "50515253c0c1c2c3c4c5c6c7");
    const char *plain = "Ladies and Gentlemen of the class of '99: If I could offer you only one "
                        "tip for the future, sunscreen would be it.";
    const size_t size = strlen(plain);
    dt_aead_seal(out, dt_span(plain, size), dt_span(associated, 12), nonce, key);
    dt_from_hex(tag, 16, "1ae10b594f09e26a7e902ecbd0600691");
    assert_memory_equal(out + size, tag, 16);
    assert_true(dt_aead_open(back, dt_span(out, size + 16), dt_span(associated, 12), nonce, key));
    assert_memory_equal(back, plain, size);
    out[3] ^= 1;
    assert_false(dt_aead_open(back, dt_span(out, size + 16), dt_span(associated, 12), nonce, key));
    assert_false(dt_aead_open(back, dt_span(out, 15), dt_span(NULL, 0), nonce, key));
}

/* Two libraries share the work by size: what one seals the other opens, and neither opens, or
 * leaves lying about, what was touched. */
static void small_and_large_are_sealed_alike(void **state)
{
    (void)state;
    enum { MOST = 1300 };
    static uint8_t plain[MOST], sealed[MOST + 16], expected[MOST + 16], back[MOST];
    const uint8_t key[32] = {7}, nonce[12] = {9};
    const struct dt_span associated = dt_span("associated", 10);
    for (size_t i = 0; i < MOST; i++) {
        plain[i] = (uint8_t)(i * 7 + 1);
    }
    for (size_t size = 400; size <= MOST; size += size < 540 ? 1 : 190) {
        const struct dt_span part = size % 2 == 0 ? associated : dt_span(NULL, 0);
        crypto_aead_chacha20poly1305_ietf_encrypt(expected, NULL, plain, size, part.data,
                                                  part.size, NULL, nonce, key);
        dt_aead_seal(sealed, dt_span(plain, size), part, nonce, key);
        assert_memory_equal(sealed, expected, size + 16);
        assert_true(dt_aead_open(back, dt_span(sealed, size + 16), part, nonce, key));
        assert_memory_equal(back, plain, size);
        memset(back, 0, sizeof back);
        sealed[size * 3 / 4] ^= 1;
        assert_false(dt_aead_open(back, dt_span(sealed, size + 16), part, nonce, key));
        sealed[size * 3 / 4] ^= 1;
        sealed[size + 3] ^= 0x80; /* the tag */
        assert_false(dt_aead_open(back, dt_span(sealed, size + 16), part, nonce, key));
        for (size_t i = 0; i < size; i++) {
            assert_int_equal(back[i], 0);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sha256_and_hmac_match_published_vectors),
        cmocka_unit_test(labelled_hash_has_a_zero_after_its_label),
        cmocka_unit_test(ed25519_matches_rfc8032),
        cmocka_unit_test(x25519_matches_rfc7748),
        cmocka_unit_test(aead_matches_rfc8439),
        cmocka_unit_test(small_and_large_are_sealed_alike),
    };
    return cmocka_run_group_tests_name("crypto", tests, dt_test_setup, NULL);
}

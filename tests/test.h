/* SPDX-License-Identifier: ISC */
/*
 * test - what every test program includes: cmocka, and a seeded stream of bytes.
 *
 * A random test takes its stream from dt_rng("its own name"): reordering tests
 * changes nothing, and DT_SEED=n in the environment repeats a failing world.
 */
#ifndef DT_TESTS_TEST_H
#define DT_TESTS_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/bytes.h"
#include "crypto/crypto.h"

struct dt_rng {
    uint64_t state;
};

static inline uint64_t dt_rng_next(struct dt_rng *rng) /* SplitMix64 */
{
    uint64_t z = rng->state += 0x9e3779b97f4a7c15u;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

static inline struct dt_rng dt_rng(const char *name)
{
    const char *seed = getenv("DT_SEED");
    struct dt_rng rng = {seed != NULL ? strtoull(seed, NULL, 10) : 1};
    for (; *name != '\0'; name++) {
        rng.state = (rng.state ^ (uint8_t)*name) * 0x100000001b3u;
        dt_rng_next(&rng);
    }
    return rng;
}

/* Uniform enough for tests: 0 <= result < bound. */
static inline uint64_t dt_rng_below(struct dt_rng *rng, uint64_t bound)
{
    return dt_rng_next(rng) % bound;
}

static inline void dt_rng_fill(struct dt_rng *rng, void *out, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        ((uint8_t *)out)[i] = (uint8_t)dt_rng_next(rng);
    }
}

/* Bytes from hex; fails the test on bad hex. Returns the size. */
static inline size_t dt_from_hex(uint8_t *out, size_t capacity, const char *hex)
{
    size_t n = 0;
    for (; hex[0] != '\0'; hex += 2, n++) {
        unsigned byte = 0;
        assert_true(n < capacity && sscanf(hex, "%2x", &byte) == 1);
        out[n] = (uint8_t)byte;
    }
    return n;
}

#define assert_err(expression, expected)                                                           \
    do {                                                                                           \
        const enum dt_err got_ = (expression);                                                     \
        if (got_ != (expected)) {                                                                  \
            fail_msg("%s: got %s, expected %s", #expression, dt_err_name(got_),                    \
                     dt_err_name(expected));                                                       \
        }                                                                                          \
    } while (0)

static inline int dt_test_setup(void **state)
{
    (void)state;
    return dt_crypto_init() == DT_OK ? 0 : -1;
}

#endif

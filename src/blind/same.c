/* SPDX-License-Identifier: ISC */
#include "blind/same.h"

/* What the weights are made of. */
static void seed_of(uint8_t seed[static DT_HASH_SIZE], const struct dt_blind_same *same)
{
    const struct dt_span parts[] = {same->context, dt_span(same->key, DT_POINT_SIZE),
                                    dt_span(same->from, same->size * DT_POINT_SIZE),
                                    dt_span(same->to, same->size * DT_POINT_SIZE)};
    dt_labelled_hash(seed, "detente/1/blind-batch", parts, 4);
}

/* The weighted sum of `points`. */
static bool combine(uint8_t sum[static DT_POINT_SIZE], const uint8_t seed[static DT_HASH_SIZE],
                    const uint8_t *points, size_t size)
{
    memset(sum, 0, DT_POINT_SIZE);
    for (size_t i = 0; i < size; i++) {
        uint8_t index[4], weight[DT_SCALAR_SIZE], term[DT_POINT_SIZE];
        struct dt_writer w = dt_writer(index, sizeof index);
        dt_write_u32(&w, (uint32_t)i);
        const struct dt_span parts[] = {dt_span(seed, DT_HASH_SIZE), dt_span(index, sizeof index)};
        dt_scalar_hash(weight, "detente/1/blind-weight", parts, 2);
        if (!dt_point_multiply(term, weight, points + i * DT_POINT_SIZE) ||
            !dt_point_add(sum, sum, term)) {
            return false;
        }
    }
    return dt_point_valid(sum);
}

static void challenge_of(uint8_t challenge[static DT_SCALAR_SIZE], const uint8_t seed[static DT_HASH_SIZE],
                         const uint8_t *from, const uint8_t *to, const uint8_t *first,
                         const uint8_t *second)
{
    const struct dt_span parts[] = {dt_span(seed, DT_HASH_SIZE), dt_span(from, DT_POINT_SIZE),
                                    dt_span(to, DT_POINT_SIZE), dt_span(first, DT_POINT_SIZE),
                                    dt_span(second, DT_POINT_SIZE)};
    dt_scalar_hash(challenge, "detente/1/blind-challenge", parts, 5);
}

bool dt_blind_same_prove(uint8_t challenge[static DT_SCALAR_SIZE], uint8_t response[static DT_SCALAR_SIZE],
                         const struct dt_blind_same *same, const uint8_t scalar[static DT_SCALAR_SIZE],
                         struct dt_span secret)
{
    uint8_t seed[DT_HASH_SIZE], nonce[DT_SCALAR_SIZE];
    uint8_t from[DT_POINT_SIZE], to[DT_POINT_SIZE], first[DT_POINT_SIZE], second[DT_POINT_SIZE];
    seed_of(seed, same);
    const struct dt_span parts[] = {secret, dt_span(seed, sizeof seed)};
    dt_scalar_hash(nonce, "detente/1/blind-nonce", parts, 2);
    const bool ok = combine(from, seed, same->from, same->size) &&
                    dt_point_multiply(to, scalar, from) && dt_point_generate(first, nonce) &&
                    dt_point_multiply(second, nonce, from);
    if (ok) {
        challenge_of(challenge, seed, from, to, first, second);
        dt_scalar_less_product(response, nonce, challenge, scalar);
    }
    dt_wipe(nonce, sizeof nonce);
    return ok;
}

/* response times `base` plus challenge times `power` */
static bool again(uint8_t out[static DT_POINT_SIZE], const uint8_t *base, const uint8_t *power,
                  const uint8_t *challenge, const uint8_t *response)
{
    uint8_t left[DT_POINT_SIZE];
    const bool ok = base == NULL ? dt_point_generate(left, response)
                                 : dt_point_multiply(left, response, base);
    return ok && dt_point_multiply(out, challenge, power) && dt_point_add(out, out, left);
}

bool dt_blind_same_verify(const struct dt_blind_same *same, const uint8_t challenge[static DT_SCALAR_SIZE],
                          const uint8_t response[static DT_SCALAR_SIZE])
{
    static const uint8_t zero[DT_SCALAR_SIZE];
    uint8_t seed[DT_HASH_SIZE], expected[DT_SCALAR_SIZE];
    uint8_t from[DT_POINT_SIZE], to[DT_POINT_SIZE], first[DT_POINT_SIZE], second[DT_POINT_SIZE];
    dt_scalar_less_product(expected, response, zero, zero);
    if (!dt_equal(expected, response, sizeof expected)) {
        return false; /* not below the group's order: a second spelling of a proof */
    }
    seed_of(seed, same);
    if (!combine(from, seed, same->from, same->size) || !combine(to, seed, same->to, same->size) ||
        !again(first, NULL, same->key, challenge, response) ||
        !again(second, from, to, challenge, response)) {
        return false;
    }
    challenge_of(expected, seed, from, to, first, second);
    return dt_equal(expected, challenge, sizeof expected);
}

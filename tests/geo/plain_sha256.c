/* SPDX-License-Identifier: ISC */
/* SHA-256 without a library, for builds on machines that have none for us: geo-foreign.sh. */
#include <string.h>

#include "crypto/crypto.h"

enum { BLOCK = 64, ROUNDS = 64, STATE = 8 };

struct sha256 {
    uint32_t state[STATE];
    uint8_t block[BLOCK];
    uint64_t size;
};

static uint32_t right(uint32_t x, unsigned by)
{
    return x >> by | x << (32 - by);
}

/* The first 32 bits of the fractional part of a root of a prime: FIPS 180-4 defines its
 * constants so. Roots by integers: floor(p^(1/n) * 2^32) for n 2 or 3. */
static uint32_t constant(unsigned prime, unsigned n)
{
    uint64_t low = 0, high = (uint64_t)1 << 37; /* of the root times 2^32; primes are below 2^9 */
    while (high - low > 1) {
        const uint64_t middle = low + (high - low) / 2;
        __extension__ typedef unsigned __int128 wide;
        const wide square = (wide)middle * middle; /* times 2^64 */
        const bool over = n == 2 ? square > (wide)prime << 64
                                 : square * middle > (wide)prime << 96;
        *(over ? &high : &low) = middle;
    }
    return (uint32_t)low;
}

static void start(struct sha256 *s, uint32_t k[ROUNDS])
{
    unsigned count = 0;
    for (unsigned p = 2; count < ROUNDS; p++) {
        bool prime = true;
        for (unsigned d = 2; d * d <= p; d++) {
            prime = prime && p % d != 0;
        }
        if (prime) {
            k[count] = constant(p, 3);
            if (count < STATE) {
                s->state[count] = constant(p, 2);
            }
            count++;
        }
    }
    s->size = 0;
}

static void mix(struct sha256 *s, const uint32_t k[ROUNDS])
{
    uint32_t w[ROUNDS], v[STATE];
    for (unsigned i = 0; i < ROUNDS; i++) {
        if (i < 16) {
            const uint8_t *b = s->block + 4 * (size_t)i;
            w[i] = (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
        } else {
            const uint32_t a = w[i - 15], b = w[i - 2];
            w[i] = w[i - 16] + (right(a, 7) ^ right(a, 18) ^ a >> 3) + w[i - 7] +
                   (right(b, 17) ^ right(b, 19) ^ b >> 10);
        }
    }
    memcpy(v, s->state, sizeof v);
    for (unsigned i = 0; i < ROUNDS; i++) {
        const uint32_t a = v[0], e = v[4];
        const uint32_t t1 = v[7] + (right(e, 6) ^ right(e, 11) ^ right(e, 25)) +
                            ((e & v[5]) ^ (~e & v[6])) + k[i] + w[i];
        const uint32_t t2 = (right(a, 2) ^ right(a, 13) ^ right(a, 22)) +
                            ((a & v[1]) ^ (a & v[2]) ^ (v[1] & v[2]));
        memmove(v + 1, v, 7 * sizeof v[0]);
        v[4] += t1;
        v[0] = t1 + t2;
    }
    for (unsigned i = 0; i < STATE; i++) {
        s->state[i] += v[i];
    }
}

static void add(struct sha256 *s, const uint32_t k[ROUNDS], uint8_t byte)
{
    s->block[s->size++ % BLOCK] = byte;
    if (s->size % BLOCK == 0) {
        mix(s, k);
    }
}

void dt_sha256_parts(uint8_t out[static DT_HASH_SIZE], const struct dt_span *parts, size_t count)
{
    static uint32_t k[ROUNDS];
    static struct sha256 fresh;
    if (k[0] == 0) {
        start(&fresh, k);
    }
    struct sha256 s = fresh;
    for (size_t i = 0; i < count; i++) {
        for (size_t j = 0; j < parts[i].size; j++) {
            add(&s, k, parts[i].data[j]);
        }
    }
    const uint64_t bits = s.size * 8;
    add(&s, k, 0x80);
    while (s.size % BLOCK != BLOCK - 8) {
        add(&s, k, 0);
    }
    for (unsigned i = 0; i < 8; i++) {
        add(&s, k, (uint8_t)(bits >> (56 - 8 * i)));
    }
    for (unsigned i = 0; i < DT_HASH_SIZE; i++) {
        out[i] = (uint8_t)(s.state[i / 4] >> (24 - 8 * (i % 4)));
    }
}

enum dt_err dt_crypto_init(void)
{
    return DT_OK;
}

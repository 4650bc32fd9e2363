/* SPDX-License-Identifier: ISC */
#include "crypto/group.h"

#include <sodium.h>

static void hash(uint8_t out[static crypto_hash_sha512_BYTES], const char *label,
                 const struct dt_span *parts, size_t count)
{
    crypto_hash_sha512_state state;
    crypto_hash_sha512_init(&state);
    crypto_hash_sha512_update(&state, (const uint8_t *)label, strlen(label) + 1);
    for (size_t i = 0; i < count; i++) {
        if (parts[i].size > 0) {
            crypto_hash_sha512_update(&state, parts[i].data, parts[i].size);
        }
    }
    crypto_hash_sha512_final(&state, out);
    dt_wipe(&state, sizeof state);
}

void dt_point_hash(uint8_t point[static DT_POINT_SIZE], const char *label,
                   const struct dt_span *parts, size_t count)
{
    uint8_t wide[crypto_hash_sha512_BYTES];
    hash(wide, label, parts, count);
    crypto_core_ristretto255_from_hash(point, wide);
    dt_wipe(wide, sizeof wide);
}

void dt_scalar_hash(uint8_t scalar[static DT_SCALAR_SIZE], const char *label,
                    const struct dt_span *parts, size_t count)
{
    uint8_t wide[crypto_hash_sha512_BYTES];
    hash(wide, label, parts, count);
    crypto_core_ristretto255_scalar_reduce(scalar, wide);
    dt_wipe(wide, sizeof wide);
}

bool dt_point_valid(const uint8_t point[static DT_POINT_SIZE])
{
    return crypto_core_ristretto255_is_valid_point(point) == 1 &&
           sodium_is_zero(point, DT_POINT_SIZE) == 0;
}

bool dt_point_multiply(uint8_t out[static DT_POINT_SIZE], const uint8_t scalar[static DT_SCALAR_SIZE],
                       const uint8_t point[static DT_POINT_SIZE])
{
    return crypto_scalarmult_ristretto255(out, scalar, point) == 0;
}

bool dt_point_generate(uint8_t out[static DT_POINT_SIZE], const uint8_t scalar[static DT_SCALAR_SIZE])
{
    return crypto_scalarmult_ristretto255_base(out, scalar) == 0;
}

bool dt_point_add(uint8_t out[static DT_POINT_SIZE], const uint8_t a[static DT_POINT_SIZE],
                  const uint8_t b[static DT_POINT_SIZE])
{
    return crypto_core_ristretto255_add(out, a, b) == 0;
}

void dt_scalar_less_product(uint8_t out[static DT_SCALAR_SIZE], const uint8_t a[static DT_SCALAR_SIZE],
                            const uint8_t b[static DT_SCALAR_SIZE],
                            const uint8_t c[static DT_SCALAR_SIZE])
{
    uint8_t product[DT_SCALAR_SIZE];
    crypto_core_ristretto255_scalar_mul(product, b, c);
    crypto_core_ristretto255_scalar_sub(out, a, product);
    dt_wipe(product, sizeof product);
}

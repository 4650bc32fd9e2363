/* SPDX-License-Identifier: ISC */
/* A fork proof that is read is written back the same; and no bytes frame a writer who
 * signed nothing. */
#include <stdlib.h>

#include "log/fork.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint8_t seed[DT_SEED_SIZE] = {1};
    uint8_t signer[DT_SIGNER_SIZE], writer[DT_PUBLIC_SIZE], bytes[DT_FORK_SIZE_MAX];
    struct dt_fork fork;
    if (dt_crypto_init() != DT_OK) {
        abort();
    }
    if (dt_fork_decode(&fork, dt_span(data, size)) != DT_OK) {
        return 0;
    }
    struct dt_writer w = dt_writer(bytes, sizeof bytes);
    dt_fork_encode(&w, &fork);
    if (w.overflowed || !dt_span_equal(dt_written(&w), dt_span(data, size))) {
        abort();
    }
    dt_signer_from_seed(signer, writer, seed);
    if (dt_fork_verify(&fork, writer) == DT_OK) {
        abort();
    }
    return 0;
}

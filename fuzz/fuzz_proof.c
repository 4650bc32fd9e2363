/* SPDX-License-Identifier: ISC */
/* A proof file that is read is written back the same, byte for byte, whatever it says. */
#include <stdlib.h>

#include "log/proof.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct dt_proof proof;
    static struct dt_proof_result result;
    static uint8_t extra[DT_PROOF_EXTRA_MAX], text[DT_PROOF_SIZE_MAX];
    const struct dt_span input = dt_span(data, size);
    if (dt_crypto_init() != DT_OK) {
        abort();
    }
    if (dt_proof_parse(&proof, extra, sizeof extra, input) != DT_OK) {
        return 0;
    }
    struct dt_writer w = dt_writer(text, sizeof text);
    dt_proof_write(&w, &proof);
    if (w.overflowed || !dt_span_equal(dt_written(&w), input)) {
        abort();
    }
    (void)!dt_proof_verify(&result, &proof);
    return 0;
}

/* SPDX-License-Identifier: ISC */
/* A case that is read is written back the same, byte for byte, whatever it says. */
#include <stdlib.h>

#include "view/case.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct dt_case file;
    static struct dt_case_memory judge;
    static uint8_t memory[DT_CASE_MEMORY], text[DT_CASE_SIZE_MAX];
    const struct dt_span input = dt_span(data, size);
    if (dt_crypto_init() != DT_OK) {
        abort();
    }
    if (dt_case_parse(&file, memory, input) != DT_OK) {
        return 0;
    }
    struct dt_writer w = dt_writer(text, sizeof text);
    dt_case_write(&w, &file);
    if (w.overflowed || !dt_span_equal(dt_written(&w), input)) {
        abort();
    }
    (void)!dt_case_verify(&judge, &file, NULL, NULL);
    return 0;
}

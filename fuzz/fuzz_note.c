/* SPDX-License-Identifier: ISC */
/* A note that is read is written back the same, byte for byte; so is a frontier. */
#include <stdlib.h>
#include <string.h>

#include "log/merkle.h"
#include "log/note.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct dt_note note;
    static uint8_t text[DT_NOTE_SIZE_MAX];
    const struct dt_span input = dt_span(data, size);
    if (dt_crypto_init() != DT_OK) {
        abort();
    }
    struct dt_writer w = dt_writer(text, sizeof text);
    if (dt_note_parse(&note, input) == DT_OK) {
        dt_note_write(&w, &note);
        if (w.overflowed || !dt_span_equal(dt_written(&w), input)) {
            abort();
        }
        (void)!dt_checkpoint_verify(&note.checkpoint);
    }
    struct dt_frontier f;
    w = dt_writer(text, sizeof text);
    if (dt_frontier_read(&f, input) == DT_OK) {
        dt_frontier_write(&f, &w);
        if (w.overflowed || !dt_span_equal(dt_written(&w), input)) {
            abort();
        }
    }
    return 0;
}

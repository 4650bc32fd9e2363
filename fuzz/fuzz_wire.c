/* SPDX-License-Identifier: ISC */
/*
 * The control socket's stream, in pieces as they may come. Property: messages are those
 * that the bytes hold, whatever the pieces; memory follows what came, never what is claimed.
 */
#include <stdlib.h>
#include <string.h>

#include "cbor/object.h"
#include "node/wire.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Messages and their bytes, fed in pieces of `step`. */
static uint64_t take_all(struct dt_span all, size_t step)
{
    struct dt_wire w = {0};
    struct dt_span message;
    uint64_t sum = 0;
    for (size_t at = 0; at < all.size;) {
        const size_t piece = all.size - at < step ? all.size - at : step;
        if (dt_wire_feed(&w, dt_span(all.data + at, piece)) != DT_OK) {
            break;
        }
        at += piece;
        if (w.capacity > 4 * all.size + 65536) {
            abort();
        }
        while (dt_wire_next(&w, &message)) {
            struct dt_cbor value;
            sum = sum * 31 + message.size + 1;
            if (dt_cbor_check(message) == DT_OK && dt_cbor_find_text(message, "cmd", &value)) {
                sum += dt_cbor_text(&value, 31).size;
            }
        }
    }
    dt_wire_free(&w);
    return sum;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct dt_span all = dt_span(data, size);
    if (take_all(all, size + 1) != take_all(all, 7)) {
        abort();
    }
    return 0;
}

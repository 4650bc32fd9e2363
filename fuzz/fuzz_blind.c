/* SPDX-License-Identifier: ISC */
/*
 * A message of blind notices that is read is written back the same, byte for byte; a session
 * that waits for its first message takes none but a HELLO, and then has one of its own.
 */
#include <stdlib.h>

#include "blind/blind.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void session(struct dt_span input, const struct dt_blind_message *m)
{
    static uint8_t text[DT_BLIND_MESSAGE_MAX];
    const uint8_t secret[DT_BLIND_SECRET_SIZE] = {3};
    const uint64_t cells[] = {1, 2, 3};
    struct dt_blind_terms terms = {{0}, 3600000, DT_BLIND_SIZE_MIN};
    struct dt_blind_budget budget;
    struct dt_blind *b;
    memset(terms.line, 7, sizeof terms.line);
    dt_blind_budget_init(&budget, 1000, 1000, 1000);
    if (dt_blind_new(&b, &terms, DT_BLIND_ANSWERS, secret, cells, 3, &budget, 0) != DT_OK) {
        abort();
    }
    struct dt_writer w = dt_writer(text, sizeof text);
    const bool taken = dt_blind_receive(b, input) == DT_OK;
    if (taken != (dt_blind_next(b, &w) == DT_OK) || (taken && m->kind != DT_BLIND_HELLO)) {
        abort();
    }
    dt_blind_free(b);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t text[DT_BLIND_MESSAGE_MAX];
    struct dt_blind_message m;
    const struct dt_span input = dt_span(data, size);
    if (dt_crypto_init() != DT_OK) {
        abort();
    }
    const enum dt_err err = dt_blind_message_read(&m, input);
    session(input, &m);
    if (err != DT_OK) {
        return 0;
    }
    struct dt_writer w = dt_writer(text, sizeof text);
    dt_blind_message_write(&w, &m);
    if (w.overflowed || !dt_span_equal(dt_written(&w), input)) {
        abort();
    }
    struct dt_blind_judged judged;
    const struct dt_span twice[] = {input, input, input};
    (void)!dt_blind_judge(&judged, input, twice, 3);
    return 0;
}

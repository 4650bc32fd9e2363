/* SPDX-License-Identifier: ISC */
/*
 * Drafts that wait for a second officer. The input is such a file.
 *
 * Properties: what decodes is written again as the same bytes; it has one officer's signature
 * and no second; it lives no longer than a day after its time.
 */
#include <stdlib.h>
#include <string.h>

#include "node/held.h"
#include "view/body.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
    if (!holds) {
        abort();
    }
}

/* A draft made from the input, so that the deep parts are reached too. */
static void make_one(struct dt_span input)
{
    static uint8_t body[DT_BODY_MAX], empty[8], file[DT_HELD_MAX];
    static const uint8_t signature[DT_SIGNATURE_SIZE] = {1};
    size_t empty_size = 0, body_size = 0, size = 0;
    struct dt_held held = {.header = {.kind = DT_KIND_SUSPEND + input.data[0] % 2 - 1,
                                      .time_ms = 1000 + input.data[0],
                                      .to_count = input.data[1] % 4},
                           .until_ms = 1001 + input.data[0] + input.data[1] * 1000000};
    struct dt_held read;
    for (size_t i = 0; i < held.header.to_count; i++) {
        held.header.to[i] = (uint8_t)(2 * i);
    }
    must(dt_body_empty_encode(empty, sizeof empty, &empty_size) == DT_OK);
    must(dt_body_add_officer(body, sizeof body, &body_size, dt_span(empty, empty_size),
                             DT_BODY_OFFICER, 1 + input.data[0], signature) == DT_OK);
    held.body = dt_span(body, body_size);
    const enum dt_err err = dt_held_encode(file, sizeof file, &size, &held);
    const int64_t lives = held.until_ms - held.header.time_ms;
    must((err == DT_OK) == (lives > 0 && lives <= (int64_t)DT_HELD_HOURS * 3600000));
    if (err == DT_OK) {
        must(dt_held_decode(&read, dt_span(file, size)) == DT_OK);
        file[input.data[0] % size] ^= (uint8_t)(1 + input.data[1]);
        (void)!dt_held_decode(&read, dt_span(file, size));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t again[DT_HELD_MAX];
    struct dt_held held;
    size_t written = 0;
    if (size >= 2) {
        make_one(dt_span(data, size));
    }
    if (dt_held_decode(&held, dt_span(data, size)) != DT_OK) {
        return 0;
    }
    struct dt_officer_mark mark;
    must(dt_held_encode(again, sizeof again, &written, &held) == DT_OK);
    must(written == size && memcmp(again, data, size) == 0);
    must(dt_body_officer(&mark, held.body, DT_BODY_OFFICER) == DT_OK);
    must(dt_body_officer(&mark, held.body, DT_BODY_SECOND) != DT_OK);
    must(held.until_ms - held.header.time_ms <= (int64_t)DT_HELD_HOURS * 3600000);
    return 0;
}

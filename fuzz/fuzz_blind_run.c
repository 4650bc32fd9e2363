/* SPDX-License-Identifier: ISC */
/*
 * What carries runs of blind notices: a body that is read is written back the same where it is
 * ours alone; what is kept of a run likewise; a file that opens a run comes apart and together.
 */
#include <stdlib.h>

#include "node/blind_file.h"
#include "view/blind_run.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void need(bool good)
{
    if (!good) {
        abort();
    }
}

/* What we write of what was read is read as the same. */
static void bodies(struct dt_span input)
{
    static uint8_t room[DT_BODY_MAX], again[DT_BODY_MAX];
    struct dt_body_blind b, b2;
    struct dt_body_blind_part p, p2;
    struct dt_blind_message hello;
    struct dt_span bytes, bytes2;
    size_t n = 0, n2 = 0;
    if (dt_body_blind_decode(&b, &hello, input) == DT_OK) {
        need(dt_body_blind_encode(room, sizeof room, &n, &b) == DT_OK);
        need(dt_body_blind_decode(&b2, &hello, dt_span(room, n)) == DT_OK);
        need(dt_body_blind_encode(again, sizeof again, &n2, &b2) == DT_OK && n == n2);
        need(memcmp(room, again, n) == 0);
    }
    if (dt_body_blind_part_decode(&p, input) == DT_OK) {
        need(p.part < p.parts && p.parts <= DT_BLIND_PARTS_MAX && p.step < DT_BLIND_MESSAGES);
        need(dt_body_blind_part_encode(room, sizeof room, &n, &p) == DT_OK);
        need(dt_body_blind_part_decode(&p2, dt_span(room, n)) == DT_OK && p2.step == p.step);
        need(dt_span_equal(p.bytes, p2.bytes));
    }
    if (dt_body_blind_plain_decode(&bytes, input) == DT_OK) {
        need(dt_body_blind_plain_encode(room, sizeof room, &n, bytes) == DT_OK);
        need(dt_body_blind_plain_decode(&bytes2, dt_span(room, n)) == DT_OK);
        need(dt_span_equal(bytes, bytes2));
    }
}

static void kept(struct dt_span input)
{
    static struct dt_blind_kept k, k2;
    static uint8_t room[DT_BLIND_FILE_MAX];
    const uint8_t key[DT_PUBLIC_SIZE] = {1};
    const uint8_t signer[DT_SIGNER_SIZE] = {2};
    if (dt_blind_kept_read(&k, input) == DT_OK) {
        struct dt_writer w = dt_writer(room, sizeof room);
        dt_blind_kept_write(&w, &k);
        need(!w.overflowed && dt_blind_kept_read(&k2, dt_written(&w)) == DT_OK);
        need(k.plan_count == k2.plan_count && k.done == k2.done && dt_span_equal(k.cells, k2.cells));
    }
    need(dt_blind_file_open(&k, room, input, key, key, signer) != DT_OK); /* nobody boxed it for us */
}

static void opened(struct dt_span input)
{
    static uint8_t room[DT_BLIND_OPENING_MAX];
    static uint8_t text[2 * DT_BLIND_OPENING_MAX];
    struct dt_span opening, rest;
    if (dt_blind_opened_parse(&opening, &rest, room, input) != DT_OK) {
        return;
    }
    struct dt_writer w = dt_writer(text, sizeof text);
    need(dt_blind_opened_write(&w, opening) == DT_OK);
    need(w.size + rest.size == input.size && memcmp(text, input.data, w.size) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct dt_span input = dt_span(data, size);
    need(dt_crypto_init() == DT_OK);
    bodies(input);
    kept(input);
    opened(input);
    return 0;
}

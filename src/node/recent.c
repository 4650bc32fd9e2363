/* SPDX-License-Identifier: ISC */
#include "node/recent.h"

#include <stdlib.h>
#include <string.h>

#include "crypto/crypto.h"

void dt_recent_clear(struct dt_recent *r)
{
    r->first = r->end = 0;
    r->head = 0;
}

void dt_recent_free(struct dt_recent *r)
{
    if (r->bytes != NULL) {
        dt_wipe(r->bytes, DT_RECENT_BYTES);
        free(r->bytes);
        r->bytes = NULL;
    }
    dt_recent_clear(r);
}

static size_t place(const struct dt_recent *r, uint64_t seq)
{
    return r->slot[seq % DT_RECENT_RECORDS].at;
}

/* Room for `size` bytes at r->head. The oldest records lie right behind the head. */
static void make_room(struct dt_recent *r, size_t size)
{
    if (r->head + size > DT_RECENT_BYTES) {
        while (r->first < r->end && place(r, r->first) >= r->head) {
            r->first++;
        }
        r->head = 0;
    }
    while (r->first < r->end && place(r, r->first) >= r->head &&
           place(r, r->first) < r->head + size) {
        r->first++;
    }
    if (r->end - r->first == DT_RECENT_RECORDS) {
        r->first++;
    }
}

static void add(struct dt_recent *r, struct dt_span part)
{
    if (part.size > 0) {
        memcpy(r->bytes + r->head, part.data, part.size);
        r->head += part.size;
    }
}

void dt_recent_put(struct dt_recent *r, uint64_t seq, struct dt_span header, struct dt_span body,
                   struct dt_span plain)
{
    const size_t size = header.size + body.size + plain.size;
    if (r->bytes == NULL) {
        r->bytes = malloc(DT_RECENT_BYTES);
    }
    if (seq != r->end) {
        dt_recent_clear(r);
        r->first = r->end = seq;
    }
    if (r->bytes == NULL || size > DT_RECENT_BYTES / 4) {
        dt_recent_clear(r);
        return;
    }
    make_room(r, size);
    const size_t slot = seq % DT_RECENT_RECORDS;
    r->slot[slot].at = (uint32_t)r->head;
    r->slot[slot].header = (uint16_t)header.size;
    r->slot[slot].body = (uint16_t)body.size;
    r->slot[slot].plain = (uint16_t)plain.size;
    r->end = seq + 1;
    add(r, header);
    add(r, body);
    add(r, plain);
}

bool dt_recent_get(const struct dt_recent *r, uint64_t seq, struct dt_span *header,
                   struct dt_span *body, struct dt_span *plain)
{
    if (seq < r->first || seq >= r->end) {
        return false;
    }
    const size_t slot = seq % DT_RECENT_RECORDS;
    const uint8_t *at = r->bytes + r->slot[slot].at;
    *header = dt_span(at, r->slot[slot].header);
    *body = dt_span(at + header->size, r->slot[slot].body);
    *plain = dt_span(at + header->size + body->size, r->slot[slot].plain);
    return true;
}

/* SPDX-License-Identifier: ISC */
/*
 * recent - our newest records as they were appended, with what was sealed in them: what is
 * sent next need not be read back from the store and opened again.
 *
 * A ring of bytes, made with the first record. It holds plaintext: free() wipes it.
 */
#ifndef DT_NODE_RECENT_H
#define DT_NODE_RECENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"

enum { DT_RECENT_RECORDS = 1024, DT_RECENT_BYTES = 768 << 10 };

struct dt_recent {
    uint64_t first, end; /* seqs held */
    size_t head;         /* where the next one goes */
    struct {
        uint32_t at;
        uint16_t header, body, plain; /* sizes, in this order */
    } slot[DT_RECENT_RECORDS];
    uint8_t *bytes;
};

/* Puts a record behind the newest; one that does not follow it starts the ring anew.
 * Without memory, or too large: nothing is held. */
void dt_recent_put(struct dt_recent *r, uint64_t seq, struct dt_span header, struct dt_span body,
                   struct dt_span plain);
/* Borrowed until the next put; false if it is not held. `plain` empty: nothing was sealed. */
bool dt_recent_get(const struct dt_recent *r, uint64_t seq, struct dt_span *header,
                   struct dt_span *body, struct dt_span *plain);
/* Holds nothing any more. */
void dt_recent_clear(struct dt_recent *r);
void dt_recent_free(struct dt_recent *r);

#endif

/* SPDX-License-Identifier: ISC */
#include "log/promise.h"

#include "log/merkle.h"

static const char label[] = "detente/1/promise";

enum { SIGNED_SIZE = sizeof label + DT_HASH_SIZE + 2 + 8 + DT_HASH_SIZE };

/* The label's NUL is the zero byte after it. */
static struct dt_span signed_bytes(uint8_t out[static SIGNED_SIZE], const struct dt_promise *p)
{
    struct dt_writer w = dt_writer(out, SIGNED_SIZE);
    dt_write_bytes(&w, label, sizeof label);
    dt_write_bytes(&w, p->line_id, DT_HASH_SIZE);
    dt_write_u16(&w, p->wid);
    dt_write_u64(&w, p->seq);
    dt_write_bytes(&w, p->leaf, DT_HASH_SIZE);
    return dt_written(&w);
}

void dt_promise_sign(struct dt_promise *p, const uint8_t signer[static DT_SIGNER_SIZE])
{
    uint8_t bytes[SIGNED_SIZE];
    dt_sign(p->signature, signed_bytes(bytes, p), signer);
}

enum dt_err dt_promise_verify(const struct dt_promise *p,
                              const uint8_t writer[static DT_PUBLIC_SIZE])
{
    if (p->seq >= DT_TREE_SIZE_MAX) {
        return DT_ERR_BAD_VALUE;
    }
    uint8_t bytes[SIGNED_SIZE];
    return dt_verify(p->signature, signed_bytes(bytes, p), writer) ? DT_OK : DT_ERR_BAD_SIGNATURE;
}

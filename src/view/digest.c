/* SPDX-License-Identifier: ISC */
/* The digest of a view (fact.h; protocol.md section 11). */
#include <string.h>

#include "log/fields.h"
#include "view/fact.h"

static const char label[] = "detente/1/view";

void dt_view_digest_init(struct dt_view_digest *digest)
{
    uint8_t bytes[1];
    struct dt_writer w = dt_writer(bytes, sizeof bytes);
    memset(digest, 0, sizeof *digest);
    dt_cbor_put_uint(&w, DT_VIEW_VERSION);
    const struct dt_span version = dt_written(&w);
    dt_labelled_hash(digest->state, label, &version, 1);
}

/* What is in common, in one form. The leaf stands for all the rest of the record. */
static void put_fact(struct dt_writer *w, const struct dt_fact *f)
{
    dt_cbor_put_array(w, 14);
    dt_cbor_put_uint(w, f->wid);
    dt_cbor_put_uint(w, f->seq);
    dt_cbor_put_bytes(w, dt_span(f->leaf, DT_HASH_SIZE));
    dt_cbor_put_uint(w, f->kind);
    dt_cbor_put_int(w, f->time_ms);
    dt_cbor_put_uint(w, f->flags);
    dt_cbor_put_bool(w, f->sealed);
    if (f->has_target) {
        dt_put_ref(w, &f->target);
    } else {
        dt_cbor_put_null(w);
    }
    dt_cbor_put_int(w, f->code);
    dt_cbor_put_array(w, 4);
    for (size_t i = 0; i < 4; i++) {
        dt_cbor_put_int(w, f->number[i]);
    }
    dt_cbor_put_uint(w, f->officer);
    dt_cbor_put_uint(w, f->second);
    dt_cbor_put_bool(w, f->officer_valid);
    dt_cbor_put_string(w, f->force);
}

enum dt_err dt_view_digest_add(struct dt_view_digest *digest, const struct dt_fact *fact)
{
    if (digest->any &&
        (fact->wid < digest->wid || (fact->wid == digest->wid && fact->seq <= digest->seq))) {
        return DT_ERR_BAD_STATE;
    }
    digest->any = true;
    digest->wid = fact->wid;
    digest->seq = fact->seq;
    if (fact->err != DT_OK) {
        return DT_OK;
    }
    uint8_t bytes[320]; /* more than the largest fact */
    struct dt_writer w = dt_writer(bytes, sizeof bytes);
    put_fact(&w, fact);
    const struct dt_span parts[2] = {dt_span(digest->state, DT_HASH_SIZE), dt_written(&w)};
    uint8_t next[DT_HASH_SIZE];
    dt_labelled_hash(next, label, parts, 2);
    memcpy(digest->state, next, DT_HASH_SIZE);
    digest->facts++;
    return DT_OK;
}

void dt_view_digest_end(const struct dt_view_digest *digest, uint8_t out[static DT_HASH_SIZE])
{
    memcpy(out, digest->state, DT_HASH_SIZE);
}

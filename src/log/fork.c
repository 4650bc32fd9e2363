/* SPDX-License-Identifier: ISC */
#include "log/fork.h"

#include <string.h>

#include "cbor/cbor.h"
#include "log/header.h"

enum { FORK_VERSION = 1, FORK_ITEMS = 7, SIDE_ITEMS = 3 };

/* --- encoding ------------------------------------------------------------ */

static void put_side(struct dt_writer *w, const struct dt_fork_side *side)
{
    dt_cbor_put_array(w, SIDE_ITEMS);
    dt_cbor_put_uint(w, side->at);
    dt_cbor_put_bytes(w, dt_span(side->hash, DT_HASH_SIZE));
    dt_cbor_put_bytes(w, dt_span(side->signature, DT_SIGNATURE_SIZE));
}

void dt_fork_encode(struct dt_writer *w, const struct dt_fork *fork)
{
    dt_cbor_put_array(w, FORK_ITEMS);
    dt_cbor_put_uint(w, FORK_VERSION);
    dt_cbor_put_bytes(w, dt_span(fork->line_id, DT_HASH_SIZE));
    dt_cbor_put_uint(w, fork->wid);
    dt_cbor_put_uint(w, fork->type);
    put_side(w, &fork->a);
    put_side(w, &fork->b);
    dt_cbor_put_array(w, fork->path.count);
    for (size_t i = 0; i < fork->path.count; i++) {
        dt_cbor_put_bytes(w, dt_span(fork->path.hash[i], DT_HASH_SIZE));
    }
}

static void get_exactly(struct dt_cbor *c, uint8_t *out, size_t size)
{
    const struct dt_span bytes = dt_cbor_bytes(c, size, size);
    if (dt_cbor_error(c) == DT_OK) {
        memcpy(out, bytes.data, size);
    }
}

static void get_side(struct dt_cbor *c, struct dt_fork_side *side)
{
    dt_cbor_array(c, SIDE_ITEMS, SIDE_ITEMS);
    side->at = dt_cbor_uint(c, DT_TREE_SIZE_MAX);
    get_exactly(c, side->hash, DT_HASH_SIZE);
    get_exactly(c, side->signature, DT_SIGNATURE_SIZE);
}

enum dt_err dt_fork_decode(struct dt_fork *out, struct dt_span bytes)
{
    if (bytes.size > DT_FORK_SIZE_MAX) {
        return DT_ERR_TOO_LARGE;
    }
    const enum dt_err err = dt_cbor_check(bytes);
    if (err != DT_OK) {
        return err;
    }
    struct dt_cbor c = dt_cbor(bytes);
    dt_cbor_array(&c, 1, bytes.size);
    const uint64_t version = dt_cbor_uint(&c, UINT64_MAX);
    if (dt_cbor_error(&c) == DT_OK && version != FORK_VERSION) {
        return DT_ERR_UNKNOWN_VERSION;
    }
    c = dt_cbor(bytes);
    dt_cbor_array(&c, FORK_ITEMS, FORK_ITEMS);
    dt_cbor_uint(&c, FORK_VERSION);
    get_exactly(&c, out->line_id, DT_HASH_SIZE);
    out->wid = (uint16_t)dt_cbor_uint(&c, DT_WIDS_MAX - 1);
    const uint64_t type = dt_cbor_uint(&c, DT_FORK_PROMISE_BROKEN);
    out->type = (enum dt_fork_type)type;
    if (type < DT_FORK_CHECKPOINTS) {
        dt_cbor_fail(&c, DT_ERR_BAD_VALUE);
    }
    get_side(&c, &out->a);
    get_side(&c, &out->b);
    const size_t count = dt_cbor_array(&c, 0, DT_PATH_MAX);
    out->path.count = dt_cbor_error(&c) == DT_OK ? count : 0;
    for (size_t i = 0; i < out->path.count && dt_cbor_error(&c) == DT_OK; i++) {
        get_exactly(&c, out->path.hash[i], DT_HASH_SIZE);
    }
    return dt_cbor_end(&c);
}

/* --- verifying ----------------------------------------------------------- */

static bool same(const uint8_t a[static DT_HASH_SIZE], const uint8_t b[static DT_HASH_SIZE])
{
    return memcmp(a, b, DT_HASH_SIZE) == 0;
}

/* The two cannot both be true of one log: the arithmetic, without the signatures. */
static enum dt_err contradict_at_one_place(const struct dt_fork *f)
{
    const bool differ = memcmp(f->a.hash, f->b.hash, DT_HASH_SIZE) < 0; /* and in order */
    return f->a.at == f->b.at && f->path.count == 0 && differ ? DT_OK : DT_ERR_BAD_PROOF;
}

static enum dt_err contradict_checkpoints(const struct dt_fork *f)
{
    if (f->a.at == f->b.at) {
        return contradict_at_one_place(f);
    }
    uint8_t older[DT_HASH_SIZE], newer[DT_HASH_SIZE];
    if (dt_roots_from_path(older, newer, f->a.at, f->b.at, &f->path) != DT_OK) {
        return DT_ERR_BAD_PROOF;
    }
    return same(newer, f->b.hash) && !same(older, f->a.hash) ? DT_OK : DT_ERR_BAD_PROOF;
}

static enum dt_err contradict_promise_and_checkpoint(const struct dt_fork *f)
{
    if (f->path.count == 0 || same(f->path.hash[0], f->a.hash)) {
        return DT_ERR_BAD_PROOF;
    }
    struct dt_path inclusion = {.count = 0};
    for (size_t i = 1; i < f->path.count; i++) {
        dt_path_add(&inclusion, f->path.hash[i]);
    }
    const enum dt_err err =
        dt_verify_inclusion(f->a.at, f->b.at, f->path.hash[0], &inclusion, f->b.hash);
    return err == DT_OK ? DT_OK : DT_ERR_BAD_PROOF;
}

static enum dt_err contradict(const struct dt_fork *f)
{
    if (f->path.count > DT_PATH_MAX) {
        return DT_ERR_BAD_VALUE;
    }
    switch (f->type) {
    case DT_FORK_CHECKPOINTS:
        return contradict_checkpoints(f);
    case DT_FORK_PROMISES:
        return contradict_at_one_place(f);
    case DT_FORK_PROMISE_BROKEN:
        return contradict_promise_and_checkpoint(f);
    }
    return DT_ERR_BAD_VALUE;
}

static enum dt_err verify_side(const struct dt_fork *f, const struct dt_fork_side *side,
                               bool is_promise, const uint8_t writer[static DT_PUBLIC_SIZE])
{
    if (is_promise) {
        struct dt_promise p = {.wid = f->wid, .seq = side->at};
        memcpy(p.line_id, f->line_id, DT_HASH_SIZE);
        memcpy(p.leaf, side->hash, DT_HASH_SIZE);
        memcpy(p.signature, side->signature, DT_SIGNATURE_SIZE);
        return dt_promise_verify(&p, writer);
    }
    struct dt_checkpoint c = {.size = side->at};
    memcpy(c.line_id, f->line_id, DT_HASH_SIZE);
    memcpy(c.writer, writer, DT_PUBLIC_SIZE);
    memcpy(c.root, side->hash, DT_HASH_SIZE);
    memcpy(c.signature, side->signature, DT_SIGNATURE_SIZE);
    return dt_checkpoint_verify(&c);
}

enum dt_err dt_fork_verify(const struct dt_fork *f, const uint8_t writer[static DT_PUBLIC_SIZE])
{
    enum dt_err err = contradict(f);
    err = err != DT_OK ? err : verify_side(f, &f->a, f->type != DT_FORK_CHECKPOINTS, writer);
    err = err != DT_OK ? err : verify_side(f, &f->b, f->type == DT_FORK_PROMISES, writer);
    return err;
}

uint64_t dt_fork_parts_at(const struct dt_fork *f)
{
    const bool size = f->type == DT_FORK_CHECKPOINTS && f->a.at > 0; /* else a place */
    return size ? f->a.at - 1 : f->a.at;
}

/* --- building ------------------------------------------------------------ */

static void side_from(struct dt_fork_side *side, uint64_t at, const uint8_t *hash,
                      const uint8_t *signature)
{
    side->at = at;
    memcpy(side->hash, hash, DT_HASH_SIZE);
    memcpy(side->signature, signature, DT_SIGNATURE_SIZE);
}

/* One order for one pair: by place, then by hash. */
static void sort_sides(struct dt_fork *f)
{
    if (f->a.at > f->b.at ||
        (f->a.at == f->b.at && memcmp(f->a.hash, f->b.hash, DT_HASH_SIZE) > 0)) {
        const struct dt_fork_side hold = f->a;
        f->a = f->b;
        f->b = hold;
    }
}

static void start(struct dt_fork *out, enum dt_fork_type type, uint16_t wid,
                  const uint8_t line_id[static DT_HASH_SIZE])
{
    *out = (struct dt_fork){.type = type, .wid = wid};
    memcpy(out->line_id, line_id, DT_HASH_SIZE);
}

enum dt_err dt_fork_from_checkpoints(struct dt_fork *out, uint16_t wid,
                                     const struct dt_checkpoint *x,
                                     const struct dt_checkpoint *y, const struct dt_path *path)
{
    if (!same(x->line_id, y->line_id) || !same(x->writer, y->writer)) {
        return DT_ERR_BAD_VALUE;
    }
    start(out, DT_FORK_CHECKPOINTS, wid, x->line_id);
    side_from(&out->a, x->size, x->root, x->signature);
    side_from(&out->b, y->size, y->root, y->signature);
    sort_sides(out);
    if (path != NULL) {
        out->path = *path;
    }
    return dt_fork_verify(out, x->writer);
}

enum dt_err dt_fork_from_promises(struct dt_fork *out, const struct dt_promise *x,
                                  const struct dt_promise *y,
                                  const uint8_t writer[static DT_PUBLIC_SIZE])
{
    if (!same(x->line_id, y->line_id) || x->wid != y->wid) {
        return DT_ERR_BAD_VALUE;
    }
    start(out, DT_FORK_PROMISES, x->wid, x->line_id);
    side_from(&out->a, x->seq, x->leaf, x->signature);
    side_from(&out->b, y->seq, y->leaf, y->signature);
    sort_sides(out);
    return dt_fork_verify(out, writer);
}

enum dt_err dt_fork_from_broken_promise(struct dt_fork *out, const struct dt_promise *promise,
                                        const struct dt_checkpoint *checkpoint,
                                        const uint8_t leaf[static DT_HASH_SIZE],
                                        const struct dt_path *inclusion)
{
    if (!same(promise->line_id, checkpoint->line_id) || inclusion->count >= DT_PATH_MAX) {
        return DT_ERR_BAD_VALUE;
    }
    start(out, DT_FORK_PROMISE_BROKEN, promise->wid, promise->line_id);
    side_from(&out->a, promise->seq, promise->leaf, promise->signature);
    side_from(&out->b, checkpoint->size, checkpoint->root, checkpoint->signature);
    dt_path_add(&out->path, leaf);
    for (size_t i = 0; i < inclusion->count; i++) {
        dt_path_add(&out->path, inclusion->hash[i]);
    }
    return dt_fork_verify(out, checkpoint->writer);
}

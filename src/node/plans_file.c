/* SPDX-License-Identifier: ISC */
/* Kept plans and the file they lie in, sealed (plans.h). */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "base/try.h"
#include "cbor/cbor.h"
#include "node/plans_file.h"
#include "node/query.h"

enum {
    VERSION = 1,
    FIELDS = 5,
    PLAN_MAX = DT_BODY_MAX + DT_SEALED_MAX + DT_PLAN_HITS_MAX * (DT_HASH_SIZE + 8) + 256,
    INNER_MAX = DT_PLANS_MAX * PLAN_MAX + 16,
    FILE_MAX = INNER_MAX + DT_AEAD_NONCE_SIZE + DT_AEAD_TAG_SIZE + 32,
};

static_assert((int)FILE_MAX <= (int)DT_PLANS_FILE_MAX, "what is written can be read");

#define LABEL "detente/1/plans"
#define DAY_MS INT64_C(86400000)

/* --- one plan ------------------------------------------------------------------------------- */

struct dt_span dt_plan_body(const struct dt_plan_kept *p)
{
    return dt_span(p->bytes, p->body_size);
}

struct dt_span dt_plan_plain(const struct dt_plan_kept *p)
{
    return dt_span(p->bytes + p->body_size, p->plain_size);
}

void dt_plan_forget(struct dt_plan_kept *p)
{
    if (p->bytes != NULL) {
        dt_wipe(p->bytes, p->body_size + p->plain_size);
    }
    free(p->bytes);
    dt_wipe(p, sizeof *p);
}

void dt_plans_clear(struct dt_plans *plans)
{
    for (size_t i = 0; i < plans->count; i++) {
        dt_plan_forget(&plans->plan[i]);
    }
    plans->count = 0;
    plans->due_ms = INT64_MAX;
}

enum dt_err dt_plan_read(struct dt_plan_memory *m, const struct dt_plan_kept *p)
{
    DT_TRY(dt_body_notice_decode(&m->clear, dt_plan_body(p)));
    return dt_notice_plain_decode(&m->plain, dt_plan_plain(p), &m->clear);
}

/* Judges both parts, names the plan, and says how long it is kept. */
enum dt_err dt_plan_make(struct dt_plan_kept *p, const uint8_t line[static DT_HASH_SIZE],
                         struct dt_span body, struct dt_span plain)
{
    uint8_t hash[DT_HASH_SIZE];
    char text[DT_BASE32_SIZE(DT_HASH_SIZE) + 1];
    struct dt_plan_memory *m = malloc(sizeof *m);
    *p = (struct dt_plan_kept){.bytes = malloc(body.size + plain.size + 1),
                               .body_size = body.size,
                               .plain_size = plain.size};
    enum dt_err err = m != NULL && p->bytes != NULL ? DT_OK : DT_ERR_NO_MEMORY;
    if (err == DT_OK) {
        memcpy(p->line, line, DT_HASH_SIZE);
        memcpy(p->bytes, body.data, body.size);
        memcpy(p->bytes + body.size, plain.data, plain.size);
        err = dt_plan_read(m, p);
    }
    if (err == DT_OK) {
        const struct dt_span parts[3] = {dt_span(line, DT_HASH_SIZE), body, plain};
        dt_labelled_hash(hash, LABEL, parts, 3);
        dt_base32(text, hash, DT_HASH_SIZE);
        memcpy(p->name, text, DT_PLAN_NAME_SIZE - 1);
        p->until_ms = m->clear.end_ms + (m->clear.movement ? 7 : 1) * DAY_MS;
    } else {
        dt_plan_forget(p);
    }
    if (m != NULL) {
        dt_wipe(m, sizeof *m);
    }
    free(m);
    return err;
}

/* --- the file -------------------------------------------------------------------------------- */

enum dt_err dt_plans_encode(uint8_t **out, size_t *size, const struct dt_plans *plans)
{
    *out = malloc(INNER_MAX);
    if (*out == NULL) {
        return DT_ERR_NO_MEMORY;
    }
    struct dt_writer w = dt_writer(*out, INNER_MAX);
    dt_cbor_put_array(&w, plans->count);
    for (size_t i = 0; i < plans->count; i++) {
        const struct dt_plan_kept *p = &plans->plan[i];
        dt_cbor_put_array(&w, FIELDS);
        dt_cbor_put_bytes(&w, dt_span(p->line, DT_HASH_SIZE));
        dt_cbor_put_uint(&w, (uint64_t)p->until_ms);
        dt_cbor_put_bytes(&w, dt_plan_body(p));
        dt_cbor_put_bytes(&w, dt_plan_plain(p));
        dt_cbor_put_array(&w, p->hit_count);
        for (size_t h = 0; h < p->hit_count; h++) {
            dt_cbor_put_array(&w, 3);
            dt_cbor_put_bytes(&w, dt_span(p->hits[h].leaf, DT_HASH_SIZE));
            dt_cbor_put_uint(&w, p->hits[h].severity);
            dt_cbor_put_bool(&w, p->hits[h].seen);
        }
    }
    *size = w.size;
    return w.overflowed ? DT_ERR_TOO_LARGE : DT_OK;
}

static enum dt_err read_hits(struct dt_plan_kept *p, struct dt_cbor *c)
{
    p->hit_count = dt_cbor_array(c, 0, DT_PLAN_HITS_MAX);
    for (size_t h = 0; h < p->hit_count; h++) {
        dt_cbor_array(c, 3, 3);
        const struct dt_span leaf = dt_cbor_bytes(c, DT_HASH_SIZE, DT_HASH_SIZE);
        p->hits[h].severity = (unsigned)dt_cbor_uint(c, DT_SEVERITY_SEVERE);
        p->hits[h].seen = dt_cbor_bool(c);
        DT_TRY(dt_cbor_error(c));
        memcpy(p->hits[h].leaf, leaf.data, DT_HASH_SIZE);
    }
    return dt_cbor_error(c);
}

static enum dt_err read_one(struct dt_plans *plans, struct dt_cbor *c)
{
    struct dt_plan_kept *p = &plans->plan[plans->count];
    dt_cbor_array(c, FIELDS, FIELDS);
    const struct dt_span line = dt_cbor_bytes(c, DT_HASH_SIZE, DT_HASH_SIZE);
    const int64_t until = (int64_t)dt_cbor_uint(c, INT64_MAX);
    const struct dt_span body = dt_cbor_bytes(c, 1, DT_BODY_MAX);
    const struct dt_span plain = dt_cbor_bytes(c, 1, DT_SEALED_MAX);
    DT_TRY(dt_cbor_error(c));
    DT_TRY(dt_plan_make(p, line.data, body, plain));
    plans->count++; /* owned from here on */
    return p->until_ms == until ? read_hits(p, c) : DT_ERR_BAD_VALUE;
}

enum dt_err dt_plans_decode(struct dt_plans *plans, struct dt_span bytes)
{
    memset(plans, 0, sizeof *plans);
    DT_TRY(dt_cbor_check(bytes));
    struct dt_cbor c = dt_cbor(bytes);
    const size_t count = dt_cbor_array(&c, 0, DT_PLANS_MAX);
    enum dt_err err = dt_cbor_error(&c);
    for (size_t i = 0; i < count && err == DT_OK; i++) {
        err = read_one(plans, &c);
    }
    err = err == DT_OK ? dt_cbor_end(&c) : err;
    if (err != DT_OK) {
        dt_plans_clear(plans);
    }
    return err;
}

static void file_key(uint8_t key[static DT_AEAD_KEY_SIZE], const struct dt_node *n)
{
    const struct dt_span label = dt_span(LABEL, strlen(LABEL));
    dt_hmac(key, dt_span(n->keys.reader, DT_SECRET_SIZE), &label, 1);
}

static enum dt_err seal_file(uint8_t *out, size_t *size, const struct dt_node *n, struct dt_span inner)
{
    uint8_t key[DT_AEAD_KEY_SIZE], nonce[DT_AEAD_NONCE_SIZE];
    struct dt_writer w = dt_writer(out, FILE_MAX);
    uint8_t *sealed = malloc(inner.size + DT_AEAD_TAG_SIZE);
    if (sealed == NULL) {
        return DT_ERR_NO_MEMORY;
    }
    file_key(key, n);
    dt_random(nonce, sizeof nonce);
    dt_aead_seal(sealed, inner, dt_span(LABEL, strlen(LABEL)), nonce, key);
    dt_wipe(key, sizeof key);
    dt_cbor_put_array(&w, 3);
    dt_cbor_put_uint(&w, VERSION);
    dt_cbor_put_bytes(&w, dt_span(nonce, sizeof nonce));
    dt_cbor_put_bytes(&w, dt_span(sealed, inner.size + DT_AEAD_TAG_SIZE));
    free(sealed);
    *size = w.size;
    return w.overflowed ? DT_ERR_TOO_LARGE : DT_OK;
}

enum dt_err dt_plans_keep(struct dt_node *n)
{
    uint8_t *inner = NULL, *file = malloc(FILE_MAX);
    size_t inner_size = 0, size = 0;
    enum dt_err err = file != NULL ? dt_plans_encode(&inner, &inner_size, n->plans) : DT_ERR_NO_MEMORY;
    err = err == DT_OK ? seal_file(file, &size, n, dt_span(inner, inner_size)) : err;
    err = err == DT_OK ? dt_home_write(&n->home, "plans", dt_span(file, size)) : err;
    if (inner != NULL) {
        dt_wipe(inner, inner_size);
    }
    free(inner);
    free(file);
    if (err != DT_OK) {
        dt_node_log(n, "error", "plans are not kept: %s", dt_err_name(err));
    }
    return err;
}

enum dt_err dt_plans_open(struct dt_node *n, struct dt_span file)
{
    uint8_t key[DT_AEAD_KEY_SIZE];
    DT_TRY(dt_cbor_check(file));
    struct dt_cbor c = dt_cbor(file);
    dt_cbor_array(&c, 3, 3);
    const uint64_t version = dt_cbor_uint(&c, UINT64_MAX);
    DT_TRY(dt_cbor_error(&c));
    if (version != VERSION) {
        return DT_ERR_UNKNOWN_VERSION;
    }
    const struct dt_span nonce = dt_cbor_bytes(&c, DT_AEAD_NONCE_SIZE, DT_AEAD_NONCE_SIZE);
    const struct dt_span sealed = dt_cbor_bytes(&c, DT_AEAD_TAG_SIZE, INNER_MAX + DT_AEAD_TAG_SIZE);
    DT_TRY(dt_cbor_end(&c));
    uint8_t *inner = malloc(sealed.size);
    if (inner == NULL) {
        return DT_ERR_NO_MEMORY;
    }
    file_key(key, n);
    const bool opened =
        dt_aead_open(inner, sealed, dt_span(LABEL, strlen(LABEL)), nonce.data, key);
    dt_wipe(key, sizeof key);
    const size_t size = sealed.size - DT_AEAD_TAG_SIZE;
    const enum dt_err err = opened ? dt_plans_decode(n->plans, dt_span(inner, size)) : DT_ERR_DOES_NOT_OPEN;
    dt_wipe(inner, size);
    free(inner);
    return err;
}

/* SPDX-License-Identifier: ISC */
/*
 * A payload from a paired member: items in any order, whole or broken. Property: no host
 * trouble is ever made of a peer's bytes, nothing is staged without a signature, and our own
 * log stays what it is. Each input is one or more payloads: 2-byte length, bytes; with the
 * length's highest bit set the payload comes from a file, and must move nothing that we
 * believe of a peer.
 */
#include <stdlib.h>
#include <string.h>

#include "sync/state.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint64_t staged;

static bool get(void *ctx, uint16_t wid, uint64_t seq, struct dt_stored *out)
{
    (void)ctx, (void)wid, (void)seq, (void)out;
    return false;
}

static bool tree_node(void *ctx, uint16_t wid, unsigned level, uint64_t index, uint8_t *hash)
{
    (void)ctx, (void)wid, (void)level, (void)index;
    memset(hash, 0, DT_HASH_SIZE);
    return true;
}

static bool get_checkpoint(void *ctx, uint16_t wid, uint64_t low, uint64_t high, uint64_t *size,
                           uint8_t *signature)
{
    (void)ctx, (void)wid, (void)low, (void)high, (void)size, (void)signature;
    return false;
}

static size_t open_for(void *ctx, uint16_t wid, uint64_t seq, uint16_t peer, uint64_t has,
                       struct dt_span body, uint8_t *out, size_t capacity)
{
    (void)ctx, (void)wid, (void)seq, (void)peer, (void)has, (void)body, (void)out, (void)capacity;
    return 0;
}

static bool record_key(void *ctx, uint16_t wid, uint64_t seq, const uint8_t *key_id, uint8_t *key)
{
    (void)ctx, (void)wid;
    memset(key, (int)(seq & 0xff), 32);
    return key_id[0] % 2 == 0; /* sometimes we lack it */
}

static enum dt_err put_log(void *ctx, uint16_t wid, const uint8_t *writer)
{
    (void)ctx, (void)wid, (void)writer;
    return DT_OK;
}

static enum dt_err put(void *ctx, uint16_t wid, uint64_t seq, const uint8_t *leaf,
                       const struct dt_stored *record)
{
    (void)ctx, (void)wid, (void)seq, (void)leaf, (void)record;
    staged++;
    return DT_OK;
}

static enum dt_err put_tree_node(void *ctx, uint16_t wid, unsigned level, uint64_t index,
                                 const uint8_t *hash)
{
    (void)ctx, (void)wid, (void)level, (void)index, (void)hash;
    return DT_OK;
}

static enum dt_err put_head(void *ctx, uint16_t wid, const struct dt_frontier *frontier,
                            const uint8_t *signature)
{
    (void)ctx, (void)wid, (void)frontier, (void)signature;
    return DT_OK;
}

static enum dt_err put_ahead(void *ctx, uint16_t wid, uint64_t seq, const uint8_t *leaf,
                             const struct dt_stored *record, const uint8_t *promise)
{
    (void)ctx, (void)wid, (void)seq, (void)leaf, (void)record, (void)promise;
    staged++;
    return DT_OK;
}

static enum dt_err put_cosignature(void *ctx, uint16_t wid, uint64_t size, uint16_t cosigner,
                                   const struct dt_cosignature *c)
{
    (void)ctx, (void)wid, (void)size, (void)cosigner, (void)c;
    staged++;
    return DT_OK;
}

static enum dt_err put_fork(void *ctx, uint16_t wid, struct dt_span proof)
{
    (void)ctx, (void)wid, (void)proof;
    staged++;
    return DT_OK;
}

static size_t get_fork(void *ctx, uint16_t wid, uint8_t *out, size_t capacity)
{
    (void)ctx, (void)wid, (void)out, (void)capacity;
    return 0;
}

static enum dt_err put_other(void *ctx, uint16_t wid, uint64_t common,
                             const struct dt_checkpoint *c, const struct dt_stored *records)
{
    (void)ctx, (void)wid, (void)common, (void)c, (void)records;
    staged++;
    return DT_OK;
}

static bool get_other(void *ctx, uint16_t wid, uint64_t seq, struct dt_stored *out)
{
    (void)ctx, (void)wid, (void)seq, (void)out;
    return false;
}

static bool get_other_head(void *ctx, uint16_t wid, struct dt_checkpoint *out)
{
    (void)ctx, (void)wid, (void)out;
    return false;
}

/* A forked log of peer 2's party, whose other history that peer is asked for. */
static void ask_for_history(struct dt_sync *s, const uint8_t *key)
{
    const uint16_t wid = dt_wid(2, 2);
    const struct dt_frontier none = {.size = 0};
    const struct dt_checkpoint head = {.size = 3, .root = {7}};
    uint8_t signature[64] = {0};
    struct dt_sync_peer *p = dt_sync_find_peer(s, dt_wid(2, 1));
    struct dt_peer_log *pl = p != NULL ? dt_peer_log(p, wid) : NULL;
    if (pl == NULL || dt_sync_load_log(s, wid, key, &none, signature, true) != DT_OK ||
        dt_other_shown(s, p, pl, dt_sync_find_log(s, wid), &head) != DT_OK) {
        abort();
    }
}

static void start(struct dt_sync *s, struct dt_charter *charter)
{
    const struct dt_sync_host host = {
        NULL, get, tree_node, get_checkpoint, open_for, record_key, put_log, put,
        put_tree_node, put_head, put_ahead, put_cosignature, put_fork, get_fork,
        put_other, get_other, get_other_head, NULL};
    uint8_t seed[32] = {1}, signer[DT_SIGNER_SIZE], key[32];
    struct dt_frontier frontier = {.size = 0};
    uint8_t signature[64] = {0};
    charter->member_count = 3;
    dt_signer_from_seed(signer, key, seed);
    dt_sync_init(s, charter, dt_wid(0, 1), key, signer, &host);
    /* Two logs whose writers are known, one that has yet to show itself. */
    for (unsigned m = 1; m < 3; m++) {
        seed[0] = (uint8_t)(m + 1);
        dt_signer_from_seed(signer, key, seed);
        if (m == 1 && dt_sync_load_log(s, dt_wid(m, 1), key, &frontier, signature, false) != DT_OK) {
            abort();
        }
        if (dt_sync_add_peer(s, dt_wid(m, 1), 0) != DT_OK) {
            abort();
        }
        dt_sync_peer_up(s, dt_wid(m, 1), 0, 1000);
    }
    ask_for_history(s, key);
}

/* All that is believed of peers, as one number. */
static uint64_t beliefs(const struct dt_sync *s)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < s->peer_count; i++) {
        const struct dt_sync_peer *p = s->peers[i];
        for (size_t k = 0; k < p->log_count; k++) {
            const struct dt_peer_log *pl = p->logs[k];
            sum = sum * 31 + pl->has * 7 + pl->heard * 5 + pl->sent * 3 + pl->want_count +
                  pl->as_signed + pl->heads_due;
        }
        sum = sum * 31 + p->promise_count + p->heads_seen;
    }
    return sum;
}

static void receive_file(struct dt_sync *s, int64_t now, struct dt_span payload)
{
    const uint64_t before = beliefs(s);
    if (dt_sync_file_begin(s) != DT_OK || dt_sync_file_receive(s, now, payload) != DT_OK) {
        abort();
    }
    dt_sync_file_end(s);
    if (beliefs(s) != before || s->file_sum.records != 0 || s->file_sum.cosignatures != 0) {
        abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static bool ready;
    static struct dt_charter charter;
    struct dt_sync s;
    uint8_t out[1200];
    int64_t now = 1000000;
    if (!ready && dt_crypto_init() != DT_OK) {
        abort();
    }
    ready = true;
    staged = 0;
    start(&s, &charter);
    struct dt_reader r = dt_reader(dt_span(data, size));
    for (int i = 0; i < 64 && r.left > 2; i++) {
        const unsigned head = dt_read_u16(&r);
        const bool from_file = (head & 0x8000u) != 0;
        const size_t want = head & 0x7fffu;
        const struct dt_span payload = dt_read_span(&r, want < r.left ? want : r.left);
        now += 100000;
        if (from_file) {
            receive_file(&s, now, payload);
        } else if (dt_sync_receive(&s, dt_wid(1 + (unsigned)i % 2, 1), now, payload) != DT_OK) {
            abort();
        }
        dt_sync_committed(&s, now);
        for (unsigned m = 1; m < 3; m++) {
            for (int k = 0; k < 8 && dt_sync_next(&s, dt_wid(m, 1), now, out, sizeof out, NULL) > 0;
                 k++) {
            }
        }
        (void)dt_sync_deadline(&s, now);
    }
    /* No signature in a fuzzer's reach verifies: nothing may have been taken; and our own
     * log is not a peer's to begin. */
    const struct dt_sync_log *own = dt_sync_find_log(&s, dt_wid(0, 1));
    if (staged != 0 || (own != NULL && own->size != 0)) {
        abort();
    }
    dt_sync_deinit(&s);
    return 0;
}

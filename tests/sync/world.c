/* SPDX-License-Identifier: ISC */
#include "world.h"

#include "cbor/cbor.h"
#include "log/statement.h"
#include "sync/state.h"

static struct party *self(void *ctx)
{
    return ctx;
}

static struct kept_log *log_of(struct party *p, uint16_t wid)
{
    return &p->log[dt_wid_member(wid)];
}

static bool get(void *ctx, uint16_t wid, uint64_t seq, struct dt_stored *out)
{
    const struct kept_log *log = log_of(self(ctx), wid);
    if (seq >= log->staged) {
        return false;
    }
    const struct kept *r = &log->record[seq];
    *out = (struct dt_stored){dt_span(r->bytes, r->header), dt_span(r->bytes + r->header, r->body), false};
    return true;
}

static bool tree_node(void *ctx, uint16_t wid, unsigned level, uint64_t index, uint8_t hash[32])
{
    const struct kept_log *log = log_of(self(ctx), wid);
    if (level == 0) {
        if (index < log->staged) {
            memcpy(hash, log->record[index].leaf, 32);
        }
        return index < log->staged;
    }
    uint8_t right[32];
    if (!tree_node(ctx, wid, level - 1, 2 * index, hash) ||
        !tree_node(ctx, wid, level - 1, 2 * index + 1, right)) {
        return false;
    }
    dt_node_hash(hash, hash, right);
    return true;
}

static bool get_checkpoint(void *ctx, uint16_t wid, uint64_t low, uint64_t high, uint64_t *size, uint8_t *signature)
{
    const struct kept_log *log = log_of(self(ctx), wid);
    for (size_t i = 0; i < log->heads; i++) {
        if (log->head[i].size > low && log->head[i].size <= high) {
            *size = log->head[i].size;
            memcpy(signature, log->head[i].signature, 64);
            return true;
        }
    }
    return false;
}

static size_t open_for(void *ctx, uint16_t wid, uint64_t seq, uint16_t peer, uint64_t has, struct dt_span body,
                       uint8_t *out, size_t capacity)
{
    (void)ctx, (void)wid, (void)seq, (void)peer, (void)has, (void)body, (void)out, (void)capacity;
    return 0;
}

static bool record_key(void *ctx, uint16_t wid, uint64_t seq, const uint8_t *key_id, uint8_t key[32])
{
    (void)ctx, (void)wid, (void)seq, (void)key_id, (void)key;
    return false;
}

static enum dt_err put_log(void *ctx, uint16_t wid, const uint8_t *writer)
{
    struct kept_log *log = log_of(self(ctx), wid);
    log->known = true;
    memcpy(log->writer, writer, 32);
    return DT_OK;
}

static void keep(struct kept *r, const struct dt_stored *record, const uint8_t *leaf)
{
    free(r->bytes);
    r->header = record->header.size;
    r->body = record->body.size;
    r->bytes = malloc(r->header + r->body);
    assert_non_null(r->bytes);
    memcpy(r->bytes, record->header.data, r->header);
    if (r->body > 0) {
        memcpy(r->bytes + r->header, record->body.data, r->body);
    }
    memcpy(r->leaf, leaf, 32);
}

static enum dt_err put(void *ctx, uint16_t wid, uint64_t seq, const uint8_t *leaf, const struct dt_stored *record)
{
    struct kept_log *log = log_of(self(ctx), wid);
    assert_int_equal(seq, log->staged); /* no gap, nothing twice */
    assert_true(seq < WORLD_RECORDS);
    keep(&log->record[log->staged++], record, leaf);
    return DT_OK;
}

static enum dt_err put_tree_node(void *ctx, uint16_t wid, unsigned level, uint64_t index, const uint8_t *hash)
{
    uint8_t expected[32];
    assert_int_equal(level % 8, 0);
    if (level == 8 && (index + 1) * 256 <= log_of(self(ctx), wid)->staged) {
        assert_true(tree_node(ctx, wid, level, index, expected));
        assert_memory_equal(hash, expected, 32);
    }
    return DT_OK;
}

static enum dt_err put_head(void *ctx, uint16_t wid, const struct dt_frontier *frontier, const uint8_t *signature)
{
    struct kept_log *log = log_of(self(ctx), wid);
    assert_int_equal(frontier->size, log->staged);
    log->frontier = *frontier;
    memcpy(log->signature, signature, 64);
    if (log->heads < WORLD_HEADS) {
        log->head[log->heads].size = frontier->size;
        memcpy(log->head[log->heads++].signature, signature, 64);
    }
    return DT_OK;
}

static enum dt_err put_ahead(void *ctx, uint16_t wid, uint64_t seq, const uint8_t *leaf,
                             const struct dt_stored *record, const uint8_t *promise)
{
    (void)promise;
    keep(&log_of(self(ctx), wid)->ahead[seq], record, leaf);
    return DT_OK;
}

static enum dt_err put_cosignature(void *ctx, uint16_t wid, uint64_t size, uint16_t cosigner,
                                   const struct dt_cosignature *c)
{
    (void)c;
    struct party *p = self(ctx);
    const struct party *other = &p->world->party[dt_wid_member(cosigner)];
    /* The promise of the layer: claimed means durable there. */
    assert_true(other->log[dt_wid_member(wid)].durable >= size);
    log_of(p, wid)->cosigned[dt_wid_member(cosigner)] = size;
    return DT_OK;
}

static enum dt_err put_fork(void *ctx, uint16_t wid, struct dt_span proof)
{
    struct kept_log *log = log_of(self(ctx), wid);
    memcpy(log->fork, proof.data, proof.size);
    log->fork_size = proof.size;
    return DT_OK;
}

static size_t get_fork(void *ctx, uint16_t wid, uint8_t *out, size_t capacity)
{
    const struct kept_log *log = log_of(self(ctx), wid);
    assert_true(log->fork_size <= capacity);
    memcpy(out, log->fork, log->fork_size);
    return log->fork_size;
}

static enum dt_err put_other(void *ctx, uint16_t wid, uint64_t common, const struct dt_checkpoint *c,
                             const struct dt_stored *records)
{
    struct kept_log *log = log_of(self(ctx), wid);
    assert_err(dt_checkpoint_verify(c), DT_OK);
    for (uint64_t seq = common; seq < c->size; seq++) {
        uint8_t leaf[DT_HASH_SIZE];
        dt_leaf_hash(leaf, records[seq - common].header);
        keep(&log->other[seq], &records[seq - common], leaf);
    }
    log->common = common;
    log->other_head = *c;
    return DT_OK;
}

static bool get_other(void *ctx, uint16_t wid, uint64_t seq, struct dt_stored *out)
{
    const struct kept_log *log = log_of(self(ctx), wid);
    const struct kept *r = &log->other[seq];
    if (seq < log->common || seq >= log->other_head.size) {
        return false;
    }
    *out = (struct dt_stored){dt_span(r->bytes, r->header), dt_span(r->bytes + r->header, r->body),
                              r->body == 0}; /* records have one here */
    return true;
}

static bool full(void *ctx, uint16_t wid)
{
    const struct party *p = self(ctx);
    return wid / DT_WRITERS_MAX != p->index && p->world->full_at > 0 &&
           log_of(self(ctx), wid)->staged >= p->world->full_at;
}

static bool get_other_head(void *ctx, uint16_t wid, struct dt_checkpoint *out)
{
    *out = log_of(self(ctx), wid)->other_head;
    return out->size > 0;
}

static const struct dt_sync_host host_table = {
    NULL, get, tree_node, get_checkpoint, open_for, record_key, put_log, put, put_tree_node,
    put_head, put_ahead, put_cosignature, put_fork, get_fork, put_other, get_other,
    get_other_head, full};

static void start(struct world *w, unsigned index)
{
    struct party *p = &w->party[index];
    struct dt_sync_host host = host_table;
    host.ctx = p;
    dt_sync_init(&p->sync, &w->charter, dt_wid(index, 1), p->writer, p->writer_signer, &host);
    for (unsigned i = 0; i < w->parties; i++) {
        const struct kept_log *log = &p->log[i];
        if (log->known && log->durable > 0) {
            assert_err(dt_sync_load_log(&p->sync, dt_wid(i, 1), log->writer, &log->durable_frontier,
                                        log->durable_signature, log->fork_size > 0),
                       DT_OK);
        }
        if (i != index) {
            assert_err(dt_sync_add_peer(&p->sync, dt_wid(i, 1), p->log[index].cosigned[i]), DT_OK);
        }
    }
    for (unsigned i = 0; i < w->parties; i++) {
        if (i != index) {
            dt_sync_peer_up(&p->sync, dt_wid(i, 1), w->now, w->delay * 2);
            if (w->party[i].up) {
                dt_sync_peer_down(&w->party[i].sync, dt_wid(index, 1));
                dt_sync_peer_up(&w->party[i].sync, dt_wid(index, 1), w->now, w->delay * 2);
            }
        }
    }
    p->up = true;
}

static void open_log(struct world *w, unsigned index)
{
    struct party *p = &w->party[index];
    uint8_t statement[512], body[1024], header[DT_HEADER_MAX], leaf[32];
    size_t size = 0;
    uint64_t seq;
    struct dt_certificate c = {.number = 1};
    memcpy(c.writer, p->writer, 32);
    assert_err(dt_certificate_sign(statement, sizeof statement, &size, &c, p->root_signer, p->root), DT_OK);
    struct dt_writer b = dt_writer(body, sizeof body);
    dt_cbor_put_map(&b, 2);
    dt_cbor_put_uint(&b, 1);
    dt_cbor_put_bytes(&b, dt_span(w->charter.id, 32));
    dt_cbor_put_uint(&b, 2);
    dt_cbor_put_bytes(&b, dt_span(statement, size));
    struct dt_header h = {.version = 1, .kind = DT_KIND_OPEN};
    assert_err(dt_header_encode(header, &size, &h, dt_written(&b)), DT_OK);
    assert_err(dt_sync_append(&p->sync, dt_span(header, size), dt_written(&b), &seq, leaf), DT_OK);
    assert_int_equal(seq, 0);
    world_commit(p);
}

struct world *world_new(const char *name, unsigned parties)
{
    struct world *w = calloc(1, sizeof *w);
    assert_non_null(w);
    w->rng = dt_rng(name);
    w->now = 1000000000;
    w->parties = parties;
    w->delay = 20000;
    w->jitter = 5000;
    w->mtu = 1200;
    w->charter.member_count = parties;
    dt_rng_fill(&w->rng, w->charter.id, 32);
    for (unsigned i = 0; i < parties; i++) {
        struct party *p = &w->party[i];
        uint8_t seed[32];
        p->world = w;
        p->index = i;
        dt_rng_fill(&w->rng, seed, 32);
        dt_signer_from_seed(p->root_signer, p->root, seed);
        dt_rng_fill(&w->rng, seed, 32);
        dt_signer_from_seed(p->writer_signer, p->writer, seed);
        memcpy(w->charter.members[i].root, p->root, 32);
    }
    for (unsigned i = 0; i < parties; i++) {
        start(w, i);
        open_log(w, i);
    }
    return w;
}

void world_free(struct world *w)
{
    for (unsigned i = 0; i < w->parties; i++) {
        dt_sync_deinit(&w->party[i].sync);
        for (unsigned l = 0; l < w->parties; l++) {
            for (size_t r = 0; r < WORLD_RECORDS; r++) {
                free(w->party[i].log[l].record[r].bytes);
                free(w->party[i].log[l].ahead[r].bytes);
                free(w->party[i].log[l].other[r].bytes);
            }
        }
    }
    for (size_t i = 0; i < w->packet_count; i++) {
        free(w->packets[i].bytes);
    }
    free(w);
}

void world_commit(struct party *p)
{
    assert_err(dt_sync_seal_own(&p->sync), DT_OK);
    for (unsigned i = 0; i < p->world->parties; i++) {
        struct kept_log *log = &p->log[i];
        log->durable = log->staged;
        log->durable_frontier = log->frontier;
        memcpy(log->durable_signature, log->signature, 64);
    }
    dt_sync_committed(&p->sync, p->world->now);
}

uint64_t world_append_open(struct world *w, unsigned party, unsigned precedence, size_t text)
{
    static uint8_t body[DT_BODY_MAX], filler[DT_BODY_MAX];
    uint8_t header[DT_HEADER_MAX], leaf[32];
    size_t size = 0;
    uint64_t seq = 0;
    struct dt_writer b = dt_writer(body, sizeof body);
    dt_cbor_put_map(&b, 1);
    dt_cbor_put_uint(&b, 2);
    assert_true(text + 8 < sizeof body);
    dt_cbor_put_bytes(&b, dt_span(filler, text));
    struct dt_header h = {.version = 1, .kind = w->kind != 0 ? w->kind : DT_KIND_MESSAGE, .time_ms = w->now / 1000,
                          .flags = dt_flags((enum dt_precedence)precedence, DT_TEST)};
    assert_err(dt_header_encode(header, &size, &h, dt_written(&b)), DT_OK);
    assert_err(dt_sync_append(&w->party[party].sync, dt_span(header, size), dt_written(&b), &seq, leaf), DT_OK);
    return seq;
}

uint64_t world_append(struct world *w, unsigned party, unsigned precedence, size_t text)
{
    const uint64_t seq = world_append_open(w, party, precedence, text);
    world_commit(&w->party[party]);
    return seq;
}

void world_crash(struct world *w, unsigned party)
{
    struct party *p = &w->party[party];
    dt_sync_deinit(&p->sync);
    for (unsigned i = 0; i < w->parties; i++) {
        p->log[i].staged = p->log[i].durable;
        p->log[i].frontier = p->log[i].durable_frontier;
        while (p->log[i].heads > 0 &&
               p->log[i].head[p->log[i].heads - 1].size > p->log[i].durable) {
            p->log[i].heads--;
        }
    }
    start(w, party);
}

void world_write_head(struct dt_writer *w, unsigned item, uint16_t wid, uint64_t first)
{
    dt_write_u8(w, (uint8_t)item);
    dt_write_varint(w, wid);
    dt_write_varint(w, first);
}

size_t world_write_kept(const struct world *w, unsigned from, uint64_t first, uint64_t end,
                        const uint8_t *signature, uint8_t *bytes, size_t capacity)
{
    struct dt_writer p = dt_writer(bytes, capacity);
    world_write_head(&p, signature != NULL ? DT_ITEM_RECORDS : DT_ITEM_UNSIGNED, dt_wid(from, 1),
                     first);
    dt_write_varint(&p, end - first);
    for (uint64_t seq = first; seq < end; seq++) {
        const struct kept *r = &w->party[from].log[from].record[seq];
        size_t prefix = 0;
        assert_err(dt_header_prefix(&prefix, dt_span(r->bytes, r->header)), DT_OK);
        dt_write_u8(&p, DT_FORM_SIGNED);
        dt_write_bytes(&p, r->bytes, prefix);
        dt_write_varint(&p, r->body);
        dt_write_bytes(&p, r->bytes + r->header, r->body);
    }
    if (signature != NULL) {
        dt_write_bytes(&p, signature, DT_SIGNATURE_SIZE);
    }
    assert_false(p.overflowed);
    return p.size;
}

static void post(struct world *w, unsigned from, unsigned to, const uint8_t *bytes, size_t size)
{
    w->bytes_sent += size;
    const unsigned copies = 1 + (dt_rng_below(&w->rng, 100) < w->dup_percent);
    for (unsigned c = 0; c < copies; c++) {
        if (w->cut[from][to] || dt_rng_below(&w->rng, 100) < w->loss_percent ||
            w->packet_count == WORLD_PACKETS) {
            continue;
        }
        struct packet *p = &w->packets[w->packet_count++];
        *p = (struct packet){w->now + w->delay + (int64_t)dt_rng_below(&w->rng, (uint64_t)w->jitter + 1),
                             from, to, size, malloc(size)};
        assert_non_null(p->bytes);
        memcpy(p->bytes, bytes, size);
    }
}

static void send_all(struct world *w)
{
    static uint8_t payload[65536];
    for (unsigned i = 0; i < w->parties; i++) {
        for (unsigned k = 0; k < w->parties; k++) {
            size_t size;
            while (i != k && (size = dt_sync_next(&w->party[i].sync, dt_wid(k, 1), w->now, payload, w->mtu,
                                                  NULL)) > 0) {
                assert_true(size <= w->mtu);
                post(w, i, k, payload, size);
            }
        }
    }
}

/* The earliest packet, or NULL. */
static struct packet *next_packet(struct world *w)
{
    struct packet *first = NULL;
    for (size_t i = 0; i < w->packet_count; i++) {
        if (first == NULL || w->packets[i].at < first->at) {
            first = &w->packets[i];
        }
    }
    return first;
}

void world_run(struct world *w, int64_t us)
{
    const int64_t until = w->now + us;
    for (;;) {
        send_all(w);
        struct packet *p = next_packet(w);
        int64_t at = p != NULL ? p->at : INT64_MAX;
        for (unsigned i = 0; i < w->parties; i++) {
            int64_t due = dt_sync_deadline(&w->party[i].sync, w->now);
            due = due <= w->now ? w->now + 1000 : due;
            at = due < at ? due : at;
        }
        if (at > until) {
            break;
        }
        w->now = at;
        if (p != NULL && p->at == at) {
            struct packet taken = *p;
            *p = w->packets[--w->packet_count];
            assert_err(dt_sync_receive(&w->party[taken.to].sync, dt_wid(taken.from, 1), w->now,
                                       dt_span(taken.bytes, taken.size)),
                       DT_OK);
            world_commit(&w->party[taken.to]);
            free(taken.bytes);
        }
    }
    w->now = until;
}

bool world_equal(const struct world *w)
{
    for (unsigned l = 0; l < w->parties; l++) {
        const struct kept_log *own = &w->party[l].log[l];
        for (unsigned i = 0; i < w->parties; i++) {
            const struct kept_log *log = &w->party[i].log[l];
            if (log->durable != own->durable) {
                return false;
            }
            for (size_t r = 0; r < own->durable; r++) {
                if (memcmp(log->record[r].leaf, own->record[r].leaf, 32) != 0) {
                    return false;
                }
            }
        }
    }
    return true;
}

bool world_receipts(const struct world *w)
{
    for (unsigned l = 0; l < w->parties; l++) {
        for (unsigned i = 0; i < w->parties; i++) {
            if (i != l && w->party[l].log[l].cosigned[i] != w->party[l].log[l].durable) {
                return false;
            }
        }
    }
    return true;
}

/* SPDX-License-Identifier: ISC */
/*
 * Goal: what a paired member sends on purpose neither stalls a node, nor grows its memory,
 * nor ends a transaction, nor takes the body of another's record away.
 * Method: worlds (world.h), and payloads written by hand.
 */
#include "world.h"

#include "log/promise.h"
#include "sync/state.h"

/* One record as signed, with a body of `size` bytes. */
static void write_record(struct dt_writer *w, size_t size)
{
    static uint8_t body[DT_BODY_MAX];
    uint8_t header[DT_HEADER_MAX];
    size_t header_size = 0, prefix = 0;
    struct dt_header h = {.version = 1, .kind = DT_KIND_MESSAGE};
    assert_err(dt_header_encode(header, &header_size, &h, dt_span(body, size)), DT_OK);
    assert_err(dt_header_prefix(&prefix, dt_span(header, header_size)), DT_OK);
    dt_write_u8(w, DT_FORM_SIGNED);
    dt_write_bytes(w, header, prefix);
    dt_write_varint(w, size);
    dt_write_bytes(w, body, size);
}

static void a_size_that_only_a_peer_names_is_not_counted_to(void **state)
{
    (void)state;
    struct world *w = world_new("far size", 2);
    uint8_t bytes[1200];
    world_run(w, 3000000);
    struct dt_writer p = dt_writer(bytes, sizeof bytes);
    world_write_head(&p, DT_ITEM_UNSIGNED, dt_wid(1, 1), w->party[1].log[1].durable);
    dt_write_varint(&p, 1);
    write_record(&p, 10);
    world_write_head(&p, DT_ITEM_CHECKPOINT, dt_wid(1, 1), DT_TREE_SIZE_MAX);
    memset(bytes + p.size, 0, DT_SIGNATURE_SIZE);
    p.size += DT_SIGNATURE_SIZE;
    assert_err(dt_sync_receive(&w->party[0].sync, dt_wid(1, 1), w->now, dt_written(&p)), DT_OK);
    world_free(w);
}

/* The host would refuse it, and everything else of that transaction with it. */
static void a_promise_beyond_what_a_store_can_keep_is_the_peers_fault(void **state)
{
    (void)state;
    struct world *w = world_new("far promise", 2);
    uint8_t bytes[1200], header[DT_HEADER_MAX];
    size_t size = 0;
    world_run(w, 3000000);
    struct dt_header h = {.version = 1, .kind = DT_KIND_MESSAGE};
    assert_err(dt_header_encode(header, &size, &h, dt_span(bytes, 0)), DT_OK);
    struct dt_promise promise = {.wid = dt_wid(1, 1), .seq = UINT64_C(1) << 40};
    memcpy(promise.line_id, w->charter.id, DT_HASH_SIZE);
    dt_leaf_hash(promise.leaf, dt_span(header, size));
    dt_promise_sign(&promise, w->party[1].writer_signer);
    struct dt_writer p = dt_writer(bytes, sizeof bytes);
    world_write_head(&p, DT_ITEM_PROMISED, promise.wid, promise.seq);
    write_record(&p, 0);
    dt_write_bytes(&p, promise.signature, DT_SIGNATURE_SIZE);
    struct dt_sync *s = &w->party[0].sync;
    assert_err(dt_sync_receive(s, dt_wid(1, 1), w->now, dt_written(&p)), DT_OK);
    assert_int_equal(s->rejects[DT_ERR_CAPACITY], 1);
    assert_int_equal(dt_sync_find_log(s, dt_wid(1, 1))->ahead_count, 0);
    world_free(w);
}

/* Otherwise a relay could leave the bodies out for good, and the author be told `stored`. */
static void a_relay_cannot_leave_a_body_out(void **state)
{
    (void)state;
    struct world *w = world_new("withheld", 3);
    uint8_t bytes[1200];
    world_run(w, 3000000);
    for (unsigned i = 1; i < 3; i++) {
        w->cut[0][i] = w->cut[i][0] = true;
    }
    const uint64_t seq = world_append(w, 0, DT_IMMEDIATE, 100);
    const struct kept_log *log = &w->party[0].log[0];
    struct dt_writer p = dt_writer(bytes, sizeof bytes);
    world_write_head(&p, DT_ITEM_RECORDS, dt_wid(0, 1), seq);
    dt_write_varint(&p, 1);
    dt_write_u8(&p, DT_FORM_ABSENT);
    dt_write_bytes(&p, log->record[seq].bytes, log->record[seq].header);
    dt_write_bytes(&p, log->durable_signature, DT_SIGNATURE_SIZE);
    assert_err(dt_sync_receive(&w->party[1].sync, dt_wid(2, 1), w->now, dt_written(&p)), DT_OK);
    assert_int_equal(w->party[1].log[0].staged, seq);
    assert_int_equal(w->party[1].sync.rejects[DT_ERR_NOT_ALLOWED], 1);
    memset(w->cut, 0, sizeof w->cut);
    world_run(w, 200000000);
    assert_true(world_equal(w));
    assert_int_equal(w->party[1].log[0].record[seq].body, log->record[seq].body);
    world_free(w);
}

/* The disk refused: as the node does it. */
static void roll_back(struct world *w, unsigned index)
{
    struct party *p = &w->party[index];
    for (unsigned i = 0; i < w->parties; i++) {
        p->log[i].staged = p->log[i].durable;
        p->log[i].frontier = p->log[i].durable_frontier;
    }
    dt_sync_rolled_back(&p->sync);
    for (unsigned i = 0; i < w->parties; i++) {
        const struct kept_log *log = &p->log[i];
        if (log->known && log->durable > 0) {
            assert_err(dt_sync_load_log(&p->sync, dt_wid(i, 1), log->writer,
                                        &log->durable_frontier, log->durable_signature, false),
                       DT_OK);
        }
    }
}

/* What waited behind records that are gone again would be taken for others by its place. */
static void a_rollback_forgets_what_waited_behind_it(void **state)
{
    (void)state;
    struct world *w = world_new("rolled back", 2);
    static uint8_t bytes[8192];
    uint8_t signature[64];
    world_run(w, 3000000);
    w->cut[0][1] = w->cut[1][0] = true;
    for (unsigned i = 0; i < 5; i++) {
        world_append(w, 1, DT_ROUTINE, 20);
    }
    memcpy(signature, w->party[1].log[1].durable_signature, 64);
    for (unsigned i = 0; i < 5; i++) {
        world_append(w, 1, DT_ROUTINE, 30);
    }
    struct dt_sync *s = &w->party[0].sync;
    const struct dt_sync_log *log = dt_sync_find_log(s, dt_wid(1, 1));
    const struct dt_peer_log *pl = dt_peer_log_find(dt_sync_find_peer(s, dt_wid(1, 1)), log->wid);
    assert_int_equal(log->size, 1);
    size_t size = world_write_kept(w, 1, 6, 11, NULL, bytes, sizeof bytes);
    assert_err(dt_sync_receive(s, dt_wid(1, 1), w->now, dt_span(bytes, size)), DT_OK);
    size = world_write_kept(w, 1, 1, 6, signature, bytes, sizeof bytes);
    assert_err(dt_sync_receive(s, dt_wid(1, 1), w->now, dt_span(bytes, size)), DT_OK);
    assert_int_equal(log->size, 6);
    assert_non_null(pl->pending);
    assert_int_equal(pl->pending->first, 6);
    roll_back(w, 0);
    assert_int_equal(log->size, 1);
    assert_null(pl->pending);
    assert_int_equal(dt_sync_find_peer(s, dt_wid(1, 1))->pending_bytes, 0);
    /* It comes again, and nothing of before is in its way. */
    size = world_write_kept(w, 1, 1, 11, w->party[1].log[1].durable_signature, bytes, sizeof bytes);
    assert_err(dt_sync_receive(s, dt_wid(1, 1), w->now, dt_span(bytes, size)), DT_OK);
    assert_int_equal(log->size, 11);
    world_commit(&w->party[0]);
    assert_true(world_equal(w));
    world_free(w);
}

/* A hole that fills late must not wait for a further checkpoint. */
static void the_last_missing_record_completes_what_is_signed(void **state)
{
    (void)state;
    struct world *w = world_new("hole", 2);
    static uint8_t bytes[8192];
    uint8_t near[64];
    world_run(w, 3000000);
    w->cut[0][1] = w->cut[1][0] = true;
    for (unsigned i = 0; i < 8; i++) {
        world_append(w, 1, DT_ROUTINE, 20);
        if (i == 3) {
            memcpy(near, w->party[1].log[1].durable_signature, 64);
        }
    }
    struct dt_sync *s = &w->party[0].sync;
    const struct dt_sync_log *log = dt_sync_find_log(s, dt_wid(1, 1));
    const uint8_t *far = w->party[1].log[1].durable_signature;
    size_t size = world_write_kept(w, 1, 7, 9, far, bytes, sizeof bytes); /* 1 .. 6 are missing */
    assert_err(dt_sync_receive(s, dt_wid(1, 1), w->now, dt_span(bytes, size)), DT_OK);
    assert_int_equal(log->size, 1);
    size = world_write_kept(w, 1, 1, 5, near, bytes, sizeof bytes); /* the nearer is whole: taken */
    assert_err(dt_sync_receive(s, dt_wid(1, 1), w->now, dt_span(bytes, size)), DT_OK);
    assert_int_equal(log->size, 5);
    size = world_write_kept(w, 1, 5, 7, NULL, bytes, sizeof bytes);
    assert_err(dt_sync_receive(s, dt_wid(1, 1), w->now, dt_span(bytes, size)), DT_OK);
    assert_int_equal(log->size, 9);
    world_commit(&w->party[0]);
    assert_true(world_equal(w));
    world_free(w);
}

static void unsigned_records_of_many_logs_share_one_bound(void **state)
{
    (void)state;
    enum { LOGS = 40, RECORDS = 40, BODY = 16000 };
    struct world *w = world_new("many logs", 5);
    uint8_t *bytes = malloc(BODY + 1000);
    assert_non_null(bytes);
    struct dt_sync *s = &w->party[0].sync;
    const struct dt_sync_peer *peer = dt_sync_find_peer(s, dt_wid(1, 1));
    for (unsigned i = 0; i < LOGS * RECORDS; i++) {
        struct dt_writer p = dt_writer(bytes, BODY + 1000);
        world_write_head(&p, DT_ITEM_UNSIGNED, (uint16_t)(dt_wid(1, 2) + i % LOGS), i / LOGS);
        dt_write_varint(&p, 1);
        write_record(&p, BODY);
        world_write_head(&p, DT_ITEM_FRAGMENT, (uint16_t)(dt_wid(1, 2) + i % LOGS), 1000 + i / LOGS);
        dt_write_varint(&p, DT_BODY_MAX);
        dt_write_varint(&p, 0);
        dt_write_varint(&p, 1);
        dt_write_u8(&p, 0);
        assert_err(dt_sync_receive(s, dt_wid(1, 1), w->now, dt_written(&p)), DT_OK);
    }
    size_t held = 0;
    for (size_t i = 0; i < peer->log_count; i++) {
        const struct dt_pending *pending = peer->logs[i]->pending;
        held += pending != NULL ? sizeof *pending + pending->bytes : 0;
        for (size_t a = 0; a < DT_SYNC_ASSEMBLIES; a++) {
            held += 2 * peer->logs[i]->assembly[a].total;
        }
    }
    assert_in_range(held, 1, DT_SYNC_PENDING_BYTES + (4 << 20));
    dt_sync_peer_down(s, dt_wid(1, 1));
    assert_int_equal(peer->pending_bytes, 0);
    free(bytes);
    world_free(w);
}

/* Nobody confirms a proof: one lost datagram must not keep it from a member for good. */
static void a_fork_proof_that_was_lost_comes_again(void **state)
{
    (void)state;
    struct world *w = world_new("lost proof", 4);
    world_run(w, 3000000);
    memset(w->cut, 1, sizeof w->cut);
    w->cut[0][1] = w->cut[1][0] = false;
    const struct kept_log before = w->party[0].log[0];
    world_append(w, 0, DT_ROUTINE, 10);
    world_run(w, 3000000);
    assert_int_equal(w->party[1].log[0].durable, 2);
    dt_sync_deinit(&w->party[0].sync);
    w->party[0].log[0].staged = w->party[0].log[0].durable = before.durable;
    w->party[0].log[0].durable_frontier = w->party[0].log[0].frontier = before.durable_frontier;
    memcpy(w->party[0].log[0].durable_signature, before.durable_signature, 64);
    memset(w->party[0].log[0].cosigned, 0, sizeof before.cosigned);
    world_crash(w, 0);
    memset(w->cut, 1, sizeof w->cut);
    w->cut[0][2] = w->cut[2][0] = w->cut[0][3] = w->cut[3][0] = false;
    world_append(w, 0, DT_ROUTINE, 77);
    world_append(w, 0, DT_ROUTINE, 78);
    world_run(w, 10000000);
    assert_int_equal(w->party[3].log[0].durable, 3);
    /* 1 and 2 meet and find it; 3 hears nothing of what they say now. */
    memset(w->cut, 1, sizeof w->cut);
    w->cut[1][2] = w->cut[2][1] = false;
    world_run(w, 100000000);
    assert_true(w->party[1].log[0].fork_size > 0 && w->party[2].log[0].fork_size > 0);
    assert_int_equal(w->party[3].log[0].fork_size, 0);
    w->cut[2][3] = w->cut[3][2] = false;
    world_run(w, 200000000);
    assert_true(w->party[3].log[0].fork_size > 0);
    world_free(w);
}

/* Which logs' heads a payload tells; it holds nothing else. */
static void note_heads(struct dt_span payload, bool told[static WORLD_PARTIES])
{
    struct dt_reader r = dt_reader(payload);
    assert_int_equal(dt_read_u8(&r), DT_ITEM_HEADS);
    for (uint64_t n = dt_read_varint(&r); n > 0; n--) {
        told[dt_wid_member((uint16_t)dt_read_varint(&r))] = true;
        dt_read_varint(&r);
        dt_read_varint(&r);
        for (uint64_t extras = 2 * dt_read_varint(&r); extras > 0; extras--) {
            dt_read_varint(&r);
        }
    }
    assert_err(dt_reader_end(&r), DT_OK);
}

/* A member promises as many far records as are kept: no small frame holds its head then. */
static void far_promises_do_not_silence_a_narrow_link(void **state)
{
    (void)state;
    struct world *w = world_new("far promises", 4);
    const uint8_t promise[DT_SIGNATURE_SIZE] = {0};
    uint8_t bytes[100];
    bool told[WORLD_PARTIES] = {false};
    for (unsigned i = 0; i < 4; i++) {
        world_append(w, i, DT_ROUTINE, 10);
    }
    world_run(w, 100000000);
    assert_true(world_equal(w));
    struct dt_sync *s = &w->party[0].sync;
    for (uint64_t i = 0; i < DT_SYNC_AHEAD_MAX; i++) {
        assert_err(dt_sync_load_ahead(s, dt_wid(1, 1), (UINT64_C(1) << 39) + 2 * i, w->party[1].writer,
                                      promise),
                   DT_OK);
    }
    w->now += 2 * DT_SYNC_HEADS_REPEAT;
    for (int i = 0; i < 10; i++) {
        const size_t size = dt_sync_next(s, dt_wid(2, 1), w->now, bytes, sizeof bytes, NULL);
        if (size > 0) {
            note_heads(dt_span(bytes, size), told);
        }
    }
    for (unsigned i = 0; i < 4; i++) {
        assert_true(told[i]);
    }
    world_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_size_that_only_a_peer_names_is_not_counted_to),
        cmocka_unit_test(a_promise_beyond_what_a_store_can_keep_is_the_peers_fault),
        cmocka_unit_test(a_relay_cannot_leave_a_body_out),
        cmocka_unit_test(a_rollback_forgets_what_waited_behind_it),
        cmocka_unit_test(the_last_missing_record_completes_what_is_signed),
        cmocka_unit_test(unsigned_records_of_many_logs_share_one_bound),
        cmocka_unit_test(a_fork_proof_that_was_lost_comes_again),
        cmocka_unit_test(far_promises_do_not_silence_a_narrow_link),
    };
    return cmocka_run_group_tests_name("sync_hostile", tests, dt_test_setup, NULL);
}

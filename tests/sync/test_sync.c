/* SPDX-License-Identifier: ISC */
/*
 * Goal: whatever the links do, every party ends with the same logs and every author
 * with every receipt; nothing is claimed before it is durable; urgent records overtake;
 * two histories are proved.
 * Method: worlds of three to five parties under one seed (world.h).
 */
#include "world.h"

static void three_parties_agree_over_a_perfect_link(void **state)
{
    (void)state;
    struct world *w = world_new("perfect", 3);
    world_run(w, 5000000);
    for (unsigned i = 0; i < 30; i++) {
        world_append(w, i % 3, DT_ROUTINE, 200);
    }
    world_run(w, 10000000);
    assert_true(world_equal(w));
    assert_true(world_receipts(w));
    world_free(w);
}

static void lossy_links_and_crashes_lose_nothing(void **state)
{
    (void)state;
    for (unsigned seed = 0; seed < 12; seed++) {
        char name[32];
        snprintf(name, sizeof name, "lossy %u", seed);
        struct world *w = world_new(name, 3 + seed % 3);
        w->loss_percent = seed * 4;
        w->dup_percent = seed % 3 * 10;
        w->jitter = 1000 + (int64_t)seed * 20000;
        w->mtu = seed % 4 == 3 ? 128 : 1200;
        for (unsigned step = 0; step < 120; step++) {
            const unsigned party = (unsigned)dt_rng_below(&w->rng, w->parties);
            const size_t text = dt_rng_below(&w->rng, 20) == 0 ? 3000 : dt_rng_below(&w->rng, 300);
            switch (dt_rng_below(&w->rng, 12)) {
            case 0:
                world_append_open(w, party, DT_ROUTINE, text);
                world_crash(w, party); /* before the commit: it never was */
                break;
            case 1:
                world_crash(w, party);
                break;
            default:
                world_append(w, party, (unsigned)dt_rng_below(&w->rng, 4), text);
            }
            world_run(w, (int64_t)dt_rng_below(&w->rng, 400000));
        }
        world_run(w, 1800000000); /* liveness: half an hour of the same bad links */
        assert_true(world_equal(w));
        assert_true(world_receipts(w));
        world_free(w);
    }
}

static void a_member_reached_only_through_another_is_reached(void **state)
{
    (void)state;
    struct world *w = world_new("relay", 3);
    world_run(w, 3000000);
    w->cut[0][1] = w->cut[1][0] = true; /* 2 is between them */
    for (unsigned i = 0; i < 20; i++) {
        world_append(w, 0, DT_ROUTINE, 100);
    }
    world_run(w, 30000000);
    assert_int_equal(w->party[1].log[0].durable, w->party[0].log[0].durable);
    assert_true(world_equal(w));
    assert_int_not_equal(w->party[0].log[0].cosigned[1], w->party[0].log[0].durable);
    w->cut[0][1] = w->cut[1][0] = false;
    world_run(w, 400000000);
    assert_true(world_receipts(w));
    world_free(w);
}

/* More than may wait for a signature anywhere: it goes in pieces, each signed. */
static void a_long_log_is_handed_on_in_pieces(void **state)
{
    (void)state;
    enum { RECORDS = 12000 };
    for (unsigned loss = 0; loss < 22; loss += 7) {
        struct world *w = world_new("long relay", 3);
        w->loss_percent = loss;
        world_run(w, 3000000);
        w->cut[0][1] = w->cut[1][0] = w->cut[1][2] = w->cut[2][1] = true;
        for (unsigned i = 0; i < RECORDS; i++) {
            world_append_open(w, 0, DT_ROUTINE, 20);
            if (i % 300 == 299) {
                world_commit(&w->party[0]);
            }
        }
        world_run(w, 600000000);
        assert_int_equal(w->party[2].log[0].durable, RECORDS + 1);
        assert_true(w->party[1].log[0].durable < 10);
        w->cut[0][2] = w->cut[2][0] = true; /* its author is gone */
        w->cut[1][2] = w->cut[2][1] = false;
        world_run(w, 600000000);
        assert_int_equal(w->party[1].log[0].durable, RECORDS + 1);
        world_free(w);
    }
}

static void flash_overtakes_a_backlog(void **state)
{
    (void)state;
    struct world *w = world_new("flash", 2);
    world_run(w, 3000000);
    for (unsigned i = 0; i < 2000; i++) {
        world_append_open(w, 0, DT_ROUTINE, 1000);
    }
    world_commit(&w->party[0]);
    world_run(w, 1000); /* the first window is on its way */
    const uint64_t seq = world_append(w, 0, DT_FLASH, 100);
    world_run(w, 60000);
    assert_true(w->party[1].log[0].durable < seq);
    assert_non_null(w->party[1].log[0].ahead[seq].bytes);
    assert_memory_equal(w->party[1].log[0].ahead[seq].leaf, w->party[0].log[0].record[seq].leaf, 32);
    world_run(w, 60000000);
    assert_true(world_equal(w));
    assert_true(world_receipts(w));
    world_free(w);
}

/* Larger than a frame, behind more than a receiver may hold unsigned. */
static void flash_in_pieces_overtakes_a_backlog(void **state)
{
    (void)state;
    enum { BACKLOG = 10000 };
    for (unsigned loss = 0; loss < 30; loss += 20) {
        struct world *w = world_new("flash in pieces", 2);
        w->mtu = 100; /* what an MTU of 128 leaves */
        world_run(w, 3000000);
        for (unsigned i = 0; i < BACKLOG; i++) {
            world_append_open(w, 0, DT_ROUTINE, 200);
        }
        world_commit(&w->party[0]);
        world_run(w, 1000);
        w->loss_percent = loss;
        const uint64_t seq = world_append(w, 0, DT_FLASH, 300);
        world_run(w, loss == 0 ? 60000 : 20000000);
        const struct kept_log *log = &w->party[1].log[0];
        assert_non_null(log->ahead[seq].bytes);
        assert_true(log->durable < BACKLOG);
        assert_true(loss != 0 || log->durable < 200);
        assert_memory_equal(log->ahead[seq].leaf, w->party[0].log[0].record[seq].leaf, 32);
        world_free(w);
    }
}

/* A member that writes without end: the others stop at what they have room for, and its
 * CHECK_FIRE comes all the same, next in its log or far behind. */
static void a_full_log_takes_only_what_stops_fire(void **state)
{
    (void)state;
    enum { FULL = 100 };
    struct world *w = world_new("full", 3);
    const struct kept_log *log = &w->party[1].log[0];
    w->full_at = FULL;
    world_run(w, 3000000);
    while (w->party[0].log[0].durable < FULL) {
        world_append(w, 0, DT_ROUTINE, 50);
    }
    world_run(w, 60000000);
    assert_int_equal(log->durable, FULL);
    world_append(w, 0, DT_FLASH, 50);
    world_run(w, 60000000);
    assert_int_equal(log->durable, FULL);
    w->kind = DT_KIND_CHECK_FIRE;
    const uint64_t next = world_append(w, 0, DT_FLASH, 50);
    world_run(w, 300000000);
    assert_int_equal(log->durable, next + 1);
    w->kind = 0;
    for (unsigned i = 0; i < 2000; i++) {
        world_append_open(w, 0, i % 50 == 0 ? DT_FLASH : DT_ROUTINE, 50);
    }
    world_commit(&w->party[0]);
    world_run(w, 300000000);
    assert_int_equal(log->durable, next + 1);
    assert_true(w->party[1].sync.rejects[DT_ERR_QUOTA] > 0);
    const uint64_t sent = w->bytes_sent;
    world_run(w, 600000000);
    assert_true(w->bytes_sent - sent < 4000000); /* tried again now and then, not all the time */
    w->kind = DT_KIND_CHECK_FIRE;
    const uint64_t far = world_append(w, 0, DT_FLASH, 50);
    world_run(w, 600000000);
    assert_int_equal(log->durable, next + 1);
    assert_non_null(log->ahead[far].bytes);
    assert_int_equal(w->party[2].log[1].durable, w->party[1].log[1].durable); /* others go on */
    w->kind = 0;
    w->full_at = 0;
    world_run(w, 600000000);
    assert_true(world_equal(w)); /* and with room there is nothing is lost */
    world_free(w);
}

/* One writer, two installations of the same key: what a clone or an old backup makes. */
static void two_histories_are_proved_and_the_proof_travels(void **state)
{
    (void)state;
    struct world *w = world_new("fork", 4);
    world_run(w, 3000000);
    /* Party 0 tells 1 one thing; then its state is put back and it tells 2 another. */
    w->cut[0][2] = w->cut[0][3] = true;
    w->cut[1][2] = w->cut[1][3] = w->cut[2][1] = w->cut[3][1] = true;
    struct kept_log before = w->party[0].log[0];
    world_append(w, 0, DT_ROUTINE, 10);
    world_run(w, 3000000);
    assert_int_equal(w->party[1].log[0].durable, 2);
    dt_sync_deinit(&w->party[0].sync);
    w->party[0].log[0].staged = w->party[0].log[0].durable = before.durable;
    w->party[0].log[0].durable_frontier = w->party[0].log[0].frontier = before.durable_frontier;
    memcpy(w->party[0].log[0].durable_signature, before.durable_signature, 64);
    memset(w->party[0].log[0].cosigned, 0, sizeof before.cosigned);
    world_crash(w, 0);
    w->cut[0][2] = w->cut[0][3] = false;
    w->cut[0][1] = true;
    world_append(w, 0, DT_ROUTINE, 77);
    world_append(w, 0, DT_ROUTINE, 78);
    world_run(w, 10000000);
    assert_int_equal(w->party[2].log[0].durable, 3);
    assert_int_equal(w->party[1].log[0].fork_size, 0);
    memset(w->cut, 0, sizeof w->cut);
    world_run(w, 200000000);
    for (unsigned i = 1; i < 4; i++) {
        struct dt_fork fork;
        const struct kept_log *log = &w->party[i].log[0];
        assert_true(log->fork_size > 0);
        assert_err(dt_fork_decode(&fork, dt_span(log->fork, log->fork_size)), DT_OK);
        assert_err(dt_fork_verify(&fork, w->party[0].writer), DT_OK);
    }
    assert_int_equal(w->party[1].log[0].durable, 2); /* what was there stays there */
    /* Everybody has both: the one where it was, the other beside it, parted at one place. */
    for (unsigned i = 1; i < 4; i++) {
        const struct kept_log *log = &w->party[i].log[0];
        const struct kept_log *of = &w->party[i == 1 ? 2 : 1].log[0];
        assert_int_equal(log->common, 1);
        assert_int_equal(log->other_head.size, i == 1 ? 3 : 2);
        for (uint64_t seq = 1; seq < log->other_head.size; seq++) {
            assert_memory_equal(log->other[seq].leaf, of->record[seq].leaf, DT_HASH_SIZE);
            assert_int_equal(log->other[seq].body, of->record[seq].body);
        }
    }
    world_free(w);
}

/* Frames that hold no contested head whole: an old copy learns all the same that it is one. */
static void a_copy_is_told_over_a_narrow_link(void **state)
{
    (void)state;
    struct world *w = world_new("narrow copy", 3);
    w->mtu = DT_SYNC_PAYLOAD_MIN;
    world_run(w, 3000000);
    for (unsigned i = 0; i < 80; i++) {
        world_append(w, 0, DT_ROUTINE, 10);
    }
    world_run(w, 60000000);
    assert_true(world_equal(w));
    struct kept_log before = w->party[0].log[0];
    for (unsigned i = 0; i < 5; i++) {
        world_append(w, 0, DT_ROUTINE, 10);
    }
    world_run(w, 60000000);
    dt_sync_deinit(&w->party[0].sync);
    w->party[0].log[0].staged = w->party[0].log[0].durable = before.durable;
    w->party[0].log[0].durable_frontier = w->party[0].log[0].frontier = before.durable_frontier;
    memcpy(w->party[0].log[0].durable_signature, before.durable_signature, 64);
    memset(w->party[0].log[0].cosigned, 0, sizeof before.cosigned);
    world_crash(w, 0);
    assert_false(dt_sync_find_log(&w->party[0].sync, dt_wid(0, 1))->outrun);
    world_run(w, 120000000);
    assert_true(dt_sync_find_log(&w->party[0].sync, dt_wid(0, 1))->outrun);
    world_free(w);
}

/* The two part long before the proof says so, over links that lose and with small frames;
 * and who met only one side learns of the other from a third. */
static void a_second_history_is_fetched_from_where_they_part(void **state)
{
    (void)state;
    enum { COMMON = 20, FIRST = 300, SECOND = 180 };
    struct world *w = world_new("second history", 4);
    for (unsigned i = 1; i < COMMON; i++) {
        world_append(w, 0, DT_ROUTINE, 10);
    }
    world_run(w, 10000000);
    assert_true(world_equal(w));
    w->cut[0][2] = w->cut[2][0] = w->cut[0][3] = w->cut[3][0] = true;
    w->cut[1][2] = w->cut[1][3] = w->cut[2][1] = w->cut[3][1] = true;
    const struct kept_log before = w->party[0].log[0];
    for (unsigned i = COMMON; i < FIRST; i++) {
        world_append(w, 0, DT_ROUTINE, i == COMMON + 3 ? 4000 : 20); /* one larger than a frame */
    }
    world_run(w, 60000000);
    assert_int_equal(w->party[1].log[0].durable, FIRST);
    dt_sync_deinit(&w->party[0].sync);
    w->party[0].log[0].staged = w->party[0].log[0].durable = before.durable;
    w->party[0].log[0].durable_frontier = w->party[0].log[0].frontier = before.durable_frontier;
    memcpy(w->party[0].log[0].durable_signature, before.durable_signature, 64);
    memset(w->party[0].log[0].cosigned, 0, sizeof before.cosigned);
    w->party[0].log[0].heads = before.heads;
    world_crash(w, 0);
    w->cut[0][1] = w->cut[1][0] = true;
    w->cut[0][2] = w->cut[2][0] = false;
    for (unsigned i = COMMON; i < SECOND; i++) {
        world_append(w, 0, DT_ROUTINE, 30);
    }
    world_run(w, 60000000);
    assert_int_equal(w->party[2].log[0].durable, SECOND);
    w->party[0].up = false; /* it is gone: the members have what they have */
    w->cut[0][2] = w->cut[2][0] = true;
    w->cut[1][2] = w->cut[2][1] = false; /* 3 meets only 2, who holds both by then */
    w->loss_percent = 20;
    world_run(w, 300000000);
    w->cut[2][3] = w->cut[3][2] = false;
    world_run(w, 300000000);
    for (unsigned i = 1; i < 4; i++) {
        const struct kept_log *log = &w->party[i].log[0];
        if (log->other_head.size == 0) {
            fail_msg("party %u holds %zu and no second history", i, log->durable);
        }
        const struct kept_log *of = &w->party[log->durable == FIRST ? 2 : 1].log[0];
        assert_int_equal(log->common, COMMON);
        assert_int_equal(log->other_head.size, of->durable);
        for (uint64_t seq = COMMON; seq < log->other_head.size; seq++) {
            assert_memory_equal(log->other[seq].leaf, of->record[seq].leaf, DT_HASH_SIZE);
        }
    }
    world_free(w);
}

/* A member that sends rubbish for another's log stalls nothing. */
static void poison_from_a_member_is_counted_and_forgotten(void **state)
{
    (void)state;
    struct world *w = world_new("poison", 3);
    world_run(w, 3000000);
    for (unsigned i = 0; i < 200; i++) {
        uint8_t bytes[600];
        struct dt_writer p = dt_writer(bytes, sizeof bytes);
        dt_write_u8(&p, 1);
        dt_write_varint(&p, dt_wid(0, 1));
        dt_write_varint(&p, 1 + dt_rng_below(&w->rng, 3));
        dt_write_varint(&p, 1);
        dt_rng_fill(&w->rng, bytes + p.size, 200);
        const size_t size = p.size + dt_rng_below(&w->rng, 200);
        assert_err(dt_sync_receive(&w->party[2].sync, dt_wid(1, 1), w->now, dt_span(bytes, size)), DT_OK);
        world_append(w, 0, DT_ROUTINE, 50);
        world_run(w, 100000);
    }
    world_run(w, 20000000);
    assert_true(world_equal(w));
    assert_true(world_receipts(w));
    world_free(w);
}

static void same_seed_same_bytes(void **state)
{
    (void)state;
    uint64_t bytes[2];
    for (int run = 0; run < 2; run++) {
        struct world *w = world_new("same", 3);
        w->loss_percent = 20;
        for (unsigned i = 0; i < 60; i++) {
            world_append(w, i % 3, i % 4, 100);
            world_run(w, 50000);
        }
        world_run(w, 60000000);
        bytes[run] = w->bytes_sent;
        world_free(w);
    }
    assert_true(bytes[0] == bytes[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(three_parties_agree_over_a_perfect_link),
        cmocka_unit_test(lossy_links_and_crashes_lose_nothing),
        cmocka_unit_test(a_member_reached_only_through_another_is_reached),
        cmocka_unit_test(a_long_log_is_handed_on_in_pieces),
        cmocka_unit_test(flash_overtakes_a_backlog),
        cmocka_unit_test(flash_in_pieces_overtakes_a_backlog),
        cmocka_unit_test(a_full_log_takes_only_what_stops_fire),
        cmocka_unit_test(two_histories_are_proved_and_the_proof_travels),
        cmocka_unit_test(a_copy_is_told_over_a_narrow_link),
        cmocka_unit_test(a_second_history_is_fetched_from_where_they_part),
        cmocka_unit_test(poison_from_a_member_is_counted_and_forgotten),
        cmocka_unit_test(same_seed_same_bytes),
    };
    return cmocka_run_group_tests_name("sync", tests, dt_test_setup, NULL);
}

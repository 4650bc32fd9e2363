/* SPDX-License-Identifier: ISC */
/*
 * Goal: of a file, which anybody may have written, only what is signed counts, and for its
 * signer alone; the same file again is nothing new.
 * Method: worlds (world.h), and payloads written by hand.
 */
#include "world.h"

#include "log/promise.h"
#include "sync/state.h"

enum { BEFORE = 6, PAYLOAD = 8192 };

/* What a party believes that each peer holds of each log. */
struct beliefs {
    uint64_t of[WORLD_PARTIES][WORLD_PARTIES][3];
    bool contested;
};

static struct beliefs beliefs_of(struct party *p)
{
    struct beliefs b = {0};
    for (unsigned i = 0; i < p->world->parties; i++) {
        const struct dt_sync_peer *peer = dt_sync_find_peer(&p->sync, dt_wid(i, 1));
        for (unsigned k = 0; peer != NULL && k < p->world->parties; k++) {
            const struct dt_peer_log *pl = dt_peer_log_find(peer, dt_wid(k, 1));
            if (pl != NULL) {
                const uint64_t now[3] = {pl->has, pl->heard, pl->sent};
                memcpy(b.of[i][k], now, sizeof now);
                b.contested = b.contested || pl->contest_due || pl->fork_due || pl->want_count > 0;
            }
        }
    }
    return b;
}

/* Three parties that agree, then no links, then more records at 1. */
static struct world *apart(const char *name)
{
    struct world *w = world_new(name, 3);
    for (unsigned i = 1; i < BEFORE; i++) {
        world_append(w, 1, DT_ROUTINE, 30);
    }
    world_run(w, 20000000);
    assert_true(world_equal(w));
    memset(w->cut, 1, sizeof w->cut);
    for (unsigned i = 0; i < 4; i++) {
        world_append(w, 1, DT_ROUTINE, 40);
    }
    return w;
}

static void take(struct world *w, const struct dt_writer *payload)
{
    assert_false(payload->overflowed);
    assert_err(dt_sync_file_receive(&w->party[0].sync, w->now, dt_written(payload)), DT_OK);
}

/* Every item that only a session can vouch for, in the name of 1 and of all. */
static void what_a_file_says_of_a_peer_moves_nothing(void **state)
{
    (void)state;
    struct world *w = apart("heads in a file");
    struct dt_sync *s = &w->party[0].sync;
    uint8_t bytes[PAYLOAD];
    world_append(w, 0, DT_ROUTINE, 10); /* that 1 and 2 lack, and must not be believed to hold */
    const struct beliefs before = beliefs_of(&w->party[0]);
    const uint64_t behind = dt_sync_behind(s, dt_wid(1, 1));
    assert_true(behind > 0);
    assert_err(dt_sync_file_begin(s), DT_OK);
    for (uint64_t size = 0; size < 12; size++) {
        struct dt_writer p = dt_writer(bytes, sizeof bytes);
        dt_write_u8(&p, DT_ITEM_HEADS);
        dt_write_varint(&p, 3);
        for (unsigned i = 0; i < 3; i++) {
            dt_write_varint(&p, dt_wid(i, 1));
            dt_write_varint(&p, size);
            dt_write_varint(&p, size);
            dt_write_varint(&p, 1);
            dt_write_varint(&p, size);
            dt_write_varint(&p, 1);
        }
        for (unsigned i = 0; i < 3; i++) {
            world_write_head(&p, DT_ITEM_HEARD, dt_wid(i, 1), size);
            world_write_head(&p, DT_ITEM_WANT, dt_wid(i, 1), size);
            dt_write_varint(&p, 1);
            dt_write_varint(&p, DT_WANT_AS_SIGNED);
            world_write_head(&p, DT_ITEM_FRAGMENTS_HELD, dt_wid(i, 1), size);
            dt_write_varint(&p, 100);
            dt_write_varint(&p, 0);
            world_write_head(&p, DT_ITEM_FRAGMENT, dt_wid(i, 1), size);
            dt_write_varint(&p, 100);
            dt_write_varint(&p, 0);
            dt_write_varint(&p, 1);
            dt_write_u8(&p, 0);
        }
        take(w, &p);
    }
    assert_int_equal(s->file_sum.ignored, 12 * (1 + 3 * 4));
    assert_int_equal(s->file_sum.rejected, 0);
    assert_int_equal(s->file_sum.records, 0);
    dt_sync_file_end(s);
    const struct beliefs after = beliefs_of(&w->party[0]);
    assert_memory_equal(&before, &after, sizeof before);
    assert_int_equal(dt_sync_behind(s, dt_wid(1, 1)), behind);
    assert_false(dt_sync_is_dirty(s));
    memset(w->cut, 0, sizeof w->cut);
    world_run(w, 200000000);
    assert_true(world_equal(w));
    assert_true(world_receipts(w));
    world_free(w);
}

static void refused(struct world *w, const struct dt_writer *payload, enum dt_err reason)
{
    struct dt_sync *s = &w->party[0].sync;
    const uint64_t rejects = s->rejects[reason], all = s->file_sum.rejected;
    take(w, payload);
    if (s->rejects[reason] != rejects + 1) {
        fail_msg("%s was not the reason", dt_err_name(reason));
    }
    assert_int_equal(s->file_sum.rejected, all + 1);
    assert_int_equal(s->file_sum.records, 0);
    assert_int_equal(s->file_sum.cosignatures, 0);
    assert_false(dt_sync_is_dirty(s));
}

/* Record `seq` of 1 in another form. */
static struct dt_writer other_form(const struct world *w, uint64_t seq, enum dt_form form,
                                   uint8_t bytes[static PAYLOAD])
{
    const struct kept *r = &w->party[1].log[1].record[seq];
    struct dt_writer p = dt_writer(bytes, PAYLOAD);
    size_t prefix = 0;
    assert_err(dt_header_prefix(&prefix, dt_span(r->bytes, r->header)), DT_OK);
    world_write_head(&p, DT_ITEM_RECORDS, dt_wid(1, 1), seq);
    dt_write_varint(&p, 1);
    dt_write_u8(&p, (uint8_t)form);
    dt_write_bytes(&p, r->bytes, form == DT_FORM_ABSENT ? r->header : prefix);
    if (form != DT_FORM_ABSENT) {
        dt_write_varint(&p, r->body);
        dt_write_bytes(&p, r->bytes + r->header, r->body);
    }
    dt_write_bytes(&p, w->party[1].log[1].durable_signature, DT_SIGNATURE_SIZE);
    return p;
}

static void what_does_not_verify_in_a_file_is_refused_by_name(void **state)
{
    (void)state;
    struct world *w = apart("forged file");
    struct dt_sync *s = &w->party[0].sync;
    const struct beliefs before = beliefs_of(&w->party[0]);
    uint8_t bytes[PAYLOAD], wrong[64];
    memcpy(wrong, w->party[1].log[1].durable_signature, 64);
    wrong[7] ^= 1;
    assert_err(dt_sync_file_begin(s), DT_OK);
    struct dt_writer p = other_form(w, BEFORE, DT_FORM_ABSENT, bytes);
    refused(w, &p, DT_ERR_NOT_ALLOWED); /* its author's name on the file is no proof */
    p = other_form(w, BEFORE, DT_FORM_OPENED, bytes);
    refused(w, &p, DT_ERR_NOT_ALLOWED);
    p = dt_writer(bytes, sizeof bytes);
    p.size = world_write_kept(w, 1, BEFORE, BEFORE + 4, wrong, bytes, sizeof bytes);
    refused(w, &p, DT_ERR_BAD_SIGNATURE);
    p = other_form(w, BEFORE + 3, DT_FORM_SIGNED, bytes); /* a promise under a wrong signature */
    bytes[0] = DT_ITEM_PROMISED;
    memmove(bytes + 3, bytes + 4, p.size - 4); /* no count */
    memcpy(bytes + p.size - 1 - 64, wrong, 64);
    p.size--;
    refused(w, &p, DT_ERR_BAD_SIGNATURE);
    p = dt_writer(bytes, sizeof bytes);
    world_write_head(&p, DT_ITEM_CONTESTED, dt_wid(1, 1), 2);
    dt_write_bytes(&p, wrong, 32);
    dt_write_bytes(&p, wrong, 64);
    refused(w, &p, DT_ERR_BAD_SIGNATURE);
    p = dt_writer(bytes, sizeof bytes);
    world_write_head(&p, DT_ITEM_COSIGNATURE, dt_wid(0, 1), 1);
    world_append(w, 0, DT_ROUTINE, 10);
    p = dt_writer(bytes, sizeof bytes);
    world_write_head(&p, DT_ITEM_COSIGNATURE, dt_wid(0, 1), 2);
    dt_write_varint(&p, dt_wid(1, 1));
    dt_write_u32(&p, 1);
    dt_write_bytes(&p, wrong, 64);
    refused(w, &p, DT_ERR_BAD_SIGNATURE);
    p = dt_writer(bytes, sizeof bytes);
    dt_write_u8(&p, DT_ITEM_FORK);
    dt_write_varint(&p, 40);
    dt_write_bytes(&p, wrong, 40);
    take(w, &p);
    assert_int_equal(s->file_sum.rejected, 7);
    assert_false(dt_sync_find_log(s, dt_wid(1, 1))->forked);
    p = dt_writer(bytes, sizeof bytes); /* no such item in this version: the rest is not read */
    dt_write_u8(&p, 99);
    refused(w, &p, DT_ERR_UNKNOWN_VERSION);
    dt_sync_file_end(s);
    const struct beliefs after = beliefs_of(&w->party[0]);
    assert_memory_equal(&before, &after, sizeof before);
    /* What was refused keeps nothing out: the true records are taken. */
    assert_err(dt_sync_file_begin(s), DT_OK);
    p.size = world_write_kept(w, 1, BEFORE, BEFORE + 4, w->party[1].log[1].durable_signature,
                              bytes, sizeof bytes);
    take(w, &p);
    assert_int_equal(s->file_sum.records, 4);
    dt_sync_file_end(s);
    world_commit(&w->party[0]);
    world_free(w);
}

static void the_same_file_again_is_nothing_new(void **state)
{
    (void)state;
    struct world *w = apart("file twice");
    struct dt_sync *s = &w->party[0].sync;
    uint8_t bytes[PAYLOAD];
    /* 2 has a record of 0 by way of 1, and says so in the file: 0 cannot have heard of it. */
    world_append(w, 0, DT_ROUTINE, 10);
    w->cut[0][1] = w->cut[1][0] = w->cut[1][2] = w->cut[2][1] = false;
    world_run(w, 30000000);
    memset(w->cut, 1, sizeof w->cut);
    const struct party *two = &w->party[2];
    const struct dt_sync_peer *peer = dt_sync_find_peer(s, dt_wid(2, 1));
    const struct dt_peer_log *pl = dt_peer_log_find(peer, dt_wid(0, 1));
    assert_int_equal(two->log[0].durable, 2);
    assert_int_equal(pl->has, 1);
    for (unsigned i = 0; i < 3; i++) {
        world_append(w, 1, DT_ROUTINE, 20);
    }
    const uint64_t held = w->party[0].log[1].durable, end = w->party[1].log[1].durable;
    assert_int_equal(end - held, 3);
    struct dt_checkpoint c = {.size = 2};
    struct dt_cosignature cosignature = {.time_s = 1000};
    memcpy(c.line_id, w->charter.id, 32);
    memcpy(c.writer, w->party[0].writer, 32);
    dt_frontier_root(&w->party[0].log[0].durable_frontier, c.root);
    memcpy(cosignature.writer, two->writer, 32);
    dt_cosign(&cosignature, &c, two->writer_signer);
    struct dt_writer p = dt_writer(bytes, sizeof bytes);
    p.size = world_write_kept(w, 1, held, end, w->party[1].log[1].durable_signature, bytes,
                              sizeof bytes);
    world_write_head(&p, DT_ITEM_COSIGNATURE, dt_wid(0, 1), 2);
    dt_write_varint(&p, dt_wid(2, 1));
    dt_write_u32(&p, 1000);
    dt_write_bytes(&p, cosignature.signature, 64);
    for (unsigned again = 0; again < 3; again++) {
        assert_err(dt_sync_file_begin(s), DT_OK);
        take(w, &p);
        assert_int_equal(s->file_sum.records, again == 0 ? 3 : 0);
        assert_int_equal(s->file_sum.cosignatures, again == 0 ? 1 : 0);
        assert_int_equal(s->file_sum.rejected, 0);
        assert_int_equal(s->file_sum.ignored, 0);
        assert_int_equal(dt_sync_is_dirty(s), again == 0);
        dt_sync_file_end(s);
        world_commit(&w->party[0]);
        assert_int_equal(pl->has, 2);
        assert_int_equal(w->party[0].log[1].durable, end);
    }
    /* The author of what the file brought is told, once it can be reached. */
    w->cut[0][1] = w->cut[1][0] = false;
    world_run(w, 3000000);
    assert_int_equal(w->party[1].log[1].cosigned[0], end);
    world_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_a_file_says_of_a_peer_moves_nothing),
        cmocka_unit_test(what_does_not_verify_in_a_file_is_refused_by_name),
        cmocka_unit_test(the_same_file_again_is_nothing_new),
    };
    return cmocka_run_group_tests_name("sync_file", tests, dt_test_setup, NULL);
}

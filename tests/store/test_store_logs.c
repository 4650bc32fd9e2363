/* SPDX-License-Identifier: ISC */
/*
 * Goal: logs come back as they went in, and their tree is the tree of RFC 9162.
 * Method: records whose bytes follow from their place; roots against a frontier
 * that has never seen a store.
 */
#include "home.h"

static void records_come_back_as_they_went_in(void **state)
{
    (void)state;
    struct home home;
    home_make(&home);
    struct dt_store *store = home_open(&home, DT_STORE_CREATE);
    struct dt_store_log log = home_log(store);
    assert_err(dt_store_begin(store), DT_OK);
    for (int i = 0; i < 1000; i++) {
        assert_err(sample_append(store, &log), DT_OK);
    }
    log.checkpoint_size = 900;
    log.checkpoint_signature[63] = 9;
    log.flags = DT_STORE_LOG_OWN;
    assert_err(dt_store_log_update(store, &log), DT_OK);
    assert_err(dt_store_commit(store), DT_OK);
    assert_log_whole(store, &log);
    dt_store_close(store);

    store = home_open(&home, DT_STORE_READ);
    struct dt_store_log again;
    assert_err(dt_store_log_find(store, log.line, 16, 0, &again), DT_OK);
    assert_int_equal(again.id, log.id);
    assert_int_equal(again.checkpoint_size, 900);
    assert_int_equal(again.checkpoint_signature[63], 9);
    assert_int_equal(again.flags, DT_STORE_LOG_OWN);
    assert_int_equal(again.writer[0], 7);
    assert_log_whole(store, &again);
    assert_err(dt_store_log_find(store, log.line, 17, 0, &again), DT_ERR_UNKNOWN_WRITER);
    assert_err(dt_store_log_get(store, 99, &again), DT_ERR_UNKNOWN_WRITER);
    assert_err(dt_store_check(store), DT_OK);
    dt_store_close(store);
    home_remove(&home);
}

static void single_records_and_bodies(void **state)
{
    (void)state;
    struct home home;
    home_make(&home);
    struct dt_store *store = home_open(&home, DT_STORE_CREATE);
    struct dt_store_log log = home_log(store);
    assert_err(dt_store_begin(store), DT_OK);
    for (int i = 0; i < 20; i++) {
        assert_err(sample_append(store, &log), DT_OK);
    }
    assert_err(dt_store_log_update(store, &log), DT_OK);
    assert_err(dt_store_commit(store), DT_OK);

    struct dt_store_record record;
    struct sample s;
    sample_make(&s, log.id, 12);
    assert_err(dt_store_record_get(store, log.id, 12, &record), DT_OK);
    assert_int_equal(record.seq, 12);
    assert_true(dt_span_equal(record.body, dt_span(s.body, s.body_size)));
    assert_err(dt_store_record_set_body(store, log.id, 12, dt_span(NULL, 0)), DT_OK);
    assert_err(dt_store_record_get(store, log.id, 12, &record), DT_OK);
    assert_null(record.body.data);
    assert_true(dt_span_equal(record.header, dt_span(s.header, s.header_size)));
    assert_err(dt_store_record_set_body(store, log.id, 12, dt_span("x", 1)), DT_OK);
    assert_err(dt_store_record_get(store, log.id, 12, &record), DT_OK);
    assert_true(dt_span_equal(record.body, dt_span("x", 1)));
    assert_err(dt_store_record_get(store, log.id, 20, &record), DT_ERR_UNKNOWN_RECORD);
    assert_err(dt_store_record_get(store, log.id, UINT64_MAX, &record), DT_ERR_UNKNOWN_RECORD);
    assert_err(dt_store_record_set_body(store, log.id, 20, dt_span("x", 1)),
               DT_ERR_UNKNOWN_RECORD);
    dt_store_close(store);
    home_remove(&home);
}

static void refusals_leave_the_log_as_it_was(void **state)
{
    (void)state;
    struct home home;
    home_make(&home);
    struct dt_store *store = home_open(&home, DT_STORE_CREATE);
    struct dt_store_log log = home_log(store);
    static const uint8_t big[DT_BODY_MAX + 1] = {1};
    uint8_t leaf[DT_HASH_SIZE];
    assert_err(sample_append(store, &log), DT_ERR_BAD_STATE);
    assert_err(dt_store_begin(store), DT_OK);
    assert_err(dt_store_begin(store), DT_ERR_BAD_STATE);
    assert_err(dt_store_append(store, &log, dt_span(big, 0), dt_span(big, 1), leaf),
               DT_ERR_BAD_VALUE);
    assert_err(dt_store_append(store, &log, dt_span(big, DT_HEADER_MAX + 1), dt_span(big, 1), leaf),
               DT_ERR_TOO_LARGE);
    assert_err(dt_store_append(store, &log, dt_span(big, 1), dt_span(big, sizeof big), leaf),
               DT_ERR_TOO_LARGE);
    struct dt_store_log full = log;
    full.frontier.size = DT_STORE_SEQ_MAX + 1;
    assert_err(sample_append(store, &full), DT_ERR_CAPACITY);
    assert_int_equal(log.frontier.size, 0);
    assert_err(sample_append(store, &log), DT_OK);
    struct dt_store_log stale = log;
    stale.frontier.size = 0;
    assert_err(sample_append(store, &stale), DT_ERR_DUPLICATE);
    assert_int_equal(stale.frontier.size, 0);
    assert_err(dt_store_append_grown(store, &log, dt_span(big, 1), dt_span(big, 1), &log.frontier),
               DT_ERR_BAD_STATE); /* a frontier that has not grown */
    assert_int_equal(log.frontier.size, 1);
    assert_err(dt_store_log_insert(store, &stale), DT_ERR_DUPLICATE);
    assert_err(dt_store_log_update(store, &log), DT_OK);
    assert_err(dt_store_commit(store), DT_OK);
    assert_err(dt_store_commit(store), DT_ERR_BAD_STATE);
    assert_log_whole(store, &log);

    assert_err(dt_store_begin(store), DT_OK);
    assert_err(sample_append(store, &log), DT_OK);
    dt_store_rollback(store);
    assert_err(dt_store_log_get(store, log.id, &log), DT_OK);
    assert_int_equal(log.frontier.size, 1);
    assert_log_whole(store, &log);
    dt_store_close(store);
    home_remove(&home);
}

/* 66,000 leaves close 257 subtrees of level 8 and one of level 16. */
static void the_tree_is_that_of_the_records(void **state)
{
    (void)state;
    struct home home;
    home_make(&home);
    struct dt_store *store = home_open(&home, DT_STORE_CREATE);
    struct dt_store_log log = home_log(store);
    struct dt_rng rng = dt_rng("the_tree_is_that_of_the_records");
    static struct dt_frontier kept[8];
    size_t keep = 0;
    assert_err(dt_store_begin(store), DT_OK);
    for (uint64_t i = 0; i < 66000; i++) {
        uint8_t leaf[DT_HASH_SIZE];
        assert_err(dt_store_append(store, &log, dt_span(&i, sizeof i), dt_span("", 0), leaf), DT_OK);
        if (i > 100 && keep < 8 && (dt_rng_below(&rng, 8000) == 0 || i == 65535)) {
            kept[keep++] = log.frontier;
        }
    }
    assert_err(dt_store_log_update(store, &log), DT_OK);
    assert_err(dt_store_commit(store), DT_OK);
    struct dt_store_tree tree = {.store = store, .log = log.id};
    uint8_t root[DT_HASH_SIZE], expected[DT_HASH_SIZE];
    dt_frontier_root(&log.frontier, expected);
    for (int i = 0; i < 20; i++) {
        const uint64_t seq = dt_rng_below(&rng, 66000);
        struct dt_path path;
        uint8_t leaf[DT_HASH_SIZE];
        dt_leaf_hash(leaf, dt_span(&seq, sizeof seq));
        assert_err(dt_inclusion_path(&path, seq, 66000, dt_store_tree_node, &tree), DT_OK);
        assert_err(dt_verify_inclusion(seq, 66000, leaf, &path, expected), DT_OK);
    }
    for (size_t i = 0; i < keep; i++) {
        struct dt_frontier at;
        dt_frontier_root(&kept[i], expected);
        assert_err(dt_tree_root(root, kept[i].size, dt_store_tree_node, &tree), DT_OK);
        assert_memory_equal(root, expected, DT_HASH_SIZE);
        assert_err(dt_store_frontier_at(&tree, kept[i].size, &at), DT_OK);
        dt_frontier_root(&at, root);
        assert_memory_equal(root, expected, DT_HASH_SIZE);
    }
    assert_false(dt_store_tree_node(&tree, 0, 66000, root));
    assert_false(dt_store_tree_node(&tree, 8, 257, root));
    assert_err(tree.err, DT_ERR_STORE_DAMAGED);
    assert_false(dt_store_tree_node(&tree, 41, 0, root));
    assert_false(dt_store_tree_node(&tree, 3, UINT64_MAX, root));
    dt_store_close(store);
    home_remove(&home);
}

/* Branch 1 leaves branch 0 at 300: within a stored subtree, and within a level-2 one. */
static void a_branch_shares_what_is_common(void **state)
{
    (void)state;
    struct home home;
    home_make(&home);
    struct dt_store *store = home_open(&home, DT_STORE_CREATE);
    struct dt_store_log log = home_log(store);
    assert_err(dt_store_begin(store), DT_OK);
    struct dt_frontier expected = {0};
    uint8_t leaf[DT_HASH_SIZE], a[DT_HASH_SIZE], b[DT_HASH_SIZE];
    for (uint64_t i = 0; i < 700; i++) {
        assert_err(dt_store_append(store, &log, dt_span(&i, sizeof i), dt_span("", 0), leaf), DT_OK);
        if (i < 301) {
            assert_err(dt_frontier_append(&expected, leaf, NULL, NULL), DT_OK);
        }
    }
    struct dt_store_tree base = {.store = store, .log = log.id};
    struct dt_store_log branch = {.line = log.line, .wid = log.wid, .branch = 1, .common = 301,
                                  .flags = DT_STORE_LOG_FORKED};
    assert_err(dt_store_frontier_at(&base, 301, &branch.frontier), DT_OK);
    assert_err(dt_store_log_insert(store, &branch), DT_OK);
    for (uint64_t i = 301; i < 900; i++) {
        const uint64_t other = i + 10000;
        assert_err(dt_store_append(store, &branch, dt_span(&other, sizeof other), dt_span("", 0),
                                   leaf), DT_OK);
        assert_err(dt_frontier_append(&expected, leaf, NULL, NULL), DT_OK);
    }
    assert_err(dt_store_log_update(store, &branch), DT_OK);
    assert_err(dt_store_commit(store), DT_OK);
    struct dt_store_tree tree = {store, branch.id, log.id, branch.common, DT_OK};
    dt_frontier_root(&expected, a);
    assert_err(dt_tree_root(b, 900, dt_store_tree_node, &tree), DT_OK);
    assert_memory_equal(a, b, DT_HASH_SIZE);
    struct dt_path path;
    assert_err(dt_consistency_path(&path, 301, 900, dt_store_tree_node, &tree), DT_OK);
    uint8_t at[DT_HASH_SIZE];
    assert_err(dt_tree_root(at, 301, dt_store_tree_node, &base), DT_OK);
    assert_err(dt_verify_consistency(301, 900, at, a, &path), DT_OK);
    dt_store_close(store);
    home_remove(&home);
}

static bool count_ahead(void *ctx, const struct dt_store_ahead *ahead)
{
    uint64_t *last = ctx;
    assert_true(ahead->record.seq > *last);
    *last = ahead->record.seq;
    return true;
}

static void records_ahead_wait_in_order(void **state)
{
    (void)state;
    struct home home;
    home_make(&home);
    struct dt_store *store = home_open(&home, DT_STORE_CREATE);
    const struct dt_store_log log = home_log(store);
    static const uint64_t seqs[] = {90, 40, 41};
    for (size_t i = 0; i < 3; i++) {
        const struct dt_store_ahead ahead = {
            {seqs[i], dt_span(&seqs[i], 8), i == 1 ? dt_span(NULL, 0) : dt_span("body", 4)},
            {(uint8_t)seqs[i]}};
        assert_err(dt_store_ahead_put(store, log.id, &ahead), DT_OK);
        assert_err(dt_store_ahead_put(store, log.id, &ahead), DT_ERR_DUPLICATE);
    }
    struct dt_store_ahead got;
    assert_err(dt_store_ahead_get(store, log.id, 40, &got), DT_OK);
    assert_null(got.record.body.data);
    assert_int_equal(got.signature[0], 40);
    assert_true(dt_span_equal(got.record.header, dt_span(&seqs[1], 8)));
    uint64_t last = 0;
    assert_err(dt_store_ahead_list(store, log.id, count_ahead, &last), DT_OK);
    assert_int_equal(last, 90);
    assert_err(dt_store_ahead_delete(store, log.id, 40), DT_OK);
    assert_err(dt_store_ahead_delete(store, log.id, 40), DT_OK);
    assert_err(dt_store_ahead_get(store, log.id, 40, &got), DT_ERR_UNKNOWN_RECORD);
    dt_store_close(store);
    home_remove(&home);
}

static bool wid_order(void *ctx, const struct dt_store_log *log)
{
    unsigned *seen = ctx;
    static const unsigned expected[] = {16, 40, 48};
    assert_int_equal(log->wid, expected[(*seen)++]);
    return *seen < 2;
}

static bool line_seen(void *ctx, const struct dt_store_line *line)
{
    unsigned *seen = ctx;
    *seen += 1;
    assert_int_equal(line->id, *seen);
    assert_int_equal(line->line_id[0], *seen);
    if (line->id == 1) {
        assert_true(dt_span_equal(line->charter, dt_span("newer", 5)));
        assert_int_equal(line->state, 3);
    }
    return true;
}

static struct dt_store_checkpoint checkpoint(uint64_t size)
{
    struct dt_store_checkpoint c = {.size = size, .bytes = 10 * size};
    c.signature[63] = (uint8_t)size;
    return c;
}

static void checkpoints_on_the_way_are_found_by_size(void **state)
{
    (void)state;
    struct home home;
    home_make(&home);
    struct dt_store *store = home_open(&home, DT_STORE_CREATE);
    const struct dt_store_log log = home_log(store);
    struct dt_store_checkpoint c;
    assert_err(dt_store_checkpoint_last(store, log.id, &c), DT_ERR_UNKNOWN_RECORD);
    for (uint64_t size = 100; size <= 300; size += 100) {
        c = checkpoint(size);
        assert_err(dt_store_checkpoint_put(store, log.id, &c), DT_OK);
    }
    c = checkpoint(150);
    assert_err(dt_store_checkpoint_put(store, log.id + 1, &c), DT_OK); /* of another log */
    assert_err(dt_store_checkpoint_put(store, log.id + 1, &c), DT_ERR_DUPLICATE);
    dt_store_close(store);
    store = home_open(&home, DT_STORE_OPEN);
    assert_err(dt_store_checkpoint_next(store, log.id, 0, 1000, &c), DT_OK);
    assert_true(c.size == 100 && c.bytes == 1000 && c.signature[63] == 100);
    assert_err(dt_store_checkpoint_next(store, log.id, 100, 1000, &c), DT_OK);
    assert_int_equal(c.size, 200); /* above `low`, not at it */
    assert_err(dt_store_checkpoint_next(store, log.id, 199, 200, &c), DT_OK);
    assert_int_equal(c.size, 200); /* `high` is one of them */
    assert_err(dt_store_checkpoint_next(store, log.id, 200, 299, &c), DT_ERR_UNKNOWN_RECORD);
    assert_err(dt_store_checkpoint_next(store, log.id, 300, UINT64_MAX, &c),
               DT_ERR_UNKNOWN_RECORD);
    assert_err(dt_store_checkpoint_next(store, log.id, UINT64_MAX, UINT64_MAX, &c),
               DT_ERR_UNKNOWN_RECORD);
    assert_err(dt_store_checkpoint_last(store, log.id, &c), DT_OK);
    assert_int_equal(c.size, 300);
    c = checkpoint(UINT64_C(1) << 41);
    assert_err(dt_store_checkpoint_put(store, log.id, &c), DT_ERR_CAPACITY);
    dt_store_close(store);
    home_remove(&home);
}

static void lines_and_logs_are_listed(void **state)
{
    (void)state;
    struct home home;
    home_make(&home);
    struct dt_store *store = home_open(&home, DT_STORE_CREATE);
    struct dt_store_log log = home_log(store);
    log.wid = 48;
    assert_err(dt_store_log_insert(store, &log), DT_OK);
    log.wid = 40;
    assert_err(dt_store_log_insert(store, &log), DT_OK);
    unsigned seen = 0;
    assert_err(dt_store_log_list(store, log.line, wid_order, &seen), DT_OK);
    assert_int_equal(seen, 2);
    struct dt_store_line line = {.line_id = {2}, .charter = dt_span("c", 1), .joined_ms = 5};
    assert_err(dt_store_line_insert(store, &line), DT_OK);
    assert_err(dt_store_line_insert(store, &line), DT_ERR_DUPLICATE);
    assert_err(dt_store_line_set_state(store, 1, 3), DT_OK);
    assert_err(dt_store_line_set_state(store, 9, 3), DT_ERR_UNKNOWN_LINE);
    assert_err(dt_store_line_set_charter(store, 1, dt_span("newer", 5)), DT_OK);
    seen = 0;
    assert_err(dt_store_line_list(store, line_seen, &seen), DT_OK);
    assert_int_equal(seen, 2);
    dt_store_close(store);
    home_remove(&home);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(records_come_back_as_they_went_in),
        cmocka_unit_test(single_records_and_bodies),
        cmocka_unit_test(refusals_leave_the_log_as_it_was),
        cmocka_unit_test(the_tree_is_that_of_the_records),
        cmocka_unit_test(a_branch_shares_what_is_common),
        cmocka_unit_test(records_ahead_wait_in_order),
        cmocka_unit_test(checkpoints_on_the_way_are_found_by_size),
        cmocka_unit_test(lines_and_logs_are_listed),
    };
    return cmocka_run_group_tests(tests, dt_test_setup, NULL);
}

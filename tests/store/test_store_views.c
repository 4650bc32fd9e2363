/* SPDX-License-Identifier: ISC */
/*
 * Goal: everything beside the logs: meta, keys, peers, statements, tokens, facts, open
 * items, conflicts come back as they went in, and lists have the order they promise.
 */
#include <sys/wait.h>

#include "home.h"

static struct home home;

static int set_up(void **state)
{
    home_make(&home);
    *state = home_open(&home, DT_STORE_CREATE);
    return 0;
}

static int tear_down(void **state)
{
    dt_store_close(*state);
    home_remove(&home);
    return 0;
}

static void meta_keeps_small_values(void **state)
{
    struct dt_store *store = *state;
    char out[8];
    size_t size;
    assert_err(dt_store_meta_get(store, "a", out, sizeof out, &size), DT_ERR_UNKNOWN_RECORD);
    assert_err(dt_store_meta_put(store, "a", dt_span("one", 3)), DT_OK);
    assert_err(dt_store_meta_put(store, "a", dt_span("three", 5)), DT_OK);
    assert_err(dt_store_meta_put(store, "none", dt_span(NULL, 0)), DT_OK);
    assert_err(dt_store_meta_get(store, "a", out, sizeof out, &size), DT_OK);
    assert_true(dt_span_equal(dt_span(out, size), dt_span("three", 5)));
    assert_err(dt_store_meta_get(store, "a", out, 4, &size), DT_ERR_TOO_LARGE);
    assert_int_equal(size, 5);
    assert_err(dt_store_meta_get(store, "none", out, sizeof out, &size), DT_OK);
    assert_int_equal(size, 0);
    assert_err(dt_store_meta_put(store, "big", dt_span(out, DT_STORE_META_MAX + 1)),
               DT_ERR_TOO_LARGE);
    assert_err(dt_store_meta_delete(store, "a"), DT_OK);
    assert_err(dt_store_meta_delete(store, "a"), DT_ERR_UNKNOWN_RECORD);
}

static bool sum_cosigned(void *ctx, const struct dt_store_cosignature *c)
{
    uint64_t *sum = ctx;
    *sum = *sum * 10 + c->cosigner;
    return true;
}

static void cosignatures_never_go_back(void **state)
{
    struct dt_store *store = *state;
    struct dt_store_cosignature c = {.cosigner = 5, .size = 10, .time_s = 77, .signature = {1}};
    assert_err(dt_store_cosignature_put(store, 3, &c), DT_OK);
    c.size = 9;
    c.signature[0] = 2;
    assert_err(dt_store_cosignature_put(store, 3, &c), DT_OK);
    assert_err(dt_store_cosignature_get(store, 3, 5, &c), DT_OK);
    assert_int_equal(c.size, 10);
    assert_int_equal(c.signature[0], 1);
    assert_int_equal(c.time_s, 77);
    c.size = 11;
    assert_err(dt_store_cosignature_put(store, 3, &c), DT_OK);
    c.cosigner = 4;
    assert_err(dt_store_cosignature_put(store, 3, &c), DT_OK);
    uint64_t sum = 0;
    assert_err(dt_store_cosignature_list(store, 3, sum_cosigned, &sum), DT_OK);
    assert_int_equal(sum, 45);
    assert_err(dt_store_cosignature_get(store, 2, 5, &c), DT_ERR_UNKNOWN_RECORD);
}

/* The first signature over each record, whatever order they came in: kept against a list. */
static void the_first_signature_over_a_record_stays(void **state)
{
    struct dt_store *store = *state;
    struct dt_rng rng = dt_rng("the_first_signature_over_a_record_stays");
    for (unsigned log = 10; log < 60; log++) {
        struct {
            uint64_t size;
            int64_t time_s;
        } all[40];
        for (size_t i = 0; i < 40; i++) {
            all[i].size = 1 + dt_rng_below(&rng, 50);
            all[i].time_s = (int64_t)(1000 + all[i].size / 4 + dt_rng_below(&rng, 5));
            struct dt_store_cosignature c = {.cosigner = 7, .size = all[i].size,
                                             .time_s = all[i].time_s, .signature = {(uint8_t)i}};
            assert_err(dt_store_cosignature_put(store, log, &c), DT_OK);
            assert_err(dt_store_cosignature_step(store, log, &c), DT_OK);
        }
        for (uint64_t seq = 0; seq < 55; seq++) {
            struct dt_store_cosignature c;
            int64_t first = INT64_MAX;
            for (size_t i = 0; i < 40; i++) {
                first = all[i].size > seq && all[i].time_s < first ? all[i].time_s : first;
            }
            const enum dt_err err = dt_store_cosignature_first(store, log, 7, seq, &c);
            assert_err(err, first == INT64_MAX ? DT_ERR_UNKNOWN_RECORD : DT_OK);
            assert_true(first == INT64_MAX || (c.time_s == first && c.size > seq &&
                                               all[c.signature[0]].size == c.size &&
                                               all[c.signature[0]].time_s == c.time_s));
        }
    }
    /* A home from before steps were kept has the newest only. */
    struct dt_store_cosignature c = {.cosigner = 8, .size = 10, .time_s = 77};
    assert_err(dt_store_cosignature_put(store, 9, &c), DT_OK);
    assert_err(dt_store_cosignature_first(store, 9, 8, 9, &c), DT_OK);
    assert_int_equal(c.time_s, 77);
    assert_err(dt_store_cosignature_first(store, 9, 8, 10, &c), DT_ERR_UNKNOWN_RECORD);
}

static bool in_file(const char *path, const void *what, size_t size)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        return false;
    }
    assert_int_equal(fseek(file, 0, SEEK_END), 0);
    const long length = ftell(file);
    assert_true(length >= 0);
    rewind(file);
    uint8_t *bytes = malloc((size_t)length + 1);
    assert_non_null(bytes);
    assert_int_equal(fread(bytes, 1, (size_t)length, file), (size_t)length);
    const bool found = memmem(bytes, (size_t)length, what, size) != NULL;
    free(bytes);
    fclose(file);
    return found;
}

static bool one_key(void *ctx, const struct dt_store_content_key *key)
{
    assert_memory_equal(key, ctx, sizeof *key);
    return true;
}

/* Is it in either file? A child looks: to read them here would drop the store's lock. */
static bool on_disk(const void *what, size_t size)
{
    const pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        char wal[176];
        snprintf(wal, sizeof wal, "%s-wal", home.path);
        _exit(in_file(home.path, what, size) || in_file(wal, what, size) ? 1 : 0);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status) != 0;
}

static void a_shredded_key_is_gone_from_the_files(void **state)
{
    struct dt_store *store = *state;
    struct dt_store_content_key key, got;
    memset(&key, 0, sizeof key);
    struct dt_rng rng = dt_rng("a_shredded_key_is_gone_from_the_files");
    dt_rng_fill(&rng, key.key, sizeof key.key);
    key.key_id[0] = 9;
    key.expiry_ms = 1234;
    key.creator = 17;
    const struct dt_store_key_name name = dt_store_key_name_of(&key);
    for (uint8_t i = 0; i < 20; i++) { /* neighbours, so that its page stays in use */
        const struct dt_store_content_key other = {.key_id = {i == 9 ? 99 : i}, .key = {i}};
        assert_err(dt_store_content_key_put(store, 1, &other), DT_OK);
    }
    assert_err(dt_store_content_key_put(store, 1, &key), DT_OK);
    memset(&got, 0, sizeof got);
    assert_err(dt_store_content_key_get(store, 1, &name, &got), DT_OK);
    assert_memory_equal(&got, &key, sizeof key);
    assert_err(dt_store_content_key_list(store, 2, one_key, &key), DT_OK);
    assert_err(dt_store_content_key_get(store, 2, &name, &got), DT_ERR_NO_KEY);
    assert_true(on_disk(key.key, sizeof key.key)); /* in the write-ahead log */
    assert_err(dt_store_flush(store), DT_OK);
    assert_true(on_disk(key.key, sizeof key.key)); /* in the file itself */
    assert_err(dt_store_content_key_delete(store, 1, &name), DT_OK);
    assert_err(dt_store_content_key_delete(store, 1, &name), DT_ERR_NO_KEY);
    assert_err(dt_store_flush(store), DT_OK);
    assert_false(on_disk(key.key, sizeof key.key));
}

static bool see_peer(void *ctx, const struct dt_store_peer *peer)
{
    const struct dt_store_peer *expected = ctx;
    assert_memory_equal(peer->root, expected->root, sizeof peer->root);
    assert_memory_equal(peer->psk, expected->psk, sizeof peer->psk);
    assert_true(dt_span_equal(peer->card, expected->card));
    assert_true(dt_span_equal(peer->endpoint, expected->endpoint));
    assert_int_equal(peer->flags, expected->flags);
    return true;
}

static void peers_are_kept(void **state)
{
    struct dt_store *store = *state;
    struct dt_store_peer peer = {{1}, dt_span("card", 4), {2}, 3, dt_span("host:1", 6)};
    assert_err(dt_store_peer_put(store, &peer), DT_OK);
    peer.endpoint = dt_span("other:22", 8);
    peer.flags = 4;
    assert_err(dt_store_peer_put(store, &peer), DT_OK);
    assert_err(dt_store_peer_list(store, see_peer, &peer), DT_OK);
    assert_err(dt_store_peer_delete(store, peer.root), DT_OK);
    assert_err(dt_store_peer_delete(store, peer.root), DT_ERR_UNKNOWN_PARTY);
    peer.card.size = DT_STORE_BLOB_MAX + 1;
    assert_err(dt_store_peer_put(store, &peer), DT_ERR_TOO_LARGE);
}

static bool see_statement(void *ctx, const struct dt_store_statement *statement)
{
    unsigned *sum = ctx;
    *sum = *sum * 10 + statement->id[0];
    return true;
}

static void statements_are_kept_once_a_line(void **state)
{
    struct dt_store *store = *state;
    bool is_new;
    struct dt_store_statement s = {1, {3}, 2, dt_span("bytes", 5)};
    assert_err(dt_store_statement_put(store, &s, &is_new), DT_OK);
    assert_true(is_new);
    assert_err(dt_store_statement_put(store, &s, &is_new), DT_OK);
    assert_false(is_new);
    s.id[0] = 1;
    assert_err(dt_store_statement_put(store, &s, NULL), DT_OK);
    s.id[0] = 2;
    s.type = 4;
    assert_err(dt_store_statement_put(store, &s, NULL), DT_OK);
    s.line = 2;
    assert_err(dt_store_statement_put(store, &s, &is_new), DT_OK);
    assert_true(is_new);
    unsigned sum = 0;
    assert_err(dt_store_statement_list(store, 1, -1, see_statement, &sum), DT_OK);
    assert_int_equal(sum, 312);
    sum = 0;
    assert_err(dt_store_statement_list(store, 1, 2, see_statement, &sum), DT_OK);
    assert_int_equal(sum, 31);
}

static void tokens_remember_what_was_done(void **state)
{
    struct dt_store *store = *state;
    const uint8_t token[DT_STORE_TOKEN_SIZE] = {1, 2, 3};
    dt_store_key key = 0;
    assert_err(dt_store_token_get(store, token, &key), DT_ERR_UNKNOWN_RECORD);
    assert_err(dt_store_token_put(store, token, dt_store_key_of(2, 77), 1000), DT_OK);
    assert_err(dt_store_begin(store), DT_OK);
    assert_err(dt_store_token_put(store, token, 5, 1000), DT_ERR_DUPLICATE);
    assert_err(dt_store_meta_put(store, "after a duplicate", dt_span("x", 1)), DT_OK);
    assert_err(dt_store_commit(store), DT_OK);
    assert_err(dt_store_token_get(store, token, &key), DT_OK);
    assert_int_equal(dt_store_key_log(key), 2);
    assert_int_equal(dt_store_key_seq(key), 77);
    assert_err(dt_store_token_expire(store, 1000), DT_OK);
    assert_err(dt_store_token_get(store, token, &key), DT_OK);
    assert_err(dt_store_token_expire(store, 1001), DT_OK);
    assert_err(dt_store_token_get(store, token, &key), DT_ERR_UNKNOWN_RECORD);
}

/* --- facts ------------------------------------------------------------------- */

static struct dt_fact some_fact(uint16_t wid, uint64_t seq)
{
    struct dt_fact f;
    memset(&f, 0, sizeof f);
    f.wid = wid;
    f.seq = seq;
    f.leaf[31] = (uint8_t)seq;
    f.kind = DT_KIND_ACK;
    f.time_ms = (int64_t)(seq / 2); /* two share each time */
    f.flags = 3;
    f.has_target = true;
    f.target = (struct dt_ref){16, seq % 3, {(uint8_t)seq}};
    return f;
}

static void facts_come_back_whole(void **state)
{
    struct dt_store *store = *state;
    struct dt_fact f = some_fact(33, 9);
    f.err = DT_ERR_BAD_SIGNATURE;
    f.sealed = f.target_matches = f.officer_valid = true;
    f.code = -5;
    f.number[0] = INT64_MIN;
    f.number[3] = INT64_MAX;
    f.officer = 999;
    f.second = 3;
    f.target.wid = UINT16_MAX; /* nonsense is kept, though nothing finds it */
    f.target.seq = UINT64_MAX;
    memset(f.force, 'x', DT_FORCE_NAME_MAX);
    struct dt_store_fact got;
    assert_err(dt_store_fact_put(store, 1, 4, &f), DT_OK);
    assert_err(dt_store_fact_get(store, dt_store_key_of(4, 9), &got), DT_OK);
    assert_int_equal(got.line, 1);
    assert_int_equal(got.open, 0);
    assert_int_equal(got.fact.err, DT_ERR_BAD_SIGNATURE);
    assert_true(got.fact.sealed && got.fact.target_matches && got.fact.officer_valid);
    assert_int_equal(got.fact.code, -5);
    assert_true(got.fact.number[0] == INT64_MIN && got.fact.number[3] == INT64_MAX);
    assert_int_equal(got.fact.officer, 999);
    assert_int_equal(got.fact.target.wid, UINT16_MAX);
    assert_true(got.fact.target.seq == UINT64_MAX);
    assert_string_equal(got.fact.force, f.force);
    assert_memory_equal(got.fact.leaf, f.leaf, DT_HASH_SIZE);
    assert_memory_equal(got.fact.target.leaf, f.target.leaf, DT_HASH_SIZE);
    assert_true(got.fact.wid == 33 && got.fact.seq == 9 && got.fact.time_ms == 4);
    assert_err(dt_store_fact_get(store, 1, &got), DT_ERR_UNKNOWN_RECORD);
}

struct seen {
    size_t count;
    uint64_t seq[64];
    uint16_t wid[64];
    struct dt_store *store;
};

static bool see_fact(void *ctx, const struct dt_store_fact *fact)
{
    struct seen *seen = ctx;
    seen->wid[seen->count] = fact->fact.wid;
    seen->seq[seen->count++] = fact->fact.seq;
    return true;
}

static void facts_are_found_by_target_kind_and_place(void **state)
{
    struct dt_store *store = *state;
    const struct dt_store_log first = home_log(store); /* wid 16, log 1 */
    struct dt_store_log second = first;
    second.wid = 3; /* log 2, but in front of the other */
    assert_err(dt_store_log_insert(store, &second), DT_OK);
    assert_err(dt_store_begin(store), DT_OK);
    for (uint64_t seq = 0; seq < 20; seq++) {
        const struct dt_fact a = some_fact(first.wid, seq), b = some_fact(second.wid, seq);
        assert_err(dt_store_fact_put(store, 1, first.id, &a), DT_OK);
        assert_err(dt_store_fact_put(store, seq == 19 ? 2 : 1, second.id, &b), DT_OK);
    }
    assert_err(dt_store_commit(store), DT_OK);

    struct seen seen = {0};
    assert_err(dt_store_fact_by_target(store, 1, 16, 2, see_fact, &seen), DT_OK);
    assert_int_equal(seen.count, 12);
    assert_true(seen.wid[0] == 16 && seen.seq[0] == 2 && seen.seq[1] == 5 && seen.wid[11] == 3);
    seen.count = 0;
    assert_err(dt_store_fact_by_target(store, 1, 17, 2, see_fact, &seen), DT_OK);
    assert_err(dt_store_fact_by_target(store, 1, UINT16_MAX, 2, see_fact, &seen), DT_OK);
    assert_int_equal(seen.count, 0);

    assert_err(dt_store_fact_list(store, 1, see_fact, &seen), DT_OK);
    assert_int_equal(seen.count, 39);
    assert_true(seen.wid[0] == 3 && seen.seq[18] == 18 && seen.wid[19] == 16 && seen.seq[38] == 19);

    /* pages of seven give what one page gives, once each, newest first */
    struct dt_store_cursor cursor = DT_STORE_NEWEST;
    seen.count = 0;
    for (size_t before = 1; before != seen.count;) {
        before = seen.count;
        assert_err(dt_store_fact_by_kind(store, 1, DT_KIND_ACK, &cursor, 7, see_fact, &seen), DT_OK);
    }
    assert_int_equal(seen.count, 39);
    for (size_t i = 1; i < 39; i++) {
        assert_true(seen.seq[i] / 2 <= seen.seq[i - 1] / 2);
    }
    seen.count = 0;
    cursor = DT_STORE_NEWEST;
    assert_err(dt_store_fact_by_kind(store, 1, DT_KIND_NOTICE, &cursor, 7, see_fact, &seen), DT_OK);
    assert_int_equal(seen.count, 0);

    uint64_t count;
    assert_err(dt_store_fact_count(store, 1, &count), DT_OK);
    assert_int_equal(count, 39);
    assert_err(dt_store_fact_clear(store, 1), DT_OK);
    assert_err(dt_store_fact_count(store, 1, &count), DT_OK);
    assert_int_equal(count, 0);
    assert_err(dt_store_fact_count(store, 2, &count), DT_OK);
    assert_int_equal(count, 1);
}

static void open_items_come_most_urgent_first(void **state)
{
    struct dt_store *store = *state;
    for (uint64_t seq = 0; seq < 6; seq++) {
        const struct dt_fact f = some_fact(16, seq);
        assert_err(dt_store_fact_put(store, seq == 5 ? 2 : 1, 1, &f), DT_OK);
    }
    static const struct {
        uint64_t seq;
        enum dt_precedence precedence;
        int64_t since_ms;
    } opened[] = {{0, DT_ROUTINE, 1}, {1, DT_FLASH, 30}, {2, DT_FLASH, 20}, {5, DT_PRIORITY, 5}};
    for (size_t i = 0; i < 4; i++) {
        assert_err(dt_store_open_set(store, dt_store_key_of(1, opened[i].seq),
                                     opened[i].precedence, opened[i].since_ms), DT_OK);
    }
    assert_err(dt_store_open_set(store, dt_store_key_of(1, 6), DT_FLASH, 0), DT_ERR_UNKNOWN_RECORD);
    struct seen seen = {0};
    assert_err(dt_store_open_list(store, 0, see_fact, &seen), DT_OK);
    assert_int_equal(seen.count, 4);
    assert_true(seen.seq[0] == 2 && seen.seq[1] == 1 && seen.seq[2] == 5 && seen.seq[3] == 0);
    const struct dt_fact again = some_fact(16, 2);
    assert_err(dt_store_fact_put(store, 1, 1, &again), DT_OK); /* the mark stays */
    assert_err(dt_store_open_clear(store, dt_store_key_of(1, 1)), DT_OK);
    seen.count = 0;
    assert_err(dt_store_open_list(store, 1, see_fact, &seen), DT_OK);
    assert_int_equal(seen.count, 2);
    assert_true(seen.seq[0] == 2 && seen.seq[1] == 0);
    struct dt_store_fact got;
    assert_err(dt_store_fact_get(store, dt_store_key_of(1, 2), &got), DT_OK);
    assert_int_equal(got.open, DT_FLASH + 1);
    assert_int_equal(got.open_since_ms, 20);
}

/* Facts go into the table many at a time: nobody who reads may notice, and nothing of them
 * may outlive a transaction that is given up. */
static void facts_under_way_are_seen_and_go_with_their_transaction(void **state)
{
    enum { COUNT = 53 };
    struct dt_store *store = *state;
    struct dt_store_fact got;
    uint64_t count = 0;
    for (int keep = 0; keep < 2; keep++) {
        assert_err(dt_store_begin(store), DT_OK);
        for (uint64_t seq = 0; seq < COUNT; seq++) {
            const struct dt_fact f = some_fact(16, seq);
            assert_err(dt_store_fact_put(store, 1, 1, &f), DT_OK);
            if (seq % 3 == 0) {
                assert_err(dt_store_open_set(store, dt_store_key_of(1, seq), DT_PRIORITY,
                                             (int64_t)seq), DT_OK);
            }
            if (seq % 20 == 7) { /* one that waits, one that does not any more */
                assert_err(dt_store_fact_get(store, dt_store_key_of(1, seq), &got), DT_OK);
                assert_err(dt_store_open_set(store, dt_store_key_of(1, seq), DT_FLASH, 9), DT_OK);
                assert_err(dt_store_fact_put(store, 1, 1, &f), DT_OK); /* the mark stays */
            }
        }
        if (keep == 0) {
            dt_store_rollback(store);
            assert_err(dt_store_fact_count(store, 1, &count), DT_OK);
            assert_int_equal(count, 0);
        } else {
            assert_err(dt_store_commit(store), DT_OK);
        }
    }
    assert_err(dt_store_fact_count(store, 1, &count), DT_OK);
    assert_int_equal(count, COUNT);
    for (uint64_t seq = 0; seq < COUNT; seq++) {
        assert_err(dt_store_fact_get(store, dt_store_key_of(1, seq), &got), DT_OK);
        const bool flash = seq % 20 == 7, marked = flash || seq % 3 == 0;
        assert_int_equal(got.open, marked ? (flash ? DT_FLASH : DT_PRIORITY) + 1 : 0);
        assert_int_equal(got.open_since_ms, !marked ? 0 : flash ? 9 : (int64_t)seq);
        assert_int_equal(got.fact.target.seq, seq % 3);
    }
}

static bool list_inside(void *ctx, const struct dt_store_fact *fact)
{
    struct seen *seen = ctx, inner = {0};
    struct dt_store_fact got;
    assert_err(dt_store_open_list(seen->store, 0, see_fact, &inner), DT_ERR_BAD_STATE);
    assert_err(dt_store_fact_get(seen->store, fact->key, &got), DT_OK);
    seen->count++;
    return false;
}

static void a_list_does_not_run_inside_itself(void **state)
{
    struct dt_store *store = *state;
    const struct dt_fact a = some_fact(16, 0), b = some_fact(16, 1);
    struct seen seen = {.store = store};
    assert_err(dt_store_fact_put(store, 1, 1, &a), DT_OK);
    assert_err(dt_store_fact_put(store, 1, 1, &b), DT_OK);
    assert_err(dt_store_open_set(store, dt_store_key_of(1, 0), DT_FLASH, 0), DT_OK);
    assert_err(dt_store_open_set(store, dt_store_key_of(1, 1), DT_FLASH, 0), DT_OK);
    assert_err(dt_store_open_list(store, 0, list_inside, &seen), DT_OK);
    assert_int_equal(seen.count, 1);
}

/* --- conflicts ------------------------------------------------------------------ */

struct found {
    unsigned count;
    int last_state;
    uint8_t first[2];
};

static bool see_conflict(void *ctx, const struct dt_store_conflict *c)
{
    struct found *found = ctx;
    assert_true(c->a == 5 && c->b == 6 && c->severity == 3 && c->distance_mm == -1);
    assert_true(dt_span_equal(c->numbers, dt_span("numbers", 7)));
    assert_int_equal(c->found_ms, 99);
    if (found->count < 2) {
        found->first[found->count] = c->id[31];
    }
    found->last_state = c->state;
    found->count++;
    return true;
}

static void conflicts_are_found_by_their_word(void **state)
{
    struct dt_store *store = *state;
    struct dt_store_conflict c = {.line = 1, .a = 5, .b = 6, .severity = 3, .distance_mm = -1,
                                  .numbers = dt_span("numbers", 7), .found_ms = 99};
    bool is_new;
    char word[DT_CHECK_WORD_SIZE], other[DT_CHECK_WORD_SIZE];
    for (uint8_t i = 0; i < 3; i++) { /* the first two share their word */
        c.id[0] = 0xab;
        c.id[1] = 0xcd;
        c.id[2] = i == 2 ? 0x10 : i;
        c.id[31] = (uint8_t)(9 - i);
        dt_check_word(i == 2 ? other : word, c.id);
        assert_err(dt_store_conflict_put(store, &c, &is_new), DT_OK);
        assert_true(is_new);
        assert_err(dt_store_conflict_put(store, &c, &is_new), DT_OK);
        assert_false(is_new);
    }
    struct found found = {0};
    assert_err(dt_store_conflict_by_word(store, 0, word, see_conflict, &found), DT_OK);
    assert_int_equal(found.count, 2);
    assert_true(found.first[0] == 9 && found.first[1] == 8);
    assert_err(dt_store_conflict_set_state(store, 1, c.id, 2), DT_OK);
    assert_err(dt_store_conflict_set_state(store, 2, c.id, 2), DT_ERR_UNKNOWN_RECORD);
    found.count = 0;
    other[0] = (char)(other[0] - 'a' + 'A');
    assert_err(dt_store_conflict_by_word(store, 1, other, see_conflict, &found), DT_OK);
    assert_true(found.count == 1 && found.last_state == 2);
    assert_err(dt_store_conflict_by_word(store, 2, word, see_conflict, &found), DT_OK);
    assert_err(dt_store_conflict_by_word(store, 0, "abc1", see_conflict, &found), DT_ERR_BAD_TEXT);
    assert_err(dt_store_conflict_by_word(store, 0, "abc", see_conflict, &found), DT_ERR_BAD_TEXT);
    assert_int_equal(found.count, 1);
    assert_err(dt_store_conflict_list(store, 1, see_conflict, &found), DT_OK);
    assert_err(dt_store_conflict_list(store, 0, see_conflict, &found), DT_OK);
    assert_int_equal(found.count, 7);
    assert_err(dt_store_conflict_clear(store, 1), DT_OK);
    assert_err(dt_store_conflict_list(store, 0, see_conflict, &found), DT_OK);
    assert_int_equal(found.count, 7);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(meta_keeps_small_values),
        TEST(cosignatures_never_go_back),
        TEST(the_first_signature_over_a_record_stays),
        TEST(a_shredded_key_is_gone_from_the_files),
        TEST(peers_are_kept),
        TEST(statements_are_kept_once_a_line),
        TEST(tokens_remember_what_was_done),
        TEST(facts_come_back_whole),
        TEST(facts_are_found_by_target_kind_and_place),
        TEST(open_items_come_most_urgent_first),
        TEST(facts_under_way_are_seen_and_go_with_their_transaction),
        TEST(a_list_does_not_run_inside_itself),
        TEST(conflicts_are_found_by_their_word),
    };
    return cmocka_run_group_tests(tests, dt_test_setup, NULL);
}

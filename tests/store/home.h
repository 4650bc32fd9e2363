/* SPDX-License-Identifier: ISC */
/*
 * home - a directory with a database in it that goes away again, and records whose
 * bytes follow from their place, so that what comes back can be judged.
 */
#ifndef DT_TESTS_STORE_HOME_H
#define DT_TESTS_STORE_HOME_H

#include <unistd.h>

#include "store/store.h"
#include "test.h"

struct home {
    char dir[128];
    char path[160];
    char copy[160];
};

static inline void home_make(struct home *home)
{
    const char *tmp = getenv("TMPDIR");
    snprintf(home->dir, sizeof home->dir, "%.80s/detente-store-XXXXXX", tmp != NULL ? tmp : "/tmp");
    assert_non_null(mkdtemp(home->dir));
    snprintf(home->path, sizeof home->path, "%s/detente.db", home->dir);
    snprintf(home->copy, sizeof home->copy, "%s/copy.db", home->dir);
}

static inline void home_clear(const struct home *home)
{
    static const char *const tails[] = {"", "-wal", "-shm", "-journal"};
    char path[192];
    for (size_t i = 0; i < sizeof tails / sizeof tails[0]; i++) {
        snprintf(path, sizeof path, "%s%s", home->path, tails[i]);
        unlink(path);
        snprintf(path, sizeof path, "%s%s", home->copy, tails[i]);
        unlink(path);
    }
}

static inline void home_remove(const struct home *home)
{
    home_clear(home);
    rmdir(home->dir);
}

static inline struct dt_store *home_open(const struct home *home, enum dt_store_mode mode)
{
    struct dt_store *store = NULL;
    assert_err(dt_store_open(&store, home->path, mode, NULL), DT_OK);
    return store;
}

/* --- records from their place ---------------------------------------------- */

struct sample {
    uint8_t header[DT_HEADER_MAX];
    uint8_t body[DT_BODY_MAX];
    size_t header_size;
    size_t body_size; /* 0: absent when seq % 7 == 3, else empty */
};

static inline void sample_make(struct sample *s, unsigned log, uint64_t seq)
{
    struct dt_rng rng = {log * UINT64_C(1000003) + seq};
    s->header_size = 8 + dt_rng_below(&rng, 100);
    const uint64_t shape = dt_rng_below(&rng, 40);
    s->body_size = shape == 0 ? 0 : shape == 1 ? 1000 + dt_rng_below(&rng, 5000) : shape * 8;
    dt_rng_fill(&rng, s->header, s->header_size);
    dt_rng_fill(&rng, s->body, s->body_size);
}

static inline struct dt_span sample_body(const struct sample *s, uint64_t seq)
{
    return s->body_size == 0 && seq % 7 == 3 ? dt_span(NULL, 0) : dt_span(s->body, s->body_size);
}

static inline enum dt_err sample_append(struct dt_store *store, struct dt_store_log *log)
{
    struct sample s;
    uint8_t leaf[DT_HASH_SIZE];
    const uint64_t seq = log->frontier.size;
    sample_make(&s, log->id, seq);
    return dt_store_append(store, log, dt_span(s.header, s.header_size), sample_body(&s, seq),
                           leaf);
}

struct sample_check {
    unsigned log;
    uint64_t next;
    struct dt_frontier frontier;
    uint64_t bytes;
};

static inline bool sample_seen(void *ctx, const struct dt_store_record *record)
{
    struct sample_check *check = ctx;
    struct sample s;
    uint8_t leaf[DT_HASH_SIZE];
    assert_int_equal(record->seq, check->next);
    sample_make(&s, check->log, record->seq);
    const struct dt_span body = sample_body(&s, record->seq);
    assert_true(dt_span_equal(record->header, dt_span(s.header, s.header_size)));
    assert_true(dt_span_equal(record->body, body));
    assert_true((record->body.data == NULL) == (body.data == NULL));
    dt_leaf_hash(leaf, record->header);
    assert_err(dt_frontier_append(&check->frontier, leaf, NULL, NULL), DT_OK);
    check->bytes += record->header.size + record->body.size;
    check->next++;
    return true;
}

/* Every record of a log is there, with the right bytes, and the row agrees. */
static inline void assert_log_whole(struct dt_store *store, const struct dt_store_log *log)
{
    struct sample_check check = {.log = log->id};
    uint8_t a[DT_HASH_SIZE], b[DT_HASH_SIZE];
    assert_err(dt_store_record_list(store, log->id, 0, UINT64_MAX, sample_seen, &check), DT_OK);
    assert_int_equal(check.next, log->frontier.size);
    assert_int_equal(check.bytes, log->bytes);
    dt_frontier_root(&check.frontier, a);
    dt_frontier_root(&log->frontier, b);
    assert_memory_equal(a, b, DT_HASH_SIZE);
    struct dt_store_tree tree = {.store = store, .log = log->id};
    assert_err(dt_tree_root(b, log->frontier.size, dt_store_tree_node, &tree), DT_OK);
    assert_memory_equal(a, b, DT_HASH_SIZE);
}

/* One line with one log on it; not within a transaction. */
static inline struct dt_store_log home_log(struct dt_store *store)
{
    struct dt_store_line line = {.line_id = {1}, .charter = dt_span("charter", 7)};
    assert_err(dt_store_line_insert(store, &line), DT_OK);
    struct dt_store_log log = {.line = line.id, .wid = 16, .writer = {7}};
    assert_err(dt_store_log_insert(store, &log), DT_OK);
    return log;
}

#endif

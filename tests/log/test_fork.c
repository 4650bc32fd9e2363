/* SPDX-License-Identifier: ISC */
/*
 * Goal: a fork proof exists exactly when a writer signed two histories; an honest
 * writer cannot be framed, by whatever is put together from what it signed.
 * Method: trees over random leaves, with every pair of sizes; proofs built from honest
 * statements in every combination must fail, from forked ones must hold; every bit of a
 * proof counts; the vectors of the independent reference.
 */
#include "test.h"

#include "log/fork.h"
#include "vectors.h"

enum { N = 40, WID = 18 };

struct log {
    uint8_t leaf[N][DT_HASH_SIZE];
    struct dt_checkpoint at[N + 1]; /* signed, by size */
    struct dt_promise promise[N];
};

struct world {
    uint8_t signer[DT_SIGNER_SIZE], key[DT_PUBLIC_SIZE];
    uint8_t stranger[DT_SIGNER_SIZE], stranger_key[DT_PUBLIC_SIZE];
    struct log a, b; /* one history, and another from record `split` on */
    size_t split;
};

static struct world world;

static void root_of(uint8_t *out, const uint8_t (*leaf)[DT_HASH_SIZE], size_t size)
{
    struct dt_frontier f = {0};
    for (size_t i = 0; i < size; i++) {
        assert_err(dt_frontier_append(&f, leaf[i], NULL, NULL), DT_OK);
    }
    dt_frontier_root(&f, out);
}

static bool node_of(void *ctx, unsigned level, uint64_t index, uint8_t hash[DT_HASH_SIZE])
{
    const struct log *log = ctx;
    root_of(hash, &log->leaf[index << level], (size_t)1 << level);
    return true;
}

static void sign_log(struct log *log, const struct world *w)
{
    for (size_t size = 0; size <= N; size++) {
        struct dt_checkpoint *c = &log->at[size];
        *c = (struct dt_checkpoint){.line_id = {7}, .size = size};
        memcpy(c->writer, w->key, DT_PUBLIC_SIZE);
        root_of(c->root, (const uint8_t(*)[DT_HASH_SIZE])log->leaf, size);
        dt_checkpoint_sign(c, w->signer);
    }
    for (size_t seq = 0; seq < N; seq++) {
        struct dt_promise *p = &log->promise[seq];
        *p = (struct dt_promise){.line_id = {7}, .wid = WID, .seq = seq};
        memcpy(p->leaf, log->leaf[seq], DT_HASH_SIZE);
        dt_promise_sign(p, w->signer);
    }
}

static int setup(void **state)
{
    const int result = dt_test_setup(state);
    struct dt_rng rng = dt_rng("fork");
    uint8_t seed[DT_SEED_SIZE];
    dt_rng_fill(&rng, seed, sizeof seed);
    dt_signer_from_seed(world.signer, world.key, seed);
    dt_rng_fill(&rng, seed, sizeof seed);
    dt_signer_from_seed(world.stranger, world.stranger_key, seed);
    dt_rng_fill(&rng, world.a.leaf, sizeof world.a.leaf);
    world.b = world.a;
    world.split = 13;
    dt_rng_fill(&rng, world.b.leaf[world.split], (N - world.split) * DT_HASH_SIZE);
    sign_log(&world.a, &world);
    sign_log(&world.b, &world);
    return result;
}

/* The proof that `x` of size m and `y` of size n >= m are two histories. */
static enum dt_err try_checkpoints(struct dt_fork *out, struct log *x, size_t m, struct log *y, size_t n)
{
    struct dt_path path = {0};
    if (m < n && m > 0) {
        assert_err(dt_two_roots_path(&path, m, n, node_of, y), DT_OK);
    }
    return dt_fork_from_checkpoints(out, WID, &x->at[m], &y->at[n], &path);
}

static enum dt_err try_promise(struct dt_fork *out, const struct dt_promise *p, struct log *log, size_t size)
{
    struct dt_path path;
    assert_err(dt_inclusion_path(&path, p->seq, size, node_of, log), DT_OK);
    return dt_fork_from_broken_promise(out, p, &log->at[size], log->leaf[p->seq], &path);
}

static void check_round_trip(const struct dt_fork *fork)
{
    uint8_t bytes[DT_FORK_SIZE_MAX], again[DT_FORK_SIZE_MAX];
    struct dt_writer w = dt_writer(bytes, sizeof bytes), w2 = dt_writer(again, sizeof again);
    struct dt_fork back;
    dt_fork_encode(&w, fork);
    assert_false(w.overflowed);
    assert_err(dt_fork_decode(&back, dt_written(&w)), DT_OK);
    assert_err(dt_fork_verify(&back, world.key), DT_OK);
    assert_err(dt_fork_verify(&back, world.stranger_key), DT_ERR_BAD_SIGNATURE);
    dt_fork_encode(&w2, &back);
    assert_true(dt_span_equal(dt_written(&w), dt_written(&w2)));
}

static void two_histories_are_proved_for_every_pair_of_sizes(void **state)
{
    (void)state;
    struct dt_fork fork;
    for (size_t m = 1; m <= N; m++) {
        for (size_t n = m; n <= N; n += 1 + n % 3) {
            /* Records below `split` are common: no fork while either log stays there. */
            const enum dt_err expected = m > world.split ? DT_OK : DT_ERR_BAD_PROOF;
            assert_err(try_checkpoints(&fork, &world.a, m, &world.b, n), expected);
            if (expected == DT_OK) {
                check_round_trip(&fork);
            }
        }
    }
}

static void honest_logs_never_yield_a_proof(void **state)
{
    (void)state;
    struct dt_fork fork;
    struct dt_rng rng = dt_rng("honest");
    for (size_t m = 0; m <= N; m++) {
        for (size_t n = m; n <= N; n++) {
            assert_err(try_checkpoints(&fork, &world.a, m, &world.a, n), DT_ERR_BAD_PROOF);
        }
    }
    for (int round = 0; round < 500; round++) {
        const size_t size = 1 + (size_t)dt_rng_below(&rng, N);
        const size_t seq = (size_t)dt_rng_below(&rng, size);
        assert_err(try_promise(&fork, &world.a.promise[seq], &world.a, size), DT_ERR_BAD_PROOF);
        assert_err(dt_fork_from_promises(&fork, &world.a.promise[seq], &world.a.promise[seq], world.key),
                   DT_ERR_BAD_PROOF);
        const size_t other = (size_t)dt_rng_below(&rng, N);
        if (other != seq) { /* two places, two leaves: no contradiction */
            assert_err(dt_fork_from_promises(&fork, &world.a.promise[seq], &world.a.promise[other], world.key),
                       DT_ERR_BAD_PROOF);
        }
    }
}

static void broken_promises_are_proved(void **state)
{
    (void)state;
    struct dt_fork fork;
    for (size_t size = 1; size <= N; size++) {
        for (size_t seq = 0; seq < size; seq++) {
            const enum dt_err expected = seq >= world.split ? DT_OK : DT_ERR_BAD_PROOF;
            assert_err(try_promise(&fork, &world.a.promise[seq], &world.b, size), expected);
            if (expected == DT_OK && (seq + size) % 5 == 0) {
                check_round_trip(&fork);
            }
        }
    }
    for (size_t seq = 0; seq < N; seq++) {
        const enum dt_err expected = seq >= world.split ? DT_OK : DT_ERR_BAD_PROOF;
        assert_err(dt_fork_from_promises(&fork, &world.a.promise[seq], &world.b.promise[seq], world.key), expected);
        assert_err(dt_fork_from_promises(&fork, &world.b.promise[seq], &world.a.promise[seq], world.key), expected);
        if (expected == DT_OK) {
            check_round_trip(&fork);
        }
    }
}

/* Whoever does not hold the key has only what it signed, and can vary the rest. */
static void a_third_party_cannot_frame(void **state)
{
    (void)state;
    struct dt_rng rng = dt_rng("frame");
    struct dt_fork fork;
    for (int round = 0; round < 3000; round++) {
        const size_t m = 1 + (size_t)dt_rng_below(&rng, N), n = m + (size_t)dt_rng_below(&rng, N - m + 1);
        fork = (struct dt_fork){.line_id = {7}, .wid = WID, .type = (enum dt_fork_type)(1 + round % 3)};
        const bool promised = fork.type != DT_FORK_CHECKPOINTS;
        const struct dt_checkpoint *c = &world.a.at[m], *d = &world.a.at[n];
        const struct dt_promise *p = &world.a.promise[m - 1];
        fork.a.at = promised ? p->seq : c->size;
        memcpy(fork.a.hash, promised ? p->leaf : c->root, 32);
        memcpy(fork.a.signature, promised ? p->signature : c->signature, 64);
        fork.b.at = fork.type == DT_FORK_PROMISES ? p->seq : d->size;
        memcpy(fork.b.hash, fork.type == DT_FORK_PROMISES ? p->leaf : d->root, 32);
        memcpy(fork.b.signature, fork.type == DT_FORK_PROMISES ? p->signature : d->signature, 64);
        if (fork.type == DT_FORK_CHECKPOINTS && m < n) {
            assert_err(dt_two_roots_path(&fork.path, m, n, node_of, &world.a), DT_OK);
        } else if (fork.type == DT_FORK_PROMISE_BROKEN) {
            struct dt_path inclusion;
            assert_err(dt_inclusion_path(&inclusion, p->seq, n, node_of, &world.a), DT_OK);
            dt_path_add(&fork.path, p->leaf);
            for (size_t i = 0; i < inclusion.count; i++) {
                dt_path_add(&fork.path, inclusion.hash[i]);
            }
        }
        /* One lie, anywhere; or its own signature in place of the writer's. */
        uint8_t junk[32];
        dt_rng_fill(&rng, junk, sizeof junk);
        struct dt_fork_side *side = dt_rng_below(&rng, 2) == 0 ? &fork.a : &fork.b;
        switch (dt_rng_below(&rng, 5)) {
        case 0:
            memcpy(side->hash, junk, 32);
            break;
        case 1:
            side->at = dt_rng_below(&rng, N);
            break;
        case 2:
            if (fork.path.count > 0) {
                memcpy(fork.path.hash[dt_rng_below(&rng, fork.path.count)], junk, 32);
            }
            break;
        case 3:
            fork.path.count = (size_t)dt_rng_below(&rng, 8);
            break;
        default:
            memcpy(side->hash, junk, 32);
            dt_sign(side->signature, dt_span(junk, 32), world.stranger);
            break;
        }
        assert_true(dt_fork_verify(&fork, world.key) != DT_OK);
    }
}

/* Any root can be signed by a stranger: it says nothing about the writer. */
static void a_stranger_s_statements_prove_nothing(void **state)
{
    (void)state;
    struct dt_fork fork;
    struct dt_checkpoint forged = world.a.at[20];
    memset(forged.root, 5, 32);
    dt_checkpoint_sign(&forged, world.stranger);
    assert_err(dt_fork_from_checkpoints(&fork, WID, &world.a.at[20], &forged, NULL), DT_ERR_BAD_SIGNATURE);
    memcpy(forged.writer, world.stranger_key, 32);
    assert_err(dt_fork_from_checkpoints(&fork, WID, &world.a.at[20], &forged, NULL), DT_ERR_BAD_VALUE);
    struct dt_promise p = world.a.promise[3];
    p.leaf[0] ^= 1;
    dt_promise_sign(&p, world.stranger);
    assert_err(dt_fork_from_promises(&fork, &p, &world.a.promise[3], world.key), DT_ERR_BAD_SIGNATURE);
    p.wid++;
    assert_err(dt_fork_from_promises(&fork, &p, &world.a.promise[3], world.key), DT_ERR_BAD_VALUE);
    p.line_id[0]++;
    struct dt_path path = {0};
    assert_err(dt_fork_from_broken_promise(&fork, &p, &world.a.at[9], p.leaf, &path), DT_ERR_BAD_VALUE);
}

/* wid beside checkpoints is a name only; all else that changes must be refused. */
static void every_bit_of_a_proof_counts(void **state)
{
    (void)state;
    struct dt_fork forks[3], back;
    assert_err(try_checkpoints(&forks[0], &world.a, 24, &world.b, 37), DT_OK);
    assert_err(dt_fork_from_promises(&forks[1], &world.a.promise[20], &world.b.promise[20], world.key), DT_OK);
    assert_err(try_promise(&forks[2], &world.a.promise[20], &world.b, 37), DT_OK);
    for (size_t i = 0; i < 3; i++) {
        uint8_t bytes[DT_FORK_SIZE_MAX];
        struct dt_writer w = dt_writer(bytes, sizeof bytes);
        dt_fork_encode(&w, &forks[i]);
        for (size_t bit = 0; bit < w.size * 8; bit++) {
            bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
            if (dt_fork_decode(&back, dt_written(&w)) == DT_OK && back.wid == WID &&
                dt_fork_verify(&back, world.key) == DT_OK) {
                fail_msg("proof %zu: bit %zu does not count", i, bit);
            }
            bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
        }
        for (size_t cut = 0; cut < w.size; cut++) {
            assert_err(dt_fork_decode(&back, dt_span(bytes, cut)), DT_ERR_TRUNCATED);
        }
    }
    static const uint8_t large[DT_FORK_SIZE_MAX + 1];
    assert_err(dt_fork_decode(&back, dt_span(large, sizeof large)), DT_ERR_TOO_LARGE);
}

static void largest_proof_fits(void **state)
{
    (void)state;
    struct dt_fork fork = {.wid = 3199, .type = DT_FORK_CHECKPOINTS, .path.count = DT_PATH_MAX}, back;
    fork.a.at = fork.b.at = DT_TREE_SIZE_MAX;
    uint8_t bytes[DT_FORK_SIZE_MAX];
    struct dt_writer w = dt_writer(bytes, sizeof bytes);
    dt_fork_encode(&w, &fork);
    assert_false(w.overflowed);
    assert_err(dt_fork_decode(&back, dt_written(&w)), DT_OK);
    back.path.count = DT_PATH_MAX + 1; /* never from dt_fork_decode() */
    assert_err(dt_fork_verify(&back, world.key), DT_ERR_BAD_VALUE);
    back.path.count = 0;
    back.type = (enum dt_fork_type)4;
    assert_err(dt_fork_verify(&back, world.key), DT_ERR_BAD_VALUE);
}

static void check_vector(const json_t *v)
{
    uint8_t bytes[DT_FORK_SIZE_MAX], line[32], writer[32];
    struct dt_fork fork;
    const size_t size = vectors_hex(v, "proof", bytes, sizeof bytes);
    vectors_hex(v, "line", line, 32);
    vectors_hex(v, "writer", writer, 32);
    enum dt_err err = dt_fork_decode(&fork, dt_span(bytes, size));
    if (err == DT_OK && memcmp(fork.line_id, line, 32) != 0) {
        err = DT_ERR_UNKNOWN_LINE; /* these two are the caller's to see */
    } else if (err == DT_OK && fork.wid != vectors_number(v, "wid")) {
        err = DT_ERR_UNKNOWN_WRITER;
    }
    err = err != DT_OK ? err : dt_fork_verify(&fork, writer);
    const bool valid = json_is_true(json_object_get(v, "valid"));
    const char *expected = valid ? "OK" : vectors_text(v, "error");
    if (strcmp(dt_err_name(err), expected) != 0) {
        fail_msg("%s: got %s, expected %s", vectors_text(v, "name"), dt_err_name(err), expected);
    }
    if (valid) {
        uint8_t again[DT_FORK_SIZE_MAX];
        struct dt_writer w = dt_writer(again, sizeof again);
        dt_fork_encode(&w, &fork);
        assert_true(dt_span_equal(dt_written(&w), dt_span(bytes, size)));
    }
}

static void forks_of_the_reference(void **state)
{
    (void)state;
    json_t *file = vectors_load("tests/vectors/fork.json");
    const json_t *cases = json_object_get(file, "cases");
    for (size_t i = 0; i < json_array_size(cases); i++) {
        check_vector(json_array_get(cases, i));
    }
    json_decref(file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_histories_are_proved_for_every_pair_of_sizes),
        cmocka_unit_test(honest_logs_never_yield_a_proof),
        cmocka_unit_test(broken_promises_are_proved),
        cmocka_unit_test(a_third_party_cannot_frame),
        cmocka_unit_test(a_stranger_s_statements_prove_nothing),
        cmocka_unit_test(every_bit_of_a_proof_counts),
        cmocka_unit_test(largest_proof_fits),
        cmocka_unit_test(forks_of_the_reference),
    };
    return cmocka_run_group_tests_name("fork", tests, setup, NULL);
}

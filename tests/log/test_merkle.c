/* SPDX-License-Identifier: ISC */
/*
 * Goal: roots, paths and verification are RFC 9162's, for every shape of tree.
 * Method: a second implementation that follows the RFC's recursive definitions word by
 * word, compared for all sizes to 130; published vectors; every change of a good proof
 * must be refused.
 */
#include "test.h"

#include <ftw.h>

#include "log/merkle.h"
#include "vectors.h"

enum { N = 130 };

static uint8_t leaves[N][DT_HASH_SIZE];

static int setup(void **state)
{
    const int result = dt_test_setup(state);
    for (uint8_t i = 0; i < N; i++) {
        dt_leaf_hash(leaves[i], dt_span(&i, 1));
    }
    return result;
}

/* --- the definitions of RFC 9162 sections 2.1.1, 2.1.3.1 and 2.1.4.1 ------ */

static size_t rfc_split(size_t n)
{
    size_t k = 1;
    while (2 * k < n) {
        k *= 2;
    }
    return k;
}

static void rfc_root(uint8_t *out, size_t from, size_t to)
{
    if (to == from) {
        dt_sha256(out, dt_span(NULL, 0));
    } else if (to - from == 1) {
        memcpy(out, leaves[from], DT_HASH_SIZE);
    } else {
        const size_t k = rfc_split(to - from);
        uint8_t bytes[1 + 2 * DT_HASH_SIZE] = {1};
        rfc_root(bytes + 1, from, from + k);
        rfc_root(bytes + 1 + DT_HASH_SIZE, from + k, to);
        dt_sha256(out, dt_span(bytes, sizeof bytes));
    }
}

static void rfc_add(struct dt_path *path, size_t from, size_t to)
{
    uint8_t hash[DT_HASH_SIZE];
    rfc_root(hash, from, to);
    assert_true(dt_path_add(path, hash));
}

static void rfc_inclusion(struct dt_path *path, size_t m, size_t from, size_t to)
{
    if (to - from == 1) {
        return;
    }
    const size_t k = rfc_split(to - from);
    if (m < k) {
        rfc_inclusion(path, m, from, from + k);
        rfc_add(path, from + k, to);
    } else {
        rfc_inclusion(path, m - k, from + k, to);
        rfc_add(path, from, from + k);
    }
}

static void rfc_subproof(struct dt_path *path, size_t m, size_t from, size_t to, bool b)
{
    if (m == to - from) {
        if (!b) {
            rfc_add(path, from, to);
        }
        return;
    }
    const size_t k = rfc_split(to - from);
    if (m <= k) {
        rfc_subproof(path, m, from, from + k, b);
        rfc_add(path, from + k, to);
    } else {
        rfc_subproof(path, m - k, from + k, to, false);
        rfc_add(path, from, from + k);
    }
}

/* --- helpers ------------------------------------------------------------- */

/* A store of subtree hashes that refuses to be asked for an incomplete one. */
struct store {
    size_t size;
    size_t asked;
    size_t fails_at; /* 0: never */
};

static bool node_of(void *ctx, unsigned level, uint64_t index, uint8_t hash[DT_HASH_SIZE])
{
    struct store *store = ctx;
    const size_t from = (size_t)(index << level), to = (size_t)((index + 1) << level);
    if (to > store->size) {
        fail_msg("asked for an incomplete subtree: level %u index %d", level, (int)index);
    }
    if (++store->asked == store->fails_at) {
        return false;
    }
    rfc_root(hash, from, to);
    return true;
}

static bool same_path(const struct dt_path *a, const struct dt_path *b)
{
    return a->count == b->count && memcmp(a->hash, b->hash, a->count * DT_HASH_SIZE) == 0;
}

/* --- tests --------------------------------------------------------------- */

static void leaf_and_empty_tree_of_the_rfc(void **state)
{
    (void)state;
    /* H(0x00) and H(nothing), as published for RFC 6962 trees. */
    uint8_t expected[DT_HASH_SIZE], hash[DT_HASH_SIZE];
    dt_from_hex(expected, 32, "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d");
    dt_leaf_hash(hash, dt_span(NULL, 0));
    assert_memory_equal(hash, expected, DT_HASH_SIZE);
    dt_from_hex(expected, 32, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    dt_frontier_root(&(struct dt_frontier){0}, hash);
    assert_memory_equal(hash, expected, DT_HASH_SIZE);
    assert_err(dt_tree_root(hash, 0, node_of, &(struct store){0}), DT_OK);
    assert_memory_equal(hash, expected, DT_HASH_SIZE);
}

struct closed {
    size_t count;
    bool wrong;
};

static void note_closed(void *ctx, unsigned level, uint64_t index, const uint8_t hash[DT_HASH_SIZE])
{
    struct closed *closed = ctx;
    uint8_t expected[DT_HASH_SIZE];
    rfc_root(expected, (size_t)(index << level), (size_t)((index + 1) << level));
    closed->wrong = closed->wrong || memcmp(hash, expected, DT_HASH_SIZE) != 0;
    closed->count++;
}

static void frontier_has_the_root_of_the_recursive_definition(void **state)
{
    (void)state;
    struct dt_frontier f = {0}, follower = {0};
    struct closed closed = {0};
    for (size_t size = 1; size <= N; size++) {
        uint8_t expected[DT_HASH_SIZE], root[DT_HASH_SIZE], bytes[DT_FRONTIER_SIZE_MAX];
        assert_err(dt_frontier_append(&f, leaves[size - 1], note_closed, &closed), DT_OK);
        rfc_root(expected, 0, size);
        dt_frontier_root(&f, root);
        assert_memory_equal(root, expected, DT_HASH_SIZE);
        dt_frontier_follow(&follower, &f);
        dt_frontier_root(&follower, root);
        assert_memory_equal(root, expected, DT_HASH_SIZE);
        assert_err(dt_tree_root(root, size, node_of, &(struct store){size, 0, 0}), DT_OK);
        assert_memory_equal(root, expected, DT_HASH_SIZE);

        struct dt_writer w = dt_writer(bytes, sizeof bytes);
        struct dt_frontier again;
        dt_frontier_write(&f, &w);
        assert_int_equal(w.size, 8 + DT_HASH_SIZE * (size_t)__builtin_popcountll(size));
        assert_err(dt_frontier_read(&again, dt_written(&w)), DT_OK);
        dt_frontier_root(&again, root);
        assert_memory_equal(root, expected, DT_HASH_SIZE);
        f = again; /* goes on from what was stored */
    }
    assert_false(closed.wrong);
    assert_int_equal(closed.count, 130 + 65 + 32 + 16 + 8 + 4 + 2 + 1); /* every complete subtree */
}

static void frontier_refuses_damage_and_the_last_size(void **state)
{
    (void)state;
    struct dt_frontier f = {.size = 5}, again;
    uint8_t bytes[DT_FRONTIER_SIZE_MAX + 1] = {0};
    struct dt_writer w = dt_writer(bytes, sizeof bytes);
    dt_frontier_write(&f, &w);
    for (size_t cut = 0; cut < w.size; cut++) {
        assert_err(dt_frontier_read(&again, dt_span(bytes, cut)), DT_ERR_TRUNCATED);
    }
    assert_err(dt_frontier_read(&again, dt_span(bytes, w.size + 1)), DT_ERR_TRAILING);
    memset(bytes, 0xff, 8);
    assert_err(dt_frontier_read(&again, dt_span(bytes, sizeof bytes)), DT_ERR_TOO_LARGE);

    f = (struct dt_frontier){.size = DT_TREE_SIZE_MAX - 1};
    assert_err(dt_frontier_append(&f, leaves[0], NULL, NULL), DT_OK);
    w = dt_writer(bytes, sizeof bytes);
    dt_frontier_write(&f, &w);
    assert_false(w.overflowed);
    again = f;
    assert_err(dt_frontier_append(&f, leaves[0], NULL, NULL), DT_ERR_CAPACITY);
    assert_memory_equal(&f, &again, sizeof f);
}

static void inclusion_for_all_sizes_and_indexes(void **state)
{
    (void)state;
    for (size_t size = 1; size <= N; size++) {
        uint8_t root[DT_HASH_SIZE], reached[DT_HASH_SIZE];
        rfc_root(root, 0, size);
        for (size_t m = 0; m < size; m++) {
            struct dt_path path, expected = {0};
            struct store store = {size, 0, 0};
            rfc_inclusion(&expected, m, 0, size);
            assert_err(dt_inclusion_path(&path, m, size, node_of, &store), DT_OK);
            assert_true(same_path(&path, &expected));
            assert_true(store.asked <= 16);
            assert_err(dt_verify_inclusion(m, size, leaves[m], &path, root), DT_OK);
            assert_err(dt_root_from_inclusion(reached, m, size, leaves[m], &path), DT_OK);
            assert_memory_equal(reached, root, DT_HASH_SIZE);
            assert_err(dt_verify_inclusion(m, size, leaves[(m + 1) % N], &path, root),
                       DT_ERR_BAD_PROOF);
        }
    }
}

/* In place of the right index or size, any other must fail; so must other paths. */
static void inclusion_holds_for_one_place_only(void **state)
{
    (void)state;
    struct dt_path path, bad;
    uint8_t root[DT_HASH_SIZE];
    for (size_t size = 1; size <= 40; size++) {
        rfc_root(root, 0, size);
        for (size_t m = 0; m < size; m++) {
            assert_err(dt_inclusion_path(&path, m, size, node_of, &(struct store){size, 0, 0}), DT_OK);
            for (size_t other = 0; other < 48; other++) {
                const enum dt_err err = dt_verify_inclusion(other, size, leaves[m], &path, root);
                assert_int_equal(err == DT_OK, other == m);
                assert_int_equal(err == DT_ERR_BAD_VALUE, other >= size);
            }
            for (size_t i = 0; i < path.count; i++) {
                bad = path;
                bad.hash[i][m % 32] ^= (uint8_t)(1u << size % 8);
                assert_err(dt_verify_inclusion(m, size, leaves[m], &bad, root), DT_ERR_BAD_PROOF);
            }
            bad = path;
            assert_true(dt_path_add(&bad, root));
            assert_err(dt_verify_inclusion(m, size, leaves[m], &bad, root), DT_ERR_BAD_PROOF);
            if (path.count > 0) {
                bad = path;
                bad.count--;
                assert_err(dt_verify_inclusion(m, size, leaves[m], &bad, root), DT_ERR_BAD_PROOF);
            }
        }
    }
}

static void consistency_for_all_pairs_of_sizes(void **state)
{
    (void)state;
    for (size_t n = 1; n <= N; n++) {
        uint8_t root2[DT_HASH_SIZE];
        rfc_root(root2, 0, n);
        for (size_t m = 1; m <= n; m++) {
            uint8_t root1[DT_HASH_SIZE], older[DT_HASH_SIZE], newer[DT_HASH_SIZE];
            struct dt_path path, full, expected = {0}, expected_full = {0};
            rfc_root(root1, 0, m);
            rfc_subproof(&expected, m, 0, n, true);
            rfc_subproof(&expected_full, m, 0, n, false);
            assert_err(dt_consistency_path(&path, m, n, node_of, &(struct store){n, 0, 0}), DT_OK);
            assert_err(dt_two_roots_path(&full, m, n, node_of, &(struct store){n, 0, 0}), DT_OK);
            assert_true(same_path(&path, &expected));
            assert_true(same_path(&full, &expected_full));
            assert_err(dt_verify_consistency(m, n, root1, root2, &path), DT_OK);
            assert_err(dt_roots_from_path(older, newer, m, n, &full), DT_OK);
            assert_memory_equal(older, root1, DT_HASH_SIZE);
            assert_memory_equal(newer, root2, DT_HASH_SIZE);
            assert_err(dt_verify_consistency(m, n, leaves[N - 1], root2, &path), DT_ERR_BAD_PROOF);
            assert_err(dt_verify_consistency(m, n, root1, leaves[N - 1], &path), DT_ERR_BAD_PROOF);
        }
    }
}

static void consistency_refuses_every_other_path(void **state)
{
    (void)state;
    for (size_t n = 1; n <= 40; n++) {
        for (size_t m = 1; m <= n; m++) {
            uint8_t root1[DT_HASH_SIZE], root2[DT_HASH_SIZE];
            struct dt_path path, bad;
            rfc_root(root1, 0, m);
            rfc_root(root2, 0, n);
            assert_err(dt_consistency_path(&path, m, n, node_of, &(struct store){n, 0, 0}), DT_OK);
            for (size_t i = 0; i < path.count; i++) {
                bad = path;
                bad.hash[i][n % 32] ^= (uint8_t)(1u << m % 8);
                assert_err(dt_verify_consistency(m, n, root1, root2, &bad), DT_ERR_BAD_PROOF);
            }
            bad = path;
            assert_true(dt_path_add(&bad, root1));
            assert_err(dt_verify_consistency(m, n, root1, root2, &bad), DT_ERR_BAD_PROOF);
            if (path.count > 0) {
                bad = path;
                bad.count--;
                assert_err(dt_verify_consistency(m, n, root1, root2, &bad), DT_ERR_BAD_PROOF);
            }
        }
    }
}

static void numbers_out_of_order_are_bad_values(void **state)
{
    (void)state;
    struct store store = {8, 0, 0};
    struct dt_path path = {0};
    uint8_t hash[DT_HASH_SIZE];
    const uint64_t over = DT_TREE_SIZE_MAX + 1;
    assert_err(dt_inclusion_path(&path, 8, 8, node_of, &store), DT_ERR_BAD_VALUE);
    assert_err(dt_inclusion_path(&path, 0, 0, node_of, &store), DT_ERR_BAD_VALUE);
    assert_err(dt_inclusion_path(&path, 0, over, node_of, &store), DT_ERR_BAD_VALUE);
    assert_err(dt_consistency_path(&path, 0, 8, node_of, &store), DT_ERR_BAD_VALUE);
    assert_err(dt_consistency_path(&path, 9, 8, node_of, &store), DT_ERR_BAD_VALUE);
    assert_err(dt_two_roots_path(&path, 1, over, node_of, &store), DT_ERR_BAD_VALUE);
    assert_err(dt_tree_root(hash, over, node_of, &store), DT_ERR_BAD_VALUE);
    assert_int_equal(store.asked, 0);
    path.count = 0;
    assert_err(dt_root_from_inclusion(hash, 0, over, hash, &path), DT_ERR_BAD_VALUE);
    assert_err(dt_verify_inclusion(UINT64_MAX, UINT64_MAX, hash, &path, hash), DT_ERR_BAD_VALUE);
    assert_err(dt_verify_consistency(0, 8, hash, hash, &path), DT_ERR_BAD_VALUE);
    assert_err(dt_verify_consistency(1, UINT64_MAX, hash, hash, &path), DT_ERR_BAD_VALUE);
    assert_err(dt_roots_from_path(hash, hash, 2, 1, &path), DT_ERR_BAD_VALUE);
    assert_err(dt_roots_from_path(hash, hash, 1, 2, &path), DT_ERR_BAD_PROOF);
}

/* A tree as large as can be, all of whose leaves are one: a level has one hash. */
static bool node_of_equals(void *ctx, unsigned level, uint64_t index, uint8_t hash[DT_HASH_SIZE])
{
    (void)index;
    memcpy(hash, ((uint8_t(*)[DT_HASH_SIZE])ctx)[level], DT_HASH_SIZE);
    return true;
}

static void largest_tree_fits_its_paths(void **state)
{
    (void)state;
    uint8_t level[DT_TREE_LEVELS][DT_HASH_SIZE];
    memcpy(level[0], leaves[0], DT_HASH_SIZE);
    for (size_t i = 1; i < DT_TREE_LEVELS; i++) {
        dt_node_hash(level[i], level[i - 1], level[i - 1]);
    }
    struct dt_rng rng = dt_rng("largest tree");
    uint8_t root1[DT_HASH_SIZE], root2[DT_HASH_SIZE], a[DT_HASH_SIZE], b[DT_HASH_SIZE];
    for (int round = 0; round < 500; round++) {
        const uint64_t n = round == 0 ? DT_TREE_SIZE_MAX : 1 + dt_rng_below(&rng, DT_TREE_SIZE_MAX);
        const uint64_t m = 1 + dt_rng_below(&rng, n);
        struct dt_path path;
        assert_err(dt_tree_root(root1, m, node_of_equals, level), DT_OK);
        assert_err(dt_tree_root(root2, n, node_of_equals, level), DT_OK);
        assert_err(dt_inclusion_path(&path, m - 1, n, node_of_equals, level), DT_OK);
        assert_err(dt_verify_inclusion(m - 1, n, level[0], &path, root2), DT_OK);
        assert_err(dt_consistency_path(&path, m, n, node_of_equals, level), DT_OK);
        assert_err(dt_verify_consistency(m, n, root1, root2, &path), DT_OK);
        assert_err(dt_two_roots_path(&path, m, n, node_of_equals, level), DT_OK);
        assert_err(dt_roots_from_path(a, b, m, n, &path), DT_OK);
        assert_memory_equal(a, root1, DT_HASH_SIZE);
        assert_memory_equal(b, root2, DT_HASH_SIZE);
    }
}

static void a_reader_that_fails_is_reported(void **state)
{
    (void)state;
    struct dt_path path;
    uint8_t hash[DT_HASH_SIZE];
    size_t at = 1;
    for (enum dt_err err = DT_ERR_STORE; err != DT_OK; at++) {
        struct store store = {77, 0, at};
        err = dt_inclusion_path(&path, 20, 77, node_of, &store);
        assert_true(err == DT_OK || err == DT_ERR_STORE);
    }
    assert_true(at > 6);
    assert_err(dt_consistency_path(&path, 20, 77, node_of, &(struct store){77, 0, 3}), DT_ERR_STORE);
    assert_err(dt_tree_root(hash, 77, node_of, &(struct store){77, 0, 2}), DT_ERR_STORE);
}

/* --- published vectors --------------------------------------------------- */

static size_t vectors_seen;

/* A hash in base64; false when it is not 32 bytes, as in some broken vectors. */
static bool hash_from(const json_t *value, uint8_t *out)
{
    uint8_t bytes[256];
    size_t size = 0;
    const char *text = json_string_value(value);
    if (text == NULL || dt_unbase64(bytes, sizeof bytes, &size, text, strlen(text)) != DT_OK ||
        size != DT_HASH_SIZE) {
        return false;
    }
    memcpy(out, bytes, DT_HASH_SIZE);
    return true;
}

static bool path_from(const json_t *value, struct dt_path *path)
{
    uint8_t hash[DT_HASH_SIZE];
    path->count = 0;
    for (size_t i = 0; i < json_array_size(value); i++) {
        if (!hash_from(json_array_get(value, i), hash) || !dt_path_add(path, hash)) {
            return false;
        }
    }
    return true;
}

/* One of the published vectors has roots of another size than a hash, and wants them
 * only compared; our roots have one size. */
static bool roots_are_hashes(const json_t *v)
{
    uint8_t hash[DT_HASH_SIZE];
    return json_object_get(v, "root1") == NULL || hash_from(json_object_get(v, "root1"), hash);
}

static bool published_holds(const json_t *v)
{
    struct dt_path path;
    uint8_t a[DT_HASH_SIZE], b[DT_HASH_SIZE];
    if (!path_from(json_object_get(v, "proof"), &path)) {
        return false;
    }
    if (json_object_get(v, "leafIdx") != NULL) {
        return hash_from(json_object_get(v, "leafHash"), a) && hash_from(json_object_get(v, "root"), b) &&
               dt_verify_inclusion(vectors_number(v, "leafIdx"), vectors_number(v, "treeSize"), a,
                                   &path, b) == DT_OK;
    }
    return hash_from(json_object_get(v, "root1"), a) && hash_from(json_object_get(v, "root2"), b) &&
           dt_verify_consistency(vectors_number(v, "size1"), vectors_number(v, "size2"), a, b,
                                 &path) == DT_OK;
}

static int published_file(const char *path, const struct stat *info, int kind, struct FTW *walk)
{
    (void)info;
    (void)walk;
    const size_t length = strlen(path);
    if (kind != FTW_F || length < 5 || strcmp(path + length - 5, ".json") != 0) {
        return 0;
    }
    json_error_t error;
    json_t *v = json_load_file(path, 0, &error);
    if (v == NULL && strncmp(error.text, "too big integer", 15) == 0) {
        return 0; /* 2^64 - 1, which jansson does not hold; tested above by hand */
    }
    if (v == NULL) {
        fail_msg("%s: %s", path, error.text);
    }
    const bool refused = json_is_true(json_object_get(v, "wantErr"));
    if (!refused && !roots_are_hashes(v)) {
        print_message("# skipped: %s: not a hash\n", path);
    } else if (published_holds(v) == refused) {
        fail_msg("%s: %s", path, refused ? "accepted" : "refused");
    }
    json_decref(v);
    vectors_seen++;
    return 0;
}

static void published_proofs(void **state)
{
    (void)state;
    if (nftw(DT_SOURCE_DIR "/../shared/vectors/merkle", published_file, 8, FTW_PHYS) != 0) {
        print_message("# skipped: no published Merkle vectors beside the source tree\n");
        return;
    }
    print_message("# %zu published vectors\n", vectors_seen);
    assert_true(vectors_seen > 100);
}

/* --- the independent reference: leaf i is the hash of "entry i" ----------- */

static uint8_t entries[1000][DT_HASH_SIZE];

static bool node_of_entries(void *ctx, unsigned level, uint64_t index, uint8_t hash[DT_HASH_SIZE])
{
    struct dt_frontier f = {0};
    (void)ctx;
    for (uint64_t i = index << level; i < (index + 1) << level; i++) {
        assert_err(dt_frontier_append(&f, entries[i], NULL, NULL), DT_OK);
    }
    dt_frontier_root(&f, hash);
    return true;
}

static void check_reference(const json_t *v)
{
    const char *type = vectors_text(v, "type");
    struct dt_path path = {0}, expected = {0};
    uint8_t hash[DT_HASH_SIZE], root[DT_HASH_SIZE];
    const json_t *hashes = json_object_get(v, "path");
    for (size_t i = 0; i < json_array_size(hashes); i++) {
        dt_from_hex(hash, sizeof hash, json_string_value(json_array_get(hashes, i)));
        assert_true(dt_path_add(&expected, hash));
    }
    if (strcmp(type, "root") == 0) {
        vectors_hex(v, "root", hash, sizeof hash);
        assert_err(dt_tree_root(root, vectors_number(v, "size"), node_of_entries, NULL), DT_OK);
        assert_memory_equal(root, hash, DT_HASH_SIZE);
    } else if (strcmp(type, "inclusion") == 0) {
        const uint64_t index = vectors_number(v, "index"), size = vectors_number(v, "size");
        assert_err(dt_inclusion_path(&path, index, size, node_of_entries, NULL), DT_OK);
    } else {
        const uint64_t m = vectors_number(v, "from"), n = vectors_number(v, "to");
        assert_err((type[0] == 'c' ? dt_consistency_path : dt_two_roots_path)(&path, m, n, node_of_entries, NULL),
                   DT_OK);
    }
    assert_true(same_path(&path, &expected));
}

static void trees_of_the_reference(void **state)
{
    (void)state;
    json_t *file = vectors_load("tests/vectors/tree.json");
    const json_t *cases = json_object_get(file, "cases");
    for (size_t i = 0; i < sizeof entries / sizeof entries[0]; i++) {
        char entry[32];
        const int size = snprintf(entry, sizeof entry, "entry %zu", i);
        dt_leaf_hash(entries[i], dt_span(entry, (size_t)size));
    }
    for (size_t i = 0; i < json_array_size(cases); i++) {
        check_reference(json_array_get(cases, i));
    }
    json_decref(file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(leaf_and_empty_tree_of_the_rfc),
        cmocka_unit_test(frontier_has_the_root_of_the_recursive_definition),
        cmocka_unit_test(frontier_refuses_damage_and_the_last_size),
        cmocka_unit_test(inclusion_for_all_sizes_and_indexes),
        cmocka_unit_test(inclusion_holds_for_one_place_only),
        cmocka_unit_test(consistency_for_all_pairs_of_sizes),
        cmocka_unit_test(consistency_refuses_every_other_path),
        cmocka_unit_test(numbers_out_of_order_are_bad_values),
        cmocka_unit_test(largest_tree_fits_its_paths),
        cmocka_unit_test(a_reader_that_fails_is_reported),
        cmocka_unit_test(published_proofs),
        cmocka_unit_test(trees_of_the_reference),
    };
    return cmocka_run_group_tests_name("merkle", tests, setup, NULL);
}

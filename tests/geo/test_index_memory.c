/* SPDX-License-Identifier: ISC */
/*
 * Goal: an index without memory says so and has changed nothing.
 * Method: the n-th allocation fails, for n = 0, 1, 2 ... until none is left to fail; after
 * each failure the index is sound, holds what it held, and the same act succeeds again. The
 * allocator is the test's own where the C library allows that (not under AddressSanitizer).
 */
#include "test.h"

#include "geo/index.h"
#include "world.h"

#if defined(__GLIBC__) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define OWN_ALLOCATOR 1
#endif
#ifdef __has_feature
#if __has_feature(address_sanitizer)
#undef OWN_ALLOCATOR
#endif
#endif

static long left = -1; /* allocations until one fails; negative: none does */
static size_t failures;

#ifdef OWN_ALLOCATOR
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *old, size_t size);

static bool fails(void)
{
    const bool now = left == 0;
    left -= left >= 0;
    failures += now;
    return now;
}

void *malloc(size_t size)
{
    return fails() ? NULL : __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
    return fails() ? NULL : __libc_calloc(count, size);
}

void *realloc(void *old, size_t size)
{
    return fails() ? NULL : __libc_realloc(old, size);
}
#endif

enum { ENTRIES = 3000 };

static void draw(struct world *w, struct world_volume *v)
{
    do {
        world_in_town(w, (uint64_t)world_between(w, 1, 3), v);
    } while (dt_volume_check(&v->volume) != DT_OK);
}

/* Puts until all are there; true if an allocation failed on the way. */
static bool fill(struct dt_index *index, struct world *w, struct dt_index_hits *hits)
{
    bool failed = false;
    for (uint64_t i = 0; i < ENTRIES; i++) {
        struct world_volume v;
        const struct dt_separation s = {1000, 1000, 0};
        draw(w, &v);
        const uint64_t key = i % 7 == 0 && i > 0 ? i - 1 : i; /* some are amended */
        const struct dt_index_entry e = {.key = key, .volume = &v.volume};
        const struct dt_index_question q = {
            .volume = &v.volume, .group = 1, .separations = &s, .separation_count = 1};
        const size_t before = dt_index_count(index);
        enum dt_err err = dt_index_put(index, &e);
        if (err != DT_OK) {
            assert_err(err, DT_ERR_NO_MEMORY);
            assert_int_equal(dt_index_count(index), before);
            assert_true(dt_index_check(index));
            assert_err(dt_index_put(index, &e), DT_OK);
            failed = true;
        }
        err = i % 10 == 0 ? dt_index_query(index, &q, hits) : DT_OK;
        if (err != DT_OK) {
            assert_err(err, DT_ERR_NO_MEMORY);
            assert_err(dt_index_query(index, &q, hits), DT_OK);
            failed = true;
        }
        assert_true(i % 10 != 0 || hits->count > 0); /* itself at least */
        if (i % 11 == 0) {
            err = dt_index_end(index, key, v.volume.time.from_ms + 5000);
            assert_true(err == DT_OK || err == DT_ERR_NO_MEMORY);
        }
    }
    return failed;
}

static void every_allocation_may_fail_once(void **state)
{
    (void)state;
    size_t met = 0;
    for (long n = 0;; n++) {
        struct world w = {900};
        struct dt_index_hits hits = {0};
        left = -1;
        struct dt_index *index = dt_index_new(0);
        assert_non_null(index);
        failures = 0;
        left = n;
        met += fill(index, &w, &hits);
        const bool none = failures == 0;
        left = -1;
        assert_true(dt_index_check(index));
        dt_index_hits_free(&hits);
        dt_index_free(index);
        if (none) {
            break;
        }
    }
#ifdef OWN_ALLOCATOR
    left = 0;
    assert_null(dt_index_new(0));
    left = -1;
    assert_true(met > 8);
#else
    (void)met;
#endif
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_allocation_may_fail_once),
    };
    return cmocka_run_group_tests_name("index_memory", tests, NULL, NULL);
}

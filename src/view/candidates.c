/* SPDX-License-Identifier: ISC */
#include "view/candidates.h"

#include <assert.h>
#include <stdlib.h>

#include "base/try.h"

enum { VOLUMES = 1024 }; /* keys of one notice */

static_assert((int)DT_NOTICE_CELLS_MAX <= VOLUMES && (int)DT_NOTICE_VOLUMES_MAX <= VOLUMES,
              "keys are apart");
static_assert((int)DT_CATEGORY_MAX < (int)DT_INDEX_CATEGORIES, "every category fits");

static uint64_t key_of(uint32_t number, size_t volume)
{
    return (uint64_t)number * VOLUMES + volume;
}

void dt_candidates_free(struct dt_candidates *c)
{
    dt_index_free(c->index);
    free(c->refs);
    *c = (struct dt_candidates){0};
}

static enum dt_err take_number(struct dt_candidates *c, const struct dt_ref *ref, uint32_t *number)
{
    if (c->free == 0 && c->count == c->capacity) {
        const uint32_t capacity = c->capacity > 0 ? 2 * c->capacity : 64;
        struct dt_ref *refs =
            capacity > c->capacity ? realloc(c->refs, capacity * sizeof *refs) : NULL;
        if (refs == NULL) {
            return DT_ERR_NO_MEMORY;
        }
        c->refs = refs;
        c->capacity = capacity;
    }
    *number = c->free != 0 ? c->free - 1 : c->count++;
    c->free = c->free != 0 ? (uint32_t)c->refs[*number].seq : 0;
    c->refs[*number] = *ref;
    return DT_OK;
}

static void drop_volumes(struct dt_candidates *c, uint32_t number, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        (void)!dt_index_remove(c->index, key_of(number, i));
    }
}

void dt_candidates_drop(struct dt_candidates *c, const struct dt_prepared *notice, uint32_t number)
{
    if (number != DT_CANDIDATE_NONE) {
        drop_volumes(c, number, notice->count);
        c->refs[number].seq = c->free;
        c->free = number + 1;
    }
}

static enum dt_err put_volume(struct dt_candidates *c, const struct dt_prepared *notice, size_t i,
                              int64_t now_ms, uint32_t number)
{
    struct dt_window legs[DT_RING_MAX];
    const struct dt_volume v = dt_prepared_at(notice, i, legs, now_ms);
    const struct dt_index_entry entry = {
        .key = key_of(number, i),
        .group = (uint16_t)notice->member,
        .category = (uint8_t)notice->category,
        .datum = (uint8_t)notice->volumes[i].datum,
        .volume = &v,
    };
    return dt_index_put(c->index, &entry);
}

enum dt_err dt_candidates_refresh(struct dt_candidates *c, const struct dt_prepared *notice,
                                  int64_t now_ms, uint32_t number)
{
    for (size_t i = 0; number != DT_CANDIDATE_NONE && i < notice->count; i++) {
        DT_TRY(put_volume(c, notice, i, now_ms, number));
    }
    return DT_OK;
}

enum dt_err dt_candidates_put(struct dt_candidates *c, const struct dt_prepared *notice,
                              int64_t now_ms, uint32_t *number)
{
    *number = DT_CANDIDATE_NONE;
    if (notice->count == 0) {
        return DT_OK;
    }
    if (c->index == NULL) {
        c->index = dt_index_new(0); /* keys are ours: nobody chooses them */
    }
    if (c->index == NULL) {
        return DT_ERR_NO_MEMORY;
    }
    DT_TRY(take_number(c, &notice->ref, number));
    const enum dt_err err = dt_candidates_refresh(c, notice, now_ms, *number);
    if (err != DT_OK) {
        dt_candidates_drop(c, notice, *number);
        *number = DT_CANDIDATE_NONE;
    }
    return err;
}

/* --- asking -------------------------------------------------------------------------- */

struct finding {
    struct dt_index_hits hits;
    uint32_t *numbers;
    size_t count, capacity;
};

/* Numbers of one volume's hits; keys are ascending, so those of a notice are together. */
static enum dt_err take_numbers(struct finding *f)
{
    const size_t most = f->count + f->hits.count;
    if (most > f->capacity) {
        uint32_t *numbers = realloc(f->numbers, 2 * most * sizeof *numbers);
        if (numbers == NULL) {
            return DT_ERR_NO_MEMORY;
        }
        f->numbers = numbers;
        f->capacity = 2 * most;
    }
    for (size_t i = 0; i < f->hits.count; i++) {
        const uint32_t number = (uint32_t)(f->hits.keys[i] / VOLUMES);
        if (i == 0 || f->numbers[f->count - 1] != number) {
            f->numbers[f->count++] = number;
        }
    }
    return DT_OK;
}

static enum dt_err ask_volume(const struct dt_candidates *c, const struct dt_prepared *asked,
                              size_t i, const struct dt_separation *separations, int64_t now_ms,
                              struct finding *f)
{
    struct dt_window legs[DT_RING_MAX];
    const struct dt_volume v = dt_prepared_at(asked, i, legs, now_ms);
    const struct dt_index_question q = {
        .volume = &v,
        .group = (uint16_t)asked->member,
        .datum = (uint8_t)asked->volumes[i].datum,
        .separations = separations,
        .separation_count = DT_CATEGORY_MAX + 1,
    };
    DT_TRY(dt_index_query(c->index, &q, &f->hits));
    return take_numbers(f);
}

static int by_number(const void *a, const void *b)
{
    const uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

static enum dt_err refs_of(const struct dt_candidates *c, struct finding *f, struct dt_ref **refs,
                           size_t *count)
{
    *refs = malloc((f->count + 1) * sizeof **refs);
    if (*refs == NULL) {
        return DT_ERR_NO_MEMORY;
    }
    if (f->count > 1) {
        qsort(f->numbers, f->count, sizeof *f->numbers, by_number);
    }
    for (size_t i = 0; i < f->count; i++) {
        if (i == 0 || f->numbers[i] != f->numbers[i - 1]) {
            (*refs)[(*count)++] = c->refs[f->numbers[i]];
        }
    }
    return DT_OK;
}

enum dt_err dt_candidates_find(const struct dt_candidates *c, const struct dt_charter *charter,
                               const struct dt_prepared *asked, int64_t now_ms,
                               struct dt_ref **refs, size_t *count)
{
    struct dt_separation separations[DT_CATEGORY_MAX + 1];
    struct finding f = {.count = 0};
    enum dt_err err = DT_OK;
    *refs = NULL;
    *count = 0;
    for (unsigned k = 0; k <= DT_CATEGORY_MAX; k++) {
        struct dt_rule_found rule;
        dt_rule_for(&rule, charter, asked->category, (enum dt_category)k);
        separations[k] = rule.separation;
    }
    for (size_t i = 0; c->index != NULL && i < asked->count && err == DT_OK; i++) {
        err = ask_volume(c, asked, i, separations, now_ms, &f);
    }
    err = err == DT_OK ? refs_of(c, &f, refs, count) : err;
    free(f.numbers);
    dt_index_hits_free(&f.hits);
    return err;
}

/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "store/sql.h"

enum { WORD_LETTERS = 4, LETTER_BITS = 5 };

static int64_t word_of_id(const uint8_t id[static DT_HASH_SIZE])
{
    return (int64_t)id[0] << 12 | (int64_t)id[1] << 4 | id[2] >> 4;
}

/* Four base32 letters of either case as 20 bits; -1 for anything else. */
static int64_t word_of_text(const char *text)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz234567";
    if (strlen(text) != WORD_LETTERS) {
        return -1;
    }
    int64_t word = 0;
    for (int i = 0; i < WORD_LETTERS; i++) {
        const bool upper = text[i] >= 'A' && text[i] <= 'Z';
        const char *found = strchr(letters, upper ? text[i] - 'A' + 'a' : text[i]);
        if (found == NULL) {
            return -1;
        }
        word = word << LETTER_BITS | (found - letters);
    }
    return word;
}

enum dt_err dt_store_conflict_put(struct dt_store *store, const struct dt_store_conflict *conflict,
                                  bool *is_new)
{
    if (conflict->numbers.size > DT_STORE_NUMBERS_MAX) {
        return DT_ERR_TOO_LARGE;
    }
    struct dt_query q = dt_query(store, DT_SQL_CONFLICT_PUT);
    dt_bind_int(&q, conflict->line);
    dt_bind_blob(&q, dt_span(conflict->id, DT_HASH_SIZE));
    dt_bind_int(&q, word_of_id(conflict->id));
    dt_bind_int(&q, (int64_t)conflict->a);
    dt_bind_int(&q, (int64_t)conflict->b);
    dt_bind_int(&q, conflict->severity);
    dt_bind_int(&q, conflict->distance_mm);
    dt_bind_bytes(&q, conflict->numbers);
    dt_bind_int(&q, conflict->found_ms);
    dt_bind_int(&q, conflict->state);
    const enum dt_err err = dt_run_on_one(&q, DT_ERR_DUPLICATE);
    if (is_new != NULL) {
        *is_new = err == DT_OK;
    }
    return err == DT_ERR_DUPLICATE ? DT_OK : err;
}

enum dt_err dt_store_conflict_better(struct dt_store *store,
                                     const struct dt_store_conflict *conflict)
{
    if (conflict->numbers.size > DT_STORE_NUMBERS_MAX) {
        return DT_ERR_TOO_LARGE;
    }
    struct dt_query q = dt_query(store, DT_SQL_CONFLICT_BETTER);
    dt_bind_int(&q, conflict->severity);
    dt_bind_int(&q, conflict->distance_mm);
    dt_bind_bytes(&q, conflict->numbers);
    dt_bind_int(&q, conflict->line);
    dt_bind_blob(&q, dt_span(conflict->id, DT_HASH_SIZE));
    return dt_run_on_one(&q, DT_ERR_UNKNOWN_RECORD);
}

enum dt_err dt_store_conflict_set_state(struct dt_store *store, unsigned line,
                                        const uint8_t id[static DT_HASH_SIZE], int state)
{
    struct dt_query q = dt_query(store, DT_SQL_CONFLICT_STATE);
    dt_bind_int(&q, state);
    dt_bind_int(&q, line);
    dt_bind_blob(&q, dt_span(id, DT_HASH_SIZE));
    return dt_run_on_one(&q, DT_ERR_UNKNOWN_RECORD);
}

static enum dt_err show_conflicts(struct dt_query *q, dt_store_conflict_fn fn, void *ctx)
{
    while (dt_row(q)) {
        struct dt_store_conflict c = {.line = (unsigned)dt_column_int(q)};
        dt_column_copy(q, c.id, DT_HASH_SIZE);
        c.a = (dt_store_key)dt_column_int(q);
        c.b = (dt_store_key)dt_column_int(q);
        c.severity = (int)dt_column_int(q);
        c.distance_mm = dt_column_int(q);
        c.numbers = dt_column_span(q, DT_STORE_NUMBERS_MAX);
        c.found_ms = dt_column_int(q);
        c.state = (int)dt_column_int(q);
        if (q->err != DT_OK || !fn(ctx, &c)) {
            break;
        }
    }
    return dt_end(q);
}

enum dt_err dt_store_conflict_list(struct dt_store *store, unsigned line, dt_store_conflict_fn fn,
                                   void *ctx)
{
    struct dt_query q = dt_query(store, line == 0 ? DT_SQL_CONFLICT_ALL : DT_SQL_CONFLICT_LIST);
    if (line != 0) {
        dt_bind_int(&q, line);
    }
    return show_conflicts(&q, fn, ctx);
}

enum dt_err dt_store_conflict_by_word(struct dt_store *store, unsigned line, const char *word,
                                      dt_store_conflict_fn fn, void *ctx)
{
    const int64_t bits = word_of_text(word);
    if (bits < 0) {
        return DT_ERR_BAD_TEXT;
    }
    struct dt_query q = dt_query(store, DT_SQL_CONFLICT_WORD);
    dt_bind_int(&q, line);
    dt_bind_int(&q, bits);
    return show_conflicts(&q, fn, ctx);
}

enum dt_err dt_store_conflict_clear(struct dt_store *store, unsigned line)
{
    struct dt_query q = dt_query(store, DT_SQL_CONFLICT_CLEAR);
    dt_bind_int(&q, line);
    return dt_run(&q);
}

/* SPDX-License-Identifier: ISC */
/*
 * facts.c - facts, their open marks, and conflicts: what can be made again from the
 * logs. A fact is one blob beside the columns that are searched; DT_VIEW_VERSION
 * changes with the meaning of any field, and the node then clears and rebuilds.
 */
#include <string.h>

#include "base/try.h"
#include "store/sql.h"

/* --- a fact as bytes -------------------------------------------------------- */

enum {
    FACT_LAYOUT = 1,
    BIT_SEALED = 1,
    BIT_HAS_TARGET = 2,
    BIT_TARGET_MATCHES = 4,
    BIT_OFFICER_VALID = 8,
    OFFICER_DOUBT_SHIFT = 4, /* two bits */
    BIT_ADDRESSED = 64,
};

/* Mostly small or zero, sometimes negative or large: one byte of zero, or all eight. */
static void write_number(struct dt_writer *w, int64_t value)
{
    dt_write_u8(w, value != 0);
    if (value != 0) {
        dt_write_u64(w, (uint64_t)value);
    }
}

static int64_t read_number(struct dt_reader *r)
{
    return dt_read_u8(r) != 0 ? (int64_t)dt_read_u64(r) : 0;
}

static void write_fact(struct dt_writer *w, const struct dt_fact *f)
{
    const size_t force = strnlen(f->force, DT_FORCE_NAME_MAX);
    const bool addressed = !dt_members_none(&f->to);
    dt_write_u8(w, FACT_LAYOUT);
    dt_write_u16(w, f->wid);
    dt_write_bytes(w, f->leaf, DT_HASH_SIZE);
    dt_write_u32(w, f->kind);
    dt_write_u64(w, (uint64_t)f->time_ms);
    dt_write_u32(w, f->flags);
    dt_write_u16(w, (uint16_t)f->err);
    dt_write_u8(w, (uint8_t)((f->sealed ? BIT_SEALED : 0) | (f->has_target ? BIT_HAS_TARGET : 0) |
                             (f->target_matches ? BIT_TARGET_MATCHES : 0) |
                             (f->officer_valid ? BIT_OFFICER_VALID : 0) |
                             (addressed ? BIT_ADDRESSED : 0) |
                             ((unsigned)f->officer_doubt & 3u) << OFFICER_DOUBT_SHIFT));
    if (f->has_target) {
        dt_write_u16(w, f->target.wid);
        dt_write_u64(w, f->target.seq);
        dt_write_bytes(w, f->target.leaf, DT_HASH_SIZE);
    }
    write_number(w, f->code);
    for (size_t i = 0; i < sizeof f->number / sizeof f->number[0]; i++) {
        write_number(w, f->number[i]);
    }
    dt_write_u32(w, f->officer);
    dt_write_u32(w, f->second);
    dt_write_u8(w, (uint8_t)force);
    dt_write_bytes(w, f->force, force);
    if (addressed) {
        dt_write_bytes(w, f->to.bits, sizeof f->to.bits);
    }
}

static enum dt_err read_fact(struct dt_fact *f, struct dt_span bytes)
{
    struct dt_reader r = dt_reader(bytes);
    const unsigned layout = dt_read_u8(&r);
    f->wid = dt_read_u16(&r);
    dt_read_copy(&r, f->leaf, DT_HASH_SIZE);
    f->kind = dt_read_u32(&r);
    f->time_ms = (int64_t)dt_read_u64(&r);
    f->flags = dt_read_u32(&r);
    const unsigned err = dt_read_u16(&r);
    const unsigned bits = dt_read_u8(&r);
    f->sealed = (bits & BIT_SEALED) != 0;
    f->has_target = (bits & BIT_HAS_TARGET) != 0;
    f->target_matches = (bits & BIT_TARGET_MATCHES) != 0;
    f->officer_valid = (bits & BIT_OFFICER_VALID) != 0;
    f->officer_doubt = (enum dt_officer_doubt)(bits >> OFFICER_DOUBT_SHIFT & 3u);
    if (f->has_target) {
        f->target.wid = dt_read_u16(&r);
        f->target.seq = dt_read_u64(&r);
        dt_read_copy(&r, f->target.leaf, DT_HASH_SIZE);
    }
    f->code = read_number(&r);
    for (size_t i = 0; i < sizeof f->number / sizeof f->number[0]; i++) {
        f->number[i] = read_number(&r);
    }
    f->officer = dt_read_u32(&r);
    f->second = dt_read_u32(&r);
    const size_t force = dt_read_u8(&r);
    if (layout != FACT_LAYOUT || err >= DT_ERR_COUNT || force > DT_FORCE_NAME_MAX) {
        return DT_ERR_STORE_DAMAGED;
    }
    f->err = (enum dt_err)err;
    dt_read_copy(&r, f->force, force);
    if ((bits & BIT_ADDRESSED) != 0) {
        dt_read_copy(&r, f->to.bits, sizeof f->to.bits);
    }
    return dt_reader_end(&r) == DT_OK ? DT_OK : DT_ERR_STORE_DAMAGED;
}

/* --- facts ---------------------------------------------------------------------- */

/* What the target index holds; -1 where no record can be meant. */
static int64_t target_key(unsigned line, uint16_t wid, uint64_t seq)
{
    if (line > DT_STORE_LINE_MAX || wid >= DT_WIDS_MAX || seq > DT_STORE_SEQ_MAX) {
        return -1;
    }
    return (int64_t)((uint64_t)line << 52 | (uint64_t)wid << 40 | seq);
}

static void bind_fact(struct dt_query *q, const struct dt_fact_waiting *w)
{
    const struct dt_span null = {NULL, 0};
    dt_bind_int(q, w->key);
    dt_bind_int(q, w->line);
    dt_bind_int(q, w->kind);
    dt_bind_int(q, w->time_ms);
    w->target >= 0 ? dt_bind_int(q, w->target) : dt_bind_blob(q, null);
    w->open != 0 ? dt_bind_int(q, w->open) : dt_bind_blob(q, null);
    w->open != 0 ? dt_bind_int(q, w->since_ms) : dt_bind_blob(q, null);
    dt_bind_blob(q, dt_span(w->bytes, w->size));
}

enum dt_err dt_facts_flush(struct dt_store *store)
{
    const size_t count = store->waiting_count;
    const bool together = count == DT_FACTS_WAITING;
    enum dt_err err = DT_OK;
    store->waiting_count = 0; /* whatever comes of it: what fails is lost as a whole */
    for (size_t i = 0; i < count && err == DT_OK;) {
        struct dt_query q = dt_query(store, together ? DT_SQL_FACT_PUT_MANY : DT_SQL_FACT_PUT);
        do {
            bind_fact(&q, &store->waiting[i++]);
        } while (together && i < count);
        err = dt_run(&q);
    }
    if (err != DT_OK) {
        dt_store_lose(store, err, true);
    }
    return err;
}

enum dt_err dt_store_fact_put(struct dt_store *store, unsigned line, unsigned log,
                              const struct dt_fact *fact)
{
    if (log > DT_STORE_LOG_MAX || fact->seq > DT_STORE_SEQ_MAX || line > DT_STORE_LINE_MAX) {
        return DT_ERR_CAPACITY;
    }
    if (store->failed != DT_OK) {
        return store->failed;
    }
    if (store->waiting_count == DT_FACTS_WAITING) { /* not sooner: the last may yet be marked */
        DT_TRY(dt_facts_flush(store));
    }
    struct dt_fact_waiting *w = &store->waiting[store->waiting_count++];
    struct dt_writer writer = dt_writer(w->bytes, sizeof w->bytes);
    write_fact(&writer, fact);
    w->size = writer.size;
    w->key = (int64_t)dt_store_key_of(log, fact->seq);
    w->line = line;
    w->kind = fact->kind;
    w->time_ms = fact->time_ms;
    w->target = fact->has_target ? target_key(line, fact->target.wid, fact->target.seq) : -1;
    w->open = w->since_ms = 0;
    return store->in_transaction ? DT_OK : dt_facts_flush(store);
}

static void fact_columns(struct dt_query *q, struct dt_store_fact *fact)
{
    *fact = (struct dt_store_fact){.key = (dt_store_key)dt_column_int(q)};
    fact->line = (unsigned)dt_column_int(q);
    const int64_t open = dt_column_int(q); /* NULL reads as 0 */
    fact->open = open > 0 ? (unsigned)open : 0;
    fact->awaits = open < 0;
    fact->open_since_ms = dt_column_int(q);
    const struct dt_span bytes = dt_column_span(q, DT_FACT_SIZE_MAX);
    if (q->err == DT_OK) {
        q->err = read_fact(&fact->fact, bytes);
    }
    fact->fact.seq = dt_store_key_seq(fact->key);
}

/* Shows the rows until the callback has enough; false then, or after an error. */
static bool show_facts(struct dt_query *q, dt_store_fact_fn fn, void *ctx)
{
    while (dt_row(q)) {
        struct dt_store_fact fact;
        fact_columns(q, &fact);
        if (q->err != DT_OK || !fn(ctx, &fact)) {
            return false;
        }
    }
    return q->err == DT_OK;
}

enum dt_err dt_store_fact_get(struct dt_store *store, dt_store_key key, struct dt_store_fact *fact)
{
    if (key > INT64_MAX) {
        return DT_ERR_UNKNOWN_RECORD;
    }
    struct dt_query q = dt_query(store, DT_SQL_FACT_GET);
    dt_bind_int(&q, (int64_t)key);
    const bool found = dt_row(&q);
    if (found) {
        fact_columns(&q, fact);
    }
    return dt_end_one(&q, found, DT_ERR_UNKNOWN_RECORD);
}

enum dt_err dt_store_fact_by_target(struct dt_store *store, unsigned line, uint16_t wid,
                                    uint64_t seq, dt_store_fact_fn fn, void *ctx)
{
    struct dt_query q = dt_query(store, DT_SQL_FACT_TARGET);
    dt_bind_int(&q, target_key(line, wid, seq));
    show_facts(&q, fn, ctx);
    return dt_end(&q);
}

enum dt_err dt_store_fact_target_end(struct dt_store *store, unsigned line, uint16_t wid,
                                     uint64_t *end)
{
    struct dt_query q = dt_query(store, DT_SQL_FACT_TARGET_LAST);
    dt_bind_int(&q, target_key(line, wid, 0));
    dt_bind_int(&q, target_key(line, wid, DT_STORE_SEQ_MAX));
    const int64_t last = dt_row(&q) ? dt_column_int(&q) : 0; /* NULL reads as 0; no line is 0 */
    *end = last > 0 ? ((uint64_t)last & DT_STORE_SEQ_MAX) + 1 : 0;
    return dt_end(&q);
}

struct page {
    struct dt_store_cursor *cursor;
    dt_store_fact_fn fn;
    void *ctx;
};

static bool turn(void *ctx, const struct dt_store_fact *fact)
{
    const struct page *page = ctx;
    *page->cursor = (struct dt_store_cursor){fact->fact.time_ms, fact->key};
    return page->fn(page->ctx, fact);
}

enum dt_err dt_store_fact_by_kind(struct dt_store *store, unsigned line, unsigned kind,
                                  struct dt_store_cursor *cursor, size_t limit, dt_store_fact_fn fn,
                                  void *ctx)
{
    struct dt_query q = dt_query(store, DT_SQL_FACT_KIND);
    dt_bind_int(&q, line);
    dt_bind_int(&q, kind);
    dt_bind_int(&q, cursor->time_ms);
    dt_bind_int(&q, cursor->key > INT64_MAX ? INT64_MAX : (int64_t)cursor->key);
    dt_bind_int(&q, limit > INT32_MAX ? INT32_MAX : (int64_t)limit);
    show_facts(&q, turn, &(struct page){cursor, fn, ctx});
    return dt_end(&q);
}

enum dt_err dt_store_fact_list(struct dt_store *store, unsigned line, dt_store_fact_fn fn,
                               void *ctx)
{
    struct dt_query logs = dt_query(store, DT_SQL_LOG_IDS);
    dt_bind_int(&logs, line);
    bool more = true;
    while (more && dt_row(&logs)) {
        const unsigned log = (unsigned)dt_column_int(&logs);
        struct dt_query q = dt_query(store, DT_SQL_FACT_LIST);
        dt_bind_int(&q, line);
        dt_bind_int(&q, (int64_t)dt_store_key_of(log, 0));
        dt_bind_int(&q, (int64_t)dt_store_key_of(log, DT_STORE_SEQ_MAX));
        more = show_facts(&q, fn, ctx);
        logs.err = dt_end(&q);
    }
    return dt_end(&logs);
}

enum dt_err dt_store_fact_count(struct dt_store *store, unsigned line, uint64_t *count)
{
    struct dt_query q = dt_query(store, DT_SQL_FACT_COUNT);
    dt_bind_int(&q, line);
    *count = dt_row(&q) ? (uint64_t)dt_column_int(&q) : 0;
    return dt_end(&q);
}

enum dt_err dt_store_fact_clear(struct dt_store *store, unsigned line)
{
    struct dt_query q = dt_query(store, DT_SQL_FACT_CLEAR);
    dt_bind_int(&q, line);
    DT_TRY(dt_run(&q));
    struct dt_query flash = dt_query(store, DT_SQL_FLASH_CLEAR);
    dt_bind_int(&flash, line);
    return dt_run(&flash);
}

/* --- what counts against a member's FLASH budget --------------------------------------- */

/* Each class of a member has a budget of its own: what is played uses up nothing of what is real. */
static int64_t flash_account(const struct dt_fact *fact)
{
    return dt_wid_member(fact->wid) | (int64_t)(fact->flags >> 2 & 3u) << 8;
}

enum dt_err dt_store_flash_put(struct dt_store *store, unsigned line, const struct dt_fact *fact)
{
    struct dt_query q = dt_query(store, DT_SQL_FLASH_PUT);
    dt_bind_int(&q, line);
    dt_bind_int(&q, flash_account(fact));
    dt_bind_int(&q, fact->time_ms);
    dt_bind_int(&q, fact->wid);
    dt_bind_int(&q, (int64_t)fact->seq);
    return dt_run(&q);
}

enum dt_err dt_store_flash_before(struct dt_store *store, unsigned line, const struct dt_fact *fact,
                                  int64_t after_ms, unsigned most, unsigned *count)
{
    struct dt_query q = dt_query(store, DT_SQL_FLASH_BEFORE);
    dt_bind_int(&q, line);
    dt_bind_int(&q, flash_account(fact));
    dt_bind_int(&q, after_ms);
    dt_bind_int(&q, fact->time_ms);
    dt_bind_int(&q, fact->wid);
    dt_bind_int(&q, (int64_t)fact->seq);
    dt_bind_int(&q, most);
    *count = dt_row(&q) ? (unsigned)dt_column_int(&q) : 0;
    return dt_end(&q);
}

/* --- open items --------------------------------------------------------------------- */

static enum dt_err set_mark(struct dt_store *store, dt_store_key key, int64_t mark,
                            int64_t since_ms)
{
    struct dt_fact_waiting *last =
        store->waiting_count > 0 ? &store->waiting[store->waiting_count - 1] : NULL;
    if (last != NULL && last->key == (int64_t)key) {
        last->open = mark;
        last->since_ms = since_ms;
        return DT_OK;
    }
    struct dt_query q = dt_query(store, DT_SQL_OPEN_SET);
    dt_bind_int(&q, (int64_t)key);
    dt_bind_int(&q, mark);
    dt_bind_int(&q, since_ms);
    return dt_run_on_one(&q, DT_ERR_UNKNOWN_RECORD);
}

enum dt_err dt_store_open_set(struct dt_store *store, dt_store_key key,
                              enum dt_precedence precedence, int64_t since_ms)
{
    return set_mark(store, key, (int64_t)precedence + 1, since_ms);
}

enum dt_err dt_store_await_set(struct dt_store *store, dt_store_key key,
                               enum dt_precedence precedence, int64_t due_ms)
{
    return set_mark(store, key, -(int64_t)precedence - 1, due_ms);
}

enum dt_err dt_store_await_list(struct dt_store *store, unsigned line, int64_t until_ms,
                                dt_store_fact_fn fn, void *ctx)
{
    struct dt_query q = dt_query(store, DT_SQL_AWAIT_LIST);
    dt_bind_int(&q, line);
    dt_bind_int(&q, until_ms);
    show_facts(&q, fn, ctx);
    return dt_end(&q);
}

enum dt_err dt_store_await_next(struct dt_store *store, int64_t *due_ms)
{
    struct dt_query q = dt_query(store, DT_SQL_AWAIT_NEXT);
    *due_ms = INT64_MAX;
    if (dt_row(&q)) {
        const int64_t due = dt_column_int(&q); /* NULL, for no rows, reads as 0 */
        *due_ms = due > 0 ? due : INT64_MAX;
    }
    return dt_end(&q);
}

enum dt_err dt_store_open_clear(struct dt_store *store, dt_store_key key)
{
    struct dt_query q = dt_query(store, DT_SQL_OPEN_CLEAR);
    dt_bind_int(&q, (int64_t)key);
    return dt_run_on_one(&q, DT_ERR_UNKNOWN_RECORD);
}

enum dt_err dt_store_open_list(struct dt_store *store, unsigned line, dt_store_fact_fn fn,
                               void *ctx)
{
    struct dt_query q = dt_query(store, DT_SQL_OPEN_LIST);
    dt_bind_int(&q, line);
    show_facts(&q, fn, ctx);
    return dt_end(&q);
}

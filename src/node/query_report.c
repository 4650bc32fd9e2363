/* SPDX-License-Identifier: ISC */
/* report: the figures of a period (view/report.h), from the facts of that period alone. */
#include <stdlib.h>
#include <string.h>

#include "log/fields.h"
#include "node/query.h"
#include "node/quota.h"
#include "view/report.h"

enum { PAGE = 256 };

struct facts {
    struct dt_fact *fact;
    size_t count, capacity;
    int64_t from_ms; /* older ones end a page */
    bool failed;
};

static bool take(void *ctx, const struct dt_store_fact *row)
{
    struct facts *list = ctx;
    if (row->fact.time_ms < list->from_ms) {
        return false;
    }
    if (list->count == list->capacity) {
        const size_t capacity = list->capacity > 0 ? 2 * list->capacity : PAGE;
        struct dt_fact *grown = realloc(list->fact, capacity * sizeof *grown);
        if (grown == NULL) {
            list->failed = true;
            return false;
        }
        list->fact = grown;
        list->capacity = capacity;
    }
    list->fact[list->count++] = row->fact;
    return true;
}

static enum dt_err add_record(struct dt_report *r, struct dt_line *line,
                              const struct dt_fact *fact, struct facts *about)
{
    struct dt_stored record;
    struct dt_header h = {0};
    about->count = 0;
    about->from_ms = INT64_MIN;
    if (dt_report_needs_about(fact->kind)) {
        if (!dt_record_of(line, fact->wid, fact->seq, &record)) {
            return DT_OK; /* a second history's: it counts for nothing */
        }
        DT_TRY(dt_header_decode(&h, record.header));
        DT_TRY(dt_store_fact_by_target(line->node->store, line->id, fact->wid, fact->seq, take,
                                       about));
        DT_TRY(about->failed ? DT_ERR_NO_MEMORY : DT_OK);
    }
    return dt_report_add(r, fact, h.to, h.to_count, about->fact, about->count);
}

static enum dt_err add_kind(struct dt_report *r, struct dt_line *line, unsigned kind,
                            struct facts *page, struct facts *about)
{
    struct dt_store_cursor cursor = {r->until_ms, 0}; /* strictly before */
    do {
        page->count = 0;
        page->from_ms = r->from_ms;
        DT_TRY(dt_store_fact_by_kind(line->node->store, line->id, kind, &cursor, PAGE, take, page));
        DT_TRY(page->failed ? DT_ERR_NO_MEMORY : DT_OK);
        for (size_t i = 0; i < page->count; i++) {
            dt_quota_demote(line, &page->fact[i]);
            DT_TRY(add_record(r, line, &page->fact[i], about));
        }
    } while (page->count == PAGE);
    return DT_OK;
}

/* --- conflicts ----------------------------------------------------------------------- */

struct conflict_keys {
    struct {
        dt_store_key a, b;
        int64_t first_ms;
    } *row;
    size_t count;
    bool failed;
};

static bool take_conflict(void *ctx, const struct dt_store_conflict *c)
{
    struct conflict_keys *keys = ctx;
    void *grown = realloc(keys->row, (keys->count + 1) * sizeof *keys->row);
    if (grown == NULL) {
        keys->failed = true;
        return false;
    }
    keys->row = grown;
    struct dt_cbor first = dt_cbor_need(c->numbers, DT_CONFLICT_FIRST);
    keys->row[keys->count].a = c->a;
    keys->row[keys->count].b = c->b;
    keys->row[keys->count++].first_ms = dt_cbor_int(&first, INT64_MIN, INT64_MAX);
    return true;
}

static enum dt_err add_conflicts(struct dt_report *r, struct dt_line *line)
{
    struct conflict_keys keys = {NULL, 0, false};
    enum dt_err err = dt_store_conflict_list(line->node->store, line->id, take_conflict, &keys);
    for (size_t i = 0; i < keys.count && err == DT_OK; i++) {
        struct dt_store_fact a, b;
        if (dt_store_fact_get(line->node->store, keys.row[i].a, &a) == DT_OK &&
            dt_store_fact_get(line->node->store, keys.row[i].b, &b) == DT_OK) {
            dt_report_conflict(r, a.fact.time_ms, b.fact.time_ms, keys.row[i].first_ms);
        }
    }
    err = err == DT_OK && keys.failed ? DT_ERR_NO_MEMORY : err;
    free(keys.row);
    return err;
}

/* --- the reply -------------------------------------------------------------------------- */

static void put_times(struct dt_object *o, struct dt_report *r)
{
    dt_obj_key(o, "acknowledgement");
    dt_obj_array(o);
    for (unsigned p = DT_REPORT_PRECEDENCES; p-- > 0;) {
        struct dt_report_times *t = &r->by[p];
        const struct dt_report_spread s = dt_report_spread(t);
        dt_obj_map(o);
        dt_put_string(o, "precedence", dt_precedence_name(p));
        dt_put_int(o, "deadline", r->charter->ack_deadline_ms[p]);
        dt_put_uint(o, "asked", t->asked);
        dt_put_uint(o, "acknowledged", t->acknowledged);
        dt_put_uint(o, "late", t->late);
        dt_put_uint(o, "unanswered", t->asked - t->acknowledged);
        dt_put_time(o, "median", s.count > 0, s.median_ms);
        dt_put_time(o, "p90", s.count > 0, s.p90_ms);
        dt_put_time(o, "max", s.count > 0, s.max_ms);
        dt_obj_end(o);
    }
    dt_obj_end(o);
}

static void put_forces(struct dt_object *o, const struct dt_report_forces *f)
{
    dt_obj_key(o, "forces");
    dt_obj_map(o);
    dt_put_uint(o, "asked", f->asked);
    dt_put_uint(o, "told", f->told);
    dt_put_uint(o, "partly", f->partly);
    dt_put_uint(o, "refused", f->refused);
    dt_put_uint(o, "unreachable", f->unreachable);
    dt_put_uint(o, "will_not_say", f->will_not_say);
    dt_put_uint(o, "silent", f->silent);
    dt_obj_end(o);
}

static void put_named(struct dt_object *o, const char *key, const uint64_t *values, size_t count,
                      const char *(*name)(int64_t))
{
    dt_obj_key(o, key);
    dt_obj_map(o);
    for (size_t i = 0; i < count; i++) {
        dt_put_uint(o, name((int64_t)i), values[i]);
    }
    dt_obj_end(o);
}

/* Everything but `conflicts`, which rest on what can be read here, is equal on all sides. */
static void put_report(struct dt_object *o, struct dt_report *r, const struct dt_line *line)
{
    char tag[9];
    dt_line_tag_text(tag, line);
    dt_obj_key(o, "report");
    dt_obj_map(o);
    dt_put_string(o, "line", tag);
    dt_put_string(o, "title", line->charter->title);
    dt_put_string(o, "class", dt_class_name(line->charter->class_));
    dt_put_int(o, "from", r->from_ms);
    dt_put_int(o, "until", r->until_ms);
    put_times(o, r);
    put_named(o, "missed", r->missed, DT_MISSED_KINDS, dt_missed_name);
    put_named(o, "attempts", r->attempts, DT_ATTEMPTS, dt_attempt_name);
    put_forces(o, &r->forces);
    dt_put_uint(o, "notices", r->notices);
    dt_put_uint(o, "notices_after_start", r->notices_after_start);
    dt_put_uint(o, "amendments", r->amendments);
    dt_put_uint(o, "reported", r->reported);
    dt_put_uint(o, "other_class", r->other_class);
    dt_obj_end(o);
    dt_obj_key(o, "conflicts");
    dt_obj_map(o);
    dt_put_uint(o, "before_start", r->conflicts_before_start);
    dt_put_uint(o, "after_start", r->conflicts_after_start);
    dt_obj_end(o);
}

enum dt_err dt_query_report(struct dt_object *o, struct dt_line *line, struct dt_span request)
{
    struct dt_report r;
    struct facts page = {0}, about = {0};
    struct dt_cbor from = dt_cbor_need_text(request, "from");
    struct dt_cbor until = dt_cbor_need_text(request, "until");
    const int64_t from_ms = dt_cbor_int(&from, 0, DT_TIME_MAX_MS);
    const int64_t until_ms = dt_cbor_int(&until, 0, DT_TIME_MAX_MS);
    DT_TRY(dt_cbor_error(&from));
    DT_TRY(dt_cbor_error(&until));
    DT_TRY(until_ms > from_ms ? DT_OK : DT_ERR_END_BEFORE_START);
    dt_report_init(&r, line->charter, from_ms, until_ms);
    enum dt_err err = DT_OK;
    for (size_t i = 0; dt_report_kind(i) != 0 && err == DT_OK; i++) {
        err = add_kind(&r, line, dt_report_kind(i), &page, &about);
    }
    err = err == DT_OK ? add_conflicts(&r, line) : err;
    if (err == DT_OK) {
        put_report(o, &r, line);
    }
    dt_report_free(&r);
    free(page.fact);
    free(about.fact);
    return err;
}

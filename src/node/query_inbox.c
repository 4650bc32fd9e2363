/* SPDX-License-Identifier: ISC */
/* Request inbox: what waits for an officer, in the order in which it is to be looked at. */
#include <stdlib.h>

#include "node/overdue.h"
#include "node/query.h"
#include "node/watch.h"

/* Rows are taken first: an item needs statements of its own. */
struct row {
    uint16_t wid;
    uint64_t seq;
    unsigned line, log;
    int64_t since_ms;
    bool real;     /* of no exercise, test or drill: NO DUFF, on an exercise line */
    unsigned rank; /* precedence, as it counts here */
};

struct keys {
    struct row row[DT_QUERY_LIMIT_MAX];
    size_t count, limit;
};

static bool take_key(void *ctx, const struct dt_store_fact *fact)
{
    struct keys *keys = ctx;
    if (keys->count == keys->limit) {
        return false;
    }
    keys->row[keys->count].wid = fact->fact.wid;
    keys->row[keys->count].seq = fact->fact.seq;
    keys->row[keys->count].log = dt_store_key_log(fact->key);
    keys->row[keys->count].line = fact->line;
    const bool open = fact->open != 0; /* else it waits because it is overdue */
    keys->row[keys->count].since_ms = open ? fact->open_since_ms : fact->fact.time_ms;
    keys->row[keys->count].real = (fact->fact.flags >> 2 & 3u) == DT_OPERATION;
    keys->row[keys->count].rank = open ? fact->open - 1 : (unsigned)dt_watch_precedence(&fact->fact);
    keys->count++;
    return true;
}

static struct dt_line *line_by_number(struct dt_node *n, unsigned id)
{
    for (size_t i = 0; i < n->line_count; i++) {
        if (n->lines[i]->id == id) {
            return n->lines[i];
        }
    }
    return NULL;
}

static void put_items(struct dt_node *n, struct dt_object *o, const struct keys *keys, bool stages)
{
    dt_obj_key(o, "items");
    dt_obj_array(o);
    for (size_t i = 0; i < keys->count; i++) {
        struct dt_line *line = line_by_number(n, keys->row[i].line);
        if (line != NULL) {
            const struct dt_line_writer *w = dt_line_writer(line, keys->row[i].wid, false);
            const bool other = w != NULL && w->other.id != 0 && w->other.id == keys->row[i].log;
            const uint64_t seq = keys->row[i].seq | (other ? DT_SEQ_OTHER : 0);
            dt_query_item(o, line, keys->row[i].wid, seq, stages);
        }
    }
    dt_obj_end(o);
}

/* What is real before everything that is played, then the most urgent, then the oldest. */
static int compare_rows(const void *a, const void *b)
{
    const struct row *x = a, *y = b;
    if (x->real != y->real) {
        return x->real ? -1 : 1;
    }
    if (x->rank != y->rank) {
        return x->rank > y->rank ? -1 : 1;
    }
    if (x->since_ms != y->since_ms) {
        return x->since_ms < y->since_ms ? -1 : 1;
    }
    return x->wid != y->wid ? (x->wid < y->wid ? -1 : 1) : (x->seq > y->seq) - (x->seq < y->seq);
}

/* What an inbox shows beside what waits: everything somebody may have to act on. */
static const unsigned inbox_kinds[] = {DT_KIND_CHECK_FIRE, DT_KIND_FIRE_ANSWER, DT_KIND_RECALL,
                                       DT_KIND_LIFT,       DT_KIND_MESSAGE,     DT_KIND_NOTICE,
                                       DT_KIND_NOTICE_STATE, DT_KIND_POSITION,
                                       DT_KIND_CONFLICT,     DT_KIND_OUTCOME,     DT_KIND_BLIND};

void dt_query_inbox(struct dt_node *n, struct dt_object *o, const struct dt_line *only,
                    struct dt_span request)
{
    static _Thread_local struct keys keys;
    keys.count = 0;
    const size_t each = dt_query_uint(request, "limit", 100, DT_QUERY_LIMIT_MAX);
    if (!dt_query_bool(request, "all")) {
        keys.limit = DT_QUERY_LIMIT_MAX; /* put in order first: a limit leaves out what matters least */
        (void)!dt_store_open_list(n->store, only != NULL ? only->id : 0, take_key, &keys);
        dt_overdue_list(n, only, take_key, &keys);
        qsort(keys.row, keys.count, sizeof keys.row[0], compare_rows);
        keys.count = keys.count < each ? keys.count : each;
        put_items(n, o, &keys, false);
        return;
    }
    for (size_t l = 0; l < n->line_count; l++) {
        const struct dt_line *line = n->lines[l];
        for (size_t k = 0; k < sizeof inbox_kinds / sizeof inbox_kinds[0]; k++) {
            struct dt_store_cursor cursor = DT_STORE_NEWEST;
            if ((only == NULL || only == line) && keys.count < DT_QUERY_LIMIT_MAX) {
                keys.limit = keys.count + each < DT_QUERY_LIMIT_MAX ? keys.count + each : DT_QUERY_LIMIT_MAX;
                (void)!dt_store_fact_by_kind(n->store, line->id, inbox_kinds[k], &cursor, each,
                                             take_key, &keys);
            }
        }
    }
    put_items(n, o, &keys, true);
}

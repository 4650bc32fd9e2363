/* SPDX-License-Identifier: ISC */
/* What clients are told once the disk has it: replies to appends, receipts, events. */
#include <stdlib.h>
#include <string.h>

#include "node/overdue.h"
#include "node/plans.h"
#include "node/query.h"
#include "node/quota.h"

bool dt_node_grow(void *array, size_t count, size_t *capacity, size_t item)
{
    if (count < *capacity) {
        return true;
    }
    const size_t more = *capacity > 0 ? 2 * *capacity : 64;
    void *grown = realloc(*(void **)array, more * item);
    if (grown == NULL) {
        return false;
    }
    *(void **)array = grown;
    *capacity = more;
    return true;
}

/* What was asked last: hundreds wait at a time, nearly all for the same member. */
struct cosigned {
    const struct dt_line *line;
    unsigned member;
    uint64_t size;
};

/* Size of our log that some node of that member has cosigned. */
static uint64_t cosigned_by(const struct dt_line *line, unsigned member, struct cosigned *last)
{
    uint64_t best = 0;
    if (last->line == line && last->member == member) {
        return last->size;
    }
    for (unsigned number = 1; number <= DT_WRITERS_MAX; number++) {
        const uint64_t size = dt_sync_cosigned(&line->sync, dt_wid(member, number));
        best = size > best ? size : best;
    }
    *last = (struct cosigned){line, member, best};
    return best;
}

static bool addressed(const struct dt_reply_due *due, unsigned member)
{
    for (unsigned i = 0; i < due->to_count; i++) {
        if (due->to[i] == member) {
            return true;
        }
    }
    return due->to_all;
}

static bool all_stored(const struct dt_reply_due *due, struct cosigned *last)
{
    for (unsigned m = 0; m < due->line->charter->member_count; m++) {
        if (m != due->line->me && addressed(due, m) &&
            cosigned_by(due->line, m, last) <= due->seq) {
            return false;
        }
    }
    return true;
}

/* Its author hears at once that his FLASH counts as IMMEDIATE. */
static bool was_demoted(const struct dt_reply_due *due)
{
    const struct dt_line_writer *own = dt_line_writer(due->line, due->line->wid, false);
    struct dt_store_fact row;
    return due->flash && !due->unchanged &&
           dt_store_fact_get(due->line->node->store, dt_store_key_of(own->log.id, due->seq),
                             &row) == DT_OK &&
           dt_quota_demoted(due->line, &row.fact);
}

static void reply_append(struct dt_node *n, const struct dt_reply_due *due)
{
    struct dt_client_state *client = dt_control_client(n, due->client);
    struct dt_object o;
    char id[DT_RECORD_ID_SIZE];
    if (client == NULL) {
        return;
    }
    const uint16_t wid = due->unchanged ? due->wid : due->line->wid;
    dt_record_id(id, n->home.code, dt_wid_number(wid), due->seq, due->leaf);
    dt_reply_begin(&o, due->re);
    dt_obj_key(&o, "id");
    dt_obj_string(&o, id);
    dt_obj_key(&o, "wid");
    dt_obj_uint(&o, wid);
    dt_obj_key(&o, "seq");
    dt_obj_uint(&o, due->seq);
    dt_obj_key(&o, "leaf");
    dt_obj_bytes(&o, dt_span(due->leaf, DT_HASH_SIZE));
    if (due->unchanged) {
        dt_obj_key(&o, "unchanged");
        dt_obj_bool(&o, true);
    }
    if (was_demoted(due)) {
        dt_obj_key(&o, "demoted");
        dt_obj_bool(&o, true);
    }
    if (due->wait_stored) {
        dt_obj_key(&o, "stored");
        dt_obj_array(&o);
        for (unsigned m = 0; m < due->line->charter->member_count; m++) {
            if (m != due->line->me && addressed(due, m)) {
                dt_obj_string(&o, due->line->charter->members[m].code);
            }
        }
        dt_obj_end(&o);
    }
    dt_obj_end(&o);
    dt_control_send(n, client, &o);
}

static void settle_waiting(struct dt_node *n)
{
    size_t kept = 0;
    struct cosigned last = {0};
    for (size_t i = 0; i < n->waiting_count; i++) {
        if (all_stored(&n->waiting[i], &last)) {
            reply_append(n, &n->waiting[i]);
        } else {
            n->waiting[kept++] = n->waiting[i];
        }
    }
    n->waiting_count = kept;
}

/* One event to each follower, as much of it as the follower's role shows. */
static void tell_followers(struct dt_node *n, const char *name, const char *key,
                           void (*put)(struct dt_object *o, const void *what), const void *what)
{
    for (size_t i = 0; i < DT_CLIENTS_MAX; i++) {
        struct dt_client_state *client = &n->clients[i];
        struct dt_object o;
        if (client->fd < 0 || !client->follows) {
            continue;
        }
        n->withhold = dt_role_of(n, client) == DT_ROLE_NONE;
        dt_obj_init(&o);
        dt_obj_map(&o);
        dt_obj_key(&o, "event");
        dt_obj_string(&o, name);
        dt_obj_key(&o, key);
        put(&o, what);
        dt_obj_end(&o);
        dt_control_send(n, client, &o);
    }
}

static void put_record(struct dt_object *o, const void *what)
{
    const struct dt_event_due *event = what;
    dt_query_item(o, event->line, event->wid, event->seq, false);
}

static void put_overdue(struct dt_object *o, const void *what)
{
    const struct dt_event_due *event = what;
    const struct dt_line *line = event->line;
    for (size_t i = 0; i < line->overdue_count; i++) {
        if (line->overdue[i].ref.wid == event->wid && line->overdue[i].ref.seq == event->seq) {
            dt_overdue_put(o, event->line, &line->overdue[i]);
            return;
        }
    }
    dt_obj_null(o); /* it has arrived since */
}

static void put_conflict(struct dt_object *o, const void *what)
{
    const struct dt_conflict_due *due = what;
    dt_query_conflict(o, due->line, due->id);
}

struct plan_told {
    struct dt_node *n;
    const struct dt_plan_kept *plan;
};

static void put_plan(struct dt_object *o, const void *what)
{
    const struct plan_told *told = what;
    dt_put_plan(o, told->n, told->plan);
}

void dt_control_plan(struct dt_node *n, const struct dt_plan_kept *plan)
{
    const struct plan_told told = {n, plan};
    tell_followers(n, "plan", "plan", put_plan, &told);
}

void dt_control_conflict(struct dt_line *line, const uint8_t id[static DT_HASH_SIZE])
{
    struct dt_node *n = line->node;
    if (n->conflict_count < DT_CONFLICTS_A_PASS) {
        struct dt_conflict_due *due = &n->conflicts[n->conflict_count++];
        due->line = line;
        memcpy(due->id, id, DT_HASH_SIZE);
    }
}

void dt_control_overdue(struct dt_line *line, const struct dt_ref *ref)
{
    struct dt_node *n = line->node;
    if (dt_node_write(n) == DT_OK &&
        dt_node_grow(&n->events, n->event_count, &n->event_capacity, sizeof *n->events)) {
        n->events[n->event_count++] =
            (struct dt_event_due){line, ref->wid, ref->seq, true};
    }
}

/* Room for one more that waits; first those go whose client has gone. */
static bool wait_room(struct dt_node *n)
{
    size_t kept = 0;
    for (size_t i = 0; i < n->waiting_count && n->waiting_count == n->waiting_capacity; i++) {
        if (dt_control_client(n, n->waiting[i].client) != NULL) {
            n->waiting[kept++] = n->waiting[i];
        }
    }
    n->waiting_count = n->waiting_count == n->waiting_capacity ? kept : n->waiting_count;
    return dt_node_grow(&n->waiting, n->waiting_count, &n->waiting_capacity, sizeof *n->waiting);
}

void dt_control_committed(struct dt_node *n, enum dt_err err)
{
    struct cosigned last = {0};
    for (size_t i = 0; i < n->reply_count; i++) {
        struct dt_reply_due *due = &n->replies[i];
        struct dt_client_state *client = dt_control_client(n, due->client);
        if (client == NULL) {
            continue;
        }
        if (err != DT_OK) {
            dt_control_error(n, client, due->re, err, "append");
        } else if (!due->wait_stored || all_stored(due, &last)) {
            reply_append(n, due);
        } else if (wait_room(n)) {
            n->waiting[n->waiting_count++] = *due;
        }
    }
    n->reply_count = 0;
    if (err == DT_OK && n->receipts_moved) {
        settle_waiting(n);
    }
    n->receipts_moved = false;
    for (size_t i = 0; i < n->event_count && err == DT_OK; i++) {
        if (n->events[i].overdue) {
            tell_followers(n, "overdue", "overdue", put_overdue, &n->events[i]);
        } else {
            tell_followers(n, "record", "item", put_record, &n->events[i]);
        }
    }
    n->event_count = 0;
    for (size_t i = 0; i < n->conflict_count && err == DT_OK; i++) {
        tell_followers(n, "conflict", "conflict", put_conflict, &n->conflicts[i]);
    }
    n->conflict_count = 0;
}

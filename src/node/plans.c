/* SPDX-License-Identifier: ISC */
#include <stdlib.h>
#include <string.h>

#include "base/try.h"
#include "cbor/cbor.h"
#include "node/plans_file.h"
#include "node/query.h"

static void remove_at(struct dt_plans *plans, size_t at)
{
    dt_plan_forget(&plans->plan[at]);
    plans->count--;
    memmove(&plans->plan[at], &plans->plan[at + 1], (plans->count - at) * sizeof plans->plan[0]);
}

/* When the first of them expires. */
static void find_due(struct dt_plans *plans)
{
    plans->due_ms = INT64_MAX;
    for (size_t i = 0; i < plans->count; i++) {
        plans->due_ms = plans->plan[i].until_ms < plans->due_ms ? plans->plan[i].until_ms : plans->due_ms;
    }
}

enum dt_err dt_plans_load(struct dt_node *n)
{
    size_t size = 0;
    uint8_t *bytes = malloc(DT_PLANS_FILE_MAX);
    n->plans = calloc(1, sizeof *n->plans);
    enum dt_err err = bytes != NULL && n->plans != NULL ? DT_OK : DT_ERR_NO_MEMORY;
    err = err == DT_OK ? dt_home_read(&n->home, "plans", bytes, DT_PLANS_FILE_MAX, &size) : err;
    if (err == DT_OK) {
        err = dt_plans_open(n, dt_span(bytes, size));
    } else if (err == DT_ERR_NO_HOME) {
        err = DT_OK; /* none yet */
    }
    free(bytes);
    if (err != DT_OK && err != DT_ERR_NO_MEMORY) {
        dt_node_log(n, "error", "the plans cannot be read and are left as they are: %s", dt_err_name(err));
        free(n->plans);
        n->plans = NULL;
        return DT_OK; /* a node without them is better than none */
    }
    if (err == DT_OK) {
        n->plans->stale = true;
        find_due(n->plans);
    }
    return err;
}

void dt_plans_stop(struct dt_node *n)
{
    if (n->plans != NULL) {
        dt_plans_clear(n->plans);
    }
    free(n->plans);
    n->plans = NULL;
}

/* --- comparing -------------------------------------------------------------------------------- */

static bool was_seen(const struct dt_plan_kept *p, const uint8_t leaf[static DT_HASH_SIZE], bool *there)
{
    *there = false;
    for (size_t i = 0; i < p->hit_count; i++) {
        if (memcmp(p->hits[i].leaf, leaf, DT_HASH_SIZE) == 0) {
            *there = true;
            return p->hits[i].seen;
        }
    }
    return false;
}

static void log_hit(const struct dt_node *n, const struct dt_line *line, const struct dt_plan_kept *p,
                    const struct dt_match *match)
{
    char id[DT_RECORD_ID_SIZE];
    dt_record_id(id, line->charter->members[match->member].code, dt_wid_number(match->other.wid),
                 match->other.seq, match->other.leaf);
    dt_node_log(n, "alarm", "plan %s: %s comes too close, severity=%d", p->name, id,
                (int)match->conflict.rule.severity);
}

/* True if what it comes too close to is not what it was. */
static bool compare(struct dt_node *n, const struct dt_line *line, struct dt_plan_kept *p,
                    struct dt_plan_memory *m)
{
    struct dt_plan_kept before = *p;
    struct dt_match_sum sum;
    bool changed = false;
    if (dt_plan_read(m, p) != DT_OK) {
        return false; /* it was judged when it was added */
    }
    const struct dt_conflict_side side = {
        line->me, {line->wid, INT64_MAX, {0}}, &m->clear, &m->plain, false, m->clear.end_ms, 0, 0};
    p->hit_count = dt_matcher_query(&line->board.matcher, &side, dt_now_ms(), m->matches,
                                    DT_PLAN_HITS_MAX, &sum);
    for (size_t i = 0; i < p->hit_count; i++) {
        const struct dt_match *match = &m->matches[i];
        bool there = false;
        p->hits[i].seen = was_seen(&before, match->other.leaf, &there);
        p->hits[i].severity = (unsigned)match->conflict.rule.severity;
        memcpy(p->hits[i].leaf, match->other.leaf, DT_HASH_SIZE);
        if (!there) {
            changed = p->tell = true;
            log_hit(n, line, p, match);
        }
    }
    return changed || p->hit_count != before.hit_count;
}

static bool compare_all(struct dt_node *n)
{
    bool changed = false;
    struct dt_plan_memory *m = malloc(sizeof *m);
    n->plans->stale = m == NULL;
    for (size_t i = 0; i < n->plans->count && m != NULL; i++) {
        struct dt_plan_kept *p = &n->plans->plan[i];
        const struct dt_line *line = dt_line_by_id(n, p->line);
        changed = (line != NULL && compare(n, line, p, m)) || changed;
    }
    if (m != NULL) {
        dt_wipe(m, sizeof *m);
    }
    free(m);
    return changed;
}

static bool expire(struct dt_node *n)
{
    struct dt_plans *plans = n->plans;
    const int64_t now = dt_now_ms();
    bool any = false;
    for (size_t i = plans->count; i-- > 0;) {
        if (plans->plan[i].until_ms <= now) {
            dt_node_log(n, "info", "plan %s is over and forgotten", plans->plan[i].name);
            remove_at(plans, i);
            any = true;
        }
    }
    find_due(plans);
    return any;
}

static size_t unseen(const struct dt_plan_kept *p, unsigned *severity)
{
    size_t count = 0;
    *severity = 0;
    for (size_t i = 0; i < p->hit_count; i++) {
        if (!p->hits[i].seen) {
            count++;
            *severity = p->hits[i].severity > *severity ? p->hits[i].severity : *severity;
        }
    }
    return count;
}

const struct dt_plan_kept *dt_plans_alarm(const struct dt_node *n, unsigned *severity)
{
    const struct dt_plan_kept *found = NULL;
    *severity = 0;
    for (size_t i = 0; n->plans != NULL && i < n->plans->count; i++) {
        unsigned own = 0;
        if (unseen(&n->plans->plan[i], &own) > 0 && own > *severity) {
            *severity = own;
            found = &n->plans->plan[i];
        }
    }
    return found;
}

void dt_plans_tick(struct dt_node *n)
{
    if (n->plans == NULL) {
        return;
    }
    bool changed = n->plans->due_ms <= dt_now_ms() && expire(n);
    changed = (n->plans->stale && compare_all(n)) || changed;
    if (changed) {
        (void)!dt_plans_keep(n); /* said; what is in memory holds */
    }
    for (size_t i = 0; i < n->plans->count; i++) {
        if (n->plans->plan[i].tell) {
            n->plans->plan[i].tell = false;
            dt_alarm_wake(n);
            dt_control_plan(n, &n->plans->plan[i]);
        }
    }
}

/* --- requests ---------------------------------------------------------------------------------- */

void dt_put_plan(struct dt_object *o, struct dt_node *n, const struct dt_plan_kept *p)
{
    char tag[9] = "";
    unsigned severity = 0;
    const struct dt_line *line = dt_line_by_id(n, p->line);
    struct dt_plan_memory *m = malloc(sizeof *m);
    if (line != NULL) {
        dt_line_tag_text(tag, line);
    }
    dt_obj_map(o);
    dt_put_string(o, "name", p->name);
    dt_put_string(o, "line", tag);
    dt_put_uint(o, "conflicts", p->hit_count);
    dt_put_uint(o, "unseen", unseen(p, &severity));
    dt_put_string(o, "severity", severity > 0 ? dt_severity_name((int64_t)severity) : "");
    dt_put_int(o, "until", p->until_ms);
    if (!n->withhold && m != NULL && dt_plan_read(m, p) == DT_OK) {
        dt_put_string(o, "title", m->plain.title);
        dt_put_string(o, "category", dt_category_name((int64_t)m->clear.category));
        dt_put_int(o, "start", m->clear.start_ms);
        dt_put_int(o, "end", m->clear.end_ms);
        if (n->shapes) {
            const struct dt_span body = dt_plan_body(p), plain = dt_plan_plain(p);
            dt_obj_key(o, "clear");
            dt_obj_bytes(o, body);
            dt_obj_key(o, "plain");
            dt_obj_bytes(o, plain);
        }
    }
    dt_obj_end(o);
    if (m != NULL) {
        dt_wipe(m, sizeof *m);
    }
    free(m);
}

static struct dt_plan_kept *find(struct dt_plans *plans, const char *name)
{
    for (size_t i = 0; i < plans->count; i++) {
        if (strcmp(plans->plan[i].name, name) == 0) {
            return &plans->plan[i];
        }
    }
    return NULL;
}

static enum dt_err add(struct dt_node *n, const struct dt_line *line, struct dt_span request,
                       struct dt_object *o)
{
    struct dt_plan_kept made;
    struct dt_plans *plans = n->plans;
    struct dt_cbor body = dt_cbor_need_text(request, "body"), plain = dt_cbor_need_text(request, "plain");
    const struct dt_span body_bytes = dt_cbor_bytes(&body, 1, DT_BODY_MAX);
    const struct dt_span plain_bytes = dt_cbor_bytes(&plain, 1, DT_SEALED_MAX);
    DT_TRY(dt_cbor_error(&body));
    DT_TRY(dt_cbor_error(&plain));
    DT_TRY(dt_plan_make(&made, line->charter->id, body_bytes, plain_bytes));
    struct dt_plan_kept *there = find(plans, made.name);
    enum dt_err err = DT_OK;
    if (there != NULL) {
        dt_plan_forget(&made);
    } else if (made.until_ms <= dt_now_ms()) {
        dt_plan_forget(&made);
        return DT_ERR_IN_THE_PAST;
    } else if (plans->count == DT_PLANS_MAX) {
        dt_plan_forget(&made);
        return DT_ERR_CAPACITY;
    } else {
        plans->plan[plans->count++] = made;
        err = dt_plans_keep(n);
        if (err != DT_OK) {
            remove_at(plans, plans->count - 1);
            return err;
        }
        there = &plans->plan[plans->count - 1];
        plans->stale = true;
        find_due(plans);
        dt_plans_tick(n);
    }
    dt_obj_key(o, "plan");
    dt_put_plan(o, n, there);
    return DT_OK;
}

static enum dt_err look(struct dt_node *n, const char *name, struct dt_object *o)
{
    struct dt_plan_kept *p = find(n->plans, name);
    struct dt_line *line = p != NULL ? dt_line_by_id(n, p->line) : NULL;
    if (line == NULL) {
        return DT_ERR_UNKNOWN_RECORD;
    }
    dt_obj_key(o, "plan");
    dt_put_plan(o, n, p); /* with what nobody had looked at before */
    DT_TRY(dt_query_check(o, line, dt_plan_body(p), dt_plan_plain(p)));
    bool changed = false;
    for (size_t i = 0; i < p->hit_count; i++) {
        changed = changed || !p->hits[i].seen;
        p->hits[i].seen = true;
    }
    return changed ? dt_plans_keep(n) : DT_OK;
}

static enum dt_err drop(struct dt_node *n, const char *name)
{
    struct dt_plan_kept *p = find(n->plans, name);
    if (p == NULL) {
        return DT_ERR_UNKNOWN_RECORD;
    }
    remove_at(n->plans, (size_t)(p - n->plans->plan));
    find_due(n->plans);
    return dt_plans_keep(n);
}

static void list(struct dt_node *n, struct dt_object *o)
{
    dt_obj_key(o, "items");
    dt_obj_array(o);
    for (size_t i = 0; i < n->plans->count; i++) {
        dt_put_plan(o, n, &n->plans->plan[i]);
    }
    dt_obj_end(o);
}

void dt_plans_status(struct dt_object *o, struct dt_node *n)
{
    unsigned severity = 0;
    dt_obj_key(o, "plans");
    dt_obj_array(o);
    for (size_t i = 0; n->plans != NULL && i < n->plans->count; i++) {
        if (unseen(&n->plans->plan[i], &severity) > 0) {
            dt_put_plan(o, n, &n->plans->plan[i]);
        }
    }
    dt_obj_end(o);
}

static enum dt_err answer(struct dt_node *n, struct dt_line *line, const char *cmd, struct dt_span request,
                          struct dt_object *o)
{
    char name[DT_PLAN_NAME_SIZE + 1] = "";
    struct dt_cbor c;
    if (n->plans == NULL) {
        return DT_ERR_DOES_NOT_OPEN;
    }
    if (strcmp(cmd, "plan_add") == 0) {
        return add(n, line, request, o);
    }
    if (strcmp(cmd, "plans") == 0) {
        list(n, o);
        return DT_OK;
    }
    if (dt_cbor_find_text(request, "name", &c)) {
        const struct dt_span text = dt_cbor_text(&c, DT_PLAN_NAME_SIZE - 1);
        DT_TRY(dt_cbor_error(&c));
        memcpy(name, text.data, text.size);
    }
    return strcmp(cmd, "plan_check") == 0 ? look(n, name, o) : drop(n, name);
}

bool dt_query_plans(struct dt_node *n, struct dt_client_state *client, uint64_t re, const char *cmd,
                    struct dt_span request)
{
    struct dt_object o;
    bool failed = false;
    const bool adding = strcmp(cmd, "plan_add") == 0;
    if (!adding && strcmp(cmd, "plans") != 0 && strcmp(cmd, "plan_check") != 0 &&
        strcmp(cmd, "plan_drop") != 0) {
        return false;
    }
    struct dt_line *line = adding ? dt_query_line(n, client, re, request, true, &failed) : NULL;
    if (failed) {
        return true;
    }
    dt_reply_begin(&o, re);
    const enum dt_err err = answer(n, line, cmd, request, &o);
    if (err != DT_OK) {
        dt_obj_free(&o);
        dt_control_error(n, client, re, err, "plan");
        return true;
    }
    dt_obj_end(&o);
    dt_control_send(n, client, &o);
    return true;
}

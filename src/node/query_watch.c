/* SPDX-License-Identifier: ISC */
/* What a watch asks for: the settings agreed on, who has not answered, which forces have not
 * been told (docs/control.md). */
#include <stdlib.h>
#include <string.h>

#include "node/query.h"
#include "node/quota.h"
#include "view/stage.h"
#include "view/watch.h"

/* Each of what is unanswered, and the own notices and check-fires of each line. */
enum { AWAITED_MAX = 2000 };

void dt_query_settings(struct dt_object *o, const struct dt_charter *charter)
{
    static const char *const two[] = {"flash", "fires", "suspend"};
    dt_obj_key(o, "two_officers");
    dt_obj_array(o);
    for (unsigned i = 0; i < sizeof two / sizeof two[0]; i++) {
        if ((charter->two_officers >> i & 1u) != 0) {
            dt_obj_string(o, two[i]);
        }
    }
    dt_obj_end(o);
    dt_put_int(o, "test_period", charter->test_ms);
    dt_obj_key(o, "attempts");
    dt_obj_array(o);
    for (size_t i = 0; i < DT_ATTEMPT_STEPS; i++) {
        dt_obj_uint(o, charter->attempt_percent[i]);
    }
    dt_obj_end(o);
    dt_put_int(o, "watch", charter->watch_ms);
    dt_obj_key(o, "leads");
    dt_obj_map(o);
    for (int i = 1; i <= DT_RULE_CATEGORIES; i++) {
        if (charter->lead_ms[i] > 0) {
            dt_put_int(o, dt_category_name(i), charter->lead_ms[i]);
        }
    }
    dt_obj_end(o);
    dt_obj_key(o, "deadlines");
    dt_obj_array(o);
    for (int p = DT_FLASH; p >= DT_ROUTINE; p--) {
        dt_obj_uint(o, (uint64_t)charter->ack_deadline_ms[p]);
    }
    dt_obj_end(o);
}

/* --- who has not answered -------------------------------------------------------------- */

struct awaited {
    struct {
        struct dt_fact fact;
        unsigned line;
    } *rows;
    size_t count, capacity;
    const struct dt_line *own; /* only what our party wrote on it; NULL: all */
    size_t most;               /* rows; of those left out it is only known */
    bool more;                 /* that there are some */
};

static bool take_row(void *ctx, const struct dt_store_fact *row)
{
    struct awaited *a = ctx;
    if (a->own != NULL && dt_wid_member(row->fact.wid) != a->own->me) {
        return true;
    }
    if (a->count == a->most) {
        a->more = true;
        return false;
    }
    if (!dt_node_grow(&a->rows, a->count, &a->capacity, sizeof *a->rows)) {
        return false;
    }
    a->rows[a->count].fact = row->fact;
    a->rows[a->count++].line = row->line;
    return true;
}

/* What was said about one record. */
struct said {
    struct dt_fact *facts;
    size_t count, capacity;
};

static bool take_said(void *ctx, const struct dt_store_fact *row)
{
    struct said *s = ctx;
    if (!dt_node_grow(&s->facts, s->count, &s->capacity, sizeof *s->facts)) {
        return false;
    }
    s->facts[s->count++] = row->fact;
    return true;
}

static void stage_of(const struct dt_fact *fact, const struct said *said, unsigned member,
                     struct dt_stage *out)
{
    struct dt_stage_query query = {.record = {fact->wid, fact->seq, {0}}, .member = member};
    memcpy(query.record.leaf, fact->leaf, DT_HASH_SIZE);
    dt_stage_of(out, &query, said->facts, said->count);
}

static bool answered(const struct dt_fact *fact, const struct said *said, unsigned member)
{
    for (size_t i = 0; i < said->count; i++) {
        const struct dt_fact *f = &said->facts[i];
        if (dt_wid_member(f->wid) == member && dt_ack_met(f, fact->leaf)) {
            return true;
        }
    }
    return false;
}

static void put_tried(struct dt_object *o, const struct dt_fact *fact, const struct said *said)
{
    bool tried[DT_ATTEMPTS] = {false};
    for (size_t i = 0; i < said->count; i++) {
        const struct dt_fact *f = &said->facts[i];
        if (f->kind == DT_KIND_ATTEMPT && f->err == DT_OK && f->code >= 0 &&
            f->code < DT_ATTEMPTS && memcmp(f->target.leaf, fact->leaf, DT_HASH_SIZE) == 0) {
            tried[f->code] = true;
        }
    }
    dt_obj_key(o, "tried");
    dt_obj_array(o);
    for (int step = 0; step < DT_ATTEMPTS; step++) {
        if (tried[step]) {
            dt_obj_string(o, dt_attempt_name(step));
        }
    }
    dt_obj_end(o);
}

static void put_head(struct dt_object *o, const struct dt_line *line, const struct dt_fact *fact,
                     int64_t now_ms)
{
    char tag[9];
    dt_line_tag_text(tag, line);
    dt_put_string(o, "line", tag);
    dt_put_id(o, "id", line, fact->wid, fact->seq, fact->leaf);
    dt_put_string(o, "kind", dt_kind_name(fact->kind));
    dt_put_string(o, "precedence", dt_precedence_name(fact->flags & 3u));
    dt_put_string(o, "class", dt_class_name(fact->flags >> 2 & 3u));
    dt_put_int(o, "time", fact->time_ms);
    dt_put_int(o, "age", now_ms > fact->time_ms ? now_ms - fact->time_ms : 0);
}

static void put_silent(struct dt_object *o, struct dt_line *line, const struct dt_fact *fact,
                       const struct dt_header *h, const struct said *said, int64_t now_ms)
{
    struct dt_fact worth = *fact;
    const struct dt_line_writer *own = dt_line_writer(line, fact->wid, false);
    dt_quota_demote(line, &worth);
    dt_obj_map(o);
    put_head(o, line, fact, now_ms);
    dt_put_int(o, "due", dt_ack_due(line->charter, worth.kind, worth.flags, worth.time_ms));
    dt_put_bool(o, "demoted", worth.flags != fact->flags);
    put_tried(o, fact, said);
    dt_obj_key(o, "silent");
    dt_obj_array(o);
    for (unsigned m = 0; m < line->charter->member_count; m++) {
        struct dt_stage stage;
        int64_t stored_ms = 0;
        if (m == line->me || !dt_header_addresses(h, m) || answered(fact, said, m)) {
            continue;
        }
        stage_of(fact, said, m, &stage);
        const bool stored = own != NULL && dt_item_stored(line, own, m, fact->seq, &stored_ms);
        dt_obj_map(o);
        dt_put_string(o, "code", line->charter->members[m].code);
        dt_put_time(o, "stored", stored, stored_ms);
        dt_put_time(o, "shown", stage.shown.there, stage.shown.time_ms);
        dt_put_bool(o, "reported", stage.report_count > 0);
        dt_obj_end(o);
    }
    dt_obj_end(o);
    dt_obj_end(o);
}

/* A force of a member addressed that has not been told, by all that member says. */
static void put_force(struct dt_object *o, const struct dt_line *line, const struct dt_fact *fact,
                      unsigned member, const struct dt_force *force, const struct dt_stage *stage,
                      int64_t now_ms)
{
    const struct dt_stage_force *said = NULL;
    for (size_t i = 0; i < stage->force_count; i++) {
        said = strcmp(stage->forces[i].name, force->name) == 0 ? &stage->forces[i] : said;
    }
    if (said != NULL && said->state == DT_PASSED_TOLD && said->told == said->units) {
        return;
    }
    dt_obj_map(o);
    put_head(o, line, fact, now_ms);
    dt_put_string(o, "code", line->charter->members[member].code);
    dt_put_string(o, "force", force->name);
    dt_put_bool(o, "guaranteed", force->relation == DT_FORCE_GUARANTEED);
    dt_obj_key(o, "state");
    if (said != NULL) {
        dt_obj_string(o, dt_passed_state_name((int64_t)said->state));
    } else {
        dt_obj_null(o);
    }
    dt_put_time(o, "n", said != NULL && said->told >= 0, said != NULL ? said->told : 0);
    dt_put_time(o, "m", said != NULL && said->units >= 0, said != NULL ? said->units : 0);
    dt_obj_end(o);
}

static void put_forces(struct dt_object *o, struct dt_line *line, const struct dt_fact *fact,
                       const struct dt_header *h, const struct said *said, int64_t now_ms)
{
    struct dt_stage stage;
    for (unsigned m = 0; m < line->charter->member_count; m++) {
        const struct dt_member *member = &line->charter->members[m];
        if (m == line->me || !dt_header_addresses(h, m)) {
            continue;
        }
        stage_of(fact, said, m, &stage);
        for (size_t i = 0; i < member->force_count; i++) {
            put_force(o, line, fact, m, &member->forces[i], &stage, now_ms);
        }
    }
}

/* Does it still matter who was told? */
static bool matters(struct dt_line *line, const struct dt_fact *fact, const struct said *said,
                    int64_t now_ms)
{
    struct dt_life_entry life;
    struct dt_ref ref = {fact->wid, fact->seq, {0}};
    memcpy(ref.leaf, fact->leaf, DT_HASH_SIZE);
    if (fact->kind == DT_KIND_NOTICE) {
        return dt_line_life(line, &ref, now_ms, &life) && life.life <= DT_LIFE_OVERDUE &&
               life.life != DT_LIFE_EXPIRED;
    }
    for (size_t i = 0; i < said->count; i++) {
        const struct dt_fact *f = &said->facts[i];
        if (f->kind == DT_KIND_LIFT && f->err == DT_OK && f->officer_valid &&
            memcmp(f->target.leaf, fact->leaf, DT_HASH_SIZE) == 0) {
            return false;
        }
    }
    return true;
}

static struct dt_line *line_by(struct dt_node *n, unsigned id)
{
    for (size_t i = 0; i < n->line_count; i++) {
        if (n->lines[i]->id == id) {
            return n->lines[i];
        }
    }
    return NULL;
}

/* One map each for what is not acknowledged, or for forces not told. */
static void put_rows(struct dt_node *n, struct dt_object *o, const struct awaited *a, bool forces)
{
    const int64_t now = dt_now_ms();
    dt_obj_array(o);
    for (size_t i = 0; i < a->count; i++) {
        struct dt_line *line = line_by(n, a->rows[i].line);
        const struct dt_fact *fact = &a->rows[i].fact;
        struct said said = {NULL, 0, 0};
        struct dt_stored record;
        struct dt_header h;
        if (line == NULL || fact->err != DT_OK || dt_wid_member(fact->wid) != line->me ||
            !dt_record_of(line, fact->wid, fact->seq, &record) ||
            dt_header_decode(&h, record.header) != DT_OK) {
            continue;
        }
        (void)!dt_store_fact_by_target(n->store, line->id, fact->wid, fact->seq, take_said, &said);
        if (!forces) {
            put_silent(o, line, fact, &h, &said, now);
        } else if (matters(line, fact, &said, now)) {
            put_forces(o, line, fact, &h, &said, now);
        }
        free(said.facts);
    }
    dt_obj_end(o);
}

void dt_query_awaiting(struct dt_node *n, struct dt_object *o, const struct dt_line *only)
{
    static const unsigned kinds[] = {DT_KIND_CHECK_FIRE, DT_KIND_NOTICE};
    struct awaited a = {.most = AWAITED_MAX};
    (void)!dt_store_await_list(n->store, only != NULL ? only->id : 0, INT64_MAX, take_row, &a);
    dt_obj_key(o, "unanswered");
    put_rows(n, o, &a, false);
    a.count = 0;
    for (size_t i = 0; i < n->line_count; i++) {
        for (size_t k = 0; k < sizeof kinds / sizeof kinds[0]; k++) {
            struct dt_store_cursor cursor = DT_STORE_NEWEST;
            if (only == NULL || only == n->lines[i]) {
                a.own = n->lines[i];
                a.most = a.count + AWAITED_MAX;
                (void)!dt_store_fact_by_kind(n->store, n->lines[i]->id, kinds[k], &cursor,
                                             SIZE_MAX, take_row, &a);
            }
        }
    }
    dt_obj_key(o, "not_told");
    put_rows(n, o, &a, true);
    dt_put_bool(o, "more", a.more);
    free(a.rows);
}

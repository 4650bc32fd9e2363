/* SPDX-License-Identifier: ISC */
/* notices, conflicts, check: what is known of activities, and how old that is. */
#include <stdlib.h>
#include <string.h>

#include "log/fields.h"
#include "node/tiers.h"

enum { MATCHES_MAX = 256, PLACES_MAX = 256 };

struct gathered {
    struct dt_fact *facts;
    size_t count, capacity;
    enum dt_err err;
};

static bool gather(void *ctx, const struct dt_store_fact *row)
{
    struct gathered *g = ctx;
    if (g->count == g->capacity) {
        const size_t capacity = g->capacity > 0 ? 2 * g->capacity : 64;
        struct dt_fact *facts = realloc(g->facts, capacity * sizeof *facts);
        if (facts == NULL) {
            g->err = DT_ERR_NO_MEMORY;
            return false;
        }
        g->facts = facts;
        g->capacity = capacity;
    }
    g->facts[g->count++] = row->fact;
    return true;
}

/* Every version on the line at once: NOTICE and NOTICE_STATE facts, and what acknowledges
 * them. */
static enum dt_err all_lives(struct dt_line *line, int64_t now_ms, struct dt_fact **facts,
                             struct dt_life_entry **entries, size_t *entry_count)
{
    static const unsigned kinds[2] = {DT_KIND_NOTICE, DT_KIND_NOTICE_STATE};
    struct gathered g = {0};
    enum dt_err err = DT_OK;
    for (size_t k = 0; k < 2 && err == DT_OK; k++) {
        struct dt_store_cursor cursor = DT_STORE_NEWEST;
        err = dt_store_fact_by_kind(line->node->store, line->id, kinds[k], &cursor, SIZE_MAX,
                                    gather, &g);
    }
    const size_t versions = g.count;
    for (size_t i = 0; i < versions && err == DT_OK && g.err == DT_OK; i++) {
        const uint16_t wid = g.facts[i].wid; /* the array may move below */
        const uint64_t seq = g.facts[i].seq;
        const size_t before = g.count;
        err = dt_store_fact_by_target(line->node->store, line->id, wid, seq, gather, &g);
        size_t kept = before;
        for (size_t k = before; k < g.count; k++) { /* states are there already */
            if (g.facts[k].kind == DT_KIND_ACK) {
                g.facts[kept++] = g.facts[k];
            }
        }
        g.count = kept;
    }
    err = err == DT_OK ? g.err : err;
    struct dt_life_entry *out = err == DT_OK ? calloc(versions + 1, sizeof *out) : NULL;
    size_t count = 0;
    const struct dt_life_line on_it = dt_line_on_it(line);
    if (err == DT_OK) {
        err = out == NULL
                  ? DT_ERR_NO_MEMORY
                  : dt_notice_life(out, versions, &count, &on_it, g.facts, g.count, now_ms);
    }
    if (err != DT_OK) {
        free(g.facts);
        free(out);
        return err;
    }
    *facts = g.facts;
    *entries = out;
    *entry_count = count;
    return DT_OK;
}

void dt_query_life(struct dt_object *o, struct dt_line *line, const struct dt_life_entry *e)
{
    dt_put_string(o, "life", dt_life_name(e->life));
    dt_put_bool(o, "counts", e->counts);
    dt_put_bool(o, "amended", e->amended);
    dt_put_bool(o, "cancelling", e->cancelling);
    dt_obj_key(o, "awaited");
    dt_obj_array(o);
    for (unsigned m = 0; m < line->charter->member_count; m++) {
        if (dt_members_has(&e->awaited, m)) {
            dt_obj_string(o, line->charter->members[m].code);
        }
    }
    dt_obj_end(o);
    dt_put_int(o, "end_now", e->end_ms);
    dt_put_int(o, "delayed_by", e->extension_ms);
    dt_put_int(o, "confirmed", e->confirmed_ms);
}

static void put_life(struct dt_object *o, struct dt_line *line, const struct dt_life_entry *e)
{
    dt_query_item_open(o, line, e->ref.wid, e->ref.seq, true);
    dt_query_life(o, line, e);
    dt_query_outcomes(o, line, &e->ref);
    dt_obj_end(o);
}

static enum dt_err notices(struct dt_object *o, struct dt_line *line, bool all)
{
    struct dt_fact *facts = NULL;
    struct dt_life_entry *entries = NULL;
    size_t count = 0;
    DT_TRY(all_lives(line, dt_now_ms(), &facts, &entries, &count));
    for (size_t i = 0; i < count; i++) {
        if (entries[i].kind == DT_KIND_NOTICE && (all || entries[i].counts)) {
            put_life(o, line, &entries[i]);
        }
    }
    free(facts);
    free(entries);
    return DT_OK;
}

/* --- conflicts -------------------------------------------------------------------- */

struct conflict_row {
    struct dt_store_conflict row;
    uint8_t numbers[DT_STORE_NUMBERS_MAX];
};

struct conflict_rows {
    struct conflict_row *row;
    size_t count;
    const uint8_t *wanted; /* an id, or NULL */
    const char *word;      /* the id's letters, or NULL */
};

static bool take_conflict(void *ctx, const struct dt_store_conflict *c)
{
    struct conflict_rows *rows = ctx;
    char word[DT_CHECK_WORD_SIZE];
    dt_check_word(word, c->id);
    if ((rows->wanted != NULL && memcmp(rows->wanted, c->id, DT_HASH_SIZE) != 0) ||
        (rows->word != NULL && strcmp(rows->word, word) != 0)) {
        return true;
    }
    struct conflict_row *row = realloc(rows->row, (rows->count + 1) * sizeof *row);
    if (row == NULL) {
        return false;
    }
    rows->row = row;
    row[rows->count].row = *c;
    memcpy(row[rows->count].numbers, c->numbers.data, c->numbers.size);
    rows->count++;
    return true;
}

static void put_side(struct dt_object *o, struct dt_line *line, const char *id, const char *code,
                     const struct dt_ref *ref)
{
    dt_put_id(o, id, line, ref->wid, ref->seq, ref->leaf);
    dt_put_string(o, code, line->charter->members[dt_wid_member(ref->wid)].code);
}

/* Lives of the whole line, or NULL to ask for two only. */
struct standing {
    const struct dt_life_entry *entries;
    size_t count;
};

/* What either side could change: the other's as far as it can be read here. */
static enum dt_err put_changes(struct dt_object *o, struct dt_line *line, const struct dt_ref *a,
                               const struct dt_ref *b)
{
    const bool ours_first = dt_wid_member(a->wid) == line->me;
    if (!ours_first && dt_wid_member(b->wid) != line->me) {
        return DT_OK; /* of two others: theirs to settle */
    }
    DT_TRY(dt_query_suggest_for(o, "suggestions", line, ours_first ? a : b));
    return dt_query_suggest_for(o, "theirs_could", line, ours_first ? b : a);
}

/* `only`: with its steps, and with what to change. */
static enum dt_err put_numbers(struct dt_object *o, struct dt_line *line,
                               const struct dt_store_conflict *c, const struct dt_conflict_now *now,
                               bool only)
{
    enum dt_err err = DT_OK;
    char word[DT_CHECK_WORD_SIZE], tag[9];
    dt_check_word(word, c->id);
    dt_line_tag_text(tag, line);
    dt_obj_map(o);
    dt_put_string(o, "id", word);
    dt_put_string(o, "line", tag);
    put_side(o, line, "a", "a_code", &now->asked.a);
    put_side(o, line, "b", "b_code", &now->asked.b);
    dt_query_conflict_life(o, line, now, only);
    dt_put_string(o, "sound", dt_sound_name(dt_conflict_sound(line, c->id)));
    dt_put_int(o, "severity", c->severity);
    dt_put_string(o, "severity_name", dt_severity_name(c->severity));
    dt_put_int(o, "found", c->found_ms);
    dt_put_bool(o, "exact", dt_conflict_number(c, 0) != 0);
    dt_put_string(o, "level", dt_tier_name(dt_conflict_number(c, 11)));
    dt_put_bool(o, "agreed", dt_conflict_number(c, 4) != 0);
    if (line->node->withhold) { /* where and how close comes out of sealed shapes */
        dt_put_bool(o, "withheld", true);
        dt_obj_end(o);
        return err;
    }
    if (dt_conflict_number(c, 11) == (int64_t)DT_TIER_EXISTENCE) { /* no number of it is known here */
        dt_obj_end(o);
        return err;
    }
    dt_put_int(o, "distance_mm", c->distance_mm);
    static const char *const keys[11] = {NULL, "lateral_mm", "vertical_mm", "temporal_ms", NULL,
                                         "lat", "lon", "from", "until", "vertical_gap_mm",
                                         "first"};
    for (unsigned i = 0; i < 11; i++) {
        if (keys[i] != NULL) {
            dt_put_int(o, keys[i], dt_conflict_number(c, i));
        }
    }
    if (only && now->life.state < DT_CONFLICT_OVERTAKEN) {
        err = put_changes(o, line, &now->asked.a, &now->asked.b);
    }
    dt_obj_end(o);
    return err;
}

static enum dt_err put_conflict(struct dt_object *o, struct dt_line *line,
                                const struct conflict_row *c, const struct standing *lives,
                                bool only)
{
    struct dt_conflict_now now;
    struct dt_store_conflict stored = c->row; /* its numbers have moved here */
    stored.numbers = dt_span(c->numbers, c->row.numbers.size);
    const struct dt_conflict_row row = dt_conflict_row_of(line, &stored);
    enum dt_err err = dt_conflict_now(&now, line, &row, lives->entries, lives->count);
    err = err == DT_OK ? put_numbers(o, line, &stored, &now, only) : err;
    dt_conflict_now_free(&now);
    return err;
}

/* All of them, or the one whose id has these letters. */
static enum dt_err conflicts(struct dt_object *o, struct dt_line *line, const char *word)
{
    struct conflict_rows rows = {.word = word};
    struct dt_fact *facts = NULL;
    struct dt_life_entry *entries = NULL;
    size_t count = 0;
    DT_TRY(all_lives(line, dt_now_ms(), &facts, &entries, &count));
    const struct standing lives = {entries, count};
    enum dt_err err = dt_store_conflict_list(line->node->store, line->id, take_conflict, &rows);
    for (size_t i = 0; i < rows.count && err == DT_OK; i++) {
        err = put_conflict(o, line, &rows.row[i], &lives, word != NULL);
    }
    free(rows.row);
    free(facts);
    free(entries);
    return err;
}

void dt_query_conflict(struct dt_object *o, struct dt_line *line,
                       const uint8_t id[static DT_HASH_SIZE])
{
    struct conflict_rows rows = {.wanted = id};
    const struct standing lives = {NULL, 0};
    char word[DT_CHECK_WORD_SIZE];
    dt_check_word(word, id);
    (void)!dt_store_conflict_by_word(line->node->store, line->id, word, take_conflict, &rows);
    if (rows.count > 0) {
        (void)!put_conflict(o, line, &rows.row[0], &lives, false);
    } else {
        dt_obj_null(o);
    }
    free(rows.row);
}

/* --- check ------------------------------------------------------------------------- */

/* What is held of each other member, and how old it is. */
static void put_knowledge(struct dt_object *o, const struct dt_line *line)
{
    const int64_t now = dt_now_ms(), now_us = dt_node_now_us();
    dt_obj_key(o, "knowledge");
    dt_obj_array(o);
    for (unsigned m = 0; m < line->charter->member_count; m++) {
        int64_t seen = 0, heard_us = 0;
        for (size_t i = 0; i < line->writer_count; i++) {
            const struct dt_line_writer *w = line->writers[i];
            if (dt_wid_member(w->wid) == m && w->newest_ms > seen) {
                seen = w->newest_ms;
            }
        }
        for (size_t i = 0; i < line->node->contact_count; i++) {
            const struct dt_contact *c = &line->node->contacts[i];
            if (memcmp(c->root, line->charter->members[m].root, DT_PUBLIC_SIZE) == 0 &&
                c->heard_us > heard_us) {
                heard_us = c->heard_us;
            }
        }
        if (m == line->me) {
            continue;
        }
        /* Their log is as fresh as the last datagram of theirs: heads travel with them. */
        const int64_t heard_ms = heard_us > 0 ? now - (now_us - heard_us) / 1000 : 0;
        const int64_t known = heard_ms > seen ? heard_ms : seen;
        dt_obj_map(o);
        dt_put_string(o, "code", line->charter->members[m].code);
        dt_put_time(o, "seen", known > 0, known);
        dt_put_time(o, "age", known > 0, now - known);
        dt_put_bool(o, "stale", known == 0 || now - known > line->charter->stale_ms ||
                                    known > now + line->charter->stale_ms);
        dt_obj_end(o);
    }
    dt_obj_end(o);
}

struct check_memory {
    struct dt_body_notice clear;
    struct dt_notice_plain plain;
    struct dt_match matches[MATCHES_MAX];
};

static void put_match(struct dt_object *o, const struct dt_line *line,
                      const struct dt_match *match)
{
    const struct dt_notice_conflict *c = &match->conflict;
    dt_obj_map(o);
    dt_put_string(o, "code", line->charter->members[match->member].code);
    dt_put_id(o, "theirs", line, match->other.wid, match->other.seq, match->other.leaf);
    dt_put_bool(o, "exact", c->outcome == DT_PAIR_CONFLICT);
    dt_put_string(o, "level", dt_tier_name((int64_t)c->level));
    dt_put_int(o, "severity", (int64_t)c->rule.severity);
    dt_put_string(o, "severity_name", dt_severity_name((int64_t)c->rule.severity));
    dt_put_bool(o, "agreed", c->rule.agreed);
    dt_put_int(o, "distance_mm", c->distance_mm);
    dt_put_int(o, "lateral_mm", c->rule.separation.lateral_mm);
    dt_put_int(o, "vertical_mm", c->rule.separation.vertical_mm);
    dt_put_int(o, "temporal_ms", c->rule.separation.temporal_ms);
    dt_put_int(o, "lat", c->between.lat_e7);
    dt_put_int(o, "lon", c->between.lon_e7);
    dt_put_int(o, "from", c->when.from_ms);
    dt_put_int(o, "until", c->when.until_ms);
    dt_put_int(o, "vertical_gap_mm", c->vertical_gap_mm);
    dt_put_int(o, "first", c->first_ms);
    dt_obj_end(o);
}

enum dt_err dt_query_check(struct dt_object *o, struct dt_line *line, struct dt_span body_bytes,
                           struct dt_span plain_bytes)
{
    struct check_memory *m = malloc(sizeof *m);
    if (m == NULL) {
        return DT_ERR_NO_MEMORY;
    }
    enum dt_err err = dt_body_notice_decode(&m->clear, body_bytes);
    err = err == DT_OK ? dt_notice_plain_decode(&m->plain, plain_bytes, &m->clear) : err;
    if (err == DT_OK) {
        struct dt_match_sum sum;
        const struct dt_conflict_side side = {
            line->me, {line->wid, INT64_MAX, {0}}, &m->clear, &m->plain, false, m->clear.end_ms, 0, 0};
        const size_t count = dt_matcher_query(&line->board.matcher, &side, dt_now_ms(), m->matches,
                                              MATCHES_MAX, &sum);
        dt_obj_key(o, "conflicts");
        dt_obj_array(o);
        for (size_t i = 0; i < count; i++) {
            put_match(o, line, &m->matches[i]);
        }
        dt_obj_end(o);
        dt_put_uint(o, "more", sum.found - count); /* less grave than those shown */
        dt_put_uint(o, "compared", sum.compared);
        dt_put_uint(o, "cells_only", sum.cell_level);
        dt_put_uint(o, "unreadable", sum.not_comparable);
        put_knowledge(o, line);
        if (sum.found > 0) {
            err = dt_query_suggest(o, "suggestions", line, &side);
        }
    }
    free(m);
    return err;
}

static enum dt_err check(struct dt_object *o, struct dt_line *line, struct dt_span request)
{
    struct dt_cbor body = dt_cbor_need_text(request, "body");
    struct dt_cbor plain = dt_cbor_need_text(request, "plain");
    const struct dt_span body_bytes = dt_cbor_bytes(&body, 1, DT_BODY_MAX);
    const struct dt_span plain_bytes = dt_cbor_bytes(&plain, 1, DT_SEALED_MAX);
    DT_TRY(dt_cbor_error(&body));
    DT_TRY(dt_cbor_error(&plain));
    return dt_query_check(o, line, body_bytes, plain_bytes);
}

/* Where this line's notices are, about: against a place typed wrong. */
static void places(struct dt_object *o, const struct dt_line *line)
{
    struct dt_point at[PLACES_MAX];
    const size_t count = dt_matcher_places(&line->board.matcher, at, PLACES_MAX);
    dt_obj_key(o, "places");
    dt_obj_array(o);
    for (size_t i = 0; i < count; i++) {
        dt_obj_int(o, at[i].lat_e7);
        dt_obj_int(o, at[i].lon_e7);
    }
    dt_obj_end(o);
}

/* --- dispatch -------------------------------------------------------------------------- */

/* Of one notice of ours, or of all. */
static enum dt_err disclosures(struct dt_object *o, struct dt_node *n, struct dt_line *only,
                               struct dt_span request)
{
    struct dt_cbor c;
    struct dt_line *line = only;
    struct dt_ref ref = {0};
    const bool one = dt_cbor_find_text(request, "id", &c);
    if (one) {
        char id[DT_RECORD_ID_SIZE] = "";
        struct dt_stored record;
        const struct dt_span text = dt_cbor_text(&c, sizeof id - 1);
        memcpy(id, text.data, text.size);
        DT_TRY(dt_query_find(n, id, only, &line, &ref.wid, &ref.seq));
        if (dt_wid_member(ref.wid) != line->me) {
            return DT_ERR_NOT_ALLOWED; /* what others give is theirs to say */
        }
        if (!dt_record_of(line, ref.wid, ref.seq, &record)) {
            return DT_ERR_UNKNOWN_RECORD;
        }
        dt_leaf_hash(ref.leaf, record.header);
    }
    dt_obj_key(o, "items");
    dt_obj_array(o);
    dt_query_disclosures(o, line, one ? &ref : NULL);
    dt_obj_end(o);
    dt_obj_key(o, "flagged");
    dt_obj_array(o);
    dt_query_flagged(o, line);
    dt_obj_end(o);
    return DT_OK;
}

static enum dt_err fill(struct dt_object *o, struct dt_node *n, struct dt_line *only,
                        const char *cmd, struct dt_span request)
{
    struct dt_cbor c;
    if (strcmp(cmd, "check") == 0) {
        return check(o, only, request);
    }
    if (strcmp(cmd, "places") == 0) {
        places(o, only);
        return DT_OK;
    }
    if (strcmp(cmd, "report") == 0) {
        return dt_query_report(o, only, request);
    }
    if (strcmp(cmd, "disclosures") == 0) {
        return disclosures(o, n, only, request);
    }
    const bool all = dt_cbor_find_text(request, "all", &c) && dt_cbor_bool(&c);
    char word[DT_CHECK_WORD_SIZE];
    bool one = false;
    enum dt_err err = DT_OK;
    if (dt_cbor_find_text(request, "id", &c)) {
        const struct dt_span text = dt_cbor_text(&c, sizeof word - 1);
        DT_TRY(dt_cbor_error(&c));
        memcpy(word, text.data, text.size);
        word[text.size] = '\0';
        one = true;
    }
    dt_obj_key(o, "items");
    dt_obj_array(o);
    for (size_t i = 0; i < n->line_count && err == DT_OK; i++) {
        if (only == NULL || only == n->lines[i]) {
            err = strcmp(cmd, "notices") == 0 ? notices(o, n->lines[i], all)
                                              : conflicts(o, n->lines[i], one ? word : NULL);
        }
    }
    dt_obj_end(o);
    if (err == DT_OK && (only != NULL || n->line_count == 1)) {
        put_knowledge(o, only != NULL ? only : n->lines[0]); /* no conflict is news without it */
    }
    return err;
}

bool dt_query_notices(struct dt_node *n, struct dt_client_state *client, uint64_t re,
                      const char *cmd, struct dt_span request)
{
    const bool of_one = strcmp(cmd, "check") == 0 || strcmp(cmd, "places") == 0 ||
                        strcmp(cmd, "report") == 0 || strcmp(cmd, "disclosures") == 0;
    bool failed = false;
    if (!of_one && strcmp(cmd, "notices") != 0 && strcmp(cmd, "conflicts") != 0) {
        return false;
    }
    struct dt_line *line = dt_query_line(n, client, re, request, of_one, &failed);
    if (failed) {
        return true;
    }
    struct dt_object o;
    dt_reply_begin(&o, re);
    const enum dt_err err = fill(&o, n, line, cmd, request);
    if (err != DT_OK) {
        dt_obj_free(&o);
        dt_control_error(n, client, re, err, cmd);
        return true;
    }
    dt_obj_end(&o);
    dt_control_send(n, client, &o);
    return true;
}

/* SPDX-License-Identifier: ISC */
/* What a record means at this node: facts, content keys, what waits for us. */
#include <stdlib.h>
#include <string.h>

#include "log/fields.h"
#include "log/statement.h"
#include "node/alarm.h"
#include "node/blind.h"
#include "node/histories.h"
#include "node/quota.h"
#include "node/seen.h"
#include "node/tiers.h"
#include "node/watch.h"
#include "view/blind_body.h"
#include "view/conflict_body.h"

/* --- content keys --------------------------------------------------------------- */

static void cache_key(struct dt_line *line, unsigned party, const uint8_t *key_id,
                      const uint8_t *key)
{
    struct dt_key_cached *slot = &line->keys[line->key_next++ % DT_KEY_CACHE];
    slot->party = party;
    memcpy(slot->key_id, key_id, DT_KEY_ID_SIZE);
    memcpy(slot->key, key, DT_SET_KEY_SIZE);
}

bool dt_line_set_key(struct dt_line *line, unsigned party,
                     const uint8_t key_id[static DT_KEY_ID_SIZE],
                     struct dt_store_content_key *key)
{
    struct dt_store_key_name name = {.party = (uint8_t)party};
    memcpy(name.id, key_id, DT_KEY_ID_SIZE);
    return dt_store_content_key_get(line->node->store, line->id, &name, key) == DT_OK;
}

bool dt_line_key(struct dt_line *line, unsigned party,
                 const uint8_t key_id[static DT_KEY_ID_SIZE], uint8_t key[static DT_SET_KEY_SIZE])
{
    const size_t cached = line->key_next < DT_KEY_CACHE ? line->key_next : DT_KEY_CACHE;
    for (size_t i = 0; i < cached; i++) {
        if (line->keys[i].party == party &&
            memcmp(line->keys[i].key_id, key_id, DT_KEY_ID_SIZE) == 0) {
            memcpy(key, line->keys[i].key, DT_SET_KEY_SIZE);
            return true;
        }
    }
    struct dt_store_content_key stored;
    if (!dt_line_set_key(line, party, key_id, &stored)) {
        return false;
    }
    memcpy(key, stored.key, DT_SET_KEY_SIZE);
    cache_key(line, party, key_id, key);
    dt_wipe(&stored, sizeof stored);
    return true;
}

size_t dt_line_open(struct dt_line *line, uint16_t wid, uint64_t seq, struct dt_span body,
                    uint8_t *out, size_t capacity)
{
    struct dt_sealed sealed;
    bool present = false;
    uint8_t record_key[32];
    size_t size = 0;
    const struct dt_place place = {line->charter->id, wid, seq};
    if (dt_sealed_find(&sealed, body, &present) != DT_OK || !present ||
        !dt_tier_key(line, wid, seq, body, DT_TIER_EXACT, record_key)) {
        return 0;
    }
    const enum dt_err err = dt_open_sealed(out, capacity, &size, &sealed, record_key, &place);
    dt_wipe(record_key, sizeof record_key);
    return err == DT_OK ? size : 0;
}

/* Some of what is closed may open now. */
static void look_again(struct dt_line *line)
{
    dt_board_touch_closed(&line->board);
    line->notices_stale = true;
}

static enum dt_err keep_set_key(struct dt_line *line, uint16_t wid,
                                const struct dt_body_grant *grant, const uint8_t key[static 32])
{
    struct dt_store_content_key row = {
        .creator = wid, .expiry_ms = grant->expiry_ms, .shred = grant->shredded};
    struct dt_store_content_key held;
    dt_key_id(row.key_id, key);
    if (memcmp(row.key_id, grant->key_id, DT_KEY_ID_SIZE) != 0 ||
        (row.shred && grant->expiry_ms <= dt_now_ms())) {
        return DT_OK;
    }
    if (dt_line_set_key(line, dt_wid_member(wid), row.key_id, &held)) {
        dt_wipe(&held, sizeof held); /* the party's first GRANT of it settled its expiry */
        return DT_OK;
    }
    memcpy(row.key, key, sizeof row.key);
    dt_line_shred_by(line, row.shred ? row.expiry_ms : INT64_MAX);
    look_again(line);
    const enum dt_err err = dt_store_content_key_put(line->node->store, line->id, &row);
    dt_wipe(&row, sizeof row);
    return err;
}

/* Of one record only its own party gives a key. */
static enum dt_err keep_single_key(struct dt_line *line, uint16_t wid,
                                   const struct dt_body_grant *grant,
                                   const uint8_t key[static 32])
{
    if (dt_wid_member(wid) != dt_wid_member(grant->wid) ||
        (grant->shredded && grant->expiry_ms <= dt_now_ms())) {
        return DT_OK;
    }
    look_again(line);
    return dt_tier_keep(line, grant->wid, grant->seq, (enum dt_tier)grant->tier, key,
                        grant->expiry_ms, grant->shredded);
}

/* GRANT: a box for us, perhaps. */
static enum dt_err take_grant(struct dt_line *line, uint16_t wid, struct dt_span body)
{
    struct dt_body_grant grant;
    uint8_t key[32];
    enum dt_err err = DT_OK;
    if (wid == line->wid || dt_body_grant_decode(&grant, body) != DT_OK) {
        return DT_OK;
    }
    for (size_t i = 0; i < grant.box_count && err == DT_OK; i++) {
        if (grant.boxes[i].wid == line->wid &&
            dt_grant_open(key, grant.boxes[i].box, grant.key_id, line->charter->id,
                          line->node->keys.reader, line->node->keys.reader_public) == DT_OK) {
            err = grant.single ? keep_single_key(line, wid, &grant, key)
                               : keep_set_key(line, wid, &grant, key);
            dt_wipe(key, sizeof key);
        }
    }
    return err;
}

/* --- what waits for an officer here ------------------------------------------------ */

bool dt_line_waits_for_us(const struct dt_line *line, uint16_t wid, const struct dt_header *h,
                          const struct dt_fact *fact)
{
    switch (fact->kind) {
    case DT_KIND_MESSAGE:
    case DT_KIND_CHECK_FIRE:
    case DT_KIND_NOTICE:
    case DT_KIND_NOTICE_STATE:
    case DT_KIND_RECALL:
    case DT_KIND_LIFT:
    case DT_KIND_RAISED:
        break;
    case DT_KIND_ATTEMPT: /* the record itself waits where it went; this is for who comes after */
        if (fact->code == DT_ATTEMPT_GUARANTOR || fact->code == DT_ATTEMPT_INTERMEDIARY) {
            break;
        }
        return false;
    case DT_KIND_BLIND: /* an officer answers or declines */
        if (fact->code == DT_BLIND_PROPOSED) {
            break;
        }
        return false;
    case DT_KIND_OUTCOME:
        break;
    case DT_KIND_CONFLICT: /* that it was seen is good to know, and nothing to answer */
        if (fact->code != DT_STEP_SEEN) {
            break;
        }
        return false;
    case DT_KIND_TEST: /* somebody wants to know that a person is here */
        if (!fact->has_target) {
            break;
        }
        return false;
    default:
        return false;
    }
    /* In the stop-fire direction nothing is kept from an officer for being malformed; nor
     * anything for being in doubt: it is shown as that. */
    const bool counts = fact->err == DT_OK || fact->err == DT_ERR_FORK ||
                        fact->kind == DT_KIND_CHECK_FIRE;
    return counts && dt_wid_member(wid) != line->me && dt_header_addresses(h, line->me);
}

/* The echo of a test of people, or that it is declined; of a test only. */
static bool settles_test(const struct dt_fact *fact)
{
    return fact->has_target &&
           (fact->kind == DT_KIND_TEST ||
            (fact->kind == DT_KIND_POSITION && fact->code == DT_POSITION_DECLINED));
}

static bool settles_run(const struct dt_fact *fact)
{
    return fact->kind == DT_KIND_BLIND &&
           (fact->code == DT_BLIND_ANSWERED || fact->code == DT_BLIND_DECLINED);
}

/* What an officer of ours says that ends the wait: an ACK, or the answer to a CHECK_FIRE.
 * An answer without an officer leaves it: somebody has yet to stand for it. */
static bool settles_open(const struct dt_line *line, const struct dt_fact *fact)
{
    return (fact->kind == DT_KIND_ACK || fact->kind == DT_KIND_FIRE_ANSWER ||
            settles_test(fact) || settles_run(fact)) &&
           fact->err == DT_OK && fact->officer_valid && dt_wid_member(fact->wid) == line->me;
}

struct settled {
    unsigned kind; /* of the record that waits */
    const struct dt_line *line;
    const uint8_t *leaf;
    bool found;
};

static bool settles(void *ctx, const struct dt_store_fact *row)
{
    struct settled *s = ctx;
    const struct dt_fact *f = &row->fact;
    s->found = settles_open(s->line, f) && (!settles_test(f) || s->kind == DT_KIND_TEST) &&
               memcmp(f->target.leaf, s->leaf, DT_HASH_SIZE) == 0;
    return !s->found;
}

/* A record that is judged again still waits since when it did, or was acknowledged. */
static bool was_marked(struct dt_line *line, dt_store_key key, const struct dt_fact *fact)
{
    struct settled s = {fact->kind, line, fact->leaf, false};
    struct dt_store_fact held;
    if (dt_store_fact_get(line->node->store, key, &held) == DT_OK && held.open != 0) {
        return true;
    }
    return dt_store_fact_by_target(line->node->store, line->id, fact->wid, fact->seq, settles,
                                   &s) == DT_OK &&
           s.found;
}

enum dt_err dt_line_mark_open(struct dt_line *line, dt_store_key key, uint16_t wid,
                              const struct dt_header *header, const struct dt_fact *fact,
                              bool again)
{
    struct dt_store *store = line->node->store;
    if (dt_line_waits_for_us(line, wid, header, fact)) {
        if (again && was_marked(line, key, fact)) {
            return DT_OK;
        }
        struct dt_fact worth = *fact;
        dt_quota_demote(line, &worth);
        enum dt_precedence precedence = dt_watch_precedence(&worth);
        if (dt_blind_beyond(line, fact) && precedence < DT_IMMEDIATE) {
            precedence = DT_IMMEDIATE; /* somebody asks where everything of ours is */
            dt_alarm_wake(line->node);
        }
        return dt_store_open_set(store, key, precedence, dt_now_ms());
    }
    struct dt_store_fact held;
    /* Only the very version that was acknowledged stops waiting. */
    return settles_open(line, fact) && dt_line_fact_of(line, &fact->target, &held) &&
                   (!settles_test(fact) || held.fact.kind == DT_KIND_TEST)
               ? dt_store_open_clear(store, held.key)
               : DT_OK;
}

/* --- records ------------------------------------------------------------------------ */

enum dt_err dt_line_add_event(struct dt_line *line, uint16_t wid, uint64_t seq)
{
    struct dt_node *n = line->node;
    bool anyone = false;
    for (size_t i = 0; i < DT_CLIENTS_MAX; i++) {
        anyone = anyone || (n->clients[i].fd >= 0 && n->clients[i].follows);
    }
    if (!anyone) {
        return DT_OK;
    }
    if (n->event_count == n->event_capacity) {
        const size_t capacity = n->event_capacity > 0 ? 2 * n->event_capacity : 64;
        struct dt_event_due *events = realloc(n->events, capacity * sizeof *events);
        if (events == NULL) {
            return DT_ERR_NO_MEMORY;
        }
        n->events = events;
        n->event_capacity = capacity;
    }
    n->events[n->event_count++] = (struct dt_event_due){line, wid, seq, false};
    return DT_OK;
}

/* The fact, judged by what it refers to, and by it those that spoke of it before. */
static enum dt_err put_fact(struct dt_line *line, const struct dt_line_writer *writer,
                            struct dt_fact *fact, struct dt_span header, bool fresh)
{
    struct dt_store *store = line->node->store;
    uint8_t room[DT_HEADER_MAX]; /* the header may be borrowed from what is read next */
    struct dt_store_fact old;
    memcpy(room, header.data, header.size);
    if (!fresh && dt_store_fact_get(store, dt_store_key_of(writer->log.id, fact->seq), &old) ==
                      DT_OK) {
        DT_TRY(dt_line_touch(line, &old.fact));
    }
    dt_line_refer(line, fact);
    DT_TRY(dt_store_fact_put(store, line->id, writer->log.id, fact));
    DT_TRY(dt_quota_note(line, fact));
    if (fact->kind == DT_KIND_SUSPEND || fact->kind == DT_KIND_LEAVE) {
        line->member_states_known = false;
        (void)dt_line_member_states(line); /* lives ask for them in the midst of a listing */
    }
    DT_TRY(dt_line_touch(line, fact));
    return dt_line_referred(line, fact, dt_span(room, header.size));
}

/* Makes the fact, or takes that of the record which is being appended. `leaf` NULL: hash all. */
static enum dt_err make_fact(struct dt_line *line, uint16_t wid, uint64_t seq, const uint8_t *leaf,
                             struct dt_span header, struct dt_span body, struct dt_fact *fact)
{
    const struct dt_officers officers = dt_line_officers(line);
    if (line->judged != NULL && wid == line->wid && seq == line->judged->seq) {
        *fact = *line->judged;
        return DT_OK;
    }
    return leaf != NULL ? dt_fact_from_made(fact, line->charter, wid, seq, leaf, header, body,
                                            &officers)
                        : dt_fact_from_record(fact, line->charter, wid, seq, header, body,
                                              &officers);
}

static enum dt_err apply(struct dt_line *line, uint16_t wid, uint64_t seq, const uint8_t *leaf,
                         struct dt_span header, struct dt_span body, bool fresh)
{
    struct dt_fact fact;
    struct dt_header h;
    struct dt_line_writer *writer = dt_line_writer(line, wid, false);
    const enum dt_err form = dt_header_decode(&h, header);
    DT_TRY(make_fact(line, wid, seq, leaf, header, body, &fact));
    dt_history_judge(&writer->log, &fact);
    /* What its author writes as its time is no later than when it came. */
    const int64_t now_ms = fresh ? dt_now_ms() : INT64_MIN;
    const int64_t said_ms = fact.time_ms < now_ms ? fact.time_ms : now_ms;
    if (said_ms > writer->newest_ms) {
        writer->newest_ms = said_ms;
    }
    if (seq == 0 && fact.err == DT_OK) {
        struct dt_body_open open;
        struct dt_statement statement;
        struct dt_certificate certificate;
        if (dt_body_open_decode(&open, body) == DT_OK &&
            dt_statement_decode(&statement, open.certificate) == DT_OK &&
            dt_certificate_decode(&certificate, &statement) == DT_OK) {
            memcpy(writer->reader, certificate.reader, DT_PUBLIC_SIZE);
        }
    }
    if (fact.kind == DT_KIND_KEY) {
        DT_TRY(dt_line_take_key(line, wid, body, fact.err == DT_ERR_FORK));
    } else if (fact.kind == DT_KIND_GRANT && fresh) {
        DT_TRY(take_grant(line, wid, body));
    }
    DT_TRY(dt_source_note(line, &fact, body));
    DT_TRY(dt_raised_take(line, &fact, header, body));
    DT_TRY(put_fact(line, writer, &fact, header, fresh));
    if (form == DT_OK) {
        const struct dt_sync_log *log = dt_sync_find_log(&line->sync, wid);
        const bool again = !fresh || seq < writer->referred_end ||
                           (log != NULL && log->ahead_count > 0);
        const dt_store_key key = dt_store_key_of(writer->log.id, seq);
        DT_TRY(dt_line_mark_open(line, key, wid, &h, &fact, again));
        DT_TRY(dt_watch_note(line, &fact, key));
        if (fresh && h.seen_count > 0) {
            DT_TRY(dt_seen_note(line, wid, seq, &h));
        }
    }
    return fresh ? dt_line_add_event(line, wid, seq) : DT_OK;
}

enum dt_err dt_line_apply(struct dt_line *line, uint16_t wid, uint64_t seq, struct dt_span header,
                          struct dt_span body, bool fresh)
{
    return apply(line, wid, seq, NULL, header, body, fresh);
}

enum dt_err dt_line_apply_put(struct dt_line *line, uint16_t wid, uint64_t seq,
                              const uint8_t leaf[static DT_HASH_SIZE], struct dt_span header,
                              struct dt_span body)
{
    return apply(line, wid, seq, leaf, header, body, true);
}

/* --- at start ------------------------------------------------------------------------- */

struct fact_list {
    struct dt_store_fact *rows;
    size_t count, capacity;
    enum dt_err err;
};

static bool take_fact(void *ctx, const struct dt_store_fact *row)
{
    struct fact_list *list = ctx;
    if (!dt_node_grow(&list->rows, list->count, &list->capacity, sizeof *list->rows)) {
        list->err = DT_ERR_NO_MEMORY;
        return false;
    }
    list->rows[list->count++] = *row;
    return true;
}

/* Facts of one kind on the line; the caller frees. */
static enum dt_err facts_of_kind(struct dt_line *line, unsigned kind, struct fact_list *list)
{
    struct dt_store_cursor cursor = DT_STORE_NEWEST;
    *list = (struct fact_list){.err = DT_OK};
    const enum dt_err err = dt_store_fact_by_kind(line->node->store, line->id, kind, &cursor,
                                                  SIZE_MAX, take_fact, list);
    return err != DT_OK ? err : list->err;
}

/* The record of a fact, on whichever branch. */
static bool record_held(struct dt_line *line, const struct dt_store_fact *row,
                        struct dt_store_record *record)
{
    const unsigned log = dt_store_key_log(row->key);
    struct dt_store_ahead ahead;
    if (dt_store_record_get(line->node->store, log, row->fact.seq, record) == DT_OK) {
        return true;
    }
    const bool found = dt_store_ahead_get(line->node->store, log, row->fact.seq, &ahead) == DT_OK;
    if (found) {
        *record = ahead.record;
    }
    return found;
}

static bool on_second_history(struct dt_line *line, const struct dt_store_fact *row)
{
    const struct dt_line_writer *w = dt_line_writer(line, row->fact.wid, false);
    return w != NULL && w->other.id != 0 && dt_store_key_log(row->key) == w->other.id;
}

static int by_place(const void *a, const void *b)
{
    const struct dt_fact *x = &((const struct dt_store_fact *)a)->fact;
    const struct dt_fact *y = &((const struct dt_store_fact *)b)->fact;
    return x->wid != y->wid ? (x->wid < y->wid ? -1 : 1) : (x->seq > y->seq) - (x->seq < y->seq);
}

enum dt_err dt_line_load_views(struct dt_line *line)
{
    struct fact_list list;
    line->member_states_known = false;
    dt_line_officers_clear(line);
    enum dt_err err = facts_of_kind(line, DT_KIND_KEY, &list);
    if (list.count > 0) {
        qsort(list.rows, list.count, sizeof *list.rows, by_place);
    }
    /* Certificates, then what revokes them: in whatever order they came. */
    for (int revoking = 0; revoking < 2; revoking++) {
        for (size_t i = 0; i < list.count && err == DT_OK; i++) {
            const struct dt_fact *fact = &list.rows[i].fact;
            struct dt_store_record record;
            const bool doubt = fact->err == DT_ERR_FORK;
            const bool revokes = doubt || fact->code == DT_STATEMENT_REVOCATION;
            if (revokes == (revoking != 0) && (fact->err == DT_OK || doubt) &&
                record_held(line, &list.rows[i], &record)) {
                err = dt_line_take_key(line, fact->wid, record.body, doubt);
            }
        }
    }
    free(list.rows);
    line->officers_stale = false;
    (void)dt_line_member_states(line);
    return err;
}

/* An officer became known, or unknown, after records that named him. */
enum dt_err dt_line_remake_facts(struct dt_line *line)
{
    DT_TRY(dt_line_load_views(line));
    DT_TRY(dt_histories_judge(line));
    DT_TRY(dt_histories_replay(line));
    for (unsigned kind = 0; kind <= DT_KIND_MAX; kind++) {
        struct fact_list list;
        if (dt_body_officers(kind) == 0) {
            continue; /* nobody signs these */
        }
        enum dt_err err = facts_of_kind(line, kind, &list);
        for (size_t i = 0; i < list.count && err == DT_OK; i++) {
            const struct dt_fact *fact = &list.rows[i].fact;
            struct dt_store_record record;
            if (fact->officer == 0 || on_second_history(line, &list.rows[i]) ||
                !record_held(line, &list.rows[i], &record)) {
                continue;
            }
            err = dt_line_apply(line, fact->wid, fact->seq, record.header, record.body, false);
        }
        free(list.rows);
        DT_TRY(err);
    }
    return DT_OK;
}

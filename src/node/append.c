/* SPDX-License-Identifier: ISC */
/* Records of our own: readers get keys, bodies are sealed, the log grows. */
#include <stdlib.h>
#include <string.h>

#include "log/fields.h"
#include "node/state.h"

enum { SET_LIFE_DAYS = 30 };

static bool same_members(const struct dt_reader_set *set, const uint8_t *members, size_t count)
{
    return set->member_count == count && memcmp(set->members, members, count) == 0;
}

/* Everybody addressed and ourselves, ascending. */
static size_t readers_of(const struct dt_line *line, const struct dt_draft *draft,
                         uint8_t out[static DT_MEMBERS_MAX])
{
    size_t count = 0;
    for (unsigned m = 0; m < line->charter->member_count; m++) {
        bool reads = m == line->me || draft->to_count == 0;
        for (size_t i = 0; i < draft->to_count; i++) {
            reads = reads || draft->to[i] == m;
        }
        if (reads) {
            out[count++] = (uint8_t)m;
        }
    }
    return count;
}

static enum dt_err encode_header(uint8_t out[static DT_HEADER_MAX], struct dt_header *h,
                                 struct dt_span body, struct dt_span *header)
{
    size_t size = 0;
    enum dt_err err = dt_header_encode(out, &size, h, body);
    if (err == DT_ERR_TOO_LARGE && body.size <= DT_BODY_MAX && h->seen_count > 0) {
        h->seen_count = 0; /* many addressees: what we have seen follows later */
        err = dt_header_encode(out, &size, h, body);
    }
    *header = dt_span(out, size);
    return err;
}

/* Appends header and body as they are; the common end of all appends. `plain` is what
 * was sealed, or empty. */
static enum dt_err append_record(struct dt_line *line, const struct dt_header *h,
                                 struct dt_span header, struct dt_span body, struct dt_span plain,
                                 uint64_t *seq, uint8_t leaf[static DT_HASH_SIZE])
{
    DT_TRY(dt_node_write(line->node));
    DT_TRY(dt_sync_append(&line->sync, header, body, seq, leaf));
    dt_recent_put(&line->recent, *seq, header, body, plain);
    for (size_t i = 0; i < h->seen_count; i++) {
        struct dt_line_writer *writer = dt_line_writer(line, h->seen[i].wid, false);
        writer->seen_size = h->seen[i].size;
    }
    return DT_OK;
}

/* Logs that advanced since our last record, as far as they fit. */
static void add_seen(const struct dt_line *line, struct dt_header *h)
{
    h->seen_count = 0;
    for (size_t i = 0; i < line->writer_count && h->seen_count < DT_SEEN_MAX; i++) {
        const struct dt_line_writer *w = line->writers[i];
        const struct dt_sync_log *log = dt_sync_find_log(&line->sync, w->wid);
        if (log == NULL || log->own || log->dirty || log->durable <= w->seen_size) {
            continue;
        }
        struct dt_seen *seen = &h->seen[h->seen_count++];
        seen->wid = w->wid;
        seen->size = log->durable;
        dt_frontier_root(&log->frontier, seen->root);
    }
}

static bool reads(const struct dt_reader_set *set, uint16_t wid)
{
    for (size_t m = 0; m < set->member_count; m++) {
        if (set->members[m] == dt_wid_member(wid)) {
            return true;
        }
    }
    return false;
}

/* Boxes the set's key for every reader whose log is here, in one GRANT. */
static enum dt_err tell_set(struct dt_line *line, struct dt_reader_set *set, int64_t time_ms)
{
    static _Thread_local struct dt_body_grant grant;
    static _Thread_local uint8_t boxes[DT_GRANT_BOXES_MAX][DT_GRANT_BOX_SIZE];
    uint8_t body[DT_BODY_MAX], room[DT_HEADER_MAX], ephemeral[32], leaf[DT_HASH_SIZE];
    size_t size = 0;
    memset(&grant, 0, sizeof grant);
    memcpy(grant.key_id, set->key_id, DT_KEY_ID_SIZE);
    grant.expiry_ms = time_ms + (int64_t)SET_LIFE_DAYS * 86400000;
    for (size_t i = 0; i < line->writer_count && grant.box_count < DT_GRANT_BOXES_MAX; i++) {
        const struct dt_line_writer *w = line->writers[i];
        if (w->wid == line->wid || !reads(set, w->wid)) {
            continue;
        }
        dt_random(ephemeral, sizeof ephemeral);
        if (dt_grant_box(boxes[grant.box_count], set->key, set->key_id, line->charter->id,
                         w->reader, ephemeral) == DT_OK) {
            grant.boxes[grant.box_count].wid = w->wid;
            grant.boxes[grant.box_count].box = boxes[grant.box_count];
            grant.box_count++;
        }
        dt_wipe(ephemeral, sizeof ephemeral);
    }
    set->writers = line->writer_count;
    if (grant.box_count == 0) {
        return DT_OK; /* nobody to tell yet: dt_line_grant_late() will */
    }
    struct dt_header h = {.version = DT_VERSION,
                          .kind = DT_KIND_GRANT,
                          .time_ms = time_ms,
                          .flags = dt_flags(DT_ROUTINE, line->charter->class_)};
    struct dt_span header;
    uint64_t seq = 0;
    DT_TRY(dt_body_grant_encode(body, sizeof body, &size, &grant));
    DT_TRY(encode_header(room, &h, dt_span(body, size), &header));
    DT_TRY(append_record(line, &h, header, dt_span(body, size), dt_span(NULL, 0), &seq, leaf));
    if (set->grant_seq == UINT64_MAX) {
        set->grant_seq = seq;
    }
    return DT_OK;
}

/* A fresh key for these readers. */
static enum dt_err grant_set(struct dt_line *line, const struct dt_draft *draft,
                             const uint8_t *members, size_t count, struct dt_reader_set **out)
{
    if (line->set_count == DT_SETS_MAX) {
        memmove(line->sets, line->sets + 1, (DT_SETS_MAX - 1) * sizeof line->sets[0]);
        line->set_count--;
    }
    struct dt_reader_set *set = &line->sets[line->set_count];
    *set = (struct dt_reader_set){.member_count = count, .grant_seq = UINT64_MAX};
    memcpy(set->members, members, count);
    dt_random(set->key, sizeof set->key);
    dt_key_id(set->key_id, set->key);
    struct dt_store_content_key key = {
        .expiry_ms = draft->time_ms + (int64_t)SET_LIFE_DAYS * 86400000, .creator = line->wid};
    memcpy(key.key_id, set->key_id, DT_KEY_ID_SIZE);
    memcpy(key.key, set->key, DT_SET_KEY_SIZE);
    DT_TRY(dt_node_write(line->node));
    const enum dt_err kept = dt_store_content_key_put(line->node->store, line->id, &key);
    dt_wipe(&key, sizeof key);
    DT_TRY(kept);
    DT_TRY(tell_set(line, set, draft->time_ms));
    line->set_count++;
    *out = set;
    return DT_OK;
}

/* A writer came after keys were made for its party: what was written to it meanwhile
 * must not stay closed to it. */
enum dt_err dt_line_grant_late(struct dt_line *line)
{
    for (size_t i = 0; i < line->set_count; i++) {
        struct dt_reader_set *set = &line->sets[i];
        if (set->writers != line->writer_count && line->state != DT_LINE_LEFT) {
            DT_TRY(tell_set(line, set, dt_now_ms()));
        }
    }
    return DT_OK;
}

/* --- after a restart --------------------------------------------------------------- */

struct recalled {
    struct dt_line *line;
    uint64_t grants[DT_SETS_MAX]; /* newest first */
    size_t grant_count;
};

static bool recall_grant(void *ctx, const struct dt_store_fact *row)
{
    struct recalled *r = ctx;
    if (row->fact.wid == r->line->wid && row->fact.err == DT_OK) {
        r->grants[r->grant_count++] = row->fact.seq;
    }
    return r->grant_count < DT_SETS_MAX;
}

static bool recall_seen(void *ctx, const struct dt_store_record *record)
{
    struct dt_line *line = ctx;
    struct dt_header h;
    if (dt_header_decode(&h, record->header) != DT_OK) {
        return true;
    }
    for (size_t i = 0; i < h.seen_count; i++) {
        struct dt_line_writer *w = dt_line_writer(line, h.seen[i].wid, false);
        if (w != NULL && h.seen[i].size > w->seen_size) {
            w->seen_size = h.seen[i].size;
        }
    }
    return true;
}

/* The members of a set are those its boxes were for, and ourselves. It goes on being used
 * only if every writer known now has a box. */
static void members_of(struct dt_reader_set *set, const struct dt_line *line,
                       const struct dt_body_grant *grant)
{
    bool reads[DT_MEMBERS_MAX] = {false};
    size_t with_box = 0, writers = 0;
    reads[line->me] = true;
    for (size_t i = 0; i < grant->box_count; i++) {
        reads[dt_wid_member(grant->boxes[i].wid)] = true;
    }
    for (unsigned m = 0; m < line->charter->member_count; m++) {
        if (reads[m]) {
            set->members[set->member_count++] = (uint8_t)m;
        }
    }
    for (size_t i = 0; i < line->writer_count; i++) {
        const uint16_t wid = line->writers[i]->wid;
        writers += wid != line->wid && reads[dt_wid_member(wid)];
        for (size_t k = 0; k < grant->box_count; k++) {
            with_box += grant->boxes[k].wid == wid;
        }
    }
    set->writers = with_box == writers ? line->writer_count : 0;
}

static void recall_set(struct dt_line *line, uint64_t seq, int64_t now_ms)
{
    static _Thread_local struct dt_body_grant grant;
    struct dt_reader_set *set = &line->sets[line->set_count];
    const struct dt_line_writer *own = dt_line_writer(line, line->wid, false);
    struct dt_store_record record;
    *set = (struct dt_reader_set){.grant_seq = seq};
    if (own == NULL ||
        dt_store_record_get(line->node->store, own->log.id, seq, &record) != DT_OK ||
        dt_body_grant_decode(&grant, record.body) != DT_OK || grant.single ||
        grant.expiry_ms <= now_ms) {
        return;
    }
    members_of(set, line, &grant);
    memcpy(set->key_id, grant.key_id, DT_KEY_ID_SIZE);
    if (dt_line_key(line, set->key_id, set->key)) {
        line->set_count++;
    }
}

enum dt_err dt_line_recall(struct dt_line *line)
{
    enum { SEEN_IN = 256 }; /* records of ours: what older ones saw is said again, at worst */
    struct recalled r = {.line = line};
    struct dt_store_cursor cursor = DT_STORE_NEWEST;
    const struct dt_line_writer *own = dt_line_writer(line, line->wid, false);
    const uint64_t size = own != NULL ? own->log.frontier.size : 0;
    line->set_count = 0;
    for (size_t i = 0; i < line->writer_count; i++) {
        line->writers[i]->seen_size = 0;
    }
    if (size > 0) {
        DT_TRY(dt_store_record_list(line->node->store, own->log.id,
                                    size > SEEN_IN ? size - SEEN_IN : 0, SEEN_IN, recall_seen,
                                    line));
    }
    DT_TRY(dt_store_fact_by_kind(line->node->store, line->id, DT_KIND_GRANT, &cursor, SIZE_MAX,
                                 recall_grant, &r));
    for (size_t i = r.grant_count; i > 0; i--) {
        recall_set(line, r.grants[i - 1], dt_now_ms());
    }
    return DT_OK;
}

/* --- appends ------------------------------------------------------------------------ */

/* The live set for these readers whose grant reached every writer we know of. */
static enum dt_err set_for(struct dt_line *line, const struct dt_draft *draft,
                           struct dt_reader_set **out)
{
    uint8_t members[DT_MEMBERS_MAX];
    const size_t count = readers_of(line, draft, members);
    for (size_t i = line->set_count; i > 0; i--) {
        struct dt_reader_set *set = &line->sets[i - 1];
        if (same_members(set, members, count) && set->writers == line->writer_count) {
            *out = set;
            return DT_OK;
        }
    }
    DT_TRY(grant_set(line, draft, members, count, out));
    (*out)->writers = line->writer_count;
    return DT_OK;
}

/* Our own entry refuses what would be shown as invalid. */
static enum dt_err judge(struct dt_line *line, const struct dt_draft *draft, struct dt_span header,
                         struct dt_span body, uint64_t seq, struct dt_fact *fact)
{
    const struct dt_officers officers = dt_line_officers(line);
    DT_TRY(dt_fact_from_record(fact, line->charter, line->wid, seq, header, body, &officers));
    if (fact->err != DT_OK) {
        return fact->err;
    }
    if (fact->officer != 0 && !fact->officer_valid && draft->plain.size == 0) {
        return DT_ERR_NOT_ALLOWED; /* an officer the line does not know */
    }
    return DT_OK;
}

enum dt_err dt_line_append(struct dt_line *line, const struct dt_draft *draft, uint64_t *seq,
                           uint8_t leaf[static DT_HASH_SIZE])
{
    uint8_t sealed[DT_BODY_MAX], record_key[32], room[DT_HEADER_MAX];
    size_t size = 0;
    struct dt_span body = draft->body, header;
    struct dt_fact fact;
    const struct dt_sync_log *own = dt_sync_find_log(&line->sync, line->wid);
    uint64_t next = own != NULL ? own->size : 0;
    struct dt_header h = {.version = DT_VERSION,
                          .kind = draft->kind,
                          .time_ms = draft->time_ms,
                          .flags = draft->flags,
                          .to_count = draft->to_count};
    memcpy(h.to, draft->to, draft->to_count);
    if (draft->plain.size > 0) {
        struct dt_reader_set *set = NULL;
        if (dt_padded_size(draft->plain.size) == 0) {
            return DT_ERR_TOO_LARGE;
        }
        DT_TRY(dt_cbor_check(draft->body));
        DT_TRY(set_for(line, draft, &set));
        own = dt_sync_find_log(&line->sync, line->wid);
        next = own != NULL ? own->size : 0;
        const struct dt_place place = {line->charter->id, line->wid, next};
        dt_record_key(record_key, set->key, &place);
        const enum dt_err err = dt_seal_body(sealed, sizeof sealed, &size, draft->body,
                                             draft->plain, set->key_id, record_key, &place);
        dt_wipe(record_key, sizeof record_key);
        DT_TRY(err);
        body = dt_span(sealed, size);
    }
    add_seen(line, &h);
    DT_TRY(encode_header(room, &h, body, &header));
    DT_TRY(judge(line, draft, header, body, next, &fact));
    line->judged = &fact;
    const enum dt_err err = append_record(line, &h, header, body, draft->plain, seq, leaf);
    line->judged = NULL;
    return err;
}

enum dt_err dt_line_publish_officers(struct dt_line *line)
{
    struct dt_home_operator operators[64];
    size_t count = 0;
    struct dt_node *n = line->node;
    const int64_t now = dt_now_ms();
    if (line->state == DT_LINE_LEFT ||
        dt_home_operators(&n->home, now, operators, 64, &count) != DT_OK) {
        return DT_OK;
    }
    for (size_t i = 0; i < count; i++) {
        uint8_t statement[DT_STATEMENT_MAX], body[DT_BODY_MAX], leaf[DT_HASH_SIZE];
        size_t statement_size = 0, size = 0;
        uint64_t seq;
        struct dt_operator operator_;
        const unsigned number = operators[i].operator_.number;
        if (operators[i].revoked || dt_line_officer(line, line->me, number) != NULL ||
            dt_home_operator_statement(&n->home, number, statement, &statement_size, &operator_) !=
                DT_OK ||
            dt_body_key_encode(body, sizeof body, &size, dt_span(statement, statement_size)) !=
                DT_OK) {
            continue;
        }
        const struct dt_draft draft = {.kind = DT_KIND_KEY,
                                       .time_ms = now,
                                       .flags = dt_flags(DT_ROUTINE, line->charter->class_),
                                       .body = dt_span(body, size)};
        DT_TRY(dt_line_append(line, &draft, &seq, leaf));
    }
    return DT_OK;
}

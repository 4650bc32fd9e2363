/* SPDX-License-Identifier: ISC */
/* Requests that only read (docs/control.md). */
#include "node/histories.h"
#include "node/overdue.h"
#include "node/sites.h"
#include "node/plans.h"
#include "node/query.h"
#include "node/quota.h"
#include "node/watch.h"
#include "node/seen.h"

#include <stdio.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "log/fields.h"
#include "log/statement.h"

struct dt_line *dt_query_line(struct dt_node *n, struct dt_client_state *client, uint64_t re,
                              struct dt_span request, bool must, bool *failed)
{
    struct dt_cbor c;
    struct dt_line *line = NULL;
    *failed = false;
    if (dt_cbor_find_text(request, "line", &c)) {
        const struct dt_span id = dt_cbor_bytes(&c, DT_HASH_SIZE, DT_HASH_SIZE);
        line = id.size > 0 ? dt_line_by_id(n, id.data) : NULL;
        *failed = line == NULL;
    } else if (must) {
        line = n->line_count == 1 ? n->lines[0] : NULL;
        *failed = line == NULL;
    }
    if (*failed) {
        dt_control_error(n, client, re, DT_ERR_UNKNOWN_LINE, "line");
    }
    return line;
}

uint64_t dt_query_uint(struct dt_span request, const char *key, uint64_t otherwise,
                       uint64_t max)
{
    struct dt_cbor c;
    if (!dt_cbor_find_text(request, key, &c)) {
        return otherwise;
    }
    const uint64_t value = dt_cbor_uint(&c, max);
    return dt_cbor_error(&c) == DT_OK ? value : otherwise;
}

bool dt_query_bool(struct dt_span request, const char *key)
{
    struct dt_cbor c;
    return dt_cbor_find_text(request, key, &c) && dt_cbor_bool(&c);
}

/* --- hello, status ------------------------------------------------------------------- */

static void put_members(struct dt_object *o, struct dt_line *line)
{
    const struct dt_charter *charter = line->charter;
    dt_obj_key(o, "members");
    dt_obj_array(o);
    for (size_t m = 0; m < charter->member_count; m++) {
        const struct dt_member *member = &charter->members[m];
        dt_obj_map(o);
        dt_put_string(o, "code", member->code);
        dt_put_string(o, "name", member->name);
        dt_query_member_state(o, line, (unsigned)m);
        dt_obj_key(o, "forces");
        dt_obj_array(o);
        for (size_t f = 0; f < member->force_count; f++) {
            dt_obj_map(o);
            dt_put_string(o, "name", member->forces[f].name);
            dt_put_bool(o, "guaranteed", member->forces[f].relation == DT_FORCE_GUARANTEED);
            dt_obj_end(o);
        }
        dt_obj_end(o);
        dt_obj_end(o);
    }
    dt_obj_end(o);
}

static void put_line(struct dt_object *o, struct dt_line *line)
{
    char tag[9];
    dt_obj_map(o);
    dt_obj_key(o, "line");
    dt_obj_bytes(o, dt_span(line->charter->id, DT_HASH_SIZE));
    dt_line_tag_text(tag, line);
    dt_put_string(o, "tag", tag);
    dt_put_string(o, "title", line->charter->title);
    dt_put_string(o, "class", dt_class_name(line->charter->class_));
    dt_put_uint(o, "me", line->me);
    dt_put_uint(o, "wid", line->wid);
    dt_put_string(o, "state", dt_line_state_name(line));
    dt_query_settings(o, line->charter);
    dt_put_bool(o, "accepted", dt_sync_find_log(&line->sync, line->wid) != NULL);
    dt_obj_key(o, "accepted_by");
    dt_obj_array(o);
    for (size_t m = 0; m < line->charter->member_count; m++) {
        bool there = false;
        for (size_t w = 0; w < line->writer_count; w++) {
            there = there || dt_wid_member(line->writers[w]->wid) == m;
        }
        if (there) {
            dt_obj_string(o, line->charter->members[m].code);
        }
    }
    dt_obj_end(o);
    dt_query_successor(o, line);
    put_members(o, line);
    dt_obj_end(o);
}

static void hello(struct dt_node *n, struct dt_client_state *client, struct dt_object *o)
{
    dt_put_uint(o, "version", DT_VERSION);
    dt_obj_key(o, "challenge");
    dt_obj_bytes(o, dt_span(client->challenge, DT_CHALLENGE_SIZE));
    dt_put_string(o, "role", dt_role_name(dt_role_of(n, client)));
    dt_put_string(o, "code", n->home.code);
    dt_put_string(o, "name", n->home.name);
    dt_obj_key(o, "root");
    dt_obj_bytes(o, dt_span(n->home.root, DT_PUBLIC_SIZE));
    dt_put_uint(o, "number", n->home.number);
    dt_put_int(o, "time", dt_now_ms());
    dt_obj_key(o, "lines");
    dt_obj_array(o);
    for (size_t i = 0; i < n->line_count; i++) {
        put_line(o, n->lines[i]);
    }
    dt_obj_end(o);
}

static uint64_t behind(struct dt_node *n, const struct dt_contact *c)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < n->line_count; i++) {
        const int member = dt_charter_find_root(n->lines[i]->charter, c->root);
        if (member >= 0) {
            sum += dt_sync_behind(&n->lines[i]->sync, dt_wid((unsigned)member, c->number));
        }
    }
    return sum;
}

static void put_desk(struct dt_node *n, struct dt_object *o, const uint8_t *root)
{
    const struct dt_desk_view desk = dt_watch_desk_of(n, root, dt_now_ms());
    dt_put_string(o, "desk", dt_desk_light_name(desk.light));
    dt_put_time(o, "desk_since", desk.since_ms != 0, desk.since_ms);
    dt_put_time(o, "desk_until", desk.until_ms != 0, desk.until_ms);
    dt_put_uint(o, "desk_officer", desk.officer);
}

static void put_peer(struct dt_node *n, struct dt_object *o, const struct dt_contact *c)
{
    char address[DT_ADDRESS_TEXT_SIZE];
    const int64_t now = dt_node_now_us();
    dt_obj_map(o);
    dt_put_string(o, "code", c->code);
    dt_put_uint(o, "number", c->number);
    dt_obj_key(o, "root");
    dt_obj_bytes(o, dt_span(c->root, DT_PUBLIC_SIZE));
    /* A session that lives says the node answered at its start; silence since is silence. */
    dt_put_string(o, "node", dt_session_ready(&n->sessions, c->slot, now) ? "up"
                             : c->heard_us == 0 ? "unknown" : "down");
    dt_put_string(o, "link", dt_light_name(dt_link_test_light(&c->path)));
    dt_put_uint(o, "tests_missed", c->path.missed);
    dt_put_time(o, "link_since", c->path.missed > 0, dt_now_ms() - (now / 1000 - c->path.since_ms));
    put_desk(n, o, c->root);
    dt_put_time(o, "heard", c->heard_us != 0, (now - c->heard_us) / 1000);
    dt_put_uint(o, "behind", behind(n, c));
    dt_put_time(o, "skew", c->skew_known, c->skew_ms);
    dt_put_bool(o, "quantum", c->quantum);
    dt_query_human(o, n, c->root);
    dt_query_contacts(n, o, c->root);
    dt_address_text(address, &c->address);
    dt_put_string(o, "endpoint", c->address.family != 0 ? address : "");
    dt_obj_end(o);
}

static void put_logs(struct dt_object *o, struct dt_line *line)
{
    char tag[9];
    dt_line_tag_text(tag, line);
    for (size_t i = 0; i < line->writer_count; i++) {
        const struct dt_line_writer *w = line->writers[i];
        dt_obj_map(o);
        dt_put_string(o, "line", tag);
        dt_put_uint(o, "wid", w->wid);
        dt_put_string(o, "code", line->charter->members[dt_wid_member(w->wid)].code);
        dt_put_uint(o, "number", dt_wid_number(w->wid));
        dt_put_uint(o, "size", w->log.frontier.size);
        dt_put_uint(o, "checkpoint", w->log.checkpoint_size);
        dt_put_uint(o, "bytes", w->log.bytes);
        const bool forked = (w->log.flags & DT_STORE_LOG_FORKED) != 0;
        dt_put_bool(o, "full", dt_quota_full(line, w->wid));
        dt_put_bool(o, "forked", forked);
        dt_put_time(o, "common", forked, (int64_t)w->log.common);
        dt_put_time(o, "second", w->other.id != 0, (int64_t)w->other.frontier.size);
        const struct dt_sync_log *log = dt_sync_find_log(&line->sync, w->wid);
        dt_put_bool(o, "outrun", log != NULL && log->outrun);
        dt_put_time(o, "copy", log != NULL && log->copy_s != 0,
                    log != NULL ? (int64_t)log->copy_s * 1000 : 0);
        dt_put_time(o, "newest", w->newest_ms != 0, w->newest_ms);
        dt_obj_end(o);
    }
}

static bool count_open(void *ctx, const struct dt_store_fact *row)
{
    (void)row;
    ++*(uint64_t *)ctx;
    return true;
}

static uint64_t resident_kb(void)
{
    unsigned long pages = 0;
    FILE *f = fopen("/proc/self/statm", "r");
    if (f != NULL) {
        if (fscanf(f, "%*u %lu", &pages) != 1) {
            pages = 0;
        }
        fclose(f);
    }
    return pages * (uint64_t)sysconf(_SC_PAGESIZE) / 1024;
}

static void status(struct dt_node *n, struct dt_object *o, const struct dt_line *only)
{
    struct statvfs disk;
    uint64_t open = 0;
    dt_obj_key(o, "peers");
    dt_obj_array(o);
    for (size_t i = 0; i < n->contact_count; i++) {
        put_peer(n, o, &n->contacts[i]);
    }
    dt_obj_end(o);
    dt_obj_key(o, "logs");
    dt_obj_array(o);
    for (size_t i = 0; i < n->line_count; i++) {
        if (only == NULL || only == n->lines[i]) {
            put_logs(o, n->lines[i]);
        }
    }
    dt_obj_end(o);
    dt_seen_status(o, n, only);
    dt_overdue_status(o, n, only);
    dt_sites_status(o, n, only);
    dt_plans_status(o, n);
    dt_obj_key(o, "check_fires");
    dt_obj_array(o);
    for (size_t i = 0; i < n->line_count; i++) {
        if (only == NULL || only == n->lines[i]) {
            dt_query_fires(o, n->lines[i]);
        }
    }
    dt_obj_end(o);
    (void)!dt_store_open_list(n->store, only != NULL ? only->id : 0, count_open, &open);
    dt_put_uint(o, "open", open);
    put_desk(n, o, n->home.root);
    const bool known = statvfs(n->home.path, &disk) == 0; /* before it is read */
    dt_put_time(o, "disk_free", known,
                known ? (int64_t)disk.f_bavail * (int64_t)disk.f_frsize : 0);
    dt_alarm_status(o, n);
    dt_put_int(o, "uptime", (dt_node_now_us() - n->started_us) / 1000);
    dt_put_uint(o, "rss", resident_kb());
    dt_obj_key(o, "rejects");
    dt_obj_map(o);
    for (int e = 1; e < DT_SESSION_REJECT_COUNT; e++) {
        if (n->sessions.rejects[e] > 0) {
            dt_put_uint(o, dt_session_reject_name((enum dt_session_reject)e),
                        n->sessions.rejects[e]);
        }
    }
    dt_obj_end(o);
}

/* --- records ------------------------------------------------------------------------------ */

static void records(struct dt_node *n, struct dt_object *o, struct dt_line *line,
                    struct dt_span request)
{
    const uint64_t wid = dt_query_uint(request, "wid", UINT64_MAX, DT_WIDS_MAX - 1);
    const uint64_t from = dt_query_uint(request, "from", 0, INT64_MAX);
    uint64_t left = dt_query_uint(request, "limit", 1000, DT_QUERY_LIMIT_MAX);
    (void)n;
    dt_obj_key(o, "items");
    dt_obj_array(o);
    for (size_t i = 0; i < line->writer_count; i++) {
        const struct dt_line_writer *w = line->writers[i];
        if (wid != UINT64_MAX && wid != w->wid) {
            continue;
        }
        for (uint64_t seq = from; seq < w->log.frontier.size && left > 0; seq++, left--) {
            dt_query_item(o, line, w->wid, seq, false);
        }
    }
    dt_obj_end(o);
}

/* --- show, prove ---------------------------------------------------------------------------- */

/* Where that line has the record; its second history counts for an id with its word. */
static bool find_on(struct dt_line *line, const char *code, unsigned number, const char *word,
                    uint16_t *wid, uint64_t *seq)
{
    const int member = dt_charter_find_code(line->charter, code);
    struct dt_stored record;
    char is[DT_CHECK_WORD_SIZE];
    uint8_t leaf[DT_HASH_SIZE];
    *wid = dt_wid((unsigned)(member < 0 ? 0 : member), number);
    if (member < 0 || !dt_record_of(line, *wid, *seq, &record)) {
        return false;
    }
    dt_leaf_hash(leaf, record.header);
    dt_check_word(is, leaf);
    if (word[0] == '\0' || strcmp(word, is) == 0) {
        return true;
    }
    if (!dt_history_get_other(line, *wid, *seq, &record)) {
        return false;
    }
    dt_leaf_hash(leaf, record.header);
    dt_check_word(is, leaf);
    *seq |= DT_SEQ_OTHER;
    return strcmp(word, is) == 0;
}

enum dt_err dt_query_find(struct dt_node *n, const char *id, struct dt_line *only,
                          struct dt_line **line, uint16_t *wid, uint64_t *seq)
{
    char code[DT_CODE_MAX + 1], word[DT_CHECK_WORD_SIZE];
    unsigned number;
    uint64_t typed;
    *line = NULL;
    DT_TRY(dt_record_id_parse(id, code, &number, &typed, word));
    for (size_t i = 0; i < n->line_count; i++) {
        uint16_t at_wid;
        uint64_t at_seq = typed;
        if ((only != NULL && only != n->lines[i]) ||
            !find_on(n->lines[i], code, number, word, &at_wid, &at_seq)) {
            continue;
        }
        if (*line != NULL) {
            return DT_ERR_UNKNOWN_LINE; /* which of them? */
        }
        *line = n->lines[i];
        *wid = at_wid;
        *seq = at_seq;
    }
    return *line != NULL ? DT_OK : DT_ERR_UNKNOWN_RECORD;
}

struct target_keys {
    struct {
        uint16_t wid;
        uint64_t seq;
    } row[1024];
    size_t count;
};

static bool take_target_key(void *ctx, const struct dt_store_fact *fact)
{
    struct target_keys *keys = ctx;
    keys->row[keys->count].wid = fact->fact.wid;
    keys->row[keys->count++].seq = fact->fact.seq;
    return keys->count < 1024;
}

static void show(struct dt_object *o, struct dt_line *line, uint16_t wid, uint64_t seq)
{
    static _Thread_local struct target_keys keys;
    keys.count = 0;
    dt_obj_key(o, "item");
    dt_query_item(o, line, wid, seq, true);
    (void)!dt_store_fact_by_target(line->node->store, line->id, wid, seq, take_target_key, &keys);
    dt_obj_key(o, "targets");
    dt_obj_array(o);
    for (size_t i = 0; i < keys.count; i++) {
        dt_query_item(o, line, keys.row[i].wid, keys.row[i].seq, false);
    }
    dt_obj_end(o);
}

static void by_id(struct dt_node *n, struct dt_client_state *client, uint64_t re, const char *cmd,
                  struct dt_span request)
{
    struct dt_cbor c = dt_cbor_need_text(request, "id");
    char id[DT_RECORD_ID_SIZE];
    struct dt_line *line = NULL;
    uint16_t wid = 0;
    uint64_t seq = 0;
    bool failed = false;
    const struct dt_span text = dt_cbor_text(&c, sizeof id - 1);
    memcpy(id, text.data != NULL ? (const char *)text.data : "", text.size);
    id[text.size] = '\0';
    struct dt_line *only = dt_query_line(n, client, re, request, false, &failed);
    if (failed) {
        return;
    }
    const enum dt_err err = dt_query_find(n, id, only, &line, &wid, &seq);
    if (err != DT_OK) {
        dt_control_error(n, client, re, err, id);
        return;
    }
    if (strcmp(cmd, "prove") == 0 && dt_query_bool(request, "case")) {
        dt_query_case(n, client, re, line, wid, seq);
        return;
    }
    if (strcmp(cmd, "prove") == 0 && (seq & DT_SEQ_OTHER) != 0) {
        dt_control_error(n, client, re, DT_ERR_FORK, id); /* the fork proof says it all */
        return;
    }
    if (strcmp(cmd, "prove") == 0) {
        dt_query_prove(n, client, re, line, wid, seq);
        return;
    }
    struct dt_object o;
    dt_reply_begin(&o, re);
    show(&o, line, wid, seq);
    dt_obj_end(&o);
    dt_control_send(n, client, &o);
}

/* --- digest, rebuild ------------------------------------------------------------------------- */

static void digest(struct dt_node *n, struct dt_client_state *client, uint64_t re,
                   struct dt_line *line, bool rebuild)
{
    uint8_t before[DT_HASH_SIZE], after[DT_HASH_SIZE];
    uint64_t facts = 0;
    enum dt_err err = dt_line_digest(line, before, &facts);
    if (err == DT_OK && rebuild) {
        dt_node_commit(n);
        err = dt_line_rebuild(line);
        err = err == DT_OK ? dt_line_digest(line, after, &facts) : err;
    }
    if (err != DT_OK) {
        dt_control_error(n, client, re, err, "digest");
        return;
    }
    struct dt_object o;
    dt_reply_begin(&o, re);
    dt_put_uint(&o, "facts", facts);
    dt_obj_key(&o, rebuild ? "before" : "digest");
    dt_obj_bytes(&o, dt_span(before, sizeof before));
    if (rebuild) {
        dt_obj_key(&o, "after");
        dt_obj_bytes(&o, dt_span(after, sizeof after));
    }
    dt_obj_end(&o);
    dt_control_send(n, client, &o);
}

bool dt_answer(struct dt_node *n, struct dt_client_state *client, uint64_t re, const char *cmd,
              struct dt_span request)
{
    static const char *const lists[] = {"hello", "status", "inbox", "records", "awaiting"};
    struct dt_object o;
    bool failed = false;
    if (dt_query_succession(n, client, re, cmd, request) || dt_query_blind(n, client, re, cmd, request)) {
        return true;
    }
    if (strcmp(cmd, "show") == 0 || strcmp(cmd, "prove") == 0) {
        by_id(n, client, re, cmd, request);
        return true;
    }
    const bool is_digest = strcmp(cmd, "digest") == 0, is_rebuild = strcmp(cmd, "rebuild") == 0;
    const bool is_records = strcmp(cmd, "records") == 0;
    bool listed = false;
    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++) {
        listed = listed || strcmp(cmd, lists[i]) == 0;
    }
    if (!listed && !is_digest && !is_rebuild) {
        return dt_query_plans(n, client, re, cmd, request) ||
               dt_query_notices(n, client, re, cmd, request);
    }
    struct dt_line *line =
        dt_query_line(n, client, re, request, is_digest || is_rebuild || is_records, &failed);
    if (failed) {
        return true;
    }
    if (is_digest || is_rebuild) {
        digest(n, client, re, line, is_rebuild);
        return true;
    }
    dt_reply_begin(&o, re);
    if (strcmp(cmd, "hello") == 0) {
        hello(n, client, &o);
    } else if (strcmp(cmd, "status") == 0) {
        status(n, &o, line);
    } else if (strcmp(cmd, "awaiting") == 0) {
        dt_query_awaiting(n, &o, line);
    } else if (is_records) {
        records(n, &o, line, request);
    } else {
        dt_query_inbox(n, &o, line, request);
    }
    dt_obj_end(&o);
    dt_control_send(n, client, &o);
    return true;
}

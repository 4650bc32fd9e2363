/* SPDX-License-Identifier: ISC */
/* Who can open what we seal: sets of readers, their keys, and the GRANTs that give these
 * out. What is known of our sets is kept beside the keys, for those who join later. */
#include <stdio.h>
#include <string.h>

#include "log/fields.h"
#include "node/state.h"

enum {
    SET_LIFE_DAYS = 30,
    NAME_SIZE = 32,
    MEMBER_BYTES = DT_MEMBERS_MAX / 8,
    SET_BYTES_MAX = DT_KEY_ID_SIZE + 8 + MEMBER_BYTES + DT_WIDS_MAX / 8,
};

static bool bit(const uint8_t *bits, size_t at)
{
    return (bits[at / 8] >> at % 8 & 1u) != 0;
}

static void set_bit(uint8_t *bits, size_t at)
{
    bits[at / 8] |= (uint8_t)(1u << at % 8);
}

bool dt_set_has_box(const struct dt_reader_set *set, uint16_t wid)
{
    return bit(set->boxed, wid);
}

/* --- kept ---------------------------------------------------------------------------- */

static void kept_name(char out[static NAME_SIZE], const struct dt_line *line)
{
    snprintf(out, NAME_SIZE, "readers/%u/%u", line->id, line->wid);
}

/* Of a line's writers as many bits as its charter allows. */
static size_t boxed_bytes(const struct dt_line *line)
{
    return line->charter->member_count * DT_WRITERS_MAX / 8;
}

static enum dt_err keep_sets(struct dt_line *line)
{
    static _Thread_local uint8_t bytes[DT_SETS_MAX * SET_BYTES_MAX];
    char name[NAME_SIZE];
    struct dt_writer w = dt_writer(bytes, sizeof bytes);
    for (size_t i = 0; i < line->set_count; i++) {
        const struct dt_reader_set *set = &line->sets[i];
        uint8_t members[MEMBER_BYTES] = {0};
        for (size_t m = 0; m < set->member_count; m++) {
            set_bit(members, set->members[m]);
        }
        dt_write_bytes(&w, set->key_id, DT_KEY_ID_SIZE);
        dt_write_u64(&w, set->grant_seq);
        dt_write_bytes(&w, members, sizeof members);
        dt_write_bytes(&w, set->boxed, boxed_bytes(line));
    }
    kept_name(name, line);
    DT_TRY(dt_node_write(line->node));
    return dt_store_meta_put(line->node->store, name, dt_written(&w));
}

static void recall_set(struct dt_line *line, struct dt_reader *r, int64_t now_ms)
{
    struct dt_reader_set *set = &line->sets[line->set_count];
    struct dt_store_content_key key;
    uint8_t members[MEMBER_BYTES];
    *set = (struct dt_reader_set){0};
    dt_read_copy(r, set->key_id, DT_KEY_ID_SIZE);
    set->grant_seq = dt_read_u64(r);
    dt_read_copy(r, members, sizeof members);
    dt_read_copy(r, set->boxed, boxed_bytes(line));
    for (unsigned m = 0; m < line->charter->member_count && r->err == DT_OK; m++) {
        if (bit(members, m)) {
            set->members[set->member_count++] = (uint8_t)m;
        }
    }
    if (r->err == DT_OK && dt_line_set_key(line, line->me, set->key_id, &key)) {
        memcpy(set->key, key.key, DT_SET_KEY_SIZE);
        set->shred = key.shred;
        set->expiry_ms = key.expiry_ms;
        line->set_count += key.expiry_ms > now_ms;
        dt_wipe(&key, sizeof key);
    }
}

static bool find_single(void *ctx, const struct dt_store_content_key *key)
{
    bool *found = ctx;
    *found = *found || key->single;
    return !*found;
}

enum dt_err dt_line_recall_sets(struct dt_line *line)
{
    line->disclosed_writers = 0;
    line->shred_due_ms = 0;
    DT_TRY(dt_store_content_key_list(line->node->store, line->id, find_single,
                                     &line->single_keys));
    static _Thread_local uint8_t bytes[DT_SETS_MAX * SET_BYTES_MAX];
    char name[NAME_SIZE];
    size_t size = 0;
    kept_name(name, line);
    line->set_count = 0;
    const enum dt_err err =
        dt_store_meta_get(line->node->store, name, bytes, sizeof bytes, &size);
    struct dt_reader r = dt_reader(dt_span(bytes, err == DT_OK ? size : 0));
    while (r.left > 0 && r.err == DT_OK && line->set_count < DT_SETS_MAX) {
        recall_set(line, &r, dt_now_ms());
    }
    return err == DT_ERR_UNKNOWN_RECORD ? DT_OK
           : err != DT_OK               ? err
           : dt_reader_end(&r) != DT_OK ? DT_ERR_STORE_DAMAGED
                                        : DT_OK;
}

/* --- granted --------------------------------------------------------------------------- */

static bool reads(const struct dt_reader_set *set, uint16_t wid)
{
    for (size_t m = 0; m < set->member_count; m++) {
        if (set->members[m] == dt_wid_member(wid)) {
            return true;
        }
    }
    return false;
}

/* One GRANT, for readers from writer *at on that have no box yet; a revoked one gets none. */
static enum dt_err grant_some(struct dt_line *line, struct dt_reader_set *set, int64_t time_ms,
                              size_t *at)
{
    static _Thread_local struct dt_body_grant grant;
    static _Thread_local uint8_t boxes[DT_GRANT_BOXES_MAX][DT_GRANT_BOX_SIZE];
    uint8_t body[DT_BODY_MAX], ephemeral[32], leaf[DT_HASH_SIZE];
    size_t size = 0;
    uint64_t seq = 0;
    memset(&grant, 0, sizeof grant);
    memcpy(grant.key_id, set->key_id, DT_KEY_ID_SIZE);
    grant.shredded = set->shred;
    grant.expiry_ms = set->expiry_ms;
    for (; *at < line->writer_count && grant.box_count < DT_GRANT_BOXES_MAX; (*at)++) {
        const struct dt_line_writer *w = line->writers[*at];
        if (w->wid == line->wid || w->in_doubt || !reads(set, w->wid) || bit(set->boxed, w->wid)) {
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
    if (grant.box_count == 0) {
        return DT_OK; /* nobody to tell yet: dt_line_grant_late() will */
    }
    DT_TRY(dt_body_grant_encode(body, sizeof body, &size, &grant));
    const struct dt_draft draft = {.kind = DT_KIND_GRANT,
                                   .time_ms = time_ms,
                                   .flags = dt_flags(DT_ROUTINE, line->charter->class_),
                                   .body = dt_span(body, size)};
    DT_TRY(dt_line_append(line, &draft, &seq, leaf));
    for (size_t i = 0; i < grant.box_count; i++) {
        set_bit(set->boxed, grant.boxes[i].wid);
    }
    set->grant_seq = seq;
    return DT_OK;
}

/* Boxes the set's key for every reader whose log is here and that has none. */
static enum dt_err tell_set(struct dt_line *line, struct dt_reader_set *set, int64_t time_ms)
{
    for (size_t at = 0; at < line->writer_count;) {
        DT_TRY(grant_some(line, set, time_ms, &at));
    }
    set->writers = line->writer_count;
    return keep_sets(line);
}

/* A fresh key for these readers. */
static enum dt_err grant_set(struct dt_line *line, int64_t time_ms, bool shred,
                             const uint8_t *members, size_t count, struct dt_reader_set **out)
{
    if (line->set_count == DT_SETS_MAX) {
        memmove(line->sets, line->sets + 1, (DT_SETS_MAX - 1) * sizeof line->sets[0]);
        line->set_count--;
    }
    struct dt_reader_set *set = &line->sets[line->set_count];
    *set = (struct dt_reader_set){
        .shred = shred,
        .expiry_ms = time_ms + (int64_t)SET_LIFE_DAYS * 86400000,
        .member_count = count,
        .grant_seq = UINT64_MAX};
    memcpy(set->members, members, count);
    dt_random(set->key, sizeof set->key);
    dt_key_id(set->key_id, set->key);
    struct dt_store_content_key key = {
        .expiry_ms = set->expiry_ms, .creator = line->wid,
        .shred = shred};
    memcpy(key.key_id, set->key_id, DT_KEY_ID_SIZE);
    memcpy(key.key, set->key, DT_SET_KEY_SIZE);
    DT_TRY(dt_node_write(line->node));
    const enum dt_err kept = dt_store_content_key_put(line->node->store, line->id, &key);
    dt_wipe(&key, sizeof key);
    DT_TRY(kept);
    line->set_count++;
    *out = set;
    return tell_set(line, set, time_ms);
}

/* A writer came after keys were made for its party: what was written to it meanwhile
 * must not stay closed to it. */
enum dt_err dt_line_grant_late(struct dt_line *line)
{
    for (size_t i = 0; i < line->set_count && !dt_line_is_copy(line); i++) {
        struct dt_reader_set *set = &line->sets[i];
        if (set->writers != line->writer_count && line->state != DT_LINE_LEFT) {
            DT_TRY(tell_set(line, set, dt_now_ms()));
        }
    }
    return DT_OK;
}

/* --- used ------------------------------------------------------------------------------ */

/* A reader of it has been revoked since: whoever took that key would read on. */
static bool is_spoilt(const struct dt_line *line, const struct dt_reader_set *set)
{
    for (size_t i = 0; i < line->writer_count; i++) {
        if (line->writers[i]->in_doubt && bit(set->boxed, line->writers[i]->wid)) {
            return true;
        }
    }
    return false;
}

/* Everybody addressed and ourselves, ascending. */
static size_t readers_of(const struct dt_line *line, const struct dt_draft *draft,
                         uint8_t out[static DT_MEMBERS_MAX])
{
    size_t count = 0;
    for (unsigned m = 0; m < line->charter->member_count; m++) {
        bool addressed = m == line->me || draft->to_count == 0;
        for (size_t i = 0; i < draft->to_count; i++) {
            addressed = addressed || draft->to[i] == m;
        }
        if (addressed) {
            out[count++] = (uint8_t)m;
        }
    }
    return count;
}

enum dt_err dt_line_set_of(struct dt_line *line, int64_t time_ms, bool shred,
                           const uint8_t *members, size_t count, const struct dt_reader_set **out)
{
    struct dt_reader_set *set = NULL;
    for (size_t i = line->set_count; i > 0 && set == NULL; i--) {
        struct dt_reader_set *held = &line->sets[i - 1];
        if (held->member_count == count && memcmp(held->members, members, count) == 0 &&
            held->shred == shred && held->expiry_ms > time_ms && !is_spoilt(line, held)) {
            set = held;
        }
    }
    if (set == NULL) {
        DT_TRY(grant_set(line, time_ms, shred, members, count, &set));
    } else if (set->writers != line->writer_count) {
        DT_TRY(tell_set(line, set, time_ms));
    }
    *out = set;
    return DT_OK;
}

enum dt_err dt_line_set_for(struct dt_line *line, const struct dt_draft *draft,
                            const struct dt_reader_set **out)
{
    uint8_t members[DT_MEMBERS_MAX];
    const size_t count = readers_of(line, draft, members);
    return dt_line_set_of(line, draft->time_ms, draft->kind == DT_KIND_NOTICE, members, count,
                          out);
}

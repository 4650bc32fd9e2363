/* SPDX-License-Identifier: ISC */
/*
 * A line that follows another (protocol.md section 4): is its charter true to what we hold
 * of the one before, when is that one closed, and what of ours goes on under the new one.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "log/fields.h"
#include "node/tiers.h"
#include "view/notice.h"

static struct dt_line *predecessor_of(const struct dt_line *line)
{
    return line->charter->has_predecessor
               ? dt_line_by_id(line->node, line->charter->predecessor) : NULL;
}

static bool all_accepted(struct dt_line *line)
{
    bool there[DT_MEMBERS_MAX] = {false};
    for (size_t i = 0; i < line->writer_count; i++) {
        const struct dt_sync_log *log = dt_sync_find_log(&line->sync, line->writers[i]->wid);
        if (log != NULL && log->durable > 0) {
            there[dt_wid_member(line->writers[i]->wid)] = true;
        }
    }
    for (size_t m = 0; m < line->charter->member_count; m++) {
        if (!there[m]) {
            return false;
        }
    }
    return true;
}

const struct dt_line *dt_line_successor(struct dt_line *line)
{
    for (size_t i = 0; i < line->node->line_count; i++) {
        struct dt_line *next = line->node->lines[i];
        if (next != line && next->charter->has_predecessor && all_accepted(next) &&
            memcmp(next->charter->predecessor, line->charter->id, DT_HASH_SIZE) == 0) {
            return next;
        }
    }
    return NULL;
}

bool dt_line_succeeded(struct dt_line *line, const struct dt_draft *draft)
{
    const bool new_business = (draft->kind == DT_KIND_MESSAGE && !dt_draft_warns(draft)) ||
                              draft->kind == DT_KIND_NOTICE ||
                              (draft->kind == DT_KIND_BLIND && !dt_field_has(draft->body, 1));
    return new_business && dt_line_successor(line) != NULL;
}

enum dt_err dt_successor_check(struct dt_node *n, const struct dt_charter *charter)
{
    struct dt_line *old =
        charter->has_predecessor ? dt_line_by_id(n, charter->predecessor) : NULL;
    for (size_t i = 0; old != NULL && i < charter->head_count; i++) {
        const struct dt_seen *head = &charter->heads[i];
        const struct dt_line_writer *w = dt_line_writer(old, head->wid, false);
        uint8_t root[DT_HASH_SIZE];
        if (w == NULL || w->log.frontier.size < head->size) {
            continue; /* the rest of it is still on its way to us */
        }
        struct dt_store_tree tree = {n->store, w->log.id, 0, 0, DT_OK};
        DT_TRY(dt_tree_root(root, head->size, dt_store_tree_node, &tree));
        if (memcmp(root, head->root, DT_HASH_SIZE) != 0) {
            return DT_ERR_BAD_HASH;
        }
    }
    return DT_OK;
}

void dt_query_successor(struct dt_object *o, struct dt_line *line)
{
    char tag[9];
    const struct dt_line *next = dt_line_successor(line), *old = predecessor_of(line);
    if (next != NULL) {
        dt_line_tag_text(tag, next);
        dt_put_string(o, "successor", tag);
    }
    if (line->charter->has_predecessor) {
        char text[DT_BASE32_SIZE(DT_HASH_SIZE) + 1];
        dt_base32(text, line->charter->predecessor, DT_HASH_SIZE);
        memcpy(tag, text, 8);
        tag[8] = '\0';
        dt_put_string(o, "predecessor", tag);
        dt_put_bool(o, "predecessor_held", old != NULL);
    }
}

/* --- for the charter of a successor -------------------------------------------------- */

static bool take_charter(void *ctx, const struct dt_store_line *row)
{
    void **context = ctx;
    const struct dt_line *line = context[0];
    if (row->id == line->id) {
        dt_obj_key(context[1], "charter");
        dt_obj_bytes(context[1], row->charter);
    }
    return row->id != line->id;
}

/* How far the logs of the line have come, signed by their authors. */
static enum dt_err put_heads(struct dt_object *o, struct dt_line *line)
{
    dt_obj_key(o, "heads");
    dt_obj_array(o);
    for (size_t i = 0; i < line->writer_count && i < DT_HEADS_MAX; i++) {
        const struct dt_store_log *log = &line->writers[i]->log;
        struct dt_store_tree tree = {line->node->store, log->id, 0, 0, DT_OK};
        uint8_t root[DT_HASH_SIZE];
        if (log->checkpoint_size == 0) {
            continue;
        }
        DT_TRY(dt_tree_root(root, log->checkpoint_size, dt_store_tree_node, &tree));
        dt_obj_map(o);
        dt_put_uint(o, "wid", line->writers[i]->wid);
        dt_put_uint(o, "size", log->checkpoint_size);
        dt_obj_key(o, "root");
        dt_obj_bytes(o, dt_span(root, sizeof root));
        dt_obj_end(o);
    }
    dt_obj_end(o);
    return DT_OK;
}

static enum dt_err heads(struct dt_object *o, struct dt_line *line)
{
    void *context[2] = {line, o};
    DT_TRY(dt_store_line_list(line->node->store, take_charter, context));
    return put_heads(o, line);
}

/* --- what goes on under the new line ------------------------------------------------- */

struct again {
    struct dt_body_notice clear;
    uint8_t body[DT_BODY_MAX], plain[DT_SEALED_MAX];
};

static enum dt_err put_again(struct dt_object *o, struct dt_line *line, const struct dt_ref *ref,
                             const struct dt_stored *record, struct again *a)
{
    struct dt_header h;
    char tag[9], id[DT_RECORD_ID_SIZE];
    size_t size = 0;
    DT_TRY(dt_header_decode(&h, record->header));
    DT_TRY(dt_body_notice_decode(&a->clear, record->body));
    const size_t plain =
        dt_line_open(line, ref->wid, ref->seq, record->body, a->plain, sizeof a->plain);
    a->clear.has_amended = false; /* the version before stays on the old line */
    if (a->clear.source[0] == '\0') {
        dt_line_tag_text(tag, line);
        dt_record_id(id, line->charter->members[line->me].code, dt_wid_number(ref->wid), ref->seq,
                     ref->leaf);
        snprintf(a->clear.source, sizeof a->clear.source, "%s/%s", tag, id);
    }
    DT_TRY(dt_body_notice_encode(a->body, sizeof a->body, &size, &a->clear));
    dt_put_uint(o, "precedence", dt_header_precedence(&h));
    dt_obj_key(o, "body");
    dt_obj_bytes(o, dt_span(a->body, size));
    dt_obj_key(o, "plain");
    dt_obj_bytes(o, dt_span(a->plain, plain));
    dt_obj_key(o, "to");
    dt_obj_array(o);
    for (unsigned m = 0; m < line->charter->member_count; m++) {
        if (m != line->me && dt_header_addresses(&h, m)) {
            dt_obj_string(o, line->charter->members[m].code);
        }
    }
    dt_obj_end(o);
    dt_wipe(a->plain, sizeof a->plain);
    return DT_OK;
}

static enum dt_err again(struct dt_object *o, struct dt_line *line, uint16_t wid, uint64_t seq)
{
    struct dt_stored record;
    struct dt_life_entry life;
    struct dt_ref ref = {wid, seq, {0}};
    if (dt_wid_member(wid) != line->me) {
        return DT_ERR_NOT_ALLOWED;
    }
    if (!dt_record_of(line, wid, seq, &record) || record.body.size == 0) {
        return DT_ERR_UNKNOWN_RECORD;
    }
    if (dt_tier_has_parts(record.body)) {
        return DT_ERR_NOT_ALLOWED; /* whom it is told how far there, an officer has to say */
    }
    dt_leaf_hash(ref.leaf, record.header);
    if (!dt_line_life(line, &ref, dt_now_ms(), &life)) {
        return DT_ERR_WRONG_RECORD;
    }
    struct again *a = calloc(1, sizeof *a);
    if (a == NULL) {
        return DT_ERR_NO_MEMORY;
    }
    /* What is read next may lie where this record does. */
    uint8_t *copy = malloc(record.body.size);
    enum dt_err err = copy == NULL ? DT_ERR_NO_MEMORY : DT_OK;
    if (err == DT_OK) {
        memcpy(copy, record.body.data, record.body.size);
        uint8_t header[DT_HEADER_MAX];
        memcpy(header, record.header.data, record.header.size);
        const struct dt_stored kept = {.header = dt_span(header, record.header.size),
                                       .body = dt_span(copy, record.body.size)};
        err = put_again(o, line, &ref, &kept, a);
    }
    free(copy);
    free(a);
    return err;
}

/* --- requests -------------------------------------------------------------------------- */

static enum dt_err answer_again(struct dt_object *o, struct dt_node *n, struct dt_line *only,
                                struct dt_span request)
{
    struct dt_cbor c = dt_cbor_need_text(request, "id");
    char id[DT_RECORD_ID_SIZE];
    struct dt_line *line = NULL;
    uint16_t wid = 0;
    uint64_t seq = 0;
    const struct dt_span text = dt_cbor_text(&c, sizeof id - 1);
    DT_TRY(dt_cbor_error(&c));
    memcpy(id, text.data, text.size);
    id[text.size] = '\0';
    DT_TRY(dt_query_find(n, id, only, &line, &wid, &seq));
    return again(o, line, wid, seq);
}

bool dt_query_succession(struct dt_node *n, struct dt_client_state *client, uint64_t re,
                         const char *cmd, struct dt_span request)
{
    struct dt_object o;
    bool failed = false;
    const bool is_heads = strcmp(cmd, "heads") == 0;
    if (!is_heads && strcmp(cmd, "again") != 0) {
        return false;
    }
    struct dt_line *line = dt_query_line(n, client, re, request, true, &failed);
    if (failed) {
        return true;
    }
    dt_reply_begin(&o, re);
    const enum dt_err err = is_heads ? heads(&o, line) : answer_again(&o, n, line, request);
    if (err != DT_OK) {
        dt_obj_free(&o);
        dt_control_error(n, client, re, err, cmd);
        return true;
    }
    dt_obj_end(&o);
    dt_control_send(n, client, &o);
    return true;
}

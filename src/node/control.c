/* SPDX-License-Identifier: ISC */
/* The control socket: clients, requests that change something, replies after the disk. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/text.h"
#include "base/utc.h"
#include "log/fields.h"
#include "node/bundle.h"
#include "node/held.h"
#include "node/pair.h"
#include "node/quota.h"
#include "node/tiers.h"
#include "node/state.h"
#include "node/succession.h"

enum { READ_SIZE = 65536, OUT_MAX = 32 << 20 };

/* --- clients ------------------------------------------------------------------ */

struct dt_client_state *dt_control_client(struct dt_node *n, uint64_t id)
{
    for (size_t i = 0; i < DT_CLIENTS_MAX; i++) {
        if (n->clients[i].fd >= 0 && n->clients[i].id == id) {
            return &n->clients[i];
        }
    }
    return NULL;
}

void dt_control_accept(struct dt_node *n)
{
    for (;;) {
        const int fd = dt_wire_accept(n->control_fd);
        if (fd < 0) {
            return;
        }
        unsigned i = 0;
        while (i < DT_CLIENTS_MAX && n->clients[i].fd >= 0) {
            i++;
        }
        struct epoll_event event = {.events = EPOLLIN, .data.u64 = (uint64_t)4 << 32 | i};
        if (i == DT_CLIENTS_MAX || epoll_ctl(n->epoll_fd, EPOLL_CTL_ADD, fd, &event) != 0) {
            close(fd);
            continue;
        }
        n->clients[i] = (struct dt_client_state){.fd = fd, .id = ++n->next_client};
        dt_role_fresh(&n->clients[i]);
    }
}

void dt_control_close(struct dt_node *n, struct dt_client_state *client)
{
    (void)n;
    close(client->fd);
    dt_wire_free(&client->in);
    free(client->out);
    *client = (struct dt_client_state){.fd = -1};
}

void dt_control_flush(struct dt_node *n, struct dt_client_state *client)
{
    while (client->out_sent < client->out_size) {
        const ssize_t sent = send(client->fd, client->out + client->out_sent,
                                  client->out_size - client->out_sent, MSG_NOSIGNAL);
        if (sent < 0) {
            if (errno == EAGAIN || errno == EWOULDBLOCK) {
                break;
            }
            dt_control_close(n, client);
            return;
        }
        client->out_sent += (size_t)sent;
    }
    const unsigned index = (unsigned)(client - n->clients);
    const bool blocked = client->out_sent < client->out_size;
    if (!blocked) {
        client->out_size = client->out_sent = 0;
    }
    if (blocked != client->blocked) {
        struct epoll_event event = {.events = EPOLLIN | (blocked ? (uint32_t)EPOLLOUT : 0u),
                                    .data.u64 = (uint64_t)4 << 32 | index};
        epoll_ctl(n->epoll_fd, EPOLL_CTL_MOD, client->fd, &event);
        client->blocked = blocked;
    }
    if (!blocked && client->closing) {
        dt_control_close(n, client);
    }
}

void dt_control_send(struct dt_node *n, struct dt_client_state *client, struct dt_object *o)
{
    struct dt_span message;
    if (dt_obj_done(o, &message) != DT_OK ||
        client->out_size - client->out_sent > OUT_MAX || /* a client that does not read */
        dt_wire_frame(&client->out, &client->out_size, &client->out_capacity, message) != DT_OK) {
        dt_node_log(n, "error", "a client is dropped: its reply cannot be sent");
        dt_control_close(n, client);
    }
    dt_obj_free(o);
}

void dt_reply_begin(struct dt_object *o, uint64_t re)
{
    dt_obj_init(o);
    dt_obj_map(o);
    dt_obj_key(o, "re");
    dt_obj_uint(o, re);
    dt_obj_key(o, "ok");
    dt_obj_bool(o, true);
}

void dt_control_error(struct dt_node *n, struct dt_client_state *client, uint64_t re,
                      enum dt_err err, const char *detail)
{
    struct dt_object o;
    dt_obj_init(&o);
    dt_obj_map(&o);
    dt_obj_key(&o, "re");
    dt_obj_uint(&o, re);
    dt_obj_key(&o, "ok");
    dt_obj_bool(&o, false);
    dt_obj_key(&o, "error");
    dt_obj_string(&o, dt_err_name(err));
    dt_obj_key(&o, "text");
    dt_obj_string(&o, detail != NULL ? detail : "");
    dt_obj_end(&o);
    dt_control_send(n, client, &o);
}

/* --- fields of requests ---------------------------------------------------------- */

static enum dt_err get_bytes(struct dt_span request, const char *key, size_t min, size_t max,
                             struct dt_span *out)
{
    struct dt_cbor c = dt_cbor_need_text(request, key);
    *out = dt_cbor_bytes(&c, min, max);
    return dt_cbor_error(&c);
}

static enum dt_err get_line(struct dt_node *n, struct dt_span request, struct dt_line **out)
{
    struct dt_span id;
    DT_TRY(get_bytes(request, "line", DT_HASH_SIZE, DT_HASH_SIZE, &id));
    *out = dt_line_by_id(n, id.data);
    return *out != NULL ? DT_OK : DT_ERR_UNKNOWN_LINE;
}

static enum dt_err get_draft(const struct dt_line *line, struct dt_span request,
                             struct dt_draft *draft)
{
    struct dt_cbor kind = dt_cbor_need_text(request, "kind");
    struct dt_cbor time = dt_cbor_need_text(request, "time");
    struct dt_cbor flags = dt_cbor_need_text(request, "flags");
    struct dt_cbor to = dt_cbor_need_text(request, "to");
    *draft = (struct dt_draft){0};
    draft->kind = (unsigned)dt_cbor_uint(&kind, 0xff);
    draft->time_ms = dt_cbor_int(&time, 0, INT64_MAX);
    draft->flags = (unsigned)dt_cbor_uint(&flags, 15);
    DT_TRY(dt_cbor_error(&kind));
    DT_TRY(dt_cbor_error(&time));
    DT_TRY(dt_cbor_error(&flags));
    draft->to_count = dt_cbor_array(&to, 0, line->charter->member_count);
    for (size_t i = 0; i < draft->to_count; i++) {
        draft->to[i] = (uint8_t)dt_cbor_uint(&to, line->charter->member_count - 1);
    }
    DT_TRY(dt_cbor_error(&to));
    DT_TRY(get_bytes(request, "body", 1, DT_BODY_MAX, &draft->body));
    struct dt_cbor plain, tiers;
    if (dt_cbor_find_text(request, "plain", &plain)) {
        draft->plain = dt_cbor_bytes(&plain, 1, DT_SEALED_MAX);
        DT_TRY(dt_cbor_error(&plain));
    }
    if (dt_cbor_find_text(request, "tiers", &tiers)) { /* a byte a member */
        const size_t members = line->charter->member_count;
        draft->tiers = dt_cbor_bytes(&tiers, members, members).data;
        DT_TRY(dt_cbor_error(&tiers));
    }
    return DT_OK;
}

/* --- append -------------------------------------------------------------------------- */

static enum dt_err set_state(struct dt_line *line, const struct dt_draft *draft)
{
    if (draft->kind == DT_KIND_LEAVE && line->state != DT_LINE_LEFT) {
        DT_TRY(dt_store_line_set_state(line->node->store, line->id, DT_LINE_LEFT));
        line->state = DT_LINE_LEFT;
    }
    return DT_OK;
}

/* The reply an earlier request with this token had, if there was one. */
static bool seen_token(struct dt_node *n, struct dt_span request, struct dt_span *token,
                       dt_store_key *key)
{
    struct dt_cbor c;
    *token = dt_span(NULL, 0);
    if (!dt_cbor_find_text(request, "token", &c)) {
        return false;
    }
    *token = dt_cbor_bytes(&c, DT_STORE_TOKEN_SIZE, DT_STORE_TOKEN_SIZE);
    return token->size > 0 && dt_store_token_get(n->store, token->data, key) == DT_OK;
}

static enum dt_err due_reply(struct dt_node *n, const struct dt_client_state *client, uint64_t re,
                             struct dt_line *line, uint64_t seq, const uint8_t *leaf,
                             const struct dt_draft *draft, bool wait)
{
    if (!dt_node_grow(&n->replies, n->reply_count, &n->reply_capacity, sizeof *n->replies)) {
        return DT_ERR_NO_MEMORY;
    }
    struct dt_reply_due *due = &n->replies[n->reply_count++];
    *due = (struct dt_reply_due){.client = client->id,
                                 .re = re,
                                 .line = line,
                                 .seq = seq,
                                 .wait_stored = wait,
                                 .flash = (draft->flags & 3u) == DT_FLASH};
    memcpy(due->leaf, leaf, DT_HASH_SIZE);
    due->to_all = draft->to_count == 0 || draft->to_count > sizeof due->to;
    for (size_t i = 0; !due->to_all && i < draft->to_count; i++) {
        due->to[due->to_count++] = draft->to[i];
    }
    return DT_OK;
}

static void plain_reply(struct dt_node *n, struct dt_client_state *client, uint64_t re,
                        bool unchanged)
{
    struct dt_object o;
    dt_reply_begin(&o, re);
    if (unchanged) {
        dt_obj_key(&o, "unchanged");
        dt_obj_bool(&o, true);
    }
    dt_obj_end(&o);
    dt_control_send(n, client, &o);
}

static bool flag(struct dt_span request, const char *key)
{
    struct dt_cbor c;
    return dt_cbor_find_text(request, key, &c) && dt_cbor_bool(&c);
}

/* A thing that is notified already gets the answer it had, or CHANGED with its id. With
 * `dry` nothing is written whatever comes of it. */
static enum dt_err enter_notice(struct dt_node *n, struct dt_client_state *client, uint64_t re,
                                struct dt_line *line, struct dt_span request,
                                const struct dt_draft *draft, bool *done)
{
    struct dt_source_found found;
    DT_TRY(dt_source_entry(line, draft, flag(request, "past"), &found));
    *done = found.there || flag(request, "dry");
    if (found.there && !found.same) {
        char id[DT_RECORD_ID_SIZE];
        dt_record_id(id, n->home.code, dt_wid_number(found.ref.wid), found.ref.seq,
                     found.ref.leaf);
        dt_control_error(n, client, re, DT_ERR_CHANGED, id);
    } else if (found.there && !flag(request, "dry")) {
        DT_TRY(due_reply(n, client, re, line, found.ref.seq, found.ref.leaf, draft, false));
        n->replies[n->reply_count - 1].unchanged = true;
        n->replies[n->reply_count - 1].wid = found.ref.wid;
    } else if (*done) {
        plain_reply(n, client, re, found.there);
    }
    return DT_OK;
}

static enum dt_err do_append(struct dt_node *n, struct dt_client_state *client, uint64_t re,
                             struct dt_span request)
{
    struct dt_line *line = NULL;
    struct dt_draft draft;
    struct dt_span token;
    struct dt_cbor wait;
    dt_store_key key;
    uint64_t seq = 0;
    uint8_t leaf[DT_HASH_SIZE];
    DT_TRY(get_line(n, request, &line));
    DT_TRY(get_draft(line, request, &draft));
    const bool waits = dt_cbor_find_text(request, "wait", &wait);
    if (seen_token(n, request, &token, &key)) {
        struct dt_stored record;
        seq = dt_store_key_seq(key);
        if (!line->sync.host.get(line, line->wid, seq, &record)) {
            return DT_ERR_STORE_DAMAGED;
        }
        dt_leaf_hash(leaf, record.header);
        return due_reply(n, client, re, line, seq, leaf, &draft, waits);
    }
    DT_TRY(dt_enter_may(line, &draft));
    if (dt_enter_refused(line, client, re, &draft)) {
        return DT_OK;
    }
    if (dt_line_succeeded(line, &draft)) {
        return DT_ERR_SUCCEEDED;
    }
    const char *why = NULL;
    if (dt_quota_entry(line, &draft, &why) != DT_OK) {
        dt_control_error(n, client, re, DT_ERR_QUOTA, why);
        return DT_OK;
    }
    bool done = false;
    DT_TRY(dt_disclosed_entry(line, &draft));
    DT_TRY(enter_notice(n, client, re, line, request, &draft, &done));
    if (done) {
        return DT_OK;
    }
    DT_TRY(dt_line_append(line, &draft, &seq, leaf));
    if (draft.kind == DT_KIND_DISCLOSED) {
        DT_TRY(dt_disclosed_grant(line, seq));
    }
    DT_TRY(set_state(line, &draft));
    if (token.size > 0) {
        const struct dt_line_writer *own = dt_line_writer(line, line->wid, false);
        DT_TRY(dt_store_token_put(n->store, token.data, dt_store_key_of(own->log.id, seq),
                                  dt_now_ms()));
    }
    return due_reply(n, client, re, line, seq, leaf, &draft, waits);
}

/* --- other changes ---------------------------------------------------------------------- */

static enum dt_err do_line_add(struct dt_node *n, struct dt_client_state *client, uint64_t re,
                               struct dt_span request)
{
    struct dt_span charter, accept;
    struct dt_line *line = NULL;
    struct dt_object o;
    DT_TRY(get_bytes(request, "charter", 1, DT_STATEMENT_MAX, &charter));
    DT_TRY(get_bytes(request, "accept", 1, DT_BODY_MAX, &accept));
    struct dt_cbor peers;
    if (dt_cbor_find_text(request, "peers", &peers)) {
        const size_t count = dt_cbor_array(&peers, 0, DT_MEMBERS_MAX);
        for (size_t i = 0; i < count; i++) {
            const struct dt_span card = dt_cbor_bytes(&peers, 1, DT_STATEMENT_MAX);
            DT_TRY(dt_cbor_error(&peers));
            DT_TRY(dt_link_add_card(n, card, NULL, true));
        }
    }
    DT_TRY(dt_line_add(n, charter, accept, &line));
    const uint64_t rollbacks = n->rollbacks;
    dt_node_commit(n);
    if (n->rollbacks != rollbacks) { /* the line is gone with its transaction */
        return n->rolled_back_for;
    }
    dt_reply_begin(&o, re);
    dt_obj_key(&o, "line");
    dt_obj_bytes(&o, dt_span(line->charter->id, DT_HASH_SIZE));
    dt_obj_end(&o);
    dt_control_send(n, client, &o);
    return DT_OK;
}

static enum dt_err do_peer_add(struct dt_node *n, struct dt_client_state *client, uint64_t re,
                               struct dt_span request)
{
    struct dt_span card;
    struct dt_cbor secret;
    const uint8_t *bytes = NULL;
    struct dt_object o;
    DT_TRY(get_bytes(request, "card", 1, DT_STATEMENT_MAX, &card));
    if (dt_cbor_find_text(request, "secret", &secret)) {
        const struct dt_span span = dt_cbor_bytes(&secret, 32, 32);
        DT_TRY(dt_cbor_error(&secret));
        bytes = span.data;
    }
    DT_TRY(dt_link_add_card(n, card, bytes, true));
    dt_reply_begin(&o, re);
    dt_obj_end(&o);
    dt_control_send(n, client, &o);
    return DT_OK;
}

static enum dt_err do_key(struct dt_node *n, struct dt_client_state *client, uint64_t re,
                          struct dt_span request)
{
    struct dt_line *line = NULL;
    struct dt_span statement;
    uint8_t body[DT_BODY_MAX], leaf[DT_HASH_SIZE];
    size_t size = 0;
    uint64_t seq = 0;
    DT_TRY(get_line(n, request, &line));
    DT_TRY(get_bytes(request, "statement", 1, DT_STATEMENT_MAX, &statement));
    DT_TRY(dt_body_key_encode(body, sizeof body, &size, statement));
    const struct dt_draft draft = {.kind = DT_KIND_KEY,
                                   .time_ms = dt_now_ms(),
                                   .flags = dt_flags(DT_ROUTINE, line->charter->class_),
                                   .body = dt_span(body, size)};
    DT_TRY(dt_line_append(line, &draft, &seq, leaf));
    return due_reply(n, client, re, line, seq, leaf, &draft, false);
}

static enum dt_err do_pair_open(struct dt_node *n, struct dt_client_state *client, uint64_t re,
                                struct dt_span request)
{
    struct dt_span card;
    DT_TRY(get_bytes(request, "card", 1, DT_STATEMENT_MAX, &card));
    DT_TRY(dt_pair_open(n, client, card));
    plain_reply(n, client, re, false);
    return DT_OK;
}

static enum dt_err do_pair_confirm(struct dt_node *n, struct dt_client_state *client, uint64_t re,
                                   struct dt_span request)
{
    struct dt_span root;
    DT_TRY(get_bytes(request, "root", DT_PUBLIC_SIZE, DT_PUBLIC_SIZE, &root));
    DT_TRY(dt_pair_confirm(n, root.data));
    plain_reply(n, client, re, false);
    return DT_OK;
}

static enum dt_err do_follow(struct dt_node *n, struct dt_client_state *client, uint64_t re)
{
    struct dt_object o;
    client->follows = true;
    dt_reply_begin(&o, re);
    dt_obj_end(&o);
    dt_control_send(n, client, &o);
    return DT_OK;
}

static enum dt_err do_stop(struct dt_node *n, struct dt_client_state *client, uint64_t re)
{
    struct dt_object o;
    n->stopping = true;
    dt_reply_begin(&o, re);
    dt_obj_end(&o);
    dt_control_send(n, client, &o);
    return DT_OK;
}

static enum dt_err change(struct dt_node *n, struct dt_client_state *client, uint64_t re,
                          const char *cmd, struct dt_span request)
{
    if (strcmp(cmd, "append") == 0) {
        return do_append(n, client, re, request);
    }
    if (strcmp(cmd, "line_add") == 0) {
        return do_line_add(n, client, re, request);
    }
    if (strcmp(cmd, "peer_add") == 0) {
        return do_peer_add(n, client, re, request);
    }
    if (strcmp(cmd, "pair_open") == 0) {
        return do_pair_open(n, client, re, request);
    }
    if (strcmp(cmd, "pair_confirm") == 0) {
        return do_pair_confirm(n, client, re, request);
    }
    if (strcmp(cmd, "key") == 0) {
        return do_key(n, client, re, request);
    }
    if (strcmp(cmd, "disclosure_rule") == 0) {
        DT_TRY(dt_rule_request(n, request));
        plain_reply(n, client, re, false);
        return DT_OK;
    }
    if (strcmp(cmd, "export") == 0 || strcmp(cmd, "import") == 0) {
        return dt_bundle_request(n, client, re, cmd, request);
    }
    if (strcmp(cmd, "backup") == 0) {
        return dt_backup_request(n, client, re, request);
    }
    if (strcmp(cmd, "follow") == 0) {
        return do_follow(n, client, re);
    }
    if (strcmp(cmd, "alarm_test") == 0) {
        if (n->options.alarm_exec == NULL) {
            return DT_ERR_NOT_ALLOWED; /* there is no program to try */
        }
        n->alarm.test = true;
        plain_reply(n, client, re, false);
        return DT_OK;
    }
    if (strcmp(cmd, "stop") == 0) {
        return do_stop(n, client, re);
    }
    return DT_ERR_UNKNOWN_VERSION; /* a command of a later version */
}

static void handle(struct dt_node *n, struct dt_client_state *client, struct dt_span request)
{
    struct dt_cbor cmd_field, re_field;
    char cmd[32];
    if (dt_cbor_check(request) != DT_OK) {
        client->closing = true;
        dt_control_error(n, client, 0, DT_ERR_NOT_CANONICAL, "request");
        return;
    }
    cmd_field = dt_cbor_need_text(request, "cmd");
    re_field = dt_cbor_need_text(request, "re");
    const struct dt_span name = dt_cbor_text(&cmd_field, sizeof cmd - 1);
    const uint64_t re = dt_cbor_uint(&re_field, UINT64_MAX);
    if (dt_cbor_error(&cmd_field) != DT_OK || dt_cbor_error(&re_field) != DT_OK) {
        client->closing = true;
        dt_control_error(n, client, 0, DT_ERR_MISSING_FIELD, "cmd, re");
        return;
    }
    memcpy(cmd, name.data, name.size);
    cmd[name.size] = '\0';
    if (dt_role_request(n, client, re, cmd, request)) {
        return;
    }
    if (!dt_role_may(n, client, cmd, request)) {
        dt_control_error(n, client, re, DT_ERR_NOT_ON_WATCH, cmd);
        return;
    }
    n->withhold = dt_role_of(n, client) == DT_ROLE_NONE;
    struct dt_cbor shapes;
    n->shapes = dt_cbor_find_text(request, "shapes", &shapes) && dt_cbor_bool(&shapes);
    const bool answered = dt_answer(n, client, re, cmd, request);
    n->shapes = false; /* events that follow go to others */
    if (answered) {
        return;
    }
    const uint64_t id = client->id;
    const enum dt_err err = change(n, client, re, cmd, request);
    client = dt_control_client(n, id);
    if (err != DT_OK && client != NULL) {
        dt_control_error(n, client, re, err, cmd);
    }
}

void dt_control_read(struct dt_node *n, struct dt_client_state *client)
{
    static _Thread_local uint8_t bytes[READ_SIZE];
    const uint64_t id = client->id;
    for (int passes = 0; passes < 16; passes++) {
        const ssize_t got = recv(client->fd, bytes, sizeof bytes, 0);
        if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR)) {
            return;
        }
        if (got > 0 && client->closing) {
            continue; /* it may not have read its last reply yet; what it says is not kept */
        }
        if (got <= 0 || dt_wire_feed(&client->in, dt_span(bytes, (size_t)got)) != DT_OK) {
            dt_control_close(n, client);
            return;
        }
        struct dt_span request;
        while (!client->closing && dt_wire_next(&client->in, &request)) {
            handle(n, client, request);
            client = dt_control_client(n, id);
            if (client == NULL) {
                return;
            }
        }
        if ((size_t)got < sizeof bytes) {
            return;
        }
    }
}

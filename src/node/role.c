/* SPDX-License-Identifier: ISC */
/* What a connection to the control socket may do, and how it comes to more (auth.h). */
#include <string.h>

#include "log/fields.h"
#include "node/auth.h"
#include "node/home_papers.h"
#include "node/query.h"
#include "view/watch_body.h"

#define WATCH_US ((int64_t)DT_OPERATOR_HOURS * 3600000000)

void dt_role_fresh(struct dt_client_state *client)
{
    dt_random(client->challenge, sizeof client->challenge);
}

/* Our officer's key, revoked on a line: by a record of ours, from whichever installation. */
static bool revoked_on_a_line(const struct dt_node *n, const uint8_t key[static DT_PUBLIC_SIZE])
{
    for (size_t i = 0; i < n->line_count; i++) {
        const struct dt_line *line = n->lines[i];
        for (size_t k = 0; k < line->officer_count; k++) {
            const struct dt_line_officer *o = &line->officers[k];
            if (o->member == line->me && o->revoked && memcmp(o->key, key, DT_PUBLIC_SIZE) == 0) {
                return true;
            }
        }
    }
    return false;
}

enum dt_role dt_role_of(const struct dt_node *n, struct dt_client_state *client)
{
    const bool over = dt_node_now_us() >= client->role_until_us;
    if (client->role != DT_ROLE_NONE && (over || revoked_on_a_line(n, client->key))) {
        client->role = DT_ROLE_NONE;
    }
    return client->role;
}

/* What needs no role: looking at what travels unsealed, and what any process of this user
 * could do to us anyway. A command that is not here needs one. */
static const char *const open_to_all[] = {"hello",   "status",  "auth",      "lock",   "inbox",
                                          "show",    "records", "notices",   "conflicts",
                                          "follow",  "digest",  "rebuild",   "stop",  "awaiting"};

/* The answer to a CHECK_FIRE, of a desk where nobody has unlocked a key: "watch desk,
 * unnamed". It is a claim until an officer is named, and in the stop-fire direction. */
static bool unnamed_answer(const char *cmd, struct dt_span request)
{
    struct dt_cbor kind, plain;
    return strcmp(cmd, "append") == 0 && dt_cbor_find_text(request, "kind", &kind) &&
           dt_cbor_uint(&kind, 0xff) == DT_KIND_FIRE_ANSWER && dt_cbor_error(&kind) == DT_OK &&
           !dt_cbor_find_text(request, "plain", &plain);
}

/* That nobody is at the desk, as a desk says it whose terminal went or whose officer is locked:
 * what is not said here would go on being seen as attended. */
static bool left_watch(const char *cmd, struct dt_span request)
{
    struct dt_cbor kind, plain, body;
    struct dt_body_watch watch;
    if (strcmp(cmd, "append") != 0 || !dt_cbor_find_text(request, "kind", &kind) ||
        dt_cbor_uint(&kind, 0xff) != DT_KIND_WATCH || dt_cbor_error(&kind) != DT_OK ||
        dt_cbor_find_text(request, "plain", &plain) ||
        !dt_cbor_find_text(request, "body", &body)) {
        return false;
    }
    const struct dt_span bytes = dt_cbor_bytes(&body, 0, DT_BODY_MAX);
    return dt_cbor_error(&body) == DT_OK && dt_body_watch_decode(&watch, bytes) == DT_OK &&
           watch.event == DT_WATCH_LEFT;
}

bool dt_role_may(const struct dt_node *n, struct dt_client_state *client, const char *cmd,
                 struct dt_span request)
{
    for (size_t i = 0; i < sizeof open_to_all / sizeof open_to_all[0]; i++) {
        if (strcmp(cmd, open_to_all[i]) == 0) {
            return true;
        }
    }
    return dt_role_of(n, client) != DT_ROLE_NONE || unnamed_answer(cmd, request) ||
           left_watch(cmd, request);
}

/* The key that must have signed: of the officer's certificate, or the root's for 0. */
static enum dt_err key_of(const struct dt_node *n, unsigned number,
                          uint8_t key[static DT_PUBLIC_SIZE])
{
    uint8_t bytes[DT_STATEMENT_MAX];
    size_t size = 0;
    struct dt_operator o;
    struct dt_revoked revoked;
    if (number == 0) {
        memcpy(key, n->home.root, DT_PUBLIC_SIZE);
        return DT_OK;
    }
    const enum dt_err err = dt_home_operator_statement(&n->home, number, bytes, &size, &o);
    if (err != DT_OK) {
        return err == DT_ERR_UNKNOWN_PARTY ? DT_ERR_AUTH_FAILED : err;
    }
    DT_TRY(dt_home_revoked(&n->home, &revoked));
    memcpy(key, o.key, DT_PUBLIC_SIZE);
    return dt_home_is_revoked(&revoked, key) || revoked_on_a_line(n, key) ? DT_ERR_REVOKED : DT_OK;
}

static enum dt_err take_auth(struct dt_node *n, struct dt_client_state *client,
                             struct dt_span request)
{
    struct dt_cbor number_field = dt_cbor_need_text(request, "number");
    struct dt_cbor signature_field = dt_cbor_need_text(request, "signature");
    const unsigned number = (unsigned)dt_cbor_uint(&number_field, DT_OPERATOR_MAX);
    const struct dt_span signature =
        dt_cbor_bytes(&signature_field, DT_SIGNATURE_SIZE, DT_SIGNATURE_SIZE);
    struct dt_auth auth;
    uint8_t key[DT_PUBLIC_SIZE];
    memcpy(auth.challenge, client->challenge, DT_CHALLENGE_SIZE);
    dt_role_fresh(client); /* good for one attempt */
    DT_TRY(dt_cbor_error(&number_field));
    DT_TRY(dt_cbor_error(&signature_field));
    DT_TRY(key_of(n, number, key));
    memcpy(auth.root, n->home.root, DT_PUBLIC_SIZE);
    memcpy(auth.writer, n->keys.writer_public, DT_PUBLIC_SIZE);
    if (!dt_auth_verify(signature.data, &auth, key)) {
        return DT_ERR_AUTH_FAILED;
    }
    client->role = number == 0 ? DT_ROLE_ROOT : DT_ROLE_OFFICER;
    client->officer = number;
    memcpy(client->key, key, DT_PUBLIC_SIZE);
    client->role_until_us = dt_node_now_us() + WATCH_US;
    return DT_OK;
}

/* The end of a watch: connections of that officer, or of all for 0, look on from outside. */
static enum dt_err take_lock(struct dt_node *n, struct dt_span request)
{
    struct dt_cbor field = dt_cbor_need_text(request, "number");
    const unsigned number = (unsigned)dt_cbor_uint(&field, DT_OPERATOR_MAX);
    DT_TRY(dt_cbor_error(&field));
    for (size_t i = 0; i < DT_CLIENTS_MAX; i++) {
        struct dt_client_state *c = &n->clients[i];
        if (c->fd >= 0 && c->role == DT_ROLE_OFFICER && (number == 0 || c->officer == number)) {
            c->role = DT_ROLE_NONE;
        }
    }
    return DT_OK;
}

bool dt_role_request(struct dt_node *n, struct dt_client_state *client, uint64_t re,
                     const char *cmd, struct dt_span request)
{
    const bool is_auth = strcmp(cmd, "auth") == 0;
    struct dt_object o;
    if (!is_auth && strcmp(cmd, "lock") != 0) {
        return false;
    }
    const enum dt_err err = is_auth ? take_auth(n, client, request) : take_lock(n, request);
    if (err != DT_OK) {
        dt_node_log(n, "info", "control: %s refused: %s", cmd, dt_err_name(err));
        dt_control_error(n, client, re, err, cmd);
        return true;
    }
    dt_reply_begin(&o, re);
    dt_put_string(&o, "role", dt_role_name(dt_role_of(n, client)));
    dt_obj_end(&o);
    dt_control_send(n, client, &o);
    return true;
}

const char *dt_role_name(enum dt_role role)
{
    static const char *const names[] = {"none", "officer", "root"};
    return names[role];
}

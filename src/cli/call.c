/* SPDX-License-Identifier: ISC */
/* The node: requests, the line meant, appending (cli.h). */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "cli/cli.h"
#include "cli/watch.h"
#include "node/auth.h"
#include "view/body.h"

enum { CALL_MS = 30000, TAG_MIN = 4 };

static bool hello(struct cli *c);

static enum dt_err open_socket(struct cli *c)
{
    char path[DT_HOME_PATH_SIZE];
    enum dt_err err = dt_home_file(path, &c->home, "control.sock");
    err = err == DT_OK ? dt_client_open(&c->client, path) : err;
    c->client_open = err == DT_OK;
    return err;
}

/* Signs the challenge of this connection; number 0 is the root. */
static bool take_role(struct cli *c, unsigned number, const uint8_t *signer)
{
    uint8_t challenge[DT_CHALLENGE_SIZE];
    if (!hello(c) || !cli_bytes(c->hello, "challenge", challenge, sizeof challenge)) {
        return false;
    }
    json_object_del(c->hello, "challenge"); /* it is good for one attempt */
    c->auth_err = dt_client_auth(&c->client, &c->home, challenge, number, signer);
    return c->auth_err == DT_OK;
}

/* The officer meant: --as, or as a command calls him who heard it or releases it. */
static const char *officer_option(const struct cli *c)
{
    for (size_t i = 0; i < CLI_OFFICER_NAMES; i++) {
        if (cli_option(c, cli_officer_names[i]) != NULL) {
            return cli_option(c, cli_officer_names[i]);
        }
    }
    return NULL;
}

/* The role of an officer on watch: of --as, or of the first. With nobody on watch we go on
 * without: much needs no role, and the node says NOT_ON_WATCH to the rest. */
static void take_watch(struct cli *c)
{
    static struct dt_home_operator list[DT_OPERATOR_MAX];
    struct dt_officer_key key;
    uint64_t as = 0;
    size_t count = 0;
    const char *text = officer_option(c);
    if ((text != NULL && !cli_number(c, text, DT_OPERATOR_MAX, &as)) ||
        dt_home_operators(&c->home, dt_now_ms(), list, DT_OPERATOR_MAX, &count) != DT_OK) {
        return;
    }
    for (size_t i = 0; i < count; i++) {
        const unsigned number = list[i].operator_.number;
        if (list[i].unlocked && (as == 0 || as == number) &&
            dt_home_officer(&c->home, number, dt_now_ms(), &key) == DT_OK) {
            (void)take_role(c, number, key.signer);
            dt_officer_key_wipe(&key);
            return;
        }
    }
}

bool cli_connect(struct cli *c)
{
    if (c->client_open) {
        return true;
    }
    if (!cli_open_home(c)) {
        return false;
    }
    const enum dt_err err = open_socket(c);
    if (err != DT_OK) {
        cli_fail(c, err, err == DT_ERR_NO_NODE ? "%s" : NULL, c->home.path);
        return false;
    }
    take_watch(c);
    return true;
}

bool cli_connect_quiet(struct cli *c)
{
    if (!cli_open_home(c) || open_socket(c) != DT_OK) {
        return false;
    }
    json_decref(c->hello); /* its challenge was of another connection: without one of its own */
    c->hello = NULL;       /* this one has no role, and what is sealed comes without its words */
    take_watch(c);
    return true;
}

void cli_connect_root(struct cli *c, const uint8_t root[static DT_SIGNER_SIZE])
{
    if (c->client_open || open_socket(c) == DT_OK) {
        (void)take_role(c, 0, root);
    }
}

void cli_disconnect(struct cli *c)
{
    if (c->client_open) {
        dt_client_close(&c->client);
    }
    c->client_open = false;
    json_decref(c->hello);
    c->hello = NULL;
}

void cli_begin(struct cli *c, struct dt_object *o, const char *cmd)
{
    dt_client_begin(&c->client, o, cmd);
}

static bool ask(struct cli *c, struct dt_object *o, json_t **reply, unsigned timeout_ms)
{
    if (!cli_connect(c)) {
        dt_obj_free(o);
        return false;
    }
    const enum dt_err err = dt_client_call(&c->client, o, timeout_ms);
    if (err == DT_ERR_EXPIRED && c->client.text[0] == '\0') {
        cli_fail(c, DT_ERR_NO_NODE, _("it did not answer within %d s"), CALL_MS / 1000);
        return false;
    }
    if (err == DT_ERR_NOT_ON_WATCH && c->auth_err != DT_OK) {
        cli_fail(c, err, _("the node does not take the unlocked key: %s"),
                 dt_err_name(c->auth_err));
        return false;
    }
    if (err != DT_OK) {
        cli_fail(c, err, c->client.text[0] != '\0' ? "%s" : NULL, c->client.text);
        return false;
    }
    if (reply != NULL) {
        *reply = cli_json_from_cbor(c->client.reply);
        json_object_del(*reply, "re");
        json_object_del(*reply, "ok");
    }
    return true;
}

bool cli_ask(struct cli *c, struct dt_object *o, json_t **reply)
{
    return ask(c, o, reply, c->call_ms != 0 ? c->call_ms : CALL_MS);
}

bool cli_ask_long(struct cli *c, struct dt_object *o, json_t **reply)
{
    return ask(c, o, reply, 0);
}

/* --- lines ------------------------------------------------------------------------ */

static bool hello(struct cli *c)
{
    struct dt_object o;
    if (c->hello != NULL) {
        return true;
    }
    if (!cli_connect(c)) {
        return false;
    }
    json_decref(c->hello); /* asked for before we had a role: it says more now */
    c->hello = NULL;
    cli_begin(c, &o, "hello");
    return cli_ask(c, &o, &c->hello);
}

bool cli_lines_known(struct cli *c)
{
    return hello(c);
}

bool cli_several_lines(struct cli *c)
{
    return hello(c) && json_array_size(json_object_get(c->hello, "lines")) > 1;
}

static void list_tags(const json_t *lines, char *out, size_t capacity)
{
    size_t i, n = 0;
    json_t *line;
    out[0] = '\0';
    json_array_foreach (lines, i, line) {
        if (n < capacity) {
            n += (size_t)snprintf(out + n, capacity - n, "%s%s", i > 0 ? ", " : "",
                                  cli_str(line, "tag"));
        }
    }
}

/* The lines whose id begins with `tag`; *found is the first. */
static size_t match_tag(json_t *lines, const char *tag, json_t **found)
{
    size_t i, count = 0;
    json_t *line;
    json_array_foreach (lines, i, line) {
        if (strncmp(cli_str(line, "line"), tag, strlen(tag)) == 0) {
            *found = count++ == 0 ? line : *found;
        }
    }
    return count;
}

/* Puts lines that the node has taken since we said hello behind those known: what borrowed
 * from these keeps it. */
static bool know_new_lines(struct cli *c)
{
    struct dt_object o;
    json_t *again = NULL, *line, *known = NULL;
    json_t *lines = json_object_get(c->hello, "lines");
    size_t i;
    cli_begin(c, &o, "hello");
    if (!cli_ask(c, &o, &again)) {
        return false;
    }
    json_array_foreach (json_object_get(again, "lines"), i, line) {
        if (match_tag(lines, cli_str(line, "line"), &known) == 0) {
            json_array_append(lines, line);
        }
    }
    json_decref(again);
    return true;
}

static json_t *choose_line(struct cli *c, const char *tag)
{
    char tags[512];
    json_t *lines = json_object_get(c->hello, "lines"), *found = NULL;
    const bool missed = tag == NULL ? json_array_size(lines) == 0
                                    : strlen(tag) >= TAG_MIN && match_tag(lines, tag, &found) == 0;
    if (missed && !know_new_lines(c)) { /* a desk may be older than a line */
        return NULL;
    }
    list_tags(lines, tags, sizeof tags);
    if (tag == NULL && json_array_size(lines) == 0) {
        cli_fail(c, DT_ERR_UNKNOWN_LINE, _("there is none here yet"));
        return NULL;
    }
    if (tag == NULL && json_array_size(lines) > 1) {
        cli_usage(c, _("there are several lines: add --line TAG, one of %s"), tags);
        return NULL;
    }
    const size_t count = tag == NULL ? 1 : strlen(tag) < TAG_MIN ? 0 : match_tag(lines, tag, &found);
    if (count != 1) {
        cli_fail(c, DT_ERR_UNKNOWN_LINE, count == 0 ? "%s" : _("%s names several"), tag);
        return NULL;
    }
    return tag == NULL ? json_array_get(lines, 0) : found;
}

static bool says_exercise(const json_t *info)
{
    const json_t *class_ = json_object_get(info, "class");
    return json_is_string(class_) ? strcasecmp(json_string_value(class_), "EXERCISE") == 0
                                  : json_integer_value(class_) == DT_EXERCISE;
}

bool cli_line(struct cli *c, struct cli_line *line)
{
    return cli_line_of(c, cli_option(c, "line"), line);
}

bool cli_line_of(struct cli *c, const char *tag, struct cli_line *line)
{
    memset(line, 0, sizeof *line);
    if (!hello(c)) {
        return false;
    }
    line->info = choose_line(c, tag);
    if (line->info == NULL) {
        return false;
    }
    line->tag = cli_str(line->info, "tag");
    line->wid = (uint16_t)cli_int(line->info, "wid");
    line->exercise = says_exercise(line->info);
    if (!cli_bytes(line->info, "line", line->id, sizeof line->id)) {
        cli_fail(c, DT_ERR_BAD_VALUE, "line");
        return false;
    }
    return true;
}

bool cli_put_line(struct cli *c, struct dt_object *o)
{
    struct cli_line line;
    if (!cli_line(c, &line)) {
        dt_obj_free(o);
        return false;
    }
    dt_obj_key(o, "line");
    dt_obj_bytes(o, dt_span(line.id, sizeof line.id));
    return true;
}

int cli_member(const struct cli_line *line, const char *code)
{
    size_t i;
    json_t *member;
    json_array_foreach (json_object_get(line->info, "members"), i, member) {
        if (strcasecmp(cli_str(member, "code"), code) == 0) {
            return (int)i;
        }
    }
    return -1;
}

/* --- appending -------------------------------------------------------------------------- */

bool cli_precedence(struct cli *c, const char *name, enum dt_precedence fallback,
                    enum dt_precedence *out)
{
    *out = fallback;
    if (name == NULL) {
        return true;
    }
    for (int p = DT_ROUTINE; p <= DT_FLASH; p++) {
        if (strcasecmp(name, dt_precedence_name((unsigned)p)) == 0) {
            *out = (enum dt_precedence)p;
            return true;
        }
    }
    cli_usage(c, _("precedence is ROUTINE, PRIORITY, IMMEDIATE or FLASH, not %s"), cli_safe(name));
    return false;
}

static bool take_class(struct cli *c, const struct cli_line *line, enum dt_class *out)
{
    const char *name = cli_option(c, "class");
    const bool no_duff = cli_flag(c, "no-duff");
    *out = line->exercise && !no_duff && !c->no_duff ? DT_EXERCISE : DT_OPERATION;
    if (no_duff && (!line->exercise || name != NULL)) {
        cli_usage(c, _("--no-duff says on an exercise line that this is real; elsewhere it says nothing"));
        return false;
    }
    if (name == NULL) {
        return true;
    }
    if (line->exercise && strcasecmp(name, dt_class_name(DT_OPERATION)) == 0) {
        cli_usage(c, _("this is an exercise line: what is real there says --no-duff"));
        return false;
    }
    for (int k = DT_OPERATION; k <= DT_DRILL; k++) {
        if (strcasecmp(name, dt_class_name((unsigned)k)) == 0) {
            *out = (enum dt_class)k;
            return true;
        }
    }
    cli_usage(c, _("class is operation, exercise, test or drill, not %s"), cli_safe(name));
    return false;
}

/* "SUED,MEDI" as member indexes, ascending, each once. */
static bool take_addressees(struct cli *c, const struct cli_append *a, struct dt_header *h)
{
    bool named[DT_MEMBERS_MAX] = {false};
    for (const char *at = a->to; at != NULL && *at != '\0';) {
        char code[DT_CODE_MAX + 2];
        const size_t size = strcspn(at, ",");
        snprintf(code, sizeof code, "%.*s", (int)(size < sizeof code ? size : sizeof code - 1), at);
        const int member = cli_member(a->line, code);
        if (member < 0 || member >= DT_MEMBERS_MAX) {
            cli_no_member(c, a->line, code);
            return false;
        }
        named[member] = true;
        at += size + (at[size] == ',');
    }
    for (unsigned i = 0; i < DT_MEMBERS_MAX; i++) {
        if (named[i]) {
            h->to[h->to_count++] = (uint8_t)i;
        }
    }
    return true;
}

/* What the record will be, but for its place and body: the officer signs it too. */
bool cli_make_header(struct cli *c, const struct cli_append *a, struct dt_header *h)
{
    enum dt_class class_;
    *h = (struct dt_header){.kind = a->kind,
                            .time_ms = a->time_ms != 0 ? a->time_ms : dt_now_ms()};
    if (!take_class(c, a->line, &class_)) {
        return false;
    }
    h->flags = dt_flags(a->precedence, class_);
    return take_addressees(c, a, h);
}

bool cli_find_officer(struct cli *c, unsigned wanted, struct dt_officer_key *key, bool needed,
                      bool *found)
{
    uint64_t number = wanted;
    const char *as = wanted == 0 ? officer_option(c) : NULL;
    *found = false;
    if (as != NULL && !cli_number(c, as, DT_OPERATOR_MAX, &number)) {
        return false;
    }
    const enum dt_err err = dt_home_officer(&c->home, (unsigned)number, dt_now_ms(), key);
    if (err == DT_OK) {
        *found = true;
    } else if (err == DT_ERR_USAGE) {
        cli_usage(c, _("several officers are unlocked: add --as N"));
        return false;
    } else if (needed || as != NULL) {
        const bool locked = err == DT_ERR_NOT_ALLOWED || err == DT_ERR_EXPIRED;
        cli_fail(c, locked ? DT_ERR_NOT_ON_WATCH : err, _("an officer must sign this"));
        return false;
    }
    return true;
}

/* The body with the officer's signature; `out` of DT_BODY_MAX bytes. */
bool cli_sign_body(struct cli *c, const struct cli_append *a, const struct dt_header *h,
                   const struct dt_officer_key *key, unsigned body_key, uint8_t *out, size_t *size)
{
    uint8_t digest[DT_HASH_SIZE], signature[DT_SIGNATURE_SIZE];
    enum dt_err err = dt_officer_digest(digest, a->body, a->plain);
    if (err == DT_OK) {
        dt_officer_sign(signature, a->line->id, a->line->wid, h, digest, key->signer);
        err = dt_body_add_officer(out, DT_BODY_MAX, size, a->body, body_key, key->number,
                                  signature);
    }
    if (err != DT_OK) {
        cli_fail(c, err, "%s", dt_kind_name(a->kind));
    }
    return err == DT_OK;
}

/* A second officer (--second N), for LIFT and where the caller names one. */
static bool sign_second(struct cli *c, const struct cli_append *a, const struct dt_header *h,
                        uint8_t *body, size_t *size)
{
    uint64_t number = a->second;
    const char *second = cli_option(c, "second");
    uint8_t first[DT_BODY_MAX];
    struct dt_officer_key key;
    if (a->kind != DT_KIND_LIFT && a->second == 0 && (!a->two || second == NULL)) {
        return true;
    }
    if (second == NULL && a->second == 0) {
        cli_fail(c, DT_ERR_NEEDS_SECOND, _("add --second N, unlocked here too"));
        return false;
    }
    if (a->second == 0 && !cli_number(c, second, DT_OPERATOR_MAX, &number)) {
        return false;
    }
    const enum dt_err err =
        number == 0 ? DT_ERR_NOT_ALLOWED
                    : dt_home_officer(&c->home, (unsigned)number, dt_now_ms(), &key);
    if (err != DT_OK) {
        const bool locked = err == DT_ERR_NOT_ALLOWED || err == DT_ERR_EXPIRED;
        cli_fail(c, locked ? DT_ERR_NOT_ON_WATCH : err,
                 _("the second officer is not unlocked here"));
        return false;
    }
    const size_t first_size = *size;
    memcpy(first, body, first_size);
    struct cli_append again = *a;
    again.body = dt_span(first, first_size);
    const bool good = cli_sign_body(c, &again, h, &key, DT_BODY_SECOND, body, size);
    dt_officer_key_wipe(&key);
    return good;
}

static void build_append(struct dt_object *o, const struct cli_append *a,
                         const struct dt_header *h, struct dt_span body)
{
    uint8_t token[16];
    dt_random(token, sizeof token);
    dt_obj_key(o, "line");
    dt_obj_bytes(o, dt_span(a->line->id, DT_HASH_SIZE));
    dt_obj_key(o, "kind");
    dt_obj_uint(o, h->kind);
    dt_obj_key(o, "time");
    dt_obj_uint(o, (uint64_t)h->time_ms);
    dt_obj_key(o, "flags");
    dt_obj_uint(o, h->flags);
    dt_obj_key(o, "to");
    dt_obj_array(o);
    for (size_t i = 0; i < h->to_count; i++) {
        dt_obj_uint(o, h->to[i]);
    }
    dt_obj_end(o);
    dt_obj_key(o, "body");
    dt_obj_bytes(o, body);
    if (a->past) {
        dt_obj_key(o, "past");
        dt_obj_bool(o, true);
    }
    if (a->dry) {
        dt_obj_key(o, "dry");
        dt_obj_bool(o, true);
    } else {
        dt_obj_key(o, "token");
        dt_obj_bytes(o, dt_span(token, sizeof token));
    }
    if (a->plain.size > 0) {
        dt_obj_key(o, "plain");
        dt_obj_bytes(o, a->plain);
    }
    if (a->tiers != NULL) {
        dt_obj_key(o, "tiers");
        dt_obj_bytes(o, dt_span(a->tiers, json_array_size(json_object_get(a->line->info,
                                                                          "members"))));
    }
}

bool cli_prepare(struct cli *c, const struct cli_append *a, enum cli_officer officer,
                 struct dt_header *h, uint8_t *body, size_t *size)
{
    struct dt_officer_key key;
    bool found = false;
    *size = a->body.size;
    if (!cli_make_header(c, a, h)) {
        return false;
    }
    if (*size > DT_BODY_MAX) {
        cli_fail(c, DT_ERR_TOO_LARGE, NULL);
        return false;
    }
    if (officer != CLI_UNSIGNED &&
        !cli_find_officer(c, a->as, &key, officer == CLI_SIGNED, &found)) {
        return false;
    }
    if (!found) {
        memcpy(body, a->body.data, *size);
        return true;
    }
    const bool good = cli_sign_body(c, a, h, &key, DT_BODY_OFFICER, body, size);
    dt_officer_key_wipe(&key);
    return good && sign_second(c, a, h, body, size);
}

bool cli_append_made(struct cli *c, const struct cli_append *a, const struct dt_header *h,
                     struct dt_span body, json_t **reply)
{
    struct dt_object o;
    if (!cli_connect(c)) {
        return false;
    }
    cli_begin(c, &o, "append");
    build_append(&o, a, h, body);
    if (!cli_ask(c, &o, reply)) {
        return false;
    }
    if (reply != NULL && cli_true(*reply, "demoted") && !c->json && c->said == NULL) {
        cli_note(_("DEMOTED: this hour's FLASH budget is used; it is sent, and counts as IMMEDIATE "
                   "at every desk"));
    }
    return true;
}

bool cli_append(struct cli *c, const struct cli_append *a, enum cli_officer officer, json_t **reply)
{
    uint8_t body[DT_BODY_MAX];
    size_t size = 0;
    struct dt_header h;
    return cli_prepare(c, a, a->two && !a->dry ? CLI_SIGNED : officer, &h, body, &size) &&
           cli_append_made(c, a, &h, dt_span(body, size), reply);
}

int cli_append_say(struct cli *c, const struct cli_line *line, unsigned kind,
                   enum dt_precedence precedence, struct dt_span body, const char *words)
{
    json_t *reply = NULL;
    const struct cli_append a = {
        .line = line, .kind = kind, .precedence = precedence, .body = body};
    if (!cli_append(c, &a, kind == DT_KIND_PASSED_ON ? CLI_SIGNED_IF_UNLOCKED : CLI_SIGNED,
                    &reply)) {
        return c->exit;
    }
    json_t *desks = kind == DT_KIND_CHECK_FIRE ? cli_empty_desks(c, line, NULL) : NULL;
    if (desks != NULL) {
        json_object_set(reply, "desks", desks);
    }
    const int exit = cli_done(c, reply, "%s  %s\n", cli_str(reply, "id"), words);
    if (!c->json) {
        cli_say_desks(desks);
    }
    json_decref(desks);
    return exit;
}

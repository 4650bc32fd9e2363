/* SPDX-License-Identifier: ISC */
/* operator, revoke: the officers of this party and their keys. */
#include <string.h>

#include "base/text.h"
#include "cli/watch.h"
#include "view/body.h"

enum { LOCK_MS = 5000 };

/* Appends a certificate or revocation as KEY to every line, if a node answers. *told is
 * the number of lines; a node that does not run is no error, the card has it too. */
static bool tell_lines(struct cli *c, struct dt_span statement, size_t *told)
{
    struct dt_object o;
    json_t *hello = NULL, *line;
    size_t i;
    *told = 0;
    if (!c->client_open) { /* cli_root() found no node */
        return true;
    }
    cli_begin(c, &o, "hello");
    if (!cli_ask(c, &o, &hello)) {
        return false;
    }
    bool good = true;
    json_array_foreach (json_object_get(hello, "lines"), i, line) {
        uint8_t id[DT_HASH_SIZE];
        if (!good || !cli_bytes(line, "line", id, sizeof id)) {
            continue;
        }
        cli_begin(c, &o, "key");
        dt_obj_key(&o, "line");
        dt_obj_bytes(&o, dt_span(id, sizeof id));
        dt_obj_key(&o, "statement");
        dt_obj_bytes(&o, statement);
        good = cli_ask(c, &o, NULL);
        *told += good;
    }
    json_decref(hello);
    return good;
}

static int operator_add(struct cli *c)
{
    uint64_t number = 0;
    uint8_t root[DT_SIGNER_SIZE], statement[DT_STATEMENT_MAX];
    size_t size, told;
    struct cli_secret secret;
    struct dt_operator o;
    const char *role = cli_word(c, 0, _("ROLE")), *wanted = cli_option(c, "number");
    if (role == NULL || !cli_words_end(c, 1) ||
        (wanted != NULL && !cli_number(c, wanted, DT_OPERATOR_MAX, &number)) || !cli_root(c, root)) {
        return c->exit;
    }
    if (!cli_passphrase(c, &secret, _("new passphrase of this officer"), true, false)) {
        dt_wipe(root, sizeof root);
        return c->exit;
    }
    enum dt_err err = dt_home_add_operator(&c->home, (unsigned)number, role,
                                           cli_secret_span(&secret), root, dt_now_ms(), &o);
    cli_secret_wipe(&secret);
    err = err == DT_OK ? dt_home_make_card(&c->home, NULL, root, dt_now_ms()) : err;
    dt_wipe(root, sizeof root);
    if (err != DT_OK) {
        return cli_fail(c, err, "%s", cli_safe(role));
    }
    err = dt_home_operator_statement(&c->home, o.number, statement, &size, &o);
    if (err != DT_OK) {
        return cli_fail(c, err, NULL);
    }
    if (!tell_lines(c, dt_span(statement, size), &told)) {
        return c->exit;
    }
    json_t *value = json_pack("{s:i, s:s, s:o, s:i}", "number", (int)o.number, "role", o.role,
                              "key", cli_json_bytes(o.key, DT_PUBLIC_SIZE), "lines", (int)told);
    return cli_done(c, value,
                    _("Officer %u, %s. The card names the officer now; hand it out again.\n"
                      "Next, at the start of a watch: detente operator unlock %u\n"),
                    o.number, cli_safe(o.role), o.number);
}

static int operator_list(struct cli *c)
{
    static struct dt_home_operator list[DT_OPERATOR_MAX];
    size_t count;
    if (!cli_words_end(c, 0) || !cli_open_home(c)) {
        return c->exit;
    }
    const enum dt_err err =
        dt_home_operators(&c->home, dt_now_ms(), list, DT_OPERATOR_MAX, &count);
    if (err != DT_OK) {
        return cli_fail(c, err, NULL);
    }
    json_t *operators = json_array();
    for (size_t i = 0; i < count; i++) {
        const struct dt_home_operator *o = &list[i];
        json_array_append_new(
            operators, json_pack("{s:i, s:s, s:o, s:b, s:b, s:I}", "number",
                                 (int)o->operator_.number, "role", o->operator_.role, "key",
                                 cli_json_bytes(o->operator_.key, DT_PUBLIC_SIZE), "revoked",
                                 o->revoked, "unlocked", o->unlocked, "until",
                                 (json_int_t)o->expiry_ms));
        if (!c->json) {
            printf("%3u  %s", o->operator_.number, cli_safe(o->operator_.role));
            if (o->unlocked) {
                printf(_("  unlocked until %s"), cli_when(o->expiry_ms));
            }
            puts(o->revoked ? _("  revoked") : "");
        }
    }
    if (c->json) {
        cli_print_json(json_pack("{s:o}", "operators", operators));
        return CLI_DONE;
    }
    json_decref(operators);
    return CLI_DONE;
}

static bool take_number(struct cli *c, unsigned *out)
{
    uint64_t number;
    const char *text = cli_word(c, 0, _("the officer's number"));
    if (text == NULL || !cli_words_end(c, 1) || !cli_number(c, text, DT_OPERATOR_MAX, &number)) {
        return false;
    }
    *out = (unsigned)number;
    return true;
}

static int operator_unlock(struct cli *c)
{
    unsigned number;
    struct cli_secret secret;
    const int64_t now = dt_now_ms();
    if (!take_number(c, &number) || !cli_open_home(c) ||
        !cli_passphrase(c, &secret, _("passphrase of the officer"), false, false)) {
        return c->exit;
    }
    const enum dt_err err =
        dt_home_unlock_operator(&c->home, number, cli_secret_span(&secret), now);
    cli_secret_wipe(&secret);
    if (err == DT_ERR_UNKNOWN_PARTY) {
        return cli_fail(c, DT_ERR_BAD_VALUE, _("there is no officer %u; detente operator list"),
                        number);
    }
    if (err != DT_OK) {
        return cli_fail(c, err, _("officer %u"), number);
    }
    const int64_t until = now + (int64_t)DT_OPERATOR_HOURS * 3600000;
    return cli_done(c, json_pack("{s:i, s:I}", "number", (int)number, "until", (json_int_t)until),
                    _("The key of officer %u is unlocked until %s. That is no watch yet: "
                      "detente watch take. At its end: detente operator lock\n"),
                    number, cli_when(until));
}

/* Windows that are open as that officer lose the role with the watch (0: all officers). */
static void end_roles(struct cli *c, unsigned number)
{
    char path[DT_HOME_PATH_SIZE];
    struct dt_client client;
    struct dt_object o;
    if (dt_home_file(path, &c->home, "control.sock") != DT_OK ||
        dt_client_open(&client, path) != DT_OK) {
        return; /* no node, no roles */
    }
    dt_client_begin(&client, &o, "lock");
    dt_obj_key(&o, "number");
    dt_obj_uint(&o, number);
    const enum dt_err err = dt_client_call(&client, &o, LOCK_MS);
    dt_client_close(&client);
    if (err != DT_OK) {
        cli_note(_("The node did not answer: windows that are open may stay so."));
    }
}

static bool any_unlocked(struct cli *c)
{
    static struct dt_home_operator list[DT_OPERATOR_MAX];
    size_t count = 0;
    bool any = dt_home_operators(&c->home, dt_now_ms(), list, DT_OPERATOR_MAX, &count) != DT_OK;
    for (size_t i = 0; i < count; i++) {
        any = any || list[i].unlocked;
    }
    return any;
}

/* The last officer is locked, and the others see an attended desk: the watch ends, unless
 * somebody stays. False if it goes on because our node did not take it. */
static bool end_watch(struct cli *c, bool *ended)
{
    const struct cli_watch left = {.event = DT_WATCH_LEFT};
    struct dt_object o;
    json_t *status = NULL;
    int64_t until;
    *ended = false;
    if (any_unlocked(c) || cli_flag(c, "stay") || !cli_connect_quiet(c)) {
        return true; /* without a node the others see nobody */
    }
    cli_begin(c, &o, "status");
    if (!cli_ask(c, &o, &status)) {
        return false;
    }
    const bool attended = strcmp(cli_str(status, "desk"), "attended") == 0;
    json_decref(status);
    *ended = attended && cli_watch_say(c, &left, NULL, &until);
    return *ended || !attended;
}

static int operator_lock(struct cli *c)
{
    unsigned number = 0;
    size_t count;
    bool ended;
    if ((c->word_count > 0 && !take_number(c, &number)) || !cli_open_home(c)) {
        return c->exit;
    }
    const enum dt_err err = dt_home_lock_operator(&c->home, number, &count);
    if (err != DT_OK) {
        return cli_fail(c, err, NULL);
    }
    end_roles(c, number);
    if (!end_watch(c, &ended)) {
        return c->exit; /* the key is locked all the same */
    }
    if (ended && !c->json) {
        puts(_("The watch is left: the others see this desk as unattended."));
    }
    return cli_done(c, json_pack("{s:i, s:b}", "locked", (int)count, "watch_left", ended),
                    ngettext("%zu officer locked.\n", "%zu officers locked.\n", count), count);
}

int cmd_operator(struct cli *c)
{
    static const struct cli_sub subs[] = {{"add", operator_add},
                                          {"list", operator_list},
                                          {"unlock", operator_unlock},
                                          {"lock", operator_lock}};
    return cli_dispatch(c, subs, sizeof subs / sizeof subs[0]);
}

/* --- revoke ------------------------------------------------------------------------------ */

/* The id of the line with that tag, from the node's hello. */
static bool line_of_tag(struct cli *c, const char *tag, uint8_t id[static DT_HASH_SIZE])
{
    struct dt_object o;
    json_t *line;
    size_t i;
    if (c->hello == NULL) {
        cli_begin(c, &o, "hello");
        if (!cli_ask(c, &o, &c->hello)) {
            return false;
        }
    }
    json_array_foreach (json_object_get(c->hello, "lines"), i, line) {
        if (strcmp(cli_str(line, "tag"), tag) == 0) {
            return cli_bytes(line, "line", id, DT_HASH_SIZE);
        }
    }
    return false;
}

/* Sizes of our own logs as they are now, of one node or (0) of all: what the key signed up
 * to there stays good. */
static bool good_sizes(struct cli *c, struct dt_revocation *r, unsigned number)
{
    struct dt_object o;
    json_t *status = NULL, *log;
    size_t i;
    if (!cli_connect(c)) {
        return false;
    }
    cli_begin(c, &o, "status");
    if (!cli_ask(c, &o, &status)) {
        return false;
    }
    json_array_foreach (json_object_get(status, "logs"), i, log) {
        const unsigned of = dt_wid_number((uint16_t)cli_int(log, "wid"));
        const bool ours = strcmp(cli_str(log, "code"), c->home.code) == 0;
        if (!ours || (number != 0 && of != number)) {
            continue;
        }
        if (r->good_count == DT_GOOD_MAX) {
            json_decref(status);
            cli_fail(c, DT_ERR_CAPACITY, _("a revocation names at most %d logs; with --all none"),
                     DT_GOOD_MAX);
            return false;
        }
        if (line_of_tag(c, cli_str(log, "line"), r->good[r->good_count].line)) {
            r->good[r->good_count].number = of;
            r->good[r->good_count++].size = (uint64_t)cli_int(log, "size");
        }
    }
    json_decref(status);
    return true;
}

/* --last-good ID: what the node wrote after that record is not known to be ours. On other
 * lines it stays good as far as it has come. */
static bool last_good(struct cli *c, struct dt_revocation *r, unsigned of)
{
    char code[DT_CODE_MAX + 1], word[DT_CHECK_WORD_SIZE];
    unsigned number = 0;
    uint64_t seq = 0;
    struct cli_line line;
    const char *id = cli_option(c, "last-good");
    if (id == NULL) {
        return true;
    }
    if (dt_record_id_parse(id, code, &number, &seq, word) != DT_OK || number != of ||
        strcmp(code, c->home.code) != 0) {
        cli_usage(c, _("--last-good is the id of a record by that node, as NORD.1-42"));
        return false;
    }
    if (!cli_line(c, &line)) {
        return false;
    }
    for (size_t i = 0; i < r->good_count; i++) {
        if (memcmp(r->good[i].line, line.id, DT_HASH_SIZE) == 0) {
            r->good[i].size = seq + 1; /* we may not have got it back yet */
        }
    }
    return true;
}

/* "operator 3" or "node 1" as the key that is meant. */
static bool revoked_key(struct cli *c, struct dt_revocation *r)
{
    uint8_t bytes[DT_STATEMENT_MAX];
    size_t size;
    uint64_t number;
    struct dt_operator o;
    struct dt_certificate certificate;
    const char *what = cli_word(c, 0, _("operator or node"));
    const char *text = what != NULL ? cli_word(c, 1, _("its number")) : NULL;
    if (text == NULL || !cli_words_end(c, 2) || !cli_number(c, text, DT_OPERATOR_MAX, &number) ||
        !cli_open_home(c)) {
        return false;
    }
    if (strcmp(what, "operator") == 0) {
        const enum dt_err err =
            dt_home_operator_statement(&c->home, (unsigned)number, bytes, &size, &o);
        if (err != DT_OK) {
            cli_fail(c, err, _("officer %s"), text);
            return false;
        }
        memcpy(r->key, o.key, DT_PUBLIC_SIZE);
        return cli_flag(c, "all") || good_sizes(c, r, 0);
    }
    if (strcmp(what, "node") != 0) {
        cli_usage(c, _("what is revoked is an operator or a node, not %s"), cli_safe(what));
        return false;
    }
    struct dt_home other = c->home; /* its certificate has that number */
    other.number = (unsigned)number;
    const enum dt_err err = dt_home_certificate(&other, bytes, &size, &certificate);
    if (err != DT_OK) {
        cli_fail(c, err == DT_ERR_NO_HOME ? DT_ERR_UNKNOWN_WRITER : err, _("node %s"), text);
        return false;
    }
    memcpy(r->key, certificate.writer, DT_PUBLIC_SIZE);
    return cli_flag(c, "all") || (good_sizes(c, r, (unsigned)number) &&
                                  last_good(c, r, (unsigned)number));
}

int cmd_revoke(struct cli *c)
{
    struct dt_revocation r = {.time_ms = dt_now_ms()};
    uint8_t root[DT_SIGNER_SIZE], statement[DT_STATEMENT_MAX];
    size_t size, told;
    const char *reason = cli_option(c, "reason");
    if (reason == NULL || strlen(reason) == 0 || strlen(reason) > DT_TEXT_MAX) {
        return cli_usage(c, _("--reason TEXT must be given, at most %d bytes"), DT_TEXT_MAX);
    }
    snprintf(r.reason, sizeof r.reason, "%s", reason);
    if (!revoked_key(c, &r) || !cli_root(c, root)) {
        return c->exit;
    }
    enum dt_err err = dt_home_revoke(&c->home, &r, root, statement, &size);
    err = err == DT_OK ? dt_home_make_card(&c->home, NULL, root, dt_now_ms()) : err;
    dt_wipe(root, sizeof root);
    if (err != DT_OK) {
        return cli_fail(c, err, NULL);
    }
    if (!tell_lines(c, dt_span(statement, size), &told)) {
        return c->exit;
    }
    return cli_done(c,
                    json_pack("{s:o, s:i}", "key", cli_json_bytes(r.key, DT_PUBLIC_SIZE), "lines",
                              (int)told),
                    ngettext("Revoked, and said on %zu line. Hand out the new card.\n",
                             "Revoked, and said on %zu lines. Hand out the new card.\n", told),
                    told);
}

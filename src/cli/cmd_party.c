/* SPDX-License-Identifier: ISC */
/* init, card, pair, peers: who we are, and who the others are. */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "cli/cli.h"
#include "node/clock.h"
#include "node/file.h"

enum { PAIR_MS = 600000, SECRET_SIZE = 32 };

/* --- init ---------------------------------------------------------------------------- */

static json_t *card_json(const struct dt_card *card)
{
    json_t *value = json_pack("{s:s, s:s, s:o, s:I}", "code", card->code, "name", card->name,
                              "root", cli_json_bytes(card->root, DT_PUBLIC_SIZE), "time",
                              (json_int_t)card->time_ms);
    json_t *nodes = json_array(), *operators = json_array(), *endpoints = json_array();
    json_t *contacts = json_array();
    for (size_t i = 0; i < card->certificate_count; i++) {
        json_array_append_new(nodes, json_integer(card->certificates[i].number));
    }
    for (size_t i = 0; i < card->operator_count; i++) {
        json_array_append_new(operators,
                              json_pack("{s:i, s:s}", "number", (int)card->operators[i].number,
                                        "role", card->operators[i].role));
    }
    for (size_t i = 0; i < card->endpoint_count; i++) {
        json_array_append_new(endpoints, json_string(card->endpoints[i]));
    }
    for (size_t i = 0; i < card->contact_count; i++) {
        json_array_append_new(contacts, json_pack("{s:s, s:s}", "kind", card->contacts[i].kind,
                                                  "text", card->contacts[i].text));
    }
    json_object_set_new(value, "nodes", nodes);
    json_object_set_new(value, "operators", operators);
    json_object_set_new(value, "endpoints", endpoints);
    json_object_set_new(value, "contacts", contacts);
    return value;
}

int cmd_init(struct cli *c)
{
    struct cli_secret root, node;
    const char *code = cli_word(c, 0, _("CODE")), *path = cli_home_path(c);
    const char *name = code != NULL ? cli_word(c, 1, _("NAME")) : NULL;
    if (name == NULL || !cli_words_end(c, 2)) {
        return c->exit;
    }
    if (!dt_code_valid(code)) {
        return cli_fail(c, DT_ERR_BAD_VALUE, _("a code is 2 to 8 of A-Z and 0-9, a letter first"));
    }
    if (dt_home_open(&c->home, path) != DT_ERR_NO_HOME) {
        return cli_fail(c, DT_ERR_HOME_EXISTS, "%s", path);
    }
    if (dt_now_ms() < DT_CLOCK_EARLIEST) {
        return cli_fail(c, DT_ERR_BAD_CLOCK, "%s", cli_when(dt_now_ms()));
    }
    if (!cli_passphrase(c, &root, _("new passphrase of the root key"), true, false)) {
        return c->exit;
    }
    if (!cli_passphrase(c, &node, _("new passphrase of the node (empty: starts unattended)"), true,
                        true)) {
        cli_secret_wipe(&root);
        return c->exit;
    }
    const enum dt_err err = dt_home_init(&c->home, path, code, name, cli_secret_span(&root),
                                         cli_secret_span(&node), dt_now_ms());
    const bool attended = node.size > 0;
    cli_secret_wipe(&root);
    cli_secret_wipe(&node);
    if (err != DT_OK) {
        return cli_fail(c, err, err == DT_ERR_IO ? "%s: %s" : "%s", path, strerror(errno));
    }
    char fingerprint[DT_BASE32_SIZE(DT_PUBLIC_SIZE) + 1];
    dt_base32(fingerprint, c->home.root, DT_PUBLIC_SIZE);
    json_t *value = json_pack("{s:s, s:s, s:s, s:s, s:b}", "code", code, "name", c->home.name, "root",
                              fingerprint, "home", c->home.path, "attended", attended);
    return cli_done(c, value,
                    _("%s, %s, lives in %s now.\nFingerprint of its root key: %s\n"
                      "Next: detente operator add \"Watch officer\", then detente card "
                      "--endpoint udp:ADDRESS:PORT\n"),
                    code, c->home.name, c->home.path, fingerprint);
}

/* --- card ---------------------------------------------------------------------------- */

static void show_card(const json_t *card)
{
    size_t i;
    json_t *one;
    printf(_("%s, %s\nroot key  %s\nsigned    %s\n"), cli_safe(cli_str(card, "code")),
           cli_safe(cli_str(card, "name")), cli_str(card, "root"), cli_when(cli_int(card, "time")));
    json_array_foreach (json_object_get(card, "operators"), i, one) {
        printf(_("officer   %lld, %s\n"), (long long)cli_int(one, "number"),
               cli_safe(cli_str(one, "role")));
    }
    json_array_foreach (json_object_get(card, "endpoints"), i, one) {
        printf(_("endpoint  %s\n"), cli_safe(json_string_value(one)));
    }
    json_array_foreach (json_object_get(card, "contacts"), i, one) {
        printf(_("contact   %s %s\n"), cli_safe(cli_str(one, "kind")),
               cli_safe(cli_str(one, "text")));
    }
}

static int finish_card(struct cli *c, const struct dt_card *card)
{
    json_t *value = card_json(card);
    if (c->json) {
        cli_print_json(value);
    } else {
        show_card(value);
        json_decref(value);
    }
    return CLI_DONE;
}

static int show_own(struct cli *c)
{
    static uint8_t bytes[DT_STATEMENT_MAX];
    static struct dt_card card;
    size_t size;
    if (!cli_open_home(c)) {
        return c->exit;
    }
    const enum dt_err err = dt_home_card(&c->home, bytes, &size, &card);
    return err == DT_OK ? finish_card(c, &card) : cli_fail(c, err, "card");
}

static bool read_card(struct cli *c, const char *path, uint8_t *bytes, size_t *size,
                      struct dt_card *card)
{
    struct dt_statement s;
    if (!cli_read_statement(c, path, "CARD", bytes, size, &s)) {
        return false;
    }
    const enum dt_err err = dt_card_decode(card, &s);
    if (err != DT_OK) {
        cli_fail(c, err, "%s", path);
    }
    return err == DT_OK;
}

static int card_check(struct cli *c)
{
    static uint8_t bytes[DT_STATEMENT_MAX];
    static struct dt_card card;
    size_t size;
    const char *path = cli_word(c, 0, _("FILE"));
    if (path == NULL || !cli_words_end(c, 1) || !read_card(c, path, bytes, &size, &card)) {
        return c->exit;
    }
    return finish_card(c, &card);
}

/* "tel:+99 1 2345" as kind and text. */
static bool split_contact(struct cli *c, const char *text, const char **kind, const char **rest)
{
    static const char *const kinds[] = {"tel", "sat", "freq", "mail"};
    const char *colon = strchr(text, ':');
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0] && colon != NULL; i++) {
        if (strlen(kinds[i]) == (size_t)(colon - text) &&
            strncmp(text, kinds[i], (size_t)(colon - text)) == 0) {
            *kind = kinds[i];
            *rest = colon + 1;
            return true;
        }
    }
    cli_usage(c, _("a contact is KIND:TEXT; kinds are tel, sat, freq, mail"));
    return false;
}

/* The words given; those of a kind that is not given stay as in the card now. */
static bool new_words(struct cli *c, struct dt_card_words *w, const struct dt_card *now)
{
    for (const char *e; w->endpoint_count < DT_CARD_ENDPOINTS_MAX &&
                        (e = cli_option_at(c, "endpoint", w->endpoint_count)) != NULL;) {
        w->endpoints[w->endpoint_count++] = e;
    }
    for (const char *t; w->contact_count < DT_CARD_CONTACTS_MAX &&
                        (t = cli_option_at(c, "contact", w->contact_count)) != NULL;) {
        if (!split_contact(c, t, &w->contacts[w->contact_count].kind,
                           &w->contacts[w->contact_count].text)) {
            return false;
        }
        w->contact_count++;
    }
    if (cli_option_at(c, "endpoint", DT_CARD_ENDPOINTS_MAX) != NULL ||
        cli_option_at(c, "contact", DT_CARD_CONTACTS_MAX) != NULL) {
        cli_fail(c, DT_ERR_TOO_LARGE, _("a card has at most %d endpoints and %d contacts"),
                 DT_CARD_ENDPOINTS_MAX, DT_CARD_CONTACTS_MAX);
        return false;
    }
    for (; w->endpoint_count < now->endpoint_count && !cli_flag(c, "endpoint");
         w->endpoint_count++) {
        w->endpoints[w->endpoint_count] = now->endpoints[w->endpoint_count];
    }
    for (; w->contact_count < now->contact_count && !cli_flag(c, "contact"); w->contact_count++) {
        w->contacts[w->contact_count].kind = now->contacts[w->contact_count].kind;
        w->contacts[w->contact_count].text = now->contacts[w->contact_count].text;
    }
    return true;
}

static int card_make(struct cli *c)
{
    static uint8_t bytes[DT_STATEMENT_MAX];
    static struct dt_card now;
    size_t size;
    struct dt_card_words words = {0};
    uint8_t root[DT_SIGNER_SIZE];
    if (!cli_flag(c, "endpoint") && !cli_flag(c, "contact")) {
        return show_own(c);
    }
    if (!cli_open_home(c)) {
        return c->exit;
    }
    enum dt_err err = dt_home_card(&c->home, bytes, &size, &now);
    if (err != DT_OK) {
        return cli_fail(c, err, "card");
    }
    if (!new_words(c, &words, &now) || !cli_root(c, root)) {
        return c->exit;
    }
    err = dt_home_make_card(&c->home, &words, root, dt_now_ms());
    dt_wipe(root, sizeof root);
    if (err != DT_OK) {
        return cli_fail(c, err, _("an endpoint is udp:ADDRESS:PORT; kinds of contact are tel, "
                                  "sat, freq, mail"));
    }
    if (!c->json) {
        printf(_("The card to hand out: %s/card\n"), c->home.path);
    }
    return show_own(c);
}

static int card_export(struct cli *c)
{
    static uint8_t text[DT_ARMOUR_SIZE(DT_STATEMENT_MAX)];
    size_t size;
    const char *path = cli_option(c, "output");
    if (!cli_open_home(c)) {
        return c->exit;
    }
    enum dt_err err = dt_home_read(&c->home, "card", text, sizeof text, &size);
    if (err == DT_OK && path != NULL && strcmp(path, "-") != 0) {
        err = dt_file_write(path, dt_span(text, size), false);
        return err == DT_OK ? CLI_DONE : cli_fail(c, err, "%s: %s", path, strerror(errno));
    }
    if (err == DT_OK) {
        fwrite(text, 1, size, stdout);
    }
    return err == DT_OK ? CLI_DONE : cli_fail(c, err, "card");
}

int cmd_card(struct cli *c)
{
    static const struct cli_sub subs[] = {{NULL, card_make},
                                          {"show", show_own},
                                          {"check", card_check},
                                          {"import", card_check},
                                          {"export", card_export}};
    return cli_dispatch(c, subs, sizeof subs / sizeof subs[0]);
}

/* --- pair ---------------------------------------------------------------------------- */

/* 32 bytes, raw or as 52 base32 characters with or without a newline. */
static bool read_shared(struct cli *c, const char *path, uint8_t out[static SECRET_SIZE])
{
    uint8_t *bytes;
    size_t size, got = 0;
    if (!cli_read_file(c, path, 256, &bytes, &size)) {
        return false;
    }
    bool good = size == SECRET_SIZE;
    if (good) {
        memcpy(out, bytes, SECRET_SIZE);
    } else {
        size -= size > 0 && bytes[size - 1] == '\n';
        good = dt_unbase32(out, SECRET_SIZE, &got, (const char *)bytes, size) == DT_OK &&
               got == SECRET_SIZE;
    }
    dt_wipe(bytes, size);
    free(bytes);
    if (!good) {
        cli_fail(c, DT_ERR_BAD_KEY, _("%s: 32 bytes, or 52 letters of base32"), path);
    }
    return good;
}

static int pair_file(struct cli *c, struct dt_span card, const struct dt_card *who)
{
    uint8_t secret[SECRET_SIZE];
    struct dt_object o;
    json_t *reply = NULL;
    const char *path = cli_option(c, "secret");
    if ((path != NULL && !read_shared(c, path, secret)) || !cli_connect(c)) {
        return c->exit;
    }
    cli_begin(c, &o, "peer_add");
    dt_obj_key(&o, "card");
    dt_obj_bytes(&o, card);
    if (path != NULL) {
        dt_obj_key(&o, "secret");
        dt_obj_bytes(&o, dt_span(secret, sizeof secret));
        dt_wipe(secret, sizeof secret);
    }
    if (!cli_ask(c, &o, &reply)) {
        return c->exit;
    }
    json_object_set_new(reply, "code", json_string(who->code));
    if (memcmp(who->root, c->home.root, DT_PUBLIC_SIZE) == 0) {
        return cli_done(c, reply, _("Kept as our card. This node and the others that it names "
                                    "tell each other everything.\n"));
    }
    return cli_done(c, reply, path != NULL
                                  ? _("Paired with %s, with a secret exchanged in person.\n")
                                  : _("Paired with %s. Not protected against a later quantum "
                                      "adversary: no secret was exchanged in person.\n"),
                    who->code);
}

/* Waits for both sides to have revealed. The code, or "" after an error. */
static bool wait_for_code(struct cli *c, char code[static 16])
{
    struct dt_span message;
    for (;;) {
        const enum dt_err err = dt_client_receive(&c->client, &message, PAIR_MS);
        if (err != DT_OK) {
            cli_fail(c, err, _("the other side did not open its window within 10 minutes"));
            return false;
        }
        json_t *event = cli_json_from_cbor(message);
        const bool pair = strcmp(cli_str(event, "event"), "pair") == 0;
        snprintf(code, 16, "%.15s", cli_str(event, "code"));
        json_decref(event);
        if (pair) {
            return true;
        }
    }
}

/* True if the user types yes. */
static bool confirm(const char *question)
{
    char answer[16] = "";
    printf("%s ", question);
    fflush(stdout);
    return fgets(answer, sizeof answer, stdin) != NULL && strcmp(answer, "yes\n") == 0;
}

static int pair_live(struct cli *c, struct dt_span card, const struct dt_card *who)
{
    char code[16];
    struct dt_object o;
    json_t *reply = NULL;
    if (!cli_connect(c)) {
        return c->exit;
    }
    cli_begin(c, &o, "pair_open");
    dt_obj_key(&o, "card");
    dt_obj_bytes(&o, card);
    if (!cli_ask(c, &o, NULL)) {
        return c->exit;
    }
    printf(_("Waiting for %s: it must run detente pair --live with our card within 10 minutes.\n"),
           cli_safe(who->name));
    fflush(stdout);
    if (!wait_for_code(c, code)) {
        return c->exit;
    }
    printf(_("Call %s on a line you trust and compare, letter by letter:  %.4s %s\n"),
           cli_safe(who->name), code, strlen(code) > 4 ? code + 4 : "");
    if (!confirm(_("Is it the same there? Type yes:"))) {
        return cli_fail(c, DT_ERR_AUTH_FAILED, _("not confirmed; nothing was kept"));
    }
    cli_begin(c, &o, "pair_confirm");
    dt_obj_key(&o, "root");
    dt_obj_bytes(&o, dt_span(who->root, DT_PUBLIC_SIZE));
    if (!cli_ask(c, &o, &reply)) {
        return c->exit;
    }
    return cli_done(c, reply, _("Paired with %s.\n"), cli_safe(who->code));
}

int cmd_pair(struct cli *c)
{
    static uint8_t bytes[DT_STATEMENT_MAX];
    static struct dt_card card;
    size_t size;
    const char *path = cli_word(c, 0, _("CARD"));
    if (path == NULL || !cli_words_end(c, 1) || !read_card(c, path, bytes, &size, &card)) {
        return c->exit;
    }
    return cli_flag(c, "live") ? pair_live(c, dt_span(bytes, size), &card)
                               : pair_file(c, dt_span(bytes, size), &card);
}

int cmd_peers(struct cli *c)
{
    struct dt_object o;
    json_t *reply = NULL, *peer;
    size_t i;
    if (!cli_words_end(c, 0) || !cli_connect(c)) {
        return c->exit;
    }
    cli_begin(c, &o, "status");
    if (!cli_ask(c, &o, &reply)) {
        return c->exit;
    }
    if (c->json) {
        cli_print_json(json_pack("{s:O}", "peers", json_object_get(reply, "peers")));
        json_decref(reply);
        return CLI_DONE;
    }
    json_array_foreach (json_object_get(reply, "peers"), i, peer) {
        printf(_("%s.%lld  node %s  desk %s  at %s\n"), cli_safe(cli_str(peer, "code")),
               (long long)cli_int(peer, "number"), cli_name(cli_str(peer, "node")),
               cli_name(cli_str(peer, "desk")), cli_safe(cli_str(peer, "endpoint")));
        if (cli_has(peer, "root")) {
            printf(_("    root key %s\n"), cli_safe(cli_str(peer, "root")));
        }
        puts(cli_true(peer, "quantum")
                 ? _("    with a secret exchanged in person")
                 : _("    not protected against a later quantum adversary"));
        size_t k;
        json_t *contact;
        json_array_foreach (json_object_get(peer, "contacts"), k, contact) {
            printf("    %s %s\n", cli_safe(cli_str(contact, "kind")),
                   cli_safe(cli_str(contact, "text")));
        }
    }
    if (json_array_size(json_object_get(reply, "peers")) == 0) {
        puts(_("Nobody is paired with us yet: detente pair CARD"));
    }
    json_decref(reply);
    return CLI_DONE;
}

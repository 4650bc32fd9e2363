/* SPDX-License-Identifier: ISC */
/* line: agree on one, accept it, see it, leave or suspend it. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/text.h"
#include "cli/cli.h"
#include "log/charter.h"
#include "node/file.h"
#include "view/body.h"
#include "view/rules.h"

/* Charters are large: one, used by whichever subcommand runs. */
static struct dt_charter charter;

/* --- create ----------------------------------------------------------------------------- */

static bool add_member(struct cli *c, const struct dt_card *card)
{
    if (charter.member_count == DT_MEMBERS_MAX) {
        cli_fail(c, DT_ERR_TOO_LARGE, _("a line has at most %d members"), DT_MEMBERS_MAX);
        return false;
    }
    if (dt_charter_find_code(&charter, card->code) >= 0 ||
        dt_charter_find_root(&charter, card->root) >= 0) {
        cli_fail(c, DT_ERR_DUPLICATE, "%s", card->code);
        return false;
    }
    struct dt_member *m = &charter.members[charter.member_count++];
    memset(m, 0, sizeof *m);
    memcpy(m->code, card->code, sizeof m->code);
    memcpy(m->name, card->name, sizeof m->name);
    memcpy(m->root, card->root, sizeof m->root);
    return true;
}

static bool take_members(struct cli *c)
{
    static uint8_t bytes[DT_STATEMENT_MAX];
    static struct dt_card card;
    size_t size;
    struct dt_statement s;
    enum dt_err err = dt_home_card(&c->home, bytes, &size, &card);
    if (err != DT_OK) {
        cli_fail(c, err, "card");
        return false;
    }
    if (charter.member_count == 0 && !add_member(c, &card)) {
        return false;
    }
    for (size_t i = 0; cli_option_at(c, "member", i) != NULL; i++) {
        const char *path = cli_option_at(c, "member", i);
        if (!cli_read_statement(c, path, "CARD", bytes, &size, &s)) {
            return false;
        }
        err = dt_card_decode(&card, &s);
        if (err != DT_OK) {
            cli_fail(c, err, "%s", path);
            return false;
        }
        if (!add_member(c, &card)) {
            return false;
        }
    }
    if (charter.member_count < 2) {
        cli_usage(c, _("a line needs another member: --member CARD"));
        return false;
    }
    return true;
}

/* "NORD=1st Brigade": a force of that member. */
static bool take_forces(struct cli *c, const char *option, enum dt_force_relation relation)
{
    for (size_t i = 0; cli_option_at(c, option, i) != NULL; i++) {
        const char *text = cli_option_at(c, option, i), *equals = strchr(text, '=');
        char code[DT_CODE_MAX + 1] = "";
        const size_t size = equals != NULL ? (size_t)(equals - text) : 0;
        if (size == 0 || size >= sizeof code || strlen(equals + 1) == 0 ||
            strlen(equals + 1) > DT_TEXT_MAX) {
            cli_usage(c, _("--%s is CODE=NAME, a name of at most %d bytes"), option, DT_TEXT_MAX);
            return false;
        }
        memcpy(code, text, size);
        const int member = dt_charter_find_code(&charter, code);
        if (member < 0) {
            cli_fail(c, DT_ERR_UNKNOWN_PARTY, "%s", cli_safe(code));
            return false;
        }
        struct dt_member *m = &charter.members[member];
        if (m->force_count == DT_FORCES_MAX) {
            cli_fail(c, DT_ERR_TOO_LARGE, _("%s: at most %d forces"), code, DT_FORCES_MAX);
            return false;
        }
        m->forces[m->force_count].relation = relation;
        snprintf(m->forces[m->force_count++].name, DT_TEXT_MAX + 1, "%s", equals + 1);
    }
    return true;
}

static bool parse_rule(struct dt_rule *rule, char *text)
{
    char *field[6] = {NULL}, *save = text;
    for (size_t i = 0; i < 6; i++) {
        field[i] = strsep(&save, ",");
        if (field[i] == NULL) {
            return false;
        }
    }
    const int a = dt_category_find(field[0]), b = dt_category_find(field[1]);
    uint64_t lateral, vertical, minutes, severity;
    if (save != NULL || a == 0 || b == 0 ||
        dt_undecimal(&lateral, field[2], strlen(field[2])) != DT_OK || lateral > 4000000 ||
        dt_undecimal(&vertical, field[3], strlen(field[3])) != DT_OK || vertical > 4000000 ||
        dt_undecimal(&minutes, field[4], strlen(field[4])) != DT_OK || minutes > 1000000 ||
        dt_undecimal(&severity, field[5], strlen(field[5])) != DT_OK || severity < 1 ||
        severity > 3) {
        return false;
    }
    *rule = (struct dt_rule){.a = (uint8_t)(a < b ? a : b),
                             .b = (uint8_t)(a < b ? b : a),
                             .lateral_mm = (uint32_t)(lateral * 1000),
                             .vertical_mm = (uint32_t)(vertical * 1000),
                             .temporal_ms = (int64_t)(minutes * 60000),
                             .severity = (uint8_t)severity};
    return true;
}

/* The one behind the others: in the place of an older one for the same pair. */
static void keep_rule(void)
{
    const struct dt_rule *last = &charter.rules[charter.rule_count];
    for (size_t i = 0; i < charter.rule_count; i++) {
        if (charter.rules[i].a == last->a && charter.rules[i].b == last->b) {
            charter.rules[i] = *last;
            return;
        }
    }
    charter.rule_count++;
}

static bool take_rules(struct cli *c)
{
    for (size_t i = 0; cli_option_at(c, "rule", i) != NULL; i++) {
        char text[128];
        snprintf(text, sizeof text, "%s", cli_option_at(c, "rule", i));
        if (charter.rule_count == DT_RULES_MAX ||
            !parse_rule(&charter.rules[charter.rule_count], text)) {
            cli_usage(c, _("--rule is CATEGORY,CATEGORY,lateral m,vertical m,minutes,severity 1-3"));
            return false;
        }
        keep_rule();
    }
    return true;
}

static bool take_settings(struct cli *c)
{
    uint64_t number;
    const char *class_ = cli_option(c, "class"), *title = cli_option(c, "title");
    title = title == NULL && charter.title[0] != '\0' ? charter.title : title;
    if (title == NULL || strlen(title) == 0 || strlen(title) > DT_TEXT_MAX) {
        cli_usage(c, _("--title TEXT must be given, at most %d bytes"), DT_TEXT_MAX);
        return false;
    }
    if (title != charter.title) {
        snprintf(charter.title, sizeof charter.title, "%s", title);
    }
    if (class_ != NULL && strcasecmp(class_, "exercise") == 0) {
        charter.class_ = DT_EXERCISE;
    } else if (class_ != NULL && strcasecmp(class_, "operation") == 0) {
        charter.class_ = DT_OPERATION;
    } else if (class_ != NULL) {
        cli_usage(c, _("the class of a line is operation or exercise"));
        return false;
    }
    if (cli_option(c, "stale") != NULL) {
        if (!cli_number(c, cli_option(c, "stale"), 100000, &number)) {
            return false;
        }
        charter.stale_ms = (int64_t)number * 60000;
    }
    if (cli_option(c, "flash-budget") != NULL) {
        if (!cli_number(c, cli_option(c, "flash-budget"), 1000, &number)) {
            return false;
        }
        charter.flash_budget = (unsigned)number;
    }
    return cli_take_watch_settings(c, &charter);
}

static bool build_charter(struct cli *c, bool follows)
{
    memset(&charter, 0, sizeof charter);
    dt_charter_defaults(&charter);
    if (follows && !cli_charter_follow(c, &charter)) {
        return false;
    }
    dt_random(charter.nonce, sizeof charter.nonce);
    return take_settings(c) && take_members(c) && take_forces(c, "force", DT_FORCE_OWN) &&
           take_forces(c, "guarantee", DT_FORCE_GUARANTEED) && take_rules(c);
}

static enum dt_err sign_charter(const struct dt_home *home, const uint8_t root[static DT_SIGNER_SIZE],
                                uint8_t *out, size_t *size)
{
    static uint8_t content[DT_STATEMENT_MAX];
    size_t length;
    const enum dt_err err = dt_charter_encode(content, sizeof content, &length, &charter);
    return err != DT_OK ? err
                        : dt_statement_sign(out, DT_STATEMENT_MAX, size, DT_STATEMENT_CHARTER,
                                            dt_span(content, length), root, home->root);
}

/* Keeps the statement as charters/<tag> and, if asked, at `path`. */
static bool keep_charter(struct cli *c, struct dt_span statement, const char *path)
{
    static char text[DT_ARMOUR_SIZE(DT_STATEMENT_MAX)];
    char name[64], tag[9];
    cli_tag_of(tag, charter.id);
    snprintf(name, sizeof name, "charters/%s.charter", tag);
    const size_t size = dt_armour(text, "CHARTER", statement);
    enum dt_err err = dt_home_write(&c->home, name, dt_span(text, size));
    if (err == DT_OK && path != NULL) {
        err = dt_file_write(path, dt_span(text, size), false);
    }
    if (err != DT_OK) {
        cli_fail(c, err, "%s: %s", path != NULL ? path : name, strerror(errno));
    }
    return err == DT_OK;
}

/* --- accept ------------------------------------------------------------------------------- */

/* The OPEN body: our certificate, and the root's acceptance for our writer. */
static bool acceptance(struct cli *c, const uint8_t root[static DT_SIGNER_SIZE], uint8_t *out,
                       size_t *size)
{
    static uint8_t certificate_bytes[DT_STATEMENT_MAX];
    struct dt_certificate certificate;
    struct dt_body_open open;
    size_t length;
    enum dt_err err =
        dt_home_certificate(&c->home, certificate_bytes, &length, &certificate);
    if (err == DT_OK) {
        memset(&open, 0, sizeof open);
        memcpy(open.line, charter.id, DT_HASH_SIZE);
        open.certificate = dt_span(certificate_bytes, length);
        dt_accept_sign(open.acceptance, charter.id, certificate.writer, root);
        err = dt_body_open_encode(out, DT_BODY_MAX, size, &open);
    }
    if (err != DT_OK) {
        cli_fail(c, err, NULL);
    }
    return err == DT_OK;
}

static bool put_cards(struct cli *c, struct dt_object *o)
{
    static uint8_t bytes[DT_STATEMENT_MAX];
    size_t size;
    struct dt_statement s;
    dt_obj_key(o, "peers");
    dt_obj_array(o);
    for (size_t pass = 0; pass < 2; pass++) {
        const char *option = pass == 0 ? "member" : "card";
        for (size_t i = 0; cli_option_at(c, option, i) != NULL; i++) {
            if (!cli_read_statement(c, cli_option_at(c, option, i), "CARD", bytes, &size, &s)) {
                return false;
            }
            dt_obj_bytes(o, dt_span(bytes, size));
        }
    }
    dt_obj_end(o);
    return true;
}

static int add_line(struct cli *c, struct dt_span statement,
                    const uint8_t root[static DT_SIGNER_SIZE])
{
    uint8_t open[DT_BODY_MAX];
    char tag[9];
    size_t size;
    struct dt_object o;
    json_t *reply = NULL;
    if (!acceptance(c, root, open, &size) || !cli_connect(c)) {
        return c->exit;
    }
    cli_begin(c, &o, "line_add");
    dt_obj_key(&o, "charter");
    dt_obj_bytes(&o, statement);
    dt_obj_key(&o, "accept");
    dt_obj_bytes(&o, dt_span(open, size));
    if (!put_cards(c, &o)) {
        dt_obj_free(&o);
        return c->exit;
    }
    if (!cli_ask(c, &o, &reply)) {
        return c->exit;
    }
    cli_tag_of(tag, charter.id);
    json_object_set_new(reply, "tag", json_string(tag));
    json_object_set_new(reply, "title", json_string(charter.title));
    return cli_done(c, reply, _("Line %s, \"%s\", is accepted by us.\n"), tag,
                    cli_safe(charter.title));
}

static int propose(struct cli *c, bool follows)
{
    static uint8_t statement[DT_STATEMENT_MAX];
    uint8_t root[DT_SIGNER_SIZE];
    char tag[9];
    size_t size;
    const char *path = cli_option(c, "output");
    if (!cli_words_end(c, 0) || !cli_open_home(c) || !build_charter(c, follows) || !cli_root(c, root)) {
        return c->exit;
    }
    const enum dt_err err = sign_charter(&c->home, root, statement, &size);
    int exit = err == DT_OK ? CLI_DONE : cli_fail(c, err, _("the charter"));
    if (exit == CLI_DONE && !keep_charter(c, dt_span(statement, size), path)) {
        exit = c->exit;
    }
    if (exit == CLI_DONE && !cli_flag(c, "draft")) {
        exit = add_line(c, dt_span(statement, size), root);
    }
    dt_wipe(root, sizeof root);
    if (exit != CLI_DONE) {
        return exit;
    }
    cli_tag_of(tag, charter.id);
    if (!c->json) {
        printf(_("The charter for the other members: %s%s%s%s\n"
                 "They run: detente line accept FILE\n"),
               path != NULL ? "" : c->home.path, path != NULL ? "" : "/charters/",
               path != NULL ? path : tag, path != NULL ? "" : ".charter");
    } else if (cli_flag(c, "draft")) {
        cli_print_json(json_pack("{s:o, s:s}", "line",
                                 cli_json_bytes(charter.id, DT_HASH_SIZE), "tag", tag));
    }
    return CLI_DONE;
}

static int line_create(struct cli *c)
{
    return propose(c, false);
}

static int line_succeed(struct cli *c)
{
    return propose(c, true);
}

/* One of --card is that party's. */
static bool has_card(struct cli *c, const uint8_t root[static DT_PUBLIC_SIZE])
{
    static uint8_t bytes[DT_STATEMENT_MAX];
    size_t size;
    struct dt_statement s;
    for (size_t i = 0; cli_option_at(c, "card", i) != NULL; i++) {
        if (cli_read_statement(c, cli_option_at(c, "card", i), "CARD", bytes, &size, &s) &&
            memcmp(s.signer, root, DT_PUBLIC_SIZE) == 0) {
            return true;
        }
    }
    return false;
}

static bool is_peer(const json_t *peers, const uint8_t root[static DT_PUBLIC_SIZE])
{
    size_t i;
    json_t *peer;
    json_array_foreach (peers, i, peer) {
        uint8_t known[DT_PUBLIC_SIZE];
        if (cli_bytes(peer, "root", known, sizeof known) &&
            memcmp(known, root, DT_PUBLIC_SIZE) == 0) {
            return true;
        }
    }
    return false;
}

/* Every member's root key is one that came to us on a card: a name in a charter is not. */
static bool members_known(struct cli *c)
{
    struct dt_object o;
    json_t *reply = NULL;
    if (!cli_connect(c)) {
        return false;
    }
    cli_begin(c, &o, "status");
    if (!cli_ask(c, &o, &reply)) {
        return false;
    }
    bool good = true;
    for (size_t i = 0; i < charter.member_count && good; i++) {
        const struct dt_member *m = &charter.members[i];
        good = memcmp(m->root, c->home.root, DT_PUBLIC_SIZE) == 0 ||
               is_peer(json_object_get(reply, "peers"), m->root) || has_card(c, m->root);
        if (!good) {
            cli_fail(c, DT_ERR_UNKNOWN_PARTY,
                     _("%s of the charter: no card with that key came here; pair with it, or add "
                       "--card CARD"), m->code);
        }
    }
    json_decref(reply);
    return good;
}

static int line_accept(struct cli *c)
{
    static uint8_t statement[DT_STATEMENT_MAX];
    uint8_t root[DT_SIGNER_SIZE];
    char answer[16] = "";
    size_t size;
    struct dt_statement s;
    const char *path = cli_word(c, 0, _("FILE"));
    if (path == NULL || !cli_words_end(c, 1) || !cli_open_home(c) ||
        !cli_read_statement(c, path, "CHARTER", statement, &size, &s)) {
        return c->exit;
    }
    const enum dt_err err = dt_charter_from_statement(&charter, &s);
    if (err != DT_OK) {
        return cli_fail(c, err, "%s", path);
    }
    if (dt_charter_find_root(&charter, c->home.root) < 0) {
        return cli_fail(c, DT_ERR_UNKNOWN_PARTY, "%s", c->home.code);
    }
    if (!members_known(c)) {
        return c->exit;
    }
    if (!c->json) {
        cli_show_charter(&charter);
    }
    if (!cli_flag(c, "yes") && isatty(STDIN_FILENO)) {
        printf("%s ", _("Accept this for your party? Type yes:"));
        fflush(stdout);
        if (fgets(answer, sizeof answer, stdin) == NULL || strcmp(answer, "yes\n") != 0) {
            return cli_fail(c, DT_ERR_NOT_ALLOWED, _("not accepted; nothing was done"));
        }
    }
    if (!cli_root(c, root)) {
        return c->exit;
    }
    int exit = keep_charter(c, dt_span(statement, size), NULL) ? CLI_DONE : c->exit;
    if (exit == CLI_DONE) {
        exit = add_line(c, dt_span(statement, size), root);
    }
    dt_wipe(root, sizeof root);
    return exit;
}

/* --- list, show ------------------------------------------------------------------------------ */

static int line_list(struct cli *c)
{
    struct dt_object o;
    json_t *reply = NULL, *line;
    size_t i;
    if (!cli_words_end(c, 0) || !cli_connect(c)) {
        return c->exit;
    }
    cli_begin(c, &o, "hello");
    if (!cli_ask(c, &o, &reply)) {
        return c->exit;
    }
    if (c->json) {
        cli_print_json(json_pack("{s:O}", "lines", json_object_get(reply, "lines")));
    } else {
        json_array_foreach (json_object_get(reply, "lines"), i, line) {
            cli_show_line(line);
        }
        if (json_array_size(json_object_get(reply, "lines")) == 0) {
            puts(_("No line yet: detente line create, or detente line accept FILE"));
        }
    }
    json_decref(reply);
    return CLI_DONE;
}

static int line_show(struct cli *c)
{
    static uint8_t statement[DT_STATEMENT_MAX];
    struct cli_line line;
    char path[DT_HOME_PATH_SIZE], name[64];
    size_t size;
    struct dt_statement s;
    if (!cli_words_end(c, 0) || !cli_line(c, &line)) {
        return c->exit;
    }
    json_t *status = cli_ask_logs(c);
    if (status == NULL) {
        return c->exit;
    }
    if (c->json) {
        cli_print_json(cli_line_value(&line, status));
        json_decref(status);
        return CLI_DONE;
    }
    snprintf(name, sizeof name, "charters/%.8s.charter", line.tag);
    cli_show_line(line.info);
    cli_show_logs(status, true);
    json_decref(status);
    if (dt_home_file(path, &c->home, name) == DT_OK && access(path, R_OK) == 0 &&
        cli_read_statement(c, path, "CHARTER", statement, &size, &s) &&
        dt_charter_from_statement(&charter, &s) == DT_OK) {
        cli_show_charter(&charter);
    }
    return CLI_DONE;
}

/* --- leave, suspend, resume -------------------------------------------------------------------- */

static int end_or_pause(struct cli *c, unsigned kind, bool suspended, const char *words)
{
    uint8_t body[DT_BODY_MAX];
    size_t size;
    struct cli_line line;
    json_t *reply = NULL;
    const char *text = cli_option(c, "text");
    if (!cli_words_end(c, 0) || !cli_line(c, &line)) {
        return c->exit;
    }
    const struct dt_body_suspend suspend = {
        .suspended = suspended, .text = dt_span(text, text != NULL ? strlen(text) : 0)};
    const enum dt_err err = kind == DT_KIND_LEAVE
                                ? dt_body_empty_encode(body, sizeof body, &size)
                                : dt_body_suspend_encode(body, sizeof body, &size, &suspend);
    if (err != DT_OK) {
        return cli_fail(c, err, NULL);
    }
    const struct cli_append a = {.line = &line, .kind = kind, .precedence = DT_PRIORITY,
                                 .body = dt_span(body, size),
                                 .two = cli_asks_two(&line, "suspend")};
    if (a.two && !cli_may_release(c, &a)) {
        return c->exit;
    }
    if (a.two && cli_option(c, "second") == NULL) {
        return cli_hold_alone(c, &a);
    }
    if (!cli_append(c, &a, CLI_SIGNED, &reply)) {
        return c->exit;
    }
    return cli_done(c, reply, "%s  %s\n", cli_str(reply, "id"), words);
}

static int line_leave(struct cli *c)
{
    return end_or_pause(c, DT_KIND_LEAVE, false, _("We have left the line."));
}

static int line_suspend(struct cli *c)
{
    return end_or_pause(c, DT_KIND_SUSPEND, true,
                        _("The line is suspended by us; CHECK FIRE still passes."));
}

static int line_resume(struct cli *c)
{
    return end_or_pause(c, DT_KIND_SUSPEND, false, _("The line is resumed by us."));
}

int cmd_line(struct cli *c)
{
    static const struct cli_sub subs[] = {{NULL, line_list},         {"create", line_create},
                                          {"accept", line_accept},   {"list", line_list},
                                          {"show", line_show},       {"leave", line_leave},
                                          {"suspend", line_suspend}, {"resume", line_resume},
                                          {"succeed", line_succeed}, {"carry", cli_line_carry}};
    return cli_dispatch(c, subs, sizeof subs / sizeof subs[0]);
}

/* SPDX-License-Identifier: ISC */
/* A line that follows another: its charter from the one before, and what goes on there. */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "cli/cli.h"
#include "log/charter.h"
#include "node/held.h"
#include "view/body.h"
#include "view/notice.h"

/* Bytes of any size, as cli_json_bytes() writes them. */
static bool any_bytes(const json_t *object, const char *key, uint8_t *out, size_t capacity,
                      size_t *size)
{
    const char *text = cli_str(object, key);
    return dt_unhex(out, capacity, size, text, strlen(text)) == DT_OK ||
           dt_unbase32(out, capacity, size, text, strlen(text)) == DT_OK;
}

static bool take_old(struct cli *c, struct dt_charter *charter, const json_t *reply)
{
    static uint8_t statement[DT_STATEMENT_MAX];
    size_t size = 0, i;
    struct dt_statement s;
    json_t *one;
    enum dt_err err = any_bytes(reply, "charter", statement, sizeof statement, &size)
                          ? dt_statement_decode(&s, dt_span(statement, size))
                          : DT_ERR_BAD_VALUE;
    err = err == DT_OK ? dt_charter_from_statement(charter, &s) : err;
    if (err != DT_OK) {
        cli_fail(c, err, "%s", _("the charter"));
        return false;
    }
    charter->has_predecessor = true;
    memcpy(charter->predecessor, charter->id, DT_HASH_SIZE);
    charter->head_count = 0;
    json_array_foreach (json_object_get(reply, "heads"), i, one) {
        struct dt_seen *head = &charter->heads[charter->head_count];
        head->wid = (uint16_t)cli_int(one, "wid");
        head->size = (uint64_t)cli_int(one, "size");
        if (charter->head_count < DT_HEADS_MAX && cli_bytes(one, "root", head->root, DT_HASH_SIZE)) {
            charter->head_count++;
        }
    }
    return true;
}

static bool leave_out(struct cli *c, struct dt_charter *charter)
{
    for (size_t i = 0; cli_option_at(c, "without", i) != NULL; i++) {
        const char *code = cli_option_at(c, "without", i);
        const int member = dt_charter_find_code(charter, code);
        if (member < 0 || strcmp(code, c->home.code) == 0) {
            cli_fail(c, member < 0 ? DT_ERR_UNKNOWN_PARTY : DT_ERR_NOT_ALLOWED, "%s",
                     cli_safe(code));
            return false;
        }
        charter->member_count--;
        memmove(&charter->members[member], &charter->members[member + 1],
                (charter->member_count - (size_t)member) * sizeof charter->members[0]);
    }
    return true;
}

bool cli_charter_follow(struct cli *c, struct dt_charter *charter)
{
    struct dt_object o;
    json_t *reply = NULL;
    if (!cli_connect(c)) {
        return false;
    }
    cli_begin(c, &o, "heads");
    if (!cli_put_line(c, &o) || !cli_ask(c, &o, &reply)) {
        return false;
    }
    const bool good = take_old(c, charter, reply) && leave_out(c, charter);
    json_decref(reply);
    return good;
}

/* --- carry -------------------------------------------------------------------------------- */

struct carrying {
    struct cli_line line; /* the new one */
    uint8_t old[DT_HASH_SIZE];
    json_t *results;
};

static bool find_old(struct cli *c, struct carrying *w)
{
    size_t i;
    json_t *one;
    const char *tag = cli_str(w->line.info, "predecessor");
    if (!cli_true(w->line.info, "predecessor_held")) {
        cli_fail(c, DT_ERR_UNKNOWN_LINE, _("line %s follows none that is held here"), w->line.tag);
        return false;
    }
    json_array_foreach (json_object_get(c->hello, "lines"), i, one) {
        if (strcmp(cli_str(one, "tag"), tag) == 0) {
            return cli_bytes(one, "line", w->old, sizeof w->old);
        }
    }
    return false;
}

/* A request about the line before. */
static bool ask_old(struct cli *c, struct carrying *w, const char *cmd, const char *id,
                    json_t **reply)
{
    struct dt_object o;
    cli_begin(c, &o, cmd);
    if (id != NULL) {
        dt_obj_key(&o, "id");
        dt_obj_string(&o, id);
    }
    dt_obj_key(&o, "line");
    dt_obj_bytes(&o, dt_span(w->old, sizeof w->old));
    return cli_ask(c, &o, reply);
}

/* Whom it was for, as far as they are here: nobody new reads it by itself. */
static bool addressees(const struct carrying *w, const json_t *reply, char *out, size_t capacity)
{
    size_t i, used = 0;
    json_t *code;
    out[0] = '\0';
    json_array_foreach (json_object_get(reply, "to"), i, code) {
        const char *text = json_string_value(code);
        if (text != NULL && cli_member(&w->line, text) >= 0 && used + strlen(text) + 2 < capacity) {
            used += (size_t)snprintf(out + used, capacity - used, "%s%s", used > 0 ? "," : "", text);
        }
    }
    return used > 0;
}

static void say_carried(struct cli *c, struct carrying *w, json_t *sent, const char *id)
{
    json_object_set_new(sent, "was", json_string(id));
    if (!c->json && !cli_has(sent, "draft")) {
        printf(cli_true(sent, "unchanged") ? _("%s  was %s  carried over before\n")
                                           : _("%s  was %s\n"),
               cli_safe(cli_str(sent, "id")), cli_safe(id));
    }
    json_array_append_new(w->results, sent);
}

static bool is_fires(struct dt_span body)
{
    static struct dt_body_notice clear; /* large */
    return dt_body_notice_decode(&clear, body) == DT_OK && clear.category == DT_CATEGORY_FIRES;
}

/* The new line asks a second officer: a draft that waits for him, made once. *done is false for
 * what has been carried over already. */
static bool carry_draft(struct cli *c, struct carrying *w, const struct cli_append *a,
                        const char *id, bool *done)
{
    struct cli_append dry = *a;
    json_t *reply = NULL;
    char name[DT_HELD_NAME_SIZE];
    dry.dry = true;
    if (!cli_append(c, &dry, CLI_UNSIGNED, &reply)) {
        return false;
    }
    *done = !cli_true(reply, "unchanged");
    json_decref(reply);
    if (!*done) {
        return true;
    }
    if (cli_draft_waits(c, a, name)) {
        reply = json_pack("{s:s}", "draft", name);
        if (!c->json) {
            printf(_("%s  was %s  waits for a second officer: detente release %s --officer N\n"), name,
                   cli_safe(id), name);
        }
    } else if (cli_hold(c, a, &reply) != CLI_DONE) {
        return false;
    }
    say_carried(c, w, reply, id);
    return true;
}

static bool carry_one(struct cli *c, struct carrying *w, const json_t *item)
{
    static uint8_t body[DT_BODY_MAX], plain[DT_SEALED_MAX];
    static char to[DT_MEMBERS_MAX * (DT_CODE_MAX + 1)];
    size_t body_size = 0, plain_size = 0;
    json_t *reply = NULL, *sent = NULL;
    const char *id = cli_str(item, "id");
    if (cli_true(item, "tiered")) { /* whom it is told how far there, an officer says */
        cli_note(_("%s is told in tiers: notify it on the new line with --tier; it stays on the old "
                   "one\n"),
                 cli_safe(id));
        return true;
    }
    if (!ask_old(c, w, "again", id, &reply)) {
        return false;
    }
    const bool known = any_bytes(reply, "body", body, sizeof body, &body_size) &&
                       any_bytes(reply, "plain", plain, sizeof plain, &plain_size);
    const bool anybody = addressees(w, reply, to, sizeof to);
    const struct cli_append a = {.line = &w->line,
                                 .kind = DT_KIND_NOTICE,
                                 .precedence = (enum dt_precedence)cli_int(reply, "precedence"),
                                 .to = to,
                                 .body = dt_span(body, body_size),
                                 .plain = dt_span(plain, plain_size),
                                 .past = true,
                                 .two = is_fires(dt_span(body, body_size)) &&
                                        cli_asks_two(&w->line, "fires")};
    bool done = false;
    json_decref(reply);
    if (!known || !anybody) {
        cli_note(_("%s stays on the old line alone: none of its addressees is on the new one\n"),
                 cli_safe(id));
        return true;
    }
    if (a.two && cli_option(c, "second") == NULL &&
        (!carry_draft(c, w, &a, id, &done) || done)) {
        return done;
    }
    if (!cli_append(c, &a, CLI_UNSIGNED, &sent)) {
        return false;
    }
    say_carried(c, w, sent, id);
    return true;
}

/* Ours, and neither over nor overtaken by a newer version. */
static bool goes_on(const struct cli *c, const json_t *item)
{
    const char *life = cli_str(item, "life");
    return strcmp(cli_str(item, "from"), c->home.code) == 0 &&
           (strcmp(life, "planned") == 0 || strcmp(life, "active") == 0 ||
            strcmp(life, "overdue") == 0);
}

int cli_line_carry(struct cli *c)
{
    struct carrying w = {.results = NULL};
    json_t *reply = NULL, *item;
    size_t i;
    if (!cli_words_end(c, 0) || !cli_line(c, &w.line) || !find_old(c, &w) ||
        !ask_old(c, &w, "notices", NULL, &reply)) {
        return c->exit;
    }
    w.results = json_array();
    bool good = true;
    json_array_foreach (json_object_get(reply, "items"), i, item) {
        good = good && (!goes_on(c, item) || carry_one(c, &w, item));
    }
    json_decref(reply);
    if (!good) {
        json_decref(w.results);
        return c->exit;
    }
    return cli_done(c, json_pack("{s:o}", "items", w.results),
                    _("On the old line they count until you end them there, too.\n"));
}

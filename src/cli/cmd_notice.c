/* SPDX-License-Identifier: ISC */
/* notice: what is notified. */
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/doubts.h"
#include "cli/features.h"
#include "cli/notice_file.h"
#include "cli/sheet.h"
#include "view/conflict_body.h"
#include "cli/tiers.h"

/* For whom how much, with --tier. */
static uint8_t tiers[DT_MEMBERS_MAX];

/* --- check: what cli_notice_encode() made, against all that is known ------------------------------------- */

static int check_one(struct cli *c, json_t *results)
{
    json_t *reply = NULL;
    if (!cli_notice_ask_check(c, &reply)) {
        return c->exit;
    }
    if (!c->json) {
        printf("\"%s\"\n", cli_safe(cli_notice.plain.title));
        cli_show_volumes(&cli_notice.plain);
    }
    json_object_set_new(reply, "title", json_string(cli_notice.plain.title));
    const int exit = cli_say_check(c, reply);
    json_array_append_new(results, reply);
    return exit;
}

/* What was notified just now and comes too close to something: said at once, with what to
 * change. It is notified all the same. */
static void say_conflicts(struct cli *c, json_t *sent)
{
    json_t *reply = NULL;
    const int exit = c->exit;
    if (!cli_notice_ask_check(c, &reply)) {
        c->exit = exit; /* said */
        return;
    }
    if (json_array_size(json_object_get(reply, "conflicts")) > 0) {
        (void)cli_say_check(c, reply);
    }
    json_object_set_new(reply, "title", json_string(cli_notice.plain.title));
    json_object_set_new(sent, "check", reply);
}

/* --- sending ------------------------------------------------------------------------------------- */

/* As long before its start as the charter asks, or confirmed. */
static bool in_time(struct cli *c, const struct dt_geojson_hints *hints)
{
    struct dt_geojson_fault fault = {.feature = SIZE_MAX};
    const enum dt_err err = dt_doubt_lead(&cli_notice, hints, &fault);
    return err == DT_OK || (cli_fail(c, err, "\"%s\": %s", cli_safe(cli_notice.plain.title), fault.detail), false);
}

/* Appends what cli_notice_encode() made; with `dry`, only asks whether it would be taken. */
static bool append_notice(struct cli *c, const struct cli_line *line,
                          const struct dt_geojson_hints *hints, const char *to, json_t *results,
                          bool dry)
{
    json_t *reply = NULL;
    enum dt_precedence precedence;
    if (!cli_precedence(c, cli_option(c, "precedence"), DT_PRIORITY, &precedence)) {
        return false;
    }
    const struct cli_append a = {.line = line,
                                 .kind = DT_KIND_NOTICE,
                                 .precedence = precedence,
                                 .to = to,
                                 .body = cli_notice_body(),
                                 .plain = cli_notice_plain(),
                                 .past = cli_flag(c, "past"),
                                 .dry = dry,
                                 .tiers = cli_told_in_tiers ? tiers : NULL,
                                 .two = cli_notice.clear.category == DT_CATEGORY_FIRES &&
                                        cli_asks_two(line, "fires")};
    const enum cli_officer signs = cli_flag(c, "signed") ? CLI_SIGNED : CLI_UNSIGNED;
    if (dry) {
        const bool good = cli_append(c, &a, signs, &reply) &&
                          (cli_true(reply, "unchanged") || in_time(c, hints)) &&
                          cli_may_release(c, &a);
        json_decref(reply);
        return good;
    }
    if (a.two && cli_option(c, "second") == NULL && cli_told_in_tiers) {
        cli_fail(c, DT_ERR_NEEDS_SECOND, _("a draft holds no tiers: add --second N"));
        return false;
    }
    if (a.two && cli_option(c, "second") == NULL) {
        if (cli_hold(c, &a, &reply) != CLI_DONE) {
            return false;
        }
        json_object_set_new(reply, "title", json_string(cli_notice.plain.title));
        json_array_append_new(results, reply);
        return true;
    }
    if (!cli_append(c, &a, signs, &reply)) {
        return false;
    }
    json_object_set_new(reply, "title", json_string(cli_notice.plain.title));
    if (!c->json && cli_true(reply, "unchanged")) {
        printf(_("%s  \"%s\"  unchanged: notified already, nothing was sent\n"),
               cli_safe(cli_str(reply, "id")), cli_safe(cli_notice.plain.title));
    } else if (!c->json) {
        printf("%s  %s  \"%s\"  %s\n", cli_safe(cli_str(reply, "id")),
               dt_category_name(cli_notice.clear.category), cli_safe(cli_notice.plain.title),
               cli_told_in_tiers ? _("told in tiers; see detente disclosures")
               : cli_notice.clear.cell_count > 0
                   ? _("coarse cells go to the whole line, the shape to the addressees")
                   : _("its place goes to the addressees only"));
    }
    if (!cli_true(reply, "unchanged")) {
        say_conflicts(c, reply);
    }
    json_array_append_new(results, reply);
    return true;
}

/* With --wait: until all that was sent is stored, or the time is over. */
static bool wait_all(struct cli *c, const struct cli_line *line, json_t *results)
{
    size_t i;
    json_t *reply;
    json_array_foreach (results, i, reply) {
        if (cli_flag(c, "wait") && !cli_has(reply, "draft") && !cli_wait_stored(c, line, reply)) {
            return false;
        }
    }
    return true;
}

/* TIMEOUT for the first that is not stored by all. */
static int say_not_stored(struct cli *c, const json_t *results)
{
    size_t i;
    json_t *reply;
    int exit = CLI_DONE;
    json_array_foreach (results, i, reply) {
        exit = exit == CLI_DONE ? cli_not_stored(c, reply) : exit;
    }
    return exit;
}

static int notice_add(struct cli *c)
{
    struct cli_line line;
    struct dt_geojson g;
    struct dt_geojson_hints hints;
    const char *path = cli_word(c, 0, _("FILE"));
    if (path == NULL || !cli_words_end(c, 1) || !cli_wait_valid(c) ||
        !cli_notice_open(c, path, &g, &hints)) {
        return c->exit;
    }
    json_t *results = json_array();
    bool good = cli_line(c, &line) && cli_tiers(c, &line, tiers, &cli_told_in_tiers);
    if (good) {
        cli_notice_hints(c, &line, &hints);
    }
    for (int dry = 1; dry >= 0; dry--) { /* all of them are judged before the first is sent */
        for (size_t i = 0; i < g.count && good; i++) {
            good = cli_notice_encode(c, &g, i, &hints, NULL) && append_notice(c, &line, &hints, cli_option(c, "to"), results, dry);
        }
    }
    dt_geojson_close(&g);
    good = good && wait_all(c, &line, results);
    if (good && c->json) {
        cli_print_json(json_pack("{s:O}", "items", results));
    }
    const int exit = good ? say_not_stored(c, results) : c->exit;
    json_decref(results);
    return exit;
}

static bool one_feature(struct cli *c, struct dt_geojson *g)
{
    if (g->count == 1) {
        return true;
    }
    cli_usage(c, _("the file has %zu features; this needs exactly one"), g->count);
    dt_geojson_close(g);
    return false;
}

/* An amendment goes to those whom the version amended went to, unless --to or --tier says
 * others. NULL: everybody. */
static const char *amended_to(struct cli *c, const json_t *item)
{
    static char codes[DT_MEMBERS_MAX * (DT_CODE_MAX + 1) + 1];
    size_t i, n = 0;
    json_t *code;
    if (cli_flag(c, "to") || cli_told_in_tiers) {
        return cli_option(c, "to");
    }
    json_array_foreach (json_object_get(item, "to"), i, code) {
        if (n < sizeof codes) {
            n += (size_t)snprintf(codes + n, sizeof codes - n, "%s%s", i > 0 ? "," : "",
                                  json_string_value(code));
        }
    }
    return n > 0 ? codes : NULL;
}

static int notice_amend(struct cli *c)
{
    struct cli_line line;
    struct cli_record record;
    struct dt_geojson g;
    struct dt_geojson_hints hints;
    const char *id = cli_word(c, 0, _("ID")), *path = id != NULL ? cli_word(c, 1, _("FILE")) : NULL;
    if (path == NULL || !cli_words_end(c, 2) || !cli_wait_valid(c) ||
        !cli_notice_open(c, path, &g, &hints) || !one_feature(c, &g) || !cli_line_for(c, &id, &line) ||
        !cli_tiers(c, &line, tiers, &cli_told_in_tiers) ||
        !cli_record_of(c, &line, id, "NOTICE", true, &record)) {
        return c->exit;
    }
    if (cli_true(record.item, "tiered") && !cli_told_in_tiers) {
        json_decref(record.item);
        dt_geojson_close(&g);
        return cli_usage(c, _("that notice is told in tiers: say them again with --tier"));
    }
    cli_notice_hints(c, &line, &hints);
    json_t *results = json_array();
    const char *to = amended_to(c, record.item);
    const bool good = cli_notice_encode(c, &g, 0, &hints, &record.ref) &&
                      append_notice(c, &line, &hints, to, results, true) &&
                      append_notice(c, &line, &hints, to, results, false) && wait_all(c, &line, results);
    json_decref(record.item);
    dt_geojson_close(&g);
    if (good && c->json) {
        cli_print_json(json_incref(json_array_get(results, 0)));
    } else if (good && !cli_has(json_array_get(results, 0), "draft")) {
        puts(_("Both versions count until an officer of every member told has acknowledged the new one."));
    }
    const int exit = good ? say_not_stored(c, results) : c->exit;
    json_decref(results);
    return exit;
}

/* --- states ----------------------------------------------------------------------------------- */

static int append_state(struct cli *c, enum dt_notice_state state, const char *words)
{
    uint8_t body[512];
    size_t size;
    struct cli_line line;
    struct cli_record record;
    json_t *reply = NULL;
    struct dt_body_notice_state b = {.state = state};
    const char *id = cli_word(c, 0, _("ID")), *end = cli_option(c, "end");
    if (id == NULL || !cli_words_end(c, 1)) {
        return c->exit;
    }
    if ((state == DT_NOTICE_DELAYED) != (end != NULL)) {
        return cli_usage(c, _("delay needs --end TIME, the others take none"));
    }
    if ((end != NULL && !cli_time(c, end, &b.end_ms)) || !cli_line_for(c, &id, &line) ||
        !cli_record_of(c, &line, id, "NOTICE", true, &record)) {
        return c->exit;
    }
    b.ref = record.ref;
    const json_int_t held = cli_int(record.item, cli_has(record.item, "end_now") ? "end_now" : "end");
    json_decref(record.item);
    if (end != NULL && b.end_ms <= held) { /* it would have no effect, and seem to have one */
        return cli_usage(c, _("a delay lengthens, and it ends %s already; to end sooner: detente notice amend"),
                         cli_when(held));
    }
    const enum dt_err err = dt_body_notice_state_encode(body, sizeof body, &size, &b);
    if (err != DT_OK) {
        return cli_fail(c, err, NULL);
    }
    const struct cli_append a = {.line = &line, .kind = DT_KIND_NOTICE_STATE,
                                 .precedence = DT_PRIORITY, .body = dt_span(body, size)};
    if (!cli_append(c, &a, CLI_SIGNED_IF_UNLOCKED, &reply)) {
        return c->exit;
    }
    return cli_done(c, reply, "%s  %s\n", cli_str(reply, "id"), words);
}

static int notice_start(struct cli *c)
{
    return append_state(c, DT_NOTICE_STARTED, _("started"));
}

static int notice_arrived(struct cli *c)
{
    return append_state(c, DT_NOTICE_ARRIVED, _("arrived"));
}

static int notice_end(struct cli *c)
{
    return append_state(c, DT_NOTICE_ENDED, _("ended"));
}

static int notice_cancel(struct cli *c)
{
    return append_state(c, DT_NOTICE_CANCELLED,
                        _("cancelled; it counts until an officer of every member told acknowledges that"));
}

static int notice_delay(struct cli *c)
{
    return append_state(c, DT_NOTICE_DELAYED, _("delayed"));
}

static int notice_confirm(struct cli *c)
{
    return append_state(c, DT_NOTICE_CONFIRMED, _("confirmed: it is still there"));
}

/* --- how it went ------------------------------------------------------------------------------- */

static int notice_outcome(struct cli *c)
{
    uint8_t body[DT_BODY_MAX];
    size_t size;
    struct cli_line line;
    struct cli_record record;
    uint64_t minutes = 0;
    int code = 0;
    const char *id = cli_word(c, 0, _("ID")), *name = id != NULL ? cli_word(c, 1, _("OUTCOME")) : NULL;
    const char *late = cli_option(c, "minutes"), *text = cli_option(c, "text");
    struct dt_body_outcome b = {.text = dt_span(text, text != NULL ? strlen(text) : 0)};
    if (name == NULL || !cli_words_end(c, 2)) {
        return c->exit;
    }
    while (code < DT_OUTCOMES && strcmp(name, dt_outcome_name(code)) != 0) {
        code++;
    }
    if (code == DT_OUTCOMES) {
        return cli_usage(c, _("an outcome is facilitated, delayed, impeded, denied, withdrawn or struck"));
    }
    if ((code == DT_OUTCOME_DELAYED) != (late != NULL)) {
        return cli_usage(c, _("delayed needs --minutes N, the others take none"));
    }
    if ((late != NULL && !cli_number(c, late, 99999, &minutes)) || !cli_line(c, &line) ||
        !cli_record_of(c, &line, id, "NOTICE", false, &record)) {
        return c->exit;
    }
    b.ref = record.ref;
    b.outcome = (enum dt_outcome)code;
    b.minutes = (int64_t)minutes;
    json_decref(record.item);
    const enum dt_err err = dt_body_outcome_encode(body, sizeof body, &size, &b);
    const bool struck = b.outcome == DT_OUTCOME_STRUCK;
    return err == DT_OK ? cli_append_say(c, &line, DT_KIND_OUTCOME,
                                         struck ? DT_IMMEDIATE : DT_ROUTINE, dt_span(body, size),
                                         _("outcome recorded, as our account"))
                        : cli_fail(c, err, NULL);
}

/* --- list, show --------------------------------------------------------------------------------- */

static int notice_list(struct cli *c)
{
    struct dt_object o;
    json_t *reply = NULL, *item;
    size_t i;
    if (!cli_words_end(c, 0) || !cli_connect(c)) {
        return c->exit;
    }
    cli_begin(c, &o, "notices");
    dt_obj_key(&o, "all");
    dt_obj_bool(&o, cli_flag(c, "all"));
    if (!cli_put_line(c, &o) || !cli_ask(c, &o, &reply)) {
        return c->exit;
    }
    if (c->json) {
        cli_print_json(reply);
        return CLI_DONE;
    }
    json_array_foreach (json_object_get(reply, "items"), i, item) {
        printf("%s  %-12s %-11s %s - %s  \"%s\"\n", cli_safe(cli_str(item, "id")),
               cli_safe(cli_str(item, "category")), cli_name(cli_str(item, "life")),
               cli_when(cli_int(item, "start")), cli_end_now(item),
               cli_safe(cli_str(item, "title")));
        cli_show_awaited(item);
        cli_show_outcomes(item);
    }
    json_decref(reply);
    return CLI_DONE;
}

static int notice_check(struct cli *c)
{
    struct dt_geojson g;
    struct dt_geojson_hints hints;
    const char *path = cli_word(c, 0, _("FILE"));
    int worst = CLI_DONE;
    if (path == NULL || !cli_words_end(c, 1) || !cli_notice_open(c, path, &g, &hints)) {
        return c->exit;
    }
    struct cli_line line;
    if (!cli_line(c, &line)) {
        dt_geojson_close(&g);
        return c->exit;
    }
    cli_notice_hints(c, &line, &hints);
    json_t *results = json_array();
    for (size_t i = 0; i < g.count; i++) {
        c->exit = CLI_DONE;
        int exit = cli_notice_encode(c, &g, i, &hints, NULL) && in_time(c, &hints) ? check_one(c, results) : c->exit;
        if (exit == CLI_DONE || exit == CLI_UNKNOWN || exit == CLI_CONFLICTS) {
            worst = exit > worst ? exit : worst; /* conflicts weigh more than not knowing */
            continue;
        }
        worst = exit;
        break;
    }
    dt_geojson_close(&g);
    if (c->json && (worst == CLI_DONE || worst == CLI_UNKNOWN || worst == CLI_CONFLICTS)) {
        cli_print_json(json_pack("{s:O}", "items", results));
    }
    json_decref(results);
    return worst;
}

int cmd_notice(struct cli *c)
{
    static const struct cli_sub subs[] = {
        {NULL, notice_list},       {"add", notice_add},         {"list", notice_list},
        {"amend", notice_amend},   {"started", notice_start},   {"end", notice_end},
        {"confirm", notice_confirm}, {"outcome", notice_outcome},
        {"arrived", notice_arrived}, {"delay", notice_delay},   {"cancel", notice_cancel},
        {"check", notice_check},   {"show", cmd_show},
        {"position", cli_notice_position}, {"sheet", cli_notice_sheet}, {"returned", cli_notice_returned}};
    return cli_dispatch(c, subs, sizeof subs / sizeof subs[0]);
}

/* SPDX-License-Identifier: ISC */
/* blind: two parties learn which of their plans share a cell, and nothing else (docs/blind.md). */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/text.h"
#include "cli/blind.h"
#include "geo/cells.h"

enum { SIZE_USUAL = 4096, SLOT_MINUTES = 60, POLL_MS = 500 };

/* --- what came of it --------------------------------------------------------------------------- */

json_t *cli_blind_cell(uint64_t cell, uint32_t slot_ms)
{
    const struct dt_point at = dt_cell_corner(dt_blind_cell_place(cell));
    const struct dt_window when = dt_blind_cell_window(cell, slot_ms);
    return json_pack("{s:I, s:I, s:I, s:I}", "lat", (json_int_t)at.lat_e7, "lon", (json_int_t)at.lon_e7,
                     "from", (json_int_t)when.from_ms, "until", (json_int_t)when.until_ms);
}

static bool in_common(const struct dt_blind_kept *kept, const uint8_t *cell)
{
    for (size_t at = 0; at < kept->common.size; at += DT_BLIND_CELL_SIZE) {
        if (memcmp(kept->common.data + at, cell, DT_BLIND_CELL_SIZE) == 0) {
            return true;
        }
    }
    return false;
}

/* Our plans that share a cell with the other side, each with these cells. */
static json_t *plans_json(const struct dt_blind_kept *kept, uint32_t slot_ms)
{
    json_t *plans = json_array();
    for (size_t i = 0; i < kept->plan_count; i++) {
        json_t *cells = json_array();
        struct dt_reader r = dt_reader(kept->plans[i].cells);
        while (r.left > 0) {
            const bool common = in_common(kept, r.at);
            const uint64_t cell = dt_read_u64(&r);
            if (common) {
                json_array_append_new(cells, cli_blind_cell(cell, slot_ms));
            }
        }
        if (json_array_size(cells) > 0) {
            json_array_append_new(plans, json_pack("{s:o, s:o}", "title",
                                                   json_stringn((const char *)kept->plans[i].title.data,
                                                                kept->plans[i].title.size),
                                                   "cells", cells));
        } else {
            json_decref(cells);
        }
    }
    return plans;
}

static const char *state_of(const struct dt_blind_run *run, enum dt_blind_role role)
{
    for (int i = 0; i < 2; i++) {
        const struct dt_blind_said *said = &run->said[i];
        if (said->there && said->event != DT_BLIND_DONE) {
            return dt_blind_event_name((int64_t)said->event);
        }
    }
    if (run->said[role].there) {
        return dt_blind_event_name(DT_BLIND_DONE);
    }
    const size_t count = dt_blind_run_count(run);
    return count == 1 ? N_("proposed") : count < DT_BLIND_MESSAGES ? N_("under-way") : N_("to-finish");
}

/* How many common cells this home knows of with that member in a day. */
static size_t hits_with(struct cli *c, const struct cli_line *line, const char *member);

static void show_plans(const json_t *plans)
{
    size_t i, k;
    json_t *plan, *cell;
    json_array_foreach (plans, i, plan) {
        printf(_("\"%s\": possible, at cell level\n"), cli_safe(cli_str(plan, "title")));
        json_array_foreach (json_object_get(plan, "cells"), k, cell) {
            printf(_("    %s and 0.1 degree north and east, %s to %s\n"), cli_place(cell),
                   cli_when(cli_int(cell, "from")), cli_when(cli_int(cell, "until")));
        }
    }
}

static json_t *run_json(struct cli *c, const struct cli_line *line, const char *id,
                        const struct dt_blind_run *run, enum dt_blind_role role,
                        const struct cli_blind_kept *kept)
{
    const json_t *members = json_object_get(line->info, "members");
    const char *member = cli_str(json_array_get(members, role == DT_BLIND_ASKS ? run->answers : run->asks), "code");
    json_t *value = json_pack("{s:s, s:s, s:s, s:s, s:I, s:I, s:i, s:b}", "id", id, "member", member, "role",
                              role == DT_BLIND_ASKS ? "asks" : "answers", "state",
                              kept != NULL && kept->kept.done ? dt_blind_event_name(DT_BLIND_DONE) : state_of(run, role), "slot",
                              (json_int_t)run->terms.slot_ms, "size", (json_int_t)run->terms.size, "messages",
                              (int)dt_blind_run_count(run), "done", kept != NULL && kept->kept.done);
    if (kept != NULL && kept->kept.done) {
        const bool flagged = hits_with(c, line, member) > DT_BLIND_DAY_HITS;
        json_object_set_new(value, "common",
                            json_integer((json_int_t)(kept->kept.common.size / DT_BLIND_CELL_SIZE)));
        json_object_set_new(value, "plans", plans_json(&kept->kept, run->terms.slot_ms));
        json_object_set_new(value, "flagged", json_boolean(flagged));
    }
    return value;
}

static int show_run(struct cli *c, json_t *value)
{
    const json_t *plans = json_object_get(value, "plans");
    const int exit = json_array_size(plans) > 0 ? CLI_CONFLICTS : CLI_DONE;
    if (c->json) {
        cli_print_json(value);
        return exit;
    }
    printf(_("%s  with %s  %s\n"), cli_safe(cli_str(value, "id")), cli_safe(cli_str(value, "member")),
           _(cli_str(value, "state")));
    if (cli_true(value, "done")) {
        show_plans(plans);
        printf(ngettext("%zu plan of ours shares a cell with a plan of theirs.",
                        "%zu plans of ours share a cell with a plan of theirs.", json_array_size(plans)),
               json_array_size(plans));
        puts(_(" Whether they come too close, only people can say.\n"
               "Of plans that either side did not enter nothing is known. This is not a permission."));
    }
    if (cli_true(value, "flagged")) {
        printf(_("FLAGGED: %s has met more than %d of our cells in a day. It may be looking for all of them.\n"),
               cli_safe(cli_str(value, "member")), DT_BLIND_DAY_HITS);
    }
    json_decref(value);
    return exit;
}

/* --- going on -------------------------------------------------------------------------------------- */

static void pause_a_little(void)
{
    const struct timespec pause = {0, POLL_MS * 1000000L};
    nanosleep(&pause, NULL);
}

/* Goes on; with --wait until it is finished or the time is over. Exit status. */
static int go_on(struct cli *c, const struct cli_line *line, const char *id)
{
    struct cli_blind_kept kept;
    enum cli_blind_how how = CLI_BLIND_FAILED;
    if (!cli_blind_open(c, line, id, false, &kept)) {
        return c->exit;
    }
    for (;;) {
        struct cli_blind_case *r = cli_blind_load(c, id);
        if (r == NULL) {
            break;
        }
        const struct dt_blind_said *said = &r->run.said[1 - (int)kept.kept.role];
        const bool ended = said->there && said->event != DT_BLIND_DONE;
        how = ended ? CLI_BLIND_WAITS : cli_blind_go(c, line, r, id, &kept);
        const bool again = how == CLI_BLIND_WAITS && !ended && cli_flag(c, "wait") && dt_now_ms() < c->wait_until;
        if (again) {
            cli_blind_unload(r);
            pause_a_little();
            continue;
        }
        if (how != CLI_BLIND_FAILED) {
            const enum dt_blind_role role = kept.kept.role;
            cli_blind_close(&kept);
            c->exit = CLI_DONE;
            if (cli_blind_open(c, line, id, false, &kept)) {
                json_t *value = run_json(c, line, id, &r->run, role, &kept);
                c->exit = show_run(c, value);
            }
        }
        cli_blind_unload(r);
        break;
    }
    cli_blind_close(&kept);
    return c->exit;
}

static bool take_terms(struct cli *c, uint32_t *size, uint32_t *slot_ms)
{
    uint64_t cells = SIZE_USUAL, minutes = SLOT_MINUTES;
    const char *size_text = cli_option(c, "size"), *slot_text = cli_option(c, "slot");
    if ((size_text != NULL && !cli_number(c, size_text, DT_BLIND_SIZE_MAX, &cells)) ||
        (slot_text != NULL && !cli_number(c, slot_text, DT_BLIND_SLOT_MAX_MS / 60000, &minutes))) {
        return false;
    }
    if (cells < DT_BLIND_SIZE_MIN || minutes == 0) {
        cli_usage(c, _("--size is %d to %d cells, --slot 1 to 1440 minutes"), DT_BLIND_SIZE_MIN, DT_BLIND_SIZE_MAX);
        return false;
    }
    *size = (uint32_t)cells;
    *slot_ms = (uint32_t)minutes * 60000;
    return true;
}

/* Reads the plans, makes our HELLO (after the other's, if there is one), keeps what it was made
 * of, and appends it. */
static bool enter(struct cli *c, const struct cli_line *line, const struct dt_blind_terms *terms,
                  enum dt_blind_role role, const char *to, size_t first, const struct dt_ref *proposal,
                  struct dt_span theirs, json_t **reply)
{
    static struct dt_blind_kept kept;
    struct cli_blind_plans *plans = calloc(1, sizeof *plans);
    uint8_t secret[DT_BLIND_SECRET_SIZE], hello[DT_BLIND_HELLO_MAX], *coded = NULL;
    char name[40], hex[33];
    uint8_t random[16];
    struct dt_blind_budget budget;
    struct dt_blind *b = NULL;
    bool good = plans != NULL && cli_blind_read_plans(c, line, first, terms->slot_ms, terms->size, plans);
    dt_random(secret, sizeof secret);
    dt_random(random, sizeof random);
    dt_hex(hex, random, sizeof random);
    snprintf(name, sizeof name, "new-%s", hex);
    dt_blind_budget_init(&budget, 1, terms->size, terms->size);
    struct dt_writer w = dt_writer(hello, sizeof hello);
    if (good) {
        enum dt_err err = dt_blind_new(&b, terms, role, secret, plans->all, plans->all_count, &budget, 0);
        err = err == DT_OK && theirs.size > 0 ? dt_blind_receive(b, theirs) : err;
        err = err == DT_OK ? dt_blind_next(b, &w) : err;
        good = err == DT_OK;
        if (!good) {
            cli_fail(c, err, NULL);
        }
    }
    good = good && cli_blind_fill(c, &kept, role, secret, plans, &coded) && cli_blind_save(c, line, name, &kept);
    if (good) {
        struct dt_body_blind body = {.event = role == DT_BLIND_ASKS ? DT_BLIND_PROPOSED : DT_BLIND_ANSWERED,
                                     .hello = dt_written(&w)};
        body.ref = proposal != NULL ? *proposal : body.ref;
        good = cli_blind_say(c, line, to, &body, reply);
        if (!good) {
            (void)cli_blind_name(c, name, NULL);
        }
    }
    if (good) {
        good = cli_blind_name(c, name, role == DT_BLIND_ASKS ? cli_str(*reply, "id") : cli_word(c, 0, _("ID")));
    }
    if (coded != NULL) {
        dt_wipe(coded, kept.cells.size);
    }
    free(coded);
    dt_wipe(secret, sizeof secret);
    dt_wipe(&kept, sizeof kept);
    dt_blind_free(b);
    cli_blind_plans_free(plans);
    return good;
}

static int blind_propose(struct cli *c)
{
    struct cli_line line;
    struct dt_blind_terms terms;
    json_t *reply = NULL;
    const char *to = cli_option(c, "to");
    if (to == NULL) {
        return cli_usage(c, _("--to MEMBER is missing"));
    }
    if (!cli_wait_valid(c) || !take_terms(c, &terms.size, &terms.slot_ms) ||
        !cli_line(c, &line)) {
        return c->exit;
    }
    const int member = cli_member(&line, to);
    if (member < 0) {
        cli_no_member(c, &line, to);
        return c->exit;
    }
    memcpy(terms.line, line.id, sizeof terms.line);
    if (!enter(c, &line, &terms, DT_BLIND_ASKS, to, 0, NULL, dt_span(NULL, 0), &reply)) {
        json_decref(reply);
        return c->exit;
    }
    if (!cli_flag(c, "wait")) {
        json_object_set_new(reply, "size", json_integer(terms.size));
        return cli_done(c, reply, _("%s  proposed to %s, a list of %u cells. When its officer has answered: "
                                    "detente blind continue %s\n"),
                        cli_str(reply, "id"), to, terms.size, cli_str(reply, "id"));
    }
    char id[DT_RECORD_ID_SIZE];
    snprintf(id, sizeof id, "%s", cli_str(reply, "id"));
    json_decref(reply);
    return go_on(c, &line, id);
}

/* The proposal an officer of ours is asked about. */
struct cli_blind_case *cli_blind_load_ours(struct cli *c, struct cli_line *line, const char **id,
                                        enum dt_blind_role *role)
{
    *id = cli_word(c, 0, _("ID"));
    struct cli_blind_case *r = *id != NULL && cli_line(c, line) ? cli_blind_load(c, *id) : NULL;
    if (r != NULL && !cli_blind_role(c, line, r, role)) {
        cli_blind_unload(r);
        return NULL;
    }
    return r;
}

static int blind_answer(struct cli *c)
{
    struct cli_line line;
    enum dt_blind_role role;
    const char *id;
    json_t *reply = NULL;
    if (!cli_wait_valid(c)) {
        return c->exit;
    }
    struct cli_blind_case *r = cli_blind_load_ours(c, &line, &id, &role);
    if (r == NULL) {
        return c->exit;
    }
    const char *to = cli_str(json_array_get(json_object_get(line.info, "members"), r->run.asks), "code");
    bool good = false;
    if (role == DT_BLIND_ASKS) {
        cli_fail(c, DT_ERR_NOT_ALLOWED, _("the other side answers it"));
    } else if (cli_flag(c, "decline")) {
        const struct dt_body_blind b = {.event = DT_BLIND_DECLINED, .ref = r->run.proposal};
        good = cli_words_end(c, 1) && cli_blind_say(c, &line, to, &b, &reply);
    } else if (!r->run.officer[DT_BLIND_ASKS]) {
        cli_fail(c, DT_ERR_BAD_SIGNATURE, _("no officer of %s is proved to stand for it"), cli_safe(to));
    } else {
        good = enter(c, &line, &r->run.terms, DT_BLIND_ANSWERS, to, 1, &r->run.proposal,
                     dt_blind_run_message(&r->run, 0), &reply);
    }
    cli_blind_unload(r);
    if (!good || cli_flag(c, "decline")) {
        return good ? cli_done(c, reply, _("%s  declined\n"), cli_str(reply, "id")) : c->exit;
    }
    json_decref(reply);
    return go_on(c, &line, id);
}

static int blind_continue(struct cli *c)
{
    struct cli_line line;
    const char *id = cli_word(c, 0, _("ID"));
    return id == NULL || !cli_words_end(c, 1) || !cli_wait_valid(c) || !cli_line(c, &line)
               ? c->exit
               : go_on(c, &line, id);
}

static int blind_give_up(struct cli *c)
{
    struct cli_line line;
    enum dt_blind_role role;
    const char *id;
    json_t *reply = NULL;
    struct cli_blind_case *r = cli_blind_load_ours(c, &line, &id, &role);
    if (r == NULL) {
        return c->exit;
    }
    const unsigned other = role == DT_BLIND_ASKS ? r->run.answers : r->run.asks;
    const struct dt_body_blind b = {.event = DT_BLIND_GIVEN_UP, .ref = r->run.proposal};
    const bool good = cli_words_end(c, 1) &&
                      cli_blind_say(c, &line, cli_str(json_array_get(json_object_get(line.info, "members"), other), "code"),
                                    &b, &reply);
    cli_blind_unload(r);
    return good ? cli_done(c, reply, _("%s  given up\n"), cli_str(reply, "id")) : c->exit;
}

static int blind_show(struct cli *c)
{
    struct cli_line line;
    struct cli_blind_kept kept;
    enum dt_blind_role role;
    const char *id;
    struct cli_blind_case *r = cli_blind_load_ours(c, &line, &id, &role);
    if (r == NULL || !cli_words_end(c, 1)) {
        cli_blind_unload(r);
        return c->exit;
    }
    const bool ours = cli_blind_open(c, &line, id, true, &kept);
    json_t *value = run_json(c, &line, id, &r->run, role, ours ? &kept : NULL);
    if (ours) {
        cli_blind_close(&kept);
    }
    cli_blind_unload(r);
    return show_run(c, value);
}

/* --- list ---------------------------------------------------------------------------------------------- */

static json_t *ask_list(struct cli *c, const struct cli_line *line)
{
    struct dt_object o;
    json_t *reply = NULL;
    cli_begin(c, &o, "blind");
    dt_obj_key(&o, "line");
    dt_obj_bytes(&o, dt_span(line->id, sizeof line->id));
    return cli_ask(c, &o, &reply) ? reply : NULL;
}

static bool is_proposal(const json_t *item)
{
    return strcmp(cli_str(item, "blind"), "proposed") == 0 && strcmp(cli_str(item, "valid"), "OK") == 0;
}

static bool with(const json_t *item, const char *member)
{
    return strcmp(cli_str(item, "from"), member) == 0 || strcmp(cli_str(item, "member"), member) == 0;
}

static size_t hits_with(struct cli *c, const struct cli_line *line, const char *member)
{
    json_t *reply = ask_list(c, line), *item;
    size_t i, hits = 0;
    json_array_foreach (json_object_get(reply, "items"), i, item) {
        struct cli_blind_kept kept;
        if (is_proposal(item) && with(item, member) && cli_int(item, "time") > dt_now_ms() - DT_BLIND_DAY_MS &&
            cli_blind_open(c, line, cli_str(item, "id"), true, &kept)) {
            hits += kept.kept.common.size / DT_BLIND_CELL_SIZE;
            cli_blind_close(&kept);
        }
    }
    json_decref(reply);
    return hits;
}

/* The last that was said of a run: items come newest first. */
static const char *last_word(const json_t *items, const json_t *proposal)
{
    size_t i;
    json_t *item;
    const char *done = NULL;
    json_array_foreach (items, i, item) {
        const char *word = cli_str(item, "blind");
        if (strcmp(cli_str(item, "ref"), cli_str(proposal, "id")) != 0 ||
            strcmp(cli_str(item, "valid"), "OK") != 0) {
            continue;
        }
        if (strcmp(word, "done") != 0 && strcmp(word, "answered") != 0) {
            return word;
        }
        done = done == NULL || strcmp(word, "done") == 0 ? word : done;
    }
    return done != NULL ? done : cli_str(proposal, "blind");
}

static int blind_list(struct cli *c)
{
    struct cli_line line;
    size_t i;
    json_t *item, *runs = json_array();
    if (!cli_words_end(c, 0) || !cli_line(c, &line)) {
        json_decref(runs);
        return c->exit;
    }
    json_t *reply = ask_list(c, &line);
    json_array_foreach (json_object_get(reply, "items"), i, item) {
        if (!is_proposal(item)) {
            continue;
        }
        json_t *run = json_pack("{s:s, s:s, s:s, s:I, s:I, s:I, s:s, s:b}", "id", cli_str(item, "id"), "from",
                                cli_str(item, "from"), "member", cli_str(item, "member"), "time",
                                cli_int(item, "time"), "size", cli_int(item, "size"), "slot", cli_int(item, "slot"),
                                "state", last_word(json_object_get(reply, "items"), item), "beyond",
                                strcmp(cli_str(item, "doubt"), "QUOTA") == 0);
        json_array_append_new(runs, run);
        if (!c->json) {
            printf("%s  %s -> %s  %s  %s%s\n", cli_safe(cli_str(run, "id")), cli_safe(cli_str(run, "from")),
                   cli_safe(cli_str(run, "member")), cli_when(cli_int(run, "time")), _(cli_str(run, "state")),
                   cli_true(run, "beyond") ? _("  FLAGGED: beyond the caps of a day") : "");
        }
    }
    const bool good = reply != NULL;
    json_decref(reply);
    if (good && c->json) {
        cli_print_json(json_pack("{s:O}", "items", runs));
    }
    json_decref(runs);
    return good ? CLI_DONE : c->exit;
}

int cmd_blind(struct cli *c)
{
    static const struct cli_sub subs[] = {
        {NULL, blind_list},         {"list", blind_list},       {"propose", blind_propose},
        {"answer", blind_answer},   {"continue", blind_continue}, {"give-up", blind_give_up},
        {"show", blind_show},       {"open", cli_blind_opening},       {"verify", cli_blind_verify},
    };
    return cli_dispatch(c, subs, sizeof subs / sizeof subs[0]);
}

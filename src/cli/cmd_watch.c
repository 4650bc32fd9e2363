/* SPDX-License-Identifier: ISC */
/* watch take, alarm, heard, not-heard, leave, hand-over; name (watch.h). */
#include <string.h>
#include <strings.h>

#include "base/utc.h"
#include "cli/watch.h"
#include "view/body.h"

/* --- saying it --------------------------------------------------------------------------- */

bool cli_item_ref(const json_t *item, struct dt_ref *ref)
{
    ref->wid = (uint16_t)cli_int(item, "wid");
    ref->seq = (uint64_t)cli_int(item, "seq");
    return cli_bytes(item, "leaf", ref->leaf, sizeof ref->leaf);
}

/* Until when that officer's key is unlocked here. */
static int64_t unlocked_until(struct cli *c, unsigned number)
{
    static struct dt_home_operator list[DT_OPERATOR_MAX];
    size_t count = 0;
    if (dt_home_operators(&c->home, dt_now_ms(), list, DT_OPERATOR_MAX, &count) == DT_OK) {
        for (size_t i = 0; i < count; i++) {
            if (list[i].unlocked && (number == 0 || list[i].operator_.number == number)) {
                return list[i].expiry_ms;
            }
        }
    }
    return INT64_MAX; /* none: signing says so */
}

static int64_t end_of_watch(struct cli *c, const struct cli_watch *w, const json_t *info,
                            int64_t now)
{
    const int64_t longest = now + cli_int(info, "watch");
    const int64_t key = unlocked_until(c, w->second != 0 ? w->second : w->officer);
    const int64_t until = w->until_ms != 0 ? w->until_ms : key;
    return until < longest ? until : longest;
}

/* The accepted items of that line, the most urgent first, as many as a record holds. */
static bool take_open(struct cli *c, struct dt_body_watch *b, const json_t *items,
                      const struct cli_line *line)
{
    size_t i;
    json_t *item;
    struct cli_record record;
    json_array_foreach (items, i, item) {
        if (strcmp(cli_str(item, "line"), line->tag) != 0 || b->open_count == DT_REFS_MAX) {
            continue;
        }
        if (!cli_item_ref(item, &b->open[b->open_count])) {
            if (!cli_record(c, line, cli_str(item, "id"), &record)) {
                return false;
            }
            b->open[b->open_count] = record.ref;
            json_decref(record.item);
        }
        b->open_count++;
    }
    return true;
}

static bool say_on_line(struct cli *c, const struct cli_watch *w, const struct cli_line *line,
                        json_t **reply, int64_t *until)
{
    static struct dt_body_watch b; /* large: not for the stack */
    uint8_t body[DT_BODY_MAX];
    size_t size;
    const bool timed = w->event == DT_WATCH_TAKEN || w->event == DT_WATCH_HANDED_OVER;
    const int64_t now = dt_now_ms();
    memset(&b, 0, sizeof b);
    b.event = w->event;
    b.until_ms = timed ? end_of_watch(c, w, line->info, now) : 0;
    snprintf(b.desk, sizeof b.desk, "%s", w->desk != NULL ? w->desk : "");
    if (!take_open(c, &b, w->accepted, line)) {
        return false;
    }
    if (timed && b.until_ms < *until) {
        *until = b.until_ms;
    }
    const enum dt_err err = dt_body_watch_encode(body, sizeof body, &size, &b);
    if (err != DT_OK) {
        cli_fail(c, err, "WATCH");
        return false;
    }
    const struct cli_append a = {.line = line,
                                 .kind = DT_KIND_WATCH,
                                 .time_ms = now,
                                 .body = dt_span(body, size),
                                 .as = w->officer,
                                 .second = w->second};
    const bool left = w->event == DT_WATCH_LEFT; /* needs no officer */
    return cli_append(c, &a, left ? CLI_SIGNED_IF_UNLOCKED : CLI_SIGNED, reply);
}

bool cli_watch_say(struct cli *c, const struct cli_watch *w, json_t **ids, int64_t *until)
{
    struct cli_line line;
    json_t *info, *reply, *said = json_array();
    const char *only = cli_option(c, "line");
    size_t i;
    bool good = cli_several_lines(c) || c->hello != NULL;
    *until = INT64_MAX;
    json_array_foreach (json_object_get(c->hello, "lines"), i, info) {
        const char *id = cli_str(info, "line");
        const bool ours = cli_true(info, "accepted") && strcmp(cli_str(info, "state"), "left") != 0;
        if (!good || !ours || (only != NULL && strncmp(id, only, strlen(only)) != 0)) {
            continue;
        }
        reply = NULL;
        good = cli_line_of(c, id, &line) && say_on_line(c, w, &line, &reply, until);
        if (good) {
            json_array_append_new(said, json_pack("{s:s, s:s}", "line", line.tag, "id",
                                                  cli_str(reply, "id")));
        }
        json_decref(reply);
    }
    if (good && json_array_size(said) == 0) {
        cli_fail(c, DT_ERR_UNKNOWN_LINE, _("there is none here yet"));
        good = false;
    }
    if (good && ids != NULL) {
        *ids = json_incref(said);
    }
    json_decref(said);
    return good;
}

/* --- the commands -------------------------------------------------------------------------- */

static bool take_number(struct cli *c, const char *name, unsigned *out)
{
    uint64_t number = 0;
    const char *text = cli_option(c, name);
    if (text != NULL && !cli_number(c, text, DT_OPERATOR_MAX, &number)) {
        return false;
    }
    *out = (unsigned)number;
    return true;
}

bool cli_play_alarm(struct cli *c, bool *played)
{
    struct dt_object o;
    json_t *status = NULL, *reply = NULL;
    cli_begin(c, &o, "status");
    bool good = cli_ask(c, &o, &status);
    *played = good && strcmp(cli_str(json_object_get(status, "alarm"), "state"), "none") != 0;
    json_decref(status);
    if (*played) {
        cli_begin(c, &o, "alarm_test");
        good = cli_ask(c, &o, &reply);
        json_decref(reply);
    }
    return good;
}

static const char *hear_it(bool played)
{
    return played ? _("The alarm is played. Did you hear it? detente watch heard (or not-heard)")
                  : _("This node has no alarm program (--alarm-exec): nothing was played, and nobody is woken by it.");
}

static int watch_alarm(struct cli *c)
{
    bool played;
    if (!cli_words_end(c, 0) || !cli_connect(c) || !cli_play_alarm(c, &played)) {
        return c->exit;
    }
    return cli_done(c, json_pack("{s:b}", "played", played), "%s\n", hear_it(played));
}

static int say(struct cli *c, enum dt_watch_event event, const char *words)
{
    struct cli_watch w = {.event = event, .desk = cli_option(c, "desk")};
    json_t *ids = NULL;
    int64_t until;
    const char *end = cli_option(c, "until");
    if (!cli_words_end(c, 0) || !take_number(c, "as", &w.officer) ||
        (end != NULL && !cli_time(c, end, &w.until_ms)) || !cli_connect(c) ||
        !cli_watch_say(c, &w, &ids, &until)) {
        return c->exit;
    }
    bool played = false;
    if (event == DT_WATCH_TAKEN) {
        if (!cli_play_alarm(c, &played)) {
            json_decref(ids);
            return c->exit;
        }
        words = hear_it(played);
    }
    json_t *value = json_pack("{s:o}", "records", ids);
    if (event == DT_WATCH_TAKEN) {
        json_object_set_new(value, "played", json_boolean(played));
    }
    if (until != INT64_MAX) {
        json_object_set_new(value, "until", json_integer(until));
    }
    return until != INT64_MAX ? cli_done(c, value, _("On watch until %s. %s\n"), cli_when(until), words)
                              : cli_done(c, value, "%s\n", words);
}

static int watch_take(struct cli *c)
{
    return say(c, DT_WATCH_TAKEN, NULL);
}

static int watch_heard(struct cli *c)
{
    return say(c, DT_WATCH_ALARM_HEARD, _("On record: the alarm was heard."));
}

static int watch_not_heard(struct cli *c)
{
    return say(c, DT_WATCH_ALARM_NOT_HEARD,
               _("On record: the alarm was NOT heard. Mend it before you rely on this desk."));
}

static int watch_leave(struct cli *c)
{
    return say(c, DT_WATCH_LEFT, _("The watch is left: the others see this desk as unattended."));
}

/* Is that item named by an --accept? */
static bool accepted(struct cli *c, const json_t *item)
{
    const char *id = cli_str(item, "id"), *named;
    for (size_t k = 0; (named = cli_option_at(c, "accept", k)) != NULL; k++) {
        const char *slash = strchr(named, '/');
        const size_t tag = slash != NULL ? (size_t)(slash - named) : 0;
        if (strncmp(cli_str(item, "line"), named, tag) != 0) {
            continue;
        }
        named = slash != NULL ? slash + 1 : named;
        const size_t size = strlen(named); /* the word at the end may be left out */
        if (strncasecmp(id, named, size) == 0 && (id[size] == '\0' || id[size] == '-')) {
            return true;
        }
    }
    return false;
}

/* Says all that no --accept names, each with its option: one more try is enough. False if
 * there is one. */
static bool all_accepted(struct cli *c, const json_t *items)
{
    char options[900] = ""; /* for a program: one error, with all of them */
    size_t i, n = 0;
    json_t *item;
    bool all = true;
    json_array_foreach (items, i, item) {
        const char *id = cli_str(item, "id"), *why = cli_str(item, "why");
        if (accepted(c, item)) {
            continue;
        }
        all = false;
        if (c->json) {
            n += n < sizeof options ? (size_t)snprintf(options + n, sizeof options - n,
                                                       "%s--accept %s", n > 0 ? " " : "", id) : 0;
            continue;
        }
        cli_fail(c, DT_ERR_BAD_STATE,
                 why[0] == 'w'   ? _("%s waits and was not accepted: --accept %s")
                 : why[0] == 's' ? _("CHECK FIRE %s stands and was not accepted: --accept %s")
                                 : _("%s of ours is not answered and was not accepted: --accept %s"),
                 id, id);
    }
    if (c->json && !all) {
        cli_fail(c, DT_ERR_BAD_STATE, n < sizeof options ? "%s" : "%s ...", options);
    }
    return all;
}

/* Of the line of --line, or of all. */
static bool ask_part(struct cli *c, const char *cmd, json_t **reply)
{
    struct dt_object o;
    cli_begin(c, &o, cmd);
    if (strcmp(cmd, "inbox") == 0) {
        dt_obj_key(&o, "limit");
        dt_obj_uint(&o, 10000);
    }
    return (!cli_flag(c, "line") || cli_put_line(c, &o)) && cli_ask(c, &o, reply);
}

static bool ask_open(struct cli *c, json_t **open)
{
    json_t *inbox = NULL, *awaiting = NULL, *status = NULL;
    const bool good = ask_part(c, "inbox", &inbox) && ask_part(c, "awaiting", &awaiting) &&
                      ask_part(c, "status", &status);
    *open = good ? cli_open_items(json_object_get(inbox, "items"), awaiting, status) : NULL;
    json_decref(inbox);
    json_decref(awaiting);
    json_decref(status);
    return good;
}

static int watch_hand_over(struct cli *c)
{
    struct cli_watch w = {.event = DT_WATCH_HANDED_OVER, .desk = cli_option(c, "desk")};
    json_t *open = NULL, *ids = NULL;
    int64_t until;
    const char *end = cli_option(c, "until");
    if (!cli_words_end(c, 0) || !take_number(c, "as", &w.officer) ||
        !take_number(c, "second", &w.second) ||
        (end != NULL && !cli_time(c, end, &w.until_ms))) {
        return c->exit;
    }
    if (w.second == 0 || w.second == w.officer) {
        return cli_fail(c, DT_ERR_NEEDS_SECOND, _("--second M: the officer who takes over"));
    }
    if (!cli_connect(c) || !ask_open(c, &open)) {
        return c->exit;
    }
    w.accepted = open;
    const size_t count = json_array_size(open);
    bool played = false;
    if (all_accepted(c, open) && cli_watch_say(c, &w, &ids, &until) && cli_play_alarm(c, &played)) {
        cli_done(c,
                 json_pack("{s:O, s:I, s:i, s:b}", "records", ids, "until", (json_int_t)until,
                           "open_items", (int)count, "played", played),
                 ngettext("Handed over with %zu open item; on watch until %s.\n",
                          "Handed over with %zu open items; on watch until %s.\n", count),
                 count, cli_when(until));
        if (!c->json) {
            puts(hear_it(played));
        }
    }
    json_decref(ids);
    json_decref(open);
    return c->exit;
}

int cmd_watch(struct cli *c)
{
    static const struct cli_sub subs[] = {{"take", watch_take},
                                          {"alarm", watch_alarm},
                                          {"heard", watch_heard},
                                          {"not-heard", watch_not_heard},
                                          {"leave", watch_leave},
                                          {"hand-over", watch_hand_over}};
    return cli_dispatch(c, subs, sizeof subs / sizeof subs[0]);
}

/* --- who answered --------------------------------------------------------------------------- */

/* Our newest answer to that CHECK_FIRE which no officer signed. */
static const json_t *unnamed_answer(const struct cli *c, const json_t *fire)
{
    size_t i;
    json_t *t;
    const json_t *found = NULL;
    json_array_foreach (json_object_get(fire, "targets"), i, t) {
        if (strcmp(cli_str(t, "kind"), "FIRE_ANSWER") == 0 && !cli_has(t, "officer") &&
            strcmp(cli_str(t, "from"), c->home.code) == 0) {
            found = t;
        }
    }
    return found;
}

static bool append_ref(struct cli *c, const struct cli_line *line, unsigned kind, unsigned as,
                       const struct dt_ref *ref, json_t **reply)
{
    uint8_t body[256];
    size_t size;
    const enum dt_err err = dt_body_ref_encode(body, sizeof body, &size, ref);
    const struct cli_append a = {.line = line,
                                 .kind = kind,
                                 .precedence = DT_PRIORITY,
                                 .body = dt_span(body, size),
                                 .as = as};
    if (err != DT_OK) {
        cli_fail(c, err, "%s", dt_kind_name(kind));
        return false;
    }
    return cli_append(c, &a, CLI_SIGNED, reply);
}

bool cli_name_answer(struct cli *c, const struct cli_line *line, const char *id, unsigned as,
                     json_t **reply)
{
    struct cli_record record, fire;
    struct dt_ref answer;
    if (!cli_record(c, line, id, &record)) {
        return false;
    }
    if (strcmp(cli_str(record.item, "kind"), "FIRE_ANSWER") == 0) {
        const bool found = cli_record(c, line, cli_str(record.item, "ref"), &fire);
        answer = record.ref;
        json_decref(record.item);
        if (!found) {
            return false;
        }
    } else {
        const json_t *t = unnamed_answer(c, record.item);
        fire = record;
        if (t == NULL || !cli_item_ref(t, &answer)) {
            cli_fail(c, DT_ERR_WRONG_RECORD, _("%s: no answer of ours without an officer"),
                     cli_safe(id));
            json_decref(record.item);
            return false;
        }
    }
    const struct dt_ref about = fire.ref;
    json_decref(fire.item);
    return append_ref(c, line, DT_KIND_NAMED, as, &answer, reply) &&
           append_ref(c, line, DT_KIND_ACK, as, &about, NULL);
}

int cmd_name(struct cli *c)
{
    struct cli_line line;
    json_t *reply = NULL;
    const char *id = cli_word(c, 0, _("ID"));
    if (id == NULL || !cli_words_end(c, 1) || !cli_line_for(c, &id, &line) ||
        !cli_name_answer(c, &line, id, 0, &reply)) {
        return c->exit;
    }
    return cli_done(c, reply, _("%s  an officer stands for that answer\n"), cli_str(reply, "id"));
}

/* --- is somebody there? ------------------------------------------------------------------------ */

static bool addressed(const struct cli_line *line, const char *to, const char *code)
{
    const size_t size = strlen(code);
    if (to == NULL) {
        return cli_member(line, code) >= 0;
    }
    for (const char *at = to; at != NULL; at = strchr(at, ',')) {
        at += *at == ',';
        if (strncasecmp(at, code, size) == 0 && (at[size] == ',' || at[size] == '\0')) {
            return true;
        }
    }
    return false;
}

/* The peer by whom that party is reached best: any of its nodes will do. NULL: it has none. */
static const json_t *best_peer(const json_t *status, const char *code)
{
    static const char *const order[] = {"red", "unknown", "amber", "green"};
    size_t i;
    json_t *peer;
    const json_t *best = NULL;
    int best_rank = -1;
    json_array_foreach (json_object_get(status, "peers"), i, peer) {
        int rank = 0;
        for (int k = 1; k < 4; k++) {
            rank = strcmp(cli_str(peer, "link"), order[k]) == 0 ? k : rank;
        }
        if (strcmp(cli_str(peer, "code"), code) == 0 && rank > best_rank) {
            best_rank = rank;
            best = peer;
        }
    }
    return best;
}

json_t *cli_empty_desks(struct cli *c, const struct cli_line *line, const char *to)
{
    struct dt_object o;
    json_t *status = NULL, *member, *out = json_array();
    size_t i;
    const int64_t now = dt_now_ms();
    cli_begin(c, &o, "status");
    if (!cli_ask(c, &o, &status)) {
        json_decref(out);
        return NULL;
    }
    json_array_foreach (json_object_get(line->info, "members"), i, member) {
        const char *code = cli_str(member, "code");
        if (strcmp(code, c->home.code) == 0 || !addressed(line, to, code)) {
            continue;
        }
        const json_t *peer = best_peer(status, code);
        const char *desk = peer != NULL ? cli_str(peer, "desk") : "unknown";
        const char *link = peer != NULL ? cli_str(peer, "link") : "unknown";
        if (strcmp(desk, "attended") == 0 && strcmp(link, "green") == 0) {
            continue;
        }
        json_t *heard = cli_has(peer, "heard") ? json_integer(now - cli_int(peer, "heard")) : NULL;
        json_array_append_new(
            out, json_pack("{s:s, s:s, s:O?, s:s, s:O?, s:o?}", "code", code, "desk", desk, "since",
                           json_object_get(peer, "desk_since"), "link", link, "link_since",
                           json_object_get(peer, "link_since"), "last_heard", heard));
    }
    json_decref(status);
    return out;
}

static void say_link(const json_t *d)
{
    char heard[128], since[DT_UTC_SIZE];
    const char *link = cli_str(d, "link"), *code = cli_safe(cli_str(d, "code"));
    snprintf(heard, sizeof heard,
             cli_has(d, "last_heard") ? _("not heard since %s") : _("not heard since our node started%.0s"),
             cli_when(cli_int(d, "last_heard")));
    if (strcmp(link, "red") == 0) {
        dt_utc_text(since, cli_int(d, "link_since"));
        printf(_("  %s: LINK RED since %s, %s\n"), code, since, heard);
    } else if (strcmp(link, "green") != 0) {
        printf(strcmp(link, "amber") == 0 ? _("  %s: LINK AMBER, a link test was missed; %s\n")
                                          : _("  %s: LINK UNKNOWN, %s\n"), code, heard);
    }
}

void cli_say_desks(const json_t *desks)
{
    size_t i;
    json_t *d;
    json_array_foreach (desks, i, d) {
        const char *desk = cli_str(d, "desk");
        say_link(d);
        if (strcmp(desk, "unattended") == 0) {
            printf(_("  %s: NOBODY AT DESK since %s\n"), cli_safe(cli_str(d, "code")),
                   cli_when(cli_int(d, "since")));
        } else if (strcmp(desk, "attended") != 0) {
            printf(_("  %s: desk UNKNOWN\n"), cli_safe(cli_str(d, "code")));
        }
    }
}

/* SPDX-License-Identifier: ISC */
/* conflicts, conflict: what comes too close, and what to change. */
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/conflict_svg.h"
#include "cli/features.h"
#include "cli/replace.h"
#include "view/conflict_body.h"
#include "view/conflict_life.h"
#include "cli/tiers.h"
#include "view/rules.h"

/* --- what to change ------------------------------------------------------------------------- */

/* "1.2 km", "300 m" */
static const char *length_of(json_int_t mm)
{
    static char text[32];
    if (mm >= 1000000) {
        snprintf(text, sizeof text, "%lld.%lld km", (long long)mm / 1000000,
                 (long long)mm % 1000000 / 100000);
    } else {
        snprintf(text, sizeof text, "%lld m", (long long)mm / 1000);
    }
    return text;
}

/* "75 min", "2 h 15 min" */
static const char *duration_of(json_int_t ms)
{
    static char text[48];
    const long long minutes = (long long)ms / 60000;
    if (minutes < 120) {
        snprintf(text, sizeof text, _("%lld min"), minutes);
    } else if (minutes % 60 == 0) {
        snprintf(text, sizeof text, _("%lld h"), minutes / 60);
    } else {
        snprintf(text, sizeof text, _("%lld h %lld min"), minutes / 60, minutes % 60);
    }
    return text;
}

static void put_change(char *out, size_t capacity, const json_t *s)
{
    const char *change = cli_str(s, "change");
    if (strcmp(change, "later") == 0) {
        snprintf(out, capacity, _("start %s later"), duration_of(cli_int(s, "by_ms")));
    } else if (strcmp(change, "earlier") == 0) {
        snprintf(out, capacity, _("start and end %s earlier"), duration_of(cli_int(s, "by_ms")));
    } else if (strcmp(change, "move") == 0) {
        snprintf(out, capacity, _("stay %s further %s"), length_of(cli_int(s, "by_mm")),
                 _(cli_str(s, "toward")));
    } else if (strcmp(change, "higher") == 0) {
        snprintf(out, capacity, _("fly %s higher"), length_of(cli_int(s, "by_mm")));
    } else {
        snprintf(out, capacity, _("lower the ceiling by %s"), length_of(cli_int(s, "by_mm")));
    }
}

/* "start 75 min later, or stay 1.2 km further north"; "" if there is none. */
static void put_changes(char *out, size_t capacity, const json_t *list)
{
    char one[128];
    size_t i;
    const json_t *s;
    out[0] = '\0';
    json_array_foreach (list, i, s) {
        const size_t used = strlen(out);
        put_change(one, sizeof one, s);
        snprintf(out + used, capacity - used, "%s%s", i > 0 ? _(", or ") : "", one);
    }
}

static void show_ours(const json_t *answer)
{
    char text[512];
    const json_t *list = json_object_get(answer, "suggestions");
    put_changes(text, sizeof text, list);
    if (text[0] != '\0') {
        printf(_("What to change: %s, and no conflict is known.\n"), text);
    } else if (list != NULL) {
        puts(_("No change of time, place or height alone was found after which no conflict is "
               "known; a protected site is not asked to move. Talk to them."));
    }
}

static void show_theirs(const json_t *conflict)
{
    char text[512];
    const json_t *list = json_object_get(conflict, "theirs_could");
    put_changes(text, sizeof text, list);
    if (text[0] != '\0') {
        printf(_("What to ask of them: %s, and no conflict of theirs is known here.\n"), text);
    } else if (list != NULL) {
        puts(_("What they could change is not known here: ask them."));
    }
}

/* --- what is known, and how old it is ------------------------------------------------------------- */

/* "Their log seen to 01:50Z (24 min old)". True if somebody's is stale. */
static bool show_knowledge(const json_t *reply, bool quiet)
{
    size_t i;
    json_t *k;
    bool stale = false;
    json_array_foreach (json_object_get(reply, "knowledge"), i, k) {
        stale = stale || cli_true(k, "stale");
        if (quiet) {
            continue;
        }
        if (!cli_has(k, "seen")) {
            printf(_("Nothing of the log of %s has been seen: UNKNOWN.\n"),
                   cli_safe(cli_str(k, "code")));
            continue;
        }
        printf(_("The log of %s seen to %s (%s old)%s\n"), cli_safe(cli_str(k, "code")),
               cli_when(cli_int(k, "seen")), cli_age(cli_int(k, "age")),
               cli_true(k, "stale") ? _(": too old, UNKNOWN.") : ".");
    }
    return stale;
}

int cli_say_check(struct cli *c, const json_t *reply)
{
    size_t i;
    json_t *conflict;
    const json_t *conflicts = json_object_get(reply, "conflicts");
    if (!c->json) {
        json_array_foreach (conflicts, i, conflict) {
            cli_show_conflict(conflict);
        }
        if (json_array_size(conflicts) == 0) {
            puts(_("No conflict known."));
        }
        show_ours(reply);
    }
    const bool stale = show_knowledge(reply, c->json);
    if (!c->json && cli_int(reply, "more") > 0) {
        printf(_("%lld more, less grave than these, are not shown.\n"),
               (long long)cli_int(reply, "more"));
    }
    if (!c->json) {
        printf(_("%lld notices comparable only at cell level, %lld not readable. This is not a "
                 "permission.\n"),
               (long long)cli_int(reply, "cells_only"), (long long)cli_int(reply, "unreadable"));
    }
    return json_array_size(conflicts) > 0 ? CLI_CONFLICTS : stale ? CLI_UNKNOWN : CLI_DONE;
}

/* --- conflicts ------------------------------------------------------------------------------------- */

static void show_party(const json_t *p)
{
    const json_t *seen = json_object_get(p, "seen"), *accepted = json_object_get(p, "accepted"),
                 *proposed = json_object_get(p, "proposed");
    if (cli_has(p, "accepted")) {
        printf(_("    %s: risk accepted %s by officer %lld\n"), cli_safe(cli_str(p, "code")),
               cli_when(cli_int(accepted, "time")), (long long)cli_int(accepted, "officer"));
    } else if (cli_has(p, "proposed")) {
        printf(_("    %s: proposed a change %s\n"), cli_safe(cli_str(p, "code")),
               cli_when(cli_int(proposed, "time")));
    } else if (cli_has(p, "seen")) {
        printf(_("    %s: seen %s by officer %lld\n"), cli_safe(cli_str(p, "code")),
               cli_when(cli_int(seen, "time")), (long long)cli_int(seen, "officer"));
    } else {
        printf(_("    %s: no officer has seen it%s\n"), cli_safe(cli_str(p, "code")),
               cli_true(p, "late") ? _(": OVERDUE") : "");
    }
}

/* What became of it. A plan that nobody was told of has no such life. */
static void show_state(const json_t *k)
{
    size_t i;
    const json_t *p;
    if (!cli_has(k, "state")) {
        return;
    }
    printf(_("    state: %s%s\n"), cli_name(cli_str(k, "state")),
           cli_true(k, "undecided") ? _("  UNDECIDED: it begins, and nobody has settled it") : "");
    if (!cli_conflict_open(k)) {
        return;
    }
    json_array_foreach (json_object_get(k, "parties"), i, p) {
        show_party(p);
    }
}

/* A member that sees more said that there is one, or what gave the numbers was destroyed. */
static const char *where_unknown(void)
{
    return _("where and how close: not known here; said by a member that sees more, or the key is destroyed");
}

void cli_show_conflict(const json_t *k)
{
    const char *a = cli_has(k, "a") ? cli_str(k, "a") : _("this plan");
    const char *b = cli_str(k, cli_has(k, "b") ? "b" : "theirs");
    const bool cells = cli_has(k, "exact") && !cli_true(k, "exact");
    printf(_("CONFLICT %s (%s, %s)  %s against %s%s\n"), cli_safe(cli_str(k, "id")),
           _(dt_severity_name(cli_int(k, "severity"))),
           cli_true(k, "agreed") ? _("agreed rule") : _("default, not agreed"), cli_safe(a),
           cli_safe(b), cells ? _("  possible, at cell level") : "");
    if (cli_true(k, "withheld")) {
        puts(_("    where and how close: shown to an officer on watch"));
        show_state(k);
        return;
    }
    if (!cli_has(k, "distance_mm")) {
        printf("    %s\n", where_unknown());
        show_state(k);
        return;
    }
    const char *level = cli_str(k, "level");
    printf(cells || strcmp(level, "cell") == 0 || strcmp(level, "shape") == 0
               ? _("    at least %.1f m apart where %.1f m are needed, near %s, %s to %s\n")
               : _("    %.1f m apart where %.1f m are needed, near %s, %s to %s\n"),
           (double)cli_int(k, "distance_mm") / 1000, (double)cli_int(k, "lateral_mm") / 1000,
           cli_place(k), cli_when(cli_int(k, "from")), cli_when(cli_int(k, "until")));
    show_state(k);
}

static int list_conflicts(struct cli *c, const char *id)
{
    struct dt_object o;
    json_t *reply = NULL, *conflict;
    size_t i, raised = 0, found = 0;
    if (!cli_connect(c)) {
        return c->exit;
    }
    cli_begin(c, &o, "conflicts");
    if (id != NULL) {
        dt_obj_key(&o, "id");
        dt_obj_string(&o, id);
    }
    if (!cli_put_line(c, &o) || !cli_ask(c, &o, &reply)) {
        return c->exit;
    }
    const json_t *items = json_object_get(reply, "items");
    json_array_foreach (items, i, conflict) {
        found++;
        raised += cli_conflict_stands(conflict);
        if (!c->json) {
            cli_show_conflict(conflict);
            show_ours(conflict);
            show_theirs(conflict);
        }
    }
    if (id != NULL && found == 0) {
        json_decref(reply);
        return cli_fail(c, DT_ERR_UNKNOWN_RECORD, "%s", cli_safe(id));
    }
    if (!c->json && raised == 0) {
        puts(_("No conflict known. This is not a permission."));
    }
    const bool stale = show_knowledge(reply, c->json);
    if (c->json) {
        cli_print_json(json_incref(reply));
    }
    json_decref(reply);
    return raised > 0 ? CLI_CONFLICTS : stale ? CLI_UNKNOWN : CLI_DONE;
}

static void show_conflict_event(struct cli *c, json_t *event)
{
    if (strcmp(cli_str(event, "event"), "conflict") != 0) {
        return;
    }
    if (c->json) {
        cli_print_json(json_incref(event));
    } else {
        cli_show_conflict(json_object_get(event, "conflict"));
    }
    fflush(stdout);
}

static int list_all_conflicts(struct cli *c, json_t *ids)
{
    (void)ids; /* its events are no records; one that comes while it is listed is shown again */
    const int status = list_conflicts(c, NULL);
    fflush(stdout);
    return status;
}

int cmd_conflicts(struct cli *c)
{
    if (!cli_words_end(c, 0)) {
        return c->exit;
    }
    return cli_flag(c, "follow") ? cli_follow(c, list_all_conflicts, show_conflict_event)
                                 : list_conflicts(c, NULL);
}

/* The conflict of that id, by its own reply; false after an error was said. */
static bool find_conflict(struct cli *c, const struct cli_line *line, const char *id, json_t **reply)
{
    struct dt_object o;
    cli_begin(c, &o, "conflicts");
    dt_obj_key(&o, "id");
    dt_obj_string(&o, id);
    dt_obj_key(&o, "line");
    dt_obj_bytes(&o, dt_span(line->id, sizeof line->id));
    if (!cli_ask(c, &o, reply)) {
        return false;
    }
    if (json_array_size(json_object_get(*reply, "items")) == 0) {
        json_decref(*reply);
        cli_fail(c, DT_ERR_UNKNOWN_RECORD, "%s", cli_safe(id));
        return false;
    }
    return true;
}

/* The notice of that id as far as it can be drawn here; *item is owned by the caller. */
static bool side_of(struct cli *c, const struct cli_line *line, const char *id,
                    struct dt_geojson_notice *notice, struct conflict_side *side, json_t **item)
{
    struct dt_object o;
    json_t *reply = NULL;
    cli_begin(c, &o, "show");
    dt_obj_key(&o, "id");
    dt_obj_string(&o, id);
    dt_obj_key(&o, "line");
    dt_obj_bytes(&o, dt_span(line->id, sizeof line->id));
    dt_obj_key(&o, "shapes");
    dt_obj_bool(&o, true);
    if (!cli_ask(c, &o, &reply)) {
        return false;
    }
    *item = json_incref(json_object_get(reply, "item"));
    json_decref(reply);
    *side = (struct conflict_side){.item = *item};
    side->notice = cli_notice_parts(*item, notice, &side->exact) ? notice : NULL;
    side->exact = side->exact && side->notice != NULL;
    return true;
}

static bool draw(struct cli *c, const struct cli_line *line, const json_t *conflict, const char *path)
{
    static struct dt_geojson_notice notices[2]; /* large */
    struct conflict_side sides[2];
    json_t *items[2] = {NULL, NULL};
    struct cli_replace file;
    bool good = side_of(c, line, cli_str(conflict, "a"), &notices[0], &sides[0], &items[0]) &&
                side_of(c, line, cli_str(conflict, "b"), &notices[1], &sides[1], &items[1]) &&
                cli_replace_open(c, &file, path);
    if (good) {
        conflict_svg_write(file.file, conflict, sides);
        good = cli_replace_close(c, &file);
    }
    json_decref(items[0]);
    json_decref(items[1]);
    return good;
}

/* --svg: where and how close comes out of sealed parts, so it needs an officer on watch. */
static bool draw_found(struct cli *c, const char *id, const char *path)
{
    struct cli_line line;
    json_t *found = NULL;
    if (!cli_line(c, &line) || !find_conflict(c, &line, id, &found)) {
        return false;
    }
    const json_t *conflict = json_array_get(json_object_get(found, "items"), 0);
    bool good = !cli_true(conflict, "withheld");
    if (!good) {
        cli_fail(c, DT_ERR_NOT_ON_WATCH, "%s", cli_safe(id));
    }
    if (good && !cli_has(conflict, "distance_mm")) { /* nothing to draw: no map of nowhere */
        cli_fail(c, DT_ERR_NO_KEY, "%s", where_unknown());
        good = false;
    }
    good = good && draw(c, &line, conflict, path);
    json_decref(found);
    return good;
}

static int conflict_show(struct cli *c)
{
    const char *id = cli_word(c, 0, _("ID")), *svg = cli_option(c, "svg");
    if (id == NULL || !cli_words_end(c, 1) || (svg != NULL && !draw_found(c, id, svg))) {
        return c->exit;
    }
    return list_conflicts(c, id);
}

/* --- what is said about it -------------------------------------------------------------------------- */

static bool version_of(struct cli *c, const struct cli_line *line, const char *id,
                       struct dt_ref *ref)
{
    struct cli_record record;
    if (!cli_record_of(c, line, id, "NOTICE", false, &record)) {
        return false;
    }
    *ref = record.ref;
    json_decref(record.item);
    return true;
}

/* Everybody whose conflict it is, but us: "SUED" or, of others, "NORD,SUED". */
static void addressees(const struct cli_line *line, const json_t *conflict, char out[static 24])
{
    const char *a = cli_str(conflict, "a_code"), *b = cli_str(conflict, "b_code");
    const char *me = cli_str(json_array_get(json_object_get(line->info, "members"),
                                            (size_t)cli_int(line->info, "me")),
                             "code");
    const bool first = strcmp(a, me) != 0, second = strcmp(b, me) != 0;
    snprintf(out, 24, "%.8s%s%.8s", first ? a : "", first && second ? "," : "", second ? b : "");
}

bool cli_conflict_say(struct cli *c, const struct cli_line *line, const char *id,
                      struct dt_body_conflict *b, const char *offer, unsigned as, json_t **reply)
{
    uint8_t body[DT_BODY_MAX];
    char to[24];
    size_t size;
    json_t *found = NULL;
    if (!find_conflict(c, line, id, &found)) {
        return false;
    }
    const json_t *conflict = json_array_get(json_object_get(found, "items"), 0);
    const int severity = (int)cli_int(conflict, "severity");
    addressees(line, conflict, to);
    b->has_offer = offer != NULL;
    const bool good = version_of(c, line, cli_str(conflict, "a"), &b->first) &&
                      version_of(c, line, cli_str(conflict, "b"), &b->second) &&
                      (offer == NULL || version_of(c, line, offer, &b->offer));
    json_decref(found);
    if (!good) {
        return false;
    }
    const enum dt_err err = dt_body_conflict_encode(body, sizeof body, &size, b);
    if (err != DT_OK) {
        cli_fail(c, err, NULL);
        return false;
    }
    const struct cli_append a = {
        .line = line,
        .kind = DT_KIND_CONFLICT,
        .precedence = b->step == DT_STEP_SEEN
                          ? DT_ROUTINE
                          : dt_severity_precedence((enum dt_severity)severity),
        .to = to,
        .as = as,
        .body = dt_span(body, size)};
    return cli_append(c, &a, CLI_SIGNED, reply);
}

static int say_step(struct cli *c, struct dt_body_conflict *b, const char *offer, const char *words)
{
    struct cli_line line;
    json_t *reply = NULL;
    const char *id = cli_word(c, 0, _("ID")), *text = cli_option(c, "text");
    b->text = dt_span(text, text != NULL ? strlen(text) : 0);
    if (id == NULL || !cli_words_end(c, 1) || !cli_line(c, &line)) {
        return c->exit;
    }
    if (!c->json) {
        fprintf(stderr, "%s\n", _("IN CLEAR: the whole line reads this and which two notices it is "
                                  "about. Sealed to those concerned: conflict tell"));
    }
    if (!cli_conflict_say(c, &line, id, b, offer, 0, &reply)) {
        return c->exit;
    }
    return cli_done(c, reply, "%s  %s\n", cli_str(reply, "id"), words);
}

static int conflict_seen(struct cli *c)
{
    struct dt_body_conflict b = {.step = DT_STEP_SEEN};
    return say_step(c, &b, NULL, _("said: an officer of ours has seen this conflict"));
}

static int conflict_raise(struct cli *c)
{
    struct dt_body_conflict b = {.step = DT_STEP_RAISED};
    return say_step(c, &b, NULL, _("raised: it waits for an officer of theirs, and is tried again until one answers"));
}

static int conflict_propose(struct cli *c)
{
    struct dt_body_conflict b = {.step = DT_STEP_PROPOSED};
    const char *offer = cli_option(c, "amended");
    if (offer == NULL && cli_option(c, "text") == NULL) {
        return cli_usage(c, _("a proposal is an amended notice of ours, --amended ID, or words, --text"));
    }
    return say_step(c, &b, offer, _("proposed; both versions count until it is acknowledged"));
}

static int conflict_accept(struct cli *c)
{
    struct dt_body_conflict b = {.step = DT_STEP_ACCEPTED};
    return say_step(c, &b, NULL,
                    _("said: we carry this risk. It holds for these two versions, and when both "
                      "sides have said it"));
}

static int conflict_withdraw(struct cli *c)
{
    struct dt_body_conflict b = {.step = DT_STEP_WITHDRAWN};
    return say_step(c, &b, NULL, _("said: we no longer carry this risk"));
}

int cmd_conflict(struct cli *c)
{
    static const struct cli_sub subs[] = {{"show", conflict_show},
                                          {"seen", conflict_seen},
                                          {"raise", conflict_raise},
                                          {"tell", cli_conflict_tell},
                                          {"propose", conflict_propose},
                                          {"accept-risk", conflict_accept},
                                          {"withdraw", conflict_withdraw}};
    return cli_dispatch(c, subs, sizeof subs / sizeof subs[0]);
}

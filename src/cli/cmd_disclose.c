/* SPDX-License-Identifier: ISC */
/* disclose, disclosures, conflict tell: who is told more, who was, and what one sees that
 * others cannot. */
#include <stdlib.h>
#include <string.h>

#include "cli/tiers.h"
#include "view/disclose.h"
#include "view/rules.h"

enum { BEYOND_END_MS = 7 * 86400000 }; /* how long a key lasts after its notice */

/* --- disclose -------------------------------------------------------------------------- */

/* --expires, or a week after the notice's end. */
static bool take_expiry(struct cli *c, const json_t *item, int64_t *out)
{
    const char *text = cli_option(c, "expires");
    const int64_t now = dt_now_ms(), end = cli_int(item, "end");
    *out = (end > now ? end : now) + BEYOND_END_MS;
    return text == NULL || cli_time(c, text, out);
}

static bool take_disclosed(struct cli *c, const struct cli_line *line, const json_t *item,
                           struct dt_body_disclosed *d)
{
    const char *to = cli_option(c, "to"), *word = cli_option(c, "tier");
    const int tier = word != NULL ? dt_tier_find_name(word) : -1;
    const int member = to != NULL ? cli_member(line, to) : -1;
    if (to == NULL || tier < DT_TIER_CELL) {
        cli_usage(c, _("say to whom and how much: --to CODE --tier cell|shape|exact"));
        return false;
    }
    if (member < 0) {
        cli_no_member(c, line, to);
        return false;
    }
    if (!cli_true(item, "tiered") && tier != DT_TIER_EXACT) {
        cli_usage(c, _("that notice is not told in tiers: its cells are clear, --tier exact is "
                       "what is left"));
        return false;
    }
    d->member = (unsigned)member;
    d->tier = (enum dt_tier)tier;
    return take_expiry(c, item, &d->expiry_ms);
}

static void show_disclosed(const struct cli_line *line, const struct dt_body_disclosed *d,
                           const char *id)
{
    const json_t *member = json_array_get(json_object_get(line->info, "members"), d->member);
    printf(_("DISCLOSE %s\n  to %s (%s): %s, and what is below it\n  its key is given until %s\n"),
           cli_safe(id), cli_safe(cli_str(member, "code")), cli_safe(cli_str(member, "name")),
           dt_tier_name((int64_t)d->tier), cli_when(d->expiry_ms));
    puts(_("  who has opened it may have kept it: it cannot be taken back"));
    fflush(stdout);
}

static int disclose_one(struct cli *c, const struct cli_line *line, const char *id)
{
    uint8_t body[DT_BODY_MAX];
    size_t size = 0;
    struct cli_record record;
    struct dt_body_disclosed d = {0};
    json_t *reply = NULL;
    if (!cli_record_of(c, line, id, "NOTICE", true, &record)) {
        return c->exit;
    }
    d.notice = record.ref;
    const bool good = take_disclosed(c, line, record.item, &d);
    json_decref(record.item);
    if (!good) {
        return c->exit;
    }
    const enum dt_err err = dt_body_disclosed_encode(body, sizeof body, &size, &d);
    if (err != DT_OK) {
        return cli_fail(c, err, NULL);
    }
    if (!c->json) {
        show_disclosed(line, &d, id);
    }
    const struct cli_append a = {.line = line, .kind = DT_KIND_DISCLOSED,
                                 .precedence = DT_PRIORITY, .to = cli_option(c, "to"),
                                 .body = dt_span(body, size)};
    if (!cli_confirmed(c, _("Disclose this? Type yes:")) ||
        !cli_append(c, &a, CLI_SIGNED, &reply)) {
        return c->exit;
    }
    return cli_done(c, reply, _("%s  disclosed\n"), cli_str(reply, "id"));
}

/* --auto shape|cell, --auto off: the rule for one notice. */
static int set_rule(struct cli *c, const char *id, const char *word)
{
    struct dt_object o;
    json_t *reply = NULL;
    uint64_t km2 = 0, a_day = 0;
    const bool off = strcmp(word, "off") == 0;
    const int tier = off ? DT_TIER_EXISTENCE : dt_tier_find_name(word);
    const char *area = cli_option(c, "area"), *per_day = cli_option(c, "per-day");
    if (tier < 0 || tier > DT_TIER_SHAPE || (!off && (tier == 0 || area == NULL || per_day == NULL))) {
        return cli_usage(c, _("a rule is --auto cell|shape --area KM2 --per-day N, or --auto off; "
                              "never exact"));
    }
    if ((area != NULL && !cli_number(c, area, 1000000, &km2)) ||
        (per_day != NULL && !cli_number(c, per_day, 1000, &a_day)) || !cli_connect(c)) {
        return c->exit;
    }
    cli_begin(c, &o, "disclosure_rule");
    dt_obj_key(&o, "id");
    dt_obj_string(&o, id);
    dt_obj_key(&o, "tier");
    dt_obj_uint(&o, (uint64_t)tier);
    dt_obj_key(&o, "km2");
    dt_obj_uint(&o, km2);
    dt_obj_key(&o, "per_day");
    dt_obj_uint(&o, a_day);
    if (!cli_put_line(c, &o) || !cli_ask(c, &o, &reply)) {
        return c->exit;
    }
    return cli_done(c, reply, "%s\n",
                    off ? _("no rule: only an officer discloses it")
                        : _("told by itself where an officer of the other side released a notice "
                            "that comes too close; each time is an alarm here"));
}

int cmd_disclose(struct cli *c)
{
    struct cli_line line;
    const char *id = cli_word(c, 0, _("ID")), *rule = cli_option(c, "auto");
    if (id == NULL || !cli_words_end(c, 1)) {
        return c->exit;
    }
    if (rule != NULL) {
        return set_rule(c, id, rule);
    }
    return cli_line(c, &line) ? disclose_one(c, &line, id) : c->exit;
}

/* --- disclosures ------------------------------------------------------------------------- */

static void show_reader(const json_t *r)
{
    printf(_("    %s, installation %lld: %s since %s, key until %s, %s"), cli_safe(cli_str(r, "code")),
           (long long)cli_int(r, "number"), cli_safe(cli_str(r, "tier")),
           cli_when(cli_int(r, "since")), cli_when(cli_int(r, "expires")),
           cli_name(cli_str(r, "how")));
    if (cli_has(r, "record")) {
        printf("  %s%s%s", cli_safe(cli_str(r, "record")), cli_has(r, "officer") ? "  " : "",
               cli_has(r, "officer") ? cli_safe(cli_str(r, "officer")) : "");
    }
    putchar('\n');
}

static void show_ledger(const json_t *reply)
{
    size_t i, k;
    json_t *item, *reader, *flagged;
    json_array_foreach (json_object_get(reply, "items"), i, item) {
        printf(_("%s  everybody: %s since %s\n"), cli_safe(cli_str(item, "id")),
               cli_safe(cli_str(item, "everybody")), cli_when(cli_int(item, "time")));
        json_array_foreach (json_object_get(item, "readers"), k, reader) {
            show_reader(reader);
        }
    }
    json_array_foreach (json_object_get(reply, "flagged"), i, flagged) {
        printf(_("FLAGGED %s: its notices would have raised more than the rules allow, %lld times "
                 "in the last day\n"),
               cli_safe(cli_str(flagged, "code")), (long long)cli_int(flagged, "refused"));
    }
    puts(_("Who could open it may have kept it, whatever became of the key."));
}

int cmd_disclosures(struct cli *c)
{
    struct dt_object o;
    json_t *reply = NULL;
    struct cli_line line;
    const char *id = c->word_count > 0 ? cli_word(c, 0, _("ID")) : NULL;
    if (!cli_words_end(c, id != NULL ? 1 : 0) || !cli_line(c, &line)) {
        return c->exit;
    }
    cli_begin(c, &o, "disclosures");
    dt_obj_key(&o, "line");
    dt_obj_bytes(&o, dt_span(line.id, sizeof line.id));
    if (id != NULL) {
        dt_obj_key(&o, "id");
        dt_obj_string(&o, id);
    }
    if (!cli_ask(c, &o, &reply)) {
        return c->exit;
    }
    if (c->json) {
        cli_print_json(reply);
        return CLI_DONE;
    }
    show_ledger(reply);
    json_decref(reply);
    return CLI_DONE;
}

/* --- conflict tell ------------------------------------------------------------------------ */

/* The conflict of that word here, with its two notices; the caller frees *found. */
static bool find_conflict(struct cli *c, const struct cli_line *line, const char *id,
                          json_t **found)
{
    struct dt_object o;
    json_t *reply = NULL, *item;
    size_t i;
    *found = NULL;
    cli_begin(c, &o, "conflicts");
    dt_obj_key(&o, "line");
    dt_obj_bytes(&o, dt_span(line->id, DT_HASH_SIZE));
    if (!cli_ask(c, &o, &reply)) {
        return false;
    }
    json_array_foreach (json_object_get(reply, "items"), i, item) {
        if (strcmp(cli_str(item, "id"), id) == 0) {
            *found = json_incref(item);
        }
    }
    json_decref(reply);
    if (*found == NULL) {
        cli_fail(c, DT_ERR_UNKNOWN_RECORD, "%s", cli_safe(id));
    }
    return *found != NULL;
}

static bool take_refs(struct cli *c, const struct cli_line *line, const json_t *conflict,
                      struct dt_body_raised *b)
{
    struct cli_record one, two;
    if (!cli_record(c, line, cli_str(conflict, "a"), &one)) {
        return false;
    }
    b->a = one.ref;
    json_decref(one.item);
    if (!cli_record(c, line, cli_str(conflict, "b"), &two)) {
        return false;
    }
    b->b = two.ref;
    json_decref(two.item);
    b->severity = cli_int(conflict, "severity");
    return true;
}

int cli_conflict_tell(struct cli *c)
{
    uint8_t plain[1024], clear[8];
    size_t plain_size = 0, clear_size = 0;
    char both[2 * DT_CODE_MAX + 2];
    struct cli_line line;
    struct dt_body_raised b = {0};
    json_t *conflict = NULL, *reply = NULL;
    const char *id = cli_word(c, 0, _("ID"));
    if (id == NULL || !cli_words_end(c, 1) || !cli_line(c, &line) ||
        !find_conflict(c, &line, id, &conflict)) {
        return c->exit;
    }
    snprintf(both, sizeof both, "%s,%s", cli_str(conflict, "a_code"), cli_str(conflict, "b_code"));
    const bool good = take_refs(c, &line, conflict, &b);
    json_decref(conflict);
    if (!good) {
        return c->exit;
    }
    enum dt_err err = dt_body_raised_encode(plain, sizeof plain, &plain_size, &b);
    err = err == DT_OK ? dt_body_empty_encode(clear, sizeof clear, &clear_size) : err;
    if (err != DT_OK) {
        return cli_fail(c, err, NULL);
    }
    const struct cli_append a = {.line = &line,
                                 .kind = DT_KIND_RAISED,
                                 .precedence = DT_IMMEDIATE,
                                 .to = cli_option(c, "to") != NULL ? cli_option(c, "to") : both,
                                 .body = dt_span(clear, clear_size),
                                 .plain = dt_span(plain, plain_size)};
    if (!c->json) {
        printf(_("TELL of conflict %s: %s: that these two come too close, not where\n"),
               cli_safe(id), cli_safe(a.to));
        fflush(stdout);
    }
    if (!cli_confirmed(c, _("Tell them? Type yes:")) || !cli_append(c, &a, CLI_SIGNED, &reply)) {
        return c->exit;
    }
    return cli_done(c, reply, _("%s  told\n"), cli_str(reply, "id"));
}

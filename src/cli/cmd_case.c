/* SPDX-License-Identifier: ISC */
/* verify-proof of a case: what each record of it proves, and what it does not (cli.h). */
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "view/case.h"
#include "view/conflict_body.h"
#include "view/stage.h"
#include "view/watch_body.h"

/* What a record of a kind is evidence of, for somebody who was not there. */
static const char *worth_of(const struct dt_case_entry *e)
{
    switch (e->fact->kind) {
    case DT_KIND_SHOWN:
        return N_("a machine says it was put before a person; not that anybody read it");
    case DT_KIND_ACK:
        return e->officer.valid
                   ? N_("that officer signed that this exact version was read; not that anything was done")
                   : N_("the party says so; no officer's signature is proved");
    case DT_KIND_PASSED_ON:
        return N_("the party says so; whether the force was told, nobody outside can check");
    case DT_KIND_POSITION:
    case DT_KIND_FIRE_ANSWER:
        return e->officer.valid
                   ? N_("that officer signed this answer; not that it is true")
                   : N_("the party answered so; no officer's signature is proved");
    case DT_KIND_LIFT:
        return e->officer.valid && e->second.valid
                   ? N_("two officers of the party lifted it")
                   : N_("the party says so; two officers' signatures are not proved");
    case DT_KIND_ATTEMPT:
        return N_("the author's node says that it tried this; not that anybody was reached");
    case DT_KIND_REPORTED:
        return N_("the author says that he was told so; who is said to have answered signed nothing of it");
    default:
        return N_("the party wrote exactly this; the time is its own claim");
    }
}

static const char *says(const struct dt_fact *f)
{
    switch (f->kind) {
    case DT_KIND_PASSED_ON:
        return dt_passed_state_name(f->code);
    case DT_KIND_POSITION:
        return dt_position_name(f->code);
    case DT_KIND_FIRE_ANSWER:
        return dt_fire_answer_name(f->code);
    case DT_KIND_NOTICE_STATE:
        return dt_notice_state_name(f->code);
    case DT_KIND_CHECK_FIRE:
        return dt_fire_scope_name(f->code);
    case DT_KIND_ATTEMPT:
        return dt_attempt_name(f->code);
    case DT_KIND_REPORTED:
        return dt_reported_name(f->number[2]);
    case DT_KIND_CONFLICT:
        return dt_conflict_step_name(f->code);
    case DT_KIND_OUTCOME:
        return dt_outcome_name(f->code);
    default:
        return NULL;
    }
}

struct listing {
    struct cli *c;
    const struct dt_charter *charter;
    json_t *records;
    size_t identified;
};

static json_t *officer_json(const struct dt_case_officer *o)
{
    return o->there ? json_pack("{s:i, s:b, s:s}", "number", (int)o->number, "valid", o->valid,
                                "role", o->role)
                    : json_null();
}

static void add_time(json_t *value, const char *key, int64_t ms)
{
    if (ms > 0) {
        json_object_set_new(value, key, json_integer(ms));
    }
}

/* The member that an attempt or a report is about. */
static void add_member(json_t *value, const struct dt_charter *charter, int64_t member)
{
    if (member >= 0 && (size_t)member < charter->member_count) {
        json_object_set_new(value, "member", json_string(charter->members[member].code));
    }
}

static void add_place(json_t *value, struct dt_span body)
{
    struct dt_body_check_fire fire;
    if (dt_body_check_fire_decode(&fire, body) != DT_OK) {
        return;
    }
    json_object_set_new(value, "own_people", json_boolean(fire.own_people));
    add_time(value, "since", fire.since_ms);
    if (fire.has_area) {
        json_object_set_new(value, "lat", json_integer(fire.centre.lat_e7));
        json_object_set_new(value, "lon", json_integer(fire.centre.lon_e7));
        json_object_set_new(value, "radius_mm", json_integer(fire.radius_mm));
    }
}

/* What `says` leaves open, in the fields that `show` has for it. */
static void add_details(json_t *value, const struct dt_charter *charter,
                        const struct dt_case_entry *e)
{
    const struct dt_fact *f = e->fact;
    switch (f->kind) {
    case DT_KIND_PASSED_ON:
        json_object_set_new(value, "force", json_string(f->force));
        if (f->number[0] >= 0 && f->number[1] >= 0) {
            json_object_set_new(value, "n", json_integer(f->number[0]));
            json_object_set_new(value, "m", json_integer(f->number[1]));
        }
        return;
    case DT_KIND_ATTEMPT:
        add_member(value, charter, f->number[0]);
        add_time(value, "deadline", f->number[1]);
        return;
    case DT_KIND_REPORTED:
        add_member(value, charter, f->number[0]);
        json_object_set_new(value, "means", json_string(dt_means_name(f->code)));
        json_object_set_new(value, "who", json_string(f->force));
        add_time(value, "when", f->number[1]);
        return;
    case DT_KIND_CHECK_FIRE:
        add_place(value, e->proof->body);
        return;
    case DT_KIND_FIRE_ANSWER:
        add_time(value, "stopped", f->number[0]);
        return;
    default:
        return;
    }
}

static bool is_listed(const json_t *stored, const json_t *by)
{
    size_t i;
    json_t *other;
    json_array_foreach (stored, i, other) {
        if (cli_int(other, "number") == cli_int(by, "number") &&
            strcmp(cli_str(other, "root"), cli_str(by, "root")) == 0) {
            return true;
        }
    }
    return false;
}

/* Who stored it, each once: a later proof of the same record names who came later. */
static void add_stored(const struct listing *l, json_t *stored, const struct dt_proof_result *p)
{
    for (size_t i = 0; i < p->cosigner_count; i++) {
        json_t *by = cli_signer(l->c, &p->cosigners[i]);
        const int member = dt_charter_find_root(l->charter, p->cosigners[i].root);
        json_object_set_new(by, "member", member < 0 ? json_null()
                                                     : json_string(l->charter->members[member].code));
        if (is_listed(stored, by)) {
            json_decref(by);
        } else {
            json_array_append_new(stored, by);
        }
    }
}

static void list_entry(void *ctx, const struct dt_case_entry *e)
{
    struct listing *l = ctx;
    const struct dt_proof_result *p = e->proof;
    char id[DT_RECORD_ID_SIZE], about[DT_RECORD_ID_SIZE];
    if (e->again) {
        add_stored(l, json_object_get(json_array_get(l->records, 0), "stored_by"), p);
        return;
    }
    json_t *signer = cli_signer(l->c, &p->writer), *stored = json_array();
    l->identified += cli_has(signer, "code");
    dt_record_id(id, e->code, p->writer.number, p->index, p->leaf);
    add_stored(l, stored, p);
    json_t *value = json_pack("{s:s, s:s, s:s, s:I, s:o, s:o, s:o, s:o, s:s}", "id", id, "from",
                              e->code, "kind", dt_kind_name(e->fact->kind), "time",
                              (json_int_t)e->fact->time_ms, "signer", signer, "officer",
                              officer_json(&e->officer), "second", officer_json(&e->second),
                              "stored_by", stored, "proves", worth_of(e));
    if (e->has_target && dt_wid_member(e->target.wid) < l->charter->member_count) {
        dt_record_id(about, l->charter->members[dt_wid_member(e->target.wid)].code,
                     dt_wid_number(e->target.wid), e->target.seq, e->target.leaf);
        json_object_set_new(value, "about", json_string(about));
    }
    if (says(e->fact) != NULL) {
        json_object_set_new(value, "says", json_string(says(e->fact)));
    }
    add_details(value, l->charter, e);
    cli_add_words(value, p);
    json_array_append_new(l->records, value);
}

static void show_officer(const json_t *o)
{
    if (cli_true(o, "valid")) {
        printf(_("    signed by officer %lld, %s, whose key the party's root certified\n"),
               (long long)cli_int(o, "number"), cli_safe(cli_str(o, "role")));
    } else if (json_is_object(o)) {
        printf(_("    claims the signature of officer %lld, NOT proved by this file\n"),
               (long long)cli_int(o, "number"));
    }
}

static void show_details(const json_t *v)
{
    const char *kind = cli_str(v, "kind");
    if (cli_has(v, "m")) {
        const long long n = cli_int(v, "n"), m = cli_int(v, "m");
        printf(n < m ? _("    %lld of %lld units told; %lld NOT told\n") : _("    %lld of %lld units told\n"),
               n, m, m - n);
    } else if (strcmp(kind, "PASSED_ON") == 0 && strcmp(cli_str(v, "says"), "told") == 0) {
        printf("%s", _("    how many of its units is not said\n"));
    }
    if (cli_has(v, "deadline")) {
        printf(_("    nobody of %s had acknowledged by %s\n"), cli_safe(cli_str(v, "member")),
               cli_when(cli_int(v, "deadline")));
    }
    if (cli_has(v, "means")) {
        printf(_("    reported by %s, not signed by %s: %s, by %s, heard from %s %s\n"),
               cli_safe(cli_str(v, "from")), cli_safe(cli_str(v, "member")),
               cli_name(cli_str(v, "says")), cli_name(cli_str(v, "means")),
               cli_safe(cli_str(v, "who")), cli_when(cli_int(v, "when")));
    }
    if (cli_has(v, "radius_mm")) {
        printf(_("    at %s, %.0f m around it\n"), cli_place(v),
               (double)cli_int(v, "radius_mm") / 1000);
    }
    if (cli_true(v, "own_people")) {
        printf("%s", _("    own people are there\n"));
    }
    if (cli_has(v, "since")) {
        printf(_("    since %s\n"), cli_when(cli_int(v, "since")));
    }
    if (cli_has(v, "stopped")) {
        printf(_("    stopped at %s\n"), cli_when(cli_int(v, "stopped")));
    }
}

static void show_entry(const json_t *v)
{
    size_t i;
    json_t *by;
    printf("%s  %s  %s", cli_safe(cli_str(v, "id")), cli_when(cli_int(v, "time")),
           cli_safe(cli_str(v, "kind")));
    if (cli_has(v, "force")) {
        printf("  %s:", cli_safe(cli_str(v, "force")));
    }
    printf("%s%s\n", cli_has(v, "says") ? "  " : "", cli_name(cli_str(v, "says")));
    if (cli_has(v, "about")) {
        printf(_("    about %s\n"), cli_safe(cli_str(v, "about")));
    }
    show_details(v);
    if (cli_has(v, "text")) {
        cli_print_text(cli_str(v, "text"), "    ");
    }
    show_officer(json_object_get(v, "officer"));
    show_officer(json_object_get(v, "second"));
    json_array_foreach (json_object_get(v, "stored_by"), i, by) {
        printf(_("    stored at the node of %s as of %s; not that anybody there read it\n"),
               cli_has(by, "member") ? cli_safe(cli_str(by, "member")) : _("a party not identified"),
               cli_when(cli_int(by, "time")));
    }
    printf(_("    proves: %s\n"), _(cli_str(v, "proves")));
    printf(cli_has(json_object_get(v, "signer"), "code")
               ? _("    by %s, as the card of --trust says\n")
               : _("    by %s as the charter names it; signer NOT identified by a card of --trust\n"),
           cli_safe(cli_str(v, "from")));
}

static int show_case(struct cli *c, struct listing *l)
{
    const size_t count = json_array_size(l->records);
    const bool all = l->identified == count;
    size_t i;
    json_t *v;
    if (l->identified == 0 && cli_flag(c, "trust")) {
        json_decref(l->records);
        return cli_fail(c, DT_ERR_UNKNOWN_WRITER, _("signed by none of the parties of --trust"));
    }
    if (c->json) {
        cli_print_json(json_pack("{s:b, s:o, s:o}", "identified", all, "line",
                                 cli_json_bytes(l->charter->id, DT_HASH_SIZE), "records",
                                 l->records));
        return all ? CLI_DONE : CLI_UNIDENTIFIED;
    }
    json_array_foreach (l->records, i, v) {
        show_entry(v);
    }
    printf(ngettext("%zu record, each proved by itself.", "%zu records, each proved by itself.", count),
           count);
    puts(_(" Records may have been left out: what is not here is not disproved.\n"
           "Whether an officer's key was revoked is not in this file."));
    json_decref(l->records);
    return all ? CLI_DONE : CLI_UNIDENTIFIED;
}

int cli_verify_case(struct cli *c, const char *path, struct dt_span text)
{
    static struct dt_case file;
    static struct dt_case_memory judge;
    static uint8_t memory[DT_CASE_MEMORY];
    struct listing l = {c, &judge.charter, json_array(), 0};
    c->exit = CLI_DONE;
    enum dt_err err = dt_case_parse(&file, memory, text);
    err = err == DT_OK ? dt_case_verify(&judge, &file, list_entry, &l) : err;
    if (err == DT_OK && c->exit == CLI_DONE) { /* else: a card that could not be read */
        return show_case(c, &l);
    }
    json_decref(l.records);
    return err != DT_OK ? cli_fail(c, err, "%s", path) : c->exit;
}

/* SPDX-License-Identifier: ISC */
/* What is read back before it is released, and the release by a second officer (cli.h). */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "base/try.h"
#include "cli/cli.h"
#include "cli/features.h"
#include "cli/tiers.h"
#include "node/held.h"
#include "view/body.h"
#include "view/notice.h"
#include "view/watch_body.h"

/* --- the readback ----------------------------------------------------------------------- */

static bool addressed(const struct cli_line *line, const struct dt_header *h, size_t member)
{
    bool found = h->to_count == 0;
    for (size_t i = 0; i < h->to_count; i++) {
        found = found || h->to[i] == member;
    }
    return found || (json_int_t)member == cli_int(line->info, "me");
}

static void show_words(unsigned kind, struct dt_span body, struct dt_span plain)
{
    static struct dt_body_notice clear;
    static struct dt_notice_plain exact;
    struct dt_body_message message;
    struct dt_body_suspend suspend;
    enum dt_subject subject;
    char text[DT_BODY_TEXT_MAX + 1];
    struct dt_span words = {NULL, 0};
    if (kind == DT_KIND_MESSAGE && dt_body_message_decode(&message, plain) == DT_OK) {
        words = message.text;
        if (dt_body_subject_decode(&subject, body) == DT_OK && subject != DT_SUBJECT_NONE) {
            printf(_("  subject, in clear: %s\n"), _(dt_subject_name((int64_t)subject)));
        }
    } else if (kind == DT_KIND_NOTICE && dt_body_notice_decode(&clear, body) == DT_OK &&
               dt_notice_plain_decode(&exact, plain, &clear) == DT_OK) {
        const struct dt_window when = dt_notice_when(&clear, &exact);
        printf(_("  %s, asks: %s, \"%s\", %s to %s\n"), dt_category_name(clear.category),
               dt_request_name(clear.request), cli_safe(exact.title), cli_when(when.from_ms),
               cli_when(when.until_ms));
        cli_show_volumes(&exact);
        words = exact.text;
    } else if (kind == DT_KIND_SUSPEND && dt_body_suspend_decode(&suspend, body) == DT_OK) {
        puts(suspend.suspended ? _("  the line is suspended") : _("  the line is resumed"));
        words = suspend.text;
    } else if (kind == DT_KIND_LEAVE) {
        puts(_("  we leave the line, for good"));
    }
    if (words.size > 0 && words.size < sizeof text) {
        memcpy(text, words.data, words.size);
        text[words.size] = '\0';
        cli_print_text(text, "  | ");
        dt_wipe(text, sizeof text);
    }
}

/* Nobody is surprised afterwards by who could read it. */
static void show_readers(const struct cli_line *line, const struct dt_header *h, bool sealed)
{
    size_t i;
    json_t *member;
    printf("%s", _("  WHO WILL BE ABLE TO READ IT:"));
    json_array_foreach (json_object_get(line->info, "members"), i, member) {
        if (!sealed || addressed(line, h, i)) {
            printf(" %s", cli_safe(cli_str(member, "code")));
        }
    }
    puts(_(", and whomever they show it"));
    if (sealed) {
        puts(_("  who has opened it may have kept it: it cannot be taken back"));
    }
    puts(sealed ? _("  everybody on the line sees that it was written, when, by and to whom")
                : _("  it is not sealed: whoever carries it can read it"));
}

void cli_readback(const struct cli_append *a, const struct dt_header *h)
{
    size_t i, all = json_array_size(json_object_get(a->line->info, "members"));
    json_t *member;
    const bool real = (h->flags >> 2 & 3u) == DT_OPERATION;
    printf("%s  %s%s%s\n", dt_kind_name(a->kind), dt_precedence_name(h->flags & 3u),
           real && !a->line->exercise ? "" : "  ",
           !real                 ? dt_class_name(h->flags >> 2 & 3u)
           : a->line->exercise ? _("NO DUFF: this is real, and no part of the exercise")
                                 : "");
    printf("%s", h->to_count == 0 ? _("  to everybody on the line:") : _("  to:"));
    json_array_foreach (json_object_get(a->line->info, "members"), i, member) {
        if (i < all && (json_int_t)i != cli_int(a->line->info, "me") &&
            addressed(a->line, h, i)) {
            printf(" %s (%s)", cli_safe(cli_str(member, "code")), cli_safe(cli_str(member, "name")));
        }
    }
    putchar('\n');
    show_words(a->kind, a->body, a->plain);
    if (a->tiers != NULL) {
        puts(_("  told in tiers, what each tier says also to those above it:"));
        cli_show_tiers(a->line, a->tiers);
        puts(_("  who has opened it may have kept it: it cannot be taken back"));
        fflush(stdout);
        return;
    }
    if (a->kind == DT_KIND_NOTICE) {
        struct dt_body_notice *clear = malloc(sizeof *clear);
        if (clear != NULL && dt_body_notice_decode(clear, a->body) == DT_OK &&
            clear->cell_count > 0) {
            puts(_("  coarse cells of 0.1 degree go to the whole line"));
        }
        free(clear);
    }
    show_readers(a->line, h, a->plain.size > 0);
    fflush(stdout);
}

bool cli_confirmed(struct cli *c, const char *question)
{
    char answer[16] = "";
    if (c->json || cli_flag(c, "yes") || !isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO)) {
        return true;
    }
    printf("%s ", question);
    fflush(stdout);
    if (fgets(answer, sizeof answer, stdin) == NULL || strcmp(answer, "yes\n") != 0) {
        cli_fail(c, DT_ERR_NOT_ALLOWED, _("not released; nothing was done"));
        return false;
    }
    return true;
}

bool cli_may_release(struct cli *c, const struct cli_append *a)
{
    struct dt_header h;
    if (!cli_make_header(c, a, &h)) {
        return false;
    }
    if (!c->json) {
        cli_readback(a, &h);
    }
    return cli_confirmed(c, _("Send this? Type yes:"));
}

/* --- drafts: the first officer ------------------------------------------------------------ */

int cli_hold(struct cli *c, const struct cli_append *a, json_t **value)
{
    static uint8_t body[DT_BODY_MAX];
    struct dt_held held = {.wid = a->line->wid, .plain = a->plain, .past = a->past};
    char name[DT_HELD_NAME_SIZE];
    size_t size = 0;
    memcpy(held.line, a->line->id, DT_HASH_SIZE);
    if (!cli_prepare(c, a, CLI_SIGNED, &held.header, body, &size)) {
        return c->exit;
    }
    held.body = dt_span(body, size);
    held.until_ms = held.header.time_ms + (int64_t)DT_HELD_HOURS * 3600000;
    const enum dt_err err = dt_held_keep(&c->home, &held, name);
    if (err != DT_OK) {
        return cli_fail(c, err, "drafts");
    }
    *value = json_pack("{s:s, s:I}", "draft", name, "until", (json_int_t)held.until_ms);
    if (!c->json && c->said == NULL) {
        printf(_("%s  signed by one officer; NOT SENT. The charter asks for a second, before %s:\n"
                 "  detente release %s --officer N\n"
                 "The draft lies in drafts/ of this home in plain text, for its owner only.\n"),
               name, cli_when(held.until_ms), name);
    }
    return CLI_DONE;
}

static bool same_source(struct dt_span a, struct dt_span b)
{
    static struct dt_body_notice one, other; /* large */
    return dt_body_notice_decode(&one, a) == DT_OK && dt_body_notice_decode(&other, b) == DT_OK &&
           strcmp(one.source, other.source) == 0;
}

bool cli_draft_waits(struct cli *c, const struct cli_append *a, char name[static DT_HELD_NAME_SIZE])
{
    static uint8_t bytes[DT_HELD_MAX];
    char names[DT_HELD_COUNT][DT_HELD_NAME_SIZE];
    size_t count = 0, gone;
    bool found = false;
    (void)!dt_held_list(&c->home, dt_now_ms(), names, &count, &gone);
    for (size_t i = 0; i < count && !found; i++) {
        struct dt_held held;
        found = dt_held_read(&c->home, names[i], dt_now_ms(), bytes, &held) == DT_OK &&
                held.header.kind == a->kind && held.wid == a->line->wid &&
                memcmp(held.line, a->line->id, DT_HASH_SIZE) == 0 &&
                dt_span_equal(held.plain, a->plain) && same_source(held.body, a->body);
        memcpy(name, names[i], DT_HELD_NAME_SIZE);
    }
    dt_wipe(bytes, sizeof bytes);
    return found;
}

int cli_hold_alone(struct cli *c, const struct cli_append *a)
{
    json_t *reply = NULL;
    const int held = cli_hold(c, a, &reply);
    if (held == CLI_DONE && c->json) {
        return cli_done(c, reply, "%s", "");
    }
    json_decref(reply);
    return held;
}

/* --- release: the second ------------------------------------------------------------------ */

/* One held record as it would be appended. */
struct draft {
    uint8_t bytes[DT_HELD_MAX];
    struct dt_held held;
    struct cli_line line;
    struct cli_append a;
    unsigned first; /* officer */
};

/* What the first officer signed is what is read here. */
static enum dt_err first_signed(struct cli *c, struct draft *d)
{
    static uint8_t statement[DT_STATEMENT_MAX];
    struct dt_officer_mark mark;
    struct dt_operator operator_;
    uint8_t digest[DT_HASH_SIZE];
    size_t size = 0;
    DT_TRY(dt_body_officer(&mark, d->held.body, DT_BODY_OFFICER));
    DT_TRY(dt_home_operator_statement(&c->home, mark.number, statement, &size, &operator_));
    DT_TRY(dt_officer_digest(digest, d->held.body, d->held.plain));
    d->first = mark.number;
    return dt_officer_verify(mark.signature, d->held.line, d->held.wid, &d->held.header, digest,
                             operator_.key)
               ? DT_OK
               : DT_ERR_BAD_SIGNATURE;
}

static bool line_of(struct cli *c, struct draft *d)
{
    char tag[DT_BASE32_SIZE(DT_HASH_SIZE) + 1];
    dt_base32(tag, d->held.line, DT_HASH_SIZE);
    if (!cli_line_of(c, tag, &d->line)) {
        return false;
    }
    if (d->line.wid != d->held.wid) {
        cli_fail(c, DT_ERR_BAD_STATE, _("another installation of ours was to write it"));
        return false;
    }
    return true;
}

static bool open_draft(struct cli *c, const char *name, struct draft *d)
{
    enum dt_err err = dt_held_read(&c->home, name, dt_now_ms(), d->bytes, &d->held);
    err = err == DT_OK ? first_signed(c, d) : err;
    if (err != DT_OK) {
        cli_fail(c, err, err == DT_ERR_EXPIRED ? _("%s: the draft was a day old and is wiped")
                                               : _("draft %s"), cli_safe(name));
        return false;
    }
    if (!line_of(c, d)) {
        return false;
    }
    d->a = (struct cli_append){.line = &d->line,
                               .kind = d->held.header.kind,
                               .body = d->held.body,
                               .plain = d->held.plain,
                               .past = d->held.past};
    return true;
}

static json_t *draft_json(const char *name, const struct draft *d)
{
    return json_pack("{s:s, s:s, s:s, s:s, s:I, s:I, s:i}", "draft", name, "line", d->line.tag, "kind",
                     dt_kind_name(d->a.kind), "precedence",
                     dt_precedence_name(d->held.header.flags & 3u), "time", (json_int_t)d->held.header.time_ms, "until",
                     (json_int_t)d->held.until_ms, "officer", (int)d->first);
}

static void show_draft(const char *name, const struct draft *d)
{
    printf(_("%s  signed by officer %u %s; to be released before %s\n"), name, d->first,
           cli_when(d->held.header.time_ms), cli_when(d->held.until_ms));
}

static int list_drafts(struct cli *c, struct draft *d)
{
    char names[DT_HELD_COUNT][DT_HELD_NAME_SIZE];
    size_t count, gone;
    const enum dt_err err = dt_held_list(&c->home, dt_now_ms(), names, &count, &gone);
    if (err != DT_OK) {
        return cli_fail(c, err, "drafts");
    }
    json_t *items = json_array();
    for (size_t i = 0; i < count; i++) {
        if (!open_draft(c, names[i], d)) {
            continue; /* said; the others are shown */
        }
        json_array_append_new(items, draft_json(names[i], d));
        if (!c->json) {
            show_draft(names[i], d);
            cli_readback(&d->a, &d->held.header);
        }
    }
    if (c->json) {
        cli_print_json(json_pack("{s:O, s:I}", "drafts", items, "wiped", (json_int_t)gone));
    } else if (count == 0) {
        puts(_("No draft waits for a second officer."));
    }
    json_decref(items);
    return c->exit != 0 ? c->exit : CLI_DONE;
}

static bool sign_and_send(struct cli *c, struct draft *d, unsigned officer, json_t **reply)
{
    static uint8_t body[DT_BODY_MAX];
    struct dt_officer_key key;
    size_t size = 0;
    bool found = false;
    if (!cli_find_officer(c, officer, &key, true, &found)) {
        return false;
    }
    bool good = key.number != d->first;
    if (!good) {
        cli_fail(c, DT_ERR_NEEDS_SECOND, _("officer %u has signed it already; another releases it: "
                                           "--officer N"), d->first);
    }
    good = good && cli_sign_body(c, &d->a, &d->held.header, &key, DT_BODY_SECOND, body, &size);
    dt_officer_key_wipe(&key);
    return good && cli_append_made(c, &d->a, &d->held.header, dt_span(body, size), reply);
}

/* --- the same for the desk ---------------------------------------------------------------- */

static struct draft one; /* large; wiped after each use */

json_t *cli_drafts(struct cli *c)
{
    char names[DT_HELD_COUNT][DT_HELD_NAME_SIZE];
    size_t count = 0, gone;
    json_t *items = json_array();
    if (dt_held_list(&c->home, dt_now_ms(), names, &count, &gone) != DT_OK) {
        count = 0;
    }
    for (size_t i = 0; i < count; i++) {
        if (open_draft(c, names[i], &one)) {
            json_array_append_new(items, draft_json(names[i], &one));
        }
    }
    dt_wipe(&one, sizeof one);
    return items;
}

bool cli_draft_show(struct cli *c, const char *name)
{
    const bool good = open_draft(c, name, &one);
    if (good) {
        show_draft(name, &one);
        cli_readback(&one.a, &one.held.header);
    }
    dt_wipe(&one, sizeof one);
    return good;
}

bool cli_draft_release(struct cli *c, const char *name, unsigned officer, json_t **reply)
{
    const bool good = open_draft(c, name, &one) && sign_and_send(c, &one, officer, reply);
    dt_wipe(&one, sizeof one);
    if (good) {
        dt_held_drop(&c->home, name);
    }
    return good;
}

int cmd_release(struct cli *c)
{
    static struct draft d; /* large */
    const char *name = c->word_count > 0 ? c->words[0] : NULL;
    json_t *reply = NULL;
    if (!cli_words_end(c, name != NULL ? 1 : 0) || !cli_open_home(c)) {
        return c->exit;
    }
    if (name == NULL) {
        const int exit = list_drafts(c, &d);
        dt_wipe(&d, sizeof d);
        return exit;
    }
    if (cli_flag(c, "drop")) {
        dt_held_drop(&c->home, name);
        return cli_done(c, json_pack("{s:s}", "dropped", name), _("%s is wiped; it was not sent\n"),
                        cli_safe(name));
    }
    bool good = open_draft(c, name, &d);
    if (good && !c->json) {
        show_draft(name, &d);
        cli_readback(&d.a, &d.held.header);
    }
    good = good && cli_confirmed(c, _("Release this? Type yes:")) && sign_and_send(c, &d, 0, &reply);
    dt_wipe(&d, sizeof d);
    if (!good) {
        return c->exit;
    }
    dt_held_drop(&c->home, name);
    return cli_done(c, reply, _("%s  released by two officers; the draft is wiped\n"),
                    cli_str(reply, "id"));
}

/* SPDX-License-Identifier: ISC */
/* blind open, blind verify: what a side had entered, shown to a third party (blind.h). */
#include <stdlib.h>
#include <string.h>

#include "cli/blind.h"
#include "node/file.h"

int cli_blind_opening(struct cli *c)
{
    struct cli_line line;
    struct cli_blind_kept kept;
    struct dt_blind_budget budget;
    enum dt_blind_role role;
    const char *id, *path = cli_option(c, "output");
    struct cli_blind_case *r = cli_blind_load_ours(c, &line, &id, &role);
    if (r == NULL || !cli_words_end(c, 1) || !cli_blind_open(c, &line, id, false, &kept)) {
        cli_blind_unload(r);
        return c->exit;
    }
    /* As far as our own LIST. */
    struct dt_blind *b = cli_blind_again(c, r, &kept, &budget, role == DT_BLIND_ASKS ? 4 : 3);
    uint8_t *opening = malloc(DT_BLIND_OPENING_MAX), *text = malloc(DT_BLIND_OPENED_MAX);
    if (b != NULL && opening != NULL && text != NULL) {
        struct dt_writer o = dt_writer(opening, DT_BLIND_OPENING_MAX), w = dt_writer(text, DT_BLIND_OPENED_MAX);
        const char *proof = cli_str(r->reply, "proof");
        enum dt_err err = dt_blind_open(b, &o);
        err = err == DT_OK ? dt_blind_opened_write(&w, dt_written(&o)) : err;
        dt_write_bytes(&w, proof, strlen(proof));
        err = err == DT_OK && w.overflowed ? DT_ERR_TOO_LARGE : err;
        if (err == DT_OK && path != NULL && strcmp(path, "-") != 0) {
            err = dt_file_write(path, dt_written(&w), false);
        }
        c->exit = CLI_DONE;
        if (err != DT_OK) {
            cli_fail(c, err, path != NULL ? "%s" : NULL, path);
        } else if (path == NULL || strcmp(path, "-") == 0) {
            fwrite(text, 1, w.size, stdout);
        } else {
            cli_done(c, json_pack("{s:s, s:s, s:I}", "id", id, "file", path, "bytes", (json_int_t)w.size),
                     _("%s: whoever has it knows all cells that we entered, and which of them both had.\n"), path);
        }
        dt_wipe(opening, DT_BLIND_OPENING_MAX);
    }
    free(opening);
    free(text);
    dt_blind_free(b);
    cli_blind_close(&kept);
    cli_blind_unload(r);
    return c->exit;
}

/* Whose log each side's records are in. */
struct judged {
    struct cli *c;
    struct dt_blind_run run;
    json_t *signer[2];
};

static void take_entry(void *ctx, const struct dt_case_entry *entry)
{
    struct judged *j = ctx;
    dt_blind_run_take(&j->run, entry);
    const unsigned member = dt_wid_member(entry->fact->wid);
    for (unsigned role = 0; role < 2; role++) {
        const unsigned wanted = role == DT_BLIND_ASKS ? j->run.asks : j->run.answers;
        if (j->run.begun && member == wanted && j->signer[role] == NULL) {
            j->signer[role] = cli_signer(j->c, &entry->proof->writer);
        }
    }
}

static enum dt_err judge(struct judged *j, struct dt_span text, struct dt_blind_judged *out, uint8_t *room)
{
    static struct dt_case file;
    static struct dt_case_memory memory;
    static uint8_t bytes[DT_CASE_MEMORY];
    struct dt_span opening, rest, messages[DT_BLIND_MESSAGES];
    enum dt_err err = dt_blind_opened_parse(&opening, &rest, room, text);
    err = err == DT_OK ? dt_case_parse(&file, bytes, rest) : err;
    err = err == DT_OK ? dt_case_verify(&memory, &file, take_entry, j) : err;
    if (err != DT_OK) {
        return err;
    }
    const size_t count = dt_blind_run_count(&j->run);
    for (size_t i = 0; i < count; i++) {
        messages[i] = dt_blind_run_message(&j->run, i);
    }
    err = j->run.begun ? dt_blind_judge(out, opening, messages, count) : DT_ERR_WRONG_RECORD;
    return err == DT_OK && memcmp(j->run.terms.line, memory.charter.id, DT_HASH_SIZE) != 0 ? DT_ERR_UNKNOWN_LINE
                                                                                         : err;
}

static int say_judged(struct cli *c, struct judged *j, const struct dt_blind_judged *out)
{
    struct dt_reader r = dt_reader(out->cells);
    json_t *cells = json_array(), *signer = j->signer[out->role];
    const bool identified = cli_has(signer, "code");
    const size_t count = out->cells.size / DT_BLIND_CELL_SIZE;
    while (r.left > 0) {
        json_array_append_new(cells, cli_blind_cell(dt_read_u64(&r), j->run.terms.slot_ms));
    }
    json_t *value = json_pack("{s:b, s:s, s:s, s:b, s:b, s:o, s:O}", "identified", identified, "opened",
                              j->run.code[out->role], "role", out->role == DT_BLIND_ASKS ? "asks" : "answers",
                              "officer", j->run.officer[out->role], "complete", out->complete, "cells", cells,
                              "signer", signer);
    json_object_set_new(value, "common", out->complete ? json_integer((json_int_t)out->common) : json_null());
    c->exit = identified ? CLI_DONE : CLI_UNIDENTIFIED;
    if (c->json) {
        cli_print_json(value);
        return c->exit;
    }
    printf(_("%s had entered these %zu cells, and its messages were made of them and of nothing else.\n"),
           cli_safe(j->run.code[out->role]), count);
    if (out->complete) {
        printf(_("%zu of them the other side had entered too.\n"), out->common);
    } else {
        puts(_("The run did not come to its end: what was common does not show."));
    }
    puts(identified ? _("Signed by the party whose card was given.")
                    : _("Consistent, but signer NOT identified: compare its root key with a card, --trust CARD."));
    json_decref(value);
    return c->exit;
}

int cli_blind_verify(struct cli *c)
{
    uint8_t *text, *room = malloc(DT_BLIND_OPENING_MAX);
    size_t size;
    struct dt_blind_judged out;
    struct judged *j = calloc(1, sizeof *j);
    const char *path = cli_word(c, 0, _("FILE"));
    if (j == NULL || room == NULL || path == NULL || !cli_words_end(c, 1) ||
        !cli_read_file(c, path, DT_BLIND_OPENED_MAX, &text, &size)) {
        free(j);
        free(room);
        return c->exit;
    }
    j->c = c;
    c->exit = CLI_DONE;
    const enum dt_err err = judge(j, dt_span(text, size), &out, room);
    if (c->exit == CLI_DONE) { /* else: a card that could not be read */
        c->exit = err == DT_OK ? say_judged(c, j, &out) : cli_fail(c, err, "%s", path);
    }
    json_decref(j->signer[0]);
    json_decref(j->signer[1]);
    free(j);
    free(room);
    free(text);
    return c->exit;
}

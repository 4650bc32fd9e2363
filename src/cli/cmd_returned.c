/* SPDX-License-Identifier: ISC */
/*
 * notice returned: what came back on paper or as a file becomes REPORTED records. We report
 * it; the other side has signed nothing, so it is never an acknowledgement.
 */
#include <stdlib.h>
#include <string.h>

#include "cli/csv.h"
#include "cli/sheet.h"
#include "view/watch_body.h"

enum { ROWS_MAX = 1000, COLUMNS = 6 };

static const char *const columns[COLUMNS] = {"id", "by", "at", "what", "member", "words"};

struct returned {
    uint8_t body[DT_BODY_MAX];
    size_t size;
};

static bool what_of(struct cli *c, const char *name, enum dt_reported *out)
{
    for (int i = 0; i < DT_REPORTED_KINDS; i++) {
        if (strcmp(name, dt_reported_name(i)) == 0) {
            *out = (enum dt_reported)i;
            return true;
        }
    }
    cli_usage(c, _("%s: acknowledged, passed-on or refused"), cli_safe(name));
    return false;
}

static bool addressed(const json_t *to, const char *code)
{
    size_t i;
    json_t *one;
    json_array_foreach (to, i, one) {
        if (strcmp(json_string_value(one), code) == 0) {
            return true;
        }
    }
    return json_array_size(to) == 0; /* everybody */
}

/* The member spoken for: the one named, or the only one who could be meant. */
static int member_of(struct cli *c, const struct cli_line *line, const json_t *item, const char *code)
{
    const json_t *to = json_object_get(item, "to");
    const json_t *members = json_object_get(line->info, "members");
    if (code == NULL || code[0] == '\0') {
        if (json_array_size(to) == 1) {
            code = json_string_value(json_array_get(to, 0));
        } else if (json_array_size(members) == 2) {
            const json_int_t me = cli_int(line->info, "me");
            return me == 0 ? 1 : 0;
        } else {
            cli_usage(c, _("--member CODE: for whom was it said?"));
            return -1;
        }
    }
    const int member = cli_member(line, code);
    if (member < 0) {
        cli_no_member(c, line, code);
    } else if ((json_int_t)member == cli_int(line->info, "me")) {
        cli_fail(c, DT_ERR_NOT_ALLOWED, _("%s is our own party"), code);
        return -1;
    } else if (!addressed(to, cli_str(json_array_get(members, (size_t)member), "code"))) {
        cli_fail(c, DT_ERR_NOT_ALLOWED, _("the notice was not for %s"), code);
        return -1;
    }
    return member;
}

/* `v`: the six columns; empty ones are "". */
static bool encode(struct cli *c, const struct cli_line *line, const char *const v[static COLUMNS],
                   enum dt_means means, struct returned *out)
{
    struct cli_record record;
    struct dt_body_reported b = {.means = means};
    if (v[1][0] == '\0' || strlen(v[1]) >= sizeof b.who) {
        cli_usage(c, _("--by WHO: the person or post who answered, at most %zu bytes"), sizeof b.who - 1);
        return false;
    }
    memcpy(b.who, v[1], strlen(v[1]));
    if (!cli_time(c, v[2], &b.when_ms) || !what_of(c, v[3], &b.what)) {
        return false;
    }
    if (b.when_ms > dt_now_ms()) {
        cli_fail(c, DT_ERR_BAD_TIME, "%s", cli_safe(v[2]));
        return false;
    }
    if (!cli_record_of(c, line, v[0], "NOTICE", true, &record)) {
        return false;
    }
    const int member = member_of(c, line, record.item, v[4]);
    b.ref = record.ref;
    b.member = member >= 0 ? (unsigned)member : 0;
    b.text = dt_span(v[5], strlen(v[5]));
    json_decref(record.item);
    const enum dt_err err =
        member >= 0 ? dt_body_reported_encode(out->body, sizeof out->body, &out->size, &b) : DT_OK;
    if (err != DT_OK) {
        cli_fail(c, err, "%s", v[0]);
    }
    return member >= 0 && err == DT_OK;
}

static int send(struct cli *c, const struct cli_line *line, const struct returned *r)
{
    return cli_append_say(c, line, DT_KIND_REPORTED, DT_ROUTINE, dt_span(r->body, r->size),
                          _("reported by us, unsigned by them"));
}

static int one(struct cli *c, const char *id)
{
    static struct returned r;
    struct cli_line line;
    const char *by = cli_option(c, "by"), *at = cli_option(c, "at"), *words = cli_option(c, "words");
    const char *what = cli_option(c, "what"), *member = cli_option(c, "member");
    if (by == NULL || at == NULL) {
        return cli_usage(c, _("notice returned ID --by WHO --at TIME"));
    }
    if (!cli_line_for(c, &id, &line)) {
        return c->exit;
    }
    const char *const v[COLUMNS] = {id,     by, at, what != NULL ? what : "acknowledged",
                                    member != NULL ? member : "", words != NULL ? words : ""};
    return encode(c, &line, v, DT_MEANS_PAPER, &r) ? send(c, &line, &r) : c->exit;
}

/* --- a file ------------------------------------------------------------------------------- */

static bool say_row(struct cli *c, const struct dt_csv *csv, enum dt_err err, const char *words)
{
    cli_fail(c, err, _("row %zu: %s"), csv->row, words);
    return false;
}

static bool right_header(const struct dt_csv_row *row)
{
    bool right = row->count == COLUMNS;
    for (size_t i = 0; right && i < COLUMNS; i++) {
        right = strcmp(row->field[i], columns[i]) == 0;
    }
    return right;
}

/* Every row is judged before the first is sent. */
static bool read_rows(struct cli *c, const struct cli_line *line, struct dt_csv *csv,
                      struct returned *rows, size_t *count)
{
    static struct dt_csv_row row;
    *count = 0;
    for (bool header = true;; header = false) {
        const enum dt_err err = dt_csv_next(csv, &row);
        if (err != DT_OK) {
            return say_row(c, csv, err, _("a comma between fields, quotes only round a whole one"));
        }
        if (header && !right_header(&row)) {
            return say_row(c, csv, DT_ERR_MISSING_FIELD, "id,by,at,what,member,words");
        }
        if (row.count == 0) {
            return true;
        }
        if (row.count != COLUMNS || *count == ROWS_MAX) {
            return say_row(c, csv, row.count != COLUMNS ? DT_ERR_MISSING_FIELD : DT_ERR_TOO_LARGE,
                           "id,by,at,what,member,words");
        }
        if (!header && !encode(c, line, row.field, DT_MEANS_FILE, &rows[(*count)++])) {
            cli_note(_("row %zu: nothing was sent"), csv->row);
            return false;
        }
    }
}

static int whole_file(struct cli *c, const char *path)
{
    struct cli_line line;
    struct dt_csv csv;
    uint8_t *text;
    size_t size, count = 0;
    if (!cli_line(c, &line) || !cli_read_file(c, path, CLI_FILE_MAX, &text, &size)) {
        return c->exit;
    }
    struct returned *rows = calloc(ROWS_MAX, sizeof *rows);
    const enum dt_err err = rows != NULL ? dt_csv_open(&csv, dt_span(text, size)) : DT_ERR_NO_MEMORY;
    int exit = err != DT_OK ? cli_fail(c, err, "%s", path) : CLI_DONE;
    if (exit == CLI_DONE && !read_rows(c, &line, &csv, rows, &count)) {
        exit = c->exit;
    }
    for (size_t i = 0; i < count && exit == CLI_DONE; i++) {
        exit = send(c, &line, &rows[i]);
    }
    free(rows);
    free(text);
    return exit;
}

int cli_notice_returned(struct cli *c)
{
    const char *word = cli_word(c, 0, _("ID or FILE.csv"));
    if (word == NULL || !cli_words_end(c, 1)) {
        return c->exit;
    }
    const size_t length = strlen(word);
    return length > 4 && strcmp(word + length - 4, ".csv") == 0 ? whole_file(c, word) : one(c, word);
}

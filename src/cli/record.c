/* SPDX-License-Identifier: ISC */
/* Records by id, as people type them (cli.h). */
#include <string.h>

#include "base/text.h"
#include "cli/cli.h"
#include "cli/nearest.h"

enum { TAG_SIZE = 64 };

static bool right_word(const char *typed, const uint8_t leaf[static DT_HASH_SIZE])
{
    char word[DT_CHECK_WORD_SIZE];
    dt_check_word(word, leaf);
    return typed[0] == '\0' || strcmp(typed, word) == 0;
}

/* The item of a `show` reply with what refers to it inside; takes the reply. */
static json_t *take_item(json_t *reply)
{
    json_t *item = json_incref(json_object_get(reply, "item"));
    if (item != NULL) {
        json_object_set(item, "targets", json_object_get(reply, "targets"));
    }
    json_decref(reply);
    return item;
}

void cli_no_member(struct cli *c, const struct cli_line *line, const char *code)
{
    struct cli_nearest near;
    json_t *m;
    size_t i;
    cli_nearest_begin(&near, code);
    json_array_foreach (json_object_get(line->info, "members"), i, m) {
        cli_nearest_try(&near, cli_str(m, "code"), strlen(cli_str(m, "code")));
    }
    if (near.best[0] != '\0') {
        cli_fail(c, DT_ERR_UNKNOWN_PARTY, _("%s: did you mean %s?"), code, near.best);
    } else {
        cli_fail(c, DT_ERR_UNKNOWN_PARTY, "%s", code);
    }
}

static bool parse_id(struct cli *c, const char *id, char code[static DT_CODE_MAX + 1],
                     unsigned *number, uint64_t *seq, char word[static DT_CHECK_WORD_SIZE])
{
    const enum dt_err err = dt_record_id_parse(id, code, number, seq, word);
    if (err != DT_OK) {
        cli_fail(c, err, _("%s: an id looks like NORD.1-42-k7qm"), cli_safe(id));
    }
    return err == DT_OK;
}

/* The line before a "/" of the id, which then is gone; "" where there is none. False after an
 * error was said. */
static bool split_id(struct cli *c, const char **id, char tag[static TAG_SIZE])
{
    const char *slash = strchr(*id, '/');
    const size_t size = slash != NULL ? (size_t)(slash - *id) : 0;
    tag[0] = '\0';
    if (slash == NULL) {
        return true;
    }
    if (size == 0 || size >= TAG_SIZE) {
        cli_fail(c, DT_ERR_UNKNOWN_LINE, "%s", cli_safe(*id));
        return false;
    }
    memcpy(tag, *id, size);
    tag[size] = '\0';
    *id = slash + 1;
    return true;
}

/* Which of several lines has it, as the node knows. */
static bool ask_line(struct cli *c, const char *id, char tag[static TAG_SIZE])
{
    char code[DT_CODE_MAX + 1], word[DT_CHECK_WORD_SIZE];
    unsigned number;
    uint64_t seq;
    struct dt_object o;
    json_t *reply = NULL;
    if (!parse_id(c, id, code, &number, &seq, word)) {
        return false;
    }
    cli_begin(c, &o, "show");
    dt_obj_key(&o, "id");
    dt_obj_string(&o, id);
    if (!cli_ask(c, &o, &reply)) {
        return false;
    }
    snprintf(tag, TAG_SIZE, "%s", cli_str(json_object_get(reply, "item"), "line"));
    json_decref(reply);
    return true;
}

bool cli_line_for(struct cli *c, const char **id, struct cli_line *line)
{
    static char tag[TAG_SIZE];
    struct cli_line named;
    const char *option = cli_option(c, "line");
    if (!split_id(c, id, tag) || !cli_lines_known(c)) {
        return false;
    }
    if (tag[0] == '\0' && (option != NULL || !cli_several_lines(c))) {
        return cli_line(c, line);
    }
    if (tag[0] == '\0' && !ask_line(c, *id, tag)) {
        return false;
    }
    if (!cli_line_of(c, tag, line) || (option != NULL && !cli_line_of(c, option, &named))) {
        return false;
    }
    if (option != NULL && named.info != line->info) {
        cli_usage(c, _("--line %s and the id name different lines"), cli_safe(option));
        return false;
    }
    return option != NULL || cli_take_option(c, "line", tag);
}

bool cli_record(struct cli *c, const struct cli_line *line, const char *id,
                struct cli_record *record)
{
    char code[DT_CODE_MAX + 1], word[DT_CHECK_WORD_SIZE], tag[TAG_SIZE];
    unsigned number;
    struct dt_object o;
    record->item = NULL;
    if (!split_id(c, &id, tag)) {
        return false;
    }
    if (strncmp(cli_str(line->info, "line"), tag, strlen(tag)) != 0) {
        cli_fail(c, DT_ERR_UNKNOWN_LINE, _("%s is not the line this goes to"), cli_safe(tag));
        return false;
    }
    if (!parse_id(c, id, code, &number, &record->ref.seq, word)) {
        return false;
    }
    const int member = cli_member(line, code);
    if (member < 0) {
        cli_no_member(c, line, code);
        return false;
    }
    record->ref.wid = dt_wid((unsigned)member, number);
    cli_begin(c, &o, "show");
    dt_obj_key(&o, "id");
    dt_obj_string(&o, id);
    dt_obj_key(&o, "line");
    dt_obj_bytes(&o, dt_span(line->id, sizeof line->id));
    json_t *reply = NULL;
    if (!cli_ask(c, &o, &reply)) {
        return false;
    }
    record->item = take_item(reply);
    if (!cli_bytes(record->item, "leaf", record->ref.leaf, DT_HASH_SIZE) ||
        !right_word(word, record->ref.leaf)) {
        json_decref(record->item);
        record->item = NULL;
        cli_fail(c, DT_ERR_UNKNOWN_RECORD, _("%s: the last four letters do not match"),
                 cli_safe(id));
        return false;
    }
    c->no_duff = cli_true(record->item, "no_duff");
    return true;
}

bool cli_record_of(struct cli *c, const struct cli_line *line, const char *id, const char *kind,
                   bool ours, struct cli_record *record)
{
    if (!cli_record(c, line, id, record)) {
        return false;
    }
    const char *is = cli_str(record->item, "kind"), *from = cli_str(record->item, "from");
    if (strcmp(is, kind) != 0) {
        cli_fail(c, DT_ERR_WRONG_RECORD, _("%s is a %s; this needs a %s"),
                 cli_safe(cli_str(record->item, "id")), cli_safe(is), kind);
    } else if (ours && cli_member(line, from) != cli_int(line->info, "me")) {
        cli_fail(c, DT_ERR_NOT_ALLOWED, _("%s: only %s, who wrote it, can do this"),
                 cli_safe(cli_str(record->item, "id")), cli_safe(from));
    } else {
        return true;
    }
    json_decref(record->item);
    record->item = NULL;
    return false;
}

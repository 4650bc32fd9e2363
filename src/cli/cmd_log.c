/* SPDX-License-Identifier: ISC */
/* log, rebuild, prove, verify-proof, bundle, backup, restore. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"
#include "cli/cli.h"
#include "log/proof.h"
#include "node/file.h"
#include "node/succession.h"
#include "view/case.h"

/* A request with a line and nothing else, its reply shown as it is. */
static int simple(struct cli *c, const char *cmd, json_t **reply)
{
    struct dt_object o;
    if (!cli_words_end(c, 0) || !cli_connect(c)) {
        return c->exit;
    }
    cli_begin(c, &o, cmd);
    return cli_put_line(c, &o) && cli_ask_long(c, &o, reply) ? CLI_DONE : c->exit;
}

int cmd_log(struct cli *c)
{
    struct dt_object o;
    json_t *reply = NULL, *item;
    size_t i;
    uint64_t from = 0, limit = 100, wid = 0;
    const char *f = cli_option(c, "from"), *l = cli_option(c, "limit"), *w = cli_option(c, "wid");
    if (!cli_words_end(c, 0) || (f != NULL && !cli_number(c, f, INT64_MAX, &from)) ||
        (l != NULL && !cli_number(c, l, 10000, &limit)) ||
        (w != NULL && !cli_number(c, w, DT_WIDS_MAX - 1, &wid)) || !cli_connect(c)) {
        return c->exit;
    }
    cli_begin(c, &o, "records");
    dt_obj_key(&o, "from");
    dt_obj_uint(&o, from);
    dt_obj_key(&o, "limit");
    dt_obj_uint(&o, limit);
    if (w != NULL) {
        dt_obj_key(&o, "wid");
        dt_obj_uint(&o, wid);
    }
    if (!cli_put_line(c, &o) || !cli_ask(c, &o, &reply)) {
        return c->exit;
    }
    if (c->json) {
        cli_print_json(reply);
        return CLI_DONE;
    }
    json_array_foreach (json_object_get(reply, "items"), i, item) {
        cli_show_item(item, false);
    }
    json_decref(reply);
    return CLI_DONE;
}

int cmd_rebuild(struct cli *c)
{
    json_t *reply = NULL;
    const int exit = simple(c, "rebuild", &reply);
    if (exit != CLI_DONE) {
        return exit;
    }
    if (strcmp(cli_str(reply, "before"), cli_str(reply, "after")) != 0) {
        json_decref(reply);
        return cli_fail(c, DT_ERR_STORE_DAMAGED, _("the views rebuilt from the logs differ"));
    }
    return cli_done(c, reply, _("Views rebuilt from the logs: %lld facts, the same digest %s\n"),
                    (long long)cli_int(reply, "facts"), cli_safe(cli_str(reply, "after")));
}

/* --- proofs --------------------------------------------------------------------------------- */

int cmd_prove(struct cli *c)
{
    struct dt_object o;
    struct cli_line line;
    json_t *reply = NULL;
    const char *id = cli_word(c, 0, _("ID")), *path = cli_option(c, "output");
    if (id == NULL || !cli_words_end(c, 1) || !cli_line_for(c, &id, &line)) {
        return c->exit;
    }
    cli_begin(c, &o, "prove");
    dt_obj_key(&o, "id");
    dt_obj_string(&o, id);
    if (cli_flag(c, "case")) {
        dt_obj_key(&o, "case");
        dt_obj_bool(&o, true);
    }
    if (!cli_put_line(c, &o) || !cli_ask(c, &o, &reply)) {
        return c->exit;
    }
    const char *proof = cli_str(reply, "proof");
    int exit = CLI_DONE;
    if (path != NULL && strcmp(path, "-") != 0) {
        const enum dt_err err = dt_file_write(path, dt_span(proof, strlen(proof)), false);
        exit = err == DT_OK ? CLI_DONE : cli_fail(c, err, "%s: %s", path, strerror(errno));
    } else if (!c->json) {
        fputs(proof, stdout);
    }
    if (c->json && exit == CLI_DONE) {
        cli_print_json(json_incref(reply));
    }
    json_decref(reply);
    return exit;
}

/* The card whose root is that one; NULL if none of --trust is. */
static const struct dt_card *trusted(struct cli *c, const uint8_t root[static DT_PUBLIC_SIZE])
{
    static uint8_t bytes[DT_STATEMENT_MAX];
    static struct dt_card card;
    size_t size;
    struct dt_statement s;
    for (size_t i = 0; cli_option_at(c, "trust", i) != NULL; i++) {
        const char *path = cli_option_at(c, "trust", i);
        if (!cli_read_statement(c, path, "CARD", bytes, &size, &s)) {
            return NULL;
        }
        const enum dt_err err = dt_card_decode(&card, &s);
        if (err != DT_OK) {
            cli_fail(c, err, "%s", path);
            return NULL;
        }
        if (memcmp(card.root, root, DT_PUBLIC_SIZE) == 0) {
            return &card;
        }
    }
    return NULL;
}

json_t *cli_signer(struct cli *c, const struct dt_proof_signer *s)
{
    const struct dt_card *card = trusted(c, s->root);
    json_t *value = json_pack("{s:o, s:o, s:i}", "root", cli_json_bytes(s->root, DT_PUBLIC_SIZE),
                              "writer", cli_json_bytes(s->writer, DT_PUBLIC_SIZE), "number",
                              (int)s->number);
    json_object_set_new(value, "code", card != NULL ? json_string(card->code) : json_null());
    if (s->time_s != 0) {
        json_object_set_new(value, "time", json_integer((json_int_t)s->time_s * 1000));
    }
    return value;
}

void cli_add_words(json_t *value, const struct dt_proof_result *r)
{
    const struct dt_span map = r->has_opening ? r->plaintext
                               : r->has_body  ? r->body
                                              : dt_span(NULL, 0);
    struct dt_cbor text;
    if (map.size > 0 && dt_cbor_check(map) == DT_OK && map.data[0] >> 5 == DT_CBOR_MAP &&
        dt_cbor_find(map, 2, &text) && dt_cbor_peek(&text) == DT_CBOR_TEXT) {
        const struct dt_span t = dt_cbor_text(&text, SIZE_MAX);
        json_object_set_new(value, "text",
                            json_stringn(t.size > 0 ? (const char *)t.data : "", t.size));
    }
}

static json_t *proof_json(struct cli *c, const struct dt_proof_result *r)
{
    char id[DT_RECORD_ID_SIZE];
    json_t *signer = cli_signer(c, &r->writer), *cosigners = json_array();
    const char *code = cli_has(signer, "code") ? cli_str(signer, "code") : "?";
    dt_record_id(id, code, r->writer.number, r->index, r->leaf);
    for (size_t i = 0; i < r->cosigner_count; i++) {
        json_array_append_new(cosigners, cli_signer(c, &r->cosigners[i]));
    }
    json_t *value = json_pack(
        "{s:b, s:s, s:o, s:I, s:I, s:s, s:I, s:s, s:s, s:o, s:o, s:o}", "identified",
        cli_has(signer, "code"), "id", id, "line", cli_json_bytes(r->line_id, DT_HASH_SIZE), "seq",
        (json_int_t)r->index, "size", (json_int_t)r->size, "kind", dt_kind_name(r->header.kind),
        "time", (json_int_t)r->header.time_ms, "precedence",
        dt_precedence_name(dt_header_precedence(&r->header)), "class",
        dt_class_name(dt_header_class(&r->header)), "leaf", cli_json_bytes(r->leaf, DT_HASH_SIZE),
        "signer", signer, "stored_by", cosigners);
    cli_add_words(value, r);
    return value;
}

static void show_proof(const json_t *value)
{
    size_t i;
    json_t *k;
    const json_t *signer = json_object_get(value, "signer");
    printf(_("Record %s, %s, %s, written %s\n"), cli_safe(cli_str(value, "id")),
           cli_str(value, "kind"), cli_str(value, "class"), cli_when(cli_int(value, "time")));
    if (cli_has(value, "text")) {
        cli_print_text(cli_str(value, "text"), "    ");
    }
    json_array_foreach (json_object_get(value, "stored_by"), i, k) {
        printf(_("Stored by %s at %s\n"),
               cli_has(k, "code") ? cli_safe(cli_str(k, "code")) : _("a party not identified"),
               cli_when(cli_int(k, "time")));
    }
    if (cli_true(value, "identified")) {
        printf(_("Signed by %s, root key %s\n"), cli_safe(cli_str(signer, "code")),
               cli_str(signer, "root"));
    } else {
        printf(_("Consistent, but signer NOT identified: root key %s.\n"
                 "Compare it with a card you trust: --trust CARD\n"),
               cli_str(signer, "root"));
    }
}

static bool is_case(struct dt_span text)
{
    const size_t size = strlen(DT_CASE_FIRST_LINE);
    return text.size >= size && memcmp(text.data, DT_CASE_FIRST_LINE, size) == 0;
}

int cmd_verify_proof(struct cli *c)
{
    static struct dt_proof proof;
    static struct dt_proof_result result;
    static uint8_t extra[DT_PROOF_EXTRA_MAX];
    uint8_t *text;
    size_t size;
    const char *path = cli_word(c, 0, _("FILE"));
    if (path == NULL || !cli_words_end(c, 1) ||
        !cli_read_file(c, path, DT_CASE_SIZE_MAX, &text, &size)) {
        return c->exit;
    }
    if (is_case(dt_span(text, size))) {
        c->exit = cli_verify_case(c, path, dt_span(text, size));
        free(text);
        return c->exit;
    }
    enum dt_err err = dt_proof_parse(&proof, extra, sizeof extra, dt_span(text, size));
    err = err == DT_OK ? dt_proof_verify(&result, &proof) : err;
    free(text);
    if (err != DT_OK) {
        return cli_fail(c, err, "%s", path);
    }
    c->exit = CLI_DONE;
    json_t *value = proof_json(c, &result);
    if (c->exit != CLI_DONE) { /* a card that could not be read */
        json_decref(value);
        return c->exit;
    }
    const bool identified = cli_true(value, "identified");
    if (!identified && cli_flag(c, "trust")) {
        json_decref(value);
        return cli_fail(c, DT_ERR_UNKNOWN_WRITER, _("signed by none of the parties of --trust"));
    }
    if (c->json) {
        cli_print_json(value);
    } else {
        show_proof(value);
        json_decref(value);
    }
    return identified ? CLI_DONE : CLI_UNIDENTIFIED;
}

/* --- bundles --------------------------------------------------------------------------------- */

/* The node writes and reads files itself: it needs the absolute path. */
static bool absolute(struct cli *c, const char *path, char out[static DT_HOME_PATH_SIZE])
{
    char folder[DT_HOME_PATH_SIZE / 2];
    const bool whole = path[0] == '/';
    if (!whole && getcwd(folder, sizeof folder) == NULL) {
        cli_fail(c, DT_ERR_IO, NULL);
        return false;
    }
    const int n = snprintf(out, DT_HOME_PATH_SIZE, "%s%s%s", whole ? "" : folder, whole ? "" : "/",
                           path);
    if (n < 0 || n >= DT_HOME_PATH_SIZE) {
        cli_fail(c, DT_ERR_TOO_LARGE, "%s", path);
        return false;
    }
    return true;
}

static int bundle(struct cli *c, const char *cmd, bool line_needed)
{
    char full[DT_HOME_PATH_SIZE];
    struct dt_object o;
    json_t *reply = NULL;
    const char *path = cli_word(c, 0, _("FILE")), *to = cli_option(c, "to");
    if (path == NULL || !cli_words_end(c, 1) || !absolute(c, path, full) || !cli_connect(c)) {
        return c->exit;
    }
    cli_begin(c, &o, cmd);
    dt_obj_key(&o, "path");
    dt_obj_string(&o, full);
    if (to != NULL) {
        dt_obj_key(&o, "to");
        dt_obj_string(&o, to);
    }
    if (((line_needed || cli_flag(c, "line")) && !cli_put_line(c, &o)) ||
        !cli_ask_long(c, &o, &reply)) {
        return c->exit;
    }
    if (!line_needed && !c->json) { /* an import: what came of it */
        printf(ngettext("%lld new record, ", "%lld new records, ",
                        (unsigned long)cli_int(reply, "records")),
               (long long)cli_int(reply, "records"));
        return cli_done(c, reply, _("%lld new receipts; %lld items refused, %lld ignored\n"),
                        (long long)cli_int(reply, "cosignatures"),
                        (long long)cli_int(reply, "rejected"),
                        (long long)cli_int(reply, "ignored"));
    }
    return cli_done(c, reply, ngettext("%lld record, %lld bytes\n", "%lld records, %lld bytes\n",
                                       (unsigned long)cli_int(reply, "records")),
                    (long long)cli_int(reply, "records"), (long long)cli_int(reply, "bytes"));
}

static int bundle_export(struct cli *c)
{
    return bundle(c, "export", true);
}

static int bundle_import(struct cli *c)
{
    return bundle(c, "import", false);
}

int cmd_bundle(struct cli *c)
{
    static const struct cli_sub subs[] = {{"export", bundle_export}, {"import", bundle_import}};
    return cli_dispatch(c, subs, sizeof subs / sizeof subs[0]);
}

static int path_command(struct cli *c, const char *cmd, const char *words)
{
    char full[DT_HOME_PATH_SIZE];
    struct dt_object o;
    json_t *reply = NULL;
    const char *path = cli_word(c, 0, _("FILE"));
    if (path == NULL || !cli_words_end(c, 1) || !absolute(c, path, full) || !cli_connect(c)) {
        return c->exit;
    }
    cli_begin(c, &o, cmd);
    dt_obj_key(&o, "path");
    dt_obj_string(&o, full);
    return cli_ask_long(c, &o, &reply) ? cli_done(c, reply, "%s: %s\n", full, words) : c->exit;
}

int cmd_backup(struct cli *c)
{
    return path_command(c, "backup", _("backed up. It holds keys: keep it as you keep them."));
}

int cmd_restore(struct cli *c)
{
    struct cli_secret root, node;
    struct dt_restored out;
    uint64_t number = 0;
    const char *from = cli_word(c, 0, _("FOLDER")), *path = cli_home_path(c);
    const char *wanted = cli_option(c, "number");
    if (from == NULL || !cli_words_end(c, 1) ||
        (wanted != NULL && !cli_number(c, wanted, DT_WRITERS_MAX, &number)) ||
        !cli_passphrase(c, &root, _("passphrase of the root key"), false, false)) {
        return c->exit;
    }
    if (!cli_passphrase(c, &node, _("new passphrase of the node (empty: starts unattended)"), true,
                        true)) {
        cli_secret_wipe(&root);
        return c->exit;
    }
    const enum dt_err err = dt_restore(from, path, cli_secret_span(&root), cli_secret_span(&node),
                                       (unsigned)number, dt_now_ms(), &out);
    cli_secret_wipe(&root);
    cli_secret_wipe(&node);
    if (err != DT_OK) {
        return cli_fail(c, err, "%s", err == DT_ERR_HOME_EXISTS ? path : from);
    }
    if (!out.noted) {
        cli_note(_("The backup cannot be written: give the next restore of it another --number."));
    }
    json_t *value = json_pack("{s:s, s:i, s:i}", "home", path, "number", (int)out.number, "lines",
                              (int)out.lines);
    return cli_done(c, value, _("%s: restored as installation %u. Hand out the new card.\n"), path,
                    out.number);
}

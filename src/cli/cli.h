/* SPDX-License-Identifier: ISC */
/*
 * cli - what every command of the program stands on: arguments, errors, output, the node.
 *
 *     main -> command -> [cli] -> control socket (node/wire.h), home (node/home.h)
 *
 * A command is a function that returns an exit status (exit.h). Whatever it shows exists
 * once, as a JSON value: with --json that value is printed, one a line; without, a text
 * is made from it. Key names are those of docs/control.md; byte strings are text: 32-byte
 * ids and keys in base32, other bytes in hex.
 *
 * Errors: `detente: NAME: sentence (detail).` on stderr, with --json also
 * {"error": NAME, "text": …} on stdout. Words from other parties are never printed raw:
 * cli_safe().
 */
#ifndef DT_CLI_CLI_H
#define DT_CLI_CLI_H

#include <libintl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <jansson.h>

#include "base/bytes.h"
#include "cli/exit.h"
#include "log/header.h"
#include "node/home.h"
#include "node/wire.h"

#define _(text) gettext(text)

enum { CLI_WORDS_MAX = 64, CLI_OPTIONS_MAX = 64, CLI_FILE_MAX = 10 << 20, CLI_SAID_MAX = 256 };

struct cli;

struct cli_command {
    const char *name;
    int (*run)(struct cli *c);
    const char *summary; /* one line, marked */
    /* Options beside the common ones, blank between: "to= follow" takes --to X, --follow. */
    const char *options;
    const char *help; /* usage, what it does, an example; marked */
};

/* One invocation. */
struct cli {
    const struct cli_command *command;
    const char *words[CLI_WORDS_MAX]; /* arguments that are no options */
    size_t word_count;
    struct {
        char name[24];
        const char *value; /* "" for a flag */
    } options[CLI_OPTIONS_MAX];
    size_t option_count;
    bool json;
    int exit; /* of the last failure */
    bool home_open, client_open;
    struct dt_home home;
    struct dt_client client;
    enum dt_err auth_err; /* why the node gave us no role; OK if it did, or was not asked */
    json_t *hello;  /* owned; the node's answer to hello */
    FILE *secrets;  /* --passphrase-file, once opened */
    bool no_duff;       /* what is answered is real, on an exercise line: so is the answer */
    int64_t wait_until; /* --timeout, once begun; 0: not yet */
    char *said;         /* a screen is up: errors go here (CLI_SAID_MAX), not to stderr */
    unsigned call_ms;   /* how long a request may take; 0: the usual */
};

/* --- arguments (args.c) -------------------------------------------------------- */

/* Fills words and options; false after it has said what is wrong (exit status USAGE). */
bool cli_parse(struct cli *c, const struct cli_command *command, int argc, char **argv);
/* How commands call the officer who signs. */
enum { CLI_OFFICER_NAMES = 3 };
extern const char *const cli_officer_names[CLI_OFFICER_NAMES];
bool cli_take_option(struct cli *c, const char *name, const char *value); /* as if it were given */
const char *cli_option(const struct cli *c, const char *name); /* the last; NULL if not given */
const char *cli_option_at(const struct cli *c, const char *name, size_t index); /* n-th, or NULL */
bool cli_flag(const struct cli *c, const char *name);
/* The word at `index`; NULL after a usage error that names what is missing. */
const char *cli_word(struct cli *c, size_t index, const char *what);
/* False after a usage error if there are more words than `count`. */
bool cli_words_end(struct cli *c, size_t count);

struct cli_sub {
    const char *name;
    int (*run)(struct cli *c);
};
/* Runs the entry that the first word names (which then is gone); NULL name: the default. */
int cli_dispatch(struct cli *c, const struct cli_sub *table, size_t count);

/* Numbers, times and places as people type them; false after a usage or named error. */
bool cli_number(struct cli *c, const char *text, uint64_t max, uint64_t *out);
bool cli_time(struct cli *c, const char *text, int64_t *out);
/* "LAT,LON,RADIUS" in any notation of geo/coord.h; the radius in m or km. */
bool cli_area(struct cli *c, const char *text, int32_t *lat_e7, int32_t *lon_e7,
              uint32_t *radius_mm);

/* --- errors and output (output.c) ------------------------------------------------ */

/* Says it and returns the exit status (kept in c->exit too). `detail` may be NULL. */
int cli_fail(struct cli *c, enum dt_err err, const char *detail, ...)
    __attribute__((format(printf, 3, 4)));
/* Something beside the result, on stderr; the exit status stays. */
void cli_note(const char *format, ...) __attribute__((format(printf, 1, 2)));
int cli_usage(struct cli *c, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* A result: prints `value` (taken) with --json, else the sentence. Returns CLI_DONE. */
int cli_done(struct cli *c, json_t *value, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void cli_print_json(json_t *value); /* taken */

/* What must stand beside a record: "EXERCISE", "NO DUFF" where it is real on an exercise line;
 * "" for an operation's. */
const char *cli_class(const json_t *record);
/* That word three times, as it is spoken before all else: "EXERCISE EXERCISE EXERCISE. "; "". */
const char *cli_thrice(const char *class_);
/* Terminal-safe, one line; one of eight static buffers. NULL gives "-". */
const char *cli_safe(const char *text);
/* The translated form of a stable name that the node said ("told"); never the catalogue's
 * head for an empty one. */
const char *cli_name(const char *name);
/* "distress", translated; "" for an item that has no subject. */
const char *cli_subject(const json_t *item);
/* A free text with its lines, each after `indent`. */
void cli_print_text(const char *text, const char *indent);
/* "2026-02-26 14:00Z", "24 min"; static buffers as above. */
const char *cli_when(json_int_t ms);
const char *cli_age(json_int_t ms);

/* --- JSON and CBOR (json.c) -------------------------------------------------------- */

/* A checked CBOR item as JSON; NULL when memory is out. */
json_t *cli_json_from_cbor(struct dt_span item);
json_t *cli_json_bytes(const uint8_t *bytes, size_t size);

/* Fields of objects; "" or 0 or false when absent or of another type. */
const char *cli_str(const json_t *object, const char *key);
json_int_t cli_int(const json_t *object, const char *key);
bool cli_true(const json_t *object, const char *key);
bool cli_has(const json_t *object, const char *key); /* there, and not null */
/* Of a conflict as the node tells it: neither resolved nor overtaken; and still to be settled. */
bool cli_conflict_stands(const json_t *conflict);
bool cli_conflict_open(const json_t *conflict);
/* Bytes of a text field written by cli_json_bytes(); false unless exactly `size`. */
bool cli_bytes(const json_t *object, const char *key, uint8_t *out, size_t size);

/* --- home, secrets (secret.c) -------------------------------------------------------- */

/* --home, else DETENTE_HOME, else ~/.local/share/detente. */
const char *cli_home_path(struct cli *c);
bool cli_open_home(struct cli *c); /* false after an error was said */

struct cli_secret {
    uint8_t data[DT_PASSPHRASE_MAX + 1];
    size_t size;
};
/* Asks on the terminal without echo (twice with `fresh`), or takes the next line of
 * --passphrase-file. False after an error was said. */
bool cli_passphrase(struct cli *c, struct cli_secret *out, const char *prompt, bool fresh,
                    bool may_be_empty);
struct dt_span cli_secret_span(const struct cli_secret *s);
void cli_secret_wipe(struct cli_secret *s);
/* The root signer, after asking for its passphrase. */
bool cli_root(struct cli *c, uint8_t root[static DT_SIGNER_SIZE]);

/* A whole file, "-" for standard input; *bytes is to be freed. False after an error. */
bool cli_read_file(struct cli *c, const char *path, size_t max, uint8_t **bytes, size_t *size);
/* Armoured card or charter from a file, verified. `bytes` of DT_STATEMENT_MAX. */
bool cli_read_statement(struct cli *c, const char *path, const char *what, uint8_t *bytes,
                        size_t *size, struct dt_statement *s);

/* --- the node (call.c) ------------------------------------------------------------------ */

/* Opens the home and the socket, and shows the node the officer who is on watch. */
bool cli_connect(struct cli *c);
/* A fresh connection, without a word if no node answers. */
bool cli_connect_quiet(struct cli *c);
/* Lists what there is, then hands over events until something ends it that waiting does not
 * mend (follow.c). `list` adds the ids of the records it showed to `ids`, and is an exit status;
 * nothing follows after one of failure. */
int cli_follow(struct cli *c, int (*list)(struct cli *c, json_t *ids),
               void (*show)(struct cli *c, json_t *event));
/* The same with the root's key, where a node runs; silent where none does. */
void cli_connect_root(struct cli *c, const uint8_t root[static DT_SIGNER_SIZE]);
/* Ends it; the next request connects anew. */
void cli_disconnect(struct cli *c);
/* Begins a request. */
void cli_begin(struct cli *c, struct dt_object *o, const char *cmd);
/* Sends it; *reply (owned by the caller, may be NULL) without `re` and `ok`. False after an error was said. */
bool cli_ask(struct cli *c, struct dt_object *o, json_t **reply);
/* The same with `wait` for hours: no time limit. */
bool cli_ask_long(struct cli *c, struct dt_object *o, json_t **reply);

/* The line meant: --line, or the only one. */
struct cli_line {
    json_t *info; /* borrowed from c->hello */
    uint8_t id[DT_HASH_SIZE];
    const char *tag;
    uint16_t wid; /* our log on it */
    bool exercise;
};
bool cli_line(struct cli *c, struct cli_line *line);
/* The line of a record that was typed: the tag before a "/" in it (which *id then is without),
 * --line, the only line, or the one that has such a record. What follows takes it for --line. */
bool cli_line_for(struct cli *c, const char **id, struct cli_line *line);
/* The one of that tag, or of its first letters; NULL: as above. */
bool cli_line_of(struct cli *c, const char *tag, struct cli_line *line);
/* Is an id not enough to name a record? Asks the node the first time. */
bool cli_several_lines(struct cli *c);
bool cli_lines_known(struct cli *c); /* asks, so that no request comes among events later */
/* Adds key and value `line` if --line was given or there is only one; false after an error. */
bool cli_put_line(struct cli *c, struct dt_object *o);
/* Member index by code, or -1. */
int cli_member(const struct cli_line *line, const char *code);
/* UNKNOWN_PARTY, with the nearest code of the line. */
void cli_no_member(struct cli *c, const struct cli_line *line, const char *code);

/* A record by its id: asks the node, compares the word. *item is owned by the caller. */
struct cli_record {
    struct dt_ref ref;
    json_t *item;
};
bool cli_record(struct cli *c, const struct cli_line *line, const char *id,
                struct cli_record *record);
/* The same of one kind only ("NOTICE"); `ours`: written by our party. Else WRONG_RECORD or
 * NOT_ALLOWED is said: a mistyped id must not end or lift something else. */
bool cli_record_of(struct cli *c, const struct cli_line *line, const char *id, const char *kind,
                   bool ours, struct cli_record *record);

/* What is to be appended. */
struct cli_append {
    const struct cli_line *line;
    unsigned kind;
    enum dt_precedence precedence;
    int64_t time_ms; /* 0: now */
    const char *to;  /* codes, comma between; NULL: all */
    struct dt_span body, plain; /* without the officer's signature */
    bool past; /* a notice that is over already */
    bool dry;  /* nothing is written: would it be refused? */
    bool two;  /* the charter asks two officers: --second signs too */
    unsigned as, second; /* officers who sign, unlocked here; 0: --as, --second */
    const uint8_t *tiers; /* a notice told in tiers: one a member of the line; else NULL */
};
enum cli_officer { CLI_UNSIGNED, CLI_SIGNED, CLI_SIGNED_IF_UNLOCKED };
/* Signs with the officer (--as), appends; *reply owned by the caller. */
bool cli_append(struct cli *c, const struct cli_append *a, enum cli_officer officer,
                json_t **reply);
/* A step of ours about the conflict of that id, to everybody whose it is; `offer`: an amended
 * notice or NULL; `as` as in cli_append. */
struct dt_body_conflict;
bool cli_conflict_say(struct cli *c, const struct cli_line *line, const char *id,
                      struct dt_body_conflict *b, const char *offer, unsigned as, json_t **reply);
/* The same of a body without a sealed part, to the whole line, and says the id and `words`.
 * PASSED_ON is signed where an officer is unlocked, everything else always. Exit status. */
int cli_append_say(struct cli *c, const struct cli_line *line, unsigned kind,
                   enum dt_precedence precedence, struct dt_span body, const char *words);
/* The steps of cli_append(): the header, the officer of --as, his signature, the request. */
bool cli_make_header(struct cli *c, const struct cli_append *a, struct dt_header *h);
bool cli_find_officer(struct cli *c, unsigned wanted, struct dt_officer_key *key, bool needed,
                      bool *found); /* wanted 0: that of --as */
bool cli_sign_body(struct cli *c, const struct cli_append *a, const struct dt_header *h,
                   const struct dt_officer_key *key, unsigned body_key, uint8_t *out, size_t *size);
bool cli_prepare(struct cli *c, const struct cli_append *a, enum cli_officer officer,
                 struct dt_header *h, uint8_t *body, size_t *size);
bool cli_append_made(struct cli *c, const struct cli_append *a, const struct dt_header *h,
                     struct dt_span body, json_t **reply);
/* What is read back before anything is released, and by whom it can be read (release.c). */
void cli_readback(const struct cli_append *a, const struct dt_header *h);
bool cli_confirmed(struct cli *c, const char *question);
/* Both; false if it is not to be sent. */
bool cli_may_release(struct cli *c, const struct cli_append *a);
/* Does a draft of the same notice wait for that line already? *name is its own. */
bool cli_draft_waits(struct cli *c, const struct cli_append *a, char name[static 9]);
/* Keeps it as a draft for the second officer; *value is owned by the caller. Exit status. */
int cli_hold(struct cli *c, const struct cli_append *a, json_t **value);
/* Drafts that wait, as `release --json` says them (owned by the caller); the readback of one on
 * stdout; its release by that officer, who is unlocked here. False after an error was said. */
json_t *cli_drafts(struct cli *c);
bool cli_draft_show(struct cli *c, const char *name);
bool cli_draft_release(struct cli *c, const char *name, unsigned officer, json_t **reply);
/* The same as all that a command does: prints the value where it is asked as JSON. */
int cli_hold_alone(struct cli *c, const struct cli_append *a);
/* --wait and --timeout (stored.c). cli_wait_valid() before anything is sent: false after a
 * usage error. cli_wait_stored() asks until every addressee's node has stored the record
 * that `reply` is about, or the time is over, and adds `stored` and `missing`; false after
 * an error was said. cli_not_stored() says TIMEOUT if any are missing. */
bool cli_wait_valid(struct cli *c);
bool cli_wait_stored(struct cli *c, const struct cli_line *line, json_t *reply);
int cli_not_stored(struct cli *c, const json_t *reply);
/* The same for officers' acknowledgements (acked.c): adds `acknowledged` and `missing`. */
bool cli_wait_acked(struct cli *c, const struct cli_line *line, json_t *reply);
/* ack --by-voice, --paper (report.c). Exit status. */
int cli_ack_reported(struct cli *c);
/* The language of what is typed here, by the environment: "en". */
const char *cli_language(void);
/* ROUTINE … FLASH; false after a usage error. NULL gives `fallback`. */
bool cli_precedence(struct cli *c, const char *name, enum dt_precedence fallback,
                    enum dt_precedence *out);

/* A charter's settings of the watch (settings.c): options of line create, and in words. */
struct dt_charter;
bool cli_take_watch_settings(struct cli *c, struct dt_charter *charter);
void cli_show_watch_settings(const struct dt_charter *charter);
/* Does the charter ask two officers for that: "flash", "fires", "suspend"? */
bool cli_asks_two(const struct cli_line *line, const char *what);

/* A charter that follows the line meant, with how far its logs have come, without the members
 * of --without; the caller changes the rest. `line carry` (successor.c). */
struct dt_charter;
bool cli_charter_follow(struct cli *c, struct dt_charter *charter);
int cli_line_carry(struct cli *c);

/* --- commands -------------------------------------------------------------------------- */

int cmd_init(struct cli *c);
int cmd_card(struct cli *c);
int cmd_pair(struct cli *c);
int cmd_peers(struct cli *c);
int cmd_operator(struct cli *c);
int cmd_revoke(struct cli *c);
int cmd_line(struct cli *c);
int cmd_node(struct cli *c);
int cmd_status(struct cli *c);
int cmd_doctor(struct cli *c);
int cmd_send(struct cli *c);
int cmd_inbox(struct cli *c);
int cmd_show(struct cli *c);
int cmd_ack(struct cli *c);
int cmd_passed_on(struct cli *c);
int cmd_position(struct cli *c);
int cmd_check_fire(struct cli *c);
int cmd_answer(struct cli *c);
int cmd_recall(struct cli *c);
int cmd_lift(struct cli *c);
int cmd_release(struct cli *c);
int cmd_name(struct cli *c);
int cmd_watch(struct cli *c);
int cmd_desk(struct cli *c);
int cmd_unanswered(struct cli *c);
int cmd_test(struct cli *c);
int cmd_roster(struct cli *c);
int cmd_notice(struct cli *c);
int cmd_blind(struct cli *c);
int cmd_plan(struct cli *c);
int cmd_conflicts(struct cli *c);
int cmd_conflict(struct cli *c);
int cmd_disclose(struct cli *c);
int cmd_disclosures(struct cli *c);
int cmd_log(struct cli *c);
int cmd_verify(struct cli *c);
int cmd_rebuild(struct cli *c);
int cmd_report(struct cli *c);
int cmd_export(struct cli *c);
int cmd_prove(struct cli *c);
int cmd_verify_proof(struct cli *c);
int cmd_bundle(struct cli *c);
int cmd_backup(struct cli *c);
int cmd_restore(struct cli *c);

/* Proof files (cmd_log.c, cmd_case.c): a signer with the code that a card of --trust gives
 * it, or null; the words of a record, key 2 where it is a text; a whole case. */
struct dt_proof_signer;
struct dt_proof_result;
json_t *cli_signer(struct cli *c, const struct dt_proof_signer *s);
void cli_add_words(json_t *value, const struct dt_proof_result *r);
int cli_verify_case(struct cli *c, const char *path, struct dt_span text);

/* Shared renderings. */
/* What of ours nobody has acknowledged, forces not told; false after an error was said. */
bool cli_show_unanswered(struct cli *c, bool quiet);
void cli_show_item(const json_t *item, bool whole);
void cli_show_conflict(const json_t *conflict);
/* How a notice went by the account of each member (item.c). */
void cli_show_outcomes(const json_t *notice);
void cli_show_awaited(const json_t *notice);
/* The answer to `check`: conflicts, what to change, how old what is known is. CLI_CONFLICTS,
 * CLI_UNKNOWN or CLI_DONE. */
int cli_say_check(struct cli *c, const json_t *reply);
void cli_show_line(const json_t *line); /* of hello */
/* One line of a kept plan of ours, and that something comes too close to it. */
void cli_show_plan(const json_t *plan);
/* A movement that has not arrived, of a `status` reply or an event. */
void cli_show_overdue(const json_t *one);
void cli_show_stale(const json_t *one);
/* Its end with delays counted, and said to be delayed or OVERDUE; a static buffer. */
const char *cli_end_now(const json_t *notice);
/* The logs of a `status` reply (only those with two histories), and what members say they saw
 * otherwise. */
void cli_show_logs(const json_t *status, bool forked);
/* `status` of the line meant; owned. NULL after an error was said. */
json_t *cli_ask_logs(struct cli *c);
/* The line, with `forked` and `seen_otherwise` of that status; owned. */
json_t *cli_line_value(const struct cli_line *line, const json_t *status);
struct dt_charter;
void cli_show_charter(const struct dt_charter *charter);
void cli_tag_of(char tag[static 9], const uint8_t line[static DT_HASH_SIZE]);
/* Its `lat` and `lon`, "36.20210N 37.13430E"; a static buffer. */
const char *cli_place(const json_t *object);

#endif

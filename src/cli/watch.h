/* SPDX-License-Identifier: ISC */
/*
 * watch - what an officer says at the start, during and at the end of a watch; for the
 * commands of cmd_watch.c and for the desk.
 */
#ifndef DT_CLI_WATCH_H
#define DT_CLI_WATCH_H

#include "cli/cli.h"
#include "view/watch_body.h"

struct cli_watch {
    enum dt_watch_event event;
    unsigned officer, second; /* unlocked here; second: who takes over, HANDED_OVER only */
    const char *desk;         /* what this desk is called; NULL: nothing said */
    int64_t until_ms;         /* 0: as long as the charter and the unlocked key allow */
    const json_t *accepted;   /* items as the node gave them, HANDED_OVER only; or NULL */
};

/* Says it on the line of --line, or on every line we are on. `ids` (owned by the caller, may
 * be NULL): [{line, id}]; *until: the earliest end. False after an error was said. */
bool cli_watch_say(struct cli *c, const struct cli_watch *w, json_t **ids, int64_t *until);

/* Lets the node play its alarm once; not *played: it has no program. False after an error was said. */
bool cli_play_alarm(struct cli *c, bool *played);

/* What the one who takes over accepts one by one, each once: what waits for us (items of
 * `inbox`), CHECK_FIREs that stand (of `status`), what of ours nobody has answered (of
 * `awaiting`). Items as the node gave them, with `why`: "waits", "stands", "unanswered".
 * Owned by the caller. */
json_t *cli_open_items(const json_t *waiting, const json_t *awaiting, const json_t *status);

/* The reference that an item's wid, seq and leaf make. */
bool cli_item_ref(const json_t *item, struct dt_ref *ref);

/* An officer stands for our answer to a CHECK_FIRE that a locked desk gave: NAMED, and ACK of
 * the CHECK_FIRE. `id` is of either. `as` 0: --as. *reply owned by the caller. */
bool cli_name_answer(struct cli *c, const struct cli_line *line, const char *id, unsigned as,
                     json_t **reply);

/* The body of a TEST of people; `asked`: of the echo of that one. */
enum dt_err cli_test_body(uint8_t *body, size_t capacity, size_t *size, const struct dt_ref *asked);

/* The addressees whose desk is not known to be attended, or to whom no link is green: an array
 * of {code, desk, since, link, link_since, last_heard}. NULL if the node does not say. `to` as
 * in cli_append. */
json_t *cli_empty_desks(struct cli *c, const struct cli_line *line, const char *to);
/* What of each is not as it should be: "LINK RED since T", "NOBODY AT DESK since T". */
void cli_say_desks(const json_t *desks);

#endif

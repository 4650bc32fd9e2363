/* SPDX-License-Identifier: ISC */
/*
 * desk - the screen of a watch: what waits, who is there, what is not acknowledged.
 *
 *     keys ---------> [desk_press] --+
 *     node's replies > [desk_feed] --+--> struct desk --> [desk_draw] --> rows of text
 *     the clock ----> [desk_tick]  --+            |
 *                        | bells                  +--> actions, for desk_do.c
 *
 * The model has no terminal, socket or clock: a test presses keys and reads rows. cmd_desk.c
 * is the loop, desk_screen.c draws with curses, desk_do.c speaks to the node, desk_keep.c
 * keeps what is half typed.
 *
 * Rules that must hold: a FLASH or CHECK_FIRE takes the screen from whatever is on it, and
 * what was being typed stays; keys that are letters do nothing there. Nothing counts as
 * *shown* unless it is on the screen of a real terminal and a person pressed a key within
 * DESK_PRESENT_MS. No meaning is in a colour alone. Times are ms since 1970, UTC.
 */
#ifndef DT_CLI_DESK_H
#define DT_CLI_DESK_H

#include "cli/cli.h"
#include "view/watch_body.h"

enum {
    DESK_ROWS_MAX = 128,
    DESK_COLS_MAX = 400,
    DESK_ROWS_MIN = 24,
    DESK_COLS_MIN = 80,
    DESK_WAITING_MAX = 256,
    DESK_OFFICERS_MAX = 64,
    DESK_SHOWN_MAX = 256,
    DESK_ID_SIZE = DT_RECORD_ID_SIZE,
    DESK_PRESENT_MS = 15 * 60000, /* a key as recent as that: somebody is here */
    DESK_ASIDE_MS = 60000,        /* put aside, an alarm comes back */
    DESK_MUTE_MS = 20000,         /* a key at an alarm: its bell waits that long */
    DESK_ENDS_MS = 15 * 60000,    /* before its end a watch asks to be handed over */
    DESK_SKEW_MS = 60000,         /* clocks that differ more are said */
    DESK_GUARD_MS = 1200,  /* after an alarm takes the screen: keys that were on their way */
    DESK_FALLBACK_MS = 30000,     /* a FLASH unacknowledged that long: telephone */
    DESK_ARMED_MS = 15000,        /* a question that nobody answers goes away */
    DESK_SAID_MS = 20000,
};

/* A key: a Unicode character, or one of these. */
enum desk_key {
    DESK_KEY_NONE,
    DESK_KEY_SPECIAL = 0x200000,
    DESK_KEY_F1 = DESK_KEY_SPECIAL + 1, /* … F12 = F1 + 11; Esc and a digit is the same */
    DESK_KEY_F2,
    DESK_KEY_F3,
    DESK_KEY_F4,
    DESK_KEY_F5,
    DESK_KEY_F6,
    DESK_KEY_F7,
    DESK_KEY_F8,
    DESK_KEY_F9,
    DESK_KEY_F10,
    DESK_KEY_UP = DESK_KEY_SPECIAL + 32,
    DESK_KEY_DOWN,
    DESK_KEY_PAGE_UP,
    DESK_KEY_PAGE_DOWN,
    DESK_KEY_BACKSPACE,
    DESK_KEY_ENTER,
    DESK_KEY_ESC,
};

enum desk_view {
    DESK_MAIN,
    DESK_ITEM,
    DESK_OURS, /* the newest of our own records */
    DESK_WRITE,
    DESK_WATCH,
    DESK_HAND_OVER,
    DESK_CONFLICTS,
    DESK_DRAFT, /* one that waits for a second officer: DESK.standing */
    DESK_HELP,
};

/* A question in the last rows, about the record `target`. */
enum desk_dialog {
    DESK_ASK_NOTHING,
    DESK_ASK_ACK,
    DESK_ASK_ANSWER,   /* a digit, Enter */
    DESK_ASK_POSITION, /* a digit, Enter */
    DESK_ASK_FORCE,    /* which of our forces: a digit */
    DESK_ASK_PASSED,   /* what became of it: a digit */
    DESK_ASK_TOLD,     /* how many units: a number, Enter */
    DESK_ASK_UNITS,    /* of how many: a number, Enter */
    DESK_ASK_FIRE,     /* F9 again */
    DESK_ASK_FIRE_NOW, /* Enter */
    DESK_ASK_AREA,     /* LAT,LON,RADIUS, Enter */
    DESK_ASK_WHAT,     /* what is being hit: a text, Enter */
    DESK_ASK_STANDING, /* our CHECK_FIRE that stands: 1 lift, 2 recall */
    DESK_ASK_SECOND,   /* who signs the lift too: a number, Enter */
    DESK_ASK_SEND,
    DESK_ASK_OFFICER,    /* to be unlocked: a number, Enter */
    DESK_ASK_SUCCESSOR,  /* who takes over: a number, Enter */
    DESK_ASK_PASSPHRASE, /* of `number` */
    DESK_ASK_HEARD,
    DESK_ASK_QUIT,    /* on watch: 1 it ends too, 2 somebody stays elsewhere */
    DESK_ASK_LOCK,    /* on watch: 1 it ends too, 2 somebody stays here */
    DESK_ASK_DISCARD, /* the half-typed text */
    DESK_ASK_DROP,    /* the draft */
    DESK_ASK_SEEN,    /* the conflict `standing`: Enter */
};

enum desk_do {
    DESK_DO_NOTHING,
    DESK_DO_ACK,
    DESK_DO_ECHO, /* a person is here: the echo of a TEST */
    DESK_DO_ANSWER,
    DESK_DO_POSITION,
    DESK_DO_PASSED,
    DESK_DO_FIRE,   /* code: enum dt_fire_scope; id: of the notice; DESK.area */
    DESK_DO_LIFT,   /* number: the second officer; code 1: he is unlocked for it, and locked again */
    DESK_DO_RECALL,
    DESK_DO_READ_DRAFT, /* id: its name */
    DESK_DO_RELEASE,    /* number and code as for LIFT */
    DESK_DO_DROP,
    DESK_DO_SEEN,  /* id: of a conflict; an officer of ours has looked at it */
    DESK_DO_SEND,
    DESK_DO_READ,  /* fetch the whole record for DESK_ITEM */
    DESK_DO_SHOWN,
    DESK_DO_UNLOCK,
    DESK_DO_LOCK, /* code 1: the watch ends first */
    DESK_DO_WATCH, /* code: enum dt_watch_event but HANDED_OVER */
    DESK_DO_HAND_OVER,
    DESK_DO_NAME,
    DESK_DO_QUIT, /* the same */
};

struct desk_action {
    enum desk_do what;
    char id[DESK_ID_SIZE], line[9]; /* the record meant; the line's tag */
    int code;                       /* answer, position, state, event */
    unsigned number;                /* officer; addressee + 1, 0 all */
    int64_t told, units;
    char force[DT_TEXT_MAX + 1];
};

struct desk_officer {
    unsigned number;
    char role[DT_TEXT_MAX + 1];
    int64_t until_ms; /* unlocked until; 0: locked */
};

enum desk_feed { DESK_HELLO, DESK_STATUS, DESK_WAITING, DESK_RECENT, DESK_OWED, DESK_CONFLICT, DESK_DRAFTS, DESK_FEEDS };

struct desk {
    char code[DT_CODE_MAX + 1];
    bool tty;           /* a real terminal: else nothing is ever shown */
    json_t *fed[DESK_FEEDS]; /* owned; the last reply of each sort */
    json_t *waiting[DESK_WAITING_MAX]; /* borrowed from fed[] and unanswered, most urgent first */
    json_t *unanswered; /* owned; CHECK_FIREs that stand, acknowledged here and not answered */
    size_t waiting_count;
    json_t *known; /* owned; ids of what waited before: what else is more urgent is chosen */
    bool down; /* the node does not answer */
    int64_t down_ms;
    struct desk_officer officers[DESK_OFFICERS_MAX];
    size_t officer_count;

    enum desk_view view;
    char selected[DESK_ID_SIZE]; /* in the list */
    char own[DESK_ID_SIZE];      /* the one chosen of ours */
    char *detail;                /* owned; text of DESK_ITEM */
    size_t detail_top; /* first row of it on the screen; of the record that has it: */
    size_t taken_top;
    size_t page_top, page_rows, page_of; /* rows of a long text as drawn last, of how many */
    char read_id[DESK_ID_SIZE]; /* whose text is being read, */
    bool read_detail;           /* as DESK_ITEM shows it, */
    size_t read_to;             /* and up to which byte it has been on the screen, from its begin */
    char reading[DESK_ID_SIZE];
    enum desk_dialog dialog;
    char target[DESK_ID_SIZE], target_line[9];
    int choice;
    int64_t asked_ms;
    size_t fire_line; /* index of the line a CHECK_FIRE goes to */
    int fire_scope;   /* enum dt_fire_scope */
    char fire_near[DESK_ID_SIZE], near_line[9]; /* the notice chosen when it was begun; "" none */
    char area[64];                              /* as it is typed */
    char what[160];                             /* is being hit, as it is typed */
    bool own_people, no_duff;
    char standing[DESK_ID_SIZE], standing_line[9]; /* ours, to be lifted or recalled */
    bool to_lift;                                  /* the passphrase asked for is the second's */
    enum desk_do second_do;                        /* what he signs: LIFT, RELEASE */
    json_t *drafts_known;                          /* owned; names that somebody has looked at */
    char number[8];
    unsigned unlock;     /* officer whose passphrase is asked for */
    bool to_succeed;     /* … because he takes over */
    unsigned successor;  /* 0 none */
    json_t *accepted;    /* owned; ids in a hand-over, and why each was open */
    struct desk_action passing; /* PASSED_ON being put together */

    char text[DT_BODY_TEXT_MAX + 1]; /* half typed */
    json_t *kept;                    /* owned; from an earlier desk, not placed yet */
    size_t text_size;
    enum dt_precedence precedence;
    enum dt_subject subject;
    unsigned to; /* addressee + 1; 0 all */
    size_t write_line;
    struct cli_secret secret;

    char taken[DESK_ID_SIZE]; /* has the screen; "" none */
    int64_t taken_ms;         /* since */
    json_t *aside;            /* owned; id: until when */
    int64_t key_ms;           /* the last key a person pressed; 0 none yet */
    int64_t watch_end_ms;     /* of the watch that was seen here; 0: none, or it was left */
    enum desk_dialog esc_dialog; /* before the last Esc: a digit after it takes it back */
    enum desk_view esc_view;
    char esc_taken[DESK_ID_SIZE];
    int64_t esc_ms, bell_ms, mute_ms, play_ms;
    int64_t conflict_ms; /* when the newest conflict was found that sounded once */
    unsigned play; /* strokes left of an alarm that is tried */
    struct {
        char id[DESK_ID_SIZE];
        bool said; /* SHOWN is on record */
    } seen[DESK_SHOWN_MAX]; /* every word was on the screen, and a person there */
    size_t seen_count, seen_next;
    char drawn[33][DESK_ID_SIZE]; /* all their words were there when it was drawn last */
    size_t drawn_count;

    char said[CLI_SAID_MAX];
    bool said_bad;
    int64_t said_ms;
    struct desk_action queue[16];
    size_t queue_count;
    bool ended; /* by a key */
};

/* --- the model (desk_model.c, desk_seen.c) ------------------------------------------------- */

void desk_init(struct desk *d, const char *code, bool tty);
void desk_free(struct desk *d);
/* A reply of the node, taken. WAITING: of `inbox`; RECENT: of `inbox` with `all`;
 * OWED: of `awaiting`. */
void desk_feed(struct desk *d, enum desk_feed what, json_t *reply, int64_t now_ms);
void desk_down(struct desk *d, int64_t now_ms);
void desk_set_officers(struct desk *d, const struct desk_officer *list, size_t count);
/* What came of the last action. */
void desk_say(struct desk *d, bool bad, int64_t now_ms, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
/* How many bells to ring now; calls it a few times a second. */
unsigned desk_tick(struct desk *d, int64_t now_ms);
/* The next thing to carry out; false if there is none. */
bool desk_next(struct desk *d, struct desk_action *out);
struct desk_action *desk_queue(struct desk *d, enum desk_do what);

/* The item of that id among what waits, or what is recent; NULL. */
const json_t *desk_item(const struct desk *d, const char *id);
/* The same, of what is recent only. */
const json_t *desk_recent(const struct desk *d, const char *id);
const json_t *desk_line_info(const struct desk *d, const char *tag);
int64_t desk_due(const struct desk *d, const json_t *item); /* 0: none */
bool desk_is_fire(const json_t *item);
/* FLASH 0 … ROUTINE 3, as in `deadlines`: CHECK_FIRE is as urgent as FLASH, and a FLASH that
 * the node counts as IMMEDIATE (the budget of the hour) is that. */
unsigned desk_rank(const json_t *item);
/* It asks whether a person is here; an echo answers it, no acknowledgement. */
bool desk_is_test(const json_t *item);
/* Our desk has answered that CHECK_FIRE, and no officer stands for it yet. */
bool desk_unnamed(const struct desk *d, const json_t *item);
/* 0, 1: IMMEDIATE, 2: FLASH or CHECK_FIRE. */
unsigned desk_urgency(const struct desk *d, const json_t *item);
/* Who signs here: the one on watch if unlocked, else the first unlocked; 0 nobody. */
unsigned desk_signer(const struct desk *d);
const struct desk_officer *desk_officer_of(const struct desk *d, unsigned number);
bool desk_on_watch(const struct desk *d);
/* The watch nears its end, or is over and nobody has taken the next: what to say; else NULL. */
const char *desk_watch_end(const struct desk *d, int64_t now_ms);
/* Is every word of it on this screen, or was it, with a person there? */
bool desk_seen(const struct desk *d, const char *id);
const json_t *desk_peer(const struct desk *d, const char *code);
size_t desk_selected(const struct desk *d);
/* What a hand-over has to name (watch.h); owned by the caller. */
json_t *desk_open(const struct desk *d);
/* The first of it that is not accepted; NULL. Borrowed from it. */
json_t *desk_next_open(const struct desk *d, const json_t *open, size_t *left);

/* --- keys (desk_keys.c, desk_dialog.c) --------------------------------------------------------- */

void desk_press(struct desk *d, int key, int64_t now_ms);
/* A digit in any of the scripts that keyboards have, and AZERTY's without shift; -1. */
int desk_digit(int key);
/* A character as UTF-8: how many bytes. What is left of a text without its last character. */
size_t desk_encode(char out[static 5], int key);
size_t desk_rub_out(const char *text, size_t size);
void desk_ask(struct desk *d, enum desk_dialog what, const char *id, int64_t now_ms);
void desk_answer_dialog(struct desk *d, int key, int64_t now_ms);
size_t desk_lines(const struct desk *d);
/* The next line from `from` on that still carries records; `from` if there is none. */
size_t desk_live_line(const struct desk *d, size_t from);
const json_t *desk_line_at(const struct desk *d, size_t index);

/* What opens, answers and draws the questions about CHECK_FIREs (desk_fire.c). */
void desk_begin_fire(struct desk *d, const char *chosen, int64_t now_ms);
void desk_answer_fire(struct desk *d, int key, int64_t now_ms);
void desk_press_standing(struct desk *d, int key, int64_t now_ms);
struct desk_action *desk_act_standing(struct desk *d, enum desk_do what);
const json_t *desk_conflict(const struct desk *d, size_t index); /* that stands; NULL */
/* A key at DESK_DRAFT that scrolls nothing. */
void desk_press_draft(struct desk *d, int key, int64_t now_ms);
const json_t *desk_own_fire(const struct desk *d, size_t index); /* that stands; NULL */
/* A key at the list of our own (desk_ours.c); true: the one chosen is to be read. */
bool desk_press_ours(struct desk *d, int key);
/* Queues what the dialog was about, and closes it. */
struct desk_action *desk_act(struct desk *d, enum desk_do what);
bool desk_unlocked(struct desk *d, int64_t now_ms); /* else it says that an officer is needed */
void desk_type_digit(struct desk *d, int key, size_t max);
unsigned desk_typed(const struct desk *d);

/* --- the half-typed text (desk_text.c) --------------------------------------------------------- */

void desk_text_clear(struct desk *d);
/* As JSON, with line and addressee by name; NULL if there is none. */
json_t *desk_text_kept(const struct desk *d);
/* The same taken up again; false for what could not have been typed. Placed once the node has
 * said which lines there are. */
bool desk_text_take(struct desk *d, json_t *kept);
void desk_text_place(struct desk *d, int64_t now_ms);

/* --- rows (desk_draw.c, desk_pages.c) ------------------------------------------------------------ */

enum desk_style {
    DESK_PLAIN,
    DESK_TITLE, /* reverse */
    DESK_BOLD,
    DESK_GOOD,
    DESK_WARN,
    DESK_BAD,
};

struct desk_row {
    char text[4 * DESK_COLS_MAX];
    enum desk_style style;
};

struct desk_screen {
    int rows, cols, used, limit; /* rows filled from above; those above the last ones */
    int lost;                    /* rows that there was no room for */
    bool alarm;                  /* the whole screen reversed, this second */
    struct desk_row row[DESK_ROWS_MAX];
    int cursor_row, cursor_col;  /* -1: hidden */
    char shown[32][DESK_ID_SIZE]; /* records whose words are on it */
    size_t shown_count;
    struct {
        char id[DESK_ID_SIZE]; /* "" none */
        bool detail;
        size_t from, to, size; /* bytes of it that are on it */
        size_t top, rows, of;  /* rows of it, of how many */
    } read; /* a text that may be longer than the screen */
};

void desk_draw(const struct desk *d, struct desk_screen *s, int rows, int cols, int64_t now_ms);
/* What was drawn is now before a person, if one is there. */
void desk_drawn(struct desk *d, const struct desk_screen *s, int64_t now_ms);

/* One row more, clipped to the width; nothing once the screen is full. */
void desk_row(struct desk_screen *s, enum desk_style style, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* At a row of its own, counted from 0. */
void desk_row_at(struct desk_screen *s, int row, enum desk_style style, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
void desk_rule(struct desk_screen *s, enum desk_style style, const char *words);
/* A text of several lines, wrapped; at most `rows` rows, from its `top`-th. Rows it has. */
int desk_wrap(struct desk_screen *s, enum desk_style style, const char *text, int rows, int top);
/* A text of a record, as many rows of it from `top` as `room` has; notes which part that is. */
void desk_read(struct desk_screen *s, enum desk_style style, const char *id, const char *text,
               int room, size_t top);
/* Its words are here: sealed to others, or to an officer who is locked, they are not. */
bool desk_readable(const json_t *item);
/* All words of that record are on the screen. */
void desk_note_shown(struct desk_screen *s, const json_t *item);
/* A record in one row; true if all its words are in it. */
bool desk_row_item(const struct desk *d, struct desk_screen *s, const json_t *item,
                   const char *mark, int64_t now_ms);
/* "22:40Z", with the date where it is half a day away; a static buffer of cli_safe's. */
const char *desk_clock(int64_t ms, int64_t now_ms);
/* Whom to telephone about what of ours nobody has acknowledged, and the sentence to read
 * (desk_call.c). */
void desk_fallback(const struct desk *d, struct desk_screen *s, int64_t now_ms);
/* "2 not answered, 1 acknowledged". A static buffer of cli_safe's. */
const char *desk_silent_words(const json_t *fire);
/* What of ours is owed an answer, in at most `room` rows (desk_owed.c). */
void desk_owed(const struct desk *d, struct desk_screen *s, int room, int64_t now_ms);
/* The telephone numbers of a party, in one row. */
void desk_contacts(const struct desk *d, struct desk_screen *s, const char *code);
void desk_page_ours(const struct desk *d, struct desk_screen *s, int64_t now_ms);
void desk_page(const struct desk *d, struct desk_screen *s, int64_t now_ms);
void desk_take_over(const struct desk *d, struct desk_screen *s, const json_t *item, int64_t now_ms);
void desk_ask_fire(const struct desk *d, struct desk_screen *s, int row);
void desk_draw_dialog(const struct desk *d, struct desk_screen *s, int64_t now_ms);
/* For a terminal without UTF-8: "noeud" for "nœud". */
void desk_ascii(char *out, size_t capacity, const char *text);
/* "due in 2:58", "OVERDUE 3 min"; "" without a deadline. A static buffer of cli_safe's. */
const char *desk_due_text(const struct desk *d, const json_t *item, int64_t now_ms);

/* --- the world (desk_do.c, desk_screen.c) -------------------------------------------------------- */

void desk_do(struct cli *c, struct desk *d, const struct desk_action *a);
/* Asks the node for what the desk shows; false if it does not answer. */
bool desk_refresh(struct cli *c, struct desk *d, bool all);

bool desk_screen_open(void);
void desk_screen_close(void);
int desk_screen_key(void); /* DESK_KEY_NONE if none waits */
void desk_screen_size(int *rows, int *cols);
void desk_screen_show(const struct desk_screen *s);
void desk_screen_bell(void);

#endif

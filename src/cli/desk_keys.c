/* SPDX-License-Identifier: ISC */
/* Keys of the desk's views; questions are in desk_dialog.c (desk.h). */
#include <stdlib.h>
#include <string.h>

#include "cli/desk.h"

enum { ESC_DIGIT_MS = 1500, PLAYED = 3 };

int desk_digit(int key)
{
    /* Zeros of the scripts that keyboards type: Latin, Arabic, Persian, Devanagari, Bengali,
     * Thai, Lao, Burmese, Khmer, full width. */
    static const int zero[] = {'0',   0x660, 0x6f0,  0x966,  0x9e6,
                               0xe50, 0xed0, 0x1040, 0x17e0, 0xff10};
    static const int azerty[] = {0xe0, '&', 0xe9, '"', '\'', '(', '-', 0xe8, '_', 0xe7};
    for (size_t i = 0; i < sizeof zero / sizeof zero[0]; i++) {
        if (key >= zero[i] && key <= zero[i] + 9) {
            return key - zero[i];
        }
    }
    for (int i = 0; i < 10; i++) {
        if (key == azerty[i]) {
            return i;
        }
    }
    return -1;
}

size_t desk_lines(const struct desk *d)
{
    return json_array_size(json_object_get(d->fed[DESK_HELLO], "lines"));
}

const json_t *desk_line_at(const struct desk *d, size_t index)
{
    return json_array_get(json_object_get(d->fed[DESK_HELLO], "lines"), index);
}

size_t desk_live_line(const struct desk *d, size_t from)
{
    const size_t lines = desk_lines(d);
    for (size_t i = 0; i < lines; i++) {
        const char *state = cli_str(desk_line_at(d, (from + i) % lines), "state");
        if (strcmp(state, "left") != 0 && strcmp(state, "ended") != 0 &&
            strcmp(state, "succeeded") != 0) {
            return (from + i) % lines;
        }
    }
    return from;
}

/* The record that a key is about: the one that has the screen, else the one chosen. */
static const char *meant(const struct desk *d)
{
    return d->taken[0] != '\0'      ? d->taken
           : d->view == DESK_ITEM ? d->reading
           : d->view == DESK_OURS ? d->own
                                  : d->selected;
}

static void set_view(struct desk *d, enum desk_view view)
{
    d->view = view;
    d->dialog = DESK_ASK_NOTHING;
}

/* --- the list --------------------------------------------------------------------------- */

static void move(struct desk *d, int by)
{
    const size_t at = desk_selected(d);
    if (d->waiting_count == 0) {
        return;
    }
    size_t next = at == d->waiting_count ? 0 : at;
    if (by < 0) {
        next = next > (size_t)-by ? next - (size_t)-by : 0;
    } else {
        next = next + (size_t)by < d->waiting_count ? next + (size_t)by : d->waiting_count - 1;
    }
    snprintf(d->selected, sizeof d->selected, "%s", cli_str(d->waiting[next], "id"));
}

static void read_item(struct desk *d)
{
    const json_t *item = desk_item(d, meant(d));
    if (item == NULL) {
        return;
    }
    struct desk_action *a = desk_queue(d, DESK_DO_READ);
    snprintf(a->id, sizeof a->id, "%s", cli_str(item, "id"));
    snprintf(a->line, sizeof a->line, "%s", cli_str(item, "line"));
    if (strcmp(d->reading, a->id) != 0) {
        free(d->detail); /* of another record */
        d->detail = NULL;
        snprintf(d->reading, sizeof d->reading, "%s", a->id);
    }
    d->detail_top = 0;
    set_view(d, DESK_ITEM);
}

static void press_main(struct desk *d, int key)
{
    const int digit = desk_digit(key);
    if (key == DESK_KEY_UP || key == DESK_KEY_DOWN) {
        move(d, key == DESK_KEY_UP ? -1 : 1);
    } else if (key == DESK_KEY_PAGE_UP || key == DESK_KEY_PAGE_DOWN) {
        move(d, key == DESK_KEY_PAGE_UP ? -8 : 8);
    } else if (key == DESK_KEY_ENTER) {
        read_item(d);
    } else if (digit > 0 && (size_t)digit <= d->waiting_count) {
        snprintf(d->selected, sizeof d->selected, "%s", cli_str(d->waiting[digit - 1], "id"));
    }
}

/* A long text: never past what follows the rows drawn last, so that none is passed over. */
static bool scroll(const struct desk *d, size_t *top, int key)
{
    const size_t page = d->page_rows > 1 ? d->page_rows - 1 : 1;
    const size_t last = d->page_of > d->page_rows ? d->page_of - d->page_rows : 0;
    const size_t farthest = d->page_top + page < last ? d->page_top + page : last;
    const size_t by = key == DESK_KEY_UP || key == DESK_KEY_DOWN ? 1 : page;
    if (key == DESK_KEY_UP || key == DESK_KEY_PAGE_UP) {
        *top = *top > by ? *top - by : 0;
    } else if (key == DESK_KEY_DOWN || key == DESK_KEY_PAGE_DOWN) {
        *top = *top + by < farthest ? *top + by : farthest;
    } else {
        return false;
    }
    return true;
}

static void press_item(struct desk *d, int key)
{
    if (!scroll(d, &d->detail_top, key) && key == DESK_KEY_ENTER) {
        set_view(d, DESK_MAIN);
    }
}

/* --- writing ------------------------------------------------------------------------------ */

size_t desk_encode(char out[static 5], int key)
{
    const unsigned u = (unsigned)key;
    if (u < 0x80) {
        out[0] = (char)u;
        return 1;
    }
    if (u < 0x800) {
        out[0] = (char)(0xc0 | u >> 6);
        out[1] = (char)(0x80 | (u & 0x3f));
        return 2;
    }
    if (u < 0x10000) {
        out[0] = (char)(0xe0 | u >> 12);
        out[1] = (char)(0x80 | (u >> 6 & 0x3f));
        out[2] = (char)(0x80 | (u & 0x3f));
        return 3;
    }
    out[0] = (char)(0xf0 | u >> 18);
    out[1] = (char)(0x80 | (u >> 12 & 0x3f));
    out[2] = (char)(0x80 | (u >> 6 & 0x3f));
    out[3] = (char)(0x80 | (u & 0x3f));
    return 4;
}

static void type(struct desk *d, int key)
{
    char bytes[5];
    const size_t size = desk_encode(bytes, key == DESK_KEY_ENTER ? '\n' : key);
    if (d->text_size + size < sizeof d->text) {
        memcpy(d->text + d->text_size, bytes, size);
        d->text_size += size;
        d->text[d->text_size] = '\0';
    }
}

size_t desk_rub_out(const char *text, size_t size)
{
    while (size > 0 && ((uint8_t)text[--size] & 0xc0) == 0x80) {
    }
    return size;
}

static void press_write(struct desk *d, int key, int64_t now_ms)
{
    const json_t *line = desk_line_at(d, d->write_line);
    const size_t members = json_array_size(json_object_get(line, "members"));
    if (key == DESK_KEY_F2) {
        if (d->text_size > 0) {
            desk_ask(d, DESK_ASK_SEND, "", now_ms);
        }
    } else if (key == DESK_KEY_F5) { /* to all, or to one; never to ourselves alone */
        d->to = (d->to + 1) % ((unsigned)members + 1);
        if (d->to == (unsigned)cli_int(line, "me") + 1) {
            d->to = (d->to + 1) % ((unsigned)members + 1);
        }
    } else if (key == DESK_KEY_F6) {
        d->precedence = (enum dt_precedence)((d->precedence + 1) % (DT_FLASH + 1));
    } else if (key == DESK_KEY_F7) {
        d->subject = (enum dt_subject)((d->subject + 1) % DT_SUBJECTS);
    } else if (key == DESK_KEY_F8 && desk_lines(d) > 0) {
        d->write_line = (d->write_line + 1) % desk_lines(d);
        d->to = 0;
    } else if (key == DESK_KEY_F4) {
        if (d->text_size > 0) {
            desk_ask(d, DESK_ASK_DISCARD, "", now_ms);
        }
    } else if (key == DESK_KEY_BACKSPACE) {
        d->text_size = desk_rub_out(d->text, d->text_size);
        d->text[d->text_size] = '\0';
    } else if (key == DESK_KEY_ENTER || (key >= ' ' && key != 0x7f && key < 0x110000)) {
        type(d, key);
    }
}

/* --- the watch ------------------------------------------------------------------------------- */

static void press_watch(struct desk *d, int key, int64_t now_ms)
{
    const unsigned signer = desk_signer(d);
    const int digit = desk_digit(key);
    if (digit == 1 && signer != 0) {
        struct desk_action *a = desk_queue(d, DESK_DO_WATCH);
        a->code = DT_WATCH_TAKEN;
        a->number = signer;
        desk_ask(d, DESK_ASK_HEARD, "", now_ms);
        d->play = PLAYED;
    } else if (digit == 2 && signer != 0) {
        desk_ask(d, DESK_ASK_SUCCESSOR, "", now_ms);
    } else if (digit == 3) {
        if (signer != 0) { /* the node plays it for officers alone; the desk for anybody */
            struct desk_action *a = desk_queue(d, DESK_DO_WATCH);
            a->code = DT_WATCH_EVENTS;
            a->number = signer;
        }
        desk_ask(d, DESK_ASK_HEARD, "", now_ms);
        d->play = PLAYED;
    } else if (digit == 4) { /* that nobody is here needs no officer */
        struct desk_action *a = desk_queue(d, DESK_DO_WATCH);
        a->code = DT_WATCH_LEFT;
        a->number = signer;
    } else if (digit == 5) {
        desk_ask(d, DESK_ASK_OFFICER, "", now_ms);
    } else if (digit == 6 && desk_on_watch(d)) {
        desk_ask(d, DESK_ASK_LOCK, "", now_ms);
    } else if (digit == 6) {
        desk_queue(d, DESK_DO_LOCK);
    } else if (digit >= 1 && digit <= 6) {
        desk_say(d, true, now_ms, "%s", _("No officer is unlocked here: 5 unlocks one."));
    }
}

static void press_hand_over(struct desk *d, int key)
{
    size_t left;
    json_t *open = desk_open(d);
    const json_t *item = desk_next_open(d, open, &left);
    if (desk_digit(key) == 1 && item != NULL) {
        json_object_set(d->accepted, cli_str(item, "id"), json_object_get(item, "why"));
    } else if (key == DESK_KEY_ENTER && item == NULL) {
        struct desk_action *a = desk_queue(d, DESK_DO_HAND_OVER);
        a->number = d->successor;
        set_view(d, DESK_WATCH);
    }
    json_decref(open);
}

/* --- keys that are the same everywhere ----------------------------------------------------- */

static void put_aside(struct desk *d, int64_t now_ms)
{
    json_object_set_new(d->aside, d->taken, json_integer(now_ms + DESK_ASIDE_MS));
    d->taken[0] = '\0';
}

static void escape(struct desk *d, int64_t now_ms)
{
    d->esc_ms = now_ms;
    d->esc_dialog = d->dialog;
    d->esc_view = d->view;
    memcpy(d->esc_taken, d->taken, sizeof d->taken);
    if (d->dialog != DESK_ASK_NOTHING) {
        d->dialog = DESK_ASK_NOTHING;
        cli_secret_wipe(&d->secret);
    } else if (d->taken[0] != '\0') {
        put_aside(d, now_ms);
    } else {
        set_view(d, DESK_MAIN);
    }
}

/* That Esc was half of a function key: it closed nothing. */
static void unescape(struct desk *d)
{
    d->dialog = d->esc_dialog;
    d->view = d->esc_view;
    if (d->esc_taken[0] != '\0') {
        memcpy(d->taken, d->esc_taken, sizeof d->taken);
        json_object_del(d->aside, d->taken);
    }
}

/* About the record meant: acknowledge, answer, pass on. False for another key. */
static bool press_about(struct desk *d, int key, int64_t now_ms)
{
    const char *id = meant(d);
    const json_t *item = desk_item(d, id);
    if (key != DESK_KEY_F2 && key != DESK_KEY_F5 && key != DESK_KEY_F6) {
        return false;
    }
    if (item == NULL) {
        desk_say(d, true, now_ms, "%s", _("Nothing is chosen."));
    } else if (strcmp(cli_str(item, "from"), d->code) == 0) {
        desk_say(d, true, now_ms, "%s", _("This is our own: it asks the others, not us."));
    } else if (key == DESK_KEY_F2 && !desk_seen(d, id)) {
        desk_say(d, true, now_ms, "%s",
                 _("Not all of it was on this screen yet: F4, Page Down to its end, then F2."));
    } else if (key == DESK_KEY_F2) {
        desk_ask(d, DESK_ASK_ACK, id, now_ms);
    } else if (key == DESK_KEY_F6) {
        desk_ask(d, DESK_ASK_FORCE, id, now_ms);
    } else {
        desk_ask(d, desk_is_fire(item) ? DESK_ASK_ANSWER : DESK_ASK_POSITION, id, now_ms);
    }
    return true;
}

static bool press_anywhere(struct desk *d, int key, int64_t now_ms)
{
    if (key == DESK_KEY_F9) {
        if (d->dialog == DESK_ASK_FIRE) {
            desk_ask(d, DESK_ASK_FIRE_NOW, "", now_ms);
        } else {
            desk_begin_fire(d, meant(d), now_ms);
        }
    } else if (key == DESK_KEY_ESC) {
        escape(d, now_ms);
    } else if (key == DESK_KEY_F10) {
        desk_ask(d, DESK_ASK_QUIT, "", now_ms);
    } else if (d->dialog != DESK_ASK_NOTHING) {
        desk_answer_dialog(d, key, now_ms);
    } else {
        return false;
    }
    return true;
}

/* An alarm has the screen: letters and digits that were meant for a text do nothing. */
static void press_taken(struct desk *d, int key, int64_t now_ms)
{
    const bool acts = key == DESK_KEY_F2 || key == DESK_KEY_F5 || key == DESK_KEY_F6;
    if (acts && now_ms - d->taken_ms < DESK_GUARD_MS) {
        /* F2 sends a text, and acknowledges an alarm: it must not do the one for the other. */
        desk_say(d, true, now_ms, "%s",
                 _("That key was on its way when this came: press it again."));
    } else if (key == DESK_KEY_F4) {
        read_item(d);
        put_aside(d, now_ms);
    } else if (!scroll(d, &d->taken_top, key)) {
        (void)press_about(d, key, now_ms);
    }
}

static void press_view(struct desk *d, int key, int64_t now_ms)
{
    switch (d->view) {
    case DESK_WRITE:
        press_write(d, key, now_ms);
        return;
    case DESK_WATCH:
        press_watch(d, key, now_ms);
        return;
    case DESK_HAND_OVER:
        press_hand_over(d, key);
        return;
    case DESK_OURS:
        if (!press_about(d, key, now_ms) && desk_press_ours(d, key)) {
            read_item(d);
        }
        return;
    case DESK_CONFLICTS:
        desk_press_standing(d, key, now_ms);
        return;
    case DESK_DRAFT:
        if (!scroll(d, &d->detail_top, key)) {
            desk_press_draft(d, key, now_ms);
        }
        return;
    case DESK_ITEM:
        if (!press_about(d, key, now_ms)) {
            press_item(d, key);
        }
        return;
    default:
        if (!press_about(d, key, now_ms)) {
            press_main(d, key);
        }
        return;
    }
}

static bool press_page(struct desk *d, int key)
{
    static const struct {
        int key;
        enum desk_view view;
    } pages[] = {{DESK_KEY_F1, DESK_HELP}, {DESK_KEY_F3, DESK_WRITE}, {DESK_KEY_F7, DESK_WATCH}};
    for (size_t i = 0; i < sizeof pages / sizeof pages[0]; i++) {
        if (key == pages[i].key && (key != DESK_KEY_F7 || d->view != DESK_WRITE)) {
            set_view(d, d->view == pages[i].view ? DESK_MAIN : pages[i].view);
            if (d->text_size == 0) {
                d->write_line = desk_live_line(d, d->write_line);
            }
            return true;
        }
    }
    if (key == DESK_KEY_F8 && d->view != DESK_WRITE) {
        set_view(d, d->view == DESK_CONFLICTS ? DESK_MAIN : DESK_CONFLICTS);
        return true;
    }
    if (key == DESK_KEY_F4 && d->view != DESK_WRITE && d->view != DESK_OURS) {
        /* what waits; once it is read, or nothing waits, what is ours */
        if (d->view == DESK_ITEM || desk_item(d, meant(d)) == NULL) {
            set_view(d, DESK_OURS);
            (void)desk_press_ours(d, DESK_KEY_NONE); /* one is chosen */
        } else {
            read_item(d);
        }
        return true;
    }
    return false;
}

void desk_press(struct desk *d, int key, int64_t now_ms)
{
    if (key == DESK_KEY_NONE) {
        return;
    }
    d->key_ms = now_ms;
    if (now_ms >= d->mute_ms) { /* it sounds between: a key that is stuck silences nothing */
        d->mute_ms = now_ms + DESK_MUTE_MS;
    }
    if (desk_digit(key) >= 0 && d->esc_ms != 0 && now_ms - d->esc_ms < ESC_DIGIT_MS) {
        const int digit = desk_digit(key); /* a keyboard or line without function keys */
        key = DESK_KEY_F1 + (digit == 0 ? 9 : digit - 1);
        unescape(d);
    }
    if (key != DESK_KEY_ESC) {
        d->esc_ms = 0;
    }
    if (press_anywhere(d, key, now_ms)) {
        return;
    }
    if (d->taken[0] != '\0') {
        press_taken(d, key, now_ms);
    } else if (!press_page(d, key)) {
        press_view(d, key, now_ms);
    }
}

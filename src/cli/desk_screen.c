/* SPDX-License-Identifier: ISC */
/* The terminal: curses draws rows and reads keys; nothing is decided here (desk.h). */
#include <curses.h>
#include <langinfo.h>
#include <locale.h>
#include <string.h>
#include <term.h>

#include "cli/desk.h"

static bool utf8, colours;

bool desk_screen_open(void)
{
    setlocale(LC_CTYPE, "");
    utf8 = strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
    set_escdelay(25);
    SCREEN *screen = newterm(NULL, stdout, stdin);
    if (screen == NULL) {
        return false;
    }
    if (tigetstr("cup") == NULL || tigetstr("cup") == (char *)-1) { /* "dumb", a printer */
        endwin();
        delscreen(screen);
        return false;
    }
    raw(); /* Ctrl-C must not end a desk that sounds alarms */
    noecho();
    nonl();
    keypad(stdscr, TRUE);
    nodelay(stdscr, TRUE);
    colours = has_colors();
    if (colours) {
        start_color();
        use_default_colors();
        init_pair(DESK_GOOD, COLOR_GREEN, -1);
        init_pair(DESK_WARN, COLOR_YELLOW, -1);
        init_pair(DESK_BAD, COLOR_RED, -1);
    }
    return true;
}

void desk_screen_close(void)
{
    endwin();
}

void desk_screen_bell(void)
{
    beep();
}

void desk_screen_size(int *rows, int *cols)
{
    getmaxyx(stdscr, *rows, *cols);
}

static int special(wint_t key)
{
    switch (key) {
    case KEY_UP:
        return DESK_KEY_UP;
    case KEY_DOWN:
        return DESK_KEY_DOWN;
    case KEY_PPAGE:
        return DESK_KEY_PAGE_UP;
    case KEY_NPAGE:
        return DESK_KEY_PAGE_DOWN;
    case KEY_BACKSPACE:
        return DESK_KEY_BACKSPACE;
    case KEY_ENTER:
        return DESK_KEY_ENTER;
    default:
        return key >= KEY_F(1) && key <= KEY_F(12) ? DESK_KEY_F1 + (int)(key - KEY_F(1))
                                                   : DESK_KEY_NONE;
    }
}

int desk_screen_key(void)
{
    wint_t key;
    for (;;) {
        const int what = get_wch(&key);
        if (what == ERR) {
            return DESK_KEY_NONE;
        }
        if (what == KEY_CODE_YES) {
            const int known = special(key);
            if (known != DESK_KEY_NONE) {
                return known;
            }
            continue; /* a resize, or a key of no meaning here */
        }
        switch (key) {
        case 3: /* Ctrl-C */
            return DESK_KEY_F10;
        case 27:
            return DESK_KEY_ESC;
        case '\r':
        case '\n':
            return DESK_KEY_ENTER;
        case 8:
        case 127:
            return DESK_KEY_BACKSPACE;
        default:
            if (key >= ' ') {
                return (int)key;
            }
        }
    }
}

static attr_t attribute(enum desk_style style)
{
    switch (style) {
    case DESK_TITLE:
        return A_REVERSE;
    case DESK_BOLD:
        return A_BOLD;
    case DESK_GOOD:
        return colours ? (attr_t)COLOR_PAIR(DESK_GOOD) : A_NORMAL;
    case DESK_WARN:
        return A_BOLD | (colours ? (attr_t)COLOR_PAIR(DESK_WARN) : A_NORMAL);
    case DESK_BAD:
        return A_BOLD | (colours ? (attr_t)COLOR_PAIR(DESK_BAD) : A_NORMAL);
    default:
        return A_NORMAL;
    }
}

void desk_screen_show(const struct desk_screen *s)
{
    static char ascii[sizeof s->row[0].text];
    erase();
    bkgdset(' ' | (s->alarm ? A_REVERSE : A_NORMAL));
    for (int i = 0; i < s->rows; i++) {
        const char *text = s->row[i].text;
        if (!utf8) {
            desk_ascii(ascii, sizeof ascii, text);
            text = ascii;
        }
        attrset((int)(attribute(s->row[i].style) ^ (s->alarm ? A_REVERSE : A_NORMAL)));
        mvaddnstr(i, 0, text, -1);
        if (s->alarm || s->row[i].style == DESK_TITLE) {
            clrtoeol();
        }
    }
    attrset(A_NORMAL);
    curs_set(0);
    refresh();
}

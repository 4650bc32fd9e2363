/* SPDX-License-Identifier: ISC */
/* detente desk: the loop of the watch's screen (desk.h). */
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/desk_keep.h"

enum { TURN_MS = 150, ASK_MS = 1000, ALL_MS = 3000, CALL_MS = 3000 };

static volatile sig_atomic_t ended;

static void on_signal(int number)
{
    (void)number;
    ended = 1;
}

/* Who is unlocked here; another window may lock and unlock. True if it has changed. */
static bool take_officers(struct cli *c, struct desk *d)
{
    static struct dt_home_operator list[DT_OPERATOR_MAX];
    static struct desk_officer out[DESK_OFFICERS_MAX], before[DESK_OFFICERS_MAX];
    static size_t count_before;
    size_t count = 0, n = 0;
    if (dt_home_operators(&c->home, dt_now_ms(), list, DT_OPERATOR_MAX, &count) != DT_OK) {
        return false;
    }
    memset(out, 0, sizeof out);
    for (size_t i = 0; i < 2 * count && n < DESK_OFFICERS_MAX; i++) {
        const bool first = i < count; /* those who are unlocked, whatever their number */
        const size_t at = first ? i : i - count;
        if (!list[at].revoked && list[at].unlocked == first) {
            out[n].number = list[at].operator_.number;
            out[n].until_ms = list[at].unlocked ? list[at].expiry_ms : 0;
            snprintf(out[n++].role, sizeof out[0].role, "%s", list[at].operator_.role);
        }
    }
    const bool changed = n != count_before || memcmp(out, before, sizeof out) != 0;
    memcpy(before, out, sizeof out);
    count_before = n;
    desk_set_officers(d, out, n);
    return changed;
}

struct turn {
    int64_t asked_ms, all_ms;
};

static void ask_node(struct cli *c, struct desk *d, struct turn *t, bool now)
{
    const int64_t ms = dt_now_ms();
    if (!now && ms - t->asked_ms < ASK_MS && ms >= t->asked_ms) {
        return;
    }
    const bool all = now || ms - t->all_ms >= ALL_MS || ms < t->all_ms || d->down;
    if (take_officers(c, d)) {
        cli_disconnect(c); /* it signs again, with who is unlocked now */
    }
    t->asked_ms = ms;
    if (!desk_refresh(c, d, all)) {
        desk_down(d, dt_now_ms());
    } else if (all) {
        t->all_ms = ms;
    }
}

static bool carry_out(struct cli *c, struct desk *d, struct turn *t)
{
    struct desk_action a;
    bool any = false;
    while (desk_next(d, &a) && !d->ended) {
        desk_do(c, d, &a);
        any = true;
    }
    if (any && !d->ended) {
        ask_node(c, d, t, true);
    }
    return !d->ended;
}

static void draw(struct desk *d)
{
    static struct desk_screen s; /* large: not for the stack */
    int rows, cols;
    desk_screen_size(&rows, &cols);
    desk_draw(d, &s, rows, cols, dt_now_ms());
    desk_screen_show(&s);
    desk_drawn(d, &s, dt_now_ms());
}

static void run(struct cli *c, struct desk *d, struct desk_keep *keep)
{
    struct turn t = {0, 0};
    struct pollfd keys = {.fd = STDIN_FILENO, .events = POLLIN};
    while (!ended) {
        ask_node(c, d, &t, false);
        for (unsigned n = desk_tick(d, dt_now_ms()); n > 0; n--) {
            desk_screen_bell();
        }
        draw(d);
        if (!carry_out(c, d, &t)) {
            return;
        }
        if (poll(&keys, 1, TURN_MS) > 0 && (keys.revents & (POLLHUP | POLLERR)) != 0) {
            return; /* the terminal is gone */
        }
        for (int key = desk_screen_key(); key != DESK_KEY_NONE; key = desk_screen_key()) {
            desk_press(d, key, dt_now_ms());
        }
        desk_keep_save(keep, d, dt_now_ms(), false);
    }
}

/* A terminal that went, or a signal: nobody has said whether somebody stays. If no other desk
 * of this home is open, the watch ends with this one; the others see it at once. */
static void went(struct cli *c, struct desk *d, bool alone)
{
    const struct desk_action left = {.what = DESK_DO_WATCH, .code = DT_WATCH_LEFT};
    if (!d->ended && alone && desk_on_watch(d)) {
        desk_do(c, d, &left);
    }
}

int cmd_desk(struct cli *c)
{
    static struct desk d; /* large: not for the stack */
    static char said[CLI_SAID_MAX];
    struct desk_keep keep;
    if (!cli_words_end(c, 0)) {
        return c->exit;
    }
    if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO) || c->json) {
        return cli_usage(c, _("a desk is a screen with a person before it: it needs a terminal"));
    }
    if (!cli_open_home(c)) {
        return c->exit;
    }
    desk_init(&d, c->home.code, true);
    if (!desk_screen_open()) {
        desk_free(&d);
        return cli_fail(c, DT_ERR_IO, _("the terminal %s is not known here, or cannot hold a screen; see TERM"),
                        cli_safe(getenv("TERM")));
    }
    signal(SIGTERM, on_signal);
    signal(SIGHUP, on_signal);
    c->said = said;
    c->call_ms = CALL_MS;
    desk_keep_open(&keep, &c->home, &d);
    run(c, &d, &keep);
    desk_keep_save(&keep, &d, dt_now_ms(), true);
    went(c, &d, desk_keep_close(&keep));
    desk_screen_close();
    c->said = NULL;
    desk_free(&d);
    return CLI_DONE;
}

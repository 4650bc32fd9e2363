/* SPDX-License-Identifier: ISC */
/* The newest of our own records, and what became of each, in a list to be read from (desk.h). */
#include <stdlib.h>
#include <string.h>

#include "cli/desk.h"

enum { OURS_MAX = 99 };

struct ours {
    json_t *one[OURS_MAX]; /* borrowed */
    size_t count;
};

static int newest_first(const void *a, const void *b)
{
    const json_t *x = *(json_t *const *)a, *y = *(json_t *const *)b;
    const json_int_t at_x = cli_int(x, "time"), at_y = cli_int(y, "time");
    return at_x != at_y ? (at_x > at_y ? -1 : 1) : strcmp(cli_str(x, "id"), cli_str(y, "id"));
}

/* The node gives the newest of each kind: of those the newest. */
static void gather(const struct desk *d, struct ours *o)
{
    size_t i;
    json_t *item;
    o->count = 0;
    json_array_foreach (json_object_get(d->fed[DESK_RECENT], "items"), i, item) {
        if (strcmp(cli_str(item, "from"), d->code) == 0 && o->count < OURS_MAX) {
            o->one[o->count++] = item;
        }
    }
    qsort(o->one, o->count, sizeof o->one[0], newest_first);
}

static size_t chosen(const struct desk *d, const struct ours *o)
{
    for (size_t i = 0; i < o->count; i++) {
        if (strcmp(cli_str(o->one[i], "id"), d->own) == 0) {
            return i;
        }
    }
    return 0;
}

/* --- keys -------------------------------------------------------------------------------- */

bool desk_press_ours(struct desk *d, int key)
{
    enum { PAGE = 8 };
    struct ours o;
    gather(d, &o);
    if (o.count == 0) {
        return false;
    }
    const int digit = desk_digit(key);
    const size_t at = chosen(d, &o), last = o.count - 1;
    const size_t by = key == DESK_KEY_UP || key == DESK_KEY_DOWN ? 1 : PAGE;
    size_t next = at;
    if (key == DESK_KEY_UP || key == DESK_KEY_PAGE_UP) {
        next = at > by ? at - by : 0;
    } else if (key == DESK_KEY_DOWN || key == DESK_KEY_PAGE_DOWN) {
        next = at + by < last ? at + by : last;
    } else if (digit > 0 && (size_t)digit <= o.count) {
        next = (size_t)digit - 1;
    }
    snprintf(d->own, sizeof d->own, "%s", cli_str(o.one[next], "id"));
    return key == DESK_KEY_ENTER || key == DESK_KEY_F4;
}

/* --- rows -------------------------------------------------------------------------------- */

/* What that member has said to it: what it signed, else what we reported of it. */
static const char *became(const json_t *item, const json_t *stage)
{
    static char text[96];
    size_t i;
    json_t *a;
    const json_t *reports = json_object_get(stage, "reported");
    const json_t *report = json_array_get(reports, json_array_size(reports) - 1);
    json_array_foreach (json_object_get(json_object_get(item, "fire"), "answers"), i, a) {
        if (strcmp(cli_str(a, "code"), cli_str(stage, "code")) == 0 && cli_has(a, "answer")) {
            return cli_name(cli_str(a, "answer"));
        }
    }
    if (cli_has(stage, "acknowledged")) {
        return _("acknowledged");
    }
    if (report != NULL) {
        snprintf(text, sizeof text, _("by our report, %s: %s"), cli_name(cli_str(report, "means")),
                 cli_name(cli_str(report, "reported")));
        return text;
    }
    return cli_true(stage, "claimed")  ? _("claims to have acknowledged")
           : cli_has(stage, "shown")   ? _("shown")
           : cli_has(stage, "stored")  ? _("stored")
                                       : _("not stored yet");
}

static void row_ours(const struct desk *d, struct desk_screen *s, const json_t *item, const char *mark,
                     int64_t now_ms)
{
    char words[400] = "";
    size_t i, n = 0;
    json_t *stage;
    json_array_foreach (json_object_get(item, "stages"), i, stage) {
        if (strcmp(cli_str(stage, "code"), d->code) != 0 && n < sizeof words) {
            n += (size_t)snprintf(words + n, sizeof words - n, "%s%s %s", n > 0 ? "; " : "",
                                  cli_safe(cli_str(stage, "code")), became(item, stage));
        }
    }
    desk_row(s, DESK_PLAIN, "%s%-9s %-10s %-14s %6s %s%s%s", mark,
             desk_is_fire(item) ? "FLASH" : cli_safe(cli_str(item, "precedence")),
             desk_is_fire(item) ? "CHECK FIRE" : cli_safe(cli_str(item, "kind")),
             cli_safe(cli_str(item, "id")), cli_age(now_ms - cli_int(item, "time")),
             cli_class(item), cli_class(item)[0] != '\0' ? " " : "", words);
}

void desk_page_ours(const struct desk *d, struct desk_screen *s, int64_t now_ms)
{
    struct ours o;
    gather(d, &o);
    const size_t at = o.count > 0 ? chosen(d, &o) : 0;
    desk_rule(s, DESK_BOLD, _("OURS, THE NEWEST. F4 or Enter reads one, Esc goes back"));
    if (o.count == 0) {
        desk_row(s, DESK_PLAIN, "%s", _(" Nothing."));
        return;
    }
    const int left = s->limit - s->used - 2; /* two for the words of the chosen one */
    const size_t rows = left > 1 ? (size_t)left : 1;
    const size_t first = at >= rows ? at - rows + 1 : 0;
    for (size_t i = first; i < o.count && i < first + rows; i++) {
        char mark[8];
        snprintf(mark, sizeof mark, i < 9 ? "%c%zu " : "%c  ", i == at ? '>' : ' ', i + 1);
        row_ours(d, s, o.one[i], mark, now_ms);
        if (i == at && desk_readable(o.one[i])) {
            const json_t *one = o.one[i];
            desk_wrap(s, DESK_PLAIN, cli_has(one, "text") ? cli_str(one, "text") : cli_str(one, "title"),
                      2, 0);
        }
    }
}

/* SPDX-License-Identifier: ISC */
/* Rows of text of a given width: clipping, wrapping, lists (desk.h). */
#include <stdarg.h>
#include <string.h>
#include <wchar.h>

#include "base/text.h"
#include "cli/desk.h"

/* One character: how many bytes, how many columns. What is not UTF-8 counts as one each. */
static size_t step(const char *at, int *columns)
{
    const uint8_t first = (uint8_t)at[0];
    const size_t size = first < 0x80 ? 1 : first < 0xc0 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
    wchar_t point = first < 0x80 ? first : (wchar_t)(first & (0x7f >> size));
    for (size_t i = 1; i < size; i++) {
        if (((uint8_t)at[i] & 0xc0) != 0x80) {
            *columns = 1;
            return 1;
        }
        point = (wchar_t)((uint32_t)point << 6 | ((uint8_t)at[i] & 0x3f));
    }
    const int width = wcwidth(point);
    *columns = width >= 0 ? width : 1;
    return size;
}

/* How many bytes of `text` fit into `columns`; stops at a newline. */
static size_t fit(const char *text, int columns, int *used)
{
    size_t size = 0;
    *used = 0;
    while (text[size] != '\0' && text[size] != '\n') {
        int width;
        const size_t bytes = step(text + size, &width);
        if (*used + width > columns) {
            break;
        }
        *used += width;
        size += bytes;
    }
    return size;
}

/* What others wrote may hold controls and overrides: none of them reaches a terminal. */
static void put(struct desk_screen *s, int row, enum desk_style style, const char *text)
{
    char safe[sizeof s->row[0].text];
    int used;
    struct desk_row *r = &s->row[row];
    dt_printable(safe, sizeof safe, dt_span(text, strcspn(text, "\n")), false);
    const size_t size = fit(safe, s->cols, &used);
    memcpy(r->text, safe, size);
    r->text[size] = '\0';
    r->style = style;
}

void desk_row_at(struct desk_screen *s, int row, enum desk_style style, const char *format, ...)
{
    char text[sizeof s->row[0].text];
    va_list args;
    if (row < 0 || row >= s->rows) {
        return;
    }
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    put(s, row, style, text);
}

void desk_row(struct desk_screen *s, enum desk_style style, const char *format, ...)
{
    char text[sizeof s->row[0].text];
    va_list args;
    if (s->used >= s->limit) {
        s->lost++;
        return;
    }
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    put(s, s->used++, style, text);
}

void desk_rule(struct desk_screen *s, enum desk_style style, const char *words)
{
    char text[DESK_COLS_MAX + 1];
    int used;
    const size_t bytes = fit(words, s->cols - 6 > 0 ? s->cols - 6 : 0, &used);
    memset(text, '-', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    if (s->used < s->limit) {
        const int rest = s->cols - used - 4;
        desk_row(s, style, "-- %.*s %.*s", (int)bytes, words, rest > 0 ? rest : 0, text);
    }
}

/* Bytes of the next wrapped row: at a blank where there is one. */
static size_t wrap_at(const char *text, int columns)
{
    int used;
    const size_t size = fit(text, columns, &used);
    size_t at = size;
    if (text[size] == '\0' || text[size] == '\n') {
        return size;
    }
    while (at > 0 && text[at] != ' ') {
        at--;
    }
    return at > 0 ? at : size > 0 ? size : 1;
}

int desk_wrap(struct desk_screen *s, enum desk_style style, const char *text, int rows, int top)
{
    int row = 0;
    while (*text != '\0') {
        const size_t size = wrap_at(text, s->cols - 2);
        if (row >= top && row < top + rows) {
            desk_row(s, style, " %.*s", (int)size, text);
        }
        row++;
        text += size;
        text += *text == '\n' || *text == ' ';
    }
    return row;
}

/* Past that row of the wrapped text: how many bytes. */
static size_t bytes_to(const struct desk_screen *s, const char *text, size_t row)
{
    const char *at = text;
    for (; row > 0 && *at != '\0'; row--) {
        at += wrap_at(at, s->cols - 2);
        at += *at == '\n' || *at == ' ';
    }
    return (size_t)(at - text);
}

void desk_read(struct desk_screen *s, enum desk_style style, const char *id, const char *text,
               int room, size_t top)
{
    const size_t rows = (size_t)desk_wrap(s, style, text, 0, 0);
    const int left = s->limit - s->used;
    const size_t page = room < 1 || left < 1 ? 0 : (size_t)(room < left ? room : left);
    const size_t last = rows > page ? rows - page : 0;
    top = top < last ? top : last;
    desk_wrap(s, style, text, (int)page, (int)top);
    snprintf(s->read.id, sizeof s->read.id, "%s", id);
    s->read.from = bytes_to(s, text, top);
    s->read.to = bytes_to(s, text, top + page);
    s->read.size = strlen(text);
    s->read.top = top;
    s->read.rows = page < rows - top ? page : rows - top;
    s->read.of = rows;
}

bool desk_readable(const json_t *item)
{
    return !cli_true(item, "withheld") && !cli_true(item, "partial") && (!cli_true(item, "sealed") || cli_true(item, "opened"));
}

void desk_note_shown(struct desk_screen *s, const json_t *item)
{
    if (s->shown_count < sizeof s->shown / sizeof s->shown[0] && desk_readable(item)) {
        snprintf(s->shown[s->shown_count++], DESK_ID_SIZE, "%s", cli_str(item, "id"));
    }
}

/* --- one record in one row ----------------------------------------------------------------- */

const char *desk_due_text(const struct desk *d, const json_t *item, int64_t now_ms)
{
    char text[64];
    const int64_t due = desk_due(d, item), left = due - now_ms;
    if (due == 0 || cli_true(item, "unanswered")) { /* acknowledged: nothing of it is due */
        return "";
    }
    if (left < 0) {
        snprintf(text, sizeof text, _("OVERDUE %s"), cli_age(-left));
    } else if (left < 600000) {
        snprintf(text, sizeof text, _("due %lld:%02lld"), (long long)(left / 60000),
                 (long long)(left / 1000 % 60));
    } else {
        snprintf(text, sizeof text, _("due %s"), cli_age(left));
    }
    return cli_safe(text);
}

/* What a record is, in a word or two. */
static const char *kind_of(const json_t *item)
{
    return desk_is_fire(item) ? "CHECK FIRE" : cli_safe(cli_str(item, "kind"));
}

static const char *words_of(const struct desk *d, const json_t *item)
{
    static char text[512];
    const char *class_ = cli_class(item), *doubt = cli_str(item, "doubt");
    const char *subject = cli_subject(item);
    const char *words = cli_has(item, "text")    ? cli_str(item, "text")
                        : cli_has(item, "title") ? cli_str(item, "title")
                        : cli_has(item, "scope") ? cli_name(cli_str(item, "scope"))
                        : desk_is_test(item)         ? _("is a person there? F2")
                        : cli_true(item, "withheld") ? _("sealed")
                                                     : "";
    snprintf(text, sizeof text, "%s%s%s%s%s%s%s%s%s%s", class_,
             class_[0] != '\0' ? " " : "", subject[0] != '\0' ? "[" : "", subject,
             subject[0] != '\0' ? "] " : "", cli_true(item, "demoted") ? _("DEMOTED ") : doubt[0] != '\0' ? _("IN DOUBT ") : "",
             desk_unnamed(d, item) ? _("ANSWERED UNNAMED, F5 ") : "",
             cli_true(item, "unanswered") ? _("NOT ANSWERED, F5 ") : "", words,
             strchr(words, '\n') != NULL ? " ..." : "");
    return cli_safe(text);
}

bool desk_row_item(const struct desk *d, struct desk_screen *s, const json_t *item,
                   const char *mark, int64_t now_ms)
{
    char text[1024];
    int used;
    const unsigned urgency = desk_urgency(d, item);
    const bool fire = desk_is_fire(item), room = s->used < s->limit;
    snprintf(text, sizeof text, "%s%-9s %-10s %-14s %6s %-9s %s", mark,
             fire                       ? "FLASH"
             : cli_true(item, "demoted") ? "IMMEDIATE"
                                         : cli_safe(cli_str(item, "precedence")), kind_of(item),
             cli_safe(cli_str(item, "id")), cli_age(now_ms - cli_int(item, "time")),
             desk_due_text(d, item, now_ms), words_of(d, item));
    desk_row(s, urgency == 2                                       ? DESK_BAD
                : urgency == 1 || cli_true(item, "unanswered") ? DESK_WARN
                                                               : DESK_PLAIN,
             "%s", text);
    /* A notice is more than its title: where and when are in the record itself. A test of
     * people says nothing but that it asks. */
    return room && (desk_is_test(item) || (text[fit(text, s->cols, &used)] == '\0' &&
           strchr(cli_str(item, "text"), '\n') == NULL && !cli_has(item, "category")));
}

const char *desk_clock(int64_t ms, int64_t now_ms)
{
    enum { HALF_DAY_MS = 43200000 };
    const char *whole = cli_when(ms);
    const int64_t apart = ms > now_ms ? ms - now_ms : now_ms - ms;
    return ms > 0 && apart < HALF_DAY_MS ? strchr(whole, ' ') + 1 : whole;
}

/* --- where the terminal has only ASCII ------------------------------------------------------- */

/* Letters of our languages without their marks, where the terminal has only ASCII. */
static const char *plain(unsigned point)
{
    static const struct {
        unsigned point;
        const char *text;
    } other[] = {{0xa0, " "},     {0xab, "\""},     {0xb0, " deg"}, {0xb1, "+/-"},  {0xb5, "u"},
                 {0xb7, "."},     {0xbb, "\""},     {0xc6, "AE"},   {0xd7, "x"},    {0xdf, "ss"},
                 {0xe6, "ae"},    {0xf7, "/"},      {0x152, "OE"},  {0x153, "oe"},  {0x178, "Y"},
                 {0x2010, "-"},   {0x2011, "-"},    {0x2013, "-"},  {0x2014, "-"},  {0x2018, "'"},
                 {0x2019, "'"},   {0x201c, "\""},   {0x201d, "\""}, {0x2026, "..."}, {0x202f, " "},
                 {0x20ac, "EUR"}, {0x2192, "->"}};
    static const char latin[] = "AAAAAAACEEEEIIIIDNOOOOOxOUUUUYTsaaaaaaaceeeeiiiidnooooo/ouuuuyty";
    static char one[2];
    for (size_t i = 0; i < sizeof other / sizeof other[0]; i++) {
        if (other[i].point == point) {
            return other[i].text;
        }
    }
    one[0] = point >= 0xc0 && point <= 0xff ? latin[point - 0xc0] : '?';
    return one;
}

void desk_ascii(char *out, size_t capacity, const char *text)
{
    size_t n = 0;
    while (*text != '\0') {
        const uint8_t first = (uint8_t)*text++;
        const char one[2] = {(char)first, '\0'}, *as = one;
        if (first >= 0x80) {
            unsigned point = first & (first >= 0xf0 ? 7 : first >= 0xe0 ? 15 : 31);
            while (((uint8_t)*text & 0xc0) == 0x80) {
                point = point << 6 | ((uint8_t)*text++ & 0x3f);
            }
            as = plain(point);
        }
        const size_t size = strlen(as);
        if (n + size + 1 > capacity) {
            break;
        }
        memcpy(out + n, as, size);
        n += size;
    }
    out[n] = '\0';
}

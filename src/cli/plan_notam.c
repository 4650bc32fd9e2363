/* SPDX-License-Identifier: ISC */
/*
 * A NOTAM: the circle of its Q line, which holds the area by rule (its centre is given to the
 * minute, so half a minute both ways is added as accuracy); the time from B) to C), also
 * where D) leaves hours out; heights of F) and G), else of the Q line. Never smaller than said.
 */
#include <ctype.h>
#include <libintl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/utc.h"
#include "cli/plan_text.h"
#include "log/fields.h"

#define _(text) gettext(text)

#define CENTRE_M 1311.0 /* the diagonal of half a minute of latitude, rounded up */

enum { ITEM = 2000, PLACE = 15 };

struct notam {
    char number[16];
    char items[8][ITEM + 1]; /* Q, A to G */
    char text[2 * ITEM + 8];
};

static int index_of(char letter)
{
    static const char letters[] = "QABCDEFG";
    const char *at = letter != '\0' ? strchr(letters, letter) : NULL;
    return at != NULL ? (int)(at - letters) : -1;
}

/* Whether a new item begins here: "E)" at the beginning or after a blank, later than `last`. */
static bool item_at(const char *text, const char *at, int last)
{
    return at[0] != '\0' && at[1] == ')' && index_of(*at) > last &&
           (at == text || isspace((unsigned char)at[-1]));
}

static bool trailer(const char *at)
{
    return strncmp(at, "\nCREATED:", 9) == 0 || strncmp(at, "\nSOURCE:", 8) == 0 ||
           strncmp(at, "\nEND PART", 9) == 0 || strncmp(at, "\n\n", 2) == 0;
}

static enum dt_err split(struct notam *n, const char *text, struct dt_geojson_fault *fault)
{
    const char *at = strstr(text, "Q)");
    int last = -1;
    while (at != NULL && *at != '\0' && !trailer(at)) {
        last = index_of(*at);
        const char *from = at += 2;
        while (*at != '\0' && !trailer(at) && !item_at(text, at, last)) {
            at++;
        }
        size_t size = (size_t)(at - from), skip = 0;
        while (skip < size && isspace((unsigned char)from[skip])) {
            skip++;
        }
        while (size > skip && isspace((unsigned char)from[size - 1])) {
            size--;
        }
        if (size - skip > ITEM) {
            return dt_geojson_say(fault, DT_ERR_TOO_LARGE, _("item %c) is longer than %d bytes"),
                                  from[-2], ITEM);
        }
        memcpy(n->items[last], from + skip, size - skip);
    }
    if (at != NULL && strstr(at, "Q)") != NULL) {
        return dt_geojson_say(fault, DT_ERR_TOO_LARGE, _("more than one NOTAM: give each for itself"));
    }
    return DT_OK;
}

/* "B1974/25 NOTAMN": number and whether it is new. */
static enum dt_err take_number(struct notam *n, const char *text, struct dt_geojson_fault *fault)
{
    const char *word = strstr(text, "NOTAM");
    if (word != NULL && (word[5] == 'C' || word[5] == 'R')) {
        return dt_geojson_say(fault, DT_ERR_BAD_STATE,
                              _("NOTAM%c changes another: use notice cancel or amend"), word[5]);
    }
    const size_t begin = strspn(text, " \t\r\n("), size = strcspn(text + begin, " \t\r\n");
    if (word != NULL && size < sizeof n->number && text + begin < word) {
        memcpy(n->number, text + begin, size);
    }
    return DT_OK;
}

static enum dt_err digits_only(const char *text, size_t count, struct dt_geojson_fault *fault,
                               const char *what)
{
    return strspn(text, "0123456789") >= count
               ? DT_OK
               : dt_geojson_say(fault, DT_ERR_BAD_VALUE, "%s %.40s", what, text);
}

/* YYMMDDhhmm as RFC 3339: NOTAMs are in UTC by rule. */
static enum dt_err take_time(struct dt_plan *plan, json_t *p, const char *name, const char *text)
{
    char utc[40];
    if (strcmp(name, "end") == 0 && (strncmp(text, "PERM", 4) == 0 || strncmp(text, "UFN", 3) == 0)) {
        return DT_OK; /* --end says it, or MISSING_FIELD does */
    }
    if (strspn(text, "0123456789") != 10) {
        return dt_geojson_say(plan->fault, DT_ERR_BAD_TIME,
                              _("%s %.40s: no ten digits; give --%s TIME"), name, text, name);
    }
    snprintf(utc, sizeof utc, "20%.2s-%.2s-%.2sT%.2s:%.2s:00Z", text, text + 2, text + 4, text + 6,
             text + 8);
    return dt_plan_set(plan, p, name, utc);
}

/* The Q line: FIR/code/traffic/purpose/scope/lower/upper/centre and radius. */
static enum dt_err cut_q(char *q, char *fields[8], struct dt_geojson_fault *fault)
{
    size_t count = 0;
    for (char *at = q; at != NULL && count < 8; count++) {
        fields[count] = at;
        at = strchr(at, '/');
        if (at != NULL) {
            *at++ = '\0';
        }
        fields[count][strcspn(fields[count], " \r\n")] = '\0';
    }
    if (count != 8 || strlen(fields[7]) != PLACE - 1) {
        return dt_geojson_say(fault, DT_ERR_BAD_TEXT,
                              _("the Q line needs eight fields, the last like 4449N00031E009"));
    }
    return DT_OK;
}

static enum dt_err take_circle(struct dt_plan *plan, json_t **p, const char *field)
{
    char place[PLACE], radius[16];
    struct dt_point point;
    double slack = 0;
    snprintf(place, sizeof place, "%.11s", field);
    DT_TRY(digits_only(field + 11, 3, plan->fault, "Q)"));
    if (strcmp(field + 11, "999") == 0 || strcmp(field + 11, "000") == 0) {
        return dt_geojson_say(plan->fault, DT_ERR_BAD_VALUE,
                              _("the Q line gives no radius: draw the area of item E)"));
    }
    DT_TRY(dt_plan_place(&point, &slack, place, plan->fault));
    *p = dt_plan_feature(plan, "Point", dt_plan_position(point));
    snprintf(radius, sizeof radius, "%.3s NM", field + 11);
    json_object_set_new(*p, "h_acc_m", json_real(CENTRE_M));
    return dt_plan_set(plan, *p, "radius", radius);
}

/* F) and G) where given, else the flight levels of the Q line: 000 is the ground, 999 no top. */
static enum dt_err take_heights(struct dt_plan *plan, json_t *p, const struct notam *n,
                                char *const q[8])
{
    char level[16];
    const char *lower = n->items[index_of('F')], *upper = n->items[index_of('G')];
    if (lower[0] != '\0' || upper[0] != '\0') {
        DT_TRY(dt_plan_set(plan, p, "alt_lower", lower));
        return dt_plan_set(plan, p, "alt_upper", upper);
    }
    snprintf(level, sizeof level, strcmp(q[5], "000") == 0 ? "GND" : "FL%.8s", q[5]);
    DT_TRY(dt_plan_set(plan, p, "alt_lower", level));
    snprintf(level, sizeof level, strcmp(q[6], "999") == 0 ? "UNL" : "FL%.8s", q[6]);
    return dt_plan_set(plan, p, "alt_upper", level);
}

static enum dt_err take_words(struct dt_plan *plan, json_t *p, struct notam *n, const char *code)
{
    char title[64];
    const char *schedule = n->items[index_of('D')], *rest = n->items[index_of('E')];
    snprintf(title, sizeof title, "NOTAM %s %.8s", n->number, code);
    snprintf(n->text, sizeof n->text, "%s%s%s%s", schedule[0] != '\0' ? "D) " : "", schedule,
             schedule[0] != '\0' ? "\n" : "", rest);
    DT_TRY(dt_plan_set(plan, p, "title", title));
    DT_TRY(dt_plan_set(plan, p, "text", n->text));
    if (strncmp(code, "QR", 2) == 0) {
        DT_TRY(dt_plan_set(plan, p, "category", dt_category_name(DT_CATEGORY_AIRSPACE_RES)));
    }
    return dt_plan_set(plan, p, "id", n->number);
}

/* Where D) can be read as hours; else all of the time counts. */
static void take_schedule(json_t *p, const char *item)
{
    const char *start = json_string_value(json_object_get(p, "start"));
    const char *end = json_string_value(json_object_get(p, "end"));
    int64_t from_ms, until_ms;
    if (item[0] != '\0' && start != NULL && end != NULL && dt_utc_parse(&from_ms, start) == DT_OK &&
        dt_utc_parse(&until_ms, end) == DT_OK) {
        (void)dt_plan_notam_schedule(p, item, from_ms, until_ms);
    }
}

static enum dt_err read_notam(struct dt_plan *plan, struct notam *n, const char *text)
{
    char *q[8];
    json_t *p = NULL;
    DT_TRY(take_number(n, text, plan->fault));
    DT_TRY(split(n, text, plan->fault));
    DT_TRY(cut_q(n->items[0], q, plan->fault));
    DT_TRY(take_circle(plan, &p, q[7]));
    DT_TRY(take_time(plan, p, "start", n->items[index_of('B')]));
    DT_TRY(take_time(plan, p, "end", n->items[index_of('C')]));
    take_schedule(p, n->items[index_of('D')]);
    DT_TRY(take_heights(plan, p, n, q));
    return take_words(plan, p, n, q[1]);
}

enum dt_err dt_plan_read_notam(struct dt_plan *plan, const char *text)
{
    struct notam *n = calloc(1, sizeof *n);
    const enum dt_err err = n != NULL ? read_notam(plan, n, text) : DT_ERR_NO_MEMORY;
    free(n);
    return err;
}

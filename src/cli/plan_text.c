/* SPDX-License-Identifier: ISC */
/* What is neither JSON nor XML: a NOTAM, a table with a header, or places, one a line. */
#include <ctype.h>
#include <libintl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "cli/doubts.h"
#include "cli/plan_text.h"
#include "log/fields.h"

#define _(text) gettext(text)

/* --- places, one a line ------------------------------------------------------------------------- */

struct list {
    json_t *positions;
    double slack_m;
};

static enum dt_err add_place(struct dt_plan *plan, struct list *l, char *line)
{
    struct dt_point point;
    size_t size = strlen(line);
    while (size > 0 && strchr(" \t\r;,", line[size - 1]) != NULL) {
        line[--size] = '\0';
    }
    line += strspn(line, " \t");
    if (*line == '#' && dt_names_datum(line)) {
        return dt_geojson_say(plan->fault, DT_ERR_BAD_VALUE,
                              _("%.60s: places are in WGS84 here: convert them"), line);
    }
    if (*line == '\0' || *line == '#') {
        return DT_OK;
    }
    if (json_array_size(l->positions) > DT_RING_MAX) {
        return dt_geojson_say(plan->fault, DT_ERR_TOO_LARGE,
                              _("more than %d places in one shape: simplify it"), DT_RING_MAX);
    }
    for (char *c = line; *c != '\0'; c++) {
        *c = *c == '\t' ? ' ' : *c;
    }
    DT_TRY(dt_plan_place(&point, &l->slack_m, line, plan->fault));
    json_array_append_new(l->positions, dt_plan_position(point));
    return DT_OK;
}

enum dt_err dt_plan_places(struct dt_plan *plan, json_t **properties, const char *text,
                           const char *ends)
{
    struct list l = {.positions = json_array()};
    char *copy = strdup(text), *rest = NULL;
    enum dt_err err = copy != NULL ? DT_OK : DT_ERR_NO_MEMORY;
    for (char *line = copy != NULL ? strtok_r(copy, ends, &rest) : NULL; line != NULL && err == DT_OK;
         line = strtok_r(NULL, ends, &rest)) {
        err = add_place(plan, &l, line);
    }
    free(copy);
    if (err != DT_OK) {
        json_decref(l.positions);
        return err;
    }
    DT_TRY(dt_plan_drawn(plan, l.positions, properties));
    if (l.slack_m > 0) {
        json_object_set_new(*properties, "h_acc_m", json_real(l.slack_m));
    }
    return DT_OK;
}

/* --- which --------------------------------------------------------------------------------------- */

/* The first line with anything in it but a remark. */
static void first_line(char *out, size_t size, const char *text)
{
    const char *at = text;
    for (;;) {
        at += strspn(at, " \t\r\n");
        if (*at != '#') {
            break;
        }
        at += strcspn(at, "\n");
    }
    const size_t length = strcspn(at, "\r\n");
    snprintf(out, size, "%.*s", (int)(length < size ? length : size - 1), at);
}

static bool is_table(const char *line)
{
    static const char *const columns[] = {"lat", "latitude", "position", "positions"};
    for (const char *at = line; *at != '\0'; at += strcspn(at, ",;\t"), at += *at != '\0') {
        size_t size = strcspn(at, ",;\t");
        const char *word = at + strspn(at, " \"");
        size -= (size_t)(word - at) < size ? (size_t)(word - at) : size;
        while (size > 0 && strchr(" \"", word[size - 1]) != NULL) {
            size--;
        }
        for (size_t i = 0; i < sizeof columns / sizeof columns[0]; i++) {
            if (size == strlen(columns[i]) && strncasecmp(word, columns[i], size) == 0) {
                return strpbrk(line, ",;\t") != NULL;
            }
        }
    }
    return false;
}

static enum dt_err read_as(struct dt_plan *plan, struct dt_span text, const char *copy)
{
    char line[1024];
    struct dt_geojson_fault ignored;
    struct dt_point point;
    double slack = 0;
    json_t *properties;
    first_line(line, sizeof line, copy);
    const char *q = strstr(copy, "Q)");
    if (q != NULL && (q == copy || isspace((unsigned char)q[-1]))) {
        return dt_plan_read_notam(plan, copy);
    }
    if (is_table(line)) {
        return dt_plan_read_table(plan, text);
    }
    line[strcspn(line, "\t")] = '\0';
    if (strpbrk(line, "0123456789") == NULL && dt_plan_place(&point, &slack, line, &ignored) != DT_OK) {
        return dt_geojson_say(plan->fault, DT_ERR_BAD_TEXT,
                              _("no format read here: GeoJSON, CSV with a header, places one a line, "
                                "GPX, KML, Cursor-on-Target, NOTAM"));
    }
    return dt_plan_places(plan, &properties, copy, "\n");
}

enum dt_err dt_plan_read_text(struct dt_plan *plan, struct dt_span text)
{
    char *copy = strndup((const char *)text.data, text.size);
    if (copy == NULL) {
        return DT_ERR_NO_MEMORY;
    }
    const enum dt_err err = read_as(plan, text, copy);
    free(copy);
    return err;
}

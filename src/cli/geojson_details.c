/* SPDX-License-Identifier: ISC */
/* The words of a notice by field: what missions' forms ask for (geojson.h). */
#include <ctype.h>
#include <libintl.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/utc.h"
#include "cli/geojson.h"
#include "log/fields.h"

#define _(text) gettext(text)

/* Every word of a list with commas between is one of `words` (blanks around each). */
static bool all_of(const char *text, const char *words)
{
    for (const char *at = text;;) {
        at += strspn(at, " ");
        size_t size = strcspn(at, ",");
        const size_t whole = size;
        while (size > 0 && at[size - 1] == ' ') {
            size--;
        }
        bool found = false;
        for (const char *w = words; size > 0 && *w != '\0'; w += strcspn(w, " "), w += *w == ' ') {
            found = found || (strcspn(w, " ") == size && strncasecmp(w, at, size) == 0);
        }
        if (!found || at[whole] == '\0') {
            return found;
        }
        at += whole + 1;
    }
}

/* "P20", "D21, D22": codes of one letter and two digits. */
static bool is_code(const char *text, char letter)
{
    for (;;) {
        text += strspn(text, " ");
        if (text[0] != letter || !isdigit((unsigned char)text[1]) || !isdigit((unsigned char)text[2])) {
            return false;
        }
        text += 3;
        if (*text == '\0') {
            return true;
        }
        if (*text++ != ',') {
            return false;
        }
    }
}

/* "staff 12, patients 3": a category and how many; no names. */
static bool is_count(const char *text)
{
    for (;;) {
        const size_t word = strspn(text, "abcdefghijklmnopqrstuvwxyz ");
        const size_t digits = strspn(text + word, "0123456789");
        if (word < 2 || digits == 0 || digits > 6) {
            return false;
        }
        text += word + digits;
        if (*text == '\0') {
            return true;
        }
        if (*text++ != ',') {
            return false;
        }
    }
}

/* SHA-256 of each picture in hex; the pictures stay at home. */
static bool is_hashes(const char *text)
{
    for (;;) {
        text += strspn(text, " ");
        if (strspn(text, "0123456789abcdef") != 64) {
            return false;
        }
        text += 64;
        if (*text == '\0') {
            return true;
        }
        if (*text++ != ',') {
            return false;
        }
    }
}

static enum dt_err judge(enum dt_detail field, const char *text, struct dt_geojson_fault *fault)
{
    static const char cargo[] = "FOOD MED FUEL WASH SHELTER PERSONNEL OTHER";
    const char *name = dt_detail_name((int64_t)field);
    int64_t ms;
    switch (field) {
    case DT_DETAIL_HOW:
        return all_of(text, "GPS MAP IMAGERY VOICE ESTIMATE")
                   ? DT_OK
                   : dt_geojson_say(fault, DT_ERR_BAD_VALUE, _("%s: GPS, MAP, IMAGERY, VOICE or ESTIMATE"), name);
    case DT_DETAIL_CARGO:
        return all_of(text, cargo) ? DT_OK
                                   : dt_geojson_say(fault, DT_ERR_BAD_VALUE, _("%s: of %s; no list of items"), name, cargo);
    case DT_DETAIL_PERSONS:
        return is_count(text) ? DT_OK
                              : dt_geojson_say(fault, DT_ERR_BAD_VALUE,
                                               _("%s: counts by category, like staff 12, patients 3; no names"), name);
    case DT_DETAIL_PROTECTION:
    case DT_DETAIL_HAZARD:
    case DT_DETAIL_STATUS:
        return is_code(text, field == DT_DETAIL_PROTECTION ? 'P' : field == DT_DETAIL_HAZARD ? 'D' : 'S')
                   ? DT_OK
                   : dt_geojson_say(fault, DT_ERR_BAD_VALUE, _("%s: Whiteflag codes, like P20, D21 or S20"), name);
    case DT_DETAIL_PHOTOS:
        return is_hashes(text) ? DT_OK
                               : dt_geojson_say(fault, DT_ERR_BAD_VALUE,
                                                _("%s: SHA-256 in hex, commas between, at most three"), name);
    case DT_DETAIL_REPLY_BY:
    case DT_DETAIL_REVIEW_BY:
        return dt_utc_parse(&ms, text) == DT_OK
                   ? DT_OK
                   : dt_geojson_say(fault, DT_ERR_BAD_TIME, "%s: %.40s", name, text);
    default:
        return DT_OK;
    }
}

enum dt_err dt_geojson_details(struct dt_geojson_notice *out, const json_t *properties,
                               struct dt_geojson_fault *fault)
{
    struct dt_notice_plain *plain = &out->plain;
    plain->detail_count = 0;
    for (int field = 1; field <= DT_DETAIL_MAX; field++) {
        const char *name = dt_detail_name(field);
        const json_t *value = json_object_get(properties, name);
        const char *text = json_string_value(value);
        if (json_is_integer(value)) {
            char *number = out->numbers[field - 1];
            snprintf(number, sizeof out->numbers[0], "%lld", (long long)json_integer_value(value));
            text = number;
        }
        if (value == NULL || json_is_null(value) || (text != NULL && text[0] == '\0')) {
            continue;
        }
        if (text == NULL) {
            return dt_geojson_say(fault, DT_ERR_BAD_TYPE, _("%s: a text is needed"), name);
        }
        if (strlen(text) > DT_DETAIL_TEXT_MAX) {
            return dt_geojson_say(fault, DT_ERR_TOO_LARGE, _("%s: 1 to %d bytes"), name, DT_DETAIL_TEXT_MAX);
        }
        DT_TRY(judge((enum dt_detail)field, text, fault));
        plain->details[plain->detail_count++] =
            (struct dt_notice_detail){(unsigned)field, dt_span(text, strlen(text))};
    }
    return DT_OK;
}

/* SPDX-License-Identifier: ISC */
#include "cli/plan_xml.h"

#include <libintl.h>
#include <stdlib.h>
#include <string.h>

#include "cli/plan_outside.h"

#define _(text) gettext(text)
#define N_(text) text /* marked here, translated when said */

/* --- before the parser sees it ------------------------------------------------------------- */

static bool at_word(struct dt_span t, size_t i, const char *word)
{
    const size_t size = strlen(word);
    return t.size - i >= size && memcmp(t.data + i, word, size) == 0;
}

/* Past the end mark of what begins at i; t.size if there is none. */
static size_t skip_to(struct dt_span t, size_t i, const char *end)
{
    while (i < t.size && !at_word(t, i, end)) {
        i++;
    }
    return i < t.size ? i + strlen(end) : t.size;
}

/* Past the tag that begins at i; its quoted values may hold any mark. *empty: "<a/>". */
static size_t skip_tag(struct dt_span t, size_t i, bool *empty)
{
    uint8_t quote = 0;
    for (; i < t.size; i++) {
        const uint8_t c = t.data[i];
        if (quote != 0) {
            quote = c == quote ? 0 : quote;
        } else if (c == '"' || c == '\'') {
            quote = c;
        } else if (c == '>') {
            *empty = t.data[i - 1] == '/';
            return i + 1;
        }
    }
    return t.size;
}

static enum dt_err has_type(struct dt_geojson_fault *fault)
{
    return dt_geojson_say(fault, DT_ERR_NOT_ALLOWED,
                          _("the XML has a document type (<!DOCTYPE): save it without"));
}

/* Depth and elements, and no document type: no entity can be declared, none can grow. */
static enum dt_err check_marks(struct dt_span t, struct dt_geojson_fault *fault)
{
    size_t depth = 0, elements = 0;
    for (size_t i = 0; i < t.size;) {
        if (t.data[i] != '<') {
            i++;
        } else if (at_word(t, i, "<!--")) {
            i = skip_to(t, i + 4, "-->"); /* "<!-->" only begins one */
        } else if (at_word(t, i, "<![CDATA[")) {
            i = skip_to(t, i + 9, "]]>");
        } else if (at_word(t, i, "<?")) {
            i = skip_to(t, i + 2, "?>");
        } else if (at_word(t, i, "<!")) {
            return has_type(fault);
        } else if (at_word(t, i, "</")) {
            depth -= depth > 0;
            i = skip_to(t, i, ">");
        } else {
            bool empty = false;
            i = skip_tag(t, i, &empty);
            depth += !empty;
            if (depth > DT_XML_DEPTH) {
                return dt_geojson_say(fault, DT_ERR_TOO_DEEP, _("more than %d levels"), DT_XML_DEPTH);
            }
            if (++elements > DT_XML_ELEMENTS) {
                return dt_geojson_say(fault, DT_ERR_TOO_LARGE, _("more than %d elements"),
                                      DT_XML_ELEMENTS);
            }
        }
    }
    return DT_OK;
}

/* --- nodes ------------------------------------------------------------------------------------- */

/* ["name", {attributes}, children ...]; anything else is no element. */
enum { NAME = 0, ATTRIBUTES = 1, CHILDREN = 2 };

const char *dt_xml_name(const json_t *node)
{
    const char *name = json_string_value(json_array_get(node, NAME));
    return name != NULL ? name : "";
}

bool dt_xml_is(const json_t *node, const char *name)
{
    return json_is_array(node) && (name == NULL || strcmp(dt_xml_name(node), name) == 0);
}

const json_t *dt_xml_next(const json_t *parent, const char *name, size_t *i)
{
    while (*i + CHILDREN < json_array_size(parent)) {
        const json_t *node = json_array_get(parent, CHILDREN + (*i)++);
        if (dt_xml_is(node, name)) {
            return node;
        }
    }
    return NULL;
}

const json_t *dt_xml_child(const json_t *parent, const char *name)
{
    size_t i = 0;
    return dt_xml_next(parent, name, &i);
}

static size_t text_size(const json_t *node)
{
    size_t size = json_string_length(node);
    for (size_t i = CHILDREN; i < json_array_size(node); i++) {
        size += text_size(json_array_get(node, i));
    }
    return size;
}

/* No deeper than the tree, which is no deeper than DT_XML_DEPTH. */
static char *copy_text(char *to, const json_t *node)
{
    if (json_is_string(node)) {
        memcpy(to, json_string_value(node), json_string_length(node));
        return to + json_string_length(node);
    }
    for (size_t i = CHILDREN; i < json_array_size(node); i++) {
        to = copy_text(to, json_array_get(node, i));
    }
    return to;
}

char *dt_xml_text(const json_t *node)
{
    char *text = node != NULL ? malloc(text_size(node) + 1) : NULL;
    if (text != NULL) {
        *copy_text(text, node) = '\0';
    }
    return text;
}

const char *dt_xml_attribute(const json_t *node, const char *name)
{
    return json_string_value(json_object_get(json_array_get(node, ATTRIBUTES), name));
}

enum dt_err dt_xml_set(struct dt_plan *plan, json_t *properties, const char *property,
                       const json_t *parent, const char *name)
{
    char *text = dt_xml_text(dt_xml_child(parent, name));
    const enum dt_err err = text != NULL ? dt_plan_set(plan, properties, property, text) : DT_OK;
    free(text);
    return err;
}

/* --- which format ---------------------------------------------------------------------------------- */

static enum dt_err read_root(struct dt_plan *plan, const json_t *root)
{
    static const struct {
        const char *name;
        enum dt_err (*read)(struct dt_plan *, const json_t *);
    } formats[] = {{"gpx", dt_plan_read_gpx},
                   {"kml", dt_plan_read_kml},
                   {"event", dt_plan_read_cot},
                   {"events", dt_plan_read_cot}};
    for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++) {
        if (dt_xml_is(root, formats[i].name)) {
            return formats[i].read(plan, root);
        }
    }
    return dt_geojson_say(plan->fault, DT_ERR_BAD_TYPE,
                          _("<%.32s> is no format read here: GPX, KML, Cursor-on-Target"),
                          dt_xml_name(root));
}

/* "line 12" */
static enum dt_err no_xml(const char *reason, struct dt_geojson_fault *fault)
{
    if (strcmp(reason, "type") == 0) { /* whatever the look before saw */
        return has_type(fault);
    }
    const char *number = reason + strcspn(reason, "0123456789");
    return dt_geojson_say(fault, DT_ERR_BAD_TEXT, _("line %d: no valid XML"),
                          (int)strtol(number, NULL, 10));
}

enum dt_err dt_plan_read_xml(struct dt_plan *plan, struct dt_span text)
{
    struct dt_outside got;
    json_error_t error;
    DT_TRY(check_marks(text, plan->fault));
    DT_TRY(dt_plan_outside(&got, "xml", text, plan->fault));
    json_t *root = got.reason ? NULL : json_loadb(got.text, got.size, JSON_REJECT_DUPLICATES, &error);
    const enum dt_err err = got.reason      ? no_xml(got.text, plan->fault)
                            : root == NULL ? dt_geojson_say(plan->fault, DT_ERR_IO, "detente-read")
                                           : read_root(plan, root);
    json_decref(root);
    free(got.text);
    return err;
}

/* --- archives ------------------------------------------------------------------------------------ */

static enum dt_err no_kmz(const char *reason, struct dt_geojson_fault *fault)
{
    static const struct {
        const char *word;
        enum dt_err err;
        const char *say;
    } known[] = {
        {"none", DT_ERR_BAD_TYPE, N_("a ZIP archive without a .kml in it: only KMZ is read")},
        {"several", DT_ERR_TOO_LARGE, N_("several .kml in one archive: give each for itself")},
        {"entries", DT_ERR_TOO_LARGE, N_("an archive of more than 1,000 files")},
        {"large", DT_ERR_TOO_LARGE, N_("the .kml in the archive has more than 10 MB")},
        {"encrypted", DT_ERR_NOT_ALLOWED, N_("the archive is encrypted: save it without a password")},
    };
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (strcmp(reason, known[i].word) == 0) {
            return dt_geojson_say(fault, known[i].err, "%s", _(known[i].say));
        }
    }
    return dt_geojson_say(fault, DT_ERR_BAD_TEXT, _("the archive is damaged"));
}

enum dt_err dt_plan_unpack(char **out, size_t *size, struct dt_span archive, struct dt_geojson_fault *fault)
{
    struct dt_outside got;
    DT_TRY(dt_plan_outside(&got, "kmz", archive, fault));
    *out = got.text;
    *size = got.size;
    const enum dt_err err = got.reason ? no_kmz(got.text, fault) : DT_OK;
    if (err != DT_OK) {
        free(got.text);
    }
    return err;
}

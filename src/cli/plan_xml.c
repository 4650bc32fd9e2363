/* SPDX-License-Identifier: ISC */
#include "cli/plan_xml.h"

#include <libintl.h>
#include <libxml/parser.h>
#include <stdlib.h>
#include <string.h>

#define _(text) gettext(text)

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

/* Depth and elements, and no document type: no entity can be declared, none can grow. */
static enum dt_err check_marks(struct dt_span t, struct dt_geojson_fault *fault)
{
    size_t depth = 0, elements = 0;
    for (size_t i = 0; i < t.size;) {
        if (t.data[i] != '<') {
            i++;
        } else if (at_word(t, i, "<!--")) {
            i = skip_to(t, i, "-->");
        } else if (at_word(t, i, "<![CDATA[")) {
            i = skip_to(t, i, "]]>");
        } else if (at_word(t, i, "<?")) {
            i = skip_to(t, i, "?>");
        } else if (at_word(t, i, "<!")) {
            return dt_geojson_say(fault, DT_ERR_NOT_ALLOWED,
                                  _("the XML has a document type (<!DOCTYPE): save it without"));
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

bool dt_xml_is(const xmlNode *node, const char *name)
{
    return node->type == XML_ELEMENT_NODE &&
           (name == NULL || strcmp((const char *)node->name, name) == 0);
}

static const xmlNode *find(const xmlNode *node, const char *name)
{
    while (node != NULL && !dt_xml_is(node, name)) {
        node = node->next;
    }
    return node;
}

const xmlNode *dt_xml_child(const xmlNode *parent, const char *name)
{
    return parent != NULL ? find(parent->children, name) : NULL;
}

const xmlNode *dt_xml_next(const xmlNode *node, const char *name)
{
    return find(node->next, name);
}

/* libxml2's own memory as ours, so that callers know only free(). */
static char *own(xmlChar *text)
{
    char *copy = text != NULL ? strdup((const char *)text) : NULL;
    xmlFree(text);
    return copy;
}

char *dt_xml_text(const xmlNode *node)
{
    return node != NULL ? own(xmlNodeGetContent(node)) : NULL;
}

char *dt_xml_attribute(const xmlNode *node, const char *name)
{
    return node != NULL ? own(xmlGetNoNsProp(node, (const xmlChar *)name)) : NULL;
}

enum dt_err dt_xml_set(struct dt_plan *plan, json_t *properties, const char *property,
                       const xmlNode *parent, const char *name)
{
    char *text = dt_xml_text(dt_xml_child(parent, name));
    const enum dt_err err = text != NULL ? dt_plan_set(plan, properties, property, text) : DT_OK;
    free(text);
    return err;
}

/* --- which format ---------------------------------------------------------------------------------- */

static enum dt_err read_root(struct dt_plan *plan, const xmlNode *root)
{
    static const struct {
        const char *name;
        enum dt_err (*read)(struct dt_plan *, const xmlNode *);
    } formats[] = {{"gpx", dt_plan_read_gpx},
                   {"kml", dt_plan_read_kml},
                   {"event", dt_plan_read_cot},
                   {"events", dt_plan_read_cot}};
    for (size_t i = 0; root != NULL && i < sizeof formats / sizeof formats[0]; i++) {
        if (dt_xml_is(root, formats[i].name)) {
            return formats[i].read(plan, root);
        }
    }
    return dt_geojson_say(plan->fault, DT_ERR_BAD_TYPE,
                          _("<%.32s> is no format read here: GPX, KML, Cursor-on-Target"),
                          root != NULL ? (const char *)root->name : "");
}

enum dt_err dt_plan_read_xml(struct dt_plan *plan, struct dt_span text)
{
    DT_TRY(check_marks(text, plan->fault));
    xmlParserCtxt *context = xmlNewParserCtxt();
    if (context == NULL) {
        return DT_ERR_NO_MEMORY;
    }
    xmlDoc *doc = xmlCtxtReadMemory(context, (const char *)text.data, (int)text.size, NULL, "UTF-8",
                                    XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING |
                                        XML_PARSE_NOCDATA);
    enum dt_err err;
    if (doc == NULL) {
        const xmlError *e = xmlCtxtGetLastError(context);
        err = dt_geojson_say(plan->fault, DT_ERR_BAD_TEXT, _("line %d: no valid XML"),
                             e != NULL ? e->line : 0);
    } else {
        err = read_root(plan, xmlDocGetRootElement(doc));
    }
    xmlFreeDoc(doc);
    xmlFreeParserCtxt(context);
    return err;
}

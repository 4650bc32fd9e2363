/* SPDX-License-Identifier: ISC */
/* detente has looked for document types, depth and number of elements before (plan_xml.c). */
#include <string.h>

#include <jansson.h>
#include <libxml/parser.h>
#include <libxml/tree.h>

#include "read/read.h"

static bool add_child(json_t *to, const xmlNode *child, bool blanks);

/* False where memory is out or a text is no JSON text. */
static bool add_attributes(json_t *to, const xmlNode *node)
{
    bool good = true;
    for (const xmlAttr *at = node->properties; at != NULL && good; at = at->next) {
        xmlChar *value = at->ns == NULL ? xmlNodeListGetString(node->doc, at->children, 1) : NULL;
        good = at->ns != NULL || json_object_set_new(to, (const char *)at->name,
                                                     json_string(value != NULL ? (const char *)value : "")) == 0;
        xmlFree(value);
    }
    return good;
}

static json_t *element(const xmlNode *node)
{
    json_t *attributes = json_object();
    json_t *made = json_pack("[s, o]", (const char *)node->name, attributes);
    bool good = made != NULL && add_attributes(attributes, node), inside = false;
    for (const xmlNode *at = node->children; at != NULL; at = at->next) {
        inside = inside || at->type == XML_ELEMENT_NODE;
    }
    for (const xmlNode *at = node->children; at != NULL && good; at = at->next) {
        good = add_child(made, at, !inside);
    }
    if (!good) {
        json_decref(made);
    }
    return good ? made : NULL;
}

/* `blanks`: texts of nothing but blanks count too; between elements they do not. */
static bool add_child(json_t *to, const xmlNode *child, bool blanks)
{
    if (child->type == XML_ELEMENT_NODE) {
        return json_array_append_new(to, element(child)) == 0;
    }
    const bool text = child->type == XML_TEXT_NODE || child->type == XML_CDATA_SECTION_NODE;
    return !text || (!blanks && xmlIsBlankNode(child)) ||
           json_array_append_new(to, json_string((const char *)child->content)) == 0;
}

static enum read_status write_tree(const xmlNode *root, FILE *out)
{
    json_t *tree = root != NULL ? element(root) : NULL;
    const bool good = tree != NULL && json_dumpf(tree, out, JSON_COMPACT) == 0;
    json_decref(tree);
    return good ? READ_DONE : READ_FAILED;
}

enum read_status read_xml(const char *data, size_t size, FILE *out)
{
    xmlParserCtxt *context = size <= READ_MAX ? xmlNewParserCtxt() : NULL;
    if (context == NULL) {
        return READ_FAILED;
    }
    xmlDoc *doc = xmlCtxtReadMemory(context, data, (int)size, NULL, "UTF-8",
                                    XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING |
                                        XML_PARSE_NOCDATA);
    enum read_status status = READ_REASON;
    if (doc == NULL) {
        const xmlError *e = xmlCtxtGetLastError(context);
        fprintf(out, "line %d", e != NULL ? e->line : 0);
    } else if (doc->intSubset != NULL || doc->extSubset != NULL) {
        fputs("type", out); /* its entities would say one thing here and another elsewhere */
    } else {
        status = write_tree(xmlDocGetRootElement(doc), out);
    }
    xmlFreeDoc(doc);
    xmlFreeParserCtxt(context);
    return status;
}

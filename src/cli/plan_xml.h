/* SPDX-License-Identifier: ISC */
/*
 * plan_xml - a small XML document, parsed by libxml2 after it was found harmless: no document
 * type (so no entities), limited depth and elements, nothing fetched. Names are without
 * their namespace prefix: files in the wild have every version of it, and none.
 */
#ifndef DT_CLI_PLAN_XML_H
#define DT_CLI_PLAN_XML_H

#include <libxml/tree.h>

#include "cli/plan.h"

enum { DT_XML_DEPTH = 32, DT_XML_ELEMENTS = 200000 };

bool dt_xml_is(const xmlNode *node, const char *name);
/* The first, then each further element under this one; NULL at the end. `name` NULL: any. */
const xmlNode *dt_xml_child(const xmlNode *parent, const char *name);
const xmlNode *dt_xml_next(const xmlNode *node, const char *name);
/* To be freed with free(); NULL if there is none. */
char *dt_xml_text(const xmlNode *node);
char *dt_xml_attribute(const xmlNode *node, const char *name);
/* The text of child `name`, if there is one, as property `property`. */
DT_MUST_USE enum dt_err dt_xml_set(struct dt_plan *plan, json_t *properties, const char *property,
                                   const xmlNode *parent, const char *name);

/* Readers of a document whose root they know. */
DT_MUST_USE enum dt_err dt_plan_read_gpx(struct dt_plan *plan, const xmlNode *root);
DT_MUST_USE enum dt_err dt_plan_read_kml(struct dt_plan *plan, const xmlNode *root);
DT_MUST_USE enum dt_err dt_plan_read_cot(struct dt_plan *plan, const xmlNode *root);

#endif

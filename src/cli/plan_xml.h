/* SPDX-License-Identifier: ISC */
/*
 * plan_xml - a small XML document, parsed by detente-read after it was found harmless: no
 * document type (so no entities), limited depth and elements, nothing fetched. What comes
 * back is a tree in JSON; what is said here of nodes is said of its arrays. Names are
 * without their namespace prefix: files in the wild have every version of it, and none.
 */
#ifndef DT_CLI_PLAN_XML_H
#define DT_CLI_PLAN_XML_H

#include "cli/plan.h"

enum { DT_XML_DEPTH = 32, DT_XML_ELEMENTS = 200000 };

bool dt_xml_is(const json_t *node, const char *name);
const char *dt_xml_name(const json_t *node);
/* The first element of that name, NULL if there is none. */
const json_t *dt_xml_child(const json_t *parent, const char *name);
/* Each element in turn, from *i = 0; `name` NULL: any. NULL at the end. */
const json_t *dt_xml_next(const json_t *parent, const char *name, size_t *i);
/* All text in it, to be freed with free(); NULL without a node. */
char *dt_xml_text(const json_t *node);
/* Borrowed; NULL if there is none. */
const char *dt_xml_attribute(const json_t *node, const char *name);
/* The text of child `name`, if there is one, as property `property`. */
DT_MUST_USE enum dt_err dt_xml_set(struct dt_plan *plan, json_t *properties, const char *property,
                                   const json_t *parent, const char *name);

/* Readers of a document whose root they know. */
DT_MUST_USE enum dt_err dt_plan_read_gpx(struct dt_plan *plan, const json_t *root);
DT_MUST_USE enum dt_err dt_plan_read_kml(struct dt_plan *plan, const json_t *root);
DT_MUST_USE enum dt_err dt_plan_read_cot(struct dt_plan *plan, const json_t *root);

#endif

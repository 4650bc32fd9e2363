/* SPDX-License-Identifier: ISC */
/* xml - what the writers of XML share: an element of theirs is open, this goes into it. */
#ifndef DT_DRAW_XML_H
#define DT_DRAW_XML_H

#include <libxml/xmlwriter.h>

#include "draw/draw.h"

static inline const xmlChar *x(const char *text)
{
    return (const xmlChar *)text;
}

/* An element with a text; nothing for an empty one. */
void draw_element(xmlTextWriter *w, const char *name, const char *text);
/* "EXERCISE STATIC NORD Post". */
void draw_name(char *out, size_t capacity, const json_t *properties);
/* "100 m AMSL", "FL100", or NULL-limit: "UNL". */
void draw_height(char *out, size_t capacity, const json_t *properties, const char *key);
/* All that a drawing cannot say, in words. */
void draw_remarks(xmlTextWriter *w, const json_t *feature, const json_t *about);
/* How many, of when, until when, and what this format loses. */
void draw_summary(xmlTextWriter *w, const json_t *about);

/* One document with this root, its attributes and content written by `fill`. */
typedef void draw_filler(xmlTextWriter *w, const json_t *collection);
bool draw_document(const char *root, draw_filler *fill, const json_t *collection, FILE *out);

#endif

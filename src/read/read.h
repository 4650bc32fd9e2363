/* SPDX-License-Identifier: ISC */
/*
 * read - what detente-read is made of: foreign bytes on standard input, something plain on
 * standard output. It is a program of its own so that no parser of XML or archives is loaded
 * where keys are; it can open neither file nor socket, and its time and memory are limited.
 *
 *     xml   an XML document -> JSON: an element is ["name", {attributes}, children …],
 *           a child an element or a text; names are without namespace prefix
 *     kmz   a ZIP archive -> the one .kml in it, as it is
 *
 * What cannot be read is a reason: one word, and for XML the line. The words for people are
 * detente's (src/cli/plan_xml.c).
 */
#ifndef DT_READ_READ_H
#define DT_READ_READ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

enum { READ_MAX = 10 << 20 }; /* bytes in, and bytes of a .kml out */

enum read_status {
    READ_DONE = 0,
    READ_FAILED = 1, /* ours: memory, output */
    READ_USAGE = 2,
    READ_REASON = 3, /* a reason was written instead */
};

enum read_status read_xml(const char *data, size_t size, FILE *out);
enum read_status read_kmz(const char *data, size_t size, FILE *out);
/* Either, by its name. */
enum read_status read_as(const char *what, const char *data, size_t size, FILE *out);

#endif

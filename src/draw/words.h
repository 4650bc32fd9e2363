/* SPDX-License-Identifier: ISC */
/*
 * words - what a sheet says, in English and French beside each other, as paragraphs: the
 * page (sheet.c) and the text come out of the same ones.
 */
#ifndef DT_DRAW_WORDS_H
#define DT_DRAW_WORDS_H

#include "draw/draw.h"

/* `label` may be ""; both are plain UTF-8. */
typedef void (*words_fn)(void *ctx, const char *label, const char *text);

void words_head(const json_t *sheet, words_fn put, void *ctx);      /* who, when, what is asked */
/* Coordinates: so many positions, and then how many are not there. */
void words_places(const json_t *sheet, unsigned limit, words_fn put, void *ctx);
void words_disclosed(const json_t *sheet, words_fn put, void *ctx); /* who may read it */
void words_slip(const json_t *sheet, words_fn put, void *ctx);      /* to be filled in */

const char *words_exercise(const json_t *sheet); /* NULL on an operation's line */

#endif

/* SPDX-License-Identifier: ISC */
/*
 * desk_fixture - a desk without a terminal: replies and keys in, rows and actions out.
 * NORD sits at it, SUED is the other side; the line is line2222.
 */
#ifndef DT_TESTS_DESK_FIXTURE_H
#define DT_TESTS_DESK_FIXTURE_H

#include <stdlib.h>
#include <string.h>

#include "cli/desk.h"
#include "test.h"

#define T INT64_C(1789000000000)

extern struct desk d;
extern struct desk_screen s;

json_t *parse(const char *text);
/* Something of SUED that waits for NORD. */
json_t *item(const char *id, const char *kind, const char *precedence, int64_t time,
             const char *text);
void feed_waiting(int64_t now, json_t *a, json_t *b);
/* A desk with a quiet line, and with an officer unlocked or not. */
void begin(bool officer);
/* Does a screen of 24 x 80 hold these words? */
bool shows(const char *words, int64_t now);
void press(const char *keys, int64_t now);
bool next_is(enum desk_do what, struct desk_action *a);
/* Does drawing at `now` lead to a SHOWN record? */
bool shown_at(int64_t now);
void look(int64_t now);

#endif

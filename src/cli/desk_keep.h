/* SPDX-License-Identifier: ISC */
/*
 * desk_keep - what outlives a desk whose terminal goes: the half-typed text, and the
 * knowledge whether another desk of this home is still open.
 *
 *     desk 0 --- byte 0 of desk.lock, desk-0.text
 *     desk 1 --- byte 1 of desk.lock, desk-1.text …
 *
 * The text lies in the home as it was typed: 0600, not encrypted, overwritten in place while
 * it grows and shredded when it is sent or discarded. A desk that opens takes up the first
 * text that no other open desk holds. With all places taken, a text is not kept.
 */
#ifndef DT_CLI_DESK_KEEP_H
#define DT_CLI_DESK_KEEP_H

#include "cli/desk.h"

enum { DESK_KEEP_PLACES = 8 };

struct desk_keep {
    int lock;  /* descriptor of desk.lock; -1 none */
    int place; /* -1 none */
    const struct dt_home *home;
    char *saved;      /* owned; what the file holds; NULL: there is none */
    size_t file_size; /* never shrinks before it is shredded */
    int64_t saved_ms;
};

/* Takes a place, and the text that lies there into the desk. */
void desk_keep_open(struct desk_keep *k, const struct dt_home *home, struct desk *d);
/* Writes the text if it has changed, once a second at most, or at once with `now`. */
void desk_keep_save(struct desk_keep *k, const struct desk *d, int64_t now_ms, bool now);
/* Gives the place back. True if no other desk is open in this home: of several that close
 * together, the last. */
bool desk_keep_close(struct desk_keep *k);

#endif

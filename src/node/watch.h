/* SPDX-License-Identifier: ISC */
/*
 * watch - the node's part of a watch: link tests, who is at the desks, what has not been
 * acknowledged and what is tried next, what was shown (protocol.md section 12).
 * The rules are view/watch.h; here are the clock, the store and the links.
 */
#ifndef DT_NODE_WATCH_H
#define DT_NODE_WATCH_H

#include "node/state.h"

/* --- link tests (echo.c) ------------------------------------------------------------ */

/* Items of payloads of no line; false if `first` is another's. */
bool dt_echo_receive(struct dt_node *n, struct dt_contact *c, struct dt_reader *r);
/* The items that wait for that contact: their size, 0 for none. `out` has DT_ECHO_MAX. */
enum { DT_ECHO_MAX = 64 };
size_t dt_echo_next(struct dt_contact *c, uint8_t *out);
/* Something is being sent to the contact anyway: a test that is nearly due goes along, and
 * neither side wakes for it. */
void dt_echo_along(struct dt_node *n, struct dt_contact *c, int64_t now_us);
/* Tests that are due, misses to be recorded. */
void dt_echo_tick(struct dt_node *n, int64_t now_us);
int64_t dt_echo_deadline(const struct dt_node *n);

/* --- the watch (watch.c) ------------------------------------------------------------ */

/* What it is worth to whoever has to be woken: a CHECK_FIRE is FLASH. */
enum dt_precedence dt_watch_precedence(const struct dt_fact *fact);
/* A record's fact: desks, and what of ours awaits an acknowledgement. */
DT_MUST_USE enum dt_err dt_watch_note(struct dt_line *line, const struct dt_fact *fact,
                                      dt_store_key key);
/* A record of our own that nobody wrote for an officer, to the members marked in `to` (NULL: to
 * all); in the pass's transaction. What is about a record that says NO DUFF says it too; `about`
 * NULL: about none. */
DT_MUST_USE enum dt_err dt_watch_append(struct dt_line *line, unsigned kind, struct dt_span body,
                                        const bool *to, enum dt_precedence precedence,
                                        const struct dt_fact *about);
/* Desks as the facts in the store tell them. */
DT_MUST_USE enum dt_err dt_watch_load(struct dt_line *line);
/* Writes the ATTEMPT records that are due; in the pass's transaction. */
void dt_watch_tick(struct dt_node *n, int64_t now_ms);
/* Just started: what another node of our party asked and tried meanwhile is not here yet. */
bool dt_watch_settling(const struct dt_node *n);
/* A MISSED record; without one, for want of disk, the log line must do. */
void dt_watch_missed(struct dt_line *line, enum dt_missed what, unsigned member, int64_t since_ms,
                     unsigned in_a_row);
/* us, monotonic. */
int64_t dt_watch_deadline(const struct dt_node *n, int64_t now_us);

/* Tests of people (human.c): a record that may answer one; tests and misses that are due; when
 * next. */
void dt_human_note(struct dt_line *line, const struct dt_fact *fact);
void dt_human_tick(struct dt_node *n, int64_t now_ms);
int64_t dt_human_deadline_ms(const struct dt_node *n);

/* The desk of a member as it is known now. */
struct dt_desk_view dt_watch_desk(const struct dt_line *line, unsigned member, int64_t now_ms);
/* Of all lines that have that party: the best known. */
struct dt_desk_view dt_watch_desk_of(struct dt_node *n, const uint8_t root[static DT_PUBLIC_SIZE],
                                     int64_t now_ms);

#endif

/* SPDX-License-Identifier: ISC */
/*
 * blind - what the node does about runs of blind notices (docs/blind.md): it holds both sides
 * to the caps, raises the alarm about who asks beyond them, and answers `blind`. Cells, secrets
 * and arithmetic are the officer's own program's (cli/blind.h); the node never has them.
 */
#ifndef DT_NODE_BLIND_H
#define DT_NODE_BLIND_H

#include "blind/budget.h"
#include "node/state.h"

/* Our own entry: QUOTA beyond the caps of a day; DUPLICATE for a second answer or a second last
 * word of ours, EXPIRED for the answer to a proposal older than a day, BAD_VALUE for other
 * terms than were proposed. Other kinds pass. */
DT_MUST_USE enum dt_err dt_blind_entry(struct dt_line *line, const struct dt_fact *fact);

/* The list that `fact` asks about, among those of its author with that member in the day before:
 * QUOTA beyond the caps. */
DT_MUST_USE enum dt_err dt_blind_within(struct dt_line *line, const struct dt_fact *fact, unsigned member);

/* A proposal by which its member asks us for more than the caps of a day. */
bool dt_blind_beyond(struct dt_line *line, const struct dt_fact *fact);

#endif

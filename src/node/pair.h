/* SPDX-License-Identifier: ISC */
/*
 * pair - getting to know one party over the link: commit, reveal, compare by voice.
 *
 * protocol.md section 10. An officer opens a window for one card; both nodes commit to a
 * nonce, then reveal it, and show a code of 40 bits over both cards and nonces. Nobody
 * between them can choose a nonce after having seen the other's. Until an officer says
 * that the codes are the same, the party is not kept: the window's end forgets it.
 */
#ifndef DT_NODE_PAIR_H
#define DT_NODE_PAIR_H

#include "node/state.h"

#define DT_PAIR_WINDOW INT64_C(600000000) /* us */

/* Opens the window for `card`; the code goes to `client` as an event. One at a time:
 * BAD_STATE while another card's is open. */
DT_MUST_USE enum dt_err dt_pair_open(struct dt_node *n, struct dt_client_state *client,
                                     struct dt_span card);
/* The officers have compared. BAD_STATE if there is no code for that root. */
DT_MUST_USE enum dt_err dt_pair_confirm(struct dt_node *n, const uint8_t *root);

/* A payload of tag 0 from a contact. */
void dt_pair_receive(struct dt_node *n, const struct dt_contact *c, struct dt_reader *r);
/* What is to be sent to this contact now; 0 if nothing. `out` has 128 bytes. */
size_t dt_pair_next(struct dt_node *n, const struct dt_contact *c, int64_t now_us, uint8_t *out);
/* Ends a window that has passed. */
void dt_pair_tick(struct dt_node *n, int64_t now_us);
int64_t dt_pair_deadline(const struct dt_node *n);

#endif

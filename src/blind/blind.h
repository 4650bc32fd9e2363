/* SPDX-License-Identifier: ISC */
/*
 * blind - two parties learn which of their space-time cells both have, and nothing else
 * about the other's (docs/blind.md: what that is worth, and what it is not).
 *
 *     volumes -> cells -> [blind] <-> messages of the other party
 *
 * Each has a scalar for the session, maps its cells to points of ristretto255 (group.h), and
 * multiplies them: HELLO with a commitment to cells and scalar, LIST of the points, padded to
 * a size both agreed on and sorted; REPLY with the other's points multiplied once more, in
 * their order, with a proof that each was multiplied by the scalar of the HELLO's key. What
 * both multiplied is equal where the cells are. Six messages in four flights: HELLO; HELLO and
 * LIST back; LIST and REPLY of the one that asks, so it has told before it is told; the last
 * REPLY.
 *
 *     dt_blind_new -> { dt_blind_next | dt_blind_receive } x 6 -> dt_blind_common
 *
 * Ownership: dt_blind_new copies what it is given; dt_blind_free wipes and frees. Nothing
 * here knows who the other is: messages travel in what is authenticated (records, sessions).
 * No clock, no entropy: both come in. One thread a session.
 */
#ifndef DT_BLIND_BLIND_H
#define DT_BLIND_BLIND_H

#include "blind/budget.h"
#include "blind/cells.h"
#include "blind/message.h"

struct dt_blind_terms { /* equal on both sides */
    uint8_t line[DT_HASH_SIZE];
    uint32_t slot_ms;
    uint32_t size; /* DT_BLIND_SIZE_MIN..MAX: cells of each list, padding included */
};

struct dt_blind;

enum { DT_BLIND_MESSAGES = 6 };

/* Whose turn message number `step` (0..5) is, and what it is. */
enum dt_blind_role dt_blind_turn(size_t step);
enum dt_blind_kind dt_blind_due(size_t step);

/* `secret`: 32 fresh random bytes, kept by the caller as long as it may have to open the
 * session. `cells`: ascending, each once. Charges `budget`, which is the other member's;
 * it must outlive the session. QUOTA: no session with that member now. CAPACITY: more cells than the size.
 * BAD_VALUE: terms out of range. NOT_CANONICAL: cells not in order. NO_MEMORY. */
DT_MUST_USE enum dt_err dt_blind_new(struct dt_blind **out, const struct dt_blind_terms *terms,
                                     enum dt_blind_role role,
                                     const uint8_t secret[static DT_BLIND_SECRET_SIZE],
                                     const uint64_t *cells, size_t count,
                                     struct dt_blind_budget *budget, int64_t now_ms);
void dt_blind_free(struct dt_blind *b);

/* The message that is due from here. BAD_STATE if it is the other's turn, or all is done;
 * CAPACITY if the writer has no room for it (DT_BLIND_MESSAGE_MAX is enough): then it is
 * still due. */
DT_MUST_USE enum dt_err dt_blind_next(struct dt_blind *b, struct dt_writer *w);

/* Takes the other's message; a refused one changes nothing. As dt_blind_message_read, and
 *   BAD_STATE      not its turn, or not the message that is due
 *   BAD_HASH       follows other messages than those seen here: one was changed on its way
 *   UNKNOWN_LINE   about another line
 *   BAD_VALUE      another slot or size than agreed, the wrong role, no point of the group
 *   BAD_KEY        no point, or our own
 *   NOT_CANONICAL  a list that is not sorted or has a point twice
 *   BAD_PROOF      points that were not multiplied by the scalar of the key */
DT_MUST_USE enum dt_err dt_blind_receive(struct dt_blind *b, struct dt_span message);

bool dt_blind_done(const struct dt_blind *b);
/* Messages so far, of both. */
size_t dt_blind_step(const struct dt_blind *b);
/* The hash of all messages so far: what the next one follows. */
void dt_blind_after(const struct dt_blind *b, uint8_t after[static DT_HASH_SIZE]);

/* Our cells that the other has too, ascending; borrowed. BAD_STATE before the end. */
DT_MUST_USE enum dt_err dt_blind_common(const struct dt_blind *b, const uint64_t **cells, size_t *count);

/* The OPENING: secret and cells, for a third party; any time after both HELLOs. It gives the
 * whole list away, and through it which cells both have. */
DT_MUST_USE enum dt_err dt_blind_open(const struct dt_blind *b, struct dt_writer *w);

/* --- the third party ----------------------------------------------------- */

struct dt_blind_judged {
    enum dt_blind_role role; /* of the side that was opened */
    struct dt_span cells;    /* 8 bytes each, ascending; borrowed from the opening */
    bool complete;           /* both replies are there and proved */
    size_t common;           /* with `complete`: how many of the cells both had */
};

/* Whether an opening fits the messages of its session as they stand in the logs, `count` of
 * them from the first (at least those up to the opened side's LIST).
 *   DOES_NOT_OPEN  another secret or other cells than were committed to
 *   BAD_HASH       of another session, or messages that do not follow one another
 *   BAD_KEY        the key was not made from that secret
 *   BAD_PROOF      the LIST was not made of those cells, or a reply does not prove
 *   and as dt_blind_receive. About 3 s for 10,240 cells. */
DT_MUST_USE enum dt_err dt_blind_judge(struct dt_blind_judged *out, struct dt_span opening,
                                       const struct dt_span *messages, size_t count);

#endif

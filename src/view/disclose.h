/* SPDX-License-Identifier: ISC */
/*
 * disclose - the records about who is told more: DISCLOSED, by a notice's author, and RAISED,
 * by a member that sees more. protocol.md section 8; rules of the encoders as in body.h.
 *
 * A DISCLOSED says that a key was given, to whom and up to which tier; the key itself is in a
 * GRANT. Without an officer it is one that the author's node gave by a rule of its author's,
 * names the notice of the other side that it is about, and is never beyond the shape.
 *
 * A RAISED names two notices that come too close, and how grave that is: no place, no shape.
 */
#ifndef DT_VIEW_DISCLOSE_H
#define DT_VIEW_DISCLOSE_H

#include "log/tier.h"
#include "view/body.h"

struct dt_body_disclosed {
    struct dt_ref notice;
    enum dt_tier tier; /* cell or more */
    unsigned member;
    int64_t expiry_ms; /* of the key */
    bool automatic;    /* because of: */
    struct dt_ref because;
};

DT_MUST_USE enum dt_err dt_body_disclosed_encode(uint8_t *out, size_t capacity, size_t *size,
                                                 const struct dt_body_disclosed *b);
/* An automatic one beyond the shape, or that an officer signs: BAD_VALUE. */
DT_MUST_USE enum dt_err dt_body_disclosed_decode(struct dt_body_disclosed *out,
                                                 struct dt_span body);

struct dt_body_raised {
    struct dt_ref a, b; /* two notices of different members */
    int64_t severity;   /* enum dt_severity */
};

/* The plaintext to be sealed; the clear body is dt_body_empty_encode(). */
DT_MUST_USE enum dt_err dt_body_raised_encode(uint8_t *out, size_t capacity, size_t *size,
                                              const struct dt_body_raised *b);
DT_MUST_USE enum dt_err dt_body_raised_decode(struct dt_body_raised *out, struct dt_span plain);

#endif

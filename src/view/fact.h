/* SPDX-License-Identifier: ISC */
/*
 * fact - what one record says, in a row: the unit every view is built from.
 *
 * A fact is a function of charter, record and its log's prefix alone; never of the
 * local clock, settings or order of arrival (design: common view). The store keeps
 * one row a record; stages, inboxes, notices and conflicts are derived from rows.
 * So equal sets of records give equal rows, and equal digests.
 *
 * Plain data; borrowed nothing.
 */
#ifndef DT_VIEW_FACT_H
#define DT_VIEW_FACT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/err.h"
#include "log/charter.h"
#include "log/header.h"
#include "view/members.h"

enum {
    DT_VIEW_VERSION = 4,
    DT_FORCE_NAME_MAX = DT_TEXT_MAX,
    DT_OFFICER_KEYS_MAX = 8, /* certificates of one officer's number on a line that are tried */
};

/* Why an officer's signature that is right does not count. */
enum dt_officer_doubt {
    DT_OFFICER_SURE,
    DT_OFFICER_REVOKED, /* the key was revoked, and this place is not before its last good size */
    DT_OFFICER_SECOND,  /* of two keys for one number the one that came later */
};

struct dt_fact {
    uint16_t wid;
    uint64_t seq;
    uint8_t leaf[DT_HASH_SIZE];
    unsigned kind;   /* enum dt_kind or an unknown number */
    int64_t time_ms; /* the author's claim */
    unsigned flags;  /* of the header */
    enum dt_err err; /* DT_OK, or why the record is invalid: shown, without effect */
    bool sealed;     /* has a sealed part */
    bool has_target;
    struct dt_ref target; /* body key 1 */
    bool target_matches;  /* the record referred to is held and was judged: dt_fact_refer() */
    int64_t code;         /* body key 5: state, scope, answer …; category for a NOTICE */
    int64_t number[4];    /* the kind's own, see below */
    unsigned officer;     /* operator number of key 15; 0 none */
    unsigned second;      /* of key 16 */
    bool officer_valid;   /* its signature verified against a certificate held; for a
                           * record with two officers: both */
    enum dt_officer_doubt officer_doubt; /* else why it does not hold, if that is known */
    char force[DT_FORCE_NAME_MAX + 1]; /* PASSED_ON */
    struct dt_members to; /* of NOTICE, NOTICE_STATE: whom it is addressed to; nobody: all */
    bool absent;                       /* the body is not held: nothing is known but the header */
};

/*
 * code and number[] by kind; all else 0:
 *
 *   OPEN          code certificate number   number[0] predecessors named
 *   KEY           code statement type       number[0] certificate or operator number
 *   GRANT                                   number[0] expiry, [1] boxes
 *   PASSED_ON     code state                number[0] told, [1] units; -1 not said
 *   POSITION      code position
 *   CHECK_FIRE    code scope                number[0] lat, [1] lon (1e-7 degree),
 *                                           [2] radius mm, [3] since ms; 0 not said
 *   FIRE_ANSWER   code answer               number[0] stopped at ms; 0 not said
 *   NOTICE        code category             number[0] request, [1] start, [2] end,
 *                                           [3] 1 for a movement
 *   NOTICE_STATE  code state                number[0] new end ms; 0 none
 *   SUSPEND       code 1 suspended, 0 resumed
 *   TEST          code nonce
 *   MESSAGE       code subject
 *   WATCH         code event                number[0] until ms, [1] open items accepted
 *   MISSED        code what                 number[0] member, [1] since ms, [2] in a row
 *   ATTEMPT       code step                 number[0] member, [1] deadline ms
 *   DISCLOSED     code tier                 number[0] member, [1] expiry ms, [2] 1 if automatic
 *   REPORTED      code means                number[0] member, [1] when ms, [2] what; force: who
 *   CONFLICT      code step                 number[0], [1] wid, seq of the second version,
 *                                           [2] first 60 bits of the conflict's id,
 *                                           [3] 1 if an amended version is offered
 *   OUTCOME       code outcome              number[0] when ms, [1] minutes; 0 not said
 *   BLIND         code event                number[0] size, [1] slot ms (both of a HELLO; else 0),
 *                                           [2] member addressed, [3] message refused
 *   BLIND_PART    code message              number[0] part, [1] of so many
 */

/*
 * Looks up the keys of an officer of the party of `wid`: the nth certificate of that number,
 * by the place of its KEY record; NULL if there are no more. *holds is false for a key that
 * was revoked and whose last good size of that log is not above `seq`. To keep views
 * comparable it must know exactly the certificates and revocations that KEY records of
 * this line carry. When one arrives late, facts that named it are made again.
 *
 * Of several keys the first that holds is the officer's. What another one signed is no
 * forgery, and does not count: officer_doubt says why.
 */
struct dt_officers {
    const uint8_t *(*key)(const void *context, uint16_t wid, uint64_t seq, unsigned number,
                          size_t nth, bool *holds);
    const void *context;
};

/*
 * Makes the fact of one record whose leaf is in the log. Content never fails it: what
 * is wrong stands in out->err, and then code, number, target and force are empty
 * (officer, sealed and the header's fields stay, as far as they could be read).
 *
 *   UNKNOWN_VERSION  the header is of a later version
 *   UNKNOWN_PARTY    no such member in the charter
 *   BAD_HASH         `body` is not the one the header names
 *   NOT_ALLOWED      class operation on an exercise line; OPEN not at 0 or something
 *                    else there; KEY not signed by the own root; RECALL, LIFT, an
 *                    amendment or NOTICE_STATE about another party's record
 *   UNKNOWN_LINE     OPEN for another line
 *   BAD_SIGNATURE    a known officer did not sign this; in OPEN the root did not accept
 *   NEEDS_SECOND     LIFT by one officer; a record for which the charter asks two
 *   BAD_VALUE        also: addresses or references members that are not there, or a
 *                    later record of its own log; a force that is not the author's
 *   and what dt_body_check() says.
 *
 * An unknown kind is no error: kind and header are filled. `body` is empty where it is
 * not held (out->absent, without error: a CHECK_FIRE alarms even so) or has size 0.
 * An officer's signature over a sealed body needs the plaintext and is not tried here:
 * officer_valid is false then. Returns DT_OK always; `officers` may be NULL (none known).
 */
enum dt_err dt_fact_from_record(struct dt_fact *out, const struct dt_charter *charter, uint16_t wid,
                                uint64_t seq, struct dt_span header, struct dt_span body,
                                const struct dt_officers *officers);
/* The same for a record that was made here, or whose header was completed from this very body
 * (dt_header_complete()), and whose leaf hash is known: neither is hashed again. */
enum dt_err dt_fact_from_made(struct dt_fact *out, const struct dt_charter *charter, uint16_t wid,
                              uint64_t seq, const uint8_t leaf[static DT_HASH_SIZE],
                              struct dt_span header, struct dt_span body,
                              const struct dt_officers *officers);

/* Of a NOTICE or NOTICE_STATE, which stops counting only when those it was told to have
 * acknowledged its end: whom it names; of others nobody. */
struct dt_members dt_fact_addressees(const struct dt_header *header);

/* --- what a record refers to ------------------------------------------------------ */

/*
 * The second half of the judgement: `leaf` and `header` are those of the record at the
 * place fact->target names, as soon as it is held. A reference names one record by its
 * leaf hash, so what comes of this does not depend on when it came. Until then the fact
 * is valid and its reference leads nowhere; so it is for ever if the leaf is another.
 *
 *   WRONG_RECORD   a record of that kind cannot be acknowledged, answered, lifted, amended …
 *                  by one of this kind. A CHECK_FIRE is never judged by what it is near.
 *   NOT_ADDRESSED  a receipt or position by a member the record was not addressed to;
 *                  CHECK_FIRE, RECALL and LIFT are for everybody
 */
void dt_fact_refer(struct dt_fact *fact, const uint8_t leaf[static DT_HASH_SIZE],
                   struct dt_span header);

/* What is invalid has no effect: sets the reason and leaves nothing to use. */
void dt_fact_void(struct dt_fact *fact, enum dt_err err);

/* --- digest of a view (protocol.md section 11) ------------------------------ */

/*
 * Facts are added ascending by (wid, seq); invalid ones are passed over, as their
 * author's log says enough about them. `target_matches` and `absent`, which are not
 * the record's own, do not enter, nor `to`, for which the leaf stands.
 */
struct dt_view_digest {
    uint8_t state[DT_HASH_SIZE];
    uint64_t facts;
    bool any;
    uint16_t wid; /* of the fact added last */
    uint64_t seq;
};

void dt_view_digest_init(struct dt_view_digest *digest);
/* BAD_STATE, and nothing changed, if `fact` is not after the one before it. */
DT_MUST_USE enum dt_err dt_view_digest_add(struct dt_view_digest *digest,
                                           const struct dt_fact *fact);
void dt_view_digest_end(const struct dt_view_digest *digest, uint8_t out[static DT_HASH_SIZE]);

#endif

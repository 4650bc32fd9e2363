/* SPDX-License-Identifier: ISC */
/*
 * body - what each kind of record says: one struct a kind, written to and read
 * from its deterministic map. protocol.md section 8; NOTICE is in notice.h, what a
 * watch adds in watch_body.h.
 *
 *     officer or node -> [body] -> seal, sign -> log -> [body] -> fact
 *
 * An encoder writes the map without officers (keys 15, 16) and without the sealed
 * part (key 30): the officer's program signs what was written, then
 * dt_body_add_officer() adds the signature in its place. Encoders refuse what the
 * decoders would refuse, with the same error, and TOO_LARGE beyond `capacity` or the
 * limit of a body; *size is left alone then, and `out` means nothing.
 *
 * A decoder takes the clear body (or the opened plaintext, where it says so) as it
 * came from a peer, judges form and content, and says TRUNCATED, TRAILING,
 * NOT_CANONICAL, BAD_TYPE, BAD_VALUE, BAD_UTF8, TOO_LARGE or MISSING_FIELD. Keys it
 * does not know are ignored. Whether a reference leads anywhere, whether an officer
 * signed and whether this party may say it is judged in fact.h.
 *
 * Ownership: spans in decoded structs point into the bytes given. Pure; nothing
 * allocates.
 */
#ifndef DT_VIEW_BODY_H
#define DT_VIEW_BODY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "geo/point.h"
#include "log/header.h"
#include "log/seal.h"
#include "log/statement.h"

enum {
    DT_BODY_TEXT_MAX = 8000, /* bytes of a free text, at least 1 */
    DT_LANGUAGE_MAX = 16,    /* characters of a BCP 47 tag, at least 2 */
    DT_BODY_OFFICER = DT_BODY_KEY_OFFICER,
    DT_BODY_SECOND = DT_BODY_KEY_OFFICER + 1,
    DT_OPERATOR_MAX = 999,
    DT_UNITS_MAX = 1000000,   /* units told, in PASSED_ON */
    DT_GRANT_BOXES_MAX = 180, /* as many as fit a body */
};

/* "ar", "en-GB", "sr-Latn": letters, digits and inner hyphens, a letter first. */
bool dt_language_valid(const char *language);

/* Valid UTF-8 of 1..DT_BODY_TEXT_MAX bytes without NUL: TOO_LARGE, BAD_VALUE or BAD_UTF8. */
DT_MUST_USE enum dt_err dt_body_text_check(struct dt_span text);

/* Form alone: one deterministic map of at most DT_BODY_MAX bytes. */
DT_MUST_USE enum dt_err dt_body_map(struct dt_span body);

/* A free text as a map's field; a language. */
DT_MUST_USE enum dt_err dt_body_field_text(struct dt_span map, uint64_t key, struct dt_span *out);
DT_MUST_USE enum dt_err dt_body_field_language(struct dt_span map, uint64_t key,
                                               char out[static DT_LANGUAGE_MAX + 1]);

/* --- officers ------------------------------------------------------------- */

struct dt_officer_mark {
    unsigned number; /* 1..DT_OPERATOR_MAX */
    uint8_t signature[DT_SIGNATURE_SIZE];
};

/* Body `map` with [number, signature] at `key` (15 or 16), everything in order.
 * DUPLICATE if the key is there, BAD_VALUE for a bad number or key, TOO_LARGE if
 * `capacity` or the limit of a body is passed. `out` is not `body`'s memory. */
DT_MUST_USE enum dt_err dt_body_add_officer(uint8_t *out, size_t capacity, size_t *size,
                                            struct dt_span body, unsigned key, unsigned number,
                                            const uint8_t signature[static DT_SIGNATURE_SIZE]);

/* Reads key 15 or 16; MISSING_FIELD if it is not there. */
DT_MUST_USE enum dt_err dt_body_officer(struct dt_officer_mark *out, struct dt_span body,
                                        unsigned key);

/* How many officers' signatures a kind may carry: 0, 1 or, for a LIFT, 2. */
unsigned dt_body_officers(unsigned kind);

/* Judges a clear body of that kind whole, with the officers it must carry: MISSING_FIELD
 * without them, NEEDS_SECOND for a LIFT signed twice by one. An unknown kind passes if
 * it is a deterministic map. An empty span is TRUNCATED. */
DT_MUST_USE enum dt_err dt_body_check(unsigned kind, struct dt_span body);

/* --- OPEN, KEY, GRANT ------------------------------------------------------- */

struct dt_body_open {
    uint8_t line[DT_HASH_SIZE];
    struct dt_span certificate; /* a statement */
    uint8_t acceptance[DT_SIGNATURE_SIZE];
    struct dt_seen predecessors[DT_WRITERS_MAX]; /* its party's other logs, ascending */
    size_t predecessor_count;
};

DT_MUST_USE enum dt_err dt_body_open_encode(uint8_t *out, size_t capacity, size_t *size,
                                            const struct dt_body_open *b);
DT_MUST_USE enum dt_err dt_body_open_decode(struct dt_body_open *out, struct dt_span body);

/* The root's acceptance of a line by one writer: S(root; detente/1/accept; line, writer). */
void dt_accept_sign(uint8_t signature[static DT_SIGNATURE_SIZE],
                    const uint8_t line[static DT_HASH_SIZE],
                    const uint8_t writer[static DT_PUBLIC_SIZE],
                    const uint8_t root[static DT_SIGNER_SIZE]);
DT_MUST_USE bool dt_accept_verify(const uint8_t signature[static DT_SIGNATURE_SIZE],
                                  const uint8_t line[static DT_HASH_SIZE],
                                  const uint8_t writer[static DT_PUBLIC_SIZE],
                                  const uint8_t root[static DT_PUBLIC_SIZE]);

/* `statement`: certificate, operator certificate or revocation; its form is not judged here. */
DT_MUST_USE enum dt_err dt_body_key_encode(uint8_t *out, size_t capacity, size_t *size,
                                           struct dt_span statement);
DT_MUST_USE enum dt_err dt_body_key_decode(struct dt_span *statement, struct dt_span body);

struct dt_body_grant {
    uint8_t key_id[DT_KEY_ID_SIZE];
    struct {
        uint16_t wid;            /* the reader */
        const uint8_t *box;      /* DT_GRANT_BOX_SIZE bytes, borrowed */
    } boxes[DT_GRANT_BOXES_MAX]; /* at least one */
    size_t box_count;
    int64_t expiry_ms;
    bool single; /* for one record only: */
    uint16_t wid;
    uint64_t seq;
    unsigned tier;  /* of it (log/tier.h), DT_TIER_CELL or more; exact where nothing is said */
    bool shredded;  /* whoever has it destroys it at its expiry */
};

DT_MUST_USE enum dt_err dt_body_grant_encode(uint8_t *out, size_t capacity, size_t *size,
                                             const struct dt_body_grant *b);
DT_MUST_USE enum dt_err dt_body_grant_decode(struct dt_body_grant *out, struct dt_span body);

/* --- MESSAGE (all of it sealed) --------------------------------------------- */

struct dt_body_message {
    bool has_answered;
    struct dt_ref answered;
    struct dt_span text;
    char language[DT_LANGUAGE_MAX + 1];
};

/* The plaintext to be sealed; the clear body is dt_body_empty_encode(). */
DT_MUST_USE enum dt_err dt_body_message_encode(uint8_t *out, size_t capacity, size_t *size,
                                               const struct dt_body_message *b);
/* `plain`: opened, without padding. */
DT_MUST_USE enum dt_err dt_body_message_decode(struct dt_body_message *out, struct dt_span plain);

/* {}: the clear body of MESSAGE; of LEAVE before its officer signs. */
DT_MUST_USE enum dt_err dt_body_empty_encode(uint8_t *out, size_t capacity, size_t *size);

/* --- receipts ----------------------------------------------------------------- */

/* {1: reference}: SHOWN, ACK, LIFT, NAMED. */
DT_MUST_USE enum dt_err dt_body_ref_encode(uint8_t *out, size_t capacity, size_t *size,
                                           const struct dt_ref *ref);
DT_MUST_USE enum dt_err dt_body_ref_decode(struct dt_ref *out, struct dt_span body);

static inline enum dt_err dt_body_shown_encode(uint8_t *out, size_t capacity, size_t *size,
                                               const struct dt_ref *ref)
{
    return dt_body_ref_encode(out, capacity, size, ref);
}

static inline enum dt_err dt_body_ack_encode(uint8_t *out, size_t capacity, size_t *size,
                                             const struct dt_ref *ref)
{
    return dt_body_ref_encode(out, capacity, size, ref);
}

static inline enum dt_err dt_body_lift_encode(uint8_t *out, size_t capacity, size_t *size,
                                              const struct dt_ref *ref)
{
    return dt_body_ref_encode(out, capacity, size, ref);
}

enum dt_passed_state {
    DT_PASSED_TOLD,
    DT_PASSED_REFUSED,
    DT_PASSED_UNREACHABLE,
    DT_PASSED_WILL_NOT_SAY,
    DT_PASSED_STATES,
};

struct dt_body_passed_on {
    struct dt_ref ref;
    char force[DT_TEXT_MAX + 1];
    enum dt_passed_state state;
    int64_t told;  /* units told; -1 not said */
    int64_t units; /* of so many; -1 not said; told <= units when both are said */
};

DT_MUST_USE enum dt_err dt_body_passed_on_encode(uint8_t *out, size_t capacity, size_t *size,
                                                 const struct dt_body_passed_on *b);
DT_MUST_USE enum dt_err dt_body_passed_on_decode(struct dt_body_passed_on *out,
                                                 struct dt_span body);

enum dt_position {
    DT_POSITION_NO_OBJECTION,
    DT_POSITION_OBJECTION,
    DT_POSITION_CHANGE_REQUESTED,
    DT_POSITION_DECLINED,
    DT_POSITIONS,
};

struct dt_body_position {
    struct dt_ref ref;
    enum dt_position position;
    struct dt_span text; /* empty if there is none */
};

DT_MUST_USE enum dt_err dt_body_position_encode(uint8_t *out, size_t capacity, size_t *size,
                                                const struct dt_body_position *b);
DT_MUST_USE enum dt_err dt_body_position_decode(struct dt_body_position *out, struct dt_span body);

/* --- check fire ------------------------------------------------------------- */

enum dt_fire_scope { DT_FIRE_EVERYWHERE, DT_FIRE_AREA, DT_FIRE_NEAR_NOTICE, DT_FIRE_SCOPES };

struct dt_body_check_fire {
    enum dt_fire_scope scope;
    bool has_notice; /* must be for NEAR_NOTICE */
    struct dt_ref notice;
    bool has_area; /* must be for AREA */
    struct dt_point centre;
    uint32_t radius_mm;
    struct dt_span text; /* what is being hit; empty if not said */
    int64_t since_ms;    /* 0 not said */
    bool own_people;     /* own people are there */
};

DT_MUST_USE enum dt_err dt_body_check_fire_encode(uint8_t *out, size_t capacity, size_t *size,
                                                  const struct dt_body_check_fire *b);
DT_MUST_USE enum dt_err dt_body_check_fire_decode(struct dt_body_check_fire *out,
                                                  struct dt_span body);

enum dt_fire_answer {
    DT_ANSWER_PASSED, /* passed to units */
    DT_ANSWER_STOPPED,
    DT_ANSWER_NOT_OURS,
    DT_ANSWER_CANNOT,
    DT_ANSWERS,
};

struct dt_body_fire_answer {
    struct dt_ref ref; /* the check-fire */
    enum dt_fire_answer answer;
    int64_t stopped_ms;  /* 0 not said */
    struct dt_span text; /* reason; empty if there is none */
};

DT_MUST_USE enum dt_err dt_body_fire_answer_encode(uint8_t *out, size_t capacity, size_t *size,
                                                   const struct dt_body_fire_answer *b);
DT_MUST_USE enum dt_err dt_body_fire_answer_decode(struct dt_body_fire_answer *out,
                                                   struct dt_span body);

struct dt_body_recall {
    struct dt_ref ref; /* the check-fire that was a mistake */
    struct dt_span text;
};

DT_MUST_USE enum dt_err dt_body_recall_encode(uint8_t *out, size_t capacity, size_t *size,
                                              const struct dt_body_recall *b);
DT_MUST_USE enum dt_err dt_body_recall_decode(struct dt_body_recall *out, struct dt_span body);

/* --- NOTICE_STATE, SUSPEND ---------------------------------------------- */

enum dt_notice_state {
    DT_NOTICE_STARTED,
    DT_NOTICE_ARRIVED,
    DT_NOTICE_ENDED,
    DT_NOTICE_CANCELLED,
    DT_NOTICE_DELAYED,
    DT_NOTICE_CONFIRMED, /* a static site is still there */
    DT_NOTICE_STATES,
};

struct dt_body_notice_state {
    struct dt_ref ref; /* the version meant */
    enum dt_notice_state state;
    int64_t end_ms; /* new end; must be for DELAYED, 0 where there is none */
};

DT_MUST_USE enum dt_err dt_body_notice_state_encode(uint8_t *out, size_t capacity, size_t *size,
                                                    const struct dt_body_notice_state *b);
DT_MUST_USE enum dt_err dt_body_notice_state_decode(struct dt_body_notice_state *out,
                                                    struct dt_span body);

struct dt_body_suspend {
    bool suspended; /* false: resumed */
    struct dt_span text;
};

DT_MUST_USE enum dt_err dt_body_suspend_encode(uint8_t *out, size_t capacity, size_t *size,
                                               const struct dt_body_suspend *b);
DT_MUST_USE enum dt_err dt_body_suspend_decode(struct dt_body_suspend *out, struct dt_span body);

/* --- names ---------------------------------------------------------------------- */

/* Stable lower-case names for --json and the command line; "?" outside the range. */

/* "told", "refused", "unreachable", "will-not-say" */
const char *dt_passed_state_name(int64_t state);
/* "no-objection", "objection", "change-requested", "declined" */
const char *dt_position_name(int64_t position);
/* "everywhere", "area", "near-notice" */
const char *dt_fire_scope_name(int64_t scope);
/* "passed", "stopped", "not-ours", "cannot" */
const char *dt_fire_answer_name(int64_t answer);
/* "started", "arrived", "ended", "cancelled", "delayed", "confirmed" */
const char *dt_notice_state_name(int64_t state);

#endif

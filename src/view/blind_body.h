/* SPDX-License-Identifier: ISC */
/*
 * blind_body - the two kinds of record that carry a run of blind notices (docs/blind.md):
 * BLIND, what an officer says of a run; BLIND_PART, a piece of a LIST or REPLY.
 *
 *     blind/message -> [blind_body] -> append -> log -> [blind_body] -> blind_run
 *
 * Same manner as body.h. Pure; nothing allocates; spans point into the bytes given.
 */
#ifndef DT_VIEW_BLIND_BODY_H
#define DT_VIEW_BLIND_BODY_H

#include "blind/blind.h"
#include "view/body.h"
#include "view/fact.h"

enum {
    DT_BLIND_PART_SIZE = 15200, /* bytes of a message in one record: the last has the rest */
    DT_BLIND_PARTS_MAX = (DT_BLIND_MESSAGE_MAX + DT_BLIND_PART_SIZE - 1) / DT_BLIND_PART_SIZE,
    DT_BLIND_HELLO_MAX = 256, /* bytes of a HELLO */
    DT_BLIND_STEP_LIST = 2,   /* messages 2..5 of a run travel in parts */
    DT_BLIND_STEP_REPLY = 4,  /* and 4..5 sealed */
};

enum dt_blind_event {
    DT_BLIND_PROPOSED, /* with the HELLO of the one that asks */
    DT_BLIND_ANSWERED, /* with the other's */
    DT_BLIND_DECLINED,
    DT_BLIND_DONE,     /* all six messages are here and prove */
    DT_BLIND_GIVEN_UP,
    DT_BLIND_REFUSED,  /* a message of the other side is not what it must be */
    DT_BLIND_EVENTS,
};

struct dt_body_blind {
    enum dt_blind_event event;
    struct dt_ref ref;      /* the proposal; not in a proposal itself */
    struct dt_span hello;   /* PROPOSED, ANSWERED */
    size_t step;            /* REFUSED: number of the message */
    char reason[DT_TEXT_MAX + 1]; /* REFUSED: name of the error */
    uint8_t after[DT_HASH_SIZE];  /* DONE: hash of all six messages */
};

/* The clear body without its officer. The HELLO is read strictly; it must have the role of
 * its event, and a proposal's must follow nothing. */
DT_MUST_USE enum dt_err dt_body_blind_encode(uint8_t *out, size_t capacity, size_t *size,
                                             const struct dt_body_blind *b);
DT_MUST_USE enum dt_err dt_body_blind_decode(struct dt_body_blind *out, struct dt_blind_message *hello,
                                             struct dt_span body);

struct dt_body_blind_part {
    struct dt_ref ref; /* the proposal */
    size_t step;       /* 2..5 */
    size_t part, parts;
    struct dt_span bytes; /* empty where they are sealed: steps 4 and 5 */
};

/* The clear body; with a step that is sealed, bytes go to the plaintext. */
DT_MUST_USE enum dt_err dt_body_blind_part_encode(uint8_t *out, size_t capacity, size_t *size,
                                                  const struct dt_body_blind_part *b);
DT_MUST_USE enum dt_err dt_body_blind_part_decode(struct dt_body_blind_part *out, struct dt_span body);
DT_MUST_USE enum dt_err dt_body_blind_plain_encode(uint8_t *out, size_t capacity, size_t *size,
                                                   struct dt_span bytes);
DT_MUST_USE enum dt_err dt_body_blind_plain_decode(struct dt_span *bytes, struct dt_span plain);

/* Whose record a record of a run speaks of. */
enum dt_blind_target { DT_BLIND_OF_NONE, DT_BLIND_OF_ANY, DT_BLIND_OF_ANOTHER };

/* The kind's own part of a fact (fact.h), and what it refers to: for fact.c. */
DT_MUST_USE enum dt_err dt_blind_fact(struct dt_fact *f, struct dt_ref *target, enum dt_blind_target *of,
                                      const struct dt_header *header,
                                      const uint8_t line[static DT_HASH_SIZE], struct dt_span body);

/* "proposed", "answered", "declined", "done", "given-up", "refused" */
const char *dt_blind_event_name(int64_t event);

#endif

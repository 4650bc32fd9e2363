/* SPDX-License-Identifier: ISC */
/* world - a line of three members with officers, and records and facts made for it. */
#ifndef DT_TESTS_VIEW_WORLD_H
#define DT_TESTS_VIEW_WORLD_H

#include "../test.h"

#include "log/charter.h"
#include "view/body.h"
#include "view/fact.h"
#include "view/notice.h"

enum { MEMBERS = 3, OFFICERS = 3, T0 = 1000000 };

struct world {
    struct dt_charter charter;
    uint8_t root[MEMBERS][DT_SIGNER_SIZE];
    uint8_t officer[MEMBERS][OFFICERS + 1][DT_SIGNER_SIZE]; /* by operator number from 1 */
    uint8_t officer_key[MEMBERS][OFFICERS + 1][DT_PUBLIC_SIZE];
    struct dt_officers officers; /* knows 1..OFFICERS of each */
};

struct record {
    uint16_t wid;
    uint64_t seq;
    uint8_t header[DT_HEADER_MAX];
    size_t header_size;
    uint8_t body[DT_BODY_MAX];
    size_t body_size;
};

const struct world *world(void);

/* Header for the body; class operation, time T0 + seq. */
void record_make(struct record *r, uint16_t wid, uint64_t seq, unsigned kind, struct dt_span body);
/* The same, signed by operator `first` and, unless 0, `second` of the author. */
void record_sign(struct record *r, uint16_t wid, uint64_t seq, unsigned kind, struct dt_span body,
                 unsigned first, unsigned second);
struct dt_fact record_fact(const struct record *r);

struct dt_ref some_ref(uint16_t wid, uint64_t seq);

/* A fact as if it had been read, for tests of what is derived. */
struct dt_fact fact_about(unsigned kind, uint16_t wid, uint64_t seq, const struct dt_ref *target);

#endif

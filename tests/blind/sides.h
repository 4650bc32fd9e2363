/* SPDX-License-Identifier: ISC */
/* sides - two parties and the messages between them. */
#ifndef DT_TESTS_BLIND_SIDES_H
#define DT_TESTS_BLIND_SIDES_H

#include "test.h"

#include "blind/blind.h"

struct sides {
    struct dt_blind *side[2];
    struct dt_blind_budget budget[2];
    uint8_t *bytes[DT_BLIND_MESSAGES];
    struct dt_span message[DT_BLIND_MESSAGES];
};

static inline struct dt_blind_terms sides_terms(uint32_t size)
{
    struct dt_blind_terms terms = {{0}, 3600000, size};
    memset(terms.line, 7, sizeof terms.line);
    return terms;
}

static inline void sides_begin(struct sides *s, struct dt_rng *rng, const struct dt_blind_terms *terms,
                               const struct dt_blind_cells *a, const struct dt_blind_cells *b)
{
    const struct dt_blind_cells *cells[] = {a, b};
    assert_err(dt_crypto_init(), DT_OK);
    memset(s, 0, sizeof *s);
    for (int i = 0; i < 2; i++) {
        uint8_t secret[DT_BLIND_SECRET_SIZE];
        dt_rng_fill(rng, secret, sizeof secret);
        dt_blind_budget_init(&s->budget[i], 86400000, 2 * DT_BLIND_SIZE_MAX, DT_BLIND_SIZE_MAX);
        assert_err(dt_blind_new(&s->side[i], terms, i == 0 ? DT_BLIND_ASKS : DT_BLIND_ANSWERS, secret,
                                cells[i]->cells, cells[i]->count, &s->budget[i], 0),
                   DT_OK);
    }
}

/* Message number `step` is made; taken by nobody yet. */
static inline struct dt_span sides_make(struct sides *s, size_t step)
{
    s->bytes[step] = malloc(DT_BLIND_MESSAGE_MAX);
    assert_non_null(s->bytes[step]);
    struct dt_writer w = dt_writer(s->bytes[step], DT_BLIND_MESSAGE_MAX);
    assert_err(dt_blind_next(s->side[dt_blind_turn(step)], &w), DT_OK);
    return s->message[step] = dt_written(&w);
}

/* Messages from..until-1 are made and taken. */
static inline void sides_run(struct sides *s, size_t from, size_t until)
{
    for (size_t step = from; step < until; step++) {
        assert_err(dt_blind_receive(s->side[1 - dt_blind_turn(step)], sides_make(s, step)), DT_OK);
    }
}

static inline void sides_end(struct sides *s)
{
    for (size_t i = 0; i < DT_BLIND_MESSAGES; i++) {
        free(s->bytes[i]);
    }
    dt_blind_free(s->side[0]);
    dt_blind_free(s->side[1]);
}

#endif

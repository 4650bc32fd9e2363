/* SPDX-License-Identifier: ISC */
/* members - a set of members of a line, by their index in the charter. Plain data. */
#ifndef DT_VIEW_MEMBERS_H
#define DT_VIEW_MEMBERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "log/header.h"

struct dt_members {
    uint8_t bits[DT_MEMBERS_MAX / 8];
};

static inline bool dt_members_has(const struct dt_members *s, unsigned member)
{
    return member < DT_MEMBERS_MAX && (s->bits[member / 8] >> member % 8 & 1u) != 0;
}

static inline void dt_members_add(struct dt_members *s, unsigned member)
{
    if (member < DT_MEMBERS_MAX) {
        s->bits[member / 8] |= (uint8_t)(1u << member % 8);
    }
}

static inline void dt_members_join(struct dt_members *s, const struct dt_members *other)
{
    for (size_t i = 0; i < sizeof s->bits; i++) {
        s->bits[i] |= other->bits[i];
    }
}

static inline void dt_members_less(struct dt_members *s, const struct dt_members *other)
{
    for (size_t i = 0; i < sizeof s->bits; i++) {
        s->bits[i] &= (uint8_t)~other->bits[i];
    }
}

static inline bool dt_members_none(const struct dt_members *s)
{
    uint8_t any = 0;
    for (size_t i = 0; i < sizeof s->bits; i++) {
        any |= s->bits[i];
    }
    return any == 0;
}

static inline size_t dt_members_count(const struct dt_members *s)
{
    size_t count = 0;
    for (unsigned m = 0; m < DT_MEMBERS_MAX; m++) {
        count += dt_members_has(s, m);
    }
    return count;
}

#endif

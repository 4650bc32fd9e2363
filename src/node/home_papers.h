/* SPDX-License-Identifier: ISC */
/* home_papers - what lies in certs/; between the files of home.h only. */
#ifndef DT_NODE_HOME_PAPERS_H
#define DT_NODE_HOME_PAPERS_H

#include "node/home.h"
#include "view/body.h" /* DT_OPERATOR_MAX */

enum { DT_HOME_REVOKED_MAX = 256 };

struct dt_revoked {
    uint8_t keys[DT_HOME_REVOKED_MAX][DT_PUBLIC_SIZE];
    size_t count;
};

/* Numbers of the files "<prefix><number>.cert", ascending. CAPACITY, IO. */
DT_MUST_USE enum dt_err dt_home_numbers(const struct dt_home *home, const char *prefix,
                                        unsigned max, unsigned *out, size_t capacity,
                                        size_t *count);

/* Keys our root has revoked. */
DT_MUST_USE enum dt_err dt_home_revoked(const struct dt_home *home, struct dt_revoked *out);
bool dt_home_is_revoked(const struct dt_revoked *revoked,
                        const uint8_t key[static DT_PUBLIC_SIZE]);

#endif

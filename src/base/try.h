/* SPDX-License-Identifier: ISC */
/* try - hands an error on to the caller. */
#ifndef DT_BASE_TRY_H
#define DT_BASE_TRY_H

#include "base/err.h"

/* Returns from the calling function unless `expression` is DT_OK. */
#define DT_TRY(expression)                     \
    do {                                       \
        const enum dt_err err_ = (expression); \
        if (err_ != DT_OK) {                   \
            return err_;                       \
        }                                      \
    } while (0)

#endif

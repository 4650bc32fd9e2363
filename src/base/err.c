/* SPDX-License-Identifier: ISC */
#include "base/err.h"

#include <assert.h>

static const struct {
    const char *name;
    const char *text;
    bool ours;
} table[DT_ERR_COUNT] = {
    [DT_OK] = {"OK", N_("no error"), false},
#define X(name, ours, text) [DT_ERR_##name] = {#name, text, ours},
    DT_ERRS(X)
#undef X
};

const char *dt_err_name(enum dt_err err)
{
    assert(err < DT_ERR_COUNT);
    return table[err].name;
}

const char *dt_err_text(enum dt_err err)
{
    assert(err < DT_ERR_COUNT);
    return table[err].text;
}

bool dt_err_is_ours(enum dt_err err)
{
    assert(err < DT_ERR_COUNT);
    return table[err].ours;
}

/* SPDX-License-Identifier: ISC */
/*
 * Kept plans of our own (node/plans.h). The input is what the file has inside its seal.
 *
 * Properties: what decodes is written again as the same bytes; every plan in it is a notice
 * that could be sent; what does not decode leaves nothing held.
 */
#include <stdlib.h>
#include <string.h>

#include "node/plans.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
    if (!holds) {
        abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct dt_plans plans;
    uint8_t *again = NULL;
    size_t written = 0;
    if (dt_plans_decode(&plans, dt_span(data, size)) != DT_OK) {
        must(plans.count == 0);
        return 0;
    }
    for (size_t i = 0; i < plans.count; i++) {
        must(plans.plan[i].body_size > 0 && plans.plan[i].plain_size > 0 &&
             strlen(plans.plan[i].name) == DT_PLAN_NAME_SIZE - 1);
    }
    must(dt_plans_encode(&again, &written, &plans) == DT_OK);
    must(written == size && memcmp(again, data, size) == 0);
    free(again);
    dt_plans_clear(&plans);
    return 0;
}

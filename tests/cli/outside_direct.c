/* SPDX-License-Identifier: ISC */
/* dt_plan_outside() without a process: the parts of detente-read, called. */
#include <stdlib.h>

#include "cli/plan_outside.h"
#include "read/read.h"

enum dt_err dt_plan_outside(struct dt_outside *out, const char *what, struct dt_span text,
                            struct dt_geojson_fault *fault)
{
    *out = (struct dt_outside){0};
    FILE *file = open_memstream(&out->text, &out->size);
    if (file == NULL) {
        return DT_ERR_NO_MEMORY;
    }
    const enum read_status status = read_as(what, (const char *)text.data, text.size, file);
    fclose(file);
    out->reason = status == READ_REASON;
    if (status == READ_DONE || status == READ_REASON) {
        return DT_OK;
    }
    free(out->text);
    return dt_geojson_say(fault, DT_ERR_IO, "detente-read");
}

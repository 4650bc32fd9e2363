/* SPDX-License-Identifier: ISC */
#include "bench.h"

#include <stdio.h>
#include <stdlib.h>

bool quick;

void report(const struct figure *f)
{
    printf("{\"figure\": \"%s\", \"value\": %.4g, \"unit\": \"%s\"", f->name, f->value, f->unit);
    if (f->limit != 0) {
        printf(", \"limit\": %.4g", f->limit);
    }
    if (f->against != NULL) {
        printf(", \"against\": \"%s\"", f->against);
        if (f->peer > 0) {
            printf(", \"ratio\": %.3g, \"peer\": %.4g", f->value / f->peer, f->peer);
        } else {
            printf(", \"ratio\": null");
        }
    }
    if (f->note != NULL) {
        printf(", \"note\": \"%s\"", f->note);
    }
    printf("}\n");
    fflush(stdout);
}

static int by_value(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

double percentile(double *values, size_t count, double part)
{
    qsort(values, count, sizeof *values, by_value);
    const size_t at = (size_t)((double)count * part);
    return count == 0 ? 0 : values[at < count ? at : count - 1];
}

double median(double *values, size_t count)
{
    return percentile(values, count, 0.5);
}

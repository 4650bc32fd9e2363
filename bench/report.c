/* SPDX-License-Identifier: ISC */
#include "bench.h"

#include <stdio.h>
#include <stdlib.h>

bool quick, no_peers;

/* Four digits, but never fewer than the whole part has. */
static int places(double value)
{
    return value >= 1000 ? 0 : value >= 100 ? 1 : value >= 10 ? 2 : 3;
}

void report(const struct figure *f)
{
    printf("{\"figure\": \"%s\", \"value\": %.*f, \"unit\": \"%s\"", f->name, places(f->value), f->value,
           f->unit);
    if (f->limit != 0) {
        printf(", \"limit\": %.*f", places(f->limit), f->limit);
    }
    if (f->against != NULL) {
        printf(", \"against\": \"%s\"", f->against);
        if (f->peer > 0) {
            printf(", \"ratio\": %.2f, \"peer\": %.*f", f->value / f->peer, places(f->peer), f->peer);
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

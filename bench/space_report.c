/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "space.h"

static double read_us(clockid_t which)
{
    struct timespec t;
    clock_gettime(which, &t);
    return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

double space_wall_us(void)
{
    return read_us(CLOCK_MONOTONIC);
}

double space_cpu_us(void)
{
    return read_us(CLOCK_THREAD_CPUTIME_ID);
}

static void begin(const char *name, double value, const char *unit, const struct space_where *where)
{
    printf("{\"figure\": \"%s\", \"value\": %.*f, \"unit\": \"%s\"", name,
           value >= 1000 ? 0
           : value >= 10 ? 1
                         : 3,
           value, unit);
    if (where != NULL) {
        printf(", \"n\": %zu, \"clustered\": %d", where->n, where->clustered);
        if (where->separation != NULL) {
            printf(", \"lateral_m\": %u, \"vertical_m\": %u", where->separation->lateral_mm / 1000,
                   where->separation->vertical_mm / 1000);
        }
    }
}

static void end(const char *note)
{
    if (note != NULL) {
        printf(", \"note\": \"%s\"", note);
    }
    printf("}\n");
    fflush(stdout);
}

void space_report(const char *name, double value, const char *unit, double limit,
                  const struct space_where *where, const char *note)
{
    begin(name, value, unit, where);
    if (limit > 0) {
        printf(", \"limit\": %g", limit);
    }
    end(note);
}

void space_compare(const char *name, double value, const char *unit,
                   const struct space_where *where, const char *against, double peer,
                   const char *note)
{
    begin(name, value, unit, where);
    printf(", \"against\": \"%s\"", against);
    if (peer > 0) {
        printf(", \"ratio\": %.4f, \"peer\": %.1f", value / peer, peer);
    } else {
        printf(", \"ratio\": null");
    }
    end(note);
}

static int by_value(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

void space_measure(struct space_times *out, space_ask ask, void *engine, double (*clock_us)(void),
                   const struct space_set *questions, size_t count,
                   const struct dt_separation *separation, int rounds)
{
    double *us = calloc(count, sizeof *us);
    *out = (struct space_times){0};
    for (int round = 0; us != NULL && round < rounds; round++) {
        double sum = 0;
        size_t found = 0;
        for (size_t i = 0; i < count; i++) {
            const double start = clock_us();
            found += ask(engine, &questions->volumes[i], separation);
            us[i] = clock_us() - start;
            sum += us[i];
        }
        if (round == 0 || sum / (double)count < out->mean_us) {
            qsort(us, count, sizeof *us, by_value);
            *out = (struct space_times){sum / (double)count, us[count * 99 / 100],
                                        (double)found / (double)count};
        }
    }
    free(us);
}

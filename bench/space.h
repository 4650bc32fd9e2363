/* SPDX-License-Identifier: ISC */
/*
 * space - what the figures of space_bench share: a workload, what is measured of each
 * engine, and the peers.
 *
 * The workload is a theatre of 300 x 300 km: circles of 50 to 500 m, corridors of 3 to 8 legs,
 * polygons of 5 to 12 corners up to 20 km across, low, middle and high, 10 minutes to 12
 * hours long within 7 days, of 29 parties; spread evenly or around twenty towns. Volume i
 * depends on (stream, i) alone, so that a smaller set is the beginning of a larger one.
 */
#ifndef DT_BENCH_SPACE_H
#define DT_BENCH_SPACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "geo/conflict.h"

enum { SPACE_POINTS = 13, SPACE_PARTIES = 29 };

struct space_volume {
    struct dt_volume volume; /* points into this struct: do not copy */
    struct dt_ring ring;
    struct dt_point points[SPACE_POINTS];
    uint16_t party;
};

struct space_set {
    struct space_volume *volumes;
    size_t count;
};

void space_make(struct space_set *set, unsigned stream, size_t count, bool clustered);
/* Lines of id,party,low,high,from,until,kind,radius,points,lon lat ... in metres, seconds,
 * degrees; at most `most`. */
bool space_read(struct space_set *set, const char *path, size_t most);
void space_free(struct space_set *set);

/* Wall clock, and the processor time of this thread: other programs use the machine too. */
double space_wall_us(void);
double space_cpu_us(void);

/* --- what is said ------------------------------------------------------------------ */

struct space_where { /* goes into each figure's line */
    size_t n;
    bool clustered;
    const struct dt_separation *separation; /* NULL: of no meaning */
};

void space_report(const char *name, double value, const char *unit, double limit,
                  const struct space_where *where, const char *note);
/* The same beside a peer. value / peer; peer 0: `note` says why there is none. */
void space_compare(const char *name, double value, const char *unit,
                   const struct space_where *where, const char *against, double peer,
                   const char *note);

/* --- engines ------------------------------------------------------------------------- */

/* Answers questions one at a time; returns the number of conflicts. */
typedef size_t (*space_ask)(void *engine, const struct space_volume *question,
                            const struct dt_separation *separation);

struct space_times {
    double mean_us, p99_us;
    double found; /* conflicts a question */
};

/* The best of `rounds` rounds by its mean, by one of the clocks above. */
void space_measure(struct space_times *out, space_ask ask, void *engine, double (*clock_us)(void),
                   const struct space_set *questions, size_t count,
                   const struct dt_separation *separation, int rounds);

/* Peers: NULL in *why and an engine, or why there is none. The set outlives the engine. */
void *space_geos_new(const struct space_set *set, const char **why);
size_t space_geos_ask(void *engine, const struct space_volume *question,
                      const struct dt_separation *separation);
void space_geos_free(void *engine);

void *space_sqlite_new(const struct space_set *set, const char **why);
size_t space_sqlite_ask(void *engine, const struct space_volume *question,
                        const struct dt_separation *separation);
void space_sqlite_free(void *engine);

/* `conninfo` of a database of our own that may be filled; NULL: none. */
void *space_postgis_new(const struct space_set *set, const char *conninfo, const char **why);
size_t space_postgis_ask(void *engine, const struct space_volume *question,
                         const struct dt_separation *separation);
void space_postgis_free(void *engine);
/* Processor time of the server's process for us; 0 where it is not told. */
double space_postgis_cpu_us(void *engine);

/* Through the store (space_durable.c): seconds for `count` inserts with conflict check, and
 * until an index is ready again; by the wall and by the processor. */
struct space_durable {
    double insert_s, insert_cpu_s, restart_s, restart_cpu_s;
};
void space_durable(struct space_durable *out, const struct space_set *set, size_t count);

#endif

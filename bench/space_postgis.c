/* SPDX-License-Identifier: ISC */
/*
 * PostGIS's geography, the peer that measures on the ellipsoid: cores as geography and the
 * time as a range in one GiST index, ST_DWithin on the spheroid, a prepared statement with
 * text parameters over a local socket. The rows are those of a table of our own.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "space.h"

#ifdef DT_HAVE_PQ
#include <libpq-fe.h>
#include <unistd.h>

static const double widest_m = 2000; /* the largest radius: what the search is widened by */

static const char *const tables[] = {
    "set client_min_messages = warning",
    "create extension if not exists postgis",
    "create extension if not exists btree_gist",
    "drop table if exists space_volume",
    ("create table space_volume (id int, party int, low int, high int, during int8range, "
     "radius float8, core geography)"),
};

static bool run(PGconn *c, const char *sql)
{
    PGresult *r = PQexec(c, sql);
    const ExecStatusType s = PQresultStatus(r);
    if (s != PGRES_COMMAND_OK && s != PGRES_TUPLES_OK && s != PGRES_COPY_IN) {
        fprintf(stderr, "space_bench: postgis: %s", PQerrorMessage(c));
        PQclear(r);
        return false;
    }
    PQclear(r);
    return true;
}

static int core_text(char *out, size_t size, const struct space_volume *v)
{
    static const char *const open[] = {"POINT(", "LINESTRING(", "POLYGON(("};
    static const char *const close[] = {")", ")", "))"};
    int n = snprintf(out, size, "SRID=4326;%s", open[v->volume.shape]);
    for (size_t i = 0; i < v->ring.count; i++) {
        n += snprintf(out + n, size - (size_t)n, "%s%.7f %.7f", i > 0 ? "," : "",
                      v->points[i].lon_e7 * 1e-7, v->points[i].lat_e7 * 1e-7);
    }
    return n + snprintf(out + n, size - (size_t)n, "%s", close[v->volume.shape]);
}

static bool copy_rows(PGconn *c, const struct space_set *set)
{
    char row[1024], core[768];
    if (!run(c, "copy space_volume from stdin")) {
        return false;
    }
    for (size_t i = 0; i < set->count; i++) {
        const struct space_volume *v = &set->volumes[i];
        core_text(core, sizeof core, v);
        const int n =
            snprintf(row, sizeof row, "%zu\t%d\t%d\t%d\t[%lld,%lld)\t%.3f\t%s\n", i, v->party,
                     v->volume.alt_lo_mm, v->volume.alt_hi_mm, (long long)v->volume.time.from_ms,
                     (long long)v->volume.time.until_ms, v->volume.radius_mm * 1e-3, core);
        if (PQputCopyData(c, row, n) != 1) {
            return false;
        }
    }
    if (PQputCopyEnd(c, NULL) != 1) {
        return false;
    }
    PGresult *r;
    while ((r = PQgetResult(c)) != NULL) {
        PQclear(r);
    }
    return true;
}

static bool fill(PGconn *c, const struct space_set *set)
{
    char sql[512];
    for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++) {
        if (!run(c, tables[i])) {
            return false;
        }
    }
    snprintf(sql, sizeof sql,
             "select id from space_volume where core && _ST_Expand($1::geography, %g + $3::float8) "
             "and during && $4::int8range and high >= $5::int and low <= $6::int "
             "and party <> $7::int and ST_DWithin(core, $1::geography, radius + $2::float8, true)",
             widest_m);
    if (!copy_rows(c, set) || !run(c, "create index on space_volume using gist (core, during)") ||
        !run(c, "vacuum analyze space_volume")) {
        return false;
    }
    PGresult *r = PQprepare(c, "ask", sql, 0, NULL);
    const bool ready = PQresultStatus(r) == PGRES_COMMAND_OK;
    PQclear(r);
    return ready;
}

void *space_postgis_new(const struct space_set *set, const char *conninfo, const char **why)
{
    *why = "no server: see bench/README.md";
    PGconn *c = conninfo != NULL ? PQconnectdb(conninfo) : NULL;
    if (c != NULL && PQstatus(c) == CONNECTION_OK && fill(c, set)) {
        *why = NULL;
        return c;
    }
    if (c != NULL) {
        *why = "the server or PostGIS is not there";
        PQfinish(c);
    }
    return NULL;
}

size_t space_postgis_ask(void *engine, const struct space_volume *v, const struct dt_separation *s)
{
    char core[768], reach[32], around[32], during[64], low[32], high[32], party[16];
    const double near_m = v->volume.radius_mm * 1e-3 + s->lateral_mm * 1e-3;
    core_text(core, sizeof core, v);
    snprintf(reach, sizeof reach, "%.3f", near_m);
    snprintf(around, sizeof around, "%.3f", near_m);
    snprintf(during, sizeof during, "[%lld,%lld)", (long long)v->volume.time.from_ms,
             (long long)v->volume.time.until_ms);
    snprintf(low, sizeof low, "%lld", (long long)v->volume.alt_lo_mm - s->vertical_mm);
    snprintf(high, sizeof high, "%lld", (long long)v->volume.alt_hi_mm + s->vertical_mm);
    snprintf(party, sizeof party, "%d", v->party);
    const char *const values[7] = {core, reach, around, during, low, high, party};
    PGresult *r = PQexecPrepared(engine, "ask", 7, values, NULL, NULL, 0);
    const size_t found = (size_t)PQntuples(r);
    PQclear(r);
    return found;
}

double space_postgis_cpu_us(void *engine)
{
    char path[64], line[512];
    unsigned long user = 0, system = 0;
    snprintf(path, sizeof path, "/proc/%d/stat", PQbackendPID(engine));
    FILE *file = fopen(path, "r");
    if (file != NULL && fgets(line, sizeof line, file) != NULL) {
        const char *after = strrchr(line, ')'); /* the name may hold anything */
        if (after == NULL ||
            sscanf(after + 1, " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &user,
                   &system) != 2) {
            user = system = 0;
        }
    }
    if (file != NULL) {
        fclose(file);
    }
    return (double)(user + system) * 1e6 / (double)sysconf(_SC_CLK_TCK);
}

void space_postgis_free(void *engine)
{
    if (engine != NULL) {
        run(engine, "drop table space_volume");
        PQfinish(engine);
    }
}

#else

void *space_postgis_new(const struct space_set *set, const char *conninfo, const char **why)
{
    (void)set, (void)conninfo;
    *why = "libpq-dev is not installed";
    return NULL;
}

size_t space_postgis_ask(void *engine, const struct space_volume *v, const struct dt_separation *s)
{
    (void)engine, (void)v, (void)s;
    return 0;
}

void space_postgis_free(void *engine)
{
    (void)engine;
}

double space_postgis_cpu_us(void *engine)
{
    (void)engine;
    return 0;
}
#endif

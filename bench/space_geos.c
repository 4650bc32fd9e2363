/* SPDX-License-Identifier: ISC */
/*
 * Two peers that measure on one plane: GEOS's STRtree, and SQLite's R*Tree with GEOS behind
 * it. The plane is azimuthal equidistant about the middle of the theatre, as such programs do
 * it; party, time and height are compared before the distance.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "space.h"

#ifdef DT_HAVE_GEOS
#include <geos_c.h>
#include <sqlite3.h>

#include "geo/geodesic.h"

struct flat {
    const struct space_volume *v;
    GEOSGeometry *core;
    double lo[2], hi[2]; /* with the radius */
};

struct engine {
    const struct space_set *set;
    struct flat *flats;
    GEOSSTRtree *tree;
    sqlite3 *db;
    sqlite3_stmt *ask;
};

struct asking {
    const struct space_volume *v;
    const struct dt_separation *s;
    struct flat flat;
    const GEOSPreparedGeometry *prepared;
    size_t found;
};

static void to_plane(struct dt_point p, double *x, double *y)
{
    static const struct dt_point middle = {360000000, 370000000};
    double azimuth, end;
    const double metres = dt_geodesic_inverse(middle, p, &azimuth, &end);
    *x = metres * sin(azimuth);
    *y = metres * cos(azimuth);
}

static void flatten(struct flat *f, const struct space_volume *v)
{
    const double radius = v->volume.radius_mm * 1e-3;
    GEOSCoordSequence *points = GEOSCoordSeq_create((unsigned)v->ring.count, 2);
    *f = (struct flat){.v = v, .lo = {1e300, 1e300}, .hi = {-1e300, -1e300}};
    for (unsigned i = 0; i < v->ring.count; i++) {
        double at[2];
        to_plane(v->points[i], &at[0], &at[1]);
        GEOSCoordSeq_setXY(points, i, at[0], at[1]);
        for (int k = 0; k < 2; k++) {
            f->lo[k] = fmin(f->lo[k], at[k] - radius);
            f->hi[k] = fmax(f->hi[k], at[k] + radius);
        }
    }
    f->core = v->volume.shape == DT_SHAPE_CIRCLE ? GEOSGeom_createPoint(points)
              : v->volume.shape == DT_SHAPE_CORRIDOR
                  ? GEOSGeom_createLineString(points)
                  : GEOSGeom_createPolygon(GEOSGeom_createLinearRing(points), NULL, 0);
}

static GEOSGeometry *box(const double lo[2], const double hi[2], double more)
{
    GEOSCoordSequence *ends = GEOSCoordSeq_create(2, 2);
    GEOSCoordSeq_setXY(ends, 0, lo[0] - more, lo[1] - more);
    GEOSCoordSeq_setXY(ends, 1, hi[0] + more, hi[1] + more);
    return GEOSGeom_createLineString(ends);
}

static void judge(struct asking *a, const struct flat *f)
{
    const struct dt_volume *q = &a->v->volume, *v = &f->v->volume;
    const int64_t vertical = a->s->vertical_mm;
    if (a->v->party == f->v->party || q->time.from_ms >= v->time.until_ms ||
        v->time.from_ms >= q->time.until_ms || (int64_t)q->alt_lo_mm - v->alt_hi_mm > vertical ||
        (int64_t)v->alt_lo_mm - q->alt_hi_mm > vertical) {
        return;
    }
    const double mm = (double)q->radius_mm + v->radius_mm + a->s->lateral_mm;
    a->found += GEOSPreparedDistanceWithin(a->prepared, f->core, mm * 1e-3) == 1;
}

static void on_item(void *item, void *asking)
{
    judge(asking, item);
}

static void begin(struct asking *a, const struct space_volume *v, const struct dt_separation *s)
{
    *a = (struct asking){.v = v, .s = s};
    flatten(&a->flat, v);
    a->prepared = GEOSPrepare(a->flat.core);
}

static void end(struct asking *a)
{
    GEOSPreparedGeom_destroy(a->prepared);
    GEOSGeom_destroy(a->flat.core);
}

static void quiet(const char *format, ...)
{
    (void)format;
}

static struct engine *engine_new(const struct space_set *set)
{
    struct engine *e = calloc(1, sizeof *e);
    initGEOS(quiet, quiet);
    e->set = set;
    e->flats = calloc(set->count, sizeof *e->flats);
    for (size_t i = 0; i < set->count; i++) {
        flatten(&e->flats[i], &set->volumes[i]);
    }
    return e;
}

static void engine_free(struct engine *e)
{
    if (e == NULL) {
        return;
    }
    for (size_t i = 0; i < e->set->count; i++) {
        GEOSGeom_destroy(e->flats[i].core);
    }
    free(e->flats);
    free(e);
}

void *space_geos_new(const struct space_set *set, const char **why)
{
    struct engine *e = engine_new(set);
    *why = NULL;
    e->tree = GEOSSTRtree_create(10);
    for (size_t i = 0; i < set->count; i++) {
        GEOSGeometry *b = box(e->flats[i].lo, e->flats[i].hi, 0);
        GEOSSTRtree_insert(e->tree, b, &e->flats[i]);
        GEOSGeom_destroy(b);
    }
    static const struct dt_separation none = {0};
    space_geos_ask(e, &set->volumes[0], &none); /* it builds when first asked */
    return e;
}

size_t space_geos_ask(void *engine, const struct space_volume *v, const struct dt_separation *s)
{
    struct engine *e = engine;
    struct asking a;
    begin(&a, v, s);
    GEOSGeometry *b = box(a.flat.lo, a.flat.hi, s->lateral_mm * 1e-3);
    GEOSSTRtree_query(e->tree, b, on_item, &a);
    GEOSGeom_destroy(b);
    end(&a);
    return a.found;
}

void space_geos_free(void *engine)
{
    struct engine *e = engine;
    if (e != NULL) {
        GEOSSTRtree_destroy(e->tree);
    }
    engine_free(e);
}

/* --- SQLite ------------------------------------------------------------------------------ */

static void bind_box(sqlite3_stmt *s, int at, const struct flat *f, double more, double vertical)
{
    const struct dt_volume *v = &f->v->volume;
    for (int k = 0; k < 2; k++) {
        sqlite3_bind_double(s, at + 2 * k, f->lo[k] - more);
        sqlite3_bind_double(s, at + 2 * k + 1, f->hi[k] + more);
    }
    sqlite3_bind_double(s, at + 4, (double)(v->time.from_ms / 1000 - 1772064000));
    sqlite3_bind_double(s, at + 5, (double)(v->time.until_ms / 1000 - 1772064000));
    sqlite3_bind_double(s, at + 6, v->alt_lo_mm * 1e-3 - vertical);
    sqlite3_bind_double(s, at + 7, v->alt_hi_mm * 1e-3 + vertical);
}

void *space_sqlite_new(const struct space_set *set, const char **why)
{
    struct engine *e = engine_new(set);
    sqlite3_stmt *insert = NULL;
    *why = "this SQLite has no rtree";
    if (sqlite3_open(":memory:", &e->db) != SQLITE_OK ||
        sqlite3_exec(e->db, "create virtual table v using rtree(id,x0,x1,y0,y1,t0,t1,a0,a1); begin",
                     NULL, NULL, NULL) != SQLITE_OK ||
        sqlite3_prepare_v2(e->db, "insert into v values(?,?,?,?,?,?,?,?,?)", -1, &insert, NULL) !=
            SQLITE_OK ||
        sqlite3_prepare_v2(e->db,
                           "select id from v where x1>=?1 and x0<=?2 and y1>=?3 and y0<=?4 and "
                           "t1>=?5 and t0<=?6 and a1>=?7 and a0<=?8",
                           -1, &e->ask, NULL) != SQLITE_OK) {
        sqlite3_close(e->db);
        engine_free(e);
        return NULL;
    }
    *why = NULL;
    for (size_t i = 0; i < set->count; i++) {
        sqlite3_bind_int64(insert, 1, (int64_t)i);
        bind_box(insert, 2, &e->flats[i], 0, 0);
        sqlite3_step(insert);
        sqlite3_reset(insert);
    }
    sqlite3_finalize(insert);
    sqlite3_exec(e->db, "commit", NULL, NULL, NULL);
    return e;
}

size_t space_sqlite_ask(void *engine, const struct space_volume *v, const struct dt_separation *s)
{
    struct engine *e = engine;
    struct asking a;
    begin(&a, v, s);
    bind_box(e->ask, 1, &a.flat, s->lateral_mm * 1e-3, s->vertical_mm * 1e-3);
    while (sqlite3_step(e->ask) == SQLITE_ROW) {
        judge(&a, &e->flats[sqlite3_column_int64(e->ask, 0)]);
    }
    sqlite3_reset(e->ask);
    end(&a);
    return a.found;
}

void space_sqlite_free(void *engine)
{
    struct engine *e = engine;
    if (e != NULL) {
        sqlite3_finalize(e->ask);
        sqlite3_close(e->db);
    }
    engine_free(e);
}

#else /* not installed */

static void *none(const char **why)
{
    *why = "libgeos-dev is not installed";
    return NULL;
}

void *space_geos_new(const struct space_set *set, const char **why)
{
    (void)set;
    return none(why);
}

void *space_sqlite_new(const struct space_set *set, const char **why)
{
    (void)set;
    return none(why);
}

size_t space_geos_ask(void *engine, const struct space_volume *v, const struct dt_separation *s)
{
    (void)engine, (void)v, (void)s;
    return 0;
}

size_t space_sqlite_ask(void *engine, const struct space_volume *v, const struct dt_separation *s)
{
    return space_geos_ask(engine, v, s);
}

void space_geos_free(void *engine)
{
    (void)engine;
}

void space_sqlite_free(void *engine)
{
    (void)engine;
}
#endif

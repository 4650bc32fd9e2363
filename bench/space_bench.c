/* SPDX-License-Identifier: ISC */
/*
 * space_bench - how fast the index is, how much memory it takes, and that it misses nothing:
 * one JSON line a figure.
 *
 * usage: space_bench [--quick] [--postgis CONNINFO]     the figures
 *        space_bench --durable                          only those with a disk
 *        space_bench --answers VOLUMES QUESTIONS LATERAL VERTICAL OUT
 *                    "question volume" lines for a file of each (bench/space_oracle.sh)
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "geo/index.h"
#include "space.h"

struct engine {
    struct dt_index *index;
    struct dt_index_hits hits;
};

static bool quick;
static const char *conninfo;
static const struct dt_separation separations[2] = {{0, 0, 0}, {1000000, 100000, 0}};

static void must(enum dt_err err)
{
    if (err != DT_OK) {
        fprintf(stderr, "space_bench: %s\n", dt_err_text(err));
        exit(1);
    }
}

static size_t ask(void *engine, const struct space_volume *v, const struct dt_separation *s)
{
    struct engine *e = engine;
    const struct dt_index_question q = {
        .volume = &v->volume, .group = v->party, .separations = s, .separation_count = 1};
    must(dt_index_query(e->index, &q, &e->hits));
    return e->hits.count;
}

static void put(struct engine *e, const struct space_set *set, size_t i)
{
    const struct space_volume *v = &set->volumes[i];
    const struct dt_index_entry entry = {.key = i, .group = v->party, .volume = &v->volume};
    must(dt_index_put(e->index, &entry));
}

static void engine_free(struct engine *e)
{
    dt_index_free(e->index);
    dt_index_hits_free(&e->hits);
}

/* Memory that is ours alone. */
static double anonymous_bytes(void)
{
    char line[128];
    long kb = 0;
    FILE *file = fopen("/proc/self/status", "r");
    while (file != NULL && fgets(line, sizeof line, file) != NULL) {
        if (sscanf(line, "RssAnon: %ld", &kb) == 1) {
            break;
        }
    }
    if (file != NULL) {
        fclose(file);
    }
    return 1024.0 * (double)kb;
}

/* What a record says itself: key, window, band, radius, whose and what; positions. */
static double record_bytes(const struct space_set *set)
{
    double bytes = 0;
    for (size_t i = 0; i < set->count; i++) {
        bytes += 40.0 + 8.0 * (double)set->volumes[i].ring.count;
    }
    return bytes;
}

static void fill(struct engine *e, const struct space_set *set, const struct space_where *where)
{
    const double before = anonymous_bytes();
    *e = (struct engine){.index = dt_index_new(1)};
    for (size_t i = 0; i < set->count; i++) {
        put(e, set, i);
    }
    const double resident = anonymous_bytes() - before, n = (double)set->count;
    const double bytes = (double)dt_index_bytes(e->index);
    char note[96];
    /* What was freed before hides in what is resident: the larger of the two counts. */
    snprintf(note, sizeof note, "beyond the record; with it %.1f by its own count, %.1f resident",
             bytes / n, resident / n);
    space_report("space.bytes_per_volume",
                 ((bytes > resident ? bytes : resident) - record_bytes(set)) / n, "bytes",
                 set->count >= 100000 ? 150 : 0, where, note);
}

/* What the true conflicts cost without any search: the exact check of each. */
static double cost_of_conflicts(struct engine *e, const struct space_set *set,
                                const struct space_set *questions, size_t count,
                                const struct dt_separation *s)
{
    double us = 0;
    for (size_t i = 0; i < count; i++) {
        ask(e, &questions->volumes[i], s);
        const double start = space_cpu_us();
        for (size_t k = 0; k < e->hits.count; k++) {
            struct dt_conflict conflict;
            dt_conflict_check(&questions->volumes[i].volume, &set->volumes[e->hits.keys[k]].volume,
                              s, &conflict);
        }
        us += space_cpu_us() - start;
    }
    return us / (double)count;
}

static void queries(struct engine *e, const struct space_set *set,
                    const struct space_set *questions, bool clustered, struct space_times times[2])
{
    for (int k = 0; k < 2; k++) {
        const struct space_where where = {set->count, clustered, &separations[k]};
        const bool held = set->count == 1000000 && !clustered;
        char note[64];
        space_measure(&times[k], ask, e, space_cpu_us, questions, questions->count, &separations[k],
                      5);
        snprintf(note, sizeof note, "%.1f conflicts a question", times[k].found);
        space_report("space.query_mean", times[k].mean_us, "us", held ? 15 : 0, &where, note);
        space_report("space.query_p99", times[k].p99_us, "us", held ? 100 : 0, &where, NULL);
        if (clustered) {
            const size_t some = questions->count < 1000 ? questions->count : 1000;
            const double cost = cost_of_conflicts(e, set, questions, some, &separations[k]);
            space_report("space.clustered_cost", times[k].mean_us / cost, "times", 4, &where,
                         "a question by the exact check of its true conflicts alone");
        }
    }
}

static void inserts(const struct space_set *set, bool clustered)
{
    const struct space_where where = {set->count, clustered, &separations[0]};
    struct engine e = {.index = dt_index_new(1)};
    const double start = space_cpu_us();
    for (size_t i = 0; i < set->count; i++) {
        ask(&e, &set->volumes[i], &separations[0]);
        put(&e, set, i);
    }
    space_report("space.insert_memory", (double)set->count / (space_cpu_us() - start) * 1e6, "1/s",
                 clustered ? 0 : 100000, &where, "from none to n, each checked first");
    engine_free(&e);
}

/* --- peers ------------------------------------------------------------------------------- */

/* The server of PostGIS is another process: its questions are timed by the wall, and their mean
 * by its processor. */
static void beside(const char *name, space_ask peer_ask, void *engine, const char *why,
                   const struct space_set *questions, size_t count, size_t n,
                   const struct space_times ours[2])
{
    const bool server = peer_ask == space_postgis_ask;
    for (int k = 0; k < 2; k++) {
        const struct space_where where = {n, false, &separations[k]};
        struct space_times theirs = {0};
        char note[128];
        snprintf(note, sizeof note, "%s", engine == NULL ? why : "");
        if (engine != NULL) {
            const double start = server ? space_postgis_cpu_us(engine) : 0;
            space_measure(&theirs, peer_ask, engine, server ? space_wall_us : space_cpu_us,
                          questions, count, &separations[k], 1);
            const double wall = theirs.mean_us;
            if (server) {
                theirs.mean_us = (space_postgis_cpu_us(engine) - start) / (double)count;
            }
            snprintf(note, sizeof note,
                     "%.2f conflicts a question, ours %.2f; its mean by the %s %.1f", theirs.found,
                     ours[k].found, server ? "wall" : "same clock", wall);
        }
        space_compare("space.query_mean", ours[k].mean_us, "us", &where, name, theirs.mean_us,
                      note);
        space_compare("space.query_p99", ours[k].p99_us, "us", &where, name, theirs.p99_us, note);
    }
}

static void peers(struct engine *e, const struct space_set *set, const struct space_set *questions)
{
    const char *why = NULL;
    const size_t count = quick ? 100 : 1000;
    struct space_times ours[2];
    for (int k = 0; k < 2; k++) { /* the same questions, in the same minutes */
        space_measure(&ours[k], ask, e, space_cpu_us, questions, count, &separations[k], 5);
    }
    void *engine = space_geos_new(set, &why);
    beside("geos-strtree", space_geos_ask, engine, why, questions, count, set->count, ours);
    space_geos_free(engine);
    engine = space_sqlite_new(set, &why);
    beside("sqlite-rtree-geos", space_sqlite_ask, engine, why, questions, count, set->count, ours);
    space_sqlite_free(engine);
    engine = space_postgis_new(set, conninfo, &why);
    beside("postgis-geography", space_postgis_ask, engine, why, questions, count, set->count, ours);
    space_postgis_free(engine);
}

/* --- everything ----------------------------------------------------------------------------- */

static void durable(const struct space_set *set, const struct space_where *where)
{
    struct space_durable d;
    char note[128];
    space_durable(&d, set, set->count);
    snprintf(note, sizeof note,
             "decoded, judged, checked, logged; a commit for each 256; %.0f by the processor alone",
             (double)set->count / d.insert_cpu_s);
    space_report("space.insert_durable", (double)set->count / d.insert_s, "1/s", 20000, where,
                 note);
    snprintf(note, sizeof note,
             "every record read back, judged and put in; %.2f s by the processor alone",
             d.restart_cpu_s);
    space_report("space.restart_million", d.restart_s, "s", 10, where, note);
}

static void figures(size_t n, bool clustered)
{
    struct space_set set, questions;
    struct engine e;
    struct space_times times[2];
    const struct space_where where = {n, clustered, NULL};
    const bool whole = n == (quick ? 100000 : 1000000);
    space_make(&set, 0, n, clustered);
    space_make(&questions, 1, quick ? 1000 : 10000, clustered);
    fill(&e, &set, &where);
    queries(&e, &set, &questions, clustered, times);
    if (whole && !clustered) {
        peers(&e, &set, &questions);
    }
    engine_free(&e);
    if (whole) {
        inserts(&set, clustered);
    }
    if (whole && !clustered) {
        durable(&set, &where);
    }
    space_free(&set);
    space_free(&questions);
}

static int answers(char **argv)
{
    struct space_set set, questions;
    struct engine e = {.index = dt_index_new(1)};
    FILE *out = fopen(argv[4], "w");
    const struct dt_separation s = {(uint32_t)(1000 * atol(argv[2])),
                                    (uint32_t)(1000 * atol(argv[3])), 0};
    if (out == NULL || !space_read(&set, argv[0], 10000000) ||
        !space_read(&questions, argv[1], 10000000)) {
        fprintf(stderr, "space_bench: cannot read %s or %s, or write %s\n", argv[0], argv[1],
                argv[4]);
        return 1;
    }
    for (size_t i = 0; i < set.count; i++) {
        put(&e, &set, i);
    }
    for (size_t i = 0; i < questions.count; i++) {
        ask(&e, &questions.volumes[i], &s);
        for (size_t k = 0; k < e.hits.count; k++) {
            fprintf(out, "%zu %llu\n", i, (unsigned long long)e.hits.keys[k]);
        }
    }
    fclose(out);
    engine_free(&e);
    space_free(&set);
    space_free(&questions);
    return 0;
}

int main(int argc, char **argv)
{
    if (argc == 7 && strcmp(argv[1], "--answers") == 0) {
        return answers(&argv[2]);
    }
    if (argc == 2 && strcmp(argv[1], "--durable") == 0) {
        struct space_set set;
        space_make(&set, 0, 1000000, false);
        durable(&set, &(struct space_where){set.count, false, NULL});
        space_free(&set);
        return 0;
    }
    for (int i = 1; i < argc; i++) {
        quick = quick || strcmp(argv[i], "--quick") == 0;
        if (strcmp(argv[i], "--postgis") == 0 && i + 1 < argc) {
            conninfo = argv[++i];
        }
    }
    for (size_t n = 10000; n <= (quick ? 100000 : 10000000); n *= 10) {
        figures(n, false);
    }
    figures(quick ? 100000 : 1000000, true);
    return 0;
}

/* SPDX-License-Identifier: ISC */
/*
 * store_bench - what a record costs on disk: one JSON line a figure.
 *
 * usage: store_bench [DIRECTORY] [RECORDS]
 * DIRECTORY is where the home is made (default ".": the medium counts); RECORDS are written
 * into one log for the large figures (default 200000). 300-byte records: header 100, body 200.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "store/store.h"

enum { HEADER = 100, BODY = 200 };

static char path[512];
static struct dt_store *store;
static struct dt_store_log row;

static void must(enum dt_err err, const char *what)
{
    if (err != DT_OK) {
        fprintf(stderr, "store_bench: %s: %s\n", what, dt_err_text(err));
        exit(1);
    }
}

static double now_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static void report(const char *figure, double value, const char *unit)
{
    printf("{\"figure\": \"%s\", \"value\": %.2f, \"unit\": \"%s\"}\n", figure, value, unit);
    fflush(stdout);
}

/* Memory that is ours alone, in kB; 0 where the system does not say. */
static long anonymous_kb(void)
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
    return kb;
}

static void append_group(uint64_t count, double *appending_us, double *committing_us)
{
    uint8_t header[HEADER] = {0}, body[BODY] = {0}, leaf[DT_HASH_SIZE];
    const double start = now_us();
    must(dt_store_begin(store), "begin");
    for (uint64_t i = 0; i < count; i++) {
        memcpy(header, &row.frontier.size, 8);
        memcpy(body, &row.frontier.size, 8);
        must(dt_store_append(store, &row, dt_span(header, HEADER), dt_span(body, BODY), leaf),
             "append");
    }
    must(dt_store_log_update(store, &row), "update");
    const double between = now_us();
    must(dt_store_commit(store), "commit");
    *appending_us += between - start;
    *committing_us += now_us() - between;
}

static void bench_groups(uint64_t size, uint64_t groups)
{
    char name[64];
    double appending = 0, committing = 0;
    for (uint64_t i = 0; i < groups; i++) {
        append_group(size, &appending, &committing);
    }
    const double records = (double)(size * groups);
    snprintf(name, sizeof name, "append, groups of %llu", (unsigned long long)size);
    report(name, appending / records, "us/record");
    snprintf(name, sizeof name, "append and commit, groups of %llu", (unsigned long long)size);
    report(name, (appending + committing) / records, "us/record");
    snprintf(name, sizeof name, "commit, groups of %llu", (unsigned long long)size);
    report(name, committing / (double)groups, "us/commit");
}

static bool count_bytes(void *ctx, const struct dt_store_record *record)
{
    *(uint64_t *)ctx += record->header.size + record->body.size;
    return true;
}

static void bench_reads(uint64_t records)
{
    enum { READS = 50000, PATHS = 200 };
    struct dt_store_record record;
    struct dt_store_tree tree = {.store = store, .log = row.id};
    struct dt_path inclusion;
    uint64_t place = 1, bytes = 0;
    double start = now_us();
    for (uint64_t i = 0; i < READS; i++) {
        must(dt_store_record_get(store, row.id, i % records, &record), "get");
    }
    report("get, in order", (now_us() - start) / READS, "us/record");
    start = now_us();
    for (int i = 0; i < READS; i++) {
        place = place * UINT64_C(6364136223846793005) + 1442695040888963407u;
        must(dt_store_record_get(store, row.id, (place >> 20) % records, &record), "get");
    }
    report("get, anywhere", (now_us() - start) / READS, "us/record");
    start = now_us();
    must(dt_store_record_list(store, row.id, 0, UINT64_MAX, count_bytes, &bytes), "list");
    report("list", (now_us() - start) / (double)row.frontier.size, "us/record");
    start = now_us();
    for (int i = 0; i < PATHS; i++) {
        place = place * UINT64_C(6364136223846793005) + 1442695040888963407u;
        must(dt_inclusion_path(&inclusion, (place >> 20) % records, records, dt_store_tree_node,
                               &tree), "path");
    }
    report("inclusion path", (now_us() - start) / PATHS, "us/path");
}

static void bench_facts(uint64_t count)
{
    struct dt_fact fact = {.wid = 16, .kind = DT_KIND_ACK, .has_target = true};
    const double start = now_us();
    must(dt_store_begin(store), "begin");
    for (uint64_t i = 0; i < count; i++) {
        fact.seq = i;
        fact.time_ms = (int64_t)i * 1000;
        fact.target.seq = i / 2;
        must(dt_store_fact_put(store, row.line, row.id, &fact), "fact");
    }
    must(dt_store_commit(store), "commit");
    report("fact put, one group", (now_us() - start) / (double)count, "us/fact");
}

int main(int argc, char **argv)
{
    const char *directory = argc > 1 ? argv[1] : ".";
    const uint64_t records = argc > 2 ? strtoull(argv[2], NULL, 10) : 200000;
    char wal[520];
    double appending = 0, committing = 0;
    uint64_t size;
    snprintf(path, sizeof path, "%.400s/store_bench-%ld.db", directory, (long)getpid());
    snprintf(wal, sizeof wal, "%s-wal", path);
    must(dt_crypto_init(), "crypto");
    must(dt_store_open(&store, path, DT_STORE_CREATE, NULL), "open");
    struct dt_store_line line = {.charter = dt_span("charter", 7)};
    must(dt_store_line_insert(store, &line), "line");
    row = (struct dt_store_log){.line = line.id, .wid = 16};
    must(dt_store_log_insert(store, &row), "log");

    bench_groups(1, 300);
    bench_groups(64, 200);
    bench_groups(256, 200);
    const double start = now_us();
    append_group(records, &appending, &committing);
    report("append, one group", appending / (double)records, "us/record");
    report("append and commit, one group", (now_us() - start) / (double)records, "us/record");
    bench_reads(row.frontier.size);
    bench_facts(records / 4);
    must(dt_store_file_size(store, &size), "size");
    report("file, a record", (double)size / (double)row.frontier.size, "bytes");
    report("anonymous memory", (double)anonymous_kb(), "kB");
    dt_store_close(store);
    (void)unlink(path);
    (void)unlink(wal);
    return 0;
}

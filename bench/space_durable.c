/* SPDX-License-Identifier: ISC */
/*
 * Through the real log: a notice is decoded and judged, checked against all others, put into
 * the index, its record and fact appended; a commit for each 256, as a node groups them. A
 * restart reads every record back, judges it again and puts it in.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "geo/index.h"
#include "space.h"
#include "store/store.h"
#include "view/notice.h"

enum { GROUP = 256, HEADER = 100 };
static const int64_t written_ms = INT64_C(1771900000000); /* records are written one after another */

struct home {
    struct dt_store *store;
    struct dt_store_log log;
    struct dt_index *index;
    struct dt_index_hits hits;
    struct dt_notice_plain plain;
    struct dt_body_notice clear;
    struct dt_window legs[DT_RING_MAX];
    uint64_t next;
};

static void must(enum dt_err err, const char *what)
{
    if (err != DT_OK) {
        fprintf(stderr, "space_bench: %s: %s\n", what, dt_err_text(err));
        exit(1);
    }
}

static void clear_of(struct dt_body_notice *clear, const struct dt_window *time)
{
    *clear = (struct dt_body_notice){.category = DT_CATEGORY_STATIC,
                                     .request = DT_REQUEST_INFORM_ONLY,
                                     .start_ms = time->from_ms,
                                     .end_ms = time->until_ms};
}

static size_t encode(struct home *h, const struct space_volume *v, uint8_t *out, size_t capacity)
{
    static struct dt_notice_plain plain;
    size_t size = 0;
    snprintf(plain.title, sizeof plain.title, "Site");
    snprintf(plain.language, sizeof plain.language, "en");
    plain.volumes[0] = (struct dt_notice_volume){.shape = v->volume, .datum = DT_DATUM_AMSL};
    plain.volume_count = 1;
    clear_of(&h->clear, &v->volume.time);
    must(dt_notice_plain_encode(out, capacity, &size, &plain, &h->clear), "encode");
    return size;
}

/* The window and party stand in the header here; a node has them in the clear part. */
struct header {
    struct dt_window time;
    uint64_t party;
};

static void take(struct home *h, struct dt_span header, struct dt_span body, bool ask)
{
    static const struct dt_separation none = {0};
    struct header head;
    struct dt_volume volume;
    memcpy(&head, header.data, sizeof head);
    clear_of(&h->clear, &head.time);
    must(dt_notice_plain_decode(&h->plain, body, &h->clear), "decode");
    dt_notice_enlarge(&volume, h->legs, &h->plain.volumes[0]);
    const struct dt_index_question q = {.volume = &volume,
                                        .group = (uint16_t)head.party,
                                        .separations = &none,
                                        .separation_count = 1};
    if (ask) {
        must(dt_index_query(h->index, &q, &h->hits), "query");
    }
    const struct dt_index_entry e = {
        .key = h->next++, .group = (uint16_t)head.party, .volume = &volume};
    must(dt_index_put(h->index, &e), "put");
}

/* Bytes as they come from their author. */
struct group {
    struct header heads[GROUP];
    uint8_t bodies[GROUP][1024];
    size_t sizes[GROUP], count;
};

static void make_group(struct home *h, struct group *g, const struct space_set *set, size_t first,
                       size_t count)
{
    g->count = count;
    for (size_t i = 0; i < count; i++) {
        const struct space_volume *v = &set->volumes[first + i];
        g->heads[i] = (struct header){v->volume.time, v->party};
        g->sizes[i] = encode(h, v, g->bodies[i], sizeof g->bodies[i]);
    }
}

static void append_group(struct home *h, const struct group *g)
{
    uint8_t header[HEADER] = {0}, leaf[DT_HASH_SIZE];
    must(dt_store_begin(h->store), "begin");
    for (size_t i = 0; i < g->count; i++) {
        const struct dt_span body = dt_span(g->bodies[i], g->sizes[i]);
        memcpy(header, &g->heads[i], sizeof g->heads[i]);
        take(h, dt_span(header, HEADER), body, true);
        const struct dt_fact fact = {.wid = 16,
                                     .seq = h->log.frontier.size,
                                     .kind = DT_KIND_NOTICE,
                                     .time_ms = written_ms + (int64_t)h->log.frontier.size};
        must(dt_store_append(h->store, &h->log, dt_span(header, HEADER), body, leaf), "append");
        must(dt_store_fact_put(h->store, h->log.line, h->log.id, &fact), "fact");
    }
    must(dt_store_log_update(h->store, &h->log), "update");
    must(dt_store_commit(h->store), "commit");
}

static void insert_all(struct home *h, struct space_durable *out, const struct space_set *set,
                       size_t count)
{
    static struct group g;
    for (size_t i = 0; i < count; i += GROUP) {
        make_group(h, &g, set, i, count - i < GROUP ? count - i : GROUP);
        const double start = space_wall_us(), start_cpu = space_cpu_us();
        append_group(h, &g);
        out->insert_s += (space_wall_us() - start) / 1e6;
        out->insert_cpu_s += (space_cpu_us() - start_cpu) / 1e6;
    }
}

static bool take_record(void *ctx, const struct dt_store_record *record)
{
    take(ctx, record->header, record->body, false);
    return true;
}

void space_durable(struct space_durable *out, const struct space_set *set, size_t count)
{
    char path[64], wal[80];
    static struct home h;
    *out = (struct space_durable){0};
    struct dt_store_line line = {.charter = dt_span("charter", 7)};
    snprintf(path, sizeof path, "space_bench-%ld.db", (long)getpid());
    snprintf(wal, sizeof wal, "%s-wal", path);
    must(dt_crypto_init(), "crypto");
    must(dt_store_open(&h.store, path, DT_STORE_CREATE, NULL), "open");
    must(dt_store_line_insert(h.store, &line), "line");
    h.log = (struct dt_store_log){.line = line.id, .wid = 16};
    must(dt_store_log_insert(h.store, &h.log), "log");
    h.index = dt_index_new(1);
    insert_all(&h, out, set, count);
    dt_index_free(h.index);
    dt_store_close(h.store);

    const double start = space_wall_us(), start_cpu = space_cpu_us();
    must(dt_store_open(&h.store, path, DT_STORE_OPEN, NULL), "open again");
    h.index = dt_index_new(2);
    h.next = 0;
    must(dt_store_record_list(h.store, h.log.id, 0, UINT64_MAX, take_record, &h), "list");
    out->restart_s = (space_wall_us() - start) / 1e6;
    out->restart_cpu_s = (space_cpu_us() - start_cpu) / 1e6;
    if (dt_index_count(h.index) != count) {
        must(DT_ERR_STORE_DAMAGED, "restart");
    }
    dt_index_free(h.index);
    dt_index_hits_free(&h.hits);
    dt_store_close(h.store);
    (void)unlink(path);
    (void)unlink(wal);
}

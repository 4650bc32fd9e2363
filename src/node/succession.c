/* SPDX-License-Identifier: ISC */
#include "node/succession.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "log/fields.h"
#include "log/statement.h"
#include "node/file.h"
#include "node/home_papers.h"
#include "node/state.h"

struct heir {
    struct dt_home old, home;
    struct dt_store *store; /* the copy, to be gone on with */
    uint8_t root[DT_SIGNER_SIZE];
    struct dt_node_keys keys;
    uint8_t certificate[DT_STATEMENT_MAX];
    size_t certificate_size;
    int64_t now_ms;
    struct dt_store_line *lines; /* charters owned */
    size_t line_count;
    struct dt_store_log logs[DT_WRITERS_MAX]; /* of our party on one line */
    size_t log_count;
    unsigned me; /* our place on it */
    bool used[DT_WRITERS_MAX + 1];
    enum dt_err err;
};

/* --- what is there ----------------------------------------------------------------- */

static bool take_line(void *ctx, const struct dt_store_line *row)
{
    struct heir *h = ctx;
    struct dt_store_line *lines = realloc(h->lines, (h->line_count + 1) * sizeof *lines);
    uint8_t *charter = malloc(row->charter.size + 1);
    h->lines = lines != NULL ? lines : h->lines;
    if (lines == NULL || charter == NULL) {
        free(charter);
        h->err = DT_ERR_NO_MEMORY;
        return false;
    }
    memcpy(charter, row->charter.data, row->charter.size);
    lines[h->line_count] = *row;
    lines[h->line_count++].charter = dt_span(charter, row->charter.size);
    return true;
}

static bool take_log(void *ctx, const struct dt_store_log *log)
{
    struct heir *h = ctx;
    if (dt_wid_member(log->wid) == h->me && log->branch == 0 && h->log_count < DT_WRITERS_MAX) {
        h->logs[h->log_count++] = *log;
    }
    return true;
}

static enum dt_err read_charter(struct heir *h, const struct dt_store_line *row,
                                struct dt_charter *charter)
{
    struct dt_statement s;
    DT_TRY(dt_statement_decode(&s, row->charter));
    DT_TRY(dt_charter_from_statement(charter, &s));
    const int me = dt_charter_find_root(charter, h->home.root);
    h->me = me >= 0 ? (unsigned)me : 0;
    h->log_count = 0;
    return me < 0 ? DT_ERR_UNKNOWN_PARTY : dt_store_log_list(h->store, row->id, take_log, h);
}

/* Numbers that a certificate or a log bears. */
static enum dt_err choose_number(struct heir *h, struct dt_charter *charter, unsigned wanted)
{
    unsigned numbers[DT_WRITERS_MAX];
    size_t count = 0;
    DT_TRY(dt_home_numbers(&h->old, "node-", DT_WRITERS_MAX, numbers, DT_WRITERS_MAX, &count));
    h->used[h->old.number] = true;
    for (size_t i = 0; i < count; i++) {
        h->used[numbers[i]] = true;
    }
    for (size_t i = 0; i < h->line_count; i++) {
        DT_TRY(read_charter(h, &h->lines[i], charter));
        for (size_t k = 0; k < h->log_count; k++) {
            h->used[dt_wid_number(h->logs[k].wid)] = true;
        }
    }
    if (wanted > DT_WRITERS_MAX) {
        return DT_ERR_BAD_VALUE;
    }
    if (wanted != 0) {
        h->home.number = wanted;
        return h->used[wanted] ? DT_ERR_DUPLICATE : DT_OK;
    }
    for (unsigned n = 1; n <= DT_WRITERS_MAX; n++) {
        if (!h->used[n]) {
            h->home.number = n;
            return DT_OK;
        }
    }
    return DT_ERR_CAPACITY;
}

/* --- a new log -------------------------------------------------------------------------- */

static enum dt_err open_body(struct heir *h, const struct dt_charter *charter, uint8_t *out,
                             size_t capacity, size_t *size)
{
    struct dt_body_open open = {.certificate = dt_span(h->certificate, h->certificate_size)};
    memcpy(open.line, charter->id, DT_HASH_SIZE);
    dt_accept_sign(open.acceptance, charter->id, h->keys.writer_public, h->root);
    for (size_t i = 0; i < h->log_count; i++) {
        const struct dt_store_log *log = &h->logs[i];
        struct dt_store_tree tree = {h->store, log->id, 0, 0, DT_OK};
        struct dt_seen *p = &open.predecessors[open.predecessor_count];
        if (log->checkpoint_size == 0) {
            continue;
        }
        p->wid = log->wid;
        p->size = log->checkpoint_size;
        DT_TRY(dt_tree_root(p->root, p->size, dt_store_tree_node, &tree));
        open.predecessor_count++;
    }
    return dt_body_open_encode(out, capacity, size, &open);
}

static enum dt_err write_opening(struct heir *h, const struct dt_charter *charter,
                                 struct dt_store_log *log, struct dt_span body)
{
    uint8_t header[DT_HEADER_MAX], leaf[DT_HASH_SIZE];
    struct dt_fact fact;
    struct dt_checkpoint c = {.size = 1};
    size_t size = 0;
    struct dt_header head = {.version = DT_VERSION,
                             .kind = DT_KIND_OPEN,
                             .time_ms = h->now_ms,
                             .flags = dt_flags(DT_ROUTINE, charter->class_)};
    DT_TRY(dt_header_encode(header, &size, &head, body));
    DT_TRY(dt_fact_from_record(&fact, charter, log->wid, 0, dt_span(header, size), body, NULL));
    DT_TRY(fact.err);
    DT_TRY(dt_store_log_insert(h->store, log));
    DT_TRY(dt_store_append(h->store, log, dt_span(header, size), body, leaf));
    memcpy(c.line_id, charter->id, DT_HASH_SIZE);
    memcpy(c.writer, log->writer, DT_PUBLIC_SIZE);
    dt_frontier_root(&log->frontier, c.root);
    dt_checkpoint_sign(&c, h->keys.writer);
    log->checkpoint_size = c.size;
    memcpy(log->checkpoint_signature, c.signature, DT_SIGNATURE_SIZE);
    DT_TRY(dt_store_log_update(h->store, log));
    return dt_store_fact_put(h->store, log->line, log->id, &fact);
}

/* The old logs are read on like anybody's; the new one names how far they went. */
static enum dt_err open_log(struct heir *h, const struct dt_store_line *row,
                            struct dt_charter *charter)
{
    uint8_t body[DT_BODY_MAX];
    size_t size = 0;
    DT_TRY(read_charter(h, row, charter));
    for (size_t i = 0; i < h->log_count; i++) {
        h->logs[i].flags &= ~(unsigned)DT_STORE_LOG_OWN;
        DT_TRY(dt_store_log_update(h->store, &h->logs[i]));
    }
    struct dt_store_log log = {.line = row->id, .wid = dt_wid(h->me, h->home.number),
                               .flags = DT_STORE_LOG_OWN};
    memcpy(log.writer, h->keys.writer_public, DT_PUBLIC_SIZE);
    DT_TRY(open_body(h, charter, body, sizeof body, &size));
    return write_opening(h, charter, &log, dt_span(body, size));
}

static enum dt_err open_logs(struct heir *h, struct dt_charter *charter, unsigned *lines)
{
    DT_TRY(dt_store_begin(h->store));
    for (size_t i = 0; i < h->line_count; i++) {
        if (h->lines[i].state == DT_LINE_LEFT) {
            continue;
        }
        DT_TRY(open_log(h, &h->lines[i], charter));
        (*lines)++;
    }
    DT_TRY(dt_store_meta_delete(h->store, DT_STORE_META_COPY));
    return dt_store_commit(h->store);
}

/* --- the new home ------------------------------------------------------------------------ */

/* Reads the old store, which may be marked as a copy; decides; copies it. */
static enum dt_err copy_store(struct heir *h, struct dt_charter *charter, unsigned number)
{
    char from[DT_HOME_PATH_SIZE], to[DT_HOME_PATH_SIZE];
    DT_TRY(dt_home_file(from, &h->old, "detente.db"));
    DT_TRY(dt_home_file(to, &h->home, "detente.db"));
    DT_TRY(dt_store_open(&h->store, from, DT_STORE_READ, NULL));
    enum dt_err err = dt_store_line_list(h->store, take_line, h);
    err = err == DT_OK ? h->err : err;
    err = err == DT_OK ? choose_number(h, charter, number) : err;
    err = err == DT_OK ? dt_store_backup(h->store, to) : err;
    dt_store_close(h->store);
    h->store = NULL;
    return err != DT_OK ? err : dt_store_open(&h->store, to, DT_STORE_OPEN, NULL);
}

/* The number is given away: who restores this backup once more gets another. A backup on
 * a medium that cannot be written stays without the note. */
static bool note_number(const struct heir *h)
{
    char name[64], path[DT_HOME_PATH_SIZE];
    snprintf(name, sizeof name, "certs/node-%u.cert", h->home.number);
    return dt_home_file(path, &h->old, name) == DT_OK &&
           dt_file_write(path, dt_span(h->certificate, h->certificate_size), true) == DT_OK;
}

static enum dt_err build(struct heir *h, struct dt_span node_passphrase, unsigned number,
                         struct dt_restored *out)
{
    struct dt_certificate certificate;
    struct dt_charter *charter = malloc(sizeof *charter);
    if (charter == NULL) {
        return DT_ERR_NO_MEMORY;
    }
    enum dt_err err = copy_store(h, charter, number);
    err = err == DT_OK ? dt_home_succeed(&h->home, h->root, node_passphrase, h->now_ms, &h->keys)
                       : err;
    err = err == DT_OK ? dt_home_certificate(&h->home, h->certificate, &h->certificate_size,
                                             &certificate)
                       : err;
    err = err == DT_OK ? open_logs(h, charter, &out->lines) : err;
    dt_store_close(h->store);
    err = err == DT_OK ? dt_home_establish(&h->home) : err;
    out->number = h->home.number;
    out->noted = err == DT_OK && note_number(h);
    free(charter);
    return err;
}

static void forget(struct heir *h)
{
    for (size_t i = 0; i < h->line_count; i++) {
        free((void *)(uintptr_t)h->lines[i].charter.data);
    }
    free(h->lines);
    dt_wipe(h, sizeof *h);
    free(h);
}

enum dt_err dt_restore(const char *from, const char *to, struct dt_span root_passphrase,
                       struct dt_span node_passphrase, unsigned number, int64_t now_ms,
                       struct dt_restored *out)
{
    struct heir *h = calloc(1, sizeof *h);
    *out = (struct dt_restored){0};
    if (h == NULL || strlen(to) + 16 > sizeof h->home.path) {
        free(h);
        return h == NULL ? DT_ERR_NO_MEMORY : DT_ERR_TOO_LARGE;
    }
    h->now_ms = now_ms;
    enum dt_err err = dt_home_open(&h->old, from);
    err = err == DT_OK ? dt_home_unlock_root(&h->old, root_passphrase, h->root) : err;
    h->home = h->old;
    memset(h->home.path, 0, sizeof h->home.path);
    memcpy(h->home.path, to, strlen(to));
    if (err == DT_OK) {
        err = dt_home_copy(&h->old, to, false);
    }
    if (err == DT_OK) {
        err = build(h, node_passphrase, number, out);
        if (err != DT_OK) {
            dt_home_discard(to);
        }
    }
    forget(h);
    return err;
}

/* SPDX-License-Identifier: ISC */
/* Lines, papers and keys of a home that nobody runs; each log is verify_log.c's. */
#include "node/verify.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "log/fields.h"
#include "log/fork.h"
#include "log/statement.h"
#include "node/query.h"
#include "node/verify_state.h"

void dt_verify_fault(struct dt_verifying *v, enum dt_err err, const char *what,
                     const struct dt_store_log *log, const uint64_t *seq)
{
    struct dt_verify_report *r = v->report;
    if (r->faults++ > 0) {
        return;
    }
    r->fault = err;
    r->what = what;
    if (v->line != NULL && v->line->charter != NULL) {
        dt_line_tag_text(r->line, v->line);
    }
    if (log != NULL) {
        const unsigned member = dt_wid_member(log->wid);
        const bool known = v->line != NULL && member < v->line->charter->member_count;
        snprintf(r->log, sizeof r->log, "%s.%u",
                 known ? v->line->charter->members[member].code : "?", dt_wid_number(log->wid));
    }
    r->has_seq = seq != NULL;
    r->seq = seq != NULL ? *seq : 0;
}

static bool settle(struct dt_verifying *v, enum dt_err err, const char *what)
{
    if (err == DT_ERR_NO_MEMORY || err == DT_ERR_STORE) {
        v->trouble = err;
    } else if (err != DT_OK) {
        dt_verify_fault(v, err, what, NULL, NULL);
    }
    return v->trouble == DT_OK;
}

/* --- statements, keys, cards ------------------------------------------------------ */

/* A proof that no single log satisfies both of, and a log that is marked for it. */
static enum dt_err check_fork(struct dt_verifying *v, const struct dt_store_statement *row)
{
    struct dt_fork fork;
    const struct dt_line_writer *w =
        dt_line_writer(v->line, (uint16_t)(row->type - DT_KEPT_FORK), false);
    DT_TRY(dt_fork_decode(&fork, row->bytes));
    if (w == NULL || fork.wid != w->wid ||
        memcmp(fork.line_id, v->line->charter->id, DT_HASH_SIZE) != 0) {
        return DT_ERR_UNKNOWN_WRITER;
    }
    DT_TRY(dt_fork_verify(&fork, w->log.writer));
    v->report->forks++;
    if (w->log.common > dt_fork_parts_at(&fork)) { /* more counts than can be common */
        dt_verify_fault(v, DT_ERR_FORK, "log", &w->log, NULL);
    }
    if ((w->log.flags & DT_STORE_LOG_FORKED) == 0) {
        dt_verify_fault(v, DT_ERR_FORK, "log", &w->log, NULL);
    }
    return DT_OK;
}

static bool check_statement(void *ctx, const struct dt_store_statement *row)
{
    struct dt_verifying *v = ctx;
    struct dt_statement s;
    uint8_t id[DT_HASH_SIZE];
    if (row->type == DT_KEPT_SEEN) {
        return true; /* the records say it themselves */
    }
    const bool fork = row->type >= DT_KEPT_FORK && v->line != NULL;
    dt_statement_id(id, row->bytes);
    enum dt_err err = memcmp(id, row->id, DT_HASH_SIZE) == 0 ? DT_OK : DT_ERR_BAD_HASH;
    if (err == DT_OK) {
        err = fork ? check_fork(v, row) : dt_statement_decode(&s, row->bytes);
    }
    v->report->statements += err == DT_OK && !fork;
    return settle(v, err, fork ? "fork proof" : "paper");
}

static bool check_key(void *ctx, const struct dt_store_content_key *row)
{
    struct dt_verifying *v = ctx;
    uint8_t id[DT_KEY_ID_SIZE];
    dt_key_id(id, row->key);
    if (!row->single && memcmp(id, row->key_id, DT_KEY_ID_SIZE) != 0) {
        dt_verify_fault(v, DT_ERR_BAD_HASH, "key", NULL, NULL);
    }
    return true;
}

static bool check_peer(void *ctx, const struct dt_store_peer *peer)
{
    struct dt_verifying *v = ctx;
    struct dt_statement s;
    struct dt_card *card = malloc(sizeof *card);
    enum dt_err err = card == NULL ? DT_ERR_NO_MEMORY : dt_statement_decode(&s, peer->card);
    err = err == DT_OK ? dt_card_decode(card, &s) : err;
    if (err == DT_OK && memcmp(card->root, peer->root, DT_PUBLIC_SIZE) != 0) {
        err = DT_ERR_UNKNOWN_PARTY;
    }
    free(card);
    v->report->statements += err == DT_OK;
    return settle(v, err, "paper");
}

/* --- a line --------------------------------------------------------------------------- */

static bool take_log(void *ctx, const struct dt_store_log *log)
{
    struct dt_verifying *v = ctx;
    struct dt_store_log *logs = realloc(v->logs, (v->log_count + 1) * sizeof *logs);
    if (logs == NULL) {
        v->trouble = DT_ERR_NO_MEMORY;
        return false;
    }
    v->logs = logs;
    logs[v->log_count++] = *log;
    struct dt_line_writer *w;
    if (log->branch == 0) {
        w = dt_line_writer(v->line, log->wid, true);
        if (w == NULL) {
            v->trouble = DT_ERR_NO_MEMORY;
            return false;
        }
        w->log = *log;
    } else if ((w = dt_line_writer(v->line, log->wid, false)) != NULL) {
        w->other = *log;
    }
    v->all += log->frontier.size;
    return true;
}

static enum dt_err read_charter(struct dt_verifying *v, const struct dt_store_line *row)
{
    struct dt_statement s;
    DT_TRY(dt_statement_decode(&s, row->charter));
    DT_TRY(dt_charter_from_statement(v->line->charter, &s));
    if (memcmp(v->line->charter->id, row->line_id, DT_HASH_SIZE) != 0) {
        return DT_ERR_BAD_HASH;
    }
    return dt_charter_find_root(v->line->charter, v->node->home.root) >= 0
               ? DT_OK
               : DT_ERR_UNKNOWN_PARTY;
}

static bool take_key_fact(void *ctx, const struct dt_store_fact *row)
{
    (void)row;
    ((struct dt_verifying *)ctx)->keys_listed++;
    return true;
}

/* The view has a row for each record and none beside them; and whom it calls an
 * officer is decided by KEY records, so none of those may be hidden. */
static enum dt_err check_view(struct dt_verifying *v, uint64_t records)
{
    struct dt_store_cursor cursor = DT_STORE_NEWEST;
    uint64_t facts = 0;
    DT_TRY(dt_store_fact_count(v->node->store, v->line->id, &facts));
    DT_TRY(dt_store_fact_by_kind(v->node->store, v->line->id, DT_KIND_KEY, &cursor, SIZE_MAX,
                                 take_key_fact, v));
    return facts == records && v->keys_listed == v->keys_seen ? DT_OK : DT_ERR_BAD_VALUE;
}

static void check_marks(struct dt_verifying *v, uint64_t forks_before)
{
    uint64_t marked = 0;
    for (size_t i = 0; i < v->log_count; i++) {
        marked += v->logs[i].branch == 0 && (v->logs[i].flags & DT_STORE_LOG_FORKED) != 0;
    }
    if (marked > v->report->forks - forks_before) { /* called forked, and no proof is held */
        dt_verify_fault(v, DT_ERR_FORK, "fork proof", NULL, NULL);
    }
}

static bool check_line(struct dt_verifying *v, const struct dt_store_line *row)
{
    struct dt_store *store = v->node->store;
    struct dt_verify_report *r = v->report;
    const uint64_t before = r->records + r->ahead, forks = r->forks;
    r->lines++;
    v->line->node = v->node;
    v->line->id = row->id;
    v->log_count = 0;
    v->keys_listed = v->keys_seen = 0;
    const enum dt_err err = read_charter(v, row);
    if (err != DT_OK) {
        return settle(v, err, "charter"); /* without it nothing below can be judged */
    }
    if (!settle(v, dt_store_log_list(store, row->id, take_log, v), "log") ||
        !settle(v, dt_line_load_views(v->line), "view")) {
        return false;
    }
    /* Fork proofs first: they say how much of a log counts. */
    if (!settle(v, dt_store_statement_list(store, row->id, -1, check_statement, v), "paper")) {
        return false;
    }
    check_marks(v, forks);
    v->claim_count = 0;
    for (size_t i = 0; i < v->log_count; i++) {
        if (!dt_verify_log(v, &v->logs[i])) {
            return false;
        }
    }
    dt_verify_seen_all(v);
    if (!settle(v, dt_store_content_key_list(store, row->id, check_key, v), "key")) {
        return false;
    }
    return settle(v, check_view(v, r->records + r->ahead - before), "view");
}

static bool take_line(void *ctx, const struct dt_store_line *row)
{
    struct dt_verifying *v = ctx;
    v->line = calloc(1, sizeof *v->line);
    if (v->line == NULL || (v->line->charter = calloc(1, sizeof *v->line->charter)) == NULL) {
        free(v->line);
        v->line = NULL;
        v->trouble = DT_ERR_NO_MEMORY;
        return false;
    }
    const bool more = check_line(v, row);
    dt_line_free(v->line);
    v->line = NULL;
    return more;
}

/* --- a home ---------------------------------------------------------------------------- */

static enum dt_err check_papers(const struct dt_home *home)
{
    uint8_t bytes[DT_STATEMENT_MAX];
    struct dt_certificate certificate;
    struct dt_card *card = malloc(sizeof *card);
    size_t size = 0;
    enum dt_err err = card == NULL ? DT_ERR_NO_MEMORY
                                   : dt_home_certificate(home, bytes, &size, &certificate);
    err = err == DT_OK ? dt_home_card(home, bytes, &size, card) : err;
    free(card);
    return err;
}

static void check_home(struct dt_verifying *v)
{
    struct dt_store *store = v->node->store;
    const enum dt_err papers = check_papers(&v->node->home);
    v->report->statements += papers == DT_OK ? 2 : 0;
    if (settle(v, papers, "paper") &&
        settle(v, dt_store_line_list(store, take_line, v), "charter") &&
        settle(v, dt_store_statement_list(store, 0, -1, check_statement, v), "paper") &&
        settle(v, dt_store_peer_list(store, check_peer, v), "paper") &&
        settle(v, dt_store_check(store), "store") && v->progress != NULL) {
        v->progress(v->ctx, v->report->records, v->report->records);
    }
}

static enum dt_err open_home(struct dt_node *n, const char *path)
{
    char file[DT_HOME_PATH_SIZE];
    DT_TRY(dt_home_open(&n->home, path));
    DT_TRY(dt_home_file(file, &n->home, "detente.db"));
    return dt_store_open(&n->store, file, DT_STORE_READ, NULL);
}

enum dt_err dt_verify_home(const char *home, struct dt_verify_report *report,
                           dt_verify_progress progress, void *ctx)
{
    struct dt_verifying v = {.report = report, .progress = progress, .ctx = ctx};
    memset(report, 0, sizeof *report);
    report->what = "";
    v.node = calloc(1, sizeof *v.node);
    if (v.node == NULL) {
        return DT_ERR_NO_MEMORY;
    }
    enum dt_err err = open_home(v.node, home);
    if (err == DT_OK) {
        check_home(&v);
        err = v.trouble != DT_OK ? v.trouble : report->fault;
    } else if (err == DT_ERR_STORE_DAMAGED) {
        dt_verify_fault(&v, err, "store", NULL, NULL);
    }
    dt_store_close(v.node->store);
    free(v.logs);
    free(v.claims);
    free(v.node);
    return err;
}

/* SPDX-License-Identifier: ISC */
/* What a file brought, which anybody may have written (sync.h). */
#include <stdlib.h>

#include "log/fields.h"
#include "sync/reading.h"

enum { NOBODY = UINT16_MAX }; /* the writer reference of no member */

static uint64_t rejected(const struct dt_sync *s)
{
    uint64_t count = 0;
    for (size_t i = 0; i < DT_ERR_COUNT; i++) {
        count += s->rejects[i];
    }
    return count;
}

static uint64_t held(const struct dt_sync *s)
{
    uint64_t records = 0;
    for (size_t i = 0; i < s->log_count; i++) {
        records += s->logs[i]->size;
    }
    return records;
}

enum dt_err dt_sync_file_begin(struct dt_sync *s)
{
    dt_sync_file_end(s);
    s->file_sum = (struct dt_sync_file_sum){0};
    s->file = calloc(1, sizeof *s->file);
    if (s->file == NULL) {
        return DT_ERR_NO_MEMORY;
    }
    s->file->wid = NOBODY;
    return DT_OK;
}

void dt_sync_file_end(struct dt_sync *s)
{
    if (s->file != NULL) {
        dt_sync_free_peer(s->file);
        s->file = NULL;
    }
}

/* Authors that we reach hear that we hold what the file brought of theirs. */
static void owe_cosignatures(struct dt_sync *s)
{
    for (size_t i = 0; i < s->peer_count; i++) {
        const struct dt_sync_log *log = dt_sync_find_log(s, s->peers[i]->wid);
        struct dt_peer_log *pl =
            log != NULL && log->dirty ? dt_peer_log(s->peers[i], log->wid) : NULL;
        if (pl != NULL) {
            pl->cosign_due = true;
        }
    }
}

enum dt_err dt_sync_file_receive(struct dt_sync *s, int64_t now_us, struct dt_span payload)
{
    struct dt_reading in = {s, s->file, now_us, dt_reader(payload), true, false};
    const uint64_t refused = rejected(s), before = held(s);
    const enum dt_err err = dt_reading_all(&in);
    s->file_sum.rejected += rejected(s) - refused;
    s->file_sum.records += held(s) - before;
    owe_cosignatures(s);
    return err;
}

/* It stands for itself, whoever carries it: its signer holds so many records of that log. */
enum dt_err dt_file_cosignature(struct dt_reading *in, struct dt_sync_log *log, uint64_t size,
                                uint16_t cosigner, struct dt_cosignature *c)
{
    struct dt_sync *s = in->s;
    struct dt_sync_peer *p = dt_sync_find_peer(s, cosigner);
    const struct dt_peer_log *known = p != NULL ? dt_peer_log_find(p, log->wid) : NULL;
    if (cosigner == s->me || cosigner == log->wid || !log->known || size == 0 ||
        size > (log->own ? log->durable : log->size) || (known != NULL && size <= known->has)) {
        return DT_OK;
    }
    const enum dt_err err = dt_cosignature_check(s, log, size, cosigner, c);
    if (err != DT_OK) {
        dt_sync_reject(s, err);
        return DT_OK;
    }
    if (p == NULL) { /* a member we have no link to */
        DT_TRY(dt_sync_add_peer(s, cosigner, 0));
        p = dt_sync_find_peer(s, cosigner);
    }
    struct dt_peer_log *pl = dt_peer_log(p, log->wid);
    if (pl == NULL) {
        return DT_ERR_NO_MEMORY;
    }
    dt_peer_log_has(p, pl, size, in->now_us);
    s->file_sum.cosignatures++;
    return log->own ? s->host.put_cosignature(s->host.ctx, log->wid, size, cosigner, c) : DT_OK;
}

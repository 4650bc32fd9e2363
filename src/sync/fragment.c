/* SPDX-License-Identifier: ISC */
/* Records too large for one frame: pieces in, and what is held of them. */
#include <stdlib.h>
#include <string.h>

#include "sync/reading.h"

void dt_assemblies_free(struct dt_peer_log *pl)
{
    for (size_t i = 0; i < DT_SYNC_ASSEMBLIES; i++) {
        free(pl->assembly[i].bytes);
        pl->assembly[i] = (struct dt_assembly){0};
    }
}

struct dt_assembly *dt_assembly_lowest(struct dt_peer_log *pl)
{
    struct dt_assembly *lowest = NULL;
    for (size_t i = 0; i < DT_SYNC_ASSEMBLIES; i++) {
        struct dt_assembly *a = &pl->assembly[i];
        if (a->total > 0 && !a->promised && (lowest == NULL || a->seq < lowest->seq)) {
            lowest = a;
        }
    }
    return lowest;
}

enum { ASSEMBLED_MAX = 64 }; /* records in pieces, in all logs of one peer */

/* Before one more: a peer that begins many and ends none loses those of its other logs. */
static void make_room(struct dt_sync_peer *p, const struct dt_peer_log *pl)
{
    size_t count = 0;
    for (size_t i = 0; i < p->log_count; i++) {
        for (size_t a = 0; a < DT_SYNC_ASSEMBLIES; a++) {
            count += p->logs[i]->assembly[a].total > 0;
        }
    }
    for (size_t i = 0; i < p->log_count && count >= ASSEMBLED_MAX; i++) {
        if (p->logs[i] != pl) {
            dt_assemblies_free(p->logs[i]);
        }
    }
}

/* Which of two places to give up for one more: a free one, else the higher. Those of promised
 * records make way only for one another, and never take all. */
static bool worse(const struct dt_assembly *a, const struct dt_assembly *than)
{
    return than == NULL || (than->total > 0 && (a->total == 0 || a->seq > than->seq));
}

/* The place for pieces of `seq`: its own, a free one, or that of the highest above it,
 * since the lowest is what holds up the rest. NULL: it will come again. */
static struct dt_assembly *place_for(struct dt_sync_peer *p, struct dt_peer_log *pl, uint64_t seq,
                                     size_t total, uint64_t log_size, bool promised)
{
    struct dt_assembly *place = NULL;
    size_t promises = 0;
    for (size_t i = 0; i < DT_SYNC_ASSEMBLIES; i++) {
        struct dt_assembly *a = &pl->assembly[i];
        if (a->total > 0 && a->seq < log_size) {
            free(a->bytes);
            *a = (struct dt_assembly){0};
        }
        promises += a->total > 0 && a->promised;
    }
    const bool full = promised && promises >= DT_SYNC_ASSEMBLIES_PROMISED;
    for (size_t i = 0; i < DT_SYNC_ASSEMBLIES; i++) {
        struct dt_assembly *a = &pl->assembly[i];
        const bool same = a->total > 0 && a->promised == promised;
        if (same && a->seq == seq && a->total == total) {
            return a;
        }
        const bool yields = promised && !a->promised ? !full : same && a->seq >= seq;
        const bool makes_way = a->total == 0 ? !full : yields;
        place = makes_way && worse(a, place) ? a : place;
    }
    if (place != NULL) {
        make_room(p, pl);
    }
    uint8_t *bytes = place != NULL ? calloc(2, total) : NULL;
    if (bytes == NULL) {
        return NULL;
    }
    free(place->bytes);
    *place = (struct dt_assembly){seq, promised, total, 0, bytes};
    return place;
}

static void add_piece(struct dt_assembly *a, size_t offset, struct dt_span piece)
{
    uint8_t *held = a->bytes + a->total;
    for (size_t i = 0; i < piece.size; i++) {
        a->held += held[offset + i] == 0;
        held[offset + i] = 1;
        a->bytes[offset + i] = piece.data[i];
    }
}

enum dt_err dt_read_fragment(struct dt_reading *in, bool promised)
{
    const uint16_t wid = dt_reading_wid(in);
    const uint64_t seq = dt_reading_size(in);
    const uint64_t total = dt_read_varint(&in->r), offset = dt_read_varint(&in->r);
    const uint64_t most = DT_SYNC_FRAGMENTED_MAX + (promised ? DT_SIGNATURE_SIZE : 0);
    const struct dt_span piece = dt_reading_bytes(in, (size_t)most);
    if (in->r.err == DT_OK && (total > most || offset > total || piece.size > total - offset ||
                               piece.size == 0)) {
        in->r.err = DT_ERR_BAD_VALUE;
    }
    if (in->file) {
        return DT_OK; /* a file has room for whole records */
    }
    struct dt_sync_log *log = in->r.err == DT_OK ? dt_sync_log(in->s, wid) : NULL;
    struct dt_peer_log *pl = log != NULL ? dt_peer_log(in->p, wid) : NULL;
    if (pl == NULL || log->own || seq < log->size) {
        return DT_OK;
    }
    struct dt_assembly *a = place_for(in->p, pl, seq, (size_t)total, log->size, promised);
    if (a == NULL) {
        return DT_OK;
    }
    add_piece(a, (size_t)offset, piece);
    pl->fragments_due = pl->fragments_due || !promised;
    if (a->held < a->total) {
        return DT_OK;
    }
    /* Whole: from here on it is a record like any other, good or bad. */
    const struct dt_assembly whole = *a;
    *a = (struct dt_assembly){0};
    enum dt_err err = DT_OK;
    if (promised) {
        err = dt_reading_promised(in, wid, seq, dt_span(whole.bytes, whole.total));
    } else {
        dt_reading_whole(in, pl, log, seq, dt_span(whole.bytes, whole.total));
        err = dt_sync_accept(in->s, in->p, pl, log);
    }
    free(whole.bytes);
    return err;
}

void dt_read_fragments_held(struct dt_reading *in)
{
    const uint16_t wid = dt_reading_wid(in);
    const uint64_t seq = dt_reading_size(in), total = dt_read_varint(&in->r);
    uint64_t count = dt_read_varint(&in->r), first_missing = 0;
    while (count-- > 0 && in->r.err == DT_OK) {
        const uint64_t offset = dt_read_varint(&in->r), length = dt_read_varint(&in->r);
        if (offset == first_missing) {
            first_missing = offset + length;
        }
    }
    struct dt_peer_log *pl = in->r.err == DT_OK ? dt_peer_log_find(in->p, wid) : NULL;
    if (pl == NULL || first_missing > total || seq < pl->has || seq >= pl->sent ||
        in->now_us - pl->rewound_us <= in->p->rtt_us + 20000) {
        return;
    }
    dt_peer_log_rewind(in->p, pl, seq); /* all of it was sent, and pieces are missing */
    pl->fragment_seq = seq;
    pl->fragment_at = (size_t)first_missing;
    pl->progress_us = pl->rewound_us = in->now_us;
}

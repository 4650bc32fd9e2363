/* SPDX-License-Identifier: ISC */
/*
 * What is kept of others' logs beside the records. A receiver holds only so much without
 * a signature, so a log is handed on in pieces that end at a checkpoint: of those that pass
 * by some are kept, close enough together, and not more.
 */
#include <string.h>

#include "log/fields.h"
#include "node/state.h"

enum { PIECE_RECORDS = 256, PIECE_BYTES = 1 << 20 };

/*
 * The present checkpoint is dropped only where the piece from the last kept one to the
 * next stays short. So a piece is short, or came in one, and then any receiver can take
 * it as we did; and of two neighbours one is long, so that they are few.
 */
enum dt_err dt_line_keep_checkpoint(struct dt_line *line, struct dt_line_writer *writer,
                                    uint64_t size)
{
    const struct dt_store_log *log = &writer->log;
    const bool short_piece = size - writer->kept.size <= PIECE_RECORDS &&
                             log->bytes - writer->kept.bytes <= PIECE_BYTES;
    if (writer->wid == line->wid) {
        return DT_OK; /* ours we can sign at any size */
    }
    if (!short_piece && log->checkpoint_size > writer->kept.size) {
        struct dt_store_checkpoint c = {log->checkpoint_size, writer->head_bytes, {0}};
        memcpy(c.signature, log->checkpoint_signature, DT_SIGNATURE_SIZE);
        DT_TRY(dt_store_checkpoint_put(line->node->store, log->id, &c));
        writer->kept = c;
    }
    writer->head_bytes = log->bytes;
    return DT_OK;
}

bool dt_line_next_checkpoint(struct dt_line *line, uint16_t wid, uint64_t low, uint64_t high,
                             uint64_t *size, uint8_t signature[static DT_SIGNATURE_SIZE])
{
    struct dt_store_checkpoint c;
    const struct dt_line_writer *writer = dt_line_writer(line, wid, false);
    if (writer == NULL) {
        return false;
    }
    if (low < writer->kept.size && dt_store_checkpoint_next(line->node->store, writer->log.id, low,
                                                            high, &c) == DT_OK) {
        *size = c.size;
        memcpy(signature, c.signature, DT_SIGNATURE_SIZE);
        return true;
    }
    *size = writer->log.checkpoint_size;
    memcpy(signature, writer->log.checkpoint_signature, DT_SIGNATURE_SIZE);
    return *size > low && *size <= high;
}

enum dt_err dt_line_load_checkpoint(struct dt_line *line, struct dt_line_writer *writer)
{
    const enum dt_err err =
        dt_store_checkpoint_last(line->node->store, writer->log.id, &writer->kept);
    if (err == DT_ERR_UNKNOWN_RECORD) {
        writer->kept = (struct dt_store_checkpoint){0};
        return DT_OK;
    }
    return err;
}

enum dt_err dt_line_overtaken(struct dt_line *line, const struct dt_line_writer *writer,
                              uint64_t seq, const uint8_t leaf[static DT_HASH_SIZE])
{
    const struct dt_sync_log *log = dt_sync_find_log(&line->sync, writer->wid);
    for (size_t i = 0; log != NULL && i < log->ahead_count; i++) {
        if (log->ahead[i].seq == seq && memcmp(log->ahead[i].leaf, leaf, DT_HASH_SIZE) == 0) {
            return dt_store_ahead_delete(line->node->store, writer->log.id, seq);
        }
    }
    return DT_OK;
}

/* SPDX-License-Identifier: ISC */
/* reading - one payload being read; what the files that read items share. */
#ifndef DT_SYNC_READING_H
#define DT_SYNC_READING_H

#include "sync/state.h"

/* The peer's faults are in r.err; functions return the host's trouble. */
struct dt_reading {
    struct dt_sync *s;
    struct dt_sync_peer *p;
    int64_t now_us;
    struct dt_reader r;
    bool file; /* nobody vouches for it: `p` is s->file, which stands for no member */
    bool history; /* records of another history: a header alone will do */
};

/* other.c */
void dt_other_wanted(struct dt_reading *in);
DT_MUST_USE enum dt_err dt_read_contested(struct dt_reading *in);
DT_MUST_USE enum dt_err dt_read_contested_half(struct dt_reading *in, bool signature);

uint16_t dt_reading_wid(struct dt_reading *in);  /* of a possible log of this line */
uint64_t dt_reading_size(struct dt_reading *in); /* at most DT_TREE_SIZE_MAX */
struct dt_span dt_reading_bytes(struct dt_reading *in, size_t max);
/* A record put together from pieces. */
void dt_reading_whole(struct dt_reading *in, struct dt_peer_log *pl, struct dt_sync_log *log,
                      uint64_t seq, struct dt_span form);

/* All items of a payload. */
DT_MUST_USE enum dt_err dt_reading_all(struct dt_reading *in);
/* accept.c: a checkpoint at `size` of a log that is not our own. */
DT_MUST_USE enum dt_err dt_take_checkpoint(struct dt_reading *in, struct dt_peer_log *pl,
                                           struct dt_sync_log *log, uint64_t size,
                                           const uint8_t *signature);
/* file.c: a cosignature in a file. */
DT_MUST_USE enum dt_err dt_file_cosignature(struct dt_reading *in, struct dt_sync_log *log,
                                            uint64_t size, uint16_t cosigner,
                                            struct dt_cosignature *c);
/* `c`, of a writer we know, over that size of the log: BAD_SIGNATURE if it is not. */
DT_MUST_USE enum dt_err dt_cosignature_check(struct dt_sync *s, struct dt_sync_log *log,
                                             uint64_t size, uint16_t cosigner,
                                             struct dt_cosignature *c);

/* A promised record put together from pieces. */
DT_MUST_USE enum dt_err dt_reading_promised(struct dt_reading *in, uint16_t wid, uint64_t seq,
                                            struct dt_span form);

DT_MUST_USE enum dt_err dt_read_fragment(struct dt_reading *in, bool promised);
void dt_read_fragments_held(struct dt_reading *in);

#endif

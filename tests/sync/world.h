/* SPDX-License-Identifier: ISC */
/*
 * world - parties of one line in one process: logs in memory, links that lose,
 * delay, repeat and reorder, one seed, virtual time. A party's durable state is
 * apart from what its transaction has written, so a crash is one call.
 */
#ifndef DT_TESTS_SYNC_WORLD_H
#define DT_TESTS_SYNC_WORLD_H

#include "test.h"

#include "sync/sync.h"

enum { WORLD_PARTIES = 5, WORLD_RECORDS = 13000, WORLD_PACKETS = 4096, WORLD_HEADS = 1000 };

struct kept {
    uint8_t *bytes; /* header, then body */
    size_t header, body;
    uint8_t leaf[DT_HASH_SIZE];
};

/* A checkpoint that passed by. */
struct kept_head {
    uint64_t size;
    uint8_t signature[64];
};

struct kept_log {
    struct kept_head head[WORLD_HEADS];
    size_t heads;
    bool known;
    uint8_t writer[DT_PUBLIC_SIZE];
    struct kept record[WORLD_RECORDS];
    size_t staged, durable;
    struct dt_frontier frontier, durable_frontier;
    uint8_t signature[64], durable_signature[64];
    uint64_t cosigned[WORLD_PARTIES]; /* by whom, up to where */
    struct kept ahead[WORLD_RECORDS];
    uint8_t fork[DT_FORK_SIZE_MAX];
    size_t fork_size;
    struct kept other[WORLD_RECORDS]; /* the second history, from `common` on */
    struct dt_checkpoint other_head;  /* size 0: none is held */
    uint64_t common;
};

struct party {
    struct world *world;
    unsigned index;
    uint8_t root_signer[64], root[32], writer_signer[64], writer[32];
    struct dt_sync sync;
    struct kept_log log[WORLD_PARTIES];
    bool up;
};

struct packet {
    int64_t at;
    unsigned from, to;
    size_t size;
    uint8_t *bytes;
};

struct world {
    struct dt_rng rng;
    int64_t now;
    unsigned parties;
    struct dt_charter charter;
    struct party party[WORLD_PARTIES];
    struct packet packets[WORLD_PACKETS];
    size_t packet_count;
    bool cut[WORLD_PARTIES][WORLD_PARTIES];
    unsigned loss_percent, dup_percent;
    int64_t delay, jitter;
    unsigned kind;  /* of what is appended; 0: MESSAGE */
    size_t full_at; /* so many records of another's log are enough; 0: no end */
    size_t mtu;
    uint64_t bytes_sent;
};

struct world *world_new(const char *name, unsigned parties);
void world_free(struct world *w);
/* Appends and commits one message of our own. Returns its seq. */
uint64_t world_append(struct world *w, unsigned party, unsigned precedence, size_t text);
/* As above without a commit: the caller commits or crashes. */
uint64_t world_append_open(struct world *w, unsigned party, unsigned precedence, size_t text);
void world_commit(struct party *p);
/* The process dies: what was not committed is gone; it starts again from disk. */
void world_crash(struct world *w, unsigned party);
/* The first fields of an item, and a run of records of what party `from` holds of its own log,
 * signed with `signature` (NULL: unsigned), in `bytes`: its size. For payloads made by hand. */
void world_write_head(struct dt_writer *w, unsigned item, uint16_t wid, uint64_t first);
size_t world_write_kept(const struct world *w, unsigned from, uint64_t first, uint64_t end,
                        const uint8_t *signature, uint8_t *bytes, size_t capacity);
/* Runs for `us` of virtual time. */
void world_run(struct world *w, int64_t us);
bool world_equal(const struct world *w); /* every log the same at every party */
bool world_receipts(const struct world *w); /* every own record cosigned by all others */

#endif

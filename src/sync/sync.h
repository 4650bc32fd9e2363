/* SPDX-License-Identifier: ISC */
/*
 * sync - what a peer lacks, in order of precedence; what it may claim, and no more.
 *
 *     session -> [sync] -> log                      docs/protocol.md section 7
 *
 * One struct dt_sync is one line at one node: the logs of all writers, and for each
 * peer installation what it holds. The host hands in payloads and appended records;
 * dt_sync_next() fills the next payload for a peer. Records travel in order, signed
 * by the author's checkpoint; an urgent one overtakes a backlog under a promise.
 *
 * The one guarantee others lean on: nothing is claimed before the disk has it. The
 * host brackets calls in a transaction of its own; what they write goes through the
 * host's put functions, and cosignatures and heads are emitted only after
 * dt_sync_committed(). After dt_sync_rolled_back() all is as before.
 *
 * No clock, no randomness, no I/O of its own. Memory: grows with logs and peers of
 * the line (bounded by the charter), and by about DT_SYNC_PENDING_BYTES a peer
 * for records that wait for their checkpoint. One thread.
 */
#ifndef DT_SYNC_SYNC_H
#define DT_SYNC_SYNC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "log/charter.h"
#include "log/fork.h"
#include "log/header.h"
#include "log/merkle.h"
#include "log/note.h"

enum {
    DT_SYNC_PENDING_RECORDS = 4096,
    DT_SYNC_PENDING_BYTES = 4 << 20,
    DT_SYNC_PROMISES = 32,       /* urgent records under way to one peer */
    DT_SYNC_PAYLOAD_MIN = 96,    /* smallest payload a link must carry */
    DT_SYNC_FRAGMENTED_MAX = DT_HEADER_MAX + DT_BODY_MAX + 16,
};

#define DT_SYNC_RELAY_DELAY INT64_C(2000000)  /* us before others' records are offered on */
#define DT_SYNC_HEADS_DELAY INT64_C(1000000)  /* us after which others hear of progress */
#define DT_SYNC_HEADS_REPEAT INT64_C(60000000)

/* A durable record as the host holds it; spans live until the next host call. */
struct dt_stored {
    struct dt_span header;
    struct dt_span body;
    bool absent; /* the body is not here any more */
};

/* What the host does for this module. Reads answer from durable data and from the
 * transaction under way; puts belong to that transaction. A put that does not return DT_OK
 * makes the call that caused it return the same, and the host rolls back. */
struct dt_sync_host {
    void *ctx;
    bool (*get)(void *ctx, uint16_t wid, uint64_t seq, struct dt_stored *out);
    bool (*tree_node)(void *ctx, uint16_t wid, unsigned level, uint64_t index,
                      uint8_t hash[DT_HASH_SIZE]);
    /* The first stored checkpoint of that log with low < size <= high. A host that relays
     * others' logs keeps so many that a receiver need hold no more between two of them than
     * it will hold unsigned. */
    bool (*get_checkpoint)(void *ctx, uint16_t wid, uint64_t low, uint64_t high, uint64_t *size,
                           uint8_t signature[DT_SIGNATURE_SIZE]);
    /* Plaintext of a sealed record, if the peer (which holds the first `has` records of
     * that log) can seal it again: returns its size in `out`, 0 to send it as signed. */
    size_t (*open_for)(void *ctx, uint16_t wid, uint64_t seq, uint16_t peer, uint64_t has,
                       struct dt_span body, uint8_t *out, size_t capacity);
    bool (*record_key)(void *ctx, uint16_t wid, uint64_t seq, const uint8_t *key_id,
                       uint8_t key[32]);
    enum dt_err (*put_log)(void *ctx, uint16_t wid, const uint8_t *writer);
    enum dt_err (*put)(void *ctx, uint16_t wid, uint64_t seq, const uint8_t *leaf,
                       const struct dt_stored *record);
    enum dt_err (*put_tree_node)(void *ctx, uint16_t wid, unsigned level, uint64_t index,
                                 const uint8_t *hash);
    enum dt_err (*put_head)(void *ctx, uint16_t wid, const struct dt_frontier *frontier,
                            const uint8_t *signature);
    enum dt_err (*put_ahead)(void *ctx, uint16_t wid, uint64_t seq, const uint8_t *leaf,
                             const struct dt_stored *record, const uint8_t *promise);
    enum dt_err (*put_cosignature)(void *ctx, uint16_t wid, uint64_t size, uint16_t cosigner,
                                   const struct dt_cosignature *cosignature);
    enum dt_err (*put_fork)(void *ctx, uint16_t wid, struct dt_span proof);
    /* The kept proof that a log forked: its size, 0 if there is none. */
    size_t (*get_fork)(void *ctx, uint16_t wid, uint8_t *out, size_t capacity);
    /* The second history of a forked log; NULL in a host that keeps none. Records are those
     * from `common` on, c->size - common of them; a held one is only made longer. */
    enum dt_err (*put_other)(void *ctx, uint16_t wid, uint64_t common,
                             const struct dt_checkpoint *c, const struct dt_stored *records);
    bool (*get_other)(void *ctx, uint16_t wid, uint64_t seq, struct dt_stored *out);
    bool (*get_other_head)(void *ctx, uint16_t wid, struct dt_checkpoint *out);
    /* Nothing more of that log is taken but what stops fire; NULL: never. */
    bool (*full)(void *ctx, uint16_t wid);
};

/* A record kept under a promise, before its predecessors. */
struct dt_sync_ahead {
    uint64_t seq;
    uint8_t leaf[DT_HASH_SIZE];
    uint8_t promise[DT_SIGNATURE_SIZE];
};

enum { DT_SYNC_AHEAD_MAX = 64, DT_SYNC_AHEAD_FIRE = 16 /* of them, for CHECK_FIRE alone */ };

/* Roots of late: what peers cosign is some commit of a moment ago. */
enum { DT_SYNC_ROOTS = 16 };

struct dt_sync_root {
    uint64_t size; /* 0: none */
    uint8_t root[DT_HASH_SIZE];
};

struct dt_sync_log {
    uint16_t wid;
    bool known; /* its writer's key is known: record 0 is held */
    bool own;
    bool forked;
    uint64_t common; /* of a forked log: where its histories part, as far as is known */
    uint64_t other;  /* size of its second history here; 0: not held */
    bool outrun; /* own: a peer showed more of it, signed by our key: this is an old copy */
    uint64_t copy_s; /* another's: when its own node last showed less than it had signed (wall_s):
                      * an old copy of it runs; 0 never */
    bool dirty; /* changed in the transaction under way */
    bool urgent; /* own: a record above ROUTINE is among what is not on disk yet */
    uint8_t writer[DT_PUBLIC_SIZE];
    uint64_t size;    /* records held, staged ones too */
    uint64_t durable; /* of those on disk */
    uint8_t signature[DT_SIGNATURE_SIZE]; /* checkpoint at `size` */
    int64_t advanced_us; /* when `durable` last grew */
    struct dt_frontier frontier; /* at `size` */
    struct dt_sync_root roots[DT_SYNC_ROOTS]; /* a ring; emptied when records may go back */
    unsigned root_next;
    struct dt_sync_ahead *ahead; /* sorted by seq */
    size_t ahead_count;
};

struct dt_sync_peer;

/* What a file brought. */
struct dt_sync_file_sum {
    uint64_t records;      /* new here */
    uint64_t cosignatures; /* that told us something new */
    uint64_t rejected;     /* items that did not verify, or did not fit */
    uint64_t ignored;      /* items that only a session can vouch for */
};

struct dt_sync {
    uint8_t line[DT_HASH_SIZE];
    const struct dt_charter *charter; /* borrowed for life */
    uint16_t me;                      /* our writer reference */
    uint8_t signer[DT_SIGNER_SIZE];   /* our writer key; wiped by deinit */
    uint8_t own_key[DT_PUBLIC_SIZE];
    struct dt_sync_host host;
    struct dt_sync_log **logs; /* sorted by wid */
    size_t log_count;
    struct dt_sync_peer **peers; /* sorted by wid */
    size_t peer_count;
    uint64_t wall_s;      /* the host's clock, seconds since 1970: only written into cosignatures */
    int64_t heads_due_us; /* when all peers hear of progress; INT64_MAX: nothing to say */
    uint64_t rejects[DT_ERR_COUNT]; /* what peers sent in vain, by reason */
    struct dt_sync_peer *file;      /* what a file brought waits here; NULL: none is read */
    struct dt_sync_file_sum file_sum;
};

/* `own_key`/`signer`: our writer key pair. Copies the host table. */
void dt_sync_init(struct dt_sync *s, const struct dt_charter *charter, uint16_t me,
                  const uint8_t own_key[static DT_PUBLIC_SIZE],
                  const uint8_t signer[static DT_SIGNER_SIZE], const struct dt_sync_host *host);
void dt_sync_deinit(struct dt_sync *s);

/* Loads what the store holds of a log: at start, and after a rollback. */
DT_MUST_USE enum dt_err dt_sync_load_log(struct dt_sync *s, uint16_t wid, const uint8_t *writer,
                                         const struct dt_frontier *frontier,
                                         const uint8_t *signature, bool forked);
DT_MUST_USE enum dt_err dt_sync_load_ahead(struct dt_sync *s, uint16_t wid, uint64_t seq,
                                           const uint8_t *leaf, const uint8_t *promise);

/* Adds a peer installation. `cosigned`: size of our log it has cosigned, from the store. */
DT_MUST_USE enum dt_err dt_sync_add_peer(struct dt_sync *s, uint16_t wid, uint64_t cosigned);

/* NULL if there is none. */
struct dt_sync_log *dt_sync_find_log(const struct dt_sync *s, uint16_t wid);

/*
 * Appends to our own log, inside the host's transaction: hashes, puts, and advances
 * the tree. The checkpoint is signed by dt_sync_seal_own(), once per transaction.
 * `*seq` and `leaf` say where and what it is.
 */
DT_MUST_USE enum dt_err dt_sync_append(struct dt_sync *s, struct dt_span header,
                                       struct dt_span body, uint64_t *seq,
                                       uint8_t leaf[static DT_HASH_SIZE]);
DT_MUST_USE enum dt_err dt_sync_seal_own(struct dt_sync *s);

/* What the transaction held is on disk; or is not. After a rollback the host loads
 * the dirty logs again with dt_sync_load_log(). */
void dt_sync_committed(struct dt_sync *s, int64_t now_us);
void dt_sync_rolled_back(struct dt_sync *s);
bool dt_sync_is_dirty(const struct dt_sync *s);

/* Takes one payload (behind the line tag) that `peer` sent. Bad bytes are counted in
 * s->rejects and end the reading of that payload. Anything but DT_OK is the host's
 * trouble: roll back. */
DT_MUST_USE enum dt_err dt_sync_receive(struct dt_sync *s, uint16_t peer, int64_t now_us,
                                        struct dt_span payload);

/*
 * Payloads from a file. Nobody vouches for who wrote one, so only what is signed and can
 * be checked is taken: records, checkpoints, promises, cosignatures by whomever signed
 * them, fork proofs, contested checkpoints. What a peer says of itself (heads, want, heard,
 * fragments) is counted in file_sum.ignored, and moves nothing. One file at a time; it may be
 * read in pieces, with other calls between them. begin() clears s->file_sum; end()
 * forgets what found no signature.
 */
DT_MUST_USE enum dt_err dt_sync_file_begin(struct dt_sync *s);
DT_MUST_USE enum dt_err dt_sync_file_receive(struct dt_sync *s, int64_t now_us,
                                             struct dt_span payload);
void dt_sync_file_end(struct dt_sync *s);

/*
 * The next payload for `peer`, items only, at most `capacity` bytes (at least
 * DT_SYNC_PAYLOAD_MIN); 0 if there is nothing to say now. Sends only what is durable.
 * `urgent` (may be NULL) tells whether it holds a FLASH record.
 */
size_t dt_sync_next(struct dt_sync *s, uint16_t peer, int64_t now_us, uint8_t *out,
                    size_t capacity, bool *urgent);

/* The same for a peer without a session, to travel in the call that asks for one. */
size_t dt_sync_early(struct dt_sync *s, uint16_t peer, int64_t now_us, uint8_t *out,
                     size_t capacity);

/* A session with the peer is new: what was under way counts as lost, heads are due. */
void dt_sync_peer_up(struct dt_sync *s, uint16_t peer, int64_t now_us, int64_t rtt_us);
void dt_sync_peer_down(struct dt_sync *s, uint16_t peer);

/* When something is due by time alone for peers that are up; INT64_MAX if nothing. */
int64_t dt_sync_deadline(const struct dt_sync *s, int64_t now_us);

/* Records of any log that we hold and the peer has not confirmed. */
uint64_t dt_sync_behind(const struct dt_sync *s, uint16_t peer);
/* The root of a log at an earlier size, if it is at hand; else made from its tree. */
bool dt_sync_recent_root(const struct dt_sync_log *log, uint64_t size,
                         uint8_t root[static DT_HASH_SIZE]);
DT_MUST_USE enum dt_err dt_sync_root_at(struct dt_sync *s, struct dt_sync_log *log, uint64_t size,
                                        uint8_t root[static DT_HASH_SIZE]);
/* A member says that it holds another history of that log than we do: its node `by`, or all
 * where that is no peer, is shown ours, and answers with its own. */
void dt_sync_contest(struct dt_sync *s, uint16_t wid, uint16_t by);
/* Size of our own log that the peer has cosigned. */
uint64_t dt_sync_cosigned(const struct dt_sync *s, uint16_t peer);

#endif

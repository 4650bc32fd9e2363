/* SPDX-License-Identifier: ISC */
/*
 * store - the durable logs and the rebuildable views of one party's home.
 *
 * One SQLite file, detente.db, write-ahead logged, synchronous FULL. Logs (lines,
 * logs, records, tree nodes, statements, keys, peers) are the truth; facts, open items
 * and conflicts are views and can be dropped and made again from them.
 *
 * Life: dt_store_open(), then any number of transactions, dt_store_close(). One
 * transaction is one group commit:
 *
 *     begin; append ...; log_update; put ...; commit  ->  durable, now say `stored`
 *
 * The one guarantee: what was written between begin and an OK from commit is there
 * after any crash, all of it; what was not committed is gone, all of it. When a
 * write fails for want of disk or memory the whole transaction is rolled back
 * at once and every further write, and commit, returns the same error until
 * dt_store_rollback() or dt_store_commit() ends it: no group is ever half there.
 * The caller then reads its struct dt_store_log again with dt_store_log_get(): the copy in
 * memory is ahead of the disk. (A crash right after a *failed* commit may show that
 * group on the next open, whole; nothing was promised, and nothing contradicts it.)
 * A write outside a transaction is a transaction of its own.
 *
 * Errors, wherever a function may touch the disk:
 *   STORE          disk full, input/output error, nothing changed
 *   STORE_DAMAGED  what is on the disk makes no sense
 *   STORE_BUSY     another process has this home (open only)
 *   NO_MEMORY      nothing changed
 *   BAD_STATE      begin within a transaction, commit without one, a write to a
 *                  store opened for reading, a list started inside itself
 * Writers add DUPLICATE (the key is taken) and TOO_LARGE, CAPACITY, BAD_VALUE (refused
 * before anything is written); none of these ends the transaction. Getters answer
 * UNKNOWN_RECORD when there is no such row, unless their comment names another.
 *
 * Lists call back once a row, in the order stated, until the callback returns
 * false. Everything the callback is given is borrowed for that call. It may call
 * any reading function but the list it runs in; it does not write to the table it
 * is being shown, and neither commits nor rolls back.
 *
 * Memory: a cache of half a megabyte, whatever the size of the file.
 * Threads: one store, one thread. Do not open and close detente.db by other means in
 * a process that has it open: POSIX would drop the lock that keeps others out.
 */
#ifndef DT_STORE_STORE_H
#define DT_STORE_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "crypto/crypto.h"
#include "log/header.h"
#include "log/merkle.h"
#include "log/seal.h"
#include "view/fact.h"

struct dt_store;

enum {
    DT_STORE_VERSION = 2,       /* of the schema; one before it is brought to it at open */
    DT_STORE_META_MAX = 65536,  /* bytes of a meta value */
    DT_STORE_BLOB_MAX = 65536,  /* bytes of a statement, card or charter */
    DT_STORE_TEXT_MAX = 255,    /* bytes of an endpoint */
    DT_STORE_NUMBERS_MAX = 512, /* bytes of a conflict's numbers */
    DT_STORE_TOKEN_SIZE = 16,
};

#define DT_STORE_SEQ_MAX ((UINT64_C(1) << 40) - 1) /* CAPACITY above */
#define DT_STORE_LOG_MAX ((1u << 23) - 1)
#define DT_STORE_LINE_MAX ((1u << 11) - 1)

/* Names one record, or its fact, in this store only: log * 2^40 + seq. Never 0. */
typedef uint64_t dt_store_key;

static inline dt_store_key dt_store_key_of(unsigned log, uint64_t seq)
{
    return (uint64_t)log << 40 | seq;
}

static inline unsigned dt_store_key_log(dt_store_key key)
{
    return (unsigned)(key >> 40);
}

static inline uint64_t dt_store_key_seq(dt_store_key key)
{
    return key & DT_STORE_SEQ_MAX;
}

/* --- life ---------------------------------------------------------------- */

enum dt_store_mode {
    DT_STORE_OPEN,   /* read and write a home that is there */
    DT_STORE_CREATE, /* make a new one; the file gets mode 0600 */
    DT_STORE_READ,   /* offline verify: takes the lock, writes no record */
};

/*
 * `path` of detente.db; `vfs` the name of a registered SQLite VFS, or NULL.
 * Every mode shuts all others out until close: STORE_BUSY at once if another has it.
 * NO_HOME: no file, or the empty one that an interrupted CREATE left (OPEN, READ).
 * HOME_EXISTS: there is one (CREATE; an empty one is taken over). UNKNOWN_VERSION: made by a later
 * program. STORE_DAMAGED: not one of ours, or broken. *store is NULL unless DT_OK.
 * The path ":memory:" with CREATE is a store without a file: durable nowhere, for tests.
 */
DT_MUST_USE enum dt_err dt_store_open(struct dt_store **store, const char *path,
                                      enum dt_store_mode mode, const char *vfs);
/* Rolls back what is not committed. NULL is fine. */
void dt_store_close(struct dt_store *store);

DT_MUST_USE enum dt_err dt_store_begin(struct dt_store *store);
/* On any error the transaction is rolled back and over. */
DT_MUST_USE enum dt_err dt_store_commit(struct dt_store *store);
void dt_store_rollback(struct dt_store *store); /* without a transaction: nothing */
bool dt_store_in_transaction(const struct dt_store *store);

/* SQLite's quick check and the schema: STORE_DAMAGED says that something is wrong.
 * Reads the whole file. Whether records are what their writers signed is for the caller. */
DT_MUST_USE enum dt_err dt_store_check(struct dt_store *store);

/* Present, as one byte, in the meta table of every copy made by dt_store_backup(). Who
 * opens such a home must open a new writer (protocol.md section 5). */
#define DT_STORE_META_COPY "copy"

/* Copies everything, secrets too, to a new file `path`, mode 0600, as it stands now;
 * returns when the copy is durable. Not within a transaction. DUPLICATE if `path` is
 * there. On error nothing is left at `path`. */
DT_MUST_USE enum dt_err dt_store_backup(struct dt_store *store, const char *path);

/* The same in steps, between which the store may be written: the copy is of how it stands at
 * finish(). No transaction may be open at a step (STORE_BUSY). After an error only abandon() is
 * left, which removes the file; so does a finish() that fails. Either frees the copy, and must
 * come before the store is closed. */
struct dt_store_copy;
DT_MUST_USE enum dt_err dt_store_copy_begin(struct dt_store *store, const char *path,
                                            struct dt_store_copy **out);
DT_MUST_USE enum dt_err dt_store_copy_step(struct dt_store_copy *copy, int pages, bool *all);
DT_MUST_USE enum dt_err dt_store_copy_finish(struct dt_store_copy *copy);
void dt_store_copy_abandon(struct dt_store_copy *copy);

/* Empties the write-ahead log, so that deleted keys and bodies are on no page of
 * either file any more (deleted content is overwritten with zeros). What the
 * medium itself keeps of old blocks is out of reach. Not within a transaction. */
DT_MUST_USE enum dt_err dt_store_flush(struct dt_store *store);

/* Moves the write-ahead log into the file if it has become large; to be called when nobody
 * waits. Nothing is lost by never calling it, or if it fails. */
void dt_store_tidy(struct dt_store *store);

/* Bytes of the database file now. */
DT_MUST_USE enum dt_err dt_store_file_size(struct dt_store *store, uint64_t *bytes);

/* --- meta: small named values --------------------------------------------- */

DT_MUST_USE enum dt_err dt_store_meta_put(struct dt_store *store, const char *name,
                                          struct dt_span value);
/* TOO_LARGE, with *size set, when it does not fit. */
DT_MUST_USE enum dt_err dt_store_meta_get(struct dt_store *store, const char *name, void *out,
                                          size_t capacity, size_t *size);
DT_MUST_USE enum dt_err dt_store_meta_delete(struct dt_store *store, const char *name);

/* --- lines ----------------------------------------------------------------- */

struct dt_store_line {
    unsigned id; /* 1 ..; this store's own small number */
    uint8_t line_id[DT_HASH_SIZE];
    struct dt_span charter; /* the statement's bytes, borrowed */
    int state;              /* the node's enum */
    int64_t joined_ms;
};

typedef bool (*dt_store_line_fn)(void *ctx, const struct dt_store_line *line);

/* Chooses line->id. DUPLICATE if the line id is there. */
DT_MUST_USE enum dt_err dt_store_line_insert(struct dt_store *store, struct dt_store_line *line);
/* UNKNOWN_LINE. */
DT_MUST_USE enum dt_err dt_store_line_set_state(struct dt_store *store, unsigned line, int state);
/* Replaces the charter's statement (same content, a later signature). UNKNOWN_LINE. */
DT_MUST_USE enum dt_err dt_store_line_set_charter(struct dt_store *store, unsigned line,
                                                  struct dt_span charter);
/* By id. */
DT_MUST_USE enum dt_err dt_store_line_list(struct dt_store *store, dt_store_line_fn fn, void *ctx);

/* --- logs -------------------------------------------------------------------- */

enum {
    DT_STORE_LOG_OWN = 1,
    DT_STORE_LOG_FORKED = 2, /* two histories; the other one is branch 1 */
};

/*
 * A row of the log table as the node holds it in memory. dt_store_append() moves
 * frontier and bytes on; dt_store_log_update() writes the row, once a group.
 *
 * Branch 1, the second history of a forked log, starts at `common`: records and
 * tree nodes below it are those of branch 0.
 */
struct dt_store_log {
    unsigned id; /* 1 ..; chosen by insert */
    unsigned line;
    uint16_t wid;
    unsigned branch; /* 0, or 1 */
    uint8_t writer[DT_PUBLIC_SIZE];
    unsigned flags;  /* DT_STORE_LOG_... */
    uint64_t common; /* records both histories share, when forked; else 0 */
    uint64_t bytes;  /* of headers and bodies held (quota) */
    uint64_t checkpoint_size; /* 0: none yet */
    uint8_t checkpoint_signature[DT_SIGNATURE_SIZE];
    struct dt_frontier frontier; /* .size is the number of contiguous records held */
};

typedef bool (*dt_store_log_fn)(void *ctx, const struct dt_store_log *log);

/* Chooses log->id; the rest is written as given. DUPLICATE for (line, wid, branch). */
DT_MUST_USE enum dt_err dt_store_log_insert(struct dt_store *store, struct dt_store_log *log);
/* Writes everything but id, line, wid, branch. UNKNOWN_WRITER if there is no such id. */
DT_MUST_USE enum dt_err dt_store_log_update(struct dt_store *store, const struct dt_store_log *log);
/* UNKNOWN_WRITER if there is none; *log is then unspecified. */
DT_MUST_USE enum dt_err dt_store_log_get(struct dt_store *store, unsigned id,
                                         struct dt_store_log *log);
DT_MUST_USE enum dt_err dt_store_log_find(struct dt_store *store, unsigned line, uint16_t wid,
                                          unsigned branch, struct dt_store_log *log);
/* By wid, then branch. */
DT_MUST_USE enum dt_err dt_store_log_list(struct dt_store *store, unsigned line,
                                          dt_store_log_fn fn, void *ctx);

/* --- records ------------------------------------------------------------------ */

struct dt_store_record {
    uint64_t seq;
    struct dt_span header;
    struct dt_span body; /* data NULL: absent (erased, over quota); an empty one is not NULL */
};

typedef bool (*dt_store_record_fn)(void *ctx, const struct dt_store_record *record);

/*
 * Appends at log->frontier.size: writes the record and each complete subtree at levels
 * 8, 16, 24 ..., moves frontier and bytes on, and gives the leaf hash. body.data
 * NULL means absent. The row itself waits for dt_store_log_update(), which has to be in
 * the same transaction; BAD_STATE outside one. On error *log is unchanged, but see
 * above for rollbacks.
 */
DT_MUST_USE enum dt_err dt_store_append(struct dt_store *store, struct dt_store_log *log,
                                        struct dt_span header, struct dt_span body,
                                        uint8_t leaf[static DT_HASH_SIZE]);
/* The same for a caller that has the leaf hash of this header already. */
DT_MUST_USE enum dt_err dt_store_append_leaf(struct dt_store *store, struct dt_store_log *log,
                                             struct dt_span header, struct dt_span body,
                                             const uint8_t leaf[static DT_HASH_SIZE]);

/* The same for a caller that grows the tree itself: `grown` is the frontier after this record,
 * and the subtrees it completed go to dt_store_tree_put(). BAD_STATE if it is another's. */
DT_MUST_USE enum dt_err dt_store_append_grown(struct dt_store *store, struct dt_store_log *log,
                                              struct dt_span header, struct dt_span body,
                                              const struct dt_frontier *grown);
/* A complete subtree. Only levels 8, 16, 24 ... are kept. */
DT_MUST_USE enum dt_err dt_store_tree_put(struct dt_store *store, unsigned log, unsigned level,
                                          uint64_t index, const uint8_t hash[static DT_HASH_SIZE]);

/* Borrowed from the store until the next dt_store_record_get(). */
DT_MUST_USE enum dt_err dt_store_record_get(struct dt_store *store, unsigned log, uint64_t seq,
                                            struct dt_store_record *record);
/* From `first` on, at most `count`, ascending. */
DT_MUST_USE enum dt_err dt_store_record_list(struct dt_store *store, unsigned log, uint64_t first,
                                             uint64_t count, dt_store_record_fn fn, void *ctx);
/* Puts a body in or, with data NULL, takes it away. The caller has checked it
 * against the header and keeps log->bytes right. */
DT_MUST_USE enum dt_err dt_store_record_set_body(struct dt_store *store, unsigned log, uint64_t seq,
                                                 struct dt_span body);

/* Records that came before those in front of them, each with its promise. */
struct dt_store_ahead {
    struct dt_store_record record;
    uint8_t signature[DT_SIGNATURE_SIZE];
};

typedef bool (*dt_store_ahead_fn)(void *ctx, const struct dt_store_ahead *ahead);

DT_MUST_USE enum dt_err dt_store_ahead_put(struct dt_store *store, unsigned log,
                                           const struct dt_store_ahead *ahead);
/* Borrowed as in dt_store_record_get(), from a buffer of its own. */
DT_MUST_USE enum dt_err dt_store_ahead_get(struct dt_store *store, unsigned log, uint64_t seq,
                                           struct dt_store_ahead *ahead);
DT_MUST_USE enum dt_err dt_store_ahead_list(struct dt_store *store, unsigned log,
                                            dt_store_ahead_fn fn, void *ctx); /* by seq */
/* No such row is fine. */
DT_MUST_USE enum dt_err dt_store_ahead_delete(struct dt_store *store, unsigned log, uint64_t seq);

/* --- tree nodes ----------------------------------------------------------------- */

/* What dt_store_tree_node() reads: one log, or a branch and the log it left. */
struct dt_store_tree {
    struct dt_store *store;
    unsigned log;
    unsigned base;   /* branch 1: the log id of branch 0; else 0 */
    uint64_t common; /* leaves below it are those of `base` */
    enum dt_err err; /* the last failure's reason; STORE_DAMAGED for a missing record */
};

/* A dt_tree_node_fn; ctx is a struct dt_store_tree. Levels that are not stored are
 * computed from headers: at most 255 of them, or 255 stored nodes, a call. */
bool dt_store_tree_node(void *ctx, unsigned level, uint64_t index, uint8_t hash[DT_HASH_SIZE]);

/* The frontier as it was at `size`: where branch 1 starts, or to check a row. */
DT_MUST_USE enum dt_err dt_store_frontier_at(struct dt_store_tree *tree, uint64_t size,
                                             struct dt_frontier *frontier);

/* --- checkpoints on the way ---------------------------------------------------------- */

/* One that its writer signed below the log's present size: others' logs are handed on in
 * pieces that end where one is. Which are worth a row is the caller's choice. */
struct dt_store_checkpoint {
    uint64_t size;
    uint64_t bytes; /* of the log at that size, as in struct dt_store_log */
    uint8_t signature[DT_SIGNATURE_SIZE];
};

DT_MUST_USE enum dt_err dt_store_checkpoint_put(struct dt_store *store, unsigned log,
                                                const struct dt_store_checkpoint *c);
/* The smallest with low < size <= high. UNKNOWN_RECORD if there is none. */
DT_MUST_USE enum dt_err dt_store_checkpoint_next(struct dt_store *store, unsigned log,
                                                 uint64_t low, uint64_t high,
                                                 struct dt_store_checkpoint *c);
/* The largest. UNKNOWN_RECORD if there is none. */
DT_MUST_USE enum dt_err dt_store_checkpoint_last(struct dt_store *store, unsigned log,
                                                 struct dt_store_checkpoint *c);

/* --- cosignatures ------------------------------------------------------------------ */

/* The latest `stored` for a log by one cosigner; those we give are under our own wid. */
struct dt_store_cosignature {
    uint16_t cosigner;
    uint64_t size;
    int64_t time_s; /* as signed: seconds */
    uint8_t signature[DT_SIGNATURE_SIZE];
};

typedef bool (*dt_store_cosignature_fn)(void *ctx, const struct dt_store_cosignature *c);

/* Kept only if its size is not below the one that is there; DT_OK in either case. */
DT_MUST_USE enum dt_err dt_store_cosignature_put(struct dt_store *store, unsigned log,
                                                 const struct dt_store_cosignature *c);
DT_MUST_USE enum dt_err dt_store_cosignature_get(struct dt_store *store, unsigned log,
                                                 uint16_t cosigner, struct dt_store_cosignature *c);
DT_MUST_USE enum dt_err dt_store_cosignature_list(struct dt_store *store, unsigned log,
                                                  dt_store_cosignature_fn fn, void *ctx);

/*
 * Steps: by when, at the latest, each record of a log was durable at a cosigner. Of all its
 * cosignatures those stay that no other makes idle by covering as much no later: whatever
 * the order they came in, the same ones. At most one a second of its clock, and one a record.
 */
DT_MUST_USE enum dt_err dt_store_cosignature_step(struct dt_store *store, unsigned log,
                                                  const struct dt_store_cosignature *c);
/* The earliest that covers record `seq`, else the latest of the cosigner if that does.
 * UNKNOWN_RECORD if none does. Cost: one or two looks into an index. */
DT_MUST_USE enum dt_err dt_store_cosignature_first(struct dt_store *store, unsigned log,
                                                   uint16_t cosigner, uint64_t seq,
                                                   struct dt_store_cosignature *c);

/* --- content keys: secret -------------------------------------------------------------- */

struct dt_store_content_key {
    uint8_t key_id[DT_KEY_ID_SIZE];
    uint8_t key[DT_SET_KEY_SIZE]; /* the caller wipes its copies */
    int64_t expiry_ms;            /* 0: none */
    uint16_t creator;             /* wid */
    bool shred;                   /* not to be kept beyond its expiry */
    bool single;                  /* of one record: key_id is the node's name for its place */
};

/* What tells one row from another: no party's key stands in the way of another's. */
struct dt_store_key_name {
    uint8_t id[DT_KEY_ID_SIZE];
    uint8_t party; /* index of the member whose writer is the creator */
    bool single;
};

struct dt_store_key_name dt_store_key_name_of(const struct dt_store_content_key *key);

typedef bool (*dt_store_content_key_fn)(void *ctx, const struct dt_store_content_key *key);

/* Replaces one of the same name. */
DT_MUST_USE enum dt_err dt_store_content_key_put(struct dt_store *store, unsigned line,
                                                 const struct dt_store_content_key *key);
/* NO_KEY if there is none. */
DT_MUST_USE enum dt_err dt_store_content_key_get(struct dt_store *store, unsigned line,
                                                 const struct dt_store_key_name *name,
                                                 struct dt_store_content_key *key);
DT_MUST_USE enum dt_err dt_store_content_key_list(struct dt_store *store, unsigned line,
                                                  dt_store_content_key_fn fn, void *ctx);
/* Shreds it: overwritten with zeros; dt_store_flush() after the commit clears the
 * write-ahead log too. NO_KEY if there is none. */
DT_MUST_USE enum dt_err dt_store_content_key_delete(struct dt_store *store, unsigned line,
                                                    const struct dt_store_key_name *name);

/* --- peers ---------------------------------------------------------------------------------- */

struct dt_store_peer {
    uint8_t root[DT_PUBLIC_SIZE];
    struct dt_span card;     /* statement bytes, borrowed */
    uint8_t psk[32];         /* secret; zeros: none */
    unsigned flags;          /* the node's */
    struct dt_span endpoint; /* UTF-8 without NUL, borrowed; at most DT_STORE_TEXT_MAX */
};

typedef bool (*dt_store_peer_fn)(void *ctx, const struct dt_store_peer *peer);

DT_MUST_USE enum dt_err dt_store_peer_put(struct dt_store *store, const struct dt_store_peer *peer);
DT_MUST_USE enum dt_err dt_store_peer_list(struct dt_store *store, dt_store_peer_fn fn,
                                           void *ctx); /* by root */
/* UNKNOWN_PARTY. */
DT_MUST_USE enum dt_err dt_store_peer_delete(struct dt_store *store,
                                             const uint8_t root[static DT_PUBLIC_SIZE]);

/* --- statements --------------------------------------------------------------------------------- */

struct dt_store_statement {
    unsigned line; /* 0: of no line */
    uint8_t id[DT_HASH_SIZE];
    int type;             /* protocol.md section 3; the node's numbers above 255 (fork proofs) */
    struct dt_span bytes; /* borrowed */
};

typedef bool (*dt_store_statement_fn)(void *ctx, const struct dt_store_statement *statement);

/* One that is there is left as it is; *is_new (may be NULL) says which. */
DT_MUST_USE enum dt_err dt_store_statement_put(struct dt_store *store,
                                               const struct dt_store_statement *statement,
                                               bool *is_new);
/* In the order they came; type -1 for all. */
DT_MUST_USE enum dt_err dt_store_statement_list(struct dt_store *store, unsigned line, int type,
                                                dt_store_statement_fn fn, void *ctx);

/* --- facts: a view ---------------------------------------------------------------------------------- */

struct dt_store_fact {
    dt_store_key key;
    unsigned line;
    unsigned open;         /* 0, or 1 + precedence while it waits for an officer here */
    bool awaits;           /* own, waits for the other side; open_since_ms: due */
    int64_t open_since_ms; /* 0 unless open */
    struct dt_fact fact;   /* wid and seq as given to put */
};

typedef bool (*dt_store_fact_fn)(void *ctx, const struct dt_store_fact *fact);

/* Replaces; an open mark that is there stays. `log` is where the record is. */
DT_MUST_USE enum dt_err dt_store_fact_put(struct dt_store *store, unsigned line, unsigned log,
                                          const struct dt_fact *fact);
DT_MUST_USE enum dt_err dt_store_fact_get(struct dt_store *store, dt_store_key key,
                                          struct dt_store_fact *fact);
/* Facts whose target is record `seq` of `wid`, whatever version they name, by key. */
DT_MUST_USE enum dt_err dt_store_fact_by_target(struct dt_store *store, unsigned line, uint16_t wid,
                                                uint64_t seq, dt_store_fact_fn fn, void *ctx);

/* One more than the highest `seq` of that log which any fact refers to; 0 for none. Cost: one
 * look into an index. */
DT_MUST_USE enum dt_err dt_store_fact_target_end(struct dt_store *store, unsigned line,
                                                 uint16_t wid, uint64_t *end);

/* Where a page ended: the time and key of its last row. */
struct dt_store_cursor {
    int64_t time_ms;
    dt_store_key key;
};

#define DT_STORE_NEWEST ((struct dt_store_cursor){INT64_MAX, INT64_MAX})

/* Newest first by the authors' time, then key; strictly after `cursor`, which is
 * moved on. At most `limit` rows: fewer mean the end. */
DT_MUST_USE enum dt_err dt_store_fact_by_kind(struct dt_store *store, unsigned line, unsigned kind,
                                              struct dt_store_cursor *cursor, size_t limit,
                                              dt_store_fact_fn fn, void *ctx);
/* By (wid, branch, seq): the order of the digest. */
DT_MUST_USE enum dt_err dt_store_fact_list(struct dt_store *store, unsigned line,
                                           dt_store_fact_fn fn, void *ctx);
DT_MUST_USE enum dt_err dt_store_fact_count(struct dt_store *store, unsigned line, uint64_t *count);
/* A FLASH that counts against its member's budget for its class; twice is once. Those of both before
 * it, by (time, wid, seq), and later than `after_ms`: counted up to `most`. */
DT_MUST_USE enum dt_err dt_store_flash_put(struct dt_store *store, unsigned line,
                                           const struct dt_fact *fact);
DT_MUST_USE enum dt_err dt_store_flash_before(struct dt_store *store, unsigned line,
                                              const struct dt_fact *fact, int64_t after_ms,
                                              unsigned most, unsigned *count);
/* All facts of a line, open marks and what counts as FLASH too. */
DT_MUST_USE enum dt_err dt_store_fact_clear(struct dt_store *store, unsigned line);

/* Open items. UNKNOWN_RECORD if there is no such fact. */
DT_MUST_USE enum dt_err dt_store_open_set(struct dt_store *store, dt_store_key key,
                                          enum dt_precedence precedence, int64_t since_ms);
DT_MUST_USE enum dt_err dt_store_open_clear(struct dt_store *store, dt_store_key key);
/* Highest precedence first, then oldest; line 0 for all. Cost follows the open items. */
DT_MUST_USE enum dt_err dt_store_open_list(struct dt_store *store, unsigned line,
                                           dt_store_fact_fn fn, void *ctx);

/* Own records that an officer of the other side has to acknowledge; cleared by
 * dt_store_open_clear(). `due_ms` (positive): when to look at it again. A fact is open or
 * awaited, never both. */
DT_MUST_USE enum dt_err dt_store_await_set(struct dt_store *store, dt_store_key key,
                                           enum dt_precedence precedence, int64_t due_ms);
/* Due by then; highest precedence first, then by the time they are due. */
DT_MUST_USE enum dt_err dt_store_await_list(struct dt_store *store, unsigned line,
                                            int64_t until_ms, dt_store_fact_fn fn, void *ctx);
/* When the next is due; INT64_MAX if nothing is awaited. */
DT_MUST_USE enum dt_err dt_store_await_next(struct dt_store *store, int64_t *due_ms);

/* --- conflicts: a view ---------------------------------------------------------------------------------- */

struct dt_store_conflict {
    unsigned line;
    uint8_t id[DT_HASH_SIZE];
    dt_store_key a; /* the two notice versions */
    dt_store_key b;
    int severity;
    int64_t distance_mm;
    struct dt_span numbers; /* the node's encoding of the rest; borrowed */
    int64_t found_ms;
    int state; /* the node's enum */
};

typedef bool (*dt_store_conflict_fn)(void *ctx, const struct dt_store_conflict *conflict);

/* One that is there is left as it is; *is_new (may be NULL) says which. */
DT_MUST_USE enum dt_err dt_store_conflict_put(struct dt_store *store,
                                              const struct dt_store_conflict *conflict,
                                              bool *is_new);
/* More is known of it: severity, distance and numbers anew. UNKNOWN_RECORD. */
DT_MUST_USE enum dt_err dt_store_conflict_better(struct dt_store *store,
                                                 const struct dt_store_conflict *conflict);
DT_MUST_USE enum dt_err dt_store_conflict_set_state(struct dt_store *store, unsigned line,
                                                    const uint8_t id[static DT_HASH_SIZE],
                                                    int state);
/* In the order found; line 0 for all. */
DT_MUST_USE enum dt_err dt_store_conflict_list(struct dt_store *store, unsigned line,
                                               dt_store_conflict_fn fn, void *ctx);
/* Those whose id starts with the four base32 letters of `word` (dt_check_word());
 * line 0 for all. BAD_TEXT for other letters. */
DT_MUST_USE enum dt_err dt_store_conflict_by_word(struct dt_store *store, unsigned line,
                                                  const char *word, dt_store_conflict_fn fn,
                                                  void *ctx);
DT_MUST_USE enum dt_err dt_store_conflict_clear(struct dt_store *store, unsigned line);

/* --- tokens: a request that is sent twice is done once ------------------------------------------------- */

/* DUPLICATE if it is there: ask dt_store_token_get() what came of it. */
DT_MUST_USE enum dt_err dt_store_token_put(struct dt_store *store,
                                           const uint8_t token[static DT_STORE_TOKEN_SIZE],
                                           dt_store_key key, int64_t time_ms);
DT_MUST_USE enum dt_err dt_store_token_get(struct dt_store *store,
                                           const uint8_t token[static DT_STORE_TOKEN_SIZE],
                                           dt_store_key *key);
/* Forgets those put before `time_ms`. */
DT_MUST_USE enum dt_err dt_store_token_expire(struct dt_store *store, int64_t time_ms);

#endif
